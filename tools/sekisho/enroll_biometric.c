/*
 * enroll_biometric.c - sekisho enroll fingerprint USER, vendor-biometric USER
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no finger stays in fprintd that the store did not take, where this is
 * interrupted, too.
 * MUST: a finger that is enrolled already is told before the reader is claimed:
 * fprintd would replace it.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/flow/enrol_fingerprint.h"
#include "enroll.h"
#include "util_helper.h"
#include "verb.h"

/* ------------------------------------------------------------ giving up -- */

/* Ctrl-C and the like end the scan, and what fprintd has by then is taken out
 * again: they must not end this process meanwhile. */
static volatile sig_atomic_t given_up;
static int woken[2] = { -1, -1 };

static void
give_up(int number)
{
	int saved = errno;

	(void)number;
	given_up = 1;
	/* Full: it is woken already. */
	if (write(woken[1], "", 1) < 0)
		errno = saved;
}

static int
catch_ends(void)
{
	struct sigaction act = { .sa_handler = give_up,
	    .sa_flags = SA_RESTART };
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	size_t i;

	if (pipe2(woken, O_CLOEXEC | O_NONBLOCK) != 0)
		return (tool_fail(SEK_ERR_IO, strerror(errno)));
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		(void)sigaction(ends[i], &act, NULL);
	return (TOOL_YES);
}

static int
watch(void *arg)
{
	(void)arg;
	return (woken[0]);
}

static bool
cancelled(void *arg)
{
	(void)arg;
	return (given_up != 0);
}

/* ------------------------------------------------------------ the finger -- */

static int
take_finger(const struct tool *t, enum sek_finger *finger)
{
	const char *name = tool_option(t, "finger");

	*finger = SEK_FINGER_RIGHT_INDEX;
	if (name == NULL || sek_finger_parse(finger, name) == SEK_OK)
		return (TOOL_YES);
	tool_error(_("--finger: left- or right-, and thumb, index-finger, "
	    "middle-finger, ring-finger or little-finger"));
	return (TOOL_USAGE);
}

struct same {
	enum sek_method	 method;
	uint8_t		 finger;
	char		 id[SEK_ID_MAX];	/* "": there is none */
};

static enum sek_err
look_at(void *arg, const char *account, const struct sek_authenticator *a)
{
	struct same *s = arg;

	(void)account;
	if (a->method == (unsigned)s->method &&
	    a->biometric.finger == s->finger)
		(void)sek_text_copy(s->id, sizeof(s->id), a->id);
	return (SEK_OK);
}

/* Of him, in whatever state. */
static int
check_new(struct tool *t, const struct sek_enrol *e, enum sek_method method,
    enum sek_finger finger)
{
	struct same s = { .method = method, .finger = (uint8_t)finger };
	enum sek_err err;

	err = sek_store_authenticators(t->store, e->account.name, false,
	    look_at, &s);
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (tool_store_fail(t, err));
	if (s.id[0] == '\0')
		return (TOOL_YES);
	if (method == SEK_METHOD_FINGERPRINT)
		tool_error(_("this finger is enrolled already: choose another "
		    "--finger, or first sekisho authenticator remove %s"),
		    s.id);
	else
		tool_error(_("that is enrolled already: authenticator %s"),
		    s.id);
	return (TOOL_NO);
}

/* ------------------------------------------------------------- the news -- */

/* App. B. */
static int
print_json(const char *user, const struct sek_authenticator *a, bool proved)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", a->id);
	cJSON_AddStringToObject(o, "user", user);
	cJSON_AddStringToObject(o, "method",
	    sek_method_name((enum sek_method)a->method));
	cJSON_AddItemToObject(o, "finger", tool_json_text(sek_finger_name(
	    (enum sek_finger)a->biometric.finger)));
	cJSON_AddBoolToObject(o, "proved", proved);
	return (tool_json_print(o));
}

static int
print_done(const struct tool *t, const char *user,
    const struct sek_authenticator *a, bool proved)
{
	if (t->json)
		return (print_json(user, a, proved));
	printf(_("Enrolled: %s, %s, authenticator %s\n"), user,
	    sek_method_name((enum sek_method)a->method), a->id);
	if (a->method != SEK_METHOD_FINGERPRINT)
		puts(_("Nothing was compared: whether it is he, the vendor's "
		    "module says at each login."));
	else {
		printf(_("Finger: %s\n"), tool_finger(&a->biometric));
		if (!proved)
			puts(_("It was not compared once more: the first login "
			    "will show whether it is right."));
	}
	return (tool_flush());
}

static int
tell_new(struct tool *t, const struct sek_enrol *e)
{
	return (print_done(t, e->account.name, &e->authenticator,
	    e->proved != 0));
}

/* --------------------------------------------------------------- root's -- */

static int
bind_finger(struct tool *t, enum sek_finger finger, struct sek_enrol *e,
    const struct sek_enrol_talk *talk)
{
	const struct sek_enrol_fingerprint in = { .settings = t->settings,
	    .account = e->account.name, .finger = finger,
	    .unproved = t->yes, .talk = talk, .watch = watch,
	    .cancelled = cancelled };
	struct sek_why told = { "" }, why = { "" };
	enum sek_fingerprint_end end;
	enum sek_err err;

	/* An exception may let in his, and not another's. */
	sek_settings_for(t->settings, e->account.name);
	err = sek_enrol_fingerprint(e, &in, &end, &told, &why);
	sek_settings_for(t->settings, NULL);
	return (enroll_ended(err, &told, &why));
}

