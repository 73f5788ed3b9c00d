/*
 * fido2.c - the rows of [fido2]: security keys as they are enrolled
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"

static const char *const uvs[] = {
	[SEK_FIDO2_UV_DISCOURAGED]	= "discouraged",
	[SEK_FIDO2_UV_PREFERRED]	= "preferred",
	[SEK_FIDO2_UV_REQUIRED]		= "required",
	NULL
};

static const char *const attestations[] = {
	[SEK_FIDO2_ATTESTATION_NONE]	= "none",
	[SEK_FIDO2_ATTESTATION_SELF]	= "self",
	[SEK_FIDO2_ATTESTATION_PACKED]	= "packed",
	[SEK_FIDO2_ATTESTATION_TRUSTED]	= "trusted",
	NULL
};

/* One word of printable ASCII; its length is that of the field. */
static enum sek_err
check_rp_id(const char *value, struct sek_why *why)
{

	for (; *value != '\0'; value++)
		if (*value <= ' ' || *value > '~')
			return (sek_why(why, SEK_ERR_SYNTAX, "must be one word"
			    " of letters, digits and signs of ASCII, like a"
			    " name of DNS"));
	return (SEK_OK);
}

static enum sek_err
check_aaguids(const char *value, struct sek_why *why)
{
	uint8_t aaguid[SEK_FIDO2_AAGUID_LEN];
	char word[SEK_LIST_MAX];

	while (sek_text_word(&value, word, sizeof(word)))
		if (sek_fido2_aaguid_parse(aaguid, word) != SEK_OK)
			return (sek_why(why, SEK_ERR_SYNTAX, "\"%.60s\" is no"
			    " AAGUID (32 hexadecimal digits, as sekisho"
			    " authenticator list --json shows them)", word));
	return (SEK_OK);
}

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(fido2, rp_id),
		.type = SEK_SETTING_TEXT,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL("sekisho"),
		.check = check_rp_id,
		.clause = "5(4)④",
		.help = N_("Name of the organisation, by which new security"
		    " keys are made")
	}, {
		SEK_SETTING_AT(fido2, uv),
		.type = SEK_SETTING_WORD,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL("discouraged"),
		.words = uvs,
		.clause = "5(4)④",
		.help = N_("Whether a security key verifies its user:"
		    " discouraged, preferred, required")
	}, {
		SEK_SETTING_AT(fido2, attestation),
		.type = SEK_SETTING_WORD,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL("none"),
		.words = attestations,
		.clause = "5(4)④",
		.help = N_("What the maker of a security key has to say of it"
		    " at enrolment, at least: none, self, packed, trusted")
	}, {
		SEK_SETTING_AT(fido2, aaguids),
		.type = SEK_SETTING_LIST,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(""),
		.check = check_aaguids,
		.clause = "5(4)④",
		.help = N_("Models of security keys that may be enrolled;"
		    " without: any")
	}, {
		SEK_SETTING_AT(fido2, roots),
		.type = SEK_SETTING_PATH,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(""),
		.clause = "5(4)④",
		.help = N_("Folder of the makers' certificates a trusted"
		    " security key leads to")
	}
};

const struct sek_setting_section sek_settings_fido2 = {
	"fido2", rows, sizeof(rows) / sizeof(rows[0])
};
