/*
 * lockout.c - arithmetic of attempts: who may have one, when a lock ends
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: within a boot only the boot clock decides; the wall clock is asked
 * once, for instants of an earlier boot, which then become this boot's.
 * MUST: failures + live leases <= deny, + 1 with the console's reserve. With
 * SEK_DENY_OFF only live leases are bounded.
 * MUST: a limit without sense (0, negative) counts as the strictest.
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/rule/lockout.h"

static uint32_t
deny_of(const struct sek_limits *limits)
{
	if (limits->deny == SEK_DENY_OFF)
		return (SEK_DENY_OFF);
	if (limits->deny < 1)
		return (1);
	return (limits->deny < SEK_DENY_MAX ? limits->deny : SEK_DENY_MAX);
}

/* A span in microseconds; what is no span never ends. */
static int64_t
microseconds(int64_t seconds)
{
	if (seconds <= 0 || seconds > INT64_MAX / SEK_SECOND)
		return (SEK_SPAN_NEVER);
	return (seconds * SEK_SECOND);
}

static bool
same_boot(const struct sek_moment *a, const struct sek_moment *b)
{
	return (memcmp(a->boot_id, b->boot_id, SEK_BOOT_ID_LEN) == 0);
}

static bool
anchor_all(struct sek_tally *t, const struct sek_moment *now)
{
	bool changed;
	uint32_t i;

	changed = sek_clock_anchor(&t->locked_at, now);
	changed |= sek_clock_anchor(&t->reserve_at, now);
	for (i = 0; i < t->nfailures; i++)
		changed |= sek_clock_anchor(&t->failure[i].at, now);
	return (changed);
}

/* A row of the store is checked, but an index never trusts it. */
static void
bound_counts(struct sek_tally *t)
{
	if (t->nfailures > SEK_DENY_MAX)
		t->nfailures = SEK_DENY_MAX;
	if (t->nleases > SEK_LEASES_MAX)
		t->nleases = SEK_LEASES_MAX;
}

static bool
counts(const struct sek_moment *at, const struct sek_limits *limits,
    const struct sek_moment *now)
{
	return (sek_clock_age(at, now) <= microseconds(limits->interval));
}

/* Count one more. With deny of them in the list it says all it has to: one
 * by the console's reserve would only push out where the others came from. */
static void
add_failure(struct sek_tally *t, const struct sek_limits *limits,
    const struct sek_moment *now, const struct sek_moment *at,
    uint32_t origin)
{
	struct sek_failure *f;

	if (t->total < UINT32_MAX)
		t->total++;
	if (t->nfailures >= deny_of(limits) ||
	    (!t->locked && !counts(at, limits, now)))
		return;
	/* Where nothing locks by count the newest stay: they count again when
	 * that has ended. */
	if (t->nfailures >= SEK_DENY_MAX) {
		memmove(&t->failure[0], &t->failure[1],
		    (SEK_DENY_MAX - 1) * sizeof(t->failure[0]));
		t->nfailures = SEK_DENY_MAX - 1;
	}
	f = &t->failure[t->nfailures++];
	memset(f, 0, sizeof(*f));
	f->at = *at;
	f->origin = origin;
}

static void
remove_lease(struct sek_tally *t, uint32_t i)
{
	t->nleases--;
	memmove(&t->lease[i], &t->lease[i + 1],
	    (t->nleases - i) * sizeof(t->lease[0]));
	memset(&t->lease[t->nleases], 0, sizeof(t->lease[0]));
}

static bool
has_expired(const struct sek_lease *l, const struct sek_moment *now,
    sek_alive_fn alive)
{
	if (!same_boot(&l->at, now) || now->boot > l->deadline)
		return (true);
	return (alive != NULL && !alive(&l->owner));
}

