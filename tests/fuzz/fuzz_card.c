/*
 * fuzz_card.c - a card's answers, spoilt, its certificates, and what the child
 * of card.so tells its parent of them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * All of card.so but its fork and libpcsclite: what is done in the child is
 * done here, over software cards (tests/emulators/card), whose answers are
 * changed as the bytes say.
 *
 * byte 0: what is done; 1 to 5: the card and its knobs; 6 to 10: the request;
 * then, to the end, changes: number of the answer, kind, offset (2), value; or
 * answers, each with its length (2); or frames of a child; or a certificate; or
 * a public key.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sodium.h>

#include "sekisho/base/clock.h"

#include "../../common/edge/card/card.h"
#include "../emulators/card/soft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD		16u
#define CHANGE		5u
#define FILES		1024u
#define NOW		INT64_C(1800000000)

enum kind_of_run {
	RUN_SIGN = 0,
	RUN_READ,
	RUN_LIST,
	RUN_CERTIFICATE,
	RUN_PUBLIC,
	RUNS
};

struct card_link {
	uint32_t	sent;
};
static struct card_link link_;
static struct soft cards[2];		/* in two readers */
static size_t ncards, at_card;

static const uint8_t *changes, *answers, *frames;
static size_t nchanges, answers_len, frames_len, answered;
static size_t pins;
static bool may_pin, may_last;
static X509_STORE *anchors_;

/* -------------------------------- the card's files and knobs, in memory -- */

static struct {
	const struct soft	*of;
	char			 name[64];
	uint8_t			*p;
	size_t			 n;
} files[FILES];

void
soft_log(struct soft *s, const char *fmt, ...)
{

	(void)s;
	(void)fmt;
}

const char *
knob(const struct soft *s, const char *name, const char *or)
{
	unsigned i;

	for (i = 0; i < s->nknobs; i++)
		if (strcmp(s->knobs[i].name, name) == 0)
			return s->knobs[i].value;
	return or;
}

bool
knob_is(const struct soft *s, const char *name, const char *value)
{

	return strcmp(knob(s, name, ""), value) == 0;
}

long
knob_number(const struct soft *s, const char *name, long or)
{

	return strtol(knob(s, name, or == 0 ? "0" : "1"), NULL, 10);
}

void
tries_set(struct soft *s, uint32_t n)
{

	s->tries = n;
}

bool
file_write(const struct soft *s, const char *name, const void *p, size_t n)
{
	size_t i;

	(void)s;
	for (i = 0; i < FILES && files[i].p != NULL; i++)
		if (strcmp(files[i].name, name) == 0)
			break;
	if (i == FILES || strlen(name) >= sizeof(files[i].name))
		abort();
	free(files[i].p);
	strcpy(files[i].name, name);
	if ((files[i].p = malloc(n + 1)) == NULL)
		abort();
	memcpy(files[i].p, p, n);
	files[i].n = n;
	return true;
}

size_t
file_read(const struct soft *s, const char *name, void *p, size_t max)
{
	size_t i;

	(void)s;
	for (i = 0; i < FILES && files[i].p != NULL; i++)
		if (strcmp(files[i].name, name) == 0) {
			if (files[i].n > max)
				abort();
			memcpy(p, files[i].p, files[i].n);
			return files[i].n;
		}
	return 0;
}

static void
set(struct soft *s, const char *name, const char *value)
{

	if (s->nknobs == KNOBS)
		abort();
	strcpy(s->knobs[s->nknobs].name, name);
	strcpy(s->knobs[s->nknobs++].value, value);
}

#define pick(list, byte)	((list)[(byte) % (sizeof(list) / sizeof(*(list)))])

