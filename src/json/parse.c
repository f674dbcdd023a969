#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/fd.h"
#include "base/memory.h"
#include "base/text.h"
#include "json/json.h"

struct parse {
	struct json_document *document;
	struct arena *arena;
	struct error *err;
	yajl_handle handle;
	size_t end;		/* where the token before ended */
	size_t depth;
	const char *key;	/* of the member whose value comes next */
	size_t key_offset;
	struct {
		struct json *node;
		struct json *last;	/* its newest child */
		size_t count;
	} open[JSON_MAX_DEPTH];		/* arrays and objects not yet closed */
};

/* Returns 0, which tells yajl to stop. */
static int refuse(struct parse *parse, size_t offset, const char *text)
{
	size_t line, column;

	json_position(parse->document, offset, &line, &column);
	fail(parse->err, ERROR_CONFIG, "%s:%zu:%zu: %s", parse->document->file, line, column, text);
	return 0;
}

/*
 * yajl tells where a token ends, not where it begins. But between two tokens that it reports lie
 * only white space, ':' and ','. Call once per token.
 */
static size_t token_start(struct parse *parse)
{
	const char *bytes = parse->document->bytes;
	size_t start = parse->end;

	start += strspn(bytes + start, " \t\r\n:,");
	parse->end = yajl_get_bytes_consumed(parse->handle);
	return start;
}

static unsigned int four_digits(const char *at)
{
	char digits[5] = { at[0], at[1], at[2], at[3], '\0' };

	return (unsigned int)strtoul(digits, NULL, 16);
}

/*
 * Half a surrogate pair ("\ud800") is no character. yajl makes '?' or bytes that are no UTF-8 of
 * it; two programs that read such a name need not read the same. `start` is that of a string that
 * yajl has found well-formed.
 */
static bool has_half_pair(const struct parse *parse, size_t start)
{
	const char *at = parse->document->bytes + start + 1;
	const char *end = parse->document->bytes + parse->end - 1;
	unsigned int unit;

	while ((at = memchr(at, '\\', (size_t)(end - at)))) {
		at += 2;
		if (at[-1] != 'u')
			continue;
		unit = four_digits(at) & 0xfc00;
		at += 4;
		if (unit == 0xdc00)
			return true;
		if (unit != 0xd800)
			continue;
		if (at[0] != '\\' || at[1] != 'u' || (four_digits(at + 2) & 0xfc00) != 0xdc00)
			return true;
		at += 6;
	}
	return false;
}

/* A string's or name's content that a struct can hold; else refuses it. */
static const char *take_text(struct parse *parse, size_t start, const unsigned char *text,
			     size_t len)
{
	if (memchr(text, '\0', len)) {
		refuse(parse, start, "a string that contains NUL");
		return NULL;
	}
	if (has_half_pair(parse, start)) {
		refuse(parse, start, "a string with half of a surrogate pair");
		return NULL;
	}
	return arena_strndup(parse->arena, (const char *)text, len);
}

static struct json *add_node(struct parse *parse, enum json_type type)
{
	struct json *node = arena_new(parse->arena, struct json), *last;

	node->type = type;
	node->offset = token_start(parse);
	node->key = parse->key;
	node->key_offset = parse->key ? parse->key_offset : node->offset;
	parse->key = NULL;
	if (parse->depth == 0) {
		parse->document->root = node;
		return node;
	}
	last = parse->open[parse->depth - 1].last;
	if (last)
		last->next = node;
	else
		parse->open[parse->depth - 1].node->first = node;
	parse->open[parse->depth - 1].last = node;
	parse->open[parse->depth - 1].count++;
	return node;
}

static int open_node(struct parse *parse, enum json_type type)
{
	struct json *node = add_node(parse, type);

	if (parse->depth == JSON_MAX_DEPTH)
		return refuse(parse, node->offset, "nested more than 64 levels deep");
	parse->open[parse->depth].node = node;
	parse->open[parse->depth].last = NULL;
	parse->open[parse->depth].count = 0;
	parse->depth++;
	return 1;
}

static int close_node(struct parse *parse)
{
	token_start(parse);
	parse->depth--;
	return 1;
}

static int on_null(void *context)
{
	add_node(context, JSON_NULL);
	return 1;
}

static int on_boolean(void *context, int value)
{
	add_node(context, JSON_BOOL)->text = value ? "true" : "false";
	return 1;
}

