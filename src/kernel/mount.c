#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fault.h"
#include "base/fd.h"
#include "kernel/explain.h"
#include "kernel/mount.h"
#include "kernel/mountinfo.h"
#include "kernel/self_fd.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif

#define OPTIONS_SIZE 4096	/* a page, of the smallest size: mount(2) */
#define FSCONFIG_LONGEST 255	/* strndup_user(…, 256) in fsconfig(2), the NUL counted */

/* One row a flag: its word, its bit for mount_setattr and fsmount, its bit for mount(2). */
static const struct flag {
	const char *word;
	uint64_t attribute;
	unsigned long old;
} flags[] = {
	{ "ro",          MOUNT_ATTR_RDONLY,      MS_RDONLY },
	{ "nosuid",      MOUNT_ATTR_NOSUID,      MS_NOSUID },
	{ "nodev",       MOUNT_ATTR_NODEV,       MS_NODEV },
	{ "noexec",      MOUNT_ATTR_NOEXEC,      MS_NOEXEC },
	{ "nodiratime",  MOUNT_ATTR_NODIRATIME,  MS_NODIRATIME },
	{ "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW },
};

/* What of MS_* belongs to a filesystem; all but the last two have a word for fsconfig(2). */
static const struct superblock_flag {
	const char *word;
	unsigned long bit;
} superblock_flags[] = {
	{ "ro",       MS_RDONLY },
	{ "sync",     MS_SYNCHRONOUS },
	{ "dirsync",  MS_DIRSYNC },
	{ "lazytime", MS_LAZYTIME },
	{ "mand",     MS_MANDLOCK },
};

/* ------------------------------------------------------------------- messages */

/* A list of words for messages, "nosuid,size=64k"; what does not fit is left out. */
struct list {
	char at[320];
	size_t len;
};

static void add(struct list *list, const char *word)
{
	size_t room = sizeof(list->at) - list->len;
	int len = snprintf(list->at + list->len, room, "%s%s", list->len ? "," : "", word);

	if (len > 0 && (size_t)len < room)
		list->len += (size_t)len;
	else
		list->at[list->len] = '\0';
}

static void add_attributes(struct list *list, uint64_t attributes)
{
	size_t i;

	for (i = 0; i < COUNT(flags); i++) {
		if (attributes & flags[i].attribute)
			add(list, flags[i].word);
	}
	if ((attributes & MOUNT_ATTR__ATIME) == MOUNT_ATTR_NOATIME)
		add(list, "noatime");
	if ((attributes & MOUNT_ATTR__ATIME) == MOUNT_ATTR_STRICTATIME)
		add(list, "strictatime");
	if (attributes & MOUNT_ATTR_IDMAP)
		add(list, "idmap");
}

static int fail_new(struct error *err, const struct mount_new *mount, const char *target,
		    const char *why)
{
	const int number = errno;
	uint64_t attributes = mount->attributes;
	struct list list = { .at = "" };
	size_t i;

	for (i = 0; i < COUNT(superblock_flags); i++) {
		if (mount->superblock & superblock_flags[i].bit)
			add(&list, superblock_flags[i].word);
	}
	/* "ro" once, where both are. */
	if (mount->superblock & MS_RDONLY)
		attributes &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	add_attributes(&list, attributes);
	for (i = 0; i < mount->data_len; i++)
		add(&list, mount->data[i]);
	errno = number;
	return fail_explained(err, why, "mount %s on '%s'%s%s%s", mount->type, target,
			      list.len ? " (" : "", list.at, list.len ? ")" : "");
}

/* Reasons that hold for every way to make a filesystem. */
static const char *why_no_mount(const struct mount_new *mount)
{
	switch (errno) {
	case ENODEV:
		return "the kernel does not know this type of filesystem";
	case EPERM:
		if (strcmp(mount->type, "proc") == 0 || strcmp(mount->type, "sysfs") == 0)
			return "needs CAP_SYS_ADMIN in the user namespace that owns the pid (proc) "
			       "or network (sysfs) namespace, and one here that is not covered";
		return "needs CAP_SYS_ADMIN, and in a user namespace a filesystem that may be "
		       "mounted there";
	case EBUSY:
		return "it is mounted already, or used in another way";
	case ENOTBLK:
		return "the source is no block device";
	default:
		return NULL;
	}
}

/* ------------------------------------------------------------------ clone a tree */

static const char *why_no_bind(bool recursive)
{
	if (recursive)
		return "the source is unbindable, or in another mount namespace";
	return "the source is unbindable, in another mount namespace, or has locked mounts beneath "
	       "that only a recursive bind may take along";
}

int mount_clone_tree(int dirfd, const char *path, bool recursive, struct error *err)
{
	const unsigned int how = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
				 (recursive ? AT_RECURSIVE : 0);
	const char *why = NULL;
	int fd = -1;

	if (!fault_enosys("open_tree"))
		fd = open_tree(dirfd, path, how);
	if (fd >= 0)
		return fd;
	if (errno == EPERM)
		why = "needs CAP_SYS_ADMIN";
	else if (errno == EINVAL)
		why = why_no_bind(recursive);
	return fail_explained(err, why, "open mount source '%s'", path);
}

/* --------------------------------------------------------------- a new filesystem */

/* fsconfig takes what mount(2) would see in quotes because of its commas: context="…c1,c2". */
static bool is_quoted(const char *value, size_t *len)
{
	*len = strlen(value);
	return *len >= 2 && value[0] == '"' && value[*len - 1] == '"';
}

static bool fits_fsconfig(const struct mount_new *mount)
{
	size_t i, len;

	if (mount->source && strlen(mount->source) > FSCONFIG_LONGEST)
		return false;
	/* "fuse.sshfs" is split by mount(2) alone; the version counter has no word. */
	if (strchr(mount->type, '.') || mount->superblock & MS_I_VERSION)
		return false;
	for (i = 0; i < mount->data_len; i++) {
		const char *value = strchr(mount->data[i], '=');

		len = value ? (size_t)(value - mount->data[i]) : strlen(mount->data[i]);
		if (len > FSCONFIG_LONGEST || len == 0)
			return false;
		if (value && strlen(value + 1) > FSCONFIG_LONGEST)
			return false;
		/* Several options in one, or a comma with a backslash: only mount(2) knows. */
		if (strchr(mount->data[i], ',') && !(value && is_quoted(value + 1, &len)))
			return false;
	}
	return true;
}

static int set_option(int context, const char *option)
{
	const char *value = strchr(option, '=');
	char key[FSCONFIG_LONGEST + 1], text[FSCONFIG_LONGEST + 1];
	size_t len;

	if (!value)
		return fsconfig(context, FSCONFIG_SET_FLAG, option, NULL, 0);
	snprintf(key, sizeof(key), "%.*s", (int)(value - option), option);
	value++;
	if (is_quoted(value, &len))
		snprintf(text, sizeof(text), "%.*s", (int)(len - 2), value + 1);
	else
		snprintf(text, sizeof(text), "%s", value);
	return fsconfig(context, FSCONFIG_SET_STRING, key, text, 0);
}

static int configure(int context, const struct mount_new *mount, unsigned int command)
{
	size_t i;

	if (command == FSCONFIG_CMD_CREATE && mount->source && *mount->source &&
	    fsconfig(context, FSCONFIG_SET_STRING, "source", mount->source, 0) < 0)
		return -1;
	for (i = 0; i < COUNT(superblock_flags); i++) {
		if (mount->superblock & superblock_flags[i].bit &&
		    fsconfig(context, FSCONFIG_SET_FLAG, superblock_flags[i].word, NULL, 0) < 0)
			return -1;
	}
	for (i = 0; i < mount->data_len; i++) {
		if (set_option(context, mount->data[i]) < 0)
			return -1;
	}
	return fsconfig(context, command, NULL, NULL, 0);
}

/*
 * The kernel's own complaint: reading the context gives one message a read, "e tmpfs: Bad value
 * for 'size'".
 */
static const char *kernel_words(int context, char *text, size_t size)
{
	const int number = errno;
	const char *found = NULL;
	char line[256];
	ssize_t len;

	while ((len = read(context, line, sizeof(line) - 1)) > 0) {
		while (len > 0 && line[len - 1] == '\n')
			len--;
		line[len] = '\0';
		if (len < 3 || line[0] != 'e')
			continue;
		snprintf(text, size, "%s", line + 2);
		found = text;
	}
	errno = number;
	return found;
}

int mount_new_detached(const struct mount_new *mount, const char *target, struct error *err)
{
	CLEANUP(fd_close) int context = -1;
	char words[256];
	const char *why;
	int fd;

	if (!fits_fsconfig(mount) || fault_enosys("fsopen"))
		return -2;
	context = fsopen(mount->type, FSOPEN_CLOEXEC);
	/* EPERM: a seccomp profile that does not know it. Without rights mount(2) says the same. */
	if (context < 0 && (errno == ENOSYS || errno == EPERM))
		return -2;
	if (context < 0)
		return fail_new(err, mount, target, why_no_mount(mount));
	fd = configure(context, mount, FSCONFIG_CMD_CREATE);
	if (fd == 0)
		fd = fsmount(context, FSMOUNT_CLOEXEC, (unsigned int)mount->attributes);
	if (fd >= 0)
		return fd;
	why = kernel_words(context, words, sizeof(words));
	return fail_new(err, mount, target, why ? why : why_no_mount(mount));
}

int mount_reconfigure(int fd, const struct mount_new *mount, const char *target, struct error *err)
{
	CLEANUP(fd_close) int context = fspick(fd, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);
	char words[256];
	const char *why;

	if (context < 0)
		return fail_explained(err, errno == EINVAL ? "nothing is mounted there" : NULL,
				      "remount '%s'", target);
	if (configure(context, mount, FSCONFIG_CMD_RECONFIGURE) == 0)
		return 0;
	why = kernel_words(context, words, sizeof(words));
	return fail_explained(err, why ? why : why_no_mount(mount), "remount '%s'", target);
}

int mount_is_root(int fd, const char *target, bool *is_root, struct error *err)
{
	struct statx status;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &status) < 0)
		return fail_errno(err, "look at '%s'", target);
	*is_root = status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return 0;
}

