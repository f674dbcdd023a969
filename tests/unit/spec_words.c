#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mount.h>

#include "base/attributes.h"
#include "check.h"
#include "spec/words.h"

static void reads_signals_as_kill_does(void)
{
	CHECK_NUMBER(signal_parse("SIGTERM"), SIGTERM);
	CHECK_NUMBER(signal_parse("TERM"), SIGTERM);
	CHECK_NUMBER(signal_parse("term"), SIGTERM);
	CHECK_NUMBER(signal_parse("sigkill"), SIGKILL);
	CHECK_NUMBER(signal_parse("15"), 15);
	CHECK_NUMBER(signal_parse("1"), 1);
	CHECK_NUMBER(signal_parse("64"), 64);
	CHECK_NUMBER(signal_parse("CLD"), SIGCHLD);
	CHECK_NUMBER(signal_parse("RTMIN"), SIGRTMIN);
	CHECK_NUMBER(signal_parse("RTMIN+3"), SIGRTMIN + 3);
	CHECK_NUMBER(signal_parse("sigrtmin+3"), SIGRTMIN + 3);
	CHECK_NUMBER(signal_parse("SIGRTMAX"), SIGRTMAX);
	CHECK_NUMBER(signal_parse("SIGRTMAX-1"), SIGRTMAX - 1);
}

static void refuses_what_is_no_signal(void)
{
	static const char *const bad[] = {
		"", "0", "65", "-1", "+9", "9 ", " 9", "4294967305", "SIG", "SIG9", "TER", "SIGTERMX", "RTMIN-1", "RTMAX+1",
		"RTMIN+31", "RTMAX-31", "RTMIN+", "RTMIN+x", "RTMIN+4294967296", "RTMAX-99", "RTMINX",
	};
	size_t i;

	for (i = 0; i < COUNT(bad); i++)
		if (signal_parse(bad[i]) != -1)
			CHECK_STRING(bad[i], "refused");
}

/* plan/seccomp.c hands these numbers to libseccomp. */
static void knows_architectures_by_libseccomps_numbers(void)
{
	static const struct word wanted[] = {
#define ARCH(name) { #name, name }
		ARCH(SCMP_ARCH_X86), ARCH(SCMP_ARCH_X86_64), ARCH(SCMP_ARCH_X32), ARCH(SCMP_ARCH_ARM),
		ARCH(SCMP_ARCH_AARCH64), ARCH(SCMP_ARCH_MIPS), ARCH(SCMP_ARCH_MIPS64), ARCH(SCMP_ARCH_MIPS64N32),
		ARCH(SCMP_ARCH_MIPSEL), ARCH(SCMP_ARCH_MIPSEL64), ARCH(SCMP_ARCH_MIPSEL64N32), ARCH(SCMP_ARCH_PPC),
		ARCH(SCMP_ARCH_PPC64), ARCH(SCMP_ARCH_PPC64LE), ARCH(SCMP_ARCH_S390), ARCH(SCMP_ARCH_S390X),
		ARCH(SCMP_ARCH_PARISC), ARCH(SCMP_ARCH_PARISC64), ARCH(SCMP_ARCH_RISCV64),
#ifdef SCMP_ARCH_LOONGARCH64
		ARCH(SCMP_ARCH_LOONGARCH64),
#endif
#ifdef SCMP_ARCH_M68K
		ARCH(SCMP_ARCH_M68K),
#endif
#ifdef SCMP_ARCH_SH
		ARCH(SCMP_ARCH_SH), ARCH(SCMP_ARCH_SHEB),
#endif
	};
	size_t i;

	for (i = 0; i < COUNT(wanted); i++) {
		const struct word *word = words_find(&seccomp_arch_words, wanted[i].name);

		CHECK_STRING(word ? word->name : NULL, wanted[i].name);
		CHECK_NUMBER(word ? word->value : 0, wanted[i].value);
	}
	CHECK_NUMBER(words_find(&seccomp_arch_words, "SCMP_ARCH_X32")->value, 0x4000003e);
}

static void has_each_capability_once_in_order(void)
{
	const struct word *word = capability_words.at;
	uint64_t number;

	for (number = 0; number <= CAP_LAST_CAP; number++, word++)
		CHECK_NUMBER(word->name ? word->value : UINT64_MAX, number);
	CHECK(!word->name);
}

