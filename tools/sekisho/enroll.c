/*
 * enroll.c - sekisho enroll totp|hotp USER
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing is stored before the first code was right, or -y.
 * MUST: the secret is shown once; no log and no stdio buffer gets it.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/base32.h"
#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/flow/enrol.h"
#include "enroll.h"
#include "sekisho.h"
#include "util_helper.h"
#include "verb.h"

#define TRIES	3

static int
bad_value(const char *option)
{
	tool_error(_("--%s: this value does not fit"), option);
	return (TOOL_USAGE);
}

static int
take_number(const struct tool *t, const char *option, int64_t standard,
    int64_t *value)
{
	const char *text = tool_option(t, option);

	*value = standard;
	if (text != NULL && sek_text_number(value, text, 1, 99) != SEK_OK)
		return (bad_value(option));
	return (TOOL_YES);
}

/* What the options say of the token. */
struct wish {
	enum sek_method			method;
	enum sek_oath_algorithm		algorithm;
	int64_t				digits;
	int64_t				period;
};

int
enroll_label(const struct tool *t, struct sek_enrol *e)
{
	const char *label = tool_option(t, "label");

	if (label != NULL && (!sek_text_is_clean(label, SEK_LABEL_MAX - 1) ||
	    sek_text_copy(e->authenticator.label, SEK_LABEL_MAX, label) !=
	    SEK_OK))
		return (bad_value("label"));
	return (TOOL_YES);
}

static int
take_options(const struct tool *t, struct wish *w, struct sek_enrol *e)
{
	const char *text = tool_option(t, "algorithm");
	int rc;

	/* RFC 4226 knows SHA-1 only. */
	if (text != NULL && (sek_oath_algorithm_parse(&w->algorithm, text) !=
	    SEK_OK || (w->method == SEK_METHOD_HOTP &&
	    w->algorithm != SEK_OATH_SHA1)))
		return (bad_value("algorithm"));
	if ((rc = enroll_label(t, e)) != TOOL_YES ||
	    (rc = take_number(t, "digits", 6, &w->digits)) != TOOL_YES ||
	    (rc = take_number(t, "period", 30, &w->period)) != TOOL_YES)
		return (rc);
	if (w->digits < 6 || w->digits > 8)
		return (bad_value("digits"));
	if (w->period != 30 && w->period != 60)
		return (bad_value("period"));
	return (TOOL_YES);
}

/* Whose it will be. */
static int
take_user(struct tool *t, const char *name, struct sek_enrol *e)
{
	struct sek_passwd who;
	enum sek_err err;
	bool privileged = true;

	if ((err = sek_account_find(&who, name)) != SEK_OK)
		return (tool_fail(err, NULL));
	if (!who.known)
		return (tool_no_user(name));
	err = sek_account_privileged(&privileged, t->settings, who.name,
	    who.uid, who.gid);
	if (err != SEK_OK)
		return (tool_fail(err, NULL));
	err = sek_enrol_for(e, t->store, &who, privileged);
	if (err == SEK_ERR_REFUSED) {
		tool_error(_("%s is a shared account"), who.name);
		return (TOOL_NO);
	}
	return (err == SEK_OK ? TOOL_YES : tool_store_fail(t, err));
}

/* Those he has already. */
struct others {
	const char	*label;		/* of the new one */
	unsigned	 active;
	bool		 has_label;
};

static enum sek_err
look_at(void *arg, const char *account, const struct sek_authenticator *a)
{
	struct others *o = arg;

	(void)account;
	if (a->state == SEK_AUTHENTICATOR_ACTIVE)
		o->active++;
	if (o->label[0] != '\0' && strcmp(a->label, o->label) == 0)
		o->has_label = true;
	return (SEK_OK);
}

/* Refuse before a key is made what the store would refuse after it was
 * scanned, and a label that names two. */
