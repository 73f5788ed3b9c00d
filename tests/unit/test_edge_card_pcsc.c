/*
 * test_edge_card_pcsc.c - the wire to pcscd, over a libpcsclite that is played
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <winscard.h>

#include "sekisho/base/clock.h"

#include "../../common/edge/card/card.h"
#include "unit.h"

#define READER	"Reader [A] 00 00"
#define OTHER	"Other 01 00"
#define WAIT	SEK_SECOND

/* ------------------------------------------------ libpcsclite, played -- */

enum at { AT_NOWHERE, AT_ESTABLISH, AT_LIST, AT_STATUS, AT_CONNECT, AT_BEGIN,
	AT_TRANSMIT, AT_RECONNECT, AT_END };

static struct {
	LONG		establish, list, status, connect, begin, reconnect,
			transmit, end;
	unsigned	times;		/* establish, begin: so often, then OK */
	unsigned	refused;	/* connect, reconnect: so often those
					 * codes, then OK; 0: always */
	unsigned	unset;		/* these: so often without a protocol */
	enum at		hangs, dies;
	const char	*names;
	size_t		names_len;
	DWORD		state[3];	/* of each asked for; 0 at first */
	unsigned	unknown;	/* times that states are not known */
	DWORD		atr_len;
	DWORD		protocol;
	uint8_t		answer[300];
	DWORD		answer_len, told_len;
	bool		lies;		/* told_len in place of answer_len */
	/* What was done. */
	unsigned	established, released, listed, asked, connects, begins,
			reconnects, resets, transmits, ends,
			disconnects;
	DWORD		how_end, how_disconnect, how_reconnect, timeout;
	uint8_t		command[300];
	size_t		command_len;
	bool		environment;
	char		calls[64];
	/* What a wait without an end is told, and then. */
	DWORD		told[8];
	size_t		ntold, waited;
	LONG		at_last;
} fake;

/* Also in a child that libcheck knows nothing of. */
static void
want(bool is)
{

	if (!is)
		abort();
}

static void
call(enum at at, char letter)
{
	size_t n = strlen(fake.calls);

	if (n < sizeof(fake.calls) - 1)
		fake.calls[n] = letter;
	if (at == AT_NOWHERE)
		return;
	if (fake.dies == at)
		(void)raise(SIGKILL);
	while (fake.hangs == at)
		(void)pause();
}

LONG
SCardEstablishContext(DWORD scope, LPCVOID a, LPCVOID b, LPSCARDCONTEXT c)
{

	(void)a;
	(void)b;
	call(AT_ESTABLISH, 'o');
	want(scope == SCARD_SCOPE_SYSTEM);
	if (getenv("PCSCLITE_CSOCK_NAME") != NULL)
		fake.environment = true;
	fake.established++;
	*c = 7;
	return (fake.established > fake.times ? SCARD_S_SUCCESS :
	    fake.establish);
}

LONG
SCardReleaseContext(SCARDCONTEXT c)
{

	call(AT_NOWHERE, 'x');
	want(c == 7);
	fake.released++;
	return (SCARD_S_SUCCESS);
}

LONG
SCardListReaders(SCARDCONTEXT c, LPCSTR groups, LPSTR out, LPDWORD len)
{

	call(AT_LIST, 'l');
	want(c == 7);
	want(groups == NULL);
	fake.listed++;
	if (fake.list != SCARD_S_SUCCESS)
		return (fake.list);
	want(fake.names_len <= *len);
	memcpy(out, fake.names, fake.names_len);
	*len = fake.names_len;
	return (SCARD_S_SUCCESS);
}

/* As pcscd answers who waits for a change: it is told each once. */
static LONG
wait_for_change(SCARD_READERSTATE *s, DWORD n)
{

	want(n == 1);
	want(strcmp(s->szReader, READER) == 0);
	want(s->dwCurrentState == (fake.waited == 0 ? SCARD_STATE_UNAWARE :
	    fake.told[fake.waited - 1]));
	if (fake.waited == fake.ntold)
		return (fake.at_last);
	s->dwEventState = SCARD_STATE_CHANGED | fake.told[fake.waited++];
	return (SCARD_S_SUCCESS);
}

LONG
SCardGetStatusChange(SCARDCONTEXT c, DWORD timeout, SCARD_READERSTATE *s,
    DWORD n)
{
	DWORD i;

	call(AT_STATUS, 's');
	want(c == 7);
	if (timeout == INFINITE)
		return (wait_for_change(s, n));
	fake.asked++;
	fake.timeout = timeout;
	for (i = 0; i < n; i++) {
		s[i].dwEventState = SCARD_STATE_CHANGED |
		    (fake.asked > fake.unknown ? fake.state[i % 3] : 0);
		s[i].cbAtr = fake.atr_len;
		memset(s[i].rgbAtr, 0x3B, sizeof(s[i].rgbAtr));
	}
	return (fake.status);
}

/* None while another's reset is under way. */
static DWORD
protocol_now(void)
{

	if (fake.unset == 0)
		return (fake.protocol);
	fake.unset--;
	return (SCARD_PROTOCOL_UNDEFINED);
}

LONG
SCardConnect(SCARDCONTEXT c, LPCSTR reader, DWORD share, DWORD protocols,
    LPSCARDHANDLE card, LPDWORD protocol)
{

	call(AT_CONNECT, 'c');
	want(c == 7);
	want(strcmp(reader, READER) == 0);
	want(share == SCARD_SHARE_SHARED);
	want(protocols == (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1));
	fake.connects++;
	if (fake.refused > 0 && fake.connects > fake.refused)
		fake.connect = SCARD_S_SUCCESS;
	if (fake.connect == SCARD_S_SUCCESS) {
		*card = 9;
		*protocol = protocol_now();
	}
	return (fake.connect);
}

