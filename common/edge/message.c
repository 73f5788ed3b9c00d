/*
 * message.c - what people read, in their language, in any host's locale
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The catalogue lies where gettext looks under C.UTF-8, in a domain of its
 * own: LANGUAGE, which a caller may set, can at worst hide it (English).
 */
#include "config.h"

#include <libintl.h>
#include <locale.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"

#define DOMAIN_JA "sekisho-ja"

static const char *
japanese(const char *msgid)
{
	const char *text = msgid;
	locale_t utf8, before;

	utf8 = newlocale(LC_CTYPE_MASK | LC_MESSAGES_MASK, "C.UTF-8",
	    (locale_t)0);
	if (utf8 == (locale_t)0)
		return (msgid);
	before = uselocale(utf8);
	if (bindtextdomain(DOMAIN_JA, SEK_LOCALEDIR) != NULL &&
	    bind_textdomain_codeset(DOMAIN_JA, "UTF-8") != NULL)
		text = dgettext(DOMAIN_JA, msgid);
	(void)uselocale(before);
	freelocale(utf8);
	return (text);
}

const char *
sek_message(enum sek_language language, const char *msgid)
{
	/* "" is the catalogue's own header. */
	if (language != SEK_LANGUAGE_JA || msgid[0] == '\0')
		return (msgid);
	return (japanese(msgid));
}

enum sek_language
sek_message_language(const struct sek_settings *s, const char *tty)
{
	if (s->message.console != SEK_LANGUAGE_JA && tty != NULL &&
	    sek_text_is_console(tty))
		return (SEK_LANGUAGE_EN);
	return ((enum sek_language)s->message.language);
}
