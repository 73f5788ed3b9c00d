/*
 * test_edge_card_apdu.c - one command, and all of its answer
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "card_link.h"
#include "unit.h"

static struct card_answer a;

static enum sek_card_end
run(const struct card_command *c, const struct play *p)
{
	enum sek_card_end end;

	memset(&a, 0x55, sizeof(a));
	play_start(p);
	end = card_command(&link_, c, &a);
	play_end();
	return (end);
}

/* ISO 7816-4 section 5.1: which fields there are. */
START_TEST(the_four_cases)
{
	static const uint8_t data[] = { 1, 2, 3 };
	struct card_command c = { .cla = 0x80, .ins = 0x20, .p1 = 1,
	    .p2 = 0x80 };

	ck_assert_int_eq(run(&c, (struct play[]){
	    { "80200180", "63c3" }, { 0 } }), SEK_CARD_END_OK);
	ck_assert_uint_eq(a.sw, 0x63c3);
	ck_assert_uint_eq(a.len, 0);
	c.le = 4;
	ck_assert_int_eq(run(&c, (struct play[]){
	    { "8020018004", "aabb 9000" }, { 0 } }), SEK_CARD_END_OK);
	ck_assert_uint_eq(a.len, 2);
	ck_assert_uint_eq(a.data[1], 0xbb);
	c.le = 256;
	ck_assert_int_eq(run(&c, (struct play[]){
	    { "8020018000", "9000" }, { 0 } }), SEK_CARD_END_OK);
	c.data = data;
	c.len = 3;
	c.le = 0;
	ck_assert_int_eq(run(&c, (struct play[]){
	    { "8020018003010203", "9000" }, { 0 } }), SEK_CARD_END_OK);
	c.le = 256;
	ck_assert_int_eq(run(&c, (struct play[]){
	    { "802001800301020300", "ff9000" }, { 0 } }), SEK_CARD_END_OK);
	ck_assert_uint_eq(a.len, 1);
}
END_TEST

/* 255 bytes are one command, 256 are two: the last alone has Le. */
START_TEST(chaining)
{
	static uint8_t data[600];
	struct card_command c = { .ins = 0x87, .p1 = 7, .p2 = 0x9a,
	    .data = data, .len = 255, .le = 256 };
	char one[600], two[600], last[64];

	memset(data, 0xd7, sizeof(data));
	snprintf(one, sizeof(one), "0087079aff%s00", many(0xd7, 255));
	ck_assert_int_eq(run(&c, (struct play[]){
	    { one, "9000" }, { 0 } }), SEK_CARD_END_OK);
	snprintf(one, sizeof(one), "1087079aff%s", many(0xd7, 255));
	c.len = 256;
	ck_assert_int_eq(run(&c, (struct play[]){ { one, "9000" },
	    { "0087079a01d700", "aabb9000" }, { 0 } }), SEK_CARD_END_OK);
	ck_assert_uint_eq(a.len, 2);
	c.len = 520;
	snprintf(two, sizeof(two), "%s", one);
	snprintf(last, sizeof(last), "0087079a0a%s00", many(0xd7, 10));
	ck_assert_int_eq(run(&c, (struct play[]){ { one, "9000" },
	    { two, "9000" }, { last, "9000" }, { 0 } }), SEK_CARD_END_OK);
	/* One part that it does not like: no other is sent. */
	ck_assert_int_eq(run(&c, (struct play[]){ { one, "9000" },
	    { two, "6884" }, { 0 } }), SEK_CARD_END_OK);
	ck_assert_uint_eq(a.sw, 0x6884);
	ck_assert_int_eq(run(&c, (struct play[]){ { one, "6100" }, { 0 } }),
	    SEK_CARD_END_OK);
	ck_assert_uint_eq(a.sw, 0x6100);
	/* Nor may a part be answered by data. */
	ck_assert_int_eq(run(&c, (struct play[]){ { one, "019000" },
	    { 0 } }), SEK_CARD_END_GARBAGE);
	ck_assert_int_eq(run(&c, (struct play[]){ { one, "9000" },
	    { two, "!18" }, { 0 } }), SEK_CARD_END_SILENT);
}
END_TEST

