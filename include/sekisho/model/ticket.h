/*
 * ticket.h - codes that stand in for something: a forgotten card, a factor
 * not enrolled yet; and the envelope in the safe
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 8(5), 7(2)⑤, 6(4). A ticket is an approval (model/approval.h) of kind
 * TICKET: key its purpose, value its form, users the one account it is for.
 * It stands for possession, is never cryptographic, and is shown as 代替.
 */
#ifndef SEKISHO_MODEL_TICKET_H
#define SEKISHO_MODEL_TICKET_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/model/approval.h"

#define SEK_TICKET_DIGITS	10u
#define SEK_TICKET_CODE		11u	/* bytes of a code, with its NUL */
#define SEK_TICKET_WORD		"ticket:"	/* before its id, among the
						 * authenticators of a record */
#define SEK_TICKET_HASH		32u
#define SEK_TICKET_WINDOW	(30 * SEK_DAY)	/* in which N are counted */
#define SEK_TICKET_MAX_DAYS	31u	/* that N can be */
#define SEK_TICKETS_LIVE	4u	/* of one person, asked or given */

/* Crosses a pipe; a new one goes to the end. */
enum sek_purpose {
	SEK_PURPOSE_NONE = 0,
	SEK_PURPOSE_SUBSTITUTE,		/* the card lies at home */
	SEK_PURPOSE_ENROL,		/* the first factor of a person */
	SEK_PURPOSE_BREAK_GLASS,	/* the envelope; not in the store */
	SEK_PURPOSES
};
#define SEK_PURPOSE_BIT(p)	(UINT32_C(1) << (unsigned)(p))

/* How a substitute came about: the value of its approval. */
#define SEK_TICKET_BY_CODE	"code"		/* asked, approved, once */
#define SEK_TICKET_ATTENDED	"attended"	/* a witness at the prompt; to
						 * the day's end */

/* "substitute", "enrol", "break-glass"; NULL outside. */
const char	*sek_purpose_name(enum sek_purpose p);
/* Those words, and how people write them ("enroll", "breakglass"). */
enum sek_err	 sek_purpose_parse(enum sek_purpose *out, const char *name);
/* Of an approval of kind TICKET; NONE of any other. */
enum sek_purpose sek_ticket_purpose(const struct sek_approval *a);
bool		 sek_ticket_attended(const struct sek_approval *a);
/* Rests an admission on a ticket, by its list of authenticators? id (may be
 * NULL): on which. */
bool		 sek_ticket_among(const char *authenticators,
		    char id[SEK_ID_MAX]);

#endif
