/* Growing strings, and reading numbers strictly. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/*
 * A string that grows. Zeroed is empty and ready. `at` is NUL-terminated once anything was added,
 * NULL before.
 */
struct text {
	char *at;
	size_t len;
	size_t room;	/* private */
};

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const void *bytes, size_t len);
void text_printf(struct text *text, const char *format, ...) PRINTF(2, 3);

/* The string, never NULL. Valid until the next change. */
const char *text_get(const struct text *text);

/* Free. Accepts a zeroed value. */
void text_finish(struct text *text);

/*
 * The whole of `string` as a decimal number: no sign for the unsigned ones (but '-' for the
 * signed), no white space, no prefix, nothing behind. True when it is one and fits. Every form of
 * "exec -u" stands on this (CVE-2026-30892).
 */
bool text_to_u64(const char *string, uint64_t *value);
bool text_to_i64(const char *string, int64_t *value);
bool text_to_u32(const char *string, uint32_t *value);

bool text_starts_with(const char *string, const char *prefix);
bool text_ends_with(const char *string, const char *suffix);

/*
 * How many letters to add, drop, change or swap to make one string of the other
 * (Damerau-Levenshtein), at most `limit` + 1.
 */
size_t text_distance(const char *a, const char *b, size_t limit);

/*
 * How many bytes the UTF-8 character at the start of a NUL-terminated string has: 1 to 4, or 0
 * where there is none (RFC 3629: no overlong forms, no surrogates). 1 for the NUL itself.
 */
size_t text_utf8_length(const char *at);
