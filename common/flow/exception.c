/*
 * exception.c - what approved exceptions allow of the policy: the store says
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/flow/exception.h"
#include "sekisho/model/method.h"

static enum sek_err
make_store(struct sek_store **st, const struct sek_settings *s)
{
	struct sek_store_config *config;
	enum sek_err err;

	if (*st != NULL)
		return (SEK_OK);
	if ((config = calloc(1, sizeof *config)) == NULL)
		return (SEK_ERR_NOMEM);
	sek_store_config(config, s);
	err = sek_store_new(st, config);
	free(config);
	return (err);
}

static void
take(struct sek_below *b, const struct sek_allowance_out *out)
{
	const struct sek_allowance *from;
	struct sek_allowed *to;
	uint32_t i;

	b->n = 0;
	b->lapsed = out->lapsed != 0;
	memcpy(b->ended, out->ended, sizeof b->ended);
	for (i = 0; i < out->n && i < SEK_ALLOWANCES_MAX &&
	    b->n < SEK_ALLOWED_MAX; i++) {
		from = &out->a[i];
		to = &b->allowed[b->n++];
		memset(to, 0, sizeof *to);
		memcpy(to->id, from->id, sizeof to->id);
		memcpy(to->text, from->value, sizeof to->text);
		memcpy(to->users, from->users, sizeof to->users);
		to->until = from->not_after;
	}
}

/* The answer of the store, or its error. */
static enum sek_err
ask(struct sek_below *b, struct sek_exceptions *by,
    const struct sek_settings *so_far, struct sek_why *why)
{
	struct sek_allowance_in *in = calloc(1, sizeof *in);
	struct sek_allowance_out *out = calloc(1, sizeof *out);
	enum sek_err err = SEK_ERR_NOMEM;

	if (in == NULL || out == NULL ||
	    (err = sek_text_copy(in->key, sizeof in->key, b->key)) !=
	    SEK_OK || (err = make_store(by->store, so_far)) != SEK_OK)
		goto out;
	if ((err = sek_store_allowance(*by->store, in, out)) == SEK_OK)
		take(b, out);
	else
		(void)sek_why(why, err, "%s", sek_store_why(*by->store));
out:
	if (err != SEK_OK && why != NULL && why->text[0] == '\0')
		(void)sek_why(why, err, "%s", sek_err_name(err));
	free(in);
	free(out);
	return (err);
}

enum sek_err
sek_exception_ask(void *arg, const struct sek_settings *so_far,
    struct sek_below *b, struct sek_why *why)
{
	struct sek_exceptions *by = arg;
	enum sek_err err;

	err = ask(b, by, so_far, why);
	if (err == SEK_ERR_STORE_FULL && !by->strict) {
		by->unsure = true;
		b->n = 0;
		b->lapsed = true;
		return (SEK_OK);
	}
	if (err == SEK_OK && by->floors)
		b->lapsed = true;
	return (err);
}

enum sek_err
sek_exception_load(struct sek_settings *out, const char *path,
    bool may_be_absent, struct sek_exceptions *by, struct sek_why *why)
{
	by->unsure = false;
	return (sek_settings_load_under(out, path, may_be_absent,
	    sek_exception_ask, by, why));
}

const struct sek_allowed *
sek_exception_used(const struct sek_below **b, const struct sek_settings *s,
    uint32_t kinds, bool weak, bool privileged)
{
	const struct sek_allowed *a;

	*b = sek_settings_below(s, "factors.kinds");
	if ((a = sek_below_with(*b)) != NULL &&
	    sek_kind_count(kinds) < (*b)->floor)
		return (a);
	*b = sek_settings_below(s, "factors.require_possession");
	if ((a = sek_below_with(*b)) != NULL &&
	    (kinds & SEK_KIND_POSSESSION) == 0)
		return (a);
	*b = sek_settings_below(s, "factors.accept");
	if (weak && (a = sek_below_with(*b)) != NULL)
		return (a);
	*b = sek_settings_below(s, privileged ? "lockout.privileged_deny" :
	    "lockout.deny");
	return (sek_below_with(*b));
}
