/*
 * test_edge_card_drivers.c - each byte that a card of each kind is sent, and
 * whatever it answers
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <zlib.h>

#include "card_link.h"
#include "unit.h"

#define AP		"00a4040c0ad392f000260100000001"
#define EF(id)		"00a4020c02" id
#define TOKEN2		"4a504b4941504943 43544f4b454e3220" \
			"2020202020202020 2020202020202020"
#define READ_TOKEN	{ EF("0006"), "9000" }, { "00b0000020", TOKEN2 "9000" }
#define PIV_AID		"00a4040005a00000030800"
#define APT		"61114f0600001000010079074f05a000000308"
#define GET_9A		"00cb3fff055c035fc10500"
#define GET_9E		"00cb3fff055c035fc10100"
#define NONE		{ NULL, NULL }
#define PLAY(...)	(play_start((const struct play[]){ __VA_ARGS__, NONE }))

static struct sek_card_seen seen;
static uint8_t out[CARD_DATA_MAX];
static size_t n;
static uint32_t left;

static void
setup(void)
{

	card_seen_none(&seen, "A reader");
	memset(out, 0, sizeof(out));
	n = 0;
	left = 0;
}

/* ------------------------------------------------------------------ jpki -- */

START_TEST(my_number_card_is_known)
{
	enum sek_card_end end;

	PLAY({ AP, "9000" }, READ_TOKEN);
	ck_assert_ptr_eq(card_which(&link_, &seen, &end), &card_jpki);
	play_end();
	ck_assert_int_eq(end, SEK_CARD_END_OK);
	ck_assert_uint_eq(seen.driver, SEK_CARD_JPKI);
	ck_assert_str_eq(seen.model, "My Number Card");
}
END_TEST

START_TEST(a_telephone_is_no_card)
{
	static const char *const phones[] = {
		"4a504b49415047505345544f4b454e20",	/* JPKIAPGPSETOKEN */
		"4a504b494150494f53544f4b454e2020",	/* JPKIAPIOSTOKEN */
		"4a504b49415047505345544f4b454e32",
	};
	enum sek_card_end end;
	size_t i;

	for (i = 0; i < 3; i++) {
		setup();
		PLAY({ AP, "9000" }, { EF("0006"), "9000" }, { "00b0000020",
		    join(phones[i], join(many(0x20, 16), "9000")) });
		ck_assert_ptr_null(card_which(&link_, &seen, &end));
		play_end();
		ck_assert_int_eq(end, SEK_CARD_END_PHONE);
	}
}
END_TEST

/* The card before, one whose name goes on, one with nothing, one that says no:
 * the next driver is asked. */
START_TEST(other_tokens_are_not_known)
{
	static const char *const tokens[] = {
		"4a504b49415049434354 4f4b454e2020" "9000",
		"4a504b49415049434354 4f4b454e3221" "9000",
		"4a504b49415049434354 4f4b454e" "9000",
		"00000000000000000000 00000000000000" "9000",
	};
	enum sek_card_end end;
	size_t i;

	for (i = 0; i < 4; i++) {
		PLAY({ AP, "9000" }, { EF("0006"), "9000" },
		    { "00b0000020", tokens[i] }, { PIV_AID, "6a82" });
		ck_assert_ptr_null(card_which(&link_, &seen, &end));
		play_end();
		ck_assert_int_eq(end, SEK_CARD_END_UNKNOWN);
		ck_assert_uint_eq(seen.driver, SEK_CARD_DRIVERS);
	}
	PLAY({ AP, "9000" }, { EF("0006"), "6a82" }, { EF("0018"), "9000" },
	    { "00200080", "63c3" }, { PIV_AID, "6a82" });
	ck_assert_ptr_null(card_which(&link_, &seen, &end));
	play_end();
	ck_assert_int_eq(end, SEK_CARD_END_UNKNOWN);
	/* Reset since it was asked for: no file of it is there. */
	PLAY({ AP, "9000" }, { EF("0006"), "6a82" }, { EF("0018"), "6a82" });
	ck_assert_ptr_null(card_which(&link_, &seen, &end));
	play_end();
	ck_assert_int_eq(end, SEK_CARD_END_RESET);
	PLAY({ AP, "9000" }, { EF("0006"), "9000" }, { "00b0000020", "6986" },
	    { EF("0018"), "6d00" });
	ck_assert_ptr_null(card_which(&link_, &seen, &end));
	play_end();
	ck_assert_int_eq(end, SEK_CARD_END_RESET);
	PLAY({ AP, "6a82" }, { PIV_AID, "6d00" });
	ck_assert_ptr_null(card_which(&link_, &seen, &end));
	play_end();
	PLAY({ AP, "9000" }, { EF("0006"), "!17" });
	ck_assert_ptr_null(card_which(&link_, &seen, &end));
	play_end();
	ck_assert_int_eq(end, SEK_CARD_END_GONE);
}
END_TEST

