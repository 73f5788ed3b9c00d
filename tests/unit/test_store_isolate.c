/*
 * test_store_isolate.c - test of edge/isolate and the store's pipe: calls made
 * in a process of its own, where their caller cannot stop them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Runs the built sekisho-store, as root; skipped otherwise.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <fcntl.h>
#include <sched.h>

#include "../../common/edge/store/frame.h"
#include "sekisho/edge/isolate.h"
#include "sekisho/model/role.h"
#include "sekisho/rule/approval.h"
#include "store.h"

static char program[128];	/* a copy that is root's alone */
static bool allowed;

static bool
copy_program(void)
{
	const char *build = getenv("SEK_BUILDDIR");
	char from[1024], cmd[4096];

	(void)snprintf(from, sizeof(from), "%s/sekisho-store",
	    build != NULL ? build : ".");
	(void)snprintf(program, sizeof(program), "%s/sekisho-store", test_dir);
	(void)snprintf(cmd, sizeof(cmd), "cp '%s' '%s' && chmod 755 '%s' && "
	    "chown root:root '%s' 2>/dev/null", from, program, program,
	    program);
	return (geteuid() == 0 && access(from, X_OK) == 0 &&
	    system(cmd) == 0);
}

static void
setup(void)
{

	test_store_setup();
	allowed = copy_program();
	if (!allowed)
		(void)printf("skip: not root, or no sekisho-store built\n");
}

static struct sek_store *
open_pipe(void)
{
	struct sek_store *st = test_open();

	sek_store_use(st, NULL, SEK_CARRY_PIPE, program);
	return (st);
}

/* What a script says when it is run there; the answer's text. */
static void
script(const char *text, char *answer, size_t size)
{
	char path[128];
	struct sek_why why = { "" };
	size_t len = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/script", test_dir);
	ck_assert_ptr_nonnull(f = fopen(path, "w"));
	(void)fprintf(f, "#!%s\n", text);
	(void)fclose(f);
	ck_assert_int_eq(chmod(path, 0755), 0);
	/* cat of a file reads no request, so it gets none */
	ck_assert_msg(sek_isolate_run(path, "hello\n",
	    strstr(text, "read") != NULL ? 6 : 0, answer, size - 1, &len, 5000,
	    &why) == SEK_OK, "%s", why.text);
	answer[len] = '\0';
}

START_TEST(a_login_goes_over_the_pipe)
{
	struct sek_store *st = test_open(), *pipe_ = open_pipe();
	struct sek_consume_out out;
	struct sek_admit in;
	struct sek_admit_out admitted;
	static struct sek_lookup_out look;

	if (!allowed)
		return;
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	test_lookup(pipe_, "alice", &look);
	ck_assert_uint_eq(look.nauthenticators, 1);
	out = test_consume(pipe_, "alice", 5, test_hotp(0));
	ck_assert_uint_eq(out.verdict, SEK_OATH_OK);
	test_ok(pipe_, sek_store_idle(pipe_));
	test_admit_fill(&in, "alice");
	test_ok(pipe_, sek_store_admit(pipe_, &in, &admitted));
	ck_assert_uint_eq(strlen(admitted.id), 32);
	test_verify_ok(st);
	sek_store_free(&pipe_);
	sek_store_free(&st);
}
END_TEST

