/*
 * util_approval.c - approvals read, who acts in them, and why not
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/logind.h"
#include "util_approval.h"
#include "util_helper.h"

#define MOST	100000u		/* of a list */

/* Why not, and what to do next. */
static const char *const noes[SEK_NOS] = {
	[SEK_NO_SAME_PERSON] = N_("who asks and who decides must be two "
	    "persons: let somebody else with the role decide"),
	[SEK_NO_SUBJECT] = N_("it is about you: let somebody else with the "
	    "role decide"),
	[SEK_NO_SAME_SESSION] = N_("it was asked from this same session, and "
	    "neither half was proved: run it without -y, or let another "
	    "person log in and decide"),
	[SEK_NO_ROLE] = N_("you may not do this with it: who asked for it may "
	    "withdraw or end it, all else is for members of the groups of its "
	    "role (roles.ciso; of tickets and grants roles.approver: see sekisho "
	    "policy show)"),
	[SEK_NO_PROOF] = N_("this needs your proof by two kinds of factor, "
	    "now: run it at a terminal, without -y"),
	[SEK_NO_PERSON] = N_("nobody in particular would be doing this: log "
	    "in with your own account, not a shared one, and run it again"),
	[SEK_NO_STATE] = N_("it is decided or over already, or not yet so "
	    "far: see sekisho approvals show ID"),
	[SEK_NO_TIME] = N_("its time cannot be: it must end after it begins, "
	    "not be over, and last 366 days at most (4 hours, from now, with "
	    "--unavoidable or --emergency; of a grant or deputy 31 days; of a "
	    "ticket 24 hours as a substitute, 14 days to enrol)"),
	[SEK_NO_CLOCK] = N_("the clock was set back: check the time, then let "
	    "an administrator run sekisho store clock --accept"),
	[SEK_NO_KEY] = N_("no exception is needed or possible for this: name "
	    "a key of the policy that has a floor, and a value below it"),
	[SEK_NO_REASON] = N_("say why: --reason for what is asked, --note for "
	    "what is decided"),
	[SEK_NO_PRIVILEGE] = N_("only a privileged person may take it without "
	    "another's yes: ask without --unavoidable or --emergency"),
	[SEK_NO_PENDING] = N_("one you took without another's yes waits for "
	    "its review: let another person review it first (sekisho "
	    "exception review ID, or sekisho grant review ID)"),
	[SEK_NO_NOTE] = N_("say why by --note: a line of text"),
	[SEK_NO_SCOPE] = N_("no such users or terminals can be: name accounts "
	    "by --users and terminal ids by --terminals, or leave them out "
	    "for all"),
	[SEK_NO_MANY] = N_("too many of your requests wait for a decision: "
	    "let them be decided, or withdraw some (sekisho revoke ID)"),
	[SEK_NO_FULL] = N_("as many exceptions of this key are given as count "
	    "at once: end one (sekisho revoke ID), or ask for one that names "
	    "all its users"),
	[SEK_NO_PURPOSE] = N_("there is no such ticket to ask for: its purpose "
	    "is substitute or enrol"),
	[SEK_NO_UNFIT] = N_("it cannot be for this account: it must be one "
	    "person's, known here, and neither suspended nor out of its term "
	    "(see sekisho user show); of a ticket also not privileged, and of "
	    "an emergency your own"),
	[SEK_NO_SUBSTITUTE] = N_("the policy allows this person no substitute "
	    "by a code. It takes an exception of ticket.substitute, asked for "
	    "by: sekisho request exception --key ticket.substitute --value "
	    "code --users USER --reason TEXT --until TIME"),
	[SEK_NO_DAYS] = N_("this person had a substitute on as many days as "
	    "the policy allows (ticket.substitute_max): a card lost for good "
	    "is replaced by sekisho enroll"),
	[SEK_NO_TICKETS] = N_("as many tickets of this person are asked or "
	    "given as there may be at once: end one first (sekisho revoke "
	    "ID)"),
	[SEK_NO_ENROLLED] = N_("this person has a second factor already: ask "
	    "for a substitute (--purpose substitute), or enrol another one "
	    "(sekisho enroll)"),
	[SEK_NO_TARGET] = N_("there is no such privileged ID: name by "
	    "--target an account of uid 0 or of the policy (privilege.users, "
	    "privilege.groups)"),
	[SEK_NO_CONTRACTOR] = N_("a contractor is no deputy, asks for nobody "
	    "but himself, and decides nothing: let a member of the staff do "
	    "it"),
};

int
tool_approval_no(enum sek_approval_no no)
{
	const char *text = NULL;

	if ((unsigned)no < SEK_NOS)
		text = noes[no];
	tool_error("%s", _(text != NULL ? text : N_("refused")));
	return (TOOL_NO);
}

