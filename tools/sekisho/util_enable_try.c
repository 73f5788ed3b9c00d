/*
 * util_enable_try.c - a trial's end, and the proof of a new login
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: the end comes though this process, its terminal and its session are
 * gone by then.
 * MUST: a new login is what the store and the kernel say of the processes
 * above this one, begun after the trial; nothing the caller could set counts.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "util_enable.h"

#define SYSTEMD_RUN	"/usr/bin/systemd-run"
#define SYSTEMCTL	"/usr/bin/systemctl"
#define UNIT		"sekisho-stack-back"
#define BOOT_UNIT	"sekisho-stack-try.service"
#define SECONDS		20u
#define ABOVE_MAX	64u
#define RETRY		30u		/* seconds, where it did not end */
#define RETRIES		240

static bool
systemd_is_there(void)
{
	return (access("/run/systemd/system", F_OK) == 0 &&
	    access(SYSTEMD_RUN, X_OK) == 0);
}

/* This program, as what comes later is to call it. */
static bool
own_path(char *dst, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", dst, size - 1);

	if (n <= 0)
		return (false);
	dst[n] = '\0';
	return (access(dst, X_OK) == 0);
}

void
stack_try_disarm(void)
{
	static const char *const argv[] = { SYSTEMCTL, "--quiet", "stop",
	    UNIT ".timer", UNIT ".service", NULL };

	if (systemd_is_there())
		(void)tool_program(argv, NULL, 0, SECONDS);
}

/* A timer of the system's manager: nobody's session, nobody's terminal. */
static int
arm_timer(const char *self, const char *conf, int64_t seconds)
{
	char active[64], out[512];
	/* A full disk or a lock that is held is tried again for two hours. */
	const char *argv[] = { SYSTEMD_RUN, "--quiet", "--collect",
	    "--unit=" UNIT, active, "--timer-property=AccuracySec=1s",
	    "--property=Restart=on-failure", "--property=RestartSec=30s",
	    "--property=StartLimitIntervalSec=1d",
	    "--property=StartLimitBurst=240",
	    "--description=Sekisho: end of a trial of the PAM stack", "--",
	    self, "--conf", conf, "stack", "disable", "--expired", NULL };

	stack_try_disarm();
	(void)sek_text_format(active, sizeof(active), "--on-active=%llds",
	    (long long)seconds);
	return (tool_program(argv, out, sizeof(out), SECONDS));
}

/* What a reboot needs to end the trial. */
static void
arm_boot(void)
{
	static const char *const argv[] = { SYSTEMCTL, "--quiet", "enable",
	    BOOT_UNIT, NULL };

	if (tool_program(argv, NULL, 0, SECONDS) != 0)
		tool_error(_("%s is not installed: a reboot would not end the "
		    "trial"), BOOT_UNIT);
}

_Noreturn static void
wait_and_end(const char *self, const char *conf, int64_t until)
{
	struct timespec at = { .tv_sec = (time_t)(until / SEK_SECOND + 1) };
	sigset_t all;
	pid_t pid;
	int tries, status, null = open("/dev/null", O_RDWR);

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	(void)setsid();
	if (chdir("/") != 0)
		_exit(1);
	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
	}
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	/* Nobody waits for the grandchild. */
	if (fork() != 0)
		_exit(0);
	while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &at, NULL) ==
	    EINTR)
		;
	for (tries = 0; tries < RETRIES; tries++) {
		if (tries > 0)
			(void)sleep(RETRY);
		if ((pid = fork()) == 0) {
			execl(self, self, "--conf", conf, "stack", "disable",
			    "--expired", (char *)NULL);
			_exit(1);
		}
		if (pid > 0 && waitpid(pid, &status, 0) == pid &&
		    WIFEXITED(status) && WEXITSTATUS(status) == 0)
			_exit(0);
	}
	_exit(1);
}

/* Where there is no systemd: a process of its own session. */
static int
arm_child(const char *self, const char *conf, int64_t seconds)
{
	struct sek_moment now;
	pid_t pid;

	if (sek_clock_now(&now) != SEK_OK || (pid = fork()) < 0)
		return (-1);
	if (pid == 0)
		wait_and_end(self, conf, now.boot + seconds * SEK_SECOND);
	return (0);
}

