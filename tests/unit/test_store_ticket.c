/*
 * test_store_ticket.c - test of tickets in the store: asked by one, given by
 * another, used once, and gone with whom they were for
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mman.h>

#include <sched.h>
#include <sodium.h>
#include <sqlite3.h>
#include <unistd.h>

#include "../../common/edge/store/frame.h"
#include "sekisho/model/role.h"
#include "sekisho/rule/approval.h"
#include "store.h"

#define HOUR		(3600 * SEK_SECOND)
#define APPROVER	SEK_ROLE_BIT(SEK_ROLE_APPROVER)
#define BOTH		(SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION)
#define SUBSTITUTES	SEK_PURPOSE_BIT(SEK_PURPOSE_SUBSTITUTE)
#define ENROLS		SEK_PURPOSE_BIT(SEK_PURPOSE_ENROL)
#define RACERS		50
#define GUESSES		200
#define MAX_DAYS	3u
#define NOON		(3 * HOUR)	/* 12:00 in Asia/Tokyo, from 0:00 UTC */

enum sek_err	__real_sek_clock_now(struct sek_moment *out);
enum sek_err	__wrap_sek_clock_now(struct sek_moment *out);

static int64_t later;		/* us that the wall clock is ahead */
static const struct sek_record tool = { .service = "sekisho",
    .subject = "root-person" };
static struct sek_approval_out out;
static struct sek_approval_list_out found;
static struct sek_substitute_out sub;
static unsigned long steps, kill_at;	/* statements; 0: never */

enum sek_err
__wrap_sek_clock_now(struct sek_moment *now)
{
	enum sek_err err = __real_sek_clock_now(now);

	now->wall += later;
	return (err);
}

/* What a passphrase costs is libsodium's to test. */
int __wrap_crypto_pwhash(unsigned char *to, unsigned long long len,
    const char *text, unsigned long long n, const unsigned char *salt,
    unsigned long long ops, size_t mem, int alg);
int
__wrap_crypto_pwhash(unsigned char *to, unsigned long long len,
    const char *text, unsigned long long n, const unsigned char *salt,
    unsigned long long ops, size_t mem, int alg)
{
	(void)ops;
	(void)mem;
	(void)alg;
	return (crypto_generichash(to, (size_t)len,
	    (const unsigned char *)text, n, salt, crypto_pwhash_SALTBYTES));
}

int	__real_sqlite3_step(sqlite3_stmt *st);
int	__wrap_sqlite3_step(sqlite3_stmt *st);
int
__wrap_sqlite3_step(sqlite3_stmt *st)
{

	if (++steps == kill_at)
		(void)raise(SIGKILL);
	return (__real_sqlite3_step(st));
}

static const struct person {
	const char	*name;
	uint32_t	 uid;
	uint32_t	 session;
	uint32_t	 roles;
	const char	*id;		/* the store's, of the person */
} alice = { "alice", 1000, 11, 0, "p-alice" },
    bob = { "bob", 1001, 12, APPROVER, "p-bob" },
    carol = { "carol", 1002, 13, APPROVER, "p-carol" },
    dave = { "dave", 1003, 14, 0, "dave" };

static void
enrol_as(struct sek_store *st, const struct person *p)
{
	static struct sek_enrol e;

	test_enrol_fill(&e, p->name, SEK_METHOD_HOTP);
	(void)snprintf(e.person.id, sizeof(e.person.id), "%s", p->id);
	e.account.uid = p->uid;
	(void)snprintf((char *)e.key, sizeof(e.key), "key of %-12s", p->name);
	test_ok(st, sek_store_enrol(st, &e, NULL));
}

/* It is noon at the terminal, whatever the clock of this machine says. */
static void
at_noon(void)
{
	struct sek_moment now;
	int64_t day = SEK_DAY;

	later = 0;
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	later = day - now.wall % day + NOON;
}

static void
setup(void)
{
	struct sek_store *st;

	at_noon();
	test_store_setup();
	st = test_open();
	enrol_as(st, &alice);
	enrol_as(st, &bob);
	enrol_as(st, &carol);
	sek_store_free(&st);
}

static int64_t
now_wall(void)
{
	struct sek_moment now;

	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	return (now.wall);
}

static void
admit_fill(struct sek_admit *in, const struct person *p, const char *ticket)
{

	test_admit_fill(in, p->name);
	in->who.uid = p->uid;
	(void)snprintf(in->person, sizeof(in->person), "%s", p->id);
	(void)snprintf(in->ticket, sizeof(in->ticket), "%s", ticket);
}

/* An admission of this process by this service, taken as a proof. */
static enum sek_err
prove_by(struct sek_store *st, const struct person *p, const char *service,
    const char *ticket, char proof[SEK_ID_MAX])
{
	struct sek_take_proof take = { .uid = p->uid };
	struct sek_admission a;
	struct sek_admit_out admitted;
	static struct sek_admit in;
	enum sek_err err;

	admit_fill(&in, p, ticket);
	(void)snprintf(in.who.service, sizeof(in.who.service), "%s", service);
	if ((err = sek_store_admit(st, &in, &admitted)) != SEK_OK)
		return (err);
	memcpy(take.id, admitted.id, sizeof(take.id));
	(void)snprintf(take.service, sizeof(take.service), "%s", service);
	ck_assert_int_eq(sek_process_get(&take.taker, 0), SEK_OK);
	test_ok(st, sek_store_take_proof(st, &take, &a));
	memcpy(proof, admitted.id, SEK_ID_MAX);
	return (SEK_OK);
}

static void
prove(struct sek_store *st, const struct person *p, char proof[SEK_ID_MAX])
{

	test_ok(st, prove_by(st, p, "sekisho-x", "", proof));
}

static struct sek_actor
actor_of(const struct person *p)
{
	struct sek_actor a = { .uid = p->uid, .roles = p->roles,
	    .audit_session = p->session };

	(void)snprintf(a.account, sizeof(a.account), "%s", p->name);
	ck_assert_int_eq(sek_process_get(&a.process, 0), SEK_OK);
	return (a);
}

/* by asks for p. */
static struct sek_approval_ask *
wish(const struct person *by, const struct person *p, const char *purpose)
{
	static struct sek_approval_ask in;

	memset(&in, 0, sizeof(in));
	in.a.kind = SEK_APPROVAL_TICKET;
	(void)snprintf(in.a.key, sizeof(in.a.key), "%s", purpose);
	(void)snprintf(in.a.users, sizeof(in.a.users), "%s", p->name);
	(void)snprintf(in.a.reason, sizeof(in.a.reason), "カード忘れ");
	in.a.not_after = now_wall() + 12 * HOUR;
	in.who = actor_of(by);
	in.max = MAX_DAYS;
	in.subject_uid = p->uid;
	return (&in);
}

/* Asked by carol, by a proof; out tells the code. */
static const char *
asked(struct sek_store *st, const struct person *p, const char *purpose)
{
	static char id[SEK_ID_MAX];
	struct sek_approval_ask *in = wish(&carol, p, purpose);

	prove(st, &carol, in->who.proof);
	test_ok(st, sek_store_approval_ask(st, in, &out));
	memcpy(id, out.a.id, sizeof(id));
	return (id);
}

static enum sek_err
does(struct sek_store *st, const char *id, const struct person *p,
    enum sek_approval_act act)
{
	static struct sek_approval_decide in;

	memset(&in, 0, sizeof(in));
	(void)snprintf(in.id, sizeof(in.id), "%s", id);
	(void)snprintf(in.note, sizeof(in.note), "了解");
	in.act = act;
	in.max = MAX_DAYS;
	in.who = actor_of(p);
	prove(st, p, in.who.proof);
	return (sek_store_approval_decide(st, &in, &out));
}

/* Asked by carol, given by bob: its id, and its code. */
static const char *
given(struct sek_store *st, const struct person *p, const char *purpose,
    char code[SEK_TICKET_CODE])
{
	const char *id = asked(st, p, purpose);

	memcpy(code, out.code, SEK_TICKET_CODE);
	test_ok(st, does(st, id, &bob, SEK_ACT_GIVE));
	ck_assert_str_eq(out.code, "");
	return (id);
}

static struct sek_approval *
look(struct sek_store *st, const char *id)
{
	struct sek_approval_list in = { .kind = 0 };

	(void)snprintf(in.id, sizeof(in.id), "%s", id);
	test_ok(st, sek_store_approvals(st, &in, &found));
	ck_assert_uint_eq(found.n, 1);
	return (&found.a[0]);
}

#define refused(call, reason) do { \
	enum sek_err err_ = (call); \
	ck_assert_msg(err_ == SEK_ERR_REFUSED && out.no == (reason), \
	    "%s: %s, %s", #call, sek_err_name(err_), \
	    sek_approval_no_name((enum sek_approval_no)out.no)); \
} while (0)

/* ---- at a prompt */

