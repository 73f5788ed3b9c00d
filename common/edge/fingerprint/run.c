/*
 * run.c - a child for the reader: what is the same for all that it does
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"

#include "fingerprint.h"

/* It becomes the name of one folder below fprintd's; "" would be the caller's
 * own to fprintd. */
enum sek_err
finger_account(const char *account, struct sek_why *why)
{

	if (!sek_text_is_clean(account, SEK_NAME_MAX - 1) ||
	    strchr(account, '/') != NULL || account[0] == '.')
		return (sek_why(why, SEK_ERR_RANGE, "no account of a "
		    "fingerprint has such a name"));
	return (SEK_OK);
}

/* ------------------------------------------------------- in the child -- */

bool
finger_tell(const struct finger_job *job,
    const struct sek_fingerprint_told *told)
{
	struct finger_frame f;

	memset(&f, 0, sizeof(f));
	f.kind = FINGER_CUE;
	f.told = *told;
	return (sek_child_try(&job->d, &f));
}

static void
work(const struct device_job *d, void *frame)
{
	const struct finger_job *job = d->arg;
	struct finger_frame *f = frame;

	f->kind = job->kind;
	f->end = job->work(job, f);
	sek_child_tell(d, f);
}

/* ------------------------------------------------------ in the parent -- */

static enum device_frame
check(const struct device_job *d, const void *frame)
{
	const struct finger_job *job = d->arg;
	const struct finger_frame *f = frame;

	if (!finger_frame_check(f, job->kind, job->fingers, job->account))
		return (DEVICE_FRAME_BAD);
	return (f->kind == FINGER_CUE ? DEVICE_FRAME_CUE :
	    DEVICE_FRAME_ANSWER);
}

static void
cue(const struct device_job *d, const void *frame)
{
	const struct finger_job *job = d->arg;
	const struct finger_frame *f = frame;

	if (job->talk != NULL && job->talk->tell != NULL)
		job->talk->tell(job->talk->arg, &f->told);
}

static bool
stop(const struct device_job *d)
{
	const struct finger_job *job = d->arg;

	return (job->talk->cancelled(job->talk->arg));
}

static void
watch(struct finger_job *job)
{
	const struct sek_fingerprint_talk *t = job->talk;

	job->d.watch = -1;
	if (t != NULL && t->watch != NULL && t->cancelled != NULL &&
	    (job->d.watch = t->watch(t->arg)) >= 0)
		job->d.stop = stop;
}

enum sek_err
finger_run(struct finger_job *job, struct finger_frame *f, struct sek_why *why)
{
	enum device_said said;
	enum sek_err err;

	job->d.work = work;
	job->d.check = check;
	job->d.cue = cue;
	job->d.what = "a fingerprint reader";
	job->d.arg = job;
	job->d.size = sizeof(*f);
	job->d.cues = FINGER_CUES;
	watch(job);
	if ((err = sek_child_run(&job->d, f, &said, why)) != SEK_OK)
		return (err);
	if (said != DEVICE_SAID_ANSWER)
		f->end = said != DEVICE_SAID_NOTHING ?
		    SEK_FINGERPRINT_END_GARBAGE : job->d.stopped ?
		    SEK_FINGERPRINT_END_CANCELLED :
		    SEK_FINGERPRINT_END_SILENT;
	return (SEK_OK);
}
