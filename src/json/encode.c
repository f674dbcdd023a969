#include <string.h>

#include "json/any.h"
#include "json/encode.h"

static void encode_object(struct json_writer *writer, const char *key, const struct table *table,
			  const void *object);

/* False: absent. A signed number is given as its two's complement. */
static bool load_scalar(const struct field *field, const void *from, uint64_t *number)
{
#define LOAD(type, opt_type)                                                         \
	do {                                                                         \
		if (field->form == FORM_OPTIONAL) {                                  \
			*number = (uint64_t)((const opt_type *)from)->value;         \
			return ((const opt_type *)from)->set;                        \
		}                                                                    \
		*number = (uint64_t)*(const type *)from;                             \
		return *number || field->need == REQUIRED;                           \
	} while (0)

	switch (field->kind) {
	case FIELD_BOOL:
		LOAD(bool, struct opt_bool);
	case FIELD_U32:
		LOAD(uint32_t, struct opt_u32);
	case FIELD_I32:
		LOAD(int32_t, struct opt_i32);
	case FIELD_I64:
		LOAD(int64_t, struct opt_i64);
	default:
		LOAD(uint64_t, struct opt_u64);
	}
#undef LOAD
}

static void write_scalar(struct json_writer *writer, const struct field *field, uint64_t number)
{
	switch (field->kind) {
	case FIELD_BOOL:
		json_write_bool(writer, field->key, number);
		break;
	case FIELD_I32:
	case FIELD_I64:
		json_write_i64(writer, field->key, (int64_t)number);
		break;
	case FIELD_WORD:
		json_write_string(writer, field->key, words_name(field->words, number));
		break;
	default:
		json_write_u64(writer, field->key, number);
		break;
	}
}

static void encode_element(struct json_writer *writer, const struct field *field, const void *at)
{
	const struct map_string *pair = at;

	switch (field->kind) {
	case FIELD_STRING_LIST:
		json_write_string(writer, NULL, *(const char *const *)at);
		break;
	case FIELD_U32_LIST:
		json_write_u64(writer, NULL, *(const uint32_t *)at);
		break;
	case FIELD_STRING_MAP:
		json_write_string(writer, pair->key, pair->value);
		break;
	case FIELD_OBJECT_LIST:
		encode_object(writer, NULL, field->table, at);
		break;
	case FIELD_OBJECT_MAP:
		encode_object(writer, *(const char *const *)at, field->table, at);
		break;
	default:
		json_write_string(writer, NULL, words_name(field->words, *(const uint64_t *)at));
		break;
	}
}

static void encode_list(struct json_writer *writer, const struct field *field,
			const struct any_list *list)
{
	const bool map = field->kind == FIELD_STRING_MAP || field->kind == FIELD_OBJECT_MAP;
	const size_t size = field_element_size(field);
	size_t i;

	if (!list->at)
		return;
	json_write_begin(writer, field->key, map ? JSON_OBJECT : JSON_ARRAY);
	for (i = 0; i < list->len; i++)
		encode_element(writer, field, list->at + i * size);
	json_write_end(writer);
}

/*
 * An embedded struct is always there; an OPTIONAL one in which nothing is set was absent. Not so where a row is
 * REQUIRED: its 0 is as good a value as any ("user": { "uid": 0, "gid": 0 }).
 */
static bool is_empty(const struct table *table, const void *object)
{
	const unsigned char *byte = object;
	const struct field *field;
	size_t i;

	for (field = table->fields; field->kind != FIELD_END; field++)
		if (field->need == REQUIRED)
			return false;
	for (i = 0; i < table->size; i++) {
		bool of_origin = table->origin != TABLE_NO_ORIGIN && i >= table->origin &&
				 i < table->origin + sizeof(const char *);

		if (byte[i] && !of_origin)
			return false;
	}
	return true;
}

static void encode_field(struct json_writer *writer, const struct field *field, const void *from)
{
	struct any_list list;
	const void *pointer = NULL;
	uint64_t number;

	switch (field->kind) {
	case FIELD_END:
	case FIELD_IGNORED:
		break;
	case FIELD_STRING:
		memcpy(&pointer, from, sizeof(pointer));
		if (pointer)
			json_write_string(writer, field->key, pointer);
		break;
	case FIELD_BOOL:
	case FIELD_U32:
	case FIELD_I32:
	case FIELD_U64:
	case FIELD_I64:
	case FIELD_WORD:
		if (load_scalar(field, from, &number))
			write_scalar(writer, field, number);
		break;
	case FIELD_OBJECT:
		if (field->form == FORM_POINTER)
			memcpy(&pointer, from, sizeof(pointer));
		else if (field->need == REQUIRED || !is_empty(field->table, from))
			pointer = from;
		if (pointer)
			encode_object(writer, field->key, field->table, pointer);
		break;
	case FIELD_TREE:
		memcpy(&pointer, from, sizeof(pointer));
		if (pointer)
			json_write_tree(writer, field->key, pointer);
		break;
	case FIELD_STRING_LIST:
	case FIELD_U32_LIST:
	case FIELD_WORD_LIST:
	case FIELD_KNOWN_WORD_LIST:
	case FIELD_OBJECT_LIST:
	case FIELD_STRING_MAP:
	case FIELD_OBJECT_MAP:
		memcpy(&list, from, sizeof(list));
		encode_list(writer, field, &list);
		break;
	}
}

static void encode_object(struct json_writer *writer, const char *key, const struct table *table,
			  const void *object)
{
	const struct field *field;

	json_write_begin(writer, key, JSON_OBJECT);
	for (field = table->fields; field->kind != FIELD_END; field++)
		encode_field(writer, field, (const char *)object + field->offset);
	json_write_end(writer);
}

void json_encode(struct json_writer *writer, const char *key, const struct table *table,
		 const void *object)
{
	encode_object(writer, key, table, object);
}

const char *json_encode_text(struct arena *arena, const struct table *table, const void *object,
			     enum json_style style)
{
	CLEANUP(json_writer_destroy) struct json_writer *writer = json_writer_create(style);

	json_encode(writer, NULL, table, object);
	return arena_strdup(arena, json_written(writer));
}
