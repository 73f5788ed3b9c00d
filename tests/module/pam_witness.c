/*
 * pam_witness.c - a second person at somebody's prompt, by the built modules
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <unistd.h>

#include "sekisho/flow/witness.h"
#include "tests/module/prover.h"

#define STACK	AUTH_LINES ACCOUNT_LINES
#define PURPOSE	"she forgot her card"

/* Bob is at the prompt; the other one types these. */
static void
types(struct prover *p, const char *name, const char *password,
    const char *code)
{

	memset(p, 0, sizeof(*p));
	p->name = name;
	p->password = password;
	p->code = code;
}

static const char *purpose = PURPOSE;

static enum sek_err
witness(struct prover *p, const char *name, uint32_t roles,
    struct sek_admission *out)
{
	const struct pam_conv conv = { prover_talk, p };
	const struct sek_witness_in in = { .subject = "bob",
	    .subject_person = "bob", .subject_uid = BOB_UID, .name = name,
	    .roles = roles, .purpose = purpose, .conv = &conv, .tty = "tty1",
	    .pam_dir = world_path("pam.d") };
	struct sek_settings *s = world_settings();
	struct sek_store *st = world_store();
	enum sek_err err;

	err = sek_witness_run(out, &in, s, st, &p->why);
	sek_store_free(&st);
	free(s);
	return (err);
}

#define witness_is(p, name, roles, out, expected) do { \
	enum sek_err err_ = witness((p), (name), (roles), (out)); \
	ck_assert_msg(err_ == (expected), "%s, not %s (%s)", \
	    sek_err_name(err_), sek_err_name(expected), (p)->why.text); \
	ck_assert((expected) == SEK_OK || (out)->id[0] == '\0'); \
} while (0)

static void
begin(void)
{

	world_service(SEK_PROOF_WITNESS, STACK);
	(void)world_hotp("bob");
	(void)world_hotp("carol");
}

/* An account more of a person. */
static void
another_account(const char *name, const char *person, bool shared)
{
	struct sek_enrol *e = calloc(1, sizeof(*e));
	struct sek_store *st = world_store();

	ck_assert_ptr_nonnull(e);
	(void)snprintf(e->account.name, SEK_NAME_MAX, "%s", name);
	(void)snprintf(e->person.id, SEK_NAME_MAX, "%s", person);
	e->account.uid = SEK_UID_NONE;
	e->account.shared = shared;
	e->authenticator.method = SEK_METHOD_HOTP;
	e->authenticator.oath.digits = 6;
	memset(e->key, 7, 20);
	e->key_len = 20;
	ck_assert_int_eq(sek_store_enrol(st, e, NULL), SEK_OK);
	sek_store_free(&st);
	free(e);
}

static unsigned
lines(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return (n);
}

START_TEST(another_person_is_a_witness_and_both_are_recorded)
{
	struct prover p;
	struct sek_admission a;

	begin();
	types(&p, "carol", PASSWORD, world_hotp_code("carol", 0));
	witness_is(&p, NULL, 0, &a, SEK_OK);
	ck_assert_str_eq(a.account, "carol");
	ck_assert_str_eq(a.service, SEK_PROOF_WITNESS);
	ck_assert_ptr_nonnull(strstr(p.told, PURPOSE));
	ck_assert_ptr_nonnull(strstr(p.told, "bob"));
	/* Whom each question asks is on the screen. */
	ck_assert_uint_eq(lines(p.asked), 3);
	ck_assert_ptr_nonnull(strstr(p.asked, "Name of the witness: \n"));
	ck_assert_ptr_nonnull(strstr(p.asked, "Witness carol: Password: \n"));
	ck_assert_ptr_nonnull(strstr(p.asked,
	    "Witness carol: One-time code: \n"));
	ck_assert_uint_eq(world_records(SEK_EVENT_WITNESS, 0), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_WITNESS, SEK_FIELD_SUBJECT),
	    "carol");
	ck_assert_str_eq(world_newest(SEK_EVENT_WITNESS, SEK_FIELD_TARGET),
	    "bob");
	ck_assert_str_eq(world_newest(SEK_EVENT_WITNESS, SEK_FIELD_REF), a.id);
	ck_assert_str_eq(world_newest(SEK_EVENT_WITNESS,
	    SEK_FIELD_AUTHENTICATOR), a.authenticator);
	ck_assert_str_ne(a.authenticator, "");
	ck_assert_int_eq(prover_act("carol", 1002, a.id, a.authenticator),
	    SEK_OK);
	world_check_store();
}
END_TEST

