/*
 * test_store_fido2.c - test of security keys in the store: counted, shut when
 * there is a copy, never enrolled twice, carried with the store and by rosters
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mman.h>

#include <sodium.h>
#include <sqlite3.h>

#include "../../common/edge/store/frame.h"
#include "sekisho/edge/roster.h"
#include "store.h"

#define RACERS	50

static const struct sek_record actor = { .event = SEK_EVENT_NONE, .count = 1,
    .subject = "root-person", .service = "sekisho" };
static struct sek_fido2_list_out listed;
static unsigned long steps, kill_at;	/* statements; 0: never */

int	__real_sqlite3_step(sqlite3_stmt *st);
int	__wrap_sqlite3_step(sqlite3_stmt *st);
int
__wrap_sqlite3_step(sqlite3_stmt *st)
{

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

static void
key_fill(struct sek_fido2 *f, unsigned which, uint32_t counter)
{

	memset(f, 0, sizeof(*f));
	(void)snprintf(f->rp_id, sizeof(f->rp_id), "sekisho");
	(void)snprintf(f->brief.model, sizeof(f->brief.model), "Key %u",
	    which);
	f->brief.aaguid[0] = (uint8_t)which;
	f->brief.counter = counter;
	f->credential_len = 64;
	memset(f->credential, (int)(which + 1), 64);
	f->public_len = 64;
	memset(f->public_key, (int)(which + 101), 64);
}

static void
fido2_fill(struct sek_enrol *e, const char *name, unsigned which,
    uint32_t counter)
{

	test_enrol_fill(e, name, SEK_METHOD_FIDO2);
	memset(&e->authenticator.oath, 0, sizeof(e->authenticator.oath));
	memset(e->key, 0, sizeof(e->key));
	e->key_len = 0;
	key_fill(&e->fido2, which, counter);
}

static const char *
enrol(struct sek_store *st, const char *name, unsigned which, uint32_t counter)
{
	static struct sek_enrol e;

	fido2_fill(&e, name, which, counter);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	return (e.authenticator.id);
}

static uint32_t
list(struct sek_store *st, const char *name)
{
	struct sek_fido2_list in = { .who = test_who(name) };

	test_ok(st, sek_store_fido2_list(st, &in, &listed));
	return (listed.n);
}

static void
use_fill(struct sek_fido2_use *in, const char *name, const char *slot,
    const char *id, unsigned which, uint32_t counter, uint32_t before)
{
	struct sek_fido2 f;

	key_fill(&f, which, 0);
	memset(in, 0, sizeof(*in));
	in->who = test_who(name);
	in->limits = in->caller_limits = test_limits(5);
	(void)snprintf(in->slot, sizeof(in->slot), "%s", slot);
	(void)snprintf(in->authenticator, sizeof(in->authenticator), "%s", id);
	in->counter = counter;
	in->before = before;
	in->public_len = f.public_len;
	memcpy(in->public_key, f.public_key, f.public_len);
}

static struct sek_fido2_use_out
use(struct sek_store *st, const char *name, const char *id, unsigned which,
    uint32_t counter, uint32_t before)
{
	struct sek_fido2_use in;
	struct sek_fido2_use_out out;
	char slot[SEK_ID_MAX];

	ck_assert_int_eq(test_reserve(st, name, 5, slot), SEK_SLOT_GRANTED);
	use_fill(&in, name, slot, id, which, counter, before);
	test_ok(st, sek_store_fido2_use(st, &in, &out));
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

static uint32_t
failures_of(struct sek_store *st, const char *name)
{
	struct sek_limits limits = test_limits(5);
	struct sek_user u;

	test_ok(st, sek_store_user(st, name, &limits, &u));
	return (u.lock.failures);
}

/* ---- counters */

static const struct {
	uint32_t	stored, before, counter;
	bool		right, copy;
	uint32_t	then;
} counters[] = {
	{ 0, 0, 0, true, false, 0 },	/* a key without one */
	{ 0, 0, 1, true, false, 1 },
	{ 5, 5, 6, true, false, 6 },
	{ 5, 5, UINT32_MAX, true, false, UINT32_MAX },
	{ 5, 5, 5, false, true, 5 },	/* the same again */
	{ 5, 5, 4, false, true, 5 },
	{ 5, 5, 0, false, true, 5 },	/* it had one */
	{ 7, 5, 6, true, false, 7 },	/* another login came between */
	{ 7, 5, 7, false, true, 7 },	/* no key gives one twice */
	{ 7, 5, 5, false, true, 7 },
	{ 7, 0, 0, false, true, 7 },
};

START_TEST(a_counter_goes_up_or_the_key_is_suspect)
{
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", 1, counters[_i].stored);
	struct sek_fido2_use_out out;
	char text[SEK_ID_MAX];
	struct sek_lost lost;

	(void)snprintf(text, sizeof(text), "%s", id);
	out = use(st, "alice", text, 1, counters[_i].counter,
	    counters[_i].before);
	ck_assert_uint_eq(out.right, counters[_i].right);
	ck_assert_uint_eq(out.reason, counters[_i].copy ?
	    SEK_REASON_COUNTER_BACK : SEK_REASON_NONE);
	ck_assert_uint_eq(test_records(st, "counter-back", NULL).records,
	    counters[_i].copy);
	ck_assert_uint_eq(failures_of(st, "alice"), counters[_i].copy);
	ck_assert_uint_eq(list(st, "alice"), !counters[_i].copy);
	if (counters[_i].copy) {
		/* It opens nothing, by any counter, until it is found. */
		out = use(st, "alice", text, 1, UINT32_MAX - 1,
		    counters[_i].then);
		ck_assert_uint_eq(out.right, 0);
		ck_assert_uint_eq(out.reason, SEK_REASON_WRONG);
		test_ok(st, sek_store_authenticator_found(st, text, "", &actor,
		    &lost));
		ck_assert_uint_eq(list(st, "alice"), 1);
	} else
		ck_assert_str_eq(out.person, "p-alice");
	ck_assert_uint_eq(listed.key[0].brief.counter, counters[_i].then);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(fifty_logins_at_once_of_one_key_make_no_copy)
{
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX], slot[SEK_ID_MAX];
	struct sek_fido2_use_out out;
	struct sek_fido2_use in;
	pid_t pid[RACERS];
	unsigned i;

	(void)snprintf(id, sizeof(id), "%s", enrol(st, "alice", 1, 10));
	sek_store_close(st);
	for (i = 0; i < RACERS; i++)
		if ((pid[i] = test_fork()) == 0) {
			struct sek_store *own = test_open();
			enum sek_slot got;

			while ((got = test_reserve(own, "alice", 64, slot)) ==
			    SEK_SLOT_BUSY)
				(void)usleep(2000);
			use_fill(&in, "alice", slot, id, 1, 11 + i, 10);
			in.limits = in.caller_limits = test_limits(64);
			if (got != SEK_SLOT_GRANTED ||
			    sek_store_fido2_use(own, &in, &out) != SEK_OK ||
			    !out.right)
				_exit(1);
			sek_store_free(&own);
			_exit(0);
		}
	for (i = 0; i < RACERS; i++)
		test_wait(pid[i]);
	ck_assert_uint_eq(list(st, "alice"), 1);
	ck_assert_uint_eq(listed.key[0].brief.counter, 10 + RACERS);
	ck_assert_uint_eq(failures_of(st, "alice"), 0);
	ck_assert_uint_eq(test_records(st, "counter-back", NULL).records, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(of_fifty_equal_signatures_one_is_right)
{
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX], slot[SEK_ID_MAX];
	struct sek_fido2_use_out out;
	struct sek_fido2_use in;
	unsigned *right, i;
	pid_t pid[RACERS];

	right = mmap(NULL, sizeof(*right), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(right, MAP_FAILED);
	(void)snprintf(id, sizeof(id), "%s", enrol(st, "alice", 1, 10));
	sek_store_close(st);
	for (i = 0; i < RACERS; i++)
		if ((pid[i] = test_fork()) == 0) {
			struct sek_store *own = test_open();

			while (test_reserve(own, "alice", 64, slot) ==
			    SEK_SLOT_BUSY)
				(void)usleep(2000);
			use_fill(&in, "alice", slot, id, 1, 11, 10);
			in.limits = in.caller_limits = test_limits(64);
			if (sek_store_fido2_use(own, &in, &out) != SEK_OK)
				_exit(1);
			if (out.right)
				__atomic_add_fetch(right, 1, __ATOMIC_SEQ_CST);
			_exit(0);
		}
	for (i = 0; i < RACERS; i++)
		test_wait(pid[i]);
	ck_assert_uint_eq(*right, 1);
	ck_assert_uint_eq(list(st, "alice"), 0);
	ck_assert_uint_eq(test_records(st, "counter-back", NULL).records, 1);
	(void)munmap(right, sizeof(*right));
	sek_store_free(&st);
}
END_TEST

/* Killed at any statement, the copy is shut and counted, or neither. */
START_TEST(killed_at_any_statement_all_of_a_use_is_done_or_nothing)
{
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX], slot[SEK_ID_MAX];
	struct sek_fido2_use_out out;
	struct sek_fido2_use in;
	unsigned long at;
	unsigned n = 0;
	int status;
	pid_t pid;

	for (at = 1; at < 500; at++, n++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "u%lu", at);
		(void)snprintf(id, sizeof(id), "%s", enrol(st, name, 1, 9));
		ck_assert_int_eq(test_reserve(st, name, 5, slot),
		    SEK_SLOT_GRANTED);
		sek_store_close(st);
		if ((pid = test_fork()) == 0) {
			struct sek_store *own = test_open();

			use_fill(&in, name, slot, id, 1, 8 + 4 * (_i != 0), 9);
			steps = 0;
			kill_at = at;
			_exit(sek_store_fido2_use(own, &in, &out) == SEK_OK ?
			    0 : 1);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		if (list(st, name) == 1 && listed.key[0].brief.counter == 9) {
			ck_assert(WIFSIGNALED(status));
			continue;
		}
		ck_assert_uint_eq(listed.n, _i != 0);
		if (WIFEXITED(status)) {
			ck_assert_int_eq(WEXITSTATUS(status), 0);
			break;
		}
	}
	ck_assert_uint_gt(n, 5);
	ck_assert_uint_lt(at, 500);
	ck_assert_uint_eq(test_records(st, "counter-back", NULL).records > 0,
	    _i == 0);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

/* ---- whose they are */

START_TEST(keys_are_listed_the_last_used_first_with_what_is_shown_of_them)
{
	static struct sek_lookup_out found;
	struct sek_store *st = test_open();
	char first[SEK_ID_MAX], second[SEK_ID_MAX];
	struct sek_admit in;
	struct sek_admit_out out;

	ck_assert_uint_eq(list(st, "nobody"), 0);
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	ck_assert_uint_eq(list(st, "alice"), 0);
	(void)snprintf(first, sizeof(first), "%s", enrol(st, "alice", 1, 3));
	(void)snprintf(second, sizeof(second), "%s", enrol(st, "alice", 2, 4));
	ck_assert_uint_eq(list(st, "alice"), 2);
	test_admit_fill(&in, "alice");
	in.nauthenticators = 1;
	memcpy(in.authenticator[0], second, sizeof(second));
	test_ok(st, sek_store_admit(st, &in, &out));
	ck_assert_uint_eq(list(st, "alice"), 2);
	ck_assert_str_eq(listed.id[0], second);
	(void)usleep(2000);
	memcpy(in.authenticator[0], first, sizeof(first));
	test_ok(st, sek_store_admit(st, &in, &out));
	ck_assert_uint_eq(list(st, "alice"), 2);
	ck_assert_str_eq(listed.id[0], first);
	ck_assert_str_eq(listed.key[0].rp_id, "sekisho");
	ck_assert_uint_eq(listed.key[0].credential_len, 64);
	ck_assert_uint_eq(listed.key[0].credential[63], 2);
	ck_assert_uint_eq(listed.key[0].public_key[63], 102);
	test_lookup(st, "alice", &found);
	ck_assert_uint_eq(found.nauthenticators, 3);
	for (uint32_t i = 0; i < 3; i++)
		if (strcmp(found.authenticator[i].id, second) == 0) {
			ck_assert_str_eq(found.authenticator[i].fido2.model,
			    "Key 2");
			ck_assert_uint_eq(
			    found.authenticator[i].fido2.counter, 4);
		}
	sek_store_free(&st);
}
END_TEST

START_TEST(no_credential_is_one_persons_twice)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX];

	(void)snprintf(id, sizeof(id), "%s", enrol(st, "alice", 1, 0));
	fido2_fill(&e, "alice", 1, 7);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_EXISTS);
	/* Its id under another key, its key under another id. */
	memset(e.fido2.public_key, 9, 64);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_EXISTS);
	fido2_fill(&e, "alice", 1, 7);
	memset(e.fido2.credential, 9, 64);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_EXISTS);
	/* Disabled, it is his all the same; removed, it is not. */
	test_ok(st, sek_store_authenticator_state(st, id,
	    SEK_AUTHENTICATOR_DISABLED, &actor));
	fido2_fill(&e, "alice", 1, 7);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_EXISTS);
	test_ok(st, sek_store_authenticator_state(st, id,
	    SEK_AUTHENTICATOR_REMOVED, &actor));
	test_ok(st, sek_store_enrol(st, &e, NULL));
	/* A key of two users. */
	(void)enrol(st, "bob", 1, 0);
	/* What is not within its bounds. */
	fido2_fill(&e, "carol", 5, 0);
	e.fido2.public_len = 63;
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_RANGE);
	fido2_fill(&e, "carol", 5, 0);
	e.key_len = 20;
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_RANGE);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_removed_one_leaves_nothing_to_verify_by)
{
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX];
	sqlite3_stmt *s;
	sqlite3 *db;

	(void)snprintf(id, sizeof(id), "%s", enrol(st, "alice", 1, 0));
	test_ok(st, sek_store_authenticator_state(st, id,
	    SEK_AUTHENTICATOR_REMOVED, &actor));
	ck_assert_uint_eq(use(st, "alice", id, 1, 1, 0).right, 0);
	ck_assert_uint_eq(list(st, "alice"), 0);
	ck_assert_int_eq(sqlite3_open(test_config.path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db,
	    "SELECT count(*) FROM security_key", -1, &s, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	ck_assert_int_eq(sqlite3_column_int(s, 0), 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	sek_store_free(&st);
}
END_TEST

START_TEST(another_key_or_person_or_slot_opens_nothing_and_counts)
{
	struct sek_store *st = test_open();
	struct sek_fido2_use_out out;
	struct sek_fido2_use in;
	char id[SEK_ID_MAX];

	(void)snprintf(id, sizeof(id), "%s", enrol(st, "alice", 1, 0));
	(void)enrol(st, "bob", 2, 0);
	out = use(st, "alice", id, 2, 1, 0);
	ck_assert_uint_eq(out.right, 0);
	ck_assert_uint_eq(out.reason, SEK_REASON_WRONG);
	ck_assert_uint_eq(failures_of(st, "alice"), 1);
	ck_assert_uint_eq(use(st, "bob", id, 1, 1, 0).right, 0);
	ck_assert_uint_eq(failures_of(st, "bob"), 1);
	ck_assert_uint_eq(use(st, "nobody", id, 1, 1, 0).right, 0);
	/* The counter was signed: it is taken also where the slot is gone. */
	use_fill(&in, "alice", "00", id, 1, 8, 0);
	test_ok(st, sek_store_fido2_use(st, &in, &out));
	ck_assert_uint_eq(out.right, 0);
	ck_assert_uint_eq(out.reason, SEK_REASON_STALE);
	ck_assert_uint_eq(list(st, "alice"), 1);
	ck_assert_uint_eq(listed.key[0].brief.counter, 8);
	sek_store_free(&st);
}
END_TEST

START_TEST(thirty_two_keys_and_not_one_more)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX] = "";
	unsigned i;

	for (i = 0; i < SEK_AUTHENTICATORS_MAX; i++)
		(void)snprintf(id, sizeof(id), "%s", enrol(st, "alice", i,
		    0));
	fido2_fill(&e, "alice", 60, 0);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
	ck_assert_uint_eq(list(st, "alice"), SEK_AUTHENTICATORS_MAX);
	ck_assert_uint_eq(use(st, "alice", id, SEK_AUTHENTICATORS_MAX - 1, 1,
	    0).right, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_shared_account_opens_by_the_keys_of_members_who_may_come_in)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	struct sek_person p;

	(void)enrol(st, "alice", 1, 0);
	(void)enrol(st, "bob", 2, 0);
	fido2_fill(&e, "desk", 3, 0);
	e.account.shared = 1;
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-alice");
	test_ok(st, sek_store_enrol(st, &e, NULL));
	fido2_fill(&e, "desk", 4, 0);
	e.account.shared = 1;
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-bob");
	test_ok(st, sek_store_enrol(st, &e, NULL));
	ck_assert_uint_eq(list(st, "desk"), 4);
	test_ok(st, sek_store_suspend(st, "bob", "leave", 0, &actor));
	ck_assert_uint_eq(list(st, "desk"), 2);
	test_ok(st, sek_store_resume(st, "bob", &actor));
	ck_assert_uint_eq(list(st, "desk"), 4);
	test_ok(st, sek_store_person(st, "p-alice", &p));
	p.state = SEK_ACCOUNT_RETIRED;
	test_ok(st, sek_store_person_edit(st, &p, &actor));
	ck_assert_uint_eq(list(st, "desk"), 2);
	ck_assert_str_eq(listed.key[0].rp_id, "sekisho");
	sek_store_free(&st);
}
END_TEST