/* Its kind, its key, what it shows and what it lies. */
static void
card_of(struct soft *s, const uint8_t *b)
{
	static const struct kind *const kinds[] = { &kind_jpki, &kind_piv,
	    &kind_piv, &kind_uid };
	static const char *const keys[] = { "rsa2048", "p256", "p384",
	    "rsa2048", "rsa1024" };
	static const char *const certs[] = { "ok", "ok", "ok", "gzip",
	    "selfsigned", "otherca", "garbage", "truncated", "lies", "trail",
	    "bomb", "none", "empty", "zlib", "expired", "otherkey", "huge" };
	static const char *const sigs[] = { "ok", "ok", "wrong", "zero",
	    "short", "long", "empty", "replay", "otherkey" };
	static const char *const tokens[] = { "card", "card", "phone-android",
	    "old", "garbage" };
	static const char *const uids[] = { "", "felica", "random", "b",
	    "short", "long" };

	memset(s, 0, sizeof(*s));
	s->kind = pick(kinds, b[0]);
	s->dir = "/nonexistent/fuzz";
	set(s, "key", pick(keys, b[1]));
	set(s, "key9e", pick(keys, b[1] >> 4));
	set(s, "cert", pick(certs, b[2]));
	set(s, "sig", pick(sigs, b[3]));
	set(s, "token", pick(tokens, b[3] >> 4));
	if (b[4] % 6 != 0)
		set(s, "uid", pick(uids, b[4]));
	s->tries = (b[4] >> 4) % 5;
	soft_reset(s);
}

/* ------------------------------------------------------ libpcsclite's part -- */

static void
spoil(uint8_t *answer, size_t *len, size_t max)
{
	const uint8_t *c;
	size_t i, at;

	for (i = 0; i < nchanges; i++) {
		c = changes + i * CHANGE;
		if (c[0] != (uint8_t)answered)
			continue;
		at = (size_t)(c[2] << 8 | c[3]);
		switch (c[1] % 6) {
		case 0:
			if (*len > 0)
				answer[at % *len] = c[4];
			break;
		case 1:		/* status */
			if (*len >= 2) {
				answer[*len - 2] = c[3];
				answer[*len - 1] = c[4];
			}
			break;
		case 2:
			*len = at % (*len + 1);
			break;
		case 3:
			at = *len + at % 300 < max ? *len + at % 300 : max;
			memset(answer + *len, c[4], at - *len);
			*len = at;
			break;
		case 4:		/* the link is lost */
			*len = 0;
			break;
		default:
			if (*len > 0)
				answer[at % *len] ^= (uint8_t)(1u << c[4] % 8);
			break;
		}
	}
}

static size_t
canned(uint8_t *answer, size_t max)
{
	size_t n;

	if (answers_len < 2)
		return 0;
	n = (size_t)(answers[0] << 8 | answers[1]) % (max + 1);
	answers += 2;
	answers_len -= 2;
	if (n > answers_len)
		n = answers_len;
	memcpy(answer, answers, n);
	answers += n;
	answers_len -= n;
	return n;
}

/* What must never be sent. */
static void
look_at(const uint8_t *c, size_t n, uint32_t tries)
{
	static const uint8_t jpki[] = { 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01,
	    0x00, 0x00, 0x00, 0x01 };
	static const uint8_t piv[] = { 0xA0, 0x00, 0x00, 0x03, 0x08 };

	if (n < 4)
		abort();
	if (c[1] == 0xA4 && c[2] == 0x04 &&
	    !(n >= 5 + sizeof(jpki) && memcmp(c + 5, jpki, 10) == 0) &&
	    !(n >= 5 + sizeof(piv) && memcmp(c + 5, piv, 5) == 0))
		abort();
	if (c[1] == 0xA4 && c[2] == 0x02 && (n != 7 || c[5] != 0 ||
	    (c[6] != 0x06 && c[6] != 0x0A && c[6] != 0x17 && c[6] != 0x18)))
		abort();
	if (c[1] == 0x24 || c[1] == 0x2C || c[1] == 0xDB || c[1] == 0xD6)
		abort();
	if (c[1] == 0x20 && n > 5) {
		if (!may_pin || ++pins > 1)
			abort();
		/* Where it told the truth. */
		if (tries == 1 && !may_last && nchanges == 0 &&
		    answers == NULL)
			abort();
	}
}

enum sek_card_end
card_open(struct card_link **out)
{

	memset(&link_, 0, sizeof(link_));
	*out = &link_;
	return SEK_CARD_END_OK;
}

