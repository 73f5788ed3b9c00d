/*
 * device_talk.c - what the talks with all devices share
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>
#include <time.h>
#include <sodium.h>

#include "device_talk.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/rule/stack_edit.h"

/* ------------------------------------------------------- the challenge -- */

static void
add(crypto_generichash_state *st, const void *data, size_t len)
{
	uint8_t size[8];
	size_t i;

	for (i = 0; i < sizeof(size); i++)
		size[i] = (uint8_t)((uint64_t)len >> (8 * i));
	(void)crypto_generichash_update(st, size, sizeof(size));
	(void)crypto_generichash_update(st, data, len);
}

static void
add_text(crypto_generichash_state *st, const char *text)
{

	add(st, text, strlen(text));
}

static void
add_number(crypto_generichash_state *st, uint64_t n)
{
	uint8_t bytes[8];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(n >> (8 * i));
	add(st, bytes, sizeof(bytes));
}

enum sek_err
sek_device_challenge(uint8_t *out, size_t size, const char *domain,
    const uint8_t *random, size_t random_len, const struct sek_moment *at,
    const struct sek_challenge *c)
{
	crypto_generichash_state st;

	if (crypto_generichash_init(&st, NULL, 0, size) != 0)
		return (SEK_ERR_CRYPTO);
	add_text(&st, domain);
	add(&st, random, random_len);
	add_text(&st, c->settings->terminal.id);
	add_text(&st, c->who->service);
	add_text(&st, c->who->name);
	add_number(&st, c->who->uid);
	add_number(&st, (uint64_t)at->wall);
	if (crypto_generichash_final(&st, out, size) != 0)
		return (SEK_ERR_CRYPTO);
	return (SEK_OK);
}

enum sek_err
sek_device_fresh(const struct sek_moment *at, struct sek_why *why)
{
	struct sek_moment now;
	enum sek_err err;

	if ((err = sek_clock_now(&now)) != SEK_OK)
		return (err);
	if (memcmp(at->boot_id, now.boot_id, SEK_BOOT_ID_LEN) != 0 ||
	    sek_clock_age(at, &now) > SEK_EVIDENCE_AGE)
		return (sek_why(why, SEK_ERR_REFUSED, "signed too long ago"));
	return (SEK_OK);
}

bool
sek_device_is_out_of_reach(const struct sek_challenge *c)
{

	return (c->whose != NULL && c->whose->remote != 0 &&
	    !c->plan->possible);
}

bool
sek_device_may_be_all(const struct sek_challenge *c)
{

	return (c->whose == NULL || c->whose->remote == 0 ||
	    c->plan->verify != 0);
}

/* ------------------------------------------------------------- telling -- */

void
sek_device_tell(const struct sek_device_talk *t, int style, const char *msgid)
{

	sek_pam_tell(t->c->pamh, style, sek_message(t->c->language, msgid));
}

int
sek_device_style(const struct sek_device_talk *t)
{

	return (t->c->who->caller != 0 &&
	    sek_edit_is_own(t->c->who->service) ? PAM_ERROR_MSG :
	    PAM_TEXT_INFO);
}

enum sek_err
sek_device_ask(struct sek_device_talk *t, const char *msgid,
    struct sek_secret *answer)
{
	enum sek_err err;

	err = sek_pam_ask(t->c->pamh, sek_message(t->c->language, msgid),
	    answer);
	t->old = true;
	if (err != SEK_OK)
		return (err);
	t->c->answered = true;
	return (sek_clock_now(&t->since));
}

/* ------------------------------------------------------------- waiting -- */

int64_t
sek_device_since(const struct sek_device_talk *t)
{
	struct sek_moment now;

	if (sek_clock_now(&now) != SEK_OK)
		return (INT64_MAX);
	return (sek_clock_age(&t->since, &now));
}

int64_t
sek_device_left(const struct sek_device_talk *t)
{
	int64_t all = t->c->settings->factors.wait * SEK_SECOND;
	int64_t gone = sek_device_since(t);

	return (gone < all ? all - gone : 0);
}

void
sek_device_pause(void)
{
	struct timespec ts = { .tv_sec = 0, .tv_nsec = SEK_DEVICE_STEP_NS };

	while (nanosleep(&ts, &ts) != 0)
		continue;
}

