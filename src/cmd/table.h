/*
 * The rows of the one table of commands and options, for options.c (parsing) and help.c (everything
 * that is printed).
 */
#pragma once

#include "cmd/options.h"

/* Which commands an option belongs to, as a set of bits; 0 is "before the command". */
enum command_bit {
	GLOBAL = 0,
	IN_CREATE = 1 << 0,
	IN_RUN = 1 << 1,
	IN_EXEC = 1 << 2,
	IN_LIST = 1 << 3,
	IN_PS = 1 << 4,
	IN_KILL = 1 << 5,
	IN_DELETE = 1 << 6,
	IN_SPEC = 1 << 7,
	EVERYWHERE = -1,
};

/* What an option takes, which is also the type of its member in struct options. */
enum option_takes {
	TAKES_NOTHING,		/* bool */
	TAKES_OPTIONAL_BOOL,	/* struct opt_bool: absent is told from false */
	TAKES_TEXT,		/* const char * */
	TAKES_NUMBER,		/* uint32_t */
	TAKES_LIST,		/* LIST(const char *): may be given several times */
};

enum option_state {
	SUPPORTED,
	WITHOUT_EFFECT,		/* accepted because callers pass it; hoy needs no telling */
	REFUSED,		/* known, but not built yet: refused by name */
};

struct command_option {
	int commands;			/* of enum command_bit */
	const char *name;
	char letter;			/* or 0 */
	enum option_state state;
	enum option_takes takes;
	size_t offset;			/* of the member */
	const char *argument;		/* "DIR": what kind of value, for help and completion; NULL for flags */
	const char *choices;		/* "table|json": nothing else is taken; NULL: anything */
	const char *refused_choice;	/* one more value that is known, but refused */
	const char *help;		/* no capital, no full stop */
};

extern const struct command commands[];			/* ends with a NULL name */
extern const struct command_option command_options[];	/* ends with a NULL name */

/* NULL when there is none of that name. */
const struct command *command_find(const char *name);

/* Whether `option` may be given to `command` (NULL: before it). */
bool option_is_for(const struct command_option *option, const struct command *command);
