/*
 * ticket.c - sekisho ticket issue, list and show; request ticket
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 8(5), 7(2)⑤, 6(4).
 * MUST: a code is shown once, to who asked for it, and to nobody else.
 * MUST: what is asked opens nothing before another person's yes; that is the
 * store's to judge.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/flow/facts.h"
#include "sekisho/model/ticket.h"
#include "util_approval.h"
#include "util_envelope.h"
#include "util_helper.h"
#include "util_sheet.h"
#include "verb.h"

#define USES_SUBSTITUTE	1u	/* one login */
#define USES_ENROL	2u	/* one login, and the enrolment */

/* ---------------------------------------------------- the command line -- */

static int
take_purpose(const struct tool *t, bool envelopes, enum sek_purpose *out)
{
	const char *text = tool_option(t, "purpose");

	if (text != NULL && sek_purpose_parse(out, text) == SEK_OK &&
	    (envelopes || *out != SEK_PURPOSE_BREAK_GLASS))
		return (TOOL_YES);
	tool_error("%s", envelopes ? _("say what for: --purpose substitute, "
	    "enrol or break-glass") : _("say what for: --purpose substitute "
	    "or enrol"));
	return (TOOL_USAGE);
}

/* --valid in seconds; 0: not given. */
static int
take_valid(const struct tool *t, int64_t *seconds)
{
	const char *text = tool_option(t, "valid");

	*seconds = 0;
	if (text == NULL || (sek_text_span(seconds, text) == SEK_OK &&
	    *seconds >= 60 && *seconds <= SEK_APPROVAL_LONGEST * 2 /
	    SEK_SECOND))
		return (TOOL_YES);
	tool_error(_("--valid: give a span of a minute or more, like 90m, 8h "
	    "or 3d"));
	return (TOOL_USAGE);
}

static int
too_long(const char *key, int64_t most)
{
	char span[32];

	sek_text_span_print(span, sizeof(span), most);
	tool_error(_("--valid: the policy allows %s at most (%s)"), span, key);
	return (TOOL_NO);
}

/* Until when it is asked for; 0: as long as the policy has it, which only the
 * helper can read. */
static int
take_end(const struct tool *t, enum sek_purpose purpose, int64_t wall,
    int64_t *end)
{
	const struct sek_settings *s = t->settings;
	int64_t seconds, most;
	int rc;

	if ((rc = take_valid(t, &seconds)) != TOOL_YES)
		return (rc);
	*end = seconds == 0 ? 0 : wall + seconds * SEK_SECOND;
	if (s == NULL)
		return (TOOL_YES);
	most = purpose == SEK_PURPOSE_ENROL ? s->ticket.enrol_valid :
	    s->ticket.substitute_valid;
	if (seconds > most)
		return (too_long(purpose == SEK_PURPOSE_ENROL ?
		    "ticket.enrol_valid" : "ticket.substitute_valid", most));
	most = sek_facts_ticket_end(s, purpose, wall);
	if (*end == 0 || *end > most)
		*end = most;
	return (TOOL_YES);
}

/* ---------------------------------------------------------- an envelope -- */

static int
issue_envelope(struct tool *t, const char *user)
{
	struct sek_moment now;
	int64_t seconds;
	int rc;

	if ((rc = take_valid(t, &seconds)) != TOOL_YES ||
	    (rc = tool_root(t)) != TOOL_YES ||
	    (rc = tool_settings_raised(t)) != TOOL_YES)
		return (rc);
	if (seconds > t->settings->breakglass.valid)
		return (too_long("breakglass.valid",
		    t->settings->breakglass.valid));
	if (seconds == 0)
		seconds = t->settings->breakglass.valid;
	if (sek_clock_now(&now) != SEK_OK)
		return (tool_fail(SEK_ERR_INTERNAL, NULL));
	if ((rc = tool_store(t)) != TOOL_YES ||
	    (rc = tool_sheet_agree(t, false)) != TOOL_YES)
		return (rc);
	return (tool_envelope_make(t, user, now.wall + seconds * SEK_SECOND));
}

/* ------------------------------------------------------------- a ticket -- */

static int
tell(struct tool *t, const struct tool_approval *a,
    const struct sek_secret *code)
{
	struct sek_moment now = { 0 };
	struct tool_issued i;
	int rc;

	(void)sek_clock_now(&now);
	i = (struct tool_issued){ .id = a->a.id, .user = a->a.users,
	    .purpose = sek_ticket_purpose(&a->a),
	    .code = sek_secret_text(code), .not_after = a->a.not_after,
	    .made = a->a.asked.at,
	    .state = sek_approval_shown(&a->a, now.wall) };
	if (t->yes)
		tool_error(_("without a proof: this stands for your login uid "
		    "only, and waits for another person's yes"));
	if (t->settings != NULL && t->yes &&
	    !sek_account_groups_have_members(t->settings->roles.approver))
		tool_error(_("nobody holds the role that decides this: name "
		    "its group in the policy (roles.approver), and put members "
		    "into it"));
	rc = t->json ? tool_issued_json(t, &i) : tool_sheet_ticket(t, &i);
	if (rc != TOOL_YES)
		tool_error(_("nobody has seen its code: sekisho revoke %s "
		    "--note TEXT"), a->a.id);
	return (rc);
}

