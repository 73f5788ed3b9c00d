/*
 * force.c - the values in force: defaults, what was written, floors, pairs
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a value below a floor without an exception, or a privileged one weaker
 * than the staff's, refuses; it is never raised in silence.
 */
#include "config.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/settings_table.h"
#include "sekisho/rule/policy.h"

#define NAME_MAX_LEN 64u
#define DAY	(SEK_DAY / SEK_SECOND)

/* Two limits of which the privileged one is never weaker (S4 7(2)①ウ⑤). */
struct pair {
	const char	*section;
	const char	*staff;
	const char	*privileged;
	bool		 smaller;	/* a smaller number is stricter */
	/* How much stricter it is at least: 0 it may be equal. */
	int64_t		 step;
	/* As strictness() tells them, of those with a step: the one nothing is
	 * stricter than, and none at all. */
	int64_t		 strictest;
	int64_t		 none;
	const char	*must_be;	/* for a sentence */
};

static const struct pair pairs[] = {
	{ "lockout", "deny", "privileged_deny", true, 1, -1, INT64_MIN,
	    "smaller than" },
	{ "lockout", "unlock", "privileged_unlock", false, 0, 0, 0,
	    "no shorter than" },
	{ "password", "min_length", "privileged_min_length", false, 0, 0, 0,
	    "no smaller than" },
	{ "password", "history", "privileged_history", false, 0, 0, 0,
	    "no smaller than" },
	{ "password", "max_age", "privileged_max_age", false, DAY,
	    -DAY, -SEK_SPAN_NEVER, "shorter than" }
};
#define NPAIRS (sizeof(pairs) / sizeof(pairs[0]))
_Static_assert(NPAIRS == sizeof(((struct sek_settings *)0)->of_pair) /
    sizeof(((struct sek_settings *)0)->of_pair[0]), "a place for each pair");

static size_t
row_number(const char *section, const char *key)
{
	size_t i = 0;

	(void)sek_settings_find(&i, section, key, NULL);
	return (i);
}

static size_t
staff_row(const struct pair *pair)
{
	return (row_number(pair->section, pair->staff));
}

static size_t
privileged_row(const struct pair *pair)
{
	return (row_number(pair->section, pair->privileged));
}

/* The profile in force; scratch holds what the files gave last. */
static enum sek_profile
profile_of(const struct sek_settings_layers *l)
{
	size_t i = 0;
	enum sek_profile p = SEK_PROFILE_MYNUMBER;

	(void)sek_settings_find(&i, "terminal", "profile", NULL);
	(void)sek_profile_parse(&p, l->value[i].text != NULL ?
	    l->value[i].text : sek_settings_row(i)->value[0]);
	return (p);
}

/* Where a value stands, for a sentence: "FILE:LINE: ", or nothing. */
static void
place(char *dst, size_t size, const struct sek_settings_layer *v)
{
	dst[0] = '\0';
	if (v->text != NULL)
		(void)snprintf(dst, size, "%s:%u: ", v->file, v->line);
}

static enum sek_err
set_all(struct sek_settings *out, const struct sek_settings_layers *l,
    struct sek_why *why)
{
	enum sek_profile p = profile_of(l);
	const struct sek_setting_row *row;
	struct sek_why reason;
	enum sek_err err = SEK_OK;
	size_t i;

	for (i = 0; err == SEK_OK && i < sek_settings_rows(); i++) {
		row = sek_settings_row(i);
		if ((err = sek_settings_set(out, row,
		    l->value[i].text != NULL ? l->value[i].text :
		    row->value[p], &reason)) != SEK_OK)
			err = sek_why(why, err, "%s: %s", row->key,
			    reason.text);
	}
	return (err);
}

/* A number of a row so that more is stricter: 0 where smaller is stricter is
 * none at all, the weakest. */
static int64_t
strictness(const struct pair *pair, int64_t number)
{
	if (!pair->smaller)
		return (number);
	return (number == 0 ? INT64_MIN : -number);
}

/* Is the privileged value as strict as the pair asks for? What cannot be
 * stricter may be equal: one try, or, under exceptions of both, none. */
static bool
pair_holds(const struct pair *pair, int64_t privileged, int64_t staff)
{
	int64_t his = strictness(pair, privileged);
	int64_t theirs = strictness(pair, staff);

	if (his != theirs)
		return (his > theirs);
	return (pair->step == 0 || theirs == pair->strictest ||
	    theirs == pair->none);
}

/* The weakest privileged value that does beside this one of the staff's. */
static int64_t
weakest_beside(const struct pair *pair, int64_t staff)
{
	int64_t n = strictness(pair, staff);

	if (pair->step > 0 && n < pair->strictest)
		n = n > pair->strictest - pair->step ? pair->strictest :
		    n + pair->step;
	return (pair->smaller ? -n : n);
}

/* A privileged value nobody wrote follows the staff's where that was made
 * stricter than the profile's own privileged one. */
