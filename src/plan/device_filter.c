/* Device rules to an eBPF program: first as few rules as say the same, then instructions. */
#include "plan/device_filter.h"

#include <stddef.h>
#include <stdlib.h>

/* Jumps are 16 bits wide; the kernel's verifier would give up long before. */
#define MAX_INSTRUCTIONS 32000

/* ------------------------------------------------------------ fewer rules */

static bool covers(const struct device_rule *a, const struct device_rule *b)
{
	return (a->kind == DEVICE_ANY || a->kind == b->kind) &&
	       (a->major == DEVICE_ANY || a->major == b->major) &&
	       (a->minor == DEVICE_ANY || a->minor == b->minor);
}

static bool may_both(int64_t a, int64_t b)
{
	return a == DEVICE_ANY || b == DEVICE_ANY || a == b;
}

static bool overlaps(const struct device_rule *a, const struct device_rule *b)
{
	return may_both(a->kind, b->kind) && may_both(a->major, b->major) &&
	       may_both(a->minor, b->minor) && a->access & b->access;
}

static bool is_total(const struct device_rule *rule)
{
	return rule->kind == DEVICE_ANY && rule->major == DEVICE_ANY && rule->minor == DEVICE_ANY;
}

/*
 * Rules in the order in which they are asked: the last one of the config first. What none of them
 * decides is `otherwise`.
 */
struct rules {
	struct device_rule *at;
	size_t len;
	bool otherwise;
};

static void remove_empty(struct rules *rules)
{
	size_t i, kept = 0;

	for (i = 0; i < rules->len; i++)
		if (rules->at[i].access)
			rules->at[kept++] = rules->at[i];
	rules->len = kept;
}

/*
 * Reverse the rules, as far back as one that decides everything. What rules asked before have
 * decided is taken out.
 */
static void reverse(struct rules *rules, const struct device_rule *from, size_t len)
{
	struct device_rule *rule;
	size_t i, j;

	for (i = len; i > 0; i--) {
		if (is_total(&from[i - 1]) && from[i - 1].access == DEVICE_ALL_ACCESS) {
			rules->otherwise = from[i - 1].allow;
			break;
		}
		rule = &rules->at[rules->len];
		*rule = from[i - 1];
		for (j = 0; j < rules->len; j++)
			if (covers(&rules->at[j], rule))
				rule->access &= ~rules->at[j].access;
		rules->len += rule->access != 0;
	}
}

/*
 * A rule that says what would be said anyhow is of use only in front of one that says the opposite.
 */
static void drop_needless(struct rules *rules)
{
	size_t i, j;
	bool needed;

	for (i = rules->len; i > 0; i--) {
		needed = rules->at[i - 1].allow != rules->otherwise;
		for (j = i; j < rules->len && !needed; j++)
			needed = rules->at[j].allow != rules->otherwise &&
				 overlaps(&rules->at[i - 1], &rules->at[j]);
		if (!needed)
			rules->at[i - 1].access = 0;
	}
	remove_empty(rules);
}

/*
 * Rules of one verdict in a row may stand in any order: join those for the same devices, those for
 * both kinds, and so on.
 */
static void merge_run(struct device_rule *at, size_t len)
{
	size_t i, j;

	for (i = 0; i < len; i++)
		for (j = i + 1; j < len; j++)
			if (at[i].kind == at[j].kind && covers(&at[i], &at[j]) &&
			    covers(&at[j], &at[i])) {
				at[i].access |= at[j].access;
				at[j].access = 0;
			}
	for (i = 0; i < len; i++)
		for (j = i + 1; j < len; j++)
			if (at[i].access && at[i].access == at[j].access &&
			    at[i].kind != DEVICE_ANY && at[j].kind != DEVICE_ANY &&
			    at[i].kind != at[j].kind && at[i].major == at[j].major &&
			    at[i].minor == at[j].minor) {
				at[i].kind = DEVICE_ANY;
				at[j].access = 0;
			}
	for (i = 0; i < len; i++)
		for (j = 0; j < len; j++)
			if (i != j && at[j].access && covers(&at[i], &at[j]) &&
			    !covers(&at[j], &at[i]))
				at[j].access &= ~at[i].access;
}

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/*
 * Total rules first, then by kind, major and minor, the wider ones in front: each of these is then
 * tested once.
 */
static int compare_rules(const void *left, const void *right)
{
	const struct device_rule *a = left, *b = right;

	if (a->kind != b->kind)
		return compare_numbers(a->kind, b->kind);
	if (a->major != b->major)
		return compare_numbers(a->major, b->major);
	return compare_numbers(a->minor, b->minor);
}

static size_t run_end(const struct rules *rules, size_t begin)
{
	size_t end = begin;

	while (end < rules->len && rules->at[end].allow == rules->at[begin].allow)
		end++;
	return end;
}

