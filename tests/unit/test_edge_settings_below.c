/*
 * test_edge_settings_below.c - test of edge/settings/below: what a value below
 * its floor is for whom, and when it refuses
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/settings_table.h"
#include "sekisho/flow/exception.h"
#include "sekisho/rule/policy.h"
#include "sekisho/rule/ticket.h"
#include "unit.h"

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))
#define END	INT64_C(4000000000000000)	/* wall us */

/* What there is of exceptions: the answers of a store. */
struct given {
	const char	*key, *id, *value, *users;
	int64_t		 until;
};
static struct given given[8];
static size_t ngiven;
static const char *lapsed;	/* keys of which one ended */
static enum sek_err asked_err;
static unsigned asked;
static char asked_hash[SEK_HASH_HEX];

static char path[64];
static struct sek_settings *s;
static struct sek_why why;

static enum sek_err
ask(void *arg, const struct sek_settings *so_far, struct sek_below *b,
    struct sek_why *reason)
{
	struct sek_allowed *a;
	size_t i;

	ck_assert_ptr_eq(arg, &given);
	asked++;
	memcpy(asked_hash, so_far->hash, sizeof(asked_hash));
	if (asked_err != SEK_OK)
		return (sek_why(reason, asked_err, "it is away"));
	for (i = 0; i < ngiven; i++) {
		if (strcmp(given[i].key, b->key) != 0)
			continue;
		ck_assert_uint_lt(b->n, SEK_ALLOWED_MAX);
		a = &b->allowed[b->n++];
		memset(a, 0xa5, sizeof(*a));
		strcpy(a->id, given[i].id);
		strcpy(a->text, given[i].value);
		strcpy(a->users, given[i].users);
		a->until = given[i].until != 0 ? given[i].until : END;
	}
	b->lapsed = sek_policy_listed(lapsed, b->key);
	return (SEK_OK);
}

static void
give(const char *key, const char *id, const char *value, const char *users)
{
	given[ngiven++] = (struct given){ key, id, value, users, 0 };
}

static enum sek_err
load(const char *text)
{
	const struct sek_settings_ask by = { ask, &given };
	FILE *f;

	ck_assert_ptr_nonnull(f = fopen(path, "w"));
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, 0600), 0);
	why.text[0] = '\0';
	asked = 0;
	return (sek_settings_load_asking(s, NULL, path, false, &by, &why));
}

static void
must_load(const char *text)
{
	ck_assert_msg(load(text) == SEK_OK, "%s\n%s", text, why.text);
}

static void
must_refuse(enum sek_err err, const char *text, const char *said)
{
	static const struct sek_settings zero;

	ck_assert_msg(load(text) == err, "%s\n(%s)", text, why.text);
	ck_assert_msg(strstr(why.text, said) != NULL, "%s\nnot: %s", why.text,
	    said);
	ck_assert_int_eq(memcmp(s, &zero, sizeof(*s)), 0);
}

static void
setup(void)
{
	umask(022);
	snprintf(path, sizeof(path), "/tmp/sekisho-below.%d.conf",
	    (int)getpid());
	ngiven = 0;
	lapsed = "";
	asked_err = SEK_OK;
	ck_assert_ptr_nonnull(s = malloc(sizeof(*s)));
}

static void
teardown(void)
{
	(void)unlink(path);
	free(s);
}

static int64_t
kinds_of(const char *account)
{
	sek_settings_for(s, account);
	return (s->factors.kinds);
}

static const char *
with_of(const char *key, const char *account)
{
	const struct sek_allowed *a;

	sek_settings_for(s, account);
	a = sek_below_with(sek_settings_below(s, key));
	return (a != NULL ? a->id : "");
}

#define ONE	"[factors]\nkinds = 1\n"

START_TEST(nobody_is_asked_of_a_policy_above_its_floors)
{
	must_load("[lockout]\ndeny = 1\nprivileged_deny = 1\n"
	    "[audit]\nretention = 1d\n");
	ck_assert_uint_eq(asked, 0);
	ck_assert_uint_eq(s->nbelow, 0);
}
END_TEST

START_TEST(never_given_it_refuses_and_names_the_command)
{
	must_refuse(SEK_ERR_SETTINGS, ONE, ".conf:2: factors.kinds = 1: below"
	    " the floor of 2 in profile mynumber");
	must_refuse(SEK_ERR_SETTINGS, ONE, "sekisho request exception --key"
	    " factors.kinds --value 1 --until");
	must_refuse(SEK_ERR_SETTINGS, "[audit]\nretention = 12h\n",
	    "--key audit.retention --value 12h");
	must_refuse(SEK_ERR_SETTINGS, "[lockout]\ndeny = off\n",
	    "--key lockout.deny --value 0");
}
END_TEST

START_TEST(one_alive_allows_it_to_its_users_alone)
{
	give("factors.kinds", "e1", "1", "alice bob");
	must_load(ONE);
	ck_assert_uint_eq(asked, 1);
	ck_assert_int_eq(s->factors.kinds, 2);	/* of nobody yet */
	ck_assert_int_eq(kinds_of("alice"), 1);
	ck_assert_int_eq(kinds_of("carol"), 2);
	ck_assert_int_eq(kinds_of("bob"), 1);
	ck_assert_int_eq(kinds_of("bo"), 2);
	ck_assert_int_eq(kinds_of(""), 2);
	ck_assert_int_eq(kinds_of(NULL), 2);
	ck_assert_str_eq(with_of("factors.kinds", "bob"), "e1");
	ck_assert_str_eq(with_of("factors.kinds", "carol"), "");
}
END_TEST

