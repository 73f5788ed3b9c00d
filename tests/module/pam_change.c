/*
 * pam_change.c - a password is changed: by its owner, by root, where it is due
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Real pam_unix on an /etc of the test's own.
 */
#include "config.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/flow/change_password.h"
#include "tests/module/harness.h"

#define ETC_BYTES	(256u * 1024u)
#define FRESH		"kumo-no-ue-73 akari"
#define OTHER		"nagai michi 58 tsuki"

#define UNIX	"password required @password backend=pam_unix.so " \
	"sha512 rounds=1000\n"

static void
begin(const char *policy)
{
	char text[2048];

	world_private_etc(ETC_BYTES);
	world_install_quality();
	world_install_worker();
	(void)snprintf(text, sizeof text, "[password]\nblocklist = %s\n%s",
	    world_path("blocklist"), policy);
	world_policy(text);
	world_service("passwd", UNIX);
	world_service("login", AUTH_LINES ACCOUNT_LINES SESSION_LINES UNIX);
	world_service(SEK_CHANGE_SERVICE, UNIX);
	(void)world_totp("alice");
}

static struct login
passwd_of(const char *user, const char *present, const char *fresh)
{
	struct login l = login_of(user, present, NULL);

	l.service = "passwd";
	l.phases = LOGIN_CHANGE;
	l.fresh = fresh;
	return (l);
}

/* As passwd run by its owner. */
static struct login
changed(const char *user, uid_t uid, const char *present, const char *fresh)
{
	struct login l = passwd_of(user, present, fresh);

	login_run_as(&l, uid);
	return (l);
}

/* As passwd or chpasswd run by root. */
static struct login
set_by_root(const char *user, const char *fresh)
{
	struct login l = passwd_of(user, NULL, fresh);

	login_run(&l);
	return (l);
}

static struct sek_password_of_out
known(const char *user)
{
	struct sek_store *st = world_store();
	struct sek_password_of in;
	struct sek_password_of_out out;

	memset(&in, 0, sizeof in);
	memset(&out, 0, sizeof out);
	(void)snprintf(in.who.name, sizeof in.who.name, "%s", user);
	in.who.uid = ALICE_UID;
	in.who.known = 1;
	ck_assert_int_eq(sek_store_password_of(st, &in, &out), SEK_OK);
	sek_store_free(&st);
	return (out);
}

/* Does pam_unix take it? */
static bool
opens(const char *user, const char *password)
{
	struct login l = login_of(user, password, NULL);

	world_service("bare", "auth required pam_unix.so\n"
	    "account required pam_unix.so\n");
	l.service = "bare";
	login_run(&l);
	return (login_is_in(&l));
}

static char *
shadow(void)
{

	return (world_read("/etc/shadow"));
}

START_TEST(its_owner_changes_it)
{
	struct login l;

	begin("");
	l = changed("alice", ALICE_UID, PASSWORD, FRESH);
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 3);
	ck_assert_str_eq(l.prompt[0], "Current password: ");
	ck_assert_str_eq(l.prompt[1], "New password: ");
	ck_assert_str_eq(l.prompt[2], "Retype new password: ");
	ck_assert(opens("alice", FRESH));
	ck_assert(!opens("alice", PASSWORD));
	/* The one before us, and this one. */
	ck_assert_uint_eq(known("alice").nhistory, 2);
	ck_assert_uint_eq(world_records(SEK_EVENT_PASSWORD_CHANGED,
	    SEK_REASON_NONE), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_PASSWORD_CHANGED,
	    SEK_FIELD_TARGET), "alice");
	ck_assert_uint_eq(world_failures("alice"), 0);
	world_check_store();
}
END_TEST

START_TEST(root_sets_it_without_the_present_one)
{
	struct login l;

	begin("");
	l = set_by_root("bob", FRESH);
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert(opens("bob", FRESH));
	ck_assert_uint_eq(world_records(SEK_EVENT_PASSWORD_SET,
	    SEK_REASON_NONE), 1);
	ck_assert_uint_eq(known("bob").nhistory, 2);
}
END_TEST