int
stack_try_arm(const struct tool *t, int64_t seconds)
{
	char self[SEK_PATH_MAX];
	bool systemd = systemd_is_there();

	if (own_path(self, sizeof(self))) {
		if (systemd)
			arm_boot();
		if (systemd && arm_timer(self, t->conf, seconds) == 0)
			return (TOOL_YES);
		if (arm_child(self, t->conf, seconds) == 0)
			return (TOOL_YES);
	}
	tool_error(_("nothing could be arranged to end the trial: nothing "
	    "was changed"));
	return (TOOL_TROUBLE);
}

/* ---- the proof */

/* The parent of a process; 0 where that is not told. */
static pid_t
parent_of(pid_t pid)
{
	char path[64], text[512];
	const char *end;
	int64_t parent = 0;
	ssize_t n;
	int fd;

	(void)sek_text_format(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return (0);
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return (0);
	text[n] = '\0';
	/* "pid (name) state parent ...": the name may hold anything. */
	if ((end = strrchr(text, ')')) == NULL || strlen(end) < 5)
		return (0);
	text[(size_t)(end - text) + 4 + strcspn(end + 4, " ")] = '\0';
	return (sek_text_number(&parent, end + 4, 0, INT32_MAX) == SEK_OK ?
	    (pid_t)parent : 0);
}

/* Those above this process that began after the trial did. */
static size_t
young_above(struct sek_process above[ABOVE_MAX], int64_t since_boot)
{
	int64_t hz = sysconf(_SC_CLK_TCK), since;
	pid_t pid = getpid();
	size_t i, n = 0;

	if (hz <= 0)
		return (0);
	/* Rounded up: whoever began in the same tick is not new. */
	since = since_boot / (SEK_SECOND / hz) + 1;
	for (i = 0; i < ABOVE_MAX && pid > 1; i++, pid = parent_of(pid)) {
		if (sek_process_get(&above[n], pid) != SEK_OK)
			break;
		if (above[n].start < since)
			break;
		n++;
	}
	return (n);
}

struct seeking {
	const struct stack_state *s;
	struct sek_process	 above[ABOVE_MAX];
	size_t			 n;
	struct sek_admission	*by;
	bool			 found;
};

static bool
is_above(const struct seeking *k, const struct sek_process *p)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (k->above[i].pid == p->pid &&
		    k->above[i].start == p->start)
			return (true);
	return (false);
}

/*
 * Is that service one on trial? What is only within a session (su, sudo)
 * proves a trial of nothing else. A trial of the snippets alone, or of their
 * backend, is one of every service.
 */
static bool
of_trial(const struct stack_state *s, const char *service)
{
	size_t i, logins = s->sshd ? 1 : 0;

	for (i = 0; i < s->n; i++)
		logins += sek_edit_rule(s->service[i])->inside ? 0 : 1;
	if (sek_edit_rule(service)->inside)
		return (logins == 0 && stack_state_has(s, service));
	return (stack_state_has(s, service) || s->backend != NULL ||
	    (s->sshd && strcmp(service, "sshd") == 0) ||
	    (s->n == 0 && !s->sshd));
}

static enum sek_err
look(void *arg, const struct sek_admission *a, const struct sek_process *gate,
    const struct sek_process *parent)
{
	struct seeking *k = arg;

	if (memcmp(a->at.boot_id, k->s->since.boot_id, SEK_BOOT_ID_LEN) != 0 ||
	    a->at.boot <= k->s->since.boot || !of_trial(k->s, a->service) ||
	    (!is_above(k, gate) && !is_above(k, parent)))
		return (SEK_OK);
	k->found = true;
	*k->by = *a;
	return (SEK_OK);
}

int
stack_try_proof(struct tool *t, const struct stack_state *s,
    struct sek_admission *by)
{
	struct seeking k = { .s = s, .by = by };
	enum sek_err err;

	k.n = young_above(k.above, s->since.boot);
	err = sek_store_admissions(t->store, look, &k);
	sek_store_close(t->store);
	if (err != SEK_OK)
		return (tool_store_fail(t, err));
	if (k.found)
		return (TOOL_YES);
	tool_error(_("this is not a new login: log in anew, by ssh, at the "
	    "console or at the login screen, with both proofs, and run it "
	    "there"));
	return (TOOL_NO);
}
