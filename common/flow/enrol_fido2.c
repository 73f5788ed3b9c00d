/*
 * enrol_fido2.c - to bind a security key to a person
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a key is opened only by a path that the enumeration gave.
 * MUST: nothing is proved by what the key says, only by a signature over a
 * hash made here a moment before, verified here.
 * MUST: no PIN with one try left but by his own yes.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/flow/enrol_fido2.h"
#include "sekisho/model/method.h"

#define RP_NAME		"Sekisho"
#define KEYS_MAX	16u
#define SENSOR_MAX	3u

#define STAYS	N_("A credential stays on the security key. It opens nothing; " \
	"fido2-token -D can delete it.")

/* What to do next. NULL: it is no end of an enrolment. */
static const char *const sentences[SEK_FIDO2_END_COUNT] = {
	[SEK_FIDO2_END_FAILED] = N_("The security key cannot be used now: "
	    "please tell the person in charge."),
	[SEK_FIDO2_END_NO_KEY] = N_("No security key is plugged in: please "
	    "plug it in, then begin anew."),
	[SEK_FIDO2_END_OTHERS] = N_("The security key does not know what it "
	    "just made: please begin anew, or use another one."),
	[SEK_FIDO2_END_WANTS_PIN] = N_("The security key asks for its PIN: "
	    "please run this at a terminal, without -y."),
	[SEK_FIDO2_END_NO_PIN] = N_("The security key has neither a PIN nor a "
	    "finger set up: please set one (fido2-token -S PATH), then begin "
	    "anew."),
	[SEK_FIDO2_END_PIN_WRONG] = N_("That is not the PIN of the security "
	    "key: nothing is enrolled."),
	[SEK_FIDO2_END_PIN_PAUSED] = N_("The security key takes no PIN now: "
	    "please take it out, put it in, then begin anew."),
	[SEK_FIDO2_END_PIN_BLOCKED] = N_("The PIN of the security key is "
	    "blocked: please use another key, or reset this one "
	    "(fido2-token -R PATH), which empties it."),
	[SEK_FIDO2_END_UV_FAILED] = N_("The security key did not recognise "
	    "you: please begin anew."),
	[SEK_FIDO2_END_UV_BLOCKED] = N_("The sensor of the security key is "
	    "blocked: please log in somewhere by its PIN once, or use another "
	    "key."),
	[SEK_FIDO2_END_NO_TOUCH] = N_("The security key was not touched in "
	    "time: please begin anew."),
	[SEK_FIDO2_END_DENIED] = N_("It was turned down at the security key: "
	    "nothing is enrolled."),
	[SEK_FIDO2_END_BUSY] = N_("The security key is in use by another "
	    "program: please try again in a moment."),
	[SEK_FIDO2_END_GONE] = N_("The security key was taken out too early: "
	    "please put it in, then begin anew."),
	[SEK_FIDO2_END_SILENT] = N_("The security key does not answer: please "
	    "take it out, put it in, then begin anew."),
	[SEK_FIDO2_END_GARBAGE] = N_("The security key answers without sense: "
	    "please use another one."),
	[SEK_FIDO2_END_EXCLUDED] = N_("The security key is enrolled for this "
	    "person already."),
	[SEK_FIDO2_END_FULL] = N_("There is no room left on the security key: "
	    "please leave --resident out, or delete something from it "
	    "(fido2-token -D)."),
	[SEK_FIDO2_END_UNABLE] = N_("The security key cannot do that: please "
	    "leave --resident and --uv out, or use another one."),
};

struct work {
	const struct sek_enrol_fido2	*in;
	const struct sek_enrol_talk	*talk;
	struct sek_enrol		*e;
	enum sek_fido2_end		*end;
	struct sek_why			*told;
	struct sek_why			*why;
	struct sek_fido2_device		 device;	/* chosen */
	struct sek_secret		 pin;
	bool				 no_sensor;
	unsigned			 pins;		/* asked for */
	unsigned			 sensors;	/* that failed */
	bool				 stays;	/* on the key, resident */
	bool				 again;	/* proving: the second touch */
	uint8_t				 hash[SEK_FIDO2_HASH_LEN];
	struct sek_fido2_device		 found[KEYS_MAX];
	struct sek_fido2_made		 made;
	struct sek_fido2_assertion	 a;
};

