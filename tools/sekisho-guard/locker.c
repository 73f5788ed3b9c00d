/*
 * locker.c - asks at a locked terminal until its user proved himself
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sekisho-guard --lock. The proof is one of both kinds, by service
 * sekisho-locker, of who began the session: of root's by sudo or su that is who
 * called it.
 *
 * MUST: it ends with GUARD_LOCK_OPEN after a proof, and by nothing else.
 * MUST: nobody's question stays open: an answer that does not come in time ends
 * that proof.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include <security/pam_misc.h>

#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/flow/exception.h"
#include "sekisho/flow/proof.h"

#include "lock.h"

#define PROMPT_S	90	/* for one answer */
#define PAUSE_S		2u	/* after trouble */
#define NESTED_S	5u	/* before it is looked again who is in front */

/* What one proof needs, and nothing keeps over the wait for it. */
struct asking {
	struct sek_settings	*settings;
	struct sek_store_config	*config;
	struct sek_store	*store;
};

/* --------------------------------------------------------------- the words -- */

static const char *
reason_text(uint32_t reason)
{

	switch ((enum sek_reason)reason) {
	case SEK_REASON_IDLE:
		return (N_("It was not used for a while."));
	case SEK_REASON_REMOVED:
		return (N_("The card or key was taken away."));
	case SEK_REASON_REAUTH:
		return (N_("It is time to prove yourself again."));
	default:
		return (N_("A person in charge locked it."));
	}
}

static const char *
prover(const struct sek_guard *g)
{

	return (g->subject[0] != '\0' ? g->subject : g->account);
}

static void
show(const struct sek_guard *g, uint32_t reason)
{
	const enum sek_language language = (enum sek_language)g->language;

	guard_terminal_clear();
	(void)dprintf(STDOUT_FILENO, "%s\n%s\n\n", sek_message(language,
	    N_("This terminal is locked.")), sek_message(language,
	    reason_text(reason)));
	(void)dprintf(STDOUT_FILENO, sek_message(language, N_("%s: press "
	    "Enter to unlock it.")), prover(g));
	(void)dprintf(STDOUT_FILENO, "\n");
}

/* --------------------------------------------------------------- the proof -- */

static void
done(struct asking *a)
{

	sek_store_free(&a->store);
	free(a->config);
	free(a->settings);
	memset(a, 0, sizeof(*a));
}

static enum sek_err
begin(struct asking *a, const struct sek_guard *g, struct sek_why *why)
{
	struct sek_exceptions by = { .store = &a->store, .floors = true };
	enum sek_err err = SEK_ERR_NOMEM;

	memset(a, 0, sizeof(*a));
	if ((a->settings = calloc(1, sizeof(*a->settings))) == NULL ||
	    (a->config = calloc(1, sizeof(*a->config))) == NULL)
		return (err);
	if ((err = sek_exception_load(a->settings, g->conf[0] != '\0' ?
	    g->conf : NULL, false, &by, why)) != SEK_OK)
		return (err);
	if (a->store == NULL) {
		sek_store_config(a->config, a->settings);
		if ((err = sek_store_new(&a->store, a->config)) != SEK_OK)
			return (err);
	}
	sek_settings_for(a->settings, prover(g));
	sek_store_may_use_reserve(a->store, g->privileged != 0);
	return (SEK_OK);
}

/* libpam's own, with an end to each question. */
static int
converse(int n, const struct pam_message **msg, struct pam_response **resp,
    void *data)
{

	pam_misc_conv_died = 0;
	pam_misc_conv_die_time = time(NULL) + PROMPT_S;
	return (misc_conv(n, msg, resp, data));
}

static enum sek_err
prove(const struct sek_guard *g, const char *tty, struct sek_why *why)
{
	const struct pam_conv conv = { .conv = converse };
	struct sek_admission proof;
	struct asking a;
	struct sek_proof_in in = {
		.service = SEK_PROOF_LOCKER,
		.account = prover(g),
		.conv = &conv,
		.tty = tty + strlen("/dev/"),
		.rhost = g->rhost,
		.screen = true
	};
	const uint32_t uid = g->subject[0] != '\0' ? g->subject_uid : g->uid;
	enum sek_err err;

	memset(&proof, 0, sizeof proof);
	if ((err = begin(&a, g, why)) == SEK_OK) {
		in.settings = a.settings;
		err = sek_proof_run(&proof, &in, a.store, why);
	}
	if (err == SEK_OK && proof.uid != uid)
		err = sek_why(why, SEK_ERR_REFUSED, "another proved himself");
	sek_wipe(&proof, sizeof proof);
	done(&a);
	return (err);
}

