/*
 * JSON text as a tree that knows where in the text each value stood.
 *
 * Numbers stay text: their range is a matter of the field that takes them (decode.h). Everything
 * lives in the arena that was given to json_parse, the text itself included, so that a position can
 * be told at any time.
 */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	const char *key;	/* the member's name inside an object, else NULL */
	size_t key_offset;	/* where that name begins; `offset` where there is none */
	size_t offset;		/* where the value begins, in bytes from the start of the text */
	const char *text;	/* a string's content; a number as written; "true"; or NULL */
	struct json *first;	/* array, object: the first of its values, in the text's order */
	struct json *next;	/* the value behind this one in the same array or object */
};

struct json_document {
	const char *file;	/* how complaints name the text */
	const char *bytes;	/* `len` of them and a NUL */
	size_t len;
	struct json *root;
};

/*
 * More of either is refused: a tree is walked by recursion, and no honest config.json comes near.
 */
#define JSON_MAX_DEPTH 64
#define JSON_MAX_SIZE (16 * 1024 * 1024)

/*
 * Text -> tree. `bytes` is copied. Refused with ERROR_CONFIG and "file:line:column: ...": what is
 * no JSON (RFC 8259), bytes that are no UTF-8, an object with two members of one name (decoders
 * differ in which of them they take), a NUL in a string (it would end the string for the kernel but
 * not for a checker), too deep, too large, an empty text, anything behind the value.
 */
MUST_CHECK int json_parse(struct json_document *document, const char *file, const char *bytes,
			  size_t len, struct arena *arena, struct error *err);

/* The same for all that can be read from `fd`. `file` is its name for the errors. */
MUST_CHECK int json_parse_fd(struct json_document *document, const char *file, int fd,
			     struct arena *arena, struct error *err);

/*
 * The member of an object, the element of an array; NULL where there is none, or `node` is NULL or
 * of another type.
 */
const struct json *json_member(const struct json *node, const char *key);
const struct json *json_element(const struct json *node, size_t index);

/* "an object", "a string" ... for complaints. */
const char *json_type_name(enum json_type type);

/* Line and column, both counted from 1, the column in bytes. */
void json_position(const struct json_document *document, size_t offset, size_t *line,
		   size_t *column);
