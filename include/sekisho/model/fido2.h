/*
 * fido2.h - a security key as it is enrolled: all of it public
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Plain memory, no pointers: it crosses a pipe and is stored.
 */
#ifndef SEKISHO_MODEL_FIDO2_H
#define SEKISHO_MODEL_FIDO2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"

#define SEK_FIDO2_CREDENTIAL_MAX 1023u	/* bytes, WebAuthn L2 section 5.8.3 */
#define SEK_FIDO2_PUBLIC_MAX	264u	/* ES256 64, EdDSA 32, RS256 259 (the
					 * modulus, and 3 of the exponent) */
#define SEK_FIDO2_RP_MAX	254u	/* with its NUL; a DNS name fits */
#define SEK_FIDO2_AAGUID_LEN	16u
#define SEK_FIDO2_AAGUID_TEXT	37u	/* 8-4-4-4-12, with NUL */
#define SEK_FIDO2_MODEL_MAX	64u
#define SEK_FIDO2_PIN_MIN	4u	/* code points, CTAP 2.1 6.5.1 */
#define SEK_FIDO2_PIN_MAX	63u	/* bytes */

/* Stored; a new one goes to the end. */
enum sek_fido2_algorithm {
	SEK_FIDO2_ES256 = 0,		/* COSE -7 */
	SEK_FIDO2_EDDSA,		/* COSE -8 */
	SEK_FIDO2_RS256,		/* COSE -257 */
	SEK_FIDO2_ALGORITHMS
};

/* Is its holder verified by the key? Stored, and a word of the policy; the
 * weakest first. */
enum sek_fido2_uv {
	SEK_FIDO2_UV_DISCOURAGED = 0,	/* only where a second kind is called
					 * for */
	SEK_FIDO2_UV_PREFERRED,		/* where the key is able to */
	SEK_FIDO2_UV_REQUIRED,
	SEK_FIDO2_UVS
};

/* By what it verified, or is able to. Stored. */
enum sek_fido2_verifies {
	SEK_FIDO2_VERIFIES_NOT = 0,
	SEK_FIDO2_VERIFIES_PIN,		/* SEK_KIND_KNOWLEDGE */
	SEK_FIDO2_VERIFIES_SENSOR,	/* SEK_KIND_INHERENCE */
	SEK_FIDO2_VERIFIES_COUNT
};

/* What its maker said of it when it was enrolled. Stored. */
enum sek_fido2_attestation {
	SEK_FIDO2_ATTESTATION_NONE = 0,	/* nothing, or an import */
	SEK_FIDO2_ATTESTATION_SELF,	/* signed by the credential itself */
	SEK_FIDO2_ATTESTATION_PACKED,	/* by a maker's certificate */
	SEK_FIDO2_ATTESTATION_TRUSTED,	/* by one that leads to fido2.roots */
	SEK_FIDO2_ATTESTATIONS
};

/* What is shown of it, beside the authenticator it belongs to. */
struct sek_fido2_brief {
	uint8_t		aaguid[SEK_FIDO2_AAGUID_LEN];	/* zeros: not told */
	char		model[SEK_FIDO2_MODEL_MAX];	/* as the key calls
							 * itself; printable */
	uint32_t	counter;	/* of its last signature taken */
	uint8_t		algorithm;	/* enum sek_fido2_algorithm */
	uint8_t		resident;
	uint8_t		uv;		/* enum sek_fido2_uv: his wish */
	uint8_t		verifies;	/* enum sek_fido2_verifies: able to */
	uint8_t		attestation;	/* enum sek_fido2_attestation */
	uint8_t		pad[3];
};

struct sek_fido2 {
	struct sek_fido2_brief	brief;
	char			rp_id[SEK_FIDO2_RP_MAX];	/* by which it
					 * was made: later ones differ */
	uint8_t			pad[2];
	uint32_t		credential_len;	/* 0: resident, found by its
						 * RP id alone */
	uint32_t		public_len;
	uint8_t			credential[SEK_FIDO2_CREDENTIAL_MAX + 1];
	uint8_t			public_key[SEK_FIDO2_PUBLIC_MAX];
};

/* "ES256", "discouraged", "pin", "packed"; NULL outside the tables. */
const char	*sek_fido2_algorithm_name(enum sek_fido2_algorithm a);
const char	*sek_fido2_uv_name(enum sek_fido2_uv u);
const char	*sek_fido2_verifies_name(enum sek_fido2_verifies v);
const char	*sek_fido2_attestation_name(enum sek_fido2_attestation a);
/* 32 hex digits, with or without dashes (RFC 4122 form). SEK_ERR_SYNTAX. */
enum sek_err	 sek_fido2_aaguid_parse(uint8_t out[SEK_FIDO2_AAGUID_LEN],
		    const char *text);
void		 sek_fido2_aaguid_text(char out[SEK_FIDO2_AAGUID_TEXT],
		    const uint8_t aaguid[SEK_FIDO2_AAGUID_LEN]);
/* Can these bytes be a PIN, as CTAP 2.1 section 6.5.1 has it? */
bool		 sek_fido2_pin_ok(const void *pin, size_t len);
/* One word of printable ASCII that fits, like a name of DNS? */
bool		 sek_fido2_rp_ok(const char *text);
/* Lengths and words within their bounds, strings ended? SEK_ERR_RANGE. For
 * all that comes from a file, a pipe or the store. */
enum sek_err	 sek_fido2_check(const struct sek_fido2 *f);
/* The kind that verifying by it adds to possession. */
uint32_t	 sek_fido2_kind(enum sek_fido2_verifies v);

#endif
