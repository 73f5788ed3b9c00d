/*
 * password.c - the rules of passwords and of an account's life
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/password.h"

/* A span later than at; SEK_SPAN_NEVER where it is never or past all time. */
static int64_t
later(int64_t at, int64_t seconds)
{
	int64_t end;

	if (seconds == SEK_SPAN_NEVER ||
	    __builtin_mul_overflow(seconds, SEK_SECOND, &end) ||
	    __builtin_add_overflow(at, end, &end))
		return (SEK_SPAN_NEVER);
	return (end);
}

/*
 * 0 to most seconds, the same for one name and one instant on any machine. Not
 * a secret: a digest is only an even way to spread them.
 */
static int64_t
spread(const struct sek_password *p, int64_t most)
{
	crypto_generichash_state state;
	uint8_t bytes[8], digest[crypto_generichash_BYTES_MIN];
	uint64_t n = 0;
	size_t i;

	if (most <= 0)
		return (0);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)((uint64_t)p->set_at >> (8 * i));
	(void)crypto_generichash_init(&state, NULL, 0, sizeof(digest));
	(void)crypto_generichash_update(&state, bytes, sizeof(bytes));
	(void)crypto_generichash_update(&state, (const uint8_t *)p->account,
	    strnlen(p->account, sizeof(p->account)));
	(void)crypto_generichash_final(&state, digest, sizeof(digest));
	for (i = 0; i < sizeof(n); i++)
		n = n << 8 | digest[i];
	return ((int64_t)(n % ((uint64_t)most + 1)));
}

int64_t
sek_password_ends(const struct sek_password *p,
    const struct sek_password_limits *limits)
{
	int64_t most = limits->max_age_spread;

	if (p == NULL || limits->max_age == SEK_SPAN_NEVER)
		return (SEK_SPAN_NEVER);
	if (most > limits->max_age)
		most = limits->max_age;
	/* One less than the largest number: it is asked for the rest of it. */
	if (most == INT64_MAX)
		most--;
	return (later(p->set_at, limits->max_age - spread(p, most)));
}

enum sek_due
sek_password_due(const struct sek_password *p,
    const struct sek_password_limits *limits, int64_t wall)
{
	static const enum sek_due said[] = {
		[SEK_MUST_NOT] = SEK_DUE_NOT,
		[SEK_MUST_TEMPORARY] = SEK_DUE_TEMPORARY,
		[SEK_MUST_EXPIRED] = SEK_DUE_EXPIRED,
		[SEK_MUST_COMPROMISED] = SEK_DUE_COMPROMISED
	};

	if (p == NULL)
		return (SEK_DUE_NOT);
	/* Whatever else was said of it since. */
	if (p->temporary_until != 0 && wall >= p->temporary_until)
		return (SEK_DUE_OVER);
	if (p->must >= sizeof(said) / sizeof(said[0]))
		return (SEK_DUE_EXPIRED);
	if (said[p->must] != SEK_DUE_NOT)
		return (said[p->must]);
	if (p->temporary_until != 0)
		return (SEK_DUE_TEMPORARY);
	if (wall >= sek_password_ends(p, limits))
		return (SEK_DUE_AGE);
	if (limits->max_uses > 0 && p->uses >= limits->max_uses)
		return (SEK_DUE_USES);
	return (SEK_DUE_NOT);
}

bool
sek_password_too_young(const struct sek_password *p,
    const struct sek_password_limits *limits, int64_t wall)
{
	/* When it was set is not known, or was told by a clock that went
	 * ahead: nobody waits for that. */
	if (p == NULL || p->guessed || p->set_at > wall)
		return (false);
	if (sek_password_due(p, limits, wall) != SEK_DUE_NOT)
		return (false);
	return (wall < later(p->set_at, limits->min_age));
}

const char *
sek_due_name(enum sek_due d)
{
	static const char *const names[] = {
		[SEK_DUE_NOT] = "",
		[SEK_DUE_COMPROMISED] = "compromised",
		[SEK_DUE_TEMPORARY] = "temporary",
		[SEK_DUE_EXPIRED] = "expired",
		[SEK_DUE_AGE] = "age",
		[SEK_DUE_USES] = "uses",
		[SEK_DUE_OVER] = "over"
	};

	return ((size_t)d < sizeof(names) / sizeof(names[0]) ? names[d] : "?");
}

int64_t
sek_account_dormant_at(const struct sek_account *a, int64_t woken,
    int64_t after)
{
	int64_t last = a->created;

	if (a->last_login > last)
		last = a->last_login;
	if (woken > last)
		last = woken;
	/* No sign to count from. */
	if (last <= 0)
		return (SEK_SPAN_NEVER);
	return (later(last, after));
}
