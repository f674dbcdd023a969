#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "check.h"

static char log_name[64], stderr_name[64];
static char log_text[4096], stderr_text[4096];

static void slurp(const char *name, char *into, size_t size)
{
	CLEANUP(fd_close) int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : fd_read(fd, into, size - 1);

	into[len < 0 ? 0 : len] = '\0';
	unlink(name);
}

/* One run: a debug line, a warning, an error where wanted; what came out is in the two texts. */
static void run(bool file, enum log_format format, bool debug, const char *error)
{
	struct error err = { 0 };
	int saved = dup(2), to;

	to = open(stderr_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	dup2(to, 2);
	CHECK_NUMBER(log_open(file ? log_name : NULL, format, debug, &err), 0);
	CHECK(log_is_debug() == debug);
	log_debug("detail %d", 1);
	log_warning("care about '%s'", "x");
	if (error) {
		fail(&err, ERROR_CONFIG, "%s", error);
		log_error(&err);
	}
	log_finish();
	dup2(saved, 2);
	close(saved);
	close(to);
	slurp(log_name, log_text, sizeof(log_text));
	slurp(stderr_name, stderr_text, sizeof(stderr_text));
}

static size_t lines(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void speaks_to_people_without_a_log(void)
{
	run(false, LOG_TEXT, false, "open 'f': No such file or directory");
	CHECK_STRING(stderr_text, "hoy: warning: care about 'x'\nhoy: open 'f': No such file or directory\n");
	run(false, LOG_TEXT, true, NULL);
	CHECK_CONTAINS(stderr_text, " level=debug msg=\"detail 1\"\n");
}

static void writes_runc_lines_into_a_text_log(void)
{
	run(true, LOG_TEXT, false, "bad \"name\"\n\x01");
	CHECK_NUMBER(lines(log_text), 2);
	CHECK(strncmp(log_text, "time=\"20", 8) == 0);
	CHECK_CONTAINS(log_text, "Z\" level=warning msg=\"care about 'x'\"\ntime=\"");
	CHECK_CONTAINS(log_text, " level=error msg=\"bad \\\"name\\\"\\n\\x01\"\n");
	CHECK_STRING(stderr_text, "hoy: warning: care about 'x'\nhoy: bad \"name\"??\n");
}

static void a_failed_run_leaves_one_json_object(void)
{
	run(true, LOG_JSON, false, "bad \"name\"\n\x01\xff");
	CHECK_NUMBER(lines(log_text), 1);
	CHECK(strncmp(log_text, "{\"level\":\"error\",\"msg\":\"bad \\\"name\\\"\\n\\u0001\xef\xbf\xbd\",\"time\":\"20", 50) == 0);
	CHECK_CONTAINS(log_text, "Z\"}\n");
	CHECK_CONTAINS(stderr_text, "hoy: bad \"name\"");
}

static void a_run_that_works_writes_its_warnings(void)
{
	run(true, LOG_JSON, false, NULL);
	CHECK_NUMBER(lines(log_text), 1);
	CHECK_CONTAINS(log_text, "{\"level\":\"warning\",\"msg\":\"care about 'x'\",\"time\":\"");
	CHECK_STRING(stderr_text, "hoy: warning: care about 'x'\n");
}

static void debug_holds_nothing_back(void)
{
	run(true, LOG_JSON, true, "e");
	CHECK_NUMBER(lines(log_text), 3);
	CHECK_CONTAINS(log_text, "\"level\":\"debug\",\"msg\":\"detail 1\"");
}

static void only_json_on_stderr_when_asked_for(void)
{
	run(false, LOG_JSON, false, "e");
	CHECK_NUMBER(lines(stderr_text), 1);
	CHECK(strncmp(stderr_text, "{\"level\":\"error\",\"msg\":\"e\",\"time\":\"", 35) == 0);
}

static void appends(void)
{
	CLEANUP(fd_close) int fd = open(log_name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CHECK_NUMBER(fd_write_all(fd, "before\n", 7), 7);
	run(true, LOG_TEXT, false, NULL);
	CHECK(strncmp(log_text, "before\ntime=", 12) == 0);
}

static void says_which_log_cannot_be_opened(void)
{
	struct error err = { 0 };

	CHECK_NUMBER(log_open("/nonexistent/log", LOG_TEXT, false, &err), -1);
	CHECK_STRING(err.text, "open the log '/nonexistent/log': No such file or directory");
}

int main(void)
{
	snprintf(log_name, sizeof(log_name), "/tmp/hoy-unit-log-%d", getpid());
	snprintf(stderr_name, sizeof(stderr_name), "/tmp/hoy-unit-stderr-%d", getpid());
	TEST(speaks_to_people_without_a_log);
	TEST(writes_runc_lines_into_a_text_log);
	TEST(a_failed_run_leaves_one_json_object);
	TEST(a_run_that_works_writes_its_warnings);
	TEST(debug_holds_nothing_back);
	TEST(only_json_on_stderr_when_asked_for);
	TEST(appends);
	TEST(says_which_log_cannot_be_opened);
	return check_done();
}