static void
use_fill(struct sek_ticket_use *in, const struct person *p, const char *slot,
    const char *code)
{

	memset(in, 0, sizeof(*in));
	in->who = test_who(p->name);
	in->who.uid = p->uid;
	in->limits = in->caller_limits = test_limits(5);
	(void)snprintf(in->slot, sizeof(in->slot), "%s", slot);
	(void)snprintf(in->code, sizeof(in->code), "%s", code);
	in->purposes = SUBSTITUTES | ENROLS;
}

/* A slot, and the code in it, by a service. */
static struct sek_ticket_use_out
uses_by(struct sek_store *st, const struct person *p, const char *code,
    const char *service)
{
	struct sek_ticket_use_out used;
	struct sek_ticket_use in;
	struct sek_claimant who = test_who(p->name);
	char slot[SEK_ID_MAX];

	who.uid = p->uid;
	ck_assert_int_eq(test_reserve_as(st, &who, 5, slot),
	    SEK_SLOT_GRANTED);
	use_fill(&in, p, slot, code);
	(void)snprintf(in.who.service, sizeof(in.who.service), "%s", service);
	test_ok(st, sek_store_ticket_use(st, &in, &used));
	return (used);
}

static bool
uses(struct sek_store *st, const struct person *p, const char *code)
{
	struct sek_ticket_use_out used = uses_by(st, p, code, "sshd");

	ck_assert_uint_eq(used.reason, used.right ? SEK_REASON_NONE :
	    SEK_REASON_WRONG);
	return (used.right != 0);
}

static enum sek_err
admits(struct sek_store *st, const struct person *p, const char *id)
{
	static struct sek_admit in;
	struct sek_admit_out admitted;

	admit_fill(&in, p, id);
	return (sek_store_admit(st, &in, &admitted));
}

static uint32_t
sees(struct sek_store *st, const struct person *p)
{
	static struct sek_lookup_out l;
	struct sek_lookup in = { .who = test_who(p->name),
	    .limits = test_limits(5), .caller_limits = test_limits(5) };

	in.who.uid = p->uid;
	test_ok(st, sek_store_lookup(st, &in, &l));
	return (l.tickets);
}

static unsigned
records_of(struct sek_store *st, const char *event)
{
	return (test_records(st, event, NULL).records);
}

static void
upkeep(struct sek_store *st)
{
	struct sek_upkeep u;

	test_ok(st, sek_store_upkeep(st, &u));
}

/* What the file holds, by SQL as anybody reads it. */
static int64_t
number(const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;
	int64_t n;

	ck_assert_int_eq(sqlite3_open(test_config.path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &s, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	n = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s);
	(void)sqlite3_close(db);
	return (n);
}

static void
edit(const char *sql)
{
	sqlite3 *db = NULL;
	char *text = NULL;

	ck_assert_int_eq(sqlite3_open(test_config.path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &text) == SQLITE_OK,
	    "%s: %s", sql, text);
	(void)sqlite3_close(db);
}

#define codes_kept()	number("SELECT count(*) FROM ticket")

/* An attended one: bob stands at p's prompt. */
static enum sek_err
witnessed_by(struct sek_store *st, const struct person *p,
    const struct person *by, uint32_t max)
{
	static struct sek_substitute in;

	memset(&in, 0, sizeof(in));
	in.who = test_who(p->name);
	in.who.uid = p->uid;
	in.witness = actor_of(by);
	in.max = max;
	in.not_after = now_wall() + 11 * HOUR;
	test_ok(st, prove_by(st, by, "sekisho-witness", "",
	    in.witness.proof));
	return (sek_store_substitute(st, &in, &sub));
}

static enum sek_err
witnessed(struct sek_store *st, const struct person *p)
{

	return (witnessed_by(st, p, &bob, MAX_DAYS));
}

#define not_witnessed(call, reason) do { \
	enum sek_err err_ = (call); \
	ck_assert_msg(err_ == SEK_ERR_REFUSED && sub.no == (reason), \
	    "%s: %s, %s", #call, sek_err_name(err_), \
	    sek_approval_no_name((enum sek_approval_no)sub.no)); \
	ck_assert_str_eq(sub.code, ""); \
} while (0)

/* ---- a substitute by code */

START_TEST(a_forgotten_card_from_asking_to_the_login)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE], id[SEK_ID_MAX];
	struct sek_ticket_use_out used;
	struct sek_store_status s;
	struct test_count c;

	memcpy(id, asked(st, &alice, "substitute"), sizeof(id));
	memcpy(code, out.code, sizeof(code));
	ck_assert_uint_eq(strspn(code, "0123456789"), SEK_TICKET_DIGITS);
	ck_assert_str_eq(out.a.value, "code");
	ck_assert_str_eq(out.a.clause, "8(5)");
	ck_assert_str_eq(out.a.terminals, "t-1");
	ck_assert_uint_eq(out.a.uses_max, 1);
	ck_assert_int_eq(out.a.review_at, 0);
	/* Told once, and nowhere else. */
	ck_assert_ptr_null(memmem(look(st, id), sizeof(found.a[0]), code,
	    SEK_TICKET_DIGITS));
	ck_assert_int_eq(codes_kept(), 1);
	/* Before another's yes nothing. */
	ck_assert_uint_eq(sees(st, &alice), 0);
	ck_assert(!uses(st, &alice, code));
	test_ok(st, does(st, id, &bob, SEK_ACT_GIVE));
	ck_assert_uint_eq(sees(st, &alice), SUBSTITUTES);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert(s.tickets == 1 && s.tampered == 0);
	used = uses_by(st, &alice, code, "login");
	ck_assert_uint_eq(used.right, 1);
	ck_assert_uint_eq(used.purpose, SEK_PURPOSE_SUBSTITUTE);
	ck_assert_uint_eq(used.attended, 0);
	ck_assert_str_eq(used.id, id);
	ck_assert_str_eq(used.person, "p-alice");
	ck_assert_int_gt(used.not_after, now_wall());
	ck_assert_uint_eq(records_of(st, "approval-used"), 1);
	/* Not a second time, and no word of it is left. */
	ck_assert_uint_eq(sees(st, &alice), 0);
	ck_assert(!uses(st, &alice, code));
	test_ok(st, admits(st, &alice, id));
	ck_assert_int_eq(codes_kept(), 0);
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	c = test_records(st, "admit", "alice");
	ck_assert_ptr_nonnull(strstr(c.last, "ticket:"));
	ck_assert_ptr_nonnull(strstr(c.last, id));
	ck_assert_uint_eq(records_of(st, "approval-used"), 1);
	/* One use, one admission. */
	test_is(st, admits(st, &alice, id), SEK_ERR_REFUSED);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tickets, 0);
	ck_assert_uint_eq(s.approvals_overdue, 0);
	upkeep(st);
	ck_assert_uint_eq(records_of(st, "approval-ended"), 1);
	ck_assert_uint_eq(records_of(st, "approval-overdue"), 0);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(no_code_is_in_the_file_or_its_log)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE], cmd[512];

	(void)given(st, &alice, "substitute", code);
	(void)snprintf(cmd, sizeof(cmd), "! grep -qa %s %s/state/*", code,
	    test_dir);
	ck_assert_int_eq(system(cmd), 0);
	ck_assert(uses(st, &alice, code));
	sek_store_free(&st);
}
END_TEST

START_TEST(what_is_over_refused_or_taken_back_opens_nothing)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE];
	const char *id;

	id = asked(st, &alice, "substitute");
	memcpy(code, out.code, sizeof(code));
	test_ok(st, does(st, id, &bob, SEK_ACT_REFUSE));
	ck_assert(!uses(st, &alice, code));
	id = asked(st, &alice, "substitute");
	memcpy(code, out.code, sizeof(code));
	test_ok(st, does(st, id, &carol, SEK_ACT_WITHDRAW));
	ck_assert(!uses(st, &alice, code));
	ck_assert_int_eq(codes_kept(), 0);
	id = given(st, &alice, "substitute", code);
	test_ok(st, does(st, id, &bob, SEK_ACT_REVOKE));
	ck_assert(!uses(st, &alice, code));
	ck_assert_int_eq(codes_kept(), 0);
	test_ok(st, sek_store_unlock(st, "alice", &tool, &(bool){ false }));
	id = given(st, &alice, "substitute", code);
	later += 12 * HOUR + SEK_SECOND;
	ck_assert_uint_eq(sees(st, &alice), 0);
	ck_assert(!uses(st, &alice, code));
	ck_assert_int_eq(codes_kept(), 1);
	upkeep(st);
	ck_assert_int_eq(codes_kept(), 0);
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_code_is_of_its_account_its_uid_and_its_purpose)
{
	static const struct person other = { "alice", 1077, 20, 0,
	    "p-alice" };
	struct sek_store *st = test_open();
	struct sek_ticket_use_out used;
	struct sek_ticket_use in;
	char code[SEK_TICKET_CODE], slot[SEK_ID_MAX];

	(void)given(st, &alice, "substitute", code);
	ck_assert(!uses(st, &bob, code));
	ck_assert(!uses(st, &other, code));
	ck_assert_int_eq(test_reserve(st, "alice", 5, slot),
	    SEK_SLOT_GRANTED);
	use_fill(&in, &alice, slot, code);
	in.purposes = ENROLS;
	test_ok(st, sek_store_ticket_use(st, &in, &used));
	ck_assert_uint_eq(used.right, 0);
	/* Whoever became privileged has none any more. */
	ck_assert_int_eq(test_reserve(st, "alice", 5, slot),
	    SEK_SLOT_GRANTED);
	use_fill(&in, &alice, slot, code);
	in.who.privileged = 1;
	test_ok(st, sek_store_ticket_use(st, &in, &used));
	ck_assert_uint_eq(used.right, 0);
	ck_assert(uses(st, &alice, code));
	sek_store_free(&st);
}
END_TEST

