/*
 * pam_privilege.c - privileged sessions: who, when, approved by whom, before
 * whom, and that each has an end
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(2)①ウ, 7(2)⑥, 7(1)④; pam-facts 5, 9, 19.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/edge/guard.h"
#include "sekisho/edge/logind.h"
#include "sekisho/edge/unit.h"
#include "sekisho/flow/guard.h"
#include "tests/module/grants.h"
#include "tests/module/installed.h"

/* ------------------------------------------------------ account sources -- */

static bool groups_are_down, accounts_are_down;

/* The program's symbols come first: so a source is down for the modules. */
__attribute__((visibility("default"))) int
getgrnam_r(const char *name, struct group *gr, char *buf, size_t size,
    struct group **found)
{
	int (*real)(const char *, struct group *, char *, size_t,
	    struct group **);
	void *symbol = dlsym(RTLD_NEXT, "getgrnam_r");

	*found = NULL;
	memcpy(&real, &symbol, sizeof real);
	return (groups_are_down ? ECONNREFUSED :
	    real(name, gr, buf, size, found));
}

__attribute__((visibility("default"))) int
getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t size,
    struct passwd **found)
{
	int (*real)(const char *, struct passwd *, char *, size_t,
	    struct passwd **);
	void *symbol = dlsym(RTLD_NEXT, "getpwnam_r");

	*found = NULL;
	memcpy(&real, &symbol, sizeof real);
	return (accounts_are_down ? ECONNREFUSED :
	    real(name, pw, buf, size, found));
}

/* --------------------------------------------------------------- hosts -- */

/* alice has sudo, and policy says so, and more. */
static void
begin(const char *more)
{
	char policy[512];

	world_install_guard();
	(void)snprintf(policy, sizeof policy, "[privilege]\n"
	    "users = adminA adminB adminC alice\n%s", more);
	world_policy(policy);
	(void)world_hotp("alice");
}

/* sudo: who calls it proves himself, and PAM_USER is another by the session.
 * What open_session said; closed again where it opened. */
static int
sudo(struct login *l, const char *target, uint64_t n)
{
	int rc;

	l->service = "sudo";
	l->user = l->ruser = "alice";
	l->password = PASSWORD;
	l->code = world_hotp_code("alice", n);
	l->tty = "/dev/pts/7";
	l->flags = PAM_SILENT;
	login_start(l);
	ck_assert_int_eq(pam_authenticate(l->pamh, l->flags), PAM_SUCCESS);
	ck_assert_int_eq(pam_acct_mgmt(l->pamh, l->flags), PAM_SUCCESS);
	ck_assert_int_eq(pam_set_item(l->pamh, PAM_USER, target),
	    PAM_SUCCESS);
	rc = pam_open_session(l->pamh, l->flags);
	if (rc == PAM_SUCCESS)
		ck_assert_int_eq(pam_close_session(l->pamh, l->flags),
		    PAM_SUCCESS);
	login_end(l);
	return (rc);
}

static int
sudo_root(uint64_t n)
{
	struct login l = login_of("alice", NULL, NULL);

	return (sudo(&l, "root", n));
}

/* Refused, told why, and on record for this reason; no session was opened. */
static void
sudo_is_refused(uint64_t n, enum sek_reason reason, const char *told)
{
	struct login l = login_of("alice", NULL, NULL);
	uint64_t before = world_records(SEK_EVENT_PRIVILEGE, reason);

	ck_assert_int_eq(sudo(&l, "root", n), PAM_PERM_DENIED);
	ck_assert_msg(login_was_told(&l, told), "%s", told);
	ck_assert_uint_eq(world_records(SEK_EVENT_PRIVILEGE, reason),
	    before + 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_PRIVILEGE, SEK_FIELD_SUBJECT),
	    "alice");
	ck_assert_str_eq(world_newest(SEK_EVENT_PRIVILEGE, SEK_FIELD_RESULT),
	    "refused");
}

static void
has_no_login_uid(void)
{
	if (sek_audit_login_uid() != UINT32_MAX)
		world_skip("this process has a login uid: who begins a "
		    "session here is told by that");
}

