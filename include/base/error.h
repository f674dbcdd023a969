/*
 * An error told from the outside in: "create web: mounts[0]: mount tmpfs on '/x': No such file or
 * directory".
 *
 * Whoever meets the failure words it once, with every operand (fail, fail_errno). Those above put
 * in front only what they alone know (wrap). Only main() prints it, once. An error holds no
 * pointers, so that it needs no memory and crosses the link between child and host in one packet.
 *
 * A function that can fail takes `struct error *err` last, never NULL, and returns
 *   0         done
 *   -1        failed; err is filled in, nothing else has changed
 *   positive  an outcome documented at that function
 */
#pragma once

#include "base/attributes.h"

enum error_kind {
	ERROR_NONE,
	ERROR_USAGE,	/* the command line is wrong: a usage hint follows */
	ERROR_CONFIG,	/* config.json is wrong, or asks for what is not supported */
	ERROR_STATE,	/* the container is in the wrong state, or there is none */
	ERROR_SYSTEM,	/* the kernel or the machine said no; number is the errno */
	ERROR_BUG,	/* hoy broke its own rules */
};

struct error {
	enum error_kind kind;
	int number;		/* errno, or 0 */
	char text[1000];	/* "outermost: ...: innermost" */
};

/*
 * Fill in an error. A text too long loses its middle: head and tail, which engines match, stay.
 * Returns -1.
 */
int fail(struct error *err, enum error_kind kind, const char *format, ...) PRINTF(3, 4);

/*
 * The same for a failed system call: ERROR_SYSTEM, and ": strerror(errno)" is appended. Keeps
 * errno. Returns -1.
 */
int fail_errno(struct error *err, const char *format, ...) PRINTF(2, 3);

/* Put words and ": " in front of an error that is already filled in. Returns -1. */
int wrap(struct error *err, const char *format, ...) PRINTF(2, 3);
