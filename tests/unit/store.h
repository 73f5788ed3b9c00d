/*
 * store.h - what the store's tests stand on: a scratch store, people in it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The tests know the interface only, but for test_store_damage, which edits
 * the database as an intruder would. Another engine is put under all of them
 * by one row in test_store_engines.
 */
#ifndef SEKISHO_TESTS_UNIT_STORE_H
#define SEKISHO_TESTS_UNIT_STORE_H

#include <sys/wait.h>

#include <check.h>
#include <ftw.h>
#include <liboath/oath.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../common/edge/store/engine.h"
#include "sekisho/base/clock.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/record_body.h"
#include "sekisho/edge/store.h"
#include "sekisho/rule/oath.h"

#define TEST_KEY	"12345678901234567890"
#define TEST_KEY_LEN	20u

static const struct sek_engine *const test_store_engines[] = {
	&sek_engine_sqlite,
};
#define TEST_STORE_ENGINES \
	((int)(sizeof(test_store_engines) / sizeof(test_store_engines[0])))
static const struct sek_engine *test_engine = &sek_engine_sqlite;

static char test_dir[64];
static struct sek_store_config test_config;

static inline int
test_remove_one(const char *path, const struct stat *st, int type,
    struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return (remove(path));
}

static inline void
test_config_fill(struct sek_store_config *c, const char *dir)
{
	memset(c, 0, sizeof(*c));
	(void)snprintf(c->path, sizeof(c->path), "%s/state/store.db", dir);
	(void)snprintf(c->key, sizeof(c->key), "%s/keys/store.key", dir);
	(void)snprintf(c->terminal, sizeof(c->terminal), "t-1");
	(void)snprintf(c->profile, sizeof(c->profile), "mynumber");
	(void)snprintf(c->timezone, sizeof(c->timezone), "Asia/Tokyo");
	memset(c->policy, 'a', sizeof(c->policy) - 1);
	c->clock_step = 60;
}

static inline void
test_store_dir(void)
{
	const char *base = getenv("TMPDIR");

	(void)snprintf(test_dir, sizeof(test_dir), "%s/sekisho-XXXXXX",
	    base != NULL && strlen(base) < 40 ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(test_dir));
	test_config_fill(&test_config, test_dir);
}

/* A fresh store. */
static inline void
test_store_setup(void)
{
	struct sek_why why = { "" };

	test_store_dir();
	ck_assert_int_eq(sek_secret_init(), SEK_OK);
	ck_assert_msg(test_engine->init(&test_config, &why) == SEK_OK, "%s",
	    why.text);
}

static inline void
test_store_teardown(void)
{
	if (test_dir[0] != '\0')
		(void)nftw(test_dir, test_remove_one, 16,
		    FTW_DEPTH | FTW_PHYS);
	test_dir[0] = '\0';
}

static inline struct sek_store *
test_open(void)
{
	struct sek_store *st = NULL;

	ck_assert_int_eq(sek_store_new(&st, &test_config), SEK_OK);
	sek_store_use(st, test_engine, SEK_CARRY_DIRECT, NULL);
	return (st);
}

#define test_ok(st, call) do { \
	enum sek_err err_ = (call); \
	ck_assert_msg(err_ == SEK_OK, "%s: %s (%s)", #call, \
	    sek_err_name(err_), sek_store_why(st)); \
} while (0)

#define test_is(st, call, expected) do { \
	enum sek_err err_ = (call); \
	ck_assert_msg(err_ == (expected), "%s: %s, not %s (%s)", #call, \
	    sek_err_name(err_), sek_err_name(expected), sek_store_why(st)); \
} while (0)

static inline struct sek_claimant
test_who(const char *name)
{
	struct sek_claimant w;

	memset(&w, 0, sizeof(w));
	(void)snprintf(w.name, sizeof(w.name), "%s", name);
	(void)snprintf(w.service, sizeof(w.service), "sshd");
	(void)snprintf(w.rhost, sizeof(w.rhost), "192.0.2.7");
	w.uid = 1000;
	w.known = 1;
	return (w);
}

