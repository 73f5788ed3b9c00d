/*
 * explain.c - why a login would be refused or allowed: a run of the rules
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: what refuses here is a step of rule/entry, or an error that logins
 * meet alike; nothing else makes a no.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/card.h"
#include "sekisho/edge/fido2.h"
#include "sekisho/edge/fingerprint.h"
#include "sekisho/edge/helper_file.h"
#include "sekisho/flow/explain.h"
#include "sekisho/flow/explain_stack.h"
#include "sekisho/flow/facts.h"
#include "sekisho/rule/oath.h"
#include "sekisho/rule/stack_edit.h"

#define CODES	(SEK_METHOD_BIT(SEK_METHOD_TOTP) | \
		SEK_METHOD_BIT(SEK_METHOD_HOTP))

static const char *const rule_names[SEK_EXPLAIN_RULES] = {
	"policy", "stack", "store", "accounts", "account", "remote", "list",
	"state", "term", "lock", "caller", "enrolment", "authenticator",
	"clock", "service", "exception", "password", "hours"
};

static const char *const word_names[SEK_WORDS] = {
	"", "not-begun", "ended", "person-suspended", "passed", "reserve",
	"no-service", "not-ours", "account-not-ours", "shut", "unsound",
	"idle", "capped", "spent", "just-used", "totp-left-out", "exempt",
	"root-switch", "reuse",
	"no-auth", "proves-nothing", "other-policy", "from-unsaid",
	"locker", "locker-shut",
	"exception", "floor", "lapsed", "grace", "ticket", "witness",
	"suspect", "no-line", "no-key-line", "no-object", "no-card-line",
	"no-card-object", "no-pcscd", "card-ended", "card-ending",
	"no-finger-line", "no-finger-object", "no-fprintd", "finger-gone",
	"from-afar", "change-due", "password-ending", "dormant"
};

/* What may be plugged in: its methods, and what is said where no line asks for
 * it, and where what talks to it is not installed. */
static const struct {
	uint32_t		methods;
	enum sek_explain_word	no_line;
	enum sek_explain_word	no_object;
	enum sek_explain_word	no_service;
} devices[SEK_EXPLAIN_DEVICES] = {
	[SEK_EXPLAIN_CARD] = { SEK_METHODS_CARD, SEK_WORD_NO_CARD_LINE,
	    SEK_WORD_NO_CARD_OBJECT, SEK_WORD_NO_PCSCD },
	[SEK_EXPLAIN_KEY] = { SEK_METHOD_BIT(SEK_METHOD_FIDO2),
	    SEK_WORD_NO_KEY_LINE, SEK_WORD_NO_OBJECT, SEK_WORD_REASON },
	[SEK_EXPLAIN_FINGER] = { SEK_METHOD_BIT(SEK_METHOD_FINGERPRINT),
	    SEK_WORD_NO_FINGER_LINE, SEK_WORD_NO_FINGER_OBJECT,
	    SEK_WORD_NO_FPRINTD }
};

const char *
sek_explain_rule_name(enum sek_explain_rule r)
{
	return ((unsigned)r < SEK_EXPLAIN_RULES ? rule_names[r] : "");
}

const char *
sek_explain_word_name(enum sek_explain_word w)
{
	return ((unsigned)w < SEK_WORDS ? word_names[w] : "");
}

bool
sek_explain_is_answer(enum sek_err err)
{
	switch (err) {
	case SEK_ERR_SETTINGS:
	case SEK_ERR_SYNTAX:
	case SEK_ERR_RANGE:
	case SEK_ERR_UNTRUSTED:
	case SEK_ERR_UNSUPPORTED:
	case SEK_ERR_STORE:
	case SEK_ERR_STORE_MISSING:
	case SEK_ERR_STORE_READONLY:
	case SEK_ERR_STORE_FULL:
	case SEK_ERR_STORE_DAMAGED:
	case SEK_ERR_STORE_FOREIGN:
	case SEK_ERR_STORE_NEWER:
	case SEK_ERR_TAMPERED:
	case SEK_ERR_ACCOUNTS:
	case SEK_ERR_CRYPTO:
	case SEK_ERR_IO:
	case SEK_ERR_NOT_FOUND:
		return (true);
	default:
		return (false);
	}
}

struct sek_finding *
sek_explain_add(struct sek_explain *x, enum sek_explain_rule rule,
    enum sek_explain_word word, enum sek_reason reason, bool blocks)
{
	struct sek_finding *f;

	if (blocks && !x->blocked)
		x->reason = reason;
	if (blocks) {
		x->allowed = false;
		x->blocked = true;
	}
	if (x->n >= SEK_FINDINGS_MAX)
		return (NULL);
	f = &x->finding[x->n++];
	memset(f, 0, sizeof *f);
	f->rule = rule;
	f->word = word;
	f->reason = reason;
	f->blocks = blocks;
	return (f);
}

static void
detail(struct sek_finding *f, const char *text)
{
	if (f != NULL)
		sek_text_printable(f->detail, sizeof f->detail, text);
}

static void
line(struct sek_finding *f, const char *where)
{
	if (f != NULL)
		(void)sek_text_copy(f->line, sizeof f->line, where);
}

static void
key(struct sek_finding *f, const char *name)
{
	if (f != NULL)
		f->key = name;
}

/* ------------------------------------------------------- steps to words -- */

