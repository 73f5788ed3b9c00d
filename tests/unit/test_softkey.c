/*
 * test_softkey.c - the software key itself: what it says to a client that
 * knows CTAPHID, and to libfido2 in the same process
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>

#include "../emulators/fido2/softkey.h"
#include "unit.h"

#define RP "softkey.test"

static char dir[64];
static struct softkey key;
static const uint8_t hash[32] = { 1, 2, 3 };

static void
setup(void)
{

	strcpy(dir, "/tmp/sekisho-softkey.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	unsetenv("SOFTKEY");
	fido_init(FIDO_DISABLE_U2F_FALLBACK);
}

static void
teardown(void)
{
	char cmd[128];

	softkey_stop(&key);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	ck_assert_int_eq(system(cmd), 0);
}

static void
plug(const char *knobs)
{

	ck_assert(softkey_start(&key, dir, "a", knobs));
}

/* -------------------------------------------------- a bare client -- */

static int
client(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strcpy(a.sun_path, key.socket);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void
put(int fd, const uint8_t *cid, uint8_t cmd, const uint8_t *data, size_t len)
{
	uint8_t p[64] = { 0 }, seq = 0;
	size_t n = len < 57 ? len : 57;

	memcpy(p, cid, 4);
	p[4] = 0x80 | cmd;
	p[5] = (uint8_t)(len >> 8);
	p[6] = (uint8_t)len;
	memcpy(p + 7, data, n);
	ck_assert_int_eq(send(fd, p, 64, 0), 64);
	for (; n < len; n += 59) {
		memset(p + 4, 0, 60);
		p[4] = seq++;
		memcpy(p + 5, data + n, len - n < 59 ? len - n : 59);
		ck_assert_int_eq(send(fd, p, 64, 0), 64);
	}
}

/* Command of the reply; its data to out (of 8000), *len. -1: closed. */
static int
get(int fd, uint8_t *out, size_t *len)
{
	struct pollfd w = { .fd = fd, .events = POLLIN };
	uint8_t p[64];
	size_t have;
	int cmd;

	ck_assert_int_eq(poll(&w, 1, 10000), 1);
	if (recv(fd, p, 64, 0) != 64)
		return -1;
	cmd = p[4] & 0x7f;
	*len = (size_t)(p[5] << 8 | p[6]);
	memcpy(out, p + 7, 57);
	for (have = 57; have < *len; have += 59) {
		ck_assert_int_eq(recv(fd, p, 64, 0), 64);
		memcpy(out + have, p + 5, 59);
	}
	return cmd;
}

static void
init(int fd, uint8_t cid[4])
{
	static const uint8_t all[4] = { 255, 255, 255, 255 };
	uint8_t out[8100];
	size_t n;

	put(fd, all, 0x06, (const uint8_t *)"nonce..8", 8);
	ck_assert_int_eq(get(fd, out, &n), 0x06);
	ck_assert_uint_eq(n, 17);
	ck_assert_mem_eq(out, "nonce..8", 8);
	memcpy(cid, out + 8, 4);
}

START_TEST(ping_echoes_and_wink_winks)
{
	static uint8_t in[7609], out[8100];
	uint8_t cid[4];
	size_t n, i;
	int fd;

	plug("");
	fd = client();
	init(fd, cid);
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7);
	put(fd, cid, 0x01, in, sizeof(in));
	ck_assert_int_eq(get(fd, out, &n), 0x01);
	ck_assert_uint_eq(n, sizeof(in));
	ck_assert_mem_eq(in, out, n);
	put(fd, cid, 0x08, in, 0);
	ck_assert_int_eq(get(fd, out, &n), 0x08);
	ck_assert_uint_eq(n, 0);
	/* A channel that was never given. */
	cid[0] ^= 0x80;
	put(fd, cid, 0x01, in, 1);
	ck_assert_int_eq(get(fd, out, &n), 0x3f);
	ck_assert_uint_eq(out[0], 0x0b);
	ck_assert_uint_eq(softkey_logged(&key, "wink"), 1);
	close(fd);
}
END_TEST

