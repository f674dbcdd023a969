/* Device rules against an interpreter of the few eBPF instructions that they are compiled to. */
#include "plan/device_filter.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "plan/builder.h"

#define R BPF_DEVCG_ACC_READ
#define W BPF_DEVCG_ACC_WRITE
#define M BPF_DEVCG_ACC_MKNOD
#define CHAR BPF_DEVCG_DEV_CHAR
#define BLOCK BPF_DEVCG_DEV_BLOCK
#define ANY DEVICE_ANY

/* What the kernel would answer; -1 for a program that its verifier would refuse. */
static int run(const struct plan_cgroup *plan, int kind, uint32_t major, uint32_t minor,
	       unsigned int access)
{
	const uint32_t question[] = { access << 16 | (uint32_t)kind, major, minor };
	const struct bpf_insn *insn;
	uint32_t r[11] = { 0 };
	unsigned int written = 1U << 1;
	size_t at, steps = 0;

	for (at = 0; at < plan->device_program.len && steps < 100000; at++, steps++) {
		insn = &plan->device_program.at[at];
		if (insn->code != (BPF_LDX | BPF_MEM | BPF_W) &&
		    insn->code != (BPF_ALU | BPF_MOV | BPF_K) && !(written & 1U << insn->dst_reg))
			return -1;
		switch (insn->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			if (insn->src_reg != 1 || insn->off < 0 || insn->off > 8 || insn->off % 4)
				return -1;
			r[insn->dst_reg] = question[insn->off / 4];
			written |= 1U << insn->dst_reg;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			r[insn->dst_reg] &= (uint32_t)insn->imm;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			r[insn->dst_reg] >>= insn->imm;
			break;
		case BPF_ALU | BPF_MOV | BPF_K:
			r[insn->dst_reg] = (uint32_t)insn->imm;
			written |= 1U << insn->dst_reg;
			break;
		case BPF_JMP32 | BPF_JEQ | BPF_K:
			at += r[insn->dst_reg] == (uint32_t)insn->imm ? (size_t)insn->off : 0;
			break;
		case BPF_JMP32 | BPF_JNE | BPF_K:
			at += r[insn->dst_reg] != (uint32_t)insn->imm ? (size_t)insn->off : 0;
			break;
		case BPF_JMP32 | BPF_JSET | BPF_K:
			at += r[insn->dst_reg] & (uint32_t)insn->imm ? (size_t)insn->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)r[0];
		default:
			return -1;
		}
	}
	return -1;
}

/* The verifier refuses instructions that nothing can reach, and jumps out of the program. */
static bool all_reached(const struct plan_cgroup *plan)
{
	size_t len = plan->device_program.len, i, target;
	bool *reached = calloc(len + 1, sizeof(*reached)), whole = true;

	if (!reached)
		abort();
	if (len)
		reached[0] = true;
	for (i = 0; i < len; i++) {
		const struct bpf_insn *insn = &plan->device_program.at[i];

		if (!reached[i])
			whole = false;
		if (insn->code == (BPF_JMP | BPF_EXIT))
			continue;
		reached[i + 1] = true;
		if ((insn->code & 7) != BPF_JMP32)
			continue;
		target = i + 1 + (size_t)insn->off;
		if (insn->off < 0 || target >= len)
			whole = false;
		else
			reached[target] = true;
	}
	if (len && reached[len])
		whole = false;
	free(reached);
	return whole;
}

/*
 * The rule as config-linux.md has it: entries apply in order, so the last one that speaks of an
 * access decides it.
 */
static bool evaluate(const struct device_rule *rules, size_t len, int kind, uint32_t major,
		     uint32_t minor, unsigned int access)
{
	unsigned int bit;
	bool allowed;
	size_t i;

	for (bit = 1; bit <= 4; bit <<= 1) {
		if (!(access & bit))
			continue;
		allowed = false;
		for (i = 0; i < len; i++)
			if ((rules[i].kind == ANY || rules[i].kind == kind) &&
			    (rules[i].major == ANY || rules[i].major == major) &&
			    (rules[i].minor == ANY || rules[i].minor == minor) &&
			    rules[i].access & bit)
				allowed = rules[i].allow;
		if (!allowed)
			return false;
	}
	return true;
}

