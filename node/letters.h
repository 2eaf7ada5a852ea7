/*
 * letters - texts as people compare them, in every language of Russia.
 *
 * Folding and normal forms: the Unicode standard, by utf8proc. Order: the Unicode collation
 * algorithm (UTS 10) with CLDR's root table, by ICU; it puts ә after а, ӧ after о and ң after н.
 */
#ifndef NODE_LETTERS_H
#define NODE_LETTERS_H

/* The text as it is searched: case folded, compatibility composed, ё as е. NULL: no memory or not UTF-8. free() it. */
char *letters_fold(const char *text);

/* A key whose strcmp() is the order of the texts in lists. NULL: no memory. free() it; a name can be guessed from it. */
char *letters_key(const char *text);

#endif
