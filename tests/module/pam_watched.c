/*
 * pam_watched.c - sessions that are watched: a later end by another grant
 * alone, and their end when somebody says that it was not him
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * No guard runs here: what it would read is what is looked at.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/edge/guard.h"
#include "sekisho/flow/watched.h"
#include "tests/module/grants.h"

#define OWN	77u		/* an audit session */

static struct sek_guard guard;
static struct sek_extended x;

static int64_t
boot_now(void)
{
	struct sek_moment now;

	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	return (now.boot);
}

/* alice works as root, so many seconds yet; this process stands for it. */
static void
session(const char *grant, int64_t left)
{
	struct sek_why why = { "" };

	ck_assert_int_eq(sek_guard_new(&guard), SEK_OK);
	(void)snprintf(guard.account, sizeof guard.account, "root");
	(void)snprintf(guard.subject, sizeof guard.subject, "alice");
	(void)snprintf(guard.service, sizeof guard.service, "sudo");
	(void)snprintf(guard.grant, sizeof guard.grant, "%s", grant);
	guard.subject_uid = ALICE_UID;
	guard.privileged = 1;
	guard.audit_session = UINT32_MAX;
	ck_assert_int_eq(sek_process_get(&guard.leader, 0), SEK_OK);
	ck_assert_int_eq(sek_clock_now(&guard.opened), SEK_OK);
	guard.deadline = guard.opened.boot + left * SEK_SECOND;
	guard.ceiling = guard.opened.boot + SEK_GUARD_CEILING;
	ck_assert_msg(sek_guard_write(&guard, &why) == SEK_OK, "%s",
	    why.text);
}

static void
rewrite(void)
{
	struct sek_why why = { "" };

	ck_assert_msg(sek_guard_write(&guard, &why) == SEK_OK, "%s",
	    why.text);
}

static struct sek_guard *
now_of(const char *id)
{
	static struct sek_guard g;
	struct sek_why why = { "" };

	ck_assert_msg(sek_guard_read(&g, id, &why) == SEK_OK, "%s", why.text);
	return (&g);
}

static enum sek_err
extend(uint32_t uid, const char *grant)
{
	struct sek_record actor = { .subject = "alice" };
	struct sek_extend in = { .id = guard.id, .uid = uid, .grant = grant,
	    .actor = &actor };
	struct sek_settings *s = world_settings();
	struct sek_store *st = world_store();
	struct sek_why why = { "" };
	enum sek_err err;

	err = sek_watched_extend(&x, &in, s, st, false, &why);
	ck_assert_msg(err == SEK_OK || err == SEK_ERR_NOT_FOUND, "%s: %s",
	    sek_err_name(err), why.text);
	sek_store_free(&st);
	free(s);
	return (err);
}

static void
refused(enum sek_extend_no no, enum sek_reason reason)
{

	ck_assert_int_eq(extend(ALICE_UID, NULL), SEK_OK);
	ck_assert_msg(x.no == no, "%d, not %d", (int)x.no, (int)no);
	ck_assert_str_eq(sek_reason_name(x.reason), sek_reason_name(reason));
	ck_assert_int_eq(now_of(guard.id)->deadline, guard.deadline);
	ck_assert_uint_eq(world_records(SEK_EVENT_SESSION_EXTENDED,
	    SEK_REASON_NONE), 0);
}

static void
begin(const char *more)
{
	char policy[512];

	world_install_guard();
	(void)snprintf(policy, sizeof policy, "[privilege]\nusers = alice\n"
	    "max_session = 2h\n%s", more);
	world_policy(policy);
	(void)world_hotp("alice");
	(void)world_hotp("dave");
}

