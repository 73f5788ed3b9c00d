/*
 * pcsc.c - the wire to a card: pcscd, by libpcsclite
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * All of it in a child that is ended when its time is up: SCardConnect,
 * SCardBeginTransaction and SCardTransmit have no bound of their own, and
 * SCardCancel frees none of them.
 *
 * MUST: nothing of the environment, which may be the claimant's, says where
 * pcscd is: libpcsclite asks it, also in a program that is setuid.
 * MUST: no command is sent a second time.
 * MUST: an answer is what came in by this call; libpcsclite says "success" to
 * an empty one, and leaves older bytes in the buffer where it fails.
 * MUST: the card is reset before another program may have it.
 *
 * pcscd 1.9.9 looks whether a card is in a transaction, tells of the reset that
 * a program calls for, resets the card, and only then has no protocol for it,
 * till it has agreed on one: all of it without a lock. Who connects, or begins
 * a transaction, between two of these is refused, gets no protocol, or has a
 * card that is reset under him and nobody tells (run.c asks for that).
 */
#include "config.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <winscard.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"

#include "card.h"

#define NAMES_MAX	8192u	/* bytes of all readers' names */
#define PATTERN_MAX	256u
#define OPEN_TRIES	3	/* a pcscd that is started anew is away for */
#define OPEN_PAUSE	20	/* 11 ms */
#define OUT_WAIT	600	/* ms: till pcscd has looked */
#define FOUND_WAIT	500	/* ms: till pcscd knows what is in a reader
				 * that it has just found */
#define RESET_TRIES	10	/* a reset by another that is under way: */
#define RESET_PAUSE	10	/* ms, between them */
#define PROTOCOLS	(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
#define SHORT_MAX	261u	/* bytes of a short command */

struct card_link {
	SCARDCONTEXT	 context;
	SCARDHANDLE	 card;
	bool		 connected;
	bool		 held;		/* in a transaction */
	bool		 gone;		/* the card may be, as it seems */
	char		 reader[SEK_CARD_READER_MAX];
	DWORD		 protocol;
	int64_t		 until;
	uint32_t	 sent;
	void		(*on_wait)(void *arg, bool waits);
	void		*arg;
};

static bool
is_late(const struct card_link *l)
{

	return (sek_child_clock() >= l->until);
}

