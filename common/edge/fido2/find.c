/*
 * find.c - which of somebody's credentials a key has, without asking him
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In the child only. Each question is an assertion that calls for no touch
 * (up=false) over random bytes, with as many ids as the key takes at once;
 * resident credentials of which no id is known are asked for by their RP id
 * alone, and known again by the public key that verifies.
 */
#include "config.h"

#include <string.h>

#include <sodium.h>

#include "key.h"

#define ENTRY	32u	/* bytes of CBOR about an id */
#define REST	160u	/* and about all the rest, but the RP id */

/* Some of the credentials: those of one RP id that fit one message. */
struct part {
	const struct sek_fido2	*c;
	size_t			 index[64];
	size_t			 n;
	bool			 no_ids;	/* resident, by RP id alone */
};

static fido_assert_t *
question(const struct part *p)
{
	const struct sek_fido2 *c;
	uint8_t hash[SEK_FIDO2_HASH_LEN];
	fido_assert_t *a = fido_assert_new();
	bool ok;
	size_t i;

	randombytes_buf(hash, sizeof(hash));
	ok = a != NULL &&
	    fido_assert_set_rp(a, p->c[p->index[0]].rp_id) == FIDO_OK &&
	    fido_assert_set_clientdata_hash(a, hash, sizeof(hash)) ==
	    FIDO_OK && fido_assert_set_up(a, FIDO_OPT_FALSE) == FIDO_OK;
	for (i = 0; ok && !p->no_ids && i < p->n; i++) {
		c = &p->c[p->index[i]];
		ok = fido_assert_allow_cred(a, c->credential,
		    c->credential_len) == FIDO_OK;
	}
	if (!ok)
		fido_assert_free(&a);
	return (a);
}

static bool
take_id(struct key_found *out, const fido_assert_t *a, size_t i)
{
	size_t len = fido_assert_id_len(a, i);

	if (len == 0 || len > sizeof(out->id))
		return (false);
	memcpy(out->id, fido_assert_id_ptr(a, i), len);
	out->id_len = len;
	return (true);
}

/* A key may leave out the id where it was asked for one only. */
static enum sek_fido2_end
match_id(const struct part *p, const fido_assert_t *a, struct key_found *out)
{
	const struct sek_fido2 *c;
	size_t i;

	if (fido_assert_count(a) < 1)
		return (SEK_FIDO2_END_GARBAGE);
	if (p->n == 1 && fido_assert_id_len(a, 0) == 0) {
		c = &p->c[p->index[0]];
		memcpy(out->id, c->credential, c->credential_len);
		out->id_len = c->credential_len;
	} else if (!take_id(out, a, 0))
		return (SEK_FIDO2_END_GARBAGE);
	for (i = 0; i < p->n; i++) {
		c = &p->c[p->index[i]];
		if (c->credential_len == out->id_len &&
		    memcmp(c->credential, out->id, out->id_len) == 0) {
			out->index = p->index[i];
			return (SEK_FIDO2_END_OK);
		}
	}
	return (SEK_FIDO2_END_GARBAGE);
}

/* Whose public key verifies what it signed? The caller verifies what counts;
 * this only tells them apart. */
static enum sek_fido2_end
match_key(const struct part *p, const fido_assert_t *a,
    struct key_found *out)
{
	size_t i, s, n = fido_assert_count(a);
	void *pk;
	bool is = false;

	for (i = 0; !is && i < p->n; i++) {
		const struct sek_fido2 *c = &p->c[p->index[i]];

		if ((pk = key_public(c)) == NULL)
			continue;
		for (s = 0; !is && s < n; s++)
			is = fido_assert_verify(a, s,
			    key_cose(c->brief.algorithm), pk) == FIDO_OK &&
			    take_id(out, a, s);
		key_public_free(c, &pk);
		out->index = p->index[i];
	}
	return (is ? SEK_FIDO2_END_OK : SEK_FIDO2_END_OTHERS);
}

/* That it has an id any key can say: it was told it a moment before. */
static bool
is_proved(const struct part *p, const fido_assert_t *a,
    const struct key_found *found)
{
	const struct sek_fido2 *c = &p->c[found->index];
	void *pk = key_public(c);
	bool is;

	is = pk != NULL && fido_assert_verify(a, 0,
	    key_cose(c->brief.algorithm), pk) == FIDO_OK;
	if (pk != NULL)
		key_public_free(c, &pk);
	return (is);
}

