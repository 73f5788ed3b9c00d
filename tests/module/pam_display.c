/*
 * pam_display.c - what a person reads before a login, as his session opens, and
 * as he unlocks his screen
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/flow/banner.h"
#include "sekisho/flow/proof.h"
#include "tests/module/harness.h"
#include "tests/module/prover.h"

#define DAY	(86400 * SEK_SECOND)

static unsigned prompts_before;	/* when the notice was told */
static unsigned told;

static void
note(struct login *l, const char *text)
{

	if (strstr(text, "NOTICE") == NULL)
		return;
	told++;
	prompts_before = (unsigned)l->nprompts;
}

static void
banner(mode_t mode, const char *text)
{
	char policy[512];

	world_write(world_path("banner"), mode, text);
	(void)snprintf(policy, sizeof policy, "[message]\nbanner = %s\n",
	    world_path("banner"));
	world_policy(policy);
	told = 0;
	prompts_before = UINT32_MAX;
}

static struct login
login(const char *service, uint64_t n)
{
	struct login l = login_of("alice", PASSWORD,
	    world_hotp_code("alice", n));

	l.service = service;
	l.at_message = note;
	return (l);
}

START_TEST(the_notice_comes_before_the_first_prompt)
{
	struct login l;

	(void)world_hotp("alice");
	banner(0644, "NOTICE\nsecond line\n");
	l = login("login", 0);
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(told, 1);
	ck_assert_uint_eq(prompts_before, 0);
	ck_assert(login_was_told(&l, "second line"));
}
END_TEST

START_TEST(the_notice_comes_once_a_handle)
{
	struct login l;

	(void)world_hotp("alice");
	banner(0644, "NOTICE\n");
	l = login("login", 0);
	l.password = "wrong";
	login_start(&l);
	ck_assert_int_ne(pam_authenticate(l.pamh, 0), PAM_SUCCESS);
	l.password = PASSWORD;
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_SUCCESS);
	ck_assert_uint_eq(told, 1);
	login_end(&l);
}
END_TEST

START_TEST(no_notice_where_he_is_logged_in_already_or_it_is_to_be_silent)
{
	struct login l;

	(void)world_hotp("alice");
	banner(0644, "NOTICE\n");
	l = login("su", 0);
	login_run(&l);
	l = login("sudo", 1);
	l.ruser = "alice";
	login_run(&l);
	l = login("login", 2);
	l.flags = PAM_SILENT;
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(a_notice_that_others_may_write_is_not_shown_and_stops_nobody)
{
	struct login l;

	(void)world_hotp("alice");
	banner(0666, "NOTICE\n");
	l = login("login", 0);
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(told, 0);
	ck_assert(world_logged("message.banner"));
	banner(0644, "NOTICE\n");
	ck_assert_int_eq(unlink(world_path("banner")), 0);
	l = login("login", 1);
	login_run(&l);
	ck_assert(login_is_in(&l));
}
END_TEST

START_TEST(a_notice_is_printable_and_ends)
{
	char text[SEK_BANNER_SIZE + 2];
	struct login l;

	(void)world_hotp("alice");
	banner(0644, "NOTICE \033[2J end\r\n");
	l = login("login", 0);
	login_run(&l);
	ck_assert_uint_eq(told, 1);
	ck_assert(login_was_told(&l, "NOTICE ?[2J end"));
	ck_assert(!login_was_told(&l, "\033"));
	memset(text, 'x', sizeof text);
	memcpy(text, "NOTICE", 6);
	text[sizeof text - 1] = '\0';
	banner(0644, text);
	l = login("login", 1);
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(told, 0);
	ck_assert(world_logged("message.banner"));
}
END_TEST

/* -------------------------------------------------------------- session -- */

static void
term_until(int64_t us)
{
	struct sek_store *st = world_store();
	struct sek_record actor = { .service = "test" };
	struct sek_moment now;
	struct sek_person p;

	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	ck_assert_int_eq(sek_store_person(st, "alice", &p), SEK_OK);
	p.to = now.wall + us;
	ck_assert_msg(sek_store_person_edit(st, &p, &actor) == SEK_OK, "%s",
	    sek_store_why(st));
	sek_store_free(&st);
}

START_TEST(an_end_that_is_near_is_told)
{
	struct login l;

	(void)world_hotp("alice");
	term_until(60 * DAY);
	l = login("login", 0);
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert(!login_was_told(&l, "Your term"));
	term_until(10 * DAY);
	l = login("login", 1);
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert(login_was_told(&l, "Your term"));
	l = login("login", 2);
	l.phases = LOGIN_ALL;
	l.flags = PAM_SILENT;
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert(!login_was_told(&l, "Your term"));
}
END_TEST

START_TEST(what_to_run_when_it_was_somebody_else_is_told)
{
	struct login l;

	(void)world_hotp("alice");
	l = login("login", 0);
	l.phases = LOGIN_ALL;
	login_run(&l);
	l = login("login", 1);
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert(login_was_told(&l, "Last login: "));
	ck_assert(login_was_told(&l, "sekisho not-me"));
}
END_TEST

START_TEST(who_unlocks_his_screen_reads_of_his_login)
{
	const struct pam_conv conv = { prover_talk, NULL };
	struct prover p = { .password = PASSWORD };
	struct pam_conv mine = conv;
	struct sek_settings *s;
	struct sek_store *st;
	struct sek_admission out;
	struct sek_why why = { "" };
	struct login l;

	world_service(SEK_PROOF_LOCKER, AUTH_LINES ACCOUNT_LINES);
	(void)world_hotp("alice");
	l = login("login", 0);
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert(login_is_in(&l));
	p.code = world_hotp_code("alice", 1);
	mine.appdata_ptr = &p;
	s = world_settings();
	st = world_store();
	ck_assert_msg(sek_proof_run(&out, &(struct sek_proof_in){
	    .service = SEK_PROOF_LOCKER, .account = "alice", .conv = &mine,
	    .tty = "tty1", .settings = s, .screen = true,
	    .pam_dir = world_path("pam.d") }, st, &why) == SEK_OK, "%s",
	    why.text);
	ck_assert_msg(strstr(p.told, "Last login: ") != NULL, "%s", p.told);
	ck_assert(strstr(p.told, "Failed logins since then: 0") != NULL);
	ck_assert(strstr(p.told, "sekisho not-me") != NULL);
	sek_store_free(&st);
	free(s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("display");
	TCase *c = world_case(s, "display", 120);

	tcase_add_test(c, the_notice_comes_before_the_first_prompt);
	tcase_add_test(c, the_notice_comes_once_a_handle);
	tcase_add_test(c,
	    no_notice_where_he_is_logged_in_already_or_it_is_to_be_silent);
	tcase_add_test(c,
	    a_notice_that_others_may_write_is_not_shown_and_stops_nobody);
	tcase_add_test(c, a_notice_is_printable_and_ends);
	tcase_add_test(c, an_end_that_is_near_is_told);
	tcase_add_test(c, what_to_run_when_it_was_somebody_else_is_told);
	tcase_add_test(c, who_unlocks_his_screen_reads_of_his_login);
	return (world_main(s));
}
