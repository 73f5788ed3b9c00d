/*
 * test_rule_ticket.c - test of rule/ticket: who may use what where, and codes
 * as people type them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/rule/ticket.h"
#include "unit.h"

#define ROWS(a)		((int)(sizeof(a) / sizeof((a)[0])))
#define SUB		SEK_PURPOSE_BIT(SEK_PURPOSE_SUBSTITUTE)
#define ENROL		SEK_PURPOSE_BIT(SEK_PURPOSE_ENROL)
#define SIGNS		30

/* ---- who may use what where */

static struct sek_claimant
claimant(const char *service, uint32_t caller)
{
	struct sek_claimant who;

	memset(&who, 0, sizeof(who));
	strcpy(who.name, "alice");
	strcpy(who.service, service);
	who.uid = 1000;
	who.caller = caller;
	who.known = 1;
	return (who);
}

/* As root's program and as alice's own process. */
static const struct {
	const char	*service;
	uint32_t	 root;
	uint32_t	 own;
	bool		 offers;	/* root's */
} places[] = {
	{ "login", SUB | ENROL, 0, true },
	{ "remote", SUB | ENROL, 0, true },
	{ "sshd", SUB | ENROL, 0, true },
	{ "gdm-password", SUB | ENROL, 0, true },
	{ "lightdm", SUB | ENROL, 0, true },
	{ "sddm", SUB | ENROL, 0, true },
	{ "xdm", SUB | ENROL, 0, true },
	{ "lxdm", SUB | ENROL, 0, true },
	{ "cockpit", SUB | ENROL, 0, true },
	{ "a-later-greeter-of-ours", SUB | ENROL, 0, true },
	{ "sekisho-locker", SUB, SUB, true },
	{ "swaylock", SUB, SUB, true },
	{ "i3lock", SUB, SUB, true },
	{ "xscreensaver", SUB, SUB, true },
	{ "kde", SUB, SUB, true },
	{ "vlock", SUB, SUB, true },
	{ "physlock", SUB, SUB, true },
	{ "su", 0, 0, false },
	{ "su-l", 0, 0, false },
	{ "sudo", 0, 0, false },
	{ "sudo-i", 0, 0, false },
	{ "sudo-rs", 0, 0, false },
	{ "doas", 0, 0, false },
	{ "polkit-1", 0, 0, false },
	{ "pkexec", 0, 0, false },
	{ "run0", 0, 0, false },
	{ "runuser", 0, 0, false },
	{ "runuser-l", 0, 0, false },
	{ "chsh", 0, 0, false },
	{ "chfn", 0, 0, false },
	{ "passwd", 0, 0, false },
	{ "chpasswd", 0, 0, false },
	{ "newusers", 0, 0, false },
	{ "useradd", 0, 0, false },
	{ "cron", 0, 0, false },
	{ "crond", 0, 0, false },
	{ "atd", 0, 0, false },
	{ "systemd-user", 0, 0, false },
	{ "gdm-launch-environment", 0, 0, false },
	{ "sddm-greeter", 0, 0, false },
	{ "gdm-autologin", 0, 0, false },
	{ "gdm-fingerprint", 0, 0, false },
	{ "gdm-smartcard", 0, 0, false },
	{ "sekisho-helper", 0, 0, false },
	{ "sekisho-witness", 0, 0, false },
	{ "", 0, 0, false }
};

START_TEST(each_service_takes_what_it_may)
{
	struct sek_claimant root = claimant(places[_i].service, 0);
	struct sek_claimant own = claimant(places[_i].service, 1000);
	const char *service = places[_i].service;

	ck_assert_msg(sek_ticket_purposes(&root, SEK_SUBSTITUTE_CODE, false) ==
	    places[_i].root, "%s of root's", service);
	ck_assert_msg(sek_ticket_purposes(&own, SEK_SUBSTITUTE_CODE, false) ==
	    places[_i].own, "%s of her own", service);
	ck_assert_uint_eq(sek_ticket_purposes(&root, SEK_SUBSTITUTE_ATTENDED,
	    false), places[_i].root);
	ck_assert_uint_eq(sek_ticket_purposes(&root, SEK_SUBSTITUTE_NO, false),
	    places[_i].root & ENROL);
	ck_assert_uint_eq(sek_ticket_purposes(&own, SEK_SUBSTITUTE_NO, false),
	    0);
	ck_assert_msg(sek_ticket_offers(&root, SEK_SUBSTITUTE_CODE) ==
	    places[_i].offers, "%s offers", service);
	ck_assert(sek_ticket_offers(&root, SEK_SUBSTITUTE_ATTENDED) ==
	    places[_i].offers);
	ck_assert(!sek_ticket_offers(&root, SEK_SUBSTITUTE_NO));
	/* A locker is its user's own program. */
	ck_assert(sek_ticket_offers(&own, SEK_SUBSTITUTE_CODE) ==
	    (places[_i].own != 0));
}
END_TEST