static bool ask(const struct plan_cgroup *plan, int kind, uint32_t major, uint32_t minor,
		unsigned int access)
{
	return !plan->device_program.len || run(plan, kind, major, minor, access) == 1;
}

static void compiles_to(const struct device_rule *rules, size_t len, size_t instructions, int line)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan_cgroup plan = { 0 };

	check_number(__FILE__, line, "compiled", device_filter_compile(&plan, rules, len, &arena),
		     0);
	check_number(__FILE__, line, "instructions", (intmax_t)plan.device_program.len,
		     (intmax_t)instructions);
}

static void is_as_small_as_the_rules_allow(void)
{
	const struct device_rule all = { true, ANY, ANY, ANY, R | W | M };
	const struct device_rule none = { false, ANY, ANY, ANY, R | W | M };
	const struct device_rule null = { true, CHAR, 1, 3, R | W | M };
	const struct device_rule not_null = { false, CHAR, 1, 3, R | W | M };

	compiles_to(NULL, 0, 2, __LINE__);
	compiles_to((struct device_rule[]){ all }, 1, 0, __LINE__);
	compiles_to((struct device_rule[]){ none }, 1, 2, __LINE__);
	compiles_to((struct device_rule[]){ none, all }, 2, 0, __LINE__);
	compiles_to((struct device_rule[]){ none, all, null }, 3, 0, __LINE__);
	compiles_to((struct device_rule[]){ all, null, none }, 3, 2, __LINE__);
	compiles_to((struct device_rule[]){ none, not_null, not_null }, 3, 2, __LINE__);
	compiles_to((struct device_rule[]){ null, null, null }, 3, 11, __LINE__);
	/* Halves that make a whole. */
	compiles_to((struct device_rule[]){ { true, ANY, ANY, ANY, R | W },
					    { true, ANY, ANY, ANY, M } },
		    2, 0, __LINE__);
	compiles_to((struct device_rule[]){ { true, CHAR, ANY, ANY, R | W | M },
					    { true, BLOCK, ANY, ANY, R | W | M } },
		    2, 0, __LINE__);
}

static void keeps_numbers_of_32_bits_apart(void)
{
	const struct device_rule rules[] = { { true, CHAR, 0xffffffff, 0x80000000, R },
					     { true, BLOCK, 0, ANY, W } };
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan_cgroup plan = { 0 };

	CHECK_NUMBER(device_filter_compile(&plan, rules, COUNT(rules), &arena), 0);
	CHECK(ask(&plan, CHAR, 0xffffffff, 0x80000000, R));
	CHECK(!ask(&plan, CHAR, 0xffffffff, 0x80000001, R));
	CHECK(!ask(&plan, CHAR, 0xffffffff, 0x80000000, R | W));
	CHECK(!ask(&plan, BLOCK, 0xffffffff, 0x80000000, R));
	CHECK(ask(&plan, BLOCK, 0, 7, W));
}

static uint32_t seed = 1;
static uint32_t dice(uint32_t sides)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % sides;
}

static void throw_rules(struct device_rule *rules, size_t len)
{
	static const unsigned int whole[] = { R | W | M, R | W | M, R | W, M };
	size_t i;

	for (i = 0; i < len; i++) {
		rules[i].allow = dice(2);
		rules[i].kind = dice(4) ? dice(2) ? CHAR : BLOCK : ANY;
		rules[i].major = dice(4) ? (int64_t)dice(3) : ANY;
		rules[i].minor = dice(3) ? (int64_t)dice(3) : ANY;
		rules[i].access = dice(2) ? whole[dice(4)] : 1 + dice(7);
	}
}

static bool answers_alike(const struct plan_cgroup *plan, const struct device_rule *rules,
			  size_t len)
{
	uint32_t major, minor;
	unsigned int access;
	int kind;

	for (kind = BLOCK; kind <= CHAR; kind++)
		for (major = 0; major < 4; major++)
			for (minor = 0; minor < 4; minor++)
				for (access = 1; access < 8; access++)
					if (ask(plan, kind, major, minor, access) !=
					    evaluate(rules, len, kind, major, minor, access))
						return false;
	return true;
}

