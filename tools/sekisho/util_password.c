/*
 * util_password.c - a password set as passwd sets one, by root's tool
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing is set by lines that are not ours.
 * MUST: the password goes to libpam's own copies and nowhere else.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <security/pam_appl.h>

#include "sekisho/base/text.h"
#include "sekisho/flow/change_password.h"
#include "util_password.h"
#include "util_stack.h"

/* More talk than this no change makes: two prompts a turn, three turns, and
 * what is told between them. */
#define MESSAGES_MAX	32u

struct talk {
	const struct sek_secret	*password;
	unsigned		 messages;
	char			*said;
	size_t			 size;
};

int
tool_password_ready(const struct tool *t)
{
	static const char *const name = SEK_CHANGE_SERVICE;
	const struct tool_stack_service *s;
	const struct tool_stack_part *p;
	struct sek_pam_stack_places where;
	struct tool_stack *all = NULL;
	struct sek_why why = { "" };
	bool fit = false;
	enum sek_err err;
	size_t i;

	sek_pam_stack_system(&where);
	err = tool_stack_judge(t, &where, &name, 1, &all, &why);
	if (err == SEK_OK && (s = tool_stack_find(all, name)) != NULL) {
		p = &s->part[SEK_PHASE_PASSWORD];
		fit = s->err == SEK_OK && p->err == SEK_OK && p->own &&
		    p->ours && p->ok;
		for (i = 0; i < p->n_finding; i++)
			fit = fit && p->finding[i].harm == SEK_STACK_NOTED;
	}
	tool_stack_free(&all);
	if (fit)
		return (TOOL_YES);
	if (err != SEK_OK)
		return (tool_fail(err, why.text));
	tool_error(_("the lines of %s are not there, or not as they must be: "
	    "see sekisho stack check --service %s; to put them together: "
	    "sekisho stack snippets"), name, name);
	return (TOOL_NO);
}

static bool
answer(struct pam_response *to, const struct pam_message *msg, struct talk *k)
{
	switch (msg->msg_style) {
	case PAM_PROMPT_ECHO_OFF:
		to->resp = strdup(sek_secret_text(k->password));
		return (to->resp != NULL);
	case PAM_TEXT_INFO:
	case PAM_ERROR_MSG:
		sek_text_printable(k->said, k->size, msg->msg);
		return (true);
	default:
		return (false);
	}
}

static int
talk(int n, const struct pam_message **msg, struct pam_response **resp,
    void *data)
{
	struct talk *k = data;
	struct pam_response *all;
	int i;

	if (n <= 0 || n > PAM_MAX_NUM_MSG ||
	    (k->messages += (unsigned)n) > MESSAGES_MAX)
		return (PAM_CONV_ERR);
	if ((all = calloc((size_t)n, sizeof(*all))) == NULL)
		return (PAM_BUF_ERR);
	for (i = 0; i < n; i++)
		if (!answer(&all[i], msg[i], k))
			break;
	if (i == n) {
		*resp = all;
		return (PAM_SUCCESS);
	}
	while (i-- > 0)
		sek_wipe_string(&all[i].resp);
	free(all);
	return (PAM_CONV_ERR);
}

static enum sek_err
meaning(int rc)
{
	switch (rc) {
	case PAM_SUCCESS:
		return (SEK_OK);
	case PAM_AUTHTOK_ERR:
		return (SEK_ERR_EXISTS);
	case PAM_AUTH_ERR:
	case PAM_PERM_DENIED:
	case PAM_ACCT_EXPIRED:
	case PAM_USER_UNKNOWN:
		return (SEK_ERR_REFUSED);
	default:
		return (SEK_ERR_BACKEND);
	}
}

enum sek_err
tool_password_set(const char *user, const struct sek_secret *password,
    int64_t until, char *said, size_t size)
{
	struct talk k = { .password = password, .said = said, .size = size };
	const struct pam_conv conv = { .conv = talk, .appdata_ptr = &k };
	const char *tty = ttyname(STDIN_FILENO);
	pam_handle_t *pamh = NULL;
	enum sek_err err = SEK_ERR_BACKEND;
	int rc;

	said[0] = '\0';
	if ((rc = pam_start(SEK_CHANGE_SERVICE, user, &conv, &pamh)) !=
	    PAM_SUCCESS)
		return (err);
	if (tty != NULL)
		rc = pam_set_item(pamh, PAM_TTY, tty);
	if (rc == PAM_SUCCESS &&
	    (err = sek_change_temporary(pamh, until)) == SEK_OK)
		err = meaning(rc = pam_chauthtok(pamh, 0));
	(void)pam_end(pamh, rc);
	return (err);
}
