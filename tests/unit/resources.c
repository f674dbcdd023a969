/* Limits of the specification as files of cgroup v2. */
#include "plan/builder.h"
#include "planned.h"

/* "memory.max=1 pids.max=max": the limits, in their order. */
static const char *limits_of(const char *resources, struct arena *arena, bool *required)
{
	const char *text = "";
	struct plan plan;
	size_t i;

	PLAN(&plan,
	     arena_printf(arena,
			  PROCESS
			  ",\"linux\":{\"namespaces\":[{\"type\":\"mount\"}],\"resources\":{%s}}",
			  resources),
	     arena);
	for (i = 0; i < plan.cgroup.limits.len; i++)
		text = arena_printf(arena, "%s%s%s=%s%s", text, i ? " " : "",
				    plan.cgroup.limits.at[i].file, plan.cgroup.limits.at[i].value,
				    plan.cgroup.limits.at[i].optional ? "?" : "");
	*required = plan.cgroup.required;
	return text;
}

#define LIMITS(resources, wanted, needed)                                               \
	do {                                                                            \
		CHECK_STRING(limits_of("" resources, &arena, &required), wanted);      \
		CHECK_NUMBER(required, needed);                                         \
	} while (0)

static void limits_memory(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	bool required;

	LIMITS("", "", false);
	LIMITS("\"memory\":{}", "", false);
	LIMITS("\"memory\":{\"limit\":0}", "", false);
	LIMITS("\"memory\":{\"limit\":4096}", "memory.max=4096", true);
	LIMITS("\"memory\":{\"limit\":-1}", "memory.swap.max=max? memory.max=max?", false);
	LIMITS("\"memory\":{\"limit\":4096,\"swap\":-1}", "memory.swap.max=max? memory.max=4096",
	       true);
	LIMITS("\"memory\":{\"limit\":4096,\"swap\":4096}", "memory.swap.max=0? memory.max=4096",
	       true);
	LIMITS("\"memory\":{\"limit\":4096,\"swap\":5000}", "memory.swap.max=904 memory.max=4096",
	       true);
	LIMITS("\"memory\":{\"limit\":4096,\"swap\":0}", "memory.max=4096", true);
	LIMITS("\"memory\":{\"swap\":-1}", "memory.swap.max=max?", false);
	LIMITS("\"memory\":{\"reservation\":4096}", "memory.low=4096", true);
	LIMITS("\"memory\":{\"limit\":9223372036854775807}", "memory.max=9223372036854775807",
	       true);
}

static void limits_cpu(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	bool required;

	LIMITS("\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0}", "", false);
	LIMITS("\"cpu\":{\"shares\":1024}", "cpu.weight=100", true);
	LIMITS("\"cpu\":{\"quota\":5000}", "cpu.max=5000 100000", true);
	LIMITS("\"cpu\":{\"quota\":5000,\"period\":20000}", "cpu.max=5000 20000", true);
	LIMITS("\"cpu\":{\"period\":20000}", "cpu.max=max 20000?", false);
	LIMITS("\"cpu\":{\"quota\":-1}", "cpu.max=max 100000?", false);
	LIMITS("\"cpu\":{\"shares\":2,\"idle\":1}", "cpu.weight=1 cpu.idle=1", true);
	LIMITS("\"cpu\":{\"cpus\":\"0-1\",\"mems\":\"\"}", "cpuset.cpus=0-1", true);
}

static void limits_processes(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	bool required;

	LIMITS("\"pids\":{\"limit\":7}", "pids.max=7", true);
	LIMITS("\"pids\":{\"limit\":-1}", "pids.max=max?", false);
	LIMITS("\"pids\":{\"limit\":0}", "pids.max=0", true);
}

static void writes_unified_instead_and_last(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	bool required;

	LIMITS("\"unified\":{\"pids.max\":\"5\"},\"pids\":{\"limit\":7},\"memory\":{\"limit\":1}",
	       "memory.max=1 pids.max=5", true);
	LIMITS("\"unified\":{\"io.max\":\"8:0 rbps=1\"}", "io.max=8:0 rbps=1", true);
}

static void needs_a_cgroup_for_device_rules(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	bool required;

	LIMITS("\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]", "", false);
	LIMITS("\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]", "", true);
	planned_facts.in_user_namespace = true;
	LIMITS("\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]", "", false);
	planned_facts.in_user_namespace = false;
}

/* Values of opencontainers/cgroups' own formula, in Go's floating point. */
static void weighs_like_the_others(void)
{
	static const struct { uint64_t shares, weight;
	} known[] = {
		{ 1, 1 },	   { 2, 1 },	      { 3, 2 },
		{ 10, 4 },	   { 100, 17 },	      { 512, 59 },
		{ 1023, 100 },	   { 1024, 100 },     { 1025, 101 },
		{ 2048, 174 },	   { 10240, 639 },    { 100000, 4340 },
		{ 262143, 10000 }, { 262144, 10000 }, { UINT64_MAX, 10000 },
	};
	uint64_t shares, weight, before = 0;
	size_t i;

	for (i = 0; i < COUNT(known); i++)
		CHECK_NUMBER(cpu_weight(known[i].shares), known[i].weight);
	for (shares = 1; shares <= 262144; shares += 37) {
		weight = cpu_weight(shares);
		CHECK(weight >= before && weight >= 1 && weight <= 10000);
		before = weight;
	}
}

int main(void)
{
	TEST(limits_memory);
	TEST(limits_cpu);
	TEST(limits_processes);
	TEST(writes_unified_instead_and_last);
	TEST(needs_a_cgroup_for_device_rules);
	TEST(weighs_like_the_others);
	return check_done();
}
