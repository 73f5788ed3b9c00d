/*
 * test_factor_fido2.c - what is asked, told and sent for each end a security
 * key may come to, and what it is worth
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * No key, no store, no PAM handle, no clock: each is played by a wrapped call.
 * What an outsider sees is one transcript.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "unit.h"
#include "sekisho/base/text.h"
#include "sekisho/factor/fido2.h"

#define PIN	"4711pin"
#define WAIT	30
#define RUNS	64

/* ------------------------------------------------------------ the stage -- */

/* One run of the key: how it ends, and how long that takes. */
struct play {
	enum sek_fido2_end	end;
	uint32_t		tries;		/* of its PIN */
	uint32_t		uv_tries;
	bool			pin_set;
	bool			touch;		/* it blinks first */
	int64_t			takes;		/* us */
	uint32_t		credential;
	enum sek_err		err;
};
struct seen {
	char			pin[128];
	bool			has_pin;
	bool			presence_only;
	bool			no_sensor;
	enum sek_fido2_uv	uv;
	char			path[SEK_FIDO2_PATH_MAX];
	int64_t			wait;
	uint8_t			hash[SEK_FIDO2_HASH_LEN];
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
static bool present;
static struct sek_moment now;
static unsigned listed;		/* keys the store has of him */
static uint32_t signed_meanwhile;	/* by each, while he is asked */
static uint32_t counters;	/* of the first, by now */
static enum sek_err list_err, verify_err, use_err;
static struct sek_fido2_proof proof;
static unsigned nverify, nuse;
static struct sek_fido2_use used;
static struct sek_fido2_use_out use_out;
static uint8_t verified_hash[SEK_FIDO2_HASH_LEN];
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
enum sek_err __wrap_sek_fido2_assert(struct sek_fido2_assertion *,
    const struct sek_fido2_request *, struct sek_why *);
enum sek_err __wrap_sek_fido2_present(bool *, struct sek_why *);
enum sek_err __wrap_sek_fido2_verify(struct sek_fido2_proof *,
    const struct sek_fido2_assertion *, const struct sek_fido2 *,
    const uint8_t *, struct sek_why *);
const char *__wrap_sek_fido2_end_name(enum sek_fido2_end);
enum sek_err __wrap_sek_store_fido2_list(struct sek_store *,
    const struct sek_fido2_list *, struct sek_fido2_list_out *);
enum sek_err __wrap_sek_store_fido2_use(struct sek_store *,
    const struct sek_fido2_use *, struct sek_fido2_use_out *);
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
	counters += signed_meanwhile;
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
__wrap_sek_fido2_end_name(enum sek_fido2_end e)
{
	static char name[16];

	(void)snprintf(name, sizeof(name), "end%u", (unsigned)e);
	return (name);
}

enum sek_err
__wrap_sek_fido2_present(bool *out, struct sek_why *w)
{

	(void)w;
	*out = present;
	return (SEK_OK);
}

static void
look_at(const struct sek_fido2_request *in)
{
	struct seen *s = &seen[nseen];

	ck_assert_uint_lt(nseen, RUNS);
	ck_assert_uint_eq(in->n, listed);
	s->has_pin = in->pin != NULL;
	if (s->has_pin)
		(void)snprintf(s->pin, sizeof(s->pin), "%s",
		    sek_secret_text(in->pin));
	s->presence_only = in->presence_only;
	s->no_sensor = in->no_sensor;
	s->uv = in->uv;
	(void)snprintf(s->path, sizeof(s->path), "%s", in->path);
	s->wait = in->wait;
	s->open = store_open;
	memcpy(s->hash, in->hash, sizeof(s->hash));
}

enum sek_err
__wrap_sek_fido2_assert(struct sek_fido2_assertion *out,
    const struct sek_fido2_request *in, struct sek_why *w)
{
	const struct play *p = &plays[nseen < nplays ? nseen : nplays - 1];

	look_at(in);
	nseen++;
	if (p->err != SEK_OK)
		return (sek_why(w, p->err, "played trouble"));
	memset(out, 0, sizeof(*out));
	out->end = p->end;
	out->credential = p->credential;
	out->device.pin_tries = p->tries;
	out->device.uv_tries = p->uv_tries;
	out->device.pin_set = p->pin_set;
	(void)sek_text_copy(out->device.path, sizeof(out->device.path),
	    "/dev/key");
	if (p->touch)
		in->cue(in->arg, SEK_FIDO2_CUE_TOUCH, &out->device);
	pass(p->takes < in->wait ? p->takes : in->wait);
	return (SEK_OK);
}

enum sek_err
__wrap_sek_fido2_verify(struct sek_fido2_proof *out,
    const struct sek_fido2_assertion *a, const struct sek_fido2 *credential,
    const uint8_t *hash, struct sek_why *w)
{

	nverify++;
	ck_assert_uint_eq(a->end, SEK_FIDO2_END_OK);
	memcpy(verified_hash, hash, sizeof(verified_hash));
	verified_public = credential->public_key[0];
	*out = proof;
	return (verify_err == SEK_OK ? SEK_OK :
	    sek_why(w, verify_err, "played: no"));
}

enum sek_err
__wrap_sek_store_fido2_list(struct sek_store *st,
    const struct sek_fido2_list *in, struct sek_fido2_list_out *out)
{
	uint32_t i;

	(void)st;
	ck_assert_str_eq(in->who.name, whose.name);
	store_open = true;
	out->n = listed;
	for (i = 0; i < listed && i < SEK_AUTHENTICATORS_MAX; i++) {
		(void)sek_text_format(out->id[i], SEK_ID_MAX, "key%u", i);
		out->key[i].public_key[0] = (uint8_t)(10 + i);
		out->key[i].public_len = 64;
		out->key[i].brief.counter = counters + i;
	}
	return (list_err);
}

enum sek_err
__wrap_sek_store_fido2_use(struct sek_store *st,
    const struct sek_fido2_use *in, struct sek_fido2_use_out *out)
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

