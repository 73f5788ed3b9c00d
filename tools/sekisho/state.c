/*
 * state.c - sekisho without a verb: the state of this terminal
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What needs attention first, then a line a matter: one screen. Of many
 * accounts numbers and the first few names.
 * MUST: what could not be found out is said, and is never "all well".
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/model/grant.h"
#include "sekisho/rule/approval.h"
#include "util_enable.h"
#include "util_approval.h"
#include "util_envelope.h"
#include "util_explain.h"
#include "util_stack.h"
#include "util_plan.h"
#include "verb.h"

#define MORNING		(INT64_C(8) * 3600 + 30 * 60)	/* 08:30 */
#define SOON		(14 * SEK_DAY)
#define BACKUP_AGE	(7 * SEK_DAY)
#define LITTLE_ROOM	(UINT64_C(256) << 20)	/* bytes of disk */
#define NAMES		20u		/* kept of each list */
#define LATE		(SEK_SECOND * 600)	/* for a kept plan */
#define SHOWN		3u		/* of them, in text */
#define ASKING		(2 * SEK_SECOND)	/* of the account source */
#define ATTENTIONS	20u

struct named {
	char	name[SEK_NAME_MAX];
	int64_t	at;		/* until, or when; 0: no end; or NEVER */
};

struct names {
	uint64_t	n;
	struct named	first[NAMES];
};

/* Why someone cannot log in: a place for each reason. */
struct cannot {
	struct names	of[SEK_REASON_COUNT];
	uint64_t	n;
};

struct attention {
	const char	*about;		/* N_() */
	char		 text[256];
	char		 remedy[160];
};

#define EXCEPTIONS	(SEK_BELOW_MAX * SEK_ALLOWED_MAX)
#define OVERDUES	16u	/* kept */

/* A value below its floor, as it is now: id "" and until 0: none allows it. */
struct exception {
	char	id[SEK_ID_MAX];
	char	key[SEK_APPROVAL_KEY];
	char	value[SEK_APPROVAL_KEY];
	bool	lapsed;		/* the floor is in force */
	int64_t	until;
};

struct overdue {
	char		id[SEK_ID_MAX];
	char		key[SEK_APPROVAL_KEY];
	uint32_t	kind;
	uint32_t	why;		/* SEK_OVERDUE_ bits */
	int64_t		until;
};

struct exceptions {
	struct exception	is[EXCEPTIONS];
	size_t			n;
	struct overdue		overdue[OVERDUES];
	uint64_t		noverdue;	/* of all */
	uint64_t		asked;		/* wait for a decision */
	uint64_t		asked_tickets;	/* of them */
	uint64_t		asked_grants;
	uint64_t		tampered;	/* left out of these */
};

/* The envelopes, as far as they could be looked at. */
struct glass {
	bool		known;
	bool		sealed;
	struct named	of;		/* whom it lets in, until when */
	unsigned	spent;		/* opened, unknown to the store */
	unsigned	reports;	/* due */
};

/* Security keys, or cards. */
struct devices {
	uint64_t	accounts;	/* that have one */
	struct names	only;		/* and nothing else */
	struct names	no_line;	/* services without its line */
};

struct state {
	struct tool		*t;
	struct tool_kept	*plan;		/* kept for later */
	size_t			 nplans;
	struct sek_moment	 now;
	int64_t			 morning;
	struct attention	 attention[ATTENTIONS];
	size_t			 n;
	bool			 unknown;	/* not all was found out */
	/* services */
	struct tool_stack	*stack;
	unsigned		 on, broken, off, endless;
	bool			 trial;
	/* the store */
	bool			 store;		/* answers */
	bool			 clock_back;
	uint64_t		 accounts, tampered, not_asked;
	uint64_t		 bytes, room;	/* of the file; of its disk */
	struct cannot		 cannot;
	struct names		 idle;		/* of those: what they have is
						 * suspect or disabled */
	struct names		 locked;
	struct names		 ends;
	struct devices		 device[SEK_EXPLAIN_DEVICES];
	struct sek_explain_with	 with[SEK_EXPLAIN_DEVICES];
	struct names		 passwords;	/* end soon */
	struct names		 dormant;	/* and not refused for it */
	struct names		 certificates;	/* of cards: ended, or end
						 * within card.warn */
	/* what is below a floor, and what approvals wait for */
	struct exceptions	 exceptions;
	struct glass		 glass;
	struct sek_explain	*x;
	struct tool_progress	 progress;
};

static const char *const marks[] = {
	N_("backup"), N_("seal"), N_("export"), N_("roster-in"),
	N_("roster-out")
};
#define MARKS (sizeof(marks) / sizeof(marks[0]))

static const struct {
	uint32_t	 methods;
	const char	*about;		/* N_() */
	const char	*install;	/* what talks to them */
	const char	*start;		/* what that talks to */
} words[SEK_EXPLAIN_DEVICES] = {
	[SEK_EXPLAIN_CARD] = { SEK_METHODS_CARD, N_("IC cards"),
	    "apt install libpam-sekisho-card", "apt install pcscd" },
	[SEK_EXPLAIN_KEY] = { SEK_METHOD_BIT(SEK_METHOD_FIDO2),
	    N_("security keys"), "apt install libpam-sekisho-fido2", "" },
	[SEK_EXPLAIN_FINGER] = { SEK_METHOD_BIT(SEK_METHOD_FINGERPRINT),
	    N_("fingerprints"), "apt install libpam-sekisho-biometric",
	    "apt install fprintd" }
};

