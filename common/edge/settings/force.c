/*
 * force.c - the values in force: defaults, what was written, floors, pairs
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a value below a floor, or a privileged one weaker than the staff's,
 * refuses; it is never raised in silence.
 */
#include "config.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/settings_table.h"
#include "sekisho/rule/policy.h"

#define NAME_MAX_LEN 64u

/* Two limits of which the privileged one is never weaker (S4 7(2)①ウ⑤). */
struct pair {
	const char	*staff;		/* keys of [lockout] */
	const char	*privileged;
	bool		 smaller;	/* stricter is smaller, and must be */
};

static const struct pair pairs[] = {
	{ "deny",	"privileged_deny",	true },
	{ "unlock",	"privileged_unlock",	false }
};
#define NPAIRS (sizeof(pairs) / sizeof(pairs[0]))

static size_t
lockout_row(const char *key)
{
	size_t i = 0;

	(void)sek_settings_find(&i, "lockout", key, NULL);
	return (i);
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

/* A privileged value nobody wrote follows the staff's where that was made
 * stricter than the profile's own privileged one. */
static enum sek_err
derive(struct sek_settings *out, struct sek_settings_layers *l,
    const struct pair *pair)
{
	size_t own = lockout_row(pair->privileged);
	const struct sek_setting_row *row = sek_settings_row(own);
	int64_t staff = sek_settings_number(out,
	    sek_settings_row(lockout_row(pair->staff)));
	int64_t value = sek_settings_number(out, row);
	char text[24];

	if (l->value[own].text != NULL)
		return (SEK_OK);
	if (pair->smaller ? value < staff : value >= staff)
		return (SEK_OK);
	value = pair->smaller ? staff - 1 : staff;
	if (pair->smaller && value < 1)
		value = 1;
	if (row->type == SEK_SETTING_SPAN)
		sek_text_span_print(text, sizeof(text), value);
	else
		(void)snprintf(text, sizeof(text), "%" PRId64, value);
	if (value != sek_settings_number(out, row))
		l->value[own].origin = SEK_SETTINGS_DERIVED;
	return (sek_settings_set(out, row, text, NULL));
}

static enum sek_err
check_floor(const struct sek_settings *s, const struct sek_settings_layers *l,
    size_t i, struct sek_why *why)
{
	const struct sek_setting_row *row = sek_settings_row(i);
	char name[NAME_MAX_LEN], floor[24], at[SEK_PATH_MAX + 300];
	int64_t lowest = row->floor[s->terminal.profile];

	if (lowest == 0 || sek_settings_number(s, row) >= lowest)
		return (SEK_OK);
	sek_settings_row_name(name, sizeof(name), i);
	place(at, sizeof(at), &l->value[i]);
	if (row->type == SEK_SETTING_SPAN)
		sek_text_span_print(floor, sizeof(floor), lowest);
	else
		(void)snprintf(floor, sizeof(floor), "%" PRId64, lowest);
	return (sek_why(why, SEK_ERR_SETTINGS, "%s%s = %s: below the floor of"
	    " %s in profile %s (%s); only an approved exception could allow"
	    " it, and this version has none: raise the value", at, name,
	    l->value[i].text != NULL ? l->value[i].text : "", floor,
	    sek_profile_name((enum sek_profile)s->terminal.profile),
	    row->clause));
}

static enum sek_err
check_pair(const struct sek_settings *s, const struct sek_settings_layers *l,
    const struct pair *pair, struct sek_why *why)
{
	size_t own = lockout_row(pair->privileged);
	size_t other = lockout_row(pair->staff);
	const struct sek_setting_row *row = sek_settings_row(own);
	int64_t privileged = sek_settings_number(s, row);
	int64_t staff = sek_settings_number(s, sek_settings_row(other));
	char at[SEK_PATH_MAX + 300];

	if (pair->smaller ? privileged < staff || (staff == 1 &&
	    privileged == 1) : privileged >= staff)
		return (SEK_OK);
	place(at, sizeof(at), l->value[own].text != NULL ? &l->value[own] :
	    &l->value[other]);
	return (sek_why(why, SEK_ERR_SETTINGS, "%slockout.%s must be %s"
	    " lockout.%s (%s); change one of them", at, row->key,
	    pair->smaller ? "smaller than" : "no shorter than", pair->staff,
	    row->clause));
}

/* The words of the methods there is a module for. */
static void
print_built(char *dst, size_t size)
{
	size_t len = 0;
	unsigned m;

	dst[0] = '\0';
	for (m = SEK_METHOD_NONE + 1; m < SEK_METHOD_COUNT && len < size; m++)
		if ((SEK_METHODS_BUILT & SEK_METHOD_BIT(m)) != 0)
			len += (size_t)snprintf(dst + len, size - len, "%s%s",
			    len > 0 ? " " : "",
			    sek_method_name((enum sek_method)m));
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

/* What is asked for is more than any method built here could prove. */
static enum sek_err
refuse_need(const struct sek_settings *s, const struct sek_settings_layers *l,
    unsigned reached, struct sek_why *why)
{
	char at[SEK_PATH_MAX + 300], built[128];

	print_built(built, sizeof(built));
	if (s->factors.require_crypto_possession) {
		place_factor(at, sizeof(at), l, "require_crypto_possession");
		return (sek_why(why, SEK_ERR_SETTINGS, "%s"
		    "factors.require_crypto_possession = yes: none of the"
		    " methods built in this version (%s) signs: nobody could"
		    " log in; set it to no", at, built));
	}
	place_factor(at, sizeof(at), l, "kinds");
	return (sek_why(why, SEK_ERR_SETTINGS, "%sfactors.kinds = %" PRId64
	    ": the methods built in this version (%s) reach %u: nobody could"
	    " log in; ask for no more", at, s->factors.kinds, built, reached));
}

/* Can the accepted methods, as far as they are built, do what is asked for?
 * If not, nobody could ever log in. */
static enum sek_err
check_reach(const struct sek_settings *s, const struct sek_settings_layers *l,
    struct sek_why *why)
{
	struct sek_requirement need = {
		.kinds = (uint32_t)s->factors.kinds,
		.accept = SEK_METHODS_BUILT,
		.crypto_possession = s->factors.require_crypto_possession
	};
	char at[SEK_PATH_MAX + 300], built[128];
	uint32_t kinds;

	if (!sek_policy_reach(&kinds, &need, SEK_METHODS_BUILT))
		return (refuse_need(s, l, sek_kind_count(kinds), why));
	need.accept = s->factors.accept;
	if (sek_policy_reach(&kinds, &need, SEK_METHODS_BUILT))
		return (SEK_OK);
	print_built(built, sizeof(built));
	place_factor(at, sizeof(at), l, "accept");
	return (sek_why(why, SEK_ERR_SETTINGS, "%sfactors.accept reaches %u of"
	    " the %" PRId64 " kinds factors.kinds asks for, by the methods"
	    " built in this version (%s): nobody could log in; accept methods"
	    " of more kinds", at, sek_kind_count(kinds), s->factors.kinds,
	    built));
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

enum sek_err
sek_settings_force(struct sek_settings *out, struct sek_settings_layers *l,
    struct sek_why *why)
{
	enum sek_err err;
	size_t i;

	err = set_all(out, l, why);
	for (i = 0; err == SEK_OK && i < sek_settings_rows(); i++)
		err = check_floor(out, l, i, why);
	for (i = 0; err == SEK_OK && i < NPAIRS; i++)
		if ((err = derive(out, l, &pairs[i])) == SEK_OK)
			err = check_pair(out, l, &pairs[i], why);
	if (err == SEK_OK && (err = check_reach(out, l, why)) == SEK_OK)
		err = hash(out);
	return (err);
}
