/*
 * child.c - work with a device where it can do no harm, for so long only
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: the process it is done in never feels it: no descriptor stays open,
 * no child unreaped, no SIGCHLD of another child's is lost, no handler of the
 * host's runs in the child.
 * MUST: no process but the own child is ever killed or reaped, also where the
 * host reaps all there are or ignores SIGCHLD.
 * MUST: the child does not outlive its parent, but for one that counts: that
 * one ends by itself, once it has written what it knows.
 * MUST: nobody but root stops the child of a setuid program, or freezes it: it
 * may hold what all others wait for.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/secret.h"
#include "sekisho/edge/isolate.h"

#include "child.h"

#define CHILD_FD	3
#define CHILD_CPU	5		/* seconds */
#define CHILD_MEMORY	(64u << 20)	/* beside what the host has */
#define LAST_WAIT	(6 * SEK_SECOND)	/* for the kernel to end a call
					 * to a device, once killed */

struct child {
	pid_t		pid;
	int		pidfd;		/* -1: the kernel has none */
	int		fd;
	sigset_t	mask;		/* the host's */
};

int64_t
sek_child_clock(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((int64_t)t.tv_sec * SEK_SECOND + t.tv_nsec / 1000);
}

/* ------------------------------------------------------- in the child -- */

/* By the kernel's own calls: all of them, glibc's two also. */
static void
own_signals(void)
{
	static const unsigned long none[8];
	uint64_t all = ~UINT64_C(0);
	int i;

	for (i = 1; i <= 64; i++)
		(void)syscall(SYS_rt_sigaction, i, none, NULL, sizeof(all));
	/* Ctrl-C and the like are the host's; its timer ends the child. */
	all &= ~(UINT64_C(1) << (SIGALRM - 1));
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL,
	    sizeof(all));
}

static void
own_timer(int64_t us)
{
	struct itimerval t = { { 0, 0 }, { 0, 0 } };

	(void)setitimer(ITIMER_VIRTUAL, &t, NULL);
	(void)setitimer(ITIMER_PROF, &t, NULL);
	t.it_value.tv_sec = (us > 0 ? us / SEK_SECOND : 0) + 2;
	(void)setitimer(ITIMER_REAL, &t, NULL);
}

/*
 * A signal finds no process of another's uid, and logind's or a frozen
 * cgroup's none outside of his session. By the kernel's own call: glibc's is
 * for all threads of a process.
 */
static bool
out_of_reach(void)
{

	if (geteuid() != 0 || !sek_isolate_needed())
		return (true);
	if (syscall(SYS_setresuid, 0, 0, 0) != 0)
		return (false);
	/* A kernel that has no such cgroups has none to freeze by, either. */
	(void)sek_isolate_self(NULL);
	return (true);
}

/* What it has from its caller, by which it could be kept from writing, or hold
 * up all others while it does: limits, priority, groups. */
static bool
on_its_own(void)
{

	if (geteuid() != 0)
		return (true);
	sek_isolate_own();
	(void)umask(077);
	return (syscall(SYS_setgroups, 0, NULL) == 0 &&
	    syscall(SYS_setresgid, 0, 0, 0) == 0 && chdir("/") == 0);
}

uint64_t
sek_child_memory(uint64_t more)
{
	char text[64];
	unsigned long pages;
	ssize_t n;
	int fd;

	if ((fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)) < 0)
		return (UINT64_MAX);
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return (UINT64_MAX);
	text[n] = '\0';
	pages = strtoul(text, NULL, 10);
	return ((uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) + more);
}

/* The first of them for all; the store's own work needs the others. What is
 * set here no process below it may raise, where root may not (a container). */
#define LIMITS_OF_ALL	3
#define LIMITS_OF_KEEPERS	1

