/*
 * password.h - what is kept of an account's password: never the password
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The backend keeps the password. We keep when it was set, how often it was
 * used, whether it must be changed, and salted slow hashes of those before.
 */
#ifndef SEKISHO_MODEL_PASSWORD_H
#define SEKISHO_MODEL_PASSWORD_H

#include <stdint.h>

#include "sekisho/base/clock.h"
#include "sekisho/model/claimant.h"

#define SEK_PASSWORD_HASH_MAX	256u	/* a crypt(5) string and its NUL */
#define SEK_PASSWORD_MARK_LEN	32u	/* of what the backend keeps: */
#define SEK_PASSWORD_MARK_HASH	24u	/* of the hash; behind it, the day */
#define SEK_PASSWORD_PAGE	16u	/* entries of an answer */
#define SEK_PASSWORD_TWINS	8u	/* other accounts of the person */

/* Why somebody said that it must be changed. Stored. */
enum sek_password_must {
	SEK_MUST_NOT = 0,
	SEK_MUST_TEMPORARY,		/* made by an administrator */
	SEK_MUST_EXPIRED,		/* he said so */
	SEK_MUST_COMPROMISED		/* known to others: never again */
};

/* The present password of an account. Plain memory. */
struct sek_password {
	char		account[SEK_NAME_MAX];
	uint8_t		must;		/* enum sek_password_must */
	uint8_t		outside;	/* 1: set by another program's hand */
	uint8_t		guessed;	/* 1: set_at is a guess: the day the
					 * backend tells, or when first seen */
	uint8_t		pad[5];
	int64_t		set_at;		/* wall us */
	int64_t		temporary_until; /* wall us; 0: it is not temporary */
	int64_t		uses;		/* logins by it */
	/* Of what the backend kept when we looked last (edge/shadow.h); zeros:
	 * it shows nothing. */
	uint8_t		mark[SEK_PASSWORD_MARK_LEN];
};

/* One that is or was his. Plain memory. */
struct sek_password_entry {
	int64_t		at;		/* wall us; the entry's name */
	uint8_t		barred;		/* compromised: whatever history says */
	uint8_t		pending;	/* the backend was about to take it */
	uint8_t		pad[6];
	char		hash[SEK_PASSWORD_HASH_MAX];
};

const char	*sek_password_must_name(enum sek_password_must m);

#endif
