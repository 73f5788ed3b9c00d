/*
 * witness.c - a second, different person proves himself at someone's prompt
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(1)④ウ.
 *
 * MUST: another person, by the store, by uid and by name; in doubt the same.
 * MUST: who he is and which roles he holds is judged after his proof, so that
 * an unknown name behaves as a known one.
 * MUST: a proof that is refused here serves nothing else.
 * MUST: he is where the prompt is: whom the terminal lets in from nowhere else
 * is verified from nowhere else.
 * MUST: what the subject wrote or typed moves no cursor of the witness's.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/message.h"
#include "sekisho/flow/context.h"
#include "sekisho/flow/witness.h"

#define NAME_SHOWN	48u		/* bytes, in a prompt */
#define LINE		1000u		/* bytes told at once */

struct witness {
	const struct sek_witness_in	*in;
	const struct sek_settings	*settings;
	struct sek_store		*st;
	struct sek_why			*why;
	enum sek_language		 language;
	char				 name[SEK_NAME_MAX];
	char				 prefix[NAME_SHOWN + 64];
	const char			*no;	/* why not, for the record */
	enum sek_reason			 reason;
	/* What the store knows of the two, after the proof. */
	struct sek_lookup_out		 subject;
	struct sek_lookup_out		 witness;
};

/* ---------------------------------------------------------- conversation -- */

/* One sentence or question to the subject's conversation. */
static enum sek_err
say(const struct witness *w, int style, const char *text, char **answer)
{
	const struct pam_message message = { style, text };
	const struct pam_message *list = &message;
	struct pam_response *resp = NULL;
	enum sek_err err = SEK_ERR_CONV;

	if (w->in->conv->conv(1, &list, &resp, w->in->conv->appdata_ptr) ==
	    PAM_SUCCESS)
		err = SEK_OK;
	if (err == SEK_OK && answer != NULL) {
		*answer = resp != NULL ? resp->resp : NULL;
		if (*answer == NULL)
			err = SEK_ERR_CONV;
	} else if (resp != NULL)
		sek_wipe_string(&resp->resp);
	free(resp);
	return (err);
}

static void
tell(const struct witness *w, const char *text)
{

	(void)say(w, PAM_ERROR_MSG, sek_message(w->language, text), NULL);
}

/* Every prompt of his says whom it asks. */
static int
talk(int n, const struct pam_message **msg, struct pam_response **resp,
    void *data)
{
	const struct witness *w = data;
	const struct pam_message *list[PAM_MAX_NUM_MSG];
	struct pam_message *mine;
	char *text;
	int i, rc = PAM_BUF_ERR;

	if (n <= 0 || n > PAM_MAX_NUM_MSG)
		return (PAM_CONV_ERR);
	mine = calloc((size_t)n, sizeof(*mine));
	text = calloc((size_t)n, LINE);
	for (i = 0; mine != NULL && text != NULL && i < n; i++) {
		mine[i] = *msg[i];
		list[i] = &mine[i];
		if (msg[i]->msg_style == PAM_TEXT_INFO ||
		    msg[i]->msg_style == PAM_ERROR_MSG)
			continue;
		(void)sek_text_format(text + (size_t)i * LINE, LINE, "%s%s",
		    w->prefix, msg[i]->msg);
		mine[i].msg = text + (size_t)i * LINE;
	}
	if (mine != NULL && text != NULL)
		rc = w->in->conv->conv(n, list, resp,
		    w->in->conv->appdata_ptr);
	free(mine);
	free(text);
	return (rc);
}

/* ------------------------------------------------------------- beginning -- */

static enum sek_err
ask_name(struct witness *w)
{
	char *typed = NULL;
	enum sek_err err;

	if (w->in->name != NULL)
		return (sek_text_copy(w->name, sizeof(w->name), w->in->name));
	err = say(w, PAM_PROMPT_ECHO_ON, sek_message(w->language,
	    N_("Name of the witness: ")), &typed);
	if (err == SEK_OK && (*typed == '\0' ||
	    sek_text_copy(w->name, sizeof(w->name), typed) != SEK_OK))
		err = SEK_ERR_CONV;
	sek_wipe_string(&typed);
	return (err);
}

