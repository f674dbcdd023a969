#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "json/any.h"
#include "json/decode.h"
#include "json/path.h"

struct decode {
	struct arena *arena;
	struct complaints *complaints;
};

/* One value: where it comes from, what it should be, where it goes. */
struct value {
	const struct json *node;
	const struct field *field;
	const struct frame *frame;
	void *into;
};

static void decode_object(struct decode *decode, const struct json *node, const struct table *table,
			  const struct frame *frame, void *into);

static void complain(struct decode *decode, const struct value *value, const char *text)
{
	complaints_add_at(decode->complaints, COMPLAINT_ERROR, value->node->offset,
			  frame_path(value->frame, decode->arena), "%s", text);
}

static const char *describe(struct decode *decode, const struct json *node)
{
	if (node->type == JSON_NUMBER || node->type == JSON_BOOL)
		return excerpt(node->text, decode->arena);
	return json_type_name(node->type);
}

/* True when the value has that type; else complains. */
static bool expect(struct decode *decode, const struct value *value, enum json_type type)
{
	if (value->node->type == type)
		return true;
	complain(decode, value, arena_printf(decode->arena, "expected %s, found %s",
					     json_type_name(type), describe(decode, value->node)));
	return false;
}

static bool is_integer(const char *text, bool with_sign)
{
	text += with_sign && *text == '-';
	return *text && text[strspn(text, "0123456789")] == '\0';
}

static bool is_signed(const struct field *field)
{
	return field->kind == FIELD_I32 || field->kind == FIELD_I64;
}

/* The number, checked against the row's range; a signed one as its two's complement. */
static bool take_number(struct decode *decode, const struct value *value, uint64_t *number)
{
	const struct field *field = value->field;
	const char *text = value->node->text;
	int64_t wide;

	if (value->node->type != JSON_NUMBER || !is_integer(text, true)) {
		complain(decode, value,
			 arena_printf(decode->arena, "expected %s integer, found %s",
				      is_signed(field) ? "an" : "an unsigned",
				      describe(decode, value->node)));
		return false;
	}
	if (is_signed(field)) {
		if (text_to_i64(text, &wide) && wide >= field->min && wide <= (int64_t)field->max) {
			*number = (uint64_t)wide;
			return true;
		}
		complain(decode, value,
			 arena_printf(decode->arena, "%s is not between %" PRId64 " and %" PRId64,
				      excerpt(text, decode->arena), field->min,
				      (int64_t)field->max));
		return false;
	}
	if (strcmp(text, "-0") == 0)
		text = "0";
	if (text_to_u64(text, number) && *number <= field->max)
		return true;
	complain(decode, value, arena_printf(decode->arena, "%s is not between 0 and %" PRIu64,
					     excerpt(text, decode->arena), field->max));
	return false;
}

const char *words_list(const struct words *words, struct arena *arena)
{
	CLEANUP(text_finish) struct text out = { 0 };
	size_t count = 0, i;

	while (words->at[count].name)
		count++;
	for (i = 0; i < count; i++) {
		if (i == 8) {
			text_add(&out, ", ...");
			break;
		}
		if (i > 0)
			text_add(&out, i + 1 == count ? " or " : ", ");
		text_printf(&out, "\"%s\"", words->at[i].name);
	}
	return arena_strdup(arena, text_get(&out));
}

static bool take_word(struct decode *decode, const struct value *value, uint64_t *number)
{
	const struct words *words = value->field->words;
	const bool known_only = value->field->kind == FIELD_KNOWN_WORD_LIST;
	const struct word *word;
	const char *near, *hint;

	if (!expect(decode, value, JSON_STRING))
		return false;
	word = words_find(words, value->node->text);
	if (word) {
		*number = word->value;
		return true;
	}
	near = words_suggest(words, value->node->text);
	hint = near ? arena_printf(decode->arena, "did you mean \"%s\"?", near) :
		      arena_printf(decode->arena, "expected %s", words_list(words, decode->arena));
	complaints_add_at(decode->complaints, known_only ? COMPLAINT_WARNING : COMPLAINT_ERROR,
			  value->node->offset, frame_path(value->frame, decode->arena),
			  "unknown value \"%s\"%s (%s)", excerpt(value->node->text, decode->arena),
			  known_only ? ", left out" : "", hint);
	return false;
}