	sek_factor_fido2.done(&c);
	sek_secret_free(&c.answer);
	nseen = nasked = nverify = nuse = 0;
	transcript[0] = logged[0] = why.text[0] = '\0';
	c.yields = false;
	memset(seen, 0, sizeof(seen));
	memset(&used, 0, sizeof(used));
}

static void
setup(void)
{

	settings = calloc(1, sizeof(*settings));
	ck_assert_ptr_nonnull(settings);
	settings->factors.wait = WAIT;
	(void)sek_text_copy(settings->terminal.id,
	    sizeof(settings->terminal.id), "t1");
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
	memset(&options, 0, sizeof(options));
	memset(plays, 0, sizeof(plays));
	memset(&proof, 0, sizeof(proof));
	memset(&use_out, 0, sizeof(use_out));
	use_out.right = 1;
	proof.counter = 200;
	nplays = nanswers = 0;
	listed = 2;
	counters = 100;
	signed_meanwhile = 0;
	present = true;
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

static struct play *
plays_next(enum sek_fido2_end end)
{
	struct play *p = &plays[nplays++];

	memset(p, 0, sizeof(*p));
	p->end = end;
	p->tries = 8;
	p->uv_tries = SEK_FIDO2_TRIES_UNKNOWN;
	/* A key is told to blink before a PIN is found to be wrong. */
	p->touch = end == SEK_FIDO2_END_OK || end == SEK_FIDO2_END_NO_TOUCH ||
	    end == SEK_FIDO2_END_PIN_WRONG ||
	    end == SEK_FIDO2_END_PIN_PAUSED ||
	    end == SEK_FIDO2_END_PIN_BLOCKED;
	p->takes = end == SEK_FIDO2_END_NO_TOUCH ? 1000 * SEK_SECOND :
	    SEK_SECOND / 10;
	p->credential = end == SEK_FIDO2_END_NO_KEY ||
	    end == SEK_FIDO2_END_OTHERS ? UINT32_MAX : 1;
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
	err = sek_factor_fido2.ask(&c);
	/* Whatever comes of it. */
	ck_assert_ptr_nonnull(c.fido2);
	return (err);
}

static struct sek_verdict
judged(void)
{
	struct sek_verdict v;

	memset(&v, 0, sizeof(v));
	v.reason = SEK_REASON_WRONG;
	ck_assert_int_eq(sek_factor_fido2.verify(&v, &c, "slot"), SEK_OK);
	return (v);
}

static bool
was_told(const char *part)
{

	return (strstr(transcript, part) != NULL);
}

/* It was a wrong answer, for this reason, and none of his keys pays. */
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
}

/* ------------------------------------------------------------- a touch -- */

START_TEST(touch_proves_possession_by_a_signature)
{
	struct sek_verdict v;

	(void)plays_next(SEK_FIDO2_END_OK);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript, "info: Please touch your security key.\n");
	ck_assert_uint_eq(nseen, 1);
	ck_assert(!seen[0].has_pin && !seen[0].presence_only);
	ck_assert_int_eq(seen[0].uv, SEK_FIDO2_UV_DISCOURAGED);
	ck_assert(!seen[0].open);
	ck_assert_int_eq(seen[0].wait, WAIT * SEK_SECOND);
	v = judged();
	ck_assert_int_eq(v.answer, SEK_ANSWER_RIGHT);
	ck_assert_int_eq(v.reason, SEK_REASON_NONE);
	ck_assert_uint_eq(v.kinds, SEK_KIND_POSSESSION);
	ck_assert_uint_eq(v.method, SEK_METHOD_FIDO2);
	ck_assert_uint_eq(v.evidence_flags, SEK_EVIDENCE_CRYPTOGRAPHIC);
	ck_assert_str_eq(v.authenticator, "key1");
	ck_assert(v.settled);
	/* By the key that signed, for what it was given to sign. */
	ck_assert_uint_eq(verified_public, 11);
	ck_assert_mem_eq(verified_hash, seen[0].hash, SEK_FIDO2_HASH_LEN);
	ck_assert_str_eq(used.authenticator, "key1");
	ck_assert_str_eq(used.slot, "slot");
	ck_assert_uint_eq(used.counter, 200);
	ck_assert_uint_eq(used.before, 101);
	ck_assert_uint_eq(used.public_len, 64);
	ck_assert_uint_eq(used.public_key[0], 11);
	ck_assert_str_eq(logged, "");
}
END_TEST

START_TEST(policy_and_plan_say_what_the_key_verifies)
{
	(void)plays_next(SEK_FIDO2_END_OK);
	settings->fido2.uv = SEK_FIDO2_UV_PREFERRED;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_int_eq(seen[0].uv, SEK_FIDO2_UV_PREFERRED);
	plan.verify = 1;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_int_eq(seen[0].uv, SEK_FIDO2_UV_REQUIRED);
	plan.verify = 0;
	settings->fido2.uv = SEK_FIDO2_UV_REQUIRED;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_int_eq(seen[0].uv, SEK_FIDO2_UV_REQUIRED);
}
END_TEST

