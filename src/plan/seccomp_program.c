/* System call filters: numbers and actions to instructions. */
#include "plan/seccomp_program.h"

#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#define X(code, k, jt, jf) ((struct sock_filter){ (code), (uint8_t)(jt), (uint8_t)(jf), (k) })
#define LOAD(member) X(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member), 0, 0)
#define RETURN(action) X(BPF_RET | BPF_K, action, 0, 0)

/* A conditional jump has 8 bits for its distance. */
#define SHORT 255

/* Where jumps of a condition go that is decided; patched when that place is known. */
#define HOLDS 254
#define FAILS 255

struct code {
	struct sock_filter *at;
	size_t len;
};

static void add(struct code *code, struct arena *arena, struct sock_filter insn)
{
	*list_add(arena, code) = insn;
}

/* --------------------------------------------------------------- conditions */

/* The halves of argument `arg` lie as the machine has them. */
static uint32_t low_half(uint32_t arg)
{
	const bool big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

	return (uint32_t)(offsetof(struct seccomp_data, args) + arg * sizeof(uint64_t) +
			  (big_endian ? 4 : 0));
}

static uint32_t high_half(uint32_t arg)
{
	return low_half(arg) ^ 4;
}

/* The upper half: decides, or leaves it to the lower one, which comes next. */
static void add_high(struct code *code, struct arena *arena,
		     const struct seccomp_condition *condition)
{
	uint32_t mask = (uint32_t)(condition->value >> 32), high = mask;

	if (condition->op == OP_MASKED_EQ && !mask)
		return;
	add(code, arena, X(BPF_LD | BPF_W | BPF_ABS, high_half(condition->arg), 0, 0));
	switch (condition->op) {
	case OP_MASKED_EQ:
		add(code, arena, X(BPF_ALU | BPF_AND | BPF_K, mask, 0, 0));
		high = (uint32_t)(condition->value_two >> 32) & mask;
		add(code, arena, X(BPF_JMP | BPF_JEQ | BPF_K, high, 0, FAILS));
		break;
	case OP_EQ:
		add(code, arena, X(BPF_JMP | BPF_JEQ | BPF_K, high, 0, FAILS));
		break;
	case OP_NE:
		add(code, arena, X(BPF_JMP | BPF_JEQ | BPF_K, high, 0, HOLDS));
		break;
	case OP_GT:
	case OP_GE:
		add(code, arena, X(BPF_JMP | BPF_JGT | BPF_K, high, HOLDS, 0));
		add(code, arena, X(BPF_JMP | BPF_JEQ | BPF_K, high, 0, FAILS));
		break;
	case OP_LT:
	case OP_LE:
		add(code, arena, X(BPF_JMP | BPF_JGT | BPF_K, high, FAILS, 0));
		add(code, arena, X(BPF_JMP | BPF_JEQ | BPF_K, high, 0, HOLDS));
		break;
	}
}

static void add_low(struct code *code, struct arena *arena,
		    const struct seccomp_condition *condition)
{
	uint32_t low = (uint32_t)condition->value;

	add(code, arena, X(BPF_LD | BPF_W | BPF_ABS, low_half(condition->arg), 0, 0));
	switch (condition->op) {
	case OP_MASKED_EQ:
		add(code, arena, X(BPF_ALU | BPF_AND | BPF_K, low, 0, 0));
		add(code, arena,
		    X(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)condition->value_two & low, HOLDS,
		      FAILS));
		break;
	case OP_EQ:
		add(code, arena, X(BPF_JMP | BPF_JEQ | BPF_K, low, HOLDS, FAILS));
		break;
	case OP_NE:
		add(code, arena, X(BPF_JMP | BPF_JEQ | BPF_K, low, FAILS, HOLDS));
		break;
	case OP_GT:
		add(code, arena, X(BPF_JMP | BPF_JGT | BPF_K, low, HOLDS, FAILS));
		break;
	case OP_GE:
		add(code, arena, X(BPF_JMP | BPF_JGE | BPF_K, low, HOLDS, FAILS));
		break;
	case OP_LT:
		add(code, arena, X(BPF_JMP | BPF_JGE | BPF_K, low, FAILS, HOLDS));
		break;
	case OP_LE:
		add(code, arena, X(BPF_JMP | BPF_JGT | BPF_K, low, FAILS, HOLDS));
		break;
	}
}