static bool take_string(struct decode *decode, const struct value *value, const char **string)
{
	if (!expect(decode, value, JSON_STRING))
		return false;
	*string = value->node->text;
	return true;
}

/* The numbers and words of a row; what the member is made of is the row's form. */
static void store_scalar(const struct value *value, uint64_t number)
{
	const bool optional = value->field->form == FORM_OPTIONAL;
	void *into = value->into;

#define STORE(type, opt_type)                                                        \
	do {                                                                         \
		if (optional)                                                        \
			*(opt_type *)into = (opt_type){ true, (type)number };        \
		else                                                                 \
			*(type *)into = (type)number;                                \
	} while (0)

	switch (value->field->kind) {
	case FIELD_BOOL:
		STORE(bool, struct opt_bool);
		break;
	case FIELD_U32:
		STORE(uint32_t, struct opt_u32);
		break;
	case FIELD_I32:
		STORE(int32_t, struct opt_i32);
		break;
	case FIELD_I64:
		STORE(int64_t, struct opt_i64);
		break;
	default:
		STORE(uint64_t, struct opt_u64);
		break;
	}
#undef STORE
}

/* One element of a list or map into its place; false leaves the place free for the next. */
static bool decode_element(struct decode *decode, const struct value *value)
{
	struct map_string *pair = value->into;
	uint64_t number;

	switch (value->field->kind) {
	case FIELD_STRING_LIST:
		return take_string(decode, value, value->into);
	case FIELD_U32_LIST:
		if (!take_number(decode, value, &number))
			return false;
		*(uint32_t *)value->into = (uint32_t)number;
		return true;
	case FIELD_WORD_LIST:
	case FIELD_KNOWN_WORD_LIST:
		return take_word(decode, value, value->into);
	case FIELD_STRING_MAP:
		pair->key = value->node->key;
		return take_string(decode, value, &pair->value);
	default:
		if (!expect(decode, value, JSON_OBJECT))
			return false;
		decode_object(decode, value->node, value->field->table, value->frame, value->into);
		if (value->field->kind == FIELD_OBJECT_MAP)
			*(const char **)value->into = value->node->key;
		return true;
	}
}

static void decode_list(struct decode *decode, const struct value *value)
{
	const bool map = value->field->kind == FIELD_STRING_MAP ||
			 value->field->kind == FIELD_OBJECT_MAP;
	const size_t size = field_element_size(value->field);
	struct any_list list = { 0 };
	const struct json *node;
	size_t count = 0, room = 1, index = 0;

	if (!expect(decode, value, map ? JSON_OBJECT : JSON_ARRAY))
		return;
	for (node = value->node->first; node; node = node->next)
		count++;
	/* A power of two, so that list_add may add to it. */
	while (room < count)
		room *= 2;
	list.at = arena_alloc(decode->arena, room * size);
	for (node = value->node->first; node; node = node->next) {
		const struct frame frame = { value->frame, map ? node->key : NULL, index++, map };
		const struct value element = { node, value->field, &frame,
					       list.at + list.len * size };

		list.len += decode_element(decode, &element);
	}
	memcpy(value->into, &list, sizeof(list));
}

static void decode_embedded(struct decode *decode, const struct value *value)
{
	const struct table *table = value->field->table;
	void *into = value->into;

	if (!expect(decode, value, JSON_OBJECT))
		return;
	if (value->field->form == FORM_POINTER) {
		into = arena_alloc(decode->arena, table->size);
		memcpy(value->into, &into, sizeof(into));
	}
	decode_object(decode, value->node, table, value->frame, into);
}

