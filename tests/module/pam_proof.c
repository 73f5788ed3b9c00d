/*
 * pam_proof.c - a proof for one purpose, by the built modules
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <unistd.h>

#include "tests/module/prover.h"

#define STACK	AUTH_LINES ACCOUNT_LINES

static void
types(struct prover *p, const char *password, const char *code)
{

	memset(p, 0, sizeof(*p));
	p->password = password;
	p->code = code;
}

static enum sek_err
count_one(void *arg, const struct sek_admission *a,
    const struct sek_process *gate, const struct sek_process *parent)
{

	(void)a;
	(void)gate;
	(void)parent;
	++*(unsigned *)arg;
	return (SEK_OK);
}

/* Admissions that a session could still take. */
static unsigned
admissions(void)
{
	struct sek_store *st = world_store();
	unsigned n = 0;

	ck_assert_int_eq(sek_store_admissions(st, count_one, &n), SEK_OK);
	sek_store_free(&st);
	return (n);
}

static void
services(const char *text)
{
	world_service(SEK_PROOF_LOCKER, text);
	world_service(SEK_PROOF_HELPER, text);
	world_service(SEK_PROOF_WITNESS, text);
}

START_TEST(right_proves_once_and_serves_one_act)
{
	struct prover p;
	struct sek_admission a;
	char hotp[SEK_ID_MAX];

	services(STACK);
	(void)snprintf(hotp, sizeof(hotp), "%s", world_hotp("alice"));
	types(&p, PASSWORD, world_hotp_code("alice", 0));
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_OK);
	ck_assert_str_eq(a.account, "alice");
	ck_assert_str_eq(a.service, SEK_PROOF_HELPER);
	ck_assert_str_eq(a.authenticator, hotp);
	ck_assert_uint_eq(a.uid, ALICE_UID);
	ck_assert_uint_eq(a.kinds, SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION);
	ck_assert_uint_eq(p.prompts, 2);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, 0), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_SCREEN_UNLOCK, 0), 0);
	ck_assert_int_eq(prover_act("alice", ALICE_UID, a.id, hotp), SEK_OK);
	ck_assert_int_eq(prover_act("alice", ALICE_UID, a.id, hotp),
	    SEK_ERR_REFUSED);
	world_check_store();
}
END_TEST

START_TEST(unlock_is_recorded_as_one_and_proves_no_act)
{
	struct prover p;
	struct sek_admission a;
	char hotp[SEK_ID_MAX];

	services(STACK);
	(void)snprintf(hotp, sizeof(hotp), "%s", world_hotp("alice"));
	types(&p, PASSWORD, world_hotp_code("alice", 0));
	prover_is(&p, SEK_PROOF_LOCKER, "alice", &a, SEK_OK);
	ck_assert_int_eq(prover_act("alice", ALICE_UID, a.id, hotp),
	    SEK_ERR_REFUSED);
	ck_assert_uint_eq(world_records(SEK_EVENT_SCREEN_UNLOCK, 0), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_SCREEN_UNLOCK,
	    SEK_FIELD_SUBJECT), "alice");
	ck_assert_uint_eq(world_records(SEK_EVENT_LOGIN, 0), 0);
}
END_TEST

START_TEST(wrong_is_refused_and_counts)
{
	struct prover p;
	struct sek_admission a;

	services(STACK);
	(void)world_hotp("alice");
	types(&p, "wrong", world_hotp_code("alice", 0));
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_REFUSED);
	ck_assert_uint_eq(world_failures("alice"), 1);
	types(&p, PASSWORD, world_wrong_code("alice"));
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_REFUSED);
	ck_assert_uint_eq(world_failures("alice"), 2);
	types(&p, PASSWORD, world_hotp_code("alice", 0));
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_OK);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(given_up_at_the_prompt_counts_nothing)
{
	struct prover p;
	struct sek_admission a;

	services(STACK);
	(void)world_hotp("alice");
	types(&p, NULL, NULL);
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_CONV);
	p.password = PASSWORD;
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_CONV);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(locked_is_refused_with_its_end)
{
	struct prover p;
	struct sek_admission a;
	int i;

	services(STACK);
	(void)world_hotp("alice");
	types(&p, "wrong", "000000");
	for (i = 0; i < 5; i++)
		prover_is(&p, SEK_PROOF_HELPER, "alice", &a,
		    SEK_ERR_REFUSED);
	types(&p, PASSWORD, world_hotp_code("alice", 0));
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(p.told, "Locked after too many"));
	ck_assert(world_locked("alice"));
}
END_TEST

