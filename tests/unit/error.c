#include <errno.h>

#include "base/error.h"
#include "check.h"

static void fills_in_kind_number_and_text(void)
{
	struct error err = { .number = 7 };

	CHECK_NUMBER(fail(&err, ERROR_CONFIG, "check '%s'", "x"), -1);
	CHECK_NUMBER(err.kind, ERROR_CONFIG);
	CHECK_NUMBER(err.number, 0);
	CHECK_STRING(err.text, "check 'x'");
}

static void appends_the_text_of_errno_and_keeps_it(void)
{
	struct error err = { 0 };

	errno = ENOENT;
	CHECK_NUMBER(fail_errno(&err, "open '%s'", "/x"), -1);
	CHECK_NUMBER(errno, ENOENT);
	CHECK_NUMBER(err.kind, ERROR_SYSTEM);
	CHECK_NUMBER(err.number, ENOENT);
	CHECK_STRING(err.text, "open '/x': No such file or directory");
}

static void is_told_from_the_outside_in(void)
{
	struct error err = { 0 };

	errno = EPERM;
	CHECK_NUMBER(fail_errno(&err, "mount tmpfs on '/x'"), -1);
	CHECK_NUMBER(wrap(&err, "mounts[%d]", 0), -1);
	CHECK_NUMBER(wrap(&err, "create %s", "web"), -1);
	CHECK_NUMBER(err.number, EPERM);
	CHECK_STRING(err.text, "create web: mounts[0]: mount tmpfs on '/x': Operation not permitted");
}

static void loses_its_middle_when_too_long(void)
{
	struct error err = { 0 };
	char path[4000];

	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	errno = EACCES;
	fail_errno(&err, "open '%s'", path);
	wrap(&err, "begin");
	CHECK(strlen(err.text) < sizeof(err.text));
	CHECK(strlen(err.text) > sizeof(err.text) - 10);
	CHECK(strncmp(err.text, "begin: open 'aaa", 16) == 0);
	CHECK_CONTAINS(err.text, "a...a");
	CHECK_CONTAINS(err.text, "': Permission denied");
}

static void cuts_between_characters(void)
{
	struct error err = { 0 };
	char umlauts[3001];
	size_t i, shift;

	for (shift = 0; shift < 2; shift++) {
		for (i = 0; i < 1500; i++)
			memcpy(umlauts + 2 * i, "\xc3\xa4", 2);
		umlauts[3000] = '\0';
		fail(&err, ERROR_BUG, "%s%s", shift ? "x" : "", umlauts);
		for (i = 0; err.text[i]; i++) {
			if (err.text[i] == '\xc3')
				CHECK(err.text[i + 1] == '\xa4');
			if (err.text[i] == '\xa4')
				CHECK(i > 0 && err.text[i - 1] == '\xc3');
		}
	}
}

static void keeps_errno_text_behind_huge_operands(void)
{
	static char huge[100000];
	struct error err = { 0 };

	memset(huge, 'b', sizeof(huge) - 1);
	errno = ENOSPC;
	fail_errno(&err, "write '%s'", huge);
	wrap(&err, "%s", huge);
	CHECK_CONTAINS(err.text, ": No space left on device");
}

int main(void)
{
	TEST(fills_in_kind_number_and_text);
	TEST(appends_the_text_of_errno_and_keeps_it);
	TEST(is_told_from_the_outside_in);
	TEST(loses_its_middle_when_too_long);
	TEST(cuts_between_characters);
	TEST(keeps_errno_text_behind_huge_operands);
	return check_done();
}
