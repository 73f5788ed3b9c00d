/*
 * test_factor_biometric.c - what is asked, told and counted for each end a
 * reader or a vendor's module may come to, and what it is worth
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * No reader, no store, no PAM handle, no terminal, no clock: each is played by
 * a wrapped call. What an outsider sees is one transcript.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "unit.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/tty.h"
#include "sekisho/factor/biometric.h"

#define WAIT	30
#define FINGER	SEK_METHOD_BIT(SEK_METHOD_FINGERPRINT)
#define VENDOR	SEK_METHOD_BIT(SEK_METHOD_VENDOR_BIOMETRIC)
#define CODE	SEK_METHOD_BIT(SEK_METHOD_TOTP)
#define N(a)	((int)(sizeof(a) / sizeof((a)[0])))

/* ------------------------------------------------------------ the stage -- */

static const struct sek_factor *factor;
static uint32_t end_;		/* of the run; of the first, where */
static uint32_t after;		/* another follows */
static uint32_t matched;	/* SEK_FINGER_BITs */
static uint32_t seconds;	/* of a pause that is told; 0 */
static bool tells, misses;
static enum sek_err run_err, list_err, use_err, try_err;
static unsigned nruns, nlist, ntry, nidle, nuse, napart;
static struct sek_biometric_list_out listed;
static struct sek_biometric_try tried[8];
static struct sek_biometric_try_out try_out;
static struct sek_biometric_use used;
static struct sek_biometric_use_out use_out;
static struct sek_fingerprint_request asked;
static struct sek_biometric asked_finger[SEK_TRAITS_MAX];
static struct sek_vendor_request asked_vendor;
static enum sek_err may_said, missed_said;
static int64_t may_pause;
static bool store_open;
static int tty;			/* -1 none */
static bool entered;
static const char *answers[8];	/* NULL: he gives up */
static unsigned nanswers, nasked;
static char transcript[8192], logged[4096];
static struct sek_moment now;

static struct sek_settings *settings;
static struct sek_challenge c;
static struct sek_claimant who, whose;
static struct sek_limits limits;
static struct sek_plan plan;
static struct sek_pam_options options;
static struct sek_why why;

enum sek_err __wrap_sek_clock_now(struct sek_moment *);
int __wrap_nanosleep(const struct timespec *, struct timespec *);
enum sek_err __wrap_sek_pam_ask(pam_handle_t *, const char *,
    struct sek_secret *);
void __wrap_sek_pam_tell(pam_handle_t *, int, const char *);
void __wrap_sek_pam_log(pam_handle_t *, int, const char *, ...)
    __attribute__((format(printf, 3, 4)));
enum sek_err __wrap_sek_fingerprint_verify(struct sek_fingerprint_match *,
    const struct sek_fingerprint_request *, struct sek_why *);
const char *__wrap_sek_fingerprint_end_name(enum sek_fingerprint_end);
enum sek_err __wrap_sek_pam_vendor_run(struct sek_vendor_result *,
    pam_handle_t *, const struct sek_vendor_request *, struct sek_why *);
const char *__wrap_sek_vendor_end_name(enum sek_vendor_end);
enum sek_err __wrap_sek_store_biometric_list(struct sek_store *,
    const struct sek_biometric_list *, struct sek_biometric_list_out *);
enum sek_err __wrap_sek_store_biometric_try(struct sek_store *,
    const struct sek_biometric_try *, struct sek_biometric_try_out *);
enum sek_err __wrap_sek_store_biometric_use(struct sek_store *,
    const struct sek_biometric_use *, struct sek_biometric_use_out *);
enum sek_err __wrap_sek_store_idle(struct sek_store *);
void __wrap_sek_store_close(struct sek_store *);
void __wrap_sek_store_apart(struct sek_store *);
int __wrap_sek_tty_open(void);
bool __wrap_sek_tty_entered(int);
void __wrap_sek_tty_close(int *);

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
	ck_assert_str_ne(text, "");
	write_down(style == PAM_TEXT_INFO ? "info" : "error", text);
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

/* The child's part: may it, and it did not match. */
static void
count(const struct sek_scan_count *by)
{

	may_said = by->may(by->arg, &may_pause);
	if (misses)
		missed_said = by->missed(by->arg);
}