static const struct {
	enum sek_explain_rule	 rule;
	const char		*key;
} of_step[SEK_ENTRY_STEPS] = {
	[SEK_ENTRY_KNOWN] = { SEK_EXPLAIN_ACCOUNT, NULL },
	[SEK_ENTRY_REMOTE] = { SEK_EXPLAIN_REMOTE, "terminal.allow_remote" },
	[SEK_ENTRY_LISTED] = { SEK_EXPLAIN_LIST, "terminal.allow_users" },
	[SEK_ENTRY_UID] = { SEK_EXPLAIN_ACCOUNT, NULL },
	[SEK_ENTRY_RETIRED] = { SEK_EXPLAIN_STATE, NULL },
	[SEK_ENTRY_SUSPENDED] = { SEK_EXPLAIN_STATE, NULL },
	[SEK_ENTRY_TERM] = { SEK_EXPLAIN_TERM, NULL },
	[SEK_ENTRY_DORMANT] = { SEK_EXPLAIN_STATE, "account.dormant_after" },
	[SEK_ENTRY_DIRECT] = { SEK_EXPLAIN_LIST, "privilege.no_direct" },
	[SEK_ENTRY_HOURS] = { SEK_EXPLAIN_HOURS, "account.hours" },
	[SEK_ENTRY_PASSWORD] = { SEK_EXPLAIN_STATE,
	    "password.temporary_valid" },
	[SEK_ENTRY_LOCK] = { SEK_EXPLAIN_LOCK, "lockout.deny" },
	[SEK_ENTRY_CALLER] = { SEK_EXPLAIN_CALLER, "lockout.deny" },
	[SEK_ENTRY_SLOT] = { SEK_EXPLAIN_LOCK, "lockout.deny" },
	[SEK_ENTRY_PLAN] = { SEK_EXPLAIN_ENROLMENT, "factors.accept" }
};

static int64_t
lock_end(const struct sek_lock_state *l)
{
	return (l->never ? SEK_SPAN_NEVER : l->until);
}

static void
suspended(struct sek_finding *f, const struct sek_entry *e)
{
	if (e->account->state != SEK_ACCOUNT_SUSPENDED) {
		f->word = SEK_WORD_PERSON_SUSPENDED;
		return;
	}
	f->until = e->account->suspended_until;
	detail(f, e->account->reason);
}

static void
term(struct sek_finding *f, const struct sek_entry *e)
{
	if (e->person->from != 0 && e->wall < e->person->from) {
		f->word = SEK_WORD_NOT_BEGUN;
		f->until = e->person->from;
	} else {
		f->word = SEK_WORD_ENDED;
		f->since = e->person->to;
	}
}

static void
describe(struct sek_finding *f, const struct sek_entry *e,
    enum sek_entry_step step)
{
	bool privileged = e->who->privileged != 0;

	switch (step) {
	case SEK_ENTRY_LISTED:
		if (e->allow_users[0] == '\0')
			f->key = "terminal.allow_groups";
		break;
	case SEK_ENTRY_SUSPENDED:
		suspended(f, e);
		break;
	case SEK_ENTRY_TERM:
		term(f, e);
		break;
	case SEK_ENTRY_DORMANT:
		f->since = sek_account_dormant_at(e->account, e->woken,
		    e->dormant_after);
		break;
	case SEK_ENTRY_PASSWORD:
		f->since = e->temporary_until;
		break;
	case SEK_ENTRY_LOCK:
	case SEK_ENTRY_SLOT:
		f->until = lock_end(e->lock);
		f->key = privileged ? "lockout.privileged_deny" :
		    "lockout.deny";
		if (f->reason != SEK_REASON_CALLER_LOCKED)
			break;
		f->rule = SEK_EXPLAIN_CALLER;
		/* FALLTHROUGH */
	case SEK_ENTRY_CALLER:
		f->until = lock_end(e->caller_lock);
		f->key = "lockout.deny";
		break;
	case SEK_ENTRY_PLAN:
		if (f->reason == SEK_REASON_UNKNOWN) {
			f->rule = SEK_EXPLAIN_ACCOUNT;
			f->key = NULL;
		}
		break;
	case SEK_ENTRY_KNOWN:
	case SEK_ENTRY_REMOTE:
	case SEK_ENTRY_UID:
	case SEK_ENTRY_RETIRED:
	case SEK_ENTRY_DIRECT:
	case SEK_ENTRY_HOURS:
	case SEK_ENTRY_STEPS:
	default:
		break;
	}
}

static bool
is_told(const struct sek_explain *x, enum sek_reason reason)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (x->finding[i].reason == reason && x->finding[i].blocks)
			return (true);
	return (false);
}

/* Each step by itself, so that all that refuses is told at once. */
static void
take_steps(struct sek_explain *x, const struct sek_entry *e,
    enum sek_phase phase, enum sek_entry_step first, enum sek_entry_step last)
{
	struct sek_finding *f;
	enum sek_reason reason;
	unsigned i;

	for (i = first; i <= (unsigned)last; i++) {
		reason = sek_entry_step(e, phase, (enum sek_entry_step)i);
		if (reason == SEK_REASON_NONE || is_told(x, reason))
			continue;
		f = sek_explain_add(x, of_step[i].rule, SEK_WORD_REASON,
		    reason, true);
		if (f == NULL)
			continue;
		f->key = of_step[i].key;
		describe(f, e, (enum sek_entry_step)i);
	}
}

/* ----------------------------------------------------------- enrolment -- */

static void
name_token(struct sek_finding *f, const struct sek_authenticator *a)
{
	char text[SEK_FINDING_TEXT];

	if (f == NULL)
		return;
	(void)sek_text_format(text, sizeof text, "%s %s%s%s (%s)",
	    sek_method_name((enum sek_method)a->method), a->id,
	    a->label[0] != '\0' ? " " : "", a->label,
	    sek_authenticator_state_name(
	    (enum sek_authenticator_state)a->state));
	detail(f, text);
}

/* How long the code of the moment is one used up already, us. */
static int64_t
dead_for(const struct sek_authenticator *a, int64_t wall)
{
	return (sek_oath_dead_until(&a->oath) * SEK_SECOND - wall);
}

/* Does something else do where no code of a token can? */
static bool
stood_in(const struct sek_explain *x)
{
	return (x->tickets.beside.live != 0 || x->tickets.beside.attends);
}

struct tokens {
	uint32_t	capped, clock, spent;
	int64_t		until;		/* the first that is good again */
	bool		any;		/* one may be tried now, or next */
};

static void
count_token(struct tokens *all, const struct sek_authenticator *a,
    enum sek_reason why, int64_t wall)
{
	int64_t dead = dead_for(a, wall);

