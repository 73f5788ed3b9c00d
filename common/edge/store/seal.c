/*
 * seal.c - the store's keys, row checks and sealed secrets
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The key file is text: a head line and 32 random bytes in hex. Four subkeys
 * come from it, one a purpose, so that none is used for two things.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "seal.h"
#include "sekisho/base/file.h"
#include "sekisho/base/text.h"

#define KEY_HEAD	"sekisho store key 1\n"
#define KEY_LEN		crypto_kdf_KEYBYTES
#define KEY_FILE_LEN	(sizeof(KEY_HEAD) - 1 + 2 * KEY_LEN + 1)
#define KEY_CONTEXT	"sekisho1"
#define LOAD_TRIES	3
#define PASS_MIN	12u		/* bytes */
#define PASS_KINDS	5u		/* different ones */

_Static_assert(crypto_generichash_KEYBYTES == KEY_LEN, "BLAKE2b key");
_Static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == KEY_LEN, "AEAD");

static const unsigned char *
subkey(const struct sek_keys *k, enum sek_key which)
{

	return (k->sub.data + (size_t)which * KEY_LEN);
}

enum sek_err
sek_keys_derive(struct sek_keys *out, const unsigned char *master)
{
	struct sek_keys k = SEK_KEYS_NONE;
	enum sek_err err;
	unsigned i;

	if ((err = sek_secret_new(&k.sub, SEK_KEYS * KEY_LEN)) != SEK_OK ||
	    (err = sek_secret_new(&k.master, KEY_LEN)) != SEK_OK) {
		sek_keys_free(&k);
		return (err);
	}
	if (master != NULL)
		memcpy(k.master.data, master, KEY_LEN);
	else
		randombytes_buf(k.master.data, KEY_LEN);
	for (i = 0; i < SEK_KEYS; i++)
		crypto_kdf_derive_from_key(k.sub.data + i * KEY_LEN, KEY_LEN,
		    i + 1, KEY_CONTEXT, k.master.data);
	*out = k;
	return (SEK_OK);
}

static enum sek_err
parse(struct sek_secret *master, const struct sek_secret *file)
{
	char hex[2 * KEY_LEN + 1];
	enum sek_err err = SEK_ERR_SYNTAX;

	if (file->len == KEY_FILE_LEN &&
	    memcmp(file->data, KEY_HEAD, sizeof(KEY_HEAD) - 1) == 0 &&
	    file->data[KEY_FILE_LEN - 1] == '\n') {
		memcpy(hex, file->data + sizeof(KEY_HEAD) - 1, 2 * KEY_LEN);
		hex[2 * KEY_LEN] = '\0';
		if ((err = sek_secret_new(master, KEY_LEN)) == SEK_OK)
			err = sek_text_unhex(master->data, KEY_LEN, hex);
		sek_wipe(hex, sizeof(hex));
	}
	return (err);
}

/* What was opened just before another key took its name is wiped while it is
 * read: by then the other one is there. */
static enum sek_err
read_key(struct sek_secret *master, const char *path, struct sek_why *why)
{
	struct sek_secret file = SEK_SECRET_NONE;
	enum sek_err err;
	int tries = LOAD_TRIES;

	do {
		sek_secret_free(master);
		sek_secret_free(&file);
		if ((err = sek_file_read_secret(&file, path, why)) != SEK_OK)
			break;
	} while ((err = parse(master, &file)) == SEK_ERR_SYNTAX &&
	    tries-- > 0);
	sek_secret_free(&file);
	return (err);
}

enum sek_err
sek_keys_load(struct sek_keys *out, const char *path, struct sek_why *why)
{
	struct sek_secret master = SEK_SECRET_NONE;
	enum sek_err err;

	if ((err = read_key(&master, path, why)) == SEK_ERR_SYNTAX) {
		sek_why(why, err, "%s: not a key of a sekisho store; put the "
		    "right file back, or move it and the store away and run: "
		    "sekisho init", path);
		goto out;
	}
	if (err == SEK_OK && (err = sek_keys_derive(out, master.data)) !=
	    SEK_OK)
		sek_why(why, err, "%s: no memory for the key", path);
out:
	sek_secret_free(&master);
	return (err);
}

enum sek_err
sek_keys_save(const struct sek_keys *k, const char *path, struct sek_why *why)
{
	struct sek_secret text = SEK_SECRET_NONE;
	size_t head = sizeof(KEY_HEAD) - 1;
	enum sek_err err;

	if ((err = sek_secret_new(&text, KEY_FILE_LEN)) != SEK_OK)
		return (sek_why(why, err, "%s: no memory for the key", path));
	memcpy(text.data, KEY_HEAD, head);
	sek_text_hex((char *)text.data + head, k->master.data, KEY_LEN);
	text.data[KEY_FILE_LEN - 1] = '\n';
	err = sek_file_create(path, text.data, KEY_FILE_LEN, 0600, why);
	sek_secret_free(&text);
	return (err);
}

