/* What the files of rules share: how a rule complains, and what it keeps quiet about. */
#pragma once

#include <stdbool.h>

#include "base/attributes.h"
#include "json/complaints.h"
#include "spec/spec.h"

/*
 * Rules look at typed data in which whatever the decoder refused is absent. So that nothing is said
 * twice, or said of a value that was there but wrong, a rule is silent about a path at, around or
 * beneath which the decoder found an error.
 */
struct checker {
	struct complaints *complaints;
	LIST(const char *) broken;	/* paths of the decoder's errors */
	uint64_t namespaces;		/* CLONE_NEW*: the container's own, new or joined */
	uint64_t joined;		/* those of them that it joins */
};

void check_init(struct checker *check, struct complaints *complaints);

/* True when the decoder found an error at, around or beneath `path`. */
bool check_is_broken(const struct checker *check, const char *path);

/* Both words go to the complaints, as error and as warning. */
void check_error(struct checker *check, const char *path, const char *format, ...) PRINTF(3, 4);
void check_warning(struct checker *check, const char *path, const char *format, ...) PRINTF(3, 4);

/* path.name, path.name[index], path.name["key"]; `path` may be "". */
const char *check_path(struct checker *check, const char *path, const char *name);
const char *check_path_element(struct checker *check, const char *path, const char *name,
			       size_t index);
const char *check_path_key(struct checker *check, const char *path, const char *name,
			   const char *key);

/* `text` for a complaint: in quotes, on one line, not too long. */
const char *check_shown(struct checker *check, const char *text);

/* A list of numbers and ranges as cpuset(7) takes it, "0-3,7". Says nothing about what exists. */
bool check_is_number_list(const char *text);

/* One component of a path: not empty, no '/', not "." or "..". */
bool check_is_file_name(const char *text);

/* The rules of linux.*, and of its resources (also those of a resources.json). */
void check_linux(struct checker *check, const struct spec *spec);
void check_resources(struct checker *check, const struct spec_resources *resources,
		     const char *path);

/* What this build does not do. check_resources asks for its part itself. */
void check_unsupported(struct checker *check, const struct spec *spec);
void check_unsupported_process(struct checker *check, const struct spec_process *process,
			       const char *path);
void check_unsupported_resources(struct checker *check, const struct spec_resources *resources,
				 const char *path);
