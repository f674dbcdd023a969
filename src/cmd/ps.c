#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "cmd/common.h"

#define MAX_OUTPUT (64 * 1024 * 1024)

static void print_json(const pid_t *pids, size_t len)
{
	size_t i;

	putchar('[');
	for (i = 0; i < len; i++)
		printf("%s%d", i ? "," : "", pids[i]);
	puts("]");
}

/* ------------------------------------------------------------------- ps(1) */

static int wait_for(pid_t pid, struct error *err)
{
	int result;

	while (waitpid(pid, &result, 0) < 0) {
		if (errno != EINTR)
			return fail_errno(err, "wait for ps");
	}
	if (WIFSIGNALED(result))
		return fail(err, ERROR_SYSTEM, "run ps: ended by signal %d", WTERMSIG(result));
	if (WEXITSTATUS(result) != 0)
		return fail(err, ERROR_SYSTEM, "run ps: exit status %d", WEXITSTATUS(result));
	return 0;
}

/*
 * What it prints to standard output; what it complains of goes where our own complaints go. *output
 * is malloc'd.
 */
static int run_ps(char *const *args, char **output, struct error *err)
{
	posix_spawn_file_actions_t actions;
	int ends[2], number;
	size_t len;
	pid_t pid;

	*output = NULL;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_errno(err, "make a pipe for ps");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	number = posix_spawnp(&pid, "ps", &actions, NULL, args, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (number != 0) {
		close(ends[0]);
		errno = number;
		return fail_errno(err, "run ps");
	}
	number = fd_read_whole(ends[0], MAX_OUTPUT, output, &len, "the output of ps", err);
	close(ends[0]);
	if (number < 0) {
		struct error ignored;

		(void)!wait_for(pid, &ignored);
		return -1;
	}
	return wait_for(pid, err);
}

/* ------------------------------------------------------------------- table */

/* The `index`th word of a line, NUL-terminated in `word`; empty where there are fewer. */
static void copy_word(const char *line, size_t index, char *word, size_t size)
{
	size_t len;

	*word = '\0';
	for (;; line += len) {
		line += strspn(line, " \t");
		len = strcspn(line, " \t");
		if (len == 0)
			return;
		if (index-- == 0)
			break;
	}
	if (len < size)
		snprintf(word, size, "%.*s", (int)len, line);
}

static int find_pid_column(const char *header, size_t *column, struct error *err)
{
	char word[16];
	size_t words;

	for (*column = 0, words = strlen(header); *column <= words; ++*column) {
		copy_word(header, *column, word, sizeof(word));
		if (strcmp(word, "PID") == 0)
			return 0;
	}
	return fail(err, ERROR_USAGE,
		    "couldn't find PID field in ps output: let the options of ps show it");
}

static bool is_one_of(const char *word, const pid_t *pids, size_t len)
{
	uint64_t number;
	size_t i;

	if (!text_to_u64(word, &number))
		return false;
	for (i = 0; i < len; i++) {
		if (number == (uint64_t)pids[i])
			return true;
	}
	return false;
}

static int print_table(char *output, const pid_t *pids, size_t len, struct error *err)
{
	char *line, *rest = output, word[16];
	size_t column;

	line = strsep(&rest, "\n");
	if (find_pid_column(line, &column, err) < 0)
		return -1;
	puts(line);
	while ((line = strsep(&rest, "\n"))) {
		copy_word(line, column, word, sizeof(word));
		if (is_one_of(word, pids, len))
			puts(line);
	}
	return 0;
}

int cmd_ps(struct options *options, int *status, struct arena *arena, struct error *err)
{
	CLEANUP(store_close) struct store store = { .fd = -1 };
	enum host_status now;
	struct record record;
	char *output, **args;
	size_t i, len;
	pid_t *pids;
	int result;

	(void)status;
	if (cmd_open_store(options, false, &store, arena, err) < 0 ||
	    host_look(&store, options->id, &record, &now, arena, err) < 0 ||
	    host_pids(&record, &pids, &len, arena, err) < 0)
		return -1;
	if (options->format && strcmp(options->format, "json") == 0) {
		print_json(pids, len);
		return 0;
	}
	args = arena_array(arena, char *, options->operands.len + 2);
	args[0] = arena_strdup(arena, "ps");
	args[1] = arena_strdup(arena, "-ef");
	for (i = 1; i < options->operands.len; i++)
		args[i] = arena_strdup(arena, options->operands.at[i]);
	result = run_ps(args, &output, err);
	if (result == 0)
		result = print_table(output, pids, len, err);
	free(output);
	return result;
}
