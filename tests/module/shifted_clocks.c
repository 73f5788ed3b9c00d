/*
 * shifted_clocks.c - clocks moved by what /run/shifted says, for a program that
 * is tried: two numbers, us of the wall clock and of the boot clock
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#define _GNU_SOURCE
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OUT __attribute__((visibility("default")))

OUT int clock_gettime(clockid_t, struct timespec *);
OUT int timerfd_settime(int, int, const struct itimerspec *,
    struct itimerspec *);
OUT int inotify_init1(int);
OUT pid_t fork(void);

static void
shifted(long long *wall, long long *boot)
{
	char text[64], *rest;
	ssize_t n = -1;
	int fd = open("/run/shifted", O_RDONLY | O_CLOEXEC);

	*wall = *boot = 0;
	if (fd >= 0) {
		n = read(fd, text, sizeof text - 1);
		(void)close(fd);
	}
	if (n > 0) {
		text[n] = '\0';
		*wall = strtoll(text, &rest, 10);
		*boot = strtoll(rest, NULL, 10);
	}
}

static void
add(struct timespec *ts, long long us)
{
	long long all = (long long)ts->tv_sec * 1000000 + ts->tv_nsec / 1000 +
	    us;

	if (all < 1)
		all = 1;
	ts->tv_sec = (time_t)(all / 1000000);
	ts->tv_nsec = (long)(all % 1000000) * 1000;
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	long long wall, boot;
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_BOOTTIME)) {
		shifted(&wall, &boot);
		add(ts, id == CLOCK_REALTIME ? wall : boot);
	}
	return (rc);
}

/* As the kernel's own boot clock would run out. */
int
timerfd_settime(int fd, int flags, const struct itimerspec *new,
    struct itimerspec *old)
{
	struct itimerspec t = *new;
	long long wall, boot;

	shifted(&wall, &boot);
	if ((flags & TFD_TIMER_ABSTIME) != 0)
		add(&t.it_value, -boot);
	return ((int)syscall(SYS_timerfd_settime, fd, flags, &t, old));
}

/* As where root has used up all he may have. */
int
inotify_init1(int flags)
{

	if (access("/run/no-inotify", F_OK) == 0) {
		errno = EMFILE;
		return (-1);
	}
	return ((int)syscall(SYS_inotify_init1, flags));
}

/* As where a fork bomb left no process to be had. */
pid_t
fork(void)
{
	pid_t (*real)(void);
	void *p = dlsym(RTLD_NEXT, "fork");

	if (access("/run/no-fork", F_OK) == 0 || p == NULL) {
		errno = EAGAIN;
		return (-1);
	}
	memcpy(&real, &p, sizeof real);
	return (real());
}
