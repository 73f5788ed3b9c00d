/*
 * test_store_glass.c - an envelope that was opened: one row, one record, a
 * report that is due, and what was opened without the store
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/mount.h>

#include <fcntl.h>
#include <sched.h>
#include <sqlite3.h>
#include <unistd.h>

#include "../../common/edge/store/frame.h"
#include "sekisho/edge/envelope.h"
#include "sekisho/flow/glass_in.h"
#include "sekisho/model/role.h"
#include "sekisho/rule/approval.h"
#include "store.h"
#include "traced.h"

#define HOUR	(3600 * SEK_SECOND)

static const struct sek_record tool = { .service = "sekisho" };
static struct sek_approval_list_out found;
static struct sek_settings *settings;
static char envelopes[96];
static struct sek_why why;

/* As root at the console, just now. */
static struct sek_break_glass
opened(const char *envelope)
{
	struct sek_break_glass in;

	memset(&in, 0, sizeof(in));
	in.who = test_who("root");
	in.who.uid = 0;
	in.who.privileged = 1;
	(void)snprintf(in.who.service, sizeof(in.who.service), "login");
	(void)snprintf(in.who.tty, sizeof(in.who.tty), "tty1");
	in.who.rhost[0] = '\0';
	(void)snprintf(in.envelope, sizeof(in.envelope), "%s", envelope);
	ck_assert_int_eq(sek_clock_now(&in.at), SEK_OK);
	in.not_after = in.at.wall + HOUR;
	in.report_at = in.at.wall + 24 * HOUR;
	ck_assert_int_eq(sek_process_get(&in.gate, 0), SEK_OK);
	ck_assert_int_eq(sek_process_get(&in.parent, getppid()), SEK_OK);
	in.audit_session = 7;
	in.admits = 1;
	return (in);
}

static unsigned
envelopes_known(struct sek_store *st)
{
	struct sek_approval_list which = { .kind = SEK_APPROVAL_BREAK_GLASS };

	test_ok(st, sek_store_approvals(st, &which, &found));
	ck_assert_uint_eq(found.more, 0);
	return (found.n);
}

static struct sek_open_session
session_of(const struct sek_break_glass *in, const char *id)
{
	struct sek_open_session s;

	memset(&s, 0, sizeof(s));
	s.who = in->who;
	s.subject_uid = in->who.uid;
	s.taker = in->gate;
	s.audit_session = 7;
	(void)snprintf(s.id, sizeof(s.id), "%s", id);
	return (s);
}

