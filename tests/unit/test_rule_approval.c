/*
 * test_rule_approval.c - test of rule/approval: each no is reached, each yes
 * takes two persons, and random lives agree with a model of their own
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/model/ticket.h"
#include "sekisho/rule/approval.h"
#include "unit.h"

#define HOUR	(3600 * SEK_SECOND)
#define DAY	(24 * HOUR)
#define NOW	(INT64_C(1790000000) * SEK_SECOND)
#define CISO	SEK_ROLE_BIT(SEK_ROLE_CISO)

static const struct sek_approval_who asker = {
	.person = "p-alice", .account = "alice", .uid = 1000,
	.audit_session = 1, .proven = true,
};
static const struct sek_approval_who giver = {
	.person = "p-bob", .account = "bob", .uid = 1001,
	.audit_session = 2, .roles = CISO, .proven = true,
};
static const struct sek_approval_who third = {
	.person = "p-carol", .account = "carol", .uid = 1002,
	.audit_session = 3, .roles = CISO, .proven = true,
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

/* As it is asked: 30 days, looked at after 10. */
static struct sek_approval
wished(void)
{
	struct sek_approval a = { .kind = SEK_APPROVAL_EXCEPTION,
	    .key = "factors.kinds", .value = "1", .reason = "カード更新待ち",
	    .not_before = NOW, .not_after = NOW + 30 * DAY,
	    .review_at = NOW + 10 * DAY };

	a.asked = part_of(&asker, NOW);
	return (a);
}

static struct sek_approval
given(void)
{
	struct sek_approval a = wished();

	a.state = SEK_APPROVAL_GIVEN;
	a.decided = part_of(&giver, NOW);
	return (a);
}

static struct sek_approval
unavoidable(void)
{
	struct sek_approval a = wished();

	a.unavoidable = 1;
	a.state = SEK_APPROVAL_GIVEN;
	a.decided = a.asked;
	a.review_at = a.not_after = NOW + 4 * HOUR;
	return (a);
}

/* In a frame of its own: clang keeps one for each of a function's. */
static void __attribute__((noinline))
again(struct sek_approval *a, struct sek_approval (*make)(void))
{
	*a = make();
}

static const struct sek_approval_wish plain = {
	.in_table = true, .scope_ok = true,
};

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

static enum sek_approval_no
may_at(const struct sek_approval *a, enum sek_approval_act act,
    const struct sek_approval_who *who, int64_t wall)
{
	const struct sek_approval_deed deed = { .act = act, .note = "n",
	    .review_at = wall + DAY };

	return (sek_approval_may(a, &deed, who, wall, false));
}

static enum sek_approval_no
may(const struct sek_approval *a, enum sek_approval_act act,
    const struct sek_approval_who *who)
{
	return (may_at(a, act, who, NOW + HOUR));
}

START_TEST(asking_takes_a_person_a_key_a_reason_and_an_end)
{
	struct sek_approval a = wished();
	struct sek_approval_who who = asker;
	struct sek_approval_wish wish = plain;

	no_is(ask(&a, &plain, &asker), SEK_NO_NONE);
	who.person = "";
	no_is(ask(&a, &plain, &who), SEK_NO_PERSON);
	who = asker;
	who.uid = UINT32_MAX;
	no_is(ask(&a, &plain, &who), SEK_NO_PERSON);
	no_is(sek_approval_may_ask(&a, &plain, &asker, NOW, true),
	    SEK_NO_CLOCK);
	wish.in_table = false;
	no_is(ask(&a, &wish, &asker), SEK_NO_KEY);
	a.key[0] = '\0';
	no_is(ask(&a, &plain, &asker), SEK_NO_KEY);
	again(&a, wished);
	a.kind = SEK_APPROVAL_NONE;
	no_is(ask(&a, &plain, &asker), SEK_NO_KEY);
	again(&a, wished);
	wish = plain;
	wish.scope_ok = false;
	no_is(ask(&a, &wish, &asker), SEK_NO_SCOPE);
	(void)snprintf(a.reason, sizeof(a.reason), " \t");
	no_is(ask(&a, &plain, &asker), SEK_NO_REASON);
	/* As an input method gives them. */
	(void)snprintf(a.reason, sizeof(a.reason), "\u3000 \u00a0");
	no_is(ask(&a, &plain, &asker), SEK_NO_REASON);
	again(&a, wished);
	wish = plain;
	wish.waiting = SEK_APPROVAL_WAITING - 1;
	no_is(ask(&a, &wish, &asker), SEK_NO_NONE);
	wish.waiting++;
	no_is(ask(&a, &wish, &asker), SEK_NO_MANY);
}
END_TEST

START_TEST(times_have_an_end_that_is_not_too_far)
{
	static const struct {
		int64_t	from, until, review;
		bool	good;
	} t[] = {
		{ NOW, NOW + DAY, NOW + DAY, true },
		{ NOW, NOW + 366 * DAY, NOW + DAY, true },
		{ NOW, NOW + 366 * DAY + 1, NOW + DAY, false },
		{ NOW + 366 * DAY, NOW + 367 * DAY, NOW + 367 * DAY, true },
		{ NOW + 366 * DAY + 1, NOW + 367 * DAY, NOW + DAY, false },
		{ NOW, 0, NOW + DAY, false },
		{ NOW, NOW, NOW, false },
		{ NOW - DAY, NOW - HOUR, NOW - HOUR, false },
		{ NOW - DAY, NOW + DAY, NOW + HOUR, true },
		{ NOW + 2 * DAY, NOW + DAY, NOW + HOUR, false },
		{ NOW, NOW + DAY, NOW + 2 * DAY, false },
		{ NOW, NOW + DAY, NOW, false },
		{ NOW, INT64_MAX, NOW + DAY, false },
		{ INT64_MAX, INT64_MAX, INT64_MAX, false },
		{ -1, NOW + DAY, NOW + DAY, false },
		{ INT64_MIN, NOW + DAY, NOW + DAY, false },
	};
	struct sek_approval a = wished();
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		a.not_before = t[i].from;
		a.not_after = t[i].until;
		a.review_at = t[i].review;
		ck_assert_msg((ask(&a, &plain, &asker) == SEK_NO_NONE) ==
		    t[i].good, "%zu", i);
		if (!t[i].good)
			no_is(ask(&a, &plain, &asker), SEK_NO_TIME);
	}
}
END_TEST

START_TEST(an_unproven_ask_needs_a_session_known)
{
	struct sek_approval a = wished();
	struct sek_approval_who who = asker;

	who.proven = false;
	no_is(ask(&a, &plain, &who), SEK_NO_NONE);
	who.audit_session = UINT32_MAX;
	no_is(ask(&a, &plain, &who), SEK_NO_PROOF);
	who.proven = true;
	no_is(ask(&a, &plain, &who), SEK_NO_NONE);
}
END_TEST

