/*
 * test_edge_card_sign.c - cards made of software, through a real pcscd: each
 * knob its end, each PIN counted once
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/clock.h"

#include "../../common/edge/card/card.h"
#include "../emulators/card/rig.h"
#include "unit.h"

#define WAIT	(30 * SEK_SECOND)	/* of a busy machine, too */

static struct cardrig rig;
static struct softcard card[2];
static struct sek_secret pin4, pin6, wrong4, wrong6, form;
static struct sek_card mine;
static struct sek_card_made made;
static struct sek_card_signature got;
static struct sek_card_request ask;
static char anchors[160];

/* ------------------------------------------------------------ the world -- */

static void
insert(int i, const char *name, const char *type, const char *knobs)
{

	ck_assert(softcard_insert(&card[i], &rig, name, type, i, knobs));
	(void)snprintf(anchors, sizeof(anchors), "%s/anchors", card[i].dir);
	softcard_forget_log(&card[i]);
}

/* Out and in again, with these knobs. */
static void
again(const char *name, const char *type, const char *knobs)
{

	softcard_remove(&card[0], &rig);
	insert(0, name, type, knobs);
}

static void
take_out(void)
{
	int i;

	for (i = 0; i < 2; i++)
		softcard_remove(&card[i], &rig);
}

static struct sek_card_place
place(void)
{

	return ((struct sek_card_place){ .readers = "", .anchors = "",
	    .reader = "", .now = (int64_t)time(NULL), .wait = WAIT });
}

static enum sek_card_end
read_card(enum sek_card_driver driver, uint32_t key, const struct sek_secret *p,
    bool prove, const char *folder)
{
	struct sek_card_read in = { .place = place(), .driver = driver,
	    .key = key, .prove = prove, .pin = p };
	struct sek_why why = { "" };
	enum sek_err err;

	in.place.anchors = folder;
	err = card_read(&made, &in, &why);
	ck_assert_msg(err == SEK_OK, "%s: %s", sek_err_name(err), why.text);
	ck_assert_uint_eq(made.seen.end, made.end);
	return ((enum sek_card_end)made.end);
}

/* A card in reader 0 that is his. */
static void
enrol(const char *name, const char *type, const char *knobs)
{
	const bool jpki = strcmp(type, "jpki") == 0;

	insert(0, name, type, knobs);
	ck_assert_int_eq(read_card(SEK_CARD_DRIVERS, 0, jpki ? &pin4 : &pin6,
	    true, ""), SEK_CARD_END_OK);
	ck_assert_uint_eq(made.proved, 1);
	mine = made.card;
	softcard_forget_log(&card[0]);
}

static void
setup(void)
{

	memset(&ask, 0, sizeof(ask));
	ask.place = place();
	ask.card = &mine;
	ask.n = 1;
	ask.methods = SEK_METHOD_BIT(SEK_METHOD_CARD_JPKI) |
	    SEK_METHOD_BIT(SEK_METHOD_CARD_PIV) |
	    SEK_METHOD_BIT(SEK_METHOD_CARD_UID);
	memset(ask.challenge, 0x5a, sizeof(ask.challenge));
}

static enum sek_card_end
sign(const struct sek_secret *p)
{
	struct sek_why why = { "" };
	enum sek_err err;

	ask.pin = p;
	err = card_sign(&got, &ask, &why);
	ck_assert_msg(err == SEK_OK, "%s: %s", sek_err_name(err), why.text);
	return ((enum sek_card_end)got.end);
}

static bool
holds(void)
{

	return (card_verify(&got, &mine, ask.challenge, NULL) == SEK_OK);
}

static size_t
verifies(int i)
{

	return (softcard_logged(&card[i], "verify "));
}

#define is_end(a, b)							\
	ck_assert_str_eq(sek_card_end_name(a), sek_card_end_name(b))

/* ---------------------------------------------------------- how it should -- */

START_TEST(jpki_asks_for_a_pin_and_signs)
{

	enrol("j", "jpki", "");
	ck_assert_uint_eq(mine.brief.driver, SEK_CARD_JPKI);
	ck_assert_uint_eq(mine.brief.algorithm, SEK_CARD_RSA2048);
	ck_assert_uint_eq(mine.brief.pin, 1);
	ck_assert_uint_eq(mine.issuer_len, 20);
	ck_assert_uint_eq(mine.identity_len, 32);
	is_end(sign(NULL), SEK_CARD_END_WANTS_PIN);
	ck_assert_uint_eq(got.card, 0);
	ck_assert_uint_eq(got.seen.tries, 3);
	ck_assert_str_eq(got.seen.reader, CARDRIG_READER0);
	ck_assert_uint_eq(got.pin_sent, 0);
	ck_assert_uint_eq(got.signature_len, 0);
	ck_assert_uint_eq(verifies(0), 0);
	ask.place.reader = got.seen.reader;
	is_end(sign(&pin4), SEK_CARD_END_OK);
	ck_assert_uint_eq(got.card, 0);
	ck_assert_uint_eq(got.pin_sent, 1);
	ck_assert_uint_eq(got.verified, 1);
	ck_assert_uint_eq(verifies(0), 1);
	ck_assert(holds());
	printf("jpki: %u commands a signature\n", got.apdus);
	ck_assert_uint_eq(softcard_logged(&card[0], "forbidden"), 0);
	/* Of another challenge it is none. */
	ask.challenge[31] ^= 1;
	ck_assert(!holds());
}
END_TEST

