/*
 * From what is wanted to what will be done. Pure: reads a few facts of the caller, changes nothing.
 */
#pragma once

#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"
#include "plan/plan.h"
#include "spec/spec.h"

/* The facts about this run that are not in config.json. Golden tests give fixed ones. */
struct plan_facts {
	const char *id;
	uid_t euid;			/* the caller's */
	gid_t egid;
	/* hoy itself runs in a user namespace that is not the first. */
	bool in_user_namespace;
	/* And that one forbids setgroups(2), for itself and all below (user_namespaces(7)). */
	bool setgroups_denied;
	enum plan_cgroup_manager cgroup_manager;
	unsigned int preserve_fds;
	/*
	 * LISTEN_FDS of the caller's environment, 0 if not meant for us; the program gets them and
	 * LISTEN_PID.
	 */
	unsigned int listen_fds;
	const char *notify_socket;	/* plan_notify_socket(); not for exec */
	bool no_pivot;
	bool no_new_keyring;
	bool debug;
	int last_capability;		/* highest number this kernel knows */
	/*
	 * Capabilities in the caller's bounding set: what is not there cannot be had (a warning).
	 */
	uint64_t caller_bounding;
};

/*
 * Fill in the facts about the caller (euid, egid, user namespace, capabilities, LISTEN_FDS). The
 * rest is the command's.
 */
MUST_CHECK int plan_facts_read(struct plan_facts *facts, struct error *err);

/*
 * NOTIFY_SOCKET of the caller's environment: who wants to know that the program is ready, a path or
 * with '@' an abstract name. NULL: nobody, or none that can be reached from here (sd_notify(3)).
 */
const char *plan_notify_socket(void);

/* The whole plan of create and run. `spec` is sound (spec_load). */
MUST_CHECK int plan_build(struct plan *plan, const struct spec *spec,
			  const struct plan_facts *facts, struct arena *arena, struct error *err);

/*
 * The plan of exec: `process` (from the container's config or a process.json, changed by the
 * command line) in a container made from `spec`. Namespaces to join and the cgroup are filled in by
 * the host, which knows the container.
 */
MUST_CHECK int plan_build_exec(struct plan *plan, const struct spec *spec,
			       const struct spec_process *process, const struct plan_facts *facts,
			       struct arena *arena, struct error *err);

/* Hooks alone: for delete (poststop) and start (poststart), from the copy of config.json. */
MUST_CHECK int plan_build_hooks(struct plan_hooks *hooks, const struct spec *spec, const char *id,
				struct arena *arena, struct error *err);

/*
 * The plan as text, one line a thing, in the order in which it is done; for golden tests and
 * people.
 */
void plan_print(const struct plan *plan, FILE *out);