START_TEST(unavoidable_is_for_privileged_persons_who_prove_themselves)
{
	struct sek_approval a = unavoidable();
	struct sek_approval_who who = asker;
	struct sek_approval_wish wish = plain;

	wish.unavoidable = true;
	who.privileged = true;
	no_is(ask(&a, &wish, &who), SEK_NO_NONE);
	who.privileged = false;
	no_is(ask(&a, &wish, &who), SEK_NO_PRIVILEGE);
	who.privileged = true;
	who.proven = false;
	no_is(ask(&a, &wish, &who), SEK_NO_PROOF);
	who.proven = true;
	wish.pending = true;
	no_is(ask(&a, &wish, &who), SEK_NO_PENDING);
	wish.unavoidable = false;
	no_is(ask(&a, &wish, &who), SEK_NO_NONE);
	wish.unavoidable = true;
	wish.pending = false;
	a.not_after++;
	no_is(ask(&a, &wish, &who), SEK_NO_TIME);
	again(&a, unavoidable);
	a.not_before = NOW + 1;
	no_is(ask(&a, &wish, &who), SEK_NO_TIME);
}
END_TEST

START_TEST(another_person_gives_it)
{
	struct sek_approval a = wished(), b;
	struct sek_approval_who who;

	no_is(may(&a, SEK_ACT_GIVE, &giver), SEK_NO_NONE);
	/* One person by any of the three. */
	who = giver;
	who.person = "p-alice";
	no_is(may(&a, SEK_ACT_GIVE, &who), SEK_NO_SAME_PERSON);
	no_is(may(&a, SEK_ACT_REFUSE, &who), SEK_NO_SAME_PERSON);
	who = giver;
	who.account = "alice";
	no_is(may(&a, SEK_ACT_GIVE, &who), SEK_NO_SAME_PERSON);
	who = giver;
	who.uid = 1000;
	no_is(may(&a, SEK_ACT_GIVE, &who), SEK_NO_SAME_PERSON);
	who = giver;
	who.roles = ~CISO;
	no_is(may(&a, SEK_ACT_GIVE, &who), SEK_NO_ROLE);
	no_is(may(&a, SEK_ACT_REFUSE, &who), SEK_NO_ROLE);
	who = giver;
	who.person = "";
	no_is(may(&a, SEK_ACT_GIVE, &who), SEK_NO_PERSON);
	for (b = a, b.state = SEK_APPROVAL_GIVEN;
	    b.state < SEK_APPROVAL_STATES; b.state++) {
		no_is(may(&b, SEK_ACT_GIVE, &giver), SEK_NO_STATE);
		no_is(may(&b, SEK_ACT_REFUSE, &giver), SEK_NO_STATE);
		no_is(may(&b, SEK_ACT_WITHDRAW, &asker), SEK_NO_STATE);
	}
	no_is(may_at(&a, SEK_ACT_GIVE, &giver, a.not_after), SEK_NO_TIME);
	no_is(may_at(&a, SEK_ACT_GIVE, &giver, a.not_after - 1), SEK_NO_NONE);
	no_is(may(&a, SEK_ACT_NONE, &giver), SEK_NO_STATE);
	no_is(may(&a, SEK_ACTS, &giver), SEK_NO_STATE);
}
END_TEST

START_TEST(what_the_store_knows_of_him_counts_too)
{
	struct sek_approval a = wished();
	static struct sek_approval b;
	struct sek_approval_deed d = { .act = SEK_ACT_GIVE, .note = "n" };

	again(&b, given);
	d.asker = true;
	no_is(sek_approval_may(&a, &d, &giver, NOW, false),
	    SEK_NO_SAME_PERSON);
	d.asker = false;
	d.subject = true;
	no_is(sek_approval_may(&a, &d, &giver, NOW, false), SEK_NO_SUBJECT);
	d.act = SEK_ACT_REFUSE;
	no_is(sek_approval_may(&a, &d, &giver, NOW, false), SEK_NO_SUBJECT);
	d.act = SEK_ACT_KEEP;
	d.review_at = NOW + DAY;
	no_is(sek_approval_may(&b, &d, &giver, NOW, false), SEK_NO_SUBJECT);
	/* He may shut it. */
	d.act = SEK_ACT_REVOKE;
	no_is(sek_approval_may(&b, &d, &giver, NOW, false), SEK_NO_NONE);
	d.subject = false;
	d.giver = true;
	d.act = SEK_ACT_CONFIRM;
	b.asked.proven = 0;
	no_is(sek_approval_may(&b, &d, &third, NOW, false),
	    SEK_NO_SAME_PERSON);
}
END_TEST

START_TEST(an_unproven_half_is_of_another_known_session)
{
	static const struct {
		bool		asked, gives;
		uint32_t	one, other;
		bool		good;
	} t[] = {
		{ true, true, 5, 5, true },	/* a witness at his prompt */
		{ true, true, UINT32_MAX, UINT32_MAX, true },
		{ false, true, 5, 5, false },
		{ true, false, 5, 5, false },
		{ false, false, 5, 5, false },
		{ false, false, 5, 6, true },
		{ false, true, 5, 6, true },
		{ true, false, 5, 6, true },
		{ false, true, UINT32_MAX, 6, false },
		{ true, false, 5, UINT32_MAX, false },
		{ false, false, 5, UINT32_MAX, false },
		{ false, false, UINT32_MAX, 5, false },
		{ false, false, UINT32_MAX, UINT32_MAX, false },
	};
	struct sek_approval a = wished();
	struct sek_approval_who who = giver;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		a.asked.proven = t[i].asked;
		a.asked.audit_session = t[i].one;
		who.proven = t[i].gives;
		who.audit_session = t[i].other;
		ck_assert_msg(may(&a, SEK_ACT_GIVE, &who) == (t[i].good ?
		    SEK_NO_NONE : SEK_NO_SAME_SESSION), "%zu", i);
		/* A no needs no more than a person. */
		no_is(may(&a, SEK_ACT_REFUSE, &who), SEK_NO_NONE);
	}
}
END_TEST

START_TEST(what_is_not_proven_opens_nothing_and_lasts_a_day)
{
	struct sek_approval a = given();
	struct sek_approval_who who = giver;

	a.decided.proven = 0;
	ck_assert(!sek_approval_in_force(&a, NOW + HOUR, false));
	ck_assert(!sek_approval_opened(&a));
	ck_assert_int_eq(sek_approval_end(&a), NOW + DAY);
	ck_assert(!sek_approval_over(&a, NOW + DAY - 1));
	ck_assert(sek_approval_over(&a, NOW + DAY));
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW + HOUR),
	    SEK_OVERDUE_UNPROVEN);
	ck_assert_str_eq(sek_approval_shown(&a, NOW + HOUR), "waiting");
	no_is(may(&a, SEK_ACT_KEEP, &third), SEK_NO_STATE);
	/* A proven yes in its place: also by who gave it. */
	who.proven = false;
	no_is(may(&a, SEK_ACT_CONFIRM, &who), SEK_NO_PROOF);
	no_is(may(&a, SEK_ACT_CONFIRM, &giver), SEK_NO_NONE);
	no_is(may(&a, SEK_ACT_CONFIRM, &asker), SEK_NO_SAME_PERSON);
	no_is(may_at(&a, SEK_ACT_CONFIRM, &giver, NOW + DAY), SEK_NO_STATE);
	a.decided = part_of(&giver, NOW + HOUR);
	ck_assert(sek_approval_in_force(&a, NOW + HOUR, false));
	ck_assert_int_eq(sek_approval_end(&a), a.not_after);
	no_is(may(&a, SEK_ACT_CONFIRM, &third), SEK_NO_STATE);
	/* The other half: a second one who proves himself. */
	a.asked.proven = 0;
	ck_assert(!sek_approval_in_force(&a, NOW + HOUR, false));
	no_is(may(&a, SEK_ACT_CONFIRM, &giver), SEK_NO_SAME_PERSON);
	no_is(may(&a, SEK_ACT_CONFIRM, &third), SEK_NO_NONE);
	a.reviewed = part_of(&third, NOW + HOUR);
	ck_assert(sek_approval_in_force(&a, NOW + HOUR, false));
	/* Neither: one proven yes is not enough. */
	a.decided.proven = 0;
	ck_assert(!sek_approval_in_force(&a, NOW + HOUR, false));
}
END_TEST