/* What a card that was reset behind our back says to a question. */
START_TEST(a_card_that_was_reset_has_forgotten)
{
	static const struct {
		const char		*status;
		bool			 verified;
		enum sek_card_end	 end;
	} rows[] = {
		{ "9000", true, SEK_CARD_END_OK },
		{ "9000", false, SEK_CARD_END_OK },
		{ "63c3", false, SEK_CARD_END_OK },
		{ "6983", false, SEK_CARD_END_OK },
		{ "6982", false, SEK_CARD_END_OK },
		{ "6a81", false, SEK_CARD_END_OK },
		{ "63c3", true, SEK_CARD_END_RESET },
		{ "6982", true, SEK_CARD_END_RESET },
		{ "6d00", true, SEK_CARD_END_RESET },
		{ "6d00", false, SEK_CARD_END_RESET },
		{ "6a88", false, SEK_CARD_END_RESET },
		{ "!17", false, SEK_CARD_END_GONE },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct play asked[] = { { "00200080", rows[i].status },
		    { "00200080", rows[i].status }, { NULL, NULL } };

		play_start(rows[i].end == SEK_CARD_END_RESET ? asked :
		    asked + 1);
		ck_assert_int_eq(card_piv.keeps(&link_, rows[i].verified),
		    rows[i].end);
		play_end();
	}
	/* In the midst of a chain. */
	PLAY({ "00200080", "6883" }, { "00200080", "9000" });
	ck_assert_int_eq(card_piv.keeps(&link_, true), SEK_CARD_END_OK);
	play_end();
	/* It tells of no status: its application is what is asked for. */
	PLAY({ EF("0018"), "9000" }, { "00200080", "63c3" });
	ck_assert_int_eq(card_jpki.keeps(&link_, true), SEK_CARD_END_OK);
	play_end();
	PLAY({ EF("0018"), "9000" }, { "00200080", "6a86" });
	ck_assert_int_eq(card_jpki.keeps(&link_, true), SEK_CARD_END_RESET);
	play_end();
	PLAY({ EF("0018"), "6a82" });
	ck_assert_int_eq(card_jpki.keeps(&link_, true), SEK_CARD_END_RESET);
	play_end();
	PLAY({ EF("0018"), "!17" });
	ck_assert_int_eq(card_jpki.keeps(&link_, true), SEK_CARD_END_GONE);
	play_end();
	ck_assert_uint_eq(resets, 0);
}
END_TEST

static enum sek_card_end
jpki_certificate(void)
{
	enum sek_card_end end;

	end = card_jpki.certificate(&link_, 0, out, sizeof(out), &n);
	play_end();
	return (end);
}

/* As long as its own head says; in parts, also smaller ones than asked for. */
START_TEST(jpki_reads_what_the_head_says)
{

	PLAY({ EF("000a"), "9000" },
	    { "00b0000000", join(join("30820201", many(1, 252)), "9000") },
	    { "00b0010000", join(many(2, 200), "9000") },
	    { "00b001c83d", join(many(3, 61), "9000") });
	ck_assert_int_eq(jpki_certificate(), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 0x205);
	ck_assert_uint_eq(out[455], 2);
	ck_assert_uint_eq(out[456], 3);
	ck_assert_uint_eq(out[0x204], 3);
	/* A file longer than what is in it. */
	PLAY({ EF("000a"), "9000" },
	    { "00b0000000", join(join("308140", many(1, 253)), "9000") });
	ck_assert_int_eq(jpki_certificate(), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 0x43);
	/* And one that says that its end came. */
	PLAY({ EF("000a"), "9000" }, { "00b0000000", "3002aabb6282" });
	ck_assert_int_eq(jpki_certificate(), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 4);
}
END_TEST

