/*
 * helper_card.c - IC cards by sekisho-helper: people bind one to themselves by
 * their own proof or by an enrolment ticket; nobody is told whose a card is;
 * killed at any instant, none is half enrolled
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "sekisho/rule/approval.h"
#include "tests/emulators/card/rig.h"
#include "tests/module/enrolling.h"
#include "tests/module/tickets.h"

#define VERIFIED	"verify "

static struct sek_helper_enrol want;
static struct cardrig rig;

static void
setup(void)
{
	const char *why = cardrig_missing();

	if (why != NULL)
		world_skip(why);
	caller_setup();
	installed_copy_file(installed_built("card.so"),
	    SEK_LIBEXECDIR "/card.so");
	world_append(world_path("etc/sekisho.conf.d/50-test.conf"),
	    "[factors]\nwait = 5s\n"
	    "accept = password totp hotp ticket card-jpki card-piv\n");
	installed_copy_file(world_path("etc/sekisho.conf.d/50-test.conf"),
	    INSTALLED_CONF ".d/50-test.conf");
	memset(&want, 0, sizeof(want));
	want.method = SEK_METHOD_NONE;
	want.driver = SEK_CARD_DRIVERS;
	(void)snprintf(want.label, sizeof(want.label), "white");
	own_dev();
	ck_assert(cardrig_start(&rig));
	/* Orphans of those that are killed are waited for here. */
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
}

static void
teardown(void)
{

	cardrig_end(&rig);
}

static void
put(struct softcard *k, const char *name, const char *type, int slot,
    const char *knobs)
{

	ck_assert(softcard_insert(k, &rig, name, type, slot, knobs));
	softcard_forget_log(k);
}

static enum sek_err
count_one(void *arg, const char *account, const struct sek_authenticator *a)
{

	(void)account;
	*(unsigned *)arg += sek_card_is_method((enum sek_method)a->method);
	return (SEK_OK);
}

static unsigned
cards_of(const char *user)
{
	struct sek_store *st = world_store();
	unsigned n = 0;
	enum sek_err err;

	err = sek_store_authenticators(st, user, false, count_one, &n);
	ck_assert(err == SEK_OK || err == SEK_ERR_NOT_FOUND);
	sek_store_free(&st);
	return (n);
}

/* What he types: his proof, then the card's PIN. */
static void
proves(const char *user, uint64_t n, const char *pin)
{

	types(user, n);
	c->answer[2] = pin;
}

#define enrols(uid, expected) \
	call_is((uid), SEK_HELPER_ENROL, &want, sizeof(want), (expected))