/* A day that is neither today nor next to it, in Japan. */
static const char *
another_day(void)
{
	static const char *const names[] = { "Sun", "Mon", "Tue", "Wed",
	    "Thu", "Fri", "Sat" };
	int64_t day = (exceptions_now() / SEK_SECOND + 9 * 3600) / 86400;

	return (names[(day + 4 + 3) % 7]);
}

static void
make_contractor(const char *user)
{
	struct sek_store *st = world_store();
	struct sek_record actor;
	struct sek_person p;

	memset(&actor, 0, sizeof actor);
	actor.count = 1;
	ck_assert_int_eq(sek_store_person(st, user, &p), SEK_OK);
	p.contractor = 1;
	ck_assert_int_eq(sek_store_person_edit(st, &p, &actor), SEK_OK);
	sek_store_free(&st);
}

/* user asks for an hour as target, dave gives; the id. uses 0: any number. */
static const char *
granted(const char *user, const char *target, uint32_t uses)
{
	static char id[SEK_ID_MAX];
	struct sek_store *st = world_store();
	struct sek_approval_ask *in = calloc(1, sizeof(*in));
	struct sek_approval_out *out = calloc(1, sizeof(*out));

	ck_assert(in != NULL && out != NULL);
	exceptions_actor(&in->who, st, user, true);
	in->who.roles = 0;
	in->subject_uid = in->who.uid;
	in->target_privileged = 1;
	in->a.kind = SEK_APPROVAL_GRANT;
	(void)snprintf(in->a.key, sizeof(in->a.key), "%s", target);
	(void)snprintf(in->a.value, sizeof(in->a.value), "3600");
	(void)snprintf(in->a.users, sizeof(in->a.users), "%s", user);
	(void)snprintf(in->a.clause, sizeof(in->a.clause), "updates");
	(void)snprintf(in->a.reason, sizeof(in->a.reason), "of this month");
	in->a.not_after = exceptions_now() + 8 * 3600 * SEK_SECOND;
	in->a.uses_max = uses;
	ck_assert_msg(sek_store_approval_ask(st, in, out) == SEK_OK &&
	    out->no == SEK_NO_NONE, "ask: %s %s",
	    sek_approval_no_name((enum sek_approval_no)out->no),
	    sek_store_why(st));
	memcpy(id, out->a.id, sizeof(id));
	free(in);
	free(out);
	sek_store_free(&st);
	grants_decide(id);
	return (id);
}

/* -------------------------------------------------------- who and when -- */

START_TEST(who_is_listed_becomes_root_on_record_and_hears_when_it_ends)
{
	struct login l = login_of("alice", NULL, NULL);

	begin("");
	ck_assert_int_eq(sudo(&l, "root", 0), PAM_SUCCESS);
	ck_assert(login_was_told(&l, "Privileged session: it ends at"));
	ck_assert_uint_eq(world_records(SEK_EVENT_PRIVILEGE,
	    SEK_REASON_NONE), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_PRIVILEGE, SEK_FIELD_SUBJECT),
	    "alice");
	ck_assert_str_eq(world_newest(SEK_EVENT_PRIVILEGE, SEK_FIELD_PERSON),
	    "alice");
	ck_assert_str_eq(world_newest(SEK_EVENT_PRIVILEGE, SEK_FIELD_TARGET),
	    "root");
	ck_assert_str_eq(world_newest(SEK_EVENT_LOGIN, SEK_FIELD_TARGET),
	    "root");
}
END_TEST

START_TEST(who_is_not_listed_does_not_and_hears_why)
{
	begin("");
	world_policy("");
	sudo_is_refused(0, SEK_REASON_NOT_LISTED, "not among those who use");
	ck_assert_uint_eq(world_records(SEK_EVENT_LOGIN, SEK_REASON_NONE), 0);
}
END_TEST

