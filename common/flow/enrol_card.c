/*
 * enrol_card.c - to bind an IC card to a person
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no PIN with one try left but by his own yes.
 * MUST: what policy takes no card of is told before a PIN is asked for.
 * MUST: a PIN goes to the very card it was asked for.
 * MUST: nothing of the certificate but its key, dates and issuer's key id is
 * handed on; its serial only for the store to mark.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/flow/enrol_card.h"
#include "sekisho/model/method.h"

#define TALK	(20 * SEK_SECOND)	/* at most, to one card at a time */

/* What to do next. NULL: it is no end of an enrolment. */
static const char *const sentences[SEK_CARD_END_COUNT] = {
	[SEK_CARD_END_FAILED] = N_("The card cannot be used now: please tell "
	    "the person in charge."),
	[SEK_CARD_END_NO_SERVICE] = N_("The card reader cannot be used now: "
	    "please have pcscd started (systemctl start pcscd.socket), then "
	    "begin anew."),
	[SEK_CARD_END_NO_READER] = N_("There is no card reader: please plug "
	    "one in, then begin anew."),
	[SEK_CARD_END_NO_CARD] = N_("There is no card on the reader: please "
	    "put it there, then begin anew."),
	[SEK_CARD_END_UNKNOWN] = N_("This is no card that can be used here: "
	    "please use another one."),
	[SEK_CARD_END_PHONE] = N_("A telephone cannot take the place of the "
	    "card: please use the card itself."),
	[SEK_CARD_END_WANTS_PIN] = N_("The card asks for its PIN: please run "
	    "this at a terminal."),
	[SEK_CARD_END_PIN_WRONG] = N_("That is not the PIN of the card: "
	    "nothing is enrolled."),
	[SEK_CARD_END_PIN_BLOCKED] = N_("The PIN of the card is blocked: "
	    "please tell the person in charge of the card, or use another "
	    "one."),
	[SEK_CARD_END_EXPIRED] = N_("The certificate on the card has ended, or "
	    "is not valid yet: please have it renewed, then begin anew."),
	[SEK_CARD_END_UNTRUSTED] = N_("The certificate on the card is of "
	    "nobody that is trusted here (card.anchors): please use another "
	    "card, or ask the person in charge."),
	[SEK_CARD_END_WEAK] = N_("The key or the number of this card is too "
	    "weak: please use another one."),
	[SEK_CARD_END_UNABLE] = N_("There is no key, or no certificate, for "
	    "logins on the card: please have one put on it, or use another "
	    "card."),
	[SEK_CARD_END_BUSY] = N_("The card is in use by another program: "
	    "please try again in a moment."),
	[SEK_CARD_END_RESET] = N_("Another program reset the card: please "
	    "begin anew."),
	[SEK_CARD_END_GONE] = N_("The card was taken away too early: please "
	    "put it back, then begin anew."),
	[SEK_CARD_END_SILENT] = N_("The card does not answer: please take it "
	    "off, put it back, then begin anew."),
	[SEK_CARD_END_GARBAGE] = N_("The card answers without sense: please "
	    "use another one."),
};

struct work {
	const struct sek_enrol_card	*in;
	const struct sek_enrol_talk	*talk;
	struct sek_enrol		*e;
	enum sek_card_end		*end;
	struct sek_why			*told;
	struct sek_why			*why;
	struct sek_secret		 pin;
	unsigned			 pins;		/* asked for */
	bool				 shown;
	char				 reader[SEK_CARD_READER_MAX];
	struct sek_card			 asked;		/* whose PIN it is */
	struct sek_card_read		 read;
	struct sek_card_made		 made;
};

static void
say(const struct work *w, bool is_error, const char *msgid)
{

	sek_enrol_say(w->talk, is_error, msgid);
}

static enum sek_err
no_because(struct work *w, enum sek_card_end end, const char *msgid)
{

	*w->end = end;
	return (sek_enrol_refuse(w->talk, w->told, msgid));
}

/* It ends here, and he is told why. */
static enum sek_err
no(struct work *w, enum sek_card_end end)
{
	const char *msgid = (unsigned)end < SEK_CARD_END_COUNT ?
	    sentences[end] : NULL;

	if (msgid == NULL) {
		end = SEK_CARD_END_GARBAGE;
		msgid = sentences[end];
	}
	if (end == SEK_CARD_END_PIN_BLOCKED &&
	    w->made.seen.driver == SEK_CARD_JPKI)
		msgid = N_("The PIN of the card is blocked: please have it set "
		    "anew at the counter of your municipality.");
	if ((end == SEK_CARD_END_NO_READER || end == SEK_CARD_END_NO_CARD) &&
	    w->in->reader[0] != '\0')
		msgid = N_("There is no card on a reader of that name: sekisho "
		    "card list tells the names.");
	return (no_because(w, end, msgid));
}

