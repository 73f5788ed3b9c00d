/*
 * authenticator.h - what a person holds, knows or is, as enrolled
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_MODEL_AUTHENTICATOR_H
#define SEKISHO_MODEL_AUTHENTICATOR_H

#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/model/biometric.h"
#include "sekisho/model/card.h"
#include "sekisho/model/claimant.h"
#include "sekisho/model/fido2.h"
#include "sekisho/model/method.h"

#define SEK_ID_MAX		33u	/* hex of at most 16 bytes, with NUL */
#define SEK_LABEL_MAX		128u
#define SEK_AUTHENTICATORS_MAX	32u	/* of one person */
#define SEK_OATH_KEY_MIN	10u	/* bytes */
#define SEK_OATH_KEY_MAX	128u

/* Stored; a new state goes to the end. */
enum sek_authenticator_state {
	SEK_AUTHENTICATOR_ACTIVE = 0,
	SEK_AUTHENTICATOR_DISABLED,	/* by an administrator, or life cap */
	SEK_AUTHENTICATOR_SUSPECT,
	SEK_AUTHENTICATOR_EXPIRED,
	SEK_AUTHENTICATOR_REMOVED,
	SEK_AUTHENTICATOR_STATES
};

enum sek_oath_algorithm {
	SEK_OATH_SHA1 = 0,
	SEK_OATH_SHA256,
	SEK_OATH_SHA512,
	SEK_OATH_ALGORITHMS
};

/* In drift of a HOTP: after a restore, opens by two codes in a row only. */
#define SEK_HOTP_RESTORED	1

/* RFC 4226 and RFC 6238 parameters and what was used up of them. */
struct sek_oath {
	uint64_t	moving;		/* HOTP: next counter. TOTP: the last
					 * step taken + 1; those before are
					 * dead */
	uint64_t	resync;		/* HOTP: counter after the first of two
					 * codes of a resync; 0 none */
	int32_t		drift;		/* TOTP: steps it was off, -1..1;
					 * HOTP: 0 or SEK_HOTP_RESTORED */
	uint8_t		algorithm;	/* enum sek_oath_algorithm */
	uint8_t		digits;		/* 6..8 */
	uint16_t	period;		/* TOTP seconds: 30 or 60; 0 for HOTP */
};

/* To its own holder: it would tell that the password before it was right. */
#define SEK_FAILURES_UNTOLD	UINT32_MAX

struct sek_authenticator {
	char		id[SEK_ID_MAX];
	char		person[SEK_NAME_MAX];
	char		label[SEK_LABEL_MAX];
	uint8_t		method;		/* enum sek_method */
	uint8_t		state;		/* enum sek_authenticator_state */
	uint8_t		pad[6];
	uint32_t	failures;	/* in a row, over its life; or
					 * SEK_FAILURES_UNTOLD */
	uint32_t	pad2;
	int64_t		created;	/* wall, microseconds */
	int64_t		last_used;	/* 0 never */
	struct sek_oath	oath;		/* TOTP, HOTP */
	struct sek_fido2_brief fido2;	/* FIDO2 */
	struct sek_card_brief card;	/* of cards */
	struct sek_biometric_brief biometric;	/* FINGERPRINT */
};

const char	*sek_authenticator_state_name(enum sek_authenticator_state s);
/* "SHA1" */
const char	*sek_oath_algorithm_name(enum sek_oath_algorithm a);
enum sek_err	 sek_oath_algorithm_parse(enum sek_oath_algorithm *out,
		    const char *name);	/* "SHA1", "SHA-256", any case */

#endif
