/* The rules of config.md. Those of config-linux.md are in check_linux.c and check_resources.c. */
#include "spec/check.h"

#include <linux/sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>

#include "base/text.h"
#include "spec/checker.h"
#include "spec/words.h"

/* Of the specification that the tables follow. */
#define SPEC_MAJOR 1
#define SPEC_MINOR 3

/* __NEW_UTS_LEN of the kernel: longer is EINVAL from sethostname(2) and setdomainname(2). */
#define MAX_HOST_NAME 64

/* ------------------------------------------------------------------ version */

/* A number of SemVer: digits, no leading zero. Moves *at behind it. */
static bool take_number(const char **at, uint64_t *value)
{
	size_t len = strspn(*at, "0123456789");
	char digits[20];

	if (len == 0 || len >= sizeof(digits) || (len > 1 && **at == '0'))
		return false;
	memcpy(digits, *at, len);
	digits[len] = '\0';
	*at += len;
	return text_to_u64(digits, value);
}

/*
 * Identifiers with dots between, up to `end` or the end of the text. Numbers of a pre-release have
 * no leading zero.
 */
static bool take_identifiers(const char **at, char end, bool is_prerelease)
{
	for (;; (*at)++) {
		const char *letters =
			"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";
		size_t len = strspn(*at, letters);

		if (len == 0 ||
		    (is_prerelease && len > 1 && **at == '0' && strspn(*at, "0123456789") == len))
			return false;
		*at += len;
		if (**at != '.')
			return **at == '\0' || **at == end;
	}
}

/* https://semver.org/spec/v2.0.0.html */
static bool parse_version(const char *at, uint64_t *major, uint64_t *minor)
{
	uint64_t patch;

	if (!take_number(&at, major) || *at++ != '.' || !take_number(&at, minor) || *at++ != '.' ||
	    !take_number(&at, &patch))
		return false;
	if (*at == '-' && (at++, !take_identifiers(&at, '+', true)))
		return false;
	if (*at == '+' && (at++, !take_identifiers(&at, '\0', false)))
		return false;
	return *at == '\0';
}

static void check_version(struct checker *check, const char *version)
{
	uint64_t major, minor;

	if (!version)
		return;
	if (!parse_version(version, &major, &minor))
		check_error(check, "ociVersion", "expected a version like \"1.3.0\", found %s",
			    check_shown(check, version));
	else if (major != SPEC_MAJOR)
		check_error(check, "ociVersion",
			    "expected a version 1.x of the specification, found %s",
			    check_shown(check, version));
	else if (minor > SPEC_MINOR)
		check_warning(
			check, "ociVersion",
			"hoy knows the specification up to 1.%d: what was added later is ignored",
			SPEC_MINOR);
}

/* ------------------------------------------------------------------ process */

static void check_env(struct checker *check, const char *const *env, size_t len, const char *path)
{
	size_t i;

	/* Without those that the decoder refused, the others are counted wrong. */
	if (check_is_broken(check, check_path(check, path, "env")))
		return;
	for (i = 0; i < len; i++)
		if (env[i][0] == '=' || !strchr(env[i], '='))
			check_error(check, check_path_element(check, path, "env", i),
				    "expected NAME=value, found %s", check_shown(check, env[i]));
}

/* The kernel checks soft against hard too, but only after the container was half made. */
static void check_rlimits(struct checker *check, const struct spec_process *process)
{
	uint64_t seen = 0;
	size_t i;

	for (i = 0; i < process->rlimits.len; i++) {
		const struct spec_rlimit *limit = &process->rlimits.at[i];

		if (check_is_broken(check, limit->origin))
			continue;
		if (seen & (UINT64_C(1) << limit->type))
			check_error(check, check_path(check, limit->origin, "type"),
				    "%s is there already", words_name(&rlimit_words, limit->type));
		seen |= UINT64_C(1) << limit->type;
		if (limit->soft > limit->hard)
			check_error(check, check_path(check, limit->origin, "soft"),
				    "%ju is above the hard limit of %ju", (uintmax_t)limit->soft,
				    (uintmax_t)limit->hard);
	}
}