START_TEST(nothing_is_left_to_the_next_program)
{

	enrol("j", "jpki", "");
	is_end(sign(&pin4), SEK_CARD_END_OK);
	ck_assert_int_eq(cardrig_slot(&rig, (const char *const[]){ "apdu",
	    "00 00", "00a4040c0ad392f000260100000001", "00a4020c020018",
	    "00200080", NULL }), 0);
	ck_assert_uint_eq(softcard_logged(&card[0], "00200080 -> 63c3"), 2);
	ck_assert_uint_eq(softcard_logged(&card[0], "00200080 -> 9000"), 0);
	take_out();
	enrol("p", "piv", "");
	is_end(sign(&pin6), SEK_CARD_END_OK);
	ck_assert_int_eq(cardrig_slot(&rig, (const char *const[]){ "apdu",
	    "00 00", "00a4040005a00000030800", "00200080", NULL }), 0);
	ck_assert_uint_eq(softcard_logged(&card[0], "00200080 -> 63c3"), 2);
	ck_assert_uint_eq(softcard_logged(&card[0], "00200080 -> 9000"), 0);
}
END_TEST

START_TEST(piv_of_each_key)
{
	static const struct {
		const char			*knobs;
		enum sek_card_algorithm		 algorithm;
	} keys[] = {
		{ "key=rsa2048\n", SEK_CARD_RSA2048 },
		{ "key=rsa3072\n", SEK_CARD_RSA3072 },
		{ "key=p256\n", SEK_CARD_P256 },
		{ "key=p384\n", SEK_CARD_P384 },
		{ "key=rsa2048\ncert=gzip\n", SEK_CARD_RSA2048 },
		{ "key=p256\ncert=zlib\n", SEK_CARD_P256 },
		{ "key=rsa2048\ncert=big\n", SEK_CARD_RSA2048 },
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		enrol("p", "piv", keys[i].knobs);
		ck_assert_uint_eq(mine.brief.driver, SEK_CARD_PIV);
		ck_assert_uint_eq(mine.brief.key, 0x9a);
		ck_assert_uint_eq(mine.brief.algorithm, keys[i].algorithm);
		is_end(sign(NULL), SEK_CARD_END_WANTS_PIN);
		is_end(sign(&pin6), SEK_CARD_END_OK);
		ck_assert_msg(holds(), "%s", keys[i].knobs);
		ck_assert_uint_eq(got.verified, 1);
		printf("piv %s: %u commands a signature\n",
		    sek_card_algorithm_name(keys[i].algorithm), got.apdus);
		take_out();
	}
}
END_TEST

/* Possession only: it asks nothing, and claims nothing. */
START_TEST(piv_9e_asks_for_no_pin)
{

	insert(0, "p", "piv", "key9e=p256\n");
	is_end(read_card(SEK_CARD_PIV, 0x9e, NULL, true, ""),
	    SEK_CARD_END_OK);
	ck_assert_uint_eq(made.proved, 1);
	ck_assert_uint_eq(made.card.brief.key, 0x9e);
	ck_assert_uint_eq(made.card.brief.pin, 0);
	mine = made.card;
	is_end(sign(NULL), SEK_CARD_END_OK);
	ck_assert(holds());
	ck_assert_uint_eq(got.verified, 0);
	is_end(sign(&pin6), SEK_CARD_END_OK);
	ck_assert_uint_eq(got.pin_sent, 0);
	ck_assert_uint_eq(verifies(0), 0);
	/* The other key of the same card is not enrolled by it. */
	mine.brief.key = 0x9a;
	mine.brief.pin = 1;
	is_end(sign(&pin6), SEK_CARD_END_OTHERS);
	ck_assert_uint_eq(verifies(0), 0);
}
END_TEST

/* His second card, in the second reader, among strangers. */
START_TEST(his_card_is_found)
{
	static struct sek_card his[3];

	enrol("p", "piv", "key=p256\n");
	his[2] = mine;
	take_out();
	enrol("j", "jpki", "");
	his[0] = mine;
	his[1] = mine;
	his[0].public_key[100] ^= 1;
	take_out();
	insert(0, "stranger", "jpki", "");
	insert(1, "p", "piv", NULL);
	softcard_forget_log(&card[1]);
	ask.card = his;
	ask.n = 3;
	is_end(sign(NULL), SEK_CARD_END_WANTS_PIN);
	ck_assert_uint_eq(got.card, 2);
	ck_assert_str_eq(got.seen.reader, CARDRIG_READER1);
	is_end(sign(&pin6), SEK_CARD_END_OK);
	mine = his[2];
	ck_assert(holds());
	ck_assert_uint_eq(verifies(0), 0);
	/* Not in the readers that are ours; not of a method that is of use. */
	ask.place.readers = "*00 00";
	is_end(sign(&pin6), SEK_CARD_END_OTHERS);
	ask.place.readers = "";
	ask.methods = SEK_METHOD_BIT(SEK_METHOD_CARD_JPKI);
	is_end(sign(&pin6), SEK_CARD_END_OTHERS);
	ask.n = 0;
	is_end(sign(&pin6), SEK_CARD_END_OTHERS);
	ck_assert_uint_eq(verifies(0), 0);
	ck_assert_uint_eq(verifies(1), 1);
}
END_TEST

