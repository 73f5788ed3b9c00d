/*
 * enrol_talk.h - how the holder of a device is talked to while it is bound
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The same for security keys and for IC cards, by the tool and by
 * sekisho-helper.
 *
 * MUST: a PIN is asked for with no device held, never from an argument or the
 * environment, and never tried with one try left but by his own yes.
 */
#ifndef SEKISHO_FLOW_ENROL_TALK_H
#define SEKISHO_FLOW_ENROL_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/base/secret.h"
#include "sekisho/edge/message.h"

#define SEK_ENROL_PINS_MAX	3u	/* asked for, at one device */

/* How its holder is talked to, in his language. */
struct sek_enrol_talk {
	/* One prompt, one answer; SEK_ERR_CONV: given up. NULL: nobody is
	 * asked anything, and a device that wants its PIN is refused. */
	enum sek_err	(*ask)(void *arg, bool echo, const char *prompt,
			    struct sek_secret *answer);
	void		(*tell)(void *arg, bool is_error, const char *text);
	/* The key has a resident credential from now on, which opens nothing
	 * before it is stored. May be NULL. */
	void		(*made)(void *arg);
	/* Is he there still? May be NULL: yes. */
	bool		(*there)(void *arg);
	void		*arg;
	enum sek_language language;
};

/* How a PIN is asked for; all by N_(), but left. */
struct sek_enrol_pin {
	const char	*left;		/* "Tries left …: 2", said before */
	const char	*last;		/* in its place: one is left; */
	const char	*maybe_last;	/* or it is not known */
	const char	*prompt;
	const char	*impossible;	/* what was typed is no PIN */
	bool		(*ok)(const void *arg, const struct sek_secret *pin);
	const void	*arg;
};

/* Its words in his language. */
const char	*sek_enrol_words(const struct sek_enrol_talk *t,
		    const char *msgid) __attribute__((format_arg(2)));
void		sek_enrol_say(const struct sek_enrol_talk *t, bool is_error,
		    const char *msgid);
/* told becomes msgid's sentence; SEK_ERR_REFUSED. */
enum sek_err	sek_enrol_refuse(const struct sek_enrol_talk *t,
		    struct sek_why *told, const char *msgid);
bool		sek_enrol_is_there(const struct sek_enrol_talk *t);
/*
 * One PIN to try, of a device with so many tries left (UINT32_MAX: not known;
 * 0 is the caller's). *asked counts the prompts of this device. SEK_ERR_CONV:
 * given up; SEK_ERR_REFUSED: nothing that could be one was typed, untold. The
 * caller frees *pin; there is somebody to ask.
 */
enum sek_err	sek_enrol_ask_pin(const struct sek_enrol_talk *t,
		    const struct sek_enrol_pin *p, uint32_t tries,
		    unsigned *asked, struct sek_secret *pin);

#endif
