/*
 * self.c - what people see and change of themselves, by sekisho-helper
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a key is stored after a code of it was right and both present kinds
 * were proved, and is shown to nobody but the client that asked.
 * MUST: nothing shown without a proof tells which factor was wrong.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "helper.h"
#include "sekisho/base/base32.h"
#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/flow/context.h"
#include "sekisho/flow/enrol.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/proof.h"
#include "sekisho/model/evidence.h"
#include "sekisho/rule/policy.h"
#include "sekisho/rule/ticket.h"

#define TRIES	3		/* at the code of a new key */

/* Of a token, what its last codes left: a counter that moved, or moved halfway,
 * tells that the password before it was right. */
static void
untell(struct sek_authenticator *a)
{

	a->failures = SEK_FAILURES_UNTOLD;
	a->oath.moving = a->oath.resync = 0;
	a->oath.drift = 0;
	a->fido2.counter = 0;
}

enum sek_err
helper_show(struct helper *h)
{
	struct sek_helper_self *out;
	enum sek_err err;
	uint32_t i;

	if ((err = helper_self(h)) != SEK_OK)
		return (err);
	if ((err = sek_account_roles(&h->roles, h->settings, h->who.name,
	    h->who.gid)) != SEK_OK)
		return (helper_trouble(h, err));
	if ((out = calloc(1, sizeof(*out))) == NULL)
		return (SEK_ERR_NOMEM);
	memcpy(out->account, h->who.name, sizeof(out->account));
	memcpy(out->timezone, h->settings->terminal.timezone,
	    sizeof(out->timezone));
	out->user = h->self.user;
	memcpy(out->authenticator, h->self.authenticator,
	    sizeof(out->authenticator));
	out->nauthenticators = h->self.nauthenticators;
	for (i = 0; i < SEK_AUTHENTICATORS_MAX; i++)
		untell(&out->authenticator[i]);
	out->roles = h->roles;
	err = helper_data(h, SEK_HELPER_DATA_SELF, out, sizeof(*out));
	free(out);
	return (err);
}

/* The methods he could still prove by, without the authenticator of this id
 * ("": with all). A password is everybody's. */
static uint32_t
methods(const struct sek_self_out *self, const struct sek_requirement *need,
    const char *without, unsigned *active)
{
	uint32_t have = SEK_METHOD_BIT(SEK_METHOD_PASSWORD), i;

	*active = 0;
	for (i = 0; i < self->nauthenticators; i++)
		if (sek_policy_active(need, &self->authenticator[i]) &&
		    strcmp(self->authenticator[i].id, without) != 0) {
			have |= SEK_METHOD_BIT(self->authenticator[i].method);
			++*active;
		}
	return (have);
}

static bool
reaches(const struct helper *h, const char *without)
{
	const struct sek_self_out *self = &h->self;
	struct sek_requirement need;
	uint32_t kinds = 0, verified = 0, i;
	unsigned active;

	sek_facts_requirement(&need, h->settings, SEK_PROOF_HELPER);
	for (i = 0; i < self->nauthenticators; i++)
		if (strcmp(self->authenticator[i].id, without) != 0)
			verified |= sek_policy_verified(&need,
			    &self->authenticator[i]);
	return (sek_policy_reach_by(&kinds, &need, methods(self, &need,
	    without, &active), verified));
}

static unsigned
nactive(const struct helper *h)
{
	struct sek_requirement need;
	unsigned active;

	sek_facts_requirement(&need, h->settings, SEK_PROOF_HELPER);
	(void)methods(&h->self, &need, "", &active);
	return (active);
}

enum sek_err
helper_can_prove(struct helper *h)
{

	if (h->self.user.account.name[0] != '\0' &&
	    h->self.user.account.shared)
		return (helper_no(h, SEK_ERR_REFUSED, N_("This account is "
		    "shared: an administrator enrols the authenticators of "
		    "its members.")));
	if (nactive(h) == 0)
		return (helper_no(h, SEK_ERR_REFUSED, N_("You have no "
		    "authenticator to prove yourself with yet: please ask an "
		    "administrator to enrol the first one, or for an "
		    "enrolment ticket.")));
	if (!reaches(h, ""))
		return (helper_no(h, SEK_ERR_REFUSED, N_("Your authenticators "
		    "are not enough to prove yourself on this terminal: please "
		    "ask an administrator.")));
	return (SEK_OK);
}

/* ------------------------------------------------------------- enrolling */

