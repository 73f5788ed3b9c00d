/*
 * test_rule_plan.c - who is asked for what, in all combinations
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

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
#define FINGER		BIT(SEK_METHOD_FINGERPRINT)
#define VENDOR		BIT(SEK_METHOD_VENDOR_BIOMETRIC)
#define TRAITS		(FINGER | VENDOR)
#define JPKI		BIT(SEK_METHOD_CARD_JPKI)
#define PIV		BIT(SEK_METHOD_CARD_PIV)
#define UID		BIT(SEK_METHOD_CARD_UID)
#define CARDS		(JPKI | PIV | UID)
#define LIVE		SEK_PURPOSE_BIT(SEK_PURPOSE_SUBSTITUTE)
/* Millions of them: libcheck writes each of its own into a pipe. */
#define HOLDS(x)	do {						\
				if (!(x))				\
					ck_abort_msg("not so: %s", #x);	\
			} while (0)

static struct sek_requirement need;
static struct sek_authenticator own[8];
static size_t nown;
static struct sek_evidence e[5];
static size_t ne;
static struct sek_moment now;
static const uint8_t nonce[SEK_NONCE_LEN] = { 7 };
static uint32_t kinds;

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

	HOLDS(nown <= sizeof(own) / sizeof(own[0]));
	a->method = (uint8_t)m;
	a->state = SEK_AUTHENTICATOR_ACTIVE;
	a->oath.digits = 8;
	return (a);
}

static struct sek_plan
plan_at(const struct sek_plan_devices *d)
{
	struct sek_plan p;

	memset(&p, 0xff, sizeof(p));
	sek_policy_plan(&p, &need, own, nown, NULL, d);
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
	enum sek_reason reason;

	return (sek_policy_decide(&kinds, &reason, &need, e, ne, nonce, 1000,
	    &now));
}

/* ---- against rules written down a second time */

/* Cards somebody may have; pin: behind one, in the order of their bits. */
static const struct {
	uint32_t	methods;
	bool		pin[2];
} wallets[] = {
	{ 0, { false } }, { JPKI, { true } }, { PIV, { true } },
	{ PIV, { false } }, { UID, { false } }, { JPKI | PIV, { true, true } },
	{ JPKI | PIV, { true, false } }, { JPKI | UID, { true, false } }
};

/*
 * Who has what, under which policy, where: one number each. The oracle below
 * knows no order of methods and no loop over them: it asks for each kind by
 * name who is to prove it.
 */
struct scene {
	int	key[2];		/* -1 none, else enum sek_fido2_verifies */
	bool	totp, finger;
	int	wallet;
	bool	key_here, card_here, remote;
	bool	vendor, finger_here;
};
struct wanted {
	uint32_t	methods, instead;
	bool		possible, verify;
};

static bool
accepts(uint32_t bit)
{
	return ((need.accept & bit) != 0);
}

static uint32_t
kind_of_key(int verifies)
{
	if (!need.fido2_uv_counts)
		return (SEK_KIND_NONE);
	if (verifies == SEK_FIDO2_VERIFIES_PIN)
		return (SEK_KIND_KNOWLEDGE);
	return (verifies == SEK_FIDO2_VERIFIES_SENSOR ? SEK_KIND_INHERENCE :
	    SEK_KIND_NONE);
}

/* Has he this card, and does its PIN count? */
static bool
pin_counts(const struct scene *c, uint32_t card)
{
	uint32_t mine = wallets[c->wallet].methods;
	bool second = (mine & (card - 1)) != 0;

	if ((mine & card) == 0 || !accepts(card) ||
	    !wallets[c->wallet].pin[second ? 1 : 0])
		return (false);
	return (card == JPKI ? need.jpki_pin_counts != 0 :
	    card == PIV && need.piv_pin_counts != 0);
}

/* A thing he has is called for. */
static bool
wants_thing(void)
{
	return (need.crypto_possession != 0 || need.possession != 0);
}

/* By a password (p), possession h, and a trait (f): asked for in that order
 * as far as needed. Returns the kinds it comes to. */