static uint32_t
next_end(void)
{

	ck_assert(!store_open);
	ck_assert_uint_lt(nruns, 1000);
	pass(SEK_SECOND / 10);
	return (nruns++ == 0 ? end_ : after);
}

enum sek_err
__wrap_sek_fingerprint_verify(struct sek_fingerprint_match *out,
    const struct sek_fingerprint_request *in, struct sek_why *w)
{
	struct sek_fingerprint_told told;

	memset(out, 0, sizeof(*out));
	memset(&told, 0, sizeof(told));
	asked = *in;
	ck_assert_uint_le(in->n, SEK_TRAITS_MAX);
	memcpy(asked_finger, in->finger, in->n * sizeof(*in->finger));
	ck_assert_int_eq(in->talk->watch(in->talk->arg), tty);
	out->end = next_end();
	if (seconds > 0) {
		told.cue = SEK_FINGERPRINT_CUE_PAUSE;
		told.seconds = seconds;
		in->talk->tell(in->talk->arg, &told);
	}
	if (tells) {
		told.cue = SEK_FINGERPRINT_CUE_PLACE;
		told.finger = SEK_FINGER_RIGHT_INDEX;
		in->talk->tell(in->talk->arg, &told);
		told.cue = SEK_FINGERPRINT_CUE_RETRY;
		in->talk->tell(in->talk->arg, &told);
	}
	count(in->count);
	out->fingers = matched;
	(void)sek_text_copy(out->reader, sizeof(out->reader), "town reader");
	return (run_err == SEK_OK ? SEK_OK : sek_why(w, run_err, "trouble"));
}

const char *
__wrap_sek_fingerprint_end_name(enum sek_fingerprint_end e)
{
	static char name[16];

	(void)snprintf(name, sizeof(name), "end%u", (unsigned)e);
	return (name);
}

enum sek_err
__wrap_sek_pam_vendor_run(struct sek_vendor_result *out, pam_handle_t *pamh,
    const struct sek_vendor_request *in, struct sek_why *w)
{

	(void)pamh;
	memset(out, 0, sizeof(*out));
	asked_vendor = *in;
	ck_assert_int_eq(in->talk->watch(in->talk->arg), tty);
	out->end = next_end();
	if (seconds > 0)
		in->talk->paused(in->talk->arg, seconds);
	count(in->count);
	(void)sek_text_copy(out->name, sizeof(out->name), "pam_face.so");
	memset(out->hash, 0xab, sizeof(out->hash));
	return (run_err == SEK_OK ? SEK_OK : sek_why(w, run_err, "trouble"));
}

const char *
__wrap_sek_vendor_end_name(enum sek_vendor_end e)
{

	return (__wrap_sek_fingerprint_end_name((enum sek_fingerprint_end)e));
}

enum sek_err
__wrap_sek_store_biometric_list(struct sek_store *st,
    const struct sek_biometric_list *in, struct sek_biometric_list_out *out)
{

	(void)st;
	nlist++;
	store_open = true;
	ck_assert_str_eq(in->who.name, whose.name);
	ck_assert_uint_eq(SEK_METHOD_BIT(in->method), factor->methods);
	*out = listed;
	return (list_err);
}

enum sek_err
__wrap_sek_store_biometric_try(struct sek_store *st,
    const struct sek_biometric_try *in, struct sek_biometric_try_out *out)
{

	(void)st;
	ck_assert_uint_gt(napart, 0);
	if (ntry < (unsigned)N(tried))
		tried[ntry] = *in;
	ntry++;
	*out = try_out;
	return (try_err);
}

enum sek_err
__wrap_sek_store_biometric_use(struct sek_store *st,
    const struct sek_biometric_use *in, struct sek_biometric_use_out *out)
{

	(void)st;
	nuse++;
	used = *in;
	*out = use_out;
	return (use_err);
}

enum sek_err
__wrap_sek_store_idle(struct sek_store *st)
{

	(void)st;
	ck_assert_uint_gt(napart, 0);
	nidle++;
	return (SEK_OK);
}

