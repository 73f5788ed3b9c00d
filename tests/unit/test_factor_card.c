/*
 * test_factor_card.c - what is asked, told and sent for each end a card may
 * come to, and what it is worth
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * No card, no store, no PAM handle, no clock: each is played by a wrapped
 * call. What an outsider sees is one transcript.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "unit.h"
#include "sekisho/base/text.h"
#include "sekisho/factor/card.h"

#define PIN	"4711"
#define WAIT	30
#define RUNS	64
#define CARDS	(SEK_METHOD_BIT(SEK_METHOD_CARD_JPKI) | \
		SEK_METHOD_BIT(SEK_METHOD_CARD_PIV) | \
		SEK_METHOD_BIT(SEK_METHOD_CARD_UID))

/* ------------------------------------------------------------ the stage -- */

/* One run of the card: how it ends, and how long that takes. */
struct play {
	enum sek_card_end	end;
	uint32_t		tries;
	uint32_t		card;
	uint32_t		pin_sent, verified;
	uint32_t		signature_len, uid_len;
	int64_t			not_before, not_after;
	int64_t			takes;		/* us */
	enum sek_err		err;
};
struct seen {
	char			pin[64];
	bool			has_pin;
	bool			no_pin;
	bool			last;
	char			reader[SEK_CARD_READER_MAX];
	uint32_t		methods;
	uint32_t		first, n;	/* of his, that it may be */
	int64_t			now, wait;
	uint8_t			challenge[SEK_CARD_CHALLENGE_LEN];
	bool			open;		/* the store, meanwhile */
};

static struct play plays[RUNS];
static unsigned nplays;
static struct seen seen[RUNS];
static unsigned nseen;
static const char *answers[8];	/* NULL: he gives up */
static unsigned nanswers, nasked;
static char transcript[8192];
static char logged[8192];
static const char *password;
static struct sek_moment now;
static bool out_of_reach;	/* none of his is to be asked */
static unsigned listed;		/* cards the store has of him: JPKI, PIV with
				 * 9A, PIV with 9E, UID */
static enum sek_err list_err, verify_err, use_err;
static unsigned nverify, nuse;
static struct sek_card_use used;
static struct sek_card_use_out use_out;
static uint8_t verified_challenge[SEK_CARD_CHALLENGE_LEN];
static uint32_t verified_public;
static bool store_open;

static struct sek_settings *settings;
static struct sek_challenge c;
static struct sek_claimant who, whose;
static struct sek_limits limits;
static struct sek_plan plan;
static struct sek_pam_options options;
static struct sek_notes notes;
static struct sek_secret code;
static struct sek_why why;

enum sek_err __wrap_sek_clock_now(struct sek_moment *);
int __wrap_nanosleep(const struct timespec *, struct timespec *);
enum sek_err __wrap_sek_pam_ask(pam_handle_t *, const char *,
    struct sek_secret *);
void __wrap_sek_pam_tell(pam_handle_t *, int, const char *);
bool __wrap_sek_pam_is_password(pam_handle_t *, const struct sek_secret *);
void __wrap_sek_pam_log(pam_handle_t *, int, const char *, ...)
    __attribute__((format(printf, 3, 4)));
enum sek_err __wrap_sek_card_sign(struct sek_card_signature *,
    const struct sek_card_request *, struct sek_why *);
enum sek_err __wrap_sek_card_verify(const struct sek_card_signature *,
    const struct sek_card *, const uint8_t *, struct sek_why *);
const char *__wrap_sek_card_end_name(enum sek_card_end);
enum sek_err __wrap_sek_store_card_list(struct sek_store *,
    const struct sek_card_list *, struct sek_card_list_out *);
enum sek_err __wrap_sek_store_card_use(struct sek_store *,
    const struct sek_card_use *, struct sek_card_use_out *);
void __wrap_sek_store_close(struct sek_store *);

enum sek_err
__wrap_sek_clock_now(struct sek_moment *out)
{

	*out = now;
	return (SEK_OK);
}

static void
pass(int64_t us)
{

	now.wall += us;
	now.boot += us;
}

int
__wrap_nanosleep(const struct timespec *t, struct timespec *left)
{

	(void)left;
	pass(t->tv_sec * SEK_SECOND + t->tv_nsec / 1000);
	return (0);
}

static void
write_down(const char *what, const char *text)
{
	size_t n = strlen(transcript);

	(void)snprintf(transcript + n, sizeof(transcript) - n, "%s: %s\n",
	    what, text);
}

enum sek_err
__wrap_sek_pam_ask(pam_handle_t *pamh, const char *prompt,
    struct sek_secret *answer)
{

	(void)pamh;
	ck_assert(!store_open);
	write_down("ask", prompt);
	if (nasked >= nanswers || answers[nasked] == NULL) {
		nasked++;
		return (SEK_ERR_CONV);
	}
	pass(100 * SEK_SECOND);		/* he takes his time */
	return (sek_secret_string(answer, answers[nasked++]));
}

void
__wrap_sek_pam_tell(pam_handle_t *pamh, int style, const char *text)
{

	(void)pamh;
	ck_assert(style == PAM_TEXT_INFO || style == PAM_ERROR_MSG);
	ck_assert_str_ne(text, "");
	write_down(style == PAM_TEXT_INFO ? "info" : "error", text);
}

bool
__wrap_sek_pam_is_password(pam_handle_t *pamh, const struct sek_secret *answer)
{

	(void)pamh;
	return (password != NULL &&
	    strcmp(password, sek_secret_text(answer)) == 0);
}

void
__wrap_sek_pam_log(pam_handle_t *pamh, int priority, const char *fmt, ...)
{
	size_t n = strlen(logged);
	va_list ap;

	(void)pamh;
	(void)priority;
	va_start(ap, fmt);
	(void)vsnprintf(logged + n, sizeof(logged) - n, fmt, ap);
	va_end(ap);
}

const char *
__wrap_sek_card_end_name(enum sek_card_end e)
{
	static char name[16];

	(void)snprintf(name, sizeof(name), "end%u", (unsigned)e);
	return (name);
}

static void
look_at(const struct sek_card_request *in)
{
	struct seen *s = &seen[nseen];

	ck_assert_uint_lt(nseen, RUNS);
	s->first = (uint32_t)(in->card - c.card->cards.card);
	s->n = (uint32_t)in->n;
	ck_assert_uint_eq(s->n, out_of_reach ? 0 :
	    in->pin != NULL || in->no_pin ? 1 : listed);
	ck_assert_uint_le(s->first + s->n, listed);
	ck_assert_str_eq(in->place.readers, "*town*");
	ck_assert_str_eq(in->place.anchors, "/anchors");
	s->has_pin = in->pin != NULL;
	if (s->has_pin)
		(void)snprintf(s->pin, sizeof(s->pin), "%s",
		    sek_secret_text(in->pin));
	s->no_pin = in->no_pin;
	s->last = in->last;
	s->methods = in->methods;
	(void)snprintf(s->reader, sizeof(s->reader), "%s", in->place.reader);
	s->now = in->place.now;
	s->wait = in->place.wait;
	s->open = store_open;
	memcpy(s->challenge, in->challenge, sizeof(s->challenge));
}

