/*
 * load.c - the policy in force, or why there is none
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/settings_table.h"

enum sek_err
sek_settings_load_asking(struct sek_settings *out, const char *vendor,
    const char *path, bool may_be_absent, const struct sek_settings_ask *ask,
    struct sek_why *why)
{
	struct sek_settings_layers *l;
	enum sek_err err;

	memset(out, 0, offsetof(struct sek_settings, below));
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	if ((err = sek_settings_layers_read(l, vendor, path, may_be_absent,
	    why)) == SEK_OK &&
	    (err = sek_settings_force(out, l, ask, why)) == SEK_OK)
		err = sek_text_copy(out->path, sizeof(out->path), path);
	if (err != SEK_OK)
		memset(out, 0, sizeof(*out));
	sek_settings_layers_free(l);
	return (err);
}

enum sek_err
sek_settings_load_from(struct sek_settings *out, const char *vendor,
    const char *path, bool may_be_absent, struct sek_why *why)
{
	return (sek_settings_load_asking(out, vendor, path, may_be_absent,
	    NULL, why));
}

enum sek_err
sek_settings_load_under(struct sek_settings *out, const char *path,
    bool may_be_absent, sek_below_fn fn, void *arg, struct sek_why *why)
{
	const struct sek_settings_ask ask = { fn, arg };

	return (sek_settings_load_asking(out, SEK_SETTINGS_VENDOR,
	    path != NULL ? path : SEK_SETTINGS_DEFAULT_PATH, may_be_absent,
	    &ask, why));
}

enum sek_err
sek_settings_load(struct sek_settings *out, const char *path,
    bool may_be_absent, struct sek_why *why)
{
	return (sek_settings_load_from(out, SEK_SETTINGS_VENDOR,
	    path != NULL ? path : SEK_SETTINGS_DEFAULT_PATH, may_be_absent,
	    why));
}

enum sek_err
sek_settings_builtin(struct sek_settings *out)
{
	struct sek_settings_layers *none;
	struct sek_why why;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((none = calloc(1, sizeof(*none))) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = sek_settings_force(out, none, NULL, &why)) != SEK_OK)
		memset(out, 0, sizeof(*out));
	sek_settings_layers_free(none);
	return (err);
}
