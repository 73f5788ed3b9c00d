/*
 * door.c - what every module entry does before and after its flow
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>
#include <syslog.h>

#include "sekisho/flow/door.h"
#include "sekisho/flow/remote.h"

enum sek_err
sek_door_open(struct sek_door *d, pam_handle_t *pamh, enum sek_phase phase,
    int argc, const char **argv, unsigned takes)
{
	enum sek_err err;

	memset(d, 0, sizeof *d);
	d->pamh = pamh;
	d->phase = phase;
	if ((err = sek_secret_init()) != SEK_OK ||
	    (err = sek_pam_options(&d->options, argc, argv, takes,
	    &d->why)) != SEK_OK)
		return (err);
	if ((d->remote = sek_remote_is()))
		return (sek_remote_conf(&d->options, &d->why));
	return (sek_context_get(&d->ctx, pamh, &d->options, &d->why));
}

/* The gate, the phase's last, hears of a line before it that refused: what
 * auth admitted must not open a session. */
static void
note_refusal(struct sek_context *ctx, enum sek_err err, bool last)
{
	if (ctx == NULL)
		return;
	if (last)
		ctx->account_refused = SEK_REASON_NONE;
	else if (err != SEK_OK && err != SEK_ERR_CHANGE_DUE &&
	    ctx->account_refused == SEK_REASON_NONE)
		ctx->account_refused = err == SEK_ERR_FORBIDDEN ||
		    err == SEK_ERR_ENDED ? SEK_REASON_BACKEND :
		    SEK_REASON_STORE;
}

int
sek_door_close(struct sek_door *d, enum sek_err err, bool last, bool decides)
{
	int code = sek_err_to_pam(err, d->phase, decides);

	if (err != SEK_OK && (err != SEK_ERR_REFUSED ||
	    d->why.text[0] != '\0'))
		sek_pam_log(d->pamh, LOG_ERR, "%s: %s", sek_err_name(err),
		    d->why.text);
	if (d->options.debug)
		sek_pam_log(d->pamh, LOG_DEBUG, "%s -> %d", sek_err_name(err),
		    code);
	if (d->phase == SEK_PHASE_ACCOUNT)
		note_refusal(d->ctx, err, last);
	if (last)
		sek_context_close(d->ctx);
	return (code);
}