static int
check_others(struct tool *t, const struct sek_enrol *e)
{
	struct others o = { e->authenticator.label, 0, false };
	enum sek_err err;

	err = sek_store_authenticators(t->store, e->account.name, false,
	    look_at, &o);
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (tool_store_fail(t, err));
	if (e->rebinds && o.active > 0) {
		tool_error(_("%s had another uid when it was enrolled, and has "
		    "authenticators: sekisho authenticator remove ID for each "
		    "of them, then enroll again"), e->account.name);
		return (TOOL_NO);
	}
	if (o.has_label) {
		tool_error(_("%s has an authenticator of this label already: "
		    "choose another --label"), e->account.name);
		return (TOOL_NO);
	}
	if (o.active >= SEK_AUTHENTICATORS_MAX) {
		tool_error(_("%s has %u authenticators already: remove one "
		    "first (sekisho authenticator remove ID)"),
		    e->account.name, o.active);
		return (TOOL_NO);
	}
	return (TOOL_YES);
}

int
enroll_for(struct tool *t, const char *user, struct sek_enrol *e)
{
	int rc = take_user(t, user, e);

	return (rc == TOOL_YES ? check_others(t, e) : rc);
}

/* In groups of four, to be typed. */
static void
put_key(FILE *to, const char *key)
{
	char group[6] = "    ";
	size_t i;

	for (i = 0; key[i] != '\0'; i += strnlen(key + i, 4)) {
		snprintf(group, sizeof(group), " %.4s", key + i);
		tool_put_secret(to, group);
	}
	tool_put_secret(to, "\n");
	sek_wipe(group, sizeof(group));
}

/* Once: the code for a telephone, the key for a token that is typed into. */
static void
show(FILE *to, const char *key, const char *uri)
{
	if (isatty(fileno(to)) == 1 && !tool_qr(to, uri))
		fprintf(to, "%s\n", _("(The window is too narrow for a QR "
		    "code.)"));
	fprintf(to, "%s:", _("Key of the token"));
	put_key(to, key);
	fputs("URI: ", to);
	tool_put_secret(to, uri);
	tool_put_secret(to, "\n");
}

/* Without memory the URI has to do. */
static void
show_new(FILE *to, const struct sek_enrol *e, const struct sek_secret *uri)
{
	char key[SEK_BASE32_LEN(SEK_OATH_KEY_MAX) + 1] = "";

	(void)sek_base32_encode(key, e->key, e->key_len);
	show(to, key, sek_secret_text(uri));
	sek_wipe(key, sizeof(key));
}

static int
prove(struct sek_enrol *e)
{
	struct sek_moment now;
	char typed[64];
	bool right;
	int i, rc;

	for (i = 0; i < TRIES; i++) {
		rc = tool_ask(_("The code it shows now: "), typed,
		    sizeof(typed));
		if (rc != TOOL_YES)
			break;
		right = sek_clock_now(&now) == SEK_OK && sek_enrol_prove(e,
		    typed, now.wall / SEK_SECOND);
		sek_wipe(typed, sizeof(typed));
		if (right)
			return (TOOL_YES);
		fprintf(tool_tty(), "%s\n", _("That is not the code."));
	}
	tool_error(_("nothing is enrolled: check the time of the token and "
	    "of this terminal, then begin anew"));
	return (TOOL_NO);
}

/* App. B. */
static int
print_json(const char *user, const struct sek_authenticator *a,
    const char *uri)
{
	cJSON *o = cJSON_CreateObject();
	int rc;

	cJSON_AddStringToObject(o, "id", a->id);
	cJSON_AddStringToObject(o, "user", user);
	cJSON_AddStringToObject(o, "method",
	    sek_method_name((enum sek_method)a->method));
	cJSON_AddItemToObject(o, "uri", cJSON_CreateStringReference(uri));
	rc = tool_put_secret_json(o);
	cJSON_Delete(o);
	return (rc);
}

