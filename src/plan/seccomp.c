/*
 * System call filters: linux.seccomp to one BPF program. The only file that sees libseccomp.
 *
 * libseccomp knows the numbers of all architectures; the program is made by seccomp_program.c. Its
 * own compiler takes 13 ms for Docker's profile, more than everything else that `create` does, and
 * errs where rules with several conditions meet: with 2.5.4, "a0 <= 2 and a2 <= 2" beside "a0 >= 2
 * and a1 > 2" also catches the arguments 0, 3, 3. What a profile means stays what libseccomp is
 * meant to make of it; tests/unit/seccomp.c compares the two.
 */
#include "plan/seccomp.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "plan/builder.h"
#include "plan/seccomp_program.h"

/* A system call has six arguments. */
#define MAX_ARGS 6

#define X32_BIT UINT32_C(0x40000000)

/* arch/arm/include/uapi/asm/unistd.h: numbers of its own, far above all others. */
#define ARM_PRIVATE UINT32_C(0x0f0000)

#ifndef __AUDIT_ARCH_CONVENTION_MIPS64_N32
#define __AUDIT_ARCH_CONVENTION_MIPS64_N32 0x20000000
#endif

/* ------------------------------------------------------------------ numbers */

/*
 * On old architectures socket(2), shmat(2) and their kin are calls 1 to 24 of socketcall(2) or
 * ipc(2), told apart by the first argument; newer kernels have them with numbers of their own, too.
 * libseccomp numbers them -101 to -120 and -201 to -224.
 */
#define GROUPED_CALLS 25

struct numbers {
	uint32_t arch;				/* SCMP_ARCH_* */
	bool grouped;				/* `own` is filled in */
	uint32_t own[2][GROUPED_CALLS];		/* of socketcall's and ipc's calls; 0: none */
	int64_t last;				/* the highest that the profile names, or -1 */
};

/* Which of the two groups `number` is of, or -1. */
static int group_of(int number)
{
	if (number < -100 && number > -100 - GROUPED_CALLS)
		return 0;
	return number < -200 && number > -200 - GROUPED_CALLS ? 1 : -1;
}

static uint32_t call_in_group(int number)
{
	return (uint32_t)(-number % 100);
}

/*
 * libseccomp tells the number of a grouped call only to who asks what a number is called. That is
 * slow, so only those are asked where such calls were added: 160 to 190 on MIPS, elsewhere 320 to
 * 375 (socket) and 393 to 402 (ipc). All of MIPS's begin with 4000.
 */
static void find_own_numbers(struct numbers *numbers)
{
	int base = seccomp_syscall_resolve_name_arch(numbers->arch, "exit") - 1, i, number, group;
	char *name;

	if (numbers->grouped)
		return;
	numbers->grouped = true;
	for (i = 160; i < 405; i = i == 190 ? 320 : i + 1) {
		name = seccomp_syscall_resolve_num_arch(numbers->arch, base + i);
		if (!name)
			continue;
		number = seccomp_syscall_resolve_name_arch(numbers->arch, name);
		free(name);
		group = group_of(number);
		if (group >= 0)
			numbers->own[group][call_in_group(number)] = (uint32_t)(base + i);
	}
}

/* Whether arguments have 64 bits there; x32 and N32 have not. */
static bool is_wide(uint32_t arch)
{
	return arch & __AUDIT_ARCH_64BIT && !(arch & __AUDIT_ARCH_CONVENTION_MIPS64_N32);
}

/* ------------------------------------------------------------------ actions */

/*
 * The word's number is the kernel's, data goes below. EPERM where nothing else is said (runc; the
 * specification is silent).
 */
static uint32_t action_of(uint64_t action, const struct opt_u32 *number)
{
	if (action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE)
		return (uint32_t)action |
		       ((number->set ? number->value : EPERM) & SECCOMP_RET_DATA);
	return (uint32_t)action;
}

/* -------------------------------------------------------------------- rules */

/* Everything that is the same for all architectures. */
struct profile {
	const struct spec_seccomp *spec;
	struct arena *arena;
	struct error *err;
	uint32_t default_action;
	bool says_enosys;		/* to what is newer than the profile */
};

