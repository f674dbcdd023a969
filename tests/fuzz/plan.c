/* Any bytes as a config.json: refused, or planned and printed. The first byte says who asks. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan/build.h"
#include "spec/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct plan_facts facts = { .id = "fuzz",
				    .last_capability = 40,
				    .caller_bounding = UINT64_MAX };
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct error err = { 0 };
	struct spec spec = { 0 };
	struct plan plan;
	FILE *out;

	if (len && *bytes == '1') {
		facts.euid = 1000;
		facts.egid = 1000;
	} else if (len && *bytes == '2') {
		facts.in_user_namespace = true;
		facts.setgroups_denied = true;
		facts.listen_fds = 2;
	}
	if (len && *bytes != '{') {
		bytes++;
		len--;
	}
	if (spec_load_text(&spec, (const char *)bytes, len, "/bundle", "config.json", &arena,
			   &err) < 0 ||
	    plan_build(&plan, &spec, &facts, &arena, &err) < 0)
		return 0;
	out = fopen("/dev/null", "we");
	if (!out)
		abort();
	plan_print(&plan, out);
	fclose(out);
	return 0;
}