static enum sek_err
derive(struct sek_settings *out, struct sek_settings_layers *l,
    const struct pair *pair)
{
	size_t own = privileged_row(pair);
	const struct sek_setting_row *row = sek_settings_row(own);
	int64_t staff = sek_settings_number(out,
	    sek_settings_row(staff_row(pair)));
	int64_t value = sek_settings_number(out, row), derived;

	if (l->value[own].text != NULL || pair_holds(pair, value, staff))
		return (SEK_OK);
	derived = weakest_beside(pair, staff);
	if (derived != value)
		l->value[own].origin = SEK_SETTINGS_DERIVED;
	sek_settings_number_set(out, row, derived);
	return (SEK_OK);
}

static enum sek_err
check_floor(struct sek_settings *s, const struct sek_settings_layers *l,
    size_t i, const struct sek_settings_ask *ask, struct sek_why *why)
{
	const struct sek_setting_row *row = sek_settings_row(i);
	char at[SEK_PATH_MAX + 300];
	int64_t lowest = row->floor[s->terminal.profile];

	if (lowest == 0 || sek_settings_number(s, row) >= lowest ||
	    (row->spared != NULL && row->spared(s)))
		return (SEK_OK);
	place(at, sizeof(at), &l->value[i]);
	return (sek_settings_ask_below(s, i, at, ask, why));
}

static enum sek_err
check_pair(const struct sek_settings *s, const struct sek_settings_layers *l,
    const struct pair *pair, struct sek_why *why)
{
	size_t own = privileged_row(pair);
	size_t other = staff_row(pair);
	const struct sek_setting_row *row = sek_settings_row(own);
	int64_t privileged = sek_settings_number(s, row);
	int64_t staff = sek_settings_number(s, sek_settings_row(other));
	char at[SEK_PATH_MAX + 300];

	if (pair_holds(pair, privileged, staff))
		return (SEK_OK);
	place(at, sizeof(at), l->value[own].text != NULL ? &l->value[own] :
	    &l->value[other]);
	return (sek_why(why, SEK_ERR_SETTINGS, "%s%s.%s must be %s"
	    " %s.%s (%s); change one of them", at, pair->section, row->key,
	    pair->must_be, pair->section, pair->staff, row->clause));
}

/* Where a key of [factors] was written, for a sentence. */
static void
place_factor(char *dst, size_t size, const struct sek_settings_layers *l,
    const char *key)
{
	size_t row = 0;

	(void)sek_settings_find(&row, "factors", key, NULL);
	place(dst, size, &l->value[row]);
}

/* A signature is called for, and nothing accepted makes one. */
static enum sek_err
refuse_unsigned(const struct sek_settings_layers *l, struct sek_why *why)
{
	char at[SEK_PATH_MAX + 300];

	place_factor(at, sizeof(at), l, "require_crypto_possession");
	return (sek_why(why, SEK_ERR_SETTINGS, "%s"
	    "factors.require_crypto_possession = yes: none of the methods that"
	    " factors.accept names and this version has signs (fido2,"
	    " card-piv and card-jpki do): nobody could log in; accept one",
	    at));
}

/* A thing one has is called for, and none is accepted. */
static enum sek_err
refuse_without(const struct sek_settings_layers *l, struct sek_why *why)
{
	char at[SEK_PATH_MAX + 300];

	place_factor(at, sizeof(at), l, "accept");
	return (sek_why(why, SEK_ERR_SETTINGS, "%sfactors.accept names no"
	    " method of possession (a card, a security key, one-time codes),"
	    " and factors.require_possession = yes asks for one: nobody could"
	    " log in; accept one", at));
}

/* Kinds that are asked of somebody, now or when an exception has ended. */
static uint32_t
most_kinds(const struct sek_settings *s)
{
	const struct sek_below *b = sek_settings_below(s, "factors.kinds");

	return ((uint32_t)(b != NULL ? b->floor : s->factors.kinds));
}

/* Possession, of somebody, now or when an exception has ended. */
static bool
asks_possession(const struct sek_settings *s)
{

	return (s->factors.require_possession ||
	    sek_settings_below(s, "factors.require_possession") != NULL);
}

/* Can the accepted methods, as far as they are built, do what is asked for?
 * If not, nobody could ever log in. */
static enum sek_err
check_reach(const struct sek_settings *s, const struct sek_settings_layers *l,
    struct sek_why *why)
{
	struct sek_requirement need = {
		.kinds = most_kinds(s),
		/* Nobody is to be without when an exception has ended. */
		.accept = s->factors.accept & ~SEK_METHODS_WEAK,
		.crypto_possession = s->factors.require_crypto_possession,
		.possession = asks_possession(s),
		.fido2_uv_counts = s->factors.fido2_uv_counts,
		.jpki_pin_counts = s->factors.jpki_pin_counts,
		.piv_pin_counts = s->factors.piv_pin_counts
	};
	char at[SEK_PATH_MAX + 300];
	uint32_t kinds;

