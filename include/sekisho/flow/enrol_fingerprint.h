/*
 * enrol_fingerprint.h - to bind a finger to a person
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One way for the tool and for sekisho-helper: fprintd enrols, one scan proves
 * it, then sek_store_enrol or sek_store_self_enrol. Where that comes to
 * nothing, fprintd forgets the finger again.
 *
 * MUST: a finger that the store does not take stays in fprintd for nobody.
 */
#ifndef SEKISHO_FLOW_ENROL_FINGERPRINT_H
#define SEKISHO_FLOW_ENROL_FINGERPRINT_H

#include <stdbool.h>

#include "sekisho/edge/fingerprint.h"
#include "sekisho/edge/store.h"
#include "sekisho/flow/enrol_talk.h"

struct sek_enrol_fingerprint {
	const struct sek_settings	*settings;
	const char			*account;
	enum sek_finger			 finger;
	bool				 unproved;	/* -y: no scan more */
	const struct sek_enrol_talk	*talk;
	/* He gives up: as sek_fingerprint_talk has them, with talk's arg;
	 * NULL none. */
	int				(*watch)(void *arg);
	bool				(*cancelled)(void *arg);
};

/*
 * Into out (sek_enrol_for was here): method, biometric, proved.
 * SEK_ERR_REFUSED with a sentence for its owner in told: *end says why, or
 * policy takes no fingers (factors.accept) and why says so. SEK_ERR_CONV: given
 * up. Anything else is of this machine, with why.
 */
enum sek_err	sek_enrol_fingerprint(struct sek_enrol *out,
		    const struct sek_enrol_fingerprint *in,
		    enum sek_fingerprint_end *end, struct sek_why *told,
		    struct sek_why *why);
/*
 * The store did not take it: fprintd is to forget it. Nothing where none was
 * enrolled, or twice. Where fprintd cannot be asked any more, that is told:
 * what stays there opens nothing, and the next enrolment of this finger
 * replaces it.
 */
void		sek_enrol_fingerprint_undo(struct sek_enrol *e,
		    const struct sek_enrol_talk *talk);
/*
 * It is removed: fprintd is to forget it, too. SEK_OK: it has it no more, or
 * cannot be asked and keeps nothing of it. Else why says what stands in the
 * way: the same call does it later. Ten seconds at most.
 */
enum sek_err	sek_enrol_fingerprint_forget(const struct sek_biometric *b,
		    struct sek_why *why);

#endif