static bool repeats_argument(const struct spec_seccomp_rule *rule)
{
	unsigned int seen = 0;
	size_t i;

	for (i = 0; i < rule->args.len; i++) {
		if (seen & 1U << rule->args.at[i].index)
			return true;
		seen |= 1U << rule->args.at[i].index;
	}
	return false;
}

static struct seccomp_condition *read_conditions(const struct profile *profile,
						 const struct spec_seccomp_rule *rule)
{
	struct seccomp_condition *conditions =
		arena_array(profile->arena, struct seccomp_condition, rule->args.len + 1);
	const struct spec_seccomp_arg *from;
	size_t i;

	for (i = 0; i < rule->args.len; i++) {
		from = &rule->args.at[i];
		if (from->index >= MAX_ARGS) {
			fail(profile->err, ERROR_CONFIG,
			     "%s.index: a system call has arguments 0 to 5, found %" PRIu32,
			     from->origin, from->index);
			return NULL;
		}
		conditions[i] =
			(struct seccomp_condition){ from->index, (enum seccomp_op)from->op,
						    from->value, from->value_two };
	}
	return conditions;
}

static void add_call(const struct profile *profile, struct seccomp_arch *arch,
		     const struct seccomp_call *call, bool alternatives)
{
	struct seccomp_call *added;
	size_t i;

	/*
	 * All conditions of a rule must hold; but several for one argument are alternatives, as
	 * they always were in runc.
	 */
	for (i = 0; i < (alternatives ? call->len : 1); i++) {
		added = list_add(profile->arena, &arch->calls);
		*added = *call;
		if (!alternatives)
			continue;
		added->conditions = &call->conditions[i];
		added->len = 1;
	}
}

/*
 * By way of socketcall or ipc: the first argument says which call, so a condition on the call's own
 * first one cannot be kept, and the others lie in memory, where no filter can look. As libseccomp,
 * which tests what it finds in their place.
 */
static void add_grouped(const struct profile *profile, struct seccomp_arch *arch,
			const struct seccomp_call *call, uint32_t selector)
{
	struct seccomp_condition *conditions =
		arena_array(profile->arena, struct seccomp_condition, call->len + 1);
	struct seccomp_call *added = list_add(profile->arena, &arch->calls);
	size_t i, len = 0;

	conditions[len++] = (struct seccomp_condition){ 0, OP_EQ, selector, 0 };
	for (i = 0; i < call->len; i++)
		if (call->conditions[i].arg != 0)
			conditions[len++] = call->conditions[i];
	*added = *call;
	added->conditions = conditions;
	added->len = len;
}

static void add_number(const struct profile *profile, struct seccomp_arch *arch,
		       struct numbers *numbers, const char *name, int number,
		       struct seccomp_call *call, bool alternatives)
{
	int group = group_of(number), by;
	uint32_t selector;
	size_t i;

	if (number >= 0) {
		call->number = (uint32_t)number;
		add_call(profile, arch, call, alternatives);
		return;
	}
	find_own_numbers(numbers);
	selector = call_in_group(number);
	call->number = numbers->own[group][selector];
	if (call->number)
		add_call(profile, arch, call, alternatives);
	by = seccomp_syscall_resolve_name_rewrite(numbers->arch, name);
	if (by < 0)
		return;
	call->number = (uint32_t)by;
	for (i = 0; i < (alternatives ? call->len : 1); i++) {
		struct seccomp_call one = *call;

		if (alternatives) {
			one.conditions = &call->conditions[i];
			one.len = 1;
		}
		add_grouped(profile, arch, &one, selector);
	}
}

static void note_last(struct numbers *numbers, int number)
{
	if (number > numbers->last &&
	    !(numbers->arch == SCMP_ARCH_ARM && number >= (int)ARM_PRIVATE))
		numbers->last = number;
}

static void add_rule(const struct profile *profile, struct seccomp_arch *arch,
		     struct numbers *numbers, const struct spec_seccomp_rule *rule,
		     struct seccomp_call *call)
{
	bool alternatives = repeats_argument(rule);
	size_t i;
	int number;

