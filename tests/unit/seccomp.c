/*
 * seccomp profiles against an interpreter of classic BPF, as linux/filter.h and seccomp(2) describe
 * it: what the rules say, and what libseccomp's own compiler makes of them. HOY_TEST_BUNDLES names
 * a folder of engines' config.json files whose profiles are compared as well.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "check.h"
#include "plan/builder.h"
#include "plan/seccomp.h"
#include "spec/load.h"
#include "spec/words.h"

#define X32 (EM_X86_64 | __AUDIT_ARCH_LE)
#define X32_BIT 0x40000000

#define ERRNO(number) (SECCOMP_RET_ERRNO | (number))

/* What no filter returns: for programs that the kernel would refuse. */
#define BROKEN 0xdeadbeefu

static uint32_t run(const struct plan_seccomp *plan, uint32_t arch, uint32_t nr,
		    const uint64_t args[6])
{
	struct seccomp_data data = { .nr = (int)nr, .arch = arch };
	uint32_t a = 0, memory[16] = { 0 }, x = 0;
	const struct sock_filter *insn;
	size_t at;

	if (args)
		memcpy(data.args, args, sizeof(data.args));
	for (at = 0; at < plan->program.len; at++) {
		insn = &plan->program.at[at];
		switch (insn->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (insn->k % 4 || insn->k >= sizeof(data))
				return BROKEN;
			memcpy(&a, (const char *)&data + insn->k, sizeof(a));
			break;
		case BPF_LD | BPF_MEM:
			a = memory[insn->k & 15];
			break;
		case BPF_ST:
			memory[insn->k & 15] = a;
			break;
		case BPF_MISC | BPF_TAX:
			x = a;
			break;
		case BPF_MISC | BPF_TXA:
			a = x;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= insn->k;
			break;
		case BPF_JMP | BPF_JA:
			at += insn->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += a == insn->k ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			at += a > insn->k ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += a >= insn->k ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			at += a & insn->k ? insn->jt : insn->jf;
			break;
		case BPF_RET | BPF_K:
			return insn->k;
		default:
			return BROKEN;
		}
	}
	return BROKEN;
}

/*
 * Names whose numbers are the same everywhere that this test looks: x86-64, x32 (and its bit),
 * i386.
 */
static const struct call {
	const char *name;
	uint32_t nr, nr_x86;
} calls[] = {
	{ "read", 0, 3 },	{ "write", 1, 4 },
	{ "close", 3, 6 },	{ "getpid", 39, 20 },
	{ "clone", 56, 120 },	{ "kill", 62, 37 },
	{ "chdir", 80, 12 },	{ "umask", 95, 60 },
	{ "getppid", 110, 64 }, { "personality", 135, 136 },
	{ "sync", 162, 36 },	{ "mount", 165, 21 },
	{ "reboot", 169, 88 },	{ "unshare", 272, 310 },
	{ "setns", 308, 346 },	{ "kcmp", 312, 349 },
};

static const uint64_t all_archs[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, X32 };

#define ARCHS(list) { .at = (uint64_t *)(uintptr_t)(list), .len = COUNT(list) }

/* ------------------------------------------------------------- by hand */

static void compile(struct plan_seccomp *plan, const struct spec_seccomp *spec, struct arena *arena)
{
	struct error err = { 0 };

	memset(plan, 0, sizeof(*plan));
	if (seccomp_compile(plan, spec, arena, &err) < 0)
		CHECK_STRING(err.text, "");
}

