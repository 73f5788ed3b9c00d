/*
 * approval.c - asking for approvals and deciding them, by sekisho-helper
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: who is neither in it nor holds a role learns not even that it exists.
 * MUST: what is signed is shown before it is proved for.
 * MUST: the code of a ticket goes to the client that asked, once.
 * MUST: the rules asked here only spare a proof for nothing: the store, which
 * knows all accounts of a person, asks them again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "helper.h"
#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/logind.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/grant.h"
#include "sekisho/flow/grant_end.h"
#include "sekisho/flow/proof.h"
#include "sekisho/model/grant.h"
#include "sekisho/model/ticket.h"
#include "sekisho/rule/approval.h"

#define ALL_MAX	100000u		/* of a list: it ends */

/* Why not: the tool has a sentence for each, in its words. */
static enum sek_err
no_because(struct helper *h, enum sek_approval_no no)
{

	return (sek_why(&h->told, SEK_ERR_REFUSED, "%s",
	    sek_approval_no_name(no)));
}

static enum sek_err
no_such(struct helper *h)
{

	return (helper_no(h, SEK_ERR_NOT_FOUND, N_("There is no such "
	    "approval, or it is not for you to see.")));
}

/* ------------------------------------------------------------- who he is */

static enum sek_err
begin(struct helper *h)
{
	enum sek_err err;

	if ((err = sek_account_roles(&h->roles, h->settings, h->who.name,
	    h->who.gid)) != SEK_OK)
		return (helper_trouble(h, err));
	/* What is decided is recorded on a full disk, too. */
	sek_store_may_use_reserve(h->store, h->privileged ||
	    (h->roles & SEK_ROLES_DECIDING) != 0);
	return (helper_self(h));
}

/* A store of before: he is told before he proves himself for nothing. */
static enum sek_err
begin_act(struct helper *h)
{
	enum sek_err err;

	if ((err = begin(h)) != SEK_OK || h->self.approvals != 0)
		return (err);
	return (helper_no(h, SEK_ERR_STORE_OLDER, N_("Approvals are not "
	    "possible here yet: please ask an administrator to run sekisho "
	    "store migrate.")));
}

/* As the rules see him once he has proved himself. */
static struct sek_approval_who
who(const struct helper *h)
{
	const struct sek_account *a = &h->self.user.account;
	struct sek_approval_who w = { .person = h->who.name,
	    .account = h->who.name, .uid = h->who.uid,
	    .audit_session = sek_audit_session(), .roles = h->roles,
	    .privileged = h->privileged, .proven = true };

	if (a->name[0] != '\0')
		w.person = a->shared ? "" : a->person;
	return (w);
}

static bool
is_him(const struct helper *h, const struct sek_part *part)
{
	const struct sek_approval_who w = who(h);

	return (part->at != 0 && sek_approval_same(part, &w));
}

static bool
names_him(const struct helper *h, const struct sek_approval *a)
{
	const char *at = a->users;
	char name[SEK_NAME_MAX];

	while (sek_text_word(&at, name, sizeof(name)))
		if (strcmp(name, h->who.name) == 0)
			return (true);
	return (false);
}

static bool
may_see(const struct helper *h, const struct sek_approval *a)
{

	return (h->roles != 0 || is_him(h, &a->asked) ||
	    is_him(h, &a->decided) || names_him(h, a));
}

/* ----------------------------------------------------------------- lists */

static enum sek_err
send_one(struct helper *h, const struct sek_approval *a, int64_t wall,
    bool clock_back)
{
	struct sek_helper_approval *out;
	enum sek_err err;

	if ((out = calloc(1, sizeof(*out))) == NULL)
		return (SEK_ERR_NOMEM);
	out->a = *a;
	memcpy(out->timezone, h->settings->terminal.timezone,
	    sizeof(out->timezone));
	out->overdue = sek_approval_overdue(a, wall);
	out->in_force = sek_approval_in_force(a, wall, clock_back);
	err = helper_data(h, SEK_HELPER_DATA_APPROVAL, out, sizeof(*out));
	free(out);
	return (err);
}

static enum sek_err
send_part(struct helper *h, const struct sek_approval_list_out *part,
    unsigned *sent)
{
	enum sek_err err = SEK_OK;
	uint32_t i;

	for (i = 0; i < part->n && i < SEK_APPROVALS_PART && err == SEK_OK;
	    i++)
		if (may_see(h, &part->a[i])) {
			err = send_one(h, &part->a[i], part->wall,
			    part->clock_back != 0);
			++*sent;
		}
	return (err);
}

