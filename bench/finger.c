/*
 * finger.c - one finger, matched by fprintd, in a process of its own
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *   finger enrol FILE USER   what a login goes by, into FILE
 *   finger verify FILE       claim, scan, let go; counts nothing
 *
 * By biometric.so, installed.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/fingerprint.h"

#define WAIT	(20 * SEK_SECOND)

static int
trouble(const char *what, enum sek_err err, uint32_t end,
    const struct sek_why *why)
{

	(void)fprintf(stderr, "finger: %s: %s: %s %s\n", what,
	    sek_fingerprint_end_name((enum sek_fingerprint_end)end),
	    sek_err_name(err), why->text);
	return (111);
}

static int
enrol(const char *file, const char *user)
{
	struct sek_fingerprint_make in = { .finger = SEK_FINGER_RIGHT_INDEX,
	    .wait = WAIT };
	struct sek_fingerprint_made made;
	struct sek_why why = { .text = "" };
	enum sek_err err;
	FILE *f;

	if (sek_text_copy(in.account, sizeof(in.account), user) != SEK_OK)
		return (100);
	if ((err = sek_fingerprint_make(&made, &in, &why)) != SEK_OK ||
	    made.end != SEK_FINGERPRINT_END_OK)
		return (trouble("enrol", err, made.end, &why));
	if ((f = fopen(file, "we")) == NULL || fwrite(&made.finger,
	    sizeof(made.finger), 1, f) != 1 || fclose(f) != 0)
		return (trouble(file, SEK_ERR_IO, made.end, &why));
	return (0);
}

static enum sek_err
may(void *arg, int64_t *pause)
{

	(void)arg;
	*pause = 0;
	return (SEK_OK);
}

static enum sek_err
missed(void *arg)
{

	(void)arg;
	return (SEK_OK);
}

static int
verify(const char *file)
{
	static const struct sek_scan_count count = { may, missed, NULL };
	struct sek_fingerprint_request in = { .n = 1, .wait = WAIT,
	    .count = &count };
	struct sek_fingerprint_match match;
	struct sek_biometric finger;
	struct sek_why why = { .text = "" };
	enum sek_err err;
	FILE *f;

	if ((f = fopen(file, "re")) == NULL ||
	    fread(&finger, sizeof(finger), 1, f) != 1 || fclose(f) != 0)
		return (trouble(file, SEK_ERR_IO, 0, &why));
	in.finger = &finger;
	memcpy(in.account, finger.account, sizeof(in.account));
	in.account[sizeof(in.account) - 1] = '\0';
	if ((err = sek_fingerprint_verify(&match, &in, &why)) != SEK_OK ||
	    match.end != SEK_FINGERPRINT_END_OK)
		return (trouble("verify", err, match.end, &why));
	return (0);
}

int
main(int argc, char **argv)
{

	if (argc == 4 && strcmp(argv[1], "enrol") == 0)
		return (enrol(argv[2], argv[3]));
	if (argc == 3 && strcmp(argv[1], "verify") == 0)
		return (verify(argv[2]));
	return (100);
}
