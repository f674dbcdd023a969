/* Who is in a cgroup. */
#pragma once

#include "base/error.h"

/* 1 when the calling process is in the cgroup or below it, else 0. `path` is for words. */
MUST_CHECK int processes_include_caller(int cgroup_fd, const char *path, struct error *err);