START_TEST(in_force_between_its_times_and_not_on_a_clock_set_back)
{
	struct sek_approval a = given();
	uint32_t s;

	a.not_before = NOW + DAY;
	ck_assert(!sek_approval_in_force(&a, NOW + DAY - 1, false));
	ck_assert(sek_approval_in_force(&a, NOW + DAY, false));
	ck_assert(!sek_approval_in_force(&a, NOW + DAY, true));
	ck_assert(sek_approval_in_force(&a, a.not_after - 1, false));
	ck_assert(!sek_approval_in_force(&a, a.not_after, false));
	a.uses_max = 2;
	a.uses = 1;
	ck_assert(sek_approval_in_force(&a, NOW + DAY, false));
	a.uses = 2;
	ck_assert(!sek_approval_in_force(&a, NOW + DAY, false));
	a.uses_max = 0;
	for (s = 0; s < SEK_APPROVAL_STATES; s++) {
		a.state = s;
		ck_assert(sek_approval_in_force(&a, NOW + DAY, false) ==
		    (s == SEK_APPROVAL_GIVEN));
	}
}
END_TEST

START_TEST(a_clock_set_back_opens_nothing_and_shuts_all)
{
	static struct sek_approval a, b, c;
	struct sek_approval_deed d = { .note = "n", .review_at = NOW + DAY };

	again(&a, wished);
	again(&b, given);
	again(&c, unavoidable);
	d.act = SEK_ACT_GIVE;
	no_is(sek_approval_may(&a, &d, &giver, NOW, true), SEK_NO_CLOCK);
	d.act = SEK_ACT_REFUSE;
	no_is(sek_approval_may(&a, &d, &giver, NOW, true), SEK_NO_NONE);
	d.act = SEK_ACT_WITHDRAW;
	no_is(sek_approval_may(&a, &d, &asker, NOW, true), SEK_NO_NONE);
	d.act = SEK_ACT_KEEP;
	no_is(sek_approval_may(&b, &d, &giver, NOW, true), SEK_NO_CLOCK);
	d.act = SEK_ACT_CONFIRM;
	no_is(sek_approval_may(&b, &d, &giver, NOW, true), SEK_NO_CLOCK);
	d.act = SEK_ACT_REVOKE;
	no_is(sek_approval_may(&b, &d, &asker, NOW, true), SEK_NO_NONE);
	d.act = SEK_ACT_REVIEW;
	no_is(sek_approval_may(&c, &d, &giver, NOW, true), SEK_NO_NONE);
}
END_TEST

START_TEST(what_shuts_needs_a_word_and_a_right)
{
	static const enum sek_approval_act with_note[] = { SEK_ACT_REFUSE,
	    SEK_ACT_WITHDRAW, SEK_ACT_REVOKE, SEK_ACT_KEEP, SEK_ACT_REVIEW,
	    SEK_ACT_CLOSE };
	struct sek_approval_deed d = { .note = " ", .review_at = NOW + DAY };
	struct sek_approval_who nobody = third, own = asker;
	struct sek_approval a;
	size_t i;

	nobody.roles = 0;
	own.roles = CISO;
	for (i = 0; i < sizeof(with_note) / sizeof(with_note[0]); i++) {
		d.act = with_note[i];
		again(&a, d.act == SEK_ACT_REFUSE ||
		    d.act == SEK_ACT_WITHDRAW ? wished :
		    d.act == SEK_ACT_REVIEW ? unavoidable : given);
		if (d.act == SEK_ACT_CLOSE)
			a.state = SEK_APPROVAL_ENDED;
		no_is(sek_approval_may(&a, &d, d.act == SEK_ACT_WITHDRAW ?
		    &asker : &giver, NOW + HOUR, false), SEK_NO_NOTE);
		no_is(may(&a, d.act, &nobody), SEK_NO_ROLE);
	}
	again(&a, wished);
	no_is(may(&a, SEK_ACT_WITHDRAW, &giver), SEK_NO_ROLE);
	no_is(may(&a, SEK_ACT_WITHDRAW, &own), SEK_NO_NONE);
	no_is(may(&a, SEK_ACT_REVOKE, &giver), SEK_NO_STATE);
	again(&a, given);
	no_is(may(&a, SEK_ACT_REVOKE, &asker), SEK_NO_NONE);
	no_is(may(&a, SEK_ACT_REVOKE, &third), SEK_NO_NONE);
	no_is(may_at(&a, SEK_ACT_REVOKE, &third, a.not_after), SEK_NO_STATE);
	no_is(may(&a, SEK_ACT_CLOSE, &third), SEK_NO_STATE);
	no_is(may_at(&a, SEK_ACT_CLOSE, &third, a.not_after), SEK_NO_NONE);
	no_is(may_at(&a, SEK_ACT_CLOSE, &asker, a.not_after), SEK_NO_NONE);
	/* A yes needs no word. */
	d.act = SEK_ACT_GIVE;
	again(&a, wished);
	no_is(sek_approval_may(&a, &d, &giver, NOW, false), SEK_NO_NONE);
}
END_TEST

START_TEST(looked_at_by_another_who_proves_himself)
{
	struct sek_approval a = given();
	struct sek_approval_deed d = { .act = SEK_ACT_KEEP, .note = "n" };
	struct sek_approval_who who = giver, own = asker;

	ck_assert_uint_eq(sek_approval_overdue(&a, a.review_at - 1), 0);
	ck_assert_uint_eq(sek_approval_overdue(&a, a.review_at),
	    SEK_OVERDUE_REVIEW);
	ck_assert_uint_eq(sek_approval_overdue(&a, a.not_after),
	    SEK_OVERDUE_CLOSING);
	own.roles = CISO;
	no_is(may(&a, SEK_ACT_KEEP, &own), SEK_NO_SAME_PERSON);
	who.proven = false;
	no_is(may(&a, SEK_ACT_KEEP, &who), SEK_NO_PROOF);
	no_is(may(&a, SEK_ACT_KEEP, &giver), SEK_NO_NONE);
	d.review_at = a.not_after;
	no_is(sek_approval_may(&a, &d, &third, NOW, false), SEK_NO_NONE);
	d.review_at++;
	no_is(sek_approval_may(&a, &d, &third, NOW, false), SEK_NO_TIME);
	d.review_at = NOW;
	no_is(sek_approval_may(&a, &d, &third, NOW, false), SEK_NO_TIME);
	no_is(may(&a, SEK_ACT_REVIEW, &third), SEK_NO_STATE);
	/* Of an unproven ask two others stand for it: they stay two. */
	a.asked.proven = 0;
	a.reviewed = part_of(&third, NOW);
	no_is(may(&a, SEK_ACT_KEEP, &giver), SEK_NO_SAME_PERSON);
	no_is(may(&a, SEK_ACT_KEEP, &third), SEK_NO_NONE);
}
END_TEST