START_TEST(failures_reach_the_life_cap_and_success_clears_them)
{
	struct sek_store *st = test_open();
	struct sek_settle in;
	struct sek_settle_out out;
	struct sek_admit admit;
	struct sek_admit_out admitted;
	char id[SEK_ID_MAX], slot[SEK_ID_MAX];
	unsigned i;

	(void)snprintf(id, sizeof(id), "%s", enrol(st, "alice", 1, 0));
	for (i = 0; i < 4; i++) {
		memset(&in, 0, sizeof(in));
		in.who = test_who("alice");
		in.limits = in.caller_limits = test_limits(50);
		in.limits.lifetime_cap = 3;
		in.settlement = SEK_SETTLE_FAILED;
		ck_assert_int_eq(test_reserve(st, "alice", 50, slot),
		    SEK_SLOT_GRANTED);
		memcpy(in.slot, slot, sizeof(in.slot));
		memcpy(in.authenticator, id, sizeof(in.authenticator));
		test_ok(st, sek_store_settle(st, &in, &out));
		if (i == 0) {
			test_admit_fill(&admit, "alice");
			admit.nauthenticators = 1;
			memcpy(admit.authenticator[0], id, sizeof(id));
			test_ok(st, sek_store_admit(st, &admit, &admitted));
		}
		ck_assert_uint_eq(list(st, "alice"), i < 3);
	}
	ck_assert_uint_eq(test_records(st, "disable", NULL).records, 1);
	sek_store_free(&st);
}
END_TEST