/* From the first scan on, whatever ends it takes the finger out again. */
static int
bind_and_store(struct tool *t, enum sek_finger finger, struct sek_enrol *e)
{
	struct sek_enrol_talk talk;
	bool stored = false;
	int rc;

	enroll_talk(t, &talk);
	if ((rc = catch_ends()) != TOOL_YES ||
	    (rc = bind_finger(t, finger, e, &talk)) != TOOL_YES)
		return (rc);
	tool_hold();
	if (cancelled(NULL)) {
		tool_error(_("given up: nothing is enrolled"));
		rc = TOOL_NO;
	} else
		rc = enroll_store(t, e, tell_new, &stored);
	if (!stored)
		sek_enrol_fingerprint_undo(e, &talk);
	return (rc);
}

static int
enroll_finger(struct tool *t, const char *user)
{
	struct sek_enrol *e = calloc(1, sizeof(*e));
	enum sek_finger finger;
	int rc;

	if (e == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = take_finger(t, &finger)) == TOOL_YES &&
	    (rc = enroll_label(t, e)) == TOOL_YES &&
	    (rc = tool_must_ask(t)) == TOOL_YES &&
	    (rc = tool_store(t)) == TOOL_YES &&
	    (rc = enroll_for(t, user, e)) == TOOL_YES &&
	    (rc = check_new(t, e, SEK_METHOD_FINGERPRINT, finger)) ==
	    TOOL_YES) {
		/* Nothing is held open while a reader waits for a finger. */
		sek_store_close(t->store);
		rc = bind_and_store(t, finger, e);
	}
	free(e);
	return (rc);
}

/* That the vendor has him is the administrator's word. */
static int
take_vendor(struct tool *t, struct sek_enrol *e)
{
	uint32_t accept;

	sek_settings_for(t->settings, e->account.name);
	accept = t->settings->factors.accept;
	sek_settings_for(t->settings, NULL);
	if ((accept & SEK_METHOD_BIT(SEK_METHOD_VENDOR_BIOMETRIC)) == 0) {
		tool_error(_("traits that a vendor's module compares are not "
		    "accepted here (factors.accept does not name %s)"),
		    sek_method_name(SEK_METHOD_VENDOR_BIOMETRIC));
		return (TOOL_NO);
	}
	e->authenticator.method = SEK_METHOD_VENDOR_BIOMETRIC;
	e->authenticator.state = SEK_AUTHENTICATOR_ACTIVE;
	return (sek_text_copy(e->biometric.account,
	    sizeof(e->biometric.account), e->account.name) == SEK_OK ?
	    TOOL_YES : tool_fail(SEK_ERR_RANGE, NULL));
}

static int
enroll_vendor(struct tool *t, const char *user)
{
	struct sek_enrol *e = calloc(1, sizeof(*e));
	bool stored = false;
	int rc;

	if (e == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = enroll_label(t, e)) == TOOL_YES &&
	    (rc = tool_store(t)) == TOOL_YES &&
	    (rc = enroll_for(t, user, e)) == TOOL_YES &&
	    (rc = check_new(t, e, SEK_METHOD_VENDOR_BIOMETRIC,
	    SEK_FINGER_NONE)) == TOOL_YES &&
	    (rc = take_vendor(t, e)) == TOOL_YES)
		rc = enroll_store(t, e, tell_new, &stored);
	free(e);
	return (rc);
}

/* ------------------------------------ an ordinary user, by the helper -- */

static int
enroll_own(struct tool *t, const char *user)
{
	struct sek_helper_enrol in = { .method = SEK_METHOD_FINGERPRINT };
	struct sek_enrol *e = calloc(1, sizeof(*e));
	struct sek_authenticator a;
	struct sek_passwd who;
	enum sek_finger finger;
	int rc;

	if (e == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = take_finger(t, &finger)) == TOOL_YES &&
	    (rc = enroll_label(t, e)) == TOOL_YES) {
		in.finger = (uint32_t)finger;
		memcpy(in.label, e->authenticator.label, sizeof(in.label));
		rc = enroll_own_device(t, user, &in, &a);
		if (rc == TOOL_YES)
			rc = print_done(t, enroll_own_name(&who), &a, true);
	}
	free(e);
	return (rc);
}

int
verb_enroll_fingerprint(struct tool *t, int argc, char **argv)
{
	int rc;

	if (tool_ordinary())
		return (enroll_own(t, argc > 0 ? argv[0] : NULL));
	if ((rc = tool_whose(argc)) != TOOL_YES)
		return (rc);
	return (enroll_finger(t, argv[0]));
}

int
verb_enroll_vendor(struct tool *t, int argc, char **argv)
{
	(void)argc;
	if (tool_ordinary()) {
		tool_error(_("that a vendor's module knows somebody, only an "
		    "administrator can say"));
		return (TOOL_NO);
	}
	return (enroll_vendor(t, argv[0]));
}
