/*
 * object.c - what fido2.so gives to who loads it, and the calls without a key
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>

#include "sekisho/base/clock.h"

#include "key.h"

#define LOOK_WAIT	(5 * SEK_SECOND)	/* for all keys */

extern const struct sek_fido2_object sek_fido2_object;

enum sek_err
key_check_pin(const struct sek_secret *pin, struct sek_why *why)
{

	if (pin != NULL && !sek_fido2_pin_ok(pin->data, pin->len))
		return (sek_why(why, SEK_ERR_RANGE, "no PIN of a security key "
		    "has this form"));
	return (SEK_OK);
}

static enum sek_err
present(bool *is, struct sek_why *why)
{
	struct key_list *list;
	enum sek_err err;

	*is = false;
	if ((list = calloc(1, sizeof(*list))) == NULL)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	if ((err = key_list(list, why)) == SEK_OK)
		*is = list->n > 0;
	free(list);
	return (err);
}

/* In the child. */
static void
look(const struct key_job *job, struct key_frame *f)
{
	struct key k;

	f->kind = KEY_FRAME_LOOKED;
	if ((f->end = key_open(&k, job, f)) == SEK_FIDO2_END_OK &&
	    (f->end = key_ask_info(&k)) == SEK_FIDO2_END_OK)
		key_ask_tries(&k);
	key_close(&k);
	key_tell(job, f);
}

/* One that does not answer is there all the same: by its path and name. */
static enum sek_err
devices(struct sek_fido2_device *out, size_t max, size_t *n,
    struct sek_why *why)
{
	struct key_job job = { .work = look, .kind = KEY_FRAME_LOOKED };
	struct key_list *list = NULL;
	struct key_frame *f = NULL;
	enum sek_err err = SEK_ERR_NOMEM;

	*n = 0;
	if ((list = calloc(1, sizeof(*list))) == NULL ||
	    (f = calloc(1, sizeof(*f))) == NULL)
		err = sek_why(why, SEK_ERR_NOMEM, "out of memory");
	else
		err = key_list(list, why);
	sek_child_job_time(&job.d, sek_child_clock(), LOOK_WAIT);
	for (; err == SEK_OK && *n < list->n && *n < max; (*n)++) {
		job.device = &list->key[*n];
		if ((err = key_run(&job, f, why)) == SEK_OK)
			out[*n] = f->device;
	}
	free(f);
	free(list);
	return (err);
}

__attribute__((visibility("default")))
const struct sek_fido2_object sek_fido2_object = {
	.version = PACKAGE_VERSION,
	.size = {
		sizeof(struct sek_fido2_request),
		sizeof(struct sek_fido2_assertion),
		sizeof(struct sek_fido2_make),
		sizeof(struct sek_fido2_made),
	},
	.present = present,
	.devices = devices,
	.assert_ = key_assert,
	.verify = key_verify,
	.make = key_make,
};