/* ---- changed by other means */

static const char *const harms[] = {
	"UPDATE security_key SET data=zeroblob(length(data))",
	"UPDATE security_key SET mac=zeroblob(32)",
	"UPDATE security_key SET id=(SELECT id FROM authenticator WHERE "
	    "person='p-bob') WHERE person='p-alice'",
	"DELETE FROM security_key WHERE person='p-alice'",
	"UPDATE security_key SET (data,mac)=(SELECT data,mac FROM "
	    "security_key WHERE person='p-bob')",
};

START_TEST(a_row_that_was_changed_refuses_and_is_named)
{
	static struct sek_lookup_out found;
	struct sek_lookup look = { .who = test_who("alice"),
	    .limits = test_limits(5), .caller_limits = test_limits(5) };
	struct sek_fido2_list in = { .who = test_who("alice") };
	struct sek_store *st = test_open();
	struct sek_fido2_use_out out;
	struct sek_store_status s;
	struct sek_roster r;
	struct sek_fido2_use u;
	char id[SEK_ID_MAX], slot[SEK_ID_MAX];

	(void)snprintf(id, sizeof(id), "%s", enrol(st, "alice", 1, 0));
	(void)enrol(st, "bob", 2, 0);
	ck_assert_int_eq(test_reserve(st, "alice", 5, slot),
	    SEK_SLOT_GRANTED);
	edit(harms[_i]);
	test_is(st, sek_store_fido2_list(st, &in, &listed), SEK_ERR_TAMPERED);
	test_is(st, sek_store_lookup(st, &look, &found), SEK_ERR_TAMPERED);
	use_fill(&u, "alice", slot, id, 1, 1, 0);
	test_is(st, sek_store_fido2_use(st, &u, &out), SEK_ERR_TAMPERED);
	ck_assert_uint_eq(out.right, 0);
	test_is(st, sek_store_roster_collect(st, &r), SEK_ERR_TAMPERED);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_ge(s.tampered, 1);
	ck_assert_uint_ge(test_records(st, "tampered", NULL).records, 1);
	/* It can be taken away, and then nothing is wrong any more. */
	test_ok(st, sek_store_authenticator_state(st, id,
	    SEK_AUTHENTICATOR_REMOVED, &actor));
	test_lookup(st, "alice", &found);
	sek_store_free(&st);
}
END_TEST

