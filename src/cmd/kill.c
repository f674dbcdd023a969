#include <signal.h>
#include <string.h>

#include "cmd/common.h"
#include "spec/words.h"

int cmd_kill(struct options *options, int *status, struct arena *arena, struct error *err)
{
	CLEANUP(store_close) struct store store = { .fd = -1 };
	const char *name = options->operands.len > 1 ? options->operands.at[1] : "SIGTERM";
	/* 0 is no signal, but asks whether one could be sent (kill(2)). */
	int number = strcmp(name, "0") == 0 ? 0 : signal_parse(name);

	(void)status;
	if (number < 0) {
		const char *meant = words_suggest(&signal_words, name);

		if (meant)
			return fail(err, ERROR_USAGE, "unknown signal '%s' (did you mean '%s'?)",
				    name, meant);
		return fail(err, ERROR_USAGE, "unknown signal '%s'", name);
	}
	if (cmd_open_store(options, false, &store, arena, err) < 0)
		return -1;
	return host_kill(&store, options->id, number, options->all, arena, err);
}