START_TEST(no_more_are_given_than_count)
{
	struct sek_approval a = wished();
	struct sek_approval_wish w = plain;
	struct sek_approval_deed d = { .act = SEK_ACT_GIVE, .note = "n",
	    .full = true };
	struct sek_approval_who who = asker;

	no_is(sek_approval_may(&a, &d, &giver, NOW, false), SEK_NO_FULL);
	d.act = SEK_ACT_REFUSE;
	no_is(sek_approval_may(&a, &d, &giver, NOW, false), SEK_NO_NONE);
	again(&a, given);
	a.decided.proven = 0;
	d.act = SEK_ACT_CONFIRM;
	no_is(sek_approval_may(&a, &d, &third, NOW, false), SEK_NO_FULL);
	d.full = false;
	no_is(sek_approval_may(&a, &d, &third, NOW, false), SEK_NO_NONE);
	/* Asking waits for nothing; what is in force at once does. */
	again(&a, wished);
	w.full = true;
	no_is(ask(&a, &w, &asker), SEK_NO_NONE);
	who.privileged = true;
	w.unavoidable = true;
	a.review_at = a.not_after = NOW + HOUR;
	no_is(ask(&a, &w, &who), SEK_NO_FULL);
}
END_TEST

START_TEST(an_unavoidable_one_waits_for_another_person)
{
	struct sek_approval a = unavoidable();
	struct sek_approval_who own = asker, who = giver;

	ck_assert(sek_approval_in_force(&a, NOW, false));
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW),
	    SEK_OVERDUE_UNAVOIDABLE);
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW + 30 * DAY),
	    SEK_OVERDUE_UNAVOIDABLE);
	own.roles = CISO;
	no_is(may(&a, SEK_ACT_REVIEW, &own), SEK_NO_SAME_PERSON);
	no_is(may(&a, SEK_ACT_KEEP, &giver), SEK_NO_STATE);
	no_is(may(&a, SEK_ACT_CONFIRM, &giver), SEK_NO_STATE);
	who.proven = false;
	no_is(may(&a, SEK_ACT_REVIEW, &who), SEK_NO_PROOF);
	/* Also long after, however it ended. */
	a.state = SEK_APPROVAL_REVOKED;
	no_is(may_at(&a, SEK_ACT_REVIEW, &giver, NOW + 30 * DAY),
	    SEK_NO_NONE);
	a.reviewed = part_of(&giver, NOW);
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW), 0);
	no_is(may(&a, SEK_ACT_REVIEW, &third), SEK_NO_STATE);
	a.asked.proven = 0;
	a.state = SEK_APPROVAL_GIVEN;
	ck_assert(!sek_approval_in_force(&a, NOW, false));
}
END_TEST

START_TEST(states_are_shown_in_words)
{
	struct sek_approval a = wished();

	ck_assert_str_eq(sek_approval_shown(&a, NOW), "asked");
	ck_assert_str_eq(sek_approval_shown(&a, a.not_after), "over");
	again(&a, given);
	ck_assert_str_eq(sek_approval_shown(&a, NOW), "in-force");
	ck_assert_str_eq(sek_approval_shown(&a, NOW - 1), "waiting");
	ck_assert_str_eq(sek_approval_shown(&a, a.not_after), "over");
	a.state = SEK_APPROVAL_ENDED;
	ck_assert_str_eq(sek_approval_shown(&a, NOW), "over");
	(void)snprintf(a.ended.note, sizeof(a.ended.note), "済");
	ck_assert_str_eq(sek_approval_shown(&a, NOW), "closed");
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW), 0);
	again(&a, unavoidable);
	ck_assert_str_eq(sek_approval_shown(&a, NOW), "in-force");
	a.reviewed = part_of(&giver, NOW);
	ck_assert_str_eq(sek_approval_shown(&a, a.not_after), "reviewed");
	a.state = SEK_APPROVAL_ENDED;
	ck_assert_str_eq(sek_approval_shown(&a, NOW), "reviewed");
	a.state = SEK_APPROVAL_REFUSED;
	ck_assert_str_eq(sek_approval_shown(&a, NOW), "refused");
	a.state = SEK_APPROVAL_WITHDRAWN;
	ck_assert_str_eq(sek_approval_shown(&a, NOW), "withdrawn");
	a.state = SEK_APPROVAL_REVOKED;
	ck_assert_str_eq(sek_approval_shown(&a, NOW), "revoked");
	a.state = SEK_APPROVAL_STATES;
	ck_assert_ptr_null(sek_approval_shown(&a, NOW));
	/* One nobody decided needs no closing note. */
	again(&a, wished);
	a.state = SEK_APPROVAL_ENDED;
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW), 0);
}
END_TEST

/* ---- tickets */

#define APPROVER SEK_ROLE_BIT(SEK_ROLE_APPROVER)

static const struct sek_approval_who superior = {
	.person = "p-bob", .account = "bob", .uid = 1001,
	.audit_session = 2, .roles = APPROVER, .proven = true,
};
/* Whom it is for. */
static const struct sek_approval_who holder = {
	.person = "p-dan", .account = "dan", .uid = 1003,
	.audit_session = 4, .roles = APPROVER, .proven = true,
};

/* A substitute by code, for the rest of the day. */
static struct sek_approval
ticket(void)
{
	struct sek_approval a = { .kind = SEK_APPROVAL_TICKET,
	    .clause = "8(5)", .key = "substitute", .value = "code",
	    .users = "dan", .terminals = "machi-07",
	    .reason = "カードを忘れた", .not_before = NOW,
	    .not_after = NOW + 12 * HOUR, .uses_max = 1 };

	a.asked = part_of(&asker, NOW);
	return (a);
}

static struct sek_approval
given_ticket(void)
{
	struct sek_approval a = ticket();

	a.state = SEK_APPROVAL_GIVEN;
	a.decided = part_of(&superior, NOW);
	return (a);
}

/* By a witness at the holder's prompt: only the witness proved himself. */
static struct sek_approval
attended_ticket(void)
{
	struct sek_approval a = ticket();

	(void)snprintf(a.value, sizeof(a.value), "attended");
	a.state = SEK_APPROVAL_GIVEN;
	a.uses_max = 0;
	a.asked = part_of(&holder, NOW);
	a.asked.proven = 0;
	a.asked.audit_session = UINT32_MAX;
	a.decided = part_of(&superior, NOW);
	return (a);
}

static struct sek_approval
opened_envelope(void)
{
	struct sek_approval a = { .kind = SEK_APPROVAL_BREAK_GLASS,
	    .key = "1a2b3c4d", .users = "root",
	    .state = SEK_APPROVAL_GIVEN, .not_before = NOW,
	    .not_after = NOW + HOUR };

	a.asked = part_of(&asker, NOW);
	return (a);
}

static const struct sek_approval_wish ticket_wish = {
	.scope_ok = true, .subject_ok = true, .form_ok = true,
};