void
__wrap_sek_store_close(struct sek_store *st)
{

	(void)st;
	store_open = false;
}

void
__wrap_sek_store_apart(struct sek_store *st)
{

	(void)st;
	napart++;
}

int
__wrap_sek_tty_open(void)
{

	return (tty);
}

bool
__wrap_sek_tty_entered(int fd)
{

	ck_assert_int_eq(fd, tty);
	return (fd >= 0 && entered);
}

void
__wrap_sek_tty_close(int *fd)
{

	*fd = -1;
}

static void
rewind_stage(void)
{

	factor->done(&c);
	sek_secret_free(&c.answer);
	nruns = nlist = ntry = nidle = nuse = napart = nasked = 0;
	transcript[0] = logged[0] = why.text[0] = '\0';
	c.yields = false;
	may_said = missed_said = SEK_ERR_INTERNAL;
	may_pause = -1;
	memset(&used, 0, sizeof(used));
	memset(tried, 0, sizeof(tried));
}

static void
lists(uint32_t n, const char *account)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		(void)snprintf(listed.id[listed.n], SEK_ID_MAX, "trait%u",
		    listed.n);
		(void)snprintf(listed.trait[listed.n].account,
		    sizeof(listed.trait[0].account), "%s", account);
		listed.trait[listed.n].brief.finger = factor->methods ==
		    FINGER ? (uint8_t)(listed.n + 1) : 0;
		listed.n++;
	}
}

static void
stage(const struct sek_factor *f)
{

	factor = f;
	memset(&listed, 0, sizeof(listed));
	lists(factor->methods == FINGER ? 3 : 1, "alice");
	plan.methods = SEK_METHOD_BIT(SEK_METHOD_PASSWORD) | f->methods;
}

static void
setup(void)
{

	settings = calloc(1, sizeof(*settings));
	ck_assert_ptr_nonnull(settings);
	settings->factors.wait = WAIT;
	settings->biometric.tries = 3;
	settings->biometric.pause = 30;
	settings->biometric.lifetime_cap = 50;
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
	plan.possible = 1;
	memset(&options, 0, sizeof(options));
	memset(&use_out, 0, sizeof(use_out));
	use_out.right = 1;
	(void)sek_text_copy(use_out.authenticator,
	    sizeof(use_out.authenticator), "trait1");
	memset(&try_out, 0, sizeof(try_out));
	try_out.open = 1;
	end_ = after = SEK_FINGERPRINT_END_OK;
	matched = SEK_FINGER_BIT(2);
	seconds = 0;
	tells = misses = entered = store_open = false;
	run_err = list_err = use_err = try_err = SEK_OK;
	tty = -1;
	nanswers = 0;
	c.settings = settings;
	c.who = &who;
	c.whose = &whose;
	c.limits = c.caller_limits = &limits;
	c.plan = &plan;
	c.options = &options;
	c.why = &why;
	c.language = SEK_LANGUAGE_EN;
	c.answered = true;
	stage(&sek_factor_fingerprint);
	rewind_stage();
}

static void
teardown(void)
{

	rewind_stage();
	free(settings);
}

static struct sek_verdict
verdict(void)
{
	struct sek_verdict v;

	memset(&v, 0, sizeof(v));
	ck_assert_int_eq(factor->verify(&v, &c, "slot1"), SEK_OK);
	return (v);
}

static struct sek_verdict
asks(void)
{

	ck_assert_int_eq(factor->ask(&c), SEK_OK);
	ck_assert(!store_open);
	return (verdict());
}

/* --------------------------------------------------------------- worth -- */

START_TEST(match_is_inherence_of_the_trait_the_store_names)
{
	struct sek_verdict v = asks();

	ck_assert_int_eq(v.answer, SEK_ANSWER_RIGHT);
	ck_assert_uint_eq(v.kinds, SEK_KIND_INHERENCE);
	ck_assert_uint_eq(v.method, SEK_METHOD_FINGERPRINT);
	ck_assert_str_eq(v.authenticator, "trait1");
	ck_assert_str_eq(v.detail, "");
	ck_assert(v.settled);
	ck_assert_uint_eq(used.n, 1);
	ck_assert_str_eq(used.id[0], "trait1");
	ck_assert_uint_eq(used.trait[0].brief.finger, 2);
	ck_assert_str_eq(used.slot, "slot1");
	ck_assert_uint_eq(asked.n, 3);
	ck_assert_int_eq(asked.wait, WAIT * SEK_SECOND);
	ck_assert_str_eq(asked.account, "alice");
}
END_TEST