START_TEST(without_users_it_is_everybodys)
{
	give("factors.kinds", "e1", "1", "");
	must_load(ONE);
	ck_assert_int_eq(s->factors.kinds, 1);
	ck_assert_int_eq(kinds_of("anybody"), 1);
	sek_settings_for_unknown(s, "nobody-at-all", "salt");
	ck_assert_int_eq(s->factors.kinds, 1);
}
END_TEST

START_TEST(each_gets_the_lowest_that_is_allowed_to_him)
{
	give("audit.retention", "e1", "12h", "alice bob");
	give("audit.retention", "e2", "6h", "bob");
	give("audit.retention", "e3", "1h", "carol");
	must_load("[audit]\nretention = 6h\n");
	sek_settings_for(s, "alice");
	ck_assert_int_eq(s->audit.retention, 12 * 3600);
	sek_settings_for(s, "bob");
	ck_assert_int_eq(s->audit.retention, 6 * 3600);
	/* Never lower than the file's. */
	sek_settings_for(s, "carol");
	ck_assert_int_eq(s->audit.retention, 6 * 3600);
	sek_settings_for(s, "dave");
	ck_assert_int_eq(s->audit.retention, 86400);
	ck_assert_str_eq(with_of("audit.retention", "bob"), "e2");
}
END_TEST

START_TEST(lower_than_allowed_refuses)
{
	give("audit.retention", "e1", "12h", "");
	must_refuse(SEK_ERR_SETTINGS, "[audit]\nretention = 6h\n",
	    "do not go so low");
}
END_TEST

/* One that reached it ended, another goes on that does not: nobody is shut
 * out, and nobody gets more than he is allowed. */
START_TEST(lapsed_beside_one_that_is_alive)
{
	give("audit.retention", "e1", "12h", "alice");
	lapsed = "audit.retention";
	must_load("[audit]\nretention = 6h\n");
	ck_assert(sek_settings_below(s, "audit.retention")->lapsed);
	sek_settings_for(s, "alice");
	ck_assert_int_eq(s->audit.retention, 12 * 3600);
	sek_settings_for(s, "bob");
	ck_assert_int_eq(s->audit.retention, 86400);
}
END_TEST

START_TEST(lapsed_the_floor_is_in_force)
{
	lapsed = "factors.kinds lockout.deny";
	must_load(ONE "[lockout]\ndeny = 0\n");
	ck_assert_int_eq(kinds_of("alice"), 2);
	ck_assert_int_eq(s->lockout.deny, 1);
	ck_assert_int_eq(s->lockout.privileged_deny, 1);
	ck_assert(sek_settings_below(s, "factors.kinds")->lapsed);
	ck_assert_ptr_null(sek_settings_below(s, "audit.retention"));
}
END_TEST

START_TEST(what_cannot_be_asked_refuses)
{
	asked_err = SEK_ERR_STORE_BUSY;
	must_refuse(SEK_ERR_STORE_BUSY, ONE, "could not be found out: it is"
	    " away");
}
END_TEST

static const char *const senseless[] = { "", "two", "-1", "2", "3", "1 ",
    "0x1", "999999999999999999999" };

START_TEST(an_answer_without_sense_allows_nothing)
{
	give("factors.kinds", "e1", senseless[_i], "");
	must_refuse(SEK_ERR_SETTINGS, ONE, "--key factors.kinds");
}
END_TEST

START_TEST(the_hash_is_of_what_the_files_say)
{
	char alive[SEK_HASH_HEX];

	give("factors.kinds", "e1", "1", "alice");
	must_load(ONE);
	memcpy(alive, s->hash, sizeof(alive));
	ck_assert_str_eq(asked_hash, alive);
	sek_settings_for(s, "alice");
	ck_assert_str_eq(s->hash, alive);
	ngiven = 0;
	lapsed = "factors.kinds";
	must_load(ONE);
	ck_assert_str_eq(s->hash, alive);
	must_load("");
	ck_assert_str_ne(s->hash, alive);
}
END_TEST

/* ---- pairs */

START_TEST(a_privileged_limit_is_never_weaker_for_anybody)
{
	give("lockout.deny", "e1", "0", "alice");
	must_load("[lockout]\ndeny = 0\n");
	sek_settings_for(s, "alice");
	ck_assert_int_eq(s->lockout.deny, 0);
	ck_assert_int_eq(s->lockout.privileged_deny, 2);
	/* For all others deny is 1 now: no privileged one has two tries. */
	sek_settings_for(s, "adminA");
	ck_assert_int_eq(s->lockout.deny, 1);
	ck_assert_int_eq(s->lockout.privileged_deny, 1);
	sek_settings_for(s, "alice");
	ck_assert_int_eq(s->lockout.privileged_deny, 2);
}
END_TEST

START_TEST(a_privileged_limit_off_alone_refuses)
{
	give("lockout.privileged_deny", "e1", "0", "");
	must_refuse(SEK_ERR_SETTINGS, "[lockout]\nprivileged_deny = 0\n",
	    "must be smaller than lockout.deny");
}
END_TEST

