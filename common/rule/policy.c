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
 * MUST: a ticket is one kind, possession, and never a signature.
 * MUST: from afar a security key or a card is never all that is asked for.
 * MUST: what a key or card verifies counts only where policy says so.
 * MUST: what anybody can copy is never possession by a signature.
 * MUST: a living trait is asked of nobody who is not here, and of no account
 * that is more than one person's.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/model/ticket.h"
#include "sekisho/rule/policy.h"

#define BIT		SEK_METHOD_BIT
#define ONE_TIME_CODES	(BIT(SEK_METHOD_TOTP) | BIT(SEK_METHOD_HOTP))
#define KEY		BIT(SEK_METHOD_FIDO2)
#define CARDS		SEK_METHODS_CARD
#define FINGER		BIT(SEK_METHOD_FINGERPRINT)
#define VENDOR		BIT(SEK_METHOD_VENDOR_BIOMETRIC)
#define TRAITS		SEK_METHODS_BIOMETRIC
#define DEVICES		(KEY | CARDS)
/* Possession by a signature, and able to prove a second kind with it. */
#define SIGNING		((KEY | CARDS) & ~SEK_METHODS_WEAK)
#define DEFAULT_DIGITS	6
/* What a ticket may stand for, of what somebody has. */
#define POSSESSIONS	(ONE_TIME_CODES | DEVICES)

/*
 * What is plugged in or put on a reader, in order of preference: methods that
 * one prompt takes, and those whose lines stand before it in a stack.
 */
enum {
	CARD_DEVICE = 0,
	KEY_DEVICE,
	FINGER_DEVICE,
	VENDOR_DEVICE,
	NDEVICES
};
static const struct device {
	uint32_t	methods;
	uint32_t	before;
} devices[NDEVICES] = {
	[CARD_DEVICE]	= { CARDS, BIT(SEK_METHOD_PASSWORD) },
	[KEY_DEVICE]	= { KEY, BIT(SEK_METHOD_PASSWORD) | CARDS },
	[FINGER_DEVICE]	= { FINGER, BIT(SEK_METHOD_PASSWORD) | DEVICES },
	[VENDOR_DEVICE]	= { VENDOR, BIT(SEK_METHOD_PASSWORD) | DEVICES |
			    FINGER }
};

/* ---- what somebody has ---- */

static bool
has_ended(const struct sek_requirement *need,
    const struct sek_authenticator *a)
{
	return (sek_card_is_method((enum sek_method)a->method) &&
	    need->wall != 0 && a->card.not_after != 0 &&
	    need->wall / SEK_SECOND >= a->card.not_after);
}

bool
sek_policy_active(const struct sek_requirement *need,
    const struct sek_authenticator *a)
{
	return (a->state == SEK_AUTHENTICATOR_ACTIVE &&
	    a->method > SEK_METHOD_NONE && a->method < SEK_METHOD_COUNT &&
	    a->method != SEK_METHOD_TICKET && !has_ended(need, a));
}

/* Of all of them, or (person) of one alone. */
static uint32_t
enrolled(const struct sek_requirement *need, const char *person,
    const struct sek_authenticator *a, size_t n)
{
	uint32_t methods = BIT(SEK_METHOD_PASSWORD);
	size_t i;

	for (i = 0; i < n; i++)
		if (sek_policy_active(need, &a[i]) && (person == NULL ||
		    strncmp(a[i].person, person, sizeof(a[i].person)) == 0))
			methods |= BIT(a[i].method);
	return (methods);
}

/* The further kinds this method may prove under this policy. */
static uint32_t
may_verify(const struct sek_requirement *need, unsigned m)
{
	if (m >= SEK_METHOD_COUNT || (need->accept & BIT(m)) == 0)
		return (SEK_KIND_NONE);
	if (m == SEK_METHOD_FIDO2 && need->fido2_uv_counts)
		return (SEK_KIND_KNOWLEDGE | SEK_KIND_INHERENCE);
	if ((m == SEK_METHOD_CARD_JPKI && need->jpki_pin_counts) ||
	    (m == SEK_METHOD_CARD_PIV && need->piv_pin_counts))
		return (SEK_KIND_KNOWLEDGE);
	return (SEK_KIND_NONE);
}

uint32_t
sek_policy_verified(const struct sek_requirement *need,
    const struct sek_authenticator *a)
{
	uint32_t able;

	if (!sek_policy_active(need, a))
		return (SEK_KIND_NONE);
	if (a->method == SEK_METHOD_FIDO2)
		able = sek_fido2_kind(
		    (enum sek_fido2_verifies)a->fido2.verifies);
	else
		able = a->card.pin ? SEK_KIND_KNOWLEDGE : SEK_KIND_NONE;
	return (able & may_verify(need, a->method));
}

