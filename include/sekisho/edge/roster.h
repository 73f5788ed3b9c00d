/*
 * roster.h - a roster as a file: two lines of JSON, the second one signed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Line 1: {"sekisho-roster":1,"key":K,"signature":S}; K is the exporter's
 * public key (SubjectPublicKeyInfo, DER, base64), S its Ed25519 signature
 * over the bytes of line 2 without the newline, base64. Line 2: the roster,
 * as cJSON prints it without blanks.
 * Both lines are of format 3 where a card is in it, of 2 where a security key
 * is, else of 1: the oldest that can say it, for programs of before.
 *
 * MUST: nothing of line 2 is parsed before its signature holds; and its key
 * is one the administrator trusts before anything of it is believed.
 */
#ifndef SEKISHO_EDGE_ROSTER_H
#define SEKISHO_EDGE_ROSTER_H

#include "sekisho/base/secret.h"
#include "sekisho/model/roster.h"

struct sek_roster_key {
	uint8_t			pub[SEK_ROSTER_KEY_LEN];
	char			id[SEK_ROSTER_ID_MAX];
	struct sek_secret	secret;		/* sek_secret_free */
};

/* roster.key beside the store's key. */
enum sek_err	sek_roster_key_path(char *dst, size_t size,
		    const char *store_key);
/*
 * This terminal's key. SEK_ERR_NOT_FOUND; SEK_ERR_SYNTAX; SEK_ERR_REFUSED
 * where it was made for another terminal (a copied machine). make: a new one,
 * SEK_ERR_EXISTS. why names file and remedy.
 */
enum sek_err	sek_roster_key_load(struct sek_roster_key *out,
		    const char *path, const char *terminal,
		    struct sek_why *why);
enum sek_err	sek_roster_key_make(const char *path, const char *terminal,
		    struct sek_why *why);
/* The first 32 hex digits of SHA-256 over the key as it stands in a file. */
void		sek_roster_key_id(char id[SEK_ROSTER_ID_MAX],
		    const uint8_t pub[SEK_ROSTER_KEY_LEN]);
/* In groups of four, for people: "0123-4567-…". size >= 40. */
void		sek_roster_id_print(char *dst, size_t size, const char *id);
/* Back: any case, '-', ':' and blanks left out. SEK_ERR_SYNTAX. */
enum sek_err	sek_roster_id_parse(char id[SEK_ROSTER_ID_MAX],
		    const char *text);

/* The file: *out is malloc()ed text of *len bytes. Sets r->key, id, sum. */
enum sek_err	sek_roster_write(char **out, size_t *len,
		    struct sek_roster *r, const struct sek_roster_key *key);
/*
 * Line 1 of the text (cut up by it, a NUL behind len), and the signature:
 * sets r->key, id and sum; *body is line 2. Then, once the key is trusted,
 * line 2. SEK_ERR_SYNTAX, _RANGE, _UNSUPPORTED (a newer format), _CRYPTO (the
 * signature does not hold), with why.
 */
enum sek_err	sek_roster_open(struct sek_roster *r, const char **body,
		    char *text, size_t len, struct sek_why *why);
enum sek_err	sek_roster_read(struct sek_roster *r, const char *body,
		    struct sek_why *why);

#endif
