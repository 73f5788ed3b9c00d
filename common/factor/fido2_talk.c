/*
 * fido2_talk.c - the talk with a security key and who holds it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <sodium.h>

#include "device_talk.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/factor/fido2.h"

#define SENSOR_RUNS	3u
/* Tries left where three in a row may have been wrong, CTAP 2.1 6.5.5.1. */
#define MAY_BE_PAUSED	5u
/* What the signature says it is for. */
#define DOMAIN	"sekisho fido2 login 1"

/* What to do about an end. */
enum act {
	ACT_USELESS = 0,	/* the key is: another way, or a wrong answer */
	ACT_SIGNED,
	ACT_INSERT,
	ACT_PIN,
	ACT_SENSOR,
	ACT_WRONG,		/* his own doing: he may try again */
	ACT_WAIT		/* another program has it */
};

/* One before a PIN was typed. pin: is one the key gives because of a PIN that
 * reached it? */
static const struct row {
	enum act	 act;
	bool		 pin;
	const char	*text;
} rows[SEK_FIDO2_END_COUNT] = {
	[SEK_FIDO2_END_FAILED] = { ACT_USELESS, false,
	    N_("Your security key cannot be used now. Please tell the person "
	    "in charge.") },
	[SEK_FIDO2_END_OK] = { ACT_SIGNED, false, NULL },
	[SEK_FIDO2_END_NO_KEY] = { ACT_INSERT, false, NULL },
	[SEK_FIDO2_END_OTHERS] = { ACT_INSERT, false,
	    N_("The security key that is plugged in is not one of yours.") },
	[SEK_FIDO2_END_WANTS_PIN] = { ACT_PIN, true, NULL },
	[SEK_FIDO2_END_NO_PIN] = { ACT_USELESS, true,
	    N_("Your security key has no PIN yet, and one is needed here. "
	    "Please ask the person in charge.") },
	[SEK_FIDO2_END_PIN_WRONG] = { ACT_WRONG, true, NULL },
	[SEK_FIDO2_END_PIN_PAUSED] = { ACT_USELESS, true,
	    N_("Your security key takes no PIN now. Please take it out, put "
	    "it in and try again.") },
	[SEK_FIDO2_END_PIN_BLOCKED] = { ACT_USELESS, true,
	    N_("The PIN of your security key is blocked. Please ask the "
	    "person in charge.") },
	[SEK_FIDO2_END_UV_FAILED] = { ACT_SENSOR, false,
	    N_("Your security key did not recognise you.") },
	[SEK_FIDO2_END_UV_BLOCKED] = { ACT_SENSOR, false,
	    N_("The sensor of your security key is blocked.") },
	[SEK_FIDO2_END_NO_TOUCH] = { ACT_WRONG, false,
	    N_("Your security key was not touched in time.") },
	[SEK_FIDO2_END_DENIED] = { ACT_WRONG, false,
	    N_("The login was turned down at your security key.") },
	[SEK_FIDO2_END_BUSY] = { ACT_WAIT, false,
	    N_("Your security key is still in use by another program. Please "
	    "try again later.") },
	[SEK_FIDO2_END_GONE] = { ACT_WRONG, false,
	    N_("Your security key was taken out too early. Please leave it in "
	    "until you are logged in.") },
	[SEK_FIDO2_END_SILENT] = { ACT_USELESS, false,
	    N_("Your security key does not answer. Please take it out, put it "
	    "in and try again.") },
	[SEK_FIDO2_END_GARBAGE] = { ACT_USELESS, false,
	    N_("Your security key cannot be used now. Please tell the person "
	    "in charge.") },
	[SEK_FIDO2_END_EXCLUDED] = { ACT_USELESS, false, NULL },
	[SEK_FIDO2_END_FULL] = { ACT_USELESS, false, NULL },
	[SEK_FIDO2_END_UNABLE] = { ACT_USELESS, false,
	    N_("Your security key cannot do what is needed here. Please ask "
	    "the person in charge.") },
};