START_TEST(a_ticket_is_asked_for_one_person_who_may_have_it)
{
	static struct sek_approval a;
	struct sek_approval_wish w = ticket_wish;
	struct sek_approval_who who = asker;

	again(&a, ticket);
	no_is(ask(&a, &w, &asker), SEK_NO_NONE);
	w.unavoidable = true;
	no_is(ask(&a, &w, &asker), SEK_NO_PRIVILEGE);
	w = ticket_wish;
	w.scope_ok = false;
	no_is(ask(&a, &w, &asker), SEK_NO_SCOPE);
	w = ticket_wish;
	w.subject_ok = false;
	no_is(ask(&a, &w, &asker), SEK_NO_UNFIT);
	w = ticket_wish;
	w.form_ok = false;
	no_is(ask(&a, &w, &asker), SEK_NO_SUBSTITUTE);
	w = ticket_wish;
	w.spent = true;
	no_is(ask(&a, &w, &asker), SEK_NO_DAYS);
	w = ticket_wish;
	w.live = SEK_TICKETS_LIVE - 1;
	no_is(ask(&a, &w, &asker), SEK_NO_NONE);
	w.live++;
	no_is(ask(&a, &w, &asker), SEK_NO_TICKETS);
	w = ticket_wish;
	w.waiting = SEK_APPROVAL_WAITING;
	no_is(ask(&a, &w, &asker), SEK_NO_MANY);
	no_is(sek_approval_may_ask(&a, &ticket_wish, &asker, NOW, true),
	    SEK_NO_CLOCK);
	who.proven = false;
	no_is(ask(&a, &ticket_wish, &who), SEK_NO_NONE);
	who.audit_session = UINT32_MAX;
	no_is(ask(&a, &ticket_wish, &who), SEK_NO_PROOF);
	who = asker;
	who.person = "";
	no_is(ask(&a, &ticket_wish, &who), SEK_NO_PERSON);
	(void)snprintf(a.reason, sizeof(a.reason), " ");
	no_is(ask(&a, &ticket_wish, &asker), SEK_NO_REASON);
}
END_TEST

START_TEST(a_ticket_names_one_account_and_one_terminal)
{
	static const struct {
		const char	*users, *terminals;
		bool		 good;
	} t[] = {
		{ "dan", "machi-07", true },
		{ "dan", "", true },	/* the store names its own */
		{ "", "machi-07", false },
		{ "dan eve", "machi-07", false },
		{ "dan,eve", "machi-07", false },
		{ "dan", "machi-07 machi-08", false },
		{ " ", "machi-07", false },
	};
	static struct sek_approval a;
	size_t i;

	again(&a, ticket);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		(void)snprintf(a.users, sizeof(a.users), "%s", t[i].users);
		(void)snprintf(a.terminals, sizeof(a.terminals), "%s",
		    t[i].terminals);
		no_is(ask(&a, &ticket_wish, &asker), t[i].good ? SEK_NO_NONE :
		    SEK_NO_SCOPE);
	}
}
END_TEST

START_TEST(a_ticket_has_a_purpose_and_a_form)
{
	static const struct {
		const char	*key, *value;
		bool		 asked, attended;
	} t[] = {
		{ "substitute", "code", true, false },
		{ "substitute", "attended", false, true },
		{ "enrol", "code", true, false },
		{ "enrol", "attended", false, false },
		{ "enrol", "", false, false },
		{ "break-glass", "code", false, false },
		{ "factors.kinds", "1", false, false },
		{ "", "", false, false },
	};
	struct sek_approval_wish w = ticket_wish;
	static struct sek_approval a;
	size_t i;

	again(&a, ticket);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		(void)snprintf(a.key, sizeof(a.key), "%s", t[i].key);
		(void)snprintf(a.value, sizeof(a.value), "%s", t[i].value);
		w.attended = false;
		no_is(ask(&a, &w, &asker), t[i].asked ? SEK_NO_NONE :
		    SEK_NO_PURPOSE);
		w.attended = true;
		no_is(ask(&a, &w, &asker), t[i].attended ? SEK_NO_NONE :
		    SEK_NO_PURPOSE);
	}
}
END_TEST

START_TEST(a_ticket_ends_soon)
{
	static struct sek_approval a;

	again(&a, ticket);
	a.not_after = NOW + DAY;
	no_is(ask(&a, &ticket_wish, &asker), SEK_NO_NONE);
	a.not_after++;
	no_is(ask(&a, &ticket_wish, &asker), SEK_NO_TIME);
	(void)snprintf(a.key, sizeof(a.key), "enrol");
	no_is(ask(&a, &ticket_wish, &asker), SEK_NO_NONE);
	a.not_after = NOW + 14 * DAY;
	no_is(ask(&a, &ticket_wish, &asker), SEK_NO_NONE);
	a.not_after++;
	no_is(ask(&a, &ticket_wish, &asker), SEK_NO_TIME);
	a.not_after = 0;
	no_is(ask(&a, &ticket_wish, &asker), SEK_NO_TIME);
	a.not_after = NOW;
	no_is(ask(&a, &ticket_wish, &asker), SEK_NO_TIME);
	a.not_after = INT64_MAX;
	no_is(ask(&a, &ticket_wish, &asker), SEK_NO_TIME);
	a.not_after = NOW + DAY;
	a.not_before = NOW + DAY;
	no_is(ask(&a, &ticket_wish, &asker), SEK_NO_TIME);
	a.not_before = -1;
	no_is(ask(&a, &ticket_wish, &asker), SEK_NO_TIME);
	a.not_before = NOW;
	a.review_at = NOW + HOUR;
	no_is(ask(&a, &ticket_wish, &asker), SEK_NO_TIME);
}
END_TEST

START_TEST(enrolment_is_for_who_has_no_factor_yet)
{
	struct sek_approval_wish w = ticket_wish;
	static struct sek_approval a;

	again(&a, ticket);
	w.enrolled = true;
	no_is(ask(&a, &w, &asker), SEK_NO_NONE);
	(void)snprintf(a.key, sizeof(a.key), "enrol");
	no_is(ask(&a, &w, &asker), SEK_NO_ENROLLED);
	/* Neither a standing exception nor N is its business. */
	w = ticket_wish;
	w.form_ok = false;
	w.spent = true;
	no_is(ask(&a, &w, &asker), SEK_NO_NONE);
}
END_TEST

/* Three persons: who asked, who gives, whom it is for. */
START_TEST(a_ticket_is_given_by_a_third_person)
{
	struct sek_approval_deed d = { .act = SEK_ACT_GIVE, .note = "n",
	    .subject_ok = true, .form_ok = true };
	struct sek_approval_who who = superior;
	static struct sek_approval a;

	again(&a, ticket);
	no_is(sek_approval_may(&a, &d, &superior, NOW, false), SEK_NO_NONE);
	d.full = true;		/* is of exceptions */
	no_is(sek_approval_may(&a, &d, &superior, NOW, false), SEK_NO_NONE);
	d.subject = true;
	no_is(sek_approval_may(&a, &d, &superior, NOW, false),
	    SEK_NO_SUBJECT);
	d.subject = false;
	who = asker;
	who.roles = APPROVER;
	no_is(sek_approval_may(&a, &d, &who, NOW, false), SEK_NO_SAME_PERSON);
	who = giver;		/* the ciso is no approver */
	no_is(sek_approval_may(&a, &d, &who, NOW, false), SEK_NO_ROLE);
	d.subject_ok = false;
	no_is(sek_approval_may(&a, &d, &superior, NOW, false), SEK_NO_UNFIT);
	d.subject_ok = true;
	d.form_ok = false;
	no_is(sek_approval_may(&a, &d, &superior, NOW, false),
	    SEK_NO_SUBSTITUTE);
	d.form_ok = true;
	d.spent = true;
	no_is(sek_approval_may(&a, &d, &superior, NOW, false), SEK_NO_DAYS);
	no_is(sek_approval_may(&a, &d, &superior, a.not_after, false),
	    SEK_NO_TIME);
	no_is(sek_approval_may(&a, &d, &superior, NOW, true), SEK_NO_CLOCK);
	a.asked.proven = 0;
	a.asked.audit_session = superior.audit_session;
	no_is(sek_approval_may(&a, &d, &superior, NOW, false),
	    SEK_NO_SAME_SESSION);
}
END_TEST

