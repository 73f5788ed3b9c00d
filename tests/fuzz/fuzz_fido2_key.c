/*
 * fuzz_fido2_key.c - the software key within the fuzz target: no socket, no
 * file, no clock, no chance
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>
#include <openssl/sha.h>

#include "../emulators/fido2/key.h"
#include "fuzz_fido2.h"

static struct key key;
static struct state first;
static struct cred made[FUZZ_CREDS];
static struct fuzz_cred told[FUZZ_CREDS];
static uint64_t chance;
static unsigned waited;

/* ---------------------------------------- what softkey.c does elsewhere -- */

int
key_pump(struct key *k, int ms)
{

	(void)k;
	(void)ms;
	return ++waited > 3 ? GONE : ST_OK;
}

void
key_keepalive(struct key *k, uint8_t status)
{

	(void)k;
	(void)status;
}

void
key_yank(struct key *k, const char *when)
{

	(void)k;
	(void)when;
}

/* --------------------------------------------------------------- chance -- */

/* An RSA key is long in the making: always this one, which is no secret. */
static const char rsa[] =
	"MIIEowIBAAKCAQEA61SGnXQKJ4SHoiEGjDav34zeBs8pb1v+sOqW7kxto8dRRj18"
	"YmNrv3KiejAcnPWY1nSowyihq3yd8H0tLO3KwbbmbgKe7Y/Tl87i27cYodL4G5UM"
	"TFVny92mhAbUK5g8ZUcW3wQu8Yv+f0WVtBA8CCpd06khcdeEBIhH9rIel6oNbRzY"
	"/0oe/yXIhDL6QujfuFiBsxPx2gUUpiH8yq5aY+cEl5bc5yo43a617dGUE1oYSBmT"
	"E14etF3HmJTkUZXNjJBbRYi3DpqTPUjOC6NuRX2/mc2qFss3v6KFZEG6uDMvr8bf"
	"fjFAKgc0hOPK5dr3mY6A9QHeJuGcyN+7QFCBCQIDAQABAoH/Yw+1U9JzSSgu/mmM"
	"G51pq18y0CPdUOMzgYWwilE3OYv4WLHltOiPvW6HmjYRKrpF/B0KNI6if4oHciLN"
	"ltF0WixnaO7VDTKlOFP+h5QrlPM2WkmR7mVoyIiXKK5TqRR+O4dmqw/F+igNC1R7"
	"1z63Iv/reBwhLVWH62653Ft67/GE/8fCwrhEr+hvXPJQP63Xgd+N0wtiuNoARBIJ"
	"5a2d7vRPQPn1JBvDyvnRy2R79XukHdMY+VhS1P1Gwzb9+IdV55M/twuCu4JYJUyt"
	"YVz6WppcbI5F3+jmkrWiCOjjEbz86oFnpIrTKRkEEnUXKt2MZ/QCwblgpdgzHNwD"
	"ec0hAoGBAP7xpY/x894gA1dS4Kh3slqSK5AY7N4NIBtxVGpnFEmxNWQW4fffW335"
	"vIWAqbXfu1OJvn5BhakkC0k3qtL3D8WyTKmcmalE1jTRGiCKQY+PyWzUbbjktl7f"
	"QMHP04SIdulmtAC/vvwIgWcYmjB2UATuutt5cUxvqdR2/00VW3WpAoGBAOxOFHHm"
	"e7LjiG7mLcWRSxdU2JCGv81ijWfJb5MPUKc3GB9uTzuoVMbvx7CgH2LkrXosApxo"
	"iIis+fozRYQYMIInncQKfeBbOSZk2I4hPaY8fYmkSBTcyXY7evoQ+vOfH1nyP83t"
	"hbXoOy4OBXKL4+ojBRIpNvf4nL5Kzr4THQxhAoGBANNn/JttzoSuVTbvUb5Ba5Nx"
	"TFB0as8DYVGAW7jT+13UZeq2kvEhtVO0aKDn/VME0OjH+z/lA3ormnQ/hhbkqp6M"
	"aMfpRP65R0uK7bh4DT+Hw0bMrKO6fIQVazSMKuDm7HxFHxTT7AJA51VfcFSpd1dv"
	"w2FFxi7VFaZKexAnmqzpAoGBALtyuI8dqRRfn7NxDfAB8FIisOP8sBtpSQiCZup+"
	"JJlwf8c3Bs0pG47vWDWI3zzgb6hRTwTpex0IMgfCMiu10Iz+hgyj0fRuCKinKI2e"
	"WrwKkf7kfXVnKryKNGQ3ogotOH5uRyTAfOeuv3sqDjIuO+5YN0aPwRX1dckRqGxo"
	"1wshAoGBAPayZrsrl56hzIoJ5PpaUg54L5nDoJwkzAYm+/Z+JC3hhsXP0f3k0fGb"
	"8XuQjPuz+JKe0l8masnipGQaaWAWlS9je9bKL1dfEP8q+qL/I+0F+Ubz2LBGrP+S"
	"5Swfky8e/OWl+Tka2dkEG4m4RdcUbey9fXF/Q145MDoGQx+rY8S7";

