/*
 * util_enable_ready.c - before services ask for two kinds: could anybody log in
 * then, and what would be missed?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: what could not be found out is no yes.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/pam_stack.h"
#include "sekisho/flow/facts.h"
#include "sekisho/rule/policy.h"
#include "util_enable.h"
#include "util_envelope.h"

#define ADMIN_GROUPS	"sudo wheel admin"

/* ---- could anybody log in by it? */

/* Accounts that have the kinds and may look after the terminal. */
#define KEEPERS_MAX	64u

struct looking {
	struct tool		*t;
	struct sek_requirement	 need;
	char			 name[SEK_NAME_MAX];	/* the account in hand */
	uint32_t		 have;
	uint32_t		 verified;	/* by keys, cards of his */
	char			 keeper[KEEPERS_MAX][SEK_NAME_MAX];
	size_t			 n;
};

static bool
is_keeper(const struct looking *k, const struct sek_passwd *pw)
{
	const char *closed = k->t->settings->privilege.no_direct;
	bool is = false, group = false;

	/* Nobody logs in to that one (rule/entry). */
	if (sek_policy_listed(closed, pw->name) ||
	    (pw->uid == 0 && sek_policy_listed(closed, "root")))
		return (false);
	if (sek_account_privileged(&is, k->t->settings, pw->name, pw->uid,
	    pw->gid) == SEK_OK && is)
		return (true);
	return (sek_account_in_groups(&group, pw->name, pw->gid,
	    ADMIN_GROUPS) == SEK_OK && group);
}

/* All authenticators of one account were seen. */
static void
account_done(struct looking *k)
{
	struct sek_passwd pw;
	uint32_t kinds;

	if (k->n < KEEPERS_MAX && k->name[0] != '\0' &&
	    sek_policy_reach_by(&kinds, &k->need, k->have |
	    SEK_METHOD_BIT(SEK_METHOD_PASSWORD), k->verified) &&
	    sek_account_find(&pw, k->name) == SEK_OK && pw.known &&
	    is_keeper(k, &pw))
		(void)sek_text_copy(k->keeper[k->n++], SEK_NAME_MAX, k->name);
	k->have = k->verified = 0;
}

static enum sek_err
look(void *arg, const char *account, const struct sek_authenticator *a)
{
	struct looking *k = arg;

	if (strcmp(account, k->name) != 0) {
		account_done(k);
		(void)sek_text_copy(k->name, sizeof(k->name), account);
	}
	if (sek_policy_active(&k->need, a))
		k->have |= SEK_METHOD_BIT((unsigned)a->method);
	k->verified |= sek_policy_verified(&k->need, a);
	return (SEK_OK);
}

/* Neither suspended nor ended? A lock ends by itself and does not count. */
static bool
stands(struct tool *t, const char *name)
{
	struct sek_limits limits[2];
	struct sek_person person;
	struct sek_passwd pw;
	struct sek_moment now;
	struct sek_user *user;
	bool yes = false;

	memset(&person, 0, sizeof(person));
	tool_limits(t, limits);
	if ((user = calloc(1, sizeof(*user))) == NULL)
		return (false);
	if (sek_clock_now(&now) == SEK_OK &&
	    sek_account_find(&pw, name) == SEK_OK && pw.known &&
	    sek_store_user(t->store, name, &limits[1], user) == SEK_OK &&
	    (user->account.person[0] == '\0' || sek_store_person(t->store,
	    user->account.person, &person) == SEK_OK))
		yes = sek_policy_account(&user->account, &person, pw.uid,
		    now.wall) == SEK_REASON_NONE;
	free(user);
	return (yes);
}

int
stack_somebody_gets_in(struct tool *t)
{
	struct looking *k = calloc(1, sizeof(*k));
	bool found = tool_option(t, "force") != NULL;
	enum sek_err err;

	if (k == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	k->t = t;
	sek_facts_requirement(&k->need, t->settings, "");
	err = sek_store_authenticators(t->store, NULL, false, look, k);
	account_done(k);
	while (err == SEK_OK && !found && k->n > 0)
		found = stands(t, k->keeper[--k->n]);
	sek_store_close(t->store);
	free(k);
	if (err != SEK_OK)
		return (tool_store_fail(t, err));
	if (found)
		return (TOOL_YES);
	tool_error(_("no administrator could log in: enrol one first (sekisho "
	    "enroll totp USER; root, one of privilege.users or "
	    "privilege.groups, or of the groups sudo, wheel, admin), or use "
	    "--force"));
	return (TOOL_NO);
}

/* ---- and could somebody where nobody can? */

/* A master is no terminal yet: an envelope is bound to its machine. */
static bool
is_master(const struct tool *t)
{
	const char *slash = strrchr(t->conf, '/');
	char path[SEK_PATH_MAX];

	return (sek_text_format(path, sizeof(path), "%.*s/image",
	    (int)(slash - t->conf), t->conf) == SEK_OK &&
	    access(path, F_OK) == 0);
}

int
stack_has_envelope(struct tool *t)
{
	struct tool_envelopes all;
	char why[512];
	bool has, left_out;
	int rc;

	if (is_master(t))
		return (TOOL_YES);
	if ((rc = tool_envelopes(t, &all)) != TOOL_YES)
		return (rc);
	has = tool_envelope_sealed(t, &all) != NULL;
	left_out = !has && tool_envelope_left_out(t, &all, why, sizeof(why));
	tool_envelopes_free(&all);
	if (has)
		return (TOOL_YES);
	if (left_out)
		tool_error("%s", why);
	tool_error(_("no sealed envelope for break-glass is there: make one "
	    "first, and put it into the safe: %s"), TOOL_ENVELOPE_MAKE);
	return (TOOL_NO);
}

/* ---- and who would miss the system's password lines? */

/* Of these, nothing is missed: ours is in their place, or they only decide. */
static bool
is_replaced(const char *module, const char *backend)
{
	static const char *const names[] = { "pam_cracklib.so", "pam_deny.so",
	    "pam_passwdqc.so", "pam_permit.so", "pam_pwhistory.so",
	    "pam_pwquality.so", "pam_unix.so" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(module, names[i]) == 0)
			return (true);
	return (strncmp(backend, module, strlen(module)) == 0);
}

void
stack_tell_unheard(const char *backend)
{
	const struct sek_stack_line *lines = NULL;
	struct sek_pam_stack_places where;
	struct sek_pam_stack *stack = NULL;
	struct sek_why why = { "" };
	bool begun = false;
	size_t i, n = 0;

	sek_pam_stack_system(&where);
	if (sek_pam_stack_load(&stack, &where, "common-password", &why) !=
	    SEK_OK)
		return;
	if (sek_pam_stack_own(stack, SEK_PHASE_PASSWORD))
		lines = sek_pam_stack_lines(stack, SEK_PHASE_PASSWORD, &n);
	for (i = 0; i < n; i++) {
		if (lines[i].module == NULL || lines[i].absent ||
		    is_replaced(lines[i].module, backend))
			continue;
		if (!begun)
			printf("%s:", _("Of common-password, these do not "
			    "hear of new passwords any more"));
		begun = true;
		printf(" %s", lines[i].module);
	}
	if (begun)
		putchar('\n');
	sek_pam_stack_free(&stack);
}
