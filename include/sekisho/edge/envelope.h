/*
 * envelope.h - break-glass codes: files outside the store, spent by a rename
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 8(5)②; pam-facts 28. One file of fixed size a code, 0600 in a 0700 folder
 * of root's ($sysconfdir/sekisho/break-glass): Argon2id of the code, account,
 * uid, machine, end, and room for what is written when it is opened. It works
 * without store, settings, and room on the disk.
 *
 * MUST: spent (renamed, folder synced) before anybody is let in by it.
 * MUST: of two who open one at once, one gets in.
 * MUST: a file that is another's, of another machine, or of odd rights opens
 * nothing and is told in the log.
 * MUST: wrong tries are counted where the store has no part (/run): 3 a boot,
 * then one in 10 minutes; at the console apart from all other ways, so that
 * nobody shuts it from afar.
 */
#ifndef SEKISHO_EDGE_ENVELOPE_H
#define SEKISHO_EDGE_ENVELOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/err.h"
#include "sekisho/base/secret.h"
#include "sekisho/model/claimant.h"
#include "sekisho/rule/ticket.h"

#define SEK_ENVELOPE_DIR	(SEK_SYSCONFDIR "/break-glass")
#define SEK_ENVELOPE_ID		9u	/* 8 hex digits, with NUL */
#define SEK_ENVELOPE_CAUSE	160u

enum sek_envelope_state {
	SEK_ENVELOPE_SEALED = 0,
	SEK_ENVELOPE_SPENT,	/* opened; the store has not heard of it */
	SEK_ENVELOPE_TOLD,	/* the store has */
	SEK_ENVELOPE_VOID	/* ended, of another machine, not readable */
};
/* One as it lies there, without its code. */
struct sek_envelope {
	char			id[SEK_ENVELOPE_ID];
	char			account[SEK_NAME_MAX];
	uint32_t		uid;
	enum sek_envelope_state	state;
	int64_t			made;		/* wall us */
	int64_t			ends;		/* wall us */
	/* Of its opening; at.wall 0 before */
	struct sek_moment	at;
	struct sek_process	gate;
	struct sek_process	parent;
	char			service[SEK_SERVICE_MAX];
	char			tty[SEK_TTY_MAX];
	char			rhost[SEK_RHOST_MAX];
	bool			taken;		/* its session was opened */
	/* What is wrong with it, for the log: why it is VOID, or its opening
	 * was not written whole. "" mostly. */
	char			cause[SEK_ENVELOPE_CAUSE];
};
#define SEK_ENVELOPES_MAX	8u	/* sealed ones of one uid */
typedef enum sek_err (*sek_envelope_fn)(void *arg,
		    const struct sek_envelope *e);

/*
 * dir NULL: the default, in all of them. All there are, in the order of their
 * ids; SEK_OK with none. why, also with SEK_OK: what else lies there wrongly.
 */
enum sek_err	sek_envelope_list(const char *dir, sek_envelope_fn fn,
		    void *arg, struct sek_why *why);
/* Does one wait there that the store has not heard of? One look at the
 * folder's names: cheap enough for every login. */
bool		sek_envelope_waits(const char *dir);
/* Make one; *code is its text (SEK_GLASS_TEXT), shown once, the caller's to
 * free. Durable when it returns. SEK_ERR_RANGE: ends is past, or too many are
 * sealed for that uid (SEK_ENVELOPES_MAX). */
enum sek_err	sek_envelope_make(struct sek_envelope *out,
		    struct sek_secret *code, const char *dir,
		    const char *account, uint32_t uid, int64_t ends,
		    struct sek_why *why);
/* Take one away unopened (a new one lies in the safe). SEK_ERR_NOT_FOUND. */
enum sek_err	sek_envelope_void(const char *dir, const char *id,
		    struct sek_why *why);
/*
 * Open one with what was typed, parsed by sek_glass_parse: verified, spent,
 * durable. SEK_ERR_REFUSED: none of this uid has it, or no try is left (why
 * says which, for the log). With SEK_OK why, if not "", is for the log, too:
 * the clock is before its making, its opening could not be written into it.
 */
enum sek_err	sek_envelope_open(struct sek_envelope *out, const char *dir,
		    const char plain[SEK_GLASS_PLAIN],
		    const struct sek_claimant *who, struct sek_why *why);
/*
 * Its session, without a store: once, within 600 s, by the gate's process or
 * its parent then, in that boot, for its uid. SEK_ERR_REFUSED.
 */
enum sek_err	sek_envelope_take(struct sek_envelope *out, const char *dir,
		    const char *id, uint32_t uid,
		    const struct sek_process *taker, struct sek_why *why);
/* The store has it: SPENT becomes TOLD. */
enum sek_err	sek_envelope_told(const char *dir, const char *id,
		    struct sek_why *why);

#endif
