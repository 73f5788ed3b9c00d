/*
 * message.h - what people read, in their language, in any host's locale
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sshd and most services run in locale C, where gettext says nothing. Texts
 * are looked up in the domain sekisho-ja under uselocale(C.UTF-8), which is
 * put back before return; setlocale is never called in a host.
 *
 * MUST: no more of the environment matters than LANGUAGE hiding a text. (In a
 * setuid program glibc takes no '/' in it; the tools take it out.)
 */
#ifndef SEKISHO_EDGE_MESSAGE_H
#define SEKISHO_EDGE_MESSAGE_H

#include <stddef.h>

#include "sekisho/edge/settings.h"

/* Marks for xgettext: N_("text") where a table holds it. */
#define N_(text) (text)

/* The text in that language, or msgid itself. It lives as long as the
 * process does. */
const char	*sek_message(enum sek_language language, const char *msgid)
		    __attribute__((format_arg(2)));

/* The language of a module's text: message.language, but English on
 * tty[0-9]+ (no CJK glyphs there) unless message.console is ja. */
enum sek_language sek_message_language(const struct sek_settings *s,
		    const char *tty);

#endif