enum sek_approval_no
tool_approval_no_of(const char *name)
{
	const char *known;
	unsigned no;

	for (no = SEK_NO_NONE + 1; no < SEK_NOS; no++)
		if ((known = sek_approval_no_name((enum sek_approval_no)no)) !=
		    NULL && strcmp(name, known) == 0)
			return ((enum sek_approval_no)no);
	return (SEK_NO_NONE);
}

int
tool_no_approval(const char *id)
{
	char shown[64];

	sek_text_printable(shown, sizeof(shown), id);
	tool_error(_("there is no such request or approval, or it is not "
	    "yours to see: %s (sekisho approvals --all lists them)"), shown);
	return (TOOL_NO);
}

/* ------------------------------------------------------------- reading -- */

void
tool_approvals_free(struct tool_approvals *l)
{

	free(l->v);
	memset(l, 0, sizeof(*l));
}

int
tool_approvals_whole(const struct tool_approvals *l)
{

	if (l->tampered == 0)
		return (TOOL_YES);
	tool_error(_("left out, as they were changed by other means: %llu; "
	    "see sekisho store status"), (unsigned long long)l->tampered);
	return (TOOL_TROUBLE);
}

static enum sek_err
add(struct tool_approvals *l, const struct sek_approval *a, uint32_t overdue,
    bool in_force)
{
	struct tool_approval *more;
	size_t size;

	if (l->n >= MOST)
		return (SEK_ERR_RANGE);
	if (l->n == l->size) {
		size = l->size == 0 ? 16 : l->size * 2;
		more = reallocarray(l->v, size, sizeof(*more));
		if (more == NULL)
			return (SEK_ERR_NOMEM);
		l->v = more;
		l->size = size;
	}
	l->v[l->n].a = *a;
	l->v[l->n].overdue = overdue;
	l->v[l->n].in_force = in_force;
	l->n++;
	return (SEK_OK);
}

struct taking {
	struct tool		*t;
	struct tool_approvals	*l;
};

static enum sek_err
take(void *arg, enum sek_helper_data kind, const void *body, size_t len)
{
	struct taking *k = arg;
	struct sek_helper_approval *one;
	enum sek_err err;

	if (kind != SEK_HELPER_DATA_APPROVAL || len != sizeof(*one))
		return (SEK_ERR_SYNTAX);
	if ((one = malloc(sizeof(*one))) == NULL)
		return (SEK_ERR_NOMEM);
	memcpy(one, body, sizeof(*one));
	(void)sek_text_copy(k->t->zone, sizeof(k->t->zone), one->timezone);
	err = add(k->l, &one->a, one->overdue, one->in_force != 0);
	free(one);
	return (err);
}

static int
by_helper(struct tool *t, const char *id, bool open_only,
    struct tool_approvals *out)
{
	struct sek_helper_approvals in = { .open_only = open_only };
	struct taking k = { t, out };

	if (id != NULL)
		(void)sek_text_copy(in.id, sizeof(in.id), id);
	return (tool_helper(t, SEK_HELPER_APPROVALS, &in, sizeof(in), take,
	    &k));
}

static enum sek_err
by_store(struct tool *t, const char *id, bool open_only,
    struct tool_approvals *l)
{
	struct sek_approval_list in = { .open_only = open_only };
	struct sek_approval_list_out *out = malloc(sizeof(*out));
	enum sek_err err = SEK_OK;
	uint32_t i;

	if (out == NULL)
		return (SEK_ERR_NOMEM);
	if (id != NULL)
		(void)sek_text_copy(in.id, sizeof(in.id), id);
	do {
		memset(out, 0, sizeof(*out));
		err = sek_store_approvals(t->store, &in, out);
		l->tampered += out->tampered;
		for (i = 0; err == SEK_OK && i < out->n; i++)
			err = add(l, &out->a[i], sek_approval_overdue(
			    &out->a[i], out->wall), sek_approval_in_force(
			    &out->a[i], out->wall, out->clock_back != 0));
		if (err == SEK_OK && out->n > 0)
			(void)sek_text_copy(in.after, sizeof(in.after),
			    out->a[out->n - 1].id);
	} while (err == SEK_OK && out->more != 0 && out->n > 0);
	free(out);
	return (err);
}

int
tool_approvals_read(struct tool *t, const char *id, bool open_only,
    struct tool_approvals *out)
{
	struct sek_moment now;
	enum sek_err err = SEK_OK;
	int rc = TOOL_YES;

