/*
 * test_store_card.c - test of IC cards in the store: whose they are, what opens
 * by them, and that nothing of a serial or a UID lies in it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>

#include "../../common/edge/store/frame.h"
#include "sekisho/edge/roster.h"
#include "store.h"

#define RACERS		50
#define DAY		INT64_C(86400)

static const struct sek_record actor = { .event = SEK_EVENT_NONE, .count = 1,
    .subject = "root-person", .service = "sekisho" };
static struct sek_card_list_out listed;
static unsigned long steps, kill_at;	/* statements; 0: never */
static char texts[512][64];		/* heads of statements, in order */

int	__real_sqlite3_step(sqlite3_stmt *st);
int	__wrap_sqlite3_step(sqlite3_stmt *st);
int
__wrap_sqlite3_step(sqlite3_stmt *st)
{
	const char *sql = sqlite3_sql(st);

	if (steps < sizeof(texts) / sizeof(texts[0]))
		(void)snprintf(texts[steps], sizeof(texts[0]), "%s",
		    sql == NULL ? "" : sql);
	if (++steps == kill_at)
		(void)raise(SIGKILL);
	return (__real_sqlite3_step(st));
}

/* What a passphrase costs is libsodium's to test. */
int __wrap_crypto_pwhash(unsigned char *to, unsigned long long len,
    const char *text, unsigned long long n, const unsigned char *salt,
    unsigned long long ops, size_t mem, int alg);
int
__wrap_crypto_pwhash(unsigned char *to, unsigned long long len,
    const char *text, unsigned long long n, const unsigned char *salt,
    unsigned long long ops, size_t mem, int alg)
{
	(void)ops;
	(void)mem;
	(void)alg;
	return (crypto_generichash(to, (size_t)len,
	    (const unsigned char *)text, n, salt, 16));
}

/* What no other bytes of a store are. */
static void
identity_fill(uint8_t *out, size_t n, unsigned which)
{
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = (uint8_t)(0xa5 ^ (which * 41) ^ (i * 29));
}

static void
card_fill(struct sek_card *c, enum sek_card_driver d, unsigned which)
{

	memset(c, 0, sizeof(*c));
	c->brief.driver = (uint8_t)d;
	c->identity_len = d == SEK_CARD_UID ? 8 : SEK_CARD_IDENTITY_MAX;
	identity_fill(c->identity, c->identity_len, which);
	if (d == SEK_CARD_UID)
		return;
	c->brief.algorithm = d == SEK_CARD_JPKI ? SEK_CARD_RSA2048 :
	    SEK_CARD_P256;
	c->brief.key = d == SEK_CARD_JPKI ? 0 : 0x9a;
	c->brief.pin = 1;
	c->brief.trusted = 1;
	c->brief.not_before = 1000 * DAY;
	c->brief.not_after = (20000 + which) * DAY;
	c->public_len = d == SEK_CARD_JPKI ? 294 : 91;
	memset(c->public_key, (int)which + 101, c->public_len);
	c->issuer_len = 20;
	memset(c->issuer, (int)which + 201, 20);
}

static void
enrol_fill(struct sek_enrol *e, const char *name, enum sek_card_driver d,
    unsigned which)
{

	test_enrol_fill(e, name, sek_card_method(d));
	memset(&e->authenticator.oath, 0, sizeof(e->authenticator.oath));
	memset(e->key, 0, sizeof(e->key));
	e->key_len = 0;
	card_fill(&e->card, d, which);
}

static const char *
enrol(struct sek_store *st, const char *name, enum sek_card_driver d,
    unsigned which)
{
	static char id[8][SEK_ID_MAX];
	static unsigned n;
	static struct sek_enrol e;

	enrol_fill(&e, name, d, which);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	memcpy(id[n = (n + 1) % 8], e.authenticator.id, SEK_ID_MAX);
	return (id[n]);
}

static uint32_t
list(struct sek_store *st, const char *name)
{
	struct sek_card_list in = { .who = test_who(name) };

	test_ok(st, sek_store_card_list(st, &in, &listed));
	return (listed.n);
}

/* id "": a UID is shown. */
static void
use_fill(struct sek_card_use *in, const char *name, const char *slot,
    const char *id, enum sek_card_driver d, unsigned which)
{
	struct sek_card c;

	card_fill(&c, d, which);
	memset(in, 0, sizeof(*in));
	in->who = test_who(name);
	in->limits = in->caller_limits = test_limits(5);
	(void)snprintf(in->slot, sizeof(in->slot), "%s", slot);
	(void)snprintf(in->authenticator, sizeof(in->authenticator), "%s", id);
	in->public_len = c.public_len;
	memcpy(in->public_key, c.public_key, c.public_len);
	if (d != SEK_CARD_UID)
		return;
	in->uid_len = c.identity_len;
	memcpy(in->uid, c.identity, c.identity_len);
}

static struct sek_card_use_out
use(struct sek_store *st, const char *name, const char *id,
    enum sek_card_driver d, unsigned which)
{
	struct sek_card_use in;
	struct sek_card_use_out out;
	char slot[SEK_ID_MAX];

	ck_assert_int_eq(test_reserve(st, name, 5, slot), SEK_SLOT_GRANTED);
	use_fill(&in, name, slot, id, d, which);
	test_ok(st, sek_store_card_use(st, &in, &out));
	return (out);
}

