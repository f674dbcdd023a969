#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/label.h"

#define KEY_USER_SEARCH 0x00080000UL	/* keyctl_setperm(3): the owner may search it */

/* No keyrings in this kernel, a profile that forbids them, or the user's quota is used up. */
static int may_go_without(void)
{
	return errno == ENOSYS || errno == EPERM || errno == EACCES || errno == EDQUOT;
}

int label_new_session_keyring(const char *name, struct error *err)
{
	/* "type;uid;gid;permissions;description" */
	char description[512] = "";
	unsigned int permissions;
	long key;

	key = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
	if (key < 0)
		return may_go_without() ? 1 : fail_errno(err, "make session keyring '%s'", name);
	if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, key, description, sizeof(description) - 1) < 0)
		return may_go_without() ? 1 : fail_errno(err, "describe keyring '%s'", name);
	if (sscanf(description, "%*[^;];%*d;%*d;%x;", &permissions) != 1)
		return fail(err, ERROR_SYSTEM, "describe keyring '%s': '%s' is not understood", name,
			    description);
	if (syscall(SYS_keyctl, KEYCTL_SETPERM, key, permissions | KEY_USER_SEARCH) < 0)
		return may_go_without() ? 1 : fail_errno(err, "change keyring '%s'", name);
	return 0;
}