static void tidy(struct rules *rules)
{
	size_t begin, end;

	drop_needless(rules);
	for (begin = 0; begin < rules->len; begin = end) {
		end = run_end(rules, begin);
		merge_run(rules->at + begin, end - begin);
	}
	remove_empty(rules);
	for (begin = 0; begin < rules->len; begin = end) {
		end = run_end(rules, begin);
		qsort(rules->at + begin, end - begin, sizeof(*rules->at), compare_rules);
	}
}

/* ------------------------------------------------------------ instructions */

/*
 * Where the program keeps what it was asked; r1 is the kernel's struct bpf_cgroup_dev_ctx, r0 the
 * answer.
 */
enum { REG_ANSWER, REG_CONTEXT, REG_KIND, REG_ACCESS, REG_MAJOR, REG_MINOR };

enum target { TO_DENY, TO_ALLOW };

struct fixup {
	size_t at;
	bool allow;
};

struct emitter {
	struct arena *arena;
	LIST(struct bpf_insn) body;
	LIST(struct fixup) fixups;
	unsigned int used;		/* bit N: register N is read */
	unsigned int possible;		/* access that may still be undecided here */
	bool ended;			/* nothing gets past the last instruction */
	bool otherwise;			/* what holds for what gets past it */
};

static size_t emit(struct emitter *e, int code, int dst, int src, int off, uint32_t imm)
{
	struct bpf_insn *insn = list_add(e->arena, &e->body);

	insn->code = (uint8_t)code;
	insn->dst_reg = dst & 15;
	insn->src_reg = src & 15;
	insn->off = (int16_t)off;
	insn->imm = (int32_t)imm;
	e->used |= 1U << dst;
	return e->body.len - 1;
}

/* Compare 32 bits, without the sign extension that the 64-bit jumps would give large numbers. */
static size_t emit_jump(struct emitter *e, int condition, int reg, uint32_t value)
{
	return emit(e, BPF_JMP32 | condition | BPF_K, reg, 0, 0, value);
}

static void emit_verdict_if(struct emitter *e, int condition, int reg, uint32_t value, bool allow)
{
	struct fixup *fixup = list_add(e->arena, &e->fixups);

	fixup->at = emit_jump(e, condition, reg, value);
	fixup->allow = allow;
}

/* Let the jump at `at` go to the next instruction. */
static void land(struct emitter *e, size_t at)
{
	e->body.at[at].off = (int16_t)(e->body.len - at - 1);
}

/* The device matches; see to the access. Only where the rule does not decide all that is left. */
static void emit_partial(struct emitter *e, const struct device_rule *rule)
{
	if (!rule->allow) {
		emit_verdict_if(e, BPF_JSET, REG_ACCESS, rule->access, false);
		return;
	}
	emit(e, BPF_ALU | BPF_AND | BPF_K, REG_ACCESS, 0, 0, DEVICE_ALL_ACCESS & ~rule->access);
	emit_verdict_if(e, BPF_JEQ, REG_ACCESS, 0, true);
}

/* `reg` is the narrowest that the rule looks at, all wider ones were tested. */
static void emit_rule(struct emitter *e, const struct device_rule *rule, int reg, uint32_t value)
{
	size_t skip;

	if (!(e->possible & ~rule->access)) {
		emit_verdict_if(e, BPF_JEQ, reg, value, rule->allow);
		return;
	}
	skip = emit_jump(e, BPF_JNE, reg, value);
	emit_partial(e, rule);
	land(e, skip);
}

/* The rules of one kind and major: [at, at + len). */
static void emit_major(struct emitter *e, const struct device_rule *at, size_t len,
		       bool kind_tested)
{
	bool any_major = at->major == DEVICE_ANY;
	size_t i, skip = 0;
	bool skips = false;

	/* Alone, it needs no block around it. */
	if (len == 1 && !any_major && at->minor == DEVICE_ANY) {
		emit_rule(e, at, REG_MAJOR, (uint32_t)at->major);
		return;
	}
	if (!any_major) {
		skip = emit_jump(e, BPF_JNE, REG_MAJOR, (uint32_t)at->major);
		skips = true;
	}
	for (i = 0; i < len; i++) {
		if (at[i].minor != DEVICE_ANY)
			emit_rule(e, &at[i], REG_MINOR, (uint32_t)at[i].minor);
		else if (e->possible & ~at[i].access)
			emit_partial(e, &at[i]);
		else
			/* Always true here: the kind or major was tested above. */
			emit_verdict_if(e, BPF_JEQ, any_major && kind_tested ? REG_KIND : REG_MAJOR,
					(uint32_t)(any_major && kind_tested ? at[i].kind
									    : at[i].major),
					at[i].allow);
	}
	if (skips)
		land(e, skip);
}