START_TEST(an_opened_envelope_goes_over_the_pipe)
{
	struct sek_store *st = test_open(), *pipe_ = open_pipe();
	struct sek_break_glass in;
	struct sek_admit_out out;

	if (!allowed)
		return;
	memset(&in, 0, sizeof(in));
	in.who = test_who("root");
	in.who.uid = 0;
	in.admits = 1;
	(void)snprintf(in.envelope, sizeof(in.envelope), "0123abcd");
	ck_assert_int_eq(sek_clock_now(&in.at), SEK_OK);
	in.not_after = in.at.wall + SEK_DAY;
	ck_assert_int_eq(sek_process_get(&in.gate, 0), SEK_OK);
	test_ok(pipe_, sek_store_break_glass(pipe_, &in, &out));
	ck_assert_uint_eq(strlen(out.id), 32);
	test_ok(pipe_, sek_store_break_glass(pipe_, &in, &out));
	ck_assert_str_eq(out.id, "");
	ck_assert_uint_eq(test_records(st, "break-glass", "root").records, 1);
	in.envelope[0] = 'x';
	test_is(pipe_, sek_store_break_glass(pipe_, &in, &out),
	    SEK_ERR_SYNTAX);
	in.envelope[0] = '\0';
	test_is(pipe_, sek_store_break_glass(pipe_, &in, &out),
	    SEK_ERR_RANGE);
	sek_store_free(&pipe_);
	sek_store_free(&st);
}
END_TEST

/* An admission of this process, taken as a proof, over the pipe. */
static void
prove(struct sek_store *st, const char *name, uint32_t uid,
    struct sek_actor *who)
{
	static struct sek_admit in;
	struct sek_admit_out admitted;
	struct sek_take_proof take = { .uid = uid };
	struct sek_admission a;

	memset(who, 0, sizeof(*who));
	(void)snprintf(who->account, sizeof(who->account), "%s", name);
	who->uid = uid;
	who->roles = SEK_ROLE_BIT(SEK_ROLE_APPROVER);
	who->audit_session = uid;
	ck_assert_int_eq(sek_process_get(&who->process, 0), SEK_OK);
	test_admit_fill(&in, name);
	in.who.uid = uid;
	(void)snprintf(in.who.service, sizeof(in.who.service), "sekisho-x");
	test_ok(st, sek_store_admit(st, &in, &admitted));
	memcpy(take.id, admitted.id, sizeof(take.id));
	(void)snprintf(take.service, sizeof(take.service), "sekisho-x");
	take.taker = who->process;
	test_ok(st, sek_store_take_proof(st, &take, &a));
	memcpy(who->proof, admitted.id, sizeof(who->proof));
}

/* Slot, code, admission: of a ticket that was asked, given, and used there. */
static void
use_ticket(struct sek_store *st, const char *id, const char *code)
{
	struct sek_claimant who = test_who("alice");
	struct sek_ticket_use in;
	struct sek_ticket_use_out used;
	static struct sek_admit admit;
	struct sek_admit_out admitted;

	memset(&in, 0, sizeof(in));
	in.who = who;
	in.limits = in.caller_limits = test_limits(5);
	(void)snprintf(in.code, sizeof(in.code), "%s", code);
	in.purposes = SEK_PURPOSE_BIT(SEK_PURPOSE_SUBSTITUTE);
	ck_assert_int_eq(test_reserve_as(st, &who, 5, in.slot),
	    SEK_SLOT_GRANTED);
	test_ok(st, sek_store_ticket_use(st, &in, &used));
	ck_assert_uint_eq(used.right, 1);
	ck_assert_str_eq(used.id, id);
	test_admit_fill(&admit, "alice");
	memcpy(admit.ticket, used.id, sizeof(admit.ticket));
	test_ok(st, sek_store_admit(st, &admit, &admitted));
}