START_TEST(vendors_yes_is_inherence_with_name_and_hash)
{
	struct sek_verdict v;

	stage(&sek_factor_vendor);
	end_ = SEK_VENDOR_END_YES;
	v = asks();
	ck_assert_int_eq(v.answer, SEK_ANSWER_RIGHT);
	ck_assert_uint_eq(v.kinds, SEK_KIND_INHERENCE);
	ck_assert_uint_eq(v.method, SEK_METHOD_VENDOR_BIOMETRIC);
	ck_assert_ptr_nonnull(strstr(v.detail,
	    "backend pam_face.so sha256:abababab"));
	ck_assert_uint_eq(strlen(v.detail), strlen("backend pam_face.so "
	    "sha256:") + 64);
}
END_TEST

START_TEST(match_of_none_that_was_asked_for_is_worth_nothing)
{
	struct sek_verdict v;

	matched = _i == 0 ? 0 : SEK_FINGER_BIT(4);
	v = asks();
	ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
	ck_assert_uint_eq(nuse, 0);
}
END_TEST

START_TEST(several_it_may_have_been_are_all_looked_at)
{

	matched = SEK_FINGER_BIT(1) | SEK_FINGER_BIT(2) |
	    SEK_FINGER_BIT(3);
	(void)asks();
	ck_assert_uint_eq(used.n, 3);
	ck_assert_str_eq(used.id[2], "trait2");
}
END_TEST

START_TEST(one_that_the_store_has_disabled_meanwhile_is_wrong)
{
	struct sek_verdict v;

	use_out.right = 0;
	use_out.reason = SEK_REASON_CAPPED;
	v = asks();
	ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
	ck_assert_int_eq(v.reason, SEK_REASON_CAPPED);
	ck_assert(v.settled);
}
END_TEST

START_TEST(match_of_long_ago_is_wrong)
{
	struct sek_verdict v;

	ck_assert_int_eq(factor->ask(&c), SEK_OK);
	pass(SEK_EVIDENCE_AGE + SEK_SECOND);
	v = verdict();
	ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
	ck_assert_uint_eq(nuse, 0);
}
END_TEST

START_TEST(trouble_of_this_machine_is_an_error)
{
	struct sek_verdict v;

	run_err = SEK_ERR_NOT_FOUND;
	ck_assert_int_eq(factor->ask(&c), SEK_ERR_NOT_FOUND);
	ck_assert_str_ne(why.text, "");
	run_err = SEK_OK;
	rewind_stage();
	list_err = SEK_ERR_STORE;
	ck_assert_int_eq(factor->ask(&c), SEK_ERR_STORE);
	ck_assert_uint_eq(nruns, 0);
	list_err = SEK_OK;
	rewind_stage();
	use_err = SEK_ERR_STORE;
	memset(&v, 0, sizeof(v));
	ck_assert_int_eq(factor->ask(&c), SEK_OK);
	ck_assert_int_eq(factor->verify(&v, &c, "slot1"), SEK_ERR_STORE);
	ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
}
END_TEST

/* ---------------------------------------------------------------- ends -- */

