/*
 * password.c - sekisho password temporary, expire and compromised
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Clauses 6(4)②オ, 7(2)①イ. A temporary password is set as passwd would set it,
 * by PAM through pam_sekisho_password; so it is judged, kept in the history and
 * recorded as any other.
 *
 * MUST: a password is shown once, to who asked for it, and by nothing but
 * this.
 * MUST: one that the backend did not take is not shown.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/quality.h"
#include "sekisho/edge/shadow.h"
#include "sekisho/flow/facts.h"
#include "util_password.h"
#include "util_sessions.h"
#include "util_sheet.h"
#include "verb.h"

#define TURNS	3	/* one may hold somebody's name by chance */

/* Whose it is: of this terminal, and not somebody a contractor may touch. */
static int
find(struct tool *t, const char *name, enum sek_event event,
    struct sek_claimant *who)
{
	enum sek_err err;

	if ((err = sek_facts_account(who, t->settings, name)) != SEK_OK)
		return (tool_fail(err, NULL));
	if (!who->known)
		return (tool_no_user(name));
	sek_settings_for(t->settings, who->name);
	t->actor.event = (uint32_t)event;
	err = sek_store_may_change(t->store, who->name, who->privileged,
	    SEK_CHANGING_PASSWORD, &t->actor);
	return (err == SEK_OK ? TOOL_YES : tool_store_fail(t, err));
}

/* ------------------------------------------------------ a temporary one -- */

/* {"user","password","not_after"}; the password past all buffers. */
static int
show_json(const struct tool *t, const char *user,
    const struct sek_secret *password, int64_t until)
{
	cJSON *o = cJSON_CreateObject();
	int rc;

	cJSON_AddStringToObject(o, "user", user);
	cJSON_AddItemToObject(o, "password",
	    cJSON_CreateStringReference(sek_secret_text(password)));
	cJSON_AddItemToObject(o, "not_after", tool_json_time(t, until));
	rc = tool_put_secret_json(o);
	cJSON_Delete(o);
	return (rc);
}

static int
show(const struct tool *t, const struct sek_claimant *who,
    const struct sek_secret *password, int64_t until, int64_t min_length)
{
	char shown[SEK_NAME_MAX], text[64];
	int rc;

	sek_text_printable(shown, sizeof(shown), who->name);
	if (t->json)
		return (show_json(t, shown, password, until));
	if (tool_option(t, "slip") != NULL)
		return (tool_sheet_password(t, shown,
		    sek_secret_text(password), until, min_length));
	tool_time(t, text, sizeof(text), until);
	printf("%s: %s\n", _("User"), shown);
	if ((rc = tool_sheet_secret(_("Temporary password"),
	    sek_secret_text(password))) != TOOL_YES)
		return (rc);
	printf(_("It opens logins until %s, and the first one must change "
	    "it. It is shown this once.\n"), text);
	return (tool_flush());
}

/* Made and set; *password is what the backend has now. */
static int
set(const struct sek_claimant *who, const struct sek_password_limits *limits,
    int64_t until, struct sek_secret *password)
{
	char why[TOOL_PASSWORD_SAID] = "";
	enum sek_err err = SEK_ERR_EXISTS;
	unsigned turn;

	for (turn = 0; turn < TURNS && err == SEK_ERR_EXISTS; turn++) {
		sek_secret_free(password);
		if ((err = sek_quality_temporary(password,
		    limits->min_length)) == SEK_OK)
			err = tool_password_set(who->name, password, until,
			    why, sizeof(why));
	}
	if (err == SEK_OK)
		return (TOOL_YES);
	sek_secret_free(password);
	if (why[0] != '\0')
		tool_error("%s", why);
	tool_error(_("no temporary password was set; the present one stays as "
	    "it is"));
	return (err == SEK_ERR_REFUSED || err == SEK_ERR_EXISTS ? TOOL_NO :
	    TOOL_TROUBLE);
}

int
verb_password_temporary(struct tool *t, int argc, char **argv)
{
	struct sek_secret password = SEK_SECRET_NONE;
	struct sek_password_limits limits;
	struct sek_claimant who;
	struct sek_moment now;
	int64_t until;
	int rc;

	(void)argc;
	if (t->json && tool_option(t, "slip") != NULL) {
		tool_error(_("--%s means nothing here"), "slip");
		return (TOOL_USAGE);
	}
	if ((rc = tool_store(t)) != TOOL_YES ||
	    (rc = find(t, argv[0], SEK_EVENT_PASSWORD_SET, &who)) !=
	    TOOL_YES || (rc = tool_password_ready(t)) != TOOL_YES)
		return (rc);
	/* The module reaches the store by itself. */
	sek_store_close(t->store);
	if ((rc = tool_sheet_agree(t, false)) != TOOL_YES)
		return (rc);
	if (sek_clock_now(&now) != SEK_OK)
		return (tool_fail(SEK_ERR_INTERNAL, "clock"));
	sek_settings_password(&limits, t->settings, who.privileged);
	until = now.wall + limits.temporary_valid * SEK_SECOND;
	tool_hold();
	if ((rc = set(&who, &limits, until, &password)) == TOOL_YES &&
	    (rc = show(t, &who, &password, until, limits.min_length)) !=
	    TOOL_YES)
		tool_error(_("nobody has seen the new password, and the one of "
		    "before is gone: run this again"));
	sek_secret_free(&password);
	return (rc);
}

