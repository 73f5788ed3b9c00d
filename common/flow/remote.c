/*
 * remote.c - our modules in a process that is not root's
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <security/pam_modules.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/helper.h"
#include "sekisho/flow/remote.h"
#include "sekisho/model/evidence.h"

#define DATA_NAME	"sekisho-remote"
#define MAGIC		UINT64_C(0x73656b6973686f52)
#define LAYOUT		1u

/* What the helper said in this handle. Plain memory; wiped at its end. */
struct remote {
	uint64_t		magic;
	uint32_t		version;
	uint32_t		uid;
	pid_t			pid;
	struct sek_moment	at;
};

bool
sek_remote_is(void)
{

	return (geteuid() != 0);
}

enum sek_err
sek_remote_conf(const struct sek_pam_options *options, struct sek_why *why)
{

	if (options->conf == NULL ||
	    strcmp(options->conf, SEK_SYSCONFDIR "/sekisho.conf") == 0)
		return (SEK_OK);
	return (sek_why(why, SEK_ERR_ARGUMENT, "conf=%s: a program without "
	    "root's rights is verified under %s/sekisho.conf only: take conf= "
	    "out of this service", options->conf, SEK_SYSCONFDIR));
}

static void
cleanup(pam_handle_t *pamh, void *data, int status)
{

	(void)pamh;
	(void)status;
	sek_wipe(data, sizeof(struct remote));
	free(data);
}

/* Who is meant must be who runs this program. A program of root's that has put
 * its rights down for a while is run by nobody: the helper would verify who
 * logged in, whoever is meant. */
static enum sek_err
check_user(const char *user, struct sek_why *why)
{
	struct sek_passwd pw;
	enum sek_err err;

	if (getuid() == 0)
		return (sek_why(why, SEK_ERR_REFUSED, "this program has root's "
		    "real uid and not its rights (effective uid %u): it must "
		    "take them back before it calls PAM",
		    (unsigned)geteuid()));
	if ((err = sek_account_find(&pw, user)) != SEK_OK)
		return (err);
	if (pw.known && pw.uid == (uint32_t)getuid())
		return (SEK_OK);
	return (sek_why(why, SEK_ERR_REFUSED, "another than who runs this "
	    "program (uid %u) is to be verified: only root's programs may",
	    (unsigned)getuid()));
}

struct talk {
	pam_handle_t	*pamh;
	bool		 silent;
	bool		 told;
};

static enum sek_err
ask(void *arg, bool echo, const char *prompt, struct sek_secret *answer)
{
	const struct talk *t = arg;

	return (sek_pam_ask_as(t->pamh, echo, prompt, answer));
}

/* Information obeys PAM_SILENT; why he is refused does not (design 6). */
static void
tell(void *arg, bool is_error, const char *text)
{
	struct talk *t = arg;

	t->told |= is_error;
	if (is_error || !t->silent)
		sek_pam_tell(t->pamh, is_error ? PAM_ERROR_MSG :
		    PAM_TEXT_INFO, text);
}

static enum sek_err
remember(pam_handle_t *pamh)
{
	struct remote *r;
	enum sek_err err;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (SEK_ERR_NOMEM);
	r->magic = MAGIC;
	r->version = LAYOUT;
	r->uid = (uint32_t)getuid();
	r->pid = getpid();
	if ((err = sek_clock_now(&r->at)) == SEK_OK &&
	    pam_set_data(pamh, DATA_NAME, r, cleanup) == PAM_SUCCESS)
		return (SEK_OK);
	free(r);
	return (err != SEK_OK ? err : SEK_ERR_NOMEM);
}

enum sek_err
sek_remote_verify(pam_handle_t *pamh, int flags, bool *told,
    struct sek_why *why)
{
	struct talk t = { pamh, ((unsigned)flags & PAM_SILENT) != 0, false };
	const struct sek_helper_talk talk = { ask, tell, NULL, &t };
	const char *user = NULL;
	enum sek_err err;

	*told = false;
	/* What an earlier call of this handle verified counts no more. */
	(void)pam_set_data(pamh, DATA_NAME, NULL, NULL);
	if (pam_get_user(pamh, &user, NULL) != PAM_SUCCESS || user == NULL)
		return (SEK_ERR_CONV);
	if ((err = check_user(user, why)) == SEK_OK)
		err = sek_helper_call(SEK_HELPER_VERIFY, NULL, 0, &talk, why);
	*told = t.told;
	return (err == SEK_OK ? remember(pamh) : err);
}

enum sek_err
sek_remote_confirm(pam_handle_t *pamh, struct sek_why *why)
{
	const struct remote *r = NULL;
	const void *data = NULL;
	struct sek_moment now;
	enum sek_err err;

	if (pam_get_data(pamh, DATA_NAME, &data) == PAM_SUCCESS)
		r = data;
	if (r == NULL || r->magic != MAGIC || r->version != LAYOUT ||
	    r->pid != getpid() || r->uid != (uint32_t)getuid())
		return (sek_why(why, SEK_ERR_FORBIDDEN, "nobody was verified "
		    "in this handle"));
	if ((err = check_user(sek_pam_item(pamh, PAM_USER), why)) !=
	    SEK_OK)
		return (err == SEK_ERR_REFUSED ? SEK_ERR_FORBIDDEN : err);
	if ((err = sek_clock_now(&now)) != SEK_OK)
		return (err);
	if (sek_clock_age(&r->at, &now) > SEK_EVIDENCE_AGE)
		return (sek_why(why, SEK_ERR_FORBIDDEN, "what was verified is "
		    "too old: lock and unlock again"));
	return (SEK_OK);
}
