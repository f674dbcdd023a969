/* Hooks, and the state that each of them gets on its standard input (runtime.md, "State"). */
#include "base/text.h"
#include "plan/builder.h"

/* Of the state's form, not of the config. */
#define STATE_VERSION "1.3.0"

/* One JSON string with its quotes (RFC 8259, section 7). */
static void add_string(struct text *text, const char *string)
{
	const unsigned char *at;

	text_add(text, "\"");
	for (at = (const unsigned char *)string; *at; at++) {
		if (*at == '"' || *at == '\\')
			text_printf(text, "\\%c", *at);
		else if (*at < 0x20)
			text_printf(text, "\\u%04x", *at);
		else
			text_add_bytes(text, at, 1);
	}
	text_add(text, "\"");
}

static void add_state(struct plan_hooks *hooks, const struct spec *spec, const char *id,
		      struct arena *arena)
{
	CLEANUP(text_finish) struct text before = { 0 };
	CLEANUP(text_finish) struct text after = { 0 };
	size_t i;

	text_add(&before, "{\"ociVersion\":\"" STATE_VERSION "\",\"id\":");
	add_string(&before, id);
	text_add(&before, ",\"status\":\"");
	text_add(&after, ",\"bundle\":");
	add_string(&after, spec->bundle);
	for (i = 0; i < spec->annotations.len; i++) {
		text_add(&after, i ? "," : ",\"annotations\":{");
		add_string(&after, spec->annotations.at[i].key);
		text_add(&after, ":");
		add_string(&after, spec->annotations.at[i].value);
	}
	text_add(&after, spec->annotations.len ? "}}" : "}");
	hooks->before_status = arena_strdup(arena, text_get(&before));
	hooks->folder = spec->bundle;
	hooks->before_pid = "\",\"pid\":";
	hooks->after_pid = arena_strdup(arena, text_get(&after));
}

static const char *const *terminated(const char *const *at, size_t len, struct arena *arena)
{
	const char **copy = arena_array(arena, const char *, len + 1);
	size_t i;

	for (i = 0; i < len; i++)
		copy[i] = at[i];
	return copy;
}

static void add_hooks(struct plan_hooks *hooks, enum plan_hook_kind kind,
		      const struct spec_hook *from, size_t len, const struct plan_process *process,
		      struct arena *arena)
{
	struct plan_hook *hook;
	size_t i;

	for (i = 0; i < len; i++) {
		hook = list_add(arena, &hooks->of[kind]);
		hook->origin = from[i].origin;
		hook->path = from[i].path;
		if (from[i].args.len)
			hook->args = terminated(from[i].args.at, from[i].args.len, arena);
		else
			hook->args = terminated(&from[i].path, 1, arena);
		/*
		 * Inside the container, the program's environment stands in for a missing one, as
		 * with runc.
		 */
		if (from[i].env.len || kind != HOOK_START_CONTAINER || !process)
			hook->env = terminated(from[i].env.at, from[i].env.len, arena);
		else
			hook->env = process->env;
		hook->timeout = from[i].timeout.set ? from[i].timeout.value : 0;
	}
}

#define ADD(kind, member) add_hooks(hooks, kind, from->member.at, from->member.len, process, arena)

void build_hooks(struct plan_hooks *hooks, const struct spec *spec, const char *id,
		 const struct plan_process *process, struct arena *arena)
{
	const struct spec_hooks *from = spec->hooks;

	add_state(hooks, spec, id, arena);
	if (!from)
		return;
	ADD(HOOK_PRESTART, prestart);
	ADD(HOOK_CREATE_RUNTIME, create_runtime);
	ADD(HOOK_CREATE_CONTAINER, create_container);
	ADD(HOOK_START_CONTAINER, start_container);
	ADD(HOOK_POSTSTART, poststart);
	ADD(HOOK_POSTSTOP, poststop);
}