START_TEST(one_opened_is_a_row_a_record_and_a_session)
{
	struct sek_store *st = test_open();
	struct sek_break_glass in = opened("0123abcd");
	struct sek_open_session_out session;
	struct sek_open_session take;
	struct sek_reuse reuse = { .uid = 0, .audit_session = 7,
	    .max_age = HOUR };
	struct sek_admission again;
	struct sek_admit_out out;
	const struct sek_approval *a = &found.a[0];
	struct test_count c;

	test_ok(st, sek_store_break_glass(st, &in, &out));
	ck_assert_uint_eq(strlen(out.id), 32);
	ck_assert_uint_eq(envelopes_known(st), 1);
	ck_assert_str_eq(a->key, "break-glass");
	ck_assert_str_eq(a->value, "0123abcd");
	ck_assert_str_eq(a->users, "root");
	ck_assert_str_eq(a->terminals, "t-1");
	ck_assert_ptr_nonnull(strstr(a->reason, "login, tty1"));
	ck_assert_int_eq(a->state, SEK_APPROVAL_GIVEN);
	ck_assert_str_eq(a->asked.account, "root");
	ck_assert_str_eq(a->decided.account, "root");
	ck_assert(!a->asked.proven && !a->decided.proven);
	ck_assert_uint_eq(a->uses, 1);
	ck_assert(a->not_after == in.not_after &&
	    a->review_at == in.report_at);
	ck_assert_uint_eq(sek_approval_overdue(a, found.wall),
	    SEK_OVERDUE_REPORT);

	c = test_records(st, "break-glass", "root");
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, "authenticator=glass:0123abcd"));
	ck_assert_ptr_nonnull(strstr(c.last, a->id));
	ck_assert_ptr_nonnull(strstr(c.last, "tty=tty1"));
	ck_assert_ptr_nonnull(strstr(c.last, "envelope 0123abcd, opened 20"));

	take = session_of(&in, out.id);
	test_ok(st, sek_store_open_session(st, &take, &session));
	ck_assert_str_eq(session.admission.authenticator, "glass:0123abcd");
	ck_assert_uint_eq(session.admission.kinds, 0);
	/* Once; and no sudo goes on by it. */
	test_ok(st, sek_store_open_session(st, &take, &session));
	ck_assert_str_eq(session.admission.id, "");
	test_ok(st, sek_store_reuse(st, &reuse, &again));
	ck_assert_str_eq(again.id, "");
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(told_again_it_changes_nothing)
{
	struct sek_store *st = test_open();
	struct sek_break_glass in = opened("0123abcd");
	struct sek_admit_out out;
	struct sek_ends before, after;

	test_ok(st, sek_store_break_glass(st, &in, &out));
	test_ok(st, sek_store_ends(st, &before));
	in.degraded = 1;
	in.not_after += HOUR;
	test_ok(st, sek_store_break_glass(st, &in, &out));
	ck_assert_str_eq(out.id, "");
	test_ok(st, sek_store_ends(st, &after));
	ck_assert_uint_eq(before.last, after.last);
	ck_assert_uint_eq(envelopes_known(st), 1);
	ck_assert(found.a[0].not_after == in.not_after - HOUR);
	in = opened("0123abce");
	in.admits = 0;
	test_ok(st, sek_store_break_glass(st, &in, &out));
	ck_assert_str_eq(out.id, "");
	ck_assert_uint_eq(envelopes_known(st), 2);
	sek_store_free(&st);
}
END_TEST

