/*
 * Unit tests in TAP. A failed check prints file, line, what was written and both values; the test goes on.
 *
 *	static void cleans_paths(void)
 *	{
 *		CHECK_STRING(path_clean(&arena, "/a/../b"), "/b");
 *	}
 *
 *	int main(void)
 *	{
 *		TEST(cleans_paths);
 *		return check_done();
 *	}
 */
#pragma once

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int check_count, check_failed_tests;
static bool check_failed;
static const char *check_skipped;

static inline void check_number(const char *file, int line, const char *text, intmax_t found, intmax_t wanted)
{
	if (found == wanted)
		return;
	check_failed = true;
	printf("# %s:%d: %s\n#   found  %" PRIdMAX "\n#   wanted %" PRIdMAX "\n", file, line, text, found, wanted);
}

/* Newlines are shown as "\n", so that a value stays on its comment line. */
static inline void check_print(const char *label, const char *value)
{
	printf("#   %s ", label);
	if (!value)
		printf("NULL");
	else
		putchar('"');
	for (; value && *value; value++) {
		if (*value == '\n')
			printf("\\n");
		else
			putchar(*value);
	}
	printf("%s\n", value ? "\"" : "");
}

static inline void check_string(const char *file, int line, const char *text, const char *found, const char *wanted)
{
	if (found && wanted ? strcmp(found, wanted) == 0 : found == wanted)
		return;
	check_failed = true;
	printf("# %s:%d: %s\n", file, line, text);
	check_print("found ", found);
	check_print("wanted", wanted);
}

static inline void check_contains(const char *file, int line, const char *text, const char *found, const char *wanted)
{
	if (found && strstr(found, wanted))
		return;
	check_failed = true;
	printf("# %s:%d: %s\n", file, line, text);
	check_print("found ", found);
	check_print("within", wanted);
}

#define CHECK(condition) check_number(__FILE__, __LINE__, #condition, !!(condition), true)
#define CHECK_NUMBER(found, wanted) check_number(__FILE__, __LINE__, #found, (intmax_t)(found), (intmax_t)(wanted))
#define CHECK_STRING(found, wanted) check_string(__FILE__, __LINE__, #found, (found), (wanted))
#define CHECK_CONTAINS(found, wanted) check_contains(__FILE__, __LINE__, #found, (found), (wanted))

/* Say in a test that this machine cannot run it, and return from it. */
#define SKIP(reason)                      \
	do {                              \
		check_skipped = (reason); \
		return;                   \
	} while (0)

static inline void check_test(const char *name, void (*test)(void))
{
	char words[128];
	size_t i;

	snprintf(words, sizeof(words), "%s", name);
	for (i = 0; words[i]; i++)
		words[i] = words[i] == '_' ? ' ' : words[i];
	check_failed = false;
	check_skipped = NULL;
	test();
	check_failed_tests += check_failed;
	printf("%s %d - %s%s%s\n", check_failed ? "not ok" : "ok", ++check_count, words,
	       check_skipped ? " # SKIP " : "", check_skipped ? check_skipped : "");
	fflush(stdout);
}
#define TEST(function) check_test(#function, function)

static inline int check_done(void)
{
	printf("1..%d\n", check_count);
	return check_failed_tests ? 1 : 0;
}
