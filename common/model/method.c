/*
 * method.c - kinds of factor, methods, and their words
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "sekisho/model/method.h"

static const struct {
	const char	*name;
	enum sek_kind	 kind;
	bool		 public;	/* what is stored is no secret */
} methods[SEK_METHOD_COUNT] = {
	[SEK_METHOD_PASSWORD]	= { "password", SEK_KIND_KNOWLEDGE, false },
	[SEK_METHOD_TOTP]	= { "totp", SEK_KIND_POSSESSION, false },
	[SEK_METHOD_HOTP]	= { "hotp", SEK_KIND_POSSESSION, false },
	[SEK_METHOD_FIDO2]	= { "fido2", SEK_KIND_POSSESSION, true },
	[SEK_METHOD_CARD_JPKI]	= { "card-jpki", SEK_KIND_POSSESSION, true },
	[SEK_METHOD_CARD_PIV]	= { "card-piv", SEK_KIND_POSSESSION, true },
	[SEK_METHOD_CARD_UID]	= { "card-uid", SEK_KIND_POSSESSION, false },
	[SEK_METHOD_FINGERPRINT] = { "fingerprint", SEK_KIND_INHERENCE, false },
	[SEK_METHOD_VENDOR_BIOMETRIC] =
	    { "vendor-biometric", SEK_KIND_INHERENCE, false },
	[SEK_METHOD_TICKET]	= { "ticket", SEK_KIND_POSSESSION, false },
};

const char *
sek_method_name(enum sek_method m)
{
	return ((size_t)m < SEK_METHOD_COUNT ? methods[m].name : NULL);
}

enum sek_err
sek_method_parse(enum sek_method *out, const char *name)
{
	size_t i;

	for (i = SEK_METHOD_NONE + 1; i < SEK_METHOD_COUNT; i++) {
		if (strcmp(name, methods[i].name) == 0) {
			*out = (enum sek_method)i;
			return (SEK_OK);
		}
	}
	return (SEK_ERR_SYNTAX);
}

enum sek_kind
sek_method_kind(enum sek_method m)
{
	return ((size_t)m < SEK_METHOD_COUNT ? methods[m].kind : SEK_KIND_NONE);
}

bool
sek_method_is_public(enum sek_method m)
{
	return ((size_t)m < SEK_METHOD_COUNT && methods[m].public);
}

const char *
sek_kind_name(enum sek_kind one)
{
	switch (one) {
	case SEK_KIND_KNOWLEDGE:
		return ("knowledge");
	case SEK_KIND_POSSESSION:
		return ("possession");
	case SEK_KIND_INHERENCE:
		return ("inherence");
	case SEK_KIND_NONE:
		break;
	}
	return (NULL);
}

unsigned
sek_kind_count(uint32_t kinds)
{
	return ((kinds & SEK_KIND_KNOWLEDGE ? 1u : 0u) +
	    (kinds & SEK_KIND_POSSESSION ? 1u : 0u) +
	    (kinds & SEK_KIND_INHERENCE ? 1u : 0u));
}