static void does_what_rules_say(void)
{
	const char *names[] = { "read", "close", "no_such_system_call" };
	struct spec_seccomp_rule rules[] = {
		{ .origin = "r0", .names = { names, 3 }, .action = SECCOMP_RET_ALLOW },
	};
	struct spec_seccomp spec = { .default_action = SECCOMP_RET_ERRNO,
				     .architectures = ARCHS(all_archs),
				     .syscalls = { rules, 1 } };
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan_seccomp plan;

	compile(&plan, &spec, &arena);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 0, NULL), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 3, NULL), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 1, NULL), ERRNO(EPERM));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_I386, 3, NULL), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_I386, 4, NULL), ERRNO(EPERM));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, X32_BIT + 3, NULL), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, X32_BIT + 1, NULL), ERRNO(EPERM));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_PPC, 0, NULL), SECCOMP_RET_KILL_THREAD);
	CHECK_NUMBER(plan.flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
}

static void answers_enosys_above_the_profile(void)
{
	const char *names[] = { "read", "kcmp" };
	const uint64_t x86_64[] = { AUDIT_ARCH_X86_64 };
	struct spec_seccomp_rule rules[] = {
		{ .origin = "r0", .names = { names, 2 }, .action = SECCOMP_RET_ALLOW },
	};
	struct spec_seccomp spec = { .default_action = SECCOMP_RET_ERRNO,
				     .architectures = ARCHS(all_archs),
				     .syscalls = { rules, 1 } };
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan_seccomp plan;

	compile(&plan, &spec, &arena);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 312, NULL), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 311, NULL), ERRNO(EPERM));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 313, NULL), ERRNO(ENOSYS));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 0x3fffffff, NULL), ERRNO(ENOSYS));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, X32_BIT + 312, NULL), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, X32_BIT + 313, NULL), ERRNO(ENOSYS));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_I386, 349, NULL), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_I386, 350, NULL), ERRNO(ENOSYS));
	/* Nor is an architecture let in that the profile does not have. */
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_PPC, 9999, NULL), SECCOMP_RET_KILL_THREAD);
	spec.architectures.at = (uint64_t *)(uintptr_t)x86_64;
	spec.architectures.len = 1;
	compile(&plan, &spec, &arena);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 313, NULL), ERRNO(ENOSYS));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, X32_BIT + 313, NULL), SECCOMP_RET_KILL_THREAD);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, X32_BIT + 1, NULL), SECCOMP_RET_KILL_THREAD);
}

static void leaves_other_defaults_alone(void)
{
	static const uint64_t passing[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_LOG, SECCOMP_RET_TRACE };
	const char *names[] = { "read" };
	struct spec_seccomp_rule rules[] = {
		{ .origin = "r0", .names = { names, 1 }, .action = SECCOMP_RET_KILL_PROCESS },
	};
	struct spec_seccomp spec = { .architectures = ARCHS(all_archs), .syscalls = { rules, 1 } };
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan_seccomp plan;
	uint32_t wanted;
	size_t i;

	for (i = 0; i < COUNT(passing); i++) {
		spec.default_action = passing[i];
		wanted = (uint32_t)passing[i] | (passing[i] == SECCOMP_RET_TRACE ? EPERM : 0);
		compile(&plan, &spec, &arena);
		CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 400, NULL), wanted);
		CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 0, NULL), SECCOMP_RET_KILL_PROCESS);
	}
	spec.default_action = SECCOMP_RET_ERRNO;
	spec.default_errno_ret = (struct opt_u32){ true, ENOSYS };
	compile(&plan, &spec, &arena);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 400, NULL), ERRNO(ENOSYS));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 1, NULL), ERRNO(ENOSYS));
	spec.default_action = SECCOMP_RET_TRAP;
	spec.default_errno_ret.set = false;
	compile(&plan, &spec, &arena);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 1, NULL), ERRNO(ENOSYS));
}

