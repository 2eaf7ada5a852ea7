/* Invitations as text, and the greeting between two schools. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/greet.h"
#include "tests/lib/fixture.h"

enum { NOW = 1760000000 };
static const uint64_t now_ms = (uint64_t)NOW * 1000;

/* --- invitations ------------------------------------------------------------------------------ */

static struct invite sample(void)
{
	struct invite i = {.address = "school12.example:8490", .expires_ms = now_ms};
	memset(i.school, 1, sizeof i.school);
	memset(i.kx, 2, sizeof i.kx);
	memset(i.secret, 3, sizeof i.secret);
	return i;
}

static char *token_of(const struct invite *i)
{
	struct buf b;
	buf_init(&b, INVITE_TOKEN_BYTES_MAX + 1);
	assert_int_equal(invite_encode(i, &b), ERR_OK);
	buf_put_byte(&b, '\0');
	assert_int_equal(b.err, ERR_OK);
	return (char *)b.p;
}

static void test_token_round_trip(void **state)
{
	(void)state;
	struct invite i = sample(), back;
	char *token = token_of(&i), spaced[INVITE_TOKEN_BYTES_MAX + 8];
	assert_int_equal(strncmp(token, "estafeta1-", 10), 0);
	assert_int_equal(invite_decode(token, &back), ERR_OK);
	assert_memory_equal(&i, &back, sizeof i);
	snprintf(spaced, sizeof spaced, "  %s\r\n", token);
	assert_int_equal(invite_decode(spaced, &back), ERR_OK);
	free(token);
	memset(i.address, 'a', INVITE_ADDRESS_BYTES_MAX);
	i.address[INVITE_ADDRESS_BYTES_MAX] = '\0';
	token = token_of(&i);
	assert_int_equal(invite_decode(token, &back), ERR_OK);
	assert_string_equal(i.address, back.address);
	free(token);
}

static void test_token_damage(void **state)
{
	(void)state;
	struct invite i = sample(), back;
	char *token = token_of(&i);
	size_t n = strlen(token);
	for (size_t cut = 0; cut < n; cut++) {
		char kept = token[cut];
		token[cut] = '\0';
		enum err e = invite_decode(token, &back);
		assert_true(e == ERR_BAD_FORM || e == ERR_BAD_CHECK);
		token[cut] = kept;
	}
	for (size_t at = 10; at < n; at++) {
		char kept = token[at];
		token[at] = kept == 'A' ? 'B' : 'A';
		assert_int_equal(invite_decode(token, &back), ERR_BAD_CHECK);
		token[at] = kept;
	}
	free(token);
	assert_int_equal(invite_decode("", &back), ERR_BAD_FORM);
	assert_int_equal(invite_decode("estafeta1-", &back), ERR_BAD_FORM);
	assert_int_equal(invite_decode("estafeta2-AAAA", &back), ERR_BAD_FORM);
	assert_int_equal(invite_decode("estafeta1-....", &back), ERR_BAD_CHECK);
}

static void test_invite_check(void **state)
{
	(void)state;
	struct fixture f;
	struct batch b;
	struct buf sealed;
	uint8_t id[INVITE_ID_BYTES], mac[INVITE_MAC_BYTES], session[HASH_BYTES] = {9}, joiner[SCHOOL_BYTES] = {7},
		other[SCHOOL_BYTES] = {8}, nonce[24] = {1};
	struct invite i = sample();
	struct invite_row row = {.powers = POWER_RELAY, .expires_ms = now_ms + 1000}, got;
	fixture_create(&f, 1, "Школа", now_ms);
	fixture_batch(&f, &b, now_ms);
	buf_init(&sealed, sizeof row.secret);
	vault_seal(&f.school.vault, bytes_of(i.secret, sizeof i.secret), nonce, &sealed);
	memcpy(row.secret, sealed.p, sizeof row.secret);
	buf_release(&sealed);
	invite_id(id, i.secret);
	invite_row_put(&b.txn, id, &row);
	invite_mac(mac, i.secret, session, joiner);
	const struct vault *v = &f.school.vault;
	assert_int_equal(invite_check(&b.txn, v, id, mac, session, joiner, now_ms, &got), ERR_OK);
	assert_int_equal(got.powers, POWER_RELAY);
	assert_int_equal(invite_check(&b.txn, v, id, mac, session, other, now_ms, &got), ERR_BAD_MAC);
	assert_int_equal(invite_check(&b.txn, v, id, mac, session, joiner, now_ms + 1000, &got), ERR_CODE_EXPIRED);
	row.used = true;
	memcpy(row.used_by, joiner, sizeof joiner);
	invite_row_put(&b.txn, id, &row);
	assert_int_equal(invite_check(&b.txn, v, id, mac, session, joiner, now_ms + 1000, &got), ERR_OK);
	invite_mac(mac, i.secret, session, other);
	assert_int_equal(invite_check(&b.txn, v, id, mac, session, other, now_ms, &got), ERR_CODE_USED);
	id[0] ^= 1;
	assert_int_equal(invite_check(&b.txn, v, id, mac, session, other, now_ms, &got), ERR_BAD_CODE);
	batch_abort(&b);
	fixture_close(&f);
}

