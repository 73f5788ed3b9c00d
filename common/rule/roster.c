/*
 * roster.c - what a roster from elsewhere may change here
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing here opens what was shut here.
 */
#include "config.h"

#include <string.h>

#include "sekisho/rule/roster.h"

static const char *const fields[SEK_ROSTER_FIELDS] = {
	[SEK_ROSTER_NAME] = "name",
	[SEK_ROSTER_SECTION] = "section",
	[SEK_ROSTER_FROM] = "from",
	[SEK_ROSTER_TO] = "to",
	[SEK_ROSTER_CONTRACTOR] = "contractor",
	[SEK_ROSTER_STATE] = "state",
};

const char *
sek_roster_field_name(enum sek_roster_field f)
{

	return ((size_t)f < SEK_ROSTER_FIELDS ? fields[f] : NULL);
}

bool
sek_roster_is_other(const struct sek_person *here,
    const struct sek_person *there, const struct sek_roster_base *base)
{

	return (base->known == 0 && here->name[0] != '\0' &&
	    there->name[0] != '\0' && strcmp(here->name, there->name) != 0);
}

static bool
is_equal(const struct sek_person *a, const struct sek_person *b,
    enum sek_roster_field f)
{

	switch (f) {
	case SEK_ROSTER_NAME:
		return (strcmp(a->name, b->name) == 0);
	case SEK_ROSTER_SECTION:
		return (strcmp(a->section, b->section) == 0);
	case SEK_ROSTER_FROM:
		return (a->from == b->from);
	case SEK_ROSTER_TO:
		return (a->to == b->to);
	case SEK_ROSTER_CONTRACTOR:
		return ((a->contractor != 0) == (b->contractor != 0));
	default:
		return (a->state == b->state);
	}
}

/* Was it ever set? */
static bool
is_empty(const struct sek_person *p, enum sek_roster_field f)
{
	static const struct sek_person nobody;

	return (is_equal(p, &nobody, f));
}

static void
take(struct sek_person *out, const struct sek_person *from,
    enum sek_roster_field f)
{

	switch (f) {
	case SEK_ROSTER_NAME:
		memcpy(out->name, from->name, sizeof(out->name));
		break;
	case SEK_ROSTER_SECTION:
		memcpy(out->section, from->section, sizeof(out->section));
		break;
	case SEK_ROSTER_FROM:
		out->from = from->from;
		break;
	case SEK_ROSTER_TO:
		out->to = from->to;
		break;
	case SEK_ROSTER_CONTRACTOR:
		out->contractor = from->contractor != 0;
		break;
	default:
		out->state = from->state;
		break;
	}
}

/* Does there shut out more than here? Of name and section: no. */
static bool
is_stricter(const struct sek_person *there, const struct sek_person *here,
    enum sek_roster_field f)
{

	switch (f) {
	case SEK_ROSTER_FROM:
		return (there->from > here->from);
	case SEK_ROSTER_TO:
		return (there->to != 0 && (here->to == 0 ||
		    there->to < here->to));
	case SEK_ROSTER_CONTRACTOR:
		return (there->contractor != 0 && here->contractor == 0);
	case SEK_ROSTER_STATE:
		return (there->state > here->state);
	default:
		return (false);
	}
}

static void
merge_field(struct sek_person *out, struct sek_roster_merge *m,
    const struct sek_person *here, const struct sek_person *there,
    const struct sek_roster_base *base, enum sek_roster_field f)
{
	uint32_t bit = SEK_ROSTER_BIT(f);
	bool known = (base->known & bit) != 0;
	bool brought = known && (base->here & base->brought & bit) != 0;

	if (is_equal(here, there, f)) {
		m->brought |= brought ? bit : 0;
		return;
	}
	if (f == SEK_ROSTER_STATE && here->state == SEK_ACCOUNT_RETIRED) {
		m->kept |= bit;
		return;
	}
	if ((known ? (base->here & bit) != 0 : is_empty(here, f)) &&
	    (brought || !is_stricter(here, there, f))) {
		take(out, there, f);
		m->taken |= bit;
		m->brought |= brought || is_empty(here, f) ? bit : 0;
		return;
	}
	if (known ? (base->there & bit) != 0 : is_empty(there, f))
		m->kept |= bit;
	else
		m->conflict |= bit;
	/* What ends or shuts out holds from whichever side it comes. */
	if (((m->conflict & bit) != 0 || f == SEK_ROSTER_STATE) &&
	    is_stricter(there, here, f)) {
		take(out, there, f);
		m->taken |= bit;
		m->brought |= is_empty(here, f) ? bit : 0;
		m->kept &= ~bit;
	}
}