	all->clock += why == SEK_REASON_CLOCK;
	all->capped += why == SEK_REASON_CAPPED;
	if (why != SEK_REASON_NONE)
		return;
	if (dead <= 0) {
		all->any = true;
		all->until = 0;
		return;
	}
	all->spent++;
	if (!all->any && (all->until == 0 || wall + dead < all->until))
		all->until = wall + dead;
	all->any = all->any || dead <= 2 * a->oath.period * SEK_SECOND;
}

static void
tell_tokens(struct sek_explain *x, const struct tokens *all)
{
	struct sek_finding *f = NULL;

	if (all->until != 0 && all->any)
		f = sek_explain_add(x, SEK_EXPLAIN_CLOCK, SEK_WORD_JUST_USED,
		    SEK_REASON_NONE, false);
	else if (all->spent > 0 && !all->any)
		f = sek_explain_add(x, SEK_EXPLAIN_CLOCK, SEK_WORD_SPENT,
		    SEK_REASON_WRONG, !stood_in(x));
	if (f != NULL)
		f->until = all->until;
	if (all->clock > 0)
		key(sek_explain_add(x, SEK_EXPLAIN_CLOCK, all->any ?
		    SEK_WORD_TOTP_LEFT_OUT : SEK_WORD_REASON,
		    SEK_REASON_CLOCK, !all->any && all->spent == 0 &&
		    !stood_in(x)),
		    "lockout.clock_step");
}

/* A plan of a code is of use where one of his tokens may be tried: the same
 * question as consuming asks. */
static void
usable_codes(struct sek_explain *x, const struct sek_settings *s)
{
	const struct sek_lookup_out *l = &x->prospect->found;
	uint32_t i, methods = s->factors.accept & CODES;
	enum sek_reason why[SEK_AUTHENTICATORS_MAX];
	struct tokens all = { 0 };
	struct sek_finding *f;

	if ((x->plan.methods & CODES) == 0 || !x->plan.possible)
		return;
	for (i = 0; i < l->nauthenticators; i++) {
		why[i] = sek_entry_code(&l->authenticator[i], methods,
		    (uint32_t)s->lockout.lifetime_cap, l->clock_back != 0);
		count_token(&all, &l->authenticator[i], why[i],
		    x->prospect->at);
	}
	for (i = 0; i < l->nauthenticators; i++) {
		if (why[i] != SEK_REASON_CAPPED)
			continue;
		f = sek_explain_add(x, SEK_EXPLAIN_AUTHENTICATOR,
		    SEK_WORD_CAPPED, why[i], !all.any && all.clock == 0 &&
		    all.spent == 0 && !stood_in(x));
		key(f, "lockout.lifetime_cap");
		name_token(f, &l->authenticator[i]);
	}
	tell_tokens(x, &all);
}

/* What stands in for a factor, or why none is asked. */
static void
tell_tickets(struct sek_explain *x, const struct sek_settings *s, bool bare)
{
	const struct sek_facts_tickets *t = &x->tickets;
	struct sek_finding *f = NULL;

	if (t->beside.live != 0) {
		key(sek_explain_add(x, SEK_EXPLAIN_ENROLMENT, SEK_WORD_TICKET,
		    SEK_REASON_NONE, false), "factors.accept");
	} else if (t->grace && x->plan.possible && !bare) {
		f = sek_explain_add(x, SEK_EXPLAIN_ENROLMENT, SEK_WORD_GRACE,
		    SEK_REASON_NONE, false);
		if (f != NULL)
			f->until = sek_settings_grace_end(s);
		key(f, "factors.grace");
	} else if (t->beside.attends && x->plan.possible && !bare)
		key(sek_explain_add(x, SEK_EXPLAIN_ENROLMENT,
		    SEK_WORD_WITNESS, SEK_REASON_NONE, false),
		    "ticket.substitute");
}

/* What is asked for without a device there, and with each. */
static void
plans(struct sek_explain *x, const struct sek_requirement *need)
{
	const struct sek_lookup_out *l = &x->prospect->found;
	struct sek_plan_devices d = { .remote = x->who.remote != 0 };
	struct sek_explain_with *w;
	uint32_t i, have = 0;
	unsigned k;

	sek_policy_plan(&x->plan, need, l->authenticator, l->nauthenticators,
	    &x->tickets.beside, &d);
	for (i = 0; i < l->nauthenticators; i++)
		if (sek_policy_active(need, &l->authenticator[i]))
			have |= SEK_METHOD_BIT(l->authenticator[i].method);
	for (k = 0; k < SEK_EXPLAIN_DEVICES; k++) {
		w = &x->with[k];
		memset(&w->plan, 0, sizeof(w->plan));
		w->has = (have & need->accept & devices[k].methods) != 0 &&
		    (k != SEK_EXPLAIN_FINGER || !d.remote);
		/* What is not installed sees none. */
		d.card = k == SEK_EXPLAIN_CARD && !w->no_object &&
		    !w->no_service;
		d.fido2 = k == SEK_EXPLAIN_KEY && !w->no_object;
		d.finger = k == SEK_EXPLAIN_FINGER && !w->no_object &&
		    !w->no_service;
		if (w->has)
			sek_policy_plan(&w->plan, need, l->authenticator,
			    l->nauthenticators, &x->tickets.beside, &d);
	}
}

/* Cards whose certificate has ended open nothing; of others it is told in
 * time. */
static void
certificates(struct sek_explain *x, const struct sek_settings *s,
    const struct sek_requirement *need)
{
	const struct sek_lookup_out *l = &x->prospect->found;
	const struct sek_authenticator *a;
	struct sek_finding *f;
	uint32_t i;

	for (i = 0; i < l->nauthenticators; i++) {
		if ((a = sek_facts_ending(&l->authenticator[i], 1, need,
		    s->card.warn)) == NULL)
			continue;
		f = sek_explain_add(x, SEK_EXPLAIN_AUTHENTICATOR,
		    sek_policy_active(need, a) ? SEK_WORD_CARD_ENDING :
		    SEK_WORD_CARD_ENDED, SEK_REASON_NONE, false);
		name_token(f, a);
		if (f != NULL && f->word == SEK_WORD_CARD_ENDED)
			f->since = a->card.not_after * SEK_SECOND;
		else if (f != NULL)
			f->until = a->card.not_after * SEK_SECOND;
	}
}

