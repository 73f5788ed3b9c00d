/*
 * keeper.c - the process that keeps a vendor's module
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A device child that counts (common/edge/device/child.h): the module's process
 * is a child of its own.
 *
 * MUST: what did not match is written down before the login hears of it, also
 * where the login is gone by then.
 * MUST: nothing that the module started is left, wherever it hid: who loses his
 * parent becomes a child of this process (a subreaper), and is ended.
 * MUST: no process is killed but children not reaped yet: their numbers are
 * nobody else's.
 * MUST: it relays no more than it was made for, whatever the module says.
 * MUST: a yes is none within a pause, also one that began while it ran.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sodium.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"

#include "../device/child.h"
#include "vendor.h"

#define HOLD		(3 * SEK_SECOND / 10)	/* a message with nothing after
						 * it may tell the result */
#define HELD_MAX	8u
#define KILL_WAIT	(2 * SEK_SECOND)
#define LOOK		50		/* ms; where there is no pidfd */
#define BURST		256u		/* frames between two looks at the clock
					 * and the login */
#define SLACK		10000		/* us a pause is longer than told */

struct held {
	int64_t	until;			/* then it is told */
	char	text[VENDOR_TEXT_MAX];
};

struct keeper {
	const struct vendor_task *task;
	const struct device_job	*job;
	struct vendor_frame	*up;		/* to and from the login */
	struct vendor_frame	 down;		/* the module's */
	uint8_t			 token[VENDOR_TOKEN_LEN];
	pid_t			 pid;
	int			 pidfd;
	int			 fd;
	bool			 exited;
	int64_t			 until;		/* its time */
	unsigned		 frames, tells, asks;
	unsigned		 n;
	struct held		 held[HELD_MAX];
	bool			 erred;		/* it said an error */
	bool			 counted;
	bool			 over;		/* end is set */
	enum sek_vendor_end	 end;
	enum sek_err		 err;		/* of FAILED */
	int			 code;
	char			 text[VENDOR_TEXT_MAX];	/* why; its last words */
};

/* -------------------------------------------------------- how it ends -- */

static void
end_as(struct keeper *k, enum sek_vendor_end end)
{

	if (!k->over)
		k->end = end;
	k->over = true;
}

/* Whatever it was before. */
static void
fail(struct keeper *k, enum sek_err err, const char *text)
{

	k->over = true;
	k->end = SEK_VENDOR_END_FAILED;
	k->err = err == SEK_OK ? SEK_ERR_INTERNAL : err;
	(void)sek_text_format(k->text, sizeof(k->text), "%s", text);
}

/* Once a run, whatever else comes of it. */
static void
count(struct keeper *k)
{
	const struct sek_scan_count *c = k->task->in->count;
	enum sek_err err;

	if (k->counted || c == NULL || c->missed == NULL)
		return;
	k->counted = true;
	if ((err = c->missed(c->arg)) != SEK_OK)
		fail(k, err, "what did not match cannot be counted");
}

/* ------------------------------------------------------------- before -- */

static struct vendor_frame *
fresh(struct keeper *k, enum vendor_kind kind)
{

	sek_wipe(k->up, sizeof(*k->up));
	k->up->kind = kind;
	return (k->up);
}

/* false: he pressed Enter, or is gone. */
static bool
wait_out(struct keeper *k, int64_t pause)
{
	struct pollfd p = { .fd = k->job->fd, .events = POLLIN };
	const int64_t end = sek_child_clock() + pause + SLACK;
	int64_t left;

	fresh(k, VENDOR_FRAME_PAUSE)->seconds =
	    (uint32_t)((pause + SEK_SECOND - 1) / SEK_SECOND);
	if (!sek_child_try(k->job, k->up))
		return (false);
	while ((left = end - sek_child_clock()) > 0) {
		if (sek_child_stopped(k->job))
			return (false);
		(void)poll(&p, 1, (int)(left / 1000) + 1);
	}
	return (true);
}

/* May it be tried, at last? */
static bool
admitted(struct keeper *k)
{
	const struct sek_scan_count *c = k->task->in->count;
	int64_t pause, left = k->task->in->pause;
	unsigned turn;
	enum sek_err err;

	for (turn = 0; turn <= VENDOR_PAUSES_MAX; turn++) {
		pause = 0;
		err = c == NULL || c->may == NULL ? SEK_OK :
		    c->may(c->arg, &pause);
		if (err == SEK_ERR_REFUSED)
			end_as(k, SEK_VENDOR_END_CAPPED);
		else if (err != SEK_OK)
			fail(k, err, "whether it may be tried cannot be told");
		if (err != SEK_OK || pause <= 0)
			return (err == SEK_OK);
		if (pause > left || turn == VENDOR_PAUSES_MAX)
			break;
		left -= pause;
		if (!wait_out(k, pause)) {
			end_as(k, SEK_VENDOR_END_CANCELLED);
			return (false);
		}
	}
	end_as(k, SEK_VENDOR_END_PAUSED);
	return (false);
}

