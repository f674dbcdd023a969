#include <stdlib.h>

#include "json/decode.h"
#include "json/encode.h"
#include "json/explain.h"
#include "check.h"
#include "table.h"

static struct arena arena;

static const char *there_and_back(const char *text, enum json_style style)
{
	struct json_document document;
	struct complaints complaints;
	struct error err = { 0 };
	struct whole whole;

	CHECK_NUMBER(json_parse(&document, "f", text, strlen(text), &arena, &err), 0);
	complaints_init(&complaints, &arena, &document);
	json_decode(document.root, &whole_table, &whole, &arena, &complaints);
	CHECK_NUMBER(complaints_error_count(&complaints), 0);
	return json_encode_text(&arena, &whole_table, &whole, style);
}

static void gives_back_what_was_decoded(void)
{
	static const char *const texts[] = {
		"{\"name\":\"n\",\"plain\":true,\"maybe\":false,\"u32\":0,\"i32\":-1000,\"u64\":18446744073709551615,"
		"\"i64\":-9223372036854775808,\"word\":\"RLIMIT_CPU\",\"user\":{\"uid\":7,\"umask\":0,"
		"\"additionalGids\":[5,6]},\"other\":{},\"args\":[\"a/b\",\"\"],\"flags\":[\"RLIMIT_CPU\"],\"caps\":[],"
		"\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":0}],\"sysctl\":{\"a.b\":\"1\"},"
		"\"timeOffsets\":{\"boottime\":{\"secs\":-5},\"monotonic\":{}},\"any\":[1,{\"x\":null}]}",
		"{\"name\":\"\"}",
		"{\"name\":\"n\",\"args\":[],\"rlimits\":[],\"sysctl\":{},\"timeOffsets\":{}}",
	};
	size_t i;

	for (i = 0; i < COUNT(texts); i++)
		CHECK_STRING(there_and_back(texts[i], JSON_COMPACT), texts[i]);
}

static void leaves_out_what_is_absent(void)
{
	CHECK_STRING(there_and_back("{\"name\":\"n\",\"plain\":false,\"args\":null,\"user\":{},\"solaris\":{},\"unknown\":1}",
				    JSON_COMPACT), "{\"name\":\"n\"}");
}

static void indents(void)
{
	CHECK_STRING(there_and_back("{\"name\":\"n\",\"args\":[\"a\"],\"other\":{\"umask\":18}}", JSON_INDENTED),
		     "{\n  \"name\": \"n\",\n  \"other\": {\n    \"umask\": 18\n  },\n  \"args\": [\n    \"a\"\n  ]\n}\n");
}

static void becomes_part_of_a_larger_text(void)
{
	CLEANUP(json_writer_destroy) struct json_writer *writer = json_writer_create(JSON_COMPACT);
	struct rlimit_part limit = { .type = 7, .soft = 1 };

	json_write_begin(writer, NULL, JSON_OBJECT);
	json_encode(writer, "limit", &rlimit_table, &limit);
	json_write_bool(writer, "more", true);
	json_write_end(writer);
	CHECK_STRING(json_written(writer), "{\"limit\":{\"type\":\"RLIMIT_NOFILE\",\"soft\":1},\"more\":true}");
}

static const char *explain(void (*explainer)(const struct table *table, FILE *out))
{
	char *text = NULL;
	const char *copy;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	explainer(&whole_table, out);
	fclose(out);
	copy = arena_strdup(&arena, text);
	free(text);
	return copy;
}

static void writes_a_reference_page(void)
{
	const char *page = explain(explain_reference);

	CHECK(strstr(page, "| Property | Type | Required | Meaning |\n| --- |") == page);
	CHECK_CONTAINS(page, "| `name` | string | yes | a name \\| label |\n");
	CHECK_CONTAINS(page, "| `u32` | uint32, 0 to 100 | no | a number |\n");
	CHECK_CONTAINS(page, "| `i32` | int32, -1000 to 1000 | no | a number |\n");
	CHECK_CONTAINS(page, "| `user.umask` | uint32, 0 to 511 | no | file mode creation mask |\n");
	CHECK_CONTAINS(page, "| `rlimits[].type` | word | yes | which limit: `RLIMIT_CPU`, `RLIMIT_NOFILE` |\n");
	CHECK_CONTAINS(page, "| `timeOffsets[\"...\"].secs` | int64 | no | seconds |\n");
	CHECK_CONTAINS(page, "| `solaris` | ignored | no | another platform |\n");
}

static void writes_a_dictionary(void)
{
	const char *page = explain(explain_dictionary);
	const char *uid = strstr(page, "\"\\\"uid\\\"\"\n");

	CHECK_CONTAINS(page, "\"\\\"RLIMIT_CPU\\\"\"\n");
	CHECK(uid && !strstr(uid + 1, "\"\\\"uid\\\"\"\n"));
}

int main(void)
{
	TEST(gives_back_what_was_decoded);
	TEST(leaves_out_what_is_absent);
	TEST(indents);
	TEST(becomes_part_of_a_larger_text);
	TEST(writes_a_reference_page);
	TEST(writes_a_dictionary);
	arena_finish(&arena);
	return check_done();
}
