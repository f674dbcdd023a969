/*
 * Preloaded into User Mode Linux by tests/uml: lets a kernel run on a processor newer than itself.
 *
 * The kernel of Debian 12 saves at most 2,696 bytes of its processes' vector registers and writes as many back with
 * PTRACE_SETREGSET. Where the processor has more state (AMX: Sapphire Rapids and later), the host refuses a write
 * that is not whole (xstateregs_set: EFAULT), and User Mode Linux dies before its first process.
 * So what it writes is laid over what the process has, and the whole is written.
 */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static long set_xstate(pid_t pid, struct iovec *part)
{
	static char whole[1 << 16];
	static struct iovec full = { whole, 0 };

	/* What lies behind the part is learnt once: state that no process of this old kernel ever uses, and its header says so. */
	if (full.iov_len == 0) {
		full.iov_len = sizeof(whole);
		if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &full) < 0 || full.iov_len < part->iov_len)
			full.iov_len = part->iov_len;
	}
	memcpy(whole, part->iov_base, part->iov_len);
	return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &full);
}

long ptrace(enum __ptrace_request request, ...)
{
	long pid, addr, data, word;
	va_list args;

	va_start(args, request);
	pid = va_arg(args, long);
	addr = va_arg(args, long);
	data = va_arg(args, long);
	va_end(args);
	if (request == PTRACE_SETREGSET && addr == NT_X86_XSTATE)
		return set_xstate((pid_t)pid, (struct iovec *)data);
	if (request != PTRACE_PEEKTEXT && request != PTRACE_PEEKDATA && request != PTRACE_PEEKUSER)
		return syscall(SYS_ptrace, (long)request, (pid_t)pid, addr, data);
	/* libc's convention for these three: the word is the result. */
	if (syscall(SYS_ptrace, (long)request, (pid_t)pid, addr, &word) < 0)
		return -1;
	errno = 0;
	return word;
}
