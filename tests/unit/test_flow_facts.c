/*
 * test_flow_facts.c - test of flow/facts: what policy asks for, and whether a
 * security key or a card is looked for at all
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/edge/card.h"
#include "sekisho/edge/fido2.h"
#include "sekisho/edge/fingerprint.h"
#include "sekisho/flow/facts.h"
#include "unit.h"

static struct sek_settings *s;
static struct sek_lookup_out *l;
static struct sek_claimant who;
static struct sek_requirement need;
static struct sek_plan_devices d;
/* The machine of this test: what it says, and how often it was asked. */
static enum sek_err answer;
static bool plugged;
static unsigned asked;

enum sek_err __wrap_sek_fido2_present(bool *present, struct sek_why *why);

enum sek_err
__wrap_sek_fido2_present(bool *present, struct sek_why *why)
{
	(void)why;
	asked++;
	*present = plugged;
	return (answer);
}

static unsigned cards_asked;
static struct sek_card_place place;

enum sek_err __wrap_sek_card_present(bool *present,
    const struct sek_card_place *in, struct sek_why *why);

enum sek_err
__wrap_sek_card_present(bool *present, const struct sek_card_place *in,
    struct sek_why *why)
{
	(void)why;
	cards_asked++;
	place = *in;
	*present = plugged;
	return (answer);
}

static unsigned fingers_asked;
static struct sek_fingerprint_seen reader;
static char finger_account[SEK_NAME_MAX];

enum sek_err __wrap_sek_fingerprint_look(struct sek_fingerprint_seen *out,
    const char *account, int64_t wait, struct sek_why *why);

enum sek_err
__wrap_sek_fingerprint_look(struct sek_fingerprint_seen *out,
    const char *account, int64_t wait, struct sek_why *why)
{
	(void)why;
	fingers_asked++;
	ck_assert_int_gt(wait, 0);
	ck_assert_int_le(wait, SEK_SECOND);
	strcpy(finger_account, account);
	*out = reader;
	return (answer);
}

static void
setup(void)
{
	ck_assert_ptr_nonnull(s = calloc(1, sizeof(*s)));
	ck_assert_ptr_nonnull(l = calloc(1, sizeof(*l)));
	ck_assert_int_eq(sek_settings_builtin(s), SEK_OK);
	memset(&who, 0, sizeof(who));
	who.known = 1;
	answer = SEK_OK;
	plugged = true;
	asked = 0;
	sek_facts_requirement(&need, s, "login");
}

static void
teardown(void)
{
	free(s);
	free(l);
}

static struct sek_authenticator *
has(enum sek_method m)
{
	struct sek_authenticator *a = &l->authenticator[l->nauthenticators++];

	a->method = (uint8_t)m;
	a->state = SEK_AUTHENTICATOR_ACTIVE;
	return (a);
}

static void
look(void)
{
	memset(&d, 0xff, sizeof(d));
	asked = cards_asked = fingers_asked = 0;
	sek_facts_devices(&d, &who, s, &need, l);
}

START_TEST(keys_are_looked_for_where_he_has_one_that_is_accepted)
{
	look();
	ck_assert_uint_eq(asked, 0);
	ck_assert(!d.fido2 && !d.remote);
	(void)has(SEK_METHOD_TOTP);
	has(SEK_METHOD_FIDO2)->state = SEK_AUTHENTICATOR_SUSPECT;
	look();
	ck_assert_uint_eq(asked, 0);
	(void)has(SEK_METHOD_FIDO2);
	(void)has(SEK_METHOD_FIDO2);
	look();
	ck_assert_uint_eq(asked, 1);
	ck_assert(d.fido2);
	plugged = false;
	look();
	ck_assert_uint_eq(asked, 1);
	ck_assert(!d.fido2);
	need.accept &= ~SEK_METHOD_BIT(SEK_METHOD_FIDO2);
	look();
	ck_assert_uint_eq(asked, 0);
	ck_assert(!d.fido2);
}
END_TEST

START_TEST(of_a_name_nothing_is_known_of_no_key_is_looked_for)
{
	who.remote = 1;
	memset(&d, 0xff, sizeof(d));
	sek_facts_devices(&d, &who, s, &need, NULL);
	ck_assert_uint_eq(asked, 0);
	ck_assert(!d.fido2 && d.remote);
}
END_TEST

START_TEST(keys_that_cannot_be_looked_for_are_not_there)
{
	(void)has(SEK_METHOD_FIDO2);
	answer = SEK_ERR_NOT_FOUND;
	look();
	ck_assert_uint_eq(asked, 1);
	ck_assert(!d.fido2);
	answer = SEK_ERR_NOMEM;
	look();
	ck_assert(!d.fido2);
}
END_TEST

