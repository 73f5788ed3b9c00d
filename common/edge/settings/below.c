/*
 * below.c - values below their floors: what exceptions allow, and to whom
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 8(5).
 * MUST: what no exception allows is refused, or the floor is in force.
 * MUST: until somebody is named, and for whom no exception names, the floor
 * is in force.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/settings_table.h"
#include "sekisho/rule/policy.h"

#define DECOYS		4u	/* one unknown name in so many */

static const struct sek_setting_row *
row_of(const struct sek_below *b)
{
	return (sek_settings_row(b->row));
}

const struct sek_below *
sek_settings_below(const struct sek_settings *s, const char *key)
{
	uint32_t i;

	for (i = 0; i < s->nbelow && i < SEK_BELOW_MAX; i++)
		if (strcmp(s->below[i].key, key) == 0)
			return (&s->below[i]);
	return (NULL);
}

const struct sek_allowed *
sek_below_with(const struct sek_below *b)
{
	if (b == NULL || b->with == 0 || b->with > b->n)
		return (NULL);
	return (&b->allowed[b->with - 1]);
}

/* ------------------------------------------------------------- asking -- */

enum sek_err
sek_settings_floors(void *arg, const struct sek_settings *so_far,
    struct sek_below *b, struct sek_why *why)
{
	(void)arg;
	(void)so_far;
	(void)why;
	b->lapsed = true;
	return (SEK_OK);
}

/* What to do about it: the command that asks for an exception. */
static enum sek_err
refuse(const struct sek_settings *s, const struct sek_below *b,
    const char *at, const char *cause, struct sek_why *why)
{
	enum sek_setting_type type = row_of(b)->type;
	bool methods = type == SEK_SETTING_METHODS;
	bool raised = type == SEK_SETTING_NUMBER ||
	    (type == SEK_SETTING_SPAN && b->floor > 0);
	const char *or = row_of(b)->remedy;

	return (sek_why(why, SEK_ERR_SETTINGS, "%s%s = %s: below the floor of"
	    " %s in profile %s (%s)%s; %s%s%s%s, or ask for an"
	    " approved exception first: sekisho request exception --key %s --value %s"
	    " --until TIME --reason TEXT", at, b->key, b->text, b->lowest,
	    sek_profile_name((enum sek_profile)s->terminal.profile),
	    row_of(b)->clause, cause, raised ? "raise the value" :
	    methods ? "take out " : "write ", raised ? "" :
	    methods ? b->text : b->lowest, or != NULL ? ", " : "",
	    or != NULL ? or : "", b->key, b->text));
}

/* The texts of an answer as numbers; what cannot be a value of this row, or is
 * over already, allows nothing. */
static void
take_numbers(struct sek_below *b)
{
	const struct sek_setting_row *row = row_of(b);
	struct sek_allowed *a;
	uint32_t i, n = 0;

	if (b->n > SEK_ALLOWED_MAX)
		b->n = SEK_ALLOWED_MAX;
	for (i = 0; i < b->n; i++) {
		a = &b->allowed[i];
		if (sek_settings_number_parse(&a->value, row, a->text) !=
		    SEK_OK || a->value >= b->floor)
			continue;
		if (n != i)
			b->allowed[n] = *a;
		n++;
	}
	b->n = n;
}

static bool
reaches(const struct sek_below *b)
{
	uint32_t i;

	for (i = 0; i < b->n; i++)
		if (b->allowed[i].value <= b->value)
			return (true);
	return (false);
}

/* Ask, and judge what was answered. */
static enum sek_err
ask_one(struct sek_settings *s, struct sek_below *b, const char *at,
    const struct sek_settings_ask *ask, struct sek_why *why)
{
	struct sek_why reason = { "" };
	enum sek_err err;

	b->lapsed = false;
	b->n = b->with = 0;
	b->ended[0] = '\0';
	if ((err = ask->fn(ask->arg, s, b, &reason)) != SEK_OK) {
		b->n = 0;
		b->lapsed = true;
		return (sek_why(why, err, "%s%s = %s: below the floor of %s,"
		    " and whether an exception allows it could not be found"
		    " out: %s", at, b->key, b->text, b->lowest, reason.text));
	}
	take_numbers(b);
	if (reaches(b)) {
		b->lapsed = false;
		return (SEK_OK);
	}
	if (b->lapsed)
		return (SEK_OK);
	b->lapsed = true;
	return (refuse(s, b, at, b->n > 0 ?
	    ", and the exceptions for it do not go so low" : "", why));
}