START_TEST(an_admission_needs_the_ticket_of_this_very_round)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE], id[SEK_ID_MAX];
	static struct sek_admit in;
	struct sek_admit_out admitted;

	memcpy(id, given(st, &alice, "substitute", code), sizeof(id));
	/* Not used at all. */
	test_is(st, admits(st, &alice, id), SEK_ERR_REFUSED);
	test_is(st, admits(st, &alice, "00000000"), SEK_ERR_REFUSED);
	ck_assert(uses(st, &alice, code));
	/* By another process, or account. */
	admit_fill(&in, &alice, id);
	in.gate.start++;
	test_is(st, sek_store_admit(st, &in, &admitted), SEK_ERR_REFUSED);
	test_is(st, admits(st, &bob, id), SEK_ERR_REFUSED);
	ck_assert_uint_eq(test_records(st, "admit", "alice").records, 0);
	test_ok(st, admits(st, &alice, id));
	sek_store_free(&st);
}
END_TEST

START_TEST(without_a_record_it_admits_once_and_upkeep_ends_it)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE], id[SEK_ID_MAX];
	static struct sek_admit in;
	struct sek_admit_out admitted;

	memcpy(id, given(st, &alice, "substitute", code), sizeof(id));
	ck_assert(uses(st, &alice, code));
	admit_fill(&in, &alice, id);
	in.unrecorded = 1;
	test_ok(st, sek_store_admit(st, &in, &admitted));
	ck_assert_int_eq(codes_kept(), 0);
	test_is(st, sek_store_admit(st, &in, &admitted), SEK_ERR_REFUSED);
	ck_assert_uint_eq(records_of(st, "approval-ended"), 0);
	upkeep(st);
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	ck_assert_uint_eq(records_of(st, "approval-ended"), 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(suspended_between_code_and_admission_he_stays_out)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE], id[SEK_ID_MAX];

	memcpy(id, given(st, &alice, "substitute", code), sizeof(id));
	ck_assert(uses(st, &alice, code));
	test_ok(st, sek_store_suspend(st, "alice", "x", 0, &tool));
	test_ok(st, sek_store_resume(st, "alice", &tool));
	test_is(st, admits(st, &alice, id), SEK_ERR_REFUSED);
	/* An attended one is revoked between. */
	test_ok(st, witnessed(st, &alice));
	memcpy(id, sub.a.id, sizeof(id));
	ck_assert(uses(st, &alice, sub.code));
	test_ok(st, does(st, id, &carol, SEK_ACT_REVOKE));
	test_is(st, admits(st, &alice, id), SEK_ERR_REFUSED);
	sek_store_free(&st);
}
END_TEST

/* ---- throttled */

START_TEST(the_fifth_wrong_one_locks_and_the_right_one_waits)
{
	struct sek_store *st = test_open();
	struct sek_ticket_use_out used;
	struct sek_ticket_use in;
	char code[SEK_TICKET_CODE], wrong[SEK_TICKET_CODE];
	char slot[SEK_ID_MAX] = "";
	int i;

	(void)given(st, &alice, "substitute", code);
	memcpy(wrong, code, sizeof(wrong));
	wrong[0] = wrong[0] == '9' ? '0' : (char)(wrong[0] + 1);
	for (i = 0; i < 5; i++)
		ck_assert(!uses(st, &alice, wrong));
	ck_assert_int_eq(test_reserve(st, "alice", 5, slot), SEK_SLOT_LOCKED);
	/* Without a slot the right one is none, and stays. */
	use_fill(&in, &alice, slot, code);
	test_ok(st, sek_store_ticket_use(st, &in, &used));
	ck_assert_uint_eq(used.right, 0);
	ck_assert_uint_eq(used.reason, SEK_REASON_STALE);
	test_ok(st, sek_store_unlock(st, "alice", &tool, &(bool){ false }));
	ck_assert(uses(st, &alice, code));
	sek_store_free(&st);
}
END_TEST

/* What the racers share. */
static struct shared {
	volatile int	go;
	volatile int	right;
	volatile int	verified;
	volatile int	refused;
	volatile int	failed;
} *shared;

static void
share(void)
{

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	memset((void *)shared, 0, sizeof(*shared));
}

/* One that waits for its slot, as long as others hold them all. */
static void
race(const struct person *p, const char *code)
{
	struct sek_store *st = test_open();
	struct sek_reserve r = { .who = test_who(p->name),
	    .limits = test_limits(5), .caller_limits = test_limits(5),
	    .bound = 30 * SEK_SECOND };
	struct sek_reserve_out got;
	struct sek_ticket_use_out used;
	struct sek_ticket_use in;
	enum sek_err err = SEK_OK;

	r.who.uid = p->uid;
	while (!shared->go)
		(void)sched_yield();
	(void)sek_process_get(&r.owner, 0);
	do {
		err = sek_store_reserve(st, &r, &got);
		if (err == SEK_OK && got.verdict == SEK_SLOT_BUSY)
			(void)usleep(2000);
	} while (err == SEK_ERR_STORE_BUSY || (err == SEK_OK &&
	    got.verdict == SEK_SLOT_BUSY));
	if (err != SEK_OK)
		(void)__sync_fetch_and_add(&shared->failed, 1);
	else if (got.verdict == SEK_SLOT_GRANTED) {
		use_fill(&in, p, got.slot, code);
		while ((err = sek_store_ticket_use(st, &in, &used)) ==
		    SEK_ERR_STORE_BUSY)
			;
		if (err != SEK_OK || used.reason == SEK_REASON_STALE)
			(void)__sync_fetch_and_add(&shared->failed, 1);
		else {
			(void)__sync_fetch_and_add(&shared->verified, 1);
			if (used.right)
				(void)__sync_fetch_and_add(&shared->right, 1);
		}
	} else
		(void)__sync_fetch_and_add(&shared->refused, 1);
	sek_store_free(&st);
	_exit(0);
}

static void
race_all(const struct person *p, const char *code, int n)
{
	pid_t pid[GUESSES];
	int i;

	for (i = 0; i < n; i++)
		if ((pid[i] = test_fork()) == 0)
			race(p, code);
	shared->go = 1;
	for (i = 0; i < n; i++)
		test_wait(pid[i]);
	ck_assert_int_eq(shared->failed, 0);
}

START_TEST(of_fifty_with_the_right_code_one_gets_in)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE];

	share();
	(void)given(st, &alice, "substitute", code);
	sek_store_close(st);
	race_all(&alice, code, RACERS);
	ck_assert_int_eq(shared->right, 1);
	ck_assert_uint_eq(records_of(st, "approval-used"), 1);
	test_verify_ok(st);
	sek_store_free(&st);
	(void)munmap(shared, sizeof(*shared));
}
END_TEST

START_TEST(of_two_hundred_guesses_five_are_verified)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE], wrong[SEK_TICKET_CODE];

	share();
	(void)given(st, &alice, "substitute", code);
	memcpy(wrong, code, sizeof(wrong));
	wrong[9] = wrong[9] == '9' ? '0' : (char)(wrong[9] + 1);
	sek_store_close(st);
	race_all(&alice, wrong, GUESSES);
	ck_assert_int_eq(shared->verified, 5);
	ck_assert_int_eq(shared->refused, GUESSES - 5);
	ck_assert_int_eq(shared->right, 0);
	test_ok(st, sek_store_unlock(st, "alice", &tool, &(bool){ false }));
	ck_assert(uses(st, &alice, code));
	sek_store_free(&st);
	(void)munmap(shared, sizeof(*shared));
}
END_TEST

/* ---- who may have one */

START_TEST(asker_and_subject_do_not_give_it_nor_who_has_no_role)
{
	struct sek_store *st = test_open();
	const char *id = asked(st, &alice, "substitute");
	struct person clerk = carol;

	refused(does(st, id, &carol, SEK_ACT_GIVE), SEK_NO_SAME_PERSON);
	clerk = alice;
	clerk.roles = APPROVER;
	refused(does(st, id, &clerk, SEK_ACT_GIVE), SEK_NO_SUBJECT);
	clerk = bob;
	clerk.roles = 0;
	refused(does(st, id, &clerk, SEK_ACT_GIVE), SEK_NO_ROLE);
	test_ok(st, does(st, id, &bob, SEK_ACT_GIVE));
	sek_store_free(&st);
}
END_TEST

