#include "cmd/common.h"
#include "spec/load.h"

/* What create and run share: all that is decided before anything is made. */
struct making {
	struct spec spec;
	struct plan plan;
	struct host_create_options host;
};

static int prepare(const struct options *options, bool detached, struct making *making,
		   struct arena *arena, struct error *err)
{
	const struct spec_process *process;
	struct plan_facts facts;

	if (store_check_id(options->id, err) < 0 ||
	    spec_load(&making->spec, options->bundle ? options->bundle : ".", options->config,
		      arena, err) < 0)
		return -1;
	process = making->spec.process;
	if (cmd_check_terminal(process && process->terminal.value, detached,
			       options->console_socket, err) < 0 ||
	    cmd_read_facts(options, &facts, err) < 0)
		return -1;
	if (plan_build(&making->plan, &making->spec, &facts, arena, err) < 0)
		return -1;
	cmd_log_warnings(&making->plan);
	making->host = (struct host_create_options){
		.console_socket = options->console_socket,
		.pid_file = options->pid_file,
		.detach = detached,
		.keep = options->keep,
		.foreground = !detached,
	};
	return 0;
}

int cmd_create(struct options *options, int *status, struct arena *arena, struct error *err)
{
	CLEANUP(store_close) struct store store = { .fd = -1 };
	struct making making = { 0 };

	(void)status;
	if (prepare(options, true, &making, arena, err) < 0 ||
	    cmd_open_store(options, true, &store, arena, err) < 0)
		return -1;
	return host_create(&store, &making.spec, &making.plan, &making.host, arena, err);
}

int cmd_run(struct options *options, int *status, struct arena *arena, struct error *err)
{
	CLEANUP(store_close) struct store store = { .fd = -1 };
	struct making making = { 0 };

	if (prepare(options, options->detach, &making, arena, err) < 0 ||
	    cmd_open_store(options, true, &store, arena, err) < 0)
		return -1;
	return host_run(&store, &making.spec, &making.plan, &making.host, status, arena, err);
}
