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
#include "sekisho/edge/card.h"
#include "sekisho/edge/fido2.h"
#include "sekisho/edge/fingerprint.h"
#include "sekisho/flow/facts.h"
#include "sekisho/rule/ticket.h"

#define FINGER	SEK_METHOD_BIT(SEK_METHOD_FINGERPRINT)
#define BOTH	2u	/* kinds */
#define CARD_WAIT	SEK_SECOND	/* for pcscd to say what is there */
#define FINGER_WAIT	SEK_SECOND	/* and fprintd, which may be begun */
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

/* An exception that lets him in by one kind does not say which. */
static bool
one_will_do(const struct sek_requirement *need,
    const struct sek_settings *settings)
{

	return (need->kinds < BOTH && sek_below_with(
	    sek_settings_below(settings, "factors.kinds")) != NULL);
}

void
sek_facts_requirement(struct sek_requirement *need,
    const struct sek_settings *settings, const char *service)
{
	struct sek_moment now;

	memset(need, 0, sizeof *need);
	need->kinds = (uint32_t)settings->factors.kinds;
	if (need->kinds < BOTH && sek_entry_proves(service))
		need->kinds = BOTH;
	need->accept = settings->factors.accept;
	need->crypto_possession =
	    settings->factors.require_crypto_possession ? 1 : 0;
	need->possession = settings->factors.require_possession &&
	    !one_will_do(need, settings) ? 1 : 0;
	need->fido2_uv_counts = settings->factors.fido2_uv_counts ? 1 : 0;
	need->jpki_pin_counts = settings->factors.jpki_pin_counts ? 1 : 0;
	need->piv_pin_counts = settings->factors.piv_pin_counts ? 1 : 0;
	if (sek_clock_now(&now) == SEK_OK)
		need->wall = now.wall;
}

void
sek_facts_shared(struct sek_requirement *need, const struct sek_lookup_out *l)
{

	if (l->account.shared && need->kinds < BOTH)
		need->kinds = BOTH;
}

/* Has he one that may prove anything here? */
static bool
has_one(const struct sek_lookup_out *l, const struct sek_requirement *need,
    uint32_t methods)
{
	const struct sek_authenticator *a;
	uint32_t i;

	for (i = 0; i < l->nauthenticators; i++) {
		a = &l->authenticator[i];
		if (sek_policy_active(need, a) && (methods & need->accept &
		    SEK_METHOD_BIT((unsigned)a->method)) != 0)
			return (true);
	}
	return (false);
}

/* Would he be asked for a finger, were its reader here? fprintd is not begun
 * for nothing. */
static bool
finger_is_of_use(const struct sek_plan_devices *d,
    const struct sek_requirement *need, const struct sek_lookup_out *l)
{
	struct sek_plan_devices with = *d;
	struct sek_plan plan;

	with.finger = true;
	sek_policy_plan(&plan, need, l->authenticator, l->nauthenticators,
	    NULL, &with);
	return (((plan.methods | plan.instead) & FINGER) != 0);
}

/* A reader, and a finger of those we know of. */
static bool
finger_is_here(const struct sek_claimant *who,
    const struct sek_requirement *need, const struct sek_lookup_out *l)
{
	struct sek_fingerprint_seen seen;
	struct sek_why why;
	uint32_t i, fingers = 0;

	for (i = 0; i < l->nauthenticators; i++)
		if (l->authenticator[i].method == SEK_METHOD_FINGERPRINT &&
		    sek_policy_active(need, &l->authenticator[i]))
			fingers |= SEK_FINGER_BIT(
			    l->authenticator[i].biometric.finger);
	return (sek_fingerprint_look(&seen, who->name, FINGER_WAIT, &why) ==
	    SEK_OK && seen.readers > 0 && (seen.fingers & fingers) != 0);
}

void
sek_facts_devices(struct sek_plan_devices *out,
    const struct sek_claimant *who, const struct sek_settings *settings,
    const struct sek_requirement *need, const struct sek_lookup_out *l)
{
	const struct sek_card_place place = {
		.readers = settings->card.readers, .anchors = "",
		.reader = "", .now = need->wall / SEK_SECOND,
		.wait = CARD_WAIT
	};
	struct sek_why why;

	memset(out, 0, sizeof *out);
	out->remote = who->remote != 0;
	if (l == NULL)
		return;
	/* None where it cannot be told: then he is asked for it. */
	if (has_one(l, need, SEK_METHODS_CARD) &&
	    sek_card_present(&out->card, &place, &why) != SEK_OK)
		out->card = false;
	if (has_one(l, need, SEK_METHOD_BIT(SEK_METHOD_FIDO2)) &&
	    sek_fido2_present(&out->fido2, &why) != SEK_OK)
		out->fido2 = false;
	if (!out->remote && has_one(l, need, FINGER) &&
	    finger_is_of_use(out, need, l))
		out->finger = finger_is_here(who, need, l);
}