/* Is there a ticket for the first one? What it is worth, the proof tells. */
static enum sek_err
has_ticket(struct helper *h, bool *has)
{
	struct sek_lookup *in = calloc(1, sizeof(*in));
	struct sek_lookup_out *out = calloc(1, sizeof(*out));
	enum sek_err err = SEK_ERR_NOMEM;

	*has = false;
	if (in == NULL || out == NULL ||
	    (err = sek_facts_account(&in->who, h->settings, h->who.name)) !=
	    SEK_OK)
		goto out;
	in->who.caller = (uint32_t)getuid();
	(void)sek_text_copy(in->who.service, sizeof(in->who.service),
	    SEK_PROOF_HELPER);
	sek_claimant_limits(&in->limits, h->settings, h->privileged);
	in->caller_limits = in->limits;
	if ((err = sek_store_lookup(h->store, in, out)) == SEK_OK)
		*has = (h->settings->factors.accept &
		    SEK_METHOD_BIT(SEK_METHOD_TICKET)) != 0 &&
		    !h->settings->factors.require_crypto_possession &&
		    (out->tickets & sek_ticket_purposes(&in->who,
		    SEK_SUBSTITUTE_NO, true)) != 0;
out:
	free(in);
	free(out);
	return (err);
}

/* By what he has, or by an enrolment ticket where that is nothing. */
static enum sek_err
can_prove_to_enrol(struct helper *h)
{
	bool has = false;
	enum sek_err err;

	if (nactive(h) == 0 && (err = has_ticket(h, &has)) != SEK_OK)
		return (helper_trouble(h, err));
	return (has ? SEK_OK : helper_can_prove(h));
}

static enum sek_err
check_new(struct helper *h, const struct sek_helper_enrol *in)
{
	const struct sek_account *a = &h->self.user.account;
	uint32_t i;

	/* Whom the store does not know, was nobody else. */
	if (a->name[0] != '\0' && a->uid != SEK_UID_NONE &&
	    a->uid != h->who.uid)
		return (helper_no(h, SEK_ERR_REFUSED, N_("This account was "
		    "another's before: please ask an administrator to enrol "
		    "you anew.")));
	if (h->self.nauthenticators >= SEK_AUTHENTICATORS_MAX)
		return (helper_no(h, SEK_ERR_REFUSED, N_("You have too many "
		    "authenticators: please remove one first.")));
	for (i = 0; i < h->self.nauthenticators; i++)
		if (in->label[0] != '\0' &&
		    strcmp(h->self.authenticator[i].label, in->label) == 0)
			return (helper_no(h, SEK_ERR_EXISTS, N_("You have an "
			    "authenticator of this label already: please "
			    "choose another.")));
	return (can_prove_to_enrol(h));
}

static void
fill_in(const struct helper *h, struct sek_enrol *e,
    const struct sek_helper_enrol *in)
{

	(void)sek_text_copy(e->account.name, sizeof(e->account.name),
	    h->who.name);
	e->account.uid = h->who.uid;
	e->account.privileged = h->privileged;
	memcpy(e->account.person, h->self.user.account.person,
	    sizeof(e->account.person));
	memcpy(e->person.id, e->account.person, sizeof(e->person.id));
	memcpy(e->authenticator.person, e->account.person,
	    sizeof(e->authenticator.person));
	(void)sek_text_copy(e->authenticator.label, SEK_LABEL_MAX, in->label);
}

static enum sek_err
make_key(struct helper *h, struct sek_enrol *e,
    const struct sek_helper_enrol *in)
{
	enum sek_err err;

	err = in->method == SEK_METHOD_HOTP &&
	    in->algorithm != SEK_OATH_SHA1 ? SEK_ERR_RANGE :
	    sek_enrol_key(e, (enum sek_method)in->method,
	    (enum sek_oath_algorithm)in->algorithm, in->digits, in->period);
	return (err == SEK_OK ? SEK_OK : helper_no(h, err, N_("A token of "
	    "this form is not possible: please choose other digits, period or "
	    "algorithm.")));
}

static enum sek_err
show_key(struct helper *h, const struct sek_enrol *e)
{
	struct sek_helper_key *out;
	struct sek_secret uri = SEK_SECRET_NONE;
	enum sek_err err;

	if ((out = calloc(1, sizeof(*out))) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = sek_enrol_uri(&uri, e)) == SEK_OK &&
	    (err = sek_text_copy(out->uri, sizeof(out->uri),
	    sek_secret_text(&uri))) == SEK_OK &&
	    (err = sek_base32_encode(out->key, e->key, e->key_len)) == SEK_OK)
		err = helper_data(h, SEK_HELPER_DATA_KEY, out, sizeof(*out));
	sek_secret_free(&uri);
	sek_wipe(out, sizeof(*out));
	free(out);
	return (err);
}

