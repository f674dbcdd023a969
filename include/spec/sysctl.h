/*
 * Kernel parameters by their names: which file beneath /proc/sys one means, and whose it is. The
 * check and the plan both ask here, so that what was allowed is what gets written.
 */
#pragma once

#include <stdint.h>

#include "base/arena.h"

/*
 * "net.ipv4.conf.eth0/1.forwarding" and "net/ipv4/conf/eth0.1/forwarding" ->
 * "net/ipv4/conf/eth0.1/forwarding": the first '.' or '/' says which of them separates, the other
 * one then stands for '.' within a name (sysctl(8), sysctl.d(5), and so runc). NULL where a part
 * would be empty, "." or "..": nobody means that, and it could lead out of the namespaces' own
 * files.
 */
const char *sysctl_file(const char *name, struct arena *arena);

/*
 * The namespace (CLONE_NEW*) that the parameter in `file` belongs to; 0: to the whole machine, or
 * hoy does not know better.
 */
uint64_t sysctl_namespace(const char *file);