START_TEST(an_unproven_ticket_opens_for_a_day_and_waits_for_a_proof)
{
	struct sek_approval_deed d = { .act = SEK_ACT_CONFIRM, .note = "n" };
	struct sek_approval_who who = superior;
	static struct sek_approval a;

	again(&a, given_ticket);
	(void)snprintf(a.key, sizeof(a.key), "enrol");
	a.not_after = NOW + 10 * DAY;
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW), 0);
	ck_assert_int_eq(sek_approval_end(&a), a.not_after);
	a.decided.proven = 0;
	ck_assert(sek_approval_in_force(&a, NOW + HOUR, false));
	ck_assert(!sek_approval_in_force(&a, NOW + HOUR, true));
	ck_assert(sek_approval_in_force(&a, NOW + DAY - 1, false));
	ck_assert(!sek_approval_in_force(&a, NOW + DAY, false));
	ck_assert(sek_approval_opened(&a));
	ck_assert_str_eq(sek_approval_shown(&a, NOW), "in-force");
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW),
	    SEK_OVERDUE_UNPROVEN);
	/* Over and never used: nothing is left to confirm. */
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW + DAY), 0);
	no_is(sek_approval_may(&a, &d, &superior, NOW + DAY, false),
	    SEK_NO_STATE);
	a.uses = a.uses_max = 1;
	a.state = SEK_APPROVAL_ENDED;
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW + 5 * DAY),
	    SEK_OVERDUE_UNPROVEN);
	who.proven = false;
	no_is(sek_approval_may(&a, &d, &who, NOW + DAY, false), SEK_NO_PROOF);
	no_is(sek_approval_may(&a, &d, &asker, NOW + DAY, false),
	    SEK_NO_SAME_PERSON);
	no_is(sek_approval_may(&a, &d, &superior, NOW + DAY, false),
	    SEK_NO_NONE);
	d.subject = true;
	no_is(sek_approval_may(&a, &d, &superior, NOW + DAY, false),
	    SEK_NO_SUBJECT);
	a.reviewed = part_of(&superior, NOW + DAY);
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW + DAY), 0);
	ck_assert(sek_approval_proven(&a));
}
END_TEST

START_TEST(an_attended_ticket_is_proven_by_its_witness)
{
	static struct sek_approval a;

	again(&a, attended_ticket);
	ck_assert(sek_approval_proven(&a));
	ck_assert(sek_approval_in_force(&a, NOW, false));
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW), 0);
	ck_assert_int_eq(sek_approval_end(&a), a.not_after);
	ck_assert(!sek_approval_in_force(&a, a.not_after, false));
	/* Used any number of times that day. */
	a.uses = 40;
	ck_assert(sek_approval_in_force(&a, NOW, false));
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW + 30 * DAY), 0);
}
END_TEST

START_TEST(a_ticket_is_not_looked_after)
{
	static const enum sek_approval_act none[] = { SEK_ACT_KEEP,
	    SEK_ACT_REVIEW, SEK_ACT_CLOSE };
	struct sek_approval_who own = holder;
	struct sek_approval_deed d = { .act = SEK_ACT_REVOKE, .note = "n" };
	static struct sek_approval a;
	size_t i;

	again(&a, given_ticket);
	for (i = 0; i < 3; i++) {
		no_is(may(&a, none[i], &superior), SEK_NO_STATE);
		no_is(may_at(&a, none[i], &superior, a.not_after),
		    SEK_NO_STATE);
	}
	ck_assert_uint_eq(sek_approval_overdue(&a, a.not_after), 0);
	no_is(may(&a, SEK_ACT_REVOKE, &asker), SEK_NO_NONE);
	no_is(may(&a, SEK_ACT_REVOKE, &superior), SEK_NO_NONE);
	own.roles = 0;
	no_is(may(&a, SEK_ACT_REVOKE, &own), SEK_NO_ROLE);
	d.subject = true;
	no_is(sek_approval_may(&a, &d, &own, NOW, false), SEK_NO_NONE);
	d.note = "";
	no_is(sek_approval_may(&a, &d, &own, NOW, false), SEK_NO_NOTE);
}
END_TEST

START_TEST(an_opened_envelope_waits_for_its_report)
{
	static const uint32_t roles[] = { SEK_ROLE_BIT(SEK_ROLE_CISO),
	    SEK_ROLE_BIT(SEK_ROLE_SECURITY_MANAGER),
	    SEK_ROLE_BIT(SEK_ROLE_SYSTEM_MANAGER),
	    SEK_ROLE_BIT(SEK_ROLE_APPROVER) };
	struct sek_approval_deed d = { .act = SEK_ACT_CLOSE, .note = " " };
	struct sek_approval_who who = third;
	static struct sek_approval a;
	size_t i;

	again(&a, opened_envelope);
	ck_assert(sek_approval_opened(&a));
	ck_assert_str_eq(sek_approval_shown(&a, NOW), "in-force");
	ck_assert_str_eq(sek_approval_shown(&a, a.not_after), "over");
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW), SEK_OVERDUE_REPORT);
	a.state = SEK_APPROVAL_ENDED;
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW + 99 * DAY),
	    SEK_OVERDUE_REPORT);
	who.proven = false;
	for (i = 0; i < 4; i++) {
		who.roles = roles[i];
		no_is(may(&a, SEK_ACT_CLOSE, &who), SEK_NO_NONE);
	}
	who.roles = SEK_ROLE_BIT(SEK_ROLE_AUDITOR);
	no_is(may(&a, SEK_ACT_CLOSE, &who), SEK_NO_ROLE);
	who.privileged = true;
	no_is(may(&a, SEK_ACT_CLOSE, &who), SEK_NO_NONE);
	no_is(may(&a, SEK_ACT_CLOSE, &asker), SEK_NO_NONE);
	no_is(sek_approval_may(&a, &d, &asker, NOW, false), SEK_NO_NOTE);
	d.note = "n";
	no_is(sek_approval_may(&a, &d, &asker, NOW, true), SEK_NO_NONE);
	for (i = SEK_ACT_GIVE; i < SEK_ACTS; i++)
		if (i != SEK_ACT_CLOSE)
			no_is(may(&a, (enum sek_approval_act)i, &superior),
			    SEK_NO_STATE);
	(void)snprintf(a.ended.note, sizeof(a.ended.note), "停電");
	ck_assert_uint_eq(sek_approval_overdue(&a, NOW), 0);
	ck_assert_str_eq(sek_approval_shown(&a, NOW), "closed");
	no_is(may(&a, SEK_ACT_CLOSE, &asker), SEK_NO_STATE);
	/* Nobody asks for one. */
	no_is(ask(&a, &ticket_wish, &asker), SEK_NO_KEY);
}
END_TEST

