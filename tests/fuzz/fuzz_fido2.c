/*
 * fuzz_fido2.c - a security key's answers, spoilt, and what the child of
 * fido2.so tells its parent of them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * All of fido2.so but its fork: what is done in the child is done here, over
 * libfido2 itself and a software key, whose answers are changed as the bytes
 * say. The clock stands still but for what the key takes of it.
 *
 * byte 0: what is done; bytes 1 to 8: the key's knobs; 9 to 15: the request;
 * then, to the end, changes: number of the answer, kind, offset (2), value.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/sha.h>
#include <sodium.h>

#include "sekisho/base/clock.h"

#include "../../common/edge/fido2/key.h"
#include "fuzz_fido2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_fido_dev_open(fido_dev_t *dev, const char *path);
int __real_fido_dev_open(fido_dev_t *dev, const char *path);
int __wrap_fido_dev_info_manifest(fido_dev_info_t *list, size_t room,
    size_t *n);

extern const struct sek_fido2_object sek_fido2_object;

#define CHANGE		5u
#define ANSWER_MAX	8192u

static const uint8_t *changes;
static size_t nchanges, answers, plugged, pins, pins_max;
static uint8_t answer[ANSWER_MAX], asked[ANSWER_MAX];
static size_t answer_len, asked_len;
static int64_t now;
static bool no_pin;
static const uint8_t *hostile;	/* frames in place of a child's work */
static size_t hostile_len;
static struct key_frame told;
static bool is_told;

/* -------------------------------------------------- the key's transport -- */

static void *
io_open(const char *path)
{

	(void)path;
	fuzz_key_opened();
	return &plugged;
}

static void
io_close(void *h)
{

	(void)h;
}

static int
io_read(void *h, unsigned char *p, size_t n, int ms)
{

	(void)h;
	(void)p;
	(void)n;
	(void)ms;
	return -1;
}

static int
io_write(void *h, const unsigned char *p, size_t n)
{

	(void)h;
	(void)p;
	(void)n;
	return -1;
}

static const fido_dev_io_t io = { io_open, io_close, io_read, io_write };

/* The changes meant for this answer, one after the other. */
static void
spoil(void)
{
	const uint8_t *c = changes;
	size_t i, at;

	if (answer_len == SIZE_MAX)
		return;
	for (i = 0; i < nchanges; i++, c += CHANGE) {
		if (c[0] % 16 != answers % 16)
			continue;
		at = (size_t)(c[2] << 8 | c[3]);
		switch (c[1] % 8) {
		case 0:		/* a byte */
			if (at < answer_len)
				answer[at] = c[4];
			break;
		case 1:		/* a bit */
			if (at < answer_len)
				answer[at] ^= (uint8_t)(1u << c[4] % 8);
			break;
		case 2:		/* the end */
			if (at < answer_len)
				answer_len = at;
			break;
		case 3:		/* more */
			for (at %= 1024; at > 0 && answer_len < 7609; at--)
				answer[answer_len++] = c[4];
			break;
		case 4:		/* a status alone */
			answer[0] = c[4];
			answer_len = 1;
			break;
		case 5:		/* a gap */
			if (at + c[4] < answer_len) {
				memmove(answer + at, answer + at + c[4],
				    answer_len - at - c[4]);
				answer_len -= c[4];
			}
			break;
		case 6:		/* a wedge */
			if (at < answer_len && answer_len + c[4] < 7609) {
				memmove(answer + at + c[4], answer + at,
				    answer_len - at);
				memset(answer + at, c[4], c[4]);
				answer_len += c[4];
			}
			break;
		default:	/* nothing comes */
			answer_len = SIZE_MAX;
			return;
		}
	}
}