/* What he is counts at this terminal alone; from afar that is told. */
static uint32_t
here_alone(struct sek_explain *x, const struct sek_requirement *need,
    uint32_t have)
{

	if (x->who.remote == 0)
		return (have);
	if ((have & need->accept & SEK_METHODS_BIOMETRIC) != 0)
		(void)sek_explain_add(x, SEK_EXPLAIN_AUTHENTICATOR,
		    SEK_WORD_FROM_AFAR, SEK_REASON_NONE, false);
	return (have & ~SEK_METHODS_BIOMETRIC);
}

/* survey: what a witness could do is no plan for tomorrow. */
static void
enrolment(struct sek_explain *x, const struct sek_settings *s, bool survey)
{
	const struct sek_lookup_out *l = &x->prospect->found;
	struct sek_claimant who = x->who;
	struct sek_requirement need;
	uint32_t i, have = SEK_METHOD_BIT(SEK_METHOD_PASSWORD), verified = 0;

	sek_facts_requirement(&need, s, x->service != NULL ? x->service :
	    "");
	sek_facts_shared(&need, l);
	/* A certificate may have ended by then. */
	need.wall = x->prospect->at;
	/* Any login, where none is named. */
	if (who.service[0] == '\0')
		memcpy(who.service, "login", sizeof("login"));
	sek_facts_tickets(&x->tickets, &who, s, &need, l, false,
	    x->prospect->at);
	/* Where no line takes them up they are wrong answers. */
	if (x->no_tickets)
		memset(&x->tickets, 0, sizeof(x->tickets));
	x->tickets.beside.attends = x->tickets.beside.attends && !survey;
	plans(x, &need);
	certificates(x, s, &need);
	for (i = 0; i < l->nauthenticators; i++) {
		if (!sek_policy_active(&need, &l->authenticator[i]))
			continue;
		have |= SEK_METHOD_BIT(l->authenticator[i].method);
		verified |= sek_policy_verified(&need, &l->authenticator[i]);
	}
	have = here_alone(x, &need, have);
	if (!x->who.known)
		have = 0;
	tell_tickets(x, s, sek_policy_reach_by(&x->kinds, &need, have,
	    verified));
	/* That a code could be taken is told where there could be one. */
	if (stood_in(x)) {
		x->kinds |= SEK_KIND_POSSESSION;
	} else {
		x->plan.methods &= ~SEK_METHOD_BIT(SEK_METHOD_TICKET);
		for (i = 0; i < SEK_EXPLAIN_DEVICES; i++)
			x->with[i].plan.methods &=
			    ~SEK_METHOD_BIT(SEK_METHOD_TICKET);
	}
}

/* Their names, with blanks between. */
static void
detail_methods(struct sek_finding *f, uint32_t methods)
{
	char text[SEK_FINDING_TEXT] = "";
	size_t used = 0;
	unsigned m;

	for (m = SEK_METHOD_NONE + 1; m < SEK_METHOD_COUNT; m++)
		if ((methods & SEK_METHOD_BIT(m)) != 0) {
			(void)sek_text_format(text + used,
			    sizeof text - used, "%s%s", used > 0 ? " " : "",
			    sek_method_name((enum sek_method)m));
			used = strlen(text);
		}
	detail(f, text);
}

/* Is it his own proof alone that lets him in? */
static bool
is_unaided(const struct sek_explain *x)
{
	return (x->plan.possible && !stood_in(x) && !x->tickets.grace);
}

/* A method that no line of the service asks for is never proved there. */
static void
missing_lines(struct sek_explain *x)
{
	uint32_t lack = x->plan.methods & ~x->lines, m;
	struct sek_finding *f;
	unsigned k;

	if (!x->lines_known || !is_unaided(x))
		return;
	for (m = SEK_METHOD_NONE + 1; m < SEK_METHOD_COUNT; m++)
		if ((lack & SEK_METHOD_BIT(m)) != 0) {
			detail(sek_explain_add(x, SEK_EXPLAIN_STACK,
			    SEK_WORD_NO_LINE, SEK_REASON_NONE, true),
			    sek_method_name((enum sek_method)m));
			return;
		}
	for (k = 0; k < SEK_EXPLAIN_DEVICES; k++) {
		lack = x->with[k].plan.methods & devices[k].methods &
		    ~x->lines;
		if (!x->with[k].has || lack == 0)
			continue;
		f = sek_explain_add(x, SEK_EXPLAIN_STACK, devices[k].no_line,
		    SEK_REASON_NONE, false);
		detail_methods(f, lack);
	}
}

/* Nothing here talks to such devices: who has nothing else does not get in. */
static void
missing_object(struct sek_explain *x)
{
	const struct sek_explain_with *w;
	struct sek_finding *f;
	bool blocks;
	unsigned k;

	for (k = 0; k < SEK_EXPLAIN_DEVICES; k++) {
		w = &x->with[k];
		if (!w->has || (!w->no_object && !w->no_service))
			continue;
		blocks = (x->plan.methods & devices[k].methods) != 0 &&
		    x->plan.instead == 0 && is_unaided(x);
		f = sek_explain_add(x, SEK_EXPLAIN_AUTHENTICATOR,
		    w->no_object ? devices[k].no_object :
		    devices[k].no_service,
		    blocks ? SEK_REASON_DEVICE : SEK_REASON_NONE, blocks);
		detail_methods(f, w->plan.methods & devices[k].methods);
		if (f != NULL && f->detail[0] == '\0')
			detail_methods(f, devices[k].methods);
	}
}

/* A template that is not here (another machine's, one deleted) opens
 * nothing. */
static void
missing_finger(struct sek_explain *x)
{
	const struct sek_explain_with *w = &x->with[SEK_EXPLAIN_FINGER];
	const struct sek_authenticator *a;
	uint32_t i;

	if (!w->has || w->no_object || w->no_service)
		return;
	for (i = 0; i < x->prospect->found.nauthenticators; i++) {
		a = &x->prospect->found.authenticator[i];
		if (a->method == SEK_METHOD_FINGERPRINT &&
		    a->state == SEK_AUTHENTICATOR_ACTIVE && (w->fingers &
		    SEK_FINGER_BIT(a->biometric.finger)) == 0)
			name_token(sek_explain_add(x,
			    SEK_EXPLAIN_AUTHENTICATOR, SEK_WORD_FINGER_GONE,
			    SEK_REASON_NONE, false), a);
	}
}