/* A warning: the specification wants names that cannot be granted logged, and no failure. */
static void check_capability_set(struct checker *check, const char *const *names, size_t len,
				 const char *path, const char *set)
{
	const char *near;
	size_t i;

	if (check_is_broken(check, check_path(check, path, set)))
		return;
	for (i = 0; i < len; i++) {
		if (words_find(&capability_words, names[i]))
			continue;
		near = words_suggest(&capability_words, names[i]);
		check_warning(check, check_path_element(check, path, set, i),
			      "unknown capability %s, ignored%s%s%s", check_shown(check, names[i]),
			      near ? " (did you mean \"" : "", near ? near : "",
			      near ? "\"?)" : "");
	}
}

static void check_capabilities(struct checker *check, const struct spec_capabilities *sets,
			       const char *path)
{
	check_capability_set(check, sets->bounding.at, sets->bounding.len, path, "bounding");
	check_capability_set(check, sets->effective.at, sets->effective.len, path, "effective");
	check_capability_set(check, sets->inheritable.at, sets->inheritable.len, path,
			     "inheritable");
	check_capability_set(check, sets->permitted.at, sets->permitted.len, path, "permitted");
	check_capability_set(check, sets->ambient.at, sets->ambient.len, path, "ambient");
}

/*
 * The specification has consoleSize ignored where there is no terminal, even if it makes no sense.
 */
static void check_console_size(struct checker *check, const struct spec_process *process,
			       const char *path)
{
	const struct spec_console_size *size = process->console_size;

	if (!size || !process->terminal.value)
		return;
	path = check_path(check, path, "consoleSize");
	if (size->height > UINT16_MAX)
		check_error(check, check_path(check, path, "height"),
			    "%u is more than a terminal has (%d)", size->height, UINT16_MAX);
	if (size->width > UINT16_MAX)
		check_error(check, check_path(check, path, "width"),
			    "%u is more than a terminal has (%d)", size->width, UINT16_MAX);
}

static void check_affinity(struct checker *check, const struct spec_cpu_affinity *affinity,
			   const char *path)
{
	if (affinity->initial && *affinity->initial && !check_is_number_list(affinity->initial))
		check_error(check, check_path(check, path, "initial"),
			    "expected a list of CPUs like \"0-3,7\", found %s",
			    check_shown(check, affinity->initial));
	if (affinity->final && *affinity->final && !check_is_number_list(affinity->final))
		check_error(check, check_path(check, path, "final"),
			    "expected a list of CPUs like \"0-3,7\", found %s",
			    check_shown(check, affinity->final));
}

static void check_process(struct checker *check, const struct spec_process *process,
			  const char *path)
{
	if (process->cwd && process->cwd[0] != '/')
		check_error(check, check_path(check, path, "cwd"),
			    "expected an absolute path, found %s",
			    check_shown(check, process->cwd));
	if (process->args.len == 0)
		check_error(check, check_path(check, path, "args"),
			    "%s (at least the program is needed)",
			    process->args.at ? "empty" : "missing");
	check_env(check, process->env.at, process->env.len, path);
	check_rlimits(check, process);
	check_console_size(check, process, path);
	if (process->capabilities)
		check_capabilities(check, process->capabilities,
				   check_path(check, path, "capabilities"));
	if (process->exec_cpu_affinity)
		check_affinity(check, process->exec_cpu_affinity,
			       check_path(check, path, "execCPUAffinity"));
	check_unsupported_process(check, process, path);
}

/* ------------------------------------------------------------------- mounts */

static void check_mount(struct checker *check, const struct spec_mount *mount)
{
	bool is_bind = false, is_remount = false, is_propagation = false;
	size_t i;

	for (i = 0; i < mount->options.len; i++) {
		const char *name = mount->options.at[i];
		const struct mount_option *option = name ? mount_option_find(name) : NULL;

		if (!option)
			continue;
		is_bind |= option->kind == OPTION_BIND;
		is_remount |= option->kind == OPTION_REMOUNT;
		is_propagation |= option->kind == OPTION_PROPAGATION;
		if (option->kind == OPTION_COPY_UP && mount->type &&
		    strcmp(mount->type, "tmpfs") != 0)
			check_error(check, check_path_element(check, mount->origin, "options", i),
				    "\"tmpcopyup\" is for tmpfs, this is %s",
				    check_shown(check, mount->type));
	}
	if (mount->destination && !*mount->destination)
		check_error(check, check_path(check, mount->origin, "destination"),
			    "empty (where in the container)");
	else if (mount->destination && mount->destination[0] != '/')
		check_warning(check, check_path(check, mount->origin, "destination"),
			      "%s is relative, which is deprecated: taken as beneath \"/\"",
			      check_shown(check, mount->destination));
	if (is_bind && !is_remount && (!mount->source || !*mount->source))
		check_error(check, check_path(check, mount->origin, "source"),
			    "%s (a bind mount needs something to bind)",
			    mount->source ? "empty" : "missing");
	if (!is_bind && !is_remount && !is_propagation && (!mount->type || !*mount->type))
		check_error(check, check_path(check, mount->origin, "type"),
			    "%s (only bind mounts and remounts do without)",
			    mount->type ? "empty" : "missing");
}

