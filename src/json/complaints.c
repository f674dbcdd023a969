#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "json/complaints.h"

void complaints_init(struct complaints *complaints, struct arena *arena,
		     const struct json_document *document)
{
	*complaints = (struct complaints){ .arena = arena, .document = document };
}

/*
 * One step of a path: "name", "[3]" or "[\"key\"]". Returns what is behind it, or NULL where this
 * is no path.
 */
static const char *next_step(const char *path, struct text *key, size_t *index, bool *is_index)
{
	text_finish(key);
	text_add(key, "");
	*is_index = false;
	if (path[0] == '[' && path[1] == '"') {
		for (path += 2; *path && *path != '"'; path++) {
			if (path[0] == '\\' && path[1])
				path++;
			text_add_bytes(key, path, 1);
		}
		return path[0] == '"' && path[1] == ']' ? path + 2 : NULL;
	}
	if (path[0] == '[') {
		*is_index = true;
		*index = strtoul(path + 1, (char **)&path, 10);
		return *path == ']' ? path + 1 : NULL;
	}
	if (path[0] == '.')
		path++;
	text_add_bytes(key, path, strcspn(path, ".["));
	return path + key->len;
}

/* The value at `path`; NULL where it is missing, with the nearest thing around it in *nearest. */
static const struct json *find(const struct json *root, const char *path,
			       const struct json **nearest)
{
	CLEANUP(text_finish) struct text key = { 0 };
	const struct json *node = root;
	size_t index = 0;
	bool is_index;

	*nearest = root;
	while (node && path && *path) {
		path = next_step(path, &key, &index, &is_index);
		node = is_index ? json_element(node, index) : json_member(node, text_get(&key));
		if (node)
			*nearest = node;
	}
	return path ? node : NULL;
}

const struct json *json_find(const struct json *root, const char *path)
{
	const struct json *nearest;

	return find(root, path, &nearest);
}

/*
 * Each costs a walk over the text for its position, and nobody reads more. Counted per severity, so
 * that a heap of warnings hides no error.
 */
#define MAX_KEPT 100

static size_t count(const struct complaints *complaints, enum severity severity)
{
	size_t i, found = 0;

	for (i = 0; i < complaints->list.len; i++)
		found += complaints->list.at[i].severity == severity;
	return found;
}

static PRINTF(5, 0) void add(struct complaints *complaints, enum severity severity, size_t offset,
			     const char *path, const char *format, va_list args)
{
	CLEANUP(text_finish) struct text text = { 0 };
	struct complaint *complaint;
	char *formatted = NULL;

	if (count(complaints, severity) == MAX_KEPT) {
		complaints->more[severity]++;
		return;
	}
	complaint = list_add(complaints->arena, &complaints->list);
	if (vasprintf(&formatted, format, args) >= 0)
		text_add(&text, formatted);
	free(formatted);
	complaint->severity = severity;
	complaint->path = arena_strdup(complaints->arena, path);
	complaint->text = arena_strdup(complaints->arena, text_get(&text));
	if (complaints->document)
		json_position(complaints->document, offset, &complaint->line, &complaint->column);
}

void complaints_add(struct complaints *complaints, enum severity severity, const char *path,
		    const char *format, ...)
{
	const struct json *nearest = NULL;
	va_list args;

	if (complaints->document)
		find(complaints->document->root, path, &nearest);
	va_start(args, format);
	add(complaints, severity, nearest ? nearest->offset : 0, path, format, args);
	va_end(args);
}

void complaints_add_at(struct complaints *complaints, enum severity severity, size_t offset,
		       const char *path, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(complaints, severity, offset, path, format, args);
	va_end(args);
}

size_t complaints_error_count(const struct complaints *complaints)
{
	return count(complaints, COMPLAINT_ERROR) + complaints->more[COMPLAINT_ERROR];
}

static bool is_later(const struct complaint *a, const struct complaint *b)
{
	return a->line > b->line || (a->line == b->line && a->column > b->column);
}

/* Merges, and so keeps the order of equals; a document may be wrong in a million places. */
static void sort(struct complaint *at, struct complaint *spare, size_t len)
{
	size_t half = len / 2, left = 0, right = half, i;

	if (len < 2)
		return;
	sort(at, spare, half);
	sort(at + half, spare, len - half);
	memcpy(spare, at, len * sizeof(*at));
	for (i = 0; i < len; i++) {
		if (right == len || (left < half && !is_later(&spare[left], &spare[right])))
			at[i] = spare[left++];
		else
			at[i] = spare[right++];
	}
}

void complaints_sort(struct complaints *complaints)
{
	struct arena scratch = { 0 };

	if (complaints->list.len > 1)
		sort(complaints->list.at,
		     arena_array(&scratch, struct complaint, complaints->list.len),
		     complaints->list.len);
	arena_finish(&scratch);
}

const char *complaint_line(const struct complaints *complaints, const struct complaint *complaint,
			   const char *file)
{
	const char *place = "", *separator = *complaint->path ? ": " : "";

	if (!file && complaints->document)
		file = complaints->document->file;
	if (file && complaint->line)
		place = arena_printf(complaints->arena, "%s:%zu:%zu: ", file, complaint->line,
				     complaint->column);
	else if (file)
		place = arena_printf(complaints->arena, "%s: ", file);
	return arena_printf(complaints->arena, "%s%s%s%s%s", place,
			    complaint->severity == COMPLAINT_WARNING ? "warning: " : "",
			    complaint->path, separator, complaint->text);
}

int complaints_to_error(struct complaints *complaints, const char *file, struct error *err)
{
	CLEANUP(text_finish) struct text line = { 0 };
	size_t left = complaints_error_count(complaints), i;

	if (left == 0)
		return 0;
	complaints_sort(complaints);
	for (i = 0; i < complaints->list.len; i++) {
		const struct complaint *complaint = &complaints->list.at[i];
		const char *text;

		if (complaint->severity != COMPLAINT_ERROR)
			continue;
		text = complaint_line(complaints, complaint, file);
		/* Room is kept for " (and N more)". */
		if (line.len && line.len + strlen(text) + 40 > sizeof(err->text))
			break;
		text_printf(&line, "%s%s", line.len ? "; " : "", text);
		left--;
	}
	if (left)
		text_printf(&line, " (and %zu more)", left);
	return fail(err, ERROR_CONFIG, "%s", text_get(&line));
}

void complaints_print(struct complaints *complaints, const char *file, FILE *out)
{
	size_t i;

	complaints_sort(complaints);
	for (i = 0; i < complaints->list.len; i++)
		fprintf(out, "%s\n", complaint_line(complaints, &complaints->list.at[i], file));
	if (complaints->more[COMPLAINT_ERROR] + complaints->more[COMPLAINT_WARNING])
		fprintf(out, "(and %zu more errors, %zu more warnings)\n",
			complaints->more[COMPLAINT_ERROR], complaints->more[COMPLAINT_WARNING]);
}