START_TEST(who_is_named_is_not_asked_for_his_name)
{
	struct prover p;
	struct sek_admission a;

	begin();
	types(&p, NULL, PASSWORD, world_hotp_code("carol", 0));
	witness_is(&p, "carol", 0, &a, SEK_OK);
	ck_assert_uint_eq(lines(p.asked), 2);
}
END_TEST

START_TEST(himself_is_refused_by_name_and_by_uid)
{
	struct prover p;
	struct sek_admission a;

	world_accounts("bob2:x:1001:1001::/:/bin/sh\n");
	begin();
	types(&p, "bob", PASSWORD, world_hotp_code("bob", 0));
	witness_is(&p, NULL, 0, &a, SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(p.told, "another person"));
	ck_assert_uint_eq(lines(p.asked), 1);
	types(&p, "bob2", PASSWORD, world_hotp_code("bob", 0));
	witness_is(&p, NULL, 0, &a, SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(p.told, "another person"));
	ck_assert_uint_eq(world_records(SEK_EVENT_WITNESS, 0), 0);
}
END_TEST

START_TEST(his_second_account_is_refused_and_its_proof_serves_nothing)
{
	struct prover p;
	struct sek_admission a;
	char hotp[SEK_ID_MAX], proof[SEK_ID_MAX];

	world_service(SEK_PROOF_WITNESS, STACK);
	(void)snprintf(hotp, sizeof(hotp), "%s", world_hotp("bob"));
	another_account("dave", "bob", false);
	types(&p, "dave", PASSWORD, world_hotp_code("bob", 0));
	witness_is(&p, NULL, 0, &a, SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(p.told, "another person"));
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, 0), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_WITNESS, SEK_FIELD_RESULT),
	    "refused");
	ck_assert_str_eq(world_newest(SEK_EVENT_WITNESS, SEK_FIELD_TARGET),
	    "bob");
	(void)snprintf(proof, sizeof(proof), "%s",
	    world_newest(SEK_EVENT_WITNESS, SEK_FIELD_REF));
	ck_assert_uint_eq(strlen(proof), 32);
	ck_assert_int_eq(prover_act("dave", 1003, proof, hotp),
	    SEK_ERR_REFUSED);
}
END_TEST

START_TEST(shared_account_is_nobodys_witness)
{
	struct prover p;
	struct sek_admission a;

	begin();
	another_account("dave", "carol", true);
	types(&p, "dave", PASSWORD, world_hotp_code("carol", 0));
	witness_is(&p, NULL, 0, &a, SEK_ERR_REFUSED);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, 0), 1);
}
END_TEST

START_TEST(wrong_proof_is_refused_and_counts_against_the_witness)
{
	struct prover p;
	struct sek_admission a;

	begin();
	types(&p, "carol", "wrong", world_hotp_code("carol", 0));
	witness_is(&p, NULL, 0, &a, SEK_ERR_REFUSED);
	ck_assert_uint_eq(world_failures("carol"), 1);
	ck_assert_uint_eq(world_failures("bob"), 0);
	ck_assert_uint_eq(world_records(SEK_EVENT_WITNESS, 0), 0);
	types(&p, "", PASSWORD, world_hotp_code("carol", 0));
	witness_is(&p, NULL, 0, &a, SEK_ERR_CONV);
	types(&p, "carol", NULL, NULL);
	witness_is(&p, NULL, 0, &a, SEK_ERR_CONV);
}
END_TEST