static enum sek_err
prove_key(struct helper *h, struct sek_enrol *e)
{
	struct sek_secret typed = SEK_SECRET_NONE;
	struct sek_moment now;
	enum sek_err err = SEK_ERR_REFUSED;
	int i;

	for (i = 0; i < TRIES && !e->proved; i++) {
		if ((err = helper_ask(h, true, helper_text(h, N_("The code it "
		    "shows now: ")), &typed)) != SEK_OK)
			return (err);
		if ((err = sek_clock_now(&now)) == SEK_OK &&
		    !sek_enrol_prove(e, sek_secret_text(&typed),
		    now.wall / SEK_SECOND)) {
			err = SEK_ERR_REFUSED;
			helper_say(h, true, helper_text(h, N_("That is not "
			    "the code.")));
		}
		sek_secret_free(&typed);
	}
	return (err == SEK_ERR_REFUSED ? helper_no(h, err, N_("Nothing is "
	    "enrolled: please check the time of the token and of this "
	    "terminal, then begin anew.")) : err);
}

/* A proof serves for two minutes; a key that takes longer to be scanned and
 * typed is stored on a new one. */
static enum sek_err
prove_again(struct helper *h, struct sek_admission *proof)
{
	struct sek_moment now;
	enum sek_err err;

	if ((err = sek_clock_now(&now)) != SEK_OK)
		return (err);
	if (sek_clock_age(&proof->at, &now) < SEK_EVIDENCE_AGE -
	    20 * SEK_SECOND)
		return (SEK_OK);
	helper_say(h, false, helper_text(h, N_("That took more than two "
	    "minutes: once more, please.")));
	return (helper_prove_to_enrol(h, proof));
}

/* Whose a card is already, only the log is told. */
static enum sek_err
not_stored(struct helper *h, const struct sek_enrol *e, enum sek_err err)
{

	if (!sek_card_is_method((enum sek_method)e->authenticator.method) ||
	    (err != SEK_ERR_EXISTS && err != SEK_ERR_REFUSED))
		return (helper_trouble(h, err));
	helper_log(LOG_NOTICE, "uid %u: card not enrolled: %s",
	    (unsigned)getuid(), sek_store_why(h->store));
	return (err == SEK_ERR_EXISTS ? helper_no(h, err, N_("This card is "
	    "enrolled for you already.")) : helper_no(h, err, N_("This card "
	    "cannot be enrolled for you: please ask an administrator, who can "
	    "see why.")));
}

static enum sek_err
store_key(struct helper *h, const struct sek_enrol *e,
    const struct sek_admission *proof)
{
	struct sek_self_enrol_out out;
	struct sek_self_enrol *in;
	enum sek_err err;

	memset(&out, 0, sizeof(out));
	if ((in = calloc(1, sizeof(*in))) == NULL)
		return (SEK_ERR_NOMEM);
	in->enrol = *e;
	if ((err = helper_actor(h, &in->who, proof)) == SEK_OK &&
	    (err = sek_store_self_enrol(h->store, in, &out)) != SEK_OK)
		err = not_stored(h, e, err);
	sek_wipe(in, sizeof(*in));
	free(in);
	if (err != SEK_OK)
		return (err);
	h->acted = true;
	return (helper_data(h, SEK_HELPER_DATA_ENROLLED, &out.a,
	    sizeof(out.a)));
}

/* A token that is typed into, or a telephone. */
static enum sek_err
enrol_code(struct helper *h, struct sek_enrol *e,
    const struct sek_helper_enrol *in, struct sek_admission *proof)
{
	enum sek_err err;

	if ((err = make_key(h, e, in)) == SEK_OK &&
	    (err = helper_prove_to_enrol(h, proof)) == SEK_OK &&
	    (err = show_key(h, e)) == SEK_OK)
		err = prove_key(h, e);
	return (err);
}

static enum sek_err
enrol_security_key(struct helper *h, struct sek_enrol *e,
    const struct sek_helper_enrol *in, struct sek_admission *proof)
{
	enum sek_err err;

	if ((err = helper_key_present(h)) == SEK_OK &&
	    (err = helper_prove_to_enrol(h, proof)) == SEK_OK)
		err = helper_bind_key(h, e, in);
	return (err);
}

static enum sek_err
enrol_card(struct helper *h, struct sek_enrol *e,
    const struct sek_helper_enrol *in, struct sek_admission *proof)
{
	enum sek_err err;

	if ((err = helper_card_present(h, in)) == SEK_OK &&
	    (err = helper_prove_to_enrol(h, proof)) == SEK_OK)
		err = helper_bind_card(h, e, in);
	return (err);
}