/* Which of those it may be that one is; listed: none of his at all. */
static uint32_t
among(const struct seen *s, uint32_t card)
{

	return (card >= listed ? card : card < s->first ||
	    card - s->first >= s->n ? UINT32_MAX : card - s->first);
}

static uint32_t
driver_of(uint32_t card)
{

	return (card == 0 ? SEK_CARD_JPKI : card == 3 ? SEK_CARD_UID :
	    SEK_CARD_PIV);
}

enum sek_err
__wrap_sek_card_sign(struct sek_card_signature *out,
    const struct sek_card_request *in, struct sek_why *w)
{
	const struct play *p = &plays[nseen < nplays ? nseen : nplays - 1];

	look_at(in);
	nseen++;
	if (p->err != SEK_OK)
		return (sek_why(w, p->err, "played trouble"));
	memset(out, 0, sizeof(*out));
	out->end = p->end;
	out->card = among(&seen[nseen - 1], p->card);
	out->pin_sent = p->pin_sent;
	out->verified = p->verified;
	out->signature_len = p->signature_len;
	out->uid_len = p->uid_len;
	memset(out->uid, 7, sizeof(out->uid));
	out->seen.tries = p->tries;
	out->seen.driver = driver_of(p->card);
	out->seen.not_before = p->not_before;
	out->seen.not_after = p->not_after;
	(void)sek_text_copy(out->seen.reader, sizeof(out->seen.reader),
	    "town reader 00");
	pass(p->takes < in->place.wait ? p->takes : in->place.wait);
	return (SEK_OK);
}

enum sek_err
__wrap_sek_card_verify(const struct sek_card_signature *s,
    const struct sek_card *card, const uint8_t *challenge, struct sek_why *w)
{

	nverify++;
	ck_assert_uint_eq(s->end, SEK_CARD_END_OK);
	memcpy(verified_challenge, challenge, sizeof(verified_challenge));
	verified_public = card->public_key[0];
	return (verify_err == SEK_OK ? SEK_OK :
	    sek_why(w, verify_err, "played: no"));
}

enum sek_err
__wrap_sek_store_card_list(struct sek_store *st,
    const struct sek_card_list *in, struct sek_card_list_out *out)
{
	uint32_t i;

	(void)st;
	ck_assert_str_eq(in->who.name, whose.name);
	store_open = true;
	out->n = listed;
	for (i = 0; i < listed && i < SEK_AUTHENTICATORS_MAX; i++) {
		(void)sek_text_format(out->id[i], SEK_ID_MAX, "card%u", i);
		out->card[i].public_key[0] = (uint8_t)(10 + i);
		out->card[i].public_len = 294;
		out->card[i].brief.driver = (uint8_t)driver_of(i);
		out->card[i].brief.pin = i < 2;
		out->card[i].brief.not_after = 1100 * (SEK_DAY / SEK_SECOND);
	}
	return (list_err);
}

enum sek_err
__wrap_sek_store_card_use(struct sek_store *st, const struct sek_card_use *in,
    struct sek_card_use_out *out)
{

	(void)st;
	nuse++;
	used = *in;
	*out = use_out;
	return (use_err);
}

void
__wrap_sek_store_close(struct sek_store *st)
{

	(void)st;
	store_open = false;
}

/* Forget what was seen; the plays stay. */
static void
rewind_stage(void)
{

	sek_factor_card.done(&c);
	sek_secret_free(&c.answer);
	nseen = nasked = nverify = nuse = 0;
	transcript[0] = logged[0] = why.text[0] = '\0';
	c.yields = false;
	memset(seen, 0, sizeof(seen));
	memset(&used, 0, sizeof(used));
	memset(&notes, 0, sizeof(notes));
}

static void
setup(void)
{

	settings = calloc(1, sizeof(*settings));
	ck_assert_ptr_nonnull(settings);
	settings->factors.wait = WAIT;
	settings->card.warn = 60 * (SEK_DAY / SEK_SECOND);
	(void)sek_text_copy(settings->terminal.id,
	    sizeof(settings->terminal.id), "t1");
	(void)sek_text_copy(settings->terminal.timezone,
	    sizeof(settings->terminal.timezone), "UTC");
	(void)sek_text_copy(settings->card.readers,
	    sizeof(settings->card.readers), "*town*");
	(void)sek_text_copy(settings->card.anchors,
	    sizeof(settings->card.anchors), "/anchors");
	memset(&c, 0, sizeof(c));
	memset(&now, 0, sizeof(now));
	now.wall = 1000 * SEK_DAY;
	now.boot = SEK_DAY;
	memset(&who, 0, sizeof(who));
	(void)sek_text_copy(who.name, sizeof(who.name), "alice");
	(void)sek_text_copy(who.service, sizeof(who.service), "login");
	who.uid = 1000;
	who.known = 1;
	whose = who;
	memset(&plan, 0, sizeof(plan));
	plan.methods = SEK_METHOD_BIT(SEK_METHOD_PASSWORD) | CARDS;
	plan.possible = 1;
	memset(&options, 0, sizeof(options));
	memset(plays, 0, sizeof(plays));
	memset(&use_out, 0, sizeof(use_out));
	use_out.right = 1;
	nplays = nanswers = 0;
	listed = 4;
	out_of_reach = false;
	password = NULL;
	list_err = verify_err = use_err = SEK_OK;
	store_open = false;
	c.settings = settings;
	c.who = &who;
	c.whose = &whose;
	c.limits = c.caller_limits = &limits;
	c.plan = &plan;
	c.options = &options;
	c.notes = &notes;
	c.code = &code;
	c.why = &why;
	c.language = SEK_LANGUAGE_EN;
	rewind_stage();
}

static void
teardown(void)
{

	rewind_stage();
	free(settings);
}

static bool
finds(enum sek_card_end end)
{

	return (end == SEK_CARD_END_OK || end == SEK_CARD_END_WANTS_PIN ||
	    end == SEK_CARD_END_PIN_WRONG || end == SEK_CARD_END_PIN_BLOCKED ||
	    end == SEK_CARD_END_EXPIRED || end == SEK_CARD_END_RESET);
}

static struct play *
plays_next(enum sek_card_end end)
{
	struct play *p = &plays[nplays++];

	memset(p, 0, sizeof(*p));
	p->end = end;
	p->tries = 3;
	p->card = finds(end) ? 0 : UINT32_MAX;
	p->pin_sent = end == SEK_CARD_END_PIN_WRONG ||
	    end == SEK_CARD_END_RESET;
	if (end == SEK_CARD_END_OK)
		p->signature_len = 256;
	p->takes = end == SEK_CARD_END_SILENT ? 1000 * SEK_SECOND :
	    SEK_SECOND / 10;
	return (p);
}

