/*
 * pam_card.c - logins with IC cards, by the built modules, a real pcscd and
 * cards of software: what each thing a card may do comes to
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include <time.h>

#include "sekisho/edge/message.h"
#include "tests/module/cards.h"
#include "tests/module/tickets.h"

/* Nothing here may take longer, by far. */
#define FAR	60

#define IN_TIME		"Tries left for the PIN of your card: "
#define PUT_IN		"Put your card on the reader and press Enter: "
#define PUT_IN_OR	"Put your card on the reader and press Enter, or just " \
	"press Enter for another way: "

static struct softcard card, other;
static bool own;	/* pcscd is this test's alone */

/* vpcd takes the next card for none where one was pulled within a
 * transaction: those tests have a pcscd that ends with them. */
static bool
is_here(const char *knobs)
{

	return ((strstr(knobs, "eject") != NULL) == own);
}

static unsigned
open_files(void)
{
	unsigned n = 0;
	int fd;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return (n);
}

static unsigned
children(void)
{
	char path[64], text[4096];
	unsigned n = 0;
	size_t len, i;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children",
	    (int)getpid());
	if ((f = fopen(path, "re")) == NULL)
		return (0);
	len = fread(text, 1, sizeof(text), f);
	(void)fclose(f);
	for (i = 0; i < len; i++)
		n += text[i] == ' ';
	return (n);
}

/* A login that leaves nothing behind in its process, touches nothing it must
 * not, and ends. */
static struct login
logs_in(struct login l)
{
	struct timespec begin, end;
	unsigned files = open_files(), kids = children();

	(void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &begin);
	login_run(&l);
	(void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &end);
	ck_assert_int_lt(end.tv_sec - begin.tv_sec, FAR);
	ck_assert_uint_eq(open_files(), files);
	ck_assert_uint_le(children(), kids);
	if (card.pid > 0)
		ck_assert_uint_eq(softcard_logged(&card, "forbidden"), 0);
	return (l);
}

static struct login
with(const char *user, const char *password, const char *pin)
{
	struct login l = login_of(user, password, NULL);

	l.pin = pin;
	return (logs_in(l));
}

static bool
gets_in(const char *user, const char *pin)
{
	struct login l = with(user, PASSWORD, pin);

	return (login_is_in(&l));
}

/* alice's card is in the first reader. */
static const char *
alice_has(const char *type, const char *knobs)
{
	const char *id;

	card = cards_insert(type, type, 0, "");
	id = cards_enrol("alice", &card);
	cards_knobs(&card, knobs);
	softcard_forget_log(&card);
	return (id);
}

static void
teardown(void)
{

	softcard_remove(&card, &cards_rig);
	softcard_remove(&other, &cards_rig);
}

/* ------------------------------------------------- password and card -- */

static const struct {
	const char	*type, *knobs, *pin, *method;
} kinds[] = {
	{ "jpki", "", CARDS_JPKI_PIN, "card-jpki" },
	{ "piv", "", CARDS_PIV_PIN, "card-piv" },
	{ "piv", "key=rsa3072\n", CARDS_PIV_PIN, "card-piv" },
	{ "piv", "key=p256\n", CARDS_PIV_PIN, "card-piv" },
	{ "piv", "key=p384\n", CARDS_PIV_PIN, "card-piv" },
};

START_TEST(password_and_card_let_in)
{
	const char *id;
	struct login l;

	card = cards_insert(_i < 2 ? kinds[_i].type : kinds[_i].knobs + 4,
	    kinds[_i].type, 0, kinds[_i].knobs);
	id = cards_enrol("alice", &card);
	l = login_of("alice", PASSWORD, NULL);
	l.pin = kinds[_i].pin;
	l.phases = LOGIN_ALL;
	l = logs_in(l);
	ck_assert_msg(login_is_in(&l), "%s", l.nmessages > 0 ?
	    l.message[l.nmessages - 1] : "-");
	ck_assert_int_eq(l.close, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_str_eq(l.prompt[0], "Password: ");
	ck_assert_str_eq(l.prompt[1], "Card PIN: ");
	ck_assert_int_eq(l.style[1], PAM_PROMPT_ECHO_OFF);
	ck_assert_str_eq(l.message[0], IN_TIME "3");
	ck_assert_uint_eq(cards_pins(&card), 1);
	ck_assert_uint_ge(cards_signed(&card), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "knowledge possession");
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_AUTHENTICATOR), id));
	ck_assert_uint_eq(world_failures("alice"), 0);
	/* Again, and again. */
	ck_assert(gets_in("alice", kinds[_i].pin));
	ck_assert(gets_in("alice", kinds[_i].pin));
	ck_assert_int_eq(softcard_tries(&card), 3);
	world_check_store();
}
END_TEST

START_TEST(key_without_a_pin_asks_for_none)
{
	struct login l;

	card = cards_insert("piv", "piv", 0, "");
	(void)cards_enrol_key("alice", &card, SEK_CARD_PIV, 0x9E);
	l = with("alice", PASSWORD, NULL);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert_int_eq(l.nmessages, 0);
	ck_assert_uint_eq(cards_pins(&card), 0);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "knowledge possession");
	/* One failure, of the login; none of the card. */
	l = with("alice", "wrong", NULL);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(cards_failures("alice"), 0);
}
END_TEST

START_TEST(wrong_pin_counts_once_on_either_side)
{
	struct login l;

	(void)alice_has("jpki", "");
	l = with("alice", PASSWORD, "9999");
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(cards_failures("alice"), 1);
	ck_assert_int_eq(softcard_tries(&card), 2);
	ck_assert_uint_eq(cards_pins(&card), 1);
	ck_assert_uint_eq(cards_signed(&card), 0);
	/* He learns it at the next login, which brings them back. */
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert(login_is_in(&l));
	ck_assert_str_eq(l.message[0], IN_TIME "2");
	ck_assert_int_eq(softcard_tries(&card), 3);
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert_uint_eq(cards_failures("alice"), 0);
}
END_TEST

