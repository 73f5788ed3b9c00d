/*
 * card.h - the talk with an IC card and who holds it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * All of it comes before a slot is taken, and none of it is a verdict: what
 * the card signed is judged by sek_factor_card under the slot.
 *
 * MUST: a PIN reaches a card only in a round that verifies, once, and never
 * with its last try unless he was asked; never one that is empty, of another
 * form, or the login password (pam-facts 20).
 * MUST: a card with a key proves nothing without a signature by it over this
 * round's challenge (CVE-2025-24032).
 * MUST: a round that verifies nothing asks, tells and waits as one that does:
 * what is told after a PIN was typed never says whether it was sent.
 * MUST: no card and no store is held over a question.
 * MUST: each wait ends, factors.wait after the last question.
 */
#ifndef SEKISHO_FACTOR_CARD_H
#define SEKISHO_FACTOR_CARD_H

#include <stdbool.h>

#include "sekisho/edge/card.h"
#include "sekisho/factor/factor.h"

#define SEK_CARD_RANDOM_LEN	32u

/* What came of it. */
struct sek_card_answer {
	struct sek_card_list_out cards;	/* his */
	struct sek_card_signature signature;	/* of the last run */
	/* Of its challenge. */
	uint8_t		random[SEK_CARD_RANDOM_LEN];
	struct sek_moment at;
	bool		worthless;	/* whatever was signed */
	enum sek_reason	reason;		/* when worthless */
	char		charged[SEK_ID_MAX];	/* whose PIN was wrong; "" */
};

/* As sek_fido2_talk and its likes (factor/fido2.h). */
enum sek_err	sek_card_talk(struct sek_card_answer *a,
		    struct sek_challenge *c);
enum sek_err	sek_card_talk_cards(struct sek_card_list_out *out,
		    const struct sek_challenge *c);
/* BLAKE2b over a domain string, terminal, service, name, uid, the time of the
 * challenge and its random bytes, each with its length (cards.md 4.1). */
enum sek_err	sek_card_talk_challenge(uint8_t out[SEK_CARD_CHALLENGE_LEN],
		    const struct sek_card_answer *a,
		    const struct sek_challenge *c);

#endif
