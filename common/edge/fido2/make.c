/*
 * make.c - a new credential on a key
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a PIN is sent to the one key that was named, or is alone, only.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"

#include "key.h"

struct order {
	const struct sek_fido2_make	*in;
	uint8_t				 hash[SEK_FIDO2_HASH_LEN];
};

/* ------------------------------------------------------- in the child -- */

static fido_cred_t *
order(const struct order *o, const struct key *k,
    enum sek_fido2_algorithm algorithm, enum sek_fido2_verifies how)
{
	const struct sek_fido2_make *in = o->in;
	fido_cred_t *c = fido_cred_new();
	bool ok;
	size_t i;

	ok = c != NULL &&
	    fido_cred_set_type(c, key_cose((uint8_t)algorithm)) == FIDO_OK &&
	    fido_cred_set_clientdata_hash(c, o->hash, sizeof(o->hash)) ==
	    FIDO_OK && fido_cred_set_rp(c, in->rp_id, in->rp_name) ==
	    FIDO_OK && fido_cred_set_user(c, in->user_id, sizeof(in->user_id),
	    in->user, in->user, NULL) == FIDO_OK &&
	    fido_cred_set_rk(c, in->resident ? FIDO_OPT_TRUE :
	    FIDO_OPT_OMIT) == FIDO_OK &&
	    fido_cred_set_uv(c, how == SEK_FIDO2_VERIFIES_NOT ?
	    FIDO_OPT_OMIT : FIDO_OPT_TRUE) == FIDO_OK;
	/* Those were looked for already; the key may see more of them. */
	for (i = 0; ok && in->nexclude <= k->part && i < in->nexclude; i++)
		if (in->exclude[i].credential_len > 0 &&
		    strcmp(in->exclude[i].rp_id, in->rp_id) == 0)
			ok = fido_cred_exclude(c, in->exclude[i].credential,
			    in->exclude[i].credential_len) == FIDO_OK;
	if (!ok)
		fido_cred_free(&c);
	return (c);
}

static enum sek_fido2_end
take(struct key_made *m, const fido_cred_t *c,
    enum sek_fido2_algorithm algorithm)
{
	const char *format = fido_cred_fmt(c);
	size_t data = fido_cred_authdata_len(c);
	size_t statement = fido_cred_attstmt_len(c);

	if (format == NULL || data == 0 || data > sizeof(m->authdata) ||
	    statement > sizeof(m->statement) ||
	    !sek_text_is_clean(format, sizeof(m->format) - 1))
		return (SEK_FIDO2_END_GARBAGE);
	(void)sek_text_copy(m->format, sizeof(m->format), format);
	memcpy(m->authdata, fido_cred_authdata_ptr(c), data);
	if (statement > 0)
		memcpy(m->statement, fido_cred_attstmt_ptr(c), statement);
	m->authdata_len = (uint32_t)data;
	m->statement_len = (uint32_t)statement;
	m->algorithm = algorithm;
	return (SEK_FIDO2_END_OK);
}

static enum sek_fido2_end
make_one(struct key *k, const struct order *o,
    enum sek_fido2_algorithm algorithm, enum sek_fido2_verifies how, int *r)
{
	const char *pin = how == SEK_FIDO2_VERIFIES_PIN ?
	    sek_secret_text(o->in->pin) : NULL;
	fido_cred_t *c = order(o, k, algorithm, how);
	enum sek_fido2_end end;

	*r = FIDO_ERR_INTERNAL;
	if (c == NULL)
		return (SEK_FIDO2_END_FAILED);
	key_set_time(k, 0);
	k->f->round_trips += how == SEK_FIDO2_VERIFIES_NOT ? 1 : 3;
	*r = fido_dev_make_cred(k->dev, c, pin);
	end = *r == FIDO_ERR_LIMIT_EXCEEDED && o->in->resident ?
	    SEK_FIDO2_END_FULL : key_end(k, *r, true);
	if (end == SEK_FIDO2_END_OK)
		end = take(&k->f->u.made, c, algorithm);
	else if (how == SEK_FIDO2_VERIFIES_SENSOR &&
	    (end == SEK_FIDO2_END_DENIED || end == SEK_FIDO2_END_WANTS_PIN))
		end = SEK_FIDO2_END_UV_FAILED;
	fido_cred_free(&c);
	return (end);
}

