/*
 * approval.c - who may ask, give and end what, and what is in force
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nobody decides what he asked, nor what is about him.
 * MUST: doubt about who somebody is counts as the same person.
 * MUST: what a proof is missing of opens nothing; a login uid alone is none.
 * MUST: on a clock set back nothing is opened or prolonged; it may be shut.
 * MUST: no contractor stands in for anybody, decides about privileged IDs, or
 * asks for them for others (7(2)①ウ④).
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/model/grant.h"
#include "sekisho/model/ticket.h"
#include "sekisho/rule/approval.h"

#define TICKET_SUBSTITUTE	SEK_DAY
#define TICKET_ENROL		(14 * SEK_DAY)
/* Who may write the report of an envelope, beside who opened it. */
#define REPORTERS	(SEK_ROLE_BIT(SEK_ROLE_CISO) |			\
			SEK_ROLE_BIT(SEK_ROLE_SECURITY_MANAGER) |	\
			SEK_ROLE_BIT(SEK_ROLE_SYSTEM_MANAGER) |		\
			SEK_ROLE_BIT(SEK_ROLE_APPROVER))

static bool
is_somebody(const struct sek_approval_who *who)
{

	return (who->person[0] != '\0' && who->account[0] != '\0' &&
	    who->uid != UINT32_MAX);
}

/* ---- asking */

/* Of a beginning now or later, an end behind it, and not too far. */
static bool
times_ok(const struct sek_approval *a, int64_t wall, int64_t longest)
{
	int64_t from = a->not_before > wall ? a->not_before : wall;

	return (a->not_before >= 0 && a->not_after > from &&
	    from - wall <= SEK_APPROVAL_LONGEST &&
	    a->not_after - from <= longest &&
	    a->review_at > wall && a->review_at <= a->not_after);
}

static enum sek_approval_no
may_ask_unavoidable(const struct sek_approval *a,
    const struct sek_approval_wish *wish, const struct sek_approval_who *who,
    int64_t wall)
{

	if (!who->proven)
		return (SEK_NO_PROOF);
	if (!who->privileged)
		return (SEK_NO_PRIVILEGE);
	if (wish->pending)
		return (SEK_NO_PENDING);
	if (wish->full)
		return (SEK_NO_FULL);
	if (a->not_before > wall ||
	    !times_ok(a, wall, SEK_APPROVAL_UNAVOIDABLE))
		return (SEK_NO_TIME);
	return (SEK_NO_NONE);
}

/* One word and no more. */
static bool
is_one(const char *list)
{
	char word[SEK_NAME_MAX], more[2];

	return (sek_text_word(&list, word, sizeof(word)) && word[0] != '\0' &&
	    !sek_text_word(&list, more, sizeof(more)));
}

/* One account; a terminal, or none yet: the store names its own. */
static bool
ticket_scope_ok(const struct sek_approval *a,
    const struct sek_approval_wish *wish)
{

	return (wish->scope_ok && is_one(a->users) &&
	    (a->terminals[0] == '\0' || is_one(a->terminals)));
}

static bool
ticket_times_ok(const struct sek_approval *a, enum sek_purpose purpose,
    int64_t wall)
{
	int64_t longest = purpose == SEK_PURPOSE_ENROL ? TICKET_ENROL :
	    TICKET_SUBSTITUTE;

	return (a->review_at == 0 && a->not_before >= 0 &&
	    a->not_after > a->not_before && a->not_after > wall &&
	    a->not_after - wall <= longest);
}

/* A substitute by code or, with the witness there, attended; an enrolment by
 * code. */
static bool
ticket_form_ok(const struct sek_approval *a, enum sek_purpose purpose,
    bool attended)
{

	if (purpose != SEK_PURPOSE_SUBSTITUTE && purpose != SEK_PURPOSE_ENROL)
		return (false);
	if (attended)
		return (sek_ticket_attended(a));
	return (strcmp(a->value, SEK_TICKET_BY_CODE) == 0);
}

