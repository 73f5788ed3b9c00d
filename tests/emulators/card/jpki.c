/*
 * jpki.c - a card with the application of the public personal authentication
 * service (JPKI), its half for user authentication
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The other half (signing key, its PIN and certificates) and what else a My
 * Number Card holds are not here: who reaches for them is written down.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "soft.h"

#define APP_JPKI	1

#define EF_TOKEN	0x0006
#define EF_CERT		0x000a
#define EF_CA		0x000b
#define EF_KEY		0x0017
#define EF_PIN		0x0018
/* Never to be touched. */
#define EF_SIGN_CERT	0x0001
#define EF_SIGN_CA	0x0002
#define EF_SIGN_KEY	0x001a
#define EF_SIGN_PIN	0x001b

static const uint8_t aid_jpki[] = {
	0xd3, 0x92, 0xf0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01,
};
/* 券面, 個人番号: all of these. */
static const uint8_t aid_face[] = { 0xd3, 0x92, 0x10, 0x00, 0x31 };

static size_t
jpki_atr(struct soft *s, uint8_t out[33])
{
	static const uint8_t atr[] = {
		0x3b, 0xe0, 0x00, 0xff, 0x81, 0x31, 0xfe, 0x45, 0x14,
	};

	(void)s;
	memcpy(out, atr, sizeof(atr));
	return sizeof(atr);
}

static bool
is_phone(const struct soft *s)
{

	return strncmp(knob(s, "token", ""), "phone-", 6) == 0;
}

static size_t
token(const struct soft *s, uint8_t out[32])
{
	const char *t = knob(s, "token", "card"), *text;

	if (strcmp(t, "none") == 0)
		return 0;
	if (strcmp(t, "phone-android") == 0)
		text = "JPKIAPGPSETOKEN";
	else if (strcmp(t, "phone-ios") == 0)
		text = "JPKIAPIOSTOKEN";
	else if (strcmp(t, "old") == 0)
		text = "JPKIAPICCTOKEN";
	else if (strcmp(t, "garbage") == 0)
		text = "\001\377\033[31mtoken";
	else
		text = "JPKIAPICCTOKEN2";
	memset(out, ' ', 32);
	memcpy(out, text, strlen(text));
	return 32;
}

/* What READ BINARY reads: s->out. An EF is of a size that was fixed before
 * the certificate came. */
static uint16_t
contents(struct soft *s)
{
	size_t n;

	switch (s->ef) {
	case EF_TOKEN:
		s->out_len = token(s, s->out);
		return s->out_len > 0 ? SW_OK : SW_NOT_FOUND;
	case EF_CERT:
		/* That of a telephone is behind the PIN. */
		if (is_phone(s) && !s->verified)
			return SW_SECURITY;
		n = slot_certificate(s, "auth", s->out, sizeof(s->out) - 512);
		break;
	case EF_CA:
		n = ca_certificate(s, s->out, sizeof(s->out) - 512);
		break;
	case 0:
		return SW_NO_EF;
	default:
		return SW_SECURITY;
	}
	if (n == 0)
		return SW_NOT_FOUND;
	if (!knob_is(s, "ef", "exact")) {
		memset(s->out + n, 0xff, 512 - n % 256);
		n += 512 - n % 256;
	}
	s->out_len = n;
	return SW_OK;
}

static uint16_t
read_binary(struct soft *s, const struct apdu *a)
{
	size_t at = (size_t)(a->p1 & 0x7f) << 8 | a->p2;
	uint16_t sw;

	if (s->app != APP_JPKI)
		return SW_NO_EF;
	if ((a->p1 & 0x80) != 0)
		return SW_P1P2;
	if (a->lc > 0 || a->le == 0)
		return SW_LENGTH;
	if ((sw = contents(s)) != SW_OK)
		return sw;
	if (at >= s->out_len)
		sw = SW_OFFSET;
	else {
		s->out_len -= at;
		memmove(s->out, s->out + at, s->out_len);
		if (s->out_len > a->le)
			s->out_len = a->le;
	}
	if (sw != SW_OK)
		s->out_len = 0;
	return sw;
}

/* The signing half: there only if the knob says so (OpenSC wants to see it),
 * and written down. */
