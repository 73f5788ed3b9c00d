/*
 * request.c - sekisho request exception, exception request
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: an exception has an end, and allows one key of the policy a value
 * below its floor; nothing else is asked for.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/settings_table.h"
#include "util_approval.h"
#include "util_helper.h"
#include "verb.h"

/* --NAME, as long as a key may be; TOOL_USAGE, said. */
static int
take_word(const struct tool *t, const char *name, bool needed, char *dst,
    size_t size)
{
	const char *text = tool_option(t, name);

	if (text == NULL && !needed)
		return (TOOL_YES);
	if (text == NULL)
		tool_error(_("an exception needs --key, --value, --reason and "
		    "--until: --%s is missing"), name);
	else if (sek_text_is_clean(text, size - 1) && text[0] != '\0' &&
	    sek_text_copy(dst, size, text) == SEK_OK)
		return (TOOL_YES);
	else
		tool_error(_("--%s: this value does not fit"), name);
	return (TOOL_USAGE);
}

/* Add a word to a list of at most SEK_APPROVAL_LIST bytes. */
static bool
list_add(char *list, const char *word)
{
	size_t n = strlen(list);

	return (sek_text_format(list + n, SEK_APPROVAL_LIST - n, "%s%s",
	    n > 0 ? " " : "", word) == SEK_OK);
}

/* Accounts by their one spelling; who is not there is named. */
static int
take_users(const struct tool *t, char *dst)
{
	const char *cursor = tool_option(t, "users");
	char word[SEK_NAME_MAX];
	struct sek_passwd who;
	enum sek_err err;

	if (cursor == NULL)
		return (TOOL_YES);
	while (sek_text_word(&cursor, word, sizeof(word))) {
		if ((err = sek_account_find(&who, word)) != SEK_OK)
			return (tool_fail(err, NULL));
		if (!who.known) {
			tool_clean(word, sizeof(word));
			tool_error(_("there is no such user: %s"), word);
			return (TOOL_NO);
		}
		/* A list cannot hold a name with a blank or a comma. */
		if (strpbrk(who.name, " \t,") != NULL ||
		    !list_add(dst, who.name))
			goto bad;
	}
	if (dst[0] != '\0')
		return (TOOL_YES);
bad:
	tool_error(_("--%s: this value does not fit"), "users");
	return (TOOL_USAGE);
}

static int
take_terminals(const struct tool *t, char *dst)
{
	const char *cursor = tool_option(t, "terminals");
	char word[64];

	if (cursor == NULL)
		return (TOOL_YES);
	while (sek_text_word(&cursor, word, sizeof(word)))
		if (!sek_text_is_clean(word, sizeof(word) - 1) ||
		    !list_add(dst, word))
			goto bad;
	if (dst[0] != '\0')
		return (TOOL_YES);
bad:
	tool_error(_("--%s: this value does not fit"), "terminals");
	return (TOOL_USAGE);
}

static int
take_times(const struct tool *t, struct sek_approval *a)
{
	struct sek_moment now;

	if (sek_clock_now(&now) != SEK_OK)
		return (tool_fail(SEK_ERR_INTERNAL, NULL));
	a->not_before = now.wall;
	if (tool_option(t, "from") != NULL &&
	    !tool_approval_time(t, "from", now.wall, &a->not_before))
		return (TOOL_USAGE);
	if (tool_option(t, "until") == NULL) {
		tool_error(_("an exception has an end: say when by --until, "
		    "like 2026-12-31 or 35d, 366 days at most"));
		return (TOOL_USAGE);
	}
	if (!tool_approval_time(t, "until", a->not_before, &a->not_after))
		return (TOOL_USAGE);
	a->review_at = sek_approval_review(a->not_before, a->not_after);
	if (tool_option(t, "review") != NULL &&
	    !tool_approval_time(t, "review", a->not_before, &a->review_at))
		return (TOOL_USAGE);
	if (a->not_after <= now.wall || a->not_after <= a->not_before ||
	    a->not_after - a->not_before > SEK_APPROVAL_LONGEST) {
		tool_error(_("--until: an exception ends after it begins, in "
		    "time to come, and 366 days later at most"));
		return (TOOL_NO);
	}
	if (a->review_at > a->not_after || a->review_at <= now.wall) {
		tool_error(_("--review: it is looked at in time to come, and "
		    "before its end"));
		return (TOOL_NO);
	}
	return (TOOL_YES);
}

/* Its floor in the profile here; where the policy may not be read, the
 * highest there is: the store judges then. 0: it has none. */
static int64_t
floor_of(const struct tool *t, const struct sek_setting_row *row)
{
	int64_t most = 0;
	size_t p;

	if (t->settings != NULL)
		return (row->floor[t->settings->terminal.profile]);
	for (p = 0; p < sizeof(row->floor) / sizeof(row->floor[0]); p++)
		if (row->floor[p] != 0 && (most == 0 || row->floor[p] > most))
			most = row->floor[p];
	return (most);
}

/* The row of the key, which has a floor; TOOL_NO, said. */
static int
find_row(const struct tool *t, const char *key,
    const struct sek_setting_row **row)
{
	char name[128], shown[SEK_APPROVAL_KEY];
	size_t i;

	for (i = 0; i < sek_settings_rows(); i++) {
		sek_settings_row_name(name, sizeof(name), i);
		if (strcmp(name, key) == 0)
			break;
	}
	sek_text_printable(shown, sizeof(shown), key);
	if (i == sek_settings_rows()) {
		tool_error(_("there is no such key: %s (sekisho policy show "
		    "lists them)"), shown);
		return (TOOL_NO);
	}
	*row = sek_settings_row(i);
	if (floor_of(t, *row) != 0)
		return (TOOL_YES);
	tool_error(_("%s has no floor: write what you need into the policy "
	    "file, with its reason beside it; no exception is needed"),
	    shown);
	return (TOOL_NO);
}