START_TEST(it_ends_later_by_another_grant_alone)
{
	const char *first, *second;
	int64_t before;

	begin("");
	first = grants_give(600);
	session(first, 100);
	refused(SEK_EXTEND_REFUSED, SEK_REASON_NO_GRANT);
	second = grants_give(900);
	before = boot_now();
	ck_assert_int_eq(extend(ALICE_UID, NULL), SEK_OK);
	ck_assert_int_eq(x.no, SEK_EXTEND_YES);
	ck_assert_str_eq(x.grant, second);
	ck_assert_int_eq(x.was, guard.deadline);
	ck_assert_int_ge(x.ends, before + 900 * SEK_SECOND);
	ck_assert_int_le(x.ends, boot_now() + 900 * SEK_SECOND);
	ck_assert_int_eq(now_of(guard.id)->deadline, x.ends);
	ck_assert_str_eq(now_of(guard.id)->grant, second);
	ck_assert_uint_eq(world_records(SEK_EVENT_SESSION_EXTENDED,
	    SEK_REASON_NONE), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_SESSION_EXTENDED,
	    SEK_FIELD_REF), second);
	ck_assert_str_eq(world_newest(SEK_EVENT_SESSION_EXTENDED,
	    SEK_FIELD_TARGET), "root");
	world_check_store();
}
END_TEST

START_TEST(a_grant_prolongs_once)
{
	const char *second;

	begin("");
	session("", 100);
	second = grants_give(900);
	ck_assert_int_eq(extend(ALICE_UID, second), SEK_OK);
	ck_assert_int_eq(x.no, SEK_EXTEND_YES);
	ck_assert_int_eq(extend(ALICE_UID, second), SEK_OK);
	ck_assert_int_eq(x.no, SEK_EXTEND_REFUSED);
	/* Nor in another session. */
	session("", 100);
	ck_assert_int_eq(extend(ALICE_UID, NULL), SEK_OK);
	ck_assert_int_eq(x.no, SEK_EXTEND_REFUSED);
}
END_TEST

START_TEST(the_grant_that_was_named_or_none)
{
	const char *named, *other;

	begin("");
	session("", 100);
	named = grants_give(1800);
	other = grants_give(900);
	ck_assert_int_eq(extend(ALICE_UID, named), SEK_OK);
	ck_assert_int_eq(x.no, SEK_EXTEND_YES);
	ck_assert_str_eq(x.grant, named);
	ck_assert_int_eq(extend(ALICE_UID, named), SEK_OK);
	ck_assert_int_eq(x.no, SEK_EXTEND_REFUSED);
	ck_assert_str_ne(named, other);
}
END_TEST

START_TEST(policy_and_ceiling_stay)
{
	begin("");
	world_policy("[privilege]\nusers = alice\nmax_session = 15m\n");
	session("", 100);
	(void)grants_give(7200);
	ck_assert_int_eq(extend(ALICE_UID, NULL), SEK_OK);
	ck_assert_int_eq(x.no, SEK_EXTEND_YES);
	ck_assert_int_le(x.ends, boot_now() + 900 * SEK_SECOND);
	session("", 100);
	guard.ceiling = guard.deadline + 7 * SEK_SECOND;
	rewrite();
	(void)grants_give(7200);
	ck_assert_int_eq(extend(ALICE_UID, NULL), SEK_OK);
	ck_assert_int_eq(x.no, SEK_EXTEND_YES);
	ck_assert_int_eq(x.ends, guard.ceiling);
}
END_TEST

START_TEST(nothing_is_used_of_a_grant_that_gains_nothing)
{
	begin("");
	session("", 5000);
	(void)grants_give(60);
	refused(SEK_EXTEND_NO_GAIN, SEK_REASON_NONE);
	session("", 10);
	ck_assert_int_eq(extend(ALICE_UID, NULL), SEK_OK);
	ck_assert_int_eq(x.no, SEK_EXTEND_YES);
}
END_TEST

START_TEST(an_envelopes_end_stays_and_what_ends_or_never_does_is_left)
{
	struct sek_guard_state s;
	struct sek_why why = { "" };

	begin("");
	(void)grants_give(900);
	session("", 100);
	(void)snprintf(guard.envelope, sizeof guard.envelope, "00ff");
	rewrite();
	refused(SEK_EXTEND_GLASS, SEK_REASON_NONE);
	session("", 100);
	guard.deadline = 0;
	rewrite();
	refused(SEK_EXTEND_ENDLESS, SEK_REASON_NONE);
	session("", 100);
	memset(&s, 0, sizeof s);
	s.ending = 1;
	ck_assert_int_eq(sek_guard_state_write(&guard, &s, &why), SEK_OK);
	refused(SEK_EXTEND_ENDING, SEK_REASON_NONE);
	session("", 100);
	ck_assert_int_eq(sek_guard_order(guard.id, SEK_GUARD_END,
	    SEK_REASON_NONE, "root", "enough", &why), SEK_OK);
	refused(SEK_EXTEND_ENDING, SEK_REASON_NONE);
}
END_TEST

