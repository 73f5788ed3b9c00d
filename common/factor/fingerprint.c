/*
 * fingerprint.c - inherence: a finger, matched by fprintd
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "biometric_talk.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/factor/finger_words.h"

#define NOT_NOW		N_("The fingerprint reader cannot be used now. " \
	"Please tell the person in charge.")
#define AGAIN		N_("Your fingerprint cannot be used on this terminal " \
	"as it is. Please have your finger enrolled again.")

static const struct sek_biometric_row rows[SEK_FINGERPRINT_END_COUNT] = {
	[SEK_FINGERPRINT_END_FAILED] = { SEK_BIOMETRIC_USELESS,
	    SEK_REASON_NONE, NOT_NOW },
	[SEK_FINGERPRINT_END_OK] = { SEK_BIOMETRIC_MATCH, SEK_REASON_NONE,
	    NULL },
	[SEK_FINGERPRINT_END_NO_MATCH] = { SEK_BIOMETRIC_MISMATCH,
	    SEK_REASON_WRONG, NULL },
	[SEK_FINGERPRINT_END_NO_SERVICE] = { SEK_BIOMETRIC_USELESS,
	    SEK_REASON_NONE, NOT_NOW },
	[SEK_FINGERPRINT_END_NO_READER] = { SEK_BIOMETRIC_INSERT,
	    SEK_REASON_NONE, N_("No fingerprint reader was found.") },
	[SEK_FINGERPRINT_END_NOT_ENROLLED] = { SEK_BIOMETRIC_USELESS,
	    SEK_REASON_NONE, AGAIN },
	[SEK_FINGERPRINT_END_CHANGED] = { SEK_BIOMETRIC_USELESS,
	    SEK_REASON_NONE, AGAIN },
	[SEK_FINGERPRINT_END_CAPPED] = { SEK_BIOMETRIC_USELESS,
	    SEK_REASON_CAPPED, N_("Your fingerprint is no longer taken, after "
	    "too many scans that did not match. Please ask the person in "
	    "charge.") },
	[SEK_FINGERPRINT_END_PAUSED] = { SEK_BIOMETRIC_USELESS,
	    SEK_REASON_NONE, N_("Too many scans in a row did not match. "
	    "Please try again later.") },
	[SEK_FINGERPRINT_END_BUSY] = { SEK_BIOMETRIC_WAIT, SEK_REASON_NONE,
	    N_("The fingerprint reader is still in use by another program. "
	    "Please try again later.") },
	[SEK_FINGERPRINT_END_GONE] = { SEK_BIOMETRIC_WRONG, SEK_REASON_NONE,
	    N_("The fingerprint reader went away. Please connect it and try "
	    "again.") },
	[SEK_FINGERPRINT_END_SILENT] = { SEK_BIOMETRIC_WRONG, SEK_REASON_NONE,
	    N_("No finger was read in time.") },
	[SEK_FINGERPRINT_END_CANCELLED] = { SEK_BIOMETRIC_CANCELLED,
	    SEK_REASON_NONE, NULL },
	[SEK_FINGERPRINT_END_ERROR] = { SEK_BIOMETRIC_USELESS,
	    SEK_REASON_NONE, NOT_NOW },
	[SEK_FINGERPRINT_END_GARBAGE] = { SEK_BIOMETRIC_USELESS,
	    SEK_REASON_NONE, NOT_NOW },
	[SEK_FINGERPRINT_END_DENIED] = { SEK_BIOMETRIC_USELESS,
	    SEK_REASON_NONE, NOT_NOW },
	[SEK_FINGERPRINT_END_FULL] = { SEK_BIOMETRIC_USELESS, SEK_REASON_NONE,
	    NOT_NOW },
	[SEK_FINGERPRINT_END_DUPLICATE] = { SEK_BIOMETRIC_USELESS,
	    SEK_REASON_NONE, NOT_NOW },
};

static void
tell(void *arg, const struct sek_fingerprint_told *told)
{
	const struct sek_biometric_talk *t = arg;
	char text[256];

	if (told->cue == SEK_FINGERPRINT_CUE_PAUSE) {
		sek_biometric_tell_pause(t, told->seconds);
		return;
	}
	sek_finger_cue(text, sizeof(text), t->d.c->language, told);
	if (told->cue == SEK_FINGERPRINT_CUE_PLACE)
		sek_biometric_tell_act(t, text);
	else
		sek_pam_tell(t->d.c->pamh, sek_device_style(&t->d), text);
}

/* Which of his these fingers are. */
static uint32_t
which(const struct sek_biometric_list_out *his, uint32_t fingers)
{
	uint32_t i, used = 0;

	for (i = 0; i < his->n; i++)
		if ((fingers & SEK_FINGER_BIT(his->trait[i].brief.finger)) !=
		    0)
			used |= UINT32_C(1) << i;
	return (used);
}

static enum sek_err
match(struct sek_biometric_talk *t, struct sek_why *why)
{
	const struct sek_fingerprint_talk talk = { .tell = tell,
	    .watch = sek_biometric_watch,
	    .cancelled = sek_biometric_cancelled, .arg = t };
	struct sek_fingerprint_request in;
	struct sek_fingerprint_match out;
	enum sek_err err;

	memset(&in, 0, sizeof(in));
	memset(&out, 0, sizeof(out));
	memcpy(in.account, t->a->traits.trait[0].account, sizeof(in.account));
	in.finger = t->a->traits.trait;
	in.n = t->a->traits.n;
	in.wait = sek_device_left(&t->d);
	in.pause = t->d.c->settings->factors.wait * SEK_SECOND;
	in.count = &t->count;
	in.talk = &talk;
	if ((err = sek_fingerprint_verify(&out, &in, why)) != SEK_OK)
		return (err);
	t->end = out.end;
	if (out.end == SEK_FINGERPRINT_END_OK)
		t->a->used = which(&t->a->traits, out.fingers);
	memcpy(t->reader, out.reader, sizeof(t->reader));
	return (SEK_OK);
}

static const char *
end_name(uint32_t end)
{

	return (sek_fingerprint_end_name((enum sek_fingerprint_end)end));
}

static const struct sek_biometric_way way = {
	.method = SEK_METHOD_FINGERPRINT,
	.name = "fingerprint",
	.act = N_("Press Enter, then place your finger on the reader: "),
	.rows = rows,
	.ends = SEK_FINGERPRINT_END_COUNT,
	.none = SEK_FINGERPRINT_END_NOT_ENROLLED,
	.silent = SEK_FINGERPRINT_END_SILENT,
	.end_name = end_name,
	.match = match,
};

static enum sek_err
ask(struct sek_challenge *c)
{

	return (sek_biometric_ask(c, &way));
}

static enum sek_err
verify(struct sek_verdict *v, struct sek_challenge *c, const char *slot)
{

	return (sek_biometric_verify(v, c, slot, &way));
}

const struct sek_factor sek_factor_fingerprint = {
	.name = "fingerprint",
	.methods = SEK_METHOD_BIT(SEK_METHOD_FINGERPRINT),
	.bound = 15 * SEK_SECOND,
	.ask = ask,
	.verify = verify,
	.done = sek_biometric_done,
};