START_TEST(cards_are_looked_for_where_he_has_one_that_is_accepted)
{
	struct sek_authenticator *a;

	strcpy(s->card.readers, "ACS*");
	(void)has(SEK_METHOD_TOTP);
	has(SEK_METHOD_CARD_PIV)->state = SEK_AUTHENTICATOR_DISABLED;
	(void)has(SEK_METHOD_CARD_UID);
	look();
	ck_assert_uint_eq(cards_asked, 0);
	ck_assert(!d.card);
	a = has(SEK_METHOD_CARD_PIV);
	(void)has(SEK_METHOD_CARD_PIV);
	look();
	ck_assert_uint_eq(cards_asked, 1);
	ck_assert_uint_eq(asked, 0);
	ck_assert(d.card && !d.fido2);
	ck_assert_str_eq(place.readers, "ACS*");
	ck_assert_int_gt(place.wait, 0);
	ck_assert_int_le(place.wait, SEK_SECOND);
	need.accept &= ~SEK_METHOD_BIT(SEK_METHOD_CARD_PIV);
	look();
	ck_assert_uint_eq(cards_asked, 0);
	need.accept |= SEK_METHODS_CARD;
	a->state = SEK_AUTHENTICATOR_REMOVED;
	(void)has(SEK_METHOD_FIDO2);
	look();
	ck_assert_uint_eq(cards_asked, 1);
	ck_assert_uint_eq(asked, 1);
	ck_assert(d.card && d.fido2);
	answer = SEK_ERR_NOT_FOUND;
	look();
	ck_assert(!d.card && !d.fido2);
}
END_TEST

START_TEST(cards_whose_certificate_has_ended_are_not_looked_for)
{
	struct sek_authenticator *a = has(SEK_METHOD_CARD_PIV);

	ck_assert_int_gt(need.wall, 0);
	a->card.not_after = need.wall / SEK_SECOND + 1;
	look();
	ck_assert_uint_eq(cards_asked, 1);
	ck_assert_ptr_null(sek_facts_ending(a, 1, &need, 0));
	ck_assert_ptr_eq(sek_facts_ending(a, 1, &need, 1), a);
	a->card.not_after--;
	look();
	ck_assert_uint_eq(cards_asked, 0);
	ck_assert_ptr_eq(sek_facts_ending(a, 1, &need, 0), a);
	(void)has(SEK_METHOD_CARD_PIV);
	look();
	ck_assert_uint_eq(cards_asked, 1);
}
END_TEST

START_TEST(the_card_that_ends_first_is_told_of)
{
	struct sek_authenticator *a = has(SEK_METHOD_CARD_PIV);
	struct sek_authenticator *b = has(SEK_METHOD_CARD_PIV);
	const int64_t now = need.wall / SEK_SECOND;

	(void)has(SEK_METHOD_TOTP);
	ck_assert_ptr_null(sek_facts_ending(l->authenticator, 3, &need,
	    1000));
	a->card.not_after = now + 100;
	b->card.not_after = now + 50;
	ck_assert_ptr_eq(sek_facts_ending(l->authenticator, 3, &need, 100),
	    b);
	ck_assert_ptr_eq(sek_facts_ending(l->authenticator, 3, &need, 50), b);
	ck_assert_ptr_null(sek_facts_ending(l->authenticator, 3, &need, 49));
	b->state = SEK_AUTHENTICATOR_SUSPECT;
	ck_assert_ptr_eq(sek_facts_ending(l->authenticator, 3, &need, 100),
	    a);
	need.accept &= ~SEK_METHOD_BIT(SEK_METHOD_CARD_PIV);
	ck_assert_ptr_null(sek_facts_ending(l->authenticator, 3, &need,
	    100));
}
END_TEST

START_TEST(pins_of_cards_count_as_policy_says)
{
	ck_assert_uint_eq(need.jpki_pin_counts, 0);
	ck_assert_uint_eq(need.piv_pin_counts, 0);
	s->factors.jpki_pin_counts = true;
	sek_facts_requirement(&need, s, "login");
	ck_assert_uint_eq(need.jpki_pin_counts, 1);
	ck_assert_uint_eq(need.piv_pin_counts, 0);
	s->factors.piv_pin_counts = true;
	sek_facts_requirement(&need, s, "login");
	ck_assert_uint_eq(need.piv_pin_counts, 1);
}
END_TEST

START_TEST(what_a_key_verifies_counts_as_policy_says)
{
	ck_assert_uint_eq(need.fido2_uv_counts, 0);
	s->factors.fido2_uv_counts = true;
	sek_facts_requirement(&need, s, "login");
	ck_assert_uint_eq(need.fido2_uv_counts, 1);
	s->factors.require_crypto_possession = true;
	sek_facts_requirement(&need, s, "sekisho-witness");
	ck_assert_uint_eq(need.fido2_uv_counts, 1);
	ck_assert_uint_eq(need.crypto_possession, 1);
	ck_assert_uint_eq(need.kinds, 2);
}
END_TEST

