/*
 * Memory that is freed all at once. One arena holds the JSON tree, the spec and the plan of one
 * command.
 *
 * Allocation never returns NULL: when memory is out, one error line is printed and the process
 * exits with 1. That is safe because arenas are used before anything is made in the kernel or on
 * disk; the child uses none.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/attributes.h"

struct arena {
	struct arena_block *newest;	/* private */
};

/*
 * Zeroed memory, aligned for any type, valid until arena_finish. A zeroed struct arena is ready for
 * use.
 */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of `text`, or of its first `len` bytes with a NUL behind. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);

char *arena_printf(struct arena *arena, const char *format, ...) PRINTF(2, 3);

/* Free everything. Accepts a zeroed arena; may be called twice. */
void arena_finish(struct arena *arena);

#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, n) ((type *)arena_alloc((arena), sizeof(type) * (n)))

/*
 * Append one zeroed element to a LIST(type) and give its address. Addresses of earlier elements
 * change. Only for lists that were empty or decoded before: the room of one that was made by hand
 * (arena_array) is not known.
 */
#define list_add(arena, list)                                                                     \
	((list)->at = arena_grow((arena), (list)->at, (list)->len, sizeof(*(list)->at)),          \
	 &(list)->at[(list)->len++])
void *arena_grow(struct arena *arena, void *at, size_t len, size_t size);
