/*
 * rig.c - a system bus and a fingerprint reader of one's own
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../process.h"
#include "rig.h"

#define BUS	"/usr/bin/dbus-daemon"
#define POLKIT	"/usr/lib/polkit-1/polkitd"
#define FPRINTD	"/usr/libexec/fprintd"
#define SOCKET	"/run/dbus/fp.sock"

static bool
programs(char out[512], unsigned kind)
{
	const char *b = getenv("SEK_BUILDDIR");
	char path[600];

	snprintf(out, 512, "%s/tests/emulators/fingerprint",
	    b != NULL ? b : ".");
	snprintf(path, sizeof(path), "%s/finger", out);
	if (access(path, X_OK) != 0)
		return false;
	snprintf(path, sizeof(path), "%s/softfprintd", out);
	return (kind & FPR_SOFT) == 0 || access(path, X_OK) == 0;
}

static const char *
configuration(char out[512])
{
	const char *s = getenv("SEK_SRCDIR");

	snprintf(out, 512, "%s/tests/emulators/fingerprint/bus.conf",
	    s != NULL ? s : ".");
	return out;
}

const char *
fpr_missing(unsigned kind)
{
	char path[512];

	if (geteuid() != 0)
		return "not root";
	if (access(BUS, X_OK) != 0)
		return "no dbus-daemon (tests/deps)";
	if ((kind & FPR_REAL) != 0 && (access(FPRINTD, X_OK) != 0 ||
	    access(POLKIT, X_OK) != 0))
		return "no fprintd, polkitd (tests/deps)";
	/* Where its templates lie: of its package. */
	if (access("/var/lib/fprint", F_OK) != 0)
		return "no fprintd (tests/deps)";
	if (!programs(path, kind))
		return "no tests/emulators/fingerprint/finger (make check)";
	if (access(configuration(path), R_OK) != 0)
		return "no bus.conf (SEK_SRCDIR)";
	return NULL;
}

static bool
fails(char *why, const char *what)
{

	if (why != NULL)
		snprintf(why, 128, "%s: %s", what, strerror(errno));
	return false;
}

/* finger ARGS...: its status. */
static pid_t
start_finger(const struct fpr *r, const char *const *args)
{
	const char *argv[24] = { NULL };
	char path[600];
	int n;

	snprintf(path, sizeof(path), "%s/finger", r->bin);
	argv[0] = path;
	for (n = 0; n < 22 && args[n] != NULL; n++)
		argv[n + 1] = args[n];
	return emu_spawn("", NULL, argv);
}

static bool
finger(const struct fpr *r, const char *const *args)
{

	return emu_wait(start_finger(r, args)) == 0;
}

/* /run as it is, and /run/dbus in it; kept in memory. */
static bool
own_run(void)
{

	return mount("fpr", "/var/lib/fprint", "tmpfs", 0, "mode=700") == 0 &&
	    mkdir("/var/lib/fprint/upper", 0755) == 0 &&
	    mkdir("/var/lib/fprint/work", 0755) == 0 &&
	    mount("fpr", "/run", "overlay", 0, "lowerdir=/run,"
	    "upperdir=/var/lib/fprint/upper,workdir=/var/lib/fprint/work") ==
	    0 && umount2("/var/lib/fprint", MNT_DETACH) == 0 &&
	    mkdir("/run/dbus", 0755) == 0;
}

/* Only this process and its children have it, and it goes with them. */
static bool
enter(struct fpr *r)
{

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return false;
	if (access("/run/dbus", F_OK) != 0 && !own_run())
		return false;
	if (mount("fpr", "/run/dbus", "tmpfs", 0, "mode=755") != 0)
		return false;
	r->entered = true;
	snprintf(r->dir, sizeof(r->dir), "/run/dbus/rig");
	return mkdir(r->dir, 0755) == 0 &&
	    mkdir("/run/dbus/services", 0755) == 0 &&
	    mkdir("/run/dbus/policy", 0755) == 0 &&
	    mount("fpr", "/var/lib/fprint", "tmpfs", 0, "mode=700") == 0;
}

/* What fprintd is started with: argv, and its environment. */
static void
invocation(const struct fpr *r, char buf[4][640], const char *argv[8],
    const char *env[8])
{

	snprintf(buf[0], sizeof(buf[0]), "%s/softfprintd", r->bin);
	snprintf(buf[1], sizeof(buf[1]), "%s/knobs", r->dir);
	if ((r->kind & FPR_SOFT) != 0) {
		argv[0] = buf[0];
		argv[1] = SOCKET;
		argv[2] = buf[1];
	} else {
		argv[0] = FPRINTD;
		argv[1] = "-t";
	}
	if ((r->kind & FPR_IDENTIFY) != 0) {
		env[0] = "FP_VIRTUAL_DEVICE_STORAGE=" SOCKET;
		env[1] = "FP_DRIVERS_WHITELIST=virtual_device_storage";
		env[2] = "FP_DRIVERS_ALLOWLIST=virtual_device_storage";
	} else {
		env[0] = "FP_VIRTUAL_DEVICE=" SOCKET;
		env[1] = "FP_DRIVERS_WHITELIST=virtual_device";
		env[2] = "FP_DRIVERS_ALLOWLIST=virtual_device";
	}
	env[3] = "G_MESSAGES_DEBUG=all";
}