static void attend(struct state *s, const char *about, const char *remedy,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void
attend(struct state *s, const char *about, const char *remedy,
    const char *fmt, ...)
{
	struct attention *a;
	char text[1024];
	va_list ap;

	if (s->n >= ATTENTIONS)
		return;
	a = &s->attention[s->n++];
	a->about = about;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sek_text_printable(a->text, sizeof(a->text), text);
	(void)sek_text_format(a->remedy, sizeof(a->remedy), "%s", remedy);
}

static void
add_name(struct names *all, const char *name, int64_t at)
{
	struct named *one;

	if (all->n++ >= NAMES)
		return;
	one = &all->first[all->n - 1];
	sek_text_printable(one->name, sizeof(one->name), name);
	one->at = at;
}

/* ------------------------------------------------------------- services -- */

static void
count_service(struct state *s, const struct tool_stack_service *service)
{
	if (service->fragment)
		return;
	/* Nobody logs in by one of ours; other lines in it are refused. */
	if (sek_edit_is_own(service->name)) {
		if (service->state != TOOL_STACK_ON)
			attend(s, N_("services"), "sekisho stack check",
			    _("%s is not sound"), service->name);
		return;
	}
	switch (service->state) {
	case TOOL_STACK_ON:
		s->on++;
		if (service->part[SEK_PHASE_SESSION].name != NULL &&
		    s->endless++ < 3)
			attend(s, N_("services"), "sekisho stack check",
			    _("%s: nothing ends its privileged sessions"),
			    service->name);
		break;
	case TOOL_STACK_OFF:
		s->off++;
		break;
	case TOOL_STACK_BROKEN:
	default:
		if (s->broken++ < 3)
			attend(s, N_("services"), "sekisho stack check",
			    _("%s is not sound"), service->name);
		break;
	}
}

/* A change of the stack that is on trial, or was cut short. */
static void
look_at_trial(struct state *s)
{
	struct stack_state change;

	if (geteuid() != 0)
		return;		/* its folder is root's */
	memset(&change, 0, sizeof(change));
	stack_state_load(&change);
	s->trial = change.doing == STACK_TRIAL;
	if (s->trial)
		attend(s, N_("services"), "sekisho stack enable --confirm",
		    "%s", _("a change of the stack is on trial: log in anew,"
		    " then confirm it"));
	else if (change.doing != STACK_NOTHING)
		attend(s, N_("services"), "sekisho stack disable", "%s",
		    _("a change of the stack is under way, or was cut"
		    " short"));
	stack_state_free(&change);
}

static void
look_at_services(struct state *s)
{
	struct sek_pam_stack_places where;
	struct sek_why why = { "" };
	enum sek_err err;
	size_t i;

	sek_pam_stack_system(&where);
	if (tool_option(s->t, "dir") != NULL) {
		where.dir = tool_option(s->t, "dir");
		where.vendor = where.conf = where.ours = NULL;
	}
	err = tool_stack_judge(s->t, &where, NULL, 0, &s->stack, &why);
	if (err != SEK_OK) {
		s->unknown = true;
		attend(s, N_("services"), "sekisho stack check", "%s",
		    why.text);
		return;
	}
	for (i = 0; i < s->stack->n; i++)
		count_service(s, &s->stack->service[i]);
	if (s->on + s->broken == 0)
		attend(s, N_("services"),
		    "sekisho stack enable --try 10m", "%s",
		    _("no service asks for two kinds of proof"));
	look_at_trial(s);
}

/* ------------------------------------------------------------- accounts -- */

static bool
may_ask(const struct state *s)
{
	struct sek_moment now;

	return (sek_clock_now(&now) == SEK_OK &&
	    sek_clock_age(&s->now, &now) <= ASKING);
}

/*
 * What only the account source knows: is there such a name, with which uid,
 * in which groups? A hundred thousand names are not asked: they are taken to
 * be as the store knows them, and how many is told.
 */
static void
ask_accounts(struct state *s, struct sek_claimant *who, bool *in_groups)
{
	const struct sek_settings *settings = s->t->settings;
	struct sek_passwd pw;

	*in_groups = true;
	if (!may_ask(s) || sek_account_find(&pw, who->name) != SEK_OK) {
		s->not_asked++;
		return;
	}
	who->known = pw.known;
	who->uid = pw.uid;
	if (!pw.known || settings->terminal.allow_groups[0] == '\0')
		*in_groups = false;
	else if (sek_account_in_groups(in_groups, pw.name, pw.gid,
	    settings->terminal.allow_groups) != SEK_OK) {
		*in_groups = true;
		s->not_asked++;
	}
}

static bool
is_soon(const struct state *s, int64_t at)
{
	return (at > s->now.wall && at <= s->now.wall + SOON);
}

static void
note_ends(struct state *s, const struct sek_prospect *p)
{
	const struct sek_account *a = &p->found.account;

	if (p->lock_now.locked)
		add_name(&s->locked, a->name, p->lock_now.until);
	if (a->state == SEK_ACCOUNT_SUSPENDED &&
	    is_soon(s, a->suspended_until))
		add_name(&s->ends, a->name, a->suspended_until);
	else if (a->state == SEK_ACCOUNT_ACTIVE &&
	    is_soon(s, p->found.person.to))
		add_name(&s->ends, a->name, p->found.person.to);
}

static bool
is_asked(const struct sek_explain *x, enum sek_explain_device d)
{

	return (x->plan.possible && (x->plan.methods & words[d].methods) != 0);
}

/* When the certificate of a card of his ends that soon: tomorrow, or has. */
static void
note_certificates(struct state *s, const struct sek_explain *x)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (x->finding[i].word == SEK_WORD_CARD_ENDING ||
		    x->finding[i].word == SEK_WORD_CARD_ENDED) {
			add_name(&s->certificates, x->who.name,
			    x->finding[i].word == SEK_WORD_CARD_ENDED ?
			    x->finding[i].since : x->finding[i].until);
			return;
		}
}

/* Whose password ends soon, and whose account nobody uses. */
static void
note_life(struct state *s, const struct sek_explain *x)
{
	const struct sek_finding *f;
	size_t i;

	for (i = 0; i < x->n; i++) {
		f = &x->finding[i];
		if (f->word == SEK_WORD_DORMANT)
			add_name(&s->dormant, x->who.name, 0);
		else if (f->rule == SEK_EXPLAIN_PASSWORD && f->until != 0)
			add_name(&s->passwords, x->who.name, f->until);
	}
}

/* Who has a card or a security key, and who nothing else; and who is out for
 * what he has being shut. */
static void
note_devices(struct state *s, const struct sek_explain *x)
{
	const struct sek_prospect *p = x->prospect;
	uint32_t i;
	unsigned d;

	if (x->who.known)
		note_certificates(s, x);
	for (d = 0; d < SEK_EXPLAIN_DEVICES && x->allowed; d++) {
		/* A finger is no use where possession is called for. */
		s->device[d].accounts += x->with[d].has &&
		    (d != SEK_EXPLAIN_FINGER ||
		    (x->with[d].plan.methods & words[d].methods) != 0);
		if (x->with[d].has && is_asked(x, (enum sek_explain_device)d))
			add_name(&s->device[d].only, x->who.name, 0);
	}
	if (x->allowed || !x->who.known ||
	    x->reason != SEK_REASON_NOT_ENROLLED)
		return;
	for (i = 0; i < p->nidle; i++)
		if (p->idle[i].state == SEK_AUTHENTICATOR_SUSPECT ||
		    p->idle[i].state == SEK_AUTHENTICATOR_DISABLED) {
			add_name(&s->idle, x->who.name, 0);
			return;
		}
}