enum sek_err
sek_settings_ask_below(struct sek_settings *s, size_t row, const char *at,
    const struct sek_settings_ask *ask, struct sek_why *why)
{
	const struct sek_setting_row *r = sek_settings_row(row);
	struct sek_below *b;
	enum sek_err err;

	if (s->nbelow >= SEK_BELOW_MAX)
		return (sek_why(why, SEK_ERR_INTERNAL,
		    "more values below their floors than there are floors"));
	b = &s->below[s->nbelow];
	memset(b, 0, sizeof(*b));
	b->row = (uint32_t)row;
	b->value = sek_settings_number(s, r);
	b->floor = r->floor[s->terminal.profile];
	sek_settings_row_name(b->key, sizeof(b->key), row);
	sek_settings_number_print(b->text, sizeof(b->text), r, b->value);
	sek_settings_number_print(b->lowest, sizeof(b->lowest), r, b->floor);
	if (ask == NULL)
		return (refuse(s, b, at, "", why));
	if ((err = ask_one(s, b, at, ask, why)) == SEK_OK)
		s->nbelow++;
	return (err);
}

enum sek_err
sek_settings_ask_again(struct sek_settings *s, sek_below_fn fn, void *arg,
    struct sek_why *why)
{
	const struct sek_settings_ask ask = { fn, arg };
	struct sek_why reason = { "" };
	enum sek_err err = SEK_OK, one;
	uint32_t i;

	for (i = 0; i < s->nbelow && i < SEK_BELOW_MAX; i++)
		if ((one = ask_one(s, &s->below[i], "", &ask, &reason)) !=
		    SEK_OK && err == SEK_OK)
			err = sek_why(why, one, "%s", reason.text);
	sek_settings_for(s, NULL);
	return (err);
}

/* ------------------------------------------------------------- for whom -- */

/* Does an unknown name meet what those in scope of this exception meet? */
static bool
is_decoy(const struct sek_allowed *a, const char *name, const char *salt)
{
	unsigned char sum[crypto_generichash_BYTES_MIN];
	crypto_generichash_state state;

	if (crypto_generichash_init(&state, NULL, 0, sizeof(sum)) != 0 ||
	    crypto_generichash_update(&state, (const unsigned char *)a->id,
	    sizeof(a->id)) != 0 ||
	    crypto_generichash_update(&state, (const unsigned char *)salt,
	    strlen(salt) + 1) != 0 ||
	    crypto_generichash_update(&state, (const unsigned char *)name,
	    strlen(name)) != 0 ||
	    crypto_generichash_final(&state, sum, sizeof(sum)) != 0)
		return (false);
	return (sum[0] % DECOYS == 0);
}

/* name NULL: of nobody; salt NULL: of an account there is. */
static bool
in_scope(const struct sek_allowed *a, const char *name, const char *salt)
{
	if (a->users[0] == '\0')
		return (true);
	if (name == NULL)
		return (false);
	if (sek_policy_listed(a->users, name))
		return (true);
	return (salt != NULL && is_decoy(a, name, salt));
}

static void
set_one(struct sek_settings *s, struct sek_below *b, const char *name,
    const char *salt)
{
	int64_t lowest = b->floor, value;
	uint32_t i;

	b->with = 0;
	for (i = 0; i < b->n; i++) {
		if (!in_scope(&b->allowed[i], name, salt))
			continue;
		value = b->allowed[i].value > b->value ?
		    b->allowed[i].value : b->value;
		if (value >= lowest)
			continue;
		lowest = value;
		b->with = i + 1;
	}
	sek_settings_number_set(s, row_of(b), lowest);
}

/* All rows a pair may have changed before are set anew, so the order in which
 * accounts are asked for does not matter. */
static void
set_all(struct sek_settings *s, const char *name, const char *salt)
{
	struct sek_below *b;
	uint32_t i;

	if (s->nbelow == 0)
		return;
	sek_settings_unmend_pairs(s);
	for (i = 0; i < s->nbelow && i < SEK_BELOW_MAX; i++)
		set_one(s, &s->below[i], name, salt);
	sek_settings_mend_pairs(s);
	for (i = 0; i < s->nbelow && i < SEK_BELOW_MAX; i++) {
		b = &s->below[i];
		if (sek_settings_number(s, row_of(b)) >= b->floor)
			b->with = 0;
	}
}

void
sek_settings_for(struct sek_settings *s, const char *account)
{
	set_all(s, account, NULL);
}

void
sek_settings_for_unknown(struct sek_settings *s, const char *name,
    const char *salt)
{
	set_all(s, name, salt);
}

void
sek_settings_at(struct sek_settings *s, int64_t wall)
{
	struct sek_below *b;
	uint32_t i, k, n;

	for (i = 0; i < s->nbelow && i < SEK_BELOW_MAX; i++) {
		b = &s->below[i];
		for (k = n = 0; k < b->n; k++) {
			if (b->allowed[k].until <= wall) {
				memcpy(b->ended, b->allowed[k].id,
				    sizeof(b->ended));
				continue;
			}
			if (n != k)
				b->allowed[n] = b->allowed[k];
			n++;
		}
		b->n = n;
		b->lapsed = !reaches(b);
	}
	sek_settings_for(s, NULL);
}