START_TEST(tickets_go_over_the_pipe)
{
	struct sek_store *st = test_open(), *pipe_ = open_pipe();
	static struct sek_approval_ask ask;
	static struct sek_approval_decide give;
	static struct sek_approval_out out;
	static struct sek_substitute in;
	static struct sek_substitute_out sub;
	static struct sek_lookup_out look;
	static struct sek_enrol extra;
	static struct sek_admit login;
	char code[SEK_TICKET_CODE];
	struct sek_moment now;

	if (!allowed)
		return;
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	in.who = test_who("alice");
	in.max = 3;
	in.not_after = now.wall + 3600 * SEK_SECOND;
	test_enrol_fill(&extra, "bob", SEK_METHOD_HOTP);
	extra.key[0]++;
	test_ok(st, sek_store_enrol(st, &extra, NULL));
	test_enrol_fill(&extra, "carol", SEK_METHOD_HOTP);
	extra.key[0] += 2;
	test_ok(st, sek_store_enrol(st, &extra, NULL));
	/* Whose uid is bound by a login only. */
	test_admit_fill(&login, "alice");
	test_ok(st, sek_store_admit(st, &login,
	    &(struct sek_admit_out){ 0 }));
	prove(pipe_, "bob", 1001, &in.witness);
	test_ok(pipe_, sek_store_substitute(pipe_, &in, &sub));
	ck_assert_uint_eq(strspn(sub.code, "0123456789"), SEK_TICKET_DIGITS);
	test_lookup(pipe_, "alice", &look);
	ck_assert_uint_eq(look.tickets,
	    SEK_PURPOSE_BIT(SEK_PURPOSE_SUBSTITUTE));
	ck_assert_uint_eq(look.bound, 1);
	use_ticket(pipe_, sub.a.id, sub.code);
	ask.a.kind = SEK_APPROVAL_TICKET;
	(void)snprintf(ask.a.key, sizeof(ask.a.key), "substitute");
	(void)snprintf(ask.a.users, sizeof(ask.a.users), "alice");
	(void)snprintf(ask.a.reason, sizeof(ask.a.reason), "忘れ物");
	ask.a.not_after = now.wall + 3600 * SEK_SECOND;
	ask.max = give.max = 3;
	ask.subject_uid = 1000;
	prove(pipe_, "carol", 1002, &ask.who);
	test_ok(pipe_, sek_store_approval_ask(pipe_, &ask, &out));
	memcpy(code, out.code, sizeof(code));
	ck_assert_uint_eq(strlen(code), SEK_TICKET_DIGITS);
	memcpy(give.id, out.a.id, sizeof(give.id));
	give.act = SEK_ACT_GIVE;
	prove(pipe_, "bob", 1001, &give.who);
	test_ok(pipe_, sek_store_approval_decide(pipe_, &give, &out));
	ck_assert_str_eq(out.code, "");
	use_ticket(pipe_, give.id, code);
	test_verify_ok(st);
	sek_store_free(&pipe_);
	sek_store_free(&st);
}
END_TEST