static uint32_t
ask(uint32_t *methods, bool p, uint32_t h, uint32_t f)
{
	uint32_t got = 0;

	*methods = 0;
	if (p) {
		*methods |= PASSWORD;
		got |= SEK_KIND_KNOWLEDGE;
		if (need.kinds == 1 && !wants_thing())
			return (got);
	}
	if (h != 0) {
		*methods |= h;
		got |= SEK_KIND_POSSESSION;
		if (sek_kind_count(got) >= need.kinds)
			return (got);
	}
	if (f != 0) {
		*methods |= f;
		got |= SEK_KIND_INHERENCE;
	}
	return (got);
}

static bool
is_enough(uint32_t got)
{
	return (sek_kind_count(got) >= need.kinds &&
	    (!wants_thing() || (got & SEK_KIND_POSSESSION) != 0));
}

static uint32_t
code_of(const struct scene *c)
{
	return (c->totp && accepts(TOTP) && !need.crypto_possession ? TOTP :
	    0);
}

static bool
has_vendor(const struct scene *c)
{
	return (c->vendor && accepts(VENDOR) && !c->remote);
}

static bool
is_finger_here(const struct scene *c)
{
	return (c->finger && accepts(FINGER) && !c->remote && c->finger_here);
}

/* The one that is asked for where one is: of a finger without its reader and a
 * face, the face. */
static uint32_t
trait_of(const struct scene *c)
{
	if (is_finger_here(c))
		return (FINGER);
	if (has_vendor(c))
		return (VENDOR);
	return (c->finger && accepts(FINGER) && !c->remote ? FINGER : 0);
}

/* What there is beside it. */
static uint32_t
second_trait(const struct scene *c)
{
	return (trait_of(c) == FINGER && has_vendor(c) ? VENDOR : 0);
}

static uint32_t
key_of(const struct scene *c)
{
	return ((c->key[0] >= 0 || c->key[1] >= 0) && accepts(FIDO2) ? FIDO2 :
	    0);
}

static uint32_t
cards_of(const struct scene *c)
{
	uint32_t cards = wallets[c->wallet].methods & need.accept;

	return (need.crypto_possession ? cards & ~UID : cards);
}

static bool
every_key_adds(const struct scene *c, uint32_t got)
{
	unsigned i;

	for (i = 0; i < 2; i++)
		if (c->key[i] >= 0 && !is_enough(got | kind_of_key(c->key[i])))
			return (false);
	return (true);
}

static bool
some_key_adds(const struct scene *c, uint32_t got)
{
	unsigned i;

	for (i = 0; i < 2; i++)
		if (c->key[i] >= 0 && is_enough(got | kind_of_key(c->key[i])))
			return (true);
	return (false);
}

/* In the place of a trait that goes with a card or a key: another. */
static uint32_t
in_traits_place(const struct scene *c, const struct wanted *w, bool adds)
{
	if ((w->methods & TRAITS) == 0 || (w->verify && !adds))
		return (0);
	return (second_trait(c));
}

static bool
by_key(struct wanted *w, const struct scene *c)
{
	uint32_t got, unused;

	if (every_key_adds(c, SEK_KIND_POSSESSION) && c->key_here &&
	    !c->remote && need.kinds == 2) {
		w->methods = FIDO2;
		w->verify = true;
		got = SEK_KIND_POSSESSION;
	} else {
		got = ask(&w->methods, accepts(PASSWORD), FIDO2,
		    trait_of(c));
		if (c->remote && w->methods == FIDO2)
			return (false);
		w->verify = !is_enough(got) && some_key_adds(c, got);
		if (!w->verify && !is_enough(got))
			return (false);
	}
	if ((w->methods & FIDO2) == 0)
		return (true);
	w->instead = in_traits_place(c, w, every_key_adds(c, got));
	/* Beside the password, if that was asked: a code, a trait. */
	got = ask(&unused, (w->methods & PASSWORD) != 0, code_of(c),
	    trait_of(c));
	if (is_enough(got))
		w->instead |= unused & ~w->methods & ~PASSWORD;
	return (true);
}

