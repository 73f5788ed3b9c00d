/*
 * session.c - one's own sessions, a later end for one, and "this was not me",
 * by sekisho-helper
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a session of another's is as one that is not there.
 * MUST: "this was not me" asks for nothing that a thief could have taken
 * with him, and does nothing but close: by it nobody gets in.
 * MUST: his other sessions are ended before his client can be kept from
 * asking for it; the one he sits in ends a moment later, by its guard.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "helper.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/logind.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/privilege.h"
#include "sekisho/flow/watched.h"
#include "sekisho/flow/witness.h"

#define LATER	10		/* s: he reads whom to call */

/* ----------------------------------------------------------- his sessions -- */

/* sek_watched_fn */
static enum sek_err
show_one(void *arg, const struct sek_helper_session *s)
{
	struct helper *h = arg;
	struct sek_helper_session out = *s;

	(void)sek_text_copy(out.timezone, sizeof(out.timezone),
	    h->settings->terminal.timezone);
	return (helper_data(h, SEK_HELPER_DATA_SESSION, &out, sizeof(out)));
}

enum sek_err
helper_sessions(struct helper *h)
{
	struct sek_why why = { "" };
	enum sek_err err;

	err = sek_watched_each(h->who.uid, sek_audit_session(), show_one, h,
	    &why);
	if (err == SEK_OK || h->talk != SEK_OK)
		return (err);
	helper_log(LOG_NOTICE, "uid %u: sessions: %s: %s",
	    (unsigned)h->who.uid, sek_err_name(err), why.text);
	/* Those that are watched were told. */
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : helper_no(h, err, N_("The "
	    "sessions of this terminal cannot be told now.")));
}

/* ------------------------------------------------------------- a later end -- */

/* What the second person is told that he vouches for. */
static enum sek_err
witness(struct helper *h, const struct sek_extended *x, const char *name,
    struct sek_admission *out)
{
	char text[SEK_HELPER_TEXT_MAX];
	const struct sek_witness_in in = { .subject = h->who.name,
	    .subject_person = h->self.user.account.person,
	    .subject_uid = h->who.uid, .name = name, .purpose = text,
	    .conv = &h->conv, .tty = h->tty[0] != '\0' ? h->tty : NULL };
	struct sek_why why = { "" };
	enum sek_err err;

	(void)sek_text_format(text, sizeof(text), helper_text(h, N_("a "
	    "privileged session as %s goes on under the grant %s")),
	    x->account, x->grant);
	err = sek_witness_run(out, &in, h->settings, h->store, &why);
	if (h->talk != SEK_OK)
		return (SEK_ERR_CONV);
	if (err == SEK_OK || err == SEK_ERR_CONV)
		return (err);
	helper_log(LOG_NOTICE, "uid %u: witness: %s: %s",
	    (unsigned)h->who.uid, sek_err_name(err), why.text);
	return (helper_no(h, SEK_ERR_REFUSED, N_("Nobody vouched for it: the "
	    "session ends as before.")));
}

static enum sek_err
told(struct helper *h, const struct sek_extended *x)
{
	struct sek_helper_extended out;
	struct sek_moment now;
	enum sek_err err;

	if ((err = sek_clock_now(&now)) != SEK_OK)
		return (err);
	memset(&out, 0, sizeof(out));
	memcpy(out.grant, x->grant, sizeof(out.grant));
	(void)sek_text_copy(out.timezone, sizeof(out.timezone),
	    h->settings->terminal.timezone);
	out.was = now.wall + (x->was - now.boot);
	out.ends = now.wall + (x->ends - now.boot);
	return (helper_data(h, SEK_HELPER_DATA_EXTENDED, &out, sizeof(out)));
}

static enum sek_err
extend(struct helper *h, struct sek_extend *e, struct sek_extended *x,
    bool try, bool witnessed)
{
	struct sek_why why = { "" };
	enum sek_err err;

	err = sek_watched_extend(x, e, h->settings, h->store, try, &why);
	if (err == SEK_ERR_NOT_FOUND)
		return (helper_no(h, err, N_("You have no such session that "
		    "could be extended.")));
	if (err != SEK_OK) {
		helper_log(LOG_ERR, "uid %u: extend: %s: %s",
		    (unsigned)h->who.uid, sek_err_name(err), why.text);
		return (helper_no(h, err, N_("This terminal cannot do that "
		    "now. Please tell the person in charge.")));
	}
	if (x->no == SEK_EXTEND_YES || (try && witnessed &&
	    x->reason == SEK_REASON_NO_WITNESS))
		return (SEK_OK);
	return (sek_why(&h->told, SEK_ERR_REFUSED, "%s", helper_text(h,
	    sek_watched_no(x))));
}