START_TEST(another_name_of_uid_0_is_root)
{
	struct login l = login_of("alice", NULL, NULL);

	begin("");
	world_accounts("toor:x:0:0::/:/bin/sh\n");
	world_policy("");
	ck_assert_int_eq(sudo(&l, "toor", 0), PAM_PERM_DENIED);
	ck_assert_str_eq(world_newest(SEK_EVENT_PRIVILEGE, SEK_FIELD_TARGET),
	    "toor");
}
END_TEST

START_TEST(who_is_no_privileged_one_is_nobodys_business)
{
	struct login l = login_of("alice", NULL, NULL);

	begin("hours = Mon 00:00-00:01\nrequire_grant = yes\n");
	ck_assert_int_eq(sudo(&l, "bob", 0), PAM_SUCCESS);
	ck_assert_uint_eq(world_records(SEK_EVENT_PRIVILEGE,
	    SEK_REASON_NONE), 0);
}
END_TEST

START_TEST(outside_the_hours_none_begins)
{
	char hours[64];

	(void)snprintf(hours, sizeof hours, "hours = %s 08:30-17:15\n",
	    another_day());
	begin(hours);
	sudo_is_refused(0, SEK_REASON_HOURS, "not used at this hour");
}
END_TEST

START_TEST(a_direct_login_is_judged_before_it_is_let_in)
{
	char hours[128];
	struct login l;

	(void)snprintf(hours, sizeof hours, "hours = %s 08:30-17:15\n",
	    another_day());
	begin(hours);
	(void)world_hotp("adminA");
	l = login_of("adminA", PASSWORD, world_hotp_code("adminA", 0));
	l.tty = "tty1";
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	ck_assert(login_was_told(&l, "not used at this hour"));
	ck_assert_uint_eq(world_records(SEK_EVENT_REFUSE, SEK_REASON_HOURS),
	    1);
	world_policy("");
	l = login_of("adminA", PASSWORD, world_hotp_code("adminA", 1));
	l.tty = "tty1";
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
}
END_TEST

START_TEST(a_contractor_needs_a_grant_or_is_never_let)
{
	begin("");
	make_contractor("alice");
	sudo_is_refused(0, SEK_REASON_NO_GRANT, "approved grant only");
	(void)granted("alice", "root", 0);
	ck_assert_int_eq(sudo_root(1), PAM_SUCCESS);
	world_policy("[privilege]\nusers = alice\ncontractors = no\n");
	sudo_is_refused(2, SEK_REASON_CONTRACTOR, "Contractors do not use");
}
END_TEST

/* --------------------------------------------------------------- grants -- */

START_TEST(a_grant_for_one_session_opens_one)
{
	const char *id;

	begin("require_grant = yes\n");
	sudo_is_refused(0, SEK_REASON_NO_GRANT, "sekisho grant request");
	id = granted("alice", "root", 1);
	ck_assert_int_eq(sudo_root(1), PAM_SUCCESS);
	ck_assert_str_eq(world_newest(SEK_EVENT_PRIVILEGE, SEK_FIELD_REF),
	    id);
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_USED,
	    SEK_REASON_NONE), 1);
	sudo_is_refused(2, SEK_REASON_NO_GRANT, "sekisho grant request");
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_USED,
	    SEK_REASON_NONE), 1);
}
END_TEST

START_TEST(a_grant_opens_no_other_privileged_account)
{
	begin("require_grant = yes\n");
	(void)granted("alice", "adminB", 0);
	sudo_is_refused(0, SEK_REASON_NO_GRANT, "sekisho grant request");
}
END_TEST

START_TEST(a_grant_that_is_over_opens_nothing)
{
	begin("require_grant = yes\n");
	(void)granted("alice", "root", 0);
	world_clock_ahead = 8 * 3600 + 1;
	sudo_is_refused(0, SEK_REASON_NO_GRANT, "sekisho grant request");
}
END_TEST

/* ---------------------------------------------------------- two persons -- */

#define CONF	" conf=@world/etc/sekisho.conf\n"
#define PHASE(phase, lines)						\
	phase " required " INSTALLED_MODULE "lockout.so" CONF		\
	phase " required " INSTALLED_MODULE "password.so"		\
	" conf=@world/etc/sekisho.conf backend=pam_unix.so\n" lines	\
	phase " required " INSTALLED_MODULE "gate.so" CONF