static void
suspend_at_the_code(struct prover *p, const char *prompt)
{

	(void)p;
	if (strstr(prompt, "code") != NULL)
		world_suspend("alice");
}

START_TEST(suspended_at_the_prompt_is_refused)
{
	struct prover p;
	struct sek_admission a;

	services(STACK);
	(void)world_hotp("alice");
	types(&p, PASSWORD, world_hotp_code("alice", 0));
	p.at_prompt = suspend_at_the_code;
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_REFUSED);
	ck_assert_uint_eq(p.prompts, 2);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, 0), 0);
}
END_TEST

START_TEST(unknown_name_is_asked_the_same_and_refused)
{
	struct prover known, unknown;
	struct sek_admission a;

	services(STACK);
	(void)world_hotp("alice");
	types(&known, "wrong", "000000");
	unknown = known;
	prover_is(&known, SEK_PROOF_WITNESS, "alice", &a, SEK_ERR_REFUSED);
	prover_is(&unknown, SEK_PROOF_WITNESS, "nobody-here", &a,
	    SEK_ERR_REFUSED);
	ck_assert_str_eq(known.asked, unknown.asked);
	ck_assert_str_eq(known.told, unknown.told);
}
END_TEST

/* Stacks that could let in without our gate, or that are not there. */
static const struct {
	const char	*text;
	const char	*why;
} unsound[] = {
	{ "auth sufficient pam_permit.so\n" STACK, ":1: lets in" },
	{ STACK "account sufficient pam_permit.so\n", NULL },
	{ AUTH_LINES "account sufficient pam_permit.so\n"
	    "account required @gate\n", ":6: lets in" },
	{ AUTH_LINES "account required pam_permit.so\n", ":6: lets in" },
	{ "auth required pam_permit.so\n" ACCOUNT_LINES, ":1: lets in" },
	{ AUTH_LINES, "in account" },
	{ ACCOUNT_LINES, "in auth" },
	{ "", "in auth" },
	{ "auth required @lockout\n"
	    "auth required @password backend=pam_permit.so\n"
	    "auth required @oath\nauth required @gate\n" ACCOUNT_LINES,
	    ":2: this backend" },
	{ "auth required @lockout\n"
	    "auth required @password backend=pam_unix.so nullok\n"
	    "auth required @oath\nauth required @gate\n" ACCOUNT_LINES,
	    ":2: nullok" },
	{ "auth include sekisho-not-there\n" ACCOUNT_LINES,
	    ":1: the included file is not there" },
	{ "auth required pam_sekisho_not_there.so\n" STACK,
	    ":1: the module is not there" },
	{ "auth required @gate\n" STACK, ":1: no pam_sekisho_lockout" },
	{ AUTH_LINES "auth required @oath\n" ACCOUNT_LINES,
	    ":6: comes after" }
};

START_TEST(unsound_stack_is_refused_before_anything_is_asked)
{
	struct prover p;
	struct sek_admission a;

	(void)world_hotp("alice");
	world_service(SEK_PROOF_HELPER, unsound[_i].text);
	types(&p, PASSWORD, world_hotp_code("alice", 0));
	if (unsound[_i].why == NULL) {	/* behind the gate: harmless */
		prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_OK);
		return;
	}
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_UNTRUSTED);
	ck_assert_uint_eq(p.prompts, 0);
	ck_assert_str_eq(p.told, "");
	ck_assert_msg(strstr(p.why.text, unsound[_i].why) != NULL, "%s",
	    p.why.text);
	ck_assert_ptr_nonnull(strstr(p.why.text, SEK_PROOF_HELPER));
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(service_without_a_file_is_refused_though_other_answers)
{
	struct prover p;
	struct sek_admission a;

	(void)world_hotp("alice");
	types(&p, PASSWORD, world_hotp_code("alice", 0));
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_UNTRUSTED);
	ck_assert_uint_eq(p.prompts, 0);
	ck_assert_ptr_nonnull(strstr(p.why.text, "there is no such file"));
}
END_TEST

