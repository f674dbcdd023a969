/*
 * Paths: tidying them as text, and opening them beneath a root that is hostile.
 *
 * Whatever lies in a container's root filesystem may be a trap (CVE-2019-16884, -2021-30465,
 * -2024-45310 ...), so the only ways into it start from an O_PATH descriptor of the root, resolve
 * symbolic links inside that root, and never follow magic links. There is no path-based twin of
 * these functions, here or elsewhere.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"

/*
 * "/a//b/./c/../d/" -> "/a/b/d". ".." stops at the root; a relative path is taken as beneath "/".
 * As text, without looking at files.
 */
char *path_clean(struct arena *arena, const char *path);

/* `path` when it is absolute, else `folder`/`path`. Not cleaned. */
char *path_join(struct arena *arena, const char *folder, const char *path);

/* True when `path` is `folder` or lies beneath it; both cleaned. */
bool path_is_beneath(const char *path, const char *folder);

/*
 * Open `path` beneath `root` (openat2 with RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS; where that call
 * is missing, an own walk, component by component, that re-verifies). O_CLOEXEC is added. Returns
 * the descriptor, or -1 with err. `path` may be absolute or relative: both mean beneath root.
 */
MUST_CHECK int path_open_in(int root, const char *path, int flags, struct error *err);

/*
 * The same, but a missing last or earlier component is no error: returns -2 and leaves err alone
 * (ENOENT, ENOTDIR).
 */
MUST_CHECK int path_try_open_in(int root, const char *path, int flags, struct error *err);

enum path_kind { PATH_DIRECTORY, PATH_FILE };

/*
 * An O_PATH descriptor of `path` beneath `root`, made if it is missing: directories with 0755, a
 * file 0644 and empty (independent of the umask). Missing parents are made. A dangling symbolic
 * link is followed inside the root, and what it points to is made. An existing file where a
 * directory is asked for (or the reverse) is an error. `*made`, where not NULL, says if the last
 * component was made.
 */
MUST_CHECK int path_make_in(int root, const char *path, enum path_kind kind, bool *made, struct error *err);

/*
 * An O_PATH descriptor of the folder that holds `path`'s last component (parents made as above),
 * and that component's name in *name (points into `path`, which must be cleaned). For mknodat,
 * symlinkat and unlinkat on the name itself.
 */
MUST_CHECK int path_make_parent_in(int root, const char *path, const char **name, struct error *err);

/*
 * A writable copy of an O_PATH descriptor: reopen `fd` with `flags` through a verified
 * /proc/self/fd.
 */
MUST_CHECK int path_reopen(int fd, int flags, struct error *err);
