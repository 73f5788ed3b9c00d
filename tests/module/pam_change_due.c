/*
 * pam_change_due.c - a change that is due, and one that was killed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/flow/change_password.h"
#include "tests/module/harness.h"

#define ETC_BYTES	(256u * 1024u)
#define FRESH		"kumo-no-ue-73 akari"
#define OTHER		"nagai michi 58 tsuki"
#define DAY		86400

#define UNIX	"password required @password backend=pam_unix.so " \
	"sha512 rounds=1000\n"

static uint64_t counter;	/* of alice's token */

static void
begin(const char *policy)
{
	char text[2048];

	counter = 0;
	world_private_etc(ETC_BYTES);
	world_install_quality();
	world_install_worker();
	(void)snprintf(text, sizeof text, "[password]\nblocklist = %s\n%s",
	    world_path("blocklist"), policy);
	world_policy(text);
	world_service("passwd", UNIX);
	world_service("login", AUTH_LINES ACCOUNT_LINES SESSION_LINES UNIX);
	world_service("sudo", AUTH_LINES ACCOUNT_LINES SESSION_LINES UNIX);
	world_service(SEK_CHANGE_SERVICE, UNIX);
	(void)world_hotp("alice");
}

/* A login of alice's, who changes her password where she is told to. */
static struct login
login(const char *password, const char *fresh)
{
	struct login l = login_of("alice", password,
	    world_hotp_code("alice", counter));

	l.fresh = fresh;
	l.phases = LOGIN_ALL | LOGIN_CHANGE;
	login_run(&l);
	if (l.auth == PAM_SUCCESS)
		counter++;
	return (l);
}

static int
set_by_root(const char *user, const char *fresh)
{
	struct login l = login_of(user, NULL, NULL);

	l.service = "passwd";
	l.phases = LOGIN_CHANGE;
	l.fresh = fresh;
	login_run(&l);
	return (l.change);
}

static struct sek_password
known(const char *user)
{
	static struct sek_password_of_out out;
	struct sek_store *st = world_store();
	struct sek_password_of in;

	memset(&in, 0, sizeof in);
	memset(&out, 0, sizeof out);
	(void)snprintf(in.who.name, sizeof in.who.name, "%s", user);
	in.who.uid = ALICE_UID;
	in.who.known = 1;
	ck_assert_int_eq(sek_store_password_of(st, &in, &out), SEK_OK);
	sek_store_free(&st);
	return (out.password);
}

static void
must(enum sek_password_must what)
{
	struct sek_store *st = world_store();
	struct sek_password_seen seen;
	struct sek_record actor;

	memset(&seen, 0, sizeof seen);
	memset(&actor, 0, sizeof actor);
	actor.count = 1;
	(void)snprintf(seen.who.name, sizeof seen.who.name, "alice");
	seen.who.uid = ALICE_UID;
	seen.who.known = 1;
	ck_assert_int_eq(sek_store_password_must(st, &seen, what, &actor),
	    SEK_OK);
	sek_store_free(&st);
}

/* usermod -p, chage -d: by sed. */
static void
edit_shadow(const char *script)
{
	const char *const argv[] = { "/bin/sed", "-i", script, "/etc/shadow",
	    NULL };

	ck_assert_int_eq(world_run(argv), 0);
}

/* ----------------------------------------------------------------- due -- */

/* Logins by it are counted, a sudo is none of them. */
START_TEST(a_password_used_often_enough_is_changed)
{
	struct login l;

	begin("max_uses = 2\n");
	ck_assert_int_eq(set_by_root("alice", FRESH), PAM_SUCCESS);
	ck_assert_int_eq(login(FRESH, NULL).account, PAM_SUCCESS);
	ck_assert_int_eq(known("alice").uses, 1);
	l = login_of("alice", FRESH, world_hotp_code("alice", counter));
	l.service = "sudo";
	login_run(&l);
	ck_assert(login_is_in(&l));
	counter++;
	ck_assert_int_eq(known("alice").uses, 1);
	l = login(FRESH, OTHER);
	ck_assert_int_eq(l.account, PAM_NEW_AUTHTOK_REQD);
	ck_assert(login_was_told(&l, "as often as it may be"));
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	l = login(OTHER, NULL);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_int_eq(known("alice").uses, 1);
	ck_assert_int_eq(login(FRESH, NULL).auth, PAM_AUTH_ERR);
}
END_TEST