static uint8_t patched(uint8_t jump, uint8_t mark, size_t distance)
{
	return jump == mark ? (uint8_t)distance : jump;
}

/* Let the jumps in [begin, end) that are marked so go to `target`. */
static void patch(struct code *code, size_t begin, size_t end, uint8_t mark, size_t target)
{
	size_t i;

	for (i = begin; i < end; i++) {
		if (BPF_CLASS(code->at[i].code) != BPF_JMP)
			continue;
		code->at[i].jt = patched(code->at[i].jt, mark, target - i - 1);
		code->at[i].jf = patched(code->at[i].jf, mark, target - i - 1);
	}
}

/*
 * All conditions of one call, then its action; behind that, what happens if one fails. At most 6 ×
 * 7 instructions.
 */
static void add_call(struct code *code, struct arena *arena, const struct seccomp_call *call)
{
	size_t begin = code->len, at, i;

	for (i = 0; i < call->len; i++) {
		at = code->len;
		if (call->wide)
			add_high(code, arena, &call->conditions[i]);
		add_low(code, arena, &call->conditions[i]);
		patch(code, at, code->len, HOLDS, code->len);
	}
	add(code, arena, RETURN(call->action));
	patch(code, begin, code->len, FAILS, code->len);
}

/* -------------------------------------------------------------------- spans */

/*
 * Numbers from `first` on, up to the next span: one action, or code of its own for a single number.
 */
struct span {
	uint32_t first;
	uint32_t action;
	struct code code;
};

struct spans {
	struct span *at;
	size_t len;
};

static void add_span(struct spans *spans, struct arena *arena, uint32_t first, uint32_t action,
		     const struct code *code)
{
	const struct span *before = spans->len ? &spans->at[spans->len - 1] : NULL;
	struct span *span;

	if (before && !code && !before->code.len && before->action == action)
		return;
	span = list_add(arena, spans);
	span->first = first;
	span->action = action;
	if (code)
		span->code = *code;
}

/* What holds for numbers from `from` to `to`, which no call speaks of. */
static void add_gap(struct spans *spans, struct arena *arena, const struct seccomp_arch *arch,
		    uint64_t from, uint64_t to)
{
	uint64_t begin, end;
	size_t i;

	for (i = 0; i < arch->ranges.len; i++) {
		begin = arch->ranges.at[i].first;
		end = i + 1 < arch->ranges.len ? arch->ranges.at[i + 1].first : UINT64_C(1) << 32;
		begin = begin < from ? from : begin;
		end = end > to ? to : end;
		if (begin < end)
			add_span(spans, arena, (uint32_t)begin, arch->ranges.at[i].action, NULL);
	}
}

/*
 * The kernel's own order, where several filters disagree: as signed numbers, the smaller is the
 * stricter (seccomp(2)).
 */
static int compare_actions(uint32_t a, uint32_t b)
{
	int32_t left = (int32_t)(a & SECCOMP_RET_ACTION_FULL),
		right = (int32_t)(b & SECCOMP_RET_ACTION_FULL);

	return (left > right) - (left < right);
}

static int compare_calls(const void *left, const void *right)
{
	const struct seccomp_call *a = left, *b = right;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	if (!a->len != !b->len)
		return a->len ? 1 : -1;
	/* Among those without conditions the config's order stays: they lie in one array. */
	return a->len ? compare_actions(a->action, b->action) : 0;
}

/* The calls of one number: the first of them decides alone if it has no conditions. */
static void add_number(struct spans *spans, struct arena *arena, const struct seccomp_arch *arch,
		       const struct seccomp_call *calls, size_t len)
{
	struct code code = { 0 };
	size_t i;

	if (!calls->len) {
		add_span(spans, arena, calls->number, calls->action, NULL);
		return;
	}
	for (i = 0; i < len; i++)
		add_call(&code, arena, &calls[i]);
	add(&code, arena, RETURN(arch->default_action));
	add_span(spans, arena, calls->number, 0, &code);
}