enum sek_err
helper_approvals(struct helper *h, const struct sek_helper_approvals *in)
{
	struct sek_approval_list_out *part;
	struct sek_approval_list list;
	unsigned sent = 0, tampered = 0, n;
	enum sek_err err;

	memset(&list, 0, sizeof(list));
	memcpy(list.id, in->id, sizeof(list.id));
	list.kind = in->kind;
	list.open_only = in->open_only;
	if ((err = begin(h)) != SEK_OK)
		return (err);
	if ((part = calloc(1, sizeof(*part))) == NULL)
		return (SEK_ERR_NOMEM);
	part->more = 1;
	for (n = 0; n < ALL_MAX && err == SEK_OK && part->more != 0;
	    n += SEK_APPROVALS_PART) {
		memset(part, 0, sizeof(*part));
		err = sek_store_approvals(h->store, &list, part);
		if (err == SEK_ERR_NOT_FOUND && in->id[0] != '\0')
			break;
		if (err != SEK_OK)
			err = helper_trouble(h, err);
		else
			err = send_part(h, part, &sent);
		tampered += part->tampered;
		if (part->n > 0 && part->n <= SEK_APPROVALS_PART)
			memcpy(list.after, part->a[part->n - 1].id,
			    sizeof(list.after));
	}
	free(part);
	if (tampered > 0)
		helper_log(LOG_ALERT, "approvals changed by other means are "
		    "left out of a list: %u; see sekisho store status",
		    tampered);
	if (in->id[0] != '\0' && sent == 0 &&
	    (err == SEK_OK || err == SEK_ERR_NOT_FOUND))
		err = no_such(h);
	return (err);
}

/* ---------------------------------------------------------------- asking */

/* Of what the client sent, what is his to say. */
static void
take_wish(struct sek_approval *a, const struct sek_approval *in, int64_t wall)
{

	memset(a, 0, sizeof(*a));
	a->kind = in->kind;
	(void)sek_text_copy(a->clause, sizeof(a->clause), in->clause);
	(void)sek_text_copy(a->key, sizeof(a->key), in->key);
	(void)sek_text_copy(a->value, sizeof(a->value), in->value);
	(void)sek_text_copy(a->users, sizeof(a->users), in->users);
	(void)sek_text_copy(a->terminals, sizeof(a->terminals),
	    in->terminals);
	(void)sek_text_copy(a->reason, sizeof(a->reason), in->reason);
	a->not_before = in->not_before;
	a->not_after = in->not_after;
	a->review_at = in->review_at;
	a->uses_max = in->uses_max;
	if (a->kind != SEK_APPROVAL_EXCEPTION)
		a->review_at = 0;
	else if (a->review_at == 0)
		a->review_at = sek_approval_review(a->not_before > wall ?
		    a->not_before : wall, a->not_after);
}

/* Before he proves himself for nothing. What else of his is pending, and who
 * is meant, the store knows. */
static enum sek_err
check_wish(struct helper *h, const struct sek_approval_ask *ask, int64_t wall)
{
	struct sek_settings_except ex;
	const struct sek_approval_wish wish = {
	    .unavoidable = ask->unavoidable != 0, .scope_ok = true,
	    .in_table = sek_settings_except(&ex, ask->a.key, ask->a.value,
	    (enum sek_profile)h->settings->terminal.profile) == SEK_OK,
	    .subject_ok = ask->subject_uid != SEK_UID_NONE &&
	    (sek_grant_is(&ask->a) || (ask->subject_uid != 0 &&
	    !ask->subject_privileged)),
	    .form_ok = ask->max != 0,
	    .target_ok = ask->target_privileged != 0 ||
	    strcmp(ask->a.key, SEK_GRANT_ANY) == 0,
	    .own = ask->subject_uid == h->who.uid, .listed = true };
	const struct sek_approval_who w = who(h);
	enum sek_approval_no no;

	no = sek_approval_may_ask(&ask->a, &wish, &w, wall, false);
	return (no == SEK_NO_NONE ? SEK_OK : no_because(h, no));
}

/* Whom a ticket is for, by the account sources and the policy for him, and
 * until when it can be. */
static enum sek_err
know_subject(struct helper *h, struct sek_approval_ask *ask, int64_t wall)
{
	int64_t end = sek_facts_ticket_end(h->settings,
	    sek_ticket_purpose(&ask->a), wall);
	struct sek_claimant who;
	enum sek_err err;

	ask->subject_uid = SEK_UID_NONE;
	if (sek_grant_is(&ask->a))
		return ((err = sek_grant_fill(ask, h->settings, h->who.name,
		    wall)) == SEK_OK ? SEK_OK : helper_trouble(h, err));
	if (ask->a.kind != SEK_APPROVAL_TICKET)
		return (SEK_OK);
	ask->a.not_before = wall;
	if (ask->a.not_after == 0 || ask->a.not_after > end)
		ask->a.not_after = end;
	memset(&who, 0, sizeof(who));
	if ((err = sek_facts_account(&who, h->settings, ask->a.users)) !=
	    SEK_OK)
		return (helper_trouble(h, err));
	if (who.known == 0)
		return (SEK_OK);
	(void)sek_text_copy(ask->a.users, sizeof(ask->a.users), who.name);
	ask->subject_uid = who.uid;
	ask->subject_privileged = who.privileged;
	ask->max = sek_facts_substitutes(h->settings, who.name, h->who.name);
	return (SEK_OK);
}