static int on_number(void *context, const char *text, size_t len)
{
	struct parse *parse = context;

	add_node(parse, JSON_NUMBER)->text = arena_strndup(parse->arena, text, len);
	return 1;
}

static int on_string(void *context, const unsigned char *text, size_t len)
{
	struct parse *parse = context;
	struct json *node = add_node(parse, JSON_STRING);

	node->text = take_text(parse, node->offset, text, len);
	return node->text != NULL;
}

static int on_key(void *context, const unsigned char *text, size_t len)
{
	struct parse *parse = context;

	parse->key_offset = token_start(parse);
	parse->key = take_text(parse, parse->key_offset, text, len);
	return parse->key != NULL;
}

static int on_object(void *context)
{
	return open_node(context, JSON_OBJECT);
}

static int on_array(void *context)
{
	return open_node(context, JSON_ARRAY);
}

static int on_array_end(void *context)
{
	return close_node(context);
}

static int compare_members(const void *a, const void *b)
{
	const struct json *one = *(const struct json *const *)a;
	const struct json *other = *(const struct json *const *)b;
	int order = strcmp(one->key, other->key);

	if (order == 0)
		order = one->offset < other->offset ? -1 : 1;
	return order;
}

/*
 * The first member whose name was there before, or NULL. Sorted, so that a huge object costs no
 * quadratic time.
 */
static const struct json *find_duplicate(const struct json *object, size_t count)
{
	const struct json **members = memory_new(count * sizeof(struct json *));
	const struct json *member, *found = NULL;
	size_t i = 0;

	for (member = object->first; member; member = member->next)
		members[i++] = member;
	qsort(members, count, sizeof(struct json *), compare_members);
	for (i = 1; i < count; i++) {
		if (strcmp(members[i - 1]->key, members[i]->key) == 0 &&
		    (!found || members[i]->offset < found->offset))
			found = members[i];
	}
	free(members);
	return found;
}

static int on_object_end(void *context)
{
	struct parse *parse = context;
	const struct json *found = find_duplicate(parse->open[parse->depth - 1].node,
						  parse->open[parse->depth - 1].count);

	if (found)
		return refuse(parse, found->key_offset,
			      "a second property of this name in one object");
	return close_node(parse);
}

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

/* Where yajl stands when it gives up, seen from the byte or word that is to blame. */
enum blame { AT_END, AT_WORD, AT_BYTE, BEHIND_BYTE };

/* yajl's sentences (yajl_parser.c, yajl_lex.c), to be found in its message, and ours. */
static const struct {
	const char *yajl;
	enum blame blame;
	const char *ours;
} sentences[] = {
	{ "premature EOF", AT_END, "the text ends too early" },
	{ "trailing garbage", AT_WORD, "something stands behind the end of the value" },
	{ "object key and value must", AT_WORD, "expected ':' behind the property name" },
	{ "after key and value", AT_WORD, "expected ',' or '}' behind the property" },
	{ "after array element", AT_WORD, "expected ',' or ']' behind the element" },
	{ "invalid object key", AT_WORD, "expected a property name in double quotes" },
	{ "unallowed token", AT_WORD, "expected a value" },
	{ "'\\' occurs before", AT_BYTE, "a backslash before a character that has no escape" },
	{ "invalid character inside string", AT_BYTE,
	  "a control character in a string, which must be escaped" },
	{ "invalid (non-hex)", AT_BYTE, "expected four hexadecimal digits behind '\\u'" },
	{ "invalid string in json", AT_BYTE,
	  "expected a value; words but true, false and null need double quotes" },
	{ "invalid char in json", BEHIND_BYTE, "a character that begins no value" },
	{ "after the decimal point", AT_BYTE, "expected a digit behind the decimal point" },
	{ "after the exponent", AT_BYTE, "expected a digit in the exponent" },
	{ "after the minus sign", AT_BYTE, "expected a digit behind '-'" },
	{ "comment found", BEHIND_BYTE, "comments are not part of JSON" },
};

