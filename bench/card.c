/*
 * card.c - one signature by an IC card, in a process of its own
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *   card enrol FILE jpki|piv PIN   what a login goes by, into FILE
 *   card sign FILE PIN             find it, verify the PIN, sign, reset,
 *                                  verify the signature; prints microseconds
 *                                  and commands
 *
 * By card.so, installed.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sekisho/base/clock.h"
#include "sekisho/edge/card.h"

#define WAIT	(10 * SEK_SECOND)

static int
trouble(const char *what, enum sek_err err, uint32_t end,
    const struct sek_why *why)
{

	(void)fprintf(stderr, "card: %s: %s: %s %s\n", what,
	    sek_card_end_name((enum sek_card_end)end), sek_err_name(err),
	    why->text);
	return (111);
}

static struct sek_card_place
place(void)
{
	struct sek_card_place p = { .readers = "", .anchors = "",
	    .reader = "", .wait = WAIT };

	p.now = (int64_t)time(NULL);
	return (p);
}

static int
enrol(const char *file, const char *driver, const struct sek_secret *pin)
{
	struct sek_card_read in = { .place = place(), .prove = true };
	static struct sek_card_made made;
	struct sek_why why = { .text = "" };
	enum sek_err err;
	FILE *f;

	in.pin = pin;
	if (sek_card_driver_parse(&in.driver, driver) != SEK_OK)
		return (100);
	if ((err = sek_card_read(&made, &in, &why)) != SEK_OK ||
	    made.end != SEK_CARD_END_OK)
		return (trouble("enrol", err, made.end, &why));
	if ((f = fopen(file, "we")) == NULL ||
	    fwrite(&made.card, sizeof(made.card), 1, f) != 1 || fclose(f) != 0)
		return (trouble(file, SEK_ERR_IO, made.end, &why));
	return (0);
}

static int64_t
now(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((int64_t)t.tv_sec * SEK_SECOND + t.tv_nsec / 1000);
}

static int
sign(const char *file, const struct sek_secret *pin)
{
	static struct sek_card_request in;
	static struct sek_card_signature s;
	static struct sek_card card;
	struct sek_why why = { .text = "" };
	enum sek_err err;
	int64_t start;
	FILE *f;

	if ((f = fopen(file, "re")) == NULL ||
	    fread(&card, sizeof(card), 1, f) != 1 || fclose(f) != 0)
		return (trouble(file, SEK_ERR_IO, 0, &why));
	in.place = place();
	in.card = &card;
	in.n = 1;
	in.methods = ~0u;
	in.pin = pin;
	start = now();
	memset(in.challenge, (int)(start & 0xFF), sizeof(in.challenge));
	if ((err = sek_card_sign(&s, &in, &why)) != SEK_OK ||
	    s.end != SEK_CARD_END_OK ||
	    (err = sek_card_verify(&s, &card, in.challenge, &why)) != SEK_OK)
		return (trouble("sign", err, s.end, &why));
	(void)printf("%lld %u\n", (long long)(now() - start), s.apdus);
	return (0);
}

int
main(int argc, char **argv)
{
	struct sek_secret pin = { 0 };
	int rc = 100;

	if (argc < 4 || sek_secret_init() != SEK_OK ||
	    sek_secret_string(&pin, argv[argc - 1]) != SEK_OK)
		return (rc);
	if (argc == 5 && strcmp(argv[1], "enrol") == 0)
		rc = enrol(argv[2], argv[3], &pin);
	else if (argc == 4 && strcmp(argv[1], "sign") == 0)
		rc = sign(argv[2], &pin);
	sek_secret_free(&pin);
	return (rc);
}