static void
own_limits(const struct device_job *job)
{
	const struct {
		int	what;
		rlim_t	most;
	} limits[] = {
		{ RLIMIT_CORE, 0 },
		{ RLIMIT_CPU, CHILD_CPU },
		{ RLIMIT_AS, (rlim_t)sek_child_memory(CHILD_MEMORY) },
		{ RLIMIT_FSIZE, 0 },
		{ RLIMIT_NOFILE, 64 },
		{ RLIMIT_NPROC, 0 },
	};
	const size_t n = job->keeps ? LIMITS_OF_KEEPERS :
	    job->counts ? LIMITS_OF_ALL : sizeof(limits) / sizeof(limits[0]);
	struct rlimit l;
	size_t i;

	for (i = 0; i < n; i++) {
		if (getrlimit((__rlimit_resource_t)limits[i].what, &l) == 0 &&
		    l.rlim_max < limits[i].most)
			continue;
		l.rlim_cur = l.rlim_max = limits[i].most;
		(void)setrlimit((__rlimit_resource_t)limits[i].what, &l);
	}
}

static void
close_from(int low)
{
	int fd;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)low, ~0u, 0u) == 0)
		return;
#endif
	for (fd = low; fd < 65536; fd++)
		(void)close(fd);
}

/* Nothing at 0, 1 and 2, the socket at 3, and that is all. */
static bool
own_descriptors(int fd)
{
	int null, i;

	if ((fd = fcntl(fd, F_DUPFD_CLOEXEC, CHILD_FD + 1)) < 0 ||
	    (null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0)
		return (false);
	if (null <= CHILD_FD && (null = fcntl(null, F_DUPFD_CLOEXEC,
	    CHILD_FD + 1)) < 0)
		return (false);
	for (i = 0; i < CHILD_FD; i++)
		if (dup2(null, i) < 0)
			return (false);
	if (dup2(fd, CHILD_FD) < 0)
		return (false);
	close_from(CHILD_FD + 1);
	return (true);
}

/* Does it end with its parent, where it is to? */
static bool
ends_with(const struct device_job *job, pid_t parent)
{

	if (job->counts)
		return (on_its_own());
	return (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
	    getppid() == parent);
}

/* Its SIGCHLD comes when the parent looks for it, not before: until then, or
 * until nobody is there. */
static void
wait_for_parent(void)
{
	struct pollfd p = { .fd = CHILD_FD };

	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		continue;
}

/* The job is the child's own by now: memory was copied. */
static _Noreturn void
become(struct device_job *job, int fd, pid_t parent)
{
	void *frame;
	char go;

	if (!ends_with(job, parent))
		_exit(1);
	own_signals();
	own_timer(job->end - sek_child_clock());
	if (!out_of_reach() || !own_descriptors(fd))
		_exit(1);
	own_limits(job);
	/* It would keep SELinux from a domain of the store's own. */
	if (!job->counts)
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	job->fd = CHILD_FD;
	if ((frame = calloc(1, job->size)) == NULL ||
	    recv(CHILD_FD, &go, 1, 0) != 1)
		_exit(1);
	job->work(job, frame);
	wait_for_parent();
	_exit(0);
}

bool
sek_child_try(const struct device_job *job, const void *frame)
{

	return (send(job->fd, frame, job->size, MSG_NOSIGNAL) ==
	    (ssize_t)job->size);
}

void
sek_child_tell(const struct device_job *job, const void *frame)
{

	if (!sek_child_try(job, frame))
		_exit(1);
}

bool
sek_child_ask(const struct device_job *job, void *frame)
{
	ssize_t n;

	if (!sek_child_try(job, frame))
		return (false);
	/* He who answers has all the time that his parent gives him. */
	if (job->again > 0)
		(void)alarm(0);
	while ((n = recv(job->fd, frame, job->size, MSG_TRUNC)) < 0 &&
	    errno == EINTR)
		continue;
	if (job->again > 0)
		own_timer(job->again + job->end - job->until);
	return (n == (ssize_t)job->size);
}

bool
sek_child_stopped(const struct device_job *job)
{
	char c;
	ssize_t n;

	n = recv(job->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
	return (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR));
}

/* ------------------------------------------------------ in the parent -- */

/*
 * From a socketpair to the child's life. All signals are blocked until the
 * child is itself; SIGCHLD stays blocked for the caller till the end.
 */
static enum sek_err
start(struct child *c, struct device_job *job, struct sek_why *why)
{
	sigset_t all, chld;
	pid_t parent = getpid();
	int pair[2], error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return (sek_why(why, SEK_ERR_IO, "no process for %s: %s",
		    job->what, strerror(errno)));
	(void)sigfillset(&all);
	(void)sigemptyset(&chld);
	(void)sigaddset(&chld, SIGCHLD);
	(void)pthread_sigmask(SIG_SETMASK, &all, &c->mask);
	if ((c->pid = fork()) == 0)
		become(job, pair[1], parent);
	error = errno;
	(void)pthread_sigmask(SIG_SETMASK, &c->mask, NULL);
	(void)close(pair[1]);
	if (c->pid < 0) {
		(void)close(pair[0]);
		return (sek_why(why, SEK_ERR_NOMEM, "no process for %s: "
		    "%s", job->what, strerror(error)));
	}
	(void)pthread_sigmask(SIG_BLOCK, &chld, NULL);
	c->fd = pair[0];
#ifdef SYS_pidfd_open
	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0u);
#endif
	return (SEK_OK);
}