/* Leases nobody can give back any more are failures of when they began. */
static uint32_t
expire_leases(struct sek_tally *t, const struct sek_limits *limits,
    const struct sek_moment *now, sek_alive_fn alive)
{
	struct sek_moment at;
	uint32_t i = 0, n = 0;

	while (i < t->nleases) {
		if (!has_expired(&t->lease[i], now, alive)) {
			i++;
			continue;
		}
		at = t->lease[i].at;
		(void)sek_clock_anchor(&at, now);
		add_failure(t, limits, now, &at, t->lease[i].origin);
		remove_lease(t, i);
		n++;
	}
	return (n);
}

static void
drop_failures(struct sek_tally *t)
{
	t->nfailures = 0;
	memset(t->failure, 0, sizeof(t->failure));
}

/* A lock that has run its time ends and takes its failures with it. */
static bool
end_lock(struct sek_tally *t, const struct sek_limits *limits,
    const struct sek_moment *now)
{
	int64_t span = microseconds(limits->unlock);

	if (!t->locked || span == SEK_SPAN_NEVER ||
	    sek_clock_age(&t->locked_at, now) < span)
		return (false);
	t->locked = 0;
	memset(&t->locked_at, 0, sizeof(t->locked_at));
	drop_failures(t);
	return (true);
}

/* Each failure counts for the interval, on its own. */
static bool
forget_failures(struct sek_tally *t, const struct sek_limits *limits,
    const struct sek_moment *now)
{
	uint32_t i, kept = 0, before = t->nfailures;

	if (t->locked)
		return (false);
	for (i = 0; i < before; i++) {
		if (counts(&t->failure[i].at, limits, now))
			t->failure[kept++] = t->failure[i];
	}
	t->nfailures = kept;
	memset(&t->failure[kept], 0, (before - kept) * sizeof(t->failure[0]));
	return (kept != before);
}

static bool
close_lock(struct sek_tally *t, const struct sek_limits *limits,
    const struct sek_moment *now)
{
	if (t->locked || t->nfailures < deny_of(limits))
		return (false);
	t->locked = 1;
	t->locked_at = *now;
	return (true);
}

bool
sek_lockout_refresh(struct sek_tally *t, const struct sek_limits *limits,
    const struct sek_moment *now, sek_alive_fn alive, uint32_t *expired)
{
	bool changed;
	uint32_t n;

	bound_counts(t);
	changed = anchor_all(t, now);
	changed |= forget_failures(t, limits, now);
	/* Leases before the lock: one of before its end goes with it. */
	n = expire_leases(t, limits, now, alive);
	changed |= n > 0;
	changed |= end_lock(t, limits, now);
	changed |= close_lock(t, limits, now);
	if (expired != NULL)
		*expired = n;
	return (changed);
}

/* Failures and leases, as far as they take slots. */
static uint32_t
taken(const struct sek_tally *t, const struct sek_limits *limits)
{
	uint32_t deny = deny_of(limits);

	return ((t->nfailures < deny ? t->nfailures : deny) + t->nleases);
}

/* Did any attempt come from elsewhere than the console? */
static bool
others_tried(const struct sek_tally *t)
{
	uint32_t i;

	for (i = 0; i < t->nfailures; i++) {
		if ((t->failure[i].origin & SEK_ORIGIN_CONSOLE) == 0)
			return (true);
	}
	for (i = 0; i < t->nleases; i++) {
		if ((t->lease[i].origin & SEK_ORIGIN_CONSOLE) == 0)
			return (true);
	}
	return (false);
}

/* One at a time, one an interval, and deny + 1 at most in all. */
static bool
reserve_is_free(const struct sek_tally *t, const struct sek_limits *limits,
    const struct sek_moment *now)
{
	int64_t interval = microseconds(limits->interval);
	uint32_t i;

	if (taken(t, limits) > deny_of(limits) || !others_tried(t))
		return (false);
	for (i = 0; i < t->nleases; i++) {
		if ((t->lease[i].origin & SEK_ORIGIN_RESERVE) != 0)
			return (false);
	}
	return (!sek_clock_is_set(&t->reserve_at) ||
	    sek_clock_age(&t->reserve_at, now) >= interval);
}

