/*
 * biometric.h - inherence: what a finger, or a vendor's module, said
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The trait is matched while he is asked, before a slot is taken; what came of
 * it is judged under the slot. One match or mismatch a round: neither is told
 * before the gate speaks.
 *
 * MUST: none of it begins for one who is not at this terminal.
 * MUST: none of it begins without an act of his in this round: a question that
 * he answered, or Enter (SP 800-63B-4 section 3.2.8, CVE-2024-37408).
 * MUST: a round that verifies nothing starts the reader, tells and waits as one
 * that does; what it says comes to nothing, and nothing of it is counted.
 * MUST: each wait ends, factors.wait after the last question.
 */
#ifndef SEKISHO_FACTOR_BIOMETRIC_H
#define SEKISHO_FACTOR_BIOMETRIC_H

#include <stdbool.h>

#include "sekisho/edge/fingerprint.h"
#include "sekisho/edge/pam_vendor.h"
#include "sekisho/factor/factor.h"

/* What came of it: of one of the two. */
struct sek_biometric_answer {
	struct sek_biometric_list_out	traits;	/* his, of this method */
	uint32_t		used;		/* bits of them: which it may
						 * have been */
	struct sek_vendor_result vendor;
	struct sek_moment	at;
	bool			matched;
	bool			worthless;
	enum sek_reason		reason;		/* when not matched */
};

#endif