	memset(out, 0, sizeof(*out));
	/* What cannot be an id is not sent: the helper takes it for an attack
	 * and ends. */
	if (id != NULL && (id[0] == '\0' || strlen(id) >= SEK_ID_MAX ||
	    id[strspn(id, "0123456789abcdef")] != '\0'))
		return (tool_no_approval(id));
	if (sek_clock_now(&now) != SEK_OK)
		return (tool_fail(SEK_ERR_INTERNAL, NULL));
	out->wall = now.wall;
	if (t->store == NULL)
		rc = by_helper(t, id, open_only, out);
	else if ((err = by_store(t, id, open_only, out)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND)
		rc = tool_store_fail(t, err);
	if (rc == TOOL_YES && id != NULL && out->n == 0)
		rc = tool_no_approval(id);
	if (rc != TOOL_YES)
		tool_approvals_free(out);
	return (rc);
}

/* ------------------------------------------------------------ who acts -- */

static int
nobody(void)
{

	tool_error(_("nobody in particular is at this prompt (its login uid "
	    "is not set): log in with your own account, then run this with "
	    "sudo"));
	return (TOOL_NO);
}

int
tool_approval_actor(struct tool *t, struct sek_actor *out)
{
	uint32_t uid = tool_login_uid();
	struct sek_passwd who;
	bool privileged = false;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if (uid == SEK_UID_NONE)
		return (nobody());
	if ((err = sek_account_by_uid(&who, uid)) != SEK_OK)
		return (tool_fail(err, NULL));
	if (!who.known)
		return (nobody());
	if ((err = sek_account_roles(&out->roles, t->settings, who.name,
	    who.gid)) != SEK_OK || (err = sek_account_privileged(&privileged,
	    t->settings, who.name, who.uid, who.gid)) != SEK_OK ||
	    (err = sek_process_get(&out->process, 0)) != SEK_OK)
		return (tool_fail(err, NULL));
	(void)sek_text_copy(out->account, sizeof(out->account), who.name);
	out->uid = uid;
	out->privileged = privileged;
	out->audit_session = sek_audit_session();
	return (TOOL_YES);
}

/* Root's store, also under a policy that does not load for want of an
 * exception: the floors are in force then. */
static int
open_store(struct tool *t)
{
	struct sek_why why = { "" };
	int rc;

	if (t->store != NULL)
		return (TOOL_YES);
	if ((rc = tool_root(t)) != TOOL_YES)
		return (rc);
	if (tool_settings_try(t, &why) != SEK_OK &&
	    (rc = tool_settings_raised(t)) != TOOL_YES)
		return (rc);
	return (tool_store(t));
}

int
tool_approvals_open(struct tool *t)
{

	return (tool_ordinary() ? tool_helper_ready(t, false) :
	    open_store(t));
}

int
tool_approval_ready(struct tool *t, bool *helper)
{
	struct sek_passwd who;

	*helper = tool_ordinary() || !t->yes;
	if (tool_ordinary() && t->yes) {
		tool_error(_("-y: your own proof is asked for; without root's "
		    "rights nothing is decided without it"));
		return (TOOL_USAGE);
	}
	if (!tool_ordinary()) {
		if (tool_login_uid() == SEK_UID_NONE ||
		    sek_account_by_uid(&who, tool_login_uid()) != SEK_OK ||
		    !who.known)
			return (nobody());
		if (t->yes)
			return (open_store(t));
	}
	return (tool_helper_ready(t, true));
}

/* ------------------------------------------------------------- options -- */

bool
tool_approval_time(const struct tool *t, const char *name, int64_t from,
    int64_t *wall)
{
	const char *text = tool_option(t, name);
	int64_t seconds;

	if (text != NULL && sek_text_span(&seconds, text) == SEK_OK &&
	    seconds > 0 && seconds <= INT64_C(100) * 365 * 86400) {
		*wall = from + seconds * SEK_SECOND;
		return (true);
	}
	if (text != NULL && sek_text_span(&seconds, text) != SEK_OK &&
	    tool_parse_time(t, text, strcmp(name, "from") != 0, wall) ==
	    SEK_OK)
		return (true);
	tool_error(_("--%s: give a time, like 2026-12-31, "
	    "\"2026-12-31 17:15\" or 35d"), name);
	return (false);
}

int
tool_approval_text(const struct tool *t, const char *name, bool needed,
    char *dst)
{
	const char *text = tool_option(t, name);

	dst[0] = '\0';
	if (text == NULL && !needed)
		return (TOOL_YES);
	if (text != NULL && sek_text_is_clean(text, SEK_APPROVAL_TEXT - 1) &&
	    !sek_text_is_blank(text) &&
	    sek_text_copy(dst, SEK_APPROVAL_TEXT, text) == SEK_OK)
		return (TOOL_YES);
	tool_error(_("say why by --%s: a line of text, of %u bytes at most"),
	    name, SEK_APPROVAL_TEXT - 1);
	return (TOOL_USAGE);
}

int
tool_approval_user(const char *name, char *dst, size_t size)
{
	struct sek_passwd who;
	char shown[SEK_NAME_MAX];
	enum sek_err err;

	if ((err = sek_account_find(&who, name)) != SEK_OK)
		return (tool_fail(err, NULL));
	/* A list cannot hold a name with a blank or a comma. */
	if (who.known && strpbrk(who.name, " \t,") == NULL &&
	    sek_text_copy(dst, size, who.name) == SEK_OK)
		return (TOOL_YES);
	sek_text_printable(shown, sizeof(shown), name);
	tool_error(_("there is no such user: %s"), shown);
	return (TOOL_NO);
}
