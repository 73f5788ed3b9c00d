/*
 * frame.c - what a child said, before it is believed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "../device/bytes.h"
#include "key.h"

/* The path and the name are the caller's own. */
static bool
is_device(const struct sek_fido2_device *d,
    const struct sek_fido2_device *asked)
{

	return (memcmp(d->path, asked->path, sizeof(d->path)) == 0 &&
	    memcmp(d->model, asked->model, sizeof(d->model)) == 0 &&
	    d->pin_set <= 1 && d->sensor <= 1 && d->resident <= 1 &&
	    sek_device_is_zero(d->pad, sizeof(d->pad)));
}

static bool
is_signed(const struct key_frame *f)
{
	uint32_t a = f->u.got.authdata_len, s = f->u.got.signature_len;

	return (f->u.got.verified < SEK_FIDO2_VERIFIES_COUNT &&
	    sek_device_fits(f->u.got.authdata, a, sizeof(f->u.got.authdata)) &&
	    sek_device_fits(f->u.got.signature, s,
	    sizeof(f->u.got.signature)) &&
	    (f->end == SEK_FIDO2_END_OK || (a == 0 && s == 0)) &&
	    sek_device_is_zero((const uint8_t *)&f->u + sizeof(f->u.got),
	    sizeof(f->u) - sizeof(f->u.got)));
}

static bool
is_made(const struct key_frame *f)
{
	const struct key_made *m = &f->u.made;

	if (f->end != SEK_FIDO2_END_OK)
		return (sek_device_is_zero(&f->u, sizeof(f->u)));
	return (m->authdata_len > 0 && m->pad == 0 &&
	    m->algorithm < SEK_FIDO2_ALGORITHMS &&
	    sek_device_fits(m->authdata, m->authdata_len,
	    sizeof(m->authdata)) &&
	    sek_device_fits(m->statement, m->statement_len,
	    sizeof(m->statement)) &&
	    sek_device_is_text(m->format, sizeof(m->format)));
}

bool
key_frame_check(const struct key_frame *f,
    const struct sek_fido2_device *asked, enum key_frame_kind kind)
{

	if (f->end >= SEK_FIDO2_END_COUNT || !is_device(&f->device, asked))
		return (false);
	/* An answer to what was not asked has none of the fields that are
	 * looked for, but its end may say that all is well. */
	if (f->kind != KEY_FRAME_CUE && (f->kind != kind || f->cue != 0))
		return (false);
	switch (f->kind) {
	case KEY_FRAME_CUE:
		return ((f->cue == SEK_FIDO2_CUE_TOUCH ||
		    f->cue == SEK_FIDO2_CUE_SENSOR) && f->end == 0 &&
		    sek_device_is_zero(&f->u, sizeof(f->u)));
	case KEY_FRAME_LOOKED:
		return (sek_device_is_zero(&f->u, sizeof(f->u)));
	case KEY_FRAME_SIGNED:
		return (is_signed(f));
	case KEY_FRAME_MADE:
		return (is_made(f));
	default:
		return (false);
	}
}
