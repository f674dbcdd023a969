#include "spec/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/common.h"
#include "spec/default.h"

static int write_config(const char *folder, const char *text, struct error *err)
{
	CLEANUP(fd_close) int at = -1;
	bool written;
	int fd;

	at = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return fail_errno(err, "open the folder '%s'", folder);
	fd = openat(at, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST)
		return fail(err, ERROR_STATE, "file config.json exists. Remove it first");
	if (fd < 0)
		return fail_errno(err, "make '%s/config.json'", folder);
	written = fd_write_all(fd, text, strlen(text)) >= 0;
	if (written && close(fd) == 0)
		return 0;
	fail_errno(err, "write '%s/config.json'", folder);
	if (!written)
		close(fd);
	unlinkat(at, "config.json", 0);
	return -1;
}

int cmd_spec(struct options *options, int *status, struct arena *arena, struct error *err)
{
	struct spec spec;

	(void)status;
	spec_default(&spec, options->for_rootless, geteuid(), getegid(), arena);
	return write_config(options->bundle ? options->bundle : ".", spec_encode(&spec, arena),
			    err);
}