START_TEST(both_limits_off_for_those_in_both_scopes)
{
	give("lockout.deny", "e1", "0", "alice adminA");
	give("lockout.privileged_deny", "e2", "0", "adminA adminB");
	must_load("[lockout]\ndeny = 0\nprivileged_deny = 0\n");
	sek_settings_for(s, "adminA");
	ck_assert_int_eq(s->lockout.privileged_deny, 0);
	ck_assert_str_eq(with_of("lockout.privileged_deny", "adminA"), "e2");
	sek_settings_for(s, "adminB");	/* not in the staff's */
	ck_assert_int_eq(s->lockout.privileged_deny, 1);
	ck_assert_str_eq(with_of("lockout.privileged_deny", "adminB"), "");
	sek_settings_for(s, "alice");
	ck_assert_int_eq(s->lockout.deny, 0);
	ck_assert_int_eq(s->lockout.privileged_deny, 1);
}
END_TEST

START_TEST(limits_say_off_only_where_it_is_allowed)
{
	struct sek_limits l;

	give("lockout.deny", "e1", "0", "alice");
	must_load("[lockout]\ndeny = 0\n");
	sek_settings_for(s, "alice");
	sek_settings_limits(&l, s, false);
	ck_assert_uint_eq(l.deny, SEK_DENY_OFF);
	sek_settings_limits(&l, s, true);
	ck_assert_uint_eq(l.deny, 2);
	sek_settings_for(s, "bob");
	sek_settings_limits(&l, s, false);
	ck_assert_uint_eq(l.deny, 1);
}
END_TEST

START_TEST(what_the_floor_asks_for_must_be_within_reach)
{
	give("factors.kinds", "e1", "1", "");
	must_refuse(SEK_ERR_SETTINGS, ONE "accept = password\n",
	    "where no exception allows fewer");
	must_load(ONE "accept = password totp\n");
}
END_TEST

/* ---- names there is no account of */

START_TEST(some_unknown_names_meet_what_those_in_scope_meet)
{
	char name[32];
	unsigned i, as_in_scope = 0, elsewhere = 0;
	int64_t first;

	give("factors.kinds", "0123456789abcdef0123456789abcdef", "1",
	    "alice");
	must_load(ONE);
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "name%u", i);
		sek_settings_for_unknown(s, name, "salt");
		first = s->factors.kinds;
		as_in_scope += first == 1;
		sek_settings_for(s, "carol");
		ck_assert_int_eq(s->factors.kinds, 2);
		sek_settings_for_unknown(s, name, "salt");
		ck_assert_int_eq(s->factors.kinds, first);
		sek_settings_for_unknown(s, name, "another machine");
		elsewhere += s->factors.kinds != first;
	}
	ck_assert_uint_gt(elsewhere, 200);
	ck_assert_uint_gt(as_in_scope, 150);
	ck_assert_uint_lt(as_in_scope, 350);
}
END_TEST

/* ---- later */

START_TEST(what_ends_by_then_no_longer_counts)
{
	give("factors.kinds", "e1", "1", "alice");
	give("factors.kinds", "e2", "1", "bob");
	given[0].until = 1000;
	must_load(ONE);
	sek_settings_at(s, 999);
	ck_assert_int_eq(kinds_of("alice"), 1);
	sek_settings_at(s, 1000);
	ck_assert_int_eq(kinds_of("alice"), 2);
	ck_assert_int_eq(kinds_of("bob"), 1);
	ck_assert(!sek_settings_below(s, "factors.kinds")->lapsed);
	sek_settings_at(s, END);
	ck_assert_int_eq(kinds_of("bob"), 2);
	ck_assert(sek_settings_below(s, "factors.kinds")->lapsed);
	ck_assert_str_eq(sek_settings_below(s, "factors.kinds")->ended, "e2");
}
END_TEST

START_TEST(asked_again_it_takes_the_new_answer)
{
	give("factors.kinds", "e1", "1", "alice");
	must_load(ONE);
	ngiven = 0;
	lapsed = "factors.kinds";
	ck_assert_int_eq(sek_settings_ask_again(s, ask, &given, &why), SEK_OK);
	ck_assert_int_eq(kinds_of("alice"), 2);
	lapsed = "";
	give("factors.kinds", "e2", "1", "alice");
	ck_assert_int_eq(sek_settings_ask_again(s, ask, &given, &why), SEK_OK);
	ck_assert_str_eq(with_of("factors.kinds", "alice"), "e2");
	asked_err = SEK_ERR_STORE;
	ck_assert_int_eq(sek_settings_ask_again(s, ask, &given, &why),
	    SEK_ERR_STORE);
	ck_assert_int_eq(kinds_of("alice"), 2);
	asked_err = SEK_OK;
	ngiven = 0;
	ck_assert_int_eq(sek_settings_ask_again(s, ask, &given, &why),
	    SEK_ERR_SETTINGS);
	ck_assert_int_eq(kinds_of("alice"), 2);
}
END_TEST

/* ---- shown */

static char source[8192], value[64];
static bool deviates, below;

static enum sek_err
see(void *arg, const struct sek_setting_shown *shown)
{
	if (strcmp(shown->key, arg) != 0)
		return (SEK_OK);
	snprintf(source, sizeof(source), "%s", shown->source);
	snprintf(value, sizeof(value), "%s", shown->value);
	deviates = shown->deviates;
	below = shown->below != NULL;
	return (SEK_OK);
}

static void
show(char *key)
{
	const struct sek_settings_ask by = { ask, &given };

	ck_assert_int_eq(sek_settings_show_asking(NULL, path, &by, see, key,
	    &why), SEK_OK);
}

