/*
 * isolate.c - doing store work where its caller cannot stop it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Whoever starts a setuid program of ours may stop or kill it: by signal,
 * resource limit, timer, terminal, or by freezing the cgroup he was given.
 * While it holds the store, everybody would wait for it. So the store's work
 * is done by a child that has none of that in common with its caller.
 *
 * MUST: the child is in a root-owned cgroup before its first instruction that
 * could take a lock; where that cannot be had although cgroups v2 are there,
 * nothing is run.
 * MUST: between clone and exec only calls that are safe in a child of a
 * threaded process.
 */
#include "config.h"

#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <linux/magic.h>
#include <linux/sched.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/isolate.h"

#define CGROUP_MAX	4096
#define MOUNTS_MAX	65536
#define TIMER_SLACK_NS	50000UL	/* the kernel's own */
#define FAILED		125	/* the child's status when it could not exec */

/* Own line of cgroups v2, "/user.slice/…"; SEK_ERR_NOT_FOUND: none. */
static enum sek_err
own_cgroup(char *dst, size_t size)
{
	char text[CGROUP_MAX], *line, *end, *save = NULL;
	ssize_t n;
	int fd;

	if ((fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC)) < 0)
		return (SEK_ERR_IO);
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n < 0 || n == (ssize_t)sizeof(text) - 1)
		return (SEK_ERR_IO);
	text[n] = '\0';
	for (line = strtok_r(text, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "0::", 3) != 0)
			continue;
		if ((end = strstr(line, " (deleted)")) != NULL)
			*end = '\0';
		return (sek_text_copy(dst, size, line + 3));
	}
	return (SEK_ERR_NOT_FOUND);
}

static bool
is_cgroup2(int fd)
{
	struct statfs fs;

	return (fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC);
}

/* Only root may put processes there or stop those that are. */
static bool
is_roots(int fd)
{
	struct stat st;

	return (fstat(fd, &st) == 0 && st.st_uid == 0 &&
	    (st.st_mode & 022) == 0);
}

/* A mount of its own that needs no path; works in a namespace, too. */
static int
open_unseen_root(void)
{
#if defined(SYS_fsopen) && defined(SYS_fsconfig) && defined(SYS_fsmount)
	int fs, fd = -1;

	if ((fs = (int)syscall(SYS_fsopen, "cgroup2", 1 /* CLOEXEC */)) < 0)
		return (-1);
	if (syscall(SYS_fsconfig, fs, 6 /* CMD_CREATE */, NULL, NULL, 0) == 0)
		fd = (int)syscall(SYS_fsmount, fs, 1 /* CLOEXEC */, 0);
	(void)close(fs);
	return (fd);
#else
	return (-1);
#endif
}

static int
open_mounted_root(void)
{
	static const char *const places[] = {
		"/sys/fs/cgroup", "/sys/fs/cgroup/unified",
	};
	size_t i;
	int fd;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if ((fd = open(places[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC)) < 0)
			continue;
		if (is_cgroup2(fd) && is_roots(fd))
			return (fd);
		(void)close(fd);
	}
	return (-1);
}

/* The kernel's own root where it can be had: a mount seen in a namespace may
 * begin further down, in a cgroup somebody else may freeze. */
static int
open_root(void)
{
	int fd;

	if ((fd = open_unseen_root()) < 0)
		fd = open_mounted_root();
	return (fd);
}

/* Is each cgroup from the root down to ours root's? */
static bool
path_is_roots(int root, const char *path)
{
	char part[256];
	const char *p = path;
	size_t n;
	bool ok = true;
	int fd, next;

	if ((fd = fcntl(root, F_DUPFD_CLOEXEC, 3)) < 0)
		return (false);
	for (; ok && *p != '\0'; p += n) {
		while (*p == '/')
			p++;
		if ((n = strcspn(p, "/")) == 0)
			break;
		ok = n < sizeof(part) && !(n == 2 && strncmp(p, "..", 2) == 0);
		if (!ok)
			break;
		(void)sek_text_format(part, sizeof(part), "%.*s", (int)n, p);
		next = openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
		(void)close(fd);
		fd = next;
		ok = fd >= 0 && is_roots(fd);
	}
	if (fd >= 0)
		(void)close(fd);
	return (ok);
}

/* In a cgroup namespace "/" is its root, not the kernel's. */
static bool
in_own_namespace(void)
{
	struct stat mine, first;

	return (stat("/proc/self/ns/cgroup", &mine) == 0 &&
	    stat("/proc/1/ns/cgroup", &first) == 0 &&
	    mine.st_ino != first.st_ino);
}

/*
 * logind sends any signal to all of a session's processes when its owner asks
 * (seen: a stopped sshd monitor that held the store), root's among them: below
 * user.slice nothing is out of a user's reach, whoever owns the folders.
 */
