/*
 * test_store_kill.c - test of edge/store: killed at any step of a rotation, an
 * adoption, a restore or a backup, the old store or the new one is usable; and
 * of a password's change, the history tells what the backend keeps
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A child does the work and is killed before its n-th call that changes
 * something (or could): every statement, rename, sync and removal is one. The
 * last thirty are tried all, of the others each seventh (SEK_LONG=1: each);
 * of a work of more than 450 steps the first 250 and the last 200.
 */
#include "config.h"

#include <sodium.h>
#include <sqlite3.h>

#include "store.h"

#define FIRST_STEPS	250u
#define LAST_STEPS	200u

static unsigned long calls, kill_at;	/* 0: never */

static void
step(void)
{

	if (++calls == kill_at)
		(void)raise(SIGKILL);
}

#define WRAP(type, name, params, args) \
	type __real_##name params; \
	type __wrap_##name params; \
	type \
	__wrap_##name params \
	{ \
		step(); \
		return (__real_##name args); \
	}
WRAP(int, sqlite3_step, (sqlite3_stmt *st), (st))
WRAP(int, sqlite3_exec, (sqlite3 *db, const char *sql,
    int (*fn)(void *, int, char **, char **), void *arg, char **text),
    (db, sql, fn, arg, text))
WRAP(int, sqlite3_backup_step, (sqlite3_backup *b, int n), (b, n))
WRAP(int, sqlite3_close, (sqlite3 *db), (db))
WRAP(int, renameat, (int a, const char *b, int c, const char *d),
    (a, b, c, d))
WRAP(int, renameat2, (int a, const char *b, int c, const char *d, unsigned e),
    (a, b, c, d, e))
WRAP(int, rename, (const char *a, const char *b), (a, b))
WRAP(int, link, (const char *a, const char *b), (a, b))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, unlink, (const char *a), (a))
WRAP(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at),
    (fd, p, n, at))

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
static struct sek_secret pass;
static char file[128], other[128];
static uint32_t cards;		/* alice's: by a key, by a UID */
static uint32_t fingers;
static uint32_t passwords;
static struct sek_biometric_try missed = {
	.who = { .name = "alice", .uid = 1000, .known = 1 },
	.method = SEK_METHOD_FINGERPRINT, .tries = 3, .cap = 20,
	.pause = 30 * SEK_SECOND
};
static const uint8_t uid[8] = { 0x01, 0x2e, 0x4c, 0xd5, 0x11, 0x83, 0x70,
    0x9a };

#define shell(...) do { \
	char cmd_[512]; \
	(void)snprintf(cmd_, sizeof(cmd_), __VA_ARGS__); \
	ck_assert_int_eq(system(cmd_), 0); \
} while (0)

static bool
rotate(void)
{
	struct sek_store *st = test_open();
	struct sek_rotated out;
	bool ok;

	ok = sek_store_rotate(st, &actor, &out, NULL, NULL) == SEK_OK;
	sek_store_free(&st);
	return (ok);
}

static bool
adopt(void)
{
	struct sek_adopt_in in = { .how = SEK_ADOPT_CLONE, .seal_key = other,
	    .actor = &actor };
	struct sek_adopted out;
	struct sek_why why = { "" };

	(void)snprintf(test_config.terminal, sizeof(test_config.terminal),
	    "t-9");
	return (sek_store_adopt(&test_config, &in, &out, &why) == SEK_OK);
}

static bool
restore(void)
{
	static struct sek_restored out;
	struct sek_restore_in in = { .path = file, .pass = &pass,
	    .actor = &actor };
	struct sek_why why = { "" };

	return (sek_store_restore(&test_config, &in, &out, &why) == SEK_OK);
}

static bool
backup(void)
{
	struct sek_store *st = test_open();
	struct sek_backup_info info;
	bool ok;

	ok = sek_store_backup(st, other, &pass, &actor, &info, NULL, NULL) ==
	    SEK_OK;
	sek_store_free(&st);
	return (ok);
}

static bool
migrate(void)
{
	struct sek_store *st = test_open();
	struct sek_migrate_out out;
	bool ok;

	ok = sek_store_migrate(st, &actor, &out) == SEK_OK;
	sek_store_free(&st);
	return (ok);
}

