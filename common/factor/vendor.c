/*
 * vendor.c - inherence: a face, a hand, matched by a vendor's PAM module
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whom it knows it knows by the name he logs in with: one that was enrolled
 * for another name of his counts for nothing here.
 */
#include "config.h"

#include <string.h>
#include <sodium.h>

#include "biometric_talk.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"

#define NAME_SHOWN	60	/* bytes, in a record */
#define NOT_NOW		N_("The biometric device cannot be used now. Please " \
	"tell the person in charge.")

static const struct sek_biometric_row rows[SEK_VENDOR_END_COUNT] = {
	[SEK_VENDOR_END_FAILED] = { SEK_BIOMETRIC_USELESS, SEK_REASON_NONE,
	    NOT_NOW },
	[SEK_VENDOR_END_YES] = { SEK_BIOMETRIC_MATCH, SEK_REASON_NONE, NULL },
	[SEK_VENDOR_END_NO] = { SEK_BIOMETRIC_MISMATCH, SEK_REASON_WRONG,
	    NULL },
	[SEK_VENDOR_END_UNABLE] = { SEK_BIOMETRIC_USELESS, SEK_REASON_NONE,
	    NOT_NOW },
	[SEK_VENDOR_END_GIVEN_UP] = { SEK_BIOMETRIC_GIVEN_UP, SEK_REASON_NONE,
	    NULL },
	[SEK_VENDOR_END_SILENT] = { SEK_BIOMETRIC_WRONG, SEK_REASON_NONE,
	    N_("The biometric device did not answer in time.") },
	[SEK_VENDOR_END_CRASHED] = { SEK_BIOMETRIC_USELESS, SEK_REASON_NONE,
	    NOT_NOW },
	[SEK_VENDOR_END_GARBAGE] = { SEK_BIOMETRIC_USELESS, SEK_REASON_NONE,
	    NOT_NOW },
	[SEK_VENDOR_END_CAPPED] = { SEK_BIOMETRIC_USELESS, SEK_REASON_CAPPED,
	    N_("The biometric device takes you no longer, after too many "
	    "tries that did not match. Please ask the person in charge.") },
	[SEK_VENDOR_END_PAUSED] = { SEK_BIOMETRIC_USELESS, SEK_REASON_NONE,
	    N_("Too many scans in a row did not match. Please try again "
	    "later.") },
	[SEK_VENDOR_END_CANCELLED] = { SEK_BIOMETRIC_CANCELLED,
	    SEK_REASON_NONE, NULL },
};

static void
paused(void *arg, uint32_t seconds)
{

	sek_biometric_tell_pause(arg, seconds);
}

static enum sek_err
match(struct sek_biometric_talk *t, struct sek_why *why)
{
	const struct sek_vendor_talk talk = { .paused = paused,
	    .watch = sek_biometric_watch,
	    .cancelled = sek_biometric_cancelled, .arg = t };
	struct sek_challenge *c = t->d.c;
	struct sek_vendor_request in;
	enum sek_err err;

	memset(&in, 0, sizeof(in));
	memset(&t->a->vendor, 0, sizeof(t->a->vendor));
	in.options = c->options;
	in.flags = c->flags;
	in.wait = sek_device_left(&t->d);
	in.pause = c->settings->factors.wait * SEK_SECOND;
	in.count = &t->count;
	in.talk = &talk;
	in.notes = c->notes;
	if ((err = sek_pam_vendor_run(&t->a->vendor, c->pamh, &in, why)) !=
	    SEK_OK)
		return (err);
	t->end = t->a->vendor.end;
	if (t->end == SEK_VENDOR_END_YES)
		t->a->used = 1;
	(void)sek_text_copy(t->reader, sizeof(t->reader), t->a->vendor.name);
	return (SEK_OK);
}

static void
detail(char *dst, size_t size, const struct sek_biometric_answer *a)
{
	char hex[2 * SEK_VENDOR_HASH_LEN + 1];

	(void)sodium_bin2hex(hex, sizeof(hex), a->vendor.hash,
	    sizeof(a->vendor.hash));
	(void)sek_text_format(dst, size, "backend %.*s sha256:%s", NAME_SHOWN,
	    a->vendor.name, hex);
}

static const char *
end_name(uint32_t end)
{

	return (sek_vendor_end_name((enum sek_vendor_end)end));
}

static const struct sek_biometric_way way = {
	.method = SEK_METHOD_VENDOR_BIOMETRIC,
	.name = "vendor's biometric",
	.act = N_("Press Enter, then look at the camera or hold out your "
	    "hand: "),
	.rows = rows,
	.ends = SEK_VENDOR_END_COUNT,
	.none = SEK_VENDOR_END_UNABLE,
	.silent = SEK_VENDOR_END_SILENT,
	.by_account = true,
	.end_name = end_name,
	.match = match,
	.detail = detail,
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

const struct sek_factor sek_factor_vendor = {
	.name = "vendor-biometric",
	.methods = SEK_METHOD_BIT(SEK_METHOD_VENDOR_BIOMETRIC),
	.bound = 15 * SEK_SECOND,
	.ask = ask,
	.verify = verify,
	.done = sek_biometric_done,
};
