/*
 * Loading, checking and writing config.json. The rules one by one are golden cases:
 * tests/golden/config.
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fd.h"
#include "base/log.h"
#include "check.h"
#include "spec/check.h"
#include "spec/default.h"
#include "spec/load.h"
#include "spec/sysctl.h"

#define SOUND                                                                                \
	"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"}, "                     \
	"\"process\": {\"cwd\": \"/\", \"args\": [\"sh\"]}, "                                \
	"\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"pid\", \"path\": " \
	"\"/p\"}]}}"

static struct arena arena;
static char folder[] = "/tmp/hoy-check-spec.XXXXXX";

static const char *in_folder(const char *name)
{
	return arena_printf(&arena, "%s/%s", folder, name);
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(in_folder(name), "w");

	CHECK(file && fputs(text, file) >= 0);
	CHECK(file && fclose(file) == 0);
}

/* The error's text, or "" where there is none. */
static const char *load_text(struct spec *spec, const char *text)
{
	struct error err = { 0 };

	if (spec_load_text(spec, text, strlen(text), "/bundle", "f", &arena, &err) == 0)
		return "";
	return arena_strdup(&arena, err.text);
}

/* ------------------------------------------------------------------ loading */

static void loads_a_bundle(void)
{
	char *resolved = realpath(folder, NULL);
	struct error err = { 0 };
	struct spec spec;

	write_file("config.json", SOUND);
	CHECK_NUMBER(spec_load(&spec, in_folder("."), NULL, &arena, &err), 0);
	CHECK_STRING(err.text, "");
	CHECK_STRING(spec.bundle, resolved);
	CHECK_STRING(spec.text, SOUND);
	CHECK_NUMBER(spec.text_len, strlen(SOUND));
	CHECK_NUMBER(spec.linux->namespaces.len, 2);
	CHECK_NUMBER(spec.linux->namespaces.at[1].type, CLONE_NEWPID);
	CHECK_STRING(spec.linux->namespaces.at[1].origin, "linux.namespaces[1]");
	free(resolved);
}

static void loads_a_config_from_elsewhere(void)
{
	struct error err = { 0 };
	struct spec spec;

	write_file("other.json", SOUND);
	CHECK_NUMBER(spec_load(&spec, "/", in_folder("other.json"), &arena, &err), 0);
	CHECK_STRING(spec.bundle, "/");
	CHECK_STRING(spec.file, in_folder("other.json"));
}

static void tells_what_is_wrong_with_a_bundle(void)
{
	struct error err = { 0 };
	struct spec spec;

	CHECK_NUMBER(spec_load(&spec, in_folder("missing"), NULL, &arena, &err), -1);
	CHECK_STRING(err.text,
		     arena_printf(&arena, "open bundle '%s/missing': No such file or directory",
				  folder));
	write_file("file", "");
	CHECK_NUMBER(spec_load(&spec, in_folder("file"), NULL, &arena, &err), -1);
	CHECK_STRING(err.text,
		     arena_printf(&arena, "open bundle '%s/file': Not a directory", folder));
	CHECK(mkdir(in_folder("empty"), 0755) == 0);
	CHECK_NUMBER(spec_load(&spec, in_folder("empty"), NULL, &arena, &err), -1);
	CHECK_STRING(err.text,
		     arena_printf(&arena, "open '%s/empty/config.json': No such file or directory",
				  folder));
	CHECK(mkdir(in_folder("empty/config.json"), 0755) == 0);
	CHECK_NUMBER(spec_load(&spec, in_folder("empty"), NULL, &arena, &err), -1);
	CHECK_CONTAINS(err.text, "Is a directory");
	CHECK(rmdir(in_folder("empty/config.json")) == 0 && rmdir(in_folder("empty")) == 0);
}

static void tells_all_complaints_in_one_error(void)
{
	struct spec spec;

	CHECK_STRING(
		load_text(&spec, "{\"ociVersion\": \"1.3.0\",\n\"root\": {},\n\"process\": "
				 "{\"cwd\": \"x\", \"args\": []}}"),
		"f:1:1: linux.namespaces: no \"mount\" among them: the container's mounts would "
		"become the host's; "
		"f:2:9: root.path: missing (root filesystem: absolute, or relative to the bundle); "
		"f:3:20: process.cwd: expected an absolute path, found \"x\"; "
		"f:3:33: process.args: empty (at least the program is needed)");
	CHECK_STRING(load_text(&spec, SOUND), "");
	CHECK_STRING(spec.bundle, "/bundle");
	CHECK_STRING(spec.file, "f");
}

