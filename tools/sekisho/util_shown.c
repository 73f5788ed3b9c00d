/*
 * util_shown.c - what more than one verb shows
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/factor/finger_words.h"
#include "sekisho.h"

/* The words of states, so that they are translated for tables. */
static const char *const states[] = {
	N_("active"), N_("locked"), N_("suspended"), N_("dormant"),
	N_("retired"), N_("disabled"), N_("suspect"), N_("expired"),
	N_("removed")
};

const char *
tool_state_text(const char *state)
{
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i], state) == 0)
			return (_(states[i]));
	return (state);
}

void
tool_limits(const struct tool *t, struct sek_limits limits[2])
{
	sek_settings_limits(&limits[0], t->settings, false);
	sek_settings_limits(&limits[1], t->settings, true);
}

void
tool_account_limits(const struct tool *t, const char *account,
    bool privileged, struct sek_limits *out)
{
	sek_settings_for(t->settings, account);
	sek_settings_limits(out, t->settings, privileged);
	sek_settings_for(t->settings, NULL);
}

static bool
tells_aaguid(const struct sek_fido2_brief *key)
{
	return (sodium_is_zero(key->aaguid, sizeof(key->aaguid)) == 0);
}

void
tool_key_name(char *dst, size_t size, const struct sek_fido2_brief *key)
{
	char aaguid[SEK_FIDO2_AAGUID_TEXT] = "";

	if (tells_aaguid(key))
		sek_fido2_aaguid_text(aaguid, key->aaguid);
	(void)sek_text_copy(dst, size, key->model[0] != '\0' ? key->model :
	    aaguid);
}

cJSON *
tool_key_aaguid(const struct sek_fido2_brief *key)
{
	char aaguid[SEK_FIDO2_AAGUID_TEXT] = "";

	if (tells_aaguid(key))
		sek_fido2_aaguid_text(aaguid, key->aaguid);
	return (tool_json_text(aaguid));
}

/* Of a security key. Its counter is told as its failures are. */
static cJSON *
key_json(const struct sek_authenticator *a)
{
	const struct sek_fido2_brief *key = &a->fido2;
	cJSON *o = cJSON_CreateObject();

	cJSON_AddItemToObject(o, "aaguid", tool_key_aaguid(key));
	cJSON_AddItemToObject(o, "model", tool_json_text(key->model));
	cJSON_AddItemToObject(o, "algorithm",
	    tool_json_text(sek_fido2_algorithm_name(
	    (enum sek_fido2_algorithm)key->algorithm)));
	cJSON_AddItemToObject(o, "counter",
	    a->failures == SEK_FAILURES_UNTOLD ? cJSON_CreateNull() :
	    cJSON_CreateNumber(key->counter));
	cJSON_AddBoolToObject(o, "resident", key->resident != 0);
	cJSON_AddItemToObject(o, "uv", tool_json_text(sek_fido2_uv_name(
	    (enum sek_fido2_uv)key->uv)));
	cJSON_AddItemToObject(o, "verifies",
	    tool_json_text(sek_fido2_verifies_name(
	    (enum sek_fido2_verifies)key->verifies)));
	cJSON_AddItemToObject(o, "attestation",
	    tool_json_text(sek_fido2_attestation_name(
	    (enum sek_fido2_attestation)key->attestation)));
	return (o);
}

/* Its driver's, for people. */
const char *
tool_card_name(const struct sek_card_brief *card)
{
	static const char *const names[SEK_CARD_DRIVERS] = {
		[SEK_CARD_JPKI]	= N_("My Number Card"),
		[SEK_CARD_PIV]	= N_("PIV card"),
		[SEK_CARD_UID]	= N_("number of a card"),
	};

	return (card->driver < SEK_CARD_DRIVERS ? _(names[card->driver]) : "");
}

void
tool_card_key(char *dst, size_t size, uint32_t key)
{
	dst[0] = '\0';
	if (key != 0)
		(void)sek_text_format(dst, size, "%02x", key);
}

void
tool_card_json(const struct tool *t, cJSON *o,
    const struct sek_card_brief *card)
{
	const bool has_key = card->algorithm != SEK_CARD_NONE;
	char key[8];

	tool_card_key(key, sizeof(key), card->key);
	cJSON_AddItemToObject(o, "driver", tool_json_text(
	    sek_card_driver_name((enum sek_card_driver)card->driver)));
	cJSON_AddItemToObject(o, "algorithm", tool_json_text(has_key ?
	    sek_card_algorithm_name((enum sek_card_algorithm)card->algorithm) :
	    NULL));
	cJSON_AddItemToObject(o, "key", tool_json_text(key));
	cJSON_AddBoolToObject(o, "pin", card->pin != 0);
	cJSON_AddItemToObject(o, "not_before",
	    tool_json_time(t, card->not_before * SEK_SECOND));
	cJSON_AddItemToObject(o, "not_after",
	    tool_json_time(t, card->not_after * SEK_SECOND));
	cJSON_AddBoolToObject(o, "trusted", card->trusted != 0);
}

