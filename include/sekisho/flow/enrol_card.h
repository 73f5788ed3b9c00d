/*
 * enrol_card.h - to bind an IC card to a person
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One way for the tool and for sekisho-helper: find the card, read its
 * certificate, prove its key by one signature over a fresh challenge behind
 * its PIN. Then sek_store_enrol, or sek_store_self_enrol. Nothing is kept
 * before.
 *
 * MUST: a PIN is asked for with no card held, never from an argument or the
 * environment, and never tried with one try left but by his own yes.
 * MUST: nothing of the certificate but its key, dates and issuer's key id is
 * handed on; its serial only for the store to mark.
 */
#ifndef SEKISHO_FLOW_ENROL_CARD_H
#define SEKISHO_FLOW_ENROL_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/edge/card.h"
#include "sekisho/edge/store.h"
#include "sekisho/flow/enrol_talk.h"

struct sek_enrol_card {
	const struct sek_settings	*settings;
	enum sek_card_driver		 driver;	/* SEK_CARD_DRIVERS: as
							 * the card is */
	uint32_t			 key;	/* of PIV: 0x9E; 0 as usual */
	const char			*reader;	/* "": the only card
							 * there is */
	bool				 unproved;	/* -y: without a PIN */
	const struct sek_enrol_talk	*talk;
};

/*
 * Into out (sek_enrol_for was here): method, card, proved. SEK_ERR_REFUSED
 * with a sentence for its holder in told: *end says why, or policy takes no
 * such card (factors.accept) and why says so. SEK_ERR_CONV: given up. Anything
 * else is of this machine, with why.
 */
enum sek_err	sek_enrol_card(struct sek_enrol *out,
		    const struct sek_enrol_card *in, enum sek_card_end *end,
		    struct sek_why *told, struct sek_why *why);

#endif