static void agrees_with_the_rules_whatever_they_are(void)
{
	struct device_rule rules[24];
	int round, wrong = 0, unreachable = 0;
	size_t len;

	for (round = 0; round < 40000 && !wrong && !unreachable; round++) {
		CLEANUP(arena_finish) struct arena arena = { 0 };
		struct plan_cgroup plan = { 0 };

		len = dice(COUNT(rules) + 1);
		throw_rules(rules, len);
		if (device_filter_compile(&plan, rules, len, &arena) != 0)
			wrong++;
		wrong += !answers_alike(&plan, rules, len);
		unreachable += !all_reached(&plan);
	}
	if (wrong || unreachable)
		printf("# round %d, %zu rules\n", round, len);
	CHECK_NUMBER(wrong, 0);
	CHECK_NUMBER(unreachable, 0);
}

static void refuses_what_no_jump_can_cross(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct device_rule *rules = arena_array(&arena, struct device_rule, 20000);
	struct plan_cgroup plan = { 0 };
	size_t i;

	for (i = 0; i < 4000; i++)
		rules[i] = (struct device_rule){ true, CHAR, (int64_t)i, 3, R };
	CHECK_NUMBER(device_filter_compile(&plan, rules, 4000, &arena), 0);
	CHECK(ask(&plan, CHAR, 3999, 3, R));
	CHECK(!ask(&plan, CHAR, 3999, 3, W));
	CHECK(!ask(&plan, CHAR, 4000, 3, R));
	CHECK(all_reached(&plan));
	for (; i < 12000; i++)
		rules[i] = (struct device_rule){ true, CHAR, (int64_t)i, 3, R };
	CHECK_NUMBER(device_filter_compile(&plan, rules, 12000, &arena), 1);
}

/* What runc allows besides whatever the config says (specconv.AllowedDevices). */
static void adds_the_default_devices(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan_facts facts = { 0 };
	struct spec_linux linux = { 0 };
	struct error err = { 0 };
	struct plan plan = { 0 };
	struct builder b = { &plan, NULL, &linux, &facts, &arena, &err };

	CHECK_NUMBER(build_device_filter(&b), 0);
	CHECK(!plan.cgroup.required);
	CHECK(ask(&plan.cgroup, CHAR, 1, 3, R | W));
	CHECK(ask(&plan.cgroup, CHAR, 136, 77, R | W));
	CHECK(ask(&plan.cgroup, CHAR, 10, 200, R | W));
	CHECK(ask(&plan.cgroup, CHAR, 5, 2, R | W));
	CHECK(ask(&plan.cgroup, BLOCK, 8, 0, M));
	CHECK(!ask(&plan.cgroup, BLOCK, 8, 0, R));
	CHECK(!ask(&plan.cgroup, CHAR, 1, 1, R));
	CHECK(!ask(&plan.cgroup, CHAR, 5, 1, R));
}

/* Only loaded, never attached. */
static int load(const struct plan_cgroup *plan)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uintptr_t)plan->device_program.at;
	attr.insn_cnt = (uint32_t)plan->device_program.len;
	attr.license = (uintptr_t)"Apache-2.0";
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd >= 0)
		close(fd);
	return fd < 0 ? errno : 0;
}

static void passes_the_verifier(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan_cgroup plan = { 0 };
	struct device_rule rules[24];
	int round, result;
	size_t len;

	CHECK_NUMBER(device_filter_compile(&plan, NULL, 0, &arena), 0);
	result = load(&plan);
	if (result == EPERM || result == ENOSYS)
		SKIP("this user or kernel does not load BPF programs");
	CHECK_NUMBER(result, 0);
	for (round = 0; round < 200; round++) {
		memset(&plan, 0, sizeof(plan));
		len = dice(COUNT(rules) + 1);
		throw_rules(rules, len);
		CHECK_NUMBER(device_filter_compile(&plan, rules, len, &arena), 0);
		if (plan.device_program.len)
			CHECK_NUMBER(load(&plan), 0);
	}
}

int main(void)
{
	TEST(is_as_small_as_the_rules_allow);
	TEST(keeps_numbers_of_32_bits_apart);
	TEST(agrees_with_the_rules_whatever_they_are);
	TEST(refuses_what_no_jump_can_cross);
	TEST(adds_the_default_devices);
	TEST(passes_the_verifier);
	return check_done();
}
