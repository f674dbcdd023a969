#include <limits.h>
#include <stddef.h>

#include "state/table.h"

static const struct word phase_list[] = {
	{ "creating", RECORD_CREATING },
	{ "created", RECORD_CREATED },
	{ "started", RECORD_STARTED },
	{ NULL, 0 }
};
static const struct words phase_words = { "phase", phase_list };

/*
 * `creating` has only the first rows; what a later phase must have is checked where it is loaded.
 */
static const struct field record_fields[] = {
	STRING(struct record, id, "id", REQUIRED, "the container"),
	WORD(struct record, phase, "phase", REQUIRED, phase_words, "how far it got"),
	STRING(struct record, oci_version, "ociVersion", OPTIONAL, "of config.json"),
	STRING(struct record, bundle, "bundle", OPTIONAL, "where config.json was, absolute"),
	STRING(struct record, rootfs, "rootfs", OPTIONAL, "its root filesystem on the host, absolute"),
	STRING(struct record, created, "created", OPTIONAL, "when, RFC3339 with nanoseconds, UTC"),
	U64(struct record, owner_uid, "ownerUID", OPTIONAL, UINT32_MAX, "who ran create"),
	I64(struct record, pid, "pid", OPTIONAL, 0, INT_MAX, "its first process, as create saw it; 0: none yet"),
	U64(struct record, start_time, "startTime", OPTIONAL, UINT64_MAX, "of that process, clock ticks since boot"),
	STRING(struct record, cgroup, "cgroup", OPTIONAL, "beneath the cgroup2 mount"),
	STRING(struct record, cgroup_made, "cgroupMade", OPTIONAL, "the shallowest folder of it that create made"),
	BOOL(struct record, own_pid_namespace, "ownPIDNamespace", OPTIONAL, "killing the first process kills all"),
	BOOL(struct record, user_namespace, "userNamespace", OPTIONAL, "it runs in a user namespace"),
	BOOL(struct record, rootless, "rootless", OPTIONAL, "it was made by an ordinary user"),
	BOOL(struct record, has_poststart, "hasPoststart", OPTIONAL, "config.json has poststart hooks"),
	BOOL(struct record, has_poststop, "hasPoststop", OPTIONAL, "config.json has poststop hooks"),
	STRING_MAP(struct record, annotations, "annotations", OPTIONAL, "of config.json"),
	END
};
DEFINE_PUBLIC(record, struct record, NO_ORIGIN);
