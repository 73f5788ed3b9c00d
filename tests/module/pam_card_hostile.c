/*
 * pam_card_hostile.c - who wants in by an IC card without being let, and who
 * wants to spoil another's
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "tests/module/cards.h"
#include "tests/module/exceptions.h"

static struct softcard card;

static void
alice_has(const char *type)
{

	card = cards_insert(type, type, 0, "");
	(void)cards_enrol("alice", &card);
}

static void
teardown(void)
{

	softcard_remove(&card, &cards_rig);
}

static struct login
with(const char *service, const char *password, const char *pin)
{
	struct login l = login_of("alice", password, NULL);

	l.service = service;
	l.pin = pin;
	login_run(&l);
	return (l);
}

/* ------------------------------------------------------- other stacks -- */

/* A card before its password, and with a file of a package left over. */
START_TEST(lines_in_another_order_take_no_single_kind)
{
	struct login l;

	alice_has("jpki");
	world_service("turned", "auth required @lockout\n"
	    "auth required @card\n"
	    "auth required @password backend=pam_unix.so\n"
	    "auth required @gate\n" ACCOUNT_LINES);
	l = with("turned", PASSWORD, CARDS_JPKI_PIN);
	ck_assert(login_is_in(&l));
	l = with("turned", "wrong", CARDS_JPKI_PIN);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	l = with("turned", PASSWORD, "9999");
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 2);
	ck_assert_int_eq(softcard_tries(&card), 2);
	l = with("turned", PASSWORD, "");
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 3);
}
END_TEST

static const char *const stacks[] = {
	/* no card, no password, the gate first, a card behind it */
	"auth required @lockout\nauth required @password "
	    "backend=pam_unix.so\nauth required @gate\n",
	"auth required @lockout\nauth required @card\n"
	    "auth required @gate\n",
	"auth required @lockout\nauth required @gate\n"
	    "auth required @password backend=pam_unix.so\n"
	    "auth required @card\n",
	"auth required @card\nauth required @lockout\n"
	    "auth required @password backend=pam_unix.so\n"
	    "auth required @gate\n",
	/* twice: the second asks nothing, whatever the first was told */
	"auth required @lockout\n"
	    "auth required @password backend=pam_unix.so\n"
	    "auth required @card\nauth required @card\n"
	    "auth required @gate\n",
	/* made to count for less */
	"auth required @lockout\n"
	    "auth sufficient @password backend=pam_unix.so\n"
	    "auth required @gate\n",
	"auth required @lockout\nauth sufficient @card\n"
	    "auth required @gate\n",
	"auth required @lockout\nauth optional @password "
	    "backend=pam_unix.so\nauth optional @card debug=1\n"
	    "auth required @gate\n",
};

START_TEST(stack_that_is_not_whole_lets_nobody_in)
{
	char text[1024];
	struct login l;

	alice_has("jpki");
	(void)snprintf(text, sizeof(text), "%s" ACCOUNT_LINES, stacks[_i]);
	world_service("odd", text);
	l = with("odd", PASSWORD, CARDS_JPKI_PIN);
	ck_assert_msg(!login_is_in(&l), "%s", stacks[_i]);
	ck_assert_uint_le(cards_pins(&card), 1);
	/* Its whole one does. */
	world_unlock("alice");
	l = with("login", PASSWORD, CARDS_JPKI_PIN);
	ck_assert(login_is_in(&l));
}
END_TEST

/* ------------------------------------------------- another in between -- */

static void
become_bob(struct login *l, int n, pam_handle_t *h)
{

	if (strstr(l->prompt[n], "PIN") != NULL)
		ck_assert_int_eq(pam_set_item(h, PAM_USER, "bob"),
		    PAM_SUCCESS);
}

START_TEST(name_that_changes_at_the_pin_lets_nobody_in)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	alice_has("jpki");
	l.pin = CARDS_JPKI_PIN;
	l.at_prompt = become_bob;
	login_run(&l);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE), 0);
}
END_TEST

