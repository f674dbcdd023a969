/*
 * Private to plan/: what every part of the plan is built from, and one prototype a part. A part
 * reads the spec, fills in its members of the plan, and returns 0 or -1 with b->err. Parts that
 * stand further down use what those above decided.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "plan/build.h"
#include "plan/plan.h"
#include "spec/spec.h"

/* Where the program finds the socket for sd_notify(3) (as in runc). */
#define NOTIFY_FOLDER "/run/notify"

struct builder {
	struct plan *plan;
	const struct spec *spec;
	const struct spec_linux *linux;	/* of the spec; an empty one where that has none */
	const struct plan_facts *facts;
	struct arena *arena;
	struct error *err;
};

/*
 * A warning for the user: something was asked for that cannot be had, and the specification does
 * not make it an error.
 */
void warn(struct builder *b, const char *format, ...) PRINTF(2, 3);

MUST_CHECK int build_namespaces(struct builder *b);

MUST_CHECK int build_ids(struct builder *b);
/*
 * True where `id` exists in the container, as far as the config says. For mounts and the process's
 * IDs.
 */
bool ids_have_gid(const struct builder *b, uint64_t id);
/* Fails when `id` does not exist in the container; `property` is what asked for it. */
MUST_CHECK int ids_require_uid(struct builder *b, uint64_t id, const char *property);
MUST_CHECK int ids_require_gid(struct builder *b, uint64_t id, const char *property);

MUST_CHECK int build_cgroup(struct builder *b);
MUST_CHECK int build_limits(struct builder *b);
MUST_CHECK int build_device_filter(struct builder *b);
/* linux.resources.cpu.shares (not 0) as cpu.weight. */
uint64_t cpu_weight(uint64_t shares);

MUST_CHECK int build_root(struct builder *b);
MUST_CHECK int build_mounts(struct builder *b);
MUST_CHECK int build_devices(struct builder *b);
/* Last of the three: which read-only mounts must stay writable until everything in them is made. */
void build_late_readonly(struct builder *b);

/* `path` is the process's own in its document: "process". */
MUST_CHECK int build_process(struct builder *b, const struct spec_process *process,
			     const char *path);
MUST_CHECK int build_seccomp(struct builder *b);
/*
 * What build_seccomp stands on: linux.seccomp as one program. System calls newer than the profile
 * get ENOSYS (seccomp.c says why).
 */
MUST_CHECK int seccomp_compile(struct plan_seccomp *plan, const struct spec_seccomp *spec,
			       struct arena *arena, struct error *err);
/* After the process, whose environment startContainer hooks inherit. */
void build_hooks(struct plan_hooks *hooks, const struct spec *spec, const char *id,
		 const struct plan_process *process, struct arena *arena);
