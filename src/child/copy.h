/* Copying a folder of the root filesystem into a new tmpfs (tmpcopyup). Private to child/. */
#pragma once

#include "base/error.h"

/*
 * Copy what lies in `from` into `to` (both directory descriptors; `to` may be O_PATH): folders,
 * regular files, symbolic links, with mode, owner and times; sockets, FIFOs and device nodes are
 * left out, as their like in a tmpfs would be another object. Never follows a symbolic link, never
 * leaves the filesystem's folder it began in.
 */
MUST_CHECK int copy_tree(int from, int to, struct error *err);
