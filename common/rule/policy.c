/*
 * policy.c - which factors ask, and whether what was proved is enough
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a verdict begins as a refusal; yes is earned in one place of each
 * function.
 * MUST: evidence counts by distinct kinds, and only kinds its method can
 * prove.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/rule/policy.h"

#define BIT		SEK_METHOD_BIT
#define ONE_TIME_CODES	(BIT(SEK_METHOD_TOTP) | BIT(SEK_METHOD_HOTP))
/* Possession by a signature, and able to prove a second kind with it. */
#define SIGNING		(BIT(SEK_METHOD_FIDO2) | BIT(SEK_METHOD_CARD_JPKI) | \
			BIT(SEK_METHOD_CARD_PIV))
#define DEFAULT_DIGITS	6

/* ---- plan ---- */

static uint32_t
enrolled(const struct sek_authenticator *a, size_t n)
{
	uint32_t methods = BIT(SEK_METHOD_PASSWORD);
	size_t i;

	for (i = 0; i < n; i++) {
		if (a[i].state == SEK_AUTHENTICATOR_ACTIVE &&
		    a[i].method > SEK_METHOD_NONE &&
		    a[i].method < SEK_METHOD_COUNT)
			methods |= BIT(a[i].method);
	}
	return (methods);
}

/* Are these kinds what policy asks for? */
static bool
suffice(const struct sek_requirement *need, uint32_t kinds)
{
	if (need->kinds < 1 || need->kinds > 3 ||
	    sek_kind_count(kinds) < need->kinds)
		return (false);
	return (!need->crypto_possession ||
	    (kinds & SEK_KIND_POSSESSION) != 0);
}

/* May a method add a kind under this policy? */
static bool
is_of_use(const struct sek_requirement *need, unsigned m)
{
	if (need->crypto_possession &&
	    sek_method_kind((enum sek_method)m) == SEK_KIND_POSSESSION)
		return ((SIGNING & BIT(m)) != 0);
	return (true);
}

/* What to ask of who has these; *kinds is what it can prove. */
static uint32_t
choose(uint32_t *kinds, const struct sek_requirement *need, uint32_t have)
{
	uint32_t methods = 0, kind;
	unsigned m;

	*kinds = 0;
	for (m = SEK_METHOD_NONE + 1; m < SEK_METHOD_COUNT; m++) {
		kind = sek_method_kind((enum sek_method)m);
		if (suffice(need, *kinds) || (have & BIT(m)) == 0 ||
		    (*kinds & kind) != 0 || !is_of_use(need, m))
			continue;
		methods |= BIT(m);
		*kinds |= kind;
	}
	/* One prompt takes the codes of either sort. */
	if ((methods & ONE_TIME_CODES) != 0)
		methods |= have & ONE_TIME_CODES;
	return (methods);
}

/* Digits of the first one-time code in use; 6 where there is none. */
static uint32_t
code_digits(const struct sek_authenticator *a, size_t n, uint32_t methods)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (a[i].state == SEK_AUTHENTICATOR_ACTIVE &&
		    a[i].method < SEK_METHOD_COUNT &&
		    (BIT(a[i].method) & methods & ONE_TIME_CODES) != 0)
			return (a[i].oath.digits);
	}
	return (DEFAULT_DIGITS);
}

void
sek_policy_plan(struct sek_plan *out, const struct sek_requirement *need,
    const struct sek_authenticator *a, size_t n)
{
	uint32_t kinds = 0;

	memset(out, 0, sizeof(*out));
	out->kinds_needed = need->kinds;
	out->methods = choose(&kinds, need, enrolled(a, n) & need->accept);
	out->possible = suffice(need, kinds);
	if (!out->possible)
		out->methods = need->accept &
		    (BIT(SEK_METHOD_PASSWORD) | ONE_TIME_CODES);
	out->digits = code_digits(a, n, out->methods);
}