/* ---- with the store */

START_TEST(a_store_of_before_has_none_and_takes_none)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	struct sek_migrate_out m;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	edit("DROP TABLE security_key;DROP TABLE card;DROP TABLE biometric;"
	    "DROP TABLE password;DROP TABLE woken;"
	    "PRAGMA user_version=1003");
	ck_assert_uint_eq(list(st, "alice"), 0);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	fido2_fill(&e, "alice", 1, 0);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_STORE_OLDER);
	test_ok(st, sek_store_migrate(st, &actor, &m));
	ck_assert_uint_eq(m.to, 7);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	ck_assert_uint_eq(list(st, "alice"), 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_new_key_of_the_store_keeps_them)
{
	struct sek_store *st = test_open();
	struct sek_store_status s;
	struct sek_rotated done;
	char id[SEK_ID_MAX];

	(void)snprintf(id, sizeof(id), "%s", enrol(st, "alice", 1, 5));
	test_ok(st, sek_store_rotate(st, &actor, &done, NULL, NULL));
	ck_assert_uint_eq(use(st, "alice", id, 1, 6, 5).right, 1);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	sek_store_free(&st);
}
END_TEST

/* 0: into the store; 1: a store of its own, this one being gone. */
START_TEST(a_restore_brings_no_counter_back)
{
	static char words[] = "Correct-horse battery 57 staple!";
	struct sek_secret pass = { (unsigned char *)words,
	    sizeof(words) - 1 };
	struct sek_restore_in in = { .pass = &pass, .actor = &actor };
	struct sek_store *st = test_open();
	char path[128], kept[SEK_ID_MAX], gone[SEK_ID_MAX];
	struct sek_backup_info info;
	struct sek_restored done;
	struct sek_why why = { "" };

	(void)snprintf(path, sizeof(path), "%s/b.backup", test_dir);
	(void)snprintf(kept, sizeof(kept), "%s", enrol(st, "alice", 1, 5));
	(void)snprintf(gone, sizeof(gone), "%s", enrol(st, "alice", 2, 5));
	(void)enrol(st, "bob", 1, 5);
	test_ok(st, sek_store_backup(st, path, &pass, &actor, &info, NULL,
	    NULL));
	ck_assert_uint_eq(use(st, "alice", kept, 1, 9, 5).right, 1);
	test_ok(st, sek_store_authenticator_state(st, gone,
	    SEK_AUTHENTICATOR_REMOVED, &actor));
	(void)enrol(st, "alice", 3, 0);
	if (_i == 1) {
		sek_store_close(st);
		edit("PRAGMA wal_checkpoint(TRUNCATE)");
		ck_assert_int_eq(unlink(test_config.path), 0);
	}
	in.path = path;
	ck_assert_msg(sek_store_restore(&test_config, &in, &done, &why) ==
	    SEK_OK, "%s", why.text);
	ck_assert_uint_eq(list(st, "bob"), 1);
	ck_assert_uint_eq(listed.key[0].brief.counter, 5);
	ck_assert_uint_eq(list(st, "alice"), _i == 0 ? 1 : 2);
	if (_i == 0) {
		ck_assert_str_eq(listed.id[0], kept);
		ck_assert_uint_eq(listed.key[0].brief.counter, 9);
	}
	test_verify_ok(st);
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

/* Another terminal: the same people, no key; *r is of the first one. */
static struct sek_store *
elsewhere(struct sek_roster *r, char id[SEK_ID_MAX])
{
	struct sek_store *st = test_open();

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)snprintf(id, SEK_ID_MAX, "%s", enrol(st, "alice", 1, 5));
	foreign(r, st, 7);
	ck_assert_uint_eq(r->nfido2, 1);
	edit("DELETE FROM security_key;DELETE FROM authenticator WHERE "
	    "id NOT IN (SELECT min(id) FROM authenticator)");
	edit("DELETE FROM authenticator");
	return (st);
}

