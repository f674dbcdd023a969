#include "spec/words.h"

#include <ctype.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "base/attributes.h"
#include "base/text.h"

/* Newer than the oldest headers that hoy is built with; the numbers are the kernel's. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif
#ifndef AUDIT_ARCH_LOONGARCH64
#define AUDIT_ARCH_LOONGARCH64 (EM_LOONGARCH | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#endif

/* libseccomp's own: to the kernel, x32 is x86-64 with a bit set in the system call's number. */
#define ARCH_X32 (EM_X86_64 | __AUDIT_ARCH_LE)

/* In the kernel's list of policies, but implemented by none that Linus Torvalds has released. */
#define SCHED_ISO_RESERVED 4

/* linux/mempolicy.h got it as an enumerator (6.9), which no #ifdef can see. */
#define MPOL_WEIGHTED_INTERLEAVE_NUMBER 6

#define WORDS(name, what)                         \
	const struct words name##_words = { what, name##_list }

static const struct word namespace_list[] = {
	{ "pid", CLONE_NEWPID },
	{ "network", CLONE_NEWNET },
	{ "mount", CLONE_NEWNS },
	{ "ipc", CLONE_NEWIPC },
	{ "uts", CLONE_NEWUTS },
	{ "user", CLONE_NEWUSER },
	{ "cgroup", CLONE_NEWCGROUP },
	{ "time", CLONE_NEWTIME },
	{ NULL, 0 }
};
WORDS(namespace, "namespace");

#define CAPABILITY(name) { #name, name }
static const struct word capability_list[] = {
	CAPABILITY(CAP_CHOWN),
	CAPABILITY(CAP_DAC_OVERRIDE),
	CAPABILITY(CAP_DAC_READ_SEARCH),
	CAPABILITY(CAP_FOWNER),
	CAPABILITY(CAP_FSETID),
	CAPABILITY(CAP_KILL),
	CAPABILITY(CAP_SETGID),
	CAPABILITY(CAP_SETUID),
	CAPABILITY(CAP_SETPCAP),
	CAPABILITY(CAP_LINUX_IMMUTABLE),
	CAPABILITY(CAP_NET_BIND_SERVICE),
	CAPABILITY(CAP_NET_BROADCAST),
	CAPABILITY(CAP_NET_ADMIN),
	CAPABILITY(CAP_NET_RAW),
	CAPABILITY(CAP_IPC_LOCK),
	CAPABILITY(CAP_IPC_OWNER),
	CAPABILITY(CAP_SYS_MODULE),
	CAPABILITY(CAP_SYS_RAWIO),
	CAPABILITY(CAP_SYS_CHROOT),
	CAPABILITY(CAP_SYS_PTRACE),
	CAPABILITY(CAP_SYS_PACCT),
	CAPABILITY(CAP_SYS_ADMIN),
	CAPABILITY(CAP_SYS_BOOT),
	CAPABILITY(CAP_SYS_NICE),
	CAPABILITY(CAP_SYS_RESOURCE),
	CAPABILITY(CAP_SYS_TIME),
	CAPABILITY(CAP_SYS_TTY_CONFIG),
	CAPABILITY(CAP_MKNOD),
	CAPABILITY(CAP_LEASE),
	CAPABILITY(CAP_AUDIT_WRITE),
	CAPABILITY(CAP_AUDIT_CONTROL),
	CAPABILITY(CAP_SETFCAP),
	CAPABILITY(CAP_MAC_OVERRIDE),
	CAPABILITY(CAP_MAC_ADMIN),
	CAPABILITY(CAP_SYSLOG),
	CAPABILITY(CAP_WAKE_ALARM),
	CAPABILITY(CAP_BLOCK_SUSPEND),
	CAPABILITY(CAP_AUDIT_READ),
	CAPABILITY(CAP_PERFMON),
	CAPABILITY(CAP_BPF),
	CAPABILITY(CAP_CHECKPOINT_RESTORE),
	{ NULL, 0 }
};
WORDS(capability, "capability");