static const struct {
	enum sek_fido2_verifies	verified;
	bool			counts;
	uint32_t		kinds, flags;
} worth[] = {
	{ SEK_FIDO2_VERIFIES_NOT, true, SEK_KIND_POSSESSION,
	    SEK_EVIDENCE_CRYPTOGRAPHIC },
	{ SEK_FIDO2_VERIFIES_PIN, false, SEK_KIND_POSSESSION,
	    SEK_EVIDENCE_CRYPTOGRAPHIC },
	{ SEK_FIDO2_VERIFIES_SENSOR, false, SEK_KIND_POSSESSION,
	    SEK_EVIDENCE_CRYPTOGRAPHIC },
	{ SEK_FIDO2_VERIFIES_PIN, true,
	    SEK_KIND_POSSESSION | SEK_KIND_KNOWLEDGE,
	    SEK_EVIDENCE_CRYPTOGRAPHIC | SEK_EVIDENCE_USER_VERIFIED },
	{ SEK_FIDO2_VERIFIES_SENSOR, true,
	    SEK_KIND_POSSESSION | SEK_KIND_INHERENCE,
	    SEK_EVIDENCE_CRYPTOGRAPHIC | SEK_EVIDENCE_USER_VERIFIED },
};

START_TEST(what_it_verified_counts_where_policy_says_so)
{
	struct sek_verdict v;

	(void)plays_next(SEK_FIDO2_END_OK);
	settings->factors.fido2_uv_counts = worth[_i].counts;
	proof.verified = worth[_i].verified;
	ck_assert_int_eq(talk(), SEK_OK);
	v = judged();
	ck_assert_int_eq(v.answer, SEK_ANSWER_RIGHT);
	ck_assert_uint_eq(v.kinds, worth[_i].kinds);
	ck_assert_uint_eq(v.evidence_flags, worth[_i].flags);
}
END_TEST

START_TEST(key_that_did_not_verify_him_where_it_had_to_is_refused)
{
	(void)plays_next(SEK_FIDO2_END_OK);
	settings->fido2.uv = SEK_FIDO2_UV_REQUIRED;
	ck_assert_int_eq(talk(), SEK_OK);
	check_wrong(SEK_REASON_WRONG, "key1");
	settings->fido2.uv = SEK_FIDO2_UV_DISCOURAGED;
	plan.verify = 1;
	ck_assert_int_eq(talk(), SEK_OK);
	check_wrong(SEK_REASON_WRONG, "key1");
	/* By his own wish at enrolment. */
	plan.verify = 0;
	ck_assert_int_eq(talk(), SEK_OK);
	c.fido2->keys.key[1].brief.uv = SEK_FIDO2_UV_REQUIRED;
	check_wrong(SEK_REASON_WRONG, "key1");
	ck_assert_ptr_nonnull(strstr(logged, "key1"));
}
END_TEST

START_TEST(signature_that_does_not_hold_is_wrong_and_the_key_pays)
{
	(void)plays_next(SEK_FIDO2_END_OK);
	ck_assert_int_eq(talk(), SEK_OK);
	verify_err = SEK_ERR_REFUSED;
	check_wrong(SEK_REASON_WRONG, "key1");
	ck_assert_ptr_nonnull(strstr(logged, "played: no"));
}
END_TEST

START_TEST(signature_of_another_time_name_or_place_is_none_for_this)
{
	uint8_t first[SEK_FIDO2_HASH_LEN], hash[SEK_FIDO2_HASH_LEN];

	(void)plays_next(SEK_FIDO2_END_OK);
	ck_assert_int_eq(talk(), SEK_OK);
	memcpy(first, seen[0].hash, sizeof(first));
	ck_assert_int_eq(sek_fido2_talk_hash(hash, c.fido2, &c), SEK_OK);
	ck_assert_mem_eq(hash, first, sizeof(hash));
	who.uid++;
	ck_assert_int_eq(sek_fido2_talk_hash(hash, c.fido2, &c), SEK_OK);
	ck_assert_mem_ne(hash, first, sizeof(hash));
	who.uid--;
	/* Lengths count: no two fields run into one another. */
	(void)sek_text_copy(who.name, sizeof(who.name), "nalice");
	(void)sek_text_copy(who.service, sizeof(who.service), "logi");
	ck_assert_int_eq(sek_fido2_talk_hash(hash, c.fido2, &c), SEK_OK);
	ck_assert_mem_ne(hash, first, sizeof(hash));
	who = whose;
	(void)sek_text_copy(settings->terminal.id,
	    sizeof(settings->terminal.id), "t2");
	ck_assert_int_eq(sek_fido2_talk_hash(hash, c.fido2, &c), SEK_OK);
	ck_assert_mem_ne(hash, first, sizeof(hash));
	(void)sek_text_copy(settings->terminal.id,
	    sizeof(settings->terminal.id), "t1");
	c.fido2->at.wall++;
	ck_assert_int_eq(sek_fido2_talk_hash(hash, c.fido2, &c), SEK_OK);
	ck_assert_mem_ne(hash, first, sizeof(hash));
	/* And none is asked for twice. */
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_mem_ne(seen[0].hash, first, sizeof(first));
}
END_TEST

