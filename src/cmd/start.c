#include "cmd/common.h"

int cmd_start(struct options *options, int *status, struct arena *arena, struct error *err)
{
	CLEANUP(store_close) struct store store = { .fd = -1 };

	(void)status;
	if (cmd_open_store(options, false, &store, arena, err) < 0)
		return -1;
	return host_start(&store, options->id, plan_notify_socket(), arena, err);
}
