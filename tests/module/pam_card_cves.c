/*
 * pam_card_cves.c - what went wrong in other modules for cards, as it would
 * look here
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include "tests/module/cards.h"

/* Without the gate, and with a line that says yes: whatever ours passes over
 * in silence lets in. */
#define TRAP								\
	"auth required @lockout\n"					\
	"auth required @password backend=pam_unix.so\n"		\
	"auth required @card debug\n"					\
	"auth required pam_permit.so\n"

static struct softcard card, other;

static void
setup(void)
{

	cards_setup();
	world_service("trap", TRAP);
	world_policy(CARDS_FACTORS("2s"));
}

static void
teardown(void)
{

	softcard_remove(&card, &cards_rig);
	softcard_remove(&other, &cards_rig);
}

static struct login
by(const char *service, const char *pin)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	l.service = service;
	l.pin = pin;
	l.phases = LOGIN_AUTH;
	return (l);
}

static int
answers(struct login l)
{

	login_run(&l);
	return (l.auth);
}

/* By a process of its own, so that this one has not loaded card.so. */
static void
enrol_apart(void)
{
	int status;
	pid_t pid;

	card = cards_insert("jpki", "jpki", 0, "");
	if ((pid = fork()) == 0) {
		(void)cards_enrol("alice", &card);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static void
alice_has(const char *type)
{

	card = cards_insert(type, type, 0, "");
	(void)cards_enrol("alice", &card);
}

/* ------------------------------------------------- CVE-2025-24531 -- */

/* pam_pkcs11 0.6.12: what could not be judged was PAM_IGNORE, and any strange
 * card logged in by the lines beside it. */

static const struct {
	const char	*type, *knobs;
} strange[] = {
	{ "", "" },			/* none at all */
	{ "jpki", "" },
	{ "jpki", "token=old\n" },
	{ "jpki", "token=phone-android\n" },
	{ "jpki", "cert=none\n" },
	{ "jpki", "cert=garbage\n" },
	{ "jpki", "atr=garbage\n" },
	{ "jpki", "eject=read\n" },
	{ "jpki", "hang=read\n" },
	{ "piv", "" },
	{ "piv", "cert=none\n" },
	{ "piv", "cert=bomb\n" },
	{ "uid", "" },
	{ "uid", "uid=random\n" },
	{ "uid", "uid=zero\n" },
};

START_TEST(strange_card_is_no_yes_and_no_silence)
{
	struct login l = by("trap", CARDS_JPKI_PIN);
	int rc;

	alice_has("jpki");
	softcard_remove(&card, &cards_rig);
	if (strange[_i].type[0] != '\0')
		other = cards_insert("strange", strange[_i].type, 0,
		    strange[_i].knobs);
	rc = answers(by("trap", CARDS_JPKI_PIN));
	ck_assert_msg(rc == PAM_AUTH_ERR, "%s %s: %d", strange[_i].type,
	    strange[_i].knobs, rc);
	/* Nor for who has no card, where one is asked for. */
	l.user = "bob";
	world_policy("[factors]\nwait = 2s\naccept = password card-jpki "
	    "card-piv\nrequire_crypto_possession = yes\n");
	rc = answers(l);
	ck_assert_msg(rc == PAM_AUTH_ERR, "bob: %s %s: %d", strange[_i].type,
	    strange[_i].knobs, rc);
}
END_TEST

/* The trap holds: her own card is what opens it. */
START_TEST(own_card_passes_where_strange_ones_do_not)
{
	alice_has("jpki");
	ck_assert_int_eq(answers(by("trap", CARDS_JPKI_PIN)), PAM_SUCCESS);
}
END_TEST

static void
with_limit(int what, rlim_t most, struct login *l)
{
	const struct rlimit r = { most, most };
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		(void)alarm(60);
		if (setrlimit((__rlimit_resource_t)what, &r) != 0)
			_exit(98);
		l->auth = LOGIN_NOT_RUN;
		login_run(l);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* One that cannot even begin is no login either. */
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		l->auth = PAM_ABORT;
}

START_TEST(want_of_descriptors_is_no_yes_and_no_silence)
{
	struct login *l = login_array(1);
	unsigned refused = 0, n;

	enrol_apart();
	cards_knobs(&card, "sig=otherkey\n");
	for (n = 4; n < 32; n += 3) {
		*l = by("trap", CARDS_JPKI_PIN);
		with_limit(RLIMIT_NOFILE, n, l);
		ck_assert_msg(l->auth != PAM_SUCCESS && l->auth != PAM_IGNORE,
		    "%u descriptors: %d", n, l->auth);
		refused += l->auth != PAM_AUTH_ERR;
		world_unlock("alice");
		cards_knobs(&card, "sig=otherkey\n");
	}
	/* It was felt. */
	ck_assert_uint_gt(refused, 0);
	login_array_free(l, 1);
}
END_TEST

static const struct {
	mode_t		 mode;
	const char	*text;		/* NULL: not there */
} objects[] = {
	{ 0755, NULL },
	{ 0755, "" },
	{ 0755, "no library" },
	{ 0775, "writable by a group" },
	{ 0757, "writable by all" },
	{ 0000, "" },
};

START_TEST(object_that_is_not_as_installed_is_no_silence)
{
	const char *path = SEK_LIBEXECDIR "/card.so";

	enrol_apart();
	ck_assert_int_eq(unlink(path), 0);
	if (objects[_i].text != NULL)
		world_write(path, objects[_i].mode, objects[_i].text);
	ck_assert_int_eq(answers(by("trap", CARDS_JPKI_PIN)),
	    PAM_AUTHINFO_UNAVAIL);
	ck_assert(world_logged("card.so"));
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

/* ------------------------------------------------- CVE-2025-24032 -- */

/* pam_pkcs11 before 0.6.13: a certificate is public, and a card with a copy of
 * it and a PIN of its own was enough, for no signature was asked for. */

static const struct {
	const char	*type, *knobs;
} copies[] = {
	{ "jpki", "pin=9999\nsig=otherkey\n" },
	{ "jpki", "pin=9999\nsig=empty\n" },
	{ "jpki", "pin=9999\nsig=zero\n" },
	{ "jpki", "pin=9999\nsig=garbage\n" },
	{ "jpki", "pin=9999\nsig=replay\n" },
	{ "jpki", "pin=9999\nsig=othertext\n" },
	{ "jpki", "pin=9999\nsw.2a=9000\n" },
	{ "jpki", "pin=9999\nsw.2a=6985\n" },
	{ "piv", "pin=999999\nsig=otherkey\n" },
	{ "piv", "pin=999999\nsig=empty\n" },
	{ "piv", "pin=999999\nsw.87=9000\n" },
	{ "piv", "pin=999999\nsw.87=6a80\n" },
};

START_TEST(copied_certificate_with_a_pin_of_its_own_opens_nothing)
{
	bool jpki = strcmp(copies[_i].type, "jpki") == 0;
	const char *own = jpki ? "9999" : "999999";
	struct login l;

	alice_has(copies[_i].type);
	ck_assert_int_eq(answers(by("trap", jpki ? CARDS_JPKI_PIN :
	    CARDS_PIV_PIN)), PAM_SUCCESS);
	cards_knobs(&card, copies[_i].knobs);
	softcard_forget_log(&card);
	ck_assert_int_eq(answers(by("trap", own)), PAM_AUTH_ERR);
	/* It took the PIN, and was to sign. */
	ck_assert_uint_eq(softcard_logged(&card, "bytes -> 9000"), 1);
	l = login_of("alice", PASSWORD, NULL);
	l.pin = own;
	login_run(&l);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(world_failures("alice"), 2);
}
END_TEST

/* ------------------------------------------------- CVE-2019-16058 -- */

/* pam_p11 0.2 to 0.3.0: a signature of more than 256 bytes ran over its
 * buffer. */

static const struct {
	const char	*type, *knobs;
} large[] = {
	{ "jpki", "sig=long\n" },
	{ "jpki", "long=sign\n" },
	{ "jpki", "garbage=sign\ngarbagelen=4000\n" },
	{ "jpki", "garbage=read\ngarbagelen=60000\n" },
	{ "jpki", "garbage=tries\ngarbagelen=60000\n" },
	{ "piv", "sig=long\n" },
	{ "piv", "long=sign\n" },
	{ "piv", "long=response\n" },
	{ "piv", "garbage=response\ngarbagelen=60000\n" },
	{ "piv", "cert=huge\n" },
};

START_TEST(answer_of_any_length_is_one_wrong_answer)
{
	bool jpki = strcmp(large[_i].type, "jpki") == 0;
	const char *pin = jpki ? CARDS_JPKI_PIN : CARDS_PIV_PIN;

	alice_has(large[_i].type);
	cards_knobs(&card, large[_i].knobs);
	ck_assert_int_eq(answers(by("trap", pin)), PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	cards_knobs(&card, "");
	ck_assert_int_eq(answers(by("trap", pin)), PAM_SUCCESS);
}
END_TEST

/* Keys of other sizes are as they were made: 3072 signs by 384 bytes. */
START_TEST(signature_longer_than_256_bytes_is_verified)
{
	card = cards_insert("rsa3072", "piv", 0, "key=rsa3072\n");
	(void)cards_enrol("alice", &card);
	ck_assert_int_eq(answers(by("trap", CARDS_PIV_PIN)), PAM_SUCCESS);
	cards_knobs(&card, "key=rsa3072\nsig=wrong\n");
	ck_assert_int_eq(answers(by("trap", CARDS_PIV_PIN)), PAM_AUTH_ERR);
	/* A key it was not enrolled with is another's. */
	cards_knobs(&card, "key=rsa4096\n");
	ck_assert_int_eq(answers(by("trap", CARDS_PIV_PIN)), PAM_AUTH_ERR);
}
END_TEST

/* ------------------------------------------------- X41-2018-003 -- */

/* pam_pkcs11 before 0.6.10: what was to be signed came from the card, a name
 * went into a path, and secrets stayed in memory. */

/* The last command that has this in the card's log, with its data. */
static void
last_command(char *out, size_t size, const char *word)
{
	char *log = world_read(card.log), *line, *save = NULL;

	out[0] = '\0';
	for (line = strtok_r(log, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save))
		if (strstr(line, word) != NULL)
			(void)snprintf(out, size, "%s", line);
	free(log);
	ck_assert_str_ne(out, "");
}

START_TEST(what_is_signed_is_never_the_same_and_never_the_cards)
{
	char digest[4][256];
	int i, k;

	alice_has("jpki");
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(answers(by("trap", CARDS_JPKI_PIN)),
		    PAM_SUCCESS);
		last_command(digest[i], sizeof(digest[i]), "apdu 802a0080");
		for (k = 0; k < i; k++)
			ck_assert_str_ne(digest[i], digest[k]);
	}
	/* What it was given before is no answer; and nothing it can be made
	 * to say is asked of it (GET CHALLENGE). */
	cards_knobs(&card, "sig=replay\n");
	ck_assert_int_eq(answers(by("trap", CARDS_JPKI_PIN)), PAM_AUTH_ERR);
	ck_assert_uint_eq(softcard_logged(&card, "apdu 0084"), 0);
}
END_TEST

static const char *const names[] = { "../alice", "/etc/passwd", "~alice",
	"alice\n", "$HOME", "%s%s%s%n" };

START_TEST(name_is_never_a_path)
{
	static char name[5000];
	struct login l;

	alice_has("jpki");
	l = by("trap", CARDS_JPKI_PIN);
	l.user = names[_i];
	ck_assert_int_ne(answers(l), PAM_SUCCESS);
	memset(name, 'a', sizeof(name) - 1);
	l.user = name;
	ck_assert_int_ne(answers(l), PAM_SUCCESS);
	ck_assert_uint_eq(cards_pins(&card), 0);
}
END_TEST

#define MASK	0x5Au

/* How often the PIN lies in memory of this process that can be written to; it
 * is compared as it is hidden, so as not to find ourselves. */
static unsigned
in_memory(const unsigned char *hidden, size_t len)
{
	char line[512], mode[8];
	unsigned long from, to;
	unsigned found = 0;
	const unsigned char *p;
	size_t i;
	FILE *f = fopen("/proc/self/maps", "re");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 ||
		    strncmp(mode, "rw", 2) != 0 || strstr(line, "[v") != NULL)
			continue;
		for (p = (const unsigned char *)from;
		    p + len <= (const unsigned char *)to; p++) {
			for (i = 0; i < len && (p[i] ^ MASK) == hidden[i]; i++)
				continue;
			found += i == len;
		}
	}
	(void)fclose(f);
	return (found);
}

START_TEST(pin_does_not_stay_in_memory)
{
	/* 48151623 */
	unsigned char hidden[] = { '4' ^ MASK, '8' ^ MASK, '1' ^ MASK,
	    '5' ^ MASK, '1' ^ MASK, '6' ^ MASK, '2' ^ MASK, '3' ^ MASK };
	char pin[sizeof(hidden) + 1];
	volatile char *wipe = pin;
	size_t i;
	int status;
	pid_t pid;

#ifdef __SANITIZE_ADDRESS__
	world_skip("a sanitizer keeps what is freed");
#endif
	alice_has("piv");
	/* Apart, so that no buffer here has seen it. */
	if ((pid = fork()) == 0) {
		cards_knobs(&card, "pin=48151623\n");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	for (i = 0; i < sizeof(hidden); i++)
		pin[i] = (char)(hidden[i] ^ MASK);
	pin[i] = '\0';
	ck_assert_uint_ge(in_memory(hidden, sizeof(hidden)), 1);
	ck_assert_int_eq(answers(by("trap", pin)), PAM_SUCCESS);
	for (i = 0; i < sizeof(pin); i++)
		wipe[i] = '\0';
	ck_assert_uint_eq(in_memory(hidden, sizeof(hidden)), 0);
}
END_TEST

#define N(a)	((int)(sizeof(a) / sizeof((a)[0])))

static TCase *
cards_case(Suite *s, const char *name)
{
	TCase *c = world_case(s, name, 300);

	tcase_add_checked_fixture(c, setup, teardown);
	return (c);
}

int
main(void)
{
	Suite *s = suite_create("card cves");
	TCase *c;

	c = cards_case(s, "CVE-2025-24531");
	tcase_add_loop_test(c, strange_card_is_no_yes_and_no_silence, 0,
	    N(strange));
	tcase_add_test(c, own_card_passes_where_strange_ones_do_not);
	tcase_add_test(c, want_of_descriptors_is_no_yes_and_no_silence);
	tcase_add_loop_test(c, object_that_is_not_as_installed_is_no_silence,
	    0, N(objects));
	c = cards_case(s, "CVE-2025-24032");
	tcase_add_loop_test(c,
	    copied_certificate_with_a_pin_of_its_own_opens_nothing, 0,
	    N(copies));
	c = cards_case(s, "CVE-2019-16058");
	tcase_add_loop_test(c, answer_of_any_length_is_one_wrong_answer, 0,
	    N(large));
	tcase_add_test(c, signature_longer_than_256_bytes_is_verified);
	c = cards_case(s, "X41-2018-003");
	tcase_add_test(c, what_is_signed_is_never_the_same_and_never_the_cards);
	tcase_add_loop_test(c, name_is_never_a_path, 0, N(names));
	tcase_add_test(c, pin_does_not_stay_in_memory);
	return (cards_main(s));
}
