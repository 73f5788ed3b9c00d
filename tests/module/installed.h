/*
 * installed.h - a world in which everything lies where it is installed, and
 * an ordinary user's process
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_MODULE_INSTALLED_H
#define SEKISHO_TESTS_MODULE_INSTALLED_H

#include <sys/mount.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/module/harness.h"

#define INSTALLED_HELPER	SEK_LIBEXECDIR "/sekisho-helper"
#define INSTALLED_MODULE	SEK_MODULE_DIR "/pam_sekisho_"
#define INSTALLED_CONF	SEK_SYSCONFDIR "/sekisho.conf"

static inline const char *
installed_built(const char *name)
{
	static char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", getenv("SEK_BUILDDIR"),
	    name);
	return (path);
}

static inline void
installed_copy_file(const char *from, const char *to)
{

	ck_assert_int_eq(world_run((const char *const[]){ "/bin/cp", from, to,
	    NULL }), 0);
}

static inline void
installed_modules(void)
{
	static const char *const names[] = { "lockout", "password", "card",
	    "fido2", "biometric", "oath", "ticket", "gate", "session" };
	char from[256], to[512];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(from, sizeof(from), "modules/pam_sekisho_%s/"
		    "pam_sekisho_%s.so", names[i], names[i]);
		(void)snprintf(to, sizeof(to), SEK_MODULE_DIR
		    "/pam_sekisho_%s.so", names[i]);
		/* The first makes a place that hides the machine's own. */
		if (i > 0)
			installed_copy_file(installed_built(from), to);
		else if (!world_install(installed_built(from), to))
			world_skip("no overlay may be mounted");
	}
}

static inline void
installed_bind_file(const char *name)
{
	char to[256];

	(void)snprintf(to, sizeof(to), "/etc/%s", name);
	ck_assert_int_eq(mount(world_path("etc/%s", name), to, NULL, MS_BIND,
	    NULL), 0);
}

static inline void
installed_services(void)
{
	static const char *const ours[] = { "sekisho-locker",
	    "sekisho-helper", "sekisho-witness", "locker" };
	size_t i;

	world_service("sekisho-auth",
	    "auth required " INSTALLED_MODULE "lockout.so\n"
	    "auth required " INSTALLED_MODULE "password.so "
	    "backend=pam_unix.so\n"
	    "auth required " INSTALLED_MODULE "card.so\n"
	    "auth required " INSTALLED_MODULE "fido2.so\n"
	    "auth required " INSTALLED_MODULE "biometric.so\n"
	    "auth required " INSTALLED_MODULE "oath.so\n"
	    "auth required " INSTALLED_MODULE "ticket.so\n"
	    "auth required " INSTALLED_MODULE "gate.so\n");
	world_service("sekisho-account",
	    "account required " INSTALLED_MODULE "lockout.so\n"
	    "account required " INSTALLED_MODULE "password.so "
	    "backend=pam_unix.so\n"
	    "account required " INSTALLED_MODULE "gate.so\n");
	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		world_service(ours[i], "auth include sekisho-auth\n"
		    "account include sekisho-account\n"
		    "password requisite pam_deny.so\n"
		    "session requisite pam_deny.so\n");
	ck_assert_int_eq(mount(world_path("pam.d"), "/etc/pam.d", NULL,
	    MS_BIND, NULL), 0);
}

/* As `make install` leaves it; alice has a token. */
static inline void
installed_setup(void)
{

	/* What the helper leaves there. */
	ck_assert_int_eq(mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"), 0);
	/* No logind here tells where somebody sits. */
	world_policy("[terminal]\nallow_remote = yes\n");
	installed_modules();
	world_install_worker();
	installed_copy_file(installed_built("sekisho-helper"),
	    INSTALLED_HELPER);
	ck_assert_int_eq(chmod(INSTALLED_HELPER, 04755), 0);
	if (!world_install(world_path("etc/sekisho.conf"), INSTALLED_CONF))
		world_skip("no overlay may be mounted over /etc");
	(void)mkdir(INSTALLED_CONF ".d", 0755);
	installed_copy_file(world_path("etc/sekisho.conf.d/50-test.conf"),
	    INSTALLED_CONF ".d/50-test.conf");
	installed_bind_file("passwd");
	installed_bind_file("shadow");
	installed_bind_file("group");
	installed_bind_file("nsswitch.conf");
	installed_bind_file("machine-id");
	installed_services();
	world_write(world_path("log"), 0666, "");
	(void)world_hotp("alice");
}

static inline void
installed_become(uid_t uid)
{

	if (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		_exit(97);
}

#endif
