/*
 * unit.c - scopes and services of systemd that are made at run time
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/unit.h"

#define STEP_NS		50000000L
#define STEPS		(SEK_UNIT_WAIT / 50000)
/* What runs after a service may take so long. */
#define AFTER		(120 * SEK_SECOND)

#define SYSTEMD		"org.freedesktop.systemd1"
#define SYSTEMD_PATH	"/org/freedesktop/systemd1"
#define MANAGER		"org.freedesktop.systemd1.Manager"
/* Of process 1 itself, for root: units are made and ended where the bus is
 * dead or hangs. */
#define MANAGER_SOCKET	"unix:path=/run/systemd/private"
#define LOGIND		"org.freedesktop.login1"
#define LOGIND_PATH	"/org/freedesktop/login1"
#define LOGIND_MANAGER	"org.freedesktop.login1.Manager"

/* As sd_bus_error of sd-bus(3) is laid out. */
struct bus_error {
	const char	*name;
	const char	*message;
	int		 need_free;
};
struct bus;
struct message;

/* The calls of sd-bus(3) and sd-login(3) used here, found by name. */
struct sd {
	void	*object;
	struct bus *bus;
	int	(*open_system)(struct bus **);
	int	(*new)(struct bus **);
	int	(*set_address)(struct bus *, const char *);
	int	(*start)(struct bus *);
	int	(*set_timeout)(struct bus *, uint64_t);
	int	(*new_call)(struct bus *, struct message **, const char *,
		    const char *, const char *, const char *);
	int	(*append)(struct message *, const char *, ...);
	int	(*appendv)(struct message *, const char *, va_list);
	int	(*open_container)(struct message *, char, const char *);
	int	(*close_container)(struct message *);
	int	(*call)(struct bus *, struct message *, uint64_t,
		    struct bus_error *, struct message **);
	int	(*read)(struct message *, const char *, ...);
	int	(*get_string)(struct bus *, const char *, const char *,
		    const char *, const char *, struct bus_error *, char **);
	struct message *(*unref)(struct message *);
	void	(*error_free)(struct bus_error *);
	struct bus *(*close)(struct bus *);
	int	(*uid_get_sessions)(uid_t, int, char ***);
};

static bool
symbol(void *out, size_t size, void *object, const char *name)
{
	void *p = dlsym(object, name);

	memcpy(out, &p, size);
	return (p != NULL);
}

#define FIND(field, name) symbol(&sd->field, sizeof sd->field, sd->object, name)

static bool
find_all(struct sd *sd)
{
	return (FIND(open_system, "sd_bus_open_system") &&
	    FIND(new, "sd_bus_new") &&
	    FIND(set_address, "sd_bus_set_address") &&
	    FIND(start, "sd_bus_start") &&
	    FIND(set_timeout, "sd_bus_set_method_call_timeout") &&
	    FIND(new_call, "sd_bus_message_new_method_call") &&
	    FIND(append, "sd_bus_message_append") &&
	    FIND(appendv, "sd_bus_message_appendv") &&
	    FIND(open_container, "sd_bus_message_open_container") &&
	    FIND(close_container, "sd_bus_message_close_container") &&
	    FIND(call, "sd_bus_call") &&
	    FIND(read, "sd_bus_message_read") &&
	    FIND(get_string, "sd_bus_get_property_string") &&
	    FIND(unref, "sd_bus_message_unref") &&
	    FIND(error_free, "sd_bus_error_free") &&
	    FIND(close, "sd_bus_flush_close_unref") &&
	    FIND(uid_get_sessions, "sd_uid_get_sessions"));
}

static void
sd_done(struct sd *sd)
{
	if (sd->bus != NULL)
		(void)sd->close(sd->bus);
	if (sd->object != NULL)
		(void)dlclose(sd->object);
	memset(sd, 0, sizeof *sd);
}

/* By process 1's own socket, where that is to be had. */
static bool
open_manager(struct sd *sd)
{

	if (sd->new(&sd->bus) < 0) {
		sd->bus = NULL;
		return (false);
	}
	if (sd->set_address(sd->bus, MANAGER_SOCKET) >= 0 &&
	    sd->start(sd->bus) >= 0)
		return (true);
	(void)sd->close(sd->bus);
	sd->bus = NULL;
	return (false);
}

