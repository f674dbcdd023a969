#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fd.h"
#include "kernel/clock.h"
#include "kernel/explain.h"
#include "kernel/process.h"
#include "kernel/spawn.h"

#define TAIL_SIZE 512		/* of the output, for the error's words */
#define LOOK_AGAIN 10		/* milliseconds, where no pidfd can be had */

/* One program that runs, seen from its parent. */
struct running {
	pid_t pid;
	int pidfd;		/* -1 where clone3 and pidfd_open are refused */
	int input;		/* -1 when all is written, or the program has closed its end */
	int output;
	const char *left;	/* of the input */
	size_t left_len;
	char tail[TAIL_SIZE + 1];
	size_t tail_len;
};

/*
 * Signals that would get in the way: SIGPIPE would kill us, an ignored SIGCHLD would lose the
 * status.
 */
struct signals {
	struct sigaction pipe, child;
};

static int set_signals(struct signals *old, struct error *err)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	const struct sigaction standard = { .sa_handler = SIG_DFL };

	if (sigaction(SIGPIPE, &ignore, &old->pipe) < 0 ||
	    sigaction(SIGCHLD, &standard, &old->child) < 0)
		return fail_errno(err, "set how signals are treated");
	return 0;
}

static void restore_signals(const struct signals *old)
{
	(void)sigaction(SIGPIPE, &old->pipe, NULL);
	(void)sigaction(SIGCHLD, &old->child, NULL);
}

