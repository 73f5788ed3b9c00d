/*
 * records.c - how fast a chain of records is verified
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *   records CONF N [EXPORT]
 *
 * Fills the store of CONF up to N records, then measures, in turn and several
 * times, libsodium's SHA-256 over the bodies of all of them, the walk of the
 * chain and, where one is named, of an export of them (sekisho audit export).
 * Prints records, bytes, and the medians in microseconds; of the export last,
 * 0 for none.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/bundle.h"
#include "sekisho/edge/settings.h"
#include "sekisho/edge/store.h"

#define ROUNDS 5

struct bodies {
	unsigned char	*data;
	size_t		 len;
	size_t		 size;
};

static int
trouble(enum sek_err err, const char *why)
{
	fprintf(stderr, "records: %s: %s\n", sek_err_name(err), why);
	return (111);
}

static enum sek_err
open_store(struct sek_store **st, const char *conf)
{
	struct sek_store_config *config = calloc(1, sizeof *config);
	struct sek_settings *s = calloc(1, sizeof *s);
	struct sek_why why = { "" };
	enum sek_err err = SEK_ERR_NOMEM;

	if (config != NULL && s != NULL &&
	    (err = sek_settings_load(s, conf, false, &why)) == SEK_OK) {
		sek_store_config(config, s);
		err = sek_store_new(st, config);
	}
	if (err != SEK_OK)
		trouble(err, why.text);
	free(config);
	free(s);
	return (err);
}

/* An ordinary day: people log in and out. */
static enum sek_err
fill(struct sek_store *st, uint64_t n)
{
	struct sek_record r;
	enum sek_err err = SEK_OK;
	uint64_t i;

	memset(&r, 0, sizeof r);
	sek_text_copy(r.service, sizeof r.service, "sshd");
	sek_text_copy(r.section, sizeof r.section, "住民税課");
	sek_text_copy(r.rhost, sizeof r.rhost, "192.0.2.17");
	sek_text_copy(r.tty, sizeof r.tty, "ssh");
	r.kinds = SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION;
	r.count = 1;
	for (i = 0; err == SEK_OK && i < n; i++) {
		r.event = i % 2 == 0 ? SEK_EVENT_LOGIN : SEK_EVENT_LOGOUT;
		sek_text_format(r.subject, sizeof r.subject, "u%05u",
		    (unsigned)(i % 300));
		memcpy(r.target, r.subject, sizeof r.target);
		memcpy(r.person, r.subject, sizeof r.person);
		err = sek_store_append(st, &r);
	}
	return (err);
}

static enum sek_err
gather(void *arg, const struct sek_record_row *row)
{
	struct bodies *b = arg;
	unsigned char *more;

	if (b->len + row->body_len > b->size) {
		b->size = (b->len + row->body_len) * 2;
		if ((more = realloc(b->data, b->size)) == NULL)
			return (SEK_ERR_NOMEM);
		b->data = more;
	}
	memcpy(b->data + b->len, row->body, row->body_len);
	b->len += row->body_len;
	return (SEK_OK);
}

static int64_t
us_since(const struct sek_moment *begin)
{
	struct sek_moment now;

	if (sek_clock_now(&now) != SEK_OK)
		return (-1);
	return (sek_clock_age(begin, &now));
}

static int
smaller(const void *a, const void *b)
{
	int64_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x < y ? -1 : x > y);
}

static int
walk_export(const char *path, int64_t *us)
{
	struct sek_manifest m;
	struct sek_moment begin;
	struct sek_verify v;
	struct sek_why why = { "" };
	enum sek_err err;

	*us = 0;
	if (path == NULL)
		return (0);
	sek_clock_now(&begin);
	err = sek_bundle_verify(path, NULL, &v, &m, NULL, NULL, &why);
	*us = us_since(&begin);
	if (err != SEK_OK || !v.ok)
		return (trouble(err, err != SEK_OK ? why.text : v.cause));
	return (0);
}

static int
measure(struct sek_store *st, const struct bodies *b, const char *export)
{
	int64_t sha[ROUNDS], walk[ROUNDS], file[ROUNDS];
	unsigned char hash[crypto_hash_sha256_BYTES];
	struct sek_moment begin;
	struct sek_verify v;
	enum sek_err err;
	int i;

	memset(&v, 0, sizeof v);
	for (i = 0; i < ROUNDS; i++) {
		sek_clock_now(&begin);
		crypto_hash_sha256(hash, b->data, b->len);
		sha[i] = us_since(&begin);
		sek_clock_now(&begin);
		err = sek_store_verify(st, &v, NULL, NULL);
		walk[i] = us_since(&begin);
		if (err != SEK_OK || !v.ok)
			return (trouble(err, v.cause));
		if (walk_export(export, &file[i]) != 0)
			return (111);
	}
	qsort(sha, ROUNDS, sizeof sha[0], smaller);
	qsort(walk, ROUNDS, sizeof walk[0], smaller);
	qsort(file, ROUNDS, sizeof file[0], smaller);
	printf("%" PRIu64 " %zu %" PRId64 " %" PRId64 " %" PRId64 "\n",
	    v.records, b->len, sha[ROUNDS / 2], walk[ROUNDS / 2],
	    file[ROUNDS / 2]);
	return (0);
}

int
main(int argc, char **argv)
{
	struct bodies b = { NULL, 0, 0 };
	struct sek_store *st = NULL;
	struct sek_verify v;
	enum sek_err err;
	int64_t n;
	int rc;

	if (argc < 3 || argc > 4 || sek_text_number(&n, argv[2], 1, 100000000) != SEK_OK) {
		fputs("usage: records CONF N [EXPORT]\n", stderr);
		return (100);
	}
	if (sek_secret_init() != SEK_OK || open_store(&st, argv[1]) != SEK_OK)
		return (111);
	memset(&v, 0, sizeof v);
	if ((err = sek_store_verify(st, &v, NULL, NULL)) == SEK_OK &&
	    v.records < (uint64_t)n)
		err = fill(st, (uint64_t)n - v.records);
	if (err == SEK_OK)
		err = sek_store_records(st, 1, gather, &b);
	rc = err != SEK_OK ? trouble(err, sek_store_why(st)) : measure(st, &b,
	    argc == 4 ? argv[3] : NULL);
	sek_store_free(&st);
	free(b.data);
	return (rc);
}
