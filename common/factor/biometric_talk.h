/*
 * biometric_talk.h - what fingers and a vendor's traits have in common
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_FACTOR_BIOMETRIC_TALK_H
#define SEKISHO_FACTOR_BIOMETRIC_TALK_H

#include <stdbool.h>
#include <stdint.h>

#include "device_talk.h"
#include "sekisho/edge/scan.h"
#include "sekisho/factor/biometric.h"

/* What to do about an end. */
enum sek_biometric_act {
	SEK_BIOMETRIC_USELESS = 0,	/* another way of his own, or a wrong
					 * answer */
	SEK_BIOMETRIC_MATCH,
	SEK_BIOMETRIC_MISMATCH,		/* told to nobody */
	SEK_BIOMETRIC_INSERT,		/* the reader is to be connected */
	SEK_BIOMETRIC_WRONG,		/* his own doing: he may try again */
	SEK_BIOMETRIC_WAIT,		/* another program has it */
	SEK_BIOMETRIC_CANCELLED,	/* another way, or a wrong answer */
	SEK_BIOMETRIC_GIVEN_UP		/* the conversation ended */
};
struct sek_biometric_row {
	enum sek_biometric_act	 act;
	enum sek_reason		 reason;	/* NONE: device */
	const char		*text;		/* NULL: nothing is told */
};

struct sek_biometric_talk;

/* One of the two methods. */
struct sek_biometric_way {
	enum sek_method		 method;
	const char		*name;		/* for the log */
	const char		*act;		/* the prompt for an act of
						 * his, where none was */
	const struct sek_biometric_row *rows;
	uint32_t		 ends;		/* so many of them; 0 is the
						 * one of no sense */
	uint32_t		 none;		/* he has none enrolled; */
	uint32_t		 silent;	/* his time was over */
	bool			 by_account;	/* only one of this very name
						 * counts */
	const char		*(*end_name)(uint32_t end);
	/* Have it matched, once: t->end, and of a match a->used. */
	enum sek_err		(*match)(struct sek_biometric_talk *t,
				    struct sek_why *why);
	/* What the record of a yes says of it; may be NULL. */
	void			(*detail)(char *dst, size_t size,
				    const struct sek_biometric_answer *a);
};

struct sek_biometric_talk {
	struct sek_device_talk		 d;
	struct sek_biometric_answer	*a;
	const struct sek_biometric_way	*way;
	struct sek_scan_count		 count;
	struct sek_biometric_try	 tries;
	uint32_t			 end;
	uint32_t			 noted;	/* the end that was logged */
	int				 tty;	/* -1: none to watch */
	char				 reader[SEK_READER_NAME_MAX];
};

/* A factor's ask, verify and done. */
enum sek_err	sek_biometric_ask(struct sek_challenge *c,
		    const struct sek_biometric_way *way);
enum sek_err	sek_biometric_verify(struct sek_verdict *v,
		    struct sek_challenge *c, const char *slot,
		    const struct sek_biometric_way *way);
void		sek_biometric_done(struct sek_challenge *c);

/* A sentence, with what Enter does behind it where it is watched; and the one
 * of a pause, in seconds. */
void		sek_biometric_tell_act(const struct sek_biometric_talk *t,
		    const char *sentence);
void		sek_biometric_tell_pause(const struct sek_biometric_talk *t,
		    uint32_t seconds);
/* For who has it matched by edge/ (talk: a sek_biometric_talk): the terminal
 * that is watched, -1 none; and was Enter pressed there? */
int		sek_biometric_watch(void *talk);
bool		sek_biometric_cancelled(void *talk);

#endif