static uint16_t
forbidden(struct soft *s, const char *what)
{

	soft_log(s, "forbidden %s", what);
	return knob_is(s, "forbidden", "shown") ? SW_OK : SW_NOT_FOUND;
}

static uint16_t
select_app(struct soft *s, const struct apdu *a)
{

	if (a->lc == sizeof(aid_jpki) &&
	    memcmp(a->data, aid_jpki, sizeof(aid_jpki)) == 0) {
		/* Selected again, too: nobody is verified now. */
		s->app = APP_JPKI;
		s->ef = 0;
		s->verified = false;
		return SW_OK;
	}
	if (a->lc >= sizeof(aid_face) &&
	    memcmp(a->data, aid_face, sizeof(aid_face)) == 0)
		soft_log(s, "forbidden application");
	return SW_NOT_FOUND;
}

static uint16_t
select_ef(struct soft *s, const struct apdu *a)
{
	uint16_t ef, sw = SW_OK;
	char name[8];

	if (s->app != APP_JPKI)
		return SW_NOT_FOUND;
	if (a->lc != 2)
		return SW_LENGTH;
	ef = (uint16_t)(a->data[0] << 8 | a->data[1]);
	switch (ef) {
	case EF_TOKEN:
		if (knob_is(s, "token", "none"))
			return SW_NOT_FOUND;
		break;
	case EF_CERT:
	case EF_CA:
	case EF_KEY:
	case EF_PIN:
		break;
	case EF_SIGN_CERT:
	case EF_SIGN_CA:
	case EF_SIGN_KEY:
	case EF_SIGN_PIN:
		snprintf(name, sizeof(name), "%04x", ef);
		sw = forbidden(s, name);
		break;
	default:
		return SW_NOT_FOUND;
	}
	if (sw == SW_OK)
		s->ef = ef;
	return sw;
}

static uint16_t
verify(struct soft *s, const struct apdu *a)
{

	if (s->app != APP_JPKI || a->p1 != 0 || a->p2 != 0x80)
		return SW_P1P2;
	if (s->ef == EF_SIGN_PIN)
		return a->lc == 0 && a->le == 0 ? SW_TRIES | 5u : SW_SECURITY;
	if (s->ef != EF_PIN)
		return SW_NO_EF;
	if (a->le != 0)			/* as the real one: case 1 or 3 */
		return SW_LENGTH;
	if (a->lc == 0)
		return pin_status(s);
	if (a->lc != 4)
		return SW_LENGTH;
	return pin_verify(s, a->data, a->lc);
}

static uint16_t
sign(struct soft *s, const struct apdu *a)
{

	if (a->cla != 0x80)
		return SW_CLA;
	if (s->app != APP_JPKI || s->ef != EF_KEY)
		return SW_NO_EF;
	if (a->p1 != 0 || a->p2 != 0x80)
		return SW_P1P2;
	if (!s->verified)
		return SW_SECURITY;
	if (a->lc == 0 || a->le == 0)
		return SW_LENGTH;
	s->out_len = slot_sign(s, "auth", true, a->data, a->lc, s->out,
	    sizeof(s->out));
	return s->out_len > 0 || knob_is(s, "sig", "empty") ? SW_OK : SW_DATA;
}

static uint16_t
jpki_command(struct soft *s, const struct apdu *a)
{

	if (a->ins == 0x2a)
		return sign(s, a);
	if (a->cla != 0x00)
		return SW_CLA;
	switch (a->ins) {
	case 0xa4:
		if (a->p1 == 0x04)
			return select_app(s, a);
		if (a->p1 == 0x02)
			return select_ef(s, a);
		return SW_P1P2;
	case 0xb0:
		return read_binary(s, a);
	case 0x20:
		return verify(s, a);
	default:
		return SW_INS;
	}
}

static bool
jpki_make(struct soft *s)
{

	slot_certificate(s, "auth", s->out, sizeof(s->out));
	return ca_certificate(s, s->out, sizeof(s->out)) > 0;
}

const struct kind kind_jpki = {
	.name = "jpki",
	.pin = "1234",
	.tries = 3,
	.blocked = SW_TRIES,
	.atr = jpki_atr,
	.command = jpki_command,
	.make = jpki_make,
};
