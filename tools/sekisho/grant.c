/*
 * grant.c - sekisho grant request and request grant: the use of a privileged
 * ID, and a deputy
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(2)⑥, 7(2)①ウ②, 7(1)④ア; 8(5)② (an emergency, looked at afterwards).
 * MUST: it has an end, and says what it is for.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/model/grant.h"
#include "util_approval.h"
#include "util_helper.h"
#include "verb.h"

#define TARGET		"root"		/* where none is named */
#define SPAN_UNKNOWN	3600		/* s, where the policy is not readable */
#define USES_MAX	1000

/* ---------------------------------------------------- the command line -- */

static bool
is_emergency(const struct tool *t)
{

	return (tool_option(t, "emergency") != NULL ||
	    tool_option(t, "unavoidable") != NULL);
}

/* What goes with a deputy only, or never with one. */
static int
check_options(const struct tool *t, bool deputy)
{
	static const char *const of_grants[] = { "purpose", "work", "for",
	    "uses", "emergency", "unavoidable" };
	size_t i;

	for (i = 0; deputy && i < sizeof(of_grants) / sizeof(of_grants[0]);
	    i++)
		if (tool_option(t, of_grants[i]) != NULL) {
			tool_error(_("--%s: this does not go with --deputy"),
			    of_grants[i]);
			return (TOOL_USAGE);
		}
	if (!deputy && tool_option(t, "reason") != NULL) {
		tool_error(_("--reason is for --deputy: of a grant say --purpose"
		    " (what for) and --work (what will be done)"));
		return (TOOL_USAGE);
	}
	if (tool_option(t, "witness") != NULL && (is_emergency(t) || t->yes)) {
		tool_error(_("--witness: he proves himself here, so neither "
		    "--emergency nor -y goes with him"));
		return (TOOL_USAGE);
	}
	return (TOOL_YES);
}

static int
take_purpose(const struct tool *t, char *dst, size_t size)
{
	const char *text = tool_option(t, "purpose");

	if (text != NULL && sek_text_is_clean(text, size - 1) &&
	    !sek_text_is_blank(text) &&
	    sek_text_copy(dst, size, text) == SEK_OK)
		return (TOOL_YES);
	tool_error(_("say what for by --purpose: a line of text, of %u bytes "
	    "at most"), (unsigned)size - 1);
	return (TOOL_USAGE);
}

static int
take_work(const struct tool *t, char *dst)
{

	if (tool_option(t, "work") == NULL) {
		tool_error(_("say what will be done by --work: a line of text "
		    "(作業内容)"));
		return (TOOL_USAGE);
	}
	return (tool_approval_text(t, "work", true, dst));
}

/* Who works or stands in: himself, unless another is named. */
static int
take_who(const struct tool *t, char *dst, size_t size)
{
	const char *name = tool_option(t, "user");
	uint32_t uid = tool_ordinary() ? getuid() : tool_login_uid();
	struct sek_passwd who;
	enum sek_err err;

	if (name != NULL)
		return (tool_approval_user(name, dst, size));
	if ((err = sek_account_by_uid(&who, uid)) != SEK_OK)
		return (tool_fail(err, NULL));
	if (!who.known) {
		tool_error(_("say whose by --user"));
		return (TOOL_USAGE);
	}
	return (tool_approval_user(who.name, dst, size));
}

static int
take_target(const struct tool *t, bool deputy, char *dst, size_t size)
{
	const char *name = tool_option(t, "target");

	if (name == NULL)
		name = deputy ? SEK_GRANT_ANY : TARGET;
	if (strcmp(name, SEK_GRANT_ANY) == 0)
		return (sek_text_copy(dst, size, name) == SEK_OK ? TOOL_YES :
		    tool_fail(SEK_ERR_INTERNAL, NULL));
	return (tool_approval_user(name, dst, size));
}

/* --for: seconds that one session may last; a grant cannot allow more than
 * the policy does. */