/* One question; *r, what libfido2 answered. */
static enum sek_fido2_end
ask(struct key *k, const struct part *p, struct key_found *out, int *r)
{
	enum sek_fido2_end end;
	fido_assert_t *a;

	*r = FIDO_ERR_INTERNAL;
	if ((a = question(p)) == NULL)
		return (SEK_FIDO2_END_FAILED);
	key_set_time(k, PROBE_MS);
	*r = fido_dev_get_assert(k->dev, a, NULL);
	k->f->round_trips++;
	/* What a key of the older kind (U2F) says of one it has. */
	if (*r == FIDO_ERR_USER_PRESENCE_REQUIRED && p->n == 1 && !p->no_ids) {
		out->index = p->index[0];
		out->id_len = p->c[out->index].credential_len;
		memcpy(out->id, p->c[out->index].credential, out->id_len);
		end = SEK_FIDO2_END_OK;
	} else if ((end = key_end(k, *r, false)) == SEK_FIDO2_END_OK) {
		if (p->no_ids) {
			k->f->round_trips +=
			    (uint32_t)(fido_assert_count(a) - 1);
			end = match_key(p, a, out);
			out->proved = end == SEK_FIDO2_END_OK;
		} else if ((end = match_id(p, a, out)) == SEK_FIDO2_END_OK)
			out->proved = k->f->device.pin_set != 0 &&
			    is_proved(p, a, out);
	}
	fido_assert_free(&a);
	return (end);
}

/* Those not asked for yet that go with the one at `from`. */
static void
gather(struct part *p, const struct key *k, size_t n, const bool *done,
    size_t from)
{
	const char *rp_id = p->c[from].rp_id;
	size_t i, room, need, max = k->part;

	p->n = 0;
	p->no_ids = p->c[from].credential_len == 0;
	if (!fido_dev_is_fido2(k->dev) && !p->no_ids)
		max = 1;
	if (p->no_ids || max > sizeof(p->index) / sizeof(p->index[0]))
		max = sizeof(p->index) / sizeof(p->index[0]);
	room = k->message - REST - strlen(rp_id);
	for (i = from; i < n && p->n < max; i++) {
		if (done[i] || strcmp(p->c[i].rp_id, rp_id) != 0 ||
		    (p->c[i].credential_len == 0) != p->no_ids)
			continue;
		need = p->no_ids ? 0 : p->c[i].credential_len + ENTRY;
		if (p->n > 0 && need > room)
			continue;
		room -= need < room ? need : room;
		p->index[p->n++] = i;
	}
}

static bool
is_too_much(int r)
{

	return (r == FIDO_ERR_LIMIT_EXCEEDED || r == FIDO_ERR_INVALID_LENGTH ||
	    r == FIDO_ERR_REQUEST_TOO_LARGE);
}

/* It refused a list for its length: ask what it takes, else halve it. */
static enum sek_fido2_end
take_less(struct key *k, size_t had)
{
	enum sek_fido2_end end = SEK_FIDO2_END_OK;

	if (!k->asked)
		end = key_ask_info(k);
	if (k->part >= had)
		k->part = had / 2;
	return (end);
}

enum sek_fido2_end
key_find(struct key *k, const struct sek_fido2 *c, size_t n,
    struct key_found *out)
{
	bool done[SEK_FIDO2_LIST_MAX] = { false };
	struct part p = { .c = c };
	enum sek_fido2_end end = SEK_FIDO2_END_OTHERS;
	size_t from, i;
	int r;

	memset(out, 0, sizeof(*out));
	if (n > SEK_FIDO2_LIST_MAX)
		n = SEK_FIDO2_LIST_MAX;
	if (n > k->part && (end = key_ask_info(k)) != SEK_FIDO2_END_OK)
		return (end);
	end = SEK_FIDO2_END_OTHERS;
	for (from = 0; from < n && end == SEK_FIDO2_END_OTHERS; ) {
		if (done[from]) {
			from++;
			continue;
		}
		gather(&p, k, n, done, from);
		end = ask(k, &p, out, &r);
		if (is_too_much(r) && p.n > 1 && !p.no_ids) {
			if ((end = take_less(k, p.n)) == SEK_FIDO2_END_OK)
				end = SEK_FIDO2_END_OTHERS;
			continue;
		}
		for (i = 0; i < p.n; i++)
			done[p.index[i]] = true;
	}
	return (end);
}