enum sek_err
sek_keys_make(const char *path, struct sek_why *why)
{
	struct sek_keys k = SEK_KEYS_NONE;
	enum sek_err err;

	if ((err = sek_keys_derive(&k, NULL)) != SEK_OK)
		sek_why(why, err, "%s: no memory for the key", path);
	else
		err = sek_keys_save(&k, path, why);
	sek_keys_free(&k);
	return (err);
}

bool
sek_keys_equal(const struct sek_keys *a, const struct sek_keys *b)
{

	return (sek_secret_equal(&a->master, &b->master));
}

void
sek_keys_free(struct sek_keys *k)
{

	sek_secret_free(&k->sub);
	sek_secret_free(&k->master);
}

/* A number as 8 bytes, lowest first, behind a byte that says what follows. */
static void
put_head(struct sek_mac *m, unsigned char tag, uint64_t v)
{
	unsigned char b[9];
	unsigned i;

	b[0] = tag;
	for (i = 0; i < 8; i++)
		b[i + 1] = (unsigned char)(v >> (8 * i));
	crypto_generichash_update(&m->state, b, sizeof(b));
}

void
sek_mac_begin(struct sek_mac *m, const struct sek_keys *k, enum sek_key which,
    const char *label)
{

	crypto_generichash_init(&m->state, subkey(k, which), KEY_LEN,
	    SEK_MAC_LEN);
	sek_mac_text(m, label);
}

void
sek_mac_int(struct sek_mac *m, int64_t v)
{

	put_head(m, 'i', (uint64_t)v);
}

void
sek_mac_bytes(struct sek_mac *m, const void *p, size_t len)
{

	put_head(m, 'b', len);
	if (len > 0)
		crypto_generichash_update(&m->state, p, len);
}

void
sek_mac_text(struct sek_mac *m, const char *s)
{

	sek_mac_bytes(m, s, strlen(s));
}

void
sek_mac_end(struct sek_mac *m, uint8_t out[SEK_MAC_LEN])
{

	crypto_generichash_final(&m->state, out, SEK_MAC_LEN);
}

/* One text a place: the id of a row is never also the end of a table's
 * name, since each part is counted. */
static enum sek_err
place_text(char *out, size_t size, const struct sek_seal_place *p)
{

	return (sek_text_format(out, size, "%zu:%s %zu:%s %zu:%s %u",
	    strlen(p->table), p->table, strlen(p->id), p->id,
	    strlen(p->person), p->person, p->method));
}

enum sek_err
sek_seal(uint8_t *out, const struct sek_keys *k,
    const struct sek_seal_place *place, const unsigned char *plain, size_t len)
{
	char ad[SEK_SEAL_AD_MAX];
	uint8_t *text = out + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;

	if (place_text(ad, sizeof(ad), place) != SEK_OK)
		return (SEK_ERR_RANGE);
	randombytes_buf(out, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
	if (crypto_aead_xchacha20poly1305_ietf_encrypt(text, NULL, plain, len,
	    (const unsigned char *)ad, strlen(ad), NULL, out,
	    subkey(k, SEK_KEY_SEAL)) != 0)
		return (SEK_ERR_CRYPTO);
	return (SEK_OK);
}

enum sek_err
sek_unseal(struct sek_secret *out, const struct sek_keys *k,
    const struct sek_seal_place *place, const uint8_t *sealed, size_t len)
{
	struct sek_secret s = SEK_SECRET_NONE;
	char ad[SEK_SEAL_AD_MAX];
	size_t n = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
	enum sek_err err;

	if (len < SEK_SEAL_EXTRA ||
	    place_text(ad, sizeof(ad), place) != SEK_OK)
		return (SEK_ERR_TAMPERED);
	if ((err = sek_secret_new(&s, len - SEK_SEAL_EXTRA)) != SEK_OK)
		return (err);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(s.data, NULL, NULL,
	    sealed + n, len - n, (const unsigned char *)ad, strlen(ad), sealed,
	    subkey(k, SEK_KEY_SEAL)) != 0) {
		sek_secret_free(&s);
		return (SEK_ERR_TAMPERED);
	}
	*out = s;
	return (SEK_OK);
}

enum sek_err
sek_passphrase_check(const struct sek_secret *pass, struct sek_why *why)
{
	bool seen[256] = { false };
	size_t i, kinds = 0;

	for (i = 0; i < pass->len; i++)
		if (!seen[pass->data[i]]) {
			seen[pass->data[i]] = true;
			kinds++;
		}
	if (pass->len >= PASS_MIN && kinds >= PASS_KINDS)
		return (SEK_OK);
	return (sek_why(why, SEK_ERR_REFUSED, "the passphrase is too weak: "
	    "take %u characters or more, %u different ones or more",
	    PASS_MIN, PASS_KINDS));
}
