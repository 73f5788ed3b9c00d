/*
 * test_store_biometric.c - test of living traits in the store: what opens by
 * them, how mismatches count, and when a reader pauses
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sodium.h>
#include <sqlite3.h>

#include "../../common/edge/store/frame.h"
#include "sekisho/edge/roster.h"
#include "store.h"

#define RACERS		20
#define PAUSE		(30 * SEK_SECOND)
#define FINGER		SEK_METHOD_FINGERPRINT
#define VENDOR		SEK_METHOD_VENDOR_BIOMETRIC
#define INDEX		SEK_FINGER_RIGHT_INDEX
#define THUMB		SEK_FINGER_LEFT_THUMB

static const struct sek_record actor = { .event = SEK_EVENT_NONE, .count = 1,
    .subject = "root-person", .service = "sekisho" };
static struct sek_biometric_list_out listed;
static unsigned long steps, kill_at;	/* statements; 0: never */
static char texts[512][64];		/* heads of statements, in order */
static int64_t wall_by, boot_by;	/* us that the clocks are ahead */
static uint8_t boot_no;			/* of another boot */

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

enum sek_err	__real_sek_clock_now(struct sek_moment *out);
enum sek_err	__wrap_sek_clock_now(struct sek_moment *out);
enum sek_err
__wrap_sek_clock_now(struct sek_moment *out)
{
	enum sek_err err = __real_sek_clock_now(out);

	out->wall += wall_by;
	out->boot += boot_by;
	out->boot_id[0] ^= boot_no;
	return (err);
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
setup(void)
{

	wall_by = boot_by = 0;
	boot_no = 0;
	kill_at = 0;
	test_store_setup();
}

static void
later(int64_t us)
{

	wall_by += us;
	boot_by += us;
}

/* finger NONE: a vendor's trait. */
static enum sek_method
method_of(enum sek_finger f)
{

	return (f == SEK_FINGER_NONE ? VENDOR : FINGER);
}

static void
trait_fill(struct sek_biometric *b, const char *name, enum sek_finger f)
{

	memset(b, 0, sizeof(*b));
	b->brief.finger = (uint8_t)f;
	(void)snprintf(b->account, sizeof(b->account), "%s", name);
	if (f != SEK_FINGER_NONE)
		memset(b->digest, (int)f + 0x40, sizeof(b->digest));
}

static void
enrol_fill(struct sek_enrol *e, const char *name, enum sek_finger f)
{

	test_enrol_fill(e, name, method_of(f));
	memset(&e->authenticator.oath, 0, sizeof(e->authenticator.oath));
	memset(e->key, 0, sizeof(e->key));
	e->key_len = 0;
	e->proved = f != SEK_FINGER_NONE;
	trait_fill(&e->biometric, name, f);
}

static const char *
enrol(struct sek_store *st, const char *name, enum sek_finger f)
{
	static char id[16][SEK_ID_MAX];
	static unsigned n;
	static struct sek_enrol e;

	enrol_fill(&e, name, f);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	memcpy(id[n = (n + 1) % 16], e.authenticator.id, SEK_ID_MAX);
	return (id[n]);
}

static uint32_t
list(struct sek_store *st, const char *name, enum sek_method m)
{
	struct sek_biometric_list in = { .who = test_who(name), .method = m };

	test_ok(st, sek_store_biometric_list(st, &in, &listed));
	return (listed.n);
}

/* 3 tries, then 30 s; 20 in all. */
static struct sek_biometric_try
try_of(const char *name, enum sek_method m, uint32_t missed)
{
	struct sek_biometric_try in = { .who = test_who(name), .method = m,
	    .missed = missed, .tries = 3, .cap = 20, .pause = PAUSE };

	return (in);
}

static struct sek_biometric_try_out
try(struct sek_store *st, const char *name, enum sek_method m,
    uint32_t missed)
{
	struct sek_biometric_try in = try_of(name, m, missed);
	struct sek_biometric_try_out out;

	test_ok(st, sek_store_biometric_try(st, &in, &out));
	return (out);
}

static void
misses(struct sek_store *st, const char *name, enum sek_method m, unsigned n)
{

	while (n-- > 0)
		(void)try(st, name, m, 1);
}

/* All that is listed. */
static void
use_fill(struct sek_biometric_use *in, struct sek_store *st, const char *name,
    enum sek_method m, const char *slot)
{

	ck_assert_uint_gt(list(st, name, m), 0);
	memset(in, 0, sizeof(*in));
	in->who = test_who(name);
	in->limits = in->caller_limits = test_limits(5);
	(void)snprintf(in->slot, sizeof(in->slot), "%s", slot);
	in->method = m;
	in->n = listed.n;
	memcpy(in->id, listed.id, sizeof(in->id));
	memcpy(in->trait, listed.trait, sizeof(in->trait));
}

static struct sek_biometric_use_out
use_as(struct sek_store *st, struct sek_biometric_use *in)
{
	struct sek_biometric_use_out out;
	char slot[SEK_ID_MAX];

	ck_assert_int_eq(test_reserve(st, in->who.name, 5, slot),
	    SEK_SLOT_GRANTED);
	(void)snprintf(in->slot, sizeof(in->slot), "%s", slot);
	test_ok(st, sek_store_biometric_use(st, in, &out));
	return (out);
}

static struct sek_biometric_use_out
use(struct sek_store *st, const char *name, enum sek_method m)
{
	static struct sek_biometric_use in;

	use_fill(&in, st, name, m, "");
	return (use_as(st, &in));
}

/* The gate says yes by it. */
static enum sek_err
admit(struct sek_store *st, const char *name, const char *id)
{
	struct sek_admit in;
	struct sek_admit_out out;

	test_admit_fill(&in, name);
	in.nauthenticators = 1;
	(void)snprintf(in.authenticator[0], SEK_ID_MAX, "%s", id);
	return (sek_store_admit(st, &in, &out));
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

/* Of the account: of its tally. */
static uint32_t
failures_of(struct sek_store *st, const char *name)
{
	struct sek_limits limits = test_limits(5);
	struct sek_user u;

	test_ok(st, sek_store_user(st, name, &limits, &u));
	return (u.lock.failures);
}

struct sought {
	const char			*id;
	struct sek_authenticator	 a;
};

static enum sek_err
seek(void *arg, const char *account, const struct sek_authenticator *a)
{
	struct sought *s = arg;

	(void)account;
	if (strcmp(a->id, s->id) == 0)
		s->a = *a;
	return (SEK_OK);
}

static struct sek_authenticator
authenticator(struct sek_store *st, const char *id)
{
	struct sought s = { .id = id };

	test_ok(st, sek_store_authenticators(st, NULL, true, seek, &s));
	ck_assert_str_eq(s.a.id, id);
	return (s.a);
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

static void
whole(struct sek_store *st)
{
	struct sek_store_status s;

	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	test_verify_ok(st);
}

static const enum sek_finger kinds[] = { INDEX, SEK_FINGER_NONE };
static const enum sek_authenticator_state shuts[] = {
	SEK_AUTHENTICATOR_DISABLED, SEK_AUTHENTICATOR_SUSPECT,
	SEK_AUTHENTICATOR_REMOVED
};

/* ---- used */

START_TEST(a_trait_of_the_account_opens_and_gives_its_slot_back)
{
	enum sek_finger f = kinds[_i];
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", f);
	struct sek_biometric_use_out out;

	(void)enrol(st, "alice", kinds[1 - _i]);
	(void)enrol(st, "bob", f);
	out = use(st, "alice", method_of(f));
	ck_assert_uint_eq(out.right, 1);
	ck_assert_uint_eq(out.reason, SEK_REASON_NONE);
	ck_assert_str_eq(out.authenticator, id);
	ck_assert_str_eq(out.person, "p-alice");
	ck_assert_uint_eq(failures_of(st, "alice"), 0);
	whole(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(another_persons_trait_method_or_slot_opens_nothing_and_counts)
{
	enum sek_finger f = kinds[_i];
	struct sek_store *st = test_open();
	struct sek_biometric_use_out out;
	static struct sek_biometric_use in;

	(void)enrol(st, "alice", f);
	(void)enrol(st, "bob", f);
	use_fill(&in, st, "alice", method_of(f), "");
	in.who = test_who("bob");
	out = use_as(st, &in);
	ck_assert_uint_eq(out.right, 0);
	ck_assert_uint_eq(out.reason, SEK_REASON_WRONG);
	ck_assert_str_eq(out.authenticator, "");
	ck_assert_str_eq(out.person, "");
	ck_assert_uint_eq(failures_of(st, "bob"), 1);
	in.who = test_who("nobody");
	ck_assert_uint_eq(use_as(st, &in).right, 0);
	in.who = test_who("alice");
	in.method = method_of(kinds[1 - _i]);
	ck_assert_uint_eq(use_as(st, &in).right, 0);
	ck_assert_uint_eq(failures_of(st, "alice"), 1);
	use_fill(&in, st, "alice", method_of(f), "00");
	test_ok(st, sek_store_biometric_use(st, &in, &out));
	ck_assert_uint_eq(out.right, 0);
	ck_assert_uint_eq(out.reason, SEK_REASON_STALE);
	/* On the slot alone. */
	ck_assert_uint_eq(authenticator(st, in.id[0]).failures, 0);
	ck_assert_uint_eq(try(st, "alice", method_of(f), 0).left, 3);
	sek_store_free(&st);
}
END_TEST

/* Any of them may have matched: all must stand. */
START_TEST(one_of_them_that_is_shut_meanwhile_opens_nothing)
{
	struct sek_store *st = test_open();
	const char *id[2] = { enrol(st, "alice", INDEX),
	    enrol(st, "alice", THUMB) };
	struct sek_biometric_use_out out;
	static struct sek_biometric_use in;

	use_fill(&in, st, "alice", FINGER, "");
	ck_assert_uint_eq(in.n, 2);
	set(st, id[_i % 2], shuts[_i / 2]);
	out = use_as(st, &in);
	ck_assert_uint_eq(out.right, 0);
	ck_assert_uint_eq(out.reason, SEK_REASON_WRONG);
	ck_assert_uint_eq(failures_of(st, "alice"), 1);
	/* The other one does by itself. */
	out = use(st, "alice", FINGER);
	ck_assert_uint_eq(out.right, 1);
	ck_assert_str_eq(out.authenticator, id[1 - _i % 2]);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_is_not_as_it_was_listed_opens_nothing)
{
	struct sek_store *st = test_open();
	static struct sek_biometric_use in, other;

	(void)enrol(st, "alice", INDEX);
	(void)enrol(st, "alice", THUMB);
	use_fill(&in, st, "alice", FINGER, "");
	other = in;
	other.trait[1].digest[31] ^= 1;
	ck_assert_uint_eq(use_as(st, &other).reason, SEK_REASON_WRONG);
	other = in;
	other.trait[0].brief.finger = SEK_FINGER_LEFT_RING;
	ck_assert_uint_eq(use_as(st, &other).reason, SEK_REASON_WRONG);
	other = in;
	(void)snprintf(other.trait[0].account, SEK_NAME_MAX, "alicf");
	ck_assert_uint_eq(use_as(st, &other).reason, SEK_REASON_WRONG);
	other = in;
	other.trait[0] = in.trait[1];
	ck_assert_uint_eq(use_as(st, &other).reason, SEK_REASON_WRONG);
	ck_assert_uint_eq(failures_of(st, "alice"), 4);
	ck_assert_uint_eq(use_as(st, &in).right, 1);
	/* As one matched by its name. */
	in.n = 1;
	ck_assert_uint_eq(use_as(st, &in).right, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(many_logins_at_once_with_one_finger_are_all_right)
{
	struct sek_store *st = test_open();
	struct sek_biometric_use_out out;
	static struct sek_biometric_use in;
	char slot[SEK_ID_MAX];
	pid_t pid[RACERS];
	unsigned i;

	(void)enrol(st, "alice", INDEX);
	use_fill(&in, st, "alice", FINGER, "");
	in.limits = in.caller_limits = test_limits(64);
	sek_store_close(st);
	for (i = 0; i < RACERS; i++)
		if ((pid[i] = test_fork()) == 0) {
			struct sek_store *own = test_open();
			enum sek_slot got;

			while ((got = test_reserve(own, "alice", 64, slot)) ==
			    SEK_SLOT_BUSY)
				(void)usleep(2000);
			memcpy(in.slot, slot, sizeof(in.slot));
			if (got != SEK_SLOT_GRANTED ||
			    sek_store_biometric_use(own, &in, &out) !=
			    SEK_OK || !out.right)
				_exit(1);
			sek_store_free(&own);
			_exit(0);
		}
	for (i = 0; i < RACERS; i++)
		test_wait(pid[i]);
	ck_assert_uint_eq(failures_of(st, "alice"), 0);
	whole(st);
	sek_store_free(&st);
}
END_TEST

/* ---- tried */

START_TEST(three_mismatches_in_a_row_are_followed_by_a_pause)
{
	enum sek_method m = method_of(kinds[_i]);
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", kinds[_i]);
	struct sek_biometric_try_out out;
	unsigned i;

	for (i = 0; i < 3; i++) {
		out = try(st, "alice", m, 0);
		ck_assert_uint_eq(out.open, 1);
		ck_assert_uint_eq(out.left, 3 - i);
		ck_assert_int_eq(out.pause, 0);
		later(600 * SEK_SECOND);
		out = try(st, "alice", m, 1);
		ck_assert_uint_eq(authenticator(st, id).failures, i + 1);
	}
	ck_assert_uint_eq(out.open, 1);
	ck_assert_int_eq(out.pause, PAUSE);
	later(10 * SEK_SECOND);
	out = try(st, "alice", m, 0);
	ck_assert_int_gt(out.pause, 19 * SEK_SECOND);
	ck_assert_int_le(out.pause, 20 * SEK_SECOND);
	later(20 * SEK_SECOND);
	out = try(st, "alice", m, 0);
	ck_assert_int_eq(out.pause, 0);
	ck_assert_uint_eq(out.left, 1);
	/* Before each further one, too. */
	out = try(st, "alice", m, 1);
	ck_assert_int_eq(out.pause, PAUSE);
	ck_assert_uint_eq(out.open, 1);
	/* The account's own count is the slot's to raise. */
	ck_assert_uint_eq(failures_of(st, "alice"), 0);
	whole(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_mismatch_counts_on_each_trait_of_its_method_and_no_other)
{
	struct sek_store *st = test_open();
	const char *index = enrol(st, "alice", INDEX);
	const char *thumb = enrol(st, "alice", THUMB);
	const char *face = enrol(st, "alice", SEK_FINGER_NONE);
	const char *code = test_enrol(st, "alice", SEK_METHOD_HOTP);
	const char *bobs = enrol(st, "bob", INDEX);

	misses(st, "alice", FINGER, 2);
	ck_assert_uint_eq(authenticator(st, index).failures, 2);
	ck_assert_uint_eq(authenticator(st, thumb).failures, 2);
	ck_assert_uint_eq(authenticator(st, face).failures, 0);
	ck_assert_uint_eq(authenticator(st, code).failures, 0);
	ck_assert_uint_eq(authenticator(st, bobs).failures, 0);
	ck_assert_uint_eq(try(st, "alice", FINGER, 0).left, 1);
	ck_assert_uint_eq(try(st, "alice", VENDOR, 0).left, 3);
	ck_assert_uint_eq(try(st, "bob", FINGER, 0).left, 3);
	sek_store_free(&st);
}
END_TEST

START_TEST(who_has_none_or_is_nobody_scans_nothing_and_counts_nowhere)
{
	struct sek_store *st = test_open();
	struct sek_biometric_try_out out;
	uint32_t missed;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)enrol(st, "bob", SEK_FINGER_NONE);
	for (missed = 0; missed < 2; missed++) {
		out = try(st, "alice", FINGER, missed);
		ck_assert_uint_eq(out.open, 0);
		ck_assert_uint_eq(out.left, 0);
		ck_assert_int_eq(out.pause, 0);
		ck_assert_uint_eq(try(st, "bob", FINGER, missed).open, 0);
		ck_assert_uint_eq(try(st, "nobody", FINGER, missed).open, 0);
	}
	ck_assert_uint_eq(try(st, "bob", VENDOR, 0).left, 3);
	whole(st);
	sek_store_free(&st);
}
END_TEST

/* A login by something else, a refusal, and time: none of them. */
START_TEST(only_the_gates_yes_by_a_trait_makes_mismatches_none)
{
	struct sek_store *st = test_open();
	const char *index = enrol(st, "alice", INDEX);
	const char *thumb = enrol(st, "alice", THUMB);
	const char *face = enrol(st, "alice", SEK_FINGER_NONE);
	char code[SEK_ID_MAX];

	(void)snprintf(code, sizeof(code), "%s", test_enrol(st, "alice",
	    SEK_METHOD_HOTP));
	misses(st, "alice", FINGER, 4);
	misses(st, "alice", VENDOR, 2);
	test_ok(st, admit(st, "alice", code));
	later(3600 * SEK_SECOND);
	ck_assert_uint_eq(use(st, "alice", FINGER).right, 1);
	ck_assert_uint_eq(try(st, "alice", FINGER, 0).left, 1);
	ck_assert_uint_eq(authenticator(st, thumb).failures, 4);
	test_ok(st, admit(st, "alice", thumb));
	ck_assert_uint_eq(try(st, "alice", FINGER, 0).left, 3);
	ck_assert_uint_eq(authenticator(st, thumb).failures, 0);
	ck_assert_uint_eq(authenticator(st, index).failures, 0);
	ck_assert_int_gt(authenticator(st, thumb).last_used, 0);
	ck_assert_int_eq(authenticator(st, index).last_used, 0);
	ck_assert_uint_eq(authenticator(st, face).failures, 2);
	ck_assert_uint_eq(try(st, "alice", VENDOR, 0).left, 1);
	test_ok(st, admit(st, "alice", face));
	ck_assert_uint_eq(try(st, "alice", VENDOR, 0).left, 3);
	ck_assert_uint_eq(authenticator(st, face).failures, 0);
	whole(st);
	sek_store_free(&st);
}
END_TEST

/* One that is shut keeps what it has: it opens nothing anyway. */
START_TEST(no_admission_touches_one_that_is_shut)
{
	struct sek_store *st = test_open();
	const char *index = enrol(st, "alice", INDEX);
	const char *thumb = enrol(st, "alice", THUMB);

	misses(st, "alice", FINGER, 2);
	set(st, thumb, SEK_AUTHENTICATOR_SUSPECT);
	test_is(st, admit(st, "alice", thumb), SEK_ERR_REFUSED);
	ck_assert_uint_eq(authenticator(st, index).failures, 2);
	test_ok(st, admit(st, "alice", index));
	ck_assert_uint_eq(authenticator(st, index).failures, 0);
	ck_assert_uint_eq(authenticator(st, thumb).failures, 2);
	ck_assert_uint_eq(try(st, "alice", FINGER, 0).left, 3);
	sek_store_free(&st);
}
END_TEST

START_TEST(at_its_cap_each_is_disabled_with_a_record)
{
	struct sek_store *st = test_open();
	const char *index = enrol(st, "alice", INDEX);
	const char *thumb;
	struct sek_biometric_try_out out;
	unsigned i;

	for (i = 0; i < 12; i++)
		(void)try(st, "alice", FINGER, 1);
	/* Enrolled later: it has failed less often. */
	thumb = enrol(st, "alice", THUMB);
	for (; i < 20; i++) {
		out = try(st, "alice", FINGER, 1);
		ck_assert_uint_eq(out.open, 1);
	}
	ck_assert_uint_eq(authenticator(st, index).state,
	    SEK_AUTHENTICATOR_DISABLED);
	ck_assert_uint_eq(authenticator(st, thumb).failures, 8);
	ck_assert_uint_eq(test_records(st, "disable", NULL).records, 1);
	ck_assert_uint_eq(list(st, "alice", FINGER), 1);
	for (i = 8; i < 20; i++)
		out = try(st, "alice", FINGER, 1);
	ck_assert_uint_eq(out.open, 0);
	ck_assert_int_eq(out.pause, 0);
	ck_assert_uint_eq(test_records(st, "disable", NULL).records, 2);
	ck_assert_uint_eq(list(st, "alice", FINGER), 0);
	ck_assert_uint_eq(try(st, "alice", FINGER, 0).open, 0);
	test_is(st, admit(st, "alice", thumb), SEK_ERR_REFUSED);
	whole(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(without_a_cap_none_is_ever_shut_and_a_lowered_one_shuts)
{
	struct sek_store *st = test_open();
	const char *id = enrol(st, "alice", INDEX);
	struct sek_biometric_try in = try_of("alice", FINGER, 1);
	struct sek_biometric_try_out out;
	unsigned i;

	in.cap = 0;
	for (i = 0; i < 120; i++)
		test_ok(st, sek_store_biometric_try(st, &in, &out));
	ck_assert_uint_eq(out.open, 1);
	ck_assert_uint_eq(authenticator(st, id).failures, 120);
	ck_assert_uint_eq(try(st, "alice", FINGER, 0).open, 0);
	ck_assert_uint_eq(authenticator(st, id).state,
	    SEK_AUTHENTICATOR_DISABLED);
	ck_assert_uint_eq(test_records(st, "disable", NULL).records, 1);
	sek_store_free(&st);
}
END_TEST

/* Of two settings, the one in force. */
START_TEST(tries_and_pause_are_judged_by_what_is_set_now)
{
	struct sek_store *st = test_open();
	struct sek_biometric_try in = try_of("alice", FINGER, 0);
	struct sek_biometric_try_out out;

	(void)enrol(st, "alice", INDEX);
	misses(st, "alice", FINGER, 3);
	in.tries = 5;
	test_ok(st, sek_store_biometric_try(st, &in, &out));
	ck_assert_uint_eq(out.left, 2);
	ck_assert_int_eq(out.pause, 0);
	in.tries = 1;
	in.pause = 5 * SEK_SECOND;
	test_ok(st, sek_store_biometric_try(st, &in, &out));
	ck_assert_uint_eq(out.left, 1);
	ck_assert_int_gt(out.pause, 0);
	ck_assert_int_le(out.pause, 5 * SEK_SECOND);
	sek_store_free(&st);
}
END_TEST

START_TEST(no_mismatch_is_lost_where_many_come_at_once)
{
	struct sek_store *st = test_open();
	const char *index = enrol(st, "alice", INDEX);
	const char *thumb = enrol(st, "alice", THUMB);
	struct sek_biometric_try in = try_of("alice", FINGER, 1);
	struct sek_biometric_try_out out;
	pid_t pid[RACERS];
	unsigned i;

	in.cap = RACERS;
	sek_store_close(st);
	for (i = 0; i < RACERS; i++)
		if ((pid[i] = test_fork()) == 0) {
			struct sek_store *own = test_open();

			_exit(sek_store_biometric_try(own, &in, &out) ==
			    SEK_OK ? 0 : 1);
		}
	for (i = 0; i < RACERS; i++)
		test_wait(pid[i]);
	ck_assert_uint_eq(authenticator(st, index).failures, RACERS);
	ck_assert_uint_eq(authenticator(st, thumb).failures, RACERS);
	ck_assert_uint_eq(list(st, "alice", FINGER), 0);
	ck_assert_uint_eq(test_records(st, "disable", NULL).records, 2);
	whole(st);
	sek_store_free(&st);
}
END_TEST

/* On both, or on none; at the cap: with its record. */
START_TEST(killed_at_any_statement_a_mismatch_counts_wholly_or_not)
{
	struct sek_store *st = test_open();
	struct sek_biometric_try in;
	struct sek_biometric_try_out out;
	unsigned long at;
	unsigned none = 0;
	uint32_t n = 0;
	int status;
	pid_t pid;

	for (at = 1; at < 500; at++) {
		const char *index, *thumb;
		char name[16];

		(void)snprintf(name, sizeof(name), "u%lu", at);
		index = enrol(st, name, INDEX);
		thumb = enrol(st, name, THUMB);
		in = try_of(name, FINGER, 1);
		in.cap = 1;
		sek_store_close(st);
		if ((pid = test_fork()) == 0) {
			struct sek_store *own = test_open();

			steps = 0;
			kill_at = at;
			_exit(sek_store_biometric_try(own, &in, &out) ==
			    SEK_OK ? 0 : 1);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		n = authenticator(st, index).failures;
		ck_assert_uint_le(n, 1);
		ck_assert_uint_eq(authenticator(st, thumb).failures, n);
		ck_assert_uint_eq(authenticator(st, index).state, n == 1 ?
		    SEK_AUTHENTICATOR_DISABLED : SEK_AUTHENTICATOR_ACTIVE);
		ck_assert_uint_eq(list(st, name, FINGER), n == 1 ? 0 : 2);
		none += n == 0;
		if (WIFEXITED(status))
			break;
	}
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_gt(none, 5);
	ck_assert_uint_lt(at, 500);
	whole(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(killed_at_any_statement_of_a_use_nothing_is_forgotten)
{
	struct sek_store *st = test_open();
	struct sek_biometric_use_out out;
	static struct sek_biometric_use in;
	char slot[SEK_ID_MAX];
	unsigned long at;
	unsigned n = 0;
	int status;
	pid_t pid;

	for (at = 1; at < 500; at++, n++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "u%lu", at);
		(void)enrol(st, name, INDEX);
		ck_assert_int_eq(test_reserve(st, name, 5, slot),
		    SEK_SLOT_GRANTED);
		use_fill(&in, st, name, FINGER, slot);
		in.trait[0].digest[0] ^= (uint8_t)!_i;
		sek_store_close(st);
		if ((pid = test_fork()) == 0) {
			struct sek_store *own = test_open();

			steps = 0;
			kill_at = at;
			_exit(sek_store_biometric_use(own, &in, &out) ==
			    SEK_OK ? 0 : 1);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_uint_eq(list(st, name, FINGER), 1);
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
	whole(st);
	sek_store_free(&st);
}
END_TEST

/* All of them, with its record, or none. */
START_TEST(killed_at_any_statement_of_an_admission_all_are_cleared_or_none)
{
	struct sek_store *st = test_open();
	const char *index = enrol(st, "alice", INDEX);
	const char *thumb = enrol(st, "alice", THUMB);
	unsigned long at, admitted = 0;
	unsigned none = 0;
	bool yes = false;
	int status;
	pid_t pid;

	misses(st, "alice", FINGER, 2);
	for (at = 1; at < 500; at++) {
		sek_store_close(st);
		if ((pid = test_fork()) == 0) {
			struct sek_store *own = test_open();

			steps = 0;
			kill_at = at;
			_exit(admit(own, "alice", thumb) == SEK_OK ? 0 : 1);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		yes = test_records(st, "admit", NULL).records > admitted;
		admitted += yes;
		ck_assert_uint_eq(authenticator(st, index).failures,
		    yes ? 0 : 2);
		ck_assert_uint_eq(authenticator(st, thumb).failures,
		    yes ? 0 : 2);
		ck_assert_uint_eq(try(st, "alice", FINGER, 0).left,
		    yes ? 3 : 1);
		if (WIFEXITED(status))
			break;
		none += !yes;
		if (yes)
			misses(st, "alice", FINGER, 2);
	}
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert(yes);
	ck_assert_uint_gt(none, 5);
	ck_assert_uint_lt(at, 500);
	whole(st);
	sek_store_free(&st);
}
END_TEST

/* ---- by which clock */

START_TEST(within_a_boot_a_step_of_the_wall_clock_changes_no_pause)
{
	static const int64_t step[] = { -86400, -10, 10, 86400 };
	struct sek_store *st = test_open();
	struct sek_biometric_try_out out;

	(void)enrol(st, "alice", INDEX);
	misses(st, "alice", FINGER, 3);
	wall_by += step[_i] * SEK_SECOND;
	later(10 * SEK_SECOND);
	out = try(st, "alice", FINGER, 0);
	ck_assert_int_gt(out.pause, 19 * SEK_SECOND);
	ck_assert_int_le(out.pause, 20 * SEK_SECOND);
	later(20 * SEK_SECOND);
	ck_assert_int_eq(try(st, "alice", FINGER, 0).pause, 0);
	sek_store_free(&st);
}
END_TEST

/* Booted anew: the wall clock tells; one that went back, once from now. */
START_TEST(after_a_boot_a_pause_is_never_longer_than_one)
{
	static const int64_t gone[] = { 0, 10, 40, -5, -86400 };
	struct sek_store *st = test_open();
	struct sek_biometric_try_out out;
	int64_t left = gone[_i] < 0 ? 30 : gone[_i] > 30 ? 0 : 30 - gone[_i];

	(void)enrol(st, "alice", INDEX);
	(void)enrol(st, "alice", THUMB);
	misses(st, "alice", FINGER, 3);
	boot_no = 1;
	boot_by -= 5 * SEK_SECOND;
	wall_by += gone[_i] * SEK_SECOND;
	out = try(st, "alice", FINGER, 0);
	ck_assert_int_le(out.pause, left * SEK_SECOND);
	ck_assert_int_ge(out.pause, left == 0 ? 0 : (left - 2) * SEK_SECOND);
	/* Asked once, it is this boot's, wherever the wall clock goes. */
	wall_by -= 3600 * SEK_SECOND;
	boot_by += left * SEK_SECOND;
	ck_assert_int_eq(try(st, "alice", FINGER, 0).pause, 0);
	ck_assert_uint_eq(try(st, "alice", FINGER, 0).left, 1);
	/* Nor is what was counted before it forgotten. */
	ck_assert_int_eq(try(st, "alice", FINGER, 1).pause, PAUSE);
	sek_store_free(&st);
}
END_TEST

/* It is waited by the very moment of the last of them. */
START_TEST(of_two_traits_the_later_mismatch_counts)
{
	struct sek_store *st = test_open();
	const char *index = enrol(st, "alice", INDEX);
	struct sek_biometric_try_out out;

	misses(st, "alice", FINGER, 2);
	set(st, index, SEK_AUTHENTICATOR_SUSPECT);
	(void)enrol(st, "alice", THUMB);
	ck_assert_uint_eq(try(st, "alice", FINGER, 0).left, 3);
	later(100 * SEK_SECOND);
	misses(st, "alice", FINGER, 1);
	/* Found again: two of its own, and the one since. */
	{
		struct sek_lost lost;

		test_ok(st, sek_store_authenticator_found(st, index, "",
		    &actor, &lost));
	}
	ck_assert_uint_eq(try(st, "alice", FINGER, 0).left, 1);
	out = try(st, "alice", FINGER, 1);
	ck_assert_int_eq(out.pause, PAUSE);
	sek_store_free(&st);
}
END_TEST

/* ---- enrolled */

START_TEST(a_finger_is_enrolled_once_and_ten_are_all)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	const char *id = "";
	unsigned f;

	for (f = SEK_FINGER_LEFT_THUMB; f < SEK_FINGERS; f++)
		id = enrol(st, "alice", (enum sek_finger)f);
	ck_assert_uint_eq(list(st, "alice", FINGER), SEK_TRAITS_MAX);
	for (f = 0; f < SEK_TRAITS_MAX; f++)
		ck_assert_uint_eq(listed.trait[f].digest[9],
		    listed.trait[f].brief.finger + 0x40u);
	enrol_fill(&e, "alice", SEK_FINGER_RIGHT_LITTLE);
	memset(e.biometric.digest, 9, sizeof(e.biometric.digest));
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_EXISTS);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), id));
	/* All of them count, and all open. */
	misses(st, "alice", FINGER, 1);
	ck_assert_int_eq(count_of("SELECT count(DISTINCT data) FROM "
	    "biometric"), SEK_TRAITS_MAX);
	ck_assert_uint_eq(authenticator(st, id).failures, 1);
	ck_assert_uint_eq(use(st, "alice", FINGER).right, 1);
	/* Disabled, it is there all the same; removed, it is not. */
	set(st, id, SEK_AUTHENTICATOR_DISABLED);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_EXISTS);
	set(st, id, SEK_AUTHENTICATOR_REMOVED);
	ck_assert_int_eq(count_of("SELECT count(*) FROM biometric"), 9);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	ck_assert_uint_eq(authenticator(st, e.authenticator.id).
	    biometric.finger, SEK_FINGER_RIGHT_LITTLE);
	whole(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_vendors_trait_is_enrolled_once_and_the_record_says_unproved)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();

	(void)enrol(st, "alice", SEK_FINGER_NONE);
	ck_assert_ptr_nonnull(strstr(test_records(st, "enrol", NULL).last,
	    "vendor-biometric, not proved"));
	enrol_fill(&e, "alice", SEK_FINGER_NONE);
	(void)snprintf(e.biometric.account, SEK_NAME_MAX, "alice2");
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_EXISTS);
	(void)enrol(st, "alice", INDEX);
	ck_assert_ptr_nonnull(strstr(test_records(st, "enrol", NULL).last,
	    "fingerprint right-index-finger, proved"));
	(void)enrol(st, "bob", SEK_FINGER_NONE);
	ck_assert_uint_eq(list(st, "alice", VENDOR), 1);
	ck_assert_uint_eq(list(st, "alice", FINGER), 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_is_not_within_its_bounds_is_not_enrolled)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();

	enrol_fill(&e, "carol", SEK_FINGER_NONE);
	e.authenticator.method = FINGER;
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_RANGE);
	enrol_fill(&e, "carol", INDEX);
	e.authenticator.method = VENDOR;
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_RANGE);
	enrol_fill(&e, "carol", INDEX);
	e.key_len = 20;
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_RANGE);
	enrol_fill(&e, "carol", INDEX);
	e.biometric.account[0] = '\0';
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_RANGE);
	enrol_fill(&e, "carol", INDEX);
	memset(e.biometric.digest, 0, sizeof(e.biometric.digest));
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_RANGE);
	enrol_fill(&e, "carol", SEK_FINGERS);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_RANGE);
	ck_assert_int_eq(count_of("SELECT count(*) FROM authenticator"), 0);
	sek_store_free(&st);
}
END_TEST

static void
share(struct sek_store *st, const char *person)
{
	static struct sek_enrol e;

	test_enrol_fill(&e, "desk", SEK_METHOD_HOTP);
	e.account.shared = 1;
	(void)snprintf(e.person.id, sizeof(e.person.id), "%s", person);
	test_ok(st, sek_store_enrol(st, &e, NULL));
}

/* Said to be shared now, or known for it. */
START_TEST(no_trait_is_enrolled_for_a_shared_account)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	int n;

	enrol_fill(&e, "desk", kinds[_i]);
	e.account.shared = 1;
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
	ck_assert_int_eq(count_of("SELECT count(*) FROM account"), 0);
	share(st, "p-alice");
	n = count_of("SELECT count(*) FROM authenticator");
	enrol_fill(&e, "desk", kinds[_i]);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_REFUSED);
	ck_assert_int_eq(count_of("SELECT count(*) FROM authenticator"), n);
	ck_assert_int_eq(count_of("SELECT count(*) FROM biometric"), 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(of_more_than_one_person_none_opens_a_shared_account)
{
	struct sek_store *st = test_open();
	static struct sek_biometric_use in;
	const char *id;

	id = enrol(st, "alice", INDEX);
	share(st, "p-alice");
	ck_assert_uint_eq(list(st, "desk", FINGER), 1);
	ck_assert_str_eq(use(st, "desk", FINGER).person, "p-alice");
	misses(st, "desk", FINGER, 1);
	ck_assert_uint_eq(authenticator(st, id).failures, 1);
	use_fill(&in, st, "desk", FINGER, "");
	(void)enrol(st, "bob", INDEX);
	share(st, "p-bob");
	ck_assert_uint_eq(list(st, "desk", FINGER), 0);
	ck_assert_uint_eq(use_as(st, &in).right, 0);
	ck_assert_uint_eq(try(st, "desk", FINGER, 0).open, 0);
	ck_assert_uint_eq(try(st, "desk", FINGER, 1).open, 0);
	ck_assert_uint_eq(authenticator(st, id).failures, 1);
	/* By methods: no two have the same here. */
	(void)enrol(st, "bob", SEK_FINGER_NONE);
	ck_assert_uint_eq(list(st, "desk", VENDOR), 1);
	/* Who may not come in leaves the other one. */
	test_ok(st, sek_store_suspend(st, "bob", "leave", 0, &actor));
	ck_assert_uint_eq(list(st, "desk", FINGER), 1);
	ck_assert_uint_eq(list(st, "desk", VENDOR), 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(traits_are_listed_the_last_used_first_and_looked_up)
{
	static struct sek_lookup_out found;
	struct sek_store *st = test_open();
	const char *id[3];
	unsigned i;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	ck_assert_uint_eq(list(st, "alice", FINGER), 0);
	ck_assert_uint_eq(list(st, "nobody", FINGER), 0);
	id[0] = enrol(st, "alice", INDEX);
	id[1] = enrol(st, "alice", THUMB);
	id[2] = enrol(st, "alice", SEK_FINGER_LEFT_RING);
	(void)enrol(st, "alice", SEK_FINGER_NONE);
	for (i = 0; i < 3; i++) {
		test_ok(st, admit(st, "alice", id[(i + 1) % 3]));
		later(SEK_SECOND);
	}
	ck_assert_uint_eq(list(st, "alice", FINGER), 3);
	for (i = 0; i < 3; i++)
		ck_assert_str_eq(listed.id[i], id[(3 - i) % 3]);
	ck_assert_uint_eq(listed.trait[0].brief.finger, INDEX);
	ck_assert_str_eq(listed.trait[0].account, "alice");
	test_lookup(st, "alice", &found);
	ck_assert_uint_eq(found.nauthenticators, 5);
	for (i = 0; i < 5; i++)
		if (strcmp(found.authenticator[i].id, id[1]) == 0)
			break;
	ck_assert_uint_lt(i, 5);
	ck_assert_uint_eq(found.authenticator[i].biometric.finger, THUMB);
	sek_store_free(&st);
}
END_TEST

/* Both rows, or none of them. */
START_TEST(killed_at_any_statement_a_trait_is_enrolled_or_not)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	unsigned long at;
	unsigned none = 0;
	uint32_t there = 0;
	int status;
	pid_t pid;

	for (at = 1; at < 500; at++) {
		sek_store_close(st);
		if ((pid = test_fork()) == 0) {
			struct sek_store *own = test_open();

			enrol_fill(&e, "alice", INDEX);
			steps = 0;
			kill_at = at;
			_exit(sek_store_enrol(own, &e, NULL) == SEK_OK ?
			    0 : 1);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		there = list(st, "alice", FINGER);
		ck_assert_int_eq(count_of("SELECT count(*) FROM authenticator "
		    "JOIN biometric USING (person,id)"), (int)there);
		ck_assert_int_eq(count_of("SELECT count(*) FROM biometric"),
		    (int)there);
		if (WIFEXITED(status))
			break;
		edit("DELETE FROM biometric;DELETE FROM authenticator");
		none += there == 0;
	}
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_uint_eq(there, 1);
	ck_assert_uint_gt(none, 5);
	ck_assert_uint_lt(at, 500);
	whole(st);
	sek_store_free(&st);
}
END_TEST

/* What a lookup of name does, by the texts of its statements. */
static unsigned long
lookup_steps(struct sek_store *st, const char *name, unsigned *of_traits)
{
	static struct sek_lookup_out found;
	unsigned long i, n;

	test_lookup(st, name, &found);
	steps = 0;
	test_lookup(st, name, &found);
	n = steps;
	*of_traits = 0;
	for (i = 0; i < n && i < sizeof(texts) / sizeof(texts[0]); i++)
		*of_traits += strstr(texts[i], "FROM biometric ") != NULL;
	return (n);
}

START_TEST(who_has_no_trait_costs_no_statement_more)
{
	struct sek_store *st = test_open();
	unsigned long without, before;
	unsigned of_traits;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	without = lookup_steps(st, "alice", &of_traits);
	before = lookup_steps(st, "nobody", &of_traits);
	(void)enrol(st, "bob", INDEX);
	ck_assert_uint_eq(lookup_steps(st, "alice", &of_traits), without);
	ck_assert_uint_eq(of_traits, 0);
	ck_assert_uint_eq(lookup_steps(st, "nobody", &of_traits), before);
	ck_assert_uint_eq(of_traits, 0);
	/* And that this would see them. */
	ck_assert_uint_gt(lookup_steps(st, "bob", &of_traits), without);
	ck_assert_uint_eq(of_traits, 2);
	sek_store_free(&st);
}
END_TEST

/* ---- by himself */

static struct sek_actor
proved(struct sek_store *st)
{
	struct sek_actor who = { .account = "alice", .uid = 1000,
	    .audit_session = UINT32_MAX };
	struct sek_take_proof in = { .service = "sekisho-enrol", .uid = 1000 };
	struct sek_admission row;
	struct sek_admit_out out;
	struct sek_admit a;

	test_admit_fill(&a, "alice");
	(void)snprintf(a.who.service, sizeof(a.who.service), "%s",
	    in.service);
	(void)snprintf(a.record.service, sizeof(a.record.service), "%s",
	    in.service);
	test_ok(st, sek_store_admit(st, &a, &out));
	in.taker = a.gate;
	memcpy(in.id, out.id, sizeof(in.id));
	test_ok(st, sek_store_take_proof(st, &in, &row));
	who.process = a.gate;
	memcpy(who.proof, row.id, sizeof(who.proof));
	return (who);
}

START_TEST(he_enrolls_a_finger_of_his_own_account_and_no_vendors_word)
{
	static struct sek_self_enrol in;
	struct sek_store *st = test_open();
	struct sek_self_enrol_out out;

	(void)enrol(st, "bob", INDEX);
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	/* Whose it is, the store says. */
	enrol_fill(&in.enrol, "bob", THUMB);
	in.who = proved(st);
	test_ok(st, sek_store_self_enrol(st, &in, &out));
	ck_assert_uint_eq(out.a.biometric.finger, THUMB);
	ck_assert_uint_eq(list(st, "bob", FINGER), 1);
	ck_assert_uint_eq(list(st, "alice", FINGER), 1);
	ck_assert_str_eq(listed.trait[0].account, "alice");
	/* Not proved: nobody but an administrator says so. */
	enrol_fill(&in.enrol, "alice", SEK_FINGER_NONE);
	in.who = proved(st);
	test_is(st, sek_store_self_enrol(st, &in, &out), SEK_ERR_REFUSED);
	ck_assert_uint_eq(list(st, "alice", VENDOR), 0);
	whole(st);
	sek_store_free(&st);
}
END_TEST

/* ---- with the store */

START_TEST(a_new_key_of_the_store_keeps_them_and_their_mismatches)
{
	enum sek_method m = method_of(kinds[_i]);
	struct sek_store *st = test_open();
	struct sek_rotated done;

	(void)enrol(st, "alice", kinds[_i]);
	misses(st, "alice", m, 3);
	test_ok(st, sek_store_rotate(st, &actor, &done, NULL, NULL));
	test_ok(st, sek_store_rotate(st, &actor, &done, NULL, NULL));
	ck_assert_int_gt(try(st, "alice", m, 0).pause, 20 * SEK_SECOND);
	ck_assert_uint_eq(use(st, "alice", m).right, 1);
	whole(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_store_of_before_has_none_and_takes_none)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	struct sek_store_status s;
	struct sek_biometric_use_out out;
	static struct sek_biometric_use in;
	struct sek_migrate_out m;
	struct sek_admit_out admitted;
	struct sek_admit a;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)enrol(st, "bob", INDEX);
	use_fill(&in, st, "bob", FINGER, "00");
	set(st, listed.id[0], SEK_AUTHENTICATOR_REMOVED);
	edit("DROP TABLE biometric;"
	    "DROP TABLE password;DROP TABLE woken;PRAGMA user_version=1005");
	ck_assert_uint_eq(list(st, "alice", FINGER), 0);
	ck_assert_uint_eq(try(st, "alice", FINGER, 0).open, 0);
	ck_assert_uint_eq(try(st, "alice", FINGER, 1).open, 0);
	in.who = test_who("alice");
	test_ok(st, sek_store_biometric_use(st, &in, &out));
	ck_assert_uint_eq(out.right, 0);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	test_admit_fill(&a, "alice");
	test_ok(st, sek_store_admit(st, &a, &admitted));
	enrol_fill(&e, "alice", INDEX);
	test_is(st, sek_store_enrol(st, &e, NULL), SEK_ERR_STORE_OLDER);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	test_ok(st, sek_store_migrate(st, &actor, &m));
	ck_assert_uint_eq(m.from, 5);
	ck_assert_uint_eq(m.to, 7);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	ck_assert_uint_eq(use(st, "alice", FINGER).right, 1);
	whole(st);
	sek_store_free(&st);
}
END_TEST

/* An older program removes an authenticator and knows of no trait. */
START_TEST(a_row_left_by_an_older_program_holds_nothing)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	static struct sek_biometric_use in;
	const char *id = enrol(st, "alice", INDEX);

	use_fill(&in, st, "alice", FINGER, "");
	edit("CREATE TABLE left AS SELECT * FROM biometric");
	set(st, id, SEK_AUTHENTICATOR_REMOVED);
	edit("INSERT INTO biometric SELECT * FROM left;DROP TABLE left");
	ck_assert_uint_eq(list(st, "alice", FINGER), 0);
	ck_assert_uint_eq(use_as(st, &in).right, 0);
	ck_assert_uint_eq(try(st, "alice", FINGER, 1).open, 0);
	whole(st);
	enrol_fill(&e, "alice", INDEX);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	ck_assert_uint_eq(list(st, "alice", FINGER), 1);
	sek_store_free(&st);
}
END_TEST

/* As a later version may add one, as this one did; the settings folder keeps
 * what a clone would destroy. */
START_TEST(no_new_key_where_rows_would_stay_under_the_old_one)
{
	struct sek_store *st = test_open();
	struct sek_why why = { "" };
	struct sek_adopt_in in = { .how = SEK_ADOPT_CLONE, .actor = &actor };
	struct sek_rotated done;
	struct sek_adopted out;
	char seal[128];
	FILE *f;

	(void)enrol(st, "alice", INDEX);
	edit("CREATE TABLE later(id TEXT);PRAGMA user_version=1008");
	test_is(st, sek_store_rotate(st, &actor, &done, NULL, NULL),
	    SEK_ERR_STORE_NEWER);
	ck_assert_uint_eq(use(st, "alice", FINGER).right, 1);
	whole(st);
	sek_store_free(&st);
	(void)snprintf(seal, sizeof(seal), "%s/keys/seal.key", test_dir);
	ck_assert_ptr_nonnull(f = fopen(seal, "w"));
	ck_assert_int_eq(fclose(f), 0);
	in.seal_key = seal;
	(void)snprintf(test_config.terminal, sizeof(test_config.terminal),
	    "t-9");
	ck_assert_int_eq(sek_store_adopt(&test_config, &in, &out, &why),
	    SEK_ERR_STORE_NEWER);
	ck_assert_int_eq(access(seal, F_OK), 0);
	(void)snprintf(test_config.terminal, sizeof(test_config.terminal),
	    "t-1");
	st = test_open();
	ck_assert_uint_eq(use(st, "alice", FINGER).right, 1);
	whole(st);
	sek_store_free(&st);
}
END_TEST

static const char *const harms[] = {
	"UPDATE biometric SET data=zeroblob(length(data))",
	"UPDATE biometric SET mac=zeroblob(32)",
	"UPDATE biometric SET id=(SELECT id FROM authenticator WHERE "
	    "person='p-bob') WHERE person='p-alice'",
	"DELETE FROM biometric WHERE person='p-alice'",
	"UPDATE biometric SET (data,mac)=(SELECT data,mac FROM biometric "
	    "WHERE person='p-bob')",
};
#define HARMS	((int)(sizeof(harms) / sizeof(harms[0])))

/* Of a finger, then of a vendor's trait. */
START_TEST(a_row_that_was_changed_refuses_and_is_named)
{
	static struct sek_lookup_out found;
	static struct sek_enrol e;
	enum sek_finger f = kinds[_i / HARMS];
	enum sek_method m = method_of(f);
	struct sek_lookup look = { .who = test_who("alice"),
	    .limits = test_limits(5), .caller_limits = test_limits(5) };
	struct sek_biometric_list in = { .who = test_who("alice"),
	    .method = m };
	struct sek_biometric_try t = try_of("alice", m, 1);
	struct sek_store *st = test_open();
	struct sek_biometric_try_out tried;
	struct sek_biometric_use_out out;
	static struct sek_biometric_use u;
	struct sek_store_status s;
	struct sek_backup_info info;
	const char *id = enrol(st, "alice", f);
	static unsigned char words[] = "Correct-horse battery 57 staple!";
	struct sek_secret pass = { words, sizeof(words) - 1 };
	char slot[SEK_ID_MAX], path[128];

	(void)enrol(st, "bob", f);
	ck_assert_int_eq(test_reserve(st, "alice", 5, slot),
	    SEK_SLOT_GRANTED);
	use_fill(&u, st, "alice", m, slot);
	edit(harms[_i % HARMS]);
	test_is(st, sek_store_biometric_list(st, &in, &listed),
	    SEK_ERR_TAMPERED);
	ck_assert_uint_eq(listed.n, 0);
	test_is(st, sek_store_lookup(st, &look, &found), SEK_ERR_TAMPERED);
	test_is(st, sek_store_biometric_try(st, &t, &tried),
	    SEK_ERR_TAMPERED);
	ck_assert_uint_eq(tried.open, 0);
	test_is(st, sek_store_biometric_use(st, &u, &out), SEK_ERR_TAMPERED);
	ck_assert_uint_eq(out.right, 0);
	ck_assert_uint_eq(out.reason, SEK_REASON_STORE);
	test_is(st, admit(st, "alice", id), SEK_ERR_TAMPERED);
	ck_assert_uint_eq(test_records(st, "admit", NULL).records, 0);
	(void)snprintf(path, sizeof(path), "%s/b.backup", test_dir);
	test_is(st, sek_store_backup(st, path, &pass, &actor, &info, NULL,
	    NULL), SEK_ERR_TAMPERED);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_ge(s.tampered, 1);
	ck_assert_uint_ge(test_records(st, "tampered", NULL).records, 1);
	/* Another person's enrolment goes on. */
	enrol_fill(&e, "carol", f);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	ck_assert_uint_eq(use(st, "carol", m).right, 1);
	/* It can be taken away, and then nothing is wrong any more. */
	set(st, id, SEK_AUTHENTICATOR_REMOVED);
	test_lookup(st, "alice", &found);
	sek_store_free(&st);
}
END_TEST

/* 0: into the store; 1: a store of its own, this one being gone. */
START_TEST(a_restore_brings_traits_back_and_forgets_no_mismatch)
{
	static unsigned char words[] = "Correct-horse battery 57 staple!";
	struct sek_secret pass = { words, sizeof(words) - 1 };
	struct sek_restore_in in = { .pass = &pass, .actor = &actor };
	struct sek_store *st = test_open();
	const char *index, *thumb;
	struct sek_backup_info info;
	struct sek_restored done;
	struct sek_why why = { "" };
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/b.backup", test_dir);
	index = enrol(st, "alice", INDEX);
	thumb = enrol(st, "alice", THUMB);
	(void)enrol(st, "bob", SEK_FINGER_NONE);
	misses(st, "alice", FINGER, 1);
	test_ok(st, sek_store_backup(st, path, &pass, &actor, &info, NULL,
	    NULL));
	misses(st, "alice", FINGER, 2);
	set(st, thumb, SEK_AUTHENTICATOR_REMOVED);
	(void)enrol(st, "alice", SEK_FINGER_LEFT_RING);
	if (_i > 0) {
		sek_store_close(st);
		edit("PRAGMA wal_checkpoint(TRUNCATE)");
		ck_assert_int_eq(unlink(test_config.path), 0);
	}
	in.path = path;
	ck_assert_msg(sek_store_restore(&test_config, &in, &done, &why) ==
	    SEK_OK, "%s", why.text);
	ck_assert_uint_eq(list(st, "alice", FINGER), _i == 0 ? 1 : 2);
	ck_assert_uint_eq(authenticator(st, index).failures,
	    _i == 0 ? 3 : 1);
	ck_assert_uint_eq(try(st, "alice", FINGER, 0).left, _i == 0 ? 1 : 2);
	ck_assert_int_eq(try(st, "alice", FINGER, 0).pause > 0, _i == 0);
	ck_assert_uint_eq(use(st, "alice", FINGER).right, 1);
	ck_assert_uint_eq(use(st, "bob", VENDOR).right, 1);
	ck_assert_int_eq(count_of("SELECT count(*) FROM biometric"),
	    _i == 0 ? 2 : 3);
	whole(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_clone_keeps_traits_and_their_mismatches)
{
	enum sek_method m = method_of(kinds[_i]);
	struct sek_store *st = test_open();
	struct sek_why why = { "" };
	struct sek_adopt_in in = { .how = SEK_ADOPT_CLONE, .actor = &actor };
	struct sek_adopted out;
	char seal[128];

	(void)enrol(st, "alice", kinds[_i]);
	misses(st, "alice", m, 2);
	sek_store_free(&st);
	(void)snprintf(seal, sizeof(seal), "%s/keys/seal.key", test_dir);
	in.seal_key = seal;
	(void)snprintf(test_config.terminal, sizeof(test_config.terminal),
	    "t-9");
	ck_assert_msg(sek_store_adopt(&test_config, &in, &out, &why) ==
	    SEK_OK, "%s", why.text);
	st = test_open();
	ck_assert_uint_eq(try(st, "alice", m, 0).left, 1);
	ck_assert_uint_eq(use(st, "alice", m).right, 1);
	whole(st);
	sek_store_free(&st);
}
END_TEST

/* Elsewhere there is no template: only that he had one is told, and of what
 * was removed there is no mark. */
START_TEST(no_trait_travels_by_a_roster)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();
	struct sek_roster_done plan, done;
	struct sek_roster r, back;
	struct sek_roster_key key;
	struct sek_why why = { "" };
	char path[96], *text = NULL;
	const char *body, *gone;
	size_t len;
	int marks;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)enrol(st, "alice", INDEX);
	(void)enrol(st, "alice", SEK_FINGER_NONE);
	enrol_fill(&e, "alice", THUMB);
	memset(e.biometric.account, 'x', SEK_NAME_MAX - 1);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	gone = e.authenticator.id;
	marks = count_of("SELECT count(*) FROM mark");
	set(st, gone, SEK_AUTHENTICATOR_REMOVED);
	ck_assert_int_eq(count_of("SELECT count(*) FROM mark"), marks);
	(void)snprintf(path, sizeof(path), "%s/keys/roster.key", test_dir);
	ck_assert_int_eq(sek_roster_key_make(path, "t-1", &why), SEK_OK);
	ck_assert_int_eq(sek_roster_key_load(&key, path, "t-1", &why),
	    SEK_OK);
	test_ok(st, sek_store_roster_collect(st, &r));
	ck_assert_uint_eq(r.nauthenticators, 4);
	ck_assert_int_eq(sek_roster_write(&text, &len, &r, &key), SEK_OK);
	/* Programs of before read it. */
	ck_assert_ptr_nonnull(strstr(text, "{\"sekisho-roster\":1,"));
	ck_assert_ptr_null(strstr(text, "4747474747"));
	memset(&back, 0, sizeof(back));
	ck_assert_int_eq(sek_roster_open(&back, &body, text, len, &why),
	    SEK_OK);
	ck_assert_msg(sek_roster_read(&back, body, &why) == SEK_OK, "%s",
	    why.text);
	ck_assert_uint_eq(back.nauthenticators, 4);
	sek_roster_free(&back);
	edit("DELETE FROM biometric;DELETE FROM authenticator");
	(void)snprintf(r.terminal, sizeof(r.terminal), "t-2");
	(void)snprintf(r.id, sizeof(r.id),
	    "00112233445566778899aabbccddeeff");
	r.serial = 7;
	test_ok(st, sek_store_roster_plan(st, &r, NULL, NULL, &plan));
	test_ok(st, sek_store_roster_take(st, &r, &plan, NULL, NULL, &actor,
	    &done));
	ck_assert_uint_eq(list(st, "alice", FINGER), 0);
	ck_assert_uint_eq(list(st, "alice", VENDOR), 0);
	whole(st);
	free(text);
	sek_secret_free(&key.secret);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(one_removed_as_damaged_takes_its_row_with_it)
{
	static struct sek_enrol e;
	struct sek_store *st = test_open();

	enrol_fill(&e, "alice", INDEX);
	memset(e.biometric.account, 'x', SEK_NAME_MAX - 1);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	edit("UPDATE authenticator SET mac=zeroblob(32)");
	set(st, e.authenticator.id, SEK_AUTHENTICATOR_REMOVED);
	ck_assert_int_eq(count_of("SELECT (SELECT count(*) FROM "
	    "authenticator)+(SELECT count(*) FROM biometric)"), 0);
	whole(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(upkeep_leaves_traits_alone)
{
	struct sek_store *st = test_open();
	struct sek_upkeep up;

	(void)enrol(st, "alice", INDEX);
	misses(st, "alice", FINGER, 2);
	test_ok(st, sek_store_upkeep(st, &up));
	ck_assert_uint_eq(try(st, "alice", FINGER, 0).left, 1);
	ck_assert_uint_eq(use(st, "alice", FINGER).right, 1);
	sek_store_free(&st);
}
END_TEST

/* ---- over a pipe */

static void
over_the_pipe(struct sek_store *st, enum sek_op op, const void *in,
    void *out, size_t out_len)
{
	const struct sek_frame_request *head;
	struct sek_why why = { "" };
	void *bytes, *copy, *answer = calloc(1, out_len);
	const void *back;
	size_t len;

	ck_assert_int_eq(sek_frame_request(&bytes, &len, op, false,
	    &test_config, in), SEK_OK);
	ck_assert_int_eq(sek_frame_parse(&copy, &head, &back, bytes, len),
	    SEK_OK);
	ck_assert_uint_eq(head->op, op);
	test_ok(st, sek_store_call(st, (enum sek_op)head->op, back, answer));
	free(bytes);
	free(copy);
	ck_assert_int_eq(sek_frame_answer(&bytes, &len, op, SEK_OK, "",
	    answer), SEK_OK);
	ck_assert_uint_le(len, SEK_FRAME_MAX);
	ck_assert_int_eq(sek_frame_take(&why, out, op, bytes, len), SEK_OK);
	ck_assert_int_eq(memcmp(out, answer, out_len), 0);
	free(bytes);
	free(answer);
}

/* As many as there may be. */
START_TEST(calls_go_over_a_pipe)
{
	struct sek_biometric_list in = { .who = test_who("alice"),
	    .method = FINGER };
	struct sek_biometric_try t = try_of("alice", FINGER, 1);
	struct sek_store *st = test_open();
	struct sek_biometric_list_out got;
	struct sek_biometric_try_out tried;
	struct sek_biometric_use_out out;
	static struct sek_biometric_use u;
	char slot[SEK_ID_MAX];
	unsigned f;

	for (f = SEK_FINGER_LEFT_THUMB; f < SEK_FINGERS; f++)
		(void)enrol(st, "alice", (enum sek_finger)f);
	over_the_pipe(st, SEK_OP_BIOMETRIC_LIST, &in, &got, sizeof(got));
	ck_assert_uint_eq(got.n, SEK_TRAITS_MAX);
	over_the_pipe(st, SEK_OP_BIOMETRIC_TRY, &t, &tried, sizeof(tried));
	ck_assert_uint_eq(tried.left, 2);
	ck_assert_int_eq(test_reserve(st, "alice", 5, slot),
	    SEK_SLOT_GRANTED);
	use_fill(&u, st, "alice", FINGER, slot);
	over_the_pipe(st, SEK_OP_BIOMETRIC_USE, &u, &out, sizeof(out));
	ck_assert_uint_eq(out.right, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_is_out_of_bounds_goes_over_no_pipe)
{
	static struct sek_self_enrol e;
	struct sek_store *st = test_open();
	struct sek_biometric_list l = { .who = test_who("alice"),
	    .method = FINGER };
	struct sek_biometric_try good = try_of("alice", VENDOR, 1);
	static struct sek_biometric_try t;
	static struct sek_biometric_use u, right;

#define BAD(op, p)	ck_assert_int_eq(sek_frame_check_in((op), (p)), \
			    SEK_ERR_RANGE)
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_BIOMETRIC_LIST, &l),
	    SEK_OK);
	l.method = SEK_METHOD_CARD_UID;
	BAD(SEK_OP_BIOMETRIC_LIST, &l);
	l.method = 1000;
	BAD(SEK_OP_BIOMETRIC_LIST, &l);
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_BIOMETRIC_TRY, &good),
	    SEK_OK);
	t = good, t.method = SEK_METHOD_TOTP;
	BAD(SEK_OP_BIOMETRIC_TRY, &t);
	t = good, t.missed = 2;
	BAD(SEK_OP_BIOMETRIC_TRY, &t);
	t = good, t.tries = 0;
	BAD(SEK_OP_BIOMETRIC_TRY, &t);
	t = good, t.pause = -1;
	BAD(SEK_OP_BIOMETRIC_TRY, &t);
	t = good, t.pause = INT64_MAX;
	BAD(SEK_OP_BIOMETRIC_TRY, &t);
	t = good;
	memset(t.who.name, 'x', sizeof(t.who.name));
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_BIOMETRIC_TRY, &t),
	    SEK_ERR_SYNTAX);
	(void)enrol(st, "alice", INDEX);
	use_fill(&right, st, "alice", FINGER, "00");
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_BIOMETRIC_USE, &right),
	    SEK_OK);
	u = right, u.n = 0;
	BAD(SEK_OP_BIOMETRIC_USE, &u);
	u = right, u.n = SEK_TRAITS_MAX + 1;
	BAD(SEK_OP_BIOMETRIC_USE, &u);
	/* Of the second one nothing is said. */
	u = right, u.n = 2;
	BAD(SEK_OP_BIOMETRIC_USE, &u);
	u = right, u.trait[0].brief.finger = SEK_FINGERS;
	BAD(SEK_OP_BIOMETRIC_USE, &u);
	u = right;
	memset(u.trait[0].account, 'x', sizeof(u.trait[0].account));
	BAD(SEK_OP_BIOMETRIC_USE, &u);
	u = right;
	memset(u.id[9], 'x', sizeof(u.id[9]));
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_BIOMETRIC_USE, &u),
	    SEK_ERR_SYNTAX);
	enrol_fill(&e.enrol, "alice", THUMB);
	(void)snprintf(e.who.account, sizeof(e.who.account), "alice");
	e.who.process.pid = getpid();
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_SELF_ENROL, &e), SEK_OK);
	e.enrol.biometric.brief.finger = SEK_FINGER_NONE;
	BAD(SEK_OP_SELF_ENROL, &e);
	enrol_fill(&e.enrol, "alice", THUMB);
	memset(e.enrol.biometric.account, 'x', SEK_NAME_MAX);
	BAD(SEK_OP_SELF_ENROL, &e);
	enrol_fill(&e.enrol, "alice", THUMB);
	e.enrol.key_len = 20;
	BAD(SEK_OP_SELF_ENROL, &e);
