/*
 * password.c - the rows of [password]: how long it is and lives, which never
 * come again
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 6(4)② asks for a change by age or by number of logins, SP 800-63B-4
 * section 3.1.1.2 for none: the policy is followed, and both are off only under
 * an approved exception.
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"

#define DAY		INT64_C(86400)
#define LENGTH_MIN	8	/* SP 800-63B-4: the least beside another kind */
#define LENGTH_MAX	64	/* and the least that must be taken */
#define AGE_MAX		(5 * 365 * DAY)	/* beyond it is no regular change */
#define WORD_MAX	64u
/* What a spread takes of an age, at most one part in so many: a short age
 * must not become none. */
#define SPREAD_PARTS	3

/* NAME=NUMBER, as libpwquality writes them; which names there are, it says
 * itself ("sekisho policy check" asks it). */
static enum sek_err
check_quality(const char *value, struct sek_why *why)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
	char word[WORD_MAX];
	const char *number;
	size_t len;

	while (sek_text_word(&value, word, sizeof(word))) {
		len = strspn(word, letters);
		number = word + len + 1;
		if (len == 0 || word[len] != '=')
			return (sek_why(why, SEK_ERR_SYNTAX, "\"%s\" must be"
			    " NAME=NUMBER, as in pwquality.conf(5)", word));
		if (*number == '-')
			number++;
		if (*number == '\0' || strlen(number) > 4 ||
		    number[strspn(number, "0123456789")] != '\0')
			return (sek_why(why, SEK_ERR_SYNTAX, "\"%s\" must be"
			    " NAME=NUMBER, as in pwquality.conf(5)", word));
	}
	return (SEK_OK);
}

/* Changed by its number of logins: no age is needed. */
static bool
has_max_uses(const struct sek_settings *s)
{
	return (s->password.max_uses > 0);
}

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(password, min_length),
		.type = SEK_SETTING_NUMBER,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "12", "12", "15" },
		.min = LENGTH_MIN,
		.max = LENGTH_MAX,
		.limit = "SP 800-63B-4 section 3.1.1.2",
		.clause = "6(4)②ウ",
		.help = N_("Characters a password has at least")
	}, {
		SEK_SETTING_AT(password, privileged_min_length),
		.type = SEK_SETTING_NUMBER,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "16", "16", "20" },
		.min = LENGTH_MIN,
		.max = LENGTH_MAX,
		.limit = "SP 800-63B-4 section 3.1.1.2",
		.clause = "7(2)①ウ⑤",
		.help = N_("The same for privileged persons; not fewer than"
		    " min_length")
	}, {
		SEK_SETTING_AT(password, max_length),
		.type = SEK_SETTING_NUMBER,
		.value = SEK_SETTING_ALL("128"),
		.min = LENGTH_MAX,
		.max = 256,
		.limit = "SP 800-63B-4 section 3.1.1.2",
		.clause = "6(4)②ウ",
		.help = N_("Characters a password has at most")
	}, {
		SEK_SETTING_AT(password, history),
		.type = SEK_SETTING_NUMBER,
		.flags = SEK_SETTING_BY_PROFILE | SEK_SETTING_FOREVER,
		.value = { "forever", "24", "24" },
		.min = 0,		/* so that the floor can say why not */
		.max = 1000,
		.floor = { 1, 1, 1 },
		.clause = "6(4)②オ",
		.help = N_("How many of the passwords before, the present one"
		    " among them, may not be used again; forever: none")
	}, {
		SEK_SETTING_AT(password, privileged_history),
		.type = SEK_SETTING_NUMBER,
		.flags = SEK_SETTING_BY_PROFILE | SEK_SETTING_FOREVER,
		.value = SEK_SETTING_ALL("forever"),
		.min = 0,
		.max = 1000,
		.floor = { 1, 1, 1 },
		.clause = "7(2)①ウ⑤",
		.help = N_("The same for privileged persons; not fewer than"
		    " history")
	}, {
		SEK_SETTING_AT(password, max_age),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE | SEK_SETTING_SHORTER,
		.value = SEK_SETTING_ALL("365d"),
		.min = DAY,
		.max = SEK_SPAN_NEVER,
		.floor = { -AGE_MAX, -AGE_MAX, -AGE_MAX },
		.spared = has_max_uses,
		.remedy = "or set password.max_uses",
		.clause = "6(4)②オ",
		.help = N_("How long a password lives before it must be"
		    " changed")
	}, {
		SEK_SETTING_AT(password, privileged_max_age),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE | SEK_SETTING_SHORTER,
		.value = { "90d", "90d", "180d" },
		.min = DAY,
		.max = SEK_SPAN_NEVER,
		.floor = { -AGE_MAX, -AGE_MAX, -AGE_MAX },
		.clause = "7(2)①ウ⑤",
		.help = N_("The same for privileged persons; shorter than"
		    " max_age")
	}, {
		SEK_SETTING_AT(password, max_age_spread),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("30d"),
		.min = 0,
		.max = 180 * DAY,
		.clause = "6(4)②オ",
		.help = N_("By how much an age is made shorter, another for"
		    " each account, so that not all end on one day")
	}, {
		SEK_SETTING_AT(password, min_age),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("1d"),
		.min = 0,
		.max = 30 * DAY,
		.clause = "6(4)②オ",
		.help = N_("How old a password is before its owner may change"
		    " it; not of one that has to be changed")
	}, {
		SEK_SETTING_AT(password, max_uses),
		.type = SEK_SETTING_NUMBER,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("0"),
		.min = 0,
		.max = 100000,
		.clause = "6(4)②オ",
		.help = N_("Logins by a password before it must be changed;"
		    " 0: any number")
	}, {
		SEK_SETTING_AT(password, temporary_valid),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "24h", "72h", "72h" },
		.min = 300,
		.max = 14 * DAY,
		.clause = "6(4)②キ",
		.help = N_("How long a temporary password opens a first login,"
		    " which must change it")
	}, {
		SEK_SETTING_AT(password, blocklist),
		.type = SEK_SETTING_PATH,
		.value = SEK_SETTING_ALL(SEK_DATADIR "/blocklist"),
		.clause = "6(4)②ウ",
		.help = N_("Folder of lists of words that others guess")
	}, {
		SEK_SETTING_AT(password, quality),
		.type = SEK_SETTING_LIST,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(""),
		.check = check_quality,
		.clause = "6(4)②ウ",
		.help = N_("Rules of libpwquality beside ours, such as"
		    " minclass=3; without: none")
	}
};

const struct sek_setting_section sek_settings_rows_password = {
	"password", rows, sizeof(rows) / sizeof(rows[0])
};

void
sek_settings_password(struct sek_password_limits *out,
    const struct sek_settings *s, bool privileged)
{
	memset(out, 0, sizeof(*out));
	out->min_length = privileged ? s->password.privileged_min_length :
	    s->password.min_length;
	out->max_length = s->password.max_length;
	out->history = privileged ? s->password.privileged_history :
	    s->password.history;
	out->max_age = privileged ? s->password.privileged_max_age :
	    s->password.max_age;
	out->max_age_spread = s->password.max_age_spread;
	if (out->max_age_spread > out->max_age / SPREAD_PARTS)
		out->max_age_spread = out->max_age / SPREAD_PARTS;
	out->min_age = s->password.min_age;
	out->max_uses = s->password.max_uses;
	out->temporary_valid = s->password.temporary_valid;
}
