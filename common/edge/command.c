/*
 * command.c - another program, asked one thing: its words, within bounds
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no shell, nothing of the caller's environment or descriptors.
 * MUST: it ends: at the time given it is killed, with all it started.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/clock.h"
#include "sekisho/edge/command.h"

#define CHUNK		4096u
#define NOT_STARTED	127
#define OPEN_MAX_BY_HAND 65536

/* One of its outputs. */
struct stream {
	int	 fd;		/* -1: closed */
	char	*text;
	size_t	 len;
	size_t	 room;
};

static enum sek_err
check_program(const char *path, struct sek_why *why)
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return (sek_why(why, SEK_ERR_NOT_FOUND,
		    "%s: there is no such program", path));
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return (sek_why(why, SEK_ERR_UNTRUSTED,
		    "%s: others may change it", path));
	return (SEK_OK);
}

static void
close_others(void)
{
	int fd;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0)
		return;
#endif
	for (fd = 3; fd < OPEN_MAX_BY_HAND; fd++)
		(void)close(fd);
}

static void
default_signals(void)
{
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The child's side. */
static _Noreturn void
become(const char *const *argv, int out, int err, unsigned seconds)
{
	static const char *const environment[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
		/* Nobody is there to be asked. */
		"DEBIAN_FRONTEND=noninteractive", NULL
	};
	struct rlimit cpu = { seconds, seconds };
	int in = open("/dev/null", O_RDONLY);

	(void)setsid();
	if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 ||
	    chdir("/") != 0)
		_exit(NOT_STARTED);
	close_others();
	default_signals();
	(void)umask(077);
	(void)setrlimit(RLIMIT_CPU, &cpu);
	(void)execve(argv[0], (char *const *)(uintptr_t)argv,
	    (char *const *)(uintptr_t)environment);
	_exit(NOT_STARTED);
}

/* What is there to read now. SEK_ERR_RANGE: too much. */
static enum sek_err
take(struct stream *s, size_t limit)
{
	ssize_t got;
	char *more;

	if (s->room - s->len < CHUNK + 1) {
		more = realloc(s->text, s->room + 2 * CHUNK);
		if (more == NULL)
			return (SEK_ERR_NOMEM);
		s->text = more;
		s->room += 2 * CHUNK;
	}
	got = read(s->fd, s->text + s->len, CHUNK);
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return (SEK_OK);
	if (got < 0)
		return (SEK_ERR_IO);
	if (got == 0) {
		(void)close(s->fd);
		s->fd = -1;
	}
	s->len += (size_t)got;
	s->text[s->len] = '\0';
	return (s->len > limit ? SEK_ERR_RANGE : SEK_OK);
}

/* Milliseconds until a boot time; 0: it is past. */
static int
left(int64_t deadline)
{
	struct sek_moment now;
	int64_t us;

	if (sek_clock_now(&now) != SEK_OK ||
	    (us = deadline - now.boot) <= 0)
		return (0);
	return ((int)(us / 1000) + 1);
}

/* Both outputs, to their end. */
static enum sek_err
listen_to(struct stream s[2], size_t limit, int64_t deadline)
{
	enum sek_err err = SEK_OK;
	struct pollfd p[2];
	int i, ms;

	while (err == SEK_OK && (s[0].fd >= 0 || s[1].fd >= 0)) {
		for (i = 0; i < 2; i++) {
			p[i].fd = s[i].fd;
			p[i].events = POLLIN;
			p[i].revents = 0;
		}
		if ((ms = left(deadline)) == 0)
			return (SEK_ERR_TIMEOUT);
		if (poll(p, 2, ms) < 0 && errno != EINTR)
			return (SEK_ERR_IO);
		for (i = 0; i < 2 && err == SEK_OK; i++)
			if (s[i].fd >= 0 && p[i].revents != 0)
				err = take(&s[i], limit);
	}
	return (err);
}

/* Its status; whoever closed both outputs and lives on is killed in time. */
static enum sek_err
await(pid_t pid, int *status, int64_t deadline)
{
	const struct timespec pause = { 0, 5000000 };
	int how = 0;
	pid_t got;

	while ((got = waitpid(pid, &how, WNOHANG)) == 0 && left(deadline) > 0)
		(void)nanosleep(&pause, NULL);
	if (got == 0)
		return (SEK_ERR_TIMEOUT);
	if (got != pid)
		return (SEK_ERR_IO);
	*status = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
	return (SEK_OK);
}

static enum sek_err
converse(struct sek_command *c, pid_t pid, struct stream s[2])
{
	struct sek_moment now;
	enum sek_err err;
	int64_t deadline;
	bool waited;

	if ((err = sek_clock_now(&now)) == SEK_OK) {
		deadline = now.boot + (int64_t)c->seconds * SEK_SECOND;
		if ((err = listen_to(s, c->limit, deadline)) == SEK_OK)
			err = await(pid, &c->status, deadline);
	}
	waited = err == SEK_OK;
	/* Its session is its own: nothing of it stays. */
	(void)kill(-pid, SIGKILL);
	while (!waited && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return (err);
}

enum sek_err
sek_command_run(struct sek_command *c, struct sek_why *why)
{
	struct stream s[2] = { { .fd = -1 }, { .fd = -1 } };
	int out[2] = { -1, -1 }, err_pipe[2] = { -1, -1 };
	enum sek_err err;
	pid_t pid;

	c->out = c->err = NULL;
	c->status = -1;
	if ((err = check_program(c->argv[0], why)) != SEK_OK)
		return (err);
	err = SEK_ERR_IO;
	if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err_pipe, O_CLOEXEC) != 0 ||
	    (pid = fork()) < 0)
		goto out;
	if (pid == 0)
		become(c->argv, out[1], err_pipe[1], c->seconds);
	(void)close(out[1]);
	(void)close(err_pipe[1]);
	s[0].fd = out[0];
	s[1].fd = err_pipe[0];
	out[0] = out[1] = err_pipe[0] = err_pipe[1] = -1;
	err = converse(c, pid, s);
	c->out = s[0].text;
	c->err = s[1].text;
out:
	if (s[0].fd >= 0)
		(void)close(s[0].fd);
	if (s[1].fd >= 0)
		(void)close(s[1].fd);
	if (out[0] >= 0) {
		(void)close(out[0]);
		(void)close(out[1]);
	}
	if (err_pipe[0] >= 0) {
		(void)close(err_pipe[0]);
		(void)close(err_pipe[1]);
	}
	if (err == SEK_OK)
		return (SEK_OK);
	sek_command_free(c);
	return (sek_why(why, err, "%s: %s", c->argv[0],
	    err == SEK_ERR_TIMEOUT ? "it did not end in time" :
	    err == SEK_ERR_RANGE ? "it says too much" :
	    "it could not be run"));
}

void
sek_command_free(struct sek_command *c)
{

	free(c->out);
	free(c->err);
	c->out = c->err = NULL;
}