static void decode_value(struct decode *decode, const struct value *value)
{
	uint64_t number;

	switch (value->field->kind) {
	case FIELD_END:
	case FIELD_IGNORED:
		break;
	case FIELD_STRING:
		take_string(decode, value, value->into);
		break;
	case FIELD_BOOL:
		if (expect(decode, value, JSON_BOOL))
			store_scalar(value, value->node->text[0] == 't');
		break;
	case FIELD_U32:
	case FIELD_I32:
	case FIELD_U64:
	case FIELD_I64:
		if (take_number(decode, value, &number))
			store_scalar(value, number);
		break;
	case FIELD_WORD:
		if (take_word(decode, value, &number))
			store_scalar(value, number);
		break;
	case FIELD_OBJECT:
		decode_embedded(decode, value);
		break;
	case FIELD_TREE:
		memcpy(value->into, &value->node, sizeof(value->node));
		break;
	case FIELD_STRING_LIST:
	case FIELD_U32_LIST:
	case FIELD_WORD_LIST:
	case FIELD_KNOWN_WORD_LIST:
	case FIELD_OBJECT_LIST:
	case FIELD_STRING_MAP:
	case FIELD_OBJECT_MAP:
		decode_list(decode, value);
		break;
	}
}

static const struct field *find_field(const struct table *table, const char *key)
{
	const struct field *field;

	for (field = table->fields; field->kind != FIELD_END; field++) {
		if (strcmp(field->key, key) == 0)
			return field;
	}
	return NULL;
}

static void warn_unknown(struct decode *decode, const struct table *table, const struct json *node,
			 const struct frame *frame)
{
	const struct field *field;
	const char *best = NULL;
	size_t best_nearness = SIZE_MAX;

	for (field = table->fields; field->kind != FIELD_END; field++) {
		size_t nearness = words_nearness(field->key, node->key);

		if (nearness < best_nearness) {
			best_nearness = nearness;
			best = field->key;
		}
	}
	complaints_add_at(decode->complaints, COMPLAINT_WARNING, node->key_offset,
			  frame_path(frame, decode->arena), "unknown property, ignored%s%s%s",
			  best ? " (did you mean \"" : "", best ? best : "", best ? "\"?)" : "");
}

static void check_required(struct decode *decode, const struct json *object,
			   const struct table *table, const struct frame *up)
{
	const struct field *field;

	for (field = table->fields; field->kind != FIELD_END; field++) {
		const struct frame frame = { up, field->key, 0, false };

		if (field->need == REQUIRED && !json_member(object, field->key))
			complaints_add_at(decode->complaints, COMPLAINT_ERROR, object->offset,
					  frame_path(&frame, decode->arena), "missing (%s)",
					  field->description);
	}
}

/* `into` is zeroed. The depth is the table's, and the parser's limit bounds it anyway. */
static void decode_object(struct decode *decode, const struct json *node, const struct table *table,
			  const struct frame *up, void *into)
{
	const struct json *member;
	const char *origin;

	if (table->origin != TABLE_NO_ORIGIN) {
		origin = frame_path(up, decode->arena);
		memcpy((char *)into + table->origin, &origin, sizeof(origin));
	}
	for (member = node->first; member; member = member->next) {
		const struct frame frame = { up, member->key, 0, false };
		const struct field *field = find_field(table, member->key);
		struct value value = { member, field, &frame, NULL };

		if (!field) {
			warn_unknown(decode, table, member, &frame);
			continue;
		}
		if (member->type == JSON_NULL && field->need == OPTIONAL)
			continue;
		value.into = (char *)into + field->offset;
		decode_value(decode, &value);
	}
	check_required(decode, node, table, up);
}

void json_decode(const struct json *node, const struct table *table, void *into,
		 struct arena *arena, struct complaints *complaints)
{
	struct decode decode = { arena, complaints };
	const struct value document = { .node = node };

	memset(into, 0, table->size);
	if (expect(&decode, &document, JSON_OBJECT))
		decode_object(&decode, node, table, NULL, into);
}

int json_load(int fd, const char *file, const struct table *table, void *into, struct arena *arena,
	      struct error *err)
{
	struct json_document document;
	struct complaints complaints;

	if (json_parse_fd(&document, file, fd, arena, err) < 0)
		return -1;
	complaints_init(&complaints, arena, &document);
	json_decode(document.root, table, into, arena, &complaints);
	return complaints_to_error(&complaints, NULL, err);
}
