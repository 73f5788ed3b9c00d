/*
 * delete.c - have fprintd forget a finger
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: it is OK only where fprintd keeps nothing of it any more, also of a
 * reader that is not plugged in now.
 */
#include "config.h"

#include "fingerprint.h"

static finger_end
on_reader(struct finger_bus *b, const struct finger_job *job,
    const char *device, enum sek_finger finger)
{
	uint32_t has;
	finger_end end;

	if ((end = finger_enrolled(b, device, job->account, &has)) !=
	    SEK_FINGERPRINT_END_OK ||
	    (has & SEK_FINGER_BIT(finger)) == 0)
		return (end);
	if ((end = finger_claim(b, device, job->account)) ==
	    SEK_FINGERPRINT_END_OK)
		end = finger_do(b, "DeleteEnrolledFinger",
		    sek_finger_name(finger));
	finger_let_go(b, NULL);
	return (end == SEK_FINGERPRINT_END_NOT_ENROLLED ?
	    SEK_FINGERPRINT_END_OK : end);
}

static finger_end
on_readers(struct finger_bus *b, const struct finger_job *job,
    enum sek_finger finger)
{
	struct finger_list list;
	finger_end end;
	size_t i;

	if ((end = finger_devices(b, &list)) != SEK_FINGERPRINT_END_OK)
		return (end);
	for (i = 0; end == SEK_FINGERPRINT_END_OK && i < list.n; i++)
		end = on_reader(b, job, list.path[i], finger);
	return (end);
}

static finger_end
work(const struct finger_job *job, struct finger_frame *f)
{
	const enum sek_finger *finger = job->in;
	uint8_t digest[SEK_TEMPLATE_LEN];
	struct finger_bus b;
	finger_end end;

	(void)f;
	if ((end = finger_connect(&b, &job->d, job->d.until)) ==
	    SEK_FINGERPRINT_END_OK &&
	    (end = finger_owner(&b, job->d.until)) == SEK_FINGERPRINT_END_OK)
		end = on_readers(&b, job, *finger);
	finger_disconnect(&b);
	/* Its file tells: where it is gone, all is well, also without a reader
	 * or fprintd; where it is not, its reader is not here. */
	if (finger_template(digest, FINGER_FOLDER, job->account, *finger) ==
	    SEK_ERR_NOT_FOUND)
		return (SEK_FINGERPRINT_END_OK);
	return (end == SEK_FINGERPRINT_END_OK ?
	    SEK_FINGERPRINT_END_NO_READER : end);
}

enum sek_err
finger_delete(enum sek_fingerprint_end *end, const char *account,
    enum sek_finger finger, int64_t wait, struct sek_why *why)
{
	struct finger_job job = { .kind = FINGER_DELETED, .work = work,
	    .account = account, .in = &finger };
	struct finger_frame f;
	enum sek_err err;

	*end = SEK_FINGERPRINT_END_FAILED;
	if ((err = finger_account(account, why)) != SEK_OK)
		return (err);
	if (finger <= SEK_FINGER_NONE || finger >= SEK_FINGERS)
		return (sek_why(why, SEK_ERR_RANGE, "no such finger"));
	sek_child_job_time(&job.d, sek_child_clock(), wait);
	if ((err = finger_run(&job, &f, why)) == SEK_OK)
		*end = (enum sek_fingerprint_end)f.end;
	return (err);
}
