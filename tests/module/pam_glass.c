/*
 * pam_glass.c - the envelope in the safe: it opens where nothing else works,
 * once, at logins only; and nothing else opens by that
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/secret.h"
#include "sekisho/edge/envelope.h"
#include "tests/module/installed.h"

#define LONG	(10 * SEK_DAY)

static const char *
db(void)
{
	return (world_path("store/store.db"));
}

/* ---------------------------------------------------------- envelopes -- */

/* The lines with the ticket's. */
#define GLASS_AUTH						\
	"auth required @lockout\n"				\
	"auth required @password backend=pam_unix.so\n"		\
	"auth required @oath\n"					\
	"auth required @ticket\n"				\
	"auth required @gate\n"
#define GLASS_STACK	GLASS_AUTH ACCOUNT_LINES SESSION_LINES

/* The folder is of the machine's /etc: one of the test's own is put over it,
 * and over /run, where tries are counted. */
static void
glass_world(void)
{
	static const char *const services[] = { "login", "sshd", "su",
	    "sudo", "polkit-1", "sekisho-locker", "sekisho-helper",
	    "sekisho-witness", "vlock", "other-login" };
	size_t i;

	ck_assert_int_eq(mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"), 0);
	if (!world_install(world_path("etc/sekisho.conf"), INSTALLED_CONF))
		world_skip("no overlay may be mounted over /etc");
	ck_assert_int_eq(unlink(INSTALLED_CONF), 0);
	installed_bind_file("passwd");
	installed_bind_file("shadow");
	installed_bind_file("group");
	installed_bind_file("nsswitch.conf");
	installed_bind_file("machine-id");
	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		world_service(services[i], GLASS_STACK);
	(void)world_hotp("alice");
	(void)world_hotp("bob");
}

/* Seal one; its code as it is printed. */
static const char *
seal(const char *account, uint32_t uid)
{
	static char text[8][SEK_GLASS_TEXT];
	static unsigned next;
	char *to = text[next++ % 8];
	struct sek_secret code = SEK_SECRET_NONE;
	struct sek_envelope e;
	struct sek_why why = { "" };
	struct sek_moment now;

	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	ck_assert_msg(sek_envelope_make(&e, &code, NULL, account, uid,
	    now.wall + LONG, &why) == SEK_OK, "%s", why.text);
	(void)snprintf(to, SEK_GLASS_TEXT, "%s", sek_secret_text(&code));
	sek_secret_free(&code);
	return (to);
}

static enum sek_err
count_sealed(void *arg, const struct sek_envelope *e)
{
	int *n = arg;

	*n += e->state == SEK_ENVELOPE_SEALED;
	return (SEK_OK);
}

static int
sealed(void)
{
	int n = 0;

	ck_assert_int_eq(sek_envelope_list(NULL, count_sealed, &n, NULL),
	    SEK_OK);
	return (n);
}

/* A code of the right form that nobody sealed. */
static const char *
wrong_code(void)
{
	static char text[SEK_GLASS_TEXT];
	static uint8_t random[SEK_GLASS_RANDOM];

	random[3]++;
	sek_glass_print(text, random);
	return (text);
}

/* tries of this boot forgotten. */
static void
new_boot(void)
{

	(void)unlink("/run/sekisho/envelope.tries");
}

/* No pause after a refusal: the strictest profile has one. */
static void
no_delay(int status, unsigned us, void *data)
{

	(void)status;
	(void)us;
	(void)data;
}

static void
at_prompt(struct login *l, int n, pam_handle_t *pamh)
{
	void (*fn)(int, unsigned, void *) = no_delay;
	const void *item;

	(void)l;
	(void)n;
	memcpy(&item, &fn, sizeof(item));
	(void)pam_set_item(pamh, PAM_FAIL_DELAY, item);
}

static void
run(struct login *l)
{

	l->at_prompt = at_prompt;
	login_run(l);
}

/* At the console, where nothing is asked but the first prompt. */
static struct login
at_console(const char *user, const char *code)
{
	struct login l = login_of(user, code, "000000");

	l.tty = "tty1";
	l.phases = LOGIN_ALL;
	l.flags = (int)PAM_SILENT;
	return (l);
}

static void
opens(const char *user, const char *code, bool degraded)
{
	struct login l = at_console(user, code);

	run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_int_eq(l.cred, PAM_SUCCESS);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	ck_assert_int_eq(l.close, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert_str_eq(l.prompt[0], "Password: ");
	ck_assert(login_was_told(&l, "opened by the envelope"));
	ck_assert(login_was_told(&l, "report is due"));
	ck_assert(login_was_told(&l, "envelope is spent"));
	ck_assert_int_eq(strncmp(l.admission, "glass:", 6), 0);
	ck_assert_uint_eq(strlen(l.admission), degraded ? 14 : 47);
	ck_assert(world_logged("BREAK-GLASS: envelope"));
}

/* Who opens none hears and gets what he always did. */
static void
others_hear(const char *user)
{
	struct login l = login_of(user, PASSWORD,
	    world_hotp_code("alice", 0));

	l.tty = "tty1";
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert(login_was_told(&l, "cannot check logins now"));
	ck_assert(!login_was_told(&l, "envelope"));
	l = login_of(user, "wrong", "000000");
	l.tty = "tty1";
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert(login_was_told(&l, "cannot check logins now"));
	l = login_of(user, NULL, NULL);
	l.service = "cron";
	l.phases = LOGIN_ACCOUNT;
	run(&l);
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	l = login_of(user, NULL, NULL);
	l.phases = LOGIN_SESSION;
	run(&l);
	ck_assert_int_eq(l.open, PAM_PERM_DENIED);
}

static void
wrong_stays_out(const char *user)
{
	struct login l = at_console(user, wrong_code());

	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert(login_was_told(&l, "cannot check logins now"));
	ck_assert_int_eq(l.nprompts, 1);
	new_boot();
}

/* alice has an envelope and bob has none: both are as always, and hers
 * opens. */
static void
only_the_envelope(void)
{
	const char *code = seal("alice", ALICE_UID);

	others_hear("alice");
	others_hear("bob");
	wrong_stays_out("alice");
	wrong_stays_out("bob");
	ck_assert_int_eq(sealed(), 1);
	opens("alice", code, true);
	ck_assert_int_eq(sealed(), 0);
	others_hear("alice");
	wrong_stays_out("alice");
	opens("root", seal("root", 0), true);
}

/* ------------------------------------------------------ without a store -- */

START_TEST(no_store_at_all)
{
	glass_world();
	ck_assert_int_eq(rename(world_path("store"), world_path("away")), 0);
	only_the_envelope();
	ck_assert_int_eq(access(world_path("store"), F_OK), -1);
}
END_TEST

START_TEST(a_store_overwritten)
{
	static const char rubbish[] = "this was a database once";
	int fd, i;

	glass_world();
	ck_assert_int_ge(fd = open(db(), O_WRONLY | O_TRUNC | O_CLOEXEC), 0);
	for (i = 0; i < 1000; i++)
		ck_assert_int_eq(write(fd, rubbish, sizeof(rubbish)),
		    (ssize_t)sizeof(rubbish));
	ck_assert_int_eq(close(fd), 0);
	only_the_envelope();
}
END_TEST

START_TEST(a_store_whose_header_is_overwritten)
{
	int fd;

	glass_world();
	ck_assert_int_ge(fd = open(db(), O_WRONLY | O_CLOEXEC), 0);
	ck_assert_int_eq(pwrite(fd, "0123456789012345678901234567890123456789"
	    , 40, 0), 40);
	ck_assert_int_eq(close(fd), 0);
	only_the_envelope();
}
END_TEST

START_TEST(a_row_changed_by_other_means)
{
	struct login l;

	glass_world();
	world_sql("UPDATE account SET data=randomblob(length(data)) WHERE "
	    "name='alice'");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	l = at_console("alice", seal("alice", ALICE_UID));
	run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	ck_assert(login_try("bob", PASSWORD, world_hotp_code("bob", 0)));
}
END_TEST

START_TEST(no_key)
{
	glass_world();
	ck_assert_int_eq(unlink(world_path("etc/keys/store.key")), 0);
	only_the_envelope();
}
END_TEST

START_TEST(a_store_of_another_machine)
{
	glass_world();
	world_policy("[terminal]\nid = another-terminal\n");
	only_the_envelope();
}
END_TEST

START_TEST(a_read_only_disk)
{
	glass_world();
	ck_assert_int_eq(mount(world_path("store"), world_path("store"), NULL,
	    MS_BIND, NULL), 0);
	ck_assert_int_eq(mount(NULL, world_path("store"), NULL, MS_BIND |
	    MS_REMOUNT | MS_RDONLY, NULL), 0);
	only_the_envelope();
}
END_TEST

START_TEST(a_store_held_by_another_for_ever)
{
	struct login l;
	int ready[2];
	char byte;
	pid_t pid;

	glass_world();
	ck_assert_int_eq(pipe(ready), 0);
	if ((pid = fork()) == 0)
		world_sql_hold(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	l = at_console("bob", PASSWORD);
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert(login_was_told(&l, "terminal is busy"));
	opens("alice", seal("alice", ALICE_UID), true);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

static void
fill_up(void)
{
	static const char block[4096] = "x";
	int fd = open(world_path("small/filler"), O_WRONLY | O_CREAT |
	    O_APPEND | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	while (write(fd, block, sizeof(block)) > 0)
		continue;
	while (write(fd, block, 1) > 0)
		continue;
	(void)close(fd);
}

/* Its reserve is used up as well: the log of the database takes it. */
START_TEST(a_full_disk)
{
	char policy[512];
	struct login l;
	int i;

	glass_world();
	ck_assert_int_eq(mkdir(world_path("small"), 0700), 0);
	ck_assert_int_eq(mount("small", world_path("small"), "tmpfs",
	    MS_NOSUID | MS_NODEV, "size=24m,mode=0700"), 0);
	(void)snprintf(policy, sizeof(policy), "[store]\npath = %s\n",
	    world_path("small/store.db"));
	world_policy(policy);
	world_init();
	(void)world_hotp("alice");
	for (i = 0; i < 12; i++) {
		fill_up();
		(void)login_try("adminA", "wrong", "000000");
		l = login_of("root", "wrong", "000000");
		run(&l);
	}
	(void)world_run((const char *const[]){ "/bin/sh", "-c",
	    "cd $0 && for f in *; do case $f in store.db*|filler) ;; *) "
	    "rm -f -- $f;; esac; done", world_path("small"), NULL });
	fill_up();
	l = at_console("alice", PASSWORD);
	run(&l);
	ck_assert_int_ne(l.auth, PAM_SUCCESS);
	l = at_console("alice", seal("alice", ALICE_UID));
	run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	ck_assert_int_eq(l.close, PAM_SUCCESS);
}
END_TEST

static int
reports_due(void)
{
	struct sek_store *st = world_store();
	struct sek_approval_list in = { .kind = SEK_APPROVAL_BREAK_GLASS };
	struct sek_approval_list_out *out = calloc(1, sizeof(*out));
	int n;

	ck_assert_ptr_nonnull(out);
	in.open_only = 1;
	ck_assert_int_eq(sek_store_approvals(st, &in, out), SEK_OK);
	n = (int)out->n;
	free(out);
	sek_store_free(&st);
	return (n);
}

/* What was opened without the store is told to it by the next login. */
START_TEST(a_report_is_due_as_soon_as_the_store_is_mended)
{

	glass_world();
	ck_assert_int_eq(rename(world_path("store"), world_path("away")), 0);
	opens("alice", seal("alice", ALICE_UID), true);
	ck_assert_int_eq(rename(world_path("away"), world_path("store")), 0);
	ck_assert_int_eq(reports_due(), 0);
	ck_assert(login_try("bob", PASSWORD, world_hotp_code("bob", 0)));
	ck_assert_int_eq(reports_due(), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_BREAK_GLASS,
	    SEK_REASON_NONE), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_BREAK_GLASS,
	    SEK_FIELD_SUBJECT), "alice");
	ck_assert(login_try("bob", PASSWORD, world_hotp_code("bob", 1)));
	ck_assert_int_eq(reports_due(), 1);
	world_check_store();
}
END_TEST

/* ---------------------------------------------------- without a policy -- */

static const char *const broken[] = {
	"[terminal]\nno_such_key = 1\n",
	"[lockout]\ndeny = 0\n",
	"[terminal]\nprofile = mynumber\n[factors]\nkinds = 1\n",
	"[terminal\nid = x\n",
	"[message]\nlanguage = klingon\n"
};

START_TEST(a_policy_that_does_not_load)
{
	struct login l;

	glass_world();
	world_policy(broken[_i]);
	only_the_envelope();
	/* From afar nobody: the strictest profile knows no network. */
	l = at_console("alice", seal("alice", ALICE_UID));
	l.service = "sshd";
	l.rhost = "192.0.2.7";
	l.tty = "ssh";
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(sealed(), 1);
	world_policy("");
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

START_TEST(a_policy_others_may_write)
{
	glass_world();
	ck_assert_int_eq(chmod(world_path("etc/sekisho.conf"), 0666), 0);
	only_the_envelope();
}
END_TEST

START_TEST(no_policy)
{
	glass_world();
	ck_assert_int_eq(unlink(world_path("etc/sekisho.conf")), 0);
	only_the_envelope();
}
END_TEST

/* What the file says before its fault counts for nothing. */
START_TEST(no_value_of_a_broken_policy_is_used)
{
	struct login l;

	glass_world();
	world_policy("[terminal]\nallow_remote = yes\n[factors]\n"
	    "exempt_services = cron login sshd\n[message]\n"
	    "language = en\nbroken\n");
	l = login_of("bob", NULL, NULL);
	l.phases = LOGIN_ACCOUNT;
	run(&l);
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	l.service = "cron";
	run(&l);
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	l = at_console("alice", seal("alice", ALICE_UID));
	l.service = "sshd";
	l.rhost = "192.0.2.7";
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(sealed(), 1);
}
END_TEST

/* ------------------------------------------------------- with all well -- */

START_TEST(a_locked_account_opens_by_it_and_by_nothing_else)
{
	struct login l;
	int i;

	glass_world();
	for (i = 0; i < 5; i++)
		(void)login_try("alice", "wrong", "000000");
	ck_assert(world_locked("alice"));
	(void)seal("alice", ALICE_UID);
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert(login_was_told(&l, "Locked after too many failures"));
	opens("alice", seal("alice", ALICE_UID), false);
	ck_assert(world_records(SEK_EVENT_BREAK_GLASS, SEK_REASON_NONE) ==
	    1);
	ck_assert(world_records(SEK_EVENT_LOGIN, SEK_REASON_NONE) == 1);
	ck_assert(world_records(SEK_EVENT_LOGOUT, SEK_REASON_NONE) == 1);
	world_check_store();
}
END_TEST

START_TEST(an_account_nobody_knows_the_password_of)
{
	glass_world();
	opens("newbie", seal("newbie", 1004), false);
	opens("expired", seal("expired", 1005), false);
	world_check_store();
}
END_TEST

START_TEST(one_opens_once)
{
	const char *code;
	struct login l;

	glass_world();
	code = seal("alice", ALICE_UID);
	opens("alice", code, false);
	l = at_console("alice", code);
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "The login was refused"));
	ck_assert_uint_eq(world_failures("alice"), 1);
}
END_TEST

/* Opened long ago, and the folder comes back from a backup of before: what the
 * store is told of the other opening says so. */
START_TEST(one_that_a_backup_brings_back_opens_nothing)
{
	char command[512];
	const char *code;
	struct login l;

	glass_world();
	code = seal("alice", ALICE_UID);
	(void)snprintf(command, sizeof(command), "cp -a %s /run/backup",
	    SEK_ENVELOPE_DIR);
	ck_assert_int_eq(system(command), 0);
	opens("alice", code, false);
	(void)snprintf(command, sizeof(command), "rm -r %s && mv /run/backup "
	    "%s", SEK_ENVELOPE_DIR, SEK_ENVELOPE_DIR);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(sealed(), 1);
	world_clock_ahead = SEK_DAY / SEK_SECOND;
	l = at_console("alice", code);
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_str_eq(l.admission, "");
	ck_assert(world_logged("put back"));
	ck_assert_int_eq(sealed(), 0);
}
END_TEST

#define MANY	50

START_TEST(of_fifty_at_once_one_gets_in)
{
	struct login *l;
	const char *code;
	size_t i;

	glass_world();
	code = seal("alice", ALICE_UID);
	if (_i == 1)
		ck_assert_int_eq(rename(world_path("store"),
		    world_path("away")), 0);
	l = login_array(MANY);
	for (i = 0; i < MANY; i++)
		l[i] = at_console("alice", code);
	login_parallel(l, MANY);
	ck_assert_uint_eq(login_count_in(l, MANY), 1);
	login_array_free(l, MANY);
	ck_assert_int_eq(sealed(), 0);
}
END_TEST

START_TEST(wrong_ones_are_throttled_and_the_console_apart)
{
	const char *code;
	struct login l;
	int i;

	glass_world();
	code = seal("alice", ALICE_UID);
	for (i = 0; i < 3; i++) {
		l = at_console("bob", wrong_code());
		l.service = "sshd";
		l.rhost = "192.0.2.7";
		l.tty = "ssh";
		run(&l);
		ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	}
	l = at_console("alice", code);
	l.service = "sshd";
	l.rhost = "192.0.2.7";
	l.tty = "ssh";
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_int_eq(sealed(), 1);
	opens("alice", code, false);
}
END_TEST

START_TEST(anothers_envelope)
{
	struct login l;

	glass_world();
	l = at_console("bob", seal("alice", ALICE_UID));
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_int_eq(sealed(), 1);
}
END_TEST

static const char *const elsewhere[] = { "su", "sudo", "polkit-1",
    "sekisho-locker", "sekisho-helper", "sekisho-witness", "vlock" };

START_TEST(never_where_one_becomes_another_or_proves_an_act)
{
	struct login l;
	const char *code;

	glass_world();
	code = seal("alice", ALICE_UID);
	l = at_console("alice", code);
	l.service = elsewhere[_i];
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_int_eq(sealed(), 1);
	opens("alice", code, false);
}
END_TEST

static void
as_bob(void *code)
{
	struct login l = at_console("alice", code);

	l.service = "login";
	run(&l);
	_exit(l.auth == PAM_SUCCESS || sealed() != 1);
}

START_TEST(never_by_a_setuid_program_of_somebodys)
{
	char code[SEK_GLASS_TEXT];

	glass_world();
	world_install_worker();
	(void)snprintf(code, sizeof(code), "%s", seal("alice", ALICE_UID));
	ck_assert_int_eq(login_as_caller(BOB_UID, as_bob, code), 0);
}
END_TEST

START_TEST(who_is_barred_opens_none)
{
	struct login l;
	const char *code;

	glass_world();
	code = seal("alice", ALICE_UID);
	world_suspend("alice");
	l = at_console("alice", code);
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_int_eq(sealed(), 1);
	code = seal("bob", BOB_UID);
	l = at_console("bob", code);
	l.service = "sshd";
	l.tty = "ssh";
	l.rhost = "198.51.100.1";
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	world_policy("[terminal]\nallow_users = carol\n");
	l = at_console("bob", code);
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_int_eq(sealed(), 2);
	/* Also where the store cannot be asked. */
	ck_assert_int_eq(rename(world_path("store"), world_path("away")), 0);
	new_boot();
	l = at_console("bob", code);
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(sealed(), 2);
	/* It was the first prompt. */
	ck_assert(!login_was_told(&l, "first prompt"));
}
END_TEST

START_TEST(typed_where_the_code_is_asked)
{
	struct login l;
	const char *code;

	glass_world();
	code = seal("alice", ALICE_UID);
	l = login_of("alice", "wrong", code);
	l.tty = "tty1";
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_int_eq(sealed(), 1);
	ck_assert(!login_was_told(&l, "envelope"));
	l.password = PASSWORD;
	run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_int_eq(sealed(), 0);
}
END_TEST

START_TEST(a_slip_of_the_pen_is_told_and_costs_no_try)
{
	char slip[SEK_GLASS_TEXT];
	const char *code;
	struct login l;
	int i;

	glass_world();
	code = seal("alice", ALICE_UID);
	(void)snprintf(slip, sizeof(slip), "%s", code);
	slip[0] = slip[0] == '7' ? '8' : '7';
	for (i = 0; i < 5; i++) {
		l = at_console("alice", slip);
		run(&l);
		ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
		ck_assert(login_was_told(&l, "mistyped"));
	}
	/* To nobody in particular it is told as well. */
	l = at_console("carol", slip);
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "mistyped"));
	opens("alice", code, false);
}
END_TEST

