/*
 * seal_key.c - the private key of the seals: made, moved on, destroyed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/seal_key.h"

#define HEAD		"sekisho seal key 1\n"
#define FILE_MAX	512u
#define LOCK_WAIT	(5 * SEK_SECOND)

/* The folder is the lock: the file in it is replaced each time. */
static enum sek_err
take_lock(struct sek_seal_key *k, bool make, struct sek_why *why)
{
	char folder[SEK_PATH_MAX];
	enum sek_err err;

	if (sek_file_folder(folder, sizeof(folder), k->path) != SEK_OK)
		return (sek_why(why, SEK_ERR_SETTINGS, "audit.seal_key %s: "
		    "must be an absolute path in a folder", k->path));
	if (!make && access(folder, F_OK) != 0 && errno == ENOENT)
		return (SEK_OK);
	if ((err = sek_file_make_folder(folder, 0700, why)) != SEK_OK)
		return (err);
	k->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (k->folder < 0)
		return (sek_why(why, SEK_ERR_IO, "%s: %s", folder,
		    strerror(errno)));
	if ((err = sek_file_lock(k->folder, LOCK_WAIT)) == SEK_ERR_TIMEOUT)
		err = sek_why(why, SEK_ERR_STORE_BUSY, "%s: another sekisho "
		    "is sealing; try again", k->path);
	return (err);
}

/* The value of a line of the file, in place; *p moves behind it. */
static bool
take(char **p, const char *name, char **value)
{
	size_t n = strlen(name);
	char *end = strchr(*p, '\n');

	if (end == NULL || strncmp(*p, name, n) != 0)
		return (false);
	*end = '\0';
	*value = *p + n;
	*p = end + 1;
	return (true);
}

static enum sek_err
take_seed(struct sek_secret *out, const char *hex)
{
	enum sek_err err;

	if ((err = sek_secret_new(out, SEK_SEAL_SEED_LEN)) != SEK_OK)
		return (err);
	return (sek_text_unhex(out->data, SEK_SEAL_SEED_LEN, hex));
}

static enum sek_err
parse(struct sek_seal_key *k, struct sek_secret *file)
{
	char *p = (char *)file->data, *series, *number, *seed, *next;
	int64_t v;
	enum sek_err err;

	if (strlen(p) != file->len || strncmp(p, HEAD, strlen(HEAD)) != 0)
		return (SEK_ERR_SYNTAX);
	p += strlen(HEAD);
	if (!take(&p, "series=", &series) || !take(&p, "number=", &number) ||
	    !take(&p, "key=", &seed) || !take(&p, "next=", &next) ||
	    *p != '\0' || sek_text_number(&v, number, 1, INT64_MAX) != SEK_OK ||
	    sek_text_copy(k->series, sizeof(k->series), series) != SEK_OK)
		return (SEK_ERR_SYNTAX);
	k->number = (uint64_t)v;
	if ((err = take_seed(&k->seed, seed)) == SEK_OK && next[0] != '\0')
		err = take_seed(&k->next, next);
	return (err);
}

enum sek_err
sek_seal_key_open(struct sek_seal_key *k, const char *path, bool make,
    struct sek_why *why)
{
	struct sek_secret file = SEK_SECRET_NONE;
	enum sek_err err;

	memset(k, 0, sizeof(*k));
	k->folder = -1;
	if ((err = sek_secret_init()) != SEK_OK ||
	    (err = sek_text_copy(k->path, sizeof(k->path), path)) != SEK_OK ||
	    (err = take_lock(k, make, why)) != SEK_OK)
		return (err);
	err = sek_file_read_secret(&file, path, why);
	if (err == SEK_ERR_NOT_FOUND)
		return (SEK_OK);
	if (err == SEK_OK && (err = parse(k, &file)) == SEK_ERR_SYNTAX)
		err = sek_why(why, SEK_ERR_UNTRUSTED, "%s: not a key of seals; "
		    "move it away, and a new series of seals begins", path);
	k->there = err == SEK_OK;
	sek_secret_free(&file);
	return (err);
}

