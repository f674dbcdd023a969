#include "spec/checker.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Beyond so many errors nobody reads on, and the rules would only slow the answer down. */
#define MANY_ERRORS 200

void check_init(struct checker *check, struct complaints *complaints)
{
	const struct complaint *complaint;
	size_t i;

	*check = (struct checker){ .complaints = complaints };
	for (i = 0; i < complaints->list.len && check->broken.len < MANY_ERRORS; i++) {
		complaint = &complaints->list.at[i];
		if (complaint->severity == COMPLAINT_ERROR)
			*list_add(complaints->arena, &check->broken) = complaint->path;
	}
}

/* True when `inner` is `outer` or lies within it. */
static bool lies_within(const char *inner, const char *outer)
{
	size_t len = strlen(outer);

	return strncmp(inner, outer, len) == 0 &&
	       (len == 0 || inner[len] == '\0' || inner[len] == '.' || inner[len] == '[');
}

bool check_is_broken(const struct checker *check, const char *path)
{
	size_t i;

	for (i = 0; i < check->broken.len; i++)
		if (lies_within(path, check->broken.at[i]) ||
		    lies_within(check->broken.at[i], path))
			return true;
	return check->broken.len == MANY_ERRORS;
}

static PRINTF(4, 0) void say(struct checker *check, enum severity severity, const char *path,
			     const char *format, va_list args)
{
	char *text = NULL;

	if (check_is_broken(check, path))
		return;
	if (vasprintf(&text, format, args) >= 0)
		complaints_add(check->complaints, severity, path, "%s", text);
	free(text);
}

void check_error(struct checker *check, const char *path, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(check, COMPLAINT_ERROR, path, format, args);
	va_end(args);
}

void check_warning(struct checker *check, const char *path, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(check, COMPLAINT_WARNING, path, format, args);
	va_end(args);
}

const char *check_path(struct checker *check, const char *path, const char *name)
{
	return arena_printf(check->complaints->arena, "%s%s%s", path, *path ? "." : "", name);
}

const char *check_path_element(struct checker *check, const char *path, const char *name,
			       size_t index)
{
	return arena_printf(check->complaints->arena, "%s%s%s[%zu]", path, *path ? "." : "", name,
			    index);
}

/* Onto one line, and not too long: what a user wrote may be anything. */
static void add_escaped(struct text *out, const char *text, size_t limit)
{
	size_t start = out->len, len;

	for (; *text; text += len) {
		len = text_utf8_length(text);
		len = len ? len : 1;
		if (out->len - start + len > limit) {
			text_add(out, "...");
			return;
		}
		if (*text == '"' || *text == '\\')
			text_printf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			text_printf(out, "\\u%04x", (unsigned int)*text);
		else
			text_add_bytes(out, text, len);
	}
}

const char *check_path_key(struct checker *check, const char *path, const char *name,
			   const char *key)
{
	CLEANUP(text_finish) struct text quoted = { 0 };

	add_escaped(&quoted, key, 256);
	return arena_printf(check->complaints->arena, "%s%s%s[\"%s\"]", path, *path ? "." : "",
			    name, text_get(&quoted));
}

const char *check_shown(struct checker *check, const char *text)
{
	CLEANUP(text_finish) struct text quoted = { 0 };

	add_escaped(&quoted, text, 80);
	return arena_printf(check->complaints->arena, "\"%s\"", text_get(&quoted));
}

bool check_is_number_list(const char *text)
{
	return text[strspn(text, "0123456789,- ")] == '\0' &&
	       text[strcspn(text, "0123456789")] != '\0';
}

bool check_is_file_name(const char *text)
{
	return *text && !strchr(text, '/') && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}
