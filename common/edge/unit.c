/*
 * unit.c - scopes and services of systemd that are made at run time
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/unit.h"

#define CGROUP_ROOT	"/sys/fs/cgroup"
#define STEP_NS		50000000L
#define STEPS		(SEK_UNIT_WAIT / 50000)

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

/* -------------------------------------------------------------- cgroups -- */

/* A small file of the kernel's, whole; false if it cannot be read. */
static bool
slurp(char *dst, size_t size, const char *path)
{
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	dst[0] = '\0';
	if (fd >= 0) {
		n = read(fd, dst, size - 1);
		(void)close(fd);
	}
	if (n < 0)
		return (false);
	dst[n] = '\0';
	return (true);
}

enum sek_err
sek_unit_cgroup(char dst[SEK_UNIT_CGROUP], struct sek_why *why)
{
	char text[4096], *line, *rest = text;

	dst[0] = '\0';
	if (!slurp(text, sizeof text, "/proc/self/cgroup"))
		return (sek_why(why, SEK_ERR_UNSUPPORTED,
		    "/proc/self/cgroup: %s", strerror(errno)));
	while ((line = strsep(&rest, "\n")) != NULL)
		if (strncmp(line, "0::/", 4) == 0 &&
		    sek_text_copy(dst, SEK_UNIT_CGROUP, line + 3) == SEK_OK)
			return (SEK_OK);
	return (sek_why(why, SEK_ERR_UNSUPPORTED, "/proc/self/cgroup: no "
	    "cgroup of version 2"));
}

void
sek_unit_session_of(char *dst, size_t size, const char *cgroup)
{
	static const char first[] = "session-", last[] = ".scope";
	const char *name = strrchr(cgroup, '/');
	size_t n;

	dst[0] = '\0';
	if (name == NULL || strncmp(++name, first, sizeof first - 1) != 0)
		return;
	name += sizeof first - 1;
	n = strlen(name);
	if (n <= sizeof last - 1 ||
	    strcmp(name + n - (sizeof last - 1), last) != 0 ||
	    n - (sizeof last - 1) >= size)
		return;
	memcpy(dst, name, n - (sizeof last - 1));
	dst[n - (sizeof last - 1)] = '\0';
}

static bool
cgroup_file(char *dst, size_t size, const char *cgroup, const char *file)
{
	return (cgroup[0] == '/' && cgroup[1] != '\0' &&
	    strstr(cgroup, "/..") == NULL &&
	    sek_text_format(dst, size, "%s%s/%s", CGROUP_ROOT, cgroup,
	    file) == SEK_OK);
}

bool
sek_unit_is_populated(const char *cgroup)
{
	char path[SEK_UNIT_CGROUP + 64], text[256];

	return (cgroup_file(path, sizeof path, cgroup, "cgroup.events") &&
	    slurp(text, sizeof text, path) &&
	    strstr(text, "populated 1") != NULL);
}

enum sek_err
sek_unit_kill_cgroup(const char *cgroup, struct sek_why *why)
{
	char path[SEK_UNIT_CGROUP + 64];
	enum sek_err err = SEK_ERR_UNSUPPORTED;
	int fd = -1;

	if (!cgroup_file(path, sizeof path, cgroup, "cgroup.kill"))
		return (sek_why(why, SEK_ERR_ARGUMENT, "%s: no cgroup",
		    cgroup));
	if ((fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)) >= 0 &&
	    write(fd, "1", 1) == 1)
		err = SEK_OK;
	else
		(void)sek_why(why, err, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return (err);
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
		    "TimeoutStopUSec", "t", (uint64_t)SEK_UNIT_WAIT,
		    "RuntimeMaxUSec", "t", (uint64_t)runtime);
	err = end_unit(&sd, &m, rc, name, why);
	sd_done(&sd);
	return (err == SEK_OK ? wait_in_scope(name, why) : err);
}

