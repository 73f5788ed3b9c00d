/*
 * logout.c - the login sessions of this machine, as logind knows them, their
 * lock and their end
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/logout.h"

#define LOGIND		"org.freedesktop.login1"
#define MANAGER		"/org/freedesktop/login1"
#define IFACE		"org.freedesktop.login1.Manager"
#define SESSION		"org.freedesktop.login1.Session"
#define SYSTEMD		"org.freedesktop.systemd1"
#define SYSTEMD_UNIT	"/org/freedesktop/systemd1/unit"
#define ANSWER_US	UINT64_C(10000000)	/* logind may take so long */
#define ROUND_NS	50000000		/* between two looks */
#define TOLD_ROUNDS	60			/* 3 s, then it is killed */
#define ALL_ROUNDS	160			/* 8 s */
#define SESSIONS_MAX	4096u

/* The calls of sd-bus(3) used here, found by name: linked in, libsystemd would
 * cost every verb its load. */
struct bus {
	void	*object;
	void	*bus;
	int	(*open)(void **);
	void	*(*unref)(void *);
	int	(*timeout)(void *, uint64_t);
	int	(*call)(void *, const char *, const char *, const char *,
		    const char *, void *, void **, const char *, ...);
	int	(*enter)(void *, char, const char *);
	int	(*leave)(void *);
	int	(*read)(void *, const char *, ...);
	void	*(*done)(void *);
	int	(*number)(void *, const char *, const char *, const char *,
		    const char *, void *, char, void *);
	int	(*string)(void *, const char *, const char *, const char *,
		    const char *, void *, char **);
};

static bool
symbol(void *out, size_t size, void *object, const char *name)
{
	void *p = dlsym(object, name);

	memcpy(out, &p, size);
	return (p != NULL);
}
#define SYMBOL(b, member, name) \
	symbol(&(b)->member, sizeof((b)->member), (b)->object, name)

static bool
bus_load(struct bus *b)
{

	memset(b, 0, sizeof(*b));
	b->object = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	return (b->object != NULL &&
	    SYMBOL(b, open, "sd_bus_open_system") &&
	    SYMBOL(b, unref, "sd_bus_flush_close_unref") &&
	    SYMBOL(b, timeout, "sd_bus_set_method_call_timeout") &&
	    SYMBOL(b, call, "sd_bus_call_method") &&
	    SYMBOL(b, enter, "sd_bus_message_enter_container") &&
	    SYMBOL(b, leave, "sd_bus_message_exit_container") &&
	    SYMBOL(b, read, "sd_bus_message_read") &&
	    SYMBOL(b, done, "sd_bus_message_unref") &&
	    SYMBOL(b, number, "sd_bus_get_property_trivial") &&
	    SYMBOL(b, string, "sd_bus_get_property_string"));
}

/* The library stays: it keeps what it began with the bus. */
static void
bus_close(struct bus *b)
{

	if (b->bus != NULL)
		(void)b->unref(b->bus);
	b->bus = NULL;
}

static enum sek_err
bus_open(struct bus *b, struct sek_why *why)
{
	int rc;

	if (!bus_load(b))
		return (sek_why(why, SEK_ERR_NOT_FOUND, "libsystemd.so.0 is "
		    "not there or too old: logind cannot be asked"));
	if ((rc = b->open(&b->bus)) < 0) {
		b->bus = NULL;
		return (sek_why(why, SEK_ERR_NOT_FOUND, "the system bus does "
		    "not answer: %s", strerror(-rc)));
	}
	(void)b->timeout(b->bus, ANSWER_US);
	return (SEK_OK);
}

static enum sek_err
no_logind(struct sek_why *why, int rc)
{

	return (sek_why(why, SEK_ERR_NOT_FOUND, "logind does not answer: %s",
	    strerror(-rc)));
}

static void
copy_string(struct bus *b, char *dst, size_t size, const char *path,
    const char *property)
{
	char *s = NULL;

	if (b->string(b->bus, LOGIND, path, SESSION, property, NULL, &s) >= 0)
		sek_text_printable(dst, size, s);
	free(s);
}