/* A child not reaped keeps its pid; where the host may have reaped it, only
 * the descriptor is sure to be of it. */
static void
end_child(const struct child *c)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
#ifdef SYS_pidfd_send_signal
	if (c->pidfd >= 0) {
		(void)syscall(SYS_pidfd_send_signal, c->pidfd, SIGKILL, NULL,
		    0u);
		return;
	}
#endif
	if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
	    0 && info.si_pid == 0)
		(void)kill(c->pid, SIGKILL);
}

/* Is it reaped, by whomever? */
static bool
reap(const struct child *c)
{
	pid_t r;

	while ((r = waitpid(c->pid, NULL, WNOHANG)) < 0 && errno == EINTR)
		continue;
	return (r != 0);
}

static void
wait_for(const struct child *c)
{
	struct pollfd p = { .fd = c->pidfd, .events = POLLIN };
	const int64_t end = sek_child_clock() + LAST_WAIT;
	struct timespec pause = { 0, 500000 };

	while (!reap(c) && sek_child_clock() < end)
		if (c->pidfd < 0 || poll(&p, 1, 50) < 0)
			(void)nanosleep(&pause, NULL);
}

/* To the process, not to this thread alone; but it is by its thread's number
 * that the kernel lets a caller say what only the kernel says else. */
static void
give_back(siginfo_t *info)
{

	(void)syscall(SYS_rt_sigqueueinfo, syscall(SYS_gettid), SIGCHLD, info);
}

/*
 * The child's own SIGCHLD is taken away. One of another child's is given back
 * as it was; and as equal signals become one, the host is told anew where it
 * has a child that ended or stopped meanwhile.
 */
static void
take_signal(const struct child *c)
{
	static const struct timespec none = { 0, 0 };
	siginfo_t info, other;
	sigset_t chld;

	memset(&info, 0, sizeof(info));
	memset(&other, 0, sizeof(other));
	(void)sigemptyset(&chld);
	(void)sigaddset(&chld, SIGCHLD);
	if (sigtimedwait(&chld, &info, &none) != SIGCHLD)
		return;
	if (info.si_pid != c->pid)
		give_back(&info);
	else if (waitid(P_ALL, 0, &other, WEXITED | WSTOPPED | WCONTINUED |
	    WNOHANG | WNOWAIT) == 0 && other.si_pid != 0)
		give_back(&other);
}

static void
finish(struct child *c)
{

	end_child(c);
	(void)close(c->fd);
	wait_for(c);
	take_signal(c);
	(void)pthread_sigmask(SIG_SETMASK, &c->mask, NULL);
	if (c->pidfd >= 0)
		(void)close(c->pidfd);
}

static int
left_ms(int64_t end)
{
	int64_t us = end - sek_child_clock();

	return (us <= 0 ? 0 : us > INT64_C(86400000000) ? 86400000 :
	    (int)((us + 999) / 1000));
}

/* It hears of it by its end of the socket. */
static void
tell_to_stop(const struct child *c, struct device_job *job)
{

	(void)shutdown(c->fd, SHUT_WR);
	job->stopped = true;
}