START_TEST(no_pin_reaches_the_card_behind_a_wrong_password)
{
	static struct login l, wrong;

	(void)alice_has("jpki", "");
	l = with("alice", PASSWORD, "9999");
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	cards_knobs(&card, "");
	softcard_forget_log(&card);
	world_unlock("alice");
	wrong = with("alice", "wrong", CARDS_JPKI_PIN);
	ck_assert_uint_eq(cards_pins(&card), 0);
	ck_assert_uint_eq(cards_signed(&card), 0);
	ck_assert_int_eq(softcard_tries(&card), 3);
	ck_assert_uint_eq(world_failures("alice"), 1);
	/* That of before. */
	ck_assert_uint_eq(cards_failures("alice"), 1);
	login_check_alike(&l, &wrong);
}
END_TEST

START_TEST(locked_account_is_asked_the_same_and_nothing_is_verified)
{
	struct login l;
	int i;

	(void)alice_has("jpki", "");
	for (i = 0; i < 5; i++)
		(void)with("alice", "wrong", CARDS_JPKI_PIN);
	ck_assert(world_locked("alice"));
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert(!login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_uint_eq(cards_pins(&card), 0);
	ck_assert(login_was_told(&l, "Locked"));
	world_unlock("alice");
	ck_assert(gets_in("alice", CARDS_JPKI_PIN));
}
END_TEST

START_TEST(who_may_not_get_in_proves_nothing_by_his_card)
{
	struct login l;

	(void)alice_has("jpki", "");
	world_suspend("alice");
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(cards_pins(&card), 0);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(unknown_name_reaches_for_no_card)
{
	struct login l;

	(void)alice_has("jpki", "");
	l = with("nobody-here", PASSWORD, CARDS_JPKI_PIN);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(softcard_logged(&card, "apdu "), 0);
}
END_TEST

/* ------------------------------------------------------------- the PIN -- */

static const char *const no_pins[] = { "", "123", "12345", "12a4",
	"correct-horse", "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x93\xef\xbc\x94" };

START_TEST(what_can_be_no_pin_is_never_sent)
{
	static struct login l, wrong;

	(void)alice_has("jpki", "");
	l = with("alice", PASSWORD, no_pins[_i]);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "This cannot be the PIN of your card."));
	ck_assert_uint_eq(cards_pins(&card), 0);
	ck_assert_int_eq(softcard_tries(&card), 3);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(cards_failures("alice"), 0);
	wrong = with("alice", "wrong", no_pins[_i]);
	login_check_alike(&l, &wrong);
}
END_TEST

/* As sshd and one-box greeters answer; here it even is the card's PIN. */
START_TEST(login_password_is_never_sent_even_where_it_is_the_pin)
{
	struct login l;

	(void)alice_has("jpki", "");
	world_service("login", "auth required @lockout\n"
	    "auth required @password backend=@count count=@world/count "
	    "password=" CARDS_JPKI_PIN "\n"
	    "auth required @card\nauth required @gate\n"
	    "account required @lockout\naccount required @gate\n");
	l = with("alice", CARDS_JPKI_PIN, CARDS_JPKI_PIN);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(cards_pins(&card), 0);
	ck_assert_uint_eq(world_failures("alice"), 1);
}
END_TEST

START_TEST(last_try_is_not_used_without_a_yes)
{
	struct login l;

	(void)alice_has("jpki", "tries=1\n");
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "One try is left for the PIN of your "
	    "card"));
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_uint_eq(cards_pins(&card), 0);
	ck_assert_int_eq(softcard_tries(&card), 1);
	ck_assert_uint_eq(world_failures("alice"), 1);
	l = login_of("alice", PASSWORD, NULL);
	l.yes = "yes";
	l.pin = CARDS_JPKI_PIN;
	l = logs_in(l);
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(cards_pins(&card), 1);
	ck_assert_int_eq(softcard_tries(&card), 3);
}
END_TEST

START_TEST(last_try_that_was_wrong_blocks_and_the_next_login_says_where_to_go)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	(void)alice_has("jpki", "tries=1\n");
	l.yes = "yes";
	l.pin = "9999";
	l = logs_in(l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_int_eq(softcard_tries(&card), 0);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(cards_failures("alice"), 1);
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert(login_was_told(&l, "at your municipal office"));
	ck_assert_uint_eq(cards_pins(&card), 1);
}
END_TEST

/* Another program verified it, and left the card as it was. */
START_TEST(pin_status_of_another_program_is_not_used)
{
	struct login l;

	(void)alice_has("jpki", "");
	ck_assert_int_eq(cardrig_slot(&cards_rig, (const char *const[]){
	    "apdu", "00 00", "00a4040c0ad392f000260100000001",
	    "00a4020c020018", "0020008004" "31323334", NULL }), 0);
	softcard_forget_log(&card);
	l = with("alice", PASSWORD, "9999");
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(cards_signed(&card), 0);
	softcard_remove(&card, &cards_rig);
	world_unlock("alice");
	/* Of a PIV card, too, which tells no tries then. */
	(void)alice_has("piv", "");
	ck_assert_int_eq(cardrig_slot(&cards_rig, (const char *const[]){
	    "apdu", "00 00", "00a4040005a000000308",
	    "0020008008" "313233343536ffff", NULL }), 0);
	softcard_forget_log(&card);
	l = with("alice", PASSWORD, "999999");
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(cards_signed(&card), 0);
	/* And ours outlives no login. */
	ck_assert(gets_in("alice", CARDS_PIV_PIN));
	softcard_forget_log(&card);
	ck_assert_int_eq(cardrig_slot(&cards_rig, (const char *const[]){
	    "apdu", "00 00", "00a4040005a000000308", "00200080", NULL }), 0);
	ck_assert_uint_eq(softcard_logged(&card, "apdu 00200080 -> 9000"), 0);
}
END_TEST