START_TEST(parts_of_an_answer)
{
	const struct card_command c = { .ins = 0xcb, .le = 256 };
	const char *full = join(many(0x11, 256), "6100");

	ck_assert_int_eq(run(&c, (struct play[]){ { "00cb000000", full },
	    { "00c0000000", join(many(0x22, 256), "6103") },
	    { "00c0000003", "333333 9000" }, { 0 } }), SEK_CARD_END_OK);
	ck_assert_uint_eq(a.len, 515);
	ck_assert_uint_eq(a.data[255], 0x11);
	ck_assert_uint_eq(a.data[256], 0x22);
	ck_assert_uint_eq(a.data[514], 0x33);
	ck_assert_uint_eq(a.sw, 0x9000);
	/* The status of the last is that of all. */
	ck_assert_int_eq(run(&c, (struct play[]){ { "00cb000000", "6102" },
	    { "00c0000002", "6f00" }, { 0 } }), SEK_CARD_END_OK);
	ck_assert_uint_eq(a.sw, 0x6f00);
	/* Something waits, and nothing comes. */
	ck_assert_int_eq(run(&c, (struct play[]){ { "00cb000000", "6102" },
	    { "00c0000002", "6102" }, { 0 } }), SEK_CARD_END_GARBAGE);
	ck_assert_int_eq(run(&c, (struct play[]){ { "00cb000000", "6102" },
	    { "00c0000002", "9000" }, { 0 } }), SEK_CARD_END_GARBAGE);
	/* More than it said. */
	ck_assert_int_eq(run(&c, (struct play[]){ { "00cb000000", "6102" },
	    { "00c0000002", "0102039000" }, { 0 } }), SEK_CARD_END_GARBAGE);
}
END_TEST

START_TEST(another_length_is_taken_once)
{
	struct card_command c = { .ins = 0xb0, .le = 256 };

	ck_assert_int_eq(run(&c, (struct play[]){ { "00b0000000", "6c02" },
	    { "00b0000002", "01029000" }, { 0 } }), SEK_CARD_END_OK);
	ck_assert_uint_eq(a.len, 2);
	ck_assert_int_eq(run(&c, (struct play[]){ { "00b0000000", "6c02" },
	    { "00b0000002", "6c03" }, { 0 } }), SEK_CARD_END_OK);
	ck_assert_uint_eq(a.sw, 0x6c03);
	ck_assert_int_eq(run(&c, (struct play[]){ { "00b0000000", "6105" },
	    { "00c0000005", "6c02" }, { "00c0000002", "01029000" }, { 0 } }),
	    SEK_CARD_END_OK);
	ck_assert_uint_eq(a.len, 2);
	c.le = 0;
	ck_assert_int_eq(run(&c, (struct play[]){ { "00b00000", "6c02" },
	    { 0 } }), SEK_CARD_END_OK);
	ck_assert_uint_eq(a.sw, 0x6c02);
}
END_TEST

/* Whatever a card says to a PIN, it goes out once. */
START_TEST(a_secret_goes_out_once)
{
	static const uint8_t pin[] = "1234";
	struct card_command c = { .ins = 0x20, .p2 = 0x80, .data = pin,
	    .len = 4, .secret = true };
	static const char *const answers[] = { "6c04", "6c00", "6104", "6100",
	    "6700", "63c2", "9000", "6d00", "!16", "!17", "!18", "!19" };
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		(void)run(&c, (struct play[]){
		    { "002000800431323334", answers[i] }, { 0 } });
		ck_assert_uint_eq(link_.sent, 1);
	}
	/* In parts, or with an answer, it would not. */
	c.le = 1;
	ck_assert_int_eq(run(&c, NULL), SEK_CARD_END_FAILED);
	c.le = 0;
	c.len = 256;
	ck_assert_int_eq(run(&c, NULL), SEK_CARD_END_FAILED);
}
END_TEST

START_TEST(extended_length)
{
	static uint8_t data[CARD_DATA_MAX + 1];
	struct card_command c = { .ins = 0x2a, .data = data, .len = 256,
	    .extended = true };
	char sent[2048];

	memset(data, 0xee, sizeof(data));
	snprintf(sent, sizeof(sent), "002a0000000100%s", many(0xee, 256));
	ck_assert_int_eq(run(&c, (struct play[]){ { sent, "9000" }, { 0 } }),
	    SEK_CARD_END_OK);
	c.le = 512;
	snprintf(sent, sizeof(sent), "002a0000000100%s0200",
	    many(0xee, 256));
	ck_assert_int_eq(run(&c, (struct play[]){ { sent,
	    join(many(1, 512), "9000") }, { 0 } }), SEK_CARD_END_OK);
	ck_assert_uint_eq(a.len, 512);
	c.len = 1;
	ck_assert_int_eq(run(&c, (struct play[]){ { "002a0000000001ee0200",
	    "9000" }, { 0 } }), SEK_CARD_END_OK);
	c.len = 0;
	ck_assert_int_eq(run(&c, (struct play[]){ { "002a0000000200",
	    "9000" }, { 0 } }), SEK_CARD_END_OK);
	/* What is short goes short. */
	c.le = 256;
	ck_assert_int_eq(run(&c, (struct play[]){ { "002a000000", "9000" },
	    { 0 } }), SEK_CARD_END_OK);
	c.le = CARD_DATA_MAX + 1;
	ck_assert_int_eq(run(&c, NULL), SEK_CARD_END_FAILED);
	c.le = 0;
	c.len = CARD_DATA_MAX + 1;
	ck_assert_int_eq(run(&c, NULL), SEK_CARD_END_FAILED);
	c.extended = false;
	ck_assert_int_eq(run(&c, NULL), SEK_CARD_END_FAILED);
	c.len = 1;
	c.le = 257;
	ck_assert_int_eq(run(&c, NULL), SEK_CARD_END_FAILED);
}
END_TEST