START_TEST(unknown_name_behaves_as_a_known_one)
{
	struct prover known, unknown;
	struct sek_admission a;
	char *at;

	begin();
	types(&known, "carol", "wrong", "000000");
	witness_is(&known, NULL, 0, &a, SEK_ERR_REFUSED);
	types(&unknown, "karol", "wrong", "000000");
	witness_is(&unknown, NULL, 0, &a, SEK_ERR_REFUSED);
	while ((at = strstr(known.asked, "carol")) != NULL)
		*at = 'k';
	ck_assert_str_eq(known.asked, unknown.asked);
	ck_assert_str_eq(known.told, unknown.told);
	/* It may be a password that was typed there. */
	ck_assert_ptr_null(strstr(unknown.why.text, "karol"));
	ck_assert(!world_logged("karol"));
}
END_TEST

START_TEST(witness_holds_one_of_the_roles)
{
	struct prover p;
	struct sek_admission a;

	begin();
	world_policy("[roles]\nciso = staff\napprover = town\n");
	types(&p, "carol", PASSWORD, world_hotp_code("carol", 0));
	witness_is(&p, NULL, SEK_ROLE_BIT(SEK_ROLE_CISO) |
	    SEK_ROLE_BIT(SEK_ROLE_AUDITOR), &a, SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(p.told, "does not hold the role"));
	ck_assert_str_eq(world_newest(SEK_EVENT_WITNESS, SEK_FIELD_RESULT),
	    "refused");
	types(&p, "carol", PASSWORD, world_hotp_code("carol", 1));
	witness_is(&p, NULL, SEK_ROLE_BIT(SEK_ROLE_CISO) |
	    SEK_ROLE_BIT(SEK_ROLE_APPROVER), &a, SEK_OK);
}
END_TEST

START_TEST(witness_proves_both_kinds_whatever_a_login_takes)
{
	struct prover p;
	struct sek_admission a;

	begin();
	world_policy("[factors]\nkinds = 1\naccept = password\n");
	types(&p, "carol", PASSWORD, NULL);
	witness_is(&p, NULL, 0, &a, SEK_ERR_REFUSED);
	world_policy("[factors]\nkinds = 1\n");
	types(&p, "carol", PASSWORD, world_hotp_code("carol", 0));
	witness_is(&p, NULL, 0, &a, SEK_OK);
	ck_assert_uint_eq(a.kinds, SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION);
}
END_TEST

START_TEST(nothing_written_moves_the_witnesss_cursor)
{
	struct prover p;
	struct sek_admission a;

	begin();
	purpose = "a\033[2Jb\nPassword: ";
	types(&p, "car\033[2Jol\rx", "wrong", "000000");
	witness_is(&p, NULL, 0, &a, SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(p.told, "a?[2Jb?Password: \n"));
	ck_assert_ptr_nonnull(strstr(p.asked,
	    "Witness car?[2Jol?x: Password: \n"));
}
END_TEST

START_TEST(witness_without_a_sound_service_is_not_asked)
{
	struct prover p;
	struct sek_admission a;

	begin();
	world_service(SEK_PROOF_WITNESS,
	    "auth sufficient pam_permit.so\n" STACK);
	types(&p, "carol", PASSWORD, world_hotp_code("carol", 0));
	witness_is(&p, NULL, 0, &a, SEK_ERR_UNTRUSTED);
	ck_assert_uint_eq(lines(p.asked), 1);
}
END_TEST

/* In a login's own prompt: sshd, login. */
static enum sek_err nested;
static struct sek_admission nested_out;

