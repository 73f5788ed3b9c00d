/*
 * enroll_fido2.c - sekisho enroll fido2 USER
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing is stored before the key signed a fresh hash.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/flow/enrol_fido2.h"
#include "sekisho/flow/facts.h"
#include "enroll.h"
#include "util_helper.h"
#include "verb.h"

/* What the options say of the key. */
struct wish {
	bool			 has_uv;
	enum sek_fido2_uv	 uv;
	bool			 resident;
	char			 path[SEK_FIDO2_PATH_MAX];
};

static int
take_options(const struct tool *t, struct wish *w, struct sek_enrol *e)
{
	const char *uv = tool_option(t, "uv");
	const char *path = tool_option(t, "device");
	unsigned u;

	memset(w, 0, sizeof(*w));
	w->resident = tool_option(t, "resident") != NULL;
	for (u = 0; uv != NULL && u < SEK_FIDO2_UVS; u++)
		if (strcmp(uv, sek_fido2_uv_name((enum sek_fido2_uv)u)) ==
		    0) {
			w->uv = (enum sek_fido2_uv)u;
			w->has_uv = true;
		}
	if (uv != NULL && !w->has_uv) {
		tool_error(_("--uv: required, preferred or discouraged"));
		return (TOOL_USAGE);
	}
	if (path != NULL && (!sek_text_is_clean(path, sizeof(w->path) - 1) ||
	    sek_text_copy(w->path, sizeof(w->path), path) != SEK_OK)) {
		tool_error(_("--device: this is no path of a security key"));
		return (TOOL_USAGE);
	}
	return (enroll_label(t, e));
}

/* ------------------------------------------------- who sits there, root -- */

/* What an end signal says where a credential would stay on the key. */
static char farewell[512];
static size_t nfarewell;

static void
say_farewell(int number)
{
	/* As before from here on: it ends when this returns. */
	if (write(STDERR_FILENO, farewell, nfarewell) < 0)
		nfarewell = 0;
	(void)raise(number);
}

static void
take_leave(const char *text)
{
	struct sigaction act = { .sa_handler = say_farewell,
	    .sa_flags = (int)SA_RESETHAND };
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	size_t i;

	(void)sek_text_format(farewell, sizeof(farewell), "\nsekisho: %s\n",
	    text);
	nfarewell = strlen(farewell);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		(void)sigaction(ends[i], &act, NULL);
}

static void
made(void *arg)
{
	(void)arg;
	take_leave(_(sek_enrol_fido2_stays()));
}

/* --------------------------------------------------------------- root's -- */

/* App. B. */
static int
print_json(const char *user, const struct sek_authenticator *a)
{
	const struct sek_fido2_brief *key = &a->fido2;
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", a->id);
	cJSON_AddStringToObject(o, "user", user);
	cJSON_AddStringToObject(o, "method",
	    sek_method_name((enum sek_method)a->method));
	cJSON_AddItemToObject(o, "aaguid", tool_key_aaguid(key));
	cJSON_AddItemToObject(o, "model", tool_json_text(key->model));
	cJSON_AddItemToObject(o, "uv", tool_json_text(sek_fido2_uv_name(
	    (enum sek_fido2_uv)key->uv)));
	cJSON_AddItemToObject(o, "attestation",
	    tool_json_text(sek_fido2_attestation_name(
	    (enum sek_fido2_attestation)key->attestation)));
	return (tool_json_print(o));
}

static int
print_done(const struct tool *t, const char *user,
    const struct sek_authenticator *a)
{
	char name[SEK_FIDO2_MODEL_MAX];

	if (t->json)
		return (print_json(user, a));
	tool_key_name(name, sizeof(name), &a->fido2);
	printf(_("Enrolled: %s, %s, authenticator %s\n"), user,
	    sek_method_name((enum sek_method)a->method), a->id);
	if (name[0] != '\0')
		printf(_("Security key: %s\n"), name);
	return (tool_flush());
}

