/*
 * watch.c - is the card there yet? waited for, in the caller's own process
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no card is connected to: who waits so keeps nobody from using it.
 */
#include "config.h"

#include "card.h"

enum sek_err
card_watch(const char *reader, sek_card_watch_fn fn, void *arg,
    struct sek_why *why)
{
	struct card_link *l = NULL;
	enum sek_card_end end;

	if ((end = card_open(&l)) == SEK_CARD_END_OK)
		end = card_wait(l, reader, fn, arg);
	card_close(l);
	return (end == SEK_CARD_END_OK ? SEK_OK : sek_why(why, SEK_ERR_IO,
	    "reader \"%s\": %s", reader, sek_card_end_name(end)));
}