static enum sek_err
survey_one(void *arg, const struct sek_claimant *who,
    const struct sek_prospect *p)
{
	struct state *s = arg;
	struct sek_explain *x = s->x;
	bool in_groups;
	size_t i;

	tool_progress(&s->progress, s->accounts++, 0);
	if (p == NULL) {
		s->tampered++;
		s->cannot.n++;
		add_name(&s->cannot.of[SEK_REASON_TAMPERED], who->name, 0);
		return (SEK_OK);
	}
	s->clock_back = s->clock_back || p->found.clock_back;
	note_ends(s, p);
	x->user = who->name;
	x->who = *who;
	ask_accounts(s, &x->who, &in_groups);
	sek_settings_for(s->t->settings, who->name);
	sek_explain_person(x, s->t->settings, p, in_groups);
	note_devices(s, x);
	if (x->who.known)
		note_life(s, x);
	if (x->allowed)
		return (SEK_OK);
	s->cannot.n++;
	if (!x->who.known) {	/* whatever else there is of him */
		add_name(&s->cannot.of[SEK_REASON_UNKNOWN], who->name, 0);
		return (SEK_OK);
	}
	for (i = 0; i + 1 < x->n && !x->finding[i].blocks; i++)
		continue;
	add_name(&s->cannot.of[x->finding[i].reason], who->name,
	    x->finding[i].until);
	return (SEK_OK);
}

static void
survey_limits(void *arg, const char *account, bool privileged,
    struct sek_limits *out)
{
	const struct state *s = arg;

	tool_account_limits(s->t, account, privileged, out);
}

static enum sek_err
survey(struct state *s)
{
	struct tool *t = s->t;
	enum sek_err err;

	if ((s->x = calloc(1, sizeof(*s->x))) == NULL)
		return (SEK_ERR_NOMEM);
	/* Who gets in under one that ends before then does not. */
	sek_settings_at(t->settings, s->morning);
	tool_progress_begin(&s->progress);
	err = sek_store_survey(t->store, survey_limits, t->settings->privilege.users,
	    s->morning, survey_one, s);
	tool_progress_end(&s->progress);
	sek_settings_for(t->settings, NULL);
	free(s->x);
	s->x = NULL;
	return (err == SEK_ERR_TAMPERED ? SEK_OK : err);
}

/* Who ought to get in and cannot; who is meant to be kept out is no news. */
static void
attend_to_people(struct state *s)
{
	static const enum sek_reason reasons[] = { SEK_REASON_TAMPERED,
	    SEK_REASON_UID_CHANGED, SEK_REASON_NOT_ENROLLED,
	    SEK_REASON_CAPPED, SEK_REASON_LOCKED, SEK_REASON_PASSWORD_OVER };
	const struct names *all;
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		all = &s->cannot.of[reasons[i]];
		if (all->n == 0)
			continue;
		if (reasons[i] == SEK_REASON_NOT_ENROLLED && s->idle.n > 0) {
			attend(s, N_("people"), "sekisho explain USER",
			    _("%llu cannot log in tomorrow: too few kinds of"
			    " proof are enrolled; of %llu what they have is"
			    " suspect or disabled"),
			    (unsigned long long)all->n,
			    (unsigned long long)s->idle.n);
			continue;
		}
		attend(s, N_("people"), reasons[i] == SEK_REASON_TAMPERED ?
		    "sekisho store status" : "sekisho explain USER",
		    _("%llu cannot log in tomorrow: %s"),
		    (unsigned long long)all->n,
		    tool_explain_word(reasons[i]));
	}
	if (s->dormant.n > 0)
		attend(s, N_("people"), "sekisho user list", _("%llu accounts"
		    " were not used for longer than the policy says: retire"
		    " or suspend who needs none"),
		    (unsigned long long)s->dormant.n);
	if (s->clock_back)
		attend(s, N_("clock"), "sekisho store clock --accept", "%s",
		    _("set back: check the time, then accept it"));
}

/* ------------------------------------------------------------- devices -- */

/* Can it be asked at all here? */
static bool
is_shut(const struct state *s, unsigned d)
{

	return (s->with[d].no_object || s->with[d].no_service);
}

static void
look_at_object(struct state *s, unsigned d)
{
	const struct devices *v = &s->device[d];
	const char *remedy = s->with[d].no_object ? words[d].install :
	    words[d].start;
	struct names *out = &s->cannot.of[SEK_REASON_DEVICE];
	uint64_t i;

	if (!is_shut(s, d))
		return;
	if (v->only.n == 0) {
		attend(s, words[d].about, remedy, _("%llu people have one, and"
		    " what talks to them is not installed"),
		    (unsigned long long)v->accounts);
		return;
	}
	/* The survey did not know of it. */
	s->cannot.n += v->only.n;
	for (i = 0; i < v->only.n && i < NAMES; i++)
		add_name(out, v->only.first[i].name, 0);
	out->n += v->only.n - i;
	attend(s, words[d].about, remedy, _("what talks to them is not"
	    " installed, and %llu people have nothing else to log in by"),
	    (unsigned long long)v->only.n);
}

static void
look_at_objects(struct state *s)
{
	unsigned d;

	sek_explain_installed(s->with,
	    s->device[SEK_EXPLAIN_CARD].accounts > 0,
	    s->device[SEK_EXPLAIN_KEY].accounts > 0,
	    s->device[SEK_EXPLAIN_FINGER].accounts > 0 ? "root" : NULL);
	for (d = 0; d < SEK_EXPLAIN_DEVICES; d++)
		look_at_object(s, d);
	if (s->certificates.n > 0)
		attend(s, N_("IC cards"), "sekisho explain USER",
		    _("%llu people have a card whose certificate has ended or"
		    " ends soon"), (unsigned long long)s->certificates.n);
}

/* Does it ask for two kinds, and never for this? A locker's own lines ask for
 * nothing: those of sekisho-locker do. */
static bool
lacks_line(const struct tool_stack_service *service, uint32_t methods)
{
	const struct tool_stack_part *auth = &service->part[SEK_PHASE_AUTH];

	return (!service->fragment && service->state == TOOL_STACK_ON &&
	    sek_entry_has_auth(service->name) && auth->gate &&
	    sek_edit_rule(service->name)->entry != SEK_ENTRY_LOCKER &&
	    (auth->methods & methods) == 0);
}

/* Who has nothing else cannot log in by such services, and who has one not
 * while it is there. */
static void
look_at_lines_of(struct state *s, unsigned d)
{
	struct devices *v = &s->device[d];
	char first[128];
	size_t i;

	for (i = 0; v->accounts > 0 && s->stack != NULL && i < s->stack->n;
	    i++)
		if (lacks_line(&s->stack->service[i], words[d].methods))
			add_name(&v->no_line, s->stack->service[i].name, 0);
	if (v->no_line.n == 0)
		return;
	(void)sek_text_format(first, sizeof(first), "%.60s",
	    v->no_line.first[0].name);
	if (v->no_line.n > 1)
		(void)sek_text_format(first, sizeof(first),
		    _("%.60s and %llu more"), v->no_line.first[0].name,
		    (unsigned long long)(v->no_line.n - 1));
	if (v->only.n > 0)
		attend(s, words[d].about, "sekisho stack enable",
		    _("no line for them in: %s; %llu people have nothing else"
		    " to log in by"), first, (unsigned long long)v->only.n);
	else if (!is_shut(s, d))
		attend(s, words[d].about, "sekisho stack enable",
		    d == SEK_EXPLAIN_KEY ?
		    _("no line for them in: %s; %llu people have one, and"
		    " cannot log in there while it is plugged in") :
		    d == SEK_EXPLAIN_FINGER ?
		    _("no line for them in: %s; %llu people have one, and"
		    " cannot log in there while the reader is") :
		    _("no line for them in: %s; %llu people have one, and"
		    " cannot log in there while it is on a reader"), first,
		    (unsigned long long)v->accounts);
}