/* What he vouches for, and whom; then who he is. */
static enum sek_err
begin(struct witness *w)
{
	char line[2 * LINE], told[LINE], shown[NAME_SHOWN];
	enum sek_err err;

	(void)sek_text_format(line, sizeof(line), sek_message(w->language,
	    N_("A witness is asked for. You vouch for %s: %s")),
	    w->in->shown != NULL ? w->in->shown : w->in->subject,
	    w->in->purpose);
	sek_text_printable(told, sizeof(told), line);
	if ((err = say(w, PAM_TEXT_INFO, told, NULL)) != SEK_OK ||
	    (err = ask_name(w)) != SEK_OK)
		return (sek_why(w->why, err, "nobody was named as a "
		    "witness"));
	sek_text_printable(shown, sizeof(shown), w->name);
	(void)sek_text_format(w->prefix, sizeof(w->prefix),
	    sek_message(w->language, N_("Witness %s: ")), shown);
	return (SEK_OK);
}

static enum sek_err
same_person(struct witness *w)
{

	w->no = "the same person";
	w->reason = SEK_REASON_USER_NOT_ALLOWED;
	tell(w, N_("A witness must be another person."));
	return (sek_why(w->why, SEK_ERR_REFUSED, "the witness of %s must be "
	    "another person", w->in->subject));
}

/* His own name, or another of his uid: he knows them, nothing is told. */
static enum sek_err
other_name(struct witness *w)
{
	struct sek_passwd pw;
	enum sek_err err;

	memset(&pw, 0, sizeof(pw));
	if ((err = sek_account_find(&pw, w->name)) != SEK_OK)
		return (sek_why(w->why, err, "the account source is down"));
	if (strcmp(w->name, w->in->subject) == 0 || (pw.known &&
	    (pw.uid == w->in->subject_uid ||
	    strcmp(pw.name, w->in->subject) == 0)))
		return (same_person(w));
	return (SEK_OK);
}

/* --------------------------------------------------------------- judging -- */

static enum sek_err
look_up(struct witness *w, struct sek_lookup_out *out, const char *name,
    uint32_t uid)
{
	struct sek_lookup *in;
	enum sek_err err;

	if ((in = calloc(1, sizeof(*in))) == NULL)
		return (SEK_ERR_NOMEM);
	in->who.uid = uid;
	in->who.known = 1;
	sek_claimant_limits(&in->limits, w->settings, false);
	in->caller_limits = in->limits;
	if ((err = sek_text_copy(in->who.name, sizeof(in->who.name), name)) ==
	    SEK_OK && (err = sek_store_lookup(w->st, in, out)) != SEK_OK)
		(void)sek_why(w->why, err, "%s", sek_store_why(w->st));
	free(in);
	return (err);
}

static bool
equal(const char *a, const char *b)
{

	return (strcmp(a, b) == 0);
}

/*
 * Two persons? Not where either is nobody in particular, nor where the store,
 * the caller or a name lets it be one.
 */
static bool
are_two(const struct witness *w, const struct sek_admission *a)
{
	const struct sek_account *his = &w->witness.account;
	const struct sek_account *own = &w->subject.account;
	const char *person = his->person[0] != '\0' ? his->person :
	    a->account;

	if (his->shared || (own->shared && !w->in->any_subject) ||
	    w->in->subject_person[0] == '\0')
		return (false);
	return (a->uid != w->in->subject_uid &&
	    !equal(a->account, w->in->subject) &&
	    !equal(a->account, w->in->subject_person) &&
	    !equal(person, w->in->subject) &&
	    !equal(person, w->in->subject_person) &&
	    !equal(person, own->person) &&
	    !equal(a->person, w->in->subject_person));
}

static enum sek_err
holds_a_role(struct witness *w, const struct sek_admission *a)
{
	struct sek_passwd pw;
	uint32_t roles = 0;
	enum sek_err err;

	if (w->in->roles == 0)
		return (SEK_OK);
	memset(&pw, 0, sizeof(pw));
	if ((err = sek_account_find(&pw, a->account)) != SEK_OK ||
	    (err = sek_account_roles(&roles, w->settings, pw.name, pw.gid)) !=
	    SEK_OK)
		return (sek_why(w->why, err, "which roles %s holds cannot be "
		    "found out", a->account));
	if (pw.known && (roles & w->in->roles) != 0)
		return (SEK_OK);
	w->no = "not of the role";
	w->reason = SEK_REASON_USER_NOT_ALLOWED;
	tell(w, N_("The witness does not hold the role for this. Please ask "
	    "another person."));
	return (sek_why(w->why, SEK_ERR_REFUSED, "%s holds no role that may "
	    "be a witness for this", a->account));
}

