/* What decode and encode know about a LIST whose type they do not know. */
#pragma once

#include "json/table.h"

/* Every LIST as the compiler lays it out. */
struct any_list {
	char *at;
	size_t len;
};

/* The bytes of one element of the list or map that `field` is about. */
static inline size_t field_element_size(const struct field *field)
{
	switch (field->kind) {
	case FIELD_STRING_LIST:
		return sizeof(const char *);
	case FIELD_U32_LIST:
		return sizeof(uint32_t);
	case FIELD_WORD_LIST:
	case FIELD_KNOWN_WORD_LIST:
		return sizeof(uint64_t);
	case FIELD_STRING_MAP:
		return sizeof(struct map_string);
	default:
		return field->table->size;
	}
}