/* No backend sees it, and it does not stay in PAM_AUTHTOK: pam_exec, which
 * hands that on, has to ask for a password itself. */
START_TEST(what_was_typed_goes_nowhere)
{
	struct login l;

	glass_world();
	world_service("counting", "auth required @lockout\n"
	    "auth required @password " COUNT_BACKEND "\n"
	    "auth required @oath\nauth required @ticket\n"
	    "auth required @gate\n"
	    "auth optional pam_exec.so quiet expose_authtok /bin/true\n"
	    COUNT_ACCOUNT_LINES);
	l = at_console("alice", seal("alice", ALICE_UID));
	l.service = "counting";
	l.phases = LOGIN_IN;
	run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_uint_eq(world_count(), 0);
	l = at_console("alice", wrong_code());
	l.service = "counting";
	run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_count(), 0);
	/* It does show what does stay. */
	l = at_console("alice", PASSWORD);
	l.service = "counting";
	l.code = world_hotp_code("alice", 0);
	l.phases = LOGIN_IN;
	run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_uint_eq(world_count(), 1);
}
END_TEST

/* -------------------------------------------------------- other stacks -- */

START_TEST(a_stack_without_the_tickets_line)
{
	struct login l;

	glass_world();
	world_service("old", "auth required @lockout\n"
	    "auth required @password backend=pam_unix.so\n"
	    "auth required @oath\nauth required @gate\n"
	    ACCOUNT_LINES SESSION_LINES);
	if (_i == 1)
		ck_assert_int_eq(rename(world_path("store"),
		    world_path("away")), 0);
	l = at_console("alice", seal("alice", ALICE_UID));
	l.service = "old";
	run(&l);
	ck_assert_int_eq(l.auth, _i == 1 ? PAM_AUTHINFO_UNAVAIL :
	    PAM_AUTH_ERR);
	ck_assert_int_eq(sealed(), 1);
	if (_i == 0)
		ck_assert_uint_eq(world_failures("alice"), 1);
}
END_TEST

