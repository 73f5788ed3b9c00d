/*
 * harness_store.c - the world's store, as tests fill it and ask it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <liboath/oath.h>
#include <sqlite3.h>

#include "sekisho/base/text.h"
#include "sekisho/flow/context.h"
#include "tests/module/harness.h"

#define KEY_LEN 20u

struct sek_settings *
world_settings(void)
{
	struct sek_settings *s = calloc(1, sizeof *s);
	struct sek_why why = { "" };
	enum sek_err err;

	ck_assert_ptr_nonnull(s);
	err = sek_settings_load_under(s, world_path("etc/sekisho.conf"),
	    false, sek_settings_floors, NULL, &why);
	ck_assert_msg(err == SEK_OK, "policy: %s", why.text);
	return (s);
}

struct sek_store *
world_store(void)
{
	struct sek_settings *s = world_settings();
	struct sek_store_config *config = calloc(1, sizeof *config);
	struct sek_store *st = NULL;

	ck_assert_ptr_nonnull(config);
	sek_store_config(config, s);
	ck_assert_int_eq(sek_store_new(&st, config), SEK_OK);
	free(config);
	free(s);
	return (st);
}

static void
check(enum sek_err err, struct sek_store *st, const char *what)
{
	ck_assert_msg(err == SEK_OK, "%s: %s: %s", what, sek_err_name(err),
	    sek_store_why(st));
}

static void
nobody(struct sek_record *actor)
{
	memset(actor, 0, sizeof *actor);
	actor->count = 1;
	memcpy(actor->service, "test", 5);
}

/* ----------------------------------------------------- authenticators -- */

/* A key that follows from the name. */
static void
key_of(unsigned char key[KEY_LEN], const char *user)
{
	size_t i, n = strlen(user);

	for (i = 0; i < KEY_LEN; i++)
		key[i] = (unsigned char)((unsigned char)user[i % n] + 7 * i);
}

static const char *
enrol(const char *user, enum sek_method method, const struct sek_fido2 *key,
    const struct sek_card *card, const struct sek_biometric *trait)
{
	static char id[SEK_ID_MAX];
	struct sek_enrol *in = calloc(1, sizeof *in);
	struct sek_store *st = world_store();
	struct sek_record actor;
	struct passwd *pw = getpwnam(user);

	ck_assert_ptr_nonnull(in);
	ck_assert_ptr_nonnull(pw);
	nobody(&actor);
	(void)sek_text_copy(in->account.name, sizeof in->account.name, user);
	(void)sek_text_copy(in->account.person, sizeof in->account.person,
	    user);
	in->account.uid = pw->pw_uid;
	in->account.privileged = strncmp(user, "admin", 5) == 0;
	(void)sek_text_copy(in->person.id, sizeof in->person.id, user);
	(void)sek_text_copy(in->authenticator.person,
	    sizeof in->authenticator.person, user);
	(void)sek_text_copy(in->authenticator.label,
	    sizeof in->authenticator.label, "test");
	in->authenticator.method = (uint8_t)method;
	if (key != NULL) {
		in->fido2 = *key;
	} else if (card != NULL) {
		in->card = *card;
	} else if (trait != NULL) {
		in->biometric = *trait;
	} else {
		in->authenticator.oath.digits = 6;
		in->authenticator.oath.period = method == SEK_METHOD_TOTP ?
		    30 : 0;
		key_of(in->key, user);
		in->key_len = KEY_LEN;
	}
	in->proved = 1;
	check(sek_store_enrol(st, in, &actor), st, "enrol");
	(void)sek_text_copy(id, sizeof id, in->authenticator.id);
	free(in);
	sek_store_free(&st);
	return (id);
}

const char *
world_totp(const char *user)
{
	return (enrol(user, SEK_METHOD_TOTP, NULL, NULL, NULL));
}

const char *
world_hotp(const char *user)
{
	return (enrol(user, SEK_METHOD_HOTP, NULL, NULL, NULL));
}