START_TEST(card_alone_lets_in_where_its_pin_counts)
{
	struct login l;

	(void)alice_has("jpki", "");
	cards_policy("jpki_pin_counts = yes\n");
	l = with("alice", NULL, CARDS_JPKI_PIN);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert_str_eq(l.prompt[0], "Card PIN: ");
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "knowledge possession");
	/* Also where there is no other line. */
	l = login_of("alice", NULL, NULL);
	l.service = "alone";
	l.pin = CARDS_JPKI_PIN;
	l = logs_in(l);
	ck_assert(login_is_in(&l));
	/* A wrong one: one failure, of the card too. */
	l = with("alice", NULL, "9999");
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(cards_failures("alice"), 1);
	/* Where it does not count it is not enough. */
	cards_policy("piv_pin_counts = yes\n");
	ck_assert(gets_in("alice", CARDS_JPKI_PIN));
	l = login_of("alice", NULL, NULL);
	l.service = "alone";
	l.pin = CARDS_JPKI_PIN;
	l = logs_in(l);
	ck_assert(!login_is_in(&l));
}
END_TEST

/* These end pcscd: each has its own, which ends with it. */
static void
own_pcscd(void)
{
	struct timespec step = { 0, 20000000 };
	int i;

	/* It is no child of this process: its end cannot be waited for. */
	cardrig_stop(&cards_rig);
	for (i = 0; i < 250 && access("/run/pcscd/pcscd.comm", F_OK) == 0;
	    i++)
		(void)nanosleep(&step, NULL);
	for (i = 0; i < 5 && !cardrig_up(&cards_rig); i++)
		cardrig_stop(&cards_rig);
	ck_assert_int_gt(cards_rig.pcscd, 0);
	cards_setup();
	world_policy(CARDS_FACTORS("2s"));
}

/* ------------------------------------------------- what can go wrong -- */

/* Before a PIN is typed: told at once, and nothing is spent. */
static const struct fault {
	const char	*type, *knobs, *told, *logged;
	bool		 trusts;	/* with anchors */
	enum sek_reason	 reason;
} early[] = {
	{ "jpki", "blocked=6983\n", "reset at your municipal office",
	    "card: pin-blocked", false, SEK_REASON_DEVICE },
	{ "jpki", "blocked=63c0\n", "reset at your municipal office",
	    "card: pin-blocked", false, SEK_REASON_DEVICE },
	{ "jpki", "blocked=6984\n", "reset at your municipal office",
	    "card: pin-blocked", false, SEK_REASON_DEVICE },
	{ "piv", "blocked=6983\n", "blocked. Please ask the person in charge",
	    "card: pin-blocked", false, SEK_REASON_DEVICE },
	{ "piv", "blocked=6983\nneo=yes\n",
	    "blocked. Please ask the person in charge", "card: pin-blocked",
	    false, SEK_REASON_DEVICE },
	{ "jpki", "cert=expired\n", "has expired", "card: expired", true,
	    SEK_REASON_CERTIFICATE },
	{ "piv", "cert=expired\n", "has expired", "card: expired", true,
	    SEK_REASON_CERTIFICATE },
	{ "jpki", "cert=future\n", "is not valid yet", "card: expired", true,
	    SEK_REASON_CERTIFICATE },
	{ "jpki", "cert=otherca\n", "does not trust the certificate",
	    "card: untrusted", true, SEK_REASON_CERTIFICATE },
	{ "jpki", "cert=selfsigned\n", "does not trust the certificate",
	    "card: untrusted", true, SEK_REASON_CERTIFICATE },
	{ "jpki", "cert=noaki\n", "does not trust the certificate",
	    "card: untrusted", true, SEK_REASON_CERTIFICATE },
	{ "jpki", "cert=badsig\n", "does not trust the certificate",
	    "card: untrusted", true, SEK_REASON_CERTIFICATE },
	{ "jpki", "cert=renewed\n", "If your card was renewed, please have "
	    "it enrolled again.", "card: others", false, SEK_REASON_DEVICE },
	{ "jpki", "cert=otherkey\n", "not one of yours", "card: others",
	    false, SEK_REASON_DEVICE },
	{ "jpki", "token=phone-android\n", "A phone cannot be used",
	    "card: phone", false, SEK_REASON_DEVICE },
	{ "jpki", "token=phone-ios\n", "A phone cannot be used",
	    "card: phone", false, SEK_REASON_DEVICE },
	{ "jpki", "token=old\n", "cannot be used to log in here",
	    "card: unknown", false, SEK_REASON_DEVICE },
	{ "jpki", "cert=none\n", "", "card: ", false, SEK_REASON_DEVICE },
	{ "piv", "cert=empty\n", "", "card: ", false, SEK_REASON_DEVICE },
	{ "jpki", "cert=garbage\n", "", "card: ", false, SEK_REASON_DEVICE },
	{ "jpki", "cert=truncated\n", "", "card: ", false,
	    SEK_REASON_DEVICE },
	{ "jpki", "cert=lies\n", "", "card: ", false, SEK_REASON_DEVICE },
	{ "jpki", "cert=huge\n", "", "card: ", false, SEK_REASON_DEVICE },
	{ "piv", "cert=none\n", "", "card: ", false, SEK_REASON_DEVICE },
	{ "piv", "cert=bomb\n", "", "card: ", false, SEK_REASON_DEVICE },
	{ "piv", "cert=garbage\n", "", "card: ", false, SEK_REASON_DEVICE },
	{ "jpki", "sw.a4=6a82\n", "", "card: ", false, SEK_REASON_DEVICE },
	{ "jpki", "sw.b0=6982\n", "", "card: ", false, SEK_REASON_DEVICE },
	{ "jpki", "hang=select\n", "does not answer", "card: silent", false,
	    SEK_REASON_DEVICE },
	{ "jpki", "hang=read\n", "does not answer", "card: silent", false,
	    SEK_REASON_DEVICE },
	{ "jpki", "hang=tries\n", "does not answer", "card: silent", false,
	    SEK_REASON_DEVICE },
	{ "jpki", "eject=select\n", "", "card: ", false, SEK_REASON_DEVICE },
	{ "jpki", "eject=read\n", "taken away too early", "card: gone", false,
	    SEK_REASON_DEVICE },
	{ "jpki", "eject=tries\n", "taken away too early", "card: gone",
	    false, SEK_REASON_DEVICE },
	{ "jpki", "empty=read\n", "does not answer", "card: silent", false,
	    SEK_REASON_DEVICE },
	{ "jpki", "empty=tries\n", "does not answer", "card: silent",
	    false, SEK_REASON_DEVICE },
	{ "jpki", "short=read\n", "", "card: ", false, SEK_REASON_DEVICE },
	{ "jpki", "garbage=read\n", "", "card: ", false, SEK_REASON_DEVICE },
	{ "jpki", "garbage=tries\n", "", "card: ", false,
	    SEK_REASON_DEVICE },
	{ "jpki", "long=tries\n", "", "card: ", false, SEK_REASON_DEVICE },
	{ "piv", "eject=read\n", "taken away too early", "card: gone", false,
	    SEK_REASON_DEVICE },
	{ "piv", "hang=tries\n", "does not answer", "card: silent", false,
	    SEK_REASON_DEVICE },
	{ "piv", "garbage=tries\n", "", "card: ", false, SEK_REASON_DEVICE },
};

