#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "kernel/explain.h"

int fail_explained(struct error *err, const char *why, const char *format, ...)
{
	char words[sizeof(err->text)];
	const int number = errno;
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	errno = number;
	return fail_errno(err, "%s%s%s", words, why ? ": " : "", why ? why : "");
}
