/*
 * util_envelope.h - break-glass envelopes, for the verbs that make them, list
 * them, and want one
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_UTIL_ENVELOPE_H
#define TOOLS_SEKISHO_UTIL_ENVELOPE_H

#include "sekisho/edge/envelope.h"
#include "sekisho.h"

struct tool_envelopes {
	struct sek_envelope	*v;
	size_t			 n;
	size_t			 size;
	struct sek_why		 odd;	/* what lies there wrongly; "" */
};

/* The folder beside the policy file, in dst; NULL: the default. */
const char *tool_envelope_dir(const struct tool *t, char dst[SEK_PATH_MAX]);
/*
 * All there are, of the folder that belongs to the policy file (break-glass
 * beside it). Root. TOOL_YES also with none; the caller frees.
 */
int	tool_envelopes(struct tool *t, struct tool_envelopes *out);
void	tool_envelopes_free(struct tool_envelopes *l);
/* A sealed one of an account that is there and may log in here: of those, the
 * one that serves longest; NULL: none. */
const struct sek_envelope *tool_envelope_sealed(const struct tool *t,
	    const struct tool_envelopes *l);
/* A sealed one is there whose account the terminal's lists leave out: a
 * sentence that says so. */
bool	tool_envelope_left_out(const struct tool *t,
	    const struct tool_envelopes *l, char *dst, size_t size);
/* How many were opened and not told to the store. */
unsigned tool_envelopes_spent(const struct tool_envelopes *l);
/* What an administrator runs to make one. */
#define TOOL_ENVELOPE_MAKE	"sekisho ticket issue root --purpose " \
				"break-glass"

const char *tool_envelope_state(const struct sek_envelope *e);
cJSON	*tool_envelope_json(const struct tool *t,
	    const struct sek_envelope *e);
/* Row of a table of approvals (util_approval.h). */
enum sek_err tool_envelope_row(const struct tool *t, struct tool_list *l,
	    const struct sek_envelope *e);

/*
 * Make one for an account, that serves until `ends` (wall us), record it, show
 * it once (JSON with t->json, else the sheet) and only then take the account's
 * older ones away. t->settings and t->store are there. TOOL_YES, or said why
 * not; what was not shown is taken back.
 */
int	tool_envelope_make(struct tool *t, const char *account, int64_t ends);

#endif