/* The gate's line is lost: whatever is typed, in whatever state. */
static const char *const gateless[] = {
	"auth required @lockout\n"
	"auth required @password backend=pam_unix.so\n"
	"auth required @oath\nauth required @ticket\n",
	"auth required @lockout\n"
	"auth required @password backend=pam_unix.so\n"
	"auth required @oath\nauth required @ticket\n"
	"auth required pam_permit.so\n",
	"auth required @lockout\nauth sufficient pam_unix.so\n"
	"auth required @password backend=pam_unix.so\n"
	"auth required @oath\nauth required @ticket\nauth required @gate\n"
};

START_TEST(no_line_lost_or_put_in_opens_by_a_form)
{
	static const char *const typed[] = { PASSWORD, "wrong", NULL };
	struct login l;
	unsigned i, j, k;
	char text[1024];

	glass_world();
	(void)seal("alice", ALICE_UID);
	for (i = 0; i < sizeof(gateless) / sizeof(gateless[0]); i++) {
		(void)snprintf(text, sizeof(text), "%s" ACCOUNT_LINES
		    SESSION_LINES, gateless[i]);
		world_service("odd", text);
		for (j = 0; j < 3; j++)
			for (k = 0; k < 4; k++) {
				if (k == 1)
					world_policy("broken");
				else if (k == 2) {
					world_policy("");
					ck_assert_int_eq(rename(
					    world_path("store"),
					    world_path("away")), 0);
				} else if (k == 3)
					ck_assert_int_eq(rename(
					    world_path("away"),
					    world_path("store")), 0);
				l = login_of("alice", typed[j] != NULL ?
				    typed[j] : wrong_code(), "000000");
				l.service = "odd";
				l.tty = "tty1";
				l.phases = LOGIN_ALL;
				run(&l);
				ck_assert_msg(!login_is_in(&l) &&
				    l.open != PAM_SUCCESS, "%u %u %u", i, j,
				    k);
			}
	}
	ck_assert_int_eq(sealed(), 1);
}
END_TEST