START_TEST(signature_grows_old)
{
	(void)plays_next(SEK_FIDO2_END_OK);
	ck_assert_int_eq(talk(), SEK_OK);
	pass(SEK_EVIDENCE_AGE + SEK_SECOND);
	check_wrong(SEK_REASON_WRONG, "key1");
	ck_assert_int_eq(talk(), SEK_OK);
	now.boot_id[0] ^= 1;
	check_wrong(SEK_REASON_WRONG, "key1");
}
END_TEST

START_TEST(counter_that_went_back_is_told_to_the_log)
{
	struct sek_verdict v;

	(void)plays_next(SEK_FIDO2_END_OK);
	ck_assert_int_eq(talk(), SEK_OK);
	use_out.right = 0;
	use_out.reason = SEK_REASON_COUNTER_BACK;
	use_out.lock.failures = 3;
	v = judged();
	ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
	ck_assert_int_eq(v.reason, SEK_REASON_COUNTER_BACK);
	ck_assert(v.settled);
	ck_assert_uint_eq(v.lock.failures, 3);
	ck_assert_ptr_nonnull(strstr(logged, "authenticator found key1"));
}
END_TEST

/* ------------------------------------------------------ ends before a PIN -- */

static const struct {
	enum sek_fido2_end	end;
	const char		*text;
	bool			 useless;	/* lets other lines ask */
} ends[] = {
	{ SEK_FIDO2_END_FAILED, "cannot be used now", true },
	{ SEK_FIDO2_END_NO_PIN, "has no PIN yet", true },
	{ SEK_FIDO2_END_PIN_PAUSED, "takes no PIN now", true },
	{ SEK_FIDO2_END_PIN_BLOCKED, "PIN of your security key is blocked",
	    true },
	{ SEK_FIDO2_END_UV_BLOCKED, "sensor of your security key is blocked",
	    true },
	{ SEK_FIDO2_END_NO_TOUCH, "not touched in time", false },
	{ SEK_FIDO2_END_DENIED, "turned down", false },
	{ SEK_FIDO2_END_GONE, "taken out too early", false },
	{ SEK_FIDO2_END_SILENT, "does not answer", true },
	{ SEK_FIDO2_END_GARBAGE, "cannot be used now", true },
	{ SEK_FIDO2_END_UNABLE, "cannot do what is needed", true },
	{ SEK_FIDO2_END_EXCLUDED, "cannot be used now", true },
	{ SEK_FIDO2_END_FULL, "cannot be used now", true },
	{ SEK_FIDO2_END_PIN_WRONG, "cannot be used now", false },
	{ SEK_FIDO2_END_COUNT, "cannot be used now", true },
};

START_TEST(end_is_told_logged_and_one_wrong_answer_in_any_round)
{
	char open[sizeof(transcript)];

	(void)plays_next(ends[_i].end);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_msg(was_told(ends[_i].text), "%s", transcript);
	ck_assert_str_ne(logged, "");
	ck_assert_uint_eq(nasked, 0);
	check_wrong(SEK_REASON_DEVICE, "");
	memcpy(open, transcript, sizeof(open));
	/* A round that verifies nothing says the same. */
	c.idle = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript, open);
	sek_factor_fido2.pretend(&c);
	/* Where he has another way he is sent there, if the key is no use. */
	c.elsewhere = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(!c.yields);	/* a ticket, or a witness */
	plan.instead = SEK_METHOD_BIT(SEK_METHOD_TOTP);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript, open);
	ck_assert(c.yields == ends[_i].useless);
	c.idle = false;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript, open);
	ck_assert(c.yields == ends[_i].useless);
}
END_TEST

START_TEST(trouble_of_this_machine_is_an_error_and_never_a_yes)
{
	struct sek_verdict v;

	plays_next(SEK_FIDO2_END_OK)->err = SEK_ERR_NOT_FOUND;
	c.elsewhere = true;
	ck_assert_int_eq(talk(), SEK_ERR_NOT_FOUND);
	ck_assert(!c.yields);
	ck_assert(c.fido2->worthless);
	ck_assert_ptr_nonnull(strstr(why.text, "played trouble"));
	list_err = SEK_ERR_STORE;
	ck_assert_int_eq(talk(), SEK_ERR_STORE);
	ck_assert(c.fido2->worthless);
	ck_assert_uint_eq(nseen, 0);
	list_err = SEK_OK;
	/* While it is judged: an error, and no verdict. */
	plays[0].err = SEK_OK;
	memset(&v, 0, sizeof(v));
	ck_assert_int_eq(talk(), SEK_OK);
	verify_err = SEK_ERR_NOMEM;
	ck_assert_int_eq(sek_factor_fido2.verify(&v, &c, "slot"),
	    SEK_ERR_NOMEM);
	ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
	verify_err = SEK_OK;
	use_err = SEK_ERR_STORE_BUSY;
	ck_assert_int_eq(sek_factor_fido2.verify(&v, &c, "slot"),
	    SEK_ERR_STORE_BUSY);
	ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
	sek_factor_fido2.done(&c);
	ck_assert_int_ne(sek_factor_fido2.verify(&v, &c, "slot"), SEK_OK);
	ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
	/* Nothing to be judged, nothing pretended. */
	sek_factor_fido2.pretend(&c);
	ck_assert_uint_eq(v.kinds, 0);
}
END_TEST

START_TEST(more_keys_than_there_are_is_no_list)
{
	listed = SEK_AUTHENTICATORS_MAX + 1;
	ck_assert_int_eq(talk(), SEK_ERR_INTERNAL);
	ck_assert_uint_eq(nseen, 0);
}
END_TEST