START_TEST(a_password_of_age_is_changed)
{
	struct login l;

	begin("max_age = 30d\nprivileged_max_age = 20d\nmax_age_spread = 0\n");
	ck_assert_int_eq(set_by_root("alice", FRESH), PAM_SUCCESS);
	world_clock_ahead = 29 * DAY;
	ck_assert_int_eq(login(FRESH, NULL).account, PAM_SUCCESS);
	world_clock_ahead = 31 * DAY;
	l = login(FRESH, NULL);		/* nothing new comes to mind */
	ck_assert_int_eq(l.account, PAM_NEW_AUTHTOK_REQD);
	ck_assert(login_was_told(&l, "reached its age"));
	ck_assert_int_ne(l.change, PAM_SUCCESS);
	ck_assert_int_eq(l.open, LOGIN_NOT_RUN);
	l = login(FRESH, FRESH);	/* nor is it the same once more */
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	l = login(FRESH, OTHER);
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert_int_eq(login(OTHER, NULL).account, PAM_SUCCESS);
}
END_TEST

/* Whoever comes without proof is not let in by it: an application takes
 * "change it" for a yes. */
START_TEST(it_is_due_after_proof_alone)
{
	struct login l;

	begin("");
	(void)login(PASSWORD, NULL);
	must(SEK_MUST_EXPIRED);
	l = login_of("alice", NULL, NULL);
	l.service = "sshd";
	l.phases = LOGIN_ACCOUNT;
	login_run(&l);
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	l.service = "cron";
	login_run(&l);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	l.service = "su";
	login_run(&l);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	l = login(PASSWORD, FRESH);
	ck_assert_int_eq(l.account, PAM_NEW_AUTHTOK_REQD);
	ck_assert_int_eq(l.change, PAM_SUCCESS);
}
END_TEST

START_TEST(a_password_others_know_never_comes_again)
{
	struct login l;

	begin("history = 1\nmin_age = 0\n");
	(void)login(PASSWORD, NULL);
	ck_assert_int_eq(set_by_root("alice", FRESH), PAM_SUCCESS);
	must(SEK_MUST_COMPROMISED);
	l = login(FRESH, OTHER);
	ck_assert_int_eq(l.account, PAM_NEW_AUTHTOK_REQD);
	ck_assert(login_was_told(&l, "known to others"));
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert_int_eq(set_by_root("alice", "haru-ni wa 4 kiiro"),
	    PAM_SUCCESS);
	/* Older than the history is long, it still is no choice. */
	ck_assert_int_eq(set_by_root("alice", FRESH),
	    PAM_AUTHTOK_ERR);
	ck_assert_int_eq(set_by_root("alice", OTHER), PAM_SUCCESS);
}
END_TEST

static int
temporary(const char *fresh, int64_t until)
{
	struct login l = login_of("alice", NULL, NULL);

	l.service = SEK_CHANGE_SERVICE;
	l.phases = LOGIN_CHANGE;
	l.fresh = fresh;
	login_start(&l);
	ck_assert_int_eq(sek_change_temporary(l.pamh, until), SEK_OK);
	login_phases(&l);
	login_end(&l);
	return (l.change);
}

static int64_t
in_a_day(void)
{
	struct sek_moment now;

	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	return (now.wall + DAY * SEK_SECOND);
}

START_TEST(a_temporary_one_opens_a_login_that_changes_it)
{
	struct login l;

	begin("");
	ck_assert_int_eq(temporary("kzwm-tjrv-8ghp", in_a_day()),
	    PAM_SUCCESS);
	ck_assert_int_eq(known("alice").must, SEK_MUST_TEMPORARY);
	l = login("kzwm-tjrv-8ghp", FRESH);
	ck_assert_int_eq(l.account, PAM_NEW_AUTHTOK_REQD);
	ck_assert(login_was_told(&l, "temporary password"));
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert_int_eq(known("alice").must, SEK_MUST_NOT);
	ck_assert_int_eq(known("alice").temporary_until, 0);
	ck_assert_int_eq(login(FRESH, NULL).account, PAM_SUCCESS);
	/* It went into the history. */
	ck_assert_int_eq(set_by_root("alice", "kzwm-tjrv-8ghp"),
	    PAM_AUTHTOK_ERR);
}
END_TEST