static void
say(const struct work *w, bool is_error, const char *msgid)
{

	sek_enrol_say(w->talk, is_error, msgid);
}

/* It ends here, and he is told why. */
static enum sek_err
no(struct work *w, enum sek_fido2_end end)
{
	const char *msgid = (unsigned)end < SEK_FIDO2_END_COUNT ?
	    sentences[end] : NULL;

	if (msgid == NULL) {
		end = SEK_FIDO2_END_GARBAGE;
		msgid = sentences[end];
	}
	*w->end = end;
	return (sek_enrol_refuse(w->talk, w->told, msgid));
}

static enum sek_err
no_because(struct work *w, enum sek_fido2_end end, const char *msgid)
{

	*w->end = end;
	return (sek_enrol_refuse(w->talk, w->told, msgid));
}

/* ----------------------------------------------------------- which key -- */

static void
list(const struct work *w, size_t n)
{
	char line[SEK_FIDO2_PATH_MAX + SEK_FIDO2_MODEL_MAX + 8];
	size_t i;

	for (i = 0; i < n; i++) {
		(void)sek_text_format(line, sizeof(line), "  %s  %s",
		    w->found[i].path, w->found[i].model);
		w->talk->tell(w->talk->arg, true, line);
	}
}

/* As text: what was typed reaches no call that would open it. */
static const struct sek_fido2_device *
find(const struct work *w, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(w->found[i].path, w->in->path) == 0)
			return (&w->found[i]);
	return (NULL);
}

static enum sek_err
choose(struct work *w)
{
	const struct sek_fido2_device *d = w->found;
	enum sek_err err;
	size_t n = 0;

	err = sek_fido2_devices(w->found, KEYS_MAX, &n, w->why);
	if (err != SEK_OK)
		return (err);
	if (n == 0)
		return (no(w, SEK_FIDO2_END_NO_KEY));
	if (w->in->path[0] != '\0' && (d = find(w, n)) == NULL) {
		list(w, n);
		return (no_because(w, SEK_FIDO2_END_NO_KEY, N_("None of the "
		    "security keys that are plugged in is at the place of "
		    "--device: please name one of these.")));
	}
	if (w->in->path[0] == '\0' && n > 1) {
		list(w, n);
		return (no_because(w, SEK_FIDO2_END_UNABLE, N_("Several "
		    "security keys are plugged in: please take the others "
		    "out, or name one of these by --device.")));
	}
	w->device = *d;
	return (SEK_OK);
}

/* What would be in vain after a touch. */
static enum sek_err
check(struct work *w)
{

	if (w->in->resident && !w->device.resident)
		return (no_because(w, SEK_FIDO2_END_UNABLE, N_("The security "
		    "key cannot keep credentials: please leave --resident "
		    "out, or use another one.")));
	if (w->in->uv == SEK_FIDO2_UV_REQUIRED && !w->device.pin_set &&
	    !w->device.sensor)
		return (no(w, SEK_FIDO2_END_NO_PIN));
	return (SEK_OK);
}

/* ------------------------------------------------------------- its PIN -- */

static bool
pin_ok(const void *arg, const struct sek_secret *pin)
{
	(void)arg;
	return (sek_fido2_pin_ok(pin->data, pin->len));
}

/* SEK_OK: there is one to try. No key is held meanwhile. */
static enum sek_err
ask_pin(struct work *w, uint32_t tries)
{
	char left[256];
	const struct sek_enrol_pin p = { .left = left,
	    .last = N_("One try is left for the PIN of your security key. A "
	    "wrong one blocks it."),
	    .maybe_last = N_("This may be the last try for the PIN of your "
	    "security key. A wrong one blocks it."),
	    .prompt = N_("Security key PIN: "),
	    .impossible = N_("This cannot be the PIN of a security key."),
	    .ok = pin_ok };
	enum sek_err err;

	sek_secret_free(&w->pin);
	if (w->talk->ask == NULL)
		return (no(w, SEK_FIDO2_END_WANTS_PIN));
	if (tries == 0)
		return (no(w, SEK_FIDO2_END_PIN_BLOCKED));
	(void)sek_text_format(left, sizeof(left), sek_enrol_words(w->talk,
	    N_("Tries left for the PIN of your security key: %u")), tries);
	err = sek_enrol_ask_pin(w->talk, &p, tries, &w->pins, &w->pin);
	return (err == SEK_ERR_REFUSED ? no(w, SEK_FIDO2_END_PIN_WRONG) : err);
}

