/*
 * test_rule_grant.c - test of rule/approval for grants and deputies: who may
 * ask and decide them, and random lives against a model that counts persons
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/model/grant.h"
#include "sekisho/rule/approval.h"
#include "unit.h"

#define HOUR		(3600 * SEK_SECOND)
#define NOW		(INT64_C(1790000000) * SEK_SECOND)
#define APPROVER	SEK_ROLE_BIT(SEK_ROLE_APPROVER)
#define CISO		SEK_ROLE_BIT(SEK_ROLE_CISO)

static const struct sek_approval_who asker = {
	.person = "p0", .account = "a0", .uid = 10, .audit_session = 1,
	.proven = true,
};
static const struct sek_approval_wish plain = {
	.scope_ok = true, .target_ok = true, .subject_ok = true, .own = true,
};

static struct sek_part
part_of(const struct sek_approval_who *who, int64_t at)
{
	struct sek_part p = { .at = at, .uid = who->uid,
	    .audit_session = who->audit_session, .proven = who->proven };

	(void)snprintf(p.person, sizeof(p.person), "%s", who->person);
	(void)snprintf(p.account, sizeof(p.account), "%s", who->account);
	return (p);
}

static void
make(struct sek_approval *a, enum sek_approval_kind kind)
{
	memset(a, 0, sizeof(*a));
	a->kind = kind;
	(void)snprintf(a->key, sizeof(a->key), "root");
	(void)snprintf(a->clause, sizeof(a->clause), "更新");
	(void)snprintf(a->reason, sizeof(a->reason), "月次の更新");
	(void)snprintf(a->users, sizeof(a->users), "a0");
	if (kind == SEK_APPROVAL_GRANT)
		(void)snprintf(a->value, sizeof(a->value), "3600");
	a->not_before = NOW;
	a->not_after = NOW + 8 * HOUR;
	a->asked = part_of(&asker, NOW);
}

static void
make_emergency(struct sek_approval *a)
{
	make(a, SEK_APPROVAL_GRANT);
	a->not_after = NOW + 4 * HOUR;
	a->review_at = NOW + 3 * SEK_DAY;
	a->unavoidable = 1;
}

#define no_is(call, expected) do { \
	enum sek_approval_no no_ = (call); \
	ck_assert_msg(no_ == (expected), "%s: %s, not %s", #call, \
	    sek_approval_no_name(no_), sek_approval_no_name(expected)); \
} while (0)

static enum sek_approval_no
ask(const struct sek_approval *a, const struct sek_approval_wish *wish,
    const struct sek_approval_who *who)
{
	return (sek_approval_may_ask(a, wish, who, NOW, false));
}

START_TEST(each_no_of_asking_is_reached)
{
	static struct sek_approval a;
	struct sek_approval_wish w = plain;
	struct sek_approval_who who = asker;
	unsigned kind;

	for (kind = SEK_APPROVAL_GRANT; kind <= SEK_APPROVAL_DEPUTY; kind++) {
		make(&a, kind);
		no_is(ask(&a, &plain, &asker), SEK_NO_NONE);
		no_is(sek_approval_may_ask(&a, &plain, &asker, NOW, true),
		    SEK_NO_CLOCK);
		w = plain;
		w.target_ok = false;
		no_is(ask(&a, &w, &asker), SEK_NO_TARGET);
		w = plain;
		w.scope_ok = false;
		no_is(ask(&a, &w, &asker), SEK_NO_SCOPE);
		w = plain;
		w.subject_ok = false;
		no_is(ask(&a, &w, &asker), SEK_NO_UNFIT);
		w = plain;
		w.waiting = SEK_APPROVAL_WAITING;
		no_is(ask(&a, &w, &asker), SEK_NO_MANY);
		who = asker;
		who.proven = false;
		no_is(ask(&a, &plain, &who), SEK_NO_NONE);
		who.audit_session = UINT32_MAX;
		no_is(ask(&a, &plain, &who), SEK_NO_PROOF);
		(void)snprintf(a.users, sizeof(a.users), "a0,a1");
		no_is(ask(&a, &plain, &asker), SEK_NO_SCOPE);
		make(&a, kind);
		a.reason[0] = '\0';
		no_is(ask(&a, &plain, &asker), SEK_NO_REASON);
		make(&a, kind);
		(void)snprintf(a.clause, sizeof(a.clause), " ");
		no_is(ask(&a, &plain, &asker), SEK_NO_REASON);
		/* A span belongs to a grant, and to nothing else. */
		make(&a, kind);
		(void)snprintf(a.value, sizeof(a.value), "%s", kind ==
		    SEK_APPROVAL_GRANT ? "" : "60");
		no_is(ask(&a, &plain, &asker), SEK_NO_TIME);
	}
}
END_TEST