START_TEST(a_temporary_one_that_is_over_opens_nothing)
{
	struct login l;

	begin("");
	ck_assert_int_eq(temporary("kzwm-tjrv-8ghp", in_a_day()),
	    PAM_SUCCESS);
	world_clock_ahead = 2 * DAY;
	l = login("kzwm-tjrv-8ghp", FRESH);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_records(SEK_EVENT_REFUSE,
	    SEK_REASON_PASSWORD_OVER), 1);
	ck_assert_uint_eq(world_failures("alice"), 0);
	/* Nor may it be changed by who has it. */
	l = login_of("alice", "kzwm-tjrv-8ghp", NULL);
	l.service = "passwd";
	l.phases = LOGIN_CHANGE;
	l.fresh = FRESH;
	login_run_as(&l, ALICE_UID);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	/* Another one, by another hand, opens again. */
	edit_shadow("s/^alice:.*//;/^$/d;/^bob:/{p;s/^bob/alice/}");
	ck_assert_int_eq(login(PASSWORD, NULL).account, PAM_SUCCESS);
	ck_assert_uint_eq(world_records(SEK_EVENT_PASSWORD_OUTSIDE,
	    SEK_REASON_NONE), 1);
}
END_TEST

/* The word for it counts in the tool's own service alone. */
START_TEST(no_other_service_makes_temporary_ones)
{
	struct login l = login_of("alice", NULL, NULL);

	begin("");
	l.service = "passwd";
	l.phases = LOGIN_CHANGE;
	l.fresh = FRESH;
	login_start(&l);
	ck_assert_int_eq(sek_change_temporary(l.pamh, in_a_day()), SEK_OK);
	login_phases(&l);
	login_end(&l);
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert_int_eq(known("alice").must, SEK_MUST_NOT);
}
END_TEST

/* ------------------------------------------------------------- outside -- */

START_TEST(a_change_by_another_hand_is_noticed)
{

	begin("");
	ck_assert_int_eq(set_by_root("alice", FRESH), PAM_SUCCESS);
	ck_assert_int_eq(login(FRESH, NULL).account, PAM_SUCCESS);
	ck_assert_uint_eq(world_records(SEK_EVENT_PASSWORD_OUTSIDE,
	    SEK_REASON_NONE), 0);
	/* bob's hash is alice's now. */
	edit_shadow("s/^alice:.*//;/^$/d;/^bob:/{p;s/^bob/alice/}");
	ck_assert_int_eq(login(PASSWORD, NULL).account, PAM_SUCCESS);
	ck_assert_uint_eq(world_records(SEK_EVENT_PASSWORD_OUTSIDE,
	    SEK_REASON_NONE), 1);
	ck_assert_uint_eq(known("alice").outside, 1);
	ck_assert_int_eq(login(PASSWORD, NULL).account, PAM_SUCCESS);
	ck_assert_uint_eq(world_records(SEK_EVENT_PASSWORD_OUTSIDE,
	    SEK_REASON_NONE), 1);
	/* And is no choice any more. */
	ck_assert_int_eq(set_by_root("alice", PASSWORD),
	    PAM_AUTHTOK_ERR);
}
END_TEST

START_TEST(what_chage_says_is_due_is_changed_at_once)
{
	struct login l;

	begin("min_age = 1d\n");
	ck_assert_int_eq(set_by_root("alice", FRESH), PAM_SUCCESS);
	edit_shadow("s/^\\(alice:[^:]*\\):[^:]*:/\\1:0:/");
	l = login(FRESH, OTHER);
	ck_assert_int_eq(l.account, PAM_NEW_AUTHTOK_REQD);
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert_int_eq(login(OTHER, NULL).account, PAM_SUCCESS);
}
END_TEST