/* Behind the card's line: codes, else this key, and a trait. */
static uint32_t
behind_card(const struct scene *c, const struct wanted *w, uint32_t key,
    uint32_t trait)
{
	uint32_t methods, h = code_of(c) != 0 ? code_of(c) : key;
	uint32_t got = ask(&methods, (w->methods & PASSWORD) != 0, h, trait);

	if (is_enough(got) || (w->verify && (methods & FIDO2) != 0 &&
	    every_key_adds(c, got)))
		return (methods & ~PASSWORD);
	return (0);
}

static bool
by_card(struct wanted *w, const struct scene *c, uint32_t trait_here)
{
	uint32_t mine = wallets[c->wallet].methods & need.accept, got, other;
	bool any = pin_counts(c, JPKI) || pin_counts(c, PIV);
	bool all = ((mine & JPKI) == 0 || pin_counts(c, JPKI)) &&
	    ((mine & PIV) == 0 || pin_counts(c, PIV)) && (mine & UID) == 0;

	if (all && c->card_here && !c->remote && need.kinds == 2) {
		w->methods = cards_of(c);
		w->verify = true;
		got = SEK_KIND_POSSESSION;
	} else {
		got = ask(&w->methods, accepts(PASSWORD), cards_of(c),
		    trait_of(c));
		if (c->remote && (w->methods & ~CARDS) == 0)
			return (false);
		w->verify = !is_enough(got) && any &&
		    is_enough(got | SEK_KIND_KNOWLEDGE);
		if (!w->verify && !is_enough(got))
			return (false);
	}
	if ((w->methods & CARDS) == 0)
		return (true);
	/* What is not here is asked for last. */
	other = behind_card(c, w, c->key_here ? key_of(c) : 0, trait_here);
	if (other == 0)
		other = behind_card(c, w, key_of(c), trait_of(c));
	all = ((w->methods & JPKI) == 0 || pin_counts(c, JPKI)) &&
	    ((w->methods & PIV) == 0 || pin_counts(c, PIV)) &&
	    (w->methods & UID) == 0;
	w->instead = (other & ~w->methods) | in_traits_place(c, w,
	    all && is_enough(got | SEK_KIND_KNOWLEDGE));
	return (true);
}

/* A trait, written out for one, two and three kinds: what goes with it, and
 * what in its place. */
static bool
by_trait(struct wanted *w, const struct scene *c)
{
	uint32_t trait = trait_of(c), code = code_of(c);
	uint32_t second = second_trait(c);

	if (need.kinds == 1 && !wants_thing()) {
		w->methods = accepts(PASSWORD) ? PASSWORD : trait;
		w->instead = accepts(PASSWORD) ? 0 : code ? code : second;
		return (true);
	}
	if (need.kinds == 2 && accepts(PASSWORD) && !wants_thing()) {
		w->methods = PASSWORD | trait;
		w->instead = code ? code : second;
		return (true);
	}
	if ((need.kinds == 2 && !accepts(PASSWORD) && code) ||
	    (need.kinds == 3 && accepts(PASSWORD) && code)) {
		w->methods = (need.kinds == 3 ? PASSWORD : 0) | code | trait;
		w->instead = second;
		return (true);
	}
	return (false);
}

static uint32_t
everybody(void)
{
	uint32_t methods = need.accept & (PASSWORD | TOTP);
	uint32_t cards = need.accept & (need.crypto_possession ? JPKI | PIV :
	    CARDS), device = accepts(FIDO2) ? FIDO2 : cards;

	if (device != 0 && need.crypto_possession)
		return ((methods & PASSWORD) | device);
	if (device != 0 && !accepts(TOTP) &&
	    (need.kinds > 1 || !accepts(PASSWORD)))
		return (methods | device);
	return (methods);
}