START_TEST(waits_with_keepalives_until_cancelled)
{
	uint8_t cid[4], out[8100], sel = 0x0b;
	size_t n;
	int fd, cmd;

	plug("touch=never\n");
	fd = client();
	init(fd, cid);
	put(fd, cid, 0x10, &sel, 1);
	ck_assert_int_eq(get(fd, out, &n), 0x3b);
	ck_assert_uint_eq(out[0], 2);
	put(fd, cid, 0x11, out, 0);
	while ((cmd = get(fd, out, &n)) == 0x3b)
		;
	ck_assert_int_eq(cmd, 0x10);
	ck_assert_uint_eq(out[0], 0x2d);
	/* A knob turned while it waits. */
	put(fd, cid, 0x10, &sel, 1);
	ck_assert(softkey_await(&key, "wait touch", 2, 10000));
	softkey_knobs(&key, "touch=ok\n");
	while ((cmd = get(fd, out, &n)) == 0x3b)
		;
	ck_assert_uint_eq(out[0], 0);
	close(fd);
}
END_TEST

START_TEST(another_client_finds_it_busy)
{
	static const uint8_t all[4] = { 255, 255, 255, 255 };
	uint8_t cid[4], other[4], out[8100], sel = 0x0b, info = 0x04;
	size_t n;
	int a, b;

	plug("touch=never\n");
	a = client();
	b = client();
	init(a, cid);
	init(b, other);
	put(a, cid, 0x10, &sel, 1);
	ck_assert(softkey_await(&key, "wait touch", 1, 10000));
	put(b, all, 0x06, (const uint8_t *)"nonce..8", 8);
	ck_assert_int_eq(get(b, out, &n), 0x3f);
	ck_assert_uint_eq(out[0], 0x06);
	put(b, other, 0x10, &info, 1);
	ck_assert_int_eq(get(b, out, &n), 0x3f);
	ck_assert_uint_eq(out[0], 0x06);
	/* Free again as soon as the first has gone. */
	close(a);
	ck_assert(softkey_await(&key, "-> gone", 1, 10000));
	put(b, other, 0x10, &info, 1);
	ck_assert_int_eq(get(b, out, &n), 0x10);
	ck_assert_uint_eq(out[0], 0);
	close(b);
}
END_TEST

/* ------------------------------------------------------- libfido2 -- */

static fido_dev_t *
dev_open(int timeout)
{
	fido_dev_info_t *list = fido_dev_info_new(4);
	fido_dev_t *dev;
	size_t n = 0;

	ck_assert_int_eq(fido_dev_info_manifest(list, 4, &n), FIDO_OK);
	ck_assert_uint_eq(n, 1);
	dev = fido_dev_new();
	ck_assert_int_eq(fido_dev_set_timeout(dev, timeout), FIDO_OK);
	if (fido_dev_open(dev, fido_dev_info_path(
	    fido_dev_info_ptr(list, 0))) != FIDO_OK)
		fido_dev_free(&dev);
	fido_dev_info_free(&list, 4);
	return dev;
}

static void
dev_close(fido_dev_t *dev)
{

	fido_dev_close(dev);
	fido_dev_free(&dev);
}

static int
make(fido_dev_t *dev, fido_cred_t *c, int alg, bool rk, uint8_t user)
{
	int r;

	fido_cred_set_type(c, alg);
	fido_cred_set_clientdata_hash(c, hash, 32);
	fido_cred_set_rp(c, RP, RP);
	fido_cred_set_user(c, &user, 1, "alice", "Alice", NULL);
	fido_cred_set_rk(c, rk ? FIDO_OPT_TRUE : FIDO_OPT_OMIT);
	r = fido_dev_make_cred(dev, c, NULL);
	return r != FIDO_OK ? r :
	    fido_cred_x5c_ptr(c) == NULL ? fido_cred_verify_self(c) :
	    fido_cred_verify(c);
}

static int
sign(fido_dev_t *dev, fido_assert_t *a, const fido_cred_t *c)
{

	fido_assert_set_clientdata_hash(a, hash, 32);
	fido_assert_set_rp(a, RP);
	fido_assert_set_up(a, FIDO_OPT_TRUE);
	if (c != NULL)
		fido_assert_allow_cred(a, fido_cred_id_ptr(c),
		    fido_cred_id_len(c));
	return fido_dev_get_assert(dev, a, NULL);
}

