/*
 * test_rule_roster.c - test of rule/roster: what shuts out is taken, nothing
 * opens that was shut here
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/rule/roster.h"
#include "unit.h"

#define ALL	(SEK_ROSTER_BIT(SEK_ROSTER_FIELDS) - 1)
#define B(f)	SEK_ROSTER_BIT(SEK_ROSTER_##f)

static struct sek_person
person(const char *name, const char *section, int64_t from, int64_t to,
    uint8_t contractor, uint8_t state)
{
	struct sek_person p;

	memset(&p, 0, sizeof(p));
	(void)snprintf(p.id, sizeof(p.id), "S1");
	(void)snprintf(p.name, sizeof(p.name), "%s", name);
	(void)snprintf(p.section, sizeof(p.section), "%s", section);
	p.from = from;
	p.to = to;
	p.contractor = contractor;
	p.state = state;
	return (p);
}

START_TEST(what_is_not_set_here_is_taken)
{
	struct sek_person here = person("", "", 0, 0, 0, 0), out;
	struct sek_person there = person("n", "s", 1, 2, 1, 1);
	struct sek_roster_base none = { 0 };
	struct sek_roster_merge m;

	sek_roster_merge(&out, &m, &here, &there, &none);
	ck_assert_uint_eq(m.taken, ALL);
	ck_assert_uint_eq(m.kept | m.conflict, 0);
	ck_assert_int_eq(memcmp(&out, &there, sizeof(out)), 0);
	/* And the other way round nothing is lost. */
	sek_roster_merge(&out, &m, &there, &here, &none);
	ck_assert_uint_eq(m.kept, ALL);
	ck_assert_uint_eq(m.taken | m.conflict, 0);
	ck_assert_int_eq(memcmp(&out, &there, sizeof(out)), 0);
}
END_TEST

START_TEST(changed_there_is_taken_changed_here_stays)
{
	struct sek_person here = person("a", "x", 5, 50, 0, 0), out;
	struct sek_person there = person("b", "y", 6, 60, 1, 0);
	struct sek_roster_base base = { .known = ALL, .here = ALL,
	    .brought = ALL };
	struct sek_roster_merge m;

	sek_roster_merge(&out, &m, &here, &there, &base);
	ck_assert_uint_eq(m.taken, ALL & ~B(STATE));
	ck_assert_str_eq(out.name, "b");
	ck_assert_int_eq(out.to, 60);
	base.here = 0;
	base.there = ALL;
	sek_roster_merge(&out, &m, &here, &there, &base);
	ck_assert_uint_eq(m.taken | m.conflict, 0);
	ck_assert_uint_eq(m.kept, ALL & ~B(STATE));
	ck_assert_int_eq(memcmp(&out, &here, sizeof(out)), 0);
}
END_TEST

START_TEST(of_a_conflict_the_stricter_holds)
{
	struct sek_person here = person("a", "x", 5, 50, 0, 0), out;
	struct sek_person there = person("b", "y", 6, 40, 1, 1);
	struct sek_roster_base base = { .known = ALL };
	struct sek_roster_merge m;

	sek_roster_merge(&out, &m, &here, &there, &base);
	ck_assert_uint_eq(m.conflict, ALL);
	ck_assert_uint_eq(m.taken, B(FROM) | B(TO) | B(CONTRACTOR) |
	    B(STATE));
	ck_assert_str_eq(out.name, "a");
	ck_assert_str_eq(out.section, "x");
	ck_assert_int_eq(out.from, 6);
	ck_assert_int_eq(out.to, 40);
	ck_assert_uint_eq(out.contractor, 1);
	ck_assert_uint_eq(out.state, SEK_ACCOUNT_SUSPENDED);
	sek_roster_merge(&out, &m, &there, &here, &base);
	ck_assert_uint_eq(m.taken, 0);
	ck_assert_int_eq(memcmp(&out, &there, sizeof(out)), 0);
	/* No end at all is the later one. */
	there.to = 0;
	sek_roster_merge(&out, &m, &here, &there, &base);
	ck_assert_int_eq(out.to, 50);
}
END_TEST