/* --- the greeting ----------------------------------------------------------------------------- */

struct side {
	struct fixture f;
	struct greet g;
	struct buf out, keys;
};

static void open_side(struct side *s, unsigned n)
{
	struct txn t;
	fixture_create(&s->f, n, "Школа", now_ms);
	buf_init(&s->out, 1 << 20);
	buf_init(&s->keys, GREET_KEYS_BYTES_MAX);
	assert_int_equal(txn_begin(&t, s->f.store, false), ERR_OK);
	assert_int_equal(greet_own_keys(&t, s->f.school.id, &s->keys), ERR_OK);
	txn_abort(&t);
}

static void begin(struct side *s, const struct side *to, bool dialer, const struct invite *invite)
{
	struct greet_options o = {.dialer = dialer, .invite = invite, .name = "Школа 2", .region = "Р", .district = "Ф"};
	memset(o.session, 5, sizeof o.session);
	memcpy(o.me, s->f.school.id, SCHOOL_BYTES);
	if (dialer) {
		memcpy(o.expected, to->f.school.id, SCHOOL_BYTES);
		crypto_scalarmult_base(o.dialled_kx, to->f.school.kx_secrets[0]);
	}
	greet_release(&s->g);
	buf_reset(&s->out);
	greet_init(&s->g, &o);
	greet_start(&s->g, s->f.school.sign_secret, buf_bytes(&s->keys), &s->out);
}

/* Hands the first message of one side's output to the other. */
static enum greet_event pass(struct side *from, struct side *to)
{
	struct message m;
	assert_true(from->out.n > 4);
	size_t n = get_u32(from->out.p);
	struct bytes in = bytes_of(from->out.p + 4, n);
	assert_int_equal(message_decode(&in, &m), ERR_OK);
	assert_int_equal(in.n, 0);
	enum greet_event e = greet_message(&to->g, &m, &to->out);
	buf_consume(&from->out, 4 + n);
	return e;
}

static void close_side(struct side *s)
{
	greet_release(&s->g);
	buf_release(&s->out);
	buf_release(&s->keys);
	fixture_close(&s->f);
}

static void open_two(struct side *a, struct side *b)
{
	memset(a, 0, sizeof *a);
	memset(b, 0, sizeof *b);
	open_side(a, 11);
	open_side(b, 12);
}

static void test_members(void **state)
{
	(void)state;
	struct side a, b;
	open_two(&a, &b);
	fixture_join(&a.f, &b.f, POWER_RELAY, 0, now_ms);
	begin(&b, &a, true, NULL);
	begin(&a, &b, false, NULL);
	assert_int_equal(pass(&b, &a), GREET_NOTHING);
	assert_int_equal(pass(&a, &b), GREET_KNOWN);
	assert_memory_equal(b.g.peer, a.f.school.id, SCHOOL_BYTES);
	assert_int_equal(greet_judge(&b.g, &b.f.school.roster, now_ms), ERR_OK);
	assert_int_equal(greet_judge(&a.g, &a.f.school.roster, now_ms), ERR_OK);
	struct message hello = {.type = MESSAGE_HELLO};
	assert_int_equal(greet_message(&a.g, &hello, &a.out), GREET_PASS);
	close_side(&a);
	close_side(&b);
}

static void test_strangers(void **state)
{
	(void)state;
	struct side a, b;
	open_two(&a, &b);
	begin(&b, &a, true, NULL);
	begin(&a, &b, false, NULL);
	pass(&b, &a);
	assert_int_equal(pass(&a, &b), GREET_KNOWN);
	assert_int_equal(greet_judge(&a.g, &a.f.school.roster, now_ms), ERR_NOT_MEMBER);
	greet_bye(ERR_NOT_MEMBER, &a.out);
	assert_int_equal(pass(&a, &b), GREET_FAILED);
	assert_int_equal(b.g.reason, ERR_NOT_MEMBER);
	assert_true(b.g.told);
	close_side(&a);
	close_side(&b);
}