/* ------------------------------------------------------------- the PIN -- */

START_TEST(a_wrong_pin_is_sent_once)
{
	int i;

	for (i = 0; i < 2; i++) {
		enrol(i == 0 ? "wj" : "wp", i == 0 ? "jpki" : "piv", "");
		is_end(sign(i == 0 ? &wrong4 : &wrong6),
		    SEK_CARD_END_PIN_WRONG);
		ck_assert_uint_eq(got.pin_sent, 1);
		ck_assert_uint_eq(got.verified, 0);
		ck_assert_uint_eq(got.seen.tries, 2);
		ck_assert_uint_eq(got.card, 0);
		ck_assert_uint_eq(verifies(0), 1);
		ck_assert_int_eq(softcard_tries(&card[0]), 2);
		ck_assert(!holds());
		softcard_knobs(&card[0], "tries=3\n");
		is_end(sign(NULL), SEK_CARD_END_WANTS_PIN);
		take_out();
	}
}
END_TEST

START_TEST(the_last_try_is_his_to_spend)
{

	enrol("l", "jpki", "");
	softcard_knobs(&card[0], "tries=1\n");
	is_end(sign(NULL), SEK_CARD_END_WANTS_PIN);
	ck_assert_uint_eq(got.seen.tries, 1);
	is_end(sign(&pin4), SEK_CARD_END_WANTS_PIN);
	ck_assert_uint_eq(got.pin_sent, 0);
	ck_assert_uint_eq(verifies(0), 0);
	ask.last = true;
	is_end(sign(&pin4), SEK_CARD_END_OK);
	ck_assert(holds());
	softcard_knobs(&card[0], "tries=2\nneo=yes\n");
	is_end(sign(&wrong4), SEK_CARD_END_PIN_WRONG);
	ck_assert_uint_eq(got.seen.tries, 1);
	ck_assert_int_eq(softcard_tries(&card[0]), 1);
	ck_assert_uint_eq(verifies(0), 2);
	softcard_knobs(&card[0], "tries=1\n");
	is_end(sign(&wrong4), SEK_CARD_END_PIN_BLOCKED);
	ck_assert_uint_eq(got.pin_sent, 1);
	ck_assert_uint_eq(got.seen.tries, 0);
	is_end(sign(&pin4), SEK_CARD_END_PIN_BLOCKED);
	ck_assert_uint_eq(got.pin_sent, 0);
	ck_assert_uint_eq(verifies(0), 3);
}
END_TEST

START_TEST(a_blocked_pin_is_told_before_it_is_asked_for)
{
	static const char *const knobs[] = { "blocked=6983\n",
	    "blocked=63c0\n", "blocked=6984\n" };
	int i, k;

	for (i = 0; i < 2; i++) {
		enrol(i == 0 ? "bj" : "bp", i == 0 ? "jpki" : "piv", "tries=3\n");
		for (k = 0; k < 3; k++) {
			softcard_knobs(&card[0], knobs[k]);
			is_end(sign(NULL), SEK_CARD_END_PIN_BLOCKED);
			ck_assert_uint_eq(got.seen.tries, 0);
			ck_assert_uint_eq(got.card, 0);
			ask.last = true;
			is_end(sign(i == 0 ? &pin4 : &pin6),
			    SEK_CARD_END_PIN_BLOCKED);
		}
		ck_assert_uint_eq(verifies(0), 0);
		take_out();
	}
}
END_TEST

START_TEST(what_is_no_pin_of_it_is_not_sent)
{

	enrol("j", "jpki", "");
	is_end(sign(&form), SEK_CARD_END_PIN_WRONG);
	ck_assert_uint_eq(got.pin_sent, 0);
	is_end(sign(&pin6), SEK_CARD_END_PIN_WRONG);
	ck_assert_uint_eq(got.pin_sent, 0);
	ck_assert_uint_eq(got.seen.tries, 3);
	take_out();
	ck_assert_uint_eq(verifies(0), 0);
	enrol("p", "piv", "");
	is_end(sign(&pin4), SEK_CARD_END_PIN_WRONG);
	ck_assert_uint_eq(verifies(0), 0);
}
END_TEST