LONG
SCardReconnect(SCARDHANDLE card, DWORD share, DWORD protocols, DWORD how,
    LPDWORD protocol)
{

	call(AT_RECONNECT, 'r');
	want(card == 9);
	want(share == SCARD_SHARE_SHARED);
	want(protocols == (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1));
	fake.reconnects++;
	fake.how_reconnect = how;
	fake.resets += how != SCARD_LEAVE_CARD;
	if (fake.refused > 0 && fake.reconnects > fake.refused)
		fake.reconnect = SCARD_S_SUCCESS;
	if (fake.reconnect == SCARD_S_SUCCESS)
		*protocol = protocol_now();
	return (fake.reconnect);
}

LONG
SCardDisconnect(SCARDHANDLE card, DWORD how)
{

	call(AT_NOWHERE, 'd');
	want(card == 9);
	fake.disconnects++;
	fake.how_disconnect = how;
	return (SCARD_S_SUCCESS);
}

LONG
SCardBeginTransaction(SCARDHANDLE card)
{

	call(AT_BEGIN, 'b');
	want(card == 9);
	fake.begins++;
	return (fake.begins > fake.times ? SCARD_S_SUCCESS : fake.begin);
}

LONG
SCardEndTransaction(SCARDHANDLE card, DWORD how)
{

	call(AT_END, 'e');
	want(card == 9);
	fake.ends++;
	fake.how_end = how;
	return (fake.end);
}

LONG
SCardTransmit(SCARDHANDLE card, const SCARD_IO_REQUEST *by, LPCBYTE command,
    DWORD n, SCARD_IO_REQUEST *from, LPBYTE answer, LPDWORD len)
{

	(void)from;
	call(AT_TRANSMIT, 't');
	want(card == 9);
	want(by->dwProtocol == fake.protocol);
	want(by->cbPciLength == sizeof(*by));
	want(n <= sizeof(fake.command));
	memcpy(fake.command, command, n);
	fake.command_len = n;
	fake.transmits++;
	if (fake.answer_len <= *len)
		memcpy(answer, fake.answer, fake.answer_len);
	*len = fake.lies ? fake.told_len : fake.answer_len;
	return (fake.transmit);
}

/* --------------------------------------------------------------- tests -- */

static char heard[16];
static size_t enough;		/* so much is listened to; 0: all */

static bool
hears(void *arg, bool there)
{
	const size_t n = strlen(heard);

	want(arg == &fake);
	want(n < sizeof(heard) - 1);
	heard[n] = there ? '+' : '-';
	return (n + 1 != enough);
}

static struct card_link *l;
static uint8_t answer[CARD_ANSWER_MAX];
static size_t len;

static void
setup(void)
{

	memset(&fake, 0, sizeof(fake));
	fake.protocol = SCARD_PROTOCOL_T1;
	fake.state[0] = SCARD_STATE_PRESENT;
	fake.state[1] = fake.state[2] = SCARD_STATE_EMPTY;
	fake.names = READER "\0" OTHER "\0";
	fake.names_len = sizeof(READER "\0" OTHER "\0");
	fake.answer[0] = 0x90;
	fake.answer_len = 2;
	fake.begin = SCARD_S_SUCCESS;
	fake.at_last = SCARD_E_NO_SERVICE;
	memset(heard, 0, sizeof(heard));
	enough = 0;
	l = NULL;
	len = 77;
	memset(answer, 0xAA, sizeof(answer));
}

static void
open_it(void)
{

	ck_assert_int_eq(card_open(&l), SEK_CARD_END_OK);
}

static void
hold_it(void)
{

	open_it();
	ck_assert_int_eq(card_connect(l, READER), SEK_CARD_END_OK);
}

static const uint8_t asks[] = { 0x00, 0x20, 0x00, 0x80 };
static const uint8_t selects[] = { 0x00, 0xA4, 0x04, 0x00, 0x02, 1, 2, 0 };

START_TEST(the_environment_says_nothing)
{

	ck_assert_int_eq(setenv("PCSCLITE_CSOCK_NAME", "/tmp/mine", 1), 0);
	open_it();
	ck_assert(!fake.environment);
	card_close(l);
	ck_assert_uint_eq(fake.released, 1);
}
END_TEST

START_TEST(a_pcscd_that_is_started_anew_is_waited_for)
{

	fake.establish = SCARD_E_NO_SERVICE;
	fake.times = 2;
	open_it();
	card_close(l);
	setup();
	fake.establish = SCARD_E_NO_SERVICE;
	fake.times = 1000;
	ck_assert_int_eq(card_open(&l), SEK_CARD_END_NO_SERVICE);
	ck_assert_ptr_null(l);
	ck_assert_uint_le(fake.established, 5);
	card_close(l);
	ck_assert_uint_eq(fake.released, 0);
}
END_TEST

START_TEST(whatever_else_it_says_at_first_is_no_service)
{
	static const LONG codes[] = { SCARD_F_COMM_ERROR, SCARD_E_INVALID_VALUE,
	    SCARD_W_SECURITY_VIOLATION, SCARD_F_INTERNAL_ERROR, 12345 };
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		setup();
		fake.establish = codes[i];
		fake.times = 1;
		ck_assert_int_eq(card_open(&l), SEK_CARD_END_NO_SERVICE);
		ck_assert_uint_eq(fake.established, 1);
	}
	setup();
	fake.establish = SCARD_E_NO_MEMORY;
	fake.times = 1;
	ck_assert_int_eq(card_open(&l), SEK_CARD_END_FAILED);
}
END_TEST

/* ------------------------------------------------------------- readers -- */

