#include <stdio.h>

#include "cmd/common.h"

int cmd_state(struct options *options, int *status, struct arena *arena, struct error *err)
{
	CLEANUP(store_close) struct store store = { .fd = -1 };
	CLEANUP(json_writer_destroy) struct json_writer *writer = NULL;
	enum host_status now;
	struct record record;

	(void)status;
	if (cmd_open_store(options, false, &store, arena, err) < 0 ||
	    host_look(&store, options->id, &record, &now, arena, err) < 0)
		return -1;
	writer = json_writer_create(JSON_INDENTED);
	cmd_write_state(writer, &record, now, arena);
	fputs(json_written(writer), stdout);
	return 0;
}
