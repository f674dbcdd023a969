/* Pseudo-terminals. */
#pragma once

#include <stdbool.h>
#include <termios.h>

#include "base/error.h"

/*
 * Open a pty in the devpts whose "ptmx" is found beneath `pts_fd` (an O_PATH descriptor of that
 * devpts' root): the master, and the slave by TIOCGPTPEER, never by name (CVE-2025-52565). ONLCR
 * is cleared on it, as runc does: lines end in "\n".
 */
MUST_CHECK int terminal_open(int pts_fd, int *master, int *slave, struct error *err);

/* rows and columns; 0 leaves a value as it is. */
MUST_CHECK int terminal_set_size(int fd, unsigned short rows, unsigned short columns,
				 struct error *err);

/* Copy the window size of one terminal to another. Returns 1 when `from` is no terminal. */
MUST_CHECK int terminal_copy_size(int from, int to, struct error *err);

/* setsid and TIOCSCTTY: `slave` becomes the controlling terminal. */
MUST_CHECK int terminal_control(int slave, struct error *err);

/* Raw mode; *saved is what to restore. Returns 1 when fd is no terminal. */
MUST_CHECK int terminal_make_raw(int fd, struct termios *saved, struct error *err);
void terminal_restore(int fd, const struct termios *saved);