#define RLIMIT(name) { "RLIMIT_" #name, RLIMIT_##name }
static const struct word rlimit_list[] = {
	RLIMIT(AS),
	RLIMIT(CORE),
	RLIMIT(CPU),
	RLIMIT(DATA),
	RLIMIT(FSIZE),
	RLIMIT(LOCKS),
	RLIMIT(MEMLOCK),
	RLIMIT(MSGQUEUE),
	RLIMIT(NICE),
	RLIMIT(NOFILE),
	RLIMIT(NPROC),
	RLIMIT(RSS),
	RLIMIT(RTPRIO),
	RLIMIT(RTTIME),
	RLIMIT(SIGPENDING),
	RLIMIT(STACK),
	{ NULL, 0 }
};
WORDS(rlimit, "resource limit");

#define SIGNAL(name) { #name, name }
static const struct word signal_list[] = {
	SIGNAL(SIGHUP),
	SIGNAL(SIGINT),
	SIGNAL(SIGQUIT),
	SIGNAL(SIGILL),
	SIGNAL(SIGTRAP),
	SIGNAL(SIGABRT),
	SIGNAL(SIGIOT),
	SIGNAL(SIGBUS),
	SIGNAL(SIGFPE),
	SIGNAL(SIGKILL),
	SIGNAL(SIGUSR1),
	SIGNAL(SIGSEGV),
	SIGNAL(SIGUSR2),
	SIGNAL(SIGPIPE),
	SIGNAL(SIGALRM),
	SIGNAL(SIGTERM),
#ifdef SIGSTKFLT
	SIGNAL(SIGSTKFLT),
#endif
	SIGNAL(SIGCHLD),
	SIGNAL(SIGCLD),
	SIGNAL(SIGCONT),
	SIGNAL(SIGSTOP),
	SIGNAL(SIGTSTP),
	SIGNAL(SIGTTIN),
	SIGNAL(SIGTTOU),
	SIGNAL(SIGURG),
	SIGNAL(SIGXCPU),
	SIGNAL(SIGXFSZ),
	SIGNAL(SIGVTALRM),
	SIGNAL(SIGPROF),
	SIGNAL(SIGWINCH),
	SIGNAL(SIGIO),
	SIGNAL(SIGPOLL),
	SIGNAL(SIGPWR),
	SIGNAL(SIGSYS),
	{ NULL, 0 }
};
WORDS(signal, "signal");

static const struct word scheduler_policy_list[] = {
	{ "SCHED_OTHER", SCHED_NORMAL },
	{ "SCHED_FIFO", SCHED_FIFO },
	{ "SCHED_RR", SCHED_RR },
	{ "SCHED_BATCH", SCHED_BATCH },
	{ "SCHED_ISO", SCHED_ISO_RESERVED },
	{ "SCHED_IDLE", SCHED_IDLE },
	{ "SCHED_DEADLINE", SCHED_DEADLINE },
	{ NULL, 0 }
};
WORDS(scheduler_policy, "scheduling policy");

