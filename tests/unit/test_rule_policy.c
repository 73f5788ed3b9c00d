/*
 * test_rule_policy.c - kinds are counted, not modules; who passes without
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/model/ticket.h"
#include "sekisho/rule/policy.h"
#include "unit.h"

#define BIT		SEK_METHOD_BIT
#define EVERY		(BIT(SEK_METHOD_COUNT) - 2)
#define PASSWORD	BIT(SEK_METHOD_PASSWORD)
#define TOTP		BIT(SEK_METHOD_TOTP)
#define HOTP		BIT(SEK_METHOD_HOTP)
#define TICKET		BIT(SEK_METHOD_TICKET)
#define FIDO2		BIT(SEK_METHOD_FIDO2)
#define LIVE		SEK_PURPOSE_BIT(SEK_PURPOSE_SUBSTITUTE)

static struct sek_requirement need;
static struct sek_authenticator own[5];
static size_t nown;
static struct sek_evidence e[5];
static size_t ne;
static struct sek_moment now;
static const uint8_t nonce[SEK_NONCE_LEN] = { 7 };
static uint32_t kinds;
static enum sek_reason reason;

static void
setup(void)
{
	memset(own, 0, sizeof(own));
	memset(e, 0, sizeof(e));
	memset(&now, 0, sizeof(now));
	need = (struct sek_requirement){ .kinds = 2, .accept = EVERY };
	nown = ne = 0;
	now.boot = 1000 * SEK_SECOND;
	now.boot_id[0] = 1;
}

static struct sek_authenticator *
has(enum sek_method m)
{
	struct sek_authenticator *a = &own[nown++];

	ck_assert_uint_le(nown, sizeof(own) / sizeof(own[0]));
	a->method = (uint8_t)m;
	a->state = SEK_AUTHENTICATOR_ACTIVE;
	a->oath.digits = 8;
	return (a);
}

static struct sek_plan
plan(void)
{
	struct sek_plan p;

	memset(&p, 0xff, sizeof(p));
	sek_policy_plan(&p, &need, own, nown, NULL, NULL);
	return (p);
}

static struct sek_evidence *
proved(enum sek_method m, uint32_t which)
{
	struct sek_evidence *one = &e[ne++];

	memcpy(one->nonce, nonce, sizeof(nonce));
	one->at = now;
	one->uid = 1000;
	strcpy(one->person, "hanako");
	one->method = (uint32_t)m;
	one->kinds = which;
	return (one);
}

static enum sek_err
decide(void)
{
	kinds = 99;
	return (sek_policy_decide(&kinds, &reason, &need, e, ne, nonce, 1000,
	    &now));
}

static void
assert_refused(enum sek_reason why)
{
	ck_assert_int_eq(decide(), SEK_ERR_REFUSED);
	ck_assert_uint_eq(kinds, 0);
	ck_assert_int_eq(reason, why);
}

/* Password and a one-time code: what most tests begin with. */
static void
two_kinds(void)
{
	(void)proved(SEK_METHOD_PASSWORD, SEK_KIND_KNOWLEDGE);
	(void)proved(SEK_METHOD_TOTP, SEK_KIND_POSSESSION);
	ck_assert_int_eq(decide(), SEK_OK);
	ck_assert_uint_eq(kinds, SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION);
	ck_assert_int_eq(reason, SEK_REASON_NONE);
}

START_TEST(plan_takes_the_first_method_of_each_kind)
{
	(void)has(SEK_METHOD_FINGERPRINT);
	(void)has(SEK_METHOD_FIDO2);
	(void)has(SEK_METHOD_TOTP);
	ck_assert_uint_eq(plan().methods, PASSWORD | TOTP);
	ck_assert_uint_eq(plan().possible, 1);
	ck_assert_uint_eq(plan().digits, 8);
	need.kinds = 3;
	ck_assert_uint_eq(plan().methods, PASSWORD | TOTP |
	    BIT(SEK_METHOD_FINGERPRINT));
	need.kinds = 1;
	ck_assert_uint_eq(plan().methods, PASSWORD);
	need.kinds = 2;
	need.accept = EVERY & ~PASSWORD;
	ck_assert_uint_eq(plan().methods, TOTP | BIT(SEK_METHOD_FINGERPRINT));
}
END_TEST

/* A thing he has, of whatever sort; the gate itself asks for it. */
START_TEST(possession_is_among_the_kinds_where_policy_asks)
{
	need.possession = 1;
	(void)proved(SEK_METHOD_PASSWORD, SEK_KIND_KNOWLEDGE);
	(void)proved(SEK_METHOD_FINGERPRINT, SEK_KIND_INHERENCE);
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	need.kinds = 1;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	need.kinds = 3;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	need.kinds = 2;
	need.possession = 0;
	ck_assert_int_eq(decide(), SEK_OK);
	ck_assert_uint_eq(kinds, SEK_KIND_KNOWLEDGE | SEK_KIND_INHERENCE);
	need.possession = 1;
	(void)proved(SEK_METHOD_TOTP, SEK_KIND_POSSESSION);
	ck_assert_int_eq(decide(), SEK_OK);
	need.kinds = 3;
	ck_assert_int_eq(decide(), SEK_OK);
	/* What says it is possession, and is none. */
	e[2].method = SEK_METHOD_VENDOR_BIOMETRIC;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	need.kinds = 2;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	ck_assert(!sek_policy_reach(&kinds, &need, PASSWORD |
	    SEK_METHODS_BIOMETRIC));
	ck_assert(sek_policy_reach(&kinds, &need, PASSWORD |
	    SEK_METHODS_BIOMETRIC | TOTP));
	need.possession = 0;
	ck_assert(sek_policy_reach(&kinds, &need, PASSWORD |
	    SEK_METHODS_BIOMETRIC));
}
END_TEST

START_TEST(plan_of_one_not_enrolled_asks_what_most_are_asked)
{
	ck_assert_uint_eq(plan().methods & PASSWORD, PASSWORD);
	ck_assert_uint_ne(plan().methods & TOTP, 0);
	ck_assert_uint_eq(plan().possible, 0);
	ck_assert_uint_eq(plan().digits, 6);
	ck_assert_uint_eq(plan().kinds_needed, 2);
	need.accept = PASSWORD | HOTP;
	ck_assert_uint_eq(plan().methods, PASSWORD | HOTP);
	ck_assert_uint_eq(plan().possible, 0);
}
END_TEST

START_TEST(plan_leaves_out_what_is_not_active_nor_accepted)
{
	has(SEK_METHOD_TOTP)->state = SEK_AUTHENTICATOR_DISABLED;
	ck_assert_uint_eq(plan().possible, 0);
	(void)has(SEK_METHOD_FIDO2);
	ck_assert_uint_eq(plan().methods, PASSWORD | BIT(SEK_METHOD_FIDO2));
	need.accept = PASSWORD | TOTP;
	ck_assert_uint_eq(plan().possible, 0);
	own[nown].method = 200;		/* whatever a row says */
	nown++;
	ck_assert_uint_eq(plan().possible, 0);
}
END_TEST

START_TEST(plan_takes_both_sorts_of_codes_at_one_prompt)
{
	(void)has(SEK_METHOD_HOTP);
	ck_assert_uint_eq(plan().methods, PASSWORD | HOTP);
	(void)has(SEK_METHOD_TOTP);
	ck_assert_uint_eq(plan().methods, PASSWORD | TOTP | HOTP);
}
END_TEST

START_TEST(plan_with_crypto_possession_wants_a_key_that_signs)
{
	need.crypto_possession = 1;
	(void)has(SEK_METHOD_TOTP);
	(void)has(SEK_METHOD_FINGERPRINT);
	ck_assert_uint_eq(plan().possible, 0);
	(void)has(SEK_METHOD_CARD_JPKI);
	ck_assert_uint_eq(plan().methods, PASSWORD |
	    BIT(SEK_METHOD_CARD_JPKI));
	ck_assert_uint_eq(plan().possible, 1);
}
END_TEST