/* units: only the manager of units is asked. */
static enum sek_err
sd_open(struct sd *sd, bool units, struct sek_why *why)
{
	int rc;

	memset(sd, 0, sizeof *sd);
	sd->object = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL |
	    RTLD_NODELETE);
	if (sd->object == NULL || !find_all(sd)) {
		sd_done(sd);
		return (sek_why(why, SEK_ERR_UNSUPPORTED, "libsystemd.so.0 is "
		    "not there, or too old"));
	}
	if (!(units && open_manager(sd)) &&
	    (rc = sd->open_system(&sd->bus)) < 0) {
		sd->bus = NULL;
		sd_done(sd);
		return (sek_why(why, SEK_ERR_UNSUPPORTED, "no system bus: %s",
		    strerror(-rc)));
	}
	(void)sd->set_timeout(sd->bus, (uint64_t)SEK_UNIT_WAIT);
	return (SEK_OK);
}

/* Send a call and take it away. reply may be NULL. */
static enum sek_err
send_call(struct sd *sd, struct message **m, struct message **reply,
    const char *what, struct sek_why *why)
{
	struct bus_error e = { NULL, NULL, 0 };
	enum sek_err err = SEK_OK;
	int rc;

	rc = sd->call(sd->bus, *m, (uint64_t)SEK_UNIT_WAIT, &e, reply);
	if (rc < 0)
		err = sek_why(why, rc == -ETIMEDOUT ? SEK_ERR_TIMEOUT :
		    SEK_ERR_IO, "%s: %s", what, e.message != NULL ? e.message :
		    strerror(-rc));
	sd->error_free(&e);
	*m = sd->unref(*m);
	return (err);
}

static enum sek_err
unsent(struct sd *sd, struct message **m, int rc, const char *what,
    struct sek_why *why)
{
	if (*m != NULL)
		*m = sd->unref(*m);
	return (sek_why(why, SEK_ERR_IO, "%s: %s", what, strerror(-rc)));
}

static void
pause_a_step(void)
{
	struct timespec ts = { .tv_sec = 0, .tv_nsec = STEP_NS };

	(void)nanosleep(&ts, NULL);
}

/* -------------------------------------------------------- scope, service -- */

/* StartTransientUnit(name, "fail", …; the properties follow. */
static int
begin_unit(struct sd *sd, struct message **m, const char *name,
    const char *description)
{
	int rc;

	if ((rc = sd->new_call(sd->bus, m, SYSTEMD, SYSTEMD_PATH, MANAGER,
	    "StartTransientUnit")) < 0 ||
	    (rc = sd->append(*m, "ss", name, "fail")) < 0 ||
	    (rc = sd->open_container(*m, 'a', "(sv)")) < 0)
		return (rc);
	return (sd->append(*m, "(sv)", "Description", "s", description));
}

static enum sek_err
end_unit(struct sd *sd, struct message **m, int rc, const char *name,
    struct sek_why *why)
{
	if (rc < 0 || (rc = sd->close_container(*m)) < 0 ||
	    (rc = sd->append(*m, "a(sa(sv))", 0)) < 0)
		return (unsent(sd, m, rc, name, why));
	return (send_call(sd, m, NULL, name, why));
}

/* systemd answers when it has taken the work on: wait until it is done. */
static enum sek_err
wait_in_scope(const char *name, struct sek_why *why)
{
	char cgroup[SEK_UNIT_CGROUP];
	const char *last;
	int64_t i;

	for (i = 0; i < STEPS; i++) {
		if (sek_unit_cgroup(cgroup, why) != SEK_OK)
			return (SEK_ERR_UNSUPPORTED);
		last = strrchr(cgroup, '/');
		if (last != NULL && strcmp(last + 1, name) == 0)
			return (SEK_OK);
		pause_a_step();
	}
	return (sek_why(why, SEK_ERR_TIMEOUT, "%s: this process was not put "
	    "into it", name));
}

