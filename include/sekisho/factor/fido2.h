/*
 * fido2.h - the talk with a security key and who holds it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * All of it comes before a slot is taken, and none of it is a verdict: what
 * the key signed is judged by sek_factor_fido2 under the slot.
 *
 * MUST: a PIN reaches a key only in a round that verifies, once, and never
 * with its last try unless he was asked; never one that is empty, of another
 * form, or the login password (pam-facts 20).
 * MUST: where a PIN was due and a right one did not come, a signature is worth
 * nothing, however good (CVE-2021-31924).
 * MUST: a round that verifies nothing asks, tells and waits as one that does:
 * what is told after a PIN was typed never says whether it was sent.
 * MUST: no key and no store is held over a question.
 * MUST: each wait ends, factors.wait after the last question.
 */
#ifndef SEKISHO_FACTOR_FIDO2_H
#define SEKISHO_FACTOR_FIDO2_H

#include <stdbool.h>

#include "sekisho/edge/fido2.h"
#include "sekisho/factor/factor.h"

#define SEK_FIDO2_RANDOM_LEN	32u

/* What came of it. */
struct sek_fido2_answer {
	struct sek_fido2_list_out keys;	/* his */
	struct sek_fido2_assertion assertion;	/* of the last run */
	/* Of its challenge. */
	uint8_t		random[SEK_FIDO2_RANDOM_LEN];
	struct sek_moment at;
	bool		worthless;	/* whatever was signed */
	enum sek_reason	reason;		/* when worthless */
	char		charged[SEK_ID_MAX];	/* whose PIN was wrong; "" */
};

/*
 * a->keys are his. SEK_OK: he answered, well or not, or takes another way
 * (c->yields, with what he typed in c->answer). SEK_ERR_CONV: he gave up; any
 * other error is of this machine.
 */
enum sek_err	sek_fido2_talk(struct sek_fido2_answer *a,
		    struct sek_challenge *c);
/* His keys, by the store, which is not held over the talk. */
enum sek_err	sek_fido2_talk_keys(struct sek_fido2_list_out *out,
		    const struct sek_challenge *c);
/* What a key is to sign now for this login, or was: BLAKE2b over terminal,
 * service, name, uid, the time of the challenge and its random bytes. */
enum sek_err	sek_fido2_talk_hash(uint8_t out[SEK_FIDO2_HASH_LEN],
		    const struct sek_fido2_answer *a,
		    const struct sek_challenge *c);
/* Was he to be verified by the key: by the plan, the policy, or this key's
 * own row? */
bool		sek_fido2_talk_verifies(const struct sek_challenge *c,
		    const struct sek_fido2 *key);

#endif