	for (i = 0; i < rule->names.len; i++) {
		number = seccomp_syscall_resolve_name_arch(numbers->arch, rule->names.at[i]);
		note_last(numbers, number);
		/*
		 * Profiles are written for other architectures, and for kernels and libraries newer
		 * than these, too. A rule that says what holds anyhow is left out (runc), and does
		 * not stand against others.
		 */
		if ((number >= 0 || group_of(number) >= 0) &&
		    call->action != profile->default_action)
			add_number(profile, arch, numbers, rule->names.at[i], number, call,
				   alternatives);
	}
}

static int add_rules(const struct profile *profile, struct seccomp_arch *arch,
		     struct numbers *numbers)
{
	const struct seccomp_condition *conditions;
	const struct spec_seccomp_rule *rule;
	struct seccomp_call call;
	size_t i;

	for (i = 0; i < profile->spec->syscalls.len; i++) {
		rule = &profile->spec->syscalls.at[i];
		conditions = read_conditions(profile, rule);
		if (!conditions)
			return -1;
		call = (struct seccomp_call){ .action = action_of(rule->action, &rule->errno_ret),
					      .wide = is_wide(numbers->arch),
					      .conditions = conditions,
					      .len = rule->args.len };
		add_rule(profile, arch, numbers, rule, &call);
	}
	return 0;
}

/* ------------------------------------------------------- newer than the profile */

/*
 * A libc that meets an unknown system call falls back to an older one if it gets ENOSYS, but not if
 * it gets EPERM. A profile cannot name system calls that are newer than itself; so whatever is
 * numbered above all that it does name gets ENOSYS. Numbers are compared for each architecture by
 * itself. Not where the default lets system calls pass (a tracer has its own ideas, too). runc does
 * so since 1.0.0-rc93.
 */
static bool says_enosys(uint32_t default_action)
{
	switch (default_action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_TRACE:
		return false;
	}
	return true;
}

static void add_range(const struct profile *profile, struct seccomp_arch *arch, int64_t first,
		      uint32_t action)
{
	struct seccomp_range *range = list_add(profile->arena, &arch->ranges);

	range->first = (uint32_t)first;
	range->action = action;
}

/* From `first` on: the default action, and ENOSYS above the last number known. */
static void add_ranges(const struct profile *profile, struct seccomp_arch *arch,
		       const struct numbers *numbers, uint32_t first)
{
	int64_t last = profile->says_enosys ? numbers->last : -1;
	uint32_t token = numbers->arch;

	add_range(profile, arch, first, profile->default_action);
	if (last >= 0)
		add_range(profile, arch, last + 1, SECCOMP_RET_ERRNO | ENOSYS);
	if (last >= 0 && token == SCMP_ARCH_ARM)
		add_range(profile, arch, ARM_PRIVATE, profile->default_action);
	/* What s390 does not know arrives as number 0, the obsolete setup(2). */
	if (last >= 0 && (token == SCMP_ARCH_S390 || token == SCMP_ARCH_S390X)) {
		arch->ranges.at[0].action = SECCOMP_RET_ERRNO | ENOSYS;
		arch->ranges.at[1] = (struct seccomp_range){ 1, profile->default_action };
		add_range(profile, arch, last + 1, SECCOMP_RET_ERRNO | ENOSYS);
	}
}

/* ------------------------------------------------------------ architectures */

static bool has_architecture(const struct spec_seccomp *spec, uint32_t arch)
{
	size_t i;

	for (i = 0; i < spec->architectures.len; i++)
		if (spec->architectures.at[i] == arch)
			return true;
	return seccomp_arch_native() == arch;
}

static int add_numbers(const struct profile *profile, struct seccomp_arch *arch, uint32_t token,
		       uint32_t first)
{
	struct numbers numbers = { .arch = token, .last = -1 };

	if (add_rules(profile, arch, &numbers) < 0)
		return -1;
	add_ranges(profile, arch, &numbers, first);
	return 0;
}

static int build_architecture(const struct profile *profile, struct seccomp_arch *arch,
			      uint32_t token)
{
	arch->audit = token;
	arch->default_action = profile->default_action;
	if (add_numbers(profile, arch, token, 0) < 0)
		return -1;
	if (token != SCMP_ARCH_X86_64)
		return 0;
	/*
	 * To the kernel x32 is x86-64 with a bit in the number, foreign unless the profile has x32.
	 */
	if (has_architecture(profile->spec, SCMP_ARCH_X32))
		return add_numbers(profile, arch, SCMP_ARCH_X32, X32_BIT);
	add_range(profile, arch, X32_BIT, SECCOMP_RET_KILL_THREAD);
	/* What a tracer leaves of a call that it has suppressed. */
	add_range(profile, arch, UINT32_MAX, profile->default_action);
	return 0;
}