static unsigned long old_flags(uint64_t attributes)
{
	unsigned long old = 0;
	size_t i;

	for (i = 0; i < COUNT(flags); i++) {
		if (attributes & flags[i].attribute)
			old |= flags[i].old;
	}
	switch (attributes & MOUNT_ATTR__ATIME) {
	case MOUNT_ATTR_NOATIME:
		return old | MS_NOATIME;
	case MOUNT_ATTR_STRICTATIME:
		return old | MS_STRICTATIME;
	default:
		return old | MS_RELATIME;
	}
}

int mount_new_at(const struct mount_new *new, int target_fd, const char *target, struct error *err)
{
	const unsigned long all = new->superblock | old_flags(new->attributes);
	const char *source = new->source && *new->source ? new->source : "none";
	char path[SELF_FD_SIZE], data[OPTIONS_SIZE] = "";
	size_t i, len = 0;

	for (i = 0; i < new->data_len && len < sizeof(data); i++)
		len += (size_t)snprintf(data + len, sizeof(data) - len, "%s%s", i > 0 ? "," : "",
					new->data[i]);
	if (len >= sizeof(data))
		return fail(err, ERROR_CONFIG,
			    "mount %s on '%s': its options have more than the %d bytes that the "
			    "kernel takes",
			    new->type, target, OPTIONS_SIZE - 1);
	if (self_fd_path(target_fd, path, err) < 0)
		return wrap(err, "mount %s on '%s'", new->type, target);
	if (mount(source, path, new->type, all, data) < 0)
		return fail_new(err, new, target, why_no_mount(new));
	return 0;
}