static void
edit(const char *sql)
{
	sqlite3 *db;
	char *why = NULL;

	ck_assert_int_eq(sqlite3_open(test_config.path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK,
	    "%s: %s", sql, why);
	sqlite3_close(db);
}

static int
count_of(const char *sql)
{
	sqlite3_stmt *s;
	sqlite3 *db;
	int n;

	ck_assert_int_eq(sqlite3_open(test_config.path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &s, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	n = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return (n);
}

static uint32_t
failures_of(struct sek_store *st, const char *name)
{
	struct sek_limits limits = test_limits(5);
	struct sek_user u;

	test_ok(st, sek_store_user(st, name, &limits, &u));
	return (u.lock.failures);
}

static void
set(struct sek_store *st, const char *id, enum sek_authenticator_state to)
{
	struct sek_lost lost;

	if (to == SEK_AUTHENTICATOR_SUSPECT)
		test_ok(st, sek_store_authenticator_lost(st, id, "", NULL,
		    NULL, &actor, &lost));
	else
		test_ok(st, sek_store_authenticator_state(st, id, to,
		    &actor));
}

/* ---- used */

static const enum sek_card_driver drivers[] = {
	SEK_CARD_JPKI, SEK_CARD_PIV, SEK_CARD_UID
};
#define DRIVERS	((int)(sizeof(drivers) / sizeof(drivers[0])))

/* How the use of one names it. */
static const char *
named(enum sek_card_driver d, const char *id)
{

	return (d == SEK_CARD_UID ? "" : id);
}

START_TEST(a_card_of_the_account_opens_and_gives_its_slot_back)
{
	enum sek_card_driver d = drivers[_i];
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", d, 1);
	struct sek_card_use_out out;

	(void)enrol(st, "alice", d, 2);
	(void)enrol(st, "bob", d, 3);
	out = use(st, "alice", named(d, id), d, 1);
	ck_assert_uint_eq(out.right, 1);
	ck_assert_uint_eq(out.reason, SEK_REASON_NONE);
	ck_assert_str_eq(out.authenticator, id);
	ck_assert_str_eq(out.person, "p-alice");
	ck_assert_uint_eq(failures_of(st, "alice"), 0);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(another_card_person_or_slot_opens_nothing_and_counts)
{
	enum sek_card_driver d = drivers[_i];
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", d, 1);
	struct sek_card_use_out out;
	struct sek_card_use in;

	(void)enrol(st, "bob", d, 2);
	/* The key was another one by the time of use, or of another card. */
	out = use(st, "alice", named(d, id), d, 2);
	ck_assert_uint_eq(out.right, 0);
	ck_assert_uint_eq(out.reason, SEK_REASON_WRONG);
	ck_assert_str_eq(out.authenticator, "");
	ck_assert_str_eq(out.person, "");
	ck_assert_uint_eq(failures_of(st, "alice"), 1);
	ck_assert_uint_eq(use(st, "bob", named(d, id), d, 1).right, 0);
	ck_assert_uint_eq(failures_of(st, "bob"), 1);
	ck_assert_uint_eq(use(st, "nobody", named(d, id), d, 1).right, 0);
	use_fill(&in, "alice", "00", named(d, id), d, 1);
	test_ok(st, sek_store_card_use(st, &in, &out));
	ck_assert_uint_eq(out.right, 0);
	ck_assert_uint_eq(out.reason, SEK_REASON_STALE);
	sek_store_free(&st);
}
END_TEST

/* A UID is found by itself alone; a key only where it is named. */
START_TEST(no_card_stands_for_one_of_another_kind)
{
	struct sek_store *st = test_open();
	const char *jpki = enrol(st, "alice", SEK_CARD_JPKI, 1);
	const char *uid = enrol(st, "alice", SEK_CARD_UID, 2);
	struct sek_card_use in;
	struct sek_card_use_out out;
	char slot[SEK_ID_MAX];
	struct sek_card c;

	ck_assert_uint_eq(use(st, "alice", uid, SEK_CARD_JPKI, 1).right, 0);
	ck_assert_uint_eq(use(st, "alice", jpki, SEK_CARD_PIV, 1).right, 0);
	/* The identity of a card with a key, shown as if it were a UID. */
	card_fill(&c, SEK_CARD_JPKI, 1);
	ck_assert_int_eq(test_reserve(st, "alice", 5, slot),
	    SEK_SLOT_GRANTED);
	use_fill(&in, "alice", slot, "", SEK_CARD_UID, 2);
	in.uid_len = c.identity_len;
	memcpy(in.uid, c.identity, c.identity_len);
	test_ok(st, sek_store_card_use(st, &in, &out));
	ck_assert_uint_eq(out.right, 0);
	/* Half a UID, and one with more behind it. */
	use_fill(&in, "alice", "00", "", SEK_CARD_UID, 2);
	in.uid_len = 4;
	test_ok(st, sek_store_card_use(st, &in, &out));
	ck_assert_uint_eq(out.reason, SEK_REASON_WRONG);
	in.uid_len = 10;
	test_ok(st, sek_store_card_use(st, &in, &out));
	ck_assert_uint_eq(out.reason, SEK_REASON_WRONG);
	sek_store_free(&st);
}
END_TEST

static const enum sek_authenticator_state shuts[] = {
	SEK_AUTHENTICATOR_DISABLED, SEK_AUTHENTICATOR_SUSPECT,
	SEK_AUTHENTICATOR_REMOVED
};

/* Of each driver, between the list and the use. */
START_TEST(one_that_is_shut_meanwhile_opens_nothing)
{
	enum sek_card_driver d = drivers[_i / 3];
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", d, 1);
	struct sek_card_use_out out;

	ck_assert_uint_eq(list(st, "alice"), 1);
	set(st, id, shuts[_i % 3]);
	out = use(st, "alice", named(d, id), d, 1);
	ck_assert_uint_eq(out.right, 0);
	ck_assert_uint_eq(out.reason, SEK_REASON_WRONG);
	ck_assert_uint_eq(failures_of(st, "alice"), 1);
	ck_assert_uint_eq(list(st, "alice"), 0);
	sek_store_free(&st);
}
END_TEST

/* Enrolled anew under the same id it could not be; the row itself changes. */
START_TEST(a_key_that_is_another_by_the_time_of_use_opens_nothing)
{
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", SEK_CARD_PIV, 1);
	struct sek_card_use in;
	struct sek_card_use_out out;
	char slot[SEK_ID_MAX];

	ck_assert_uint_eq(list(st, "alice"), 1);
	ck_assert_int_eq(test_reserve(st, "alice", 5, slot),
	    SEK_SLOT_GRANTED);
	use_fill(&in, "alice", slot, id, SEK_CARD_PIV, 1);
	in.public_key[40] ^= 1;
	test_ok(st, sek_store_card_use(st, &in, &out));
	ck_assert_uint_eq(out.right, 0);
	ck_assert_uint_eq(out.reason, SEK_REASON_WRONG);
	ck_assert_uint_eq(failures_of(st, "alice"), 1);
	use_fill(&in, "alice", slot, id, SEK_CARD_PIV, 1);
	in.public_len--;
	test_ok(st, sek_store_card_use(st, &in, &out));
	ck_assert_uint_eq(out.right, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(fifty_logins_at_once_with_one_card_are_all_right)
{
	enum sek_card_driver d = drivers[_i];
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", d, 1);
	struct sek_card_use_out out;
	struct sek_card_use in;
	char slot[SEK_ID_MAX];
	pid_t pid[RACERS];
	unsigned i;

	sek_store_close(st);
	for (i = 0; i < RACERS; i++)
		if ((pid[i] = test_fork()) == 0) {
			struct sek_store *own = test_open();
			enum sek_slot got;

			while ((got = test_reserve(own, "alice", 64, slot)) ==
			    SEK_SLOT_BUSY)
				(void)usleep(2000);
			use_fill(&in, "alice", slot, named(d, id), d, 1);
			in.limits = in.caller_limits = test_limits(64);
			if (got != SEK_SLOT_GRANTED ||
			    sek_store_card_use(own, &in, &out) != SEK_OK ||
			    !out.right || strcmp(out.authenticator, id) != 0)
				_exit(1);
			sek_store_free(&own);
			_exit(0);
		}
	for (i = 0; i < RACERS; i++)
		test_wait(pid[i]);
	ck_assert_uint_eq(failures_of(st, "alice"), 0);
	ck_assert_uint_eq(list(st, "alice"), 1);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

/* _i 0: a wrong one, 1: the right one. A slot that is left counts. */
START_TEST(killed_at_any_statement_of_a_use_nothing_is_forgotten)
{
	struct sek_store *st = test_open();
	struct sek_card_use_out out;
	struct sek_card_use in;
	char slot[SEK_ID_MAX];
	unsigned long at;
	unsigned n = 0;
	int status;
	pid_t pid;

	for (at = 1; at < 500; at++, n++) {
		const char *id;
		char name[16];

		(void)snprintf(name, sizeof(name), "u%lu", at);
		id = enrol(st, name, SEK_CARD_JPKI, (unsigned)at);
		ck_assert_int_eq(test_reserve(st, name, 5, slot),
		    SEK_SLOT_GRANTED);
		sek_store_close(st);
		if ((pid = test_fork()) == 0) {
			struct sek_store *own = test_open();

			use_fill(&in, name, slot, id, SEK_CARD_JPKI,
			    (unsigned)at + !_i);
			steps = 0;
			kill_at = at;
			_exit(sek_store_card_use(own, &in, &out) == SEK_OK ?
			    0 : 1);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_uint_eq(list(st, name), 1);
		if (WIFEXITED(status)) {
			ck_assert_int_eq(WEXITSTATUS(status), 0);
			ck_assert_uint_eq(failures_of(st, name), !_i);
			break;
		}
		/* Before it is written the slot is there yet. */
		ck_assert_uint_le(failures_of(st, name), !_i);
	}
	ck_assert_uint_gt(n, 5);
	ck_assert_uint_lt(at, 500);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

/* Both rows, or none of them. */
START_TEST(killed_at_any_statement_a_card_is_enrolled_or_not)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	struct sek_store_status s;
	unsigned long at;
	unsigned n = 0, none = 0;
	uint32_t there = 0;
	int status;
	pid_t pid;

	for (at = 1; at < 500; at++, n++) {
		sek_store_close(st);
		if ((pid = test_fork()) == 0) {
			struct sek_store *own = test_open();

			enrol_fill(&e, "alice", SEK_CARD_JPKI, 1);
			steps = 0;
			kill_at = at;
			_exit(sek_store_enrol(own, &e, NULL) == SEK_OK ?
			    0 : 1);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		test_ok(st, sek_store_status(st, &s, NULL, NULL));
		ck_assert_uint_eq(s.tampered, 0);
		there = list(st, "alice");
		ck_assert_int_eq(count_of("SELECT count(*) FROM authenticator "
		    "JOIN card USING (person,id)"), (int)there);
		if (WIFEXITED(status)) {
			ck_assert_int_eq(WEXITSTATUS(status), 0);
			break;
		}
		edit("DELETE FROM card;DELETE FROM authenticator");
		none += there == 0;
	}
	ck_assert_uint_eq(there, 1);
	ck_assert_uint_gt(none, 5);
	ck_assert_uint_gt(n, 5);
	ck_assert_uint_lt(at, 500);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(failures_reach_the_life_cap_and_then_it_is_capped)
{
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", SEK_CARD_PIV, 1);
	struct sek_card_use use_in;
	struct sek_card_use_out used;
	struct sek_settle in;
	struct sek_settle_out out;
	char slot[SEK_ID_MAX];
	unsigned i;

	for (i = 0; i < 3; i++) {
		memset(&in, 0, sizeof(in));
		in.who = test_who("alice");
		in.limits = in.caller_limits = test_limits(50);
		in.limits.lifetime_cap = 3;
		in.settlement = SEK_SETTLE_FAILED;
		ck_assert_int_eq(test_reserve(st, "alice", 50, slot),
		    SEK_SLOT_GRANTED);
		memcpy(in.slot, slot, sizeof(in.slot));
		(void)snprintf(in.authenticator, sizeof(in.authenticator),
		    "%s", id);
		test_ok(st, sek_store_settle(st, &in, &out));
		ck_assert_uint_eq(list(st, "alice"), i < 2);
		if (i != 1)
			continue;
		/* A cap that came down meanwhile. */
		ck_assert_int_eq(test_reserve(st, "alice", 50, slot),
		    SEK_SLOT_GRANTED);
		use_fill(&use_in, "alice", slot, id, SEK_CARD_PIV, 1);
		use_in.limits = test_limits(50);
		use_in.limits.lifetime_cap = 2;
		test_ok(st, sek_store_card_use(st, &use_in, &used));
		ck_assert_uint_eq(used.right, 0);
		ck_assert_uint_eq(used.reason, SEK_REASON_CAPPED);
	}
	ck_assert_uint_eq(test_records(st, "disable", NULL).records, 1);
	sek_store_free(&st);
}
END_TEST

/* ---- whose they are */

START_TEST(cards_are_listed_the_last_used_first_without_marks)
{
	static const uint8_t zeros[SEK_CARD_IDENTITY_MAX];
	static struct sek_lookup_out found;
	struct sek_store *st = test_open();
	const char *first, *second, *uid;
	struct sek_admit in;
	struct sek_admit_out out;
	uint32_t i;

	ck_assert_uint_eq(list(st, "nobody"), 0);
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	ck_assert_uint_eq(list(st, "alice"), 0);
	first = enrol(st, "alice", SEK_CARD_JPKI, 1);
	second = enrol(st, "alice", SEK_CARD_PIV, 2);
	uid = enrol(st, "alice", SEK_CARD_UID, 3);
	ck_assert_uint_eq(list(st, "alice"), 3);
	test_admit_fill(&in, "alice");
	in.nauthenticators = 1;
	for (i = 0; i < 3; i++) {
		(void)snprintf(in.authenticator[0], SEK_ID_MAX, "%s",
		    i == 0 ? uid : i == 1 ? second : first);
		test_ok(st, sek_store_admit(st, &in, &out));
		(void)usleep(2000);
	}
	ck_assert_uint_eq(list(st, "alice"), 3);
	ck_assert_str_eq(listed.id[0], first);
	ck_assert_str_eq(listed.id[1], second);
	ck_assert_str_eq(listed.id[2], uid);
	ck_assert_uint_eq(listed.card[0].public_len, 294);
	ck_assert_uint_eq(listed.card[0].public_key[293], 102);
	ck_assert_uint_eq(listed.card[0].issuer_len, 20);
	ck_assert_uint_eq(listed.card[0].issuer[19], 202);
	ck_assert_int_eq(listed.card[1].brief.not_after, 20002 * DAY);
	ck_assert_int_eq(listed.card[1].brief.not_before, 1000 * DAY);
	ck_assert_uint_eq(listed.card[2].brief.driver, SEK_CARD_UID);
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(memcmp(listed.card[i].mark, zeros,
		    SEK_CARD_MARK_LEN), 0);
		ck_assert_int_eq(memcmp(listed.card[i].identity, zeros,
		    sizeof(zeros)), 0);
		ck_assert_uint_eq(listed.card[i].identity_len, 0);
	}
	test_lookup(st, "alice", &found);
	ck_assert_uint_eq(found.nauthenticators, 4);
	for (i = 0; i < 4; i++)
		if (strcmp(found.authenticator[i].id, second) == 0) {
			ck_assert_uint_eq(found.authenticator[i].card.key,
			    0x9a);
			ck_assert_int_eq(
			    found.authenticator[i].card.not_after,
			    20002 * DAY);
		}
	sek_store_free(&st);
}
END_TEST

START_TEST(a_card_is_one_persons_by_its_key_and_by_its_identity)
{
	static struct sek_enrol e;
	enum sek_card_driver d = drivers[_i];
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", d, 1);

	enrol_fill(&e, "alice", d, 1);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_EXISTS);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), id));
	enrol_fill(&e, "bob", d, 1);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), id));
	if (d != SEK_CARD_UID) {
		/* Its key in another's certificate, and the other way. */
		identity_fill(e.card.identity, e.card.identity_len, 9);
		test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
		enrol_fill(&e, "bob", d, 1);
		memset(e.card.public_key, 9, e.card.public_len);
		test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
		enrol_fill(&e, "alice", d, 1);
		memset(e.card.public_key, 9, e.card.public_len);
		test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_EXISTS);
	}
	/* Lost, it may be found again: nobody else's meanwhile. */
	set(st, id, SEK_AUTHENTICATOR_SUSPECT);
	enrol_fill(&e, "bob", d, 1);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
	/* Disabled, it is his all the same, and nobody else's who is active. */
	set(st, id, SEK_AUTHENTICATOR_DISABLED);
	enrol_fill(&e, "alice", d, 1);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_EXISTS);
	set(st, id, SEK_AUTHENTICATOR_REMOVED);
	ck_assert_int_eq(count_of("SELECT count(*) FROM card"), 0);
	enrol_fill(&e, "bob", d, 1);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	ck_assert_uint_eq(use(st, "bob", named(d, e.authenticator.id), d,
	    1).right, 1);
	enrol_fill(&e, "alice", d, 1);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_is_not_within_its_bounds_is_not_enrolled)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();

	enrol_fill(&e, "carol", SEK_CARD_PIV, 1);
	e.card.public_len = SEK_CARD_PUBLIC_MAX + 1;
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_RANGE);
	enrol_fill(&e, "carol", SEK_CARD_PIV, 1);
	e.authenticator.method = SEK_METHOD_CARD_JPKI;
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_RANGE);
	enrol_fill(&e, "carol", SEK_CARD_PIV, 1);
	e.key_len = 20;
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_RANGE);
	enrol_fill(&e, "carol", SEK_CARD_UID, 1);
	e.card.identity_len = 3;
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_RANGE);
	e.card.identity_len = SEK_CARD_IDENTITY_MAX + 1;
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_RANGE);
	ck_assert_int_eq(count_of("SELECT count(*) FROM authenticator"), 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(thirty_two_cards_and_not_one_more)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	const char *id = "";
	unsigned i;

	for (i = 0; i < SEK_AUTHENTICATORS_MAX; i++)
		id = enrol(st, "alice", SEK_CARD_PIV, i);
	enrol_fill(&e, "alice", SEK_CARD_PIV, 60);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
	ck_assert_uint_eq(list(st, "alice"), SEK_AUTHENTICATORS_MAX);
	ck_assert_uint_eq(use(st, "alice", id, SEK_CARD_PIV,
	    SEK_AUTHENTICATORS_MAX - 1).right, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_shared_account_opens_by_the_cards_of_members_who_may_come_in)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	const char *alices = enrol(st, "alice", SEK_CARD_JPKI, 1);

	(void)enrol(st, "bob", SEK_CARD_UID, 2);
	test_enrol_fill(&e, "desk", SEK_METHOD_HOTP);
	e.account.shared = 1;
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-alice");
	test_ok(st, sek_store_enrol(st, &e, NULL));
	test_enrol_fill(&e, "desk", SEK_METHOD_HOTP);
	e.account.shared = 1;
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-bob");
	test_ok(st, sek_store_enrol(st, &e, NULL));
	ck_assert_uint_eq(list(st, "desk"), 2);
	ck_assert_str_eq(use(st, "desk", alices, SEK_CARD_JPKI, 1).person,
	    "p-alice");
	ck_assert_str_eq(use(st, "desk", "", SEK_CARD_UID, 2).person,
	    "p-bob");
	test_ok(st, sek_store_suspend(st, "bob", "leave", 0, &actor));
	ck_assert_uint_eq(list(st, "desk"), 1);
	ck_assert_uint_eq(use(st, "desk", "", SEK_CARD_UID, 2).right, 0);
	sek_store_free(&st);
}
END_TEST