struct talk {
	struct sek_device_talk	 d;
	struct sek_fido2_answer	*a;
	char			 path[SEK_FIDO2_PATH_MAX]; /* its, who wants
							 * a PIN */
	bool			 show;		/* a touch, and nothing comes
						 * of it */
	bool			 no_sensor;
	unsigned		 sensors;	/* runs by it */
	uint32_t		 noted;		/* the end that was logged */
	unsigned		 cued;		/* behind a PIN: told already */
};

/* ------------------------------------------------------------ the hash -- */

enum sek_err
sek_fido2_talk_hash(uint8_t out[SEK_FIDO2_HASH_LEN],
    const struct sek_fido2_answer *a, const struct sek_challenge *c)
{

	return (sek_device_challenge(out, SEK_FIDO2_HASH_LEN, DOMAIN,
	    a->random, sizeof(a->random), &a->at, c));
}

/* ------------------------------------------------------------- telling -- */

/* The key blinks now. Behind a PIN once: a second one would tell that a wrong
 * PIN was sent. */
static void
cue(void *arg, enum sek_fido2_cue what, const struct sek_fido2_device *device)
{
	struct talk *t = arg;
	int style = sek_device_style(&t->d);

	(void)device;
	if (t->d.typed && (t->cued & (1u << what)) != 0)
		return;
	if (t->d.typed)
		t->cued |= 1u << what;
	if (what == SEK_FIDO2_CUE_SENSOR)
		sek_device_tell(&t->d, style, N_("Please touch the sensor of "
		    "your security key with an enrolled finger."));
	else
		sek_device_tell(&t->d, style,
		    N_("Please touch your security key."));
}

static void
note(struct talk *t, const struct sek_why *why)
{
	const struct sek_fido2_assertion *r = &t->a->assertion;

	if (r->end == SEK_FIDO2_END_OK || r->end == SEK_FIDO2_END_WANTS_PIN ||
	    r->end == t->noted)
		return;
	t->noted = r->end;
	sek_pam_log(t->d.c->pamh, LOG_NOTICE, "security key: %s: user=%s "
	    "authenticator=%s device=%s (%s)%s%s",
	    sek_fido2_end_name((enum sek_fido2_end)r->end), t->d.c->who->known ?
	    t->d.c->who->name : "(unknown)", r->credential < t->a->keys.n ?
	    t->a->keys.id[r->credential] : "-", r->device.path,
	    r->device.model, why->text[0] != '\0' ? ": " : "", why->text);
}

/* ------------------------------------------------------------ one run -- */

static uint32_t
wish(const struct sek_challenge *c)
{

	return (c->plan->verify ? SEK_FIDO2_UV_REQUIRED :
	    (uint32_t)c->settings->fido2.uv);
}

bool
sek_fido2_talk_verifies(const struct sek_challenge *c,
    const struct sek_fido2 *key)
{

	return (wish(c) == SEK_FIDO2_UV_REQUIRED ||
	    key->brief.uv == SEK_FIDO2_UV_REQUIRED);
}

enum sek_err
sek_fido2_talk_keys(struct sek_fido2_list_out *out,
    const struct sek_challenge *c)
{
	struct sek_fido2_list in;
	enum sek_err err;

	memset(&in, 0, sizeof(in));
	in.who = c->whose != NULL ? *c->whose : *c->who;
	err = sek_store_fido2_list(c->store, &in, out);
	if (err == SEK_OK && out->n > SEK_AUTHENTICATORS_MAX)
		err = SEK_ERR_INTERNAL;
	if (err == SEK_OK)
		sek_store_close(c->store);
	return (err);
}

/*
 * A question stays open as long as he likes, and who has a copy of a key could
 * wait at it till the key itself has signed more: the counters are told anew,
 * or what the copy signs would be taken for a race of two logins.
 */
static enum sek_err
refresh(struct talk *t)
{
	struct sek_fido2_list_out *keys = &t->a->keys, *fresh;
	enum sek_err err;
	uint32_t i, j;

	if ((fresh = calloc(1, sizeof(*fresh))) == NULL)
		return (SEK_ERR_NOMEM);
	err = sek_fido2_talk_keys(fresh, t->d.c);
	for (i = 0; err == SEK_OK && i < keys->n; i++)
		for (j = 0; j < fresh->n; j++)
			if (strcmp(fresh->id[j], keys->id[i]) == 0)
				keys->key[i].brief.counter =
				    fresh->key[j].brief.counter;
	free(fresh);
	t->d.old = false;
	return (err);
}

