/* For the calls that only take paths: a path that leads to a descriptor and nowhere else. */
#pragma once

#include "base/error.h"

#define SELF_FD_SIZE 32

/*
 * "/proc/self/fd/N" of `fd`, verified: /proc is a procfs, and the path shows the very mount and
 * file of the descriptor (CVE-2019-16884: a volume mounted over /proc makes it show something
 * else).
 */
MUST_CHECK int self_fd_path(int fd, char path[SELF_FD_SIZE], struct error *err);
