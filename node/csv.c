#include "node/csv.h"

#include "node/http.h"

/* --- reading ---------------------------------------------------------------------------------- */

const char *csv_fault_name(enum csv_fault f)
{
	static const char *const NAMES[] = {
	    [CSV_FINE] = "FINE",
	    [CSV_EMPTY] = "EMPTY",
	    [CSV_UTF16] = "UTF16",
	    [CSV_NUL] = "NUL",
	    [CSV_CP1251] = "CP1251",
	    [CSV_BAD_UTF8] = "BAD_UTF8",
	    [CSV_OPEN_QUOTE] = "OPEN_QUOTE",
	    [CSV_STRAY_QUOTE] = "STRAY_QUOTE",
	    [CSV_TOO_MANY_FIELDS] = "TOO_MANY_FIELDS",
	    [CSV_TOO_MANY_ROWS] = "TOO_MANY_ROWS",
	};
	return NAMES[f];
}

static enum err fault(struct csv *c, size_t line, enum csv_fault f, enum err e)
{
	c->line = line;
	c->fault = f;
	c->n = 0;
	c->rest.n = 0;
	return e;
}

static bool is_utf16(struct bytes text)
{
	return text.n >= 2 && (memcmp(text.p, "\xff\xfe", 2) == 0 || memcmp(text.p, "\xfe\xff", 2) == 0);
}

/* Of the bytes above ASCII at least four in five are letters of the Russian alphabet. */
bool csv_looks_cp1251(struct bytes text)
{
	if (utf8_valid(text) || is_utf16(text) || (text.n && memchr(text.p, '\0', text.n)))
		return false;
	size_t high = 0, letters = 0;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t b = text.p[i];
		high += b >= 0x80;
		letters += b >= 0xc0 || b == 0xa8 || b == 0xb8;
	}
	return high && letters * 5 >= high * 4;
}

static enum err check_encoding(struct csv *c, struct bytes text)
{
	if (is_utf16(text))
		return fault(c, 1, CSV_UTF16, ERR_BAD_FORM);
	size_t line = 1;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\0')
			return fault(c, line, CSV_NUL, ERR_BAD_FORM);
		line += text.p[i] == '\n';
	}
	if (utf8_valid(text))
		return ERR_OK;
	return fault(c, 1, csv_looks_cp1251(text) ? CSV_CP1251 : CSV_BAD_UTF8, ERR_BAD_UTF8);
}

static char find_separator(struct bytes text)
{
	size_t commas = 0, semicolons = 0;
	bool quoted = false, begun = false;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t b = text.p[i];
		if (b == '"')
			quoted = !quoted;
		else if (!quoted && begun && (b == '\n' || b == '\r'))
			break;
		commas += !quoted && b == ',';
		semicolons += !quoted && b == ';';
		begun = begun || b > ' ';
	}
	return semicolons > commas ? ';' : ',';
}

enum err csv_init(struct csv *c, struct bytes text)
{
	*c = (struct csv){.separator = ',', .line = 1, .next_line = 1};
	buf_init(&c->text, text.n + 1);
	enum err e = check_encoding(c, text);
	if (e)
		return e;
	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		text = bytes_of(text.p + 3, text.n - 3);
	size_t i = 0;
	while (i < text.n && (text.p[i] == '\n' || text.p[i] == '\r' || text.p[i] == ' '))
		i++;
	if (i == text.n)
		return fault(c, 1, CSV_EMPTY, ERR_BAD_FORM);
	c->separator = find_separator(text);
	c->rest = text;
	return ERR_OK;
}

void csv_release(struct csv *c)
{
	buf_wipe(&c->text);
	c->n = 0;
}

static int peek(const struct csv *c)
{
	return c->rest.n ? *c->rest.p : -1;
}

static int take(struct csv *c)
{
	int b = peek(c);
	if (b >= 0) {
		c->rest.p++;
		c->rest.n--;
		c->next_line += b == '\n';
	}
	return b;
}

static bool ends_field(const struct csv *c, int b)
{
	return b < 0 || b == '\n' || b == '\r' || b == c->separator;
}

static enum err read_quoted(struct csv *c)
{
	size_t opened = c->next_line;
	take(c);
	for (;;) {
		int b = take(c);
		if (b < 0)
			return fault(c, opened, CSV_OPEN_QUOTE, ERR_BAD_FORM);
		if (b == '"') {
			if (peek(c) != '"')
				break;
			take(c);
		}
		buf_put_byte(&c->text, (uint8_t)b);
	}
	if (!ends_field(c, peek(c)))
		return fault(c, c->next_line, CSV_STRAY_QUOTE, ERR_BAD_FORM);
	return ERR_OK;
}

static enum err read_field(struct csv *c)
{
	if (peek(c) == '"')
		return read_quoted(c);
	while (!ends_field(c, peek(c))) {
		int b = take(c);
		if (b == '"')
			return fault(c, c->next_line, CSV_STRAY_QUOTE, ERR_BAD_FORM);
		buf_put_byte(&c->text, (uint8_t)b);
	}
	return ERR_OK;
}

static void skip_line_end(struct csv *c)
{
	if (peek(c) == '\r')
		take(c);
	if (peek(c) == '\n')
		take(c);
}

