#include "json/decode.h"
#include "check.h"
#include "table.h"

static struct arena arena;
static struct complaints complaints;
static struct json_document document;

static void decode(struct whole *whole, const char *text)
{
	struct error err = { 0 };

	CHECK_NUMBER(json_parse(&document, "f", text, strlen(text), &arena, &err), 0);
	complaints_init(&complaints, &arena, &document);
	json_decode(document.root, &whole_table, whole, &arena, &complaints);
}

/* What there is to complain about, one a line. */
static const char *complain(const char *text)
{
	struct whole whole;
	const char *all = "";
	size_t i;

	decode(&whole, text);
	complaints_sort(&complaints);
	for (i = 0; i < complaints.list.len; i++)
		all = arena_printf(&arena, "%s%s%s", all, i ? "\n" : "",
				   complaint_line(&complaints, &complaints.list.at[i], NULL));
	return all;
}

static void fills_every_kind(void)
{
	struct whole whole;

	decode(&whole, "{\"name\":\"n\",\"plain\":true,\"maybe\":false,\"u32\":100,\"i32\":-1000,"
		       "\"u64\":18446744073709551615,\"i64\":-9223372036854775808,\"word\":\"RLIMIT_NOFILE\","
		       "\"user\":{\"uid\":4294967295,\"umask\":18,\"additionalGids\":[5,6,7],\"username\":[]},"
		       "\"other\":{},\"args\":[\"a\",\"\"],\"flags\":[\"RLIMIT_CPU\",\"RLIMIT_NOFILE\"],\"caps\":[],"
		       "\"rlimits\":[{\"type\":\"RLIMIT_CPU\",\"soft\":1},{\"type\":\"RLIMIT_NOFILE\",\"soft\":2}],"
		       "\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"},\"timeOffsets\":{\"boottime\":{\"secs\":-5}},"
		       "\"any\":{\"x\":[1]},\"solaris\":{\"y\":1}}");
	CHECK_NUMBER(complaints.list.len, 0);
	CHECK_STRING(whole.name, "n");
	CHECK(whole.plain);
	CHECK(whole.maybe.set && !whole.maybe.value);
	CHECK(whole.u32.set && whole.u32.value == 100);
	CHECK(whole.i32.set && whole.i32.value == -1000);
	CHECK(whole.u64.set && whole.u64.value == UINT64_MAX);
	CHECK(whole.i64.set && whole.i64.value == INT64_MIN);
	CHECK(whole.word.set && whole.word.value == 7);
	CHECK_NUMBER(whole.user.uid, UINT32_MAX);
	CHECK(whole.user.umask.set && whole.user.umask.value == 022);
	CHECK_NUMBER(whole.user.groups.len, 3);
	CHECK_NUMBER(whole.user.groups.at[2], 7);
	CHECK(whole.other && !whole.other->umask.set && !whole.other->groups.at);
	CHECK_NUMBER(whole.args.len, 2);
	CHECK_STRING(whole.args.at[1], "");
	CHECK_NUMBER(whole.flags.at[1], 7);
	CHECK(whole.caps.at && whole.caps.len == 0);
	CHECK_NUMBER(whole.rlimits.len, 2);
	CHECK_STRING(whole.rlimits.at[1].origin, "rlimits[1]");
	CHECK_NUMBER(whole.rlimits.at[1].soft, 2);
	CHECK_STRING(whole.sysctl.at[0].key, "net.ipv4.ip_forward");
	CHECK_STRING(whole.sysctl.at[0].value, "1");
	CHECK_STRING(whole.offsets.at[0].key, "boottime");
	CHECK_STRING(whole.offsets.at[0].origin, "timeOffsets[\"boottime\"]");
	CHECK_NUMBER(whole.offsets.at[0].secs.value, -5);
	CHECK_STRING(json_find(whole.any, "x[0]")->text, "1");
}

static void absent_stays_absent(void)
{
	static const struct whole empty;
	struct whole whole;

	decode(&whole, "{\"name\":\"n\",\"maybe\":null,\"user\":null,\"other\":null,\"args\":null,\"sysctl\":null,"
		       "\"u64\":null,\"word\":null,\"rlimits\":null,\"any\":null}");
	CHECK_NUMBER(complaints.list.len, 0);
	whole.name = NULL;
	CHECK(memcmp(&whole, &empty, sizeof(whole)) == 0);
}

