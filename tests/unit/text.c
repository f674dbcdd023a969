#include "base/text.h"
#include "check.h"

static void grows(void)
{
	CLEANUP(text_finish) struct text text = { 0 };
	size_t i;

	CHECK_STRING(text_get(&text), "");
	text_add(&text, "");
	CHECK_STRING(text.at, "");
	for (i = 0; i < 1000; i++)
		text_printf(&text, "%zu,", i);
	CHECK(strncmp(text_get(&text), "0,1,2,", 6) == 0);
	CHECK(text_ends_with(text_get(&text), ",998,999,"));
	CHECK_NUMBER(text.len, strlen(text.at));
	text_add_bytes(&text, "ab\0cd", 5);
	CHECK_NUMBER(memcmp(text.at + text.len - 5, "ab\0cd", 6), 0);
	text_finish(&text);
	CHECK_STRING(text_get(&text), "");
}

static void reads_unsigned_numbers_strictly(void)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "-0", "0x10", "1e3", "1.0", "a", "1a",
					   "18446744073709551616", "99999999999999999999999" };
	uint64_t value = 5;
	uint32_t narrow = 5;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!text_to_u64(bad[i], &value));
	CHECK_NUMBER(value, 5);
	CHECK(text_to_u64("18446744073709551615", &value) && value == UINT64_MAX);
	CHECK(text_to_u64("007", &value) && value == 7);
	CHECK(text_to_u32("4294967295", &narrow) && narrow == UINT32_MAX);
	CHECK(!text_to_u32("4294967296", &narrow));
}

static void reads_signed_numbers_strictly(void)
{
	static const char *const bad[] = { "", "-", "--1", "+1", "- 1", "9223372036854775808",
					   "-9223372036854775809" };
	int64_t value = 5;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!text_to_i64(bad[i], &value));
	CHECK_NUMBER(value, 5);
	CHECK(text_to_i64("-9223372036854775808", &value) && value == INT64_MIN);
	CHECK(text_to_i64("9223372036854775807", &value) && value == INT64_MAX);
	CHECK(text_to_i64("-0", &value) && value == 0);
	CHECK(text_to_i64("-12", &value) && value == -12);
}

static void compares_beginnings_and_ends(void)
{
	CHECK(text_starts_with("CAP_CHOWN", "CAP_"));
	CHECK(!text_starts_with("CAP", "CAP_"));
	CHECK(text_ends_with("a.json", ".json"));
	CHECK(!text_ends_with("json", ".json"));
	CHECK(text_ends_with("x", ""));
}

static void measures_distance(void)
{
	CHECK_NUMBER(text_distance("abc", "abc", 3), 0);
	CHECK_NUMBER(text_distance("abc", "abd", 3), 1);
	CHECK_NUMBER(text_distance("abc", "acb", 3), 1);
	CHECK_NUMBER(text_distance("abc", "ab", 3), 1);
	CHECK_NUMBER(text_distance("", "abc", 3), 3);
	CHECK_NUMBER(text_distance("kitten", "sitting", 3), 3);
	CHECK_NUMBER(text_distance("kitten", "sitting", 2), 3);
	CHECK_NUMBER(text_distance("noNewPriviliges", "noNewPrivileges", 5), 1);
	CHECK_NUMBER(text_distance("a", "aaaaaaaaaaaaaaaaaa", 3), 4);
}

static void knows_utf8(void)
{
	CHECK_NUMBER(text_utf8_length("a"), 1);
	CHECK_NUMBER(text_utf8_length(""), 1);
	CHECK_NUMBER(text_utf8_length("\xc3\xa4"), 2);
	CHECK_NUMBER(text_utf8_length("\xe2\x82\xac"), 3);
	CHECK_NUMBER(text_utf8_length("\xf0\x9f\x98\x80"), 4);
	CHECK_NUMBER(text_utf8_length("\x80"), 0);
	CHECK_NUMBER(text_utf8_length("\xc3"), 0);
	CHECK_NUMBER(text_utf8_length("\xc0\x80"), 0);
	CHECK_NUMBER(text_utf8_length("\xe0\x80\x80"), 0);
	CHECK_NUMBER(text_utf8_length("\xed\xa0\x80"), 0);
	CHECK_NUMBER(text_utf8_length("\xf4\x90\x80\x80"), 0);
	CHECK_NUMBER(text_utf8_length("\xff"), 0);
}

int main(void)
{
	TEST(grows);
	TEST(reads_unsigned_numbers_strictly);
	TEST(reads_signed_numbers_strictly);
	TEST(compares_beginnings_and_ends);
	TEST(measures_distance);
	TEST(knows_utf8);
	return check_done();
}