/* yields: with another way of his own, and where tickets alone are one. */
static const struct {
	uint32_t	end;
	bool		own, ticket;
	bool		told;
	enum sek_reason	reason;
} ends[] = {
	{ SEK_FINGERPRINT_END_FAILED, true, false, true, SEK_REASON_DEVICE },
	{ SEK_FINGERPRINT_END_NO_MATCH, false, false, false,
	    SEK_REASON_WRONG },
	{ SEK_FINGERPRINT_END_NO_SERVICE, true, false, true,
	    SEK_REASON_DEVICE },
	{ SEK_FINGERPRINT_END_NOT_ENROLLED, true, false, true,
	    SEK_REASON_DEVICE },
	{ SEK_FINGERPRINT_END_CHANGED, true, false, true, SEK_REASON_DEVICE },
	{ SEK_FINGERPRINT_END_CAPPED, true, false, true, SEK_REASON_CAPPED },
	{ SEK_FINGERPRINT_END_PAUSED, true, false, true, SEK_REASON_DEVICE },
	{ SEK_FINGERPRINT_END_GONE, false, false, true, SEK_REASON_DEVICE },
	{ SEK_FINGERPRINT_END_SILENT, false, false, true, SEK_REASON_DEVICE },
	{ SEK_FINGERPRINT_END_CANCELLED, true, true, false,
	    SEK_REASON_DEVICE },
	{ SEK_FINGERPRINT_END_ERROR, true, false, true, SEK_REASON_DEVICE },
	{ SEK_FINGERPRINT_END_GARBAGE, true, false, true, SEK_REASON_DEVICE },
	{ SEK_FINGERPRINT_END_DENIED, true, false, true, SEK_REASON_DEVICE },
	{ SEK_FINGERPRINT_END_FULL, true, false, true, SEK_REASON_DEVICE },
	{ SEK_FINGERPRINT_END_DUPLICATE, true, false, true,
	    SEK_REASON_DEVICE },
	{ SEK_FINGERPRINT_END_COUNT, true, false, true, SEK_REASON_DEVICE },
	{ UINT32_MAX, true, false, true, SEK_REASON_DEVICE },
}, vendors[] = {
	{ SEK_VENDOR_END_FAILED, true, false, true, SEK_REASON_DEVICE },
	{ SEK_VENDOR_END_NO, false, false, false, SEK_REASON_WRONG },
	{ SEK_VENDOR_END_UNABLE, true, false, true, SEK_REASON_DEVICE },
	{ SEK_VENDOR_END_SILENT, false, false, true, SEK_REASON_DEVICE },
	{ SEK_VENDOR_END_CRASHED, true, false, true, SEK_REASON_DEVICE },
	{ SEK_VENDOR_END_GARBAGE, true, false, true, SEK_REASON_DEVICE },
	{ SEK_VENDOR_END_CAPPED, true, false, true, SEK_REASON_CAPPED },
	{ SEK_VENDOR_END_PAUSED, true, false, true, SEK_REASON_DEVICE },
	{ SEK_VENDOR_END_CANCELLED, true, true, false, SEK_REASON_DEVICE },
	{ SEK_VENDOR_END_COUNT, true, false, true, SEK_REASON_DEVICE },
};

static void
check_end(uint32_t end, bool own, bool ticket, bool told,
    enum sek_reason reason)
{
	struct sek_verdict v;
	int way;

	end_ = after = end;
	for (way = 0; way < 3; way++) {
		rewind_stage();
		c.elsewhere = way > 0;
		plan.instead = way == 1 ? CODE : 0;
		v = asks();
		ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
		ck_assert_int_eq(v.reason, reason);
		ck_assert_str_eq(v.authenticator, "");
		ck_assert_uint_eq(nuse, 0);
		ck_assert(c.yields == (way == 1 ? own : way == 2 && ticket));
		ck_assert((transcript[0] != '\0') == told);
		ck_assert_uint_eq(nruns, 1);
		ck_assert_str_ne(logged, "");
	}
}

START_TEST(each_end_of_a_reader_comes_to_what_it_is)
{

	check_end(ends[_i].end, ends[_i].own, ends[_i].ticket, ends[_i].told,
	    ends[_i].reason);
}
END_TEST

START_TEST(each_end_of_a_vendors_module_comes_to_what_it_is)
{

	stage(&sek_factor_vendor);
	check_end(vendors[_i].end, vendors[_i].own, vendors[_i].ticket,
	    vendors[_i].told, vendors[_i].reason);
}
END_TEST

START_TEST(conversation_that_ended_within_a_vendors_module_is_given_up)
{

	stage(&sek_factor_vendor);
	end_ = SEK_VENDOR_END_GIVEN_UP;
	ck_assert_int_eq(factor->ask(&c), SEK_ERR_CONV);
}
END_TEST

