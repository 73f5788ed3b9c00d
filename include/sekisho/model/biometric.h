/*
 * biometric.h - a living trait as it is enrolled: which finger, whose
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Plain memory, no pointers: it crosses a pipe and is stored.
 *
 * MUST: nothing of the trait itself is kept: the template stays with fprintd
 * (or the vendor), here lies a hash of the file it is in.
 */
#ifndef SEKISHO_MODEL_BIOMETRIC_H
#define SEKISHO_MODEL_BIOMETRIC_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/model/claimant.h"
#include "sekisho/model/method.h"

#define SEK_TEMPLATE_LEN	32u	/* bytes of its hash */
#define SEK_TRAITS_MAX		10u	/* of one person and method: fingers */

/* Stored, and as libfprint numbers them: none changes. */
enum sek_finger {
	SEK_FINGER_NONE = 0,		/* no finger: a vendor's trait */
	SEK_FINGER_LEFT_THUMB,
	SEK_FINGER_LEFT_INDEX,
	SEK_FINGER_LEFT_MIDDLE,
	SEK_FINGER_LEFT_RING,
	SEK_FINGER_LEFT_LITTLE,
	SEK_FINGER_RIGHT_THUMB,
	SEK_FINGER_RIGHT_INDEX,
	SEK_FINGER_RIGHT_MIDDLE,
	SEK_FINGER_RIGHT_RING,
	SEK_FINGER_RIGHT_LITTLE,
	SEK_FINGERS
};
#define SEK_FINGER_BIT(f)	(UINT32_C(1) << (unsigned)(f))

/* What is shown of it, beside the authenticator it belongs to. */
struct sek_biometric_brief {
	uint8_t		finger;		/* enum sek_finger */
	uint8_t		pad[7];
};

struct sek_biometric {
	struct sek_biometric_brief brief;
	char		account[SEK_NAME_MAX];	/* by which fprintd, or the
						 * vendor, knows him */
	uint8_t		pad[7];
	uint8_t		digest[SEK_TEMPLATE_LEN]; /* of a finger: BLAKE2b of
						 * the template's file, as it
						 * was enrolled; a vendor's:
						 * zeros */
};

/* fprintd's words, "right-index-finger"; NULL outside the table. */
const char	*sek_finger_name(enum sek_finger f);
enum sek_err	 sek_finger_parse(enum sek_finger *out, const char *name);
/* Is it a method of living traits? */
bool		 sek_biometric_is_method(enum sek_method m);
/* Within its bounds? SEK_ERR_RANGE. For all that comes from a pipe or the
 * store. */
enum sek_err	 sek_biometric_check(const struct sek_biometric *b);
/* And may it be enrolled as this method: a finger with its hash, or none? */
bool		 sek_biometric_fits(const struct sek_biometric *b,
		    enum sek_method m);

#endif
