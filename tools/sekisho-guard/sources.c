/*
 * sources.c - what a guard waits for: descriptors, and children of its own
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "guard.h"
#include "loop.h"
#include "sekisho/base/text.h"

#define ARGS_MAX	8
/* So late the next sign of us may come. */
#define SLACK		(10 * SEK_SECOND)

bool
guard_sources_begin(struct watch *w)
{
	size_t i;

	for (i = 0; i < GUARD_SOURCES; i++)
		w->sources[i].fd = -1;
	return ((w->epoll = epoll_create1(EPOLL_CLOEXEC)) >= 0);
}

static struct guard_source *
add(struct watch *w, int fd)
{
	struct epoll_event e;
	size_t i;

	for (i = 0; i < GUARD_SOURCES; i++)
		if (w->sources[i].fd < 0)
			break;
	memset(&e, 0, sizeof e);
	e.events = EPOLLIN;
	e.data.fd = fd;
	if (i == GUARD_SOURCES ||
	    epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &e) != 0) {
		syslog(LOG_ERR, "descriptor %d cannot be waited for", fd);
		return (NULL);
	}
	memset(&w->sources[i], 0, sizeof w->sources[i]);
	w->sources[i].fd = fd;
	return (&w->sources[i]);
}

bool
guard_wait_for(struct watch *w, int fd, guard_ready ready, void *arg)
{
	struct guard_source *s = add(w, fd);

	if (s == NULL)
		return (false);
	s->ready = ready;
	s->arg = arg;
	return (true);
}

void
guard_drop(struct watch *w, int fd)
{
	size_t i;

	for (i = 0; i < GUARD_SOURCES; i++)
		if (w->sources[i].fd == fd && fd >= 0) {
			(void)epoll_ctl(w->epoll, EPOLL_CTL_DEL, fd, NULL);
			w->sources[i].fd = -1;
		}
}

static void
call(struct watch *w, int fd)
{
	struct guard_source s;
	int status = -1;
	size_t i;

	for (i = 0; i < GUARD_SOURCES; i++)
		if (w->sources[i].fd == fd)
			break;
	if (i == GUARD_SOURCES)
		return;
	s = w->sources[i];
	if (!s.child) {
		s.ready(w, fd, s.arg);
		return;
	}
	guard_drop(w, fd);
	(void)close(fd);
	while (waitpid(s.pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (s.ended != NULL)
		s.ended(w, status, s.arg);
}

bool
guard_sources_wait(struct watch *w)
{
	struct epoll_event e[GUARD_SOURCES];
	int i, n;

	n = epoll_wait(w->epoll, e, GUARD_SOURCES, -1);
	for (i = 0; i < n; i++)
		call(w, e[i].data.fd);
	return (n >= 0 || errno == EINTR);
}

/* -------------------------------------------------------------- children -- */

static void
become(char *const argv[], int out)
{
	int null = open("/dev/null", O_RDWR);

	(void)setpgid(0, 0);
	if (null < 0 || dup2(null, 0) < 0 ||
	    dup2(out >= 0 ? out : null, 1) < 0 || dup2(null, 2) < 0)
		_exit(GUARD_EXIT_TROUBLE);
	/* All others are close-on-exec. */
	(void)execv("/proc/self/exe", argv);
	_exit(GUARD_EXIT_TROUBLE);
}

pid_t
guard_run(struct watch *w, const char *const args[], int out,
    guard_ended ended, void *arg)
{
	static char self[] = "sekisho-guard";
	char *argv[ARGS_MAX + 2] = { self };
	struct guard_source *s;
	pid_t pid;
	int fd, i;

	for (i = 0; args[i] != NULL && i < ARGS_MAX; i++)
		argv[i + 1] = (char *)(uintptr_t)args[i];
	if ((pid = fork()) == 0)
		become(argv, out);
	if (pid < 0) {
		syslog(LOG_ERR, "fork: %s", strerror(errno));
		return (0);
	}
	fd = (int)syscall(SYS_pidfd_open, pid, 0u);
	if (fd < 0 || (s = add(w, fd)) == NULL) {
		/* Unheard it would stay a zombie, and do what nobody awaits. */
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		if (fd >= 0)
			(void)close(fd);
		return (0);
	}
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	s->child = true;
	s->pid = pid;
	s->ended = ended;
	s->arg = arg;
	return (pid);
}

void
guard_kill(struct watch *w, pid_t pid)
{
	size_t i;
	int fd;

	for (i = 0; i < GUARD_SOURCES; i++) {
		if (w->sources[i].fd < 0 || !w->sources[i].child ||
		    w->sources[i].pid != pid)
			continue;
		fd = w->sources[i].fd;
		(void)kill(-pid, SIGKILL);
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		guard_drop(w, fd);
		(void)close(fd);
	}
}

void
guard_tell(struct watch *w, enum sek_event event, enum sek_reason reason,
    bool over, const char *detail)
{
	char e[16], r[16];
	const char *const args[] = { "--tell", w->g.id, e, r, over ? "1" : "0",
	    detail != NULL ? detail : "", NULL };

	(void)sek_text_format(e, sizeof e, "%u", (unsigned)event);
	(void)sek_text_format(r, sizeof r, "%u", (unsigned)reason);
	if (guard_run(w, args, -1, NULL, NULL) == 0)
		syslog(LOG_ALERT, "%s of the session of %s is not on record",
		    sek_event_name(event), w->g.account);
}

/* --------------------------------------------------------------- systemd -- */

/*
 * One datagram, as sd_notify(3): its library would cost more than all of us.
 * The time of the watchdog goes with what is due: one that was stopped is
 * found when that does not come, and costs no wakeup until then.
 */
void
guard_beat(const struct watch *w, int64_t next)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa;
	char text[64];
	int64_t span = next - guard_now();
	socklen_t len;
	int fd;

	(void)w;
	memset(&sa, 0, sizeof sa);
	sa.sun_family = AF_UNIX;
	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    sek_text_copy(sa.sun_path, sizeof sa.sun_path, path) != SEK_OK)
		return;
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(path));
	if (path[0] == '@')
		sa.sun_path[0] = '\0';
	(void)snprintf(text, sizeof text, "WATCHDOG_USEC=%" PRId64
	    "\nWATCHDOG=1", (span > 0 ? span : 0) + SLACK);
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0)
		return;
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
	    (const struct sockaddr *)&sa, len);
	(void)close(fd);
}

void
guard_slice(char *dst, size_t size, uint32_t uid)
{
	(void)snprintf(dst, size, "/user.slice/user-%" PRIu32 ".slice", uid);
}