static int
tx(fido_dev_t *dev, uint8_t cmd, const unsigned char *p, size_t n)
{

	(void)dev;
	asked_len = 0;
	if (n > sizeof(asked))
		return -1;
	if (n > 0)
		memcpy(asked, p, n);
	asked_len = n;
	if (cmd == 0x06 && n == 8) {		/* INIT: nonce, channel */
		memcpy(answer, p, 8);
		memcpy(answer + 8, "\1\2\3\4\2\5\0\1\5", 9);
		answer_len = 17;
	} else if (cmd == 0x10 && n > 0) {
		/* getPinToken, with permissions or without. */
		if (p[0] == 0x06 && n > 5 && p[1] >= 0xa0 &&
		    p[4] == 0x02 && (p[5] == 0x05 || p[5] == 0x09)) {
			pins++;
			if (no_pin || pins > pins_max)
				abort();
		}
		answer_len = fuzz_key_answer(asked, asked_len, answer,
		    sizeof(answer));
		if (answer_len == 0)
			answer_len = SIZE_MAX;
	} else
		answer_len = 0;
	spoil();
	answers++;
	return 0;
}

static int
rx(fido_dev_t *dev, uint8_t cmd, unsigned char *p, size_t n, int ms)
{

	(void)dev;
	(void)cmd;
	if (answer_len == SIZE_MAX) {
		now += (int64_t)(ms > 0 ? ms : 1000) * 1000;
		return -1;
	}
	now += 1000;
	if (answer_len > n)
		return -1;
	memcpy(p, answer, answer_len);
	return (int)answer_len;
}

int
__wrap_fido_dev_open(fido_dev_t *dev, const char *path)
{
	static const fido_dev_transport_t transport = { rx, tx };
	int r;

	if ((r = fido_dev_set_io_functions(dev, &io)) != FIDO_OK ||
	    (r = fido_dev_set_transport_functions(dev, &transport)) != FIDO_OK)
		return r;
	return __real_fido_dev_open(dev, path);
}

int
__wrap_fido_dev_info_manifest(fido_dev_info_t *list, size_t room, size_t *n)
{
	char path[] = "fuzz:0";
	size_t i;

	for (i = 0, *n = 0; i < plugged && i < room; i++, (*n)++) {
		path[5] = (char)('0' + i);
		if (fido_dev_info_set(list, i, path, "Fuzz", "Fuzz key", &io,
		    NULL) != FIDO_OK)
			abort();
	}
	return FIDO_OK;
}

/* ----------------------------------------- what child.c does elsewhere -- */

int64_t
sek_child_clock(void)
{

	return now;
}

void
key_tell(const struct key_job *job, const struct key_frame *f)
{

	/* What the child itself tells is always what the parent takes. */
	if (!key_frame_check(f, job->device, job->kind))
		abort();
	if (f->kind == KEY_FRAME_CUE) {
		if (job->cue != NULL)
			job->cue(job->arg, (enum sek_fido2_cue)f->cue,
			    &f->device);
		return;
	}
	if (is_told)
		abort();
	told = *f;
	is_told = true;
}

static void
hostile_frame(const struct key_job *job, struct key_frame *f)
{
	size_t n = hostile_len < sizeof(*f) ? hostile_len : sizeof(*f);
	size_t i;

	/* Kind, end and lengths; then bytes at places. */
	f->device = *job->device;
	for (i = 0; i + 3 <= n; i += 3) {
		size_t at = (size_t)(hostile[i] << 8 | hostile[i + 1]);

		if (at < sizeof(*f))
			((uint8_t *)f)[at] = hostile[i + 2];
	}
}

enum sek_err
key_run(struct key_job *job, struct key_frame *f, struct sek_why *why)
{

	(void)why;
	memset(f, 0, sizeof(*f));
	if (hostile != NULL) {
		hostile_frame(job, f);
		is_told = key_frame_check(f, job->device, job->kind) &&
		    f->kind != KEY_FRAME_CUE;
		if (is_told)
			return SEK_OK;
	} else {
		memset(&told, 0, sizeof(told));
		is_told = false;
		told.device = *job->device;
		*f = told;
		job->work(job, f);
		if (!is_told)
			abort();
		*f = told;
		return SEK_OK;
	}
	memset(f, 0, sizeof(*f));
	f->device = *job->device;
	f->end = SEK_FIDO2_END_GARBAGE;
	return SEK_OK;
}

/* -------------------------------------------------------------- requests -- */

static struct sek_fido2 rows[FUZZ_CREDS];
static struct sek_secret pin_right, pin_wrong;

