/*
 * card_talk.c - the talk with an IC card and who holds it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a PIN goes to the very card it was asked for, and to no other of his.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <sodium.h>

#include "device_talk.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/factor/card.h"

/* The first look is cut short once, so that he is told of a card that is in
 * use before all of the time is over. */
#define FIRST	(4 * SEK_SECOND)
/* What the signature says it is for. */
#define DOMAIN	"sekisho card login 1"

/* What to do about an end. */
enum act {
	ACT_USELESS = 0,	/* the card is: another way, or a wrong
				 * answer */
	ACT_SIGNED,
	ACT_INSERT,
	ACT_PIN,
	ACT_AWAY,		/* no card can be of use here */
	ACT_WRONG,		/* his own doing: he may try again */
	ACT_WAIT		/* another program has it */
};

#define NOT_TRUSTED	N_("This terminal does not trust the certificate of " \
	"your card. Please tell the person in charge.")
#define NO_SENSE	N_("Your card cannot be used now. Please tell the " \
	"person in charge.")
#define TAKEN		N_("Your card was taken away too early. Please leave " \
	"it on the reader until you are logged in.")
#define SILENT		N_("Your card does not answer. Please take it off " \
	"the reader, put it back and try again.")
#define NO_SERVICE	N_("The card reader cannot be used now. Please tell " \
	"the person in charge.")
#define STILL_BUSY	N_("Your card is still in use by another program. " \
	"Please try again later.")

/* One before a PIN was typed. */
static const struct row {
	enum act	 act;
	enum sek_reason	 reason;
	const char	*text;
} rows[SEK_CARD_END_COUNT] = {
	[SEK_CARD_END_FAILED] = { ACT_USELESS, SEK_REASON_DEVICE, NO_SENSE },
	[SEK_CARD_END_OK] = { ACT_SIGNED, SEK_REASON_NONE, NULL },
	[SEK_CARD_END_NO_SERVICE] = { ACT_AWAY, SEK_REASON_DEVICE,
	    NO_SERVICE },
	[SEK_CARD_END_NO_READER] = { ACT_INSERT, SEK_REASON_DEVICE,
	    N_("No card reader was found. Please connect it.") },
	[SEK_CARD_END_NO_CARD] = { ACT_INSERT, SEK_REASON_DEVICE, NULL },
	[SEK_CARD_END_UNKNOWN] = { ACT_INSERT, SEK_REASON_DEVICE,
	    N_("The card on the reader cannot be used to log in here.") },
	[SEK_CARD_END_OTHERS] = { ACT_INSERT, SEK_REASON_DEVICE,
	    N_("The card on the reader is not one of yours. If your card was "
	    "renewed, please have it enrolled again.") },
	[SEK_CARD_END_PHONE] = { ACT_INSERT, SEK_REASON_DEVICE,
	    N_("A phone cannot be used in place of the card. Please put the "
	    "card itself on the reader.") },
	[SEK_CARD_END_WANTS_PIN] = { ACT_PIN, SEK_REASON_DEVICE, NULL },
	[SEK_CARD_END_PIN_WRONG] = { ACT_WRONG, SEK_REASON_DEVICE, NULL },
	[SEK_CARD_END_PIN_BLOCKED] = { ACT_USELESS, SEK_REASON_DEVICE,
	    N_("The PIN of your card is blocked. Please ask the person in "
	    "charge.") },
	[SEK_CARD_END_EXPIRED] = { ACT_USELESS, SEK_REASON_CERTIFICATE,
	    N_("The certificate of your card has expired. Please have your "
	    "card renewed and enrolled again.") },
	[SEK_CARD_END_UNTRUSTED] = { ACT_USELESS, SEK_REASON_CERTIFICATE,
	    NOT_TRUSTED },
	[SEK_CARD_END_WEAK] = { ACT_USELESS, SEK_REASON_DEVICE,
	    N_("The key of your card is too weak. Please ask the person in "
	    "charge for another card.") },
	[SEK_CARD_END_UNABLE] = { ACT_USELESS, SEK_REASON_DEVICE,
	    N_("Your card cannot do what is needed here. Please ask the "
	    "person in charge.") },
	[SEK_CARD_END_BUSY] = { ACT_WAIT, SEK_REASON_DEVICE, STILL_BUSY },
	[SEK_CARD_END_RESET] = { ACT_WRONG, SEK_REASON_DEVICE,
	    N_("Another program came between. Please try again.") },
	[SEK_CARD_END_GONE] = { ACT_WRONG, SEK_REASON_DEVICE, TAKEN },
	[SEK_CARD_END_SILENT] = { ACT_USELESS, SEK_REASON_DEVICE, SILENT },
	[SEK_CARD_END_GARBAGE] = { ACT_USELESS, SEK_REASON_DEVICE, NO_SENSE },
};