static int
verified(const fido_assert_t *a, size_t i, const fido_cred_t *c)
{
	const uint8_t *p = fido_cred_pubkey_ptr(c);
	size_t n = fido_cred_pubkey_len(c);
	es256_pk_t *es = es256_pk_new();
	eddsa_pk_t *ed = eddsa_pk_new();
	rs256_pk_t *rs = rs256_pk_new();
	const void *pk = es;
	int r;

	if (fido_cred_type(c) == COSE_ES256)
		r = es256_pk_from_ptr(es, p, n);
	else if (fido_cred_type(c) == COSE_EDDSA) {
		r = eddsa_pk_from_ptr(ed, p, n);
		pk = ed;
	} else {
		r = rs256_pk_from_ptr(rs, p, n);
		pk = rs;
	}
	if (r == FIDO_OK)
		r = fido_assert_verify(a, i, fido_cred_type(c), pk);
	es256_pk_free(&es);
	eddsa_pk_free(&ed);
	rs256_pk_free(&rs);
	return r;
}

static const int algs[] = { COSE_ES256, COSE_EDDSA, COSE_RS256 };

START_TEST(every_algorithm_signs_and_counts)
{
	fido_cred_t *c = fido_cred_new();
	fido_assert_t *a = fido_assert_new();
	fido_dev_t *dev;

	plug(_i % 2 == 0 ? "" : "att=self\n");
	dev = dev_open(10000);
	ck_assert_ptr_nonnull(dev);
	ck_assert_int_eq(make(dev, c, algs[_i / 2], false, 1), FIDO_OK);
	dev_close(dev);
	/* Taken out and put in again: the same key. */
	softkey_stop(&key);
	plug(NULL);
	dev = dev_open(10000);
	ck_assert_int_eq(sign(dev, a, c), FIDO_OK);
	ck_assert_int_eq(verified(a, 0, c), FIDO_OK);
	ck_assert_uint_eq(fido_assert_sigcount(a, 0), 2);
	dev_close(dev);
	fido_assert_free(&a);
	fido_cred_free(&c);
}
END_TEST

START_TEST(resident_ones_come_one_by_one)
{
	fido_cred_t *c[3];
	fido_assert_t *a = fido_assert_new();
	fido_dev_t *dev;
	int i;

	plug("");
	dev = dev_open(10000);
	for (i = 0; i < 3; i++) {
		c[i] = fido_cred_new();
		ck_assert_int_eq(make(dev, c[i], algs[i], true,
		    (uint8_t)(i + 1)), FIDO_OK);
	}
	ck_assert_int_eq(sign(dev, a, NULL), FIDO_OK);
	ck_assert_uint_eq(fido_assert_count(a), 3);
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(verified(a, (size_t)i, c[2 - i]), FIDO_OK);
		ck_assert_uint_eq(fido_assert_user_id_ptr(a, (size_t)i)[0],
		    3u - (unsigned)i);
		fido_cred_free(&c[2 - i]);
	}
	dev_close(dev);
	fido_assert_free(&a);
}
END_TEST

static const struct {
	const char	*knobs;
	int		 get, verify;	/* FIDO_OK and what verifying says */
} wrongs[] = {
	{ "sig=wrongkey\n", FIDO_OK, FIDO_ERR_INVALID_SIG },
	{ "sig=corrupt\n", FIDO_OK, FIDO_ERR_INVALID_SIG },
	{ "sig=short\n", FIDO_OK, FIDO_ERR_INVALID_SIG },
	{ "rphash=wrong\n", FIDO_OK, FIDO_ERR_INVALID_PARAM },
	{ "clearflags=up\n", FIDO_OK, FIDO_ERR_INVALID_PARAM },
	{ "err.02=0x31\n", FIDO_ERR_PIN_INVALID, 0 },
	{ "touch=deny\n", FIDO_ERR_OPERATION_DENIED, 0 },
	{ "touch=timeout:50\n", FIDO_ERR_USER_ACTION_TIMEOUT, 0 },
	{ "touch=never\n", FIDO_ERR_RX, 0 },
	{ "hang=yes\n", FIDO_ERR_RX, 0 },
	{ "yank=recv\n", FIDO_ERR_RX, 0 },
	{ "yank=touch\n", FIDO_ERR_RX, 0 },
	{ "yank=mid\n", FIDO_ERR_RX, 0 },
	{ "garbage=yes\n", -1, 0 }, { "garbage=short\n", -1, 0 },
	{ "garbage=empty\n", -1, 0 }, { "garbage=bare\n", -1, 0 },
	{ "garbage=cut\n", -1, 0 }, { "garbage=huge\n", -1, 0 },
	{ "garbage=hugemap\n", -1, 0 }, { "garbage=types\n", -1, 0 },
	{ "garbage=nested\n", -1, 0 }, { "garbage=big\n", -1, 0 },
	{ "garbage=cid\n", -1, 0 }, { "garbage=seq\n", -1, 0 },
	{ "garbage=cmd\n", -1, 0 }, { "garbage=bcnt\n", -1, 0 },
	/* An empty map is well-formed; there is nothing in it. */
	{ "garbage=hex:00a0\n", FIDO_OK, FIDO_ERR_INVALID_ARGUMENT },
};

