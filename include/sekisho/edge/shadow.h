/*
 * shadow.h - what the local password file shows of a password
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pam-facts 23: usermod -p, vipw and chage do not pass through us; at a login
 * the mark tells. By NSS (getspnam_r), read-only.
 */
#ifndef SEKISHO_EDGE_SHADOW_H
#define SEKISHO_EDGE_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/model/password.h"

/* Plain memory; wiped by its user, as the hash may be guessed from. */
struct sek_shadow {
	bool		shown;		/* there is a hash to look at */
	bool		locked;		/* "!" or "*" before or in its place */
	int64_t		day;		/* of the last change, wall us at 00:00
					 * UTC; 0: not told, or to be changed */
	char		hash[SEK_PASSWORD_HASH_MAX];	/* crypt(5), or "" */
	/* BLAKE2b-192 of the hash (SEK_PASSWORD_MARK_HASH bytes): another one
	 * is another password. Behind it the day, as shadow(5) counts (64 bits,
	 * little-endian): chage -d changes nothing else. Zeros: not shown. */
	uint8_t		mark[SEK_PASSWORD_MARK_LEN];
};
/* Nobody of that name there, or no right to look: SEK_OK, not shown.
 * SEK_ERR_ACCOUNTS: the source is down. */
enum sek_err	sek_shadow_get(struct sek_shadow *out, const char *name);

/*
 * Which of n hashes (crypt(5) strings, sizes SEK_PASSWORD_HASH_MAX) is of this
 * password? *at gets its place, n: none. In as many processes as there are
 * processors this one may use (at most 16, at most n): itself and children
 * without a SIGCHLD, signals blocked in them, all of them gone when it returns;
 * ends at the first that is. A string that crypt does not take matches nothing.
 * SEK_ERR_NOMEM, SEK_ERR_CRYPTO (a child was killed): could not be told.
 */
enum sek_err	sek_shadow_match(size_t *at,
		    const struct sek_password_entry *entry, size_t n,
		    const char *password);
/* The system's own slow hash (yescrypt) with a fresh salt. */
enum sek_err	sek_shadow_hash(char out[SEK_PASSWORD_HASH_MAX],
		    const char *password);

#endif
