/*
 * Tables that say which JSON property becomes which struct member. One table serves decoding,
 * encoding, the reference page, the fuzzer's dictionary and the comparison with the official
 * schema; hence a closed set of kinds, and no callbacks.
 *
 *	static const struct field rlimit_fields[] = {
 *		WORD(struct spec_rlimit, type, "type", REQUIRED, rlimit_words, "which limit"),
 *		U64(struct spec_rlimit, soft, "soft", REQUIRED, UINT64_MAX, "the limit in force"),
 *		U64(struct spec_rlimit, hard, "hard", REQUIRED, UINT64_MAX, "ceiling for soft"),
 *		END
 *	};
 *	DEFINE(rlimit, struct spec_rlimit, ORIGIN);
 *
 *	static const struct field process_fields[] = {
 *		OBJECT_LIST(struct spec_process, rlimits, "rlimits", OPTIONAL, rlimit, "limits"),
 *		...
 *
 * Every row is (struct type, its member, the JSON name, REQUIRED or OPTIONAL, what the kind needs,
 * a one-line description). A row whose member has another type than its kind wants does not
 * compile: "negative width in bit-field 'row_has_the_wrong_type'". Outside the tables these names
 * would be too short; include this file only where tables are.
 *
 * What "absent" is, in the struct:
 *	string			NULL
 *	struct opt_*		set == false
 *	bool, number, word	false, 0 (an OPTIONAL row over a plain member: not told from absent)
 *	list, map		at == NULL; one that is there but empty has at != NULL, len == 0
 *	struct x *		NULL
 *	struct x embedded	all its members absent; where one of its rows is REQUIRED, it is written all the same
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/words.h"
#include "json/json.h"
#include "json/optional.h"

enum field_kind {
	FIELD_END,
	FIELD_STRING,		/* const char * */
	FIELD_BOOL,		/* bool | struct opt_bool */
	FIELD_U32,		/* uint32_t | struct opt_u32 */
	FIELD_I32,		/* int32_t | struct opt_i32 */
	FIELD_U64,		/* uint64_t | struct opt_u64 */
	FIELD_I64,		/* int64_t | struct opt_i64 */
	FIELD_WORD,		/* uint64_t | struct opt_u64: a string, by a struct words */
	FIELD_OBJECT,		/* struct x | struct x * */
	FIELD_STRING_LIST,	/* LIST(const char *) */
	FIELD_U32_LIST,		/* LIST(uint32_t) */
	FIELD_WORD_LIST,	/* LIST(uint64_t); an unknown word is an error */
	FIELD_KNOWN_WORD_LIST,	/* LIST(uint64_t); an unknown word is a warning, and left out */
	FIELD_OBJECT_LIST,	/* LIST(struct x) */
	FIELD_STRING_MAP,	/* LIST(struct map_string) */
	FIELD_OBJECT_MAP,	/* LIST(struct x), whose first member is const char *key */
	FIELD_TREE,		/* const struct json *: any value, as it stands */
	FIELD_IGNORED,		/* no member: of another platform, read over without a word */
};

/* How the member holds its value. */
enum field_form { FORM_PLAIN, FORM_OPTIONAL, FORM_POINTER };

enum field_need { REQUIRED, OPTIONAL };

struct field {
	const char *key;
	enum field_kind kind;
	enum field_form form;
	enum field_need need;
	size_t offset;			/* of the member in its struct */
	int64_t min;			/* numbers: smallest ... */
	uint64_t max;			/* ... and largest value */
	const struct words *words;	/* words */
	const struct table *table;	/* objects */
	const char *description;	/* one line, no capital, no full stop */
};

#define TABLE_NO_ORIGIN SIZE_MAX

struct table {
	const char *name;		/* the struct's, for the reference page */
	const struct field *fields;	/* up to FIELD_END */
	size_t size;			/* of the struct */
	size_t origin;			/* offset of its `const char *origin`, or TABLE_NO_ORIGIN */
};

/* Scalars */
#define STRING(type, member, key_, need_, description_)					\
	{ .key = key_, .kind = FIELD_STRING, .form = FORM_PLAIN, .need = need_,		\
	  .offset = offsetof(type, member) +						\
		    ROW_CHECK(MEMBER_IS(type, member, const char *)),			\
	  .description = description_ }
#define BOOL(type, member, key_, need_, description_)					\
	ROW_SCALAR(type, member, key_, FIELD_BOOL, need_, bool, struct opt_bool,		\
		   0, 1, NULL, description_)
#define U32(type, member, key_, need_, max_, description_)				\
	ROW_SCALAR(type, member, key_, FIELD_U32, need_, uint32_t, struct opt_u32,	\
		   0, max_, NULL, description_)
#define I32(type, member, key_, need_, min_, max_, description_)				\
	ROW_SCALAR(type, member, key_, FIELD_I32, need_, int32_t, struct opt_i32,	\
		   min_, max_, NULL, description_)
#define U64(type, member, key_, need_, max_, description_)				\
	ROW_SCALAR(type, member, key_, FIELD_U64, need_, uint64_t, struct opt_u64,	\
		   0, max_, NULL, description_)
#define I64(type, member, key_, need_, min_, max_, description_)				\
	ROW_SCALAR(type, member, key_, FIELD_I64, need_, int64_t, struct opt_i64,	\
		   min_, max_, NULL, description_)

/* `words_` is a struct words, not its address. */
#define WORD(type, member, key_, need_, words_, description_)				\
	ROW_SCALAR(type, member, key_, FIELD_WORD, need_, uint64_t, struct opt_u64,	\
		   0, UINT64_MAX, &(words_), description_)