START_TEST(service_file_others_may_write_is_refused)
{
	struct prover p;
	struct sek_admission a;

	services(STACK);
	(void)world_hotp("alice");
	types(&p, PASSWORD, world_hotp_code("alice", 0));
	ck_assert_int_eq(chmod(world_path("pam.d/" SEK_PROOF_HELPER), 0666),
	    0);
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_UNTRUSTED);
	ck_assert_ptr_nonnull(strstr(p.why.text, "others may change"));
	ck_assert_int_eq(chmod(world_path("pam.d/" SEK_PROOF_HELPER), 0644),
	    0);
	ck_assert_int_eq(chown(world_path("pam.d/" SEK_PROOF_HELPER),
	    ALICE_UID, 0), 0);
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_UNTRUSTED);
	ck_assert_int_eq(chown(world_path("pam.d/" SEK_PROOF_HELPER), 0, 0),
	    0);
	ck_assert_int_eq(chmod(world_path("pam.d"), 0777), 0);
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_UNTRUSTED);
	ck_assert_uint_eq(p.prompts, 0);
	ck_assert_int_eq(chmod(world_path("pam.d"), 0755), 0);
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_OK);
}
END_TEST

/* A shipped service file; of a folder of its own libpam takes included files
 * by their whole path alone. */
static void
shipped(const char *name)
{
	const char *src = getenv("SEK_SRCDIR");
	char path[4096], out[4096], *text, *at, *line;
	size_t n = 0;

	(void)snprintf(path, sizeof(path), "%s/conf/pam.d/services/%s",
	    src != NULL ? src : ".", name);
	at = text = world_read(path);
	out[0] = '\0';
	while ((line = strsep(&at, "\n")) != NULL) {
		if (line[0] != '#' && strstr(line, "include\t") != NULL)
			n += (size_t)snprintf(out + n, sizeof(out) - n,
			    "%.*s%s\n", (int)(strstr(line, "sekisho") - line),
			    line, world_path("pam.d/%s", strstr(line,
			    "sekisho")));
		else
			n += (size_t)snprintf(out + n, sizeof(out) - n, "%s\n",
			    line);
	}
	free(text);
	world_service(name, out);
}

/* Both phases by include, nothing in the others. */
START_TEST(shipped_service_files_are_sound)
{
	static const char *const names[] = { SEK_PROOF_LOCKER,
	    SEK_PROOF_HELPER, SEK_PROOF_WITNESS };
	struct prover p;
	struct sek_admission a;
	size_t i;

	(void)world_hotp("alice");
	world_service("sekisho-auth", AUTH_LINES);
	world_service("sekisho-account", ACCOUNT_LINES);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		shipped(names[i]);
		types(&p, PASSWORD, world_hotp_code("alice", i));
		prover_is(&p, names[i], "alice", &a, SEK_OK);
	}
	/* Before the snippets were made, or after they went. */
	ck_assert_int_eq(unlink(world_path("pam.d/sekisho-account")), 0);
	types(&p, PASSWORD, world_hotp_code("alice", i));
	prover_is(&p, SEK_PROOF_LOCKER, "alice", &a, SEK_ERR_UNTRUSTED);
	ck_assert_ptr_nonnull(strstr(p.why.text, "sekisho stack snippets"));
	ck_assert_uint_eq(p.prompts, 0);
}
END_TEST

START_TEST(refused_in_account_leaves_no_admission)
{
	struct prover p;
	struct sek_admission a;

	/* A line of an outsider's that refuses behind our gate, or before. */
	services(AUTH_LINES "account requisite pam_deny.so\n" ACCOUNT_LINES);
	(void)world_hotp("alice");
	types(&p, PASSWORD, world_hotp_code("alice", 0));
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_REFUSED);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, 0), 1);
	services(STACK "account required pam_deny.so\n");
	types(&p, PASSWORD, world_hotp_code("alice", 1));
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_REFUSED);
	services("auth required @lockout\n"
	    "auth required @password backend=pam_unix.so\n"
	    "auth required @oath\nauth required @gate\n"
	    "auth required pam_deny.so\n" ACCOUNT_LINES);
	types(&p, PASSWORD, world_hotp_code("alice", 2));
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_REFUSED);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, 0), 3);
	ck_assert_uint_eq(admissions(), 0);
}
END_TEST

