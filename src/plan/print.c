/*
 * The plan as text: one line a thing, in the order in which it is done, for golden tests and
 * people. What is 0, false or absent is left out.
 */
#include <inttypes.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/text.h"
#include "plan/build.h"
#include "spec/words.h"

/* ------------------------------------------------------------------- pieces */

/* One value that may hold anything, in quotes where it would be misread. */
static void print_value(FILE *out, const char *value)
{
	const char *at;

	if (*value && !value[strcspn(value, " \t\n\"\\")]) {
		fputs(value, out);
		return;
	}
	fputc('"', out);
	for (at = value; *at; at++) {
		if (*at == '"' || *at == '\\')
			fprintf(out, "\\%c", *at);
		else if ((unsigned char)*at < 0x20)
			fprintf(out, "\\x%02x", (unsigned char)*at);
		else
			fputc(*at, out);
	}
	fputc('"', out);
}

static void print_line(FILE *out, const char *name, const char *value)
{
	if (!value)
		return;
	fprintf(out, "%s ", name);
	print_value(out, value);
	fputc('\n', out);
}

/* " (mounts[3])": where in config.json it comes from. */
static void print_origin(FILE *out, const char *origin)
{
	if (origin)
		fprintf(out, " (%s)", origin);
	fputc('\n', out);
}

/* " a,b" of the bits that are set; what has no name is a number. */
static void print_bits(FILE *out, const char *before, uint64_t bits, const struct words *words)
{
	const struct word *word;

	for (word = words->at; word->name && bits; word++) {
		if (!word->value || (bits & word->value) != word->value)
			continue;
		fprintf(out, "%s%s", before, word->name);
		before = ",";
		bits &= ~word->value;
	}
	if (bits)
		fprintf(out, "%s0x%" PRIx64, before, bits);
}

/* --------------------------------------------------------------- namespaces */

static void print_namespaces(FILE *out, const struct plan *plan)
{
	const struct plan_join *join;
	size_t i;

	if (plan->namespaces.create) {
		fputs("create", out);
		print_bits(out, " ", plan->namespaces.create, &namespace_words);
		fputc('\n', out);
	}
	for (i = 0; i < plan->namespaces.join.len; i++) {
		join = &plan->namespaces.join.at[i];
		fprintf(out, "join %s ", words_name(&namespace_words, (uint64_t)join->type));
		print_value(out, join->path);
		print_origin(out, join->origin);
	}
	if (plan->namespaces.user)
		fputs("in a user namespace\n", out);
	print_line(out, "uid_map", plan->ids.uid_map);
	print_line(out, "gid_map", plan->ids.gid_map);
	if (plan->ids.deny_setgroups)
		fputs("deny setgroups\n", out);
	if (plan->ids.use_helpers)
		fputs("map with newuidmap and newgidmap\n", out);
	if (plan->ids.root_uid || plan->ids.root_gid)
		fprintf(out, "root outside %jd:%jd\n", (intmax_t)(int32_t)plan->ids.root_uid,
			(intmax_t)(int32_t)plan->ids.root_gid);
}

/* ------------------------------------------------------------------- cgroup */

/* The few instructions that device_filter.c uses. */
static void print_instruction(FILE *out, size_t index, const struct bpf_insn *insn)
{
	static const char *const registers[] = { "answer", "question", "kind",
						 "access", "major",    "minor" };
	const char *name = insn->dst_reg < COUNT(registers) ? registers[insn->dst_reg] : "?";
	size_t target = index + 1 + (size_t)insn->off;
	uint32_t number = (uint32_t)insn->imm;

	fprintf(out, "  %zu: ", index);
	switch (insn->code) {
	case BPF_LDX | BPF_MEM | BPF_W:
		fprintf(out, "%s = question[%d]\n", name, insn->off);
		break;
	case BPF_ALU | BPF_AND | BPF_K:
		fprintf(out, "%s &= 0x%" PRIx32 "\n", name, number);
		break;
	case BPF_ALU | BPF_RSH | BPF_K:
		fprintf(out, "%s >>= %" PRIu32 "\n", name, number);
		break;
	case BPF_ALU | BPF_MOV | BPF_K:
		fprintf(out, "%s = %" PRIu32 "\n", name, number);
		break;
	case BPF_JMP32 | BPF_JEQ | BPF_K:
		fprintf(out, "if %s == %" PRIu32 " goto %zu\n", name, number, target);
		break;
	case BPF_JMP32 | BPF_JNE | BPF_K:
		fprintf(out, "if %s != %" PRIu32 " goto %zu\n", name, number, target);
		break;
	case BPF_JMP32 | BPF_JSET | BPF_K:
		fprintf(out, "if %s & 0x%" PRIx32 " goto %zu\n", name, number, target);
		break;
	case BPF_JMP | BPF_EXIT:
		fputs("exit\n", out);
		break;
	default:
		fprintf(out, "code 0x%x\n", insn->code);
	}
}