/* It wants its PIN, and then this comes of it. */
static struct play *
pin_plays(enum sek_card_end end)
{
	struct play *p;

	(void)plays_next(SEK_CARD_END_WANTS_PIN);
	p = plays_next(end);
	if (end == SEK_CARD_END_OK)
		p->pin_sent = p->verified = 1;
	return (p);
}

/* One without a PIN. */
static struct play *
signs(void)
{
	struct play *p = plays_next(SEK_CARD_END_OK);

	p->card = 2;
	return (p);
}

static void
he_answers(const char *text)
{

	answers[nanswers++] = text;
}

static enum sek_err
talk(void)
{
	enum sek_err err;

	rewind_stage();
	err = sek_factor_card.ask(&c);
	/* Whatever comes of it. */
	ck_assert_ptr_nonnull(c.card);
	return (err);
}

static struct sek_verdict
judged(void)
{
	struct sek_verdict v;

	memset(&v, 0, sizeof(v));
	v.reason = SEK_REASON_WRONG;
	ck_assert_int_eq(sek_factor_card.verify(&v, &c, "slot"), SEK_OK);
	return (v);
}

static bool
was_told(const char *part)
{

	return (strstr(transcript, part) != NULL);
}

/* It was a wrong answer, for this reason, and this card of his pays. */
static void
check_wrong(enum sek_reason reason, const char *charged)
{
	struct sek_verdict v;

	ck_assert(!c.yields);
	v = judged();
	ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
	ck_assert_int_eq(v.reason, reason);
	ck_assert_str_eq(v.authenticator, charged);
	ck_assert_uint_eq(v.kinds, 0);
	ck_assert(!v.settled);
	ck_assert_uint_eq(nuse, 0);
	ck_assert_uint_eq(notes.n, 0);
}

/* ---------------------------------------------------------- signatures -- */

START_TEST(signature_without_a_pin_proves_possession)
{
	struct sek_verdict v;

	(void)signs();
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript, "");
	ck_assert_uint_eq(nseen, 1);
	ck_assert(!seen[0].has_pin && !seen[0].no_pin && !seen[0].last);
	ck_assert_uint_eq(seen[0].methods, CARDS);
	ck_assert_str_eq(seen[0].reader, "");
	ck_assert_int_eq(seen[0].now, now.wall / SEK_SECOND);
	ck_assert(!seen[0].open);
	v = judged();
	ck_assert_int_eq(v.answer, SEK_ANSWER_RIGHT);
	ck_assert_int_eq(v.reason, SEK_REASON_NONE);
	ck_assert_uint_eq(v.kinds, SEK_KIND_POSSESSION);
	ck_assert_uint_eq(v.method, SEK_METHOD_CARD_PIV);
	ck_assert_uint_eq(v.evidence_flags, SEK_EVIDENCE_CRYPTOGRAPHIC);
	ck_assert_str_eq(v.authenticator, "card2");
	ck_assert(v.settled);
	/* By the key that was enrolled, for what it was given to sign. */
	ck_assert_uint_eq(verified_public, 12);
	ck_assert_mem_eq(verified_challenge, seen[0].challenge,
	    SEK_CARD_CHALLENGE_LEN);
	ck_assert_str_eq(used.authenticator, "card2");
	ck_assert_str_eq(used.slot, "slot");
	ck_assert_uint_eq(used.public_len, 294);
	ck_assert_uint_eq(used.public_key[0], 12);
	ck_assert_uint_eq(used.uid_len, 0);
	ck_assert_uint_eq(notes.n, 0);
	ck_assert_str_eq(logged, "");
}
END_TEST

static const struct {
	uint32_t		card;
	enum sek_method		method;
	bool			jpki, piv;
	uint32_t		kinds, flags;
} worth[] = {
	{ 0, SEK_METHOD_CARD_JPKI, false, true, SEK_KIND_POSSESSION,
	    SEK_EVIDENCE_CRYPTOGRAPHIC },
	{ 0, SEK_METHOD_CARD_JPKI, true, false,
	    SEK_KIND_POSSESSION | SEK_KIND_KNOWLEDGE,
	    SEK_EVIDENCE_CRYPTOGRAPHIC | SEK_EVIDENCE_USER_VERIFIED },
	{ 1, SEK_METHOD_CARD_PIV, true, false, SEK_KIND_POSSESSION,
	    SEK_EVIDENCE_CRYPTOGRAPHIC },
	{ 1, SEK_METHOD_CARD_PIV, false, true,
	    SEK_KIND_POSSESSION | SEK_KIND_KNOWLEDGE,
	    SEK_EVIDENCE_CRYPTOGRAPHIC | SEK_EVIDENCE_USER_VERIFIED },
};

START_TEST(pin_counts_where_policy_says_so_for_that_card)
{
	const char *pin = worth[_i].card == 0 ? PIN : "123456";
	struct sek_verdict v;

	pin_plays(SEK_CARD_END_OK)->card = worth[_i].card;
	plays[0].card = worth[_i].card;
	settings->factors.jpki_pin_counts = worth[_i].jpki;
	settings->factors.piv_pin_counts = worth[_i].piv;
	he_answers(pin);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript,
	    "info: Tries left for the PIN of your card: 3\n"
	    "ask: Card PIN: \n");
	ck_assert_uint_eq(nseen, 2);
	ck_assert(!seen[0].has_pin && !seen[0].no_pin);
	ck_assert_str_eq(seen[1].pin, pin);
	ck_assert(!seen[1].last && !seen[1].no_pin);
	ck_assert_str_eq(seen[1].reader, "town reader 00");
	/* None is held over the question, and none is signed twice. */
	ck_assert(!seen[1].open);
	ck_assert_mem_ne(seen[0].challenge, seen[1].challenge,
	    SEK_CARD_CHALLENGE_LEN);
	v = judged();
	ck_assert_int_eq(v.answer, SEK_ANSWER_RIGHT);
	ck_assert_uint_eq(v.method, worth[_i].method);
	ck_assert_uint_eq(v.kinds, worth[_i].kinds);
	ck_assert_uint_eq(v.evidence_flags, worth[_i].flags);
	ck_assert_mem_eq(verified_challenge, seen[1].challenge,
	    SEK_CARD_CHALLENGE_LEN);
}
END_TEST

START_TEST(pin_counts_from_afar_only_where_the_plan_has_it_so)
{
	(void)pin_plays(SEK_CARD_END_OK);
	settings->factors.jpki_pin_counts = true;
	he_answers(PIN);
	whose.remote = 1;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(judged().kinds, SEK_KIND_POSSESSION);
	plan.verify = 1;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(judged().kinds, SEK_KIND_POSSESSION |
	    SEK_KIND_KNOWLEDGE);
}
END_TEST

/* What another program left open on the card is nobody's proof. */
START_TEST(signature_behind_a_pin_that_was_not_verified_is_refused)
{
	pin_plays(SEK_CARD_END_OK)->verified = 0;
	settings->factors.jpki_pin_counts = true;
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	check_wrong(SEK_REASON_WRONG, "card0");
	ck_assert_ptr_nonnull(strstr(logged, "without its PIN"));
	/* Nor at once, without a question. */
	nplays = 0;
	(void)plays_next(SEK_CARD_END_OK);
	ck_assert_int_eq(talk(), SEK_OK);
	check_wrong(SEK_REASON_WRONG, "card0");
}
END_TEST

