/*
 * pam_vendor.c - another's PAM module that checks a living trait, in a child
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * This is the login's side: what is to run, the conversation, the result. The
 * rest is in vendor/.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sodium.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/pam_vendor.h"
#include "sekisho/rule/stack.h"

#include "device/child.h"
#include "vendor/vendor.h"

#define PIECE		65536u		/* bytes hashed at once */
#define FILE_MAX	(INT64_C(256) << 20)

_Static_assert(crypto_hash_sha256_BYTES == SEK_VENDOR_HASH_LEN, "SHA-256");

static const char *const ends[SEK_VENDOR_END_COUNT] = {
	[SEK_VENDOR_END_FAILED]		= "failed",
	[SEK_VENDOR_END_YES]		= "yes",
	[SEK_VENDOR_END_NO]		= "no",
	[SEK_VENDOR_END_UNABLE]		= "unable",
	[SEK_VENDOR_END_GIVEN_UP]	= "given-up",
	[SEK_VENDOR_END_SILENT]		= "silent",
	[SEK_VENDOR_END_CRASHED]	= "crashed",
	[SEK_VENDOR_END_GARBAGE]	= "garbage",
	[SEK_VENDOR_END_CAPPED]		= "capped",
	[SEK_VENDOR_END_PAUSED]		= "paused",
	[SEK_VENDOR_END_CANCELLED]	= "cancelled",
};

const char *
sek_vendor_end_name(enum sek_vendor_end e)
{

	return (e < SEK_VENDOR_END_COUNT ? ends[e] : "?");
}

/* ------------------------------------------------------------ its file -- */

static enum sek_err
hash_bytes(uint8_t hash[SEK_VENDOR_HASH_LEN], int fd, const char *path,
    struct sek_why *why)
{
	crypto_hash_sha256_state st;
	enum sek_err err = SEK_OK;
	int64_t all = 0;
	uint8_t *piece;
	ssize_t n = 1;

	if ((piece = malloc(PIECE)) == NULL)
		return (SEK_ERR_NOMEM);
	(void)crypto_hash_sha256_init(&st);
	while (n > 0 && all <= FILE_MAX) {
		if ((n = sek_file_read_all(fd, piece, PIECE)) > 0)
			(void)crypto_hash_sha256_update(&st, piece,
			    (unsigned long long)n);
		all += n;
	}
	(void)crypto_hash_sha256_final(&st, hash);
	if (n != 0)
		err = sek_why(why, SEK_ERR_BACKEND, "backend %s: it cannot be "
		    "read, or is larger than 256 MiB", path);
	free(piece);
	return (err);
}

static enum sek_err
look_at_file(struct vendor_task *t, struct sek_vendor_result *out,
    struct sek_why *why)
{
	const char *base;
	enum sek_err err;
	int fd = -1;

	if ((err = sek_pam_backend_open(&fd, t->path, sizeof(t->path),
	    t->in->options->backend, why)) != SEK_OK)
		return (err);
	base = strrchr(t->path, '/');
	sek_text_printable(out->name, sizeof(out->name), base + 1);
	if (fstat(fd, &t->file) != 0)
		err = sek_why(why, SEK_ERR_BACKEND, "backend %s: it cannot be "
		    "looked at", t->path);
	else
		err = hash_bytes(out->hash, fd, t->path, why);
	(void)close(fd);
	return (err);
}

static enum sek_err
prepare(struct vendor_task *t, struct sek_vendor_result *out,
    struct sek_why *why)
{
	const struct sek_pam_options *o = t->in->options;
	enum sek_err err;

	if (o->backend == NULL)
		return (sek_why(why, SEK_ERR_ARGUMENT, "module argument "
		    "backend= is missing: which module checks the trait?"));
	if (sek_stack_backend_is_no_trait(o->backend))
		return (sek_why(why, SEK_ERR_ARGUMENT, "backend=%s checks no "
		    "living trait: name the module of a face or vein reader",
		    o->backend));
	if ((err = sek_secret_init()) != SEK_OK ||
	    (err = sek_pam_backend_arguments(t->argv, &t->argc, o, why)) !=
	    SEK_OK)
		return (err);
	return (look_at_file(t, out, why));
}

/* ---------------------------------------------------- in the login -- */

static enum device_frame
check(const struct device_job *job, const void *frame)
{
	const struct vendor_frame *f = frame;

	(void)job;
	if (!sek_vendor_frame_check(f, VENDOR_KEEPER))
		return (DEVICE_FRAME_BAD);
	switch (f->kind) {
	case VENDOR_FRAME_PAUSE:
	case VENDOR_FRAME_TELL:
		return (DEVICE_FRAME_CUE);
	case VENDOR_FRAME_ASK:
		return (DEVICE_FRAME_ASK);
	case VENDOR_FRAME_END:
		return (DEVICE_FRAME_ANSWER);
	default:
		return (DEVICE_FRAME_BAD);
	}
}

