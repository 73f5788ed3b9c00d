/*
 * main.c - sekisho-helper: what people without root's rights may ask for
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The one setuid program of the suite. Whoever starts it is its enemy: he
 * chooses its arguments, environment, descriptors, limits, signals, timers,
 * priority, cgroup, terminal and folder; he may stop or kill it at any
 * instant, and every byte it reads is his. It is started for locker programs
 * and for "sekisho" used by ordinary people; it needs neither to be honest.
 *
 * MUST: nothing happens before all he left is put right (harden.c); what
 * cannot be put right ends it.
 * MUST: arguments and environment are never looked at.
 * MUST: it acts for the account of its real uid, as the account source names
 * it; for root, of the audit login uid; no frame names another.
 * MUST: it verifies by services of fixed names, whose files are checked
 * before anything is asked (flow/proof.c), under the policy at its one path.
 * MUST: what changes anything is spent on a proof of both kinds given in this
 * process a moment before, but "this was not me", which only closes what is
 * his own; the store checks that again, in its own process,
 * which the caller can neither stop nor trace (edge/isolate.c).
 * MUST: one request, then only answers to prompts that are open; any other
 * byte ends it, with a line in the log and nothing changed.
 * MUST: what it sends holds no control character; nobody's secret but the key
 * it just made for him; nothing about other people but approvals he may see,
 * and sessions he opened.
 * MUST: every wait has an end, and the client's end is its own.
 * MUST: one who starts hundreds of them holds up nobody else.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "helper.h"

#define EXIT_REFUSED	1
#define EXIT_TROUBLE	111

/* It was started in a way in which it has no rights: a tracer, nosuid,
 * no_new_privs, a program that was copied. Say so on what may be a socket. */
static int
no_rights(void)
{
	const struct sek_wire w = { .fd = 0, .helper = true };

	(void)sek_wire_send_text(&w, SEK_WIRE_DONE, SEK_ERR_STORE,
	    SEK_LIBEXECDIR "/sekisho-helper: has not root's rights: it is not "
	    "setuid root, or runs under a tracer, no_new_privs or nosuid");
	return (EXIT_TROUBLE);
}

static enum sek_err
act(struct helper *h, enum sek_helper_op op, const void *body)
{

	switch (op) {
	case SEK_HELPER_VERIFY:
		return (helper_verify(h));
	case SEK_HELPER_SHOW:
		return (helper_show(h));
	case SEK_HELPER_APPROVALS:
		return (helper_approvals(h, body));
	case SEK_HELPER_ASK:
		return (helper_ask_approval(h, body));
	case SEK_HELPER_DECIDE:
		return (helper_decide(h, body));
	case SEK_HELPER_ENROL:
		return (helper_enrol(h, body));
	case SEK_HELPER_STATE:
		return (helper_state(h, body));
	case SEK_HELPER_SESSIONS:
		return (helper_sessions(h));
	case SEK_HELPER_EXTEND:
		return (helper_extend(h, body));
	case SEK_HELPER_NOT_ME:
		return (helper_not_me(h, body));
	}
	return (SEK_ERR_INTERNAL);
}

/* The one request, and its verdict. body is a copy: the frame is used for
 * what comes next. */
static enum sek_err
serve(struct helper *h)
{
	enum sek_helper_op op;
	struct sek_why why = { "" };
	void *body;
	size_t len;
	enum sek_err err;

	if ((err = helper_request(h)) != SEK_OK)
		return (err);
	op = (enum sek_helper_op)sek_wire_word(&h->frame);
	len = sek_wire_rest_len(&h->frame);
	if ((body = calloc(1, len + 1)) == NULL)
		return (SEK_ERR_NOMEM);
	memcpy(body, sek_wire_rest(&h->frame), len);
	if (!helper_has_room()) {
		helper_log(LOG_WARNING, "uid %u: too many of his at once",
		    (unsigned)getuid());
		err = helper_no(h, SEK_ERR_STORE_BUSY, N_("This terminal is "
		    "busy. Please try again."));
	} else if ((err = helper_begin(h, &why)) != SEK_OK) {
		helper_log(LOG_ERR, "%s: %s", sek_err_name(err), why.text);
		(void)helper_no(h, err, N_("This terminal cannot do that now. "
		    "Please tell the person in charge."));
	} else
		err = act(h, op, body);
	free(body);
	helper_done(h, err);
	helper_leave(h);
	return (err);
}

int
main(void)
{
	struct helper *h;
	struct sek_why why = { "" };
	uint32_t uid;
	enum sek_err err;
	int fd = -1;

	if (geteuid() != 0)
		return (no_rights());
	if (!helper_harden(&fd, &why)) {
		helper_log(LOG_ERR, "uid %u: %s", (unsigned)getuid(),
		    why.text);
		return (EXIT_TROUBLE);
	}
	helper_forbid_calls();
	if ((h = calloc(1, sizeof(*h))) == NULL)
		return (EXIT_TROUBLE);
	helper_talk_init(h, fd);
	helper_tty(h->tty, sizeof(h->tty));
	if ((err = helper_uid(&uid)) == SEK_OK &&
	    (err = sek_account_by_uid(&h->who, uid)) == SEK_OK &&
	    !h->who.known)
		err = SEK_ERR_NOT_FOUND;
	if (err == SEK_OK)
		err = serve(h);
	else {
		helper_log(LOG_ERR, "uid %u: no account to act for (%s)",
		    (unsigned)getuid(), sek_err_name(err));
		(void)helper_no(h, err, N_("It is not known for whom this is: "
		    "please log in as yourself first."));
		helper_done(h, err);
	}
	helper_end(h);
	sek_wipe(h, sizeof(*h));
	free(h);
	return (err == SEK_OK ? 0 : EXIT_REFUSED);
}