/* The password in one handle, the card in another. */
START_TEST(two_handles_are_two_logins)
{
	struct login a, b;

	alice_has("jpki");
	a = login_of("alice", PASSWORD, NULL);
	a.pin = "9999";
	b = login_of("alice", "wrong", NULL);
	b.pin = CARDS_JPKI_PIN;
	login_start(&a);
	login_start(&b);
	login_phases(&a);
	login_phases(&b);
	ck_assert(!login_is_in(&a));
	ck_assert(!login_is_in(&b));
	ck_assert_uint_eq(cards_pins(&card), 1);
	ck_assert_uint_eq(world_failures("alice"), 2);
	/* And tries of one handle do not add up. */
	b.password = PASSWORD;
	b.pin = "";
	login_phases(&b);
	ck_assert_int_eq(b.auth, PAM_AUTH_ERR);
	a.password = "wrong";
	a.pin = CARDS_JPKI_PIN;
	login_phases(&a);
	ck_assert_int_eq(a.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(cards_pins(&card), 1);
	login_end(&a);
	login_end(&b);
}
END_TEST

static struct softcard bobs;

static void
swap(struct login *l, int n, pam_handle_t *h)
{

	(void)h;
	if (strstr(l->prompt[n], "PIN") == NULL)
		return;
	softcard_remove(&card, &cards_rig);
	bobs = cards_insert("bobs", "jpki", 0, "");
}

/* The PIN was typed for alice's. */
START_TEST(card_that_was_changed_for_another_gets_no_pin)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	bobs = cards_insert("bobs", "jpki", 0, "");
	(void)cards_enrol("bob", &bobs);
	softcard_remove(&bobs, &cards_rig);
	alice_has("jpki");
	l.pin = CARDS_JPKI_PIN;
	l.at_prompt = swap;
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(cards_pins(&bobs), 0);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(world_failures("bob"), 0);
	softcard_remove(&bobs, &cards_rig);
}
END_TEST

/* --------------------------------------------- what others may spoil -- */

#define AT_ONCE	8

START_TEST(wrong_pins_at_once_are_counted_and_few_reach_the_card)
{
	struct login *l = login_array(AT_ONCE);
	size_t i;

	alice_has("jpki");
	world_policy("[factors]\nwait = 30s\naccept = password card-jpki\n"
	    "[lockout]\ndeny = 3\nprivileged_deny = 2\n");
	for (i = 0; i < AT_ONCE; i++) {
		l[i] = login_of("alice", PASSWORD, NULL);
		l[i].pin = "9999";
	}
	login_parallel(l, AT_ONCE);
	ck_assert_uint_eq(login_count_in(l, AT_ONCE), 0);
	for (i = 0; i < AT_ONCE; i++)
		ck_assert_int_eq(l[i].auth, PAM_AUTH_ERR);
	ck_assert(world_locked("alice"));
	ck_assert_uint_eq(world_failures("alice"), 3);
	/* The last is for who says yes. */
	ck_assert_uint_le(cards_pins(&card), 2);
	ck_assert_int_ge(softcard_tries(&card), 1);
	login_array_free(l, AT_ONCE);
}
END_TEST

static void
as_su(void *arg)
{

	login_run(arg);
}

/* Nothing says that bob sits at this terminal. */
START_TEST(card_left_in_a_reader_is_not_spent_by_others)
{
	struct login *l = login_array(1);
	int i;

	alice_has("jpki");
	cards_policy("jpki_pin_counts = yes\n"
	    "[terminal]\nallow_remote = yes\n");
	for (i = 0; i < 4; i++) {
		*l = login_of("alice", "wrong", NULL);
		l->service = "su";
		l->pin = "9999";
		l->yes = "yes";
		ck_assert_int_eq(login_as_caller(BOB_UID, as_su, l), 0);
		ck_assert(!login_is_in(l));
	}
	ck_assert_uint_eq(cards_pins(&card), 0);
	ck_assert_int_eq(softcard_tries(&card), 3);
	login_array_free(l, 1);
}
END_TEST