START_TEST(reader_that_is_not_there_is_asked_for_once)
{
	struct sek_verdict v;

	end_ = SEK_FINGERPRINT_END_NO_READER;
	after = _i == 0 ? SEK_FINGERPRINT_END_OK :
	    SEK_FINGERPRINT_END_NO_READER;
	answers[0] = "";
	nanswers = 1;
	v = asks();
	ck_assert_int_eq(v.answer, _i == 0 ? SEK_ANSWER_RIGHT :
	    SEK_ANSWER_WRONG);
	ck_assert_uint_eq(nasked, 1);
	ck_assert_ptr_nonnull(strstr(transcript,
	    "ask: Connect the fingerprint reader and press Enter: "));
	ck_assert((strstr(transcript, "No fingerprint reader was found.") !=
	    NULL) == (_i == 1));
}
END_TEST

START_TEST(reader_in_use_is_waited_for_and_told_once)
{
	struct sek_verdict v;

	end_ = SEK_FINGERPRINT_END_BUSY;
	after = _i == 0 ? SEK_FINGERPRINT_END_OK : SEK_FINGERPRINT_END_BUSY;
	v = asks();
	ck_assert_int_eq(v.answer, _i == 0 ? SEK_ANSWER_RIGHT :
	    SEK_ANSWER_WRONG);
	ck_assert_ptr_nonnull(strstr(transcript, "info: The fingerprint "
	    "reader is in use by another program. Please wait.\n"));
	ck_assert((strstr(transcript, "still in use") != NULL) == (_i == 1));
	if (_i == 1)
		ck_assert_uint_gt(nruns, 50);
}
END_TEST

START_TEST(enter_ends_the_wait_for_a_reader_in_use)
{

	end_ = after = SEK_FINGERPRINT_END_BUSY;
	tty = 7;
	entered = true;
	c.elsewhere = true;
	(void)asks();
	ck_assert(c.yields);
	ck_assert_uint_eq(nruns, 1);
}
END_TEST

/* ------------------------------------------------------ who, and when -- */

START_TEST(who_is_elsewhere_reaches_neither_store_nor_reader)
{
	struct sek_verdict v;

	stage(_i % 2 == 0 ? &sek_factor_fingerprint : &sek_factor_vendor);
	if (_i / 2 == 0)
		who.remote = 1;
	else
		whose.remote = 1;
	c.answered = false;
	c.elsewhere = true;
	v = asks();
	ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
	ck_assert(c.yields);
	ck_assert_str_eq(transcript, "");
	ck_assert_uint_eq(nruns + nlist + ntry + nidle + nuse, 0);
}
END_TEST

/* One who left after the match: nothing comes of it, either. */
START_TEST(match_counts_for_nobody_who_is_elsewhere)
{
	struct sek_verdict v;

	ck_assert_int_eq(factor->ask(&c), SEK_OK);
	who.remote = 1;
	v = verdict();
	ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
	ck_assert_uint_eq(nuse, 0);
}
END_TEST

START_TEST(nothing_begins_without_an_act_of_his)
{
	struct sek_verdict v;

	c.answered = false;
	answers[0] = "";
	nanswers = 1;
	v = asks();
	ck_assert_int_eq(v.answer, SEK_ANSWER_RIGHT);
	ck_assert_str_eq(transcript, "ask: Press Enter, then place your "
	    "finger on the reader: \n");
	ck_assert(c.answered);
	ck_assert_int_eq(asked.wait, WAIT * SEK_SECOND);
	/* Who answered before is not asked. */
	rewind_stage();
	(void)asks();
	ck_assert_str_eq(transcript, "");
	/* Who gives up starts nothing. */
	rewind_stage();
	c.answered = false;
	nanswers = 0;
	ck_assert_int_eq(factor->ask(&c), SEK_ERR_CONV);
	ck_assert_uint_eq(nruns, 0);
}
END_TEST

START_TEST(what_is_typed_there_is_another_lines)
{

	c.answered = false;
	c.elsewhere = _i == 1;
	answers[0] = "123456";
	nanswers = 1;
	(void)asks();
	ck_assert_uint_eq(nruns, 0);
	ck_assert(c.yields == (_i == 1));
	ck_assert_str_eq(sek_secret_text(&c.answer), "123456");
}
END_TEST

