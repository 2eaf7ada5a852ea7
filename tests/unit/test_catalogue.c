/* The catalogue: the shipped files hold, mistakes are named, fields are checked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "node/node_catalogue.h"
#include "proto/limits.h"
#include "proto/mp.h"

#define ID "00000000000000000000000000000000" "00000000000000000000000000000000"
#define T "\"title\":{\"ru\":\"Т\",\"en\":\"T\"}"
#define HEAD "\"code\":\"k\",\"version\":1,\"subject\":\"student\",\"group\":\"g\",\"write\":[\"self\"]," T
#define KIND(fields) "{\"kinds\":[{" HEAD ",\"fields\":[" fields "]}]}"
#define A "{\"code\":\"a\",\"type\":\"text\"," T "}"

static void shipped_files_hold(void **state)
{
	char why[CATALOGUE_WHY_BYTES] = "";
	(void)state;
	struct catalogue *c = node_catalogue(why);
	if (!c)
		fail_msg("%s", why);
	assert_non_null(catalogue_kind(c, "achievement"));
	assert_true(catalogue_kind(c, "achievement")->moderated);
	assert_false(catalogue_kind(c, "rating")->moderated);
	assert_null(catalogue_kind(c, "from a newer school"));
	assert_string_equal(catalogue_kind(c, "recommendation")->title_ru, "Рекомендация");
	assert_string_equal(catalogue_group(c, "section", "olympiads"), "study");
	assert_int_equal(catalogue_rules(c)->deviation_from, 100);
	assert_true(json_array_size(catalogue_items(c, "competence")) >= 40);
	assert_int_equal(json_array_size(catalogue_items(c, "section_group")), 7);
	assert_int_equal(json_array_size(catalogue_items(c, "teacher_section")), 12);
	/* a template: its own name, and what a card says, nothing of it required */
	const struct kind *template = catalogue_kind(c, "lesson_template");
	assert_string_equal(template->template_of, "lesson_card");
	assert_true(kind_field(template, "name")->required);
	assert_false(kind_field(template, "goal")->required);
	assert_true(kind_field(catalogue_kind(c, "lesson_card"), "goal")->required);
	assert_null(kind_field(template, "files"));
	catalogue_free(c);
}