static void
enrol_cards(struct sek_store *st)
{
	static struct sek_enrol e;
	unsigned i;

	for (i = 0; i < 2; i++) {
		test_enrol_fill(&e, "alice", i == 0 ? SEK_METHOD_CARD_PIV :
		    SEK_METHOD_CARD_UID);
		memset(&e.authenticator.oath, 0, sizeof(e.authenticator.oath));
		e.key_len = 0;
		e.card.brief.driver = i == 0 ? SEK_CARD_PIV : SEK_CARD_UID;
		memcpy(e.card.identity, uid, sizeof(uid));
		e.card.identity[0] = (uint8_t)(i == 0 ? 0xff : uid[0]);
		e.card.identity_len = sizeof(uid);
		if (i == 0) {
			e.card.brief.algorithm = SEK_CARD_P256;
			e.card.brief.key = 0x9a;
			e.card.brief.pin = 1;
			e.card.brief.not_after = 1893456000;
			e.card.public_len = 91;
			memset(e.card.public_key, 7, 91);
		}
		test_ok(st, sek_store_enrol(st, &e, NULL));
	}
}

/* A UID is found by its mark: with its key, or it is wrong. No slot is
 * asked for. */
static bool
cards_there(struct sek_store *st)
{
	static struct sek_card_list_out out;
	struct sek_card_list in = { .who = test_who("alice") };
	struct sek_card_use u = { .who = test_who("alice"), .slot = "00",
	    .limits = test_limits(5), .caller_limits = test_limits(5),
	    .uid_len = sizeof(uid) };
	struct sek_card_use_out used;

	memcpy(u.uid, uid, sizeof(uid));
	return (sek_store_card_list(st, &in, &out) == SEK_OK &&
	    out.n == cards && (cards == 0 ||
	    (sek_store_card_use(st, &u, &used) == SEK_OK &&
	    used.reason == SEK_REASON_STALE)));
}

static void
enrol_finger(struct sek_store *st)
{
	static struct sek_enrol e;
	struct sek_biometric_try_out out;

	test_enrol_fill(&e, "alice", SEK_METHOD_FINGERPRINT);
	memset(&e.authenticator.oath, 0, sizeof(e.authenticator.oath));
	e.key_len = 0;
	e.biometric.brief.finger = SEK_FINGER_RIGHT_INDEX;
	(void)snprintf(e.biometric.account, SEK_NAME_MAX, "alice");
	memset(e.biometric.digest, 7, sizeof(e.biometric.digest));
	test_ok(st, sek_store_enrol(st, &e, NULL));
	missed.missed = 1;
	test_ok(st, sek_store_biometric_try(st, &missed, &out));
	test_ok(st, sek_store_biometric_try(st, &missed, &out));
	missed.missed = 0;
}

/* With its mismatches. */
static bool
finger_there(struct sek_store *st)
{
	struct sek_biometric_list in = { .who = test_who("alice"),
	    .method = SEK_METHOD_FINGERPRINT };
	struct sek_biometric_list_out out;
	struct sek_biometric_try_out tried;

	return (sek_store_biometric_list(st, &in, &out) == SEK_OK &&
	    out.n == fingers && (fingers == 0 ||
	    (out.trait[0].digest[31] == 7 &&
	    sek_store_biometric_try(st, &missed, &tried) == SEK_OK &&
	    tried.open == 1 && tried.left == 1 && tried.pause == 0)));
}

/* ---- passwords: the backend's mark is the number in a file */

static void
backend_take(int mark)
{
	char path[128], next[136];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/backend", test_dir);
	(void)snprintf(next, sizeof(next), "%s.new", path);
	if ((f = fopen(next, "w")) == NULL || fprintf(f, "%d", mark) < 0 ||
	    fclose(f) != 0 || rename(next, path) != 0)
		_exit(7);
	step();
}

static int
backend_keeps(void)
{
	char path[128];
	int mark = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/backend", test_dir);
	ck_assert_ptr_nonnull(f = fopen(path, "r"));
	ck_assert_int_eq(fscanf(f, "%d", &mark), 1);
	ck_assert_int_eq(fclose(f), 0);
	return (mark);
}

static bool
change_to(struct sek_store *st, const char *hash, int before, int after)
{
	struct sek_password_begin in = { .who = test_who("alice") };
	struct sek_password_begin_out out;
	static struct sek_password_end end;

	memset(&end, 0, sizeof(end));
	(void)snprintf(in.hash, sizeof(in.hash), "%s", hash);
	memset(in.mark, before, sizeof(in.mark));
	if (sek_process_get(&in.owner, 0) != SEK_OK ||
	    sek_store_password_begin(st, &in, &out) != SEK_OK)
		return (false);
	backend_take(after);
	end.who = in.who;
	end.record.event = SEK_EVENT_PASSWORD_CHANGED;
	end.at = out.at;
	end.keep = 5;
	end.kept = 1;
	memset(end.mark, after, sizeof(end.mark));
	return (sek_store_password_end(st, &end) == SEK_OK);
}

