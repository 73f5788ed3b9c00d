/*
 * status.c - fprintd's words for how a scan went
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: only "verify-match", and only as the last word, is a yes.
 */
#include "config.h"

#include <string.h>

#include "fingerprint.h"

struct word {
	const char			*said;	/* behind "verify-", "enroll-" */
	finger_end			 end;	/* FAILED: it goes on */
	enum sek_fingerprint_cue	 cue;
	int				 done;	/* as it must be; -1 either */
};

#define GOES_ON	SEK_FINGERPRINT_END_FAILED

static const struct word verify_words[] = {
	{ "match", SEK_FINGERPRINT_END_OK, SEK_FINGERPRINT_CUE_NONE, 1 },
	{ "no-match", SEK_FINGERPRINT_END_NO_MATCH,
	    SEK_FINGERPRINT_CUE_NONE, -1 },
	{ NULL, GOES_ON, SEK_FINGERPRINT_CUE_NONE, -1 },
};

static const struct word enrol_words[] = {
	{ "completed", SEK_FINGERPRINT_END_OK, SEK_FINGERPRINT_CUE_NONE, 1 },
	{ "failed", SEK_FINGERPRINT_END_ERROR, SEK_FINGERPRINT_CUE_NONE, -1 },
	{ "stage-passed", GOES_ON, SEK_FINGERPRINT_CUE_STAGE, 0 },
	{ "data-full", SEK_FINGERPRINT_END_FULL, SEK_FINGERPRINT_CUE_NONE, -1 },
	{ "duplicate", SEK_FINGERPRINT_END_DUPLICATE,
	    SEK_FINGERPRINT_CUE_NONE, -1 },
	{ NULL, GOES_ON, SEK_FINGERPRINT_CUE_NONE, -1 },
};

/* Of both. */
static const struct word common_words[] = {
	{ "retry-scan", GOES_ON, SEK_FINGERPRINT_CUE_RETRY, 0 },
	{ "swipe-too-short", GOES_ON, SEK_FINGERPRINT_CUE_TOO_SHORT, 0 },
	{ "finger-not-centered", GOES_ON, SEK_FINGERPRINT_CUE_CENTER, 0 },
	{ "remove-and-retry", GOES_ON, SEK_FINGERPRINT_CUE_LIFT, 0 },
	{ "disconnected", SEK_FINGERPRINT_END_GONE,
	    SEK_FINGERPRINT_CUE_NONE, -1 },
	{ "unknown-error", SEK_FINGERPRINT_END_ERROR,
	    SEK_FINGERPRINT_CUE_NONE, -1 },
	{ NULL, GOES_ON, SEK_FINGERPRINT_CUE_NONE, -1 },
};

static const struct word *
find(const struct word *w, const char *said)
{

	while (w->said != NULL && strcmp(w->said, said) != 0)
		w++;
	return (w->said != NULL ? w : NULL);
}

/* What it does not know, and a word at the wrong moment, is no sense. */
static struct finger_status
meaning(const char *said, bool done, const char *prefix,
    const struct word *words)
{
	const struct finger_status nonsense = { SEK_FINGERPRINT_END_GARBAGE,
	    SEK_FINGERPRINT_CUE_NONE };
	const size_t len = strlen(prefix);
	const struct word *w;

	if (strncmp(said, prefix, len) != 0 ||
	    ((w = find(words, said + len)) == NULL &&
	    (w = find(common_words, said + len)) == NULL) ||
	    (w->done >= 0 && (w->done == 1) != done))
		return (nonsense);
	return ((struct finger_status){ w->end, w->cue });
}

struct finger_status
finger_verify_status(const char *said, bool done)
{

	return (meaning(said, done, "verify-", verify_words));
}

struct finger_status
finger_enrol_status(const char *said, bool done)
{

	return (meaning(said, done, "enroll-", enrol_words));
}
