/*
 * explain.h - why a login would be refused or allowed: a run of the rules
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing is attempted and nothing written; only steps of rule/entry
 * that logins take, too, refuse.
 */
#ifndef SEKISHO_FLOW_EXPLAIN_H
#define SEKISHO_FLOW_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/pam_stack.h"
#include "sekisho/edge/settings.h"
#include "sekisho/edge/store.h"
#include "sekisho/flow/facts.h"
#include "sekisho/rule/entry.h"

/* What a finding is about; names in sek_explain_rule_name and sekisho(8). */
enum sek_explain_rule {
	SEK_EXPLAIN_POLICY = 0,	/* the policy file does not load */
	SEK_EXPLAIN_STACK,	/* the service's lines in pam.d */
	SEK_EXPLAIN_STORE,	/* missing, foreign, damaged, tampered … */
	SEK_EXPLAIN_ACCOUNTS,	/* the account source is down */
	SEK_EXPLAIN_ACCOUNT,	/* is there such a name; has it this uid */
	SEK_EXPLAIN_REMOTE,
	SEK_EXPLAIN_LIST,
	SEK_EXPLAIN_STATE,	/* suspended, retired */
	SEK_EXPLAIN_TERM,
	SEK_EXPLAIN_LOCK,
	SEK_EXPLAIN_CALLER,
	SEK_EXPLAIN_ENROLMENT,
	SEK_EXPLAIN_AUTHENTICATOR,	/* one that opens nothing now */
	SEK_EXPLAIN_CLOCK,
	SEK_EXPLAIN_SERVICE,	/* exempt, or account without auth */
	SEK_EXPLAIN_EXCEPTION,	/* a value below its floor */
	SEK_EXPLAIN_PASSWORD,
	SEK_EXPLAIN_HOURS,
	SEK_EXPLAIN_RULES
};

/* What is meant in words; each has a sentence and a remedy in the tool. */
enum sek_explain_word {
	SEK_WORD_REASON = 0,	/* the reason says all */
	SEK_WORD_NOT_BEGUN,	/* term: not yet */
	SEK_WORD_ENDED,
	SEK_WORD_PERSON_SUSPENDED,
	SEK_WORD_PASSED,	/* a lock now, over by then */
	SEK_WORD_RESERVE,	/* locked, but for one try at the console */
	SEK_WORD_NO_SERVICE,	/* no such service, nor "other" */
	SEK_WORD_NOT_OURS,	/* no gate of ours: one kind gets in */
	SEK_WORD_ACCOUNT_NOT_OURS,	/* no gate in account */
	SEK_WORD_SHUT,		/* nobody gets in by these lines */
	SEK_WORD_UNSOUND,	/* too few kinds may get in by them */
	SEK_WORD_IDLE,		/* an authenticator that is not active */
	SEK_WORD_CAPPED,
	SEK_WORD_SPENT,		/* codes of now are used up, a while yet */
	SEK_WORD_JUST_USED,	/* the next code will do */
	SEK_WORD_TOTP_LEFT_OUT,	/* clock back, another way is left */
	SEK_WORD_EXEMPT,
	SEK_WORD_ROOT_SWITCH,
	SEK_WORD_REUSE,		/* only on an admission of before */
	SEK_WORD_NO_AUTH,	/* this program never calls auth */
	SEK_WORD_BARE,		/* another way in proves nothing */
	SEK_WORD_OTHER_POLICY,	/* lines of ours go by another file */
	SEK_WORD_FROM_UNSAID,	/* always remote, and from where unsaid */
	SEK_WORD_LOCKER,	/* sekisho-locker decides, by the helper */
	SEK_WORD_LOCKER_SHUT,	/* and that cannot: nobody unlocks */
	SEK_WORD_EXCEPTION,	/* less is asked of him, under an exception */
	SEK_WORD_FLOOR,		/* none is for him: the floor is in force */
	SEK_WORD_LAPSED,	/* the exception has ended */
	SEK_WORD_GRACE,		/* roll-out: the password alone, so long */
	SEK_WORD_TICKET,	/* a code in place of his factor is alive */
	SEK_WORD_WITNESS,	/* only with a witness at his prompt */
	SEK_WORD_SUSPECT,	/* one that may be lost, or copied */
	SEK_WORD_NO_LINE,	/* nobody asks for what he is to prove */
	SEK_WORD_NO_KEY_LINE,	/* nor for the key, once it is plugged in */
	SEK_WORD_NO_OBJECT,	/* what talks to keys is not installed */
	SEK_WORD_NO_CARD_LINE,	/* nobody asks for the card in a reader */
	SEK_WORD_NO_CARD_OBJECT,	/* what talks to cards is not there */
	SEK_WORD_NO_PCSCD,	/* nor the service they are reached by */
	SEK_WORD_CARD_ENDED,	/* a card's certificate */
	SEK_WORD_CARD_ENDING,	/* within card.warn */
	SEK_WORD_NO_FINGER_LINE,	/* nobody asks for the finger */
	SEK_WORD_NO_FINGER_OBJECT,	/* what talks to fprintd is not there */
	SEK_WORD_NO_FPRINTD,	/* nor fprintd */
	SEK_WORD_FINGER_GONE,	/* fprintd knows none of those enrolled */
	SEK_WORD_FROM_AFAR,	/* traits are asked at this terminal alone */
	SEK_WORD_CHANGE_DUE,	/* of his password, at the next login */
	SEK_WORD_PASSWORD_ENDING,	/* soon */
	SEK_WORD_DORMANT,	/* and let in, as the policy says */
	SEK_WORDS
};