START_TEST(credential_that_is_not_among_his_is_garbage)
{
	plays_next(SEK_FIDO2_END_OK)->credential = 2;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("cannot be used now"));
	check_wrong(SEK_REASON_DEVICE, "");
	ck_assert_uint_eq(nverify, 0);
}
END_TEST

/* ------------------------------------------------------------- the PIN -- */

static void
pin_plays(enum sek_fido2_end after)
{

	(void)plays_next(SEK_FIDO2_END_WANTS_PIN);
	(void)plays_next(after);
	(void)plays_next(SEK_FIDO2_END_OK);
}

START_TEST(right_pin_is_sent_once_and_proves_him)
{
	pin_plays(SEK_FIDO2_END_OK);
	he_answers(PIN);
	settings->factors.fido2_uv_counts = true;
	plan.verify = 1;
	proof.verified = SEK_FIDO2_VERIFIES_PIN;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript,
	    "info: Tries left for the PIN of your security key: 8\n"
	    "ask: Security key PIN: \n"
	    "info: Please touch your security key.\n");
	ck_assert_uint_eq(nseen, 2);
	ck_assert(!seen[0].has_pin);
	ck_assert_str_eq(seen[1].pin, PIN);
	ck_assert_str_eq(seen[1].path, "/dev/key");
	ck_assert(!seen[1].presence_only);
	/* He took his time to type: the key has all of its own. */
	ck_assert_int_eq(seen[1].wait, WAIT * SEK_SECOND);
	ck_assert_int_eq(judged().answer, SEK_ANSWER_RIGHT);
	ck_assert_mem_eq(verified_hash, seen[1].hash, SEK_FIDO2_HASH_LEN);
}
END_TEST

START_TEST(wrong_pin_and_one_that_was_not_sent_look_alike)
{
	static const enum sek_fido2_end wrong[] = { SEK_FIDO2_END_PIN_WRONG,
	    SEK_FIDO2_END_PIN_PAUSED, SEK_FIDO2_END_PIN_BLOCKED,
	    SEK_FIDO2_END_WANTS_PIN, SEK_FIDO2_END_UNABLE,
	    SEK_FIDO2_END_GARBAGE };
	char open[sizeof(transcript)];
	size_t i;

	he_answers(PIN);
	plan.verify = 1;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		nplays = 0;
		pin_plays(wrong[i]);
		c.idle = false;
		ck_assert_int_eq(talk(), SEK_OK);
		ck_assert_uint_eq(nseen, 3);
		ck_assert_str_eq(seen[1].pin, PIN);
		ck_assert(seen[2].presence_only && !seen[2].has_pin);
		memcpy(open, transcript, sizeof(open));
		/* A signature was made, and is worth nothing. */
		check_wrong(SEK_REASON_WRONG, i < 3 ? "key1" : "");
		ck_assert_uint_eq(nverify, 1);
		/* In a failed round the key never sees it. */
		nplays = 0;
		(void)plays_next(SEK_FIDO2_END_WANTS_PIN);
		(void)plays_next(SEK_FIDO2_END_OK);
		c.idle = true;
		ck_assert_int_eq(talk(), SEK_OK);
		ck_assert_uint_eq(nseen, 2);
		ck_assert(!seen[0].has_pin && !seen[1].has_pin);
		ck_assert(seen[1].presence_only);
		ck_assert_str_eq(transcript, open);
		sek_factor_fido2.pretend(&c);
		ck_assert_uint_eq(nverify, 1);
		/* Barred: under a slot, and the same. */
		check_wrong(SEK_REASON_WRONG, "");
	}
}
END_TEST

START_TEST(what_comes_behind_a_pin_is_told_alike)
{
	static const enum sek_fido2_end after[] = { SEK_FIDO2_END_NO_TOUCH,
	    SEK_FIDO2_END_GONE, SEK_FIDO2_END_NO_KEY, SEK_FIDO2_END_OTHERS,
	    SEK_FIDO2_END_SILENT, SEK_FIDO2_END_DENIED,
	    SEK_FIDO2_END_FAILED };
	char right[sizeof(transcript)];
	size_t i;

	he_answers(PIN);
	c.elsewhere = true;
	for (i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
		nplays = 0;
		(void)plays_next(SEK_FIDO2_END_WANTS_PIN);
		plays_next(after[i])->touch = true;
		c.idle = false;
		ck_assert_int_eq(talk(), SEK_OK);
		ck_assert_uint_eq(nseen, 2);
		check_wrong(SEK_REASON_DEVICE, "");
		memcpy(right, transcript, sizeof(right));
		/* Not sent. */
		c.idle = true;
		ck_assert_int_eq(talk(), SEK_OK);
		ck_assert_str_eq(transcript, right);
		ck_assert(!c.yields);
		/* Wrong. */
		c.idle = false;
		nplays = 0;
		(void)plays_next(SEK_FIDO2_END_WANTS_PIN);
		(void)plays_next(SEK_FIDO2_END_PIN_WRONG);
		(void)plays_next(after[i]);
		ck_assert_int_eq(talk(), SEK_OK);
		ck_assert_str_eq(transcript, right);
		check_wrong(SEK_REASON_WRONG, "key1");
	}
}
END_TEST