/* A name more of one uid, which the store does not know yet. */
static const struct person alias = { "arisu", 1001, 17, 0, "arisu" };

START_TEST(nobody_gives_it_to_another_name_of_himself)
{
	struct sek_store *st = test_open();
	struct person alice2 = alice;
	char id[SEK_ID_MAX];

	memcpy(id, asked(st, &alias, "enrol"), sizeof(id));
	refused(does(st, id, &bob, SEK_ACT_GIVE), SEK_NO_SUBJECT);
	alice2.roles = APPROVER;
	test_ok(st, does(st, id, &alice2, SEK_ACT_GIVE));
	sek_store_free(&st);
}
END_TEST

START_TEST(no_ticket_for_whom_it_cannot_be)
{
	static const struct person desk = { "desk", 1050, 15, 0, "" };
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&carol, &alice, "substitute");
	static struct sek_enrol e;

	in->subject_privileged = 1;
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_UNFIT);
	in->subject_privileged = 0;
	in->subject_uid = 0;
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_UNFIT);
	in->subject_uid = SEK_UID_NONE;
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_UNFIT);
	in->subject_uid = 1077;		/* another's by now */
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_UNFIT);
	test_ok(st, sek_store_suspend(st, "alice", "x", 0, &tool));
	in = wish(&carol, &alice, "substitute");
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_UNFIT);
	test_ok(st, sek_store_resume(st, "alice", &tool));
	test_enrol_fill(&e, "desk", SEK_METHOD_HOTP);
	e.account.shared = 1;
	test_ok(st, sek_store_enrol(st, &e, NULL));
	refused(sek_store_approval_ask(st, wish(&carol, &desk, "substitute"),
	    &out), SEK_NO_UNFIT);
	/* Of this terminal only, by a name of one account, in a form. */
	in = wish(&carol, &alice, "substitute");
	(void)snprintf(in->a.terminals, sizeof(in->a.terminals), "t-2");
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_SCOPE);
	in = wish(&carol, &alice, "substitute");
	(void)snprintf(in->a.users, sizeof(in->a.users), "alice bob");
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_SCOPE);
	in = wish(&carol, &alice, "substitute");
	(void)snprintf(in->a.value, sizeof(in->a.value), "attended");
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_PURPOSE);
	in = wish(&carol, &alice, "substitute");
	in->max = 0;
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_SUBSTITUTE);
	in = wish(&carol, &alice, "substitute");
	in->unavoidable = 1;
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_PRIVILEGE);
	in = wish(&carol, &alice, "break-glass");
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_PURPOSE);
	/* With a factor of his own nobody enrols a first one. */
	in = wish(&carol, &alice, "enrol");
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_ENROLLED);
	ck_assert_str_eq(out.code, "");
	ck_assert_int_eq(codes_kept(), 0);
	ck_assert_int_eq(number("SELECT count(*) FROM request"), 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(who_became_unfit_is_not_given_it)
{
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX];
	struct sek_person p;

	memcpy(id, asked(st, &alice, "substitute"), sizeof(id));
	test_ok(st, sek_store_person(st, "p-alice", &p));
	p.to = now_wall() + HOUR;
	test_ok(st, sek_store_person_edit(st, &p, &tool));
	later += 2 * HOUR;
	refused(does(st, id, &bob, SEK_ACT_GIVE), SEK_NO_UNFIT);
	sek_store_free(&st);
}
END_TEST

START_TEST(of_one_person_four_are_alive_at_most)
{
	static const struct person second = { "alice2", 1060, 16, 0,
	    "p-alice" };
	struct sek_store *st = test_open();
	const char *id = NULL;
	unsigned i;

	enrol_as(st, &second);
	for (i = 0; i < SEK_TICKETS_LIVE; i++)
		id = asked(st, i % 2 == 0 ? &alice : &second, "substitute");
	refused(sek_store_approval_ask(st, wish(&carol, &alice, "substitute"),
	    &out), SEK_NO_TICKETS);
	test_ok(st, does(st, id, &carol, SEK_ACT_WITHDRAW));
	(void)asked(st, &alice, "substitute");
	sek_store_free(&st);
}
END_TEST

START_TEST(unproven_it_serves_for_a_day_and_is_overdue)
{
	struct sek_store *st = test_open();
	static struct sek_approval_ask in;
	static struct sek_approval_decide d;
	char code[SEK_TICKET_CODE], id[SEK_ID_MAX];
	struct sek_store_status s;

	in = *wish(&carol, &alice, "substitute");
	test_ok(st, sek_store_approval_ask(st, &in, &out));
	memcpy(code, out.code, sizeof(code));
	memcpy(id, out.a.id, sizeof(id));
	memset(&d, 0, sizeof(d));
	memcpy(d.id, id, sizeof(d.id));
	d.act = SEK_ACT_GIVE;
	d.max = MAX_DAYS;
	d.who = actor_of(&bob);
	/* Both halves of one session are one. */
	d.who.audit_session = carol.session;
	refused(sek_store_approval_decide(st, &d, &out), SEK_NO_SAME_SESSION);
	d.who.audit_session = bob.session;
	test_ok(st, sek_store_approval_decide(st, &d, &out));
	ck_assert_uint_eq(sees(st, &alice), SUBSTITUTES);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.approvals_overdue, 1);
	ck_assert(uses(st, &alice, code));
	test_ok(st, admits(st, &alice, id));
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.approvals_overdue, 1);
	/* Confirmed when it is over, too: it opened something. */
	test_ok(st, does(st, id, &bob, SEK_ACT_CONFIRM));
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.approvals_overdue, 0);
	sek_store_free(&st);
}
END_TEST

/* ---- with a witness */

START_TEST(attended_it_serves_any_number_of_times_until_its_end)
{
	struct sek_store *st = test_open();
	struct sek_ticket_use_out used;
	char code[SEK_TICKET_CODE], first[SEK_TICKET_CODE], id[SEK_ID_MAX];
	struct test_count c;
	int i;

	test_ok(st, witnessed(st, &alice));
	memcpy(id, sub.a.id, sizeof(id));
	memcpy(first, sub.code, sizeof(first));
	ck_assert_str_eq(sub.a.decided.person, "p-bob");
	ck_assert_str_eq(sub.a.asked.person, "p-alice");
	ck_assert(sub.a.decided.proven);
	ck_assert_uint_eq(sub.a.uses_max, 0);
	/* The login at whose prompt he stood. */
	test_ok(st, admits(st, &alice, id));
	for (i = 0; i < 3; i++) {
		used = uses_by(st, &alice, first, "sekisho-locker");
		ck_assert(used.right && used.attended);
		ck_assert_int_eq(used.not_after, sub.a.not_after);
		test_ok(st, admits(st, &alice, id));
	}
	ck_assert_uint_eq(look(st, id)->uses, 4);
	c = test_records(st, "approval-used", "alice");
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(test_records(st, "approval-given",
	    "bob").last, id));
	/* Replaced by a new one of the same day. */
	test_ok(st, witnessed(st, &alice));
	memcpy(code, sub.code, sizeof(code));
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	ck_assert(!uses(st, &alice, first));
	test_is(st, admits(st, &alice, id), SEK_ERR_REFUSED);
	ck_assert(uses(st, &alice, code));
	ck_assert_int_eq(codes_kept(), 1);
	later += 11 * HOUR;
	ck_assert(!uses(st, &alice, code));
	test_is(st, admits(st, &alice, sub.a.id), SEK_ERR_REFUSED);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_witness_is_another_person_with_the_role_and_a_proof)
{
	static const struct person twin = { "alice2", 1060, 16, APPROVER,
	    "p-alice" };
	struct sek_store *st = test_open();
	struct person clerk = bob;
	static struct sek_substitute in;

	clerk.roles = 0;
	not_witnessed(witnessed_by(st, &alice, &clerk, MAX_DAYS),
	    SEK_NO_ROLE);
	clerk = alice;
	clerk.roles = APPROVER;
	not_witnessed(witnessed_by(st, &alice, &clerk, MAX_DAYS),
	    SEK_NO_SUBJECT);
	enrol_as(st, &twin);
	not_witnessed(witnessed_by(st, &alice, &twin, MAX_DAYS),
	    SEK_NO_SUBJECT);
	not_witnessed(witnessed_by(st, &alice, &bob, 0), SEK_NO_SUBSTITUTE);
	memset(&in, 0, sizeof(in));
	in.who = test_who("alice");
	in.witness = actor_of(&bob);
	in.max = MAX_DAYS;
	in.not_after = now_wall() + HOUR;
	not_witnessed(sek_store_substitute(st, &in, &sub), SEK_NO_PROOF);
	in.who.privileged = 1;
	prove(st, &bob, in.witness.proof);
	not_witnessed(sek_store_substitute(st, &in, &sub), SEK_NO_UNFIT);
	/* What refused spent no proof; what is done does. */
	in.who.privileged = 0;
	test_ok(st, sek_store_substitute(st, &in, &sub));
	not_witnessed(sek_store_substitute(st, &in, &sub), SEK_NO_PROOF);
	sek_store_free(&st);
}
END_TEST

