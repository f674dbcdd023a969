/*
 * All that is wrong with one JSON document, each complaint with its line, column and JSON path:
 *
 *	config.json:6:32: process.user.gid: expected an unsigned integer, found a string
 *	config.json:7:5: warning: process.foo: unknown property, ignored
 *	config.json:9:17: process.rlimits[0].type: unknown value "nofile" (did you mean ...?)
 *
 * The decoder collects them, and spec/check.c adds to the same list. A path is written as in the
 * `origin` members: process.rlimits[0].type, linux.sysctl["net.ipv4.ip_forward"]; the empty path is
 * the whole document.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/attributes.h"
#include "base/error.h"
#include "json/json.h"

enum severity { COMPLAINT_WARNING, COMPLAINT_ERROR };

struct complaint {
	enum severity severity;
	size_t line, column;	/* from 1; 0 without a document */
	const char *path;
	const char *text;	/* "expected a string, found a number" */
};

struct complaints {
	struct arena *arena;
	const struct json_document *document;	/* NULL: complaints carry no positions */
	LIST(struct complaint) list;	/* at most 100 of each severity ... */
	size_t more[2];			/* ... and how many more there were */
};

/* Start an empty list. Both pointers must stay valid; nothing has to be freed. */
void complaints_init(struct complaints *complaints, struct arena *arena,
		     const struct json_document *document);

/*
 * Complain about the value at `path`. The position is that value's; where it is missing, that of
 * the nearest thing around it that is there.
 */
void complaints_add(struct complaints *complaints, enum severity severity, const char *path,
		    const char *format, ...) PRINTF(4, 5);

/* The same where the position is known already. */
void complaints_add_at(struct complaints *complaints, enum severity severity, size_t offset,
		       const char *path, const char *format, ...) PRINTF(5, 6);

size_t complaints_error_count(const struct complaints *complaints);

/*
 * In the order of the text; what stands at one position keeps the order in which it was added. The
 * two below do it themselves.
 */
void complaints_sort(struct complaints *complaints);

/*
 * Done when there is no error among them (warnings do not count). Else -1 and ERROR_CONFIG on one
 * line: the first error whole, then "; " and further ones while they fit, then " (and 3 more)".
 * `file` may be NULL for the document's own name.
 */
MUST_CHECK int complaints_to_error(struct complaints *complaints, const char *file,
				   struct error *err);

/* One a line, warnings too, for people. `file` as above. */
void complaints_print(struct complaints *complaints, const char *file, FILE *out);

/*
 * One complaint as complaints_print would print it, without the newline, in the arena. `file` as
 * above.
 */
const char *complaint_line(const struct complaints *complaints, const struct complaint *complaint,
			   const char *file);

/* The value at `path`, or NULL when it is not there. */
const struct json *json_find(const struct json *root, const char *path);