/* A rule must not judge what the decoder took out. */
static void says_nothing_of_what_was_refused_already(void)
{
	struct spec spec;

	CHECK_STRING(load_text(&spec, "[]"), "f:1:1: expected an object, found an array");
	CHECK_STRING(load_text(&spec,
			       "{\"ociVersion\": 1, \"root\": \"x\", \"process\": [], "
			       "\"hostname\": \"h\", "
			       "\"linux\": {\"namespaces\": {}, \"sysctl\": {\"net.x\": \"1\"}}}"),
		     "f:1:16: ociVersion: expected a string, found 1; "
		     "f:1:27: root: expected an object, found a string; "
		     "f:1:43: process: expected an object, found an array; "
		     "f:1:88: linux.namespaces: expected an array, found an object");
}

static void loads_a_process_of_its_own(void)
{
	struct spec_process process;
	struct error err = { 0 };

	write_file("process.json",
		   "{\"cwd\": \"/tmp\", \"args\": [\"id\", \"-u\"], \"user\": {\"uid\": 5, "
		   "\"gid\": 6}, "
		   "\"rlimits\": [{\"type\": \"RLIMIT_CPU\", \"soft\": 1, \"hard\": 2}]}");
	CHECK_NUMBER(spec_load_process(&process, in_folder("process.json"), &arena, &err), 0);
	CHECK_STRING(process.args.at[1], "-u");
	CHECK_NUMBER(process.user.gid, 6);
	CHECK_STRING(process.rlimits.at[0].origin, "rlimits[0]");
	write_file("process.json", "{\"cwd\": \"tmp\",\n\"args\": [],\n\"apparmorProfile\": "
				   "\"x\",\n\"env\": [\"A\"]}");
	CHECK_NUMBER(spec_load_process(&process, in_folder("process.json"), &arena, &err), -1);
	CHECK_CONTAINS(err.text,
		       "process.json:1:9: cwd: expected an absolute path, found \"tmp\"; ");
	CHECK_CONTAINS(err.text,
		       "process.json:2:9: args: empty (at least the program is needed); ");
	CHECK_CONTAINS(
		err.text,
		"process.json:3:20: apparmorProfile: not supported by this version of hoy; ");
	CHECK_CONTAINS(err.text, "process.json:4:9: env[0]: expected NAME=value, found \"A\"");
}

static void loads_resources_of_their_own(void)
{
	struct spec_resources resources;
	struct error err = { 0 };

	write_file("resources.json",
		   "{\"memory\": {\"limit\": 7}, \"pids\": {\"limit\": -1}, \"blockIO\": {}}");
	CHECK_NUMBER(spec_load_resources(&resources, in_folder("resources.json"), &arena, &err), 0);
	CHECK_NUMBER(resources.memory->limit.value, 7);
	CHECK(!resources.memory->swap.set);
	CHECK_NUMBER(resources.pids->limit.value, -1);
	write_file("resources.json", "{\"cpu\": {\"period\": 1},\n\"unified\": {\"a/b.c\": \"x\"}, "
				     "\"blockIO\": {\"weight\": 5}}");
	CHECK_NUMBER(spec_load_resources(&resources, in_folder("resources.json"), &arena, &err),
		     -1);
	CHECK_CONTAINS(err.text,
		       "resources.json:1:20: cpu.period: 1 is not between 1000 and 1000000; ");
	CHECK_CONTAINS(
		err.text,
		"resources.json:2:22: unified[\"a/b.c\"]: expected the name of a cgroup file");
	CHECK_CONTAINS(err.text,
		       "resources.json:2:50: blockIO.weight: not supported by this version of hoy");
}