static EVP_PKEY *
the_rsa_key(void)
{
	static EVP_PKEY *pkey;
	static uint8_t der[1400];
	const unsigned char *p = der;
	int n;

	if (pkey == NULL) {
		n = EVP_DecodeBlock(der, (const unsigned char *)rsa,
		    (int)sizeof(rsa) - 1);
		if (n <= 0 || (pkey = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &p,
		    n)) == NULL)
			abort();
	}
	if (!EVP_PKEY_up_ref(pkey))
		abort();
	return pkey;
}

EVP_PKEY	*__wrap_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *lib, const char *prop,
		    const char *type, ...);
EVP_PKEY	*__real_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *lib, const char *prop,
		    const char *type, ...);

EVP_PKEY *
__wrap_EVP_PKEY_Q_keygen(OSSL_LIB_CTX *lib, const char *prop,
    const char *type, ...)
{
	const char *group;
	va_list ap;

	if (strcmp(type, "RSA") == 0)
		return the_rsa_key();
	if (strcmp(type, "EC") != 0)
		return __real_EVP_PKEY_Q_keygen(lib, prop, type);
	va_start(ap, type);
	group = va_arg(ap, const char *);
	va_end(ap);
	return __real_EVP_PKEY_Q_keygen(lib, prop, type, group);
}

void
fuzz_random(void *out, size_t len)
{
	uint8_t *p = out, h[32];
	size_t n;

	for (; len > 0; len -= n, p += n) {
		chance++;
		SHA256((const uint8_t *)&chance, sizeof(chance), h);
		n = len < 32 ? len : 32;
		memcpy(p, h, n);
	}
}

static int
rand_bytes(unsigned char *out, int len)
{

	fuzz_random(out, (size_t)len);
	return 1;
}

static int
rand_status(void)
{

	return 1;
}

/* OpenSSL 3 still takes one; there is no other way that is as short. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static void
no_chance(void)
{
	static const RAND_METHOD method = { NULL, rand_bytes, NULL, NULL,
		rand_bytes, rand_status };

	RAND_set_rand_method(&method);
}
#pragma GCC diagnostic pop

/* ----------------------------------------------------------------- made -- */

static void
turn(const char *name, const char *value)
{

	if (key.nknobs == KNOBS)
		return;
	snprintf(key.knobs[key.nknobs].name, sizeof(key.knobs[0].name), "%s",
	    name);
	snprintf(key.knobs[key.nknobs].value, sizeof(key.knobs[0].value),
	    "%s", value);
	key.nknobs++;
}

static void
make(size_t i)
{
	static const char *const algs[] = { "es256", "eddsa", "rs256" };
	static const int cose[] = { -7, -8, -257 };
	struct fuzz_cred *t = &told[i];
	uint8_t hash[32] = { 0 }, msg[1024], *out = malloc(MSG_MAX + 64);
	struct cbor_load_result res;
	cbor_item_t *m = map_new(), *rp = map_new(), *user = map_new();
	cbor_item_t *list = cbor_new_definite_array(1), *e = map_new(), *o;
	size_t n;

	key.nknobs = 0;
	turn("alg", algs[i / 2]);
	turn("pin", "no");
	turn("att", "self");
	map_int(m, 1, c_bytes(hash, 32));
	map_str(rp, "id", c_str(FUZZ_RP));
	map_int(m, 2, rp);
	hash[0] = (uint8_t)i;
	map_str(user, "id", c_bytes(hash, 32));
	map_str(user, "name", c_str("alice"));
	map_int(m, 3, user);
	map_str(e, "alg", c_int(cose[i / 2]));
	map_str(e, "type", c_str("public-key"));
	if (!cbor_array_push(list, cbor_move(e)))
		abort();
	map_int(m, 4, list);
	if (i % 2 == 1) {
		o = map_new();
		map_str(o, "rk", cbor_build_bool(true));
		map_int(m, 7, o);
	}
	msg[0] = 0x01;
	n = 1 + cbor_serialize(m, msg + 1, sizeof(msg) - 1);
	cbor_decref(&m);
	if (out == NULL || ctap_command(&key, msg, n, out, &n) != ST_OK ||
	    (m = cbor_load(out + 1, n - 1, &res)) == NULL)
		abort();
	t->authdata_len = cbor_bytestring_length(get_int(m, 2));
	memcpy(t->authdata, cbor_bytestring_handle(get_int(m, 2)),
	    t->authdata_len);
	cbor_decref(&m);
	free(out);
	made[i] = key.creds[i];
	t->id_len = made[i].id_len;
	memcpy(t->id, made[i].id, t->id_len);
	t->alg = cose[i / 2];
	t->resident = i % 2 == 1;
}

