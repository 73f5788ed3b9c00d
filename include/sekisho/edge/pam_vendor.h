/*
 * pam_vendor.h - another's PAM module that checks a living trait, in a child
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * It may hang, crash, fork, write where it likes or end the process: the login
 * goes on. Its conversation is relayed, its return code comes back, and
 * nothing else does: no item, no data, no environment.
 *
 * MUST: only a PAM_SUCCESS that its pam_sm_authenticate returned is a yes: not
 * an exit, not a frame it wrote itself, not silence.
 * MUST: the login password is not in the child's PAM_AUTHTOK, and no answer
 * that is equal to it reaches the module (pam-facts 20).
 * MUST: it is root's file, checked before it is loaded, and its hash is of the
 * bytes that were.
 * MUST: it is ended, and all it started, when its time is up.
 * MUST: what it says as an error is told to nobody, and what it says last only
 * after the gate's yes: who typed a wrong password would hear from it whether
 * the trait matched.
 * MUST: where it said an error, and was ended before it returned, it counts as
 * one that did not match: who sees his try fail cannot take it back.
 */
#ifndef SEKISHO_EDGE_PAM_VENDOR_H
#define SEKISHO_EDGE_PAM_VENDOR_H

#include <stdbool.h>
#include <stdint.h>
#include <security/pam_modules.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/pam.h"
#include "sekisho/edge/scan.h"

#define SEK_VENDOR_NAME_MAX	128u
#define SEK_VENDOR_HASH_LEN	32u

enum sek_vendor_end {
	SEK_VENDOR_END_FAILED = 0,	/* as why says */
	SEK_VENDOR_END_YES,		/* PAM_SUCCESS */
	SEK_VENDOR_END_NO,		/* any other code, but: */
	SEK_VENDOR_END_UNABLE,		/* it did not compare: its device, its
					 * service, nobody it knows (PAM_IGNORE,
					 * AUTHINFO_UNAVAIL, USER_UNKNOWN, …) */
	SEK_VENDOR_END_GIVEN_UP,	/* a conversation that failed */
	SEK_VENDOR_END_SILENT,		/* its time was up */
	SEK_VENDOR_END_CRASHED,		/* it died, or ended the process */
	SEK_VENDOR_END_GARBAGE,		/* what crossed makes no sense */
	SEK_VENDOR_END_CAPPED,
	SEK_VENDOR_END_PAUSED,
	SEK_VENDOR_END_CANCELLED,
	SEK_VENDOR_END_COUNT
};
const char	*sek_vendor_end_name(enum sek_vendor_end e);

/* In the caller, while the module works or a pause goes by; each may be NULL.
 */
struct sek_vendor_talk {
	/* So many seconds are waited out first. */
	void		(*paused)(void *arg, uint32_t seconds);
	/* A descriptor that is watched meanwhile (a terminal: he pressed
	 * Enter), -1 none; and is it the end, as it can be read from now? Not
	 * while the module asks him something. */
	int		(*watch)(void *arg);
	bool		(*cancelled)(void *arg);
	void		*arg;
};
struct sek_vendor_request {
	const struct sek_pam_options	*options;	/* backend and its
							 * arguments */
	int				 flags;	/* as the application gave
						 * them */
	int64_t				 wait;	/* us without an answer from
						 * the claimant */
	int64_t				 pause;	/* us of a pause that is
						 * waited out before */
	const struct sek_scan_count	*count;	/* may be NULL: nobody counts */
	const struct sek_vendor_talk	*talk;	/* may be NULL */
	struct sek_notes		*notes;	/* takes what it said last, of a
						 * yes; may be NULL */
};
struct sek_vendor_result {
	uint32_t	end;		/* enum sek_vendor_end */
	int32_t		code;		/* as it returned; PAM_SYSTEM_ERR where
					 * it did not */
	char		name[SEK_VENDOR_NAME_MAX];	/* of its file,
							 * printable */
	uint8_t		hash[SEK_VENDOR_HASH_LEN];	/* SHA-256 of it */
};
/*
 * Run pam_sm_authenticate of it. SEK_OK: out->end tells; NO is counted by then.
 * SEK_ERR_BACKEND, _UNTRUSTED, _ARGUMENT: it cannot be run, with why naming it
 * (also one that is known to check no living trait:
 * sek_stack_backend_is_no_trait). Any other error is of this machine, or what
 * count returned. For one call of a module of ours on this handle; as root.
 */
enum sek_err	sek_pam_vendor_run(struct sek_vendor_result *out,
		    pam_handle_t *pamh, const struct sek_vendor_request *in,
		    struct sek_why *why);

#endif