/* A folder from a backup: its sheet was used, whatever the folder says. */
START_TEST(one_put_back_admits_nobody_and_is_another_opening)
{
	struct sek_store *st = test_open();
	struct sek_break_glass in = opened("0123abcd");
	struct sek_admit_out out;

	test_ok(st, sek_store_break_glass(st, &in, &out));
	in.at.wall += HOUR;
	test_is(st, sek_store_break_glass(st, &in, &out), SEK_ERR_REFUSED);
	ck_assert_str_eq(out.id, "");
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), "put back"));
	ck_assert_uint_eq(envelopes_known(st), 1);
	/* When it was is not known exactly: it may be that very one. */
	in.vague = 1;
	test_ok(st, sek_store_break_glass(st, &in, &out));
	ck_assert_uint_eq(envelopes_known(st), 1);
	/* It opened all the same while there was no store: not overlooked. */
	in.vague = in.admits = 0;
	test_ok(st, sek_store_break_glass(st, &in, &out));
	test_ok(st, sek_store_break_glass(st, &in, &out));
	ck_assert_uint_eq(envelopes_known(st), 2);
	ck_assert_uint_eq(test_records(st, "break-glass", "root").records, 2);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_can_never_be_is_refused)
{
	struct sek_store *st = test_open();
	static const char *const bad[] = { "", "0123ABCD", "0123abc",
	    "0123abcd0", "../../ab" };
	struct sek_break_glass in;
	struct sek_admit_out out;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		in = opened(bad[i]);
		ck_assert_int_ne(sek_store_break_glass(st, &in, &out),
		    SEK_OK);
	}
	in = opened("0123abcd");
	in.who.uid = SEK_UID_NONE;
	test_is(st, sek_store_break_glass(st, &in, &out), SEK_ERR_RANGE);
	in = opened("0123abcd");
	in.who.name[0] = '\0';
	test_is(st, sek_store_break_glass(st, &in, &out), SEK_ERR_RANGE);
	in = opened("0123abcd");
	in.gate.pid = 0;
	test_is(st, sek_store_break_glass(st, &in, &out), SEK_ERR_RANGE);
	in = opened("0123abcd");
	memset(in.who.tty, 'x', sizeof(in.who.tty));
	test_is(st, sek_store_break_glass(st, &in, &out), SEK_ERR_SYNTAX);
	ck_assert_uint_eq(envelopes_known(st), 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(twenty_who_tell_of_one_leave_one_record)
{
	struct sek_break_glass in = opened("0123abcd");
	struct sek_admit_out out;
	struct sek_store *st;
	pid_t pid[20];
	size_t i;

	for (i = 0; i < 20; i++) {
		if ((pid[i] = test_fork()) != 0)
			continue;
		st = test_open();
		in.admits = i % 2 == 0;
		test_ok(st, sek_store_break_glass(st, &in, &out));
		sek_store_free(&st);
		_exit(0);
	}
	for (i = 0; i < 20; i++)
		test_wait(pid[i]);
	st = test_open();
	ck_assert_uint_eq(envelopes_known(st), 1);
	ck_assert_uint_eq(test_records(st, "break-glass", NULL).records, 1);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

/* By a person with a role, in words; then it is no longer overdue. */
static enum sek_err
report(struct sek_store *st, const char *id, uint32_t roles, const char *note,
    struct sek_approval_out *out)
{
	struct sek_approval_decide in;

	memset(&in, 0, sizeof(in));
	memset(out, 0, sizeof(*out));
	(void)snprintf(in.id, sizeof(in.id), "%s", id);
	(void)snprintf(in.note, sizeof(in.note), "%s", note);
	(void)snprintf(in.who.account, sizeof(in.who.account), "alice");
	in.act = SEK_ACT_CLOSE;
	in.who.uid = 1000;
	in.who.roles = roles;
	in.who.audit_session = 11;
	ck_assert_int_eq(sek_process_get(&in.who.process, 0), SEK_OK);
	return (sek_store_approval_decide(st, &in, out));
}

START_TEST(its_report_is_overdue_until_it_is_written)
{
	static struct sek_approval_out out;
	struct sek_store *st = test_open();
	struct sek_break_glass in = opened("0123abcd");
	struct sek_store_status status;
	struct sek_admit_out admitted;
	struct sek_upkeep up;
	char id[SEK_ID_MAX];

	in.not_after = in.at.wall + 1;	/* its session is over */
	test_ok(st, sek_store_break_glass(st, &in, &admitted));
	ck_assert_uint_eq(envelopes_known(st), 1);
	memcpy(id, found.a[0].id, sizeof(id));
	test_ok(st, sek_store_upkeep(st, &up));
	ck_assert_uint_eq(envelopes_known(st), 1);
	ck_assert_int_eq(found.a[0].state, SEK_APPROVAL_ENDED);
	test_ok(st, sek_store_status(st, &status, NULL, NULL));
	ck_assert_uint_eq(status.approvals_overdue, 1);
	ck_assert_uint_eq(test_records(st, "approval-overdue",
	    NULL).records, 1);

	test_is(st, report(st, id, 0, "why", &out), SEK_ERR_REFUSED);
	test_is(st, report(st, id, SEK_ROLE_BIT(SEK_ROLE_CISO), " ", &out),
	    SEK_ERR_REFUSED);
	test_ok(st, report(st, id, SEK_ROLE_BIT(SEK_ROLE_CISO),
	    "the store's disk had failed", &out));
	ck_assert_uint_eq(sek_approval_overdue(&out.a, INT64_MAX), 0);
	test_is(st, report(st, id, SEK_ROLE_BIT(SEK_ROLE_CISO), "again",
	    &out), SEK_ERR_REFUSED);
	test_ok(st, sek_store_status(st, &status, NULL, NULL));
	ck_assert_uint_eq(status.approvals_overdue, 0);
	ck_assert_uint_eq(envelopes_known(st), 1);
	ck_assert_str_eq(found.a[0].ended.account, "alice");
	ck_assert_str_eq(found.a[0].ended.note,
	    "the store's disk had failed");
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_crosses_the_pipe_is_checked)
{
	const struct sek_break_glass good = opened("00000001");
	static struct sek_break_glass bad[9];
	size_t i;

	ck_assert_int_eq(sek_frame_check_in(SEK_OP_BREAK_GLASS, &good),
	    SEK_OK);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		bad[i] = good;
	bad[0].admits = 2;
	bad[1].degraded = 2;
	bad[2].vague = 2;
	bad[3].at.wall = -1;
	bad[4].not_after = 0;
	bad[5].report_at = -1;
	bad[6].gate.pid = 0;
	bad[7].who.uid = SEK_UID_NONE;
	bad[8].envelope[0] = '\0';
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(sek_frame_check_in(SEK_OP_BREAK_GLASS,
		    &bad[i]), SEK_ERR_RANGE);
}
END_TEST

START_TEST(a_report_written_before_its_end_stays)
{
	static struct sek_approval_out out;
	struct sek_store *st = test_open();
	struct sek_break_glass in = opened("0123abcd");
	struct sek_admit_out admitted;
	struct sek_upkeep up;

	in.not_after = in.at.wall + SEK_SECOND;
	test_ok(st, sek_store_break_glass(st, &in, &admitted));
	ck_assert_uint_eq(envelopes_known(st), 1);
	test_ok(st, report(st, found.a[0].id, SEK_ROLE_BIT(SEK_ROLE_CISO),
	    "a drill", &out));
	ck_assert(out.a.ended.at != 0);
	while (out.a.state != SEK_APPROVAL_ENDED) {
		(void)usleep(100000);
		test_ok(st, sek_store_upkeep(st, &up));
		ck_assert_uint_eq(envelopes_known(st), 1);
		out.a = found.a[0];
	}
	ck_assert_str_eq(out.a.ended.note, "a drill");
	ck_assert_uint_eq(out.a.ended.uid, 1000);
	ck_assert_uint_eq(sek_approval_overdue(&out.a, INT64_MAX), 0);
	sek_store_free(&st);
}
END_TEST

/* ---- opened without the store */

static bool
prepare(void)
{
	const char *run = "/run";

	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", run, "tmpfs", 0, "mode=0755") != 0) {
		printf("skip: needs root and a mount namespace\n");
		return (false);
	}
	(void)snprintf(envelopes, sizeof(envelopes), "%s/break-glass",
	    test_dir);
	settings = calloc(1, sizeof(*settings));
	ck_assert_ptr_nonnull(settings);
	settings->breakglass.session = 3600;
	settings->breakglass.report_due = 86400;
	return (true);
}

static enum sek_err
same_id(void *arg, const struct sek_envelope *e)
{
	struct sek_envelope *to = arg;

	if (strcmp(to->id, e->id) == 0)
		*to = *e;
	return (SEK_OK);
}

static void
open_one(struct sek_envelope *e)
{
	pid_t pid;
	struct sek_secret code = SEK_SECRET_NONE;
	struct sek_claimant who = test_who("root");
	char plain[SEK_GLASS_PLAIN];
	struct sek_moment now;

	who.uid = 0;
	who.console = 1;
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	ck_assert_msg(sek_envelope_make(e, &code, envelopes, "root", 0,
	    now.wall + SEK_DAY, &why) == SEK_OK, "%s", why.text);
	ck_assert_int_eq(sek_glass_parse(plain, sek_secret_text(&code)),
	    SEK_OK);
	/* By a login that has ended since. */
	if ((pid = test_fork()) == 0)
		_exit(sek_envelope_open(e, envelopes, plain, &who, &why) ==
		    SEK_OK ? 0 : 1);
	test_wait(pid);
	sek_secret_free(&code);
	ck_assert_int_eq(sek_envelope_list(envelopes, same_id, e, &why),
	    SEK_OK);
	ck_assert_int_eq(e->state, SEK_ENVELOPE_SPENT);
}

static enum sek_err
take_in(struct sek_store *st, bool all, unsigned *told)
{

	return (sek_glass_take_in(st, envelopes, settings, all, told, &why));
}

START_TEST(what_was_opened_without_the_store_is_taken_in_once)
{
	struct sek_store *st = test_open();
	struct sek_envelope e, f;
	unsigned told;

	if (!prepare())
		return;
	test_ok(st, take_in(st, true, &told));	/* no folder: nothing */
	ck_assert_uint_eq(told, 0);
	open_one(&e);
	open_one(&f);
	ck_assert(sek_envelope_waits(envelopes));
	test_ok(st, take_in(st, false, &told));
	ck_assert_uint_eq(told, 2);
	ck_assert(!sek_envelope_waits(envelopes));
	ck_assert_uint_eq(envelopes_known(st), 2);
	ck_assert(found.a[0].not_before == e.at.wall ||
	    found.a[0].not_before == f.at.wall);
	ck_assert(found.a[0].not_after == found.a[0].not_before + HOUR);
	ck_assert_ptr_nonnull(strstr(test_records(st, "break-glass",
	    "root").last, "without the store"));
	test_ok(st, take_in(st, true, &told));
	ck_assert_uint_eq(told, 0);
	ck_assert_uint_eq(test_records(st, "break-glass", NULL).records, 2);
	free(settings);
	sek_store_free(&st);
}
END_TEST

/* Its own gate is about to tell of it: nobody is before it. */
START_TEST(who_is_opening_it_tells_of_it_himself)
{
	struct sek_store *st = test_open();
	struct sek_secret code = SEK_SECRET_NONE;
	struct sek_claimant who = test_who("root");
	char plain[SEK_GLASS_PLAIN];
	struct sek_store *other;
	struct sek_envelope e;
	struct sek_moment now;
	unsigned told = 0;
	pid_t pid;

	if (!prepare())
		return;
	who.uid = 0;
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	ck_assert_int_eq(sek_envelope_make(&e, &code, envelopes, "root", 0,
	    now.wall + SEK_DAY, &why), SEK_OK);
	ck_assert_int_eq(sek_glass_parse(plain, sek_secret_text(&code)),
	    SEK_OK);
	ck_assert_int_eq(sek_envelope_open(&e, envelopes, plain, &who, &why),
	    SEK_OK);
	sek_secret_free(&code);
	if ((pid = test_fork()) == 0) {
		other = test_open();
		_exit(take_in(other, true, &told) == SEK_OK && told == 0 &&
		    envelopes_known(other) == 0 ? 0 : 1);
	}
	test_wait(pid);
	/* The store did not answer him, and now it does. */
	test_ok(st, take_in(st, true, &told));
	ck_assert_uint_eq(told, 1);
	free(settings);
	sek_store_free(&st);
}
END_TEST

START_TEST(while_the_store_is_down_it_waits)
{
	struct sek_store *st = test_open();
	char away[SEK_PATH_MAX + 8];
	struct sek_envelope e;
	unsigned told;

	if (!prepare())
		return;
	open_one(&e);
	(void)snprintf(away, sizeof(away), "%s.away", test_config.path);
	ck_assert_int_eq(rename(test_config.path, away), 0);
	test_is(st, take_in(st, false, &told), SEK_ERR_STORE_MISSING);
	ck_assert_ptr_nonnull(strstr(why.text, e.id));
	ck_assert_uint_eq(told, 0);
	ck_assert(sek_envelope_waits(envelopes));
	ck_assert_int_eq(rename(away, test_config.path), 0);
	test_ok(st, take_in(st, false, &told));
	ck_assert_uint_eq(told, 1);
	free(settings);
	sek_store_free(&st);
}
END_TEST

START_TEST(another_machine_s_is_not_taken_in)
{
	struct sek_store *st = test_open();
	struct sek_envelope e;
	char path[256];
	unsigned told;
	int fd;

	if (!prepare())
		return;
	open_one(&e);
	(void)snprintf(path, sizeof(path), "%s/machine-id", test_dir);
	fd = open(path, O_WRONLY | O_CREAT, 0444);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "0123456789abcdef0123456789abcdef\n", 33),
	    33);
	ck_assert_int_eq(close(fd), 0);
	/* The store holds its own machine from here on in this process. */
	ck_assert_uint_eq(envelopes_known(st), 0);
	ck_assert_int_eq(mount(path, "/etc/machine-id", NULL, MS_BIND, NULL),
	    0);
	test_ok(st, take_in(st, true, &told));
	ck_assert_uint_eq(told, 0);
	ck_assert_int_eq(umount("/etc/machine-id"), 0);
	ck_assert_uint_eq(envelopes_known(st), 0);
	free(settings);
	sek_store_free(&st);
}
END_TEST

