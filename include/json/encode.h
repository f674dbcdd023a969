/*
 * Struct -> JSON, by the table that decodes it: what is absent (table.h) is not written, the order
 * is the table's.
 */
#pragma once

#include "base/arena.h"
#include "json/table.h"
#include "json/write.h"

/* As one value of a larger text; `key` as in write.h. */
void json_encode(struct json_writer *writer, const char *key, const struct table *table,
		 const void *object);

/* As a text of its own, in the arena. */
const char *json_encode_text(struct arena *arena, const struct table *table, const void *object,
			     enum json_style style);
