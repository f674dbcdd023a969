#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/words.h"

const struct word *words_find(const struct words *words, const char *name)
{
	const struct word *word;

	for (word = words->at; word->name; word++) {
		if (strcmp(word->name, name) == 0)
			return word;
	}
	return NULL;
}

const char *words_name(const struct words *words, uint64_t value)
{
	const struct word *word;

	for (word = words->at; word->name; word++) {
		if (word->value == value)
			return word->name;
	}
	return NULL;
}

size_t words_nearness(const char *name, const char *wrote)
{
	size_t wrote_len = strlen(wrote), name_len = strlen(name), limit, distance;

	if (wrote_len == 0 || wrote_len > 64)
		return SIZE_MAX;
	if (strcasecmp(name, wrote) == 0)
		return 0;
	/* One letter in three, so that a three-letter word is not near to every other. */
	limit = (wrote_len < name_len ? wrote_len : name_len) / 3;
	distance = text_distance(name, wrote, limit);
	if (distance <= limit)
		return distance;
	/* "net" for "network"; "nofile" for "RLIMIT_NOFILE", "chown" for "CAP_CHOWN". */
	if (wrote_len >= 2 && strncasecmp(name, wrote, wrote_len) == 0)
		return 100 + name_len;
	if (wrote_len >= 2 && name_len > wrote_len && name[name_len - wrote_len - 1] == '_' &&
	    strcasecmp(name + name_len - wrote_len, wrote) == 0)
		return 100 + name_len;
	return SIZE_MAX;
}

const char *words_suggest(const struct words *words, const char *name)
{
	const struct word *word;
	const char *best = NULL;
	size_t best_nearness = SIZE_MAX;

	for (word = words->at; word->name; word++) {
		size_t nearness = words_nearness(word->name, name);

		if (nearness < best_nearness) {
			best_nearness = nearness;
			best = word->name;
		}
	}
	return best;
}