/* Something is at what is watched; a descriptor that is broken is no more. */
static void
look_at(const struct child *c, struct device_job *job, struct pollfd *p)
{

	if (p->revents == 0 || job->stopped)
		return;
	if (job->stop(job))
		tell_to_stop(c, job);
	if (job->stopped || (p->revents & POLLIN) == 0)
		p->fd = -1;
	p->revents = 0;
}

/* One whole frame: 1; none in time: 0; anything else: -1. */
static int
receive(const struct child *c, struct device_job *job, void *frame,
    struct pollfd *watched)
{
	struct pollfd p[3] = {
		{ .fd = c->fd, .events = POLLIN },
		{ .fd = c->pidfd, .events = POLLIN },
	};
	ssize_t n;

	for (;;) {
		n = recv(c->fd, frame, job->size, MSG_DONTWAIT | MSG_TRUNC);
		if (n >= 0)
			return (n == (ssize_t)job->size ? 1 : -1);
		if (errno != EAGAIN && errno != EINTR)
			return (-1);
		/* Its end may be seen before the last it said. */
		if (p[1].revents != 0)
			return (-1);
		if (left_ms(job->end) == 0)
			return (0);
		p[2] = *watched;
		if (poll(p, 3, left_ms(job->end)) < 0) {
			if (errno != EINTR)
				return (-1);
			p[1].revents = p[2].revents = 0;
		}
		watched->revents = p[2].revents;
		look_at(c, job, watched);
	}
}

/* As much time as it had at first, from now on. */
static void
give_more(struct device_job *job)
{
	const int64_t reserve = job->end - job->until;

	job->until = sek_child_clock() + job->again;
	job->end = job->until + reserve;
}

/* What was asked is not left in memory. */
static void
answer(const struct child *c, struct device_job *job, void *frame)
{
	bool sent = false;

	if (job->reply != NULL && !job->stopped && job->reply(job, frame))
		sent = send(c->fd, frame, job->size, MSG_NOSIGNAL |
		    MSG_DONTWAIT) == (ssize_t)job->size;
	sek_wipe(frame, job->size);
	if (sent && job->again > 0)
		give_more(job);
	if (!sent && !job->stopped)
		tell_to_stop(c, job);
}

/* How a frame is taken: is there more to come? */
static bool
take(const struct child *c, struct device_job *job, void *frame,
    enum device_said *said, unsigned *cues)
{

	*said = DEVICE_SAID_NONSENSE;
	switch (job->check(job, frame)) {
	case DEVICE_FRAME_ANSWER:
		*said = DEVICE_SAID_ANSWER;
		return (false);
	case DEVICE_FRAME_CUE:
		if ((*cues)++ == job->cues)
			return (false);
		if (job->cue != NULL)
			job->cue(job, frame);
		return (true);
	case DEVICE_FRAME_ASK:
		if ((*cues)++ == job->cues)
			return (false);
		answer(c, job, frame);
		return (true);
	case DEVICE_FRAME_BAD:
	default:
		return (false);
	}
}

/* Cues go on, as many as a child of ours has to tell: one that tells cue after
 * cue would keep its parent for ever. The first other frame is the end. */
static enum device_said
listen_to(const struct child *c, struct device_job *job, void *frame)
{
	struct pollfd watched = { .fd = job->stop != NULL ? job->watch : -1,
	    .events = POLLIN };
	enum device_said said;
	unsigned cues = 0;
	int r;

	while ((r = receive(c, job, frame, &watched)) == 1)
		if (!take(c, job, frame, &said, &cues))
			return (said);
	return (r == 0 || left_ms(job->end) == 0 ? DEVICE_SAID_NOTHING :
	    DEVICE_SAID_NONSENSE);
}

enum sek_err
sek_child_run(struct device_job *job, void *frame, enum device_said *said,
    struct sek_why *why)
{
	struct child c = { .pid = -1, .pidfd = -1, .fd = -1 };
	enum sek_err err;

	*said = DEVICE_SAID_NONSENSE;
	job->stopped = false;
	memset(frame, 0, job->size);
	if ((err = start(&c, job, why)) != SEK_OK)
		return (err);
	(void)send(c.fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	*said = listen_to(&c, job, frame);
	finish(&c);
	if (*said != DEVICE_SAID_ANSWER)
		memset(frame, 0, job->size);
	return (SEK_OK);
}
