/* The files of one cgroup: small, whole, and reached from the cgroup's own directory descriptor. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attributes.h"

/* Every file that is read here is a few words; lists of PIDs are read otherwise. */
#define FILE_SIZE 4096

/* The text of `file`, without the newline at its end. -1 with errno. */
int files_read(int cgroup_fd, const char *file, char text[FILE_SIZE]);

/* One write. -1 with errno. */
int files_write(int cgroup_fd, const char *file, const char *value);

/* True when `word` is one of the words of `list`, which are parted by blanks. */
bool files_has_word(const char *list, const char *word);

/*
 * The number behind `key` in a file of lines "key number" (cgroup.events): -1 when there is no
 * such line.
 */
long files_value(const char *text, const char *key);

/*
 * Call `visit` for the cgroup and each below it, children before their parents. `name` is NULL for
 * the first, else its name in `parent`. What goes meanwhile is skipped. Stops at the first
 * visit that is not 0, and returns that; -1 with errno.
 */
int files_walk(int cgroup_fd,
	       int (*visit)(int parent, const char *name, int cgroup_fd, void *context),
	       void *context);

/*
 * Wait until `key` of cgroup.events is `value`: 0; 1 when `milliseconds` have passed; -1 with
 * errno. A cgroup that has gone is ENODEV.
 */
int files_wait_event(int cgroup_fd, const char *key, long value, int milliseconds);