const struct fuzz_cred *
fuzz_key_creds(void)
{
	size_t i;

	if (key.log != 0)
		return told;
	key.statefile = "";
	key.knobfile = "/nonexistent/knobs";
	key.log = open("/dev/null", O_WRONLY | O_CLOEXEC);
	no_chance();
	memcpy(key.state.magic, "softkey1", 8);
	key.state.pin_retries = 8;
	key.state.uv_retries = 3;
	if (key.log < 0)
		abort();
	if (!root_make(&key))
		abort();
	for (i = 0; i < FUZZ_CREDS; i++)
		make(i);
	first = key.state;
	return told;
}

void
fuzz_key_opened(void)
{

	key.token_live = false;
	key.pin_strikes = 0;
	waited = 0;
}

void
fuzz_key_reset(const uint8_t choice[8])
{
	static const char *const touch[] = { "ok", "ok", "ok", "deny",
		"timeout:0", "never" };
	static const char *const uv[] = { "none", "none", "ok", "fail",
		"unset", "timeout:0" };
	static const char *const sig[] = { "ok", "ok", "ok", "wrongkey",
		"corrupt", "short", "long", "empty" };
	static const char *const flags[] = { "", "", "up", "uv", "up,uv",
		"ed", "at" };
	static const char *const counts[] = { "ok", "zero", "frozen",
		"back:3" };
	static const char *const ids[] = { "ok", "ok", "none", "other",
		"empty", "long" };
	static const char *const lists[] = { "8", "1", "2", "0", "64" };
	static const char *const err[] = { "0x31", "0x32", "0x33", "0x34",
		"0x2e", "0x15", "0x39", "0x36", "0x3c", "0x3f", "0x28",
		"0x19", "0x06", "0x2d", "0x7f", "0x03" };
	static const char *const where[] = { "err.01", "err.02", "err.04",
		"err.06", "err.08" };

	(void)fuzz_key_creds();
	chance = 1;
	key.state = first;
	memcpy(key.creds, made, sizeof(made));
	EVP_PKEY_free(key.agree);
	key.agree = NULL;
	key.next_n = key.next_at = 0;
	key.old_sig_len = 0;
	fuzz_key_opened();
	key.nknobs = 0;
	turn("touch", touch[choice[0] % 6]);
	turn("uv", uv[choice[1] % 6]);
	turn("sig", sig[choice[2] % 8]);
	turn("clearflags", flags[choice[3] % 7]);
	turn("setflags", flags[choice[3] / 8 % 7]);
	turn("count", counts[choice[4] % 4]);
	turn("credid", ids[choice[4] / 4 % 6]);
	turn("maxcreds", lists[choice[4] / 32 % 5]);
	turn("pinproto", choice[5] & 1 ? "1" : "12");
	turn("perms", choice[5] & 2 ? "no" : "yes");
	turn("mcuvnotrqd", choice[5] & 4 ? "yes" : "no");
	turn("alwaysuv", choice[5] & 8 ? "yes" : "no");
	turn("att", choice[5] & 16 ? "none" : choice[6] & 4 ? "x5c" : "self");
	turn("alg", choice[5] & 32 ? "rs256" : "es256,eddsa");
	turn("pinmax", choice[5] & 64 ? "1" : "8");
	turn("rphash", choice[5] & 128 ? "wrong" : "ok");
	if (choice[6] & 1)
		turn("setpin", FUZZ_PIN);
	if (choice[6] & 2)
		turn("version", "2.0");
	if (choice[7] & 128)
		turn(where[choice[7] % 5], err[choice[6] / 16]);
	pin_preset(&key);
}

size_t
fuzz_key_answer(const uint8_t *in, size_t len, uint8_t *out, size_t max)
{
	size_t n = 0;

	if (max < MSG_MAX || len == 0 ||
	    ctap_command(&key, in, len, out, &n) == GONE)
		return 0;
	return n;
}