static bool
start(struct keeper *k)
{
	const pid_t self = getpid();
	int pair[2];

	if (sek_secret_init() != SEK_OK ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		fail(k, SEK_ERR_IO, strerror(errno));
		return (false);
	}
	randombytes_buf(k->token, sizeof(k->token));
	if ((k->pid = fork()) == 0)
		sek_vendor_module(k->task, k->token, pair[1], self);
	(void)close(pair[1]);
	k->fd = pair[0];
	if (k->pid < 0) {
		fail(k, SEK_ERR_NOMEM, strerror(errno));
		return (false);
	}
#ifdef SYS_pidfd_open
	k->pidfd = (int)syscall(SYS_pidfd_open, k->pid, 0u);
#endif
	k->until = sek_child_clock() + k->task->in->wait;
	return (true);
}

/* ---------------------------------------------------------- relaying -- */

static void
tell(struct keeper *k, const char *text)
{
	struct vendor_frame *f;

	if (k->tells++ >= VENDOR_TELLS_MAX)
		return;
	f = fresh(k, VENDOR_FRAME_TELL);
	f->style = PAM_TEXT_INFO;
	memcpy(f->text, text, sizeof(f->text));
	(void)sek_child_try(k->job, f);
}

/* Those that have been held long enough, or all. */
static void
let_go(struct keeper *k, bool all)
{
	const int64_t now = sek_child_clock();
	unsigned i = 0;

	while (i < k->n && (all || k->held[i].until <= now))
		tell(k, k->held[i++].text);
	k->n -= i;
	memmove(k->held, k->held + i, k->n * sizeof(k->held[0]));
}

/* An error goes nowhere: who proved nothing else yet would hear by it that he
 * was not recognised. */
static void
take_message(struct keeper *k)
{

	if (k->down.style == PAM_ERROR_MSG) {
		k->erred = true;
		return;
	}
	if (k->n == HELD_MAX) {
		tell(k, k->held[0].text);
		memmove(k->held, k->held + 1, --k->n * sizeof(k->held[0]));
	}
	k->held[k->n].until = sek_child_clock() + HOLD;
	memcpy(k->held[k->n++].text, k->down.text, VENDOR_TEXT_MAX);
}

/* What was typed, or none. */
static void
reply(struct keeper *k, bool asked)
{
	struct vendor_frame none = { .kind = VENDOR_FRAME_REPLY,
	    .code = PAM_CONV_ERR };
	const bool fine = asked &&
	    sek_vendor_frame_check(k->up, VENDOR_LOGIN) &&
	    k->up->kind == VENDOR_FRAME_REPLY;

	(void)send(k->fd, fine ? k->up : &none, sizeof(none), MSG_NOSIGNAL |
	    MSG_DONTWAIT);
	sek_wipe(k->up, sizeof(*k->up));
}

static void
take_prompt(struct keeper *k)
{
	struct vendor_frame *f;
	bool asked = false;

	/* By the question he sees that it did not know him. */
	if (k->erred)
		count(k);
	let_go(k, true);
	if (k->over)
		return;
	if (k->asks++ < VENDOR_ASKS_MAX) {
		f = fresh(k, VENDOR_FRAME_ASK);
		f->style = k->down.style;
		memcpy(f->text, k->down.text, sizeof(f->text));
		asked = sek_child_ask(k->job, f);
		k->until = sek_child_clock() + k->task->in->wait;
	}
	reply(k, asked);
}

/* A whole frame of the module's process. One that never ends to talk would use
 * up what this process may. */
static void
take(struct keeper *k)
{

	if (k->frames++ == VENDOR_FRAMES_MAX ||
	    sodium_memcmp(k->down.token, k->token, sizeof(k->token)) != 0 ||
	    !sek_vendor_frame_check(&k->down, VENDOR_MODULE)) {
		end_as(k, SEK_VENDOR_END_GARBAGE);
		return;
	}
	switch (k->down.kind) {
	case VENDOR_FRAME_TELL:
		take_message(k);
		break;
	case VENDOR_FRAME_ASK:
		take_prompt(k);
		break;
	case VENDOR_FRAME_RETURNED:
		k->code = k->down.code;
		end_as(k, sek_vendor_end_of(k->code));
		break;
	case VENDOR_FRAME_UNLOADED:
		fail(k, (enum sek_err)k->down.err, k->down.text);
		break;
	default:
		end_as(k, SEK_VENDOR_END_GARBAGE);
		break;
	}
}

/* What it said already is taken before it is asked whether it is gone. */
static bool
receive(struct keeper *k)
{
	ssize_t n;

	n = recv(k->fd, &k->down, sizeof(k->down), MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return (false);
	if (n <= 0)
		end_as(k, SEK_VENDOR_END_CRASHED);
	else if (n != (ssize_t)sizeof(k->down))
		end_as(k, SEK_VENDOR_END_GARBAGE);
	else
		take(k);
	return (true);
}

static int
next_look(const struct keeper *k)
{
	int64_t us = k->until - sek_child_clock();

	if (k->n > 0 && k->held[0].until - sek_child_clock() < us)
		us = k->held[0].until - sek_child_clock();
	if (us <= 0)
		return (0);
	if (us / 1000 >= LOOK && k->pidfd < 0)
		return (LOOK);
	return (us / 1000 < 60000 ? (int)(us / 1000) + 1 : 60000);
}

/* Has the module's process ended? It stays unreaped. */
static bool
is_gone(const struct keeper *k)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	return (waitid(P_PID, (id_t)k->pid, &info, WEXITED | WNOHANG |
	    WNOWAIT) != 0 || info.si_pid != 0);
}

