#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "child/attach.h"
#include "child/steps.h"
#include "kernel/mount.h"
#include "kernel/terminal.h"
#include "link/link.h"

/*
 * The terminal as /dev/console, for the first process only. Never through a symbolic link that the
 * image has there (CVE-2025-52565).
 */
static int bind_console(struct child *child, int slave, struct error *err)
{
	CLEANUP(fd_close) int folder = -1;
	CLEANUP(fd_close) int target = -1;
	CLEANUP(fd_close) int tree = -1;
	const char *name;

	folder = path_make_parent_in(child->root, "/dev/console", &name, err);
	if (folder < 0)
		return -1;
	if (mknodat(folder, name, S_IFREG | 0600, 0) < 0 && errno != EEXIST)
		return fail_errno(err, "make '/dev/console'");
	target = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return fail_errno(err, "open '/dev/console'");
	tree = attach_clone(child, slave, "", false, target, "/dev/console", err);
	return tree < 0 ? -1 : 0;
}

static int open_terminal(struct child *child, int *slave, struct error *err)
{
	const struct plan_process *process = &child->plan->process;
	CLEANUP(fd_close) int pts = path_open_in(child->root, "/dev/pts", O_PATH | O_DIRECTORY, err);
	CLEANUP(fd_close) int master = -1;

	if (pts < 0 || terminal_open(pts, &master, slave, err) < 0)
		return -1;
	if ((process->rows || process->columns) &&
	    terminal_set_size(*slave, process->rows, process->columns, err) < 0)
		return wrap(err, "process.consoleSize");
	return link_send_fd(child->link, LINK_CONSOLE, master, err);
}

int take_console(struct child *child, struct error *err)
{
	CLEANUP(fd_close) int slave = -1;
	int fd;

	/*
	 * A session of its own in any case: a signal to the engine's process group is not the
	 * program's business.
	 */
	setsid();
	if (!child->plan->process.terminal)
		return 0;
	if (open_terminal(child, &slave, err) < 0)
		return wrap(err, "process.terminal");
	if (!child->plan->is_exec && bind_console(child, slave, err) < 0)
		return wrap(err, "process.terminal");
	if (terminal_control(slave, err) < 0)
		return wrap(err, "process.terminal");
	for (fd = 0; fd <= 2; fd++)
		if (dup2(slave, fd) < 0)
			return fail_errno(err, "process.terminal: make it descriptor %d", fd);
	return 0;
}
