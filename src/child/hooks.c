#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "child/steps.h"
#include "kernel/spawn.h"
#include "link/link.h"

static int run_hooks(struct child *child, enum plan_hook_kind kind, const char *name,
		     const char *status, struct error *err)
{
	const struct plan_hooks *hooks = &child->plan->hooks;
	CLEANUP(text_finish) struct text state = {0};
	size_t i;

	if (!hooks->of[kind].len)
		return 0;
	/* The PID as this namespace sees it (runtime.md, State): the hook runs in here. */
	text_printf(&state, "%s%s%s%d%s", hooks->before_status, status, hooks->before_pid,
		    (int)getpid(), hooks->after_pid);
	for (i = 0; i < hooks->of[kind].len; i++) {
		const struct plan_hook *hook = &hooks->of[kind].at[i];
		const struct spawn spawn = {
		    .path = hook->path,
		    .args = hook->args,
		    .env = hook->env,
		    .input = text_get(&state),
		    .folder = kind == HOOK_START_CONTAINER ? NULL : hooks->folder,
		    .timeout = hook->timeout,
		};

		if (spawn_run(&spawn, err) < 0)
			return wrap(err, "error running %s hook #%zu", name, i);
	}
	return 0;
}

int wait_for_hooks(struct child *child, struct error *err)
{
	const struct plan_hooks *hooks = &child->plan->hooks;

	if (!hooks->of[HOOK_PRESTART].len && !hooks->of[HOOK_CREATE_RUNTIME].len)
		return 0;
	if (link_send(child->link, LINK_MOUNTED, err) < 0)
		return -1;
	return link_expect(child->link, LINK_HOOKS_DONE, err);
}

int run_create_hooks(struct child *child, struct error *err)
{
	return run_hooks(child, HOOK_CREATE_CONTAINER, "createContainer", "creating", err);
}

int run_start_hooks(struct child *child, struct error *err)
{
	if (run_hooks(child, HOOK_START_CONTAINER, "startContainer", "created", err) == 0)
		return 0;
	child->hook_failed = true;
	return -1;
}