/* The day is not the password: nothing that was said of it goes by it. */
START_TEST(what_chage_says_clears_nothing)
{
	struct login l;

	begin("min_age = 0\n");
	ck_assert_int_eq(temporary("kzwm-tjrv-8ghp", in_a_day()),
	    PAM_SUCCESS);
	edit_shadow("s/^\\(alice:[^:]*\\):[^:]*:/\\1:19000:/");
	l = login("kzwm-tjrv-8ghp", NULL);
	ck_assert_int_eq(l.account, PAM_NEW_AUTHTOK_REQD);
	ck_assert_int_eq(known("alice").must, SEK_MUST_TEMPORARY);
	ck_assert_int_ne(known("alice").temporary_until, 0);
	ck_assert_uint_eq(known("alice").outside, 0);
	/* usermod -L, -U */
	edit_shadow("s/^alice:/alice:!/");
	edit_shadow("s/^alice:!/alice:/");
	must(SEK_MUST_COMPROMISED);
	edit_shadow("s/^\\(alice:[^:]*\\):[^:]*:/\\1:0:/");
	l = login("kzwm-tjrv-8ghp", "kzwm-tjrv-8ghp");
	ck_assert_int_eq(l.account, PAM_NEW_AUTHTOK_REQD);
	ck_assert_int_ne(l.change, PAM_SUCCESS);
	ck_assert_int_eq(known("alice").must, SEK_MUST_COMPROMISED);
	l = login("kzwm-tjrv-8ghp", FRESH);
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert_int_eq(known("alice").must, SEK_MUST_NOT);
	ck_assert_int_eq(login(FRESH, NULL).account, PAM_SUCCESS);
}
END_TEST

/* -------------------------------------------------------------- killed -- */

static bool
is_write(uint64_t call)
{
	switch (call) {
	case SYS_write:
	case SYS_pwrite64:
	case SYS_fsync:
	case SYS_fdatasync:
	case SYS_rename:
	case SYS_renameat:
	case SYS_renameat2:
	case SYS_unlink:
	case SYS_unlinkat:
	case SYS_ftruncate:
	case SYS_fallocate:
	case SYS_fchmod:
	case SYS_fchown:
		return (true);
	default:
		return (false);
	}
}

static void
be_traced(const char *fresh)
{

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(99);
	(void)raise(SIGSTOP);
	_exit(set_by_root("alice", fresh) == PAM_SUCCESS ? 0 : 1);
}

/* root's passwd, killed before its n-th write; false: it came to its end. */
static bool
killed_at(unsigned n, const char *fresh)
{
	struct __ptrace_syscall_info info;
	int status, deliver = 0;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		be_traced(fresh);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSTOPPED(status));
	ck_assert_int_eq(ptrace(PTRACE_SETOPTIONS, pid, NULL,
	    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL), 0);
	for (;;) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, deliver),
		    0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		if (!WIFSTOPPED(status))
			break;
		deliver = 0;
		if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
			deliver = WSTOPSIG(status);
			continue;
		}
		ck_assert_int_gt(ptrace(PTRACE_GET_SYSCALL_INFO, pid,
		    sizeof info, &info), 0);
		if (info.op == (uint8_t)PTRACE_SYSCALL_INFO_ENTRY &&
		    is_write(info.entry.nr) && n-- == 0) {
			ck_assert_int_eq(kill(pid, SIGKILL), 0);
			ck_assert_int_eq(waitpid(pid, &status, 0), pid);
			return (true);
		}
	}
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	return (false);
}

/* What is there, after any of its deaths: one password opens, the store has it
 * for the present one and in the history, and nothing is between. */
static bool
took(const char *before, const char *fresh)
{
	struct sek_store *st;
	struct sek_password_history in;
	struct sek_password_history_out page;
	struct login l = login(fresh, NULL);
	bool new = l.auth == PAM_SUCCESS;
	uint32_t i;

	world_unlock("alice");
	if (!new)
		l = login(before, NULL);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_uint_eq(world_records(SEK_EVENT_PASSWORD_OUTSIDE,
	    SEK_REASON_NONE), 0);
	memset(&in, 0, sizeof in);
	(void)snprintf(in.who.name, sizeof in.who.name, "alice");
	st = world_store();
	ck_assert_int_eq(sek_store_password_history(st, &in, &page), SEK_OK);
	sek_store_free(&st);
	ck_assert_uint_gt(page.n, 0);
	for (i = 0; i < page.n; i++)
		ck_assert_uint_eq(page.entry[i].pending, 0);
	/* It is the history's newest, and it is known. */
	ck_assert_int_eq(set_by_root("alice", new ? fresh : before),
	    PAM_AUTHTOK_ERR);
	return (new);
}

