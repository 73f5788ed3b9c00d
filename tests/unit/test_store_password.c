/*
 * test_store_password.c - test of edge/store: what is kept of passwords: no
 * entry is lost, whoever changes his at once, whatever is killed between
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "Hashes" here are words: the store keeps what it is given.
 */
#include "config.h"

#include <sodium.h>
#include <sqlite3.h>

#include "store.h"
#include "unit.h"

#define PROCESSES	16
#define ACCOUNTS	50

/* What the passphrase costs is libsodium's to test; here it costs little. */
int __wrap_crypto_pwhash(unsigned char *out, unsigned long long len,
    const char *text, unsigned long long n, const unsigned char *salt,
    unsigned long long ops, size_t mem, int alg);
int
__wrap_crypto_pwhash(unsigned char *out, unsigned long long len,
    const char *text, unsigned long long n, const unsigned char *salt,
    unsigned long long ops, size_t mem, int alg)
{
	(void)ops;
	(void)mem;
	(void)alg;
	return (crypto_generichash(out, (size_t)len,
	    (const unsigned char *)text, n, salt, crypto_pwhash_SALTBYTES));
}

static const struct sek_record actor = { .event = SEK_EVENT_NONE, .count = 1,
    .subject = "root-person", .service = "sekisho" };

/* ---- short words for the calls */

/* What the backend shows of a password; 0: it shows nothing. */
static void
mark_of(uint8_t mark[SEK_PASSWORD_MARK_LEN], int of)
{
	memset(mark, of, SEK_PASSWORD_MARK_LEN);
}

static enum sek_err
begin(struct sek_store *st, const char *name, const char *hash, int before,
    int64_t *at)
{
	struct sek_password_begin in;
	struct sek_password_begin_out out;
	enum sek_err err;

	memset(&in, 0, sizeof(in));
	in.who = test_who(name);
	ck_assert_int_eq(sek_process_get(&in.owner, 0), SEK_OK);
	(void)snprintf(in.hash, sizeof(in.hash), "%s", hash);
	mark_of(in.mark, before);
	err = sek_store_password_begin(st, &in, &out);
	*at = out.at;
	return (err);
}

static void
end_fill(struct sek_password_end *in, const char *name, int64_t at, int after,
    int64_t keep)
{
	memset(in, 0, sizeof(*in));
	in->who = test_who(name);
	in->record.event = SEK_EVENT_PASSWORD_CHANGED;
	(void)snprintf(in->record.subject, sizeof(in->record.subject), "%s",
	    name);
	in->at = at;
	in->keep = keep;
	in->kept = 1;
	mark_of(in->mark, after);
}

static void
change(struct sek_store *st, const char *name, const char *hash, int before,
    int after, int64_t keep)
{
	struct sek_password_end in;
	int64_t at;

	test_ok(st, begin(st, name, hash, before, &at));
	end_fill(&in, name, at, after, keep);
	test_ok(st, sek_store_password_end(st, &in));
}

static void
seen_fill(struct sek_password_seen *in, const char *name, const char *hash,
    int mark)
{
	memset(in, 0, sizeof(*in));
	in->who = test_who(name);
	(void)snprintf(in->hash, sizeof(in->hash), "%s", hash);
	mark_of(in->mark, mark);
}

static struct sek_password_seen_out
seen(struct sek_store *st, const char *name, const char *hash, int mark)
{
	struct sek_password_seen in;
	struct sek_password_seen_out out;

	seen_fill(&in, name, hash, mark);
	test_ok(st, sek_store_password_seen(st, &in, &out));
	return (out);
}

/* Good until the next one is asked for. */
static const struct sek_password_of_out *
of(struct sek_store *st, const char *name)
{
	static struct sek_password_of_out out;
	struct sek_password_of in;

	memset(&in, 0, sizeof(in));
	in.who = test_who(name);
	test_ok(st, sek_store_password_of(st, &in, &out));
	return (&out);
}

/* All his entries, newest first, as "hash hash…": "!" before a barred one,
 * "?" before a pending one. */
static const char *
history(struct sek_store *st, const char *name)
{
	static char text[8192];
	struct sek_password_history in;
	static struct sek_password_history_out out;
	int64_t last = INT64_MAX;
	size_t n = 0;
	uint32_t i;

	memset(&in, 0, sizeof(in));
	in.who = test_who(name);
	text[0] = '\0';
	do {
		test_ok(st, sek_store_password_history(st, &in, &out));
		for (i = 0; i < out.n; i++) {
			ck_assert_int_lt(out.entry[i].at, last);
			in.before = last = out.entry[i].at;
			(void)snprintf(text + n, sizeof(text) - n, "%s%s%s%s",
			    n > 0 ? " " : "", out.entry[i].barred ? "!" : "",
			    out.entry[i].pending ? "?" : "",
			    out.entry[i].hash);
			n = strlen(text);
		}
	} while (out.more);
	return (text);
}

static enum sek_err
must(struct sek_store *st, const char *name, int mark,
    enum sek_password_must m)
{
	struct sek_password_seen in;

	seen_fill(&in, name, "", mark);
	return (sek_store_password_must(st, &in, m, &actor));
}

static unsigned
records(struct sek_store *st, const char *event)
{

	return (test_records(st, event, NULL).records);
}

