/*
 * entry.c - the rules a login has to pass, one step after another
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/rule/entry.h"
#include "sekisho/rule/password.h"
#include "sekisho/rule/stack_edit.h"

/* cron and at (Debian's and others' names), systemd's user manager and
 * runuser: programs that never call pam_authenticate. */
#define WITHOUT_AUTH	"cron crond atd systemd-user runuser runuser-l"

/* Transactions of our own, flow/proof: an approval is given by both kinds. */
#define PROVES		"sekisho-helper sekisho-witness"

static enum sek_reason
known(const struct sek_entry *e)
{

	return (e->who->known ? SEK_REASON_NONE : SEK_REASON_UNKNOWN);
}

static enum sek_reason
remote(const struct sek_entry *e)
{

	return (e->who->remote && !sek_policy_remote_allowed(e->allow_remote,
	    e->who->rhost) ? SEK_REASON_REMOTE_NOT_ALLOWED : SEK_REASON_NONE);
}

/* Of a name that nobody has no list says anything: it is like any other. */
static bool
may_be_listed(const struct sek_entry *e)
{

	return (!e->who->known ||
	    (e->allow_users[0] == '\0' && e->allow_groups[0] == '\0') ||
	    sek_policy_listed(e->allow_users, e->who->name));
}

static enum sek_reason
listed(const struct sek_entry *e)
{

	return (may_be_listed(e) || e->in_groups ? SEK_REASON_NONE :
	    SEK_REASON_USER_NOT_ALLOWED);
}

static enum sek_reason
account(const struct sek_entry *e, enum sek_account_rule rule)
{

	return (sek_policy_account_rule(rule, e->account, e->person,
	    e->who->uid, e->wall));
}

static enum sek_reason
uid(const struct sek_entry *e)
{

	return (account(e, SEK_ACCOUNT_RULE_UID));
}

static enum sek_reason
retired(const struct sek_entry *e)
{

	return (account(e, SEK_ACCOUNT_RULE_RETIRED));
}

static enum sek_reason
suspended(const struct sek_entry *e)
{

	return (account(e, SEK_ACCOUNT_RULE_SUSPENDED));
}

static enum sek_reason
term(const struct sek_entry *e)
{

	return (account(e, SEK_ACCOUNT_RULE_TERM));
}

/*
 * A privileged person who sits at this machine is let in: else a terminal that
 * nobody looked after for long would be shut to all who could wake them.
 */
static enum sek_reason
dormant(const struct sek_entry *e)
{

	if (e->account->name[0] == '\0' || !sek_entry_begins(e->who->service) ||
	    (e->who->privileged && e->who->console))
		return (SEK_REASON_NONE);
	return (e->wall >= sek_account_dormant_at(e->account, e->woken,
	    e->dormant_after) ? SEK_REASON_DORMANT : SEK_REASON_NONE);
}

/*
 * Root under any other name is root: whoever keeps "root" out means uid 0.
 */
static enum sek_reason
direct(const struct sek_entry *e)
{

	if (!sek_entry_is_login(e->who->service))
		return (SEK_REASON_NONE);
	return (sek_policy_listed(e->no_direct, e->who->name) ||
	    (e->who->uid == 0 && sek_policy_listed(e->no_direct, "root")) ?
	    SEK_REASON_DIRECT : SEK_REASON_NONE);
}

/* Root who sits at this machine mends it at night, too. */
static enum sek_reason
hours(const struct sek_entry *e)
{

	if (!sek_entry_is_login(e->who->service) ||
	    (e->who->uid == 0 && e->who->console))
		return (SEK_REASON_NONE);
	return (e->has_hours && sek_window_contains(&e->hours,
	    e->wall / SEK_SECOND, e->zone) ? SEK_REASON_NONE :
	    SEK_REASON_HOURS);
}

/* root is asked for another one by the account phase, and let in. */
static enum sek_reason
password(const struct sek_entry *e)
{

	return (e->who->uid != 0 && e->temporary_until != 0 &&
	    e->wall >= e->temporary_until ? SEK_REASON_PASSWORD_OVER :
	    SEK_REASON_NONE);
}

/* At the console the reserve may still grant an attempt: the slot decides.
 * Elsewhere a lock verifies nothing. */
static enum sek_reason
lock(const struct sek_entry *e)
{

	return (e->lock->locked && !e->who->console ? SEK_REASON_LOCKED :
	    SEK_REASON_NONE);
}

static enum sek_reason
caller(const struct sek_entry *e)
{

	return (e->who->caller != 0 && e->who->caller != e->who->uid &&
	    e->caller_lock->locked ? SEK_REASON_CALLER_LOCKED :
	    SEK_REASON_NONE);
}

static enum sek_reason
slot(const struct sek_entry *e)
{

	return (sek_entry_slot(e->slot, e->caller_full));
}

static enum sek_reason
plan(const struct sek_entry *e)
{

	if (e->plan->possible)
		return (SEK_REASON_NONE);
	return (e->who->known ? SEK_REASON_NOT_ENROLLED : SEK_REASON_UNKNOWN);
}

#define IN_AUTH		1u
#define IN_ACCOUNT	2u
#define OF_TERMINAL	4u	/* not for the system's own services */

