/*
 * explain_stack.h - what the lines of a service make of our modules' answers
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_FLOW_EXPLAIN_STACK_H
#define SEKISHO_FLOW_EXPLAIN_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/pam_stack.h"

#define SEK_EXPLAIN_LINE	256u

struct sek_explain_phase {
	/* Our gate runs on the way of one who gives right answers */
	bool	ours;
	/* He gets through, the gate content (or without one of ours) */
	bool	open;
	/* The gate's no is the phase's no */
	bool	binding;
	/* So do, before it, the lines that ask for these SEK_METHOD_BITs */
	uint32_t methods;
	/* No way by which too few kinds get in, as far as can be proved */
	bool	sound;
	/* "common-auth:17": of our gate; of what shuts; of an unsound way */
	char	gate[SEK_EXPLAIN_LINE];
	char	shut[SEK_EXPLAIN_LINE];
	char	unsound[SEK_EXPLAIN_LINE];
	/* A line of ours that goes by another policy file */
	char	other[SEK_EXPLAIN_LINE];
};

/*
 * Walk a phase (auth or account) as libpam would: ours content, others as
 * good as they can answer, one that is absent or misplaced refusing. by_root:
 * the caller's real uid is 0. conf: the policy file that is explained by, or
 * NULL. SEK_ERR_NOMEM.
 */
enum sek_err	sek_explain_stack_phase(struct sek_explain_phase *out,
		    const struct sek_pam_stack *stack, enum sek_phase phase,
		    bool root_switch, bool by_root, const char *conf);

#endif