START_TEST(acts_and_refusals_have_a_word_each)
{
	int i, k;

	for (i = SEK_ACT_NONE + 1; i < SEK_ACTS; i++)
		for (k = SEK_ACT_NONE + 1; k < i; k++)
			ck_assert_str_ne(sek_approval_act_name(
			    (enum sek_approval_act)i), sek_approval_act_name(
			    (enum sek_approval_act)k));
	for (i = 0; i < SEK_NOS; i++)
		for (k = 0; k < i; k++)
			ck_assert_str_ne(sek_approval_no_name(
			    (enum sek_approval_no)i), sek_approval_no_name(
			    (enum sek_approval_no)k));
	ck_assert_ptr_null(sek_approval_act_name(SEK_ACTS));
	ck_assert_ptr_null(sek_approval_no_name(SEK_NOS));
	ck_assert_int_eq(sek_approval_role(SEK_APPROVAL_EXCEPTION),
	    SEK_ROLE_CISO);
	ck_assert_int_eq(sek_approval_role(SEK_APPROVAL_NONE),
	    SEK_ROLE_APPROVER);
}
END_TEST

/* ---- random lives, against a model that counts persons and not fields */

static uint64_t seed;

static unsigned
roll(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return ((unsigned)(seed >> 33) % n);
}

/* Three people of whom one has two accounts, each in two sessions or none. */
static const struct {
	const char	*person, *account;
	uint32_t	 uid;
	int		 who;
} cast[] = {
	{ "p0", "a0", 10, 0 }, { "p0", "a0adm", 11, 0 },
	{ "p1", "a1", 12, 1 }, { "p2", "a2", 13, 2 },
};

struct model {
	enum { M_ASKED, M_GIVEN, M_SHUT } state;
	bool	asked_proven, in_sessions_apart;
	int	asker, first, second;	/* who proved a yes; -1 nobody */
	int64_t	given;
	int64_t	end;
};

static int64_t
model_end(const struct model *m)
{
	bool two = m->first >= 0 && (m->asked_proven || m->second >= 0);

	return (m->state == M_GIVEN && !two && m->given + DAY < m->end ?
	    m->given + DAY : m->end);
}

static bool
model_force(const struct model *m, int64_t wall)
{
	return (m->state == M_GIVEN && m->first >= 0 &&
	    (m->asked_proven || m->second >= 0) && wall < m->end);
}

static bool
apart(const struct sek_approval *a, const struct sek_approval_who *who)
{
	if (a->asked.proven && who->proven)
		return (true);
	if (!a->asked.proven && a->asked.audit_session == UINT32_MAX)
		return (false);
	if (!who->proven && who->audit_session == UINT32_MAX)
		return (false);
	return (a->asked.audit_session != who->audit_session);
}

static void
one_life(void)
{
	struct sek_approval a = wished();
	struct sek_approval_who who;
	struct sek_approval_deed d = { .note = "n" };
	struct model m = { .first = -1, .second = -1 };
	int64_t wall = NOW;
	bool yes, may_it, subject;
	int step, c;

	c = (int)roll(4);
	memset(&who, 0, sizeof(who));
	who.person = cast[c].person;
	who.account = cast[c].account;
	who.uid = cast[c].uid;
	who.proven = roll(2) != 0;
	who.audit_session = roll(3) == 0 ? UINT32_MAX : roll(2);
	a.asked = part_of(&who, wall);
	a.not_after = m.end = NOW + (int64_t)(1 + roll(60)) * HOUR;
	a.review_at = a.not_after;
	if (ask(&a, &plain, &who) != SEK_NO_NONE) {
		ck_assert(!who.proven && who.audit_session == UINT32_MAX);
		return;
	}
	m.asker = cast[c].who;
	m.asked_proven = who.proven;
	for (step = 0; step < 12; step++) {
		wall += (int64_t)roll(8) * HOUR;
		c = (int)roll(4);
		who.person = cast[c].person;
		who.account = cast[c].account;
		who.uid = cast[c].uid;
		who.roles = roll(3) != 0 ? CISO : 0;
		who.proven = roll(2) != 0;
		who.audit_session = roll(3) == 0 ? UINT32_MAX : roll(2);
		subject = roll(6) == 0;
		d.subject = subject;
		switch (roll(5)) {
		case 0:
			d.act = SEK_ACT_GIVE;
			yes = m.state == M_ASKED && wall < m.end &&
			    cast[c].who != m.asker && !subject && who.roles &&
			    apart(&a, &who);
			break;
		case 1:
			d.act = SEK_ACT_REFUSE;
			yes = m.state == M_ASKED && cast[c].who != m.asker &&
			    !subject && who.roles;
			break;
		case 2:
			d.act = SEK_ACT_WITHDRAW;
			yes = m.state == M_ASKED && cast[c].who == m.asker;
			break;
		case 3:
			d.act = SEK_ACT_REVOKE;
			yes = m.state == M_GIVEN && wall < model_end(&m) &&
			    (cast[c].who == m.asker || who.roles);
			break;
		default:
			d.act = SEK_ACT_CONFIRM;
			yes = m.state == M_GIVEN && wall < model_end(&m) &&
			    !(m.first >= 0 && (m.asked_proven ||
			    m.second >= 0)) && who.proven &&
			    cast[c].who != m.asker && !subject && who.roles &&
			    apart(&a, &who) && cast[c].who != m.first;
			break;
		}
		may_it = sek_approval_may(&a, &d, &who, wall, false) ==
		    SEK_NO_NONE;
		ck_assert_msg(may_it == yes, "step %d: %s by %s: %s", step,
		    sek_approval_act_name(d.act), who.account,
		    sek_approval_no_name(sek_approval_may(&a, &d, &who, wall,
		    false)));
		if (!may_it)
			goto look;
		if (d.act == SEK_ACT_GIVE) {
			a.state = SEK_APPROVAL_GIVEN;
			a.decided = part_of(&who, wall);
			m.state = M_GIVEN;
			m.given = wall;
			if (who.proven)
				m.first = cast[c].who;
		} else if (d.act == SEK_ACT_CONFIRM) {
			if (a.decided.proven) {
				a.reviewed = part_of(&who, wall);
				m.second = cast[c].who;
			} else {
				a.decided = part_of(&who, wall);
				m.first = cast[c].who;
				m.given = wall;
			}
		} else {
			a.state = d.act == SEK_ACT_REFUSE ?
			    SEK_APPROVAL_REFUSED : d.act == SEK_ACT_REVOKE ?
			    SEK_APPROVAL_REVOKED : SEK_APPROVAL_WITHDRAWN;
			m.state = M_SHUT;
		}
look:
		ck_assert(sek_approval_in_force(&a, wall, false) ==
		    model_force(&m, wall));
		ck_assert(!sek_approval_in_force(&a, wall, true));
		/* In force: two who proved themselves, of whom none is the
		 * other. */
		if (model_force(&m, wall))
			ck_assert(m.first != m.asker &&
			    (m.asked_proven || (m.second != m.first &&
			    m.second != m.asker)));
	}
}

START_TEST(the_next_look_is_in_90_days_or_at_the_end)
{
	ck_assert_int_eq(sek_approval_review(NOW, NOW + 91 * DAY),
	    NOW + 90 * DAY);
	ck_assert_int_eq(sek_approval_review(NOW, NOW + 90 * DAY),
	    NOW + 90 * DAY);
	ck_assert_int_eq(sek_approval_review(NOW, NOW + 1), NOW + 1);
	/* Of times that cannot be nothing overflows: the rules refuse them. */
	ck_assert_int_eq(sek_approval_review(INT64_MAX, 1), 1);
	ck_assert_int_eq(sek_approval_review(INT64_MIN, INT64_MAX),
	    INT64_MAX);
}
END_TEST

