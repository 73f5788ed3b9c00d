/*
 * pam_card_locker.c - a card at a screen locker, which is not root's:
 * sekisho-helper asks for it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "tests/module/cards.h"

static struct softcard card;

/* A /run of its own, as the helper leaves it, and pcscd's place in it. */
static void
setup(void)
{

	ck_assert_int_eq(mkdir(world_path("pcscd"), 0755), 0);
	ck_assert_int_eq(mount("/run/pcscd", world_path("pcscd"), NULL,
	    MS_BIND, NULL), 0);
	installed_setup();
	ck_assert_int_eq(mkdir("/run/pcscd", 0755), 0);
	ck_assert_int_eq(mount(world_path("pcscd"), "/run/pcscd", NULL,
	    MS_BIND, NULL), 0);
	installed_copy_file(installed_built("card.so"),
	    SEK_LIBEXECDIR "/card.so");
	world_append(world_path("etc/sekisho.conf.d/50-test.conf"),
	    CARDS_FACTORS("5s"));
	installed_copy_file(world_path("etc/sekisho.conf.d/50-test.conf"),
	    INSTALLED_CONF ".d/50-test.conf");
	card = cards_insert("jpki", "jpki", 0, "");
	(void)cards_enrol("alice", &card);
}

static void
teardown(void)
{

	softcard_remove(&card, &cards_rig);
}

static struct login
unlocks(struct login in)
{
	struct login *l = login_array(1);
	int status = -1;
	pid_t pid;

	*l = in;
	l->service = "locker";
	l->phases = LOGIN_AUTH | LOGIN_CRED | LOGIN_ACCOUNT;
	if ((pid = fork()) == 0) {
		installed_become(ALICE_UID);
		login_run(l);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	in = *l;
	login_array_free(l, 1);
	return (in);
}

static struct login
with(const char *password, const char *pin)
{
	struct login l = login_of("alice", password, NULL);

	l.pin = pin;
	return (unlocks(l));
}

START_TEST(his_own_locker_unlocks_by_password_and_card)
{
	struct login l = with(PASSWORD, CARDS_JPKI_PIN);

	ck_assert_msg(l.auth == PAM_SUCCESS, "%d: %s", l.auth,
	    l.nmessages > 0 ? l.message[0] : "-");
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_str_eq(l.prompt[1], "Card PIN: ");
	ck_assert_uint_eq(cards_pins(&card), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_SERVICE),
	    "sekisho-locker");
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "knowledge possession");
	world_check_store();
}
END_TEST

START_TEST(wrong_password_or_wrong_pin_look_alike_at_a_locker)
{
	static struct login l, wrong;

	wrong = with("wrong", CARDS_JPKI_PIN);
	ck_assert_int_eq(wrong.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(cards_pins(&card), 0);
	l = with(PASSWORD, "9999");
	login_check_alike(&l, &wrong);
	ck_assert_uint_eq(cards_pins(&card), 1);
	ck_assert_int_eq(softcard_tries(&card), 2);
	ck_assert_uint_eq(world_failures("alice"), 2);
	l = with(PASSWORD, CARDS_JPKI_PIN);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
}
END_TEST

START_TEST(card_that_is_not_there_gives_way_to_a_code_at_a_locker)
{
	struct login l;

	softcard_remove(&card, &cards_rig);
	l = unlocks(login_of("alice", PASSWORD, world_hotp_code("alice", 0)));
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_str_eq(l.prompt[1], "One-time code: ");
}
END_TEST

START_TEST(blocked_card_says_where_to_go_at_a_locker)
{
	struct login l;

	cards_knobs(&card, "blocked=6983\n");
	l = unlocks(login_of("alice", PASSWORD, world_hotp_code("alice", 0)));
	ck_assert(login_was_told(&l, "at your municipal office"));
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("card locker");
	TCase *c = world_case(s, "locker", 300);

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, his_own_locker_unlocks_by_password_and_card);
	tcase_add_test(c,
	    wrong_password_or_wrong_pin_look_alike_at_a_locker);
	tcase_add_test(c,
	    card_that_is_not_there_gives_way_to_a_code_at_a_locker);
	tcase_add_test(c, blocked_card_says_where_to_go_at_a_locker);
	return (cards_main(s));
}
