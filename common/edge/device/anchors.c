/*
 * anchors.c - the certificates in a folder, which are believed as they are
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: they are files only root can write.
 */
#include "config.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>

#include <openssl/pem.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"

#include "anchors.h"

#define FILE_MAX	(256u * 1024u)		/* bytes */

/* An encrypted one is none: nobody is asked, at no terminal. */
static int
no_password(char *buf, int size, int writing, void *arg)
{

	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return (-1);
}

static int
add_pem(X509_STORE *store, const char *text, size_t len)
{
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	X509 *cert;
	int n = 0;

	while (bio != NULL && n >= 0 &&
	    (cert = PEM_read_bio_X509(bio, NULL, no_password, NULL)) !=
	    NULL) {
		n = X509_STORE_add_cert(store, cert) == 1 ? n + 1 : -1;
		X509_free(cert);
	}
	BIO_free(bio);
	return (n);
}

static int
add_der(X509_STORE *store, const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;
	X509 *cert = d2i_X509(NULL, &p, (long)len);
	int n = 0;

	if (cert != NULL && p == (const unsigned char *)bytes + len)
		n = X509_STORE_add_cert(store, cert) == 1 ? 1 : -1;
	X509_free(cert);
	return (n);
}

static enum sek_err
add_file(X509_STORE *store, const char *path, const char *setting,
    struct sek_why *why)
{
	char *data = NULL;
	size_t len = 0;
	enum sek_err err;

	if ((err = sek_file_read(&data, &len, path, FILE_MAX, SEK_FILE_PUBLIC,
	    why)) != SEK_OK)
		return (err);
	if (add_pem(store, data, len) < 1 && add_der(store, data, len) < 1)
		err = sek_why(why, SEK_ERR_SETTINGS, "%s: no certificate, PEM "
		    "or DER; take it out of %s", path, setting);
	free(data);
	return (err);
}

enum sek_err
device_anchors(X509_STORE *store, const char *folder, const char *setting,
    struct sek_why *why)
{
	char path[PATH_MAX];
	struct dirent *e;
	enum sek_err err = SEK_OK;
	DIR *dir;

	if ((dir = opendir(folder)) == NULL)
		return (sek_why(why, SEK_ERR_SETTINGS, "%s: %s: cannot be "
		    "read", setting, folder));
	while (err == SEK_OK && (e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (sek_text_format(path, sizeof(path), "%s/%s", folder,
		    e->d_name) != SEK_OK)
			err = sek_why(why, SEK_ERR_SETTINGS, "%s: %s: too "
			    "long", setting, folder);
		else
			err = add_file(store, path, setting, why);
	}
	(void)closedir(dir);
	return (err);
}
