#include "core/accounts.h"

#include "core/local.h"
#include "core/paper.h"
#include "core/view.h"

enum { VERSION = 1, FLAG_ADMINISTRATOR = 1, FLAG_OBSERVER = 2, FLAG_DISABLED = 4, FLAG_TOTP = 8,
       ROW = 3 + ACCOUNT_BYTES + 2 * SUBJECT_BYTES + 3 * 8 + LOGIN_BYTES_MAX + 1 + NAME_BYTES_MAX + 1 + PASSWORD_HASH_BYTES +
	     TOTP_SECRET_BYTES + RECOVERY_CODES * HASH_BYTES };

static const char *const kinds[ACCOUNT_KINDS] = {"none", "student", "staff", "guardian"};

const char *account_kind_name(enum account_kind k)
{
	return kinds[k];
}

bool account_kind(const char *name, enum account_kind *out)
{
	for (int i = 0; i < ACCOUNT_KINDS; i++) {
		if (strcmp(name, kinds[i]) != 0)
			continue;
		*out = (enum account_kind)i;
		return true;
	}
	return false;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* Goes over the fields of a row in either direction, so that the two cannot differ. */
struct coder {
	uint8_t *at;
	bool writing;
};

static void fixed(struct coder *c, void *field, size_t n)
{
	memcpy(c->writing ? c->at : field, c->writing ? field : c->at, n);
	c->at += n;
}

static void text(struct coder *c, char *field, size_t n)
{
	fixed(c, field, n);
	field[n - 1] = '\0';
}

static void number(struct coder *c, uint64_t *v)
{
	if (c->writing)
		put_u64(c->at, *v);
	else
		*v = get_u64(c->at);
	c->at += 8;
}

/* Version, kind and flags come before these. */
static void code_fields(struct coder *c, struct account *a)
{
	fixed(c, a->id, sizeof a->id);
	fixed(c, a->who, sizeof a->who);
	fixed(c, a->guardian, sizeof a->guardian);
	number(c, &a->created_ms);
	number(c, &a->seen_ms);
	number(c, &a->totp_step);
	text(c, a->login, sizeof a->login);
	text(c, a->name, sizeof a->name);
	text(c, a->password, sizeof a->password);
	fixed(c, a->totp_secret, sizeof a->totp_secret);
	fixed(c, a->recovery, sizeof a->recovery);
}

enum err account_put(struct txn *t, const struct vault *v, struct seed *s, const struct account *a)
{
	uint8_t clear[ROW], nonce[24];
	struct account copy = *a;
	struct coder c = {clear + 3, true};
	struct buf row;
	clear[0] = VERSION;
	clear[1] = (uint8_t)a->kind;
	clear[2] = (uint8_t)((a->administrator ? FLAG_ADMINISTRATOR : 0) | (a->observer ? FLAG_OBSERVER : 0) |
			     (a->disabled ? FLAG_DISABLED : 0) | (a->totp_on ? FLAG_TOTP : 0));
	code_fields(&c, &copy);
	seed_take(s, nonce, sizeof nonce);
	buf_init(&row, ROW + SEALED_EXTRA);
	vault_seal(v, bytes_of(clear, sizeof clear), nonce, &row);
	if (!row.err)
		local_put(t, LOCAL_ACCOUNT, bytes_of(a->id, ACCOUNT_BYTES), buf_bytes(&row));
	enum err e = row.err ? row.err : t->err;
	buf_release(&row);
	sodium_memzero(clear, sizeof clear);
	sodium_memzero(&copy, sizeof copy);
	return e;
}

static enum err parse(const struct vault *v, const uint8_t *id, struct bytes row, struct account *out)
{
	uint8_t clear[ROW];
	struct coder c = {clear + 3, false};
	enum err e = vault_unseal(v, row, clear, sizeof clear);
	if (!e && (clear[0] != VERSION || clear[1] >= ACCOUNT_KINDS))
		e = ERR_CORRUPT;
	if (!e) {
		*out = (struct account){.kind = (enum account_kind)clear[1], .administrator = clear[2] & FLAG_ADMINISTRATOR,
					.observer = clear[2] & FLAG_OBSERVER, .disabled = clear[2] & FLAG_DISABLED,
					.totp_on = clear[2] & FLAG_TOTP};
		code_fields(&c, out);
		if (memcmp(out->id, id, ACCOUNT_BYTES) != 0) /* a row put in another's place */
			e = ERR_CORRUPT;
	}
	sodium_memzero(clear, sizeof clear);
	return e;
}

enum err account_get(struct txn *t, const struct vault *v, const uint8_t id[ACCOUNT_BYTES], struct account *out)
{
	struct bytes row;
	if (!local_get(t, LOCAL_ACCOUNT, bytes_of(id, ACCOUNT_BYTES), &row))
		return t->err ? t->err : ERR_NOT_FOUND;
	return parse(v, id, row, out);
}

enum err account_next(struct txn *t, const struct vault *v, const uint8_t *id, struct account *out)
{
	uint8_t at[ACCOUNT_BYTES];
	struct bytes row;
	if (!local_next(t, LOCAL_ACCOUNT, id, id ? ACCOUNT_BYTES : 0, at, sizeof at, &row))
		return t->err ? t->err : ERR_NOT_FOUND;
	return parse(v, at, row, out);
}

enum err account_login_free(struct txn *t, const struct vault *v, const char *login, const uint8_t *id)
{
	struct account a;
	size_t count = 0;
	enum err e = account_next(t, v, NULL, &a);
	for (; !e; e = account_next(t, v, a.id, &a)) {
		bool own = id && memcmp(a.id, id, ACCOUNT_BYTES) == 0;
		count++;
		if (!own && strcmp(a.login, login) == 0) {
			e = ERR_LOGIN_TAKEN;
			break;
		}
	}
	sodium_memzero(&a, sizeof a);
	if (e == ERR_NOT_FOUND)
		e = !id && count >= ACCOUNTS_MAX ? ERR_QUOTA : ERR_OK;
	return e;
}

enum err account_not_last(struct txn *t, const struct vault *v, const uint8_t id[ACCOUNT_BYTES])
{
	struct account a;
	bool other = false;
	enum err e = account_next(t, v, NULL, &a);
	for (; !e && !other; e = account_next(t, v, a.id, &a))
		other = a.administrator && !a.disabled && memcmp(a.id, id, ACCOUNT_BYTES) != 0;
	sodium_memzero(&a, sizeof a);
	if (e && e != ERR_NOT_FOUND)
		return e;
	return other ? ERR_OK : ERR_LAST_ADMINISTRATOR;
}

size_t account_sweep_erased(struct txn *t, const struct vault *v, uint8_t gone[][ACCOUNT_BYTES], size_t max)
{
	struct account a;
	struct custody_row row;
	size_t n = 0;
	for (enum err e = account_next(t, v, NULL, &a); !e && n < max; e = account_next(t, v, a.id, &a)) {
		if (sodium_is_zero(a.who, sizeof a.who) || !view_custody(t, a.who, &row) || row.state != CUSTODY_ERASED)
			continue;
		memcpy(gone[n++], a.id, ACCOUNT_BYTES);
		local_del(t, LOCAL_ACCOUNT, bytes_of(a.id, ACCOUNT_BYTES));
	}
	sodium_memzero(&a, sizeof a);
	return n;
}

/* --- the second factor ------------------------------------------------------------------------ */

static enum err spend_recovery(struct account *a, const struct vault *v, const char *typed)
{
	uint8_t hash[HASH_BYTES];
	uint64_t code;
	int found = -1;
	if (paper_parse(typed, &code))
		return ERR_WRONG_CODE;
	paper_hash(v, code, hash);
	for (int i = 0; i < RECOVERY_CODES; i++)
		if (sodium_memcmp(a->recovery[i], hash, HASH_BYTES) == 0)
			found = i;
	sodium_memzero(&code, sizeof code);
	if (found < 0)
		return ERR_WRONG_CODE;
	sodium_memzero(a->recovery[found], HASH_BYTES);
	return ERR_OK;
}

enum err account_factor(struct account *a, const struct vault *v, uint64_t now_ms, bool clock_right, const char *totp,
			const char *recovery)
{
	if (recovery && *recovery)
		return spend_recovery(a, v, recovery);
	if (!totp || !*totp)
		return ERR_SECOND_FACTOR;
	uint64_t step = clock_right ? totp_match(a->totp_secret, now_ms, a->totp_step, totp) : 0;
	if (!step)
		return ERR_WRONG_CODE;
	a->totp_step = step;
	return ERR_OK;
}

void account_factor_clear(struct account *a)
{
	a->totp_on = false;
	a->totp_step = 0;
	sodium_memzero(a->totp_secret, sizeof a->totp_secret);
	sodium_memzero(a->recovery, sizeof a->recovery);
}
