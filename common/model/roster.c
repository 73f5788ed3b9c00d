/*
 * roster.c - the lists of a roster: room, and looking up
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/model/roster.h"

/* Room is made for so many at once, then twice as many, … */
#define FIRST_ROOM 64u

enum sek_err
sek_roster_grow(void **rows, size_t n, size_t size)
{
	size_t room = FIRST_ROOM;
	void *more;

	if (n >= SEK_ROSTER_ROWS_MAX)
		return (SEK_ERR_RANGE);
	while (room < n)
		room *= 2;
	if (n == 0 || room == n) {
		room = n == 0 ? FIRST_ROOM : n * 2;
		if ((more = realloc(*rows, room * size)) == NULL)
			return (SEK_ERR_NOMEM);
		*rows = more;
	}
	memset((char *)*rows + n * size, 0, size);
	return (SEK_OK);
}

void
sek_roster_free(struct sek_roster *r)
{

	free(r->person);
	free(r->account);
	free(r->member);
	free(r->authenticator);
	free(r->fido2);
	free(r->card);
	memset(r, 0, sizeof(*r));
}

static int
by_person(const void *key, const void *row)
{

	return (strcmp(key, ((const struct sek_person *)row)->id));
}

const struct sek_person *
sek_roster_person(const struct sek_roster *r, const char *id)
{

	return (r->npersons == 0 ? NULL : bsearch(id, r->person, r->npersons,
	    sizeof(*r->person), by_person));
}

static int
by_account(const void *key, const void *row)
{

	return (strcmp(key, ((const struct sek_roster_account *)row)->name));
}

const struct sek_roster_account *
sek_roster_account(const struct sek_roster *r, const char *name)
{

	return (r->naccounts == 0 ? NULL : bsearch(name, r->account,
	    r->naccounts, sizeof(*r->account), by_account));
}

static int
by_member(const void *key, const void *row)
{
	const struct sek_roster_member *a = key, *b = row;
	int c = strcmp(a->account, b->account);

	return (c != 0 ? c : strcmp(a->person, b->person));
}

const struct sek_roster_member *
sek_roster_member(const struct sek_roster *r, const char *account,
    const char *person)
{
	struct sek_roster_member m;
	size_t la = strlen(account), lp = strlen(person);

	if (r->nmembers == 0 || la >= sizeof(m.account) ||
	    lp >= sizeof(m.person))
		return (NULL);
	memcpy(m.account, account, la + 1);
	memcpy(m.person, person, lp + 1);
	return (bsearch(&m, r->member, r->nmembers, sizeof(m), by_member));
}

static int
by_authenticator(const void *key, const void *row)
{

	return (strcmp(key,
	    ((const struct sek_roster_authenticator *)row)->id));
}

const struct sek_roster_authenticator *
sek_roster_authenticator(const struct sek_roster *r, const char *id)
{

	return (r->nauthenticators == 0 ? NULL : bsearch(id, r->authenticator,
	    r->nauthenticators, sizeof(*r->authenticator),
	    by_authenticator));
}