START_TEST(a_change_killed_at_any_write_is_done_or_not)
{
	char before[64] = FRESH, fresh[64];
	unsigned n = 0, done = 0, not = 0;
	bool more = true;

	begin("history = 4\nmin_age = 0\n");
	ck_assert_int_eq(set_by_root("alice", FRESH), PAM_SUCCESS);
	ck_assert_int_eq(login(FRESH, NULL).account, PAM_SUCCESS);
	for (; more; n++) {
		(void)snprintf(fresh, sizeof fresh, "aki %03u no 77 kaze",
		    n * 37 % 1000);
		more = killed_at(n, fresh);
		if (took(before, fresh)) {
			done += more;
			memcpy(before, fresh, sizeof before);
		} else
			not += more;
		ck_assert(more || strcmp(before, fresh) == 0);
	}
	/* Both were seen: it was killed on both sides of the instant. */
	ck_assert_uint_gt(done, 0);
	ck_assert_uint_gt(not, 0);
	world_check_store();
}
END_TEST

/* ------------------------------------------------------------- stopped -- */

/* Where it looks at what the backend keeps now: before it reads that, and
 * before it tells the store. */
enum point {
	BEFORE_LOOK = 0,
	BEHIND_LOOK
};

static bool
is_shadow(pid_t pid, uint64_t address)
{
	char path[16] = "";
	struct iovec to = { path, sizeof "/etc/shadow" };
	struct iovec from = { (void *)(uintptr_t)address, to.iov_len };

	return (process_vm_readv(pid, &to, 1, &from, 1, 0) ==
	    (ssize_t)to.iov_len && strcmp(path, "/etc/shadow") == 0);
}

/* Runs it up to there. */
static void
stop_at(pid_t pid, enum point point)
{
	struct __ptrace_syscall_info info;
	bool written = false, opened = false;
	int status, deliver = 0;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSTOPPED(status));
	ck_assert_int_eq(ptrace(PTRACE_SETOPTIONS, pid, NULL,
	    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL), 0);
	for (;;) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, deliver),
		    0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_msg(WIFSTOPPED(status), "it never came there");
		deliver = WSTOPSIG(status) != (SIGTRAP | 0x80) ?
		    WSTOPSIG(status) : 0;
		if (deliver != 0)
			continue;
		ck_assert_int_gt(ptrace(PTRACE_GET_SYSCALL_INFO, pid,
		    sizeof info, &info), 0);
		if (info.op != (uint8_t)PTRACE_SYSCALL_INFO_ENTRY)
			continue;
		if (opened && info.entry.nr == SYS_close)
			return;
		if (written && info.entry.nr == SYS_openat &&
		    is_shadow(pid, info.entry.args[1])) {
			if (point == BEFORE_LOOK)
				return;
			opened = true;
		}
		if (info.entry.nr == SYS_rename ||
		    info.entry.nr == SYS_renameat ||
		    info.entry.nr == SYS_renameat2)
			written = true;
	}
}

/* A change that waits there while root makes a temporary one, goes on, and
 * takes nothing of that back. */
