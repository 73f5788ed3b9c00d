/*
 * keys.h - security keys of software in a test's world, and whose they are
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_MODULE_KEYS_H
#define SEKISHO_TESTS_MODULE_KEYS_H

#include "sekisho/edge/fido2.h"
#include "tests/emulators/fido2/softkey.h"
#include "tests/module/installed.h"

#define KEYS_PIN	"4711pin"
#define KEYS_TOUCH	"Please touch your security key."

#define KEYS_LINES							\
	"auth required @lockout\n"					\
	"auth required @password backend=pam_unix.so\n"		\
	"auth required @fido2\n"					\
	"auth required @oath\n"						\
	"auth required @ticket\n"					\
	"auth required @gate\n"
#define KEYS_STACK	KEYS_LINES ACCOUNT_LINES SESSION_LINES
/* One in which a key alone must do. */
#define KEYS_ALONE							\
	"auth required @lockout\n"					\
	"auth required @fido2\n"					\
	"auth required @gate\n"						\
	"account required @lockout\n"					\
	"account required @gate\n"

/* No tickets: where nothing else is said, a key is all there is. */
#define KEYS_FACTORS							\
	"[factors]\nwait = 5s\naccept = password totp hotp fido2\n"
/* Everything is where it is installed; services ask for keys. */
static inline void
keys_setup(void)
{
	static const char *const names[] = { "login", "sshd", "su", "sudo" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		world_service(names[i], KEYS_STACK);
	world_service("alone", KEYS_ALONE);
	world_install_worker();
	installed_copy_file(installed_built("fido2.so"),
	    SEK_LIBEXECDIR "/fido2.so");
	ck_assert_int_eq(mkdir(world_path("keys"), 0700), 0);
	world_write(world_path("log"), 0600, "");
	world_policy(KEYS_FACTORS);
}

static inline void
keys_policy(const char *factors)
{
	static char text[1024];

	(void)snprintf(text, sizeof(text), KEYS_FACTORS "%s", factors);
	world_policy(text);
}

static inline void
keys_wait(const char *span)
{
	static char text[256];

	(void)snprintf(text, sizeof(text), "[factors]\nwait = %s\n"
	    "accept = password totp hotp fido2\n", span);
	world_policy(text);
}

static inline struct softkey
keys_plug(const char *name, const char *knobs)
{
	struct softkey k;

	ck_assert(softkey_start(&k, world_path("keys"), name, knobs));
	return (k);
}

/* Make a credential on it and enrol it; the id, good for the last 8. pin: the
 * key's, where it has one and asks for it. */
static inline const char *
keys_enrol_as(const char *user, const struct softkey *k,
    enum sek_fido2_uv uv, const char *pin, bool resident)
{
	static char ids[8][SEK_ID_MAX];
	static unsigned next;
	struct sek_fido2_make in;
	struct sek_fido2_made *out = calloc(1, sizeof(*out));
	struct sek_secret secret = SEK_SECRET_NONE;
	struct sek_why why = { "" };
	char path[SEK_FIDO2_PATH_MAX], *id = ids[next++ % 8];
	enum sek_err err;

	ck_assert_ptr_nonnull(out);
	memset(&in, 0, sizeof(in));
	(void)snprintf(path, sizeof(path), "softkey:%s", k->socket);
	in.rp_id = "sekisho";
	in.rp_name = "sekisho";
	in.user = user;
	memset(in.user_id, user[0], sizeof(in.user_id));
	in.uv = uv;
	in.resident = resident;
	in.aaguids = in.roots = "";
	in.path = path;
	in.wait = 5 * SEK_SECOND;
	if (pin != NULL) {
		ck_assert_int_eq(sek_secret_string(&secret, pin), SEK_OK);
		in.pin = &secret;
		in.no_sensor = true;
	}
	err = sek_fido2_make(out, &in, &why);
	ck_assert_msg(err == SEK_OK && out->end == SEK_FIDO2_END_OK,
	    "make: %s: %s: %s", sek_err_name(err),
	    sek_fido2_end_name((enum sek_fido2_end)out->end), why.text);
	(void)snprintf(id, SEK_ID_MAX, "%s", world_fido2(user,
	    &out->credential));
	sek_secret_free(&secret);
	free(out);
	softkey_forget_log(k);
	return (id);
}

static inline const char *
keys_enrol(const char *user, const struct softkey *k)
{

	return (keys_enrol_as(user, k, SEK_FIDO2_UV_DISCOURAGED, NULL, false));
}

static inline const char *
keys_enrol_pin(const char *user, const struct softkey *k,
    enum sek_fido2_uv uv)
{

	return (keys_enrol_as(user, k, uv, KEYS_PIN, false));
}

/* How often a PIN reached the key, by either way there is. */
static inline size_t
keys_pins(const struct softkey *k)
{

	return (softkey_logged(k, " sub=5 ") + softkey_logged(k, " sub=9 "));
}

/* How often it signed, or was to. */
static inline size_t
keys_touches(const struct softkey *k)
{

	return (softkey_logged(k, " up=1 "));
}

static inline enum sek_err
keys_take(void *arg, const char *account, const struct sek_authenticator *a)
{
	uint32_t *failures = arg;

	(void)account;
	if (a->method == SEK_METHOD_FIDO2)
		*failures = a->failures;
	return (SEK_OK);
}

/* Those of his key, the last where there are several. */
static inline uint32_t
keys_failures(const char *user)
{
	struct sek_store *st = world_store();
	uint32_t failures = UINT32_MAX;

	ck_assert_int_eq(sek_store_authenticators(st, user, false, keys_take,
	    &failures), SEK_OK);
	sek_store_free(&st);
	return (failures);
}

/* Open descriptors and children of this process: a login leaves none. */
static inline unsigned
keys_open_files(void)
{
	unsigned n = 0;
	int fd;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return (n);
}

static inline unsigned
keys_children(void)
{
	char path[64], text[4096];
	unsigned n = 0;
	size_t len, i;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children",
	    (int)getpid());
	if ((f = fopen(path, "re")) == NULL)
		return (0);
	len = fread(text, 1, sizeof(text), f);
	(void)fclose(f);
	for (i = 0; i < len; i++)
		n += text[i] == ' ';
	return (n);
}

#endif