static int
append_argv(struct sd *sd, struct message *m, const char *const argv[])
{
	int i, rc;

	if ((rc = sd->open_container(m, 'r', "sv")) < 0 ||
	    (rc = sd->append(m, "s", "ExecStart")) < 0 ||
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

enum sek_err
sek_unit_service(const char *name, const char *description,
    const char *const argv[], struct sek_why *why)
{
	struct message *m = NULL;
	struct sd sd;
	enum sek_err err;
	int64_t i;
	int rc;

	if (access(argv[0], X_OK) != 0)
		return (sek_why(why, SEK_ERR_NOT_FOUND, "%s: %s", argv[0],
		    strerror(errno)));
	if ((err = sd_open(&sd, true, why)) != SEK_OK)
		return (err);
	if ((rc = begin_unit(&sd, &m, name, description)) >= 0 &&
	    (rc = sd.append(m, "(sv)(sv)(sv)(sv)(sv)(sv)",
	    "Type", "s", "exec",
	    /* However often it is killed. */
	    "StartLimitIntervalUSec", "t", (uint64_t)0,
	    "OOMScoreAdjust", "i", -1000,
	    "CollectMode", "s", "inactive-or-failed",
	    "Restart", "s", "on-failure",
	    "RestartUSec", "t", (uint64_t)SEK_SECOND)) >= 0)
		rc = append_argv(&sd, m, argv);
	err = end_unit(&sd, &m, rc, name, why);
	for (i = 0; err == SEK_OK && i < STEPS && !is_active(&sd, name); i++)
		pause_a_step();
	sd_done(&sd);
	if (err == SEK_OK && i == STEPS)
		err = sek_why(why, SEK_ERR_TIMEOUT, "%s: it does not run",
		    name);
	return (err);
}

/* ------------------------------------------------------------------ ends -- */

enum sek_err
sek_unit_end_session(const char *session, struct sek_why *why)
{
	struct message *m = NULL;
	struct sd sd;
	enum sek_err err;
	int rc;

	if ((err = sd_open(&sd, false, why)) != SEK_OK)
		return (err);
	if ((rc = sd.new_call(sd.bus, &m, LOGIND, LOGIND_PATH, LOGIND_MANAGER,
	    "TerminateSession")) < 0 ||
	    (rc = sd.append(m, "s", session)) < 0)
		err = unsent(&sd, &m, rc, "TerminateSession", why);
	else
		err = send_call(&sd, &m, NULL, "TerminateSession", why);
	sd_done(&sd);
	return (err);
}

/* Without logind: what of him process 1 runs. */
static enum sek_err
stop_user(uint32_t uid, struct sek_why *why)
{
	struct message *m = NULL;
	struct sd sd;
	enum sek_err err;
	char name[32];
	int rc;

	(void)snprintf(name, sizeof name, "user@%u.service", uid);
	if ((err = sd_open(&sd, true, why)) != SEK_OK)
		return (err);
	if ((rc = sd.new_call(sd.bus, &m, SYSTEMD, SYSTEMD_PATH, MANAGER,
	    "StopUnit")) < 0 || (rc = sd.append(m, "ss", name, "replace")) < 0)
		err = unsent(&sd, &m, rc, "StopUnit", why);
	else
		err = send_call(&sd, &m, NULL, "StopUnit", why);
	sd_done(&sd);
	return (err);
}

enum sek_err
sek_unit_end_user(uint32_t uid, struct sek_why *why)
{
	struct message *m = NULL;
	struct sd sd;
	enum sek_err err;
	bool others;
	int rc;

	if ((err = sd_open(&sd, true, why)) != SEK_OK)
		return (err);
	/* Another of his, or nobody knows. */
	others = sd.uid_get_sessions((uid_t)uid, 0, NULL) != 0;
	sd_done(&sd);
	if (others)
		return (SEK_OK);
	if (sd_open(&sd, false, why) != SEK_OK)
		return (stop_user(uid, why));
	if ((rc = sd.new_call(sd.bus, &m, LOGIND, LOGIND_PATH, LOGIND_MANAGER,
	    "TerminateUser")) < 0 || (rc = sd.append(m, "u", uid)) < 0)
		err = unsent(&sd, &m, rc, "TerminateUser", why);
	else
		err = send_call(&sd, &m, NULL, "TerminateUser", why);
	sd_done(&sd);
	return (err == SEK_OK ? SEK_OK : stop_user(uid, why));
}

enum sek_err
sek_unit_kill(const char *name, int signal, struct sek_why *why)
{
	struct message *m = NULL;
	struct sd sd;
	enum sek_err err;
	int rc;

	if ((err = sd_open(&sd, true, why)) != SEK_OK)
		return (err);
	if ((rc = sd.new_call(sd.bus, &m, SYSTEMD, SYSTEMD_PATH, MANAGER,
	    "KillUnit")) < 0 ||
	    (rc = sd.append(m, "ssi", name, "all", signal)) < 0)
		err = unsent(&sd, &m, rc, "KillUnit", why);
	else
		err = send_call(&sd, &m, NULL, "KillUnit", why);
	sd_done(&sd);
	return (err);
}