/* Of who has none, only whether some key is there can be told. */
static enum sek_err
look_without(struct talk *t, struct sek_why *why)
{
	bool present = false;
	enum sek_err err = sek_fido2_present(&present, why);

	if (err == SEK_OK)
		t->a->assertion.end = present ? SEK_FIDO2_END_OTHERS :
		    SEK_FIDO2_END_NO_KEY;
	return (err);
}

static enum sek_err
assert_once(struct talk *t, struct sek_why *why)
{
	struct sek_fido2_request in;
	enum sek_err err;

	memset(&in, 0, sizeof(in));
	randombytes_buf(t->a->random, sizeof(t->a->random));
	if ((err = sek_clock_now(&t->a->at)) != SEK_OK ||
	    (err = sek_fido2_talk_hash(in.hash, t->a, t->d.c)) != SEK_OK)
		return (err);
	in.credential = t->a->keys.key;
	in.n = t->a->keys.n;
	in.uv = (enum sek_fido2_uv)wish(t->d.c);
	in.presence_only = t->show;
	in.no_sensor = t->no_sensor;
	in.pin = t->d.pin.data != NULL ? &t->d.pin : NULL;
	in.last = t->d.last;
	in.path = t->path;
	in.wait = sek_device_left(&t->d);
	in.cue = cue;
	in.arg = t;
	return (sek_fido2_assert(&t->a->assertion, &in, why));
}

static enum sek_err
run(void *arg)
{
	struct talk *t = arg;
	struct sek_fido2_assertion *r = &t->a->assertion;
	struct sek_why why = { "" };
	enum sek_err err;

	memset(r, 0, sizeof(*r));
	r->credential = UINT32_MAX;
	if (t->d.old && (err = refresh(t)) != SEK_OK)
		return (err);
	if (sek_device_left(&t->d) == 0)
		r->end = SEK_FIDO2_END_NO_TOUCH;
	else if ((err = t->a->keys.n == 0 ? look_without(t, &why) :
	    assert_once(t, &why)) != SEK_OK)
		return (sek_why(t->d.c->why, err, "security key: %s",
		    why.text));
	if (r->end >= SEK_FIDO2_END_COUNT ||
	    (r->end == SEK_FIDO2_END_OK && r->credential >= t->a->keys.n))
		r->end = SEK_FIDO2_END_GARBAGE;
	note(t, &why);
	return (SEK_OK);
}

/* -------------------------------------------------------- no key of his -- */

static bool
is_nothing(const void *arg)
{
	const struct talk *t = arg;
	uint32_t end = t->a->assertion.end;

	return (end == SEK_FIDO2_END_NO_KEY || end == SEK_FIDO2_END_OTHERS);
}

static enum sek_err
insert(struct talk *t)
{
	uint32_t first = t->a->assertion.end;
	enum sek_err err;

	if (t->d.inserted) {
		sek_device_other_way(&t->d, SEK_REASON_DEVICE);
		return (SEK_OK);
	}
	err = sek_device_insert(&t->d,
	    N_("Insert your security key and press Enter: "),
	    N_("Insert your security key and press Enter, or just press Enter "
	    "for another way: "));
	if (err != SEK_OK || t->d.ready)
		return (err);
	if (t->a->assertion.end == SEK_FIDO2_END_OTHERS &&
	    first != SEK_FIDO2_END_OTHERS)
		sek_device_tell(&t->d, PAM_ERROR_MSG,
		    rows[SEK_FIDO2_END_OTHERS].text);
	else if (!t->d.c->elsewhere)
		sek_device_tell(&t->d, PAM_ERROR_MSG,
		    N_("No security key of yours was found."));
	sek_device_other_way(&t->d, SEK_REASON_DEVICE);
	return (SEK_OK);
}

/* ----------------------------------------------------------------- PIN -- */

/* Of its form, and not the login password? */
static bool
is_pin(const struct talk *t)
{

	return (sek_fido2_pin_ok(t->d.pin.data, t->d.pin.len) &&
	    !sek_pam_is_password(t->d.c->pamh, &t->d.pin));
}