static size_t error_offset(const struct parse *parse, enum blame blame)
{
	const char *bytes = parse->document->bytes;
	size_t consumed = yajl_get_bytes_consumed(parse->handle), start = parse->end;

	switch (blame) {
	case AT_END:
		return parse->document->len;
	case AT_BYTE:
		return consumed;
	case BEHIND_BYTE:
		return consumed ? consumed - 1 : 0;
	case AT_WORD:
		break;
	}
	/*
	 * The word that was one too many: behind the last good token, and behind a separator that
	 * was in order.
	 */
	start += strspn(bytes + start, " \t\r\n");
	while (start + 1 < consumed && strchr(" \t\r\n:,", bytes[start]))
		start++;
	return start;
}

static void reword(struct parse *parse)
{
	const char *bytes = parse->document->bytes;
	unsigned char *message = yajl_get_error(parse->handle, 0, (const unsigned char *)bytes,
						parse->document->len);
	const char *text = "no valid JSON";
	enum blame blame = AT_BYTE;
	size_t i;

	for (i = 0; i < COUNT(sentences); i++) {
		if (strstr((char *)message, sentences[i].yajl)) {
			text = sentences[i].ours;
			blame = sentences[i].blame;
			break;
		}
	}
	yajl_free_error(parse->handle, message);
	refuse(parse, error_offset(parse, blame), text);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_object_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_array_end,
};

/* yajl's own check takes overlong forms and surrogates (RFC 3629, 3). */
static bool is_utf8(struct parse *parse)
{
	const struct json_document *document = parse->document;
	size_t i = 0, len;

	while (i < document->len) {
		len = text_utf8_length(document->bytes + i);
		if (len == 0)
			return refuse(parse, i, "a byte that is not valid UTF-8");
		i += len;
	}
	return true;
}

int json_parse(struct json_document *document, const char *file, const char *bytes, size_t len,
	       struct arena *arena, struct error *err)
{
	yajl_alloc_funcs memory = { allocate, reallocate, release, NULL };
	struct parse parse = { .document = document, .arena = arena, .err = err };
	yajl_status status;

	*document = (struct json_document){ .file = arena_strdup(arena, file), .len = len };
	if (len > JSON_MAX_SIZE)
		return fail(err, ERROR_CONFIG, "%s: larger than 16 MiB", file);
	document->bytes = arena_strndup(arena, bytes, len);
	if (!is_utf8(&parse))
		return -1;
	parse.handle = yajl_alloc(&callbacks, &memory, &parse);
	/* In one piece: only then yajl_get_bytes_consumed counts from the start of the text. */
	status = yajl_parse(parse.handle, (const unsigned char *)document->bytes, len);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(parse.handle);
	if (status == yajl_status_error)
		reword(&parse);		/* and not when a callback has refused, and worded it */
	yajl_free(parse.handle);
	return status == yajl_status_ok ? 0 : -1;
}

int json_parse_fd(struct json_document *document, const char *file, int fd, struct arena *arena,
		  struct error *err)
{
	char *bytes;
	size_t len;
	int result;

	if (fd_read_whole(fd, JSON_MAX_SIZE, &bytes, &len, file, err) < 0) {
		if (err->number == EFBIG)
			return fail(err, ERROR_CONFIG, "%s: larger than 16 MiB", file);
		return -1;
	}
	result = json_parse(document, file, bytes, len, arena, err);
	free(bytes);
	return result;
}

const struct json *json_member(const struct json *node, const char *key)
{
	const struct json *member;

	if (!node || node->type != JSON_OBJECT)
		return NULL;
	for (member = node->first; member; member = member->next) {
		if (strcmp(member->key, key) == 0)
			return member;
	}
	return NULL;
}

const struct json *json_element(const struct json *node, size_t index)
{
	const struct json *element;

	if (!node || node->type != JSON_ARRAY)
		return NULL;
	for (element = node->first; element && index > 0; element = element->next)
		index--;
	return element;
}

const char *json_type_name(enum json_type type)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",	      [JSON_BOOL] = "true or false",
		[JSON_NUMBER] = "a number",   [JSON_STRING] = "a string",
		[JSON_ARRAY] = "an array",    [JSON_OBJECT] = "an object",
	};

	return names[type];
}

void json_position(const struct json_document *document, size_t offset, size_t *line,
		   size_t *column)
{
	size_t i;

	*line = 1;
	*column = 1;
	for (i = 0; i < offset && i < document->len; i++) {
		if (document->bytes[i] == '\n') {
			++*line;
			*column = 1;
		} else {
			++*column;
		}
	}
}