START_TEST(own_proof_binds_a_card)
{
	struct softcard k;

	put(&k, "a", "jpki", 0, "pin=4711\n");
	proves("alice", 0, "4711");
	enrols(ALICE_UID, SEK_OK);
	ck_assert_int_eq(c->asked, 3);
	ck_assert_uint_eq(c->enrolled.method, SEK_METHOD_CARD_JPKI);
	ck_assert_str_eq(c->enrolled.label, "white");
	ck_assert_uint_eq(c->enrolled.card.driver, SEK_CARD_JPKI);
	ck_assert_uint_eq(c->enrolled.card.algorithm, SEK_CARD_RSA2048);
	ck_assert_uint_eq(c->enrolled.card.pin, 1);
	ck_assert_int_gt(c->enrolled.card.not_after,
	    c->enrolled.card.not_before);
	ck_assert(was_said("Card: My Number Card, on the reader "
	    CARDRIG_READER0));
	ck_assert(was_said("Tries left for the PIN of your card: 3"));
	ck_assert_uint_eq(cards_of("alice"), 1);
	ck_assert_uint_eq(softcard_logged(&k, VERIFIED), 1);
	ck_assert_uint_eq(softcard_logged(&k, "forbidden"), 0);
	ck_assert_str_eq(world_newest(SEK_EVENT_ENROL, SEK_FIELD_TARGET),
	    "alice");
	/* Nothing of it is told that names somebody. */
	call_is(ALICE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	ck_assert_uint_eq(c->self.nauthenticators, 2);
	ck_assert(!world_logged("4711"));
	world_check_store();
	softcard_remove(&k, &rig);
}
END_TEST

START_TEST(kinds_and_keys_are_as_asked_for)
{
	struct softcard k;

	put(&k, "p", "piv", 1, "key=p256\nkey9e=p256\npin=471199\n");
	want.method = SEK_METHOD_CARD_PIV;
	want.driver = SEK_CARD_PIV;
	want.key = 0x9e;
	(void)snprintf(want.reader, sizeof(want.reader), CARDRIG_READER1);
	proves("alice", 0, NULL);
	enrols(ALICE_UID, SEK_OK);
	ck_assert_int_eq(c->asked, 2);
	ck_assert_uint_eq(c->enrolled.method, SEK_METHOD_CARD_PIV);
	ck_assert_uint_eq(c->enrolled.card.key, 0x9e);
	ck_assert_uint_eq(c->enrolled.card.pin, 0);
	ck_assert_uint_eq(c->enrolled.card.algorithm, SEK_CARD_P256);
	ck_assert_uint_eq(softcard_logged(&k, VERIFIED), 0);
	/* Another kind than what is there. */
	(void)world_hotp("bob");
	want.method = SEK_METHOD_CARD_JPKI;
	want.driver = SEK_CARD_JPKI;
	want.key = 0;
	proves("bob", 0, "4711");
	enrols(BOB_UID, SEK_ERR_REFUSED);
	ck_assert_uint_eq(softcard_logged(&k, VERIFIED), 0);
	ck_assert(is_logged("card not enrolled: unknown"));
	softcard_remove(&k, &rig);
}
END_TEST

START_TEST(pin_is_asked_for_and_kept_to_the_card)
{
	struct softcard k;

	put(&k, "a", "piv", 0, "pin=471199\n");
	proves("alice", 0, "999999");
	c->answer[3] = "471199";
	enrols(ALICE_UID, SEK_OK);
	ck_assert_int_eq(c->asked, 4);
	ck_assert(was_said("not the PIN of this card"));
	ck_assert(was_said("Tries left for the PIN of your card: 2"));
	ck_assert_uint_eq(softcard_logged(&k, VERIFIED), 2);
	ck_assert(!world_logged("471199"));
	ck_assert(!world_logged("999999"));
	softcard_remove(&k, &rig);
}
END_TEST

START_TEST(pin_given_up_enrols_nothing)
{
	struct softcard k;

	put(&k, "a", "jpki", 0, "pin=4711\n");
	proves("alice", 0, NULL);
	enrols(ALICE_UID, SEK_ERR_CONV);
	proves("alice", 1, "");
	enrols(ALICE_UID, SEK_ERR_CONV);
	/* The last try by his own yes alone. */
	softcard_knobs(&k, "pin=4711\ntries=1\n");
	proves("alice", 2, "no");
	enrols(ALICE_UID, SEK_ERR_CONV);
	ck_assert(was_said("One try is left"));
	ck_assert_uint_eq(softcard_logged(&k, VERIFIED), 0);
	ck_assert_int_eq(softcard_tries(&k), 1);
	ck_assert_uint_eq(cards_of("alice"), 0);
	softcard_remove(&k, &rig);
}
END_TEST

START_TEST(ticket_binds_a_first_card)
{
	static struct ticket t;		/* whose code is an answer yet */
	struct softcard k;

	put(&k, "a", "jpki", 0, "");
	t = tickets_give("newbie", SEK_PURPOSE_ENROL);
	memset(c->answer, 0, sizeof(c->answer));
	c->answer[0] = PASSWORD;
	c->answer[1] = t.code;
	c->answer[2] = "1234";
	enrols(NEWBIE_UID, SEK_OK);
	ck_assert_uint_eq(cards_of("newbie"), 1);
	world_check_store();
	softcard_remove(&k, &rig);
}
END_TEST

START_TEST(whose_a_card_is_nobody_is_told)
{
	struct softcard k;
	int i;

	put(&k, "a", "jpki", 0, "");
	(void)world_hotp("bob");
	proves("bob", 0, "1234");
	enrols(BOB_UID, SEK_OK);
	proves("alice", 0, "1234");
	enrols(ALICE_UID, SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(c->why.text, "ask an administrator"));
	ck_assert_ptr_null(strstr(c->why.text, "bob"));
	for (i = 0; i < c->nsaid; i++)
		ck_assert_ptr_null(strstr(c->said[i], "bob"));
	ck_assert(is_logged("card not enrolled: "));
	ck_assert_uint_eq(cards_of("alice"), 0);
	ck_assert_uint_eq(cards_of("bob"), 1);
	world_check_store();
	softcard_remove(&k, &rig);
}
END_TEST

START_TEST(without_a_proof_no_card_is_talked_to)
{
	struct softcard k;

	put(&k, "a", "jpki", 0, "");
	proves("alice", 0, "1234");
	c->answer[0] = "wrong";
	enrols(ALICE_UID, SEK_ERR_REFUSED);
	proves("alice", 0, "1234");
	c->answer[1] = NULL;
	ck_assert_int_ne(call(ALICE_UID, SEK_HELPER_ENROL, &want,
	    sizeof(want)), SEK_OK);
	memset(c->answer, 0, sizeof(c->answer));
	c->answer[0] = PASSWORD;
	enrols(CAROL_UID, SEK_ERR_REFUSED);
	ck_assert_uint_eq(softcard_logged(&k, "apdu"), 0);
	ck_assert_uint_eq(cards_of("alice"), 0);
	softcard_remove(&k, &rig);
}
END_TEST

START_TEST(what_cannot_be_is_told_before_anybody_types)
{

	proves("alice", 0, "1234");
	enrols(ALICE_UID, SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, 0);
	ck_assert_ptr_nonnull(strstr(c->why.text, "no card on the reader"));
	/* A number that anybody can copy is not his own to bind. */
	want.method = SEK_METHOD_CARD_UID;
	want.driver = SEK_CARD_UID;
	enrols(ALICE_UID, SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, 0);
	ck_assert_ptr_nonnull(strstr(c->why.text, "administrator"));
	/* Without pcscd. */
	want.method = SEK_METHOD_NONE;
	want.driver = SEK_CARD_DRIVERS;
	cardrig_stop(&rig);
	ck_assert_int_ne(call(ALICE_UID, SEK_HELPER_ENROL, &want,
	    sizeof(want)), SEK_OK);
	ck_assert_int_eq(c->asked, 0);
}
END_TEST

START_TEST(a_reader_is_named_as_it_is)
{
	static const char *const names[] = { "/dev/null", "Virtual PCD",
	    "virtual pcd 00 00", "Virtual PCD 00 00 ", "*", "%s%n" };
	struct softcard a, b;
	size_t i;

	put(&a, "a", "jpki", 0, "");
	put(&b, "b", "jpki", 1, "");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(want.reader, sizeof(want.reader), "%s",
		    names[i]);
		proves("alice", i, "1234");
		ck_assert_int_ne(call(ALICE_UID, SEK_HELPER_ENROL, &want,
		    sizeof(want)), SEK_OK);
	}
	/* Several, and none named. */
	want.reader[0] = '\0';
	proves("alice", i, "1234");
	enrols(ALICE_UID, SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(c->why.text, "--reader"));
	ck_assert_uint_eq(softcard_logged(&a, VERIFIED), 0);
	ck_assert_uint_eq(softcard_logged(&b, VERIFIED), 0);
	ck_assert_uint_eq(cards_of("alice"), 0);
	softcard_remove(&a, &rig);
	softcard_remove(&b, &rig);
}
END_TEST