START_TEST(methods_reach_the_kinds_they_may_prove)
{
	need.accept = PASSWORD | TOTP | BIT(SEK_METHOD_FIDO2);
	ck_assert(sek_policy_reach(&kinds, &need, EVERY));
	ck_assert_uint_eq(kinds, SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION);
	ck_assert(!sek_policy_reach(&kinds, &need, PASSWORD | HOTP));
	ck_assert_uint_eq(kinds, SEK_KIND_KNOWLEDGE);
	need.crypto_possession = 1;
	ck_assert(sek_policy_reach(&kinds, &need, EVERY));
	ck_assert(!sek_policy_reach(&kinds, &need, PASSWORD | TOTP));
	ck_assert_uint_eq(kinds, SEK_KIND_KNOWLEDGE);
	need.kinds = 1;
	ck_assert(!sek_policy_reach(&kinds, &need, PASSWORD | TOTP));
	need.crypto_possession = 0;
	need.kinds = 3;
	ck_assert(!sek_policy_reach(&kinds, &need, EVERY));
}
END_TEST

START_TEST(requirement_without_sense_is_never_fulfilled)
{
	(void)has(SEK_METHOD_TOTP);
	two_kinds();
	need.kinds = 0;
	ck_assert_uint_eq(plan().possible, 0);
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	need.kinds = 4;
	ck_assert_uint_eq(plan().possible, 0);
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
}
END_TEST

START_TEST(two_of_one_kind_are_one)
{
	(void)proved(SEK_METHOD_PASSWORD, SEK_KIND_KNOWLEDGE);
	(void)proved(SEK_METHOD_PASSWORD, SEK_KIND_KNOWLEDGE);
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	setup();
	/* A password and the PIN of a card: knowledge twice. */
	(void)proved(SEK_METHOD_PASSWORD, SEK_KIND_KNOWLEDGE);
	proved(SEK_METHOD_CARD_JPKI, SEK_KIND_KNOWLEDGE)->flags =
	    SEK_EVIDENCE_USER_VERIFIED;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	setup();
	(void)proved(SEK_METHOD_TOTP, SEK_KIND_POSSESSION);
	(void)proved(SEK_METHOD_FIDO2, SEK_KIND_POSSESSION);
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	setup();
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
}
END_TEST

START_TEST(card_with_pin_is_two_where_its_flow_says_so)
{
	proved(SEK_METHOD_CARD_JPKI, SEK_KIND_POSSESSION | SEK_KIND_KNOWLEDGE)
	    ->flags = SEK_EVIDENCE_USER_VERIFIED | SEK_EVIDENCE_CRYPTOGRAPHIC;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	need.piv_pin_counts = 1;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	need.jpki_pin_counts = 1;
	ck_assert_int_eq(decide(), SEK_OK);
	ck_assert_uint_eq(kinds, SEK_KIND_POSSESSION | SEK_KIND_KNOWLEDGE);
	e[0].flags = SEK_EVIDENCE_CRYPTOGRAPHIC;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	e[0].flags = SEK_EVIDENCE_USER_VERIFIED;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	/* No card verifies a finger. */
	e[0].flags = SEK_EVIDENCE_USER_VERIFIED | SEK_EVIDENCE_CRYPTOGRAPHIC;
	e[0].kinds = SEK_KIND_POSSESSION | SEK_KIND_INHERENCE;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	e[0].method = SEK_METHOD_CARD_UID;
	e[0].kinds = SEK_KIND_POSSESSION | SEK_KIND_KNOWLEDGE;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	e[0].method = SEK_METHOD_CARD_PIV;
	ck_assert_int_eq(decide(), SEK_OK);
	need.accept = EVERY & ~BIT(SEK_METHOD_CARD_PIV);
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
}
END_TEST

START_TEST(method_proves_only_its_own_kind)
{
	(void)proved(SEK_METHOD_PASSWORD, SEK_KINDS_ALL);
	e[0].flags = UINT32_MAX;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	e[0].method = SEK_METHOD_NONE;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	e[0].method = 1000;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	need.accept = UINT32_MAX;
	e[0].method = SEK_METHOD_COUNT;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
}
END_TEST

START_TEST(evidence_of_another_round_does_not_count)
{
	two_kinds();
	e[1].nonce[15] ^= 1;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
}
END_TEST

START_TEST(without_a_round_nothing_counts)
{
	static const uint8_t none[SEK_NONCE_LEN];
	size_t i;

	two_kinds();
	for (i = 0; i < ne; i++)
		memset(e[i].nonce, 0, SEK_NONCE_LEN);
	ck_assert_int_eq(sek_policy_decide(&kinds, &reason, &need, e, ne, none,
	    1000, &now), SEK_ERR_REFUSED);
	ck_assert_int_eq(reason, SEK_REASON_NO_ROUND);
}
END_TEST

START_TEST(evidence_of_another_uid_refuses)
{
	two_kinds();
	e[0].uid = 1001;
	assert_refused(SEK_REASON_USER_CHANGED);
	e[0].uid = e[1].uid = SEK_UID_NONE;
	ck_assert_int_eq(sek_policy_decide(&kinds, &reason, &need, e, ne,
	    nonce, SEK_UID_NONE, &now), SEK_ERR_REFUSED);
}
END_TEST

START_TEST(two_persons_are_not_one)
{
	two_kinds();
	strcpy(e[1].person, "taro");
	assert_refused(SEK_REASON_USER_CHANGED);
	/* The password of a shared account is nobody's. */
	e[0].person[0] = '\0';
	ck_assert_int_eq(decide(), SEK_OK);
	(void)proved(SEK_METHOD_FINGERPRINT, SEK_KIND_INHERENCE);
	assert_refused(SEK_REASON_USER_CHANGED);
}
END_TEST

START_TEST(evidence_ages_out)
{
	two_kinds();
	now.boot += SEK_EVIDENCE_AGE;
	ck_assert_int_eq(decide(), SEK_OK);
	now.boot += 1;
	assert_refused(SEK_REASON_STALE);
	e[1].at = now;
	assert_refused(SEK_REASON_STALE);
	e[0].at = now;
	ck_assert_int_eq(decide(), SEK_OK);
	e[0].at.boot_id[0]++;
	assert_refused(SEK_REASON_STALE);
}
END_TEST

START_TEST(evidence_age_is_no_matter_of_the_wall_clock)
{
	two_kinds();
	now.wall += INT64_C(86400) * SEK_SECOND;
	ck_assert_int_eq(decide(), SEK_OK);
	now.wall = 0;
	now.boot += SEK_EVIDENCE_AGE + 1;
	assert_refused(SEK_REASON_STALE);
}
END_TEST

START_TEST(method_not_accepted_does_not_count)
{
	two_kinds();
	need.accept &= ~TOTP;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
}
END_TEST

START_TEST(crypto_possession_wants_a_signature)
{
	two_kinds();
	need.crypto_possession = 1;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	(void)proved(SEK_METHOD_FINGERPRINT, SEK_KIND_INHERENCE);
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	(void)proved(SEK_METHOD_FIDO2, SEK_KIND_POSSESSION);
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	e[3].flags = SEK_EVIDENCE_CRYPTOGRAPHIC;
	ck_assert_int_eq(decide(), SEK_OK);
	ck_assert_uint_eq(kinds, SEK_KINDS_ALL);
}
END_TEST

static const char exempt[] =
    "systemd-user cron gdm-launch-environment:Debian-gdm sddm-greeter:sddm";

static enum sek_bare
bare(const char *service, const char *user, uint32_t caller)
{
	return (sek_policy_bare(exempt, service, user, caller));
}

