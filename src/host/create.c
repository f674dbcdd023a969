#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fd.h"
#include "base/log.h"
#include "host/create.h"
#include "host/parts.h"
#include "kernel/process.h"

static const char *now(struct arena *arena)
{
	struct timespec time;
	struct tm utc;
	char text[32];

	clock_gettime(CLOCK_REALTIME, &time);
	gmtime_r(&time.tv_sec, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	return arena_printf(arena, "%s.%09ldZ", text, time.tv_nsec);
}

static void fill_record(struct creation *creation)
{
	const struct spec *spec = creation->spec;
	const struct plan *plan = creation->launch.plan;

	creation->record = (struct record){
	    .oci_version = spec->oci_version,
	    .id = plan->id,
	    .bundle = plan->bundle,
	    .rootfs = plan->root.path,
	    .created = now(creation->arena),
	    .owner_uid = getuid(),
	    .phase = RECORD_CREATING,
	    .own_pid_namespace = plan->namespaces.create & CLONE_NEWPID,
	    .user_namespace = plan->namespaces.user,
	    .rootless = plan->rootless,
	    .has_poststart = plan->hooks.of[HOOK_POSTSTART].len > 0,
	    .has_poststop = plan->hooks.of[HOOK_POSTSTOP].len > 0,
	};
	creation->record.annotations.at = spec->annotations.at;
	creation->record.annotations.len = spec->annotations.len;
}

/*
 * The path goes into the record before the cgroup is made: a create that is killed leaves nothing
 * unknown.
 */
static int choose_cgroup(struct creation *creation, struct error *err)
{
	struct plan *plan = creation->launch.plan;
	struct record *record = &creation->record;
	int result;

	if (plan->cgroup.manager == CGROUP_DISABLED) {
		if (plan->cgroup.limits.len)
			return fail(err, ERROR_CONFIG,
				    "%s: there is no cgroup for it with --cgroup-manager disabled",
				    plan->cgroup.limits.at[0].origin);
		if (plan->cgroup.device_program.len)
			log_debug("%s: not applied with --cgroup-manager disabled",
				  plan->cgroup.device_origin);
		return 0;
	}
	result = cgroup_open_tree(&creation->tree, err);
	if (result < 0)
		return -1;
	if (result == 1) {
		if (plan->cgroup.required)
			return fail(err, ERROR_CONFIG,
				    "linux.resources: no cgroup v2 hierarchy is mounted here");
		return 0;
	}
	if (cgroup_choose_path(&creation->tree, &plan->cgroup, plan->id, plan->rootless,
			       &record->cgroup, creation->arena, err) < 0)
		return -1;
	if (record->cgroup && cgroup_first_missing(&creation->tree, record->cgroup,
						   &record->cgroup_made, creation->arena, err) < 0)
		return -1;
	return 0;
}

static int make_cgroup(struct creation *creation, struct error *err)
{
	struct record *record = &creation->record;
	struct launch *launch = &creation->launch;
	const char *made;
	int result;

	if (!record->cgroup)
		return 0;
	result = cgroup_create(&creation->tree, &launch->plan->cgroup, record->cgroup,
			       &launch->cgroup, &made, creation->arena, err);
	if (result < 0) {
		/* One that was there before, busy or frozen, is not ours to remove. */
		if (!made)
			record->cgroup = NULL;
		return -1;
	}
	if (result == 1) {
		record->cgroup = record->cgroup_made = NULL;
		/* Hoy's own choice may be dropped, what the config asks for may not. */
		return launch->plan->cgroup.origin ? wrap(err, "%s", launch->plan->cgroup.origin) : 0;
	}
	record->cgroup_made = made;
	launch->cgroup_path = record->cgroup;
	return 0;
}

static int make_fifo(int folder, const char *name, int flags, int *fd, struct error *err)
{
	CLEANUP(fd_close) int both = -1;

	if (mkfifoat(folder, name, 0600) < 0)
		return fail_errno(err, "make the FIFO '%s' in the state directory", name);
	/*
	 * Opened for both first, or an open for one end alone would wait for, or fail without, the
	 * other.
	 */
	both = openat(folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	*fd =
	    flags == O_RDWR ? fd_take(&both) : openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? fail_errno(err, "open the FIFO '%s' in the state directory", name) : 0;
}

/*
 * Made and opened before the clone and inherited, so that the child needs no path and sees no end
 * of file while it waits. It holds the only writer of "report", which execve closes: the end of
 * file there is the sign of success for `start`.
 */
static int make_fifos(struct creation *creation, struct error *err)
{
	struct plan *plan = creation->launch.plan;

	if (creation->run)
		return 0;
	if (make_fifo(creation->entry.fd, "start", O_RDWR, &plan->start_fd, err) < 0)
		return -1;
	return make_fifo(creation->entry.fd, "report", O_WRONLY, &plan->report_fd, err);
}

static int reserve(struct creation *creation, struct error *err)
{
	if (store_reserve(creation->store, creation->launch.plan->id, &creation->entry, err) < 0)
		return -1;
	creation->reserved = true;
	if (choose_cgroup(creation, err) < 0)
		return -1;
	if (store_save(&creation->entry, &creation->record, err) < 0)
		return -1;
	if (store_write_file(&creation->entry, "config.json", creation->spec->text,
			     creation->spec->text_len, err) < 0)
		return -1;
	if (notify_prepare(&creation->entry, creation->launch.plan, creation->arena, err) < 0)
		return -1;
	if (fault_step("host-reserved", err) < 0)
		return -1;
	return make_fifos(creation, err);
}

static int save(struct creation *creation, enum record_phase phase, struct error *err)
{
	struct record *record = &creation->record;
	char state;
	int result;

	record->pid = creation->launch.pid;
	record->phase = phase;
	result = process_stat(creation->launch.pid, &record->start_time, &state, err);
	if (result == 1)
		return fail(err, ERROR_SYSTEM, "the container's process has gone");
	return result < 0 ? -1 : store_save(&creation->entry, record, err);
}

/* The limits come last: they bind the program, not hoy's own work in its place. */
static int confine(struct creation *creation, struct error *err)
{
	struct launch *launch = &creation->launch;

	if (launch_set_rlimits(launch, err) < 0)
		return -1;
	if (launch->cgroup < 0)
		return 0;
	return cgroup_apply(launch->cgroup, &launch->plan->cgroup, launch->cgroup_path, err);
}

static int launch_it(struct creation *creation, struct error *err)
{
	struct launch *launch = &creation->launch;
	int i = 0;

	launch->close_in_child[i++] = creation->entry.fd;
	launch->close_in_child[i++] = creation->entry.lock;
	launch->close_in_child[i++] = creation->store->fd;
	launch->close_in_child[i++] = launch->console;
	if (launch_clone(launch, err) < 0)
		return -1;
	/* The child's ends; as long as we hold one, its end of file never comes. */
	fd_close(&launch->plan->start_fd);
	fd_close(&launch->plan->report_fd);
	sources_close(launch->plan);
	if (save(creation, RECORD_CREATING, err) < 0)
		return -1;
	return launch_until_created(launch, err);
}

int creation_begin(struct creation *creation, const struct host_create_options *options,
		   struct error *err)
{
	struct launch *launch = &creation->launch;

	launch->interrupts = attend_hold_interrupts(err);
	if (launch->interrupts < 0)
		return -1;
	if (options->console_socket) {
		launch->console = console_connect(options->console_socket, err);
		if (launch->console < 0)
			return -1;
	}
	fill_record(creation);
	if (reserve(creation, err) < 0 || make_cgroup(creation, err) < 0)
		return -1;
	if (sources_open(launch->plan, &creation->tree, creation->record.cgroup, err) < 0)
		return -1;
	if (launch_it(creation, err) < 0 || confine(creation, err) < 0)
		return -1;
	if (options->pid_file) {
		if (pid_file_write(options->pid_file, launch->pid, err) < 0)
			return -1;
		creation->has_pid_file = true;
	}
	/* Those that are to be relayed; not earlier: a hook that hangs must be interruptible. */
	if (options->foreground && attend_block_signals(err) < 0)
		return -1;
	if (fault_step("host-created", err) < 0)
		return -1;
	if (save(creation, creation->run ? RECORD_STARTED : RECORD_CREATED, err) < 0)
		return -1;
	if (creation->run && notify_bind(&creation->entry, launch->plan->notify_socket,
					 &launch->notify, err) < 0)
		return -1;
	return launch_release(launch, creation->run, err);
}

/* A failed create leaves the machine as it was; the first error is the one that is told. */
void creation_undo(struct creation *creation, const struct host_create_options *options)
{
	struct launch *launch = &creation->launch;
	const struct plan_hooks *hooks = launch->hooks_begun ? &launch->plan->hooks : NULL;
	struct error later = {0};

	launch_abandon(launch);
	sources_close(launch->plan);
	if (!creation->reserved)
		return;
	if (creation->has_pid_file)
		unlink(options->pid_file);
	if (destroy(creation->store, &creation->entry, &creation->record, hooks, &later) < 0)
		log_warning("%s", later.text);
}

void creation_close(struct creation *creation)
{
	launch_close(&creation->launch);
	cgroup_close_tree(&creation->tree);
	store_entry_close(&creation->entry);
}

int host_create(struct store *store, const struct spec *spec, struct plan *plan,
		const struct host_create_options *options, struct arena *arena, struct error *err)
{
	CLEANUP(creation_close) struct creation creation = CREATION_INIT(store, spec, plan, arena, false);

	if (creation_begin(&creation, options, err) < 0) {
		creation_undo(&creation, options);
		return -1;
	}
	return 0;
}