static void a_decoded_list_can_grow(void)
{
	struct whole whole;
	size_t i;

	decode(&whole, "{\"name\":\"n\",\"args\":[\"a\",\"b\",\"c\"],\"caps\":[]}");
	for (i = 0; i < 100; i++) {
		*list_add(&arena, &whole.args) = "d";
		*list_add(&arena, &whole.caps) = 1;
	}
	CHECK_NUMBER(whole.args.len, 103);
	CHECK_STRING(whole.args.at[2], "c");
	CHECK_STRING(whole.args.at[102], "d");
}

static void tells_everything_that_is_wrong_at_once(void)
{
	CHECK_STRING(complain("{\"name\":1,\n\"plain\":\"yes\",\n\"maybe\":0,\n\"u32\":\"x\",\n\"i32\":1.5,\n"
			      "\"u64\":-1,\n\"i64\":99999999999999999999,\n\"word\":5,\n\"user\":[],\n"
			      "\"other\":{\"uid\":4294967296,\"umask\":512},\n\"args\":\"a\",\n\"sysctl\":[1],\n"
			      "\"rlimits\":[[],{\"soft\":null}]}"),
		     "f:1:9: name: expected a string, found 1\n"
		     "f:2:9: plain: expected true or false, found a string\n"
		     "f:3:9: maybe: expected true or false, found 0\n"
		     "f:4:7: u32: expected an unsigned integer, found a string\n"
		     "f:5:7: i32: expected an integer, found 1.5\n"
		     "f:6:7: u64: -1 is not between 0 and 18446744073709551615\n"
		     "f:7:7: i64: 99999999999999999999 is not between -9223372036854775808 and 9223372036854775807\n"
		     "f:8:8: word: expected a string, found 5\n"
		     "f:9:8: user: expected an object, found an array\n"
		     "f:10:16: other.uid: 4294967296 is not between 0 and 4294967295\n"
		     "f:10:35: other.umask: 512 is not between 0 and 511\n"
		     "f:11:8: args: expected an array, found a string\n"
		     "f:12:10: sysctl: expected an object, found an array\n"
		     "f:13:12: rlimits[0]: expected an object, found an array\n"
		     "f:13:15: rlimits[1].type: missing (which limit)\n"
		     "f:13:23: rlimits[1].soft: expected an unsigned integer, found null");
}

static void points_into_lists_and_maps(void)
{
	CHECK_STRING(complain("{\"name\":\"n\",\"args\":[\"a\",null],\"sysctl\":{\"net.ipv4\":1,\"a\\\"\\n\":{}},"
			      "\"timeOffsets\":{\"x\":{\"secs\":true}},\"user\":{\"additionalGids\":[-1]}}"),
		     "f:1:25: args[1]: expected a string, found null\n"
		     "f:1:52: sysctl[\"net.ipv4\"]: expected a string, found 1\n"
		     "f:1:62: sysctl[\"a\\\"\\u000a\"]: expected a string, found an object\n"
		     "f:1:93: timeOffsets[\"x\"].secs: expected an integer, found true\n"
		     "f:1:126: user.additionalGids[0]: -1 is not between 0 and 4294967295");
}

static void names_what_is_missing(void)
{
	CHECK_STRING(complain("{}"), "f:1:1: name: missing (a name | label)");
	CHECK_STRING(complain("[]"), "f:1:1: expected an object, found an array");
}

static void refuses_numbers_that_are_no_integers(void)
{
	CHECK_STRING(complain("{\"name\":\"\",\"u64\":1e3}"), "f:1:18: u64: expected an unsigned integer, found 1e3");
	CHECK_STRING(complain("{\"name\":\"\",\"u64\":1.0}"), "f:1:18: u64: expected an unsigned integer, found 1.0");
	CHECK_STRING(complain("{\"name\":\"\",\"u64\":-0}"), "");
	CHECK_STRING(complain("{\"name\":\"\",\"i32\":1001}"), "f:1:18: i32: 1001 is not between -1000 and 1000");
}

