/*
 * notify.c - a few words on a user's screen
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The bus is his, and whatever answers there. MUST: who talks to it is he.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/edge/account.h"
#include "sekisho/edge/notify.h"

#define BUS		"unix:path=/run/user/%u/bus"
#define NAME		"org.freedesktop.Notifications"
#define PATH		"/org/freedesktop/Notifications"
#define ANSWER_US	UINT64_C(5000000)
#define WHOLE_S		10u

/* The calls of sd-bus(3) used here, found by name. */
struct bus {
	void	*object;
	void	*bus;
	int	(*new)(void **);
	int	(*address)(void *, const char *);
	int	(*client)(void *, int);
	int	(*start)(void *);
	int	(*timeout)(void *, uint64_t);
	int	(*call)(void *, const char *, const char *, const char *,
		    const char *, void *, void **, const char *, ...);
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
	    SYMBOL(b, new, "sd_bus_new") &&
	    SYMBOL(b, address, "sd_bus_set_address") &&
	    SYMBOL(b, client, "sd_bus_set_bus_client") &&
	    SYMBOL(b, start, "sd_bus_start") &&
	    SYMBOL(b, timeout, "sd_bus_set_method_call_timeout") &&
	    SYMBOL(b, call, "sd_bus_call_method"));
}

/* Never to be more again. */
static bool
become(const struct sek_passwd *pw)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	return (null >= 0 && dup2(null, 0) >= 0 && dup2(null, 1) >= 0 &&
	    dup2(null, 2) >= 0 && close_range(3, ~0u, 0) == 0 &&
	    initgroups(pw->name, pw->gid) == 0 &&
	    setresgid(pw->gid, pw->gid, pw->gid) == 0 &&
	    setresuid(pw->uid, pw->uid, pw->uid) == 0 && chdir("/") == 0);
}

static _Noreturn void
say(const struct sek_passwd *pw, const char *title, const char *text)
{
	char address[64];
	struct bus b;

	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(WHOLE_S);
	(void)snprintf(address, sizeof address, BUS, pw->uid);
	if (!become(pw) || !bus_load(&b) || b.new(&b.bus) < 0 ||
	    b.address(b.bus, address) < 0 || b.client(b.bus, 1) < 0 ||
	    b.start(b.bus) < 0)
		_exit(1);
	(void)b.timeout(b.bus, ANSWER_US);
	/* app, replaces, icon, summary, body, actions, hints (urgency: 2,
	 * critical), stays until it is put away. */
	_exit(b.call(b.bus, NAME, PATH, NAME, "Notify", NULL, NULL,
	    "susssasa{sv}i", "sekisho", 0, "dialog-warning", title, text, 0,
	    1, "urgency", "y", 2, 0) < 0 ? 1 : 0);
}

enum sek_err
sek_notify(uint32_t uid, const char *title, const char *text,
    struct sek_why *why)
{
	struct sek_passwd pw;
	struct stat st;
	char path[64];
	int status = -1;
	pid_t got, pid;

	(void)snprintf(path, sizeof path, "/run/user/%u/bus", uid);
	if (lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode) ||
	    st.st_uid != uid ||
	    sek_account_by_uid(&pw, uid) != SEK_OK || !pw.known)
		return (sek_why(why, SEK_ERR_NOT_FOUND, "%s: uid %u has no "
		    "bus", path, uid));
	if ((pid = fork()) == 0)
		say(&pw, title, text);
	while (pid > 0 && ((got = waitpid(pid, &status, WUNTRACED)) > 0 ?
	    WIFSTOPPED(status) : got < 0 && errno == EINTR))
		/* It is his by now: he can stop it, and its alarm. */
		if (got > 0)
			(void)kill(pid, SIGKILL);
	return (status == 0 ? SEK_OK : sek_why(why, SEK_ERR_IO, "%s: nobody "
	    "shows it", path));
}
