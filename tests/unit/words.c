#include "base/words.h"
#include "check.h"

static const struct words namespaces = {
	"namespace", (const struct word[]){
		{ "pid", 1 }, { "network", 2 }, { "mount", 3 }, { "ipc", 4 }, { "uts", 5 }, { "user", 6 },
		{ "cgroup", 7 }, { "time", 8 }, { NULL, 0 } }
};

static const struct words limits = {
	"limit", (const struct word[]){
		{ "RLIMIT_CPU", 0 }, { "RLIMIT_NOFILE", 7 }, { "RLIMIT_NPROC", 6 }, { NULL, 0 } }
};

static void finds_both_ways(void)
{
	CHECK_NUMBER(words_find(&namespaces, "mount")->value, 3);
	CHECK(!words_find(&namespaces, "Mount"));
	CHECK(!words_find(&namespaces, ""));
	CHECK_STRING(words_name(&namespaces, 8), "time");
	CHECK_STRING(words_name(&namespaces, 99), NULL);
}

static void suggests_what_is_near(void)
{
	CHECK_STRING(words_suggest(&namespaces, "net"), "network");
	CHECK_STRING(words_suggest(&namespaces, "Mount"), "mount");
	CHECK_STRING(words_suggest(&namespaces, "moutn"), "mount");
	CHECK_STRING(words_suggest(&namespaces, "cgroups"), "cgroup");
	CHECK_STRING(words_suggest(&limits, "RLIMIT_NOFILES"), "RLIMIT_NOFILE");
	CHECK_STRING(words_suggest(&limits, "nofile"), "RLIMIT_NOFILE");
	CHECK_STRING(words_suggest(&limits, "rlimit_nproc"), "RLIMIT_NPROC");
}

static void suggests_nothing_where_nothing_is_near(void)
{
	CHECK_STRING(words_suggest(&namespaces, ""), NULL);
	CHECK_STRING(words_suggest(&namespaces, "x"), NULL);
	CHECK_STRING(words_suggest(&namespaces, "disk"), NULL);
	CHECK_STRING(words_suggest(&limits, "memory"), NULL);
}

int main(void)
{
	TEST(finds_both_ways);
	TEST(suggests_what_is_near);
	TEST(suggests_nothing_where_nothing_is_near);
	return check_done();
}
