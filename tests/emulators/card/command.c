/*
 * command.c - commands of ISO 7816-4 as they come to the software card:
 * their cases, chains, what is left for GET RESPONSE, and the PIN
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soft.h"

/* ISO 7816-4 section 5.2: cases 1 to 4, short and extended. */
static bool
parse(struct apdu *a, const uint8_t *in, size_t n)
{
	size_t lc;

	memset(a, 0, sizeof(*a));
	if (n < 4)
		return false;
	a->cla = in[0];
	a->ins = in[1];
	a->p1 = in[2];
	a->p2 = in[3];
	in += 4;
	n -= 4;
	if (n == 0)
		return true;
	if (n == 1) {
		a->le = in[0] == 0 ? 256 : in[0];
		return true;
	}
	if (in[0] != 0) {
		lc = in[0];
		if (n != 1 + lc && n != 2 + lc)
			return false;
		a->data = in + 1;
		a->lc = lc;
		if (n == 2 + lc)
			a->le = in[1 + lc] == 0 ? 256 : in[1 + lc];
		return true;
	}
	if (n < 3)
		return false;
	lc = (size_t)in[1] << 8 | in[2];
	if (n == 3) {
		a->le = lc == 0 ? 65536 : lc;
		return true;
	}
	if (lc == 0 || (n != 3 + lc && n != 5 + lc))
		return false;
	a->data = in + 3;
	a->lc = lc;
	if (n == 5 + lc) {
		a->le = (size_t)in[3 + lc] << 8 | in[4 + lc];
		if (a->le == 0)
			a->le = 65536;
	}
	return true;
}

const char *
soft_word(const uint8_t *in, size_t n)
{

	if (n < 4)
		return "";
	switch (in[1]) {
	case 0x20:
		/* With P1 FF it takes a status back. */
		return n > 5 ? "verify" : in[2] == 0 ? "tries" : "";
	case 0x2a:
		return "sign";
	case 0x87:
		return "sign";
	case 0xa4:
		return "select";
	case 0xb0:
	case 0xcb:
		return "read";
	case 0xc0:
		return "response";
	case 0xca:
		return "uid";
	default:
		return "";
	}
}

uint16_t
pin_status(const struct soft *s)
{
	const char *blocked = knob(s, "blocked", "");

	if (s->tries > 0) {
		if (knob_is(s, "neo", "yes"))	/* YubiKey NEO */
			return (uint16_t)(0x6300u | s->tries);
		return (uint16_t)(SW_TRIES | s->tries);
	}
	if (strlen(blocked) == 4)
		return (uint16_t)strtoul(blocked, NULL, 16);
	return s->kind->blocked;
}

uint16_t
pin_verify(struct soft *s, const uint8_t *pin, size_t n)
{
	const char *right = knob(s, "pin", s->kind->pin);

	if (s->tries == 0)
		return pin_status(s);
	if (n == strlen(right) && memcmp(pin, right, n) == 0) {
		tries_set(s, s->kind->tries);
		s->verified = true;
		return SW_OK;
	}
	s->verified = false;
	tries_set(s, s->tries - 1);
	return pin_status(s);
}

void
soft_reset(struct soft *s)
{

	s->app = 0;
	s->ef = 0;
	s->verified = false;
	s->chain_len = 0;
	s->out_len = 0;
	s->out_at = 0;
	uid_power(s);
	if (s->kind->reset != NULL)
		s->kind->reset(s);
}

/* Put the parts of a chain together. 0: it is whole now, as *a. */
static uint16_t
chain(struct soft *s, struct apdu *a)
{
	bool more = (a->cla & 0x10) != 0;

	if (s->chain_len > 0 && s->chain_ins != a->ins) {
		s->chain_len = 0;
		return SW_CHAIN_LAST;
	}
	if (!more && s->chain_len == 0)
		return 0;
	if (a->lc == 0 || s->chain_len + a->lc > sizeof(s->chain)) {
		s->chain_len = 0;
		return SW_LENGTH;
	}
	memcpy(s->chain + s->chain_len, a->data, a->lc);
	s->chain_len += a->lc;
	s->chain_ins = a->ins;
	if (more)
		return SW_OK;
	a->data = s->chain;
	a->lc = s->chain_len;
	s->chain_len = 0;
	return 0;
}

/* What of the answer fits; the rest waits for GET RESPONSE. */
static size_t
give(struct soft *s, const struct apdu *a, uint16_t sw, uint8_t *out,
    size_t max)
{
	size_t n = 0, left = s->out_len - s->out_at;

	if (sw == SW_OK && left > 0) {
		n = left < a->le ? left : a->le;
		if (n > max - 2)
			n = max - 2;
		memcpy(out, s->out + s->out_at, n);
		s->out_at += n;
		left -= n;
		if (left > 0)
			sw = (uint16_t)(SW_MORE | (left > 255 ? 0 : left));
	}
	out[n] = (uint8_t)(sw >> 8);
	out[n + 1] = (uint8_t)sw;
	return n + 2;
}

static uint16_t
run(struct soft *s, struct apdu *a)
{
	char name[16];
	const char *forced;
	uint16_t sw;

	snprintf(name, sizeof(name), "sw.%02x", a->ins);
	if ((forced = knob(s, name, NULL)) != NULL) {
		s->out_len = s->out_at = 0;
		return (uint16_t)strtoul(forced, NULL, 16);
	}
	if (a->cla == 0xff)
		return uid_command(s, a);
	if (a->ins == 0xc0 && a->cla == 0x00) {
		if (a->lc > 0 || a->p1 != 0 || a->p2 != 0)
			return SW_P1P2;
		return s->out_at < s->out_len ? SW_OK : SW_CONDITIONS;
	}
	s->out_len = s->out_at = 0;
	if ((a->cla & 0x6f) != 0)
		return SW_CLA;
	if ((sw = chain(s, a)) != 0)
		return sw;
	return s->kind->command(s, a);
}

static void
log_command(struct soft *s, const uint8_t *in, size_t n, const uint8_t *out,
    size_t len)
{
	char hex[160] = "";
	size_t i, at = 0;

	if (strcmp(soft_word(in, n), "verify") == 0)
		snprintf(hex, sizeof(hex), "verify %zu bytes",
		    n >= 5 ? (size_t)in[4] : 0);
	else {
		at = (size_t)snprintf(hex, sizeof(hex), "apdu ");
		for (i = 0; i < n && i < 64; i++)
			at += (size_t)snprintf(hex + at, sizeof(hex) - at,
			    "%02x", in[i]);
		if (n > 64)
			snprintf(hex + at, sizeof(hex) - at, "+%zu", n - 64);
	}
	soft_log(s, "%s -> %02x%02x%s", hex, out[len - 2], out[len - 1],
	    len > 2 ? " with data" : "");
}

size_t
soft_command(struct soft *s, const uint8_t *in, size_t n, uint8_t *out,
    size_t max)
{
	struct apdu a;
	uint16_t sw;
	size_t len;

	if (parse(&a, in, n))
		sw = run(s, &a);
	else {
		s->out_len = s->out_at = 0;
		sw = SW_LENGTH;
	}
	len = give(s, &a, sw, out, max);
	log_command(s, in, n, out, len);
	return len;
}
