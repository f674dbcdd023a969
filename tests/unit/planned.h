/*
 * For the tests of plan/: a plan from the members of a config that matter, the rest being the least
 * there can be.
 */
#pragma once

#include "check.h"
#include "plan/build.h"
#include "spec/load.h"

#define PROCESS "\"process\":{\"cwd\":\"/\",\"args\":[\"true\"],\"user\":{\"uid\":0,\"gid\":0}}"
#define MOUNT_NAMESPACE "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}"

static struct plan_facts planned_facts = { .id = "unit",
					   .last_capability = 40,
					   .caller_bounding = (UINT64_C(1) << 41) - 1 };

/*
 * 0, or -1 with err: from the check as well as from the plan. `members` has commas between, none at
 * the ends.
 */
static int planned(struct plan *plan, const char *members, struct arena *arena, struct error *err)
{
	const char *text =
		arena_printf(arena, "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},%s}",
			     members);
	struct spec *spec = arena_new(arena, struct spec);

	memset(err, 0, sizeof(*err));
	if (spec_load_text(spec, text, strlen(text), "/bundle", "config.json", arena, err) < 0)
		return -1;
	return plan_build(plan, spec, &planned_facts, arena, err);
}

/* The plan, which must come about. */
static inline void must_plan(const char *file, int line, struct plan *plan, const char *members,
			     struct arena *arena)
{
	struct error err;

	if (planned(plan, members, arena, &err) == 0)
		return;
	check_string(file, line, "planned", err.text, "");
	memset(plan, 0, sizeof(*plan));
}
#define PLAN(plan, members, arena) must_plan(__FILE__, __LINE__, plan, members, arena)

/* A refusal, with these words in it. */
static inline void must_refuse(const char *file, int line, const char *members, const char *words,
			       struct arena *arena)
{
	struct error err;
	struct plan plan;

	check_number(file, line, "planned", planned(&plan, members, arena, &err), -1);
	check_contains(file, line, "err.text", err.text, words);
	check_number(file, line, "err.kind", err.kind, ERROR_CONFIG);
}
#define REFUSE(members, words, arena) must_refuse(__FILE__, __LINE__, members, words, arena)