START_TEST(only_fingers_of_one_name_are_asked_for)
{

	lists(2, "alice-admin");
	(void)asks();
	ck_assert_uint_eq(asked.n, 3);
	/* By another name of his, where this one has none. */
	rewind_stage();
	memset(&listed, 0, sizeof(listed));
	lists(2, "alice-admin");
	lists(1, "other");
	(void)asks();
	ck_assert_uint_eq(asked.n, 2);
	ck_assert_str_eq(asked.account, "alice-admin");
}
END_TEST

START_TEST(vendor_knows_him_by_this_name_or_not_at_all)
{
	struct sek_verdict v;

	stage(&sek_factor_vendor);
	memset(&listed, 0, sizeof(listed));
	lists(1, "alice-admin");
	end_ = SEK_VENDOR_END_YES;
	v = asks();
	ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
	ck_assert_uint_eq(nruns, 0);
}
END_TEST

START_TEST(who_has_none_by_now_starts_no_reader)
{

	memset(&listed, 0, sizeof(listed));
	(void)asks();
	ck_assert_uint_eq(nruns, 0);
	ck_assert_str_ne(transcript, "");
}
END_TEST

/* ------------------------------------------- a round that is for nothing -- */

START_TEST(idle_round_looks_the_same_and_counts_nothing)
{
	static char right[sizeof(transcript)], wrong[sizeof(transcript)];
	struct sek_verdict v;

	tells = true;
	seconds = 12;
	(void)asks();
	memcpy(right, transcript, sizeof(right));
	end_ = SEK_FINGERPRINT_END_NO_MATCH;
	misses = true;
	rewind_stage();
	(void)asks();
	memcpy(wrong, transcript, sizeof(wrong));
	ck_assert_str_eq(right, wrong);
	c.idle = true;
	for (end_ = 0; end_ < SEK_FINGERPRINT_END_COUNT; end_++) {
		if (end_ != SEK_FINGERPRINT_END_OK &&
		    end_ != SEK_FINGERPRINT_END_NO_MATCH)
			continue;
		rewind_stage();
		v = asks();
		ck_assert_int_eq(v.answer, SEK_ANSWER_WRONG);
		ck_assert_int_eq(v.reason, SEK_REASON_WRONG);
		ck_assert_uint_eq(nuse, 0);
		ck_assert_uint_eq(nruns, 1);
		ck_assert_str_eq(transcript, right);
		/* May it, as ever; and no mismatch is written. */
		ck_assert_uint_eq(ntry, 1);
		ck_assert_uint_eq(tried[0].missed, 0);
		ck_assert_uint_eq(nidle, 1);
	}
}
END_TEST

/* ------------------------------------------------------------ counting -- */

START_TEST(mismatch_is_counted_by_who_waits_for_it)
{

	stage(_i == 0 ? &sek_factor_fingerprint : &sek_factor_vendor);
	end_ = _i == 0 ? (uint32_t)SEK_FINGERPRINT_END_NO_MATCH :
	    (uint32_t)SEK_VENDOR_END_NO;
	misses = true;
	try_out.pause = 5 * SEK_SECOND;
	(void)asks();
	ck_assert_uint_eq(ntry, 2);
	ck_assert_uint_eq(tried[0].missed, 0);
	ck_assert_uint_eq(tried[1].missed, 1);
	ck_assert_uint_eq(SEK_METHOD_BIT(tried[1].method), factor->methods);
	ck_assert_uint_eq(tried[1].tries, 3);
	ck_assert_uint_eq(tried[1].cap, 50);
	ck_assert_int_eq(tried[1].pause, 30 * SEK_SECOND);
	ck_assert_str_eq(tried[1].who.name, "alice");
	ck_assert_int_eq(may_said, SEK_OK);
	ck_assert_int_eq(may_pause, 5 * SEK_SECOND);
	ck_assert_int_eq(missed_said, SEK_OK);
	ck_assert_uint_ge(napart, 2);
	ck_assert_int_eq(_i == 0 ? asked.pause : asked_vendor.pause,
	    WAIT * SEK_SECOND);
}
END_TEST

