/*
 * roster.h - marks of what came by rosters, between roster*.c
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_STORE_SQLITE_ROSTER_H
#define SEKISHO_STORE_SQLITE_ROSTER_H

#include "db.h"

#define SEK_ROSTER_MARK_KEY		'k'
#define SEK_ROSTER_MARK_PERSON		'p'
#define SEK_ROSTER_MARK_SUSPENSION	's'
#define SEK_ROSTER_MARK_MEMBER		'm'
#define SEK_ROSTER_MARK_GONE		'g'

/* The name of one: of an exporter's key, an account, …; NULL: no more. */
void		sek_roster_mark_name(char name[SEK_MARK_NAME_MAX], char kind,
		    const char *a, const char *b, const char *c);
enum sek_err	sek_roster_mark(struct sek_db *db, struct sek_mark *out,
		    const char *name);
enum sek_err	sek_roster_mark_put(struct sek_db *db, const char *name,
		    const char *text, int64_t wall, bool is_there);
enum sek_err	sek_roster_mark_drop(struct sek_db *db, const char *name);
enum sek_err	sek_roster_exporter_get(struct sek_db *db,
		    struct sek_roster_exporter *out, const char *id);
enum sek_err	sek_roster_exporter_put(struct sek_db *db,
		    const struct sek_roster *r, bool is_there);
/*
 * A security key or card that is active in r, of there->person, who is here by
 * now: TOKEN_NEW where it was taken, another no, or SEK_ROSTER_WHATS: nothing
 * to tell. A counter here is raised.
 */
enum sek_err	sek_roster_key_take(struct sek_db *db,
		    const struct sek_roster *r,
		    const struct sek_roster_authenticator *there,
		    enum sek_roster_what *what);

#endif