/* Opened by hand where the gate's line is lost: spent, and nobody is in. */
START_TEST(the_gate_alone_says_yes)
{
	struct login l;
	char text[1024];

	glass_world();
	if (_i == 1)
		ck_assert_int_eq(rename(world_path("store"),
		    world_path("away")), 0);
	(void)snprintf(text, sizeof(text), "%s" ACCOUNT_LINES SESSION_LINES,
	    gateless[1]);
	world_service("odd", text);
	l = at_console("alice", seal("alice", ALICE_UID));
	l.service = "odd";
	run(&l);
	ck_assert(!login_is_in(&l));
	ck_assert_int_ne(l.open, PAM_SUCCESS);
}
END_TEST

/* ------------------------------------------- the process of the session -- */

/* sshd: auth and account in a child, the session in its parent. */
static void
session_in_parent(const char *code, bool stale)
{
	struct login child = at_console("alice", code), parent;
	char env[128];
	int out[2], status;
	pid_t pid;
	ssize_t n;

	child.phases = LOGIN_IN;
	child.service = "sshd";
	child.tty = "ssh";
	child.rhost = "192.0.2.7";
	ck_assert_int_eq(pipe(out), 0);
	if ((pid = fork()) == 0) {
		run(&child);
		(void)!write(out[1], child.admission,
		    strlen(child.admission));
		_exit(!login_is_in(&child));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	(void)snprintf(env, sizeof(env), "SEKISHO_ADMISSION=");
	n = read(out[0], env + strlen(env), 64);
	ck_assert_int_ge(n, 14);
	env[18 + n] = '\0';
	if (stale)
		world_clock_ahead += 601;
	parent = at_console("alice", NULL);
	parent.service = "sshd";
	parent.rhost = "192.0.2.7";
	parent.phases = LOGIN_SESSION;
	login_start(&parent);
	ck_assert_int_eq(pam_putenv(parent.pamh, env), PAM_SUCCESS);
	login_phases(&parent);
	ck_assert_int_eq(parent.open, stale ? PAM_PERM_DENIED : PAM_SUCCESS);
	/* It is taken once. */
	login_phases(&parent);
	ck_assert_int_eq(parent.open, PAM_PERM_DENIED);
	login_end(&parent);
}

START_TEST(a_session_in_the_parents_process)
{
	glass_world();
	if (_i == 1)
		ck_assert_int_eq(rename(world_path("store"),
		    world_path("away")), 0);
	session_in_parent(seal("alice", ALICE_UID), false);
}
END_TEST

START_TEST(a_session_too_late)
{
	glass_world();
	ck_assert_int_eq(rename(world_path("store"), world_path("away")), 0);
	session_in_parent(seal("alice", ALICE_UID), true);
}
END_TEST

/* A name for it in the environment is not enough. */
START_TEST(no_session_by_a_word)
{
	static const char *const words[] = { "glass:", "glass:01234567",
	    "glass:../../x", "glass:01234567:", "glass:01234567:00",
	    "glass:01234567:0123456789abcdef0123456789abcdef0123456789" };
	struct login l;
	char env[128];

	glass_world();
	if (_i % 2 == 1)
		ck_assert_int_eq(rename(world_path("store"),
		    world_path("away")), 0);
	l = at_console("alice", NULL);
	l.phases = LOGIN_SESSION;
	(void)snprintf(env, sizeof(env), "SEKISHO_ADMISSION=%s",
	    words[_i / 2]);
	login_start(&l);
	ck_assert_int_eq(pam_putenv(l.pamh, env), PAM_SUCCESS);
	login_phases(&l);
	ck_assert_int_eq(l.open, PAM_PERM_DENIED);
	login_end(&l);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("glass");
	TCase *c;

	c = world_case(s, "store", 300);
	tcase_add_test(c, no_store_at_all);
	tcase_add_test(c, a_store_overwritten);
	tcase_add_test(c, a_store_whose_header_is_overwritten);
	tcase_add_test(c, a_row_changed_by_other_means);
	tcase_add_test(c, no_key);
	tcase_add_test(c, a_store_of_another_machine);
	tcase_add_test(c, a_read_only_disk);
	tcase_add_test(c, a_store_held_by_another_for_ever);
	tcase_add_test(c, a_full_disk);
	tcase_add_test(c, a_report_is_due_as_soon_as_the_store_is_mended);
	c = world_case(s, "policy", 120);
	tcase_add_loop_test(c, a_policy_that_does_not_load, 0,
	    (int)(sizeof(broken) / sizeof(broken[0])));
	tcase_add_test(c, a_policy_others_may_write);
	tcase_add_test(c, no_policy);
	tcase_add_test(c, no_value_of_a_broken_policy_is_used);
	c = world_case(s, "well", 300);
	tcase_add_test(c, a_locked_account_opens_by_it_and_by_nothing_else);
	tcase_add_test(c, an_account_nobody_knows_the_password_of);
	tcase_add_test(c, one_opens_once);
	tcase_add_test(c, one_that_a_backup_brings_back_opens_nothing);
	tcase_add_loop_test(c, of_fifty_at_once_one_gets_in, 0, 2);
	tcase_add_test(c, wrong_ones_are_throttled_and_the_console_apart);
	tcase_add_test(c, anothers_envelope);
	tcase_add_loop_test(c,
	    never_where_one_becomes_another_or_proves_an_act, 0,
	    (int)(sizeof(elsewhere) / sizeof(elsewhere[0])));
	tcase_add_test(c, never_by_a_setuid_program_of_somebodys);
	tcase_add_test(c, who_is_barred_opens_none);
	tcase_add_test(c, typed_where_the_code_is_asked);
	tcase_add_test(c, a_slip_of_the_pen_is_told_and_costs_no_try);
	tcase_add_test(c, what_was_typed_goes_nowhere);
	c = world_case(s, "stacks", 120);
	tcase_add_loop_test(c, a_stack_without_the_tickets_line, 0, 2);
	tcase_add_test(c, no_line_lost_or_put_in_opens_by_a_form);
	tcase_add_loop_test(c, the_gate_alone_says_yes, 0, 2);
	c = world_case(s, "session", 60);
	tcase_add_loop_test(c, a_session_in_the_parents_process, 0, 2);
	tcase_add_test(c, a_session_too_late);
	tcase_add_loop_test(c, no_session_by_a_word, 0, 12);
	return (world_main(s));
}