struct talk {
	struct sek_device_talk	 d;
	struct sek_card_answer	*a;
	char			 reader[SEK_CARD_READER_MAX]; /* of the card
							 * that wants a PIN */
	uint32_t		 driver;	/* of it */
	uint32_t		 card;		/* which of his it is */
	uint32_t		 noted;		/* the end that was logged */
	bool			 cut;		/* this run is the short one */
	bool			 whole;		/* no more of them */
};

enum sek_err
sek_card_talk_challenge(uint8_t out[SEK_CARD_CHALLENGE_LEN],
    const struct sek_card_answer *a, const struct sek_challenge *c)
{

	return (sek_device_challenge(out, SEK_CARD_CHALLENGE_LEN, DOMAIN,
	    a->random, sizeof(a->random), &a->at, c));
}

/* ------------------------------------------------------------- telling -- */

static const char *
text_of(const struct talk *t, uint32_t end)
{
	const struct sek_card_seen *seen = &t->a->signature.seen;

	if (end == SEK_CARD_END_PIN_BLOCKED && seen->driver == SEK_CARD_JPKI)
		return (N_("The PIN of your card is blocked. Please have it "
		    "reset at your municipal office."));
	if (end == SEK_CARD_END_EXPIRED && seen->not_before >
	    t->a->at.wall / SEK_SECOND)
		return (N_("The certificate of your card is not valid yet. "
		    "Please tell the person in charge."));
	if (end == SEK_CARD_END_WEAK && seen->driver == SEK_CARD_UID)
		return (N_("This card shows another number each time, so it "
		    "cannot be used here."));
	return (rows[end].text != NULL ? rows[end].text :
	    rows[SEK_CARD_END_FAILED].text);
}

static void
tell_end(const struct talk *t, uint32_t end)
{

	sek_device_tell(&t->d, PAM_ERROR_MSG, text_of(t, end));
}

static void
note(struct talk *t, const struct sek_why *why)
{
	const struct sek_card_signature *s = &t->a->signature;
	const struct sek_challenge *c = t->d.c;

	if (s->end == SEK_CARD_END_OK || s->end == SEK_CARD_END_WANTS_PIN ||
	    s->end == t->noted)
		return;
	t->noted = s->end;
	sek_pam_log(c->pamh, LOG_NOTICE, "card: %s: user=%s authenticator=%s "
	    "reader=%s (%s)%s%s", sek_card_end_name((enum sek_card_end)s->end),
	    c->who->known ? c->who->name : "(unknown)",
	    s->card < t->a->cards.n ? t->a->cards.id[s->card] : "-",
	    s->seen.reader[0] != '\0' ? s->seen.reader : "-", s->seen.model,
	    why->text[0] != '\0' ? ": " : "", why->text);
}

/* ------------------------------------------------------------- one run -- */

enum sek_err
sek_card_talk_cards(struct sek_card_list_out *out,
    const struct sek_challenge *c)
{
	struct sek_card_list in;
	enum sek_err err;

	memset(&in, 0, sizeof(in));
	in.who = c->whose != NULL ? *c->whose : *c->who;
	err = sek_store_card_list(c->store, &in, out);
	if (err == SEK_OK && out->n > SEK_AUTHENTICATORS_MAX)
		err = SEK_ERR_INTERNAL;
	if (err == SEK_OK)
		sek_store_close(c->store);
	return (err);
}

