/*
 * JSON tree -> struct, by table. Goes on after an error, so that everything that is wrong is told
 * at once.
 */
#pragma once

#include "base/arena.h"
#include "json/complaints.h"
#include "json/json.h"
#include "json/table.h"

/*
 * Fill in the struct at `into` (table->size bytes, which are zeroed first) from the object `node`.
 * What it points to is in the arena.
 *
 * Errors and warnings go to `complaints`; when complaints_error_count() says so afterwards, the
 * struct must not be used (members that were refused are absent in it). An unknown property is a
 * warning: the specification says that it MUST be ignored ("Extensibility"). null is absent for an
 * OPTIONAL property, because Go writes it for an empty slice or pointer.
 */
void json_decode(const struct json *node, const struct table *table, void *into,
		 struct arena *arena, struct complaints *complaints);

/*
 * Parse all of `fd` and decode it in one go, for documents of our own (state record): the errors of
 * both as one, warnings dropped.
 */
MUST_CHECK int json_load(int fd, const char *file, const struct table *table, void *into,
			 struct arena *arena, struct error *err);

/*
 * The words of `words` for a reader: `"a", "b" or "c"`; with more than eight, the first few and
 * "...". In the arena.
 */
const char *words_list(const struct words *words, struct arena *arena);