static struct card_slot slot[SEK_CARD_READERS_MAX];
static size_t n;

static enum sek_card_end
slots(const char *patterns)
{
	enum sek_card_end end;

	memset(slot, 0xAA, sizeof(slot));
	n = 99;
	if (l == NULL)
		open_it();
	end = card_slots(l, slot, SEK_CARD_READERS_MAX, &n, patterns);
	return (end);
}

START_TEST(each_reader_is_told_with_what_is_in_it)
{

	fake.atr_len = 33;
	ck_assert_int_eq(slots(""), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(slot[0].reader, READER);
	ck_assert_uint_eq(slot[0].present, 1);
	ck_assert_uint_eq(slot[0].in_use, 0);
	ck_assert_uint_eq(slot[0].atr_len, 33);
	ck_assert_uint_eq(slot[0].atr[32], 0x3B);
	ck_assert_str_eq(slot[1].reader, OTHER);
	ck_assert_uint_eq(slot[1].present, 0);
	ck_assert_uint_eq(slot[1].atr_len, 0);
	ck_assert_uint_eq(slot[1].atr[0], 0);
	ck_assert_uint_eq(fake.asked, 1);
	ck_assert_uint_eq(fake.timeout, 0);
	fake.state[0] |= SCARD_STATE_EXCLUSIVE | SCARD_STATE_INUSE;
	ck_assert_int_eq(slots(""), SEK_CARD_END_OK);
	ck_assert_uint_eq(slot[0].in_use, 1);
}
END_TEST

START_TEST(patterns_choose_among_them)
{
	static const struct {
		const char	*patterns;
		size_t		n;
		const char	*first;
	} rows[] = {
		{ "", 2, READER },
		{ " , ", 2, READER },
		{ "*", 2, READER },
		{ "Other*", 1, OTHER },
		{ "Nothing*, Oth?r 01 00", 1, OTHER },
		{ " Other 01 00 ", 1, OTHER },
		/* A name with brackets is itself, though as a pattern not. */
		{ READER, 1, READER },
		{ "Reader \\[A] *", 1, READER },
		{ "Reader*,Other*", 2, READER },
		{ "Reader", 0, NULL },
		{ "other*", 0, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(slots(rows[i].patterns), rows[i].n > 0 ?
		    SEK_CARD_END_OK : SEK_CARD_END_NO_READER);
		ck_assert_uint_eq(n, rows[i].n);
		if (rows[i].n > 0)
			ck_assert_str_eq(slot[0].reader, rows[i].first);
	}
}
END_TEST

START_TEST(a_name_that_cannot_be_shown_is_left_out)
{
	static const char names[] = "Bad\nname\0Bad\x1b[2J\0\xff\xfe\0" OTHER "\0";

	fake.names = names;
	fake.names_len = sizeof(names);
	ck_assert_int_eq(slots(""), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(slot[0].reader, OTHER);
}
END_TEST

START_TEST(a_list_without_an_end_ends)
{
	static char names[8000];
	size_t i;

	memset(names, 'x', sizeof(names));
	fake.names = names;
	fake.names_len = sizeof(names);
	ck_assert_int_eq(slots(""), SEK_CARD_END_NO_READER);
	ck_assert_uint_eq(n, 0);
	fake.names = "Reader without an end";
	fake.names_len = strlen(fake.names);
	ck_assert_int_eq(slots(""), SEK_CARD_END_NO_READER);
	/* Seventy of them, each a name of its own. */
	for (i = 0; i < sizeof(names); i++)
		names[i] = i % 4 == 3 ? '\0' : (char)('a' + i / 4 % 26);
	fake.names = names;
	fake.names_len = 280;
	ck_assert_int_eq(slots(""), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, SEK_CARD_READERS_MAX);
}
END_TEST

START_TEST(an_atr_is_never_longer_than_it_can_be)
{

	fake.atr_len = 34;
	ck_assert_int_eq(slots(""), SEK_CARD_END_OK);
	ck_assert_uint_eq(slot[0].present, 1);
	ck_assert_uint_eq(slot[0].atr_len, 0);
	fake.atr_len = (DWORD)-1;
	ck_assert_int_eq(slots(""), SEK_CARD_END_OK);
	ck_assert_uint_eq(slot[0].atr_len, 0);
}
END_TEST

START_TEST(a_reader_just_found_is_waited_for_a_little)
{

	fake.unknown = 3;
	ck_assert_int_eq(slots(""), SEK_CARD_END_OK);
	ck_assert_uint_eq(slot[0].present, 1);
	ck_assert_uint_eq(fake.asked, 4);
	ck_assert_uint_gt(fake.timeout, 0);
	card_close(l);
	setup();
	fake.unknown = 1u << 30;
	fake.status = SCARD_E_TIMEOUT;
	open_it();
	card_until(l, sek_child_clock() + SEK_SECOND / 20);
	ck_assert_int_eq(slots(""), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(slot[0].present, 0);
}
END_TEST

START_TEST(no_reader_no_service)
{
	static const struct {
		LONG			code;
		enum sek_card_end	end;
	} rows[] = {
		{ SCARD_E_NO_READERS_AVAILABLE, SEK_CARD_END_NO_READER },
		{ SCARD_E_READER_UNAVAILABLE, SEK_CARD_END_NO_READER },
		{ SCARD_E_UNKNOWN_READER, SEK_CARD_END_NO_READER },
		{ SCARD_E_NO_SERVICE, SEK_CARD_END_NO_SERVICE },
		{ SCARD_E_SERVICE_STOPPED, SEK_CARD_END_NO_SERVICE },
		{ SCARD_F_COMM_ERROR, SEK_CARD_END_NO_SERVICE },
		{ SCARD_E_INVALID_HANDLE, SEK_CARD_END_NO_SERVICE },
		{ SCARD_E_NO_MEMORY, SEK_CARD_END_FAILED },
		{ SCARD_E_INSUFFICIENT_BUFFER, SEK_CARD_END_GARBAGE },
		{ 0x7fffffff, SEK_CARD_END_GARBAGE },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setup();
		fake.list = rows[i].code;
		ck_assert_int_eq(slots(""), rows[i].end);
		ck_assert_uint_eq(n, 0);
		card_close(l);
		setup();
		fake.status = rows[i].code;
		ck_assert_int_eq(slots(""), rows[i].end);
		ck_assert_uint_eq(n, 0);
		card_close(l);
	}
	setup();
	fake.names = "\0";
	fake.names_len = 1;
	ck_assert_int_eq(slots(""), SEK_CARD_END_NO_READER);
}
END_TEST

/* ---------------------------------------------------------------- card -- */

START_TEST(each_code_of_connecting_has_its_end)
{
	static const struct {
		LONG			code;
		enum sek_card_end	end;
	} rows[] = {
		{ SCARD_E_NO_SERVICE, SEK_CARD_END_NO_SERVICE },
		{ SCARD_E_SERVICE_STOPPED, SEK_CARD_END_NO_SERVICE },
		{ SCARD_F_COMM_ERROR, SEK_CARD_END_NO_SERVICE },
		{ SCARD_E_INVALID_HANDLE, SEK_CARD_END_NO_SERVICE },
		{ SCARD_W_SECURITY_VIOLATION, SEK_CARD_END_NO_SERVICE },
		{ SCARD_E_NO_SMARTCARD, SEK_CARD_END_GONE },
		{ SCARD_W_REMOVED_CARD, SEK_CARD_END_GONE },
		{ SCARD_E_UNKNOWN_READER, SEK_CARD_END_GONE },
		{ SCARD_E_READER_UNAVAILABLE, SEK_CARD_END_GONE },
		{ SCARD_E_NOT_TRANSACTED, SEK_CARD_END_GONE },
		{ SCARD_E_SHARING_VIOLATION, SEK_CARD_END_BUSY },
		{ SCARD_W_UNRESPONSIVE_CARD, SEK_CARD_END_SILENT },
		{ SCARD_W_UNPOWERED_CARD, SEK_CARD_END_SILENT },
		{ SCARD_E_TIMEOUT, SEK_CARD_END_SILENT },
		{ SCARD_E_PROTO_MISMATCH, SEK_CARD_END_GARBAGE },
		{ SCARD_W_UNSUPPORTED_CARD, SEK_CARD_END_GARBAGE },
		{ SCARD_F_INTERNAL_ERROR, SEK_CARD_END_GARBAGE },
		{ SCARD_E_NO_MEMORY, SEK_CARD_END_FAILED },
		{ 0x7fffffff, SEK_CARD_END_GARBAGE },
		{ -1, SEK_CARD_END_GARBAGE },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setup();
		fake.connect = rows[i].code;
		open_it();
		ck_assert_int_eq(card_connect(l, READER), rows[i].end);
		ck_assert_uint_eq(fake.begins, 0);
		card_close(l);
		ck_assert_uint_eq(fake.disconnects, 0);
		ck_assert_uint_eq(fake.released, 1);
		/* And of the transaction. */
		setup();
		fake.begin = rows[i].code;
		fake.times = 1;
		open_it();
		ck_assert_int_eq(card_connect(l, READER), rows[i].end);
		ck_assert_int_eq(card_transmit(l, asks, 4, answer,
		    sizeof(answer), &len), SEK_CARD_END_GONE);
		card_close(l);
		ck_assert_uint_eq(fake.transmits, 0);
		ck_assert_uint_eq(fake.ends, 0);
		ck_assert_uint_eq(fake.disconnects, 1);
		ck_assert_uint_eq(fake.how_disconnect, SCARD_LEAVE_CARD);
	}
}
END_TEST

START_TEST(anothers_reset_before_it_is_ours_is_none)
{

	fake.begin = SCARD_W_RESET_CARD;
	fake.times = 3;
	hold_it();
	ck_assert_uint_eq(fake.begins, 4);
	/* Told of before it is made: what we say comes behind one of ours. */
	ck_assert_str_eq(fake.calls, "oscbrbrbrbr");
	ck_assert_uint_eq(fake.resets, 1);
	ck_assert_uint_eq(fake.how_reconnect, SCARD_RESET_CARD);
	card_close(l);
	/* One that resets it for ever does not keep us. */
	setup();
	fake.begin = SCARD_W_RESET_CARD;
	fake.times = 1u << 31;
	open_it();
	card_until(l, sek_child_clock() + SEK_SECOND / 20);
	ck_assert_int_eq(card_connect(l, READER), SEK_CARD_END_RESET);
	card_close(l);
	/* Nor one that takes it away then. */
	setup();
	fake.begin = SCARD_W_RESET_CARD;
	fake.times = 1;
	fake.reconnect = SCARD_W_REMOVED_CARD;
	open_it();
	ck_assert_int_eq(card_connect(l, READER), SEK_CARD_END_GONE);
	card_close(l);
}
END_TEST

/* It has no protocol for a while then, or refuses all that we speak. */
START_TEST(anothers_reset_under_way_is_waited_for)
{

	fake.connect = SCARD_E_PROTO_MISMATCH;
	fake.refused = 3;
	hold_it();
	ck_assert_str_eq(fake.calls, "oscccc" "b");
	card_close(l);
	ck_assert_uint_eq(fake.disconnects, 1);
	/* Connected, and no protocol: the want() of SCardTransmit. */
	setup();
	fake.unset = 3;
	hold_it();
	ck_assert_str_eq(fake.calls, "oscrrrb");
	ck_assert_uint_eq(fake.resets, 0);
	ck_assert_int_eq(card_transmit(l, asks, 4, answer, sizeof(answer),
	    &len), SEK_CARD_END_OK);
	card_close(l);
	/* As the transaction begins. */
	setup();
	fake.begin = SCARD_W_RESET_CARD;
	fake.times = 1;
	fake.reconnect = SCARD_E_PROTO_MISMATCH;
	fake.refused = 2;
	fake.unset = 0;
	hold_it();
	ck_assert_str_eq(fake.calls, "oscbrrrbr");
	ck_assert_uint_eq(fake.resets, 1);
	card_close(l);
	/* In one: the reset of ours is made once. */
	setup();
	hold_it();
	fake.unset = 2;
	ck_assert_int_eq(card_reset(l, false), SEK_CARD_END_OK);
	ck_assert_uint_eq(fake.reconnects, 3);
	ck_assert_uint_eq(fake.resets, 1);
	card_close(l);
}
END_TEST

/* One that we have no protocol for is none of ours, and keeps us not long. */
START_TEST(a_card_without_a_protocol_is_given_up)
{

	fake.connect = SCARD_E_PROTO_MISMATCH;
	open_it();
	ck_assert_int_eq(card_connect(l, READER), SEK_CARD_END_GARBAGE);
	ck_assert_uint_le(fake.connects, 20);
	ck_assert_uint_eq(fake.begins, 0);
	card_close(l);
	ck_assert_uint_eq(fake.disconnects, 0);
	setup();
	fake.unset = 1u << 30;
	open_it();
	ck_assert_int_eq(card_connect(l, READER), SEK_CARD_END_GARBAGE);
	ck_assert_uint_le(fake.reconnects, 20);
	ck_assert_uint_eq(fake.begins, 0);
	card_close(l);
	ck_assert_uint_eq(fake.disconnects, 1);
	/* Nor longer than there is time. */
	setup();
	fake.connect = SCARD_E_PROTO_MISMATCH;
	open_it();
	card_until(l, sek_child_clock() + SEK_SECOND / 100);
	ck_assert_int_eq(card_connect(l, READER), SEK_CARD_END_GARBAGE);
	ck_assert_uint_le(fake.connects, 3);
	card_close(l);
}
END_TEST

static char told[16];

static void
on_wait(void *arg, bool waits)
{

	(void)arg;
	told[strlen(told)] = waits ? 'w' : 'h';
	call(AT_NOWHERE, waits ? 'W' : 'H');
}

START_TEST(a_wait_for_another_is_told_before)
{

	memset(told, 0, sizeof(told));
	open_it();
	card_on_wait(l, on_wait, NULL);
	ck_assert_int_eq(card_connect(l, READER), SEK_CARD_END_OK);
	ck_assert_str_eq(fake.calls, "oscWbH");
	card_close(l);
	/* One that is in use keeps SCardConnect, too. */
	setup();
	fake.state[0] |= SCARD_STATE_INUSE;
	memset(told, 0, sizeof(told));
	open_it();
	card_on_wait(l, on_wait, NULL);
	ck_assert_int_eq(card_connect(l, READER), SEK_CARD_END_OK);
	ck_assert_str_eq(fake.calls, "osWcbH");
	card_close(l);
}
END_TEST

START_TEST(the_card_is_reset_at_the_end)
{

	hold_it();
	card_close(l);
	ck_assert_str_eq(fake.calls, "oscbedx");
	ck_assert_uint_eq(fake.how_end, SCARD_RESET_CARD);
	ck_assert_uint_eq(fake.how_disconnect, SCARD_LEAVE_CARD);
	/* Where the transaction has no good end, with the connection. */
	setup();
	hold_it();
	fake.end = SCARD_F_COMM_ERROR;
	card_close(l);
	ck_assert_uint_eq(fake.how_disconnect, SCARD_RESET_CARD);
	/* And before it is connected to again. */
	setup();
	hold_it();
	ck_assert_int_eq(card_connect(l, READER), SEK_CARD_END_OK);
	ck_assert_str_eq(fake.calls, "oscbedscb");
	ck_assert_uint_eq(fake.how_end, SCARD_RESET_CARD);
	card_close(l);
	ck_assert_uint_eq(fake.disconnects, 2);
}
END_TEST

START_TEST(a_reset_of_ours_is_within_the_transaction)
{

	hold_it();
	ck_assert_int_eq(card_reset(l, false), SEK_CARD_END_OK);
	ck_assert_uint_eq(fake.how_reconnect, SCARD_RESET_CARD);
	ck_assert_int_eq(card_reset(l, true), SEK_CARD_END_OK);
	ck_assert_uint_eq(fake.how_reconnect, SCARD_UNPOWER_CARD);
	ck_assert_uint_eq(fake.ends, 0);
	fake.reconnect = SCARD_W_REMOVED_CARD;
	ck_assert_int_eq(card_reset(l, false), SEK_CARD_END_GONE);
	fake.reconnect = SCARD_W_UNRESPONSIVE_CARD;
	ck_assert_int_eq(card_reset(l, false), SEK_CARD_END_SILENT);
	card_close(l);
	setup();
	open_it();
	ck_assert_int_eq(card_reset(l, false), SEK_CARD_END_GONE);
	ck_assert_uint_eq(fake.reconnects, 0);
	card_close(l);
}
END_TEST

/* ------------------------------------------------------------ commands -- */

static bool
is_wiped(void)
{
	size_t i;

	for (i = 0; i < sizeof(answer); i++)
		if (answer[i] != 0)
			return (false);
	return (true);
}

START_TEST(each_code_of_a_command_has_its_end_and_no_answer)
{
	static const struct {
		LONG			code;
		enum sek_card_end	end;
	} rows[] = {
		{ SCARD_W_RESET_CARD, SEK_CARD_END_RESET },
		{ SCARD_W_REMOVED_CARD, SEK_CARD_END_GONE },
		{ SCARD_E_NOT_TRANSACTED, SEK_CARD_END_GONE },
		{ SCARD_E_NO_SMARTCARD, SEK_CARD_END_GONE },
		{ SCARD_E_READER_UNAVAILABLE, SEK_CARD_END_GONE },
		{ SCARD_E_NO_SERVICE, SEK_CARD_END_GONE },
		{ SCARD_E_SERVICE_STOPPED, SEK_CARD_END_GONE },
		{ SCARD_F_COMM_ERROR, SEK_CARD_END_GONE },
		{ SCARD_E_INVALID_HANDLE, SEK_CARD_END_GONE },
		{ SCARD_E_COMM_DATA_LOST, SEK_CARD_END_GONE },
		{ SCARD_E_TIMEOUT, SEK_CARD_END_GONE },
		{ SCARD_E_SHARING_VIOLATION, SEK_CARD_END_BUSY },
		{ SCARD_W_UNRESPONSIVE_CARD, SEK_CARD_END_SILENT },
		{ SCARD_E_INSUFFICIENT_BUFFER, SEK_CARD_END_GARBAGE },
		{ SCARD_E_INVALID_PARAMETER, SEK_CARD_END_GARBAGE },
		/* It is reset right now. */
		{ SCARD_E_PROTO_MISMATCH, SEK_CARD_END_RESET },
		{ SCARD_E_NO_MEMORY, SEK_CARD_END_FAILED },
		{ 0x7fffffff, SEK_CARD_END_GONE },
		{ -1, SEK_CARD_END_GONE },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setup();
		hold_it();
		/* What a good answer would be is there, as stale bytes are. */
		fake.transmit = rows[i].code;
		ck_assert_int_eq(card_transmit(l, asks, 4, answer,
		    sizeof(answer), &len), rows[i].end);
		ck_assert_uint_eq(len, 0);
		ck_assert(is_wiped());
		ck_assert_uint_eq(fake.transmits, 1);
		ck_assert_uint_eq(card_sent(l), 1);
		card_close(l);
		ck_assert_uint_eq(fake.ends, 1);
	}
}
END_TEST

START_TEST(an_empty_answer_is_a_lost_link)
{

	hold_it();
	fake.answer_len = 0;
	ck_assert_int_eq(card_transmit(l, asks, 4, answer, sizeof(answer),
	    &len), SEK_CARD_END_GONE);
	ck_assert_uint_eq(len, 0);
	/* Bytes that it wrote, and does not own to. */
	fake.answer_len = 2;
	fake.lies = true;
	fake.told_len = 0;
	ck_assert_int_eq(card_transmit(l, asks, 4, answer, sizeof(answer),
	    &len), SEK_CARD_END_GONE);
	ck_assert(is_wiped());
	ck_assert_uint_eq(fake.transmits, 2);
	card_close(l);
}
END_TEST

START_TEST(one_byte_or_too_many_are_garbage)
{

	hold_it();
	fake.answer_len = 1;
	ck_assert_int_eq(card_transmit(l, asks, 4, answer, sizeof(answer),
	    &len), SEK_CARD_END_GARBAGE);
	ck_assert_uint_eq(len, 0);
	ck_assert(is_wiped());
	fake.answer_len = 2;
	fake.lies = true;
	fake.told_len = 257;
	ck_assert_int_eq(card_transmit(l, asks, 4, answer, 256, &len),
	    SEK_CARD_END_GARBAGE);
	fake.told_len = (DWORD)-1;
	ck_assert_int_eq(card_transmit(l, asks, 4, answer, sizeof(answer),
	    &len), SEK_CARD_END_GARBAGE);
	ck_assert_uint_eq(len, 0);
	/* 302 bytes to a short command come through: apdu.c judges them. */
	fake.lies = false;
	fake.answer_len = 300;
	ck_assert_int_eq(card_transmit(l, asks, 4, answer, sizeof(answer),
	    &len), SEK_CARD_END_OK);
	ck_assert_uint_eq(len, 300);
	ck_assert_uint_eq(answer[0], 0x90);
	card_close(l);
}
END_TEST

START_TEST(a_short_answer_keeps_nothing_of_the_last)
{

	hold_it();
	memset(fake.answer, 0xEE, sizeof(fake.answer));
	fake.answer_len = 300;
	ck_assert_int_eq(card_transmit(l, asks, 4, answer, sizeof(answer),
	    &len), SEK_CARD_END_OK);
	fake.answer_len = 2;
	ck_assert_int_eq(card_transmit(l, asks, 4, answer, sizeof(answer),
	    &len), SEK_CARD_END_OK);
	ck_assert_uint_eq(len, 2);
	ck_assert_uint_eq(answer[2], 0);
	ck_assert_uint_eq(answer[299], 0);
	card_close(l);
}
END_TEST

START_TEST(commands_have_the_protocols_form)
{
	uint8_t big[263] = { 0x10, 0x87, 0x07, 0x9A, 0 };

	hold_it();
	(void)card_transmit(l, asks, 4, answer, sizeof(answer), &len);
	ck_assert_uint_eq(fake.command_len, 4);
	(void)card_transmit(l, selects, 8, answer, sizeof(answer), &len);
	ck_assert_uint_eq(fake.command_len, 8);
	card_close(l);
	setup();
	fake.protocol = SCARD_PROTOCOL_T0;
	hold_it();
	(void)card_transmit(l, asks, 4, answer, sizeof(answer), &len);
	ck_assert_uint_eq(fake.command_len, 5);
	ck_assert_uint_eq(fake.command[4], 0);
	(void)card_transmit(l, selects, 8, answer, sizeof(answer), &len);
	ck_assert_uint_eq(fake.command_len, 7);
	ck_assert_mem_eq(fake.command, selects, 7);
	(void)card_transmit(l, selects, 7, answer, sizeof(answer), &len);
	ck_assert_uint_eq(fake.command_len, 7);
	(void)card_transmit(l, selects, 5, answer, sizeof(answer), &len);
	ck_assert_uint_eq(fake.command_len, 5);
	/* An extended one is the card's own affair. */
	(void)card_transmit(l, big, sizeof(big), answer, sizeof(answer), &len);
	ck_assert_uint_eq(fake.command_len, sizeof(big));
	(void)card_transmit(l, big, 9, answer, sizeof(answer), &len);
	ck_assert_uint_eq(fake.command_len, 9);
	card_close(l);
}
END_TEST

START_TEST(commands_are_bounded)
{
	unsigned i;

	hold_it();
	ck_assert_int_eq(card_transmit(l, asks, 3, answer, sizeof(answer),
	    &len), SEK_CARD_END_GARBAGE);
	ck_assert_uint_eq(fake.transmits, 0);
	for (i = 0; i < CARD_APDUS_MAX; i++)
		ck_assert_int_eq(card_transmit(l, asks, 4, answer, 256, &len),
		    SEK_CARD_END_OK);
	ck_assert_int_eq(card_transmit(l, asks, 4, answer, 256, &len),
	    SEK_CARD_END_GARBAGE);
	ck_assert_uint_eq(fake.transmits, CARD_APDUS_MAX);
	card_close(l);
}
END_TEST

START_TEST(nothing_is_begun_when_the_time_is_up)
{

	hold_it();
	card_until(l, sek_child_clock() - 1);
	ck_assert_int_eq(card_transmit(l, asks, 4, answer, sizeof(answer),
	    &len), SEK_CARD_END_SILENT);
	ck_assert_int_eq(card_reset(l, true), SEK_CARD_END_SILENT);
	ck_assert_int_eq(slots(""), SEK_CARD_END_SILENT);
	ck_assert_uint_eq(fake.transmits + fake.reconnects + fake.listed, 0);
	/* But the card is reset all the same. */
	ck_assert_int_eq(card_connect(l, READER), SEK_CARD_END_SILENT);
	ck_assert_uint_eq(fake.connects, 1);
	ck_assert_uint_eq(fake.how_end, SCARD_RESET_CARD);
	card_close(l);
}
END_TEST

/* --------------------------------------------------------- in a child -- */

static unsigned
descriptors(void)
{
	struct dirent *e;
	unsigned count = 0;
	DIR *d = opendir("/proc/self/fd");

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL)
		count++;
	(void)closedir(d);
	return (count);
}

/* All the way; the frame is where it came to. */
static void
go_through(const struct device_job *job, void *frame)
{
	struct card_slot s[2];
	size_t count;
	char *f = frame;

	if (card_open(&l) == SEK_CARD_END_OK &&
	    card_slots(l, s, 2, &count, "") == SEK_CARD_END_OK &&
	    card_connect(l, READER) == SEK_CARD_END_OK &&
	    card_transmit(l, asks, 4, answer, sizeof(answer), &len) ==
	    SEK_CARD_END_OK)
		*f = 1;
	card_close(l);
	sek_child_tell(job, f);
}

static enum device_frame
is_frame(const struct device_job *job, const void *frame)
{

	(void)job;
	return (*(const char *)frame == 1 ? DEVICE_FRAME_ANSWER :
	    DEVICE_FRAME_BAD);
}

/* How it ended; and nothing of it is left. */
static enum device_said
run(int64_t wait)
{
	struct device_job job = { .work = go_through, .check = is_frame,
	    .what = "a card", .size = 1 };
	enum device_said said;
	sigset_t before, after, pending;
	unsigned open = descriptors();
	char frame;

	/* Only the kernel's part of one is written. */
	memset(&before, 0, sizeof(before));
	memset(&after, 0, sizeof(after));
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &before), 0);
	sek_child_job_time(&job, sek_child_clock(), wait);
	ck_assert_int_eq(sek_child_run(&job, &frame, &said, NULL), SEK_OK);
	ck_assert(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &after), 0);
	ck_assert_mem_eq(&before, &after, sizeof(before));
	ck_assert_int_eq(sigpending(&pending), 0);
	ck_assert_int_eq(sigismember(&pending, SIGCHLD), 0);
	ck_assert_uint_eq(descriptors(), open);
	return (said);
}

