/*
 * facts.h - what the rules of entry look at, gathered
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For logins and for "sekisho explain" alike; needs no PAM handle.
 */
#ifndef SEKISHO_FLOW_FACTS_H
#define SEKISHO_FLOW_FACTS_H

#include "sekisho/base/err.h"
#include "sekisho/edge/settings.h"
#include "sekisho/model/claimant.h"
#include "sekisho/rule/entry.h"

/*
 * Name, uid, known, privileged: by the account source and the policy's list.
 * An unknown name is SEK_OK with known 0. SEK_ERR_ACCOUNTS when the source is
 * down; who is filled as for an unknown name then.
 */
enum sek_err	sek_facts_account(struct sek_claimant *who,
		    const struct sek_settings *settings, const char *user);
/* remote is set: does he sit at this machine's console? */
void		sek_facts_console(struct sek_claimant *who);
/* What policy asks for in a service, of whom the settings are. */
void		sek_facts_requirement(struct sek_requirement *need,
		    const struct sek_settings *settings, const char *service);
/* Make the settings those of who: what exceptions allow him. */
void		sek_facts_settings(struct sek_settings *settings,
		    const struct sek_claimant *who);
/* The limits of who, and of his caller; the settings are who's afterwards. A
 * caller's is the one of nobody in particular, and never without an end: that
 * his own account, or nobody's, does not lock is no leave to lock out
 * others. */
void		sek_facts_limits(struct sek_limits *limits,
		    struct sek_limits *caller_limits,
		    struct sek_settings *settings,
		    const struct sek_claimant *who);
/* The policy's part of *e; who and settings live as long as it. Nothing is
 * known of the store yet, so those steps refuse or may not be asked. */
void		sek_facts_entry(struct sek_entry *e,
		    const struct sek_settings *settings,
		    const struct sek_claimant *who);
/* Ask the account source for his groups where anything depends on them.
 * SEK_ERR_ACCOUNTS. */
enum sek_err	sek_facts_groups(struct sek_entry *e);

#endif
