/*
 * test_edge_roster.c - test of edge/roster: what is not written just so is
 * refused, however it is signed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/edge/roster.h"
#include "unit.h"

#define HEAD "{\"type\":\"sekisho-roster\",\"version\":1,\"terminal\":\"t\"," \
	"\"serial\":7,\"time\":\"2026-11-21T08:15:30.000001+00:00\","
#define PERSON(id) "{\"id\":\"" id "\",\"name\":\"花子\",\"section\":null," \
	"\"from\":null,\"to\":null,\"contractor\":false,\"state\":\"active\"}"
#define ACCOUNT(name, shared, rest) "{\"name\":\"" name "\",\"person\":" \
	"null,\"shared\":" shared ",\"state\":" rest ",\"uid\":null}"
#define TOKEN(id, method, state, data) "{\"id\":\"" id "\",\"person\":\"p\"," \
	"\"method\":\"" method "\",\"label\":null,\"state\":\"" state "\"," \
	"\"data\":" data "}"
#define ACTIVE	"\"active\",\"until\":null,\"reason\":null"
#define BODY(p, a, m, t) HEAD "\"persons\":[" p "],\"accounts\":[" a "]," \
	"\"members\":[" m "],\"authenticators\":[" t "]}"

/* Of format 2, with the key of one authenticator. */
#define HEAD_2 "{\"type\":\"sekisho-roster\",\"version\":2," \
	"\"terminal\":\"t\",\"serial\":7," \
	"\"time\":\"2026-11-21T08:15:30.000001+00:00\","
#define PUBLIC	"\"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr" \
	"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2traw==\""
#define KEY(credential, algorithm, public, aaguid, counter, resident) \
	"{\"rp_id\":\"sekisho\",\"credential\":" credential "," \
	"\"algorithm\":\"" algorithm "\",\"public_key\":" public "," \
	"\"aaguid\":\"" aaguid "\",\"model\":null,\"counter\":" counter \
	",\"resident\":" resident ",\"uv\":\"discouraged\"," \
	"\"verifies\":\"no\",\"attestation\":\"none\"}"
#define CREDENTIAL "\"Y2NjY2NjY2Nj\""
#define AAGUID	"00000000-0000-0000-0000-000000000000"
#define BODY_2(method, state, data) HEAD_2 "\"persons\":[" PERSON("p") \
	"],\"accounts\":[],\"members\":[],\"authenticators\":[" \
	TOKEN("00ff", method, state, data) "]}"

/* Of format 3, with a card. */
#define HEAD_3 "{\"type\":\"sekisho-roster\",\"version\":3," \
	"\"terminal\":\"t\",\"serial\":7," \
	"\"time\":\"2026-11-21T08:15:30.000001+00:00\","
#define CARD(driver, algorithm, key, pin, public, issuer, after) \
	"{\"driver\":\"" driver "\",\"algorithm\":\"" algorithm "\"," \
	"\"key\":" key ",\"pin\":" pin ",\"public_key\":" public "," \
	"\"issuer\":" issuer ",\"not_before\":-7,\"not_after\":" after \
	",\"trusted\":false}"
#define BODY_3(method, state, data) HEAD_3 "\"persons\":[" PERSON("p") \
	"],\"accounts\":[],\"members\":[],\"authenticators\":[" \
	TOKEN("00ff", method, state, data) "]}"
#define JPKI	CARD("jpki", "RSA-2048", "null", "true", PUBLIC, CREDENTIAL, \
	"1893456000")
#define PIV(key, pin) CARD("piv", "P-384", key, pin, PUBLIC, "null", "0")

static enum sek_err
read_body(const char *body)
{
	struct sek_roster r;
	struct sek_why why = { "" };
	enum sek_err err;

	memset(&r, 0, sizeof(r));
	err = sek_roster_read(&r, body, &why);
	if (err == SEK_OK)
		ck_assert_uint_eq(r.serial, 7);
	else
		ck_assert_str_ne(why.text, "");
	sek_roster_free(&r);
	return (err);
}

