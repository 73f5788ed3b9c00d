/*
 * oath.c - does this code follow from this key, and what is used up by it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: codes are compared in constant time, and all of a range are computed
 * whichever matches, so that time does not tell which one it was, nor how
 * near a refused code came.
 */
#include "config.h"

#include <liboath/oath.h>
#include <sodium.h>
#include <string.h>

#include "sekisho/base/secret.h"
#include "sekisho/rule/oath.h"

#define DIGITS_MIN	6
#define DIGITS_MAX	8
#define NOWHERE		UINT64_MAX
/* A counter from which a whole search cannot run over. */
#define COUNTER_MAX	(UINT64_MAX - SEK_HOTP_LOOK_AHEAD - SEK_HOTP_RESYNC - 1)
/* A step whose time liboath can take. */
#define STEP_MAX	(INT64_MAX / 60 - 8)

/* One authenticator and the code typed: what does not change in a search. */
struct search {
	const struct sek_oath	*o;
	const unsigned char	*key;
	size_t			 key_len;
	const char		*code;
};

static const int algorithm_flags[SEK_OATH_ALGORITHMS] = {
	[SEK_OATH_SHA1]		= 0,
	[SEK_OATH_SHA256]	= OATH_TOTP_HMAC_SHA256,
	[SEK_OATH_SHA512]	= OATH_TOTP_HMAC_SHA512,
};

enum sek_err
sek_oath_check(const struct sek_oath *o, enum sek_method method,
    size_t key_len)
{
	bool ok = false;

	if (o->digits < DIGITS_MIN || o->digits > DIGITS_MAX ||
	    key_len < SEK_OATH_KEY_MIN || key_len > SEK_OATH_KEY_MAX)
		return (SEK_ERR_RANGE);
	if (method == SEK_METHOD_TOTP)
		ok = (o->period == 30 || o->period == 60) &&
		    o->algorithm < SEK_OATH_ALGORITHMS &&
		    o->moving <= STEP_MAX;
	else if (method == SEK_METHOD_HOTP)
		ok = o->period == 0 && o->algorithm == SEK_OATH_SHA1 &&
		    o->moving <= COUNTER_MAX && o->resync <= COUNTER_MAX;
	return (ok ? SEK_OK : SEK_ERR_RANGE);
}

/* Is the code that of this step or counter? */
static bool
is_code_of(const struct search *s, uint64_t moving)
{
	char expected[16];
	bool equal = false;
	int rc;

	memset(expected, 0, sizeof(expected));
	/* liboath wants a char key that it does not write to. */
	if (s->o->period == 0)
		rc = oath_hotp_generate((const char *)s->key, s->key_len,
		    moving, s->o->digits, false, OATH_HOTP_DYNAMIC_TRUNCATION,
		    expected);
	else
		rc = oath_totp_generate2((const char *)s->key, s->key_len,
		    (time_t)(moving * s->o->period), s->o->period, 0,
		    s->o->digits, algorithm_flags[s->o->algorithm], expected);
	if (rc == OATH_OK)
		equal = sodium_memcmp(expected, s->code, s->o->digits) == 0;
	sek_wipe(expected, sizeof(expected));
	return (equal);
}

/* The first of n from `from` on that is not below `alive` and has the code,
 * NOWHERE if none has. */
static uint64_t
find(const struct search *s, uint64_t from, uint64_t n, uint64_t alive)
{
	uint64_t at, found = NOWHERE;

	for (at = from; at < from + n; at++) {
		if (is_code_of(s, at) && at >= alive && found == NOWHERE)
			found = at;
	}
	return (found);
}

/* The code accepted last has been typed again? */
static bool
is_repeated(const struct search *s)
{
	/* Where none was accepted yet the work is the same. */
	bool last = is_code_of(s, s->o->moving > 0 ? s->o->moving - 1 : 0);

	return (s->o->moving > 0 && last);
}

static int32_t
within_one(int64_t drift)
{
	return (drift < -1 ? -1 : drift > 1 ? 1 : (int32_t)drift);
}

static enum sek_oath_verdict
verify_totp(struct sek_oath *after, const struct search *s,
    int64_t wall_seconds)
{
	int64_t now = wall_seconds / s->o->period, first, last;
	int32_t drift = within_one(s->o->drift);
	bool repeated = is_repeated(s);
	uint64_t step;

	first = now + drift - SEK_TOTP_WINDOW;
	last = now + drift + SEK_TOTP_WINDOW;
	if (first < 0)
		first = 0;
	step = find(s, (uint64_t)first, (uint64_t)(last - first + 1),
	    s->o->moving);
	if (repeated)
		return (SEK_OATH_REPLAYED);
	if (step == NOWHERE)
		return (SEK_OATH_WRONG);
	after->drift = within_one((int64_t)step - now);
	after->moving = step + 1;
	return (SEK_OATH_OK);
}

int64_t
sek_oath_dead_until(const struct sek_oath *o)
{
	if (o->period == 0 || o->moving > STEP_MAX)
		return (0);
	return ((int64_t)o->moving * o->period);
}

static void
accept_counter(struct sek_oath *after, uint64_t counter)
{
	after->moving = counter + 1;
	after->resync = 0;
	after->drift = 0;
}

/*
 * Whatever is not accepted at once takes the whole search, and so one time.
 * After a restore nobody knows which counters were used since the backup: one
 * code alone opens nothing, however near it is.
 */
static enum sek_oath_verdict
verify_hotp(struct sek_oath *after, const struct search *s)
{
	uint64_t moving = s->o->moving, near, far;
	bool repeated = is_repeated(s), second;
	bool restored = s->o->drift == SEK_HOTP_RESTORED;

	near = find(s, moving, SEK_HOTP_LOOK_AHEAD, moving);
	if (near != NOWHERE && !repeated && !restored) {
		accept_counter(after, near);
		return (SEK_OATH_OK);
	}
	far = find(s, moving + SEK_HOTP_LOOK_AHEAD, SEK_HOTP_RESYNC, moving);
	second = is_code_of(s, s->o->resync) && s->o->resync > moving;
	if (near != NOWHERE)
		far = near;
	if (repeated)
		return (SEK_OATH_REPLAYED);
	if (second) {
		accept_counter(after, s->o->resync);
		return (SEK_OATH_OK);
	}
	if (far == NOWHERE)
		return (SEK_OATH_WRONG);
	after->resync = far + 1;
	return (SEK_OATH_RESYNC);
}

static bool
is_code(const char *code, size_t digits)
{
	return (strnlen(code, digits + 1) == digits &&
	    strspn(code, "0123456789") == digits);
}

enum sek_oath_verdict
sek_oath_verify(struct sek_oath *after, const struct sek_oath *o,
    enum sek_method method, const unsigned char *key, size_t key_len,
    const char *code, int64_t wall_seconds)
{
	const struct search s = { o, key, key_len, code };

	*after = *o;
	if (sek_oath_check(o, method, key_len) != SEK_OK ||
	    !is_code(code, o->digits) || oath_init() != OATH_OK)
		return (SEK_OATH_WRONG);
	if (method == SEK_METHOD_HOTP)
		return (verify_hotp(after, &s));
	if (wall_seconds < 0 || wall_seconds / o->period > STEP_MAX - 4)
		return (SEK_OATH_WRONG);
	return (verify_totp(after, &s, wall_seconds));
}
