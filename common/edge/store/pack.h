/*
 * pack.h - a tally as bytes, alike for names known and unknown
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_STORE_PACK_H
#define SEKISHO_STORE_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "sekisho/model/tally.h"

/* Enough for SEK_DENY_MAX failures and SEK_LEASES_MAX leases. */
#define SEK_PACK_MAX	32768u

/* Returns how many bytes of out (SEK_PACK_MAX) were written. */
size_t		sek_pack_tally(uint8_t *out, const struct sek_tally *t);
/* SEK_ERR_STORE_DAMAGED when the bytes are not a tally, to the last one. */
enum sek_err	sek_unpack_tally(struct sek_tally *out, const uint8_t *p,
		    size_t len);

#endif