static void takes_numbers_for_errors_and_tracers(void)
{
	const char *a[] = { "read" }, *b[] = { "write" }, *c[] = { "close" }, *d[] = { "mount" };
	struct spec_seccomp_rule rules[] = {
		{ .origin = "r0",
		  .names = { a, 1 },
		  .action = SECCOMP_RET_ERRNO,
		  .errno_ret = { true, EBUSY } },
		{ .origin = "r1",
		  .names = { b, 1 },
		  .action = SECCOMP_RET_TRACE,
		  .errno_ret = { true, 7 } },
		{ .origin = "r2", .names = { c, 1 }, .action = SECCOMP_RET_ERRNO },
		{ .origin = "r3",
		  .names = { d, 1 },
		  .action = SECCOMP_RET_ERRNO,
		  .errno_ret = { true, 0 } },
	};
	uint64_t flags[] = { SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_LOG };
	struct spec_seccomp spec = { .default_action = SECCOMP_RET_ALLOW, .syscalls = { rules, 4 },
				     .architectures = ARCHS(all_archs), .flags = { flags, 2 } };
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan_seccomp plan;

	compile(&plan, &spec, &arena);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 0, NULL), ERRNO(EBUSY));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 1, NULL), SECCOMP_RET_TRACE | 7);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 3, NULL), ERRNO(EPERM));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 165, NULL), ERRNO(0));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 39, NULL), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(plan.flags, SECCOMP_FILTER_FLAG_LOG);
}

/* Docker's profile has such a rule for socket(2): each condition for itself lets it through. */
static void takes_conditions_on_one_argument_as_alternatives(void)
{
	const char *names[] = { "personality" };
	struct spec_seccomp_arg args[] = {
		{ .index = 0, .value = 8, .op = OP_EQ },
		{ .index = 0, .value = 0x20000, .op = OP_EQ },
		{ .index = 1, .value = 5, .op = OP_GT },
	};
	struct spec_seccomp_rule rule = { .origin = "r0",
					  .names = { names, 1 },
					  .action = SECCOMP_RET_ALLOW,
					  .args = { args, 3 } };
	struct spec_seccomp spec = { .default_action = SECCOMP_RET_ERRNO, .syscalls = { &rule, 1 },
				     .architectures = ARCHS(all_archs) };
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan_seccomp plan;

	compile(&plan, &spec, &arena);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 135, (uint64_t[6]){ 8 }), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 135, (uint64_t[6]){ 0x20000 }),
		     SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 135, (uint64_t[6]){ 1, 6 }), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 135, (uint64_t[6]){ 1, 5 }), ERRNO(EPERM));
	/* Without the repetition, all must hold. */
	args[1].index = 2;
	compile(&plan, &spec, &arena);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 135, (uint64_t[6]){ 8, 6, 0x20000 }),
		     SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 135, (uint64_t[6]){ 8, 6, 0 }), ERRNO(EPERM));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 135, (uint64_t[6]){ 8, 5, 0x20000 }),
		     ERRNO(EPERM));
}

/*
 * The distance that a conditional jump covers ends at 255, and a profile can name every system
 * call.
 */