static void
idle_tokens(struct sek_explain *x)
{
	uint32_t i;

	for (i = 0; x->prospect != NULL && i < x->prospect->nidle; i++)
		name_token(sek_explain_add(x, SEK_EXPLAIN_AUTHENTICATOR,
		    x->prospect->idle[i].state == SEK_AUTHENTICATOR_SUSPECT ?
		    SEK_WORD_SUSPECT : SEK_WORD_IDLE, SEK_REASON_NONE, false),
		    &x->prospect->idle[i]);
}

/* ------------------------------------------------------------- a person -- */

static void
store_facts(struct sek_entry *e, const struct sek_explain *x)
{
	const struct sek_prospect *p = x->prospect;

	sek_facts_store(e, &p->found, p->at);
	e->plan = &x->plan;
	e->slot = (enum sek_slot)p->slot;
	e->caller_full = p->caller_full != 0;
}

/* A slot tells of a lock once more; busy is nothing that lasts. */
static void
lock_steps(struct sek_explain *x, const struct sek_entry *e)
{
	struct sek_finding *f;

	take_steps(x, e, SEK_PHASE_AUTH, SEK_ENTRY_LOCK, SEK_ENTRY_CALLER);
	if (e->slot != SEK_SLOT_BUSY)
		take_steps(x, e, SEK_PHASE_AUTH, SEK_ENTRY_SLOT,
		    SEK_ENTRY_SLOT);
	if (!e->lock->locked || is_told(x, SEK_REASON_LOCKED))
		return;
	f = sek_explain_add(x, SEK_EXPLAIN_LOCK, SEK_WORD_RESERVE,
	    SEK_REASON_NONE, false);
	if (f != NULL)
		f->until = lock_end(e->lock);
}

static void
auth_steps(struct sek_explain *x, const struct sek_settings *s,
    const struct sek_entry *e)
{
	take_steps(x, e, SEK_PHASE_AUTH, SEK_ENTRY_UID, SEK_ENTRY_PASSWORD);
	lock_steps(x, e);
	take_steps(x, e, SEK_PHASE_AUTH, SEK_ENTRY_PLAN, SEK_ENTRY_PLAN);
	/* A name the store knows and the terminal does not has no uid for the
	 * gate to find again. */
	take_steps(x, e, SEK_PHASE_ACCOUNT, SEK_ENTRY_KNOWN, SEK_ENTRY_KNOWN);
	usable_codes(x, s);
	sek_explain_life(x, s);
}

void
sek_explain_person(struct sek_explain *x, const struct sek_settings *settings,
    const struct sek_prospect *p, bool in_groups)
{
	struct sek_entry e;

	x->allowed = x->asks = true;
	x->blocked = false;
	x->reason = SEK_REASON_NONE;
	x->n = 0;
	x->prospect = p;
	sek_facts_entry(&e, settings, &x->who);
	e.in_groups = in_groups;
	/* What is meant to be so needs nobody's care: an account that is not
	 * for logins, and the hour at which this is asked. */
	e.no_direct = "";
	memset(&e.hours, 0, sizeof e.hours);
	e.has_hours = true;
	enrolment(x, settings, true);
	store_facts(&e, x);
	take_steps(x, &e, SEK_PHASE_AUTH, SEK_ENTRY_LISTED, SEK_ENTRY_LISTED);
	auth_steps(x, settings, &e);
}

/* ----------------------------------------------------------- a service -- */

struct run {
	struct sek_explain		*x;
	struct sek_settings		*settings;
	struct sek_store		*store;
	struct sek_why			*why;
	struct sek_explain_phase	 phase[2];	/* auth, account */
	bool				 locker;	/* asks auth alone */
	bool				 loaded;	/* they are known */
	bool				 account;	/* our gate's there */
	struct sek_entry		 e;
};

static void
tell_phase(struct run *r, enum sek_phase phase)
{
	const struct sek_explain_phase *p = &r->phase[phase];

	if (!p->open)
		line(sek_explain_add(r->x, SEK_EXPLAIN_STACK, SEK_WORD_SHUT,
		    SEK_REASON_NONE, true), p->shut);
	if (p->ours && !p->sound)
		line(sek_explain_add(r->x, SEK_EXPLAIN_STACK,
		    SEK_WORD_UNSOUND, SEK_REASON_NONE, false), p->unsound);
}

static void
tell_conf(struct run *r)
{
	const char *other = r->phase[SEK_PHASE_AUTH].other;

	if (other[0] == '\0')
		other = r->phase[SEK_PHASE_ACCOUNT].other;
	if (other[0] != '\0')
		line(sek_explain_add(r->x, SEK_EXPLAIN_STACK,
		    SEK_WORD_OTHER_POLICY, SEK_REASON_NONE, false), other);
}

/* Which phases are ours to decide. Whoever asks for nothing lets one kind in:
 * that is told, and is no refusal. */
static void
tell_stack(struct run *r)
{
	struct sek_explain *x = r->x;

	x->asks = r->phase[SEK_PHASE_AUTH].ours && x->asks;
	r->account = r->phase[SEK_PHASE_ACCOUNT].ours;
	if (sek_entry_has_auth(x->service)) {
		tell_phase(r, SEK_PHASE_AUTH);
		if (!r->phase[SEK_PHASE_AUTH].ours)
			(void)sek_explain_add(x, SEK_EXPLAIN_STACK,
			    SEK_WORD_NOT_OURS, SEK_REASON_NONE, false);
	} else
		(void)sek_explain_add(x, SEK_EXPLAIN_SERVICE,
		    SEK_WORD_NO_AUTH, SEK_REASON_NONE, false);
	tell_phase(r, SEK_PHASE_ACCOUNT);
	tell_conf(r);
	if (!r->account)
		(void)sek_explain_add(x, SEK_EXPLAIN_STACK,
		    SEK_WORD_ACCOUNT_NOT_OURS, SEK_REASON_NONE, false);
}