START_TEST(times_are_a_month_at_most_and_have_no_review)
{
	static const struct {
		int64_t	from, until, review;
		bool	good;
	} t[] = {
		{ 0, NOW + SEK_GRANT_LONGEST, 0, true },
		{ NOW, NOW + SEK_GRANT_LONGEST + 1, 0, false },
		{ NOW + SEK_DAY, NOW + SEK_DAY + SEK_GRANT_LONGEST, 0, true },
		{ NOW + 366 * SEK_DAY, NOW + 367 * SEK_DAY, 0, true },
		{ NOW + 366 * SEK_DAY + 1, NOW + 367 * SEK_DAY, 0, false },
		{ NOW, NOW, 0, false },
		{ NOW, 0, 0, false },
		{ NOW - HOUR, NOW - 1, 0, false },
		{ NOW, NOW + HOUR, NOW + HOUR, false },
		{ -1, NOW + HOUR, 0, false },
		{ NOW, INT64_MAX, 0, false },
		{ INT64_MIN, NOW + HOUR, 0, false },
	};
	static struct sek_approval a;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		make(&a, SEK_APPROVAL_GRANT);
		a.not_before = t[i].from;
		a.not_after = t[i].until;
		a.review_at = t[i].review;
		ck_assert_msg(ask(&a, &plain, &asker) == (t[i].good ?
		    SEK_NO_NONE : SEK_NO_TIME), "%zu", i);
	}
}
END_TEST

START_TEST(an_emergency_is_for_who_uses_them_anyhow_and_himself)
{
	static struct sek_approval a;
	struct sek_approval_wish w = plain;
	struct sek_approval_who who = asker;

	w.unavoidable = true;
	make_emergency(&a);
	no_is(ask(&a, &w, &who), SEK_NO_PRIVILEGE);
	w.listed = true;
	no_is(ask(&a, &w, &who), SEK_NO_NONE);
	w.listed = false;
	who.privileged = true;
	no_is(ask(&a, &w, &who), SEK_NO_NONE);
	w.own = false;
	no_is(ask(&a, &w, &who), SEK_NO_UNFIT);
	w.own = true;
	w.pending = true;
	no_is(ask(&a, &w, &who), SEK_NO_PENDING);
	w.pending = false;
	who.proven = false;
	no_is(ask(&a, &w, &who), SEK_NO_PROOF);
	who.proven = true;
	who.contractor = true;
	no_is(ask(&a, &w, &who), SEK_NO_CONTRACTOR);
	who.contractor = false;
	a.not_after++;
	no_is(ask(&a, &w, &who), SEK_NO_TIME);
	make_emergency(&a);
	a.not_before = NOW + 1;
	no_is(ask(&a, &w, &who), SEK_NO_TIME);
	make_emergency(&a);
	a.review_at = 0;
	no_is(ask(&a, &w, &who), SEK_NO_TIME);
	a.review_at = NOW + SEK_GRANT_LONGEST + 1;
	no_is(ask(&a, &w, &who), SEK_NO_TIME);
	make(&a, SEK_APPROVAL_DEPUTY);
	a.review_at = a.not_after = NOW + HOUR;
	no_is(ask(&a, &w, &who), SEK_NO_PRIVILEGE);
}
END_TEST

START_TEST(contractors_ask_for_themselves_and_decide_nothing)
{
	static struct sek_approval a;
	struct sek_approval_wish w = plain;
	struct sek_approval_who who = asker;
	struct sek_approval_deed d = { .note = "n", .subject_ok = true };
	unsigned act;

	who.contractor = true;
	w.subject_contractor = true;
	make(&a, SEK_APPROVAL_GRANT);
	no_is(ask(&a, &w, &who), SEK_NO_NONE);
	no_is(ask(&a, &w, &asker), SEK_NO_NONE);
	w.own = false;
	no_is(ask(&a, &w, &who), SEK_NO_CONTRACTOR);
	make(&a, SEK_APPROVAL_DEPUTY);
	no_is(ask(&a, &w, &asker), SEK_NO_CONTRACTOR);
	/* Whatever office he was given. */
	who.person = "p1";
	who.account = "a1";
	who.uid = 12;
	who.roles = APPROVER | CISO;
	make(&a, SEK_APPROVAL_GRANT);
	for (act = SEK_ACT_NONE; act < SEK_ACTS; act++) {
		d.act = act;
		a.state = act == SEK_ACT_GIVE || act == SEK_ACT_REFUSE ?
		    SEK_APPROVAL_ASKED : SEK_APPROVAL_GIVEN;
		if (a.state == SEK_APPROVAL_GIVEN)
			a.decided = part_of(&asker, NOW);
		ck_assert_msg(sek_approval_may(&a, &d, &who, NOW, false) !=
		    SEK_NO_NONE, "%u", act);
	}
	/* Who became one since it was asked is no deputy. */
	make(&a, SEK_APPROVAL_DEPUTY);
	who.contractor = false;
	d.act = SEK_ACT_GIVE;
	no_is(sek_approval_may(&a, &d, &who, NOW, false), SEK_NO_NONE);
	d.subject_contractor = true;
	no_is(sek_approval_may(&a, &d, &who, NOW, false), SEK_NO_CONTRACTOR);
}
END_TEST