START_TEST(early_fault_is_told_and_one_wrong_answer_and_spends_nothing)
{
	const struct fault *f = &early[_i];
	static struct login l, wrong;
	bool jpki = strcmp(f->type, "jpki") == 0;
	const char *pin = jpki ? CARDS_JPKI_PIN : CARDS_PIV_PIN;

	if (!is_here(f->knobs))
		return;
	if (own)
		own_pcscd();
	(void)alice_has(f->type, f->knobs);
	/* So that no key is made while he waits. */
	if (strncmp(f->knobs, "cert=", 5) == 0 && jpki)
		(void)cardrig_slot(&cards_rig, (const char *const[]){ "apdu",
		    "00 00", "00a4040c0ad392f000260100000001",
		    "00a4020c02000a", "00b0000004", NULL });
	world_policy(CARDS_FACTORS("1s"));
	if (f->trusts)
		cards_anchors(&card);
	l = with("alice", PASSWORD, pin);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_msg(login_was_told(&l, f->told), "%s: %s / %s", f->knobs,
	    l.nmessages > 0 ? l.message[0] : "-",
	    l.nmessages > 1 ? l.message[1] : "-");
	ck_assert_msg(world_logged(f->logged), "%s", f->knobs);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(cards_failures("alice"), 0);
	ck_assert_uint_eq(cards_pins(&card), 0);
	ck_assert_uint_eq(world_records(SEK_EVENT_REFUSE, f->reason), 1);
	if (strstr(f->knobs, "eject") != NULL)
		return;
	/* The same behind a wrong password. */
	cards_knobs(&card, f->knobs);
	wrong = with("alice", "wrong", pin);
	login_check_alike(&l, &wrong);
	ck_assert_uint_eq(world_failures("alice"), 2);
	/* And it works again. */
	cards_knobs(&card, "");
	cards_policy("");
	ck_assert(gets_in("alice", pin));
	world_check_store();
}
END_TEST

/* Behind the PIN: not told, and the PIN went once at most. */
static const struct {
	const char	*type, *knobs;
	uint32_t	 charged;	/* to the card's own count */
} late[] = {
	{ "jpki", "sig=wrong\n", 1 },
	{ "jpki", "sig=othertext\n", 1 },
	{ "jpki", "sig=otherkey\n", 1 },
	{ "jpki", "sig=zero\n", 1 },
	{ "jpki", "sig=garbage\n", 1 },
	{ "jpki", "sig=short\n", UINT32_MAX },
	{ "jpki", "sig=long\n", UINT32_MAX },
	{ "jpki", "sig=empty\n", UINT32_MAX },
	{ "piv", "sig=wrong\n", 1 },
	{ "piv", "sig=otherkey\n", 1 },
	{ "piv", "sig=replay\n", UINT32_MAX },
	{ "jpki", "sw.2a=6982\n", 0 },
	{ "jpki", "sw.2a=6d00\n", 0 },
	{ "piv", "sw.87=6982\n", 0 },
	{ "jpki", "hang=verify\n", 0 },
	{ "jpki", "hang=verify+\n", 0 },
	{ "jpki", "hang=sign\n", 0 },
	{ "jpki", "eject=verify\n", 0 },
	{ "jpki", "eject=verify+\n", 0 },
	{ "jpki", "eject=sign\n", 0 },
	{ "jpki", "empty=verify\n", 0 },
	{ "jpki", "empty=verify+\n", 0 },
	{ "jpki", "empty=sign\n", 0 },
	{ "jpki", "short=verify\n", 0 },
	{ "jpki", "garbage=verify\n", 0 },
	{ "jpki", "garbage=sign\n", UINT32_MAX },
	{ "jpki", "long=sign\n", UINT32_MAX },
	{ "piv", "eject=verify\n", 0 },
	{ "piv", "eject=sign\n", 0 },
	{ "piv", "eject=response\n", UINT32_MAX },
	{ "piv", "hang=sign\n", 0 },
};