/* Nobody unlocks by it: where lies what is wrong. */
static void
locker_shut(struct run *r, const char *where)
{
	detail(sek_explain_add(r->x, SEK_EXPLAIN_STACK, SEK_WORD_LOCKER_SHUT,
	    SEK_REASON_NONE, true), where);
}

static void
lines_of(struct sek_explain *x, const struct sek_explain_phase *auth)
{
	x->lines = auth->methods;
	x->lines_known = auth->ours;
	x->no_tickets = (auth->methods &
	    SEK_METHOD_BIT(SEK_METHOD_TICKET)) == 0;
}

/* The helper goes by these lines alone, and by none that are not sound. */
static enum sek_err
read_helper_stack(struct run *r)
{
	struct sek_explain_phase p;
	struct sek_pam_stack *stack = NULL;
	struct sek_why why = { "" };
	bool shut = false;
	enum sek_err err;
	unsigned i;

	err = sek_pam_stack_load(&stack, r->x->where, SEK_EDIT_LOCKER, &why);
	if (err != SEK_OK && !sek_explain_is_answer(err))
		return (sek_why(r->why, err, "%s", why.text));
	if (err != SEK_OK || !sek_pam_stack_own(stack, SEK_PHASE_AUTH)) {
		locker_shut(r, SEK_EDIT_LOCKER);
		err = SEK_OK;
		goto out;
	}
	for (i = 0; i < 2 && err == SEK_OK; i++) {
		err = sek_explain_stack_phase(&p, stack, (enum sek_phase)i,
		    false, false, r->x->conf);
		shut = shut || !p.open || !p.ours || !p.sound;
		if (i == SEK_PHASE_AUTH)
			lines_of(r->x, &p);
	}
	if (err == SEK_OK && shut)
		locker_shut(r, SEK_EDIT_LOCKER);
out:
	sek_pam_stack_free(&stack);
	return (err);
}

/*
 * A locker: its own lines need only come to our gate, which hands over to
 * sekisho-helper. Account is asked there, and not by most lockers.
 */
static enum sek_err
tell_locker(struct run *r)
{
	struct sek_explain_phase *own = &r->phase[SEK_PHASE_AUTH];
	struct sek_pam_stack_places system;
	struct sek_explain *x = r->x;

	memset(&r->phase[SEK_PHASE_ACCOUNT], 0, sizeof(r->phase[0]));
	r->phase[SEK_PHASE_ACCOUNT].open = true;
	r->locker = true;
	x->asks = r->account = own->ours;
	tell_phase(r, SEK_PHASE_AUTH);
	tell_conf(r);
	if (!own->ours) {
		(void)sek_explain_add(x, SEK_EXPLAIN_STACK, SEK_WORD_NOT_OURS,
		    SEK_REASON_NONE, false);
		return (SEK_OK);
	}
	(void)sek_explain_add(x, SEK_EXPLAIN_SERVICE, SEK_WORD_LOCKER,
	    SEK_REASON_NONE, false);
	sek_pam_stack_system(&system);
	if (strcmp(x->where->dir, system.dir) == 0 &&
	    sek_helper_file_state(SEK_HELPER_FILE) != SEK_HELPER_FILE_GOOD)
		locker_shut(r, SEK_HELPER_FILE);
	return (read_helper_stack(r));
}

static enum sek_err
read_stack(struct run *r)
{
	struct sek_explain *x = r->x;
	struct sek_pam_stack *stack = NULL;
	struct sek_why why = { "" };
	bool root_switch, by_root = x->caller == NULL;
	enum sek_err err;
	unsigned i;

	x->asks = r->account = true;
	if (x->service == NULL)
		return (SEK_OK);
	x->asks = sek_entry_has_auth(x->service);
	root_switch = sek_policy_bare("", x->service, "", 0) ==
	    SEK_BARE_ROOT_SWITCH;
	err = sek_pam_stack_load(&stack, x->where, x->service, &why);
	if (err != SEK_OK) {
		/* libpam refuses what it cannot read, too. */
		if (!sek_explain_is_answer(err) || err == SEK_ERR_SYNTAX)
			return (sek_why(r->why, err, "%s", why.text));
		x->asks = r->account = false;
		detail(sek_explain_add(x, SEK_EXPLAIN_STACK,
		    err == SEK_ERR_NOT_FOUND ? SEK_WORD_NO_SERVICE :
		    SEK_WORD_SHUT, SEK_REASON_NONE, true), why.text);
		return (SEK_OK);
	}
	for (i = 0; i < 2 && err == SEK_OK; i++)
		err = sek_explain_stack_phase(&r->phase[i], stack,
		    (enum sek_phase)i, root_switch, by_root, x->conf);
	sek_pam_stack_free(&stack);
	lines_of(x, &r->phase[SEK_PHASE_AUTH]);
	if (err == SEK_OK && sek_edit_rule(x->service)->entry ==
	    SEK_ENTRY_LOCKER)
		err = tell_locker(r);
	else if (err == SEK_OK)
		tell_stack(r);
	r->loaded = err == SEK_OK;
	return (err);
}

/* ---------------------------------------------------------------- facts -- */

static enum sek_err
claimant(struct run *r)
{
	struct sek_explain *x = r->x;
	struct sek_claimant *who = &x->who;
	struct sek_passwd pw;
	enum sek_err err, caller_err = SEK_OK;

	memset(who, 0, sizeof *who);
	sek_text_printable(who->service, sizeof who->service,
	    x->service != NULL ? x->service : "");
	sek_text_printable(who->tty, sizeof who->tty,
	    x->tty != NULL ? x->tty : "");
	sek_text_printable(who->rhost, sizeof who->rhost,
	    x->rhost != NULL ? x->rhost : "");
	who->remote = who->rhost[0] != '\0' ? 1 : 0;
	err = sek_facts_account(who, r->settings, x->user);
	if (x->caller != NULL &&
	    (caller_err = sek_account_find(&pw, x->caller)) == SEK_OK) {
		if (!pw.known)
			return (sek_why(r->why, SEK_ERR_NOT_FOUND, "%s",
			    x->caller));
		who->caller = pw.uid;
		if (pw.uid != 0)
			memcpy(who->caller_name, pw.name,
			    sizeof who->caller_name);
	}
	sek_facts_console(who);
	return (err != SEK_OK ? err : caller_err);
}