/* A round that verifies nothing looks, and that is all. */
START_TEST(no_pin_means_none)
{

	enrol("j", "jpki", "");
	ask.no_pin = true;
	ask.last = true;
	is_end(sign(&pin4), SEK_CARD_END_WANTS_PIN);
	ck_assert_uint_eq(got.card, 0);
	ck_assert_uint_eq(got.pin_sent, 0);
	ck_assert_uint_eq(softcard_logged(&card[0], "00200080 -> 63c3"), 1);
	ck_assert_uint_eq(verifies(0), 0);
	ck_assert_uint_eq(softcard_logged(&card[0], "802a"), 0);
}
END_TEST

/* --------------------------------------------------------- what is wrong -- */

START_TEST(a_signature_that_does_not_hold)
{
	static const char *const lies[] = { "wrong", "othertext", "otherkey",
	    "zero", "garbage", "short", "long", "empty" };
	static const char *const types[] = { "rsa2048", "p256", "p384" };
	char knobs[64];
	size_t i, k;

	for (k = 0; k < 4; k++) {
		(void)snprintf(knobs, sizeof(knobs), "key=%s\n",
		    k < 3 ? types[k] : types[0]);
		enrol(k < 3 ? "s" : "j", k < 3 ? "piv" : "jpki", knobs);
		for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
			(void)snprintf(knobs, sizeof(knobs),
			    "key=%s\nsig=%s\n", k < 3 ? types[k] : types[0],
			    lies[i]);
			softcard_knobs(&card[0], knobs);
			softcard_forget_log(&card[0]);
			(void)sign(k < 3 ? &pin6 : &pin4);
			ck_assert_msg(got.end == SEK_CARD_END_OK ||
			    got.end == SEK_CARD_END_GARBAGE, "%s: %s", knobs,
			    sek_card_end_name((enum sek_card_end)got.end));
			ck_assert_msg(!holds(), "%s", knobs);
			ck_assert_uint_eq(verifies(0), 1);
			ck_assert_uint_eq(got.pin_sent, 1);
		}
		take_out();
	}
	/* The last one's: right, and of another challenge. */
	enrol("j", "jpki", "");
	is_end(sign(&pin4), SEK_CARD_END_OK);
	ask.challenge[0] ^= 1;
	softcard_knobs(&card[0], "sig=replay\n");
	is_end(sign(&pin4), SEK_CARD_END_OK);
	ck_assert(!holds());
}
END_TEST

/* CVE-2025-24032: a certificate anybody may read, and another key. */
START_TEST(a_copied_certificate_is_no_card)
{
	uint8_t der[4096];
	size_t n;

	enrol("j", "jpki", "");
	ck_assert(softcard_file(&card[0], "auth.der", der, sizeof(der), &n));
	softcard_knobs(&card[0], "sig=otherkey\n");
	is_end(sign(&pin4), SEK_CARD_END_OK);
	ck_assert(!holds());
	/* One whose certificate is of another key is not his. */
	softcard_knobs(&card[0], "cert=otherkey\n");
	is_end(sign(&pin4), SEK_CARD_END_OTHERS);
	softcard_knobs(&card[0], "cert=renewed\n");
	is_end(sign(&pin4), SEK_CARD_END_OTHERS);
	ck_assert_uint_eq(verifies(0), 1);
	/* Nor is it enrolled: it cannot sign. */
	softcard_knobs(&card[0], "cert=otherkey\n");
	is_end(read_card(SEK_CARD_JPKI, 0, &pin4, true, ""),
	    SEK_CARD_END_GARBAGE);
	ck_assert_uint_eq(made.proved, 0);
	ck_assert_uint_eq(made.card.public_len, 0);
}
END_TEST

START_TEST(what_is_no_certificate_of_his)
{
	static const struct {
		const char		*knobs;
		enum sek_card_end	 jpki, piv;
	} t[] = {
		{ "cert=garbage\n", SEK_CARD_END_GARBAGE,
		    SEK_CARD_END_GARBAGE },
		{ "cert=truncated\n", SEK_CARD_END_GARBAGE,
		    SEK_CARD_END_GARBAGE },
		{ "cert=lies\n", SEK_CARD_END_GARBAGE, SEK_CARD_END_GARBAGE },
		{ "cert=huge\n", SEK_CARD_END_GARBAGE, SEK_CARD_END_GARBAGE },
		{ "cert=trail\n", SEK_CARD_END_OK, SEK_CARD_END_GARBAGE },
		{ "cert=bomb\n", SEK_CARD_END_GARBAGE, SEK_CARD_END_GARBAGE },
		{ "cert=none\n", SEK_CARD_END_UNABLE, SEK_CARD_END_UNABLE },
		{ "cert=empty\n", SEK_CARD_END_OK, SEK_CARD_END_UNABLE },
		{ "key=rsa1024\n", SEK_CARD_END_WEAK, SEK_CARD_END_WEAK },
		{ "key=p521\n", SEK_CARD_END_WEAK, SEK_CARD_END_WEAK },
		{ "key=rsa4096\n", SEK_CARD_END_UNABLE, SEK_CARD_END_UNABLE },
		{ "cert=badsig\n", SEK_CARD_END_OK, SEK_CARD_END_OK },
	};
	enum sek_card_end end;
	size_t i, k;

	for (k = 0; k < 2; k++) {
		insert(0, k == 0 ? "x" : "y", k == 0 ? "jpki" : "piv", "");
		for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
			softcard_knobs(&card[0], t[i].knobs);
			end = read_card(SEK_CARD_DRIVERS, 0,
			    k == 0 ? &pin4 : &pin6, true, "");
			ck_assert_msg(end == (k == 0 ? t[i].jpki : t[i].piv),
			    "%zu %s: %s", k, t[i].knobs,
			    sek_card_end_name(end));
			if (end != SEK_CARD_END_OK)
				ck_assert_uint_eq(made.pin_sent, 0);
		}
		take_out();
	}
}
END_TEST

