/*
 * finger_words.c - fingers, and what to do with them, in words for people
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/base/text.h"
#include "sekisho/factor/finger_words.h"

static const char *const fingers[SEK_FINGERS] = {
	[SEK_FINGER_LEFT_THUMB]		= N_("left thumb"),
	[SEK_FINGER_LEFT_INDEX]		= N_("left index finger"),
	[SEK_FINGER_LEFT_MIDDLE]	= N_("left middle finger"),
	[SEK_FINGER_LEFT_RING]		= N_("left ring finger"),
	[SEK_FINGER_LEFT_LITTLE]	= N_("left little finger"),
	[SEK_FINGER_RIGHT_THUMB]	= N_("right thumb"),
	[SEK_FINGER_RIGHT_INDEX]	= N_("right index finger"),
	[SEK_FINGER_RIGHT_MIDDLE]	= N_("right middle finger"),
	[SEK_FINGER_RIGHT_RING]		= N_("right ring finger"),
	[SEK_FINGER_RIGHT_LITTLE]	= N_("right little finger"),
};

const char *
sek_finger_words(enum sek_finger f)
{

	return ((unsigned)f < SEK_FINGERS && fingers[f] != NULL ? fingers[f] :
	    "");
}

/* Which finger, and where to. */
static void
place(char *dst, size_t size, enum sek_language language,
    const struct sek_fingerprint_told *told)
{
	const char *finger = sek_finger_words((enum sek_finger)told->finger);
	const char *text;

	if (finger[0] == '\0') {
		text = told->swipe ? N_("Swipe your finger across the "
		    "fingerprint reader.") : N_("Place your finger on the "
		    "fingerprint reader.");
		(void)sek_text_copy(dst, size, sek_message(language, text));
		return;
	}
	(void)sek_text_format(dst, size, sek_message(language, told->swipe ?
	    N_("Swipe your %s across the fingerprint reader.") :
	    N_("Place your %s on the fingerprint reader.")),
	    sek_message(language, finger));
}

static void
stage(char *dst, size_t size, enum sek_language language,
    const struct sek_fingerprint_told *told)
{

	if (told->stages == 0)
		(void)sek_text_format(dst, size, sek_message(language,
		    N_("Scan %u is done.")), told->stage);
	else
		(void)sek_text_format(dst, size, sek_message(language,
		    N_("Scan %u of %u is done.")), told->stage, told->stages);
}

void
sek_finger_cue(char *dst, size_t size, enum sek_language language,
    const struct sek_fingerprint_told *told)
{
	static const char *const words[SEK_FINGERPRINT_CUE_COUNT] = {
		[SEK_FINGERPRINT_CUE_RETRY] =
		    N_("It was not read well: once more, please."),
		[SEK_FINGERPRINT_CUE_TOO_SHORT] =
		    N_("That was too short: once more, more slowly, please."),
		[SEK_FINGERPRINT_CUE_CENTER] = N_("Please place the finger on "
		    "the middle of the reader."),
		[SEK_FINGERPRINT_CUE_LIFT] = N_("Please take the finger off "
		    "the reader, then place it there again."),
	};

	dst[0] = '\0';
	if (told->cue == SEK_FINGERPRINT_CUE_PLACE)
		place(dst, size, language, told);
	else if (told->cue == SEK_FINGERPRINT_CUE_STAGE)
		stage(dst, size, language, told);
	else if (told->cue < SEK_FINGERPRINT_CUE_COUNT &&
	    words[told->cue] != NULL)
		(void)sek_text_copy(dst, size, sek_message(language,
		    words[told->cue]));
}