/* The store's part, with the limits that are his. */
static enum sek_err
look_up(struct run *r, int64_t at)
{
	struct sek_explain *x = r->x;
	struct sek_lookup *in = calloc(1, sizeof *in);
	enum sek_err err;

	if (in == NULL)
		return (SEK_ERR_NOMEM);
	in->who = x->who;
	sek_facts_limits(&in->limits, &in->caller_limits, r->settings,
	    &x->who);
	err = sek_store_prospect(r->store, in, at, &x->own);
	/* Once known for privileged, the stricter numbers stay. */
	if (err == SEK_OK && x->own.found.account.privileged &&
	    !x->who.privileged) {
		in->who.privileged = x->who.privileged = 1;
		sek_settings_limits(&in->limits, r->settings, true);
		err = sek_store_prospect(r->store, in, at, &x->own);
	}
	free(in);
	return (err);
}

static void
trouble(struct run *r, enum sek_explain_rule rule, enum sek_err err,
    const char *text)
{
	enum sek_reason reason = rule == SEK_EXPLAIN_ACCOUNTS ?
	    SEK_REASON_BACKEND : err == SEK_ERR_TAMPERED ?
	    SEK_REASON_TAMPERED : SEK_REASON_STORE;

	detail(sek_explain_add(r->x, rule, SEK_WORD_REASON, reason, true),
	    text);
}

static enum sek_err
ask_store(struct run *r)
{
	struct sek_explain *x = r->x;
	const struct sek_lock_state *now = &x->own.lock_now;
	struct sek_finding *f;
	enum sek_err err;

	if ((err = look_up(r, x->at)) == SEK_OK) {
		x->prospect = &x->own;
		if (now->locked && !x->own.found.lock.locked &&
		    (f = sek_explain_add(x, SEK_EXPLAIN_LOCK, SEK_WORD_PASSED,
		    SEK_REASON_NONE, false)) != NULL)
			f->until = lock_end(now);
		return (SEK_OK);
	}
	/* A privileged login would spend the reserve of a full disk, which is
	 * not to be touched for a question. */
	if (!sek_explain_is_answer(err) ||
	    (err == SEK_ERR_STORE_FULL && x->who.privileged))
		return (sek_why(r->why, err, "%s", sek_store_why(r->store)));
	trouble(r, SEK_EXPLAIN_STORE, err, sek_store_why(r->store));
	return (SEK_OK);
}

/* ----------------------------------------------------------- the answer -- */

/* Who comes without proof: one of the stated answers. */
static void
bare_answer(struct run *r)
{
	struct sek_explain *x = r->x;
	static const enum sek_explain_word words[] = {
		[SEK_BARE_REFUSE] = SEK_WORD_BARE,
		[SEK_BARE_EXEMPT] = SEK_WORD_EXEMPT,
		[SEK_BARE_ROOT_SWITCH] = SEK_WORD_ROOT_SWITCH,
		[SEK_BARE_REUSE] = SEK_WORD_REUSE
	};
	bool blocks = !x->asks && x->bare == SEK_BARE_REFUSE;
	struct sek_finding *f;

	if (x->service == NULL || !r->account || r->locker)
		return;
	f = sek_explain_add(x, SEK_EXPLAIN_SERVICE, words[x->bare], blocks ?
	    SEK_REASON_NO_EVIDENCE : SEK_REASON_NONE, blocks);
	key(f, x->bare == SEK_BARE_REUSE ? "factors.reuse" :
	    "factors.exempt_services");
	if (x->bare == SEK_BARE_REFUSE || x->bare == SEK_BARE_ROOT_SWITCH)
		key(f, NULL);
}

static bool
passes_account(const struct run *r)
{
	return (sek_entry_first(&r->e, SEK_PHASE_ACCOUNT, SEK_ENTRY_KNOWN,
	    SEK_ENTRY_PASSWORD) == SEK_REASON_NONE);
}

/* The steps that need no store; then, where it answered, the rest. */
static void
judge(struct run *r)
{
	struct sek_explain *x = r->x;

	if (x->asks)
		take_steps(x, &r->e, SEK_PHASE_AUTH, SEK_ENTRY_KNOWN,
		    SEK_ENTRY_LISTED);
	if (x->asks && x->prospect != NULL) {
		auth_steps(x, r->settings, &r->e);
		missing_lines(x);
		missing_object(x);
		missing_finger(x);
	}
	if (r->account)
		take_steps(x, &r->e, SEK_PHASE_ACCOUNT, SEK_ENTRY_KNOWN,
		    SEK_ENTRY_LISTED);
	if (r->account && x->prospect != NULL)
		take_steps(x, &r->e, SEK_PHASE_ACCOUNT, SEK_ENTRY_UID,
		    SEK_ENTRY_PASSWORD);
	x->bare = sek_entry_bare(&r->e);
	x->bare_allowed = r->account && !r->locker && x->prospect != NULL &&
	    passes_account(r) && x->bare != SEK_BARE_REFUSE;
	bare_answer(r);
}

/* Has he such a one, whatever may be proved by it? Nobody loads libfido2 or
 * libpcsclite for who has none. */
static bool
has_method(const struct sek_prospect *p, uint32_t methods)
{
	uint32_t i;

	for (i = 0; i < p->found.nauthenticators; i++)
		if ((SEK_METHOD_BIT(p->found.authenticator[i].method) &
		    methods) != 0)
			return (true);
	return (false);
}

