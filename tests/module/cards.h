/*
 * cards.h - IC cards of software in the readers of a real pcscd, and whose they
 * are
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_MODULE_CARDS_H
#define SEKISHO_TESTS_MODULE_CARDS_H

#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "sekisho/edge/card.h"
#include "tests/emulators/card/rig.h"
#include "tests/module/installed.h"

#define CARDS_JPKI_PIN	"1234"
#define CARDS_PIV_PIN	"123456"

#define CARDS_LINES							\
	"auth required @lockout\n"					\
	"auth required @password backend=pam_unix.so\n"		\
	"auth required @card\n"						\
	"auth required @fido2\n"					\
	"auth required @oath\n"						\
	"auth required @ticket\n"					\
	"auth required @gate\n"
#define CARDS_STACK	CARDS_LINES ACCOUNT_LINES SESSION_LINES
/* One in which a card alone must do. */
#define CARDS_ALONE							\
	"auth required @lockout\n"					\
	"auth required @card\n"						\
	"auth required @gate\n"						\
	"account required @lockout\n"					\
	"account required @gate\n"

/* No tickets: where nothing else is said, a card is all there is. */
#define CARDS_FACTORS(wait)						\
	"[factors]\nwait = " wait "\n"					\
	"accept = password totp hotp fido2 card-jpki card-piv\n"

/* Of the whole program: pcscd and its readers are there for every test. */
static struct cardrig cards_rig;

static inline int
cards_main(Suite *suite)
{
	const char *missing = cardrig_missing();
	int rc;

	if (missing != NULL) {
		printf("SKIP: %s\n", missing);
		return (SKIPPED);
	}
	if (!cardrig_start(&cards_rig)) {
		cardrig_end(&cards_rig);
		printf("SKIP: no pcscd of one's own can be had here\n");
		return (SKIPPED);
	}
	rc = world_main(suite);
	cardrig_end(&cards_rig);
	return (rc);
}

