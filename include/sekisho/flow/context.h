/*
 * context.h - what our modules share in one PAM handle
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Plain memory in PAM data, with magic, layout version and pid (pam-facts
 * 10): an upgrade may mix modules of two versions in one process, a fork may
 * carry a copy into another.
 * MUST: the store is closed before the application gets control back.
 * MUST: a cleanup in another process only wipes.
 */
#ifndef SEKISHO_FLOW_CONTEXT_H
#define SEKISHO_FLOW_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <security/pam_modules.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/envelope.h"
#include "sekisho/edge/pam.h"
#include "sekisho/edge/settings.h"
#include "sekisho/edge/store.h"
#include "sekisho/model/claimant.h"
#include "sekisho/model/evidence.h"
#include "sekisho/rule/lockout.h"
#include "sekisho/rule/policy.h"

enum sek_round_state {
	SEK_ROUND_NONE = 0,
	SEK_ROUND_OPEN,
	SEK_ROUND_FAILED,	/* asks on, verifies nothing */
	SEK_ROUND_ADMITTED	/* by the gate: good for the account phase */
};

/* One pass through auth, opened by lockout, closed by the gate. */
struct sek_round {
	enum sek_round_state	state;
	enum sek_err		trouble;	/* the first; SEK_OK if none */
	enum sek_reason		reason;		/* why it failed, the first */
	uint8_t			nonce[SEK_NONCE_LEN];
	struct sek_claimant	who;
	/* As whom attempts count: who, or nobody known for one who may not get
	 * in anyway: he meets what an unknown name meets, the lock included,
	 * and his own tally stays as it was. */
	struct sek_claimant	acting;
	bool			barred;
	/* By a rule that an envelope passes: a name that opens no session of
	 * its own, an hour in which none begins. */
	bool			but_envelope;
	struct sek_limits	limits;
	struct sek_limits	caller_limits;
	struct sek_requirement	need;
	struct sek_plan		plan;
	struct sek_lock_state	lock;
	struct sek_evidence	evidence[SEK_EVIDENCE_MAX];
	uint32_t		nevidence;
	uint32_t		asked;		/* methods that asked already */
	uint32_t		nasked;		/* by so many lines */
	struct sek_moment	admitted_at;
	char			person[SEK_NAME_MAX];
	char			section[SEK_NAME_MAX];
	char			admission[SEK_ID_MAX];
	struct sek_notes	notes;
	struct sek_secret	code;		/* of the one-line form */
	/* What was typed at another factor's prompt and is for the ticket's
	 * line: a ticket's code, an envelope's, or (empty) the wish for another
	 * way. What nobody took up by the gate is a wrong answer. */
	struct sek_secret	deferred;
	bool			is_deferred;
	bool			deferred_first;	/* where the password is asked:
						 * no further line asks */
	uint32_t		yielded;	/* methods whose device was of
						 * no use: what is in their
						 * place asks, too */
	bool			open_end;	/* none of them asked yet */
	bool			typed_code;	/* code was typed where a device
						 * was asked for */
	bool			answered;	/* some question of it was */
	char			detail[SEK_REASON_MAX];	/* of what was proved,
						 * for the record; "" */
	uint32_t		tickets;	/* purposes that count here */
	bool			wishes;		/* an empty answer is for the
						 * ticket's line */
	bool			offers;		/* a witness may stand in */
	bool			grace;		/* one kind is enough */
	bool			glass;		/* an envelope was opened, and
						 * nothing else is asked for */
	bool			refused;	/* a line of ours did: no yes
						 * can come of this round */
	bool			glass_form;	/* its form waits in deferred */
	bool			glass_slip;	/* with a slip of the pen */
	bool			glass_late;	/* behind a line that refused */
	char			ticket[SEK_ID_MAX];	/* by which */
	uint32_t		ticket_purpose;	/* enum sek_purpose */
	bool			ticket_attended;
	int64_t			ticket_end;	/* wall us */
	struct sek_envelope	envelope;
};

/* What PRELIM found of a password to be changed, for UPDATE. */
struct sek_change_begun {
	bool			 ready;		/* it was content */
	bool			 by_root;
	uint32_t		 uid;
};

/* What the privilege line found, for the session's line of the same handle. */
struct sek_privileged {
	bool				judged;
	bool				refused;	/* and told why */
	bool				inside;		/* of one that is
							 * watched: it ends
							 * with that */
	char				target[SEK_NAME_MAX];	/* that was
							 * judged */
	char				subject[SEK_NAME_MAX];
	uint32_t			subject_uid;
	struct sek_privilege_out	is;
	int64_t				ends;	/* boot us */
};

struct sek_context {
	uint64_t		 magic;
	char			 version[48];
	pid_t			 pid;
	char			 conf[SEK_PATH_MAX];
	/* Of whom: sek_facts_settings; of nobody in particular before. */
	struct sek_settings	*settings;
	struct sek_moment	 asked;		/* when exceptions were */
	bool			 unsure;	/* that could not be asked */
	bool			 floors;	/* where none was ever given */
	/* Store or settings cannot be used: only an envelope lets in. */
	enum sek_err		 degraded;
	struct sek_why		 degraded_why;
	bool			 no_policy;	/* settings: those compiled in,
						 * and no store is touched */
	struct sek_store	*store;
	struct sek_round	 round;
	struct sek_change_begun	 changing;
	struct sek_privileged	 privileged;	/* session phase */
	bool			 bannered;	/* the notice was shown */
	/* An earlier line of this account phase refused, for this reason. */
	enum sek_reason		 account_refused;
};

/*
 * The handle's context, made on the first call: settings loaded, no store
 * opened. Settings that do not load make it degraded, without a policy.
 * SEK_ERR_ARGUMENT (two lines of a stack name different conf=),
 * SEK_ERR_INTERNAL (another version's). *out belongs to the handle.
 */
enum sek_err	sek_context_get(struct sek_context **out, pam_handle_t *pamh,
		    const struct sek_pam_options *options,
		    struct sek_why *why);
/*
 * Ask anew what exceptions allow, where a value is below its floor: a handle
 * may wait at a prompt for hours. settings are nobody's in particular then.
 * On failure the floors are in force.
 */
enum sek_err	sek_context_ask_again(struct sek_context *ctx,
		    struct sek_why *why);
/*
 * Who may spend the ballast on a full disk: privileged persons; and who decides
 * approvals, where he proves himself for that.
 */
void		sek_context_reserve(struct sek_context *ctx,
		    const struct sek_claimant *who);
/* Is the context's memory of this very process? */
bool		sek_context_is_ours(const struct sek_context *ctx);
/* Close the store's connection; c may be NULL. */
void		sek_context_close(struct sek_context *ctx);
/* Wipe what was proved: a new round, a refusal, the end. */
void		sek_round_wipe(struct sek_round *r);

/*
 * Who asks: PAM items, the account source, the policy's privileged list.
 * An unknown name is SEK_OK with known 0. SEK_ERR_ACCOUNTS when the source is
 * down; who is filled as for an unknown name then.
 */
enum sek_err	sek_claimant_get(struct sek_claimant *out, pam_handle_t *pamh,
		    const struct sek_settings *settings, const char *user);
/* The policy's limits for staff, or for privileged persons. */
void		sek_claimant_limits(struct sek_limits *out,
		    const struct sek_settings *settings, bool privileged);

#endif