/* Whom it is for, when it is asked and again when it is given. */
static enum sek_approval_no
for_whom(enum sek_purpose purpose, bool subject_ok, bool form_ok, bool spent,
    bool enrolled)
{

	if (!subject_ok)
		return (SEK_NO_UNFIT);
	if (purpose == SEK_PURPOSE_ENROL)
		return (enrolled ? SEK_NO_ENROLLED : SEK_NO_NONE);
	if (!form_ok)
		return (SEK_NO_SUBSTITUTE);
	return (spent ? SEK_NO_DAYS : SEK_NO_NONE);
}

static enum sek_approval_no
may_ask_ticket(const struct sek_approval *a,
    const struct sek_approval_wish *wish, const struct sek_approval_who *who,
    int64_t wall)
{
	enum sek_purpose purpose = sek_ticket_purpose(a);
	enum sek_approval_no no;

	if (!ticket_form_ok(a, purpose, wish->attended))
		return (SEK_NO_PURPOSE);
	if (wish->unavoidable)
		return (SEK_NO_PRIVILEGE);
	if (!ticket_scope_ok(a, wish))
		return (SEK_NO_SCOPE);
	if (sek_text_is_blank(a->reason))
		return (SEK_NO_REASON);
	if (!ticket_times_ok(a, purpose, wall))
		return (SEK_NO_TIME);
	/* At his prompt he is only being admitted: the witness proves. */
	if (!wish->attended && !who->proven &&
	    who->audit_session == UINT32_MAX)
		return (SEK_NO_PROOF);
	if ((no = for_whom(purpose, wish->subject_ok, wish->form_ok,
	    wish->spent, wish->enrolled)) != SEK_NO_NONE || wish->attended)
		return (no);
	if (wish->live >= SEK_TICKETS_LIVE)
		return (SEK_NO_TICKETS);
	/* In April an administrator asks for all who come. */
	return (wish->waiting >= (purpose == SEK_PURPOSE_ENROL &&
	    who->privileged ? SEK_ENROL_WAITING : SEK_APPROVAL_WAITING) ?
	    SEK_NO_MANY : SEK_NO_NONE);
}

/* ---- asking for privileged IDs */

/* Whom it is for, when it is asked and again when it is given. */
static enum sek_approval_no
privilege_for_whom(const struct sek_approval *a, bool subject_ok,
    bool contractor)
{

	if (!subject_ok)
		return (SEK_NO_UNFIT);
	return (contractor && a->kind == SEK_APPROVAL_DEPUTY ?
	    SEK_NO_CONTRACTOR : SEK_NO_NONE);
}

/* Only an emergency's is to be looked at by somebody: by when. */
static bool
grant_times_ok(const struct sek_approval *a, bool unavoidable, int64_t wall)
{
	int64_t from = a->not_before > wall ? a->not_before : wall;

	if (a->not_before < 0 || a->not_after <= from ||
	    from - wall > SEK_APPROVAL_LONGEST ||
	    a->not_after - from > SEK_GRANT_LONGEST)
		return (false);
	if (!unavoidable)
		return (a->review_at == 0);
	return (a->not_before <= wall &&
	    a->not_after - wall <= SEK_APPROVAL_UNAVOIDABLE &&
	    a->review_at > wall && a->review_at - wall <= SEK_GRANT_LONGEST);
}

/* An emergency: who uses privileged IDs anyhow, for himself, by his proof. */
static enum sek_approval_no
may_ask_emergency(const struct sek_approval *a,
    const struct sek_approval_wish *wish, const struct sek_approval_who *who)
{

	if (a->kind != SEK_APPROVAL_GRANT ||
	    (!who->privileged && !wish->listed))
		return (SEK_NO_PRIVILEGE);
	if (!wish->own)
		return (SEK_NO_UNFIT);
	if (who->contractor)
		return (SEK_NO_CONTRACTOR);
	if (!who->proven)
		return (SEK_NO_PROOF);
	return (wish->pending ? SEK_NO_PENDING : SEK_NO_NONE);
}