/* A process that begins and is gone. */
static void
killed(const char *name, const char *hash, int before)
{
	struct sek_store *st;
	int64_t at;
	pid_t pid;
	int status;

	if ((pid = test_fork()) == 0) {
		st = test_open();
		if (begin(st, name, hash, before, &at) == SEK_OK)
			(void)raise(SIGKILL);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* As an intruder would. */
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

/* ---- a change */

START_TEST(a_change_is_pending_first_and_then_the_present_one)
{
	struct sek_store *st = test_open();
	const struct sek_password_of_out *p;
	struct sek_password_end in;
	int64_t at;

	p = of(st, "alice");
	ck_assert_uint_eq(p->known, 0);
	ck_assert_uint_eq(p->nhistory, 0);
	test_ok(st, begin(st, "alice", "h1", 1, &at));
	ck_assert_str_eq(history(st, "alice"), "?h1");
	ck_assert_uint_eq(of(st, "alice")->known, 0);
	end_fill(&in, "alice", at, 2, 5);
	test_ok(st, sek_store_password_end(st, &in));
	ck_assert_str_eq(history(st, "alice"), "h1");
	p = of(st, "alice");
	ck_assert_uint_eq(p->known, 1);
	ck_assert_str_eq(p->password.account, "alice");
	ck_assert_int_gt(p->password.set_at, 0);
	ck_assert_uint_eq(p->password.must, SEK_MUST_NOT);
	ck_assert_uint_eq(p->password.guessed, 0);
	ck_assert_uint_eq(p->password.mark[0], 2);
	ck_assert_uint_eq(records(st, "password-changed"), 1);
	/* Ended once. */
	test_is(st, sek_store_password_end(st, &in), SEK_ERR_NOT_FOUND);
	in.kept = 0;
	test_is(st, sek_store_password_end(st, &in), SEK_ERR_NOT_FOUND);
	ck_assert_str_eq(history(st, "alice"), "h1");
	/* And seen as it is. */
	ck_assert_uint_eq(seen(st, "alice", "other", 2).changed, 0);
	ck_assert_str_eq(history(st, "alice"), "h1");
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_the_backend_refused_leaves_a_record_and_no_entry)
{
	struct sek_store *st = test_open();
	struct sek_password_end in;
	int64_t at;

	change(st, "alice", "h1", 1, 2, 5);
	test_ok(st, begin(st, "alice", "h2", 2, &at));
	end_fill(&in, "alice", at, 2, 5);
	in.kept = 0;
	in.record.result = SEK_RESULT_ERROR;
	test_ok(st, sek_store_password_end(st, &in));
	ck_assert_str_eq(history(st, "alice"), "h1");
	ck_assert_uint_eq(of(st, "alice")->password.mark[0], 2);
	ck_assert_uint_eq(records(st, "password-changed"), 2);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_temporary_one_must_be_changed)
{
	struct sek_store *st = test_open();
	struct sek_password_end in;
	const struct sek_password_of_out *p;
	int64_t at;

	test_ok(st, begin(st, "alice", "h1", 1, &at));
	end_fill(&in, "alice", at, 2, 5);
	in.record.event = SEK_EVENT_PASSWORD_SET;
	in.temporary_until = 77;
	test_ok(st, sek_store_password_end(st, &in));
	p = of(st, "alice");
	ck_assert_uint_eq(p->password.must, SEK_MUST_TEMPORARY);
	ck_assert_int_eq(p->password.temporary_until, 77);
	ck_assert_uint_eq(records(st, "password-set"), 1);
	/* A temporary one is of the history; its successor is not temporary. */
	change(st, "alice", "h2", 2, 3, 5);
	p = of(st, "alice");
	ck_assert_uint_eq(p->password.must, SEK_MUST_NOT);
	ck_assert_int_eq(p->password.temporary_until, 0);
	ck_assert_str_eq(history(st, "alice"), "h2 h1");
	sek_store_free(&st);
}
END_TEST

START_TEST(so_many_stay_as_are_to_be_kept_or_all_of_them)
{
	struct sek_store *st = test_open();
	char hash[16], expected[1024] = "";
	int i;

	for (i = 1; i <= 6; i++) {
		(void)snprintf(hash, sizeof(hash), "h%d", i);
		change(st, "alice", hash, i, i + 1, 3);
	}
	ck_assert_str_eq(history(st, "alice"), "h6 h5 h4");
	change(st, "alice", "h7", 7, 8, 0);
	ck_assert_str_eq(history(st, "alice"), "h7");
	for (i = 40; i >= 1; i--) {
		(void)snprintf(hash, sizeof(hash), "%sb%d", i < 40 ? " " : "",
		    i);
		(void)strncat(expected, hash, sizeof(expected) -
		    strlen(expected) - 1);
	}
	for (i = 1; i <= 40; i++) {
		(void)snprintf(hash, sizeof(hash), "b%d", i);
		change(st, "bob", hash, i, i + 1, SEK_HISTORY_FOREVER);
	}
	ck_assert_uint_eq(of(st, "bob")->nhistory, 40);
	ck_assert_str_eq(history(st, "bob"), expected);
	sek_store_free(&st);
}
END_TEST

START_TEST(names_that_look_alike_have_histories_of_their_own)
{
	static const char *const name[] = { "user", "user1", "user10",
	    "user#1", "user:1", "#user", "user'--", "用戸", "User" };
	struct sek_store *st = test_open();
	char hash[32];
	size_t i, j, n = sizeof(name) / sizeof(name[0]);

	for (j = 0; j < 2; j++)
		for (i = 0; i < n; i++) {
			(void)snprintf(hash, sizeof(hash), "h%zu-%zu", i, j);
			change(st, name[i], hash, (int)j + 1, (int)j + 2, 5);
		}
	for (i = 0; i < n; i++) {
		(void)snprintf(hash, sizeof(hash), "h%zu-1 h%zu-0", i, i);
		ck_assert_str_eq(history(st, name[i]), hash);
		ck_assert_str_eq(of(st, name[i])->password.account, name[i]);
	}
	sek_store_free(&st);
}
END_TEST

START_TEST(of_two_at_once_the_last_to_end_is_the_present_one)
{
	struct sek_store *st = test_open();
	struct sek_password_end in;
	int64_t a, b;

	test_ok(st, begin(st, "alice", "a", 1, &a));
	test_ok(st, begin(st, "alice", "b", 1, &b));
	ck_assert_int_gt(b, a);
	end_fill(&in, "alice", b, 2, 5);
	test_ok(st, sek_store_password_end(st, &in));
	ck_assert_str_eq(history(st, "alice"), "b ?a");
	end_fill(&in, "alice", a, 3, 5);
	test_ok(st, sek_store_password_end(st, &in));
	ck_assert_str_eq(history(st, "alice"), "a b");
	ck_assert_uint_eq(of(st, "alice")->password.mark[0], 3);
	sek_store_free(&st);
}
END_TEST

static void
change_all(int process)
{
	struct sek_store *st = test_open();
	struct sek_password_end in;
	char name[32], hash[32];
	enum sek_err err;
	int64_t at;
	int i;

	for (i = 0; i < ACCOUNTS; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		(void)snprintf(hash, sizeof(hash), "h%d.", process);
		/* Busy is no loss: it was told, and is tried again. */
		while ((err = begin(st, name, hash, 0, &at)) ==
		    SEK_ERR_STORE_BUSY)
			;
		if (err != SEK_OK)
			_exit(1);
		end_fill(&in, name, at, 0, SEK_HISTORY_FOREVER);
		while ((err = sek_store_password_end(st, &in)) ==
		    SEK_ERR_STORE_BUSY)
			;
		if (err != SEK_OK)
			_exit(2);
	}
	sek_store_free(&st);
	_exit(0);
}

START_TEST(of_16_processes_that_change_50_at_once_no_entry_is_lost)
{
	struct sek_store *st;
	char name[32], hash[32];
	const char *all;
	pid_t pid[PROCESSES];
	int i, p;

	for (p = 0; p < PROCESSES; p++)
		if ((pid[p] = test_fork()) == 0)
			change_all(p);
	for (p = 0; p < PROCESSES; p++)
		test_wait(pid[p]);
	st = test_open();
	for (i = 0; i < ACCOUNTS; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		ck_assert_uint_eq(of(st, name)->nhistory, PROCESSES);
		all = history(st, name);
		ck_assert_ptr_null(strchr(all, '?'));
		for (p = 0; p < PROCESSES; p++) {
			(void)snprintf(hash, sizeof(hash), "h%d.", p);
			ck_assert_ptr_nonnull(strstr(all, hash));
		}
	}
	ck_assert_uint_eq(records(st, "password-changed"),
	    PROCESSES * ACCOUNTS);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

/* ---- what the backend keeps */

START_TEST(the_one_that_is_there_at_first_is_of_the_history)
{
	struct sek_store *st = test_open();
	struct sek_password_seen in;
	struct sek_password_seen_out out;

	seen_fill(&in, "alice", "old", 1);
	in.day = 86400 * SEK_SECOND;
	test_ok(st, sek_store_password_seen(st, &in, &out));
	ck_assert_int_eq(out.password.set_at, in.day);
	ck_assert_uint_eq(out.password.guessed, 1);
	ck_assert_uint_eq(out.changed, 0);
	ck_assert_str_eq(history(st, "alice"), "old");
	/* A day that is not yet, or none: from now on. */
	in.who = test_who("bob");
	in.day = INT64_MAX;
	test_ok(st, sek_store_password_seen(st, &in, &out));
	ck_assert_int_lt(out.password.set_at, INT64_MAX);
	ck_assert_int_gt(out.password.set_at, 0);
	in.who = test_who("carol");
	in.day = 0;
	in.hash[0] = '\0';
	test_ok(st, sek_store_password_seen(st, &in, &out));
	ck_assert_int_gt(out.password.set_at, 0);
	ck_assert_str_eq(history(st, "carol"), "");
	ck_assert_uint_eq(of(st, "carol")->known, 1);
	ck_assert_uint_eq(records(st, NULL), 1);	/* init */
	sek_store_free(&st);
}
END_TEST

START_TEST(as_long_as_nothing_changed_nothing_is_written)
{
	struct sek_store *st = test_open();
	struct stat a, b;
	char wal[SEK_PATH_MAX + 8];
	int i;

	change(st, "alice", "h1", 1, 2, 5);
	(void)snprintf(wal, sizeof(wal), "%s-wal", test_config.path);
	(void)seen(st, "alice", "x", 2);
	ck_assert_int_eq(stat(wal, &a), 0);
	for (i = 0; i < 20; i++) {
		(void)seen(st, "alice", "x", 2);
		(void)seen(st, "alice", "", 0);
	}
	ck_assert_int_eq(stat(wal, &b), 0);
	ck_assert_int_eq(a.st_mtim.tv_sec, b.st_mtim.tv_sec);
	ck_assert_int_eq(a.st_mtim.tv_nsec, b.st_mtim.tv_nsec);
	sek_store_free(&st);
}
END_TEST

START_TEST(one_that_was_changed_outside_is_told_once_and_counts)
{
	struct sek_store *st = test_open();
	struct sek_password_seen_out out;
	struct sek_admit admit;
	struct sek_admit_out admitted;

	change(st, "alice", "h1", 1, 2, 5);
	test_admit_fill(&admit, "alice");
	admit.password = 1;
	test_ok(st, sek_store_admit(st, &admit, &admitted));
	test_ok(st, must(st, "alice", 2, SEK_MUST_EXPIRED));
	out = seen(st, "alice", "usermod", 9);
	ck_assert_uint_eq(out.changed, 1);
	ck_assert_uint_eq(out.password.outside, 1);
	ck_assert_int_eq(out.password.uses, 0);
	ck_assert_uint_eq(out.password.must, SEK_MUST_NOT);
	out = seen(st, "alice", "usermod", 9);
	ck_assert_uint_eq(out.changed, 0);
	ck_assert_uint_eq(out.password.outside, 1);
	ck_assert_uint_eq(records(st, "password-outside"), 1);
	ck_assert_str_eq(history(st, "alice"), "usermod h1");
	sek_store_free(&st);
}
END_TEST

/* ---- the same password by another day (chage -d) */

static struct sek_password_seen_out
seen_on(struct sek_store *st, const char *name, int mark, int day)
{
	struct sek_password_seen in;
	struct sek_password_seen_out out;

	seen_fill(&in, name, "shadow", mark);
	memset(in.mark + SEK_PASSWORD_MARK_HASH, day,
	    SEK_PASSWORD_MARK_LEN - SEK_PASSWORD_MARK_HASH);
	test_ok(st, sek_store_password_seen(st, &in, &out));
	return (out);
}

START_TEST(another_day_of_the_same_password_clears_nothing)
{
	struct sek_store *st = test_open();
	struct sek_password_seen_out out;
	struct sek_admit admit;
	struct sek_admit_out admitted;
	struct sek_password was;

	change(st, "alice", "h1", 1, 2, 5);
	test_admit_fill(&admit, "alice");
	admit.password = 1;
	test_ok(st, sek_store_admit(st, &admit, &admitted));
	test_ok(st, must(st, "alice", 2, SEK_MUST_COMPROMISED));
	was = of(st, "alice")->password;
	out = seen_on(st, "alice", 2, 7);
	ck_assert_uint_eq(out.changed, 0);
	ck_assert_uint_eq(out.password.must, SEK_MUST_COMPROMISED);
	ck_assert_uint_eq(out.password.outside, 0);
	ck_assert_int_eq(out.password.uses, 1);
	ck_assert_int_eq(out.password.set_at, was.set_at);
	ck_assert_str_eq(history(st, "alice"), "!h1");
	/* Told once, as what it was. */
	(void)seen_on(st, "alice", 2, 7);
	ck_assert_uint_eq(records(st, "password-outside"), 1);
	/* Nor does it make a done change of one that was killed. */
	killed("alice", "h2", 2);
	out = seen_on(st, "alice", 2, 8);
	ck_assert_uint_eq(out.password.must, SEK_MUST_COMPROMISED);
	ck_assert_str_eq(history(st, "alice"), "!h1");
	sek_store_free(&st);
}
END_TEST

START_TEST(a_compromised_one_put_back_by_hand_is_compromised)
{
	struct sek_store *st = test_open();

	change(st, "alice", "h1", 1, 2, 5);
	test_ok(st, must(st, "alice", 2, SEK_MUST_COMPROMISED));
	ck_assert_uint_eq(seen(st, "alice", "usermod", 9).password.must,
	    SEK_MUST_NOT);
	ck_assert_uint_eq(seen(st, "alice", "again", 2).password.must,
	    SEK_MUST_COMPROMISED);
	sek_store_free(&st);
}
END_TEST

/* ---- two at once, of which one waits before it tells */

static void
guarded(struct sek_password_end *in, const char *name, int64_t at, int after,
    int known)
{
	end_fill(in, name, at, after, 5);
	in->guarded = 1;
	mark_of(in->known, known);
}

START_TEST(a_late_end_clears_nothing_that_was_said_of_another)
{
	struct sek_store *st = test_open();
	struct sek_password_end in;
	int64_t a, b;

	change(st, "alice", "h1", 1, 2, 5);
	test_ok(st, begin(st, "alice", "owners", 2, &a));
	test_ok(st, begin(st, "alice", "roots", 3, &b));
	guarded(&in, "alice", b, 4, 2);
	in.temporary_until = INT64_MAX - 1;
	test_ok(st, sek_store_password_end(st, &in));
	/* It looked before root's came. */
	guarded(&in, "alice", a, 3, 2);
	ck_assert_int_eq(sek_store_password_end(st, &in), SEK_ERR_EXISTS);
	ck_assert_str_eq(history(st, "alice"), "roots ?owners h1");
	/* And again: the present one is not its own. */
	guarded(&in, "alice", a, 4, 4);
	in.kept = SEK_KEPT_PAST;
	test_ok(st, sek_store_password_end(st, &in));
	ck_assert_str_eq(history(st, "alice"), "roots owners h1");
	ck_assert_uint_eq(of(st, "alice")->password.must, SEK_MUST_TEMPORARY);
	ck_assert_int_eq(of(st, "alice")->password.temporary_until,
	    INT64_MAX - 1);
	ck_assert_uint_eq(seen(st, "alice", "", 4).changed, 0);
	ck_assert_uint_eq(records(st, "password-outside"), 0);
	/* An account that has entries has a row, whoever ends first. */
	test_ok(st, begin(st, "bob", "b1", 1, &a));
	end_fill(&in, "bob", a, 2, 5);
	in.kept = SEK_KEPT_PAST;
	test_ok(st, sek_store_password_end(st, &in));
	ck_assert_uint_eq(seen(st, "bob", "", 2).changed, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(one_killed_late_clears_nothing_that_was_said_of_another)
{
	struct sek_store *st = test_open();
	struct sek_password_end in;
	int64_t at;

	change(st, "alice", "h1", 1, 2, 5);
	test_ok(st, begin(st, "alice", "roots", 2, &at));
	end_fill(&in, "alice", at, 3, 5);
	in.temporary_until = INT64_MAX - 1;
	test_ok(st, sek_store_password_end(st, &in));
	/* What it found before it was there before root's. */
	killed("alice", "owners", 2);
	ck_assert_uint_eq(seen(st, "alice", "", 3).password.must,
	    SEK_MUST_TEMPORARY);
	ck_assert_uint_eq(of(st, "alice")->password.must, SEK_MUST_TEMPORARY);
	sek_store_free(&st);
}
END_TEST

START_TEST(killed_before_the_backend_took_it_the_entry_goes)
{
	struct sek_store *st = test_open();

	change(st, "alice", "h1", 1, 2, 5);
	killed("alice", "h2", 2);
	ck_assert_str_eq(history(st, "alice"), "?h2 h1");
	ck_assert_uint_eq(seen(st, "alice", "", 2).changed, 0);
	ck_assert_str_eq(history(st, "alice"), "h1");
	/* At the next change, too. */
	killed("alice", "h3", 2);
	change(st, "alice", "h4", 2, 3, 5);
	ck_assert_str_eq(history(st, "alice"), "h4 h1");
	ck_assert_uint_eq(records(st, "password-outside"), 0);
	ck_assert_uint_eq(records(st, "password-changed"), 2);
	sek_store_free(&st);
}
END_TEST

START_TEST(killed_after_the_backend_took_it_the_entry_is_the_present_one)
{
	struct sek_store *st = test_open();
	struct sek_password_seen_out out;

	change(st, "alice", "h1", 1, 2, 5);
	killed("alice", "h2", 2);
	out = seen(st, "alice", "shadow", 3);
	ck_assert_uint_eq(out.changed, 0);
	ck_assert_uint_eq(out.password.outside, 0);
	ck_assert_uint_eq(out.password.mark[0], 3);
	ck_assert_str_eq(history(st, "alice"), "h2 h1");
	ck_assert_uint_eq(records(st, "password-outside"), 0);
	ck_assert_uint_eq(records(st, "password-changed"), 2);
	/* At the next change, too; and the first of all. */
	killed("alice", "h3", 3);
	change(st, "alice", "h4", 4, 5, 5);
	ck_assert_str_eq(history(st, "alice"), "h4 h3 h2 h1");
	killed("bob", "b1", 1);
	out = seen(st, "bob", "shadow", 2);
	ck_assert_str_eq(history(st, "bob"), "b1");
	ck_assert_uint_eq(of(st, "bob")->known, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(of_several_that_were_killed_each_is_told_by_its_successor)
{
	struct sek_store *st = test_open();

	change(st, "alice", "h1", 1, 2, 9);
	/* Taken; not taken; taken, in a store nobody else looked into: each
	 * begins by what it finds. */
	killed("alice", "h2", 2);
	killed("alice", "h3", 3);
	killed("alice", "h4", 3);
	(void)seen(st, "alice", "", 4);
	ck_assert_str_eq(history(st, "alice"), "h4 h2 h1");
	ck_assert_uint_eq(of(st, "alice")->password.mark[0], 4);
	ck_assert_uint_eq(records(st, "password-outside"), 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_lives_is_settled_by_nobody_else)
{
	struct sek_store *st = test_open(), *other = test_open();
	struct sek_password_seen_out out;
	struct sek_password_end in;
	int64_t at;

	/* The row of somebody new is made by its end. */
	test_ok(st, begin(st, "bob", "b1", 1, &at));
	out = seen(other, "bob", "b1", 2);
	ck_assert_uint_eq(out.changed, 0);
	ck_assert_uint_eq(of(st, "bob")->known, 0);
	ck_assert_str_eq(history(st, "bob"), "?b1");
	end_fill(&in, "bob", at, 2, 5);
	test_ok(st, sek_store_password_end(st, &in));
	/* Between the backend and its end another looks. */
	change(st, "alice", "h1", 1, 2, 5);
	test_ok(st, begin(st, "alice", "h2", 2, &at));
	out = seen(other, "alice", "shadow", 3);
	ck_assert_uint_eq(out.changed, 0);
	ck_assert_uint_eq(out.password.mark[0], 2);
	ck_assert_str_eq(history(st, "alice"), "?h2 h1");
	end_fill(&in, "alice", at, 3, 5);
	test_ok(st, sek_store_password_end(st, &in));
	ck_assert_str_eq(history(st, "alice"), "h2 h1");
	ck_assert_uint_eq(seen(other, "alice", "", 3).changed, 0);
	ck_assert_uint_eq(records(st, "password-outside"), 0);
	sek_store_free(&other);
	sek_store_free(&st);
}
END_TEST

START_TEST(where_the_backend_shows_nothing_what_was_pending_counts)
{
	struct sek_store *st = test_open();
	char hash[16];
	int i;

	change(st, "alice", "h1", 0, 0, 5);
	killed("alice", "h2", 0);
	ck_assert_uint_eq(seen(st, "alice", "", 0).changed, 0);
	ck_assert_str_eq(history(st, "alice"), "?h2 h1");
	change(st, "alice", "h3", 0, 0, 5);
	ck_assert_str_eq(history(st, "alice"), "h3 ?h2 h1");
	/* It shows one from some day on: no change was seen. */
	ck_assert_uint_eq(seen(st, "alice", "", 7).changed, 0);
	ck_assert_uint_eq(of(st, "alice")->password.mark[0], 7);
	ck_assert_uint_eq(records(st, "password-outside"), 0);
	/* Whoever kills his changes fills no store. */
	for (i = 0; i < 25; i++) {
		(void)snprintf(hash, sizeof(hash), "k%d", i);
		killed("bob", hash, 0);
	}
	ck_assert_uint_le(of(st, "bob")->nhistory, 20);
	sek_store_free(&st);
}
END_TEST

/* ---- said, counted, woken */

START_TEST(a_compromised_one_stays_for_ever_and_no_sudo_goes_on_by_it)
{
	struct sek_reuse reuse = { .uid = 1000, .audit_session = 7,
	    .max_age = 900 * SEK_SECOND };
	struct sek_open_session open = { .who = test_who("alice"),
	    .subject_uid = 1000, .audit_session = 7 };
	struct sek_open_session_out opened;
	struct sek_store *st = test_open();
	struct sek_admission a;
	struct sek_admit in;
	struct sek_admit_out out;
	char hash[16];
	int i;

	change(st, "alice", "h1", 1, 2, 2);
	test_admit_fill(&in, "alice");
	test_ok(st, sek_store_admit(st, &in, &out));
	memcpy(open.id, out.id, sizeof(open.id));
	open.taker = in.gate;
	test_ok(st, sek_store_open_session(st, &open, &opened));
	ck_assert_str_eq(opened.admission.id, out.id);
	test_ok(st, sek_store_reuse(st, &reuse, &a));
	ck_assert_str_ne(a.id, "");
	/* And one that has not opened its session yet. */
	test_ok(st, sek_store_admit(st, &in, &out));
	test_ok(st, must(st, "alice", 2, SEK_MUST_COMPROMISED));
	ck_assert_uint_eq(of(st, "alice")->password.must,
	    SEK_MUST_COMPROMISED);
	ck_assert_uint_eq(records(st, "password-compromised"), 1);
	test_ok(st, sek_store_reuse(st, &reuse, &a));
	ck_assert_str_eq(a.id, "");
	memcpy(open.id, out.id, sizeof(open.id));
	test_ok(st, sek_store_open_session(st, &open, &opened));
	ck_assert_str_eq(opened.admission.id, "");
	for (i = 2; i < 9; i++) {
		(void)snprintf(hash, sizeof(hash), "h%d", i);
		change(st, "alice", hash, i, i + 1, 2);
	}
	ck_assert_str_eq(history(st, "alice"), "h8 h7 !h1");
	ck_assert_uint_eq(of(st, "alice")->password.must, SEK_MUST_NOT);
	sek_store_free(&st);
}
END_TEST

START_TEST(of_two_words_about_one_the_graver_stands)
{
	struct sek_store *st = test_open();

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	/* Never seen before: it is now. */
	test_ok(st, must(st, "alice", 1, SEK_MUST_EXPIRED));
	ck_assert_uint_eq(of(st, "alice")->password.must, SEK_MUST_EXPIRED);
	test_ok(st, must(st, "alice", 1, SEK_MUST_COMPROMISED));
	test_ok(st, must(st, "alice", 1, SEK_MUST_EXPIRED));
	ck_assert_uint_eq(of(st, "alice")->password.must,
	    SEK_MUST_COMPROMISED);
	test_is(st, must(st, "alice", 1, SEK_MUST_NOT), SEK_ERR_RANGE);
	test_is(st, must(st, "alice", 1, SEK_MUST_TEMPORARY), SEK_ERR_RANGE);
	ck_assert_uint_eq(records(st, "password-expired"), 2);
	sek_store_free(&st);
}
END_TEST

START_TEST(only_an_account_there_is_can_be_spoken_of)
{
	struct sek_store *st = test_open();
	struct sek_password_seen in;

	seen_fill(&in, "nobody", "", 1);
	in.who.known = 0;
	test_is(st, sek_store_password_must(st, &in, SEK_MUST_EXPIRED,
	    &actor), SEK_ERR_NOT_FOUND);
	in.who.known = 1;
	test_ok(st, sek_store_password_must(st, &in, SEK_MUST_EXPIRED,
	    &actor));
	sek_store_free(&st);
}
END_TEST

START_TEST(only_logins_by_it_are_counted)
{
	struct sek_store *st = test_open();
	struct sek_admit in;
	struct sek_admit_out out;
	static struct sek_user u;
	struct sek_limits limits = test_limits(5);
	int i;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	test_admit_fill(&in, "alice");
	in.password = 1;
	/* None is known yet. */
	test_ok(st, sek_store_admit(st, &in, &out));
	test_ok(st, sek_store_user(st, "alice", &limits, &u));
	ck_assert_uint_eq(u.has_password, 0);
	change(st, "alice", "h1", 1, 2, 5);
	for (i = 0; i < 3; i++)
		test_ok(st, sek_store_admit(st, &in, &out));
	in.password = 0;
	test_ok(st, sek_store_admit(st, &in, &out));
	test_ok(st, sek_store_user(st, "alice", &limits, &u));
	ck_assert_uint_eq(u.has_password, 1);
	ck_assert_int_eq(u.password.uses, 3);
	/* A refused admission counts nothing. */
	in.password = 1;
	test_ok(st, sek_store_suspend(st, "alice", "x", 0, &actor));
	test_is(st, sek_store_admit(st, &in, &out), SEK_ERR_REFUSED);
	ck_assert_int_eq(of(st, "alice")->password.uses, 3);
	change(st, "alice", "h2", 2, 3, 5);
	ck_assert_int_eq(of(st, "alice")->password.uses, 0);
	sek_store_free(&st);
}
END_TEST

static void
enrol_as(struct sek_store *st, const char *name, const char *person,
    bool privileged, bool shared)
{
	static struct sek_enrol e;

	test_enrol_fill(&e, name, SEK_METHOD_HOTP);
	(void)snprintf(e.person.id, sizeof(e.person.id), "%s", person);
	(void)snprintf(e.person.name, sizeof(e.person.name), "山田");
	randombytes_buf(e.key, e.key_len);
	e.account.privileged = privileged;
	e.account.shared = shared;
	e.person.contractor = 1;
	test_ok(st, sek_store_enrol(st, &e, NULL));
}

START_TEST(the_other_accounts_of_the_person_are_told_the_privileged_first)
{
	struct sek_store *st = test_open();
	const struct sek_password_of_out *p;

	enrol_as(st, "alice", "p1", false, false);
	enrol_as(st, "alice-a", "p1", false, false);
	enrol_as(st, "alice-b", "p1", false, false);
	enrol_as(st, "alice-root", "p1", true, false);
	enrol_as(st, "bob", "p2", true, false);
	enrol_as(st, "counter", "p1", false, true);
	change(st, "alice", "h1", 1, 2, 5);
	change(st, "alice-a", "a1", 1, 2, 5);
	change(st, "alice-a", "a2", 2, 3, 5);
	change(st, "alice-root", "r1", 1, 2, 5);
	change(st, "bob", "b1", 1, 2, 5);
	change(st, "counter", "c1", 1, 2, 5);
	killed("alice-a", "a3", 3);
	p = of(st, "alice");
	ck_assert_str_eq(p->person, "p1");
	ck_assert_str_eq(p->name, "山田");
	ck_assert_str_eq(p->section, "税務課");
	ck_assert_uint_eq(p->contractor, 1);
	ck_assert_uint_eq(p->ntwins, 2);
	ck_assert_str_eq(p->twin[0].hash, "r1");
	ck_assert_str_eq(p->twin[1].hash, "a2");
	/* A shared one has none, and is nobody's. */
	p = of(st, "counter");
	ck_assert_uint_eq(p->ntwins, 0);
	ck_assert_str_eq(p->person, "");
	sek_store_free(&st);
}
END_TEST

START_TEST(an_account_is_woken_by_itself_or_with_its_resumption)
{
	struct sek_store *st = test_open();
	struct sek_limits limits = test_limits(5);
	static struct sek_lookup_out found;
	static struct sek_user u;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_HOTP);
	test_lookup(st, "alice", &found);
	ck_assert_int_eq(found.woken, 0);
	test_ok(st, sek_store_wake(st, "alice", &actor));
	test_lookup(st, "alice", &found);
	ck_assert_int_gt(found.woken, 0);
	test_ok(st, sek_store_user(st, "alice", &limits, &u));
	ck_assert_int_eq(u.woken, found.woken);
	test_lookup(st, "bob", &found);
	ck_assert_int_eq(found.woken, 0);
	test_ok(st, sek_store_resume(st, "bob", &actor));
	test_lookup(st, "bob", &found);
	ck_assert_int_gt(found.woken, 0);
	ck_assert_uint_eq(records(st, "resume"), 2);
	test_is(st, sek_store_wake(st, "nobody", &actor), SEK_ERR_NOT_FOUND);
	sek_store_free(&st);
}
END_TEST

static enum sek_err
count_passwords(void *arg, const struct sek_user *u)
{
	unsigned *n = arg;

	if (u->has_password && u->password.mark[0] == 2 && u->woken != 0)
		(*n)++;
	return (SEK_OK);
}

static void
same_limits(void *arg, const char *name, bool privileged,
    struct sek_limits *out)
{
	(void)arg;
	(void)name;
	(void)privileged;
	*out = test_limits(5);
}

static enum sek_err
count_prospects(void *arg, const struct sek_claimant *who,
    const struct sek_prospect *p)
{
	unsigned *n = arg;

	(void)who;
	if (p->has_password && p->password.mark[0] == 2 &&
	    p->found.woken != 0)
		(*n)++;
	return (SEK_OK);
}

START_TEST(lists_of_all_tell_of_it_too)
{
	struct sek_store *st = test_open();
	unsigned n = 0;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_HOTP);
	change(st, "alice", "h1", 1, 2, 5);
	test_ok(st, sek_store_wake(st, "alice", &actor));
	test_ok(st, sek_store_users(st, same_limits, count_passwords, &n));
	ck_assert_uint_eq(n, 1);
	test_ok(st, sek_store_survey(st, same_limits, "", 0, count_prospects,
	    &n));
	ck_assert_uint_eq(n, 2);
	sek_store_free(&st);
}
END_TEST

/* ---- tampered, older, elsewhere */

static const char *const tampering[] = {
	"UPDATE password SET data=zeroblob(length(data))",
	"DELETE FROM password",
	"UPDATE password SET account='bob'",
	"UPDATE password_history SET mac=zeroblob(32)",
	"UPDATE password_history SET at=at+1",
	"UPDATE password_history SET account='bob' WHERE at="
	    "(SELECT max(at) FROM password_history);"
	    "UPDATE password SET mac=zeroblob(32)",
};

START_TEST(a_row_that_was_changed_refuses_until_somebody_says_so)
{
	struct sek_store *st = test_open();
	struct sek_password_seen in;
	struct sek_password_seen_out out;
	struct sek_password_history page;
	static struct sek_password_history_out got;
	struct test_count c;
	int64_t at;

	change(st, "alice", "h1", 1, 2, 5);
	change(st, "alice", "h2", 2, 3, 5);
	sek_store_close(st);
	edit(tampering[_i]);
	seen_fill(&in, "alice", "x", 3);
	test_is(st, sek_store_password_seen(st, &in, &out), SEK_ERR_TAMPERED);
	ck_assert_int_eq(out.password.set_at, 0);
	ck_assert_uint_ge(records(st, "tampered"), 1);
	test_ok(st, must(st, "alice", 3, SEK_MUST_EXPIRED));
	c = test_records(st, "password-expired", NULL);
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, "\nreason=tampered\n"));
	ck_assert_uint_eq(seen(st, "alice", "x", 3).password.must,
	    SEK_MUST_EXPIRED);
	memset(&page, 0, sizeof(page));
	page.who = test_who("alice");
	test_ok(st, sek_store_password_history(st, &page, &got));
	test_ok(st, begin(st, "alice", "h3", 3, &at));
	sek_store_free(&st);
}
END_TEST

START_TEST(status_names_such_rows)
{
	struct sek_store *st = test_open();
	static struct sek_store_status s;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	change(st, "alice", "h1", 1, 2, 5);
	test_ok(st, sek_store_wake(st, "alice", &actor));
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	sek_store_close(st);
	edit("UPDATE password SET mac=zeroblob(32);"
	    "UPDATE password_history SET mac=zeroblob(32);"
	    "UPDATE woken SET mac=zeroblob(32)");
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 3);
	/* That of a sleeper is mended by waking him. */
	test_ok(st, sek_store_resume(st, "alice", &actor));
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 2);
	sek_store_free(&st);
}
END_TEST

START_TEST(in_an_older_store_logins_go_on_and_changes_say_what_to_run)
{
	struct sek_store *st = test_open();
	struct sek_password_seen_out out;
	static struct sek_lookup_out found;
	struct sek_migrate_out m;
	struct sek_admit in;
	struct sek_admit_out admitted;
	struct sek_limits limits = test_limits(5);
	const struct sek_password_of_out *p;
	static struct sek_user u;
	int64_t at;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	sek_store_close(st);
	edit("DROP TABLE password;DROP TABLE woken;PRAGMA user_version=1006");
	out = seen(st, "alice", "old", 1);
	ck_assert_int_gt(out.password.set_at, 0);
	ck_assert_uint_eq(out.password.must, SEK_MUST_NOT);
	p = of(st, "alice");
	ck_assert_uint_eq(p->known, 0);
	ck_assert_str_eq(p->person, "p-alice");
	ck_assert_str_eq(history(st, "alice"), "");
	test_lookup(st, "alice", &found);
	ck_assert_int_eq(found.woken, 0);
	test_ok(st, sek_store_user(st, "alice", &limits, &u));
	ck_assert_uint_eq(u.has_password, 0);
	test_admit_fill(&in, "alice");
	in.password = 1;
	test_ok(st, sek_store_admit(st, &in, &admitted));
	test_ok(st, sek_store_resume(st, "alice", &actor));
	test_is(st, begin(st, "alice", "h1", 1, &at), SEK_ERR_STORE_OLDER);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st),
	    "sekisho store migrate"));
	test_is(st, must(st, "alice", 1, SEK_MUST_EXPIRED),
	    SEK_ERR_STORE_OLDER);
	test_is(st, sek_store_wake(st, "alice", &actor), SEK_ERR_STORE_OLDER);
	test_ok(st, sek_store_migrate(st, &actor, &m));
	ck_assert_uint_eq(m.to, 7);
	change(st, "alice", "h1", 1, 2, 5);
	ck_assert_str_eq(history(st, "alice"), "h1");
	sek_store_free(&st);
}
END_TEST