static void print_cgroup(FILE *out, const struct plan_cgroup *cgroup)
{
	const struct plan_limit *limit;
	size_t i;

	if (cgroup->manager == CGROUP_DISABLED) {
		fputs("cgroup none\n", out);
		return;
	}
	fprintf(out, "cgroup %s%s", cgroup->path ? cgroup->path : "of hoy's choice",
		cgroup->required ? ", required" : "");
	print_origin(out, cgroup->origin);
	for (i = 0; i < cgroup->limits.len; i++) {
		limit = &cgroup->limits.at[i];
		fprintf(out, "limit %s ", limit->file);
		print_value(out, limit->value);
		fprintf(out, "%s", limit->optional ? " if the file is there" : "");
		print_origin(out, limit->origin);
	}
	if (!cgroup->device_program.len)
		return;
	fprintf(out, "device program of %zu instructions", cgroup->device_program.len);
	print_origin(out, cgroup->device_origin);
	for (i = 0; i < cgroup->device_program.len; i++)
		print_instruction(out, i, &cgroup->device_program.at[i]);
}

/* ------------------------------------------------------------------- mounts */

static const struct words attribute_words = { "mount attribute", (const struct word[]){
	{ "ro", MOUNT_ATTR_RDONLY },
	{ "nosuid", MOUNT_ATTR_NOSUID },
	{ "nodev", MOUNT_ATTR_NODEV },
	{ "noexec", MOUNT_ATTR_NOEXEC },
	{ "access-time", MOUNT_ATTR__ATIME },
	{ "noatime", MOUNT_ATTR_NOATIME },
	{ "strictatime", MOUNT_ATTR_STRICTATIME },
	{ "nodiratime", MOUNT_ATTR_NODIRATIME },
	{ "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW },
	{ NULL, 0 },
} };

static const struct words superblock_words = { "filesystem flag", (const struct word[]){
	{ "ro", MS_RDONLY },
	{ "sync", MS_SYNCHRONOUS },
	{ "dirsync", MS_DIRSYNC },
	{ "lazytime", MS_LAZYTIME },
	{ "mand", MS_MANDLOCK },
	{ "iversion", MS_I_VERSION },
	{ "silent", MS_SILENT },
	{ NULL, 0 },
} };

static void print_propagation(FILE *out, const char *before, unsigned long flags)
{
	const char *name = words_name(&rootfs_propagation_words, flags);

	fprintf(out, "%s%s", before, name ? name : "?");
}

static void print_mount(FILE *out, const struct plan_mount *mount)
{
	static const char *const kinds[] = { "new", "bind", "remount", "cgroup" };
	size_t i;

	fprintf(out, "mount %s%s", mount->recursive ? "r" : "", kinds[mount->kind]);
	if (mount->type)
		fprintf(out, " %s", mount->type);
	if (mount->source) {
		fputc(' ', out);
		print_value(out, mount->source);
	}
	fputs(" on ", out);
	print_value(out, mount->target);
	print_bits(out, " set ", mount->set, &attribute_words);
	print_bits(out, " clear ", mount->clear, &attribute_words);
	print_bits(out, " set below ", mount->set_below, &attribute_words);
	print_bits(out, " clear below ", mount->clear_below, &attribute_words);
	print_bits(out, " filesystem ", mount->superblock, &superblock_words);
	for (i = 0; i < mount->propagation.len; i++)
		print_propagation(out, i ? "," : " propagation ", mount->propagation.at[i]);
	for (i = 0; i < mount->data.len; i++) {
		fputs(i ? "," : " data ", out);
		print_value(out, mount->data.at[i]);
	}
	fprintf(out, "%s%s%s", mount->copy_up ? ", copied up" : "",
		mount->late_readonly ? ", read-only late" : "",
		mount->fallback_bind ? ", by a bind of the host's" : "");
	print_origin(out, mount->origin);
}

static void print_root(FILE *out, const struct plan_root *root)
{
	if (!root->path)
		return;
	fputs("root ", out);
	print_value(out, root->path);
	fprintf(out, "%s%s", root->readonly ? ", read-only" : "",
		root->no_pivot ? ", without pivot_root" : "");
	print_propagation(out, ", outside ", root->outer_propagation);
	if (root->propagation)
		print_propagation(out, ", inside ", root->propagation);
	fputc('\n', out);
}

/* ------------------------------------------------------------------ devices */

static void print_devices(FILE *out, const struct plan *plan)
{
	const struct plan_device *device;
	size_t i;

	for (i = 0; i < plan->devices.len; i++) {
		device = &plan->devices.at[i];
		fprintf(out, "device %c ",
			S_ISCHR(device->mode)	? 'c'
			: S_ISBLK(device->mode) ? 'b'
						: 'p');
		print_value(out, device->path);
		if (!S_ISFIFO(device->mode))
			fprintf(out, " %u:%u", device->major, device->minor);
		fprintf(out, " %04o %u:%u", device->mode & 07777, device->uid, device->gid);
		if (device->bind)
			fprintf(out, ", a bind of %s", device->source);
		print_origin(out, device->origin);
	}
	for (i = 0; i < plan->links.len; i++)
		fprintf(out, "link %s to %s%s\n", plan->links.at[i].path, plan->links.at[i].to,
			plan->links.at[i].replace ? ", replacing what is there" : "");
}

/* -------------------------------------------------------------------- hooks */

static void print_strings(FILE *out, const char *name, const char *const *at)
{
	for (; at && *at; at++)
		print_line(out, name, *at);
}

static void print_hooks(FILE *out, const struct plan_hooks *hooks)
{
	static const char *const kinds[HOOK_KINDS] = { "prestart",	  "createRuntime",
						       "createContainer", "startContainer",
						       "poststart",	  "poststop" };
	const struct plan_hook *hook;
	bool any = false;
	size_t i, j;

	for (i = 0; i < HOOK_KINDS; i++) {
		for (j = 0; j < hooks->of[i].len; j++) {
			hook = &hooks->of[i].at[j];
			any = true;
			fprintf(out, "hook %s ", kinds[i]);
			print_value(out, hook->path);
			if (hook->timeout)
				fprintf(out, " within %" PRId64 " s", hook->timeout);
			print_origin(out, hook->origin);
			print_strings(out, "  arg", hook->args);
			print_strings(out, "  env", hook->env);
		}
	}
	if (any)
		fprintf(out, "hook state %sSTATUS%sPID%s\n", hooks->before_status,
			hooks->before_pid, hooks->after_pid);
}

/* ------------------------------------------------------------------ process */

static void print_capabilities(FILE *out, const char *set, uint64_t bits)
{
	const char *name;
	uint64_t i;

	if (!bits)
		return;
	fprintf(out, "capabilities %s", set);
	for (i = 0; i < 64; i++) {
		if (!(bits & (UINT64_C(1) << i)))
			continue;
		name = words_name(&capability_words, i);
		if (name)
			fprintf(out, " %s", name + strlen("CAP_"));
		else
			fprintf(out, " %" PRIu64, i);
	}
	fputc('\n', out);
}

static void print_limit(FILE *out, uint64_t value)
{
	if (value == UINT64_MAX)
		fputs(" unlimited", out);
	else
		fprintf(out, " %" PRIu64, value);
}

static void print_rlimits(FILE *out, const struct plan_process *process)
{
	const struct plan_rlimit *limit;
	size_t i;

	for (i = 0; i < process->rlimits.len; i++) {
		limit = &process->rlimits.at[i];
		fputs(words_name(&rlimit_words, (uint64_t)limit->resource), out);
		print_limit(out, limit->soft);
		print_limit(out, limit->hard);
		print_origin(out, limit->origin);
	}
}

static void print_user(FILE *out, const struct plan_process *process)
{
	size_t i;

	fprintf(out, "user %u:%u", process->uid, process->gid);
	if (process->set_groups)
		fputs(" groups", out);
	for (i = 0; i < process->groups.len; i++)
		fprintf(out, " %u", process->groups.at[i]);
	fprintf(out, "%s umask %04o\n", process->set_groups && !process->groups.len ? " none" : "",
		process->umask);
}

static void print_process(FILE *out, const struct plan_process *process)
{
	const struct plan_capabilities *sets = &process->capabilities;

	print_rlimits(out, process);
	if (process->set_oom_score_adj)
		fprintf(out, "oom_score_adj %d\n", process->oom_score_adj);
	if (process->new_keyring)
		fputs("keyring new\n", out);
	if (process->terminal)
		fprintf(out, "terminal %hux%hu\n", process->columns, process->rows);
	print_user(out, process);
	print_capabilities(out, "bounding", sets->bounding);
	print_capabilities(out, "effective", sets->effective);
	print_capabilities(out, "permitted", sets->permitted);
	print_capabilities(out, "inheritable", sets->inheritable);
	print_capabilities(out, "ambient", sets->ambient);
	if (process->no_new_privileges)
		fputs("no new privileges\n", out);
	print_line(out, "cwd", process->cwd);
	print_strings(out, "arg", process->args);
	print_strings(out, "env", process->env);
	if (process->find_home)
		fputs("env HOME from /etc/passwd\n", out);
	print_line(out, "search", process->search);
	if (process->preserve_fds)
		fprintf(out, "keep %u descriptors\n", process->preserve_fds);
}

/* FNV-1a: enough to see that a program has changed. */
static uint64_t sum(const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; len; len--)
		hash = (hash ^ *at++) * UINT64_C(1099511628211);
	return hash;
}