/* Are these kinds what policy asks for? */
static bool
suffice(const struct sek_requirement *need, uint32_t kinds)
{
	if (need->kinds < 1 || need->kinds > 3 ||
	    sek_kind_count(kinds) < need->kinds)
		return (false);
	return ((!need->crypto_possession && !need->possession) ||
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

/* Beside kinds that are not enough: one that a key or card verifies (one at a
 * time, of those it may be). */
static bool
verifying_suffices(uint32_t *kinds, const struct sek_requirement *need,
    uint32_t verified)
{
	uint32_t one;

	for (one = SEK_KIND_KNOWLEDGE; one <= SEK_KIND_INHERENCE; one <<= 1)
		if ((verified & one) != 0 && suffice(need, *kinds | one)) {
			*kinds |= one;
			return (true);
		}
	return (false);
}

bool
sek_policy_reach_by(uint32_t *kinds, const struct sek_requirement *need,
    uint32_t have, uint32_t verified)
{
	uint32_t able = SEK_KIND_NONE;
	unsigned m;

	*kinds = 0;
	for (m = SEK_METHOD_NONE + 1; m < SEK_METHOD_COUNT; m++) {
		if (m == SEK_METHOD_TICKET || (have & BIT(m)) == 0)
			continue;
		able |= may_verify(need, m);
		if ((need->accept & BIT(m)) != 0 && is_of_use(need, m))
			*kinds |= sek_method_kind((enum sek_method)m);
	}
	return (suffice(need, *kinds) ||
	    verifying_suffices(kinds, need, verified & able));
}

bool
sek_policy_reach(uint32_t *kinds, const struct sek_requirement *need,
    uint32_t have)
{
	return (sek_policy_reach_by(kinds, need, have, SEK_KINDS_ALL));
}

/* ---- plan ---- */

/* Who is asked: what he has of what is accepted, and of his devices. */
struct asked {
	const struct sek_requirement	*need;
	const struct sek_authenticator	*a;
	size_t				 n;
	uint32_t			 have;
	bool				 here[NDEVICES];	/* one is */
	bool				 remote;
};

/* One prompt takes what is of a sort: codes, cards. */
static uint32_t
of_a_sort(const struct sek_requirement *need, uint32_t methods, uint32_t have)
{
	static const uint32_t sorts[] = { ONE_TIME_CODES, CARDS };
	unsigned i, m;

	for (i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
		for (m = 0; (methods & sorts[i]) != 0 &&
		    m < SEK_METHOD_COUNT; m++)
			if ((sorts[i] & have & BIT(m)) != 0 &&
			    is_of_use(need, m))
				methods |= BIT(m);
	return (methods);
}

/* What to ask of who has these, beside the kinds that are given already;
 * *kinds becomes what all can prove. */
static uint32_t
choose(uint32_t *kinds, const struct sek_requirement *need, uint32_t have)
{
	uint32_t methods = 0, kind;
	unsigned m;

	for (m = SEK_METHOD_NONE + 1; m < SEK_METHOD_COUNT; m++) {
		kind = sek_method_kind((enum sek_method)m);
		if (suffice(need, *kinds) || (have & BIT(m)) == 0 ||
		    (*kinds & kind) != 0 || !is_of_use(need, m))
			continue;
		methods |= BIT(m);
		*kinds |= kind;
	}
	return (of_a_sort(need, methods, have));
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

static bool
is_one_of(const struct asked *of, size_t i, uint32_t methods)
{
	return (sek_policy_active(of->need, &of->a[i]) &&
	    (BIT(of->a[i].method) & of->have & methods) != 0);
}

/* Further kinds that one or another of his devices verifies. */
static uint32_t
verified_by(const struct asked *of, uint32_t methods)
{
	uint32_t verified = SEK_KIND_NONE;
	size_t i;

	for (i = 0; i < of->n; i++)
		if (is_one_of(of, i, methods))
			verified |= sek_policy_verified(of->need, &of->a[i]);
	return (verified);
}

/* Whichever of them it is that is there: is what it verifies enough beside
 * these kinds? */
static bool
each_suffices(const struct asked *of, uint32_t methods, uint32_t kinds)
{
	size_t i;

	for (i = 0; i < of->n; i++)
		if (is_one_of(of, i, methods) && !suffice(of->need, kinds |
		    sek_policy_verified(of->need, &of->a[i])))
			return (false);
	return (true);
}

/* Is there no way for him but by what he is? */
static bool
needs_trait(const struct asked *of)
{
	uint32_t kinds = 0;

	(void)choose(&kinds, of->need, of->have & ~TRAITS);
	return (!suffice(of->need, kinds));
}

/* Devices that are asked for after this one, and are not there; but for a
 * reader without which nothing is enough. */
static uint32_t
later_absent(const struct asked *of, unsigned device)
{
	uint32_t methods = 0;
	unsigned i;

	for (i = device + 1; i < NDEVICES; i++)
		if (!of->here[i] && ((devices[i].methods & TRAITS) == 0 ||
		    !needs_trait(of)))
			methods |= devices[i].methods;
	return (methods);
}

/* Is his device not needed: do all who have one get in by what else they
 * have, of what is there or needs no plugging in? */
static bool
others_suffice(const struct asked *of, unsigned device)
{
	uint32_t kinds, have, absent = later_absent(of, device);
	size_t i;

	for (i = 0; i < of->n; i++) {
		if (!is_one_of(of, i, devices[device].methods))
			continue;
		kinds = 0;
		have = enrolled(of->need, of->a[i].person, of->a, of->n) &
		    of->have;
		(void)choose(&kinds, of->need, have &
		    ~(devices[device].methods | absent));
		if (!suffice(of->need, kinds))
			return (false);
	}
	return (true);
}

/* Whichever it is that is there, if it is one of his, it is enough by itself;
 * and nobody here goes without one. */
static bool
suffices_alone(const struct asked *of, unsigned device)
{
	uint32_t methods = devices[device].methods;
	size_t i;

	if (!of->here[device] || of->remote || of->need->kinds < 2)
		return (false);
	for (i = 0; i < of->n; i++)
		if (is_one_of(of, i, ~methods) &&
		    (enrolled(of->need, of->a[i].person, of->a, of->n) &
		    of->have & methods) == 0)
			return (false);
	return (each_suffices(of, methods, SEK_KIND_POSSESSION));
}

/* A trait beside the password; beside a code, too, where that is called for.
 * Not where it would be one kind more than that. */
static bool
plan_trait(struct sek_plan *out, const struct asked *of, unsigned device)
{
	uint32_t kinds = 0;

	out->methods = choose(&kinds, of->need,
	    of->have & BIT(SEK_METHOD_PASSWORD));
	if (suffice(of->need, kinds))
		return (true);
	out->methods |= devices[device].methods;
	kinds |= SEK_KIND_INHERENCE;
	out->methods |= choose(&kinds, of->need, of->have & ONE_TIME_CODES);
	return (suffice(of->need, kinds) &&
	    sek_kind_count(kinds) == of->need->kinds);
}

/* The device among what is asked for: one-time codes are no use beside it,
 * nor is another. */
static bool
plan_device(struct sek_plan *out, const struct asked *of, unsigned device)
{
	uint32_t kinds = 0, methods = devices[device].methods;

	if ((methods & TRAITS) != 0)
		return (plan_trait(out, of, device));
	if (suffices_alone(of, device)) {
		out->methods = of_a_sort(of->need, methods & of->have,
		    of->have);
		out->verify = 1;
		return (true);
	}
	out->methods = choose(&kinds, of->need,
	    of->have & ~(ONE_TIME_CODES | (DEVICES & ~methods)));
	/* From afar it is never all. */
	if ((out->methods & ~methods) == 0 && of->remote)
		return (false);
	if (suffice(of->need, kinds))
		return (true);
	out->verify = verifying_suffices(&kinds, of->need,
	    verified_by(of, methods));
	return (out->verify != 0);
}

/* Of these, what makes the rest of the plan enough; front: what is asked for
 * before them. */
static uint32_t
fill(const struct asked *of, const struct sek_plan *plan, uint32_t front,
    uint32_t have)
{
	uint32_t kinds = 0, others, device;
	unsigned m;

	for (m = SEK_METHOD_NONE + 1; m < SEK_METHOD_COUNT; m++)
		if ((front & BIT(m)) != 0)
			kinds |= sek_method_kind((enum sek_method)m);
	others = choose(&kinds, of->need, have);
	device = (front | others) & DEVICES;
	if (suffice(of->need, kinds) || (plan->verify && device != 0 &&
	    each_suffices(of, device, kinds)))
		return (others);
	return (0);
}

/* What is asked for where the device is not there after all: of what stands
 * behind its line, another one that is not there last. */
static uint32_t
in_its_place(const struct asked *of, const struct sek_plan *plan,
    unsigned device)
{
	const struct device *d = &devices[device];
	uint32_t others, have = of->have & ~(d->methods | d->before);
	uint32_t front = plan->methods & d->before;

	others = fill(of, plan, front, have & ~later_absent(of, device));
	return (others != 0 ? others : fill(of, plan, front, have));
}

/* Of each device that is asked for: a card and a finger may be, both. */
static void
plan_instead(struct sek_plan *out, const struct asked *of)
{
	uint32_t instead = 0;
	unsigned i;

	for (i = 0; i < NDEVICES; i++)
		if ((out->methods & devices[i].methods) != 0)
			instead |= in_its_place(of, out, i);
	out->instead = instead & ~out->methods;
}

static bool
plan_methods(struct sek_plan *out, const struct asked *of)
{
	uint32_t kinds = 0;
	unsigned i;

	for (i = 0; i < NDEVICES; i++) {
		if ((of->have & devices[i].methods) == 0 ||
		    (!of->here[i] && others_suffice(of, i)))
			continue;
		if (plan_device(out, of, i)) {
			plan_instead(out, of);
			return (true);
		}
		out->verify = 0;
	}
	out->methods = choose(&kinds, of->need, of->have & ~DEVICES);
	return (suffice(of->need, kinds));
}

/* Passwords and codes, as far as there may be any. */
static uint32_t
everybodys_codes(const struct sek_requirement *need)
{
	return (need->accept & (BIT(SEK_METHOD_PASSWORD) | ONE_TIME_CODES));
}

/* The device that those have who get in without codes: a key where there may
 * be one, else a card. */
static uint32_t
everybodys_device(const struct sek_requirement *need)
{
	uint32_t of_use = need->crypto_possession ? SIGNING : DEVICES;

	if ((need->accept & KEY) != 0)
		return (KEY);
	return (need->accept & of_use & CARDS);
}

/* What everybody is asked of whom nothing is known; where no code is of use,
 * those who get in have a device. */
static uint32_t
everybodys(const struct sek_requirement *need)
{
	uint32_t methods = everybodys_codes(need);
	uint32_t device = everybodys_device(need);

	if (device == 0)
		return (methods);
	if (need->crypto_possession)
		return ((methods & ~ONE_TIME_CODES) | device);
	if ((methods & ONE_TIME_CODES) == 0 &&
	    (need->kinds > 1 || methods == 0))
		return (methods | device);
	return (methods);
}

/* A code or a witness stands for what he has: is the rest enough then? */
static bool
stands_in(uint32_t *methods, const struct sek_requirement *need,
    uint32_t have)
{
	uint32_t kinds = SEK_KIND_POSSESSION;

	*methods = choose(&kinds, need, have & ~POSSESSIONS) |
	    everybodys_codes(need);
	return (suffice(need, kinds));
}

/* What is plugged in may be his again: it is asked for beside his password,
 * and his code is the other way. */
static bool
keeps_device(const struct sek_plan *out, const struct asked *of)
{
	unsigned i;

	if ((of->need->accept & BIT(SEK_METHOD_PASSWORD)) == 0 ||
	    !suffice(of->need, SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION))
		return (false);
	for (i = 0; i < NDEVICES; i++)
		if (of->here[i] && (out->methods & devices[i].methods) != 0)
			return (true);
	return (false);
}

/* What a live code changes of a plan that is possible without it. */
static void
plan_live(struct sek_plan *out, const struct asked *of, uint32_t methods)
{
	if ((out->methods & (DEVICES | TRAITS)) == 0)
		return;
	if (keeps_device(out, of)) {
		out->methods |= BIT(SEK_METHOD_PASSWORD);
		out->verify = 0;
	} else {
		out->methods = methods;
	}
}

/* What tickets and grace change of the plan of who has these. */
static void
plan_tickets(struct sek_plan *out, const struct asked *of,
    const struct sek_plan_tickets *t)
{
	const struct sek_requirement *need = of->need;
	bool takes = (need->accept & BIT(SEK_METHOD_TICKET)) != 0 &&
	    !need->crypto_possession;
	uint32_t methods;

	if (takes && (t->live != 0 || t->attends) &&
	    stands_in(&methods, need, of->have)) {
		/* Who is asked for a code anyway goes on as he was, and
		 * whose password is enough, too. */
		if (!out->possible)
			out->methods = methods;
		else if (t->live != 0)
			plan_live(out, of, methods);
		out->possible = 1;
	}
	if (takes && (t->asked || t->live != 0) && (need->kinds > 1 ||
	    (need->accept & BIT(SEK_METHOD_PASSWORD)) == 0))
		out->methods |= BIT(SEK_METHOD_TICKET);
	/* His who has a password and nothing else: no device to ask for. */
	if (t->grace && !out->possible &&
	    (out->methods & BIT(SEK_METHOD_PASSWORD)) != 0) {
		out->methods = everybodys_codes(need) |
		    (out->methods & BIT(SEK_METHOD_TICKET));
		out->possible = 1;
	}
}

/* Is what counts here of more than one person? */
static bool
is_shared(const struct asked *of)
{
	const char *first = NULL;
	size_t i;

	for (i = 0; i < of->n; i++) {
		if (!is_one_of(of, i, of->have))
			continue;
		if (first == NULL)
			first = of->a[i].person;
		else if (strncmp(first, of->a[i].person,
		    sizeof(of->a[i].person)) != 0)
			return (true);
	}
	return (false);
}

/* His traits that are of no use now: a reader that is not here is none beside
 * a vendor's. */
static uint32_t
without_traits(const struct asked *of)
{

	if ((of->have & TRAITS) == 0)
		return (0);
	if (of->remote || is_shared(of))
		return (TRAITS);
	return ((of->have & VENDOR) != 0 && !of->here[FINGER_DEVICE] ?
	    FINGER : 0);
}

void
sek_policy_plan(struct sek_plan *out, const struct sek_requirement *need,
    const struct sek_authenticator *a, size_t n,
    const struct sek_plan_tickets *t, const struct sek_plan_devices *d)
{
	struct asked of = { .need = need, .a = a, .n = n,
	    .have = enrolled(need, NULL, a, n) & need->accept,
	    .here = { [CARD_DEVICE] = d != NULL && d->card,
	    [KEY_DEVICE] = d != NULL && d->fido2,
	    [FINGER_DEVICE] = d != NULL && d->finger,
	    [VENDOR_DEVICE] = true },
	    .remote = d != NULL && d->remote };

	memset(out, 0, sizeof(*out));
	of.have &= ~without_traits(&of);
	out->kinds_needed = need->kinds;
	out->possible = plan_methods(out, &of);
	if (!out->possible)
		out->methods = everybodys(need);
	if (t != NULL)
		plan_tickets(out, &of, t);
	/* Without a device nothing is said of it. */
	if ((out->methods & DEVICES) == 0)
		out->verify = 0;
	if ((out->methods & (DEVICES | TRAITS)) == 0)
		out->instead = 0;
	out->digits = t != NULL && t->live != 0 &&
	    (out->methods & BIT(SEK_METHOD_TICKET)) != 0 ?
	    SEK_TICKET_DIGITS :
	    code_digits(a, n, out->methods | out->instead);
}

uint32_t
sek_policy_instead(const struct sek_plan *plan, uint32_t yielded)
{
	uint32_t of_kind = 0, kinds = 0;
	unsigned m;

	if ((plan->methods & yielded) == 0)
		return (0);
	if ((plan->methods & DEVICES) == 0 || (plan->methods & TRAITS) == 0)
		return (plan->instead);
	for (m = SEK_METHOD_NONE + 1; m < SEK_METHOD_COUNT; m++)
		if ((yielded & BIT(m)) != 0)
			kinds |= sek_method_kind((enum sek_method)m);
	for (m = SEK_METHOD_NONE + 1; m < SEK_METHOD_COUNT; m++)
		if ((kinds & sek_method_kind((enum sek_method)m)) != 0)
			of_kind |= BIT(m);
	return (plan->instead & of_kind);
}

/* ---- decision ---- */

/* The further kind a verified key or card is good for: one, signed for, and
 * only where policy counts it, whatever the evidence says. */
static uint32_t
verified_kind(const struct sek_requirement *need,
    const struct sek_evidence *e)
{
	uint32_t further = e->kinds & (SEK_KIND_KNOWLEDGE |
	    SEK_KIND_INHERENCE);

	if (sek_kind_count(further) != 1 ||
	    (e->flags & SEK_EVIDENCE_USER_VERIFIED) == 0 ||
	    (e->flags & SEK_EVIDENCE_CRYPTOGRAPHIC) == 0)
		return (SEK_KIND_NONE);
	return (further & may_verify(need, e->method));
}

/* The kinds one piece of evidence is good for. */
static uint32_t
worth(const struct sek_requirement *need, const struct sek_evidence *e)
{
	uint32_t may = sek_method_kind((enum sek_method)e->method);
	uint32_t bit = e->method < SEK_METHOD_COUNT ? BIT(e->method) : 0;

	if ((bit & need->accept) == 0)
		return (0);
	may |= verified_kind(need, e);
	if (need->crypto_possession && ((bit & SIGNING) == 0 ||
	    (e->flags & SEK_EVIDENCE_CRYPTOGRAPHIC) == 0 ||
	    (e->flags & SEK_EVIDENCE_WEAK) != 0))
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