static int
print_new(const struct sek_enrol *e)
{
	struct sek_secret uri = SEK_SECRET_NONE;
	enum sek_err err = sek_enrol_uri(&uri, e);
	int rc = err != SEK_OK ? tool_fail(err, NULL) : print_json(
	    e->account.name, &e->authenticator, sek_secret_text(&uri));

	sek_secret_free(&uri);
	return (rc);
}

static int
print_done(const char *user, const struct sek_authenticator *a, bool proved)
{
	printf(_("Enrolled: %s, %s, authenticator %s\n"), user,
	    sek_method_name((enum sek_method)a->method), a->id);
	if (!proved)
		puts(_("No code was asked for: the first login will show "
		    "whether the token is right."));
	return (tool_flush());
}

static int
tell_new(struct tool *t, const struct sek_enrol *e)
{
	return (t->json ? print_new(e) : print_done(e->account.name,
	    &e->authenticator, e->proved != 0));
}

/* Why the store does not take it, where it says so by err alone. A card that is
 * somebody's already: root is told whose. NULL: as with any other call. */
static const char *
why_not(enum sek_method m, enum sek_err err)
{
	if (sek_card_is_method(m) && err == SEK_ERR_EXISTS)
		return (N_("the card is enrolled for this person already"));
	if (sek_card_is_method(m) && err == SEK_ERR_REFUSED)
		return (N_("the card is enrolled for another person: if it "
		    "changed hands, sekisho authenticator remove ID there, "
		    "then enroll it again"));
	if (sek_biometric_is_method(m) && err == SEK_ERR_EXISTS)
		return (N_("that is enrolled for this person already: sekisho "
		    "authenticator remove ID first"));
	return (NULL);
}

static int
not_stored(struct tool *t, const struct sek_enrol *e, enum sek_err err)
{
	const char *text = why_not((enum sek_method)e->authenticator.method,
	    err);

	if (text == NULL)
		return (tool_store_fail(t, err));
	tool_error("%s (%s)", _(text), sek_store_why(t->store));
	return (TOOL_NO);
}

int
enroll_store(struct tool *t, struct sek_enrol *e, enroll_told *fn,
    bool *stored)
{
	enum sek_err err;
	int rc;

	*stored = false;
	tool_hold();
	if (tool_interrupted())
		return (TOOL_NO);
	if ((err = sek_store_enrol(t->store, e, &t->actor)) != SEK_OK)
		return (not_stored(t, e, err));
	*stored = true;
	rc = fn(t, e);
	if (rc != TOOL_YES && t->json &&
	    sek_store_authenticator_state(t->store, e->authenticator.id,
	    SEK_AUTHENTICATOR_REMOVED, &t->actor) == SEK_OK) {
		*stored = false;
		tool_error(_("nothing is enrolled"));
	}
	return (rc);
}

static int
enroll(struct tool *t, enum sek_method method, const char *user)
{
	struct wish w = { .method = method, .algorithm = SEK_OATH_SHA1 };
	struct sek_secret uri = SEK_SECRET_NONE;
	struct sek_enrol *e;
	enum sek_err err;
	bool stored;
	int rc;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = take_options(t, &w, e)) != TOOL_YES ||
	    (rc = tool_must_ask(t)) != TOOL_YES ||
	    (rc = tool_store(t)) != TOOL_YES ||
	    (rc = enroll_for(t, user, e)) != TOOL_YES)
		goto out;
	err = sek_enrol_key(e, method, w.algorithm, (unsigned)w.digits,
	    (unsigned)w.period);
	if (err != SEK_OK || (err = sek_enrol_uri(&uri, e)) != SEK_OK) {
		rc = tool_fail(err, NULL);
		goto out;
	}
	/* Nothing is held open over a question. */
	sek_store_close(t->store);
	if (!t->json)
		show_new(stdout, e, &uri);
	else if (!t->yes)
		show_new(tool_tty(), e, &uri);
	if ((rc = tool_flush()) == TOOL_YES && !t->yes)
		rc = prove(e);
	if (rc == TOOL_YES)
		rc = enroll_store(t, e, tell_new, &stored);