/* ------------------------------------------------------- is it of use? -- */

static enum sek_err
check_accepted(struct work *w, uint32_t driver)
{
	enum sek_method m = sek_card_method((enum sek_card_driver)driver);

	if (m == SEK_METHOD_NONE ||
	    (w->in->settings->factors.accept & SEK_METHOD_BIT(m)) != 0)
		return (SEK_OK);
	(void)sek_why(w->why, SEK_ERR_REFUSED, m == SEK_METHOD_CARD_UID ?
	    "factors.accept does not name %s, which an exception has to "
	    "allow" : "factors.accept does not name %s",
	    sek_method_name(m));
	return (no_because(w, SEK_CARD_END_UNABLE, N_("Cards of this kind are "
	    "not accepted here: please use another one, or ask the person in "
	    "charge.")));
}

/* Which card it is, before anybody types its PIN. */
static void
show(struct work *w)
{
	const struct sek_card_seen *seen = &w->made.seen;
	const char *zone = w->in->settings->terminal.timezone;
	char from[32], to[32], text[512];

	if (w->shown)
		return;
	w->shown = true;
	(void)sek_text_format(text, sizeof(text), sek_enrol_words(w->talk,
	    N_("Card: %s, on the reader %s")), seen->model, seen->reader);
	w->talk->tell(w->talk->arg, false, text);
	if (seen->not_after == 0)
		return;
	if (zone[0] == '\0')
		zone = NULL;
	sek_clock_print_short(from, sizeof(from),
	    seen->not_before * SEK_SECOND, zone);
	sek_clock_print_short(to, sizeof(to), seen->not_after * SEK_SECOND,
	    zone);
	(void)sek_text_format(text, sizeof(text), sek_enrol_words(w->talk,
	    N_("Its certificate is valid from %s to %s.")), from, to);
	w->talk->tell(w->talk->arg, false, text);
}

/* ------------------------------------------------------------- its PIN -- */

static bool
pin_ok(const void *arg, const struct sek_secret *pin)
{
	const struct work *w = arg;

	return (sek_card_pin_ok(w->read.driver, pin->data, pin->len));
}

/* SEK_OK: there is one to try, on this card. No card is held meanwhile. */
static enum sek_err
ask_pin(struct work *w)
{
	const struct sek_card_seen *seen = &w->made.seen;
	char left[256];
	const struct sek_enrol_pin p = { .left = left,
	    .last = N_("One try is left for the PIN of your card. A wrong one "
	    "blocks it."),
	    .maybe_last = N_("This may be the last try for the PIN of your "
	    "card. A wrong one blocks it."),
	    .prompt = N_("Card PIN: "),
	    .impossible = N_("This cannot be the PIN of this card."),
	    .ok = pin_ok, .arg = w };
	enum sek_err err;

	sek_secret_free(&w->pin);
	if (w->talk->ask == NULL)
		return (no(w, SEK_CARD_END_WANTS_PIN));
	if (seen->tries == 0)
		return (no(w, SEK_CARD_END_PIN_BLOCKED));
	w->read.driver = (enum sek_card_driver)seen->driver;
	memcpy(w->reader, seen->reader, sizeof(w->reader));
	w->read.place.reader = w->reader;
	if (w->made.end == SEK_CARD_END_WANTS_PIN)
		w->asked = w->made.card;
	w->read.same = &w->asked;
	(void)sek_text_format(left, sizeof(left), sek_enrol_words(w->talk,
	    N_("Tries left for the PIN of your card: %u")), seen->tries);
	err = sek_enrol_ask_pin(w->talk, &p, seen->tries, &w->pins, &w->pin);
	/* He said yes to it. */
	w->read.last = seen->tries == 1 ||
	    seen->tries == SEK_CARD_TRIES_UNKNOWN;
	return (err == SEK_ERR_REFUSED ? no(w, SEK_CARD_END_PIN_WRONG) : err);
}

/* An end that was not yet one: SEK_OK, once more; or what is told. */
static enum sek_err
react(struct work *w)
{

	switch ((enum sek_card_end)w->made.end) {
	case SEK_CARD_END_WANTS_PIN:
		return (ask_pin(w));
	case SEK_CARD_END_PIN_WRONG:
		if (w->talk->ask == NULL || w->pins >= SEK_ENROL_PINS_MAX ||
		    w->made.seen.tries == 0)
			return (no(w, w->made.seen.tries == 0 ?
			    SEK_CARD_END_PIN_BLOCKED :
			    SEK_CARD_END_PIN_WRONG));
		say(w, true, N_("That is not the PIN of this card."));
		return (ask_pin(w));
	default:
		return (no(w, (enum sek_card_end)w->made.end));
	}
}

