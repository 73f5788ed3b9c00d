/*
 * job.c - the time of a child's work
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/base/clock.h"

#include "child.h"

#define RESERVE		(SEK_SECOND / 5)	/* between a child's end by
						 * itself and by force */
#define COUNTING	(15 * SEK_SECOND)	/* two calls of a second to let
						 * it go, and the store's own
						 * bound of ten */

void
sek_child_job_time(struct device_job *job, int64_t start, int64_t wait)
{

	if (wait < 0)
		wait = 0;
	job->end = start + wait;
	job->until = job->end - (wait / 8 < RESERVE ? wait / 8 : RESERVE);
}

void
sek_child_job_time_counting(struct device_job *job, int64_t start,
    int64_t wait)
{

	job->until = start + (wait < 0 ? 0 : wait);
	job->end = job->until + COUNTING;
}