/* ------------------------------------------------------------------ move, bind, detach */

/* What bind mounts answer with ENOTDIR is EINVAL for a move. Keeps errno. */
static bool are_both_directories_or_none(int a, int b)
{
	const int number = errno;
	struct stat first, second;
	bool same;

	same = fstat(a, &first) < 0 || fstat(b, &second) < 0 ||
	       S_ISDIR(first.st_mode) == S_ISDIR(second.st_mode);
	errno = number;
	return same;
}

int mount_move(int mount_fd, int target_fd, const char *target, struct error *err)
{
	char from[SELF_FD_SIZE], to[SELF_FD_SIZE];
	const char *why = NULL;
	int result = -1;

	if (!fault_enosys("move_mount"))
		result = move_mount(mount_fd, "", target_fd, "",
				    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
	if (result < 0 && errno == ENOSYS) {
		if (self_fd_path(mount_fd, from, err) < 0 || self_fd_path(target_fd, to, err) < 0)
			return wrap(err, "mount on '%s'", target);
		result = mount(from, to, "none", MS_MOVE, NULL);
	}
	if (result == 0)
		return 0;
	if (!are_both_directories_or_none(mount_fd, target_fd))
		why = "one is a directory, the other is not";
	else if (errno == EINVAL)
		why = "the target is in another mount namespace, or the mount is locked, or under "
		      "a shared one";
	else if (errno == ELOOP)
		why = "the target lies inside of what is mounted";
	else if (errno == EPERM)
		why = "needs CAP_SYS_ADMIN in the owner of the mount namespace";
	return fail_explained(err, why, "mount on '%s'", target);
}

int mount_bind_at(int source_fd, int target_fd, bool recursive, const char *target,
		  struct error *err)
{
	char from[SELF_FD_SIZE], to[SELF_FD_SIZE];
	const char *why = NULL;

	if (self_fd_path(source_fd, from, err) < 0 || self_fd_path(target_fd, to, err) < 0)
		return wrap(err, "bind on '%s'", target);
	if (mount(from, to, "none", MS_BIND | (recursive ? MS_REC : 0), NULL) == 0)
		return 0;
	if (errno == ENOTDIR)
		why = "one is a directory, the other is not";
	else if (errno == EPERM)
		why = "needs CAP_SYS_ADMIN";
	else if (errno == EINVAL)
		why = why_no_bind(recursive);
	return fail_explained(err, why, "bind on '%s'", target);
}

static const char *why_not_changed(const char *invalid)
{
	return errno == EINVAL ? invalid : errno == EPERM ? "needs CAP_SYS_ADMIN" : NULL;
}

int mount_detach(int fd, const char *target, struct error *err)
{
	char path[SELF_FD_SIZE];

	if (self_fd_path(fd, path, err) < 0)
		return wrap(err, "unmount '%s'", target);
	if (umount2(path, MNT_DETACH) < 0)
		return fail_explained(err, why_not_changed("it is no root of a mount, or is locked"),
				      "unmount '%s'", target);
	return 0;
}

/* ------------------------------------------------------------------ flags of a mount */

static const char *propagation_word(unsigned long propagation)
{
	switch (propagation & ~(unsigned long)(MS_REC | MS_SILENT)) {
	case MS_SHARED:
		return "shared";
	case MS_SLAVE:
		return "slave";
	case MS_PRIVATE:
		return "private";
	case MS_UNBINDABLE:
		return "unbindable";
	default:
		return "unknown propagation";
	}
}

static int fail_attributes(struct error *err, int fd, uint64_t set, uint64_t clear,
			   unsigned long propagation, const char *target)
{
	struct list words = { .at = "" }, off = { .at = "" }, standing = { .at = "" };
	unsigned long long attributes;
	const int number = errno;
	struct error ignored;
	const char *why = NULL;
	char locked[sizeof(standing.at) + 120];

	add_attributes(&words, set);
	if (propagation)
		add(&words, propagation_word(propagation));
	add_attributes(&off, clear & ~(uint64_t)MOUNT_ATTR__ATIME);
	if (number == EPERM && mountinfo_attributes(fd, &attributes, &ignored) == 0) {
		add_attributes(&standing, attributes);
		snprintf(locked, sizeof(locked),
			 "needs CAP_SYS_ADMIN, and flags that stand (%s) cannot be taken off a "
			 "mount of another user namespace",
			 standing.at);
		why = locked;
	} else if (number == EINVAL) {
		why = "it is not the root of a mount in the caller's mount namespace, or the "
		      "kernel does not know one of the flags";
	} else if (number == EBUSY) {
		why = "a file on it is open for writing";
	}
	errno = number;
	return fail_explained(err, why, "change flags of the mount on '%s' (%s%s%s%s)", target, words.at,
			      *words.at && *off.at ? "; " : "", *off.at ? "without " : "", off.at);
}

/* mount(2) wants all flags anew, of one mount at a time. */
static int set_by_path(int fd, bool below, uint64_t set, uint64_t clear, unsigned long propagation,
		       const char *target, struct error *err)
{
	unsigned long long attributes;
	char path[SELF_FD_SIZE];

	if (below && (set || clear))
		return fail(err, ERROR_SYSTEM,
			    "change flags of the mounts beneath '%s': needs mount_setattr(2), "
			    "which the kernel lacks or a seccomp profile refuses", target);
	if (self_fd_path(fd, path, err) < 0 || mountinfo_attributes(fd, &attributes, err) < 0)
		return wrap(err, "change flags of the mount on '%s'", target);
	if (clear & MOUNT_ATTR__ATIME)
		attributes &= ~(unsigned long long)MOUNT_ATTR__ATIME;
	attributes = (attributes & ~(unsigned long long)clear) | set;
	if ((set || clear) &&
	    mount("none", path, "none", MS_REMOUNT | MS_BIND | old_flags(attributes), NULL) < 0)
		return fail_attributes(err, fd, set, clear, 0, target);
	if (propagation && mount("none", path, "none", propagation | (below ? MS_REC : 0), NULL) < 0)
		return fail_attributes(err, fd, 0, 0, propagation, target);
	return 0;
}

int mount_set_attributes(int fd, bool below, uint64_t set, uint64_t clear,
			 unsigned long propagation, const char *target, struct error *err)
{
	struct mount_attr change = {
		.attr_set = set,
		/*
		 * The ways to treat access times exclude each other: the kernel wants the old one
		 * cleared.
		 */
		.attr_clr = clear | (set & MOUNT_ATTR__ATIME ? (uint64_t)MOUNT_ATTR__ATIME : 0),
		.propagation = propagation & ~(unsigned long)(MS_REC | MS_SILENT),
	};
	const bool recursive = below || propagation & MS_REC;
	const unsigned int how = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
	int result = -1;

	if (!set && !clear && !propagation)
		return 0;
	if (!fault_enosys("mount_setattr"))
		result = mount_setattr(fd, "", how, &change, sizeof(change));
	if (result == 0)
		return 0;
	if (errno == ENOSYS)
		return set_by_path(fd, below, set, clear, propagation, target, err);
	return fail_attributes(err, fd, set, clear, propagation, target);
}

int mount_set_root_propagation(unsigned long propagation, struct error *err)
{
	if (mount("none", "/", "none", propagation, NULL) < 0)
		return fail_explained(err, why_not_changed("'/' is no root of a mount; a chroot?"),
				      "make the mounts of '/' %s", propagation_word(propagation));
	return 0;
}
