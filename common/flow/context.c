/*
 * context.c - what our modules share in one PAM handle
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/flow/context.h"
#include "sekisho/flow/exception.h"
#include "sekisho/model/role.h"
#include "sekisho/rule/entry.h"

#define DATA_NAME	"sekisho"
#define MAGIC		UINT64_C(0x73656b6973686f31)

/* Two builds of one version may differ in layout too: the sizes say so. */
static enum sek_err
layout_version(char *dst, size_t size)
{
	return (sek_text_format(dst, size, "%s/%zu.%zu.%zu", PACKAGE_VERSION,
	    sizeof(struct sek_context), sizeof(struct sek_settings),
	    sizeof(struct sek_lookup_out)));
}

void
sek_round_wipe(struct sek_round *r)
{
	sek_secret_free(&r->code);
	sek_secret_free(&r->deferred);
	sek_wipe(r, sizeof *r);
}

bool
sek_context_is_ours(const struct sek_context *ctx)
{
	return (ctx->pid == getpid());
}

void
sek_context_close(struct sek_context *ctx)
{
	if (ctx != NULL && ctx->store != NULL && sek_context_is_ours(ctx))
		sek_store_close(ctx->store);
}

/*
 * Called by libpam at the end of the handle, by whichever process ends it.
 * sek_store_free itself leaves an inherited connection alone.
 */
static void
context_free(struct sek_context *ctx)
{
	if (ctx == NULL)
		return;
	sek_round_wipe(&ctx->round);
	sek_store_free(&ctx->store);
	free(ctx->settings);
	sek_wipe(ctx, sizeof *ctx);
	free(ctx);
}

static void
context_cleanup(pam_handle_t *pamh, void *data, int status)
{
	(void)pamh;
	(void)status;
	context_free(data);
}

/* Without a policy none is touched: its path is nobody's, and every call of it
 * fails. */
static enum sek_err
make_store(struct sek_context *ctx)
{
	struct sek_store_config *config;
	enum sek_err err = SEK_ERR_NOMEM;

	if (ctx->store != NULL)		/* asked of exceptions already */
		return (SEK_OK);
	if ((config = calloc(1, sizeof *config)) != NULL) {
		sek_store_config(config, ctx->settings);
		if (ctx->no_policy)
			config->path[0] = config->key[0] = '\0';
		err = sek_store_new(&ctx->store, config);
	}
	free(config);
	return (err);
}

/* Values below their floors whose exceptions have ended: the floors are in
 * force, and nobody is to overlook that. */
static void
tell_lapsed(const struct sek_context *ctx, pam_handle_t *pamh)
{
	const struct sek_below *b;
	uint32_t i;

	for (i = 0; i < ctx->settings->nbelow; i++) {
		b = &ctx->settings->below[i];
		if (b->lapsed)
			sek_pam_log(pamh, LOG_ALERT, "%s = %s is below its "
			    "floor and no exception allows it now: %s is in "
			    "force; run: sekisho policy check", b->key,
			    b->text, b->lowest);
	}
}

static enum sek_err
load(struct sek_context *ctx, pam_handle_t *pamh, const char *conf,
    struct sek_why *why)
{
	struct sek_exceptions by = { .store = &ctx->store };
	enum sek_err err;

	ctx->floors = sek_entry_proves(sek_pam_item(pamh, PAM_SERVICE));
	by.floors = ctx->floors;
	if ((err = sek_exception_load(ctx->settings, *conf != '\0' ? conf :
	    NULL, false, &by, why)) != SEK_OK)
		return (err);
	ctx->unsure = by.unsure;
	if (ctx->settings->nbelow == 0)
		return (SEK_OK);
	tell_lapsed(ctx, pamh);
	return (sek_clock_now(&ctx->asked));
}

enum sek_err
sek_context_ask_again(struct sek_context *ctx, struct sek_why *why)
{
	struct sek_exceptions by = { .store = &ctx->store, .strict = true };
	enum sek_err err;

	if (ctx->settings->nbelow == 0)
		return (SEK_OK);
	by.floors = ctx->floors;
	if ((err = sek_settings_ask_again(ctx->settings, sek_exception_ask,
	    &by, why)) != SEK_OK)
		return (err);
	ctx->unsure = false;
	return (sek_clock_now(&ctx->asked));
}

