/*
 * helper.c - sekisho-helper, asked by a process without root's rights
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The host is a locker, a login screen's worker, or our tool: with threads,
 * children, handlers and descriptors of its own. exec of any program gives a
 * process the exit signal SIGCHLD, whatever clone said: so the helper is the
 * child of a middle process, which ends without a signal and is waited for by
 * its number (__WALL), and only so.
 *
 * MUST: the host's children, signals, descriptors and 0..2 stay as they are.
 * MUST: between clone and exec only calls that are safe in a child of a
 * threaded process; no handler of the host runs there.
 * MUST: a program that is not root's own is not asked for a verdict.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/helper_file.h"
#include "sekisho/edge/helper_wire.h"

#define SILENCE_MS	660000	/* of the helper, while it does not ask: a
				 * key waits for its holder as long as
				 * factors.wait says, at most ten minutes */
#define END_MS		3000	/* that it may take to end */
#define FAILED		125	/* the middle's status: exec did not work */
#define SIGNALLED	128	/* it plus the signal that ended the helper */
#define OPEN_MAX_BY_HAND 65536

/* ------------------------------------------------------------ program -- */

/* Would it run as root, and is it root's own? */
static enum sek_err
check_program(const char *program, struct sek_why *why)
{

	switch (sek_helper_file_state(program)) {
	case SEK_HELPER_FILE_GOOD:
		break;
	case SEK_HELPER_FILE_RIGHTS:
		return (sek_why(why, SEK_ERR_STORE, "%s: is not setuid root; "
		    "run: chown 0:0 %s && chmod 4755 %s (dpkg-statoverride "
		    "--list tells whether somebody wants it so)", program,
		    program, program));
	case SEK_HELPER_FILE_NOSUID:
		return (sek_why(why, SEK_ERR_STORE, "%s: lies on a file system "
		    "mounted nosuid; mount it without", program));
	case SEK_HELPER_FILE_WRITABLE:
		return (sek_why(why, SEK_ERR_STORE, "%s: others than root may "
		    "change it or its folder; install it again", program));
	case SEK_HELPER_FILE_ABSENT:
	default:
		return (sek_why(why, SEK_ERR_STORE, "%s: is not there; "
		    "install it again", program));
	}
	if (geteuid() != 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return (sek_why(why, SEK_ERR_STORE, "%s: this process runs "
		    "with no_new_privs (NoNewPrivileges= of a unit, a sandbox, "
		    "bwrap, flatpak, snap): no setuid program works in it; "
		    "start it without", program));
	return (SEK_OK);
}

/* ------------------------------------------------------------ starting -- */

/* Own number 0 is the socket, 1 and 2 nothing, and no other is left: the
 * middle must not keep what the host closes. */
static bool
only_socket(int fd)
{
	int high = fcntl(fd, F_DUPFD, 3), n;

	if (high < 0 || dup2(high, 0) < 0)
		return (false);
	(void)close(1);
	(void)close(2);
#ifdef SYS_close_range
	if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0)
		return (true);
#endif
	for (n = 3; n < OPEN_MAX_BY_HAND; n++)
		(void)close(n);
	return (true);
}

/*
 * The middle: dies with the thread that waits for it; the helper sees that,
 * since its parent is another then. Signals are blocked since before clone,
 * and stay so.
 */
static _Noreturn void
run(const char *program, int fd, pid_t host)
{
	char *const argv[] = { (char *)(uintptr_t)program, NULL };
	char *const envp[] = { NULL };
	int status = -1;
	pid_t pid;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    getppid() != host || !only_socket(fd) || chdir("/") != 0)
		_exit(FAILED);
	if ((pid = vfork()) == 0) {
		(void)execve(program, argv, envp);
		_exit(FAILED);
	}
	(void)close(0);
	/* Where the host ignores SIGCHLD, there is only an end to wait for. */
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (pid > 0 && WIFSIGNALED(status))
		_exit(SIGNALLED + WTERMSIG(status));
	_exit(pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : FAILED);
}

