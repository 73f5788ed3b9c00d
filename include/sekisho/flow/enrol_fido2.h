/*
 * enrol_fido2.h - to bind a security key to a person
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One way for the tool and for sekisho-helper: find the key, have it make a
 * credential, prove that by one signature over a fresh hash. Then
 * sek_store_enrol, or sek_store_self_enrol. Nothing is kept before.
 *
 * MUST: a key is opened only by a path that the enumeration gave.
 * MUST: a PIN is asked for with no key held, never from an argument or the
 * environment, and never tried with one try left but by his own yes.
 */
#ifndef SEKISHO_FLOW_ENROL_FIDO2_H
#define SEKISHO_FLOW_ENROL_FIDO2_H

#include <stdbool.h>
#include <stddef.h>

#include "sekisho/edge/fido2.h"
#include "sekisho/edge/store.h"
#include "sekisho/flow/enrol_talk.h"

struct sek_enrol_fido2 {
	const struct sek_settings	*settings;
	const struct sek_fido2		*own;	/* his so far, nown of them */
	size_t				 nown;
	enum sek_fido2_uv		 uv;
	bool				 resident;
	const char			*path;	/* "": the only one there is */
	const struct sek_enrol_talk	*talk;
};

/*
 * Into out (sek_enrol_for was here): method, fido2, proved. SEK_ERR_REFUSED
 * with a sentence for its holder in told: *end says why, or policy takes no
 * such key and why says so. SEK_ERR_CONV: given up. Anything else is of this
 * machine, with why.
 */
enum sek_err	sek_enrol_fido2(struct sek_enrol *out,
		    const struct sek_enrol_fido2 *in, enum sek_fido2_end *end,
		    struct sek_why *told, struct sek_why *why);
/* What is told where a resident credential was made and is not stored. */
const char	*sek_enrol_fido2_stays(void);

#endif
