/*
 * evidence.h - what was proved in this round, and the plan of the round
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_MODEL_EVIDENCE_H
#define SEKISHO_MODEL_EVIDENCE_H

#include <stdint.h>

#include "sekisho/base/clock.h"
#include "sekisho/model/authenticator.h"
#include "sekisho/model/method.h"

#define SEK_NONCE_LEN		16u
#define SEK_EVIDENCE_MAX	8u
#define SEK_EVIDENCE_DEVICE	256u
#define SEK_EVIDENCE_AGE	(120 * SEK_SECOND)	/* design section 3 */

struct sek_evidence {
	uint8_t			nonce[SEK_NONCE_LEN];	/* of its round */
	struct sek_moment	at;
	char			authenticator[SEK_ID_MAX]; /* "" password */
	char			person[SEK_NAME_MAX];
	uint8_t			pad[7];
	uint32_t		uid;
	uint32_t		kinds;		/* one, or two (card, PIN) */
	uint32_t		flags;		/* enum sek_evidence_flag */
	uint32_t		method;		/* enum sek_method */
	/* Where the card or key was: a node, or the reader's name; "" of what
	 * is none. For who watches that it stays. */
	char			device[SEK_EVIDENCE_DEVICE];
};

/* Which methods ask in this round: fixed when it opens (pam-facts 3). */
struct sek_plan {
	uint32_t	methods;	/* bits by SEK_METHOD_BIT */
	uint32_t	kinds_needed;
	uint32_t	possible;	/* 1: the plan can reach kinds_needed */
	uint32_t	digits;		/* of the one-time code asked for */
	uint32_t	instead;	/* methods that ask where the card or
					 * key is not there after all */
	uint32_t	verify;		/* 1: card or key verifies its holder:
					 * a second kind is called for */
};

#endif
