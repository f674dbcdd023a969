#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "kernel/filter.h"
#include "kernel/identity.h"
#include "kernel/label.h"
#include "kernel/limits.h"
#include "kernel/network.h"
#include "kernel/terminal.h"
#include "scratch.h"

static struct error err;

#define BIT(capability) (1ULL << (capability))
enum { CHOWN = 0, KILL = 5, SETPCAP = 8, NET_BIND = 10, SYS_ADMIN = 21 };

/* ------------------------------------------------------------------------- identity */

static void other_user(void)
{
	const struct capability_sets wanted = {
		.effective = BIT(KILL), .permitted = BIT(KILL) | BIT(NET_BIND),
		.inheritable = BIT(NET_BIND), .ambient = BIT(NET_BIND),
	};
	const gid_t groups[] = { 5, 70000 };
	struct capability_sets found;
	gid_t got[4] = { 0 };

	CHECK_NUMBER(identity_set_groups(groups, 2, &err), 0);
	CHECK_NUMBER(getgroups(4, got), 2);
	CHECK_NUMBER(got[1], 70000);
	CHECK_NUMBER(identity_drop_bounding(BIT(KILL) | BIT(NET_BIND), &err), 0);
	CHECK_NUMBER(identity_become(1000, 100, &wanted, &err), 0);
	CHECK_NUMBER(identity_get_capabilities(&found, &err), 0);
	CHECK_NUMBER(found.bounding, BIT(KILL) | BIT(NET_BIND));
	CHECK_NUMBER(found.effective, wanted.effective);
	CHECK_NUMBER(found.permitted, wanted.permitted);
	CHECK_NUMBER(found.inheritable, wanted.inheritable);
	CHECK_NUMBER(found.ambient, wanted.ambient);
	CHECK_NUMBER(getuid(), 1000);
	CHECK_NUMBER(getegid(), 100);
	CHECK_NUMBER(setuid(0), -1);
	CHECK_NUMBER(prctl(PR_GET_KEEPCAPS), 0);

	CHECK_NUMBER(identity_drop_bounding(BIT(KILL) | BIT(NET_BIND), &err), 0);
	CHECK_NUMBER(identity_drop_bounding(0, &err), -1);
	CHECK_STRING(err.text, "drop capability 5 from the bounding set: needs CAP_SETPCAP: "
			       "Operation not permitted");
	CHECK_NUMBER(identity_set_groups(groups, 2, &err), -1);
	CHECK_CONTAINS(err.text, "set 2 supplementary groups: needs CAP_SETGID");
	CHECK_NUMBER(identity_set_ids(0, 0, &err), -1);
	CHECK_STRING(err.text, "become group 0: needs CAP_SETGID: Operation not permitted");
	CHECK_NUMBER(identity_no_new_privileges(&err), 0);
	CHECK_NUMBER(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
}

static void root_without_rights(void)
{
	const struct capability_sets none = { 0 },
				     more = { .effective = BIT(CHOWN), .permitted = BIT(CHOWN) };
	struct capability_sets found;

	CHECK_NUMBER(identity_become(0, 0, &none, &err), 0);
	CHECK_NUMBER(identity_get_capabilities(&found, &err), 0);
	CHECK_NUMBER(found.effective | found.permitted | found.inheritable | found.ambient, 0);
	CHECK(found.bounding != 0);
	CHECK_NUMBER(identity_become(0, 0, &more, &err), -1);
	CHECK_CONTAINS(err.text, "set the capabilities: more than the caller has");
}

static void ambient_needs_inheritable(void)
{
	const struct capability_sets sets = { .effective = BIT(KILL),
					      .permitted = BIT(KILL),
					      .ambient = BIT(KILL) };

	CHECK_NUMBER(identity_become(0, 0, &sets, &err), -1);
	CHECK_STRING(err.text, "raise ambient capability 5: it must be permitted and inheritable "
			       "too: "
			       "Operation not permitted");
}

static void unmapped(void)
{
	CHECK_NUMBER(unshare(CLONE_NEWUSER), 0);
	CHECK_NUMBER(identity_set_ids(12, 34, &err), -1);
	CHECK_STRING(err.text, "become group 34: not mapped in this user namespace: Invalid "
			       "argument");
}

static void knows_the_last_capability(void)
{
	int last = 0, fd = open("/proc/sys/kernel/cap_last_cap", O_RDONLY | O_CLOEXEC);
	char text[16] = "";

	CHECK_NUMBER(identity_last_capability(&last, &err), 0);
	CHECK(fd_read(fd, text, sizeof(text) - 1) > 0);
	CHECK_NUMBER(last, atoi(text));
	fd_close(&fd);
}

/* --------------------------------------------------------------------------- limits */

static void limits(void)
{
	const struct capability_sets none = { 0 };
	struct rlimit now;

	CHECK_NUMBER(limits_set_rlimit(0, RLIMIT_NOFILE, 100, 200, &err), 0);
	CHECK_NUMBER(getrlimit(RLIMIT_NOFILE, &now), 0);
	CHECK_NUMBER(now.rlim_cur, 100);
	CHECK_NUMBER(now.rlim_max, 200);
	CHECK_NUMBER(limits_set_rlimit(0, RLIMIT_CORE, 5, 4, &err), -1);
	CHECK_STRING(err.text, "set RLIMIT_CORE to soft 5, hard 4: the soft limit is above the "
			       "hard one: Invalid argument");
	CHECK_NUMBER(limits_set_oom_score_adj(0, 300, &err), 0);
	CHECK_NUMBER(limits_set_oom_score_adj(getpid(), 3000, &err), -1);
	CHECK_CONTAINS(err.text, "it must be between -1000 and 1000: Invalid argument");
	CHECK_NUMBER(identity_become(0, 0, &none, &err), 0);
	CHECK_NUMBER(limits_set_rlimit(0, RLIMIT_NOFILE, 100, UINT64_MAX, &err), -1);
	CHECK_CONTAINS(err.text, "set RLIMIT_NOFILE to soft 100, hard unlimited: raising the hard "
				 "limit needs "
				 "CAP_SYS_RESOURCE");
	CHECK_NUMBER(limits_set_oom_score_adj(0, -1000, &err), -1);
	CHECK_CONTAINS(err.text, "write '-1000' to '/proc/self/oom_score_adj': lowering it needs "
				 "CAP_SYS_RESOURCE: "
				 "Permission denied");
}

/* -------------------------------------------------------------- filter, keyring, network */

static void filters(void)
{
	static const struct sock_filter no_getppid[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 77),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	static const struct sock_filter broken[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0) };
	const struct capability_sets none = { 0 };

	CHECK_NUMBER(filter_load_seccomp(no_getppid, 0, 0, &err), -1);
	CHECK_NUMBER(filter_load_seccomp(no_getppid, 5000, 0, &err), -1);
	CHECK_CONTAINS(err.text, "5000 instructions, where the kernel takes 1 to 4096");
	CHECK_NUMBER(filter_load_seccomp(broken, 1, 0, &err), -1);
	CHECK_NUMBER(err.number, EINVAL);
	CHECK_NUMBER(identity_become(1000, 1000, &none, &err), 0);
	CHECK_NUMBER(filter_load_seccomp(no_getppid, 4, 0, &err), -1);
	CHECK_STRING(err.text, "load a seccomp filter of 4 instructions (flags 0x0): needs "
			       "no_new_privs or CAP_SYS_ADMIN: "
			       "Permission denied");
	CHECK_NUMBER(identity_no_new_privileges(&err), 0);
	CHECK_NUMBER(filter_load_seccomp(no_getppid, 4, SECCOMP_FILTER_FLAG_LOG, &err), 0);
	CHECK_NUMBER(syscall(SYS_getppid), -1);
	CHECK_NUMBER(errno, 77);
}