/* Its sensor did not know him. By PIN, where there is one. */
static enum sek_err
by_sensor(struct work *w, enum sek_fido2_end end,
    const struct sek_fido2_device *d)
{

	if (w->pin.data != NULL || w->no_sensor)
		return (no(w, end));
	if (end == SEK_FIDO2_END_UV_FAILED && ++w->sensors < SENSOR_MAX &&
	    d->uv_tries != SEK_FIDO2_TRIES_UNKNOWN &&
	    d->uv_tries > (d->pin_set ? 1u : 0u)) {
		say(w, true, N_("Your security key did not recognise you."));
		return (SEK_OK);
	}
	if (!d->pin_set || w->talk->ask == NULL)
		return (no(w, end));
	say(w, true, end == SEK_FIDO2_END_UV_BLOCKED ?
	    N_("The sensor of your security key is blocked.") :
	    N_("Your security key did not recognise you."));
	w->no_sensor = true;
	return (ask_pin(w, d->pin_tries));
}

/* An end that was not yet one: SEK_OK, once more; or what is told. */
static enum sek_err
react(struct work *w, uint32_t end, const struct sek_fido2_device *d)
{

	if (!sek_enrol_is_there(w->talk))
		return (SEK_ERR_CONV);
	switch ((enum sek_fido2_end)end) {
	case SEK_FIDO2_END_WANTS_PIN:
		return (ask_pin(w, d->pin_tries));
	case SEK_FIDO2_END_PIN_WRONG:
		if (w->talk->ask == NULL || w->pins >= SEK_ENROL_PINS_MAX)
			return (no(w, SEK_FIDO2_END_PIN_WRONG));
		say(w, true, N_("That is not the PIN of this security key."));
		return (ask_pin(w, d->pin_tries));
	case SEK_FIDO2_END_UV_FAILED:
	case SEK_FIDO2_END_UV_BLOCKED:
		return (by_sensor(w, (enum sek_fido2_end)end, d));
	default:
		return (no(w, (enum sek_fido2_end)end));
	}
}

/* ---------------------------------------------------- making, proving -- */

static void
cue(void *arg, enum sek_fido2_cue what, const struct sek_fido2_device *device)
{
	const struct work *w = arg;

	(void)device;
	if (what == SEK_FIDO2_CUE_SENSOR)
		say(w, false, N_("Please touch the sensor of your security "
		    "key with an enrolled finger."));
	else if (w->again)
		say(w, false, N_("Please touch your security key once more, "
		    "to prove it."));
	else
		say(w, false, N_("Please touch your security key."));
}

static int64_t
patience(const struct work *w)
{

	return (w->in->settings->factors.wait * SEK_SECOND);
}

static const struct sek_secret *
pin(const struct work *w)
{

	return (w->pin.data != NULL ? &w->pin : NULL);
}

static void
note_made(struct work *w)
{

	w->stays = w->in->resident;
	if (w->stays && w->talk->made != NULL)
		w->talk->made(w->talk->arg);
}

/* What policy thinks of it is known once it was made. */
static enum sek_err
make_once(struct work *w, struct sek_fido2_make *m)
{
	enum sek_err err;

	m->pin = pin(w);
	m->no_sensor = w->no_sensor;
	memset(&w->made, 0, sizeof(w->made));
	err = sek_fido2_make(&w->made, m, w->why);
	if (err == SEK_ERR_REFUSED || (err == SEK_OK &&
	    w->made.end == SEK_FIDO2_END_OK))
		note_made(w);
	if (err == SEK_ERR_REFUSED)
		return (no_because(w, SEK_FIDO2_END_UNABLE, N_("Security keys "
		    "of this make are not accepted here: please use another "
		    "one, or ask the person in charge.")));
	if (err != SEK_OK || w->made.end == SEK_FIDO2_END_OK)
		return (err);
	return (react(w, w->made.end, &w->made.device));
}

