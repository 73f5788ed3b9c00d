/*
 * card.h - an IC card as it is enrolled: its public key, never what it says of
 * a person
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Plain memory, no pointers: it crosses a pipe and is stored.
 *
 * MUST: no serial of a certificate, no subject and no UID is kept but as a
 * keyed hash (mark): a JPKI serial is personal data.
 */
#ifndef SEKISHO_MODEL_CARD_H
#define SEKISHO_MODEL_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/model/method.h"

#define SEK_CARD_PUBLIC_MAX	600u	/* bytes of SubjectPublicKeyInfo, DER:
					 * RSA-4096 is 550 */
#define SEK_CARD_KEY_ID_MAX	32u	/* of an issuer; SHA-1 is 20 */
#define SEK_CARD_IDENTITY_MAX	32u
#define SEK_CARD_MARK_LEN	32u
#define SEK_CARD_PIN_MAX	16u	/* bytes, of any driver */

/* Stored; a new one goes to the end, with a row in common/edge/card/. */
enum sek_card_driver {
	SEK_CARD_JPKI = 0,	/* My Number Card, user authentication */
	SEK_CARD_PIV,		/* SP 800-73-4 */
	SEK_CARD_UID,		/* what any card shows: no secret */
	SEK_CARD_DRIVERS
};

/* Stored; a new one goes to the end. */
enum sek_card_algorithm {
	SEK_CARD_NONE = 0,	/* UID */
	SEK_CARD_RSA2048,	/* PKCS #1 v1.5, SHA-256 */
	SEK_CARD_RSA3072,
	SEK_CARD_P256,		/* ECDSA, SHA-256 */
	SEK_CARD_P384,		/* ECDSA, SHA-384 */
	SEK_CARD_ALGORITHMS
};

/* What is shown of it, beside the authenticator it belongs to. */
struct sek_card_brief {
	int64_t		not_before;	/* wall seconds, of the certificate; */
	int64_t		not_after;	/* 0: there is none */
	uint8_t		driver;		/* enum sek_card_driver */
	uint8_t		algorithm;	/* enum sek_card_algorithm */
	uint8_t		key;		/* 0x9A, 0x9E of PIV; else 0 */
	uint8_t		pin;		/* 1: its key works behind a PIN */
	uint8_t		trusted;	/* 1: led to card.anchors when it was
					 * enrolled */
	uint8_t		pad[3];
};

struct sek_card {
	struct sek_card_brief	brief;
	uint32_t		public_len;
	uint32_t		issuer_len;
	uint8_t			public_key[SEK_CARD_PUBLIC_MAX];
	uint8_t			issuer[SEK_CARD_KEY_ID_MAX];	/* authority key
						 * id of the certificate */
	uint8_t			mark[SEK_CARD_MARK_LEN];	/* keyed hash of
						 * the identity, by the store;
						 * zeros before */
	/* SHA-256 of the certificate's issuer and serial, or a UID: for the
	 * store to mark; never stored, shown, or handed on. */
	uint32_t		identity_len;
	uint8_t			identity[SEK_CARD_IDENTITY_MAX];
	uint8_t			pad[4];
};

/* "jpki", "RSA-2048"; NULL outside the tables. */
const char	*sek_card_driver_name(enum sek_card_driver d);
enum sek_err	 sek_card_driver_parse(enum sek_card_driver *out,
		    const char *name);
const char	*sek_card_algorithm_name(enum sek_card_algorithm a);
/* The method it proves, and the driver of a method; SEK_METHOD_NONE and
 * SEK_CARD_DRIVERS where there is none. */
enum sek_method	 sek_card_method(enum sek_card_driver d);
enum sek_card_driver sek_card_driver_of(enum sek_method m);
/* Is it a method of cards? */
bool		 sek_card_is_method(enum sek_method m);
/* Can these bytes be its PIN: JPKI 4 digits, PIV 6 to 8 (SP 800-73-4 part 2
 * section 3.2.1)? */
bool		 sek_card_pin_ok(enum sek_card_driver d, const void *pin,
		    size_t len);
/* Lengths and words within their bounds? SEK_ERR_RANGE. For all that comes
 * from a file, a pipe or the store. */
enum sek_err	 sek_card_check(const struct sek_card *c);
/* And may it be enrolled as this method: the driver is that of the method, and
 * a UID is there to be marked? */
bool		 sek_card_fits(const struct sek_card *c, enum sek_method m);

#endif