/* Whatever the service: another's account, somebody privileged, nobody. */
START_TEST(some_have_none_anywhere)
{
	struct sek_claimant who = claimant(places[_i].service, 1001);

	ck_assert_uint_eq(sek_ticket_purposes(&who, SEK_SUBSTITUTE_CODE, true),
	    0);
	who = claimant(places[_i].service, 0);
	who.privileged = 1;
	ck_assert_uint_eq(sek_ticket_purposes(&who, SEK_SUBSTITUTE_CODE, true),
	    0);
	who = claimant(places[_i].service, 0);
	who.uid = 0;
	ck_assert_uint_eq(sek_ticket_purposes(&who, SEK_SUBSTITUTE_CODE, true),
	    0);
	who = claimant(places[_i].service, 0);
	who.known = 0;
	ck_assert_uint_eq(sek_ticket_purposes(&who, SEK_SUBSTITUTE_CODE, true),
	    0);
	who = claimant(places[_i].service, 0);
	who.uid = SEK_UID_NONE;
	ck_assert_uint_eq(sek_ticket_purposes(&who, SEK_SUBSTITUTE_CODE, true),
	    0);
	who = claimant(places[_i].service, 0);
	ck_assert_uint_eq(sek_ticket_purposes(&who,
	    (enum sek_substitute_form)7, false) & SUB, 0);
	ck_assert(!sek_ticket_offers(&who, (enum sek_substitute_form)7));
}
END_TEST

START_TEST(a_proof_takes_a_ticket_to_enrol_only)
{
	struct sek_claimant who;
	int i;

	for (i = 0; i < ROWS(places); i++) {
		who = claimant(places[i].service, 1000);
		ck_assert_uint_eq(sek_ticket_purposes(&who,
		    SEK_SUBSTITUTE_CODE, true), strcmp(places[i].service,
		    "sekisho-helper") == 0 ? ENROL : places[i].own);
	}
	who = claimant("sekisho-helper", 1000);
	ck_assert_uint_eq(sek_ticket_purposes(&who, SEK_SUBSTITUTE_NO, true),
	    ENROL);
	who.caller = 1001;
	ck_assert_uint_eq(sek_ticket_purposes(&who, SEK_SUBSTITUTE_NO, true),
	    0);
}
END_TEST

/* Who cannot be known from outside must not be told by it. */
START_TEST(a_witness_is_offered_whoever_asks)
{
	struct sek_claimant who = claimant("login", 0);

	who.known = 0;
	who.uid = SEK_UID_NONE;
	ck_assert(sek_ticket_offers(&who, SEK_SUBSTITUTE_ATTENDED));
	who = claimant("login", 0);
	who.privileged = 1;
	ck_assert(sek_ticket_offers(&who, SEK_SUBSTITUTE_ATTENDED));
	who.remote = 1;
	ck_assert(sek_ticket_offers(&who, SEK_SUBSTITUTE_ATTENDED));
}
END_TEST

/* ---- ten digits */

static const char *const codes[] = {
	"1234567890", "12345 67890", "12345-67890", " 12345 67890 ",
	"1 2 3 4 5 6 7 8 9 0", "１２３４５６７８９０", "12345　67890",
	"１２３４５－６７８９０", "12345‐67890"
};

START_TEST(a_code_is_read_as_people_type_it)
{
	char code[SEK_TICKET_CODE];

	ck_assert_int_eq(sek_ticket_code(code, codes[_i]), SEK_OK);
	ck_assert_str_eq(code, "1234567890");
}
END_TEST

static const char *const no_codes[] = {
	"", " ", "123456789", "12345678901", "123456", "12345678",
	"1234567890\n", "1234567890a", "a1234567890", "12345.67890",
	"12345_67890", "+1234567890", "1234567890\t", "一二三四五六七八九〇",
	("\xff\xfe" "34567890"), "password12", "12345 6789O"
};

START_TEST(what_is_no_code_is_none)
{
	static const char zero[SEK_TICKET_CODE];
	char code[SEK_TICKET_CODE];

	memset(code, 'x', sizeof(code));
	ck_assert_int_eq(sek_ticket_code(code, no_codes[_i]), SEK_ERR_SYNTAX);
	ck_assert_int_eq(memcmp(code, zero, sizeof(code)), 0);
}
END_TEST