/* A wrong last one would shut the key: does he want that? */
static enum sek_err
may_try(struct talk *t, bool *yes)
{
	uint32_t tries = t->a->assertion.device.pin_tries;
	char text[256];

	*yes = true;
	if (tries == 1)
		return (sek_device_ask_last(&t->d, N_("One try is left for "
		    "the PIN of your security key. A wrong one blocks it."),
		    yes));
	if (tries == 0 || tries == SEK_FIDO2_TRIES_UNKNOWN)
		return (sek_device_ask_last(&t->d, N_("This may be the last "
		    "try for the PIN of your security key. A wrong one "
		    "blocks it."), yes));
	(void)sek_text_format(text, sizeof(text), sek_message(
	    t->d.c->language, N_("Tries left for the PIN of your security key: "
	    "%u")), tries);
	sek_pam_tell(t->d.c->pamh, PAM_TEXT_INFO, text);
	/* That it is paused a key says to who sends it a PIN, and so could be
	 * told to him only whose password was right. */
	if (tries <= MAY_BE_PAUSED)
		sek_device_tell(&t->d, PAM_TEXT_INFO, N_("If your security "
		    "key takes no PIN now, please take it out, put it in and "
		    "try again."));
	return (SEK_OK);
}

/* Ask for it; where nothing is verified, it goes no further. */
static enum sek_err
ask_pin(struct talk *t)
{
	const char *prompt = t->d.c->options->prompt;
	bool yes = false;
	enum sek_err err;

	if (t->a->assertion.device.pin_tries == 0) {
		sek_device_tell(&t->d, PAM_ERROR_MSG,
		    rows[SEK_FIDO2_END_PIN_BLOCKED].text);
		sek_device_no_use(&t->d, SEK_REASON_DEVICE);
		return (SEK_OK);
	}
	if ((err = may_try(t, &yes)) != SEK_OK)
		return (err);
	if (!yes) {
		sek_device_other_way(&t->d, SEK_REASON_DEVICE);
		return (SEK_OK);
	}
	memcpy(t->path, t->a->assertion.device.path, sizeof(t->path));
	if ((err = sek_device_ask(&t->d, prompt != NULL ? prompt :
	    N_("Security key PIN: "), &t->d.pin)) != SEK_OK)
		return (err);
	t->d.typed = true;
	if (!is_pin(t)) {
		sek_device_tell(&t->d, PAM_ERROR_MSG,
		    N_("This cannot be the PIN of a security key."));
		sek_device_wrong(&t->d, SEK_REASON_WRONG);
	} else if (t->d.c->idle) {
		t->show = true;
		sek_device_spoil(&t->d, SEK_REASON_WRONG);
	}
	if (t->a->worthless)
		sek_secret_free(&t->d.pin);
	return (SEK_OK);
}

/* -------------------------------------------------------------- sensor -- */

/* Once more, or by PIN; its last try stays where a PIN can be had. */
static void
by_sensor(struct talk *t)
{
	const struct sek_fido2_device *d = &t->a->assertion.device;
	bool blocked = t->a->assertion.end == SEK_FIDO2_END_UV_BLOCKED;

	sek_device_tell(&t->d, PAM_ERROR_MSG, rows[t->a->assertion.end].text);
	t->sensors++;
	if (t->no_sensor) {
		sek_device_no_use(&t->d, SEK_REASON_DEVICE);
	} else if (!blocked && t->sensors < SENSOR_RUNS &&
	    d->uv_tries != SEK_FIDO2_TRIES_UNKNOWN &&
	    d->uv_tries > (d->pin_set ? 1u : 0u)) {
		return;
	} else if (d->pin_set) {
		t->no_sensor = true;
	} else {
		sek_device_tell(&t->d, PAM_ERROR_MSG,
		    rows[SEK_FIDO2_END_FAILED].text);
		sek_device_no_use(&t->d, SEK_REASON_DEVICE);
	}
}

/* ----------------------------------------------------------- what next -- */

static void
wait_for_it(struct talk *t)
{

	sek_device_wait(&t->d, N_("Your security key is in use by another "
	    "program. Please wait."), rows[SEK_FIDO2_END_BUSY].text);
}