/* Keys of the policy that a login of his goes by, of those with a floor. */
static bool
concerns(const struct sek_explain *x, const char *name)
{
	if (strcmp(name, "factors.kinds") == 0)
		return (!sek_entry_proves(x->who.service));
	if (strcmp(name, "factors.require_possession") == 0)
		return (x->prospect != NULL && has_method(x->prospect,
		    SEK_METHODS_BIOMETRIC));
	if (strcmp(name, "factors.accept") == 0)
		return (x->prospect != NULL && has_method(x->prospect,
		    SEK_METHODS_WEAK));
	if (strcmp(name, "ticket.substitute") == 0)
		return (x->tickets.takes && !x->who.privileged);
	if (strcmp(name, "factors.grace") == 0)
		return (x->tickets.takes && !x->who.privileged &&
		    x->prospect != NULL && !x->prospect->found.bound);
	return (strcmp(name, x->who.privileged ? "lockout.privileged_deny" :
	    "lockout.deny") == 0);
}

/* What is asked of him is less than the floor, or would be but for the end or
 * the scope of an exception. */
static void
tell_below(struct sek_explain *x, const struct sek_below *b)
{
	const struct sek_allowed *a = sek_below_with(b);
	char text[SEK_FINDING_TEXT];
	struct sek_finding *f;

	f = sek_explain_add(x, SEK_EXPLAIN_EXCEPTION, a != NULL ?
	    SEK_WORD_EXCEPTION : b->lapsed ? SEK_WORD_LAPSED :
	    SEK_WORD_FLOOR, SEK_REASON_NONE, false);
	if (f == NULL)
		return;
	f->key = b->key;
	if (a != NULL) {
		f->until = a->until;
		(void)sek_text_format(text, sizeof text, "%s: %s: %s -> %s",
		    a->id, b->key, b->lowest, b->text);
	} else
		(void)sek_text_format(text, sizeof text, "%s%s%s: %s -> %s",
		    b->lapsed ? b->ended : "",
		    b->lapsed && b->ended[0] != '\0' ? ": " : "", b->key,
		    b->text, b->lowest);
	detail(f, text);
}

static void
exceptions(struct run *r)
{
	uint32_t i;

	for (i = 0; r->x->asks && i < r->settings->nbelow; i++)
		if (concerns(r->x, r->settings->below[i].key))
			tell_below(r->x, &r->settings->below[i]);
}

/* Lines that go on over our no make it none. */
static void
unbind(struct run *r)
{
	struct sek_explain *x = r->x;
	bool bound = false;
	unsigned i;
	size_t k;

	if (!r->loaded || x->allowed)
		return;
	for (i = 0; i < 2; i++)
		bound = bound || !r->phase[i].open ||
		    (r->phase[i].ours && r->phase[i].binding &&
		    (i != SEK_PHASE_AUTH || x->asks));
	if (bound)
		return;
	for (k = 0; k < x->n; k++)
		x->finding[k].blocks = false;
	x->allowed = true;
	x->blocked = false;
	x->reason = SEK_REASON_NONE;
}

void
sek_explain_installed(struct sek_explain_with with[SEK_EXPLAIN_DEVICES],
    bool card, bool key, const char *finger)
{
	/* No reader is called so: no card is looked at. */
	const struct sek_card_place place = { .readers = "",
	    .anchors = "", .reader = "\177", .wait = 2 * SEK_SECOND };
	struct sek_explain_with *w = &with[SEK_EXPLAIN_FINGER];
	struct sek_fingerprint_seen seen;
	struct sek_card_seen none;
	struct sek_why why;
	enum sek_card_end end;
	enum sek_err err;
	bool present;
	size_t n;

	if (card) {
		err = sek_card_list(&none, 1, &n, &end, &place, &why);
		with[SEK_EXPLAIN_CARD].no_object = err == SEK_ERR_NOT_FOUND;
		with[SEK_EXPLAIN_CARD].no_service = err == SEK_OK &&
		    end == SEK_CARD_END_NO_SERVICE;
	}
	if (key)
		with[SEK_EXPLAIN_KEY].no_object =
		    sek_fido2_present(&present, &why) == SEK_ERR_NOT_FOUND;
	if (finger != NULL) {
		err = sek_fingerprint_look(&seen, finger, 2 * SEK_SECOND,
		    &why);
		w->no_object = err == SEK_ERR_NOT_FOUND;
		w->no_service = err == SEK_OK &&
		    seen.end == SEK_FINGERPRINT_END_NO_SERVICE;
		/* Without a reader nobody knows. */
		w->fingers = err == SEK_OK && seen.readers > 0 ?
		    seen.fingers : UINT32_MAX;
	}
}

enum sek_err
sek_explain_run(struct sek_explain *x, struct sek_settings *settings,
    struct sek_store *st, struct sek_why *why)
{
	struct run r = { .x = x, .settings = settings, .store = st,
	    .why = why };
	enum sek_err err;

	x->allowed = !x->blocked;
	if ((err = read_stack(&r)) != SEK_OK)
		return (err);
	if (settings == NULL)
		goto out;
	if (x->at != 0)
		sek_settings_at(settings, x->at);
	if ((err = claimant(&r)) == SEK_ERR_ACCOUNTS)
		trouble(&r, SEK_EXPLAIN_ACCOUNTS, err, "");
	else if (err != SEK_OK)
		return (err);
	sek_facts_settings(settings, &x->who);
	sek_facts_entry(&r.e, settings, &x->who);
	if (err == SEK_OK && (err = sek_facts_groups(&r.e)) ==
	    SEK_ERR_ACCOUNTS)
		trouble(&r, SEK_EXPLAIN_ACCOUNTS, err, "");
	else if (err != SEK_OK && err != SEK_ERR_ACCOUNTS)
		return (err);
	if (st != NULL && (err = ask_store(&r)) != SEK_OK)
		return (err);
	if (x->prospect != NULL) {
		sek_explain_installed(x->with, has_method(x->prospect,
		    devices[SEK_EXPLAIN_CARD].methods),
		    has_method(x->prospect,
		    devices[SEK_EXPLAIN_KEY].methods),
		    x->who.remote == 0 && x->who.known &&
		    has_method(x->prospect,
		    devices[SEK_EXPLAIN_FINGER].methods) ?
		    x->who.name : NULL);
		enrolment(x, settings, false);
		store_facts(&r.e, x);
	}
	judge(&r);
	exceptions(&r);
	idle_tokens(x);
out:
	unbind(&r);
	return (SEK_OK);
}
