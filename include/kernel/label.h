/* The session keyring; LSM labels will live here as well. */
#pragma once

#include "base/error.h"

/*
 * A new session keyring called `name` (keyctl JOIN_SESSION_KEYRING) that the container's user may
 * search. Returns 1 when the kernel has no keyrings or a filter forbids the call (ENOSYS, EPERM,
 * EDQUOT, EACCES as runc tolerates).
 */
MUST_CHECK int label_new_session_keyring(const char *name, struct error *err);
