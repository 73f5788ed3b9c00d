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
#include "sekisho/edge/store.h"
#include "sekisho/model/claimant.h"
#include "sekisho/model/ticket.h"
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
/* What policy asks for in a service now, of whom the settings are. */
void		sek_facts_requirement(struct sek_requirement *need,
		    const struct sek_settings *settings, const char *service);
/* A shared account opens by what a member holds, whatever exceptions say. */
void		sek_facts_shared(struct sek_requirement *need,
		    const struct sek_lookup_out *l);
/*
 * Where he is, and whether any security key is plugged in, any card in a
 * reader, a finger of his in a fingerprint reader: asked of the machine only
 * where he (l: what the store told; NULL nothing) has such a one that is
 * active, and policy accepts it; fprintd only of who is at this terminal and
 * would be asked for a finger. At most a second for cards, and one for
 * fprintd. What cannot be asked is not there.
 */
void		sek_facts_devices(struct sek_plan_devices *out,
		    const struct sek_claimant *who,
		    const struct sek_settings *settings,
		    const struct sek_requirement *need,
		    const struct sek_lookup_out *l);
/*
 * Which of these is a card that policy accepts, active but for its certificate,
 * which has ended, or ends within span seconds? NULL none. The one that ends
 * first; it asks for nothing (card.warn is its holder's to know).
 */
const struct sek_authenticator *sek_facts_ending(
		    const struct sek_authenticator *a, uint32_t n,
		    const struct sek_requirement *need, int64_t span);
/*
 * What may stand in for a factor of his in this service, by policy, service
 * and the store: in logins and in what is told of them. beside is for
 * sek_policy_plan.
 */
struct sek_facts_tickets {
	struct sek_plan_tickets	beside;
	uint32_t		purposes;	/* whose codes count for him */
	bool			takes;		/* the service takes some */
	bool			offers;		/* a witness may stand in */
	bool			wishes;		/* an empty answer says so, or
						 * that a password is all */
	bool			grace;		/* of him */
};
/*
 * l: what the store told, of one who may get in at all; NULL: nothing is known
 * of him. enrols: sekisho-helper proves him to enrol. wall: the moment, us;
 * INT64_MAX where none can be told.
 */
void		sek_facts_tickets(struct sek_facts_tickets *out,
		    const struct sek_claimant *who,
		    const struct sek_settings *settings,
		    const struct sek_requirement *need,
		    const struct sek_lookup_out *l, bool enrols,
		    int64_t wall);
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
/* On how many days he may have a substitute by an approved code; 0: none. The
 * settings are those of `whose` afterwards (NULL: of nobody in particular). */
uint32_t	sek_facts_substitutes(struct sek_settings *settings,
		    const char *account, const char *whose);
/* The latest end of a ticket that begins at `from` (both wall us): that of the
 * policy, and of a substitute the end of the day. 0: there is none such. */
int64_t		sek_facts_ticket_end(const struct sek_settings *settings,
		    enum sek_purpose purpose, int64_t from);
/* And the store's, judged at the moment wall (us); l lives as long as *e. */
void		sek_facts_store(struct sek_entry *e,
		    const struct sek_lookup_out *l, int64_t wall);
/* Ask the account source for his groups where anything depends on them.
 * SEK_ERR_ACCOUNTS. */
enum sek_err	sek_facts_groups(struct sek_entry *e);

#endif