/* A witness's own transaction goes by the system's folder. */
static void
begin_two(void)
{
	begin("two_person = yes\n");
	installed_modules();
	world_service("sekisho-witness", PHASE("auth",
	    "auth required " INSTALLED_MODULE "oath.so" CONF)
	    PHASE("account", ""));
	ck_assert_int_eq(mount(world_path("pam.d"), "/etc/pam.d", NULL,
	    MS_BIND, NULL), 0);
	(void)world_hotp("bob");
	(void)world_hotp("adminA");
}

static struct login
before(const char *witness, uint64_t n)
{
	struct login l = login_of("alice", NULL, NULL);

	l.witness = witness;
	l.witness_password = PASSWORD;
	l.witness_code = world_hotp_code(witness, n);
	return (l);
}

START_TEST(before_another_person_root_may_be)
{
	struct login l;

	begin_two();
	l = before("bob", 0);
	ck_assert_int_eq(sudo(&l, "root", 0), PAM_SUCCESS);
	ck_assert_str_eq(world_newest(SEK_EVENT_WITNESS, SEK_FIELD_SUBJECT),
	    "bob");
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_PRIVILEGE,
	    SEK_FIELD_DETAIL), "witness bob"));
}
END_TEST

START_TEST(before_himself_or_nobody_it_may_not)
{
	struct login l;

	begin_two();
	l = before("alice", 1);
	ck_assert_int_eq(sudo(&l, "root", 0), PAM_PERM_DENIED);
	ck_assert(login_was_told(&l, "another person"));
	sudo_is_refused(2, SEK_REASON_NO_WITNESS, "by two persons together");
	ck_assert_uint_eq(world_records(SEK_EVENT_PRIVILEGE,
	    SEK_REASON_NONE), 2);
}
END_TEST

/* As sshd does: a child proves, its parent opens. */
static const struct login *
proved_in_a_child(uint64_t n)
{
	static struct login *l;

	if (l == NULL)
		l = login_array(1);
	*l = before("bob", n);
	l->service = "sshd";
	l->user = "adminA";
	l->password = PASSWORD;
	l->code = world_hotp_code("adminA", n);
	l->tty = "ssh";
	l->rhost = "192.0.2.7";
	ck_assert_int_gt(waitpid(login_spawn(l), NULL, 0), 0);
	ck_assert_int_eq(l->account, PAM_SUCCESS);
	ck_assert_uint_eq(strlen(l->witnessed), SEK_ID_MAX - 1);
	return (l);
}

static int
opened_with(const char *admission, const char *witness)
{
	struct login l = login_of("adminA", NULL, NULL);
	char env[2][128];
	int rc;

	l.service = "sshd";
	l.tty = "ssh";
	l.rhost = "192.0.2.7";
	login_start(&l);
	(void)snprintf(env[0], sizeof env[0], "SEKISHO_ADMISSION=%s",
	    admission);
	(void)snprintf(env[1], sizeof env[1], "SEKISHO_WITNESS=%s", witness);
	ck_assert_int_eq(pam_putenv(l.pamh, env[0]), PAM_SUCCESS);
	ck_assert_int_eq(pam_putenv(l.pamh, env[1]), PAM_SUCCESS);
	rc = pam_open_session(l.pamh, 0);
	login_end(&l);
	return (rc);
}

START_TEST(sshds_witness_serves_one_session_and_no_forged_one_does)
{
	const struct login *l;
	char forged[SEK_ID_MAX];

	begin_two();
	l = proved_in_a_child(0);
	memcpy(forged, l->witnessed, sizeof forged);
	forged[0] = forged[0] == 'a' ? 'b' : 'a';
	ck_assert_int_eq(opened_with(l->admission, forged), PAM_PERM_DENIED);
	/* His own proof is no witness's. */
	ck_assert_int_eq(opened_with(l->admission, l->admission),
	    PAM_PERM_DENIED);
	ck_assert_int_eq(opened_with(l->admission, l->witnessed),
	    PAM_SUCCESS);
	ck_assert_int_eq(opened_with(l->admission, l->witnessed),
	    PAM_PERM_DENIED);
	ck_assert_uint_eq(world_records(SEK_EVENT_LOGIN, SEK_REASON_NONE), 1);
}
END_TEST

