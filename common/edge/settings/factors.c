/*
 * factors.c - the rows of [factors]: what a login has to prove
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"
#include "sekisho/model/claimant.h"

/* SERVICE or SERVICE:USER. */
static bool
exempt_is_clean(const char *word)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t service = strspn(word, allowed);
	const char *user = word + service;

	if (service == 0 || service >= SEK_SERVICE_MAX)
		return (false);
	if (*user == '\0')
		return (true);
	return (*user++ == ':' && *user != '\0' &&
	    strpbrk(user, ":/") == NULL);
}

static enum sek_err
check_exempt(const char *value, struct sek_why *why)
{
	char word[SEK_SERVICE_MAX + SEK_NAME_MAX];

	while (sek_text_word(&value, word, sizeof(word)))
		if (!exempt_is_clean(word))
			return (sek_why(why, SEK_ERR_SYNTAX,
			    "\"%s\" is neither SERVICE nor SERVICE:USER",
			    word));
	return (SEK_OK);
}

/* The day of 2999-12-31, counted down. */
#define GRACE_LAST	(SEK_GRACE_NONE - 376199)

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(factors, kinds),
		.type = SEK_SETTING_NUMBER,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("2"),
		.min = 1,
		.max = 3,
		.floor = { 2, 1, 1 },
		.clause = "4(1)②ア, 5(4)④",
		.help = N_("Different kinds (knowledge, possession, inherence)"
		    " a login needs")
	}, {
		SEK_SETTING_AT(factors, accept),
		.type = SEK_SETTING_METHODS,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("password totp hotp card-piv fido2"
		    " fingerprint vendor-biometric ticket"),
		.floor = { 1, 1, 1 },
		.clause = "5(4)④",
		.help = N_("Methods that count as proof")
	}, {
		SEK_SETTING_AT(factors, require_crypto_possession),
		.type = SEK_SETTING_BOOL,
		.value = SEK_SETTING_ALL("no"),
		.clause = "5(4)④",
		.help = N_("Possession only by a signature of a private key"
		    " (card, security key)")
	}, {
		SEK_SETTING_AT(factors, require_possession),
		.type = SEK_SETTING_BOOL,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "yes", "no", "no" },
		.floor = { 1, 0, 0 },
		.clause = "4(1)②ア, 5(4)④",
		.help = N_("Possession (card, security key, code) is among the"
		    " kinds: a finger or a face beside the password is not"
		    " enough")
	}, {
		SEK_SETTING_AT(factors, jpki_pin_counts),
		.type = SEK_SETTING_BOOL,
		.value = SEK_SETTING_ALL("no"),
		.clause = "5(4)④",
		.help = N_("The PIN of a My Number Card is a second kind")
	}, {
		SEK_SETTING_AT(factors, fido2_uv_counts),
		.type = SEK_SETTING_BOOL,
		.value = SEK_SETTING_ALL("no"),
		.clause = "5(4)④",
		.help = N_("A security key's own user verification is a second"
		    " kind")
	}, {
		SEK_SETTING_AT(factors, piv_pin_counts),
		.type = SEK_SETTING_BOOL,
		.value = SEK_SETTING_ALL("no"),
		.clause = "5(4)④",
		.help = N_("The PIN of a PIV card is a second kind")
	}, {
		SEK_SETTING_AT(factors, one_line),
		.type = SEK_SETTING_BOOL,
		.value = SEK_SETTING_ALL("no"),
		.clause = "5(4)④",
		.help = N_("Password and code may be typed in one line (clients"
		    " that ask once)")
	}, {
		SEK_SETTING_AT(factors, wait),
		.type = SEK_SETTING_SPAN,
		.value = SEK_SETTING_ALL("30s"),
		.min = 1,
		.max = 600,
		.clause = "7(2)④",
		.help = N_("How long a device is waited for")
	}, {
		SEK_SETTING_AT(factors, exempt_services),
		.type = SEK_SETTING_LIST,
		.value = SEK_SETTING_ALL("systemd-user cron crond atd runuser"
		    " runuser-l gdm-launch-environment:Debian-gdm"
		    " sddm-greeter:sddm"),
		.check = check_exempt,
		.clause = "7(2)①ア",
		.help = N_("SERVICE or SERVICE:USER that may pass the account"
		    " phase without proof")
	}, {
		SEK_SETTING_AT(factors, reuse),
		.type = SEK_SETTING_SPAN,
		.value = SEK_SETTING_ALL("15m"),
		.min = 0,
		.max = 86400,
		.clause = "7(2)④",
		.help = N_("How long sudo may go on after a login was proved; 0"
		    " never")
	}, {
		SEK_SETTING_AT(factors, grace),
		.type = SEK_SETTING_DATE,
		.value = SEK_SETTING_ALL("none"),
		.min = GRACE_LAST,
		.max = SEK_GRACE_NONE,
		.floor = { SEK_GRACE_NONE, 0, 0 },
		.clause = "4(1)②ア, 5(4)④",
		.help = N_("Roll-out: the last day on which who never had a"
		    " second factor gets in by password alone")
	}
};

int64_t
sek_settings_grace_end(const struct sek_settings *s)
{
	const struct sek_allowed *a;
	int64_t end;
	int offset = 0;

	if (s->factors.grace < GRACE_LAST ||
	    s->factors.grace >= SEK_GRACE_NONE ||
	    sek_clock_offset(&offset, s->terminal.timezone) != SEK_OK)
		return (0);
	end = ((SEK_GRACE_NONE - s->factors.grace + 1) * 86400 - offset) *
	    SEK_SECOND;
	a = sek_below_with(sek_settings_below(s, "factors.grace"));
	return (a != NULL && a->until < end ? a->until : end);
}

const struct sek_setting_section sek_settings_factors = {
	"factors", rows, sizeof(rows) / sizeof(rows[0])
};