static void
place(struct sek_card_place *p, struct talk *t)
{
	const struct sek_settings *s = t->d.c->settings;

	p->readers = s->card.readers;
	p->anchors = s->card.anchors;
	p->reader = t->reader;
	p->now = t->a->at.wall / SEK_SECOND;
	p->wait = sek_device_left(&t->d);
	t->cut = !t->whole && !t->d.typed && p->wait > FIRST;
	if (t->cut)
		p->wait = FIRST;
	t->whole = true;
}

/* A PIN is one card's: from then on another is not his. */
static void
offer(struct sek_card_request *in, const struct talk *t)
{

	in->card = t->a->cards.card;
	in->n = t->a->cards.n;
	if (t->d.typed) {
		in->card += t->card;
		in->n = 1;
	}
}

/* Who has none has the card looked at as well: strange ones are told to all
 * alike, or they would tell who has a card here. */
static enum sek_err
sign_once(struct talk *t, struct sek_why *why)
{
	const struct sek_challenge *c = t->d.c;
	struct sek_card_signature *s = &t->a->signature;
	struct sek_card_request in;
	enum sek_err err;

	memset(&in, 0, sizeof(in));
	randombytes_buf(t->a->random, sizeof(t->a->random));
	if ((err = sek_card_talk_challenge(in.challenge, t->a, c)) != SEK_OK)
		return (err);
	place(&in.place, t);
	offer(&in, t);
	in.methods = (c->plan->methods | c->plan->instead) &
	    SEK_METHODS_CARD;
	in.no_pin = t->d.typed && t->d.pin.data == NULL;
	in.pin = t->d.pin.data != NULL ? &t->d.pin : NULL;
	in.last = t->d.last;
	if ((err = sek_card_sign(s, &in, why)) == SEK_OK && t->d.typed)
		s->card = s->card == 0 ? t->card : UINT32_MAX;
	return (err);
}

/* Is what came back of this request? */
static bool
makes_sense(const struct talk *t)
{
	const struct sek_card_signature *s = &t->a->signature;
	bool his = s->card < t->a->cards.n;

	switch (s->end) {
	case SEK_CARD_END_OK:
		return (his ? s->signature_len > 0 &&
		    s->signature_len <= sizeof(s->signature) :
		    s->uid_len > 0 && s->uid_len <= sizeof(s->uid));
	case SEK_CARD_END_WANTS_PIN:
		return (his);
	default:
		return (s->end < SEK_CARD_END_COUNT);
	}
}

static enum sek_err
run_once(struct talk *t, struct sek_why *why)
{
	struct sek_card_signature *s = &t->a->signature;
	enum sek_err err;

	memset(s, 0, sizeof(*s));
	s->card = UINT32_MAX;
	t->cut = false;
	if ((err = sek_clock_now(&t->a->at)) != SEK_OK)
		return (err);
	if (sek_device_left(&t->d) == 0)
		s->end = SEK_CARD_END_SILENT;
	else if ((err = sign_once(t, why)) != SEK_OK)
		return (sek_why(t->d.c->why, err, "card: %s", why->text));
	if (!makes_sense(t))
		s->end = SEK_CARD_END_GARBAGE;
	return (SEK_OK);
}

static enum sek_err
run(void *arg)
{
	struct talk *t = arg;
	struct sek_card_signature *s = &t->a->signature;
	bool silent = false;
	struct sek_why why;
	enum sek_err err;

	do {
		why.text[0] = '\0';
		if ((err = run_once(t, &why)) != SEK_OK)
			return (err);
		/* Where it hangs, pcscd still has it for the run cut short. */
		if (silent && s->end == SEK_CARD_END_BUSY)
			s->end = SEK_CARD_END_SILENT;
		silent = s->end == SEK_CARD_END_SILENT;
	} while (t->cut && silent);
	note(t, &why);
	return (SEK_OK);
}