/* It will wait for nobody: he is told before he proves himself. */
static void
tell_of_role(struct helper *h, const struct sek_approval_ask *ask)
{

	if (sek_approval_role((enum sek_approval_kind)ask->a.kind) ==
	    SEK_ROLE_APPROVER) {
		if (!ask->unavoidable && !sek_account_groups_have_members(
		    h->settings->roles.approver))
			helper_say(h, false, helper_text(h, N_("Nobody seems "
			    "to hold the role that decides this "
			    "(roles.approver): please tell an "
			    "administrator.")));
		return;
	}
	if (!ask->unavoidable &&
	    !sek_account_groups_have_members(h->settings->roles.ciso))
		helper_say(h, false, helper_text(h, N_("Nobody seems to hold "
		    "the role that decides this (roles.ciso): please tell an "
		    "administrator.")));
}

static enum sek_err
send_result(struct helper *h, const struct sek_approval_out *out)
{
	struct sek_moment now;
	enum sek_err err;

	if ((err = sek_clock_now(&now)) != SEK_OK)
		return (err);
	return (send_one(h, &out->a, now.wall, false));
}

/* What the store says of an act that was proved for. */
static enum sek_err
verdict(struct helper *h, enum sek_err err,
    const struct sek_approval_out *out)
{

	if (err == SEK_OK)
		return (send_result(h, out));
	if (err == SEK_ERR_REFUSED && out->no != SEK_NO_NONE &&
	    out->no < SEK_NOS)
		return (no_because(h, (enum sek_approval_no)out->no));
	if (err == SEK_ERR_NOT_FOUND)
		return (no_such(h));
	return (helper_trouble(h, err));
}

/* Once, and no trace of it stays here. */
static enum sek_err
send_code(struct helper *h, struct sek_approval_out *out)
{
	struct sek_helper_code code;
	enum sek_err err = SEK_OK;

	memset(&code, 0, sizeof(code));
	if (out->code[0] != '\0') {
		memcpy(code.code, out->code, sizeof(code.code));
		err = helper_data(h, SEK_HELPER_DATA_CODE, &code,
		    sizeof(code));
	}
	sek_wipe(&code, sizeof(code));
	sek_wipe(out->code, sizeof(out->code));
	return (err);
}

static enum sek_err
ask_store(struct helper *h, struct sek_approval_ask *ask,
    struct sek_approval_out *out, const struct sek_admission *proof,
    const char *witness)
{
	enum sek_err err;

	if ((err = helper_actor(h, &ask->who, proof)) != SEK_OK)
		return (err);
	err = sek_store_approval_ask(h->store, ask, out);
	h->acted = err == SEK_OK;
	if (err == SEK_OK && (err = send_code(h, out)) != SEK_OK)
		return (err);
	if (err != SEK_OK || witness[0] == '\0')
		return (verdict(h, err, out));
	err = helper_witnessed(h, witness, out);
	/* His own words stand already. */
	return (h->told.text[0] != '\0' || err == SEK_ERR_CONV ? err :
	    verdict(h, err, out));
}

enum sek_err
helper_ask_approval(struct helper *h, const struct sek_helper_ask *in)
{
	struct sek_approval_ask *ask;
	struct sek_approval_out *out;
	struct sek_admission proof;
	struct sek_moment now;
	enum sek_err err;

	ask = calloc(1, sizeof(*ask));
	out = calloc(1, sizeof(*out));
	err = ask != NULL && out != NULL ? begin_act(h) : SEK_ERR_NOMEM;
	if (err == SEK_OK && (err = sek_clock_now(&now)) == SEK_OK) {
		take_wish(&ask->a, &in->a, now.wall);
		ask->unavoidable = in->unavoidable;
		err = know_subject(h, ask, now.wall);
		/* Who gives a ticket does so on his own screen. */
		if (err == SEK_OK && ask->a.kind == SEK_APPROVAL_TICKET &&
		    in->witness[0] != '\0')
			err = no_because(h, SEK_NO_PURPOSE);
	}
	if (err == SEK_OK)
		err = check_wish(h, ask, now.wall);
	if (err == SEK_OK && (err = helper_can_prove(h)) == SEK_OK) {
		tell_of_role(h, ask);
		err = helper_prove(h, SEK_PROOF_HELPER, false, &proof);
	}
	if (err == SEK_OK)
		err = ask_store(h, ask, out, &proof, in->witness);
	if (out != NULL)
		sek_wipe(out->code, sizeof(out->code));
	free(ask);
	free(out);
	return (err);
}