static void test_join(void **state)
{
	(void)state;
	struct side a, b;
	struct invite i = sample();
	uint8_t mac[INVITE_MAC_BYTES];
	open_two(&a, &b);
	begin(&b, &a, true, &i);
	begin(&a, &b, false, NULL);
	assert_int_equal(pass(&b, &a), GREET_NOTHING);
	assert_int_equal(pass(&a, &b), GREET_NOTHING);
	assert_int_equal(pass(&b, &a), GREET_ASKED);
	invite_mac(mac, i.secret, a.g.o.session, b.f.school.id);
	assert_memory_equal(a.g.join.mac, mac, sizeof mac);
	assert_string_equal(a.g.join.name, "Школа 2");
	greet_answer(&a.g, ERR_OK, a.f.school.id, &a.out);
	assert_int_equal(pass(&a, &b), GREET_ADMITTED);
	assert_memory_equal(b.g.root, a.f.school.id, SCHOOL_BYTES);
	/* refused */
	begin(&b, &a, true, &i);
	begin(&a, &b, false, NULL);
	pass(&b, &a);
	pass(&a, &b);
	pass(&b, &a);
	greet_answer(&a.g, ERR_CODE_USED, a.f.school.id, &a.out);
	assert_int_equal(pass(&a, &b), GREET_FAILED);
	assert_int_equal(b.g.reason, ERR_CODE_USED);
	close_side(&a);
	close_side(&b);
}

enum twist { NOBODY, SESSION, ROLE, EXPECTED, KX, KEYS_CUT, KEYS_EMPTY, KEYS_BIT, MIRROR };

static void test_false_auth(void **state)
{
	(void)state;
	static const struct {
		enum twist twist;
		enum err reason;
	} cases[] = {
		{SESSION, ERR_BAD_SIGNATURE}, {ROLE, ERR_BAD_SIGNATURE}, {EXPECTED, ERR_HANDSHAKE}, {KX, ERR_HANDSHAKE},
		{KEYS_CUT, ERR_BAD_FORM},     {KEYS_EMPTY, ERR_BAD_FORM}, {KEYS_BIT, ERR_OK},	    {MIRROR, ERR_SELF},
	};
	struct side a, b;
	open_two(&a, &b);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct side *from = cases[i].twist == MIRROR ? &b : &a;
		size_t whole = a.keys.n;
		begin(&b, &a, true, NULL);
		if (cases[i].twist == KEYS_CUT)
			a.keys.n--;
		if (cases[i].twist == KEYS_EMPTY)
			a.keys.n = 0;
		if (cases[i].twist == KEYS_BIT)
			a.keys.p[whole / 2] ^= 1;
		begin(&a, &b, cases[i].twist == ROLE, NULL);
		if (cases[i].twist == KEYS_BIT)
			a.keys.p[whole / 2] ^= 1;
		a.keys.n = whole;
		if (cases[i].twist == SESSION)
			b.g.o.session[0] ^= 1;
		if (cases[i].twist == EXPECTED)
			b.g.o.expected[0] ^= 1;
		if (cases[i].twist == KX)
			b.g.o.dialled_kx[0] ^= 1;
		if (cases[i].twist == MIRROR) {
			struct greet_options o = b.g.o;
			o.dialer = false;
			buf_reset(&b.out);
			greet_release(&b.g);
			greet_init(&b.g, &o);
			greet_start(&b.g, b.f.school.sign_secret, buf_bytes(&b.keys), &b.out);
			b.g.o.dialer = true;
		}
		assert_int_equal(pass(from, &b), GREET_FAILED);
		assert_false(b.g.authentic);
		if (cases[i].reason)
			assert_int_equal(b.g.reason, cases[i].reason);
	}
	close_side(&a);
	close_side(&b);
}

static void test_out_of_turn(void **state)
{
	(void)state;
	static const enum message_type first[] = {MESSAGE_HELLO, MESSAGE_JOIN, MESSAGE_JOINED, MESSAGE_RECORD};
	struct side a, b;
	open_two(&a, &b);
	for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
		struct message m = {.type = first[i]};
		begin(&a, &b, false, NULL);
		assert_int_equal(greet_message(&a.g, &m, &a.out), GREET_FAILED);
		assert_int_equal(a.g.reason, ERR_PROTOCOL);
	}
	close_side(&a);
	close_side(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_token_round_trip), cmocka_unit_test(test_token_damage),
		cmocka_unit_test(test_invite_check),	 cmocka_unit_test(test_members),
		cmocka_unit_test(test_strangers),	 cmocka_unit_test(test_join),
		cmocka_unit_test(test_false_auth),	 cmocka_unit_test(test_out_of_turn),
	};
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