/* Lists and maps of scalars */
#define STRING_LIST(type, member, key_, need_, description_)				\
	ROW_LIST(type, member, key_, FIELD_STRING_LIST, need_, const char *,		\
		 0, NULL, NULL, description_)
#define U32_LIST(type, member, key_, need_, max_, description_)				\
	ROW_LIST(type, member, key_, FIELD_U32_LIST, need_, uint32_t,			\
		 max_, NULL, NULL, description_)
#define WORD_LIST(type, member, key_, need_, words_, description_)			\
	ROW_LIST(type, member, key_, FIELD_WORD_LIST, need_, uint64_t,			\
		 0, &(words_), NULL, description_)
#define KNOWN_WORD_LIST(type, member, key_, need_, words_, description_)			\
	ROW_LIST(type, member, key_, FIELD_KNOWN_WORD_LIST, need_, uint64_t,		\
		 0, &(words_), NULL, description_)
#define STRING_MAP(type, member, key_, need_, description_)				\
	ROW_LIST(type, member, key_, FIELD_STRING_MAP, need_, struct map_string,		\
		 0, NULL, NULL, description_)

/* Objects: `name` is that of a DEFINE or DECLARE. */
#define OBJECT(type, member, key_, need_, name, description_)				\
	{ .key = key_, .kind = FIELD_OBJECT, .need = need_,				\
	  .form = MEMBER_IS(type, member, TABLE_TYPE(name)) ? FORM_PLAIN : FORM_POINTER,	\
	  .offset = offsetof(type, member) +						\
		    ROW_CHECK(MEMBER_IS(type, member, TABLE_TYPE(name)) ||		\
			      MEMBER_IS(type, member, TABLE_TYPE(name) *) ||		\
			      MEMBER_IS(type, member, const TABLE_TYPE(name) *)),	\
	  .table = &name##_table, .description = description_ }
#define OBJECT_LIST(type, member, key_, need_, name, description_)			\
	ROW_LIST(type, member, key_, FIELD_OBJECT_LIST, need_, TABLE_TYPE(name),		\
		 0, NULL, &name##_table, description_)
#define OBJECT_MAP(type, member, key_, need_, name, description_)			\
	ROW_LIST(type, member, key_, FIELD_OBJECT_MAP, need_, TABLE_TYPE(name),		\
		 0 * ROW_CHECK(MEMBER_IS(TABLE_TYPE(name), key, const char *) &&		\
			       offsetof(TABLE_TYPE(name), key) == 0),			\
		 NULL, &name##_table, description_)

/* Rest */
#define TREE(type, member, key_, need_, description_)					\
	{ .key = key_, .kind = FIELD_TREE, .form = FORM_POINTER, .need = need_,		\
	  .offset = offsetof(type, member) +						\
		    ROW_CHECK(MEMBER_IS(type, member, const struct json *)),		\
	  .description = description_ }
#define IGNORED(key_, description_)							\
	{ .key = key_, .kind = FIELD_IGNORED, .need = OPTIONAL, .description = description_ }
#define END { .key = NULL, .kind = FIELD_END }

/*
 * Make `name`_table out of `name`_fields. The last argument is ORIGIN (the struct has a member
 * `const char *origin`, which becomes the JSON path of what was decoded) or NO_ORIGIN. DEFINE is
 * for tables of one file; a header makes a table known with DECLARE, and its file then has
 * DEFINE_PUBLIC.
 */
#define DECLARE(name, type)								\
	struct name##_table_type { type it; };						\
	extern const struct table name##_table
#define DEFINE_PUBLIC(name, type, how)							\
	const struct table name##_table = {						\
		#type, name##_fields, sizeof(type), ROW_##how(type)			\
	}
#define DEFINE(name, type, how)								\
	struct name##_table_type { type it; };						\
	static DEFINE_PUBLIC(name, type, how)

/* Private from here on. */
#define ROW_CHECK(condition)								\
	(0 * sizeof(struct { int row_has_the_wrong_type : (condition) ? 1 : -1; }))
#define MEMBER_IS(type, member, wanted)							\
	__builtin_types_compatible_p(__typeof__(((type *)0)->member), wanted)
#define TABLE_TYPE(name) __typeof__(((struct name##_table_type *)0)->it)
#define ROW_SCALAR(type, member, key_, kind_, need_, plain, optional, min_, max_, words_,	\
		   description_)								\
	{ .key = key_, .kind = kind_, .need = need_,					\
	  .form = MEMBER_IS(type, member, plain) ? FORM_PLAIN : FORM_OPTIONAL,		\
	  .offset = offsetof(type, member) +						\
		    ROW_CHECK(MEMBER_IS(type, member, plain) ||				\
			      MEMBER_IS(type, member, optional)),			\
	  .min = min_, .max = (uint64_t)(max_), .words = words_, .description = description_ }
#define ROW_LIST(type, member, key_, kind_, need_, element, max_, words_, table_,	\
		 description_)								\
	{ .key = key_, .kind = kind_, .form = FORM_PLAIN, .need = need_,			\
	  .offset = offsetof(type, member) +						\
		    ROW_CHECK(MEMBER_IS(type, member.at, element *)),			\
	  .max = max_, .words = words_, .table = table_, .description = description_ }
#define ROW_ORIGIN(type)									\
	(offsetof(type, origin) + ROW_CHECK(MEMBER_IS(type, origin, const char *)))
#define ROW_NO_ORIGIN(type) TABLE_NO_ORIGIN
