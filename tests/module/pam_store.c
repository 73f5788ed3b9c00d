/*
 * pam_store.c - a store that is away, full, old, damaged or forged: nobody
 * gets in by it, nothing is lost, and mended it works again
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The full disk is a tmpfs, which keeps no room back for root.
 */
#include "config.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/module/exceptions.h"
#include "tests/module/harness.h"

static const char *
db(void)
{
	return (world_path("store/store.db"));
}

/*
 * Right answers get in nowhere: not by auth, not by an exempt service, and no
 * session opens.
 */
static void
is_out_of_order(void)
{
	struct login l = login_of("alice", PASSWORD,
	    world_hotp_code("alice", 0));

	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert(login_was_told(&l, "cannot check logins now"));
	l = login_of("alice", NULL, NULL);
	l.service = "cron";
	l.phases = LOGIN_ACCOUNT;
	login_run(&l);
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	l.account = LOGIN_NOT_RUN;
	l.phases = LOGIN_SESSION;
	login_run(&l);
	ck_assert_int_eq(l.open, PAM_PERM_DENIED);
}

static void
is_in_order(void)
{
	ck_assert(login_try("alice", PASSWORD,
	    world_hotp_code("alice", world_hotp_moving("alice"))));
	world_check_store();
}

/* One failure of alice, that must still be there at the end. */
static void
begin(void)
{
	(void)world_hotp("alice");
	(void)world_hotp("bob");
	ck_assert(!login_try("alice", "wrong", "000000"));
}

static void
end(void)
{
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(world_hotp_moving("alice"), 0);
	is_in_order();
}

START_TEST(no_store)
{
	begin();
	ck_assert_int_eq(rename(world_path("store"), world_path("away")), 0);
	is_out_of_order();
	ck_assert_int_eq(access(world_path("store"), F_OK), -1);
	ck_assert_int_eq(rename(world_path("away"), world_path("store")), 0);
	end();
}
END_TEST

START_TEST(an_empty_file_and_one_that_is_no_database)
{
	begin();
	ck_assert_int_eq(rename(world_path("store"), world_path("away")), 0);
	world_write(db(), 0600, "");
	ck_assert_int_eq(chmod(world_path("store"), 0700), 0);
	is_out_of_order();
	world_write(db(), 0600, "this is no database, but it is long enough "
	    "to be looked at as one, more than a hundred bytes of it, at "
	    "least, and then some more of them");
	is_out_of_order();
	ck_assert_int_eq(unlink(db()), 0);
	ck_assert_int_eq(mkdir(db(), 0700), 0);
	is_out_of_order();
	ck_assert_int_eq(rmdir(db()), 0);
	ck_assert_int_eq(mkfifo(db(), 0600), 0);
	is_out_of_order();
	ck_assert_int_eq(world_run((const char *const[]){ "/bin/rm", "-r",
	    world_path("store"), NULL }), 0);
	ck_assert_int_eq(rename(world_path("away"), world_path("store")), 0);
	end();
}
END_TEST

START_TEST(a_store_others_may_touch)
{
	begin();
	ck_assert_int_eq(chmod(db(), 0640), 0);
	is_out_of_order();
	ck_assert_int_eq(chmod(db(), 0600), 0);
	ck_assert_int_eq(chmod(world_path("store"), 0755), 0);
	is_out_of_order();
	ck_assert_int_eq(chmod(world_path("store"), 0700), 0);
	ck_assert_int_eq(chown(db(), ALICE_UID, 0), 0);
	is_out_of_order();
	ck_assert_int_eq(chown(db(), 0, 0), 0);
	end();
}
END_TEST

START_TEST(a_link_in_its_place)
{
	begin();
	ck_assert_int_eq(rename(db(), world_path("store/real.db")), 0);
	ck_assert_int_eq(symlink("real.db", db()), 0);
	is_out_of_order();
	ck_assert_int_eq(unlink(db()), 0);
	ck_assert_int_eq(rename(world_path("store/real.db"), db()), 0);
	end();
}
END_TEST

START_TEST(no_key_another_key_a_key_others_may_read)
{
	const char *key = world_path("etc/keys/store.key");

	begin();
	ck_assert_int_eq(chmod(key, 0644), 0);
	is_out_of_order();
	ck_assert_int_eq(chmod(key, 0600), 0);
	ck_assert_int_eq(rename(key, world_path("etc/keys/away")), 0);
	is_out_of_order();
	world_write(key, 0600, "0123456789abcdef0123456789abcdef");
	is_out_of_order();
	ck_assert_int_eq(rename(world_path("etc/keys/away"), key), 0);
	end();
}
END_TEST