START_TEST(each_trouble_has_its_word)
{
	static const struct {
		const char	*knobs, *text, *logged;
	} rows[] = {
		{ "eject=sign\n", "taken away", "enrolled: gone" },
		{ "hang=sign\n", "not answer", "enrolled: silent" },
		{ "sig=otherkey\n", "card", "card not enrolled: " },
		{ "cert=expired\n", "has ended", "enrolled: expired" },
		{ "token=phone-ios\n", "telephone", "enrolled: phone" },
		{ "blocked=6983\n", "municipality", "enrolled: pin-blocked" },
	};
	struct softcard k;
	char name[16];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(name, sizeof(name), "k%zu", i);
		put(&k, name, "jpki", 0, rows[i].knobs);
		proves("alice", i, "1234");
		enrols(ALICE_UID, SEK_ERR_REFUSED);
		ck_assert_msg(strstr(c->why.text, rows[i].text) != NULL,
		    "%s: %s", rows[i].knobs, c->why.text);
		ck_assert_msg(is_logged(rows[i].logged), "%s",
		    rows[i].logged);
		ck_assert_msg(softcard_logged(&k, VERIFIED) <= 1, "%s",
		    rows[i].knobs);
		softcard_remove(&k, &rig);
	}
	ck_assert_uint_eq(cards_of("alice"), 0);
	ck_assert_uint_eq(world_failures("alice"), 0);
	world_check_store();
}
END_TEST