static const char *const good[] = {
	BODY("", "", "", ""),
	BODY(PERSON("p") "," PERSON("q"), "", "", ""),
	BODY("", ACCOUNT("a", "false", ACTIVE), "", ""),
	BODY("", ACCOUNT("a", "true", "\"suspended\",\"until\":"
	    "\"2099-01-01T00:00:00.000000+00:00\",\"reason\":\"育休\""), "",
	    ""),
	BODY(PERSON("p"), ACCOUNT("a", "true", ACTIVE),
	    "{\"account\":\"a\",\"person\":\"p\"}", ""),
	BODY(PERSON("p"), "", "", TOKEN("00ff", "totp", "removed", "null")),
	BODY(PERSON("p"), "", "", TOKEN("00ff", "fido2", "suspect", "null")),
	BODY_2("fido2", "active", KEY(CREDENTIAL, "ES256", PUBLIC, AAGUID,
	    "4294967295", "false")),
	BODY_2("fido2", "active", KEY("null", "ES256", PUBLIC, AAGUID, "0",
	    "true")),
	BODY_3("card-jpki", "active", JPKI),
	BODY_3("card-piv", "active", PIV("\"9a\"", "true")),
	BODY_3("card-piv", "active", PIV("\"9e\"", "false")),
};

START_TEST(what_is_well_formed_is_read)
{
	ck_assert_int_eq(read_body(good[_i]), SEK_OK);
}
END_TEST

