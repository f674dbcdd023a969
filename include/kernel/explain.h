/* Words for errnos that mislead. */
#pragma once

#include "base/error.h"

/*
 * fail_errno, with a reason between the words and the errno's text, which stays last: "mount proc
 * on '/proc': another procfs must be fully visible: Operation not permitted". `why` may be NULL.
 */
int fail_explained(struct error *err, const char *why, const char *format, ...) PRINTF(3, 4);