static void
look_at_lines(struct state *s)
{
	unsigned d;

	for (d = 0; d < SEK_EXPLAIN_DEVICES; d++)
		look_at_lines_of(s, d);
}

/* ----------------------------------------------------------- exceptions -- */

/* Why an approval is overdue, and what ends that. */
static const struct {
	uint32_t	 bit;
	const char	*name;		/* in JSON */
	const char	*text;
	const char	*act;		/* of sekisho exception */
} overdues[] = {
	{ SEK_OVERDUE_UNPROVEN, "unproven",
	    N_("given without proof, nobody has confirmed it"), "review" },
	{ SEK_OVERDUE_UNAVOIDABLE, "unavoidable",
	    N_("in force without another's yes, nobody has reviewed it"),
	    "review" },
	{ SEK_OVERDUE_REVIEW, "review", N_("due for review"), "review" },
	{ SEK_OVERDUE_CLOSING, "closing",
	    N_("over, and has no closing note"), "close" },
	{ SEK_OVERDUE_REPORT, "report",
	    N_("opened, and its report is not written"), "report" }
};
#define NOVERDUES (sizeof(overdues) / sizeof(overdues[0]))

static void
add_exception(struct state *s, const struct sek_below *b,
    const struct sek_allowed *a)
{
	struct exception *e;

	if (s->exceptions.n == EXCEPTIONS)
		return;
	e = &s->exceptions.is[s->exceptions.n++];
	memset(e, 0, sizeof(*e));
	memcpy(e->key, b->key, sizeof(e->key));
	memcpy(e->id, a != NULL ? a->id : b->ended, sizeof(e->id));
	memcpy(e->value, a != NULL ? b->text : b->lowest, sizeof(e->value));
	e->lapsed = a == NULL;
	e->until = a != NULL ? a->until : 0;
}

/* Below the floor, and under what. */
static void
look_at_exceptions(struct state *s)
{
	const struct sek_settings *set = s->t->settings;
	const struct sek_below *b;
	char when[32];
	uint32_t i, k;

	for (i = 0; i < set->nbelow; i++) {
		b = &set->below[i];
		for (k = 0; k < b->n; k++) {
			add_exception(s, b, &b->allowed[k]);
			if (!is_soon(s, b->allowed[k].until))
				continue;
			tool_time(s->t, when, sizeof(when),
			    b->allowed[k].until);
			attend(s, N_("exceptions"), "sekisho exception list",
			    _("the exception for %s ends at %s"), b->key,
			    when);
		}
		if (!b->lapsed)
			continue;
		add_exception(s, b, NULL);
		attend(s, N_("exceptions"), "sekisho policy check",
		    _("the exception for %s has ended: %s is in force, not"
		    " %s"), b->key, b->lowest, b->text);
	}
}

/* The command that ends it. */
static void
tell_remedy(char *dst, size_t size, const struct sek_approval *a,
    uint32_t why, const char *act)
{

	if (a->kind == SEK_APPROVAL_TICKET)
		(void)sek_text_format(dst, size, "sekisho ticket approve %s",
		    a->id);
	else if (sek_grant_is(a) && (why & SEK_OVERDUE_UNPROVEN) != 0)
		(void)sek_text_format(dst, size, "sekisho grant approve %s",
		    a->id);
	else if (sek_grant_is(a) && (why & SEK_OVERDUE_UNAVOIDABLE) == 0)
		(void)sek_text_format(dst, size,
		    "sekisho grant close %s --result TEXT", a->id);
	else
		(void)sek_text_format(dst, size,
		    "sekisho %s %s %s --note TEXT",
		    a->kind == SEK_APPROVAL_BREAK_GLASS ? "ticket" :
		    sek_grant_is(a) ? "grant" : "exception", act, a->id);
}

static void
look_at_approval(struct state *s, const struct sek_approval *a)
{
	struct overdue *o;
	uint32_t why = sek_approval_overdue(a, s->now.wall);
	char remedy[160];
	size_t i;

	if (a->state == SEK_APPROVAL_ASKED) {
		s->exceptions.asked++;
		s->exceptions.asked_tickets +=
		    a->kind == SEK_APPROVAL_TICKET;
		s->exceptions.asked_grants += a->kind == SEK_APPROVAL_GRANT;
	}
	if (why == 0)
		return;
	s->glass.reports += (why & SEK_OVERDUE_REPORT) != 0;
	if (s->exceptions.noverdue++ >= OVERDUES)
		return;
	o = &s->exceptions.overdue[s->exceptions.noverdue - 1];
	memcpy(o->id, a->id, sizeof(o->id));
	memcpy(o->key, a->key, sizeof(o->key));
	o->kind = a->kind;
	o->why = why;
	o->until = a->not_after;
	for (i = 0; i < NOVERDUES && (why & overdues[i].bit) == 0; i++)
		continue;
	if (i == NOVERDUES || s->exceptions.noverdue > 3)
		return;
	tell_remedy(remedy, sizeof(remedy), a, why, overdues[i].act);
	attend(s, N_("approvals"), remedy, "%s (%s): %s", a->id,
	    a->key[0] != '\0' ? a->key : "-", _(overdues[i].text));
}

/* Is there anybody to decide what waits? */
static void
look_at_roles(struct state *s)
{
	const struct sek_settings *set = s->t->settings;

	if (s->exceptions.asked > s->exceptions.asked_tickets +
	    s->exceptions.asked_grants &&
	    !sek_account_groups_have_members(set->roles.ciso))
		attend(s, N_("approvals"), "sekisho policy show roles.ciso",
		    "%s", _("requests wait, and nobody holds the role that"
		    " decides them"));
	if (s->exceptions.asked_tickets > 0 &&
	    !sek_account_groups_have_members(set->roles.approver))
		attend(s, N_("approvals"), "sekisho policy show roles.approver",
		    "%s", _("tickets wait, and nobody holds the role that"
		    " decides them"));
	if (s->exceptions.asked_grants > 0 &&
	    !sek_account_groups_have_members(set->roles.approver))
		attend(s, N_("approvals"), "sekisho policy show roles.approver",
		    "%s", _("requests wait, and nobody holds the role that"
		    " decides them"));
}

