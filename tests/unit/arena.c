#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "check.h"

static void gives_zeroed_aligned_memory(void)
{
	struct arena arena = { 0 };
	size_t size, i;

	for (size = 0; size < 3000; size += 7) {
		unsigned char *at = arena_alloc(&arena, size);

		CHECK_NUMBER((uintptr_t)at % _Alignof(max_align_t), 0);
		for (i = 0; i < size; i++)
			check_failed |= at[i] != 0;
		memset(at, 0xff, size);
	}
	arena_finish(&arena);
	arena_finish(&arena);
	CHECK(!arena.newest);
}

static void gives_large_pieces_between_small_ones(void)
{
	struct arena arena = { 0 };
	char *small = arena_strdup(&arena, "small"), *large, *next;

	large = arena_alloc(&arena, 1000000);
	memset(large, 'x', 1000000);
	next = arena_strdup(&arena, "next");
	CHECK_STRING(small, "small");
	CHECK_STRING(next, "next");
	CHECK(next > small && next - small < 64);
	arena_finish(&arena);
}

static void copies_and_prints(void)
{
	struct arena arena = { 0 };

	CHECK_STRING(arena_strdup(&arena, ""), "");
	CHECK_STRING(arena_strndup(&arena, "abcdef", 3), "abc");
	CHECK_STRING(arena_strndup(&arena, "abc", 0), "");
	CHECK_STRING(arena_printf(&arena, "%s[%d]", "mounts", 3), "mounts[3]");
	arena_finish(&arena);
}

static void lists_grow(void)
{
	struct arena arena = { 0 };
	LIST(struct { int number; int zero; }) list = { 0 };
	int i;

	for (i = 0; i < 1000; i++)
		list_add(&arena, &list)->number = i;
	CHECK_NUMBER(list.len, 1000);
	for (i = 0; i < 1000; i++)
		check_failed |= list.at[i].number != i || list.at[i].zero != 0;
	arena_finish(&arena);
}

static void ends_the_process_when_memory_is_out(void)
{
	struct arena arena = { 0 };
	int status = 0, ends[2];
	char line[64] = "";
	pid_t child;

	if (pipe(ends) < 0)
		SKIP("no pipe");
	fflush(stdout);
	child = fork();
	if (child == 0) {
		dup2(ends[1], 2);
		arena_alloc(&arena, SIZE_MAX - 100);
		_exit(9);
	}
	close(ends[1]);
	CHECK(read(ends[0], line, sizeof(line) - 1) > 0);
	close(ends[0]);
	CHECK_STRING(line, "hoy: out of memory\n");
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

int main(void)
{
	TEST(gives_zeroed_aligned_memory);
	TEST(gives_large_pieces_between_small_ones);
	TEST(copies_and_prints);
	TEST(lists_grow);
	TEST(ends_the_process_when_memory_is_out);
	return check_done();
}
