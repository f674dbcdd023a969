/*
 * config FILE...       every complaint about each of these config.json files, one a line, warnings
 * too; "sound" where there is none config --table       the table of config.json, one "path kind
 * need values" a line, for tests/lint/schema.py config --reference   docs/config.md config
 * --dictionary  its names and words for fuzzers
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "json/explain.h"
#include "spec/load.h"
#include "spec/schema.h"

static int judge(const char *file)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	CLEANUP(fd_close) int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct json_document document;
	struct complaints complaints;
	struct error err = { 0 };
	struct spec spec;

	if (fd < 0) {
		perror(file);
		return 2;
	}
	if (json_parse_fd(&document, file, fd, &arena, &err) < 0) {
		puts(err.text);
		return 0;
	}
	complaints_init(&complaints, &arena, &document);
	spec_decode(&spec, &document, &arena, &complaints, NULL);
	complaints_print(&complaints, NULL, stdout);
	if (complaints.list.len == 0)
		puts("sound");
	return 0;
}

static const char *kind_name(const struct field *field)
{
	switch (field->kind) {
	case FIELD_STRING:
		return "string";
	case FIELD_BOOL:
		return "boolean";
	case FIELD_U32:
	case FIELD_I32:
	case FIELD_U64:
	case FIELD_I64:
		return "integer";
	case FIELD_WORD:
		return "word";
	case FIELD_OBJECT:
		return "object";
	case FIELD_STRING_LIST:
		return "array-of-string";
	case FIELD_U32_LIST:
		return "array-of-integer";
	case FIELD_WORD_LIST:
	case FIELD_KNOWN_WORD_LIST:
		return "array-of-word";
	case FIELD_OBJECT_LIST:
		return "array-of-object";
	case FIELD_STRING_MAP:
		return "map-of-string";
	case FIELD_OBJECT_MAP:
		return "map-of-object";
	case FIELD_IGNORED:
		return "ignored";
	default:
		return "any";
	}
}

/* path, kind, need, and what a value may be: "0..5" or the words. */
static void dump(const struct table *table, const char *prefix)
{
	const struct field *field;
	const struct word *word;
	char path[512];

	for (field = table->fields; field->kind != FIELD_END; field++) {
		snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", field->key);
		printf("%s %s %s", path, kind_name(field),
		       field->need == REQUIRED ? "required" : "optional");
		if (field->words)
			for (word = field->words->at; word->name; word++)
				printf(" %s", word->name);
		else if (field->kind == FIELD_I32 || field->kind == FIELD_I64)
			printf(" %" PRId64 "..%" PRId64, field->min, (int64_t)field->max);
		else if (field->kind == FIELD_U32 || field->kind == FIELD_U64 ||
			 field->kind == FIELD_U32_LIST)
			printf(" 0..%" PRIu64, field->max);
		putchar('\n');
		if (!field->table)
			continue;
		if (field->kind == FIELD_OBJECT_LIST)
			snprintf(path, sizeof(path), "%s%s%s[]", prefix, *prefix ? "." : "",
				 field->key);
		else if (field->kind == FIELD_OBJECT_MAP)
			snprintf(path, sizeof(path), "%s%s%s{}", prefix, *prefix ? "." : "",
				 field->key);
		dump(field->table, path);
	}
}

static void write_reference(void)
{
	fputs("# config.json\n\n"
	      "Every property that hoy knows: all that runtime-spec 1.3.0 has for Linux. This page "
	      "is made from the tables that\n"
	      "decode it, `src/spec/schema.c`: `build/plain/tests/golden/config --reference > "
	      "docs/config.md`.\n\n"
	      "Rules between properties are in `src/spec/check*.c`; what is understood but refused "
	      "by this version is listed in\n"
	      "`src/spec/unsupported.c`. Unknown properties are ignored, as the specification "
	      "wants, and named with `--debug`.\n\n",
	      stdout);
	explain_reference(&spec_config_table, stdout);
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";
	int i, status = 0;

	if (strcmp(what, "--table") == 0)
		dump(&spec_config_table, "");
	else if (strcmp(what, "--reference") == 0)
		write_reference();
	else if (strcmp(what, "--dictionary") == 0)
		explain_dictionary(&spec_config_table, stdout);
	else
		for (i = 1; i < argc; i++)
			status |= judge(argv[i]);
	return status;
}
