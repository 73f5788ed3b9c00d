/*
 * test_rule_lockout_random.c - thousands of interleavings of attempts,
 * answers, kills, stops, clock steps and reboots, against a plain model
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The model knows the true time and keeps every slot ever granted in a list;
 * nothing of it is shared with the code under test. A failing run names its
 * seed: SEK_SEED=N repeats that one alone.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/rule/lockout.h"
#include "unit.h"

#define SEEDS		2000u
#define STEPS		300u
#define BOUND		(30 * SEK_SECOND)
#define MINUTE		(60 * SEK_SECOND)
#define HOUR		(60 * MINUTE)

enum fate { LIVE, GIVEN_BACK, FAILED, KILLED };

struct slot {
	int64_t		at;		/* true time granted */
	int64_t		ended;		/* true time it failed */
	enum fate	fate;
	bool		reserve;
	bool		forgotten;	/* a lock or a success since */
	char		id[SEK_ID_MAX];
};

static struct {
	struct sek_tally	t;
	struct sek_limits	limits;
	struct sek_moment	now;
	int64_t			now_true;	/* microseconds since the start */
	struct slot		slot[STEPS];
	unsigned		nslots;
	int64_t			locked_since;	/* true time; -1 open */
	bool			reboots;
	unsigned		seed;
	uint64_t		random;
} w;

#define HOLDS(expr) ck_assert_msg(expr, "seed %u step true time %lld", \
	w.seed, (long long)w.now_true)

static uint32_t
random_below(uint32_t n)
{
	/* xorshift64*: the same on every machine. */
	w.random ^= w.random >> 12;
	w.random ^= w.random << 25;
	w.random ^= w.random >> 27;
	return ((uint32_t)((w.random * UINT64_C(2685821657736338717)) >> 33) %
	    n);
}

/* Pids are numbers of slots + 1. */
static bool
alive(const struct sek_process *p)
{
	return (w.slot[p->pid - 1].fate != KILLED);
}

/* What the model says of a slot: under way, so that it holds its place? */
static bool
is_live(const struct slot *s)
{
	return (s->fate == LIVE && w.now_true - s->at <= BOUND);
}

/* A failure, and when: of one killed or stopped, when it began. */
static bool
is_failure(const struct slot *s, int64_t *when)
{
	*when = s->fate == FAILED ? s->ended : s->at;
	return (s->fate == FAILED || s->fate == KILLED ||
	    (s->fate == LIVE && !is_live(s)));
}

/* Failures within the interval. */
static unsigned
model_failures(void)
{
	int64_t when, interval = w.limits.interval * SEK_SECOND;
	unsigned i, n = 0;

	for (i = 0; i < w.nslots; i++) {
		if (is_failure(&w.slot[i], &when) &&
		    !w.slot[i].forgotten && w.now_true - when <= interval)
			n++;
	}
	return (n);
}

static unsigned
model_live(void)
{
	unsigned i, n = 0;

	for (i = 0; i < w.nslots; i++)
		n += is_live(&w.slot[i]);
	return (n);
}

/* What failed is gone; slots still live go on. */
static void
forget(void)
{
	unsigned i;

	for (i = 0; i < w.nslots; i++)
		w.slot[i].forgotten |= !is_live(&w.slot[i]);
}

static void
refresh(void)
{
	uint32_t was = w.t.locked;

	(void)sek_lockout_refresh(&w.t, &w.limits, &w.now, alive, NULL);
	if (was && !w.t.locked)
		forget();
}

static void
check_bounds(void)
{
	uint32_t deny = w.limits.deny;
	bool reserve = false;
	unsigned i;

	for (i = 0; i < w.nslots; i++)
		reserve |= w.slot[i].reserve;
	HOLDS(w.t.nfailures <= deny);
	HOLDS(w.t.nfailures + w.t.nleases <= deny + (reserve ? 1 : 0));
	HOLDS(w.t.nleases == model_live());
}

/* Without a reboot the model knows exactly when a lock closes: deny - 1
 * failures never do. */
static void
check_exact(void)
{
	struct sek_lock_state s;

	sek_lockout_state(&s, &w.t, &w.limits, &w.now);
	HOLDS(s.locked == w.t.locked);
	if (w.t.locked) {
		HOLDS(s.until > w.now.wall);
		HOLDS(s.until <= w.now.wall + w.limits.unlock * SEK_SECOND);
	}
	if (w.reboots)
		return;
	if (w.t.locked && w.locked_since < 0)
		HOLDS(model_failures() >= w.limits.deny);
	if (!w.t.locked)
		HOLDS(model_failures() == w.t.nfailures &&
		    w.t.nfailures < w.limits.deny);
}

/* A lock lasts its span of boot time after the last boot, and no longer. */
static void
check_end(void)
{
	if (!w.t.locked)
		w.locked_since = -1;
	else if (w.locked_since < 0)
		w.locked_since = w.now_true;
	else
		HOLDS(w.now_true - w.locked_since <
		    w.limits.unlock * SEK_SECOND);
}