/* What the work is, and how long a session of it lasts. */
static enum sek_approval_no
grant_words_ok(const struct sek_approval *a)
{

	if (sek_text_is_blank(a->reason) || sek_text_is_blank(a->clause))
		return (SEK_NO_REASON);
	if (a->kind == SEK_APPROVAL_DEPUTY)
		return (a->value[0] == '\0' && a->uses_max == 0 ?
		    SEK_NO_NONE : SEK_NO_TIME);
	return (sek_grant_span(a) > 0 ? SEK_NO_NONE : SEK_NO_TIME);
}

static enum sek_approval_no
may_ask_privilege(const struct sek_approval *a,
    const struct sek_approval_wish *wish, const struct sek_approval_who *who,
    int64_t wall)
{
	enum sek_approval_no no;

	if (!wish->target_ok)
		return (SEK_NO_TARGET);
	if (!wish->scope_ok || !is_one(a->users))
		return (SEK_NO_SCOPE);
	if ((no = grant_words_ok(a)) != SEK_NO_NONE)
		return (no);
	if (!grant_times_ok(a, wish->unavoidable, wall))
		return (SEK_NO_TIME);
	if (!who->proven && who->audit_session == UINT32_MAX)
		return (SEK_NO_PROOF);
	if ((no = privilege_for_whom(a, wish->subject_ok,
	    wish->subject_contractor)) != SEK_NO_NONE)
		return (no);
	if (who->contractor && !wish->own)
		return (SEK_NO_CONTRACTOR);
	if (wish->waiting >= SEK_APPROVAL_WAITING)
		return (SEK_NO_MANY);
	return (wish->unavoidable ? may_ask_emergency(a, wish, who) :
	    SEK_NO_NONE);
}

enum sek_approval_no
sek_approval_may_ask(const struct sek_approval *a,
    const struct sek_approval_wish *wish, const struct sek_approval_who *who,
    int64_t wall, bool clock_back)
{

	if (!is_somebody(who))
		return (SEK_NO_PERSON);
	if (clock_back)
		return (SEK_NO_CLOCK);
	if (a->kind == SEK_APPROVAL_TICKET)
		return (may_ask_ticket(a, wish, who, wall));
	if (sek_grant_is(a))
		return (may_ask_privilege(a, wish, who, wall));
	if (a->kind != SEK_APPROVAL_EXCEPTION || !wish->in_table ||
	    a->key[0] == '\0' || a->value[0] == '\0')
		return (SEK_NO_KEY);
	if (!wish->scope_ok)
		return (SEK_NO_SCOPE);
	if (sek_text_is_blank(a->reason))
		return (SEK_NO_REASON);
	if (!times_ok(a, wall, SEK_APPROVAL_LONGEST))
		return (SEK_NO_TIME);
	/* Of no session known, no half could ever be told from it. */
	if (!who->proven && who->audit_session == UINT32_MAX)
		return (SEK_NO_PROOF);
	if (wish->waiting >= SEK_APPROVAL_WAITING)
		return (SEK_NO_MANY);
	return (wish->unavoidable ? may_ask_unavoidable(a, wish, who, wall) :
	    SEK_NO_NONE);
}

/* ---- who is who */

bool
sek_approval_same(const struct sek_part *part,
    const struct sek_approval_who *who)
{

	return ((part->person[0] != '\0' &&
	    strcmp(part->person, who->person) == 0) ||
	    strcmp(part->account, who->account) == 0 ||
	    part->uid == who->uid);
}

/* Halves that are not proven must come from two sessions, both known. */
static bool
sessions_apart(const struct sek_part *asked,
    const struct sek_approval_who *who)
{

	if (asked->proven && who->proven)
		return (true);
	if ((!asked->proven && asked->audit_session == UINT32_MAX) ||
	    (!who->proven && who->audit_session == UINT32_MAX))
		return (false);
	return (asked->audit_session != who->audit_session);
}