static void print_seccomp(FILE *out, const struct plan_seccomp *seccomp)
{
	if (!seccomp->program.len)
		return;
	fputs("seccomp", out);
	print_bits(out, " ", seccomp->flags, &seccomp_flag_words);
	fputc('\n', out);
	fprintf(out, "seccomp program of %zu instructions, sum %016" PRIx64 "\n",
		seccomp->program.len,
		sum(seccomp->program.at, seccomp->program.len * sizeof(*seccomp->program.at)));
}

void plan_print(const struct plan *plan, FILE *out)
{
	const struct plan_sysctl *sysctl;
	size_t i;

	print_line(out, "id", plan->id);
	print_line(out, "bundle", plan->bundle);
	if (plan->rootless)
		fputs("rootless\n", out);
	for (i = 0; i < plan->warnings.len; i++)
		print_line(out, "warning", plan->warnings.at[i]);
	print_namespaces(out, plan);
	print_cgroup(out, &plan->cgroup);
	print_root(out, &plan->root);
	for (i = 0; i < plan->mounts.len; i++)
		print_mount(out, &plan->mounts.at[i]);
	print_devices(out, plan);
	print_hooks(out, &plan->hooks);
	print_line(out, "hostname", plan->hostname);
	print_line(out, "domainname", plan->domainname);
	for (i = 0; i < plan->sysctls.len; i++) {
		sysctl = &plan->sysctls.at[i];
		fprintf(out, "sysctl %s ", sysctl->file);
		print_value(out, sysctl->value);
		print_origin(out, sysctl->origin);
	}
	for (i = 0; i < plan->masked.len; i++)
		print_line(out, "mask", plan->masked.at[i]);
	for (i = 0; i < plan->readonly.len; i++)
		print_line(out, "read-only", plan->readonly.at[i]);
	print_process(out, &plan->process);
	print_seccomp(out, &plan->seccomp);
	print_line(out, "notify", plan->notify_socket);
}
