/*
 * fido2.c - what talks to security keys, loaded when it is first called for
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/edge/fido2.h"
#include "sekisho/edge/object.h"

typedef const struct sek_fido2_object object_t;

static const char *const ends[SEK_FIDO2_END_COUNT] = {
	[SEK_FIDO2_END_FAILED]		= "failed",
	[SEK_FIDO2_END_OK]		= "ok",
	[SEK_FIDO2_END_NO_KEY]		= "no-key",
	[SEK_FIDO2_END_OTHERS]		= "others",
	[SEK_FIDO2_END_WANTS_PIN]	= "wants-pin",
	[SEK_FIDO2_END_NO_PIN]		= "no-pin",
	[SEK_FIDO2_END_PIN_WRONG]	= "pin-wrong",
	[SEK_FIDO2_END_PIN_PAUSED]	= "pin-paused",
	[SEK_FIDO2_END_PIN_BLOCKED]	= "pin-blocked",
	[SEK_FIDO2_END_UV_FAILED]	= "uv-failed",
	[SEK_FIDO2_END_UV_BLOCKED]	= "uv-blocked",
	[SEK_FIDO2_END_NO_TOUCH]	= "no-touch",
	[SEK_FIDO2_END_DENIED]		= "denied",
	[SEK_FIDO2_END_BUSY]		= "busy",
	[SEK_FIDO2_END_GONE]		= "gone",
	[SEK_FIDO2_END_SILENT]		= "silent",
	[SEK_FIDO2_END_GARBAGE]		= "garbage",
	[SEK_FIDO2_END_EXCLUDED]	= "excluded",
	[SEK_FIDO2_END_FULL]		= "full",
	[SEK_FIDO2_END_UNABLE]		= "unable",
};

const char *
sek_fido2_end_name(enum sek_fido2_end e)
{

	return ((unsigned)e < SEK_FIDO2_END_COUNT ? ends[e] : "?");
}

static bool
is_of_this_build(const void *symbol)
{
	object_t *o = symbol;

	return (strncmp(o->version, PACKAGE_VERSION, sizeof(o->version)) == 0 &&
	    o->size[0] == sizeof(struct sek_fido2_request) &&
	    o->size[1] == sizeof(struct sek_fido2_assertion) &&
	    o->size[2] == sizeof(struct sek_fido2_make) &&
	    o->size[3] == sizeof(struct sek_fido2_made));
}

static struct sek_object object = {
	.name = "fido2",
	.symbol = "sek_fido2_object",
	.library = "libfido2 1.12 or newer",
	.is_ours = is_of_this_build,
};

static enum sek_err
load(object_t **out, struct sek_why *why)
{
	const void *found;
	enum sek_err err;

	if ((err = sek_object_load(&found, &object, why)) == SEK_OK)
		*out = found;
	return (err);
}

enum sek_err
sek_fido2_present(bool *present, struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	*present = false;
	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->present(present, why));
}

enum sek_err
sek_fido2_devices(struct sek_fido2_device *out, size_t max, size_t *n,
    struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	*n = 0;
	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->devices(out, max, n, why));
}

enum sek_err
sek_fido2_assert(struct sek_fido2_assertion *out,
    const struct sek_fido2_request *in, struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	out->credential = UINT32_MAX;
	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->assert_(out, in, why));
}

enum sek_err
sek_fido2_verify(struct sek_fido2_proof *out,
    const struct sek_fido2_assertion *a, const struct sek_fido2 *credential,
    const uint8_t hash[SEK_FIDO2_HASH_LEN], struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->verify(out, a, credential, hash, why));
}

enum sek_err
sek_fido2_make(struct sek_fido2_made *out, const struct sek_fido2_make *in,
    struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->make(out, in, why));
}