/* The same here and there, but nobody's roster brought it. */
START_TEST(what_was_shut_here_is_not_opened_by_who_shut_it_too)
{
	struct sek_person here = person("a", "x", 5, 50, 1, 1), out;
	struct sek_person there = person("b", "y", 4, 0, 0, 0);
	struct sek_roster_base none = { 0 }, base = { .known = ALL,
	    .here = ALL };
	struct sek_roster_merge m;

	sek_roster_merge(&out, &m, &here, &here, &none);
	ck_assert_uint_eq(m.brought | m.taken | m.kept | m.conflict, 0);
	sek_roster_merge(&out, &m, &here, &there, &base);
	ck_assert_uint_eq(m.taken, B(NAME) | B(SECTION));
	ck_assert_uint_eq(m.conflict, B(FROM) | B(TO) | B(CONTRACTOR) |
	    B(STATE));
	ck_assert_int_eq(out.from, 5);
	ck_assert_int_eq(out.to, 50);
	ck_assert_uint_eq(out.contractor, 1);
	ck_assert_uint_eq(out.state, SEK_ACCOUNT_SUSPENDED);
	/* Shut further there, it is not theirs to open to the full either. */
	there.to = 40;
	sek_roster_merge(&out, &m, &here, &there, &base);
	ck_assert_int_eq(out.to, 40);
	ck_assert_uint_eq(m.conflict & B(TO), 0);
	ck_assert_uint_eq(m.brought & B(TO), 0);
	/* What was open here and they shut, is. */
	here.to = 0;
	sek_roster_merge(&out, &m, &here, &there, &base);
	ck_assert_int_eq(out.to, 40);
	ck_assert_uint_eq(m.brought & B(TO), B(TO));
	sek_roster_merge(&out, &m, &here, &there, &none);
	ck_assert_uint_eq(m.brought & B(TO), B(TO));
	/* And stays theirs while nobody touches it. */
	base.brought = ALL;
	sek_roster_merge(&out, &m, &there, &there, &base);
	ck_assert_uint_eq(m.brought, ALL);
	base.here = 0;
	sek_roster_merge(&out, &m, &there, &there, &base);
	ck_assert_uint_eq(m.brought, 0);
}
END_TEST

START_TEST(retired_person_stays_retired)
{
	struct sek_person here = person("a", "x", 0, 0, 0, 2), out;
	struct sek_person there = person("a", "x", 0, 0, 0, 0);
	struct sek_roster_base base = { .known = ALL, .here = ALL };
	struct sek_roster_merge m;

	sek_roster_merge(&out, &m, &here, &there, &base);
	ck_assert_uint_eq(out.state, SEK_ACCOUNT_RETIRED);
	ck_assert_uint_eq(m.taken, 0);
}
END_TEST

START_TEST(another_name_is_another_person_until_a_roster_brought_it)
{
	struct sek_person here = person("a", "", 0, 0, 0, 0);
	struct sek_person there = person("b", "", 0, 0, 0, 0);
	struct sek_roster_base none = { 0 }, known = { .known = ALL };

	ck_assert(sek_roster_is_other(&here, &there, &none));
	ck_assert(!sek_roster_is_other(&here, &there, &known));
	there.name[0] = '\0';
	ck_assert(!sek_roster_is_other(&here, &there, &none));
}
END_TEST

/* Suspended here until, by whom; there; and what comes of it. NOW is 100. */
static const struct suspension {
	uint8_t			here;
	int64_t			here_until;
	bool			ours;
	uint8_t			there;
	int64_t			there_until;
	enum sek_roster_act	act;
	int64_t			until;
	bool			ours_after;
	enum sek_roster_note	note;
} suspensions[] = {
	{ 0, 0, false, 0, 0, SEK_ROSTER_LEAVE, 0, false, SEK_ROSTER_FINE },
	{ 0, 0, false, 1, 0, SEK_ROSTER_SUSPEND, 0, true, SEK_ROSTER_FINE },
	{ 0, 0, false, 1, 200, SEK_ROSTER_SUSPEND, 200, true,
	    SEK_ROSTER_FINE },
	/* Over already, there or here. */
	{ 0, 0, false, 1, 100, SEK_ROSTER_LEAVE, 0, false, SEK_ROSTER_FINE },
	{ 1, 100, false, 1, 200, SEK_ROSTER_SUSPEND, 200, true,
	    SEK_ROSTER_FINE },
	{ 1, 100, false, 0, 0, SEK_ROSTER_LEAVE, 0, false, SEK_ROSTER_FINE },
	/* The exporter's own: longer, shorter, the same, ended. */
	{ 1, 200, true, 1, 300, SEK_ROSTER_SUSPEND, 300, true,
	    SEK_ROSTER_FINE },
	{ 1, 0, true, 1, 300, SEK_ROSTER_SUSPEND, 300, true,
	    SEK_ROSTER_FINE },
	{ 1, 200, true, 1, 200, SEK_ROSTER_LEAVE, 200, true,
	    SEK_ROSTER_FINE },
	{ 1, 200, true, 0, 0, SEK_ROSTER_RESUME, 0, true, SEK_ROSTER_FINE },
	{ 1, 200, true, 1, 99, SEK_ROSTER_RESUME, 0, true, SEK_ROSTER_FINE },
	/* Somebody's here: never shorter, never the exporter's. */
	{ 1, 200, false, 1, 300, SEK_ROSTER_SUSPEND, 300, false,
	    SEK_ROSTER_FINE },
	{ 1, 200, false, 1, 0, SEK_ROSTER_SUSPEND, 0, false,
	    SEK_ROSTER_FINE },
	{ 1, 200, false, 1, 150, SEK_ROSTER_LEAVE, 200, false,
	    SEK_ROSTER_FINE },
	{ 1, 0, false, 1, 150, SEK_ROSTER_LEAVE, 0, false, SEK_ROSTER_FINE },
	{ 1, 0, false, 0, 0, SEK_ROSTER_LEAVE, 0, false,
	    SEK_ROSTER_STAYS_SUSPENDED },
	/* Retired is the end of it. */
	{ 0, 0, false, 2, 0, SEK_ROSTER_RETIRE, 0, false, SEK_ROSTER_FINE },
	{ 1, 0, false, 2, 0, SEK_ROSTER_RETIRE, 0, false, SEK_ROSTER_FINE },
	{ 2, 0, false, 0, 0, SEK_ROSTER_LEAVE, 0, false,
	    SEK_ROSTER_STAYS_RETIRED },
	{ 2, 0, true, 1, 0, SEK_ROSTER_LEAVE, 0, true,
	    SEK_ROSTER_STAYS_RETIRED },
	{ 2, 0, false, 2, 0, SEK_ROSTER_LEAVE, 0, false, SEK_ROSTER_FINE },
};