/* As many as there may be: the longest answer of cards there is. */
START_TEST(cards_go_over_the_pipe)
{
	struct sek_store *st = test_open(), *pipe_ = open_pipe();
	static struct sek_card_list_out listed;
	static struct sek_card_use use;
	static struct sek_enrol e;
	struct sek_card_list in = { .who = test_who("alice") };
	struct sek_card_use_out out;
	struct sek_card *c = &e.card;
	char slot[SEK_ID_MAX];
	unsigned i;

	if (!allowed)
		return;
	for (i = 0; i < SEK_AUTHENTICATORS_MAX; i++) {
		test_enrol_fill(&e, "alice", i == 0 ? SEK_METHOD_CARD_UID :
		    SEK_METHOD_CARD_PIV);
		e.key_len = 0;
		c->identity_len = 8;
		memset(c->identity, (int)i + 1, 8);
		c->brief.driver = SEK_CARD_UID;
		if (i > 0) {
			c->brief.driver = SEK_CARD_PIV;
			c->brief.algorithm = SEK_CARD_RSA3072;
			c->brief.key = 0x9a;
			c->brief.pin = 1;
			c->brief.not_after = 1893456000;
			c->public_len = SEK_CARD_PUBLIC_MAX;
			memset(c->public_key, (int)i, c->public_len);
		}
		test_ok(st, sek_store_enrol(st, &e, NULL));
	}
	test_ok(pipe_, sek_store_card_list(pipe_, &in, &listed));
	ck_assert_uint_eq(listed.n, SEK_AUTHENTICATORS_MAX);
	for (i = 0; i < listed.n; i++)
		if (listed.card[i].public_len != 0 &&
		    listed.card[i].public_key[0] == 7)
			break;
	ck_assert_uint_lt(i, listed.n);
	ck_assert_int_eq(test_reserve(pipe_, "alice", 5, slot),
	    SEK_SLOT_GRANTED);
	use.who = test_who("alice");
	use.limits = use.caller_limits = test_limits(5);
	memcpy(use.slot, slot, sizeof(use.slot));
	memcpy(use.authenticator, listed.id[i], sizeof(use.authenticator));
	use.public_len = listed.card[i].public_len;
	memcpy(use.public_key, listed.card[i].public_key, use.public_len);
	test_ok(pipe_, sek_store_card_use(pipe_, &use, &out));
	ck_assert_uint_eq(out.right, 1);
	ck_assert_str_eq(out.authenticator, listed.id[i]);
	ck_assert_int_eq(test_reserve(pipe_, "alice", 5, slot),
	    SEK_SLOT_GRANTED);
	memcpy(use.slot, slot, sizeof(use.slot));
	memset(use.authenticator, 0, sizeof(use.authenticator));
	use.public_len = 0;
	use.uid_len = 8;
	memset(use.uid, 1, 8);
	test_ok(pipe_, sek_store_card_use(pipe_, &use, &out));
	ck_assert_uint_eq(out.right, 1);
	ck_assert_str_eq(out.person, "p-alice");
	test_verify_ok(st);
	sek_store_free(&pipe_);
	sek_store_free(&st);
}
END_TEST

START_TEST(traits_go_over_the_pipe)
{
	static struct sek_enrol e;
	static struct sek_biometric_use use;
	struct sek_store *st = test_open(), *pipe_ = open_pipe();
	struct sek_biometric_list in = { .who = test_who("alice"),
	    .method = SEK_METHOD_FINGERPRINT };
	struct sek_biometric_try t = { .who = in.who, .method = in.method,
	    .missed = 1, .tries = 3, .cap = 20, .pause = 30 * SEK_SECOND };
	struct sek_biometric_list_out listed;
	struct sek_biometric_try_out tried;
	struct sek_biometric_use_out out;
	char slot[SEK_ID_MAX];
	unsigned i;

	if (!allowed)
		return;
	for (i = 1; i <= SEK_TRAITS_MAX; i++) {
		test_enrol_fill(&e, "alice", SEK_METHOD_FINGERPRINT);
		e.key_len = 0;
		e.biometric.brief.finger = (uint8_t)i;
		(void)snprintf(e.biometric.account, SEK_NAME_MAX, "alice");
		memset(e.biometric.digest, (int)i,
		    sizeof(e.biometric.digest));
		test_ok(st, sek_store_enrol(st, &e, NULL));
	}
	test_ok(pipe_, sek_store_biometric_list(pipe_, &in, &listed));
	ck_assert_uint_eq(listed.n, SEK_TRAITS_MAX);
	for (i = 0; i < 3; i++)
		test_ok(pipe_, sek_store_biometric_try(pipe_, &t, &tried));
	ck_assert_uint_eq(tried.open, 1);
	ck_assert_int_eq(tried.pause, 30 * SEK_SECOND);
	ck_assert_int_eq(test_reserve(pipe_, "alice", 5, slot),
	    SEK_SLOT_GRANTED);
	use.who = in.who;
	use.limits = use.caller_limits = test_limits(5);
	memcpy(use.slot, slot, sizeof(use.slot));
	use.method = in.method;
	use.n = listed.n;
	memcpy(use.id, listed.id, sizeof(use.id));
	memcpy(use.trait, listed.trait, sizeof(use.trait));
	test_ok(pipe_, sek_store_biometric_use(pipe_, &use, &out));
	ck_assert_uint_eq(out.right, 1);
	ck_assert_str_eq(out.authenticator, listed.id[0]);
	ck_assert_str_eq(out.person, "p-alice");
	test_verify_ok(st);
	sek_store_free(&pipe_);
	sek_store_free(&st);
}
END_TEST

