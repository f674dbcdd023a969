/* A clock for deadlines. */
#pragma once

#include <stdint.h>

/* Milliseconds since some moment in the past; never set back (CLOCK_MONOTONIC). */
int64_t clock_milliseconds(void);

/*
 * What is left until `deadline`, for poll(2): 0 when it is past, INT_MAX at most, -1 for a
 * negative deadline (none).
 */
int clock_left(int64_t deadline);

/* Sleep that long, or until a signal comes. */
void clock_sleep(int milliseconds);