/* What the bus starts, when it is called. */
static bool
activated(const struct fpr *r)
{
	char buf[4][640], path[96];
	const char *argv[8] = { NULL }, *env[8] = { NULL };
	FILE *f;
	int i;

	invocation(r, buf, argv, env);
	snprintf(path, sizeof(path), "%s/start", r->dir);
	if ((f = fopen(path, "we")) == NULL)
		return false;
	fprintf(f, "#!/bin/sh\nexec env");
	for (i = 0; env[i] != NULL; i++)
		fprintf(f, " %s", env[i]);
	for (i = 0; argv[i] != NULL; i++)
		fprintf(f, " %s", argv[i]);
	fprintf(f, " >>%s/fprintd.log 2>&1 </dev/null\n", r->dir);
	if (fclose(f) != 0 || chmod(path, 0755) != 0 || (f = fopen(
	    "/run/dbus/services/net.reactivated.Fprint.service", "we")) == NULL)
		return false;
	fprintf(f, "[D-BUS Service]\nName=net.reactivated.Fprint\nExec=%s\n"
	    "User=root\n", path);
	return fclose(f) == 0;
}

bool
fpr_up(struct fpr *r)
{
	char buf[4][640], log[96];
	const char *argv[8] = { NULL }, *env[8] = { NULL };

	if ((r->kind & (FPR_REAL | FPR_SOFT)) == 0)
		return true;
	if ((r->kind & FPR_LATER) != 0)
		return activated(r);
	invocation(r, buf, argv, env);
	snprintf(log, sizeof(log), "%s/fprintd.log", r->dir);
	r->daemon = emu_spawn(log, env, argv);
	return r->daemon > 0 && fpr_await(r, "owned", 60000);
}

void
fpr_down(struct fpr *r, int sig)
{

	unlink("/run/dbus/services/net.reactivated.Fprint.service");
	if (r->daemon > 0 && sig != 0)
		kill(r->daemon, sig);
	emu_end(&r->daemon);
	/* One of the bus's, too. */
	if (r->bus > 0)
		(void)finger(r, (const char *const[]){ "end", NULL });
	unlink(SOCKET);
}

bool
fpr_bus_up(struct fpr *r)
{
	struct timespec t = { 0, 5000000 };
	char conf[512], arg[540], log[96];
	int i;

	configuration(conf);
	snprintf(arg, sizeof(arg), "--config-file=%s", conf);
	snprintf(log, sizeof(log), "%s/bus.log", r->dir);
	r->bus = emu_spawn(log, NULL, (const char *const[]){ BUS, arg,
	    "--nofork", "--nopidfile", NULL });
	for (i = 0; i < 2000 && access("/run/dbus/system_bus_socket",
	    F_OK) != 0; i++)
		nanosleep(&t, NULL);
	if (i == 2000)
		return false;
	if ((r->kind & FPR_REAL) != 0) {
		r->polkit = emu_spawn(log, NULL, (const char *const[]){ POLKIT,
		    "--no-debug", NULL });
		/* A call that comes first gets no answer at all. */
		for (i = 0; i < 2000; i++) {
			if (emu_wait(emu_spawn("", NULL, (const char *const[]){
			    "/usr/bin/dbus-send", "--system", "--print-reply",
			    "--dest=org.freedesktop.PolicyKit1", "/",
			    "org.freedesktop.DBus.Peer.Ping", NULL })) == 0)
				break;
			nanosleep(&t, NULL);
		}
	}
	return true;
}

void
fpr_bus_down(struct fpr *r)
{

	emu_end(&r->bus);
	emu_end(&r->polkit);
	unlink("/run/dbus/system_bus_socket");
}

bool
fpr_start(struct fpr *r, unsigned kind, char *why)
{
	const char *missing = fpr_missing(kind);

	memset(r, 0, sizeof(*r));
	r->kind = kind;
	if (missing != NULL) {
		if (why != NULL)
			snprintf(why, 128, "%s", missing);
		return false;
	}
	(void)programs(r->bin, kind);
	if (!enter(r))
		return fails(why, "mounts of its own");
	if (!fpr_bus_up(r))
		return fails(why, BUS);
	if (!fpr_up(r))
		return fails(why, "fprintd");
	return true;
}

void
fpr_stop(struct fpr *r)
{

	fpr_down(r, 0);
	fpr_bus_down(r);
	if (r->entered) {
		umount2("/var/lib/fprint", MNT_DETACH);
		umount2("/run/dbus", MNT_DETACH);
		r->entered = false;
	}
	r->dir[0] = '\0';
}

bool
fpr_line(const struct fpr *r, const char *line)
{

	return finger(r, (const char *const[]){ "send", line, NULL });
}