static void
pause_ms(long ms)
{
	struct timespec t = { 0, ms * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* What an error means before there is a card in hand. */
static enum sek_card_end
connect_end(LONG rv)
{

	switch (rv) {
	case SCARD_S_SUCCESS:
		return (SEK_CARD_END_OK);
	case SCARD_E_NO_SERVICE:
	case SCARD_E_SERVICE_STOPPED:
	case SCARD_F_COMM_ERROR:
	case SCARD_E_INVALID_HANDLE:
	case SCARD_W_SECURITY_VIOLATION:
		return (SEK_CARD_END_NO_SERVICE);
	case SCARD_E_NO_READERS_AVAILABLE:
		return (SEK_CARD_END_NO_READER);
	case SCARD_E_SHARING_VIOLATION:
		return (SEK_CARD_END_BUSY);
	case SCARD_W_RESET_CARD:
		return (SEK_CARD_END_RESET);
	case SCARD_E_NO_SMARTCARD:
	case SCARD_W_REMOVED_CARD:
	case SCARD_E_UNKNOWN_READER:
	case SCARD_E_READER_UNAVAILABLE:
	case SCARD_E_NOT_TRANSACTED:
		return (SEK_CARD_END_GONE);
	case SCARD_W_UNRESPONSIVE_CARD:
	case SCARD_W_UNPOWERED_CARD:
	case SCARD_E_TIMEOUT:
		return (SEK_CARD_END_SILENT);
	case SCARD_E_NO_MEMORY:
		return (SEK_CARD_END_FAILED);
	default:
		return (SEK_CARD_END_GARBAGE);
	}
}

/* And with one: it was there, whatever took it away. */
static enum sek_card_end
held_end(LONG rv)
{

	switch (rv) {
	case SCARD_S_SUCCESS:
		return (SEK_CARD_END_OK);
	case SCARD_W_RESET_CARD:
	case SCARD_E_PROTO_MISMATCH:	/* it had the one we use */
		return (SEK_CARD_END_RESET);
	case SCARD_E_SHARING_VIOLATION:
		return (SEK_CARD_END_BUSY);
	case SCARD_W_UNRESPONSIVE_CARD:
		return (SEK_CARD_END_SILENT);
	case SCARD_E_INSUFFICIENT_BUFFER:
	case SCARD_E_INVALID_PARAMETER:
		return (SEK_CARD_END_GARBAGE);
	case SCARD_E_NO_MEMORY:
		return (SEK_CARD_END_FAILED);
	default:
		return (SEK_CARD_END_GONE);
	}
}

/* ------------------------------------------------------------- to pcscd -- */

enum sek_card_end
card_open(struct card_link **out)
{
	struct card_link *l;
	LONG rv = SCARD_E_NO_SERVICE;
	int i;

	*out = NULL;
	if (clearenv() != 0 || (l = calloc(1, sizeof(*l))) == NULL)
		return (SEK_CARD_END_FAILED);
	l->until = INT64_MAX;
	for (i = 0; i < OPEN_TRIES && rv == SCARD_E_NO_SERVICE; i++) {
		if (i > 0)
			pause_ms(OPEN_PAUSE);
		rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL,
		    &l->context);
	}
	if (rv != SCARD_S_SUCCESS) {
		free(l);
		return (rv == SCARD_E_NO_MEMORY ? SEK_CARD_END_FAILED :
		    SEK_CARD_END_NO_SERVICE);
	}
	*out = l;
	return (SEK_CARD_END_OK);
}

void
card_until(struct card_link *l, int64_t until)
{

	l->until = until;
}

void
card_on_wait(struct card_link *l, void (*fn)(void *arg, bool waits), void *arg)
{

	l->on_wait = fn;
	l->arg = arg;
}

/* -------------------------------------------------------------- readers -- */

/* Does one of the patterns, parted by commas, take this name? A name itself is
 * one, whatever brackets it has. */
static bool
takes(const char *patterns, const char *name)
{
	const char *p = patterns + strspn(patterns, ", \t");
	char one[PATTERN_MAX];
	size_t n;

	if (*p == '\0')
		return (true);
	for (; *p != '\0'; p += strspn(p, ", \t")) {
		n = strcspn(p, ",");
		if (n < sizeof(one)) {
			memcpy(one, p, n);
			one[n] = '\0';
			while (one[0] != '\0' && strchr(" \t",
			    one[strlen(one) - 1]) != NULL)
				one[strlen(one) - 1] = '\0';
			if (strcmp(one, name) == 0 ||
			    fnmatch(one, name, 0) == 0)
				return (true);
		}
		p += n;
	}
	return (false);
}

/* Those of the list that can be named, and that the patterns take. */
static size_t
choose(struct card_slot *out, size_t max, const char *names, size_t len,
    const char *patterns)
{
	size_t at, n = 0, size;

	for (at = 0; at < len && names[at] != '\0' && n < max; at += size) {
		size = strnlen(names + at, len - at) + 1;
		if (size > len - at)
			break;
		memset(&out[n], 0, sizeof(out[n]));
		if (sek_text_is_clean(names + at, sizeof(out[n].reader) - 1) &&
		    takes(patterns, names + at) &&
		    sek_text_copy(out[n].reader, sizeof(out[n].reader),
		    names + at) == SEK_OK)
			n++;
	}
	return (n);
}

static enum sek_card_end
list(struct card_link *l, struct card_slot *out, size_t max, size_t *n,
    const char *patterns)
{
	DWORD len = NAMES_MAX;
	char *names;
	LONG rv;

	if ((names = calloc(1, NAMES_MAX + 1)) == NULL)
		return (SEK_CARD_END_FAILED);
	rv = SCardListReaders(l->context, NULL, names, &len);
	if (rv == SCARD_S_SUCCESS)
		*n = choose(out, max, names, len < NAMES_MAX ? len : NAMES_MAX,
		    patterns);
	free(names);
	if (rv != SCARD_S_SUCCESS)
		return (connect_end(rv));
	return (*n == 0 ? SEK_CARD_END_NO_READER : SEK_CARD_END_OK);
}

/* Has pcscd looked into it yet? */
static bool
is_known(DWORD state)
{

	return ((state & (SCARD_STATE_EMPTY | SCARD_STATE_PRESENT |
	    SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE)) != 0);
}

/* The state of each; a reader that is gone by now is empty. */
static enum sek_card_end
states(struct card_link *l, const struct card_slot *slot,
    SCARD_READERSTATE *state, size_t n)
{
	const int64_t end = sek_child_clock() + FOUND_WAIT * INT64_C(1000);
	DWORD wait = 0;
	bool all;
	size_t i;
	LONG rv;

	for (i = 0; i < n; i++) {
		memset(&state[i], 0, sizeof(state[i]));
		state[i].szReader = slot[i].reader;
	}
	do {
		rv = SCardGetStatusChange(l->context, wait, state, (DWORD)n);
		if (rv != SCARD_S_SUCCESS && rv != SCARD_E_TIMEOUT)
			return (connect_end(rv));
		for (all = true, i = 0; i < n; i++) {
			all = all && is_known(state[i].dwEventState);
			state[i].dwCurrentState = state[i].dwEventState &
			    ~(DWORD)SCARD_STATE_CHANGED;
		}
		wait = 50;
	} while (!all && sek_child_clock() < end && !is_late(l));
	return (SEK_CARD_END_OK);
}

_Static_assert(sizeof(((struct card_slot *)0)->atr) <=
    sizeof(((SCARD_READERSTATE *)0)->rgbAtr), "an ATR is no longer");

static void
take_state(struct card_slot *s, const SCARD_READERSTATE *state)
{
	size_t len = state->cbAtr;

	if ((state->dwEventState & SCARD_STATE_PRESENT) == 0)
		return;
	s->present = 1;
	if ((state->dwEventState & SCARD_STATE_EXCLUSIVE) != 0)
		s->in_use = 1;
	if (len <= sizeof(s->atr)) {
		s->atr_len = (uint32_t)len;
		memcpy(s->atr, state->rgbAtr, len);
	}
}

enum sek_card_end
card_slots(struct card_link *l, struct card_slot *out, size_t max, size_t *n,
    const char *readers)
{
	SCARD_READERSTATE *state = NULL;
	enum sek_card_end end;
	size_t i;

	*n = 0;
	if (max > SEK_CARD_READERS_MAX)
		max = SEK_CARD_READERS_MAX;
	if (is_late(l))
		return (SEK_CARD_END_SILENT);
	if ((end = list(l, out, max, n, readers)) == SEK_CARD_END_OK) {
		if ((state = calloc(*n, sizeof(*state))) == NULL)
			end = SEK_CARD_END_FAILED;
		else if ((end = states(l, out, state, *n)) == SEK_CARD_END_OK)
			for (i = 0; i < *n; i++)
				take_state(&out[i], &state[i]);
	}
	free(state);
	if (end == SEK_CARD_END_GONE)
		end = SEK_CARD_END_NO_READER;
	if (end != SEK_CARD_END_OK)
		*n = 0;
	return (end);
}

/* Of a card that was changed between two looks only the count of its comings
 * and goings tells (in the upper half). */
enum sek_card_end
card_wait(struct card_link *l, const char *reader,
    bool (*fn)(void *arg, bool there), void *arg)
{
	SCARD_READERSTATE state;
	bool there = false, first = true, is, same;
	LONG rv;

	memset(&state, 0, sizeof(state));
	state.szReader = reader;
	while ((rv = SCardGetStatusChange(l->context, INFINITE, &state, 1)) ==
	    SCARD_S_SUCCESS || rv == SCARD_E_TIMEOUT) {
		is = (state.dwEventState & SCARD_STATE_PRESENT) != 0;
		same = (state.dwEventState >> 16) ==
		    (state.dwCurrentState >> 16);
		if ((state.dwEventState & (SCARD_STATE_UNKNOWN |
		    SCARD_STATE_UNAVAILABLE)) != 0)
			return (SEK_CARD_END_NO_READER);
		if ((first || there) && !(is && (same || first)) &&
		    !fn(arg, false))
			return (SEK_CARD_END_OK);
		if (is && (first || !there || !same) && !fn(arg, true))
			return (SEK_CARD_END_OK);
		first = false;
		there = is;
		state.dwCurrentState = state.dwEventState &
		    ~(DWORD)SCARD_STATE_CHANGED;
	}
	return (connect_end(rv));
}

/* ----------------------------------------------------------------- card -- */

static void
wait_is(const struct card_link *l, bool waits)
{

	if (l->on_wait != NULL)
		l->on_wait(l->arg, waits);
}

/* Another program that is in a transaction keeps SCardConnect, too. */
static bool
is_in_use(const struct card_link *l, const char *reader)
{
	SCARD_READERSTATE state;

	memset(&state, 0, sizeof(state));
	state.szReader = reader;
	return (SCardGetStatusChange(l->context, 0, &state, 1) ==
	    SCARD_S_SUCCESS &&
	    (state.dwEventState & SCARD_STATE_INUSE) != 0);
}

/*
 * A card that was pulled out has lost its power, and its PIN's status with it.
 * pcscd sees that at its next look (400 ms); a reset before fails, and pcscd
 * then takes the next card for none, till it was out for longer.
 */
static bool
is_out(const struct card_link *l)
{
	SCARD_READERSTATE state;
	int64_t left = (l->until - sek_child_clock()) / 1000;

	if (!l->gone || left <= 0)
		return (false);
	memset(&state, 0, sizeof(state));
	state.szReader = l->reader;
	state.dwCurrentState = SCARD_STATE_PRESENT;
	if (SCardGetStatusChange(l->context, left < OUT_WAIT ?
	    (DWORD)left : OUT_WAIT, &state, 1) != SCARD_S_SUCCESS)
		return (false);
	return ((state.dwEventState & SCARD_STATE_EMPTY) != 0);
}

/* Within the transaction the card is reset, then let go; where that cannot be,
 * both at once. */
static void
let_go(struct card_link *l)
{
	DWORD rest = SCARD_RESET_CARD;

	if (l->held && is_out(l))
		rest = SCARD_LEAVE_CARD;
	else if (l->held && SCardEndTransaction(l->card, SCARD_RESET_CARD) ==
	    SCARD_S_SUCCESS)
		rest = SCARD_LEAVE_CARD;
	if (l->connected)
		(void)SCardDisconnect(l->card, l->held ? rest :
		    SCARD_LEAVE_CARD);
	l->held = l->connected = false;
}

static bool
has_protocol(const struct card_link *l)
{

	return (l->protocol == SCARD_PROTOCOL_T0 ||
	    l->protocol == SCARD_PROTOCOL_T1);
}

/* Reset it or not, and have a protocol. */
static LONG
reconnect(struct card_link *l, DWORD how)
{
	LONG rv;
	int i;

	for (i = 0;; i++) {
		rv = SCardReconnect(l->card, SCARD_SHARE_SHARED, PROTOCOLS,
		    how, &l->protocol);
		if (rv == SCARD_S_SUCCESS && !has_protocol(l))
			rv = SCARD_E_PROTO_MISMATCH;
		if (rv != SCARD_E_PROTO_MISMATCH || i >= RESET_TRIES ||
		    is_late(l))
			return (rv);
		/* If it was to be reset, it is. */
		how = SCARD_LEAVE_CARD;
		pause_ms(RESET_PAUSE);
	}
}

static LONG
attach(struct card_link *l)
{
	LONG rv;
	int i;

	for (i = 0;; i++) {
		rv = SCardConnect(l->context, l->reader, SCARD_SHARE_SHARED,
		    PROTOCOLS, &l->card, &l->protocol);
		if (rv != SCARD_E_PROTO_MISMATCH || i >= RESET_TRIES ||
		    is_late(l))
			break;
		pause_ms(RESET_PAUSE);
	}
	l->connected = rv == SCARD_S_SUCCESS;
	return (l->connected && !has_protocol(l) ?
	    reconnect(l, SCARD_LEAVE_CARD) : rv);
}

/*
 * Others may reset it till we have it: that is none of ours yet. A reset is
 * told before it is made: one of our own is behind it, and nothing of ours is
 * before it.
 */
static enum sek_card_end
begin(struct card_link *l)
{
	bool reset = false;
	LONG rv;

	while ((rv = SCardBeginTransaction(l->card)) == SCARD_W_RESET_CARD &&
	    !is_late(l)) {
		reset = true;
		if ((rv = reconnect(l, SCARD_LEAVE_CARD)) != SCARD_S_SUCCESS)
			break;
	}
	l->held = rv == SCARD_S_SUCCESS;
	if (l->held && reset && !is_late(l))
		rv = reconnect(l, SCARD_RESET_CARD);
	return (connect_end(rv));
}

enum sek_card_end
card_connect(struct card_link *l, const char *reader)
{
	enum sek_card_end end;
	bool waits;

	let_go(l);
	if (is_late(l))
		return (SEK_CARD_END_SILENT);
	if (sek_text_copy(l->reader, sizeof(l->reader), reader) != SEK_OK)
		return (SEK_CARD_END_GARBAGE);
	l->gone = false;
	if ((waits = is_in_use(l, reader)))
		wait_is(l, true);
	if ((end = connect_end(attach(l))) == SEK_CARD_END_OK) {
		if (!waits)
			wait_is(l, true);
		end = begin(l);
	}
	if (end != SEK_CARD_END_OK) {
		let_go(l);
		return (end);
	}
	wait_is(l, false);
	return (is_late(l) ? SEK_CARD_END_SILENT : SEK_CARD_END_OK);
}

enum sek_card_end
card_reset(struct card_link *l, bool cold)
{

	if (!l->held)
		return (SEK_CARD_END_GONE);
	if (is_late(l))
		return (SEK_CARD_END_SILENT);
	return (held_end(reconnect(l, cold ? SCARD_UNPOWER_CARD :
	    SCARD_RESET_CARD)));
}

/* As the protocol has it: over T=0 a header has five bytes, and there is no Le
 * beside data (what comes back is asked for by GET RESPONSE). */
static size_t
shape(const struct card_link *l, uint8_t *dst, const uint8_t *command,
    size_t n)
{

	memcpy(dst, command, n);
	if (l->protocol != SCARD_PROTOCOL_T0)
		return (n);
	if (n == 4) {
		dst[4] = 0;
		return (5);
	}
	return (n > 6 && command[4] > 0 && n == 6 + (size_t)command[4] ?
	    n - 1 : n);
}

static LONG
transmit(struct card_link *l, const uint8_t *command, size_t n,
    uint8_t *answer, DWORD *len)
{
	SCARD_IO_REQUEST by = { l->protocol, sizeof(by) };
	uint8_t shaped[SHORT_MAX];
	LONG rv;

	if (n > sizeof(shaped))
		return (SCardTransmit(l->card, &by, command, (DWORD)n, NULL,
		    answer, len));
	n = shape(l, shaped, command, n);
	rv = SCardTransmit(l->card, &by, shaped, (DWORD)n, NULL, answer, len);
	/* It may hold a PIN. */
	explicit_bzero(shaped, sizeof(shaped));
	return (rv);
}

enum sek_card_end
card_transmit(struct card_link *l, const uint8_t *command, size_t n,
    uint8_t *answer, size_t max, size_t *len)
{
	DWORD got = (DWORD)max;
	enum sek_card_end end;
	LONG rv;

	*len = 0;
	explicit_bzero(answer, max);
	if (!l->held)
		return (SEK_CARD_END_GONE);
	if (n < 4 || l->sent >= CARD_APDUS_MAX)
		return (SEK_CARD_END_GARBAGE);
	if (is_late(l))
		return (SEK_CARD_END_SILENT);
	l->sent++;
	if ((rv = transmit(l, command, n, answer, &got)) != SCARD_S_SUCCESS)
		end = held_end(rv);
	else if (got == 0)
		end = SEK_CARD_END_GONE;
	else if (got < 2 || got > max)
		end = SEK_CARD_END_GARBAGE;
	else {
		*len = (size_t)got;
		return (SEK_CARD_END_OK);
	}
	explicit_bzero(answer, max);
	l->gone = end == SEK_CARD_END_GONE;
	return (end);
}

uint32_t
card_sent(const struct card_link *l)
{

	return (l->sent);
}

void
card_close(struct card_link *l)
{

	if (l == NULL)
		return;
	let_go(l);
	(void)SCardReleaseContext(l->context);
	free(l);
}