START_TEST(errors_and_their_sentence_come_back)
{
	struct sek_store *st = open_pipe();
	struct sek_lookup in = { .who = test_who("alice"),
	    .limits = test_limits(5) };
	static struct sek_lookup_out out;

	if (!allowed)
		return;
	ck_assert_int_eq(unlink(test_config.path), 0);
	test_is(st, sek_store_lookup(st, &in, &out), SEK_ERR_STORE_MISSING);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), "sekisho init"));
	sek_store_free(&st);
}
END_TEST

/* Also what the rules say no to comes back as such, and with what it is. */
START_TEST(what_is_asked_and_decided_goes_over_the_pipe)
{
	struct sek_store *st = test_open(), *pipe_ = open_pipe();
	static struct sek_approval_ask in = {
		.a = { .kind = SEK_APPROVAL_EXCEPTION,
		    .key = "factors.kinds", .value = "1", .reason = "理由" },
		.who = { .account = "alice", .uid = 1000, .audit_session = 1 },
	};
	static struct sek_approval_decide decide = {
		.act = SEK_ACT_GIVE,
		.who = { .account = "alice", .uid = 1000, .audit_session = 2,
		    .roles = SEK_ROLE_BIT(SEK_ROLE_CISO) },
	};
	static struct sek_approval_out out;
	static struct sek_approval_list_out list;
	static struct sek_allowance_out allowed_;
	struct sek_approval_list all = { .kind = 0 };
	struct sek_allowance_in key = { "factors.kinds" };
	struct sek_moment now;

	if (!allowed)
		return;
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	ck_assert_int_eq(sek_process_get(&in.who.process, 0), SEK_OK);
	decide.who.process = in.who.process;
	test_is(pipe_, sek_store_approval_ask(pipe_, &in, &out),
	    SEK_ERR_REFUSED);
	ck_assert_uint_eq(out.no, SEK_NO_TIME);
	in.a.not_after = now.wall + 3600 * SEK_SECOND;
	test_ok(pipe_, sek_store_approval_ask(pipe_, &in, &out));
	memcpy(decide.id, out.a.id, sizeof(decide.id));
	test_is(pipe_, sek_store_approval_decide(pipe_, &decide, &out),
	    SEK_ERR_REFUSED);
	ck_assert_uint_eq(out.no, SEK_NO_SAME_PERSON);
	ck_assert_str_eq(out.a.id, decide.id);
	test_ok(pipe_, sek_store_approvals(pipe_, &all, &list));
	ck_assert_uint_eq(list.n, 1);
	ck_assert_str_eq(list.a[0].reason, "理由");
	test_ok(pipe_, sek_store_allowance(pipe_, &key, &allowed_));
	ck_assert_uint_eq(allowed_.n, 0);
	test_verify_ok(st);
	sek_store_free(&pipe_);
	sek_store_free(&st);
}
END_TEST

START_TEST(after_a_fork_the_child_uses_the_pipe)
{
	struct sek_store *st = test_open();
	struct sek_consume_out out;
	pid_t pid;

	if (!allowed)
		return;
	sek_store_use(st, NULL, SEK_CARRY_AS_NEEDED, program);
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	if ((pid = test_fork()) == 0) {
		out = test_consume(st, "alice", 5, test_hotp(0));
		ck_assert_uint_eq(out.verdict, SEK_OATH_OK);
		sek_store_close(st);
		sek_store_free(&st);
		_exit(0);
	}
	test_wait(pid);
	/* the parent's connection sees it, and goes on */
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(0)).verdict,
	    SEK_OATH_REPLAYED);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(1)).verdict,
	    SEK_OATH_OK);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(inherited_store_refuses_a_tools_call)
{
	struct sek_store *st = test_open();
	struct sek_store_status s;
	pid_t pid;

	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	if ((pid = test_fork()) == 0) {
		ck_assert_int_eq(sek_store_status(st, &s, NULL, NULL),
		    SEK_ERR_INTERNAL);
		_exit(0);
	}
	test_wait(pid);
	sek_store_free(&st);
}
END_TEST