START_TEST(days_are_counted_for_the_person_over_all_his_accounts)
{
	static const struct person second = { "alice2", 1060, 16, 0,
	    "p-alice" };
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE];
	const char *id;

	enrol_as(st, &second);
	/* The first day: three, of both forms and accounts. */
	test_ok(st, witnessed(st, &alice));
	test_ok(st, witnessed(st, &second));
	(void)given(st, &alice, "substitute", code);
	later += SEK_DAY;
	test_ok(st, witnessed(st, &second));
	later += SEK_DAY;
	id = given(st, &second, "substitute", code);
	test_ok(st, does(st, id, &bob, SEK_ACT_REVOKE));
	/* On a day already counted there may be more. */
	test_ok(st, witnessed(st, &alice));
	id = asked(st, &alice, "substitute");
	memcpy(code, out.code, sizeof(code));
	test_ok(st, does(st, id, &bob, SEK_ACT_GIVE));
	later += SEK_DAY;
	upkeep(st);
	ck_assert_int_eq(codes_kept(), 0);
	not_witnessed(witnessed(st, &alice), SEK_NO_DAYS);
	not_witnessed(witnessed(st, &second), SEK_NO_DAYS);
	refused(sek_store_approval_ask(st, wish(&carol, &alice, "substitute"),
	    &out), SEK_NO_DAYS);
	test_ok(st, witnessed_by(st, &carol, &bob, 1));
	/* Thirty days after the first it is out of the window. */
	later += 27 * SEK_DAY - HOUR;
	not_witnessed(witnessed(st, &alice), SEK_NO_DAYS);
	later += HOUR + SEK_SECOND * 60;
	test_ok(st, witnessed(st, &alice));
	sek_store_free(&st);
}
END_TEST

START_TEST(days_are_counted_by_whatever_name_he_has)
{
	struct sek_store *st = test_open();

	test_ok(st, witnessed_by(st, &bob, &carol, 1));
	later += SEK_DAY;
	not_witnessed(witnessed_by(st, &alias, &carol, 1), SEK_NO_DAYS);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_day_is_one_of_the_terminals_zone)
{
	struct sek_store *st = test_open();

	/* 23:30 and 0:30 in Tokyo are 14:30 and 15:30 UTC of one day. */
	later += 11 * HOUR + HOUR / 2;
	test_ok(st, witnessed_by(st, &alice, &bob, 1));
	test_ok(st, witnessed_by(st, &alice, &bob, 1));
	later += HOUR;
	not_witnessed(witnessed_by(st, &alice, &bob, 1), SEK_NO_DAYS);
	/* 8:30 and 9:30 in Tokyo are two days in UTC, and one there. */
	test_ok(st, witnessed_by(st, &carol, &bob, 1));
	later += 9 * HOUR;
	test_ok(st, witnessed_by(st, &carol, &bob, 1));
	sek_store_free(&st);
}
END_TEST

START_TEST(asked_on_one_day_and_given_on_the_next_counts_when_given)
{
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX];

	test_ok(st, witnessed_by(st, &alice, &bob, MAX_DAYS));
	later += SEK_DAY;
	test_ok(st, witnessed_by(st, &alice, &bob, MAX_DAYS));
	later += 11 * HOUR;
	memcpy(id, asked(st, &alice, "substitute"), sizeof(id));
	test_ok(st, witnessed_by(st, &alice, &bob, MAX_DAYS));
	later += 2 * HOUR;
	/* That would be a third day, and there it is allowed. */
	test_ok(st, does(st, id, &bob, SEK_ACT_GIVE));
	later += 13 * HOUR;
	memcpy(id, asked(st, &alice, "substitute"), sizeof(id));
	later += 11 * HOUR;
	refused(does(st, id, &bob, SEK_ACT_GIVE), SEK_NO_DAYS);
	sek_store_free(&st);
}
END_TEST

/* ---- a first factor */

static enum sek_err
enrols_himself(struct sek_store *st, const struct person *p, const char *proof,
    const char *key)
{
	static struct sek_self_enrol in;
	struct sek_self_enrol_out e;

	memset(&in, 0, sizeof(in));
	test_enrol_fill(&in.enrol, p->name, SEK_METHOD_HOTP);
	(void)snprintf((char *)in.enrol.key, sizeof(in.enrol.key), "%-20s",
	    key);
	in.enrol.key_len = 20;
	in.who = actor_of(p);
	(void)snprintf(in.who.proof, sizeof(in.who.proof), "%s", proof);
	return (sek_store_self_enrol(st, &in, &e));
}

START_TEST(a_new_employee_logs_in_once_and_enrols_once)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE], id[SEK_ID_MAX], proof[SEK_ID_MAX];
	static struct sek_lookup_out l;
	struct sek_account *a = &l.account;

	memcpy(id, asked(st, &dave, "enrol"), sizeof(id));
	memcpy(code, out.code, sizeof(code));
	ck_assert_str_eq(out.a.clause, "7(2)⑤");
	/* Nobody knows him by a wish alone. */
	test_lookup(st, "dave", &l);
	ck_assert_str_eq(a->name, "");
	ck_assert_uint_eq(l.bound, 0);
	test_ok(st, does(st, id, &bob, SEK_ACT_GIVE));
	test_lookup(st, "dave", &l);
	ck_assert_str_eq(a->name, "dave");
	ck_assert_str_eq(a->person, "dave");
	ck_assert_str_eq(l.person.id, "dave");
	ck_assert_uint_eq(a->uid, dave.uid);
	ck_assert_uint_eq(l.bound, 0);
	ck_assert_uint_eq(sees(st, &dave), ENROLS);
	ck_assert(uses(st, &dave, code));
	test_ok(st, admits(st, &dave, id));
	/* One login. */
	ck_assert_uint_eq(sees(st, &dave), 0);
	ck_assert(!uses(st, &dave, code));
	test_is(st, admits(st, &dave, id), SEK_ERR_REFUSED);
	/* Where he proves himself to enrol, as often as it takes. */
	ck_assert_uint_eq(uses_by(st, &dave, code, "sekisho-helper").right, 1);
	test_ok(st, prove_by(st, &dave, "sekisho-helper", id, proof));
	test_is(st, enrols_himself(st, &bob, proof, "k"), SEK_ERR_REFUSED);
	ck_assert_uint_eq(uses_by(st, &dave, code, "sekisho-helper").right, 1);
	test_ok(st, prove_by(st, &dave, "sekisho-helper", id, proof));
	test_ok(st, enrols_himself(st, &dave, proof, "a key of dave's"));
	ck_assert_int_eq(codes_kept(), 0);
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	ck_assert_ptr_nonnull(strstr(test_records(st, "enrol", "dave").last,
	    "ticket:"));
	test_is(st, enrols_himself(st, &dave, proof, "another key"),
	    SEK_ERR_REFUSED);
	ck_assert_uint_eq(uses_by(st, &dave, code, "sekisho-helper").right, 0);
	test_is(st, prove_by(st, &dave, "sekisho-helper", id, proof),
	    SEK_ERR_REFUSED);
	test_lookup(st, "dave", &l);
	ck_assert_uint_eq(l.nauthenticators, 1);
	ck_assert_uint_eq(l.bound, 1);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_proof_by_a_ticket_is_good_for_nothing_else)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE], id[SEK_ID_MAX];
	static struct sek_approval_ask ask;
	static struct sek_approval_decide d;
	static struct sek_substitute in;
	static struct sek_self_state state;
	struct person giver = dave;

	/* By one to enrol. */
	memcpy(id, given(st, &dave, "enrol", code), sizeof(id));
	giver.roles = APPROVER;
	ask = *wish(&giver, &alice, "substitute");
	test_ok(st, prove_by(st, &dave, "sekisho-helper", id,
	    ask.who.proof));
	refused(sek_store_approval_ask(st, &ask, &out), SEK_NO_PROOF);
	memset(&state, 0, sizeof(state));
	memcpy(state.id, "x", 2);
	state.to = SEK_AUTHENTICATOR_REMOVED;
	state.who = ask.who;
	test_is(st, sek_store_self_state(st, &state), SEK_ERR_REFUSED);
	/* By a substitute: bob forgot his card, and gives nothing today. */
	test_ok(st, witnessed_by(st, &bob, &carol, MAX_DAYS));
	memcpy(id, sub.a.id, sizeof(id));
	memset(&d, 0, sizeof(d));
	memcpy(d.id, asked(st, &alice, "substitute"), sizeof(d.id));
	d.act = SEK_ACT_GIVE;
	d.max = MAX_DAYS;
	d.who = actor_of(&bob);
	test_ok(st, prove_by(st, &bob, "sekisho-x", id, d.who.proof));
	refused(sek_store_approval_decide(st, &d, &out), SEK_NO_PROOF);
	memset(&in, 0, sizeof(in));
	in.who = test_who("alice");
	in.witness = actor_of(&bob);
	in.max = MAX_DAYS;
	in.not_after = now_wall() + HOUR;
	test_ok(st, prove_by(st, &bob, "sekisho-witness", id,
	    in.witness.proof));
	not_witnessed(sek_store_substitute(st, &in, &sub), SEK_NO_PROOF);
	/* Nor does one enrol by a substitute. */
	test_ok(st, prove_by(st, &bob, "sekisho-helper", id, d.who.proof));
	test_is(st, enrols_himself(st, &bob, d.who.proof, "bob's second"),
	    SEK_ERR_REFUSED);
	sek_store_free(&st);
}
END_TEST