/* -------------------------------------------------------------- deciding */

/* As it is now, if he may see it; shown to him. */
static enum sek_err
show_before(struct helper *h, struct sek_approval_list_out *part,
    const char *id)
{
	struct sek_approval_list list;
	enum sek_err err;

	memset(&list, 0, sizeof(list));
	memcpy(list.id, id, sizeof(list.id));
	err = sek_store_approvals(h->store, &list, part);
	if (err == SEK_ERR_NOT_FOUND || (err == SEK_OK && (part->n != 1 ||
	    !may_see(h, &part->a[0]))))
		return (no_such(h));
	if (err != SEK_OK)
		return (helper_trouble(h, err));
	return (send_one(h, &part->a[0], part->wall, part->clock_back != 0));
}

static enum sek_err
check_deed(struct helper *h, const struct sek_approval_list_out *part,
    const struct sek_helper_decide *in)
{
	const struct sek_approval *a = &part->a[0];
	const struct sek_approval_deed deed = {
	    .act = (enum sek_approval_act)in->what, .note = in->note,
	    .review_at = in->review_at, .asker = is_him(h, &a->asked),
	    .giver = is_him(h, &a->decided), .subject = names_him(h, a),
	    .subject_ok = true, .form_ok = a->kind != SEK_APPROVAL_TICKET ||
	    sek_facts_substitutes(h->settings, a->users, h->who.name) != 0 };
	const struct sek_approval_who w = who(h);
	enum sek_approval_no no;

	no = sek_approval_may(a, &deed, &w, part->wall,
	    part->clock_back != 0);
	return (no == SEK_NO_NONE ? SEK_OK : no_because(h, no));
}

/* What it opened ends with it. The decision stands, whatever comes of this. */
static void
end_sessions(struct helper *h, const struct sek_approval *a,
    enum sek_approval_act act)
{
	struct sek_why why = { "" };
	enum sek_err err;
	unsigned n = 0;

	if (!sek_grant_end_act(a, act))
		return;
	err = sek_grant_end_sessions(h->settings, a, h->who.name, &n, &why);
	if (n > 0)
		helper_say(h, false, helper_text(h, N_("The sessions that it "
		    "opened end now.")));
	if (err == SEK_OK)
		return;
	helper_log(LOG_ALERT, "a session of the grant %s, which is over, could "
	    "not be ordered to end (%s%s%s)", a->id, sek_err_name(err),
	    why.text[0] != '\0' ? ": " : "", why.text);
	helper_say(h, true, helper_text(h, N_("A session that it opened may "
	    "go on: please tell an administrator.")));
}

static enum sek_err
decide_store(struct helper *h, const struct sek_approval *a,
    const struct sek_helper_decide *in, const struct sek_admission *proof)
{
	struct sek_approval_decide decide;
	struct sek_approval_out *out;
	enum sek_err err;

	memset(&decide, 0, sizeof(decide));
	memcpy(decide.id, in->id, sizeof(decide.id));
	(void)sek_text_copy(decide.note, sizeof(decide.note), in->note);
	decide.act = in->what;
	decide.review_at = in->review_at;
	if (a->kind == SEK_APPROVAL_TICKET)
		decide.max = sek_facts_substitutes(h->settings, a->users,
		    h->who.name);
	if ((out = calloc(1, sizeof(*out))) == NULL)
		return (SEK_ERR_NOMEM);
	/* He may have lost his role while he was asked. */
	if ((err = sek_account_roles(&h->roles, h->settings, h->who.name,
	    h->who.gid)) != SEK_OK)
		err = helper_trouble(h, err);
	else if ((err = helper_actor(h, &decide.who, proof)) == SEK_OK) {
		err = sek_store_approval_decide(h->store, &decide, out);
		h->acted = err == SEK_OK;
		if (err == SEK_OK)
			end_sessions(h, &out->a,
			    (enum sek_approval_act)in->what);
		err = verdict(h, err, out);
	}
	free(out);
	return (err);
}

enum sek_err
helper_decide(struct helper *h, const struct sek_helper_decide *in)
{
	struct sek_approval_list_out *part;
	struct sek_admission proof;
	enum sek_err err;

	if ((part = calloc(1, sizeof(*part))) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = begin_act(h)) == SEK_OK &&
	    (err = show_before(h, part, in->id)) == SEK_OK &&
	    (err = check_deed(h, part, in)) == SEK_OK &&
	    (err = helper_can_prove(h)) == SEK_OK &&
	    (err = helper_prove(h, SEK_PROOF_HELPER, false, &proof)) ==
	    SEK_OK)
		err = decide_store(h, &part->a[0], in, &proof);
	free(part);
	return (err);
}