static struct wanted
oracle(const struct scene *c)
{
	bool p = accepts(PASSWORD);
	struct wanted w = { 0, 0, true, false };
	uint32_t code = code_of(c), key = key_of(c), cards = cards_of(c);
	uint32_t f = trait_of(c), likely, methods, got;
	bool here = f == VENDOR || is_finger_here(c);

	/* Without its reader only where there is no way but by it. */
	got = ask(&methods, p, code != 0 ? code : key != 0 ? key : cards, 0);
	likely = here || !is_enough(got) ? f : 0;
	got = ask(&methods, p, code != 0 ? code : c->key_here ? key : 0, likely);
	if ((wallets[c->wallet].methods & need.accept) != 0 &&
	    (c->card_here || !is_enough(got)) && by_card(&w, c, likely))
		return (w);
	w = (struct wanted){ 0, 0, true, false };
	got = ask(&methods, p, code != 0 ? code : cards, likely);
	if (key != 0 && (c->key_here || !is_enough(got)) && by_key(&w, c))
		return (w);
	w = (struct wanted){ 0, 0, true, false };
	got = ask(&methods, p, code != 0 ? code : key != 0 ? key : cards, 0);
	if (f != 0 && (here || !is_enough(got)) && by_trait(&w, c))
		return (w);
	got = ask(&methods, p, code, f);
	w = (struct wanted){ methods, 0, is_enough(got), false };
	if (!w.possible)
		w.methods = everybody();
	return (w);
}

static struct sek_evidence *
signed_by(enum sek_method m)
{
	struct sek_evidence *one = proved(m, SEK_KIND_POSSESSION);

	one->flags = m == SEK_METHOD_CARD_UID ? SEK_EVIDENCE_WEAK :
	    SEK_EVIDENCE_CRYPTOGRAPHIC;
	return (one);
}

/* What those methods prove with this key (its place, or -1) or card (its bit,
 * or 0), as evidence; is that enough for the gate? */
static bool
fulfils(const struct scene *c, uint32_t methods, int key, uint32_t card,
    bool verified)
{
	static const enum sek_method all[] = { SEK_METHOD_PASSWORD,
	    SEK_METHOD_TOTP, SEK_METHOD_FINGERPRINT,
	    SEK_METHOD_VENDOR_BIOMETRIC };
	struct sek_evidence *one;
	size_t i;

	memset(e, 0, sizeof(e));
	ne = 0;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if ((methods & BIT(all[i])) != 0)
			(void)proved(all[i], sek_method_kind(all[i]));
	if ((methods & FIDO2) != 0 && key >= 0) {
		one = signed_by(SEK_METHOD_FIDO2);
		if (verified && kind_of_key(c->key[key]) != 0) {
			one->flags |= SEK_EVIDENCE_USER_VERIFIED;
			one->kinds |= kind_of_key(c->key[key]);
		}
	}
	if ((methods & card) != 0) {
		one = signed_by(card == JPKI ? SEK_METHOD_CARD_JPKI :
		    card == PIV ? SEK_METHOD_CARD_PIV : SEK_METHOD_CARD_UID);
		if (verified && pin_counts(c, card)) {
			one->flags |= SEK_EVIDENCE_USER_VERIFIED;
			one->kinds |= SEK_KIND_KNOWLEDGE;
		}
	}
	return (decide() == SEK_OK);
}

static void
take_scene(const struct scene *c)
{
	uint32_t cards = wallets[c->wallet].methods;
	unsigned i, m, k = 0;

	memset(own, 0, sizeof(own));
	nown = 0;
	if (c->totp)
		(void)has(SEK_METHOD_TOTP);
	if (c->finger)
		(void)has(SEK_METHOD_FINGERPRINT);
	if (c->vendor)
		(void)has(SEK_METHOD_VENDOR_BIOMETRIC);
	for (m = SEK_METHOD_CARD_JPKI; m <= SEK_METHOD_CARD_UID; m++)
		if ((cards & BIT(m)) != 0)
			has((enum sek_method)m)->card.pin =
			    wallets[c->wallet].pin[k++];
	for (i = 0; i < 2; i++)
		if (c->key[i] >= 0)
			has(SEK_METHOD_FIDO2)->fido2.verifies =
			    (uint8_t)c->key[i];
}

/* One by one, with each key or card there may be: does it do for some, for
 * all? */