static void
witness_within(struct login *l, int n, pam_handle_t *h)
{
	const void *conv = NULL;
	struct sek_witness_in in = { .subject = "bob",
	    .subject_person = "bob", .subject_uid = BOB_UID, .name = "carol",
	    .purpose = PURPOSE, .pam_dir = world_path("pam.d") };
	struct sek_settings *s;
	struct sek_store *st;
	struct sek_why why;

	if (n != 1)
		return;
	s = world_settings();
	st = world_store();
	/* Its questions go the login's way, and are answered there. */
	l->at_prompt = NULL;
	l->code = world_hotp_code("carol", 0);
	ck_assert_int_eq(pam_get_item(h, PAM_CONV, &conv), PAM_SUCCESS);
	in.conv = conv;
	nested = sek_witness_run(&nested_out, &in, s, st, &why);
	l->code = world_hotp_code("bob", 0);
	sek_store_free(&st);
	free(s);
}

START_TEST(witness_within_a_running_login_goes_by_its_conversation)
{
	struct login l;

	begin();
	nested = SEK_ERR_INTERNAL;
	l = login_of("bob", PASSWORD, world_hotp_code("bob", 0));
	l.phases = LOGIN_ALL;
	l.at_prompt = witness_within;
	login_run(&l);
	ck_assert_int_eq(nested, SEK_OK);
	ck_assert_str_eq(nested_out.account, "carol");
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.close, PAM_SUCCESS);
	ck_assert_str_eq(l.prompt[2], "Witness carol: Password: ");
	ck_assert_str_eq(world_newest(SEK_EVENT_LOGIN, SEK_FIELD_SUBJECT),
	    "bob");
	world_check_store();
}
END_TEST

/* Bob's own process, as su: he cannot lock out everybody. */
static void
guess_as_caller(void *arg)
{
	static const char *const names[] = { "carol", "carol", "carol",
	    "dave", "dave" };
	struct prover p;
	struct sek_admission a;
	size_t i;

	(void)arg;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		types(&p, names[i], "wrong", "000000");
		if (witness(&p, NULL, 0, &a) != SEK_ERR_REFUSED)
			_exit(1);
	}
	types(&p, "carol", PASSWORD, world_hotp_code("carol", 0));
	_exit(witness(&p, NULL, 0, &a) == SEK_ERR_REFUSED ? 0 : 2);
}

START_TEST(failures_of_a_witness_are_charged_to_who_called)
{
	struct prover p;
	struct sek_admission a;

	world_install_worker();
	world_policy("[terminal]\nallow_remote = yes\n");
	begin();
	(void)world_hotp("dave");
	ck_assert_int_eq(login_as_caller(BOB_UID, guess_as_caller, NULL), 0);
	ck_assert_uint_ge(world_records(SEK_EVENT_REFUSE,
	    SEK_REASON_CALLER_LOCKED), 1);
	/* At another's prompt she is a witness still. */
	types(&p, "carol", PASSWORD, world_hotp_code("carol", 0));
	witness_is(&p, NULL, 0, &a, SEK_OK);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pam_witness");
	TCase *c = world_case(s, "witness", 120);

	tcase_add_test(c, another_person_is_a_witness_and_both_are_recorded);
	tcase_add_test(c, who_is_named_is_not_asked_for_his_name);
	tcase_add_test(c, himself_is_refused_by_name_and_by_uid);
	tcase_add_test(c,
	    his_second_account_is_refused_and_its_proof_serves_nothing);
	tcase_add_test(c, shared_account_is_nobodys_witness);
	tcase_add_test(c,
	    wrong_proof_is_refused_and_counts_against_the_witness);
	tcase_add_test(c, unknown_name_behaves_as_a_known_one);
	tcase_add_test(c, witness_holds_one_of_the_roles);
	tcase_add_test(c,
	    witness_proves_both_kinds_whatever_a_login_takes);
	tcase_add_test(c, nothing_written_moves_the_witnesss_cursor);
	tcase_add_test(c, witness_without_a_sound_service_is_not_asked);
	tcase_add_test(c,
	    witness_within_a_running_login_goes_by_its_conversation);
	tcase_add_test(c, failures_of_a_witness_are_charged_to_who_called);
	return (world_main(s));
}