/* A pipe whose ends lie above 2, so that they may be put on 0 to 2 in any order. */
static int open_pipe(int ends[2], struct error *err)
{
	CLEANUP(fd_close) int low_read = -1;
	CLEANUP(fd_close) int low_write = -1;
	int both[2];

	if (pipe2(both, O_CLOEXEC) < 0)
		return fail_errno(err, "open a pipe");
	ends[0] = both[0];
	ends[1] = both[1];
	if (both[0] <= STDERR_FILENO) {
		low_read = both[0];
		ends[0] = fcntl(both[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	}
	if (both[1] <= STDERR_FILENO) {
		low_write = both[1];
		ends[1] = fcntl(both[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	}
	if (ends[0] < 0 || ends[1] < 0) {
		const int number = errno;

		fd_close(&ends[0]);
		fd_close(&ends[1]);
		errno = number;
		return fail_errno(err, "open a pipe");
	}
	return 0;
}

/* ------------------------------------------------------------------- the new process */

static int make_standard(int input, int output, struct error *err)
{
	CLEANUP(fd_close) int null = -1;

	if (input < 0) {
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (null < 0)
			return fail_errno(err, "open '/dev/null'");
		input = null;
	}
	if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0)
		return fail_errno(err, "set up stdin, stdout and stderr");
	return 0;
}

/* Tells why it could not be run by the pipe `told`, which closes when it can. */
static _Noreturn void become(const struct spawn *spawn, int input, int output, int told)
{
	static const char *const empty[] = { NULL };
	const char *const *env = spawn->env ? spawn->env : empty;
	struct error err = { .kind = ERROR_NONE };

	/* From inside a user namespace a bundle under a 0700 folder cannot be reached. */
	if (spawn->folder && chdir(spawn->folder) < 0 && errno != EACCES && errno != ENOENT) {
		fail_errno(&err, "change to '%s'", spawn->folder);
		(void)fd_write_all(told, &err, sizeof(err));
		_exit(127);
	}
	/* A group of its own, for the deadline. Who leads a session has one. */
	(void)setpgid(0, 0);
	if (make_standard(input, output, &err) == 0 && process_reset_signals(&err) == 0 &&
	    fd_cloexec_from(STDERR_FILENO + 1, &err) == 0) {
		execve(spawn->path, (char *const *)spawn->args, (char *const *)env);
		fail_errno(&err, "execute");
	}
	(void)fd_write_all(told, &err, sizeof(err));
	_exit(127);
}

/* 0: it runs. Never returns in the new process. */
static int start(const struct spawn *spawn, struct running *running, struct error *err)
{
	int input[2] = { -1, -1 }, output[2] = { -1, -1 }, told[2] = { -1, -1 };
	struct error theirs;
	int result = -1;
	ssize_t len;

	if ((spawn->input && open_pipe(input, err) < 0) || open_pipe(output, err) < 0 ||
	    open_pipe(told, err) < 0)
		goto end;
	running->pid = process_clone(0, -1, &running->pidfd, err);
	if (running->pid == 0)
		become(spawn, input[0], output[1], told[1]);
	if (running->pid < 0)
		goto end;
	(void)setpgid(running->pid, running->pid);
	fd_close(&told[1]);
	fd_close(&output[1]);
	fd_close(&input[0]);
	/* End of file: close-on-exec, so the program runs. */
	len = fd_read(told[0], &theirs, sizeof(theirs));
	if (len == (ssize_t)sizeof(theirs)) {
		theirs.text[sizeof(theirs.text) - 1] = '\0';
		*err = theirs;
		goto end;
	}
	running->input = fd_take(&input[1]);
	running->output = fd_take(&output[0]);
	result = 0;
end:
	fd_close(&input[0]);
	fd_close(&input[1]);
	fd_close(&output[0]);
	fd_close(&output[1]);
	fd_close(&told[0]);
	fd_close(&told[1]);
	return result;
}

/* ------------------------------------------------------------------------ its parent */

static void stop_feeding(struct running *running)
{
	fd_close(&running->input);
}

static void feed(struct running *running)
{
	ssize_t written = write(running->input, running->left, running->left_len);

	/* EPIPE: it does not want to know. */
	if (written < 0 && errno != EAGAIN && errno != EINTR)
		stop_feeding(running);
	if (written <= 0)
		return;
	running->left += written;
	running->left_len -= (size_t)written;
	if (running->left_len == 0)
		stop_feeding(running);
}

/* Keep the last bytes. False at the end of the output, and when there is nothing at present. */
static bool hear(struct running *running)
{
	char bytes[4096];
	ssize_t len = read(running->output, bytes, sizeof(bytes));
	size_t keep, drop;

	if (len < 0 && errno == EINTR)
		return true;
	if (len < 0 && errno == EAGAIN)
		return false;
	if (len <= 0) {
		fd_close(&running->output);
		return false;
	}
	keep = (size_t)len < TAIL_SIZE ? (size_t)len : TAIL_SIZE;
	drop = running->tail_len + keep > TAIL_SIZE ? running->tail_len + keep - TAIL_SIZE : 0;
	memmove(running->tail, running->tail + drop, running->tail_len - drop);
	running->tail_len -= drop;
	memcpy(running->tail + running->tail_len, bytes + len - keep, keep);
	running->tail_len += keep;
	return true;
}

/* 0: ended, with its status; 1: the time is over. */
static int attend(struct running *running, int64_t deadline, int *status, struct error *err)
{
	for (;;) {
		struct pollfd pollers[3] = {
			{ .fd = running->input, .events = POLLOUT },
			{ .fd = running->output, .events = POLLIN },
			{ .fd = running->pidfd, .events = POLLIN },
		};
		int left = clock_left(deadline);
		pid_t ended;

		if (running->pidfd < 0 && (left < 0 || left > LOOK_AGAIN))
			left = LOOK_AGAIN;
		if (poll(pollers, COUNT(pollers), left) < 0 && errno != EINTR)
			return fail_errno(err, "wait for it");
		if (pollers[0].revents)
			feed(running);
		if (pollers[1].revents)
			(void)hear(running);
		ended = waitpid(running->pid, status, WNOHANG);
		if (ended == running->pid)
			return 0;
		if (ended < 0 && errno != EINTR)
			return fail_errno(err, "wait for it");
		if (clock_left(deadline) == 0)
			return 1;
	}
}

static void end_by_force(const struct running *running)
{
	int status;

	if (kill(-running->pid, SIGKILL) < 0)
		(void)kill(running->pid, SIGKILL);
	while (waitpid(running->pid, &status, 0) < 0 && errno == EINTR)
		;
}

/*
 * What it said last, as one line: whole lines as far as they fit, with blanks between. NULL for
 * nothing.
 */
static const char *last_words(struct running *running)
{
	char *from = running->tail, *to = running->tail, *first_end;
	size_t len = running->tail_len, i;

	while (len > 0 && (from[len - 1] == '\n' || from[len - 1] == ' ' || from[len - 1] == '\r'))
		len--;
	/* A tail that is full begins in the middle of a line. */
	first_end = memchr(from, '\n', len);
	if (running->tail_len == TAIL_SIZE && first_end) {
		len -= (size_t)(first_end + 1 - from);
		memmove(running->tail, first_end + 1, len);
	}
	for (i = 0; i < len; i++)
		*to++ = (unsigned char)running->tail[i] < ' ' ? ' ' : running->tail[i];
	*to = '\0';
	return len > 0 ? running->tail : NULL;
}

static int judge(struct running *running, int status, struct error *err)
{
	const char *words, *before;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	words = last_words(running);
	before = words ? ", output: " : "";
	words = words ? words : "";
	if (WIFSIGNALED(status))
		return fail(err, ERROR_SYSTEM, "killed by signal %d (%s)%s%s", WTERMSIG(status),
			    sigdescr_np(WTERMSIG(status)) ? sigdescr_np(WTERMSIG(status))
							  : "unknown",
			    before, words);
	return fail(err, ERROR_SYSTEM, "exit status %d%s%s", WEXITSTATUS(status), before, words);
}

static int watch(const struct spawn *spawn, struct running *running, struct error *err)
{
	/* More than a hundred years would not fit the clock. */
	const int64_t longest = 100LL * 365 * 24 * 3600;
	const int64_t seconds = spawn->timeout < longest ? spawn->timeout : longest;
	const int64_t deadline = spawn->timeout > 0 ? clock_milliseconds() + 1000 * seconds : -1;
	int status = 0, result;

	if ((running->input >= 0 && fcntl(running->input, F_SETFL, O_NONBLOCK) < 0) ||
	    fcntl(running->output, F_SETFL, O_NONBLOCK) < 0) {
		fail_errno(err, "set up its pipes");
		end_by_force(running);
		return -1;
	}
	running->left = spawn->input;
	running->left_len = spawn->input ? strlen(spawn->input) : 0;
	if (running->left_len == 0)
		stop_feeding(running);
	result = attend(running, deadline, &status, err);
	if (result != 0)
		end_by_force(running);
	/* What it left in the pipe. Not up to the end of file: a daemon may keep that open. */
	while (running->output >= 0 && hear(running))
		;
	if (result > 0)
		return fail(err, ERROR_SYSTEM,
			    "killed, since it was not done after %" PRId64 " seconds",
			    spawn->timeout);
	return result < 0 ? -1 : judge(running, status, err);
}

int spawn_run(const struct spawn *spawn, struct error *err)
{
	struct running running = { .pid = -1, .pidfd = -1, .input = -1, .output = -1 };
	struct signals signals;
	int result;

	if (set_signals(&signals, err) < 0)
		return -1;
	result = start(spawn, &running, err);
	if (result == 0)
		result = watch(spawn, &running, err);
	else if (running.pid > 0)
		end_by_force(&running);
	fd_close(&running.pidfd);
	fd_close(&running.input);
	fd_close(&running.output);
	restore_signals(&signals);
	return result < 0 ? wrap(err, "run '%s'", spawn->path) : 0;
}
