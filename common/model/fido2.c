/*
 * fido2.c - a security key as it is enrolled: all of it public
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>
#include <sodium.h>

#include "sekisho/base/text.h"
#include "sekisho/model/fido2.h"
#include "sekisho/model/method.h"

static const char *const algorithms[SEK_FIDO2_ALGORITHMS] = {
	[SEK_FIDO2_ES256]	= "ES256",
	[SEK_FIDO2_EDDSA]	= "EdDSA",
	[SEK_FIDO2_RS256]	= "RS256",
};
/* libfido2's es256_pk_t, eddsa_pk_t, rs256_pk_t. */
static const uint32_t public_len[SEK_FIDO2_ALGORITHMS] = {
	[SEK_FIDO2_ES256]	= 64,
	[SEK_FIDO2_EDDSA]	= 32,
	[SEK_FIDO2_RS256]	= 259,
};
static const char *const uvs[SEK_FIDO2_UVS] = {
	[SEK_FIDO2_UV_DISCOURAGED]	= "discouraged",
	[SEK_FIDO2_UV_PREFERRED]	= "preferred",
	[SEK_FIDO2_UV_REQUIRED]		= "required",
};
static const char *const verifies[SEK_FIDO2_VERIFIES_COUNT] = {
	[SEK_FIDO2_VERIFIES_NOT]	= "no",
	[SEK_FIDO2_VERIFIES_PIN]	= "pin",
	[SEK_FIDO2_VERIFIES_SENSOR]	= "sensor",
};
static const char *const attestations[SEK_FIDO2_ATTESTATIONS] = {
	[SEK_FIDO2_ATTESTATION_NONE]	= "none",
	[SEK_FIDO2_ATTESTATION_SELF]	= "self",
	[SEK_FIDO2_ATTESTATION_PACKED]	= "packed",
	[SEK_FIDO2_ATTESTATION_TRUSTED]	= "trusted",
};

const char *
sek_fido2_algorithm_name(enum sek_fido2_algorithm a)
{

	return ((unsigned)a < SEK_FIDO2_ALGORITHMS ? algorithms[a] : NULL);
}

const char *
sek_fido2_uv_name(enum sek_fido2_uv u)
{

	return ((unsigned)u < SEK_FIDO2_UVS ? uvs[u] : NULL);
}

const char *
sek_fido2_verifies_name(enum sek_fido2_verifies v)
{

	return ((unsigned)v < SEK_FIDO2_VERIFIES_COUNT ? verifies[v] : NULL);
}

const char *
sek_fido2_attestation_name(enum sek_fido2_attestation a)
{

	return ((unsigned)a < SEK_FIDO2_ATTESTATIONS ? attestations[a] :
	    NULL);
}

uint32_t
sek_fido2_kind(enum sek_fido2_verifies v)
{

	switch (v) {
	case SEK_FIDO2_VERIFIES_PIN:
		return (SEK_KIND_KNOWLEDGE);
	case SEK_FIDO2_VERIFIES_SENSOR:
		return (SEK_KIND_INHERENCE);
	case SEK_FIDO2_VERIFIES_NOT:
	case SEK_FIDO2_VERIFIES_COUNT:
	default:
		return (SEK_KIND_NONE);
	}
}

enum sek_err
sek_fido2_aaguid_parse(uint8_t out[SEK_FIDO2_AAGUID_LEN], const char *text)
{
	uint8_t aaguid[SEK_FIDO2_AAGUID_LEN];
	const char *end = NULL;
	size_t len = strnlen(text, SEK_FIDO2_AAGUID_TEXT), n = 0;

	if (len != 32 && (len != 36 || text[8] != '-' || text[13] != '-' ||
	    text[18] != '-' || text[23] != '-'))
		return (SEK_ERR_SYNTAX);
	if (sodium_hex2bin(aaguid, sizeof(aaguid), text, len,
	    len == 36 ? "-" : NULL, &n, &end) != 0 || n != sizeof(aaguid) ||
	    end != text + len)
		return (SEK_ERR_SYNTAX);
	memcpy(out, aaguid, sizeof(aaguid));
	return (SEK_OK);
}

void
sek_fido2_aaguid_text(char out[SEK_FIDO2_AAGUID_TEXT],
    const uint8_t aaguid[SEK_FIDO2_AAGUID_LEN])
{
	char hex[2 * SEK_FIDO2_AAGUID_LEN + 1];

	(void)sodium_bin2hex(hex, sizeof(hex), aaguid, SEK_FIDO2_AAGUID_LEN);
	(void)sek_text_format(out, SEK_FIDO2_AAGUID_TEXT,
	    "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
	    hex + 20);
}

bool
sek_fido2_pin_ok(const void *pin, size_t len)
{
	const uint8_t *b = pin;
	size_t i, points = 0;

	if (b == NULL || len > SEK_FIDO2_PIN_MAX ||
	    memchr(b, '\0', len) != NULL)
		return (false);
	/* Bytes that begin one in UTF-8. */
	for (i = 0; i < len; i++)
		points += (b[i] & 0xc0u) != 0x80u;
	return (points >= SEK_FIDO2_PIN_MIN);
}

bool
sek_fido2_rp_ok(const char *text)
{
	size_t i;

	for (i = 0; text[i] > ' ' && text[i] <= '~'; i++)
		continue;
	return (text[i] == '\0' && i > 0 && i < SEK_FIDO2_RP_MAX);
}

static bool
brief_fits(const struct sek_fido2_brief *b)
{

	return (b->algorithm < SEK_FIDO2_ALGORITHMS && b->resident <= 1 &&
	    b->uv < SEK_FIDO2_UVS && b->verifies < SEK_FIDO2_VERIFIES_COUNT &&
	    b->attestation < SEK_FIDO2_ATTESTATIONS &&
	    memchr(b->model, '\0', sizeof(b->model)) != NULL);
}

enum sek_err
sek_fido2_check(const struct sek_fido2 *f)
{

	if (!brief_fits(&f->brief) ||
	    memchr(f->rp_id, '\0', sizeof(f->rp_id)) == NULL ||
	    f->rp_id[0] == '\0' ||
	    f->credential_len > SEK_FIDO2_CREDENTIAL_MAX ||
	    (f->credential_len == 0 && !f->brief.resident) ||
	    f->public_len != public_len[f->brief.algorithm])
		return (SEK_ERR_RANGE);
	return (SEK_OK);
}