START_TEST(card_that_does_not_verify_him_where_it_has_to_is_refused)
{
	plan.verify = 1;
	(void)signs();
	settings->factors.piv_pin_counts = true;
	ck_assert_int_eq(talk(), SEK_OK);
	check_wrong(SEK_REASON_WRONG, "card2");
	/* A number neither. */
	nplays = 0;
	*signs() = (struct play){ .end = SEK_CARD_END_OK, .card = UINT32_MAX,
	    .uid_len = 8 };
	ck_assert_int_eq(talk(), SEK_OK);
	check_wrong(SEK_REASON_WRONG, "");
	/* And a PIN where it does not count. */
	nplays = 0;
	(void)pin_plays(SEK_CARD_END_OK);
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	check_wrong(SEK_REASON_WRONG, "card0");
	settings->factors.jpki_pin_counts = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_int_eq(judged().answer, SEK_ANSWER_RIGHT);
}
END_TEST

START_TEST(signature_that_does_not_hold_is_wrong_and_the_card_pays)
{
	(void)signs();
	ck_assert_int_eq(talk(), SEK_OK);
	verify_err = SEK_ERR_REFUSED;
	check_wrong(SEK_REASON_WRONG, "card2");
	ck_assert_ptr_nonnull(strstr(logged, "played: no"));
}
END_TEST

START_TEST(signature_of_another_time_name_or_place_is_none_for_this)
{
	uint8_t first[SEK_CARD_CHALLENGE_LEN], hash[SEK_CARD_CHALLENGE_LEN];

	(void)signs();
	ck_assert_int_eq(talk(), SEK_OK);
	memcpy(first, seen[0].challenge, sizeof(first));
	ck_assert_int_eq(sek_card_talk_challenge(hash, c.card, &c), SEK_OK);
	ck_assert_mem_eq(hash, first, sizeof(hash));
	who.uid++;
	ck_assert_int_eq(sek_card_talk_challenge(hash, c.card, &c), SEK_OK);
	ck_assert_mem_ne(hash, first, sizeof(hash));
	who.uid--;
	/* Lengths count: no two fields run into one another. */
	(void)sek_text_copy(who.name, sizeof(who.name), "nalice");
	(void)sek_text_copy(who.service, sizeof(who.service), "logi");
	ck_assert_int_eq(sek_card_talk_challenge(hash, c.card, &c), SEK_OK);
	ck_assert_mem_ne(hash, first, sizeof(hash));
	who = whose;
	(void)sek_text_copy(settings->terminal.id,
	    sizeof(settings->terminal.id), "t2");
	ck_assert_int_eq(sek_card_talk_challenge(hash, c.card, &c), SEK_OK);
	ck_assert_mem_ne(hash, first, sizeof(hash));
	(void)sek_text_copy(settings->terminal.id,
	    sizeof(settings->terminal.id), "t1");
	c.card->at.wall++;
	ck_assert_int_eq(sek_card_talk_challenge(hash, c.card, &c), SEK_OK);
	ck_assert_mem_ne(hash, first, sizeof(hash));
	/* And none is asked for twice. */
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_mem_ne(seen[0].challenge, first, sizeof(first));
}
END_TEST

START_TEST(signature_grows_old)
{
	(void)signs();
	ck_assert_int_eq(talk(), SEK_OK);
	pass(SEK_EVIDENCE_AGE + SEK_SECOND);
	check_wrong(SEK_REASON_WRONG, "card2");
	ck_assert_int_eq(talk(), SEK_OK);
	now.boot_id[0] ^= 1;
	check_wrong(SEK_REASON_WRONG, "card2");
}
END_TEST

START_TEST(card_that_is_active_no_more_opens_nothing)
{
	struct sek_verdict v;

	(void)signs();
	ck_assert_int_eq(talk(), SEK_OK);
	use_out.right = 0;
	use_out.reason = SEK_REASON_WRONG;
	use_out.lock.failures = 3;
	v = judged();
	ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
	ck_assert(v.settled);
	ck_assert_uint_eq(v.lock.failures, 3);
	ck_assert_str_eq(v.authenticator, "card2");
	ck_assert_uint_eq(v.kinds, 0);
	ck_assert_uint_eq(notes.n, 0);
}
END_TEST

/* ------------------------------------------------------------- numbers -- */

static void
shows_number(void)
{
	struct play *p = plays_next(SEK_CARD_END_OK);

	p->card = UINT32_MAX;
	p->signature_len = 0;
	p->uid_len = 8;
}

START_TEST(number_of_a_card_is_weak_and_the_stores_to_know)
{
	struct sek_verdict v;

	shows_number();
	(void)sek_text_copy(use_out.authenticator,
	    sizeof(use_out.authenticator), "card3");
	ck_assert_int_eq(talk(), SEK_OK);
	v = judged();
	ck_assert_int_eq(v.answer, SEK_ANSWER_RIGHT);
	ck_assert_uint_eq(v.method, SEK_METHOD_CARD_UID);
	ck_assert_uint_eq(v.kinds, SEK_KIND_POSSESSION);
	ck_assert_uint_eq(v.evidence_flags, SEK_EVIDENCE_WEAK);
	ck_assert_str_eq(v.authenticator, "card3");
	ck_assert_uint_eq(nverify, 0);
	ck_assert_str_eq(used.authenticator, "");
	ck_assert_uint_eq(used.uid_len, 8);
	ck_assert_uint_eq(used.uid[0], 7);
	ck_assert_uint_eq(used.public_len, 0);
	/* Nobody's. */
	memset(&use_out, 0, sizeof(use_out));
	ck_assert_int_eq(talk(), SEK_OK);
	v = judged();
	ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
	ck_assert_str_eq(v.authenticator, "");
}
END_TEST

START_TEST(number_counts_only_where_it_is_asked_for)
{
	shows_number();
	plan.methods &= ~SEK_METHOD_BIT(SEK_METHOD_CARD_UID);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(seen[0].methods & SEK_METHOD_BIT(
	    SEK_METHOD_CARD_UID), 0);
	check_wrong(SEK_REASON_WRONG, "");
	/* No card's signature either, of a kind that is not. */
	nplays = 0;
	(void)signs();
	plan.methods = SEK_METHOD_BIT(SEK_METHOD_CARD_JPKI);
	ck_assert_int_eq(talk(), SEK_OK);
	check_wrong(SEK_REASON_WRONG, "card2");
}
END_TEST

/* CVE-2025-24032: what was enrolled with a key proves nothing without it; and
 * a number never is a signature. */
START_TEST(card_with_a_key_proves_nothing_without_a_signature)
{
	signs()->signature_len = 0;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("cannot be used now"));
	check_wrong(SEK_REASON_DEVICE, "");
	ck_assert_uint_eq(nverify, 0);
	nplays = 0;
	signs()->card = 3;
	ck_assert_int_eq(talk(), SEK_OK);
	check_wrong(SEK_REASON_WRONG, "card3");
	ck_assert_uint_eq(nverify, 0);
}
END_TEST