START_TEST(possession_is_asked_for_as_policy_says)
{
	struct sek_below *b = &s->below[0];

	ck_assert_uint_eq(need.possession, 1);
	s->factors.require_possession = false;
	sek_facts_requirement(&need, s, "login");
	ck_assert_uint_eq(need.possession, 0);
	/* One kind that a policy without a floor asks for is possession. */
	s->factors.require_possession = true;
	s->factors.kinds = 1;
	sek_facts_requirement(&need, s, "login");
	ck_assert_uint_eq(need.possession, 1);
	/* One that an exception allows him is any. */
	strcpy(b->key, "factors.kinds");
	s->nbelow = b->n = b->with = 1;
	sek_facts_requirement(&need, s, "login");
	ck_assert_uint_eq(need.kinds, 1);
	ck_assert_uint_eq(need.possession, 0);
	sek_facts_requirement(&need, s, "sekisho-witness");
	ck_assert_uint_eq(need.kinds, 2);
	ck_assert_uint_eq(need.possession, 1);
	b->with = 0;
	sek_facts_requirement(&need, s, "login");
	ck_assert_uint_eq(need.possession, 1);
}
END_TEST

START_TEST(fingers_are_looked_for_where_one_would_be_asked_for)
{
	struct sek_authenticator *a;

	need.possession = 0;
	strcpy(who.name, "hanako");
	reader = (struct sek_fingerprint_seen){ .readers = 1,
	    .fingers = SEK_FINGER_BIT(SEK_FINGER_RIGHT_INDEX) };
	(void)has(SEK_METHOD_TOTP);
	(void)has(SEK_METHOD_VENDOR_BIOMETRIC);
	has(SEK_METHOD_FINGERPRINT)->state = SEK_AUTHENTICATOR_DISABLED;
	look();
	ck_assert_uint_eq(fingers_asked, 0);
	ck_assert(!d.finger);
	a = has(SEK_METHOD_FINGERPRINT);
	a->biometric.finger = SEK_FINGER_RIGHT_INDEX;
	look();
	ck_assert_uint_eq(fingers_asked, 1);
	ck_assert(d.finger);
	ck_assert_str_eq(finger_account, "hanako");
	/* One that is not his of ours, none, no reader. */
	reader.fingers = SEK_FINGER_BIT(SEK_FINGER_LEFT_INDEX);
	look();
	ck_assert(!d.finger);
	reader.fingers = SEK_FINGER_BIT(SEK_FINGER_LEFT_INDEX) |
	    SEK_FINGER_BIT(SEK_FINGER_RIGHT_INDEX);
	look();
	ck_assert(d.finger);
	reader.readers = 0;
	look();
	ck_assert_uint_eq(fingers_asked, 1);
	ck_assert(!d.finger);
	reader.readers = 1;
	answer = SEK_ERR_NOT_FOUND;
	look();
	ck_assert(!d.finger);
	answer = SEK_OK;
	/* Where possession is called for, a finger adds nothing. */
	need.possession = 1;
	look();
	ck_assert_uint_eq(fingers_asked, 0);
	need.kinds = 3;
	look();
	ck_assert_uint_eq(fingers_asked, 1);
	need = (struct sek_requirement){ .kinds = 2,
	    .accept = need.accept & ~SEK_METHOD_BIT(SEK_METHOD_FINGERPRINT) };
	look();
	ck_assert_uint_eq(fingers_asked, 0);
}
END_TEST

START_TEST(from_afar_nothing_is_asked_of_fprintd)
{
	need.possession = 0;
	has(SEK_METHOD_FINGERPRINT)->biometric.finger = SEK_FINGER_LEFT_THUMB;
	reader = (struct sek_fingerprint_seen){ .readers = 1,
	    .fingers = SEK_FINGER_BIT(SEK_FINGER_LEFT_THUMB) };
	who.remote = 1;
	look();
	ck_assert_uint_eq(fingers_asked, 0);
	ck_assert(d.remote && !d.finger);
	who.remote = 0;
	look();
	ck_assert_uint_eq(fingers_asked, 1);
	ck_assert(d.finger);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		keys_are_looked_for_where_he_has_one_that_is_accepted,
		of_a_name_nothing_is_known_of_no_key_is_looked_for,
		keys_that_cannot_be_looked_for_are_not_there,
		what_a_key_verifies_counts_as_policy_says,
		cards_are_looked_for_where_he_has_one_that_is_accepted,
		cards_whose_certificate_has_ended_are_not_looked_for,
		the_card_that_ends_first_is_told_of,
		pins_of_cards_count_as_policy_says,
		possession_is_asked_for_as_policy_says,
		fingers_are_looked_for_where_one_would_be_asked_for,
		from_afar_nothing_is_asked_of_fprintd,
		NULL
	};

	return (unit_run_with("flow_facts", tests, setup, teardown));
}