static int
tell_new(struct tool *t, const struct sek_enrol *e)
{
	return (print_done(t, e->account.name, &e->authenticator));
}

/* Those that let him in now: none of them is bound to him again. */
static int
own_keys(struct tool *t, const char *name, struct sek_fido2_list_out *out)
{
	struct sek_fido2_list in = { 0 };
	enum sek_err err;

	if ((err = sek_facts_account(&in.who, t->settings, name)) != SEK_OK)
		return (tool_fail(err, NULL));
	err = sek_store_fido2_list(t->store, &in, out);
	return (err == SEK_OK ? TOOL_YES : tool_store_fail(t, err));
}

static int
bind_key(struct tool *t, const struct wish *w, struct sek_enrol *e,
    const struct sek_fido2_list_out *own)
{
	struct sek_enrol_talk talk;
	struct sek_enrol_fido2 in = { .settings = t->settings,
	    .own = own->key, .nown = own->n,
	    .uv = (enum sek_fido2_uv)t->settings->fido2.uv,
	    .resident = w->resident, .path = w->path, .talk = &talk };
	struct sek_why told = { "" }, why = { "" };
	enum sek_fido2_end end;
	enum sek_err err;

	enroll_talk(t, &talk);
	talk.made = made;
	/* Less than the policy asks of all would open nothing. */
	if (w->has_uv && w->uv > in.uv)
		in.uv = w->uv;
	err = sek_enrol_fido2(e, &in, &end, &told, &why);
	return (enroll_ended(err, &told, &why));
}

static int
enroll(struct tool *t, const char *user)
{
	struct sek_fido2_list_out *own = calloc(1, sizeof(*own));
	struct sek_enrol *e = calloc(1, sizeof(*e));
	struct wish w;
	bool stored = false;
	int rc = TOOL_TROUBLE;

	if (e == NULL || own == NULL)
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
	else if ((rc = take_options(t, &w, e)) == TOOL_YES &&
	    (rc = tool_must_ask(t)) == TOOL_YES &&
	    (rc = tool_store(t)) == TOOL_YES &&
	    (rc = enroll_for(t, user, e)) == TOOL_YES &&
	    (rc = own_keys(t, e->account.name, own)) == TOOL_YES) {
		/* Nothing is held open while a key waits for its holder. */
		sek_store_close(t->store);
		if ((rc = bind_key(t, &w, e, own)) == TOOL_YES) {
			rc = enroll_store(t, e, tell_new, &stored);
			if (!stored && w.resident)
				tool_error("%s", _(sek_enrol_fido2_stays()));
		}
	}
	free(own);
	free(e);
	return (rc);
}

/* ------------------------------------ an ordinary user, by the helper -- */

static int
enroll_own(struct tool *t, const char *user)
{
	struct sek_helper_enrol in = { .method = SEK_METHOD_FIDO2 };
	struct sek_authenticator a;
	struct sek_enrol *e = calloc(1, sizeof(*e));
	struct sek_passwd who;
	struct wish w;
	int rc;

	if (e == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = take_options(t, &w, e)) == TOOL_YES) {
		memcpy(in.label, e->authenticator.label, sizeof(in.label));
		memcpy(in.path, w.path, sizeof(in.path));
		in.uv = w.has_uv ? (uint32_t)w.uv : UINT32_MAX;
		in.resident = w.resident;
		rc = enroll_own_device(t, user, &in, &a);
		if (rc == TOOL_YES)
			rc = print_done(t, enroll_own_name(&who), &a);
	}
	free(e);
	return (rc);
}

int
verb_enroll_fido2(struct tool *t, int argc, char **argv)
{
	int rc;

	if (tool_ordinary())
		return (enroll_own(t, argc > 0 ? argv[0] : NULL));
	if ((rc = tool_whose(argc)) != TOOL_YES)
		return (rc);
	return (enroll(t, argv[0]));
}
