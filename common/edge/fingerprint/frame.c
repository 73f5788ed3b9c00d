/*
 * frame.c - what a child said, before it is believed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a byte that has no meaning is zero.
 */
#include "config.h"

#include <string.h>

#include "../device/bytes.h"
#include "fingerprint.h"

#define SECONDS_MAX	86400u
#define STAGES_MAX	64u
#define ALL_FINGERS	(SEK_FINGER_BIT(SEK_FINGERS) - 1)

static bool
is_told(const struct sek_fingerprint_told *t)
{

	return (t->cue > SEK_FINGERPRINT_CUE_NONE &&
	    t->cue < SEK_FINGERPRINT_CUE_COUNT && t->finger < SEK_FINGERS &&
	    t->swipe <= 1 && t->seconds <= SECONDS_MAX &&
	    t->stage <= STAGES_MAX && t->stages <= STAGES_MAX &&
	    sek_device_is_text(t->reader, sizeof(t->reader)));
}

static bool
is_cue(const struct finger_frame *f)
{
	struct finger_frame rest = *f;

	memset(&rest.told, 0, sizeof(rest.told));
	rest.kind = 0;
	return (is_told(&f->told) && sek_device_is_zero(&rest, sizeof(rest)));
}

static bool
is_finger(const struct sek_biometric *m, uint32_t fingers, const char *account)
{

	return (sek_biometric_check(m) == SEK_OK &&
	    m->brief.finger != SEK_FINGER_NONE &&
	    SEK_FINGER_BIT(m->brief.finger) == fingers &&
	    strcmp(m->account, account) == 0 &&
	    sek_device_fits(m->account, strlen(account),
	    sizeof(m->account)) &&
	    sek_device_is_zero(m->pad, sizeof(m->pad)) &&
	    sek_device_is_zero(m->brief.pad, sizeof(m->brief.pad)) &&
	    !sek_device_is_zero(m->digest, sizeof(m->digest)));
}

static bool
is_zero_made(const struct finger_frame *f)
{

	return (sek_device_is_zero(&f->made, sizeof(f->made)));
}

static bool
is_looked(const struct finger_frame *f)
{

	return (f->readers <= SEK_READERS_MAX && (f->fingers &
	    ~ALL_FINGERS) == 0 && f->swipe <= 1 && f->scanned == 0 &&
	    f->replaced == 0 && is_zero_made(f) &&
	    (f->end != SEK_FINGERPRINT_END_OK || f->readers > 0));
}

/* A yes is of a finger that was asked for, and of a scan. */
static bool
is_verified(const struct finger_frame *f, uint32_t fingers)
{
	const bool ok = f->end == SEK_FINGERPRINT_END_OK;

	return (f->readers == 0 && (f->fingers & ~fingers) == 0 &&
	    (ok ? f->fingers != 0 && f->scanned == 1 : f->scanned <= 1) &&
	    f->swipe == 0 && f->replaced == 0 && is_zero_made(f));
}

static bool
is_made(const struct finger_frame *f, uint32_t fingers, const char *account)
{

	return (f->readers == 0 && f->fingers == 0 && f->swipe == 0 &&
	    f->scanned <= 1 && f->replaced <= 1 &&
	    (f->end == SEK_FINGERPRINT_END_OK ?
	    is_finger(&f->made, fingers, account) : is_zero_made(f)));
}

static bool
is_deleted(const struct finger_frame *f)
{

	return (f->readers == 0 && f->fingers == 0 && f->swipe == 0 &&
	    f->scanned == 0 && f->replaced == 0 && is_zero_made(f));
}

bool
finger_frame_check(const struct finger_frame *f, enum finger_kind kind,
    uint32_t fingers, const char *account)
{

	if (f->kind == FINGER_CUE)
		return ((kind == FINGER_VERIFIED || kind == FINGER_MADE) &&
		    is_cue(f));
	if (f->kind != kind || f->end >= SEK_FINGERPRINT_END_COUNT ||
	    f->pad != 0 || f->tail != 0 ||
	    !sek_device_is_zero(&f->told, sizeof(f->told)) ||
	    !sek_device_is_text(f->reader, sizeof(f->reader)))
		return (false);
	switch (kind) {
	case FINGER_LOOKED:
		return (is_looked(f));
	case FINGER_VERIFIED:
		return (is_verified(f, fingers));
	case FINGER_MADE:
		return (is_made(f, fingers, account));
	case FINGER_DELETED:
		return (is_deleted(f));
	case FINGER_NONE:
	case FINGER_CUE:
	default:
		return (false);
	}
}