static void
listen_to(struct keeper *k)
{
	struct pollfd p[3] = {
		{ .fd = k->fd, .events = POLLIN },
		{ .fd = k->pidfd, .events = POLLIN },
		{ .fd = k->job->fd, .events = POLLIN },
	};
	bool gone = false, got;
	unsigned burst = 0;

	while (!k->over) {
		if ((got = receive(k)) && ++burst < BURST)
			continue;
		burst = 0;
		if (!got && gone)
			end_as(k, SEK_VENDOR_END_CRASHED);
		else if (sek_child_stopped(k->job))
			end_as(k, SEK_VENDOR_END_CANCELLED);
		else if (k->until <= sek_child_clock())
			end_as(k, SEK_VENDOR_END_SILENT);
		if (k->over)
			break;
		let_go(k, false);
		(void)poll(p, 3, got ? 0 : next_look(k));
		gone = is_gone(k);
	}
}

/* --------------------------------------------------------------- after -- */

/* Its children, as the kernel lists them. */
static void
kill_children(void)
{
	char path[64];
	FILE *f;
	int pid;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children",
	    (int)getpid());
	if ((f = fopen(path, "re")) == NULL)
		return;
	while (fscanf(f, "%d", &pid) == 1)
		if (pid > 1)
			(void)kill((pid_t)pid, SIGKILL);
	(void)fclose(f);
}

/* Its own session first, while that number is surely its; then one generation
 * after the other, until there is none. */
static void
stop(struct keeper *k)
{
	const int64_t end = sek_child_clock() + KILL_WAIT;
	const struct timespec a_bit = { 0, 500000 };
	pid_t r = 0;

	(void)kill(-k->pid, SIGKILL);
	(void)kill(k->pid, SIGKILL);
	do {
		kill_children();
		while ((r = waitpid(-1, NULL, WNOHANG)) > 0)
			continue;
		if (r == 0)
			(void)nanosleep(&a_bit, NULL);
	} while (r == 0 && sek_child_clock() < end);
	(void)close(k->fd);
	if (k->pidfd >= 0)
		(void)close(k->pidfd);
}

/* A vendor's module looks at many at once, where a reader is one's alone: what
 * others of them counted meanwhile stands against a yes, too. */
static void
take_yes(struct keeper *k)
{
	const struct sek_scan_count *c = k->task->in->count;
	enum sek_err err = SEK_OK;
	int64_t pause = 0;

	if (c != NULL && c->may != NULL)
		err = c->may(c->arg, &pause);
	if (err != SEK_OK && err != SEK_ERR_REFUSED)
		fail(k, err, "whether it may be tried cannot be told");
	else if (err != SEK_OK || pause > 0) {
		k->end = err != SEK_OK ? SEK_VENDOR_END_CAPPED :
		    SEK_VENDOR_END_PAUSED;
		k->code = PAM_MAXTRIES;
	} else if (k->n > 0)
		memcpy(k->text, k->held[k->n - 1].text, sizeof(k->text));
}

static void
settle(struct keeper *k)
{

	switch (k->end) {
	case SEK_VENDOR_END_NO:
		count(k);
		break;
	case SEK_VENDOR_END_SILENT:
	case SEK_VENDOR_END_CRASHED:
	case SEK_VENDOR_END_GARBAGE:
	case SEK_VENDOR_END_CANCELLED:
		if (k->erred)
			count(k);
		break;
	case SEK_VENDOR_END_YES:
		take_yes(k);
		break;
	default:
		break;
	}
}

static void
tell_end(struct keeper *k)
{
	struct vendor_frame *f = fresh(k, VENDOR_FRAME_END);

	f->end = k->end;
	f->err = k->end == SEK_VENDOR_END_FAILED ? k->err : SEK_OK;
	f->code = k->end == SEK_VENDOR_END_FAILED ? PAM_SYSTEM_ERR : k->code;
	sek_vendor_frame_text(f, k->text);
	sek_child_tell(k->job, f);
}

void
sek_vendor_keep(const struct device_job *job, void *frame)
{
	struct keeper *k;

	if ((k = calloc(1, sizeof(*k))) == NULL)
		_exit(1);
	k->task = job->arg;
	k->job = job;
	k->up = frame;
	k->fd = k->pidfd = -1;
	k->code = PAM_SYSTEM_ERR;
	if (admitted(k) && start(k)) {
		listen_to(k);
		stop(k);
		settle(k);
	}
	tell_end(k);
	sek_wipe(k, sizeof(*k));
	free(k);
}
