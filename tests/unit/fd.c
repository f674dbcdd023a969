/* The fallbacks are only in a build with fault switches, so the file under test is compiled in here. */
#ifndef TEST_FAULTS
#define TEST_FAULTS 1
#endif
#include "base/fd.c"

#include <sys/wait.h>

#include "check.h"

static void closes_and_keeps_errno(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), number = fd;

	errno = EXDEV;
	fd_close(&fd);
	CHECK_NUMBER(fd, -1);
	CHECK_NUMBER(errno, EXDEV);
	CHECK_NUMBER(fcntl(number, F_GETFD), -1);
	fd_close(&fd);
	fd = 7;
	CHECK_NUMBER(fd_take(&fd), 7);
	CHECK_NUMBER(fd, -1);
}

static FILE *file_with(size_t size)
{
	FILE *file = tmpfile();

	while (file && size-- > 0)
		fputc('x', file);
	if (file)
		rewind(file);
	return file;
}

static void reads_whole_files_up_to_a_limit(void)
{
	static const size_t sizes[] = { 0, 1, 16383, 16384, 16385, 100000 };
	struct error err = { 0 };
	char *bytes = NULL;
	size_t len = 0, i;
	FILE *file;

	for (i = 0; i < COUNT(sizes); i++) {
		file = file_with(sizes[i]);
		CHECK_NUMBER(fd_read_whole(fileno(file), 100000, &bytes, &len, "f", &err), 0);
		CHECK_NUMBER(len, sizes[i]);
		CHECK_NUMBER(strlen(bytes), sizes[i]);
		free(bytes);
		fclose(file);
	}
	file = file_with(100001);
	CHECK_NUMBER(fd_read_whole(fileno(file), 100000, &bytes, &len, "f", &err), -1);
	CHECK_NUMBER(err.number, EFBIG);
	CHECK_STRING(err.text, "read 'f': more than 100000 bytes: File too large");
	fclose(file);
	CHECK_NUMBER(fd_read_whole(-1, 10, &bytes, &len, "g", &err), -1);
	CHECK_STRING(err.text, "read 'g': Bad file descriptor");
}