void
card_until(struct card_link *l, int64_t until)
{

	(void)l;
	(void)until;
}

static void (*on_wait_)(void *, bool);
static void *wait_arg;

void
card_on_wait(struct card_link *l, void (*fn)(void *arg, bool waits), void *arg)
{

	(void)l;
	on_wait_ = fn;
	wait_arg = arg;
}

enum sek_card_end
card_slots(struct card_link *l, struct card_slot *out, size_t max, size_t *n,
    const char *readers)
{

	(void)l;
	(void)readers;
	for (*n = 0; *n < ncards && *n < max; (*n)++) {
		memset(&out[*n], 0, sizeof(out[*n]));
		strcpy(out[*n].reader, *n == 0 ? "Reader 0" : "Reader 1");
		out[*n].present = 1;
		out[*n].atr_len = (uint32_t)cards[*n].kind->atr(&cards[*n],
		    out[*n].atr);
	}
	return *n == 0 ? SEK_CARD_END_NO_READER : SEK_CARD_END_OK;
}

enum sek_card_end
card_connect(struct card_link *l, const char *reader)
{

	(void)l;
	at_card = strcmp(reader, "Reader 1") == 0;
	if (on_wait_ != NULL) {
		on_wait_(wait_arg, true);
		on_wait_(wait_arg, false);
	}
	return SEK_CARD_END_OK;
}

enum sek_card_end
card_reset(struct card_link *l, bool cold)
{

	(void)l;
	(void)cold;
	soft_reset(&cards[at_card]);
	return SEK_CARD_END_OK;
}

enum sek_card_end
card_transmit(struct card_link *l, const uint8_t *command, size_t n,
    uint8_t *answer, size_t max, size_t *len)
{
	static uint8_t whole[MESSAGE_MAX];
	size_t got;

	look_at(command, n, cards[at_card].tries);
	*len = 0;
	memset(answer, 0, max);
	if (l->sent++ >= CARD_APDUS_MAX)
		abort();
	if (answers != NULL)
		got = canned(whole, max + 4);
	else
		got = soft_command(&cards[at_card], command, n, whole,
		    sizeof(whole) - 512);
	spoil(whole, &got, sizeof(whole));
	answered++;
	if (got == 0)
		return nchanges > 0 && answered % 3 == 0 ?
		    SEK_CARD_END_RESET : SEK_CARD_END_GONE;
	if (got < 2 || got > max)
		return SEK_CARD_END_GARBAGE;
	memcpy(answer, whole, got);
	*len = got;
	return SEK_CARD_END_OK;
}

uint32_t
card_sent(const struct card_link *l)
{

	return l->sent;
}

void
card_close(struct card_link *l)
{

	if (l != NULL)
		soft_reset(&cards[at_card]);
}

/* --------------------------------------------------- what child.c is else -- */

static struct card_frame told;
static bool is_told;
static unsigned cues;

int64_t
sek_child_clock(void)
{

	return SEK_SECOND;
}

static enum device_frame
hear(const struct device_job *job, const void *frame)
{
	enum device_frame kind = job->check(job, frame);

	if (kind == DEVICE_FRAME_CUE) {
		if (cues++ == job->cues)
			return DEVICE_FRAME_BAD;
		job->cue(job, frame);
	}
	return kind;
}

void
sek_child_tell(const struct device_job *job, const void *frame)
{

	/* What the child itself tells is always what the parent takes. */
	switch (hear(job, frame)) {
	case DEVICE_FRAME_CUE:
		return;
	case DEVICE_FRAME_ANSWER:
		if (is_told)
			abort();
		memcpy(&told, frame, sizeof(told));
		is_told = true;
		return;
	case DEVICE_FRAME_BAD:
	default:
		abort();
	}
}