START_TEST(jpki_reads_no_nonsense)
{
	static const char *const heads[] = {
		"3082fffc", "308400010000",
		"3080aabb0000", "30 84ffffffff", "3088ffffffffffffffff",
		"31820100", "30 83010000", "0482 0100", "a0820100", "ffffffff",
		"00000000",
	};
	size_t i;

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		PLAY({ EF("000a"), "9000" }, { "00b0000000",
		    join(join(heads[i], many(1, 200)), "9000") });
		ck_assert_int_eq(jpki_certificate(), SEK_CARD_END_GARBAGE);
		ck_assert_uint_eq(n, 0);
	}
	/* Nothing comes, or no more. */
	PLAY({ EF("000a"), "9000" }, { "00b0000000", "9000" });
	ck_assert_int_eq(jpki_certificate(), SEK_CARD_END_GARBAGE);
	PLAY({ EF("000a"), "9000" }, { "00b0000000", "30820100aabb9000" },
	    { "00b00006fe", "6b00" });
	ck_assert_int_eq(jpki_certificate(), SEK_CARD_END_GARBAGE);
	ck_assert_uint_eq(n, 0);
	PLAY({ EF("000a"), "9000" }, { "00b0000000", "6982" });
	ck_assert_int_eq(jpki_certificate(), SEK_CARD_END_GARBAGE);
	PLAY({ EF("000a"), "6a82" });
	ck_assert_int_eq(jpki_certificate(), SEK_CARD_END_UNABLE);
}
END_TEST

/* A byte at a time is 8 KiB of commands: there is an end to it before. */
START_TEST(jpki_reads_not_for_ever)
{
	static struct play p[CARD_APDUS_MAX + 8];
	size_t i;

	p[0] = (struct play){ EF("000a"), "9000" };
	p[1] = (struct play){ NULL, "30821f00 9000" };
	for (i = 2; i < CARD_APDUS_MAX + 8; i++)
		p[i] = (struct play){ NULL, "aa9000" };
	play_start(p);
	ck_assert_int_eq(card_jpki.certificate(&link_, 0, out, sizeof(out),
	    &n), SEK_CARD_END_GARBAGE);
	ck_assert_uint_eq(link_.sent, CARD_APDUS_MAX);
	ck_assert_uint_eq(n, 0);
}
END_TEST

static enum sek_card_end
tries(const struct card_driver *d)
{
	enum sek_card_end end;

	end = d->tries(&link_, &left);
	play_end();
	return (end);
}

START_TEST(jpki_tries)
{

	/* Case 1: a byte more, and the card says 6700. */
	PLAY({ EF("0018"), "9000" }, { "00200080", "63c2" });
	ck_assert_int_eq(tries(&card_jpki), SEK_CARD_END_OK);
	ck_assert_uint_eq(left, 2);
	PLAY({ EF("0018"), "9000" }, { "00200080", "6983" });
	ck_assert_int_eq(tries(&card_jpki), SEK_CARD_END_OK);
	ck_assert_uint_eq(left, 0);
	PLAY({ EF("0018"), "9000" }, { "00200080", "6700" });
	ck_assert_int_eq(tries(&card_jpki), SEK_CARD_END_GARBAGE);
	PLAY({ EF("0018"), "9000" }, { "00200080", "6300" });
	ck_assert_int_eq(tries(&card_jpki), SEK_CARD_END_GARBAGE);
	/* A status that someone left: cleared, asked again, once. */
	PLAY({ EF("0018"), "9000" }, { "00200080", "9000" }, { AP, "9000" },
	    { EF("0018"), "9000" }, { "00200080", "63c3" });
	ck_assert_int_eq(tries(&card_jpki), SEK_CARD_END_OK);
	ck_assert_uint_eq(left, 3);
	ck_assert_uint_eq(resets, 1);
	PLAY({ EF("0018"), "9000" }, { "00200080", "9000" }, { AP, "9000" },
	    { EF("0018"), "9000" }, { "00200080", "9000" });
	ck_assert_int_eq(tries(&card_jpki), SEK_CARD_END_GARBAGE);
}
END_TEST