static const struct word scheduler_flag_list[] = {
	{ "SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK },
	{ "SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM },
	{ "SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN },
	{ "SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY },
	{ "SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX },
	{ NULL, 0 }
};
WORDS(scheduler_flag, "scheduling flag");

static const struct word io_priority_class_list[] = {
	{ "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT },
	{ "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE },
	{ NULL, 0 }
};
WORDS(io_priority_class, "I/O priority class");

static const struct word seccomp_action_list[] = {
	{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
	{ "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO },
	{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE },
	{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_LOG", SECCOMP_RET_LOG },
	{ "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF },
	{ NULL, 0 }
};
WORDS(seccomp_action, "seccomp action");

static const struct word seccomp_op_list[] = {
	{ "SCMP_CMP_NE", OP_NE },
	{ "SCMP_CMP_LT", OP_LT },
	{ "SCMP_CMP_LE", OP_LE },
	{ "SCMP_CMP_EQ", OP_EQ },
	{ "SCMP_CMP_GE", OP_GE },
	{ "SCMP_CMP_GT", OP_GT },
	{ "SCMP_CMP_MASKED_EQ", OP_MASKED_EQ },
	{ NULL, 0 }
};
WORDS(seccomp_op, "seccomp operator");

/* A bare "SH" is little-endian to libseccomp, and big-endian to the audit headers. */
static const struct word seccomp_arch_list[] = {
	{ "SCMP_ARCH_X86", AUDIT_ARCH_I386 },
	{ "SCMP_ARCH_X86_64", AUDIT_ARCH_X86_64 },
	{ "SCMP_ARCH_X32", ARCH_X32 },
	{ "SCMP_ARCH_ARM", AUDIT_ARCH_ARM },
	{ "SCMP_ARCH_AARCH64", AUDIT_ARCH_AARCH64 },
	{ "SCMP_ARCH_LOONGARCH64", AUDIT_ARCH_LOONGARCH64 },
	{ "SCMP_ARCH_M68K", AUDIT_ARCH_M68K },
	{ "SCMP_ARCH_MIPS", AUDIT_ARCH_MIPS },
	{ "SCMP_ARCH_MIPS64", AUDIT_ARCH_MIPS64 },
	{ "SCMP_ARCH_MIPS64N32", AUDIT_ARCH_MIPS64N32 },
	{ "SCMP_ARCH_MIPSEL", AUDIT_ARCH_MIPSEL },
	{ "SCMP_ARCH_MIPSEL64", AUDIT_ARCH_MIPSEL64 },
	{ "SCMP_ARCH_MIPSEL64N32", AUDIT_ARCH_MIPSEL64N32 },
	{ "SCMP_ARCH_PPC", AUDIT_ARCH_PPC },
	{ "SCMP_ARCH_PPC64", AUDIT_ARCH_PPC64 },
	{ "SCMP_ARCH_PPC64LE", AUDIT_ARCH_PPC64LE },
	{ "SCMP_ARCH_S390", AUDIT_ARCH_S390 },
	{ "SCMP_ARCH_S390X", AUDIT_ARCH_S390X },
	{ "SCMP_ARCH_SH", AUDIT_ARCH_SHEL },
	{ "SCMP_ARCH_SHEB", AUDIT_ARCH_SH },
	{ "SCMP_ARCH_PARISC", AUDIT_ARCH_PARISC },
	{ "SCMP_ARCH_PARISC64", AUDIT_ARCH_PARISC64 },
	{ "SCMP_ARCH_RISCV64", AUDIT_ARCH_RISCV64 },
	{ NULL, 0 }
};
WORDS(seccomp_arch, "architecture");

static const struct word seccomp_flag_list[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
	{ NULL, 0 }
};
WORDS(seccomp_flag, "seccomp flag");

/* The specification has the first four; Docker and runc's users write the recursive ones too. */
static const struct word rootfs_propagation_list[] = {
	{ "shared", MS_SHARED },
	{ "slave", MS_SLAVE },
	{ "private", MS_PRIVATE },
	{ "unbindable", MS_UNBINDABLE },
	{ "rshared", MS_SHARED | MS_REC },
	{ "rslave", MS_SLAVE | MS_REC },
	{ "rprivate", MS_PRIVATE | MS_REC },
	{ "runbindable", MS_UNBINDABLE | MS_REC },
	{ NULL, 0 }
};
WORDS(rootfs_propagation, "propagation");

static const struct word memory_policy_mode_list[] = {
	{ "MPOL_DEFAULT", MPOL_DEFAULT },
	{ "MPOL_BIND", MPOL_BIND },
	{ "MPOL_INTERLEAVE", MPOL_INTERLEAVE },
	{ "MPOL_WEIGHTED_INTERLEAVE", MPOL_WEIGHTED_INTERLEAVE_NUMBER },
	{ "MPOL_PREFERRED", MPOL_PREFERRED },
	{ "MPOL_PREFERRED_MANY", MPOL_PREFERRED_MANY },
	{ "MPOL_LOCAL", MPOL_LOCAL },
	{ NULL, 0 }
};
WORDS(memory_policy_mode, "memory policy");

static const struct word memory_policy_flag_list[] = {
	{ "MPOL_F_NUMA_BALANCING", MPOL_F_NUMA_BALANCING },
	{ "MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES },
	{ "MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES },
	{ NULL, 0 }
};
WORDS(memory_policy_flag, "memory policy flag");

static const struct word personality_list[] = {
	{ "LINUX", PER_LINUX },
	{ "LINUX32", PER_LINUX32 },
	{ NULL, 0 }
};
WORDS(personality, "execution domain");

/* ------------------------------------------------------------ mount options */

#define SETS(name, bits) { name, OPTION_FLAG, bits, 0 }
#define CLEARS(name, bits) { name, OPTION_FLAG, 0, bits }
#define SETS_BELOW(name, bits) { name, OPTION_RECURSIVE_FLAG, bits, 0 }
#define CLEARS_BELOW(name, bits) { name, OPTION_RECURSIVE_FLAG, 0, bits }

/*
 * How access times are kept is no bit but one number within a mask. mount_setattr(2) wants the
 * whole mask cleared whenever one of the numbers is set, so the words that choose one do both. Taking
 * strictatime or noatime back gives the kernel's default, which is relatime. Taking back relatime
 * itself names no other choice; as in mount(8), that leaves things as they are.
 */
#define ATIME(name, bits) { name, OPTION_FLAG, bits, MOUNT_ATTR__ATIME }
#define ATIME_BELOW(name, bits) { name, OPTION_RECURSIVE_FLAG, bits, MOUNT_ATTR__ATIME }

const struct mount_option mount_options[] = {
	SETS("ro", MOUNT_ATTR_RDONLY),
	CLEARS("rw", MOUNT_ATTR_RDONLY),
	SETS("nosuid", MOUNT_ATTR_NOSUID),
	CLEARS("suid", MOUNT_ATTR_NOSUID),
	SETS("nodev", MOUNT_ATTR_NODEV),
	CLEARS("dev", MOUNT_ATTR_NODEV),
	SETS("noexec", MOUNT_ATTR_NOEXEC),
	CLEARS("exec", MOUNT_ATTR_NOEXEC),
	SETS("nosymfollow", MOUNT_ATTR_NOSYMFOLLOW),
	CLEARS("symfollow", MOUNT_ATTR_NOSYMFOLLOW),
	SETS("nodiratime", MOUNT_ATTR_NODIRATIME),
	CLEARS("diratime", MOUNT_ATTR_NODIRATIME),
	ATIME("noatime", MOUNT_ATTR_NOATIME),
	ATIME("atime", MOUNT_ATTR_RELATIME),
	ATIME("relatime", MOUNT_ATTR_RELATIME),
	{ "norelatime", OPTION_NOTHING, 0, 0 },
	ATIME("strictatime", MOUNT_ATTR_STRICTATIME),
	ATIME("nostrictatime", MOUNT_ATTR_RELATIME),

	SETS_BELOW("rro", MOUNT_ATTR_RDONLY),
	CLEARS_BELOW("rrw", MOUNT_ATTR_RDONLY),
	SETS_BELOW("rnosuid", MOUNT_ATTR_NOSUID),
	CLEARS_BELOW("rsuid", MOUNT_ATTR_NOSUID),
	SETS_BELOW("rnodev", MOUNT_ATTR_NODEV),
	CLEARS_BELOW("rdev", MOUNT_ATTR_NODEV),
	SETS_BELOW("rnoexec", MOUNT_ATTR_NOEXEC),
	CLEARS_BELOW("rexec", MOUNT_ATTR_NOEXEC),
	SETS_BELOW("rnosymfollow", MOUNT_ATTR_NOSYMFOLLOW),
	CLEARS_BELOW("rsymfollow", MOUNT_ATTR_NOSYMFOLLOW),
	SETS_BELOW("rnodiratime", MOUNT_ATTR_NODIRATIME),
	CLEARS_BELOW("rdiratime", MOUNT_ATTR_NODIRATIME),
	ATIME_BELOW("rnoatime", MOUNT_ATTR_NOATIME),
	ATIME_BELOW("ratime", MOUNT_ATTR_RELATIME),
	ATIME_BELOW("rrelatime", MOUNT_ATTR_RELATIME),
	{ "rnorelatime", OPTION_NOTHING, 0, 0 },
	ATIME_BELOW("rstrictatime", MOUNT_ATTR_STRICTATIME),
	ATIME_BELOW("rnostrictatime", MOUNT_ATTR_RELATIME),

	{ "sync", OPTION_SUPERBLOCK, MS_SYNCHRONOUS, 0 },
	{ "async", OPTION_SUPERBLOCK, 0, MS_SYNCHRONOUS },
	{ "dirsync", OPTION_SUPERBLOCK, MS_DIRSYNC, 0 },
	{ "mand", OPTION_SUPERBLOCK, MS_MANDLOCK, 0 },
	{ "nomand", OPTION_SUPERBLOCK, 0, MS_MANDLOCK },
	{ "iversion", OPTION_SUPERBLOCK, MS_I_VERSION, 0 },
	{ "noiversion", OPTION_SUPERBLOCK, 0, MS_I_VERSION },
	{ "lazytime", OPTION_SUPERBLOCK, MS_LAZYTIME, 0 },
	{ "nolazytime", OPTION_SUPERBLOCK, 0, MS_LAZYTIME },
	{ "silent", OPTION_SUPERBLOCK, MS_SILENT, 0 },
	{ "loud", OPTION_SUPERBLOCK, 0, MS_SILENT },

	{ "private", OPTION_PROPAGATION, MS_PRIVATE, 0 },
	{ "rprivate", OPTION_PROPAGATION, MS_PRIVATE | MS_REC, 0 },
	{ "shared", OPTION_PROPAGATION, MS_SHARED, 0 },
	{ "rshared", OPTION_PROPAGATION, MS_SHARED | MS_REC, 0 },
	{ "slave", OPTION_PROPAGATION, MS_SLAVE, 0 },
	{ "rslave", OPTION_PROPAGATION, MS_SLAVE | MS_REC, 0 },
	{ "unbindable", OPTION_PROPAGATION, MS_UNBINDABLE, 0 },
	{ "runbindable", OPTION_PROPAGATION, MS_UNBINDABLE | MS_REC, 0 },

	{ "bind", OPTION_BIND, MS_BIND, 0 },
	{ "rbind", OPTION_BIND, MS_BIND | MS_REC, 0 },
	{ "remount", OPTION_REMOUNT, MS_REMOUNT, 0 },
	{ "tmpcopyup", OPTION_COPY_UP, 0, 0 },
	{ "idmap", OPTION_IDMAP, 0, 0 },
	{ "ridmap", OPTION_IDMAP, MS_REC, 0 },
	{ "defaults", OPTION_NOTHING, 0, 0 },
	{ NULL, OPTION_NOTHING, 0, 0 }
};

const struct mount_option *mount_option_find(const char *name)
{
	const struct mount_option *option;

	for (option = mount_options; option->name; option++)
		if (strcmp(option->name, name) == 0)
			return option;
	return NULL;
}

/* ------------------------------------------------------------------ signals */

/*
 * What stands behind "RTMIN" or "RTMAX": nothing, or a sign and a number. -1 where that would be no
 * real-time signal.
 */
static int real_time_signal(int base, char sign, const char *offset)
{
	uint32_t distance = 0;
	int number;

	if (*offset && (*offset != sign || !text_to_u32(offset + 1, &distance) || distance > 64))
		return -1;
	number = sign == '+' ? base + (int)distance : base - (int)distance;
	return number >= SIGRTMIN && number <= SIGRTMAX ? number : -1;
}

int signal_parse(const char *text)
{
	const struct word *word;
	uint32_t number;

	if (isdigit((unsigned char)*text))
		return text_to_u32(text, &number) && number >= 1 && number <= 64 ? (int)number : -1;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	if (strncasecmp(text, "RTMIN", 5) == 0)
		return real_time_signal(SIGRTMIN, '+', text + 5);
	if (strncasecmp(text, "RTMAX", 5) == 0)
		return real_time_signal(SIGRTMAX, '-', text + 5);
	for (word = signal_list; word->name; word++)
		if (strcasecmp(word->name + 3, text) == 0)
			return (int)word->value;
	return -1;
}