static void
add_lease(struct sek_tally *t, const struct sek_lease *lease)
{
	t->lease[t->nleases++] = *lease;
}

enum sek_slot
sek_lockout_reserve(struct sek_tally *t, const struct sek_limits *limits,
    const struct sek_moment *now, struct sek_lease *lease)
{
	bool full;

	bound_counts(t);
	lease->origin &= ~(uint32_t)SEK_ORIGIN_RESERVE;
	full = t->locked || taken(t, limits) >= deny_of(limits) ||
	    (deny_of(limits) == SEK_DENY_OFF &&
	    t->nleases >= SEK_LEASES_MAX - 1);
	if (full) {
		if ((lease->origin & SEK_ORIGIN_CONSOLE) == 0 ||
		    !reserve_is_free(t, limits, now))
			return (t->locked ? SEK_SLOT_LOCKED : SEK_SLOT_BUSY);
		lease->origin |= SEK_ORIGIN_RESERVE;
		t->reserve_at = *now;
	}
	add_lease(t, lease);
	return (SEK_SLOT_GRANTED);
}

/* Where lease id is; nleases when nowhere. */
static uint32_t
find_lease(const struct sek_tally *t, const char *id)
{
	uint32_t i;

	for (i = 0; i < t->nleases; i++) {
		if (strncmp(t->lease[i].id, id, SEK_ID_MAX) == 0)
			break;
	}
	return (i);
}

bool
sek_lockout_give_back(struct sek_tally *t, const char *id)
{
	uint32_t i;

	bound_counts(t);
	if ((i = find_lease(t, id)) == t->nleases)
		return (false);
	/* The reserve is one failure: a login of two factors takes it twice. */
	if ((t->lease[i].origin & SEK_ORIGIN_RESERVE) != 0)
		memset(&t->reserve_at, 0, sizeof(t->reserve_at));
	remove_lease(t, i);
	return (true);
}

bool
sek_lockout_fail(struct sek_tally *t, const struct sek_limits *limits,
    const struct sek_moment *now, const char *id, bool *locked_now)
{
	uint32_t i, origin;

	*locked_now = false;
	bound_counts(t);
	if ((i = find_lease(t, id)) == t->nleases)
		return (false);
	origin = t->lease[i].origin;
	remove_lease(t, i);
	(void)forget_failures(t, limits, now);
	add_failure(t, limits, now, now, origin);
	*locked_now = close_lock(t, limits, now);
	return (true);
}

void
sek_lockout_clear(struct sek_tally *t)
{
	bound_counts(t);
	drop_failures(t);
	t->locked = 0;
	t->total = 0;
	memset(&t->locked_at, 0, sizeof(t->locked_at));
	memset(&t->reserve_at, 0, sizeof(t->reserve_at));
}

void
sek_lockout_state(struct sek_lock_state *out, const struct sek_tally *t,
    const struct sek_limits *limits, const struct sek_moment *now)
{
	int64_t left, span = microseconds(limits->unlock);
	uint32_t deny = deny_of(limits), used = taken(t, limits);

	memset(out, 0, sizeof(*out));
	out->failures = t->total;
	if (!t->locked && deny == SEK_DENY_OFF)
		out->room = SEK_LEASES_MAX - 1 > t->nleases ?
		    SEK_LEASES_MAX - 1 - t->nleases : 0;
	else if (!t->locked)
		out->room = used < deny ? deny - used : 0;
	if (!t->locked)
		return;
	out->locked = 1;
	out->never = span == SEK_SPAN_NEVER;
	out->until = SEK_SPAN_NEVER;
	if (out->never)
		return;
	left = span - sek_clock_age(&t->locked_at, now);
	if (__builtin_add_overflow(now->wall, left > 0 ? left : 0,
	    &out->until))
		out->until = SEK_SPAN_NEVER;
}