/* All that are open; a store from before approvals has none. */
static enum sek_err
look_at_approvals(struct state *s)
{
	struct sek_approval_list *in = calloc(1, sizeof(*in));
	struct sek_approval_list_out *out = calloc(1, sizeof(*out));
	enum sek_err err = SEK_ERR_NOMEM;
	uint32_t i;

	if (in == NULL || out == NULL)
		goto done;
	in->open_only = 1;
	do {
		memset(out, 0, sizeof(*out));
		if ((err = sek_store_approvals(s->t->store, in, out)) !=
		    SEK_OK)
			break;
		s->exceptions.tampered += out->tampered;
		for (i = 0; i < out->n && i < SEK_APPROVALS_PART; i++) {
			look_at_approval(s, &out->a[i]);
			memcpy(in->after, out->a[i].id, sizeof(in->after));
		}
	} while (out->more && out->n > 0);
	if (err == SEK_OK && s->exceptions.noverdue > 3)
		attend(s, N_("approvals"), "sekisho approvals",
		    _("%llu more are overdue"), (unsigned long long)
		    (s->exceptions.noverdue - 3));
	if (err == SEK_OK && s->exceptions.tampered > 0)
		attend(s, N_("approvals"), "sekisho store status",
		    _("%llu were changed by other means"),
		    (unsigned long long)s->exceptions.tampered);
	if (err == SEK_OK)
		look_at_roles(s);
done:
	free(in);
	free(out);
	return (err == SEK_ERR_STORE_OLDER ? SEK_OK : err);
}

/* ---------------------------------------------------------- break-glass -- */

static void
look_at_envelopes(struct state *s)
{
	const struct sek_envelope *e;
	struct tool_envelopes all;
	char when[32], why[512];
	bool left_out;

	if (getuid() != 0 || geteuid() != 0)
		return;		/* their folder is root's */
	if (tool_envelopes(s->t, &all) != TOOL_YES) {
		s->unknown = true;
		return;
	}
	s->glass.known = true;
	s->glass.spent = tool_envelopes_spent(&all);
	if ((e = tool_envelope_sealed(s->t, &all)) != NULL) {
		s->glass.sealed = true;
		sek_text_printable(s->glass.of.name,
		    sizeof(s->glass.of.name), e->account);
		s->glass.of.at = e->ends;
	}
	left_out = tool_envelope_left_out(s->t, &all, why, sizeof(why));
	tool_envelopes_free(&all);
	if (!s->glass.sealed)
		attend(s, N_("break-glass"), TOOL_ENVELOPE_MAKE, "%s",
		    left_out ? why : _("no sealed envelope is there"));
	else if (is_soon(s, s->glass.of.at)) {
		tool_time(s->t, when, sizeof(when), s->glass.of.at);
		attend(s, N_("break-glass"), TOOL_ENVELOPE_MAKE,
		    _("the sealed envelope serves until %s only"), when);
	}
	if (s->glass.spent > 0)
		attend(s, N_("break-glass"), "sekisho ticket list", "%s",
		    _("an envelope was opened, and the store has not heard of "
		    "it yet"));
}

/* ---------------------------------------------------------------- store -- */

static enum sek_err
read_mark(const struct state *s, const char *name, struct sek_mark *mark)
{
	memset(mark, 0, sizeof(*mark));
	return (s->store ? sek_store_mark(s->t->store, name, mark) :
	    SEK_ERR_STORE);
}

static void
look_at_plans(struct state *s)
{
	const struct tool_kept *k;
	size_t i;

	if (tool_kept_read(s->t, &s->plan, &s->nplans) != TOOL_YES)
		s->unknown = true;
	for (i = 0; i < s->nplans; i++) {
		k = &s->plan[i];
		if (k->failed[0] != '\0')
			attend(s, N_("plans"), "sekisho roster plan",
			    _("the kept plan %s could not be done: %s"),
			    k->id, k->failed);
		else if (k->at < s->now.wall - LATE)
			attend(s, N_("plans"), "sekisho roster plan --due",
			    _("the kept plan %s is due and was not done"),
			    k->id);
	}
}

static cJSON *
plans_json(const struct state *s)
{
	cJSON *list = cJSON_CreateArray();
	size_t i;

	for (i = 0; i < s->nplans; i++)
		cJSON_AddItemToArray(list, tool_kept_json(s->t, &s->plan[i]));
	return (list);
}

static void
look_at_backup(struct state *s)
{
	struct sek_mark mark;
	char when[32];
	enum sek_err err = read_mark(s, "backup", &mark);

	if (err == SEK_ERR_NOT_FOUND) {
		attend(s, N_("backup"), "sekisho store backup FILE", "%s",
		    _("there is none yet"));
	} else if (err != SEK_OK) {
		s->unknown = s->unknown || err != SEK_ERR_STORE_OLDER;
		attend(s, N_("backup"), err == SEK_ERR_STORE_OLDER ?
		    "sekisho store migrate" : "sekisho store status", "%s",
		    sek_store_why(s->t->store));
	/* Of the future: nobody knows how old it is. */
	} else if (s->now.wall - mark.wall > BACKUP_AGE ||
	    mark.wall > s->now.wall + SEK_DAY) {
		tool_time(s->t, when, sizeof(when), mark.wall);
		attend(s, N_("backup"), "sekisho store backup FILE",
		    _("the last one is of %s"), when);
	}
}

static void
look_at_disk(struct state *s)
{
	const char *path = s->t->settings->store.path;
	struct statvfs v;
	struct stat st;

	if (stat(path, &st) == 0)
		s->bytes = (uint64_t)st.st_size;
	if (statvfs(path, &v) != 0)
		return;
	s->room = (uint64_t)v.f_bavail * v.f_frsize;
	if (s->room < LITTLE_ROOM)
		attend(s, N_("disk"), "df -h",
		    _("only %llu MiB are left for the store"),
		    (unsigned long long)(s->room >> 20));
}

/* An answer of the store, also where it holds nobody: is it ours, and whole
 * enough to be read? */
static enum sek_err
ask_store(struct state *s)
{
	struct sek_lookup *in = calloc(1, sizeof(*in));
	struct sek_prospect *p = calloc(1, sizeof(*p));
	enum sek_err err = SEK_ERR_NOMEM;

	if (in != NULL && p != NULL) {
		(void)sek_text_copy(in->who.name, sizeof(in->who.name),
		    "root");
		in->limits.deny = in->caller_limits.deny = 1;
		err = sek_store_prospect(s->t->store, in, 0, p);
		s->clock_back = err == SEK_OK && p->found.clock_back;
		/* Only his row is bad: the survey tells of it. */
		if (err == SEK_ERR_TAMPERED)
			err = SEK_OK;
	}
	free(in);
	free(p);
	return (err);
}

