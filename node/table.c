#include "node/table.h"

#include <stdio.h>
#include <string.h>

#include "node/csv.h"

enum { PATH_BYTES = 200, CELL_BYTES = 4096 };

static const json_t *rows_of(const json_t *answer)
{
	static const char *const names[] = {"items", "rows", "classes", "years", "goals", "areas", "people"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (json_is_array(json_object_get(answer, names[i])))
			return json_object_get(answer, names[i]);
	return NULL;
}

/* Columns in the order in which rows first have them. */
static void add_columns(json_t *columns, const char *prefix, const json_t *row)
{
	const char *name;
	json_t *v;
	json_object_foreach((json_t *)(uintptr_t)row, name, v)
	{
		char path[PATH_BYTES];
		snprintf(path, sizeof path, "%s%s%.60s", prefix, *prefix ? "." : "", name);
		if (json_is_object(v))
			add_columns(columns, path, v);
		else
			json_object_set_new(columns, path, json_true());
	}
}

static const json_t *value_at(const json_t *row, const char *path)
{
	while (row && *path) {
		/* a name may hold dots itself: the longest that fits */
		size_t n = strlen(path);
		const json_t *next = NULL;
		for (; n && !next; n--) {
			char name[PATH_BYTES];
			if (path[n] != '\0' && path[n] != '.')
				continue;
			snprintf(name, sizeof name, "%.*s", (int)n, path);
			next = json_object_get(row, name);
			if (next)
				break;
		}
		if (!next)
			return NULL;
		row = next;
		path += n + (path[n] == '.');
	}
	return row;
}

static void add_text(char *cell, const json_t *v)
{
	size_t n = strlen(cell);
	char *at = cell + n;
	size_t left = CELL_BYTES - n;
	if (json_is_string(v))
		snprintf(at, left, "%s", json_string_value(v));
	else if (json_is_integer(v))
		snprintf(at, left, "%lld", (long long)json_integer_value(v));
	else if (json_is_boolean(v))
		snprintf(at, left, "%s", json_is_true(v) ? "true" : "false");
}

static void write_cell(struct csv_writer *w, const json_t *v)
{
	char cell[CELL_BYTES] = "";
	const json_t *one;
	size_t i;
	add_text(cell, v);
	json_array_foreach(v, i, one)
	{
		if (i && strlen(cell) + 3 < CELL_BYTES)
			strcat(cell, "; ");
		add_text(cell, one);
	}
	csv_put(w, cell);
}

bool table_write(const json_t *answer, struct buf *out)
{
	const json_t *rows = rows_of(answer), *row;
	struct csv_writer w = {.out = out, .separator = ';'};
	const char *column;
	json_t *unused, *columns;
	size_t i;
	if (!rows)
		return false;
	columns = json_object();
	json_array_foreach(rows, i, row)
	{
		add_columns(columns, "", row);
	}
	buf_put_text(out, "\xef\xbb\xbf");
	json_object_foreach(columns, column, unused)
	{
		csv_put(&w, column);
	}
	csv_end_row(&w);
	json_array_foreach(rows, i, row)
	{
		json_object_foreach(columns, column, unused)
		{
			write_cell(&w, value_at(row, column));
		}
		csv_end_row(&w);
	}
	json_decref(columns);
	return true;
}
