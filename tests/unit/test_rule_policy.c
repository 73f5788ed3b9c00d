/*
 * test_rule_policy.c - kinds are counted, not modules; who passes without
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/rule/policy.h"
#include "unit.h"

#define BIT		SEK_METHOD_BIT
#define EVERY		(BIT(SEK_METHOD_COUNT) - 2)
#define PASSWORD	BIT(SEK_METHOD_PASSWORD)
#define TOTP		BIT(SEK_METHOD_TOTP)
#define HOTP		BIT(SEK_METHOD_HOTP)

static struct sek_requirement need;
static struct sek_authenticator own[4];
static size_t nown;
static struct sek_evidence e[4];
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
	sek_policy_plan(&p, &need, own, nown);
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
	ck_assert_int_eq(decide(), SEK_OK);
	e[0].flags = SEK_EVIDENCE_CRYPTOGRAPHIC;
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

int
main(void)
{
	const TTest *const tests[] = {
		plan_takes_the_first_method_of_each_kind,
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
		NULL
	};

	return (unit_run_with("rule_policy", tests, setup, NULL));
}
