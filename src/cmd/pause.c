#include "cmd/common.h"

int cmd_pause(struct options *options, int *status, struct arena *arena, struct error *err)
{
	CLEANUP(store_close) struct store store = { .fd = -1 };

	(void)status;
	if (cmd_open_store(options, false, &store, arena, err) < 0)
		return -1;
	return host_pause(&store, options->id, arena, err);
}

int cmd_resume(struct options *options, int *status, struct arena *arena, struct error *err)
{
	CLEANUP(store_close) struct store store = { .fd = -1 };

	(void)status;
	if (cmd_open_store(options, false, &store, arena, err) < 0)
		return -1;
	return host_resume(&store, options->id, arena, err);
}