/* Of a child that was taken over: bytes at places, frame after frame. */
static enum device_said
hostile(const struct device_job *job)
{
	const struct card_job *j = job->arg;
	size_t n, at;

	while (frames_len > 0) {
		memset(&told, 0, sizeof(told));
		told.kind = j->kind;
		if (j->kind != CARD_FRAME_SLOTS)
			card_seen_none(&told.seen, j->reader);
		if (j->kind >= CARD_FRAME_SIGNED)
			told.u.got.card = UINT32_MAX;
		n = frames[0];
		for (frames++, frames_len--; n > 0 && frames_len >= 3;
		    n--, frames += 3, frames_len -= 3) {
			at = (size_t)(frames[0] << 8 | frames[1]);
			if (at < sizeof(told))
				((uint8_t *)&told)[at] = frames[2];
		}
		switch (hear(job, &told)) {
		case DEVICE_FRAME_ANSWER:
			return DEVICE_SAID_ANSWER;
		case DEVICE_FRAME_BAD:
			return DEVICE_SAID_NONSENSE;
		case DEVICE_FRAME_CUE:
		default:
			break;
		}
	}
	return DEVICE_SAID_NOTHING;
}

enum sek_err
sek_child_run(struct device_job *job, void *frame, enum device_said *said,
    struct sek_why *why)
{
	const struct card_job *j = job->arg;

	(void)why;
	is_told = false;
	cues = 0;
	memset(&told, 0, sizeof(told));
	memset(frame, 0, job->size);
	if (frames != NULL && j->kind != CARD_FRAME_SLOTS)
		*said = hostile(job);
	else {
		job->work(job, frame);
		if (!is_told)
			abort();
		*said = DEVICE_SAID_ANSWER;
	}
	memset(frame, 0, job->size);
	if (*said == DEVICE_SAID_ANSWER)
		memcpy(frame, &told, sizeof(told));
	return SEK_OK;
}

/* No folder: those of the software cards' own CA. */
enum sek_err
__wrap_device_anchors(X509_STORE *store, const char *folder,
    const char *setting, struct sek_why *why);
enum sek_err
__wrap_device_anchors(X509_STORE *store, const char *folder,
    const char *setting, struct sek_why *why)
{
	uint8_t der[4096];
	const unsigned char *p = der;
	X509 *cert;
	size_t n;

	(void)folder;
	(void)setting;
	(void)why;
	if ((n = ca_certificate(&cards[0], der, sizeof(der))) == 0 ||
	    (cert = d2i_X509(NULL, &p, (long)n)) == NULL ||
	    X509_STORE_add_cert(store, cert) != 1)
		abort();
	X509_free(cert);
	return SEK_OK;
}

/* -------------------------------------------------------------- requests -- */

static struct sek_card his[8];
static size_t nhis;
static struct sek_secret jpki_right, piv_right, wrong, no_form;

static void
enrol(const uint8_t *card, enum sek_card_driver driver, uint32_t key,
    int64_t now)
{
	static struct sek_card_made made;
	struct sek_card_read in = { .place = { .readers = "", .anchors = "",
	    .reader = "", .now = now, .wait = SEK_SECOND }, .driver = driver,
	    .key = key };

	card_of(&cards[0], card);
	ncards = 1;
	if (card_read(&made, &in, NULL) != SEK_OK ||
	    made.end != SEK_CARD_END_OK)
		abort();
	his[nhis++] = made.card;
}

static void
once(void)
{
	const int64_t now = (int64_t)time(NULL);

	if (nhis > 0)
		return;
	if (sek_secret_init() != SEK_OK ||
	    sek_secret_string(&jpki_right, "1234") != SEK_OK ||
	    sek_secret_string(&piv_right, "123456") != SEK_OK ||
	    sek_secret_string(&wrong, "9999") != SEK_OK ||
	    sek_secret_string(&no_form, "12 4") != SEK_OK)
		abort();
	enrol((const uint8_t[]){ 0, 0, 0, 0, 0x30 }, SEK_CARD_JPKI, 0, now);
	enrol((const uint8_t[]){ 1, 0, 0, 0, 0x30 }, SEK_CARD_PIV, 0x9a, now);
	enrol((const uint8_t[]){ 1, 1, 0, 0, 0x30 }, SEK_CARD_PIV, 0x9a, now);
	enrol((const uint8_t[]){ 1, 2, 0, 0, 0x30 }, SEK_CARD_PIV, 0x9a, now);
	enrol((const uint8_t[]){ 1, 0x10, 0, 0, 0x30 }, SEK_CARD_PIV, 0x9e,
	    now);
	enrol((const uint8_t[]){ 3, 0, 0, 0, 0x31 }, SEK_CARD_UID, 0, now);
}