bool
sek_policy_reach(uint32_t *kinds, const struct sek_requirement *need,
    uint32_t have)
{
	unsigned m;

	*kinds = 0;
	for (m = SEK_METHOD_NONE + 1; m < SEK_METHOD_COUNT; m++) {
		if ((have & need->accept & BIT(m)) != 0 && is_of_use(need, m))
			*kinds |= sek_method_kind((enum sek_method)m);
	}
	return (suffice(need, *kinds));
}

/* ---- decision ---- */

/* The kinds one piece of evidence is good for. */
static uint32_t
worth(const struct sek_requirement *need, const struct sek_evidence *e)
{
	uint32_t may = sek_method_kind((enum sek_method)e->method);
	uint32_t bit = e->method < SEK_METHOD_COUNT ? BIT(e->method) : 0;

	if ((bit & need->accept) == 0)
		return (0);
	if ((bit & SIGNING) != 0 &&
	    (e->flags & SEK_EVIDENCE_USER_VERIFIED) != 0)
		may = SEK_KINDS_ALL;
	if (need->crypto_possession &&
	    (e->flags & SEK_EVIDENCE_CRYPTOGRAPHIC) == 0)
		may &= ~(uint32_t)SEK_KIND_POSSESSION;
	return (e->kinds & may);
}

static bool
is_fresh(const struct sek_evidence *e, const struct sek_moment *now)
{
	return (memcmp(e->at.boot_id, now->boot_id, SEK_BOOT_ID_LEN) == 0 &&
	    sek_clock_age(&e->at, now) <= SEK_EVIDENCE_AGE);
}

/* Remember whose evidence it is; false when it is another person's. What is
 * nobody's (the password of a shared account) goes with anybody's. */
static bool
same_person(const char **person, const struct sek_evidence *e)
{
	if (e->person[0] == '\0')
		return (true);
	if (*person == NULL)
		*person = e->person;
	return (strncmp(*person, e->person, sizeof(e->person)) == 0);
}

/* Why this piece cannot count at all, if so. */
static enum sek_reason
unfit(const struct sek_evidence *e, const uint8_t nonce[SEK_NONCE_LEN],
    uint32_t uid, const struct sek_moment *now, const char **person)
{
	if (memcmp(e->nonce, nonce, SEK_NONCE_LEN) != 0)
		return (SEK_REASON_TOO_FEW_KINDS);
	if (e->uid != uid || !same_person(person, e))
		return (SEK_REASON_USER_CHANGED);
	if (!is_fresh(e, now))
		return (SEK_REASON_STALE);
	return (SEK_REASON_NONE);
}

static bool
is_round(const uint8_t nonce[SEK_NONCE_LEN])
{
	static const uint8_t none[SEK_NONCE_LEN];

	return (memcmp(nonce, none, SEK_NONCE_LEN) != 0);
}

enum sek_err
sek_policy_decide(uint32_t *kinds, enum sek_reason *reason,
    const struct sek_requirement *need, const struct sek_evidence *e,
    size_t n, const uint8_t nonce[SEK_NONCE_LEN], uint32_t uid,
    const struct sek_moment *now)
{
	enum sek_reason why;
	const char *person = NULL;
	uint32_t proved = 0;
	size_t i;

	*kinds = 0;
	*reason = SEK_REASON_NO_ROUND;
	if (!is_round(nonce) || uid == SEK_UID_NONE)
		return (SEK_ERR_REFUSED);
	*reason = SEK_REASON_TOO_FEW_KINDS;
	for (i = 0; i < n; i++) {
		why = unfit(&e[i], nonce, uid, now, &person);
		if (why == SEK_REASON_NONE)
			proved |= worth(need, &e[i]);
		else if (why != SEK_REASON_TOO_FEW_KINDS)
			*reason = why;
		/* Two persons are no person. */
		if (why == SEK_REASON_USER_CHANGED)
			return (SEK_ERR_REFUSED);
	}
	if (!suffice(need, proved))
		return (SEK_ERR_REFUSED);
	*kinds = proved;
	*reason = SEK_REASON_NONE;
	return (SEK_OK);
}

/* ---- account ---- */

static enum sek_reason
refuse_if(bool yes, enum sek_reason reason)
{
	return (yes ? reason : SEK_REASON_NONE);
}

