/*
 * template.c - is what fprintd keeps of a finger what was enrolled here?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * fprintd lets a finger be enrolled anew by who sits at an unlocked screen and
 * knows the password: its list of fingers says nothing about whose they are.
 * It keeps them at FOLDER/ACCOUNT/DRIVER/READER/F, F being the finger in hex.
 *
 * MUST: what could not be looked at is never said to be gone.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/file.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"

#include "fingerprint.h"

#define PURPOSE		"sekisho fingerprint template 1"
#define PLACE_MAX	1024u
#define FILE_MAX	(4u << 20)	/* bytes of one */
#define FILES_MAX	64u		/* folders of one; and files */

struct digest {
	crypto_generichash_state state;
	unsigned		 files;
	const char		*name;		/* of the file */
};

/* With its length before it: no two lists look alike. */
static void
put(struct digest *d, const void *p, size_t len)
{
	const uint64_t n = len;

	(void)crypto_generichash_update(&d->state, (const uint8_t *)&n,
	    sizeof(n));
	(void)crypto_generichash_update(&d->state, p, len);
}

static enum sek_err
add_file(struct digest *d, const char *path)
{
	char *text = NULL;
	enum sek_err err;
	size_t len;

	err = sek_file_read(&text, &len, path, FILE_MAX, SEK_FILE_PUBLIC,
	    NULL);
	if (err == SEK_ERR_NOT_FOUND)
		return (SEK_OK);
	if (err != SEK_OK)
		return (err);
	put(d, path, strlen(path));
	put(d, text, len);
	sek_wipe(text, len);
	free(text);
	return (++d->files <= FILES_MAX ? SEK_OK : SEK_ERR_RANGE);
}

static int
is_visible(const struct dirent *e)
{

	return (e->d_name[0] != '.');
}

/* All that is in the folder, in one order; depth folders down, the file. */
static enum sek_err
add(struct digest *d, const char *path, unsigned depth)
{
	char below[PLACE_MAX];
	struct dirent **list = NULL;
	enum sek_err err = SEK_OK;
	int i, n;

	if (depth == 0) {
		err = sek_text_format(below, sizeof(below), "%s/%s", path,
		    d->name);
		return (err != SEK_OK ? err : add_file(d, below));
	}
	n = scandir(path, &list, is_visible, alphasort);
	if (n < 0 && errno != ENOENT && errno != ENOTDIR)
		err = SEK_ERR_IO;
	else if (n > (int)FILES_MAX)
		err = SEK_ERR_RANGE;
	for (i = 0; i < n; i++) {
		if (err == SEK_OK && (err = sek_text_format(below,
		    sizeof(below), "%s/%s", path, list[i]->d_name)) == SEK_OK)
			err = add(d, below, depth - 1);
		free(list[i]);
	}
	free(list);
	return (err);
}

enum sek_err
finger_template(uint8_t digest[SEK_TEMPLATE_LEN], const char *folder,
    const char *account, enum sek_finger finger)
{
	struct digest d = { .files = 0 };
	char path[PLACE_MAX], name[8];
	enum sek_err err;

	memset(digest, 0, SEK_TEMPLATE_LEN);
	if ((err = sek_secret_init()) != SEK_OK ||
	    (err = sek_text_format(name, sizeof(name), "%x",
	    (unsigned)finger)) != SEK_OK ||
	    (err = sek_text_format(path, sizeof(path), "%s/%s", folder,
	    account)) != SEK_OK)
		return (err);
	d.name = name;
	(void)crypto_generichash_init(&d.state, NULL, 0, SEK_TEMPLATE_LEN);
	put(&d, PURPOSE, strlen(PURPOSE));
	if ((err = add(&d, path, 2)) == SEK_OK && d.files == 0)
		err = SEK_ERR_NOT_FOUND;
	if (err == SEK_OK)
		(void)crypto_generichash_final(&d.state, digest,
		    SEK_TEMPLATE_LEN);
	return (err);
}
