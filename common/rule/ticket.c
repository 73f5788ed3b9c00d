/*
 * ticket.c - who may use which ticket where, and what its codes look like
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: what is not known to be a login or a locker takes no ticket.
 * MUST: no ticket for a privileged person, nor for another's account.
 * MUST: an envelope's code with any one sign wrong, or any two neighbours
 * swapped, is no code.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/entry.h"
#include "sekisho/rule/stack_edit.h"
#include "sekisho/rule/ticket.h"

/* ---- where */

/* These lead to other rights, act for accounts that do not sit there, or ask
 * nobody, whatever a program of root's says. Others are in sek_edit_rules. */
#define NO_LOGINS	"sudo-rs sudo-i-rs su-rs pkexec ksu kdesu gksu " \
			"doas super userhelper config-util run0"
/* Lockers with a process of root's. */
#define LOCKERS		"vlock physlock"

static bool
is_locker(const char *service)
{

	return (strcmp(service, SEK_EDIT_LOCKER) == 0 ||
	    sek_policy_listed(LOCKERS, service) ||
	    sek_edit_rule(service)->entry == SEK_ENTRY_LOCKER);
}

/* A program that opens sessions for whom it asks: root's, and none of those
 * that are used from within. */
static bool
is_login(const struct sek_claimant *who)
{
	const struct sek_edit_rule *rule;

	if (who->caller != 0 || who->service[0] == '\0' ||
	    sek_edit_is_own(who->service) ||
	    !sek_entry_has_auth(who->service) ||
	    sek_policy_listed(NO_LOGINS, who->service))
		return (false);
	rule = sek_edit_rule(who->service);
	return (!rule->inside && rule->entry == SEK_ENTRY_LOGIN);
}

uint32_t
sek_ticket_purposes(const struct sek_claimant *who,
    enum sek_substitute_form allowed, bool proof_enrols)
{
	uint32_t substitute = allowed == SEK_SUBSTITUTE_CODE ||
	    allowed == SEK_SUBSTITUTE_ATTENDED ?
	    SEK_PURPOSE_BIT(SEK_PURPOSE_SUBSTITUTE) : 0;

	if (!who->known || who->privileged || who->uid == 0 ||
	    who->uid == SEK_UID_NONE ||
	    (who->caller != 0 && who->caller != who->uid))
		return (0);
	if (strcmp(who->service, "sekisho-helper") == 0)
		return (proof_enrols ? SEK_PURPOSE_BIT(SEK_PURPOSE_ENROL) : 0);
	if (is_login(who))
		return (substitute | SEK_PURPOSE_BIT(SEK_PURPOSE_ENROL));
	return (is_locker(who->service) ? substitute : 0);
}

bool
sek_ticket_offers(const struct sek_claimant *who,
    enum sek_substitute_form allowed)
{

	return ((allowed == SEK_SUBSTITUTE_CODE ||
	    allowed == SEK_SUBSTITUTE_ATTENDED) &&
	    (is_login(who) || is_locker(who->service)));
}

/* ---- ten digits */

enum sek_err
sek_ticket_code(char out[SEK_TICKET_CODE], const char *typed)
{
	enum sek_err err = sek_text_digits(out, SEK_TICKET_CODE, typed);

	if (err == SEK_OK && strlen(out) != SEK_TICKET_DIGITS) {
		sek_wipe(out, SEK_TICKET_CODE);
		err = SEK_ERR_SYNTAX;
	}
	return (err);
}

void
sek_ticket_print(char *dst, size_t size, const char code[SEK_TICKET_CODE])
{

	(void)snprintf(dst, size, "%.5s %.5s", code, code + 5);
}

int64_t
sek_ticket_day_end(int64_t wall, const char *zone)
{
	int64_t there, east, end;
	int offset = 0;

	/* Of a zone unknown nothing lasts. */
	if (sek_clock_offset(&offset, zone) != SEK_OK)
		return (wall);
	east = offset * SEK_SECOND;
	if (__builtin_add_overflow(wall, east, &there) ||
	    there > INT64_MAX - 2 * SEK_DAY ||
	    there < INT64_MIN + 2 * SEK_DAY)
		return (wall);
	end = there / SEK_DAY - (there % SEK_DAY < 0 ? 1 : 0) + 1;
	return (end * SEK_DAY - east);
}

/* ---- an envelope's code */