START_TEST(dates)
{

	enrol("d", "piv", "");
	/* Without anchors those of the enrolment hold. */
	softcard_knobs(&card[0], "cert=redated\n");
	is_end(sign(NULL), SEK_CARD_END_WANTS_PIN);
	ck_assert_int_eq(got.seen.not_after, mine.brief.not_after);
	/* What has ended by its own word is not used on. */
	softcard_knobs(&card[0], "cert=expired\n");
	is_end(sign(&pin6), SEK_CARD_END_EXPIRED);
	softcard_knobs(&card[0], "cert=future\n");
	is_end(sign(&pin6), SEK_CARD_END_EXPIRED);
	ck_assert_uint_eq(verifies(0), 0);
	softcard_knobs(&card[0], "");
	ask.place.now = mine.brief.not_after + 1;
	is_end(sign(&pin6), SEK_CARD_END_EXPIRED);
	ck_assert_uint_eq(got.card, 0);
	ask.place.now = mine.brief.not_before - 1;
	is_end(sign(&pin6), SEK_CARD_END_EXPIRED);
	/* With them, those of the certificate that leads there. */
	ask.place = place();
	ask.place.anchors = anchors;
	softcard_knobs(&card[0], "cert=redated\n");
	is_end(sign(NULL), SEK_CARD_END_WANTS_PIN);
	ck_assert_int_gt(got.seen.not_after, mine.brief.not_after);
	ck_assert_uint_eq(got.seen.trusted, 1);
	ask.place.now = mine.brief.not_after + 86400;
	is_end(sign(NULL), SEK_CARD_END_WANTS_PIN);
	ask.place = place();
	ask.place.anchors = anchors;
	softcard_knobs(&card[0], "cert=expired\n");
	is_end(sign(&pin6), SEK_CARD_END_EXPIRED);
	softcard_knobs(&card[0], "cert=future\n");
	is_end(sign(&pin6), SEK_CARD_END_EXPIRED);
	ck_assert_uint_eq(verifies(0), 0);
	is_end(read_card(SEK_CARD_DRIVERS, 0, &pin6, true, ""),
	    SEK_CARD_END_EXPIRED);
	ck_assert_uint_eq(made.pin_sent, 0);
}
END_TEST

START_TEST(anchors_are_found_by_key_id)
{
	static const char *const others[] = { "cert=selfsigned\n",
	    "cert=otherca\n", "cert=noaki\n", "cert=badsig\n" };
	size_t i;

	insert(0, "a", "jpki", "");
	is_end(read_card(SEK_CARD_JPKI, 0, &pin4, true, anchors),
	    SEK_CARD_END_OK);
	ck_assert_uint_eq(made.card.brief.trusted, 1);
	ck_assert_uint_eq(made.seen.trusted, 1);
	mine = made.card;
	softcard_forget_log(&card[0]);
	ask.place.anchors = anchors;
	for (i = 0; i < 4; i++) {
		softcard_knobs(&card[0], others[i]);
		is_end(read_card(SEK_CARD_JPKI, 0, &pin4, true, anchors),
		    SEK_CARD_END_UNTRUSTED);
		ck_assert_uint_eq(made.pin_sent, 0);
		is_end(sign(&pin4), SEK_CARD_END_UNTRUSTED);
		ck_assert_uint_eq(got.card, 0);
		ck_assert_uint_eq(got.pin_sent, 0);
	}
	ck_assert_uint_eq(verifies(0), 0);
	softcard_knobs(&card[0], "");
	is_end(sign(&pin4), SEK_CARD_END_OK);
	ck_assert(holds());
}
END_TEST

/* Trouble with the folder is this machine's, and no card's. */
START_TEST(anchors_that_cannot_be_read)
{
	struct sek_why why = { "" };

	enrol("j", "jpki", "");
	ask.place.anchors = "/nonexistent/anchors";
	ask.pin = &pin4;
	ck_assert_int_eq(card_sign(&got, &ask, &why), SEK_ERR_SETTINGS);
	ck_assert_ptr_nonnull(strstr(why.text, "card.anchors"));
	ck_assert_uint_eq(got.end, SEK_CARD_END_FAILED);
	ck_assert_uint_eq(softcard_logged(&card[0], "apdu"), 0);
}
END_TEST

