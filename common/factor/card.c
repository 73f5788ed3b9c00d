/*
 * card.c - possession, and where it counts knowledge: an IC card
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a signature counts only for the challenge of this round, by a card of
 * this claimant, and behind a PIN only where the card took it in the same
 * transaction.
 * MUST: a number that any card may show is weak, and counts only for whom it
 * was enrolled where policy takes such numbers.
 * MUST: what cannot be judged for trouble of this machine is an error, never a
 * yes and never silence (CVE-2025-24531).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "device_talk.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/factor/card.h"

static void
done(struct sek_challenge *c)
{

	if (c->card != NULL)
		sek_wipe(c->card, sizeof(*c->card));
	free(c->card);
	c->card = NULL;
}

static enum sek_err
ask(struct sek_challenge *c)
{
	enum sek_err err;

	done(c);
	if ((c->card = calloc(1, sizeof(*c->card))) == NULL)
		return (SEK_ERR_NOMEM);
	c->card->worthless = true;
	if ((err = sek_card_talk_cards(&c->card->cards, c)) != SEK_OK)
		return (err);
	if (sek_device_is_out_of_reach(c))
		c->card->cards.n = 0;
	return (sek_card_talk(c->card, c));
}

/* Which of his it is; NULL: a card that showed a number. */
static const struct sek_card *
signer(const struct sek_card_answer *a)
{

	return (a->signature.card < a->cards.n ?
	    &a->cards.card[a->signature.card] : NULL);
}

static enum sek_method
method(const struct sek_card *card)
{

	return (sek_card_method(card != NULL ?
	    (enum sek_card_driver)card->brief.driver : SEK_CARD_UID));
}

/* Does the PIN that this card took count as a kind of its own? */
static bool
pin_counts(const struct sek_challenge *c, const struct sek_card *card)
{

	if (card == NULL || card->brief.pin == 0 ||
	    c->card->signature.verified == 0 || !sek_device_may_be_all(c))
		return (false);
	switch (card->brief.driver) {
	case SEK_CARD_JPKI:
		return (c->settings->factors.jpki_pin_counts);
	case SEK_CARD_PIV:
		return (c->settings->factors.piv_pin_counts);
	case SEK_CARD_UID:
	default:
		return (false);
	}
}

/* Is it a proof of the form that this card gives? */
static enum sek_err
form(const struct sek_challenge *c, struct sek_why *why)
{
	const struct sek_card_signature *s = &c->card->signature;
	const struct sek_card *card = signer(c->card);

	if ((SEK_METHOD_BIT(method(card)) & SEK_METHODS_CARD &
	    (c->plan->methods | c->plan->instead)) == 0)
		return (sek_why(why, SEK_ERR_REFUSED, "a card of a kind that "
		    "is not asked for"));
	if (card == NULL)
		return (s->uid_len > 0 && s->uid_len <= sizeof(s->uid) &&
		    c->plan->verify == 0 ? SEK_OK : sek_why(why,
		    SEK_ERR_REFUSED, "a number is no proof here"));
	if (card->brief.driver == SEK_CARD_UID)
		return (sek_why(why, SEK_ERR_REFUSED, "a signature of a card "
		    "that makes none"));
	if (card->brief.pin != 0 && s->verified == 0)
		return (sek_why(why, SEK_ERR_REFUSED, "signed without its "
		    "PIN"));
	if (c->plan->verify != 0 && !pin_counts(c, card))
		return (sek_why(why, SEK_ERR_REFUSED, "its holder was to be "
		    "verified, and was not"));
	return (SEK_OK);
}

/*
 * Is it signed for this very challenge, a moment ago? SEK_ERR_REFUSED: no.
 * What is worth nothing takes as long.
 */
static enum sek_err
weigh(const struct sek_challenge *c)
{
	const struct sek_card_answer *a = c->card;
	const struct sek_card *card = signer(a);
	uint8_t hash[SEK_CARD_CHALLENGE_LEN];
	struct sek_why why = { "" };
	enum sek_err err;

	if (a->signature.end != SEK_CARD_END_OK)
		return (SEK_ERR_REFUSED);
	if ((err = sek_card_talk_challenge(hash, a, c)) != SEK_OK)
		return (err);
	if ((err = form(c, &why)) == SEK_OK && card != NULL)
		err = sek_card_verify(&a->signature, card, hash, &why);
	if (err == SEK_OK)
		err = sek_device_fresh(&a->at, &why);
	if (err != SEK_OK && !a->worthless)
		sek_pam_log(c->pamh, LOG_NOTICE, "card: refused: user=%s "
		    "authenticator=%s reader=%s (%s): %s", c->who->known ?
		    c->who->name : "(unknown)", card != NULL ?
		    a->cards.id[a->signature.card] : "-",
		    a->signature.seen.reader, a->signature.seen.model,
		    why.text);
	return (err);
}