static const char *const bad[] = {
	"", "null", "[]", "{}", "7", "\"x\"",
	"{\"type\":\"sekisho-roster\"}",
	HEAD,
	/* One more, one less, one twice, blanks between. */
	BODY("", "", "", "") " ",
	" " BODY("", "", "", ""),
	HEAD "\"persons\":[],\"accounts\":[],\"members\":[],"
	    "\"authenticators\":[],\"more\":1}",
	HEAD "\"persons\":[],\"accounts\":[],\"members\":[]}",
	HEAD "\"persons\":[],\"persons\":[],\"accounts\":[],\"members\":[]}",
	HEAD "\"persons\":[],\"accounts\":[],\"members\":[],"
	    "\"authenticators\":{}}",
	BODY(PERSON("p") ", " PERSON("q"), "", "", ""),
	/* Twice, out of order, empty, control characters, no UTF-8. */
	BODY(PERSON("p") "," PERSON("p"), "", "", ""),
	BODY(PERSON("q") "," PERSON("p"), "", "", ""),
	BODY(PERSON(""), "", "", ""),
	BODY(PERSON("a\\nb"), "", "", ""),
	BODY(PERSON("a\\u0000b"), "", "", ""),
	BODY(PERSON("a\\u001bb"), "", "", ""),
	BODY(PERSON("\xff\xfe"), "", "", ""),
	BODY(PERSON("\xed\xa0\x80"), "", "", ""),
	BODY(PERSON("\xc0\x80"), "", "", ""),
	BODY(PERSON("\\ud800"), "", "", ""),
	BODY("null", "", "", ""),
	BODY("[]", "", "", ""),
	/* Names what is not there; a shared account has no person. */
	BODY("", "", "{\"account\":\"a\",\"person\":\"p\"}", ""),
	BODY(PERSON("p"), ACCOUNT("a", "false", ACTIVE),
	    "{\"account\":\"a\",\"person\":\"p\"}", ""),
	BODY("", "", "", TOKEN("00ff", "totp", "removed", "null")),
	BODY("", "{\"name\":\"a\",\"person\":\"p\",\"shared\":false,"
	    "\"state\":" ACTIVE ",\"uid\":null}", "", ""),
	BODY(PERSON("p"), "{\"name\":\"a\",\"person\":\"p\",\"shared\":true,"
	    "\"state\":" ACTIVE ",\"uid\":null}", "", ""),
	/* A reason or an end of no suspension; words there are not. */
	BODY("", ACCOUNT("a", "false", "\"active\",\"until\":null,"
	    "\"reason\":\"x\""), "", ""),
	BODY("", ACCOUNT("a", "false", "\"locked\",\"until\":null,"
	    "\"reason\":null"), "", ""),
	BODY("", ACCOUNT("a", "0", ACTIVE), "", ""),
	BODY("", ACCOUNT("a", "false", "\"suspended\",\"until\":"
	    "\"2099-13-01T00:00:00.000000+00:00\",\"reason\":null"), "", ""),
	/* A secret has no place. */
	BODY(PERSON("p"), "", "", TOKEN("00ff", "totp", "active",
	    "\"GEZDGNBVGY3TQOJQ\"")),
	BODY(PERSON("p"), "", "", TOKEN("00ff", "fido2", "active", "\"x\"")),
	BODY(PERSON("p"), "", "", TOKEN("00FF", "totp", "active", "null")),
	BODY(PERSON("p"), "", "", TOKEN("../x", "totp", "active", "null")),
	BODY(PERSON("p"), "", "", TOKEN("00ff", "none", "active", "null")),
	BODY(PERSON("p"), "", "", TOKEN("000000000000000000000000000000000",
	    "totp", "active", "null")),
	BODY(PERSON("p"), "", "", TOKEN("00ff", "totp", "lost", "null")),
	/* A key of format 1, none of 2, of another method, of one shut. */
	BODY(PERSON("p"), "", "", TOKEN("00ff", "fido2", "active",
	    KEY(CREDENTIAL, "ES256", PUBLIC, AAGUID, "1", "false"))),
	BODY_2("fido2", "active", "null"),
	BODY_2("totp", "active", KEY(CREDENTIAL, "ES256", PUBLIC, AAGUID, "1",
	    "false")),
	BODY_2("fido2", "suspect", KEY(CREDENTIAL, "ES256", PUBLIC, AAGUID,
	    "1", "false")),
	/* Out of its bounds. */
	BODY_2("fido2", "active", KEY("null", "ES256", PUBLIC, AAGUID, "1",
	    "false")),
	BODY_2("fido2", "active", KEY("\"\"", "ES256", PUBLIC, AAGUID, "1",
	    "true")),
	BODY_2("fido2", "active", KEY("\"Y2N*\"", "ES256", PUBLIC, AAGUID, "1",
	    "false")),
	BODY_2("fido2", "active", KEY(CREDENTIAL, "EdDSA", PUBLIC, AAGUID,
	    "1", "false")),
	BODY_2("fido2", "active", KEY(CREDENTIAL, "none", PUBLIC, AAGUID, "1",
	    "false")),
	BODY_2("fido2", "active", KEY(CREDENTIAL, "ES256", CREDENTIAL, AAGUID,
	    "1", "false")),
	BODY_2("fido2", "active", KEY(CREDENTIAL, "ES256", PUBLIC, "00", "1",
	    "false")),
	BODY_2("fido2", "active", KEY(CREDENTIAL, "ES256", PUBLIC, AAGUID,
	    "4294967296", "false")),
	BODY_2("fido2", "active", KEY(CREDENTIAL, "ES256", PUBLIC, AAGUID,
	    "-1", "false")),
	BODY_2("fido2", "active", KEY(CREDENTIAL, "ES256", PUBLIC, AAGUID,
	    "1.5", "false")),
	BODY_2("fido2", "active", KEY(CREDENTIAL, "ES256", PUBLIC, AAGUID,
	    "1", "0")),
	/* A card of format 2, none of 3, of another method, of one shut. */
	BODY_2("card-jpki", "active", JPKI),
	BODY_3("card-jpki", "active", "null"),
	BODY_3("card-piv", "active", JPKI),
	BODY_3("card-uid", "active", JPKI),
	BODY_3("fido2", "active", JPKI),
	BODY_3("totp", "active", JPKI),
	BODY_3("card-jpki", "disabled", JPKI),
	BODY_3("card-jpki", "removed", JPKI),
	/* None by a UID. */
	BODY_3("card-uid", "active", CARD("uid", "none", "null", "false",
	    "null", "null", "0")),
	/* Out of its bounds. */
	BODY_3("card-piv", "active", PIV("\"9c\"", "true")),
	BODY_3("card-piv", "active", PIV("\"9a\"", "false")),
	BODY_3("card-piv", "active", PIV("\"9e\"", "true")),
	BODY_3("card-piv", "active", PIV("\"9\"", "true")),
	BODY_3("card-piv", "active", PIV("\"9a9\"", "true")),
	BODY_3("card-piv", "active", PIV("154", "true")),
	BODY_3("card-piv", "active", PIV("null", "true")),
	BODY_3("card-piv", "active", PIV("\"9a\"", "1")),
	BODY_3("card-jpki", "active", CARD("jpki", "none", "null", "true",
	    PUBLIC, "null", "0")),
	BODY_3("card-jpki", "active", CARD("jpki", "ES256", "null", "true",
	    PUBLIC, "null", "0")),
	BODY_3("card-jpki", "active", CARD("jpki", "RSA-2048", "null", "true",
	    "null", "null", "0")),
	BODY_3("card-jpki", "active", CARD("jpki", "RSA-2048", "null", "true",
	    "\"\"", "null", "0")),
	BODY_3("card-jpki", "active", CARD("jpki", "RSA-2048", "null", "true",
	    PUBLIC, PUBLIC, "0")),
	BODY_3("card-jpki", "active", CARD("jpki", "RSA-2048", "null", "true",
	    PUBLIC, "null", "-7")),
	BODY_3("card-jpki", "active", CARD("jpki", "RSA-2048", "null", "true",
	    PUBLIC, "null", "1e300")),
	BODY_3("card-jpki", "active", CARD("jpki", "RSA-2048", "null", "true",
	    PUBLIC, "null", "null")),
};