/*
 * 30 signs, each a number of GF(32): 26 of chance and 4 by which the whole is
 * a word of the Reed-Solomon code with the roots 1, a, a^2, a^3 (a = 2, modulo
 * x^5 + x^2 + 1). Two words of it differ in five signs at least, so up to
 * four wrong ones never make another, and neither do two swapped pairs.
 */
#define SIGNS		(SEK_GLASS_PLAIN - 1)
#define CHECKS		4u
#define ALL		(SIGNS + CHECKS)
#define GROUP		5u

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Times a, modulo x^5 + x^2 + 1. */
static unsigned
twice(unsigned x)
{

	return ((x & 16u) != 0 ? (x << 1 ^ 0x25u) : x << 1);
}

static unsigned
times(unsigned x, unsigned y)
{
	unsigned product = 0;

	for (; y != 0; y >>= 1, x = twice(x))
		if ((y & 1u) != 0)
			product ^= x;
	return (product);
}

/* The remainder of the first n signs, as a polynomial, by the product of
 * (x + root): 0 of a word of the code. */
static void
divide(unsigned rest[CHECKS], const uint8_t *sign, size_t n)
{
	unsigned factor[CHECKS + 1] = { 1 }, root = 1, first;
	size_t i, k;

	for (i = 0; i < CHECKS; i++, root = twice(root))
		for (k = i + 1; k > 0; k--)
			factor[k] ^= times(factor[k - 1], root);
	memset(rest, 0, CHECKS * sizeof(rest[0]));
	for (i = 0; i < n; i++) {
		first = rest[0] ^ sign[i];
		for (k = 0; k < CHECKS; k++)
			rest[k] = (k + 1 < CHECKS ? rest[k + 1] : 0) ^
			    times(first, factor[k + 1]);
	}
}

void
sek_glass_print(char dst[SEK_GLASS_TEXT],
    const uint8_t random[SEK_GLASS_RANDOM])
{
	uint8_t sign[ALL];
	unsigned rest[CHECKS];
	size_t i, k, at = 0;

	/* Five bits a sign; the last six of the bytes are left over. */
	for (i = 0; i < SIGNS; i++) {
		sign[i] = 0;
		for (k = 5 * i; k < 5 * i + 5; k++)
			sign[i] = (uint8_t)(sign[i] << 1 |
			    (random[k / 8] >> (7 - k % 8) & 1));
	}
	divide(rest, sign, SIGNS);
	for (i = 0; i < CHECKS; i++)
		sign[SIGNS + i] = (uint8_t)rest[i];
	for (i = 0; i < ALL; i++) {
		if (i > 0 && i % GROUP == 0)
			dst[at++] = '-';
		dst[at++] = alphabet[sign[i]];
	}
	dst[at] = '\0';
	sek_wipe(sign, sizeof(sign));
	sek_wipe(rest, sizeof(rest));
}

/* O is read as 0, I and L as 1. -1: none of ours. */
static int
value_of(char c)
{
	const char *at;

	if (c == 'O')
		return (0);
	if (c == 'I' || c == 'L')
		return (1);
	at = strchr(alphabet, c);
	return (at != NULL ? (int)(at - alphabet) : -1);
}

/* The numbers of what was typed; RANGE: a U, or it is no word of the code. */
static enum sek_err
check(uint8_t sign[ALL], const char *typed)
{
	unsigned rest[CHECKS], wrong = 0;
	size_t i;
	int n;

	for (i = 0; i < ALL; i++) {
		if ((n = value_of(typed[i])) < 0)
			return (SEK_ERR_RANGE);
		sign[i] = (uint8_t)n;
	}
	divide(rest, sign, SIGNS);
	for (i = 0; i < CHECKS; i++)
		wrong |= rest[i] ^ sign[SIGNS + i];
	sek_wipe(rest, sizeof(rest));
	return (wrong == 0 ? SEK_OK : SEK_ERR_RANGE);
}

enum sek_err
sek_glass_parse(char plain[SEK_GLASS_PLAIN], const char *typed)
{
	char text[ALL + 1];
	uint8_t sign[ALL];
	enum sek_err err = SEK_ERR_SYNTAX;
	size_t i;

	sek_wipe(plain, SEK_GLASS_PLAIN);
	if (sek_text_signs(text, sizeof(text), typed) == SEK_OK &&
	    strlen(text) == ALL)
		err = check(sign, text);
	for (i = 0; err == SEK_OK && i < SIGNS; i++)
		plain[i] = alphabet[sign[i]];
	sek_wipe(text, sizeof(text));
	sek_wipe(sign, sizeof(sign));
	return (err);
}