static void mistakes_are_named(void **state)
{
	static const struct {
		const char *name, *json, *says;
	} cases[] = {
		{"not JSON", "{\n\"kinds\": [,]}", "f.json:2:"},
		{"name twice", "{\"kinds\":[],\"kinds\":[]}", "f.json:1:"},
		{"unknown member", "{\"kind\":[]}", "f.json: kind"},
		{"no title", "{\"kinds\":[{\"code\":\"k\",\"version\":1,\"subject\":\"student\",\"fields\":[]}]}", "k.title"},
		{"bad code", "{\"kinds\":[{\"code\":\"K!\"}]}", "code of a-z"},
		{"no fields", KIND(""), "k.fields"},
		{"bad type", KIND("{\"code\":\"a\",\"type\":\"float\"," T "}"), "k.a: type"},
		{"list without a name", KIND("{\"code\":\"a\",\"type\":\"list\"," T "}"), "k.a: list"},
		{"misspelt member", KIND("{\"code\":\"a\",\"type\":\"text\",\"maks\":3," T "}"), "k.a: unknown name"},
		{"who of a text", KIND("{\"code\":\"a\",\"type\":\"text\",\"who\":[\"parent\"]," T "}"), "k.a: who"},
		{"kind of a text", KIND("{\"code\":\"a\",\"type\":\"text\",\"kind\":\"k\"," T "}"), "k.a: kind"},
		{"kind that is not there", KIND("{\"code\":\"a\",\"type\":\"entry\",\"kind\":\"z\"," T "}"), "no such kind"},
		{"kind of another subject", KIND("{\"code\":\"a\",\"type\":\"entry\",\"of\":\"class\",\"kind\":\"k\"," T "}"), "no such kind"},
		{"who is nobody here", KIND("{\"code\":\"a\",\"type\":\"person\",\"who\":[\"parent\",\"observer\"]," T "}"), "k.a: who"},
		{"list that is not there", KIND("{\"code\":\"a\",\"type\":\"list\",\"list\":\"z\"," T "}"), "no such list"},
		{"item without a title", "{\"lists\":{\"z\":[{\"code\":\"a\"}]}}", "z.a: needs a title"},
		{"item twice", "{\"lists\":{\"z\":[{\"code\":\"a\"," T "},{\"code\":\"a\"," T "}]}}", "twice in the list"},
		{"nobody writes", "{\"kinds\":[{\"code\":\"k\",\"version\":1,\"subject\":\"student\",\"group\":\"g\"," T "}]}", "k.write"},
		{"unknown relation", "{\"kinds\":[{" HEAD ",\"see\":[\"boss\"],\"fields\":[" A "]}]}", "k.see"},
		{"field twice", KIND(A "," A), "k.a: declared twice"},
		{"feeds without its fields", "{\"kinds\":[{" HEAD ",\"feeds\":{\"measure\":\"mark\"},\"fields\":[" A "]}]}", "k.feeds"},
		{"template of nothing", "{\"kinds\":[{" HEAD ",\"template_of\":\"later\",\"fields\":[" A "]}]}", "k.template_of"},
		{"no such group of kinds", KIND(A), "no such group"},
		{"unknown rule", "{\"rules\":[{\"code\":\"luck\",\"version\":1," T ",\"text\":{\"ru\":\"\",\"en\":\"\"}}]}", "luck.rule"},
		{"declared twice", "{\"lists\":{\"z\":[{\"code\":\"a\"," T "}]}}", "declared twice"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct catalogue *c = catalogue_new();
		char why[CATALOGUE_WHY_BYTES] = "";
		enum err e = catalogue_add(c, "f.json", bytes_text(cases[i].json), why);
		if (!e && strstr(cases[i].name, "twice"))
			e = catalogue_add(c, "f.json", bytes_text(cases[i].json), why);
		if (!e)
			e = catalogue_finish(c, why);
		if (e != ERR_CONFIG || !strstr(why, cases[i].says))
			fail_msg("%s: %s \"%s\"", cases[i].name, err_name(e), why);
		catalogue_free(c);
	}
}

static void fields_are_checked(void **state)
{
	static const struct {
		const char *kind, *fields;
		enum err want;
		const char *bad;
	} cases[] = {
		{"achievement", "{\"name\":\"О\",\"section\":\"sport\"}", ERR_OK, NULL},
		{"achievement", "{\"name\":\"О\",\"section\":\"sport\",\"date\":\"2024-02-29\"}", ERR_OK, NULL},
		{"achievement", "{\"name\":\"О\",\"section\":\"sport\",\"note\":null}", ERR_OK, NULL},
		{"achievement", "{\"section\":\"sport\"}", ERR_INVALID, "name"},
		{"achievement", "{\"name\":\"\",\"section\":\"sport\"}", ERR_INVALID, "name"},
		{"achievement", "{\"name\":\"О\",\"section\":\"nonsense\"}", ERR_INVALID, "section"},
		{"achievement", "{\"name\":7,\"section\":\"sport\"}", ERR_INVALID, "name"},
		{"achievement", "{\"name\":\"О\",\"section\":\"sport\",\"date\":\"2023-02-29\"}", ERR_INVALID, "date"},
		{"achievement", "{\"name\":\"О\",\"section\":\"sport\",\"date\":\"2023-2-9\"}", ERR_INVALID, "date"},
		{"achievement", "{\"name\":\"О\",\"section\":\"sport\",\"mark\":5}", ERR_UNKNOWN_FIELD, "mark"},
		{"rating", "{\"competence\":\"regulatory.goals\",\"level\":3,\"source\":\"event\"}", ERR_OK, NULL},
		{"rating", "{\"competence\":\"regulatory.goals\",\"level\":4,\"source\":\"event\"}", ERR_INVALID, "level"},
		{"rating", "{\"competence\":\"regulatory.goals\",\"level\":-1,\"source\":\"event\"}", ERR_INVALID, "level"},
		{"rating", "{\"competence\":\"regulatory.goals\",\"level\":1.5,\"source\":\"event\"}", ERR_INVALID, "level"},
		{"observation", "{\"poll\":\"" ID "\",\"marks\":{\"regulatory.goals\":2,\"cognitive.analysis\":0}}", ERR_OK, NULL},
		{"observation", "{\"poll\":\"" ID "\",\"marks\":{\"regulatory.goals\":4}}", ERR_INVALID, "marks"},
		{"observation", "{\"poll\":\"" ID "\",\"marks\":{\"luck\":1}}", ERR_INVALID, "marks"},
		{"observation", "{\"poll\":\"" ID "\",\"marks\":{}}", ERR_INVALID, "marks"},
		{"observation", "{\"poll\":\"abc\",\"marks\":{\"regulatory.goals\":2}}", ERR_INVALID, "poll"},
		{"goal", "{\"sort\":\"mark\",\"name\":\"О\",\"stage\":\"planned\",\"target_mark\":1}", ERR_INVALID, "target_mark"},
		{"t_training", "{\"name\":\"К\",\"hours\":72,\"date\":\"2024-02-01\",\"link\":\"http://x\"}", ERR_INVALID, "link"},
	};
	char why[CATALOGUE_WHY_BYTES];
	struct catalogue *c = node_catalogue(why);
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *fields = json_loads(cases[i].fields, 0, NULL);
		const char *bad = NULL;
		struct buf out;
		buf_init(&out, RECORD_BYTES_MAX);
		enum err e = catalogue_encode(c, catalogue_kind(c, cases[i].kind), fields, &out, &bad, why);
		if (e != cases[i].want || (cases[i].bad && strcmp(bad, cases[i].bad) != 0))
			fail_msg("%s: %s, %s", cases[i].fields, err_name(e), bad ? bad : "");
		if (!e)
			assert_int_equal(mp_check(buf_bytes(&out)), ERR_OK);
		buf_release(&out);
		json_decref(fields);
	}
	catalogue_free(c);
}