static const struct sek_secret *
pin_of(uint8_t choice)
{

	switch (choice % 5) {
	case 0:
		return NULL;
	case 1:
		return &jpki_right;
	case 2:
		return &piv_right;
	case 3:
		return &wrong;
	default:
		return &no_form;
	}
}

static struct sek_card_place
place(const uint8_t *c)
{

	return (struct sek_card_place){ .readers = "",
	    .anchors = (c[0] & 1) != 0 ? "/anchors" : "",
	    .reader = (c[0] & 2) != 0 ? "Reader 0" : "",
	    .now = (c[0] & 4) != 0 ? NOW + NOW : (int64_t)time(NULL),
	    .wait = SEK_SECOND };
}

static void
do_sign(const uint8_t *c)
{
	static struct sek_card_signature out;
	struct sek_card_request in = { .place = place(c), .card = his,
	    .n = c[1] % (nhis + 1), .methods = c[2] % 3 == 0 ? ~0u :
	    c[2] % 3 == 1 ? SEK_METHOD_BIT(SEK_METHOD_CARD_JPKI) :
	    SEK_METHOD_BIT(SEK_METHOD_CARD_PIV),
	    .no_pin = (c[3] & 16) != 0, .pin = pin_of(c[3]),
	    .last = (c[3] & 32) != 0 };
	const struct sek_card_brief *b;

	memset(in.challenge, 7, sizeof(in.challenge));
	may_pin = !in.no_pin && in.pin != NULL && in.pin != &no_form;
	may_last = in.last;
	if (card_sign(&out, &in, NULL) != SEK_OK) {
		if (out.end != SEK_CARD_END_FAILED)
			abort();
		return;
	}
	if (out.end == SEK_CARD_END_FAILED || out.end >= SEK_CARD_END_COUNT ||
	    out.seen.end != out.end ||
	    out.signature_len > sizeof(out.signature) ||
	    out.uid_len > sizeof(out.uid) ||
	    (out.card != UINT32_MAX && out.card >= in.n))
		abort();
	if (frames == NULL && out.pin_sent != pins)
		abort();
	if (!may_pin && out.pin_sent != 0)
		abort();
	if (out.end != SEK_CARD_END_OK) {
		if (out.signature_len != 0 || out.uid_len != 0)
			abort();
		return;
	}
	if (out.card == UINT32_MAX) {
		if (out.uid_len == 0)
			abort();
		return;
	}
	b = &in.card[out.card].brief;
	if (out.verified != b->pin || (b->pin != 0 && !may_pin) ||
	    (in.methods & SEK_METHOD_BIT(sek_card_method(
	    (enum sek_card_driver)b->driver))) == 0)
		abort();
	/* That holds is what the card itself signed. */
	if (card_verify(&out, &in.card[out.card], in.challenge, NULL) ==
	    SEK_OK && (frames != NULL || answers != NULL))
		abort();
}