START_TEST(late_fault_is_one_wrong_answer_and_no_second_pin)
{
	static struct login l, wrong;
	bool jpki = strcmp(late[_i].type, "jpki") == 0;
	const char *pin = jpki ? CARDS_JPKI_PIN : CARDS_PIV_PIN;

	if (!is_here(late[_i].knobs))
		return;
	if (own)
		own_pcscd();
	(void)alice_has(late[_i].type, "");
	world_policy(CARDS_FACTORS("2s"));
	/* One that was right, for what is replayed. */
	ck_assert(gets_in("alice", pin));
	cards_knobs(&card, late[_i].knobs);
	softcard_forget_log(&card);
	l = with("alice", PASSWORD, pin);
	ck_assert_msg(l.auth == PAM_AUTH_ERR, "%s: %d", late[_i].knobs,
	    l.auth);
	ck_assert_uint_le(cards_pins(&card), 1);
	ck_assert_uint_eq(world_failures("alice"), 1);
	if (late[_i].charged != UINT32_MAX)
		ck_assert_msg(cards_failures("alice") == late[_i].charged,
		    "%s: %u", late[_i].knobs, cards_failures("alice"));
	ck_assert(world_logged("card: "));
	if (strstr(late[_i].knobs, "eject") != NULL)
		return;
	/* A wrong password looks the same, and sends no PIN. */
	world_unlock("alice");
	cards_knobs(&card, late[_i].knobs);
	softcard_forget_log(&card);
	wrong = with("alice", "wrong", pin);
	login_check_alike(&l, &wrong);
	ck_assert_uint_eq(cards_pins(&card), 0);
	/* And it works again. */
	cards_knobs(&card, "");
	cards_policy("");
	ck_assert(gets_in("alice", pin));
	world_check_store();
}
END_TEST

START_TEST(slow_card_is_waited_for)
{
	(void)alice_has("jpki", "slow=150\n");
	world_policy(CARDS_FACTORS("30s"));
	ck_assert(gets_in("alice", CARDS_JPKI_PIN));
}
END_TEST

/* The next one, then a card that was out when it came to be asked for. */
START_TEST(dates_of_a_certificate_that_ends_soon_are_told_when_he_is_in)
{
	struct login l;

	(void)alice_has("jpki", "cert=soon\n");
	cards_anchors(&card);
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert(login_is_in(&l));
	ck_assert(login_was_told(&l, "The certificate of your card ends on "));
	/* Not to one who does not get in. */
	l = with("alice", PASSWORD, "9999");
	ck_assert(!login_was_told(&l, "ends on"));
	cards_knobs(&card, "");
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert(login_is_in(&l));
	ck_assert(!login_was_told(&l, "ends on"));
}
END_TEST

START_TEST(texts_are_in_the_policys_language)
{
	static const char *const texts[] = {
		"The PIN of your card is blocked. Please have it reset at "
		    "your municipal office.",
		"A phone cannot be used in place of the card. Please put the "
		    "card itself on the reader.",
		"The card on the reader is not one of yours. If your card "
		    "was renewed, please have it enrolled again." };
	static const char *const knobs[] = { "blocked=6983\n",
		"token=phone-ios\n", "cert=renewed\n" };
	struct login l;
	char text[256];

	if (!world_install_catalogue())
		world_skip("no Japanese catalogue can be installed");
	(void)alice_has("jpki", knobs[_i]);
	cards_policy("[message]\nlanguage = ja\n");
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	(void)snprintf(text, sizeof(text), "%s", sek_message(SEK_LANGUAGE_JA,
	    texts[_i]));
	ck_assert(login_was_told(&l, text));
}
END_TEST

/* ---------------------------------------------- which card, and no card -- */

START_TEST(his_card_is_found_among_others)
{
	struct login l;

	other = cards_insert("bob", "jpki", 1, "");
	(void)cards_enrol("bob", &other);
	(void)alice_has("jpki", "");
	softcard_forget_log(&other);
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(cards_pins(&card), 1);
	ck_assert_uint_eq(cards_pins(&other), 0);
	l = with("bob", PASSWORD, CARDS_JPKI_PIN);
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(cards_pins(&card), 1);
	ck_assert_uint_eq(cards_pins(&other), 1);
}
END_TEST

START_TEST(other_persons_card_is_none)
{
	struct login l;

	(void)alice_has("jpki", "");
	softcard_remove(&card, &cards_rig);
	other = cards_insert("bob", "jpki", 0, "");
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "not one of yours"));
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_str_eq(l.prompt[1], PUT_IN);
	ck_assert_int_eq(l.style[1], PAM_PROMPT_ECHO_OFF);
	ck_assert_uint_eq(cards_pins(&other), 0);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(cards_failures("alice"), 0);
}
END_TEST

static void
put_in(struct login *l, int n, pam_handle_t *h)
{

	(void)h;
	if (strncmp(l->prompt[n], "Put", 3) == 0)
		card = cards_insert("jpki", "jpki", 0, "");
}

START_TEST(card_that_is_put_in_when_asked_for_lets_in)
{
	struct login l;

	(void)alice_has("jpki", "");
	softcard_remove(&card, &cards_rig);
	l = login_of("alice", PASSWORD, NULL);
	l.pin = CARDS_JPKI_PIN;
	l.at_prompt = put_in;
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 3);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(no_card_and_no_other_way_is_one_wrong_answer)
{
	static struct login l, wrong;

	(void)alice_has("jpki", "");
	softcard_remove(&card, &cards_rig);
	l = with("alice", PASSWORD, NULL);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "No card of yours was found."));
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_REFUSE, SEK_REASON_DEVICE),
	    1);
	wrong = with("alice", "wrong", NULL);
	login_check_alike(&l, &wrong);
}
END_TEST

/* In its reader when the round opened, and gone by then. */
static void
take_out(struct login *l, int n, pam_handle_t *h)
{

	(void)h;
	if (strncmp(l->prompt[n], "Password", 8) == 0)
		softcard_remove(&card, &cards_rig);
}