/* What a lookup of name does, by the texts of its statements. */
static unsigned long
lookup_steps(struct sek_store *st, const char *name, unsigned *of_cards)
{
	static struct sek_lookup_out found;
	unsigned long i, n;

	test_lookup(st, name, &found);
	steps = 0;
	test_lookup(st, name, &found);
	n = steps;
	*of_cards = 0;
	for (i = 0; i < n && i < sizeof(texts) / sizeof(texts[0]); i++)
		*of_cards += strstr(texts[i], "FROM card ") != NULL;
	return (n);
}

START_TEST(who_has_no_card_costs_no_statement_more)
{
	struct sek_store *st = test_open();
	unsigned long without, before, with;
	unsigned of_cards;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	without = lookup_steps(st, "alice", &of_cards);
	ck_assert_uint_eq(of_cards, 0);
	before = lookup_steps(st, "nobody", &of_cards);
	ck_assert_uint_eq(of_cards, 0);
	(void)enrol(st, "bob", SEK_CARD_PIV, 1);
	ck_assert_uint_eq(lookup_steps(st, "alice", &of_cards), without);
	ck_assert_uint_eq(of_cards, 0);
	ck_assert_uint_eq(lookup_steps(st, "nobody", &of_cards), before);
	ck_assert_uint_eq(of_cards, 0);
	/* And that this would see them. */
	with = lookup_steps(st, "bob", &of_cards);
	ck_assert_uint_eq(of_cards, 2);
	ck_assert_uint_gt(with, without);
	sek_store_free(&st);
}
END_TEST