/* The rules of one kind. */
static void emit_kind(struct emitter *e, const struct device_rule *at, size_t len)
{
	bool any_kind = at->kind == DEVICE_ANY;
	size_t begin, end, skip = 0;

	if (len == 1 && !any_kind && at->major == DEVICE_ANY && at->minor == DEVICE_ANY) {
		emit_rule(e, at, REG_KIND, (uint32_t)at->kind);
		return;
	}
	if (!any_kind)
		skip = emit_jump(e, BPF_JNE, REG_KIND, (uint32_t)at->kind);
	for (begin = 0; begin < len; begin = end) {
		for (end = begin; end < len && at[end].major == at[begin].major; end++)
			;
		emit_major(e, at + begin, end - begin, !any_kind);
	}
	if (!any_kind)
		land(e, skip);
}

/* The rules of one verdict in a row. */
static void emit_run(struct emitter *e, struct device_rule *at, size_t len)
{
	size_t begin, end, i;

	for (; len && is_total(at) && !e->ended; at++, len--) {
		at->access &= e->possible;
		if (!at->access)
			continue;
		if (at->access == e->possible) {
			e->ended = true;
			e->otherwise = at->allow;
			return;
		}
		emit_partial(e, at);
		e->possible &= ~at->access;
	}
	/* What no question can be about any more needs no answer. */
	for (i = 0, end = 0; i < len; i++) {
		at[i].access &= e->possible;
		if (at[i].access)
			at[end++] = at[i];
	}
	for (begin = 0, len = end; begin < len; begin = end) {
		for (end = begin; end < len && at[end].kind == at[begin].kind; end++)
			;
		emit_kind(e, at + begin, end - begin);
	}
}

/* ---------------------------------------------------------------- program */

static struct bpf_insn load(int reg, int offset)
{
	return (struct bpf_insn){ .code = BPF_LDX | BPF_MEM | BPF_W,
				  .dst_reg = reg & 15,
				  .src_reg = REG_CONTEXT,
				  .off = (int16_t)offset };
}

static struct bpf_insn with_number(int code, int reg, int number)
{
	return (struct bpf_insn){ .code = (uint8_t)code, .dst_reg = reg & 15, .imm = number };
}

static void add(struct plan_cgroup *plan, struct arena *arena, struct bpf_insn insn)
{
	*list_add(arena, &plan->device_program) = insn;
}

/*
 * The question into registers; only what is looked at. access_type has the access in its upper
 * half, the kind in its lower.
 */
static void add_loads(struct plan_cgroup *plan, const struct emitter *e, struct arena *arena)
{
	if (e->used & 1U << REG_KIND) {
		add(plan, arena, load(REG_KIND, offsetof(struct bpf_cgroup_dev_ctx, access_type)));
		add(plan, arena, with_number(BPF_ALU | BPF_AND | BPF_K, REG_KIND, 0xffff));
	}
	if (e->used & 1U << REG_ACCESS) {
		add(plan, arena,
		    load(REG_ACCESS, offsetof(struct bpf_cgroup_dev_ctx, access_type)));
		add(plan, arena, with_number(BPF_ALU | BPF_RSH | BPF_K, REG_ACCESS, 16));
	}
	if (e->used & 1U << REG_MAJOR)
		add(plan, arena, load(REG_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major)));
	if (e->used & 1U << REG_MINOR)
		add(plan, arena, load(REG_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor)));
}

static void add_verdict(struct plan_cgroup *plan, struct arena *arena, bool allow)
{
	add(plan, arena, with_number(BPF_ALU | BPF_MOV | BPF_K, REG_ANSWER, allow));
	add(plan, arena, with_number(BPF_JMP | BPF_EXIT, 0, 0));
}

/*
 * The verdict that holds otherwise comes right behind the body; the opposite one last, if anything
 * jumps there.
 */
static void link_program(struct plan_cgroup *plan, struct emitter *e, struct arena *arena)
{
	size_t i, target;
	bool opposite = false;

	add_loads(plan, e, arena);
	for (i = 0; i < e->fixups.len; i++) {
		opposite |= e->fixups.at[i].allow != e->otherwise;
		target = e->body.len + (e->fixups.at[i].allow != e->otherwise ? 2 : 0);
		e->body.at[e->fixups.at[i].at].off = (int16_t)(target - e->fixups.at[i].at - 1);
	}
	for (i = 0; i < e->body.len; i++)
		add(plan, arena, e->body.at[i]);
	add_verdict(plan, arena, e->otherwise);
	if (opposite)
		add_verdict(plan, arena, !e->otherwise);
}

int device_filter_compile(struct plan_cgroup *plan, const struct device_rule *rules, size_t len,
			  struct arena *arena)
{
	struct rules kept = { .at = arena_array(arena, struct device_rule, len + 1) };
	struct emitter e = { .arena = arena, .possible = DEVICE_ALL_ACCESS };
	size_t begin, end;

	reverse(&kept, rules, len);
	tidy(&kept);
	e.otherwise = kept.otherwise;
	for (begin = 0; begin < kept.len && !e.ended; begin = end) {
		end = run_end(&kept, begin);
		emit_run(&e, kept.at + begin, end - begin);
	}
	if (e.body.len > MAX_INSTRUCTIONS)
		return 1;
	if (e.body.len || !e.otherwise)
		link_program(plan, &e, arena);
	return 0;
}