START_TEST(what_is_not_just_so_is_refused)
{
	ck_assert_msg(read_body(bad[_i]) == SEK_ERR_SYNTAX, "%s", bad[_i]);
}
END_TEST

/* Serials, times, uids. */
static const char *const numbers[] = {
	"0", "-1", "1.5", "1e400", "9007199254740993", "1e300", "\"7\"",
	"null", "NaN", "true", "0x7", "07",
};

START_TEST(numbers_out_of_bounds_are_refused)
{
	char body[1024];

	(void)snprintf(body, sizeof(body), "{\"type\":\"sekisho-roster\","
	    "\"version\":1,\"terminal\":\"t\",\"serial\":%s,\"time\":"
	    "\"2026-11-21T08:15:30.000001+00:00\",\"persons\":[],"
	    "\"accounts\":[],\"members\":[],\"authenticators\":[]}",
	    numbers[_i]);
	ck_assert_msg(read_body(body) == SEK_ERR_SYNTAX, "%s", body);
	(void)snprintf(body, sizeof(body), HEAD "\"persons\":[],"
	    "\"accounts\":[{\"name\":\"a\",\"person\":null,\"shared\":false,"
	    "\"state\":" ACTIVE ",\"uid\":%s}],\"members\":[],"
	    "\"authenticators\":[]}", _i == 0 ? "4294967295" :
	    _i == 7 ? "[]" : numbers[_i]);
	if (strcmp(numbers[_i], "9007199254740993") != 0 || _i > 0)
		ck_assert_msg(read_body(body) == SEK_ERR_SYNTAX, "%s", body);
}
END_TEST

START_TEST(deep_nesting_ends)
{
	size_t n = 1000000;
	char *body = malloc(n + 1);

	ck_assert_ptr_nonnull(body);
	memset(body, '[', n);
	body[n] = '\0';
	ck_assert_int_eq(read_body(body), SEK_ERR_SYNTAX);
	free(body);
}
END_TEST