START_TEST(jpki_verifies_and_signs)
{
	static const uint8_t digest[32] = { 0xab };

	PLAY({ "002000800431323334", "63c1" });
	ck_assert_int_eq(card_jpki.verify(&link_, "1234", 4, &left),
	    SEK_CARD_END_PIN_WRONG);
	play_end();
	ck_assert_uint_eq(left, 1);
	PLAY({ "002000800431323334", "9000" });
	ck_assert_int_eq(card_jpki.verify(&link_, "1234", 4, &left),
	    SEK_CARD_END_OK);
	play_end();
	PLAY({ EF("0017"), "9000" }, { join("802a0080333031300d0609608648016503"
	    "040201050004 20ab", join(many(0, 31), "00")),
	    join(many(9, 256), "9000") });
	ck_assert_int_eq(card_jpki.sign(&link_, 0, SEK_CARD_RSA2048, digest,
	    32, out, sizeof(out), &n), SEK_CARD_END_OK);
	play_end();
	ck_assert_uint_eq(n, 256);
}
END_TEST

START_TEST(jpki_signature_of_another_length)
{
	static const uint8_t digest[48] = { 0 };
	static const size_t lens[] = { 0, 1, 255, 128 };
	size_t i;

	for (i = 0; i < 4; i++) {
		PLAY({ EF("0017"), "9000" }, { NULL, join(many(9, lens[i]),
		    "9000") });
		ck_assert_int_eq(card_jpki.sign(&link_, 0, SEK_CARD_RSA2048,
		    digest, 32, out, 520, &n), SEK_CARD_END_GARBAGE);
		play_end();
		ck_assert_uint_eq(n, 0);
	}
	/* By GET RESPONSE it may be as long as it likes. */
	PLAY({ EF("0017"), "9000" }, { NULL, join(many(9, 256), "6100") },
	    { NULL, join(many(9, 256), "6110") }, { NULL, join(many(9, 16),
	    "9000") });
	ck_assert_int_eq(card_jpki.sign(&link_, 0, SEK_CARD_RSA2048, digest,
	    32, out, 520, &n), SEK_CARD_END_GARBAGE);
	play_end();
	PLAY({ EF("0017"), "9000" }, { NULL, "6982" });
	ck_assert_int_eq(card_jpki.sign(&link_, 0, SEK_CARD_RSA2048, digest,
	    32, out, 520, &n), SEK_CARD_END_GARBAGE);
	/* What is no key of this card's is not asked for. */
	PLAY(NONE);
	ck_assert_int_eq(card_jpki.sign(&link_, 0, SEK_CARD_P384, digest, 48,
	    out, 520, &n), SEK_CARD_END_UNABLE);
	ck_assert_int_eq(card_jpki.sign(&link_, 0, SEK_CARD_RSA3072, digest,
	    32, out, 520, &n), SEK_CARD_END_UNABLE);
}
END_TEST

/* ------------------------------------------------------------------- piv -- */

START_TEST(piv_is_known_by_its_template)
{
	enum sek_card_end end;
	static const char *const wrong[] = { "9000", "6111 9000",
	    "6102aabbcc9000", "6f00 9000", "6180 00009000",
	    "61 84ffffffff 9000" };
	size_t i;

	PLAY({ AP, "6a82" }, { PIV_AID, APT "9000" });
	ck_assert_ptr_eq(card_which(&link_, &seen, &end), &card_piv);
	play_end();
	ck_assert_str_eq(seen.model, "PIV");
	for (i = 0; i < 6; i++) {
		PLAY({ AP, "6a82" }, { PIV_AID, wrong[i] });
		ck_assert_ptr_null(card_which(&link_, &seen, &end));
		play_end();
		ck_assert_int_eq(end, SEK_CARD_END_UNKNOWN);
	}
}
END_TEST

static enum sek_card_end
piv_certificate(uint32_t key, size_t max)
{
	enum sek_card_end end;

	end = card_piv.certificate(&link_, key, out, max, &n);
	play_end();
	return (end);
}