static struct login
without_card(const char *password, const char *insert, const char *code)
{
	struct login l = login_of("alice", password, code);

	l.insert = insert;
	l.at_prompt = take_out;
	login_run(&l);
	card = cards_insert("jpki", "jpki", 0, "");
	return (l);
}

START_TEST(another_way_is_a_code)
{
	static struct login l, wrong;
	uint64_t n = 0;

	(void)alice_has("jpki", "");
	(void)world_hotp("alice");
	/* With the card here it is the card. */
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert(login_is_in(&l));
	ck_assert_str_eq(l.prompt[1], "Card PIN: ");
	l = without_card(PASSWORD, "", world_hotp_code("alice", n++));
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 3);
	ck_assert_str_eq(l.prompt[1], PUT_IN_OR);
	ck_assert_str_eq(l.prompt[2], "One-time code: ");
	/* Typed where the card is asked for. */
	l = without_card(PASSWORD, world_hotp_code("alice", n++), "unasked");
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
	/* A wrong code is one failure; a wrong password looks the same. */
	l = without_card(PASSWORD, "", world_wrong_code("alice"));
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	world_unlock("alice");
	wrong = without_card("wrong", "", world_wrong_code("alice"));
	ck_assert_uint_eq(world_failures("alice"), 1);
	login_check_alike(&l, &wrong);
	/* No card when the round opens: a code as ever. */
	softcard_remove(&card, &cards_rig);
	l = logs_in(login_of("alice", PASSWORD, world_hotp_code("alice", n)));
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
	world_check_store();
}
END_TEST

START_TEST(stack_without_the_other_line_counts_it)
{
	struct login l;

	(void)alice_has("jpki", "");
	(void)world_hotp("alice");
	world_service("login", "auth required @lockout\n"
	    "auth required @password backend=pam_unix.so\n"
	    "auth required @card\nauth required @gate\n" ACCOUNT_LINES);
	l = without_card(PASSWORD, "", "123456");
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(world_failures("alice"), 1);
}
END_TEST

START_TEST(blocked_card_gives_way_to_a_code)
{
	struct login l;

	(void)alice_has("jpki", "blocked=6983\n");
	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l = logs_in(l);
	ck_assert(login_was_told(&l, "at your municipal office"));
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(ticket_stands_for_the_card)
{
	static struct login l;
	struct ticket t;

	(void)alice_has("jpki", "");
	tickets_policy("code",
	    "[factors]\naccept = password totp hotp card-jpki ticket\n");
	t = tickets_give("alice", SEK_PURPOSE_SUBSTITUTE);
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert(login_is_in(&l));
	softcard_remove(&card, &cards_rig);
	l = login_of("alice", PASSWORD, t.code);
	l.insert = "";
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_DETAIL), "代替"));
}
END_TEST

START_TEST(copy_of_a_certificate_is_not_the_card)
{
	struct login l;

	/* A card that shows hers, and has a key of its own. */
	(void)alice_has("jpki", "sig=otherkey\n");
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(world_logged("card: refused: user=alice"));
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(cards_failures("alice"), 1);
}
END_TEST

/* ------------------------------------------------------------ in use -- */

START_TEST(card_in_use_is_waited_for)
{
	struct cards_other o;
	struct login l;

	(void)alice_has("jpki", "");
	world_policy(CARDS_FACTORS("2s"));
	o = cards_other(_i == 0 ? "hold" : "own", &card);
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_msg(login_was_told(&l, "still in use by another program"),
	    "%s", l.nmessages > 0 ? l.message[0] : "-");
	ck_assert(world_logged("card: busy"));
	ck_assert_uint_eq(cards_pins(&card), 0);
	ck_assert_uint_eq(world_failures("alice"), 1);
	cards_let_go(&o);
	ck_assert(gets_in("alice", CARDS_JPKI_PIN));
}
END_TEST

static struct cards_other holder;

static void
let_go(struct login *l, const char *text)
{

	(void)l;
	if (strstr(text, "in use by another program. Please wait") != NULL)
		cards_let_go(&holder);
}

START_TEST(card_that_comes_free_is_used)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	(void)alice_has("jpki", "");
	world_policy(CARDS_FACTORS("20s"));
	holder = cards_other(_i == 0 ? "hold" : "own", &card);
	l.pin = CARDS_JPKI_PIN;
	l.at_message = let_go;
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert(login_was_told(&l, "in use by another program"));
	ck_assert_uint_eq(cards_pins(&card), 1);
}
END_TEST

START_TEST(two_logins_want_one_card)
{
	struct login *l = login_array(2);
	pid_t pid[2];
	int i, status;

	(void)alice_has("jpki", "slow=30\n");
	for (i = 0; i < 2; i++) {
		l[i] = login_of("alice", PASSWORD, NULL);
		l[i].pin = CARDS_JPKI_PIN;
		pid[i] = login_spawn(&l[i]);
	}
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
	ck_assert(login_is_in(&l[0]));
	ck_assert(login_is_in(&l[1]));
	login_array_free(l, 2);
}
END_TEST

/* -------------------------------------------------------- applications -- */

START_TEST(from_afar_password_and_card_let_in)
{
	struct login l;

	(void)alice_has("jpki", "");
	cards_policy("jpki_pin_counts = yes\n"
	    "[terminal]\nallow_remote = yes\n");
	l = login_of("alice", PASSWORD, NULL);
	l.service = "sshd";
	l.tty = "ssh";
	l.rhost = "192.0.2.7";
	l.pin = CARDS_JPKI_PIN;
	l = logs_in(l);
	ck_assert(login_is_in(&l));
	ck_assert_str_eq(l.prompt[0], "Password: ");
	ck_assert_str_eq(l.prompt[1], "Card PIN: ");
	/* Never the card alone. */
	l.service = "alone";
	l = logs_in(l);
	ck_assert(!login_is_in(&l));
}
END_TEST