void
sek_roster_merge(struct sek_person *out, struct sek_roster_merge *m,
    const struct sek_person *here, const struct sek_person *there,
    const struct sek_roster_base *base)
{
	unsigned f;

	*out = *here;
	memset(m, 0, sizeof(*m));
	for (f = 0; f < SEK_ROSTER_FIELDS; f++)
		merge_field(out, m, here, there, base,
		    (enum sek_roster_field)f);
}

static bool
in_force(uint8_t state, int64_t until, int64_t now)
{

	return (state == SEK_ACCOUNT_SUSPENDED && (until == 0 || until > now));
}

/* The later of two ends; 0 is none at all. */
static int64_t
later(int64_t a, int64_t b)
{

	if (a == 0 || b == 0)
		return (0);
	return (a > b ? a : b);
}

static void
judge_suspended(struct sek_roster_verdict *out, const struct sek_account *here,
    const struct sek_roster_account *there, bool ours, int64_t now)
{
	bool held = in_force(here->state, here->suspended_until, now);

	out->act = SEK_ROSTER_SUSPEND;
	out->until = there->suspended_until;
	out->reason = there->reason;
	out->ours = true;
	if (!held || ours) {
		if (held && here->suspended_until == out->until &&
		    strcmp(here->reason, out->reason) == 0)
			out->act = SEK_ROSTER_LEAVE;
		return;
	}
	/* Suspended here, too: so long as either lasts, and it stays ours. */
	out->ours = false;
	out->until = later(here->suspended_until, there->suspended_until);
	out->reason = here->reason;
	if (out->until == here->suspended_until)
		out->act = SEK_ROSTER_LEAVE;
}

bool
sek_roster_other_uid(const struct sek_account *here,
    const struct sek_roster_account *there)
{

	return (here->uid != SEK_UID_NONE && there->uid != SEK_UID_NONE &&
	    here->uid != there->uid);
}

void
sek_roster_account_judge(struct sek_roster_verdict *out,
    const struct sek_account *here, const struct sek_roster_account *there,
    bool ours, int64_t now)
{
	bool other = sek_roster_other_uid(here, there), withheld = false;

	memset(out, 0, sizeof(*out));
	out->ours = ours;
	if ((here->shared != 0) != (there->shared != 0) ||
	    (here->person[0] != '\0' && there->person[0] != '\0' &&
	    strcmp(here->person, there->person) != 0)) {
		out->note = SEK_ROSTER_OTHER_PERSON;
		return;
	}
	out->owner = !here->shared && here->person[0] == '\0' &&
	    there->person[0] != '\0';
	if (here->state == SEK_ACCOUNT_RETIRED) {
		if (there->state != SEK_ACCOUNT_RETIRED)
			out->note = SEK_ROSTER_STAYS_RETIRED;
	} else if (there->state == SEK_ACCOUNT_RETIRED)
		out->act = SEK_ROSTER_RETIRE;
	else if (in_force(there->state, there->suspended_until, now))
		judge_suspended(out, here, there, ours, now);
	else if (in_force(here->state, here->suspended_until, now)) {
		if (ours)
			out->act = SEK_ROSTER_RESUME;
		else
			out->note = SEK_ROSTER_STAYS_SUSPENDED;
	}
	if (!other)
		return;
	/* Perhaps somebody else's: it is shut, never opened. */
	if (out->owner || out->act == SEK_ROSTER_RESUME) {
		out->owner = false;
		withheld = true;
		if (out->act == SEK_ROSTER_RESUME)
			out->act = SEK_ROSTER_LEAVE;
	}
	if (out->note == SEK_ROSTER_FINE &&
	    (withheld || out->act != SEK_ROSTER_LEAVE))
		out->note = SEK_ROSTER_OTHER_UID;
}

enum sek_authenticator_state
sek_roster_close(enum sek_authenticator_state here,
    enum sek_authenticator_state there)
{

	if (here == SEK_AUTHENTICATOR_ACTIVE)
		return (there);
	return (there == SEK_AUTHENTICATOR_REMOVED ? there : here);
}
