/*
 * roster.h - what a roster from elsewhere may change here
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: an authenticator that is known here is never opened, and an account
 * is resumed only out of a suspension that the same exporter's roster brought
 * and nobody here touched since. What shuts out is taken from any trusted
 * roster. A term that was ended, a contractor, a suspended person: opened only
 * by the exporter whose roster shut them, and only where nothing was shut here
 * before.
 */
#ifndef SEKISHO_RULE_ROSTER_H
#define SEKISHO_RULE_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/model/roster.h"

/* What of a person is carried, as bits of a set. */
enum sek_roster_field {
	SEK_ROSTER_NAME = 0,
	SEK_ROSTER_SECTION,
	SEK_ROSTER_FROM,
	SEK_ROSTER_TO,
	SEK_ROSTER_CONTRACTOR,
	SEK_ROSTER_STATE,
	SEK_ROSTER_FIELDS
};
#define SEK_ROSTER_BIT(f)	(UINT32_C(1) << (unsigned)(f))
const char	*sek_roster_field_name(enum sek_roster_field f); /* "name" */

/* Against the last roster of the same exporter: which fields are still as it
 * brought them, here and in the new one. known 0: it brought none. */
struct sek_roster_base {
	uint32_t	here;
	uint32_t	there;
	uint32_t	known;
	uint32_t	brought;	/* of here: it brought them; the others
					 * were the same here by themselves */
};

struct sek_roster_merge {
	uint32_t	taken;		/* changed in *out */
	uint32_t	kept;		/* changed here only: stays */
	uint32_t	conflict;	/* changed on both sides, or it would
					 * open what it did not shut: the
					 * stricter stays, of name and section
					 * ours */
	uint32_t	brought;	/* for the next base */
};
/* Two persons of one id? Both have a name, not the same, and no roster of
 * this exporter brought ours. */
bool		 sek_roster_is_other(const struct sek_person *here,
		    const struct sek_person *there,
		    const struct sek_roster_base *base);
/* *out: how it is to be here. */
void		 sek_roster_merge(struct sek_person *out,
		    struct sek_roster_merge *m,
		    const struct sek_person *here,
		    const struct sek_person *there,
		    const struct sek_roster_base *base);

enum sek_roster_act {
	SEK_ROSTER_LEAVE = 0,
	SEK_ROSTER_SUSPEND,	/* until and reason as in the verdict */
	SEK_ROSTER_RESUME,
	SEK_ROSTER_RETIRE
};
enum sek_roster_note {
	SEK_ROSTER_FINE = 0,
	SEK_ROSTER_OTHER_PERSON,	/* or not shared alike: left alone */
	SEK_ROSTER_OTHER_UID,	/* what would open is not taken */
	SEK_ROSTER_STAYS_SUSPENDED,	/* not this exporter's doing */
	SEK_ROSTER_STAYS_RETIRED
};
struct sek_roster_verdict {
	enum sek_roster_act	act;
	enum sek_roster_note	note;
	bool			owner;	/* it gets the person of the roster */
	bool			ours;	/* the suspension is the exporter's */
	int64_t			until;
	const char		*reason;	/* of one of the arguments */
};
/* The name is another uid there: perhaps somebody else's. */
bool		 sek_roster_other_uid(const struct sek_account *here,
		    const struct sek_roster_account *there);
/*
 * An account known here. ours: its suspension is what this exporter's roster
 * brought, unchanged. now: wall us.
 */
void		 sek_roster_account_judge(struct sek_roster_verdict *out,
		    const struct sek_account *here,
		    const struct sek_roster_account *there, bool ours,
		    int64_t now);

/* The state an authenticator of state here gets; never ACTIVE out of
 * another. */
enum sek_authenticator_state sek_roster_close(
		    enum sek_authenticator_state here,
		    enum sek_authenticator_state there);

#endif
