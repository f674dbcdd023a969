/* Any bytes as config.json: parse, decode, check, and what came through written and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json/complaints.h"
#include "spec/default.h"
#include "spec/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct error err = { 0 };
	struct spec spec, again;
	const char *text;

	if (spec_load_text(&spec, (const char *)bytes, len, "/bundle", "config.json", &arena,
			   &err) < 0)
		return 0;
	text = spec_encode(&spec, &arena);
	/* What was sound stays sound, and says the same. */
	if (spec_load_text(&again, text, strlen(text), "/bundle", "written", &arena, &err) < 0 ||
	    strcmp(spec_encode(&again, &arena), text) != 0)
		abort();
	return 0;
}