static const char *
random_name(void)
{

	return "fuzz";
}

static uint32_t
random_word(void)
{
	uint32_t w;

	fuzz_random(&w, sizeof(w));
	return w;
}

/* The bytes of a public key, from what the credential's key said of it. */
static void
fill(struct sek_fido2 *row, const struct fuzz_cred *c)
{
	fido_cred_t *cred = fido_cred_new();
	uint8_t buf[2048] = { 0 };
	size_t n = c->authdata_len;

	/* libfido2 takes it as a byte string. */
	buf[0] = 0x59;
	buf[1] = (uint8_t)(n >> 8);
	buf[2] = (uint8_t)n;
	memcpy(buf + 3, c->authdata, n);
	if (fido_cred_set_type(cred, c->alg) != FIDO_OK ||
	    fido_cred_set_authdata(cred, buf, n + 3) != FIDO_OK)
		abort();
	memset(row, 0, sizeof(*row));
	strcpy(row->rp_id, FUZZ_RP);
	row->brief.algorithm = c->alg == -7 ? SEK_FIDO2_ES256 :
	    c->alg == -8 ? SEK_FIDO2_EDDSA : SEK_FIDO2_RS256;
	row->brief.resident = c->resident;
	row->credential_len = (uint32_t)c->id_len;
	memcpy(row->credential, c->id, c->id_len);
	row->public_len = (uint32_t)fido_cred_pubkey_len(cred);
	memcpy(row->public_key, fido_cred_pubkey_ptr(cred), row->public_len);
	fido_cred_free(&cred);
	if (sek_fido2_check(row) != SEK_OK)
		abort();
}

static void
once(void)
{
	static struct randombytes_implementation chance = {
		.implementation_name = random_name,
		.random = random_word,
		.buf = fuzz_random,
	};
	static bool done;
	size_t i;

	if (done)
		return;
	done = true;
	if (randombytes_set_implementation(&chance) != 0 ||
	    sek_secret_init() != SEK_OK ||
	    sek_secret_string(&pin_right, FUZZ_PIN) != SEK_OK ||
	    sek_secret_string(&pin_wrong, "9999") != SEK_OK)
		abort();
	fido_init(FIDO_DISABLE_U2F_FALLBACK);
	for (i = 0; i < FUZZ_CREDS; i++)
		fill(&rows[i], &fuzz_key_creds()[i]);
}

static const struct sek_secret *
pin_of(uint8_t choice)
{

	return choice % 3 == 0 ? NULL : choice % 3 == 1 ? &pin_right :
	    &pin_wrong;
}

/* His credentials: some of the key's, others, more than it takes at once. */
static size_t
his(struct sek_fido2 *out, size_t max, uint8_t which, uint8_t many)
{
	size_t n = 0, i;

	for (i = 0; i < many % 40u && n < max; i++) {
		out[n] = rows[i % FUZZ_CREDS];
		out[n].credential[0] ^= (uint8_t)(i + 1);
		n++;
	}
	for (i = 0; i < FUZZ_CREDS && n < max; i++)
		if ((which >> i & 1) != 0) {
			out[n] = rows[i];
			if (rows[i].brief.resident && (which & 0x40) != 0)
				out[n].credential_len = 0;
			n++;
		}
	return n;
}

/* A signature that was taken says who it is for, and that he was there. */
static void
proved(const struct sek_fido2_assertion *a, const struct sek_fido2 *c,
    const struct sek_fido2_proof *proof)
{
	uint8_t rp[32];
	size_t head = a->authdata[0] == 0x58 ? 2 : a->authdata[0] == 0x59 ?
	    3 : 1;

	SHA256((const uint8_t *)c->rp_id, strlen(c->rp_id), rp);
	if (a->authdata_len < head + 37 ||
	    memcmp(a->authdata + head, rp, 32) != 0 ||
	    (a->authdata[head + 32] & 0x01) == 0 ||
	    (proof->verified != SEK_FIDO2_VERIFIES_NOT &&
	    (a->authdata[head + 32] & 0x04) == 0))
		abort();
}

