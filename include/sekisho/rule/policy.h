/*
 * policy.h - which factors ask, and whether what was proved is enough
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pure. Counts distinct kinds, never modules (S4 4(1)②ア, 5(4)④).
 */
#ifndef SEKISHO_RULE_POLICY_H
#define SEKISHO_RULE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/model/account.h"
#include "sekisho/model/evidence.h"
#include "sekisho/model/record.h"

struct sek_requirement {
	uint32_t	kinds;		/* distinct kinds needed, 1..3 */
	uint32_t	accept;		/* SEK_METHOD_BITs policy accepts */
	uint32_t	crypto_possession;	/* 1: possession by signature */
	uint32_t	possession;	/* 1: possession is among the kinds */
	uint32_t	fido2_uv_counts;	/* 1: what a key verifies is a
						 * kind of its own */
	uint32_t	jpki_pin_counts;	/* 1: and the PIN of a My
						 * Number Card, */
	uint32_t	piv_pin_counts;		/* of a PIV card */
	int64_t		wall;			/* us: by when the certificate
						 * of a card is not to have
						 * ended; 0 whatever it says */
};

/* What is plugged in here as the round opens, and who could use it. */
struct sek_plan_devices {
	bool		fido2;		/* some security key is */
	bool		card;		/* some card is in a reader */
	bool		finger;		/* a fingerprint reader is, and knows
					 * a finger of his */
	bool		remote;		/* he is not at this terminal */
};

/* What stands beside a person's authenticators in this round. */
struct sek_plan_tickets {
	/* Policy and service take tickets: their line asks of everybody. */
	bool		asked;
	/* SEK_PURPOSE_BITs of his own codes in force that count here. */
	uint32_t	live;
	/* A witness may stand in for him. */
	bool		attends;
	/* One kind is enough for him, for now. */
	bool		grace;
};

/*
 * The plan for someone who has these active authenticators. Password counts
 * as enrolled for every account. In order of preference each accepted,
 * enrolled method that adds a kind is taken, until kinds are enough. A name
 * that cannot reach them (not enrolled, unknown) gets the plan most have,
 * password and one-time code as far as accepted (where no code is of use, an
 * accepted security key: of somebody who has none), with possible = 0: it asks
 * the same and can never be fulfilled. Where there is no key either, a card.
 * digits: the enrolled OTP's, else 6.
 *
 * t, or NULL: nothing. Where tickets are asked (and policy accepts them, and
 * no signature is called for) TICKET joins everybody's plan that wants more
 * than a password; that alone makes none possible. A live code or a witness
 * does, standing for possession: who is asked for another thing (a card, a
 * key) is asked for a code then, in the same words; beside the password and a
 * key that is plugged in the live code is the other way. digits: 10 with a live
 * code, so that the one-line form takes it; by a code of his card he then
 * gets in where he is asked twice. Grace makes a plan possible that has a
 * password in it.
 *
 * d, or NULL: nothing is plugged in. A card, a security key, a finger whose
 * reader is here, a vendor's trait (devices, in this order) goes before
 * one-time codes; one that is not here is left out where the rest is enough
 * (of a shared account: for each who has one), and asked for (to be put in)
 * where it is not. A trait is taken where it is a kind that is needed: beside a
 * password where possession is not called for, or the password is none.
 * Of who is remote, or shares his account, none is; and a reader that is not
 * here is none beside a vendor's. Cards of all sorts are asked for by
 * one prompt: their methods stand together. Where what it verifies counts
 * (fido2_uv_counts, jpki_pin_counts, piv_pin_counts) and is called for, as the
 * rest is too few, out->verify is set. The device alone is the plan where one
 * is here, two kinds are needed, each of his verifies one (brief.verifies,
 * brief.pin), nobody of a shared account goes without one, and he is not
 * remote: from afar his password is asked for, too (a key that blinks is
 * touched by who sits there; and sshd answers a PIN's prompt by the login
 * password), so that there a device that would be all makes no plan.
 * out->instead: his other methods that would be enough beside what is asked
 * before the device (password; before a key: cards; before a trait: both); 0
 * none (sek_policy_instead says which, in whose place). In a card's place
 * codes go before a key that is here, and that before one to be put in, and in
 * a trait's place before another. With
 * verify a key in a card's place verifies its holder, too. Tickets are not
 * among them.
 */
