/*
 * driver.c - the cards there are: one table
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"

#include "card.h"

/* In the order they are tried. */
const struct card_driver *const card_drivers[] = {
	&card_jpki,
	&card_piv,
};
const size_t card_ndrivers = sizeof(card_drivers) / sizeof(card_drivers[0]);

void
card_seen_none(struct sek_card_seen *seen, const char *reader)
{

	memset(seen, 0, sizeof(*seen));
	(void)sek_text_copy(seen->reader, sizeof(seen->reader), reader);
	seen->driver = SEK_CARD_DRIVERS;
	seen->tries = SEK_CARD_TRIES_UNKNOWN;
}

const struct card_driver *
card_which(struct card_link *l, struct sek_card_seen *seen,
    enum sek_card_end *end)
{
	const struct card_driver *d;
	size_t i;

	*end = SEK_CARD_END_UNKNOWN;
	for (i = 0; i < card_ndrivers && *end == SEK_CARD_END_UNKNOWN; i++) {
		d = card_drivers[i];
		*end = d->probe(l, seen);
		if (*end == SEK_CARD_END_OK || *end == SEK_CARD_END_PHONE) {
			seen->driver = d->driver;
			(void)sek_text_copy(seen->model, sizeof(seen->model),
			    d->model);
		}
		if (*end == SEK_CARD_END_OK)
			return (d);
	}
	return (NULL);
}

void
card_info(uint8_t out[CARD_INFO_LEN], const uint8_t digest[32])
{
	static const uint8_t head[] = { 0x30, 0x31, 0x30, 0x0D, 0x06, 0x09,
	    0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
	    0x04, 0x20 };

	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), digest, CARD_INFO_LEN - sizeof(head));
}