	if (sek_policy_reach(&kinds, &need, SEK_METHODS_BUILT))
		return (SEK_OK);
	if (need.crypto_possession && (kinds & SEK_KIND_POSSESSION) == 0)
		return (refuse_unsigned(l, why));
	if (need.possession && sek_kind_count(kinds) >= need.kinds)
		return (refuse_without(l, why));
	place_factor(at, sizeof(at), l, "accept");
	return (sek_why(why, SEK_ERR_SETTINGS, "%sfactors.accept reaches %u of"
	    " the %u kinds factors.kinds asks for%s: nobody could log in;"
	    " accept methods of more kinds", at, sek_kind_count(kinds),
	    need.kinds, need.kinds != (uint32_t)s->factors.kinds ? " where no exception"
	    " allows fewer" : need.accept != s->factors.accept ? " where no"
	    " exception takes card-uid" : ""));
}

/* A session locks before it ends: locked, its work is still there. */
static enum sek_err
check_idle(const struct sek_settings *s, const struct sek_settings_layers *l,
    struct sek_why *why)
{
	size_t end = row_number("session", "idle_logout");
	size_t lock = row_number("session", "idle_lock");
	char at[SEK_PATH_MAX + 300];

	if (s->session.idle_logout > s->session.idle_lock)
		return (SEK_OK);
	place(at, sizeof(at), &l->value[l->value[end].text != NULL ? end :
	    lock]);
	return (sek_why(why, SEK_ERR_SETTINGS, "%ssession.idle_logout must be"
	    " longer than session.idle_lock (%s); change one of them", at,
	    sek_settings_row(lock)->clause));
}

/* BLAKE2b-256 over "key=value\n" of all values but one terminal's own: equal
 * policies, equal hashes. */
static enum sek_err
hash(struct sek_settings *s)
{
	unsigned char digest[crypto_generichash_BYTES];
	crypto_generichash_state state;
	char value[SEK_LIST_MAX], name[NAME_MAX_LEN];
	size_t i;

	if (sek_secret_init() != SEK_OK ||
	    crypto_generichash_init(&state, NULL, 0, sizeof(digest)) != 0)
		return (SEK_ERR_CRYPTO);
	for (i = 0; i < sek_settings_rows(); i++) {
		if ((sek_settings_row(i)->flags & SEK_SETTING_LOCAL) != 0)
			continue;
		sek_settings_row_name(name, sizeof(name), i);
		sek_settings_print(value, sizeof(value), s,
		    sek_settings_row(i));
		(void)crypto_generichash_update(&state,
		    (const unsigned char *)name, strlen(name));
		(void)crypto_generichash_update(&state,
		    (const unsigned char *)"=", 1);
		(void)crypto_generichash_update(&state,
		    (const unsigned char *)value, strlen(value));
		(void)crypto_generichash_update(&state,
		    (const unsigned char *)"\n", 1);
	}
	if (crypto_generichash_final(&state, digest, sizeof(digest)) != 0)
		return (SEK_ERR_CRYPTO);
	sek_text_hex(s->hash, digest, sizeof(digest));
	return (SEK_OK);
}

void
sek_settings_mend_pairs(struct sek_settings *s)
{
	const struct sek_setting_row *row;
	int64_t staff;
	size_t i;

	for (i = 0; i < NPAIRS; i++) {
		row = sek_settings_row(privileged_row(&pairs[i]));
		staff = sek_settings_number(s,
		    sek_settings_row(staff_row(&pairs[i])));
		if (!pair_holds(&pairs[i], sek_settings_number(s, row),
		    staff))
			sek_settings_number_set(s, row,
			    weakest_beside(&pairs[i], staff));
	}
}

void
sek_settings_unmend_pairs(struct sek_settings *s)
{
	size_t i;

	for (i = 0; i < NPAIRS; i++)
		sek_settings_number_set(s,
		    sek_settings_row(privileged_row(&pairs[i])),
		    s->of_pair[i]);
}

/* Of nobody in particular from now on. */
static void
begin_below(struct sek_settings *s)
{
	size_t i;

	for (i = 0; s->nbelow > 0 && i < NPAIRS; i++)
		s->of_pair[i] = sek_settings_number(s,
		    sek_settings_row(privileged_row(&pairs[i])));
	sek_settings_for(s, NULL);
}

enum sek_err
sek_settings_force(struct sek_settings *out, struct sek_settings_layers *l,
    const struct sek_settings_ask *ask, struct sek_why *why)
{
	enum sek_err err;
	size_t i;

	err = set_all(out, l, why);
	for (i = 0; err == SEK_OK && i < NPAIRS; i++)
		err = derive(out, l, &pairs[i]);
	/* Of what the files say: who is asked of exceptions needs it. */
	if (err == SEK_OK)
		err = hash(out);
	for (i = 0; err == SEK_OK && i < sek_settings_rows(); i++)
		err = check_floor(out, l, i, ask, why);
	for (i = 0; err == SEK_OK && i < NPAIRS; i++)
		err = check_pair(out, l, &pairs[i], why);
	if (err == SEK_OK)
		err = check_reach(out, l, why);
	if (err == SEK_OK)
		err = check_idle(out, l, why);
	if (err == SEK_OK)
		begin_below(out);
	return (err);
}