#define SEK_FINDINGS_MAX	64u
#define SEK_FINDING_TEXT	1400u

struct sek_finding {
	enum sek_explain_rule	rule;
	enum sek_explain_word	word;
	enum sek_reason		reason;		/* of the record; NONE */
	bool			blocks;
	int64_t			until;		/* wall us, 0, or NEVER */
	int64_t			since;		/* wall us, or 0 */
	const char		*key;		/* of the policy, or NULL */
	char			line[256];	/* of pam.d: FILE:LINE */
	char			detail[SEK_FINDING_TEXT];
};

/* What may be plugged in or put on a reader. */
enum sek_explain_device {
	SEK_EXPLAIN_CARD = 0,
	SEK_EXPLAIN_KEY,
	SEK_EXPLAIN_FINGER,
	SEK_EXPLAIN_DEVICES
};
struct sek_explain_with {
	bool			 has;		/* he has one, accepted: plan
						 * is filled */
	bool			 no_object;	/* fido2.so, card.so,
						 * biometric.so is not
						 * installed */
	bool			 no_service;	/* pcscd, fprintd does not
						 * answer */
	uint32_t		 fingers;	/* bits fprintd has of him */
	struct sek_plan		 plan;		/* one is there, no other */
};

struct sek_explain {
	/* in */
	const char		*user;
	const char		*service;	/* NULL: any with two kinds */
	const char		*rhost;		/* NULL: from here */
	const char		*tty;		/* NULL: none */
	const char		*caller;	/* of su, sudo; NULL: root */
	int64_t			 at;		/* wall us; 0 now */
	const char		*conf;		/* the policy's path; NULL:
						 * lines may name any */
	const struct sek_pam_stack_places *where;
	/* out */
	struct sek_claimant	 who;
	struct sek_plan		 plan;		/* no device there */
	struct sek_explain_with	 with[SEK_EXPLAIN_DEVICES];
	struct sek_facts_tickets tickets;	/* what may stand in */
	uint32_t		 kinds;		/* that could be proved */
	const struct sek_prospect *prospect;	/* NULL: not looked up */
	bool			 allowed;
	bool			 blocked;	/* a finding blocks */
	/* The first refusal as a login's record would name it; NONE where the
	 * lines of the service shut it out. */
	enum sek_reason		 reason;
	/* Has the service lines of auth that we decide, that it calls? */
	bool			 asks;
	bool			 no_tickets;	/* no line takes them there */
	bool			 lines_known;	/* of the service */
	uint32_t		 lines;		/* methods they ask for */
	enum sek_bare		 bare;		/* account without auth */
	bool			 bare_allowed;
	struct sek_finding	 finding[SEK_FINDINGS_MAX];
	size_t			 n;
	struct sek_prospect	 own;		/* what run looked up */
};

/*
 * Run all rules. settings or st NULL: they could not be had, and what was
 * found of that is added by sek_explain_add before. SEK_OK also where the
 * login would be refused; else it could not be found out: SEK_ERR_STORE_BUSY,
 * _NOMEM, _CLOCK, _NOT_FOUND (no such caller), _SYNTAX. x is ~200 KiB: heap.
 * settings are his afterwards, without exceptions that end before x->at.
 */
enum sek_err	sek_explain_run(struct sek_explain *x,
		    struct sek_settings *settings, struct sek_store *st,
		    struct sek_why *why);
/*
 * The rules of a name alone, of what was read of it already (a survey): no
 * service, no account source asked. x->who is set, and the settings are his
 * (sek_settings_for); in_groups: he is in one of
 * terminal.allow_groups, or is taken to be. p lives as long as *x is read.
 */
void		sek_explain_person(struct sek_explain *x,
		    const struct sek_settings *settings,
		    const struct sek_prospect *p, bool in_groups);
/* Is what talks to cards, to keys, to fprintd installed, and do pcscd and
 * fprintd answer? Asks as told alone; at most some 2 s each. finger: whose
 * fingers; NULL: not asked. */
void		sek_explain_installed(
		    struct sek_explain_with with[SEK_EXPLAIN_DEVICES],
		    bool card, bool key, const char *finger);
/* What of his password and of an account nobody uses is to be told: nothing of
 * it blocks. The settings are his. */
void		sek_explain_life(struct sek_explain *x,
		    const struct sek_settings *settings);
/* One more finding; NULL where there is no more room. */
struct sek_finding *sek_explain_add(struct sek_explain *x,
		    enum sek_explain_rule rule, enum sek_explain_word word,
		    enum sek_reason reason, bool blocks);
/* Do logins refuse for this error, as well known, or is it passing? */
bool		sek_explain_is_answer(enum sek_err err);
const char	*sek_explain_rule_name(enum sek_explain_rule r);
/* "not-begun" …; "" for SEK_WORD_REASON. */
const char	*sek_explain_word_name(enum sek_explain_word w);

#endif