static void
look_at_store(struct state *s)
{
	struct tool *t = s->t;
	enum sek_err err;

	if (getuid() != 0 || geteuid() != 0) {
		s->unknown = true;
		attend(s, N_("store"), "sudo sekisho", "%s",
		    _("only root can see who can log in"));
		return;
	}
	if (tool_store(t) != TOOL_YES) {
		s->unknown = true;
		return;
	}
	look_at_disk(s);
	if ((err = ask_store(s)) == SEK_OK) {
		s->store = true;
		if ((err = look_at_approvals(s)) == SEK_OK)
			err = survey(s);
	}
	if (err != SEK_OK) {
		s->store = false;
		s->unknown = s->unknown || !sek_explain_is_answer(err);
		attend(s, N_("store"), err == SEK_ERR_STORE_MISSING ?
		    "sekisho init" : "sekisho store status", "%s",
		    sek_store_why(t->store));
		return;
	}
	attend_to_people(s);
	look_at_objects(s);
	look_at_backup(s);
}

/* ------------------------------------------------------------- settings -- */

/* Tomorrow at 08:30 by the terminal's own clock. */
static int64_t
next_morning(const struct tool *t, int64_t now)
{
	int offset = 0;
	int64_t local, midnight;

	if (sek_clock_offset(&offset, tool_zone(t) != NULL ? tool_zone(t) :
	    "Asia/Tokyo") != SEK_OK)
		offset = 9 * 3600;
	local = now / SEK_SECOND + offset;
	midnight = local - local % 86400;
	if (local >= midnight + MORNING)
		midnight += 86400;
	return ((midnight + MORNING - offset) * SEK_SECOND);
}

static bool
load_settings(struct state *s)
{
	struct sek_why why = { "" };
	struct stat st;

	if (tool_settings_try(s->t, &why) == SEK_OK) {
		look_at_exceptions(s);
		return (true);
	}
	s->unknown = s->unknown || getuid() != 0;
	if (getuid() != 0 && access(s->t->conf, R_OK) != 0 && errno == EACCES)
		attend(s, N_("policy"), "sudo sekisho", "%s",
		    _("only root may read it, and see who can log in; for"
		    " yourself: sekisho user show, sekisho approvals"));
	else if (lstat(s->t->conf, &st) != 0 && errno == ENOENT)
		attend(s, N_("policy"), "sekisho init", "%s",
		    _("this terminal is not set up yet"));
	else
		attend(s, N_("policy"), "sekisho policy check", "%s",
		    why.text);
	return (false);
}

/* ----------------------------------------------------------------- JSON -- */

static cJSON *
names_json(const struct tool *t, const struct names *all)
{
	cJSON *o = cJSON_CreateObject(), *array = cJSON_CreateArray(), *one;
	uint64_t i;

	cJSON_AddNumberToObject(o, "count", (double)all->n);
	for (i = 0; i < all->n && i < NAMES; i++) {
		one = cJSON_CreateObject();
		cJSON_AddStringToObject(one, "user", all->first[i].name);
		cJSON_AddItemToObject(one, "until",
		    all->first[i].at == SEK_SPAN_NEVER ?
		    cJSON_CreateString("never") :
		    tool_json_time(t, all->first[i].at));
		cJSON_AddItemToArray(array, one);
	}
	cJSON_AddItemToObject(o, "first", array);
	return (o);
}

static cJSON *
services_json(const struct state *s)
{
	cJSON *array = cJSON_CreateArray(), *o;
	size_t i;

	for (i = 0; s->stack != NULL && i < s->stack->n; i++) {
		if (s->stack->service[i].fragment)
			continue;
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "service",
		    s->stack->service[i].name);
		cJSON_AddStringToObject(o, "state",
		    tool_stack_state_name(s->stack->service[i].state));
		cJSON_AddItemToArray(array, o);
	}
	return (array);
}

static cJSON *
tomorrow_json(const struct state *s)
{
	cJSON *o = cJSON_CreateObject(), *array = cJSON_CreateArray(), *one;
	unsigned r;

	cJSON_AddItemToObject(o, "at", tool_json_time(s->t, s->morning));
	cJSON_AddNumberToObject(o, "cannot", (double)s->cannot.n);
	for (r = 0; r < SEK_REASON_COUNT; r++) {
		if (s->cannot.of[r].n == 0)
			continue;
		one = names_json(s->t, &s->cannot.of[r]);
		cJSON_AddStringToObject(one, "reason",
		    sek_reason_name((enum sek_reason)r));
		cJSON_AddItemToArray(array, one);
	}
	cJSON_AddItemToObject(o, "reasons", array);
	cJSON_AddItemToObject(o, "suspect_or_disabled",
	    names_json(s->t, &s->idle));
	cJSON_AddNumberToObject(o, "source_not_asked", (double)s->not_asked);
	return (o);
}

static cJSON *
marks_json(const struct state *s)
{
	cJSON *o = cJSON_CreateObject();
	struct sek_mark mark;
	size_t i;

	for (i = 0; i < MARKS; i++)
		cJSON_AddItemToObject(o, marks[i],
		    read_mark(s, marks[i], &mark) == SEK_OK ?
		    tool_json_time(s->t, mark.wall) : cJSON_CreateNull());
	return (o);
}

static cJSON *
attention_json(const struct state *s)
{
	cJSON *array = cJSON_CreateArray(), *o;
	size_t i;

	for (i = 0; i < s->n; i++) {
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "about", s->attention[i].about);
		cJSON_AddStringToObject(o, "text", s->attention[i].text);
		cJSON_AddItemToObject(o, "remedy",
		    tool_json_text(s->attention[i].remedy));
		cJSON_AddItemToArray(array, o);
	}
	return (array);
}

static cJSON *
exceptions_json(const struct state *s)
{
	const struct exception *e;
	cJSON *array = cJSON_CreateArray(), *o;
	size_t i;

	for (i = 0; i < s->exceptions.n; i++) {
		e = &s->exceptions.is[i];
		o = cJSON_CreateObject();
		cJSON_AddItemToObject(o, "id", tool_json_text(e->id));
		cJSON_AddStringToObject(o, "key", e->key);
		cJSON_AddStringToObject(o, "value", e->value);
		cJSON_AddBoolToObject(o, "lapsed", e->lapsed);
		cJSON_AddItemToObject(o, "until",
		    tool_json_time(s->t, e->until));
		cJSON_AddItemToArray(array, o);
	}
	return (array);
}

static cJSON *
overdue_json(const struct state *s)
{
	const struct overdue *v;
	cJSON *array = cJSON_CreateArray(), *o, *why;
	uint64_t i;
	size_t k;

	for (i = 0; i < s->exceptions.noverdue && i < OVERDUES; i++) {
		v = &s->exceptions.overdue[i];
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "id", v->id);
		cJSON_AddItemToObject(o, "key", tool_json_text(v->key));
		cJSON_AddItemToObject(o, "until",
		    tool_json_time(s->t, v->until));
		why = cJSON_CreateArray();
		for (k = 0; k < NOVERDUES; k++)
			if ((v->why & overdues[k].bit) != 0)
				cJSON_AddItemToArray(why,
				    cJSON_CreateString(overdues[k].name));
		cJSON_AddItemToObject(o, "overdue", why);
		cJSON_AddItemToArray(array, o);
	}
	return (array);
}

