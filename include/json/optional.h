/*
 * Values that may be absent, and maps, as JSON gives them. Absent stays absent: nothing here has a
 * default.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct opt_bool { bool set; bool value; };
struct opt_u32 { bool set; uint32_t value; };
struct opt_i32 { bool set; int32_t value; };
struct opt_u64 { bool set; uint64_t value; };
struct opt_i64 { bool set; int64_t value; };

/* One member of a map from string to string. */
struct map_string {
	const char *key;
	const char *value;
};
