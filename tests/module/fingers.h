/*
 * fingers.h - fingers of software at the real fprintd, and whose they are
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_MODULE_FINGERS_H
#define SEKISHO_TESTS_MODULE_FINGERS_H

#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "sekisho/edge/fingerprint.h"
#include "sekisho/edge/logind.h"
#include "tests/emulators/fingerprint/rig.h"
#include "tests/module/installed.h"

#define FINGERS_LINES							\
	"auth required @lockout\n"					\
	"auth required @password backend=pam_unix.so\n"		\
	"auth required @biometric\n"					\
	"auth required @oath\n"						\
	"auth required @gate\n"
#define FINGERS_STACK	FINGERS_LINES ACCOUNT_LINES SESSION_LINES

#define FINGERS_FACTORS(wait)						\
	"[factors]\nwait = " wait "\n"					\
	"accept = password totp hotp fingerprint\n"
/* The virtual device is one for swiping. */
#define FINGERS_PLACE	"Swipe your right index finger across the " \
	"fingerprint reader."
#define FINGERS_PRESS	"Press Enter, then place your finger on the reader: "

#define FINGERS_KINDS	FPR_REAL

/* Of the whole program: the bus, and fprintd on it. */
static struct fpr fingers_rig;

static inline int
fingers_main(Suite *suite)
{
	const char *missing = fpr_missing(FINGERS_KINDS);
	char why[128] = "";
	int rc;

	if (missing != NULL) {
		printf("SKIP: %s\n", missing);
		return (SKIPPED);
	}
	if (!fpr_start(&fingers_rig, FINGERS_KINDS, why)) {
		fpr_stop(&fingers_rig);
		printf("SKIP: no fprintd of one's own can be had here (%s)\n",
		    why);
		return (SKIPPED);
	}
	rc = world_main(suite);
	fpr_stop(&fingers_rig);
	return (rc);
}

static inline void
fingers_policy(const char *more)
{
	static char text[1024];

	(void)snprintf(text, sizeof(text), FINGERS_FACTORS("5s") "%s", more);
	world_policy(text);
}