/* -------------------------------------------------------------------- hooks */

static void check_hook_list(struct checker *check, const struct spec_hook *hooks, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		const struct spec_hook *hook = &hooks[i];

		if (hook->path && hook->path[0] != '/')
			check_error(check, check_path(check, hook->origin, "path"),
				    "expected an absolute path, found %s",
				    check_shown(check, hook->path));
		if (hook->timeout.set && hook->timeout.value <= 0)
			check_error(check, check_path(check, hook->origin, "timeout"),
				    "expected more than 0 seconds, found %jd",
				    (intmax_t)hook->timeout.value);
		check_env(check, hook->env.at, hook->env.len, hook->origin);
	}
}

static void check_hooks(struct checker *check, const struct spec_hooks *hooks)
{
	check_hook_list(check, hooks->prestart.at, hooks->prestart.len);
	check_hook_list(check, hooks->create_runtime.at, hooks->create_runtime.len);
	check_hook_list(check, hooks->create_container.at, hooks->create_container.len);
	check_hook_list(check, hooks->start_container.at, hooks->start_container.len);
	check_hook_list(check, hooks->poststart.at, hooks->poststart.len);
	check_hook_list(check, hooks->poststop.at, hooks->poststop.len);
}

/* ------------------------------------------------------------------- config */

static void check_host_name(struct checker *check, const char *name, const char *path)
{
	if (!name || !*name)
		return;
	if (strlen(name) > MAX_HOST_NAME)
		check_error(check, path, "longer than the kernel's %d bytes", MAX_HOST_NAME);
	if (!(check->namespaces & CLONE_NEWUTS) && !check_is_broken(check, "linux.namespaces"))
		check_error(check, path,
			    "needs \"uts\" among linux.namespaces: it would be the host's name");
}

static void note_namespaces(struct checker *check, const struct spec_linux *linux)
{
	size_t i;

	for (i = 0; i < linux->namespaces.len; i++) {
		const struct spec_namespace *namespace = &linux->namespaces.at[i];

		check->namespaces |= namespace->type;
		if (namespace->path && *namespace->path)
			check->joined |= namespace->type;
	}
}

void spec_check(const struct spec *spec, struct complaints *complaints)
{
	struct checker check;
	size_t i;

	check_init(&check, complaints);
	if (spec->linux)
		note_namespaces(&check, spec->linux);
	check_version(&check, spec->oci_version);
	if (!spec->root)
		check_error(&check, "root", "missing (the root filesystem)");
	else if (spec->root->path && !*spec->root->path)
		check_error(&check, "root.path", "empty (the root filesystem)");
	if (spec->process)
		check_process(&check, spec->process, "process");
	else
		check_error(&check, "process", "missing (what to run)");
	for (i = 0; i < spec->mounts.len; i++)
		check_mount(&check, &spec->mounts.at[i]);
	if (spec->hooks)
		check_hooks(&check, spec->hooks);
	check_host_name(&check, spec->hostname, "hostname");
	check_host_name(&check, spec->domainname, "domainname");
	for (i = 0; i < spec->annotations.len; i++)
		if (!*spec->annotations.at[i].key)
			check_error(&check, "annotations", "a key is empty");
	if (!(check.namespaces & CLONE_NEWNS) && !check_is_broken(&check, "linux.namespaces"))
		check_error(
			&check, "linux.namespaces",
			"no \"mount\" among them: the container's mounts would become the host's");
	if (spec->linux)
		check_linux(&check, spec);
	check_unsupported(&check, spec);
}

void spec_check_process(const struct spec_process *process, const char *path,
			struct complaints *complaints)
{
	struct checker check;

	check_init(&check, complaints);
	check_process(&check, process, path);
}

void spec_check_resources(const struct spec_resources *resources, const char *path,
			  struct complaints *complaints)
{
	struct checker check;

	check_init(&check, complaints);
	check_resources(&check, resources, path);
}
