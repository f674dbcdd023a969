/*
 * Showing something that exists at another place: what binds, devices, masks and /dev/console share.
 * Private to child/.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "child/steps.h"

/*
 * Show `source` (below dirfd as openat takes it; "" with a descriptor: what that shows) on the open
 * `target`, which `path` names in the container. Returns the descriptor of the new mount's root.
 *
 * A detached clone that is moved there; where open_tree(2) is missing (ENOSYS: valgrind, old seccomp
 * profiles) a bind with mount(2).
 */
MUST_CHECK int attach_clone(const struct child *child, int dirfd, const char *source,
			    bool recursive, int target, const char *path, struct error *err);