/* Of roles that cannot be found out none is his. */
static bool
decides(const struct sek_context *ctx, const struct sek_claimant *who)
{
	struct sek_passwd pw;
	uint32_t roles = 0;

	return (who->known && sek_account_find(&pw, who->name) == SEK_OK &&
	    pw.known && pw.uid == who->uid &&
	    sek_account_roles(&roles, ctx->settings, pw.name, pw.gid) ==
	    SEK_OK && (roles & SEK_ROLES_DECIDING) != 0);
}

void
sek_context_reserve(struct sek_context *ctx, const struct sek_claimant *who)
{

	sek_store_may_use_reserve(ctx->store, who->privileged != 0 ||
	    (ctx->floors && decides(ctx, who)));
}

/*
 * The policy cannot be had: the strictest profile as it is compiled in, no
 * value of the files, no store. Everybody is refused by it but who opens an
 * envelope (pam-facts 28).
 */
static enum sek_err
degrade(struct sek_context *ctx, enum sek_err err, const struct sek_why *why)
{

	if (err == SEK_ERR_NOMEM)
		return (err);
	sek_store_free(&ctx->store);
	ctx->no_policy = true;
	ctx->degraded = err;
	ctx->degraded_why = *why;
	ctx->unsure = false;
	return (sek_settings_builtin(ctx->settings));
}

static enum sek_err
load_or_degrade(struct sek_context *ctx, pam_handle_t *pamh, const char *conf)
{
	struct sek_why why = { "" };
	enum sek_err err = load(ctx, pamh, conf, &why);

	return (err == SEK_OK ? SEK_OK : degrade(ctx, err, &why));
}

static enum sek_err
context_make(struct sek_context **out, pam_handle_t *pamh,
    const char *conf)
{
	struct sek_context *ctx;
	enum sek_err err = SEK_ERR_NOMEM;

	if ((ctx = calloc(1, sizeof *ctx)) == NULL ||
	    (ctx->settings = calloc(1, sizeof *ctx->settings)) == NULL)
		goto out;
	ctx->magic = MAGIC;
	ctx->pid = getpid();
	if ((err = layout_version(ctx->version, sizeof ctx->version)) !=
	    SEK_OK ||
	    (err = sek_text_copy(ctx->conf, sizeof ctx->conf, conf)) !=
	    SEK_OK ||
	    (err = load_or_degrade(ctx, pamh, conf)) != SEK_OK ||
	    (err = make_store(ctx)) != SEK_OK)
		goto out;
	*out = ctx;
	ctx = NULL;
out:
	context_free(ctx);
	return (err);
}

static enum sek_err
context_fits(const struct sek_context *ctx, const char *conf,
    struct sek_why *why)
{
	char version[sizeof ctx->version];
	enum sek_err err;

	if ((err = layout_version(version, sizeof version)) != SEK_OK)
		return (err);
	if (ctx->magic != MAGIC || strcmp(ctx->version, version) != 0)
		return (sek_why(why, SEK_ERR_INTERNAL, "modules of two "
		    "versions met in one process: start this service again"));
	if (strcmp(ctx->conf, conf) != 0)
		return (sek_why(why, SEK_ERR_ARGUMENT, "the lines of one "
		    "stack name different conf= files: make them one"));
	return (SEK_OK);
}

enum sek_err
sek_context_get(struct sek_context **out, pam_handle_t *pamh,
    const struct sek_pam_options *options, struct sek_why *why)
{
	const char *conf = options->conf != NULL ? options->conf : "";
	const void *data = NULL;
	struct sek_context *ctx = NULL;
	enum sek_err err;

	*out = NULL;
	if (pam_get_data(pamh, DATA_NAME, &data) == PAM_SUCCESS &&
	    data != NULL) {
		memcpy(&ctx, &data, sizeof ctx);
		if ((err = context_fits(ctx, conf, why)) == SEK_OK)
			*out = ctx;
		return (err);
	}
	if ((err = context_make(&ctx, pamh, conf)) != SEK_OK)
		return (err);
	if (pam_set_data(pamh, DATA_NAME, ctx, context_cleanup) !=
	    PAM_SUCCESS) {
		context_free(ctx);
		return (SEK_ERR_NOMEM);
	}
	*out = ctx;
	return (SEK_OK);
}