static enum err read_row(struct csv *c)
{
	size_t at[CSV_FIELDS_MAX];
	buf_reset(&c->text);
	c->line = c->next_line;
	c->n = 0;
	for (;;) {
		if (c->n == CSV_FIELDS_MAX)
			return fault(c, c->line, CSV_TOO_MANY_FIELDS, ERR_TOO_LARGE);
		at[c->n++] = c->text.n;
		enum err e = read_field(c);
		if (e)
			return e;
		buf_put_byte(&c->text, '\0');
		if (peek(c) != c->separator)
			break;
		take(c);
	}
	skip_line_end(c);
	if (c->text.err)
		return fault(c, c->line, CSV_FINE, c->text.err);
	for (size_t i = 0; i < c->n; i++)
		c->field[i] = (const char *)c->text.p + at[i];
	return ERR_OK;
}

static bool blank(const struct csv *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (*c->field[i])
			return false;
	return true;
}

enum err csv_next(struct csv *c, bool *more)
{
	*more = false;
	if (c->fault)
		return ERR_BAD_FORM;
	do {
		if (c->rest.n == 0) {
			c->n = 0;
			return ERR_OK;
		}
		enum err e = read_row(c);
		if (e)
			return e;
	} while (blank(c));
	if (++c->rows > (size_t)CSV_ROWS_MAX + 1)
		return fault(c, c->line, CSV_TOO_MANY_ROWS, ERR_TOO_LARGE);
	*more = true;
	return ERR_OK;
}

void csv_trim(struct csv *c)
{
	for (size_t i = 0; i < c->n; i++) {
		size_t at = (size_t)(c->field[i] - (const char *)c->text.p);
		for (size_t n = strlen(c->field[i]); n && c->text.p[at + n - 1] == ' ';)
			c->text.p[at + --n] = 0;
	}
}

/* --- Windows-1251 ----------------------------------------------------------------------------- */

static void put_utf8(struct buf *out, unsigned c)
{
	if (c < 0x80) {
		buf_put_byte(out, (uint8_t)c);
	} else if (c < 0x800) {
		buf_put_byte(out, (uint8_t)(0xc0 | c >> 6));
		buf_put_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
	} else {
		buf_put_byte(out, (uint8_t)(0xe0 | c >> 12));
		buf_put_byte(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
		buf_put_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
	}
}

void csv_from_cp1251(struct bytes text, struct buf *out)
{
	static const uint16_t FROM_80[64] = {
	    0x0402, 0x0403, 0x201a, 0x0453, 0x201e, 0x2026, 0x2020, 0x2021, 0x20ac, 0x2030, 0x0409,
	    0x2039, 0x040a, 0x040c, 0x040b, 0x040f, 0x0452, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	    0x2013, 0x2014, 0xfffd, 0x2122, 0x0459, 0x203a, 0x045a, 0x045c, 0x045b, 0x045f, 0x00a0,
	    0x040e, 0x045e, 0x0408, 0x00a4, 0x0490, 0x00a6, 0x00a7, 0x0401, 0x00a9, 0x0404, 0x00ab,
	    0x00ac, 0x00ad, 0x00ae, 0x0407, 0x00b0, 0x00b1, 0x0406, 0x0456, 0x0491, 0x00b5, 0x00b6,
	    0x00b7, 0x0451, 0x2116, 0x0454, 0x00bb, 0x0458, 0x0405, 0x0455, 0x0457,
	};
	for (size_t i = 0; i < text.n; i++) {
		uint8_t b = text.p[i];
		put_utf8(out, b < 0x80 ? b : b < 0xc0 ? FROM_80[b - 0x80] : 0x410u + b - 0xc0);
	}
}

/* --- writing ---------------------------------------------------------------------------------- */

static bool is_number(const char *s)
{
	if (*s == '+' || *s == '-')
		s++;
	size_t whole = strspn(s, "0123456789");
	s += whole;
	if (whole && (*s == '.' || *s == ','))
		s += 1 + strspn(s + 1, "0123456789");
	return whole && *s == '\0';
}

/* Behind the blanks that a spreadsheet passes over, the wide ones of other alphabets too. */
static const char *skip_blanks(const char *s)
{
	static const char *const wide[] = {"\u00a0", "\u1680", "\u202f", "\u205f", "\u3000", "\ufeff"};
	for (;;) {
		size_t n = strspn(s, " \t\r\n\v\f");
		for (size_t i = 0; !n && i < sizeof wide / sizeof *wide; i++)
			n = strncmp(s, wide[i], strlen(wide[i])) == 0 ? strlen(wide[i]) : 0;
		if (!n && strncmp(s, "\u2000", 2) == 0 && (uint8_t)s[2] >= 0x80 && (uint8_t)s[2] <= 0x8d) /* U+2000 to U+200D */
			n = 3;
		if (!n)
			return s;
		s += n;
	}
}

static bool is_formula(const char *s)
{
	if (*s == '\t' || *s == '\r')
		return true;
	s = skip_blanks(s);
	return *s && strchr("=+-@", *s) && !is_number(s);
}

size_t csv_defused(const char *field)
{
	return *field == '\'' && is_formula(field + 1);
}

void csv_put(struct csv_writer *w, const char *field)
{
	bool formula = is_formula(field);
	bool quoted = formula || strpbrk(field, ",;\"\n\r");
	if (w->started)
		buf_put_byte(w->out, (uint8_t)w->separator);
	w->started = true;
	if (quoted)
		buf_put_byte(w->out, '"');
	if (formula)
		buf_put_byte(w->out, '\'');
	for (const char *p = field; *p; p++) {
		if (*p == '"')
			buf_put_byte(w->out, '"');
		buf_put_byte(w->out, (uint8_t)*p);
	}
	if (quoted)
		buf_put_byte(w->out, '"');
}

void csv_end_row(struct csv_writer *w)
{
	buf_put_text(w->out, "\r\n");
	w->started = false;
}
