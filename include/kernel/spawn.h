/* Run a program to its end, with something on its stdin and a deadline: hooks, newuidmap. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct spawn {
	const char *path;
	const char *const *args;	/* NULL-terminated */
	const char *const *env;		/* NULL-terminated */
	const char *input;		/* NUL-terminated, for its stdin; NULL: /dev/null */
	const char *folder;		/* its working folder; NULL, or one that cannot be reached: ours */
	int64_t timeout;		/* seconds; 0: none */
};

/*
 * The program gets stdin from a pipe, stdout and stderr to one pipe whose last bytes go into the
 * error, default signals, no descriptor above 2. Fails when it cannot be run, ends with another
 * status than 0 or by a signal ("exit status 3: its output's last lines"), or the time is over (it
 * and its process group are killed). A program that does not read its stdin does not kill us
 * (EPIPE is no error). Uses fork semantics (clone3 without CLONE_VM) and waits by pidfd.
 */
MUST_CHECK int spawn_run(const struct spawn *spawn, struct error *err);