/* ---- nothing of a serial or a UID */

static bool
holds(const char *path, const uint8_t *what, size_t len)
{
	struct stat st;
	bool found;
	char *p;
	int fd;

	if ((fd = open(path, O_RDONLY)) < 0)
		return (false);
	ck_assert_int_eq(fstat(fd, &st), 0);
	if (st.st_size == 0) {
		(void)close(fd);
		return (false);
	}
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	found = memmem(p, (size_t)st.st_size, what, len) != NULL;
	(void)munmap(p, (size_t)st.st_size);
	(void)close(fd);
	return (found);
}

static bool
store_holds(const uint8_t *what, size_t len)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[SEK_PATH_MAX + 8];
	bool found = false;
	size_t i;

	for (i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s%s", test_config.path,
		    ends[i]);
		found |= holds(path, what, len);
	}
	return (found);
}

/* As it is, backwards, in hex of either case. */
static void
nowhere(const uint8_t *what, size_t len)
{
	char hex[2 * SEK_CARD_IDENTITY_MAX + 1];
	uint8_t back[SEK_CARD_IDENTITY_MAX];
	size_t i;

	ck_assert(!store_holds(what, len));
	for (i = 0; i < len; i++)
		back[i] = what[len - 1 - i];
	ck_assert(!store_holds(back, len));
	sodium_bin2hex(hex, sizeof(hex), what, len);
	ck_assert(!store_holds((const uint8_t *)hex, 2 * len));
	for (i = 0; hex[i] != '\0'; i++)
		if (hex[i] >= 'a')
			hex[i] = (char)(hex[i] - 'a' + 'A');
	ck_assert(!store_holds((const uint8_t *)hex, 2 * len));
}

START_TEST(nothing_of_a_serial_or_a_uid_is_in_the_file_or_its_log)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	uint8_t plain[crypto_generichash_BYTES];
	struct sek_rotated done;
	struct sek_card c;
	unsigned d;

	for (d = 0; d < 3; d++) {
		(void)enrol(st, "alice", drivers[d], 1 + d);
		/* One that is refused, and what a login shows. */
		enrol_fill(&e, "bob", drivers[d], 1 + d);
		test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
	}
	ck_assert_uint_eq(use(st, "alice", "", SEK_CARD_UID, 3).right, 1);
	ck_assert_uint_eq(use(st, "alice", "", SEK_CARD_UID, 7).right, 0);
	for (d = 0; d < 4; d++) {
		card_fill(&c, drivers[d % 3], d == 3 ? 7 : 1 + d);
		if (d == 3)
			card_fill(&c, SEK_CARD_UID, 7);
		nowhere(c.identity, c.identity_len);
		/* Nor what anybody could make of all serials there are. */
		crypto_hash_sha256(plain, c.identity, c.identity_len);
		nowhere(plain, sizeof(plain));
		crypto_generichash(plain, sizeof(plain), c.identity,
		    c.identity_len, NULL, 0);
		nowhere(plain, sizeof(plain));
	}
	/* And that this would find them: a key is public. */
	card_fill(&c, SEK_CARD_JPKI, 1);
	ck_assert(store_holds(c.public_key, c.public_len));
	test_ok(st, sek_store_rotate(st, &actor, &done, NULL, NULL));
	for (d = 0; d < 3; d++) {
		card_fill(&c, drivers[d], 1 + d);
		nowhere(c.identity, c.identity_len);
	}
	sek_store_free(&st);
}
END_TEST

START_TEST(one_identity_has_another_mark_each_time)
{
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", SEK_CARD_UID, 1);

	edit("CREATE TABLE was AS SELECT data FROM card");
	set(st, id, SEK_AUTHENTICATOR_REMOVED);
	(void)enrol(st, "alice", SEK_CARD_UID, 1);
	ck_assert_int_eq(count_of("SELECT count(*) FROM card JOIN was USING "
	    "(data)"), 0);
	edit("DROP TABLE was");
	sek_store_free(&st);
}
END_TEST

/* ---- with the store */

START_TEST(a_new_key_of_the_store_keeps_them_and_their_marks)
{
	static struct sek_enrol e;
	enum sek_card_driver d = drivers[_i];
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", d, 1);
	struct sek_store_status s;
	struct sek_rotated done;

	test_ok(st, sek_store_rotate(st, &actor, &done, NULL, NULL));
	test_ok(st, sek_store_rotate(st, &actor, &done, NULL, NULL));
	ck_assert_uint_eq(use(st, "alice", named(d, id), d, 1).right, 1);
	enrol_fill(&e, "bob", d, 1);
	memset(e.card.public_key, 9, e.card.public_len);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_store_of_before_has_none_and_takes_none)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	struct sek_store_status s;
	struct sek_migrate_out m;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	edit("DROP TABLE card;DROP TABLE biometric;"
	    "DROP TABLE password;DROP TABLE woken;PRAGMA user_version=1004");
	ck_assert_uint_eq(list(st, "alice"), 0);
	ck_assert_uint_eq(use(st, "alice", "", SEK_CARD_UID, 1).right, 0);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	enrol_fill(&e, "alice", SEK_CARD_JPKI, 1);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_STORE_OLDER);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	test_ok(st, sek_store_migrate(st, &actor, &m));
	ck_assert_uint_eq(m.from, 4);
	ck_assert_uint_eq(m.to, 7);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	ck_assert_uint_eq(list(st, "alice"), 1);
	sek_store_free(&st);
}
END_TEST

