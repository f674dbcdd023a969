#include "base/fd.h"
#include "host/create.h"
#include "host/parts.h"

/*
 * The poststart hooks, once the program runs; if one fails, the container is stopped and destroyed
 * (runtime.md, Lifecycle).
 */
static int finish_start(struct creation *creation, struct error *err)
{
	return hooks_run(&creation->launch.plan->hooks, HOOK_POSTSTART, "running",
			 creation->launch.pid, false, err);
}

/* Others may kill and delete it while we wait, and whoever interrupts us lets it run on. */
static void wait_until_ready(struct creation *creation)
{
	const struct launch *launch = &creation->launch;

	if (launch->notify < 0)
		return;
	store_entry_unlock(&creation->entry);
	attend_let_interrupts(true);
	notify_wait(launch->notify, launch->pidfd, launch->plan->notify_socket, launch->pid);
}

static int remove_it(struct creation *creation, struct error *err)
{
	const struct plan_hooks *hooks = &creation->launch.plan->hooks;

	return destroy(creation->store, &creation->entry, &creation->record, hooks, err);
}

int host_run(struct store *store, const struct spec *spec, struct plan *plan,
	     const struct host_create_options *options, int *status, struct arena *arena,
	     struct error *err)
{
	CLEANUP(creation_close) struct creation creation = CREATION_INIT(store, spec, plan, arena, true);

	*status = 0;
	if (options->foreground)
		attend_fit_window(&plan->process);
	if (creation_begin(&creation, options, err) < 0 || finish_start(&creation, err) < 0) {
		creation_undo(&creation, options);
		return -1;
	}
	if (!options->foreground) {
		wait_until_ready(&creation);
		return 0;
	}
	fd_close(&creation.launch.interrupts);
	/* Others may kill and delete it while we wait. */
	store_entry_unlock(&creation.entry);
	if (attend(&creation.launch, plan->process.terminal, status, err) < 0) {
		creation_undo(&creation, options);
		return -1;
	}
	creation.launch.pid = 0;
	if (options->keep)
		return 0;
	switch (store_entry_lock(&creation.entry, err)) {
	case 0:
		return remove_it(&creation, err);
	case 1: /* deleted by somebody else meanwhile */
		return 0;
	default:
		return -1;
	}
}