static void reads_standard_input_for_a_dash(void)
{
	CLEANUP(fd_close) int saved = dup(STDIN_FILENO), fd = -1;
	struct spec_process process;
	struct error err = { 0 };

	write_file("process.json", "{\"cwd\": \"/\", \"args\": [\"x\"], \"cwdd\": 1");
	fd = open(in_folder("process.json"), O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	CHECK_NUMBER(spec_load_process(&process, "-", &arena, &err), -1);
	CHECK_CONTAINS(err.text, "stdin:1:");
	CHECK(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	CHECK(dup2(saved, STDIN_FILENO) == STDIN_FILENO);
}

/*
 * What is ignored as the specification wants it is a debug line; what a rule warns of is for
 * everybody.
 */
static void logs_warnings(void)
{
	CLEANUP(fd_close) int fd = -1;
	struct error err = { 0 };
	struct spec spec;
	char *log = NULL;
	size_t len;

	write_file("config.json",
		   "{\"ociVersion\": \"1.9.0\", \"unknown\": 1, \"root\": {\"path\": \"rootfs\"}, "
		   "\"process\": {\"cwd\": \"/\", \"args\": [\"sh\"]}, "
		   "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}]}}");
	CHECK_NUMBER(log_open(in_folder("log"), LOG_TEXT, false, &err), 0);
	CHECK_NUMBER(spec_load(&spec, folder, NULL, &arena, &err), 0);
	log_finish();
	fd = open(in_folder("log"), O_RDONLY | O_CLOEXEC);
	CHECK_NUMBER(fd_read_whole(fd, 100000, &log, &len, "log", &err), 0);
	CHECK_CONTAINS(log, "ociVersion: hoy knows the specification up to 1.3");
	CHECK(log && !strstr(log, "unknown property") && !strstr(log, "warning: "));
	free(log);
}

/* ------------------------------------------------------------------ default */

static void writes_a_default_that_is_sound(bool rootless)
{
	struct spec spec, again;
	const char *text;

	spec_default(&spec, rootless, 1000, 1001, &arena);
	text = spec_encode(&spec, &arena);
	CHECK_STRING(load_text(&again, text), "");
	CHECK_STRING(spec_encode(&again, &arena), text);
	CHECK_NUMBER(again.mounts.len, 7);
	CHECK_NUMBER(again.linux->namespaces.len, 6);
	CHECK_CONTAINS(text, "\"user\": {\n      \"uid\": 0,\n      \"gid\": 0\n    }");
}

static void writes_a_default(void)
{
	writes_a_default_that_is_sound(false);
}

static void writes_a_default_for_an_ordinary_user(void)
{
	struct spec spec;
	size_t i, j;

	writes_a_default_that_is_sound(true);
	spec_default(&spec, true, 1000, 1001, &arena);
	CHECK_NUMBER(spec.linux->uid_mappings.at[0].host_id, 1000);
	CHECK_NUMBER(spec.linux->gid_mappings.at[0].host_id, 1001);
	CHECK(!spec.linux->resources);
	for (i = 0; i < spec.linux->namespaces.len; i++)
		CHECK(spec.linux->namespaces.at[i].type != CLONE_NEWNET);
	for (i = 0; i < spec.mounts.len; i++)
		for (j = 0; j < spec.mounts.at[i].options.len; j++)
			CHECK(strcmp(spec.mounts.at[i].options.at[j], "gid=5") != 0);
}

static const char *read_file(const char *path)
{
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct error err = { 0 };
	const char *copy;
	char *bytes;
	size_t len;

	if (fd < 0 || fd_read_whole(fd, 1 << 20, &bytes, &len, path, &err) < 0)
		return NULL;
	copy = arena_strdup(&arena, bytes);
	free(bytes);
	return copy;
}

/* To make it anew: hoy spec in an empty folder. */
static void example_is_what_hoy_spec_writes(void)
{
	struct spec spec;

	spec_default(&spec, false, 0, 0, &arena);
	CHECK_STRING(read_file("config.json.example"), spec_encode(&spec, &arena));
}

/* Every property that the tables know and this build does, there and back. */
static void writes_what_it_read(void)
{
	const char *text = read_file("tests/golden/config/sound-everything.json"), *written;
	struct spec spec, again;

	if (!text)
		SKIP("the golden cases are not here");
	CHECK_STRING(load_text(&spec, text), "");
	written = spec_encode(&spec, &arena);
	CHECK_STRING(load_text(&again, written), "");
	CHECK_STRING(spec_encode(&again, &arena), written);
	CHECK_CONTAINS(written, "\"type\": \"RLIMIT_CORE\",\n        \"hard\": "
				"18446744073709551615,\n        \"soft\": 0");
	CHECK_CONTAINS(written, "\"rootfsPropagation\": \"rslave\"");
	CHECK_CONTAINS(written, "\"net/ipv4/conf/eth0.1/forwarding\": \"1\"");
}

/* ------------------------------------------------------------------- sysctl */

static void reads_both_spellings_of_sysctl(void)
{
	CHECK_STRING(sysctl_file("net.ipv4.ip_forward", &arena), "net/ipv4/ip_forward");
	CHECK_STRING(sysctl_file("net/ipv4/ip_forward", &arena), "net/ipv4/ip_forward");
	CHECK_STRING(sysctl_file("net.ipv4.conf.eth0/100.forwarding", &arena),
		     "net/ipv4/conf/eth0.100/forwarding");
	CHECK_STRING(sysctl_file("net/ipv4/conf/eth0.100/forwarding", &arena),
		     "net/ipv4/conf/eth0.100/forwarding");
	CHECK_STRING(sysctl_file("kernel", &arena), "kernel");
}

static void lets_no_sysctl_out_of_its_folder(void)
{
	static const char *const bad[] = {
		"",
		".",
		"/",
		"..",
		"net..x",
		"net//x",
		".net",
		"/net",
		"net.",
		"net/",
		"net/../kernel/core_pattern",
		"net/./x",
		"net/..",
		"net.//.x",
		"./net",
		"../net",
	};
	size_t i;

	for (i = 0; i < COUNT(bad); i++)
		if (sysctl_file(bad[i], &arena))
			CHECK_STRING(bad[i], "refused");
	CHECK_STRING(sysctl_file("net/.../x", &arena), "net/.../x");
	CHECK_STRING(sysctl_file("net/..x/.y", &arena), "net/..x/.y");
}

static void knows_whose_a_sysctl_is(void)
{
	CHECK_NUMBER(sysctl_namespace("net/core/somaxconn"), CLONE_NEWNET);
	CHECK_NUMBER(sysctl_namespace("kernel/shm_rmid_forced"), CLONE_NEWIPC);
	CHECK_NUMBER(sysctl_namespace("fs/mqueue/queues_max"), CLONE_NEWIPC);
	CHECK_NUMBER(sysctl_namespace("user/max_net_namespaces"), CLONE_NEWUSER);
	CHECK_NUMBER(sysctl_namespace("kernel/domainname"), CLONE_NEWUTS);
	CHECK_NUMBER(sysctl_namespace("kernel/core_pattern"), 0);
	CHECK_NUMBER(sysctl_namespace("network/x"), 0);
	CHECK_NUMBER(sysctl_namespace("net"), 0);
	CHECK_NUMBER(sysctl_namespace("kernel/shmmaxx"), 0);
}

int main(void)
{
	static const char *const files[] = {
		"config.json", "other.json", "file", "process.json", "resources.json", "log",
	};
	size_t i;

	if (!mkdtemp(folder)) {
		printf("Bail out! no folder for temporary files\n");
		return 1;
	}
	TEST(loads_a_bundle);
	TEST(loads_a_config_from_elsewhere);
	TEST(tells_what_is_wrong_with_a_bundle);
	TEST(tells_all_complaints_in_one_error);
	TEST(says_nothing_of_what_was_refused_already);
	TEST(loads_a_process_of_its_own);
	TEST(loads_resources_of_their_own);
	TEST(reads_standard_input_for_a_dash);
	TEST(logs_warnings);
	TEST(writes_a_default);
	TEST(writes_a_default_for_an_ordinary_user);
	TEST(example_is_what_hoy_spec_writes);
	TEST(writes_what_it_read);
	TEST(reads_both_spellings_of_sysctl);
	TEST(lets_no_sysctl_out_of_its_folder);
	TEST(knows_whose_a_sysctl_is);
	for (i = 0; i < COUNT(files); i++)
		unlink(in_folder(files[i]));
	rmdir(folder);
	arena_finish(&arena);
	return check_done();
}