START_TEST(a_read_only_disk)
{
	const char *store = world_path("store");

	begin();
	ck_assert_int_eq(mount(store, store, NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(mount(NULL, store, NULL,
	    MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	is_out_of_order();
	ck_assert_int_eq(umount(store), 0);
	end();
}
END_TEST

START_TEST(a_newer_major)
{
	begin();
	world_sql("PRAGMA user_version=2000");
	is_out_of_order();
	world_sql("PRAGMA user_version=1000");
	end();
}
END_TEST

START_TEST(a_newer_minor_is_no_trouble)
{
	begin();
	world_sql("PRAGMA user_version=1008;"
	    "CREATE TABLE of_later_work(id INTEGER PRIMARY KEY)STRICT");
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

START_TEST(a_copy_on_another_machine)
{
	begin();
	world_write(world_path("etc/machine-id"), 0444,
	    "00000000000000000000000000000001\n");
	is_out_of_order();
	world_write(world_path("etc/machine-id"), 0444, "");
	is_out_of_order();
	world_write(world_path("etc/machine-id"), 0444,
	    "5ec15805ec15805ec15805ec15805ec1\n");
	end();
}
END_TEST

START_TEST(a_terminal_of_another_name)
{
	begin();
	world_policy("[terminal]\nid = another-terminal\n");
	is_out_of_order();
	world_policy("");
	end();
}
END_TEST

/* Another program holds the store and does not let go. */
START_TEST(a_store_held_by_another_for_ever)
{
	struct login l;
	int ready[2];
	pid_t pid;
	char byte;

	begin();
	ck_assert_int_eq(pipe(ready), 0);
	if ((pid = fork()) == 0) {
		world_sql_hold(ready[1]);
		_exit(0);
	}
	(void)close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	end();
}
END_TEST

/* Keep the store as it is now; put it back. */
static void
save(void)
{
	world_sql("PRAGMA wal_checkpoint(TRUNCATE)");
	ck_assert_int_eq(world_run((const char *const[]){ "/bin/cp", "-a",
	    world_path("store"), world_path("saved"), NULL }), 0);
}

static void
put_back(void)
{
	ck_assert_int_eq(world_run((const char *const[]){ "/bin/rm", "-r",
	    world_path("store"), NULL }), 0);
	ck_assert_int_eq(world_run((const char *const[]){ "/bin/cp", "-a",
	    world_path("saved"), world_path("store"), NULL }), 0);
}

/* ---------------------------------------------------------- forged rows -- */

/* Edited, a row of its absent columns is none that a login of alice reads: she
 * is not enrolled then, or has not failed. Only store status sees it. */
static const struct {
	const char	*table;
	const char	*row;
	const char	*absent;
} deciding[] = {
	{ "account", "name='alice'", " name " },
	{ "person", "id='alice'", "" },
	{ "authenticator", "person='alice'", " person state " },
	{ "attempt", "1", " key " },
	{ "meta", "1", "" }
};
#define ATTEMPT 3
#define META 4

static bool
is_absent(const char *column, int i)
{
	char word[40];

	(void)snprintf(word, sizeof word, " %s ", column);
	return (strstr(deciding[i].absent, word) != NULL);
}

static void
check_status_sees(const char *what)
{
	struct sek_store *st = world_store();
	struct sek_store_status status;

	memset(&status, 0, sizeof status);
	ck_assert_int_eq(sek_store_status(st, &status, NULL, NULL), SEK_OK);
	ck_assert_msg(status.tampered > 0, "%s", what);
	sek_store_free(&st);
}

/* What alice gets by right answers, and by bob's code. */
static void
check_forged(const char *what, bool absent)
{
	struct login l = login_of("alice", PASSWORD,
	    world_hotp_code("alice", 0));

	login_run(&l);
	ck_assert_msg(l.auth == (absent ? PAM_AUTH_ERR :
	    PAM_AUTHINFO_UNAVAIL), "%s: %d", what, l.auth);
	l.code = world_hotp_code("bob", 0);
	login_run(&l);
	ck_assert_msg(!login_is_in(&l), "%s", what);
}

START_TEST(any_field_of_a_deciding_row_edited)
{
	char column[32][32], sql[512];
	size_t i, n;
	bool absent;

	begin();
	(void)world_hotp("carol");
	save();
	n = world_columns(deciding[_i].table, column, 32);
	ck_assert_uint_gt(n, 1);
	for (i = 0; i < n; i++) {
		absent = is_absent(column[i], _i);
		(void)snprintf(sql, sizeof sql, "UPDATE %s SET %s=CASE "
		    "typeof(%s) WHEN 'integer' THEN %s+1 WHEN 'text' THEN "
		    "%s||'x' ELSE randomblob(length(%s)) END WHERE %s",
		    deciding[_i].table, column[i], column[i], column[i],
		    column[i], column[i], deciding[_i].row);
		world_sql(sql);
		if (_i != META)
			check_status_sees(sql);
		if (_i != ATTEMPT || !absent)
			check_forged(sql, absent);
		/* It is alice's trouble alone, and it is on record. */
		if (_i != META)
			ck_assert(login_try("carol", PASSWORD,
			    world_hotp_code("carol", 0)));
		if (_i != META && !absent)
			ck_assert_uint_ge(world_records(SEK_EVENT_TAMPERED,
			    SEK_REASON_NONE), 1);
		put_back();
	}
	end();
}
END_TEST

START_TEST(anothers_authenticator_moved_to_ones_own_name)
{
	struct login l;

	begin();
	save();
	world_sql("DELETE FROM authenticator WHERE person='alice';"
	    "UPDATE authenticator SET person='alice' WHERE person='bob'");
	l = login_of("alice", PASSWORD, world_hotp_code("bob", 0));
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	put_back();
	end();
}
END_TEST

/* ---------------------------------------------------------- flipped bits -- */

static void
flip(const char *path, long at, int bit)
{
	unsigned char byte;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
	byte ^= (unsigned char)(1u << bit);
	ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	ck_assert_int_eq(close(fd), 0);
}

/* Who is wrong stays out, who is right gets in or is refused; no crash. */
static void
use_damaged(void)
{
	struct login *l = login_array(2);

	l[0] = login_of("alice", "wrong", "000000");
	l[1] = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	for (int i = 0; i < 2; i++) {
		ck_assert_int_gt(waitpid(login_spawn(&l[i]), &l[i].status, 0),
		    0);
		ck_assert_int_eq(l[i].status, 0);
		ck_assert(i == 1 || !login_is_in(&l[i]));
		ck_assert_msg(l[i].auth == PAM_SUCCESS ||
		    l[i].auth == PAM_AUTH_ERR ||
		    l[i].auth == PAM_AUTHINFO_UNAVAIL, "auth %d", l[i].auth);
	}
	login_array_free(l, 2);
}

START_TEST(flipped_bits_let_nobody_in_and_crash_nothing)
{
	int i, n = world_is_long() ? 400 : 60;
	struct stat st;
	long at;

	begin();
	save();
	ck_assert_int_eq(stat(db(), &st), 0);
	srandom((unsigned)getpid());
	for (i = 0; i < n; i++) {
		/* Headers and rows more often than free pages. */
		at = i < 20 ? random() % 200 :
		    random() % (i % 2 == 0 ? st.st_size : 200000);
		flip(db(), at, (int)(random() % 8));
		use_damaged();
		put_back();
	}
	end();
}
END_TEST

START_TEST(a_file_cut_short)
{
	struct stat st;
	off_t cut;

	begin();
	save();
	ck_assert_int_eq(stat(db(), &st), 0);
	for (cut = 1; cut < st.st_size; cut *= 7) {
		ck_assert_int_eq(truncate(db(), cut), 0);
		use_damaged();
		put_back();
	}
	end();
}
END_TEST

/* ------------------------------------------------------------- full disk -- */

/* A store on a disk of its own, and nothing left on that. */
static void
full_world(void)
{
	char policy[512];

	ck_assert_int_eq(mkdir(world_path("small"), 0700), 0);
	ck_assert_int_eq(mount("small", world_path("small"), "tmpfs",
	    MS_NOSUID | MS_NODEV, "size=24m,mode=0700"), 0);
	(void)snprintf(policy, sizeof policy, "[store]\npath = %s\n",
	    world_path("small/store.db"));
	world_policy(policy);
	world_init();
	(void)world_hotp("alice");
	(void)world_hotp("bob");
	(void)world_hotp("adminA");
}

static void
fill_up(void)
{
	static const char block[4096] = "x";
	int fd = open(world_path("small/filler"), O_WRONLY | O_CREAT |
	    O_APPEND | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	while (write(fd, block, sizeof block) > 0)
		continue;
	while (write(fd, block, 1) > 0)
		continue;
	(void)close(fd);
}

static void
make_room(void)
{
	ck_assert_int_eq(unlink(world_path("small/filler")), 0);
}

START_TEST(on_a_full_disk_a_lock_cannot_be_evaded)
{
	int i;

	full_world();
	fill_up();
	for (i = 0; i < 8; i++) {
		struct login l = login_of("alice", "wrong", "000000");

		l.service = "count";
		login_run(&l);
		ck_assert(!login_is_in(&l));
		fill_up();
	}
	ck_assert_uint_le(world_count(), 5);
	ck_assert(!login_try("alice", PASSWORD,
	    world_hotp_code("alice", 0)));
	make_room();
	ck_assert_uint_ge(world_failures("alice"), world_count());
	world_unlock("alice");
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
	ck_assert(login_try("bob", PASSWORD, world_hotp_code("bob", 0)));
	world_check_store();
}
END_TEST

/* Refusals that are all different, as fast as they come. */
static void
refusals(int n, int of)
{
	struct login l = login_of("alice", NULL, NULL);
	char rhost[64];
	int i;

	for (i = of; i < n; i += 2) {
		(void)snprintf(rhost, sizeof rhost, "10.%d.%d.%d",
		    i >> 16, (i >> 8) & 255, i & 255);
		l.service = "sshd";
		l.rhost = rhost;
		l.phases = LOGIN_ACCOUNT;
		login_run(&l);
		if (l.account == PAM_SUCCESS)
			_exit(1);
	}
}

static void
many_refusals(int n)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		refusals(n, 0);
		_exit(0);
	}
	refusals(n, 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

START_TEST(after_10000_refusals_on_it_unlock_and_login_work_on_record)
{
	struct login l;
	uint64_t admits;
	int i;

	if (!world_has_sekisho())
		world_skip("the sekisho tool is not built");
	world_install_guard();
	full_world();
	for (i = 0; i < 5; i++)
		(void)login_try("adminA", "wrong", "000000");
	ck_assert(world_locked("adminA"));
	admits = world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE);
	fill_up();
	many_refusals(10000);
	fill_up();
	ck_assert_msg(world_sekisho("user", "unlock", "adminA", NULL) == 0,
	    "%s", world_read(world_path("out")));
	fill_up();
	l = login_of("adminA", PASSWORD, world_hotp_code("adminA", 0));
	l.phases = LOGIN_ALL;
	l.tty = "tty1";
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	ck_assert_uint_eq(world_records(SEK_EVENT_UNLOCK, SEK_REASON_NONE),
	    1);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE),
	    admits + 1);
	make_room();
	ck_assert(login_try("bob", PASSWORD, world_hotp_code("bob", 0)));
	world_check_store();
}
END_TEST

/* What an exception allows is read before anybody knows who comes: of a full
 * disk as well, and a privileged person gets in as he is allowed to. */
START_TEST(a_full_disk_keeps_no_privileged_person_out_under_an_exception)
{
	struct exception e = { .key = "factors.kinds", .value = "1",
	    .users = "alice adminB" };
	char policy[512];

	full_world();
	(void)world_hotp("adminB");
	(void)snprintf(policy, sizeof policy, "[terminal]\n"
	    "profile = mynumber\n[store]\npath = %s\n[factors]\n"
	    "kinds = 1\n", world_path("small/store.db"));
	world_policy(policy);
	(void)exceptions_give(&e);
	ck_assert(login_try("alice", PASSWORD, NULL));
	fill_up();
	many_refusals(10000);
	fill_up();
	ck_assert(!login_try("adminA", PASSWORD, NULL));
	fill_up();
	ck_assert(login_try("adminA", PASSWORD,
	    world_hotp_code("adminA", 0)));
	fill_up();
	ck_assert(login_try("adminB", PASSWORD, NULL));
	make_room();
	ck_assert(login_try("alice", PASSWORD, NULL));
	world_check_store();
}
END_TEST

static void
add_outside(Suite *s)
{
	TCase *c = world_case(s, "outside", 120);

	tcase_add_test(c, no_store);
	tcase_add_test(c, an_empty_file_and_one_that_is_no_database);
	tcase_add_test(c, a_store_others_may_touch);
	tcase_add_test(c, a_link_in_its_place);
	tcase_add_test(c, no_key_another_key_a_key_others_may_read);
	tcase_add_test(c, a_read_only_disk);
	tcase_add_test(c, a_newer_major);
	tcase_add_test(c, a_newer_minor_is_no_trouble);
	tcase_add_test(c, a_copy_on_another_machine);
	tcase_add_test(c, a_terminal_of_another_name);
	tcase_add_test(c, a_store_held_by_another_for_ever);
}

int
main(void)
{
	Suite *s = suite_create("store");
	TCase *c;

	add_outside(s);
	c = world_case(s, "inside", 300);
	tcase_add_loop_test(c, any_field_of_a_deciding_row_edited, 0,
	    (int)(sizeof deciding / sizeof deciding[0]));
	tcase_add_test(c, anothers_authenticator_moved_to_ones_own_name);
	tcase_add_test(c, flipped_bits_let_nobody_in_and_crash_nothing);
	tcase_add_test(c, a_file_cut_short);
	c = world_case(s, "full", 400);
	tcase_add_test(c, on_a_full_disk_a_lock_cannot_be_evaded);
	tcase_add_test(c,
	    after_10000_refusals_on_it_unlock_and_login_work_on_record);
	tcase_add_test(c,
	    a_full_disk_keeps_no_privileged_person_out_under_an_exception);
	return (world_main(s));
}