/* ------------------------------------------------------------- the end -- */

START_TEST(certificate_that_ends_soon_is_told_of_after_the_yes)
{
	struct sek_verdict v;

	(void)signs();
	plays[0].not_after = 1060 * (SEK_DAY / SEK_SECOND);
	ck_assert_int_eq(talk(), SEK_OK);
	v = judged();
	ck_assert_int_eq(v.answer, SEK_ANSWER_RIGHT);
	ck_assert_uint_eq(notes.n, 1);
	ck_assert_ptr_nonnull(strstr(notes.text[0], "ends on 1972-11-26."));
	ck_assert_ptr_nonnull(strstr(notes.text[0], "person in charge"));
	ck_assert_str_eq(transcript, "");
	/* One more day, and nothing is said. */
	plays[0].not_after = 1061 * (SEK_DAY / SEK_SECOND);
	ck_assert_int_eq(talk(), SEK_OK);
	v = judged();
	ck_assert_uint_eq(notes.n, 0);
	/* A My Number Card's holder goes elsewhere. */
	nplays = 0;
	pin_plays(SEK_CARD_END_OK)->not_after =
	    1010 * (SEK_DAY / SEK_SECOND);
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	v = judged();
	ck_assert_uint_eq(notes.n, 1);
	ck_assert_ptr_nonnull(strstr(notes.text[0], "municipal office"));
	/* Where the card did not say, what was enrolled. */
	plays[1].not_after = 0;
	settings->card.warn = 100 * (SEK_DAY / SEK_SECOND);
	ck_assert_int_eq(talk(), SEK_OK);
	v = judged();
	ck_assert_uint_eq(notes.n, 1);
	/* A login that does not come to pass says nothing. */
	c.idle = true;
	ck_assert_int_eq(talk(), SEK_OK);
	(void)judged();
	ck_assert_uint_eq(notes.n, 0);
}
END_TEST

/* ------------------------------------------------------ ends before a PIN -- */

enum to { STAYS, OWN, ANY };	/* gives way to nothing, to what else he has,
				 * or to a ticket, too */
static const struct {
	enum sek_card_end	 end;
	const char		*text;
	enum to			 to;
	enum sek_reason		 reason;
} ends[] = {
	{ SEK_CARD_END_FAILED, "cannot be used now", OWN, SEK_REASON_DEVICE },
	{ SEK_CARD_END_NO_SERVICE, "card reader cannot be used now", ANY,
	    SEK_REASON_DEVICE },
	{ SEK_CARD_END_PIN_BLOCKED, "reset at your municipal office", OWN,
	    SEK_REASON_DEVICE },
	{ SEK_CARD_END_EXPIRED, "has expired", OWN, SEK_REASON_CERTIFICATE },
	{ SEK_CARD_END_UNTRUSTED, "does not trust", OWN,
	    SEK_REASON_CERTIFICATE },
	{ SEK_CARD_END_WEAK, "too weak", OWN, SEK_REASON_DEVICE },
	{ SEK_CARD_END_UNABLE, "cannot do what is needed", OWN,
	    SEK_REASON_DEVICE },
	{ SEK_CARD_END_RESET, "Another program came between", STAYS,
	    SEK_REASON_DEVICE },
	{ SEK_CARD_END_GONE, "taken away too early", STAYS,
	    SEK_REASON_DEVICE },
	{ SEK_CARD_END_SILENT, "does not answer", OWN, SEK_REASON_DEVICE },
	{ SEK_CARD_END_GARBAGE, "cannot be used now", OWN,
	    SEK_REASON_DEVICE },
	{ SEK_CARD_END_PIN_WRONG, "cannot be used now", STAYS,
	    SEK_REASON_DEVICE },
	{ SEK_CARD_END_COUNT, "cannot be used now", OWN, SEK_REASON_DEVICE },
};

START_TEST(end_is_told_logged_and_one_wrong_answer_in_any_round)
{
	char open[sizeof(transcript)];

	(void)plays_next(ends[_i].end);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_msg(was_told(ends[_i].text), "%s", transcript);
	ck_assert_str_ne(logged, "");
	ck_assert_uint_eq(nasked, 0);
	check_wrong(ends[_i].reason, "");
	memcpy(open, transcript, sizeof(open));
	/* A round that verifies nothing says the same. */
	c.idle = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript, open);
	sek_factor_card.pretend(&c);
	/* Where he has another way he is sent there, if the card is no
	 * use. */
	c.elsewhere = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(c.yields == (ends[_i].to == ANY));
	plan.instead = SEK_METHOD_BIT(SEK_METHOD_FIDO2);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript, open);
	ck_assert(c.yields == (ends[_i].to != STAYS));
	c.idle = false;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript, open);
	ck_assert(c.yields == (ends[_i].to != STAYS));
}
END_TEST

START_TEST(what_the_card_is_decides_how_it_is_told)
{
	/* A PIV card's PIN is the terminal's people to reset. */
	plays_next(SEK_CARD_END_PIN_BLOCKED)->card = 1;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("is blocked. Please ask the person in charge"));
	nplays = 0;
	plays_next(SEK_CARD_END_EXPIRED)->not_before =
	    1001 * (SEK_DAY / SEK_SECOND);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("is not valid yet"));
	nplays = 0;
	plays_next(SEK_CARD_END_WEAK)->card = 3;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("another number each time"));
}
END_TEST

START_TEST(trouble_of_this_machine_is_an_error_and_never_a_yes)
{
	struct sek_verdict v;

	signs()->err = SEK_ERR_NOT_FOUND;
	c.elsewhere = true;
	ck_assert_int_eq(talk(), SEK_ERR_NOT_FOUND);
	ck_assert(!c.yields);
	ck_assert(c.card->worthless);
	ck_assert_ptr_nonnull(strstr(why.text, "played trouble"));
	list_err = SEK_ERR_STORE;
	ck_assert_int_eq(talk(), SEK_ERR_STORE);
	ck_assert(c.card->worthless);
	ck_assert_uint_eq(nseen, 0);
	list_err = SEK_OK;
	/* While it is judged: an error, and no verdict (CVE-2025-24531). */
	plays[0].err = SEK_OK;
	memset(&v, 0, sizeof(v));
	ck_assert_int_eq(talk(), SEK_OK);
	verify_err = SEK_ERR_NOMEM;
	ck_assert_int_eq(sek_factor_card.verify(&v, &c, "slot"),
	    SEK_ERR_NOMEM);
	ck_assert_int_ne(v.answer, SEK_ANSWER_RIGHT);
	verify_err = SEK_OK;
	use_err = SEK_ERR_STORE;
	ck_assert_int_eq(sek_factor_card.verify(&v, &c, "slot"),
	    SEK_ERR_STORE);
	ck_assert_int_ne(v.answer, SEK_ANSWER_RIGHT);
	/* And no talk at all. */
	sek_factor_card.done(&c);
	ck_assert_int_eq(sek_factor_card.verify(&v, &c, "slot"),
	    SEK_ERR_INTERNAL);
}
END_TEST