static void holds_with_many_names(void)
{
	static const char *const names[] = {
		"accept",
		"accept4",
		"access",
		"acct",
		"add_key",
		"adjtimex",
		"alarm",
		"bind",
		"bpf",
		"brk",
		"capget",
		"capset",
		"chmod",
		"chown",
		"chroot",
		"clock_adjtime",
		"clock_getres",
		"clock_gettime",
		"clock_nanosleep",
		"connect",
		"copy_file_range",
		"creat",
		"dup",
		"dup2",
		"dup3",
		"epoll_create",
		"epoll_create1",
		"epoll_ctl",
		"epoll_pwait",
		"epoll_wait",
		"eventfd",
		"eventfd2",
		"execve",
		"execveat",
		"exit",
		"exit_group",
		"faccessat",
		"fadvise64",
		"fallocate",
		"fanotify_init",
		"fanotify_mark",
		"fchdir",
		"fchmod",
		"fchmodat",
		"fchown",
		"fchownat",
		"fcntl",
		"fdatasync",
		"fgetxattr",
		"flistxattr",
		"flock",
		"fork",
		"fremovexattr",
		"fsetxattr",
		"fstat",
		"fstatfs",
		"fsync",
		"ftruncate",
		"futex",
		"futimesat",
		"getcpu",
		"getcwd",
		"getdents",
		"getdents64",
		"getegid",
		"geteuid",
		"getgid",
		"getgroups",
		"getitimer",
		"getpeername",
		"getpgid",
		"getpgrp",
		"getpriority",
		"getrandom",
		"getresgid",
		"getresuid",
		"getrlimit",
		"getrusage",
		"getsid",
		"getsockname",
		"getsockopt",
		"gettid",
		"gettimeofday",
		"getuid",
		"getxattr",
		"inotify_add_watch",
		"inotify_init",
		"inotify_init1",
		"inotify_rm_watch",
		"io_cancel",
		"io_destroy",
		"io_getevents",
		"io_setup",
		"io_submit",
		"ioctl",
		"ioperm",
		"iopl",
		"ioprio_get",
		"ioprio_set",
		"keyctl",
		"lchown",
		"lgetxattr",
		"link",
		"linkat",
		"listen",
		"listxattr",
		"llistxattr",
		"lookup_dcookie",
		"lremovexattr",
		"lseek",
		"lsetxattr",
		"lstat",
		"madvise",
		"mbind",
		"memfd_create",
		"mincore",
		"mkdir",
		"mkdirat",
		"mknod",
		"mknodat",
		"mlock",
		"mlock2",
		"mlockall",
		"mmap",
		"modify_ldt",
		"mprotect",
		"mq_getsetattr",
		"mq_notify",
		"mq_open",
		"mq_timedreceive",
		"mq_timedsend",
		"mq_unlink",
		"mremap",
		"msync",
		"munlock",
		"munlockall",
		"munmap",
		"nanosleep",
		"open",
		"openat",
		"pause",
		"pipe",
		"pipe2",
		"poll",
		"ppoll",
		"prctl",
		"pread64",
		"preadv",
		"prlimit64",
		"pselect6",
		"pwrite64",
		"pwritev",
		"readahead",
		"readlink",
	};
	struct spec_seccomp_rule rule = { .origin = "r0", .action = SECCOMP_RET_ALLOW };
	struct spec_seccomp spec = { .default_action = SECCOMP_RET_ERRNO, .syscalls = { &rule, 1 },
				     .architectures = ARCHS(all_archs) };
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan_seccomp plan;
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		*list_add(&arena, &rule.names) = names[i];
	compile(&plan, &spec, &arena);
	CHECK(plan.program.len > 255);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 43, NULL), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 89, NULL), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 62, NULL), ERRNO(EPERM));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, 437, NULL), ERRNO(ENOSYS));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_I386, 85, NULL), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_I386, 37, NULL), ERRNO(EPERM));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_I386, 450, NULL), ERRNO(ENOSYS));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, X32_BIT + 89, NULL), SECCOMP_RET_ALLOW);
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, X32_BIT + 62, NULL), ERRNO(EPERM));
	CHECK_NUMBER(run(&plan, AUDIT_ARCH_X86_64, X32_BIT + 600, NULL), ERRNO(ENOSYS));
}

static void refuses_what_cannot_be(void)
{
	const char *names[] = { "read" };
	struct spec_seccomp_arg arg = { .origin = "linux.seccomp.syscalls[0].args[0]", .index = 6 };
	struct spec_seccomp_rule rule = { .origin = "r0",
					  .names = { names, 1 },
					  .action = SECCOMP_RET_ALLOW,
					  .args = { &arg, 1 } };
	struct spec_seccomp spec = { .default_action = SECCOMP_RET_ERRNO,
				     .syscalls = { &rule, 1 } };
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan_seccomp plan = { 0 };
	struct error err = { 0 };
	uint64_t arch = 4711;

	CHECK_NUMBER(seccomp_compile(&plan, &spec, &arena, &err), -1);
	CHECK_CONTAINS(err.text, "linux.seccomp.syscalls[0].args[0].index: ");
	rule.args.len = 0;
	spec.architectures.at = &arch;
	spec.architectures.len = 1;
	CHECK_NUMBER(seccomp_compile(&plan, &spec, &arena, &err), -1);
	CHECK_CONTAINS(err.text, "linux.seccomp.architectures[0]: ");
	CHECK(plan_seccomp_has_architecture(AUDIT_ARCH_X86_64));
	CHECK(!plan_seccomp_has_architecture(arch));
	CHECK_CONTAINS(plan_seccomp_version(&arena), ".");
}