/* ---------------------------------------------------- su, and the machine -- */

static void
run_login(void *l)
{

	login_run(l);
}

static struct login
su(const char *target, uid_t caller, uint64_t n)
{
	struct login *shared = login_array(1), l;

	*shared = login_of(target, PASSWORD, world_hotp_code(target, n));
	shared->service = "su";
	shared->tty = "pts/7";
	shared->phases = LOGIN_ALL;
	ck_assert_int_eq(login_as_caller(caller, run_login, shared), 0);
	l = *shared;
	login_array_free(shared, 1);
	return (l);
}

START_TEST(su_is_judged_by_who_called_it)
{
	struct login l;

	has_no_login_uid();
	/* Where he sits who calls su nobody tells here: it may be afar. */
	begin("[terminal]\nallow_remote = yes\n");
	world_install_worker();
	(void)world_hotp("bob");
	(void)world_hotp("carol");
	(void)world_hotp("adminB");
	l = su("adminB", BOB_UID, 0);
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	ck_assert(login_was_told(&l, "not among those who use"));
	ck_assert_uint_eq(world_records(SEK_EVENT_REFUSE,
	    SEK_REASON_NOT_LISTED), 1);
	l = su("adminB", ALICE_UID, 1);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	ck_assert_str_eq(world_newest(SEK_EVENT_PRIVILEGE, SEK_FIELD_SUBJECT),
	    "alice");
	/* Nobody is kept from an ordinary one. */
	l = su("carol", BOB_UID, 0);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
}
END_TEST

START_TEST(the_machines_own_work_goes_on_as_by_nobody)
{
	struct login l = login_of("root", NULL, NULL);

	has_no_login_uid();
	begin("require_grant = yes\n");
	l.service = "su";
	l.phases = LOGIN_ACCOUNT | LOGIN_SESSION;
	login_run(&l);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	ck_assert_uint_eq(world_records(SEK_EVENT_PRIVILEGE,
	    SEK_REASON_NONE), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_PRIVILEGE, SEK_FIELD_SUBJECT),
	    "");
	l.service = "cron";
	login_run(&l);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	l.service = "systemd-user";
	login_run(&l);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	ck_assert(!login_was_told(&l, "Privileged session"));
}
END_TEST

/* In a process that has a login uid, root by now. */
static void
switch_within(void *arg)
{
	struct login *l = arg;
	FILE *f = fopen("/proc/self/loginuid", "w");

	if (f == NULL || fprintf(f, "%u", ALICE_UID) < 0 || fclose(f) != 0)
		_exit(SKIPPED);
	if (sudo_root(0) != PAM_SUCCESS)
		_exit(2);
	l->service = "su";
	l->phases = LOGIN_ACCOUNT | LOGIN_SESSION;
	login_run(l);
}

START_TEST(root_of_a_watched_session_stays_in_it_whatever_he_becomes)
{
	struct login *l = login_array(1);
	const char *id;
	int status;

	has_no_login_uid();
	begin("require_grant = yes\n");
	id = granted("alice", "root", 1);
	*l = login_of("root", NULL, NULL);
	status = login_as_caller(0, switch_within, l);
	if (status == SKIPPED)
		world_skip("no login uid may be set here");
	ck_assert_int_eq(status, 0);
	/* One use, and no session of its own that would last longer. */
	ck_assert_int_eq(l->open, PAM_SUCCESS);
	ck_assert_str_eq(world_newest(SEK_EVENT_PRIVILEGE, SEK_FIELD_REF),
	    id);
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_PRIVILEGE,
	    SEK_FIELD_DETAIL), "within a privileged session"));
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_USED,
	    SEK_REASON_NONE), 1);
	ck_assert(login_was_told(l, "Privileged session: it ends at"));
	login_array_free(l, 1);
}
END_TEST