START_TEST(a_code_is_printed_in_two_groups)
{
	char text[12], code[SEK_TICKET_CODE];

	sek_ticket_print(text, sizeof(text), "0123456789");
	ck_assert_str_eq(text, "01234 56789");
	ck_assert_int_eq(sek_ticket_code(code, text), SEK_OK);
	ck_assert_str_eq(code, "0123456789");
}
END_TEST

/* ---- the day's end */

#define AT(s)	(INT64_C(s) * SEK_SECOND)

static const struct {
	const char	*zone;
	int64_t		 wall, end;
} days[] = {
	/* 2027-04-01 in Tokyo begins at 2027-03-31 15:00 UTC */
	{ "Asia/Tokyo", AT(1806505200), AT(1806591600) },
	{ "Asia/Tokyo", AT(1806505200) - 1, AT(1806505200) },
	{ "Asia/Tokyo", AT(1806505200) + 1, AT(1806591600) },
	{ "Asia/Tokyo", AT(1806591600) - 1, AT(1806591600) },
	{ "UTC", AT(1806537600), AT(1806624000) },
	{ "UTC", AT(1806537600) - 1, AT(1806537600) },
	{ "+14:00", AT(1806487200), AT(1806573600) },
	{ "+14:00", AT(1806487200) - 1, AT(1806487200) },
	{ "-11:30", AT(1806579000), AT(1806665400) },
	{ "-11:30", AT(1806579000) - 1, AT(1806579000) },
	{ "UTC", 0, AT(86400) },
	{ "UTC", -1, 0 },
	{ "-01:00", 0, AT(3600) },
	{ "+09:00", -AT(32400) - 1, -AT(32400) },
	/* Nothing lasts where no day can be told. */
	{ "Mars/Olympus", AT(1806505200), AT(1806505200) },
	{ "UTC", INT64_MAX, INT64_MAX },
	{ "UTC", INT64_MIN, INT64_MIN }
};

START_TEST(a_day_ends_by_the_terminals_zone)
{
	ck_assert_int_eq(sek_ticket_day_end(days[_i].wall, days[_i].zone),
	    days[_i].end);
}
END_TEST

/* ---- an envelope's code */

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void
make(char text[SEK_GLASS_TEXT])
{
	uint8_t random[SEK_GLASS_RANDOM];

	randombytes_buf(random, sizeof(random));
	sek_glass_print(text, random);
}

static enum sek_err
parse(const char *text)
{
	static const char zero[SEK_GLASS_PLAIN];
	char plain[SEK_GLASS_PLAIN];
	enum sek_err err;

	memset(plain, 'x', sizeof(plain));
	err = sek_glass_parse(plain, text);
	if (err != SEK_OK)
		ck_assert_int_eq(memcmp(plain, zero, sizeof(plain)), 0);
	return (err);
}

START_TEST(a_glass_code_is_six_groups_of_five)
{
	static const uint8_t zeroes[SEK_GLASS_RANDOM];
	char text[SEK_GLASS_TEXT], plain[SEK_GLASS_PLAIN];
	uint8_t ones[SEK_GLASS_RANDOM];
	size_t i;

	sek_glass_print(text, zeroes);
	ck_assert_str_eq(text, "00000-00000-00000-00000-00000-00000");
	memset(ones, 0xff, sizeof(ones));
	sek_glass_print(text, ones);
	ck_assert_int_eq(strncmp(text, "ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-Z", 31),
	    0);
	make(text);
	ck_assert_uint_eq(strlen(text), 35);
	for (i = 0; i < 35; i++)
		if (i % 6 == 5)
			ck_assert_int_eq(text[i], '-');
		else
			ck_assert_ptr_nonnull(strchr(alphabet, text[i]));
	ck_assert_int_eq(sek_glass_parse(plain, text), SEK_OK);
	ck_assert_uint_eq(strlen(plain), 26);
	for (i = 0; i < 26; i++)
		ck_assert_int_eq(plain[i], text[i + i / 5]);
}
END_TEST