/* A key with a PIN or a finger makes no credential without, unless it says
 * so. */
static enum sek_fido2_uv
wish(const struct key *k, const struct sek_fido2_make *in)
{

	if (in->uv == SEK_FIDO2_UV_DISCOURAGED && (k->always_uv ||
	    ((k->f->device.pin_set || k->f->device.sensor) &&
	    (in->resident || !k->make_without_uv))))
		return (SEK_FIDO2_UV_PREFERRED);
	return (in->uv);
}

/* The first algorithm it knows: it says so in getInfo, or (one that names
 * none) before anybody touches it. A wrong PIN ends it: it is never repeated. */
static enum sek_fido2_end
make(struct key *k, const struct order *o, enum sek_fido2_verifies how)
{
	enum sek_fido2_algorithm a;
	enum sek_fido2_end end = SEK_FIDO2_END_UNABLE;
	int r = FIDO_ERR_UNSUPPORTED_ALGORITHM;

	key_cue(k, how == SEK_FIDO2_VERIFIES_SENSOR ? SEK_FIDO2_CUE_SENSOR :
	    SEK_FIDO2_CUE_TOUCH);
	for (a = SEK_FIDO2_ES256; a < SEK_FIDO2_ALGORITHMS &&
	    r == FIDO_ERR_UNSUPPORTED_ALGORITHM; a++) {
		if (k->algorithms != 0 && (k->algorithms & 1u << a) == 0)
			continue;
		end = make_one(k, o, a, how, &r);
	}
	return (end);
}

static enum sek_fido2_end
talk(struct key *k, const struct order *o)
{
	const struct sek_fido2_make *in = o->in;
	enum sek_fido2_verifies how = SEK_FIDO2_VERIFIES_NOT;
	struct key_found found;
	enum sek_fido2_end end;

	if ((end = key_ask_info(k)) != SEK_FIDO2_END_OK)
		return (end);
	if (in->resident && !k->f->device.resident)
		return (SEK_FIDO2_END_UNABLE);
	end = key_find(k, in->exclude, in->nexclude, &found);
	if (end != SEK_FIDO2_END_OTHERS)
		return (end == SEK_FIDO2_END_OK ? SEK_FIDO2_END_EXCLUDED :
		    end);
	end = key_choose(k, wish(k, in), in->pin != NULL, in->no_sensor, &how);
	if (end == SEK_FIDO2_END_OK)
		end = make(k, o, how);
	if (end == SEK_FIDO2_END_WANTS_PIN && !k->f->device.pin_set)
		end = SEK_FIDO2_END_NO_PIN;
	key_ask_tries(k);
	return (end);
}

static void
work(const struct key_job *job, struct key_frame *f)
{
	enum sek_fido2_end end;
	struct key k;

	f->kind = KEY_FRAME_MADE;
	if ((end = key_open(&k, job, f)) == SEK_FIDO2_END_OK)
		end = talk(&k, job->in);
	key_close(&k);
	f->end = end;
	key_tell(job, f);
}

/* ------------------------------------------------------ in the parent -- */

static enum sek_err
check(const struct sek_fido2_make *in, struct sek_why *why)
{
	size_t i;

	if (in->nexclude > SEK_FIDO2_LIST_MAX || in->wait < 0 ||
	    in->uv >= SEK_FIDO2_UVS || in->least >= SEK_FIDO2_ATTESTATIONS ||
	    in->rp_id == NULL || in->rp_id[0] == '\0' ||
	    strnlen(in->rp_id, SEK_FIDO2_RP_MAX) >= SEK_FIDO2_RP_MAX)
		return (sek_why(why, SEK_ERR_RANGE, "too much asked of a "
		    "security key"));
	for (i = 0; i < in->nexclude; i++)
		if (sek_fido2_check(&in->exclude[i]) != SEK_OK)
			return (sek_why(why, SEK_ERR_RANGE, "a security key "
			    "is enrolled with what it cannot be; revoke it and "
			    "enrol it again"));
	return (key_check_pin(in->pin, why));
}