START_TEST(what_goes_well_goes_well_there)
{

	ck_assert_int_eq(run(10 * WAIT), DEVICE_SAID_ANSWER);
	/* None of it was done here. */
	ck_assert_str_eq(fake.calls, "");
}
END_TEST

START_TEST(whatever_hangs_is_ended)
{
	enum at at;

	for (at = AT_ESTABLISH; at <= AT_END; at++) {
		if (at == AT_RECONNECT)
			continue;
		setup();
		fake.hangs = at;
		ck_assert_int_eq(run(WAIT / 4), DEVICE_SAID_NOTHING);
	}
}
END_TEST

START_TEST(a_child_that_is_killed_has_said_nothing)
{
	enum at at;

	for (at = AT_ESTABLISH; at <= AT_END; at++) {
		if (at == AT_RECONNECT)
			continue;
		setup();
		fake.dies = at;
		ck_assert_int_eq(run(10 * WAIT), DEVICE_SAID_NONSENSE);
	}
}
END_TEST

/* ------------------------------------------------------ it is waited for -- */

#define IN(n)	(SCARD_STATE_PRESENT | (DWORD)(n) << 16)
#define OUT(n)	(SCARD_STATE_EMPTY | (DWORD)(n) << 16)

static const struct {
	const char	*heard;
	size_t		 n;
	DWORD		 told[4];
} watches[] = {
	{ "+", 1, { IN(1) } },
	{ "-", 1, { OUT(0) } },
	{ "+-", 2, { IN(1), OUT(2) } },
	{ "-+", 2, { OUT(2), IN(3) } },
	{ "+-+", 3, { IN(1), OUT(2), IN(3) } },
	/* Used by somebody, or silent: it is in. */
	{ "+", 3, { IN(1), IN(1) | SCARD_STATE_INUSE, IN(1) } },
	{ "+", 2, { IN(1), IN(1) | SCARD_STATE_MUTE } },
	/* Out and in again between two looks. */
	{ "+-+", 2, { IN(1), IN(3) } },
	{ "+-+", 2, { IN(1), IN(3) | SCARD_STATE_INUSE } },
	/* Still out: told once. */
	{ "-", 2, { OUT(2), OUT(4) } }
};

