/*
 * fuzz_vendor.c - what a vendor's module says, to its keeper and the login
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The keeper is the real one, without its forks. A record is a byte of flags,
 * one of a kind, then as many as the kind takes; flags: 1 another token, 2 raw
 * bytes, 4 a frame that is cut, 8 a bit of it is turned.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sodium.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"

#include "../../common/edge/device/child.h"
#include "../../common/edge/vendor/vendor.h"

#define FRAMES_MAX	60u	/* as many as a socket holds */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int	__wrap_socketpair(int, int, int, int[2]);
int	__real_socketpair(int, int, int, int[2]);
pid_t	__wrap_fork(void);
int	__wrap_kill(pid_t, int);
pid_t	__wrap_waitpid(pid_t, int *, int);
int	__wrap_waitid(idtype_t, id_t, siginfo_t *, int);
int	__wrap_prctl(int, ...);
long	__wrap_syscall(long, ...);
void	__wrap_randombytes_buf(void *, size_t);

static const uint8_t *next;
static size_t left;
static int module_end, login_end;
static unsigned counted;
static bool could_be_yes;
static struct vendor_frame up;

/* ---------------------------------------------------- in place of a fork -- */

int
__wrap_socketpair(int domain, int type, int protocol, int pair[2])
{
	int r = __real_socketpair(domain, type, protocol, pair);

	module_end = r == 0 ? dup(pair[1]) : -1;
	return (r);
}

int
__wrap_kill(pid_t pid, int n)
{

	(void)pid;
	(void)n;
	return (0);
}

pid_t
__wrap_waitpid(pid_t pid, int *status, int flags)
{

	(void)pid;
	(void)status;
	(void)flags;
	errno = ECHILD;
	return (-1);
}

/* It has said all it had to say. */
int
__wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int flags)
{

	(void)type;
	(void)flags;
	info->si_pid = (pid_t)id;
	return (0);
}

int
__wrap_prctl(int what, ...)
{

	(void)what;
	return (0);
}

long
__wrap_syscall(long what, ...)
{

	(void)what;
	return (-1);
}

/* The token. */
void
__wrap_randombytes_buf(void *p, size_t len)
{

	memset(p, 't', len);
}

static uint8_t
byte(void)
{

	if (left == 0)
		return (0);
	left--;
	return (*next++);
}

static void
some_text(struct vendor_frame *f)
{
	char text[VENDOR_TEXT_MAX];
	size_t i, len = (size_t)byte() * 5;

	if (len > left)
		len = left;
	for (i = 0; i < len && i < sizeof(text) - 1; i++)
		text[i] = (char)byte();
	text[i] = '\0';
	sek_vendor_frame_text(f, text);
	if (f->text[0] != '\0' && !sek_text_is_clean(f->text,
	    sizeof(f->text) - 1))
		abort();
}

static void
some_kind(struct vendor_frame *f)
{

	f->kind = byte();
	switch (f->kind) {
	case VENDOR_FRAME_TELL:
	case VENDOR_FRAME_ASK:
		f->style = byte();
		some_text(f);
		break;
	case VENDOR_FRAME_RETURNED:
		f->code = (int8_t)byte();
		break;
	case VENDOR_FRAME_UNLOADED:
		f->err = byte();
		some_text(f);
		break;
	default:
		f->end = byte();
		f->seconds = byte();
		break;
	}
}

static void
send_one(void)
{
	struct vendor_frame f;
	const uint8_t flags = byte();
	size_t size = sizeof(f), i;

	memset(&f, 0, sizeof(f));
	memset(f.token, (flags & 1) != 0 ? 'x' : 't', sizeof(f.token));
	if ((flags & 2) != 0)
		for (i = sizeof(f.token); i < sizeof(f) && left > 0; i++)
			((uint8_t *)&f)[i] = byte();
	else
		some_kind(&f);
	if ((flags & 8) != 0)
		((uint8_t *)&f)[((size_t)byte() * 256 + byte()) % sizeof(f)] ^=
		    (uint8_t)(1u << (byte() % 8));
	if ((flags & 4) != 0)
		size = 1 + byte();
	if (size == sizeof(f) && f.kind == VENDOR_FRAME_RETURNED &&
	    f.code == PAM_SUCCESS && (flags & 1) == 0)
		could_be_yes = true;
	(void)send(module_end, &f, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The module's whole life. */
pid_t
__wrap_fork(void)
{
	unsigned n;

	for (n = 0; n < FRAMES_MAX && left > 0; n++)
		send_one();
	(void)close(module_end);
	return (1 << 22);
}

/* --------------------------------------------------------------- the login -- */

static enum sek_err
missed(void *arg)
{

	(void)arg;
	counted++;
	return (SEK_OK);
}

/* A reply for the first questions; then it is silent. */
static void
reply(uint8_t how)
{
	struct vendor_frame f;

	memset(&f, 0, sizeof(f));
	f.kind = VENDOR_FRAME_REPLY;
	f.code = (how & 1) != 0 ? PAM_CONV_ERR : PAM_SUCCESS;
	if ((how & 2) != 0)
		memset(f.text, 'a', (how & 4) != 0 ? sizeof(f.text) : 8);
	(void)send(login_end, &f, sizeof(f), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* What comes up is what a keeper may say, and its end is the last. */
static void
look(void)
{
	bool ended = false;

	while (recv(login_end, &up, sizeof(up), MSG_DONTWAIT) ==
	    (ssize_t)sizeof(up)) {
		if (ended || !sek_vendor_frame_check(&up, VENDOR_KEEPER) ||
		    sek_vendor_frame_check(&up, VENDOR_LOGIN))
			abort();
		ended = up.kind == VENDOR_FRAME_END;
		if (up.kind == VENDOR_FRAME_TELL &&
		    up.style != PAM_TEXT_INFO)
			abort();
	}
	if (!ended || counted > 1)
		abort();
	if (up.end == SEK_VENDOR_END_YES && !could_be_yes)
		abort();
	if (up.end == SEK_VENDOR_END_NO && counted != 1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sek_scan_count count = { NULL, missed, NULL };
	struct sek_vendor_request in;
	struct vendor_frame *frame;
	struct vendor_task task;
	struct device_job job;
	int pair[2];

	if (size < 1 || sek_secret_init() != SEK_OK)
		return (0);
	memset(&in, 0, sizeof(in));
	memset(&task, 0, sizeof(task));
	memset(&job, 0, sizeof(job));
	in.wait = SEK_SECOND;
	in.count = &count;
	task.in = &in;
	job.arg = &task;
	job.size = sizeof(*frame);
	if ((frame = calloc(1, sizeof(*frame))) == NULL || __real_socketpair(
	    AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		abort();
	job.fd = pair[0];
	login_end = pair[1];
	next = data + 1;
	left = size - 1;
	counted = 0;
	could_be_yes = false;
	if ((data[0] & 128) != 0)
		reply(data[0]);
	(void)shutdown(login_end, SHUT_WR);
	sek_vendor_keep(&job, frame);
	look();
	(void)close(pair[0]);
	(void)close(pair[1]);
	free(frame);
	return (0);
}