/* cron's own session gives root's jobs the login uid 0. */
static void
switch_as_cron(void *arg)
{
	struct login *l = arg;
	FILE *f = fopen("/proc/self/loginuid", "w");

	if (f == NULL || fputs("0", f) < 0 || fclose(f) != 0)
		_exit(SKIPPED);
	login_run(l);
}

START_TEST(a_job_of_roots_cron_is_the_machines_work)
{
	struct login *l = login_array(1);
	int status;

	has_no_login_uid();
	begin("require_grant = yes\n");
	*l = login_of(_i == 0 ? "root" : "adminA", NULL, NULL);
	l->service = "su";
	l->phases = LOGIN_ACCOUNT | LOGIN_SESSION;
	status = login_as_caller(0, switch_as_cron, l);
	if (status == SKIPPED)
		world_skip("no login uid may be set here");
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(l->open, PAM_SUCCESS);
	ck_assert_str_eq(world_newest(SEK_EVENT_PRIVILEGE, SEK_FIELD_SUBJECT),
	    "");
	ck_assert(!login_was_told(l, "Privileged session"));
	login_array_free(l, 1);
}
END_TEST

/* What pam_systemd does for root, who came by sudo: a session of its own. */
static const char *
install_mover(void)
{
	static char folder[PATH_MAX];
	char procs[PATH_MAX], name[64], text[2 * PATH_MAX];

	(void)snprintf(name, sizeof name, "/sekisho-moved-%d", (int)getpid());
	ck_assert(sek_unit_cgroup_file(folder, sizeof folder, name, "") &&
	    sek_unit_cgroup_file(procs, sizeof procs, name, "cgroup.procs"));
	folder[strlen(folder) - 1] = '\0';
	if (mkdir(folder, 0755) != 0)
		world_skip("no cgroup may be made here");
	(void)snprintf(text, sizeof text, "#!/bin/sh\n"
	    "[ $PAM_TYPE != open_session ] || echo $PPID >%s\n", procs);
	world_write(world_path("mover"), 0755, text);
	world_service("su", AUTH_LINES ACCOUNT_LINES
	    "session required @privilege\n"
	    "session required pam_exec.so @world/mover\n"
	    "session required @session\n");
	return (folder);
}

static void
switch_and_look(void *arg)
{
	struct sek_guard *g = calloc(1, sizeof *g);
	struct sek_moment now;
	struct sek_why why;

	switch_within(arg);
	if (g == NULL || sek_clock_now(&now) != SEK_OK ||
	    sek_guard_around(g, &why) != SEK_OK)
		_exit(3);
	/* Of the grant's hour, and under the same grant. */
	if (g->deadline > now.boot + 3600 * SEK_SECOND ||
	    strcmp(g->subject, "alice") != 0 || g->grant[0] == '\0')
		_exit(4);
	free(g);
}

START_TEST(moved_out_of_the_watched_session_it_ends_with_it_all_the_same)
{
	struct login *l = login_array(1);
	const char *folder;
	int status;

	has_no_login_uid();
	begin("require_grant = yes\n");
	(void)granted("alice", "root", 1);
	folder = install_mover();
	*l = login_of("root", NULL, NULL);
	status = login_as_caller(0, switch_and_look, l);
	(void)rmdir(folder);
	if (status == SKIPPED)
		world_skip("no login uid may be set here");
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(l->open, PAM_SUCCESS);
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_USED,
	    SEK_REASON_NONE), 1);
	login_array_free(l, 1);
}
END_TEST

/* ------------------------------------------------------------- trouble -- */

START_TEST(a_member_of_a_privileged_group_is_one)
{
	struct login l = login_of("alice", NULL, NULL);

	begin("");
	world_policy("[privilege]\ngroups = town\n");
	ck_assert_int_eq(sudo(&l, "carol", 0), PAM_PERM_DENIED);
	ck_assert_uint_eq(world_records(SEK_EVENT_PRIVILEGE,
	    SEK_REASON_NOT_LISTED), 1);
}
END_TEST