START_TEST(the_source_names_the_exceptions)
{
	static char key[] = "factors.kinds", other[] = "lockout.deny";

	give("factors.kinds", "e1", "1", "alice bob");
	give("factors.kinds", "e2", "1", "");
	must_load(ONE);
	show(key);
	ck_assert_str_eq(value, "1");
	ck_assert(deviates);
	ck_assert(below);
	ck_assert_ptr_nonnull(strstr(source, ".conf:2; exception e1 until "
	    "2096-10-02 16:06 for alice bob; exception e2"));
	show(other);
	ck_assert(!below);
	ck_assert_ptr_null(strstr(source, "exception"));
	ngiven = 0;
	lapsed = key;
	show(key);
	ck_assert_str_eq(value, "2");
	ck_assert_ptr_nonnull(strstr(source, "; floor: exception ended, the"
	    " file says 1"));
}
END_TEST

START_TEST(there_is_room_for_each_floor)
{
	size_t i, n = 0, p;

	for (i = 0; i < sek_settings_rows(); i++) {
		for (p = 0; p < SEK_PROFILES &&
		    sek_settings_row(i)->floor[p] == 0; p++)
			continue;
		if (p == SEK_PROFILES)
			continue;
		n++;
		ck_assert(sek_settings_row(i)->type == SEK_SETTING_NUMBER ||
		    sek_settings_row(i)->type == SEK_SETTING_SPAN ||
		    sek_settings_row(i)->type == SEK_SETTING_DATE ||
		    sek_settings_row(i)->type == SEK_SETTING_METHODS ||
		    sek_settings_row(i)->type == SEK_SETTING_BOOL ||
		    sek_settings_row(i)->type == SEK_SETTING_WORD);
	}
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_le(n, SEK_BELOW_MAX);
}
END_TEST

/* ---- words and dates below their floors */

#define CODE	"[ticket]\nsubstitute = code\n"
#define ATTENDED "[ticket]\nsubstitute = attended\n"
#define GRACE	"[factors]\ngrace = 2027-03-31\n"
#define LGWAN	"[terminal]\nprofile = lgwan\n"

static int
substitute_of(const char *account)
{
	sek_settings_for(s, account);
	return (s->ticket.substitute);
}

START_TEST(a_word_below_its_floor_needs_an_exception)
{
	must_refuse(SEK_ERR_SETTINGS, CODE, "ticket.substitute = code: below"
	    " the floor of no in profile mynumber (8(5)); write no, or ask for"
	    " an approved exception first: sekisho request exception --key"
	    " ticket.substitute --value code");
	must_refuse(SEK_ERR_SETTINGS, LGWAN ATTENDED, "below the floor of no");
	give("ticket.substitute", "e1", "attended", "");
	must_refuse(SEK_ERR_SETTINGS, CODE, "do not go so low");
	must_load(ATTENDED);
	ck_assert_int_eq(s->ticket.substitute, SEK_SUBSTITUTE_ATTENDED);
	ck_assert_str_eq(with_of("ticket.substitute", "alice"), "e1");
	must_load("[ticket]\nsubstitute = no\n");
	ck_assert_uint_eq(asked, 0);
}
END_TEST

START_TEST(a_word_is_for_those_in_scope)
{
	unsigned met = 0, i;
	char name[32];

	give("ticket.substitute", "e1", "code", "alice");
	give("ticket.substitute", "e2", "attended", "bob");
	give("ticket.substitute", "e3", "frob", "carol");
	give("ticket.substitute", "e4", "no", "carol");
	give("ticket.substitute", "e5", "0", "carol");
	must_load(CODE);
	ck_assert_int_eq(s->ticket.substitute, SEK_SUBSTITUTE_NO);
	ck_assert_int_eq(substitute_of("alice"), SEK_SUBSTITUTE_CODE);
	ck_assert_int_eq(substitute_of("bob"), SEK_SUBSTITUTE_ATTENDED);
	ck_assert_int_eq(substitute_of("carol"), SEK_SUBSTITUTE_NO);
	ck_assert_int_eq(substitute_of(NULL), SEK_SUBSTITUTE_NO);
	/* The number beside it in the struct is nobody's business. */
	ck_assert_int_eq(s->ticket.substitute_max, 3);
	for (i = 0; i < 400; i++) {
		snprintf(name, sizeof(name), "nobody%u", i);
		sek_settings_for_unknown(s, name, "salt");
		met += s->ticket.substitute == SEK_SUBSTITUTE_CODE;
	}
	ck_assert_uint_gt(met, 40);
	ck_assert_uint_lt(met, 200);
	sek_settings_at(s, END);
	ck_assert_int_eq(substitute_of("alice"), SEK_SUBSTITUTE_NO);
	ck_assert(sek_settings_below(s, "ticket.substitute")->lapsed);
}
END_TEST

#define TRAIT	"[factors]\nrequire_possession = no\n"

