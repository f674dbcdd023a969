/* One function a command, in a file of that name: options in, one call downwards, output out. */
#pragma once

#include "cmd/options.h"

/* The newest runtime-spec that hoy speaks. */
#define SPEC_VERSION "1.3.0"

#define COMMAND(name) \
	MUST_CHECK int cmd_##name(struct options *options, int *status, struct arena *arena, \
				  struct error *err)

COMMAND(create);
COMMAND(delete);
COMMAND(exec);
COMMAND(features);
COMMAND(kill);
COMMAND(list);
COMMAND(pause);
COMMAND(ps);
COMMAND(resume);
COMMAND(run);
COMMAND(spec);
COMMAND(start);
COMMAND(state);

/* Of hoy itself: help.c, options.c. */
COMMAND(completion);
COMMAND(help);
COMMAND(version);