/* A name twice would hide the second; two names for one number are a table's own choice. */
static void has_no_name_twice(void)
{
	static const struct words *const tables[] = {
		&namespace_words, &capability_words, &rlimit_words, &signal_words, &scheduler_policy_words,
		&scheduler_flag_words, &io_priority_class_words, &seccomp_action_words, &seccomp_op_words,
		&seccomp_arch_words, &seccomp_flag_words, &rootfs_propagation_words, &memory_policy_mode_words,
		&memory_policy_flag_words, &personality_words,
	};
	const struct word *word;
	size_t i;

	for (i = 0; i < COUNT(tables); i++)
		for (word = tables[i]->at; word->name; word++)
			CHECK(words_find(tables[i], word->name) == word);
	for (i = 0; mount_options[i].name; i++)
		CHECK(mount_option_find(mount_options[i].name) == &mount_options[i]);
}

static void names_the_number_that_people_write(void)
{
	CHECK_STRING(words_name(&seccomp_action_words, SECCOMP_RET_KILL_THREAD), "SCMP_ACT_KILL");
	CHECK_STRING(words_name(&signal_words, SIGABRT), "SIGABRT");
	CHECK_STRING(words_name(&signal_words, SIGIO), "SIGIO");
	CHECK_STRING(words_name(&signal_words, SIGCHLD), "SIGCHLD");
	CHECK_STRING(words_name(&namespace_words, CLONE_NEWNS), "mount");
}

/* config.md, "Linux mount options", and rnodev, which that table forgot and features.md has. */
static void knows_every_mount_option_of_the_specification(void)
{
	static const char *const names[] = {
		"async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "iversion", "lazytime", "loud",
		"mand", "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "nomand", "norelatime",
		"nostrictatime", "nosuid", "nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime",
		"remount", "rexec", "rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime",
		"rnosuid", "rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave", "rstrictatime",
		"rsuid", "rsymfollow", "runbindable", "rw", "shared", "silent", "slave", "strictatime", "suid", "symfollow",
		"sync", "tmpcopyup", "unbindable", "idmap", "ridmap",
	};
	size_t i, known = 0;

	for (i = 0; i < COUNT(names); i++)
		if (!mount_option_find(names[i]))
			CHECK_STRING(names[i], "known");
	while (mount_options[known].name)
		known++;
	CHECK_NUMBER(known, COUNT(names));
	CHECK(!mount_option_find("size=64k"));
	CHECK(!mount_option_find(""));
	CHECK(!mount_option_find("RO"));
}

/* mount_setattr(2): with a number of the access time mask in attr_set, attr_clr must have the whole mask; nothing less, ever. */
static void gives_attributes_the_kernel_takes(void)
{
	const uint64_t known = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
			       MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW;
	const struct mount_option *option;

	for (option = mount_options; option->name; option++) {
		if (option->kind != OPTION_FLAG && option->kind != OPTION_RECURSIVE_FLAG)
			continue;
		CHECK(((option->set | option->clear) & ~known) == 0);
		if ((option->set | option->clear) & MOUNT_ATTR__ATIME)
			CHECK_NUMBER(option->clear, MOUNT_ATTR__ATIME);
		else
			CHECK_NUMBER(option->set & option->clear, 0);
	}
	CHECK_NUMBER(mount_option_find("strictatime")->set, MOUNT_ATTR_STRICTATIME);
	CHECK_NUMBER(mount_option_find("rnoatime")->set, MOUNT_ATTR_NOATIME);
	CHECK_NUMBER(mount_option_find("atime")->set, MOUNT_ATTR_RELATIME);
}

/* Each recursive word does to the tree what the word without its "r" does to the mount. */
static void pairs_recursive_words_with_plain_ones(void)
{
	const struct mount_option *option, *plain;
	size_t pairs = 0;

	for (option = mount_options; option->name; option++) {
		if (option->kind != OPTION_RECURSIVE_FLAG)
			continue;
		plain = mount_option_find(option->name + 1);
		CHECK(plain && plain->kind == OPTION_FLAG);
		CHECK(plain && plain->set == option->set && plain->clear == option->clear);
		pairs++;
	}
	CHECK_NUMBER(pairs, 17);
}

int main(void)
{
	TEST(reads_signals_as_kill_does);
	TEST(refuses_what_is_no_signal);
	TEST(knows_architectures_by_libseccomps_numbers);
	TEST(has_each_capability_once_in_order);
	TEST(has_no_name_twice);
	TEST(names_the_number_that_people_write);
	TEST(knows_every_mount_option_of_the_specification);
	TEST(gives_attributes_the_kernel_takes);
	TEST(pairs_recursive_words_with_plain_ones);
	return check_done();
}
