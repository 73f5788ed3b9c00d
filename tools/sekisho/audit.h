/*
 * audit.h - what the verbs of the records share
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_AUDIT_H
#define TOOLS_SEKISHO_AUDIT_H

#include "sekisho/flow/sealing.h"
#include "sekisho.h"

/* --key; *noted: NULL, or key with it in. TOOL_USAGE, said. */
int	audit_key(const struct tool *t, uint8_t key[SEK_SEAL_KEY_LEN],
	    const uint8_t **noted);
/* What to seal with, of the settings and who acts. */
void	audit_sealing(const struct tool *t, struct sek_sealing *in,
	    const uint8_t *manifest);
/* --from, --since and --until; a span is so long ago. TOOL_USAGE, said. */
int	audit_range(const struct tool *t, struct sek_record_range *range);
/* The store when this terminal has one; t->store NULL when it has none. */
int	audit_store_if_any(struct tool *t);
/* Write record e by who acts; detail may be NULL. */
enum sek_err audit_record(struct tool *t, enum sek_event e,
	    const char *detail);

#endif
