#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "cmd/common.h"

struct container {
	struct record record;
	enum host_status status;
};

struct containers {
	LIST(struct container) list;
};

/* What goes while we look is left out; what cannot be read must not hide the others. */
static int look_at_all(struct store *store, struct containers *containers, struct arena *arena,
		       struct error *err)
{
	struct container container;
	struct error why;
	const char **ids;
	size_t len, i;

	if (store_list(store, &ids, &len, arena, err) < 0)
		return -1;
	for (i = 0; i < len; i++) {
		container = (struct container){ 0 };
		if (host_look(store, ids[i], &container.record, &container.status, arena,
			      &why) < 0) {
			if (!text_starts_with(why.text, "container does not exist"))
				log_warning("list: leave out '%s': %s", ids[i], why.text);
			continue;
		}
		*list_add(arena, &containers->list) = container;
	}
	return 0;
}

/* -------------------------------------------------------------------- table */

#define COLUMNS 6

/* In characters, not bytes. */
static int width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* Laid out as runc's: columns at least 12 wide, 3 blanks between, the last one unpadded. */
static void print_table(const struct containers *containers, struct arena *arena)
{
	const char *(*rows)[COLUMNS] =
		arena_alloc(arena, sizeof(*rows) * (containers->list.len + 1));
	static const char *const header[COLUMNS] = {
		"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER",
	};
	int widths[COLUMNS], width;
	size_t row, column, len = containers->list.len + 1;

	memcpy(rows[0], header, sizeof(header));
	for (row = 1; row < len; row++) {
		const struct container *container = &containers->list.at[row - 1];
		const struct record *record = &container->record;

		rows[row][0] = record->id;
		rows[row][1] =
			arena_printf(arena, "%" PRId64, cmd_shown_pid(record, container->status));
		rows[row][2] = host_status_name(container->status);
		rows[row][3] = record->bundle ? record->bundle : "";
		rows[row][4] = cmd_created(record);
		rows[row][5] = cmd_user_name(record->owner_uid, arena);
	}
	for (column = 0; column < COLUMNS; column++) {
		widths[column] = 12;
		for (row = 0; row < len; row++) {
			width = width_of(rows[row][column]) + 3;
			if (width > widths[column])
				widths[column] = width;
		}
	}
	for (row = 0; row < len; row++) {
		for (column = 0; column < COLUMNS - 1; column++)
			printf("%s%*s", rows[row][column],
			       widths[column] - width_of(rows[row][column]), "");
		puts(rows[row][COLUMNS - 1]);
	}
}

/* --------------------------------------------------------------------- rest */

static void print_json(const struct containers *containers, struct arena *arena)
{
	CLEANUP(json_writer_destroy) struct json_writer *writer = json_writer_create(JSON_COMPACT);
	size_t i;

	json_write_begin(writer, NULL, JSON_ARRAY);
	for (i = 0; i < containers->list.len; i++)
		cmd_write_state(writer, &containers->list.at[i].record,
				containers->list.at[i].status, arena);
	json_write_end(writer);
	puts(json_written(writer));
}

static int print_ids(struct store *store, struct arena *arena, struct error *err)
{
	const char **ids;
	size_t len, i;

	if (store_list(store, &ids, &len, arena, err) < 0)
		return -1;
	for (i = 0; i < len; i++)
		puts(ids[i]);
	return 0;
}

int cmd_list(struct options *options, int *status, struct arena *arena, struct error *err)
{
	CLEANUP(store_close) struct store store = { .fd = -1 };
	struct containers containers = { 0 };

	(void)status;
	if (cmd_open_store(options, false, &store, arena, err) < 0)
		return -1;
	if (options->quiet)
		return print_ids(&store, arena, err);
	if (look_at_all(&store, &containers, arena, err) < 0)
		return -1;
	if (options->format && strcmp(options->format, "json") == 0)
		print_json(&containers, arena);
	else
		print_table(&containers, arena);
	return 0;
}