START_TEST(cut_anywhere_is_refused)
{
	const char *whole = BODY(PERSON("p"), ACCOUNT("a", "true", ACTIVE),
	    "{\"account\":\"a\",\"person\":\"p\"}",
	    TOKEN("00ff", "totp", "removed", "null"));
	char *cut = strdup(whole);
	size_t i;

	ck_assert_ptr_nonnull(cut);
	ck_assert_int_eq(read_body(cut), SEK_OK);
	for (i = strlen(whole); i-- > 0;) {
		cut[i] = '\0';
		ck_assert_int_eq(read_body(cut), SEK_ERR_SYNTAX);
	}
	free(cut);
}
END_TEST

START_TEST(newer_format_is_named)
{
	ck_assert_int_eq(read_body("{\"type\":\"sekisho-roster\","
	    "\"version\":4}"), SEK_ERR_UNSUPPORTED);
}
END_TEST

START_TEST(longest_rows_fit_and_longer_ones_do_not)
{
	char name[SEK_NAME_MAX + 1], body[2048];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)snprintf(body, sizeof(body), BODY("{\"id\":\"%s\",\"name\":"
	    "null,\"section\":null,\"from\":null,\"to\":null,\"contractor\":"
	    "false,\"state\":\"active\"}", "", "", ""), name + 1);
	ck_assert_int_eq(read_body(body), SEK_OK);
	(void)snprintf(body, sizeof(body), BODY("{\"id\":\"%s\",\"name\":"
	    "null,\"section\":null,\"from\":null,\"to\":null,\"contractor\":"
	    "false,\"state\":\"active\"}", "", "", ""), name);
	ck_assert_int_eq(read_body(body), SEK_ERR_SYNTAX);
}
END_TEST

START_TEST(rows_grow_and_end_at_the_bound)
{
	void *rows = NULL;
	size_t n;

	for (n = 0; n < SEK_ROSTER_ROWS_MAX; n++) {
		ck_assert_int_eq(sek_roster_grow(&rows, n, 1), SEK_OK);
		ck_assert_int_eq(((char *)rows)[n], 0);
		((char *)rows)[n] = 1;
	}
	ck_assert_int_eq(sek_roster_grow(&rows, n, 1), SEK_ERR_RANGE);
	free(rows);
}
END_TEST

START_TEST(fingerprint_is_read_as_it_is_shown)
{
	uint8_t pub[SEK_ROSTER_KEY_LEN] = { 1, 2, 3 };
	char id[SEK_ROSTER_ID_MAX], back[SEK_ROSTER_ID_MAX], shown[64];

	sek_roster_key_id(id, pub);
	ck_assert_uint_eq(strlen(id), 32);
	sek_roster_id_print(shown, sizeof(shown), id);
	ck_assert_uint_eq(strlen(shown), 39);
	ck_assert_int_eq(sek_roster_id_parse(back, shown), SEK_OK);
	ck_assert_str_eq(back, id);
	shown[0] = 'g';
	ck_assert_int_eq(sek_roster_id_parse(back, shown), SEK_ERR_SYNTAX);
	ck_assert_int_eq(sek_roster_id_parse(back, ""), SEK_ERR_SYNTAX);
	ck_assert_int_eq(sek_roster_id_parse(back, id + 1), SEK_ERR_SYNTAX);
	ck_assert_int_eq(sek_roster_id_parse(back,
	    "00112233445566778899aabbccddeeff0"), SEK_ERR_SYNTAX);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		deep_nesting_ends,
		cut_anywhere_is_refused,
		newer_format_is_named,
		longest_rows_fit_and_longer_ones_do_not,
		rows_grow_and_end_at_the_bound,
		fingerprint_is_read_as_it_is_shown,
		NULL
	};
	TCase *tc = tcase_create("bodies");
	int rc;

	tcase_add_loop_test(tc, what_is_well_formed_is_read, 0,
	    (int)(sizeof(good) / sizeof(good[0])));
	tcase_add_loop_test(tc, what_is_not_just_so_is_refused, 0,
	    (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_loop_test(tc, numbers_out_of_bounds_are_refused, 0,
	    (int)(sizeof(numbers) / sizeof(numbers[0])));
	rc = unit_run_case("edge_roster_bodies", tc);
	return (unit_run("edge_roster", tests) | rc);
}