START_TEST(change_of_password_due_opens_a_locker_only)
{
	struct prover p;
	struct sek_admission a;

	services(STACK);
	(void)world_hotp("expired");
	types(&p, PASSWORD, world_hotp_code("expired", 0));
	prover_is(&p, SEK_PROOF_LOCKER, "expired", &a, SEK_OK);
	ck_assert_ptr_nonnull(strstr(p.told, "to be changed"));
	types(&p, PASSWORD, world_hotp_code("expired", 1));
	prover_is(&p, SEK_PROOF_HELPER, "expired", &a, SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(p.told, "to be changed"));
	ck_assert_ptr_nonnull(strstr(p.why.text, "to be changed"));
	types(&p, PASSWORD, world_hotp_code("expired", 2));
	prover_is(&p, SEK_PROOF_WITNESS, "expired", &a, SEK_ERR_REFUSED);
	types(&p, PASSWORD, world_hotp_code("ended", 0));
	(void)world_hotp("ended");
	prover_is(&p, SEK_PROOF_LOCKER, "ended", &a, SEK_ERR_REFUSED);
}
END_TEST

START_TEST(another_user_out_of_it_is_refused)
{
	struct prover p;
	struct sek_admission a;

	services(STACK "account required @count become=arisu\n");
	(void)world_hotp("alice");
	types(&p, PASSWORD, world_hotp_code("alice", 0));
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_REFUSED);
	services(STACK "account required @count become=bob\n");
	types(&p, PASSWORD, world_hotp_code("alice", 1));
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(p.why.text, "another user"));
	ck_assert_ptr_nonnull(strstr(p.told, "The proof was refused"));
}
END_TEST

START_TEST(one_kind_opens_a_locker_by_policy_but_proves_no_act)
{
	struct prover p;
	struct sek_admission a;
	const char *hotp;

	services(STACK);
	world_policy("[factors]\nkinds = 1\naccept = password\n");
	hotp = world_hotp("alice");
	types(&p, PASSWORD, NULL);
	prover_is(&p, SEK_PROOF_LOCKER, "alice", &a, SEK_OK);
	ck_assert_uint_eq(a.kinds, SEK_KIND_KNOWLEDGE);
	ck_assert_int_eq(prover_act("alice", ALICE_UID, a.id, hotp),
	    SEK_ERR_REFUSED);
	/* Who acts is asked for both, whatever a login takes. */
	types(&p, PASSWORD, NULL);
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_REFUSED);
	world_policy("[factors]\nkinds = 1\n");
	types(&p, PASSWORD, world_hotp_code("alice", 0));
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_OK);
	ck_assert_uint_eq(a.kinds, SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION);
}
END_TEST

START_TEST(proof_of_another_process_proves_nothing)
{
	struct prover p;
	struct sek_admission a;
	const char *hotp;
	pid_t pid;
	int status;

	services(STACK);
	hotp = world_hotp("alice");
	types(&p, PASSWORD, world_hotp_code("alice", 0));
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_OK);
	if ((pid = fork()) == 0)
		_exit(prover_act("alice", ALICE_UID, a.id, hotp) ==
		    SEK_ERR_REFUSED ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(prover_act("bob", BOB_UID, a.id, hotp),
	    SEK_ERR_REFUSED);
	world_clock_ahead = 121;
	ck_assert_int_eq(prover_act("alice", ALICE_UID, a.id, hotp),
	    SEK_ERR_REFUSED);
	world_clock_ahead = 0;
	ck_assert_int_eq(prover_act("alice", ALICE_UID, a.id, hotp), SEK_OK);
}
END_TEST

/* A PAM transaction within another one's prompt. */
static enum sek_err nested;
static struct sek_admission nested_out;

