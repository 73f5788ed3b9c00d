/*
 * enrol_key.c - people bind a security key to themselves, by sekisho-helper
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no key is opened for who did not prove himself a moment before.
 * MUST: the client's path of a device is compared, never opened.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "helper.h"
#include "sekisho/flow/enrol_fido2.h"
#include "sekisho/flow/facts.h"

static enum sek_err
ask(void *arg, bool echo, const char *prompt, struct sek_secret *answer)
{

	return (helper_ask(arg, echo, prompt, answer));
}

static void
tell(void *arg, bool is_error, const char *text)
{

	helper_say(arg, is_error, text);
}

static bool
there(void *arg)
{
	const struct helper *h = arg;

	return (h->talk == SEK_OK && h->wire.alive(h->wire.arg) &&
	    !sek_wire_gone(&h->wire));
}

void
helper_enrol_talk(struct helper *h, struct sek_enrol_talk *out)
{

	memset(out, 0, sizeof(*out));
	out->ask = ask;
	out->tell = tell;
	out->there = there;
	out->arg = h;
	out->language = h->language;
}

enum sek_err
helper_device_trouble(struct helper *h, const char *device, enum sek_err err,
    const struct sek_why *why, const char *msgid)
{

	if (h->talk != SEK_OK)
		return (err);
	helper_log(LOG_ERR, "uid %u: %s: %s: %s", (unsigned)getuid(), device,
	    sek_err_name(err), why->text);
	return (helper_no(h, err == SEK_ERR_NOT_FOUND ? SEK_ERR_UNSUPPORTED :
	    err, msgid));
}

static enum sek_err
trouble(struct helper *h, enum sek_err err, const struct sek_why *why)
{

	return (helper_device_trouble(h, "security key", err, why,
	    N_("Security keys cannot be used on this terminal now. Please tell "
	    "the person in charge.")));
}

enum sek_err
helper_key_present(struct helper *h)
{
	struct sek_why why = { "" };
	bool present = false;
	enum sek_err err;

	if ((err = sek_fido2_present(&present, &why)) != SEK_OK)
		return (trouble(h, err, &why));
	return (present ? SEK_OK : helper_no(h, SEK_ERR_REFUSED,
	    N_("No security key is plugged in: please plug it in, then begin "
	    "anew.")));
}

static enum sek_err
own_keys(struct helper *h, struct sek_fido2_list_out *out)
{
	struct sek_fido2_list in = { 0 };
	enum sek_err err;

	if ((err = sek_facts_account(&in.who, h->settings, h->who.name)) !=
	    SEK_OK ||
	    (err = sek_store_fido2_list(h->store, &in, out)) != SEK_OK)
		return (helper_trouble(h, err));
	/* Nothing is held open while the key waits for him. */
	sek_store_close(h->store);
	return (SEK_OK);
}

static enum sek_err
bind_key(struct helper *h, struct sek_enrol *e,
    const struct sek_helper_enrol *in, const struct sek_fido2_list_out *own)
{
	struct sek_enrol_talk talk;
	struct sek_enrol_fido2 f = { .settings = h->settings, .own = own->key,
	    .nown = own->n, .uv = (enum sek_fido2_uv)h->settings->fido2.uv,
	    .resident = in->resident != 0, .path = in->path, .talk = &talk };
	struct sek_why why = { "" };
	enum sek_fido2_end end;
	enum sek_err err;

	helper_enrol_talk(h, &talk);
	/* Less than the policy asks of all would open nothing. */
	if (in->uv != UINT32_MAX && in->uv > (uint32_t)f.uv)
		f.uv = (enum sek_fido2_uv)in->uv;
	err = sek_enrol_fido2(e, &f, &end, &h->told, &why);
	if (err == SEK_ERR_REFUSED)
		helper_log(LOG_NOTICE, "uid %u: security key not enrolled: "
		    "%s%s%s", (unsigned)getuid(), sek_fido2_end_name(end),
		    why.text[0] != '\0' ? ": " : "", why.text);
	else if (err != SEK_OK && err != SEK_ERR_CONV)
		return (trouble(h, err, &why));
	return (err);
}

enum sek_err
helper_bind_key(struct helper *h, struct sek_enrol *e,
    const struct sek_helper_enrol *in)
{
	struct sek_fido2_list_out *own;
	enum sek_err err;

	if ((own = calloc(1, sizeof(*own))) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = own_keys(h, own)) == SEK_OK)
		err = bind_key(h, e, in, own);
	free(own);
	return (err);
}