START_TEST(what_is_kept_of_names_nobody_has_goes_after_a_year)
{
	struct sek_store *st = test_open();
	struct sek_password_seen in;
	struct sek_password_seen_out out;
	struct sek_upkeep u;

	(void)test_enrol(st, "alice-of-here", SEK_METHOD_HOTP);
	seen_fill(&in, "alice-of-here", "h1", 1);
	in.day = SEK_DAY;
	test_ok(st, sek_store_password_seen(st, &in, &out));
	in.who = test_who("root");
	test_ok(st, sek_store_password_seen(st, &in, &out));
	in.who = test_who("no-such-user");
	test_ok(st, sek_store_password_seen(st, &in, &out));
	change(st, "no-such-user-either", "h1", 1, 2, 5);
	test_ok(st, sek_store_upkeep(st, &u));
	ck_assert_uint_eq(of(st, "no-such-user")->known, 0);
	ck_assert_str_eq(history(st, "no-such-user"), "");
	ck_assert_str_eq(history(st, "no-such-user-either"), "h1");
	ck_assert_str_eq(history(st, "root"), "h1");
	ck_assert_str_eq(history(st, "alice-of-here"), "h1");
	ck_assert_uint_eq(of(st, "alice-of-here")->known, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_rotated_key_opens_the_same_history)
{
	struct sek_store *st = test_open();
	struct sek_rotated done;
	static struct sek_store_status s;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	change(st, "alice", "h1", 1, 2, 5);
	change(st, "alice", "h2", 2, 3, 5);
	test_ok(st, sek_store_wake(st, "alice", &actor));
	test_ok(st, sek_store_rotate(st, &actor, &done, NULL, NULL));
	test_ok(st, sek_store_rotate(st, &actor, &done, NULL, NULL));
	ck_assert_str_eq(history(st, "alice"), "h2 h1");
	ck_assert_uint_eq(of(st, "alice")->password.mark[0], 3);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	sek_store_free(&st);
}
END_TEST

/* 0: into the store it was made of; 1: where there is none. */
START_TEST(a_backup_brings_it_back_and_takes_none_away)
{
	struct sek_store *st = test_open();
	static unsigned char words[] = "Correct-horse battery 57 staple!";
	struct sek_secret pass = { words, sizeof(words) - 1 };
	struct sek_why why = { "" };
	struct sek_restore_in in = { .pass = &pass, .actor = &actor };
	static struct sek_restored done;
	static struct sek_backup_info info;
	static struct sek_store_status s;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/b.backup", test_dir);
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	change(st, "alice", "h1", 1, 2, 5);
	test_ok(st, must(st, "alice", 2, SEK_MUST_COMPROMISED));
	change(st, "bob", "b1", 1, 2, 5);
	test_ok(st, sek_store_wake(st, "alice", &actor));
	test_ok(st, sek_store_backup(st, path, &pass, &actor, &info, NULL,
	    NULL));
	change(st, "alice", "h2", 2, 3, 5);
	test_ok(st, must(st, "bob", 2, SEK_MUST_EXPIRED));
	change(st, "carol", "c1", 1, 2, 5);
	sek_store_close(st);
	edit("PRAGMA wal_checkpoint(TRUNCATE)");
	if (_i > 0)
		ck_assert_int_eq(unlink(test_config.path), 0);
	in.path = path;
	ck_assert_msg(sek_store_restore(&test_config, &in, &done, &why) ==
	    SEK_OK, "%s", why.text);
	ck_assert_str_eq(history(st, "alice"), _i == 0 ? "h2 !h1" : "!h1");
	ck_assert_str_eq(history(st, "bob"), "b1");
	ck_assert_str_eq(history(st, "carol"), _i == 0 ? "c1" : "");
	ck_assert_uint_eq(of(st, "alice")->password.mark[0], _i == 0 ? 3 : 2);
	ck_assert_uint_eq(of(st, "bob")->password.must,
	    _i == 0 ? SEK_MUST_EXPIRED : SEK_MUST_NOT);
	/* What was changed since the backup shows at the next login. */
	ck_assert_uint_eq(seen(st, "alice", "shadow", 3).changed,
	    _i == 0 ? 0 : 1);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_crosses_the_pipe_is_bounded)
{
	struct sek_store *st = test_open();
	struct sek_password_begin b;
	struct sek_password_begin_out begun;
	struct sek_password_end e;
	struct sek_password_seen s;
	struct sek_password_seen_out out;
	struct sek_password_history h;
	static struct sek_password_history_out page;

	memset(&b, 0, sizeof(b));
	b.who = test_who("alice");
	ck_assert_int_eq(sek_process_get(&b.owner, 0), SEK_OK);
	test_is(st, sek_store_password_begin(st, &b, &begun), SEK_ERR_RANGE);
	memset(b.hash, 'x', sizeof(b.hash));
	test_is(st, sek_store_password_begin(st, &b, &begun), SEK_ERR_SYNTAX);
	b.hash[sizeof(b.hash) - 1] = '\0';
	b.owner.pid = 0;
	test_is(st, sek_store_password_begin(st, &b, &begun), SEK_ERR_RANGE);
	end_fill(&e, "alice", 5, 1, -1);
	test_is(st, sek_store_password_end(st, &e), SEK_ERR_RANGE);
	end_fill(&e, "alice", 0, 1, 1);
	test_is(st, sek_store_password_end(st, &e), SEK_ERR_RANGE);
	end_fill(&e, "alice", 5, 1, 1);
	e.kept = SEK_KEPT_PAST + 1;
	test_is(st, sek_store_password_end(st, &e), SEK_ERR_RANGE);
	e.kept = 1;
	e.record.event = SEK_EVENT_ADMIT;
	test_is(st, sek_store_password_end(st, &e), SEK_ERR_RANGE);
	e.record.event = SEK_EVENT_PASSWORD_SET;
	e.at = INT64_MAX;
	test_is(st, sek_store_password_end(st, &e), SEK_ERR_NOT_FOUND);
	seen_fill(&s, "alice", "", 1);
	s.day = -1;
	test_is(st, sek_store_password_seen(st, &s, &out), SEK_ERR_RANGE);
	seen_fill(&s, "", "", 1);
	test_is(st, sek_store_password_seen(st, &s, &out), SEK_ERR_RANGE);
	memset(&h, 0, sizeof(h));
	h.before = -1;
	test_is(st, sek_store_password_history(st, &h, &page), SEK_ERR_RANGE);
	/* The longest hash there can be. */
	memset(&h, 0, sizeof(h));
	h.who = test_who("alice");
	ck_assert_int_eq(sek_process_get(&b.owner, 0), SEK_OK);
	test_ok(st, sek_store_password_begin(st, &b, &begun));
	test_ok(st, sek_store_password_history(st, &h, &page));
	ck_assert_str_eq(page.entry[0].hash, b.hash);
	sek_store_free(&st);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_change_is_pending_first_and_then_the_present_one,
		what_the_backend_refused_leaves_a_record_and_no_entry,
		a_temporary_one_must_be_changed,
		so_many_stay_as_are_to_be_kept_or_all_of_them,
		names_that_look_alike_have_histories_of_their_own,
		of_two_at_once_the_last_to_end_is_the_present_one,
		of_16_processes_that_change_50_at_once_no_entry_is_lost,
		the_one_that_is_there_at_first_is_of_the_history,
		as_long_as_nothing_changed_nothing_is_written,
		one_that_was_changed_outside_is_told_once_and_counts,
		another_day_of_the_same_password_clears_nothing,
		a_compromised_one_put_back_by_hand_is_compromised,
		a_late_end_clears_nothing_that_was_said_of_another,
		one_killed_late_clears_nothing_that_was_said_of_another,
		killed_before_the_backend_took_it_the_entry_goes,
		killed_after_the_backend_took_it_the_entry_is_the_present_one,
		of_several_that_were_killed_each_is_told_by_its_successor,
		what_lives_is_settled_by_nobody_else,
		where_the_backend_shows_nothing_what_was_pending_counts,
		a_compromised_one_stays_for_ever_and_no_sudo_goes_on_by_it,
		of_two_words_about_one_the_graver_stands,
		only_an_account_there_is_can_be_spoken_of,
		only_logins_by_it_are_counted,
		the_other_accounts_of_the_person_are_told_the_privileged_first,
		an_account_is_woken_by_itself_or_with_its_resumption,
		lists_of_all_tell_of_it_too,
		status_names_such_rows,
		in_an_older_store_logins_go_on_and_changes_say_what_to_run,
		what_is_kept_of_names_nobody_has_goes_after_a_year,
		a_rotated_key_opens_the_same_history,
		what_crosses_the_pipe_is_bounded,
		NULL
	};
	const TTest *const *t;
	TCase *tc = tcase_create("store_password");

	tcase_set_timeout(tc, 300);
	tcase_add_checked_fixture(tc, test_store_setup, test_store_teardown);
	for (t = tests; *t != NULL; t++)
		tcase_add_test(tc, *t);
	tcase_add_loop_test(tc,
	    a_row_that_was_changed_refuses_until_somebody_says_so, 0,
	    (int)(sizeof(tampering) / sizeof(tampering[0])));
	tcase_add_loop_test(tc, a_backup_brings_it_back_and_takes_none_away,
	    0, 2);
	return (unit_run_case("store_password", tc));
}
