/* hoy: parse the command line, call the command, print one error line. */
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "cmd/options.h"
#include "host/host.h"

static int open_log(const struct options *options, struct error *err)
{
	bool json = options->log_format && strcmp(options->log_format, "json") == 0;

	return log_open(options->log && *options->log ? options->log : NULL,
			json ? LOG_JSON : LOG_TEXT, options_want_debug(options), err);
}

/* A full disk behind standard output must not look like success. */
static int flush_output(struct error *err)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		return fail_errno(err, "write to standard output");
	return 0;
}

static int do_command(struct options *options, char *const *argv, int *status, struct arena *arena,
		      struct error *err)
{
	if (options->command->makes_processes && host_seal(argv, err) < 0)
		return -1;
	if (options->command->run(options, status, arena, err) < 0)
		return -1;
	return flush_output(err);
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct arena arena = { 0 };
	struct error error = { 0 }, log_failure = { 0 };
	int status = 0, result;

	result = fd_open_standard(&error);
	if (result == 0)
		result = options_parse(&options, argc, argv, &arena, &error);
	/* Before anything is opened that could take the number of a descriptor that is missing. */
	if (result == 0)
		result = options_check_descriptors(&options, &error);
	/* Even when the line is wrong: what went before the mistake may say where to tell it. */
	if (open_log(&options, &log_failure) < 0 && result == 0) {
		error = log_failure;
		result = -1;
	}
	if (result == 0)
		result = do_command(&options, argv, &status, &arena, &error);
	if (result < 0) {
		status = options_failure_status(&options);
		log_error(&error);
		options_hint(&options, &error);
	}
	log_finish();
	arena_finish(&arena);
	return status;
}