START_TEST(piv_certificate_of_each_key)
{

	PLAY({ GET_9A, "530a7003aabbcc710100fe009000" });
	ck_assert_int_eq(piv_certificate(0x9a, sizeof(out)), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(out[2], 0xcc);
	/* Lengths told longer than need be, other elements, another order. */
	PLAY({ GET_9E, "5382000f 71010072 02ffff 708103aabbcc fe00 9000" });
	ck_assert_int_eq(piv_certificate(0x9e, sizeof(out)), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 3);
	PLAY({ GET_9A, "6a82" });
	ck_assert_int_eq(piv_certificate(0x9a, sizeof(out)),
	    SEK_CARD_END_UNABLE);
	PLAY({ GET_9A, "53009000" });
	ck_assert_int_eq(piv_certificate(0x9a, sizeof(out)),
	    SEK_CARD_END_UNABLE);
}
END_TEST

START_TEST(piv_templates_that_are_none)
{
	static const char *const wrong[] = {
		"9000", "539000", "53 80 7000 710100 0000 9000",
		"53ff9000", "530a7003aabbcc710100fe9000",
		"530b7003aabbcc710100fe009000",
		"5309 7003aabbcc710100fe00 9000",
		"530a 70ffaabbcc710100fe00 9000",
		"530a 7084ffffffff710100fe 9000", "5307 7003aabbcc fe00 9000",
		"5305 710100 fe00 9000", "530b 7003aabbcc 71020000 fe00 9000",
		"530f 7003aabbcc 7003aabbcc 710100 fe00 9000",
		"5307 7000 710100 fe00 9000", "700a7003aabbcc710100fe009000",
		"530a 7003aabbcc 710100 1f00 9000", "6f00",
		"7f21 0a 7003aabbcc710100fe00 9000",
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		PLAY({ GET_9A, wrong[i] });
		ck_assert_msg(piv_certificate(0x9a, sizeof(out)) ==
		    SEK_CARD_END_GARBAGE, "%s", wrong[i]);
		ck_assert_uint_eq(n, 0);
	}
	/* More than there is room for. */
	PLAY({ GET_9A, "530a7003aabbcc710100fe009000" });
	ck_assert_int_eq(piv_certificate(0x9a, 2), SEK_CARD_END_GARBAGE);
}
END_TEST

/* As the card would hold it; in hex. */
static const char *
packed(const uint8_t *in, size_t len, int window, const char *behind)
{
	static char text[8192];
	static uint8_t z[2048];
	z_stream s = { 0 };
	char object[64];
	size_t at;

	ck_assert_int_eq(deflateInit2(&s, 9, Z_DEFLATED, window, 9,
	    Z_DEFAULT_STRATEGY), Z_OK);
	s.next_in = (Bytef *)(uintptr_t)in;
	s.avail_in = (uInt)len;
	s.next_out = z;
	s.avail_out = sizeof(z);
	ck_assert_int_eq(deflate(&s, Z_FINISH), Z_STREAM_END);
	len = s.total_out;
	(void)deflateEnd(&s);
	at = strlen(behind) / 2;
	snprintf(object, sizeof(object), "5382%04x7082%04x", (unsigned)(len +
	    at + 9), (unsigned)(len + at));
	strcpy(text, object);
	sek_text_hex(text + strlen(text), z, len);
	strcat(text, behind);
	strcat(text, "710101fe009000");
	return (text);
}

START_TEST(piv_packed_certificate)
{
	static uint8_t plain[100], bomb[200000];

	memset(plain, 0x42, sizeof(plain));
	PLAY({ GET_9A, packed(plain, sizeof(plain), 31, "") });
	ck_assert_int_eq(piv_certificate(0x9a, sizeof(out)), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, sizeof(plain));
	ck_assert_mem_eq(out, plain, sizeof(plain));
	PLAY({ GET_9A, packed(plain, sizeof(plain), 15, "") });
	ck_assert_int_eq(piv_certificate(0x9a, sizeof(out)), SEK_CARD_END_OK);
	/* Exactly what there is room for, and a byte less of it. */
	PLAY({ GET_9A, packed(plain, sizeof(plain), 31, "") });
	ck_assert_int_eq(piv_certificate(0x9a, sizeof(plain)),
	    SEK_CARD_END_OK);
	PLAY({ GET_9A, packed(plain, sizeof(plain), 31, "") });
	ck_assert_int_eq(piv_certificate(0x9a, sizeof(plain) - 1),
	    SEK_CARD_END_GARBAGE);
	/* 200000 zeros in 230 bytes; raw; something behind; plain text. */
	ck_assert_ptr_nonnull(strstr(packed(bomb, sizeof(bomb), 31, ""),
	    "7082"));
	PLAY({ GET_9A, packed(bomb, sizeof(bomb), 31, "") });
	ck_assert_int_eq(piv_certificate(0x9a, sizeof(out)),
	    SEK_CARD_END_GARBAGE);
	ck_assert_uint_eq(n, 0);
	PLAY({ GET_9A, packed(plain, sizeof(plain), -15, "") });
	ck_assert_int_eq(piv_certificate(0x9a, sizeof(out)),
	    SEK_CARD_END_GARBAGE);
	PLAY({ GET_9A, packed(plain, sizeof(plain), 31, "00") });
	ck_assert_int_eq(piv_certificate(0x9a, sizeof(out)),
	    SEK_CARD_END_GARBAGE);
	PLAY({ GET_9A, "530a7003aabbcc710101fe009000" });
	ck_assert_int_eq(piv_certificate(0x9a, sizeof(out)),
	    SEK_CARD_END_GARBAGE);
}
END_TEST

START_TEST(piv_tries)
{

	PLAY({ "00200080", "63c5" });
	ck_assert_int_eq(tries(&card_piv), SEK_CARD_END_OK);
	ck_assert_uint_eq(left, 5);
	PLAY({ "00200080", "6303" });		/* NEO */
	ck_assert_int_eq(tries(&card_piv), SEK_CARD_END_OK);
	ck_assert_uint_eq(left, 3);
	PLAY({ "00200080", "6983" });
	ck_assert_int_eq(tries(&card_piv), SEK_CARD_END_OK);
	ck_assert_uint_eq(left, 0);
	PLAY({ "00200080", "6982" });
	ck_assert_int_eq(tries(&card_piv), SEK_CARD_END_UNABLE);
	PLAY({ "00200080", "6a81" });
	ck_assert_int_eq(tries(&card_piv), SEK_CARD_END_UNABLE);
	PLAY({ "00200080", "6e00" });
	ck_assert_int_eq(tries(&card_piv), SEK_CARD_END_GARBAGE);
	/* Someone's status: forgotten by 00 20 FF 80, or else by a reset. */
	PLAY({ "00200080", "9000" }, { "0020ff80", "9000" },
	    { "00200080", "63c3" });
	ck_assert_int_eq(tries(&card_piv), SEK_CARD_END_OK);
	ck_assert_uint_eq(resets, 0);
	PLAY({ "00200080", "9000" }, { "0020ff80", "6a86" },
	    { PIV_AID, APT "9000" }, { "00200080", "63c3" });
	ck_assert_int_eq(tries(&card_piv), SEK_CARD_END_OK);
	ck_assert_uint_eq(resets, 1);
	PLAY({ "00200080", "9000" }, { "0020ff80", "9000" },
	    { "00200080", "9000" });
	ck_assert_int_eq(tries(&card_piv), SEK_CARD_END_GARBAGE);
	ck_assert_uint_eq(left, SEK_CARD_TRIES_UNKNOWN);
}
END_TEST

START_TEST(piv_verifies_eight_bytes)
{

	PLAY({ "0020008008313233343536ffff", "9000" });
	ck_assert_int_eq(card_piv.verify(&link_, "123456", 6, &left),
	    SEK_CARD_END_OK);
	play_end();
	PLAY({ "00200080083132333435363738", "63c2" });
	ck_assert_int_eq(card_piv.verify(&link_, "12345678", 8, &left),
	    SEK_CARD_END_PIN_WRONG);
	play_end();
	ck_assert_uint_eq(left, 2);
	PLAY({ NULL, "6983" });
	ck_assert_int_eq(card_piv.verify(&link_, "123456", 6, &left),
	    SEK_CARD_END_PIN_BLOCKED);
	PLAY({ NULL, "6982" });
	ck_assert_int_eq(card_piv.verify(&link_, "123456", 6, &left),
	    SEK_CARD_END_UNABLE);
	PLAY(NONE);
	ck_assert_int_eq(card_piv.verify(&link_, "123456789", 9, &left),
	    SEK_CARD_END_FAILED);
	ck_assert_uint_eq(link_.sent, 0);
}
END_TEST

static enum sek_card_end
piv_sign(enum sek_card_algorithm algorithm, size_t len)
{
	static const uint8_t digest[48] = { 0xab };
	enum sek_card_end end;

	end = card_piv.sign(&link_, 0x9a, algorithm, digest, len, out,
	    SEK_CARD_SIGNATURE_MAX, &n);
	play_end();
	return (end);
}

/* For RSA the host pads, and two commands hold it. */
START_TEST(piv_signs_by_rsa)
{
	char one[600], two[600];

	snprintf(one, sizeof(one), "1087079aff7c8201068200818201000001%s"
	    "003031300d06096086480165030402010500%s", many(0xff, 202),
	    "0420ab");
	snprintf(one + strlen(one), sizeof(one) - strlen(one), "%s",
	    many(0, 20));
	ck_assert_uint_eq(strlen(one), 2 * (5 + 255));
	snprintf(two, sizeof(two), "0087079a0b%s00", many(0, 11));
	PLAY({ one, "9000" }, { two, join(join("7c82010482820100",
	    many(7, 248)), "6108") }, { "00c0000008", join(many(8, 8),
	    "9000") });
	ck_assert_int_eq(piv_sign(SEK_CARD_RSA2048, 32), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 256);
	ck_assert_uint_eq(out[0], 7);
	ck_assert_uint_eq(out[255], 8);
	PLAY({ NULL, "9000" }, { NULL, join("7c82018482820180",
	    join(many(7, 248), "6188")) }, { "00c0000088",
	    join(many(8, 136), "9000") });
	ck_assert_int_eq(piv_sign(SEK_CARD_RSA3072, 32), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 384);
}
END_TEST

START_TEST(piv_signs_by_curves)
{
	char one[600];

	snprintf(one, sizeof(one), "0087119a267c2482008120ab%s00",
	    many(0, 31));
	PLAY({ one, join("7c0a8208", join(many(3, 8), "9000")) });
	ck_assert_int_eq(piv_sign(SEK_CARD_P256, 32), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 8);
	snprintf(one, sizeof(one), "0087149a367c3482008130ab%s00",
	    many(0, 47));
	PLAY({ one, join("7c6a8268", join(many(3, 104), "9000")) });
	ck_assert_int_eq(piv_sign(SEK_CARD_P384, 48), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 104);
	/* A digest of another length, or nobody's algorithm: not sent. */
	PLAY(NONE);
	ck_assert_int_eq(piv_sign(SEK_CARD_P384, 32), SEK_CARD_END_UNABLE);
	ck_assert_int_eq(piv_sign(SEK_CARD_NONE, 32), SEK_CARD_END_UNABLE);
	ck_assert_int_eq(piv_sign(SEK_CARD_ALGORITHMS, 32),
	    SEK_CARD_END_UNABLE);
	ck_assert_uint_eq(link_.sent, 0);
}
END_TEST

/* CVE-2019-16058: a signature longer than a buffer; and other nonsense. */
START_TEST(piv_signatures_that_are_none)
{
	static const char *const wrong[] = {
		"9000", "6982", "6f00", "7c029000", "7c0282009000",
		"7c0482020101 01 9000", "7c04810201019000",
		"7c06820201018200 9000", "7c8082000000 9000", "8202aabb9000",
		"7c048203aabb9000",
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		PLAY({ NULL, wrong[i] });
		ck_assert_msg(piv_sign(SEK_CARD_P256, 32) ==
		    SEK_CARD_END_GARBAGE, "%s", wrong[i]);
		ck_assert_uint_eq(n, 0);
	}
	PLAY({ NULL, join("7c4b8249", join(many(3, 0x49), "9000")) });
	ck_assert_int_eq(piv_sign(SEK_CARD_P256, 32), SEK_CARD_END_GARBAGE);
	/* 600 bytes for RSA-2048. */
	PLAY({ NULL, "9000" }, { NULL, join("7c82025c82820258",
	    join(many(1, 248), "6100")) }, { NULL, join(many(1, 256),
	    "6160") }, { NULL, join(many(1, 96), "9000") });
	ck_assert_int_eq(piv_sign(SEK_CARD_RSA2048, 32),
	    SEK_CARD_END_GARBAGE);
	ck_assert_uint_eq(n, 0);
}
END_TEST

/* ------------------------------------------------------------------- uid -- */

static enum sek_card_end
uid(const char *answer)
{
	enum sek_card_end end;

	PLAY({ "ffca000000", answer });
	end = card_uid(&link_, &seen, out, SEK_CARD_IDENTITY_MAX, &n);
	play_end();
	return (end);
}

START_TEST(uid_of_each_length)
{

	ck_assert_int_eq(uid("01010a108e1bad39 9000"), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 8);
	ck_assert_int_eq(uid("5a010203 9000"), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 4);
	ck_assert_int_eq(uid("04a1b2c3d4e5f6 9000"), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 7);
	ck_assert_int_eq(uid("88010203040506070809 9000"), SEK_CARD_END_OK);
	ck_assert_uint_eq(n, 10);
	ck_assert_int_eq(uid("9000"), SEK_CARD_END_GARBAGE);
	ck_assert_int_eq(uid("01 9000"), SEK_CARD_END_GARBAGE);
	ck_assert_int_eq(uid("0102030405 9000"), SEK_CARD_END_GARBAGE);
	ck_assert_int_eq(uid("0102030405060708090a0b0c0d0e0f10 9000"),
	    SEK_CARD_END_GARBAGE);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(uid("6a81"), SEK_CARD_END_UNABLE);
	ck_assert_int_eq(uid("6d00"), SEK_CARD_END_UNABLE);
}
END_TEST

START_TEST(uid_that_chance_made)
{
	static const char *const atrs[] = {
		"3b88800100000000338181003a",
		"3b8f8001804f0ca0000003060500000000000068",
		"3b8f8001804f0ca0000003060700000000000068",
	};
	size_t i;

	ck_assert_int_eq(uid("08010203 9000"), SEK_CARD_END_WEAK);
	ck_assert_int_eq(uid("01fe030405060708 9000"), SEK_CARD_END_WEAK);
	ck_assert_int_eq(uid("00000000 9000"), SEK_CARD_END_WEAK);
	ck_assert_int_eq(uid("0000000000000000 9000"), SEK_CARD_END_WEAK);
	ck_assert_int_eq(uid("ffffffffffffff 9000"), SEK_CARD_END_WEAK);
	/* Seven bytes that begin with 08 are a maker's. */
	ck_assert_int_eq(uid("08a1b2c3d4e5f6 9000"), SEK_CARD_END_OK);
	for (i = 0; i < 3; i++) {
		seen.atr_len = (uint32_t)unhex(seen.atr, sizeof(seen.atr),
		    atrs[i]);
		ck_assert_int_eq(uid("5a010203 9000"), SEK_CARD_END_WEAK);
	}
	seen.atr_len = (uint32_t)unhex(seen.atr, sizeof(seen.atr),
	    "3b8f8001804f0ca0000003060300010000000068");
	ck_assert_int_eq(uid("5a010203 9000"), SEK_CARD_END_OK);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		my_number_card_is_known,
		a_telephone_is_no_card,
		other_tokens_are_not_known,
		a_card_that_was_reset_has_forgotten,
		jpki_reads_what_the_head_says,
		jpki_reads_no_nonsense,
		jpki_reads_not_for_ever,
		jpki_tries,
		jpki_verifies_and_signs,
		jpki_signature_of_another_length,
		piv_is_known_by_its_template,
		piv_certificate_of_each_key,
		piv_templates_that_are_none,
		piv_packed_certificate,
		piv_tries,
		piv_verifies_eight_bytes,
		piv_signs_by_rsa,
		piv_signs_by_curves,
		piv_signatures_that_are_none,
		uid_of_each_length,
		uid_that_chance_made,
		NULL
	};

	return (unit_run_with("edge_card_drivers", tests, setup, NULL));
}
