/* The order and the search of names: what the languages of Russia write beyond the Russian alphabet. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/letters.h"

/* Each line in the order of its alphabet; names, since a letter alone proves little. */
static const char *const ORDER[][8] = {
    {"Абдуллин", "Азнабаев", "Әминев", "Бәширов"},			  /* Tatar */
    {"Вәлиев", "Газизов", "Ғафаров", "Даутов", "Ҙурғалин", "Еникеев"},   /* Bashkir */
    {"Носов", "Няшин", "Ңуров", "Осипов", "Өметбаев", "Петров"},	  /* Tatar, Tuvan */
    {"Ушаков", "Үсманов", "Фадеев", "Хасанов", "Һидиятов", "Царёв"},	  /* Bashkir */
    {"Ефремов", "Жуков", "Җиһангиров", "Зотов", "Иванов"},		  /* Tatar */
    {"Октябрев", "Оскин", "Павлов", "Перевощиков"},			  /* Russian */
    {"Скворцов", "Сюткин", "Ҫеҫпӗл", "Тихонов"},			  /* Chuvash */
    {"Ильин", "Исаев", "Йыван", "Каманин"},				  /* Mari */
    {"Еленин", "Ёлкин", "Ёлшин", "Ельцов"},				  /* ё among е, as in Russian lists */
    {"ааа", "Ааб", "ААВ", "аАг"},					  /* case decides last */
    {"Анна Я", "Анна-Мария", "Аннабель"},
};

static void every_line_is_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof ORDER / sizeof *ORDER; i++)
		for (size_t k = 1; k < 8 && ORDER[i][k]; k++) {
			char *before = letters_key(ORDER[i][k - 1]), *after = letters_key(ORDER[i][k]);
			assert_non_null(before);
			assert_non_null(after);
			if (strcmp(before, after) >= 0)
				fail_msg("%s comes before %s", ORDER[i][k - 1], ORDER[i][k]);
			free(before);
			free(after);
		}
}

/* Composed and decomposed are one letter, in search and in order. */
static void forms_are_one(void **state)
{
	static const char *const SAME[][2] = {
	    {"Ӧ", "О\xCC\x88"},
	    {"Йӹван", "И\xCC\x86ы\xCC\x88ван"},
	    {"Ӗ", "Е\xCC\x86"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++) {
		char *a = letters_fold(SAME[i][0]), *b = letters_fold(SAME[i][1]);
		assert_string_equal(a, b);
		free(a);
		free(b);
		a = letters_key(SAME[i][0]);
		b = letters_key(SAME[i][1]);
		assert_string_equal(a, b);
		free(a);
		free(b);
	}
}

static void search_forgives_case_and_yo(void **state)
{
	static const char *const SAME[][2] = {
	    {"ЁЛКИН", "елкин"}, {"ӘМИНЕВ", "әминев"}, {"ҢҮҺӨҖ", "ңүһөҗ"}, {"ӞӤӴӜӦ", "ӟӥӵӝӧ"}, {"ҒҠҪҘ", "ғҡҫҙ"}, {"ӐӖӲ", "ӑӗӳ"}, {"ﬁ", "fi"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof SAME / sizeof *SAME; i++) {
		char *a = letters_fold(SAME[i][0]), *b = letters_fold(SAME[i][1]);
		assert_string_equal(a, b);
		free(a);
		free(b);
	}
}

static void nonsense_has_a_place_too(void **state)
{
	(void)state;
	char *key = letters_key("\xFF\xFE"), *none = letters_key("");
	assert_non_null(key);
	assert_non_null(none);
	assert_null(letters_fold("\xFF\xFE"));
	free(key);
	free(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_line_is_in_order),
	    cmocka_unit_test(forms_are_one),
	    cmocka_unit_test(search_forgives_case_and_yo),
	    cmocka_unit_test(nonsense_has_a_place_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