const struct sek_authenticator *
sek_facts_ending(const struct sek_authenticator *a, uint32_t n,
    const struct sek_requirement *need, int64_t span)
{
	const struct sek_authenticator *first = NULL;
	uint32_t i;

	for (i = 0; i < n; i++)
		if (a[i].state == SEK_AUTHENTICATOR_ACTIVE &&
		    sek_card_is_method((enum sek_method)a[i].method) &&
		    (need->accept & SEK_METHOD_BIT((unsigned)a[i].method)) !=
		    0 && a[i].card.not_after != 0 && need->wall != 0 &&
		    a[i].card.not_after - need->wall / SEK_SECOND <= span &&
		    (first == NULL ||
		    a[i].card.not_after < first->card.not_after))
			first = &a[i];
	return (first);
}

/* As anybody there might be: by service and policy alone. */
static void
anybody(struct sek_claimant *out, const struct sek_claimant *who)
{
	*out = *who;
	out->known = 1;
	out->privileged = 0;
	if (out->uid == SEK_UID_NONE || out->uid == 0)
		out->uid = out->caller != 0 ? out->caller : 65534;
}

void
sek_facts_tickets(struct sek_facts_tickets *out,
    const struct sek_claimant *who, const struct sek_settings *settings,
    const struct sek_requirement *need, const struct sek_lookup_out *l,
    bool enrols, int64_t wall)
{
	enum sek_substitute_form form =
	    (enum sek_substitute_form)settings->ticket.substitute;
	bool accepted = (need->accept &
	    SEK_METHOD_BIT(SEK_METHOD_TICKET)) != 0 &&
	    !need->crypto_possession, grace;
	struct sek_claimant any;

	memset(out, 0, sizeof *out);
	anybody(&any, who);
	out->takes = (sek_ticket_purposes(&any, SEK_SUBSTITUTE_CODE, false) &
	    SEK_PURPOSE_BIT(SEK_PURPOSE_SUBSTITUTE)) != 0;
	grace = out->takes && wall < sek_settings_grace_end(settings);
	out->offers = accepted && sek_ticket_offers(&any, form);
	out->wishes = out->offers || grace;
	out->beside.asked = out->offers ||
	    sek_ticket_purposes(&any, form, enrols) != 0;
	if (l == NULL || !who->known)
		return;
	out->purposes = accepted ? sek_ticket_purposes(who, form, enrols) : 0;
	out->grace = grace && !who->privileged && !l->bound &&
	    !l->clock_back && !l->account.shared;
	out->beside.grace = out->grace;
	out->beside.live = l->tickets & out->purposes;
	out->beside.attends = out->offers && (out->purposes &
	    SEK_PURPOSE_BIT(SEK_PURPOSE_SUBSTITUTE)) != 0;
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
	e->no_direct = settings->privilege.no_direct;
	e->has_hours = sek_window_parse(&e->hours, settings->account.hours) ==
	    SEK_OK && sek_clock_offset(&e->zone, settings->terminal.timezone) ==
	    SEK_OK;
	e->slot = SEK_SLOT_LOCKED;
	e->dormant_after = settings->account.dormant == SEK_DORMANT_REFUSE ?
	    settings->account.dormant_after : SEK_SPAN_NEVER;
}

void
sek_facts_store(struct sek_entry *e, const struct sek_lookup_out *l,
    int64_t wall)
{
	e->account = &l->account;
	e->person = &l->person;
	e->lock = &l->lock;
	e->caller_lock = &l->caller_lock;
	e->woken = l->woken;
	e->temporary_until = l->temporary_until;
	e->wall = wall;
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

uint32_t
sek_facts_substitutes(struct sek_settings *settings, const char *account,
    const char *whose)
{
	uint32_t days;

	sek_settings_for(settings, account);
	days = settings->ticket.substitute == SEK_SUBSTITUTE_CODE ?
	    (uint32_t)settings->ticket.substitute_max : 0;
	sek_settings_for(settings, whose);
	return (days);
}

int64_t
sek_facts_ticket_end(const struct sek_settings *settings,
    enum sek_purpose purpose, int64_t from)
{
	int64_t end, day;

	if (purpose == SEK_PURPOSE_ENROL)
		return (from + settings->ticket.enrol_valid * SEK_SECOND);
	if (purpose != SEK_PURPOSE_SUBSTITUTE)
		return (0);
	end = from + settings->ticket.substitute_valid * SEK_SECOND;
	day = sek_ticket_day_end(from, settings->terminal.timezone);
	return (day < end ? day : end);
}