START_TEST(no_sudo_goes_on_by_a_ticket)
{
	struct sek_store *st = test_open();
	static struct sek_admit in;
	static struct sek_open_session open;
	static struct sek_open_session_out opened;
	struct sek_reuse reuse = { .uid = 1000, .audit_session = 7,
	    .max_age = HOUR };
	struct sek_admit_out admitted;
	struct sek_admission a;

	test_ok(st, witnessed(st, &alice));
	admit_fill(&in, &alice, sub.a.id);
	test_ok(st, sek_store_admit(st, &in, &admitted));
	open.who = in.who;
	memcpy(open.id, admitted.id, sizeof(open.id));
	open.subject_uid = in.who.uid;
	open.taker = in.gate;
	open.audit_session = 7;
	test_ok(st, sek_store_open_session(st, &open, &opened));
	ck_assert_str_eq(opened.admission.id, admitted.id);
	ck_assert_ptr_nonnull(strstr(opened.admission.authenticator,
	    "ticket:"));
	memset(&a, 0, sizeof(a));
	test_ok(st, sek_store_reuse(st, &reuse, &a));
	ck_assert_str_eq(a.id, "");
	/* It does by what he holds himself. */
	admit_fill(&in, &alice, "");
	test_ok(st, sek_store_admit(st, &in, &admitted));
	memcpy(open.id, admitted.id, sizeof(open.id));
	test_ok(st, sek_store_open_session(st, &open, &opened));
	test_ok(st, sek_store_reuse(st, &reuse, &a));
	ck_assert_str_eq(a.id, admitted.id);
	sek_store_free(&st);
}
END_TEST

START_TEST(whoever_enrols_him_ends_his_tickets_to_enrol)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE], id[SEK_ID_MAX], waiting[SEK_ID_MAX];

	memcpy(id, given(st, &dave, "enrol", code), sizeof(id));
	memcpy(waiting, asked(st, &dave, "enrol"), sizeof(waiting));
	enrol_as(st, &dave);
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	ck_assert_uint_eq(look(st, waiting)->state, SEK_APPROVAL_ENDED);
	ck_assert_int_eq(codes_kept(), 0);
	ck_assert(!uses(st, &dave, code));
	refused(does(st, waiting, &bob, SEK_ACT_GIVE), SEK_NO_STATE);
	/* A substitute is not ended by it. */
	test_ok(st, witnessed(st, &alice));
	test_ok(st, sek_store_enrol(st, &(struct sek_enrol){
	    .account = { .name = "alice", .uid = SEK_UID_NONE },
	    .person = { .id = "p-alice" }, .authenticator = {
	    .method = SEK_METHOD_HOTP, .oath = { .digits = 6 } },
	    .key = "a second key of hers", .key_len = 20 }, NULL));
	ck_assert(uses(st, &alice, sub.code));
	sek_store_free(&st);
}
END_TEST

/* ---- gone with whom they were for */

static void
by_suspension(struct sek_store *st)
{
	test_ok(st, sek_store_suspend(st, "alice", "x", 0, &tool));
	test_ok(st, sek_store_resume(st, "alice", &tool));
}

static void
by_suspension_until(struct sek_store *st)
{
	test_ok(st, sek_store_suspend(st, "alice", "x", now_wall() + HOUR,
	    &tool));
	later += 2 * HOUR;
}

static void
change(struct sek_store *st, uint8_t state, int64_t to)
{
	struct sek_person p;

	test_ok(st, sek_store_person(st, "p-alice", &p));
	p.state = state;
	p.to = to;
	test_ok(st, sek_store_person_edit(st, &p, &tool));
}

static void
by_retirement(struct sek_store *st)
{
	change(st, SEK_ACCOUNT_RETIRED, 0);
	ck_assert_uint_eq(sees(st, &alice), 0);
	change(st, SEK_ACCOUNT_ACTIVE, 0);
}

static void
by_an_edited_term(struct sek_store *st)
{
	change(st, SEK_ACCOUNT_ACTIVE, now_wall() - HOUR);
	change(st, SEK_ACCOUNT_ACTIVE, 0);
}

/* Its term ended by itself, and is made longer before upkeep looks. */
static void
by_a_term_that_ended(struct sek_store *st)
{
	change(st, SEK_ACCOUNT_ACTIVE, now_wall() + HOUR);
	later += 2 * HOUR;
	ck_assert_uint_eq(sees(st, &alice), 0);
	change(st, SEK_ACCOUNT_ACTIVE, 0);
}

static void
by_upkeep_after_a_term(struct sek_store *st)
{
	change(st, SEK_ACCOUNT_ACTIVE, now_wall() + HOUR);
	later += 2 * HOUR;
	upkeep(st);
	ck_assert_int_eq(codes_kept(), 0);
	change(st, SEK_ACCOUNT_ACTIVE, 0);
}

/* What another terminal's roster says of her, or of her account. */
static void
by_roster(struct sek_store *st, uint8_t person, uint8_t account, int64_t to)
{
	struct sek_roster_done done;
	struct sek_roster r;
	size_t i;

	test_ok(st, sek_store_roster_collect(st, &r));
	(void)snprintf(r.terminal, sizeof(r.terminal), "t-2");
	(void)snprintf(r.id, sizeof(r.id),
	    "00112233445566778899aabbccddeeff");
	r.serial = 7;
	r.sum[0] = 7;
	for (i = 0; i < r.npersons; i++)
		if (strcmp(r.person[i].id, "p-alice") == 0) {
			r.person[i].state = person;
			r.person[i].to = to;
		}
	for (i = 0; i < r.naccounts; i++)
		if (strcmp(r.account[i].name, "alice") == 0)
			r.account[i].state = account;
	/* A plan ends nothing. */
	test_ok(st, sek_store_roster_plan(st, &r, NULL, NULL, &done));
	ck_assert_int_eq(number("SELECT count(*) FROM ticket"), 2);
	test_ok(st, sek_store_roster_take(st, &r, NULL, NULL, NULL, &tool,
	    &done));
	ck_assert_uint_ge(done.changes, 1);
	sek_roster_free(&r);
}

static void
by_an_account_suspended_elsewhere(struct sek_store *st)
{
	by_roster(st, SEK_ACCOUNT_ACTIVE, SEK_ACCOUNT_SUSPENDED, 0);
	test_ok(st, sek_store_resume(st, "alice", &tool));
}

static void
by_an_account_retired_elsewhere(struct sek_store *st)
{
	by_roster(st, SEK_ACCOUNT_ACTIVE, SEK_ACCOUNT_RETIRED, 0);
}

static void
by_a_person_suspended_elsewhere(struct sek_store *st)
{
	by_roster(st, SEK_ACCOUNT_SUSPENDED, SEK_ACCOUNT_ACTIVE, 0);
	test_ok(st, sek_store_resume(st, "alice", &tool));
}

static void
by_a_term_of_elsewhere(struct sek_store *st)
{
	by_roster(st, SEK_ACCOUNT_ACTIVE, SEK_ACCOUNT_ACTIVE,
	    now_wall() - HOUR);
	change(st, SEK_ACCOUNT_ACTIVE, 0);
}

static const struct {
	const char	*name;
	void		 (*end)(struct sek_store *st);
} ends[] = {
	{ "account suspended elsewhere", by_an_account_suspended_elsewhere },
	{ "account retired elsewhere", by_an_account_retired_elsewhere },
	{ "person suspended elsewhere", by_a_person_suspended_elsewhere },
	{ "a term of elsewhere", by_a_term_of_elsewhere },
	{ "suspended", by_suspension },
	{ "suspended until", by_suspension_until },
	{ "retired", by_retirement },
	{ "an edited term", by_an_edited_term },
	{ "a term that ended", by_a_term_that_ended },
	{ "upkeep after a term", by_upkeep_after_a_term },
};

