/*
 * look.c - is a reader here, and which fingers does fprintd know of him?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing is claimed and no scan is started.
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"

#include "fingerprint.h"

/* The fingers of all readers; name and kind of the first. */
static finger_end
look_at(struct finger_bus *b, const struct finger_job *job,
    struct finger_frame *f)
{
	struct finger_about about;
	struct finger_list list;
	uint32_t fingers;
	finger_end end;
	size_t i;

	if ((end = finger_devices(b, &list)) != SEK_FINGERPRINT_END_OK)
		return (end);
	f->readers = (uint32_t)list.n;
	if ((end = finger_about(b, list.path[0], &about)) ==
	    SEK_FINGERPRINT_END_OK) {
		(void)sek_text_copy(f->reader, sizeof(f->reader), about.name);
		f->swipe = about.swipe ? 1 : 0;
	}
	for (i = 0; end == SEK_FINGERPRINT_END_OK && i < list.n; i++) {
		end = finger_enrolled(b, list.path[i], job->account, &fingers);
		f->fingers |= fingers;
	}
	return (end);
}

static finger_end
work(const struct finger_job *job, struct finger_frame *f)
{
	struct finger_bus b;
	finger_end end;

	if ((end = finger_connect(&b, &job->d, job->d.until)) ==
	    SEK_FINGERPRINT_END_OK &&
	    (end = finger_owner(&b, job->d.until)) == SEK_FINGERPRINT_END_OK)
		end = look_at(&b, job, f);
	finger_disconnect(&b);
	return (end);
}

enum sek_err
finger_look(struct sek_fingerprint_seen *out, const char *account,
    int64_t wait, struct sek_why *why)
{
	struct finger_job job = { .kind = FINGER_LOOKED, .work = work,
	    .account = account };
	struct finger_frame f;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = finger_account(account, why)) != SEK_OK)
		return (err);
	sek_child_job_time(&job.d, sek_child_clock(), wait);
	if ((err = finger_run(&job, &f, why)) != SEK_OK)
		return (err);
	out->end = f.end;
	out->readers = f.readers;
	out->fingers = f.fingers;
	out->swipe = f.swipe;
	memcpy(out->reader, f.reader, sizeof(out->reader));
	return (SEK_OK);
}
