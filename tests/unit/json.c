#include <stdlib.h>

#include "base/arena.h"
#include "json/complaints.h"
#include "json/json.h"
#include "json/write.h"
#include "check.h"

static struct arena arena;
static struct json_document document;

static const char *parse_bytes(const char *text, size_t len)
{
	static struct error err;

	return json_parse(&document, "f", text, len, &arena, &err) < 0 ? err.text : "fine";
}

static const char *parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

/* "line:column" of the value at a path. */
static const char *place(const char *path)
{
	const struct json *node = json_find(document.root, path);
	size_t line, column;

	if (!node)
		return "nowhere";
	json_position(&document, node->offset, &line, &column);
	return arena_printf(&arena, "%zu:%zu", line, column);
}

static void knows_where_each_value_stood(void)
{
	CHECK_STRING(parse("{\n"
			   "\t\"a\" : [ 1 , \"two\",{}, [ ] ,\n"
			   " null,true , -1.5e3],\n"
			   "\"b\":{\"x.y\":\"\\u00e4\", \"z\" : \"\"}, \"c\":0\n"
			   "}\n"), "fine");
	CHECK_STRING(place(""), "1:1");
	CHECK_STRING(place("a"), "2:8");
	CHECK_STRING(place("a[0]"), "2:10");
	CHECK_STRING(place("a[1]"), "2:14");
	CHECK_STRING(place("a[2]"), "2:20");
	CHECK_STRING(place("a[3]"), "2:24");
	CHECK_STRING(place("a[4]"), "3:2");
	CHECK_STRING(place("a[5]"), "3:7");
	CHECK_STRING(place("a[6]"), "3:14");
	CHECK_STRING(place("a[7]"), "nowhere");
	CHECK_STRING(place("b[\"x.y\"]"), "4:12");
	CHECK_STRING(place("b.z"), "4:28");
	CHECK_STRING(place("c"), "4:37");
	CHECK_STRING(place("c.d"), "nowhere");
	CHECK_STRING(place("b[0]"), "nowhere");
	CHECK_STRING(json_find(document.root, "a[6]")->text, "-1.5e3");
	CHECK_STRING(json_find(document.root, "b[\"x.y\"]")->text, "\xc3\xa4");
	CHECK_STRING(json_find(document.root, "b.z")->text, "");
	CHECK_NUMBER(json_find(document.root, "b.z")->key_offset + 6, json_find(document.root, "b.z")->offset);
	CHECK_NUMBER(json_find(document.root, "a[4]")->type, JSON_NULL);
	CHECK_STRING(json_find(document.root, "a[5]")->text, "true");
}

static void takes_any_value_as_document(void)
{
	CHECK_STRING(parse(" 12"), "fine");
	CHECK_STRING(document.root->text, "12");
	CHECK_NUMBER(document.root->offset, 1);
	CHECK_STRING(parse("\"x\""), "fine");
	CHECK_STRING(parse("[]"), "fine");
	CHECK_STRING(parse("null"), "fine");
}