START_TEST(it_does_not_outlive_his_place_nor_comes_back)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE], id[SEK_ID_MAX], attended[SEK_ID_MAX];

	memcpy(id, given(st, &alice, "substitute", code), sizeof(id));
	test_ok(st, witnessed(st, &alice));
	memcpy(attended, sub.a.id, sizeof(attended));
	ends[_i].end(st);
	ck_assert_uint_eq(sees(st, &alice), 0);
	ck_assert(!uses(st, &alice, code));
	ck_assert(!uses(st, &alice, sub.code));
	test_is(st, admits(st, &alice, attended), SEK_ERR_REFUSED);
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	ck_assert_uint_eq(look(st, attended)->state, SEK_APPROVAL_ENDED);
	ck_assert_int_eq(codes_kept(), 0);
	ck_assert_uint_eq(records_of(st, "approval-ended"), 2);
	sek_store_free(&st);
}
END_TEST

/* ---- copies of the store */

static const struct sek_record actor = { .event = SEK_EVENT_NONE, .count = 1,
    .subject = "root-person", .service = "sekisho" };
static struct sek_secret pass;
static char file[128];

static void
back_up(struct sek_store *st)
{
	struct sek_backup_info info;

	if (pass.data == NULL) {
		ck_assert_int_eq(sek_secret_new(&pass, 24), SEK_OK);
		memcpy(pass.data, "correct horse battery st", 24);
	}
	(void)snprintf(file, sizeof(file), "%s/copy", test_dir);
	(void)unlink(file);
	test_ok(st, sek_store_backup(st, file, &pass, &actor, &info, NULL,
	    NULL));
}

static void
take_back(void)
{
	static struct sek_restored r;
	struct sek_restore_in in = { .path = file, .pass = &pass,
	    .actor = &actor };
	struct sek_why why = { "" };

	ck_assert_msg(sek_store_restore(&test_config, &in, &r, &why) ==
	    SEK_OK, "%s", why.text);
}

static const char *const after_backup[] = {
	"true",
	"rm -rf state keys",
	"head -c 100 /dev/zero >state/store.db; rm -f state/store.db-*",
};

START_TEST(nothing_comes_back_alive_from_a_backup)
{
	struct sek_store *st = test_open();
	char live[SEK_TICKET_CODE], used[SEK_TICKET_CODE], cmd[256];
	char attended[SEK_TICKET_CODE], id[SEK_ID_MAX];
	struct sek_store_status s;

	memcpy(id, given(st, &alice, "substitute", live), sizeof(id));
	(void)given(st, &alice, "substitute", used);
	test_ok(st, witnessed(st, &alice));
	memcpy(attended, sub.code, sizeof(attended));
	later += SEK_SECOND;
	back_up(st);
	ck_assert(uses(st, &alice, used));
	sek_store_free(&st);
	(void)snprintf(cmd, sizeof(cmd), "cd %s && %s", test_dir,
	    after_backup[_i]);
	ck_assert_int_eq(system(cmd), 0);
	later += SEK_SECOND;
	take_back();
	st = test_open();
	ck_assert_uint_eq(sees(st, &alice), 0);
	ck_assert(!uses(st, &alice, live));
	ck_assert(!uses(st, &alice, used));
	ck_assert(!uses(st, &alice, attended));
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	ck_assert_int_eq(codes_kept(), 0);
	/* The day counts all the same. */
	later += SEK_DAY;
	not_witnessed(witnessed_by(st, &alice, &bob, 1), SEK_NO_DAYS);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	test_verify_ok(st);
	sek_store_free(&st);
	sek_secret_free(&pass);
}
END_TEST

START_TEST(no_code_leaves_in_a_backup)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE];
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;

	(void)given(st, &alice, "substitute", code);
	back_up(st);
	ck_assert_int_eq(sqlite3_open(file, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, "SELECT count(*) FROM ticket",
	    -1, &s, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	ck_assert_int_eq(sqlite3_column_int(s, 0), 0);
	(void)sqlite3_finalize(s);
	(void)sqlite3_close(db);
	ck_assert(uses(st, &alice, code));
	sek_store_free(&st);
	sek_secret_free(&pass);
}
END_TEST

START_TEST(a_rotated_key_carries_them)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE];
	struct sek_rotated r;
	struct sek_store_status s;

	(void)given(st, &alice, "substitute", code);
	test_ok(st, witnessed(st, &alice));
	test_ok(st, sek_store_rotate(st, &actor, &r, NULL, NULL));
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert(s.tampered == 0 && s.tickets == 2);
	ck_assert(uses(st, &alice, code));
	ck_assert(!uses(st, &alice, code));
	ck_assert(uses(st, &alice, sub.code));
	sek_store_free(&st);
}
END_TEST

START_TEST(a_clone_inherits_none)
{
	struct sek_store *st = test_open();
	struct sek_adopt_in in = { .how = SEK_ADOPT_CLONE, .seal_key = file,
	    .actor = &actor };
	struct sek_adopted a;
	struct sek_why why = { "" };
	char code[SEK_TICKET_CODE];

	(void)snprintf(file, sizeof(file), "%s/none", test_dir);
	(void)given(st, &alice, "substitute", code);
	sek_store_free(&st);
	(void)snprintf(test_config.terminal, sizeof(test_config.terminal),
	    "t-9");
	ck_assert_msg(sek_store_adopt(&test_config, &in, &a, &why) == SEK_OK,
	    "%s", why.text);
	st = test_open();
	ck_assert_uint_eq(sees(st, &alice), 0);
	ck_assert(!uses(st, &alice, code));
	ck_assert_int_eq(codes_kept(), 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_store_of_before_has_none_and_logins_go_on)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in;
	struct sek_migrate_out m;
	char code[SEK_TICKET_CODE];

	edit("DROP TABLE ticket; DROP TABLE security_key; "
	    "DROP TABLE card; DROP TABLE biometric; "
	    "DROP TABLE password; DROP TABLE woken; PRAGMA user_version=1002");
	ck_assert_uint_eq(sees(st, &alice), 0);
	ck_assert(!uses(st, &alice, "0123456789"));
	ck_assert_uint_eq(test_consume(st, "bob", 5, "000000").verdict,
	    SEK_OATH_WRONG);
	in = wish(&carol, &alice, "substitute");
	test_is(st, sek_store_approval_ask(st, in, &out),
	    SEK_ERR_STORE_OLDER);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st),
	    "sekisho store migrate"));
	test_is(st, witnessed(st, &alice), SEK_ERR_STORE_OLDER);
	test_ok(st, sek_store_suspend(st, "carol", "x", 0, &tool));
	test_ok(st, sek_store_resume(st, "carol", &tool));
	upkeep(st);
	test_ok(st, sek_store_migrate(st, &tool, &m));
	(void)given(st, &alice, "substitute", code);
	ck_assert(uses(st, &alice, code));
	sek_store_free(&st);
}
END_TEST

START_TEST(on_a_clock_set_back_none_opens_and_nobody_is_blamed)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE];
	struct sek_ticket_use_out used;

	(void)given(st, &alice, "substitute", code);
	later -= HOUR;
	ck_assert_uint_eq(sees(st, &alice), 0);
	used = uses_by(st, &alice, code, "sshd");
	ck_assert_uint_eq(used.right, 0);
	ck_assert_uint_eq(used.reason, SEK_REASON_CLOCK);
	ck_assert_uint_eq(used.lock.failures, 0);
	/* The same of a name that has none. */
	used = uses_by(st, &carol, code, "sshd");
	ck_assert_uint_eq(used.reason, SEK_REASON_CLOCK);
	not_witnessed(witnessed(st, &alice), SEK_NO_CLOCK);
	test_ok(st, sek_store_accept_clock(st, &tool));
	sek_store_free(&st);
}
END_TEST

/* ---- rows that were edited */

static const char *const edits[] = {
	"UPDATE ticket SET data=zeroblob(40) WHERE account='alice'",
	"UPDATE ticket SET mac=zeroblob(32) WHERE account='alice'",
	"UPDATE ticket SET account='carol' WHERE account='alice'",
	"UPDATE ticket SET id='00000000' WHERE account='alice'",
	"UPDATE request SET data=zeroblob(300) WHERE key='substitute'",
	"UPDATE request SET key='enrol' WHERE key='substitute'",
	"UPDATE request SET given=0 WHERE key='substitute'",
	/* bob's, under alice's name: neither opens. */
	("UPDATE ticket SET (data,mac)=(SELECT data,mac FROM ticket WHERE "
	"account='bob') WHERE account='alice'"),
};

