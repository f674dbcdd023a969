/* The program: what it is called with, who it is, and what it may do. */
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <string.h>

#include "base/text.h"
#include "plan/builder.h"
#include "spec/words.h"

/*
 * What engines have come to rely on; the specification would leave the caller's (config.md, "user";
 * runc, crun).
 */
#define DEFAULT_UMASK 0022

/* ------------------------------------------------------------ environment */

static size_t name_len(const char *entry)
{
	return strcspn(entry, "=");
}

/* True when a later entry has the same name: the last one wins, as in a shell. */
static bool is_overridden(const struct spec_process *process, size_t index)
{
	const char *entry = process->env.at[index];
	size_t i, len = name_len(entry);

	for (i = index + 1; i < process->env.len; i++)
		if (name_len(process->env.at[i]) == len &&
		    strncmp(process->env.at[i], entry, len) == 0)
			return true;
	return false;
}

static void build_env(struct builder *b, const struct spec_process *process)
{
	struct plan_process *plan = &b->plan->process;
	/* The config's, two for descriptors passed on, one each for NOTIFY_SOCKET, HOME, the end. */
	const char **env = arena_array(b->arena, const char *, process->env.len + 5);
	const char *entry;
	size_t i;

	plan->find_home = true;
	for (i = 0; i < process->env.len; i++) {
		entry = process->env.at[i];
		if (is_overridden(process, i))
			continue;
		/* An empty HOME is as good as none. */
		if (strcmp(entry, "HOME=") == 0)
			continue;
		if (b->plan->notify_socket && text_starts_with(entry, "NOTIFY_SOCKET="))
			continue;
		if (text_starts_with(entry, "HOME="))
			plan->find_home = false;
		if (text_starts_with(entry, "PATH=") && entry[5])
			plan->search = entry + 5;
		env[plan->env_len++] = entry;
	}
	if (b->facts->listen_fds) {
		env[plan->env_len++] =
			arena_printf(b->arena, "LISTEN_FDS=%u", b->facts->listen_fds);
		/*
		 * sd_listen_fds(3) wants the receiver's own PID; where it is not 1, nobody knows it
		 * yet.
		 */
		if (b->plan->namespaces.create & CLONE_NEWPID)
			env[plan->env_len++] = "LISTEN_PID=1";
	}
	if (b->plan->notify_socket)
		env[plan->env_len++] = "NOTIFY_SOCKET=" NOTIFY_FOLDER "/notify.sock";
	plan->env = env;
}

/* --------------------------------------------------------------- identity */

static int build_groups(struct builder *b, const struct spec_process *process, const char *path)
{
	struct plan_process *plan = &b->plan->process;
	bool denied = b->plan->ids.deny_setgroups || b->facts->setgroups_denied;
	const char *property;
	size_t i;

	if (denied && process->user.additional_gids.len)
		return fail(b->err, ERROR_CONFIG,
			    "%s.user.additionalGids: an ordinary user cannot give groups"
			    " (user_namespaces(7), setgroups)",
			    path);
	for (i = 0; i < process->user.additional_gids.len; i++) {
		property = arena_printf(b->arena, "%s.user.additionalGids[%zu]", path, i);
		if (ids_require_gid(b, process->user.additional_gids.at[i], property) < 0)
			return -1;
		*list_add(b->arena, &plan->groups) = process->user.additional_gids.at[i];
	}
	/*
	 * In a joined user namespace of an ordinary user it may be denied too; then nothing is lost
	 * by not asking.
	 */
	plan->set_groups = plan->groups.len || (!denied && b->facts->euid == 0);
	return 0;
}

static int build_user(struct builder *b, const struct spec_process *process, const char *path)
{
	struct plan_process *plan = &b->plan->process;

	plan->uid = process->user.uid;
	plan->gid = process->user.gid;
	plan->umask = process->user.umask.set ? process->user.umask.value & 0777 : DEFAULT_UMASK;
	if (ids_require_uid(b, plan->uid, arena_printf(b->arena, "%s.user.uid", path)) < 0 ||
	    ids_require_gid(b, plan->gid, arena_printf(b->arena, "%s.user.gid", path)) < 0)
		return -1;
	return build_groups(b, process, path);
}

/* ----------------------------------------------------------- capabilities */

/*
 * What can be had at all. A new user namespace gives its first process everything
 * (user_namespaces(7)).
 */
static uint64_t available(const struct builder *b)
{
	uint64_t known = UINT64_MAX;

	if (b->facts->last_capability < 63)
		known = (UINT64_C(1) << (b->facts->last_capability + 1)) - 1;
	return b->plan->namespaces.user ? known : known & b->facts->caller_bounding;
}