START_TEST(more_cards_than_there_are_is_no_list)
{
	listed = SEK_AUTHENTICATORS_MAX + 1;
	ck_assert_int_eq(talk(), SEK_ERR_INTERNAL);
	ck_assert_uint_eq(nseen, 0);
}
END_TEST

START_TEST(card_that_is_not_among_his_is_garbage)
{
	signs()->card = 4;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("cannot be used now"));
	check_wrong(SEK_REASON_DEVICE, "");
	nplays = 0;
	plays_next(SEK_CARD_END_WANTS_PIN)->card = UINT32_MAX;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nasked, 0);
	check_wrong(SEK_REASON_DEVICE, "");
	/* A signature longer than there is room. */
	nplays = 0;
	signs()->signature_len = SEK_CARD_SIGNATURE_MAX + 1;
	ck_assert_int_eq(talk(), SEK_OK);
	check_wrong(SEK_REASON_DEVICE, "");
	nplays = 0;
	shows_number();
	plays[0].uid_len = SEK_CARD_IDENTITY_MAX + 1;
	ck_assert_int_eq(talk(), SEK_OK);
	check_wrong(SEK_REASON_DEVICE, "");
}
END_TEST

START_TEST(from_afar_no_card_of_his_is_asked_where_no_login_can_come)
{
	(void)plays_next(SEK_CARD_END_OTHERS);
	he_answers("");
	whose.remote = 1;
	plan.possible = 0;
	out_of_reach = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(seen[0].n, 0);
	ck_assert(was_told("not one of yours"));
}
END_TEST

/* ----------------------------------------------------------------- PIN -- */

static const struct {
	enum sek_card_end	end;
	uint32_t		sent;
	const char		*charged;
	enum sek_reason		reason;
} behind[] = {
	{ SEK_CARD_END_PIN_WRONG, 1, "card0", SEK_REASON_WRONG },
	{ SEK_CARD_END_PIN_BLOCKED, 1, "card0", SEK_REASON_WRONG },
	{ SEK_CARD_END_GONE, 1, "", SEK_REASON_DEVICE },
	{ SEK_CARD_END_RESET, 1, "", SEK_REASON_DEVICE },
	{ SEK_CARD_END_SILENT, 1, "", SEK_REASON_DEVICE },
	{ SEK_CARD_END_GARBAGE, 1, "", SEK_REASON_DEVICE },
	{ SEK_CARD_END_BUSY, 1, "", SEK_REASON_DEVICE },
	{ SEK_CARD_END_UNABLE, 1, "", SEK_REASON_DEVICE },
	{ SEK_CARD_END_WANTS_PIN, 0, "", SEK_REASON_DEVICE },
	{ SEK_CARD_END_PIN_BLOCKED, 0, "", SEK_REASON_DEVICE },
};

START_TEST(what_comes_behind_a_pin_is_not_told_and_no_pin_is_sent_twice)
{
	char open[sizeof(transcript)];

	pin_plays(behind[_i].end)->pin_sent = behind[_i].sent;
	plays[1].card = 0;
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nseen, 2);
	ck_assert_str_eq(seen[1].pin, PIN);
	check_wrong(behind[_i].reason, behind[_i].charged);
	memcpy(open, transcript, sizeof(open));
	/* The same where nothing is verified: the card is looked at again. */
	c.idle = true;
	nplays = 0;
	(void)plays_next(SEK_CARD_END_WANTS_PIN);
	(void)plays_next(SEK_CARD_END_WANTS_PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nseen, 2);
	ck_assert(!seen[0].has_pin && !seen[1].has_pin && seen[1].no_pin);
	ck_assert_str_eq(transcript, open);
	ck_assert(c.card->worthless);
	ck_assert_str_eq(c.card->charged, "");
}
END_TEST

static const struct {
	enum sek_card_end	 end;
	const char		*text;
} taken[] = {
	{ SEK_CARD_END_NO_CARD, "taken away too early" },
	{ SEK_CARD_END_NO_READER, "taken away too early" },
	{ SEK_CARD_END_OTHERS, "taken away too early" },
	{ SEK_CARD_END_UNKNOWN, "taken away too early" },
	{ SEK_CARD_END_GONE, "taken away too early" },
	{ SEK_CARD_END_NO_SERVICE, "reader cannot be used" },
	{ SEK_CARD_END_SILENT, "does not answer" },
};

/* It came before a PIN could be sent, and so it does where none is. */
START_TEST(card_taken_while_he_typed_is_told_alike)
{
	char open[sizeof(transcript)];

	pin_plays(taken[_i].end)->pin_sent = 0;
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told(taken[_i].text));
	ck_assert_uint_eq(nasked, 1);
	check_wrong(SEK_REASON_DEVICE, "");
	memcpy(open, transcript, sizeof(open));
	c.idle = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript, open);
	ck_assert(seen[1].no_pin && !seen[1].has_pin);
}
END_TEST

/* He has two of a kind, and changes them while he types. */
START_TEST(pin_goes_to_the_card_it_was_asked_for_and_to_no_other_of_his)
{
	const uint32_t first = (uint32_t)_i;

	(void)pin_plays(SEK_CARD_END_OK);
	plays[0].card = first;
	plays[1].card = 1 - first;
	he_answers(first == 0 ? PIN : "471147");
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nseen, 2);
	ck_assert_uint_eq(seen[0].n, listed);
	ck_assert_uint_eq(seen[1].first, first);
	ck_assert_uint_eq(seen[1].n, 1);
	ck_assert(seen[1].has_pin);
	check_wrong(SEK_REASON_DEVICE, "");
	c.idle = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(seen[1].first, first);
	ck_assert_uint_eq(seen[1].n, 1);
}
END_TEST

static const char *const no_pins[] = { "", "1", "123", "12345", "日本",
	"12a4", "0000", "１２３４" };

START_TEST(what_can_be_no_pin_is_never_sent_and_opens_nothing)
{
	char open[sizeof(transcript)];

	(void)pin_plays(SEK_CARD_END_OK);
	password = "0000";	/* of the form, but his login password */
	he_answers(no_pins[_i]);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nseen, 1);
	ck_assert(was_told("cannot be the PIN"));
	check_wrong(SEK_REASON_WRONG, "");
	memcpy(open, transcript, sizeof(open));
	c.idle = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript, open);
	ck_assert_uint_eq(nseen, 1);
}
END_TEST

START_TEST(form_of_the_pin_is_that_of_the_card)
{
	(void)pin_plays(SEK_CARD_END_OK);
	plays[0].card = plays[1].card = 1;
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nseen, 1);
	nanswers = 0;
	he_answers("12345678");
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(seen[1].pin, "12345678");
}
END_TEST

static const uint32_t last[] = { 1, SEK_CARD_TRIES_UNKNOWN };