START_TEST(telephones_and_old_cards)
{

	insert(0, "t", "jpki", "");
	softcard_knobs(&card[0], "token=phone-android\n");
	is_end(sign(NULL), SEK_CARD_END_PHONE);
	is_end(read_card(SEK_CARD_DRIVERS, 0, NULL, false, ""),
	    SEK_CARD_END_PHONE);
	softcard_knobs(&card[0], "token=phone-ios\n");
	is_end(sign(NULL), SEK_CARD_END_PHONE);
	softcard_knobs(&card[0], "token=old\n");
	is_end(sign(NULL), SEK_CARD_END_UNKNOWN);
	softcard_knobs(&card[0], "token=garbage\n");
	is_end(sign(NULL), SEK_CARD_END_UNKNOWN);
	softcard_knobs(&card[0], "token=none\n");
	is_end(sign(NULL), SEK_CARD_END_UNKNOWN);
	softcard_knobs(&card[0], "");
	is_end(read_card(SEK_CARD_PIV, 0, NULL, false, ""),
	    SEK_CARD_END_UNKNOWN);
	is_end(read_card(SEK_CARD_DRIVERS, 0x9e, NULL, false, ""),
	    SEK_CARD_END_UNKNOWN);
	ck_assert_uint_eq(verifies(0), 0);
}
END_TEST

/* ----------------------------------------------------------- at each step -- */

static bool
is_trouble(enum sek_card_end end)
{

	return (end == SEK_CARD_END_GONE || end == SEK_CARD_END_GARBAGE ||
	    end == SEK_CARD_END_SILENT || end == SEK_CARD_END_RESET ||
	    end == SEK_CARD_END_UNABLE || end == SEK_CARD_END_UNKNOWN);
}

/*
 * Whatever comes back, from whatever command: no signature is taken, a PIN goes
 * out once at most, and where one did we know it.
 */
START_TEST(nonsense_at_each_command)
{
	static const char *const faults[] = { "short", "garbage", "long" };
	static const char *const types[] = { "jpki", "piv" };
	const struct sek_secret *pin = _i % 2 == 0 ? &pin4 : &pin6;
	const char *fault = faults[_i / 2];
	enum sek_card_end end;
	char knobs[64];
	uint32_t n, all, told = 0;

	enrol("f", types[_i % 2], "");
	is_end(sign(pin), SEK_CARD_END_OK);
	all = got.apdus;
	ck_assert_uint_ge(all, 6);
	for (n = 1; n <= all; n++) {
		(void)snprintf(knobs, sizeof(knobs), "tries=3\n%s=%u\n",
		    fault, n);
		softcard_knobs(&card[0], knobs);
		softcard_forget_log(&card[0]);
		end = sign(pin);
		ck_assert_msg(is_trouble(end), "%s: %s", knobs,
		    sek_card_end_name(end));
		ck_assert(!holds());
		ck_assert_uint_le(verifies(0), 1);
		/* That it went out is known, also where nothing came back. */
		if (verifies(0) == 1)
			ck_assert_uint_eq(got.pin_sent, 1);
		told += got.pin_sent;
		ck_assert_uint_eq(softcard_logged(&card[0], "forbidden"), 0);
	}
	/* To and from the command of the PIN, and what is behind it. */
	ck_assert_uint_ge(told, 1);
	ck_assert_uint_lt(told, all / 2 + 1);
	softcard_knobs(&card[0], "tries=3\n");
	is_end(sign(pin), SEK_CARD_END_OK);
	ck_assert(holds());
}
END_TEST

/* The try counted, and its answer was lost: it is not sent again. */
START_TEST(a_pin_whose_answer_is_lost)
{
	static const char *const faults[] = { "short", "garbage", "long",
	    "eject" };
	char knobs[64];
	size_t i;

	enrol("v", "jpki", "");
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		(void)snprintf(knobs, sizeof(knobs), "tries=3\n%s=verify+\n",
		    faults[i]);
		softcard_knobs(&card[0], knobs);
		softcard_forget_log(&card[0]);
		(void)sign(&wrong4);
		ck_assert_msg(got.end == SEK_CARD_END_GONE ||
		    got.end == SEK_CARD_END_GARBAGE, "%s: %s", knobs,
		    sek_card_end_name((enum sek_card_end)got.end));
		ck_assert_uint_eq(got.pin_sent, 1);
		ck_assert_uint_eq(got.verified, 0);
		ck_assert_uint_eq(verifies(0), 1);
		ck_assert_int_eq(softcard_tries(&card[0]), 2);
	}
}
END_TEST

/* Lies about itself in a status word: never a signature. */
START_TEST(status_words_that_lie)
{
	static const char *const words[] = { "sw.a4=9000", "sw.b0=9000",
	    "sw.20=9000", "sw.2a=9000", "sw.20=63cf", "sw.20=63c1",
	    "sw.20=6100", "sw.20=6c04", "sw.2a=6110", "sw.b0=6c10",
	    "sw.a4=6985", "sw.20=6985", "sw.b0=6282" };
	char knobs[64];
	size_t i;

	enrol("z", "jpki", "");
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		(void)snprintf(knobs, sizeof(knobs), "%s\n", words[i]);
		softcard_knobs(&card[0], knobs);
		softcard_forget_log(&card[0]);
		(void)sign(&pin4);
		ck_assert_msg(got.end != SEK_CARD_END_OK, "%s", words[i]);
		ck_assert(!holds());
		ck_assert_uint_le(verifies(0), 1);
	}
}
END_TEST

