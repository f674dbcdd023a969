/*
 * What a table cannot say: the specification's rules between properties, each complaint with its
 * JSON path; and what this build of hoy does not do yet, refused by name (src/spec/unsupported.c).
 * Nothing is ever silently ignored.
 *
 * All of these add to complaints that the decoder may have begun, and can be asked even where it
 * found errors: a rule is silent about what the decoder refused. `path` is where the object stands
 * in its document: "process", or "" in a file of its own.
 */
#pragma once

#include "json/complaints.h"
#include "spec/spec.h"

void spec_check(const struct spec *spec, struct complaints *complaints);
void spec_check_process(const struct spec_process *process, const char *path,
			struct complaints *complaints);
void spec_check_resources(const struct spec_resources *resources, const char *path,
			  struct complaints *complaints);