static bool
asked_it(const struct sek_approval *a, const struct sek_approval_deed *deed,
    const struct sek_approval_who *who)
{

	return (deed->asker || sek_approval_same(&a->asked, who));
}

static bool
gave_it(const struct sek_approval *a, const struct sek_approval_deed *deed,
    const struct sek_approval_who *who)
{

	return (deed->giver || sek_approval_same(&a->decided, who));
}

static bool
holds_role(const struct sek_approval *a, const struct sek_approval_who *who)
{
	enum sek_role r = sek_approval_role((enum sek_approval_kind)a->kind);

	if (sek_grant_is(a) && who->contractor)
		return (false);
	return ((who->roles & SEK_ROLE_BIT(r)) != 0);
}

/* May he decide it: another person, whose role may, and whom it is not
 * about? */
static enum sek_approval_no
may_decide(const struct sek_approval *a, const struct sek_approval_deed *deed,
    const struct sek_approval_who *who)
{

	if (asked_it(a, deed, who))
		return (SEK_NO_SAME_PERSON);
	if (deed->subject)
		return (SEK_NO_SUBJECT);
	if (sek_grant_is(a) && who->contractor)
		return (SEK_NO_CONTRACTOR);
	if (!holds_role(a, who))
		return (SEK_NO_ROLE);
	return (sessions_apart(&a->asked, who) ? SEK_NO_NONE :
	    SEK_NO_SAME_SESSION);
}

/* ---- deeds, each with the state it is for */

/* Given once, by whatever state it came to since. */
static bool
was_given(const struct sek_approval *a)
{

	/* Nobody gives an envelope. */
	return ((a->decided.at != 0 || a->kind == SEK_APPROVAL_BREAK_GLASS) &&
	    (a->state == SEK_APPROVAL_GIVEN ||
	    a->state == SEK_APPROVAL_REVOKED ||
	    a->state == SEK_APPROVAL_ENDED));
}

static enum sek_approval_no
may_give(const struct sek_approval *a, const struct sek_approval_deed *deed,
    const struct sek_approval_who *who, int64_t wall)
{
	enum sek_approval_no no;

	if (a->state != SEK_APPROVAL_ASKED)
		return (SEK_NO_STATE);
	if (sek_approval_over(a, wall))
		return (SEK_NO_TIME);
	if ((no = may_decide(a, deed, who)) != SEK_NO_NONE)
		return (no);
	if (a->kind == SEK_APPROVAL_TICKET)
		return (for_whom(sek_ticket_purpose(a), deed->subject_ok,
		    deed->form_ok, deed->spent, deed->enrolled));
	if (sek_grant_is(a))
		return (privilege_for_whom(a, deed->subject_ok,
		    deed->subject_contractor));
	return (deed->full ? SEK_NO_FULL : SEK_NO_NONE);
}

static enum sek_approval_no
may_refuse(const struct sek_approval *a, const struct sek_approval_deed *deed,
    const struct sek_approval_who *who, int64_t wall)
{
	enum sek_approval_no no;

	(void)wall;
	if (a->state != SEK_APPROVAL_ASKED)
		return (SEK_NO_STATE);
	if ((no = may_decide(a, deed, who)) != SEK_NO_NONE &&
	    no != SEK_NO_SAME_SESSION)
		return (no);
	return (sek_text_is_blank(deed->note) ? SEK_NO_NOTE : SEK_NO_NONE);
}

static enum sek_approval_no
may_withdraw(const struct sek_approval *a,
    const struct sek_approval_deed *deed, const struct sek_approval_who *who,
    int64_t wall)
{

	(void)wall;
	if (a->state != SEK_APPROVAL_ASKED)
		return (SEK_NO_STATE);
	if (!asked_it(a, deed, who))
		return (SEK_NO_ROLE);
	return (sek_text_is_blank(deed->note) ? SEK_NO_NOTE : SEK_NO_NONE);
}

