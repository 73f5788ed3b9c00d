/*
 * enrol_finger.c - people bind a finger to themselves, by sekisho-helper
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no reader is started for who did not prove himself a moment before, nor
 * for one who is not at this terminal.
 * MUST: a finger is of his own account, whatever the client sent.
 */
#include "config.h"

#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "helper.h"
#include "sekisho/base/clock.h"
#include "sekisho/edge/logind.h"
#include "sekisho/flow/enrol_fingerprint.h"

#define LOOK	(2 * SEK_SECOND)	/* at the readers; fprintd may have to
					 * start */

static enum sek_err
trouble(struct helper *h, enum sek_err err, const struct sek_why *why)
{

	return (helper_device_trouble(h, "fingerprint reader", err, why,
	    N_("Fingerprint readers cannot be used on this terminal now. "
	    "Please tell the person in charge.")));
}

/* Whoever sits there would be enrolled for him. */
static enum sek_err
check_here(struct helper *h)
{
	char rhost[SEK_RHOST_MAX];
	bool remote = true;

	(void)sek_logind_remote(&remote, rhost, sizeof(rhost));
	if (!remote)
		return (SEK_OK);
	helper_log(LOG_NOTICE, "uid %u: finger not enrolled: not at this "
	    "terminal", (unsigned)getuid());
	return (helper_no(h, SEK_ERR_REFUSED, N_("A finger is enrolled where "
	    "the reader is: please log in at this terminal itself.")));
}

/* fprintd would replace it. */
static enum sek_err
check_new(struct helper *h, uint32_t finger)
{
	const struct sek_authenticator *a = h->self.authenticator;
	uint32_t i;

	for (i = 0; i < h->self.nauthenticators; i++)
		if (a[i].method == SEK_METHOD_FINGERPRINT &&
		    a[i].biometric.finger == finger)
			return (helper_no(h, SEK_ERR_EXISTS, N_("This finger "
			    "is enrolled already: please remove it first, or "
			    "use another one.")));
	return (SEK_OK);
}

enum sek_err
helper_finger_present(struct helper *h, const struct sek_helper_enrol *in)
{
	struct sek_fingerprint_seen seen;
	struct sek_why why = { "" };
	enum sek_err err;

	memset(&seen, 0, sizeof(seen));
	if ((err = check_here(h)) != SEK_OK ||
	    (err = check_new(h, in->finger)) != SEK_OK)
		return (err);
	if ((err = sek_fingerprint_look(&seen, h->who.name, LOOK, &why)) !=
	    SEK_OK)
		return (trouble(h, err, &why));
	if (seen.readers > 0)
		return (SEK_OK);
	if (seen.end == SEK_FINGERPRINT_END_NO_READER ||
	    seen.end == SEK_FINGERPRINT_END_OK)
		return (helper_no(h, SEK_ERR_REFUSED, N_("There is no "
		    "fingerprint reader: please plug one in, then begin "
		    "anew.")));
	(void)sek_why(&why, SEK_ERR_IO, "%s", sek_fingerprint_end_name(
	    (enum sek_fingerprint_end)seen.end));
	return (trouble(h, SEK_ERR_IO, &why));
}

/* The client's end is his giving up. */
static int
watch(void *arg)
{
	const struct helper *h = arg;

	return (h->wire.fd);
}

static bool
cancelled(void *arg)
{
	const struct helper *h = arg;

	return (h->talk != SEK_OK || sek_wire_gone(&h->wire));
}

enum sek_err
helper_bind_finger(struct helper *h, struct sek_enrol *e,
    const struct sek_helper_enrol *in)
{
	struct sek_enrol_talk talk;
	const struct sek_enrol_fingerprint f = { .settings = h->settings,
	    .account = h->who.name, .finger = (enum sek_finger)in->finger,
	    .talk = &talk, .watch = watch, .cancelled = cancelled };
	struct sek_why why = { "" };
	enum sek_fingerprint_end end;
	enum sek_err err;

	helper_enrol_talk(h, &talk);
	/* Nothing is held open while the reader waits for him. */
	sek_store_close(h->store);
	err = sek_enrol_fingerprint(e, &f, &end, &h->told, &why);
	if (err == SEK_ERR_REFUSED)
		helper_log(LOG_NOTICE, "uid %u: finger not enrolled: %s%s%s",
		    (unsigned)getuid(), sek_fingerprint_end_name(end),
		    why.text[0] != '\0' ? ": " : "", why.text);
	else if (err != SEK_OK && err != SEK_ERR_CONV)
		return (trouble(h, err, &why));
	return (err);
}

void
helper_unbind_finger(struct helper *h, struct sek_enrol *e)
{
	struct sek_enrol_talk talk;

	helper_enrol_talk(h, &talk);
	sek_enrol_fingerprint_undo(e, &talk);
}

/* --------------------------------------------------------------- removed -- */

enum sek_err
helper_forget_finger(struct helper *h, const char *id)
{
	struct sek_biometric_of in;
	struct sek_biometric trait;
	struct sek_why why = { "" };
	enum sek_err err;

	memset(&in, 0, sizeof(in));
	memset(&trait, 0, sizeof(trait));
	memcpy(in.id, id, sizeof(in.id));
	if ((err = sek_store_biometric_of(h->store, &in, &trait)) != SEK_OK)
		return (helper_trouble(h, err));
	/* Nothing is held open while fprintd is asked. */
	sek_store_close(h->store);
	if ((err = sek_enrol_fingerprint_forget(&trait, &why)) == SEK_OK)
		return (SEK_OK);
	helper_log(LOG_ERR, "uid %u: fprintd was not told to forget a finger: "
	    "%s", (unsigned)getuid(), why.text);
	return (helper_no(h, SEK_ERR_IO, N_("The finger opens nothing any more"
	    ", but fprintd could not be told to forget it: please remove it once "
	    "more when the reader can be used.")));
}