static void
cue(const struct device_job *job, const void *frame)
{
	const struct vendor_task *t = job->arg;
	const struct sek_vendor_talk *talk = t->in->talk;
	const struct vendor_frame *f = frame;

	if (f->kind == VENDOR_FRAME_TELL) {
		if (((unsigned)t->in->flags & PAM_SILENT) == 0)
			sek_pam_tell(t->pamh, PAM_TEXT_INFO, f->text);
	} else if (talk != NULL && talk->paused != NULL)
		talk->paused(talk->arg, f->seconds);
}

/* A conversation that failed, and the login password, are no answer. */
static bool
answer(const struct device_job *job, void *frame)
{
	const struct vendor_task *t = job->arg;
	struct sek_secret typed = SEK_SECRET_NONE;
	struct vendor_frame *f = frame;
	enum sek_err err;

	err = sek_pam_ask_as(t->pamh, f->style == PAM_PROMPT_ECHO_ON, f->text,
	    &typed);
	memset(f, 0, sizeof(*f));
	f->kind = VENDOR_FRAME_REPLY;
	f->code = PAM_CONV_ERR;
	if (err == SEK_OK && typed.len < sizeof(f->text) &&
	    !sek_pam_is_password(t->pamh, &typed)) {
		memcpy(f->text, sek_secret_text(&typed), typed.len);
		f->code = PAM_SUCCESS;
	}
	sek_secret_free(&typed);
	return (true);
}

static bool
stop(const struct device_job *job)
{
	const struct vendor_task *t = job->arg;
	const struct sek_vendor_talk *talk = t->in->talk;

	return (talk->cancelled != NULL && talk->cancelled(talk->arg));
}

static void
set_up(struct device_job *job, struct vendor_task *t)
{
	const struct sek_vendor_request *in = t->in;
	const int64_t pause = in->pause > 0 ? in->pause + SEK_SECOND : 0;

	job->work = sek_vendor_keep;
	job->check = check;
	job->cue = cue;
	job->reply = answer;
	job->what = "a vendor's module";
	job->arg = t;
	job->size = sizeof(struct vendor_frame);
	job->cues = VENDOR_TELLS_MAX + VENDOR_ASKS_MAX + VENDOR_PAUSES_MAX;
	job->counts = job->keeps = true;
	job->again = in->wait;
	job->watch = -1;
	if (in->talk != NULL && in->talk->watch != NULL) {
		job->watch = in->talk->watch(in->talk->arg);
		job->stop = stop;
	}
	sek_child_job_time_counting(job, sek_child_clock(), pause + in->wait);
}

static enum sek_err
result(struct sek_vendor_result *out, const struct vendor_task *t,
    const struct vendor_frame *f, enum device_said said, struct sek_why *why)
{

	switch (said) {
	case DEVICE_SAID_ANSWER:
		break;
	case DEVICE_SAID_NOTHING:
		out->end = SEK_VENDOR_END_SILENT;
		return (SEK_OK);
	case DEVICE_SAID_NONSENSE:
	default:
		out->end = SEK_VENDOR_END_CRASHED;
		return (SEK_OK);
	}
	out->end = f->end;
	out->code = f->code;
	if (f->end == SEK_VENDOR_END_FAILED)
		return (sek_why(why, (enum sek_err)f->err, "backend %s: %s",
		    t->path, f->text));
	if (f->end == SEK_VENDOR_END_YES && t->in->notes != NULL &&
	    f->text[0] != '\0')
		sek_pam_note(t->in->notes, PAM_TEXT_INFO, f->text);
	return (SEK_OK);
}

enum sek_err
sek_pam_vendor_run(struct sek_vendor_result *out, pam_handle_t *pamh,
    const struct sek_vendor_request *in, struct sek_why *why)
{
	enum device_said said = DEVICE_SAID_NONSENSE;
	struct device_job job;
	struct vendor_frame *f = NULL;
	struct vendor_task *t = NULL;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	out->code = PAM_SYSTEM_ERR;
	memset(&job, 0, sizeof(job));
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (f = calloc(1, sizeof(*f))) == NULL) {
		err = SEK_ERR_NOMEM;
		goto out;
	}
	t->pamh = pamh;
	t->in = in;
	if ((err = prepare(t, out, why)) != SEK_OK)
		goto out;
	set_up(&job, t);
	if ((err = sek_child_run(&job, f, &said, why)) == SEK_OK)
		err = result(out, t, f, said, why);
out:
	free(f);
	free(t);
	return (err);
}
