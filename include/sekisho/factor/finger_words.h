/*
 * finger_words.h - fingers, and what to do with them, in words for people
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The same where a finger lets in, and where it is enrolled.
 */
#ifndef SEKISHO_FACTOR_FINGER_WORDS_H
#define SEKISHO_FACTOR_FINGER_WORDS_H

#include <stddef.h>

#include "sekisho/edge/fingerprint.h"
#include "sekisho/edge/message.h"

/* "right index finger", as a message's id; "" outside the table. */
const char	*sek_finger_words(enum sek_finger f);
/*
 * The sentence of a cue of the reader's, in size bytes: where and how the
 * finger goes, what was wrong with it, how far the enrolment is. "" where there
 * is nothing to tell: a pause is the caller's to tell.
 */
void		 sek_finger_cue(char *dst, size_t size,
		    enum sek_language language,
		    const struct sek_fingerprint_told *told);

#endif