START_TEST(nobody_there)
{

	enrol("j", "jpki", "");
	take_out();
	is_end(sign(NULL), SEK_CARD_END_NO_CARD);
	ck_assert_uint_eq(got.card, UINT32_MAX);
	is_end(read_card(SEK_CARD_DRIVERS, 0, NULL, false, ""),
	    SEK_CARD_END_NO_CARD);
	/* It was there when he was asked. */
	ask.place.reader = CARDRIG_READER0;
	is_end(sign(&pin4), SEK_CARD_END_GONE);
	ck_assert_uint_eq(got.pin_sent, 0);
	ask.place.reader = "";
	ask.place.readers = "no such*";
	is_end(sign(NULL), SEK_CARD_END_NO_READER);
	cardrig_stop(&rig);
	is_end(sign(NULL), SEK_CARD_END_NO_SERVICE);
	is_end(read_card(SEK_CARD_DRIVERS, 0, NULL, false, ""),
	    SEK_CARD_END_NO_SERVICE);
	ck_assert(cardrig_up(&rig));
}
END_TEST

START_TEST(several_cards_to_read)
{
	struct sek_card_read in = { .place = place(),
	    .driver = SEK_CARD_DRIVERS };
	struct sek_why why = { "" };

	insert(0, "j", "jpki", "");
	insert(1, "p", "piv", "");
	ck_assert_int_eq(card_read(&made, &in, &why), SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(why.text, CARDRIG_READER0));
	ck_assert_ptr_nonnull(strstr(why.text, CARDRIG_READER1));
	in.place.reader = CARDRIG_READER1;
	ck_assert_int_eq(card_read(&made, &in, &why), SEK_OK);
	is_end((enum sek_card_end)made.end, SEK_CARD_END_OK);
	ck_assert_uint_eq(made.card.brief.driver, SEK_CARD_PIV);
	ck_assert_uint_eq(made.proved, 0);
	ck_assert_uint_eq(made.seen.tries, 3);
}
END_TEST

START_TEST(to_read_asks_for_a_pin)
{

	insert(0, "r", "jpki", "");
	is_end(read_card(SEK_CARD_DRIVERS, 0, NULL, true, ""),
	    SEK_CARD_END_WANTS_PIN);
	ck_assert_uint_eq(made.seen.tries, 3);
	ck_assert_uint_eq(made.seen.driver, SEK_CARD_JPKI);
	ck_assert_int_gt(made.seen.not_after, 0);
	is_end(read_card(SEK_CARD_DRIVERS, 0, &wrong4, true, ""),
	    SEK_CARD_END_PIN_WRONG);
	ck_assert_uint_eq(made.pin_sent, 1);
	ck_assert_uint_eq(made.card.public_len, 0);
	ck_assert_uint_eq(verifies(0), 1);
}
END_TEST

/* Nor to one that looks the same but for its key. */
START_TEST(a_pin_to_enrol_by_goes_to_no_other_card)
{
	struct sek_card_read in = { .place = place(),
	    .driver = SEK_CARD_PIV, .prove = true };
	struct sek_why why = { "" };
	struct sek_card shown;

	insert(0, "s1", "piv", "");
	is_end(read_card(SEK_CARD_PIV, 0, NULL, true, ""),
	    SEK_CARD_END_WANTS_PIN);
	ck_assert_uint_eq(made.proved, 0);
	shown = made.card;
	ck_assert_uint_gt(shown.public_len, 0);
	in.same = &shown;
	in.pin = &pin6;
	take_out();
	insert(0, "s2", "piv", "");
	ck_assert_int_eq(card_read(&made, &in, &why), SEK_OK);
	is_end((enum sek_card_end)made.end, SEK_CARD_END_GONE);
	ck_assert_uint_eq(made.pin_sent, 0);
	ck_assert_uint_eq(made.card.public_len, 0);
	ck_assert_uint_eq(verifies(0), 0);
	take_out();
	insert(0, "s1", "piv", "");
	ck_assert_int_eq(card_read(&made, &in, &why), SEK_OK);
	is_end((enum sek_card_end)made.end, SEK_CARD_END_OK);
	ck_assert_uint_eq(made.proved, 1);
	ck_assert_mem_eq(made.card.public_key, shown.public_key,
	    shown.public_len);
}
END_TEST

/* ------------------------------------------------------------------- uid -- */