/* May an end be the key's, or its holder's, where no PIN was sent? What may
 * not comes of the PIN, and is not told: a password before it was right. */
static bool
is_of_touch(uint32_t end)
{

	switch (end) {
	case SEK_FIDO2_END_FAILED:
	case SEK_FIDO2_END_NO_KEY:
	case SEK_FIDO2_END_OTHERS:
	case SEK_FIDO2_END_NO_TOUCH:
	case SEK_FIDO2_END_DENIED:
	case SEK_FIDO2_END_GONE:
	case SEK_FIDO2_END_SILENT:
		return (true);
	default:
		return (false);
	}
}

/* The PIN was not taken; if it was wrong, that is told by the tries left at
 * the next question, after a touch that shows nothing. */
static void
pin_refused(struct talk *t)
{
	uint32_t which = t->a->assertion.credential;
	uint32_t end = t->a->assertion.end;

	sek_device_spoil(&t->d, SEK_REASON_WRONG);
	if (which < t->a->keys.n && rows[end].pin &&
	    end != SEK_FIDO2_END_WANTS_PIN)
		memcpy(t->a->charged, t->a->keys.id[which],
		    sizeof(t->a->charged));
	sek_secret_free(&t->d.pin);
	t->show = true;
}

/* A PIN was typed: no more questions, and the same is told whether it was
 * sent or not. */
static void
behind_pin(struct talk *t)
{
	uint32_t end = t->a->assertion.end;

	if (end == SEK_FIDO2_END_OK) {
		t->d.done = true;
	} else if (end == SEK_FIDO2_END_BUSY) {
		wait_for_it(t);
	} else if (!t->show && !is_of_touch(end)) {
		pin_refused(t);
	} else {
		if (is_nothing(t))
			end = SEK_FIDO2_END_GONE;
		if (!rows[end].pin && rows[end].text != NULL)
			sek_device_tell(&t->d, PAM_ERROR_MSG, rows[end].text);
		sek_device_wrong(&t->d, SEK_REASON_DEVICE);
	}
}

static enum sek_err
react(void *arg)
{
	struct talk *t = arg;
	const struct row *row = &rows[t->a->assertion.end];

	if (t->d.typed) {
		behind_pin(t);
		return (SEK_OK);
	}
	switch (row->act) {
	case ACT_SIGNED:
		t->d.done = true;
		return (SEK_OK);
	case ACT_INSERT:
		if (!t->d.inserted && row->text != NULL)
			sek_device_tell(&t->d, PAM_ERROR_MSG, row->text);
		return (insert(t));
	case ACT_PIN:
		return (ask_pin(t));
	case ACT_SENSOR:
		by_sensor(t);
		return (SEK_OK);
	case ACT_WAIT:
		wait_for_it(t);
		return (SEK_OK);
	case ACT_WRONG:
	case ACT_USELESS:
	default:
		sek_device_tell(&t->d, PAM_ERROR_MSG, row->text != NULL ?
		    row->text : rows[SEK_FIDO2_END_FAILED].text);
		if (row->act == ACT_WRONG)
			sek_device_wrong(&t->d, SEK_REASON_DEVICE);
		else
			sek_device_no_use(&t->d, SEK_REASON_DEVICE);
		return (SEK_OK);
	}
}

static const struct sek_device_calls calls = {
	.run = run,
	.react = react,
	.is_nothing = is_nothing,
};

enum sek_err
sek_fido2_talk(struct sek_fido2_answer *a, struct sek_challenge *c)
{
	struct talk t;
	enum sek_err err;

	memset(&t, 0, sizeof(t));
	sek_device_begin(&t.d, &calls, &t, c,
	    SEK_METHOD_BIT(SEK_METHOD_FIDO2), &a->worthless, &a->reason);
	t.a = a;
	a->charged[0] = '\0';
	t.noted = SEK_FIDO2_END_COUNT;
	err = sek_device_converse(&t.d);
	sek_device_end(&t.d);
	sek_wipe(&t, sizeof(t));
	if (err != SEK_OK || a->assertion.end != SEK_FIDO2_END_OK)
		a->worthless = true;
	return (err);
}