const char *
world_fido2(const char *user, const struct sek_fido2 *key)
{
	return (enrol(user, SEK_METHOD_FIDO2, key, NULL, NULL));
}

const char *
world_card(const char *user, const struct sek_card *card)
{
	return (enrol(user,
	    sek_card_method((enum sek_card_driver)card->brief.driver), NULL,
	    card, NULL));
}

const char *
world_trait(const char *user, const struct sek_biometric *trait)
{
	return (enrol(user, trait->brief.finger != SEK_FINGER_NONE ?
	    SEK_METHOD_FINGERPRINT : SEK_METHOD_VENDOR_BIOMETRIC, NULL, NULL,
	    trait));
}

const char *
world_hotp_code(const char *user, uint64_t counter)
{
	static char buffer[8][16];
	static unsigned next;
	unsigned char key[KEY_LEN];
	char *code = buffer[next++ % 8];

	key_of(key, user);
	ck_assert_int_eq(oath_hotp_generate((char *)key, KEY_LEN, counter, 6,
	    false, OATH_HOTP_DYNAMIC_TRUNCATION, code), OATH_OK);
	return (code);
}

static uint64_t
step_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return ((uint64_t)ts.tv_sec / 30);
}

const char *
world_totp_code(const char *user, int steps)
{
	return (world_hotp_code(user, step_now() + (uint64_t)(int64_t)steps));
}

const char *
world_wrong_code(const char *user)
{
	static char code[8];
	uint64_t now = step_now(), c;
	unsigned i;
	bool right = true;

	for (i = 111111; right; i += 111) {
		(void)snprintf(code, sizeof code, "%06u", i);
		right = false;
		for (c = now - 5; c <= now + 5; c++)
			right |= strcmp(code, world_hotp_code(user, c)) == 0;
		for (c = 0; c < 8000; c++)
			right |= strcmp(code, world_hotp_code(user, c)) == 0;
	}
	return (code);
}

struct wanted {
	struct sek_authenticator found;
	unsigned n;
};

static enum sek_err
take_authenticator(void *arg, const char *account,
    const struct sek_authenticator *a)
{
	struct wanted *w = arg;

	(void)account;
	w->found = *a;
	w->n++;
	return (SEK_OK);
}

uint64_t
world_hotp_moving(const char *user)
{
	struct sek_store *st = world_store();
	struct wanted w;

	memset(&w, 0, sizeof w);
	check(sek_store_authenticators(st, user, false, take_authenticator,
	    &w), st, "authenticators");
	sek_store_free(&st);
	ck_assert_uint_eq(w.n, 1);
	return (w.found.oath.moving);
}

/* ------------------------------------------------------------- tallies -- */

struct sek_user
world_user(const char *user)
{
	struct sek_settings *s = world_settings();
	struct sek_store *st = world_store();
	struct sek_limits limits;
	struct sek_user u;

	memset(&u, 0, sizeof u);
	sek_claimant_limits(&limits, s, strncmp(user, "admin", 5) == 0);
	check(sek_store_user(st, user, &limits, &u), st, "user");
	sek_store_free(&st);
	free(s);
	return (u);
}

uint32_t
world_failures(const char *user)
{
	return (world_user(user).lock.failures);
}

bool
world_locked(const char *user)
{
	return (world_user(user).lock.locked != 0);
}

void
world_unlock(const char *user)
{
	struct sek_store *st = world_store();
	struct sek_record actor;
	bool was;

	nobody(&actor);
	check(sek_store_unlock(st, user, &actor, &was), st, "unlock");
	sek_store_free(&st);
}

void
world_suspend(const char *user)
{
	struct sek_store *st = world_store();
	struct sek_record actor;

	nobody(&actor);
	check(sek_store_suspend(st, user, "test", 0, &actor), st, "suspend");
	sek_store_free(&st);
}

