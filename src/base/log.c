/*
 * Who gets what, decided after survey 4.4 (containerd keeps the last JSON line of level error,
 * Podman wants the file to be one object, conmon shows stderr):
 *
 *	--log	format	the log gets				stderr gets
 *	none	text	-					as below, and debug lines
 *	none	json	-					JSON lines only
 *	FILE	text	time="..." level=... msg="..."		"hoy: TEXT", "hoy: warning: TEXT"
 *	FILE	json	JSON lines				"hoy: TEXT", "hoy: warning: TEXT"
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"

static struct {
	int file;		/* -1: standard error */
	enum log_format format;
	bool debug;
	bool failed;		/* an error was written */
	struct text held;	/* warnings, as lines that are ready to be written */
} log_state = { .file = -1 };

static const char *const level_names[] = { "error", "warning", "debug" };

static void add_escaped(struct text *line, const char *text, bool json)
{
	size_t len;

	for (; *text; text += len ? len : 1) {
		len = text_utf8_length(text);
		if (*text == '"' || *text == '\\')
			text_printf(line, "\\%c", *text);
		else if (*text == '\n')
			text_add(line, "\\n");
		else if (*text == '\t')
			text_add(line, "\\t");
		else if (len == 0)
			text_add(line, "\xef\xbf\xbd");
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			text_printf(line, json ? "\\u%04x" : "\\x%02x", (unsigned int)*text);
		else
			text_add_bytes(line, text, len);
	}
}

static void format_line(struct text *line, enum log_level level, const char *message)
{
	char when[32] = "1970-01-01T00:00:00Z";
	struct tm parts;
	time_t now = time(NULL);

	if (gmtime_r(&now, &parts))
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &parts);
	if (log_state.format == LOG_JSON) {
		text_printf(line, "{\"level\":\"%s\",\"msg\":\"", level_names[level]);
		add_escaped(line, message, true);
		text_printf(line, "\",\"time\":\"%s\"}\n", when);
	} else {
		text_printf(line, "time=\"%s\" level=%s msg=\"", when, level_names[level]);
		add_escaped(line, message, false);
		text_add(line, "\"\n");
	}
}

/*
 * In one write, so that lines of several processes in one file do not mix. That it fails (a full
 * disk) is told to nobody: it must not hide the error that the line is about.
 */
static void write_out(int fd, const struct text *line)
{
	int number = errno;

	if (line->len)
		fd_write_all(fd, line->at, line->len);
	errno = number;
}

static int log_target(void)
{
	return log_state.file >= 0 ? log_state.file : STDERR_FILENO;
}

static void write_line(enum log_level level, const char *message)
{
	CLEANUP(text_finish) struct text line = { 0 };

	format_line(&line, level, message);
	write_out(log_target(), &line);
}

/*
 * "hoy: ..." on stderr. A name may hold control characters: they must not move the cursor or fake a
 * line.
 */
static void tell_person(const char *prefix, const char *message)
{
	CLEANUP(text_finish) struct text line = { 0 };
	char *at;

	text_printf(&line, "hoy: %s%s", prefix, message);
	for (at = line.at; *at; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	}
	text_add(&line, "\n");
	write_out(STDERR_FILENO, &line);
}

static bool stderr_is_for_people(void)
{
	return log_state.file >= 0 || log_state.format == LOG_TEXT;
}

int log_open(const char *path, enum log_format format, bool debug, struct error *err)
{
	log_finish();
	log_state.format = format;
	log_state.debug = debug;
	log_state.failed = false;
	if (!path)
		return 0;
	log_state.file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
	if (log_state.file < 0)
		return fail_errno(err, "open the log '%s'", path);
	return 0;
}

bool log_is_debug(void)
{
	return log_state.debug;
}

static PRINTF(2, 0) void format_message(struct text *message, const char *format, va_list args)
{
	char *formatted;
	int number = errno;

	if (vasprintf(&formatted, format, args) < 0)
		return;
	text_add(message, formatted);
	free(formatted);
	errno = number;
}

void log_debug(const char *format, ...)
{
	CLEANUP(text_finish) struct text message = { 0 };
	va_list args;

	if (!log_state.debug)
		return;
	va_start(args, format);
	format_message(&message, format, args);
	va_end(args);
	write_line(LOG_DEBUG_LEVEL, text_get(&message));
}

void log_warning(const char *format, ...)
{
	CLEANUP(text_finish) struct text message = { 0 };
	va_list args;

	va_start(args, format);
	format_message(&message, format, args);
	va_end(args);
	if (stderr_is_for_people())
		tell_person("warning: ", text_get(&message));
	if (log_state.file < 0 && log_state.format == LOG_TEXT)
		return;
	/*
	 * With --debug there are other lines anyway, so nothing is gained by holding this one back.
	 */
	if (log_state.format == LOG_JSON && !log_state.debug)
		format_line(&log_state.held, LOG_WARNING_LEVEL, text_get(&message));
	else
		write_line(LOG_WARNING_LEVEL, text_get(&message));
}

void log_error(const struct error *err)
{
	if (log_state.file >= 0 || log_state.format == LOG_JSON)
		write_line(LOG_ERROR_LEVEL, err->text);
	if (stderr_is_for_people())
		tell_person("", err->text);
	log_state.failed = true;
}

void log_finish(void)
{
	if (!log_state.failed)
		write_out(log_target(), &log_state.held);
	text_finish(&log_state.held);
	fd_close(&log_state.file);
}