/* A yes or no: only its own byte is read and written. */
START_TEST(possession_is_left_out_for_those_in_scope)
{
	static char key[] = "factors.require_possession";
	struct sek_settings_except e;
	const struct sek_below *of = NULL;
	const struct sek_allowed *a;

	must_refuse(SEK_ERR_SETTINGS, TRAIT, "below the floor of yes");
	give(key, "e1", "no", "alice");
	give(key, "e2", "yes", "bob");
	give(key, "e3", "0", "carol");
	must_load(TRAIT);
	ck_assert(s->factors.require_possession);
	sek_settings_for(s, "alice");
	ck_assert(!s->factors.require_possession);
	ck_assert(!s->factors.require_crypto_possession);
	ck_assert(!s->factors.jpki_pin_counts);
	a = sek_exception_used(&of, s, SEK_KIND_KNOWLEDGE |
	    SEK_KIND_INHERENCE, false, false);
	ck_assert_ptr_nonnull(a);
	ck_assert_str_eq(a->id, "e1");
	ck_assert_str_eq(of->key, key);
	/* Who had a card does not get in by it. */
	ck_assert_ptr_null(sek_exception_used(&of, s,
	    SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION, false, false));
	sek_settings_for(s, "bob");
	ck_assert(s->factors.require_possession);
	sek_settings_for(s, "carol");
	ck_assert(s->factors.require_possession);
	show(key);
	ck_assert_ptr_nonnull(strstr(source, "exception"));
	sek_settings_at(s, END);
	sek_settings_for(s, "alice");
	ck_assert(s->factors.require_possession);
	must_load("[terminal]\nprofile = lgwan\n" TRAIT);
	ck_assert_uint_eq(s->nbelow, 0);
	ck_assert_int_eq(sek_settings_except(&e, key, "no",
	    SEK_PROFILE_MYNUMBER), SEK_OK);
	ck_assert_str_eq(e.value, "no");
	ck_assert_str_eq(e.floor, "yes");
	ck_assert_int_eq(sek_settings_except(&e, key, "yes",
	    SEK_PROFILE_MYNUMBER), SEK_ERR_RANGE);
	ck_assert_int_eq(sek_settings_except(&e, key, "no",
	    SEK_PROFILE_LGWAN), SEK_ERR_NOT_FOUND);
	ck_assert_int_eq(sek_settings_except(&e, "factors.one_line", "yes",
	    SEK_PROFILE_MYNUMBER), SEK_ERR_NOT_FOUND);
}
END_TEST

/* Else all others were shut out. */
START_TEST(who_is_in_no_exception_has_something_to_show)
{
	give("factors.require_possession", "e1", "no", "");
	must_refuse(SEK_ERR_SETTINGS, TRAIT "accept = password fingerprint\n",
	    "names no method of possession");
	must_load(TRAIT "accept = password fingerprint totp\n");
	give("factors.kinds", "e2", "1", "");
	must_load(TRAIT "kinds = 1\n");
}
END_TEST

#define AGELESS	"[password]\nmax_age = never\n"
#define YEARS	(INT64_C(365) * 86400)

/* Of an age the longer is the lower. */
START_TEST(a_password_without_an_end_is_for_those_in_scope)
{
	static char key[] = "password.max_age";
	struct sek_password_limits staff;
	struct sek_settings_except e;

	must_refuse(SEK_ERR_SETTINGS, AGELESS, "password.max_age = never: below"
	    " the floor of 5y");
	give(key, "e1", "6y", "alice");
	must_refuse(SEK_ERR_SETTINGS, AGELESS, "do not go so low");
	give(key, "e2", "never", "bob");
	give(key, "e3", "365d", "carol");	/* no exception at all */
	must_load(AGELESS);
	ck_assert_int_eq(s->password.max_age, 5 * YEARS);
	sek_settings_for(s, "alice");
	ck_assert_int_eq(s->password.max_age, 6 * YEARS);
	sek_settings_for(s, "bob");
	sek_settings_password(&staff, s, false);
	ck_assert(staff.max_age == SEK_SPAN_NEVER);
	ck_assert_int_eq(s->password.privileged_max_age, 90 * 86400);
	ck_assert_str_eq(with_of(key, "bob"), "e2");
	sek_settings_for(s, "carol");
	ck_assert_int_eq(s->password.max_age, 5 * YEARS);
	show(key);
	ck_assert_str_eq(value, "never");
	sek_settings_at(s, END);
	sek_settings_for(s, "bob");
	ck_assert_int_eq(s->password.max_age, 5 * YEARS);
	ck_assert_int_eq(sek_settings_except(&e, key, "never",
	    SEK_PROFILE_MYNUMBER), SEK_OK);
	ck_assert_str_eq(e.value, "never");
	ck_assert_str_eq(e.floor, "5y");
	ck_assert_int_eq(sek_settings_except(&e, key, "5y",
	    SEK_PROFILE_MYNUMBER), SEK_ERR_RANGE);
	/* Where logins are counted, nobody is asked. */
	must_load(AGELESS "max_uses = 50\n");
	ck_assert_uint_eq(s->nbelow, 0);
	ck_assert(s->password.max_age == SEK_SPAN_NEVER);
}
END_TEST

START_TEST(an_end_that_came_back_is_stricter_for_the_privileged)
{
	static char key[] = "password.max_age";

	must_refuse(SEK_ERR_SETTINGS, AGELESS "privileged_max_age = never\n",
	    "password.max_age = never");
	give(key, "e1", "never", "bob");
	must_refuse(SEK_ERR_SETTINGS, AGELESS "privileged_max_age = never\n",
	    "password.privileged_max_age = never: below the floor");
	give("password.privileged_max_age", "e2", "never", "");
	must_load(AGELESS "privileged_max_age = never\n");
	sek_settings_for(s, "bob");
	ck_assert(s->password.max_age == SEK_SPAN_NEVER);
	ck_assert(s->password.privileged_max_age == SEK_SPAN_NEVER);
	sek_settings_for(s, "alice");
	ck_assert_int_eq(s->password.max_age, 5 * YEARS);
	ck_assert_int_eq(s->password.privileged_max_age, 5 * YEARS - 86400);
	sek_settings_for(s, "bob");
	ck_assert(s->password.privileged_max_age == SEK_SPAN_NEVER);
	ngiven = 0;
	lapsed = "password.max_age,password.privileged_max_age";
	must_load(AGELESS "privileged_max_age = never\n");
	ck_assert_int_eq(s->password.max_age, 5 * YEARS);
	ck_assert_int_eq(s->password.privileged_max_age, 5 * YEARS - 86400);
	show(key);
	ck_assert_str_eq(value, "5y");
	ck_assert_ptr_nonnull(strstr(source, "; floor: exception ended, the"
	    " file says never"));
}
END_TEST

