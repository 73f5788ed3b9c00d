/*
 * seal.h - the store's keys, row checks and sealed secrets
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: key bytes live in a sek_secret only.
 */
#ifndef SEKISHO_STORE_SEAL_H
#define SEKISHO_STORE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

#include "sekisho/base/err.h"
#include "sekisho/base/secret.h"

#define SEK_MAC_LEN	32u
#define SEK_SEAL_EXTRA	(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES + \
			    crypto_aead_xchacha20poly1305_ietf_ABYTES)
#define SEK_SEAL_AD_MAX	1024u

enum sek_key {
	SEK_KEY_SEAL = 0,	/* secrets at rest */
	SEK_KEY_ROW,		/* checks of rows */
	SEK_KEY_NAME,		/* keys of tallies and of equal refusals */
	SEK_KEY_MACHINE,	/* the machine's id */
	SEK_KEYS
};

struct sek_keys {
	struct sek_secret	sub;	/* SEK_KEYS times 32 bytes */
	struct sek_secret	master;	/* what they come from */
};
#define SEK_KEYS_NONE	{ SEK_SECRET_NONE, SEK_SECRET_NONE }
#define SEK_MASTER_LEN	crypto_kdf_KEYBYTES

/* Read path and derive; SEK_ERR_NOT_FOUND, _UNTRUSTED, _SYNTAX with why. */
enum sek_err	sek_keys_load(struct sek_keys *out, const char *path,
		    struct sek_why *why);
/* Make the file of a new random key; SEK_ERR_EXISTS where there is one. */
enum sek_err	sek_keys_make(const char *path, struct sek_why *why);
void		sek_keys_free(struct sek_keys *k);
/* From a master key of SEK_MASTER_LEN bytes; NULL: a new random one. */
enum sek_err	sek_keys_derive(struct sek_keys *out,
		    const unsigned char *master);
/* Write the key file of these; SEK_ERR_EXISTS where there is one. */
enum sek_err	sek_keys_save(const struct sek_keys *k, const char *path,
		    struct sek_why *why);
bool		sek_keys_equal(const struct sek_keys *a,
		    const struct sek_keys *b);

/*
 * A keyed BLAKE2b over named, typed, counted fields: no two different lists
 * of fields feed it the same bytes.
 */
struct sek_mac {
	crypto_generichash_state	state;
};
void		sek_mac_begin(struct sek_mac *m, const struct sek_keys *k,
		    enum sek_key which, const char *label);
void		sek_mac_int(struct sek_mac *m, int64_t v);
void		sek_mac_bytes(struct sek_mac *m, const void *p, size_t len);
void		sek_mac_text(struct sek_mac *m, const char *s);
void		sek_mac_end(struct sek_mac *m, uint8_t out[SEK_MAC_LEN]);

/* What a sealed secret is bound to. */
struct sek_seal_place {
	const char	*table;
	const char	*id;
	const char	*person;
	uint32_t	 method;
};
/* out gets len + SEK_SEAL_EXTRA bytes. */
enum sek_err	sek_seal(uint8_t *out, const struct sek_keys *k,
		    const struct sek_seal_place *place,
		    const unsigned char *plain, size_t len);
/* SEK_ERR_TAMPERED when it was not sealed so, here. */
enum sek_err	sek_unseal(struct sek_secret *out, const struct sek_keys *k,
		    const struct sek_seal_place *place, const uint8_t *sealed,
		    size_t len);

/* Long and varied enough to seal a backup? SEK_ERR_REFUSED, with why. */
enum sek_err	sek_passphrase_check(const struct sek_secret *pass,
		    struct sek_why *why);

#endif