/* An end of the socket, at a number that nobody takes for 0..2. */
static int
raise_fd(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 3), saved = errno;

	(void)close(fd);
	errno = saved;
	return (high);
}

static enum sek_err
start(pid_t *pid, int *fd, const char *program, struct sek_why *why)
{
	int pair[2] = { -1, -1 };
	sigset_t all, old;
	pid_t host = getpid();

	*pid = -1;
	*fd = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		goto out;
	pair[0] = raise_fd(pair[0]);
	pair[1] = raise_fd(pair[1]);
	if (pair[0] < 0 || pair[1] < 0)
		goto out;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &old);
	*pid = (pid_t)syscall(SYS_clone, 0UL, NULL, NULL, NULL, 0UL);
	if (*pid == 0)
		run(program, pair[1], host);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
out:
	if (pair[1] >= 0)
		(void)close(pair[1]);
	if (*pid > 0) {
		*fd = pair[0];
		return (SEK_OK);
	}
	if (pair[0] >= 0)
		(void)close(pair[0]);
	return (sek_why(why, SEK_ERR_STORE, "%s: cannot be run (%s)", program,
	    strerror(errno)));
}

/* It ends by itself soon, or its middle by force; the status, -1: none. */
static int
reap(pid_t pid)
{
	struct timespec pause = { 0, 1000000 };
	int status = -1, i;
	pid_t got = 0;

	for (i = 0; i < END_MS && got == 0; i++) {
		got = waitpid(pid, &status, __WALL | WNOHANG);
		if (got == 0)
			(void)nanosleep(&pause, NULL);
	}
	if (got == 0) {
		(void)kill(pid, SIGKILL);
		while ((got = waitpid(pid, &status, __WALL)) < 0 &&
		    errno == EINTR)
			continue;
	}
	return (got == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* ------------------------------------------------------------- talking -- */

struct call {
	const char			*program;
	const struct sek_helper_talk	*talk;
	struct sek_wire			 wire;
	struct sek_wire_frame		 frame;
	int				 silence_ms;
	bool				 done;
	unsigned			 answered;
	/* The first prompt, once answered too late, and its answer. */
	bool				 late;
	bool				 again;
	char				 prompt[SEK_HELPER_TEXT_MAX];
	struct sek_secret		 held;
};

/*
 * A locker may ask at once and be answered the next morning. The helper waits
 * an hour; nothing was verified by then, so another one is started, and is
 * given the answer to the same prompt.
 */
static bool
too_late(struct call *c, const char *prompt, const struct sek_secret *s)
{

	if (c->answered != 0 || c->again || !sek_wire_gone(&c->wire))
		return (false);
	c->late = sek_text_copy(c->prompt, sizeof(c->prompt), prompt) ==
	    SEK_OK && sek_secret_copy(&c->held, s->data, s->len) == SEK_OK;
	return (c->late);
}

static enum sek_err
ask(struct call *c, bool echo, const char *prompt, struct sek_secret *s)
{

	if (c->again && c->answered == 0 && strcmp(prompt, c->prompt) == 0)
		return (sek_secret_copy(s, c->held.data, c->held.len));
	if (c->talk->ask == NULL)
		return (SEK_ERR_CONV);
	return (c->talk->ask(c->talk->arg, echo, prompt, s));
}

static enum sek_err
answer(struct call *c)
{
	const char *prompt = sek_wire_rest(&c->frame);
	struct sek_secret s = SEK_SECRET_NONE;
	enum sek_err err;

	err = ask(c, sek_wire_word(&c->frame) == 1, prompt, &s);
	if (err != SEK_OK)
		err = sek_wire_send(&c->wire, SEK_WIRE_CANCEL, 0, NULL, 0);
	else if (too_late(c, prompt, &s))
		err = SEK_ERR_IO;
	else
		err = sek_wire_send(&c->wire, SEK_WIRE_ANSWER, 0, s.data,
		    s.len);
	c->answered++;
	sek_secret_free(&s);
	return (err);
}

/* One frame of the helper's. */
static enum sek_err
take(struct call *c, struct sek_why *why)
{
	const struct sek_wire_frame *f = &c->frame;
	const struct sek_helper_talk *talk = c->talk;

	switch (f->head.type) {
	case SEK_WIRE_SAY:
		/* Before the first prompt it was told already. */
		if (talk->tell != NULL && (!c->again || c->answered > 0))
			talk->tell(talk->arg, sek_wire_word(f) == 1,
			    sek_wire_rest(f));
		return (SEK_OK);
	case SEK_WIRE_PROMPT:
		return (answer(c));
	case SEK_WIRE_DATA:
		if (talk->data == NULL)
			return (SEK_ERR_SYNTAX);
		return (talk->data(talk->arg,
		    (enum sek_helper_data)sek_wire_word(f), sek_wire_rest(f),
		    sek_wire_rest_len(f)));
	default:
		c->done = true;
		return (sek_why(why, (enum sek_err)sek_wire_word(f), "%s",
		    (const char *)sek_wire_rest(f)));
	}
}

/* Why there is no verdict. What the caller's own functions said stays. */
static enum sek_err
explain(enum sek_err err, int status, const char *program,
    struct sek_why *why)
{

	switch (err) {
	case SEK_ERR_TIMEOUT:
		return (sek_why(why, err, "%s: did not answer in time; look "
		    "for its lines in the system log", program));
	case SEK_ERR_SYNTAX:
		return (sek_why(why, SEK_ERR_STORE, "%s: does not speak as "
		    "this program does; are they of one version?", program));
	case SEK_ERR_IO:
		return (sek_why(why, SEK_ERR_STORE, status == FAILED ?
		    "%s: cannot be executed (status %d); a tracer, a sandbox, "
		    "or limits of this process?" : "%s: ended without a "
		    "verdict (status %d); look for its lines in the system "
		    "log", program, status));
	default:
		return (err);
	}
}

/* One helper, from its start to its end. */
static enum sek_err
run_once(struct call *c, enum sek_helper_op op, const void *body, size_t len,
    struct sek_why *why)
{
	pid_t pid = -1;
	enum sek_err err;
	int status;

	if ((err = start(&pid, &c->wire.fd, c->program, why)) != SEK_OK)
		return (err);
	err = sek_wire_send(&c->wire, SEK_WIRE_REQUEST, (uint32_t)op, body,
	    len);
	while (err == SEK_OK && !c->done &&
	    (err = sek_wire_receive(&c->wire, &c->frame, c->silence_ms)) ==
	    SEK_OK)
		err = take(c, why);
	/* The end of the talk is the helper's end. */
	(void)close(c->wire.fd);
	status = reap(pid);
	if (c->done || c->late)
		return (err);
	return (explain(err == SEK_OK ? SEK_ERR_IO : err, status, c->program,
	    why));
}

enum sek_err
sek_helper_call_program(const char *program, int silence_ms,
    enum sek_helper_op op, const void *body, size_t len,
    const struct sek_helper_talk *talk, struct sek_why *why)
{
	struct call *c;
	enum sek_err err;

	if (len != sek_wire_op_size(op))
		return (sek_why(why, SEK_ERR_INTERNAL, "a request of %zu "
		    "bytes", len));
	if ((err = sek_secret_init()) != SEK_OK ||
	    (err = check_program(program, why)) != SEK_OK)
		return (err);
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (SEK_ERR_NOMEM);
	c->program = program;
	c->talk = talk;
	c->silence_ms = silence_ms;
	err = run_once(c, op, body, len, why);
	if (c->late) {
		c->late = false;
		c->again = true;
		c->answered = 0;
		err = run_once(c, op, body, len, why);
	}
	sek_secret_free(&c->held);
	sek_wipe(c, sizeof(*c));
	free(c);
	return (err);
}

enum sek_err
sek_helper_call(enum sek_helper_op op, const void *body, size_t len,
    const struct sek_helper_talk *talk, struct sek_why *why)
{

	return (sek_helper_call_program(SEK_HELPER_FILE, SILENCE_MS, op, body,
	    len, talk, why));
}
