/* Loading BPF programs: seccomp filters, and the device filter of a cgroup. */
#pragma once

#include <linux/bpf.h>
#include <linux/filter.h>
#include <stddef.h>

#include "base/error.h"

/*
 * seccomp(2) SECCOMP_SET_MODE_FILTER for the calling process. EACCES explains: needs no_new_privs
 * or CAP_SYS_ADMIN; EINVAL names the flags.
 */
MUST_CHECK int filter_load_seccomp(const struct sock_filter *program, size_t len,
				   unsigned int flags, struct error *err);

/*
 * Load an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE and attach it to `cgroup_fd`, with
 * BPF_F_ALLOW_MULTI; one that is attached already is replaced in one step (BPF_F_REPLACE), never
 * leaving a moment without a filter and never adding a second. EPERM in err->number where the
 * caller may not load programs.
 */
MUST_CHECK int filter_attach_device(int cgroup_fd, const struct bpf_insn *program, size_t len,
				    struct error *err);