enum sek_reason
sek_policy_account_rule(enum sek_account_rule rule,
    const struct sek_account *a, const struct sek_person *person,
    uint32_t uid, int64_t wall)
{
	if (a->name[0] == '\0')
		return (SEK_REASON_NONE);
	switch (rule) {
	case SEK_ACCOUNT_RULE_UID:
		return (refuse_if(a->uid != SEK_UID_NONE && a->uid != uid,
		    SEK_REASON_UID_CHANGED));
	case SEK_ACCOUNT_RULE_RETIRED:
		return (refuse_if(a->state == SEK_ACCOUNT_RETIRED ||
		    person->state == SEK_ACCOUNT_RETIRED,
		    SEK_REASON_RETIRED));
	case SEK_ACCOUNT_RULE_SUSPENDED:
		return (refuse_if((a->state == SEK_ACCOUNT_SUSPENDED &&
		    (a->suspended_until == 0 || wall < a->suspended_until)) ||
		    person->state == SEK_ACCOUNT_SUSPENDED,
		    SEK_REASON_SUSPENDED));
	case SEK_ACCOUNT_RULE_TERM:
	case SEK_ACCOUNT_RULES:
	default:
		return (refuse_if((person->from != 0 && wall < person->from) ||
		    (person->to != 0 && wall >= person->to),
		    SEK_REASON_TERM_ENDED));
	}
}

enum sek_reason
sek_policy_account(const struct sek_account *a,
    const struct sek_person *person, uint32_t uid, int64_t wall)
{
	enum sek_reason reason = SEK_REASON_NONE;
	unsigned i;

	for (i = 0; i < SEK_ACCOUNT_RULES && reason == SEK_REASON_NONE; i++)
		reason = sek_policy_account_rule((enum sek_account_rule)i, a,
		    person, uid, wall);
	return (reason);
}

/* ---- account phase without evidence ---- */

bool
sek_policy_listed(const char *list, const char *word)
{
	char one[SEK_NAME_MAX + SEK_SERVICE_MAX];

	if (word[0] == '\0')
		return (false);
	while (sek_text_word(&list, one, sizeof(one))) {
		if (strcmp(one, word) == 0)
			return (true);
	}
	return (false);
}

static bool
is_exempt(const char *exempt, const char *service, const char *user)
{
	char pair[SEK_NAME_MAX + SEK_SERVICE_MAX];

	if (sek_policy_listed(exempt, service))
		return (true);
	return (user[0] != '\0' && sek_text_format(pair, sizeof(pair), "%s:%s",
	    service, user) == SEK_OK && sek_policy_listed(exempt, pair));
}

enum sek_bare
sek_policy_bare(const char *exempt, const char *service, const char *user,
    uint32_t caller_uid)
{
	/* A colon would make a service read as another one's exempt user. */
	if (service[0] == '\0' || strchr(service, ':') != NULL)
		return (SEK_BARE_REFUSE);
	if (caller_uid == 0 && sek_policy_listed("su su-l chsh chfn", service))
		return (SEK_BARE_ROOT_SWITCH);
	if (is_exempt(exempt, service, user))
		return (SEK_BARE_EXEMPT);
	if (sek_policy_listed("sudo sudo-i", service))
		return (SEK_BARE_REUSE);
	return (SEK_BARE_REFUSE);
}

/* ---- remote addresses ---- */

/* An address and how many of its bits count. Addresses of v4 written as v6
 * (::ffff:192.0.2.1) are v4. */
struct net {
	uint8_t		byte[16];
	unsigned	length;		/* bytes: 4 or 16 */
	unsigned	prefix;		/* bits */
};

static const uint8_t mapped[12] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
};

static void
unmap(struct net *a)
{
	if (a->length != 16 || a->prefix < 96 ||
	    memcmp(a->byte, mapped, sizeof(mapped)) != 0)
		return;
	memmove(a->byte, a->byte + 12, 4);
	memset(a->byte + 4, 0, 12);
	a->length = 4;
	a->prefix -= 96;
}

