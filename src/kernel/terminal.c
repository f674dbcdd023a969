#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fd.h"
#include "kernel/terminal.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* Lines end in "\n" alone, as with a pipe; who looks at them on a terminal adds "\r" there. */
static int clear_onlcr(int fd, struct error *err)
{
	struct termios settings;

	if (tcgetattr(fd, &settings) < 0)
		return fail_errno(err, "read the settings of the new terminal");
	settings.c_oflag &= ~(tcflag_t)ONLCR;
	if (tcsetattr(fd, TCSANOW, &settings) < 0)
		return fail_errno(err, "change the settings of the new terminal");
	return 0;
}

int terminal_open(int pts_fd, int *master, int *slave, struct error *err)
{
	CLEANUP(fd_close) int ours = -1;
	CLEANUP(fd_close) int theirs = -1;
	struct statfs filesystem;
	int unlocked = 0;

	if (fstatfs(pts_fd, &filesystem) < 0)
		return fail_errno(err, "look at the filesystem of '/dev/pts'");
	if (filesystem.f_type != DEVPTS_SUPER_MAGIC)
		return fail(err, ERROR_CONFIG,
			    "open a terminal: '/dev/pts' of the container is no devpts");
	ours = openat(pts_fd, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (ours < 0)
		return fail_errno(err, "open '/dev/pts/ptmx'");
	if (ioctl(ours, TIOCSPTLCK, &unlocked) < 0)
		return fail_errno(err, "unlock the new terminal");
	theirs = ioctl(ours, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (theirs < 0)
		return fail_errno(err, "open the other end of the new terminal");
	if (clear_onlcr(theirs, err) < 0)
		return -1;
	*master = fd_take(&ours);
	*slave = fd_take(&theirs);
	return 0;
}

int terminal_set_size(int fd, unsigned short rows, unsigned short columns, struct error *err)
{
	struct winsize size = { 0 };

	if (rows == 0 && columns == 0)
		return 0;
	if (ioctl(fd, TIOCGWINSZ, &size) < 0)
		return fail_errno(err, "read the size of the terminal");
	if (rows != 0)
		size.ws_row = rows;
	if (columns != 0)
		size.ws_col = columns;
	if (ioctl(fd, TIOCSWINSZ, &size) < 0)
		return fail_errno(err, "set the size of the terminal to %u rows, %u columns",
				  size.ws_row, size.ws_col);
	return 0;
}

int terminal_copy_size(int from, int to, struct error *err)
{
	struct winsize size;

	if (ioctl(from, TIOCGWINSZ, &size) < 0) {
		if (errno == ENOTTY)
			return 1;
		return fail_errno(err, "read the size of the terminal");
	}
	if (ioctl(to, TIOCSWINSZ, &size) < 0)
		return fail_errno(err, "set the size of the terminal to %u rows, %u columns",
				  size.ws_row, size.ws_col);
	return 0;
}

int terminal_control(int slave, struct error *err)
{
	/* EPERM for whoever leads a session already, which is what is wanted. */
	if (setsid() < 0 && getsid(0) != getpid())
		return fail_errno(err, "start a session");
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return fail_errno(err, "make the terminal the controlling one");
	return 0;
}

int terminal_make_raw(int fd, struct termios *saved, struct error *err)
{
	struct termios raw;

	if (tcgetattr(fd, saved) < 0) {
		if (errno == ENOTTY)
			return 1;
		return fail_errno(err, "read the settings of the terminal");
	}
	raw = *saved;
	cfmakeraw(&raw);
	/* The container's end sends bare "\n" (terminal_open): this end goes on adding the "\r". */
	raw.c_oflag = saved->c_oflag;
	if (tcsetattr(fd, TCSANOW, &raw) < 0)
		return fail_errno(err, "put the terminal into raw mode");
	return 0;
}

void terminal_restore(int fd, const struct termios *saved)
{
	/* Nothing can be done about a failure, and the terminal may have gone. */
	(void)tcsetattr(fd, TCSANOW, saved);
}
