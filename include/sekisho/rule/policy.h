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
	uint32_t	pad;
};

/*
 * The plan for someone who has these active authenticators. Password counts
 * as enrolled for every account. In order of preference each accepted,
 * enrolled method that adds a kind is taken, until kinds are enough. A name
 * that cannot reach them (not enrolled, unknown) gets the plan most have,
 * password and one-time code as far as accepted, with possible = 0: it asks
 * the same and can never be fulfilled. digits: the enrolled OTP's, else 6.
 */
void		sek_policy_plan(struct sek_plan *out,
		    const struct sek_requirement *need,
		    const struct sek_authenticator *a, size_t n);
/*
 * Could someone who has all of these methods fulfil what is needed? *kinds:
 * the kinds they can prove under it.
 */
bool		sek_policy_reach(uint32_t *kinds,
		    const struct sek_requirement *need, uint32_t have);
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