static cJSON *
approvals_json(const struct state *s)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddNumberToObject(o, "asked", (double)s->exceptions.asked);
	cJSON_AddNumberToObject(o, "overdue_count",
	    (double)s->exceptions.noverdue);
	cJSON_AddItemToObject(o, "overdue", overdue_json(s));
	return (o);
}

static cJSON *
store_json(const struct state *s)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddBoolToObject(o, "answers", s->store);
	cJSON_AddNumberToObject(o, "accounts", (double)s->accounts);
	cJSON_AddNumberToObject(o, "tampered", (double)s->tampered);
	cJSON_AddNumberToObject(o, "bytes", (double)s->bytes);
	cJSON_AddNumberToObject(o, "disk_free", (double)s->room);
	return (o);
}

static cJSON *
glass_json(const struct state *s)
{
	cJSON *o;

	if (!s->glass.known)
		return (cJSON_CreateNull());
	o = cJSON_CreateObject();
	cJSON_AddBoolToObject(o, "sealed", s->glass.sealed);
	cJSON_AddItemToObject(o, "user", tool_json_text(s->glass.of.name));
	cJSON_AddItemToObject(o, "until", tool_json_time(s->t,
	    s->glass.of.at));
	cJSON_AddNumberToObject(o, "spent", s->glass.spent);
	cJSON_AddItemToObject(o, "reports_due", s->store ?
	    cJSON_CreateNumber(s->glass.reports) : cJSON_CreateNull());
	return (o);
}

static cJSON *
device_json(const struct state *s, unsigned d)
{
	const struct devices *v = &s->device[d];
	cJSON *o = cJSON_CreateObject();

	cJSON_AddNumberToObject(o, "accounts", (double)v->accounts);
	cJSON_AddItemToObject(o, "nothing_else", names_json(s->t, &v->only));
	cJSON_AddItemToObject(o, "installed", v->accounts > 0 ?
	    cJSON_CreateBool(!is_shut(s, d)) : cJSON_CreateNull());
	cJSON_AddItemToObject(o, "services_without",
	    names_json(s->t, &v->no_line));
	return (o);
}

static cJSON *
cards_json(const struct state *s)
{
	cJSON *o = device_json(s, SEK_EXPLAIN_CARD);

	cJSON_AddItemToObject(o, "certificates",
	    names_json(s->t, &s->certificates));
	return (o);
}

static cJSON *
state_json(const struct state *s)
{
	const struct sek_settings *set = s->t->settings;
	cJSON *o = cJSON_CreateObject();
	/* Without the store nothing is known of people: null, not nobody. */
	bool known = s->store;

	cJSON_AddItemToObject(o, "terminal",
	    tool_json_text(set != NULL ? set->terminal.id : NULL));
	cJSON_AddItemToObject(o, "profile", tool_json_text(set == NULL ? NULL :
	    sek_profile_name((enum sek_profile)set->terminal.profile)));
	cJSON_AddItemToObject(o, "at", tool_json_time(s->t, s->now.wall));
	cJSON_AddBoolToObject(o, "ok", s->n == 0 && !s->unknown);
	cJSON_AddItemToObject(o, "attention", attention_json(s));
	cJSON_AddItemToObject(o, "services", services_json(s));
	cJSON_AddBoolToObject(o, "trial", s->trial);
	cJSON_AddItemToObject(o, "store", store_json(s));
	cJSON_AddItemToObject(o, "tomorrow", known ? tomorrow_json(s) :
	    cJSON_CreateNull());
	cJSON_AddItemToObject(o, "locked", known ?
	    names_json(s->t, &s->locked) : cJSON_CreateNull());
	cJSON_AddItemToObject(o, "ends", known ?
	    names_json(s->t, &s->ends) : cJSON_CreateNull());
	cJSON_AddItemToObject(o, "passwords", known ?
	    names_json(s->t, &s->passwords) : cJSON_CreateNull());
	cJSON_AddItemToObject(o, "dormant", known ?
	    names_json(s->t, &s->dormant) : cJSON_CreateNull());
	cJSON_AddItemToObject(o, "security_keys", known ?
	    device_json(s, SEK_EXPLAIN_KEY) : cJSON_CreateNull());
	cJSON_AddItemToObject(o, "fingerprints", known ?
	    device_json(s, SEK_EXPLAIN_FINGER) : cJSON_CreateNull());
	cJSON_AddItemToObject(o, "cards", known ? cards_json(s) :
	    cJSON_CreateNull());
	cJSON_AddItemToObject(o, "exceptions", set != NULL ?
	    exceptions_json(s) : cJSON_CreateNull());
	cJSON_AddItemToObject(o, "approvals", known ? approvals_json(s) :
	    cJSON_CreateNull());
	cJSON_AddItemToObject(o, "break_glass", glass_json(s));
	cJSON_AddItemToObject(o, "plans", plans_json(s));
	cJSON_AddItemToObject(o, "last", marks_json(s));
	cJSON_AddItemToObject(o, "clock", tool_json_text(!known ? NULL :
	    s->clock_back ? "back" : "good"));
	return (o);
}

/* ----------------------------------------------------------------- text -- */

/* "alice (until 2026-11-30 00:00), bob and 3 more" */
static void
print_names(const struct tool *t, const struct names *all)
{
	char when[32];
	uint64_t i, n = all->n < SHOWN ? all->n : SHOWN;

	for (i = 0; i < n; i++) {
		printf("%s%s", i > 0 ? ", " : "", all->first[i].name);
		if (all->first[i].at == SEK_SPAN_NEVER)
			printf(" (%s)", _("until unlocked"));
		else if (all->first[i].at != 0) {
			tool_time(t, when, sizeof(when), all->first[i].at);
			printf(" (%s)", when);
		}
	}
	if (all->n > n)
		printf(_(" and %llu more"), (unsigned long long)(all->n - n));
}

/* A line, where there are any. */
static void
print_some(const struct tool *t, const char *title, const struct names *all)
{
	if (all->n == 0)
		return;
	printf("%s: ", title);
	print_names(t, all);
	putchar('\n');
}

static void
print_attention(const struct state *s)
{
	size_t i;

	if (s->n == 0)
		puts(_("All well."));
	for (i = 0; i < s->n; i++)
		printf("! %s: %s%s%s\n", _(s->attention[i].about),
		    s->attention[i].text,
		    s->attention[i].remedy[0] != '\0' ? "\n    -> " : "",
		    s->attention[i].remedy);
	putchar('\n');
}