START_TEST(a_history_of_none_is_for_those_in_scope)
{
	static const char none[] = "[password]\nhistory = 0\n";

	give("password.history", "e1", "0", "alice");
	must_load(none);
	ck_assert_int_eq(s->password.history, 1);
	sek_settings_for(s, "alice");
	ck_assert_int_eq(s->password.history, 0);
	ck_assert(s->password.privileged_history == SEK_HISTORY_FOREVER);
	sek_settings_at(s, END);
	sek_settings_for(s, "alice");
	ck_assert_int_eq(s->password.history, 1);
}
END_TEST

START_TEST(a_lapsed_word_is_its_floor)
{
	static char key[] = "ticket.substitute";

	lapsed = key;
	must_load(CODE);
	ck_assert_int_eq(substitute_of("alice"), SEK_SUBSTITUTE_NO);
	show(key);
	ck_assert_str_eq(value, "no");
	ck_assert_ptr_nonnull(strstr(source, "; floor: exception ended, the"
	    " file says code"));
	lapsed = "";
	give("ticket.substitute", "e1", "code", "alice");
	show(key);
	ck_assert_str_eq(value, "code");
	ck_assert(deviates);
	ck_assert_ptr_nonnull(strstr(source, "exception e1 until"));
}
END_TEST

START_TEST(grace_is_a_date_below_its_floor_in_mynumber_alone)
{
	must_refuse(SEK_ERR_SETTINGS, GRACE, "factors.grace = 2027-03-31:"
	    " below the floor of none in profile mynumber");
	ck_assert_ptr_nonnull(strstr(why.text, "; write none, or"));
	must_load(LGWAN GRACE);
	ck_assert_uint_eq(asked, 0);
	/* 2027-04-01 00:00 in Tokyo. */
	ck_assert_int_eq(sek_settings_grace_end(s),
	    INT64_C(1806505200000000));
	give("factors.grace", "e1", "2027-03-30", "");
	must_refuse(SEK_ERR_SETTINGS, GRACE, "do not go so low");
	give("factors.grace", "e2", "2027-03-31", "alice");
	must_load(GRACE);
	sek_settings_for(s, "alice");
	ck_assert_int_eq(sek_settings_grace_end(s),
	    INT64_C(1806505200000000));
	ck_assert_str_eq(with_of("factors.grace", "alice"), "e2");
	sek_settings_for(s, "bob");
	ck_assert_int_eq(sek_settings_grace_end(s),
	    INT64_C(1806505200000000) - 86400 * SEK_SECOND);
	sek_settings_at(s, END);
	sek_settings_for(s, "alice");
	ck_assert_int_eq(sek_settings_grace_end(s), 0);
}
END_TEST

/* An exception that ends before the day does ends it. */
START_TEST(grace_ends_with_its_exception)
{
	give("factors.grace", "e1", "2027-12-31", "");
	given[0].until = INT64_C(1800000000000000);
	must_load(GRACE);
	ck_assert_int_eq(sek_settings_grace_end(s),
	    INT64_C(1800000000000000));
}
END_TEST

static const struct {
	const char	*zone;
	int64_t		 seconds;	/* of 2027-04-01 00:00 there */
} zones[] = {
	{ "UTC", 1806537600 },
	{ "Asia/Tokyo", 1806505200 },
	{ "+14:00", 1806487200 },
	{ "-11:30", 1806579000 }
};

START_TEST(grace_ends_by_the_terminals_zone)
{
	char text[256];

	snprintf(text, sizeof(text), LGWAN "timezone = %s\n" GRACE,
	    zones[_i].zone);
	must_load(text);
	ck_assert_int_eq(sek_settings_grace_end(s),
	    zones[_i].seconds * SEK_SECOND);
}
END_TEST

static const char *const no_dates[] = {
	"2027-02-29", "2027-13-01", "2027-00-01", "2027-04-31", "2027-3-31",
	"27-03-31", "2027-03-31T00:00", "2027-03-31 10:00", "2027-03-31Z",
	"2027/03/31", "never", "no", "0", "forever", "1000000", "NONE",
	"3000-01-01", "1969-12-31", "1970-01-01", "-2027-03-31", "2027-03-3", "９"
};

START_TEST(only_days_there_are_end_a_grace)
{
	char text[256];

	snprintf(text, sizeof(text), LGWAN "[factors]\ngrace = %s\n",
	    no_dates[_i]);
	must_refuse(SEK_ERR_SETTINGS, text, "must be none, or the last day");
}
END_TEST

START_TEST(dates_are_written_back_as_they_were)
{
	static const char *const dates[] = {
		"none", "1970-01-02", "2000-02-29", "2026-12-31",
		"2027-01-01", "2028-02-29", "2999-12-31"
	};
	char text[256];
	size_t i, row = 0;

	ck_assert_int_eq(sek_settings_find(&row, "factors", "grace", NULL),
	    SEK_OK);
	for (i = 0; i < ROWS(dates); i++) {
		snprintf(text, sizeof(text), LGWAN "[factors]\ngrace = %s\n",
		    dates[i]);
		must_load(text);
		sek_settings_print(text, sizeof(text), s,
		    sek_settings_row(row));
		ck_assert_str_eq(text, dates[i]);
	}
}
END_TEST

