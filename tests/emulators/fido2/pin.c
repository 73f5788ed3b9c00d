/*
 * pin.c - the software key's PIN: authenticatorClientPIN, protocols 1 and 2
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * CTAP 2.1 section 6.5.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "key.h"

#define TRIES		8
#define UV_TRIES	3
#define STRIKES		3

struct shared {
	int	proto;
	uint8_t	mac[32], aes[32];
};

uint32_t
pin_left(const struct key *k)
{
	long max = knob_number(k, "pinmax", TRIES);

	return k->state.pin_retries < (uint32_t)max ? k->state.pin_retries :
	    (uint32_t)max;
}

uint32_t
uv_left(const struct key *k)
{
	long max = knob_number(k, "uvmax", UV_TRIES);

	return k->state.uv_retries < (uint32_t)max ? k->state.uv_retries :
	    (uint32_t)max;
}

static void
hash_pin(uint8_t out[16], const void *pin, size_t len)
{
	uint8_t h[32];

	SHA256(pin, len, h);
	memcpy(out, h, 16);
}

/* Knob setpin: as if it had been set long ago. */
void
pin_preset(struct key *k)
{
	const char *pin = knob(k, "setpin", NULL);

	if (pin == NULL || k->state.pin_set)
		return;
	hash_pin(k->state.pin_hash, pin, strlen(pin));
	k->state.pin_set = 1;
	k->state.pin_retries = TRIES;
	state_save(k);
}

static void
agree_new(struct key *k)
{

	EVP_PKEY_free(k->agree);
	k->agree = EVP_EC_gen("P-256");
}

static void
token_new(struct key *k, uint32_t perms, const uint8_t *rp_hash)
{

	RAND_bytes(k->token, sizeof(k->token));
	k->token_live = true;
	k->token_perms = perms;
	k->token_bound = rp_hash != NULL;
	if (rp_hash != NULL)
		memcpy(k->token_rp, rp_hash, 32);
	k->token_up = k->token_uv = false;
}

static EVP_PKEY *
peer_of_cose(const cbor_item_t *cose)
{
	const cbor_item_t *x = get_int(cose, -2), *y = get_int(cose, -3);
	OSSL_PARAM params[3];
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *peer = NULL;
	uint8_t point[65] = { 0x04 };
	char group[] = "P-256";

	if (!is_bytes(x) || !is_bytes(y) ||
	    cbor_bytestring_length(x) != 32 || cbor_bytestring_length(y) != 32)
		return NULL;
	memcpy(point + 1, cbor_bytestring_handle(x), 32);
	memcpy(point + 33, cbor_bytestring_handle(y), 32);
	params[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
	    point, sizeof(point));
	params[2] = OSSL_PARAM_construct_end();
	ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	if (EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &peer, EVP_PKEY_PUBLIC_KEY, params) != 1)
		peer = NULL;
	EVP_PKEY_CTX_free(ctx);
	return peer;
}

static void
hkdf(uint8_t out[32], const uint8_t z[32], const char *info)
{
	static const uint8_t zeros[32];
	uint8_t prk[32], t[64];
	unsigned n = 32;
	size_t l = strlen(info);

	/* One block of RFC 5869. */
	HMAC(EVP_sha256(), zeros, 32, z, 32, prk, &n);
	memcpy(t, info, l);
	t[l] = 1;
	HMAC(EVP_sha256(), prk, 32, t, l + 1, out, &n);
}

static bool
agree(struct key *k, int proto, const cbor_item_t *cose, struct shared *s)
{
	EVP_PKEY *peer = peer_of_cose(cose);
	EVP_PKEY_CTX *ctx = NULL;
	uint8_t z[32];
	size_t n = sizeof(z);
	bool ok = false;

	if (peer == NULL || k->agree == NULL ||
	    (ctx = EVP_PKEY_CTX_new(k->agree, NULL)) == NULL ||
	    EVP_PKEY_derive_init(ctx) != 1 ||
	    EVP_PKEY_derive_set_peer(ctx, peer) != 1 ||
	    EVP_PKEY_derive(ctx, z, &n) != 1 || n != 32)
		goto out;
	s->proto = proto;
	if (proto == 1) {
		SHA256(z, 32, s->mac);
		memcpy(s->aes, s->mac, 32);
	} else {
		hkdf(s->mac, z, "CTAP2 HMAC key");
		hkdf(s->aes, z, "CTAP2 AES key");
	}
	ok = true;
out:
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	return ok;
}

/* AES-256-CBC without padding, either way. */
static bool
aes(bool enc, const uint8_t key[32], const uint8_t iv[16], const uint8_t *in,
    size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n, m;
	bool ok;

	ok = EVP_CipherInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, iv, enc) &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) &&
	    EVP_CipherUpdate(ctx, out, &n, in, (int)len) &&
	    EVP_CipherFinal_ex(ctx, out + n, &m) && (size_t)(n + m) == len;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

