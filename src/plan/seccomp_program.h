/*
 * Private to plan/: system calls by number, with what is to happen to them, as one classic BPF
 * program (seccomp(2)). Knows no names and no libseccomp.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "plan/plan.h"
#include "spec/words.h"

struct seccomp_condition {
	uint32_t arg;			/* 0 … 5 */
	enum seccomp_op op;
	uint64_t value, value_two;	/* OP_MASKED_EQ: (argument & value) == value_two */
};

/* One system call, and what happens to it when all conditions hold. */
struct seccomp_call {
	uint32_t number;
	uint32_t action;		/* SECCOMP_RET_* with its data */
	bool wide; /* arguments have 64 bits; else only the lower half counts */
	const struct seccomp_condition *conditions;
	size_t len;
};

/* What happens, from number `first` on, to system calls that no call speaks of. */
struct seccomp_range {
	uint32_t first;
	uint32_t action;
};

/* One architecture as the kernel sees it (x32 is part of x86-64 there). */
struct seccomp_arch {
	uint32_t audit;			/* AUDIT_ARCH_* */
	uint32_t default_action;	/* of a call none of whose conditions hold */
	LIST(struct seccomp_range) ranges;	/* ascending, the first from 0 on */
	LIST(struct seccomp_call)
	calls; /* in the order of the config; reordered by seccomp_program */
};

/*
 * Append the program. Of several calls with one number, the first without conditions decides it;
 * without such, any whose conditions hold, of several the one whose action is the strictest to the
 * kernel. Other architectures get `foreign`.
 */
void seccomp_program(struct plan_seccomp *plan, struct seccomp_arch *archs, size_t len,
		     uint32_t foreign, struct arena *arena);