static inline struct sek_limits
test_limits(uint32_t deny)
{
	struct sek_limits l = { .interval = 900, .unlock = 600,
	    .deny = deny, .lifetime_cap = 100 };

	return (l);
}

static inline void
test_enrol_fill(struct sek_enrol *e, const char *name, enum sek_method m)
{
	memset(e, 0, sizeof(*e));
	(void)snprintf(e->account.name, sizeof(e->account.name), "%s", name);
	e->account.uid = SEK_UID_NONE;
	(void)snprintf(e->person.id, sizeof(e->person.id), "p-%.200s", name);
	(void)snprintf(e->person.section, sizeof(e->person.section), "税務課");
	e->authenticator.method = (uint8_t)m;
	e->authenticator.oath.digits = 6;
	e->authenticator.oath.period = m == SEK_METHOD_TOTP ? 30 : 0;
	memcpy(e->key, TEST_KEY, TEST_KEY_LEN);
	e->key_len = TEST_KEY_LEN;
	e->proved = 1;
}

/* Returns the authenticator's id. */
static inline const char *
test_enrol(struct sek_store *st, const char *name, enum sek_method m)
{
	static struct sek_enrol e;

	test_enrol_fill(&e, name, m);
	test_ok(st, sek_store_enrol(st, &e, NULL));
	return (e.authenticator.id);
}

static inline const char *
test_hotp(uint64_t counter)
{
	static char code[16];

	ck_assert_int_eq(oath_hotp_generate(TEST_KEY, TEST_KEY_LEN, counter, 6,
	    false, OATH_HOTP_DYNAMIC_TRUNCATION, code), OATH_OK);
	return (code);
}

static inline const char *
test_totp(void)
{
	return (test_hotp((uint64_t)time(NULL) / 30));
}

static inline enum sek_slot
test_reserve_as(struct sek_store *st, const struct sek_claimant *who,
    uint32_t deny, char slot[SEK_ID_MAX])
{
	struct sek_reserve in = { .who = *who, .limits = test_limits(deny),
	    .caller_limits = test_limits(deny), .bound = 30 * SEK_SECOND };
	struct sek_reserve_out out;

	ck_assert_int_eq(sek_process_get(&in.owner, 0), SEK_OK);
	test_ok(st, sek_store_reserve(st, &in, &out));
	memcpy(slot, out.slot, SEK_ID_MAX);
	return ((enum sek_slot)out.verdict);
}

static inline enum sek_slot
test_reserve(struct sek_store *st, const char *name, uint32_t deny,
    char slot[SEK_ID_MAX])
{
	struct sek_claimant who = test_who(name);

	return (test_reserve_as(st, &who, deny, slot));
}

static inline struct sek_settle_out
test_settle_as(struct sek_store *st, const struct sek_claimant *who,
    uint32_t deny, const char *slot, enum sek_settlement how)
{
	struct sek_settle in = { .who = *who, .limits = test_limits(deny),
	    .caller_limits = test_limits(deny), .settlement = how };
	struct sek_settle_out out;

	ck_assert_int_eq(sek_text_copy(in.slot, sizeof(in.slot), slot), SEK_OK);
	test_ok(st, sek_store_settle(st, &in, &out));
	return (out);
}

static inline struct sek_settle_out
test_settle(struct sek_store *st, const char *name, uint32_t deny,
    const char *slot, enum sek_settlement how)
{
	struct sek_claimant who = test_who(name);

	return (test_settle_as(st, &who, deny, slot, how));
}

static inline void
test_consume_fill(struct sek_consume *in, const char *name, uint32_t deny,
    const char *slot, const char *code)
{
	memset(in, 0, sizeof(*in));
	in->who = test_who(name);
	in->limits = in->caller_limits = test_limits(deny);
	ck_assert_int_eq(sek_text_copy(in->slot, sizeof(in->slot), slot),
	    SEK_OK);
	ck_assert_int_eq(sek_text_copy(in->code, sizeof(in->code), code),
	    SEK_OK);
	in->methods = SEK_METHOD_BIT(SEK_METHOD_TOTP) |
	    SEK_METHOD_BIT(SEK_METHOD_HOTP);
}

