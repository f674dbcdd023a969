/* The few compiler attributes and the one container shape that the whole tree uses. */
#pragma once

#include <stddef.h>

/* The result says whether it worked; ignoring it is a bug. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Call `function(&variable)` when the variable leaves its scope. */
#define CLEANUP(function) __attribute__((cleanup(function)))

#define PRINTF(format_, first) __attribute__((__format__(__printf__, format_, first)))

/* An array in an arena. Every LIST has this layout, whatever its element. */
#define LIST(type)             \
	struct {               \
		type *at;      \
		size_t len;    \
	}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
