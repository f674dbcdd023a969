/* All that is printed out of the table: help, completion, and the table itself for tests. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmd/commands.h"
#include "cmd/table.h"

/* --------------------------------------------------------------------- help */

/* "-b, --bundle DIR" */
static void option_head(struct text *head, const struct command_option *option)
{
	if (option->letter)
		text_printf(head, "-%c, ", option->letter);
	else
		text_add(head, "    ");
	text_printf(head, "--%s", option->name);
	if (option->argument)
		text_printf(head, " %s", option->argument);
}

static void print_options(const struct command *command)
{
	const struct command_option *option;
	int width = 0;

	for (option = command_options; option->name; option++) {
		CLEANUP(text_finish) struct text head = { 0 };

		option_head(&head, option);
		if (option->state == SUPPORTED && option_is_for(option, command) &&
		    (int)head.len > width)
			width = (int)head.len;
	}
	puts("\nOptions:");
	for (option = command_options; option->name; option++) {
		CLEANUP(text_finish) struct text head = { 0 };

		if (option->state != SUPPORTED || !option_is_for(option, command))
			continue;
		option_head(&head, option);
		printf("  %-*s  %s\n", width, text_get(&head), option->help);
	}
}

static void print_about_hoy(void)
{
	const struct command *command;

	puts("hoy runs containers: an OCI runtime for Linux.\n\n"
	     "Usage: hoy [OPTION...] COMMAND [ARGUMENT...]\n\n"
	     "Commands:");
	for (command = commands; command->name; command++) {
		if (!command->hidden && !command->refused)
			printf("  %-8s  %s\n", command->name, command->summary);
	}
	print_options(NULL);
	puts("\n'hoy COMMAND --help' tells more of one command, hoy(8) of all.");
}

static void print_about_command(const struct command *command)
{
	printf("hoy %s: %s\n\nUsage: hoy [OPTION...] %s [OPTION...]%s%s\n", command->name,
	       command->summary, command->name, *command->operands ? " " : "", command->operands);
	if (command->description)
		printf("\n%s\n", command->description);
	print_options(command);
}

int cmd_help(struct options *options, int *status, struct arena *arena, struct error *err)
{
	const struct command *about = options->about;

	(void)status;
	(void)arena;
	if (!about && options->operands.len) {
		about = command_find(options->operands.at[0]);
		if (!about)
			return fail(err, ERROR_USAGE, "unknown command '%s'",
				    options->operands.at[0]);
		if (about->refused)
			return fail(err, ERROR_USAGE, "%s: not supported by this version of hoy",
				    about->name);
	}
	if (about)
		print_about_command(about);
	else
		print_about_hoy();
	return 0;
}

/* --------------------------------------------------------------- completion */

static void print_command_words(void)
{
	const struct command *command;

	for (command = commands; command->name; command++) {
		if (!command->hidden && !command->refused)
			printf("%s ", command->name);
	}
}

static void print_option_words(const struct command *command)
{
	const struct command_option *option;

	for (option = command_options; option->name; option++) {
		if (option->state != REFUSED && option_is_for(option, command))
			printf("--%s ", option->name);
	}
}

/* One `case` branch for each option of `command` that takes a value: what to offer for it. */
static void print_value_cases(const struct command *command)
{
	const struct command_option *option;

	for (option = command_options; option->name; option++) {
		const char *scope = command ? command->name : "";

		if (!option->argument || option->state == REFUSED ||
		    !option_is_for(option, command))
			continue;
		printf("\t%s:--%s", scope, option->name);
		if (option->letter)
			printf("|%s:-%c", scope, option->letter);
		if (option->choices) {
			CLEANUP(text_finish) struct text words = { 0 };
			char *at;

			text_add(&words, option->choices);
			while ((at = strchr(words.at, '|')))
				*at = ' ';
			printf(") offer='%s' ;;\n", words.at);
		} else if (strcmp(option->argument, "DIR") == 0) {
			puts(") kind=-d ;;");
		} else if (strcmp(option->argument, "FILE") == 0 ||
			   strcmp(option->argument, "SOCKET") == 0) {
			puts(") kind=-f ;;");
		} else {
			puts(") kind=none ;;");
		}
	}
}