/* Its caller can see to it that the card cannot be asked. */
START_TEST(su_that_cannot_ask_the_card_tells_nothing_of_the_password)
{
	struct login *l = login_array(2);
	int i, status;
	pid_t pid;

	card = cards_insert("jpki", "jpki", 0, "");
	/* This process is not to have loaded it. */
	if ((pid = fork()) == 0) {
		(void)cards_enrol("alice", &card);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	cards_policy("[terminal]\nallow_remote = yes\n");
	ck_assert_int_eq(unlink(SEK_LIBEXECDIR "/card.so"), 0);
	for (i = 0; i < 2; i++) {
		l[i] = login_of("alice", i == 0 ? PASSWORD : "wrong", NULL);
		l[i].service = "su";
		ck_assert_int_eq(login_as_caller(BOB_UID, as_su, &l[i]), 0);
		ck_assert_int_eq(l[i].auth, PAM_AUTH_ERR);
	}
	login_check_alike(&l[0], &l[1]);
	login_array_free(l, 2);
}
END_TEST

/* ------------------------------------------------- who has no card -- */

static bool
is_mapped(const char *part)
{
	char line[512];
	bool found = false;
	FILE *f = fopen("/proc/self/maps", "re");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL)
		found |= strstr(line, part) != NULL;
	(void)fclose(f);
	return (found);
}

START_TEST(who_has_no_card_meets_nothing_of_them)
{
	int status;
	pid_t pid;

	/* One is in the reader, and is somebody's. */
	card = cards_insert("jpki", "jpki", 0, "");
	if ((pid = fork()) == 0) {
		(void)cards_enrol("alice", &card);
		ck_assert(is_mapped("card.so"));
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	softcard_forget_log(&card);
	(void)world_hotp("bob");
	ck_assert(login_try("bob", PASSWORD, world_hotp_code("bob", 0)));
	ck_assert(!login_try("bob", "wrong", world_hotp_code("bob", 1)));
	ck_assert(!login_try("newbie", PASSWORD, "123456"));
	ck_assert(!login_try("nobody-here", PASSWORD, "123456"));
	ck_assert(!is_mapped("/card.so"));
	ck_assert(!is_mapped("libpcsclite"));
	ck_assert_uint_eq(softcard_logged(&card, "apdu "), 0);
}
END_TEST

/* Some card lies in a reader: what it is said to be tells of no name whether
 * it is somebody's, nor whether he has a card. */
static const struct {
	const char	*name, *type, *knobs;
} lying[] = {
	{ "strange", "uid", "" },
	{ "jpki-b", "jpki", "token=phone-android\n" },
	{ "jpki-b", "jpki", "cert=garbage\n" },
};

START_TEST(strange_card_tells_nothing_of_a_name)
{
	static struct login l, nobody, newbie;

	alice_has("jpki");
	world_policy("[factors]\nwait = 1s\naccept = password card-jpki "
	    "card-piv\nrequire_crypto_possession = yes\n");
	softcard_remove(&card, &cards_rig);
	card = cards_insert(lying[_i].name, lying[_i].type, 0,
	    lying[_i].knobs);
	l = with("login", "wrong", "");
	nobody = login_of("nobody-here", "wrong", NULL);
	nobody.pin = "";
	login_run(&nobody);
	newbie = login_of("newbie", "wrong", NULL);
	newbie.pin = "";
	login_run(&newbie);
	login_check_alike(&l, &nobody);
	login_check_alike(&l, &newbie);
	ck_assert_uint_eq(cards_pins(&card), 0);
}
END_TEST

/* ------------------------------------------------------------ numbers -- */

#define UIDS	"[factors]\nwait = 2s\naccept = password totp hotp " \
	"card-jpki card-uid\n"

static void
has_number(const char *user)
{
	struct sek_card_made *made;

	card = cards_insert("felica", "uid", 0, "");
	made = cards_read(&card, SEK_CARD_UID, 0);
	(void)world_card(user, &made->card);
	free(made);
}

static void
numbers_for(const char *users, int64_t until)
{
	const struct exception e = { .key = "factors.accept",
	    .value = "card-uid", .users = users, .until = until };

	(void)exceptions_give(&e);
	world_policy(UIDS);
}

START_TEST(number_of_a_card_is_weak_and_goes_no_further)
{
	struct login l;

	has_number("alice");
	numbers_for("alice", 0);
	l = with("login", PASSWORD, NULL);
	ck_assert(login_is_in(&l));
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_DETAIL), "below AAL2"));
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "knowledge possession");
	ck_assert_str_ne(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_REF), "");
	/* It proves no PIN, and is not a signature. */
	l = with("alone", NULL, NULL);
	ck_assert(!login_is_in(&l));
	world_policy(UIDS "require_crypto_possession = yes\n");
	l = with("login", PASSWORD, NULL);
	ck_assert(!login_is_in(&l));
}
END_TEST