/* A ticket: what counts is who gave or confirmed it, and when. */
static void
one_ticket(void)
{
	static struct sek_approval a;
	struct sek_approval_who who;
	struct sek_approval_deed d = { .note = "n" };
	enum { ASKED, GIVEN, SHUT } state = ASKED;
	bool proven = false, yes, mine, fit, used = false;
	int64_t wall = NOW, given_at = 0, end;
	int step, c, by, subject = (int)roll(4);

	again(&a, ticket);
	by = (int)roll(4);
	memset(&who, 0, sizeof(who));
	who.person = cast[by].person;
	who.account = cast[by].account;
	who.uid = cast[by].uid;
	who.proven = roll(2) != 0;
	who.audit_session = roll(3) == 0 ? UINT32_MAX : roll(2);
	a.asked = part_of(&who, wall);
	(void)snprintf(a.users, sizeof(a.users), "%s",
	    cast[subject].account);
	if (roll(2) == 0)
		(void)snprintf(a.key, sizeof(a.key), "enrol");
	a.not_after = NOW + (int64_t)(1 + roll(60)) * HOUR;
	yes = (who.proven || who.audit_session != UINT32_MAX) &&
	    (a.key[0] == 'e' || a.not_after <= NOW + DAY);
	ck_assert((ask(&a, &ticket_wish, &who) == SEK_NO_NONE) == yes);
	if (!yes)
		return;
	for (step = 0; step < 14; step++) {
		wall += (int64_t)roll(8) * HOUR;
		c = (int)roll(4);
		who.person = cast[c].person;
		who.account = cast[c].account;
		who.uid = cast[c].uid;
		who.roles = roll(3) != 0 ? APPROVER : CISO;
		who.proven = roll(2) != 0;
		who.audit_session = roll(3) == 0 ? UINT32_MAX : roll(2);
		mine = cast[c].who == cast[by].who;
		d.subject = cast[c].who == cast[subject].who;
		d.subject_ok = d.form_ok = true;
		d.spent = d.enrolled = false;
		fit = roll(3) != 0;
		if (!fit && roll(2) != 0)
			d.subject_ok = false;
		else if (!fit && a.key[0] == 'e')
			d.enrolled = true;
		else if (!fit)
			*(roll(2) != 0 ? &d.spent : &d.form_ok) ^= true;
		end = state == GIVEN && !proven && given_at + DAY <
		    a.not_after ? given_at + DAY : a.not_after;
		used = a.uses >= a.uses_max;
		switch (roll(6)) {
		case 0:
			d.act = SEK_ACT_GIVE;
			yes = state == ASKED && wall < a.not_after && !mine &&
			    !d.subject && who.roles == APPROVER && fit &&
			    apart(&a, &who);
			break;
		case 1:
			d.act = SEK_ACT_REFUSE;
			yes = state == ASKED && !mine && !d.subject &&
			    who.roles == APPROVER;
			break;
		case 2:
			d.act = SEK_ACT_WITHDRAW;
			yes = state == ASKED && mine;
			break;
		case 3:
			d.act = SEK_ACT_REVOKE;
			yes = state == GIVEN && wall < end && !used &&
			    (mine || d.subject || who.roles == APPROVER);
			break;
		case 4:
			d.act = SEK_ACT_CONFIRM;
			yes = given_at != 0 && !proven && who.proven &&
			    !mine && !d.subject && who.roles == APPROVER &&
			    apart(&a, &who) && (a.uses != 0 ||
			    (state == GIVEN && wall < end));
			break;
		default:
			/* It is used, where it is in force. */
			yes = state == GIVEN && wall < end && !used;
			ck_assert(sek_approval_in_force(&a, wall, false) ==
			    yes);
			a.uses += yes;
			continue;
		}
		ck_assert_msg((sek_approval_may(&a, &d, &who, wall, false) ==
		    SEK_NO_NONE) == yes, "step %d: %s by %s: %s", step,
		    sek_approval_act_name(d.act), who.account,
		    sek_approval_no_name(sek_approval_may(&a, &d, &who, wall,
		    false)));
		if (!yes)
			continue;
		if (d.act == SEK_ACT_GIVE) {
			a.state = SEK_APPROVAL_GIVEN;
			a.decided = part_of(&who, wall);
			given_at = wall;
			state = GIVEN;
			proven = who.proven;
		} else if (d.act == SEK_ACT_CONFIRM) {
			a.reviewed = part_of(&who, wall);
			proven = true;
		} else {
			a.state = d.act == SEK_ACT_REFUSE ?
			    SEK_APPROVAL_REFUSED : d.act == SEK_ACT_REVOKE ?
			    SEK_APPROVAL_REVOKED : SEK_APPROVAL_WITHDRAWN;
			state = SHUT;
		}
		/* In force: given by one whom it is not about and who did not
		 * ask it. */
		if (sek_approval_in_force(&a, wall, false))
			ck_assert(strcmp(a.decided.person, a.asked.person) !=
			    0 && strcmp(a.decided.person,
			    cast[subject].person) != 0);
		ck_assert(!sek_approval_in_force(&a, wall, true));
	}
}

START_TEST(random_tickets_agree_with_a_model)
{
	int i;

	for (seed = 2, i = 0; i < 200000; i++)
		one_ticket();
}
END_TEST

START_TEST(random_lives_agree_with_a_model)
{
	int i;

	for (seed = 1, i = 0; i < 200000; i++)
		one_life();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		asking_takes_a_person_a_key_a_reason_and_an_end,
		the_next_look_is_in_90_days_or_at_the_end,
		times_have_an_end_that_is_not_too_far,
		an_unproven_ask_needs_a_session_known,
		unavoidable_is_for_privileged_persons_who_prove_themselves,
		another_person_gives_it,
		what_the_store_knows_of_him_counts_too,
		an_unproven_half_is_of_another_known_session,
		what_is_not_proven_opens_nothing_and_lasts_a_day,
		in_force_between_its_times_and_not_on_a_clock_set_back,
		a_clock_set_back_opens_nothing_and_shuts_all,
		what_shuts_needs_a_word_and_a_right,
		looked_at_by_another_who_proves_himself,
		no_more_are_given_than_count,
		an_unavoidable_one_waits_for_another_person,
		states_are_shown_in_words,
		acts_and_refusals_have_a_word_each,
		random_lives_agree_with_a_model,
		a_ticket_is_asked_for_one_person_who_may_have_it,
		a_ticket_names_one_account_and_one_terminal,
		a_ticket_has_a_purpose_and_a_form,
		a_ticket_ends_soon,
		enrolment_is_for_who_has_no_factor_yet,
		a_ticket_is_given_by_a_third_person,
		an_unproven_ticket_opens_for_a_day_and_waits_for_a_proof,
		an_attended_ticket_is_proven_by_its_witness,
		a_ticket_is_not_looked_after,
		an_opened_envelope_waits_for_its_report,
		random_tickets_agree_with_a_model,
		NULL
	};

	return (unit_run("rule_approval", tests));
}