static enum sek_err
enrol_finger(struct helper *h, struct sek_enrol *e,
    const struct sek_helper_enrol *in, struct sek_admission *proof)
{
	enum sek_err err;

	if ((err = helper_finger_present(h, in)) == SEK_OK &&
	    (err = helper_prove_to_enrol(h, proof)) == SEK_OK)
		err = helper_bind_finger(h, e, in);
	return (err);
}

static enum sek_err
enrol_device_or_code(struct helper *h, struct sek_enrol *e,
    const struct sek_helper_enrol *in, struct sek_admission *proof)
{

	switch ((enum sek_method)in->method) {
	case SEK_METHOD_FIDO2:
		return (enrol_security_key(h, e, in, proof));
	case SEK_METHOD_FINGERPRINT:
		return (enrol_finger(h, e, in, proof));
	case SEK_METHOD_NONE:
	case SEK_METHOD_CARD_JPKI:
	case SEK_METHOD_CARD_PIV:
	case SEK_METHOD_CARD_UID:
		return (enrol_card(h, e, in, proof));
	default:
		return (enrol_code(h, e, in, proof));
	}
}

enum sek_err
helper_enrol(struct helper *h, const struct sek_helper_enrol *in)
{
	struct sek_admission proof;
	struct sek_enrol *e;
	enum sek_err err;

	if ((err = helper_self(h)) != SEK_OK ||
	    (err = check_new(h, in)) != SEK_OK)
		return (err);
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (SEK_ERR_NOMEM);
	fill_in(h, e, in);
	if ((err = enrol_device_or_code(h, e, in, &proof)) == SEK_OK &&
	    (err = prove_again(h, &proof)) == SEK_OK)
		err = store_key(h, e, &proof);
	if (err != SEK_OK && !h->acted)
		helper_unbind_finger(h, e);
	sek_wipe(e, sizeof(*e));
	free(e);
	return (err);
}

/* ------------------------------------------------ disabling, removing -- */

static const struct sek_authenticator *
find_own(const struct sek_self_out *self, const char *id)
{
	uint32_t i;

	for (i = 0; i < self->nauthenticators; i++)
		if (strcmp(self->authenticator[i].id, id) == 0)
			return (&self->authenticator[i]);
	return (NULL);
}

static bool
is_finger(const struct helper *h, const char *id)
{
	const struct sek_authenticator *a = find_own(&h->self, id);

	return (a != NULL && a->method == SEK_METHOD_FINGERPRINT);
}

static enum sek_err
check_state(struct helper *h, const struct sek_helper_state *in)
{
	const struct sek_authenticator *a = find_own(&h->self, in->id);

	if (a == NULL)
		return (helper_no(h, SEK_ERR_NOT_FOUND, N_("You have no such "
		    "authenticator.")));
	if (in->to == SEK_AUTHENTICATOR_DISABLED &&
	    a->state != SEK_AUTHENTICATOR_ACTIVE)
		return (helper_no(h, SEK_ERR_REFUSED, N_("This authenticator "
		    "is not active any more.")));
	if (a->state == SEK_AUTHENTICATOR_ACTIVE && !in->even_last &&
	    !reaches(h, in->id))
		return (helper_no(h, SEK_ERR_REFUSED, N_("Without it you "
		    "could not log in any more: enrol another one first, or "
		    "say --even-last.")));
	return (helper_can_prove(h));
}

enum sek_err
helper_state(struct helper *h, const struct sek_helper_state *in)
{
	struct sek_self_state out;
	struct sek_admission proof;
	enum sek_err err, forgotten = SEK_OK;

	memset(&out, 0, sizeof(out));
	if ((err = helper_self(h)) != SEK_OK ||
	    (err = check_state(h, in)) != SEK_OK ||
	    (err = helper_prove(h, SEK_PROOF_HELPER, false, &proof)) !=
	    SEK_OK)
		return (err);
	memcpy(out.id, in->id, sizeof(out.id));
	out.to = in->to;
	if (is_finger(h, in->id) && in->to == SEK_AUTHENTICATOR_REMOVED &&
	    (forgotten = helper_forget_finger(h, in->id)) != SEK_OK)
		/* Removed, it could not be removed once more. */
		out.to = SEK_AUTHENTICATOR_DISABLED;
	if ((err = helper_actor(h, &out.who, &proof)) == SEK_OK &&
	    (err = sek_store_self_state(h->store, &out)) != SEK_OK)
		err = err == SEK_ERR_NOT_FOUND ? helper_no(h, err, N_("You "
		    "have no such authenticator.")) : helper_trouble(h, err);
	return (err == SEK_OK ? forgotten : err);
}
