/*
 * File descriptors: closing, reading and writing whole, passing over a socket. Every open is
 * close-on-exec.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/* For CLEANUP: closes *fd unless it is negative, keeps errno, and sets it to -1. */
void fd_close(int *fd);

/* Hand a descriptor on: returns *fd and leaves -1 behind. */
int fd_take(int *fd);

/*
 * Retry on EINTR; read until end of file or `size`. Returns the bytes moved, or -1 with errno
 * (these three word nothing: `what` is the caller's).
 */
ssize_t fd_read(int fd, void *buffer, size_t size);
ssize_t fd_write_all(int fd, const void *bytes, size_t len);

/*
 * A whole file into malloc'd memory with a NUL behind (not counted in *len). The caller frees
 * *bytes. Fails with EFBIG when there are more than `limit` bytes. `name` is for the error's words.
 */
MUST_CHECK int fd_read_whole(int fd, size_t limit, char **bytes, size_t *len, const char *name, struct error *err);

/*
 * One sendmsg: `len` (> 0) bytes and, unless fd is negative, one descriptor (SCM_RIGHTS). -1 with
 * errno.
 */
int fd_send(int socket, const void *bytes, size_t len, int fd);

/*
 * One recvmsg. Returns the bytes received, 0 at end of file, -1 with errno. *fd is the descriptor
 * that came along (close-on-exec), or -1; fd may be NULL where none is expected (then any that
 * comes is closed).
 */
ssize_t fd_receive(int socket, void *bytes, size_t size, int *fd);

/*
 * Mark every descriptor from `first` on close-on-exec (close_range, or one by one where that is
 * missing).
 */
MUST_CHECK int fd_cloexec_from(unsigned int first, struct error *err);

/*
 * Make sure that 0, 1 and 2 are open (on /dev/null where they are not), so that nothing else ever
 * becomes one of them.
 */
MUST_CHECK int fd_open_standard(struct error *err);

/*
 * Close every descriptor from `first` on but those in `keep` (negative ones there are passed over).
 */
MUST_CHECK int fd_close_from(unsigned int first, const int *keep, size_t len, struct error *err);