/* One that always wants its PIN takes no touch alone: nothing is told. */
START_TEST(key_that_wants_its_pin_for_a_touch_ends_it_quietly)
{
	char open[sizeof(transcript)];

	he_answers(PIN);
	(void)plays_next(SEK_FIDO2_END_WANTS_PIN);
	(void)plays_next(SEK_FIDO2_END_PIN_WRONG);
	(void)plays_next(SEK_FIDO2_END_WANTS_PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	memcpy(open, transcript, sizeof(open));
	check_wrong(SEK_REASON_WRONG, "key1");
	c.idle = true;
	nplays = 0;
	(void)plays_next(SEK_FIDO2_END_WANTS_PIN);
	plays_next(SEK_FIDO2_END_WANTS_PIN)->touch = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nseen, 2);
	ck_assert_str_eq(transcript, open);
}
END_TEST

static const char *const no_pins[] = { "", "1", "123", "日本語", "the-login",
	"1234567890123456789012345678901234567890123456789012345678901234" };

/* CVE-2021-31924: nothing, or nonsense, typed where a PIN is due. */
START_TEST(what_can_be_no_pin_is_never_sent_and_opens_nothing)
{
	char open[sizeof(transcript)];

	pin_plays(SEK_FIDO2_END_OK);
	password = "the-login";
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

START_TEST(pin_of_four_signs_or_63_bytes_is_one)
{
	static const char *const pins[] = { "1234", "日本語で",
	    "123456789012345678901234567890123456789012345678901234567890123" };
	size_t i;

	pin_plays(SEK_FIDO2_END_OK);
	for (i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		nanswers = 0;
		he_answers(pins[i]);
		ck_assert_int_eq(talk(), SEK_OK);
		ck_assert_str_eq(seen[1].pin, pins[i]);
	}
}
END_TEST

static const uint32_t last[] = { 1, SEK_FIDO2_TRIES_UNKNOWN };

START_TEST(last_try_is_used_after_a_yes_only)
{
	static const char *const yes[] = { "yes", "YES", "ｙｅｓ" };
	static const char *const no[] = { "", "no", PIN, "yes yes", "y" };
	size_t i;

	pin_plays(SEK_FIDO2_END_OK);
	plays[0].tries = last[_i];
	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		nanswers = 0;
		he_answers(yes[i]);
		he_answers(PIN);
		ck_assert_int_eq(talk(), SEK_OK);
		ck_assert(was_told("last try") || was_told("One try is left"));
		ck_assert_uint_eq(nasked, 2);
		ck_assert_str_eq(seen[1].pin, PIN);
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
	pin_plays(SEK_FIDO2_END_OK);
	plays[0].tries = 0;
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nasked, 0);
	ck_assert(was_told("PIN of your security key is blocked"));
	check_wrong(SEK_REASON_DEVICE, "");
}
END_TEST

START_TEST(key_that_may_be_paused_is_told_of_in_any_round)
{
	char open[sizeof(transcript)];

	pin_plays(SEK_FIDO2_END_PIN_PAUSED);
	he_answers(PIN);
	plays[0].tries = 6;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(!was_told("takes no PIN now"));
	plays[0].tries = 5;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("takes no PIN now"));
	memcpy(open, transcript, sizeof(open));
	c.idle = true;
	nplays = 0;
	plays_next(SEK_FIDO2_END_WANTS_PIN)->tries = 5;
	(void)plays_next(SEK_FIDO2_END_OK);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript, open);
}
END_TEST

/* Or a copy of the key could wait here, and go by as one of two at once. */
START_TEST(what_it_signed_while_he_was_asked_counts)
{
	pin_plays(SEK_FIDO2_END_OK);
	he_answers(PIN);
	plan.verify = 1;
	proof.verified = SEK_FIDO2_VERIFIES_PIN;
	signed_meanwhile = 7;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(!seen[1].open);
	ck_assert_int_eq(judged().answer, SEK_ANSWER_RIGHT);
	ck_assert_uint_eq(used.before, 108);
}
END_TEST

START_TEST(prompt_of_the_line_is_the_pins)
{
	options.prompt = "PIN of the town's key: ";
	pin_plays(SEK_FIDO2_END_OK);
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("ask: PIN of the town's key: \n"));
}
END_TEST

START_TEST(giving_up_at_any_question_is_no_answer)
{
	pin_plays(SEK_FIDO2_END_OK);
	he_answers(NULL);
	ck_assert_int_eq(talk(), SEK_ERR_CONV);
	ck_assert(c.fido2->worthless);
	ck_assert_uint_eq(nseen, 1);
	plays[0].tries = 1;
	ck_assert_int_eq(talk(), SEK_ERR_CONV);
	nplays = 0;
	(void)plays_next(SEK_FIDO2_END_NO_KEY);
	c.elsewhere = true;
	ck_assert_int_eq(talk(), SEK_ERR_CONV);
	ck_assert(!c.yields);
}
END_TEST

/* ---------------------------------------------------------- the sensor -- */

START_TEST(sensor_is_tried_again_then_the_pin_is_asked)
{
	char open[sizeof(transcript)];
	unsigned i;

	for (i = 0; i < 3; i++) {
		plays_next(SEK_FIDO2_END_UV_FAILED)->uv_tries = 4 - i;
		plays[i].pin_set = true;
	}
	pin_plays(SEK_FIDO2_END_OK);
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nseen, 5);
	ck_assert(!seen[2].no_sensor && seen[3].no_sensor);
	ck_assert_str_eq(seen[4].pin, PIN);
	ck_assert(seen[4].no_sensor);
	ck_assert_int_eq(judged().answer, SEK_ANSWER_RIGHT);
	/* No word of it tells whether the round is open. */
	memcpy(open, transcript, sizeof(open));
	c.idle = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript, open);
	ck_assert(!seen[4].has_pin && seen[4].presence_only);
}
END_TEST

