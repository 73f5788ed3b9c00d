/*
 * finger.c - a finger for readers made of software, and what other programs do
 * with a reader; for tests
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *	finger [-d N] [-s SOCKET] [-w MS] COMMAND...
 *
 *	send LINE...	each when the reader waits for a finger
 *	now LINE...	each at once (as soon as somebody has claimed it)
 *	await STATE	owned (fprintd is on the bus), gone, needed (it waits
 *			for a finger), idle, open (claimed), closed
 *	claim USER [verify|enroll]
 *			has it, until it is ended
 *	end		who is fprintd ends (one that the bus has started)
 *	fingers USER	those fprintd has of him, a line each
 *
 * Exit status 0; 1 not within the time (-w, 10 s); 2 trouble, said.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#define FPRINT	"net.reactivated.Fprint"
#define DEVICE	"net.reactivated.Fprint.Device"

static const char *path = "/run/dbus/fp.sock";
static char device[64];
static int left = 10000;	/* ms */

static bool
pass(void)
{
	struct timespec t = { 0, 2000000 };

	nanosleep(&t, NULL);
	return (left -= 2) > 0;
}

static sd_bus *
bus(void)
{
	static sd_bus *b;

	if (b == NULL && sd_bus_open_system(&b) < 0)
		b = NULL;
	return b;
}

static bool
owned(void)
{
	sd_bus_creds *c = NULL;
	bool yes = bus() != NULL && sd_bus_get_name_creds(bus(), FPRINT,
	    SD_BUS_CREDS_UNIQUE_NAME, &c) >= 0;

	sd_bus_creds_unref(c);
	return yes;
}

/* Does it wait for a finger? Starts nothing. */
static bool
needed(void)
{
	sd_bus_message *m = NULL, *r = NULL;
	int yes = 0;

	if (bus() != NULL && sd_bus_message_new_method_call(bus(), &m, FPRINT,
	    device, "org.freedesktop.DBus.Properties", "Get") >= 0 &&
	    sd_bus_message_append(m, "ss", DEVICE, "finger-needed") >= 0 &&
	    sd_bus_message_set_auto_start(m, 0) >= 0 &&
	    sd_bus_call(bus(), m, 5000000, NULL, &r) >= 0 &&
	    sd_bus_message_enter_container(r, 'v', "b") >= 0)
		(void)sd_bus_message_read(r, "b", &yes);
	sd_bus_message_unref(m);
	sd_bus_message_unref(r);
	return yes != 0;
}

static unsigned told;

static int
on_status(sd_bus_message *m, void *arg, sd_bus_error *e)
{
	const char *member = sd_bus_message_get_member(m);

	(void)arg;
	(void)e;
	if (member != NULL && (strcmp(member, "EnrollStatus") == 0 ||
	    strcmp(member, "VerifyStatus") == 0))
		told++;
	return 0;
}

/* All that was said up to now, of those it says to everybody. */
static unsigned
said(void)
{
	static bool listens;

	if (bus() == NULL)
		return told;
	if (!listens)
		listens = sd_bus_match_signal(bus(), NULL, NULL, device,
		    DEVICE, NULL, on_status, NULL) >= 0;
	while (sd_bus_process(bus(), NULL) > 0)
		continue;
	return told;
}

/*
 * A line that was taken waits for its turn, and it waits for a finger all the
 * while: what is left of them when the reader is let go is lost. So the next
 * one goes when something was said of this.
 */
static void
settle(unsigned before, const char *line)
{
	const struct timespec t = { 0, 150000000 };
	int i;

	for (i = 0; i < 150 && said() == before; i++)
		if (sd_bus_wait(bus(), 2000) < 0)
			return;
	/* Nobody puts it there again before he was told to. */
	if (strncmp(line, "RETRY", 5) == 0)
		nanosleep(&t, NULL);
}