static enum sek_err
take_in_traced(void *arg)
{
	struct sek_store *st = test_open();
	enum sek_err err;

	(void)arg;
	err = take_in(st, false, NULL);
	sek_store_free(&st);
	return (err);
}

/* The kill comes at every forty-first stop: SQLite makes hundreds. */
START_TEST(killed_at_any_instant_it_is_taken_in_once)
{
	struct traced t = { take_in_traced, NULL, { -1, -1 } };
	struct sek_store *st;
	struct sek_envelope e;
	unsigned n, opened_ = 0, told;
	bool killed = true, yes;
	char path[256];

	if (!prepare())
		return;
	for (n = 1; killed; n += 41) {
		open_one(&e);
		opened_++;
		killed = kill_at(&t, n, &yes);
		ck_assert(!yes || !sek_envelope_waits(envelopes));
		st = test_open();
		test_ok(st, take_in(st, false, &told));
		ck_assert(!sek_envelope_waits(envelopes));
		ck_assert_uint_eq(test_records(st, "break-glass",
		    NULL).records, opened_);
		sek_store_free(&st);
		(void)snprintf(path, sizeof(path), "%s/%s.told", envelopes,
		    e.id);
		ck_assert_int_eq(unlink(path), 0);
	}
	ck_assert_uint_gt(opened_, 10);
	st = test_open();
	test_verify_ok(st);
	sek_store_free(&st);
	free(settings);
}
END_TEST

