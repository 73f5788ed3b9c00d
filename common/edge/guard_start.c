/*
 * guard_start.c - a place of its own for a session, and its guard
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pam-facts 24. With systemd its units; without, or where it does not answer,
 * a cgroup of root's and a daemon in the root cgroup.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/guard.h"
#include "sekisho/edge/isolate.h"
#include "sekisho/edge/logind.h"

/* Changed by the guard as soon as it runs: so long it may take to begin. */
#define WATCHDOG	(60 * SEK_SECOND)
#define ANSWER_MS	10000
#define LOGIN_UID	"/proc/self/loginuid"

/* As sd_booted(3): it is process 1 here. */
static bool
has_systemd(void)
{
	struct stat st;

	return (lstat("/run/systemd/system", &st) == 0 &&
	    S_ISDIR(st.st_mode));
}

/* --------------------------------------------------------------- place -- */

/* The scope that pam_systemd made in this very handle. */
static bool
own_session(struct sek_guard *g, const char *own_logind)
{
	char session[SEK_UNIT_NAME];

	if (own_logind == NULL || own_logind[0] == '\0' ||
	    sek_unit_cgroup(g->cgroup, NULL) != SEK_OK)
		return (false);
	sek_unit_session_of(session, sizeof session, g->cgroup);
	return (strcmp(session, own_logind) == 0 &&
	    sek_text_copy(g->logind, sizeof g->logind, session) == SEK_OK);
}

static enum sek_err
own_scope(struct sek_guard *g, struct sek_why *why)
{
	char name[SEK_UNIT_NAME];
	enum sek_err err;

	(void)snprintf(name, sizeof name, "sekisho-%s.scope", g->id);
	if ((err = sek_unit_scope(name, "Session watched by sekisho-guard",
	    g->uid, g->privileged ? SEK_GUARD_CEILING : 0, why)) != SEK_OK)
		return (err);
	return (sek_unit_cgroup(g->cgroup, why));
}

static bool
write_to(const char *path, const char *text)
{
	size_t len = strlen(text);
	bool ok = false;
	int fd;

	if ((fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)) >= 0) {
		ok = write(fd, text, len) == (ssize_t)len;
		(void)close(fd);
	}
	return (ok);
}

static enum sek_err
own_cgroup(struct sek_guard *g, struct sek_why *why)
{
	char path[SEK_UNIT_CGROUP + 64], procs[SEK_UNIT_CGROUP + 64];
	char name[SEK_UNIT_NAME];

	(void)snprintf(name, sizeof name, "/sekisho-%s", g->id);
	if (!sek_unit_cgroup_file(path, sizeof path, name, "") ||
	    !sek_unit_cgroup_file(procs, sizeof procs, name, "cgroup.procs"))
		return (sek_why(why, SEK_ERR_UNSUPPORTED, "no cgroups of "
		    "version 2 are mounted"));
	path[strlen(path) - 1] = '\0';
	if (mkdir(path, 0755) != 0)
		return (sek_why(why, SEK_ERR_UNSUPPORTED, "%s: %s", path,
		    strerror(errno)));
	if (!write_to(procs, "0") ||
	    sek_text_copy(g->cgroup, sizeof g->cgroup, name) != SEK_OK) {
		(void)sek_why(why, SEK_ERR_UNSUPPORTED, "%s: %s", procs,
		    strerror(errno));
		(void)rmdir(path);
		return (SEK_ERR_UNSUPPORTED);
	}
	return (SEK_OK);
}

/* The kernel gives a new number whenever a login uid is set anew. */
static enum sek_err
own_audit(struct sek_guard *g, struct sek_why *why)
{
	uint32_t uid = sek_audit_login_uid(), before = sek_audit_session();
	char text[16];

	(void)snprintf(text, sizeof text, "%u", uid);
	if (uid == UINT32_MAX || !write_to(LOGIN_UID, "4294967295") ||
	    !write_to(LOGIN_UID, text) ||
	    (g->audit_session = sek_audit_session()) == before ||
	    g->audit_session == UINT32_MAX) {
		g->audit_session = sek_audit_session();
		return (sek_why(why, SEK_ERR_UNSUPPORTED, "neither systemd, a "
		    "cgroup of version 2, nor an audit session of its own is "
		    "to be had"));
	}
	g->own_audit = 1;
	return (SEK_OK);
}

enum sek_err
sek_guard_place(struct sek_guard *g, const char *own_logind,
    struct sek_why *why)
{
	enum sek_err err = SEK_ERR_UNSUPPORTED;

	g->audit_session = sek_audit_session();
	g->own_audit = 0;
	g->logind[0] = '\0';
	if (own_session(g, own_logind))
		return (SEK_OK);
	g->cgroup[0] = '\0';
	if (has_systemd())
		err = own_scope(g, why);
	if (err != SEK_OK)
		err = own_cgroup(g, why);
	return (err == SEK_OK ? err : own_audit(g, why));
}

/* --------------------------------------------------------------- start -- */

static enum sek_err
as_service(const struct sek_guard *g, bool wait, struct sek_why *why)
{
	const char *const argv[] = { SEK_GUARD_PROGRAM, g->id, NULL };
	const char *const after[] = { SEK_GUARD_PROGRAM, "--after", g->id,
	    NULL };
	char name[SEK_UNIT_NAME];
	const struct sek_unit_service s = {
		.name = name,
		.description = "Watch over a session",
		.argv = argv,
		.after = after,
		.watchdog = WATCHDOG
	};

	(void)snprintf(name, sizeof name, "sekisho-guard-%s.service", g->id);
	return (sek_unit_run(&s, wait, why));
}

/* It forks by itself what stays, and answers when that runs. */
static enum sek_err
as_daemon(const struct sek_guard *g, struct sek_why *why)
{
	char answer = '\0';
	enum sek_err err;
	size_t len = 0;

	err = sek_isolate_run(SEK_GUARD_PROGRAM, g->id, strlen(g->id), &answer,
	    sizeof answer, &len, ANSWER_MS, why);
	if (err == SEK_OK && (len != 1 || answer != '1'))
		err = sek_why(why, SEK_ERR_UNSUPPORTED, SEK_GUARD_PROGRAM
		    ": it does not run; see the system log");
	return (err);
}

enum sek_err
sek_guard_start(const struct sek_guard *g, bool wait, struct sek_why *why)
{
	struct sek_why said = { "" };

	if (has_systemd() && as_service(g, wait, &said) == SEK_OK)
		return (SEK_OK);
	if (as_daemon(g, why) == SEK_OK)
		return (SEK_OK);
	return (said.text[0] != '\0' ? sek_why(why, SEK_ERR_UNSUPPORTED, "%s",
	    said.text) : SEK_ERR_UNSUPPORTED);
}
