/*
 * roster.h - who there is and who is shut out, as one terminal tells others
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no field here can hold a secret: not a key of codes, a code, a counter
 * of codes or a password. What a signature of a security key or a card is
 * verified by is public; a card's mark and identity are zeros. What is not in
 * these structs is not in a roster.
 */
#ifndef SEKISHO_MODEL_ROSTER_H
#define SEKISHO_MODEL_ROSTER_H

#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/model/account.h"
#include "sekisho/model/authenticator.h"

#define SEK_ROSTER_ROWS_MAX	200000u		/* of each list */
#define SEK_ROSTER_SIZE_MAX	(128u << 20)	/* bytes of a file */
#define SEK_ROSTER_KEY_LEN	32u		/* Ed25519, public */
#define SEK_ROSTER_ID_MAX	33u		/* fingerprint: 32 hex, NUL */
#define SEK_ROSTER_SUM_LEN	32u

struct sek_roster_account {
	char		name[SEK_NAME_MAX];
	char		person[SEK_NAME_MAX];	/* "" shared, or unknown */
	char		reason[SEK_REASON_MAX];
	int64_t		suspended_until;	/* wall us; 0 until resumed */
	uint32_t	uid;			/* there; SEK_UID_NONE */
	uint8_t		state;			/* enum sek_account_state */
	uint8_t		shared;
	uint8_t		pad[2];
};

struct sek_roster_member {
	char		account[SEK_NAME_MAX];
	char		person[SEK_NAME_MAX];
};

struct sek_roster_authenticator {
	char		id[SEK_ID_MAX];
	char		person[SEK_NAME_MAX];
	char		label[SEK_LABEL_MAX];
	uint8_t		method;		/* enum sek_method */
	uint8_t		state;		/* enum sek_authenticator_state */
	uint8_t		pad[1];
	uint32_t	fido2;		/* its place among them + 1; 0 none */
	uint32_t	card;		/* the same */
};

/* Each list in strictly ascending order of bytes of its key: id, name,
 * account and person, id. Owned; sek_roster_free. */
struct sek_roster {
	char		terminal[64];		/* the exporter */
	uint64_t	serial;			/* grows with each export */
	int64_t		time;			/* wall us of the export */
	struct sek_person		*person;
	struct sek_roster_account	*account;
	struct sek_roster_member	*member;
	struct sek_roster_authenticator	*authenticator;
	size_t		npersons;
	size_t		naccounts;
	size_t		nmembers;
	struct sek_fido2		*fido2;	/* of active ones, in their
						 * order */
	struct sek_card			*card;	/* the same; none by UID */
	size_t		nauthenticators;
	size_t		nfido2;
	size_t		ncards;
	/* Of the file: the format its first line names (0: not read of one),
	 * who signed it, and a sum of the signed text. */
	int64_t		format;
	uint8_t		key[SEK_ROSTER_KEY_LEN];
	char		id[SEK_ROSTER_ID_MAX];	/* of the key */
	uint8_t		sum[SEK_ROSTER_SUM_LEN];
};

/*
 * Room for one more row of size bytes behind the n there are in *rows, all
 * zero; SEK_ERR_RANGE past SEK_ROSTER_ROWS_MAX, SEK_ERR_NOMEM.
 */
enum sek_err	sek_roster_grow(void **rows, size_t n, size_t size);
void		sek_roster_free(struct sek_roster *r);
/* NULL: not in it. */
const struct sek_person *sek_roster_person(const struct sek_roster *r,
		    const char *id);
const struct sek_roster_account *sek_roster_account(
		    const struct sek_roster *r, const char *name);
const struct sek_roster_member *sek_roster_member(const struct sek_roster *r,
		    const char *account, const char *person);
const struct sek_roster_authenticator *sek_roster_authenticator(
		    const struct sek_roster *r, const char *id);

#endif