static bool
is_a_users(const char *path)
{
	const char *p;
	size_t n;

	for (p = path; *p != '\0'; p += n) {
		p += strspn(p, "/");
		n = strcspn(p, "/");
		if ((n == 10 && strncmp(p, "user.slice", n) == 0) ||
		    strncmp(p, "user-", 5) == 0 ||
		    strncmp(p, "user@", 5) == 0 ||
		    strncmp(p, "session-", 8) == 0)
			return (true);
	}
	return (false);
}

bool
sek_isolate_needed(void)
{
	char path[CGROUP_MAX];
	enum sek_err err;
	bool ok;
	int root;

	if (getuid() != 0)
		return (true);
	if ((err = own_cgroup(path, sizeof(path))) != SEK_OK)
		return (err != SEK_ERR_NOT_FOUND);
	if (strcmp(path, "/") == 0)
		return (in_own_namespace());
	if (is_a_users(path))
		return (true);
	if ((root = open_mounted_root()) < 0 && (root = open_unseen_root()) < 0)
		return (true);
	ok = path_is_roots(root, path);
	(void)close(root);
	return (!ok);
}

/* What the child is to be, all of it made before the clone. */
struct child {
	const char	*program;
	int		 in;		/* request, to read */
	int		 out;		/* answer, to write */
	int		 null;
};

/* By the kernel's own calls: glibc keeps 32 and 33 to itself, and a caller may
 * have had them ignored. SIG_DFL is 0, in whatever layout. */
static void
default_signals(void)
{
	static const unsigned long none[8];
	const uint64_t all = ~UINT64_C(0);
	struct itimerval off = { 0 };
	int i;

	for (i = 1; i <= 64; i++)
		(void)syscall(SYS_rt_sigaction, i, none, NULL, sizeof(all));
	/* Ctrl-C and the like find nobody; the deadline is SIGKILL's. */
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL,
	    sizeof(all));
	(void)setitimer(ITIMER_REAL, &off, NULL);
	(void)setitimer(ITIMER_VIRTUAL, &off, NULL);
	(void)setitimer(ITIMER_PROF, &off, NULL);
	(void)alarm(0);
}

static void
own_limits(void)
{
	static const struct {
		unsigned what;
		rlim_t	 most;
	} limits[] = {
		{ RLIMIT_CORE, 0 },
		{ RLIMIT_CPU, RLIM_INFINITY },
		{ RLIMIT_FSIZE, RLIM_INFINITY },
		{ RLIMIT_AS, RLIM_INFINITY },
		{ RLIMIT_DATA, RLIM_INFINITY },
		{ RLIMIT_STACK, 8 << 20 },
		{ RLIMIT_NOFILE, 256 },
		{ RLIMIT_NPROC, RLIM_INFINITY },
		{ RLIMIT_MEMLOCK, RLIM_INFINITY },
		{ RLIMIT_RSS, RLIM_INFINITY },
		{ RLIMIT_LOCKS, RLIM_INFINITY },
		{ RLIMIT_RTTIME, RLIM_INFINITY },
	};
	struct rlimit l;
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		l.rlim_cur = l.rlim_max = limits[i].most;
		(void)setrlimit(limits[i].what, &l);
	}
}

/* Not the first to go when his caller has used up the memory. */
static void
own_oom_score(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!write(fd, "0", 1);
		(void)close(fd);
	}
}

static void
own_schedule(void)
{
	struct sched_param none = { 0 };
	unsigned long cpus[16];

	(void)sched_setscheduler(0, SCHED_OTHER, &none);
	(void)setpriority(PRIO_PROCESS, 0, 0);
	(void)syscall(SYS_ioprio_set, 1 /* process */, 0, 0);
	memset(cpus, 0xff, sizeof(cpus));
	(void)syscall(SYS_sched_setaffinity, 0, sizeof(cpus), cpus);
	/* How late a wait may end: kept over exec, without a bound. */
	(void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
}

void
sek_isolate_own(void)
{

	default_signals();
	own_limits();
	own_oom_score();
	own_schedule();
}

static bool
own_uids(void)
{
	gid_t none = 0;

	/* Raw calls: glibc's would speak to the threads of our parent. */
	return (syscall(SYS_setgroups, 0, &none) == 0 &&
	    syscall(SYS_setresgid, 0, 0, 0) == 0 &&
	    syscall(SYS_setresuid, 0, 0, 0) == 0);
}

/* 0, 1, 2 and nothing else, whatever numbers they had. */
static bool
own_descriptors(const struct child *c)
{
	int in, out, null;

	in = fcntl(c->in, F_DUPFD, 3);
	out = fcntl(c->out, F_DUPFD, 3);
	null = fcntl(c->null, F_DUPFD, 3);
	if (in < 0 || out < 0 || null < 0 || dup2(in, 0) < 0 ||
	    dup2(out, 1) < 0 || dup2(null, 2) < 0)
		return (false);
#ifdef SYS_close_range
	if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0)
		return (true);
#endif
	for (in = 3; in < 65536; in++)
		(void)close(in);
	return (true);
}

