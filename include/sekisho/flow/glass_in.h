/*
 * glass_in.h - what was opened without the store, told to it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_FLOW_GLASS_IN_H
#define SEKISHO_FLOW_GLASS_IN_H

#include <stdbool.h>
#include <security/pam_modules.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/settings.h"
#include "sekisho/edge/store.h"
#include "sekisho/flow/context.h"

/*
 * Each envelope of this machine in dir (NULL: the default) that was opened and
 * is not known to the store: its record and its report that is due, then it is
 * called told. all: also those called told before, of which a restored store
 * may know nothing. For processes of root's alone.
 * *told (may be NULL): how many became told. The first error, with why; the
 * others are tried all the same. SEK_OK with none.
 */
enum sek_err	sek_glass_take_in(struct sek_store *st, const char *dir,
		    const struct sek_settings *s, bool all, unsigned *told,
		    struct sek_why *why);
/* The same at the gate's yes, by a process of root's. Where none waits it is a
 * look at the folder's names. What fails is logged, and tried again by the
 * next login or tool: this one is not about it. */
void		sek_glass_take_in_at_gate(struct sek_context *ctx,
		    pam_handle_t *pamh);

#endif
