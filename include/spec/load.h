/* From files to typed data: config.json, process.json, resources.json. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "json/complaints.h"
#include "json/json.h"
#include "spec/spec.h"

/*
 * Read and decode `config` (NULL: "config.json" in `bundle`; runtime-spec, bundle.md) and fill in
 * `spec`, then hold it against the rules between properties (spec/check.h). All complaints come at
 * once in one error, each as "file:line:column: json.path: ..."; unknown properties are ignored,
 * with a debug line (config.md, Extensibility), what the rules find questionable is a warning. A
 * bundle that is no directory or has no config is an error of its own. `bundle` is made absolute;
 * NULL is the current directory. A relative `config` is taken from the current directory.
 */
MUST_CHECK int spec_load(struct spec *spec, const char *bundle, const char *config,
			 struct arena *arena, struct error *err);

/*
 * The same from a copy kept in memory; used by exec and delete with what create stored. `bundle` is
 * taken as it is. It says nothing but errors: the warnings were create's.
 */
MUST_CHECK int spec_load_text(struct spec *spec, const char *text, size_t len, const char *bundle,
			      const char *name, struct arena *arena, struct error *err);

/*
 * A process.json ("-": standard input), as `exec --process` reads it; checked like config.json's
 * process.
 */
MUST_CHECK int spec_load_process(struct spec_process *process, const char *file,
				 struct arena *arena, struct error *err);

/* A resources.json ("-": standard input), as `update --resources` reads it. */
MUST_CHECK int spec_load_resources(struct spec_resources *resources, const char *file,
				   struct arena *arena, struct error *err);

/*
 * What all of the above stand on, for tools that want every complaint by itself: decode `document`
 * into `spec` (bundle stays NULL) and check it. `complaints` was begun with complaints_init over
 * the same document; with errors among them, `spec` must not be used. Those before *decoded are the
 * decoder's own, until they are sorted; `decoded` may be NULL.
 */
void spec_decode(struct spec *spec, const struct json_document *document, struct arena *arena,
		 struct complaints *complaints, size_t *decoded);
