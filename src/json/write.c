#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "base/memory.h"
#include "base/text.h"
#include "json/write.h"

struct writer_level {
	enum json_type type;
	bool empty;	/* begun, but not yet given to yajl */
};

struct json_writer {
	yajl_gen gen;
	struct writer_level levels[2 * JSON_MAX_DEPTH];
	size_t depth;
};

static void *allocate(void *context, size_t size)
{
	(void)context;
	return memory_grow(NULL, size);
}

static void *reallocate(void *context, void *old, size_t size)
{
	(void)context;
	return memory_grow(old, size);
}

static void release(void *context, void *old)
{
	(void)context;
	free(old);
}

struct json_writer *json_writer_create(enum json_style style)
{
	yajl_alloc_funcs memory = { allocate, reallocate, release, NULL };
	struct json_writer *writer = memory_new(sizeof(*writer));

	writer->gen = yajl_gen_alloc(&memory);
	if (style == JSON_INDENTED) {
		yajl_gen_config(writer->gen, yajl_gen_beautify, 1);
		yajl_gen_config(writer->gen, yajl_gen_indent_string, "  ");
	}
	return writer;
}

void json_writer_destroy(struct json_writer **writer)
{
	if (*writer) {
		yajl_gen_free((*writer)->gen);
		free(*writer);
	}
	*writer = NULL;
}

static void add_string(struct json_writer *writer, const char *text)
{
	CLEANUP(text_finish) struct text valid = { 0 };
	size_t len;

	for (; *text; text += len ? len : 1) {
		len = text_utf8_length(text);
		if (len)
			text_add_bytes(&valid, text, len);
		else
			text_add(&valid, "\xef\xbf\xbd");
	}
	yajl_gen_string(writer->gen, (const unsigned char *)text_get(&valid), valid.len);
}

/*
 * What comes before any value. The container around it is opened only now, because yajl would
 * spread an empty one over three lines where Go's encoder writes "{}".
 */
static void add_key(struct json_writer *writer, const char *key)
{
	struct writer_level *level = writer->depth ? &writer->levels[writer->depth - 1] : NULL;

	if (level && level->empty) {
		level->empty = false;
		if (level->type == JSON_OBJECT)
			yajl_gen_map_open(writer->gen);
		else
			yajl_gen_array_open(writer->gen);
	}
	if (key)
		add_string(writer, key);
}

void json_write_begin(struct json_writer *writer, const char *key, enum json_type type)
{
	add_key(writer, key);
	if (writer->depth == COUNT(writer->levels))
		abort();	/* no tree and no table is that deep */
	writer->levels[writer->depth].type = type;
	writer->levels[writer->depth].empty = true;
	writer->depth++;
}

void json_write_end(struct json_writer *writer)
{
	struct writer_level *level = &writer->levels[--writer->depth];

	/* yajl writes the text of a "number" as it stands. */
	if (level->empty)
		yajl_gen_number(writer->gen, level->type == JSON_OBJECT ? "{}" : "[]", 2);
	else if (level->type == JSON_OBJECT)
		yajl_gen_map_close(writer->gen);
	else
		yajl_gen_array_close(writer->gen);
}

void json_write_string(struct json_writer *writer, const char *key, const char *text)
{
	add_key(writer, key);
	if (text)
		add_string(writer, text);
	else
		yajl_gen_null(writer->gen);
}

void json_write_bool(struct json_writer *writer, const char *key, bool value)
{
	add_key(writer, key);
	yajl_gen_bool(writer->gen, value);
}

static void write_number(struct json_writer *writer, const char *key, const char *text)
{
	add_key(writer, key);
	yajl_gen_number(writer->gen, text, strlen(text));
}

void json_write_u64(struct json_writer *writer, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	write_number(writer, key, text);
}

void json_write_i64(struct json_writer *writer, const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	write_number(writer, key, text);
}

void json_write_null(struct json_writer *writer, const char *key)
{
	add_key(writer, key);
	yajl_gen_null(writer->gen);
}

void json_write_tree(struct json_writer *writer, const char *key, const struct json *tree)
{
	const struct json *child;

	switch (tree->type) {
	case JSON_NULL:
		json_write_null(writer, key);
		break;
	case JSON_BOOL:
		json_write_bool(writer, key, tree->text[0] == 't');
		break;
	case JSON_NUMBER:
		write_number(writer, key, tree->text);
		break;
	case JSON_STRING:
		json_write_string(writer, key, tree->text);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		json_write_begin(writer, key, tree->type);
		for (child = tree->first; child; child = child->next)
			json_write_tree(writer, child->key, child);
		json_write_end(writer);
		break;
	}
}

const char *json_written(const struct json_writer *writer)
{
	const unsigned char *text = NULL;
	size_t len;

	yajl_gen_get_buf(writer->gen, &text, &len);
	return text ? (const char *)text : "";
}
