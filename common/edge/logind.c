/*
 * logind.c - which login session a process belongs to
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/logind.h"

/* The calls of sd-login(3) used here, found by name: linking
 * libsystemd would cost every login its load, and only su and sudo ask. */
struct sd_login {
	void	*object;
	int	(*pid_get_session)(pid_t, char **);
	int	(*pid_get_owner_uid)(pid_t, uid_t *);
	int	(*uid_get_sessions)(uid_t, int, char ***);
	int	(*session_get_class)(const char *, char **);
	int	(*session_is_remote)(const char *);
	int	(*session_get_remote_host)(const char *, char **);
};

static bool
symbol(void *out, size_t size, void *object, const char *name)
{
	void *p = dlsym(object, name);

	memcpy(out, &p, size);
	return (p != NULL);
}

static bool
sd_login_load(struct sd_login *sd)
{
	memset(sd, 0, sizeof *sd);
	sd->object = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	if (sd->object == NULL)
		return (false);
	return (symbol(&sd->pid_get_session, sizeof sd->pid_get_session,
	    sd->object, "sd_pid_get_session") &&
	    symbol(&sd->pid_get_owner_uid, sizeof sd->pid_get_owner_uid,
	    sd->object, "sd_pid_get_owner_uid") &&
	    symbol(&sd->uid_get_sessions, sizeof sd->uid_get_sessions,
	    sd->object, "sd_uid_get_sessions") &&
	    symbol(&sd->session_get_class, sizeof sd->session_get_class,
	    sd->object, "sd_session_get_class") &&
	    symbol(&sd->session_is_remote, sizeof sd->session_is_remote,
	    sd->object, "sd_session_is_remote") &&
	    symbol(&sd->session_get_remote_host,
	    sizeof sd->session_get_remote_host,
	    sd->object, "sd_session_get_remote_host"));
}

/*
 * Does somebody sit before it? Of cron and of a lingering user's manager there
 * are sessions, too ("background", "manager"): nowhere, and not remote.
 */
static bool
is_somebodys(const struct sd_login *sd, const char *session)
{
	static const char *const classes[] = { "user", "user-early",
	    "user-incomplete", "user-light", "user-early-light", "greeter",
	    "lock-screen" };
	char *class = NULL;
	bool is = false;
	size_t i;

	if (sd->session_get_class(session, &class) < 0)
		return (false);
	for (i = 0; i < sizeof classes / sizeof classes[0]; i++)
		is |= strcmp(class, classes[i]) == 0;
	free(class);
	return (is);
}

/* One session: false when logind does not tell. One that came by a host is from
 * afar, whatever the host is called: pam_systemd takes "localhost" for here,
 * which is what sshd names where somebody comes in by ssh once more. */
static bool
session_is_remote(const struct sd_login *sd, const char *session, bool *remote,
    char *rhost, size_t size)
{
	char *host = NULL;
	int rc;

	if ((rc = sd->session_is_remote(session)) < 0)
		return (false);
	if (sd->session_get_remote_host(session, &host) < 0)
		host = NULL;
	*remote = rc > 0 || (host != NULL && host[0] != '\0');
	if (host != NULL && *remote)
		sek_text_printable(rhost, size, host);
	free(host);
	return (true);
}

/*
 * Desktop terminals and agents run below user@UID.service, in no session of
 * their own: such a process is where its user is logged in. One remote
 * session among his makes him remote.
 */
static bool
any_is_remote(const struct sd_login *sd, bool *remote, char *rhost,
    size_t size)
{
	char **sessions = NULL;
	bool first = true, told = false;
	uid_t uid;
	int i, n;

	if (sd->pid_get_owner_uid(0, &uid) < 0 ||
	    (n = sd->uid_get_sessions(uid, 0, &sessions)) <= 0)
		return (false);
	for (i = 0; i < n; i++) {
		if ((first || (told && !*remote)) &&
		    is_somebodys(sd, sessions[i])) {
			told = session_is_remote(sd, sessions[i], remote,
			    rhost, size);
			first = false;
		}
		free(sessions[i]);
	}
	free(sessions);
	return (told);
}

bool
sek_logind_remote(bool *remote, char *rhost, size_t size)
{
	struct sd_login sd;
	char *session = NULL;
	bool told = false;

	*remote = true;
	*rhost = '\0';
	if (sd_login_load(&sd)) {
		if (sd.pid_get_session(0, &session) >= 0)
			told = is_somebodys(&sd, session) &&
			    session_is_remote(&sd, session, remote, rhost,
			    size);
		else
			told = any_is_remote(&sd, remote, rhost, size);
	}
	if (!told)
		*remote = true;
	free(session);
	if (sd.object != NULL)
		(void)dlclose(sd.object);
	return (told);
}

/* UINT32_MAX where there is none. */
static uint32_t
audit_number(const char *path)
{
	char text[16] = "";
	int64_t id = UINT32_MAX;
	ssize_t n = -1;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0) {
		n = read(fd, text, sizeof text - 1);
		(void)close(fd);
	}
	if (n <= 0)
		return (UINT32_MAX);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (sek_text_number(&id, text, 0, UINT32_MAX) != SEK_OK)
		return (UINT32_MAX);
	return ((uint32_t)id);
}

uint32_t
sek_audit_session(void)
{

	return (audit_number("/proc/self/sessionid"));
}

uint32_t
sek_audit_login_uid(void)
{

	return (audit_number("/proc/self/loginuid"));
}

/* logind asks for the file whenever it would end him. */
void
sek_logind_no_linger(const char *name)
{
	char path[512];

	if (name[0] != '\0' && strchr(name, '/') == NULL &&
	    sek_text_format(path, sizeof path, "/var/lib/systemd/linger/%s",
	    name) == SEK_OK)
		(void)unlink(path);
}