static void says_in_one_line_what_is_no_json(void)
{
	static const struct { const char *text, *error; } cases[] = {
		{ "", "f:1:1: the text ends too early" },
		{ "  \n ", "f:2:2: the text ends too early" },
		{ "{\"a\":1", "f:1:7: the text ends too early" },
		{ "{\"a\":\n\"b", "f:2:3: the text ends too early" },
		{ "{} x", "f:1:4: something stands behind the end of the value" },
		{ "{}\n{}", "f:2:1: something stands behind the end of the value" },
		{ "1 2", "f:1:3: something stands behind the end of the value" },
		{ "{\"a\" 1}", "f:1:6: expected ':' behind the property name" },
		{ "{\"a\":1 \"b\":2}", "f:1:8: expected ',' or '}' behind the property" },
		{ "{\"a\":1]", "f:1:7: expected ',' or '}' behind the property" },
		{ "[1 22]", "f:1:4: expected ',' or ']' behind the element" },
		{ "[1}", "f:1:3: expected ',' or ']' behind the element" },
		{ "{a:1}", "f:1:2: a character that begins no value" },
		{ "{1:1}", "f:1:2: expected a property name in double quotes" },
		{ "{\"a\":1,}", "f:1:8: expected a property name in double quotes" },
		{ "[1,]", "f:1:4: expected a value" },
		{ "[1,,2]", "f:1:4: expected a value" },
		{ "{\"a\":}", "f:1:6: expected a value" },
		{ "[tru]", "f:1:5: expected a value; words but true, false and null need double quotes" },
		{ "['a']", "f:1:2: a character that begins no value" },
		{ "[\"a\tb\"]", "f:1:4: a control character in a string, which must be escaped" },
		{ "[\"a\\xb\"]", "f:1:5: a backslash before a character that has no escape" },
		{ "[\"\\u00g0\"]", "f:1:7: expected four hexadecimal digits behind '\\u'" },
		{ "[\"\xff\"]", "f:1:3: a byte that is not valid UTF-8" },
		{ "[\"\xc0\x80\"]", "f:1:3: a byte that is not valid UTF-8" },
		{ "[\"\xed\xa0\x80\"]", "f:1:3: a byte that is not valid UTF-8" },
		{ "[\"\\\\ud800\"]", "fine" },
		{ "[\"a\\ud800\"]", "f:1:2: a string with half of a surrogate pair" },
		{ "[\"\\ud800\\u0041\"]", "f:1:2: a string with half of a surrogate pair" },
		{ "[\"\\ud800\\ud800\"]", "f:1:2: a string with half of a surrogate pair" },
		{ "[1,\"\\udc00\"]", "f:1:4: a string with half of a surrogate pair" },
		{ "[\"\\ud83d\\ude00\\u0041\"]", "fine" },
		{ "[1.]", "f:1:4: expected a digit behind the decimal point" },
		{ "[1e]", "f:1:4: expected a digit in the exponent" },
		{ "[-]", "f:1:3: expected a digit behind '-'" },
		{ "[01]", "f:1:3: expected ',' or ']' behind the element" },
		{ "// x\n{}", "f:1:1: comments are not part of JSON" },
		{ "\xef\xbb\xbf{}", "f:1:1: a character that begins no value" },
		{ "{\"a\":1,\"b\":{\"c\":1,\n\"c\":2}}", "f:2:1: a second property of this name in one object" },
		{ "{\"a\":1,\"\\u0061\":1}", "f:1:8: a second property of this name in one object" },
		{ "[\"a\\u0000b\"]", "f:1:2: a string that contains NUL" },
		{ "{\"a\\u0000b\":1}", "f:1:2: a string that contains NUL" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		CHECK_STRING(parse(cases[i].text), cases[i].error);
	CHECK_STRING(parse_bytes("[1,\0 2]", 7), "f:1:4: a character that begins no value");
	CHECK_STRING(parse_bytes("{}\0", 3), "f:1:3: something stands behind the end of the value");
}

static void takes_64_levels(void)
{
	char text[200];

	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	text[130] = '\0';
	CHECK_STRING(parse(text), "f:1:65: nested more than 64 levels deep");
	text[129] = '\0';
	CHECK_STRING(parse(text + 1), "fine");
}

static void takes_16_mebibytes(void)
{
	const size_t limit = (size_t)16 * 1024 * 1024;
	struct arena large = { 0 };
	struct error err = { 0 };
	char *text = malloc(limit + 1);
	FILE *file = tmpfile();

	memset(text, ' ', limit + 1);
	memcpy(text, "{}", 2);
	CHECK_NUMBER(json_parse(&document, "f", text, limit, &large, &err), 0);
	CHECK_NUMBER(json_parse(&document, "f", text, limit + 1, &large, &err), -1);
	CHECK_STRING(err.text, "f: larger than 16 MiB");
	CHECK_NUMBER(fwrite(text, 1, limit + 1, file), limit + 1);
	rewind(file);
	CHECK_NUMBER(json_parse_fd(&document, "g", fileno(file), &large, &err), -1);
	CHECK_STRING(err.text, "g: larger than 16 MiB");
	CHECK_NUMBER(err.kind, ERROR_CONFIG);
	fclose(file);
	free(text);
	arena_finish(&large);
}

static void a_huge_object_takes_no_quadratic_time(void)
{
	struct arena large = { 0 };
	struct error err = { 0 };
	const size_t count = 300000;
	char *text = malloc(count * 16), *end = text;
	size_t i;

	for (i = 0; i < count; i++)
		end += snprintf(end, 16, "%c\"%zu\":1", i ? ',' : '{', i);
	*end++ = '}';
	CHECK_NUMBER(json_parse(&document, "f", text, (size_t)(end - text), &large, &err), 0);
	free(text);
	arena_finish(&large);
}

static void complaints_find_their_place(void)
{
	struct complaints complaints;
	struct error err = { 0 };

	CHECK_STRING(parse("{\n \"mounts\": [\n  {\"type\": 1},\n  {}\n ],\n \"s\": {\"a.b\": 1} }"), "fine");
	complaints_init(&complaints, &arena, &document);
	CHECK_NUMBER(complaints_to_error(&complaints, NULL, &err), 0);
	complaints_add(&complaints, COMPLAINT_ERROR, "s[\"a.b\"]", "late");
	complaints_add(&complaints, COMPLAINT_WARNING, "mounts[0].type", "minor");
	CHECK_NUMBER(complaints_error_count(&complaints), 1);
	complaints_add(&complaints, COMPLAINT_ERROR, "mounts[1].source", "missing");
	complaints_add(&complaints, COMPLAINT_ERROR, "linux.resources", "none %d", 1);
	complaints_add(&complaints, COMPLAINT_ERROR, "", "whole");
	CHECK_NUMBER(complaints_error_count(&complaints), 4);
	complaints_sort(&complaints);
	CHECK_STRING(complaint_line(&complaints, &complaints.list.at[2], NULL), "f:3:12: warning: mounts[0].type: minor");
	CHECK_NUMBER(complaints_to_error(&complaints, "config.json", &err), -1);
	CHECK_NUMBER(err.kind, ERROR_CONFIG);
	CHECK_STRING(err.text, "config.json:1:1: linux.resources: none 1; config.json:1:1: whole; "
			       "config.json:4:3: mounts[1].source: missing; config.json:6:15: s[\"a.b\"]: late");
}

static void many_complaints_are_counted(void)
{
	struct complaints complaints;
	struct error err = { 0 };
	int i;

	CHECK_STRING(parse("{}"), "fine");
	complaints_init(&complaints, &arena, &document);
	for (i = 0; i < 5000; i++)
		complaints_add(&complaints, COMPLAINT_WARNING, "w", "unknown");
	for (i = 0; i < 500; i++)
		complaints_add(&complaints, COMPLAINT_ERROR, "process.rlimits", "wrong number %d", i);
	CHECK_NUMBER(complaints_error_count(&complaints), 500);
	CHECK_NUMBER(complaints_to_error(&complaints, NULL, &err), -1);
	CHECK(strlen(err.text) < sizeof(err.text) - 1);
	CHECK(strncmp(err.text, "f:1:1: process.rlimits: wrong number 0; f:1:1: process.rlimits: wrong number 1; ", 80) == 0);
	CHECK_CONTAINS(err.text, " more)");
	CHECK(!strstr(err.text, "..."));
}

static void writes_what_it_read(void)
{
	static const char text[] = "{\"a\":[1,-2.5e10,\"\\\"\\\\/\\n\\u0001\xc3\xa4\",true,false,null,{},[]],\"\":{\"b\":18446744073709551615}}";
	CLEANUP(json_writer_destroy) struct json_writer *writer = json_writer_create(JSON_COMPACT);

	CHECK_STRING(parse(text), "fine");
	json_write_tree(writer, NULL, document.root);
	CHECK_STRING(json_written(writer), text);
}

static void indents_like_go(void)
{
	CLEANUP(json_writer_destroy) struct json_writer *writer = json_writer_create(JSON_INDENTED);

	json_write_begin(writer, NULL, JSON_OBJECT);
	json_write_string(writer, "id", "a/\"b\"");
	json_write_u64(writer, "big", UINT64_MAX);
	json_write_i64(writer, "small", INT64_MIN);
	json_write_bool(writer, "yes", true);
	json_write_null(writer, "none");
	json_write_string(writer, "null", NULL);
	json_write_begin(writer, "empty", JSON_OBJECT);
	json_write_end(writer);
	json_write_begin(writer, "list", JSON_ARRAY);
	json_write_string(writer, NULL, "x\xff");
	json_write_begin(writer, NULL, JSON_ARRAY);
	json_write_end(writer);
	json_write_begin(writer, NULL, JSON_OBJECT);
	json_write_u64(writer, "n", 0);
	json_write_end(writer);
	json_write_end(writer);
	json_write_end(writer);
	CHECK_STRING(json_written(writer),
		     "{\n"
		     "  \"id\": \"a/\\\"b\\\"\",\n"
		     "  \"big\": 18446744073709551615,\n"
		     "  \"small\": -9223372036854775808,\n"
		     "  \"yes\": true,\n"
		     "  \"none\": null,\n"
		     "  \"null\": null,\n"
		     "  \"empty\": {},\n"
		     "  \"list\": [\n"
		     "    \"x\xef\xbf\xbd\",\n"
		     "    [],\n"
		     "    {\n"
		     "      \"n\": 0\n"
		     "    }\n"
		     "  ]\n"
		     "}\n");
}

static void an_empty_document_can_be_written(void)
{
	CLEANUP(json_writer_destroy) struct json_writer *writer = json_writer_create(JSON_COMPACT);

	CHECK_STRING(json_written(writer), "");
	json_write_begin(writer, NULL, JSON_ARRAY);
	json_write_end(writer);
	CHECK_STRING(json_written(writer), "[]");
}

int main(void)
{
	TEST(knows_where_each_value_stood);
	TEST(takes_any_value_as_document);
	TEST(says_in_one_line_what_is_no_json);
	TEST(takes_64_levels);
	TEST(takes_16_mebibytes);
	TEST(a_huge_object_takes_no_quadratic_time);
	TEST(complaints_find_their_place);
	TEST(many_complaints_are_counted);
	TEST(writes_what_it_read);
	TEST(indents_like_go);
	TEST(an_empty_document_can_be_written);
	arena_finish(&arena);
	return check_done();
}
