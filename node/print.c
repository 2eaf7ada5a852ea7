#include "node/print.h"

#include <stdio.h>
#include <string.h>

static void escaped(struct buf *out, const char *text)
{
	for (const char *p = text ? text : ""; *p; p++) {
		const char *as = *p == '<' ? "&lt;" : *p == '>' ? "&gt;" : *p == '&' ? "&amp;" : *p == '"' ? "&quot;" : NULL;
		if (as)
			buf_put_text(out, as);
		else
			buf_put_byte(out, (uint8_t)*p);
	}
}

void print_begin(struct buf *out, const char *title)
{
	buf_put_text(out, "<!doctype html>\n<html lang=\"ru\"><head><meta charset=\"utf-8\"><title>");
	escaped(out, title);
	buf_put_text(out, "</title><link rel=\"stylesheet\" href=\"/print.css\"></head><body>\n");
	print_text(out, "h1", title);
}

void print_end(struct buf *out)
{
	buf_put_text(out, "</body></html>\n");
}

void print_text(struct buf *out, const char *element, const char *text)
{
	buf_printf(out, "<%s>", element);
	escaped(out, text);
	buf_printf(out, "</%s>\n", element);
}

void print_row(struct buf *out, const char *element, const char *const cells[], size_t n)
{
	buf_put_text(out, "<tr>");
	for (size_t i = 0; i < n; i++)
		print_text(out, element, cells[i]);
	buf_put_text(out, "</tr>\n");
}

void print_hundredths(const json_t *value, char out[32])
{
	long long v = json_integer_value(value);
	if (json_is_integer(value))
		snprintf(out, 32, "%lld,%02lld", v / 100, v % 100);
	else
		snprintf(out, 32, "—");
}

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

/* --- a student's record ----------------------------------------------------------------------- */

static void print_values(struct buf *out, const json_t *entry)
{
	const json_t *fields = json_object_get(entry, "fields"), *words = json_object_get(entry, "words");
	const char *code;
	json_t *v;
	json_object_foreach((json_t *)(uintptr_t)fields, code, v)
	{
		const json_t *word = json_object_get(words, code);
		const char *text = json_string_value(json_is_string(word) ? word : v);
		char number[24];
		if (json_is_integer(v)) {
			snprintf(number, sizeof number, "%lld", (long long)json_integer_value(v));
			text = number;
		}
		/* ids of other entries say nothing on paper */
		if (!text || strcmp(text, text_of(entry, "title")) == 0 || strlen(text) == 64)
			continue;
		escaped(out, text);
		buf_put_text(out, "; ");
	}
}

static void print_entry(struct buf *out, const json_t *entry)
{
	const json_t *by = json_object_get(entry, "by"), *history = json_object_get(entry, "history"), *step;
	size_t i;
	buf_put_text(out, "<tr><td>");
	escaped(out, text_of(json_object_get(entry, "kind_title"), "ru"));
	buf_put_text(out, "</td><td><strong>");
	escaped(out, text_of(entry, "title"));
	buf_put_text(out, "</strong><br>");
	print_values(out, entry);
	buf_put_text(out, "</td><td>");
	escaped(out, text_of(by, "name"));
	buf_put_text(out, ", ");
	escaped(out, text_of(by, "role"));
	json_array_foreach(history, i, step)
	{
		const char *verdict = text_of(step, "verdict");
		if (strcmp(verdict, "confirm") != 0)
			continue;
		buf_put_text(out, "<br>Подтверждено: ");
		escaped(out, text_of(json_object_get(step, "by"), "name"));
		buf_put_text(out, ", ");
		escaped(out, text_of(json_object_get(step, "school"), "name"));
	}
	buf_put_text(out, "</td><td>");
	escaped(out, text_of(json_object_get(entry, "author"), "name"));
	buf_put_text(out, "</td></tr>\n");
}

void print_transcript(struct buf *out, const json_t *student, const json_t *entries, const char *school)
{
	static const char *const heading[] = {"Вид", "Запись", "Кто внёс и подтвердил", "Школа"};
	char title[600];
	snprintf(title, sizeof title, "%s %s %s", text_of(student, "family"), text_of(student, "given"), text_of(student, "patronymic"));
	print_begin(out, title);
	snprintf(title, sizeof title, "%s%s%s", school, *text_of(student, "class") ? ", класс " : "", text_of(student, "class"));
	print_text(out, "p", title);
	for (int year = 2200; year >= 1900; year--) {
		bool any = false;
		const json_t *e;
		size_t i;
		json_array_foreach(entries, i, e)
		{
			if (json_integer_value(json_object_get(e, "period")) != year || strcmp(text_of(e, "status"), "confirmed") != 0)
				continue;
			if (!any) {
				snprintf(title, sizeof title, "%d/%d учебный год", year, year + 1);
				print_text(out, "h2", title);
				buf_put_text(out, "<table>\n");
				print_row(out, "th", heading, 4);
				any = true;
			}
			print_entry(out, e);
		}
		if (any)
			buf_put_text(out, "</table>\n");
	}
	print_end(out);
}

/* --- the school's analysis -------------------------------------------------------------------- */

static void number(const json_t *o, const char *name, char out[32])
{
	snprintf(out, 32, "%lld", (long long)json_integer_value(json_object_get(o, name)));
}

static void print_figures(struct buf *out, const char *name, const json_t *f)
{
	static const char *const names[] = {"students", "confirmed", "waiting", "returned", "deviations", "one_sided", "goals", "reached"};
	char cells[9][32];
	const char *row[10] = {name};
	for (size_t i = 0; i < 8; i++) {
		number(f, names[i], cells[i]);
		row[i + 1] = cells[i];
	}
	print_hundredths(json_object_get(f, "indicator"), cells[8]);
	row[9] = cells[8];
	print_row(out, "td", row, 10);
}

void print_analysis(struct buf *out, const json_t *analysis, const char *school)
{
	static const char *const heading[] = {"Класс", "Учеников", "Подтверждено", "Ждёт проверки", "Возвращено", "Отклонений",
					      "Однобоких портфолио", "Целей", "Достигнуто", "Показатель"};
	char title[600];
	const json_t *class, *rule;
	size_t i;
	int year = (int)json_integer_value(json_object_get(analysis, "period"));
	snprintf(title, sizeof title, "Аналитическая справка, %d/%d учебный год", year, year + 1);
	print_begin(out, title);
	print_text(out, "p", school);
	buf_put_text(out, "<table>\n");
	print_row(out, "th", heading, 10);
	json_array_foreach(json_object_get(analysis, "classes"), i, class)
	{
		print_figures(out, text_of(class, "name"), class);
	}
	print_figures(out, "Всего", json_object_get(analysis, "total"));
	buf_put_text(out, "</table>\n");
	print_text(out, "h2", "Как посчитано");
	json_array_foreach(json_object_get(analysis, "rules"), i, rule)
	{
		snprintf(title, sizeof title, "%s, версия %lld", text_of(json_object_get(rule, "title"), "ru"),
			 (long long)json_integer_value(json_object_get(rule, "version")));
		print_text(out, "h3", title);
		print_text(out, "p", text_of(json_object_get(rule, "text"), "ru"));
	}
	print_end(out);
}