START_TEST(sensors_last_try_stays_where_a_pin_can_be_had)
{
	plays_next(SEK_FIDO2_END_UV_FAILED)->uv_tries = 1;
	plays[0].pin_set = true;
	pin_plays(SEK_FIDO2_END_OK);
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nseen, 3);
	ck_assert(seen[1].no_sensor);
	/* Without one it is tried. */
	nplays = 0;
	plays_next(SEK_FIDO2_END_UV_FAILED)->uv_tries = 1;
	plays_next(SEK_FIDO2_END_UV_BLOCKED)->uv_tries = 0;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nseen, 2);
	ck_assert(was_told("did not recognise"));
	ck_assert(was_told("sensor of your security key is blocked"));
	check_wrong(SEK_REASON_DEVICE, "");
}
END_TEST

START_TEST(blocked_sensor_leads_to_the_pin)
{
	plays_next(SEK_FIDO2_END_UV_BLOCKED)->pin_set = true;
	pin_plays(SEK_FIDO2_END_OK);
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nseen, 3);
	ck_assert_int_eq(judged().answer, SEK_ANSWER_RIGHT);
	/* A key that goes on about its sensor is no use. */
	nplays = 0;
	plays_next(SEK_FIDO2_END_UV_BLOCKED)->pin_set = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nseen, 2);
	check_wrong(SEK_REASON_DEVICE, "");
}
END_TEST

/* ------------------------------------------------------ no key, others' -- */

static const enum sek_fido2_end nothing[] = { SEK_FIDO2_END_NO_KEY,
	SEK_FIDO2_END_OTHERS };

START_TEST(key_is_asked_for_and_found_when_it_comes)
{
	(void)plays_next(nothing[_i]);
	(void)plays_next(nothing[_i]);
	(void)plays_next(SEK_FIDO2_END_OK);
	he_answers("");
	c.elsewhere = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("ask: Insert your security key and press Enter, or "
	    "just press Enter for another way: \n"));
	ck_assert_uint_eq(nseen, 3);
	ck_assert_int_eq(seen[1].wait, WAIT * SEK_SECOND);
	ck_assert_int_eq(judged().answer, SEK_ANSWER_RIGHT);
	ck_assert(!c.yields);
}
END_TEST

START_TEST(key_that_does_not_come_gives_way)
{
	char open[sizeof(transcript)];
	struct sek_moment begin;

	(void)plays_next(nothing[_i]);
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
	ck_assert(was_told("ask: Insert your security key and press Enter: "
	    "\n"));
	check_wrong(SEK_REASON_DEVICE, "");
	ck_assert_ptr_nonnull(strstr(logged, "end"));
}
END_TEST

START_TEST(what_was_typed_goes_with_him)
{
	(void)plays_next(nothing[_i]);
	he_answers("123456");
	c.elsewhere = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(c.yields);
	ck_assert_str_eq(sek_secret_text(&c.answer), "123456");
	/* It never goes to a key. */
	(void)plays_next(SEK_FIDO2_END_WANTS_PIN);
	(void)plays_next(SEK_FIDO2_END_OK);
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(!c.yields);
	ck_assert_str_eq(seen[2].pin, PIN);
}
END_TEST

START_TEST(key_taken_out_once_more_is_asked_for_no_more)
{
	(void)plays_next(SEK_FIDO2_END_NO_KEY);
	(void)plays_next(SEK_FIDO2_END_BUSY);
	(void)plays_next(SEK_FIDO2_END_NO_KEY);
	he_answers("");
	c.elsewhere = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nasked, 1);
	ck_assert(c.yields);
}
END_TEST

START_TEST(anothers_key_that_came_is_told)
{
	(void)plays_next(SEK_FIDO2_END_NO_KEY);
	(void)plays_next(SEK_FIDO2_END_OTHERS);
	he_answers("");
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("not one of yours"));
	check_wrong(SEK_REASON_DEVICE, "");
}
END_TEST

START_TEST(who_has_none_enrolled_meets_the_same)
{
	char open[sizeof(transcript)];

	(void)plays_next(nothing[_i]);
	he_answers("");
	ck_assert_int_eq(talk(), SEK_OK);
	memcpy(open, transcript, sizeof(open));
	listed = 0;
	present = nothing[_i] == SEK_FIDO2_END_OTHERS;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_uint_eq(nseen, 0);
	ck_assert_str_eq(transcript, open);
	check_wrong(SEK_REASON_DEVICE, "");
}
END_TEST

/* ----------------------------------------------------------- in use -- */

START_TEST(key_in_use_is_waited_for_and_told_once)
{
	(void)plays_next(SEK_FIDO2_END_BUSY);
	(void)plays_next(SEK_FIDO2_END_BUSY);
	(void)plays_next(SEK_FIDO2_END_BUSY);
	(void)plays_next(SEK_FIDO2_END_OK);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript, "info: Your security key is in use by "
	    "another program. Please wait.\n"
	    "info: Please touch your security key.\n");
	ck_assert_int_eq(judged().answer, SEK_ANSWER_RIGHT);
	ck_assert_int_lt(seen[3].wait, WAIT * SEK_SECOND);
}
END_TEST

START_TEST(key_that_stays_in_use_is_given_up)
{
	struct sek_moment begin = now;

	plays_next(SEK_FIDO2_END_BUSY)->takes = SEK_SECOND;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(was_told("still in use"));
	ck_assert_int_le(sek_clock_age(&begin, &now), WAIT * SEK_SECOND);
	check_wrong(SEK_REASON_DEVICE, "");
}
END_TEST