enum sek_err
helper_extend(struct helper *h, const struct sek_helper_extend *in)
{
	bool witnessed = in->witness[0] != '\0';
	struct sek_record actor;
	struct sek_extend e = { .id = in->id, .uid = h->who.uid,
	    .grant = in->grant, .actor = &actor };
	struct sek_admission proof, other;
	struct sek_extended x;
	enum sek_err err;

	memset(&actor, 0, sizeof(actor));
	memset(&other, 0, sizeof(other));
	if ((err = helper_self(h)) != SEK_OK ||
	    (err = extend(h, &e, &x, true, witnessed)) != SEK_OK ||
	    (err = helper_can_prove(h)) != SEK_OK ||
	    (err = helper_prove(h, SEK_PROOF_HELPER, false, &proof)) !=
	    SEK_OK)
		return (err);
	if (witnessed && (err = witness(h, &x, in->witness, &other)) !=
	    SEK_OK)
		goto out;
	memcpy(actor.subject, h->who.name, sizeof(actor.subject));
	memcpy(actor.person, h->self.user.account.person,
	    sizeof(actor.person));
	e.proof = proof.id;
	e.witness = other.id;
	if ((err = extend(h, &e, &x, false, false)) == SEK_OK)
		err = told(h, &x);
out:
	sek_wipe(&proof, sizeof(proof));
	sek_wipe(&other, sizeof(other));
	return (err);
}

/* --------------------------------------------------- "this was not me" -- */

/* Where he goes on (the last who could come in), what he sits in does, too. */
static void
end_sessions(struct helper *h, const char *note, bool suspended)
{
	struct sek_watched_end e = { .uid = h->who.uid,
	    .own = sek_audit_session(),
	    .later = suspended ? LATER * SEK_SECOND : 0,
	    .reason = SEK_REASON_SUSPENDED, .by = h->who.name,
	    .text = note[0] != '\0' ? note : "not me" };

	sek_watched_end_all(&e);
	if (e.left > 0)
		helper_log(LOG_ALERT, "uid %u said that a login was not his: "
		    "%u of his sessions could not be ended",
		    (unsigned)h->who.uid, e.left);
	memcpy(h->leaving, e.unwatched, sizeof(h->leaving));
}

enum sek_err
helper_not_me(struct helper *h, const struct sek_helper_not_me *in)
{
	struct sek_helper_noted out;
	struct sek_not_me_out noted;
	struct sek_not_me ask;
	enum sek_err err;

	memset(&ask, 0, sizeof(ask));
	memset(&out, 0, sizeof(out));
	if ((err = sek_facts_account(&ask.who, h->settings, h->who.name)) !=
	    SEK_OK)
		return (helper_trouble(h, err));
	ask.who.caller = h->who.uid;
	memcpy(ask.who.tty, h->tty, sizeof(ask.who.tty));
	(void)sek_text_copy(ask.who.service, sizeof(ask.who.service),
	    SEK_PROOF_HELPER);
	memcpy(ask.note, in->note, sizeof(ask.note));
	/* It closes: also on a full disk. */
	sek_store_may_use_reserve(h->store, true);
	err = sek_store_not_me(h->store, &ask, &noted);
	if (err == SEK_ERR_NOT_FOUND)
		return (helper_no(h, err, N_("Nothing is known of your account "
		    "here. Please tell the person in charge.")));
	if (err != SEK_OK)
		return (helper_trouble(h, err));
	helper_log(LOG_ALERT, "uid %u said that a login was not his%s",
	    (unsigned)h->who.uid, noted.suspended ? ": suspended" : "");
	end_sessions(h, in->note, noted.suspended != 0);
	memcpy(out.account, h->who.name, sizeof(out.account));
	memcpy(out.contact, h->settings->message.contact,
	    sizeof(out.contact));
	(void)sek_text_copy(out.timezone, sizeof(out.timezone),
	    h->settings->terminal.timezone);
	out.last_login = noted.last_login;
	out.suspended = noted.suspended;
	return (helper_data(h, SEK_HELPER_DATA_NOT_ME, &out, sizeof(out)));
}

void
helper_leave(struct helper *h)
{
	struct timespec ts = { LATER, 0 };
	struct sek_why why = { "" };

	if (h->leaving[0] == '\0')
		return;
	while (nanosleep(&ts, &ts) != 0)
		;
	if (sek_watched_end_logind(h->leaving, &why) != SEK_OK)
		helper_log(LOG_ALERT, "uid %u said that a login was not his: "
		    "session %s could not be ended: %s",
		    (unsigned)h->who.uid, h->leaving, why.text);
}