/* Who asked it may shut it, and whoever may give it. */
static enum sek_approval_no
may_shut(const struct sek_approval *a, const struct sek_approval_deed *deed,
    const struct sek_approval_who *who)
{

	if (!asked_it(a, deed, who) && !holds_role(a, who))
		return (SEK_NO_ROLE);
	return (sek_text_is_blank(deed->note) ? SEK_NO_NOTE : SEK_NO_NONE);
}

static enum sek_approval_no
may_revoke(const struct sek_approval *a, const struct sek_approval_deed *deed,
    const struct sek_approval_who *who, int64_t wall)
{

	if (a->state != SEK_APPROVAL_GIVEN || sek_approval_over(a, wall))
		return (SEK_NO_STATE);
	/* Whose it is may have it taken away: his code fell into others'
	 * hands; he does not work after all. */
	if ((a->kind == SEK_APPROVAL_TICKET || sek_grant_is(a)) &&
	    deed->subject)
		return (sek_text_is_blank(deed->note) ? SEK_NO_NOTE :
		    SEK_NO_NONE);
	return (may_shut(a, deed, who));
}

/* Also when it is over: what it opened was opened without a proof. */
static enum sek_approval_no
may_confirm_ticket(const struct sek_approval *a,
    const struct sek_approval_deed *deed, const struct sek_approval_who *who,
    int64_t wall)
{

	if ((sek_approval_overdue(a, wall) & SEK_OVERDUE_UNPROVEN) == 0)
		return (SEK_NO_STATE);
	if (!who->proven)
		return (SEK_NO_PROOF);
	return (may_decide(a, deed, who));
}

static enum sek_approval_no
may_confirm(const struct sek_approval *a,
    const struct sek_approval_deed *deed, const struct sek_approval_who *who,
    int64_t wall)
{
	enum sek_approval_no no;

	if (a->kind == SEK_APPROVAL_TICKET)
		return (may_confirm_ticket(a, deed, who, wall));
	if (a->state != SEK_APPROVAL_GIVEN || sek_approval_over(a, wall) ||
	    sek_approval_proven(a) || a->unavoidable)
		return (SEK_NO_STATE);
	if (!who->proven)
		return (SEK_NO_PROOF);
	if ((no = may_decide(a, deed, who)) != SEK_NO_NONE)
		return (no);
	/* The giver proved himself already: another one has to. */
	if (a->decided.proven && gave_it(a, deed, who))
		return (SEK_NO_SAME_PERSON);
	if (sek_grant_is(a))
		return (privilege_for_whom(a, deed->subject_ok,
		    deed->subject_contractor));
	return (deed->full ? SEK_NO_FULL : SEK_NO_NONE);
}

/* Of looking at it: another person, whose role may, by a proof. */
static enum sek_approval_no
may_look(const struct sek_approval *a, const struct sek_approval_deed *deed,
    const struct sek_approval_who *who)
{
	enum sek_approval_no no;

	if (!who->proven)
		return (SEK_NO_PROOF);
	/* He has proved himself, and it stands already: sessions do not
	 * matter. */
	if ((no = may_decide(a, deed, who)) != SEK_NO_NONE &&
	    no != SEK_NO_SAME_SESSION)
		return (no);
	return (sek_text_is_blank(deed->note) ? SEK_NO_NOTE : SEK_NO_NONE);
}

static enum sek_approval_no
may_keep(const struct sek_approval *a, const struct sek_approval_deed *deed,
    const struct sek_approval_who *who, int64_t wall)
{
	enum sek_approval_no no;

	if (a->state != SEK_APPROVAL_GIVEN || sek_approval_over(a, wall) ||
	    !sek_approval_proven(a) || a->unavoidable)
		return (SEK_NO_STATE);
	if ((no = may_look(a, deed, who)) != SEK_NO_NONE)
		return (no);
	/* It stands by two who proved themselves, the giver and who looked at
	 * it last: where the asker did not, the giver cannot be both. */
	if (!a->asked.proven && gave_it(a, deed, who))
		return (SEK_NO_SAME_PERSON);
	return (deed->review_at > wall && deed->review_at <= a->not_after ?
	    SEK_NO_NONE : SEK_NO_TIME);
}