/*
 * exec gives a process the exit signal SIGCHLD, whatever clone said (seen): so
 * the one that execs is a child of the one the host waits for, and dies with
 * it.
 */
static _Noreturn void
run(const char *program)
{
	char *const argv[] = { (char *)(uintptr_t)program, NULL };
	char *const envp[] = { NULL };
	pid_t self = (pid_t)syscall(SYS_getpid), pid;
	int status = -1, fd;

	if ((pid = vfork()) == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
		    getppid() == self)
			(void)execve(program, argv, envp);
		_exit(FAILED);
	}
	for (fd = 0; fd <= 2; fd++)
		(void)close(fd);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	_exit(pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : FAILED);
}

static _Noreturn void
become(const struct child *c)
{

	default_signals();
	(void)syscall(SYS_setsid);
	if (own_uids() && own_descriptors(c) && chdir("/") == 0) {
		(void)umask(077);
		own_limits();
		own_oom_score();
		own_schedule();
		/* Undo what a tracer or an ancestor might have set. */
		(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
		run(c->program);
	}
	_exit(FAILED);
}

static bool
move_into(int cgroup)
{
	bool ok;
	int fd;

	if ((fd = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC)) < 0)
		return (false);
	ok = write(fd, "0", 1) == 1;
	(void)close(fd);
	return (ok);
}

/* By the older call: the child goes there by itself, before it does anything
 * else; frozen until then it holds nothing. */
static pid_t
spawn_old(int cgroup)
{
	pid_t pid;

	pid = (pid_t)syscall(SYS_clone, 0UL, NULL, NULL, NULL, 0UL);
	if (pid == 0 && cgroup >= 0 && !move_into(cgroup))
		_exit(FAILED);
	return (pid);
}

/* No signal at its end; cgroup -1: where the caller is. */
static pid_t
spawn(int cgroup)
{
	struct clone_args args;
	pid_t pid;

	memset(&args, 0, sizeof(args));
	if (cgroup >= 0) {
		args.flags = CLONE_INTO_CGROUP;
		args.cgroup = (unsigned)cgroup;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	/* An old kernel, or a container that does not know the call. */
	if (pid < 0 && (errno == ENOSYS || errno == EPERM ||
	    errno == EINVAL || errno == E2BIG))
		pid = spawn_old(cgroup);
	return (pid);
}

/*
 * Into the root cgroup, or its init.scope where the root takes no processes.
 * *refused: there are cgroups v2, but no way into a root-owned one.
 */
static pid_t
spawn_outside(bool *refused)
{
	char path[CGROUP_MAX];
	pid_t pid = -1;
	int root, scope;

	*refused = false;
	if (own_cgroup(path, sizeof(path)) == SEK_ERR_NOT_FOUND ||
	    (strcmp(path, "/") == 0 && !in_own_namespace()))
		return (spawn(-1));
	if ((root = open_root()) < 0) {
		*refused = true;
		return (-1);
	}
	if ((pid = spawn(root)) < 0 && errno == EBUSY) {
		if ((scope = openat(root, "init.scope", O_RDONLY |
		    O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) >= 0) {
			if (is_roots(scope))
				pid = spawn(scope);
			(void)close(scope);
		}
	}
	/* In the child this returns, too: it is about to exec. */
	if (pid != 0)
		(void)close(root);
	*refused = pid < 0;
	return (pid);
}

static int
left_ms(const struct timespec *end)
{
	struct timespec now;
	int64_t ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	ms = ((int64_t)end->tv_sec - now.tv_sec) * 1000 +
	    (end->tv_nsec - now.tv_nsec) / 1000000;
	return (ms < 0 ? 0 : (int)ms);
}

/* A socket, so that a child that went away costs no SIGPIPE. */
static bool
send_all(int fd, const char *p, size_t len, const struct timespec *end)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	ssize_t n;

	while (len > 0) {
		n = send(fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return (false);
		if (left_ms(end) == 0 ||
		    (poll(&pfd, 1, left_ms(end)) < 0 && errno != EINTR))
			return (false);
	}
	return (shutdown(fd, SHUT_WR) == 0);
}

static bool
receive_all(int fd, char *p, size_t size, size_t *got,
    const struct timespec *end)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	ssize_t n;

	*got = 0;
	for (;;) {
		n = recv(fd, p + *got, size - *got, MSG_DONTWAIT);
		if (n == 0)
			return (true);
		if (n > 0) {
			*got += (size_t)n;
			if (*got == size)
				return (true);
			continue;
		}
		if (errno != EINTR && errno != EAGAIN)
			return (false);
		if (left_ms(end) == 0 ||
		    (poll(&pfd, 1, left_ms(end)) < 0 && errno != EINTR))
			return (false);
	}
}

/* It ends by itself within the deadline, or by force. */
static int
reap(pid_t pid, const struct timespec *end, bool kill_now)
{
	struct timespec pause = { 0, 200000 };
	int status = -1;
	pid_t r;

	while (!kill_now && left_ms(end) > 0) {
		r = waitpid(pid, &status, __WALL | WNOHANG);
		if (r == pid)
			return (status);
		if (r < 0 && errno != EINTR)
			return (-1);
		(void)nanosleep(&pause, NULL);
	}
	(void)kill(pid, SIGKILL);
	while ((r = waitpid(pid, &status, __WALL)) < 0 && errno == EINTR)
		;
	return (r == pid ? status : -1);
}

static enum sek_err
check_program(const char *program, struct sek_why *why)
{
	struct stat st;

	if (program[0] != '/' || stat(program, &st) != 0)
		return (sek_why(why, SEK_ERR_STORE, "%s: %s; install it again",
		    program, strerror(errno)));
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & 022) != 0)
		return (sek_why(why, SEK_ERR_UNTRUSTED, "%s: others than root "
		    "may change it; install it again", program));
	return (SEK_OK);
}