/* One that is there already: create and run make a new one. */
static bool names_container(const struct command *command)
{
	return !command->hidden && !command->refused && text_starts_with(command->operands, "ID") &&
	       command->run != cmd_create && command->run != cmd_run;
}

static void print_bash(void)
{
	const struct command_option *option;
	const struct command *command;

	puts("# bash completion for hoy, printed by `hoy completion bash`\n"
	     "_hoy() {\n"
	     "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
	     "\tlocal scope='' kind='' offer='' root=() i\n"
	     "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	     "\t\tcase ${COMP_WORDS[i]} in\n"
	     "\t\t--root) root=(--root \"${COMP_WORDS[++i]}\") ;;");
	for (option = command_options; option->name; option++) {
		if (option->argument && option->commands == GLOBAL &&
		    strcmp(option->name, "root") != 0)
			printf("\t\t--%s) ((++i)) ;;\n", option->name);
	}
	puts("\t\t-*) ;;\n"
	     "\t\t*) scope=${COMP_WORDS[i]}; break ;;\n"
	     "\t\tesac\n"
	     "\tdone\n"
	     "\tcase $scope:$before in");
	print_value_cases(NULL);
	for (command = commands; command->name; command++) {
		if (!command->hidden && !command->refused)
			print_value_cases(command);
	}
	puts("\tesac\n"
	     "\tif [ \"$kind\" = none ]; then\n"
	     "\t\tCOMPREPLY=()\n"
	     "\t\treturn\n"
	     "\telif [ -n \"$kind\" ]; then\n"
	     "\t\tcompopt -o filenames 2> /dev/null\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen \"$kind\" -- \"$word\")\n"
	     "\t\treturn\n"
	     "\telif [ -z \"$offer\" ]; then\n"
	     "\t\tcase $scope in");
	printf("\t\t'') offer='");
	print_command_words();
	print_option_words(NULL);
	puts("' ;;");
	for (command = commands; command->name; command++) {
		if (command->hidden || command->refused)
			continue;
		printf("\t\t%s) offer='", command->name);
		if (command->run == cmd_help)
			print_command_words();
		print_option_words(command);
		puts("' ;;");
	}
	printf("\t\tesac\n"
	       "\t\tif [[ $word != -* && ' ");
	for (command = commands; command->name; command++) {
		if (names_container(command))
			printf("%s ", command->name);
	}
	puts("' == *\" $scope \"* ]]; then\n"
	     "\t\t\toffer=\"$offer $(hoy \"${root[@]}\" list -q 2> /dev/null)\"\n"
	     "\t\tfi\n"
	     "\tfi\n"
	     "\tmapfile -t COMPREPLY < <(compgen -W \"$offer\" -- \"$word\")\n"
	     "}\n"
	     "complete -F _hoy hoy");
}

/*
 * One option a line, tab between: command, option, letter, argument, state. For
 * tests/lint/manual.sh.
 */
static void print_table(void)
{
	static const char *const states[] = { "supported", "without-effect", "refused" };
	const struct command_option *option;
	const struct command *command = NULL;

	do {
		const char *name = command ? command->name : "-";

		if (command && command->refused) {
			printf("%s\t-\t-\t-\trefused\n", name);
			continue;
		}
		if (command && command->hidden)
			continue;
		for (option = command_options; option->name; option++) {
			if (option_is_for(option, command))
				printf("%s\t%s\t%c\t%s\t%s\n", name, option->name,
				       option->letter ? option->letter : '-',
				       option->argument ? option->argument : "-",
				       states[option->state]);
		}
	} while ((command = command ? command + 1 : commands)->name);
}

int cmd_completion(struct options *options, int *status, struct arena *arena, struct error *err)
{
	const char *what = options->operands.at[0];

	(void)status;
	(void)arena;
	if (strcmp(what, "bash") == 0)
		print_bash();
	else if (strcmp(what, "table") == 0)
		print_table();
	else
		return fail(err, ERROR_USAGE, "completion: '%s' is none of bash|table", what);
	return 0;
}