/* Plain text of at most 64 bytes; its length, 0: none. */
static size_t
decrypt(const struct shared *s, const cbor_item_t *b, uint8_t out[64])
{
	static const uint8_t zero[16];
	const uint8_t *p, *iv = zero;
	size_t n;

	if (!is_bytes(b))
		return 0;
	p = cbor_bytestring_handle(b);
	n = cbor_bytestring_length(b);
	if (s->proto == 2) {
		if (n < 32)
			return 0;
		iv = p;
		p += 16;
		n -= 16;
	}
	if (n == 0 || n > 64 || n % 16 != 0 ||
	    !aes(false, s->aes, iv, p, n, out))
		return 0;
	return n;
}

static cbor_item_t *
encrypt_token(const struct key *k, const struct shared *s)
{
	uint8_t out[48] = { 0 };

	if (s->proto == 1) {
		aes(true, s->aes, out, k->token, 32, out + 16);
		return c_bytes(out + 16, 32);
	}
	RAND_bytes(out, 16);
	aes(true, s->aes, out, k->token, 32, out + 16);
	return c_bytes(out, 48);
}

static bool
mac_holds(int proto, const uint8_t key[32], const uint8_t *m, size_t len,
    const cbor_item_t *mac)
{
	uint8_t h[32];
	unsigned n = 32;

	HMAC(EVP_sha256(), key, 32, m, len, h, &n);
	n = proto == 1 ? 16 : 32;
	return is_bytes(mac) && cbor_bytestring_length(mac) == n &&
	    CRYPTO_memcmp(h, cbor_bytestring_handle(mac), n) == 0;
}

static int
proto_of(const struct key *k, const cbor_item_t *i)
{
	const char *have = knob(k, "pinproto", "12");
	int v;

	if (i == NULL || !cbor_isa_uint(i))
		return 0;
	v = (int)cbor_get_int(i);
	return (v == 1 || v == 2) && strchr(have, '0' + v) != NULL ? v : 0;
}

int
pin_check(struct key *k, const cbor_item_t *param, const cbor_item_t *proto,
    const uint8_t *message, size_t len, uint32_t perm, const uint8_t *rp_hash)
{
	int p = proto_of(k, proto);

	if (proto == NULL)
		return ST_MISSING_PARAMETER;
	if (p == 0)
		return 0x02;	/* CTAP1_ERR_INVALID_PARAMETER */
	if (!k->token_live || (k->token_perms & perm) == 0 ||
	    !mac_holds(p, k->token, message, len, param) ||
	    (k->token_bound && memcmp(k->token_rp, rp_hash, 32) != 0))
		return ST_PIN_AUTH_INVALID;
	if (!k->token_bound) {
		k->token_bound = true;
		memcpy(k->token_rp, rp_hash, 32);
	}
	return ST_OK;
}

/* Code points of UTF-8, and not more than 63 bytes; padded with zeros. */
static bool
new_pin(struct key *k, const uint8_t *padded, size_t len)
{
	size_t i, n = strnlen((const char *)padded, len), points = 0;

	for (i = 0; i < n; i++)
		points += (padded[i] & 0xc0) != 0x80;
	if (len != 64 || n > 63 || points < 4 ||
	    points < (size_t)knob_number(k, "minpin", 4))
		return false;
	hash_pin(k->state.pin_hash, padded, n);
	k->state.pin_set = 1;
	k->state.pin_retries = TRIES;
	k->pin_strikes = 0;
	state_save(k);
	return true;
}

/* One try at the PIN: its hash, encrypted. */
static int
try_pin(struct key *k, const struct shared *s, const cbor_item_t *enc)
{
	uint8_t got[64];
	size_t n;

	if (!k->state.pin_set)
		return ST_PIN_NOT_SET;
	if (pin_left(k) == 0)
		return ST_PIN_BLOCKED;
	if (k->pin_strikes >= STRIKES)
		return ST_PIN_AUTH_BLOCKED;
	k->state.pin_retries = pin_left(k) - 1;
	state_save(k);
	n = decrypt(s, enc, got);
	if (n != 16 || memcmp(got, k->state.pin_hash, 16) != 0) {
		agree_new(k);
		if (pin_left(k) == 0)
			return ST_PIN_BLOCKED;
		if (++k->pin_strikes >= STRIKES)
			return ST_PIN_AUTH_BLOCKED;
		return ST_PIN_INVALID;
	}
	k->state.pin_retries = TRIES;
	k->state.uv_retries = UV_TRIES;
	k->pin_strikes = 0;
	state_save(k);
	if (knob_is(k, "forcepin", "yes"))
		return ST_PIN_POLICY;
	return ST_OK;
}

static int
set_pin(struct key *k, const struct shared *s, const cbor_item_t *map)
{
	const cbor_item_t *enc = get_int(map, 5);
	uint8_t pin[64];
	size_t n;

	if (k->state.pin_set)
		return ST_PIN_AUTH_INVALID;
	if (!is_bytes(enc) || !mac_holds(s->proto, s->mac,
	    cbor_bytestring_handle(enc), cbor_bytestring_length(enc),
	    get_int(map, 4)))
		return ST_PIN_AUTH_INVALID;
	n = decrypt(s, enc, pin);
	return new_pin(k, pin, n) ? ST_OK : ST_PIN_POLICY;
}

