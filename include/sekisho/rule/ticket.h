/*
 * ticket.h - who may use which ticket where, and what its codes look like
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pure. What a ticket may never do: count as two kinds, open or lead to a
 * privileged session, prove an act (but its own enrolment), outlive the
 * person's place here.
 */
#ifndef SEKISHO_RULE_TICKET_H
#define SEKISHO_RULE_TICKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/model/claimant.h"
#include "sekisho/model/ticket.h"

/* What policy allows of substitutes, weakest first as exceptions count:
 * ticket.substitute. */
enum sek_substitute_form {
	SEK_SUBSTITUTE_CODE = 0,	/* attended, or by an approved code */
	SEK_SUBSTITUTE_ATTENDED,
	SEK_SUBSTITUTE_NO
};

/*
 * Bits of the purposes whose codes count for this claimant and service: none
 * for privileged ones, for another's account (su, sudo), for services that
 * lead to other rights or prove acts; ENROL at a login of root's program, and
 * (proof_enrols) where sekisho-helper proves somebody to enrol; SUBSTITUTE
 * there where policy allows them, and at lockers. What a login or a locker is
 * tell rule/stack_edit's names: a service nobody knows is a login where root's
 * program asks. A code that was approved serves out its hours where policy
 * allows the attended form alone by then.
 */
uint32_t	sek_ticket_purposes(const struct sek_claimant *who,
		    enum sek_substitute_form allowed, bool proof_enrols);
/* May a witness stand in here: is the dialogue offered? At logins and lockers
 * alike. The same for known and unknown names. */
bool		sek_ticket_offers(const struct sek_claimant *who,
		    enum sek_substitute_form allowed);
/* The digits of what was typed ("12345 67890"), or SEK_ERR_SYNTAX. */
enum sek_err	sek_ticket_code(char out[SEK_TICKET_CODE], const char *typed);
/* "12345 67890", for people. size >= 12. */
void		sek_ticket_print(char *dst, size_t size,
		    const char code[SEK_TICKET_CODE]);
/* The first instant of the next day in that zone, wall us. */
int64_t		sek_ticket_day_end(int64_t wall, const char *zone);

/*
 * The code of an envelope: 26 signs of base32 without I, L, O, U (130 bits of
 * chance) and 4 that tell slips of the pen, in groups of five.
 */
#define SEK_GLASS_RANDOM	17u	/* bytes of chance that go in */
#define SEK_GLASS_TEXT		36u	/* "XXXXX-…-XXXXX" with NUL */
#define SEK_GLASS_PLAIN		27u	/* the 26 signs, with NUL */
void		sek_glass_print(char dst[SEK_GLASS_TEXT],
		    const uint8_t random[SEK_GLASS_RANDOM]);
/* Is it one, as people type it (case, blanks, hyphens, O for 0, I and L for
 * 1)? The plain signs for comparing. SEK_ERR_SYNTAX: no such form at all;
 * SEK_ERR_RANGE: the form, but a slip in it. Secret: the caller wipes. */
enum sek_err	sek_glass_parse(char plain[SEK_GLASS_PLAIN],
		    const char *typed);

#endif