/* ---- random lives */

static uint64_t seed;

static unsigned
roll(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return ((unsigned)(seed >> 33) % n);
}

static const struct {
	const char	*person, *account;
	uint32_t	 uid;
	unsigned	 who;
} cast[] = {
	{ "p0", "a0", 10, 0 }, { "p0", "a0adm", 11, 0 },
	{ "p1", "a1", 12, 1 }, { "p2", "a2", 13, 2 },
};

struct life {
	struct sek_approval	a;
	enum { ASKED, GIVEN, SHUT, OVER } state;
	unsigned		asker, subject, first, second;
	bool			asked_proven;
	int64_t			given;
};
#define NOBODY	9u

static void
choose(struct sek_approval_who *who, unsigned c)
{
	memset(who, 0, sizeof(*who));
	who->person = cast[c].person;
	who->account = cast[c].account;
	who->uid = cast[c].uid;
	who->roles = roll(3) == 0 ? 0 : roll(2) == 0 ? APPROVER :
	    APPROVER | CISO;
	who->proven = roll(3) != 0;
	who->contractor = roll(6) == 0;
	who->audit_session = roll(3) == 0 ? UINT32_MAX : roll(3);
}

static bool
two_stand(const struct life *l)
{
	return (l->first != NOBODY && (l->asked_proven ||
	    l->second != NOBODY));
}

static bool
is_live(const struct life *l, int64_t wall)
{
	int64_t end = l->a.not_after;

	if (l->state == GIVEN && !two_stand(l) && l->given + SEK_DAY < end)
		end = l->given + SEK_DAY;
	return (wall < end && (l->a.uses_max == 0 ||
	    l->a.uses < l->a.uses_max));
}

static bool
is_apart(const struct life *l, const struct sek_approval_who *who)
{
	const struct sek_part *asked = &l->a.asked;

	return ((asked->proven && who->proven) ||
	    ((asked->proven || asked->audit_session != UINT32_MAX) &&
	    (who->proven || who->audit_session != UINT32_MAX) &&
	    asked->audit_session != who->audit_session));
}

/* By the model: may c do it? */
static bool
model_may(const struct life *l, const struct sek_approval_deed *d,
    const struct sek_approval_who *who, unsigned c, int64_t wall)
{
	uint32_t role = l->a.kind == SEK_APPROVAL_GRANT ? APPROVER : CISO;
	bool office = (who->roles & role) != 0 && !who->contractor;
	bool third = office && cast[c].who != l->asker &&
	    cast[c].who != l->subject;

	switch (d->act) {
	case SEK_ACT_GIVE:
		return (l->state == ASKED && is_live(l, wall) && third &&
		    is_apart(l, who) && d->subject_ok);
	case SEK_ACT_REFUSE:
		return (l->state == ASKED && third);
	case SEK_ACT_WITHDRAW:
		return (l->state == ASKED && cast[c].who == l->asker);
	case SEK_ACT_REVOKE:
		return (l->state == GIVEN && is_live(l, wall) && (office ||
		    cast[c].who == l->asker || cast[c].who == l->subject));
	case SEK_ACT_CONFIRM:
		return (l->state == GIVEN && is_live(l, wall) &&
		    !two_stand(l) && who->proven && third &&
		    is_apart(l, who) && cast[c].who != l->first &&
		    d->subject_ok);
	case SEK_ACT_CLOSE:
		return (l->a.kind == SEK_APPROVAL_GRANT && l->a.uses != 0 &&
		    (l->state == GIVEN || l->state == OVER) &&
		    l->a.ended.note[0] == '\0' && (office ||
		    cast[c].who == l->asker || cast[c].who == l->subject));
	default:
		return (false);
	}
}

