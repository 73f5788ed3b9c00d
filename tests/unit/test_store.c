/*
 * test_store.c - test of edge/store: each call does what its contract says
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <dirent.h>
#include <dlfcn.h>

#include "store.h"

/* liboath counted: how many codes were computed. */
static unsigned codes;
static int depth;

#define REAL(fn) ((__typeof__(&fn))(uintptr_t)dlsym(RTLD_NEXT, #fn))

int
oath_hotp_generate(const char *secret, size_t secret_length,
    uint64_t moving_factor, unsigned digits, bool add_checksum,
    size_t truncation_offset, char *output_otp)
{
	int rc;

	codes += depth++ == 0;
	rc = REAL(oath_hotp_generate)(secret, secret_length, moving_factor,
	    digits, add_checksum, truncation_offset, output_otp);
	depth--;
	return (rc);
}

int
oath_totp_generate2(const char *secret, size_t secret_length, time_t now,
    unsigned time_step_size, time_t start_offset, unsigned digits, int flags,
    char *output_otp)
{
	int rc;

	codes += depth++ == 0;
	rc = REAL(oath_totp_generate2)(secret, secret_length, now,
	    time_step_size, start_offset, digits, flags, output_otp);
	depth--;
	return (rc);
}

static int
files_beside(void)
{
	char path[96];
	struct dirent *e;
	DIR *d;
	int n = 0;

	(void)snprintf(path, sizeof(path), "%s/state", test_dir);
	ck_assert_ptr_nonnull(d = opendir(path));
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return (n);
}

START_TEST(init_makes_a_private_store_with_record_one)
{
	struct sek_store *st = test_open();
	struct stat sb;
	struct test_count c;

	ck_assert_int_eq(stat(test_config.path, &sb), 0);
	ck_assert_uint_eq(sb.st_mode & 07777, 0600);
	ck_assert_int_eq(stat(test_config.key, &sb), 0);
	ck_assert_uint_eq(sb.st_mode & 07777, 0600);
	ck_assert_int_eq(files_beside(), 3);	/* the log, the ballast */
	c = test_records(st, NULL, NULL);
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, "seq=1\n"));
	ck_assert_ptr_nonnull(strstr(c.last, "\nevent=init\n"));
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(init_refuses_where_there_is_a_store)
{
	struct sek_why why = { "" };

	ck_assert_int_eq(test_engine->init(&test_config, &why),
	    SEK_ERR_EXISTS);
	ck_assert_ptr_nonnull(strstr(why.text, test_config.path));
}
END_TEST