static enum sek_approval_no
may_review(const struct sek_approval *a, const struct sek_approval_deed *deed,
    const struct sek_approval_who *who, int64_t wall)
{

	(void)wall;
	if (!a->unavoidable || a->reviewed.at != 0)
		return (SEK_NO_STATE);
	return (may_look(a, deed, who));
}

/* The report of an opened envelope: by who opened it, or who answers for such
 * things. */
static enum sek_approval_no
may_report(const struct sek_approval *a, const struct sek_approval_deed *deed,
    const struct sek_approval_who *who)
{

	if (!asked_it(a, deed, who) && !who->privileged &&
	    (who->roles & REPORTERS) == 0)
		return (SEK_NO_ROLE);
	return (sek_text_is_blank(deed->note) ? SEK_NO_NOTE : SEK_NO_NONE);
}

/* The result of the work: by who did it, or asked it, or may give such; as
 * soon as something was done under it. */
static enum sek_approval_no
may_tell_result(const struct sek_approval *a,
    const struct sek_approval_deed *deed, const struct sek_approval_who *who)
{

	if (!was_given(a) || a->state == SEK_APPROVAL_REVOKED ||
	    a->uses == 0 || a->ended.note[0] != '\0')
		return (SEK_NO_STATE);
	if (deed->subject)
		return (sek_text_is_blank(deed->note) ? SEK_NO_NOTE :
		    SEK_NO_NONE);
	return (may_shut(a, deed, who));
}

static enum sek_approval_no
may_close(const struct sek_approval *a, const struct sek_approval_deed *deed,
    const struct sek_approval_who *who, int64_t wall)
{

	if (a->kind == SEK_APPROVAL_GRANT)
		return (may_tell_result(a, deed, who));
	if ((sek_approval_overdue(a, wall) & SEK_OVERDUE_REPORT) != 0)
		return (may_report(a, deed, who));
	if ((sek_approval_overdue(a, wall) & SEK_OVERDUE_CLOSING) == 0)
		return (SEK_NO_STATE);
	return (may_shut(a, deed, who));
}

static const struct {
	const char		*name;
	enum sek_approval_no	 (*may)(const struct sek_approval *,
				    const struct sek_approval_deed *,
				    const struct sek_approval_who *, int64_t);
	bool			 opens;		/* or prolongs */
} acts[SEK_ACTS] = {
	[SEK_ACT_GIVE]		= { "give", may_give, true },
	[SEK_ACT_REFUSE]	= { "refuse", may_refuse, false },
	[SEK_ACT_WITHDRAW]	= { "withdraw", may_withdraw, false },
	[SEK_ACT_REVOKE]	= { "revoke", may_revoke, false },
	[SEK_ACT_CONFIRM]	= { "confirm", may_confirm, true },
	[SEK_ACT_KEEP]		= { "keep", may_keep, true },
	[SEK_ACT_REVIEW]	= { "review", may_review, false },
	[SEK_ACT_CLOSE]		= { "close", may_close, false },
};

/* Is it one for this kind at all? */
static bool
is_act_of(const struct sek_approval *a, enum sek_approval_act act)
{

	if (a->kind == SEK_APPROVAL_BREAK_GLASS)
		return (act == SEK_ACT_CLOSE);
	if (sek_grant_is(a))
		return (act != SEK_ACT_KEEP);
	return (a->kind != SEK_APPROVAL_TICKET || (act != SEK_ACT_KEEP &&
	    act != SEK_ACT_REVIEW && act != SEK_ACT_CLOSE));
}

enum sek_approval_no
sek_approval_may(const struct sek_approval *a,
    const struct sek_approval_deed *deed, const struct sek_approval_who *who,
    int64_t wall, bool clock_back)
{
	size_t act = (size_t)deed->act;

	if (act >= SEK_ACTS || acts[act].may == NULL ||
	    !is_act_of(a, deed->act))
		return (SEK_NO_STATE);
	if (!is_somebody(who))
		return (SEK_NO_PERSON);
	if (clock_back && acts[act].opens)
		return (SEK_NO_CLOCK);
	return (acts[act].may(a, deed, who, wall));
}

