/*
 * The plan as a whole; its parts have their own tests, and tests/golden/plan shows it case by case.
 * HOY_TEST_BUNDLES names a folder of engines' config.json files, all of which must be planned or
 * refused by name.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "planned.h"

static void reads_facts_about_the_caller(void)
{
	struct plan_facts facts = { .id = "kept" };
	struct error err = { 0 };

	setenv("LISTEN_FDS", "3", 1);
	unsetenv("LISTEN_PID");
	CHECK_NUMBER(plan_facts_read(&facts, &err), 0);
	CHECK_STRING(err.text, "");
	CHECK_STRING(facts.id, "kept");
	CHECK_NUMBER(facts.euid, geteuid());
	CHECK_NUMBER(facts.listen_fds, 3);
	CHECK(facts.last_capability >= 40 && facts.last_capability < 64);
	/* Meant for somebody else. */
	setenv("LISTEN_PID", "1", 1);
	CHECK_NUMBER(plan_facts_read(&facts, &err), 0);
	CHECK_NUMBER(facts.listen_fds, 0);
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
}

static void leaves_room_for_home(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan plan;
	size_t i;

	PLAN(&plan, PROCESS "," MOUNT_NAMESPACE, &arena);
	CHECK(plan.process.find_home);
	CHECK_NUMBER(plan.process.env_len, 0);
	for (i = 0; i < 2; i++)
		CHECK_STRING(plan.process.env[plan.process.env_len + i], NULL);
	CHECK_NUMBER(plan.start_fd, -1);
	CHECK_NUMBER(plan.report_fd, -1);
	CHECK_NUMBER(plan.root.fd, -1);
	CHECK_NUMBER(plan.devices.at[0].fd, -1);
}

static int plan_exec(struct plan *plan, const char *config, const char *user, struct arena *arena,
		     struct error *err)
{
	const char *text =
		arena_printf(arena,
			     "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"}," PROCESS ",%s}",
			     config);
	struct spec *spec = arena_new(arena, struct spec);
	struct spec_process process = { .cwd = "/" };

	memset(err, 0, sizeof(*err));
	*list_add(arena, &process.args) = "id";
	CHECK(text_to_u32(user, &process.user.uid));
	CHECK_NUMBER(spec_load_text(spec, text, strlen(text), "/bundle", "config.json", arena, err),
		     0);
	CHECK_STRING(err->text, "");
	return plan_build_exec(plan, spec, &process, &planned_facts, arena, err);
}

#define SECCOMP "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\"}"
#define IN_USER                                                                             \
	"\"linux\":{" SECCOMP ",\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"}]," \
	"\"uidMappings\":[{\"containerID\":0,\"hostID\":7,\"size\":9}],"                    \
	"\"gidMappings\":[{\"containerID\":0,\"hostID\":7,\"size\":9}]}"

static void plans_a_second_process(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	const struct plan_facts root = planned_facts;
	struct error err;
	struct plan plan;

	CHECK_NUMBER(plan_exec(&plan, IN_USER, "8", &arena, &err), 0);
	CHECK(plan.is_exec);
	CHECK(plan.namespaces.user);
	CHECK_NUMBER(plan.namespaces.create, 0);
	CHECK_STRING(plan.ids.uid_map, NULL);
	CHECK_NUMBER(plan.ids.root_uid, 7);
	CHECK_NUMBER(plan.mounts.len + plan.devices.len + plan.links.len, 0);
	CHECK(plan.seccomp.program.len);
	CHECK(plan.process.set_groups);
	CHECK_NUMBER(plan_exec(&plan, IN_USER, "9", &arena, &err), -1);
	CHECK_CONTAINS(err.text, "process.user.uid: 9 ");
	planned_facts.euid = 1000;
	CHECK_NUMBER(plan_exec(&plan, IN_USER, "0", &arena, &err), 0);
	CHECK(!plan.process.set_groups);
	planned_facts = root;
}

static void gives_hooks_without_the_rest(void)
{
	static const char text[] =
		"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"}," PROCESS "," MOUNT_NAMESPACE
		",\"hooks\":{\"poststop\":[{\"path\":\"/h\"}],"
				   "\"startContainer\":[{\"path\":\"/s\"}]}}";
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan_hooks hooks;
	struct error err = { 0 };
	struct spec spec = { 0 };

	CHECK_NUMBER(spec_load_text(&spec, text, strlen(text), "/b\"c", "config.json", &arena,
				    &err),
		     0);
	CHECK_NUMBER(plan_build_hooks(&hooks, &spec, "web", &arena, &err), 0);
	CHECK_NUMBER(hooks.of[HOOK_POSTSTOP].len, 1);
	CHECK_STRING(hooks.of[HOOK_POSTSTOP].at[0].args[0], "/h");
	CHECK_STRING(hooks.of[HOOK_POSTSTOP].at[0].args[1], NULL);
	CHECK_STRING(hooks.of[HOOK_POSTSTOP].at[0].env[0], NULL);
	CHECK_STRING(hooks.of[HOOK_START_CONTAINER].at[0].env[0], NULL);
	CHECK_STRING(hooks.before_status, "{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"status\":\"");
	CHECK_STRING(hooks.before_pid, "\",\"pid\":");
	CHECK_STRING(hooks.after_pid, ",\"bundle\":\"/b\\\"c\"}");
}

static void print_to_nowhere(const struct plan *plan)
{
	FILE *out = fopen("/dev/null", "we");

	CHECK(out != NULL);
	if (!out)
		return;
	plan_print(plan, out);
	fclose(out);
}

/* What is not built is refused by name; everything else is planned. */
static void plan_bundle(const char *path)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct error err = { 0 };
	struct spec spec = { 0 };
	struct plan plan;
	char *text = NULL;
	size_t len;

	CHECK_NUMBER(fd_read_whole(fd, 1 << 22, &text, &len, path, &err), 0);
	if (spec_load_text(&spec, text, len, "/bundle", path, &arena, &err) < 0)
		CHECK_CONTAINS(err.text, "not supported by this version of hoy");
	else if (plan_build(&plan, &spec, &planned_facts, &arena, &err) < 0)
		CHECK_STRING(err.text, "");
	else
		print_to_nowhere(&plan);
	free(text);
}

static void plans_what_engines_write(void)
{
	const char *folder = getenv("HOY_TEST_BUNDLES");
	DIR *dir = folder ? opendir(folder) : NULL;
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct dirent *entry;

	if (!dir)
		SKIP("HOY_TEST_BUNDLES names no folder");
	while ((entry = readdir(dir)))
		if (text_ends_with(entry->d_name, ".json"))
			plan_bundle(arena_printf(&arena, "%s/%s", folder, entry->d_name));
	closedir(dir);
}

int main(void)
{
	TEST(reads_facts_about_the_caller);
	TEST(leaves_room_for_home);
	TEST(plans_a_second_process);
	TEST(gives_hooks_without_the_rest);
	TEST(plans_what_engines_write);
	return check_done();
}
