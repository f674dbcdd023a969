#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/text.h"
#include "json/explain.h"

static const char *const kind_names[] = {
	[FIELD_STRING] = "string",
	[FIELD_BOOL] = "boolean",
	[FIELD_U32] = "uint32",
	[FIELD_I32] = "int32",
	[FIELD_U64] = "uint64",
	[FIELD_I64] = "int64",
	[FIELD_WORD] = "word",
	[FIELD_OBJECT] = "object",
	[FIELD_STRING_LIST] = "array of strings",
	[FIELD_U32_LIST] = "array of uint32",
	[FIELD_WORD_LIST] = "array of words",
	[FIELD_KNOWN_WORD_LIST] = "array of words",
	[FIELD_OBJECT_LIST] = "array of objects",
	[FIELD_STRING_MAP] = "map of strings",
	[FIELD_OBJECT_MAP] = "map of objects",
	[FIELD_TREE] = "any",
	[FIELD_IGNORED] = "ignored",
};

/* Only where it is narrower than the type. */
static void print_range(const struct field *field, FILE *out)
{
	switch (field->kind) {
	case FIELD_U32:
	case FIELD_U32_LIST:
		if (field->max != UINT32_MAX)
			fprintf(out, ", 0 to %" PRIu64, field->max);
		break;
	case FIELD_U64:
		if (field->max != UINT64_MAX)
			fprintf(out, ", 0 to %" PRIu64, field->max);
		break;
	case FIELD_I32:
		if (field->min != INT32_MIN || (int64_t)field->max != INT32_MAX)
			fprintf(out, ", %" PRId64 " to %" PRId64, field->min, (int64_t)field->max);
		break;
	case FIELD_I64:
		if (field->min != INT64_MIN || (int64_t)field->max != INT64_MAX)
			fprintf(out, ", %" PRId64 " to %" PRId64, field->min, (int64_t)field->max);
		break;
	default:
		break;
	}
}

/* A '|' would end the cell. */
static void print_cell(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void print_words(const struct words *words, FILE *out)
{
	const struct word *word;

	for (word = words->at; word->name; word++)
		fprintf(out, "%s`%s`", word == words->at ? ": " : ", ", word->name);
}

static void print_row(const struct field *field, const char *path, FILE *out)
{
	fprintf(out, "| `%s` | %s", path, kind_names[field->kind]);
	print_range(field, out);
	fprintf(out, " | %s | ", field->need == REQUIRED ? "yes" : "no");
	print_cell(field->description, out);
	if (field->words)
		print_words(field->words, out);
	fputs(" |\n", out);
}

static void print_table(const struct table *table, const char *prefix, FILE *out)
{
	const struct field *field;

	for (field = table->fields; field->kind != FIELD_END; field++) {
		CLEANUP(text_finish) struct text path = { 0 };

		text_printf(&path, "%s%s", prefix, field->key);
		if (field->kind == FIELD_OBJECT_LIST)
			text_add(&path, "[]");
		else if (field->kind == FIELD_OBJECT_MAP || field->kind == FIELD_STRING_MAP)
			text_add(&path, "[\"...\"]");
		print_row(field, text_get(&path), out);
		if (!field->table)
			continue;
		text_add(&path, ".");
		print_table(field->table, text_get(&path), out);
	}
}

void explain_reference(const struct table *table, FILE *out)
{
	fputs("| Property | Type | Required | Meaning |\n", out);
	fputs("| --- | --- | --- | --- |\n", out);
	print_table(table, "", out);
}

struct tokens {
	LIST(const char *) list;
	struct arena arena;
};

static void collect_tokens(const struct table *table, struct tokens *tokens)
{
	const struct field *field;
	const struct word *word;

	for (field = table->fields; field->kind != FIELD_END; field++) {
		*list_add(&tokens->arena, &tokens->list) = field->key;
		for (word = field->words ? field->words->at : NULL; word && word->name; word++)
			*list_add(&tokens->arena, &tokens->list) = word->name;
		if (field->table)
			collect_tokens(field->table, tokens);
	}
}

static int compare_tokens(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void explain_dictionary(const struct table *table, FILE *out)
{
	struct tokens tokens = { 0 };
	size_t i;

	collect_tokens(table, &tokens);
	if (tokens.list.len)
		qsort(tokens.list.at, tokens.list.len, sizeof(*tokens.list.at), compare_tokens);
	for (i = 0; i < tokens.list.len; i++) {
		if (i == 0 || strcmp(tokens.list.at[i - 1], tokens.list.at[i]) != 0)
			fprintf(out, "\"\\\"%s\\\"\"\n", tokens.list.at[i]);
	}
	arena_finish(&tokens.arena);
}