/* Of the handle's own: sources go down between account and session. */
static int
session_while(bool *down, const char *target)
{
	struct login l = login_of("alice", PASSWORD,
	    world_hotp_code("alice", 0));
	int rc;

	l.service = "sudo";
	l.ruser = "alice";
	login_start(&l);
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_set_item(l.pamh, PAM_USER, target),
	    PAM_SUCCESS);
	*down = true;
	rc = pam_open_session(l.pamh, 0);
	*down = false;
	login_end(&l);
	return (rc);
}

START_TEST(sources_that_are_down_open_no_session)
{
	begin("groups = town\n");
	ck_assert_int_eq(session_while(_i == 0 ? &groups_are_down :
	    &accounts_are_down, "carol"), PAM_PERM_DENIED);
	ck_assert_uint_eq(world_records(SEK_EVENT_LOGIN, SEK_REASON_NONE), 0);
}
END_TEST

/* sudo takes PAM_SESSION_ERR for a yes (pam-facts 5). */
START_TEST(without_a_store_the_answer_is_no_that_sudo_understands)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	begin("");
	l.code = world_hotp_code("alice", 0);
	l.service = "sudo";
	l.ruser = "alice";
	login_start(&l);
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_set_item(l.pamh, PAM_USER, "root"),
	    PAM_SUCCESS);
	ck_assert_int_eq(rename(world_path("store"), world_path("away")), 0);
	ck_assert_int_eq(pam_open_session(l.pamh, 0), PAM_PERM_DENIED);
	ck_assert(login_was_told(&l, "cannot check logins now"));
	login_end(&l);
}
END_TEST

START_TEST(a_stack_without_the_line_is_judged_all_the_same)
{
	begin("");
	world_service("sudo", AUTH_LINES ACCOUNT_LINES
	    "session required @session\n");
	ck_assert_int_eq(sudo_root(0), PAM_SUCCESS);
	ck_assert_uint_eq(world_records(SEK_EVENT_PRIVILEGE,
	    SEK_REASON_NONE), 1);
	world_policy("");
	sudo_is_refused(1, SEK_REASON_NOT_LISTED, "not among those who use");
}
END_TEST

START_TEST(a_line_too_many_uses_no_grant_again)
{
	begin("require_grant = yes\n");
	(void)granted("alice", "root", 1);
	world_service("sudo", AUTH_LINES ACCOUNT_LINES
	    "session required @privilege\nsession required @privilege\n"
	    "session required @session\nsession required @privilege\n");
	ck_assert_int_eq(sudo_root(0), PAM_SUCCESS);
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_USED,
	    SEK_REASON_NONE), 1);
	/* One that was refused is not asked about again. */
	sudo_is_refused(1, SEK_REASON_NO_GRANT, "approved grant only");
}
END_TEST

START_TEST(one_that_could_not_be_ended_does_not_begin)
{
	struct login l = login_of("alice", NULL, NULL);

	world_policy("[privilege]\nusers = alice\n");
	(void)world_hotp("alice");
	ck_assert_int_eq(sudo(&l, "root", 0), PAM_PERM_DENIED);
	ck_assert(login_was_told(&l, "cannot end privileged sessions"));
	ck_assert_uint_eq(world_records(SEK_EVENT_PRIVILEGE,
	    SEK_REASON_ENDLESS), 1);
}
END_TEST

/* ---------------------------------------------------- sessions at screens -- */