/* ------------------------------------------- one that is to be changed -- */

/* What the backend keeps of it now, for the store to compare. */
static enum sek_err
look(struct sek_password_seen *seen)
{
	struct sek_shadow shadow;
	enum sek_err err;

	memset(&shadow, 0, sizeof(shadow));
	if ((err = sek_shadow_get(&shadow, seen->who.name)) == SEK_OK) {
		seen->day = shadow.day;
		memcpy(seen->hash, shadow.hash, sizeof(seen->hash));
		memcpy(seen->mark, shadow.mark, sizeof(seen->mark));
	}
	sek_wipe(&shadow, sizeof(shadow));
	return (err);
}

static int
must(struct tool *t, const char *name, enum sek_password_must what)
{
	struct sek_password_seen *seen = calloc(1, sizeof(*seen));
	enum sek_err err;
	int rc;

	if (seen == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = find(t, name, what == SEK_MUST_COMPROMISED ?
	    SEK_EVENT_PASSWORD_COMPROMISED : SEK_EVENT_PASSWORD_EXPIRED,
	    &seen->who)) != TOOL_YES)
		goto out;
	if ((err = look(seen)) != SEK_OK) {
		rc = tool_fail(err, NULL);
		goto out;
	}
	tool_hold();
	err = sek_store_password_must(t->store, seen, what, &t->actor);
	rc = err == SEK_OK ? TOOL_YES : err == SEK_ERR_NOT_FOUND ?
	    tool_no_user(name) : tool_store_fail(t, err);
out:
	sek_wipe(seen, sizeof(*seen));
	free(seen);
	return (rc);
}

/* {"user","must","sessions"}, or a line for people. w: NULL of expire. */
static int
told(const struct tool *t, const char *name, enum sek_password_must what,
    const struct tool_sessions *w)
{
	char shown[SEK_NAME_MAX];
	cJSON *o;

	sek_text_printable(shown, sizeof(shown), name);
	if (t->json) {
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "user", shown);
		cJSON_AddStringToObject(o, "must",
		    sek_password_must_name(what));
		if (w != NULL)
			cJSON_AddItemToObject(o, "sessions",
			    tool_sessions_json(w));
		return (tool_json_print(o));
	}
	if (what == SEK_MUST_COMPROMISED)
		printf(_("%s: this password is barred for ever. Until it is "
		    "changed, it still opens a login together with a second "
		    "proof; to end that now: sekisho password temporary %s\n"),
		    shown, shown);
	else
		printf(_("%s: the next login must change the password.\n"),
		    shown);
	if (w != NULL)
		tool_sessions_print(w);
	return (tool_flush());
}

int
verb_password_expire(struct tool *t, int argc, char **argv)
{
	int rc;

	(void)argc;
	if ((rc = tool_store(t)) != TOOL_YES ||
	    (rc = must(t, argv[0], SEK_MUST_EXPIRED)) != TOOL_YES)
		return (rc);
	return (told(t, argv[0], SEK_MUST_EXPIRED, NULL));
}

/* Who has it may be in already: what is open of the account ends. */
static int
barred(struct tool *t, const char *name, const char *reason)
{
	struct tool_sessions *w;
	int rc, shown;

	if ((rc = tool_sessions_user(t, &w, name,
	    SEK_EVENT_PASSWORD_COMPROMISED, SEK_REASON_NONE, reason,
	    tool_option(t, "keep-sessions") != NULL)) != TOOL_YES)
		goto out;
	shown = told(t, name, SEK_MUST_COMPROMISED, w);
	rc = tool_sessions_warn(w, false);
	tool_sessions_end_own(w);
	rc = rc == TOOL_YES ? shown : rc;
out:
	tool_sessions_free(&w);
	return (rc);
}

int
verb_password_compromised(struct tool *t, int argc, char **argv)
{
	const char *reason = tool_option(t, "reason");
	int rc;

	(void)argc;
	if (reason == NULL || !sek_text_is_clean(reason, SEK_REASON_MAX - 1)) {
		tool_error(_("say why by --reason: a line of text"));
		return (TOOL_USAGE);
	}
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	sek_text_printable(t->actor.detail, sizeof(t->actor.detail), reason);
	/* Also on a full disk: it closes. */
	sek_store_may_use_reserve(t->store, true);
	if ((rc = must(t, argv[0], SEK_MUST_COMPROMISED)) != TOOL_YES)
		return (rc);
	return (barred(t, argv[0], reason));
}
