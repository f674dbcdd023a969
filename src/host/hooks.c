#include "base/log.h"
#include "base/text.h"
#include "host/parts.h"
#include "kernel/spawn.h"
#include "plan/build.h"
#include "spec/load.h"

static const char *const names[HOOK_KINDS] = {
    [HOOK_PRESTART] = "prestart",
    [HOOK_CREATE_RUNTIME] = "createRuntime",
    [HOOK_CREATE_CONTAINER] = "createContainer",
    [HOOK_START_CONTAINER] = "startContainer",
    [HOOK_POSTSTART] = "poststart",
    [HOOK_POSTSTOP] = "poststop",
};

int hooks_run(const struct plan_hooks *hooks, enum plan_hook_kind kind, const char *status,
	      pid_t pid, bool keep_going, struct error *err)
{
	CLEANUP(text_finish) struct text state = {0};
	size_t i;

	if (!hooks->of[kind].len)
		return 0;
	text_printf(&state, "%s%s%s%d%s", hooks->before_status, status, hooks->before_pid, (int)pid,
		    hooks->after_pid);
	for (i = 0; i < hooks->of[kind].len; i++) {
		const struct plan_hook *hook = &hooks->of[kind].at[i];
		const struct spawn spawn = {
		    .path = hook->path,
		    .args = hook->args,
		    .env = hook->env,
		    .input = text_get(&state),
		    .folder = hooks->folder,
		    .timeout = hook->timeout,
		};

		if (spawn_run(&spawn, err) == 0)
			continue;
		/* The words are runc's, which people grep for. */
		wrap(err, "error running %s hook #%zu", names[kind], i);
		if (!keep_going)
			return -1;
		log_warning("%s", err->text);
	}
	return 0;
}

int hooks_load(const struct store_entry *entry, const struct record *record,
	       struct plan_hooks *hooks, struct arena *arena, struct error *err)
{
	struct spec spec = {0};
	const char *text;
	size_t len;

	if (store_read_file(entry, "config.json", &text, &len, arena, err) < 0 ||
	    spec_load_text(&spec, text, len, record->bundle, "config.json", arena, err) < 0)
		return -1;
	return plan_build_hooks(hooks, &spec, record->id, arena, err);
}