START_TEST(nothing_of_the_caller_is_left)
{
	struct rlimit tiny = { 1, 1 };
	struct itimerval soon = { { 0, 0 }, { 3600, 0 } };
	char answer[8192];

	if (!allowed)
		return;
	(void)setenv("LD_PRELOAD", "/nonexistent/evil.so", 1);
	(void)setenv("SECRET_OF_CALLER", "x", 1);
	(void)umask(0);
	ck_assert_int_eq(chdir(test_dir), 0);
	ck_assert_int_eq(nice(5) == -1, 0);
	(void)signal(SIGTERM, SIG_IGN);
	ck_assert_int_eq(prctl(PR_SET_TIMERSLACK, 1000000UL, 0, 0,
	    0), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_CORE, &tiny), 0);
	ck_assert_int_ge(fcntl(open("/dev/null", O_RDONLY), F_DUPFD, 20), 20);
	script("/bin/sh\nread x; echo got $x; pwd; umask; env | grep -c SECRET; "
	    "env | grep -c PRELOAD; ls /proc/$$/fd | tr '\\n' ' '; echo; "
	    "nice; id -u; grep ^0:: /proc/self/cgroup", answer,
	    sizeof(answer));
	ck_assert_msg(strstr(answer, "got hello\n/\n0077\n0\n0\n") != NULL,
	    "%s", answer);
	ck_assert_msg(strstr(answer, "\n0\n0\n0::/\n") != NULL ||
	    strstr(answer, "\n0\n0\n0::/init.scope\n") != NULL ||
	    strstr(answer, "0::") == NULL, "%s", answer);
	ck_assert_ptr_null(strstr(answer, " 20 "));
	script("/bin/cat /proc/self/timerslack_ns", answer, sizeof(answer));
	ck_assert_msg(strncmp(answer, "50000\n", 6) == 0, "%s", answer);
	script("/bin/cat /proc/self/status", answer, sizeof(answer));
	ck_assert_msg(strstr(answer, "SigIgn:\t0000000000000000") != NULL,
	    "%s", answer);
	/* all signals blocked but those that cannot be */
	ck_assert_msg(strstr(answer, "SigBlk:\tfffffff") != NULL, "%s",
	    answer);
}
END_TEST

START_TEST(child_leaves_no_sigchld_and_no_zombie)
{
	char answer[64];
	sigset_t set, pending;

	if (!allowed)
		return;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	script("/bin/cat", answer, sizeof(answer));
	ck_assert_ptr_nonnull(strstr(answer, "#!/bin/cat"));
	(void)sigpending(&pending);
	ck_assert_int_eq(sigismember(&pending, SIGCHLD), 0);
	ck_assert_int_eq(waitpid(-1, NULL, __WALL | WNOHANG), -1);
}
END_TEST

