#include "cmd/options.h"

#include <fcntl.h>
#include <unistd.h>

#include "check.h"

#define MAX_WORDS 16

static struct arena arena;
static struct options options;
static struct error err;

/* Split at blanks: "hoy" goes in front. */
static int parse(const char *line)
{
	char *rest = arena_strdup(&arena, line), *word;
	char **argv = arena_array(&arena, char *, MAX_WORDS + 2);
	int argc = 1;

	argv[0] = arena_strdup(&arena, "hoy");
	while (argc <= MAX_WORDS && (word = strsep(&rest, " "))) {
		if (*word)
			argv[argc++] = word;
	}
	options = (struct options){ 0 };
	err = (struct error){ 0 };
	return options_parse(&options, argc, argv, &arena, &err);
}

static void parses(const char *line)
{
	if (parse(line) == 0)
		return;
	CHECK_STRING(err.text, "");
}

static void refuses(const char *line, const char *text)
{
	CHECK_NUMBER(parse(line), -1);
	CHECK_NUMBER(err.kind, ERROR_USAGE);
	CHECK_CONTAINS(err.text, text);
	CHECK_NUMBER(options_failure_status(&options), 1);
}

static void options_and_operands_in_any_order(void)
{
	parses("create --bundle /b web");
	CHECK_STRING(options.command->name, "create");
	CHECK_STRING(options.bundle, "/b");
	CHECK_STRING(options.id, "web");
	parses("create web --bundle=/b --pid-file p --no-pivot");
	CHECK_STRING(options.bundle, "/b");
	CHECK_STRING(options.pid_file, "p");
	CHECK(options.no_pivot);
	CHECK_STRING(options.id, "web");
	parses("kill web --all KILL");
	CHECK(options.all);
	CHECK_STRING(options.operands.at[1], "KILL");
}

static void options_before_the_command(void)
{
	parses("--root /r --log /l --log-format json --debug list -q");
	CHECK_STRING(options.root, "/r");
	CHECK_STRING(options.log, "/l");
	CHECK_STRING(options.log_format, "json");
	CHECK(options_want_debug(&options));
	CHECK(options.quiet);
	parses("--log-level debug list");
	CHECK(options_want_debug(&options));
	refuses("list --root /r", "unknown option '--root'");
	refuses("--bundle /b create web", "unknown option '--bundle'");
}

static void one_dash_is_enough(void)
{
	parses("run -no-subreaper -bundle /b -pid-file=p web");
	CHECK_STRING(options.bundle, "/b");
	CHECK_STRING(options.pid_file, "p");
	parses("delete --f web");
	CHECK(options.force);
}

static void letters(void)
{
	parses("exec -td -u1:2 -e A=B -eC=D -e=E=F -c CAP_KILL web sh");
	CHECK(options.tty.set && options.tty.value && options.detach);
	CHECK_STRING(options.user, "1:2");
	CHECK_NUMBER(options.env.len, 3);
	CHECK_STRING(options.env.at[0], "A=B");
	CHECK_STRING(options.env.at[1], "C=D");
	CHECK_STRING(options.env.at[2], "E=F");
	CHECK_STRING(options.cap.at[0], "CAP_KILL");
	parses("exec -dp process.json web");
	CHECK(options.detach);
	CHECK_STRING(options.process, "process.json");
	refuses("exec -tx web sh", "unknown option '-tx'");
}

static void flags_take_a_value(void)
{
	parses("delete --force=false web");
	CHECK(!options.force);
	parses("delete --force=true web");
	CHECK(options.force);
	parses("exec --tty=false web sh");
	CHECK(options.tty.set && !options.tty.value);
	refuses("delete --force=maybe web", "'maybe' is neither true nor false");
}

static void the_command_of_exec_is_left_alone(void)
{
	parses("exec --cwd / web ls -l --all -- x");
	CHECK_NUMBER(options.operands.len, 6);
	CHECK_STRING(options.operands.at[2], "-l");
	CHECK_STRING(options.operands.at[4], "--");
	CHECK_STRING(options.id, "web");
	parses("exec web -- ls");
	CHECK_NUMBER(options.operands.len, 2);
	CHECK_STRING(options.operands.at[1], "ls");
	parses("exec web sh --help");
	CHECK_STRING(options.command->name, "exec");
	parses("ps --format json web -ef");
	CHECK_STRING(options.operands.at[1], "-ef");
}

static void two_dashes_end_the_options(void)
{
	parses("state -- -x");
	CHECK_STRING(options.id, "-x");
	parses("-- state web");
	CHECK_STRING(options.command->name, "state");
}

static void the_last_one_wins(void)
{
	parses("create -b /a -b /b web");
	CHECK_STRING(options.bundle, "/b");
}

