/*
 * JSON text, value by value. Always valid: quotes and control characters are escaped, slashes are
 * not, and a byte that is no UTF-8 (a path may hold any) becomes U+FFFD.
 *
 *	CLEANUP(json_writer_destroy) struct json_writer *writer = json_writer_create(JSON_INDENTED);
 *
 *	json_write_begin(writer, NULL, JSON_OBJECT);
 *	json_write_string(writer, "id", id);
 *	json_write_begin(writer, "annotations", JSON_OBJECT);
 *	json_write_end(writer);
 *	json_write_end(writer);
 *	fputs(json_written(writer), stdout);
 *
 * `key` is the member's name where the value goes into an object, and NULL where it goes into an
 * array or is the document. Memory never runs out here (arena.h says what happens instead).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/json.h"

enum json_style {
	JSON_COMPACT,	/* one line, no newline behind it */
	JSON_INDENTED,	/* by two spaces, as Go's MarshalIndent does; a newline at the end */
};

struct json_writer;

struct json_writer *json_writer_create(enum json_style style);
void json_writer_destroy(struct json_writer **writer);

/* Open an array or object (type is JSON_ARRAY or JSON_OBJECT); close the innermost one. */
void json_write_begin(struct json_writer *writer, const char *key, enum json_type type);
void json_write_end(struct json_writer *writer);

/* NULL as `text` is written as null. */
void json_write_string(struct json_writer *writer, const char *key, const char *text);
void json_write_bool(struct json_writer *writer, const char *key, bool value);
void json_write_u64(struct json_writer *writer, const char *key, uint64_t value);
void json_write_i64(struct json_writer *writer, const char *key, int64_t value);
void json_write_null(struct json_writer *writer, const char *key);
void json_write_tree(struct json_writer *writer, const char *key, const struct json *tree);

/* What was written so far; whole once everything is closed. Valid until the next call. */
const char *json_written(const struct json_writer *writer);