static void
try_all(bool *some, bool *every, const struct scene *c, uint32_t methods,
    bool verified)
{
	uint32_t bit;
	bool yes;
	int i;

	*some = false;
	*every = true;
	if ((methods & (FIDO2 | CARDS)) == 0)
		*some = *every = fulfils(c, methods, -1, 0, false);
	for (i = 0; i < 2 && (methods & FIDO2) != 0; i++)
		if (c->key[i] >= 0) {
			yes = fulfils(c, methods, i, 0, verified);
			*some = *some || yes;
			*every = *every && yes;
		}
	for (bit = JPKI; bit <= UID && (methods & CARDS) != 0; bit <<= 1)
		if ((methods & bit) != 0) {
			yes = fulfils(c, methods, -1, bit, verified);
			*some = *some || yes;
			*every = *every && yes;
		}
}

/* Where this device of the plan is not there: what is asked for in its place
 * does, and nothing that is asked for already. */
static void
must_hold_without(const struct scene *c, const struct sek_plan *p,
    uint32_t device)
{
	uint32_t other = sek_policy_instead(p, device);
	bool some, every;

	HOLDS((other & ~p->instead) == 0 && (other & p->methods) == 0);
	if (device == 0)
		HOLDS(other == 0);
	if (other == 0)
		return;
	try_all(&some, &every, c, (p->methods & ~device) | other,
	    p->verify != 0);
	HOLDS(p->verify ? every : some);
}

/* A possible plan lets in by what it asks for, by nothing less, and where the
 * device is not there by what stands in its place. */
static void
must_hold(const struct scene *c, const struct sek_plan *p)
{
	uint32_t less, device = p->methods & (FIDO2 | CARDS);
	bool some, every;
	unsigned m;

	HOLDS((device & FIDO2) == 0 || (device & CARDS) == 0);
	HOLDS((p->methods & TRAITS) != TRAITS);
	try_all(&some, &every, c, p->methods, p->verify != 0);
	HOLDS((p->methods & ~device) == 0 && accepts(PASSWORD) ? every :
	    some);
	if (p->verify) {
		try_all(&some, &every, c, p->methods, false);
		HOLDS(!some);
	}
	/* One thing alone would do; the password is asked, too. */
	for (m = need.kinds == 1 ? SEK_METHOD_COUNT : 1;
	    m < SEK_METHOD_COUNT; m++)
		if ((p->methods & BIT(m)) != 0) {
			less = p->methods & ~((CARDS & BIT(m)) != 0 ? CARDS :
			    BIT(m));
			try_all(&some, &every, c, less, p->verify != 0);
			HOLDS(!some);
		}
	must_hold_without(c, p, device);
	must_hold_without(c, p, p->methods & TRAITS);
	HOLDS((sek_policy_instead(p, device) |
	    sek_policy_instead(p, p->methods & TRAITS)) == p->instead);
	HOLDS((p->instead & (device | PASSWORD | CARDS | TICKET)) == 0);
	HOLDS(p->verify == 0 || need.fido2_uv_counts != 0 ||
	    need.jpki_pin_counts != 0 || need.piv_pin_counts != 0);
	HOLDS(!c->remote || device == 0 || (p->methods & ~device) != 0);
	HOLDS(!c->remote || ((p->methods | p->instead) & TRAITS) == 0);
}

/* Who has no trait: no reader, and no word of policy on them, is of account. */
static void
without_a_trait(const struct scene *c, const struct sek_plan *p)
{
	const struct sek_plan_devices d = { .fido2 = c->key_here,
	    .card = c->card_here, .finger = !c->finger_here,
	    .remote = c->remote };
	uint32_t accept = need.accept;
	struct sek_plan same;

	need.accept ^= TRAITS;
	same = plan_at(&d);
	HOLDS(memcmp(&same, p, sizeof(same)) == 0);
	need.accept = accept;
}