/* The key of that path, or the only one. NULL: *end. */
static enum sek_err
choose(const struct sek_fido2_device **out, const struct key_list *list,
    const char *path, uint32_t *end, struct sek_why *why)
{
	size_t i;

	*out = NULL;
	*end = SEK_FIDO2_END_NO_KEY;
	if (path != NULL && path[0] != '\0') {
		if (list->n > 0)
			*end = SEK_FIDO2_END_GONE;
		for (i = 0; i < list->n; i++)
			if (strcmp(list->key[i].path, path) == 0)
				*out = &list->key[i];
	} else if (list->n > 1)
		return (sek_why(why, SEK_ERR_ARGUMENT, "several security keys "
		    "are plugged in; name one, or leave one"));
	else if (list->n == 1)
		*out = &list->key[0];
	return (SEK_OK);
}

/* What is known of it besides what its key signed. */
static void
describe(struct sek_fido2 *c, const struct sek_fido2_device *d,
    const struct sek_fido2_make *in)
{

	(void)sek_text_copy(c->brief.model, sizeof(c->brief.model), d->model);
	(void)sek_text_copy(c->rp_id, sizeof(c->rp_id), in->rp_id);
	c->brief.resident = in->resident ? 1 : 0;
	c->brief.uv = (uint8_t)in->uv;
	c->brief.verifies = d->sensor ? SEK_FIDO2_VERIFIES_SENSOR :
	    d->pin_set ? SEK_FIDO2_VERIFIES_PIN : SEK_FIDO2_VERIFIES_NOT;
}

static enum sek_err
run(struct sek_fido2_made *out, const struct order *o,
    const struct sek_fido2_device *device, struct key_frame *f,
    struct sek_why *why)
{
	struct key_job job = { .work = work, .kind = KEY_FRAME_MADE, .in = o,
	    .device = device, .cue = o->in->cue, .arg = o->in->arg };
	enum sek_err err;

	sek_child_job_time(&job.d, sek_child_clock(), o->in->wait);
	if ((err = key_run(&job, f, why)) != SEK_OK)
		return (err);
	out->device = f->device;
	out->end = f->end;
	if (f->end == SEK_FIDO2_END_FAILED)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	if (f->end != SEK_FIDO2_END_OK)
		return (SEK_OK);
	err = key_attest(&out->credential, &f->u.made, o->in, o->hash, why);
	if (err != SEK_OK)
		out->end = SEK_FIDO2_END_FAILED;
	else
		describe(&out->credential, &f->device, o->in);
	return (err);
}

enum sek_err
key_make(struct sek_fido2_made *out, const struct sek_fido2_make *in,
    struct sek_why *why)
{
	const struct sek_fido2_device *device = NULL;
	struct key_list *list = NULL;
	struct key_frame *f = NULL;
	struct order o = { .in = in };
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = check(in, why)) != SEK_OK ||
	    (err = sek_secret_init()) != SEK_OK)
		return (err);
	randombytes_buf(o.hash, sizeof(o.hash));
	if ((list = calloc(1, sizeof(*list))) == NULL ||
	    (f = calloc(1, sizeof(*f))) == NULL)
		err = sek_why(why, SEK_ERR_NOMEM, "out of memory");
	else if ((err = key_list(list, why)) == SEK_OK &&
	    (err = choose(&device, list, in->path, &out->end, why)) ==
	    SEK_OK && device != NULL)
		err = run(out, &o, device, f, why);
	free(f);
	free(list);
	return (err);
}
