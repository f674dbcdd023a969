#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/memory.h"

/* A config.json with its tree, spec and plan fits into a few of these. */
#define BLOCK_SIZE (size_t)32768

struct arena_block {
	struct arena_block *older;
	size_t used, size;
	_Alignas(max_align_t) unsigned char bytes[];
};

static _Noreturn void memory_is_out(void)
{
	static const char line[] = "hoy: out of memory\n";

	/* write, not stdio, which may want a buffer. */
	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(1);
	_exit(1);
}

#ifdef TEST_FAULTS
static bool memory_must_fail(void)
{
	static long calls;
	const char *wanted = getenv("HOY_TEST_NO_MEMORY");

	return wanted && ++calls == atol(wanted);
}
#else
static bool memory_must_fail(void)
{
	return false;
}
#endif

void *memory_grow(void *old, size_t size)
{
	void *new = memory_must_fail() ? NULL : realloc(old, size ? size : 1);

	if (!new)
		memory_is_out();
	return new;
}

void *memory_new(size_t size)
{
	return memset(memory_grow(NULL, size), 0, size);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct arena_block *block = arena->newest;
	void *result;

	if (size > SIZE_MAX / 2)
		memory_is_out();
	size = (size + align - 1) / align * align;
	if (!block || block->size - block->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		block = memory_grow(NULL, sizeof(*block) + room);
		block->used = 0;
		block->size = room;
		if (arena->newest && size > BLOCK_SIZE / 2) {
			/*
			 * A large piece goes beneath, so that the rest of the newest block stays in
			 * use.
			 */
			block->older = arena->newest->older;
			arena->newest->older = block;
		} else {
			block->older = arena->newest;
			arena->newest = block;
		}
	}
	result = block->bytes + block->used;
	block->used += size;
	return memset(result, 0, size);
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (len)
		memcpy(copy, text, len);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *result;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		memory_is_out();
	result = arena_alloc(arena, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(result, (size_t)len + 1, format, args);
	va_end(args);
	return result;
}

void arena_finish(struct arena *arena)
{
	struct arena_block *block = arena->newest;

	while (block) {
		struct arena_block *older = block->older;

		free(block);
		block = older;
	}
	arena->newest = NULL;
}

/*
 * The room of a list is the next power of two of its length, so that it needs no member of its own.
 */
void *arena_grow(struct arena *arena, void *at, size_t len, size_t size)
{
	void *new;

	if (len && (len & (len - 1)) != 0)
		return at;
	if (len > SIZE_MAX / 4 / size)
		memory_is_out();
	new = arena_alloc(arena, (len ? 2 * len : 1) * size);
	if (len)
		memcpy(new, at, len * size);
	return new;
}