static void keyring(void)
{
	int result = label_new_session_keyring("_ses.test", &err);
	char description[256] = "";
	long key;

	if (result > 0)
		return;
	CHECK_NUMBER(result, 0);
	key = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, -3, 0); /* KEY_SPEC_SESSION_KEYRING */
	CHECK(syscall(SYS_keyctl, KEYCTL_DESCRIBE, key, description, sizeof(description) - 1) > 0);
	CHECK_CONTAINS(description, "_ses.test");
	CHECK_CONTAINS(description, ";3f1b0000;");
}

static void loopback(void)
{
	CLEANUP(fd_close) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo" };
	const struct capability_sets none = { 0 };

	CHECK_NUMBER(ioctl(fd, SIOCGIFFLAGS, &request), 0);
	CHECK(!(request.ifr_flags & IFF_UP));
	CHECK_NUMBER(network_loopback_up(&err), 0);
	CHECK_NUMBER(ioctl(fd, SIOCGIFFLAGS, &request), 0);
	CHECK(request.ifr_flags & IFF_UP);
	CHECK_NUMBER(identity_become(0, 0, &none, &err), 0);
	CHECK_NUMBER(network_loopback_up(&err), -1);
	CHECK_CONTAINS(err.text, "bring up network device 'lo': needs CAP_NET_ADMIN");
}