static bool
parse_address(struct net *out, const char *text)
{
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, out->byte) == 1)
		out->length = 4;
	else if (inet_pton(AF_INET6, text, out->byte) == 1)
		out->length = 16;
	else
		return (false);
	out->prefix = out->length * 8;
	return (true);
}

/* Is every bit behind the prefix 0? */
static bool
is_exact(const struct net *a)
{
	unsigned i;

	for (i = a->prefix; i < a->length * 8; i++) {
		if ((a->byte[i / 8] >> (7 - i % 8) & 1) != 0)
			return (false);
	}
	return (true);
}

/* ADDRESS or ADDRESS/BITS */
static const char *
parse_net(struct net *out, const char *word)
{
	char address[INET6_ADDRSTRLEN];
	size_t len = strcspn(word, "/");
	int64_t bits;

	if (len >= sizeof(address))
		return ("is no address");
	memcpy(address, word, len);
	address[len] = '\0';
	if (!parse_address(out, address))
		return ("is no address");
	if (word[len] == '/') {
		if (sek_text_number(&bits, word + len + 1, 0,
		    (int64_t)out->length * 8) != SEK_OK)
			return ("has no such mask");
		out->prefix = (unsigned)bits;
	}
	if (!is_exact(out))
		return ("has bits set behind its mask");
	unmap(out);
	return (NULL);
}

static bool
contains(const struct net *net, const struct net *a)
{
	unsigned whole = net->prefix / 8, rest = net->prefix % 8;
	uint8_t mask = (uint8_t)(0xff00u >> rest);

	if (net->length != a->length ||
	    memcmp(net->byte, a->byte, whole) != 0)
		return (false);
	return (rest == 0 ||
	    ((net->byte[whole] ^ a->byte[whole]) & mask) == 0);
}

/* Is the list this one word? */
static bool
is_word(const char *list, const char *word)
{
	char one[8], two[8];

	return (sek_text_word(&list, one, sizeof(one)) &&
	    strcmp(one, word) == 0 && !sek_text_word(&list, two, sizeof(two)));
}

enum sek_err
sek_policy_remote_check(const char *allow, struct sek_why *why)
{
	char word[64], shown[64];
	const char *cursor = allow, *wrong;
	struct net net;
	unsigned n = 0;

	if (is_word(allow, "no") || is_word(allow, "yes"))
		return (SEK_OK);
	for (; sek_text_word(&cursor, word, sizeof(word)); n++) {
		if ((wrong = parse_net(&net, word)) == NULL)
			continue;
		sek_text_printable(shown, sizeof(shown), word);
		return (sek_why(why, SEK_ERR_SYNTAX, "\"%s\" %s: write no, "
		    "yes, or addresses such as 10.1.0.0/16 fd00::/8", shown,
		    wrong));
	}
	if (n == 0)
		return (sek_why(why, SEK_ERR_SYNTAX, "nothing is listed: "
		    "write no, yes, or addresses such as 10.1.0.0/16"));
	return (SEK_OK);
}

/* A remote host as an address; the scope of fe80::1%eth0 is left out. */
static bool
parse_rhost(struct net *out, const char *rhost)
{
	char address[INET6_ADDRSTRLEN];
	size_t len = strcspn(rhost, "%");

	if (len >= sizeof(address) ||
	    (rhost[len] == '%' && memchr(rhost, ':', len) == NULL))
		return (false);
	memcpy(address, rhost, len);
	address[len] = '\0';
	if (!parse_address(out, address))
		return (false);
	unmap(out);
	return (true);
}

bool
sek_policy_remote_allowed(const char *allow, const char *rhost)
{
	struct net net, a;
	char word[64];

	if (is_word(allow, "yes"))
		return (true);
	/* One bad word spoils a list: nothing is allowed by half of it. */
	if (sek_policy_remote_check(allow, NULL) != SEK_OK ||
	    !parse_rhost(&a, rhost))
		return (false);
	while (sek_text_word(&allow, word, sizeof(word))) {
		if (parse_net(&net, word) == NULL && contains(&net, &a))
			return (true);
	}
	return (false);
}
