/*
 * The cgroup: from limits to (file, value) pairs of cgroup v2
 * (Documentation/admin-guide/cgroup-v2.rst).
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "plan/builder.h"

#define ORIGIN "linux.resources."

/* The kernel's own period, for a quota that comes without one. */
#define DEFAULT_PERIOD 100000

static struct plan_limit *add_limit(struct builder *b, const char *origin, const char *file,
				    const char *value)
{
	struct plan_limit *limit = list_add(b->arena, &b->plan->cgroup.limits);

	limit->origin = origin;
	limit->file = file;
	limit->value = value;
	if (!text_starts_with(file, "cgroup."))
		limit->controller = arena_strndup(b->arena, file, strcspn(file, "."));
	return limit;
}

/*
 * A size or number with -1 for no limit; 0 and absent ask for nothing (runc: Go cannot tell them
 * apart, and engines write both).
 */
static int add_maximum(struct builder *b, const struct opt_i64 *wanted, const char *origin,
		       const char *file)
{
	if (!wanted->set || wanted->value == 0)
		return 0;
	if (wanted->value < -1)
		return fail(b->err, ERROR_CONFIG,
			    "%s: %" PRId64 " is neither a size nor -1 (no limit)", origin,
			    wanted->value);
	if (wanted->value == -1)
		add_limit(b, origin, file, "max")->optional = true;
	else
		add_limit(b, origin, file, arena_printf(b->arena, "%" PRId64, wanted->value));
	return 0;
}

/* ------------------------------------------------------------------- memory */

/*
 * The specification's `swap` is memory and swap together, as in v1; memory.swap.max is swap alone.
 */
static int add_swap(struct builder *b, const struct spec_memory *memory)
{
	int64_t swap = memory->swap.set ? memory->swap.value : 0;
	int64_t limit = memory->limit.set ? memory->limit.value : 0;
	const char *origin = ORIGIN "memory.swap";

	if (swap < -1)
		return fail(b->err, ERROR_CONFIG,
			    "%s: %" PRId64 " is neither a size nor -1 (no limit)", origin, swap);
	/* No limit for memory meant none for swap either in v1, unless it was given. */
	if (swap == -1 || (swap == 0 && limit == -1)) {
		add_limit(b, origin, "memory.swap.max", "max")->optional = true;
		return 0;
	}
	if (swap == 0)
		return 0;
	if (limit == 0)
		return fail(b->err, ERROR_CONFIG,
			    "%s: only with " ORIGIN
			    "memory.limit (it is the sum of memory and swap)",
			    origin);
	if (limit > swap)
		return fail(b->err, ERROR_CONFIG,
			    "%s: %" PRId64 " is below " ORIGIN "memory.limit, %" PRId64
			    " (it is the sum of memory and swap)",
			    origin, swap, limit);
	if (limit == swap)
		add_limit(b, origin, "memory.swap.max", "0")->optional = true;
	else
		add_limit(b, origin, "memory.swap.max",
			  arena_printf(b->arena, "%" PRId64, limit == -1 ? swap : swap - limit));
	return 0;
}

static int add_memory(struct builder *b, const struct spec_memory *memory)
{
	if (!memory)
		return 0;
	if (add_swap(b, memory) < 0 ||
	    add_maximum(b, &memory->limit, ORIGIN "memory.limit", "memory.max") < 0)
		return -1;
	return add_maximum(b, &memory->reservation, ORIGIN "memory.reservation", "memory.low");
}

/* ---------------------------------------------------------------------- cpu */

/*
 * log2 of 1 … 2^18, and 10^x of 0 … 4, without libm: hoy loads libc alone. Far more exact than the
 * rounding needs.
 */
static double binary_log(double x)
{
	double log = 0, bit = 1;
	int i;

	for (; x >= 2; x /= 2)
		log++;
	for (i = 0; i < 50; i++) {
		x *= x;
		bit /= 2;
		if (x >= 2) {
			x /= 2;
			log += bit;
		}
	}
	return log;
}

static double power_of_ten(double exponent)
{
	double whole = 1, x, term = 1, sum = 1;
	int i;

	for (; exponent >= 1; exponent--)
		whole *= 10;
	x = exponent * M_LN10;
	for (i = 1; i < 30; i++) {
		term *= x / i;
		sum += term;
	}
	return whole * sum;
}

/*
 * Shares of v1 (2 … 262144, usually 1024) to the weight of v2 (1 … 10000, usually 100): the curve
 * through those three points that runc, crun and Kubernetes agreed on (opencontainers/runc #4785,
 * containers/crun #1721).
 */
uint64_t cpu_weight(uint64_t shares)
{
	double log, weight;
	uint64_t whole;

	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	log = binary_log((double)shares);
	/* Rounded up, but not from 100.0000000001. */
	weight = power_of_ten((log * log + 125 * log) / 612 - 7.0 / 34) - 1e-9;
	whole = (uint64_t)weight;
	return (double)whole < weight ? whole + 1 : whole;
}