static enum sek_err
judge(struct witness *w, const struct sek_admission *a)
{
	enum sek_err err;

	if ((err = look_up(w, &w->witness, a->account, a->uid)) != SEK_OK ||
	    (err = look_up(w, &w->subject, w->in->subject,
	    w->in->subject_uid)) != SEK_OK)
		return (err);
	if (!are_two(w, a))
		return (same_person(w));
	if ((a->kinds & (a->kinds - 1)) == 0) {
		w->no = "one kind only";
		w->reason = SEK_REASON_TOO_FEW_KINDS;
		tell(w, N_("A witness proves two kinds."));
		return (sek_why(w->why, SEK_ERR_REFUSED, "%s proved one kind "
		    "only", a->account));
	}
	return (holds_a_role(w, a));
}

static enum sek_err
record(struct witness *w, const struct sek_admission *a, enum sek_result result)
{
	struct sek_record r;
	enum sek_err err;

	memset(&r, 0, sizeof(r));
	r.event = SEK_EVENT_WITNESS;
	r.result = (uint32_t)result;
	r.reason = (uint32_t)w->reason;
	r.kinds = a->kinds;
	r.count = 1;
	memcpy(r.service, a->service, sizeof(r.service));
	memcpy(r.subject, a->account, sizeof(r.subject));
	memcpy(r.person, a->person, sizeof(r.person));
	memcpy(r.section, w->witness.person.section, sizeof(r.section));
	memcpy(r.authenticator, a->authenticator, sizeof(r.authenticator));
	memcpy(r.ref, a->id, sizeof(r.ref));
	/* A name of nobody's may be a typed password. */
	if (w->in->subject_uid != SEK_UID_NONE)
		(void)sek_text_copy(r.target, sizeof(r.target),
		    w->in->subject);
	if (w->in->tty != NULL)
		sek_text_printable(r.tty, sizeof(r.tty), w->in->tty);
	if (w->in->rhost != NULL)
		sek_text_printable(r.rhost, sizeof(r.rhost), w->in->rhost);
	sek_text_printable(r.detail, sizeof(r.detail), w->no != NULL ? w->no :
	    w->in->purpose);
	if ((err = sek_store_append(w->st, &r)) != SEK_OK)
		return (sek_why(w->why, err, "%s", sek_store_why(w->st)));
	return (SEK_OK);
}

/* Proved, and yet no witness: his proof must serve nothing else. */
static void
drop(struct witness *w, const struct sek_admission *a)
{
	struct sek_admission_id in;

	memcpy(in.id, a->id, sizeof(in.id));
	if (w->no != NULL)
		(void)record(w, a, SEK_RESULT_REFUSED);
	(void)sek_store_drop(w->st, &in);
}

static enum sek_err
run(struct sek_admission *out, struct witness *w)
{
	const struct pam_conv conv = { .conv = talk, .appdata_ptr = w };
	const struct sek_proof_in proof = { .service = SEK_PROOF_WITNESS,
	    .account = w->name, .conv = &conv, .tty = w->in->tty,
	    .rhost = w->in->rhost, .pam_dir = w->in->pam_dir,
	    .settings = w->settings };
	struct sek_why said = { "" };
	enum sek_err err;

	if ((err = begin(w)) != SEK_OK || (err = other_name(w)) != SEK_OK ||
	    (err = sek_proof_run(out, &proof, w->st, w->why)) != SEK_OK)
		return (err);
	if ((err = judge(w, out)) == SEK_OK &&
	    (err = record(w, out, SEK_RESULT_OK)) == SEK_OK)
		return (SEK_OK);
	if (w->why != NULL)
		said = *w->why;
	drop(w, out);
	return (sek_why(w->why, err, "%s", said.text));
}

enum sek_err
sek_witness_run(struct sek_admission *out, const struct sek_witness_in *in,
    const struct sek_settings *settings, struct sek_store *st,
    struct sek_why *why)
{
	struct witness *w;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (SEK_ERR_NOMEM);
	w->in = in;
	w->settings = settings;
	w->st = st;
	w->why = why;
	w->language = sek_message_language(settings, in->tty);
	err = run(out, w);
	sek_store_close(st);
	sek_wipe(w, sizeof(*w));
	free(w);
	if (err != SEK_OK)
		sek_wipe(out, sizeof(*out));
	return (err);
}