/* What the list does not tell; false: it ended meanwhile. */
static bool
describe(struct bus *b, struct sek_login_session *s)
{
	char state[32] = "";

	if (b->number(b->bus, LOGIND, s->path, SESSION, "Audit", NULL, 'u',
	    &s->audit_session) < 0 ||
	    b->number(b->bus, LOGIND, s->path, SESSION, "Leader", NULL, 'u',
	    &s->leader) < 0)
		return (false);
	if (s->audit_session == 0)
		s->audit_session = UINT32_MAX;
	copy_string(b, s->service, sizeof(s->service), s->path, "Service");
	copy_string(b, s->tty, sizeof(s->tty), s->path, "TTY");
	copy_string(b, s->rhost, sizeof(s->rhost), s->path, "RemoteHost");
	copy_string(b, state, sizeof(state), s->path, "State");
	s->closing = strcmp(state, "closing") == 0;
	return (true);
}

static int
read_one(struct bus *b, void *m, struct sek_login_session *s)
{
	const char *id, *name, *seat, *path;
	uint32_t uid;
	int rc;

	if ((rc = b->read(m, "(susso)", &id, &uid, &name, &seat, &path)) <= 0)
		return (rc);
	memset(s, 0, sizeof(*s));
	sek_text_printable(s->name, sizeof(s->name), name);
	s->uid = uid;
	s->seat = seat[0] != '\0';
	if (sek_text_copy(s->id, sizeof(s->id), id) != SEK_OK ||
	    sek_text_copy(s->path, sizeof(s->path), path) != SEK_OK)
		return (-EPROTO);
	return (1);
}

static int
read_list(struct bus *b, void *m, struct sek_login_session **list, size_t *n)
{
	struct sek_login_session s, *more;
	int rc;

	if ((rc = b->enter(m, 'a', "(susso)")) < 0)
		return (rc);
	while ((rc = read_one(b, m, &s)) > 0) {
		if (*n == SESSIONS_MAX)
			return (-E2BIG);
		more = reallocarray(*list, *n + 1, sizeof(s));
		if (more == NULL)
			return (-ENOMEM);
		*list = more;
		more[(*n)++] = s;
	}
	return (rc);
}

enum sek_err
sek_logout_list(struct sek_login_session **list, size_t *n,
    struct sek_why *why)
{
	struct sek_login_session *l = NULL;
	size_t i, all = 0;
	enum sek_err err;
	void *m = NULL;
	struct bus b;
	int rc;

	*list = NULL;
	*n = 0;
	if ((err = bus_open(&b, why)) != SEK_OK)
		return (err);
	if ((rc = b.call(b.bus, LOGIND, MANAGER, IFACE, "ListSessions", NULL,
	    &m, "")) < 0 || (rc = read_list(&b, m, &l, &all)) < 0) {
		free(l);
		err = no_logind(why, rc);
		goto out;
	}
	for (i = 0; i < all; i++)
		if (describe(&b, &l[i]))
			l[(*n)++] = l[i];
	*list = l;
out:
	if (m != NULL)
		(void)b.done(m);
	bus_close(&b);
	return (err);
}

/* Is there an object of this number or id yet? */
static bool
session_is_there(struct bus *b, const char *id)
{
	void *m = NULL;
	int rc;

	rc = b->call(b->bus, LOGIND, MANAGER, IFACE, "GetSession", NULL, &m,
	    "s", id);
	if (m != NULL)
		(void)b->done(m);
	return (rc >= 0);
}

/* Does anything of his run? logind keeps him in mind a while after that; the
 * slice that holds all of it tells, where systemd has one. */
static bool
user_is_there(struct bus *b, uint32_t uid)
{
	char path[128], *state = NULL;
	void *m = NULL;
	bool over;
	int rc;

	(void)sek_text_format(path, sizeof(path),
	    SYSTEMD_UNIT "/user_2d%u_2eslice", uid);
	rc = b->string(b->bus, SYSTEMD, path, SYSTEMD ".Unit", "ActiveState",
	    NULL, &state);
	over = rc >= 0 && (strcmp(state, "inactive") == 0 ||
	    strcmp(state, "failed") == 0);
	free(state);
	if (rc >= 0)
		return (!over);
	rc = b->call(b->bus, LOGIND, MANAGER, IFACE, "GetUser", NULL, &m, "u",
	    uid);
	if (m != NULL)
		(void)b->done(m);
	return (rc >= 0);
}

static void
pause_once(void)
{
	const struct timespec pause = { 0, ROUND_NS };

	(void)nanosleep(&pause, NULL);
}