/* ------------------------------------------------------- no card of his -- */

static bool
is_nothing(const void *arg)
{
	const struct talk *t = arg;

	return (rows[t->a->signature.end].act == ACT_INSERT);
}

static enum sek_err
insert(struct talk *t)
{
	uint32_t first = t->a->signature.end;
	enum sek_err err;

	if (t->d.inserted) {
		sek_device_other_way(&t->d, SEK_REASON_DEVICE);
		return (SEK_OK);
	}
	if (rows[first].text != NULL)
		tell_end(t, first);
	err = sek_device_insert(&t->d,
	    N_("Put your card on the reader and press Enter: "),
	    N_("Put your card on the reader and press Enter, or just press "
	    "Enter for another way: "));
	if (err != SEK_OK || t->d.ready)
		return (err);
	if (t->a->signature.end != first &&
	    rows[t->a->signature.end].text != NULL)
		tell_end(t, t->a->signature.end);
	else if (!t->d.c->elsewhere)
		sek_device_tell(&t->d, PAM_ERROR_MSG,
		    N_("No card of yours was found."));
	sek_device_other_way(&t->d, SEK_REASON_DEVICE);
	return (SEK_OK);
}

/* ----------------------------------------------------------------- PIN -- */

/* Of its form, and not the login password? */
static bool
is_pin(const struct talk *t)
{

	return (sek_card_pin_ok((enum sek_card_driver)t->driver,
	    t->d.pin.data, t->d.pin.len) &&
	    !sek_pam_is_password(t->d.c->pamh, &t->d.pin));
}

/* A wrong last one would block it: does he want that? */
static enum sek_err
may_try(struct talk *t, bool *yes)
{
	uint32_t tries = t->a->signature.seen.tries;
	char text[256];

	*yes = true;
	if (tries == 1)
		return (sek_device_ask_last(&t->d, N_("One try is left for "
		    "the PIN of your card. A wrong one blocks it."), yes));
	if (tries == SEK_CARD_TRIES_UNKNOWN)
		return (sek_device_ask_last(&t->d, N_("This may be the last "
		    "try for the PIN of your card. A wrong one blocks it."),
		    yes));
	(void)sek_text_format(text, sizeof(text), sek_message(
	    t->d.c->language, N_("Tries left for the PIN of your card: "
	    "%u")), tries);
	sek_pam_tell(t->d.c->pamh, PAM_TEXT_INFO, text);
	return (SEK_OK);
}

/* Ask for it; where nothing is verified, it goes no further. */
static enum sek_err
ask_pin(struct talk *t)
{
	const struct sek_card_signature *s = &t->a->signature;
	const char *prompt = t->d.c->options->prompt;
	bool yes = false;
	enum sek_err err;

	if (s->seen.tries == 0) {
		tell_end(t, SEK_CARD_END_PIN_BLOCKED);
		sek_device_no_use(&t->d, SEK_REASON_DEVICE);
		return (SEK_OK);
	}
	t->card = s->card;
	t->driver = t->a->cards.card[s->card].brief.driver;
	memcpy(t->reader, s->seen.reader, sizeof(t->reader));
	if ((err = may_try(t, &yes)) != SEK_OK)
		return (err);
	if (!yes) {
		sek_device_other_way(&t->d, SEK_REASON_DEVICE);
		return (SEK_OK);
	}
	if ((err = sek_device_ask(&t->d, prompt != NULL ? prompt :
	    N_("Card PIN: "), &t->d.pin)) != SEK_OK)
		return (err);
	t->d.typed = true;
	if (!is_pin(t)) {
		sek_device_tell(&t->d, PAM_ERROR_MSG,
		    N_("This cannot be the PIN of your card."));
		sek_device_wrong(&t->d, SEK_REASON_WRONG);
	} else if (t->d.c->idle) {
		sek_device_spoil(&t->d, SEK_REASON_WRONG);
	}
	if (t->a->worthless)
		sek_secret_free(&t->d.pin);
	return (SEK_OK);
}