/* For a moment: is something of use there by now? */
static enum sek_err
look(struct sek_device_talk *t)
{
	int64_t most = t->c->settings->factors.wait * SEK_SECOND;
	enum sek_err err;

	if (most > SEK_DEVICE_LOOK)
		most = SEK_DEVICE_LOOK;
	for (;;) {
		if ((err = t->calls->run(t->talk)) != SEK_OK ||
		    !t->calls->is_nothing(t->talk) ||
		    sek_device_since(t) >= most)
			return (err);
		sek_device_pause();
	}
}

enum sek_err
sek_device_insert(struct sek_device_talk *t, const char *only,
    const char *either)
{
	enum sek_err err;

	t->inserted = true;
	sek_secret_free(&t->c->answer);
	if ((err = sek_device_ask(t, t->c->elsewhere ? either : only,
	    &t->c->answer)) != SEK_OK || (err = look(t)) != SEK_OK)
		return (err);
	t->ready = !t->calls->is_nothing(t->talk);
	return (SEK_OK);
}

/* ---------------------------------------------------------------- ends -- */

void
sek_device_spoil(struct sek_device_talk *t, enum sek_reason reason)
{

	*t->worthless = true;
	if (*t->reason == SEK_REASON_NONE)
		*t->reason = reason;
}

void
sek_device_wrong(struct sek_device_talk *t, enum sek_reason reason)
{

	sek_device_spoil(t, reason);
	t->done = true;
}

void
sek_device_other_way(struct sek_device_talk *t, enum sek_reason reason)
{

	t->c->yields = t->c->elsewhere;
	sek_device_wrong(t, reason);
}

void
sek_device_no_use(struct sek_device_talk *t, enum sek_reason reason)
{

	t->c->yields = t->c->elsewhere &&
	    (t->c->plan->instead & ~t->methods) != 0;
	sek_device_wrong(t, reason);
}

void
sek_device_wait(struct sek_device_talk *t, const char *busy, const char *still)
{

	if (sek_device_left(t) <= SEK_DEVICE_STEP_NS / 1000) {
		sek_device_tell(t, PAM_ERROR_MSG, still);
		if (t->typed)
			sek_device_wrong(t, SEK_REASON_DEVICE);
		else
			sek_device_no_use(t, SEK_REASON_DEVICE);
		return;
	}
	if (!t->busy)
		sek_device_tell(t, PAM_TEXT_INFO, busy);
	t->busy = true;
	sek_device_pause();
}

enum sek_err
sek_device_ask_last(struct sek_device_talk *t, const char *text, bool *yes)
{
	struct sek_secret typed = SEK_SECRET_NONE;
	char signs[4];
	enum sek_err err;

	*yes = false;
	sek_device_tell(t, PAM_ERROR_MSG, text);
	err = sek_device_ask(t,
	    N_("Type yes to use it, or press Enter not to: "), &typed);
	if (err == SEK_OK)
		*yes = sek_text_signs(signs, sizeof(signs),
		    sek_secret_text(&typed)) == SEK_OK &&
		    strcmp(signs, "YES") == 0;
	t->last = *yes;
	sek_secret_free(&typed);
	return (err);
}

void
sek_device_begin(struct sek_device_talk *t,
    const struct sek_device_calls *calls, void *talk,
    struct sek_challenge *c, uint32_t methods, bool *worthless,
    enum sek_reason *reason)
{

	memset(t, 0, sizeof(*t));
	t->calls = calls;
	t->talk = talk;
	t->c = c;
	t->methods = methods;
	t->worthless = worthless;
	t->reason = reason;
	*worthless = false;
	*reason = SEK_REASON_NONE;
}

enum sek_err
sek_device_converse(struct sek_device_talk *t)
{
	enum sek_err err = sek_clock_now(&t->since);

	while (err == SEK_OK && !t->done) {
		if (!t->ready)
			err = t->calls->run(t->talk);
		t->ready = false;
		if (err == SEK_OK)
			err = t->calls->react(t->talk);
	}
	return (err);
}

void
sek_device_end(struct sek_device_talk *t)
{

	sek_secret_free(&t->pin);
	sek_wipe(t, sizeof(*t));
}