/* It was in use while he typed: the key has not seen the PIN yet. */
START_TEST(key_in_use_behind_a_pin_gets_it_when_it_is_free)
{
	(void)plays_next(SEK_FIDO2_END_WANTS_PIN);
	(void)plays_next(SEK_FIDO2_END_BUSY);
	(void)plays_next(SEK_FIDO2_END_OK);
	he_answers(PIN);
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(seen[2].pin, PIN);
	ck_assert_int_eq(judged().answer, SEK_ANSWER_RIGHT);
	c.idle = true;
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert(!seen[1].has_pin && !seen[2].has_pin);
}
END_TEST

START_TEST(no_run_is_longer_than_what_is_left)
{
	unsigned i;

	plays_next(SEK_FIDO2_END_UV_FAILED)->uv_tries = 9;
	plays[0].takes = 14 * SEK_SECOND;
	ck_assert_int_eq(talk(), SEK_OK);
	for (i = 0; i < nseen; i++) {
		ck_assert_int_gt(seen[i].wait, 0);
		ck_assert_int_le(seen[i].wait, WAIT * SEK_SECOND -
		    (int64_t)i * 14 * SEK_SECOND);
	}
	check_wrong(SEK_REASON_DEVICE, "");
}
END_TEST

/* ------------------------------------------------------------ lockers -- */

START_TEST(locker_that_wants_silence_hears_of_the_touch)
{
	(void)plays_next(SEK_FIDO2_END_OK);
	who.caller = 1000;
	(void)sek_text_copy(who.service, sizeof(who.service),
	    "sekisho-locker");
	ck_assert_int_eq(talk(), SEK_OK);
	ck_assert_str_eq(transcript,
	    "error: Please touch your security key.\n");
}
END_TEST

#define N(a)	((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	TCase *tc = tcase_create("fido2");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, touch_proves_possession_by_a_signature);
	tcase_add_test(tc, policy_and_plan_say_what_the_key_verifies);
	tcase_add_loop_test(tc, what_it_verified_counts_where_policy_says_so,
	    0, N(worth));
	tcase_add_test(tc,
	    key_that_did_not_verify_him_where_it_had_to_is_refused);
	tcase_add_test(tc,
	    signature_that_does_not_hold_is_wrong_and_the_key_pays);
	tcase_add_test(tc,
	    signature_of_another_time_name_or_place_is_none_for_this);
	tcase_add_test(tc, signature_grows_old);
	tcase_add_test(tc, counter_that_went_back_is_told_to_the_log);
	tcase_add_loop_test(tc,
	    end_is_told_logged_and_one_wrong_answer_in_any_round, 0,
	    N(ends));
	tcase_add_test(tc,
	    trouble_of_this_machine_is_an_error_and_never_a_yes);
	tcase_add_test(tc, more_keys_than_there_are_is_no_list);
	tcase_add_test(tc, credential_that_is_not_among_his_is_garbage);
	tcase_add_test(tc, right_pin_is_sent_once_and_proves_him);
	tcase_add_test(tc, wrong_pin_and_one_that_was_not_sent_look_alike);
	tcase_add_test(tc, what_comes_behind_a_pin_is_told_alike);
	tcase_add_test(tc,
	    key_that_wants_its_pin_for_a_touch_ends_it_quietly);
	tcase_add_loop_test(tc,
	    what_can_be_no_pin_is_never_sent_and_opens_nothing, 0,
	    N(no_pins));
	tcase_add_test(tc, pin_of_four_signs_or_63_bytes_is_one);
	tcase_add_loop_test(tc, last_try_is_used_after_a_yes_only, 0,
	    N(last));
	tcase_add_test(tc, no_try_left_asks_for_no_pin);
	tcase_add_test(tc, key_that_may_be_paused_is_told_of_in_any_round);
	tcase_add_test(tc, what_it_signed_while_he_was_asked_counts);
	tcase_add_test(tc, prompt_of_the_line_is_the_pins);
	tcase_add_test(tc, giving_up_at_any_question_is_no_answer);
	tcase_add_test(tc, sensor_is_tried_again_then_the_pin_is_asked);
	tcase_add_test(tc, sensors_last_try_stays_where_a_pin_can_be_had);
	tcase_add_test(tc, blocked_sensor_leads_to_the_pin);
	tcase_add_loop_test(tc, key_is_asked_for_and_found_when_it_comes, 0,
	    N(nothing));
	tcase_add_loop_test(tc, key_that_does_not_come_gives_way, 0,
	    N(nothing));
	tcase_add_loop_test(tc, what_was_typed_goes_with_him, 0, N(nothing));
	tcase_add_test(tc, key_taken_out_once_more_is_asked_for_no_more);
	tcase_add_test(tc, anothers_key_that_came_is_told);
	tcase_add_loop_test(tc, who_has_none_enrolled_meets_the_same, 0,
	    N(nothing));
	tcase_add_test(tc, key_in_use_is_waited_for_and_told_once);
	tcase_add_test(tc, key_that_stays_in_use_is_given_up);
	tcase_add_test(tc, key_in_use_behind_a_pin_gets_it_when_it_is_free);
	tcase_add_test(tc, no_run_is_longer_than_what_is_left);
	tcase_add_test(tc, locker_that_wants_silence_hears_of_the_touch);
	return (unit_run_case("factor/fido2", tc));
}
