/*
 * slot.h - one verification taken from the store, waited for if it is busy
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Design section 4. MUST: nothing is held while it is waited for.
 */
#ifndef SEKISHO_FLOW_SLOT_H
#define SEKISHO_FLOW_SLOT_H

#include <security/pam_modules.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/settings.h"
#include "sekisho/edge/store.h"
#include "sekisho/model/claimant.h"
#include "sekisho/rule/lockout.h"

/*
 * A slot of who, owned by this process, for bound us (at most 30 s). Where
 * live attempts hold them all it waits up to 5 s. SEK_OK with out->verdict,
 * which is not GRANTED where there is none; errors are the store's.
 */
enum sek_err	sek_slot_take(struct sek_reserve_out *out,
		    struct sek_store *st, const struct sek_claimant *who,
		    const struct sek_limits *limits,
		    const struct sek_limits *caller_limits, int64_t bound);
/* lockout.delay after a failure of this handle, by libpam. */
void		sek_slot_delay(pam_handle_t *pamh,
		    const struct sek_settings *s);

#endif