/* Client, middle, helper, and who talks to the card: any of them, while it is
 * read and while it signs. */
START_TEST(killed_while_a_card_works_nothing_is_enrolled)
{
	static const struct {
		const char	*knobs, *seen;
	} at[] = {
		{ "slow=150\n", "apdu 00b0" },
		{ "slow=150\n", VERIFIED },
	};
	struct softcard k;
	pid_t pid[PROCESSES], client;
	int n, i, most = 4, round = 0;
	size_t j;

	put(&k, "a", "jpki", 0, "");
	for (j = 0; j < sizeof(at) / sizeof(at[0]); j++)
		for (i = 0; i < most; i++) {
			softcard_knobs(&k, at[j].knobs);
			softcard_forget_log(&k);
			proves("alice", (uint64_t)round++, "1234");
			client = call_begin(ALICE_UID, SEK_HELPER_ENROL,
			    &want, sizeof(want));
			ck_assert(softcard_await(&k, at[j].seen, 1, 20000));
			n = family(client, pid, 0);
			ck_assert_int_ge(n, most);
			ck_assert_int_eq(kill(pid[i], SIGKILL), 0);
			/* The log, pcscd and the card stay. */
			wait_for_all(4);
			ck_assert_int_ne(c->err, SEK_OK);
			ck_assert_uint_eq(cards_of("alice"), 0);
		}
	/* It is as good as before. */
	softcard_knobs(&k, "");
	proves("alice", (uint64_t)round, "1234");
	enrols(ALICE_UID, SEK_OK);
	world_check_store();
	softcard_remove(&k, &rig);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("helper_card");
	TCase *t = world_case(s, "cards", 180);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, own_proof_binds_a_card);
	tcase_add_test(t, kinds_and_keys_are_as_asked_for);
	tcase_add_test(t, pin_is_asked_for_and_kept_to_the_card);
	tcase_add_test(t, pin_given_up_enrols_nothing);
	tcase_add_test(t, ticket_binds_a_first_card);
	tcase_add_test(t, whose_a_card_is_nobody_is_told);
	tcase_add_test(t, without_a_proof_no_card_is_talked_to);
	tcase_add_test(t, what_cannot_be_is_told_before_anybody_types);
	tcase_add_test(t, a_reader_is_named_as_it_is);
	tcase_add_test(t, each_trouble_has_its_word);
	tcase_add_test(t, killed_while_a_card_works_nothing_is_enrolled);
	return (world_main(s));
}