static void
compare(const struct scene *c, bool null)
{
	const struct sek_plan_devices d = { .fido2 = c->key_here,
	    .card = c->card_here, .finger = c->finger_here,
	    .remote = c->remote };
	struct wanted w = oracle(c);
	struct sek_plan p = plan_at(null ? NULL : &d);

	if (p.methods != w.methods || p.instead != w.instead ||
	    p.possible != w.possible || p.verify != w.verify)
		ck_abort_msg("keys %d %d totp %d finger %d %d vendor %d"
		    " wallet %d key %d card %d remote %d; kinds %u accept %#x"
		    " crypto %u thing %u uv %u"
		    " pin %u %u: %#x %#x %u %u, not %#x %#x %d %d",
		    c->key[0], c->key[1], c->totp, c->finger,
		    c->finger_here, c->vendor, c->wallet,
		    c->key_here, c->card_here, c->remote, need.kinds,
		    need.accept, need.crypto_possession, need.possession,
		    need.fido2_uv_counts, need.jpki_pin_counts,
		    need.piv_pin_counts, p.methods, p.instead, p.possible,
		    p.verify, w.methods, w.instead, w.possible, w.verify);
	if (p.possible)
		must_hold(c, &p);
	if (!c->finger && !c->vendor && !null)
		without_a_trait(c, &p);
}

/* What is called for of possession: nothing, a thing, a signature; both. */
static void
call_for(unsigned what)
{
	need.crypto_possession = what == 2 || what == 3;
	need.possession = what == 1 || what == 3;
}

START_TEST(every_plan_is_the_one_the_rules_say)
{
	static const uint32_t bits[] = { PASSWORD, TOTP, FIDO2, FINGER, PIV,
	    VENDOR };
	struct scene c;
	unsigned policy, who, b;

	call_for((unsigned)_i);
	for (policy = 0; policy < 3 * 2 * 64; policy++) {
		need.kinds = 1 + policy % 3;
		need.fido2_uv_counts = policy / 3 & 1;
		need.accept = TICKET;
		for (b = 0; b < 6; b++)
			if ((policy / 6 >> b & 1) != 0)
				need.accept |= bits[b];
		for (who = 0; who < 2048; who++) {
			c = (struct scene){ { (int)(who & 3) - 1,
			    (int)(who >> 2 & 3) - 1 }, who >> 4 & 1,
			    who >> 5 & 1, (who >> 6 & 1) != 0 ? 3 : 0,
			    who >> 7 & 1, false, who >> 8 & 1,
			    who >> 9 & 1, who >> 10 & 1 };
			take_scene(&c);
			compare(&c, false);
			if (!c.key_here && !c.remote && !c.finger_here)
				compare(&c, true);
		}
	}
}
END_TEST

/* In parts: _i is which cards are accepted, and whose PINs count. */
START_TEST(every_plan_with_cards_is_the_one_the_rules_say)
{
	static const uint32_t bits[] = { PASSWORD, TOTP, FIDO2, TRAITS };
	static const struct {
		bool	finger, here, vendor;
	} traits[] = { { false, false, false }, { true, false, false },
	    { true, true, false }, { false, false, true },
	    { true, true, true } };
	static const uint32_t cards[] = { CARDS, JPKI | PIV, PIV | UID, JPKI };
	static const int keys[][2] = { { -1, -1 },
	    { SEK_FIDO2_VERIFIES_NOT, -1 }, { SEK_FIDO2_VERIFIES_PIN, -1 },
	    { SEK_FIDO2_VERIFIES_SENSOR, -1 },
	    { SEK_FIDO2_VERIFIES_PIN, SEK_FIDO2_VERIFIES_NOT } };
	unsigned policy, who, k, b;
	struct scene c;

	need.jpki_pin_counts = _i & 1;
	need.piv_pin_counts = _i >> 1 & 1;
	for (policy = 0; policy < 3 * 3 * 2 * 16; policy++) {
		need.kinds = 1 + policy % 3;
		call_for(policy / 3 % 3);
		need.fido2_uv_counts = policy / 9 & 1;
		need.accept = TICKET | cards[_i >> 2];
		for (b = 0; b < 4; b++)
			if ((policy / 18 >> b & 1) != 0)
				need.accept |= bits[b];
		for (who = 0; who < 5 * 128; who++)
			for (k = 0; k < 5; k++) {
				c = (struct scene){ { keys[k][0],
				    keys[k][1] }, who & 1,
				    traits[who >> 7].finger,
				    (int)(who >> 1 & 7), who >> 4 & 1,
				    who >> 5 & 1, who >> 6 & 1,
				    traits[who >> 7].vendor,
				    traits[who >> 7].here };
				take_scene(&c);
				compare(&c, false);
			}
	}
}
END_TEST