static void add_cpu_time(struct builder *b, const struct spec_cpu *cpu)
{
	uint64_t period = cpu->period.set && cpu->period.value ? cpu->period.value : DEFAULT_PERIOD;
	bool has_quota = cpu->quota.set && cpu->quota.value > 0;
	const char *value;

	if ((!cpu->quota.set || !cpu->quota.value) && (!cpu->period.set || !cpu->period.value))
		return;
	if (has_quota)
		value = arena_printf(b->arena, "%" PRId64 " %" PRIu64, cpu->quota.value, period);
	else
		value = arena_printf(b->arena, "max %" PRIu64, period);
	add_limit(b, cpu->quota.set && cpu->quota.value ? ORIGIN "cpu.quota" : ORIGIN "cpu.period",
		  "cpu.max", value)
		->optional = !has_quota;
}

static void add_cpu(struct builder *b, const struct spec_cpu *cpu)
{
	if (!cpu)
		return;
	/*
	 * The weight of an idle group cannot be written any more, and a burst is measured against
	 * the quota.
	 */
	if (cpu->shares.set && cpu->shares.value)
		add_limit(b, ORIGIN "cpu.shares", "cpu.weight",
			  arena_printf(b->arena, "%" PRIu64, cpu_weight(cpu->shares.value)));
	add_cpu_time(b, cpu);
	if (cpu->burst.set)
		add_limit(b, ORIGIN "cpu.burst", "cpu.max.burst",
			  arena_printf(b->arena, "%" PRIu64, cpu->burst.value))
			->optional = !cpu->burst.value;
	if (cpu->idle.set)
		add_limit(b, ORIGIN "cpu.idle", "cpu.idle",
			  arena_printf(b->arena, "%" PRId64, cpu->idle.value))
			->optional = !cpu->idle.value;
	if (cpu->mems && *cpu->mems)
		add_limit(b, ORIGIN "cpu.mems", "cpuset.mems", cpu->mems);
	if (cpu->cpus && *cpu->cpus)
		add_limit(b, ORIGIN "cpu.cpus", "cpuset.cpus", cpu->cpus);
}

/* --------------------------------------------------------------------- pids */

static int add_pids(struct builder *b, const struct spec_pids *pids)
{
	const char *origin = ORIGIN "pids.limit";

	if (!pids || !pids->limit.set)
		return 0;
	if (pids->limit.value < -1)
		return fail(b->err, ERROR_CONFIG,
			    "%s: %" PRId64 " is neither a number nor -1 (no limit)", origin,
			    pids->limit.value);
	/*
	 * Since 1.3.0 a limit like any other (config-linux.md). Older engines mean "none" by it, so
	 * it is told.
	 */
	if (pids->limit.value == 0)
		warn(b, "%s: 0 lets the container's first process start no other (-1 is no limit)",
		     origin);
	if (pids->limit.value == -1)
		add_limit(b, origin, "pids.max", "max")->optional = true;
	else
		add_limit(b, origin, "pids.max",
			  arena_printf(b->arena, "%" PRId64, pids->limit.value));
	return 0;
}

/* ------------------------------------------------------------------ unified */

/* "Written as is" (config-linux.md), and instead of what another property would write there. */
static int add_unified(struct builder *b, const struct map_string *from)
{
	struct plan_cgroup *plan = &b->plan->cgroup;
	const char *origin = arena_printf(b->arena, ORIGIN "unified[\"%s\"]", from->key);
	size_t i, kept = 0;

	if (!*from->key || strchr(from->key, '/') || !strchr(from->key, '.') || *from->key == '.')
		return fail(b->err, ERROR_CONFIG,
			    "%s: expected the name of a cgroup file, like \"memory.high\"", origin);
	for (i = 0; i < plan->limits.len; i++)
		if (strcmp(plan->limits.at[i].file, from->key) != 0)
			plan->limits.at[kept++] = plan->limits.at[i];
	plan->limits.len = kept;
	add_limit(b, origin, from->key, from->value);
	return 0;
}

/* -------------------------------------------------------------------- whole */

int build_limits(struct builder *b)
{
	const struct spec_resources *from = b->linux->resources;
	size_t i;

	if (!from)
		return 0;
	if (add_memory(b, from->memory) < 0)
		return -1;
	add_cpu(b, from->cpu);
	if (add_pids(b, from->pids) < 0)
		return -1;
	for (i = 0; i < from->unified.len; i++)
		if (add_unified(b, &from->unified.at[i]) < 0)
			return -1;
	return 0;
}

int build_cgroup(struct builder *b)
{
	struct plan_cgroup *plan = &b->plan->cgroup;
	const char *path = b->linux->cgroups_path;
	size_t i;

	plan->manager = b->facts->cgroup_manager;
	if (path && *path) {
		plan->path = path_clean(b->arena, path);
		plan->origin = "linux.cgroupsPath";
	}
	if (build_limits(b) < 0 || build_device_filter(b) < 0)
		return -1;
	for (i = 0; i < plan->limits.len; i++)
		plan->required |= !plan->limits.at[i].optional;
	if (plan->manager == CGROUP_DISABLED && plan->required)
		warn(b, "linux.resources: not applied, since cgroups are switched off");
	return 0;
}