/* Did anybody hang up? */
static bool
is_gone(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	return (poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR |
	    POLLNVAL)) != 0);
}

static int
ask(const struct sek_guard *g, const char *tty, uint32_t reason)
{
	const struct timespec pause = { .tv_sec = PAUSE_S };
	struct sek_why why = { "" };
	enum sek_err err;

	for (;;) {
		show(g, reason);
		if (!guard_terminal_enter())
			return (GUARD_LOCK_HANGUP);
		if ((err = prove(g, tty, &why)) == SEK_OK)
			return (GUARD_LOCK_OPEN);
		if (is_gone())
			return (GUARD_LOCK_HANGUP);
		if (err == SEK_ERR_REFUSED || err == SEK_ERR_CONV) {
			/* What the stack told is to be read. */
			(void)nanosleep(&pause, NULL);
			continue;
		}
		syslog(LOG_ERR, "%s of the session of %s: %s: %s", tty,
		    g->account, sek_err_name(err), why.text);
		(void)dprintf(STDOUT_FILENO, "%s\n", sek_message(
		    (enum sek_language)g->language, N_("This terminal cannot "
		    "do that now. Please tell the person in charge.")));
		(void)nanosleep(&pause, NULL);
	}
}

/* ------------------------------------------------- who else is at this one -- */

struct nested {
	const char	*id;
	uint32_t	 tty;
	uint32_t	 reason;
};

static enum sek_err
lock_one(void *arg, const struct sek_guard *g, const struct sek_guard_state *s)
{
	const struct nested *n = arg;
	struct guard_processes all;
	bool held;

	if (strcmp(g->id, n->id) == 0 || s->locked_at != 0 ||
	    guard_processes_of(&all, g) != SEK_OK)
		return (SEK_OK);
	held = guard_tty_is_held(&all, n->tty);
	guard_processes_free(&all);
	/* An envelope's is never locked: it has the terminal till its end. */
	if (held && g->envelope[0] != '\0')
		return (SEK_ERR_EXISTS);
	if (held)
		(void)sek_guard_order(g->id, SEK_GUARD_LOCK,
		    (enum sek_reason)n->reason, NULL, NULL, NULL);
	return (SEK_OK);
}

/* The terminal is another session's that is watched, begun in this one (sudo,
 * su): it is locked by its own guard, which has what is frozen there. False: it
 * is not to be had yet. */
static bool
lock_nested(const struct sek_guard *g, const char *path, uint32_t reason)
{
	struct guard_processes all;
	struct nested n = { .id = g->id, .reason = reason };
	struct stat st;
	bool held;

	if (stat(path, &st) != 0 || guard_processes_of(&all, g) != SEK_OK)
		return (true);
	n.tty = guard_tty_number(st.st_rdev);
	held = guard_tty_is_held(&all, n.tty);
	guard_processes_free(&all);
	return (held || sek_guard_each(lock_one, &n, NULL) != SEK_ERR_EXISTS);
}

int
guard_main_lock(const struct sek_guard *g, const char *tty)
{
	struct sek_guard_state s;
	struct guard_terminal *t;
	bool proved = false;
	int rc;

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0L, 0L, 0L);
	if (sek_guard_state_read(&s, g->id) != SEK_OK || s.locked_at == 0)
		return (GUARD_EXIT_TROUBLE);
	while (!lock_nested(g, tty, s.locked_for))
		(void)sleep(NESTED_S);
	t = guard_terminal_take(g, tty, s.locked_at, &proved);
	if (t == NULL)
		return (proved ? GUARD_LOCK_OPEN : GUARD_EXIT_TROUBLE);
	rc = ask(g, tty, s.locked_for);
	guard_terminal_give(t, rc == GUARD_LOCK_OPEN);
	return (rc);
}
