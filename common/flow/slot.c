/*
 * slot.c - one verification taken from the store, waited for if it is busy
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>
#include <time.h>

#include "sekisho/base/clock.h"
#include "sekisho/flow/slot.h"

/* A busy slot is waited for so long (design section 4), asking so often. */
#define BUSY_WAIT	(5 * SEK_SECOND)
#define BUSY_STEP_NS	50000000L

static void
pause_for(long ns)
{
	struct timespec ts = { .tv_sec = 0, .tv_nsec = ns };

	while (nanosleep(&ts, &ts) != 0)
		continue;
}

enum sek_err
sek_slot_take(struct sek_reserve_out *out, struct sek_store *st,
    const struct sek_claimant *who, const struct sek_limits *limits,
    const struct sek_limits *caller_limits, int64_t bound)
{
	struct sek_reserve in;
	struct sek_moment begin, now;
	enum sek_err err;

	memset(&in, 0, sizeof in);
	in.who = *who;
	in.limits = *limits;
	in.caller_limits = *caller_limits;
	in.bound = bound;
	if ((err = sek_process_get(&in.owner, 0)) != SEK_OK ||
	    (err = sek_clock_now(&begin)) != SEK_OK)
		return (err);
	for (;;) {
		memset(out, 0, sizeof *out);
		out->verdict = SEK_SLOT_LOCKED;
		err = sek_store_reserve(st, &in, out);
		if (err != SEK_OK || out->verdict != SEK_SLOT_BUSY ||
		    (err = sek_clock_now(&now)) != SEK_OK ||
		    sek_clock_age(&begin, &now) > BUSY_WAIT)
			return (err);
		pause_for(BUSY_STEP_NS);
	}
}

void
sek_slot_delay(pam_handle_t *pamh, const struct sek_settings *s)
{
	int64_t us = s->lockout.delay * SEK_SECOND;

	if (us > 0 && us <= UINT32_MAX)
		(void)pam_fail_delay(pamh, (unsigned)us);
}