static void numbers_and_choices(void)
{
	parses("run --preserve-fds 2 web");
	CHECK_NUMBER(options.preserve_fds, 2);
	refuses("run --preserve-fds -1 web", "--preserve-fds: '-1' is no number");
	refuses("run --preserve-fds 4294967296 web", "is no number");
	refuses("list --format yaml", "--format: 'yaml' is none of table|json");
	refuses("list --format tab", "'tab' is none of");
	refuses("--log-format xml list", "none of text|json");
	parses("--cgroup-manager disabled list");
	CHECK_STRING(options.cgroup_manager, "disabled");
	parses("--rootless auto list");
}

static void what_is_missing_is_named(void)
{
	refuses("create", "create: the container's ID is missing");
	refuses("create --bundle", "flag needs an argument: --bundle");
	refuses("create web extra", "create: unexpected 'extra'");
	refuses("list extra", "list: unexpected 'extra'");
	refuses("frobnicate", "unknown command 'frobnicate'");
	refuses("crate", "unknown command 'crate' (did you mean 'create'?)");
	refuses("create --bundel /b web", "unknown option '--bundel' (did you mean '--bundle'?)");
}

static void an_empty_id_is_refused(void)
{
	char hoy[] = "hoy", state[] = "state", empty[] = "";
	char *argv[] = { hoy, state, empty, NULL };

	options = (struct options){ 0 };
	CHECK_NUMBER(options_parse(&options, 3, argv, &arena, &err), -1);
	CHECK_CONTAINS(err.text, "ID is empty");
}

static void what_is_not_built_is_refused_by_name(void)
{
	refuses("--systemd-cgroup create web", "--systemd-cgroup is not supported by this version of hoy");
	refuses("-s create web", "--systemd-cgroup is not supported");
	parses("--systemd-cgroup=false create web");
	refuses("--cgroup-manager systemd create web", "--cgroup-manager=systemd is not supported by this version of hoy");
	refuses("create --pidfd-socket /s web", "--pidfd-socket is not supported");
	refuses("exec --apparmor p web sh", "--apparmor is not supported");
	refuses("exec --process-label l web sh", "--process-label is not supported");
	refuses("checkpoint --help", "checkpoint: not supported by this version of hoy");
	refuses("restore --lsm-mount-context", "restore: not supported by this version of hoy");
	refuses("update --resources=- web", "update: not supported");
	refuses("events --stats web", "events: not supported");
}

static void podmans_probe_gets_no_false_answer(void)
{
	CHECK_NUMBER(parse("restore --lsm-mount-context"), -1);
	CHECK(!strstr(err.text, "needs an argument") && !strstr(err.text, "requires an argument"));
}

static void help_and_version(void)
{
	parses("");
	CHECK_STRING(options.command->name, "help");
	CHECK(!options.about);
	parses("--help");
	CHECK_STRING(options.command->name, "help");
	parses("-h");
	CHECK_STRING(options.command->name, "help");
	parses("create --help");
	CHECK_STRING(options.about->name, "create");
	parses("exec -h");
	CHECK_STRING(options.about->name, "exec");
	parses("help create");
	CHECK_STRING(options.operands.at[0], "create");
	parses("--version");
	CHECK_STRING(options.command->name, "version");
	parses("-v");
	CHECK_STRING(options.command->name, "version");
}

static void exec_fails_with_255_once_it_is_understood(void)
{
	parses("exec web sh");
	CHECK_NUMBER(options_failure_status(&options), 255);
	parses("run web");
	CHECK_NUMBER(options_failure_status(&options), 1);
	CHECK_NUMBER(parse("exec --nonsense web sh"), -1);
	CHECK_NUMBER(options_failure_status(&options), 1);
}

static void missing_descriptors_are_noticed(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD, 3);

	if (fd != 3) {
		close(fd);
		SKIP("descriptor 3 is taken");
	}
	close(4);
	parses("run --preserve-fds 1 web");
	CHECK_NUMBER(options_check_descriptors(&options, &err), 0);
	parses("run --preserve-fds 2 web");
	CHECK_NUMBER(options_check_descriptors(&options, &err), -1);
	CHECK_CONTAINS(err.text, "descriptor 4 is not open: Bad file descriptor");
	close(fd);
}

int main(void)
{
	TEST(options_and_operands_in_any_order);
	TEST(options_before_the_command);
	TEST(one_dash_is_enough);
	TEST(letters);
	TEST(flags_take_a_value);
	TEST(the_command_of_exec_is_left_alone);
	TEST(two_dashes_end_the_options);
	TEST(the_last_one_wins);
	TEST(numbers_and_choices);
	TEST(what_is_missing_is_named);
	TEST(an_empty_id_is_refused);
	TEST(what_is_not_built_is_refused_by_name);
	TEST(podmans_probe_gets_no_false_answer);
	TEST(help_and_version);
	TEST(exec_fails_with_255_once_it_is_understood);
	TEST(missing_descriptors_are_noticed);
	arena_finish(&arena);
	return check_done();
}