/* ------------------------------------------------------------- by chance */

static uint32_t seed = 7;
static uint32_t dice(uint32_t sides)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % sides;
}

/*
 * Values near each other, so that comparisons come out both ways; with upper halves where `wide`.
 */
static uint64_t throw_value(bool wide)
{
	return dice(4) | (wide && dice(3) == 0 ? (uint64_t)dice(3) << 32 : 0) |
	       (dice(8) == 0 ? 0x80000000 : 0);
}

static bool holds(const struct spec_seccomp_arg *arg, const uint64_t args[6])
{
	uint64_t value = args[arg->index];

	switch ((enum seccomp_op)arg->op) {
	case OP_NE:
		return value != arg->value;
	case OP_LT:
		return value < arg->value;
	case OP_LE:
		return value <= arg->value;
	case OP_EQ:
		return value == arg->value;
	case OP_GE:
		return value >= arg->value;
	case OP_GT:
		return value > arg->value;
	case OP_MASKED_EQ:
		return (value & arg->value) == arg->value_two;
	}
	return false;
}

static const struct spec_seccomp_rule *throw_rules(struct arena *arena, size_t *len, bool wide)
{
	static const uint64_t actions[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_TRAP,
					    SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_LOG,
					    SECCOMP_RET_ERRNO };
	struct spec_seccomp_rule *rules = arena_array(arena, struct spec_seccomp_rule, 64);
	struct spec_seccomp_arg *arg;
	unsigned int used;
	size_t i, j, n;

	*len = 0;
	for (i = 0; i < COUNT(calls); i++) {
		struct spec_seccomp_rule rule = { .origin = "r",
						  .action = actions[dice(COUNT(actions))] };

		/* Several rules for one call, of one action: any of them may match. */
		for (n = dice(4); n > 0; n--) {
			memset(&rule.args, 0, sizeof(rule.args));
			memset(&rule.names, 0, sizeof(rule.names));
			*list_add(arena, &rule.names) = calls[i].name;
			rule.errno_ret =
				(struct opt_u32){ true,
						  rule.action == SECCOMP_RET_ERRNO ? EBUSY : 0 };
			used = 0;
			for (j = dice(4); j > 0; j--) {
				uint32_t index = dice(6);

				if (used & 1U << index)
					continue;
				used |= 1U << index;
				arg = list_add(arena, &rule.args);
				arg->index = index;
				arg->op = dice(7);
				arg->value = throw_value(wide);
				arg->value_two = throw_value(wide) & arg->value;
			}
			rules[(*len)++] = rule;
		}
	}
	return rules;
}

static uint32_t expect(const struct spec_seccomp *spec, uint32_t default_action, const char *name,
		       const uint64_t args[6])
{
	const struct spec_seccomp_rule *rule;
	size_t i, j;

	for (i = 0; i < spec->syscalls.len; i++) {
		rule = &spec->syscalls.at[i];
		if (strcmp(rule->names.at[0], name) != 0)
			continue;
		for (j = 0; j < rule->args.len && holds(&rule->args.at[j], args); j++)
			;
		if (j == rule->args.len)
			return (uint32_t)rule->action |
			       (rule->action == SECCOMP_RET_ERRNO ? EBUSY : 0);
	}
	return default_action;
}

/* The highest number among the rules, or -1. */
static int64_t last(const struct spec_seccomp *spec, bool x86)
{
	int64_t found = -1;
	size_t i, j;

	for (i = 0; i < spec->syscalls.len; i++)
		for (j = 0; j < COUNT(calls); j++)
			if (strcmp(spec->syscalls.at[i].names.at[0], calls[j].name) == 0) {
				uint32_t nr = x86 ? calls[j].nr_x86 : calls[j].nr;

				found = nr > found ? nr : found;
			}
	return found;
}

