/*
 * child.c - a key's work in a child, and what it said
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "key.h"

#define CUES_MAX	4u		/* a sensor's and a touch's, twice */

/* ------------------------------------------------------- in the child -- */

static void
quiet(const char *line)
{

	(void)line;
}

/* FIDO_DEBUG in the environment, which may be the claimant's, makes fido_init
 * write to stderr: not here. */
static void
work(const struct device_job *d, void *frame)
{
	const struct key_job *job = d->arg;
	struct key_frame *f = frame;

	fido_init(FIDO_DISABLE_U2F_FALLBACK);
	fido_set_log_handler(quiet);
	f->device = *job->device;
	job->work(job, f);
}

void
key_tell(const struct key_job *job, const struct key_frame *f)
{

	sek_child_tell(&job->d, f);
}

/* ------------------------------------------------------ in the parent -- */

static enum device_frame
check(const struct device_job *d, const void *frame)
{
	const struct key_job *job = d->arg;
	const struct key_frame *f = frame;

	if (!key_frame_check(f, job->device, job->kind))
		return (DEVICE_FRAME_BAD);
	return (f->kind == KEY_FRAME_CUE ? DEVICE_FRAME_CUE :
	    DEVICE_FRAME_ANSWER);
}

static void
cue(const struct device_job *d, const void *frame)
{
	const struct key_job *job = d->arg;
	const struct key_frame *f = frame;

	if (job->cue != NULL)
		job->cue(job->arg, (enum sek_fido2_cue)f->cue, &f->device);
}

enum sek_err
key_run(struct key_job *job, struct key_frame *f, struct sek_why *why)
{
	enum device_said said;
	enum sek_err err;

	job->d.work = work;
	job->d.check = check;
	job->d.cue = cue;
	job->d.what = "a security key";
	job->d.arg = job;
	job->d.size = sizeof(*f);
	job->d.cues = CUES_MAX;
	if ((err = sek_child_run(&job->d, f, &said, why)) != SEK_OK ||
	    said == DEVICE_SAID_ANSWER)
		return (err);
	f->device = *job->device;
	f->end = said == DEVICE_SAID_NOTHING ? SEK_FIDO2_END_SILENT :
	    SEK_FIDO2_END_GARBAGE;
	return (SEK_OK);
}