START_TEST(words_and_dates_may_be_asked_of)
{
	struct sek_settings_except e;

	ck_assert_int_eq(sek_settings_except(&e, "ticket.substitute",
	    "attended", SEK_PROFILE_INTERNET), SEK_OK);
	ck_assert_str_eq(e.value, "attended");
	ck_assert_str_eq(e.floor, "no");
	ck_assert_str_eq(e.clause, "8(5)");
	ck_assert_int_eq(sek_settings_except(&e, "ticket.substitute", "no",
	    SEK_PROFILE_MYNUMBER), SEK_ERR_RANGE);
	ck_assert_int_eq(sek_settings_except(&e, "ticket.substitute", "0",
	    SEK_PROFILE_MYNUMBER), SEK_ERR_RANGE);
	ck_assert_int_eq(sek_settings_except(&e, "factors.grace",
	    "2027-03-31", SEK_PROFILE_MYNUMBER), SEK_OK);
	ck_assert_str_eq(e.value, "2027-03-31");
	ck_assert_str_eq(e.floor, "none");
	ck_assert_int_eq(sek_settings_except(&e, "factors.grace", "none",
	    SEK_PROFILE_MYNUMBER), SEK_ERR_RANGE);
	ck_assert_int_eq(sek_settings_except(&e, "factors.grace",
	    "2027-02-30", SEK_PROFILE_MYNUMBER), SEK_ERR_RANGE);
	ck_assert_int_eq(sek_settings_except(&e, "factors.grace",
	    "2027-03-31", SEK_PROFILE_LGWAN), SEK_ERR_NOT_FOUND);
	ck_assert_int_eq(sek_settings_except(&e, "terminal.profile", "lgwan",
	    SEK_PROFILE_MYNUMBER), SEK_ERR_NOT_FOUND);
}
END_TEST

/* ---- methods below their floor */

#define UID	"[factors]\naccept = password totp card-uid\n"
#define BIT	SEK_METHOD_BIT

static uint32_t
accept_of(const char *account)
{
	sek_settings_for(s, account);
	return (s->factors.accept);
}

START_TEST(a_card_that_anybody_can_copy_needs_an_exception)
{
	const uint32_t rest = BIT(SEK_METHOD_PASSWORD) | BIT(SEK_METHOD_TOTP);
	const uint32_t all = rest | BIT(SEK_METHOD_CARD_UID);
	unsigned met = 0, i;
	char name[32];

	must_refuse(SEK_ERR_SETTINGS, UID, "factors.accept = card-uid: below"
	    " the floor of no card-uid in profile mynumber (5(4)④); take out"
	    " card-uid, or ask for an approved exception first: sekisho"
	    " request exception --key factors.accept --value card-uid");
	must_refuse(SEK_ERR_SETTINGS, LGWAN UID, "profile lgwan");
	must_load("[factors]\naccept = password totp card-jpki card-piv\n");
	ck_assert_uint_eq(asked, 0);
	give("factors.accept", "e1", "card-uid", "alice");
	give("factors.accept", "e2", "password", "bob");
	give("factors.accept", "e3", "frob", "bob");
	give("factors.accept", "e4", "no card-uid", "bob");
	give("factors.accept", "e5", "0", "bob");
	must_load(UID);
	ck_assert_uint_eq(s->factors.accept, rest);
	ck_assert_uint_eq(accept_of("alice"), all);
	ck_assert_str_eq(with_of("factors.accept", "alice"), "e1");
	ck_assert_uint_eq(accept_of("bob"), rest);
	ck_assert_uint_eq(accept_of("alice"), all);
	ck_assert_uint_eq(accept_of(NULL), rest);
	for (i = 0; i < 400; i++) {
		snprintf(name, sizeof(name), "nobody%u", i);
		sek_settings_for_unknown(s, name, "salt");
		met += s->factors.accept == all;
	}
	ck_assert_uint_gt(met, 40);
	ck_assert_uint_lt(met, 200);
	sek_settings_at(s, END);
	ck_assert_uint_eq(accept_of("alice"), rest);
	ck_assert(sek_settings_below(s, "factors.accept")->lapsed);
}
END_TEST

START_TEST(methods_below_their_floor_are_shown)
{
	static char key[] = "factors.accept";
	struct sek_settings_except e;

	give(key, "e1", "card-uid", "alice");
	must_load(UID);
	show(key);
	ck_assert_str_eq(value, "password totp card-uid");
	ck_assert(deviates);
	ck_assert_ptr_nonnull(strstr(source, "exception e1 until"));
	ngiven = 0;
	lapsed = key;
	must_load(UID);
	show(key);
	ck_assert_str_eq(value, "password totp");
	ck_assert_ptr_nonnull(strstr(source, "; floor: exception ended, the"
	    " file says card-uid"));
	ck_assert_int_eq(sek_settings_except(&e, key, "card-uid",
	    SEK_PROFILE_LGWAN), SEK_OK);
	ck_assert_str_eq(e.value, "card-uid");
	ck_assert_str_eq(e.floor, "no card-uid");
	ck_assert_int_eq(sek_settings_except(&e, key, "card-piv",
	    SEK_PROFILE_LGWAN), SEK_ERR_RANGE);
	/* Of a whole list that alone is asked which is below the floor. */
	ck_assert_int_eq(sek_settings_except(&e, key, "password card-uid",
	    SEK_PROFILE_LGWAN), SEK_OK);
	ck_assert_str_eq(e.value, "card-uid");
	ck_assert_int_eq(sek_settings_except(&e, key, "frob card-uid",
	    SEK_PROFILE_LGWAN), SEK_ERR_RANGE);
}
END_TEST