START_TEST(what_hangs_is_ended_in_time)
{
	char path[128], answer[64];
	struct sek_why why = { "" };
	struct timespec a, b;
	size_t len;
	FILE *f;

	if (!allowed)
		return;
	(void)snprintf(path, sizeof(path), "%s/script", test_dir);
	ck_assert_ptr_nonnull(f = fopen(path, "w"));
	(void)fputs("#!/bin/sh\nexec sleep 100\n", f);
	(void)fclose(f);
	ck_assert_int_eq(chmod(path, 0755), 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	ck_assert_int_eq(sek_isolate_run(path, "", 0, answer, sizeof(answer),
	    &len, 300, &why), SEK_ERR_TIMEOUT);
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	ck_assert_int_lt(b.tv_sec - a.tv_sec, 5);
	ck_assert_ptr_nonnull(strstr(why.text, path));
}
END_TEST

START_TEST(program_others_may_change_is_not_run)
{
	struct sek_why why = { "" };
	char answer[64];
	size_t len;

	if (!allowed)
		return;
	ck_assert_int_eq(chmod(program, 0777), 0);
	ck_assert_int_eq(sek_isolate_run(program, "", 0, answer,
	    sizeof(answer), &len, 300, &why), SEK_ERR_UNTRUSTED);
}
END_TEST

/* A cgroup somebody else owns, as systemd gives each user one. */
static bool
make_users_cgroup(char *path, size_t size)
{
	static const char *const roots[] = { "/sys/fs/cgroup",
	    "/sys/fs/cgroup/unified" };
	char file[160];
	size_t i;

	for (i = 0; i < 2; i++) {
		(void)snprintf(file, sizeof(file), "%s/cgroup.procs",
		    roots[i]);
		if (access(file, W_OK) != 0)
			continue;
		(void)snprintf(path, size, "%s/sekisho-test-%d", roots[i],
		    (int)getpid());
		return (mkdir(path, 0755) == 0 &&
		    chown(path, 65534, 65534) == 0);
	}
	return (false);
}

static void
put(const char *dir, const char *name, const char *value)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	ck_assert_int_ge(fd = open(path, O_WRONLY), 0);
	ck_assert_int_eq(write(fd, value, strlen(value)),
	    (ssize_t)strlen(value));
	(void)close(fd);
}