/* A connection to the virtual device; it is there while it is claimed. */
static int
reach(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Until it has taken the line. */
static bool
give(const char *line)
{
	struct pollfd p = { .events = POLLIN };
	char c;

	while ((p.fd = reach()) < 0)
		if (!pass())
			return false;
	if (send(p.fd, line, strlen(line), MSG_NOSIGNAL) < 0 ||
	    poll(&p, 1, 5000) != 1 || read(p.fd, &c, 1) > 0) {
		close(p.fd);
		return false;
	}
	close(p.fd);
	return true;
}

static int
say(const char *what, const sd_bus_error *e)
{

	fprintf(stderr, "finger: %s: %s: %s\n", what,
	    e->name != NULL ? e->name : "?",
	    e->message != NULL ? e->message : "");
	return 2;
}

static int
call(const char *method, const char *arg)
{
	sd_bus_error e = SD_BUS_ERROR_NULL;
	int r, status = 0;

	if (bus() == NULL)
		return 2;
	r = arg != NULL ?
	    sd_bus_call_method(bus(), FPRINT, device, DEVICE, method, &e, NULL,
	    "s", arg) :
	    sd_bus_call_method(bus(), FPRINT, device, DEVICE, method, &e, NULL,
	    NULL);
	if (r < 0)
		status = say(method, &e);
	sd_bus_error_free(&e);
	return status;
}

static int
claim(const char *user, const char *what)
{
	int status;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if ((status = call("Claim", user)) != 0)
		return status;
	if (what != NULL && strcmp(what, "verify") == 0)
		status = call("VerifyStart", "any");
	else if (what != NULL)
		status = call("EnrollStart", "left-little-finger");
	if (status != 0)
		return status;
	puts("claimed");
	fflush(stdout);
	/* It is let go of whose connection ends. */
	pause();
	return 0;
}

static int
end(void)
{
	sd_bus_creds *c = NULL;
	pid_t pid = 0;

	if (bus() != NULL && sd_bus_get_name_creds(bus(), FPRINT,
	    SD_BUS_CREDS_PID, &c) >= 0 &&
	    sd_bus_creds_get_pid(c, &pid) >= 0 && pid > 1)
		kill(pid, SIGTERM);
	sd_bus_creds_unref(c);
	while (owned())
		if (!pass())
			return 1;
	return 0;
}

static int
fingers(const char *user)
{
	sd_bus_error e = SD_BUS_ERROR_NULL;
	sd_bus_message *r = NULL;
	const char *name;
	int status = 0;

	if (bus() == NULL)
		return 2;
	if (sd_bus_call_method(bus(), FPRINT, device, DEVICE,
	    "ListEnrolledFingers", &e, &r, "s", user) < 0)
		status = say("ListEnrolledFingers", &e);
	else if (sd_bus_message_enter_container(r, 'a', "s") >= 0)
		while (sd_bus_message_read(r, "s", &name) > 0)
			puts(name);
	sd_bus_error_free(&e);
	sd_bus_message_unref(r);
	return status;
}

static bool
is(const char *state)
{
	int fd;

	if (strcmp(state, "owned") == 0)
		return owned();
	if (strcmp(state, "gone") == 0)
		return !owned();
	if (strcmp(state, "needed") == 0)
		return needed();
	if (strcmp(state, "idle") == 0)
		return !needed();
	if ((fd = reach()) >= 0)
		close(fd);
	return (fd >= 0) == (strcmp(state, "open") == 0);
}

int
main(int argc, char **argv)
{
	unsigned before;
	int o, n = 0;

	while ((o = getopt(argc, argv, "+d:s:w:")) != -1) {
		if (o == 'd')
			n = atoi(optarg);
		else if (o == 's')
			path = optarg;
		else if (o == 'w')
			left = atoi(optarg);
		else
			return 2;
	}
	snprintf(device, sizeof(device), "/net/reactivated/Fprint/Device/%d",
	    n);
	argv += optind;
	if (argc - optind == 1 && strcmp(*argv, "end") == 0)
		return end();
	if (argc - optind < 2)
		return 2;
	if (strcmp(*argv, "claim") == 0)
		return claim(argv[1], argv[2]);
	if (strcmp(*argv, "fingers") == 0)
		return fingers(argv[1]);
	if (strcmp(*argv, "await") == 0) {
		while (!is(argv[1]))
			if (!pass())
				return 1;
		return 0;
	}
	for (o = 1; argv[o] != NULL; o++) {
		while (strcmp(*argv, "send") == 0 && !needed())
			if (!pass())
				return 1;
		before = said();
		if (!give(argv[o]))
			return 1;
		if (strcmp(*argv, "send") == 0 && argv[o + 1] != NULL &&
		    strncmp(argv[o], "SLEEP", 5) != 0)
			settle(before, argv[o]);
	}
	return 0;
}