/* Reserve and consume. */
static inline struct sek_consume_out
test_consume(struct sek_store *st, const char *name, uint32_t deny,
    const char *code)
{
	struct sek_consume in;
	struct sek_consume_out out;
	char slot[SEK_ID_MAX];

	ck_assert_int_eq(test_reserve(st, name, deny, slot), SEK_SLOT_GRANTED);
	test_consume_fill(&in, name, deny, slot, code);
	test_ok(st, sek_store_consume(st, &in, &out));
	return (out);
}

static inline void
test_admit_fill(struct sek_admit *in, const char *name)
{
	memset(in, 0, sizeof(*in));
	in->who = test_who(name);
	in->record.event = SEK_EVENT_ADMIT;
	(void)snprintf(in->record.subject, sizeof(in->record.subject), "%s",
	    name);
	(void)snprintf(in->record.service, sizeof(in->record.service), "sshd");
	(void)snprintf(in->person, sizeof(in->person), "p-%.200s", name);
	in->kinds = SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION;
	in->audit_session = 7;
	ck_assert_int_eq(sek_process_get(&in->gate, 0), SEK_OK);
	ck_assert_int_eq(sek_process_get(&in->parent, getppid()), SEK_OK);
}

static inline void
test_lookup(struct sek_store *st, const char *name,
    struct sek_lookup_out *out)
{
	struct sek_lookup in = { .who = test_who(name),
	    .limits = test_limits(5), .caller_limits = test_limits(5) };

	test_ok(st, sek_store_lookup(st, &in, out));
}

static inline void
test_refuse_fill(struct sek_refuse *in, const char *name)
{
	memset(in, 0, sizeof(*in));
	in->who = test_who(name);
	in->record.event = SEK_EVENT_REFUSE;
	in->record.result = SEK_RESULT_REFUSED;
	in->record.reason = SEK_REASON_WRONG;
	(void)snprintf(in->record.subject, sizeof(in->record.subject), "%s",
	    name);
}

struct test_count {
	const char	*event;		/* NULL: all */
	const char	*subject;	/* NULL: any */
	unsigned	 records;
	uint64_t	 count;		/* sum of their counts */
	char		 last[1500];		/* as much as fits */
};

static inline enum sek_err
test_count_one(void *arg, const struct sek_record_row *row)
{
	struct test_count *c = arg;
	struct sek_record_fields *f = malloc(sizeof(*f));

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(sek_record_body_parse(f, row->body, row->body_len),
	    SEK_OK);
	if ((c->event == NULL ||
	    strcmp(f->value[SEK_FIELD_EVENT], c->event) == 0) &&
	    (c->subject == NULL ||
	    strcmp(f->value[SEK_FIELD_SUBJECT], c->subject) == 0)) {
		c->records++;
		c->count += strtoull(f->value[SEK_FIELD_COUNT], NULL, 10);
		(void)sek_text_format(c->last, sizeof(c->last), "%s",
		    row->body);
	}
	free(f);
	return (SEK_OK);
}

static inline struct test_count
test_records(struct sek_store *st, const char *event, const char *subject)
{
	struct test_count c = { .event = event, .subject = subject };

	test_ok(st, sek_store_records(st, 1, test_count_one, &c));
	return (c);
}

static inline void
test_verify_ok(struct sek_store *st)
{
	struct sek_verify v;

	test_ok(st, sek_store_verify(st, &v, NULL, NULL));
	ck_assert_msg(v.ok, "record %llu: %s",
	    (unsigned long long)v.first_bad, v.cause);
}

/* Like fork(), but what fails in the child fails the test. */
static inline pid_t
test_fork(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	return (pid);
}

static inline void
test_wait(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "a child ended with status 0x%x", (unsigned)status);
}

static inline int
test_main(Suite *(*suite)(void))
{
	SRunner *r;
	int failed = 0, i;

	for (i = 0; i < TEST_STORE_ENGINES; i++) {
		test_engine = test_store_engines[i];
		r = srunner_create(suite());
		srunner_run_all(r, CK_NORMAL);
		failed += srunner_ntests_failed(r);
		srunner_free(r);
	}
	return (failed == 0 ? 0 : 1);
}

#endif
