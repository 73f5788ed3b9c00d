/*
 * message.h - what people read, in their language, in any host's locale
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sshd and most services run in locale C, where gettext says nothing; under
 * any other, LANGUAGE of the environment steers which file gettext reads, and
 * "../" in it leads anywhere (seen). So the catalogue msgfmt made is read
 * here, from its one compiled-in place, and no locale is touched.
 *
 * MUST: no environment variable and no locale of the host matters.
 * MUST: a catalogue others may write, or a damaged one, is English.
 */
#ifndef SEKISHO_EDGE_MESSAGE_H
#define SEKISHO_EDGE_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "sekisho/edge/settings.h"

/* Marks for xgettext: N_("text") where a table holds it. A text takes printf
 * arguments in one order in all languages, and none by <inttypes.h> macros:
 * those are not in a catalogue's plain part. */
#define N_(text) (text)

/* The text in that language, or msgid itself. It lives as long as this
 * program or module stays loaded. */
const char	*sek_message(enum sek_language language, const char *msgid)
		    __attribute__((format_arg(2)));

/* The language of a module's text: message.language, but English on
 * tty[0-9]+ (no CJK glyphs there) unless message.console is ja. */
enum sek_language sek_message_language(const struct sek_settings *s,
		    const char *tty);

/* The layer below: one catalogue, for the above and for tests. */
struct sek_catalogue;
/* NULL when there is none, or not a sound one. */
struct sek_catalogue *sek_message_open(const char *path);
/* The translation, or NULL. Owned by the catalogue. */
const char	*sek_message_find(const struct sek_catalogue *c,
		    const char *msgid);
void		 sek_message_close(struct sek_catalogue *c);

#endif