static bool agrees(const struct plan_seccomp *plan, const struct spec_seccomp *spec,
		   uint32_t default_action, bool wide)
{
	const struct call *call = &calls[dice(COUNT(calls))];
	uint32_t arch = AUDIT_ARCH_X86_64, nr = call->nr, wanted, found;
	uint64_t args[6];
	size_t i;
	bool x86;

	for (i = 0; i < 6; i++)
		args[i] = throw_value(wide);
	x86 = !wide && dice(2);
	if (x86) {
		arch = AUDIT_ARCH_I386;
		nr = call->nr_x86;
	}
	wanted = expect(spec, default_action, call->name, args);
	if (wanted == default_action && last(spec, x86) >= 0 && nr > last(spec, x86) &&
	    (default_action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		wanted = ERRNO(ENOSYS);
	/* x32 has 32-bit arguments to libseccomp, like i386. */
	if (arch == AUDIT_ARCH_X86_64 && !wide && dice(2))
		nr |= X32_BIT;
	found = run(plan, arch, nr, args);
	if (found != wanted)
		printf("# %s, arch %x, nr %u: found %x, wanted %x\n", call->name, arch, nr, found,
		       wanted);
	return found == wanted;
}

static void agrees_with_the_rules(bool wide)
{
	static const uint64_t defaults[] = { SECCOMP_RET_ERRNO, SECCOMP_RET_ALLOW };
	int round, question, wrong = 0;

	for (round = 0; round < 300 && !wrong; round++) {
		CLEANUP(arena_finish) struct arena arena = { 0 };
		struct spec_seccomp spec = { .default_action = defaults[dice(2)],
					     .architectures = ARCHS(all_archs) };
		uint32_t default_action = (uint32_t)spec.default_action;
		struct plan_seccomp plan;

		if (default_action == SECCOMP_RET_ERRNO)
			default_action |= EPERM;
		spec.syscalls.at =
			(struct spec_seccomp_rule *)(uintptr_t)throw_rules(&arena,
									   &spec.syscalls.len,
									   wide);
		compile(&plan, &spec, &arena);
		for (question = 0; question < 300; question++)
			wrong += !agrees(&plan, &spec, default_action, wide);
	}
	CHECK_NUMBER(wrong, 0);
}

static void agrees_with_random_rules_on_32_bits(void)
{
	agrees_with_the_rules(false);
}

static void agrees_with_random_rules_on_64_bits(void)
{
	agrees_with_the_rules(true);
}

/* ------------------------------------------------------------ libseccomp */

static void add_to_libseccomp(scmp_filter_ctx filter, const struct spec_seccomp_rule *rule,
			      uint32_t default_action)
{
	static const enum scmp_compare ops[] = { SCMP_CMP_NE,	    SCMP_CMP_LT, SCMP_CMP_LE,
						 SCMP_CMP_EQ,	    SCMP_CMP_GE, SCMP_CMP_GT,
						 SCMP_CMP_MASKED_EQ };
	uint32_t action = (uint32_t)rule->action;
	struct scmp_arg_cmp args[6];
	size_t i;
	int nr;

	if (action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE)
		action |= rule->errno_ret.set ? rule->errno_ret.value : EPERM;
	for (i = 0; i < rule->args.len; i++)
		args[i] =
			(struct scmp_arg_cmp){ rule->args.at[i].index, ops[rule->args.at[i].op],
					       rule->args.at[i].value, rule->args.at[i].value_two };
	for (i = 0; i < rule->names.len && action != default_action; i++) {
		nr = seccomp_syscall_resolve_name(rule->names.at[i]);
		if (nr != __NR_SCMP_ERROR)
			CHECK_NUMBER(seccomp_rule_add_array(filter, action, nr,
							    (unsigned int)rule->args.len, args),
				     0);
	}
}

static void compile_with_libseccomp(struct plan_seccomp *plan, const struct spec_seccomp *spec,
				    uint32_t default_action, struct arena *arena)
{
	CLEANUP(fd_close) int fd = memfd_create("seccomp", MFD_CLOEXEC);
	scmp_filter_ctx filter = seccomp_init(default_action);
	struct sock_filter insn;
	size_t i;

	memset(plan, 0, sizeof(*plan));
	for (i = 0; i < spec->architectures.len; i++)
		seccomp_arch_add(filter, (uint32_t)spec->architectures.at[i]);
	for (i = 0; i < spec->syscalls.len; i++)
		add_to_libseccomp(filter, &spec->syscalls.at[i], default_action);
	CHECK_NUMBER(seccomp_export_bpf(filter, fd), 0);
	lseek(fd, 0, SEEK_SET);
	while (fd_read(fd, &insn, sizeof(insn)) == sizeof(insn))
		*list_add(arena, &plan->program) = insn;
	seccomp_release(filter);
}

/* Where ours says ENOSYS, libseccomp has the default action, and nothing above is named. */
static bool same(const struct plan_seccomp *ours, const struct plan_seccomp *theirs, uint32_t arch,
		 uint32_t nr, const uint64_t args[6], uint32_t default_action)
{
	uint32_t found = run(ours, arch, nr, args), wanted = run(theirs, arch, nr, args);

	if (found == wanted || (found == ERRNO(ENOSYS) && wanted == default_action))
		return true;
	printf("# arch %x, nr %u: found %x, libseccomp %x\n", arch, nr, found, wanted);
	return false;
}

static int count_differences(const struct plan_seccomp *ours, const struct plan_seccomp *theirs,
			     uint32_t default_action, int rounds)
{
	int wrong = 0, round;
	uint64_t args[6];
	uint32_t nr;
	size_t i;

	for (round = 0; round < rounds; round++) {
		for (nr = 0; nr < 600; nr++) {
			for (i = 0; i < 6; i++)
				args[i] = throw_value(false) | (dice(4) == 0 ? dice(64) : 0);
			wrong += !same(ours, theirs, AUDIT_ARCH_I386, nr, args, default_action);
			wrong += !same(ours, theirs, AUDIT_ARCH_X86_64, X32_BIT + nr, args,
				       default_action);
			for (i = 0; i < 6; i++)
				args[i] |= dice(4) == 0 ? (uint64_t)dice(3) << 32 : 0;
			wrong += !same(ours, theirs, AUDIT_ARCH_X86_64, nr, args, default_action);
		}
	}
	wrong += !same(ours, theirs, AUDIT_ARCH_X86_64, UINT32_MAX, args, default_action);
	wrong += !same(ours, theirs, AUDIT_ARCH_AARCH64, 1, args, default_action);
	return wrong;
}

/* One rule a call: more of them are where libseccomp errs. */
static void throw_single_rules(struct arena *arena, struct spec_seccomp *spec)
{
	static const char *const names[] = {
		"socket",	"bind",	   "connect", "shmat",	  "semop",	"semtimedop",
		"msgrcv",	"accept4", "read",    "write",	  "open",	"personality",
		"clone",	"clone3",  "mount",   "ptrace",	  "ioctl",	"execve",
		"rt_sigaction", "kcmp",	   "_llseek", "stat64",	  "arch_prctl", "fork",
		"time",		"openat2", "set_tls", "getuid32",
	};
	static const uint64_t actions[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_TRAP,
					    SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRACE };
	struct spec_seccomp_rule *rule;
	struct spec_seccomp_arg *arg;
	size_t i, j;

	for (i = 0; i < COUNT(names); i++) {
		if (dice(3) == 0)
			continue;
		rule = list_add(arena, &spec->syscalls);
		rule->origin = "r";
		rule->action = actions[dice(COUNT(actions))];
		*list_add(arena, &rule->names) = names[i];
		for (j = 0; j < 6; j++) {
			if (dice(5) != 0)
				continue;
			arg = list_add(arena, &rule->args);
			arg->index = (uint32_t)j;
			arg->op = dice(7);
			arg->value = throw_value(true);
			arg->value_two = throw_value(true);
		}
	}
}

static void means_what_libseccomp_means(void)
{
	/*
	 * With KILL_THREAD, which is number 0, libseccomp 2.5.4 forgets rules that have several
	 * conditions.
	 */
	static const uint64_t defaults[] = { SECCOMP_RET_ERRNO, SECCOMP_RET_ALLOW,
					     SECCOMP_RET_KILL_PROCESS };
	int round, wrong = 0;

	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		SKIP("numbers here are those of x86-64");
	for (round = 0; round < 60 && !wrong; round++) {
		CLEANUP(arena_finish) struct arena arena = { 0 };
		struct spec_seccomp spec = { .default_action = defaults[dice(3)],
					     .architectures = ARCHS(all_archs) };
		uint32_t default_action = (uint32_t)spec.default_action;
		struct plan_seccomp ours, theirs;

		spec.architectures.len = 2 + dice(2);
		if (default_action == SECCOMP_RET_ERRNO)
			default_action |= EPERM;
		throw_single_rules(&arena, &spec);
		compile(&ours, &spec, &arena);
		compile_with_libseccomp(&theirs, &spec, default_action, &arena);
		wrong += count_differences(&ours, &theirs, default_action, 4);
	}
	CHECK_NUMBER(wrong, 0);
}

static void compare_bundle(const char *path)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct plan_seccomp ours, theirs;
	const struct spec_seccomp *from;
	struct error err = { 0 };
	struct spec spec = { 0 };
	uint32_t default_action;
	char *text = NULL;
	size_t len;

	CHECK(fd >= 0);
	CHECK_NUMBER(fd_read_whole(fd, 1 << 22, &text, &len, path, &err), 0);
	if (spec_load_text(&spec, text, len, "/bundle", path, &arena, &err) == 0 && spec.linux &&
	    spec.linux->seccomp) {
		from = spec.linux->seccomp;
		default_action = (uint32_t)from->default_action;
		if (default_action == SECCOMP_RET_ERRNO)
			default_action |=
				from->default_errno_ret.set ? from->default_errno_ret.value : EPERM;
		compile(&ours, from, &arena);
		compile_with_libseccomp(&theirs, from, default_action, &arena);
		CHECK_NUMBER(count_differences(&ours, &theirs, default_action, 50), 0);
		printf("# %s: %zu instructions, libseccomp's %zu\n", path, ours.program.len,
		       theirs.program.len);
	}
	free(text);
}

static void means_what_libseccomp_means_in_bundles(void)
{
	const char *folder = getenv("HOY_TEST_BUNDLES");
	DIR *dir = folder ? opendir(folder) : NULL;
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct dirent *entry;

	if (!dir)
		SKIP("HOY_TEST_BUNDLES names no folder");
	while ((entry = readdir(dir)))
		if (text_ends_with(entry->d_name, ".json"))
			compare_bundle(arena_printf(&arena, "%s/%s", folder, entry->d_name));
	closedir(dir);
}

int main(void)
{
	TEST(does_what_rules_say);
	TEST(answers_enosys_above_the_profile);
	TEST(leaves_other_defaults_alone);
	TEST(takes_numbers_for_errors_and_tracers);
	TEST(takes_conditions_on_one_argument_as_alternatives);
	TEST(holds_with_many_names);
	TEST(refuses_what_cannot_be);
	TEST(agrees_with_random_rules_on_32_bits);
	TEST(agrees_with_random_rules_on_64_bits);
	TEST(means_what_libseccomp_means);
	TEST(means_what_libseccomp_means_in_bundles);
	return check_done();
}
