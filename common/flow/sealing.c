/*
 * sealing.c - to seal the head of the records
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In this order, so that no moment is a bad one to be killed in: the key file
 * with this seal's key and the next's; the seal; the key file with the next
 * key only. Which of the two goes on is told by the last seal.
 *
 * MUST: the key that signed is destroyed before this returns SEK_OK.
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/seal_key.h"
#include "sekisho/flow/sealing.h"

struct work {
	const struct sek_sealing	*in;
	struct sek_seal_key		 key;
	struct sek_seal			 last;
	uint8_t				 digest[SEK_HASH_LEN];
	struct sek_seal			 seal;	/* being made */
	bool				 any;	/* there is a last one */
	bool				 readable;
	bool				 gone;	/* all there were, but the key */
};

static enum sek_err
read_last(struct work *w, struct sek_store *st)
{
	struct sek_seal_row row;
	enum sek_err err;

	err = sek_store_seal_last(st, &row);
	if (err == SEK_ERR_NOT_FOUND) {
		/* The first key made its seal before there was a second. */
		w->gone = w->key.there && w->key.number > 1;
		return (SEK_OK);
	}
	if (err != SEK_OK)
		return (err);
	w->any = true;
	w->readable = sek_record_seal_read(&w->last, &row) == SEK_OK;
	/* One that does not hold is not continued, but is not stepped over. */
	if (!w->readable)
		memset(&w->last, 0, sizeof(w->last));
	w->last.number = row.number;
	sek_record_seal_digest(w->digest, &row);
	return (SEK_OK);
}

static enum sek_err
sign(void *arg, uint64_t newest, uint64_t seq,
    const uint8_t hash[SEK_HASH_LEN], struct sek_seal_row *out)
{
	struct work *w = arg;
	struct sek_seal *s = &w->seal;
	struct sek_moment now;
	enum sek_err err;

	if (newest != (w->any ? w->last.number : 0))
		return (SEK_ERR_STORE_BUSY);
	if ((err = sek_clock_now(&now)) != SEK_OK)
		return (err);
	memset(s, 0, sizeof(*s));
	s->number = w->key.number;
	s->seq = seq;
	s->wall = now.wall;
	memcpy(s->hash, hash, SEK_HASH_LEN);
	if (w->any)
		memcpy(s->previous, w->digest, SEK_HASH_LEN);
	if (w->in->manifest != NULL) {
		s->has_manifest = true;
		memcpy(s->manifest, w->in->manifest, SEK_HASH_LEN);
	}
	sek_record_seal_public(s->next, w->key.next.data);
	if ((err = sek_text_copy(s->series, sizeof(s->series),
	    w->key.series)) != SEK_OK ||
	    (err = sek_text_copy(s->terminal, sizeof(s->terminal),
	    w->in->terminal)) != SEK_OK)
		return (err);
	return (sek_record_seal_sign(out, s, w->key.seed.data, w->in->zone));
}

/* Sealed already, by a series that goes on? */
static enum sek_err
look(struct work *w, struct sek_store *st, bool *nothing_new)
{
	struct sek_ends ends;
	enum sek_err err;

	*nothing_new = false;
	if ((err = sek_store_ends(st, &ends)) != SEK_OK)
		return (err);
	*nothing_new = w->readable && w->in->manifest == NULL &&
	    ends.last == w->last.seq &&
	    memcmp(ends.hash, w->last.hash, SEK_HASH_LEN) == 0 &&
	    sek_seal_key_continues(&w->key, &w->last);
	return (SEK_OK);
}

static enum sek_err
tell_broken(const struct work *w, struct sek_store *st)
{
	struct sek_record r;

	memset(&r, 0, sizeof(r));
	if (w->in->actor != NULL)
		r = *w->in->actor;
	r.event = SEK_EVENT_RECORD_SEAL;
	r.result = SEK_RESULT_ERROR;
	r.count = 1;
	if (w->gone)
		(void)sek_text_format(r.detail, sizeof(r.detail), "a new "
		    "series: the key is that of seal %llu, and no seal is "
		    "here", (unsigned long long)w->key.number);
	else
		(void)sek_text_format(r.detail, sizeof(r.detail), "a new "
		    "series: the key does not continue seal %llu",
		    (unsigned long long)w->last.number);
	return (sek_store_append(st, &r));
}

static enum sek_err
seal(struct work *w, struct sek_store *st, struct sek_sealed *out,
    struct sek_why *why)
{
	enum sek_err err;

	out->first = !w->any;
	out->broken = w->gone || (w->any && (!w->readable ||
	    !sek_seal_key_continues(&w->key, &w->last)));
	if (out->broken && (err = tell_broken(w, st)) != SEK_OK)
		return (err);
	/* An unreadable one has no key that could be continued. */
	if ((err = sek_seal_key_prepare(&w->key, w->any ? &w->last : NULL,
	    why)) != SEK_OK ||
	    (err = sek_store_seal(st, sign, w)) != SEK_OK)
		return (err);
	out->number = w->seal.number;
	out->seq = w->seal.seq;
	memcpy(out->next, w->seal.next, sizeof(out->next));
	return (sek_seal_key_advance(&w->key, why));
}

static enum sek_err
same_as_before(struct work *w, struct sek_sealed *out, struct sek_why *why)
{

	out->nothing_new = true;
	out->number = w->last.number;
	out->seq = w->last.seq;
	memcpy(out->next, w->last.next, sizeof(out->next));
	return (sek_seal_key_catch_up(&w->key, &w->last, why));
}

enum sek_err
sek_sealing_check(bool *fits, struct sek_store *st, const char *key,
    struct sek_why *why)
{
	struct work w;
	enum sek_err err;

	memset(&w, 0, sizeof(w));
	*fits = false;
	why->text[0] = '\0';
	if ((err = sek_seal_key_open(&w.key, key, false, why)) == SEK_OK &&
	    (err = read_last(&w, st)) == SEK_OK)
		*fits = w.any ? w.readable &&
		    sek_seal_key_continues(&w.key, &w.last) : !w.gone;
	if (err != SEK_OK && why->text[0] == '\0')
		(void)sek_why(why, err, "%s", sek_store_why(st));
	sek_seal_key_close(&w.key);
	sek_wipe(&w, sizeof(w));
	return (err);
}

enum sek_err
sek_sealing_run(struct sek_sealed *out, struct sek_store *st,
    const struct sek_sealing *in, struct sek_why *why)
{
	struct work w;
	enum sek_err err;
	bool nothing_new = false;

	memset(&w, 0, sizeof(w));
	memset(out, 0, sizeof(*out));
	w.in = in;
	why->text[0] = '\0';
	if ((err = sek_seal_key_open(&w.key, in->key, true, why)) == SEK_OK &&
	    (err = read_last(&w, st)) == SEK_OK &&
	    (err = look(&w, st, &nothing_new)) == SEK_OK)
		err = nothing_new ? same_as_before(&w, out, why) :
		    seal(&w, st, out, why);
	if (err != SEK_OK && why->text[0] == '\0')
		(void)sek_why(why, err, "%s", sek_store_why(st));
	sek_seal_key_close(&w.key);
	sek_wipe(&w, sizeof(w));
	return (err);
}