out:
	sek_secret_free(&uri);
	sek_wipe(e, sizeof(*e));
	free(e);
	return (rc);
}

/* ------------------------------------ an ordinary user, by the helper -- */

struct own {
	struct tool			*t;
	struct sek_secret		 uri;
	struct sek_authenticator	 a;	/* id "": not yet */
};

static enum sek_err
take_key(struct own *own, const void *body, size_t len)
{
	struct sek_helper_key key;
	enum sek_err err;

	if (len != sizeof(key))
		return (SEK_ERR_SYNTAX);
	memcpy(&key, body, sizeof(key));
	key.uri[sizeof(key.uri) - 1] = '\0';
	key.key[sizeof(key.key) - 1] = '\0';
	sek_secret_free(&own->uri);
	err = sek_secret_string(&own->uri, key.uri);
	show(own->t->json ? tool_tty() : stdout, key.key, key.uri);
	sek_wipe(&key, sizeof(key));
	if (err == SEK_OK && tool_flush() != TOOL_YES)
		err = SEK_ERR_IO;
	return (err);
}

static enum sek_err
take_data(void *arg, enum sek_helper_data kind, const void *body, size_t len)
{
	struct own *own = arg;

	if (kind == SEK_HELPER_DATA_KEY)
		return (take_key(own, body, len));
	if (kind != SEK_HELPER_DATA_ENROLLED || len != sizeof(own->a))
		return (SEK_ERR_SYNTAX);
	memcpy(&own->a, body, sizeof(own->a));
	return (SEK_OK);
}

const char *
enroll_own_name(struct sek_passwd *who)
{

	return (sek_account_by_uid(who, getuid()) == SEK_OK && who->known ?
	    who->name : "");
}

int
enroll_own_ready(struct tool *t, const char *user)
{
	int rc;

	if ((rc = tool_only_self(user)) != TOOL_YES)
		return (rc);
	if (t->yes) {
		tool_error(_("-y: your own proof is asked for; without root's "
		    "rights nothing is enrolled without it"));
		return (TOOL_USAGE);
	}
	return (tool_helper_ready(t, true));
}

static int
enroll_own(struct tool *t, enum sek_method method, const char *user)
{
	struct wish w = { .method = method, .algorithm = SEK_OATH_SHA1 };
	struct sek_helper_enrol in = { .method = (uint32_t)method };
	struct own own = { .t = t };
	struct sek_enrol *e;
	struct sek_passwd who;
	int rc;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = take_options(t, &w, e)) != TOOL_YES ||
	    (rc = enroll_own_ready(t, user)) != TOOL_YES)
		goto out;
	memcpy(in.label, e->authenticator.label, sizeof(in.label));
	in.algorithm = (uint32_t)w.algorithm;
	in.digits = (uint32_t)w.digits;
	in.period = (uint32_t)w.period;
	rc = tool_helper(t, SEK_HELPER_ENROL, &in, sizeof(in), take_data,
	    &own);
	if (rc == TOOL_YES)
		rc = t->json ? print_json(enroll_own_name(&who), &own.a,
		    sek_secret_text(&own.uri)) :
		    print_done(enroll_own_name(&who), &own.a, true);
out:
	sek_secret_free(&own.uri);
	free(e);
	return (rc);
}

static int
enroll_whose(struct tool *t, enum sek_method method, int argc, char **argv)
{
	int rc;

	if (tool_ordinary())
		return (enroll_own(t, method, argc > 0 ? argv[0] : NULL));
	if ((rc = tool_whose(argc)) != TOOL_YES)
		return (rc);
	return (enroll(t, method, argv[0]));
}

int
verb_enroll_totp(struct tool *t, int argc, char **argv)
{
	return (enroll_whose(t, SEK_METHOD_TOTP, argc, argv));
}

int
verb_enroll_hotp(struct tool *t, int argc, char **argv)
{
	return (enroll_whose(t, SEK_METHOD_HOTP, argc, argv));
}
