/*
 * biometric_talk.c - what fingers and a vendor's traits have in common
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: who counts a mismatch runs in a child of a process that may have the
 * store open, with threads beside: it reaches the store by fork + exec alone.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "biometric_talk.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/tty.h"

/* ------------------------------------------------------------ counting -- */

/* In the child. A round that verifies nothing waits out the same pause. */
static enum sek_err
may(void *arg, int64_t *pause)
{
	struct sek_biometric_talk *t = arg;
	struct sek_biometric_try_out out;
	enum sek_err err;

	*pause = 0;
	sek_store_apart(t->d.c->store);
	t->tries.missed = 0;
	memset(&out, 0, sizeof(out));
	if ((err = sek_store_biometric_try(t->d.c->store, &t->tries,
	    &out)) != SEK_OK)
		return (err);
	if (out.open == 0)
		return (SEK_ERR_REFUSED);
	*pause = out.pause;
	return (SEK_OK);
}

/* In the child. What counts nothing takes as long. */
static enum sek_err
missed(void *arg)
{
	struct sek_biometric_talk *t = arg;
	struct sek_biometric_try_out out;

	sek_store_apart(t->d.c->store);
	if (t->d.c->idle)
		return (sek_store_idle(t->d.c->store));
	t->tries.missed = 1;
	memset(&out, 0, sizeof(out));
	return (sek_store_biometric_try(t->d.c->store, &t->tries, &out));
}

static void
begin_count(struct sek_biometric_talk *t)
{
	const struct sek_challenge *c = t->d.c;

	t->tries.who = c->whose != NULL ? *c->whose : *c->who;
	t->tries.method = t->way->method;
	t->tries.tries = (uint32_t)c->settings->biometric.tries;
	t->tries.cap = (uint32_t)c->settings->biometric.lifetime_cap;
	t->tries.pause = c->settings->biometric.pause * SEK_SECOND;
	t->count.may = may;
	t->count.missed = missed;
	t->count.arg = t;
}

/* ------------------------------------------------------------- telling -- */

void
sek_biometric_tell_pause(const struct sek_biometric_talk *t, uint32_t seconds)
{
	char text[256];

	(void)sek_text_format(text, sizeof(text),
	    sek_message(t->d.c->language, N_("Too many scans in a row did not "
	    "match. Please wait %u seconds.")), seconds);
	sek_biometric_tell_act(t, text);
}

void
sek_biometric_tell_act(const struct sek_biometric_talk *t,
    const char *sentence)
{
	const struct sek_challenge *c = t->d.c;
	char text[512];

	if (t->tty < 0)
		(void)sek_text_copy(text, sizeof(text), sentence);
	else
		(void)sek_text_format(text, sizeof(text), "%s %s", sentence,
		    sek_message(c->language, c->elsewhere ?
		    N_("(Enter: another way)") : N_("(Enter: give up)")));
	sek_pam_tell(c->pamh, sek_device_style(&t->d), text);
}

int
sek_biometric_watch(void *arg)
{
	const struct sek_biometric_talk *t = arg;

	return (t->tty);
}

bool
sek_biometric_cancelled(void *arg)
{
	const struct sek_biometric_talk *t = arg;

	return (sek_tty_entered(t->tty));
}

static const struct sek_biometric_row *
row_of(const struct sek_biometric_talk *t)
{

	return (&t->way->rows[t->end]);
}

static void
tell_end(const struct sek_biometric_talk *t)
{

	if (row_of(t)->text != NULL)
		sek_device_tell(&t->d, PAM_ERROR_MSG, row_of(t)->text);
}

static void
note(struct sek_biometric_talk *t, const struct sek_why *why)
{
	const struct sek_challenge *c = t->d.c;

	if (row_of(t)->act == SEK_BIOMETRIC_MATCH || t->end == t->noted)
		return;
	t->noted = t->end;
	sek_pam_log(c->pamh, LOG_NOTICE, "%s: %s: user=%s reader=%s%s%s",
	    t->way->name, t->way->end_name(t->end), c->who->known ?
	    c->who->name : "(unknown)", t->reader[0] != '\0' ? t->reader : "-",
	    why->text[0] != '\0' ? ": " : "", why->text);
}

/* ------------------------------------------------------------- one run -- */

static uint32_t
all_of(const struct sek_biometric_list_out *traits)
{

	return ((UINT32_C(1) << traits->n) - 1);
}

static enum sek_err
run(void *arg)
{
	struct sek_biometric_talk *t = arg;
	struct sek_biometric_answer *a = t->a;
	struct sek_why why = { "" };
	enum sek_err err;

	t->end = 0;
	a->used = 0;
	if ((err = sek_clock_now(&a->at)) != SEK_OK)
		return (err);
	if (a->traits.n == 0)
		t->end = t->way->none;
	else if (sek_device_left(&t->d) == 0)
		t->end = t->way->silent;
	else if ((err = t->way->match(t, &why)) != SEK_OK)
		return (sek_why(t->d.c->why, err, "%s: %s", t->way->name,
		    why.text[0] != '\0' ? why.text : sek_err_name(err)));
	a->used &= all_of(&a->traits);
	if (t->end >= t->way->ends ||
	    (row_of(t)->act == SEK_BIOMETRIC_MATCH && a->used == 0))
		t->end = 0;
	note(t, &why);
	return (sek_clock_now(&a->at));
}

