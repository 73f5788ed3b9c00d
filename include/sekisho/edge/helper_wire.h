/*
 * helper_wire.h - the frames between sekisho-helper and who asks it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A head of four words, then at most SEK_HELPER_BODY_MAX bytes. All bodies but
 * an answer's begin with one word (and one that is 0), so that the structs
 * behind it lie as the compiler wants them.
 *
 * MUST: what sek_wire_receive returns was looked through: sizes exact, strings
 * ended and clean (no terminal escapes, in neither direction), numbers in
 * their ranges, enumerations known.
 */
#ifndef SEKISHO_EDGE_HELPER_WIRE_H
#define SEKISHO_EDGE_HELPER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/base/secret.h"
#include "sekisho/edge/helper.h"
#include "sekisho/model/role.h"
#include "sekisho/rule/approval.h"

#define SEK_WIRE_MAGIC	UINT32_C(0x484b4553)

/* Who may send what: the client REQUEST, ANSWER, CANCEL; the helper the rest.
 * Numbers are for ever. */
enum sek_wire_type {
	SEK_WIRE_REQUEST = 1,	/* word: enum sek_helper_op; its struct */
	SEK_WIRE_SAY,		/* word: 1 an error, 0 not; a sentence */
	SEK_WIRE_PROMPT,	/* word: 1 shown as typed, 0 hidden; text */
	SEK_WIRE_ANSWER,	/* bytes without NUL: a password may be any */
	SEK_WIRE_CANCEL,	/* no body: the prompt is not answered */
	SEK_WIRE_DATA,		/* word: enum sek_helper_data; its struct */
	SEK_WIRE_DONE		/* word: enum sek_err; a sentence, the name of
				 * an enum sek_approval_no, or none */
};

struct sek_wire_head {
	uint32_t	magic;
	uint32_t	version;
	uint32_t	type;
	uint32_t	len;		/* of the body */
};
struct sek_wire_word {
	uint32_t	word;
	uint32_t	zero;
};
#define SEK_WIRE_WORD	sizeof(struct sek_wire_word)

/* One frame, whole. May hold a secret: sek_wipe it. */
struct sek_wire_frame {
	struct sek_wire_head	head;
	_Alignas(16) unsigned char body[SEK_HELPER_BODY_MAX + 16];
};

/*
 * One end. alive (may be NULL) is asked every few seconds while waiting;
 * false ends the wait with SEK_ERR_IO.
 */
struct sek_wire {
	int	 fd;			/* a UNIX stream socket */
	bool	 helper;		/* this is the helper's end */
	uint32_t version;		/* 0: the present one. The helper's end
					 * answers in the request's */
	bool	(*alive)(void *arg);
	void	*arg;
};

/* Send one frame within 10 s. SEK_ERR_IO: nobody is there, _TIMEOUT. Never
 * raises SIGPIPE. */
enum sek_err	sek_wire_send(const struct sek_wire *w,
		    enum sek_wire_type type, uint32_t word, const void *rest,
		    size_t len);
/* The same of a text: control characters out, cut to SEK_HELPER_TEXT_MAX. */
enum sek_err	sek_wire_send_text(const struct sek_wire *w,
		    enum sek_wire_type type, uint32_t word, const char *text);
/* The next frame; its first byte within so many ms, the rest within 10 s.
 * SEK_ERR_IO: the other end is gone; _TIMEOUT; _SYNTAX: not a frame for us. */
enum sek_err	sek_wire_receive(const struct sek_wire *w,
		    struct sek_wire_frame *f, int ms);
/* Have bytes come that nobody asked for yet? */
bool		sek_wire_pending(const struct sek_wire *w);
/* Has the other end closed, all it sent being read? */
bool		sek_wire_gone(const struct sek_wire *w);

/* Is it whole and allowed, for this end? What sek_wire_receive asks. */
enum sek_err	sek_wire_check(const struct sek_wire_frame *f, bool helper);

/* Of a frame that was checked. */
uint32_t	sek_wire_word(const struct sek_wire_frame *f);
const void	*sek_wire_rest(const struct sek_wire_frame *f);
size_t		sek_wire_rest_len(const struct sek_wire_frame *f);

/* Bytes that an op's body has; 0 for none. */
size_t		sek_wire_op_size(enum sek_helper_op op);
size_t		sek_wire_data_size(enum sek_helper_data kind);
/* Make every string of what is to be sent printable, in place. */
void		sek_wire_tidy(enum sek_helper_data kind, void *body);

/*
 * For tests: sek_helper_call with another program, on which the same checks
 * are made, and another patience.
 */
enum sek_err	sek_helper_call_program(const char *program, int silence_ms,
		    enum sek_helper_op op, const void *body, size_t len,
		    const struct sek_helper_talk *talk, struct sek_why *why);

#endif