bool
fpr_scan(const struct fpr *r, const char *label)
{
	char line[128];

	snprintf(line, sizeof(line), "SCAN %s", label);
	return fpr_line(r, line);
}

pid_t
fpr_later(const struct fpr *r, const char *const *lines)
{
	const char *args[22] = { "-w", "60000", "send", NULL };
	int n;

	for (n = 0; n < 18 && lines[n] != NULL; n++)
		args[3 + n] = lines[n];
	return start_finger(r, args);
}

bool
fpr_sent(pid_t pid)
{

	return emu_wait(pid) == 0;
}

bool
fpr_now(const struct fpr *r, const char *line)
{

	return finger(r, (const char *const[]){ "now", line, NULL });
}

bool
fpr_unplug(const struct fpr *r)
{
	bool ok, mine = !fpr_await(r, "open", 10);
	pid_t pid = mine ? fpr_claim(r, "root", NULL) : 0;

	ok = fpr_now(r, "UNPLUG");
	emu_end(&pid);
	return ok;
}

bool
fpr_enrol(const struct fpr *r, const char *user, const char *name,
    const char *label)
{
	char line[128], log[96];
	pid_t pid;
	bool ok;

	snprintf(log, sizeof(log), "%s/enroll.log", r->dir);
	snprintf(line, sizeof(line), "SCAN %s", label);
	pid = emu_spawn(log, NULL, (const char *const[]){
	    "/usr/bin/fprintd-enroll", "-f", name, user, NULL });
	/* Where fingers can be told apart, one is looked at before. */
	ok = finger(r, (const char *const[]){ "send", line, line, line, line,
	    line, (r->kind & FPR_IDENTIFY) != 0 ? line : NULL, NULL });
	if (!ok && pid > 0)
		kill(pid, SIGTERM);
	return emu_wait(pid) == 0 && ok;
}

bool
fpr_forget(const struct fpr *r, const char *user)
{
	char log[96];

	snprintf(log, sizeof(log), "%s/enroll.log", r->dir);
	return emu_wait(emu_spawn(log, NULL, (const char *const[]){
	    "/usr/bin/fprintd-delete", user, NULL })) == 0;
}

bool
fpr_await(const struct fpr *r, const char *state, int ms)
{
	char bound[16];

	snprintf(bound, sizeof(bound), "%d", ms);
	return finger(r, (const char *const[]){ "-w", bound, "await", state,
	    NULL });
}

pid_t
fpr_claim(const struct fpr *r, const char *user, const char *act)
{
	struct timespec t = { 0, 5000000 };
	char path[600], log[96], line[16] = "";
	pid_t pid;
	FILE *f;
	int i;

	snprintf(path, sizeof(path), "%s/finger", r->bin);
	snprintf(log, sizeof(log), "%s/claim", r->dir);
	unlink(log);
	pid = emu_spawn(log, NULL, (const char *const[]){ path, "claim", user,
	    act, NULL });
	for (i = 0; pid > 0 && i < 2000; i++) {
		if ((f = fopen(log, "re")) != NULL) {
			if (fgets(line, sizeof(line), f) == NULL)
				line[0] = '\0';
			fclose(f);
		}
		if (strchr(line, '\n') != NULL || strlen(line) > 8)
			break;
		nanosleep(&t, NULL);
	}
	if (strcmp(line, "claimed\n") == 0)
		return pid;
	emu_end(&pid);
	return 0;
}

bool
fpr_knob(const struct fpr *r, const char *knob)
{
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/knobs", r->dir);
	if ((f = fopen(path, knob != NULL ? "ae" : "we")) == NULL)
		return false;
	if (knob != NULL)
		fprintf(f, "%s\n", knob);
	return fclose(f) == 0;
}

/* Lines with both texts. */
static size_t
lines_of(const struct fpr *r, const char *one, const char *two)
{
	char path[96], line[1100];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/fprintd.log", r->dir);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, one) != NULL && strstr(line, two) != NULL;
	fclose(f);
	return n;
}

size_t
fpr_logged(const struct fpr *r, const char *text)
{

	return lines_of(r, text, "");
}

size_t
fpr_calls(const struct fpr *r, const char *method)
{
	char text[96];

	/* What fprintd says of each, and softfprintd as it does. */
	snprintf(text, sizeof(text), "to call method '%s'", method);
	return lines_of(r, text, "Requesting authorization");
}

bool
fpr_logs(const struct fpr *r, const char *text, size_t n, int ms)
{
	struct timespec t = { 0, 5000000 };

	for (; ms > 0; ms -= 5) {
		if (fpr_logged(r, text) >= n)
			return true;
		nanosleep(&t, NULL);
	}
	return fpr_logged(r, text) >= n;
}

void
fpr_forget_log(const struct fpr *r)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/fprintd.log", r->dir);
	if (truncate(path, 0) != 0 && errno != ENOENT)
		perror("fpr_forget_log");
}
