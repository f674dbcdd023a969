#include <string.h>

#include "base/text.h"
#include "json/path.h"

#define EXCERPT_LENGTH 80

static void add_escaped(struct text *out, const char *text, size_t limit, bool quotes)
{
	size_t start = out->len, len;

	for (; *text; text += len) {
		len = text_utf8_length(text);
		len = len ? len : 1;
		if (out->len - start + len > limit) {
			text_add(out, "...");
			return;
		}
		if (quotes && (*text == '"' || *text == '\\'))
			text_printf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			text_printf(out, "\\u%04x", (unsigned int)*text);
		else
			text_add_bytes(out, text, len);
	}
}

const char *excerpt(const char *text, struct arena *arena)
{
	CLEANUP(text_finish) struct text out = { 0 };

	add_escaped(&out, text, EXCERPT_LENGTH, false);
	return arena_strdup(arena, text_get(&out));
}

static bool is_plain(const char *key)
{
	return *key && key[strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789_-")] == '\0';
}

static void spell(const struct frame *frame, struct text *out)
{
	if (!frame)
		return;
	spell(frame->up, out);
	if (!frame->key) {
		text_printf(out, "[%zu]", frame->index);
	} else if (frame->quoted || !is_plain(frame->key)) {
		text_add(out, "[\"");
		add_escaped(out, frame->key, 256, true);
		text_add(out, "\"]");
	} else {
		text_printf(out, "%s%s", out->len ? "." : "", frame->key);
	}
}

const char *frame_path(const struct frame *frame, struct arena *arena)
{
	CLEANUP(text_finish) struct text out = { 0 };

	spell(frame, &out);
	return arena_strdup(arena, text_get(&out));
}
