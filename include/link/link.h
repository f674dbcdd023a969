/*
 * The handshake between the host's side of a command and the process that becomes the container.
 *
 *   host (create)                              child
 *   -----------------------------------------------------------------------------------
 *   clone ------------------------------------> starts; asks to die with the host
 *         <---------------- cloned ------------ only where a second clone is needed: the PID of
 *                                               the real child; the first one ends
 *   writes uid_map, gid_map, oom_score_adj
 *         ----------------- ids-mapped -------> only with a new user namespace
 *   moves it into its cgroup
 *         ----------------- placed -----------> only where the clone could not do it
 *                                               root, mounts, devices
 *         <---------------- mounted ----------- only with prestart or createRuntime hooks
 *   runs these hooks
 *         ----------------- hooks-done ------->
 *                                               createContainer hooks, pivot
 *         <---------------- console ----------- only with a terminal; carries the pty's master
 *                                               everything that confines the program
 *         <---------------- created ----------- what is left is start
 *   rlimits, cgroup limits, saves the state
 *         ----------------- saved ------------>
 *   create returns                              waits in the FIFO "start" of the state directory
 *                                               (run and exec: goes on at once)
 *         <---------------- executing --------- run and exec only; then end of file: it has executed
 *
 * At any time the child may send `debug` (a line for the log) or `error` (its last word). Messages
 * are packets on a SOCK_SEQPACKET socket that is close-on-exec on both sides. An end of file is
 * never an answer: whoever waits for a message and meets it says so by name, and the child then
 * ends, so a host that was killed strands nobody.
 *
 * After `saved` only read, write, close and execve are used: the container's own seccomp filter is on by then.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

enum link_message {
	LINK_CLONED,
	LINK_IDS_MAPPED,
	LINK_PLACED,
	LINK_MOUNTED,
	LINK_HOOKS_DONE,
	LINK_CONSOLE,
	LINK_CREATED,
	LINK_SAVED,
	LINK_EXECUTING,
	LINK_DEBUG,
	LINK_ERROR,
};

/* One packet. */
struct link_packet {
	uint32_t message;	/* enum link_message */
	int32_t number;		/* cloned: the PID */
	struct error error;	/* error: the failure; debug: text is the line */
};

/* "ids-mapped" ... */
const char *link_message_name(enum link_message message);

/* A connected pair, close-on-exec: ends[0] is the host's, ends[1] the child's. */
MUST_CHECK int link_pair(int ends[2], struct error *err);

MUST_CHECK int link_send(int link, enum link_message message, struct error *err);
MUST_CHECK int link_send_number(int link, enum link_message message, int32_t number, struct error *err);

/* With a descriptor beside it, which stays open here. */
MUST_CHECK int link_send_fd(int link, enum link_message message, int fd, struct error *err);

/* The child's last word. Best effort: nobody is left to be told if it fails. */
void link_send_error(int link, const struct error *error);

/* A line for the host's log. Best effort. */
void link_send_debug(int link, const char *text);

/*
 * The next packet. *fd is the descriptor beside it or -1 (fd may be NULL). Returns 1 at end of file.
 */
MUST_CHECK int link_receive(int link, struct link_packet *packet, int *fd, struct error *err);

/*
 * For the child: wait for exactly this message. "expected 'ids-mapped', got 'saved'", "hoy has gone
 * before 'ids-mapped'". Uses read() alone.
 */
MUST_CHECK int link_expect(int link, enum link_message message, struct error *err);

/*
 * What the waiting child writes to the FIFO "report" once `start` has released it: one byte
 * LINK_REPORT_EXECUTING before execve; and, if that or a hook before it fails, a struct link_report.
 * End of file behind the byte is success.
 */
#define LINK_REPORT_EXECUTING 'x'
#define LINK_REPORT_ERROR 'e'
#define LINK_REPORT_HOOK 'h'	/* the same, and it was a startContainer hook */
struct link_report {
	char kind;
	struct error error;
};