void		sek_policy_plan(struct sek_plan *out,
		    const struct sek_requirement *need,
		    const struct sek_authenticator *a, size_t n,
		    const struct sek_plan_tickets *t,
		    const struct sek_plan_devices *d);
/* What asks in the place of these methods of the plan, whose device is not
 * there after all: where a card and a finger are asked for, each has its own.
 */
uint32_t	sek_policy_instead(const struct sek_plan *plan,
		    uint32_t yielded);
/*
 * Could someone who has all of these methods fulfil what is needed? *kinds:
 * the kinds they can prove under it, with what a key or card verifies only
 * where that makes them enough. A ticket is nothing one
 * has: it counts for none. A key is taken to be able to verify, by PIN or
 * sensor, a card by its PIN.
 */
bool		sek_policy_reach(uint32_t *kinds,
		    const struct sek_requirement *need, uint32_t have);
/* The same of someone's own: verified is sek_policy_verified of all of his
 * authenticators, OR-ed. */
bool		sek_policy_reach_by(uint32_t *kinds,
		    const struct sek_requirement *need, uint32_t have,
		    uint32_t verified);
/* Is it one that may prove anything: active, no ticket, and of a card, its
 * certificate not ended? */
bool		sek_policy_active(const struct sek_requirement *need,
		    const struct sek_authenticator *a);
/* The kind that verifying by this authenticator adds here: 0 where it is not
 * active, neither key nor card, unable to, or where that does not count. */
uint32_t	sek_policy_verified(const struct sek_requirement *need,
		    const struct sek_authenticator *a);
/*
 * Is the evidence of this round (same nonce, same uid, not older than
 * SEK_EVIDENCE_AGE, one person, method accepted) enough? SEK_OK with *kinds,
 * else SEK_ERR_REFUSED with *reason.
 */
enum sek_err	sek_policy_decide(uint32_t *kinds, enum sek_reason *reason,
		    const struct sek_requirement *need,
		    const struct sek_evidence *e, size_t n,
		    const uint8_t nonce[SEK_NONCE_LEN], uint32_t uid,
		    const struct sek_moment *now);

/*
 * Is it an account to let in at this wall time (microseconds), as far as the
 * store knows it (name "": not at all, nothing to object)? person is a zeroed
 * one where there is none.
 */
enum sek_reason	sek_policy_account(const struct sek_account *a,
		    const struct sek_person *person, uint32_t uid,
		    int64_t wall);

/* Its rules, in their order; each by itself: its reason, or NONE. */
enum sek_account_rule {
	SEK_ACCOUNT_RULE_UID = 0,	/* the name is another uid now */
	SEK_ACCOUNT_RULE_RETIRED,
	SEK_ACCOUNT_RULE_SUSPENDED,
	SEK_ACCOUNT_RULE_TERM,
	SEK_ACCOUNT_RULES
};
enum sek_reason	sek_policy_account_rule(enum sek_account_rule rule,
		    const struct sek_account *a,
		    const struct sek_person *person, uint32_t uid,
		    int64_t wall);

/* Account phase without evidence (design section 2). */
enum sek_bare {
	SEK_BARE_REFUSE = 0,
	SEK_BARE_EXEMPT,
	SEK_BARE_ROOT_SWITCH,
	SEK_BARE_REUSE		/* only with a fitting admission of before */
};
/* exempt: the list of SERVICE or SERVICE:USER words. */
enum sek_bare	sek_policy_bare(const char *exempt, const char *service,
		    const char *user, uint32_t caller_uid);
/* terminal.allow_remote against an address: "no", "yes" or CIDRs of v4 and
 * v6; loopback is remote; what is no address matches only "yes". */
bool		sek_policy_remote_allowed(const char *allow,
		    const char *rhost);
/* Is a CIDR list well formed? names the word. */
enum sek_err	sek_policy_remote_check(const char *allow,
		    struct sek_why *why);
/* word in a list of words? */
bool		sek_policy_listed(const char *list, const char *word);

#endif
