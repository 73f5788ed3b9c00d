/*
 * factor.h - one way to prove something: ask, verify, say what it is worth
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A factor decides nothing about the login. It asks, and when the flow holds
 * a slot for it, verifies; the flow settles, keeps the evidence, and the gate
 * counts kinds.
 */
#ifndef SEKISHO_FACTOR_FACTOR_H
#define SEKISHO_FACTOR_FACTOR_H

#include <stdbool.h>
#include <security/pam_modules.h>

#include "sekisho/base/err.h"
#include "sekisho/base/secret.h"
#include "sekisho/edge/pam.h"
#include "sekisho/edge/settings.h"
#include "sekisho/edge/store.h"
#include "sekisho/model/claimant.h"
#include "sekisho/model/evidence.h"
#include "sekisho/model/record.h"
#include "sekisho/rule/lockout.h"

struct sek_fido2_answer;	/* factor/fido2.c's own, freed there */
struct sek_card_answer;		/* factor/card.c's */
struct sek_biometric_answer;	/* factor/biometric.h's */

/* What a factor sees of its round. Only answer, code, notes, yields, fido2,
 * card, biometric, answered (to true) and why are its to change. */
struct sek_challenge {
	pam_handle_t			*pamh;
	const struct sek_pam_options	*options;
	const struct sek_settings	*settings;
	struct sek_store		*store;
	const struct sek_claimant	*who;
	const struct sek_limits		*limits;
	const struct sek_limits		*caller_limits;
	const struct sek_plan		*plan;
	enum sek_language		 language;
	int				 flags;
	uint32_t			 purposes;	/* of tickets, that
							 * count here */
	struct sek_secret		 answer;
	struct sek_notes		*notes;	/* told after the gate's yes */
	struct sek_secret		*code;	/* one-line form: the code typed
						 * behind the password */
	bool				 typed_code; /* it was typed at another
						 * prompt: none is asked */
	const struct sek_claimant	*whose;	/* prompts are his: who, but for
						 * one who may not get in */
	bool				 idle;	/* nothing will be verified: no
						 * PIN reaches a key */
	bool				 elsewhere; /* another way is there */
	bool				 yields;    /* ask: he takes it */
	struct sek_fido2_answer		*fido2;	/* what the key signed */
	struct sek_card_answer		*card;	/* what the card signed */
	struct sek_biometric_answer	*biometric;	/* what was matched */
	bool				 answered;	/* he answered some
							 * question of this
							 * round */
	struct sek_why			*why;	/* of trouble; may be NULL */
};

enum sek_answer {
	SEK_ANSWER_WRONG = 0,
	SEK_ANSWER_RIGHT,
	SEK_ANSWER_UNVERIFIED	/* nothing was compared: not counted */
};

struct sek_verdict {
	enum sek_answer		answer;
	enum sek_reason		reason;		/* when not RIGHT */
	bool			settled;	/* is the slot, already? */
	struct sek_lock_state	lock;		/* when settled */
	uint32_t		kinds;		/* worth of a RIGHT answer */
	uint32_t		method;
	uint32_t		evidence_flags;
	char			authenticator[SEK_ID_MAX];
	char			ticket[SEK_ID_MAX];	/* "" : by none */
	uint32_t		purpose;		/* of it */
	bool			attended;
	int64_t			not_after;		/* wall us */
	char			detail[SEK_REASON_MAX];	/* for the record of a
						 * yes: a backend's name and
						 * hash; printable, "" */
	char			device[SEK_EVIDENCE_DEVICE];	/* as evidence
						 * has it */
};

struct sek_factor {
	const char	*name;
	uint32_t	 methods;	/* SEK_METHOD_BITs it can prove */
	int64_t		 bound;		/* us one verification may last */
	/* Ask; the answer goes to c->answer. SEK_ERR_CONV and trouble. */
	enum sek_err	(*ask)(struct sek_challenge *c);
	/* Verify c->answer under this slot. Trouble is an error: the slot then
	 * stays and counts when its lease ends. */
	enum sek_err	(*verify)(struct sek_verdict *v,
			    struct sek_challenge *c, const char *slot);
	/* Take the time a verification takes, verify nothing. May be NULL. */
	void		(*pretend)(struct sek_challenge *c);
	/* Wipe and free what ask left beside c->answer. May be NULL. */
	void		(*done)(struct sek_challenge *c);
};

extern const struct sek_factor sek_factor_password;
extern const struct sek_factor sek_factor_oath;
extern const struct sek_factor sek_factor_ticket;
extern const struct sek_factor sek_factor_fido2;
extern const struct sek_factor sek_factor_card;
extern const struct sek_factor sek_factor_fingerprint;
extern const struct sek_factor sek_factor_vendor;

#endif