START_TEST(a_knob_does_what_it_says)
{
	fido_cred_t *c = fido_cred_new();
	fido_assert_t *a = fido_assert_new();
	fido_dev_t *dev;
	int r;

	plug("");
	dev = dev_open(300);
	ck_assert_int_eq(make(dev, c, COSE_ES256, false, 1), FIDO_OK);
	softkey_knobs(&key, wrongs[_i].knobs);
	r = sign(dev, a, c);
	if (wrongs[_i].get == -1)
		ck_assert_int_ne(r, FIDO_OK);
	else
		ck_assert_int_eq(r, wrongs[_i].get);
	if (r == FIDO_OK)
		ck_assert_int_eq(verified(a, 0, c), wrongs[_i].verify);
	dev_close(dev);
	/* And it is well again without it. */
	softkey_knobs(&key, "");
	fido_assert_free(&a);
	a = fido_assert_new();
	dev = dev_open(10000);
	ck_assert_ptr_nonnull(dev);
	ck_assert_int_eq(sign(dev, a, c), FIDO_OK);
	ck_assert_int_eq(verified(a, 0, c), FIDO_OK);
	dev_close(dev);
	fido_assert_free(&a);
	fido_cred_free(&c);
}
END_TEST

static uint32_t
count_after(fido_cred_t *c, const char *knobs)
{
	fido_assert_t *a = fido_assert_new();
	fido_dev_t *dev = dev_open(10000);
	uint32_t n;

	softkey_knobs(&key, knobs);
	ck_assert_int_eq(sign(dev, a, c), FIDO_OK);
	ck_assert_int_eq(verified(a, 0, c), FIDO_OK);
	n = fido_assert_sigcount(a, 0);
	dev_close(dev);
	fido_assert_free(&a);
	return n;
}

START_TEST(the_counter_lies_as_told)
{
	fido_cred_t *c = fido_cred_new();
	fido_dev_t *dev;

	plug("");
	dev = dev_open(10000);
	ck_assert_int_eq(make(dev, c, COSE_ES256, false, 1), FIDO_OK);
	dev_close(dev);
	ck_assert_uint_eq(count_after(c, ""), 2);
	ck_assert_uint_eq(count_after(c, "count=frozen\n"), 2);
	ck_assert_uint_eq(count_after(c, "count=zero\n"), 0);
	ck_assert_uint_eq(count_after(c, "count=jump:10\n"), 12);
	ck_assert_uint_eq(count_after(c, "count=back:5\n"), 8);
	ck_assert_uint_eq(count_after(c, ""), 14);
	fido_cred_free(&c);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("softkey");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, ping_echoes_and_wink_winks);
	tcase_add_test(t, waits_with_keepalives_until_cancelled);
	tcase_add_test(t, another_client_finds_it_busy);
	tcase_add_loop_test(t, every_algorithm_signs_and_counts, 0, 6);
	tcase_add_test(t, resident_ones_come_one_by_one);
	tcase_add_loop_test(t, a_knob_does_what_it_says, 0,
	    (int)(sizeof(wrongs) / sizeof(wrongs[0])));
	tcase_add_test(t, the_counter_lies_as_told);
	return unit_run_case("softkey", t);
}
