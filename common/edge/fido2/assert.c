/*
 * assert.c - one signature by one of somebody's keys
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a PIN is sent once a call, to the one key that has a credential of
 * his, and proved that; to none where only a touch was called for.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/clock.h"

#include "key.h"

#define TURN	200000	/* us: how often it is asked for a touch */

/* ------------------------------------------------------- in the child -- */

static enum sek_fido2_uv
wish(const struct sek_fido2_request *in, const struct sek_fido2 *c)
{

	if (in->presence_only)
		return (SEK_FIDO2_UV_DISCOURAGED);
	return (c->brief.uv > in->uv ? (enum sek_fido2_uv)c->brief.uv :
	    in->uv);
}

static fido_assert_t *
order(const struct sek_fido2_request *in, const struct key_found *found,
    enum sek_fido2_verifies how)
{
	fido_assert_t *a = fido_assert_new();

	if (a != NULL &&
	    (fido_assert_set_rp(a, in->credential[found->index].rp_id) !=
	    FIDO_OK ||
	    fido_assert_set_clientdata_hash(a, in->hash, sizeof(in->hash)) !=
	    FIDO_OK ||
	    fido_assert_allow_cred(a, found->id, found->id_len) != FIDO_OK ||
	    fido_assert_set_up(a, FIDO_OPT_TRUE) != FIDO_OK ||
	    fido_assert_set_uv(a, how == SEK_FIDO2_VERIFIES_NOT ?
	    FIDO_OPT_OMIT : FIDO_OPT_TRUE) != FIDO_OK))
		fido_assert_free(&a);
	return (a);
}

static enum sek_fido2_end
take(struct key_frame *f, const fido_assert_t *a)
{
	size_t data = fido_assert_authdata_len(a, 0);
	size_t sig = fido_assert_sig_len(a, 0);

	if (fido_assert_count(a) < 1 || data == 0 || sig == 0 ||
	    data > sizeof(f->u.got.authdata) ||
	    sig > sizeof(f->u.got.signature))
		return (SEK_FIDO2_END_GARBAGE);
	memcpy(f->u.got.authdata, fido_assert_authdata_ptr(a, 0), data);
	memcpy(f->u.got.signature, fido_assert_sig_ptr(a, 0), sig);
	f->u.got.authdata_len = (uint32_t)data;
	f->u.got.signature_len = (uint32_t)sig;
	return (SEK_FIDO2_END_OK);
}

/* A key that verifies at all times signs nothing by a touch alone: it is
 * touched all the same. */
static enum sek_fido2_end
touch(struct key *k)
{
	int64_t left;
	int r, touched = 0;

	key_set_time(k, 0);
	k->f->round_trips++;
	if ((r = fido_dev_get_touch_begin(k->dev)) != FIDO_OK)
		return (key_end(k, r, true));
	while (touched == 0 && (left = k->due - sek_child_clock()) > 0)
		if ((r = fido_dev_get_touch_status(k->dev, &touched,
		    left < TURN ? (int)(left / 1000) + 1 : TURN / 1000)) !=
		    FIDO_OK)
			return (key_end(k, r, true));
	return (touched != 0 ? SEK_FIDO2_END_OK : key_end(k, FIDO_ERR_RX,
	    true));
}

/* Its sensor did not know him; some keys have another word for it. */
static enum sek_fido2_end
sensor_end(enum sek_fido2_end end)
{

	return (end == SEK_FIDO2_END_DENIED || end == SEK_FIDO2_END_WANTS_PIN ?
	    SEK_FIDO2_END_UV_FAILED : end);
}

static enum sek_fido2_end
sign(struct key *k, const struct sek_fido2_request *in,
    const struct key_found *found, enum sek_fido2_verifies how)
{
	const char *pin = how == SEK_FIDO2_VERIFIES_PIN ?
	    sek_secret_text(in->pin) : NULL;
	fido_assert_t *a = order(in, found, how);
	enum sek_fido2_end end;

	if (a == NULL)
		return (SEK_FIDO2_END_FAILED);
	key_cue(k, how == SEK_FIDO2_VERIFIES_SENSOR ? SEK_FIDO2_CUE_SENSOR :
	    SEK_FIDO2_CUE_TOUCH);
	k->f->u.got.verified = how;
	key_set_time(k, 0);
	k->f->round_trips += how == SEK_FIDO2_VERIFIES_NOT ? 1 : 3;
	end = key_end(k, fido_dev_get_assert(k->dev, a, pin), true);
	if (end == SEK_FIDO2_END_OK)
		end = take(k->f, a);
	else if (how == SEK_FIDO2_VERIFIES_SENSOR)
		end = sensor_end(end);
	fido_assert_free(&a);
	return (end);
}