START_TEST(a_wrong_present_one_counts_as_an_attempt)
{
	char *before, *after;
	struct login l;
	int i;

	begin("");
	before = shadow();
	for (i = 0; i < 5; i++) {
		l = changed("alice", ALICE_UID, "wrong", FRESH);
		ck_assert_int_eq(l.change, PAM_AUTH_ERR);
		ck_assert_int_eq(l.nprompts, 1);
		ck_assert_uint_eq(world_failures("alice"),
		    (uint32_t)(i + 1));
	}
	ck_assert(world_locked("alice"));
	l = changed("alice", ALICE_UID, PASSWORD, FRESH);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert_int_eq(l.nprompts, 0);
	ck_assert(login_was_told(&l, "Locked"));
	after = shadow();
	ck_assert_str_eq(before, after);
	ck_assert_uint_eq(known("alice").nhistory, 1);
	ck_assert_uint_ge(world_records(SEK_EVENT_PASSWORD_CHANGED,
	    SEK_REASON_WRONG), 1);
	free(before);
	free(after);
}
END_TEST

/* The last three, and no more. */
START_TEST(each_of_the_history_is_refused)
{
	static const char *const one[] = { "first aoi sora 11x",
	    "second shiroi kumo 22y", "third midori no ha 33z",
	    "fourth kuroi neko 44w" };
	struct login l;
	size_t i;

	begin("history = 3\nprivileged_history = forever\nmin_age = 0\n");
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(set_by_root("alice", one[i]).change,
		    PAM_SUCCESS);
	for (i = 1; i < 4; i++) {
		l = changed("alice", ALICE_UID, one[3], one[i]);
		ck_assert_msg(l.change == PAM_AUTHTOK_ERR, "%zu: %d", i,
		    l.change);
		ck_assert(opens("alice", one[3]));
	}
	ck_assert_uint_ge(world_records(SEK_EVENT_PASSWORD_CHANGED,
	    SEK_REASON_UNFIT), 1);
	l = changed("alice", ALICE_UID, one[3], one[0]);
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert(opens("alice", one[0]));
}
END_TEST

static const struct {
	const char	*fresh;
	const char	*told;
} unfit[] = {
	{ "kurz", "12" },			/* too short */
	{ FRESH "1", "" },			/* near to the present one */
	{ "irak" "a 37-eu-on-omuk", "" },	/* it backwards, nearly */
	{ "password2026!!", "" },
	{ "Setagaya2026haru", "" },
	{ "alice in wonder7", "" },		/* his own name */
	{ "qwertyqwerty1", "" }
};

START_TEST(what_others_guess_is_refused)
{
	struct login l;

	begin("min_age = 0\n");
	ck_assert_int_eq(set_by_root("alice", FRESH).change, PAM_SUCCESS);
	l = changed("alice", ALICE_UID, FRESH, unfit[_i].fresh);
	ck_assert_msg(l.change == PAM_AUTHTOK_ERR, "%s: %d", unfit[_i].fresh,
	    l.change);
	ck_assert(login_was_told(&l, unfit[_i].told));
	ck_assert(login_was_told(&l, "was not changed"));
	ck_assert(opens("alice", FRESH));
	ck_assert_uint_ge(world_records(SEK_EVENT_PASSWORD_CHANGED,
	    SEK_REASON_UNFIT), 1);
}
END_TEST

/* What crypt(3) and PAM take, they take whole; what they do not is refused
 * before it is anywhere. */
START_TEST(a_long_one_opens_and_what_is_no_text_is_refused)
{
	static const char *const broken[] = {
		"kumo\xff\xfe no ue 73 akari tsuki",
		"kumo\xe3\x81 no ue 73 akari tsuki",
		"kumo\n no ue 73 akari tsuki"
	};
	char text[700] = "";
	struct login l;
	size_t n = 0, i;

	begin("min_age = 0\n");
	/* 120 characters of three bytes each. */
	for (i = 0; i < 120; i++) {
		text[n++] = (char)0xe4;
		text[n++] = (char)(0xb8 + i * 5 % 8);
		text[n++] = (char)(0x80 + i * 37 % 64);
	}
	l = changed("alice", ALICE_UID, PASSWORD, text);
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert(opens("alice", text));
	/* Not its beginning alone. */
	text[n - 3] = '\0';
	ck_assert(!opens("alice", text));
	ck_assert_int_eq(set_by_root("alice", FRESH).change, PAM_SUCCESS);
	for (i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		l = changed("alice", ALICE_UID, FRESH, broken[i]);
		ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
		ck_assert(login_was_told(&l, "cannot be used"));
	}
	for (n = 257; n < sizeof text; n += 51) {
		for (i = 0; i < n; i++)
			text[i] = (char)('a' + i * i % 23);
		text[n] = '\0';
		l = changed("alice", ALICE_UID, FRESH, text);
		ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
		ck_assert(login_was_told(&l, "too long"));
	}
	ck_assert(opens("alice", FRESH));
	ck_assert_uint_eq(known("alice").nhistory, 3);
}
END_TEST