static uint64_t read_set(const char *const *names, size_t len)
{
	const struct word *word;
	uint64_t set = 0;
	size_t i;

	/* Names that nobody knows were told of when the config was checked. */
	for (i = 0; i < len; i++) {
		word = words_find(&capability_words, names[i]);
		if (word)
			set |= UINT64_C(1) << word->value;
	}
	return set;
}

static void warn_of(struct builder *b, uint64_t lost, const char *path, const char *what,
		    const char *why)
{
	CLEANUP(text_finish) struct text names = { 0 };
	const char *name;
	uint64_t i;

	for (i = 0; i < 64; i++) {
		if (!(lost & (UINT64_C(1) << i)))
			continue;
		name = words_name(&capability_words, i);
		text_printf(&names, "%s%s", names.len ? ", " : "", name ? name : "?");
	}
	if (lost)
		warn(b, "%s.capabilities%s: %s cannot be granted: %s", path, what, text_get(&names),
		     why);
}

/*
 * Hold the sets against what the kernel demands of capset(2), since a refusal of one would cost
 * them all.
 */
static void build_capabilities(struct builder *b, const struct spec_capabilities *from,
			       const char *path)
{
	struct plan_capabilities *sets = &b->plan->process.capabilities;
	uint64_t have = available(b), lost;

	if (!from)
		return;
	sets->bounding = read_set(from->bounding.at, from->bounding.len);
	sets->permitted = read_set(from->permitted.at, from->permitted.len);
	sets->effective = read_set(from->effective.at, from->effective.len);
	sets->inheritable = read_set(from->inheritable.at, from->inheritable.len);
	sets->ambient = read_set(from->ambient.at, from->ambient.len);
	lost = (sets->bounding | sets->permitted | sets->effective | sets->inheritable |
		sets->ambient) &
	       ~have;
	warn_of(b, lost, path, "", b->plan->namespaces.user ? "this kernel does not know it" :
		"the caller's bounding set lacks it, or this kernel does not know it");
	sets->bounding &= have;
	sets->permitted &= have;
	sets->effective &= have;
	sets->inheritable &= have;
	sets->ambient &= have;
	warn_of(b, sets->effective & ~sets->permitted, path, ".effective", "not permitted");
	sets->effective &= sets->permitted;
	warn_of(b, sets->inheritable & ~sets->bounding, path, ".inheritable",
		"not in the bounding set");
	sets->inheritable &= sets->bounding;
	warn_of(b, sets->ambient & ~(sets->permitted & sets->inheritable), path, ".ambient",
		"not both permitted and inheritable");
	sets->ambient &= sets->permitted & sets->inheritable;
}

/* ----------------------------------------------------------------- the whole */

static const char *const *build_args(struct builder *b, const struct spec_process *process)
{
	const char **args = arena_array(b->arena, const char *, process->args.len + 1);
	size_t i;

	for (i = 0; i < process->args.len; i++)
		args[i] = process->args.at[i];
	return args;
}

static void build_rlimits(struct builder *b, const struct spec_process *process, const char *path)
{
	const struct spec_rlimit *from;
	struct plan_rlimit *limit;
	size_t i;

	for (i = 0; i < process->rlimits.len; i++) {
		from = &process->rlimits.at[i];
		limit = list_add(b->arena, &b->plan->process.rlimits);
		limit->origin = from->origin ? from->origin
					     : arena_printf(b->arena, "%s.rlimits[%zu]", path, i);
		limit->resource = (int)from->type;
		limit->soft = from->soft;
		limit->hard = from->hard;
	}
}

int build_process(struct builder *b, const struct spec_process *process, const char *path)
{
	struct plan_process *plan = &b->plan->process;

	if (!process || !process->args.len)
		return fail(b->err, ERROR_CONFIG, "%s%s: missing (what to run)", path,
			    process ? ".args" : "");
	plan->origin = path;
	plan->args = build_args(b, process);
	build_env(b, process);
	plan->cwd = process->cwd && *process->cwd ? process->cwd : "/";
	if (build_user(b, process, path) < 0)
		return -1;
	build_capabilities(b, process->capabilities, path);
	build_rlimits(b, process, path);
	plan->no_new_privileges = process->no_new_privileges.value;
	plan->set_oom_score_adj = process->oom_score_adj.set;
	plan->oom_score_adj = (int)process->oom_score_adj.value;
	plan->terminal = process->terminal.value;
	if (plan->terminal && process->console_size) {
		plan->rows = (unsigned short)process->console_size->height;
		plan->columns = (unsigned short)process->console_size->width;
	}
	plan->preserve_fds = b->facts->preserve_fds + b->facts->listen_fds;
	plan->new_keyring = !b->facts->no_new_keyring;
	return 0;
}