static void suggests_words_and_properties(void)
{
	CHECK_STRING(complain("{\"name\":\"\",\"word\":\"RLIMIT_NOFILES\",\"arg\":1,\"zzz\":{\"deep\":[1]},\n\"user\":{\"Uid\":1}}"),
		     "f:1:19: word: unknown value \"RLIMIT_NOFILES\" (did you mean \"RLIMIT_NOFILE\"?)\n"
		     "f:1:36: warning: arg: unknown property, ignored (did you mean \"args\"?)\n"
		     "f:1:44: warning: zzz: unknown property, ignored\n"
		     "f:2:9: warning: user.Uid: unknown property, ignored (did you mean \"uid\"?)");
	CHECK_STRING(complain("{\"name\":\"\",\"word\":\"x\"}"),
		     "f:1:19: word: unknown value \"x\" (expected \"RLIMIT_CPU\" or \"RLIMIT_NOFILE\")");
	CHECK_STRING(complain("{\"name\":\"\",\"flags\":[\"RLIMIT_CPU\",\"a\\nb\"]}"),
		     "f:1:34: flags[1]: unknown value \"a\\u000ab\" (expected \"RLIMIT_CPU\" or \"RLIMIT_NOFILE\")");
}

static void leaves_unknown_words_out_where_allowed(void)
{
	struct whole whole;

	decode(&whole, "{\"name\":\"\",\"caps\":[\"RLIMIT_CPU\",\"RLIMIT_NOFIL\",\"RLIMIT_NOFILE\"]}");
	CHECK_NUMBER(complaints_error_count(&complaints), 0);
	CHECK_NUMBER(complaints.list.len, 1);
	CHECK_STRING(complaint_line(&complaints, &complaints.list.at[0], "g"),
		     "g:1:33: warning: caps[1]: unknown value \"RLIMIT_NOFIL\", left out (did you mean \"RLIMIT_NOFILE\"?)");
	CHECK_NUMBER(whole.caps.len, 2);
	CHECK_NUMBER(whole.caps.at[1], 7);
}

static void stays_on_one_line_and_short(void)
{
	char text[5000] = "{\"name\":\"\",\"word\":\"";
	const char *complaint;
	size_t len = strlen(text);

	memset(text + len, 'y', 4000);
	memcpy(text + len + 4000, "\"}", 3);
	complaint = complain(text);
	CHECK(strlen(complaint) < 300);
	CHECK_CONTAINS(complaint, "yyy...\" (expected");
}

static void loads_in_one_go(void)
{
	struct error err = { 0 };
	struct whole whole;
	FILE *file = tmpfile();

	fputs("{\"name\":\"x\",\"unknown\":1}", file);
	rewind(file);
	CHECK_NUMBER(json_load(fileno(file), "record", &whole_table, &whole, &arena, &err), 0);
	CHECK_STRING(whole.name, "x");
	fputs(" ]", file);
	rewind(file);
	CHECK_NUMBER(json_load(fileno(file), "record", &whole_table, &whole, &arena, &err), -1);
	CHECK_STRING(err.text, "record:1:26: something stands behind the end of the value");
	fclose(file);
	file = tmpfile();
	fputs("{}", file);
	rewind(file);
	CHECK_NUMBER(json_load(fileno(file), "record", &whole_table, &whole, &arena, &err), -1);
	CHECK_STRING(err.text, "record:1:1: name: missing (a name | label)");
	fclose(file);
}

int main(void)
{
	TEST(fills_every_kind);
	TEST(absent_stays_absent);
	TEST(a_decoded_list_can_grow);
	TEST(tells_everything_that_is_wrong_at_once);
	TEST(points_into_lists_and_maps);
	TEST(names_what_is_missing);
	TEST(refuses_numbers_that_are_no_integers);
	TEST(suggests_words_and_properties);
	TEST(leaves_unknown_words_out_where_allowed);
	TEST(stays_on_one_line_and_short);
	TEST(loads_in_one_go);
	arena_finish(&arena);
	return check_done();
}