static void
hex_line(struct sek_secret *text, size_t *len, const char *name,
    const struct sek_secret *seed)
{
	char *p = (char *)text->data + *len;
	size_t n = strlen(name);

	memcpy(p, name, n);
	if (seed->data != NULL) {
		sek_text_hex(p + n, seed->data, SEK_SEAL_SEED_LEN);
		n += 2 * (size_t)SEK_SEAL_SEED_LEN;
	}
	p[n] = '\n';
	*len += n + 1;
}

static enum sek_err
save(struct sek_seal_key *k, struct sek_why *why)
{
	struct sek_secret text = SEK_SECRET_NONE;
	size_t len;
	enum sek_err err;
	int old;

	if ((err = sek_secret_new(&text, FILE_MAX)) != SEK_OK)
		return (err);
	(void)sek_text_format((char *)text.data, FILE_MAX, HEAD
	    "series=%s\nnumber=%llu\n", k->series,
	    (unsigned long long)k->number);
	len = strlen((char *)text.data);
	hex_line(&text, &len, "key=", &k->seed);
	hex_line(&text, &len, "next=", &k->next);
	old = open(k->path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK);
	err = sek_file_replace(k->path, text.data, len, 0600, why);
	if (old >= 0) {
		if (err == SEK_OK)
			sek_file_overwrite(old);
		(void)close(old);
	}
	sek_secret_free(&text);
	k->there |= err == SEK_OK;
	return (err);
}

static bool
is_public_of(const uint8_t *key, const struct sek_secret *seed)
{
	uint8_t own[SEK_SEAL_KEY_LEN];

	if (seed->data == NULL)
		return (false);
	sek_record_seal_public(own, seed->data);
	return (memcmp(own, key, sizeof(own)) == 0);
}

static bool
follows(const struct sek_seal_key *k, const struct sek_seal *last,
    const struct sek_secret *seed)
{

	return (k->there && strcmp(k->series, last->series) == 0 &&
	    is_public_of(last->next, seed));
}

bool
sek_seal_key_continues(const struct sek_seal_key *k,
    const struct sek_seal *last)
{

	return (follows(k, last, &k->seed) || follows(k, last, &k->next));
}

enum sek_err
sek_seal_key_advance(struct sek_seal_key *k, struct sek_why *why)
{

	sek_secret_free(&k->seed);
	k->seed = k->next;
	k->next = (struct sek_secret)SEK_SECRET_NONE;
	k->number++;
	return (save(k, why));
}

enum sek_err
sek_seal_key_catch_up(struct sek_seal_key *k, const struct sek_seal *last,
    struct sek_why *why)
{

	if (!k->there || follows(k, last, &k->seed) ||
	    !follows(k, last, &k->next))
		return (SEK_OK);
	k->number = last->number;
	return (sek_seal_key_advance(k, why));
}

static enum sek_err
new_seed(struct sek_secret *seed)
{
	enum sek_err err;

	sek_secret_free(seed);
	if ((err = sek_secret_new(seed, SEK_SEAL_SEED_LEN)) == SEK_OK)
		randombytes_buf(seed->data, SEK_SEAL_SEED_LEN);
	return (err);
}

enum sek_err
sek_seal_key_prepare(struct sek_seal_key *k, const struct sek_seal *last,
    struct sek_why *why)
{
	enum sek_err err;

	if (last != NULL &&
	    (err = sek_seal_key_catch_up(k, last, why)) != SEK_OK)
		return (err);
	k->fresh = last == NULL || !follows(k, last, &k->seed);
	k->number = last == NULL ? 1 : last->number + 1;
	if (k->fresh &&
	    ((err = sek_text_random_id(k->series, 8)) != SEK_OK ||
	    (err = new_seed(&k->seed)) != SEK_OK))
		return (err);
	if ((err = new_seed(&k->next)) != SEK_OK)
		return (err);
	return (save(k, why));
}

void
sek_seal_key_close(struct sek_seal_key *k)
{

	sek_secret_free(&k->seed);
	sek_secret_free(&k->next);
	if (k->folder >= 0)
		(void)close(k->folder);
	k->folder = -1;
}
