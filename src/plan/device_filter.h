/*
 * Private to plan/: device rules as an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE
 * (linux/bpf.h).
 *
 * The program is asked with a kind of device (block or character), major, minor and one or more of
 * read, write, mknod. The last rule that matches decides, for each kind of access by itself; what
 * no rule matches is denied.
 */
#pragma once

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "plan/plan.h"

#define DEVICE_ANY (-1)
#define DEVICE_ALL_ACCESS (BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD)

struct device_rule {
	bool allow;
	int kind;		/* BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_DEV_CHAR, DEVICE_ANY */
	int64_t major, minor;	/* 0 … 2^32 - 1, or DEVICE_ANY */
	unsigned int access;	/* BPF_DEVCG_ACC_* */
};

/*
 * Compile. No instructions where everything is allowed. Returns 1, and no program, when there are
 * more rules than one can hold.
 */
int device_filter_compile(struct plan_cgroup *plan, const struct device_rule *rules, size_t len,
			  struct arena *arena);
