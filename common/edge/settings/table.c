/*
 * table.c - all sections in order, and which row a name in a file is
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/edge/settings_table.h"

#define WORD_MAX 32u		/* longer ones are not compared */

/* The order of "policy show" and of the hash: a new section goes in where it
 * reads best, a new row too. */
static const struct sek_setting_section *const sections[] = {
	&sek_settings_terminal,
	&sek_settings_factors,
	&sek_settings_lockout,
	&sek_settings_rows_password,
	&sek_settings_account,
	&sek_settings_privilege,
	&sek_settings_session,
	&sek_settings_roles,
	&sek_settings_ticket,
	&sek_settings_breakglass,
	&sek_settings_fido2,
	&sek_settings_card,
	&sek_settings_biometric,
	&sek_settings_store,
	&sek_settings_audit,
	&sek_settings_roster,
	&sek_settings_message
};
#define NSECTIONS (sizeof(sections) / sizeof(sections[0]))

size_t
sek_settings_rows(void)
{
	size_t n = 0, i;

	for (i = 0; i < NSECTIONS; i++)
		n += sections[i]->n;
	return (n);
}

/* The section row i is in; i becomes its place there. */
static const struct sek_setting_section *
section_of(size_t *i)
{
	size_t s;

	for (s = 0; s < NSECTIONS; s++) {
		if (*i < sections[s]->n)
			return (sections[s]);
		*i -= sections[s]->n;
	}
	return (NULL);
}

const struct sek_setting_row *
sek_settings_row(size_t i)
{
	const struct sek_setting_section *s = section_of(&i);

	return (s == NULL ? NULL : &s->row[i]);
}

void
sek_settings_row_name(char *dst, size_t size, size_t i)
{
	const struct sek_setting_section *s = section_of(&i);

	(void)snprintf(dst, size, "%s.%s", s == NULL ? "" : s->name,
	    s == NULL ? "" : s->row[i].key);
}

/* Letters to put in, take out or change to make b of a (Levenshtein). */
static size_t
distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], la = strlen(a), lb = strlen(b), i, j;
	size_t diagonal, above, best;

	if (la > WORD_MAX || lb > WORD_MAX)
		return (WORD_MAX);
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			above = row[j];
			best = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = above;
		}
	}
	return (row[lb]);
}

/* word is so near to known that known was meant, nearer than *best? */
static bool
is_nearer(size_t *best, const char *word, const char *known)
{
	size_t d = distance(word, known);

	if (d >= *best || d > 3 || d >= strlen(known))
		return (false);
	*best = d;
	return (true);
}

enum sek_err
sek_settings_find_section(const char *name, struct sek_why *why)
{
	const char *nearest = NULL;
	size_t best = WORD_MAX, i;

	for (i = 0; i < NSECTIONS; i++)
		if (strcmp(sections[i]->name, name) == 0)
			return (SEK_OK);
	for (i = 0; i < NSECTIONS; i++)
		if (is_nearer(&best, name, sections[i]->name))
			nearest = sections[i]->name;
	if (nearest != NULL)
		return (sek_why(why, SEK_ERR_SETTINGS,
		    "there is no section [%s]; did you mean [%s]?", name,
		    nearest));
	return (sek_why(why, SEK_ERR_SETTINGS,
	    "there is no section [%s]; take it out", name));
}

/* Why section.key is not a row. */
static enum sek_err
not_found(const char *section, const char *key, struct sek_why *why)
{
	const char *nearest = NULL, *home = NULL;
	size_t best = WORD_MAX, s, i;

	for (s = 0; s < NSECTIONS; s++)
		for (i = 0; i < sections[s]->n; i++) {
			if (strcmp(sections[s]->row[i].key, key) == 0)
				home = sections[s]->name;
			if (strcmp(sections[s]->name, section) == 0 &&
			    is_nearer(&best, key, sections[s]->row[i].key))
				nearest = sections[s]->row[i].key;
		}
	if (home != NULL)
		return (sek_why(why, SEK_ERR_SETTINGS, "[%s] has no key"
		    " \"%s\"; it belongs under [%s]", section, key, home));
	if (nearest != NULL)
		return (sek_why(why, SEK_ERR_SETTINGS, "[%s] has no key"
		    " \"%s\"; did you mean \"%s\"?", section, key, nearest));
	return (sek_why(why, SEK_ERR_SETTINGS, "[%s] has no key \"%s\";"
	    " sekisho.conf(5) lists those there are", section, key));
}

enum sek_err
sek_settings_find(size_t *i, const char *section, const char *key,
    struct sek_why *why)
{
	size_t s, k, base = 0;

	for (s = 0; s < NSECTIONS; base += sections[s]->n, s++) {
		if (strcmp(sections[s]->name, section) != 0)
			continue;
		for (k = 0; k < sections[s]->n; k++)
			if (strcmp(sections[s]->row[k].key, key) == 0) {
				*i = base + k;
				return (SEK_OK);
			}
	}
	return (not_found(section, key, why));
}
