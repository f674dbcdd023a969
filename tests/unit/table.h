/* A table with one row of each kind, for the tests of decode and encode. */
#pragma once

#include <stdbool.h>

#include "json/table.h"

struct rlimit_part {
	const char *origin;
	uint64_t type;
	uint64_t soft;
};

struct user_part {
	uint32_t uid;
	struct opt_u32 umask;
	LIST(uint32_t) groups;
};

struct offset_part {
	const char *key;
	const char *origin;
	struct opt_i64 secs;
};

struct whole {
	const char *name;
	bool plain;
	struct opt_bool maybe;
	struct opt_u32 u32;
	struct opt_i32 i32;
	struct opt_u64 u64;
	struct opt_i64 i64;
	struct opt_u64 word;
	struct user_part user;
	struct user_part *other;
	LIST(const char *) args;
	LIST(uint64_t) flags;
	LIST(uint64_t) caps;
	LIST(struct rlimit_part) rlimits;
	LIST(struct map_string) sysctl;
	LIST(struct offset_part) offsets;
	const struct json *any;
};

static const struct words rlimit_words = {
	"limit", (const struct word[]){ { "RLIMIT_CPU", 0 }, { "RLIMIT_NOFILE", 7 }, { NULL, 0 } }
};

static const struct field rlimit_fields[] = {
	WORD(struct rlimit_part, type, "type", REQUIRED, rlimit_words, "which limit"),
	U64(struct rlimit_part, soft, "soft", REQUIRED, UINT64_MAX, "limit the kernel enforces"),
	END
};
DEFINE(rlimit, struct rlimit_part, ORIGIN);

static const struct field user_fields[] = {
	U32(struct user_part, uid, "uid", OPTIONAL, UINT32_MAX, "user ID"),
	U32(struct user_part, umask, "umask", OPTIONAL, 0777, "file mode creation mask"),
	U32_LIST(struct user_part, groups, "additionalGids", OPTIONAL, UINT32_MAX, "supplementary groups"),
	IGNORED("username", "Windows only"),
	END
};
DEFINE(user, struct user_part, NO_ORIGIN);

static const struct field offset_fields[] = {
	I64(struct offset_part, secs, "secs", OPTIONAL, INT64_MIN, INT64_MAX, "seconds"),
	END
};
DEFINE(offset, struct offset_part, ORIGIN);

static const struct field whole_fields[] = {
	STRING(struct whole, name, "name", REQUIRED, "a name | label"),
	BOOL(struct whole, plain, "plain", OPTIONAL, "a bool"),
	BOOL(struct whole, maybe, "maybe", OPTIONAL, "a bool that may be absent"),
	U32(struct whole, u32, "u32", OPTIONAL, 100, "a number"),
	I32(struct whole, i32, "i32", OPTIONAL, -1000, 1000, "a number"),
	U64(struct whole, u64, "u64", OPTIONAL, UINT64_MAX, "a number"),
	I64(struct whole, i64, "i64", OPTIONAL, INT64_MIN, INT64_MAX, "a number"),
	WORD(struct whole, word, "word", OPTIONAL, rlimit_words, "a word"),
	OBJECT(struct whole, user, "user", OPTIONAL, user, "embedded"),
	OBJECT(struct whole, other, "other", OPTIONAL, user, "by pointer"),
	STRING_LIST(struct whole, args, "args", OPTIONAL, "strings"),
	WORD_LIST(struct whole, flags, "flags", OPTIONAL, rlimit_words, "words"),
	KNOWN_WORD_LIST(struct whole, caps, "caps", OPTIONAL, rlimit_words, "words, unknown ones left out"),
	OBJECT_LIST(struct whole, rlimits, "rlimits", OPTIONAL, rlimit, "resource limits"),
	STRING_MAP(struct whole, sysctl, "sysctl", OPTIONAL, "kernel parameters"),
	OBJECT_MAP(struct whole, offsets, "timeOffsets", OPTIONAL, offset, "clocks"),
	TREE(struct whole, any, "any", OPTIONAL, "whatever"),
	IGNORED("solaris", "another platform"),
	END
};
DECLARE(whole, struct whole);
DEFINE_PUBLIC(whole, struct whole, NO_ORIGIN);