static bool
is_nothing(const void *arg)
{
	const struct sek_biometric_talk *t = arg;

	return (row_of(t)->act == SEK_BIOMETRIC_INSERT);
}

static enum sek_err
insert(struct sek_biometric_talk *t)
{
	enum sek_err err;

	if (t->d.inserted) {
		sek_device_other_way(&t->d, SEK_REASON_DEVICE);
		return (SEK_OK);
	}
	err = sek_device_insert(&t->d,
	    N_("Connect the fingerprint reader and press Enter: "),
	    N_("Connect the fingerprint reader and press Enter, or just press "
	    "Enter for another way: "));
	if (err != SEK_OK || t->d.ready)
		return (err);
	if (!t->d.c->elsewhere)
		tell_end(t);
	sek_device_other_way(&t->d, SEK_REASON_DEVICE);
	return (SEK_OK);
}

/* Enter ends this wait, too. */
static void
wait_for_it(struct sek_biometric_talk *t)
{

	if (sek_tty_entered(t->tty))
		sek_device_other_way(&t->d, SEK_REASON_DEVICE);
	else
		sek_device_wait(&t->d, N_("The fingerprint reader is in use "
		    "by another program. Please wait."), row_of(t)->text);
}

static enum sek_err
react(void *arg)
{
	struct sek_biometric_talk *t = arg;
	const struct sek_biometric_row *row = row_of(t);
	enum sek_reason reason = row->reason != SEK_REASON_NONE ?
	    row->reason : SEK_REASON_DEVICE;

	switch (row->act) {
	case SEK_BIOMETRIC_MATCH:
		t->a->matched = !t->d.c->idle;
		if (t->a->matched)
			t->d.done = true;
		else
			sek_device_wrong(&t->d, SEK_REASON_WRONG);
		return (SEK_OK);
	case SEK_BIOMETRIC_MISMATCH:
		sek_device_wrong(&t->d, SEK_REASON_WRONG);
		return (SEK_OK);
	case SEK_BIOMETRIC_INSERT:
		return (insert(t));
	case SEK_BIOMETRIC_WAIT:
		wait_for_it(t);
		return (SEK_OK);
	case SEK_BIOMETRIC_CANCELLED:
		sek_device_other_way(&t->d, reason);
		return (SEK_OK);
	case SEK_BIOMETRIC_GIVEN_UP:
		return (SEK_ERR_CONV);
	case SEK_BIOMETRIC_WRONG:
		tell_end(t);
		sek_device_wrong(&t->d, reason);
		return (SEK_OK);
	case SEK_BIOMETRIC_USELESS:
	default:
		tell_end(t);
		sek_device_no_use(&t->d, reason);
		return (SEK_OK);
	}
}

static const struct sek_device_calls calls = {
	.run = run,
	.react = react,
	.is_nothing = is_nothing,
};

/* ------------------------------------------------------------ the talk -- */

/* Nothing begins by itself (CVE-2024-37408): what he types here, but Enter, is
 * another line's. */
static enum sek_err
have_him_act(struct sek_biometric_talk *t)
{
	struct sek_challenge *c = t->d.c;
	const char *prompt = c->options->prompt;
	enum sek_err err;

	if (c->answered)
		return (SEK_OK);
	if ((err = sek_device_ask(&t->d, prompt != NULL ? prompt :
	    t->way->act, &c->answer)) == SEK_OK && c->answer.len > 0)
		sek_device_other_way(&t->d, SEK_REASON_DEVICE);
	return (err);
}

static enum sek_err
talk(struct sek_biometric_answer *a, struct sek_challenge *c,
    const struct sek_biometric_way *way)
{
	struct sek_biometric_talk t;
	enum sek_err err;

	memset(&t, 0, sizeof(t));
	sek_device_begin(&t.d, &calls, &t, c, SEK_METHOD_BIT(way->method),
	    &a->worthless, &a->reason);
	t.a = a;
	t.way = way;
	t.noted = UINT32_MAX;
	t.tty = -1;
	begin_count(&t);
	if ((err = have_him_act(&t)) == SEK_OK && !t.d.done) {
		t.tty = sek_tty_open();
		err = sek_device_converse(&t.d);
	}
	sek_tty_close(&t.tty);
	sek_device_end(&t.d);
	sek_wipe(&t, sizeof(t));
	if (err != SEK_OK || !a->matched)
		a->worthless = true;
	return (err);
}

/* Those that belong to this name, by whom the reader or the vendor knows him;
 * else, of fingers, those of one other name of his. */
