/*
 * privilege.c - who may begin a privileged session, and when it ends
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(2)①ウ, 7(2)⑥, 7(1)④.
 * MUST: what is not known to be so is not so.
 * MUST: no policy, grant or window makes a session endless.
 */
#include "config.h"

#include "sekisho/rule/privilege.h"

#define DAY		INT64_C(86400)		/* seconds */
#define WEEK		(7 * DAY)
#define THURSDAY	4			/* 1970-01-01 */

/* The numbers of enum sek_contractors. */
#define CONTRACTORS_YES		0
#define CONTRACTORS_GRANT	1

/* Towards minus infinity. */
static int64_t
floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;

	return (a % b < 0 ? q - 1 : q);
}

static bool
on_day(const struct sek_window *w, int64_t day)
{
	int64_t n = ((day + THURSDAY) % 7 + 7) % 7;

	return ((w->days >> n & 1) != 0);
}

/* When the window that holds this local second closes; else that second. */
static int64_t
closes(const struct sek_window *w, int64_t local)
{
	int64_t day = floor_div(local, DAY), start = day * DAY;
	int64_t from = start + w->from * 60, until = start + w->until * 60;

	if (w->from < w->until)
		return (on_day(w, day) && local >= from && local < until ?
		    until : local);
	/* Past midnight: today's goes on, yesterday's may not be over. */
	if (on_day(w, day) && local >= from)
		return (until + DAY);
	return (on_day(w, day - 1) && local < until ? until : local);
}

/* The latest of all that hold it. */
static int64_t
all_close(const struct sek_windows *w, int64_t local)
{
	int64_t end = local, one;
	unsigned i;

	for (i = 0; i < w->n && i < SEK_WINDOWS_MAX; i++)
		if ((one = closes(&w->w[i], local)) > end)
			end = one;
	return (end);
}

int64_t
sek_privilege_window(const struct sek_windows *w, int zone, int64_t wall)
{
	int64_t second = floor_div(wall, SEK_SECOND), local, end, next;
	int64_t part = wall % SEK_SECOND;

	if (w->n == 0)
		return (INT64_MAX);
	local = second + zone;
	/* One that begins where another closes goes on with it. */
	for (end = local; (next = all_close(w, end)) > end; end = next)
		if (next - local >= WEEK)
			return (INT64_MAX);
	if (part < 0)
		part += SEK_SECOND;
	return (end == local ? 0 : (end - local) * SEK_SECOND - part);
}

static enum sek_reason
as_contractor(const struct sek_privilege_policy *p,
    const struct sek_privilege_facts *f)
{

	if (!f->contractor || p->contractors == CONTRACTORS_YES)
		return (SEK_REASON_NONE);
	if (p->contractors != CONTRACTORS_GRANT)
		return (SEK_REASON_CONTRACTOR);
	return (f->granted ? SEK_REASON_NONE : SEK_REASON_NO_GRANT);
}

enum sek_reason
sek_privilege_may(const struct sek_privilege_policy *p,
    const struct sek_privilege_facts *f)
{
	enum sek_reason no;

	if (f->glass)
		return (SEK_REASON_NONE);
	if (!f->person || (p->keeps_list && !f->listed))
		return (SEK_REASON_NOT_LISTED);
	if (sek_privilege_window(&p->hours, p->zone, f->wall) <= 0)
		return (SEK_REASON_HOURS);
	if ((no = as_contractor(p, f)) != SEK_REASON_NONE)
		return (no);
	if (p->require_grant && !f->granted)
		return (SEK_REASON_NO_GRANT);
	if (p->two_person && !f->witnessed)
		return (SEK_REASON_NO_WITNESS);
	return (SEK_REASON_NONE);
}

int64_t
sek_privilege_lasts(const struct sek_privilege_policy *p, int64_t grant_span,
    int64_t grant_end, int64_t wall)
{
	int64_t lasts = p->max_session, window;

	if (grant_span != 0 || grant_end != 0) {
		if (grant_span < lasts)
			lasts = grant_span;
		if (grant_end <= wall)
			return (0);
		/* Both may be anything; what is left is above 0. */
		if (__builtin_sub_overflow(grant_end, wall, &grant_end))
			grant_end = INT64_MAX;
		if (grant_end < lasts)
			lasts = grant_end;
	}
	window = sek_privilege_window(&p->hours, p->zone, wall);
	if (window < lasts)
		lasts = window;
	return (lasts > 0 ? lasts : 0);
}