/* ---- changed by other means */

static const char *const harms[] = {
	"UPDATE card SET data=zeroblob(length(data))",
	"UPDATE card SET mac=zeroblob(32)",
	"UPDATE card SET id=(SELECT id FROM authenticator WHERE "
	    "person='p-bob') WHERE person='p-alice'",
	"DELETE FROM card WHERE person='p-alice'",
	"UPDATE card SET (data,mac)=(SELECT data,mac FROM card WHERE "
	    "person='p-bob')",
};
#define HARMS	((int)(sizeof(harms) / sizeof(harms[0])))

/* Of a card with a key, then of one by its UID. */
START_TEST(a_row_that_was_changed_refuses_and_is_named)
{
	static struct sek_lookup_out found;
	static struct sek_enrol e;
	enum sek_card_driver d = _i < HARMS ? SEK_CARD_PIV : SEK_CARD_UID;
	struct sek_lookup look = { .who = test_who("alice"),
	    .limits = test_limits(5), .caller_limits = test_limits(5) };
	struct sek_card_list in = { .who = test_who("alice") };
	struct sek_store *st = test_open();
	struct sek_card_use_out out;
	struct sek_store_status s;
	struct sek_card_use u;
	struct sek_roster r;
	char slot[SEK_ID_MAX];
	const char *id = enrol(st, "alice", d, 1);

	(void)enrol(st, "bob", d, 2);
	ck_assert_int_eq(test_reserve(st, "alice", 5, slot),
	    SEK_SLOT_GRANTED);
	edit(harms[_i % HARMS]);
	test_is(st, sek_store_card_list(st, &in, &listed), SEK_ERR_TAMPERED);
	ck_assert_uint_eq(listed.n, 0);
	test_is(st, sek_store_lookup(st, &look, &found), SEK_ERR_TAMPERED);
	use_fill(&u, "alice", slot, named(d, id), d, 1);
	test_is(st, sek_store_card_use(st, &u, &out), SEK_ERR_TAMPERED);
	ck_assert_uint_eq(out.right, 0);
	ck_assert_uint_eq(out.reason, SEK_REASON_STORE);
	test_is(st, sek_store_roster_collect(st, &r), SEK_ERR_TAMPERED);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_ge(s.tampered, 1);
	ck_assert_uint_ge(test_records(st, "tampered", NULL).records, 1);
	/* Another person's enrolment goes on. */
	enrol_fill(&e, "carol", d, 5);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	/* It can be taken away, and then nothing is wrong any more. */
	set(st, id, SEK_AUTHENTICATOR_REMOVED);
	test_lookup(st, "alice", &found);
	sek_store_free(&st);
}
END_TEST

/* The key of a mark is another's, or none. */
START_TEST(a_mark_without_its_key_opens_nothing)
{
	struct sek_store *st = test_open();
	struct sek_card_use_out out;
	struct sek_card_use u;
	char slot[SEK_ID_MAX];

	(void)enrol(st, "alice", SEK_CARD_UID, 1);
	(void)enrol(st, "bob", SEK_CARD_UID, 2);
	ck_assert_int_eq(test_reserve(st, "alice", 5, slot),
	    SEK_SLOT_GRANTED);
	edit("UPDATE authenticator SET (data,mac)=(SELECT data,mac FROM "
	    "authenticator WHERE person='p-bob') WHERE person='p-alice'");
	use_fill(&u, "alice", slot, "", SEK_CARD_UID, 1);
	test_is(st, sek_store_card_use(st, &u, &out), SEK_ERR_TAMPERED);
	ck_assert_uint_eq(out.right, 0);
	sek_store_free(&st);
}
END_TEST

/* An older program removes an authenticator and knows of no card. */
START_TEST(a_row_left_by_an_older_program_holds_nothing)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	struct sek_store_status s;
	const char *id = enrol(st, "alice", SEK_CARD_PIV, 1);

	edit("CREATE TABLE left AS SELECT * FROM card");
	set(st, id, SEK_AUTHENTICATOR_REMOVED);
	edit("INSERT INTO card SELECT * FROM left;DROP TABLE left");
	ck_assert_uint_eq(list(st, "alice"), 0);
	ck_assert_uint_eq(use(st, "alice", id, SEK_CARD_PIV, 1).right, 0);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	enrol_fill(&e, "bob", SEK_CARD_PIV, 1);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	enrol_fill(&e, "alice", SEK_CARD_PIV, 1);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
	sek_store_free(&st);
}
END_TEST

/* ---- backups, and other machines */

static char words[] = "Correct-horse battery 57 staple!";
static struct sek_secret pass = { (unsigned char *)words,
    sizeof(words) - 1 };

/* 0: into the store; 1: a store of its own, this one being gone; 2: on a
 * machine that has another store. */
START_TEST(a_restore_brings_back_cards_and_marks_and_opens_none_that_was_shut)
{
	static struct sek_enrol e;
	struct sek_restore_in in = { .pass = &pass, .actor = &actor };
	struct sek_store *st = test_open();
	const char *kept, *gone, *lost;
	struct sek_backup_info info;
	struct sek_restored done;
	struct sek_why why = { "" };
	struct sek_store_status s;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/b.backup", test_dir);
	kept = enrol(st, "alice", SEK_CARD_JPKI, 1);
	gone = enrol(st, "alice", SEK_CARD_PIV, 2);
	lost = enrol(st, "alice", SEK_CARD_PIV, 4);
	(void)enrol(st, "bob", SEK_CARD_UID, 3);
	test_ok(st, sek_store_backup(st, path, &pass, &actor, &info, NULL,
	    NULL));
	set(st, gone, SEK_AUTHENTICATOR_REMOVED);
	set(st, lost, SEK_AUTHENTICATOR_SUSPECT);
	(void)enrol(st, "carol", SEK_CARD_PIV, 2);
	if (_i > 0) {
		sek_store_close(st);
		edit("PRAGMA wal_checkpoint(TRUNCATE)");
		ck_assert_int_eq(unlink(test_config.path), 0);
	}
	if (_i == 2) {
		sek_store_free(&st);
		ck_assert_int_eq(unlink(test_config.key), 0);
		ck_assert_msg(test_engine->init(&test_config, &why) ==
		    SEK_OK, "%s", why.text);
		st = test_open();
		(void)enrol(st, "dave", SEK_CARD_UID, 3);
	}
	in.path = path;
	ck_assert_msg(sek_store_restore(&test_config, &in, &done, &why) ==
	    SEK_OK, "%s", why.text);
	ck_assert_uint_eq(list(st, "alice"), _i == 0 ? 1 : 3);
	ck_assert_int_eq(count_of("SELECT count(*) FROM card"),
	    _i == 0 ? 3 : 4);
	ck_assert_uint_eq(list(st, "carol"), 0);
	ck_assert_uint_eq(list(st, "dave"), 0);
	ck_assert_uint_eq(use(st, "alice", kept, SEK_CARD_JPKI, 1).right, 1);
	ck_assert_uint_eq(use(st, "bob", "", SEK_CARD_UID, 3).right, 1);
	ck_assert_uint_eq(use(st, "bob", "", SEK_CARD_UID, 1).right, 0);
	/* By its mark alone. */
	enrol_fill(&e, "erin", SEK_CARD_JPKI, 1);
	memset(e.card.public_key, 9, e.card.public_len);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(no_backup_is_made_of_a_card_without_its_row)
{
	struct sek_store *st = test_open();
	struct sek_backup_info info;
	char path[128];

	(void)enrol(st, "alice", SEK_CARD_JPKI, 1);
	edit("DELETE FROM card");
	(void)snprintf(path, sizeof(path), "%s/b.backup", test_dir);
	test_is(st, sek_store_backup(st, path, &pass, &actor, &info, NULL,
	    NULL), SEK_ERR_TAMPERED);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), "card"));
	sek_store_free(&st);
}
END_TEST

