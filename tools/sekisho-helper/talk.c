/*
 * talk.c - sekisho-helper and its client: prompts, sentences, data
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: an answer counts only when it came after its prompt was sent.
 * MUST: after a frame that is not one, nothing more is asked, told or done.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "helper.h"
#include "sekisho/base/text.h"

/* The middle process of the client's ends with the client. */
static bool
client_lives(void *arg)
{
	const struct helper *h = arg;

	return (getppid() == h->parent);
}

/* From here on the talk is over. */
static enum sek_err
over(struct helper *h, enum sek_err err, const char *what)
{

	if (h->talk == SEK_OK) {
		h->talk = err;
		helper_log(err == SEK_ERR_SYNTAX ? LOG_WARNING : LOG_INFO,
		    "uid %u: %s (%s): %s", (unsigned)getuid(), what,
		    sek_err_name(err), h->acted ? "what it asked is done, "
		    "and it did not take the answer" : "nothing was changed");
	}
	return (SEK_ERR_CONV);
}

static const char *
cause(enum sek_err err)
{

	switch (err) {
	case SEK_ERR_IO:
		return ("the client is gone");
	case SEK_ERR_TIMEOUT:
		return ("the client did not go on in time");
	default:
		return ("the client sent what is no frame, or not due");
	}
}

enum sek_err
helper_request(struct helper *h)
{
	enum sek_err err;

	err = sek_wire_receive(&h->wire, &h->frame, HELPER_REQUEST_MS);
	if (err == SEK_OK && (h->frame.head.type != SEK_WIRE_REQUEST ||
	    sek_wire_pending(&h->wire)))
		err = SEK_ERR_SYNTAX;
	if (err == SEK_OK)
		h->wire.version = h->frame.head.version;
	else
		(void)over(h, err, cause(err));
	return (err);
}

static void
say_line(struct helper *h, bool is_error, const char *line, size_t len)
{
	char text[SEK_HELPER_TEXT_MAX];
	enum sek_err err;

	if (h->talk != SEK_OK || len == 0)
		return;
	(void)sek_text_format(text, sizeof(text), "%.*s",
	    (int)(len < sizeof(text) ? len : sizeof(text) - 1), line);
	err = sek_wire_send_text(&h->wire, SEK_WIRE_SAY, is_error, text);
	/* It may be a code that is told once. */
	sek_wipe(text, sizeof(text));
	if (err != SEK_OK)
		(void)over(h, err, cause(err));
}

void
helper_say(struct helper *h, bool is_error, const char *text)
{
	size_t n;

	for (; *text != '\0'; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		say_line(h, is_error, text, n);
	}
}

enum sek_err
helper_ask(struct helper *h, bool echo, const char *prompt,
    struct sek_secret *answer)
{
	const char *line = strrchr(prompt, '\n');
	struct sek_wire_frame *f = &h->frame;
	enum sek_err err;

	if (h->talk != SEK_OK)
		return (SEK_ERR_CONV);
	if (line != NULL) {
		/* A prompt of several lines: all but the last are told. */
		for (; prompt < line; prompt += strcspn(prompt, "\n") + 1)
			say_line(h, false, prompt, strcspn(prompt, "\n"));
		prompt = line + 1;
	}
	if (++h->prompts > HELPER_PROMPTS || sek_wire_pending(&h->wire))
		return (over(h, SEK_ERR_SYNTAX, cause(SEK_ERR_SYNTAX)));
	if ((err = sek_wire_send_text(&h->wire, SEK_WIRE_PROMPT, echo,
	    prompt)) == SEK_OK)
		err = sek_wire_receive(&h->wire, f, HELPER_ANSWER_MS);
	if (err == SEK_OK && f->head.type == SEK_WIRE_REQUEST)
		err = SEK_ERR_SYNTAX;
	if (err != SEK_OK)
		err = over(h, err, cause(err));
	else if (f->head.type == SEK_WIRE_CANCEL)
		err = SEK_ERR_CONV;
	else
		err = sek_secret_copy(answer, f->body, f->head.len);
	sek_wipe(f, sizeof(*f));
	return (err);
}

enum sek_err
helper_data(struct helper *h, enum sek_helper_data kind, void *body,
    size_t len)
{
	enum sek_err err;

	if (h->talk != SEK_OK)
		return (SEK_ERR_CONV);
	sek_wire_tidy(kind, body);
	err = sek_wire_send(&h->wire, SEK_WIRE_DATA, (uint32_t)kind, body,
	    len);
	return (err == SEK_OK ? SEK_OK : over(h, err, cause(err)));
}

void
helper_done(struct helper *h, enum sek_err err)
{

	if (h->talk == SEK_OK)
		(void)sek_wire_send_text(&h->wire, SEK_WIRE_DONE,
		    (uint32_t)err, h->told.text);
}

const char *
helper_text(const struct helper *h, const char *msgid)
{

	return (sek_message(h->language, msgid));
}

enum sek_err
helper_no(struct helper *h, enum sek_err err, const char *msgid)
{

	return (sek_why(&h->told, err, "%s", helper_text(h, msgid)));
}

/* ---------------------------------------------------- to PAM's modules -- */

static int
one_message(struct helper *h, const struct pam_message *m,
    struct pam_response *r)
{
	struct sek_secret answer = SEK_SECRET_NONE;
	const char *text = m->msg != NULL ? m->msg : "";
	int rc = PAM_CONV_ERR;

	switch (m->msg_style) {
	case PAM_TEXT_INFO:
	case PAM_ERROR_MSG:
		helper_say(h, m->msg_style == PAM_ERROR_MSG, text);
		return (h->talk == SEK_OK ? PAM_SUCCESS : PAM_CONV_ERR);
	case PAM_PROMPT_ECHO_ON:
	case PAM_PROMPT_ECHO_OFF:
		if (helper_ask(h, m->msg_style == PAM_PROMPT_ECHO_ON, text,
		    &answer) == SEK_OK &&
		    (r->resp = strdup(sek_secret_text(&answer))) != NULL)
			rc = PAM_SUCCESS;
		sek_secret_free(&answer);
		return (rc);
	default:
		return (PAM_CONV_ERR);
	}
}

static int
converse(int n, const struct pam_message **m, struct pam_response **out,
    void *arg)
{
	struct pam_response *r;
	int i, rc = PAM_SUCCESS;

	if (n <= 0 || n > PAM_MAX_NUM_MSG)
		return (PAM_CONV_ERR);
	if ((r = calloc((size_t)n, sizeof(*r))) == NULL)
		return (PAM_BUF_ERR);
	for (i = 0; i < n && rc == PAM_SUCCESS; i++)
		rc = one_message(arg, m[i], &r[i]);
	if (rc == PAM_SUCCESS) {
		*out = r;
		return (rc);
	}
	for (i = 0; i < n; i++)
		sek_wipe_string(&r[i].resp);
	free(r);
	return (rc);
}

void
helper_talk_init(struct helper *h, int fd)
{

	h->parent = getppid();
	h->wire.fd = fd;
	h->wire.helper = true;
	h->wire.alive = client_lives;
	h->wire.arg = h;
	h->conv.conv = converse;
	h->conv.appdata_ptr = h;
}
