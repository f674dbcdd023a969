#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/fd.h"
#include "host/parts.h"
#include "kernel/process.h"
#include "kernel/terminal.h"

/* Those that the kernel raises for our own mistakes stay deadly. */
static void signals_to_relay(sigset_t *set)
{
	static const int ours[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
	size_t i;

	sigfillset(set);
	for (i = 0; i < COUNT(ours); i++)
		sigdelset(set, ours[i]);
}

static void interrupts(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGQUIT);
}

int attend_hold_interrupts(struct error *err)
{
	sigset_t set;
	int fd;

	interrupts(&set);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return fail_errno(err, "receive signals");
	attend_let_interrupts(false);
	return fd;
}

void attend_let_interrupts(bool through)
{
	sigset_t set;

	interrupts(&set);
	sigprocmask(through ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

int attend_block_signals(struct error *err)
{
	sigset_t set;

	signals_to_relay(&set);
	return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? fail_errno(err, "block signals") : 0;
}

void attend_fit_window(struct plan_process *process)
{
	struct winsize size;

	if (!process->terminal || process->rows || process->columns ||
	    ioctl(0, TIOCGWINSZ, &size) < 0)
		return;
	process->rows = size.ws_row;
	process->columns = size.ws_col;
}

/* ------------------------------------------------------------------- relay */

/*
 * Bytes on their way in one direction. Read only when the last ones are written, written only when
 * there is room: never blocks.
 */
struct flow {
	int from, to;	  /* -1: ended */
	char bytes[4096]; /* PIPE_BUF: a pipe that is ready takes that much */
	size_t len, done;
};

static bool flow_wants_read(const struct flow *flow)
{
	return flow->from >= 0 && flow->to >= 0 && flow->len == 0;
}

static void flow_read(struct flow *flow)
{
	ssize_t got = read(flow->from, flow->bytes, sizeof(flow->bytes));

	if (got > 0) {
		flow->len = (size_t)got;
		flow->done = 0;
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		/* EIO: the last slave of a terminal has been closed. */
		flow->from = -1;
	}
}

static void flow_write(struct flow *flow)
{
	ssize_t put = write(flow->to, flow->bytes + flow->done, flow->len - flow->done);

	if (put >= 0) {
		flow->done += (size_t)put;
		if (flow->done == flow->len)
			flow->len = 0;
	} else if (errno != EAGAIN && errno != EINTR) {
		flow->to = -1;
		flow->len = 0;
	}
}

enum { SIGNALS, PROCESS, NOTIFY, IN_READ, IN_WRITE, OUT_READ, OUT_WRITE, POLLED };

struct relay {
	struct launch *launch;
	int signals;
	bool raw; /* our terminal is in raw mode, and `saved` is how it was */
	struct termios saved;
	struct flow in, out;
};

static void relay_close(struct relay *relay)
{
	if (relay->raw)
		terminal_restore(0, &relay->saved);
	fd_close(&relay->signals);
}

static int relay_open(struct relay *relay, bool terminal, struct error *err)
{
	int master = relay->launch->master;
	sigset_t set;
	int result;

	signals_to_relay(&set);
	relay->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (relay->signals < 0)
		return fail_errno(err, "receive signals");
	if (!terminal || master < 0)
		return 0;
	if (fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return fail_errno(err, "relay the terminal");
	relay->in.from = 0;
	relay->in.to = relay->out.from = master;
	relay->out.to = 1;
	result = terminal_make_raw(0, &relay->saved, err);
	if (result < 0)
		return -1;
	relay->raw = result == 0;
	return 0;
}

static int relay_signals(struct relay *relay, struct error *err)
{
	struct signalfd_siginfo info;

	while (read(relay->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD || info.ssi_signo == SIGPIPE ||
		    info.ssi_signo == SIGURG)
			continue;
		if (info.ssi_signo == SIGWINCH && relay->launch->master >= 0) {
			if (terminal_copy_size(0, relay->launch->master, err) < 0)
				return -1;
			continue;
		}
		if (process_signal(relay->launch->pidfd, (int)info.ssi_signo, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Here hoy is the service's main process: it stays until the end and cleans up behind it, and a
 * service manager that watched the container's would kill us before we have (as runc).
 */
static void relay_ready(struct launch *launch)
{
	if (!notify_hears_ready(launch->notify))
		return;
	notify_pass_on(launch->plan->notify_socket, getpid(), false);
	/* Nobody must be kept waiting who has more to say. */
	fd_close(&launch->notify);
}

/* What the program has written before it ended. */
static void drain(struct flow *out)
{
	struct pollfd reader = {.fd = out->to, .events = POLLOUT};

	while (out->from >= 0 && out->to >= 0) {
		if (out->len == 0)
			flow_read(out);
		if (out->len == 0)
			return;
		poll(&reader, 1, -1);
		flow_write(out);
	}
}

static int poll_once(struct relay *relay, struct pollfd polled[POLLED], struct error *err)
{
	polled[SIGNALS] = (struct pollfd){relay->signals, POLLIN, 0};
	polled[PROCESS] = (struct pollfd){relay->launch->pidfd, POLLIN, 0};
	polled[NOTIFY] = (struct pollfd){relay->launch->notify, POLLIN, 0};
	polled[IN_READ] =
	    (struct pollfd){flow_wants_read(&relay->in) ? relay->in.from : -1, POLLIN, 0};
	polled[IN_WRITE] = (struct pollfd){relay->in.len ? relay->in.to : -1, POLLOUT, 0};
	polled[OUT_READ] =
	    (struct pollfd){flow_wants_read(&relay->out) ? relay->out.from : -1, POLLIN, 0};
	polled[OUT_WRITE] = (struct pollfd){relay->out.len ? relay->out.to : -1, POLLOUT, 0};
	if (poll(polled, POLLED, -1) < 0 && errno != EINTR)
		return fail_errno(err, "wait for the container");
	return 0;
}

static int relay_until_end(struct relay *relay, struct error *err)
{
	struct pollfd polled[POLLED];

	for (;;) {
		if (poll_once(relay, polled, err) < 0)
			return -1;
		if (polled[SIGNALS].revents && relay_signals(relay, err) < 0)
			return -1;
		if (polled[NOTIFY].revents)
			relay_ready(relay->launch);
		if (polled[IN_READ].revents)
			flow_read(&relay->in);
		if (polled[IN_WRITE].revents)
			flow_write(&relay->in);
		if (polled[OUT_READ].revents)
			flow_read(&relay->out);
		if (polled[OUT_WRITE].revents)
			flow_write(&relay->out);
		if (polled[PROCESS].revents) {
			drain(&relay->out);
			return 0;
		}
	}
}

int attend(struct launch *launch, bool terminal, int *status, struct error *err)
{
	CLEANUP(relay_close)
	struct relay relay = {
	    .launch = launch,
	    .signals = -1,
	    .in = {.from = -1, .to = -1},
	    .out = {.from = -1, .to = -1},
	};
	int raw;

	if (relay_open(&relay, terminal, err) < 0 || relay_until_end(&relay, err) < 0)
		return -1;
	if (process_reap(launch->pid, &raw, err) < 0)
		return -1;
	*status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
	return 0;
}
