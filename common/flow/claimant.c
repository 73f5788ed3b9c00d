/*
 * claimant.c - who asks to get in, from where, through whom
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pam-facts 12, 16.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/logind.h"
#include "sekisho/flow/context.h"
#include "sekisho/flow/facts.h"

/*
 * Where from: a remote host named is remote, loopback too. A setuid program
 * started by a person names none even inside ssh: his login session tells,
 * and where nothing tells he is taken for remote.
 */
static void
place(struct sek_claimant *who)
{
	bool remote = true;

	if (who->rhost[0] != '\0') {
		who->remote = 1;
	} else if (who->caller != 0) {
		(void)sek_logind_remote(&remote, who->rhost,
		    sizeof who->rhost);
		who->remote = remote ? 1 : 0;
	}
	sek_facts_console(who);
}

static void
items(struct sek_claimant *who, pam_handle_t *pamh)
{
	sek_text_printable(who->service, sizeof who->service,
	    sek_pam_item(pamh, PAM_SERVICE));
	sek_text_printable(who->tty, sizeof who->tty,
	    sek_pam_item(pamh, PAM_TTY));
	sek_text_printable(who->rhost, sizeof who->rhost,
	    sek_pam_item(pamh, PAM_RHOST));
}

static enum sek_err
caller(struct sek_claimant *who)
{
	struct sek_passwd pw;
	enum sek_err err;

	who->caller = (uint32_t)getuid();
	if (who->caller == 0)
		return (SEK_OK);
	memset(&pw, 0, sizeof pw);
	if ((err = sek_account_by_uid(&pw, who->caller)) != SEK_OK)
		return (err);
	if (!pw.known)
		return (sek_text_format(who->caller_name,
		    sizeof who->caller_name, "uid:%u", who->caller));
	memcpy(who->caller_name, pw.name, sizeof who->caller_name);
	return (SEK_OK);
}

enum sek_err
sek_claimant_get(struct sek_claimant *out, pam_handle_t *pamh,
    const struct sek_settings *settings, const char *user)
{
	enum sek_err err, caller_err;

	memset(out, 0, sizeof *out);
	items(out, pamh);
	err = sek_facts_account(out, settings, user);
	caller_err = caller(out);
	place(out);
	return (err != SEK_OK ? err : caller_err);
}

void
sek_claimant_limits(struct sek_limits *out,
    const struct sek_settings *settings, bool privileged)
{
	sek_settings_limits(out, settings, privileged);
}