/* Does it sign nothing that it has not verified somebody for? */
static bool
insists(struct key *k, enum sek_fido2_end end)
{

	return (end == SEK_FIDO2_END_WANTS_PIN ||
	    (end == SEK_FIDO2_END_DENIED && k->f->device.sensor &&
	    key_ask_info(k) == SEK_FIDO2_END_OK && k->always_uv));
}

/* It may have become the last while he typed, by another's tries. */
static bool
is_last_try(struct key *k, const struct sek_fido2_request *in)
{

	if (in->last)
		return (false);
	key_ask_tries(k);
	return (k->f->device.pin_tries <= 1);
}

static enum sek_fido2_end
sign_as_it_likes(struct key *k, const struct sek_fido2_request *in,
    const struct key_found *found, enum sek_fido2_verifies how)
{
	enum sek_fido2_end end = sign(k, in, found, how);

	if (how != SEK_FIDO2_VERIFIES_NOT || !insists(k, end))
		return (end);
	if (in->presence_only)
		return (touch(k));
	if (k->f->device.sensor && !in->no_sensor)
		return (sign(k, in, found, SEK_FIDO2_VERIFIES_SENSOR));
	return (k->f->device.pin_set ? SEK_FIDO2_END_WANTS_PIN :
	    SEK_FIDO2_END_NO_PIN);
}

static enum sek_fido2_end
talk(struct key *k, const struct sek_fido2_request *in)
{
	struct key_found found;
	enum sek_fido2_verifies how = SEK_FIDO2_VERIFIES_NOT;
	enum sek_fido2_end end;

	if ((end = key_find(k, in->credential, in->n, &found)) !=
	    SEK_FIDO2_END_OK)
		return (end);
	k->f->u.got.credential = (uint32_t)found.index;
	end = key_choose(k, wish(in, &in->credential[found.index]),
	    in->pin != NULL && !in->presence_only, in->no_sensor, &how);
	if (end == SEK_FIDO2_END_OK && how == SEK_FIDO2_VERIFIES_PIN &&
	    found.proved && is_last_try(k, in))
		end = SEK_FIDO2_END_WANTS_PIN;
	if (end == SEK_FIDO2_END_OK &&
	    (how != SEK_FIDO2_VERIFIES_PIN || found.proved))
		end = sign_as_it_likes(k, in, &found, how);
	else if (end == SEK_FIDO2_END_OK)
		end = SEK_FIDO2_END_GARBAGE;
	/* It may be made to learn a PIN: for it, nobody is asked for one. */
	if (end == SEK_FIDO2_END_WANTS_PIN && !found.proved) {
		k->f->u.got.credential = UINT32_MAX;
		end = SEK_FIDO2_END_GARBAGE;
	}
	switch (end) {
	case SEK_FIDO2_END_WANTS_PIN:
	case SEK_FIDO2_END_PIN_WRONG:
	case SEK_FIDO2_END_PIN_PAUSED:
	case SEK_FIDO2_END_UV_FAILED:
	case SEK_FIDO2_END_UV_BLOCKED:
		key_ask_tries(k);
		break;
	default:
		break;
	}
	return (end);
}

static void
work(const struct key_job *job, struct key_frame *f)
{
	enum sek_fido2_end end;
	struct key k;

	f->kind = KEY_FRAME_SIGNED;
	f->u.got.credential = UINT32_MAX;
	if ((end = key_open(&k, job, f)) == SEK_FIDO2_END_OK)
		end = talk(&k, job->in);
	key_close(&k);
	f->end = end;
	key_tell(job, f);
}

/* ------------------------------------------------------ in the parent -- */

/* What a child cannot know better than who asked. */
static bool
is_answer_to(const struct key_frame *f, const struct sek_fido2_request *in)
{

	if (f->u.got.credential != UINT32_MAX &&
	    f->u.got.credential >= in->n)
		return (false);
	if (f->end == SEK_FIDO2_END_OK && f->u.got.credential == UINT32_MAX)
		return (false);
	switch (f->u.got.verified) {
	case SEK_FIDO2_VERIFIES_NOT:
		return (true);
	case SEK_FIDO2_VERIFIES_PIN:
		return (in->pin != NULL && !in->presence_only);
	case SEK_FIDO2_VERIFIES_SENSOR:
		return (!in->no_sensor && !in->presence_only);
	default:
		return (false);
	}
}

