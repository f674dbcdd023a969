/* Replays a fuzz target's corpus without a fuzzer: each file named on the command line is one TAP test. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int main(int argc, char **argv)
{
	uint8_t *bytes;
	size_t len;
	FILE *file;
	int i;

	printf("1..%d\n", argc - 1);
	for (i = 1; i < argc; i++) {
		file = fopen(argv[i], "rb");
		if (!file || fseek(file, 0, SEEK_END) < 0) {
			printf("Bail out! %s cannot be read\n", argv[i]);
			return 1;
		}
		len = (size_t)ftell(file);
		rewind(file);
		/* As large as the file and not a byte more: an overrun is seen by the sanitizer. */
		bytes = malloc(len ? len : 1);
		if (!bytes || fread(bytes, 1, len, file) != len)
			return 1;
		fclose(file);
		LLVMFuzzerTestOneInput(bytes, len);
		free(bytes);
		printf("ok %d - %s\n", i, argv[i]);
		fflush(stdout);
	}
	return 0;
}