enum sek_err
sek_logout_session(const struct sek_login_session *s, struct sek_why *why)
{
	enum sek_err err;
	struct bus b;
	unsigned i;
	int rc;

	if ((err = bus_open(&b, why)) != SEK_OK)
		return (err);
	rc = b.call(b.bus, LOGIND, MANAGER, IFACE, "TerminateSession", NULL,
	    NULL, "s", s->id);
	for (i = 0; i < ALL_ROUNDS && session_is_there(&b, s->id); i++) {
		if (i >= TOLD_ROUNDS)
			rc = b.call(b.bus, LOGIND, MANAGER, IFACE,
			    "KillSession", NULL, NULL, "ssi", s->id, "all",
			    SIGKILL);
		pause_once();
	}
	if (session_is_there(&b, s->id))
		err = sek_why(why, SEK_ERR_TIMEOUT, "session %s of %s is "
		    "still there%s%s", s->id, s->name, rc < 0 ? ": " : "",
		    rc < 0 ? strerror(-rc) : "");
	bus_close(&b);
	return (err);
}

enum sek_err
sek_logout_user(uint32_t uid, struct sek_why *why)
{
	enum sek_err err;
	struct bus b;
	unsigned i;

	if ((err = bus_open(&b, why)) != SEK_OK)
		return (err);
	if (user_is_there(&b, uid))
		(void)b.call(b.bus, LOGIND, MANAGER, IFACE, "TerminateUser",
		    NULL, NULL, "u", uid);
	for (i = 0; i < ALL_ROUNDS && user_is_there(&b, uid); i++) {
		if (i >= TOLD_ROUNDS)
			(void)b.call(b.bus, LOGIND, MANAGER, IFACE, "KillUser",
			    NULL, NULL, "ui", uid, SIGKILL);
		pause_once();
	}
	if (user_is_there(&b, uid))
		err = sek_why(why, SEK_ERR_TIMEOUT, "the user manager of uid "
		    "%u is still there", uid);
	bus_close(&b);
	return (err);
}

/* ----------------------------------------------------------------- screen -- */

static int
path_of(struct bus *b, const char *id, char *dst, size_t size)
{
	const char *path = NULL;
	void *m = NULL;
	int rc;

	rc = b->call(b->bus, LOGIND, MANAGER, IFACE, "GetSession", NULL, &m,
	    "s", id);
	if (rc >= 0 && (rc = b->read(m, "o", &path)) >= 0)
		rc = sek_text_copy(dst, size, path) == SEK_OK ? 0 : -EPROTO;
	if (m != NULL)
		(void)b->done(m);
	return (rc);
}

static bool
is_graphical(struct bus *b, const char *path)
{
	char *type = NULL;
	bool is;

	is = b->string(b->bus, LOGIND, path, SESSION, "Type", NULL, &type) >=
	    0 && (strcmp(type, "x11") == 0 || strcmp(type, "wayland") == 0 ||
	    strcmp(type, "mir") == 0);
	free(type);
	return (is);
}

enum sek_err
sek_logout_screen(struct sek_login_screen *out, const char *id,
    struct sek_why *why)
{
	int idle = 0, locked = 0, rc;
	uint64_t since = 0;
	char path[256];
	enum sek_err err;
	struct bus b;

	memset(out, 0, sizeof(*out));
	if ((err = bus_open(&b, why)) != SEK_OK)
		return (err);
	if ((rc = path_of(&b, id, path, sizeof(path))) < 0 ||
	    (rc = b.number(b.bus, LOGIND, path, SESSION, "IdleHint", NULL,
	    'b', &idle)) < 0 ||
	    (rc = b.number(b.bus, LOGIND, path, SESSION,
	    "IdleSinceHintMonotonic", NULL, 't', &since)) < 0) {
		err = no_logind(why, rc);
	} else {
		/* Of a logind that does not know it: it is not. */
		(void)b.number(b.bus, LOGIND, path, SESSION, "LockedHint",
		    NULL, 'b', &locked);
		out->graphical = is_graphical(&b, path);
		out->idle = idle != 0;
		out->locked = locked != 0;
		out->since = since > INT64_MAX ? 0 : (int64_t)since;
	}
	bus_close(&b);
	return (err);
}

enum sek_err
sek_logout_lock(const char *id, struct sek_why *why)
{
	enum sek_err err;
	struct bus b;
	int rc;

	if ((err = bus_open(&b, why)) != SEK_OK)
		return (err);
	rc = b.call(b.bus, LOGIND, MANAGER, IFACE, "LockSession", NULL, NULL,
	    "s", id);
	if (rc < 0)
		err = no_logind(why, rc);
	bus_close(&b);
	return (err);
}