/* The screen and what keeps its lines hear nothing of a word he tried. */
START_TEST(no_part_of_a_refused_one_is_told)
{
	struct login l;

	begin("");
	l = changed("alice", ALICE_UID, PASSWORD, "password2026!!");
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert(!login_was_told(&l, "password2026"));
	ck_assert(!login_was_told(&l, "\"password"));
	ck_assert(!login_was_told(&l, "contains \""));
}
END_TEST

/* Asked again after one that will not do; a program that answers the same for
 * ever is not asked for ever. */
static void
better_the_second_time(struct login *l, int n, pam_handle_t *pamh)
{

	(void)pamh;
	if (n == 2)
		l->fresh = FRESH;
}

START_TEST(another_may_be_typed_after_a_refused_one)
{
	struct login l;

	begin("");
	l = passwd_of("alice", PASSWORD, "short");
	l.at_prompt = better_the_second_time;
	login_run_as(&l, ALICE_UID);
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 4);
	ck_assert(opens("alice", FRESH));
	l = passwd_of("bob", NULL, "short");
	login_run(&l);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert_int_eq(l.nprompts, 2);
}
END_TEST

START_TEST(two_different_answers_change_nothing)
{
	struct login l;

	begin("");
	l = passwd_of("alice", PASSWORD, FRESH);
	l.again = OTHER;
	login_run_as(&l, ALICE_UID);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert_int_eq(l.nprompts, 7);	/* three turns */
	ck_assert(login_was_told(&l, "not the same"));
	ck_assert(opens("alice", PASSWORD));
	ck_assert_uint_eq(known("alice").nhistory, 1);
}
END_TEST

/* A conversation that ends, gives nothing, or a mebibyte, at each prompt. */
START_TEST(a_broken_conversation_changes_nothing)
{
	static const enum login_talk talks[] = { TALK_CONV_ERR, TALK_BUF_ERR,
	    TALK_NULL_TEXT, TALK_HUGE };
	struct login l;
	size_t i;

	begin("");
	for (i = 0; i < 4; i++) {
		l = passwd_of("alice", PASSWORD, FRESH);
		l.talk = talks[i];
		l.talk_at = _i;
		login_run_as(&l, ALICE_UID);
		ck_assert_msg(l.change == PAM_TRY_AGAIN, "%zu: %d", i,
		    l.change);
	}
	ck_assert(opens("alice", PASSWORD));
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert_uint_eq(known("alice").nhistory, 1);
}
END_TEST

/* Answers with the very words of the question. */
START_TEST(a_conversation_that_echoes_changes_nothing)
{
	struct login l;

	begin("");
	l = passwd_of("bob", NULL, "New password: ");
	l.again = "Retype new password: ";
	login_run(&l);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert(opens("bob", PASSWORD));
}
END_TEST

/* ------------------------------------------------------------- backends -- */

START_TEST(a_read_only_etc_changes_nothing)
{
	struct login l;

	begin("");
	ck_assert_int_eq(mount(NULL, "/etc", NULL, MS_REMOUNT | MS_RDONLY,
	    NULL), 0);
	l = changed("alice", ALICE_UID, PASSWORD, FRESH);
	ck_assert_int_ne(l.change, PAM_SUCCESS);
	ck_assert(login_was_told(&l, "could not be changed"));
	ck_assert_uint_eq(known("alice").nhistory, 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_PASSWORD_CHANGED,
	    SEK_REASON_BACKEND), 1);
	ck_assert_int_eq(mount(NULL, "/etc", NULL, MS_REMOUNT, "mode=0755"),
	    0);
	ck_assert(opens("alice", PASSWORD));
	/* It was not used up by that. */
	l = changed("alice", ALICE_UID, PASSWORD, FRESH);
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert(opens("alice", FRESH));
	ck_assert_uint_eq(known("alice").nhistory, 2);
}
END_TEST