bool plan_seccomp_has_architecture(uint64_t architecture)
{
	return architecture <= UINT32_MAX &&
	       seccomp_syscall_resolve_name_arch((uint32_t)architecture, "exit") != __NR_SCMP_ERROR;
}

static bool was_there(const struct spec_seccomp *spec, size_t index, uint32_t native)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (spec->architectures.at[i] == spec->architectures.at[index])
			return true;
	return spec->architectures.at[index] == native;
}

static int build_architectures(const struct profile *profile, struct plan_seccomp *plan)
{
	const struct spec_seccomp *spec = profile->spec;
	struct seccomp_arch *archs =
		arena_array(profile->arena, struct seccomp_arch, spec->architectures.len + 2);
	uint32_t native = seccomp_arch_native();
	size_t i, len = 0;

	/* The machine's own is always there (runc), and comes first: nearly all calls are its. */
	if (build_architecture(profile, &archs[len++], native) < 0)
		return -1;
	for (i = 0; i < spec->architectures.len; i++) {
		if (!plan_seccomp_has_architecture(spec->architectures.at[i]))
			return fail(profile->err, ERROR_CONFIG,
				    "linux.seccomp.architectures[%zu]: this build's libseccomp, %s,"
				    " does not know it",
				    i, plan_seccomp_version(profile->arena));
		if (was_there(spec, i, native) || spec->architectures.at[i] == SCMP_ARCH_X32)
			continue;
		if (build_architecture(profile, &archs[len++],
				       (uint32_t)spec->architectures.at[i]) < 0)
			return -1;
	}
	/* x32 alone: the kernel knows it as x86-64 only. */
	if (has_architecture(spec, SCMP_ARCH_X32) && !has_architecture(spec, SCMP_ARCH_X86_64))
		return fail(
			profile->err, ERROR_CONFIG,
			"linux.seccomp.architectures: SCMP_ARCH_X32 needs SCMP_ARCH_X86_64 too");
	/* As libseccomp. */
	seccomp_program(plan, archs, len, SECCOMP_RET_KILL_THREAD, profile->arena);
	return 0;
}

/* ------------------------------------------------------------------ the whole */

static unsigned int flags_of(const struct spec_seccomp *spec)
{
	unsigned int flags = 0;
	size_t i;

	/*
	 * The kernel's own default makes every program under a filter slower, against attacks that
	 * containers are not safe from anyhow (runc).
	 */
	if (!spec->flags.len)
		return SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	for (i = 0; i < spec->flags.len; i++)
		flags |= (unsigned int)spec->flags.at[i];
	/* The child is single-threaded, and nobody is to be notified. */
	return flags & (SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW);
}

int seccomp_compile(struct plan_seccomp *plan, const struct spec_seccomp *spec, struct arena *arena,
		    struct error *err)
{
	struct profile profile = { .spec = spec, .arena = arena, .err = err };

	profile.default_action = action_of(spec->default_action, &spec->default_errno_ret);
	profile.says_enosys = says_enosys(profile.default_action);
	if (build_architectures(&profile, plan) < 0)
		return -1;
	if (plan->program.len > BPF_MAXINSNS)
		return fail(err, ERROR_CONFIG,
			    "linux.seccomp: the filter has %zu instructions, the kernel takes %d",
			    plan->program.len, BPF_MAXINSNS);
	plan->flags = flags_of(spec);
	return 0;
}

int build_seccomp(struct builder *b)
{
	const struct spec_seccomp *from = b->linux->seccomp;

	return from ? seccomp_compile(&b->plan->seccomp, from, b->arena, b->err) : 0;
}

/* -------------------------------------------------------------- the library */

const char *plan_seccomp_version(struct arena *arena)
{
	const struct scmp_version *version = seccomp_version();

	return arena_printf(arena, "%u.%u.%u", version->major, version->minor, version->micro);
}
