/*
 * fuzz_roster.c - a roster as a stick may hold it, and as a trusted key may
 * have signed it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The first byte: odd, the whole file; even, line 2 alone, as if signed.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/edge/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was let through holds its promises. */
static void
check(const struct sek_roster *r)
{
	size_t i;

	if (r->serial == 0 || r->time <= 0 || r->terminal[0] == '\0')
		abort();
	for (i = 1; i < r->npersons; i++)
		if (strcmp(r->person[i - 1].id, r->person[i].id) >= 0)
			abort();
	for (i = 0; i < r->naccounts; i++)
		if (sek_roster_account(r, r->account[i].name) !=
		    &r->account[i] || (r->account[i].person[0] != '\0' &&
		    sek_roster_person(r, r->account[i].person) == NULL))
			abort();
	for (i = 0; i < r->nmembers; i++)
		if (sek_roster_person(r, r->member[i].person) == NULL ||
		    sek_roster_member(r, r->member[i].account,
		    r->member[i].person) != &r->member[i])
			abort();
	for (i = 0; i < r->nauthenticators; i++)
		if (sek_roster_authenticator(r, r->authenticator[i].id) !=
		    &r->authenticator[i] ||
		    r->authenticator[i].state >= SEK_AUTHENTICATOR_STATES ||
		    r->authenticator[i].fido2 > r->nfido2 ||
		    r->authenticator[i].card > r->ncards)
			abort();
	for (i = 0; i < r->ncards; i++)
		if (sek_card_check(&r->card[i]) != SEK_OK ||
		    r->card[i].brief.driver == SEK_CARD_UID ||
		    r->card[i].identity_len != 0)
			abort();
}

/* Written again it is the same text. */
static void
write_again(struct sek_roster *r, const char *body)
{
	static struct sek_roster_key key;
	struct sek_why why;
	struct sek_roster back;
	const char *again;
	char *text;
	size_t len;

	if (key.secret.data == NULL) {
		if (sek_secret_new(&key.secret,
		    crypto_sign_SECRETKEYBYTES) != SEK_OK)
			abort();
		(void)crypto_sign_keypair(key.pub, key.secret.data);
		sek_roster_key_id(key.id, key.pub);
	}
	memset(&back, 0, sizeof(back));
	if (sek_roster_write(&text, &len, r, &key) != SEK_OK ||
	    sek_roster_open(&back, &again, text, len, &why) != SEK_OK)
		abort();
	/* A time may be written in more than one way. */
	if (strlen(again) == strlen(body) && strstr(body, "+00:00") != NULL &&
	    sek_roster_read(&back, again, &why) != SEK_OK)
		abort();
	free(text);
	sek_roster_free(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sek_why why;
	struct sek_roster r;
	const char *body;
	char *text;
	bool whole;

	if (size == 0 || (text = malloc(size)) == NULL)
		return (0);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	memset(&r, 0, sizeof(r));
	whole = (data[0] & 1) != 0;
	body = text;
	if ((!whole || sek_roster_open(&r, &body, text, size - 1, &why) ==
	    SEK_OK) && sek_roster_read(&r, body, &why) == SEK_OK) {
		check(&r);
		write_again(&r, body);
	}
	sek_roster_free(&r);
	free(text);
	return (0);
}