START_TEST(anothers_session_is_none)
{
	begin("");
	(void)grants_give(900);
	session("", 100);
	ck_assert_int_eq(extend(BOB_UID, NULL), SEK_ERR_NOT_FOUND);
	ck_assert_int_eq(extend(0, NULL), SEK_ERR_NOT_FOUND);
	ck_assert_int_eq(now_of(guard.id)->deadline, guard.deadline);
	ck_assert_int_eq(extend(SEK_UID_NONE, NULL), SEK_OK);
	ck_assert_int_eq(x.no, SEK_EXTEND_YES);
}
END_TEST

/* ------------------------------------------------------------ their end -- */

static void
end_all(uint32_t uid, uint32_t own, int64_t later)
{
	struct sek_watched_end e = { .uid = uid, .own = own, .later = later,
	    .reason = SEK_REASON_SUSPENDED, .by = "alice", .text = "not me" };

	sek_watched_end_all(&e);
}

START_TEST(all_of_his_are_ended_and_the_one_he_sits_in_a_moment_later)
{
	char others[SEK_ID_MAX], his[SEK_ID_MAX], own[SEK_ID_MAX];
	const struct sek_guard *g;

	begin("");
	session("", 100);
	guard.subject_uid = BOB_UID;
	(void)snprintf(guard.subject, sizeof guard.subject, "bob");
	rewrite();
	memcpy(others, guard.id, sizeof others);
	session("", 100);
	memcpy(his, guard.id, sizeof his);
	session("", 100);
	guard.audit_session = OWN;
	guard.deadline = 0;
	rewrite();
	memcpy(own, guard.id, sizeof own);
	end_all(ALICE_UID, OWN, 10 * SEK_SECOND);
	ck_assert_uint_eq(now_of(others)->order, SEK_GUARD_WATCH);
	g = now_of(his);
	ck_assert_uint_eq(g->order, SEK_GUARD_END);
	ck_assert_str_eq(g->ordered_by, "alice");
	g = now_of(own);
	ck_assert_uint_eq(g->order, SEK_GUARD_WATCH);
	ck_assert_int_ne(g->deadline, 0);
	ck_assert_int_le(g->deadline, boot_now() + 10 * SEK_SECOND);
	ck_assert_uint_eq(g->order_reason, SEK_REASON_SUSPENDED);
	/* Who stays in goes on where he sits. */
	end_all(BOB_UID, OWN, 0);
	ck_assert_uint_eq(now_of(others)->order, SEK_GUARD_END);
}
END_TEST

START_TEST(a_session_of_roots_is_whose_person_opened_it)
{
	begin("");
	session("", 100);
	end_all(0, UINT32_MAX, 0);
	ck_assert_uint_eq(now_of(guard.id)->order, SEK_GUARD_WATCH);
	session("", 100);
	guard.subject[0] = '\0';
	guard.subject_uid = SEK_UID_NONE;
	rewrite();
	end_all(0, UINT32_MAX, 0);
	ck_assert_uint_eq(now_of(guard.id)->order, SEK_GUARD_END);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("watched");
	TCase *c = world_case(s, "watched", 300);

	tcase_add_test(c, it_ends_later_by_another_grant_alone);
	tcase_add_test(c, a_grant_prolongs_once);
	tcase_add_test(c, the_grant_that_was_named_or_none);
	tcase_add_test(c, policy_and_ceiling_stay);
	tcase_add_test(c, nothing_is_used_of_a_grant_that_gains_nothing);
	tcase_add_test(c,
	    an_envelopes_end_stays_and_what_ends_or_never_does_is_left);
	tcase_add_test(c, anothers_session_is_none);
	tcase_add_test(c,
	    all_of_his_are_ended_and_the_one_he_sits_in_a_moment_later);
	tcase_add_test(c, a_session_of_roots_is_whose_person_opened_it);
	return (world_main(s));
}
