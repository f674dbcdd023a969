#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

static void make_room(struct text *text, size_t more)
{
	size_t wanted = text->len + more + 1;

	if (wanted <= text->room)
		return;
	text->room = wanted < 64 ? 64 : wanted + wanted / 2;
	text->at = memory_grow(text->at, text->room);
}

void text_add_bytes(struct text *text, const void *bytes, size_t len)
{
	make_room(text, len);
	if (len)
		memcpy(text->at + text->len, bytes, len);
	text->len += len;
	text->at[text->len] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return;
	make_room(text, (size_t)len);
	va_start(args, format);
	vsnprintf(text->at + text->len, (size_t)len + 1, format, args);
	va_end(args);
	text->len += (size_t)len;
}

const char *text_get(const struct text *text)
{
	return text->at ? text->at : "";
}

void text_finish(struct text *text)
{
	free(text->at);
	*text = (struct text){ 0 };
}

bool text_to_u64(const char *string, uint64_t *value)
{
	uint64_t result = 0;

	if (!*string)
		return false;
	for (; *string; string++) {
		uint64_t digit;

		if (*string < '0' || *string > '9')
			return false;
		digit = (uint64_t)(*string - '0');
		if (result > (UINT64_MAX - digit) / 10)
			return false;
		result = result * 10 + digit;
	}
	*value = result;
	return true;
}

bool text_to_i64(const char *string, int64_t *value)
{
	bool negative = *string == '-';
	uint64_t size;

	if (!text_to_u64(string + negative, &size))
		return false;
	if (size > (uint64_t)INT64_MAX + negative)
		return false;
	*value = negative ? (int64_t)(0 - size) : (int64_t)size;
	return true;
}

bool text_to_u32(const char *string, uint32_t *value)
{
	uint64_t wide;

	if (!text_to_u64(string, &wide) || wide > UINT32_MAX)
		return false;
	*value = (uint32_t)wide;
	return true;
}

bool text_starts_with(const char *string, const char *prefix)
{
	return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool text_ends_with(const char *string, const char *suffix)
{
	size_t len = strlen(string), end = strlen(suffix);

	return len >= end && strcmp(string + len - end, suffix) == 0;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

size_t text_distance(const char *a, const char *b, size_t limit)
{
	size_t rows[3][65], *before = rows[0], *above = rows[1], *now = rows[2], *swap;
	size_t a_len = strlen(a), b_len = strlen(b), i, j;

	/* Names are short; what is longer is no slip of the pen. */
	if (a_len > 64 || b_len > 64 || (a_len > b_len ? a_len - b_len : b_len - a_len) > limit)
		return strcmp(a, b) == 0 ? 0 : limit + 1;
	for (j = 0; j <= b_len; j++)
		above[j] = j;
	for (i = 1; i <= a_len; i++) {
		now[0] = i;
		for (j = 1; j <= b_len; j++) {
			now[j] = least(above[j] + 1, now[j - 1] + 1,
				       above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], now[j], before[j - 2] + 1);
		}
		swap = before;
		before = above;
		above = now;
		now = swap;
	}
	return above[b_len] > limit ? limit + 1 : above[b_len];
}

size_t text_utf8_length(const char *at)
{
	const unsigned char *byte = (const unsigned char *)at;
	size_t len, i;

	if (byte[0] < 0x80)
		return 1;
	if (byte[0] >= 0xc2 && byte[0] <= 0xdf)
		len = 2;
	else if (byte[0] >= 0xe0 && byte[0] <= 0xef)
		len = 3;
	else if (byte[0] >= 0xf0 && byte[0] <= 0xf4)
		len = 4;
	else
		return 0;
	for (i = 1; i < len; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Overlong forms, surrogates, and what lies above U+10FFFF (RFC 3629). */
	if ((byte[0] == 0xe0 && byte[1] < 0xa0) || (byte[0] == 0xed && byte[1] > 0x9f) ||
	    (byte[0] == 0xf0 && byte[1] < 0x90) || (byte[0] == 0xf4 && byte[1] > 0x8f))
		return 0;
	return len;
}
