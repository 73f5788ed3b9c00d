/*
 * witness.c - another person decides at the prompt of who asked
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: it is another person, who proved both kinds in this process after he
 * was told what he approves, for whom, where and how long.
 */
#include "config.h"

#include <string.h>
#include <syslog.h>

#include "helper.h"
#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/flow/witness.h"
#include "sekisho/model/grant.h"
#include "sekisho/rule/approval.h"

/* Whom it reaches, where, and how long: what he signs, all of it. Each list
 * fits a line. */
static void
tell_list(struct helper *h, const char *list, const char *all,
    const char *some)
{

	if (list[0] == '\0') {
		helper_say(h, false, helper_text(h, all));
		return;
	}
	helper_say(h, false, helper_text(h, some));
	helper_say(h, false, list);
}

static void
tell_scope(struct helper *h, const struct sek_approval *a)
{
	const char *zone = h->settings->terminal.timezone;
	char from[32], until[32], line[128];

	tell_list(h, a->users, N_("It is for all users."),
	    N_("It is for these users:"));
	tell_list(h, a->terminals, N_("It is for all terminals."),
	    N_("It is for these terminals:"));
	sek_clock_print_short(from, sizeof(from), a->not_before, zone);
	sek_clock_print_short(until, sizeof(until), a->not_after, zone);
	(void)sek_text_format(line, sizeof(line), helper_text(h,
	    N_("It begins %s and ends %s.")), from, until);
	helper_say(h, false, line);
}

/* What the witness is told that he vouches for. */
static void
purpose(const struct helper *h, char *dst, size_t size,
    const struct sek_approval *a)
{

	if (sek_grant_is(a)) {
		(void)sek_text_format(dst, size, helper_text(h,
		    a->kind == SEK_APPROVAL_GRANT ?
		    N_("the use of the privileged ID %s by %s: %s (%s)") :
		    N_("a deputy for the privileged ID %s, %s: %s (%s)")),
		    a->key, a->users, a->reason, a->clause);
		return;
	}
	(void)sek_text_format(dst, size, helper_text(h, N_("the exception %s "
	    "= %s, because: %s")), a->key, a->value, a->reason);
}

static enum sek_err
witness_actor(struct helper *h, struct sek_actor *out,
    const struct sek_admission *proof)
{
	struct sek_passwd pw;
	bool privileged = false;
	enum sek_err err;

	if ((err = helper_actor(h, out, proof)) != SEK_OK ||
	    (err = sek_account_find(&pw, proof->account)) != SEK_OK)
		return (err);
	if (!pw.known || pw.uid != proof->uid)
		return (SEK_ERR_REFUSED);
	memcpy(out->account, pw.name, sizeof(out->account));
	out->uid = pw.uid;
	if ((err = sek_account_roles(&out->roles, h->settings, pw.name,
	    pw.gid)) == SEK_OK &&
	    (err = sek_account_privileged(&privileged, h->settings, pw.name,
	    pw.uid, pw.gid)) == SEK_OK)
		out->privileged = privileged;
	return (err);
}

enum sek_err
helper_witnessed(struct helper *h, const char *name,
    struct sek_approval_out *out)
{
	char text[SEK_HELPER_TEXT_MAX];
	const struct sek_witness_in in = { .subject = h->who.name,
	    .subject_person = out->a.asked.person,
	    .subject_uid = h->who.uid, .name = name,
	    .roles = SEK_ROLE_BIT(sek_approval_role(
	    (enum sek_approval_kind)out->a.kind)), .purpose = text,
	    .conv = &h->conv, .tty = h->tty[0] != '\0' ? h->tty : NULL };
	struct sek_approval_decide decide;
	struct sek_admission proof;
	struct sek_why why = { "" };
	enum sek_err err;

	tell_scope(h, &out->a);
	purpose(h, text, sizeof(text), &out->a);
	err = sek_witness_run(&proof, &in, h->settings, h->store, &why);
	if (h->talk != SEK_OK)
		return (SEK_ERR_CONV);
	if (err != SEK_OK) {
		helper_log(LOG_NOTICE, "uid %u: witness: %s: %s",
		    (unsigned)h->who.uid, sek_err_name(err), why.text);
		return (sek_why(&h->told, err == SEK_ERR_CONV ? err :
		    SEK_ERR_REFUSED, helper_text(h, N_("It is asked for as "
		    "%s, and waits for somebody to decide it: the witness did "
		    "not.")), out->a.id));
	}
	memset(&decide, 0, sizeof(decide));
	memcpy(decide.id, out->a.id, sizeof(decide.id));
	decide.act = SEK_ACT_GIVE;
	if ((err = witness_actor(h, &decide.who, &proof)) != SEK_OK)
		return (helper_trouble(h, err));
	memset(out, 0, sizeof(*out));
	return (sek_store_approval_decide(h->store, &decide, out));
}