START_TEST(number_of_a_card_is_nothing_for_whom_no_exception_is)
{
	struct login l;

	has_number("alice");
	numbers_for("bob", 0);
	l = with("login", PASSWORD, NULL);
	ck_assert(!login_is_in(&l));
}
END_TEST

START_TEST(number_of_a_card_is_nothing_when_the_exception_ended)
{
	struct login l;

	has_number("alice");
	numbers_for("alice", 3600);
	l = with("login", PASSWORD, NULL);
	ck_assert(login_is_in(&l));
	world_clock_ahead += 3601;
	l = with("login", PASSWORD, NULL);
	ck_assert(!login_is_in(&l));
}
END_TEST

static void
an_hour_passes(struct login *l, int n, pam_handle_t *h)
{

	(void)h;
	if (strstr(l->prompt[n], "Password") != NULL)
		world_clock_ahead += 3601;
}

START_TEST(exception_that_ends_at_the_prompt_opens_nothing)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	has_number("alice");
	numbers_for("alice", 3600);
	l.at_prompt = an_hour_passes;
	login_run(&l);
	ck_assert(!login_is_in(&l));
}
END_TEST

#define N(a)	((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("card-hostile");
	TCase *c;

	c = world_case(s, "hostile", 300);
	tcase_add_checked_fixture(c, cards_setup, teardown);
	tcase_add_test(c, lines_in_another_order_take_no_single_kind);
	tcase_add_loop_test(c, stack_that_is_not_whole_lets_nobody_in, 0,
	    N(stacks));
	tcase_add_test(c, name_that_changes_at_the_pin_lets_nobody_in);
	tcase_add_test(c, two_handles_are_two_logins);
	tcase_add_test(c, card_that_was_changed_for_another_gets_no_pin);
	tcase_add_test(c,
	    wrong_pins_at_once_are_counted_and_few_reach_the_card);
	tcase_add_test(c, card_left_in_a_reader_is_not_spent_by_others);
	tcase_add_test(c,
	    su_that_cannot_ask_the_card_tells_nothing_of_the_password);
	tcase_add_test(c, who_has_no_card_meets_nothing_of_them);
	tcase_add_test(c, number_of_a_card_is_weak_and_goes_no_further);
	tcase_add_test(c,
	    number_of_a_card_is_nothing_for_whom_no_exception_is);
	tcase_add_test(c,
	    number_of_a_card_is_nothing_when_the_exception_ended);
	tcase_add_test(c, exception_that_ends_at_the_prompt_opens_nothing);
	c = world_case(s, "names", 300);
	tcase_add_checked_fixture(c, cards_setup, teardown);
	tcase_add_loop_test(c, strange_card_tells_nothing_of_a_name, 0,
	    N(lying));
	return (cards_main(s));
}