/* 130 bits go in, and each of them is in what is compared. */
START_TEST(each_bit_of_chance_counts)
{
	uint8_t random[SEK_GLASS_RANDOM];
	char text[SEK_GLASS_TEXT], one[SEK_GLASS_PLAIN], two[SEK_GLASS_PLAIN];
	unsigned bit;

	randombytes_buf(random, sizeof(random));
	sek_glass_print(text, random);
	ck_assert_int_eq(sek_glass_parse(one, text), SEK_OK);
	for (bit = 0; bit < 8 * SEK_GLASS_RANDOM; bit++) {
		random[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
		sek_glass_print(text, random);
		random[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
		ck_assert_int_eq(sek_glass_parse(two, text), SEK_OK);
		ck_assert((strcmp(one, two) != 0) == (bit < 130));
	}
}
END_TEST

/* The signs alone, without hyphens. */
static void
signs_of(char sign[SIGNS + 1], const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		if (*text != '-')
			sign[n++] = *text;
	sign[n] = '\0';
	ck_assert_uint_eq(n, SIGNS);
}

START_TEST(every_single_wrong_sign_shows)
{
	char text[SEK_GLASS_TEXT], sign[SIGNS + 1], right;
	size_t i, k, n = 0;

	make(text);
	signs_of(sign, text);
	ck_assert_int_eq(parse(sign), SEK_OK);
	for (i = 0; i < SIGNS; i++) {
		right = sign[i];
		for (k = 0; k < 32; k++) {
			if (alphabet[k] == right)
				continue;
			sign[i] = alphabet[k];
			ck_assert_int_eq(parse(sign), SEK_ERR_RANGE);
			n++;
		}
		sign[i] = right;
	}
	ck_assert_uint_eq(n, SIGNS * 31);
}
END_TEST

START_TEST(every_swap_of_two_signs_shows)
{
	char text[SEK_GLASS_TEXT], sign[SIGNS + 1], keep;
	size_t i, k;

	make(text);
	signs_of(sign, text);
	for (i = 0; i < SIGNS; i++)
		for (k = i + 1; k < SIGNS; k++) {
			if (sign[i] == sign[k])
				continue;
			keep = sign[i];
			sign[i] = sign[k];
			sign[k] = keep;
			ck_assert_int_eq(parse(sign), SEK_ERR_RANGE);
			sign[k] = sign[i];
			sign[i] = keep;
		}
	ck_assert_int_eq(parse(sign), SEK_OK);
}
END_TEST

/* The code is linear: two words of it differ as much as any is from none. All
 * two signs out of 30 by all values, and chance for three and four. */
START_TEST(up_to_four_wrong_signs_show)
{
	char sign[SIGNS + 1], other[SIGNS + 1];
	size_t i, k, n, at[4];
	unsigned a, b, round;

	memset(sign, '0', SIGNS);
	sign[SIGNS] = '\0';
	ck_assert_int_eq(parse(sign), SEK_OK);
	for (i = 0; i < SIGNS; i++)
		for (k = i + 1; k < SIGNS; k++)
			for (a = 1; a < 32; a++)
				for (b = 1; b < 32; b++) {
					memcpy(other, sign, sizeof(other));
					other[i] = alphabet[a];
					other[k] = alphabet[b];
					ck_assert_int_eq(parse(other),
					    SEK_ERR_RANGE);
				}
	for (round = 0; round < 200000; round++) {
		memcpy(other, sign, sizeof(other));
		for (n = 3 + round % 2; n > 0; n--) {
			at[n - 1] = randombytes_uniform(SIGNS);
			other[at[n - 1]] =
			    alphabet[1 + randombytes_uniform(31)];
		}
		ck_assert_int_eq(parse(other), SEK_ERR_RANGE);
	}
}
END_TEST

/* Sheets lie in safes for a year: what they say is read the same way then. */
START_TEST(a_printed_sheet_stays_good)
{
	static const uint8_t random[SEK_GLASS_RANDOM] = {
		0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf,
		0x84, 0x65, 0x3a, 0x56, 0xd7, 0xc6, 0x75
	};
	char text[SEK_GLASS_TEXT], plain[SEK_GLASS_PLAIN];
	uint8_t ones[SEK_GLASS_RANDOM];

	sek_glass_print(text, random);
	ck_assert_str_eq(text, "01234-56789-ABCDE-FGHJK-MNPQR-SGCCH");
	ck_assert_int_eq(sek_glass_parse(plain, text), SEK_OK);
	ck_assert_str_eq(plain, "0123456789ABCDEFGHJKMNPQRS");
	memset(ones, 0xff, sizeof(ones));
	sek_glass_print(text, ones);
	ck_assert_str_eq(text, "ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZWQ5E");
}
END_TEST

START_TEST(a_glass_code_is_read_as_people_type_it)
{
	/* Of chance that holds 0 and 1. */
	static const uint8_t random[SEK_GLASS_RANDOM] = {
		0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf,
		0x84, 0x65, 0x3a, 0x56, 0xd7, 0xc6, 0x75
	};
	char text[SEK_GLASS_TEXT], typed[256], want[SEK_GLASS_PLAIN];
	char got[SEK_GLASS_PLAIN];
	size_t i, n;

	sek_glass_print(text, random);
	ck_assert_int_eq(sek_glass_parse(want, text), SEK_OK);
	ck_assert_ptr_nonnull(strchr(text, '0'));
	ck_assert_ptr_nonnull(strchr(text, '1'));
	/* in small letters, O for 0, l and i for 1 */
	for (i = 0; text[i] != '\0'; i++)
		typed[i] = text[i] == '0' ? 'o' : text[i] == '1' ?
		    (i % 2 ? 'l' : 'I') : text[i] >= 'A' && text[i] <= 'Z' ?
		    (char)(text[i] - 'A' + 'a') : text[i];
	typed[i] = '\0';
	ck_assert_int_eq(sek_glass_parse(got, typed), SEK_OK);
	ck_assert_str_eq(got, want);
	/* blanks for hyphens, and some around */
	snprintf(typed, sizeof(typed), "  %s ", text);
	for (i = 0; typed[i] != '\0'; i++)
		if (typed[i] == '-')
			typed[i] = ' ';
	ck_assert_int_eq(sek_glass_parse(got, typed), SEK_OK);
	ck_assert_str_eq(got, want);
	/* of full width, as an input method leaves them */
	for (i = n = 0; text[i] != '\0'; i++)
		n += (size_t)snprintf(typed + n, sizeof(typed) - n,
		    "\xef%c%c", (0xff00 + text[i] - 0x20) >> 6 & 0x3f ?
		    (char)(0x80 | ((0xff00 + text[i] - 0x20) >> 6 & 0x3f)) :
		    (char)0x80, (char)(0x80 |
		    ((0xff00 + text[i] - 0x20) & 0x3f)));
	ck_assert_int_eq(sek_glass_parse(got, typed), SEK_OK);
	ck_assert_str_eq(got, want);
}
END_TEST

/* A password of such a form is a password. */
static const char *const no_glass[] = {
	"", "1234567890", "correct horse battery staple",
	"00000-00000-00000-00000-00000-0000",
	"00000-00000-00000-00000-00000-000000",
	"00000-00000-00000-00000-00000-0000!",
	"00000.00000.00000.00000.00000.00000",
	"00000-00000-00000-00000-00000-0000\n",
	"00000-00000-00000-00000-00000-0000\xc3\xa9", "\xff"
};

START_TEST(another_form_is_no_glass_code)
{
	ck_assert_int_eq(parse(no_glass[_i]), SEK_ERR_SYNTAX);
}
END_TEST

START_TEST(a_u_is_a_slip)
{
	ck_assert_int_eq(parse("U0000-00000-00000-00000-00000-00000"),
	    SEK_ERR_RANGE);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("rule_ticket");

	if (sodium_init() < 0)
		return (EXIT_FAILURE);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, each_service_takes_what_it_may, 0,
	    ROWS(places));
	tcase_add_loop_test(t, some_have_none_anywhere, 0, ROWS(places));
	tcase_add_test(t, a_proof_takes_a_ticket_to_enrol_only);
	tcase_add_test(t, a_witness_is_offered_whoever_asks);
	tcase_add_loop_test(t, a_code_is_read_as_people_type_it, 0,
	    ROWS(codes));
	tcase_add_loop_test(t, what_is_no_code_is_none, 0, ROWS(no_codes));
	tcase_add_test(t, a_code_is_printed_in_two_groups);
	tcase_add_loop_test(t, a_day_ends_by_the_terminals_zone, 0,
	    ROWS(days));
	tcase_add_test(t, a_glass_code_is_six_groups_of_five);
	tcase_add_test(t, each_bit_of_chance_counts);
	tcase_add_test(t, every_single_wrong_sign_shows);
	tcase_add_test(t, every_swap_of_two_signs_shows);
	tcase_add_test(t, up_to_four_wrong_signs_show);
	tcase_add_test(t, a_printed_sheet_stays_good);
	tcase_add_test(t, a_glass_code_is_read_as_people_type_it);
	tcase_add_loop_test(t, another_form_is_no_glass_code, 0,
	    ROWS(no_glass));
	tcase_add_test(t, a_u_is_a_slip);
	return (unit_run_case("rule_ticket", t));
}