/* A byte, none, 302 to a short command, data where there is to be none. */
START_TEST(answers_of_a_wrong_length)
{
	struct card_command c = { .ins = 0xb0, .le = 256 };

	ck_assert_int_eq(run(&c, (struct play[]){ { NULL, "90" }, { 0 } }),
	    SEK_CARD_END_GARBAGE);
	ck_assert_int_eq(run(&c, (struct play[]){ { NULL, "" }, { 0 } }),
	    SEK_CARD_END_GARBAGE);
	ck_assert_int_eq(run(&c, (struct play[]){ { NULL,
	    join(many(7, 300), "9000") }, { 0 } }), SEK_CARD_END_GARBAGE);
	ck_assert_int_eq(run(&c, (struct play[]){ { NULL,
	    join(many(7, 256), "9000") }, { 0 } }), SEK_CARD_END_OK);
	c.le = 4;
	ck_assert_int_eq(run(&c, (struct play[]){ { NULL,
	    "0102030405 9000" }, { 0 } }), SEK_CARD_END_GARBAGE);
	c.le = 0;
	ck_assert_int_eq(run(&c, (struct play[]){ { NULL, "ff9000" },
	    { 0 } }), SEK_CARD_END_GARBAGE);
}
END_TEST

/* A card that always has more: not for ever, and not behind the buffer. */
START_TEST(an_answer_without_end)
{
	static struct play p[CARD_APDUS_MAX + 8];
	const struct card_command c = { .ins = 0xcb, .le = 256 };
	const char *one = join("aa", "6101");
	const char *full = join(many(0xbb, 256), "6100");
	size_t i;

	for (i = 0; i < CARD_APDUS_MAX + 4; i++)
		p[i] = (struct play){ NULL, one };
	memset(&a, 0, sizeof(a));
	play_start(p);
	ck_assert_int_eq(card_command(&link_, &c, &a), SEK_CARD_END_GARBAGE);
	ck_assert_uint_eq(link_.sent, CARD_APDUS_MAX);
	for (i = 0; i < CARD_APDUS_MAX + 4; i++)
		p[i] = (struct play){ NULL, full };
	play_start(p);
	ck_assert_int_eq(card_command(&link_, &c, &a), SEK_CARD_END_GARBAGE);
	ck_assert_uint_le(link_.sent, CARD_DATA_MAX / 256 + 1);
	ck_assert_uint_le(a.len, CARD_DATA_MAX + 2);
}
END_TEST

START_TEST(tries_of_a_status)
{
	uint32_t i, left;

	for (i = 1; i < 16; i++) {
		ck_assert_uint_eq(card_tries_of((uint16_t)(0x63c0 + i)), i);
		ck_assert_uint_eq(card_tries_of((uint16_t)(0x6300 + i)), i);
	}
	ck_assert_uint_eq(card_tries_of(0x63c0), 0);
	ck_assert_uint_eq(card_tries_of(0x6983), 0);
	ck_assert_uint_eq(card_tries_of(0x6984), 0);
	for (i = 0; i < 0x10000; i++)
		if ((i & 0xfff0) != 0x63c0 && (i & 0xfff0) != 0x6300 &&
		    i != 0x6983 && i != 0x6984)
			ck_assert_uint_eq(card_tries_of((uint16_t)i),
			    SEK_CARD_TRIES_UNKNOWN);
	ck_assert_uint_eq(card_tries_of(0x6300), SEK_CARD_TRIES_UNKNOWN);
	/* Nothing but 9000 is a yes. */
	for (i = 0; i < 0x10000; i++)
		ck_assert_int_eq(card_verified((uint16_t)i, &left) ==
		    SEK_CARD_END_OK, i == 0x9000);
	ck_assert_int_eq(card_verified(0x63c2, &left),
	    SEK_CARD_END_PIN_WRONG);
	ck_assert_uint_eq(left, 2);
	ck_assert_int_eq(card_verified(0x6302, &left),
	    SEK_CARD_END_PIN_WRONG);
	ck_assert_int_eq(card_verified(0x6300, &left),
	    SEK_CARD_END_PIN_WRONG);
	ck_assert_int_eq(card_verified(0x63c0, &left),
	    SEK_CARD_END_PIN_BLOCKED);
	ck_assert_int_eq(card_verified(0x6983, &left),
	    SEK_CARD_END_PIN_BLOCKED);
	ck_assert_uint_eq(left, 0);
	ck_assert_int_eq(card_verified(0x6700, &left), SEK_CARD_END_GARBAGE);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		the_four_cases,
		chaining,
		parts_of_an_answer,
		another_length_is_taken_once,
		a_secret_goes_out_once,
		extended_length,
		answers_of_a_wrong_length,
		an_answer_without_end,
		tries_of_a_status,
		NULL
	};

	return (unit_run("edge_card_apdu", tests));
}