START_TEST(a_key_enrolled_elsewhere_opens_here_after_import)
{
	char id[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);

	ck_assert_uint_eq(list(st, "alice"), 0);
	ck_assert_uint_eq(take(st, &r).changes, 1);
	ck_assert_uint_eq(list(st, "alice"), 1);
	ck_assert_str_eq(listed.id[0], id);
	ck_assert_uint_eq(listed.key[0].brief.counter, 5);
	ck_assert_uint_eq(use(st, "alice", id, 1, 6, 5).right, 1);
	ck_assert_ptr_nonnull(strstr(test_records(st, "enrol", NULL).last,
	    "roster of t-2"));
	/* Again: nothing is new, and the higher counter stands. */
	r.serial = 8;
	ck_assert_uint_eq(take(st, &r).changes, 0);
	ck_assert_uint_eq(list(st, "alice"), 1);
	ck_assert_uint_eq(listed.key[0].brief.counter, 6);
	r.serial = 9;
	r.fido2[0].brief.counter = 40;
	ck_assert_uint_eq(take(st, &r).changes, 0);
	ck_assert_uint_eq(list(st, "alice"), 1);
	ck_assert_uint_eq(listed.key[0].brief.counter, 40);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_is_shut_here_no_roster_opens)
{
	char id[SEK_ID_MAX], other[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);
	struct sek_lost lost;

	(void)take(st, &r);
	test_ok(st, sek_store_authenticator_state(st, id, _i == 0 ?
	    SEK_AUTHENTICATOR_REMOVED : SEK_AUTHENTICATOR_DISABLED, &actor));
	r.serial = 8;
	ck_assert_uint_eq(take(st, &r).changes, 0);
	ck_assert_uint_eq(list(st, "alice"), 0);
	/* The same key under another id, lost here: it stays shut. */
	if (_i == 0) {
		(void)snprintf(other, sizeof(other), "%s", enrol(st, "alice",
		    1, 0));
		test_ok(st, sek_store_authenticator_lost(st, other, "", NULL,
		    NULL, &actor, &lost));
	}
	(void)snprintf(r.authenticator[r.nauthenticators - 1].id, SEK_ID_MAX,
	    "ffffffffffffffff");
	r.authenticator[r.nauthenticators - 1].fido2 = 1;
	r.authenticator[r.nauthenticators - 1].method = SEK_METHOD_FIDO2;
	r.serial = 9;
	ck_assert_uint_eq(take(st, &r).conflicts, 1);
	ck_assert_uint_eq(list(st, "alice"), 0);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

/* Enrolled there by itself, as by the same file of pam_u2f. */
START_TEST(one_removed_here_comes_back_under_no_other_id)
{
	char id[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);
	size_t i;

	(void)take(st, &r);
	test_ok(st, sek_store_authenticator_state(st, id,
	    SEK_AUTHENTICATOR_REMOVED, &actor));
	for (i = 0; i < r.nauthenticators; i++)
		if (strcmp(r.authenticator[i].id, id) == 0)
			(void)snprintf(r.authenticator[i].id, SEK_ID_MAX,
			    "ffffffffffffffff");
	r.serial = 8;
	ck_assert_uint_eq(take(st, &r).conflicts, 1);
	ck_assert_uint_eq(list(st, "alice"), 0);
	/* By hand, here, it does. */
	(void)enrol(st, "alice", 1, 5);
	ck_assert_uint_eq(list(st, "alice"), 1);
	test_verify_ok(st);
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
			r.authenticator[i].state = SEK_AUTHENTICATOR_SUSPECT;
			r.authenticator[i].fido2 = 0;
		}
	r.serial = 8;
	ck_assert_uint_eq(take(st, &r).changes, 1);
	ck_assert_uint_eq(list(st, "alice"), 0);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

/* A person of the same id is not enough: what it would open must be his. */
START_TEST(no_roster_gives_a_key_to_an_account_it_does_not_know_as_his)
{
	static struct sek_enrol e;
	char id[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);

	switch (_i) {
	case 0:		/* another uid */
		edit("DELETE FROM account");
		test_enrol_fill(&e, "alice", SEK_METHOD_HOTP);
		e.account.uid = 4711;
		test_ok(st, sek_store_enrol(st, &e, NULL));
		r.account[0].uid = 1000;
		break;
	case 1:		/* one more account here */
		test_enrol_fill(&e, "root", SEK_METHOD_HOTP);
		(void)snprintf(e.person.id, sizeof(e.person.id), "p-alice");
		test_ok(st, sek_store_enrol(st, &e, NULL));
		break;
	default:	/* a member here of what he is none of there */
		test_enrol_fill(&e, "desk", SEK_METHOD_HOTP);
		e.account.shared = 1;
		(void)snprintf(e.person.id, sizeof(e.person.id), "p-alice");
		test_ok(st, sek_store_enrol(st, &e, NULL));
		break;
	}
	ck_assert_uint_eq(take(st, &r).conflicts, 1);
	ck_assert_uint_eq(list(st, "alice"), 0);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_full_hand_takes_no_key_by_a_roster)
{
	char id[SEK_ID_MAX];
	struct sek_roster r;
	struct sek_store *st = elsewhere(&r, id);
	unsigned i;

	for (i = 0; i < SEK_AUTHENTICATORS_MAX; i++)
		(void)enrol(st, "alice", 10 + i, 0);
	ck_assert_uint_eq(take(st, &r).conflicts, 1);
	ck_assert_uint_eq(list(st, "alice"), SEK_AUTHENTICATORS_MAX);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_roster_with_keys_is_of_format_2_and_comes_back_as_it_went)
{
	struct sek_store *st = test_open();
	struct sek_roster r, back;
	struct sek_roster_key key;
	struct sek_why why = { "" };
	const char *body;
	char path[96], *text = NULL, *at;
	size_t len;

	(void)test_enrol(st, "bob", SEK_METHOD_TOTP);
	(void)snprintf(path, sizeof(path), "%s/keys/roster.key", test_dir);
	ck_assert_int_eq(sek_roster_key_make(path, "t-1", &why), SEK_OK);
	ck_assert_int_eq(sek_roster_key_load(&key, path, "t-1", &why),
	    SEK_OK);
	/* Without one it is what programs of before read. */
	test_ok(st, sek_store_roster_collect(st, &r));
	ck_assert_int_eq(sek_roster_write(&text, &len, &r, &key), SEK_OK);
	ck_assert_ptr_nonnull(strstr(text, "{\"sekisho-roster\":1,"));
	ck_assert_ptr_nonnull(strstr(text, "\"version\":1,"));
	sek_roster_free(&r);
	free(text);
	(void)enrol(st, "alice", 1, UINT32_MAX);
	(void)enrol(st, "alice", 2, 0);
	test_ok(st, sek_store_roster_collect(st, &r));
	ck_assert_uint_eq(r.nfido2, 2);
	ck_assert_int_eq(sek_roster_write(&text, &len, &r, &key), SEK_OK);
	ck_assert_ptr_nonnull(strstr(text, "{\"sekisho-roster\":2,"));
	ck_assert_ptr_nonnull(strstr(text, "\"version\":2,"));
	memset(&back, 0, sizeof(back));
	ck_assert_int_eq(sek_roster_open(&back, &body, text, len, &why),
	    SEK_OK);
	ck_assert_msg(sek_roster_read(&back, body, &why) == SEK_OK, "%s",
	    why.text);
	ck_assert_uint_eq(back.nfido2, 2);
	ck_assert_int_eq(memcmp(back.fido2, r.fido2, 2 * sizeof(*r.fido2)),
	    0);
	sek_roster_free(&back);
	/* A format that it is not. */
	at = strstr(text + (body - text), "\"version\":2,");
	ck_assert_ptr_nonnull(at);
	at[strlen("\"version\":")] = '1';
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
	static struct sek_fido2_list_out got;
	static struct sek_self_enrol e;
	struct sek_store *st = test_open();
	const struct sek_frame_request *head;
	struct sek_fido2_list in = { .who = test_who("alice") };
	struct sek_fido2_use u;
	struct sek_why why = { "" };
	void *bytes, *copy;
	const void *back;
	size_t len;

	(void)enrol(st, "alice", 1, 5);
	ck_assert_int_eq(sek_frame_request(&bytes, &len, SEK_OP_FIDO2_LIST,
	    false, &test_config, &in), SEK_OK);
	ck_assert_int_eq(sek_frame_parse(&copy, &head, &back, bytes, len),
	    SEK_OK);
	test_ok(st, sek_store_call(st, (enum sek_op)head->op, back, &listed));
	free(bytes);
	free(copy);
	ck_assert_int_eq(sek_frame_answer(&bytes, &len, SEK_OP_FIDO2_LIST,
	    SEK_OK, "", &listed), SEK_OK);
	ck_assert_uint_le(len, SEK_FRAME_MAX);
	ck_assert_int_eq(sek_frame_take(&why, &got, SEK_OP_FIDO2_LIST, bytes,
	    len), SEK_OK);
	ck_assert_int_eq(memcmp(&got, &listed, sizeof(got)), 0);
	free(bytes);
	use_fill(&u, "alice", "00", listed.id[0], 1, 6, 5);
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_FIDO2_USE, &u), SEK_OK);
	u.public_len = SEK_FIDO2_PUBLIC_MAX + 1;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_FIDO2_USE, &u),
	    SEK_ERR_RANGE);
	u.public_len = 64;
	memset(u.authenticator, 'x', sizeof(u.authenticator));
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_FIDO2_USE, &u),
	    SEK_ERR_SYNTAX);
	memset(&e, 0, sizeof(e));
	fido2_fill(&e.enrol, "alice", 3, 0);
	(void)snprintf(e.who.account, sizeof(e.who.account), "alice");
	e.who.process.pid = getpid();
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_SELF_ENROL, &e), SEK_OK);
	e.enrol.fido2.credential_len = SEK_FIDO2_CREDENTIAL_MAX + 1;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_SELF_ENROL, &e),
	    SEK_ERR_RANGE);
	fido2_fill(&e.enrol, "alice", 3, 0);
	memset(e.enrol.fido2.brief.model, 'x', SEK_FIDO2_MODEL_MAX);
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_SELF_ENROL, &e),
	    SEK_ERR_RANGE);
	sek_store_free(&st);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("store");
	TCase *t = tcase_create("fido2");

	tcase_add_checked_fixture(t, test_store_setup, test_store_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, a_counter_goes_up_or_the_key_is_suspect, 0,
	    (int)(sizeof(counters) / sizeof(counters[0])));
	tcase_add_test(t, fifty_logins_at_once_of_one_key_make_no_copy);
	tcase_add_test(t, of_fifty_equal_signatures_one_is_right);
	tcase_add_loop_test(t,
	    killed_at_any_statement_all_of_a_use_is_done_or_nothing, 0, 2);
	tcase_add_test(t,
	    keys_are_listed_the_last_used_first_with_what_is_shown_of_them);
	tcase_add_test(t, no_credential_is_one_persons_twice);
	tcase_add_test(t, a_removed_one_leaves_nothing_to_verify_by);
	tcase_add_test(t,
	    another_key_or_person_or_slot_opens_nothing_and_counts);
	tcase_add_test(t, thirty_two_keys_and_not_one_more);
	tcase_add_test(t,
	    a_shared_account_opens_by_the_keys_of_members_who_may_come_in);
	tcase_add_test(t,
	    failures_reach_the_life_cap_and_success_clears_them);
	tcase_add_loop_test(t, a_row_that_was_changed_refuses_and_is_named, 0,
	    (int)(sizeof(harms) / sizeof(harms[0])));
	tcase_add_test(t, a_store_of_before_has_none_and_takes_none);
	tcase_add_test(t, a_new_key_of_the_store_keeps_them);
	tcase_add_loop_test(t, a_restore_brings_no_counter_back, 0, 2);
	tcase_add_test(t, a_key_enrolled_elsewhere_opens_here_after_import);
	tcase_add_loop_test(t, what_is_shut_here_no_roster_opens, 0, 2);
	tcase_add_test(t, one_removed_here_comes_back_under_no_other_id);
	tcase_add_test(t, one_shut_there_is_shut_here);
	tcase_add_loop_test(t,
	    no_roster_gives_a_key_to_an_account_it_does_not_know_as_his, 0,
	    3);
	tcase_add_test(t, a_full_hand_takes_no_key_by_a_roster);
	tcase_add_test(t,
	    a_roster_with_keys_is_of_format_2_and_comes_back_as_it_went);
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