START_TEST(last_try_is_used_after_a_yes_only)
{
	static const char *const yes[] = { "yes", "YES", "ｙｅｓ" };
	static const char *const no[] = { "", "no", PIN, "yes yes", "y" };
	size_t i;

	(void)pin_plays(SEK_CARD_END_OK);
	plays[0].tries = last[_i];
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		nanswers = 0;
		he_answers(yes[i]);
		he_answers(PIN);
		ck_assert_int_eq(talk(), SEK_OK);
		ck_assert(was_told("last try") || was_told("One try is left"));
		ck_assert_uint_eq(nasked, 2);
		ck_assert_str_eq(seen[1].pin, PIN);
		ck_assert(seen[1].last);
		/* And the same questions where nothing is sent. */
		c.idle = true;
		ck_assert_int_eq(talk(), SEK_OK);
		ck_assert_uint_eq(nasked, 2);
		ck_assert(!seen[1].has_pin);
		c.idle = false;
	}
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		nanswers = 0;
		he_answers(no[i]);
		c.elsewhere = false;
		ck_assert_int_eq(talk(), SEK_OK);
		ck_assert_uint_eq(nseen, 1);
		ck_assert_uint_eq(nasked, 1);
		check_wrong(SEK_REASON_DEVICE, "");
		c.elsewhere = true;
		ck_assert_int_eq(talk(), SEK_OK);
		ck_assert(c.yields);
		ck_assert_uint_eq(nseen, 1);
	}
}
END_TEST

START_TEST(no_try_left_asks_for_no_pin)
{
	(void)pin_plays(SEK_CARD_END_OK);
	plays[0].tries = 0;
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nasked, 0);
	ck_assert(was_told("reset at your municipal office"));
	check_wrong(SEK_REASON_DEVICE, "");
}
END_TEST

START_TEST(prompt_of_the_line_is_the_pins)
{
	options.prompt = "PIN of the town's card: ";
	(void)pin_plays(SEK_CARD_END_OK);
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("ask: PIN of the town's card: \n"));
}
END_TEST

START_TEST(giving_up_at_any_question_is_no_answer)
{
	(void)pin_plays(SEK_CARD_END_OK);
	he_answers(NULL);
	ck_assert_int_eq(talk(), SEK_ERR_CONV);
	ck_assert(c.card->worthless);
	ck_assert_uint_eq(nseen, 1);
	plays[0].tries = 1;
	ck_assert_int_eq(talk(), SEK_ERR_CONV);
	nplays = 0;
	(void)plays_next(SEK_CARD_END_NO_CARD);
	c.elsewhere = true;
	ck_assert_int_eq(talk(), SEK_ERR_CONV);
	ck_assert(!c.yields);
}
END_TEST

/* ------------------------------------------------------ no card, others' -- */

static const struct {
	enum sek_card_end	 end;
	const char		*text;	/* NULL: none */
} nothing[] = {
	{ SEK_CARD_END_NO_CARD, NULL },
	{ SEK_CARD_END_NO_READER, "No card reader was found" },
	{ SEK_CARD_END_UNKNOWN, "cannot be used to log in here" },
	{ SEK_CARD_END_OTHERS, "not one of yours. If your card was renewed, "
	    "please have it enrolled again." },
	{ SEK_CARD_END_PHONE, "A phone cannot be used" },
};

START_TEST(card_is_asked_for_and_found_when_it_comes)
{
	(void)plays_next(nothing[_i].end);
	(void)plays_next(nothing[_i].end);
	(void)signs();
	he_answers("");
	c.elsewhere = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("ask: Put your card on the reader and press Enter, "
	    "or just press Enter for another way: \n"));
	if (nothing[_i].text != NULL)
		ck_assert(was_told(nothing[_i].text));
	ck_assert_uint_eq(nseen, 3);
	ck_assert_int_eq(judged().answer, SEK_ANSWER_RIGHT);
	ck_assert(!c.yields);
}
END_TEST

START_TEST(card_that_does_not_come_gives_way)
{
	char open[sizeof(transcript)];
	struct sek_moment begin;

	(void)plays_next(nothing[_i].end);
	he_answers("");
	c.elsewhere = true;
	begin = now;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(c.yields);
	ck_assert_uint_eq(nasked, 1);
	/* The prompt took 100 s; a look no longer than it should. */
	ck_assert_int_lt(sek_clock_age(&begin, &now), 104 * SEK_SECOND);
	memcpy(open, transcript, sizeof(open));
	c.idle = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(c.yields);
	ck_assert_str_eq(transcript, open);
	/* Nowhere to go: one wrong answer, and it is not offered. */
	c.idle = c.elsewhere = false;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("ask: Put your card on the reader and press "
	    "Enter: \n"));
	ck_assert(was_told("No card of yours was found."));
	check_wrong(SEK_REASON_DEVICE, "");
	ck_assert_ptr_nonnull(strstr(logged, "end"));
}
END_TEST

START_TEST(what_was_typed_goes_with_him)
{
	(void)plays_next(nothing[_i].end);
	he_answers("123456");
	c.elsewhere = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(c.yields);
	ck_assert_str_eq(sek_secret_text(&c.answer), "123456");
	/* It never goes to a card. */
	(void)pin_plays(SEK_CARD_END_OK);
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(!c.yields);
	ck_assert_str_eq(seen[2].pin, PIN);
}
END_TEST

START_TEST(card_taken_once_more_is_asked_for_no_more)
{
	(void)plays_next(SEK_CARD_END_NO_CARD);
	(void)plays_next(SEK_CARD_END_BUSY);
	(void)plays_next(SEK_CARD_END_NO_CARD);
	he_answers("");
	c.elsewhere = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nasked, 1);
	ck_assert(c.yields);
}
END_TEST

START_TEST(anothers_card_that_came_is_told)
{
	(void)plays_next(SEK_CARD_END_NO_CARD);
	(void)plays_next(SEK_CARD_END_OTHERS);
	he_answers("");
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("not one of yours"));
	check_wrong(SEK_REASON_DEVICE, "");
}
END_TEST

static const enum sek_card_end strange[] = { SEK_CARD_END_NO_CARD,
	SEK_CARD_END_OTHERS, SEK_CARD_END_UNKNOWN, SEK_CARD_END_PHONE };

START_TEST(who_has_none_enrolled_meets_the_same)
{
	char open[sizeof(transcript)];

	(void)plays_next(strange[_i]);
	he_answers("");
	ck_assert_int_eq(talk(), SEK_OK);
	memcpy(open, transcript, sizeof(open));
	listed = 0;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_gt(nseen, 1);
	ck_assert_uint_eq(seen[0].n, 0);
	ck_assert_str_eq(transcript, open);
	check_wrong(SEK_REASON_DEVICE, "");
}
END_TEST

/* ----------------------------------------------------------- in use -- */

