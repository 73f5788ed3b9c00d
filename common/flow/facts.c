/*
 * facts.c - what the rules of entry look at, gathered
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pam-facts 16, 19.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/flow/facts.h"

#define BOTH	2u	/* kinds */
#define CALLER_DENY	3u	/* where an exception for all has no count */

enum sek_err
sek_facts_account(struct sek_claimant *who,
    const struct sek_settings *settings, const char *user)
{
	struct sek_passwd pw;
	enum sek_err err;
	bool privileged = false;

	memset(&pw, 0, sizeof pw);
	err = sek_account_find(&pw, user);
	if (err != SEK_OK || !pw.known) {
		sek_text_printable(who->name, sizeof who->name, user);
		who->uid = SEK_UID_NONE;
		return (err);
	}
	memcpy(who->name, pw.name, sizeof who->name);
	who->uid = pw.uid;
	who->known = 1;
	err = sek_account_privileged(&privileged, settings, pw.name, pw.uid,
	    pw.gid);
	who->privileged = privileged ? 1 : 0;
	return (err);
}

void
sek_facts_console(struct sek_claimant *who)
{
	if (who->remote == 0 && who->caller == 0 &&
	    sek_text_is_console(who->tty))
		who->console = 1;
}

void
sek_facts_requirement(struct sek_requirement *need,
    const struct sek_settings *settings, const char *service)
{
	memset(need, 0, sizeof *need);
	need->kinds = (uint32_t)settings->factors.kinds;
	if (need->kinds < BOTH && sek_entry_proves(service))
		need->kinds = BOTH;
	need->accept = settings->factors.accept;
	need->crypto_possession =
	    settings->factors.require_crypto_possession ? 1 : 0;
}

/* What nobody knows who only sees this machine's prompts; "" where it cannot
 * be had. */
static void
salt(char *dst, size_t size)
{
	char *text = NULL;
	size_t len = 0;

	dst[0] = '\0';
	if (sek_file_read(&text, &len, "/etc/machine-id", 256,
	    SEK_FILE_PUBLIC, NULL) == SEK_OK && len > 0)
		(void)sek_text_format(dst, size, "%.32s", text);
	free(text);
}

void
sek_facts_settings(struct sek_settings *settings,
    const struct sek_claimant *who)
{
	char machine[48];

	if (settings->nbelow == 0)
		return;
	if (who->known) {
		sek_settings_for(settings, who->name);
		return;
	}
	salt(machine, sizeof machine);
	sek_settings_for_unknown(settings, who->name, machine);
}

void
sek_facts_limits(struct sek_limits *limits, struct sek_limits *caller_limits,
    struct sek_settings *settings, const struct sek_claimant *who)
{
	sek_settings_for(settings, NULL);
	sek_settings_limits(caller_limits, settings, false);
	if (caller_limits->deny == SEK_DENY_OFF)
		caller_limits->deny = CALLER_DENY;
	sek_facts_settings(settings, who);
	sek_settings_limits(limits, settings, who->privileged != 0);
}

void
sek_facts_entry(struct sek_entry *e, const struct sek_settings *settings,
    const struct sek_claimant *who)
{
	memset(e, 0, sizeof *e);
	e->who = who;
	e->allow_remote = settings->terminal.allow_remote;
	e->allow_users = settings->terminal.allow_users;
	e->allow_groups = settings->terminal.allow_groups;
	e->exempt = settings->factors.exempt_services;
	e->slot = SEK_SLOT_LOCKED;
}

enum sek_err
sek_facts_groups(struct sek_entry *e)
{
	struct sek_passwd pw;
	enum sek_err err;

	e->in_groups = false;
	if (!sek_entry_asks_groups(e))
		return (SEK_OK);
	memset(&pw, 0, sizeof pw);
	if ((err = sek_account_find(&pw, e->who->name)) != SEK_OK)
		return (err);
	return (sek_account_in_groups(&e->in_groups, pw.name, pw.gid,
	    e->allow_groups));
}