static struct sek_account
account(const struct suspension *s)
{
	struct sek_account a;

	memset(&a, 0, sizeof(a));
	a.uid = SEK_UID_NONE;
	a.state = s->here;
	a.suspended_until = s->here_until;
	return (a);
}

static struct sek_roster_account
account_there(const struct suspension *s)
{
	struct sek_roster_account a;

	memset(&a, 0, sizeof(a));
	a.uid = SEK_UID_NONE;
	a.state = s->there;
	a.suspended_until = s->there_until;
	return (a);
}

START_TEST(suspensions_end_by_whom_they_came)
{
	const struct suspension *s = &suspensions[_i];
	struct sek_account here = account(s);
	struct sek_roster_account there = account_there(s);
	struct sek_roster_verdict v;

	sek_roster_account_judge(&v, &here, &there, s->ours, 100);
	ck_assert_int_eq(v.act, s->act);
	ck_assert_int_eq(v.note, s->note);
	if (s->act == SEK_ROSTER_SUSPEND)
		ck_assert_int_eq(v.until, s->until);
	ck_assert_int_eq(v.ours, s->ours_after);
	/* Another uid: the same, but nothing opens. */
	here.uid = 1;
	there.uid = 2;
	sek_roster_account_judge(&v, &here, &there, s->ours, 100);
	ck_assert_int_eq(v.act, s->act == SEK_ROSTER_RESUME ?
	    SEK_ROSTER_LEAVE : s->act);
	if (s->act != SEK_ROSTER_LEAVE)
		ck_assert_int_eq(v.note, SEK_ROSTER_OTHER_UID);
	/* Another person: nothing at all. */
	(void)snprintf(here.person, sizeof(here.person), "a");
	(void)snprintf(there.person, sizeof(there.person), "b");
	sek_roster_account_judge(&v, &here, &there, s->ours, 100);
	ck_assert_int_eq(v.act, SEK_ROSTER_LEAVE);
	ck_assert_int_eq(v.note, SEK_ROSTER_OTHER_PERSON);
	ck_assert(!v.owner);
}
END_TEST

START_TEST(account_without_a_person_gets_one_unless_another_uid)
{
	struct sek_account here = account(&suspensions[0]);
	struct sek_roster_account there = account_there(&suspensions[0]);
	struct sek_roster_verdict v;

	(void)snprintf(there.person, sizeof(there.person), "b");
	sek_roster_account_judge(&v, &here, &there, false, 100);
	ck_assert(v.owner);
	here.uid = 1;
	sek_roster_account_judge(&v, &here, &there, false, 100);
	ck_assert(v.owner);
	there.uid = 2;
	sek_roster_account_judge(&v, &here, &there, false, 100);
	ck_assert(!v.owner);
	ck_assert_int_eq(v.note, SEK_ROSTER_OTHER_UID);
	there.uid = 1;
	here.shared = 1;
	sek_roster_account_judge(&v, &here, &there, false, 100);
	ck_assert_int_eq(v.note, SEK_ROSTER_OTHER_PERSON);
}
END_TEST

START_TEST(no_state_leads_to_active)
{
	int here, there;
	enum sek_authenticator_state to;

	for (here = 0; here < SEK_AUTHENTICATOR_STATES; here++)
		for (there = 0; there < SEK_AUTHENTICATOR_STATES; there++) {
			to = sek_roster_close(
			    (enum sek_authenticator_state)here,
			    (enum sek_authenticator_state)there);
			ck_assert((to == SEK_AUTHENTICATOR_ACTIVE) ==
			    (here == 0 && there == 0));
			if (there == SEK_AUTHENTICATOR_REMOVED)
				ck_assert_int_eq(to, there);
			else if (here != 0)
				ck_assert_int_eq(to, here);
		}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		what_is_not_set_here_is_taken,
		changed_there_is_taken_changed_here_stays,
		of_a_conflict_the_stricter_holds,
		what_was_shut_here_is_not_opened_by_who_shut_it_too,
		retired_person_stays_retired,
		another_name_is_another_person_until_a_roster_brought_it,
		account_without_a_person_gets_one_unless_another_uid,
		no_state_leads_to_active,
		NULL
	};
	TCase *tc = tcase_create("suspensions");
	int rc;

	tcase_add_loop_test(tc, suspensions_end_by_whom_they_came, 0,
	    (int)(sizeof(suspensions) / sizeof(suspensions[0])));
	rc = unit_run_case("rule_roster_suspensions", tc);
	return (unit_run("rule_roster", tests) | rc);
}