/* Everything is where it is installed; services ask for cards. */
static inline void
cards_setup(void)
{
	static const char *const names[] = { "login", "sshd", "su", "sudo" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		world_service(names[i], CARDS_STACK);
	world_service("alone", CARDS_ALONE);
	world_install_worker();
	installed_copy_file(installed_built("card.so"),
	    SEK_LIBEXECDIR "/card.so");
	world_write(world_path("log"), 0600, "");
	world_policy(CARDS_FACTORS("5s"));
}

static inline void
cards_policy(const char *more)
{
	static char text[1024];

	(void)snprintf(text, sizeof(text), CARDS_FACTORS("5s") "%s", more);
	world_policy(text);
}

/* Tries are all there unless knobs say otherwise. One that was lost is taken
 * out and put in again, with a new log. */
static inline void
cards_knobs(struct softcard *c, const char *knobs)
{
	static const char *const faults[] = { "eject", "hang", "empty",
	    "short" };
	char text[512], name[64];
	size_t lost = 0, i;

	(void)snprintf(text, sizeof(text), "tries=3\n%s", knobs);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		lost += softcard_logged(c, faults[i]);
	if (lost == 0) {
		softcard_knobs(c, text);
		return;
	}
	(void)snprintf(name, sizeof(name), "%s", strrchr(c->dir, '/') + 1);
	(void)snprintf(text, sizeof(text), "tries=3\n%s", knobs);
	softcard_remove(c, &cards_rig);
	ck_assert(softcard_insert(c, &cards_rig, name, strcmp(c->type,
	    "jpki") == 0 ? "jpki" : "piv", c->slot, text));
	softcard_forget_log(c);
}

/* The same name is the same card, of another test, too. */
static inline struct softcard
cards_insert(const char *name, const char *type, int slot, const char *knobs)
{
	struct softcard c;
	char text[512];

	(void)snprintf(text, sizeof(text), "tries=3\n%s", knobs);
	ck_assert_msg(softcard_insert(&c, &cards_rig, name, type, slot, text),
	    "%s is not in its reader", name);
	softcard_forget_log(&c);
	return (c);
}

static inline const char *
cards_reader(const struct softcard *c)
{

	return (c->slot == 0 ? CARDRIG_READER0 : CARDRIG_READER1);
}

static inline struct sek_card_made *
cards_read(const struct softcard *c, enum sek_card_driver driver,
    uint32_t key)
{
	struct sek_card_made *out = calloc(1, sizeof(*out));
	struct sek_card_read in;
	struct sek_why why = { "" };
	struct sek_moment now;
	enum sek_err err;

	ck_assert_ptr_nonnull(out);
	memset(&in, 0, sizeof(in));
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	in.place.readers = in.place.anchors = "";
	in.place.reader = cards_reader(c);
	in.place.now = now.wall / SEK_SECOND;
	in.place.wait = 10 * SEK_SECOND;
	in.driver = driver;
	in.key = key;
	err = sek_card_read(out, &in, &why);
	ck_assert_msg(err == SEK_OK && out->end == SEK_CARD_END_OK,
	    "read: %s: %s: %s", sek_err_name(err),
	    sek_card_end_name((enum sek_card_end)out->end), why.text);
	return (out);
}

/* Read the card and enrol it; the id, good for the last 8. */
static inline const char *
cards_enrol_key(const char *user, const struct softcard *c,
    enum sek_card_driver driver, uint32_t key)
{
	static char ids[8][SEK_ID_MAX];
	static unsigned next;
	struct sek_card_made *made = cards_read(c, driver, key);
	char *id = ids[next++ % 8];

	(void)snprintf(id, SEK_ID_MAX, "%s", world_card(user, &made->card));
	free(made);
	softcard_forget_log(c);
	return (id);
}

static inline const char *
cards_enrol(const char *user, const struct softcard *c)
{

	bool jpki = strcmp(c->type, "jpki") == 0;

	return (cards_enrol_key(user, c, jpki ? SEK_CARD_JPKI : SEK_CARD_PIV,
	    jpki ? 0 : 0x9A));
}

/* Who signed its certificates, where policy looks for them. */
static inline void
cards_anchors(const struct softcard *c)
{
	char from[256];

	(void)snprintf(from, sizeof(from), "%s/ca.pem", c->dir);
	(void)mkdir(world_path("anchors"), 0755);
	installed_copy_file(from, world_path("anchors/ca.pem"));
	cards_policy("");
	world_append(world_path("etc/sekisho.conf.d/50-test.conf"),
	    "[card]\nanchors = ");
	world_append(world_path("etc/sekisho.conf.d/50-test.conf"),
	    world_path("anchors"));
	world_append(world_path("etc/sekisho.conf.d/50-test.conf"), "\n");
}

/* How often a PIN reached the card, and how often it was to sign. */
static inline size_t
cards_pins(const struct softcard *c)
{

	return (softcard_logged(c, "verify "));
}

static inline size_t
cards_signed(const struct softcard *c)
{

	return (softcard_logged(c, "apdu 802a") +
	    softcard_logged(c, "apdu 0087") + softcard_logged(c, "apdu 1087"));
}

static inline enum sek_err
cards_take(void *arg, const char *account, const struct sek_authenticator *a)
{
	uint32_t *failures = arg;

	(void)account;
	if (sek_card_is_method((enum sek_method)a->method))
		*failures = a->failures;
	return (SEK_OK);
}

/* Those of his card, the last where there are several. */
static inline uint32_t
cards_failures(const char *user)
{
	struct sek_store *st = world_store();
	uint32_t failures = UINT32_MAX;

	ck_assert_int_eq(sek_store_authenticators(st, user, false, cards_take,
	    &failures), SEK_OK);
	sek_store_free(&st);
	return (failures);
}

/* Another program at the card in this reader. */
struct cards_other {
	pid_t	pid;
	int	fd;		/* closed, it lets go */
};

static inline struct cards_other
cards_other(const char *verb, const struct softcard *c)
{
	struct cards_other o;
	int in[2], out[2];
	char path[600], said[8] = "";

	(void)snprintf(path, sizeof(path), "%s/slot", cards_rig.bin);
	ck_assert(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
	if ((o.pid = fork()) == 0) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		(void)execl(path, path, verb, c->slot == 0 ? "00 00" :
		    "00 01", "0", (char *)NULL);
		_exit(127);
	}
	ck_assert_int_gt(o.pid, 0);
	(void)close(in[0]);
	(void)close(out[1]);
	ck_assert_int_eq(read(out[0], said, 4), 4);
	ck_assert_str_eq(said, "held");
	(void)close(out[0]);
	o.fd = in[1];
	return (o);
}

static inline void
cards_let_go(struct cards_other *o)
{
	int status;

	(void)close(o->fd);
	ck_assert_int_eq(waitpid(o->pid, &status, 0), o->pid);
}

#endif
