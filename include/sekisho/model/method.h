/*
 * method.h - kinds of factor, methods, and what a method is worth
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_MODEL_METHOD_H
#define SEKISHO_MODEL_METHOD_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/err.h"

/* Bits, so that a set of kinds is an OR. SP 800-63B section 2. */
enum sek_kind {
	SEK_KIND_NONE		= 0,
	SEK_KIND_KNOWLEDGE	= 1,
	SEK_KIND_POSSESSION	= 2,
	SEK_KIND_INHERENCE	= 4
};
#define SEK_KINDS_ALL 7u

/* In the order of preference in which a stack asks. Values are stored: a new
 * method goes to the end. */
enum sek_method {
	SEK_METHOD_NONE = 0,
	SEK_METHOD_PASSWORD,
	SEK_METHOD_TOTP,
	SEK_METHOD_HOTP,
	SEK_METHOD_FIDO2,
	SEK_METHOD_CARD_JPKI,
	SEK_METHOD_CARD_PIV,
	SEK_METHOD_CARD_UID,
	SEK_METHOD_FINGERPRINT,
	SEK_METHOD_VENDOR_BIOMETRIC,
	SEK_METHOD_TICKET,
	SEK_METHOD_COUNT
};

#define SEK_METHOD_BIT(m)	(UINT32_C(1) << (unsigned)(m))
/* IC cards: one prompt takes any of them. */
#define SEK_METHODS_CARD	(SEK_METHOD_BIT(SEK_METHOD_CARD_JPKI) |	\
				SEK_METHOD_BIT(SEK_METHOD_CARD_PIV) |	\
				SEK_METHOD_BIT(SEK_METHOD_CARD_UID))
/* Of what anybody can copy (SP 800-63B-4 section 3.2.1): accepted under an
 * exception alone. */
#define SEK_METHODS_WEAK	SEK_METHOD_BIT(SEK_METHOD_CARD_UID)
/* Living traits: matched by others, at this terminal alone. */
#define SEK_METHODS_BIOMETRIC	(SEK_METHOD_BIT(SEK_METHOD_FINGERPRINT) | \
				SEK_METHOD_BIT(SEK_METHOD_VENDOR_BIOMETRIC))
/* Those this version has a module for; policy may name the others, too. */
#define SEK_METHODS_BUILT	(SEK_METHOD_BIT(SEK_METHOD_PASSWORD) |	\
				SEK_METHOD_BIT(SEK_METHOD_TOTP) |	\
				SEK_METHOD_BIT(SEK_METHOD_HOTP) |	\
				SEK_METHOD_BIT(SEK_METHOD_FIDO2) |	\
				SEK_METHODS_CARD |			\
				SEK_METHODS_BIOMETRIC |			\
				SEK_METHOD_BIT(SEK_METHOD_TICKET))

/* What an evidence was worth. */
enum sek_evidence_flag {
	SEK_EVIDENCE_CRYPTOGRAPHIC	= 1,	/* signed by a private key */
	SEK_EVIDENCE_USER_VERIFIED	= 2,
	SEK_EVIDENCE_WEAK		= 4	/* of what anybody can copy */
};

/* Key words of policy, JSON and records ("totp", "knowledge"); NULL outside
 * the tables. */
const char	*sek_method_name(enum sek_method m);
enum sek_err	 sek_method_parse(enum sek_method *out, const char *name);
enum sek_kind	 sek_method_kind(enum sek_method m);
/* May what the store keeps of it leave the terminal (a public key)? No for
 * all that verify by a secret. */
bool		 sek_method_is_public(enum sek_method m);
const char	*sek_kind_name(enum sek_kind one);
/* Distinct kinds in a set. */
unsigned	 sek_kind_count(uint32_t kinds);

#endif