START_TEST(each_coming_and_going_of_a_card_is_told)
{
	struct sek_why why = { "" };
	size_t i;

	for (i = 0; i < sizeof(watches) / sizeof(watches[0]); i++) {
		setup();
		memcpy(fake.told, watches[i].told, sizeof(watches[i].told));
		fake.ntold = watches[i].n;
		ck_assert_int_eq(card_watch(READER, hears, &fake, &why),
		    SEK_ERR_IO);
		ck_assert_str_eq(heard, watches[i].heard);
		ck_assert_uint_eq(fake.waited, fake.ntold);
	}
}
END_TEST

START_TEST(a_reader_that_goes_ends_the_wait)
{
	static const DWORD gone[] = { SCARD_STATE_UNKNOWN,
		SCARD_STATE_UNAVAILABLE,
		SCARD_STATE_UNAVAILABLE | SCARD_STATE_PRESENT };
	struct sek_why why = { "" };
	size_t i;

	for (i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		setup();
		fake.told[0] = IN(1);
		fake.told[1] = gone[i];
		fake.ntold = 2;
		fake.at_last = SCARD_S_SUCCESS;
		ck_assert_int_eq(card_watch(READER, hears, &fake, &why),
		    SEK_ERR_IO);
		ck_assert_str_eq(heard, "+");
		ck_assert_ptr_nonnull(strstr(why.text, READER));
		ck_assert_uint_eq(fake.released, 1);
	}
}
END_TEST