static void passes_a_descriptor(void)
{
	char bytes[8] = "";
	int ends[2], got = -1, flags;

	CHECK_NUMBER(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	CHECK_NUMBER(fd_send(ends[0], "abc", 3, 0), 0);
	CHECK_NUMBER(fd_receive(ends[1], bytes, sizeof(bytes), &got), 3);
	CHECK_STRING(bytes, "abc");
	CHECK(got > 2);
	flags = fcntl(got, F_GETFD);
	CHECK(flags >= 0 && flags & FD_CLOEXEC);
	fd_close(&got);

	CHECK_NUMBER(fd_send(ends[0], "d", 1, -1), 0);
	CHECK_NUMBER(fd_receive(ends[1], bytes, sizeof(bytes), &got), 1);
	CHECK_NUMBER(got, -1);

	fd_close(&ends[0]);
	CHECK_NUMBER(fd_receive(ends[1], bytes, sizeof(bytes), &got), 0);
	CHECK_NUMBER(fd_send(ends[1], "x", 1, -1), -1);
	CHECK_NUMBER(errno, EPIPE);
	fd_close(&ends[1]);
}

static int count_open(void)
{
	int fd, count = 0;

	for (fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void keeps_no_descriptor_that_was_not_asked_for(void)
{
	char control[CMSG_SPACE(3 * sizeof(int))] = "", bytes[8] = "abc";
	int fds[3] = { 0, 1, 2 }, ends[2], got, before;
	struct iovec part = { bytes, 3 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(head), fds, sizeof(fds));
	CHECK_NUMBER(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	before = count_open();

	CHECK_NUMBER(sendmsg(ends[0], &message, 0), 3);
	CHECK_NUMBER(fd_receive(ends[1], bytes, sizeof(bytes), NULL), 3);
	CHECK_NUMBER(count_open(), before);

	CHECK_NUMBER(sendmsg(ends[0], &message, 0), 3);
	CHECK_NUMBER(fd_receive(ends[1], bytes, sizeof(bytes), &got), 3);
	CHECK_NUMBER(count_open(), before + 1);
	fd_close(&got);

	CHECK_NUMBER(sendmsg(ends[0], &message, 0), 3);
	CHECK_NUMBER(fd_receive(ends[1], bytes, 2, &got), -1);
	CHECK_NUMBER(errno, EMSGSIZE);
	CHECK_NUMBER(got, -1);
	CHECK_NUMBER(count_open(), before);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
}

static void check_cloexec(void)
{
	struct error err = { 0 };
	int low = open("/dev/null", O_RDONLY), high = dup2(low, 200);

	CHECK_NUMBER(fd_cloexec_from(150, &err), 0);
	CHECK_NUMBER(fcntl(low, F_GETFD), 0);
	CHECK_NUMBER(fcntl(high, F_GETFD), FD_CLOEXEC);
	CHECK_NUMBER(fd_cloexec_from(3, &err), 0);
	CHECK_NUMBER(fcntl(low, F_GETFD), FD_CLOEXEC);
	CHECK_NUMBER(fcntl(0, F_GETFD), 0);
	close(low);
	close(high);
}

static void marks_close_on_exec(void)
{
	check_cloexec();
}

static void marks_close_on_exec_without_close_range(void)
{
	setenv("HOY_TEST_ENOSYS", "openat2,close_range", 1);
	check_cloexec();
	unsetenv("HOY_TEST_ENOSYS");
}

static void marks_close_on_exec_without_proc(void)
{
	int low = open("/dev/null", O_RDONLY);

	CHECK_NUMBER(cloexec_all_numbers((unsigned int)low), 0);
	CHECK_NUMBER(fcntl(low, F_GETFD), FD_CLOEXEC);
	close(low);
}

static void check_closing(void)
{
	const int keep[] = { 120, -1, 100, 103 };
	struct error err = { 0 };
	int fd;

	for (fd = 100; fd <= 121; fd++)
		dup2(0, fd);
	CHECK_NUMBER(fd_close_from(100, keep, COUNT(keep), &err), 0);
	for (fd = 100; fd <= 121; fd++)
		CHECK_NUMBER(fcntl(fd, F_GETFD), fd == 100 || fd == 103 || fd == 120 ? 0 : -1);
	CHECK(fcntl(0, F_GETFD) >= 0);
	CHECK_NUMBER(fd_close_from(100, NULL, 0, &err), 0);
	for (fd = 100; fd <= 121; fd++)
		CHECK_NUMBER(fcntl(fd, F_GETFD), -1);
}

static void closes_all_but_some(void)
{
	const int keep[] = { 0, 1, 2 };
	struct error err = { 0 };
	int status = 0;
	pid_t child;

	check_closing();
	setenv("HOY_TEST_ENOSYS", "close_range", 1);
	check_closing();
	unsetenv("HOY_TEST_ENOSYS");
	fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(fd_close_from(0, keep, 3, &err) == 0 && fcntl(0, F_GETFD) >= 0 &&
		      fcntl(2, F_GETFD) >= 0 && fcntl(3, F_GETFD) < 0 ? 0 : 1);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK_NUMBER(status, 0);
}

static void opens_missing_standard_descriptors(void)
{
	struct error err = { 0 };
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		close(0);
		close(2);
		if (fd_open_standard(&err) < 0)
			_exit(1);
		_exit(fcntl(0, F_GETFD) == 0 && fcntl(2, F_GETFD) == 0 ? 0 : 2);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK_NUMBER(status, 0);
}

int main(void)
{
	TEST(closes_and_keeps_errno);
	TEST(reads_whole_files_up_to_a_limit);
	TEST(passes_a_descriptor);
	TEST(keeps_no_descriptor_that_was_not_asked_for);
	TEST(marks_close_on_exec);
	TEST(marks_close_on_exec_without_close_range);
	TEST(marks_close_on_exec_without_proc);
	TEST(closes_all_but_some);
	TEST(opens_missing_standard_descriptors);
	return check_done();
}