START_TEST(init_takes_a_key_that_is_there)
{
	struct sek_why why = { "" };
	char cmd[256];
	struct sek_store *st;

	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s/state", test_dir);
	ck_assert_int_eq(system(cmd), 0);
	ck_assert_msg(test_engine->init(&test_config, &why) == SEK_OK, "%s",
	    why.text);
	st = test_open();
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(init_refuses_without_a_terminal_id)
{
	struct sek_store_config c = test_config;
	struct sek_why why = { "" };

	c.terminal[0] = '\0';
	ck_assert_int_eq(test_engine->init(&c, &why), SEK_ERR_SETTINGS);
}
END_TEST

START_TEST(enrolled_is_looked_up)
{
	struct sek_store *st = test_open();
	static struct sek_lookup_out out;
	const char *id = test_enrol(st, "alice", SEK_METHOD_TOTP);

	test_lookup(st, "alice", &out);
	ck_assert_str_eq(out.account.name, "alice");
	ck_assert_str_eq(out.person.id, "p-alice");
	ck_assert_uint_eq(out.nauthenticators, 1);
	ck_assert_str_eq(out.authenticator[0].id, id);
	ck_assert_uint_eq(out.lock.locked, 0);
	ck_assert_uint_eq(out.lock.room, 5);
	test_lookup(st, "nobody", &out);
	ck_assert_str_eq(out.account.name, "");
	ck_assert_uint_eq(out.nauthenticators, 0);
	ck_assert_uint_eq(out.lock.room, 5);
	sek_store_free(&st);
}
END_TEST

START_TEST(right_totp_is_taken_once)
{
	struct sek_store *st = test_open();
	struct sek_consume_out out;
	char code[16];

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	(void)snprintf(code, sizeof(code), "%s", test_totp());
	out = test_consume(st, "alice", 5, code);
	ck_assert_uint_eq(out.verdict, SEK_OATH_OK);
	ck_assert_uint_eq(out.method, SEK_METHOD_TOTP);
	ck_assert_str_eq(out.person, "p-alice");
	ck_assert_uint_eq(out.lock.room, 5);
	out = test_consume(st, "alice", 5, code);
	ck_assert_uint_eq(out.verdict, SEK_OATH_REPLAYED);
	ck_assert_uint_eq(out.reason, SEK_REASON_REPLAYED);
	ck_assert_uint_eq(out.lock.room, 5);
	ck_assert_uint_eq(test_records(st, "replay", "alice").records, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(wrong_code_costs_alike_for_every_name)
{
	struct sek_store *st = test_open();
	static const char *const names[] = { "counter", "clock", "nobody" };
	static const char *const wrong[] = { "000000", "00000000", "12" };
	unsigned first, i, j;

	(void)test_enrol(st, "counter", SEK_METHOD_HOTP);
	(void)test_enrol(st, "clock", SEK_METHOD_TOTP);
	for (j = 0; j < 3; j++)
		for (i = 0, first = 0; i < 3; i++) {
			codes = 0;
			(void)test_consume(st, names[i], 50, wrong[j]);
			if (i == 0)
				first = codes;
			ck_assert_msg(codes == first, "%s: %u, %s: %u",
			    names[0], first, names[i], codes);
			ck_assert(j == 2 || codes > 100);
		}
	sek_store_free(&st);
}
END_TEST

START_TEST(key_that_two_hold_makes_no_code_two)
{
	struct sek_store *st = test_open();
	static struct sek_enrol e;
	int i;

	for (i = 0; i < 2; i++) {
		test_enrol_fill(&e, "desk", SEK_METHOD_HOTP);
		e.account.shared = 1;
		(void)snprintf(e.person.id, sizeof(e.person.id), "p%d", i);
		test_ok(st, sek_store_enrol(st, &e, NULL));
		if (i == 0)
			ck_assert_uint_eq(test_consume(st, "desk", 5,
			    test_hotp(0)).verdict, SEK_OATH_OK);
	}
	/* used up in the first, alive in the second: none of both */
	ck_assert_uint_eq(test_consume(st, "desk", 5, test_hotp(0)).verdict,
	    SEK_OATH_REPLAYED);
	ck_assert_uint_eq(test_consume(st, "desk", 5, test_hotp(1)).verdict,
	    SEK_OATH_OK);
	ck_assert_uint_eq(test_consume(st, "desk", 5, test_hotp(2)).verdict,
	    SEK_OATH_OK);
	for (i = 0; i < 2; i++)
		ck_assert_uint_eq(test_consume(st, "desk", 50,
		    test_hotp((uint64_t)i)).verdict, SEK_OATH_WRONG);
	sek_store_free(&st);
}
END_TEST

/* Who has left does not take with him that there was a token. */
START_TEST(shared_account_once_had_what_a_member_who_left_had)
{
	struct sek_store *st = test_open();
	static struct sek_lookup_out look;
	static struct sek_enrol e;
	struct sek_person p;

	test_enrol_fill(&e, "desk", SEK_METHOD_HOTP);
	e.account.shared = 1;
	(void)snprintf(e.person.id, sizeof(e.person.id), "p0");
	test_ok(st, sek_store_enrol(st, &e, NULL));
	test_ok(st, sek_store_person(st, "p0", &p));
	p.to = p.created;
	test_ok(st, sek_store_person_edit(st, &p, NULL));
	test_lookup(st, "desk", &look);
	ck_assert_uint_eq(look.nauthenticators, 0);
	ck_assert_uint_eq(look.bound, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(wrong_codes_lock_at_deny_and_are_recorded_once)
{
	struct sek_store *st = test_open();
	struct sek_consume_out out;
	static struct sek_lookup_out look;
	char slot[SEK_ID_MAX];
	int i;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	for (i = 0; i < 5; i++) {
		out = test_consume(st, "alice", 5, "000000");
		ck_assert_uint_eq(out.verdict, SEK_OATH_WRONG);
		ck_assert_uint_eq(out.locked_now, i == 4);
	}
	ck_assert_int_eq(test_reserve(st, "alice", 5, slot), SEK_SLOT_LOCKED);
	test_lookup(st, "alice", &look);
	ck_assert_uint_eq(look.lock.locked, 1);
	ck_assert_int_gt(look.lock.until, 0);
	ck_assert_uint_eq(look.account.failures_since, 5);
	ck_assert_uint_eq(look.authenticator[0].failures, 5);
	ck_assert_uint_eq(test_records(st, "lock", "alice").records, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(unknown_name_locks_like_a_known_one_and_is_not_written)
{
	struct sek_store *st = test_open();
	struct sek_claimant who = test_who("mypassword1");
	struct sek_consume in;
	struct sek_consume_out out;
	struct test_count c;
	char slot[SEK_ID_MAX];
	int i;

	who.known = 0;
	who.uid = SEK_UID_NONE;
	for (i = 0; i < 5; i++) {
		ck_assert_int_eq(test_reserve_as(st, &who, 5, slot),
		    SEK_SLOT_GRANTED);
		test_consume_fill(&in, who.name, 5, slot, "123456");
		in.who = who;
		test_ok(st, sek_store_consume(st, &in, &out));
		ck_assert_uint_eq(out.verdict, SEK_OATH_WRONG);
	}
	ck_assert_uint_eq(out.locked_now, 1);
	ck_assert_int_eq(test_reserve_as(st, &who, 5, slot), SEK_SLOT_LOCKED);
	c = test_records(st, "lock", NULL);
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_null(strstr(c.last, "mypassword1"));
	sek_store_free(&st);
}
END_TEST

START_TEST(admit_clears_and_opens_one_session)
{
	struct sek_store *st = test_open();
	struct sek_admit in;
	struct sek_admit_out out;
	static struct sek_open_session open;
	static struct sek_open_session_out seen;
	static struct sek_close_session close;
	static struct sek_lookup_out look;
	struct sek_reuse reuse = { 1000, 7, 900 * SEK_SECOND };
	struct sek_admission again;
	const char *id = test_enrol(st, "alice", SEK_METHOD_HOTP);

	(void)test_consume(st, "alice", 5, "000000");
	test_admit_fill(&in, "alice");
	in.nauthenticators = 2;		/* the password has none */
	(void)snprintf(in.authenticator[1], SEK_ID_MAX, "%s", id);
	test_ok(st, sek_store_admit(st, &in, &out));
	ck_assert_uint_eq(strlen(out.id), 32);
	test_lookup(st, "alice", &look);
	ck_assert_uint_eq(look.lock.failures, 0);
	ck_assert_uint_eq(look.authenticator[0].failures, 0);
	ck_assert_int_gt(look.authenticator[0].last_used, 0);
	ck_assert_uint_eq(look.account.uid, 1000);
	ck_assert_uint_eq(look.account.failures_since, 1);

	open.who = test_who("alice");
	open.subject_uid = 1000;
	open.audit_session = 7;
	open.taker = in.parent;
	memcpy(open.id, out.id, sizeof(open.id));
	test_ok(st, sek_store_reuse(st, &reuse, &again));
	ck_assert_str_eq(again.id, "");		/* not taken yet */
	test_ok(st, sek_store_open_session(st, &open, &seen));
	ck_assert_str_eq(seen.admission.id, out.id);
	ck_assert_str_eq(seen.admission.authenticator, id);
	ck_assert_uint_eq(seen.before.failures_since, 1);
	ck_assert_int_eq(seen.before.last_login, 0);
	ck_assert_uint_eq(seen.previous_unclosed, 0);
	test_ok(st, sek_store_open_session(st, &open, &seen));
	ck_assert_str_eq(seen.admission.id, "");	/* once */
	ck_assert_int_gt(seen.before.last_login, 0);
	test_ok(st, sek_store_reuse(st, &reuse, &again));
	ck_assert_str_eq(again.id, out.id);
	reuse.audit_session = 8;
	test_ok(st, sek_store_reuse(st, &reuse, &again));
	ck_assert_str_eq(again.id, "");

	close.who = test_who("alice");
	memcpy(close.id, out.id, sizeof(close.id));
	test_ok(st, sek_store_close_session(st, &close));
	/* One by him who proved himself, one by nobody. */
	ck_assert_uint_eq(test_records(st, "login", "alice").records, 1);
	ck_assert_uint_eq(test_records(st, "logout", "alice").records, 1);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(dropped_admission_opens_nothing)
{
	struct sek_store *st = test_open();
	struct sek_admit in;
	struct sek_admit_out out;
	struct sek_admission_id id;
	static struct sek_open_session open;
	static struct sek_open_session_out seen;

	test_admit_fill(&in, "alice");
	test_ok(st, sek_store_admit(st, &in, &out));
	memcpy(id.id, out.id, sizeof(id.id));
	test_ok(st, sek_store_drop(st, &id));
	open.who = test_who("alice");
	open.subject_uid = 1000;
	open.taker = in.gate;
	memcpy(open.id, out.id, sizeof(open.id));
	test_ok(st, sek_store_open_session(st, &open, &seen));
	ck_assert_str_eq(seen.admission.id, "");
	sek_store_free(&st);
}
END_TEST

START_TEST(admission_is_the_gates_and_its_parents_only)
{
	struct sek_store *st = test_open();
	struct sek_admit in;
	struct sek_admit_out out;
	static struct sek_open_session open;
	static struct sek_open_session_out seen;
	int i;

	for (i = 0; i < 4; i++) {
		test_admit_fill(&in, "alice");
		test_ok(st, sek_store_admit(st, &in, &out));
		open.who = test_who("alice");
		open.subject_uid = 1000;
		open.taker = in.gate;
		memcpy(open.id, out.id, sizeof(open.id));
		if (i == 1)
			open.taker.pid = 1;
		if (i == 2)
			(void)snprintf(open.who.service,
			    sizeof(open.who.service), "su");
		if (i == 3)
			open.who.uid = open.subject_uid = 1001;
		test_ok(st, sek_store_open_session(st, &open, &seen));
		ck_assert_int_eq(seen.admission.id[0] != '\0', i == 0);
	}
	sek_store_free(&st);
}
END_TEST

START_TEST(exemption_clears_nothing)
{
	struct sek_store *st = test_open();
	struct sek_admit in;
	struct sek_admit_out out;
	static struct sek_lookup_out look;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)test_consume(st, "alice", 5, "000000");
	test_admit_fill(&in, "alice");
	in.record.event = SEK_EVENT_EXEMPT;
	ck_assert_int_eq(sek_store_admit(st, &in, &out), SEK_ERR_INTERNAL);
	test_ok(st, sek_store_append(st, &in.record));
	test_lookup(st, "alice", &look);
	ck_assert_uint_eq(look.lock.failures, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(admission_without_its_record_is_still_one)
{
	struct sek_store *st = test_open();
	struct sek_admit in;
	struct sek_admit_out out;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	test_admit_fill(&in, "alice");
	in.unrecorded = 1;
	test_ok(st, sek_store_admit(st, &in, &out));
	ck_assert_uint_eq(strlen(out.id), 32);
	ck_assert_uint_eq(test_records(st, "admit", "alice").records, 0);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

/* Pages that reach the log: what a durable transaction costs. */
static long
log_frames(void)
{
	char path[SEK_PATH_MAX + 16];
	long n = 0;
	FILE *f;
	unsigned char salt[8], head[24];

	(void)snprintf(path, sizeof(path), "%s-wal", test_config.path);
	ck_assert_ptr_nonnull(f = fopen(path, "r"));
	ck_assert_int_eq(fseek(f, 16, SEEK_SET), 0);
	ck_assert_uint_eq(fread(salt, 1, 8, f), 8);
	ck_assert_int_eq(fseek(f, 32, SEEK_SET), 0);
	while (fread(head, 1, 24, f) == 24 && memcmp(head + 8, salt, 8) == 0 &&
	    fseek(f, 4096, SEEK_CUR) == 0)
		n++;
	(void)fclose(f);
	return (n);
}

START_TEST(idle_costs_a_reserve_and_changes_nothing)
{
	struct sek_store *st = test_open();
	static struct sek_lookup_out before, after;
	struct sek_store_status status;
	char slot[SEK_ID_MAX];
	long start, reserved;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)test_consume(st, "alice", 5, "000000");
	test_ok(st, sek_store_idle(st));
	test_lookup(st, "alice", &before);
	start = log_frames();
	test_ok(st, sek_store_idle(st));
	reserved = log_frames();
	ck_assert_int_eq(test_reserve(st, "alice", 5, slot), SEK_SLOT_GRANTED);
	ck_assert_int_gt(reserved, start);
	ck_assert_int_eq(log_frames() - reserved, reserved - start);
	(void)test_settle(st, "alice", 5, slot, SEK_SETTLE_GIVE_BACK);
	test_lookup(st, "alice", &after);
	ck_assert_mem_eq(&before, &after, sizeof(after));
	ck_assert_uint_eq(test_records(st, NULL, NULL).records, 2);
	test_ok(st, sek_store_status(st, &status, NULL, NULL));
	ck_assert_uint_eq(status.tampered, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(equal_refusals_are_one_record_with_a_count)
{
	struct sek_store *st = test_open();
	static struct sek_refuse in;
	struct test_count c;
	int i;

	test_refuse_fill(&in, "alice");
	for (i = 0; i < 100; i++)
		test_ok(st, sek_store_refuse(st, &in));
	/* This closes what is open. */
	c = test_records(st, "refuse", "alice");
	ck_assert_uint_eq(c.records, 2);
	ck_assert_uint_eq(c.count, 100);
	ck_assert_ptr_nonnull(strstr(c.last, "\ncount=99\n"));
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

/* One refusal of a known account by this caller (0: from this host). */
static void
refuse_from(struct sek_store *st, const char *name, uint32_t caller,
    const char *host)
{
	static struct sek_refuse in;

	test_refuse_fill(&in, name);
	in.who.caller = caller;
	if (caller != 0)
		(void)snprintf(in.who.caller_name, sizeof(in.who.caller_name),
		    "eve%u", caller);
	(void)snprintf(in.who.rhost, sizeof(in.who.rhost), "%s", host);
	memcpy(in.record.rhost, in.who.rhost, sizeof(in.record.rhost));
	(void)snprintf(in.record.service, sizeof(in.record.service), "su");
	(void)snprintf(in.record.tty, sizeof(in.record.tty), "pts/3");
	(void)snprintf(in.record.target, sizeof(in.record.target), "t-%.200s",
	    name);
	(void)snprintf(in.record.person, sizeof(in.record.person), "p-%.200s",
	    name);
	(void)snprintf(in.record.section, sizeof(in.record.section), "税務課");
	test_ok(st, sek_store_refuse(st, &in));
}

static void
says(const struct test_count *c, const char *line)
{

	ck_assert_msg(strstr(c->last, line) != NULL, "no %s in\n%s", line,
	    c->last);
}

static void
says_not(const struct test_count *c, const char *line)
{

	ck_assert_msg(strstr(c->last, line) == NULL, "%s in\n%s", line,
	    c->last);
}

START_TEST(one_who_makes_many_refusals_hides_only_himself)
{
	struct sek_store *st = test_open();
	struct test_count c;
	char name[32];
	int i;

	for (i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		refuse_from(st, name, 1001, "");
	}
	refuse_from(st, "alice", 1002, "");
	refuse_from(st, "alice", 0, "192.0.2.9");
	c = test_records(st, "refuse", "alice");
	ck_assert_uint_eq(c.records, 2);
	says(&c, "\ntty=pts/3\n");
	says(&c, "\nrhost=192.0.2.9\n");
	says_not(&c, "many");
	c = test_records(st, "refuse", "user31");
	ck_assert_uint_eq(c.records, 1);
	/* his 33rd account and all others: who he is, and how many */
	c = test_records(st, "refuse", "");
	ck_assert_uint_eq(c.count, 300 - 32);
	says(&c, "\nservice=su\n");
	says(&c, "caller eve1001");
	says(&c, "many accounts");
	sek_store_free(&st);
}
END_TEST

START_TEST(many_sources_hide_no_account)
{
	struct sek_store *st = test_open();
	struct test_count c;
	char name[32], host[32];
	int i;

	for (i = 0; i < 9 * 30; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i % 30);
		(void)snprintf(host, sizeof(host), "192.0.2.%d", i / 30);
		refuse_from(st, name, 0, host);
	}
	for (i = 0; i < 20; i++) {
		(void)snprintf(host, sizeof(host), "198.51.100.%d", i);
		refuse_from(st, "alice", 0, host);
	}
	for (i = 0; i < 3; i++)
		refuse_from(st, "alice", 1002, "");
	c = test_records(st, "refuse", "alice");
	ck_assert_uint_eq(c.records, 4);
	ck_assert_uint_eq(c.count, 23);
	says(&c, "\ntarget=t-alice\n");
	says(&c, "\nperson=p-alice\n");
	says(&c, "\nsection=税務課\n");
	says(&c, "\nservice=su\n");
	says(&c, "\nreason=wrong\n");
	says(&c, "caller eve1002");
	says(&c, "many sources");
	says_not(&c, "rhost=");
	says_not(&c, "tty=");
	sek_store_free(&st);
}
END_TEST

START_TEST(names_no_account_has_share_a_record_of_many_sources)
{
	struct sek_store *st = test_open();
	static struct sek_refuse in;
	struct test_count c;
	int i;

	for (i = 0; i < 400; i++) {
		test_refuse_fill(&in, "mypassword1");
		in.who.known = 0;
		(void)snprintf(in.who.rhost, sizeof(in.who.rhost),
		    "192.0.2.%d-%d", i % 250, i);
		test_ok(st, sek_store_refuse(st, &in));
	}
	c = test_records(st, "refuse", "");
	ck_assert_uint_eq(c.records, 256 + 2);
	ck_assert_uint_eq(c.count, 400);
	ck_assert_uint_eq(test_records(st, "refuse", "mypassword1").records,
	    0);
	sek_store_free(&st);
}
END_TEST

START_TEST(only_refusals_wait)
{
	struct sek_store *st = test_open();
	static struct sek_refuse in;

	test_refuse_fill(&in, "alice");
	in.record.event = SEK_EVENT_LOGIN;
	test_is(st, sek_store_refuse(st, &in), SEK_ERR_INTERNAL);
	sek_store_free(&st);
}
END_TEST

START_TEST(refusals_of_many_names_stay_bounded)
{
	struct sek_store *st = test_open();
	static struct sek_refuse in;
	struct test_count c;
	char name[32];
	int i;

	for (i = 0; i < 500; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		test_refuse_fill(&in, name);
		test_ok(st, sek_store_refuse(st, &in));
	}
	c = test_records(st, "refuse", NULL);
	ck_assert_uint_le(c.records, 64 + 2);
	ck_assert_uint_eq(c.count, 500);
	sek_store_free(&st);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("store");
	TCase *t = tcase_create("contract");

	tcase_add_checked_fixture(t, test_store_setup, test_store_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, init_makes_a_private_store_with_record_one);
	tcase_add_test(t, init_refuses_where_there_is_a_store);
	tcase_add_test(t, init_takes_a_key_that_is_there);
	tcase_add_test(t, init_refuses_without_a_terminal_id);
	tcase_add_test(t, enrolled_is_looked_up);
	tcase_add_test(t, right_totp_is_taken_once);
	tcase_add_test(t, wrong_code_costs_alike_for_every_name);
	tcase_add_test(t, key_that_two_hold_makes_no_code_two);
	tcase_add_test(t,
	    shared_account_once_had_what_a_member_who_left_had);
	tcase_add_test(t, wrong_codes_lock_at_deny_and_are_recorded_once);
	tcase_add_test(t,
	    unknown_name_locks_like_a_known_one_and_is_not_written);
	tcase_add_test(t, admit_clears_and_opens_one_session);
	tcase_add_test(t, dropped_admission_opens_nothing);
	tcase_add_test(t, admission_is_the_gates_and_its_parents_only);
	tcase_add_test(t, exemption_clears_nothing);
	tcase_add_test(t, admission_without_its_record_is_still_one);
	tcase_add_test(t, idle_costs_a_reserve_and_changes_nothing);
	tcase_add_test(t, equal_refusals_are_one_record_with_a_count);
	tcase_add_test(t, one_who_makes_many_refusals_hides_only_himself);
	tcase_add_test(t, many_sources_hide_no_account);
	tcase_add_test(t, names_no_account_has_share_a_record_of_many_sources);
	tcase_add_test(t, only_refusals_wait);
	tcase_add_test(t, refusals_of_many_names_stay_bounded);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