START_TEST(what_lets_in_by_such_a_card_is_that_exception)
{
	const uint32_t two = SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION;
	const struct sek_below *b;

	give("factors.accept", "e1", "card-uid", "alice");
	must_load(UID);
	sek_settings_for(s, "alice");
	ck_assert_ptr_nonnull(sek_exception_used(&b, s, two, true, false));
	ck_assert_str_eq(sek_exception_used(&b, s, two, true, false)->id,
	    "e1");
	ck_assert_str_eq(b->key, "factors.accept");
	ck_assert_ptr_null(sek_exception_used(&b, s, two, false, false));
	sek_settings_for(s, "bob");
	ck_assert_ptr_null(sek_exception_used(&b, s, two, true, false));
}
END_TEST

/* Else all others were shut out with the exception's end. */
START_TEST(who_is_in_no_exception_still_reaches_the_kinds)
{
	give("factors.accept", "e1", "card-uid", "");
	must_refuse(SEK_ERR_SETTINGS, "[factors]\naccept = password card-uid\n",
	    "reaches 1 of the 2 kinds factors.kinds asks for where no"
	    " exception takes card-uid");
	must_load("[factors]\naccept = password card-uid card-piv\n");
}
END_TEST

START_TEST(a_zeroed_policy_has_no_grace)
{
	memset(s, 0, sizeof(*s));
	ck_assert_int_eq(sek_settings_grace_end(s), 0);
}
END_TEST

START_TEST(floors_ask_nobody_and_load)
{
	const struct sek_settings_ask by = { sek_settings_floors, NULL };

	ck_assert_int_ne(load(ONE "[lockout]\ndeny = 0\n"), SEK_OK);
	ck_assert_int_eq(sek_settings_load_asking(s, NULL, path, false, &by,
	    &why), SEK_OK);
	ck_assert_int_eq(kinds_of("alice"), 2);
	ck_assert_int_eq(s->lockout.deny, 1);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("edge_settings_below");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, nobody_is_asked_of_a_policy_above_its_floors);
	tcase_add_test(t, never_given_it_refuses_and_names_the_command);
	tcase_add_test(t, one_alive_allows_it_to_its_users_alone);
	tcase_add_test(t, without_users_it_is_everybodys);
	tcase_add_test(t, each_gets_the_lowest_that_is_allowed_to_him);
	tcase_add_test(t, lower_than_allowed_refuses);
	tcase_add_test(t, lapsed_beside_one_that_is_alive);
	tcase_add_test(t, lapsed_the_floor_is_in_force);
	tcase_add_test(t, what_cannot_be_asked_refuses);
	tcase_add_loop_test(t, an_answer_without_sense_allows_nothing, 0,
	    (int)ROWS(senseless));
	tcase_add_test(t, the_hash_is_of_what_the_files_say);
	tcase_add_test(t, a_privileged_limit_is_never_weaker_for_anybody);
	tcase_add_test(t, a_privileged_limit_off_alone_refuses);
	tcase_add_test(t, both_limits_off_for_those_in_both_scopes);
	tcase_add_test(t, limits_say_off_only_where_it_is_allowed);
	tcase_add_test(t, what_the_floor_asks_for_must_be_within_reach);
	tcase_add_test(t, some_unknown_names_meet_what_those_in_scope_meet);
	tcase_add_test(t, what_ends_by_then_no_longer_counts);
	tcase_add_test(t, asked_again_it_takes_the_new_answer);
	tcase_add_test(t, the_source_names_the_exceptions);
	tcase_add_test(t, there_is_room_for_each_floor);
	tcase_add_test(t, a_word_below_its_floor_needs_an_exception);
	tcase_add_test(t, a_word_is_for_those_in_scope);
	tcase_add_test(t, possession_is_left_out_for_those_in_scope);
	tcase_add_test(t, who_is_in_no_exception_has_something_to_show);
	tcase_add_test(t, a_lapsed_word_is_its_floor);
	tcase_add_test(t, grace_is_a_date_below_its_floor_in_mynumber_alone);
	tcase_add_test(t, grace_ends_with_its_exception);
	tcase_add_loop_test(t, grace_ends_by_the_terminals_zone, 0,
	    (int)ROWS(zones));
	tcase_add_loop_test(t, only_days_there_are_end_a_grace, 0,
	    (int)ROWS(no_dates));
	tcase_add_test(t, dates_are_written_back_as_they_were);
	tcase_add_test(t, words_and_dates_may_be_asked_of);
	tcase_add_test(t, a_card_that_anybody_can_copy_needs_an_exception);
	tcase_add_test(t, a_password_without_an_end_is_for_those_in_scope);
	tcase_add_test(t,
	    an_end_that_came_back_is_stricter_for_the_privileged);
	tcase_add_test(t, a_history_of_none_is_for_those_in_scope);
	tcase_add_test(t, methods_below_their_floor_are_shown);
	tcase_add_test(t, what_lets_in_by_such_a_card_is_that_exception);
	tcase_add_test(t, who_is_in_no_exception_still_reaches_the_kinds);
	tcase_add_test(t, a_zeroed_policy_has_no_grace);
	tcase_add_test(t, floors_ask_nobody_and_load);
	return (unit_run_case("edge_settings_below", t));
}