START_TEST(who_gives_up_waits_for_no_card)
{
	struct login l;

	(void)alice_has("jpki", "");
	l = logs_in(login_of("alice", NULL, NULL));
	ck_assert_int_eq(l.auth, PAM_CONV_ERR);
	ck_assert_uint_eq(softcard_logged(&card, "apdu "), 0);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

/* Behind a right password as behind a wrong one. */
START_TEST(giving_up_at_the_pin_tells_nothing)
{
	static struct login l, wrong;

	(void)alice_has("jpki", "");
	l = with("alice", PASSWORD, NULL);
	wrong = with("alice", "wrong", NULL);
	login_check_alike(&l, &wrong);
	ck_assert_uint_eq(cards_pins(&card), 0);
}
END_TEST

static void
as_su(void *arg)
{

	login_run(arg);
}

START_TEST(su_by_an_ordinary_user_asks_for_the_card)
{
	struct login *l = login_array(1);

	(void)alice_has("jpki", "");
	cards_policy("[terminal]\nallow_remote = yes\n");
	*l = login_of("alice", PASSWORD, NULL);
	l->service = "su";
	l->pin = CARDS_JPKI_PIN;
	ck_assert_int_eq(login_as_caller(BOB_UID, as_su, l), 0);
	ck_assert(login_is_in(l));
	ck_assert_uint_eq(cards_pins(&card), 1);
	l->password = "wrong";
	ck_assert_int_eq(login_as_caller(BOB_UID, as_su, l), 0);
	ck_assert_int_eq(l->auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(cards_pins(&card), 1);
	ck_assert_uint_eq(world_failures("alice"), 1);
	login_array_free(l, 1);
}
END_TEST

START_TEST(host_that_ignores_its_children_feels_nothing)
{
	(void)alice_has("jpki", "");
	(void)signal(SIGCHLD, SIG_IGN);
	ck_assert(gets_in("alice", CARDS_JPKI_PIN));
	(void)signal(SIGCHLD, SIG_DFL);
}
END_TEST

START_TEST(prompt_of_the_line_is_the_pins)
{
	struct login l;

	(void)alice_has("jpki", "");
	world_service("login", "auth required @lockout\n"
	    "auth required @password backend=pam_unix.so\n"
	    "auth required @card prompt=Staff_PIN:\n"
	    "auth required @gate\n" ACCOUNT_LINES);
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert(login_is_in(&l));
	ck_assert_str_eq(l.prompt[1], "Staff_PIN:");
}
END_TEST

/* ------------------------------------------------------------- numbers -- */

static void
takes_numbers(const char *users)
{
	const struct exception e = { .key = "factors.accept",
	    .value = "card-uid", .users = users };

	(void)exceptions_give(&e);
}

START_TEST(number_of_a_card_counts_under_an_exception_alone)
{
	struct sek_card_made *made;
	struct login l;

	card = cards_insert("felica", "uid", 0, "");
	made = cards_read(&card, SEK_CARD_UID, 0);
	(void)world_card("alice", &made->card);
	free(made);
	/* Not by policy. */
	l = with("alice", PASSWORD, NULL);
	ck_assert(!login_is_in(&l));
	world_unlock("alice");
	takes_numbers("alice");
	world_policy("[factors]\nwait = 2s\n"
	    "accept = password totp hotp card-uid\n");
	l = with("alice", PASSWORD, NULL);
	ck_assert_msg(login_is_in(&l), "%s", l.nmessages > 0 ?
	    l.message[0] : "-");
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert_uint_eq(cards_pins(&card), 0);
	/* Another card's number is one wrong answer, and never logged. */
	softcard_remove(&card, &cards_rig);
	other = cards_insert("felica-b", "uid", 0, "");
	l = with("alice", PASSWORD, NULL);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
}
END_TEST

/* ----------------------------------------------------- of this machine -- */

/* Enrolled by another process: this one has not loaded it. */
START_TEST(terminal_without_the_object_refuses_and_says_what_to_install)
{
	struct login l;
	int status;
	pid_t pid;

	card = cards_insert("jpki", "jpki", 0, "");
	if ((pid = fork()) == 0) {
		(void)cards_enrol("alice", &card);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(unlink(SEK_LIBEXECDIR "/card.so"), 0);
	l = with("alice", PASSWORD, NULL);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert(login_was_told(&l, "cannot check logins now"));
	ck_assert(world_logged("libpam-sekisho-card"));
	ck_assert_uint_eq(world_failures("alice"), 0);
	/* Who has a code is asked for it. */
	(void)world_hotp("alice");
	l = logs_in(login_of("alice", PASSWORD, world_hotp_code("alice", 0)));
	ck_assert(login_is_in(&l));
}
END_TEST

static void
pulled(void)
{

	own = true;
	cards_setup();
}

static const char *stops_at;

static void
stop_it(struct login *l, int n, pam_handle_t *h)
{

	(void)h;
	if (strstr(l->prompt[n], stops_at) != NULL)
		cardrig_stop(&cards_rig);
}

START_TEST(pcscd_that_ends_within_a_login_is_told_and_a_code_goes_on)
{
	struct login l;

	(void)alice_has("jpki", "");
	stops_at = "Password";
	l = login_of("alice", PASSWORD, NULL);
	l.pin = CARDS_JPKI_PIN;
	l.at_prompt = stop_it;
	l = logs_in(l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "The card reader cannot be used now."));
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(cards_pins(&card), 0);
	/* At the PIN. */
	ck_assert(cardrig_up(&cards_rig));
	softcard_remove(&card, &cards_rig);
	card = cards_insert("jpki", "jpki", 0, "");
	world_unlock("alice");
	stops_at = "PIN";
	l = login_of("alice", PASSWORD, NULL);
	l.pin = CARDS_JPKI_PIN;
	l.at_prompt = stop_it;
	l = logs_in(l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(cards_pins(&card), 0);
	/* Who has a code is asked for it. */
	ck_assert(cardrig_up(&cards_rig));
	softcard_remove(&card, &cards_rig);
	card = cards_insert("jpki", "jpki", 0, "");
	(void)world_hotp("alice");
	world_unlock("alice");
	stops_at = "Password";
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.at_prompt = stop_it;
	l = logs_in(l);
	ck_assert(login_is_in(&l));
	ck_assert(login_was_told(&l, "The card reader cannot be used now."));
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(terminal_whose_pcscd_does_not_run_says_so)
{
	struct login l;

	(void)alice_has("jpki", "");
	cardrig_stop(&cards_rig);
	l = with("alice", PASSWORD, CARDS_JPKI_PIN);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "The card reader cannot be used now."));
	ck_assert(world_logged("card: no-service"));
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert(cardrig_up(&cards_rig));
	softcard_remove(&card, &cards_rig);
	card = cards_insert("jpki", "jpki", 0, "");
	ck_assert(gets_in("alice", CARDS_JPKI_PIN));
}
END_TEST

#define N(a)	((int)(sizeof(a) / sizeof((a)[0])))

static TCase *
cards_case(Suite *s, const char *name)
{
	TCase *c = world_case(s, name, 300);

	tcase_add_checked_fixture(c, cards_setup, teardown);
	return (c);
}

int
main(void)
{
	Suite *s = suite_create("card");
	TCase *c;

	c = cards_case(s, "card");
	tcase_add_loop_test(c, password_and_card_let_in, 0, N(kinds));
	tcase_add_test(c, key_without_a_pin_asks_for_none);
	tcase_add_test(c, wrong_pin_counts_once_on_either_side);
	tcase_add_test(c, no_pin_reaches_the_card_behind_a_wrong_password);
	tcase_add_test(c,
	    locked_account_is_asked_the_same_and_nothing_is_verified);
	tcase_add_test(c, who_may_not_get_in_proves_nothing_by_his_card);
	tcase_add_test(c, unknown_name_reaches_for_no_card);
	c = cards_case(s, "pin");
	tcase_add_loop_test(c, what_can_be_no_pin_is_never_sent, 0,
	    N(no_pins));
	tcase_add_test(c,
	    login_password_is_never_sent_even_where_it_is_the_pin);
	tcase_add_test(c, last_try_is_not_used_without_a_yes);
	tcase_add_test(c,
	    last_try_that_was_wrong_blocks_and_the_next_login_says_where_to_go);
	tcase_add_test(c, pin_status_of_another_program_is_not_used);
	tcase_add_test(c, card_alone_lets_in_where_its_pin_counts);
	c = cards_case(s, "early");
	tcase_add_loop_test(c,
	    early_fault_is_told_and_one_wrong_answer_and_spends_nothing, 0,
	    N(early));
	c = cards_case(s, "late");
	tcase_add_loop_test(c,
	    late_fault_is_one_wrong_answer_and_no_second_pin, 0, N(late));
	tcase_add_test(c, slow_card_is_waited_for);
	tcase_add_test(c,
	    dates_of_a_certificate_that_ends_soon_are_told_when_he_is_in);
	tcase_add_loop_test(c, texts_are_in_the_policys_language, 0, 3);
	c = cards_case(s, "which");
	tcase_add_test(c, his_card_is_found_among_others);
	tcase_add_test(c, other_persons_card_is_none);
	tcase_add_test(c, card_that_is_put_in_when_asked_for_lets_in);
	tcase_add_test(c, no_card_and_no_other_way_is_one_wrong_answer);
	tcase_add_test(c, another_way_is_a_code);
	tcase_add_test(c, stack_without_the_other_line_counts_it);
	tcase_add_test(c, blocked_card_gives_way_to_a_code);
	tcase_add_test(c, ticket_stands_for_the_card);
	tcase_add_test(c, copy_of_a_certificate_is_not_the_card);
	c = cards_case(s, "in-use");
	tcase_add_loop_test(c, card_in_use_is_waited_for, 0, 2);
	tcase_add_loop_test(c, card_that_comes_free_is_used, 0, 2);
	tcase_add_test(c, two_logins_want_one_card);
	c = cards_case(s, "applications");
	tcase_add_test(c, from_afar_password_and_card_let_in);
	tcase_add_test(c, who_gives_up_waits_for_no_card);
	tcase_add_test(c, giving_up_at_the_pin_tells_nothing);
	tcase_add_test(c, su_by_an_ordinary_user_asks_for_the_card);
	tcase_add_test(c, host_that_ignores_its_children_feels_nothing);
	tcase_add_test(c, prompt_of_the_line_is_the_pins);
	tcase_add_test(c,
	    terminal_without_the_object_refuses_and_says_what_to_install);
	c = cards_case(s, "numbers");
	tcase_add_test(c, number_of_a_card_counts_under_an_exception_alone);
	c = world_case(s, "pcscd", 300);
	tcase_add_checked_fixture(c, own_pcscd, teardown);
	tcase_add_test(c,
	    pcscd_that_ends_within_a_login_is_told_and_a_code_goes_on);
	tcase_add_test(c, terminal_whose_pcscd_does_not_run_says_so);
	c = world_case(s, "pulled", 300);
	tcase_add_checked_fixture(c, pulled, teardown);
	tcase_add_loop_test(c,
	    early_fault_is_told_and_one_wrong_answer_and_spends_nothing, 0,
	    N(early));
	tcase_add_loop_test(c,
	    late_fault_is_one_wrong_answer_and_no_second_pin, 0, N(late));
	return (cards_main(s));
}