/* A stable sort: qsort is not one in every libc. */
static void sort_calls(struct seccomp_arch *arch, struct arena *arena)
{
	struct seccomp_call *from = arch->calls.at,
			    *to = arena_array(arena, struct seccomp_call, arch->calls.len + 1),
			    *swap;
	size_t width, begin, i, j, k, middle, end, len = arch->calls.len;

	for (width = 1; width < len; width *= 2) {
		for (begin = 0; begin < len; begin += 2 * width) {
			middle = begin + width < len ? begin + width : len;
			end = begin + 2 * width < len ? begin + 2 * width : len;
			for (i = begin, j = middle, k = begin; k < end; k++) {
				if (i < middle &&
				    (j >= end || compare_calls(&from[i], &from[j]) <= 0))
					to[k] = from[i++];
				else
					to[k] = from[j++];
			}
		}
		swap = from;
		from = to;
		to = swap;
	}
	arch->calls.at = from;
}

static void add_spans(struct spans *spans, struct arena *arena, struct seccomp_arch *arch)
{
	uint64_t next = 0;
	size_t begin, end;

	sort_calls(arch, arena);
	for (begin = 0; begin < arch->calls.len; begin = end) {
		for (end = begin; end < arch->calls.len &&
				  arch->calls.at[end].number == arch->calls.at[begin].number;
		     end++)
			;
		add_gap(spans, arena, arch, next, arch->calls.at[begin].number);
		add_number(spans, arena, arch, &arch->calls.at[begin], end - begin);
		next = (uint64_t)arch->calls.at[begin].number + 1;
	}
	add_gap(spans, arena, arch, next, UINT64_C(1) << 32);
}

/* --------------------------------------------------------------- the search */

static size_t tree_len(const struct span *at, size_t len)
{
	size_t half = len / 2, left;

	if (len == 1)
		return at->code.len ? at->code.len : 1;
	left = tree_len(at, half);
	return 1 + (left > SHORT) + left + tree_len(at + half, len - half);
}

/*
 * Halving: the kernel asks for every system call, and what it finds always allowed it remembers
 * (since 5.11).
 */
static void add_tree(struct code *code, struct arena *arena, const struct span *at, size_t len)
{
	size_t half = len / 2, left, i;

	if (len == 1) {
		for (i = 0; i < at->code.len; i++)
			add(code, arena, at->code.at[i]);
		if (!at->code.len)
			add(code, arena, RETURN(at->action));
		return;
	}
	left = tree_len(at, half);
	if (left <= SHORT) {
		add(code, arena, X(BPF_JMP | BPF_JGE | BPF_K, at[half].first, left, 0));
	} else {
		add(code, arena, X(BPF_JMP | BPF_JGE | BPF_K, at[half].first, 0, 1));
		add(code, arena, X(BPF_JMP | BPF_JA, (uint32_t)left, 0, 0));
	}
	add_tree(code, arena, at, half);
	add_tree(code, arena, at + half, len - half);
}

static void add_arch(struct code *code, struct arena *arena, struct seccomp_arch *arch)
{
	struct spans spans = { 0 };
	size_t len;

	add_spans(&spans, arena, arch);
	len = 1 + tree_len(spans.at, spans.len);
	if (len <= SHORT) {
		add(code, arena, X(BPF_JMP | BPF_JEQ | BPF_K, arch->audit, 0, len));
	} else {
		add(code, arena, X(BPF_JMP | BPF_JEQ | BPF_K, arch->audit, 1, 0));
		add(code, arena, X(BPF_JMP | BPF_JA, (uint32_t)len, 0, 0));
	}
	add(code, arena, LOAD(nr));
	add_tree(code, arena, spans.at, spans.len);
}

void seccomp_program(struct plan_seccomp *plan, struct seccomp_arch *archs, size_t len,
		     uint32_t foreign, struct arena *arena)
{
	struct code code = { 0 };
	size_t i;

	add(&code, arena, LOAD(arch));
	for (i = 0; i < len; i++)
		add_arch(&code, arena, &archs[i]);
	add(&code, arena, RETURN(foreign));
	plan->program.at = code.at;
	plan->program.len = code.len;
}
