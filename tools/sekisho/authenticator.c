/*
 * authenticator.c - sekisho authenticator list|disable|remove
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/flow/enrol_fingerprint.h"
#include "sekisho.h"
#include "util_helper.h"
#include "verb.h"

struct listing {
	const struct tool	*t;
	struct tool_list	*list;
};

static enum sek_err
list_one(void *arg, const char *account, const struct sek_authenticator *a)
{
	struct listing *l = arg;

	if (l->t->json)
		return (tool_list_json(l->list,
		    tool_authenticator_json(l->t, account, a)));
	return (tool_authenticator_row(l->t, l->list, account, a));
}

/* A name neither the store nor the terminal has is a mistyped one. */
static int
check_user(struct tool *t, const char *name)
{
	struct sek_limits limits[2];
	struct sek_passwd who;
	struct sek_user user;
	enum sek_err err;

	tool_limits(t, limits);
	err = sek_store_user(t->store, name, &limits[0], &user);
	if (err != SEK_ERR_NOT_FOUND)
		return (err == SEK_OK ? TOOL_YES : tool_store_fail(t, err));
	if ((err = sek_account_find(&who, name)) != SEK_OK)
		return (tool_fail(err, NULL));
	return (who.known ? TOOL_YES : tool_no_user(name));
}

/* An ordinary user's own. */
static int
list_own(struct tool *t, const char *name)
{
	struct sek_helper_self *self = calloc(1, sizeof(*self));
	struct listing l = { t, NULL };
	enum sek_err err = SEK_OK;
	uint32_t i;
	int rc;

	if (self == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = tool_only_self(name)) == TOOL_YES &&
	    (rc = tool_helper_ready(t, false)) == TOOL_YES &&
	    (rc = tool_helper_self(t, self)) == TOOL_YES) {
		l.list = tool_authenticator_list(t);
		for (i = 0; l.list != NULL && err == SEK_OK &&
		    i < self->nauthenticators; i++)
			err = list_one(&l, self->account,
			    &self->authenticator[i]);
		rc = tool_list_end(t, &l.list, err);
	}
	free(self);
	return (rc);
}

int
verb_authenticator_list(struct tool *t, int argc, char **argv)
{
	struct listing l = { t, NULL };
	enum sek_err err = SEK_ERR_NOMEM;
	int rc;

	if (tool_ordinary())
		return (list_own(t, argc > 0 ? argv[0] : NULL));
	if ((rc = tool_store(t)) != TOOL_YES ||
	    (argc > 0 && (rc = check_user(t, argv[0])) != TOOL_YES))
		return (rc);
	if ((l.list = tool_authenticator_list(t)) != NULL)
		err = sek_store_authenticators(t->store,
		    argc > 0 ? argv[0] : NULL, tool_option(t, "all") != NULL,
		    list_one, &l);
	if (err == SEK_ERR_NOT_FOUND)
		err = SEK_OK;
	return (tool_list_end(t, &l.list, err));
}

/* His own, for whom he proves to be. */
static int
change_own(struct tool *t, const char *id, const char *shown,
    enum sek_authenticator_state to)
{
	struct sek_helper_state in = { .to = (uint32_t)to };
	int rc;

	in.even_last = tool_option(t, "even-last") != NULL;
	if ((rc = tool_helper_ready(t, true)) != TOOL_YES)
		return (rc);
	/* What cannot be an id, the helper takes for an attack and ends. */
	if (id[0] == '\0' || id[strspn(id, "0123456789abcdef")] != '\0' ||
	    sek_text_copy(in.id, sizeof(in.id), id) != SEK_OK) {
		tool_error(_("there is no such authenticator: %s"), shown);
		return (TOOL_NO);
	}
	return (tool_helper(t, SEK_HELPER_STATE, &in, sizeof(in), NULL, NULL));
}

/*
 * A finger that is removed: fprintd is to forget it, before the store does, so
 * that it can be asked for once more. *forgotten SEK_OK: it has, or it is none.
 */
static int
forget(struct tool *t, const char *id, enum sek_err *forgotten,
    struct sek_why *why)
{
	struct sek_biometric_of in = { .id = "" };
	struct sek_biometric trait = { .account = "" };
	enum sek_err err = SEK_ERR_NOT_FOUND;

	*forgotten = SEK_OK;
	if (sek_text_copy(in.id, sizeof(in.id), id) == SEK_OK)
		err = sek_store_biometric_of(t->store, &in, &trait);
	/* None; one of a store of before; or one of which nobody can tell, and
	 * which is taken away all the same. */
	if (err == SEK_ERR_NOT_FOUND || err == SEK_ERR_STORE_OLDER ||
	    err == SEK_ERR_TAMPERED)
		return (TOOL_YES);
	if (err != SEK_OK)
		return (tool_store_fail(t, err));
	if (trait.brief.finger == SEK_FINGER_NONE)
		return (TOOL_YES);
	/* Nothing is held open while fprintd is asked. */
	sek_store_close(t->store);
	*forgotten = sek_enrol_fingerprint_forget(&trait, why);
	return (TOOL_YES);
}

static int
change(struct tool *t, const char *id, enum sek_authenticator_state to,
    const char *done)
{
	enum sek_err err, forgotten = SEK_OK;
	struct sek_why why = { "" };
	char shown[64];
	int rc;

	sek_text_printable(shown, sizeof(shown), id);
	if (tool_ordinary()) {
		if ((rc = change_own(t, id, shown, to)) != TOOL_YES)
			return (rc);
		printf("%s: %s\n", _(done), shown);
		return (tool_flush());
	}
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	tool_hold();
	if (to == SEK_AUTHENTICATOR_REMOVED &&
	    (rc = forget(t, id, &forgotten, &why)) != TOOL_YES)
		return (rc);
	if (forgotten != SEK_OK)
		to = SEK_AUTHENTICATOR_DISABLED;
	err = strlen(id) >= SEK_ID_MAX ? SEK_ERR_NOT_FOUND :
	    sek_store_authenticator_state(t->store, id, to, &t->actor);
	if (err == SEK_ERR_NOT_FOUND) {
		tool_error(_("there is no such authenticator: %s"), shown);
		return (TOOL_NO);
	}
	if (err != SEK_OK)
		return (tool_store_fail(t, err));
	if (forgotten != SEK_OK) {
		tool_error(_("it opens nothing any more, but fprintd could not "
		    "be told to forget the finger; run this once more when the "
		    "reader can be used: %s (%s)"), shown, why.text);
		return (TOOL_TROUBLE);
	}
	printf("%s: %s\n", _(done), shown);
	return (tool_flush());
}

int
verb_authenticator_disable(struct tool *t, int argc, char **argv)
{
	(void)argc;
	return (change(t, argv[0], SEK_AUTHENTICATOR_DISABLED,
	    N_("Disabled")));
}

int
verb_authenticator_remove(struct tool *t, int argc, char **argv)
{
	(void)argc;
	return (change(t, argv[0], SEK_AUTHENTICATOR_REMOVED,
	    N_("Removed")));
}