/* ---- what holds */

bool
sek_approval_proven(const struct sek_approval *a)
{

	if (a->unavoidable)
		return (a->asked.proven);
	/* Whom it is for may have asked it at his own prompt. */
	if (a->kind == SEK_APPROVAL_TICKET)
		return (a->decided.proven || a->reviewed.proven);
	return (a->decided.proven && (a->asked.proven || a->reviewed.proven));
}

int64_t
sek_approval_review(int64_t from, int64_t until)
{

	if (from < 0 || from > INT64_MAX - SEK_APPROVAL_REVIEW ||
	    from + SEK_APPROVAL_REVIEW > until)
		return (until);
	return (from + SEK_APPROVAL_REVIEW);
}

int64_t
sek_approval_end(const struct sek_approval *a)
{
	int64_t end = a->not_after;

	if (a->decided.at != 0 && !sek_approval_proven(a) &&
	    a->decided.at < INT64_MAX - SEK_APPROVAL_UNPROVEN &&
	    a->decided.at + SEK_APPROVAL_UNPROVEN < end)
		end = a->decided.at + SEK_APPROVAL_UNPROVEN;
	return (end);
}

bool
sek_approval_over(const struct sek_approval *a, int64_t wall)
{

	return (wall >= sek_approval_end(a) ||
	    (a->uses_max != 0 && a->uses >= a->uses_max));
}

/* By a proof, or, of a ticket for a day and of an envelope, without. */
static bool
stands(const struct sek_approval *a)
{

	return (a->kind == SEK_APPROVAL_TICKET ||
	    a->kind == SEK_APPROVAL_BREAK_GLASS || sek_approval_proven(a));
}

bool
sek_approval_in_force(const struct sek_approval *a, int64_t wall,
    bool clock_back)
{

	return (!clock_back && a->state == SEK_APPROVAL_GIVEN &&
	    stands(a) && wall >= a->not_before &&
	    !sek_approval_over(a, wall));
}

bool
sek_approval_opened(const struct sek_approval *a)
{

	return (was_given(a) && stands(a));
}

/* What it opened without a proof stays to be confirmed when it is over. */
static uint32_t
ticket_overdue(const struct sek_approval *a, bool over)
{

	return (!sek_approval_proven(a) && (a->uses != 0 ||
	    (a->state == SEK_APPROVAL_GIVEN && !over)) ?
	    SEK_OVERDUE_UNPROVEN : 0);
}

/* Who used it says what he did; nobody else is asked for a word. */
static uint32_t
privilege_overdue(const struct sek_approval *a, bool over, int64_t wall)
{
	uint32_t bits = 0;

	if (a->unavoidable && a->reviewed.at == 0) {
		bits |= SEK_OVERDUE_UNAVOIDABLE;
		if (a->review_at != 0 && wall >= a->review_at)
			bits |= SEK_OVERDUE_REVIEW;
	}
	if (a->kind == SEK_APPROVAL_GRANT && over && a->uses != 0 &&
	    a->ended.note[0] == '\0')
		bits |= SEK_OVERDUE_CLOSING;
	if (a->state == SEK_APPROVAL_GIVEN && !over && !sek_approval_proven(a))
		bits |= SEK_OVERDUE_UNPROVEN;
	return (bits);
}

