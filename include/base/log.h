/*
 * Log lines, as text or JSON, on stderr or in a file. The formats are runc's, because engines parse
 * them (survey 4.4):
 *   text  time="2026-11-21T10:00:00Z" level=error msg="..."
 *   json  {"level":"error","msg":"...","time":"2026-11-21T10:00:00Z"}
 * The level and the target are the only globals of the tree.
 */
#pragma once

#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"

enum log_level { LOG_ERROR_LEVEL, LOG_WARNING_LEVEL, LOG_DEBUG_LEVEL };
enum log_format { LOG_TEXT, LOG_JSON };

/* Where log lines go: `path` (appended to, made with 0644) or stderr where it is NULL. */
MUST_CHECK int log_open(const char *path, enum log_format format, bool debug, struct error *err);

/* True with --debug: what only debug lines need is not even computed otherwise. */
bool log_is_debug(void);

void log_debug(const char *format, ...) PRINTF(1, 2);

/*
 * A warning. With a JSON log file it is held back until log_finish: a run that fails writes one
 * object, the error (Podman decodes the whole file as one object), a run that succeeds writes its
 * warnings.
 */
void log_warning(const char *format, ...) PRINTF(1, 2);

/*
 * The one error line of this run: to the log, and, where the log is a file, to stderr too as "hoy:
 * text"... see log.c.
 */
void log_error(const struct error *err);

/* Write the warnings that were held back, and close the log. */
void log_finish(void);