static void
give(struct sek_fido2_assertion *out, const struct key_frame *f)
{

	out->end = f->end;
	out->device = f->device;
	out->credential = UINT32_MAX;
	if (f->kind != KEY_FRAME_SIGNED)
		return;
	out->credential = f->u.got.credential;
	out->verified = f->u.got.verified;
	out->authdata_len = f->u.got.authdata_len;
	out->signature_len = f->u.got.signature_len;
	memcpy(out->authdata, f->u.got.authdata, sizeof(out->authdata));
	memcpy(out->signature, f->u.got.signature, sizeof(out->signature));
}

/* Where no key signs: of what one of them said, the most that can be done
 * about it. */
static unsigned
weight(uint32_t end)
{

	switch (end) {
	case SEK_FIDO2_END_NO_KEY:
		return (0);
	case SEK_FIDO2_END_OTHERS:
		return (1);
	case SEK_FIDO2_END_GONE:
		return (2);
	case SEK_FIDO2_END_GARBAGE:
		return (3);
	case SEK_FIDO2_END_SILENT:
		return (4);
	case SEK_FIDO2_END_BUSY:
		return (5);
	default:
		return (6);
	}
}

/* Is it worth while to try the next key? Not once one was found to be his. */
static bool
goes_on(const struct key_frame *f)
{

	return (f->kind != KEY_FRAME_SIGNED ? f->end != SEK_FIDO2_END_FAILED :
	    f->u.got.credential == UINT32_MAX && weight(f->end) < 6);
}

static enum sek_err
try_all(struct sek_fido2_assertion *out, const struct sek_fido2_request *in,
    const struct key_list *list, struct key_frame *f, struct sek_why *why)
{
	struct key_job job = { .work = work, .kind = KEY_FRAME_SIGNED,
	    .in = in, .cue = in->cue,
	    .arg = in->arg };
	const bool any = in->path == NULL || in->path[0] == '\0';
	enum sek_err err;
	uint32_t sent = 0;
	size_t i;

	out->end = any || list->n == 0 ? SEK_FIDO2_END_NO_KEY :
	    SEK_FIDO2_END_GONE;
	sek_child_job_time(&job.d, sek_child_clock(), in->wait);
	for (i = 0; i < list->n; i++) {
		job.device = &list->key[i];
		if (!any && strcmp(job.device->path, in->path) != 0)
			continue;
		if ((err = key_run(&job, f, why)) != SEK_OK)
			return (err);
		if (f->kind == KEY_FRAME_SIGNED && !is_answer_to(f, in)) {
			memset(f, 0, sizeof(*f));
			f->device = *job.device;
			f->end = SEK_FIDO2_END_GARBAGE;
		}
		sent += f->round_trips;
		if (!any || weight(f->end) > weight(out->end))
			give(out, f);
		if (!goes_on(f))
			break;
	}
	out->round_trips = sent;
	if (out->end == SEK_FIDO2_END_FAILED)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	return (SEK_OK);
}

static enum sek_err
check(const struct sek_fido2_request *in, struct sek_why *why)
{
	size_t i;

	if (in->n > SEK_FIDO2_LIST_MAX || in->wait < 0 ||
	    in->uv >= SEK_FIDO2_UVS)
		return (sek_why(why, SEK_ERR_RANGE, "too much asked of a "
		    "security key"));
	for (i = 0; i < in->n; i++)
		if (sek_fido2_check(&in->credential[i]) != SEK_OK)
			return (sek_why(why, SEK_ERR_RANGE, "a security key "
			    "is enrolled with what it cannot be; revoke it and "
			    "enrol it again"));
	return (key_check_pin(in->pin, why));
}

enum sek_err
key_assert(struct sek_fido2_assertion *out, const struct sek_fido2_request *in,
    struct sek_why *why)
{
	struct key_list *list = NULL;
	struct key_frame *f = NULL;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	out->credential = UINT32_MAX;
	if ((err = check(in, why)) != SEK_OK)
		return (err);
	if ((list = calloc(1, sizeof(*list))) == NULL ||
	    (f = calloc(1, sizeof(*f))) == NULL)
		err = sek_why(why, SEK_ERR_NOMEM, "out of memory");
	else if ((err = key_list(list, why)) == SEK_OK)
		err = try_all(out, in, list, f, why);
	free(f);
	free(list);
	return (err);
}