static void
apply(struct life *l, enum sek_approval_act act,
    const struct sek_approval_who *who, unsigned c, int64_t wall)
{
	switch (act) {
	case SEK_ACT_GIVE:
		l->a.state = SEK_APPROVAL_GIVEN;
		l->a.decided = part_of(who, wall);
		l->state = GIVEN;
		l->given = wall;
		if (who->proven)
			l->first = cast[c].who;
		break;
	case SEK_ACT_CONFIRM:
		if (l->a.decided.proven) {
			l->a.reviewed = part_of(who, wall);
			l->second = cast[c].who;
		} else {
			l->a.decided = part_of(who, wall);
			l->first = cast[c].who;
			l->given = wall;
		}
		break;
	case SEK_ACT_CLOSE:
		l->a.state = SEK_APPROVAL_ENDED;
		l->a.ended = part_of(who, wall);
		(void)snprintf(l->a.ended.note, sizeof(l->a.ended.note), "n");
		l->state = OVER;
		break;
	default:
		l->a.state = act == SEK_ACT_REVOKE ? SEK_APPROVAL_REVOKED :
		    SEK_APPROVAL_REFUSED;
		l->state = SHUT;
	}
}

static bool
begin(struct life *l)
{
	struct sek_approval_wish w = plain;
	struct sek_approval_who who;
	unsigned c = roll(4), s = roll(4);
	bool yes, subject_contractor = roll(5) == 0;

	memset(l, 0, sizeof(*l));
	l->first = l->second = NOBODY;
	make(&l->a, roll(2) == 0 ? SEK_APPROVAL_GRANT : SEK_APPROVAL_DEPUTY);
	choose(&who, c);
	(void)snprintf(l->a.users, sizeof(l->a.users), "%s", cast[s].account);
	l->a.asked = part_of(&who, NOW);
	l->a.not_after = NOW + (int64_t)(1 + roll(60)) * HOUR;
	if (l->a.kind == SEK_APPROVAL_GRANT)
		l->a.uses_max = roll(3);
	l->asker = cast[c].who;
	l->subject = cast[s].who;
	l->asked_proven = who.proven;
	w.own = l->asker == l->subject;
	w.subject_contractor = subject_contractor;
	yes = (who.proven || who.audit_session != UINT32_MAX) &&
	    (!subject_contractor || l->a.kind == SEK_APPROVAL_GRANT) &&
	    (!who.contractor || w.own);
	ck_assert((ask(&l->a, &w, &who) == SEK_NO_NONE) == yes);
	return (yes);
}

static void
one_step(struct life *l, int64_t wall)
{
	static const enum sek_approval_act acts[] = { SEK_ACT_GIVE,
	    SEK_ACT_GIVE, SEK_ACT_REFUSE, SEK_ACT_WITHDRAW, SEK_ACT_REVOKE,
	    SEK_ACT_CONFIRM, SEK_ACT_CLOSE, SEK_ACT_KEEP, SEK_ACT_REVIEW };
	struct sek_approval_deed d = { .note = "n", .review_at = wall + 1 };
	struct sek_approval_who who;
	unsigned c = roll(4);
	bool yes, force;

	choose(&who, c);
	d.act = acts[roll(9)];
	d.subject = cast[c].who == l->subject;
	d.subject_ok = roll(5) != 0;
	yes = model_may(l, &d, &who, c, wall);
	ck_assert_msg((sek_approval_may(&l->a, &d, &who, wall, false) ==
	    SEK_NO_NONE) == yes, "%s by %s: %s",
	    sek_approval_act_name(d.act), who.account, sek_approval_no_name(
	    sek_approval_may(&l->a, &d, &who, wall, false)));
	if (yes)
		apply(l, d.act, &who, c, wall);
	force = l->state == GIVEN && is_live(l, wall) && two_stand(l);
	ck_assert(sek_approval_in_force(&l->a, wall, false) == force);
	ck_assert(!sek_approval_in_force(&l->a, wall, true));
	/* Two who proved themselves, of whom it is about none who gave it. */
	if (!force)
		return;
	ck_assert(l->first != l->asker && l->first != l->subject &&
	    l->second != l->asker && l->second != l->first &&
	    l->second != l->subject);
	l->a.uses += roll(2);
}

START_TEST(random_lives_agree_with_a_model)
{
	static struct life l;
	int64_t wall;
	int i, step;

	for (seed = 3, i = 0; i < 100000; i++) {
		if (!begin(&l))
			continue;
		for (wall = NOW, step = 0; step < 14; step++) {
			wall += (int64_t)roll(8) * HOUR;
			one_step(&l, wall);
		}
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		each_no_of_asking_is_reached,
		times_are_a_month_at_most_and_have_no_review,
		an_emergency_is_for_who_uses_them_anyhow_and_himself,
		contractors_ask_for_themselves_and_decide_nothing,
		random_lives_agree_with_a_model,
		NULL
	};

	return (unit_run("rule_grant", tests));
}