static void
keep_account(struct sek_biometric_list_out *traits, const char *name,
    bool only)
{
	char kept[SEK_NAME_MAX];
	uint32_t i, n = 0;

	(void)sek_text_copy(kept, sizeof(kept), name);
	for (i = 0; i < traits->n; i++)
		n += strcmp(traits->trait[i].account, kept) == 0;
	if (n == 0 && traits->n > 0 && !only)
		memcpy(kept, traits->trait[0].account, sizeof(kept));
	for (i = n = 0; i < traits->n; i++) {
		if (strcmp(traits->trait[i].account, kept) != 0)
			continue;
		if (n != i) {
			traits->trait[n] = traits->trait[i];
			memcpy(traits->id[n], traits->id[i],
			    sizeof(traits->id[n]));
		}
		n++;
	}
	traits->n = n;
}

/* By the store, which is not held over the talk. */
static enum sek_err
take_traits(struct sek_biometric_list_out *out, const struct sek_challenge *c,
    const struct sek_biometric_way *way)
{
	struct sek_biometric_list in;
	enum sek_err err;

	memset(&in, 0, sizeof(in));
	in.who = c->whose != NULL ? *c->whose : *c->who;
	in.method = way->method;
	if ((err = sek_store_biometric_list(c->store, &in, out)) != SEK_OK)
		return (err);
	if (out->n > SEK_TRAITS_MAX)
		return (SEK_ERR_INTERNAL);
	sek_store_close(c->store);
	keep_account(out, in.who.name, way->by_account);
	return (SEK_OK);
}

/* Is he not at this terminal? */
static bool
is_away(const struct sek_challenge *c)
{

	return (c->who->remote != 0 ||
	    (c->whose != NULL && c->whose->remote != 0));
}

enum sek_err
sek_biometric_ask(struct sek_challenge *c, const struct sek_biometric_way *way)
{
	enum sek_err err;

	sek_biometric_done(c);
	if ((c->biometric = calloc(1, sizeof(*c->biometric))) == NULL)
		return (SEK_ERR_NOMEM);
	c->biometric->worthless = true;
	c->biometric->reason = SEK_REASON_DEVICE;
	/* The plan has none for him; no reader is started, whatever it has. */
	if (is_away(c)) {
		c->yields = c->elsewhere;
		return (SEK_OK);
	}
	if ((err = take_traits(&c->biometric->traits, c, way)) != SEK_OK)
		return (err);
	return (talk(c->biometric, c, way));
}

void
sek_biometric_done(struct sek_challenge *c)
{

	if (c->biometric != NULL)
		sek_wipe(c->biometric, sizeof(*c->biometric));
	free(c->biometric);
	c->biometric = NULL;
}

/* --------------------------------------------------------- the verdict -- */

static void
fill_use(struct sek_biometric_use *in, const struct sek_challenge *c,
    const struct sek_biometric_way *way)
{
	const struct sek_biometric_answer *a = c->biometric;
	uint32_t i;

	memset(in, 0, sizeof(*in));
	in->who = *c->who;
	in->limits = *c->limits;
	in->caller_limits = *c->caller_limits;
	in->method = way->method;
	for (i = 0; i < a->traits.n; i++) {
		if ((a->used & (UINT32_C(1) << i)) == 0)
			continue;
		memcpy(in->id[in->n], a->traits.id[i], sizeof(in->id[0]));
		in->trait[in->n] = a->traits.trait[i];
		in->n++;
	}
}

static void
right(struct sek_verdict *v, const struct sek_challenge *c,
    const struct sek_biometric_way *way)
{

	v->answer = SEK_ANSWER_RIGHT;
	v->reason = SEK_REASON_NONE;
	v->method = way->method;
	v->kinds = SEK_KIND_INHERENCE;
	if (way->detail != NULL)
		way->detail(v->detail, sizeof(v->detail), c->biometric);
}

/* Are they active still? That settles the slot, too. */
static enum sek_err
use(struct sek_verdict *v, struct sek_challenge *c, const char *slot,
    const struct sek_biometric_way *way)
{
	struct sek_biometric_use in;
	struct sek_biometric_use_out out;
	enum sek_err err;

	memset(&out, 0, sizeof(out));
	fill_use(&in, c, way);
	if ((err = sek_text_copy(in.slot, sizeof(in.slot), slot)) != SEK_OK ||
	    (err = sek_store_biometric_use(c->store, &in, &out)) != SEK_OK)
		return (err);
	v->settled = true;
	v->lock = out.lock;
	memcpy(v->authenticator, out.authenticator,
	    sizeof(v->authenticator));
	if (out.right)
		right(v, c, way);
	else if (out.reason != SEK_REASON_NONE)
		v->reason = (enum sek_reason)out.reason;
	return (SEK_OK);
}

enum sek_err
sek_biometric_verify(struct sek_verdict *v, struct sek_challenge *c,
    const char *slot, const struct sek_biometric_way *way)
{
	const struct sek_biometric_answer *a = c->biometric;
	struct sek_why why = { "" };
	enum sek_err err;

	if (a == NULL)
		return (SEK_ERR_INTERNAL);
	v->reason = a->reason != SEK_REASON_NONE ? a->reason :
	    SEK_REASON_WRONG;
	if (a->worthless || !a->matched || c->idle || is_away(c))
		return (SEK_OK);
	if ((err = sek_device_fresh(&a->at, &why)) == SEK_OK)
		return (use(v, c, slot, way));
	return (err == SEK_ERR_REFUSED ? SEK_OK : err);
}