START_TEST(card_in_use_is_waited_for_and_told_once)
{
	plays_next(SEK_CARD_END_BUSY)->takes = 1000 * SEK_SECOND;
	(void)plays_next(SEK_CARD_END_BUSY);
	(void)plays_next(SEK_CARD_END_BUSY);
	(void)signs();
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript, "info: Your card is in use by another "
	    "program. Please wait.\n");
	ck_assert_int_eq(judged().answer, SEK_ANSWER_RIGHT);
	/* He is told before all of his time is over. */
	ck_assert_int_lt(seen[0].wait, WAIT * SEK_SECOND / 2);
	ck_assert_int_lt(seen[3].wait, WAIT * SEK_SECOND);
}
END_TEST

START_TEST(card_that_is_slow_gets_all_of_the_time)
{
	plays_next(SEK_CARD_END_SILENT)->takes = 1000 * SEK_SECOND;
	signs()->takes = 20 * SEK_SECOND;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nseen, 2);
	ck_assert_int_gt(seen[1].wait, 20 * SEK_SECOND);
	ck_assert_int_eq(judged().answer, SEK_ANSWER_RIGHT);
	ck_assert_str_eq(transcript, "");
}
END_TEST

START_TEST(card_that_stays_in_use_is_given_up)
{
	struct sek_moment begin = now;

	plays_next(SEK_CARD_END_BUSY)->takes = 1000 * SEK_SECOND;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("still in use"));
	ck_assert_int_le(sek_clock_age(&begin, &now), WAIT * SEK_SECOND);
	check_wrong(SEK_REASON_DEVICE, "");
}
END_TEST

START_TEST(card_that_hangs_is_given_up)
{
	struct sek_moment begin = now;

	(void)plays_next(SEK_CARD_END_SILENT);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("does not answer"));
	ck_assert_int_le(sek_clock_age(&begin, &now), WAIT * SEK_SECOND);
	check_wrong(SEK_REASON_DEVICE, "");
}
END_TEST

/* The child that waited for it is ended, and pcscd keeps it for that one. */
START_TEST(card_that_hangs_is_not_said_to_be_anothers)
{
	struct sek_moment begin = now;

	plays_next(SEK_CARD_END_SILENT)->takes = 1000 * SEK_SECOND;
	plays_next(SEK_CARD_END_BUSY)->takes = 1000 * SEK_SECOND;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nseen, 2);
	ck_assert(was_told("does not answer"));
	ck_assert(!was_told("in use"));
	ck_assert_int_le(sek_clock_age(&begin, &now), WAIT * SEK_SECOND);
	check_wrong(SEK_REASON_DEVICE, "");
}
END_TEST

/* It was in use while he typed: the card has not seen the PIN yet. */
START_TEST(card_in_use_behind_a_pin_gets_it_when_it_is_free)
{
	struct play *p;

	(void)plays_next(SEK_CARD_END_WANTS_PIN);
	(void)plays_next(SEK_CARD_END_BUSY);
	p = plays_next(SEK_CARD_END_OK);
	p->pin_sent = p->verified = 1;
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(seen[2].pin, PIN);
	ck_assert_int_eq(judged().answer, SEK_ANSWER_RIGHT);
	c.idle = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(!seen[1].has_pin && !seen[2].has_pin);
}
END_TEST

#define N(a)	((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	TCase *tc = tcase_create("card");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, signature_without_a_pin_proves_possession);
	tcase_add_loop_test(tc, pin_counts_where_policy_says_so_for_that_card,
	    0, N(worth));
	tcase_add_test(tc,
	    pin_counts_from_afar_only_where_the_plan_has_it_so);
	tcase_add_test(tc,
	    signature_behind_a_pin_that_was_not_verified_is_refused);
	tcase_add_test(tc,
	    card_that_does_not_verify_him_where_it_has_to_is_refused);
	tcase_add_test(tc,
	    signature_that_does_not_hold_is_wrong_and_the_card_pays);
	tcase_add_test(tc,
	    signature_of_another_time_name_or_place_is_none_for_this);
	tcase_add_test(tc, signature_grows_old);
	tcase_add_test(tc, card_that_is_active_no_more_opens_nothing);
	tcase_add_test(tc, number_of_a_card_is_weak_and_the_stores_to_know);
	tcase_add_test(tc, number_counts_only_where_it_is_asked_for);
	tcase_add_test(tc, card_with_a_key_proves_nothing_without_a_signature);
	tcase_add_test(tc, certificate_that_ends_soon_is_told_of_after_the_yes);
	tcase_add_loop_test(tc,
	    end_is_told_logged_and_one_wrong_answer_in_any_round, 0,
	    N(ends));
	tcase_add_test(tc, what_the_card_is_decides_how_it_is_told);
	tcase_add_test(tc,
	    trouble_of_this_machine_is_an_error_and_never_a_yes);
	tcase_add_test(tc, more_cards_than_there_are_is_no_list);
	tcase_add_test(tc, card_that_is_not_among_his_is_garbage);
	tcase_add_test(tc,
	    from_afar_no_card_of_his_is_asked_where_no_login_can_come);
	tcase_add_loop_test(tc,
	    what_comes_behind_a_pin_is_not_told_and_no_pin_is_sent_twice, 0,
	    N(behind));
	tcase_add_loop_test(tc, card_taken_while_he_typed_is_told_alike, 0,
	    N(taken));
	tcase_add_loop_test(tc,
	    pin_goes_to_the_card_it_was_asked_for_and_to_no_other_of_his, 0,
	    2);
	tcase_add_loop_test(tc,
	    what_can_be_no_pin_is_never_sent_and_opens_nothing, 0,
	    N(no_pins));
	tcase_add_test(tc, form_of_the_pin_is_that_of_the_card);
	tcase_add_loop_test(tc, last_try_is_used_after_a_yes_only, 0,
	    N(last));
	tcase_add_test(tc, no_try_left_asks_for_no_pin);
	tcase_add_test(tc, prompt_of_the_line_is_the_pins);
	tcase_add_test(tc, giving_up_at_any_question_is_no_answer);
	tcase_add_loop_test(tc, card_is_asked_for_and_found_when_it_comes, 0,
	    N(nothing));
	tcase_add_loop_test(tc, card_that_does_not_come_gives_way, 0,
	    N(nothing));
	tcase_add_loop_test(tc, what_was_typed_goes_with_him, 0, N(nothing));
	tcase_add_test(tc, card_taken_once_more_is_asked_for_no_more);
	tcase_add_test(tc, anothers_card_that_came_is_told);
	tcase_add_loop_test(tc, who_has_none_enrolled_meets_the_same, 0,
	    N(strange));
	tcase_add_test(tc, card_in_use_is_waited_for_and_told_once);
	tcase_add_test(tc, card_that_is_slow_gets_all_of_the_time);
	tcase_add_test(tc, card_that_stays_in_use_is_given_up);
	tcase_add_test(tc, card_that_hangs_is_given_up);
	tcase_add_test(tc, card_that_hangs_is_not_said_to_be_anothers);
	tcase_add_test(tc, card_in_use_behind_a_pin_gets_it_when_it_is_free);
	return (unit_run_case("factor/card", tc));
}