static void
outrun(enum point point, const char *mine, const char *roots)
{
	struct login l;
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		be_traced(mine);
	stop_at(pid, point);
	ck_assert_int_eq(temporary(roots, in_a_day()), PAM_SUCCESS);
	ck_assert_int_eq(ptrace(PTRACE_DETACH, pid, NULL, 0), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_int_eq(known("alice").must, SEK_MUST_TEMPORARY);
	ck_assert_int_ne(known("alice").temporary_until, 0);
	l = login(roots, NULL);
	ck_assert_int_eq(l.account, PAM_NEW_AUTHTOK_REQD);
	ck_assert_int_eq(known("alice").must, SEK_MUST_TEMPORARY);
	ck_assert_uint_eq(world_records(SEK_EVENT_PASSWORD_OUTSIDE,
	    SEK_REASON_NONE), 0);
	/* Nor is its own lost. */
	ck_assert_int_eq(set_by_root("alice", mine), PAM_AUTHTOK_ERR);
}

START_TEST(a_change_that_is_late_takes_no_other_back)
{

	begin("min_age = 0\n");
	ck_assert_int_eq(set_by_root("alice", FRESH), PAM_SUCCESS);
	outrun(BEFORE_LOOK, "aki 123 no 77 kaze", "kzwm-tjrv-8ghp");
	outrun(BEHIND_LOOK, "fuyu 481 to 92 hoshi", "tqbn-wxlm-4rdz");
	world_check_store();
}
END_TEST

/* --------------------------------------------------------------- twins -- */

/* adminA is alice's other account. */
static void
enrol_twin(void)
{
	struct sek_enrol *in = calloc(1, sizeof *in);
	struct sek_store *st = world_store();
	struct sek_record actor;

	ck_assert_ptr_nonnull(in);
	memset(&actor, 0, sizeof actor);
	actor.count = 1;
	(void)snprintf(in->account.name, SEK_NAME_MAX, "adminA");
	(void)snprintf(in->account.person, SEK_NAME_MAX, "alice");
	(void)snprintf(in->person.id, SEK_NAME_MAX, "alice");
	(void)snprintf(in->authenticator.person, SEK_NAME_MAX, "alice");
	in->account.uid = 1010;
	in->account.privileged = 1;
	in->authenticator.method = SEK_METHOD_HOTP;
	in->authenticator.oath.digits = 6;
	in->key_len = 20;
	in->proved = 1;
	ck_assert_int_eq(sek_store_enrol(st, in, &actor), SEK_OK);
	free(in);
	sek_store_free(&st);
}

/* 6(4)(2)-ka: not the one of his privileged account. */
START_TEST(one_person_has_no_password_twice)
{
	struct login l;

	begin("");
	enrol_twin();
	ck_assert_int_eq(set_by_root("adminA", FRESH), PAM_SUCCESS);
	ck_assert_int_eq(set_by_root("alice", FRESH), PAM_AUTHTOK_ERR);
	ck_assert_uint_eq(world_records(SEK_EVENT_PASSWORD_SET,
	    SEK_REASON_UNFIT), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_PASSWORD_SET,
	    SEK_FIELD_DETAIL), "other");
	/* Nor is it told before the new one is his: no guess is free. */
	l = login_of("alice", NULL, NULL);
	l.service = "passwd";
	l.phases = LOGIN_CHANGE;
	l.fresh = FRESH;
	l.again = OTHER;
	login_run(&l);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert(!login_was_told(&l, "another account"));
	/* Of another person it is no matter. */
	ck_assert_int_eq(set_by_root("bob", FRESH), PAM_SUCCESS);
}
END_TEST

/* ------------------------------------------------------------- dormant -- */

START_TEST(a_dormant_account_is_refused_where_policy_says_so)
{
	struct login l;

	begin("\n[account]\ndormant_after = 30d\ndormant = refuse\n");
	ck_assert_int_eq(login(PASSWORD, NULL).account, PAM_SUCCESS);
	world_clock_ahead = 31 * DAY;
	l = login(PASSWORD, NULL);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_records(SEK_EVENT_REFUSE,
	    SEK_REASON_DORMANT), 1);
	/* A sudo is of a session that is there. */
	l = login_of("alice", PASSWORD, world_hotp_code("alice", counter));
	l.service = "sudo";
	login_run(&l);
	ck_assert(login_is_in(&l));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pam_change_due");
	TCase *c = world_case(s, "due", 300);

	tcase_add_test(c, a_password_used_often_enough_is_changed);
	tcase_add_test(c, a_password_of_age_is_changed);
	tcase_add_test(c, it_is_due_after_proof_alone);
	tcase_add_test(c, a_password_others_know_never_comes_again);
	tcase_add_test(c, a_temporary_one_opens_a_login_that_changes_it);
	tcase_add_test(c, a_temporary_one_that_is_over_opens_nothing);
	tcase_add_test(c, no_other_service_makes_temporary_ones);
	tcase_add_test(c, a_change_by_another_hand_is_noticed);
	tcase_add_test(c, what_chage_says_is_due_is_changed_at_once);
	tcase_add_test(c, what_chage_says_clears_nothing);
	tcase_add_test(c, a_dormant_account_is_refused_where_policy_says_so);
	c = world_case(s, "twins", 300);
	tcase_add_test(c, one_person_has_no_password_twice);
	c = world_case(s, "killed", 1800);
	tcase_add_test(c, a_change_killed_at_any_write_is_done_or_not);
	tcase_add_test(c, a_change_that_is_late_takes_no_other_back);
	return (world_main(s));
}