/* ------------------------------------------------------------- records -- */

struct counting {
	const char	*event;
	const char	*reason;	/* NULL: any */
	uint64_t	 n;
	struct sek_record_fields newest;
};

static enum sek_err
count_record(void *arg, const struct sek_record_row *row)
{
	struct counting *c = arg;
	struct sek_record_fields *f = calloc(1, sizeof *f);
	const char *count;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(sek_record_body_parse(f, row->body, row->body_len),
	    SEK_OK);
	count = f->value[SEK_FIELD_COUNT];
	if (strcmp(f->value[SEK_FIELD_EVENT], c->event) == 0 &&
	    (c->reason == NULL ||
	    strcmp(f->value[SEK_FIELD_REASON], c->reason) == 0)) {
		c->n += *count != '\0' ? strtoull(count, NULL, 10) : 1;
		c->newest = *f;
	}
	free(f);
	return (SEK_OK);
}

static void
count_records(struct counting *c, enum sek_event event,
    enum sek_reason reason)
{
	struct sek_store *st = world_store();

	memset(c, 0, sizeof *c);
	c->event = sek_event_name(event);
	if (reason != SEK_REASON_NONE)
		c->reason = sek_reason_name(reason);
	check(sek_store_records(st, 0, count_record, c), st, "records");
	sek_store_free(&st);
}

uint64_t
world_records(enum sek_event event, enum sek_reason reason)
{
	struct counting c;

	count_records(&c, event, reason);
	return (c.n);
}

const char *
world_newest(enum sek_event event, enum sek_field field)
{
	static struct counting c;

	count_records(&c, event, SEK_REASON_NONE);
	return (c.newest.value[field]);
}

bool
world_logged(const char *part)
{
	char *log = world_read(world_path("log"));
	bool found = strstr(log, part) != NULL;
	const unsigned char *p;

	for (p = (const unsigned char *)log; *p != '\0'; p++)
		ck_assert_msg(*p >= 0x20 || *p == '\n',
		    "a control character in the log");
	free(log);
	return (found);
}

void
world_check_store(void)
{
	struct sek_store *st = world_store();
	struct sek_store_status status;
	struct sek_verify verify;

	memset(&status, 0, sizeof status);
	memset(&verify, 0, sizeof verify);
	check(sek_store_status(st, &status, NULL, NULL), st, "status");
	ck_assert_uint_eq(status.pages_ok, 1);
	ck_assert_uint_eq(status.tampered, 0);
	check(sek_store_verify(st, &verify, NULL, NULL), st, "verify");
	ck_assert_msg(verify.ok, "record %" PRIu64 ": %s", verify.first_bad,
	    verify.cause);
	sek_store_free(&st);
}

void
world_sql(const char *sql)
{
	sqlite3 *db = NULL;
	char *error = NULL;

	ck_assert_int_eq(sqlite3_open(world_path("store/store.db"), &db),
	    SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &error) == SQLITE_OK,
	    "%s: %s", sql, error);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

size_t
world_columns(const char *table, char name[][32], size_t max)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	size_t n = 0;

	ck_assert_int_eq(sqlite3_open(world_path("store/store.db"), &db),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db,
	    "SELECT name FROM pragma_table_info(?1)", -1, &st, NULL),
	    SQLITE_OK);
	(void)sqlite3_bind_text(st, 1, table, -1, SQLITE_STATIC);
	while (n < max && sqlite3_step(st) == SQLITE_ROW)
		(void)snprintf(name[n++], sizeof name[0], "%s",
		    (const char *)sqlite3_column_text(st, 0));
	(void)sqlite3_finalize(st);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	return (n);
}

void
world_sql_hold(int ready)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(world_path("store/store.db"), &db) != SQLITE_OK ||
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) !=
	    SQLITE_OK || write(ready, "x", 1) != 1)
		_exit(1);
	for (;;)
		(void)pause();
}