static int
ask(struct tool *t, enum sek_purpose purpose, const char *user)
{
	struct sek_helper_ask *in = calloc(1, sizeof(*in));
	struct tool_approval *out = calloc(1, sizeof(*out));
	struct sek_secret code = SEK_SECRET_NONE;
	struct sek_moment now;
	bool helper = true;
	int64_t unused;
	int rc;

	if (in == NULL || out == NULL || sek_clock_now(&now) != SEK_OK) {
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
		goto out;
	}
	in->a.kind = SEK_APPROVAL_TICKET;
	in->a.not_before = now.wall;
	in->a.uses_max = purpose == SEK_PURPOSE_ENROL ? USES_ENROL :
	    USES_SUBSTITUTE;
	(void)sek_text_copy(in->a.key, sizeof(in->a.key),
	    sek_purpose_name(purpose));
	(void)sek_text_copy(in->a.value, sizeof(in->a.value),
	    SEK_TICKET_BY_CODE);
	(void)sek_text_copy(in->a.clause, sizeof(in->a.clause),
	    purpose == SEK_PURPOSE_ENROL ? "7(2)⑤" : "8(5)");
	if ((rc = tool_approval_text(t, "reason", true, in->a.reason)) !=
	    TOOL_YES || (rc = take_valid(t, &unused)) != TOOL_YES ||
	    (rc = tool_approval_ready(t, &helper)) != TOOL_YES ||
	    (rc = tool_approval_user(user, in->a.users, sizeof(in->a.users))) !=
	    TOOL_YES ||
	    (rc = take_end(t, purpose, now.wall, &in->a.not_after)) !=
	    TOOL_YES || (rc = tool_sheet_agree(t, false)) != TOOL_YES)
		goto out;
	rc = tool_approval_ask(t, in, helper, out, &code);
	if (rc == TOOL_YES)
		rc = tell(t, out, &code);
out:
	sek_secret_free(&code);
	free(out);
	free(in);
	return (rc);
}

int
verb_ticket_issue(struct tool *t, int argc, char **argv)
{
	enum sek_purpose purpose = SEK_PURPOSE_NONE;
	int rc;

	(void)argc;
	if ((rc = take_purpose(t, true, &purpose)) != TOOL_YES)
		return (rc);
	return (purpose == SEK_PURPOSE_BREAK_GLASS ?
	    issue_envelope(t, argv[0]) : ask(t, purpose, argv[0]));
}

int
verb_request_ticket(struct tool *t, int argc, char **argv)
{
	enum sek_purpose purpose = SEK_PURPOSE_NONE;
	int rc;

	(void)argc;
	if ((rc = take_purpose(t, false, &purpose)) != TOOL_YES)
		return (rc);
	return (ask(t, purpose, argv[0]));
}

/* ------------------------------------------------------------- showing -- */

/* The envelope of this id, to root; TOOL_NO, unsaid: there is none such. */
static int
show_envelope(struct tool *t, const char *id)
{
	struct tool_envelopes all;
	char text[32];
	size_t i;
	int rc;

	if (tool_ordinary() || (rc = tool_envelopes(t, &all)) != TOOL_YES)
		return (TOOL_NO);
	for (i = 0; i < all.n && strcmp(all.v[i].id, id) != 0; i++)
		continue;
	rc = TOOL_NO;
	if (i < all.n && t->json)
		rc = tool_json_print(tool_envelope_json(t, &all.v[i]));
	else if (i < all.n) {
		const struct sek_envelope *e = &all.v[i];

		printf("%s: %s\n%s: %s\n%s: %s\n", _("ID"), e->id, _("State"),
		    _(tool_envelope_state(e)), _("Account"),
		    e->account[0] != '\0' ? e->account : "-");
		tool_time(t, text, sizeof(text), e->made);
		printf("%s: %s\n", _("Made at"), text);
		tool_time(t, text, sizeof(text), e->ends);
		printf("%s: %s\n", _("Code serves until"), text);
		tool_time(t, text, sizeof(text), e->at.wall);
		printf("%s: %s\n", _("Opened at"), text);
		if (e->cause[0] != '\0')
			printf("%s: %s\n", _("Note"), e->cause);
		rc = tool_flush();
	}
	tool_envelopes_free(&all);
	return (rc);
}

int
verb_ticket_show(struct tool *t, int argc, char **argv)
{
	int rc;

	if (strlen(argv[0]) == SEK_ENVELOPE_ID - 1) {
		if ((rc = tool_approvals_open(t)) != TOOL_YES)
			return (rc);
		if ((rc = show_envelope(t, argv[0])) != TOOL_NO)
			return (rc);
	}
	return (verb_approvals_show(t, argc, argv));
}