static void
fill_etc(void)
{
	char page[512];
	int fd = open("/etc/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	memset(page, 'x', sizeof page);
	ck_assert_int_ge(fd, 0);
	while (write(fd, page, sizeof page) > 0)
		continue;
	ck_assert_int_eq(close(fd), 0);
}

START_TEST(a_full_etc_changes_nothing)
{
	char *before, *after;
	struct login l;

	begin("");
	before = shadow();
	fill_etc();
	l = changed("alice", ALICE_UID, PASSWORD, FRESH);
	ck_assert_int_ne(l.change, PAM_SUCCESS);
	after = shadow();
	ck_assert_str_eq(before, after);
	ck_assert_uint_eq(known("alice").nhistory, 1);
	ck_assert_int_eq(unlink("/etc/filler"), 0);
	ck_assert(opens("alice", PASSWORD));
	ck_assert_int_eq(changed("alice", ALICE_UID, PASSWORD, FRESH).change,
	    PAM_SUCCESS);
	free(before);
	free(after);
}
END_TEST

START_TEST(a_store_that_is_away_changes_nothing)
{
	struct login l;

	begin("");
	ck_assert_int_eq(rename(world_path("store"), world_path("gone")), 0);
	l = changed("alice", ALICE_UID, PASSWORD, FRESH);
	ck_assert_int_eq(l.change, PAM_TRY_AGAIN);
	ck_assert(login_was_told(&l, "cannot change passwords now"));
	ck_assert_int_eq(set_by_root("alice", FRESH).change, PAM_TRY_AGAIN);
	ck_assert_int_eq(rename(world_path("gone"), world_path("store")), 0);
	ck_assert(opens("alice", PASSWORD));
	ck_assert_uint_eq(known("alice").nhistory, 0);
}
END_TEST

START_TEST(a_backend_that_fails_leaves_no_entry)
{
	struct login l;

	begin("");
	world_service("passwd", "password required @password " COUNT_BACKEND
	    " update=20\n");
	l = set_by_root("alice", FRESH);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert_uint_eq(known("alice").nhistory, 1);
	world_service("passwd", "password required @password " COUNT_BACKEND
	    " update=9\n");
	l = set_by_root("alice", FRESH);
	ck_assert_int_eq(l.change, PAM_TRY_AGAIN);
	ck_assert_uint_eq(known("alice").nhistory, 1);
}
END_TEST

/* pam_unix's nullok is refused here, too. */
START_TEST(a_backend_that_takes_empty_passwords_is_refused)
{
	struct login l;

	begin("");
	world_service("passwd", "password required @password "
	    "backend=pam_unix.so nullok\n");
	l = set_by_root("alice", FRESH);
	ck_assert_int_ne(l.change, PAM_SUCCESS);
	ck_assert(opens("alice", PASSWORD));
	world_service("passwd", UNIX);
	l = set_by_root("alice", "");
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert(opens("alice", PASSWORD));
}
END_TEST

/* ---------------------------------------------------------- who, by whom -- */

START_TEST(nobody_changes_anothers)
{
	struct login l;

	begin("");
	l = changed("alice", BOB_UID, PASSWORD, FRESH);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert_int_eq(l.nprompts, 0);
	ck_assert(opens("alice", PASSWORD));
	l = set_by_root("no-such-name", FRESH);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert_int_eq(l.nprompts, 0);
}
END_TEST

START_TEST(a_suspended_account_does_not_change_its)
{
	struct login l;

	begin("");
	world_suspend("alice");
	l = changed("alice", ALICE_UID, PASSWORD, FRESH);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert_int_eq(l.nprompts, 0);
	ck_assert(login_was_told(&l, "ask an administrator"));
	ck_assert_uint_eq(world_records(SEK_EVENT_PASSWORD_CHANGED,
	    SEK_REASON_SUSPENDED), 1);
	/* An administrator may. */
	ck_assert_int_eq(set_by_root("alice", FRESH).change, PAM_SUCCESS);
}
END_TEST

static void
make_contractor(const char *user)
{
	struct sek_store *st = world_store();
	struct sek_person p;
	struct sek_record actor;

	memset(&actor, 0, sizeof actor);
	actor.count = 1;
	ck_assert_int_eq(sek_store_person(st, user, &p), SEK_OK);
	p.contractor = 1;
	ck_assert_int_eq(sek_store_person_edit(st, &p, &actor), SEK_OK);
	sek_store_free(&st);
}

START_TEST(a_contractor_changes_no_privileged_one)
{
	struct login l;

	begin("");
	(void)world_totp("adminA");
	make_contractor("adminA");
	make_contractor("alice");
	l = changed("adminA", 1010, PASSWORD, FRESH);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert_int_eq(l.nprompts, 0);
	ck_assert(login_was_told(&l, "office's own staff"));
	ck_assert_uint_eq(world_records(SEK_EVENT_PASSWORD_CHANGED,
	    SEK_REASON_CONTRACTOR), 1);
	ck_assert(opens("adminA", PASSWORD));
	l = changed("alice", ALICE_UID, PASSWORD, FRESH);
	ck_assert_int_eq(l.change, PAM_SUCCESS);
}
END_TEST

START_TEST(a_young_one_stays_for_its_time)
{
	struct login l;

	begin("min_age = 1d\n");
	ck_assert_int_eq(changed("alice", ALICE_UID, PASSWORD, FRESH).change,
	    PAM_SUCCESS);
	l = changed("alice", ALICE_UID, FRESH, OTHER);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert_int_eq(l.nprompts, 0);
	ck_assert(login_was_told(&l, "a short while ago"));
	ck_assert_uint_eq(world_records(SEK_EVENT_PASSWORD_CHANGED,
	    SEK_REASON_TOO_YOUNG), 1);
	ck_assert_int_eq(set_by_root("alice", OTHER).change, PAM_SUCCESS);
}
END_TEST

/* ---------------------------------------------------- beside other lines -- */

START_TEST(what_a_line_before_asked_for_is_judged)
{
	struct login l;

	begin("");
	world_service("passwd", "password required @count new=password2026!!\n"
	    "password required @password backend=pam_unix.so use_authtok "
	    "sha512 rounds=1000\n");
	l = changed("alice", ALICE_UID, PASSWORD, FRESH);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert(opens("alice", PASSWORD));
	world_service("passwd", "password required @count "
	    "new=kumo-no-ue-73_akari\n"
	    "password required @password backend=pam_unix.so use_authtok "
	    "sha512 rounds=1000\n");
	l = changed("alice", ALICE_UID, PASSWORD, FRESH);
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert(opens("alice", "kumo-no-ue-73_akari"));
	ck_assert_uint_eq(known("alice").nhistory, 2);
}
END_TEST

START_TEST(use_authtok_without_one_is_no_question)
{
	struct login l;

	begin("");
	world_service("passwd", "password required @password "
	    "backend=pam_unix.so use_authtok\n");
	l = set_by_root("alice", FRESH);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert_int_eq(l.nprompts, 0);
}
END_TEST

START_TEST(a_silent_change_tells_refusals_alone)
{
	struct login l;
	int i;

	begin("");
	l = passwd_of("alice", NULL, FRESH);
	l.flags = (int)PAM_SILENT;
	login_run(&l);
	ck_assert_int_eq(l.change, PAM_SUCCESS);
	ck_assert_int_eq(l.nmessages, 0);
	l = passwd_of("alice", NULL, "short");
	l.flags = (int)PAM_SILENT;
	login_run(&l);
	ck_assert_int_eq(l.change, PAM_AUTHTOK_ERR);
	ck_assert_int_ge(l.nmessages, 1);
	for (i = 0; i < l.nmessages; i++)
		ck_assert_int_eq(l.message_style[i], PAM_ERROR_MSG);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pam_change");
	TCase *c = world_case(s, "change", 300);

	tcase_add_test(c, its_owner_changes_it);
	tcase_add_test(c, root_sets_it_without_the_present_one);
	tcase_add_test(c, a_wrong_present_one_counts_as_an_attempt);
	tcase_add_test(c, each_of_the_history_is_refused);
	tcase_add_loop_test(c, what_others_guess_is_refused, 0,
	    (int)(sizeof unfit / sizeof unfit[0]));
	tcase_add_test(c, a_long_one_opens_and_what_is_no_text_is_refused);
	tcase_add_test(c, no_part_of_a_refused_one_is_told);
	tcase_add_test(c, another_may_be_typed_after_a_refused_one);
	tcase_add_test(c, two_different_answers_change_nothing);
	tcase_add_loop_test(c, a_broken_conversation_changes_nothing, 0, 3);
	tcase_add_test(c, a_conversation_that_echoes_changes_nothing);
	c = world_case(s, "backends", 300);
	tcase_add_test(c, a_read_only_etc_changes_nothing);
	tcase_add_test(c, a_full_etc_changes_nothing);
	tcase_add_test(c, a_store_that_is_away_changes_nothing);
	tcase_add_test(c, a_backend_that_fails_leaves_no_entry);
	tcase_add_test(c, a_backend_that_takes_empty_passwords_is_refused);
	c = world_case(s, "who", 300);
	tcase_add_test(c, nobody_changes_anothers);
	tcase_add_test(c, a_suspended_account_does_not_change_its);
	tcase_add_test(c, a_contractor_changes_no_privileged_one);
	tcase_add_test(c, a_young_one_stays_for_its_time);
	c = world_case(s, "lines", 300);
	tcase_add_test(c, what_a_line_before_asked_for_is_judged);
	tcase_add_test(c, use_authtok_without_one_is_no_question);
	tcase_add_test(c, a_silent_change_tells_refusals_alone);
	return (world_main(s));
}
