/*
 * end.c - a session ends, whole, and nothing else with it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Asked first, by process 1 or logind, killed after GRACE. Who asks is a child:
 * a bus that hangs costs no second of that.
 *
 * MUST: what ignores SIGTERM, was started with nohup or in a session of its
 * own, is gone too: all that is in the cgroup.
 * MUST: what he left with his own systemd (systemd-run --user, linger) ends as
 * well, unless he is here in another session.
 * MUST: a signal reaches only what is in that cgroup.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "guard.h"
#include "lock.h"
#include "loop.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/processes.h"

#define GRACE		(5 * SEK_SECOND)	/* between asking and killing */
#define KILLING		(30 * SEK_SECOND)	/* then somebody is told */
#define LINGER		"/var/lib/systemd/linger/"
#define STEP_NS		50000000L

typedef bool (*asker)(const struct sek_guard *g);

static void
pause_a_step(void)
{
	const struct timespec ts = { .tv_sec = 0, .tv_nsec = STEP_NS };

	(void)nanosleep(&ts, NULL);
}

/* --------------------------------------------------------------- signals -- */

/* It is in that cgroup yet, now that its number is held. */
static bool
is_in(pid_t pid, const char *cgroup)
{
	char path[64], text[SEK_UNIT_CGROUP + 4096], *line, *rest = text;
	size_t n = strlen(cgroup);
	ssize_t got = -1;
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) >= 0) {
		got = read(fd, text, sizeof text - 1);
		(void)close(fd);
	}
	if (got <= 0)
		return (false);
	text[got] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL)
		if (strncmp(line, "0::", 3) == 0 &&
		    strncmp(line + 3, cgroup, n) == 0 &&
		    (line[3 + n] == '\0' || line[3 + n] == '/'))
			return (true);
	return (false);
}

static void
signal_one(pid_t pid, const char *cgroup, int sig)
{
	int fd;

	if (pid < 2 || pid == getpid() ||
	    (fd = (int)syscall(SYS_pidfd_open, pid, 0u)) < 0)
		return;
	if (is_in(pid, cgroup)) {
		(void)syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0u);
		if (sig != SIGKILL)
			(void)syscall(SYS_pidfd_send_signal, fd, SIGCONT,
			    NULL, 0u);
	}
	(void)close(fd);
}

static void
signal_those(const char *path, const char *cgroup, int sig)
{
	FILE *f = fopen(path, "re");
	char line[32];
	int64_t pid;

	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (sek_text_number(&pid, line, 1, INT32_MAX) == SEK_OK)
			signal_one((pid_t)pid, cgroup, sig);
	}
	if (f != NULL)
		(void)fclose(f);
}

/* All that is in it, or below it. */
static void
signal_cgroup(const char *cgroup, int sig)
{
	char top[SEK_UNIT_CGROUP + 64];
	char *const tops[] = { top, NULL };
	const FTSENT *e;
	FTS *tree;

	if (!sek_unit_cgroup_file(top, sizeof top, cgroup, "") ||
	    (tree = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, NULL)) == NULL)
		return;
	while ((e = fts_read(tree)) != NULL)
		if (e->fts_info == FTS_F &&
		    strcmp(e->fts_name, "cgroup.procs") == 0)
			signal_those(e->fts_accpath, cgroup, sig);
	(void)fts_close(tree);
}

static void
kill_cgroup(const char *cgroup)
{

	if (cgroup[0] != '\0' && sek_unit_kill_cgroup(cgroup, NULL) != SEK_OK)
		signal_cgroup(cgroup, SIGKILL);
}

/* ------------------------------------------------------------- the asking -- */

/* By a child, so that its hanging is its own. */
static pid_t
ask(asker fn, const struct sek_guard *g)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)alarm((unsigned)(KILLING / SEK_SECOND));
		_exit(fn(g) ? 0 : 1);
	}
	return (pid);
}