static bool
change(void)
{
	struct sek_store *st = test_open();
	bool ok = change_to(st, "h2", 1, 2);

	sek_store_free(&st);
	return (ok);
}

/* Newest first, none pending: "h2h1". */
static const char *
history(struct sek_store *st)
{
	static struct sek_password_history_out out;
	struct sek_password_history in = { .who = test_who("alice") };
	static char text[64];
	uint32_t i;

	text[0] = '\0';
	if (sek_store_password_history(st, &in, &out) != SEK_OK)
		return ("?");
	for (i = 0; i < out.n && i < 8; i++) {
		if (out.entry[i].pending)
			return ("pending");
		(void)strncat(text, out.entry[i].hash, 7);
	}
	return (text);
}

/* The store opens; its rows and its chain hold; alice is in it. */
static bool
usable(void)
{
	struct sek_store *st = test_open();
	struct sek_store_status s;
	struct sek_verify v;
	bool ok;

	ok = sek_store_status(st, &s, NULL, NULL) == SEK_OK &&
	    s.tampered == 0 && s.pages_ok && s.accounts == 1 &&
	    s.authenticators == 1 + cards + fingers && cards_there(st) &&
	    finger_there(st) &&
	    strcmp(history(st), passwords ? "h1" : "") == 0 &&
	    sek_store_verify(st, &v, NULL, NULL) == SEK_OK && v.ok;
	if (!ok)
		(void)fprintf(stderr, "%s\n", sek_store_why(st));
	sek_store_free(&st);
	return (ok);
}

static bool
usable_as(const char *terminal)
{

	(void)snprintf(test_config.terminal, sizeof(test_config.terminal),
	    "%s", terminal);
	return (usable());
}