/* ------------------------------------------------------------------------- terminal */

static void terminals(void)
{
	CLEANUP(fd_close) int pts = -1;
	CLEANUP(fd_close) int root = open("/", O_PATH | O_CLOEXEC);
	CLEANUP(fd_close) int master = -1;
	CLEANUP(fd_close) int slave = -1;
	struct termios saved, now;
	struct winsize size;
	char bytes[8] = "";

	CHECK_NUMBER(mount("devpts", "/mnt", "devpts", 0, "newinstance,ptmxmode=0666"), 0);
	pts = open("/mnt", O_PATH | O_CLOEXEC);
	CHECK_NUMBER(terminal_open(root, &master, &slave, &err), -1);
	CHECK_CONTAINS(err.text, "is no devpts");
	CHECK_NUMBER(terminal_open(pts, &master, &slave, &err), 0);
	CHECK_NUMBER(terminal_set_size(master, 30, 100, &err), 0);
	CHECK_NUMBER(terminal_set_size(master, 0, 90, &err), 0);
	CHECK_NUMBER(ioctl(slave, TIOCGWINSZ, &size), 0);
	CHECK_NUMBER(size.ws_row, 30);
	CHECK_NUMBER(size.ws_col, 90);
	CHECK_NUMBER(terminal_copy_size(root, slave, &err) != 0, 1);
	CHECK_NUMBER(terminal_copy_size(master, slave, &err), 0);
	CHECK_NUMBER(write(slave, "a\n", 2), 2);
	CHECK_NUMBER(read(master, bytes, sizeof(bytes)), 2);
	CHECK_STRING(bytes, "a\n");
	/* It comes when the master is closed. */
	signal(SIGHUP, SIG_IGN);
	CHECK_NUMBER(terminal_control(slave, &err), 0);
	CHECK_NUMBER(tcgetsid(slave), getpid());
	CHECK_NUMBER(terminal_make_raw(slave, &saved, &err), 0);
	CHECK_NUMBER(tcgetattr(slave, &now), 0);
	CHECK(!(now.c_lflag & (ICANON | ECHO | ISIG)));
	terminal_restore(slave, &saved);
	CHECK_NUMBER(tcgetattr(slave, &now), 0);
	CHECK(now.c_lflag & ICANON);
}

static void tells_what_is_no_terminal(void)
{
	CLEANUP(fd_close) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct termios saved;

	CHECK_NUMBER(terminal_make_raw(null, &saved, &err), 1);
	CHECK_NUMBER(terminal_copy_size(null, null, &err), 1);
	CHECK_NUMBER(terminal_set_size(null, 1, 1, &err), -1);
	CHECK_NUMBER(terminal_set_size(null, 0, 0, &err), 0);
}

static void becomes_another_user(void) { scratch_run(0, other_user); }
static void stays_root_without_capabilities(void) { scratch_run(0, root_without_rights); }
static void refuses_ambient_without_inheritable(void) { scratch_run(0, ambient_needs_inheritable); }
static void explains_unmapped_ids(void) { scratch_run(0, unmapped); }
static void sets_limits(void) { scratch_run(0, limits); }
static void loads_seccomp_filters(void) { scratch_run(0, filters); }
static void makes_a_session_keyring(void) { scratch_run(0, keyring); }
static void brings_up_the_loopback_device(void) { scratch_run(CLONE_NEWNET, loopback); }
static void opens_terminals(void) { scratch_run(0, terminals); }

int main(void)
{
	TEST(knows_the_last_capability);
	TEST(becomes_another_user);
	TEST(stays_root_without_capabilities);
	TEST(refuses_ambient_without_inheritable);
	TEST(explains_unmapped_ids);
	TEST(sets_limits);
	TEST(loads_seccomp_filters);
	TEST(makes_a_session_keyring);
	TEST(brings_up_the_loopback_device);
	TEST(opens_terminals);
	TEST(tells_what_is_no_terminal);
	return check_done();
}