/* History reads in the words of its time: the title goes into the record beside the code. */
static void lists_keep_their_words(void **state)
{
	char why[CATALOGUE_WHY_BYTES];
	struct catalogue *c = node_catalogue(why);
	json_t *fields = json_pack("{s:s, s:s}", "name", "О", "section", "sport");
	const char *bad;
	struct buf out;
	struct mp_reader v;
	(void)state;
	buf_init(&out, RECORD_BYTES_MAX);
	assert_int_equal(catalogue_encode(c, catalogue_kind(c, "achievement"), fields, &out, &bad, why), ERR_OK);
	assert_true(mp_find(buf_bytes(&out), "section", &v));
	struct bytes section = mp_get_any(&v);
	assert_true(bytes_equal(mp_find_text(section, "code"), bytes_text("sport")));
	assert_true(bytes_equal(mp_find_text(section, "title"), bytes_text("Спортивная деятельность")));
	buf_release(&out);
	json_decref(fields);
	catalogue_free(c);
}

/* What a school says of lists stands until it is taken back. */
static void own_items(void **state)
{
	char why[CATALOGUE_WHY_BYTES];
	struct catalogue *c = node_catalogue(why);
	json_t *before = json_deep_copy(catalogue_json(c));
	struct list_edit own = {.list = "competence", .code = "abcd1234.own", .group = "cognitive", .title_ru = "Своё", .title_en = "Own"};
	struct list_edit hide = {.list = "activity", .code = "sport", .title_ru = catalogue_word(c, "activity", "sport", "ru"),
				 .title_en = catalogue_word(c, "activity", "sport", "en"), .hidden = true};
	(void)state;
	assert_int_equal(catalogue_item(c, &own), ERR_OK);
	assert_int_equal(catalogue_item(c, &hide), ERR_OK);
	assert_true(catalogue_own(c, "competence", "abcd1234.own"));
	assert_false(catalogue_own(c, "activity", "sport"));
	assert_string_equal(catalogue_group(c, "competence", "abcd1234.own"), "cognitive");
	own.group = "no such group";
	assert_int_equal(catalogue_item(c, &own), ERR_OK);
	assert_null(catalogue_group(c, "competence", "abcd1234.own"));
	hide.title_ru = "Иначе";
	assert_int_equal(catalogue_item(c, &hide), ERR_FORBIDDEN);
	assert_true(catalogue_has_group(c, "competence", "cognitive"));
	assert_false(catalogue_has_group(c, "competence", "study"));
	assert_false(catalogue_has_group(c, "activity", "cognitive"));
	catalogue_reset(c);
	assert_true(json_equal(before, catalogue_json(c)));
	json_decref(before);
	catalogue_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_files_hold),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(fields_are_checked),
		cmocka_unit_test(lists_keep_their_words),
		cmocka_unit_test(own_items),
	};
	return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