static enum sek_err
make(struct work *w)
{
	const struct sek_settings *s = w->in->settings;
	struct sek_fido2_make m = { .rp_id = s->fido2.rp_id,
	    .rp_name = RP_NAME, .user = w->e->account.name,
	    .resident = w->in->resident, .uv = w->in->uv,
	    .exclude = w->in->own, .nexclude = w->in->nown,
	    .least = (enum sek_fido2_attestation)s->fido2.attestation,
	    .aaguids = s->fido2.aaguids, .roots = s->fido2.roots,
	    .path = w->device.path, .wait = patience(w), .cue = cue,
	    .arg = w };
	enum sek_err err = SEK_OK;

	randombytes_buf(m.user_id, sizeof(m.user_id));
	w->made.end = SEK_FIDO2_END_FAILED;
	while (err == SEK_OK && w->made.end != SEK_FIDO2_END_OK)
		err = make_once(w, &m);
	if (err == SEK_OK && sek_fido2_check(&w->made.credential) != SEK_OK)
		err = no(w, SEK_FIDO2_END_GARBAGE);
	return (err);
}

static enum sek_err
sign_once(struct work *w, struct sek_fido2_request *r)
{
	enum sek_err err;

	r->pin = pin(w);
	r->no_sensor = w->no_sensor;
	memset(&w->a, 0, sizeof(w->a));
	err = sek_fido2_assert(&w->a, r, w->why);
	if (err != SEK_OK || w->a.end == SEK_FIDO2_END_OK)
		return (err);
	return (react(w, w->a.end, &w->a.device));
}

static enum sek_err
sign(struct work *w)
{
	struct sek_fido2_request r = { .credential = &w->made.credential,
	    .n = 1, .uv = w->in->uv, .last = true, .path = w->device.path,
	    .wait = patience(w), .cue = cue, .arg = w };
	enum sek_err err = SEK_OK;

	randombytes_buf(w->hash, sizeof(w->hash));
	memcpy(r.hash, w->hash, sizeof(r.hash));
	w->again = true;
	w->a.end = SEK_FIDO2_END_FAILED;
	while (err == SEK_OK && w->a.end != SEK_FIDO2_END_OK)
		err = sign_once(w, &r);
	return (err);
}

/* Only what is verified here becomes his. */
static enum sek_err
prove(struct work *w)
{
	struct sek_fido2_proof proof = { 0 };
	struct sek_fido2 *f = &w->made.credential;
	enum sek_err err;

	f->brief.uv = (uint8_t)w->in->uv;
	if ((err = sign(w)) != SEK_OK)
		return (err);
	if (!sek_enrol_is_there(w->talk))
		return (SEK_ERR_CONV);
	err = sek_fido2_verify(&proof, &w->a, f, w->hash, w->why);
	if (err == SEK_ERR_REFUSED || (err == SEK_OK &&
	    w->in->uv == SEK_FIDO2_UV_REQUIRED &&
	    proof.verified == SEK_FIDO2_VERIFIES_NOT))
		return (no_because(w, SEK_FIDO2_END_GARBAGE, N_("The security "
		    "key did not prove itself: nothing is enrolled; please use "
		    "another one.")));
	if (err != SEK_OK)
		return (err);
	if (proof.verified != SEK_FIDO2_VERIFIES_NOT)
		f->brief.verifies = (uint8_t)proof.verified;
	f->brief.counter = proof.counter;
	w->e->authenticator.method = SEK_METHOD_FIDO2;
	w->e->authenticator.state = SEK_AUTHENTICATOR_ACTIVE;
	w->e->authenticator.fido2 = f->brief;
	w->e->fido2 = *f;
	w->e->key_len = 0;
	w->e->proved = 1;
	return (SEK_OK);
}

enum sek_err
sek_enrol_fido2(struct sek_enrol *out, const struct sek_enrol_fido2 *in,
    enum sek_fido2_end *end, struct sek_why *told, struct sek_why *why)
{
	struct work *w;
	enum sek_err err;

	*end = SEK_FIDO2_END_FAILED;
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
	    (err = choose(w)) == SEK_OK &&
	    (err = check(w)) == SEK_OK &&
	    (err = make(w)) == SEK_OK &&
	    (err = prove(w)) == SEK_OK)
		*end = SEK_FIDO2_END_OK;
	else if (w->stays)
		say(w, true, STAYS);
	sek_secret_free(&w->pin);
	sek_wipe(w, sizeof(*w));
	free(w);
	return (err);
}

const char *
sek_enrol_fido2_stays(void)
{
	return (STAYS);
}
