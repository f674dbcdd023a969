/* ID maps: every way to get a user namespace, and who may be whom in it. */
#include <linux/sched.h>

#include "planned.h"

#define AS(user, namespace, maps)                                                      \
	"\"process\":{\"cwd\":\"/\",\"args\":[\"true\"],\"user\":{" user "}},"         \
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"}," namespace "]" maps "}"
#define USER(maps, user) AS(user, "{\"type\":\"user\"}", "," maps)
#define JOINED(maps, user) AS(user, "{\"type\":\"user\",\"path\":\"/n\"}", maps)
#define ROOT "\"uid\":0,\"gid\":0"
#define MAP(name, inside, outside, size)                                               \
	"\"" name "\":[{\"containerID\":" inside ",\"hostID\":" outside ",\"size\":" size "}]"
#define BOTH(inside, outside, size)                                                    \
	MAP("uidMappings", inside, outside, size) "," MAP("gidMappings", inside, outside, size)

static void writes_maps_as_the_kernel_reads_them(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan plan;

	PLAN(&plan,
	     USER("\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":1},"
		  "{\"containerID\":1,\"hostID\":4294000000,\"size\":65535}]," MAP("gidMappings",
										   "0", "7",
										   "4294967288"),
		  ROOT),
	     &arena);
	CHECK_STRING(plan.ids.uid_map, "0 1000 1\n1 4294000000 65535\n");
	CHECK_STRING(plan.ids.gid_map, "0 7 4294967288\n");
	CHECK_NUMBER(plan.ids.root_uid, 1000);
	CHECK_NUMBER(plan.ids.root_gid, 7);
	CHECK(!plan.ids.deny_setgroups);
	CHECK(!plan.ids.use_helpers);
	CHECK(plan.process.set_groups);
}

static void has_no_maps_where_none_are_written(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan plan;

	PLAN(&plan, PROCESS "," MOUNT_NAMESPACE, &arena);
	CHECK_STRING(plan.ids.uid_map, NULL);
	CHECK_NUMBER(plan.ids.root_uid, 0);
	CHECK(!plan.namespaces.user);
	PLAN(&plan, JOINED("," BOTH("0", "100", "10"), ROOT), &arena);
	CHECK_STRING(plan.ids.uid_map, NULL);
	CHECK_NUMBER(plan.ids.root_uid, 100);
	CHECK(plan.namespaces.user);
	PLAN(&plan, JOINED("", "\"uid\":5,\"gid\":6"), &arena);
	CHECK_NUMBER(plan.ids.root_uid, UINT32_MAX);
}

static void needs_ids_that_exist(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan plan;

	PLAN(&plan, USER(BOTH("0", "100", "10"), "\"uid\":9,\"gid\":5"), &arena);
	CHECK_NUMBER(plan.ids.root_uid, 100);
	REFUSE(USER(BOTH("0", "100", "10"), "\"uid\":15,\"gid\":5"), "process.user.uid: 15 ",
	       &arena);
	REFUSE(USER(BOTH("0", "100", "10"), "\"uid\":10,\"gid\":5"),
	       "(linux.uidMappings gives it 0-9)", &arena);
	REFUSE(USER(BOTH("0", "100", "10"), "\"uid\":5,\"gid\":10"), "process.user.gid: 10 ", &arena);
	REFUSE(USER(BOTH("5", "100", "10"), "\"uid\":5,\"gid\":5"),
	       "linux.uidMappings: no mapping for container ID 0", &arena);
	REFUSE(USER(BOTH("0", "100", "10"), ROOT ",\"additionalGids\":[1,2,10]"),
	       "process.user.additionalGids[2]: 10 ", &arena);
	REFUSE(JOINED("," BOTH("0", "100", "10"), "\"uid\":10,\"gid\":0"), "process.user.uid: 10 ",
	       &arena);
}

static void knows_what_an_ordinary_user_may(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	const struct plan_facts root = planned_facts;
	struct plan plan;

	planned_facts.euid = planned_facts.egid = 1000;
	PLAN(&plan, USER(BOTH("0", "1000", "1"), ROOT), &arena);
	CHECK(plan.rootless);
	CHECK(plan.ids.deny_setgroups);
	CHECK(!plan.ids.use_helpers);
	CHECK(!plan.process.set_groups);
	PLAN(&plan, USER(BOTH("0", "1001", "1"), ROOT), &arena);
	CHECK(plan.ids.use_helpers);
	PLAN(&plan, USER(BOTH("0", "1000", "2"), ROOT), &arena);
	CHECK(plan.ids.use_helpers);
	REFUSE(USER(BOTH("0", "1000", "1"), ROOT ",\"additionalGids\":[0]"),
	       "process.user.additionalGids: ", &arena);
	REFUSE(PROCESS "," MOUNT_NAMESPACE, "linux.namespaces: ", &arena);
	planned_facts = root;
	planned_facts.in_user_namespace = true;
	PLAN(&plan, PROCESS "," MOUNT_NAMESPACE, &arena);
	CHECK(plan.rootless);
	CHECK(plan.process.set_groups);
	planned_facts.setgroups_denied = true;
	PLAN(&plan, PROCESS "," MOUNT_NAMESPACE, &arena);
	CHECK(!plan.process.set_groups);
	planned_facts = root;
}

int main(void)
{
	TEST(writes_maps_as_the_kernel_reads_them);
	TEST(has_no_maps_where_none_are_written);
	TEST(needs_ids_that_exist);
	TEST(knows_what_an_ordinary_user_may);
	return check_done();
}