/* Services ask for fingers. */
static inline void
fingers_setup(void)
{
	static const char *const names[] = { "login", "sshd", "su", "sudo" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		world_service(names[i], FINGERS_STACK);
	world_install_worker();
	installed_copy_file(installed_built("biometric.so"),
	    SEK_LIBEXECDIR "/biometric.so");
	world_write(world_path("log"), 0600, "");
	fingers_policy("");
}

/* For this test there is no bus, and again. */
static inline void
fingers_no_bus(void)
{

	ck_assert_int_eq(mount("tmpfs", "/run/dbus", "tmpfs", 0, "mode=0755"),
	    0);
}

static inline void
fingers_bus(void)
{

	ck_assert_int_eq(umount("/run/dbus"), 0);
}

static inline void
fingers_teardown(void)
{

	(void)fpr_forget(&fingers_rig, "alice");
	(void)fpr_forget(&fingers_rig, "bob");
	fpr_forget_log(&fingers_rig);
}

/* A /run of the test's own, with the bus in it. */
static inline void
fingers_own_run(void)
{

	ck_assert_int_eq(mkdir(world_path("dbus"), 0755), 0);
	ck_assert_int_eq(mount("/run/dbus", world_path("dbus"), NULL, MS_BIND,
	    NULL), 0);
	ck_assert_int_eq(mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"), 0);
	ck_assert_int_eq(mkdir("/run/dbus", 0755), 0);
	ck_assert_int_eq(mount(world_path("dbus"), "/run/dbus", NULL, MS_BIND,
	    NULL), 0);
}

/* A finger that comes when the reader waits; wait for it by fpr_sent. */
static inline pid_t
fingers_come(const char *line)
{
	const char *lines[2] = { NULL, NULL };

	lines[0] = line;
	return (fpr_later(&fingers_rig, lines));
}

/* Enrol it by what enrols; the id, good for the last 8. */
static inline const char *
fingers_enrol(const char *user, enum sek_finger finger, const char *line)
{
	static char ids[8][SEK_ID_MAX];
	static unsigned next;
	const char *lines[] = { line, line, line, line, line, NULL };
	struct sek_fingerprint_make in;
	struct sek_fingerprint_made out;
	struct sek_why why = { "" };
	char *id = ids[next++ % 8];
	enum sek_err err;
	pid_t pid;

	memset(&in, 0, sizeof(in));
	(void)snprintf(in.account, sizeof(in.account), "%s", user);
	in.finger = finger;
	in.wait = 20 * SEK_SECOND;
	pid = fpr_later(&fingers_rig, lines);
	err = sek_fingerprint_make(&out, &in, &why);
	ck_assert_msg(err == SEK_OK && out.end == SEK_FINGERPRINT_END_OK,
	    "enrol: %s: %s: %s", sek_err_name(err), sek_fingerprint_end_name(
	    (enum sek_fingerprint_end)out.end), why.text);
	ck_assert(fpr_sent(pid));
	(void)snprintf(id, SEK_ID_MAX, "%s", world_trait(user, &out.finger));
	fpr_forget_log(&fingers_rig);
	return (id);
}

static inline enum sek_err
fingers_take(void *arg, const char *account, const struct sek_authenticator *a)
{
	struct sek_authenticator *out = arg;

	(void)account;
	if (sek_biometric_is_method((enum sek_method)a->method))
		*out = *a;
	return (SEK_OK);
}

/* His trait, the last where there are several. */
static inline struct sek_authenticator
fingers_of(const char *user)
{
	struct sek_authenticator a;
	struct sek_store *st = world_store();

	memset(&a, 0, sizeof(a));
	ck_assert_int_eq(sek_store_authenticators(st, user, true, fingers_take,
	    &a), SEK_OK);
	sek_store_free(&st);
	return (a);
}

static inline uint32_t
fingers_failures(const char *user)
{

	return (fingers_of(user).failures);
}

/*
 * Put this process (and what it forks) into a login session, as logind keeps
 * them: at this terminal, or over ssh. In a world with a /run of its own; the
 * folders go by fingers_stand_up in another process, when it has ended.
 */
static const char *const fingers_cgroups[] = { "/sys/fs/cgroup/systemd",
    "/sys/fs/cgroup/unified", "/sys/fs/cgroup" };

/* What logind has of the session, but whose it is. */
static inline void
fingers_session(const char *of)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "UID=%u\nUSER=bob\nACTIVE=1\n"
	    "STATE=active\n%s", BOB_UID, of);
	world_write("/run/systemd/sessions/fingers", 0644, text);
}

static inline bool
fingers_sit(bool away)
{
	bool remote = !away;
	char path[128], pid[16], host[256] = "";
	size_t i;
	int fd;

	(void)mkdir("/run/systemd", 0755);
	(void)mkdir("/run/systemd/sessions", 0755);
	fingers_session(away ? "CLASS=user\nREMOTE=1\n" :
	    "CLASS=user\nREMOTE=0\n");
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	for (i = 0; i < sizeof(fingers_cgroups) / sizeof(fingers_cgroups[0]);
	    i++) {
		(void)snprintf(path, sizeof(path), "%s/cgroup.procs",
		    fingers_cgroups[i]);
		if (access(path, W_OK) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/session-fingers.scope",
		    fingers_cgroups[i]);
		(void)mkdir(path, 0755);
		(void)snprintf(path, sizeof(path),
		    "%s/session-fingers.scope/cgroup.procs",
		    fingers_cgroups[i]);
		if ((fd = open(path, O_WRONLY | O_CLOEXEC)) < 0)
			continue;
		(void)!write(fd, pid, strlen(pid));
		(void)close(fd);
	}
	return (sek_logind_remote(&remote, host, sizeof(host)) &&
	    remote == away);
}

static inline void
fingers_stand_up(void)
{
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(fingers_cgroups) / sizeof(fingers_cgroups[0]);
	    i++) {
		(void)snprintf(path, sizeof(path), "%s/session-fingers.scope",
		    fingers_cgroups[i]);
		(void)rmdir(path);
	}
}

#endif
