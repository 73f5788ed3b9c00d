/*
 * test_edge_fido2_child.c - a child that was taken over, and its parent
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/clock.h"

#include "../../common/edge/fido2/key.h"
#include "unit.h"

#define WAIT	(SEK_SECOND)
#define CALLER	1001u

/* Nothing of libfido2 is needed for it. */
void
fido_init(int flags)
{

	(void)flags;
}

void
fido_set_log_handler(fido_log_handler_t *handler)
{

	(void)handler;
}

static struct sek_fido2_device asked;
static struct key_frame f;
static unsigned cues;

static void
on_cue(void *arg, enum sek_fido2_cue cue, const struct sek_fido2_device *d)
{

	(void)arg;
	(void)cue;
	(void)d;
	cues++;
}

static void
setup(void)
{

	memset(&asked, 0, sizeof(asked));
	strcpy(asked.path, "/dev/hidraw0");
	cues = 0;
}

/* How it ended; and nothing of it is left. */
static const char *
run(void (*work)(const struct key_job *, struct key_frame *))
{
	struct key_job job = { .work = work, .kind = KEY_FRAME_SIGNED,
	    .device = &asked, .cue = on_cue };

	job.d.until = job.d.end = sek_child_clock() + WAIT;
	ck_assert_int_eq(key_run(&job, &f, NULL), SEK_OK);
	ck_assert(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	return (sek_fido2_end_name((enum sek_fido2_end)f.end));
}

static void
cue_once(const struct key_job *job)
{
	struct key_frame cue;

	memset(&cue, 0, sizeof(cue));
	cue.kind = KEY_FRAME_CUE;
	cue.cue = SEK_FIDO2_CUE_TOUCH;
	cue.device = *job->device;
	key_tell(job, &cue);
}

static void
say_it(const struct key_job *job, struct key_frame *answer)
{

	cue_once(job);
	answer->kind = KEY_FRAME_SIGNED;
	answer->end = SEK_FIDO2_END_NO_TOUCH;
	answer->u.got.credential = UINT32_MAX;
	key_tell(job, answer);
}

START_TEST(what_it_says_arrives)
{

	ck_assert_str_eq(run(say_it), "no-touch");
	ck_assert_uint_eq(cues, 1);
}
END_TEST

/* Its timer is its own: it does without. */
static void
cue_for_ever(const struct key_job *job, struct key_frame *answer)
{
	const struct itimerval none = { { 0, 0 }, { 0, 0 } };

	(void)answer;
	(void)setitimer(ITIMER_REAL, &none, NULL);
	for (;;)
		cue_once(job);
}

START_TEST(cue_after_cue_ends)
{

	ck_assert_str_eq(run(cue_for_ever), "garbage");
	ck_assert_uint_le(cues, 4);
}
END_TEST

static void
say_nothing(const struct key_job *job, struct key_frame *answer)
{
	const struct itimerval none = { { 0, 0 }, { 0, 0 } };

	(void)job;
	(void)answer;
	(void)setitimer(ITIMER_REAL, &none, NULL);
	for (;;)
		(void)pause();
}

START_TEST(silence_ends)
{

	ck_assert_str_eq(run(say_nothing), "silent");
}
END_TEST

static void
say_half(const struct key_job *job, struct key_frame *answer)
{

	answer->kind = KEY_FRAME_SIGNED;
	(void)send(job->d.fd, answer, sizeof(*answer) / 2, MSG_NOSIGNAL);
}

static void
say_too_much(const struct key_job *job, struct key_frame *answer)
{
	struct key_frame *two = calloc(2, sizeof(*two));

	answer->kind = KEY_FRAME_SIGNED;
	if (two == NULL)
		_exit(1);
	two[0] = two[1] = *answer;
	(void)send(job->d.fd, two, 2 * sizeof(*two), MSG_NOSIGNAL);
	_exit(0);
}

static void
die(const struct key_job *job, struct key_frame *answer)
{

	(void)job;
	(void)answer;
	(void)raise(SIGKILL);
}

START_TEST(half_a_frame_two_or_none_is_garbage)
{

	ck_assert_str_eq(run(say_half), "garbage");
	ck_assert_str_eq(run(say_too_much), "garbage");
	ck_assert_str_eq(run(die), "garbage");
}
END_TEST

/* Whoever started a setuid program may send it signals by his real uid: not
 * so its child, which may hold a device that others wait for. */
static void
be_stopped(const struct key_job *job, struct key_frame *answer)
{
	const pid_t self = getpid();
	pid_t pid;
	int status = 0;

	if ((pid = fork()) == 0)
		_exit(setresuid(CALLER, CALLER, CALLER) == 0 &&
		    kill(self, SIGSTOP) < 0 && errno == EPERM ? 7 : 1);
	(void)waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 7)
		say_it(job, answer);
}

START_TEST(caller_of_a_setuid_program_cannot_stop_it)
{
	int status = 0;
	pid_t pid;

	if (getuid() != 0)
		return;
	if ((pid = fork()) == 0) {
		if (setresuid(CALLER, 0, 0) != 0)
			_exit(2);
		_exit(strcmp(run(be_stopped), "no-touch") == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		what_it_says_arrives,
		cue_after_cue_ends,
		silence_ends,
		half_a_frame_two_or_none_is_garbage,
		caller_of_a_setuid_program_cannot_stop_it,
		NULL
	};

	return (unit_run_with("edge_fido2_child", tests, setup, NULL));
}