/* Below the floor, and what the row says of it. */
static int
check_floor(const struct tool *t, struct sek_approval *a)
{
	const struct sek_setting_row *row = NULL;
	char lowest[32];
	int64_t value;
	int rc;

	if ((rc = find_row(t, a->key, &row)) != TOOL_YES)
		return (rc);
	if (sek_settings_number_parse(&value, row, a->value) != SEK_OK) {
		tool_error(_("--%s: this value does not fit"), "value");
		return (TOOL_USAGE);
	}
	sek_settings_number_print(lowest, sizeof(lowest), row,
	    floor_of(t, row));
	if (value >= floor_of(t, row)) {
		tool_error(_("%s = %s is not below the floor, which is %s: "
		    "write it into the policy file; no exception is needed"),
		    a->key, a->value, lowest);
		return (TOOL_NO);
	}
	if (a->clause[0] == '\0' && row->clause != NULL)
		(void)sek_text_copy(a->clause, sizeof(a->clause), row->clause);
	sek_settings_number_print(a->value, sizeof(a->value), row, value);
	return (TOOL_YES);
}

static int
take(const struct tool *t, struct sek_helper_ask *in)
{
	const char *witness = tool_option(t, "witness");
	struct sek_approval *a = &in->a;
	int rc;

	a->kind = SEK_APPROVAL_EXCEPTION;
	in->unavoidable = tool_option(t, "unavoidable") != NULL;
	if ((rc = take_word(t, "key", true, a->key, sizeof(a->key))) !=
	    TOOL_YES ||
	    (rc = take_word(t, "value", true, a->value, sizeof(a->value))) !=
	    TOOL_YES ||
	    (rc = take_word(t, "clause", false, a->clause,
	    sizeof(a->clause))) != TOOL_YES ||
	    (rc = take_word(t, "witness", false, in->witness,
	    sizeof(in->witness))) != TOOL_YES ||
	    (rc = tool_approval_text(t, "reason", true, a->reason)) !=
	    TOOL_YES ||
	    (rc = take_users(t, a->users)) != TOOL_YES ||
	    (rc = take_terminals(t, a->terminals)) != TOOL_YES ||
	    (rc = take_times(t, a)) != TOOL_YES)
		return (rc);
	if (witness != NULL && (in->unavoidable || t->yes)) {
		tool_error(_("--witness: he proves himself here, so neither "
		    "--unavoidable nor -y goes with him"));
		return (TOOL_USAGE);
	}
	return (check_floor(t, a));
}

/* ---------------------------------------------------------------- asked -- */

/* Does anybody hold the role that decides? The helper has told it. */
static void
warn_of_role(const struct tool *t)
{

	if (!t->yes || t->settings == NULL ||
	    sek_account_groups_have_members(t->settings->roles.ciso))
		return;
	tool_error(_("nobody holds the role that decides this: name its "
	    "group in the policy (roles.ciso), and put members into it"));
}

static int
tell(struct tool *t, const struct tool_approval *a)
{
	struct sek_moment now = { 0 };
	char until[32];

	if (t->yes)
		tool_error(_("without a proof: this stands for your login uid "
		    "only, opens no value below a floor, and waits for "
		    "another person's proof"));
	if (a->a.state == SEK_APPROVAL_ASKED)
		warn_of_role(t);
	(void)sek_clock_now(&now);
	if (t->json)
		return (tool_json_print(tool_approval_json(t, a, now.wall)));
	tool_time(t, until, sizeof(until), a->a.not_after);
	if (a->a.state != SEK_APPROVAL_GIVEN)
		printf(_("Asked: %s. Another person, of the groups of "
		    "roles.ciso, decides it: sekisho approve %s\n"), a->a.id, a->a.id);
	else if (a->a.unavoidable)
		printf(_("In force at once, until %s: %s. Another person with "
		    "the role has to review it: sekisho exception review "
		    "%s\n"), until, a->a.id, a->a.id);
	else
		printf(_("Given: %s, until %s. The notice to print: sekisho "
		    "exception notice %s\n"), a->a.id, until, a->a.id);
	return (tool_flush());
}

int
verb_request_exception(struct tool *t, int argc, char **argv)
{
	struct sek_helper_self *self = NULL;
	struct sek_helper_ask *in = calloc(1, sizeof(*in));
	struct tool_approval *out = calloc(1, sizeof(*out));
	bool helper = true;
	int rc;

	(void)argc;
	(void)argv;
	if (in == NULL || out == NULL ||
	    (self = calloc(1, sizeof(*self))) == NULL) {
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
		goto out;
	}
	/* The command line first, as far as it can be told without more. */
	if ((rc = tool_approval_ready(t, &helper)) == TOOL_YES && helper &&
	    tool_ordinary() && t->settings == NULL)
		rc = tool_helper_self(t, self);
	if (rc == TOOL_YES && (rc = take(t, in)) == TOOL_YES)
		rc = tool_approval_ask(t, in, helper, out, NULL);
	if (rc == TOOL_YES)
		rc = tell(t, out);
out:
	free(self);
	free(out);
	free(in);
	return (rc);
}