static void
attempt(void)
{
	struct slot *s = &w.slot[w.nslots];
	struct sek_lease l;
	enum sek_slot got;
	bool console = random_below(8) == 0, room;

	memset(&l, 0, sizeof(l));
	(void)snprintf(l.id, sizeof(l.id), "%u", w.nslots);
	l.at = w.now;
	l.deadline = w.now.boot + BOUND;
	l.owner.pid = (int32_t)w.nslots + 1;
	l.origin = console ? SEK_ORIGIN_CONSOLE : 0;
	room = !w.t.locked && w.t.nfailures + w.t.nleases < w.limits.deny;
	got = sek_lockout_reserve(&w.t, &w.limits, &w.now, &l);
	/* Whoever finds room gets it; who finds none only at the console. */
	HOLDS(!room || got == SEK_SLOT_GRANTED);
	HOLDS(room || console || got != SEK_SLOT_GRANTED);
	HOLDS(got != SEK_SLOT_LOCKED || w.t.locked);
	HOLDS(got != SEK_SLOT_BUSY || !w.t.locked);
	if (got != SEK_SLOT_GRANTED)
		return;
	memset(s, 0, sizeof(*s));
	s->at = w.now_true;
	s->fate = LIVE;
	s->reserve = (l.origin & SEK_ORIGIN_RESERVE) != 0;
	HOLDS(s->reserve == !room);
	memcpy(s->id, l.id, sizeof(s->id));
	w.nslots++;
}

/* Some slot, told right, told wrong, or killed. */
static void
end_one(void)
{
	struct slot *s;
	bool locked_now, live;

	if (w.nslots == 0)
		return;
	s = &w.slot[w.nslots - 1 - random_below(w.nslots < 8 ? w.nslots : 8)];
	live = is_live(s);
	switch (random_below(4)) {
	case 0:
		HOLDS(sek_lockout_give_back(&w.t, s->id) == live);
		if (live)
			s->fate = GIVEN_BACK;
		break;
	case 1:
		if (live)
			s->fate = KILLED;
		break;
	default:
		HOLDS(sek_lockout_fail(&w.t, &w.limits, &w.now, s->id,
		    &locked_now) == live);
		if (live) {
			s->fate = FAILED;
			s->ended = w.now_true;
		}
		break;
	}
}

static void
pass_time(void)
{
	int64_t us = random_below(4) == 0 ?
	    random_below(20) * MINUTE : random_below(20) * SEK_SECOND;

	w.now_true += us;
	w.now.wall += us;
	w.now.boot += us;
}

static void
step_clock(void)
{
	w.now.wall += ((int64_t)random_below(97) - 48) * HOUR;
}

static void
reboot(void)
{
	unsigned i;

	for (i = 0; i < w.nslots; i++) {
		if (w.slot[i].fate == LIVE)
			w.slot[i].fate = KILLED;
	}
	w.now.boot = 1;
	w.now.boot_id[0]++;
	if (random_below(2) == 0)
		step_clock();
	/* From here on the span may begin once more. */
	w.locked_since = -1;
}

static void
succeed(void)
{
	sek_lockout_clear(&w.t);
	forget();
	w.locked_since = -1;
}

static void
one_step(void)
{
	switch (random_below(24)) {
	case 0:
		step_clock();
		break;
	case 1:
		if (w.reboots && random_below(3) == 0)
			reboot();
		break;
	case 2:
		if (random_below(4) == 0)
			succeed();
		break;
	case 3: case 4: case 5: case 6: case 7:
		pass_time();
		break;
	case 8: case 9: case 10: case 11: case 12: case 13: case 14:
		end_one();
		break;
	default:
		attempt();
		break;
	}
}

static void
run(unsigned seed, bool reboots)
{
	unsigned i;

	memset(&w, 0, sizeof(w));
	w.seed = seed;
	w.random = UINT64_C(0x9e3779b97f4a7c15) * (seed + 1);
	w.reboots = reboots;
	w.locked_since = -1;
	w.now.wall = INT64_C(1795130130) * SEK_SECOND;
	w.now.boot = HOUR;
	w.now.boot_id[0] = 1;
	w.limits.deny = 1 + random_below(7);
	w.limits.interval = 60 + (int64_t)random_below(1800);
	w.limits.unlock = 60 + (int64_t)random_below(1800);
	for (i = 0; i < STEPS; i++) {
		refresh();
		one_step();
		refresh();
		check_bounds();
		check_exact();
		check_end();
	}
}

static void
run_all(bool reboots)
{
	const char *one = getenv("SEK_SEED");
	unsigned seed;

	if (one != NULL) {
		run((unsigned)strtoul(one, NULL, 10), reboots);
		return;
	}
	for (seed = 0; seed < SEEDS; seed++)
		run(seed, reboots);
}

START_TEST(slots_and_locks_are_exact_under_any_interleaving)
{
	run_all(false);
}
END_TEST

START_TEST(bounds_hold_over_reboots_and_clocks_set_back)
{
	run_all(true);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		slots_and_locks_are_exact_under_any_interleaving,
		bounds_hold_over_reboots_and_clocks_set_back,
		NULL
	};

	return (unit_run("rule_lockout_random", tests));
}
