/*
 * slot.c - what another program may do to a card in a reader, for tests
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *	slot list                       readers, each with empty or present
 *	slot wait NAME present|empty [MS]
 *	slot apdu NAME HEX...           send them; leave the card as it is
 *	slot reset NAME [N [MS]]        N resets, MS between
 *	slot hold NAME FD               in a transaction until FD ends
 *	slot own NAME FD                exclusively until FD ends
 *	slot keep NAME FD               connected until FD ends: pcscd does not
 *	                                power it off
 *
 * NAME is a part of the reader's name ("00 01"). hold, own and keep print
 * "held" when they have it. 0, or 1 with the PC/SC error.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <winscard.h>

static SCARDCONTEXT ctx;
static char readers[4096];

static int
failed(const char *what, LONG rc)
{

	fprintf(stderr, "slot: %s: %s (%08lx)\n", what,
	    pcsc_stringify_error(rc), (unsigned long)rc);
	return 1;
}

/* The first whose name has it; NULL. */
static const char *
find(const char *part)
{
	DWORD len = sizeof(readers);
	const char *r;

	if (SCardListReaders(ctx, NULL, readers, &len) != SCARD_S_SUCCESS)
		return NULL;
	for (r = readers; *r != '\0'; r += strlen(r) + 1)
		if (strstr(r, part) != NULL)
			return r;
	return NULL;
}

static bool
present(const char *reader)
{
	SCARD_READERSTATE st = { .szReader = reader };

	return SCardGetStatusChange(ctx, 0, &st, 1) == SCARD_S_SUCCESS &&
	    (st.dwEventState & SCARD_STATE_PRESENT) != 0;
}

static int
list(void)
{
	const char *r = find("");

	for (; r != NULL && *r != '\0'; r += strlen(r) + 1)
		printf("%s: %s\n", r, present(r) ? "present" : "empty");
	return 0;
}

/* pcscd may not be there yet, nor its readers. */
static int
await(const char *part, const char *state, long ms)
{
	struct timespec t = { 0, 5000000 };
	bool want = strcmp(state, "present") == 0;
	const char *r;

	for (; ms > 0; ms -= 5) {
		if (SCardIsValidContext(ctx) != SCARD_S_SUCCESS)
			SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL,
			    &ctx);
		if ((r = find(part)) != NULL && present(r) == want)
			return 0;
		nanosleep(&t, NULL);
	}
	fprintf(stderr, "slot: %s is not %s\n", part, state);
	return 1;
}

static LONG
attach(const char *part, DWORD share, SCARDHANDLE *card)
{
	const char *r = find(part);
	DWORD proto;

	if (r == NULL)
		return SCARD_E_UNKNOWN_READER;
	return SCardConnect(ctx, r, share,
	    SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, card, &proto);
}

static size_t
unhex(uint8_t *out, size_t max, const char *text)
{
	unsigned byte;
	size_t n = 0;

	while (n < max && sscanf(text, "%2x", &byte) == 1) {
		out[n++] = (uint8_t)byte;
		text += 2;
	}
	return n;
}

/* That another reset it before the first command is none of ours. */
static LONG
transmit(SCARDHANDLE card, bool first, const char *hex, uint8_t *out,
    DWORD *len)
{
	uint8_t in[4096];
	DWORD n = (DWORD)unhex(in, sizeof(in), hex), max = *len, proto;
	LONG rc;

	rc = SCardTransmit(card, SCARD_PCI_T1, in, n, NULL, out, len);
	if (!first || rc != SCARD_W_RESET_CARD)
		return rc;
	*len = max;
	rc = SCardReconnect(card, SCARD_SHARE_SHARED,
	    SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD, &proto);
	return rc != SCARD_S_SUCCESS ? rc :
	    SCardTransmit(card, SCARD_PCI_T1, in, n, NULL, out, len);
}

static int
apdu(const char *part, int n, char **hex)
{
	uint8_t out[8192];
	SCARDHANDLE card;
	bool first = true;
	DWORD len, i;
	LONG rc;

	if ((rc = attach(part, SCARD_SHARE_SHARED, &card)) != SCARD_S_SUCCESS)
		return failed("connect", rc);
	for (; n > 0 && rc == SCARD_S_SUCCESS; n--, hex++) {
		len = sizeof(out);
		rc = transmit(card, first, *hex, out, &len);
		first = false;
		for (i = 0; rc == SCARD_S_SUCCESS && i < len; i++)
			printf("%02x", out[i]);
		putchar('\n');
	}
	SCardDisconnect(card, SCARD_LEAVE_CARD);
	return rc == SCARD_S_SUCCESS ? 0 : failed("transmit", rc);
}

/* One that is held by another is left alone; how many it was. */
static int
reset(const char *part, long times, long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
	SCARDHANDLE card;
	DWORD proto;
	long done = 0;
	LONG rc = SCARD_S_SUCCESS;

	for (; times > 0; times--) {
		rc = attach(part, SCARD_SHARE_SHARED, &card);
		if (rc == SCARD_S_SUCCESS) {
			rc = SCardReconnect(card, SCARD_SHARE_SHARED,
			    SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
			    SCARD_RESET_CARD, &proto);
			done += rc == SCARD_S_SUCCESS;
			SCardDisconnect(card, SCARD_LEAVE_CARD);
		}
		if (times > 1)
			nanosleep(&t, NULL);
	}
	printf("%ld\n", done);
	return done > 0 ? 0 : failed("reset", rc);
}

static int
hold(const char *part, const char *how, int fd)
{
	bool own = strcmp(how, "own") == 0, held = strcmp(how, "hold") == 0;
	SCARDHANDLE card;
	char byte;
	LONG rc;

	rc = attach(part, own ? SCARD_SHARE_EXCLUSIVE : SCARD_SHARE_SHARED,
	    &card);
	if (rc == SCARD_S_SUCCESS && held)
		rc = SCardBeginTransaction(card);
	if (rc != SCARD_S_SUCCESS)
		return failed("hold", rc);
	puts("held");
	fflush(stdout);
	while (read(fd, &byte, 1) < 0 && errno == EINTR)
		;
	if (held)
		SCardEndTransaction(card, SCARD_LEAVE_CARD);
	SCardDisconnect(card, SCARD_LEAVE_CARD);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	bool waits = strcmp(verb, "wait") == 0;
	LONG rc;

	rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &ctx);
	if (rc != SCARD_S_SUCCESS && !waits)
		return failed("pcscd", rc);
	if (strcmp(verb, "list") == 0)
		return list();
	if (waits && argc >= 4)
		return await(argv[2], argv[3], argc > 4 ? atol(argv[4]) : 10000);
	if (strcmp(verb, "apdu") == 0 && argc >= 4)
		return apdu(argv[2], argc - 3, argv + 3);
	if (strcmp(verb, "reset") == 0 && argc >= 3)
		return reset(argv[2], argc > 3 ? atol(argv[3]) : 1,
		    argc > 4 ? atol(argv[4]) : 10);
	if ((strcmp(verb, "hold") == 0 || strcmp(verb, "own") == 0 ||
	    strcmp(verb, "keep") == 0) && argc >= 4)
		return hold(argv[2], verb, atoi(argv[3]));
	fprintf(stderr, "usage: slot list | wait | apdu | "
	    "reset | hold | own | keep\n");
	return 100;
}
