/*
 * change_words.c - what is told and recorded of a password's change
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>
#include <syslog.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/journal.h"
#include "sekisho/flow/admission.h"
#include "sekisho/flow/change.h"

#define LINE_BYTES	1024u

void
sek_change_tell(const struct sek_change_work *c, const char *msgid)
{

	sek_pam_tell(c->pamh, PAM_ERROR_MSG, sek_message(c->language, msgid));
}

void
sek_change_tell_contact(const struct sek_change_work *c, const char *msgid)
{

	sek_admission_tell(c->pamh, c->ctx->settings, c->who.tty,
	    sek_message(c->language, msgid));
}

void
sek_change_tell_unfit(const struct sek_change_work *c,
    const struct sek_quality_out *q)
{
	char line[LINE_BYTES];

	sek_unfit_tell(line, sizeof line, c->language, q, &c->rules);
	sek_pam_tell(c->pamh, PAM_ERROR_MSG, line);
}

enum sek_err
sek_change_trouble(struct sek_change_work *c, enum sek_err err)
{

	if (err == SEK_ERR_STORE_BUSY)
		sek_change_tell(c, N_("This terminal is busy. Please try "
		    "again."));
	else if (err != SEK_ERR_CONV)
		sek_change_tell_contact(c, N_("This terminal cannot change "
		    "passwords now. Please tell the person in charge."));
	if (c->why->text[0] == '\0' && c->ctx->no_policy)
		(void)sek_why(c->why, err, "%s", c->ctx->degraded_why.text);
	else if (c->why->text[0] == '\0' && c->ctx->store != NULL)
		(void)sek_why(c->why, err, "%s",
		    sek_store_why(c->ctx->store));
	return (err);
}

void
sek_change_record(struct sek_record *rec, const struct sek_change_work *c,
    enum sek_result result, enum sek_reason reason, const char *detail)
{
	const struct sek_claimant *who = &c->who;

	memset(rec, 0, sizeof *rec);
	rec->event = c->by_root ? SEK_EVENT_PASSWORD_SET :
	    SEK_EVENT_PASSWORD_CHANGED;
	rec->result = (uint32_t)result;
	rec->reason = (uint32_t)reason;
	rec->count = 1;
	memcpy(rec->service, who->service, sizeof rec->service);
	memcpy(rec->tty, who->tty, sizeof rec->tty);
	memcpy(rec->rhost, who->rhost, sizeof rec->rhost);
	memcpy(rec->target, who->name, sizeof rec->target);
	if (c->by_root) {
		memcpy(rec->subject, c->actor, sizeof rec->subject);
		memcpy(rec->person, c->actor_person, sizeof rec->person);
	} else {
		memcpy(rec->subject, who->name, sizeof rec->subject);
		memcpy(rec->person, c->known.person[0] != '\0' ?
		    c->known.person : who->name, sizeof rec->person);
		memcpy(rec->section, c->known.section, sizeof rec->section);
	}
	sek_text_printable(rec->detail, sizeof rec->detail, detail);
}

enum sek_err
sek_change_refuse(struct sek_change_work *c, enum sek_err err,
    enum sek_reason reason, const char *detail)
{
	struct sek_refuse in;
	enum sek_err failed;

	memset(&in, 0, sizeof in);
	in.who = c->who;
	sek_change_record(&in.record, c, SEK_RESULT_REFUSED, reason, detail);
	/* What its owner can repeat as often as he likes is counted; what root
	 * does is written one by one. */
	failed = c->by_root ? sek_store_append(c->ctx->store, &in.record) :
	    sek_store_refuse(c->ctx->store, &in);
	if (failed != SEK_OK) {
		sek_pam_log(c->pamh, LOG_ALERT, "a refusal could not be "
		    "recorded: %s: %s", sek_err_name(failed),
		    sek_store_why(c->ctx->store));
		if (c->ctx->settings->audit.journal)
			sek_journal_record(&in.record, 0,
			    c->ctx->settings->terminal.id);
	}
	if (c->why->text[0] == '\0')
		(void)sek_why(c->why, err, "the password of %s was not "
		    "changed: %s%s%s", c->who.name, sek_reason_name(reason),
		    detail[0] != '\0' ? ": " : "", detail);
	return (err);
}