/* ----------------------------------------------------- reading, proving -- */

static enum sek_err
several(struct work *w)
{

	/* Their readers' names; what is told says the rest. */
	if (w->why->text[0] != '\0')
		w->talk->tell(w->talk->arg, true, w->why->text);
	w->why->text[0] = '\0';
	return (no_because(w, SEK_CARD_END_UNABLE, N_("There are several "
	    "cards: please take the others away, or name a reader by "
	    "--reader.")));
}

static enum sek_err
read_once(struct work *w)
{
	const struct sek_card_made *made = &w->made;
	struct sek_moment now;
	enum sek_err err;

	memset(&w->made, 0, sizeof(w->made));
	if ((err = sek_clock_now(&now)) != SEK_OK)
		return (err);
	w->read.place.now = now.wall / SEK_SECOND;
	w->read.pin = w->pin.data != NULL ? &w->pin : NULL;
	err = sek_card_read(&w->made, &w->read, w->why);
	if (err == SEK_ERR_REFUSED)
		return (several(w));
	if (err != SEK_OK)
		return (err);
	if (!sek_enrol_is_there(w->talk))
		return (SEK_ERR_CONV);
	if (made->end != SEK_CARD_END_OK &&
	    made->end != SEK_CARD_END_WANTS_PIN)
		return (react(w));
	if ((err = check_accepted(w, made->seen.driver)) != SEK_OK)
		return (err);
	show(w);
	return (made->end == SEK_CARD_END_OK ? SEK_OK : react(w));
}

static int64_t
patience(const struct work *w)
{
	int64_t wait = w->in->settings->factors.wait * SEK_SECOND;

	return (wait > 0 && wait < TALK ? wait : TALK);
}

static enum sek_err
read_card(struct work *w)
{
	enum sek_err err;

	w->read.place.readers = w->in->settings->card.readers;
	w->read.place.anchors = w->in->settings->card.anchors;
	w->read.place.reader = w->in->reader;
	w->read.place.wait = patience(w);
	w->read.driver = w->in->driver;
	w->read.key = w->in->key;
	w->read.prove = !w->in->unproved;
	say(w, false, N_("Please leave the card on the reader until it is "
	    "enrolled."));
	do
		err = read_once(w);
	while (err == SEK_OK && w->made.end != SEK_CARD_END_OK);
	return (err);
}

/* What was read is whole, and of the kind that was looked for. */
static enum sek_err
take(struct work *w)
{
	const struct sek_card *c = &w->made.card;
	const bool has_key = c->brief.driver != SEK_CARD_UID;
	struct sek_authenticator *a = &w->e->authenticator;
	enum sek_err err;

	if (sek_card_check(c) != SEK_OK || c->identity_len == 0 ||
	    (w->read.driver != SEK_CARD_DRIVERS &&
	    c->brief.driver != w->read.driver))
		return (no(w, SEK_CARD_END_GARBAGE));
	if ((err = check_accepted(w, c->brief.driver)) != SEK_OK)
		return (err);
	if (has_key && !w->in->unproved && w->made.proved != 1)
		return (no_because(w, SEK_CARD_END_GARBAGE, N_("The card did "
		    "not prove itself: nothing is enrolled; please use "
		    "another one.")));
	a->method = (uint8_t)sek_card_method(
	    (enum sek_card_driver)c->brief.driver);
	a->state = SEK_AUTHENTICATOR_ACTIVE;
	a->card = c->brief;
	w->e->card = *c;
	w->e->key_len = 0;
	w->e->proved = has_key && w->made.proved == 1;
	return (SEK_OK);
}

enum sek_err
sek_enrol_card(struct sek_enrol *out, const struct sek_enrol_card *in,
    enum sek_card_end *end, struct sek_why *told, struct sek_why *why)
{
	struct work *w;
	enum sek_err err;

	*end = SEK_CARD_END_FAILED;
	told->text[0] = '\0';
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (SEK_ERR_NOMEM);
	w->in = in;
	w->talk = in->talk;
	w->e = out;
	w->end = end;
	w->told = told;
	w->why = why;
	if ((err = sek_secret_init()) == SEK_OK &&
	    (err = check_accepted(w, (uint32_t)in->driver)) == SEK_OK &&
	    (err = read_card(w)) == SEK_OK &&
	    (err = take(w)) == SEK_OK)
		*end = SEK_CARD_END_OK;
	sek_secret_free(&w->pin);
	sek_wipe(w, sizeof(*w));
	free(w);
	return (err);
}
