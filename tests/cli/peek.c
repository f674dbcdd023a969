/*
 * peek FILE: what a container with CAP_SYS_PTRACE may try while others enter it: look for FILE, which is
 * one of the host's, beneath the root, the working folder and the descriptors of every process that it sees. Prints
 * "seen" once it has found it. Runs until it is killed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int look_in(const char *pid, const char *way, const char *file)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s/%s", pid, way, file);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int look_at(const char *pid, const char *file)
{
	static const char *const ways[] = { "root", "cwd", "cwd/..", "fd/3/../..", "fd/4/../..", "fd/5/../..", "fd/6/../.." };
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (look_in(pid, ways[i], file))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	DIR *proc;

	if (argc != 2)
		return 2;
	for (;;) {
		proc = opendir("/proc");
		while (proc && (entry = readdir(proc)))
			if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && look_at(entry->d_name, argv[1])) {
				puts("seen");
				return 1;
			}
		if (proc)
			closedir(proc);
	}
}
