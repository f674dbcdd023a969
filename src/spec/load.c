#include "spec/load.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "json/decode.h"
#include "spec/check.h"
#include "spec/schema.h"

/*
 * The decoder's warnings are of what is ignored, as the specification wants it: a matter for
 * --debug. Those of the rules are for all.
 */
static void log_warnings(const struct complaints *complaints, size_t decoded)
{
	size_t i;

	for (i = 0; i < complaints->list.len; i++) {
		struct complaint complaint = complaints->list.at[i];

		if (complaint.severity != COMPLAINT_WARNING || (i < decoded && !log_is_debug()))
			continue;
		/* The log says itself what kind of line it is. */
		complaint.severity = COMPLAINT_ERROR;
		if (i < decoded)
			log_debug("%s", complaint_line(complaints, &complaint, NULL));
		else
			log_warning("%s", complaint_line(complaints, &complaint, NULL));
	}
}

/* `file`, or standard input for "-", which is then left open. */
static int open_file(const char *file, struct error *err)
{
	int fd;

	if (strcmp(file, "-") == 0)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail_errno(err, "open '%s'", file);
	return fd;
}

static int read_document(struct json_document *document, const char *file, struct arena *arena,
			 struct error *err)
{
	CLEANUP(fd_close) int fd = open_file(file, err);

	if (fd < 0)
		return -1;
	return json_parse_fd(document, strcmp(file, "-") == 0 ? "stdin" : file, fd, arena, err);
}

static int find_bundle(const char *bundle, const char **absolute, struct arena *arena,
		       struct error *err)
{
	struct stat status;
	char *resolved;

	if (!bundle || !*bundle)
		bundle = ".";
	resolved = realpath(bundle, NULL);
	if (!resolved)
		return fail_errno(err, "open bundle '%s'", bundle);
	*absolute = arena_strdup(arena, resolved);
	free(resolved);
	if (stat(*absolute, &status) < 0)
		return fail_errno(err, "open bundle '%s'", bundle);
	if (!S_ISDIR(status.st_mode))
		return fail(err, ERROR_CONFIG, "open bundle '%s': Not a directory", bundle);
	return 0;
}

/* As the user would name it: without a folder where that is the current one. */
static const char *find_config(const char *bundle, const char *config, struct arena *arena)
{
	if (config)
		return config;
	if (!bundle || !*bundle || strcmp(bundle, ".") == 0)
		return "config.json";
	return path_join(arena, bundle, "config.json");
}

void spec_decode(struct spec *spec, const struct json_document *document, struct arena *arena,
		 struct complaints *complaints, size_t *decoded)
{
	json_decode(document->root, &spec_config_table, spec, arena, complaints);
	if (decoded)
		*decoded = complaints->list.len;
	spec->file = document->file;
	spec->text = document->bytes;
	spec->text_len = document->len;
	spec_check(spec, complaints);
}

int spec_load(struct spec *spec, const char *bundle, const char *config, struct arena *arena,
	      struct error *err)
{
	struct json_document document;
	struct complaints complaints;
	const char *absolute = NULL;
	size_t decoded;

	if (find_bundle(bundle, &absolute, arena, err) < 0 ||
	    read_document(&document, find_config(bundle, config, arena), arena, err) < 0)
		return -1;
	complaints_init(&complaints, arena, &document);
	spec_decode(spec, &document, arena, &complaints, &decoded);
	spec->bundle = absolute;
	log_warnings(&complaints, decoded);
	return complaints_to_error(&complaints, NULL, err);
}

int spec_load_text(struct spec *spec, const char *text, size_t len, const char *bundle,
		   const char *name, struct arena *arena, struct error *err)
{
	struct json_document document;
	struct complaints complaints;

	if (json_parse(&document, name, text, len, arena, err) < 0)
		return -1;
	complaints_init(&complaints, arena, &document);
	spec_decode(spec, &document, arena, &complaints, NULL);
	spec->bundle = bundle;
	return complaints_to_error(&complaints, NULL, err);
}

int spec_load_process(struct spec_process *process, const char *file, struct arena *arena,
		      struct error *err)
{
	struct json_document document;
	struct complaints complaints;
	size_t decoded;

	if (read_document(&document, file, arena, err) < 0)
		return -1;
	complaints_init(&complaints, arena, &document);
	json_decode(document.root, &spec_process_table, process, arena, &complaints);
	decoded = complaints.list.len;
	spec_check_process(process, "", &complaints);
	log_warnings(&complaints, decoded);
	return complaints_to_error(&complaints, NULL, err);
}

int spec_load_resources(struct spec_resources *resources, const char *file, struct arena *arena,
			struct error *err)
{
	struct json_document document;
	struct complaints complaints;
	size_t decoded;

	if (read_document(&document, file, arena, err) < 0)
		return -1;
	complaints_init(&complaints, arena, &document);
	json_decode(document.root, &spec_resources_table, resources, arena, &complaints);
	decoded = complaints.list.len;
	spec_check_resources(resources, "", &complaints);
	log_warnings(&complaints, decoded);
	return complaints_to_error(&complaints, NULL, err);
}
