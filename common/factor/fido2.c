/*
 * fido2.c - possession, and where it counts a second kind: a security key
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a signature counts only for the challenge of this round, by a key of
 * this claimant, with its holder present, and verified where that was due.
 * MUST: what cannot be judged for trouble of this machine is an error, never a
 * yes and never silence (CVE-2025-23013).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "device_talk.h"
#include "sekisho/base/text.h"
#include "sekisho/factor/fido2.h"

static void
done(struct sek_challenge *c)
{

	if (c->fido2 != NULL)
		sek_wipe(c->fido2, sizeof(*c->fido2));
	free(c->fido2);
	c->fido2 = NULL;
}

static enum sek_err
ask(struct sek_challenge *c)
{
	enum sek_err err;

	done(c);
	if ((c->fido2 = calloc(1, sizeof(*c->fido2))) == NULL)
		return (SEK_ERR_NOMEM);
	c->fido2->worthless = true;
	if ((err = sek_fido2_talk_keys(&c->fido2->keys, c)) != SEK_OK)
		return (err);
	if (sek_device_is_out_of_reach(c))
		c->fido2->keys.n = 0;
	return (sek_fido2_talk(c->fido2, c));
}

/*
 * Is it signed for this very challenge, a moment ago? SEK_ERR_REFUSED: no. A
 * signature that is worth nothing takes as long.
 */
static enum sek_err
weigh(struct sek_fido2_proof *out, const struct sek_challenge *c)
{
	const struct sek_fido2_answer *a = c->fido2;
	uint8_t hash[SEK_FIDO2_HASH_LEN];
	struct sek_why why = { "" };
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if (a->assertion.end != SEK_FIDO2_END_OK ||
	    a->assertion.credential >= a->keys.n)
		return (SEK_ERR_REFUSED);
	if ((err = sek_fido2_talk_hash(hash, a, c)) != SEK_OK)
		return (err);
	err = sek_fido2_verify(out, &a->assertion,
	    &a->keys.key[a->assertion.credential], hash, &why);
	if (err == SEK_OK)
		err = sek_device_fresh(&a->at, &why);
	if (err == SEK_OK && out->verified == SEK_FIDO2_VERIFIES_NOT &&
	    sek_fido2_talk_verifies(c,
	    &a->keys.key[a->assertion.credential]) && !a->worthless)
		err = sek_why(&why, SEK_ERR_REFUSED, "its holder was to be "
		    "verified, and the key does not say that he was");
	if (err != SEK_OK && !a->worthless)
		sek_pam_log(c->pamh, LOG_NOTICE, "security key: refused: "
		    "user=%s authenticator=%s device=%s (%s): %s",
		    c->who->known ? c->who->name : "(unknown)",
		    a->keys.id[a->assertion.credential],
		    a->assertion.device.path, a->assertion.device.model,
		    why.text);
	return (err);
}

static void
right(struct sek_verdict *v, const struct sek_challenge *c,
    const struct sek_fido2_proof *p)
{

	v->answer = SEK_ANSWER_RIGHT;
	v->reason = SEK_REASON_NONE;
	v->method = SEK_METHOD_FIDO2;
	v->kinds = SEK_KIND_POSSESSION;
	v->evidence_flags = SEK_EVIDENCE_CRYPTOGRAPHIC;
	(void)sek_text_copy(v->device, sizeof(v->device),
	    c->fido2->assertion.device.path);
	if (p->verified == SEK_FIDO2_VERIFIES_NOT ||
	    !c->settings->factors.fido2_uv_counts ||
	    !sek_device_may_be_all(c))
		return;
	v->kinds |= sek_fido2_kind((enum sek_fido2_verifies)p->verified);
	v->evidence_flags |= SEK_EVIDENCE_USER_VERIFIED;
}

/* Take its counter; that settles the slot, too. */
static enum sek_err
use(struct sek_verdict *v, struct sek_challenge *c, const char *slot,
    const struct sek_fido2_proof *p)
{
	const struct sek_fido2_answer *a = c->fido2;
	const struct sek_fido2 *key = &a->keys.key[a->assertion.credential];
	struct sek_fido2_use in;
	struct sek_fido2_use_out out;
	enum sek_err err;

	memset(&in, 0, sizeof(in));
	memset(&out, 0, sizeof(out));
	in.who = *c->who;
	in.limits = *c->limits;
	in.caller_limits = *c->caller_limits;
	memcpy(in.authenticator, v->authenticator, sizeof(in.authenticator));
	in.counter = p->counter;
	in.before = key->brief.counter;
	in.public_len = key->public_len;
	memcpy(in.public_key, key->public_key, sizeof(in.public_key));
	if ((err = sek_text_copy(in.slot, sizeof(in.slot), slot)) != SEK_OK ||
	    (err = sek_store_fido2_use(c->store, &in, &out)) != SEK_OK)
		return (err);
	v->settled = true;
	v->lock = out.lock;
	if (out.right)
		right(v, c, p);
	else if (out.reason != SEK_REASON_NONE)
		v->reason = (enum sek_reason)out.reason;
	if (v->reason == SEK_REASON_COUNTER_BACK)
		sek_pam_log(c->pamh, LOG_ALERT, "security key: the counter of "
		    "authenticator %s of %s went back: there may be a copy of "
		    "it. It opens nothing until: sekisho authenticator found "
		    "%s", in.authenticator, c->who->name, in.authenticator);
	return (SEK_OK);
}

static enum sek_err
verify(struct sek_verdict *v, struct sek_challenge *c, const char *slot)
{
	const struct sek_fido2_answer *a = c->fido2;
	struct sek_fido2_proof p;
	enum sek_err err;

	if (a == NULL)
		return (SEK_ERR_INTERNAL);
	err = weigh(&p, c);
	if (a->worthless || c->idle) {
		v->reason = a->reason != SEK_REASON_NONE ? a->reason :
		    SEK_REASON_WRONG;
		memcpy(v->authenticator, a->charged,
		    sizeof(v->authenticator));
		return (SEK_OK);
	}
	if (err != SEK_OK && err != SEK_ERR_REFUSED)
		return (sek_why(c->why, err, "security key: %s",
		    sek_err_name(err)));
	memcpy(v->authenticator, a->keys.id[a->assertion.credential],
	    sizeof(v->authenticator));
	return (err == SEK_OK ? use(v, c, slot, &p) : SEK_OK);
}

static void
pretend(struct sek_challenge *c)
{
	struct sek_fido2_proof p;

	if (c->fido2 != NULL)
		(void)weigh(&p, c);
}

const struct sek_factor sek_factor_fido2 = {
	.name = "fido2",
	.methods = SEK_METHOD_BIT(SEK_METHOD_FIDO2),
	.bound = 15 * SEK_SECOND,
	.ask = ask,
	.verify = verify,
	.pretend = pretend,
	.done = done,
};
