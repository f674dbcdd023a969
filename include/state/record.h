/* What is remembered of a container between two commands: state.json in its state folder. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "json/optional.h"
#include "base/attributes.h"

/* How far the container got. Whether its process still lives is asked of the kernel. */
enum record_phase {
	RECORD_CREATING,	/* written before anything is made; stays so when create is killed */
	RECORD_CREATED,		/* create has returned; the process waits for start */
	RECORD_STARTED,		/* one start has won */
};

struct record {
	const char *oci_version;	/* of config.json */
	const char *id;
	const char *bundle;		/* absolute */
	const char *rootfs;		/* absolute */
	const char *created;		/* RFC3339 with nanoseconds, UTC */
	uint64_t owner_uid;		/* who ran create */
	uint64_t phase;			/* enum record_phase */
	int64_t pid;			/* 0: none yet */
	uint64_t start_time;		/* of that process: clock ticks since boot, process_stat() */
	const char *cgroup;		/* beneath the cgroup2 mount; NULL: none */
	const char *cgroup_made;	/* the shallowest folder that create made, to be removed with it;
					 * NULL: the cgroup was there before, or there is none */
	bool own_pid_namespace;		/* killing the first process kills all */
	bool user_namespace;
	bool rootless;
	bool has_poststart, has_poststop; /* hooks, so that others need not read config.json */
	LIST(struct map_string) annotations;
};
