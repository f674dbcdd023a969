/*
 * plan FILE: the plan that hoy makes of this config.json, or its complaint. What hoy would find out
 * about its caller is made up, so that the answer is the same everywhere: root, outside of user
 * namespaces, with every capability. A file beside it that ends in .facts in place of .json says
 * otherwise, in words like those of read_fact.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"
#include "plan/build.h"
#include "spec/load.h"

static bool read_number(const char *word, const char *name, unsigned int *number)
{
	size_t len = strlen(name);

	return strncmp(word, name, len) == 0 && word[len] == '=' &&
	       text_to_u32(word + len + 1, number);
}

static bool read_fact(struct plan_facts *facts, const char *word, struct arena *arena)
{
	unsigned int number;

	if (read_number(word, "user", &number)) {
		facts->euid = number;
		facts->egid = number;
		facts->caller_bounding = 0;
	} else if (read_number(word, "preserve-fds", &number)) {
		facts->preserve_fds = number;
	} else if (read_number(word, "listen-fds", &number)) {
		facts->listen_fds = number;
	} else if (read_number(word, "last-capability", &number)) {
		facts->last_capability = (int)number;
	} else if (strcmp(word, "no-capabilities") == 0) {
		facts->caller_bounding = 0;
	} else if (strcmp(word, "in-user-namespace") == 0) {
		facts->in_user_namespace = true;
	} else if (strcmp(word, "setgroups-denied") == 0) {
		facts->setgroups_denied = true;
	} else if (text_starts_with(word, "notify-socket=")) {
		facts->notify_socket = arena_strdup(arena, strchr(word, '=') + 1);
	} else if (strcmp(word, "no-pivot") == 0) {
		facts->no_pivot = true;
	} else if (strcmp(word, "no-new-keyring") == 0) {
		facts->no_new_keyring = true;
	} else if (strcmp(word, "no-cgroups") == 0) {
		facts->cgroup_manager = CGROUP_DISABLED;
	} else {
		return false;
	}
	return true;
}

static int read_facts(struct plan_facts *facts, const char *config, struct arena *arena)
{
	char *path = arena_strdup(arena, config), *end = strrchr(path, '.');
	char word[64];
	FILE *file;

	if (!end)
		return 0;
	*end = '\0';
	file = fopen(arena_printf(arena, "%s.facts", path), "re");
	if (!file)
		return 0;
	while (fscanf(file, "%63s", word) == 1) {
		if (!read_fact(facts, word, arena)) {
			fprintf(stderr, "%s.facts: no such fact '%s'\n", path, word);
			fclose(file);
			return -1;
		}
	}
	fclose(file);
	return 0;
}

/*
 * The instructions of a seccomp filter depend on the machine and on libseccomp's version; unit
 * tests run them.
 */
static void print(const struct plan *plan, struct arena *arena)
{
	char *line, *end, *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		abort();
	plan_print(plan, out);
	fclose(out);
	for (line = arena_strdup(arena, text); *line; line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		puts(text_starts_with(line, "seccomp program") ? "seccomp program" : line);
	}
	free(text);
}

int main(int argc, char **argv)
{
	struct plan_facts facts = { .id = "golden",
				    .last_capability = 40,
				    .caller_bounding = (UINT64_C(1) << 41) - 1 };
	CLEANUP(arena_finish) struct arena arena = { 0 };
	CLEANUP(fd_close) int fd = -1;
	struct error err = { 0 };
	struct spec spec = { 0 };
	struct plan plan;
	char *text = NULL;
	size_t len;

	if (argc != 2)
		return 2;
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fd_read_whole(fd, 1 << 20, &text, &len, argv[1], &err) < 0 ||
	    read_facts(&facts, argv[1], &arena) < 0) {
		perror(argv[1]);
		return 2;
	}
	if (spec_load_text(&spec, text, len, "/bundle", argv[1], &arena, &err) < 0 ||
	    plan_build(&plan, &spec, &facts, &arena, &err) < 0)
		printf("error: %s\n", err.text);
	else
		print(&plan, &arena);
	free(text);
	return 0;
}