/* Runs fn, killed before call n; true: it came to its end. */
static bool
killed(bool (*fn)(void), unsigned long n, unsigned long *all)
{
	int fd[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(fd), 0);
	if ((pid = test_fork()) == 0) {
		calls = 0;
		kill_at = n;
		if (!fn())
			_exit(9);
		status = (int)write(fd[1], &calls, sizeof(calls));
		_exit(status == (int)sizeof(calls) ? 0 : 8);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	(void)close(fd[1]);
	if (WIFEXITED(status))
		ck_assert_msg(WEXITSTATUS(status) == 0, "step %lu: status %d",
		    n, WEXITSTATUS(status));
	else
		ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	if (WIFEXITED(status) && all != NULL)
		ck_assert_int_eq(read(fd[0], all, sizeof(*all)),
		    (ssize_t)sizeof(*all));
	(void)close(fd[0]);
	return (WIFEXITED(status));
}

static const struct work {
	const char	*name;
	bool		(*fn)(void);
	const char	*before;	/* what is done to the folder first */
	bool		 gone;		/* the old store is none */
} works[] = {
	{ "rotate", rotate, "true", false },
	{ "adopt", adopt, "true", false },
	{ "restore into", restore, "true", false },
	{ "restore to nothing", restore, "rm -rf state keys", true },
	{ "restore over a damaged one", restore,
	    "head -c 100 /dev/zero >state/store.db; rm -f state/store.db-*",
	    true },
	{ "backup", backup, "true", false },
	{ "migrate", migrate, "sqlite3 state/store.db "
	    "'DELETE FROM authenticator WHERE id IN (SELECT id FROM card "
	    "UNION SELECT id FROM biometric); "
	    "DELETE FROM password_history; "
	    "DROP TABLE mark; "
	    "DROP TABLE seal; DROP TABLE anchor; DROP TABLE request; "
	    "DROP TABLE ticket; DROP TABLE security_key; "
	    "DROP TABLE card; DROP TABLE biometric; "
	    "DROP TABLE password; DROP TABLE woken; PRAGMA user_version=1000'",
	    false },
};

/* Something that waits for a decision: its row is carried along. */
static void
ask(struct sek_store *st)
{
	static struct sek_approval_ask in = {
		.a = { .kind = SEK_APPROVAL_EXCEPTION,
		    .key = "factors.kinds", .value = "1", .reason = "r" },
		.who = { .account = "alice", .uid = 1000, .audit_session = 1 },
	};
	static struct sek_approval_out out;
	struct sek_moment now;

	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	ck_assert_int_eq(sek_process_get(&in.who.process, 0), SEK_OK);
	in.a.not_after = now.wall + INT64_C(86400) * SEK_SECOND;
	test_ok(st, sek_store_approval_ask(st, &in, &out));
}

START_TEST(killed_at_any_step_the_old_or_the_new_is_usable)
{
	const struct work *w = &works[_i];
	struct sek_store *st = test_open();
	struct sek_backup_info info;
	const bool every = getenv("SEK_LONG") != NULL;
	unsigned long all = 0, n;
	char was[80];
	bool old, new;

	ck_assert_int_eq(sek_secret_string(&pass, "correct horse battery"),
	    SEK_OK);
	(void)snprintf(file, sizeof(file), "%s/backup.db", test_dir);
	(void)snprintf(other, sizeof(other), "%s/other.db", test_dir);
	(void)snprintf(was, sizeof(was), "%s.was", test_dir);
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	enrol_cards(st);
	enrol_finger(st);
	cards = w->fn == migrate ? 0 : 2;
	fingers = w->fn == migrate ? 0 : 1;
	passwords = w->fn == migrate ? 0 : 1;
	ck_assert(change_to(st, "h1", 9, 1));
	ask(st);
	test_ok(st, sek_store_backup(st, file, &pass, &actor, &info, NULL,
	    NULL));
	sek_store_free(&st);
	shell("cd %s && %s", test_dir, w->before);
	shell("cp -a %s %s", test_dir, was);
	ck_assert_msg(killed(w->fn, 0, &all), "%s: not done", w->name);
	ck_assert_uint_gt(all, 10);
	for (n = 1; n <= all; n += every || n + 30 > all ? 1 : 7) {
		/* Names looked for in vain are many, and change nothing. */
		if (n >= FIRST_STEPS && n + LAST_STEPS < all)
			n = all - LAST_STEPS;
		shell("rm -rf %s/*", test_dir);
		shell("cp -a %s/. %s", was, test_dir);
		(void)killed(w->fn, n, NULL);
		old = usable_as("t-1");
		new = !old && usable_as("t-9");
		ck_assert_msg(old || new || w->gone,
		    "%s, killed at step %lu of %lu: nothing is usable",
		    w->name, n, all);
		/* Once more it comes to its end; but not what was done. */
		(void)snprintf(test_config.terminal,
		    sizeof(test_config.terminal), "t-1");
		if (!new && !(w->fn == backup && access(other, F_OK) == 0))
			ck_assert_msg(killed(w->fn, 0, NULL), "%s, killed at "
			    "step %lu: cannot be ended", w->name, n);
		ck_assert_msg(usable_as(w->fn == adopt ? "t-9" : "t-1"),
		    "%s, killed at step %lu and run again", w->name, n);
		(void)snprintf(test_config.terminal,
		    sizeof(test_config.terminal), "t-1");
	}
	shell("rm -rf %s", was);
	sek_secret_free(&pass);
}
END_TEST

START_TEST(killed_at_any_step_of_a_change_the_history_is_as_the_backend)
{
	struct sek_store *st = test_open();
	struct sek_password_seen seen = { .who = test_who("alice") };
	struct sek_password_seen_out out;
	unsigned long all = 0, n, taken = 0;
	char was[80];
	int mark;

	(void)snprintf(was, sizeof(was), "%s.was", test_dir);
	ck_assert(change_to(st, "h1", 9, 1));
	sek_store_free(&st);
	shell("cp -a %s %s", test_dir, was);
	ck_assert(killed(change, 0, &all));
	ck_assert_uint_gt(all, 10);
	for (n = 1; n <= all; n++) {
		shell("rm -rf %s/*", test_dir);
		shell("cp -a %s/. %s", was, test_dir);
		(void)killed(change, n, NULL);
		mark = backend_keeps();
		memset(seen.mark, mark, sizeof(seen.mark));
		st = test_open();
		test_ok(st, sek_store_password_seen(st, &seen, &out));
		ck_assert_msg(out.changed == 0 && strcmp(history(st),
		    mark == 2 ? "h2h1" : "h1") == 0, "killed at step %lu of "
		    "%lu: the backend keeps %d, the history is %s", n, all,
		    mark, history(st));
		ck_assert_int_eq(out.password.mark[0], mark);
		taken += mark == 2;
		sek_store_free(&st);
	}
	/* It was killed on either side. */
	ck_assert(taken > 1 && taken < all - 1);
	shell("rm -rf %s", was);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("edge/store: killed");
	TCase *t = tcase_create("killed");

	tcase_add_checked_fixture(t, test_store_setup, test_store_teardown);
	tcase_set_timeout(t, 600);
	tcase_add_loop_test(t,
	    killed_at_any_step_the_old_or_the_new_is_usable, 0,
	    (int)(sizeof(works) / sizeof(works[0])));
	suite_add_tcase(s, t);
	t = tcase_create("change");
	tcase_add_checked_fixture(t, test_store_setup, test_store_teardown);
	tcase_set_timeout(t, 600);
	tcase_add_test(t,
	    killed_at_any_step_of_a_change_the_history_is_as_the_backend);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