START_TEST(root_switches_and_nobody_else_does)
{
	static const char *const services[] = { "su", "su-l", "chsh", "chfn" };
	size_t i;

	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(bare(services[i], "alice", 0),
		    SEK_BARE_ROOT_SWITCH);
		ck_assert_int_eq(bare(services[i], "alice", 1000),
		    SEK_BARE_REFUSE);
		ck_assert_int_eq(bare(services[i], "root", SEK_UID_NONE),
		    SEK_BARE_REFUSE);
	}
	ck_assert_int_eq(bare("login", "alice", 0), SEK_BARE_REFUSE);
	ck_assert_int_eq(bare("passwd", "alice", 0), SEK_BARE_REFUSE);
	ck_assert_int_eq(bare("sshd", "alice", 0), SEK_BARE_REFUSE);
}
END_TEST

START_TEST(exempt_services_go_by_service_and_user)
{
	ck_assert_int_eq(bare("cron", "alice", 0), SEK_BARE_EXEMPT);
	ck_assert_int_eq(bare("gdm-launch-environment", "Debian-gdm", 0),
	    SEK_BARE_EXEMPT);
	ck_assert_int_eq(bare("gdm-launch-environment", "alice", 0),
	    SEK_BARE_REFUSE);
	ck_assert_int_eq(bare("cro", "alice", 0), SEK_BARE_REFUSE);
	ck_assert_int_eq(bare("cron2", "alice", 0), SEK_BARE_REFUSE);
	ck_assert_int_eq(bare("", "alice", 0), SEK_BARE_REFUSE);
	ck_assert_int_eq(bare("sddm-greeter:sddm", "x", 0), SEK_BARE_REFUSE);
	ck_assert_int_eq(sek_policy_bare("a:", "a", "", 0), SEK_BARE_REFUSE);
	ck_assert_int_eq(sek_policy_bare("", "cron", "alice", 0),
	    SEK_BARE_REFUSE);
}
END_TEST

START_TEST(sudo_may_reuse_and_the_order_holds)
{
	ck_assert_int_eq(bare("sudo", "alice", 1000), SEK_BARE_REUSE);
	ck_assert_int_eq(bare("sudo-i", "alice", 1000), SEK_BARE_REUSE);
	ck_assert_int_eq(bare("sudo", "root", 0), SEK_BARE_REUSE);
	/* What an administrator exempts is recorded as that. */
	ck_assert_int_eq(sek_policy_bare("sudo su", "sudo", "a", 1000),
	    SEK_BARE_EXEMPT);
	ck_assert_int_eq(sek_policy_bare("sudo su", "su", "a", 0),
	    SEK_BARE_ROOT_SWITCH);
}
END_TEST

