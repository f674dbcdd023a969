/* What create and run share: a container on its way. Private to host/. */
#pragma once

#include "host/parts.h"

struct creation {
	struct store *store;
	const struct spec *spec;
	struct arena *arena;
	struct store_entry entry;
	struct record record;
	struct cgroup_tree tree;
	struct launch launch;
	bool reserved;	   /* the state folder is ours: a failure has something to undo */
	bool has_pid_file; /* written by us */
	bool run;	   /* the program is started at once: no FIFOs */
};

#define CREATION_INIT(store_, spec_, plan_, arena_, run_)                                          \
	{                                                                                          \
		.store = (store_), .spec = (spec_), .arena = (arena_),                             \
		.entry = {.fd = -1, .lock = -1}, .tree = {.fd = -1}, .run = (run_),                \
		.launch = LAUNCH_INIT(plan_),                                                      \
	}

/* Up to `created` and saved; for run up to the program's execve. */
MUST_CHECK int creation_begin(struct creation *creation, const struct host_create_options *options,
			      struct error *err);

/* After a failure: nothing is left. */
void creation_undo(struct creation *creation, const struct host_create_options *options);

/* For CLEANUP: descriptors, the lock among them. */
void creation_close(struct creation *creation);