static cJSON *
card_json(const struct tool *t, const struct sek_card_brief *card)
{
	cJSON *o = cJSON_CreateObject();

	tool_card_json(t, o, card);
	return (o);
}

const char *
tool_finger(const struct sek_biometric_brief *b)
{
	const char *words = sek_finger_words((enum sek_finger)b->finger);

	return (words[0] != '\0' ? _(words) : "");
}

cJSON *
tool_authenticator_json(const struct tool *t, const char *user,
    const struct sek_authenticator *a)
{
	enum sek_method m = (enum sek_method)a->method;
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", a->id);
	cJSON_AddItemToObject(o, "user", tool_json_text(user));
	cJSON_AddItemToObject(o, "person", tool_json_text(a->person));
	cJSON_AddItemToObject(o, "kind",
	    tool_json_text(sek_kind_name(sek_method_kind(m))));
	cJSON_AddItemToObject(o, "method", tool_json_text(sek_method_name(m)));
	cJSON_AddItemToObject(o, "label", tool_json_text(a->label));
	cJSON_AddItemToObject(o, "state",
	    tool_json_text(sek_authenticator_state_name(
	    (enum sek_authenticator_state)a->state)));
	cJSON_AddItemToObject(o, "created", tool_json_time(t, a->created));
	cJSON_AddItemToObject(o, "last_used",
	    tool_json_time(t, a->last_used));
	cJSON_AddItemToObject(o, "failures",
	    a->failures == SEK_FAILURES_UNTOLD ? cJSON_CreateNull() :
	    cJSON_CreateNumber(a->failures));
	if (m == SEK_METHOD_FIDO2)
		cJSON_AddItemToObject(o, "fido2", key_json(a));
	if (sek_card_is_method(m))
		cJSON_AddItemToObject(o, "card", card_json(t, &a->card));
	if (m == SEK_METHOD_FINGERPRINT)
		cJSON_AddItemToObject(o, "finger", tool_json_text(
		    sek_finger_name((enum sek_finger)a->biometric.finger)));
	return (o);
}

#define DEVICE	7
#define COUNTER	8
#define UNTIL	9
static const char *const columns[] = {
	N_("ID"), N_("User"), N_("Method"), N_("Label"), N_("State"),
	N_("Last used"), N_("Failures"), N_("Device"), N_("Counter"),
	N_("Valid until"), NULL
};

struct tool_list *
tool_authenticator_list(const struct tool *t)
{
	struct tool_list *l = tool_list_new(t, columns);

	if (l != NULL) {
		tool_list_optional(l, DEVICE);
		tool_list_optional(l, COUNTER);
		tool_list_optional(l, UNTIL);
	}
	return (l);
}

enum sek_err
tool_authenticator_row(const struct tool *t, struct tool_list *l,
    const char *user, const struct sek_authenticator *a)
{
	const bool untold = a->failures == SEK_FAILURES_UNTOLD;
	char used[32], failures[16], counter[16] = "";
	char device[SEK_FIDO2_MODEL_MAX] = "", until[32] = "";
	const char *cells[10];

	tool_time(t, used, sizeof(used), a->last_used);
	(void)sek_text_format(failures, sizeof(failures),
	    untold ? "-" : "%u", a->failures);
	if (a->method == SEK_METHOD_FIDO2) {
		tool_key_name(device, sizeof(device), &a->fido2);
		(void)sek_text_format(counter, sizeof(counter),
		    untold ? "-" : "%u", a->fido2.counter);
	}
	if (sek_card_is_method((enum sek_method)a->method)) {
		(void)sek_text_copy(device, sizeof(device),
		    tool_card_name(&a->card));
		if (a->card.not_after != 0)
			tool_time(t, until, sizeof(until),
			    a->card.not_after * SEK_SECOND);
	}
	if (a->method == SEK_METHOD_FINGERPRINT)
		(void)sek_text_copy(device, sizeof(device),
		    tool_finger(&a->biometric));
	cells[0] = a->id;
	cells[1] = user;
	cells[2] = sek_method_name((enum sek_method)a->method);
	cells[3] = a->label;
	cells[4] = tool_state_text(sek_authenticator_state_name(
	    (enum sek_authenticator_state)a->state));
	cells[5] = used;
	cells[6] = failures;
	cells[DEVICE] = device;
	cells[COUNTER] = counter;
	cells[UNTIL] = until;
	return (tool_list_row(l, cells));
}

int
tool_no_user(const char *name)
{
	char shown[SEK_NAME_MAX];
	struct sek_passwd who;

	sek_text_printable(shown, sizeof(shown), name);
	if (sek_account_find(&who, name) == SEK_OK && who.known)
		tool_error(_("%s is an account, but the store does not know it "
		    "yet: enroll it first"), shown);
	else
		tool_error(_("there is no such user: %s"), shown);
	return (TOOL_NO);
}