enum sek_err
sek_unit_scope(const char *name, const char *description, uint32_t uid,
    int64_t runtime, struct sek_why *why)
{
	struct message *m = NULL;
	struct sd sd;
	enum sek_err err;
	char slice[32];
	int rc;

	(void)snprintf(slice, sizeof slice, "user-%u.slice", uid);
	if ((err = sd_open(&sd, true, why)) != SEK_OK)
		return (err);
	if ((rc = begin_unit(&sd, &m, name, description)) >= 0)
		rc = sd.append(m, "(sv)(sv)(sv)(sv)(sv)",
		    "PIDs", "au", 1, (uint32_t)getpid(),
		    "Slice", "s", slice,
		    "CollectMode", "s", "inactive-or-failed",
		    "TimeoutStopUSec", "t", (uint64_t)SEK_SECOND,
		    "RuntimeMaxUSec", "t", runtime > 0 ? (uint64_t)runtime :
		    UINT64_MAX);
	err = end_unit(&sd, &m, rc, name, why);
	sd_done(&sd);
	return (err == SEK_OK ? wait_in_scope(name, why) : err);
}

static int
append_argv(struct sd *sd, struct message *m, const char *what,
    const char *const argv[])
{
	int i, rc;

	if ((rc = sd->open_container(m, 'r', "sv")) < 0 ||
	    (rc = sd->append(m, "s", what)) < 0 ||
	    (rc = sd->open_container(m, 'v', "a(sasb)")) < 0 ||
	    (rc = sd->open_container(m, 'a', "(sasb)")) < 0 ||
	    (rc = sd->open_container(m, 'r', "sasb")) < 0 ||
	    (rc = sd->append(m, "s", argv[0])) < 0 ||
	    (rc = sd->open_container(m, 'a', "s")) < 0)
		return (rc);
	for (i = 0; argv[i] != NULL; i++)
		if ((rc = sd->append(m, "s", argv[i])) < 0)
			return (rc);
	if ((rc = sd->close_container(m)) < 0 ||
	    (rc = sd->append(m, "b", 0)) < 0)
		return (rc);
	for (i = 0; i < 4; i++)
		if ((rc = sd->close_container(m)) < 0)
			return (rc);
	return (rc);
}

static bool
is_active(struct sd *sd, const char *name)
{
	struct message *m = NULL, *reply = NULL;
	const char *path = NULL;
	char *state = NULL;
	bool active = false;

	if (sd->new_call(sd->bus, &m, SYSTEMD, SYSTEMD_PATH, MANAGER,
	    "GetUnit") >= 0 && sd->append(m, "s", name) >= 0 &&
	    send_call(sd, &m, &reply, name, NULL) == SEK_OK &&
	    sd->read(reply, "o", &path) >= 0 &&
	    sd->get_string(sd->bus, SYSTEMD, path, SYSTEMD ".Unit",
	    "ActiveState", NULL, &state) >= 0)
		active = strcmp(state, "active") == 0;
	free(state);
	if (m != NULL)
		(void)sd->unref(m);
	if (reply != NULL)
		(void)sd->unref(reply);
	return (active);
}

static int
append_service(struct sd *sd, struct message *m,
    const struct sek_unit_service *s)
{
	int rc;

	if ((rc = sd->append(m, "(sv)(sv)(sv)(sv)(sv)(sv)(sv)",
	    "Type", "s", "exec",
	    /* However often it is killed. */
	    "StartLimitIntervalUSec", "t", (uint64_t)0,
	    "OOMScoreAdjust", "i", -1000,
	    "CollectMode", "s", "inactive-or-failed",
	    "Restart", "s", "on-failure",
	    "RestartUSec", "t", (uint64_t)SEK_SECOND,
	    "TimeoutStopUSec", "t", (uint64_t)AFTER)) < 0)
		return (rc);
	/* A process that is stopped heeds no other signal. */
	if (s->watchdog > 0 &&
	    (rc = sd->append(m, "(sv)(sv)(sv)",
	    "NotifyAccess", "s", "main",
	    "WatchdogUSec", "t", (uint64_t)s->watchdog,
	    "WatchdogSignal", "i", SIGKILL)) < 0)
		return (rc);
	if ((rc = append_argv(sd, m, "ExecStart", s->argv)) >= 0 &&
	    s->after != NULL)
		rc = append_argv(sd, m, "ExecStopPost", s->after);
	return (rc);
}

