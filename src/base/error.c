#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* Room for two paths and the words around them; only what fits into struct error is kept. */
#define DRAFT_SIZE (2 * PATH_MAX + 1024)

static bool inside_character(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;	/* UTF-8 */
}

static void keep(struct error *err, const char *draft)
{
	const size_t half = (sizeof(err->text) - sizeof("...")) / 2;
	size_t len = strlen(draft), head = half, tail;

	if (len < sizeof(err->text)) {
		memcpy(err->text, draft, len + 1);
		return;
	}
	tail = len - half;
	while (head > 0 && inside_character(draft[head]))
		head--;
	while (tail < len && inside_character(draft[tail]))
		tail++;
	snprintf(err->text, sizeof(err->text), "%.*s...%s", (int)head, draft, draft + tail);
}

int fail(struct error *err, enum error_kind kind, const char *format, ...)
{
	char draft[DRAFT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(draft, sizeof(draft), format, args);
	va_end(args);
	err->kind = kind;
	err->number = 0;
	keep(err, draft);
	return -1;
}

int fail_errno(struct error *err, const char *format, ...)
{
	char draft[DRAFT_SIZE];
	const int number = errno;
	const size_t reserve = 200;	/* for the errno's text, which must never be what is lost */
	va_list args;
	size_t len;

	va_start(args, format);
	vsnprintf(draft, sizeof(draft) - reserve, format, args);
	va_end(args);
	len = strlen(draft);
	snprintf(draft + len, sizeof(draft) - len, ": %s", strerror(number));
	err->kind = ERROR_SYSTEM;
	err->number = number;
	keep(err, draft);
	errno = number;
	return -1;
}

int wrap(struct error *err, const char *format, ...)
{
	char draft[DRAFT_SIZE];
	const int number = errno;
	va_list args;
	size_t len;

	va_start(args, format);
	vsnprintf(draft, sizeof(draft) - sizeof(err->text) - 2, format, args);
	va_end(args);
	len = strlen(draft);
	snprintf(draft + len, sizeof(draft) - len, ": %s", err->text);
	keep(err, draft);
	errno = number;
	return -1;
}