/* ----------------------------------------------------------- what next -- */

static void
wait_for_it(struct talk *t)
{

	sek_device_wait(&t->d, N_("Your card is in use by another program. "
	    "Please wait."), STILL_BUSY);
}

/* What came before a PIN could be sent is told, for it is the same where none
 * was to be. */
static const char *
before_pin(const struct talk *t)
{

	if (t->a->signature.pin_sent != 0)
		return (NULL);
	switch (t->a->signature.end) {
	case SEK_CARD_END_NO_READER:
	case SEK_CARD_END_NO_CARD:
	case SEK_CARD_END_UNKNOWN:
	case SEK_CARD_END_OTHERS:
	case SEK_CARD_END_GONE:
		return (TAKEN);
	case SEK_CARD_END_NO_SERVICE:
		return (NO_SERVICE);
	case SEK_CARD_END_SILENT:
		return (SILENT);
	default:
		return (NULL);
	}
}

/* A PIN was typed: no more questions, and the same is told whether it was sent
 * or not. A wrong one he learns of by the tries left at his next login. */
static void
behind_pin(struct talk *t)
{
	const struct sek_card_signature *s = &t->a->signature;
	const char *text = before_pin(t);

	if (s->end == SEK_CARD_END_OK) {
		t->d.done = true;
		return;
	}
	if (s->end == SEK_CARD_END_BUSY && s->pin_sent == 0) {
		wait_for_it(t);
		return;
	}
	if (text != NULL)
		sek_device_tell(&t->d, PAM_ERROR_MSG, text);
	if (s->pin_sent != 0 && s->card < t->a->cards.n &&
	    (s->end == SEK_CARD_END_PIN_WRONG ||
	    s->end == SEK_CARD_END_PIN_BLOCKED)) {
		memcpy(t->a->charged, t->a->cards.id[s->card],
		    sizeof(t->a->charged));
		sek_device_wrong(&t->d, SEK_REASON_WRONG);
	} else {
		sek_device_wrong(&t->d, rows[s->end].reason);
	}
}

static enum sek_err
react(void *arg)
{
	struct talk *t = arg;
	uint32_t end = t->a->signature.end;
	const struct row *row = &rows[end];

	if (t->d.typed) {
		behind_pin(t);
		return (SEK_OK);
	}
	switch (row->act) {
	case ACT_SIGNED:
		t->d.done = true;
		return (SEK_OK);
	case ACT_INSERT:
		return (insert(t));
	case ACT_PIN:
		return (ask_pin(t));
	case ACT_WAIT:
		wait_for_it(t);
		return (SEK_OK);
	case ACT_AWAY:
		tell_end(t, end);
		sek_device_other_way(&t->d, row->reason);
		return (SEK_OK);
	case ACT_WRONG:
		tell_end(t, end);
		sek_device_wrong(&t->d, row->reason);
		return (SEK_OK);
	case ACT_USELESS:
	default:
		tell_end(t, end);
		sek_device_no_use(&t->d, row->reason);
		return (SEK_OK);
	}
}

static const struct sek_device_calls calls = {
	.run = run,
	.react = react,
	.is_nothing = is_nothing,
};

enum sek_err
sek_card_talk(struct sek_card_answer *a, struct sek_challenge *c)
{
	struct talk t;
	enum sek_err err;

	memset(&t, 0, sizeof(t));
	sek_device_begin(&t.d, &calls, &t, c, SEK_METHODS_CARD,
	    &a->worthless, &a->reason);
	t.a = a;
	a->charged[0] = '\0';
	t.noted = SEK_CARD_END_COUNT;
	err = sek_device_converse(&t.d);
	sek_device_end(&t.d);
	sek_wipe(&t, sizeof(t));
	if (err != SEK_OK || a->signature.end != SEK_CARD_END_OK)
		a->worthless = true;
	return (err);
}