START_TEST(a_uid_that_stays)
{
	static const char *const knobs[] = { "", "uid=7\n", "uid=4\n",
	    "uid=10\n" };
	static const uint32_t lens[] = { 8, 7, 4, 10 };
	size_t i;

	for (i = 0; i < 4; i++) {
		again("u", "uid", knobs[i]);
		is_end(read_card(SEK_CARD_UID, 0, NULL, true, ""),
		    SEK_CARD_END_OK);
		mine = made.card;
		ck_assert_uint_eq(mine.identity_len, lens[i]);
		ck_assert_uint_eq(mine.brief.driver, SEK_CARD_UID);
		ck_assert_uint_eq(made.proved, 0);
		is_end(sign(NULL), SEK_CARD_END_OK);
		ck_assert_uint_eq(got.card, UINT32_MAX);
		ck_assert_uint_eq(got.uid_len, lens[i]);
		ck_assert_mem_eq(got.uid, mine.identity, lens[i]);
		ck_assert_uint_eq(got.seen.driver, SEK_CARD_UID);
		ck_assert(!holds());
	}
	/* Only where he has one, and it is called for. */
	ask.methods = SEK_METHOD_BIT(SEK_METHOD_CARD_JPKI);
	is_end(sign(NULL), SEK_CARD_END_UNKNOWN);
	ck_assert_uint_eq(got.uid_len, 0);
	/* And not by itself, when it is not named. */
	is_end(read_card(SEK_CARD_DRIVERS, 0, NULL, false, ""),
	    SEK_CARD_END_UNKNOWN);
}
END_TEST

START_TEST(a_uid_made_by_chance)
{
	static const char *const weak[] = { "uid=random\n", "uid=b\n",
	    "uid=changing\n", "uid=zero\n" };
	size_t i;

	for (i = 0; i < 4; i++) {
		insert(0, "c", "uid", weak[i]);
		ck_assert_msg(read_card(SEK_CARD_UID, 0, NULL, true, "") ==
		    SEK_CARD_END_WEAK, "%s: %s", weak[i],
		    sek_card_end_name((enum sek_card_end)made.end));
		ck_assert_uint_eq(made.card.identity_len, 0);
		take_out();
	}
	insert(0, "c", "uid", "uid=short\n");
	is_end(read_card(SEK_CARD_UID, 0, NULL, true, ""),
	    SEK_CARD_END_GARBAGE);
	again("c", "uid", "uid=long\n");
	is_end(read_card(SEK_CARD_UID, 0, NULL, true, ""),
	    SEK_CARD_END_GARBAGE);
	take_out();
	insert(0, "j", "jpki", "");
	is_end(read_card(SEK_CARD_UID, 0, NULL, true, ""),
	    SEK_CARD_END_UNABLE);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		jpki_asks_for_a_pin_and_signs,
		nothing_is_left_to_the_next_program,
		piv_of_each_key,
		piv_9e_asks_for_no_pin,
		his_card_is_found,
		a_wrong_pin_is_sent_once,
		the_last_try_is_his_to_spend,
		a_blocked_pin_is_told_before_it_is_asked_for,
		what_is_no_pin_of_it_is_not_sent,
		no_pin_means_none,
		a_signature_that_does_not_hold,
		a_copied_certificate_is_no_card,
		what_is_no_certificate_of_his,
		dates,
		anchors_are_found_by_key_id,
		anchors_that_cannot_be_read,
		telephones_and_old_cards,
		a_pin_whose_answer_is_lost,
		status_words_that_lie,
		nobody_there,
		several_cards_to_read,
		to_read_asks_for_a_pin,
		a_pin_to_enrol_by_goes_to_no_other_card,
		a_uid_that_stays,
		a_uid_made_by_chance,
		NULL
	};
	const char *missing = cardrig_missing();
	Suite *s;
	TCase *tc;
	const TTest *const *t;
	SRunner *sr;
	int failed = 1;

	if (missing != NULL) {
		printf("SKIP: %s\n", missing);
		return (77);
	}
	s = suite_create("edge_card_sign");
	tc = tcase_create("pcscd, vpcd, softcard");
	tcase_set_timeout(tc, 240);
	tcase_add_checked_fixture(tc, setup, take_out);
	for (t = tests; *t != NULL; t++)
		tcase_add_test(tc, *t);
	tcase_add_loop_test(tc, nonsense_at_each_command, 0, 6);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	/* pcscd is this process's child: it is stopped and started here. */
	srunner_set_fork_status(sr, CK_NOFORK);
	if (sek_secret_string(&pin4, "1234") == SEK_OK &&
	    sek_secret_string(&pin6, "123456") == SEK_OK &&
	    sek_secret_string(&wrong4, "9999") == SEK_OK &&
	    sek_secret_string(&wrong6, "999999") == SEK_OK &&
	    sek_secret_string(&form, "12a4") == SEK_OK &&
	    cardrig_start(&rig)) {
		srunner_run_all(sr, CK_NORMAL);
		failed = srunner_ntests_failed(sr);
	}
	take_out();
	cardrig_end(&rig);
	srunner_free(sr);
	sek_secret_free(&pin4);
	sek_secret_free(&pin6);
	sek_secret_free(&wrong4);
	sek_secret_free(&wrong6);
	sek_secret_free(&form);
	return (failed != 0);
}
