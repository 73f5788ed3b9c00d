/*
 * envelope_body.h - what stands in an envelope's file
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Lines name=value in one order, in two halves of fixed size: what was sealed,
 * which never changes, and what is written when it is opened. The rest of each
 * half is newlines, so that every byte is on the disk from the beginning.
 * Pure: bytes in and out.
 */
#ifndef SEKISHO_EDGE_ENVELOPE_BODY_H
#define SEKISHO_EDGE_ENVELOPE_BODY_H

#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/envelope.h"

#define SEK_ENVELOPE_HALF	2048u
#define SEK_ENVELOPE_SIZE	(2 * SEK_ENVELOPE_HALF)
#define SEK_ENVELOPE_MACHINE	33u	/* hex with NUL */
#define SEK_ENVELOPE_HASH	128u	/* as crypto_pwhash_str writes it */

struct sek_envelope_body {
	struct sek_envelope	e;	/* state and cause are not in it */
	char			machine[SEK_ENVELOPE_MACHINE];
	char			hash[SEK_ENVELOPE_HASH];
};

/* SEK_ERR_RANGE: does not fit, SEK_ERR_SYNTAX: a text that cannot stand in a
 * line. */
enum sek_err	sek_envelope_body_seal(char half[SEK_ENVELOPE_HALF],
		    const struct sek_envelope_body *in);
/* Exactly as the call above writes it, or SEK_ERR_SYNTAX, and out is zeroes.
 * Its opening is not read. */
enum sek_err	sek_envelope_body_read(struct sek_envelope_body *out,
		    const char half[SEK_ENVELOPE_HALF]);
/* at, gate, parent, service, tty, rhost, taken. */
enum sek_err	sek_envelope_body_opening(char half[SEK_ENVELOPE_HALF],
		    const struct sek_envelope *in);
/* Into *out, which stays as it was where it is not just so (SEK_ERR_SYNTAX) or
 * nothing was written (SEK_ERR_NOT_FOUND). */
enum sek_err	sek_envelope_body_opened(struct sek_envelope *out,
		    const char half[SEK_ENVELOPE_HALF]);

#endif