uint32_t
sek_approval_overdue(const struct sek_approval *a, int64_t wall)
{
	bool given = a->state == SEK_APPROVAL_GIVEN;
	bool over = a->state == SEK_APPROVAL_ENDED ||
	    (given && sek_approval_over(a, wall));
	uint32_t bits = 0;

	if (!was_given(a))
		return (0);
	if (a->kind == SEK_APPROVAL_BREAK_GLASS)
		return (a->ended.note[0] == '\0' ? SEK_OVERDUE_REPORT : 0);
	if (a->kind == SEK_APPROVAL_TICKET)
		return (ticket_overdue(a, over));
	if (sek_grant_is(a))
		return (privilege_overdue(a, over, wall));
	if (a->unavoidable)
		return (a->reviewed.at == 0 ? SEK_OVERDUE_UNAVOIDABLE : 0);
	if (over)
		return (a->ended.note[0] == '\0' ? SEK_OVERDUE_CLOSING : 0);
	if (given && !sek_approval_proven(a))
		bits |= SEK_OVERDUE_UNPROVEN;
	if (given && a->review_at != 0 && wall >= a->review_at)
		bits |= SEK_OVERDUE_REVIEW;
	return (bits);
}

enum sek_role
sek_approval_role(enum sek_approval_kind k)
{

	return (k == SEK_APPROVAL_EXCEPTION || k == SEK_APPROVAL_DEPUTY ?
	    SEK_ROLE_CISO : SEK_ROLE_APPROVER);
}

/* ---- words */

static const char *
shown_given(const struct sek_approval *a, int64_t wall)
{

	if (sek_approval_over(a, wall))
		return (a->unavoidable && a->reviewed.at != 0 ? "reviewed" :
		    "over");
	return (sek_approval_in_force(a, wall, false) ? "in-force" :
	    "waiting");
}

const char *
sek_approval_shown(const struct sek_approval *a, int64_t wall)
{

	switch ((enum sek_approval_state)a->state) {
	case SEK_APPROVAL_ASKED:
		return (sek_approval_over(a, wall) ? "over" : "asked");
	case SEK_APPROVAL_GIVEN:
		return (shown_given(a, wall));
	case SEK_APPROVAL_REFUSED:
	case SEK_APPROVAL_WITHDRAWN:
	case SEK_APPROVAL_REVOKED:
		return (sek_approval_state_name(
		    (enum sek_approval_state)a->state));
	case SEK_APPROVAL_ENDED:
		if (a->unavoidable && a->reviewed.at != 0)
			return ("reviewed");
		return (a->ended.note[0] != '\0' ? "closed" : "over");
	case SEK_APPROVAL_STATES:
		break;
	}
	return (NULL);
}

const char *
sek_approval_act_name(enum sek_approval_act act)
{

	return ((size_t)act < SEK_ACTS ? acts[act].name : NULL);
}

const char *
sek_approval_no_name(enum sek_approval_no no)
{
	static const char *const names[SEK_NOS] = {
		[SEK_NO_NONE]		= "none",
		[SEK_NO_SAME_PERSON]	= "same-person",
		[SEK_NO_SUBJECT]	= "subject",
		[SEK_NO_SAME_SESSION]	= "same-session",
		[SEK_NO_ROLE]		= "role",
		[SEK_NO_PROOF]		= "proof",
		[SEK_NO_PERSON]		= "person",
		[SEK_NO_STATE]		= "state",
		[SEK_NO_TIME]		= "time",
		[SEK_NO_CLOCK]		= "clock",
		[SEK_NO_KEY]		= "key",
		[SEK_NO_REASON]		= "reason",
		[SEK_NO_PRIVILEGE]	= "privilege",
		[SEK_NO_PENDING]	= "pending",
		[SEK_NO_NOTE]		= "note",
		[SEK_NO_SCOPE]		= "scope",
		[SEK_NO_MANY]		= "many",
		[SEK_NO_FULL]		= "full",
		[SEK_NO_PURPOSE]	= "purpose",
		[SEK_NO_UNFIT]		= "unfit",
		[SEK_NO_SUBSTITUTE]	= "substitute",
		[SEK_NO_DAYS]		= "days",
		[SEK_NO_TICKETS]	= "tickets",
		[SEK_NO_ENROLLED]	= "enrolled",
		[SEK_NO_TARGET]		= "target",
		[SEK_NO_CONTRACTOR]	= "contractor",
	};

	return ((size_t)no < SEK_NOS ? names[no] : NULL);
}