/* With tickets nobody who was let in is shut out, nor by less than two kinds
 * let in; and what is said of a device is said where one is asked for. */
START_TEST(every_plan_with_tickets_keeps_what_it_had)
{
	static const int wallet[] = { 1, 4, 6 };
	struct sek_plan p, bare;
	struct scene c;
	unsigned policy, who, more;

	need.jpki_pin_counts = need.piv_pin_counts = _i & 1;
	for (policy = 0; policy < 3 * 3 * 2 * 4; policy++)
	for (who = 0; who < 2048; who++)
	for (more = 0; more < 16; more++) {
		const struct sek_plan_tickets t = { .asked = more & 1,
		    .live = (more & 2) != 0 ? LIVE : 0,
		    .attends = (more & 4) != 0, .grace = (more & 8) != 0 };
		struct sek_plan_devices d;

		need.kinds = 1 + policy % 3;
		call_for(policy / 3 % 3);
		need.fido2_uv_counts = policy / 9 & 1;
		need.accept = policy / 18 < 2 ? EVERY : EVERY & ~TOTP & ~HOTP;
		if (policy / 18 % 2 != 0)
			need.accept &= ~PASSWORD;
		c = (struct scene){ { (int)(who & 3) - 1,
		    (int)(who >> 2 & 3) - 1 }, who >> 4 & 1, who >> 5 & 1,
		    (who >> 6 & 1) != 0 ? wallet[_i >> 1] : 0, who >> 7 & 1,
		    who >> 8 & 1, who >> 9 & 1, who >> 5 & who >> 6 & 1,
		    who >> 10 & 1 };
		take_scene(&c);
		d = (struct sek_plan_devices){ .fido2 = c.key_here,
		    .card = c.card_here, .finger = c.finger_here,
		    .remote = c.remote };
		bare = plan_at(&d);
		sek_policy_plan(&p, &need, own, nown, &t, &d);
		HOLDS(!bare.possible || p.possible);
		HOLDS((p.methods & ~need.accept) == 0);
		if ((p.methods & (FIDO2 | CARDS)) == 0)
			HOLDS(p.verify == 0);
		if ((p.methods & (FIDO2 | CARDS | TRAITS)) == 0)
			HOLDS(p.instead == 0);
		if (bare.possible && t.live == 0) {
			HOLDS((p.methods & ~TICKET) == bare.methods);
			HOLDS(p.instead == bare.instead);
			HOLDS(p.verify == bare.verify);
		}
		/* Who has a live code is asked for one, not for a device. */
		if (t.live != 0 && p.possible && !bare.possible &&
		    !t.grace)
			HOLDS((p.methods & (FIDO2 | CARDS)) == 0);
		if (t.live != 0 && need.kinds == 2 && accepts(PASSWORD) &&
		    !need.crypto_possession && p.possible) {
			if (!c.key_here)
				HOLDS((p.methods & FIDO2) == 0);
			if (!c.card_here)
				HOLDS((p.methods & CARDS) == 0);
			if (!is_finger_here(&c))
				HOLDS((p.methods & FINGER) == 0);
		}
		if (need.crypto_possession)
			HOLDS((p.methods & TICKET) == 0);
		if (!p.possible || t.grace || bare.possible)
			continue;
		/* Made possible by a ticket: then with one, and no device. */
		HOLDS(t.live != 0 || t.attends);
		(void)fulfils(&c, p.methods & ~(FIDO2 | TOTP | CARDS), -1, 0,
		    false);
		(void)proved(SEK_METHOD_TICKET, SEK_KIND_POSSESSION);
		HOLDS(decide() == SEK_OK);
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("rule_plan");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, every_plan_is_the_one_the_rules_say, 0, 4);
	tcase_add_loop_test(t, every_plan_with_cards_is_the_one_the_rules_say,
	    0, 16);
	tcase_add_loop_test(t, every_plan_with_tickets_keeps_what_it_had, 0,
	    6);
	return (unit_run_case("rule_plan", t));
}
