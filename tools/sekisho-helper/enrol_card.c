/*
 * enrol_card.c - people bind an IC card to themselves, by sekisho-helper
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no card is talked to for who did not prove himself a moment before.
 * MUST: the client's name of a reader is compared, never anything else.
 * MUST: whose a card is already, nobody is told.
 */
#include "config.h"

#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "helper.h"
#include "sekisho/base/clock.h"
#include "sekisho/flow/enrol_card.h"

#define LOOK	SEK_SECOND		/* for a look at the readers */

static enum sek_err
trouble(struct helper *h, enum sek_err err, const struct sek_why *why)
{

	return (helper_device_trouble(h, "card", err, why,
	    N_("IC cards cannot be used on this terminal now. Please tell the "
	    "person in charge.")));
}

enum sek_err
helper_card_present(struct helper *h, const struct sek_helper_enrol *in)
{
	const struct sek_card_place place = {
	    .readers = h->settings->card.readers, .anchors = "",
	    .reader = in->reader, .wait = LOOK };
	struct sek_why why = { "" };
	bool present = false;
	enum sek_err err;

	/* What it shows proves nothing, so he could bind anybody's. */
	if (in->method == SEK_METHOD_CARD_UID)
		return (helper_no(h, SEK_ERR_REFUSED, N_("A card that is known "
		    "by its number alone is enrolled by an administrator.")));
	if ((err = sek_card_present(&present, &place, &why)) != SEK_OK)
		return (trouble(h, err, &why));
	return (present ? SEK_OK : helper_no(h, SEK_ERR_REFUSED,
	    N_("There is no card on the reader: please put it there, then "
	    "begin anew.")));
}

enum sek_err
helper_bind_card(struct helper *h, struct sek_enrol *e,
    const struct sek_helper_enrol *in)
{
	struct sek_enrol_talk talk;
	const struct sek_enrol_card c = { .settings = h->settings,
	    .driver = (enum sek_card_driver)in->driver, .key = in->key,
	    .reader = in->reader, .talk = &talk };
	struct sek_why why = { "" };
	enum sek_card_end end;
	enum sek_err err;

	helper_enrol_talk(h, &talk);
	/* Nothing is held open while the card waits for him. */
	sek_store_close(h->store);
	err = sek_enrol_card(e, &c, &end, &h->told, &why);
	if (err == SEK_ERR_REFUSED)
		helper_log(LOG_NOTICE, "uid %u: card not enrolled: %s%s%s",
		    (unsigned)getuid(), sek_card_end_name(end),
		    why.text[0] != '\0' ? ": " : "", why.text);
	else if (err != SEK_OK && err != SEK_ERR_CONV)
		return (trouble(h, err, &why));
	return (err);
}
