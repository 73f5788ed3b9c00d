/*
 * chain.c - the walk along records and seals that says whether they hold
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/chain.h"
#include "sekisho/edge/message.h"

static const uint8_t nothing[SEK_HASH_LEN];

void
sek_chain_hash(uint8_t out[SEK_HASH_LEN], uint32_t version, uint64_t seq,
    const uint8_t *prev, const void *body, size_t len)
{
	crypto_hash_sha256_state h;
	uint8_t head[9 + SEK_HASH_LEN];
	unsigned i;

	head[0] = (uint8_t)version;
	for (i = 0; i < 8; i++)
		head[1 + i] = (uint8_t)(seq >> (56 - 8 * i));
	memcpy(head + 9, prev, SEK_HASH_LEN);
	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, head, sizeof(head));
	crypto_hash_sha256_update(&h, body, len);
	crypto_hash_sha256_final(&h, out);
}

void
sek_chain_begin(struct sek_chain *c, struct sek_verify *out,
    const uint8_t *noted)
{

	memset(c, 0, sizeof(*c));
	memset(out, 0, sizeof(*out));
	c->out = out;
	c->noted = noted;
	out->chains = 1;
	sek_chain_start(c, 1, nothing);
}

void
sek_chain_free(struct sek_chain *c)
{

	free(c->seal);
	c->seal = NULL;
	c->nseals = c->room = 0;
}

void
sek_chain_start(struct sek_chain *c, uint64_t first,
    const uint8_t prev[SEK_HASH_LEN])
{

	c->first = c->next = first;
	c->out->first = first;
	memcpy(c->prev, prev, SEK_HASH_LEN);
}

void
sek_chain_bad(struct sek_chain *c, uint64_t seq, const char *cause)
{

	if (c->out->cause[0] != '\0' && c->out->first_bad <= seq)
		return;
	c->out->first_bad = seq;
	c->out->bad_seal = 0;
	(void)sek_text_copy(c->out->cause, sizeof(c->out->cause), cause);
}

/* What came after the last seal that held is what is in doubt. */
void
sek_chain_seal_bad(struct sek_chain *c, uint64_t number, const char *cause)
{

	if (c->seal_cause != NULL)
		return;
	c->seal_cause = cause;
	c->seal_number = number;
	c->seal_bad = c->nseals == 0 ? 0 : c->seal[c->nseals - 1].seq + 1;
}

static enum sek_err
keep(struct sek_chain *c, const struct sek_seal *s)
{
	struct sek_chain_seal *more;
	size_t room;

	if (c->nseals == c->room) {
		room = c->room == 0 ? 256 : c->room * 2;
		more = realloc(c->seal, room * sizeof(*more));
		if (more == NULL)
			return (SEK_ERR_NOMEM);
		c->seal = more;
		c->room = room;
	}
	more = &c->seal[c->nseals++];
	more->number = s->number;
	more->seq = s->seq;
	more->wall = s->wall;
	memcpy(more->hash, s->hash, SEK_HASH_LEN);
	return (SEK_OK);
}

/* Why *s cannot follow the seal before it; NULL: it does. */
static const char *
follows(struct sek_chain *c, const struct sek_seal *s)
{
	bool goes_on = memcmp(s->key, c->last.next, SEK_SEAL_KEY_LEN) == 0;
	bool same = strcmp(s->series, c->last.series) == 0;

	if (s->number != c->last.number + 1)
		return (N_("cut: a seal is missing"));
	if (memcmp(s->previous, c->digest, SEK_HASH_LEN) != 0)
		return (N_("changed: a seal does not name the one before it"));
	if (same != goes_on)
		return (N_("changed: a seal was not made with the key that the "
		    "one before it names"));
	if (same && strcmp(s->terminal, c->last.terminal) != 0)
		return (N_("changed: a seal is another terminal's"));
	if (s->seq < c->last.seq)
		return (N_("changed: a seal covers less than the one before "
		    "it"));
	if (!same) {
		c->out->series++;
		c->out->series_seal = s->number;
		c->out->series_seq = c->last.seq;
	}
	return (NULL);
}

enum sek_err
sek_chain_seal(struct sek_chain *c, const struct sek_seal_row *row)
{
	struct sek_seal s;
	const char *cause;
	enum sek_err err;

	if (c->seal_cause != NULL)
		return (SEK_OK);
	if ((err = sek_record_seal_read(&s, row)) != SEK_OK) {
		sek_chain_seal_bad(c, row->number, err == SEK_ERR_SYNTAX ?
		    N_("changed: a seal is not of the form it must have") :
		    N_("changed: a seal's signature does not hold"));
		return (SEK_OK);
	}
	if (c->nseals > 0 && (cause = follows(c, &s)) != NULL) {
		sek_chain_seal_bad(c, row->number, cause);
		return (SEK_OK);
	}
	if (c->nseals == 0)
		c->out->series = 1;
	if (c->noted != NULL && c->out->noted_seal == 0 &&
	    memcmp(c->noted, s.key, SEK_SEAL_KEY_LEN) == 0)
		c->out->noted_seal = s.number;
	c->last = s;
	sek_record_seal_digest(c->digest, row);
	c->out->seals++;
	return (keep(c, &s));
}