/* Sits there until somebody ends it. */
static pid_t
sits_at(const char *tty, uint64_t n)
{
	struct login l = login_of("alice", PASSWORD,
	    world_hotp_code("alice", n));
	int ready[2];
	char byte = 0;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	if ((pid = fork()) == 0) {
		/* Check's own would end the test with it. */
		(void)signal(SIGTERM, SIG_DFL);
		l.tty = tty;
		login_start(&l);
		if (pam_authenticate(l.pamh, 0) == PAM_SUCCESS &&
		    pam_acct_mgmt(l.pamh, 0) == PAM_SUCCESS &&
		    pam_open_session(l.pamh, 0) == PAM_SUCCESS)
			byte = 1;
		(void)!write(ready[1], &byte, 1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	ck_assert_int_eq(byte, 1);
	return (pid);
}

START_TEST(a_second_screen_is_refused_or_ends_the_first)
{
	struct login l;
	int status;
	pid_t pid;

	begin("");
	world_policy("[account]\nmax_sessions = 1\n");
	pid = sits_at("tty1", 0);
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 1));
	l.tty = "tty2";
	l.yes = "n";
	login_run(&l);
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	ck_assert(login_was_told(&l, "as many sessions as you may"));
	ck_assert_uint_eq(world_records(SEK_EVENT_REFUSE,
	    SEK_REASON_SESSIONS), 1);
	ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
	l.code = world_hotp_code("alice", 2);
	l.yes = "y";
	/* Whoever waits for the child is the test: it may be gone only then. */
	(void)signal(SIGCHLD, SIG_IGN);
	login_run(&l);
	(void)signal(SIGCHLD, SIG_DFL);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert(kill(pid, 0) != 0 && errno == ESRCH);
}
END_TEST

START_TEST(from_afar_and_for_others_nothing_is_counted)
{
	struct login l;
	pid_t pid;

	begin("");
	world_policy("[account]\nmax_sessions = 1\n");
	(void)world_hotp("bob");
	pid = sits_at("tty1", 0);
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 1));
	l.service = "sshd";
	l.tty = "ssh";
	l.rhost = "192.0.2.7";
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	l = login_of("bob", PASSWORD, world_hotp_code("bob", 0));
	l.tty = "tty2";
	login_run(&l);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("privilege");
	TCase *c = world_case(s, "privilege", 300);

	tcase_add_test(c,
	    who_is_listed_becomes_root_on_record_and_hears_when_it_ends);
	tcase_add_test(c, who_is_not_listed_does_not_and_hears_why);
	tcase_add_test(c, another_name_of_uid_0_is_root);
	tcase_add_test(c, who_is_no_privileged_one_is_nobodys_business);
	tcase_add_test(c, outside_the_hours_none_begins);
	tcase_add_test(c, a_direct_login_is_judged_before_it_is_let_in);
	tcase_add_test(c, a_contractor_needs_a_grant_or_is_never_let);
	tcase_add_test(c, a_grant_for_one_session_opens_one);
	tcase_add_test(c, a_grant_opens_no_other_privileged_account);
	tcase_add_test(c, a_grant_that_is_over_opens_nothing);
	tcase_add_test(c, before_another_person_root_may_be);
	tcase_add_test(c, before_himself_or_nobody_it_may_not);
	tcase_add_test(c,
	    sshds_witness_serves_one_session_and_no_forged_one_does);
	tcase_add_test(c, su_is_judged_by_who_called_it);
	tcase_add_test(c, the_machines_own_work_goes_on_as_by_nobody);
	tcase_add_test(c,
	    root_of_a_watched_session_stays_in_it_whatever_he_becomes);
	tcase_add_loop_test(c, a_job_of_roots_cron_is_the_machines_work, 0, 2);
	tcase_add_test(c,
	    moved_out_of_the_watched_session_it_ends_with_it_all_the_same);
	tcase_add_test(c, a_member_of_a_privileged_group_is_one);
	tcase_add_loop_test(c, sources_that_are_down_open_no_session, 0, 2);
	tcase_add_test(c,
	    without_a_store_the_answer_is_no_that_sudo_understands);
	tcase_add_test(c, a_stack_without_the_line_is_judged_all_the_same);
	tcase_add_test(c, a_line_too_many_uses_no_grant_again);
	tcase_add_test(c, one_that_could_not_be_ended_does_not_begin);
	tcase_add_test(c, a_second_screen_is_refused_or_ends_the_first);
	tcase_add_test(c, from_afar_and_for_others_nothing_is_counted);
	return (world_main(s));
}
