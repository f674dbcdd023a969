/*
 * The JSON path of a value as a chain of frames on the C stack; spelled only when somebody wants to
 * read it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct frame {
	const struct frame *up;		/* NULL: `key` belongs to the document itself */
	const char *key;		/* NULL: an array's element, `index` */
	size_t index;
	bool quoted;			/* a map's key: ["net.ipv4.ip_forward"] */
};

/* "linux.sysctl[\"net.ipv4.ip_forward\"]"; "" for NULL. In the arena. */
const char *frame_path(const struct frame *frame, struct arena *arena);

/* What a user wrote, fit for one line: control characters escaped, cut when long. In the arena. */
const char *excerpt(const char *text, struct arena *arena);