/* The seals whose record this is. */
static bool
hold_seals(struct sek_chain *c, uint64_t seq, const uint8_t *hash)
{
	const struct sek_chain_seal *s;
	uint64_t from;

	for (; c->at < c->nseals && c->seal[c->at].seq <= seq; c->at++) {
		s = &c->seal[c->at];
		if (s->seq < seq || memcmp(s->hash, hash, SEK_HASH_LEN) == 0)
			continue;
		from = c->at > 0 ? c->seal[c->at - 1].seq + 1 : c->first;
		sek_chain_bad(c, from < c->first ? c->first : from,
		    N_("changed: the records are not those that were sealed"));
		c->out->bad_seal = s->number;
		return (false);
	}
	return (true);
}

bool
sek_chain_record(struct sek_chain *c, const struct sek_chain_row *row)
{
	uint8_t hash[SEK_HASH_LEN];

	if (row->seq != c->next) {
		sek_chain_bad(c, c->next, row->seq > c->next ?
		    N_("cut: a record is missing") :
		    N_("added: a record stands before the first"));
		return (false);
	}
	/* A seal may be of the record before the first one here. */
	if (c->next == c->first && c->next > 1 &&
	    !hold_seals(c, c->next - 1, c->prev))
		return (false);
	if (row->version == SEK_RECORD_VERSION && row->body != NULL &&
	    row->body_len > 0 && row->body_len < SEK_RECORD_BODY_MAX &&
	    row->prev != NULL && row->hash != NULL &&
	    row->prev_len == SEK_HASH_LEN && row->hash_len == SEK_HASH_LEN &&
	    memcmp(row->prev, c->prev, SEK_HASH_LEN) == 0) {
		sek_chain_hash(hash, (uint32_t)row->version, row->seq, c->prev,
		    row->body, row->body_len);
		if (memcmp(hash, row->hash, SEK_HASH_LEN) == 0) {
			memcpy(c->prev, hash, sizeof(hash));
			c->next++;
			c->out->records++;
			return (hold_seals(c, row->seq, hash));
		}
	}
	sek_chain_bad(c, row->seq, N_("changed: the record does not fit its "
	    "hash or the one before it"));
	return (false);
}

/* Does the key noted elsewhere vouch for what is here? */
static void
hold_noted(struct sek_chain *c)
{
	struct sek_verify *v = c->out;

	if (c->noted == NULL)
		return;
	/* Anybody can name a key as the next one: it must have signed. */
	if (v->noted_seal == 0 && c->nseals > 0 &&
	    memcmp(c->noted, c->last.next, SEK_SEAL_KEY_LEN) == 0) {
		sek_chain_bad(c, c->first, N_("the key that was noted "
		    "elsewhere has made no seal here yet: give one that was "
		    "noted before"));
		return;
	}
	if (v->noted_seal == 0) {
		sek_chain_bad(c, c->first, N_("no seal here was made with the "
		    "key that was noted elsewhere"));
		return;
	}
	if (v->series_seal > v->noted_seal)
		sek_chain_bad(c, v->series_seq + 1, N_("a new series of seals "
		    "began after the key that was noted elsewhere"));
}

/* How far the seals reach. */
static void
sum_up(struct sek_chain *c)
{
	struct sek_verify *v = c->out;
	const struct sek_chain_seal *s;

	if (c->nseals == 0)
		return;
	s = &c->seal[c->nseals - 1];
	v->sealed = s->seq < c->next ? s->seq : c->next - 1;
	v->sealed_wall = s->wall;
	v->last_seal = c->last.number;
	memcpy(v->key_next, c->last.next, sizeof(v->key_next));
	(void)sek_text_copy(v->terminal, sizeof(v->terminal),
	    c->last.terminal);
}

void
sek_chain_end(struct sek_chain *c, uint64_t last,
    const uint8_t hash[SEK_HASH_LEN])
{
	struct sek_verify *v = c->out;

	if (v->cause[0] == '\0' && c->next <= last)
		sek_chain_bad(c, c->next, N_("cut: the records end before "
		    "their head"));
	if (v->cause[0] == '\0' && c->next > c->first &&
	    memcmp(c->prev, hash, SEK_HASH_LEN) != 0)
		sek_chain_bad(c, last, N_("changed: the last record is not the "
		    "head"));
	sum_up(c);
	hold_noted(c);
	if (c->seal_cause != NULL && (v->cause[0] == '\0' ||
	    c->seal_bad < v->first_bad)) {
		v->cause[0] = '\0';
		sek_chain_bad(c, c->seal_bad < c->first ? c->first :
		    c->seal_bad, c->seal_cause);
		v->bad_seal = c->seal_number;
	}
	v->ok = v->cause[0] == '\0';
}