static void
do_read(const uint8_t *c)
{
	static struct sek_card_made out;
	struct sek_card_read in = { .place = place(c),
	    .driver = (enum sek_card_driver)(c[1] % (SEK_CARD_DRIVERS + 1)),
	    .key = c[2] % 3 == 0 ? 0x9E : c[2] % 3 == 1 ? 0x9A : 0,
	    .prove = (c[3] & 16) != 0, .pin = pin_of(c[3]),
	    .last = (c[3] & 32) != 0,
	    .same = (c[3] & 64) != 0 && nhis > 0 ? &his[0] : NULL };

	may_pin = in.prove && in.pin != NULL && in.pin != &no_form;
	may_last = in.last;
	if (card_read(&out, &in, NULL) != SEK_OK)
		return;
	if (out.end == SEK_CARD_END_FAILED || out.end >= SEK_CARD_END_COUNT ||
	    (frames == NULL && out.pin_sent != pins))
		abort();
	/* What is told of a card is whole, and of the one asked about. */
	if (out.end == SEK_CARD_END_WANTS_PIN &&
	    sek_card_check(&out.card) != SEK_OK)
		abort();
	if (in.same != NULL && out.card.public_len > 0 &&
	    (out.card.public_len != in.same->public_len ||
	    memcmp(out.card.public_key, in.same->public_key,
	    in.same->public_len) != 0))
		abort();
	if (out.end == SEK_CARD_END_OK && (sek_card_check(&out.card) !=
	    SEK_OK || (in.prove && out.proved == 0 && out.card.brief.driver !=
	    SEK_CARD_UID) || (out.proved != 0 && (frames != NULL || answers !=
	    NULL))))
		abort();
}

static void
do_list(const uint8_t *c)
{
	static struct sek_card_seen out[4];
	const struct sek_card_place p = place(c);
	enum sek_card_end end;
	size_t n = 0;

	may_pin = false;
	if (card_list(out, 4, &n, &end, &p, NULL) == SEK_OK && n > ncards)
		abort();
}

static void
do_certificate(const uint8_t *der, size_t n, uint8_t how)
{
	struct card_certificate c;
	struct sek_card_place p = { .anchors = "/anchors" };
	enum sek_card_end end;

	card_of(&cards[0], (const uint8_t[]){ 0, 0, 0, 0, 0x30 });
	if (anchors_ == NULL && card_anchors(&anchors_, &p, NULL) != SEK_OK)
		abort();
	end = card_certificate(&c, der, n, (how & 1) != 0 ? anchors_ : NULL,
	    (int64_t)time(NULL));
	if (end == SEK_CARD_END_FAILED || (end == SEK_CARD_END_OK &&
	    (c.public_len == 0 || c.public_len > sizeof(c.public_key) ||
	    c.issuer_len > sizeof(c.issuer) || c.algorithm == SEK_CARD_NONE ||
	    c.not_after <= c.not_before || ((how & 1) != 0 &&
	    c.trusted == 0))))
		abort();
}

static void
do_public(const uint8_t *spki, size_t n)
{
	enum sek_card_algorithm algorithm;
	enum sek_card_end end;
	EVP_PKEY *key = card_public(spki, n, &algorithm, &end);

	if ((key != NULL) != (end == SEK_CARD_END_OK) || (key != NULL &&
	    (algorithm == SEK_CARD_NONE || algorithm >= SEK_CARD_ALGORITHMS ||
	    n > SEK_CARD_PUBLIC_MAX)))
		abort();
	EVP_PKEY_free(key);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *rest;
	size_t n;

	changes = answers = frames = NULL;
	nchanges = answers_len = frames_len = answered = pins = 0;
	may_pin = false;
	once();
	if (size < HEAD)
		return 0;
	rest = data + HEAD;
	n = size - HEAD;
	pins = answered = 0;
	may_last = false;
	card_of(&cards[0], data + 1);
	card_of(&cards[1], data + 11);
	ncards = data[10] % 4 == 0 ? 0 : data[10] % 4 == 1 ? 2 : 1;
	switch (data[0] >> 4 & 3) {
	case 0:
		changes = rest;
		nchanges = n / CHANGE;
		break;
	case 1:
		answers = rest;
		answers_len = n;
		break;
	case 2:
		frames = rest;
		frames_len = n;
		break;
	default:
		break;
	}
	switch (data[0] % 16 % RUNS) {
	case RUN_SIGN:
		do_sign(data + 6);
		break;
	case RUN_READ:
		do_read(data + 6);
		break;
	case RUN_LIST:
		do_list(data + 6);
		break;
	case RUN_CERTIFICATE:
		do_certificate(rest, n, data[1]);
		break;
	default:
		do_public(rest, n);
		break;
	}
	/* The host's own are not our concern, and ours not the host's. */
	ERR_clear_error();
	return 0;
}