static enum sek_err
talk(pid_t pid, int fd, const char *program, const void *request, size_t len,
    void *answer, size_t size, size_t *got, const struct timespec *end,
    struct sek_why *why)
{
	bool ok;
	int status;

	ok = send_all(fd, request, len, end) &&
	    receive_all(fd, answer, size, got, end);
	status = reap(pid, end, !ok);
	if (!ok && left_ms(end) == 0)
		return (sek_why(why, SEK_ERR_TIMEOUT, "%s: did not answer in "
		    "time and was ended", program));
	if (!ok || status < 0 || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 0)
		return (sek_why(why, SEK_ERR_STORE, "%s: ended without an "
		    "answer (status 0x%x); look for its end in the system log",
		    program, (unsigned)status));
	return (SEK_OK);
}

static enum sek_err
start(pid_t *pid, struct child *c, struct sek_why *why)
{
	sigset_t all, old;
	bool refused = false;

	/* No handler of the host may run in the child before it is itself. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &old);
	if ((*pid = spawn_outside(&refused)) == 0)
		become(c);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	if (*pid > 0)
		return (SEK_OK);
	return (sek_why(why, SEK_ERR_STORE, refused ? "%s: cannot be run in a "
	    "cgroup of root's (%s); this process may not reach the store "
	    "otherwise" : "%s: cannot be run (%s)", c->program,
	    strerror(errno)));
}

enum sek_err
sek_isolate_run(const char *program, const void *request, size_t request_len,
    void *answer, size_t answer_size, size_t *answer_len, int timeout_ms,
    struct sek_why *why)
{
	struct child c = { program, -1, -1, -1 };
	struct timespec end;
	int pair[2] = { -1, -1 };
	pid_t pid = -1;
	enum sek_err err;

	*answer_len = 0;
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += timeout_ms / 1000;
	end.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if ((err = check_program(program, why)) != SEK_OK)
		return (err);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0 ||
	    (c.null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0) {
		err = sek_why(why, SEK_ERR_STORE, "%s: cannot be run (%s)",
		    program, strerror(errno));
		goto out;
	}
	c.in = c.out = pair[1];
	if ((err = start(&pid, &c, why)) != SEK_OK)
		goto out;
	(void)close(pair[1]);
	pair[1] = -1;
	err = talk(pid, pair[0], program, request, request_len, answer,
	    answer_size, answer_len, &end, why);
out:
	if (pair[0] >= 0)
		(void)close(pair[0]);
	if (pair[1] >= 0)
		(void)close(pair[1]);
	if (c.null >= 0)
		(void)close(c.null);
	return (err);
}

enum sek_err
sek_isolate_self(struct sek_why *why)
{
	int root, scope = -1;
	bool ok = false;

	if (getuid() == 0 && !sek_isolate_needed())
		return (SEK_OK);
	if ((root = open_root()) >= 0) {
		ok = move_into(root);
		if (!ok && (scope = openat(root, "init.scope", O_RDONLY |
		    O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) >= 0)
			ok = is_roots(scope) && move_into(scope);
	}
	if (scope >= 0)
		(void)close(scope);
	if (root >= 0)
		(void)close(root);
	if (!ok)
		return (sek_why(why, SEK_ERR_STORE, "this process cannot leave "
		    "its cgroup, which its caller may freeze; run it as root "
		    "(%s)", strerror(errno)));
	return (SEK_OK);
}