START_TEST(no_trait_that_is_open_is_no_scan)
{

	try_out.open = 0;
	(void)asks();
	ck_assert_int_eq(may_said, SEK_ERR_REFUSED);
	rewind_stage();
	try_err = SEK_ERR_STORE;
	misses = true;
	(void)asks();
	ck_assert_int_eq(may_said, SEK_ERR_STORE);
	ck_assert_int_eq(missed_said, SEK_ERR_STORE);
}
END_TEST

/* ------------------------------------------------------------- telling -- */

START_TEST(what_enter_does_is_told_where_it_is_watched)
{
	static const char *const told[] = {
		"info: Place your right index finger on the fingerprint "
		    "reader.\n",
		"info: Place your right index finger on the fingerprint "
		    "reader. (Enter: give up)\n",
		"info: Place your right index finger on the fingerprint "
		    "reader. (Enter: another way)\n",
	};

	tells = true;
	tty = _i == 0 ? -1 : 5;
	c.elsewhere = _i == 2;
	(void)asks();
	ck_assert_ptr_eq(strstr(transcript, told[_i]), transcript);
	ck_assert_ptr_nonnull(strstr(transcript,
	    "info: It was not read well: once more, please.\n"));
}
END_TEST

START_TEST(pause_is_told_in_seconds)
{

	stage(_i == 0 ? &sek_factor_fingerprint : &sek_factor_vendor);
	seconds = 17;
	end_ = _i == 0 ? (uint32_t)SEK_FINGERPRINT_END_OK :
	    (uint32_t)SEK_VENDOR_END_YES;
	(void)asks();
	ck_assert_str_eq(transcript, "info: Too many scans in a row did not "
	    "match. Please wait 17 seconds.\n");
}
END_TEST

int
main(void)
{
	TCase *tc = tcase_create("biometric");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, match_is_inherence_of_the_trait_the_store_names);
	tcase_add_test(tc, vendors_yes_is_inherence_with_name_and_hash);
	tcase_add_loop_test(tc,
	    match_of_none_that_was_asked_for_is_worth_nothing, 0, 2);
	tcase_add_test(tc, several_it_may_have_been_are_all_looked_at);
	tcase_add_test(tc,
	    one_that_the_store_has_disabled_meanwhile_is_wrong);
	tcase_add_test(tc, match_of_long_ago_is_wrong);
	tcase_add_test(tc, trouble_of_this_machine_is_an_error);
	tcase_add_loop_test(tc, each_end_of_a_reader_comes_to_what_it_is, 0,
	    N(ends));
	tcase_add_loop_test(tc,
	    each_end_of_a_vendors_module_comes_to_what_it_is, 0, N(vendors));
	tcase_add_test(tc,
	    conversation_that_ended_within_a_vendors_module_is_given_up);
	tcase_add_loop_test(tc, reader_that_is_not_there_is_asked_for_once,
	    0, 2);
	tcase_add_loop_test(tc, reader_in_use_is_waited_for_and_told_once, 0,
	    2);
	tcase_add_test(tc, enter_ends_the_wait_for_a_reader_in_use);
	tcase_add_loop_test(tc,
	    who_is_elsewhere_reaches_neither_store_nor_reader, 0, 4);
	tcase_add_test(tc, match_counts_for_nobody_who_is_elsewhere);
	tcase_add_test(tc, nothing_begins_without_an_act_of_his);
	tcase_add_loop_test(tc, what_is_typed_there_is_another_lines, 0, 2);
	tcase_add_test(tc, only_fingers_of_one_name_are_asked_for);
	tcase_add_test(tc, vendor_knows_him_by_this_name_or_not_at_all);
	tcase_add_test(tc, who_has_none_by_now_starts_no_reader);
	tcase_add_test(tc, idle_round_looks_the_same_and_counts_nothing);
	tcase_add_loop_test(tc, mismatch_is_counted_by_who_waits_for_it, 0,
	    2);
	tcase_add_test(tc, no_trait_that_is_open_is_no_scan);
	tcase_add_loop_test(tc, what_enter_does_is_told_where_it_is_watched,
	    0, 3);
	tcase_add_loop_test(tc, pause_is_told_in_seconds, 0, 2);
	return (unit_run_case("factor_biometric", tc));
}