enum sek_err
sek_unit_run(const struct sek_unit_service *s, bool wait, struct sek_why *why)
{
	struct message *m = NULL;
	struct sd sd;
	enum sek_err err;
	int64_t i;
	int rc;

	if (access(s->argv[0], X_OK) != 0)
		return (sek_why(why, SEK_ERR_NOT_FOUND, "%s: %s", s->argv[0],
		    strerror(errno)));
	if ((err = sd_open(&sd, true, why)) != SEK_OK)
		return (err);
	if ((rc = begin_unit(&sd, &m, s->name, s->description)) >= 0)
		rc = append_service(&sd, m, s);
	err = end_unit(&sd, &m, rc, s->name, why);
	for (i = 0; wait && err == SEK_OK && i < STEPS &&
	    !is_active(&sd, s->name); i++)
		pause_a_step();
	sd_done(&sd);
	if (err == SEK_OK && i == STEPS)
		err = sek_why(why, SEK_ERR_TIMEOUT, "%s: it does not run",
		    s->name);
	return (err);
}

/* ------------------------------------------------------------------ ends -- */

/* One call of process 1 (units) or of logind, whose answer is not needed. */
static enum sek_err
ask(bool units, struct sek_why *why, const char *method, const char *types,
    ...)
{
	struct message *m = NULL;
	struct sd sd;
	enum sek_err err;
	va_list ap;
	int rc;

	if ((err = sd_open(&sd, units, why)) != SEK_OK)
		return (err);
	va_start(ap, types);
	if ((rc = units ? sd.new_call(sd.bus, &m, SYSTEMD, SYSTEMD_PATH,
	    MANAGER, method) : sd.new_call(sd.bus, &m, LOGIND, LOGIND_PATH,
	    LOGIND_MANAGER, method)) < 0 ||
	    (rc = sd.appendv(m, types, ap)) < 0)
		err = unsent(&sd, &m, rc, method, why);
	else
		err = send_call(&sd, &m, NULL, method, why);
	va_end(ap);
	sd_done(&sd);
	return (err);
}

enum sek_err
sek_unit_end_session(const char *session, struct sek_why *why)
{

	return (ask(false, why, "TerminateSession", "s", session));
}

enum sek_err
sek_unit_stop(const char *name, struct sek_why *why)
{

	return (ask(true, why, "StopUnit", "ss", name, "replace"));
}

enum sek_err
sek_unit_stop_user(uint32_t uid, struct sek_why *why)
{
	char name[32];

	if (ask(false, why, "TerminateUser", "u", uid) == SEK_OK)
		return (SEK_OK);
	/* Without logind: what of him process 1 runs. */
	(void)snprintf(name, sizeof name, "user@%u.service", uid);
	return (sek_unit_stop(name, why));
}

enum sek_err
sek_unit_no_linger(uint32_t uid, struct sek_why *why)
{

	return (ask(false, why, "SetUserLinger", "ubb", uid, 0, 0));
}

bool
sek_unit_has_other(uint32_t uid, const char *session)
{
	char **list = NULL;
	bool other = false;
	struct sd sd;
	int i, n;

	if (sd_open(&sd, true, NULL) != SEK_OK)
		return (true);
	/* Where logind does not run there is no list, and no session. */
	if ((n = sd.uid_get_sessions((uid_t)uid, 0, &list)) < 0)
		other = n != -ENOENT && n != -ENODATA;
	for (i = 0; i < n; i++) {
		if (strcmp(list[i], session) != 0)
			other = true;
		free(list[i]);
	}
	free(list);
	sd_done(&sd);
	return (other);
}

bool
sek_unit_is_stopping(void)
{
	char *state = NULL;
	bool stopping;
	struct sd sd;

	if (sd_open(&sd, true, NULL) != SEK_OK)
		return (false);
	stopping = sd.get_string(sd.bus, SYSTEMD, SYSTEMD_PATH, MANAGER,
	    "SystemState", NULL, &state) >= 0 &&
	    strcmp(state, "stopping") == 0;
	free(state);
	sd_done(&sd);
	return (stopping);
}