static void
print_services(const struct state *s)
{
	const struct tool_stack_service *service;
	unsigned shown = 0;
	size_t i;

	if (s->stack == NULL)
		return;
	printf("%s: ", _("Services that ask"));
	for (i = 0; i < s->stack->n; i++) {
		service = &s->stack->service[i];
		if (service->fragment || service->state != TOOL_STACK_ON ||
		    sek_edit_is_own(service->name))
			continue;
		if (shown++ < 6)
			printf("%s%s", shown > 1 ? ", " : "", service->name);
	}
	if (shown > 6)
		printf(_(" and %llu more"), (unsigned long long)(shown - 6));
	printf(_("%s; off: %u, broken: %u\n"), shown == 0 ? "-" : "", s->off,
	    s->broken);
}

/* Of a device it is this only, tomorrow. */
static const char *
why_cannot(const struct state *s, enum sek_reason reason)
{
	bool card = is_shut(s, SEK_EXPLAIN_CARD) &&
	    s->device[SEK_EXPLAIN_CARD].only.n > 0;
	bool key = is_shut(s, SEK_EXPLAIN_KEY) &&
	    s->device[SEK_EXPLAIN_KEY].only.n > 0;

	if (reason != SEK_REASON_DEVICE)
		return (tool_explain_word(reason));
	if (!card && !key)
		return (_("fingers cannot be asked here: what talks to readers"
		    " is not installed"));
	if (card && key)
		return (_("IC cards and security keys cannot be asked here:"
		    " what talks to them is not installed"));
	return (card ? _("IC cards cannot be asked here: what talks to them is"
	    " not installed") : _("security keys cannot be asked here: what"
	    " talks to them is not installed"));
}

static void
print_people(const struct state *s)
{
	char when[32];
	unsigned r;

	tool_time(s->t, when, sizeof(when), s->morning);
	printf(_("Accounts: %llu; cannot log in at %s: %llu\n"),
	    (unsigned long long)s->accounts, when,
	    (unsigned long long)s->cannot.n);
	for (r = 0; r < SEK_REASON_COUNT; r++) {
		if (s->cannot.of[r].n == 0)
			continue;
		printf("  %s: ", why_cannot(s, (enum sek_reason)r));
		print_names(s->t, &s->cannot.of[r]);
		putchar('\n');
	}
	if (s->not_asked > 0)
		printf(_("  the source of accounts was not asked of %llu\n"),
		    (unsigned long long)s->not_asked);
	printf("%s: ", _("Locked now"));
	print_names(s->t, &s->locked);
	printf("%s\n%s: ", s->locked.n == 0 ? "-" : "",
	    _("Ends within 14 days"));
	print_names(s->t, &s->ends);
	puts(s->ends.n == 0 ? "-" : "");
	print_some(s->t, _("Passwords that end soon"), &s->passwords);
	print_some(s->t, _("Dormant accounts"), &s->dormant);
	print_some(s->t, _("Certificates of cards that end soon"),
	    &s->certificates);
}

static void
print_store(const struct state *s)
{
	struct sek_mark mark;
	char when[32];
	size_t i;

	printf(_("Store: answers, %llu KiB; room on the disk: %llu MiB\n"),
	    (unsigned long long)(s->bytes >> 10),
	    (unsigned long long)(s->room >> 20));
	printf("%s:", _("Last"));
	for (i = 0; i < MARKS; i++) {
		tool_time(s->t, when, sizeof(when),
		    read_mark(s, marks[i], &mark) == SEK_OK ? mark.wall : 0);
		printf("%s %s %s", i > 0 ? "," : "", _(marks[i]), when);
	}
	printf("\n%s: %s\n", _("Clock"), s->clock_back ? _("set back") :
	    _("good"));
}

static void
print_exceptions(const struct state *s)
{
	const struct exception *e;
	char when[32];
	size_t i;

	for (i = 0; i < s->exceptions.n; i++) {
		e = &s->exceptions.is[i];
		tool_time(s->t, when, sizeof(when), e->until);
		if (e->lapsed)
			printf(_("Floor: %s = %s; exception %s has ended\n"),
			    e->key, e->value, e->id[0] != '\0' ? e->id : "-");
		else
			printf(_("Exception: %s = %s until %s (%s)\n"),
			    e->key, e->value, when, e->id);
	}
	if (s->exceptions.asked > 0)
		printf(_("Approvals that wait for a decision: %llu\n"),
		    (unsigned long long)s->exceptions.asked);
}

static void
print_glass(const struct state *s)
{
	char when[32];

	if (!s->glass.known)
		return;
	tool_time(s->t, when, sizeof(when), s->glass.of.at);
	if (s->glass.sealed)
		printf(_("Break-glass: sealed for %s until %s"),
		    s->glass.of.name, when);
	else
		fputs(_("Break-glass: none"), stdout);
	if (s->glass.spent + s->glass.reports > 0)
		fputs(_("; opened, and the report is due"), stdout);
	putchar('\n');
}

static void
print_plans(const struct state *s)
{
	char when[32];

	if (s->nplans == 0)
		return;
	tool_time(s->t, when, sizeof(when), s->plan[0].at);
	printf(_("Plans kept: %zu, the next at %s\n"), s->nplans, when);
}

static void
print_state(const struct state *s)
{
	const struct sek_settings *set = s->t->settings;
	char when[32];

	tool_time(s->t, when, sizeof(when), s->now.wall);
	if (set != NULL)
		printf("%s %s, %s %s, %s\n", _("Terminal"),
		    set->terminal.id[0] != '\0' ? set->terminal.id : "-",
		    _("profile"), sek_profile_name(
		    (enum sek_profile)set->terminal.profile), when);
	print_attention(s);
	print_services(s);
	print_exceptions(s);
	print_glass(s);
	print_plans(s);
	if (s->store) {
		print_people(s);
		print_store(s);
	}
}

/* ----------------------------------------------------------------- verb -- */

static int
tell(const struct state *s)
{
	int rc;

	if (s->t->json)
		rc = tool_json_print(state_json(s));
	else {
		print_state(s);
		rc = tool_flush();
	}
	if (rc != TOOL_YES)
		return (rc);
	if (s->unknown) {
		tool_error(_("not everything could be found out"));
		return (TOOL_TROUBLE);
	}
	if (s->n == 0)
		return (TOOL_YES);
	tool_error(_("this terminal needs attention"));
	return (TOOL_NO);
}

int
verb_state(struct tool *t, int argc, char **argv)
{
	struct state *s = calloc(1, sizeof(*s));
	int rc = TOOL_TROUBLE;

	(void)argc;
	(void)argv;
	if (s == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	s->t = t;
	if (sek_clock_now(&s->now) != SEK_OK) {
		rc = tool_fail(SEK_ERR_CLOCK, NULL);
	} else {
		if (load_settings(s)) {
			s->morning = next_morning(t, s->now.wall);
			look_at_store(s);
			look_at_envelopes(s);
			look_at_plans(s);
		}
		look_at_services(s);
		look_at_lines(s);
		rc = tell(s);
	}
	tool_stack_free(&s->stack);
	free(s->plan);
	free(s);
	return (rc);
}