static void
do_assert(const uint8_t *c)
{
	static struct sek_fido2 mine[64];
	static struct sek_fido2_assertion out;
	struct sek_fido2_request in = { .wait = 5 * SEK_SECOND };
	struct sek_fido2_proof proof;
	enum sek_err err;

	memset(in.hash, 7, sizeof(in.hash));
	in.n = his(mine, 64, c[0], c[1]);
	in.credential = mine;
	in.uv = (enum sek_fido2_uv)(c[2] % SEK_FIDO2_UVS);
	in.presence_only = (c[2] & 16) != 0;
	in.no_sensor = (c[2] & 32) != 0;
	in.pin = pin_of(c[3]);
	in.path = c[4] % 4 == 0 ? "fuzz:0" : "";
	no_pin = in.presence_only || in.pin == NULL;
	pins_max = 1;
	err = sek_fido2_object.assert_(&out, &in, NULL);
	if (err != SEK_OK && out.end != SEK_FIDO2_END_FAILED)
		abort();
	if (err != SEK_OK)
		return;
	if (out.end >= SEK_FIDO2_END_COUNT ||
	    out.authdata_len > sizeof(out.authdata) ||
	    out.signature_len > sizeof(out.signature) ||
	    (out.credential != UINT32_MAX && out.credential >= in.n))
		abort();
	if (out.end == SEK_FIDO2_END_OK &&
	    sek_fido2_object.verify(&proof, &out, &mine[out.credential],
	    in.hash, NULL) == SEK_OK)
		proved(&out, &mine[out.credential], &proof);
}

static void
do_make(const uint8_t *c)
{
	static struct sek_fido2 mine[64];
	static struct sek_fido2_made out;
	struct sek_fido2_make in = { .rp_id = FUZZ_RP, .rp_name = "Fuzz",
	    .user = "alice", .aaguids = "", .roots = "", .path = "",
	    .wait = 5 * SEK_SECOND };
	enum sek_err err;

	in.resident = (c[2] & 16) != 0;
	in.uv = (enum sek_fido2_uv)(c[2] % SEK_FIDO2_UVS);
	in.no_sensor = (c[2] & 32) != 0;
	in.nexclude = his(mine, 64, c[0], c[1]);
	in.exclude = mine;
	in.least = c[4] % 3 == 0 ? SEK_FIDO2_ATTESTATION_SELF :
	    SEK_FIDO2_ATTESTATION_NONE;
	in.pin = pin_of(c[3]);
	no_pin = in.pin == NULL;
	/* One that was right is sent again for another algorithm. */
	pins_max = SEK_FIDO2_ALGORITHMS;
	err = sek_fido2_object.make(&out, &in, NULL);
	if (err == SEK_OK && out.end >= SEK_FIDO2_END_COUNT)
		abort();
	if (err == SEK_OK && out.end == SEK_FIDO2_END_OK &&
	    (sek_fido2_check(&out.credential) != SEK_OK ||
	    out.credential.brief.attestation < in.least))
		abort();
}

static void
do_devices(void)
{
	static struct sek_fido2_device out[4];
	size_t n = 0;

	no_pin = true;
	(void)sek_fido2_object.devices(out, 4, &n, NULL);
	if (n > plugged)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t zeros[16];
	const uint8_t *head = size >= 16 ? data : zeros;

	once();
	fuzz_key_reset(head + 1);
	now = SEK_SECOND;
	answers = pins = 0;
	no_pin = false;
	hostile = NULL;
	changes = size >= 16 ? data + 16 : NULL;
	nchanges = size >= 16 ? (size - 16) / CHANGE : 0;
	plugged = head[14] % 8 == 0 ? 0 : head[14] % 8 == 1 ? 2 : 1;
	if ((head[0] & 8) != 0 && size >= 16) {
		hostile = data + 16;
		hostile_len = size - 16;
	}
	switch (head[0] % 4) {
	case 0: case 1:
		do_assert(head + 9);
		break;
	case 2:
		do_make(head + 9);
		break;
	default:
		do_devices();
		break;
	}
	/* The host's own are not our concern, and ours not the host's. */
	ERR_clear_error();
	return 0;
}