static void
let_go(pid_t pid)
{

	if (pid <= 0)
		return;
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

static bool
ask_session(const struct sek_guard *g)
{
	struct sek_why why = { "" };
	const char *name = strrchr(g->cgroup, '/');
	enum sek_err err = SEK_ERR_UNSUPPORTED;
	size_t n = name != NULL ? strlen(name) : 0;

	if (g->logind[0] != '\0')
		err = sek_unit_end_session(g->logind, &why);
	/* Also where logind is not there: its scope is process 1's. */
	if (err != SEK_OK && n > 6 && strcmp(name + n - 6, ".scope") == 0)
		err = sek_unit_stop(name + 1, &why);
	if (err == SEK_OK)
		return (true);
	signal_cgroup(g->cgroup, SIGTERM);
	signal_cgroup(g->cgroup, SIGHUP);
	return (false);
}

static bool
ask_user(const struct sek_guard *g)
{

	(void)sek_unit_no_linger(g->uid, NULL);
	return (sek_unit_stop_user(g->uid, NULL) == SEK_OK);
}

/* -------------------------------------------------------------- the user -- */

static enum sek_err
is_another(void *arg, const struct sek_guard *g,
    const struct sek_guard_state *s)
{
	const struct sek_guard *mine = arg;

	/* Of two that end at once each is the last. */
	return (g->uid == mine->uid && strcmp(g->id, mine->id) != 0 &&
	    s->ending == 0 ? SEK_ERR_EXISTS : SEK_OK);
}

static void
manager_of(char *dst, size_t size, uint32_t uid)
{
	(void)snprintf(dst, size, "/user.slice/user-%" PRIu32
	    ".slice/user@%" PRIu32 ".service", uid, uid);
}

static bool
is_alone(const struct sek_guard *g)
{
	struct sek_guard copy = *g;

	return (sek_guard_each(is_another, &copy, NULL) == SEK_OK &&
	    !sek_unit_has_other(g->uid, g->logind));
}

/* What he left with his own systemd is this session's only where no other of
 * his is there, and where the session was to have an end. */
static bool
is_last(const struct sek_guard *g)
{
	char manager[128];

	manager_of(manager, sizeof manager, g->uid);
	return ((g->privileged != 0 || g->envelope[0] != '\0') &&
	    sek_unit_is_populated(manager) && is_alone(g));
}

/* So that his systemd does not begin again at the next boot, without him. */
static void
forget_linger(const struct sek_guard *g)
{
	char path[sizeof LINGER + SEK_NAME_MAX];

	if ((g->privileged != 0 || g->envelope[0] != '\0') &&
	    g->account[0] != '\0' && strchr(g->account, '/') == NULL &&
	    sek_text_format(path, sizeof path, LINGER "%s", g->account) ==
	    SEK_OK && access(path, F_OK) == 0 && is_alone(g))
		(void)sek_unit_no_linger(g->uid, NULL);
}

/* ---------------------------------------------------------------- the end -- */

struct ending {
	const struct sek_guard	*g;
	char			 manager[128];	/* "": stays */
	bool			 session;	/* there was one to end */
};

static bool
is_left(const struct ending *e)
{
	uint32_t uid;

	if (e->manager[0] != '\0' && sek_unit_is_populated(e->manager))
		return (true);
	if (!e->session)
		return (false);
	if (e->g->own_audit != 0)
		return (sek_processes_of(e->g->audit_session, &uid));
	return (sek_unit_is_populated(e->g->cgroup));
}

static void
kill_all(const struct ending *e)
{
	const struct sek_processes which = { e->g->audit_session,
	    SEK_UID_NONE, NULL };
	unsigned n;

	if (e->session && e->g->own_audit != 0)
		(void)sek_processes_end(&which, &n);
	else if (e->session)
		kill_cgroup(e->g->cgroup);
	if (e->manager[0] != '\0')
		kill_cgroup(e->manager);
}

static bool
gone_within(const struct ending *e, int64_t at)
{

	while (is_left(e)) {
		if (guard_now() >= at)
			return (false);
		pause_a_step();
	}
	return (true);
}

static bool
end_both(struct ending *e)
{
	int64_t begun = guard_now();
	pid_t session = 0, user = 0;
	bool gone;

	if (e->session && e->g->own_audit == 0)
		session = ask(ask_session, e->g);
	if (e->manager[0] != '\0')
		user = ask(ask_user, e->g);
	/* Of an audit session: asked and killed in one (edge/processes.h). */
	if (e->session && e->g->own_audit != 0)
		kill_all(e);
	gone = gone_within(e, begun + GRACE);
	while (!gone && guard_now() < begun + KILLING) {
		kill_all(e);
		gone = gone_within(e, guard_now() + SEK_SECOND / 4);
	}
	let_go(session);
	let_go(user);
	return (gone);
}

bool
guard_end_all(const struct sek_guard *g)
{
	struct ending e = { .g = g, .session = true };

	if (is_last(g))
		manager_of(e.manager, sizeof e.manager, g->uid);
	/* What was asked to end may have had that begun while it was. */
	return (end_both(&e) && guard_end_user(g));
}

bool
guard_end_user(const struct sek_guard *g)
{
	struct ending e = { .g = g };

	if (is_last(g)) {
		manager_of(e.manager, sizeof e.manager, g->uid);
		if (!end_both(&e))
			return (false);
	}
	forget_linger(g);
	return (true);
}

/* A cgroup of ours is empty now. */
static void
remove_cgroup(const struct sek_guard *g)
{
	char path[SEK_UNIT_CGROUP + 64];

	guard_freeze_forget(g);
	if (strncmp(g->cgroup, "/sekisho-", 9) == 0 &&
	    strchr(g->cgroup + 1, '/') == NULL &&
	    sek_unit_cgroup_file(path, sizeof path, g->cgroup, ""))
		(void)rmdir(path);
}

static void
tell_log(const struct sek_guard *g, enum sek_reason reason, bool done)
{
	const char *by = g->ordered_by[0] != '\0' ? g->ordered_by : "-";

	if (g->envelope[0] != '\0')
		syslog(LOG_ALERT, "BREAK-GLASS: the session of envelope %s "
		    "(%s) %s (%s)", g->envelope, g->account,
		    done ? "was ended" : "could not be ended: processes are "
		    "left", sek_reason_name(reason));
	else
		syslog(done ? LOG_NOTICE : LOG_ALERT, "the session of %s, "
		    "begun by %s, %s (%s, ordered by %s)", g->account,
		    g->subject[0] != '\0' ? g->subject : "nobody known",
		    done ? "was ended" : "could not be ended: processes are "
		    "left", sek_reason_name(reason), by);
}

int
guard_main_end(const struct sek_guard *g, const char *reason)
{
	int64_t number;
	bool done;

	if (sek_text_number(&number, reason, 0, SEK_REASON_COUNT - 1) !=
	    SEK_OK)
		return (GUARD_EXIT_USAGE);
	if (number == SEK_REASON_NONE && !sek_guard_is_there(g)) {
		done = guard_end_user(g);
	} else {
		done = guard_end_all(g);
		tell_log(g, (enum sek_reason)number, done);
		if (done)
			(void)guard_record(g, SEK_EVENT_SESSION_ENDED,
			    (enum sek_reason)number, true, g->ordered_why);
	}
	if (!done)
		return (GUARD_EXIT_TROUBLE);
	remove_cgroup(g);
	sek_guard_remove(g->id);
	return (0);
}
