/*
 * What is mounted here; the only user of libmount, which is loaded when it is needed (so never in
 * the child).
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/*
 * Flags of the mount that holds `fd`, from fstatfs(2): MOUNT_ATTR_* (what a locked-flags retry
 * must keep). Does not load libmount.
 */
MUST_CHECK int mountinfo_attributes(int fd, unsigned long long *attributes, struct error *err);

/*
 * Where the cgroup2 hierarchy is mounted (the first such mount in /proc/self/mountinfo by
 * libmount), as a malloc'd path. Returns 1 when nowhere. Only asked when neither /sys/fs/cgroup
 * nor /sys/fs/cgroup/unified is one.
 */
MUST_CHECK int mountinfo_find_cgroup2(char **path, struct error *err);
