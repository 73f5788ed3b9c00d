/*
 * card.c - what talks to IC cards, loaded when it is first called for
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/edge/card.h"
#include "sekisho/edge/object.h"

typedef const struct sek_card_object object_t;

static const char *const ends[SEK_CARD_END_COUNT] = {
	[SEK_CARD_END_FAILED]		= "failed",
	[SEK_CARD_END_OK]		= "ok",
	[SEK_CARD_END_NO_SERVICE]	= "no-service",
	[SEK_CARD_END_NO_READER]	= "no-reader",
	[SEK_CARD_END_NO_CARD]		= "no-card",
	[SEK_CARD_END_UNKNOWN]		= "unknown",
	[SEK_CARD_END_OTHERS]		= "others",
	[SEK_CARD_END_PHONE]		= "phone",
	[SEK_CARD_END_WANTS_PIN]	= "wants-pin",
	[SEK_CARD_END_PIN_WRONG]	= "pin-wrong",
	[SEK_CARD_END_PIN_BLOCKED]	= "pin-blocked",
	[SEK_CARD_END_EXPIRED]		= "expired",
	[SEK_CARD_END_UNTRUSTED]	= "untrusted",
	[SEK_CARD_END_WEAK]		= "weak",
	[SEK_CARD_END_UNABLE]		= "unable",
	[SEK_CARD_END_BUSY]		= "busy",
	[SEK_CARD_END_RESET]		= "reset",
	[SEK_CARD_END_GONE]		= "gone",
	[SEK_CARD_END_SILENT]		= "silent",
	[SEK_CARD_END_GARBAGE]		= "garbage",
};

const char *
sek_card_end_name(enum sek_card_end e)
{

	return ((unsigned)e < SEK_CARD_END_COUNT ? ends[e] : "?");
}

static bool
is_of_this_build(const void *symbol)
{
	object_t *o = symbol;

	return (strncmp(o->version, PACKAGE_VERSION, sizeof(o->version)) == 0 &&
	    o->size[0] == sizeof(struct sek_card_seen) &&
	    o->size[1] == sizeof(struct sek_card_request) &&
	    o->size[2] == sizeof(struct sek_card_signature) &&
	    o->size[3] == sizeof(struct sek_card_read) &&
	    o->size[4] == sizeof(struct sek_card_made));
}

static struct sek_object object = {
	.name = "card",
	.symbol = "sek_card_object",
	.library = "libpcsclite1",
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
sek_card_present(bool *present, const struct sek_card_place *place,
    struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	*present = false;
	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->present(present, place, why));
}

enum sek_err
sek_card_list(struct sek_card_seen *out, size_t max, size_t *n,
    enum sek_card_end *end, const struct sek_card_place *place,
    struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	*n = 0;
	*end = SEK_CARD_END_FAILED;
	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->list(out, max, n, end, place, why));
}

enum sek_err
sek_card_sign(struct sek_card_signature *out,
    const struct sek_card_request *in, struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	out->card = UINT32_MAX;
	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->sign(out, in, why));
}

enum sek_err
sek_card_verify(const struct sek_card_signature *s,
    const struct sek_card *card,
    const uint8_t challenge[SEK_CARD_CHALLENGE_LEN], struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->verify(s, card, challenge, why));
}

enum sek_err
sek_card_read(struct sek_card_made *out, const struct sek_card_read *in,
    struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->read(out, in, why));
}

enum sek_err
sek_card_watch(const char *reader, sek_card_watch_fn fn, void *arg,
    struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->watch(reader, fn, arg, why));
}