static int
change_pin(struct key *k, const struct shared *s, const cbor_item_t *map)
{
	const cbor_item_t *enc = get_int(map, 5), *old = get_int(map, 6);
	uint8_t pin[64], m[256];
	size_t a, b;
	int st;

	if (!is_bytes(enc) || !is_bytes(old))
		return ST_MISSING_PARAMETER;
	a = cbor_bytestring_length(enc);
	b = cbor_bytestring_length(old);
	if (a + b > sizeof(m))
		return ST_INVALID_LENGTH;
	memcpy(m, cbor_bytestring_handle(enc), a);
	memcpy(m + a, cbor_bytestring_handle(old), b);
	if (!mac_holds(s->proto, s->mac, m, a + b, get_int(map, 4)))
		return ST_PIN_AUTH_INVALID;
	if ((st = try_pin(k, s, old)) != ST_OK)
		return st;
	a = decrypt(s, enc, pin);
	k->token_live = false;
	return new_pin(k, pin, a) ? ST_OK : ST_PIN_POLICY;
}

/* Subcommands 5, 6 and 9. */
static int
get_token(struct key *k, int sub, const struct shared *s,
    const cbor_item_t *map, cbor_item_t **reply)
{
	const cbor_item_t *perms = get_int(map, 9), *rp = get_int(map, 10);
	bool bound = rp != NULL && cbor_isa_string(rp);
	uint8_t rp_hash[32];
	uint32_t want = PERM_MC | PERM_GA;
	int st;

	if (bound) {
		SHA256(cbor_string_handle(rp), cbor_string_length(rp),
		    rp_hash);
		key_detail(k, " rp=%.*s", (int)cbor_string_length(rp),
		    (const char *)cbor_string_handle(rp));
	}
	if (sub != 5) {
		if (!knob_is(k, "perms", "yes") &&
		    knob(k, "perms", NULL) != NULL)
			return ST_INVALID_COMMAND;
		if (perms == NULL || !cbor_isa_uint(perms))
			return ST_MISSING_PARAMETER;
		want = (uint32_t)cbor_get_int(perms);
		key_detail(k, " perms=%02x", want);
		if (want == 0)
			return 0x02;
		if ((want & (PERM_MC | PERM_GA)) != 0 && !bound)
			return ST_MISSING_PARAMETER;
	}
	if (sub == 6) {
		if ((st = ctap_sensor(k)) != ST_OK)
			return st;
	} else if ((st = try_pin(k, s, get_int(map, 6))) != ST_OK)
		return st;
	token_new(k, want, bound ? rp_hash : NULL);
	k->token_uv = true;
	k->token_up = sub == 6 && !knob_is(k, "uvtouch", "no");
	*reply = map_new();
	map_int(*reply, 2, encrypt_token(k, s));
	return ST_OK;
}

int
pin_command(struct key *k, const cbor_item_t *map, cbor_item_t **reply)
{
	const cbor_item_t *sub = get_int(map, 2);
	struct shared s = { 0 };
	int n, proto = proto_of(k, get_int(map, 1));

	if (sub == NULL || !cbor_isa_uint(sub))
		return ST_MISSING_PARAMETER;
	n = (int)cbor_get_int(sub);
	key_detail(k, " sub=%d proto=%d", n, proto);
	if (knob_is(k, "pin", "no") && n != 2 && n != 6 && n != 7)
		return ST_INVALID_COMMAND;
	if (k->agree == NULL)
		agree_new(k);
	switch (n) {
	case 1:
		*reply = map_new();
		map_int(*reply, 3, c_int(pin_left(k)));
		map_int(*reply, 4, cbor_build_bool(k->pin_strikes >= STRIKES));
		key_detail(k, " left=%u", pin_left(k));
		return ST_OK;
	case 2:
		if (proto == 0)
			return 0x02;
		*reply = map_new();
		map_int(*reply, 1, cose_of(k->agree, -25));
		return ST_OK;
	case 7:
		if (knob_is(k, "uv", "none") || knob(k, "uv", NULL) == NULL)
			return ST_INVALID_COMMAND;
		*reply = map_new();
		map_int(*reply, 5, c_int(uv_left(k)));
		key_detail(k, " left=%u", uv_left(k));
		return ST_OK;
	case 3: case 4: case 5: case 6: case 9:
		break;
	default:
		return 0x3e;	/* invalid subcommand */
	}
	if (proto == 0)
		return 0x02;
	if (!agree(k, proto, get_int(map, 3), &s))
		return 0x02;
	switch (n) {
	case 3:		return set_pin(k, &s, map);
	case 4:		return change_pin(k, &s, map);
	default:	return get_token(k, n, &s, map, reply);
	}
}