static void
prove_within(struct login *l, int n, pam_handle_t *h)
{
	struct prover p;

	(void)l;
	(void)h;
	if (n != 1)
		return;
	types(&p, PASSWORD, world_hotp_code("bob", 0));
	nested = prover_run(&p, SEK_PROOF_WITNESS, "bob", &nested_out);
}

START_TEST(proof_within_a_running_login_mixes_nothing)
{
	struct login l;
	char hotp[SEK_ID_MAX];

	services(STACK);
	(void)world_hotp("alice");
	(void)snprintf(hotp, sizeof(hotp), "%s", world_hotp("bob"));
	nested = SEK_ERR_INTERNAL;
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.phases = LOGIN_ALL;
	l.at_prompt = prove_within;
	login_run(&l);
	ck_assert_int_eq(nested, SEK_OK);
	ck_assert_str_eq(nested_out.account, "bob");
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.close, PAM_SUCCESS);
	ck_assert_str_ne(l.admission, nested_out.id);
	ck_assert_str_eq(world_newest(SEK_EVENT_LOGIN, SEK_FIELD_SUBJECT),
	    "alice");
	ck_assert_int_eq(prover_act("bob", BOB_UID, nested_out.id, hotp),
	    SEK_OK);
	/* What failed within fails nothing outside, and the other way. */
	l = login_of("alice", "wrong", world_hotp_code("alice", 1));
	l.at_prompt = prove_within;
	login_run(&l);
	ck_assert_int_eq(nested, SEK_ERR_REFUSED);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(world_failures("bob"), 1);
	ck_assert_uint_eq(world_failures("alice"), 1);
	world_check_store();
}
END_TEST

static void
prove_as_caller(void *arg)
{
	struct prover p;
	struct sek_admission a;
	enum sek_err err;

	types(&p, PASSWORD, world_hotp_code("alice", 0));
	err = prover_run(&p, SEK_PROOF_HELPER, "alice", &a);
	if (err != SEK_OK)
		fprintf(stderr, "%s: %s\n", sek_err_name(err), p.why.text);
	_exit(err == SEK_OK && a.uid == ALICE_UID &&
	    prover_act("alice", ALICE_UID, a.id, arg) == SEK_OK ? 0 : 1);
}

START_TEST(setuid_process_proves_and_acts_over_the_pipe)
{
	char hotp[SEK_ID_MAX];

	world_install_worker();
	world_policy("[terminal]\nallow_remote = yes\n");
	services(STACK);
	(void)snprintf(hotp, sizeof(hotp), "%s", world_hotp("alice"));
	ck_assert_int_eq(login_as_caller(ALICE_UID, prove_as_caller, hotp),
	    0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pam_proof");
	TCase *c = world_case(s, "proof", 120);

	tcase_add_test(c, right_proves_once_and_serves_one_act);
	tcase_add_test(c, unlock_is_recorded_as_one_and_proves_no_act);
	tcase_add_test(c, wrong_is_refused_and_counts);
	tcase_add_test(c, given_up_at_the_prompt_counts_nothing);
	tcase_add_test(c, locked_is_refused_with_its_end);
	tcase_add_test(c, suspended_at_the_prompt_is_refused);
	tcase_add_test(c, unknown_name_is_asked_the_same_and_refused);
	tcase_add_loop_test(c,
	    unsound_stack_is_refused_before_anything_is_asked, 0,
	    (int)(sizeof(unsound) / sizeof(unsound[0])));
	tcase_add_test(c,
	    service_without_a_file_is_refused_though_other_answers);
	tcase_add_test(c, service_file_others_may_write_is_refused);
	tcase_add_test(c, shipped_service_files_are_sound);
	tcase_add_test(c, refused_in_account_leaves_no_admission);
	tcase_add_test(c, change_of_password_due_opens_a_locker_only);
	tcase_add_test(c, another_user_out_of_it_is_refused);
	tcase_add_test(c,
	    one_kind_opens_a_locker_by_policy_but_proves_no_act);
	tcase_add_test(c, proof_of_another_process_proves_nothing);
	tcase_add_test(c, proof_within_a_running_login_mixes_nothing);
	tcase_add_test(c, setuid_process_proves_and_acts_over_the_pipe);
	return (world_main(s));
}