static const struct step {
	enum sek_reason	(*fn)(const struct sek_entry *);
	unsigned	  when;
} steps[SEK_ENTRY_STEPS] = {
	[SEK_ENTRY_KNOWN] = { known, IN_ACCOUNT },
	[SEK_ENTRY_REMOTE] = { remote, IN_AUTH | IN_ACCOUNT | OF_TERMINAL },
	[SEK_ENTRY_LISTED] = { listed, IN_AUTH | IN_ACCOUNT | OF_TERMINAL },
	[SEK_ENTRY_UID] = { uid, IN_AUTH | IN_ACCOUNT },
	[SEK_ENTRY_RETIRED] = { retired, IN_AUTH | IN_ACCOUNT },
	[SEK_ENTRY_SUSPENDED] = { suspended, IN_AUTH | IN_ACCOUNT },
	[SEK_ENTRY_TERM] = { term, IN_AUTH | IN_ACCOUNT },
	[SEK_ENTRY_DORMANT] = { dormant, IN_AUTH | IN_ACCOUNT | OF_TERMINAL },
	[SEK_ENTRY_DIRECT] = { direct, IN_AUTH | IN_ACCOUNT | OF_TERMINAL },
	[SEK_ENTRY_HOURS] = { hours, IN_AUTH | IN_ACCOUNT | OF_TERMINAL },
	[SEK_ENTRY_PASSWORD] = { password,
	    IN_AUTH | IN_ACCOUNT | OF_TERMINAL },
	[SEK_ENTRY_LOCK] = { lock, IN_AUTH },
	[SEK_ENTRY_CALLER] = { caller, IN_AUTH },
	[SEK_ENTRY_SLOT] = { slot, IN_AUTH },
	[SEK_ENTRY_PLAN] = { plan, IN_AUTH }
};

bool
sek_entry_asks_groups(const struct sek_entry *e)
{

	return (!may_be_listed(e) && e->allow_groups[0] != '\0');
}

enum sek_bare
sek_entry_bare(const struct sek_entry *e)
{

	return (sek_policy_bare(e->exempt, e->who->service, e->who->name,
	    e->who->caller));
}

bool
sek_entry_is_terminals(const struct sek_entry *e)
{
	enum sek_bare bare = sek_entry_bare(e);

	return (bare != SEK_BARE_EXEMPT && bare != SEK_BARE_ROOT_SWITCH);
}

bool
sek_entry_has_auth(const char *service)
{

	return (!sek_policy_listed(WITHOUT_AUTH, service));
}

bool
sek_entry_proves(const char *service)
{

	return (sek_policy_listed(PROVES, service));
}

bool
sek_entry_begins(const char *service)
{

	return (!sek_policy_listed(PROVES " " SEK_EDIT_LOCKER, service) &&
	    sek_policy_bare("", service, "", 0) != SEK_BARE_REUSE &&
	    sek_edit_rule(service)->entry != SEK_ENTRY_LOCKER);
}

bool
sek_entry_is_login(const char *service)
{

	return (sek_entry_begins(service) && !sek_edit_rule(service)->inside);
}

bool
sek_entry_applies(const struct sek_entry *e, enum sek_phase phase,
    enum sek_entry_step step)
{
	const struct step *s = &steps[step];

	if (phase == SEK_PHASE_AUTH)
		return ((s->when & IN_AUTH) != 0);
	return (phase == SEK_PHASE_ACCOUNT && (s->when & IN_ACCOUNT) != 0 &&
	    e->who->uid != 0 &&
	    ((s->when & OF_TERMINAL) == 0 || sek_entry_is_terminals(e)));
}

enum sek_reason
sek_entry_step(const struct sek_entry *e, enum sek_phase phase,
    enum sek_entry_step step)
{

	return (sek_entry_applies(e, phase, step) ? steps[step].fn(e) :
	    SEK_REASON_NONE);
}

enum sek_reason
sek_entry_first(const struct sek_entry *e, enum sek_phase phase,
    enum sek_entry_step first, enum sek_entry_step last)
{
	enum sek_reason reason = SEK_REASON_NONE;
	unsigned i;

	for (i = first; i <= (unsigned)last && reason == SEK_REASON_NONE; i++)
		reason = sek_entry_step(e, phase, (enum sek_entry_step)i);
	return (reason);
}

enum sek_reason
sek_entry_slot(enum sek_slot verdict, bool caller_full)
{

	switch (verdict) {
	case SEK_SLOT_GRANTED:
		return (SEK_REASON_NONE);
	case SEK_SLOT_BUSY:
		return (SEK_REASON_BUSY);
	case SEK_SLOT_LOCKED:
	default:
		return (caller_full ? SEK_REASON_CALLER_LOCKED :
		    SEK_REASON_LOCKED);
	}
}

enum sek_reason
sek_entry_code(const struct sek_authenticator *a, uint32_t methods,
    uint32_t cap, bool clock_back)
{

	if (a->state != SEK_AUTHENTICATOR_ACTIVE ||
	    (a->method != SEK_METHOD_TOTP && a->method != SEK_METHOD_HOTP) ||
	    (methods & SEK_METHOD_BIT(a->method)) == 0)
		return (SEK_REASON_WRONG);
	if (cap != 0 && a->failures >= cap)
		return (SEK_REASON_CAPPED);
	if (a->method == SEK_METHOD_TOTP && clock_back)
		return (SEK_REASON_CLOCK);
	return (SEK_REASON_NONE);
}
