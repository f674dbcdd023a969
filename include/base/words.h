/* Tables of names and numbers: each list of the specification exists once, as one of these. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct word {
	const char *name;
	uint64_t value;
};

/* `at` ends with { NULL, 0 }. `what` is for complaints: "capability", "seccomp action". */
struct words {
	const char *what;
	const struct word *at;
};

/* The entry called `name` (exact), or NULL. */
const struct word *words_find(const struct words *words, const char *name);

/* The first name with that value, or NULL. */
const char *words_name(const struct words *words, uint64_t value);

/*
 * The name that somebody who wrote `name` may have meant, or NULL. Near in proportion to its
 * length; a name that `name` is the beginning of ("net" for "network") counts as near, as does a
 * difference of case.
 */
const char *words_suggest(const struct words *words, const char *name);

/*
 * What words_suggest measures by: smaller is nearer, SIZE_MAX is not near at all. For tables that
 * are no struct words.
 */
size_t words_nearness(const char *name, const char *wrote);