/* Another terminal by its name; a clone gets a key of its own. */
START_TEST(a_clone_keeps_cards_and_their_marks)
{
	static struct sek_enrol e;
	enum sek_card_driver d = drivers[_i];
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", d, 1);
	struct sek_why why = { "" };
	struct sek_adopt_in in = { .how = SEK_ADOPT_CLONE, .actor = &actor };
	struct sek_store_status s;
	struct sek_adopted out;
	char seal[128];

	sek_store_free(&st);
	(void)snprintf(seal, sizeof(seal), "%s/keys/seal.key", test_dir);
	in.seal_key = seal;
	(void)snprintf(test_config.terminal, sizeof(test_config.terminal),
	    "t-9");
	ck_assert_msg(sek_store_adopt(&test_config, &in, &out, &why) ==
	    SEK_OK, "%s", why.text);
	st = test_open();
	ck_assert_uint_eq(use(st, "alice", named(d, id), d, 1).right, 1);
	enrol_fill(&e, "bob", d, 1);
	memset(e.card.public_key, 9, e.card.public_len);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(upkeep_leaves_cards_alone)
{
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", SEK_CARD_JPKI, 1);
	struct sek_upkeep up;

	(void)enrol(st, "alice", SEK_CARD_UID, 2);
	test_ok(st, sek_store_upkeep(st, &up));
	ck_assert_uint_eq(use(st, "alice", id, SEK_CARD_JPKI, 1).right, 1);
	ck_assert_uint_eq(use(st, "alice", "", SEK_CARD_UID, 2).right, 1);
	sek_store_free(&st);
}
END_TEST

/* Retired, he comes in by none; it stays his until it is taken away. */
START_TEST(a_card_of_who_retired_opens_nothing_shared_and_stays_his)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", SEK_CARD_JPKI, 1);
	struct sek_person p;

	test_enrol_fill(&e, "desk", SEK_METHOD_HOTP);
	e.account.shared = 1;
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-alice");
	test_ok(st, sek_store_enrol(st, &e, NULL));
	ck_assert_uint_eq(list(st, "desk"), 1);
	test_ok(st, sek_store_person(st, "p-alice", &p));
	p.state = SEK_ACCOUNT_RETIRED;
	test_ok(st, sek_store_person_edit(st, &p, &actor));
	ck_assert_uint_eq(list(st, "desk"), 0);
	ck_assert_uint_eq(use(st, "desk", id, SEK_CARD_JPKI, 1).right, 0);
	enrol_fill(&e, "bob", SEK_CARD_JPKI, 1);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
	sek_store_free(&st);
}
END_TEST

/* ---- by rosters */

static void
foreign(struct sek_roster *r, struct sek_store *st, uint64_t serial)
{
	test_ok(st, sek_store_roster_collect(st, r));
	(void)snprintf(r->terminal, sizeof(r->terminal), "t-2");
	(void)snprintf(r->id, sizeof(r->id),
	    "00112233445566778899aabbccddeeff");
	r->serial = serial;
	r->sum[0] = (uint8_t)serial;
}

static struct sek_roster_done
take(struct sek_store *st, const struct sek_roster *r)
{
	struct sek_roster_done plan, done;

	test_ok(st, sek_store_roster_plan(st, r, NULL, NULL, &plan));
	test_ok(st, sek_store_roster_take(st, r, &plan, NULL, NULL, &actor,
	    &done));
	ck_assert_uint_eq(plan.changes, done.changes);
	ck_assert_uint_eq(plan.conflicts, done.conflicts);
	return (done);
}

/* Another terminal: the same people, no card; *r is of the first one. */
static struct sek_store *
elsewhere(struct sek_roster *r, char id[SEK_ID_MAX])
{
	struct sek_store *st = test_open();

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_HOTP);
	(void)snprintf(id, SEK_ID_MAX, "%s", enrol(st, "alice",
	    SEK_CARD_JPKI, 1));
	foreign(r, st, 7);
	ck_assert_uint_eq(r->ncards, 1);
	edit("DELETE FROM card;DELETE FROM authenticator");
	return (st);
}

/* Under this id in the roster. */
static void
rename_in(struct sek_roster *r, const char *id, const char *to)
{
	size_t i;

	for (i = 0; i < r->nauthenticators; i++)
		if (strcmp(r->authenticator[i].id, id) == 0)
			(void)snprintf(r->authenticator[i].id, SEK_ID_MAX,
			    "%s", to);
}