static int
take_span(const struct tool *t, int64_t *seconds)
{
	const char *text = tool_option(t, "for");
	int64_t most = t->settings != NULL ?
	    t->settings->privilege.max_session : SEK_GRANT_SPAN_MAX;
	char span[32];

	if (most > SEK_GRANT_SPAN_MAX)
		most = SEK_GRANT_SPAN_MAX;
	*seconds = t->settings != NULL ? most : SPAN_UNKNOWN;
	if (text == NULL)
		return (TOOL_YES);
	if (sek_text_span(seconds, text) != SEK_OK || *seconds <= 0) {
		tool_error(_("--for: give a span, like 30m or 2h"));
		return (TOOL_USAGE);
	}
	if (*seconds <= most)
		return (TOOL_YES);
	sek_text_span_print(span, sizeof(span), most);
	tool_error(_("--for: a privileged session lasts %s at most "
	    "(privilege.max_session)"), span);
	return (TOOL_NO);
}

static int
take_uses(const struct tool *t, uint64_t *uses)
{
	const char *text = tool_option(t, "uses");
	int64_t n = 0;

	if (text == NULL || sek_text_number(&n, text, 1, USES_MAX) == SEK_OK) {
		*uses = (uint64_t)n;
		return (TOOL_YES);
	}
	tool_error(_("--uses: how many sessions, 1 to %d"), USES_MAX);
	return (TOOL_USAGE);
}

/* An emergency is over by itself when its session would be. */
static int
take_times(const struct tool *t, int64_t span, struct sek_approval *a)
{
	int64_t longest = SEK_GRANT_LONGEST;
	struct sek_moment now;

	if (sek_clock_now(&now) != SEK_OK)
		return (tool_fail(SEK_ERR_INTERNAL, NULL));
	a->not_before = now.wall;
	if (is_emergency(t)) {
		longest = SEK_APPROVAL_UNAVOIDABLE;
		a->not_after = now.wall + (span * SEK_SECOND < longest ?
		    span * SEK_SECOND : longest);
	}
	if (tool_option(t, "from") != NULL &&
	    !tool_approval_time(t, "from", now.wall, &a->not_before))
		return (TOOL_USAGE);
	if (tool_option(t, "until") == NULL && a->not_after == 0) {
		tool_error(_("it has an end: say when by --until, like 8h, "
		    "\"2026-12-31 17:15\" or 2026-12-31"));
		return (TOOL_USAGE);
	}
	if (tool_option(t, "until") != NULL &&
	    !tool_approval_time(t, "until", a->not_before, &a->not_after))
		return (TOOL_USAGE);
	if (a->not_after > now.wall && a->not_after > a->not_before &&
	    a->not_after - a->not_before <= longest &&
	    (!is_emergency(t) || a->not_before <= now.wall))
		return (TOOL_YES);
	tool_error("%s", is_emergency(t) ? _("--until: an emergency begins "
	    "now, and is over within 4 hours") : _("--until: it ends after it "
	    "begins, in time to come, and 31 days later at most"));
	return (TOOL_NO);
}

static int
take_witness(const struct tool *t, char *dst, size_t size)
{
	const char *name = tool_option(t, "witness");

	return (name == NULL ? TOOL_YES :
	    tool_approval_user(name, dst, size));
}

static int
take_grant(const struct tool *t, struct sek_helper_ask *in)
{
	struct sek_approval *a = &in->a;
	int64_t span = 0;
	int rc;

	a->kind = SEK_APPROVAL_GRANT;
	in->unavoidable = is_emergency(t);
	if ((rc = take_purpose(t, a->clause, sizeof(a->clause))) !=
	    TOOL_YES || (rc = take_work(t, a->reason)) != TOOL_YES ||
	    (rc = take_span(t, &span)) != TOOL_YES ||
	    (rc = take_uses(t, &a->uses_max)) != TOOL_YES)
		return (rc);
	(void)sek_text_format(a->value, sizeof(a->value), "%lld",
	    (long long)span);
	return (take_times(t, span, a));
}

static int
take_deputy(const struct tool *t, struct sek_helper_ask *in)
{
	struct sek_approval *a = &in->a;
	int rc;

	a->kind = SEK_APPROVAL_DEPUTY;
	(void)sek_text_copy(a->clause, sizeof(a->clause), "7(2)①ウ");
	if ((rc = tool_approval_text(t, "reason", true, a->reason)) !=
	    TOOL_YES)
		return (rc);
	return (take_times(t, 0, a));
}

