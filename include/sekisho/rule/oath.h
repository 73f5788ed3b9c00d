/*
 * oath.h - does this code follow from this key, and what is used up by it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pure; liboath does the maths (RFC 4226, RFC 6238).
 * MUST: a code, once accepted, and every one before it, is dead.
 */
#ifndef SEKISHO_RULE_OATH_H
#define SEKISHO_RULE_OATH_H

#include <stddef.h>
#include <stdint.h>

#include "sekisho/model/authenticator.h"

#define SEK_HOTP_LOOK_AHEAD	10u	/* next counters tried */
#define SEK_HOTP_RESYNC		100u	/* further ones, two codes in a row */
#define SEK_TOTP_WINDOW		1	/* steps either side, about the drift */

enum sek_oath_verdict {
	SEK_OATH_WRONG = 0,
	SEK_OATH_OK,
	SEK_OATH_REPLAYED,	/* was right, is used up */
	SEK_OATH_RESYNC		/* right but far ahead: the next one decides.
				 * Counts as wrong, state must be stored */
};

/*
 * Verify code (digits and NUL; length must be o->digits) with key at
 * wall_seconds. On OK and RESYNC *after holds the state to store; otherwise
 * *after is a copy of *o. TOTP: steps now+drift-1 .. now+drift+1; drift is
 * remembered, within -1..1, so that the present step is always among them.
 * REPLAYED: only the last accepted code (of step or counter moving - 1), so
 * that it need not be counted as a guess; it comes before OK, should a live
 * step have the same digits. HOTP: look-ahead, then two codes in a row
 * within SEK_HOTP_RESYNC.
 */
enum sek_oath_verdict	sek_oath_verify(struct sek_oath *after,
			    const struct sek_oath *o, enum sek_method method,
			    const unsigned char *key, size_t key_len,
			    const char *code, int64_t wall_seconds);
/* When (wall seconds) the code of the moment is one not used up again: later
 * than now only just after a code, or where the clock was set back. HOTP: 0. */
int64_t			sek_oath_dead_until(const struct sek_oath *o);
/* Parameters within what we support? (digits 6..8, period 30 or 60, key
 * lengths.) SEK_ERR_RANGE otherwise. */
enum sek_err		sek_oath_check(const struct sek_oath *o,
			    enum sek_method method, size_t key_len);

#endif