START_TEST(a_pcscd_that_goes_ends_the_wait)
{
	static const LONG ends[] = { SCARD_E_NO_SERVICE, SCARD_F_COMM_ERROR,
		SCARD_E_SERVICE_STOPPED, SCARD_E_CANCELLED,
		SCARD_E_INVALID_HANDLE, SCARD_E_UNKNOWN_READER,
		SCARD_E_NO_READERS_AVAILABLE, SCARD_F_INTERNAL_ERROR };
	struct sek_why why = { "" };
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		setup();
		fake.told[0] = IN(1);
		fake.ntold = 1;
		fake.at_last = ends[i];
		ck_assert_int_eq(card_watch(READER, hears, &fake, &why),
		    SEK_ERR_IO);
		ck_assert_str_eq(heard, "+");
		ck_assert_uint_eq(fake.released, 1);
	}
}
END_TEST

START_TEST(who_heard_enough_ends_the_wait_and_no_card_was_connected_to)
{
	struct sek_why why = { "" };

	fake.told[0] = IN(1);
	fake.told[1] = OUT(2);
	fake.told[2] = IN(3);
	fake.ntold = 3;
	enough = 2;
	ck_assert_int_eq(card_watch(READER, hears, &fake, &why), SEK_OK);
	ck_assert_str_eq(heard, "+-");
	ck_assert_uint_eq(fake.connects, 0);
	ck_assert_uint_eq(fake.released, 1);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		the_environment_says_nothing,
		a_pcscd_that_is_started_anew_is_waited_for,
		whatever_else_it_says_at_first_is_no_service,
		each_reader_is_told_with_what_is_in_it,
		patterns_choose_among_them,
		a_name_that_cannot_be_shown_is_left_out,
		a_list_without_an_end_ends,
		an_atr_is_never_longer_than_it_can_be,
		a_reader_just_found_is_waited_for_a_little,
		no_reader_no_service,
		each_code_of_connecting_has_its_end,
		anothers_reset_before_it_is_ours_is_none,
		anothers_reset_under_way_is_waited_for,
		a_card_without_a_protocol_is_given_up,
		a_wait_for_another_is_told_before,
		the_card_is_reset_at_the_end,
		a_reset_of_ours_is_within_the_transaction,
		each_code_of_a_command_has_its_end_and_no_answer,
		an_empty_answer_is_a_lost_link,
		one_byte_or_too_many_are_garbage,
		a_short_answer_keeps_nothing_of_the_last,
		commands_have_the_protocols_form,
		commands_are_bounded,
		nothing_is_begun_when_the_time_is_up,
		what_goes_well_goes_well_there,
		whatever_hangs_is_ended,
		a_child_that_is_killed_has_said_nothing,
		each_coming_and_going_of_a_card_is_told,
		a_reader_that_goes_ends_the_wait,
		a_pcscd_that_goes_ends_the_wait,
		who_heard_enough_ends_the_wait_and_no_card_was_connected_to,
		NULL
	};

	return (unit_run_with("edge_card_pcsc", tests, setup, NULL));
}