/* ---- restores */

static void
backup(const char *path)
{
	struct sek_secret pass = SEK_SECRET_NONE;
	struct sek_store *st = test_open();
	struct sek_backup_info info;

	ck_assert_int_eq(sek_secret_string(&pass, "correct horse battery"),
	    SEK_OK);
	test_ok(st, sek_store_backup(st, path, &pass, &tool, &info, NULL,
	    NULL));
	sek_secret_free(&pass);
	sek_store_free(&st);
}

static void
restore(const char *path)
{
	struct sek_secret pass = SEK_SECRET_NONE;
	struct sek_restore_in in = { .path = path, .pass = &pass,
	    .actor = &tool };
	struct sek_restored *out = calloc(1, sizeof(*out));

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(sek_secret_string(&pass, "correct horse battery"),
	    SEK_OK);
	ck_assert_msg(sek_store_restore(&test_config, &in, out, &why) ==
	    SEK_OK, "%s", why.text);
	sek_secret_free(&pass);
	free(out);
}

static void
lose_the_store(void)
{
	char command[256];

	(void)snprintf(command, sizeof(command), "rm -rf %s/state", test_dir);
	ck_assert_int_eq(system(command), 0);
}

/* _i 0: over its later state; 1: where that is gone. */
START_TEST(a_restore_keeps_what_is_overdue_and_what_is_reported)
{
	static struct sek_approval_out out;
	struct sek_store *st = test_open();
	struct sek_break_glass in = opened("0123abcd");
	struct sek_admit_out admitted;
	char path[128];
	uint32_t due;

	test_ok(st, sek_store_break_glass(st, &in, &admitted));
	ck_assert_uint_eq(envelopes_known(st), 1);
	(void)snprintf(path, sizeof(path), "%s/backup", test_dir);
	backup(path);
	test_ok(st, report(st, found.a[0].id, SEK_ROLE_BIT(SEK_ROLE_CISO),
	    "a drill", &out));
	in = opened("0123abce");
	test_ok(st, sek_store_break_glass(st, &in, &admitted));
	sek_store_free(&st);
	if (_i == 1)
		lose_the_store();
	restore(path);
	st = test_open();
	ck_assert_uint_eq(envelopes_known(st), _i == 0 ? 2 : 1);
	due = sek_approval_overdue(&found.a[0], found.wall);
	ck_assert_uint_eq(due, _i == 0 ? 0 : SEK_OVERDUE_REPORT);
	if (_i == 0)
		ck_assert_uint_eq(sek_approval_overdue(&found.a[1],
		    found.wall), SEK_OVERDUE_REPORT);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

/* The later state is the backup's: an older one was taken back meanwhile. */
START_TEST(a_report_that_only_the_backup_has_comes_back)
{
	static struct sek_approval_out out;
	struct sek_store *st = test_open();
	struct sek_break_glass in = opened("0123abcd");
	struct sek_admit_out admitted;
	char before[128], after[128];

	(void)snprintf(before, sizeof(before), "%s/before", test_dir);
	(void)snprintf(after, sizeof(after), "%s/after", test_dir);
	test_ok(st, sek_store_break_glass(st, &in, &admitted));
	backup(before);
	ck_assert_uint_eq(envelopes_known(st), 1);
	test_ok(st, report(st, found.a[0].id, SEK_ROLE_BIT(SEK_ROLE_CISO),
	    "a drill", &out));
	backup(after);
	sek_store_free(&st);
	lose_the_store();
	restore(before);
	st = test_open();
	ck_assert_uint_eq(envelopes_known(st), 1);
	ck_assert_uint_eq(sek_approval_overdue(&found.a[0], found.wall),
	    SEK_OVERDUE_REPORT);
	sek_store_free(&st);
	restore(after);
	st = test_open();
	ck_assert_uint_eq(envelopes_known(st), 1);
	ck_assert_uint_eq(sek_approval_overdue(&found.a[0], found.wall), 0);
	ck_assert_str_eq(found.a[0].ended.account, "alice");
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_a_restored_store_does_not_know_is_told_again)
{
	struct sek_store *st = test_open();
	struct sek_envelope e;
	char path[128];
	unsigned told;

	if (!prepare())
		return;
	(void)snprintf(path, sizeof(path), "%s/backup", test_dir);
	backup(path);
	open_one(&e);
	test_ok(st, take_in(st, false, &told));
	ck_assert_uint_eq(envelopes_known(st), 1);
	sek_store_free(&st);
	lose_the_store();
	restore(path);
	st = test_open();
	ck_assert_uint_eq(envelopes_known(st), 0);
	test_ok(st, take_in(st, false, &told));
	ck_assert_uint_eq(envelopes_known(st), 0);
	test_ok(st, take_in(st, true, &told));
	ck_assert_uint_eq(envelopes_known(st), 1);
	ck_assert_str_eq(found.a[0].value, e.id);
	ck_assert_uint_eq(sek_approval_overdue(&found.a[0], found.wall),
	    SEK_OVERDUE_REPORT);
	free(settings);
	sek_store_free(&st);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("glass");
	TCase *tc = tcase_create("glass");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, test_store_setup, test_store_teardown);
	tcase_add_test(tc, one_opened_is_a_row_a_record_and_a_session);
	tcase_add_test(tc, told_again_it_changes_nothing);
	tcase_add_test(tc, one_put_back_admits_nobody_and_is_another_opening);
	tcase_add_test(tc, what_can_never_be_is_refused);
	tcase_add_test(tc, twenty_who_tell_of_one_leave_one_record);
	tcase_add_test(tc, its_report_is_overdue_until_it_is_written);
	tcase_add_test(tc, what_crosses_the_pipe_is_checked);
	tcase_add_test(tc, a_report_written_before_its_end_stays);
	tcase_add_test(tc, what_was_opened_without_the_store_is_taken_in_once);
	tcase_add_test(tc, who_is_opening_it_tells_of_it_himself);
	tcase_add_test(tc, while_the_store_is_down_it_waits);
	tcase_add_test(tc, killed_at_any_instant_it_is_taken_in_once);
	tcase_add_test(tc, another_machine_s_is_not_taken_in);
	tcase_add_loop_test(tc,
	    a_restore_keeps_what_is_overdue_and_what_is_reported, 0, 2);
	tcase_add_test(tc, a_report_that_only_the_backup_has_comes_back);
	tcase_add_test(tc, what_a_restored_store_does_not_know_is_told_again);
	suite_add_tcase(s, tc);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
