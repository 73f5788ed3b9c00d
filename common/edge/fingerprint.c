/*
 * fingerprint.c - what talks to fprintd, loaded when it is first called for
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/edge/fingerprint.h"
#include "sekisho/edge/object.h"

typedef const struct sek_fingerprint_object object_t;

static const char *const ends[SEK_FINGERPRINT_END_COUNT] = {
	[SEK_FINGERPRINT_END_FAILED]	= "failed",
	[SEK_FINGERPRINT_END_OK]	= "ok",
	[SEK_FINGERPRINT_END_NO_MATCH]	= "no-match",
	[SEK_FINGERPRINT_END_NO_SERVICE] = "no-service",
	[SEK_FINGERPRINT_END_NO_READER]	= "no-reader",
	[SEK_FINGERPRINT_END_NOT_ENROLLED] = "not-enrolled",
	[SEK_FINGERPRINT_END_CHANGED]	= "changed",
	[SEK_FINGERPRINT_END_CAPPED]	= "capped",
	[SEK_FINGERPRINT_END_PAUSED]	= "paused",
	[SEK_FINGERPRINT_END_BUSY]	= "busy",
	[SEK_FINGERPRINT_END_GONE]	= "gone",
	[SEK_FINGERPRINT_END_SILENT]	= "silent",
	[SEK_FINGERPRINT_END_CANCELLED]	= "cancelled",
	[SEK_FINGERPRINT_END_ERROR]	= "error",
	[SEK_FINGERPRINT_END_GARBAGE]	= "garbage",
	[SEK_FINGERPRINT_END_DENIED]	= "denied",
	[SEK_FINGERPRINT_END_FULL]	= "full",
	[SEK_FINGERPRINT_END_DUPLICATE]	= "duplicate",
};

const char *
sek_fingerprint_end_name(enum sek_fingerprint_end e)
{

	return ((unsigned)e < SEK_FINGERPRINT_END_COUNT ? ends[e] : "?");
}

static bool
is_of_this_build(const void *symbol)
{
	object_t *o = symbol;

	return (strncmp(o->version, PACKAGE_VERSION, sizeof(o->version)) == 0 &&
	    o->size[0] == sizeof(struct sek_fingerprint_told) &&
	    o->size[1] == sizeof(struct sek_fingerprint_seen) &&
	    o->size[2] == sizeof(struct sek_fingerprint_request) &&
	    o->size[3] == sizeof(struct sek_fingerprint_match) &&
	    o->size[4] == sizeof(struct sek_fingerprint_make) &&
	    o->size[5] == sizeof(struct sek_fingerprint_made));
}

static struct sek_object object = {
	.name = "biometric",
	.symbol = "sek_fingerprint_object",
	.library = "libsystemd0",
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
sek_fingerprint_look(struct sek_fingerprint_seen *out, const char *account,
    int64_t wait, struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->look(out, account, wait, why));
}

enum sek_err
sek_fingerprint_verify(struct sek_fingerprint_match *out,
    const struct sek_fingerprint_request *in, struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->verify(out, in, why));
}

enum sek_err
sek_fingerprint_make(struct sek_fingerprint_made *out,
    const struct sek_fingerprint_make *in, struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->make(out, in, why));
}

enum sek_err
sek_fingerprint_delete(enum sek_fingerprint_end *end, const char *account,
    enum sek_finger finger, int64_t wait, struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	*end = SEK_FINGERPRINT_END_FAILED;
	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->remove(end, account, finger, wait, why));
}