/* His certificate ends soon: told when he is in. */
static void
warn(struct sek_challenge *c, const struct sek_card *card)
{
	int64_t end = c->card->signature.seen.not_after;
	char day[16], text[256];

	if (end == 0)
		end = card->brief.not_after;
	if (end <= 0 ||
	    end - c->card->at.wall / SEK_SECOND > c->settings->card.warn)
		return;
	sek_clock_print_day(day, sizeof(day), end * SEK_SECOND,
	    c->settings->terminal.timezone);
	(void)sek_text_format(text, sizeof(text), sek_message(c->language,
	    card->brief.driver == SEK_CARD_JPKI ?
	    N_("The certificate of your card ends on %s. Please renew it at "
	    "your municipal office in time, and have the card enrolled "
	    "again.") :
	    N_("The certificate of your card ends on %s. Please ask the "
	    "person in charge for a new one in time.")), day);
	sek_pam_note(c->notes, PAM_TEXT_INFO, text);
}

static void
right(struct sek_verdict *v, struct sek_challenge *c)
{
	const struct sek_card *card = signer(c->card);

	v->answer = SEK_ANSWER_RIGHT;
	v->reason = SEK_REASON_NONE;
	v->method = method(card);
	v->kinds = SEK_KIND_POSSESSION;
	(void)sek_text_copy(v->device, sizeof(v->device),
	    c->card->signature.seen.reader);
	if (card == NULL) {
		v->evidence_flags = SEK_EVIDENCE_WEAK;
		return;
	}
	v->evidence_flags = SEK_EVIDENCE_CRYPTOGRAPHIC;
	if (pin_counts(c, card)) {
		v->kinds |= SEK_KIND_KNOWLEDGE;
		v->evidence_flags |= SEK_EVIDENCE_USER_VERIFIED;
	}
	warn(c, card);
}

/* Is it active still, or whose number is it? That settles the slot, too. */
static enum sek_err
use(struct sek_verdict *v, struct sek_challenge *c, const char *slot)
{
	const struct sek_card_answer *a = c->card;
	const struct sek_card *card = signer(a);
	struct sek_card_use in;
	struct sek_card_use_out out;
	enum sek_err err;

	memset(&in, 0, sizeof(in));
	memset(&out, 0, sizeof(out));
	in.who = *c->who;
	in.limits = *c->limits;
	in.caller_limits = *c->caller_limits;
	memcpy(in.authenticator, v->authenticator, sizeof(in.authenticator));
	if (card != NULL) {
		in.public_len = card->public_len;
		memcpy(in.public_key, card->public_key,
		    sizeof(in.public_key));
	} else {
		in.uid_len = a->signature.uid_len;
		memcpy(in.uid, a->signature.uid, sizeof(in.uid));
	}
	if ((err = sek_text_copy(in.slot, sizeof(in.slot), slot)) == SEK_OK)
		err = sek_store_card_use(c->store, &in, &out);
	sek_wipe(&in, sizeof(in));
	if (err != SEK_OK)
		return (err);
	v->settled = true;
	v->lock = out.lock;
	if (out.authenticator[0] != '\0')
		memcpy(v->authenticator, out.authenticator,
		    sizeof(v->authenticator));
	if (out.right)
		right(v, c);
	else if (out.reason != SEK_REASON_NONE)
		v->reason = (enum sek_reason)out.reason;
	return (SEK_OK);
}

static enum sek_err
verify(struct sek_verdict *v, struct sek_challenge *c, const char *slot)
{
	const struct sek_card_answer *a = c->card;
	enum sek_err err;

	if (a == NULL)
		return (SEK_ERR_INTERNAL);
	err = weigh(c);
	if (a->worthless || c->idle) {
		v->reason = a->reason != SEK_REASON_NONE ? a->reason :
		    SEK_REASON_WRONG;
		memcpy(v->authenticator, a->charged,
		    sizeof(v->authenticator));
		return (SEK_OK);
	}
	if (err != SEK_OK && err != SEK_ERR_REFUSED)
		return (sek_why(c->why, err, "card: %s", sek_err_name(err)));
	if (signer(a) != NULL)
		memcpy(v->authenticator, a->cards.id[a->signature.card],
		    sizeof(v->authenticator));
	return (err == SEK_OK ? use(v, c, slot) : SEK_OK);
}

static void
pretend(struct sek_challenge *c)
{

	if (c->card != NULL)
		(void)weigh(c);
}

const struct sek_factor sek_factor_card = {
	.name = "card",
	.methods = SEK_METHODS_CARD,
	.bound = 15 * SEK_SECOND,
	.ask = ask,
	.verify = verify,
	.pretend = pretend,
	.done = done,
};