START_TEST(frozen_with_his_cgroup_he_holds_nobody_up)
{
	struct sek_store *st = test_open();
	char cgroup[128], slot[SEK_ID_MAX], pid_text[16];
	struct timespec a, b;
	pid_t pid;
	int i;

	if (!allowed || !make_users_cgroup(cgroup, sizeof(cgroup))) {
		(void)printf("skip: no cgroups v2 to write to\n");
		return;
	}
	if ((pid = test_fork()) == 0) {
		struct sek_store *his = test_open();

		put(cgroup, "cgroup.procs", "0");
		if (!sek_isolate_needed())
			_exit(1);
		sek_store_use(his, NULL, SEK_CARRY_AS_NEEDED, program);
		for (;;)
			if (test_reserve(his, "mallory", 100, slot) ==
			    SEK_SLOT_GRANTED)
				(void)test_settle(his, "mallory", 100, slot,
				    SEK_SETTLE_FAILED);
	}
	(void)snprintf(pid_text, sizeof(pid_text), "%d", (int)pid);
	(void)usleep(100000);
	for (i = 0; i < 12; i++) {
		put(cgroup, "cgroup.freeze", "1");
		(void)usleep(20000);
		(void)clock_gettime(CLOCK_MONOTONIC, &a);
		ck_assert_int_eq(test_reserve(st, "alice", 100, slot),
		    SEK_SLOT_GRANTED);
		(void)clock_gettime(CLOCK_MONOTONIC, &b);
		ck_assert_int_lt((b.tv_sec - a.tv_sec) * 1000 +
		    (b.tv_nsec - a.tv_nsec) / 1000000, 1000);
		put(cgroup, "cgroup.freeze", "0");
		(void)usleep(7000 * (unsigned)i);
	}
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	for (i = 0; i < 100 && rmdir(cgroup) != 0; i++)
		(void)usleep(10000);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(plain_user_is_isolated)
{
	pid_t pid;

	if (!allowed)
		return;
	if ((pid = test_fork()) == 0) {
		if (setresuid(65534, 0, 0) != 0)
			_exit(2);
		_exit(sek_isolate_needed() ? 0 : 1);
	}
	test_wait(pid);
}
END_TEST

/* A setuid program's process: real uid of its caller, effective root. */
START_TEST(setuid_process_gets_its_call_made)
{
	struct sek_store *st;
	pid_t pid;

	if (!allowed)
		return;
	if ((pid = test_fork()) == 0) {
		char slot[SEK_ID_MAX];

		if (setresuid(65534, 0, 0) != 0)
			_exit(2);
		st = test_open();
		sek_store_use(st, NULL, SEK_CARRY_AS_NEEDED, program);
		_exit(test_reserve(st, "alice", 5, slot) == SEK_SLOT_GRANTED ?
		    0 : 1);
	}
	test_wait(pid);
}
END_TEST

START_TEST(store_program_refuses_who_is_not_root)
{
	char cmd[2600];

	if (!allowed)
		return;
	ck_assert_int_eq(chmod(test_dir, 0755), 0);
	(void)snprintf(cmd, sizeof(cmd), "setpriv --reuid=65534 '%s' "
	    "</dev/null", program);
	ck_assert_int_eq(WEXITSTATUS(system(cmd)), 111);
	(void)snprintf(cmd, sizeof(cmd), "echo nonsense | '%s'", program);
	ck_assert_int_eq(WEXITSTATUS(system(cmd)), 100);
}
END_TEST

START_TEST(bad_frames_are_refused)
{
	struct sek_reserve in = { .who = test_who("alice"),
	    .limits = test_limits(5), .bound = SEK_SECOND,
	    .owner = { 1, 1, 0 } };
	const struct sek_frame_request *head;
	void *frame, *copy;
	const void *body;
	char *bytes;
	size_t len, i;

	ck_assert_int_eq(sek_frame_request(&frame, &len, SEK_OP_RESERVE, false,
	    &test_config, &in), SEK_OK);
	bytes = frame;
	ck_assert_int_eq(sek_frame_parse(&copy, &head, &body, frame, len),
	    SEK_OK);
	free(copy);
	for (i = 0; i < len; i++)
		ck_assert_int_ne(sek_frame_parse(&copy, &head, &body, frame,
		    i), SEK_OK);
	/* a string without its end */
	memset(bytes + len - sizeof(in), 'x', SEK_NAME_MAX);
	ck_assert_int_ne(sek_frame_parse(&copy, &head, &body, frame, len),
	    SEK_OK);
	free(frame);
	in.limits.deny = SEK_DENY_MAX + 1;
	ck_assert_int_eq(sek_frame_request(&frame, &len, SEK_OP_RESERVE, false,
	    &test_config, &in), SEK_OK);
	ck_assert_int_ne(sek_frame_parse(&copy, &head, &body, frame, len),
	    SEK_OK);
	free(frame);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("store-isolate");
	TCase *t = tcase_create("isolate");

	tcase_add_checked_fixture(t, setup, test_store_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_login_goes_over_the_pipe);
	tcase_add_test(t, an_opened_envelope_goes_over_the_pipe);
	tcase_add_test(t, tickets_go_over_the_pipe);
	tcase_add_test(t, what_is_asked_and_decided_goes_over_the_pipe);
	tcase_add_test(t, cards_go_over_the_pipe);
	tcase_add_test(t, traits_go_over_the_pipe);
	tcase_add_test(t, errors_and_their_sentence_come_back);
	tcase_add_test(t, after_a_fork_the_child_uses_the_pipe);
	tcase_add_test(t, inherited_store_refuses_a_tools_call);
	tcase_add_test(t, nothing_of_the_caller_is_left);
	tcase_add_test(t, child_leaves_no_sigchld_and_no_zombie);
	tcase_add_test(t, what_hangs_is_ended_in_time);
	tcase_add_test(t, program_others_may_change_is_not_run);
	tcase_add_test(t, frozen_with_his_cgroup_he_holds_nobody_up);
	tcase_add_test(t, plain_user_is_isolated);
	tcase_add_test(t, setuid_process_gets_its_call_made);
	tcase_add_test(t, store_program_refuses_who_is_not_root);
	tcase_add_test(t, bad_frames_are_refused);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
