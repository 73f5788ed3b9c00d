/*
 * util_helper.c - verbs that act by sekisho-helper, for who is not root
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: an ordinary user's verb reaches nobody's things but his own, and not
 * because this file says so: the helper does not take a name.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "util_approval.h"
#include "util_helper.h"

struct talk {
	tool_data_fn	 data;
	void		*arg;
	bool		 gave_up;
	bool		 waited;	/* too long */
};

bool
tool_ordinary(void)
{

	return (geteuid() != 0);
}

/* A policy that is not readable, or not in order, is no reason to keep him
 * from asking for an exception: the helper judges. */
static void
look_at_policy(struct tool *t)
{
	struct sek_settings *s;

	if (t->settings != NULL || (s = calloc(1, sizeof(*s))) == NULL)
		return;
	if (sek_settings_load_under(s, t->conf, false, sek_settings_floors,
	    NULL, NULL) != SEK_OK) {
		free(s);
		return;
	}
	t->settings = s;
	if (!t->chosen)
		tool_language((enum sek_language)s->message.language);
}

int
tool_helper_ready(struct tool *t, bool asks)
{

	look_at_policy(t);
	if (strcmp(t->conf, TOOL_DEFAULT_CONF) != 0) {
		tool_error(_("--conf: a proof is asked for by the policy file "
		    "of this terminal, %s, and by no other"),
		    TOOL_DEFAULT_CONF);
		return (TOOL_USAGE);
	}
	if (asks && !tool_can_ask()) {
		tool_error(_("you are to prove who you are, and nobody is "
		    "there to ask: run this at a terminal"));
		return (TOOL_USAGE);
	}
	return (TOOL_YES);
}

int
tool_only_self(const char *name)
{
	struct sek_passwd who;
	char shown[SEK_NAME_MAX];

	if (name == NULL)
		return (TOOL_YES);
	if (sek_account_find(&who, name) == SEK_OK && who.known &&
	    who.uid == getuid())
		return (TOOL_YES);
	sek_text_printable(shown, sizeof(shown), name);
	tool_error(_("%s: without root's rights you can do this for your own "
	    "account only: leave the name out, or ask an administrator"),
	    shown);
	return (TOOL_NO);
}

int
tool_whose(int argc)
{

	if (argc > 0)
		return (TOOL_YES);
	tool_error(_("say whose: USER is missing"));
	return (TOOL_USAGE);
}

static enum sek_err
ask(void *arg, bool echo, const char *prompt, struct sek_secret *answer)
{
	struct talk *k = arg;
	enum sek_err err;

	/* Whoever gave up is asked no more, whatever the stack still asks. */
	if (k->gave_up || k->waited)
		return (SEK_ERR_CONV);
	err = tool_ask_secret(prompt, echo, answer);
	k->gave_up |= err == SEK_ERR_CONV;
	k->waited |= err == SEK_ERR_TIMEOUT;
	return (err == SEK_OK ? SEK_OK : SEK_ERR_CONV);
}

static void
tell(void *arg, bool is_error, const char *text)
{
	size_t len = strlen(text);

	(void)arg;
	(void)is_error;
	fprintf(tool_tty(), "%s%s", text,
	    len > 0 && text[len - 1] == '\n' ? "" : "\n");
	fflush(tool_tty());
}

static enum sek_err
data(void *arg, enum sek_helper_data kind, const void *body, size_t len)
{
	struct talk *k = arg;

	return (k->data == NULL ? SEK_ERR_SYNTAX :
	    k->data(k->arg, kind, body, len));
}

static int
failed(const struct talk *k, enum sek_err err, const struct sek_why *why)
{
	enum sek_approval_no no = tool_approval_no_of(why->text);

	if ((k->gave_up || k->waited) && why->text[0] == '\0') {
		tool_error("%s", k->waited ?
		    _("nothing was answered for five minutes: nothing was "
		    "done") : _("given up: nothing was done"));
		return (TOOL_NO);
	}
	if (no != SEK_NO_NONE)
		return (tool_approval_no(no));
	if (err == SEK_ERR_REFUSED && why->text[0] == '\0') {
		tool_error(_("you did not prove who you are: nothing was "
		    "done"));
		return (TOOL_NO);
	}
	return (tool_told(err, why->text));
}

int
tool_helper(struct tool *t, enum sek_helper_op op, const void *body,
    size_t len, tool_data_fn fn, void *arg)
{
	struct talk k = { fn, arg, false, false };
	struct sek_helper_talk talk = { ask, tell, data, &k };
	struct sek_why why = { "" };
	enum sek_err err;

	(void)t;
	fflush(stdout);
	err = sek_helper_call(op, body, len, &talk, &why);
	return (err == SEK_OK ? TOOL_YES : failed(&k, err, &why));
}

static enum sek_err
take_self(void *arg, enum sek_helper_data kind, const void *body, size_t len)
{
	struct sek_helper_self *out = arg;

	if (kind != SEK_HELPER_DATA_SELF || len != sizeof(*out))
		return (SEK_ERR_SYNTAX);
	memcpy(out, body, sizeof(*out));
	return (SEK_OK);
}

int
tool_helper_self(struct tool *t, struct sek_helper_self *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = tool_helper(t, SEK_HELPER_SHOW, NULL, 0, take_self, out);
	if (rc == TOOL_YES)
		(void)sek_text_copy(t->zone, sizeof(t->zone), out->timezone);
	return (rc);
}