static int
take(const struct tool *t, bool deputy, struct sek_helper_ask *in)
{
	int rc;

	if ((rc = deputy ? take_deputy(t, in) : take_grant(t, in)) !=
	    TOOL_YES ||
	    (rc = take_target(t, deputy, in->a.key, sizeof(in->a.key))) !=
	    TOOL_YES ||
	    (rc = take_who(t, in->a.users, SEK_NAME_MAX)) != TOOL_YES)
		return (rc);
	return (take_witness(t, in->witness, sizeof(in->witness)));
}

/* ---------------------------------------------------------------- asked -- */

/* Does anybody hold the role that decides? The helper has told it. */
static void
warn_of_role(const struct tool *t, bool deputy)
{
	const struct sek_settings *s = t->settings;

	if (!t->yes || s == NULL || sek_account_groups_have_members(deputy ?
	    s->roles.ciso : s->roles.approver))
		return;
	if (deputy)
		tool_error(_("nobody holds the role that decides this: name "
		    "its group in the policy (roles.ciso), and put members "
		    "into it"));
	else
		tool_error(_("nobody holds the role that decides this: name "
		    "its group in the policy (roles.approver), and put members "
		    "into it"));
}

static void
print_asked(const struct tool *t, const struct sek_approval *a)
{
	char until[32];

	tool_time(t, until, sizeof(until), a->not_after);
	if (a->state == SEK_APPROVAL_GIVEN && a->unavoidable)
		printf(_("In force at once, until %s: %s. Another person, of "
		    "the groups of roles.approver, has to review it: sekisho "
		    "grant review %s\n"), until, a->id, a->id);
	else if (a->state == SEK_APPROVAL_GIVEN)
		printf(_("Given: %s, until %s.\n"), a->id, until);
	else if (a->kind == SEK_APPROVAL_DEPUTY)
		printf(_("Asked: %s. Another person, of the groups of "
		    "roles.ciso, decides it: sekisho grant approve %s\n"),
		    a->id, a->id);
	else
		printf(_("Asked: %s. Another person, of the groups of "
		    "roles.approver, decides it: sekisho grant approve %s\n"),
		    a->id, a->id);
	if (a->state == SEK_APPROVAL_GIVEN)
		printf(_("The notice to print: sekisho grant notice %s\n"),
		    a->id);
}

static int
tell(struct tool *t, const struct tool_approval *one)
{
	const struct sek_approval *a = &one->a;
	struct sek_moment now = { 0 };

	if (t->yes)
		tool_error(_("without a proof: this stands for your login uid "
		    "only, and opens nothing before another person proves "
		    "it"));
	if (a->state == SEK_APPROVAL_ASKED)
		warn_of_role(t, a->kind == SEK_APPROVAL_DEPUTY);
	(void)sek_clock_now(&now);
	if (t->json)
		return (tool_json_print(tool_approval_json(t, one,
		    now.wall)));
	print_asked(t, a);
	return (tool_flush());
}

int
verb_grant_request(struct tool *t, int argc, char **argv)
{
	bool deputy = tool_option(t, "deputy") != NULL, helper = true;
	struct sek_helper_self *self = calloc(1, sizeof(*self));
	struct sek_helper_ask *in = calloc(1, sizeof(*in));
	struct tool_approval *out = calloc(1, sizeof(*out));
	int rc;

	(void)argc;
	(void)argv;
	if (in == NULL || out == NULL || self == NULL) {
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
		goto out;
	}
	if ((rc = check_options(t, deputy)) == TOOL_YES)
		rc = tool_approval_ready(t, &helper);
	/* The zone that times are written in, where the policy is not his to
	 * read. */
	if (rc == TOOL_YES && tool_ordinary() && t->settings == NULL)
		rc = tool_helper_self(t, self);
	if (rc == TOOL_YES && (rc = take(t, deputy, in)) == TOOL_YES)
		rc = tool_approval_ask(t, in, helper, out, NULL);
	if (rc == TOOL_YES)
		rc = tell(t, out);
out:
	free(self);
	free(out);
	free(in);
	return (rc);
}
