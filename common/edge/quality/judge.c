/*
 * judge.c - a new password goes through all that is asked of it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "quality.h"

/* What everybody can tell at a glance, first. *folded is set when it is fit. */
static enum sek_err
judge_form(struct sek_quality_out *out, struct sek_secret *folded,
    const struct sek_quality_in *in)
{
	bool well;
	enum sek_err err;

	if (in->password->len == 0) {
		out->unfit = SEK_UNFIT_EMPTY;
		return (SEK_OK);
	}
	/* Not looked into where it is as long as that. */
	if (in->password->len > QUALITY_BYTES_MAX) {
		out->unfit = SEK_UNFIT_LONG;
		return (SEK_OK);
	}
	if ((err = quality_form(folded, &out->length, &well, in->password)) !=
	    SEK_OK)
		return (err);
	if (!well)
		out->unfit = SEK_UNFIT_FORM;
	else if (out->length < in->limits->min_length)
		out->unfit = SEK_UNFIT_SHORT;
	else if (out->length > in->limits->max_length)
		out->unfit = SEK_UNFIT_LONG;
	return (SEK_OK);
}

static enum sek_err
judge_names(struct sek_quality_out *out, const struct sek_secret *folded,
    const struct sek_quality_in *in)
{
	bool contains = false;
	enum sek_err err = quality_name(&contains, out->word,
	    sizeof(out->word), folded, in);

	if (err == SEK_OK && contains)
		out->unfit = SEK_UNFIT_NAME;
	return (err);
}

static enum sek_err
judge_present(struct sek_quality_out *out, const struct sek_secret *folded,
    const struct sek_quality_in *in)
{
	struct sek_secret present = SEK_SECRET_NONE;
	bool well, near = false;
	int64_t length;
	enum sek_err err;

	if (in->present == NULL || in->present->len == 0)
		return (SEK_OK);
	err = quality_form(&present, &length, &well, in->present);
	if (err == SEK_OK && well)
		err = quality_near(&near, folded, &present);
	if (err == SEK_OK && near)
		out->unfit = SEK_UNFIT_OLD;
	sek_secret_free(&present);
	return (err);
}

/* Dates and walks are told without a list, too. */
static enum sek_err
judge_lists(struct sek_quality_out *out, const struct sek_secret *folded,
    const struct sek_quality_in *in, struct sek_why *why)
{
	const char *folder = in->settings->password.blocklist;
	struct quality_list list;
	bool whole = false;
	int score = 0;
	enum sek_err err = SEK_OK;

	memset(&list, 0, sizeof(list));
	if (folder[0] != '\0')
		err = quality_list_load(&list, folder, why);
	if (err == SEK_OK)
		err = quality_contain(&score, &whole, out->word,
		    sizeof(out->word), folded, &list);
	if (err == SEK_OK && whole)
		out->unfit = SEK_UNFIT_LISTED;
	else if (err == SEK_OK && score < QUALITY_SCORE)
		out->unfit = SEK_UNFIT_COMMON;
	else
		out->word[0] = '\0';
	quality_list_free(&list);
	return (err);
}

static enum sek_err
judge_quality(struct sek_quality_out *out, const struct sek_quality_in *in,
    struct sek_why *why)
{
	bool fit = true;
	enum sek_err err = SEK_OK;

	if (in->settings->password.quality[0] != '\0')
		err = quality_pwquality(&fit, out->why, sizeof(out->why), in,
		    why);
	if (err == SEK_OK && !fit)
		out->unfit = SEK_UNFIT_QUALITY;
	return (err);
}

enum sek_err
quality_judge(struct sek_quality_out *out, const struct sek_quality_in *in,
    struct sek_why *why)
{
	struct sek_secret folded = SEK_SECRET_NONE;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	err = judge_form(out, &folded, in);
	if (err == SEK_OK && out->unfit == SEK_FIT)
		err = judge_names(out, &folded, in);
	if (err == SEK_OK && out->unfit == SEK_FIT)
		err = judge_present(out, &folded, in);
	if (err == SEK_OK && out->unfit == SEK_FIT)
		err = judge_lists(out, &folded, in, why);
	if (err == SEK_OK && out->unfit == SEK_FIT)
		err = judge_quality(out, in, why);
	/* Nothing is fit that could not be judged. */
	if (err != SEK_OK)
		out->unfit = SEK_UNFIT_EMPTY;
	sek_secret_free(&folded);
	return (err);
}

enum sek_err
quality_check(const struct sek_settings *s, struct sek_why *why)
{
	struct quality_list list;
	enum sek_err err = SEK_OK;

	memset(&list, 0, sizeof(list));
	if (s->password.blocklist[0] != '\0')
		err = quality_list_load(&list, s->password.blocklist, why);
	quality_list_free(&list);
	if (err == SEK_OK && s->password.quality[0] != '\0')
		err = quality_pwquality_check(s->password.quality, why);
	return (err);
}
