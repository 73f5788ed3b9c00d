/*
 * list.c - the security keys that are plugged in, by path and name
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The strings come from the devices, by the kernel: whatever is in them.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"

#include "key.h"

/* "Yubico YubiKey OTP+FIDO+CCID"; a maker that is part of the product's name
 * is not said twice. */
static void
name(char *dst, size_t size, const fido_dev_info_t *info)
{
	const char *maker = fido_dev_info_manufacturer_string(info);
	const char *product = fido_dev_info_product_string(info);
	char text[2 * SEK_FIDO2_MODEL_MAX];

	if (maker == NULL || (product != NULL && maker[0] != '\0' &&
	    strncmp(product, maker, strlen(maker)) == 0))
		maker = "";
	if (product == NULL)
		product = "";
	(void)sek_text_format(text, sizeof(text), "%s%s%s", maker,
	    maker[0] != '\0' && product[0] != '\0' ? " " : "", product);
	sek_text_printable(dst, size, text);
}

static bool
take(struct sek_fido2_device *d, const fido_dev_info_t *info)
{
	const char *path = info != NULL ? fido_dev_info_path(info) : NULL;

	memset(d, 0, sizeof(*d));
	if (path == NULL || !sek_text_is_clean(path, sizeof(d->path) - 1) ||
	    sek_text_copy(d->path, sizeof(d->path), path) != SEK_OK)
		return (false);
	name(d->model, sizeof(d->model), info);
	d->pin_tries = d->uv_tries = SEK_FIDO2_TRIES_UNKNOWN;
	return (true);
}

enum sek_err
key_list(struct key_list *out, struct sek_why *why)
{
	fido_dev_info_t *list;
	size_t found = 0, i;
	int r;

	memset(out, 0, sizeof(*out));
	if ((list = fido_dev_info_new(KEYS_MAX)) == NULL)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	r = fido_dev_info_manifest(list, KEYS_MAX, &found);
	for (i = 0; r == FIDO_OK && i < found && i < KEYS_MAX; i++)
		if (take(&out->key[out->n], fido_dev_info_ptr(list, i)))
			out->n++;
	fido_dev_info_free(&list, KEYS_MAX);
	if (r != FIDO_OK)
		return (sek_why(why, SEK_ERR_IO, "the security keys plugged in "
		    "cannot be listed (%s)", fido_strerr(r)));
	return (SEK_OK);
}

bool
key_is_listed(const char *path)
{
	struct key_list *list;
	size_t i;
	bool is = true;

	if ((list = calloc(1, sizeof(*list))) == NULL)
		return (true);
	if (key_list(list, NULL) == SEK_OK)
		for (is = false, i = 0; !is && i < list->n; i++)
			is = strcmp(list->key[i].path, path) == 0;
	free(list);
	return (is);
}