START_TEST(a_row_that_was_edited_opens_nothing_and_shuts_nobody_out)
{
	struct sek_store *st = test_open();
	struct sek_store_status s;
	char code[SEK_TICKET_CODE], other[SEK_TICKET_CODE];

	test_ok(st, witnessed_by(st, &bob, &carol, MAX_DAYS));
	memcpy(other, sub.code, sizeof(other));
	(void)given(st, &alice, "substitute", code);
	edit(edits[_i]);
	ck_assert_uint_eq(sees(st, &alice), 0);
	ck_assert(!uses(st, &alice, code));
	ck_assert(!uses(st, &alice, other));
	ck_assert(!uses(st, &carol, code));
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_ge(s.tampered, 1);
	upkeep(st);
	ck_assert_uint_ge(records_of(st, "tampered"), 1);
	/* By what she holds herself she gets in; so do others. */
	test_ok(st, admits(st, &alice, ""));
	if (strncmp(edits[_i], "UPDATE request", 14) != 0)
		ck_assert(uses(st, &bob, other));
	test_ok(st, sek_store_suspend(st, "alice", "x", 0, &tool));
	ck_assert_int_eq(number("SELECT count(*) FROM ticket WHERE "
	    "account='alice'"), 0);
	sek_store_free(&st);
}
END_TEST

/* ---- killed */

static void
act_use(struct sek_store *st, const char *id, const char *code)
{
	struct sek_ticket_use_out used;
	struct sek_ticket_use in;
	struct sek_claimant who = test_who("alice");
	struct sek_reserve r = { .who = who, .limits = test_limits(5),
	    .caller_limits = test_limits(5), .bound = 30 * SEK_SECOND };
	struct sek_reserve_out got;

	(void)id;
	(void)sek_process_get(&r.owner, 0);
	(void)sek_store_reserve(st, &r, &got);
	use_fill(&in, &alice, got.slot, code);
	(void)sek_store_ticket_use(st, &in, &used);
}

static void
act_suspend(struct sek_store *st, const char *id, const char *code)
{
	(void)id;
	(void)code;
	(void)sek_store_suspend(st, "alice", "x", 0, &tool);
}

static void
act_witness(struct sek_store *st, const char *id, const char *code)
{
	(void)id;
	(void)code;
	(void)witnessed(st, &alice);
}

static void
act_revoke(struct sek_store *st, const char *id, const char *code)
{
	(void)code;
	(void)does(st, id, &bob, SEK_ACT_REVOKE);
}

static const struct {
	const char	*name;
	void		 (*act)(struct sek_store *, const char *,
			    const char *);
} kills[] = {
	{ "use", act_use },
	{ "suspend", act_suspend },
	{ "witness", act_witness },
	{ "revoke", act_revoke },
};

/* A code has its approval, and of those that are over none is left. */
static void
is_whole(struct sek_store *st)
{
	struct sek_store_status s;

	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	ck_assert_int_eq(number("SELECT count(*) FROM ticket WHERE id NOT IN "
	    "(SELECT id FROM request WHERE open=1)"), 0);
	test_verify_ok(st);
}

START_TEST(killed_before_any_statement_the_old_state_or_the_new)
{
	struct sek_store *st = test_open();
	char code[SEK_TICKET_CODE], id[SEK_ID_MAX];
	bool done = false, right;
	unsigned long n;
	pid_t pid;
	int status;

	/* Each, with SEK_LONG; else the first, and each fourth of the rest. */
	for (n = 1; !done; n += getenv("SEK_LONG") != NULL || n < 8 ? 1 : 4) {
		memcpy(id, given(st, &alice, "substitute", code), sizeof(id));
		sek_store_close(st);
		if ((pid = test_fork()) == 0) {
			struct sek_store *mine = test_open();

			steps = 0;
			kill_at = n;
			kills[_i].act(mine, id, code);
			_exit(0);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		done = !WIFSIGNALED(status);
		is_whole(st);
		test_ok(st, sek_store_resume(st, "alice", &tool));
		test_ok(st, sek_store_unlock(st, "alice", &tool,
		    &(bool){ false }));
		right = uses(st, &alice, code);
		/* Used or ended: what is not right any more left a record. */
		ck_assert(right || look(st, id)->uses == 1 ||
		    look(st, id)->state != SEK_APPROVAL_GIVEN);
		ck_assert(!uses(st, &alice, code));
		upkeep(st);
		test_ok(st, sek_store_unlock(st, "alice", &tool,
		    &(bool){ false }));
	}
	ck_assert_uint_gt(n, 10);
	sek_store_free(&st);
}
END_TEST

/* ---- over the pipe */

START_TEST(what_crosses_the_pipe_is_checked)
{
	static struct sek_ticket_use use;
	static struct sek_substitute in;
	static struct sek_admit admit;
	static struct sek_approval_ask ask;

	use_fill(&use, &alice, "", "0123456789");
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_TICKET_USE, &use), SEK_OK);
	use.purposes |= SEK_PURPOSE_BIT(SEK_PURPOSE_BREAK_GLASS);
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_TICKET_USE, &use),
	    SEK_ERR_RANGE);
	use_fill(&use, &alice, "", "");
	memset(use.code, '1', sizeof(use.code));
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_TICKET_USE, &use),
	    SEK_ERR_SYNTAX);
	use_fill(&use, &alice, "", "");
	use.limits.deny = 0;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_TICKET_USE, &use),
	    SEK_ERR_RANGE);
	memset(&in, 0, sizeof(in));
	in.who = test_who("alice");
	in.witness = actor_of(&bob);
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_SUBSTITUTE, &in), SEK_OK);
	in.max = 32;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_SUBSTITUTE, &in),
	    SEK_ERR_RANGE);
	in.max = 0;
	in.not_after = -1;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_SUBSTITUTE, &in),
	    SEK_ERR_RANGE);
	in.not_after = 0;
	memset(in.witness.proof, 'x', sizeof(in.witness.proof));
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_SUBSTITUTE, &in),
	    SEK_ERR_SYNTAX);
	admit_fill(&admit, &alice, "");
	memset(admit.ticket, 'x', sizeof(admit.ticket));
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_ADMIT, &admit),
	    SEK_ERR_SYNTAX);
	ask = *wish(&carol, &alice, "substitute");
	ask.subject_privileged = 2;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_APPROVAL_ASK, &ask),
	    SEK_ERR_RANGE);
}
END_TEST

static Suite *
suite(void)
{
	const TTest *const tests[] = {
		a_forgotten_card_from_asking_to_the_login,
		no_code_is_in_the_file_or_its_log,
		what_is_over_refused_or_taken_back_opens_nothing,
		a_code_is_of_its_account_its_uid_and_its_purpose,
		an_admission_needs_the_ticket_of_this_very_round,
		without_a_record_it_admits_once_and_upkeep_ends_it,
		suspended_between_code_and_admission_he_stays_out,
		the_fifth_wrong_one_locks_and_the_right_one_waits,
		of_fifty_with_the_right_code_one_gets_in,
		of_two_hundred_guesses_five_are_verified,
		asker_and_subject_do_not_give_it_nor_who_has_no_role,
		nobody_gives_it_to_another_name_of_himself,
		no_ticket_for_whom_it_cannot_be,
		who_became_unfit_is_not_given_it,
		of_one_person_four_are_alive_at_most,
		unproven_it_serves_for_a_day_and_is_overdue,
		attended_it_serves_any_number_of_times_until_its_end,
		a_witness_is_another_person_with_the_role_and_a_proof,
		days_are_counted_for_the_person_over_all_his_accounts,
		days_are_counted_by_whatever_name_he_has,
		a_day_is_one_of_the_terminals_zone,
		asked_on_one_day_and_given_on_the_next_counts_when_given,
		a_new_employee_logs_in_once_and_enrols_once,
		a_proof_by_a_ticket_is_good_for_nothing_else,
		no_sudo_goes_on_by_a_ticket,
		whoever_enrols_him_ends_his_tickets_to_enrol,
		no_code_leaves_in_a_backup,
		a_rotated_key_carries_them,
		a_clone_inherits_none,
		a_store_of_before_has_none_and_logins_go_on,
		on_a_clock_set_back_none_opens_and_nobody_is_blamed,
		what_crosses_the_pipe_is_checked,
	};
	Suite *s = suite_create("ticket");
	TCase *t = tcase_create("store");
	size_t i;

	tcase_set_timeout(t, 240);
	tcase_add_checked_fixture(t, setup, test_store_teardown);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(t, tests[i]);
	tcase_add_loop_test(t, it_does_not_outlive_his_place_nor_comes_back,
	    0, (int)(sizeof(ends) / sizeof(ends[0])));
	tcase_add_loop_test(t, nothing_comes_back_alive_from_a_backup, 0,
	    (int)(sizeof(after_backup) / sizeof(after_backup[0])));
	tcase_add_loop_test(t,
	    a_row_that_was_edited_opens_nothing_and_shuts_nobody_out, 0,
	    (int)(sizeof(edits) / sizeof(edits[0])));
	tcase_add_loop_test(t,
	    killed_before_any_statement_the_old_state_or_the_new, 0,
	    (int)(sizeof(kills) / sizeof(kills[0])));
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{
	return (test_main(suite));
}