START_TEST(masks_are_exact)
{
	char allow[32], host[32];
	unsigned bits, i;

	for (bits = 1; bits <= 32; bits++) {
		/* 255.255.255.255 cut to bits, and its neighbour one bit off */
		uint32_t net = bits == 32 ? UINT32_MAX :
		    ~(UINT32_MAX >> bits);

		(void)snprintf(allow, sizeof(allow), "%u.%u.%u.%u/%u",
		    net >> 24, net >> 16 & 255, net >> 8 & 255, net & 255,
		    bits);
		for (i = 0; i < 32; i++) {
			uint32_t a = UINT32_MAX ^ UINT32_C(1) << (31 - i);

			(void)snprintf(host, sizeof(host), "%u.%u.%u.%u",
			    a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
			ck_assert_int_eq(sek_policy_remote_allowed(allow,
			    host), i >= bits);
		}
		ck_assert(sek_policy_remote_allowed(allow, "255.255.255.255"));
	}
}
END_TEST

START_TEST(remote_hosts_are_matched_by_address)
{
	static const struct {
		const char *allow, *host;
		bool yes;
	} v[] = {
		{ "10.1.0.0/16", "10.1.255.255", true },
		{ "10.1.0.0/16", "10.2.0.0", false },
		{ "10.1.0.0/16 192.0.2.7", "192.0.2.7", true },
		{ "10.1.0.0/16,192.0.2.7", "192.0.2.8", false },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "2001:db8::/32", "2001:db8:ffff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		/* v4 written as v6, in either place */
		{ "10.0.0.0/8", "::ffff:10.9.9.9", true },
		{ "::ffff:10.0.0.0/104", "10.9.9.9", true },
		{ "::ffff:10.0.0.0/104", "11.9.9.9", false },
		{ "::/0", "10.9.9.9", false },
		{ "::/0", "::ffff:10.9.9.9", false },
		{ "::/0", "fe80::1", true },
		/* scopes */
		{ "fe80::/10", "fe80::1%eth0", true },
		{ "fe80::/10", "fe80::1%", true },
		{ "127.0.0.1", "127.0.0.1%lo", false },
		/* loopback is remote like any other */
		{ "no", "127.0.0.1", false },
		{ "no", "::1", false },
		{ "10.0.0.0/8", "127.0.0.1", false },
		{ "127.0.0.0/8 ::1", "::1", true },
		{ "127.0.0.0/8 ::1", "127.0.0.53", true },
		/* what is no address matches only yes */
		{ "0.0.0.0/0 ::/0", "pc17.example.jp", false },
		{ "0.0.0.0/0 ::/0", "", false },
		{ "0.0.0.0/0 ::/0", "10.1", false },
		{ "0.0.0.0/0 ::/0", "010.1.1.1", false },
		{ "yes", "pc17.example.jp", true },
		{ "no", "pc17.example.jp", false },
		/* a list with one bad word allows nothing */
		{ "10.0.0.0/8 yes", "10.1.1.1", false },
		{ "10.0.0.0/8 no", "10.1.1.1", false },
		{ "10.0.0.0/8 10.0.0.0/33", "10.1.1.1", false },
		{ "", "10.1.1.1", false },
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		ck_assert_msg(sek_policy_remote_allowed(v[i].allow, v[i].host)
		    == v[i].yes, "\"%s\" against \"%s\"", v[i].allow,
		    v[i].host);
}
END_TEST

START_TEST(remote_lists_are_checked_and_the_word_is_named)
{
	static const char *const good[] = {
		"no", "yes", " yes ", "10.0.0.0/8", "::1", "0.0.0.0/0, ::/0"
	};
	static const char *const bad[] = {
		"", " ", "maybe", "yes no", "no 10.0.0.0/8", "10.0.0.1/8",
		"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8",
		"10.0.0", "::1/129", "2001:db8::1/32", "fe80::1%eth0",
		"example.jp", "10.0.0.0/255.0.0.0"
	};
	struct sek_why why;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_int_eq(sek_policy_remote_check(good[i], &why),
		    SEK_OK);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(sek_policy_remote_check(bad[i], NULL) ==
		    SEK_ERR_SYNTAX, "\"%s\" was taken", bad[i]);
	ck_assert_int_eq(sek_policy_remote_check("::1 10.0.0.1/8", &why),
	    SEK_ERR_SYNTAX);
	ck_assert_ptr_nonnull(strstr(why.text, "\"10.0.0.1/8\""));
}
END_TEST

START_TEST(words_of_lists_match_whole)
{
	ck_assert(sek_policy_listed("alice, bob", "bob"));
	ck_assert(!sek_policy_listed("alice, bob", "bo"));
	ck_assert(!sek_policy_listed("alice, bob", "alice,"));
	ck_assert(!sek_policy_listed("alice, bob", ""));
	ck_assert(!sek_policy_listed("", "alice"));
}
END_TEST

/* ---- tickets */

static struct sek_plan
plan_with(bool asked, uint32_t live, bool attends, bool grace)
{
	const struct sek_plan_tickets t = { .asked = asked, .live = live,
	    .attends = attends, .grace = grace };
	struct sek_plan p;

	memset(&p, 0xff, sizeof(p));
	sek_policy_plan(&p, &need, own, nown, &t, NULL);
	return (p);
}

START_TEST(tickets_are_offered_to_everybody_and_open_for_nobody)
{
	struct sek_plan unknown, card;

	unknown = plan_with(true, 0, false, false);
	ck_assert_uint_eq(unknown.methods, PASSWORD | TOTP | HOTP | TICKET);
	ck_assert_uint_eq(unknown.possible, 0);
	ck_assert_uint_eq(unknown.digits, 6);
	(void)has(SEK_METHOD_TOTP);
	(void)has(SEK_METHOD_HOTP);
	card = plan_with(true, 0, false, false);
	ck_assert_uint_eq(card.methods, unknown.methods);
	ck_assert_uint_eq(card.possible, 1);
	ck_assert_uint_eq(card.digits, 8);
	ck_assert_uint_eq(plan_with(false, 0, false, false).methods,
	    plan().methods);
	/* Where a password is enough nothing stands in for a card. */
	need.kinds = 1;
	ck_assert_uint_eq(plan_with(true, LIVE, true, true).methods, PASSWORD);
}
END_TEST

START_TEST(a_live_code_makes_a_plan)
{
	struct sek_plan p = plan_with(true, LIVE, false, false);

	ck_assert_uint_eq(p.methods, PASSWORD | TOTP | HOTP | TICKET);
	ck_assert_uint_eq(p.possible, 1);
	ck_assert_uint_eq(p.digits, SEK_TICKET_DIGITS);
	/* With his card at home: what is asked stays. */
	(void)has(SEK_METHOD_TOTP);
	p = plan_with(true, LIVE, false, false);
	ck_assert_uint_eq(p.methods, PASSWORD | TOTP | TICKET);
	ck_assert_uint_eq(p.possible, 1);
	ck_assert_uint_eq(p.digits, SEK_TICKET_DIGITS);
	/* A key cannot be asked for: it lies at home. */
	nown = 0;
	(void)has(SEK_METHOD_FIDO2);
	p = plan_with(true, LIVE, false, false);
	ck_assert_uint_eq(p.methods, PASSWORD | TOTP | HOTP | TICKET);
	ck_assert_uint_eq(p.possible, 1);
	p = plan_with(true, 0, true, false);
	ck_assert_uint_eq(p.methods, PASSWORD | FIDO2 | TICKET);
	/* Two kinds only: a third must come from elsewhere. */
	need.kinds = 3;
	ck_assert_uint_eq(plan_with(true, LIVE, true, false).possible, 0);
	(void)has(SEK_METHOD_FINGERPRINT);
	p = plan_with(true, LIVE, false, false);
	ck_assert_uint_eq(p.possible, 1);
	ck_assert_uint_ne(p.methods & BIT(SEK_METHOD_FINGERPRINT), 0);
}
END_TEST

START_TEST(a_witness_makes_a_plan)
{
	ck_assert_uint_eq(plan_with(true, 0, true, false).possible, 1);
	ck_assert_uint_eq(plan_with(true, 0, true, false).digits, 6);
	need.accept = EVERY & ~PASSWORD;
	ck_assert_uint_eq(plan_with(true, LIVE, true, false).possible, 0);
}
END_TEST

START_TEST(policy_shuts_tickets_out)
{
	need.accept = EVERY & ~TICKET;
	ck_assert_uint_eq(plan_with(true, LIVE, true, false).possible, 0);
	ck_assert_uint_eq(plan_with(true, LIVE, true, false).methods,
	    PASSWORD | TOTP | HOTP);
	need.accept = EVERY;
	need.crypto_possession = 1;
	ck_assert_uint_eq(plan_with(true, LIVE, true, false).possible, 0);
	ck_assert_uint_eq(plan_with(true, LIVE, true, false).methods & TICKET,
	    0);
}
END_TEST

START_TEST(grace_makes_a_plan_of_a_password)
{
	struct sek_plan p = plan_with(false, 0, false, true);

	ck_assert_uint_eq(p.possible, 1);
	ck_assert_uint_eq(p.methods, PASSWORD | TOTP | HOTP);
	ck_assert_uint_eq(p.kinds_needed, 2);
	need.accept = TOTP;
	ck_assert_uint_eq(plan_with(false, 0, false, true).possible, 0);
}
END_TEST

/* Nobody has a ticket as he has a card. */
START_TEST(a_ticket_is_nothing_one_has)
{
	(void)has(SEK_METHOD_TICKET);
	ck_assert_uint_eq(plan().possible, 0);
	ck_assert(!sek_policy_reach(&kinds, &need, PASSWORD | TICKET));
	ck_assert_uint_eq(kinds, SEK_KIND_KNOWLEDGE);
}
END_TEST

START_TEST(a_ticket_is_one_kind_whatever_it_says_of_itself)
{
	proved(SEK_METHOD_TICKET, SEK_KINDS_ALL)->flags = UINT32_MAX;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	proved(SEK_METHOD_TICKET, SEK_KINDS_ALL)->flags = UINT32_MAX;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	(void)proved(SEK_METHOD_PASSWORD, SEK_KIND_KNOWLEDGE);
	ck_assert_int_eq(decide(), SEK_OK);
	ck_assert_uint_eq(kinds, SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION);
	need.accept = EVERY & ~TICKET;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	need.accept = EVERY;
	need.crypto_possession = 1;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	need.kinds = 1;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
}
END_TEST

/* ---- security keys */

#define FINGER		BIT(SEK_METHOD_FINGERPRINT)
#define PIV		BIT(SEK_METHOD_CARD_PIV)
#define JPKI		BIT(SEK_METHOD_CARD_JPKI)
#define UID		BIT(SEK_METHOD_CARD_UID)
#define CARDS		(JPKI | PIV | UID)

static struct sek_authenticator *
has_key(enum sek_fido2_verifies v)
{
	struct sek_authenticator *a = has(SEK_METHOD_FIDO2);

	a->fido2.verifies = (uint8_t)v;
	return (a);
}

static const struct sek_plan_devices none_here, key_here = { .fido2 = true },
    far = { .remote = true }, far_here = { .fido2 = true, .remote = true };

static struct sek_plan
plan_at(const struct sek_plan_devices *d)
{
	struct sek_plan p;

	memset(&p, 0xff, sizeof(p));
	sek_policy_plan(&p, &need, own, nown, NULL, d);
	return (p);
}

static void
must_plan(const struct sek_plan_devices *d, uint32_t methods,
    uint32_t instead, bool verify)
{
	struct sek_plan p = plan_at(d);

	ck_assert_uint_eq(p.possible, 1);
	ck_assert_uint_eq(p.methods, methods);
	ck_assert_uint_eq(p.instead, instead);
	ck_assert_uint_eq(p.verify, verify);
}

START_TEST(a_key_that_is_here_goes_before_codes)
{
	(void)has(SEK_METHOD_TOTP);
	(void)has_key(SEK_FIDO2_VERIFIES_NOT);
	must_plan(&key_here, PASSWORD | FIDO2, TOTP, false);
	ck_assert_uint_eq(plan_at(&key_here).digits, 8);
	must_plan(&far_here, PASSWORD | FIDO2, TOTP, false);
	must_plan(&none_here, PASSWORD | TOTP, 0, false);
	must_plan(NULL, PASSWORD | TOTP, 0, false);
	(void)has(SEK_METHOD_HOTP);
	must_plan(&key_here, PASSWORD | FIDO2, TOTP | HOTP, false);
	/* Codes of which nothing can come are not asked for. */
	need.crypto_possession = 1;
	must_plan(&none_here, PASSWORD | FIDO2, 0, false);
	need.accept = EVERY & ~FIDO2;
	ck_assert_uint_eq(plan_at(&key_here).possible, 0);
}
END_TEST

START_TEST(a_key_that_is_not_here_is_asked_for_where_it_is_all)
{
	(void)has_key(SEK_FIDO2_VERIFIES_SENSOR);
	must_plan(&none_here, PASSWORD | FIDO2, 0, false);
	must_plan(&far, PASSWORD | FIDO2, 0, false);
	/* Also where it counts: alone it is asked for where it is seen. */
	need.fido2_uv_counts = 1;
	must_plan(&none_here, PASSWORD | FIDO2, 0, false);
	need.kinds = 1;
	must_plan(&none_here, PASSWORD, 0, false);
	must_plan(&key_here, PASSWORD, 0, false);
}
END_TEST

START_TEST(a_key_that_verifies_is_two_kinds_where_policy_says_so)
{
	(void)has_key(SEK_FIDO2_VERIFIES_PIN);
	must_plan(&key_here, PASSWORD | FIDO2, 0, false);
	need.fido2_uv_counts = 1;
	must_plan(&key_here, FIDO2, 0, true);
	must_plan(&far_here, PASSWORD | FIDO2, 0, false);
	own[0].fido2.verifies = SEK_FIDO2_VERIFIES_SENSOR;
	must_plan(&key_here, FIDO2, 0, true);
	own[0].fido2.verifies = SEK_FIDO2_VERIFIES_NOT;
	must_plan(&key_here, PASSWORD | FIDO2, 0, false);
	/* Which of the two is plugged in is not known yet. */
	(void)has_key(SEK_FIDO2_VERIFIES_PIN);
	must_plan(&key_here, PASSWORD | FIDO2, 0, false);
	own[0].state = SEK_AUTHENTICATOR_SUSPECT;
	must_plan(&key_here, FIDO2, 0, true);
	own[1].state = SEK_AUTHENTICATOR_SUSPECT;
	ck_assert_uint_eq(plan_at(&key_here).possible, 0);
}
END_TEST

START_TEST(without_the_key_that_would_be_all_others_may_do)
{
	need.fido2_uv_counts = 1;
	(void)has_key(SEK_FIDO2_VERIFIES_PIN);
	(void)has(SEK_METHOD_TOTP);
	/* The password's line is over when the key is missed. */
	must_plan(&key_here, FIDO2, 0, true);
	(void)has(SEK_METHOD_FINGERPRINT);
	must_plan(&key_here, FIDO2, TOTP | FINGER, true);
	must_plan(&none_here, PASSWORD | TOTP, 0, false);
	need.kinds = 3;
	/* A finger is asked for as it is. */
	must_plan(&key_here, PASSWORD | FIDO2 | FINGER, TOTP, false);
}
END_TEST

START_TEST(the_sensor_of_a_key_may_be_the_third_kind)
{
	need.kinds = 3;
	(void)has(SEK_METHOD_TOTP);
	(void)has_key(SEK_FIDO2_VERIFIES_SENSOR);
	ck_assert_uint_eq(plan_at(&key_here).possible, 0);
	need.fido2_uv_counts = 1;
	must_plan(&key_here, PASSWORD | FIDO2, 0, true);
	must_plan(&none_here, PASSWORD | FIDO2, 0, true);
	must_plan(&far, PASSWORD | FIDO2, 0, true);
	/* A PIN is knowledge, as the password is. */
	own[1].fido2.verifies = SEK_FIDO2_VERIFIES_PIN;
	ck_assert_uint_eq(plan_at(&key_here).possible, 0);
	need.accept &= ~PASSWORD;
	ck_assert_uint_eq(plan_at(&key_here).possible, 0);
	(void)has(SEK_METHOD_FINGERPRINT);
	must_plan(&key_here, FIDO2 | FINGER, 0, true);
}
END_TEST

START_TEST(from_afar_a_key_is_never_all_that_is_asked_for)
{
	need.fido2_uv_counts = 1;
	need.accept = FIDO2 | TOTP;
	(void)has_key(SEK_FIDO2_VERIFIES_PIN);
	must_plan(&key_here, FIDO2, 0, true);
	must_plan(&none_here, FIDO2, 0, true);
	ck_assert_uint_eq(plan_at(&far_here).possible, 0);
	ck_assert_uint_eq(plan_at(&far).possible, 0);
	need.accept |= FINGER;
	(void)has(SEK_METHOD_FINGERPRINT);
	must_plan(&none_here, FIDO2 | FINGER, 0, false);
	/* Nor a finger. */
	ck_assert_uint_eq(plan_at(&far_here).possible, 0);
	need.kinds = 1;
	need.accept = FIDO2 | TOTP;
	must_plan(&key_here, FIDO2, 0, false);
	ck_assert_uint_eq(plan_at(&far_here).possible, 0);
	(void)has(SEK_METHOD_TOTP);
	must_plan(&far_here, TOTP, 0, false);
}
END_TEST

START_TEST(members_of_a_shared_account_have_keys_of_their_own)
{
	need.fido2_uv_counts = 1;
	strcpy(has_key(SEK_FIDO2_VERIFIES_PIN)->person, "hanako");
	strcpy(has(SEK_METHOD_TOTP)->person, "taro");
	/* She is asked for her key, he may pass it by. */
	must_plan(&none_here, PASSWORD | FIDO2, TOTP, false);
	/* He could not say that he has none, were the key asked alone. */
	must_plan(&key_here, PASSWORD | FIDO2, TOTP, false);
	strcpy(own[1].person, "hanako");
	must_plan(&none_here, PASSWORD | TOTP, 0, false);
	must_plan(&key_here, FIDO2, 0, true);
	strcpy(own[1].person, "taro");
	strcpy(has_key(SEK_FIDO2_VERIFIES_SENSOR)->person, "taro");
	must_plan(&key_here, FIDO2, 0, true);
	own[2].fido2.verifies = SEK_FIDO2_VERIFIES_NOT;
	must_plan(&key_here, PASSWORD | FIDO2, TOTP, false);
}
END_TEST

/* Where those who get in have a key, who has none is asked for one. */
START_TEST(unknown_names_are_asked_for_a_key_where_no_code_is_of_use)
{
	struct sek_plan known, unknown;

	need.accept = PASSWORD | FIDO2 | FINGER;
	unknown = plan_at(NULL);
	ck_assert_uint_eq(unknown.possible, 0);
	(void)has_key(SEK_FIDO2_VERIFIES_NOT);
	known = plan_at(&none_here);
	ck_assert_uint_eq(known.possible, 1);
	ck_assert_uint_eq(known.methods, unknown.methods);
	need.crypto_possession = 1;
	need.accept = EVERY;
	known = plan_at(&none_here);
	nown = 0;
	unknown = plan_at(NULL);
	ck_assert_uint_eq(known.methods, unknown.methods);
	need.accept = EVERY & ~FIDO2 & ~CARDS;
	ck_assert_uint_eq(plan_at(NULL).methods, PASSWORD | TOTP | HOTP);
	need.crypto_possession = 0;
	need.accept = EVERY;
	ck_assert_uint_eq(plan_at(NULL).methods, PASSWORD | TOTP | HOTP);
	need.kinds = 1;
	need.accept = PASSWORD | FIDO2;
	ck_assert_uint_eq(plan_at(NULL).methods, PASSWORD);
}
END_TEST

START_TEST(tickets_and_grace_stand_beside_keys)
{
	static const struct sek_plan_tickets asked = { .asked = true },
	    live = { .asked = true, .live = LIVE },
	    witness = { .asked = true, .attends = true },
	    grace = { .asked = true, .grace = true };
	struct sek_plan p;

	need.accept = PASSWORD | FIDO2 | TICKET;
	sek_policy_plan(&p, &need, own, nown, &grace, &none_here);
	ck_assert_uint_eq(p.methods, PASSWORD | TICKET);
	ck_assert_uint_eq(p.possible, 1);
	(void)has_key(SEK_FIDO2_VERIFIES_SENSOR);
	sek_policy_plan(&p, &need, own, nown, &asked, &none_here);
	ck_assert_uint_eq(p.methods, PASSWORD | FIDO2 | TICKET);
	ck_assert_uint_eq(p.instead, 0);
	sek_policy_plan(&p, &need, own, nown, &witness, &key_here);
	ck_assert_uint_eq(p.methods, PASSWORD | FIDO2 | TICKET);
	/* His code is in force as the key lies at home. */
	need.fido2_uv_counts = 1;
	need.accept |= TOTP;
	sek_policy_plan(&p, &need, own, nown, &asked, &key_here);
	ck_assert_uint_eq(p.methods, FIDO2 | TICKET);
	ck_assert_uint_eq(p.verify, 1);
	sek_policy_plan(&p, &need, own, nown, &live, &key_here);
	ck_assert_uint_eq(p.methods, PASSWORD | FIDO2 | TICKET);
	ck_assert_uint_eq(p.verify, 0);
	ck_assert_uint_eq(p.digits, SEK_TICKET_DIGITS);
	sek_policy_plan(&p, &need, own, nown, &live, &none_here);
	ck_assert_uint_eq(p.methods, PASSWORD | TOTP | TICKET);
	ck_assert_uint_eq(p.verify, 0);
	ck_assert_uint_eq(p.instead, 0);
	ck_assert_uint_eq(p.digits, SEK_TICKET_DIGITS);
	need.crypto_possession = 1;
	sek_policy_plan(&p, &need, own, nown, &live, &none_here);
	ck_assert_uint_eq(p.methods, PASSWORD | FIDO2);
}
END_TEST

START_TEST(what_a_key_verified_counts_only_where_policy_says_so)
{
	const uint32_t both = SEK_KIND_POSSESSION | SEK_KIND_KNOWLEDGE;
	const uint32_t flags = SEK_EVIDENCE_CRYPTOGRAPHIC |
	    SEK_EVIDENCE_USER_VERIFIED;

	proved(SEK_METHOD_FIDO2, both)->flags = flags;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	need.fido2_uv_counts = 1;
	ck_assert_int_eq(decide(), SEK_OK);
	ck_assert_uint_eq(kinds, both);
	e[0].flags = SEK_EVIDENCE_CRYPTOGRAPHIC;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	e[0].flags = SEK_EVIDENCE_USER_VERIFIED;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	/* One key verifies in one way at a time. */
	e[0].flags = flags;
	e[0].kinds = SEK_KINDS_ALL;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	(void)proved(SEK_METHOD_PASSWORD, SEK_KIND_KNOWLEDGE);
	ck_assert_int_eq(decide(), SEK_OK);
	need.kinds = 3;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	e[0].kinds = SEK_KIND_POSSESSION | SEK_KIND_INHERENCE;
	ck_assert_int_eq(decide(), SEK_OK);
	/* Beside a password its PIN is knowledge twice. */
	e[0].kinds = both;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	need.kinds = 2;
	need.accept = EVERY & ~FIDO2;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
}
END_TEST

START_TEST(keys_reach_by_what_they_verify)
{
	struct sek_authenticator *a = has_key(SEK_FIDO2_VERIFIES_PIN);

	need.accept = PASSWORD | FIDO2;
	ck_assert_uint_eq(sek_policy_verified(&need, a), 0);
	need.fido2_uv_counts = 1;
	ck_assert_uint_eq(sek_policy_verified(&need, a), SEK_KIND_KNOWLEDGE);
	need.kinds = 3;
	ck_assert(sek_policy_reach(&kinds, &need, PASSWORD | FIDO2));
	ck_assert_uint_eq(kinds, SEK_KINDS_ALL);
	ck_assert(!sek_policy_reach(&kinds, &need, FIDO2));
	ck_assert(!sek_policy_reach(&kinds, &need, PASSWORD | TOTP));
	ck_assert(!sek_policy_reach_by(&kinds, &need, PASSWORD | FIDO2,
	    SEK_KIND_KNOWLEDGE));
	ck_assert(sek_policy_reach_by(&kinds, &need, PASSWORD | FIDO2,
	    SEK_KIND_KNOWLEDGE | SEK_KIND_INHERENCE));
	need.kinds = 2;
	ck_assert(sek_policy_reach_by(&kinds, &need, FIDO2,
	    SEK_KIND_KNOWLEDGE));
	ck_assert(!sek_policy_reach_by(&kinds, &need, FIDO2, SEK_KIND_NONE));
	ck_assert(sek_policy_reach_by(&kinds, &need, PASSWORD | FIDO2,
	    SEK_KIND_INHERENCE));
	ck_assert_uint_eq(kinds, SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION);
	need.fido2_uv_counts = 0;
	ck_assert(!sek_policy_reach_by(&kinds, &need, FIDO2,
	    SEK_KINDS_ALL));
	a->state = SEK_AUTHENTICATOR_SUSPECT;
	need.fido2_uv_counts = 1;
	ck_assert_uint_eq(sek_policy_verified(&need, a), 0);
}
END_TEST

/* ---- cards */

static const struct sek_plan_devices card_here = { .card = true },
    both_here = { .card = true, .fido2 = true },
    far_card = { .card = true, .remote = true };

static struct sek_authenticator *
has_card(enum sek_method m, bool pin)
{
	struct sek_authenticator *a = has(m);

	a->card.pin = pin;
	return (a);
}

START_TEST(a_card_that_is_here_goes_before_keys_and_codes)
{
	(void)has(SEK_METHOD_TOTP);
	(void)has_card(SEK_METHOD_CARD_PIV, true);
	must_plan(&card_here, PASSWORD | PIV, TOTP, false);
	must_plan(&far_card, PASSWORD | PIV, TOTP, false);
	must_plan(&none_here, PASSWORD | TOTP, 0, false);
	must_plan(NULL, PASSWORD | TOTP, 0, false);
	(void)has_key(SEK_FIDO2_VERIFIES_NOT);
	must_plan(&both_here, PASSWORD | PIV, TOTP, false);
	must_plan(&key_here, PASSWORD | FIDO2, TOTP, false);
	own[0].state = SEK_AUTHENTICATOR_REMOVED;
	must_plan(&both_here, PASSWORD | PIV, FIDO2, false);
	must_plan(&card_here, PASSWORD | PIV, FIDO2, false);
	must_plan(&key_here, PASSWORD | FIDO2, 0, false);
	must_plan(&none_here, PASSWORD | PIV, FIDO2, false);
}
END_TEST

START_TEST(cards_of_all_sorts_are_asked_for_at_one_prompt)
{
	(void)has_card(SEK_METHOD_CARD_UID, false);
	must_plan(&none_here, PASSWORD | UID, 0, false);
	(void)has_card(SEK_METHOD_CARD_JPKI, true);
	(void)has_card(SEK_METHOD_CARD_PIV, true);
	must_plan(&card_here, PASSWORD | CARDS, 0, false);
	need.accept = EVERY & ~PIV;
	must_plan(&card_here, PASSWORD | JPKI | UID, 0, false);
	/* Its number is no signature. */
	need.crypto_possession = 1;
	must_plan(&card_here, PASSWORD | JPKI, 0, false);
	need.accept = EVERY & ~(PIV | JPKI);
	ck_assert_uint_eq(plan_at(&card_here).possible, 0);
}
END_TEST

START_TEST(a_card_and_its_pin_are_two_kinds_where_policy_says_so)
{
	(void)has_card(SEK_METHOD_CARD_JPKI, true);
	must_plan(&card_here, PASSWORD | JPKI, 0, false);
	need.piv_pin_counts = 1;
	must_plan(&card_here, PASSWORD | JPKI, 0, false);
	need.jpki_pin_counts = 1;
	must_plan(&card_here, JPKI, 0, true);
	must_plan(&none_here, PASSWORD | JPKI, 0, false);
	must_plan(&far_card, PASSWORD | JPKI, 0, false);
	(void)has_card(SEK_METHOD_CARD_PIV, true);
	must_plan(&card_here, JPKI | PIV, 0, true);
	/* Which of them is in the reader is not known yet: one without. */
	own[1].card.pin = 0;
	must_plan(&card_here, PASSWORD | JPKI | PIV, 0, false);
	own[1].method = SEK_METHOD_CARD_UID;
	must_plan(&card_here, PASSWORD | JPKI | UID, 0, false);
	need.accept = JPKI | TOTP;
	must_plan(&card_here, JPKI, 0, true);
	must_plan(&none_here, JPKI, 0, true);
	ck_assert_uint_eq(plan_at(&far_card).possible, 0);
	ck_assert_uint_eq(plan_at(&far).possible, 0);
}
END_TEST

/* The password's line is over when the card is missed. */
START_TEST(a_key_that_verifies_stands_in_for_a_card_alone)
{
	need.jpki_pin_counts = 1;
	(void)has_card(SEK_METHOD_CARD_JPKI, true);
	(void)has_key(SEK_FIDO2_VERIFIES_SENSOR);
	must_plan(&both_here, JPKI, 0, true);
	need.fido2_uv_counts = 1;
	must_plan(&both_here, JPKI, FIDO2, true);
	must_plan(&card_here, JPKI, FIDO2, true);
	must_plan(&key_here, FIDO2, 0, true);
	(void)has_key(SEK_FIDO2_VERIFIES_NOT);
	must_plan(&both_here, JPKI, 0, true);
	(void)has(SEK_METHOD_TOTP);
	(void)has(SEK_METHOD_FINGERPRINT);
	must_plan(&both_here, JPKI, TOTP | FINGER, true);
}
END_TEST

START_TEST(members_of_a_shared_account_have_cards_of_their_own)
{
	need.piv_pin_counts = need.fido2_uv_counts = 1;
	strcpy(has_card(SEK_METHOD_CARD_PIV, true)->person, "hanako");
	strcpy(has_key(SEK_FIDO2_VERIFIES_PIN)->person, "taro");
	/* He passes it by, and is asked for his key. */
	must_plan(&none_here, PASSWORD | PIV, FIDO2, false);
	must_plan(&card_here, PASSWORD | PIV, FIDO2, false);
	must_plan(&both_here, PASSWORD | PIV, FIDO2, false);
	must_plan(&key_here, PASSWORD | PIV, FIDO2, false);
	strcpy(has(SEK_METHOD_TOTP)->person, "hanako");
	must_plan(&key_here, PASSWORD | FIDO2, TOTP, false);
	strcpy(has_card(SEK_METHOD_CARD_PIV, true)->person, "taro");
	must_plan(&card_here, PIV, 0, true);
}
END_TEST

START_TEST(a_card_whose_certificate_has_ended_is_none)
{
	struct sek_authenticator *a = has_card(SEK_METHOD_CARD_PIV, true);

	need.piv_pin_counts = 1;
	a->card.not_after = 1000;
	must_plan(&card_here, PIV, 0, true);
	need.wall = 1000 * SEK_SECOND - 1;
	must_plan(&card_here, PIV, 0, true);
	ck_assert_uint_eq(sek_policy_verified(&need, a), SEK_KIND_KNOWLEDGE);
	need.wall++;
	ck_assert(!sek_policy_active(&need, a));
	ck_assert_uint_eq(sek_policy_verified(&need, a), 0);
	ck_assert_uint_eq(plan_at(&card_here).possible, 0);
	(void)has(SEK_METHOD_TOTP);
	must_plan(&card_here, PASSWORD | TOTP, 0, false);
	(void)has_card(SEK_METHOD_CARD_PIV, true);
	must_plan(&card_here, PIV, 0, true);
	/* Nothing else has a certificate. */
	own[1].card.not_after = 1;
	own[2].state = SEK_AUTHENTICATOR_REMOVED;
	must_plan(&card_here, PASSWORD | TOTP, 0, false);
}
END_TEST

START_TEST(unknown_names_are_asked_for_a_card_where_nothing_else_is_of_use)
{
	struct sek_plan known, unknown;

	need.accept = PASSWORD | CARDS | FINGER;
	unknown = plan_at(NULL);
	ck_assert_uint_eq(unknown.possible, 0);
	ck_assert_uint_eq(unknown.methods, PASSWORD | CARDS);
	need.accept = PASSWORD | PIV;
	unknown = plan_at(NULL);
	(void)has_card(SEK_METHOD_CARD_PIV, true);
	known = plan_at(&none_here);
	ck_assert_uint_eq(known.possible, 1);
	ck_assert_uint_eq(known.methods, unknown.methods);
	nown = 0;
	need.accept = PASSWORD | PIV | FIDO2;
	ck_assert_uint_eq(plan_at(NULL).methods, PASSWORD | FIDO2);
	need.accept = PASSWORD | PIV | TOTP;
	ck_assert_uint_eq(plan_at(NULL).methods, PASSWORD | TOTP);
	need.crypto_possession = 1;
	ck_assert_uint_eq(plan_at(NULL).methods, PASSWORD | PIV);
	need.accept = PASSWORD | UID | TOTP;
	ck_assert_uint_eq(plan_at(NULL).methods, PASSWORD | TOTP);
	need.crypto_possession = 0;
	need.kinds = 1;
	need.accept = PASSWORD | PIV;
	ck_assert_uint_eq(plan_at(NULL).methods, PASSWORD);
	need.accept = PIV;
	ck_assert_uint_eq(plan_at(NULL).methods, PIV);
}
END_TEST

START_TEST(tickets_and_grace_stand_beside_cards)
{
	static const struct sek_plan_tickets live = { .asked = true,
	    .live = LIVE }, grace = { .asked = true, .grace = true };
	struct sek_plan p;

	need.accept = PASSWORD | PIV | TICKET;
	sek_policy_plan(&p, &need, own, nown, &grace, &none_here);
	ck_assert_uint_eq(p.methods, PASSWORD | TICKET);
	need.piv_pin_counts = 1;
	(void)has_card(SEK_METHOD_CARD_PIV, true);
	sek_policy_plan(&p, &need, own, nown, &live, &none_here);
	ck_assert_uint_eq(p.methods, PASSWORD | TICKET);
	ck_assert_uint_eq(p.digits, SEK_TICKET_DIGITS);
	sek_policy_plan(&p, &need, own, nown, &live, &card_here);
	ck_assert_uint_eq(p.methods, PASSWORD | PIV | TICKET);
	ck_assert_uint_eq(p.verify, 0);
	/* It lies at home; another's is here, and he has a key, too. */
	need.accept |= FIDO2;
	(void)has_key(SEK_FIDO2_VERIFIES_NOT);
	sek_policy_plan(&p, &need, own, nown, &live, &key_here);
	ck_assert_uint_eq(p.methods, PASSWORD | FIDO2 | TICKET);
}
END_TEST

START_TEST(the_number_of_a_card_is_possession_and_no_signature)
{
	struct sek_evidence *one;

	(void)proved(SEK_METHOD_PASSWORD, SEK_KIND_KNOWLEDGE);
	one = proved(SEK_METHOD_CARD_UID, SEK_KINDS_ALL);
	one->flags = SEK_EVIDENCE_WEAK;
	ck_assert_int_eq(decide(), SEK_OK);
	ck_assert_uint_eq(kinds, SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION);
	one->flags = UINT32_MAX;
	need.kinds = 3;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	need.kinds = 2;
	need.crypto_possession = 1;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	one->flags = SEK_EVIDENCE_CRYPTOGRAPHIC;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	/* Nor is what says of itself that it is weak. */
	one->method = SEK_METHOD_CARD_PIV;
	one->kinds = SEK_KIND_POSSESSION;
	ck_assert_int_eq(decide(), SEK_OK);
	one->flags |= SEK_EVIDENCE_WEAK;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
	need.crypto_possession = 0;
	need.accept = EVERY & ~SEK_METHODS_WEAK;
	one->method = SEK_METHOD_CARD_UID;
	assert_refused(SEK_REASON_TOO_FEW_KINDS);
}
END_TEST

START_TEST(cards_reach_by_their_pins)
{
	struct sek_authenticator *a = has_card(SEK_METHOD_CARD_PIV, true);

	need.accept = PASSWORD | PIV | UID;
	ck_assert_uint_eq(sek_policy_verified(&need, a), 0);
	ck_assert(!sek_policy_reach(&kinds, &need, PIV));
	need.piv_pin_counts = 1;
	ck_assert_uint_eq(sek_policy_verified(&need, a), SEK_KIND_KNOWLEDGE);
	ck_assert(sek_policy_reach(&kinds, &need, PIV));
	ck_assert_uint_eq(kinds, SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION);
	ck_assert(!sek_policy_reach_by(&kinds, &need, PIV, SEK_KIND_NONE));
	ck_assert(!sek_policy_reach(&kinds, &need, UID));
	need.kinds = 3;
	ck_assert(!sek_policy_reach(&kinds, &need, PASSWORD | PIV));
	a->card.pin = 0;
	ck_assert_uint_eq(sek_policy_verified(&need, a), 0);
	a->card.pin = 1;
	need.accept = PASSWORD | UID;
	ck_assert_uint_eq(sek_policy_verified(&need, a), 0);
}
END_TEST

/* ---- by chance (all combinations: test_rule_plan) */

static uint64_t seed = 5;

static uint32_t
roll(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return ((uint32_t)(seed >> 33) % n);
}

static void
random_need(void)
{
	need.kinds = roll(5);
	need.accept = roll(4) != 0 ? EVERY : roll(EVERY + 2);
	need.crypto_possession = roll(4) == 0;
}

/*
 * Whatever a ticket's evidence says of itself: taken by itself it proves no
 * two kinds, with a signature called for nothing; and what more is proved with
 * it than without is possession alone.
 */
START_TEST(random_evidence_with_tickets_stays_what_it_is)
{
	uint32_t without, with;
	bool enough, plain;
	size_t i, n, tickets;
	int round;

	for (round = 0; round < 300000; round++) {
		setup();
		random_need();
		tickets = 1 + roll(2);
		for (i = 0; i < tickets; i++)
			proved(SEK_METHOD_TICKET, roll(8))->flags =
			    roll(4) == 0 ? UINT32_MAX : roll(16);
		enough = decide() == SEK_OK;
		ck_assert(!enough || (need.kinds == 1 &&
		    !need.crypto_possession && kinds == SEK_KIND_POSSESSION &&
		    (need.accept & TICKET) != 0));
		n = roll(3);
		for (i = 0; i < n; i++)
			proved((enum sek_method)roll(SEK_METHOD_TICKET),
			    roll(8))->flags = roll(4);
		enough = decide() == SEK_OK;
		with = kinds;
		memmove(&e[0], &e[tickets], n * sizeof(e[0]));
		ne = n;
		plain = decide() == SEK_OK;
		without = kinds;
		ck_assert(!plain || enough);
		if (plain)
			ck_assert_uint_eq(with & ~without &
			    ~(uint32_t)SEK_KIND_POSSESSION, 0);
		/* What it adds is possession, and only unsigned one. */
		if (enough && !plain) {
			ck_assert(!need.crypto_possession);
			ck_assert_uint_ne(need.accept & TICKET, 0);
			ck_assert_uint_ne(with & SEK_KIND_POSSESSION, 0);
			ck_assert_uint_ge(sek_kind_count(with), need.kinds);
		}
	}
}
END_TEST

/* A plan that says it is possible can be fulfilled by what it asks for, and
 * tickets change nothing for who has none. */
START_TEST(random_plans_with_tickets_can_be_fulfilled)
{
	struct sek_plan p, bare;
	uint32_t live;
	bool asked, attends, grace, some;
	unsigned m, i, n;
	int round;

	for (round = 0; round < 300000; round++) {
		setup();
		random_need();
		n = roll(4);
		for (i = 0; i < n; i++)
			(void)has((enum sek_method)(1 +
			    roll(SEK_METHOD_COUNT - 1)));
		asked = roll(2) != 0;
		live = roll(3) == 0 ? LIVE : 0;
		attends = roll(3) == 0;
		grace = roll(5) == 0;
		p = plan_with(asked, live, attends, grace);
		bare = plan();
		ck_assert(!bare.possible || p.possible);
		ck_assert_uint_eq(p.methods & ~need.accept, 0);
		if (need.crypto_possession)
			ck_assert_uint_eq(p.methods & TICKET, 0);
		if (live == 0 && !attends && !grace) {
			ck_assert_uint_eq(p.methods & ~TICKET, bare.methods);
			ck_assert_uint_eq(p.possible, bare.possible);
			ck_assert_uint_eq(p.digits, bare.digits);
		}
		if (!p.possible || grace)
			continue;
		for (m = 1; m < SEK_METHOD_COUNT; m++)
			if ((p.methods & BIT(m)) != 0 && ne < 4) {
				some = m == SEK_METHOD_TICKET;
				for (i = 0; i < nown && !some; i++)
					some = own[i].method == m;
				if (m == SEK_METHOD_TICKET && live == 0 &&
				    !attends)
					continue;
				if (!some && m != SEK_METHOD_PASSWORD)
					continue;
				proved((enum sek_method)m, sek_method_kind(
				    (enum sek_method)m))->flags =
				    SEK_EVIDENCE_CRYPTOGRAPHIC;
			}
		/* The witness' ticket comes even where none is asked for. */
		if (attends && !asked && live == 0 && bare.possible == 0 &&
		    ne < 4)
			(void)proved(SEK_METHOD_TICKET, SEK_KIND_POSSESSION);
		ck_assert_msg(ne == 4 || decide() == SEK_OK, "round %d",
		    round);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		plan_takes_the_first_method_of_each_kind,
		possession_is_among_the_kinds_where_policy_asks,
		plan_of_one_not_enrolled_asks_what_most_are_asked,
		plan_leaves_out_what_is_not_active_nor_accepted,
		plan_takes_both_sorts_of_codes_at_one_prompt,
		plan_with_crypto_possession_wants_a_key_that_signs,
		methods_reach_the_kinds_they_may_prove,
		requirement_without_sense_is_never_fulfilled,
		two_of_one_kind_are_one,
		card_with_pin_is_two_where_its_flow_says_so,
		method_proves_only_its_own_kind,
		evidence_of_another_round_does_not_count,
		without_a_round_nothing_counts,
		evidence_of_another_uid_refuses,
		two_persons_are_not_one,
		evidence_ages_out,
		evidence_age_is_no_matter_of_the_wall_clock,
		method_not_accepted_does_not_count,
		crypto_possession_wants_a_signature,
		root_switches_and_nobody_else_does,
		exempt_services_go_by_service_and_user,
		sudo_may_reuse_and_the_order_holds,
		masks_are_exact,
		remote_hosts_are_matched_by_address,
		remote_lists_are_checked_and_the_word_is_named,
		words_of_lists_match_whole,
		tickets_are_offered_to_everybody_and_open_for_nobody,
		a_live_code_makes_a_plan,
		a_witness_makes_a_plan,
		policy_shuts_tickets_out,
		grace_makes_a_plan_of_a_password,
		a_ticket_is_nothing_one_has,
		a_ticket_is_one_kind_whatever_it_says_of_itself,
		a_key_that_is_here_goes_before_codes,
		a_key_that_is_not_here_is_asked_for_where_it_is_all,
		a_key_that_verifies_is_two_kinds_where_policy_says_so,
		without_the_key_that_would_be_all_others_may_do,
		the_sensor_of_a_key_may_be_the_third_kind,
		from_afar_a_key_is_never_all_that_is_asked_for,
		members_of_a_shared_account_have_keys_of_their_own,
		unknown_names_are_asked_for_a_key_where_no_code_is_of_use,
		tickets_and_grace_stand_beside_keys,
		what_a_key_verified_counts_only_where_policy_says_so,
		keys_reach_by_what_they_verify,
		a_card_that_is_here_goes_before_keys_and_codes,
		cards_of_all_sorts_are_asked_for_at_one_prompt,
		a_card_and_its_pin_are_two_kinds_where_policy_says_so,
		a_key_that_verifies_stands_in_for_a_card_alone,
		members_of_a_shared_account_have_cards_of_their_own,
		a_card_whose_certificate_has_ended_is_none,
		unknown_names_are_asked_for_a_card_where_nothing_else_is_of_use,
		tickets_and_grace_stand_beside_cards,
		the_number_of_a_card_is_possession_and_no_signature,
		cards_reach_by_their_pins,
		random_evidence_with_tickets_stays_what_it_is,
		random_plans_with_tickets_can_be_fulfilled,
		NULL
	};

	return (unit_run_with("rule_policy", tests, setup, NULL));
}