START_TEST(a_card_enrolled_elsewhere_opens_here_after_import)
{
	char id[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);
	struct sek_store_status s;
	struct sek_rotated done;

	ck_assert_uint_eq(list(st, "alice"), 0);
	ck_assert_uint_eq(take(st, &r).changes, 1);
	ck_assert_uint_eq(list(st, "alice"), 1);
	ck_assert_str_eq(listed.id[0], id);
	ck_assert_int_eq(listed.card[0].brief.not_after, 20001 * DAY);
	ck_assert_uint_eq(listed.card[0].issuer_len, 20);
	ck_assert_uint_eq(use(st, "alice", id, SEK_CARD_JPKI, 1).right, 1);
	ck_assert_ptr_nonnull(strstr(test_records(st, "enrol", NULL).last,
	    "roster of t-2: card-jpki"));
	/* Again: nothing is new. A new key of the store takes it along, too. */
	r.serial = 8;
	ck_assert_uint_eq(take(st, &r).changes, 0);
	test_ok(st, sek_store_rotate(st, &actor, &done, NULL, NULL));
	ck_assert_uint_eq(use(st, "alice", id, SEK_CARD_JPKI, 1).right, 1);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(neither_mark_nor_identity_nor_a_uid_travels)
{
	static const uint8_t zeros[SEK_CARD_IDENTITY_MAX];
	struct sek_store *st = test_open();
	struct sek_roster_key key;
	struct sek_roster r;
	struct sek_why why = { "" };
	struct sek_card c;
	char path[96], hex[2 * SEK_CARD_IDENTITY_MAX + 1], b64[64];
	char *text = NULL;
	const char *data;
	size_t i, len;

	(void)enrol(st, "alice", SEK_CARD_JPKI, 1);
	(void)enrol(st, "alice", SEK_CARD_PIV, 2);
	(void)enrol(st, "alice", SEK_CARD_UID, 3);
	test_ok(st, sek_store_roster_collect(st, &r));
	ck_assert_uint_eq(r.ncards, 2);
	ck_assert_uint_eq(r.nauthenticators, 3);
	for (i = 0; i < r.ncards; i++) {
		ck_assert_int_eq(memcmp(r.card[i].mark, zeros,
		    SEK_CARD_MARK_LEN), 0);
		ck_assert_int_eq(memcmp(r.card[i].identity, zeros,
		    sizeof(zeros)), 0);
		ck_assert_uint_eq(r.card[i].identity_len, 0);
	}
	(void)snprintf(path, sizeof(path), "%s/keys/roster.key", test_dir);
	ck_assert_int_eq(sek_roster_key_make(path, "t-1", &why), SEK_OK);
	ck_assert_int_eq(sek_roster_key_load(&key, path, "t-1", &why),
	    SEK_OK);
	ck_assert_int_eq(sek_roster_write(&text, &len, &r, &key), SEK_OK);
	for (i = 0; i < 3; i++) {
		card_fill(&c, drivers[i], (unsigned)i + 1);
		sodium_bin2hex(hex, sizeof(hex), c.identity, c.identity_len);
		ck_assert_ptr_null(strstr(text, hex));
		sodium_bin2base64(b64, sizeof(b64), c.identity,
		    c.identity_len, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
		b64[strlen(b64) - 1] = '\0';
		ck_assert_ptr_null(strstr(text, b64));
	}
	data = strstr(text, "\"card-uid\"");
	ck_assert_ptr_nonnull(data);
	ck_assert_ptr_nonnull(strstr(data, "\"data\":null"));
	free(text);
	sek_secret_free(&key.secret);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

/* 0 removed, 1 disabled, 2 lost; by its id, then under another one. */
START_TEST(what_is_shut_here_no_roster_opens)
{
	static const enum sek_authenticator_state to[] = {
		SEK_AUTHENTICATOR_REMOVED, SEK_AUTHENTICATOR_DISABLED,
		SEK_AUTHENTICATOR_SUSPECT
	};
	char id[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);

	(void)take(st, &r);
	set(st, id, to[_i]);
	r.serial = 8;
	ck_assert_uint_eq(take(st, &r).changes, 0);
	ck_assert_uint_eq(list(st, "alice"), 0);
	rename_in(&r, id, "ffffffffffffffff");
	r.serial = 9;
	ck_assert_uint_eq(take(st, &r).conflicts, 1);
	ck_assert_uint_eq(list(st, "alice"), 0);
	/* By hand, here, one that was removed opens again. */
	if (_i == 0) {
		(void)enrol(st, "alice", SEK_CARD_JPKI, 1);
		ck_assert_uint_eq(list(st, "alice"), 1);
	}
	test_verify_ok(st);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

/* Its authenticator's row was changed: it is taken away without being read. */
START_TEST(one_removed_here_as_damaged_does_not_come_back)
{
	char id[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);

	(void)take(st, &r);
	edit("UPDATE authenticator SET mac=zeroblob(32)");
	set(st, id, SEK_AUTHENTICATOR_REMOVED);
	ck_assert_int_eq(count_of("SELECT (SELECT count(*) FROM "
	    "authenticator)+(SELECT count(*) FROM card)"), 0);
	r.serial = 8;
	ck_assert_uint_eq(take(st, &r).conflicts, 1);
	ck_assert_uint_eq(list(st, "alice"), 0);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_card_he_enrolled_on_both_is_one_here)
{
	char id[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);
	const char *own = enrol(st, "alice", SEK_CARD_JPKI, 1);
	struct sek_roster_done done;

	done = take(st, &r);
	ck_assert_uint_eq(done.changes, 0);
	ck_assert_uint_eq(done.conflicts, 0);
	ck_assert_uint_eq(list(st, "alice"), 1);
	ck_assert_str_eq(listed.id[0], own);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(of_two_persons_with_one_card_in_a_roster_one_gets_it)
{
	char id[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);
	size_t i;

	for (i = 0; i < r.nauthenticators; i++)
		if (strcmp(r.authenticator[i].person, "p-bob") == 0) {
			r.authenticator[i].method = SEK_METHOD_CARD_JPKI;
			r.authenticator[i].card = 1;
		}
	ck_assert_uint_eq(take(st, &r).conflicts, 1);
	ck_assert_uint_eq(list(st, "alice") + list(st, "bob"), 1);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

/* 0 active, 1 lost, 2 disabled there. */
START_TEST(a_card_that_is_another_persons_here_is_left_alone)
{
	char id[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);
	const char *bobs = enrol(st, "bob", SEK_CARD_JPKI, 1);

	if (_i == 1)
		set(st, bobs, SEK_AUTHENTICATOR_SUSPECT);
	if (_i == 2)
		set(st, bobs, SEK_AUTHENTICATOR_DISABLED);
	ck_assert_uint_eq(take(st, &r).conflicts, _i == 2 ? 0 : 1);
	ck_assert_uint_eq(list(st, "alice"), _i == 2 ? 1 : 0);
	ck_assert_uint_eq(list(st, "bob"), _i == 0 ? 1 : 0);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(one_shut_there_is_shut_here)
{
	char id[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);
	size_t i;

	(void)take(st, &r);
	for (i = 0; i < r.nauthenticators; i++)
		if (strcmp(r.authenticator[i].id, id) == 0) {
			r.authenticator[i].state = SEK_AUTHENTICATOR_REMOVED;
			r.authenticator[i].card = 0;
		}
	r.serial = 8;
	ck_assert_uint_eq(take(st, &r).changes, 1);
	ck_assert_uint_eq(list(st, "alice"), 0);
	ck_assert_int_eq(count_of("SELECT count(*) FROM card"), 0);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(no_roster_gives_a_card_to_an_account_it_does_not_know_as_his)
{
	static struct sek_enrol e;
	char id[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);

	test_enrol_fill(&e, "root", SEK_METHOD_HOTP);
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-alice");
	test_ok(st, sek_store_enrol(st, &e, NULL));
	ck_assert_uint_eq(take(st, &r).conflicts, 1);
	ck_assert_uint_eq(list(st, "alice"), 0);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_full_hand_takes_no_card_by_a_roster)
{
	char id[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);
	unsigned i;

	for (i = 0; i < SEK_AUTHENTICATORS_MAX; i++)
		(void)enrol(st, "alice", SEK_CARD_PIV, 10 + i);
	ck_assert_uint_eq(take(st, &r).conflicts, 1);
	ck_assert_uint_eq(list(st, "alice"), SEK_AUTHENTICATORS_MAX);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_store_of_before_takes_no_roster_with_cards)
{
	char id[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);
	struct sek_roster_done plan;

	edit("DROP TABLE card;DROP TABLE biometric;"
	    "DROP TABLE password;DROP TABLE woken;PRAGMA user_version=1004");
	test_is(st, sek_store_roster_plan(st, &r, NULL, NULL, &plan),
	    SEK_ERR_STORE_OLDER);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_roster_with_cards_is_of_format_3_and_comes_back_as_it_went)
{
	struct sek_store *st = test_open();
	struct sek_roster r, back;
	struct sek_roster_key key;
	struct sek_why why = { "" };
	const char *body;
	char path[96], *text = NULL, *at;
	size_t len;

	/* By a UID alone it is what programs of before read. */
	(void)enrol(st, "bob", SEK_CARD_UID, 9);
	(void)snprintf(path, sizeof(path), "%s/keys/roster.key", test_dir);
	ck_assert_int_eq(sek_roster_key_make(path, "t-1", &why), SEK_OK);
	ck_assert_int_eq(sek_roster_key_load(&key, path, "t-1", &why),
	    SEK_OK);
	test_ok(st, sek_store_roster_collect(st, &r));
	ck_assert_int_eq(sek_roster_write(&text, &len, &r, &key), SEK_OK);
	ck_assert_ptr_nonnull(strstr(text, "{\"sekisho-roster\":1,"));
	sek_roster_free(&r);
	free(text);
	(void)enrol(st, "alice", SEK_CARD_JPKI, 1);
	(void)enrol(st, "alice", SEK_CARD_PIV, 2);
	test_ok(st, sek_store_roster_collect(st, &r));
	ck_assert_uint_eq(r.ncards, 2);
	ck_assert_int_eq(sek_roster_write(&text, &len, &r, &key), SEK_OK);
	ck_assert_ptr_nonnull(strstr(text, "{\"sekisho-roster\":3,"));
	ck_assert_ptr_nonnull(strstr(text, "\"version\":3,"));
	memset(&back, 0, sizeof(back));
	ck_assert_int_eq(sek_roster_open(&back, &body, text, len, &why),
	    SEK_OK);
	ck_assert_msg(sek_roster_read(&back, body, &why) == SEK_OK, "%s",
	    why.text);
	ck_assert_uint_eq(back.ncards, 2);
	ck_assert_int_eq(memcmp(back.card, r.card, 2 * sizeof(*r.card)), 0);
	sek_roster_free(&back);
	/* A format that it is not. */
	at = strstr(text + (body - text), "\"version\":3,");
	ck_assert_ptr_nonnull(at);
	at[strlen("\"version\":")] = '2';
	ck_assert_int_eq(sek_roster_read(&back, body, &why), SEK_ERR_SYNTAX);
	sek_roster_free(&back);
	at[strlen("\"version\":")] = '4';
	ck_assert_int_eq(sek_roster_read(&back, body, &why),
	    SEK_ERR_UNSUPPORTED);
	sek_roster_free(&back);
	free(text);
	sek_roster_free(&r);
	sek_secret_free(&key.secret);
	sek_store_free(&st);
}
END_TEST

/* ---- over a pipe */

START_TEST(calls_go_over_a_pipe_and_what_is_out_of_bounds_does_not)
{
	static struct sek_card_list_out got;
	static struct sek_self_enrol e;
	struct sek_store *st = test_open();
	const struct sek_frame_request *head;
	struct sek_card_list in = { .who = test_who("alice") };
	struct sek_card_use u;
	struct sek_why why = { "" };
	void *bytes, *copy;
	const void *back;
	size_t len;

	(void)enrol(st, "alice", SEK_CARD_PIV, 1);
	ck_assert_int_eq(sek_frame_request(&bytes, &len, SEK_OP_CARD_LIST,
	    false, &test_config, &in), SEK_OK);
	ck_assert_int_eq(sek_frame_parse(&copy, &head, &back, bytes, len),
	    SEK_OK);
	test_ok(st, sek_store_call(st, (enum sek_op)head->op, back, &listed));
	free(bytes);
	free(copy);
	ck_assert_int_eq(sek_frame_answer(&bytes, &len, SEK_OP_CARD_LIST,
	    SEK_OK, "", &listed), SEK_OK);
	ck_assert_uint_le(len, SEK_FRAME_MAX);
	ck_assert_int_eq(sek_frame_take(&why, &got, SEK_OP_CARD_LIST, bytes,
	    len), SEK_OK);
	ck_assert_int_eq(memcmp(&got, &listed, sizeof(got)), 0);
	free(bytes);
	use_fill(&u, "alice", "00", listed.id[0], SEK_CARD_PIV, 1);
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_CARD_USE, &u), SEK_OK);
	/* A key and a UID, neither, a key of none that is named. */
	u.uid_len = 8;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_CARD_USE, &u),
	    SEK_ERR_RANGE);
	u.uid_len = u.public_len = 0;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_CARD_USE, &u),
	    SEK_ERR_RANGE);
	use_fill(&u, "alice", "00", "", SEK_CARD_PIV, 1);
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_CARD_USE, &u),
	    SEK_ERR_RANGE);
	use_fill(&u, "alice", "00", "", SEK_CARD_UID, 1);
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_CARD_USE, &u), SEK_OK);
	u.uid_len = SEK_CARD_IDENTITY_MAX + 1;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_CARD_USE, &u),
	    SEK_ERR_RANGE);
	use_fill(&u, "alice", "00", listed.id[0], SEK_CARD_PIV, 1);
	u.public_len = SEK_CARD_PUBLIC_MAX + 1;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_CARD_USE, &u),
	    SEK_ERR_RANGE);
	u.public_len = 91;
	memset(u.authenticator, 'x', sizeof(u.authenticator));
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_CARD_USE, &u),
	    SEK_ERR_SYNTAX);
	memset(&e, 0, sizeof(e));
	enrol_fill(&e.enrol, "alice", SEK_CARD_PIV, 3);
	(void)snprintf(e.who.account, sizeof(e.who.account), "alice");
	e.who.process.pid = getpid();
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_SELF_ENROL, &e), SEK_OK);
	e.enrol.card.identity_len = SEK_CARD_IDENTITY_MAX + 1;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_SELF_ENROL, &e),
	    SEK_ERR_RANGE);
	enrol_fill(&e.enrol, "alice", SEK_CARD_PIV, 3);
	e.enrol.card.brief.driver = SEK_CARD_DRIVERS;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_SELF_ENROL, &e),
	    SEK_ERR_RANGE);
	enrol_fill(&e.enrol, "alice", SEK_CARD_PIV, 3);
	e.enrol.authenticator.method = SEK_METHOD_CARD_UID;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_SELF_ENROL, &e),
	    SEK_ERR_RANGE);
	sek_store_free(&st);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("store");
	TCase *t = tcase_create("card");

	tcase_add_checked_fixture(t, test_store_setup, test_store_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t,
	    a_card_of_the_account_opens_and_gives_its_slot_back, 0, DRIVERS);
	tcase_add_loop_test(t,
	    another_card_person_or_slot_opens_nothing_and_counts, 0, DRIVERS);
	tcase_add_test(t, no_card_stands_for_one_of_another_kind);
	tcase_add_loop_test(t, one_that_is_shut_meanwhile_opens_nothing, 0,
	    3 * DRIVERS);
	tcase_add_test(t,
	    a_key_that_is_another_by_the_time_of_use_opens_nothing);
	tcase_add_loop_test(t,
	    fifty_logins_at_once_with_one_card_are_all_right, 0, DRIVERS);
	tcase_add_loop_test(t,
	    killed_at_any_statement_of_a_use_nothing_is_forgotten, 0, 2);
	tcase_add_test(t,
	    killed_at_any_statement_a_card_is_enrolled_or_not);
	tcase_add_test(t,
	    failures_reach_the_life_cap_and_then_it_is_capped);
	tcase_add_test(t,
	    cards_are_listed_the_last_used_first_without_marks);
	tcase_add_loop_test(t,
	    a_card_is_one_persons_by_its_key_and_by_its_identity, 0, DRIVERS);
	tcase_add_test(t, what_is_not_within_its_bounds_is_not_enrolled);
	tcase_add_test(t, thirty_two_cards_and_not_one_more);
	tcase_add_test(t,
	    a_shared_account_opens_by_the_cards_of_members_who_may_come_in);
	tcase_add_test(t, who_has_no_card_costs_no_statement_more);
	tcase_add_test(t,
	    nothing_of_a_serial_or_a_uid_is_in_the_file_or_its_log);
	tcase_add_test(t, one_identity_has_another_mark_each_time);
	tcase_add_loop_test(t,
	    a_new_key_of_the_store_keeps_them_and_their_marks, 0, DRIVERS);
	tcase_add_test(t, a_store_of_before_has_none_and_takes_none);
	tcase_add_loop_test(t, a_row_that_was_changed_refuses_and_is_named, 0,
	    2 * HARMS);
	tcase_add_test(t, a_mark_without_its_key_opens_nothing);
	tcase_add_test(t, a_row_left_by_an_older_program_holds_nothing);
	tcase_add_loop_test(t,
	    a_restore_brings_back_cards_and_marks_and_opens_none_that_was_shut,
	    0, 3);
	tcase_add_test(t, no_backup_is_made_of_a_card_without_its_row);
	tcase_add_loop_test(t, a_clone_keeps_cards_and_their_marks, 0,
	    DRIVERS);
	tcase_add_test(t, upkeep_leaves_cards_alone);
	tcase_add_test(t,
	    a_card_of_who_retired_opens_nothing_shared_and_stays_his);
	tcase_add_test(t, a_card_enrolled_elsewhere_opens_here_after_import);
	tcase_add_test(t, neither_mark_nor_identity_nor_a_uid_travels);
	tcase_add_loop_test(t, what_is_shut_here_no_roster_opens, 0, 3);
	tcase_add_test(t, one_removed_here_as_damaged_does_not_come_back);
	tcase_add_test(t, a_card_he_enrolled_on_both_is_one_here);
	tcase_add_test(t,
	    of_two_persons_with_one_card_in_a_roster_one_gets_it);
	tcase_add_loop_test(t,
	    a_card_that_is_another_persons_here_is_left_alone, 0, 3);
	tcase_add_test(t, one_shut_there_is_shut_here);
	tcase_add_test(t,
	    no_roster_gives_a_card_to_an_account_it_does_not_know_as_his);
	tcase_add_test(t, a_full_hand_takes_no_card_by_a_roster);
	tcase_add_test(t, a_store_of_before_takes_no_roster_with_cards);
	tcase_add_test(t,
	    a_roster_with_cards_is_of_format_3_and_comes_back_as_it_went);
	tcase_add_test(t,
	    calls_go_over_a_pipe_and_what_is_out_of_bounds_does_not);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
