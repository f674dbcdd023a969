/* call NUMBER...: make these system calls with arguments that do nothing, and print what each says: its errno, or 0. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		printf("%s %d\n", argv[i], syscall(atol(argv[i]), -1L, 0L, 0L, 0L, 0L, 0L) < 0 ? errno : 0);
	return 0;
}
