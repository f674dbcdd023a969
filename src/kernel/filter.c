#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fd.h"
#include "kernel/explain.h"
#include "kernel/filter.h"

int filter_load_seccomp(const struct sock_filter *program, size_t len, unsigned int flags,
			struct error *err)
{
	const struct sock_fprog whole = { .len = (unsigned short)len,
					  .filter = (struct sock_filter *)program };
	const char *why = NULL;
	long result;

	if (len == 0 || len > BPF_MAXINSNS)
		return fail(err, ERROR_CONFIG,
			    "load a seccomp filter: %zu instructions, where the kernel "
			    "takes 1 to %d",
			    len, BPF_MAXINSNS);
	result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &whole);
	if (result == 0)
		return 0;
	if (result > 0)
		return fail(err, ERROR_SYSTEM,
			    "load a seccomp filter (flags 0x%x): thread %ld has another one", flags,
			    result);
	if (errno == EACCES)
		why = "needs no_new_privs or CAP_SYS_ADMIN";
	else if (errno == EINVAL)
		why = "the kernel does not know one of the flags, or has no seccomp filters";
	else if (errno == ENOMEM)
		why = "all filters of a process together may not have more than 32768 instructions";
	return fail_explained(err, why, "load a seccomp filter of %zu instructions (flags 0x%x)",
			      len, flags);
}

/* ------------------------------------------------------------- devices of a cgroup */

/* What makes a program ours when a second one is to take its place. */
static const char device_name[] = "hoy_devices";

static int bpf(int command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static uint64_t address(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

static int load(const struct bpf_insn *program, size_t len, char *log, size_t log_size)
{
	union bpf_attr attributes;
	int fd;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attributes.expected_attach_type = BPF_CGROUP_DEVICE;
	attributes.insns = address(program);
	attributes.insn_cnt = (uint32_t)len;
	attributes.license = address("Apache-2.0");
	memcpy(attributes.prog_name, device_name, sizeof(device_name));
	if (log) {
		attributes.log_level = 1;
		attributes.log_buf = address(log);
		attributes.log_size = (uint32_t)log_size;
	}
	/* EAGAIN: a signal came during the verification. */
	do {
		fd = bpf(BPF_PROG_LOAD, &attributes);
	} while (fd < 0 && errno == EAGAIN);
	return fd;
}

/* The verifier's last but one line is its complaint, the last one a statistic. */
static const char *last_complaint(char *log)
{
	char *end = log + strlen(log), *line;
	const char *found = NULL;

	while (end > log) {
		*end = '\0';
		line = strrchr(log, '\n');
		line = line ? line + 1 : log;
		if (*line && strncmp(line, "processed ", 10) != 0) {
			found = line;
			break;
		}
		end = line > log ? line - 1 : log;
	}
	return found;
}

static int load_device_program(const struct bpf_insn *program, size_t len, struct error *err)
{
	const char *why = NULL;
	char log[16384];
	int fd = load(program, len, NULL, 0);

	if (fd >= 0)
		return fd;
	if (errno == EPERM) {
		why = "needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN, in the first user "
		      "namespace";
	} else if (errno == EINVAL || errno == EACCES) {
		const int number = errno;

		/* Only now is the log worth its time. */
		memset(log, 0, sizeof(log));
		fd = load(program, len, log, sizeof(log) - 1);
		fd_close(&fd);
		errno = number;
		why = last_complaint(log);
		if (!why && errno == EINVAL)
			why = "the kernel is built without device programs (CONFIG_CGROUP_BPF)";
	} else if (errno == E2BIG) {
		why = "the program is too long";
	}
	return fail_explained(err, why, "load a device filter of %zu instructions", len);
}

/* Ours, by its name; -1 with errno. */
static int open_if_ours(uint32_t id)
{
	CLEANUP(fd_close) int fd = -1;
	struct bpf_prog_info info;
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_id = id;
	fd = bpf(BPF_PROG_GET_FD_BY_ID, &attributes);
	if (fd < 0)
		return -1;
	memset(&attributes, 0, sizeof(attributes));
	memset(&info, 0, sizeof(info));
	attributes.info.bpf_fd = (uint32_t)fd;
	attributes.info.info_len = sizeof(info);
	attributes.info.info = address(&info);
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attributes) < 0)
		return -1;
	if (strcmp(info.name, device_name) != 0) {
		errno = ENOENT;
		return -1;
	}
	return fd_take(&fd);
}

/*
 * The program of ours that is attached to this very cgroup, or -1 in *old. Those of others
 * (systemd) stay.
 */
static int find_attached(int cgroup_fd, int *old, struct error *err)
{
	uint32_t ids[64] = { 0 };	/* BPF_CGROUP_MAX_PROGS: no more on one cgroup */
	union bpf_attr attributes;
	uint32_t i;

	*old = -1;
	memset(&attributes, 0, sizeof(attributes));
	attributes.query.target_fd = (uint32_t)cgroup_fd;
	attributes.query.attach_type = BPF_CGROUP_DEVICE;
	attributes.query.prog_ids = address(ids);
	attributes.query.prog_cnt = COUNT(ids);
	if (bpf(BPF_PROG_QUERY, &attributes) < 0)
		return fail_errno(err, "ask for the device filters of the cgroup");
	for (i = 0; i < attributes.query.prog_cnt && *old < 0; i++)
		*old = open_if_ours(ids[i]);
	return 0;
}

int filter_attach_device(int cgroup_fd, const struct bpf_insn *program, size_t len,
			 struct error *err)
{
	CLEANUP(fd_close) int new = -1;
	CLEANUP(fd_close) int old = -1;
	const char *why = NULL;
	union bpf_attr attributes;

	new = load_device_program(program, len, err);
	if (new < 0 || find_attached(cgroup_fd, &old, err) < 0)
		return -1;
	memset(&attributes, 0, sizeof(attributes));
	attributes.target_fd = (uint32_t)cgroup_fd;
	attributes.attach_bpf_fd = (uint32_t)new;
	attributes.attach_type = BPF_CGROUP_DEVICE;
	/* With "multi" a filter further down replaces none above it: all must allow. */
	attributes.attach_flags = BPF_F_ALLOW_MULTI;
	if (old >= 0) {
		attributes.attach_flags |= BPF_F_REPLACE;
		attributes.replace_bpf_fd = (uint32_t)old;
	}
	if (bpf(BPF_PROG_ATTACH, &attributes) == 0)
		return 0;
	if (errno == EPERM)
		why = "a filter above it allows none beneath, or CAP_NET_ADMIN is missing";
	return fail_explained(err, why, "attach a device filter to the cgroup");
}
