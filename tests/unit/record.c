#include "state/record.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "state/store.h"

static struct arena arena;
static struct error err;
static char folder[] = "/tmp/hoy-record-XXXXXX";
static struct store store = { .fd = -1 };
static struct store_entry entry = { .fd = -1, .lock = -1 };

static void write_state(const char *text)
{
	int fd = openat(entry.fd, "state.json", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void refuses(const char *state, const char *text)
{
	struct record record;

	write_state(state);
	CHECK_NUMBER(store_load(&entry, &record, &arena, &err), -1);
	CHECK_CONTAINS(err.text, "read the state of container 'web'");
	CHECK_CONTAINS(err.text, text);
}

static void what_is_saved_is_loaded(void)
{
	struct map_string annotations[] = { { "a", "1" }, { "b.c/d", "\"\\\xc3\xa9" } };
	struct record written = {
		.oci_version = "1.3.0", .id = "web", .bundle = "/b", .rootfs = "/b/rootfs",
		.created = "2026-11-21T10:00:00.123456789Z", .owner_uid = UINT32_MAX - 1, .phase = RECORD_STARTED,
		.pid = INT_MAX, .start_time = UINT64_MAX, .cgroup = "/a/web", .cgroup_made = "/a",
		.own_pid_namespace = true, .user_namespace = true, .rootless = true, .has_poststart = true,
		.has_poststop = true, .annotations = { annotations, 2 },
	}, read;

	CHECK_NUMBER(store_save(&entry, &written, &err), 0);
	CHECK_NUMBER(store_load(&entry, &read, &arena, &err), 0);
	CHECK_STRING(read.oci_version, written.oci_version);
	CHECK_STRING(read.id, written.id);
	CHECK_STRING(read.bundle, written.bundle);
	CHECK_STRING(read.rootfs, written.rootfs);
	CHECK_STRING(read.created, written.created);
	CHECK(read.owner_uid == written.owner_uid);
	CHECK(read.phase == written.phase);
	CHECK(read.pid == written.pid);
	CHECK(read.start_time == written.start_time);
	CHECK_STRING(read.cgroup, written.cgroup);
	CHECK_STRING(read.cgroup_made, written.cgroup_made);
	CHECK(read.own_pid_namespace && read.user_namespace && read.rootless && read.has_poststart && read.has_poststop);
	CHECK_NUMBER(read.annotations.len, 2);
	CHECK_STRING(read.annotations.at[1].key, "b.c/d");
	CHECK_STRING(read.annotations.at[1].value, annotations[1].value);
}

static void absent_stays_absent(void)
{
	struct record written = { .id = "web", .phase = RECORD_CREATING }, read;

	CHECK_NUMBER(store_save(&entry, &written, &err), 0);
	CHECK_NUMBER(store_load(&entry, &read, &arena, &err), 0);
	CHECK(!read.oci_version && !read.bundle && !read.cgroup && !read.cgroup_made && !read.created);
	CHECK(!read.pid && !read.start_time && !read.own_pid_namespace && !read.has_poststop);
	CHECK_NUMBER(read.annotations.len, 0);
}

static void broken_records_are_errors(void)
{
	refuses("", "state.json");
	refuses("{\"id\":\"web\",\"phase\":", "state.json");
	refuses("{\"id\":\"web\"}", "phase");
	refuses("{\"id\":\"other\",\"phase\":\"creating\"}", "it is the record of 'other'");
	refuses("{\"id\":\"web\",\"phase\":\"ended\"}", "phase");
	refuses("{\"id\":\"web\",\"phase\":\"creating\",\"pid\":-1}", "pid");
	refuses("{\"id\":\"web\",\"phase\":\"creating\",\"pid\":2147483648}", "pid");
	refuses("{\"id\":\"web\",\"phase\":\"started\"}", "pid, bundle or ociVersion is missing");
}

int main(void)
{
	if (!mkdtemp(folder) || store_open(&store, folder, false, &err) < 0 ||
	    store_reserve(&store, "web", &entry, &err) < 0)
		return 1;
	TEST(what_is_saved_is_loaded);
	TEST(absent_stays_absent);
	TEST(broken_records_are_errors);
	if (store_remove(&store, &entry, &err) < 0)
		printf("# %s\n", err.text);
	store_close(&store);
	rmdir(folder);
	arena_finish(&arena);
	return check_done();
}
