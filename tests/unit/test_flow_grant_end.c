/*
 * test_flow_grant_end.c - test of flow/grant_end: which sessions end with a
 * grant, and with a deputy who is one no longer
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/edge/guard.h"
#include "sekisho/flow/grant_end.h"
#include "unit.h"

#define MOST	8

static struct sek_guard guard[MOST];
static unsigned n;
static char ordered[64];		/* their ids, in turn */
static char by[SEK_NAME_MAX];
static char text[SEK_REASON_MAX];
static enum sek_reason reason;
static enum sek_err answer[MOST];	/* to an order of that guard */
static struct sek_settings *s;
static struct sek_approval *a;
static struct sek_why why;

enum sek_err __wrap_sek_guard_each(sek_guard_fn fn, void *arg,
    struct sek_why *w);
enum sek_err __wrap_sek_guard_order(const char *id,
    enum sek_guard_order order, enum sek_reason r, const char *who,
    const char *reason_text, struct sek_why *w);

enum sek_err
__wrap_sek_guard_each(sek_guard_fn fn, void *arg, struct sek_why *w)
{
	struct sek_guard_state state;
	enum sek_err err = SEK_OK;
	unsigned i;

	(void)w;
	memset(&state, 0, sizeof(state));
	for (i = 0; i < n && err == SEK_OK; i++)
		err = fn(arg, &guard[i], &state);
	return (err);
}

enum sek_err
__wrap_sek_guard_order(const char *id, enum sek_guard_order order,
    enum sek_reason r, const char *who, const char *reason_text,
    struct sek_why *w)
{
	size_t len = strlen(ordered);

	(void)w;
	ck_assert_int_eq(order, SEK_GUARD_END);
	(void)snprintf(ordered + len, sizeof(ordered) - len, "%s", id);
	(void)snprintf(by, sizeof(by), "%s", who);
	(void)snprintf(text, sizeof(text), "%s", reason_text);
	reason = r;
	return (answer[id[0] - 'a']);
}

/* A privileged session of root's, called a, b, c … */
static struct sek_guard *
session(const char *subject, const char *grant)
{
	struct sek_guard *g = &guard[n];

	memset(g, 0, sizeof(*g));
	g->id[0] = (char)('a' + n);
	answer[n++] = SEK_OK;
	g->privileged = 1;
	(void)snprintf(g->account, sizeof(g->account), "root");
	(void)snprintf(g->subject, sizeof(g->subject), "%s", subject);
	(void)snprintf(g->grant, sizeof(g->grant), "%s", grant);
	return (g);
}

static void
setup(void)
{

	n = 0;
	ordered[0] = '\0';
	s = calloc(1, sizeof(*s));
	a = calloc(1, sizeof(*a));
	ck_assert(s != NULL && a != NULL);
	a->kind = SEK_APPROVAL_GRANT;
	(void)snprintf(a->id, sizeof(a->id), "00ff");
	(void)snprintf(a->users, sizeof(a->users), "bin");
	(void)snprintf(a->key, sizeof(a->key), "root");
	(void)snprintf(a->ended.note, sizeof(a->ended.note), "done");
}

static void
teardown(void)
{

	free(s);
	free(a);
}

START_TEST(a_grant_ends_what_stands_on_it_and_nothing_else)
{
	unsigned ended = 0;

	session("bin", "00ff");
	session("bin", "");
	session("bin", "00fe");
	session("daemon", "00ff");
	ck_assert_int_eq(sek_grant_end_sessions(s, a, "games", &ended, &why),
	    SEK_OK);
	ck_assert_str_eq(ordered, "ad");
	ck_assert_uint_eq(ended, 2);
	ck_assert_str_eq(by, "games");
	ck_assert_str_eq(text, "done");
	ck_assert_int_eq(reason, SEK_REASON_NO_GRANT);
}
END_TEST

START_TEST(break_glass_goes_on)
{
	unsigned ended = 1;

	(void)snprintf(session("bin", "00ff")->envelope, SEK_ID_MAX, "e1");
	ck_assert_int_eq(sek_grant_end_sessions(s, a, "games", &ended, &why),
	    SEK_OK);
	ck_assert_str_eq(ordered, "");
	ck_assert_uint_eq(ended, 0);
}
END_TEST

START_TEST(a_deputy_ends_his_own_sessions_as_whom_he_stood_in)
{
	unsigned ended = 0;

	a->kind = SEK_APPROVAL_DEPUTY;
	session("bin", "");
	session("daemon", "");
	session("bin", "00fe");
	session("bin", "")->privileged = 0;
	(void)snprintf(session("bin", "")->account, SEK_NAME_MAX, "games");
	ck_assert_int_eq(sek_grant_end_sessions(s, a, "games", &ended, &why),
	    SEK_OK);
	ck_assert_str_eq(ordered, "ac");
	(void)snprintf(a->key, sizeof(a->key), "*");
	ordered[0] = '\0';
	ck_assert_int_eq(sek_grant_end_sessions(s, a, "games", &ended, &why),
	    SEK_OK);
	ck_assert_str_eq(ordered, "ace");
}
END_TEST

START_TEST(a_deputy_whom_the_policy_names_goes_on)
{
	unsigned ended = 1;

	a->kind = SEK_APPROVAL_DEPUTY;
	(void)snprintf(s->privilege.users, sizeof(s->privilege.users),
	    "daemon bin");
	session("bin", "");
	ck_assert_int_eq(sek_grant_end_sessions(s, a, "games", &ended, &why),
	    SEK_OK);
	ck_assert_str_eq(ordered, "");
	ck_assert_uint_eq(ended, 0);
}
END_TEST

START_TEST(one_that_cannot_be_ordered_keeps_none_of_the_others)
{
	unsigned ended = 0;

	session("bin", "00ff");
	session("bin", "00ff");
	session("bin", "00ff");
	answer[0] = SEK_ERR_NOT_FOUND;	/* ended meanwhile */
	answer[1] = SEK_ERR_IO;
	ck_assert_int_eq(sek_grant_end_sessions(s, a, "games", &ended, &why),
	    SEK_ERR_IO);
	ck_assert_str_eq(ordered, "abc");
	ck_assert_uint_eq(ended, 1);
}
END_TEST

START_TEST(only_what_shuts_a_grant_ends_anything)
{
	int act;

	for (act = SEK_ACT_NONE; act < SEK_ACTS; act++) {
		bool shuts = act == SEK_ACT_REVOKE || act == SEK_ACT_CLOSE;

		a->kind = SEK_APPROVAL_GRANT;
		ck_assert(sek_grant_end_act(a, (enum sek_approval_act)act) ==
		    shuts);
		a->kind = SEK_APPROVAL_EXCEPTION;
		ck_assert(!sek_grant_end_act(a, (enum sek_approval_act)act));
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_grant_ends_what_stands_on_it_and_nothing_else,
		break_glass_goes_on,
		a_deputy_ends_his_own_sessions_as_whom_he_stood_in,
		a_deputy_whom_the_policy_names_goes_on,
		one_that_cannot_be_ordered_keeps_none_of_the_others,
		only_what_shuts_a_grant_ends_anything, NULL
	};

	return (unit_run_with("flow/grant_end", tests, setup, teardown));
}