#undef BAD
	sek_store_free(&st);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("store");
	TCase *t = tcase_create("biometric");

	tcase_add_checked_fixture(t, setup, test_store_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t,
	    a_trait_of_the_account_opens_and_gives_its_slot_back, 0, 2);
	tcase_add_loop_test(t,
	    another_persons_trait_method_or_slot_opens_nothing_and_counts, 0,
	    2);
	tcase_add_loop_test(t,
	    one_of_them_that_is_shut_meanwhile_opens_nothing, 0, 6);
	tcase_add_test(t, what_is_not_as_it_was_listed_opens_nothing);
	tcase_add_test(t, many_logins_at_once_with_one_finger_are_all_right);
	tcase_add_loop_test(t,
	    three_mismatches_in_a_row_are_followed_by_a_pause, 0, 2);
	tcase_add_test(t,
	    a_mismatch_counts_on_each_trait_of_its_method_and_no_other);
	tcase_add_test(t,
	    who_has_none_or_is_nobody_scans_nothing_and_counts_nowhere);
	tcase_add_test(t,
	    only_the_gates_yes_by_a_trait_makes_mismatches_none);
	tcase_add_test(t, no_admission_touches_one_that_is_shut);
	tcase_add_test(t, at_its_cap_each_is_disabled_with_a_record);
	tcase_add_test(t,
	    without_a_cap_none_is_ever_shut_and_a_lowered_one_shuts);
	tcase_add_test(t, tries_and_pause_are_judged_by_what_is_set_now);
	tcase_add_test(t, no_mismatch_is_lost_where_many_come_at_once);
	tcase_add_test(t,
	    killed_at_any_statement_a_mismatch_counts_wholly_or_not);
	tcase_add_loop_test(t,
	    killed_at_any_statement_of_a_use_nothing_is_forgotten, 0, 2);
	tcase_add_test(t,
	    killed_at_any_statement_of_an_admission_all_are_cleared_or_none);
	tcase_add_loop_test(t,
	    within_a_boot_a_step_of_the_wall_clock_changes_no_pause, 0, 4);
	tcase_add_loop_test(t,
	    after_a_boot_a_pause_is_never_longer_than_one, 0, 5);
	tcase_add_test(t, of_two_traits_the_later_mismatch_counts);
	tcase_add_test(t, a_finger_is_enrolled_once_and_ten_are_all);
	tcase_add_test(t,
	    a_vendors_trait_is_enrolled_once_and_the_record_says_unproved);
	tcase_add_test(t, what_is_not_within_its_bounds_is_not_enrolled);
	tcase_add_loop_test(t,
	    no_trait_is_enrolled_for_a_shared_account, 0,
	    2);
	tcase_add_test(t, of_more_than_one_person_none_opens_a_shared_account);
	tcase_add_test(t, traits_are_listed_the_last_used_first_and_looked_up);
	tcase_add_test(t, killed_at_any_statement_a_trait_is_enrolled_or_not);
	tcase_add_test(t, who_has_no_trait_costs_no_statement_more);
	tcase_add_test(t,
	    he_enrolls_a_finger_of_his_own_account_and_no_vendors_word);
	tcase_add_loop_test(t,
	    a_new_key_of_the_store_keeps_them_and_their_mismatches, 0,
	    2);
	tcase_add_test(t, a_store_of_before_has_none_and_takes_none);
	tcase_add_test(t, a_row_left_by_an_older_program_holds_nothing);
	tcase_add_test(t,
	    no_new_key_where_rows_would_stay_under_the_old_one);
	tcase_add_loop_test(t,
	    a_row_that_was_changed_refuses_and_is_named, 0,
	    2 * HARMS);
	tcase_add_loop_test(t,
	    a_restore_brings_traits_back_and_forgets_no_mismatch, 0,
	    2);
	tcase_add_loop_test(t,
	    a_clone_keeps_traits_and_their_mismatches, 0,
	    2);
	tcase_add_test(t, no_trait_travels_by_a_roster);
	tcase_add_test(t, one_removed_as_damaged_takes_its_row_with_it);
	tcase_add_test(t, upkeep_leaves_traits_alone);
	tcase_add_test(t, calls_go_over_a_pipe);
	tcase_add_test(t, what_is_out_of_bounds_goes_over_no_pipe);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
