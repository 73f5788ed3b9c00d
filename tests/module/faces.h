/*
 * faces.h - a vendor's module that knows faces, and whose they are
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The module is vendor.c; what it does is written to the world's file "face",
 * a byte is added to "runs" each time it is called.
 */
#ifndef SEKISHO_TESTS_MODULE_FACES_H
#define SEKISHO_TESTS_MODULE_FACES_H

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "tests/module/installed.h"

#define FACES_LINE							\
	"@biometric backend=@world/lib/pam_face.so "			\
	"runs=@world/runs from=@world/face\n"
#define FACES_LINES							\
	"auth required @lockout\n"					\
	"auth required @password backend=pam_unix.so\n"		\
	"auth required " FACES_LINE					\
	"auth required @oath\n"						\
	"auth required @gate\n"
#define FACES_STACK	FACES_LINES ACCOUNT_LINES SESSION_LINES

#define FACES_FACTORS							\
	"[factors]\nwait = 3s\n"					\
	"accept = password totp hotp vendor-biometric\n"

static inline void
faces_policy(const char *more)
{
	static char text[1024];

	(void)snprintf(text, sizeof(text), FACES_FACTORS "%s", more);
	world_policy(text);
}

/* What the camera and its module do from now on. */
static inline void
faces_do(const char *words)
{

	world_write(world_path("face"), 0600, words);
}

static inline size_t
faces_runs(void)
{
	struct stat st;

	return (stat(world_path("runs"), &st) == 0 ? (size_t)st.st_size : 0);
}

static inline void
faces_setup(void)
{
	static const char *const names[] = { "login", "sshd", "su", "sudo" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		world_service(names[i], FACES_STACK);
	world_install_worker();
	installed_copy_file(installed_built("tests/module/pam_face.so"),
	    world_path("lib/pam_face.so"));
	world_write(world_path("log"), 0600, "");
	faces_policy("");
	faces_do("yes");
}

/* He is known to the vendor; the id, good until the next. */
static inline const char *
faces_enrol(const char *user)
{
	struct sek_biometric trait;

	memset(&trait, 0, sizeof(trait));
	(void)snprintf(trait.account, sizeof(trait.account), "%s", user);
	return (world_trait(user, &trait));
}

static inline enum sek_err
faces_take(void *arg, const char *account, const struct sek_authenticator *a)
{
	struct sek_authenticator *out = arg;

	(void)account;
	if (a->method == SEK_METHOD_VENDOR_BIOMETRIC)
		*out = *a;
	return (SEK_OK);
}

static inline struct sek_authenticator
faces_of(const char *user)
{
	struct sek_authenticator a;
	struct sek_store *st = world_store();

	memset(&a, 0, sizeof(a));
	ck_assert_int_eq(sek_store_authenticators(st, user, true, faces_take,
	    &a), SEK_OK);
	sek_store_free(&st);
	return (a);
}

static inline unsigned
faces_descriptors(void)
{
	unsigned n = 0;
	int fd;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return (n);
}

/* A login after which its process is as it was. */
static inline struct login
faces_run(struct login l)
{
	const unsigned open_before = faces_descriptors();

	login_run(&l);
	ck_assert_uint_eq(faces_descriptors(), open_before);
	ck_assert(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	return (l);
}

static inline struct login
faces_login(const char *password, const char *code, const char *words)
{

	faces_do(words);
	return (faces_run(login_of("alice", password, code)));
}

static inline bool
faces_get_in(const char *words)
{
	struct login l = faces_login(PASSWORD, NULL, words);

	return (login_is_in(&l));
}

#endif
