/*
 * ctap.c - the software key's commands: CTAP 2.1 section 6
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>
#include <openssl/sha.h>

#include "key.h"

#define PLUGGED_MS	10000	/* a reset is taken so long after */

/* ------------------------------------------------------- its holder -- */

/* Poll until the knob says how the wait ends. */
static int
wait_holder(struct key *k, const char *name, const char *what)
{
	int64_t began = now_ms(), kept = began - 100, passed;
	const char *v;
	int st;

	key_log(k, "wait %s", what);
	for (;;) {
		knobs_load(k);
		v = knob(k, name, "ok");
		passed = now_ms() - began;
		if (knob_is(k, "yank", "touch")) {
			key_yank(k, "touch");
			return GONE;
		}
		if (strcmp(v, "ok") == 0 || strcmp(v, "fail") == 0)
			return ST_OK;
		if (strncmp(v, "delay", 5) == 0 &&
		    passed >= knob_argument(v, 100))
			return ST_OK;
		if (strncmp(v, "timeout", 7) == 0 &&
		    passed >= knob_argument(v, 10000))
			return ST_ACTION_TIMEOUT;
		if (strcmp(v, "deny") == 0)
			return ST_DENIED;
		if (now_ms() - kept >= 100) {
			key_keepalive(k, 2);
			kept = now_ms();
		}
		if ((st = key_pump(k, 5)) != ST_OK)
			return st;
	}
}

int
ctap_touch(struct key *k)
{

	return wait_holder(k, "touch", "touch");
}

int
ctap_sensor(struct key *k)
{
	long delay = knob_number(k, "uvdelay", 0);
	int64_t began = now_ms();
	int st;

	if (knob_is(k, "uv", "none") || knob_is(k, "uv", "unset") ||
	    knob(k, "uv", NULL) == NULL)
		return ST_NOT_ALLOWED;
	if (uv_left(k) == 0)
		return ST_UV_BLOCKED;
	for (; now_ms() - began < delay;) {
		key_keepalive(k, 2);
		if ((st = key_pump(k, 20)) != ST_OK)
			return st;
	}
	if ((st = wait_holder(k, "uv", "sensor")) != ST_OK)
		return st;
	if (!knob_is(k, "uv", "fail")) {
		k->state.uv_retries = 3;
		state_save(k);
		return ST_OK;
	}
	k->state.uv_retries = uv_left(k) - 1;
	state_save(k);
	return uv_left(k) == 0 ? ST_UV_BLOCKED : ST_UV_INVALID;
}

/* ----------------------------------------------------------- getInfo -- */

static bool
offers(const struct key *k, const char *alg)
{

	return knob(k, "alg", NULL) == NULL || knob_has(k, "alg", alg);
}

static const struct {
	const char	*name;
	int32_t		 alg;
} algs[] = { { "es256", -7 }, { "eddsa", -8 }, { "rs256", -257 } };

static void
push(cbor_item_t *array, cbor_item_t *item)
{

	if (!cbor_array_push(array, cbor_move(item)))
		abort();
}

static cbor_item_t *
info_options(const struct key *k)
{
	const char *uv = knob(k, "uv", "none");
	bool pin = !knob_is(k, "pin", "no");
	cbor_item_t *o = map_new();

	/* Shorter names first, as CTAP2 canonical CBOR has it. */
	map_str(o, "rk", cbor_build_bool(!knob_is(k, "rk", "no")));
	map_str(o, "up", cbor_build_bool(true));
	if (strcmp(uv, "none") != 0)
		map_str(o, "uv", cbor_build_bool(strcmp(uv, "unset") != 0));
	map_str(o, "plat", cbor_build_bool(false));
	if (knob(k, "alwaysuv", NULL) != NULL)
		map_str(o, "alwaysUv",
		    cbor_build_bool(knob_is(k, "alwaysuv", "yes")));
	if (pin)
		map_str(o, "clientPin", cbor_build_bool(k->state.pin_set != 0));
	if (!knob_is(k, "perms", "no"))
		map_str(o, "pinUvAuthToken", cbor_build_bool(true));
	map_str(o, "makeCredUvNotRqd",
	    cbor_build_bool(knob_is(k, "mcuvnotrqd", "yes")));
	return o;
}

static int
get_info(struct key *k, cbor_item_t **reply)
{
	cbor_item_t *m = map_new(), *a, *e;
	const char *protos = knob(k, "pinproto", "12");
	uint8_t aaguid[16];
	size_t i;

	a = cbor_new_definite_array(2);
	push(a, c_str("FIDO_2_0"));
	if (!knob_is(k, "version", "2.0"))
		push(a, c_str("FIDO_2_1"));
	map_int(m, 1, a);
	a = cbor_new_definite_array(1);
	push(a, c_str("credProtect"));
	map_int(m, 2, a);
	key_aaguid(k, aaguid);
	map_int(m, 3, c_bytes(aaguid, 16));
	map_int(m, 4, info_options(k));
	map_int(m, 5, c_int(knob_number(k, "maxmsg", 1200)));
	a = cbor_new_definite_array(2);
	/* The one it likes better first. */
	for (i = 0; i < 2 && protos[i] != '\0'; i++)
		push(a, c_int(protos[i] - '0'));
	map_int(m, 6, a);
	if (knob_number(k, "maxcreds", 8) > 0)
		map_int(m, 7, c_int(knob_number(k, "maxcreds", 8)));
	if (knob_number(k, "maxcredid", 128) > 0)
		map_int(m, 8, c_int(knob_number(k, "maxcredid", 128)));
	a = cbor_new_definite_array(1);
	push(a, c_str("usb"));
	map_int(m, 9, a);
	a = cbor_new_definite_array(3);
	for (i = 0; i < 3; i++) {
		if (!offers(k, algs[i].name))
			continue;
		e = map_new();
		map_str(e, "alg", c_int(algs[i].alg));
		map_str(e, "type", c_str("public-key"));
		push(a, e);
	}
	map_int(m, 10, a);
	map_int(m, 12, cbor_build_bool(knob_is(k, "forcepin", "yes")));
	map_int(m, 13, c_int(knob_number(k, "minpin", 4)));
	map_int(m, 14, c_int(1));
	*reply = m;
	return ST_OK;
}

/* ------------------------------------------------------------ shared -- */

static bool
option(const cbor_item_t *options, const char *name, bool or)
{
	const cbor_item_t *o = get_str(options, name);

	return o != NULL && cbor_is_bool(o) ? cbor_get_bool(o) : or;
}

struct request {
	const cbor_item_t	*hash, *options, *param, *proto;
	uint8_t			 rp_hash[32];
	bool			 rk, up, uv;
	uint8_t			 flags;
};

/* Is whoever is there the holder? Sets flags; status. perm: for which. */
static int
verify_holder(struct key *k, struct request *r, uint32_t perm)
{
	bool guarded = k->state.pin_set || knob_is(k, "uv", "ok") ||
	    knob_is(k, "uv", "fail");
	int st;

	if (r->param != NULL && is_bytes(r->param) &&
	    cbor_bytestring_length(r->param) == 0) {
		if ((st = ctap_touch(k)) != ST_OK)
			return st;
		return k->state.pin_set ? ST_PIN_INVALID : ST_PIN_NOT_SET;
	}
	if (r->param != NULL) {
		st = pin_check(k, r->param, r->proto,
		    cbor_bytestring_handle(r->hash),
		    cbor_bytestring_length(r->hash), perm, r->rp_hash);
		if (st != ST_OK)
			return st;
		r->flags |= FLAG_UV;
	} else if (r->uv) {
		if (knob_is(k, "uv", "none") || knob_is(k, "uv", "unset") ||
		    knob(k, "uv", NULL) == NULL)
			return ST_INVALID_OPTION;
		st = ctap_sensor(k);
		if (st == ST_UV_INVALID || st == ST_UV_BLOCKED)
			return k->state.pin_set ? ST_PUAT_REQUIRED : ST_DENIED;
		if (st != ST_OK)
			return st;
		r->flags |= FLAG_UV | FLAG_UP;
	} else if (guarded && perm == PERM_MC &&
	    (!knob_is(k, "mcuvnotrqd", "yes") || r->rk))
		return k->state.pin_set ? ST_PUAT_REQUIRED : ST_DENIED;
	else if (knob_is(k, "alwaysuv", "yes") && r->up)
		return k->state.pin_set ? ST_PUAT_REQUIRED : ST_DENIED;
	return ST_OK;
}

static int
be_touched(struct key *k, struct request *r)
{
	int st;

	if (!r->up)
		return ST_OK;
	if ((r->param == NULL || !k->token_up) &&
	    ((r->flags & FLAG_UP) == 0 || knob_is(k, "uvtouch", "no")) &&
	    (st = ctap_touch(k)) != ST_OK)
		return st;
	r->flags |= FLAG_UP;
	/* A token is good for one such. */
	if (r->param != NULL && !knob_is(k, "perms", "no")) {
		k->token_perms = 0;
		k->token_up = false;
	}
	return ST_OK;
}

static uint8_t
lie(const struct key *k, uint8_t flags)
{
	static const struct {
		const char	*name;
		uint8_t		 bit;
	} all[] = { { "up", 0x01 }, { "rfu1", 0x02 }, { "uv", 0x04 },
	    { "be", 0x08 }, { "bs", 0x10 }, { "rfu2", 0x20 }, { "at", 0x40 },
	    { "ed", 0x80 } };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (knob_has(k, "clearflags", all[i].name))
			flags = (uint8_t)(flags & ~all[i].bit);
		if (knob_has(k, "setflags", all[i].name))
			flags |= all[i].bit;
	}
	return flags;
}

/* The next value of the counter, which is kept. */
static uint32_t
count(struct key *k)
{
	const char *v = knob(k, "count", "ok");
	uint32_t back;

	if (strcmp(v, "zero") == 0)
		return 0;
	if (strncmp(v, "set", 3) == 0)
		k->state.counter = (uint32_t)knob_argument(v, 0);
	else if (strncmp(v, "jump", 4) == 0)
		k->state.counter += (uint32_t)knob_argument(v, 1000);
	else if (strcmp(v, "frozen") != 0)
		k->state.counter++;
	state_save(k);
	if (strncmp(v, "back", 4) == 0) {
		back = (uint32_t)knob_argument(v, 1);
		return k->state.counter > back ? k->state.counter - back : 0;
	}
	return k->state.counter;
}

static size_t
authdata_head(struct key *k, uint8_t *out, const uint8_t rp_hash[32],
    uint8_t flags)
{
	uint32_t n = count(k);

	memcpy(out, rp_hash, 32);
	if (knob_is(k, "rphash", "wrong"))
		out[0] ^= 0xff;
	out[32] = lie(k, flags);
	out[33] = (uint8_t)(n >> 24);
	out[34] = (uint8_t)(n >> 16);
	out[35] = (uint8_t)(n >> 8);
	out[36] = (uint8_t)n;
	key_detail(k, " flags=%02x count=%u", out[32], n);
	return 37;
}

static struct cred *
find(struct key *k, const cbor_item_t *entry, const uint8_t rp_hash[32])
{
	const cbor_item_t *id = get_str(entry, "id");
	uint32_t i;

	if (!is_bytes(id))
		return NULL;
	for (i = 0; i < k->state.ncreds; i++)
		if (k->creds[i].id_len == cbor_bytestring_length(id) &&
		    memcmp(k->creds[i].id, cbor_bytestring_handle(id),
		    k->creds[i].id_len) == 0 &&
		    memcmp(k->creds[i].rp_hash, rp_hash, 32) == 0)
			return &k->creds[i];
	return NULL;
}

static void
text(char *out, size_t size, const cbor_item_t *s)
{

	out[0] = '\0';
	if (s != NULL && cbor_isa_string(s) && cbor_string_is_definite(s))
		snprintf(out, size, "%.*s", (int)cbor_string_length(s),
		    (const char *)cbor_string_handle(s));
}

static int
list_checked(const struct key *k, const cbor_item_t *list)
{
	long max = knob_number(k, "maxcreds", 8);

	if (list == NULL)
		return ST_OK;
	if (!cbor_isa_array(list))
		return ST_CBOR_TYPE;
	if (max > 0 && cbor_array_size(list) > (size_t)max)
		return ST_LIMIT_EXCEEDED;
	return ST_OK;
}

/* The status that err.NN, or touch, asks for is in r; hash and RP's. */
static int
request_read(struct request *r, const cbor_item_t *hash,
    const cbor_item_t *rp, const cbor_item_t *options)
{

	if (hash == NULL || rp == NULL)
		return ST_MISSING_PARAMETER;
	if (!is_bytes(hash) || cbor_bytestring_length(hash) != 32 ||
	    !cbor_isa_string(rp) || !cbor_string_is_definite(rp))
		return ST_CBOR_TYPE;
	r->hash = hash;
	r->options = options;
	SHA256(cbor_string_handle(rp), cbor_string_length(rp), r->rp_hash);
	r->rk = option(options, "rk", false);
	r->up = option(options, "up", true);
	r->uv = option(options, "uv", false);
	return ST_OK;
}

/* ---------------------------------------------------- makeCredential -- */

static int
choose_algorithm(const struct key *k, const cbor_item_t *params, int32_t *alg)
{
	const cbor_item_t *a, *e;
	size_t i, j;

	if (params == NULL || !cbor_isa_array(params))
		return ST_MISSING_PARAMETER;
	for (i = 0; i < cbor_array_size(params); i++) {
		e = cbor_array_handle(params)[i];
		a = get_str(e, "alg");
		if (a == NULL || !cbor_isa_negint(a))
			continue;
		for (j = 0; j < sizeof(algs) / sizeof(algs[0]); j++)
			if (cbor_get_int(a) == (uint64_t)(-1 - algs[j].alg) &&
			    offers(k, algs[j].name)) {
				*alg = algs[j].alg;
				return ST_OK;
			}
	}
	return ST_ALGORITHM;
}

static long
residents(const struct key *k)
{
	uint32_t i;
	long n = 0;

	for (i = 0; i < k->state.ncreds; i++)
		n += k->creds[i].resident != 0;
	return n;
}

static bool
cred_new(struct key *k, struct cred *c, const struct request *r,
    const cbor_item_t *user, const cbor_item_t *ext, int32_t alg)
{
	const cbor_item_t *id = get_str(user, "id");
	const cbor_item_t *prot = get_str(ext, "credProtect");
	long len = knob_number(k, "credidlen", 48);

	memset(c, 0, sizeof(*c));
	c->resident = r->rk;
	memcpy(c->rp_hash, r->rp_hash, 32);
	c->id_len = (uint32_t)(len < 16 ? 16 : len > 1023 ? 1023 : len);
	RAND_bytes(c->id, (int)c->id_len);
	if (is_bytes(id) && cbor_bytestring_length(id) <= 64) {
		c->user_len = (uint32_t)cbor_bytestring_length(id);
		memcpy(c->user, cbor_bytestring_handle(id), c->user_len);
	}
	text(c->name, sizeof(c->name), get_str(user, "name"));
	text(c->display, sizeof(c->display), get_str(user, "displayName"));
	if (prot != NULL && cbor_isa_uint(prot))
		c->prot = (uint32_t)cbor_get_int(prot);
	return cred_generate(c, alg);
}

static size_t
authdata_make(struct key *k, uint8_t *out, const struct request *r,
    const struct cred *c)
{
	size_t n;

	n = authdata_head(k, out, r->rp_hash, (uint8_t)(r->flags | FLAG_AT |
	    (c->prot != 0 ? FLAG_ED : 0)));
	key_aaguid(k, out + n);
	n += 16;
	out[n++] = (uint8_t)(c->id_len >> 8);
	out[n++] = (uint8_t)c->id_len;
	memcpy(out + n, c->id, c->id_len);
	n += c->id_len;
	n += cred_cose(c, out + n, 400);
	if (c->prot != 0) {
		cbor_item_t *e = map_new();

		map_str(e, "credProtect", c_int(c->prot));
		n += cbor_serialize(e, out + n, 32);
		cbor_decref(&e);
	}
	return n;
}

static int
make_credential(struct key *k, const cbor_item_t *m, cbor_item_t **reply)
{
	const cbor_item_t *exclude = get_int(m, 5), *rp = get_int(m, 2);
	const cbor_item_t *user = get_int(m, 3);
	struct request r = { 0 };
	struct cred c;
	uint8_t data[2100], signed_[2200];
	cbor_item_t *att;
	const char *fmt;
	int32_t alg = 0;
	size_t i, n;
	int st;

	rp = get_str(rp, "id");
	if ((st = request_read(&r, get_int(m, 1), rp, get_int(m, 7))) != ST_OK)
		return st;
	r.param = get_int(m, 8);
	r.proto = get_int(m, 9);
	key_detail(k, " rp=%.*s rk=%d uv=%d pinauth=%d",
	    (int)cbor_string_length(rp),
	    (const char *)cbor_string_handle(rp), r.rk, r.uv,
	    r.param != NULL);
	if (user == NULL || !is_bytes(get_str(user, "id")))
		return ST_MISSING_PARAMETER;
	if ((st = choose_algorithm(k, get_int(m, 4), &alg)) != ST_OK)
		return st;
	if (!r.up && get_str(r.options, "up") != NULL)
		return ST_INVALID_OPTION;
	if (r.rk && knob_is(k, "rk", "no"))
		return ST_UNSUPPORTED_OPTION;
	if ((st = list_checked(k, exclude)) != ST_OK)
		return st;
	if ((st = verify_holder(k, &r, PERM_MC)) != ST_OK)
		return st;
	for (i = 0; exclude != NULL && i < cbor_array_size(exclude); i++)
		if (find(k, cbor_array_handle(exclude)[i], r.rp_hash) !=
		    NULL) {
			if ((st = be_touched(k, &r)) != ST_OK)
				return st;
			return ST_EXCLUDED;
		}
	if ((st = be_touched(k, &r)) != ST_OK)
		return st;
	if (r.rk && residents(k) >= knob_number(k, "maxrk", 64))
		return ST_STORE_FULL;
	if (!cred_new(k, &c, &r, user, get_int(m, 6), alg))
		return 0x7f;
	n = authdata_make(k, data, &r, &c);
	if (!state_add(k, &c))
		return 0x7f;
	memcpy(signed_, data, n);
	memcpy(signed_ + n, cbor_bytestring_handle(r.hash), 32);
	att = cred_attest(k, &c, signed_, n + 32, &fmt);
	key_detail(k, " alg=%d fmt=%s", alg, fmt);
	*reply = map_new();
	map_int(*reply, 1, c_str(fmt));
	map_int(*reply, 2, c_bytes(data, n));
	map_int(*reply, 3, att);
	return ST_OK;
}

/* ------------------------------------------------------ getAssertion -- */

static size_t
sign_by_knob(struct key *k, const struct cred *c, uint8_t *data, size_t len,
    const uint8_t *hash, uint8_t *sig, size_t max)
{
	const char *how = knob(k, "sig", "ok");
	uint8_t m[600];
	struct cred stray;
	size_t n;

	memcpy(m, data, len);
	memcpy(m + len, hash, 32);
	if (strcmp(how, "wrongkey") == 0) {
		if (!cred_generate(&stray, c->alg))
			return 0;
		return cred_sign(&stray, m, len + 32, sig, max);
	}
	n = cred_sign(c, m, len + 32, sig, max);
	if (strcmp(how, "corrupt") == 0)
		sig[n - 1] ^= 1;
	else if (strcmp(how, "empty") == 0)
		n = 0;
	else if (strcmp(how, "short") == 0)
		n /= 2;
	else if (strcmp(how, "long") == 0) {
		memset(sig + n, 0x30, max - n);
		n = max;
	}
	return n;
}

static cbor_item_t *
descriptor(const struct key *k, const struct cred *c)
{
	const char *how = knob(k, "credid", "ok");
	cbor_item_t *d = map_new();
	uint8_t id[2048];
	size_t n = c->id_len;

	memset(id, 0x41, sizeof(id));
	memcpy(id, c->id, c->id_len);
	if (strcmp(how, "other") == 0)
		id[0] ^= 0xff;
	else if (strcmp(how, "empty") == 0)
		n = 0;
	else if (strcmp(how, "long") == 0)
		n = sizeof(id);
	map_str(d, "id", c_bytes(id, n));
	map_str(d, "type", c_str("public-key"));
	return d;
}

static int
assertion(struct key *k, const struct cred *c, const uint8_t *hash,
    uint8_t flags, unsigned total, bool discovered, cbor_item_t **reply)
{
	uint8_t data[512], sig[600];
	cbor_item_t *user;
	size_t n, s;

	n = authdata_head(k, data, c->rp_hash, flags);
	s = sign_by_knob(k, c, data, n, hash, sig, sizeof(sig));
	if (knob_is(k, "sig", "replay") && k->old_sig_len > 0) {
		n = k->old_authdata_len;
		s = k->old_sig_len;
		memcpy(data, k->old_authdata, n);
		memcpy(sig, k->old_sig, s);
	} else if ((flags & FLAG_UP) != 0) {
		memcpy(k->old_authdata, data, n);
		memcpy(k->old_sig, sig, s);
		k->old_authdata_len = n;
		k->old_sig_len = s;
	}
	*reply = map_new();
	if (!knob_is(k, "credid", "none"))
		map_int(*reply, 1, descriptor(k, c));
	map_int(*reply, 2, c_bytes(data, n));
	map_int(*reply, 3, c_bytes(sig, s));
	if (c->resident && discovered) {
		user = map_new();
		map_str(user, "id", c_bytes(c->user, c->user_len));
		if ((flags & FLAG_UV) != 0 && total != 1) {
			map_str(user, "name", c_str(c->name));
			map_str(user, "displayName", c_str(c->display));
		}
		map_int(*reply, 4, user);
	}
	if (total > 1)
		map_int(*reply, 5, c_int(total));
	return ST_OK;
}

static bool
shown(const struct cred *c, bool listed, uint8_t flags)
{

	if ((flags & FLAG_UV) != 0)
		return true;
	return c->prot != 3 && (c->prot != 2 || listed);
}

static int
get_assertion(struct key *k, const cbor_item_t *m, cbor_item_t **reply)
{
	const cbor_item_t *allow = get_int(m, 3), *rp = get_int(m, 1);
	struct request r = { 0 };
	struct cred *c, *first = NULL;
	unsigned n = 0;
	size_t i;
	int st;

	if ((st = request_read(&r, get_int(m, 2), rp, get_int(m, 5))) != ST_OK)
		return st;
	r.param = get_int(m, 6);
	r.proto = get_int(m, 7);
	key_detail(k, " rp=%.*s up=%d uv=%d pinauth=%d allow=%zu",
	    (int)cbor_string_length(rp),
	    (const char *)cbor_string_handle(rp), r.up, r.uv,
	    r.param != NULL, allow == NULL || !cbor_isa_array(allow) ? 0 :
	    cbor_array_size(allow));
	k->next_n = k->next_at = 0;
	if (get_str(r.options, "rk") != NULL)
		return ST_UNSUPPORTED_OPTION;
	if ((st = list_checked(k, allow)) != ST_OK)
		return st;
	if ((st = verify_holder(k, &r, PERM_GA)) != ST_OK)
		return st;
	if (allow != NULL && cbor_array_size(allow) > 0) {
		for (i = 0; i < cbor_array_size(allow) && n == 0; i++)
			if ((c = find(k, cbor_array_handle(allow)[i],
			    r.rp_hash)) != NULL && shown(c, true, r.flags)) {
				first = c;
				n = 1;
			}
	} else {
		/* The newest first. */
		for (i = k->state.ncreds; i-- > 0 && n < 64;)
			if (k->creds[i].resident &&
			    memcmp(k->creds[i].rp_hash, r.rp_hash, 32) == 0 &&
			    shown(&k->creds[i], false, r.flags))
				k->next[n++] = (uint32_t)i;
		if (n > 0)
			first = &k->creds[k->next[0]];
	}
	key_detail(k, " match=%u", n);
	if (first == NULL)
		return ST_NO_CREDENTIALS;
	if ((st = be_touched(k, &r)) != ST_OK)
		return st;
	if (!r.up)
		r.flags &= (uint8_t)~FLAG_UP;
	if (n > 1) {
		k->next_n = n;
		k->next_at = 1;
		k->next_flags = r.flags;
		memcpy(k->next_hash, cbor_bytestring_handle(r.hash), 32);
	}
	return assertion(k, first, cbor_bytestring_handle(r.hash), r.flags, n,
	    allow == NULL || cbor_array_size(allow) == 0, reply);
}

static int
get_next_assertion(struct key *k, cbor_item_t **reply)
{

	if (k->next_at >= k->next_n ||
	    k->next[k->next_at] >= k->state.ncreds)
		return ST_NOT_ALLOWED;
	return assertion(k, &k->creds[k->next[k->next_at++]], k->next_hash,
	    k->next_flags, 0, true, reply);
}

/* ---------------------------------------------------------- dispatch -- */

static int
reset(struct key *k)
{
	int st;

	if (knob_is(k, "reset", "no"))
		return ST_NOT_ALLOWED;
	if ((st = ctap_touch(k)) != ST_OK)
		return st;
	state_reset(k);
	return ST_OK;
}

static bool
up_asked(uint8_t cmd, const cbor_item_t *map)
{

	if (cmd == 0x02)
		return option(get_int(map, 5), "up", true);
	return cmd == 0x01 || cmd == 0x07 || cmd == 0x0b;
}

static int
dispatch(struct key *k, uint8_t cmd, const cbor_item_t *map,
    cbor_item_t **reply)
{

	switch (cmd) {
	case 0x01:	return make_credential(k, map, reply);
	case 0x02:	return get_assertion(k, map, reply);
	case 0x04:	return get_info(k, reply);
	case 0x06:	return pin_command(k, map, reply);
	case 0x07:	return reset(k);
	case 0x08:	return get_next_assertion(k, reply);
	case 0x0b:	return ctap_touch(k);
	default:	return ST_INVALID_COMMAND;
	}
}

static const char *
name_of(uint8_t cmd)
{

	switch (cmd) {
	case 0x01:	return "make";
	case 0x02:	return "assert";
	case 0x04:	return "info";
	case 0x06:	return "pin";
	case 0x07:	return "reset";
	case 0x08:	return "next";
	case 0x0b:	return "selection";
	default:	return "unknown";
	}
}

int
ctap_command(struct key *k, const uint8_t *in, size_t inlen, uint8_t *out,
    size_t *len)
{
	struct cbor_load_result res = { 0 };
	cbor_item_t *map = NULL, *reply = NULL;
	int64_t began = now_ms();
	char err[8];
	uint8_t cmd = in[0];
	long forced;
	int st;

	*len = 0;
	k->detail[0] = '\0';
	k->up_asked = false;
	snprintf(err, sizeof(err), "err.%02x", cmd);
	forced = knob_number(k, err, -1);
	if (inlen > 1) {
		map = cbor_load(in + 1, inlen - 1, &res);
		if (map != NULL && res.read != inlen - 1)
			cbor_decref(&map);
	}
	if (map != NULL)
		k->up_asked = up_asked(cmd, map);
	if (inlen > (size_t)knob_number(k, "maxmsg", 1200))
		st = ST_TOO_LARGE;
	else if (inlen > 1 && (map == NULL || !cbor_isa_map(map)))
		st = ST_INVALID_CBOR;
	else if (forced >= 0 &&
	    (k->up_asked || !knob_is(k, "faultup", "yes")))
		st = (int)(forced & 0xff);
	else
		st = dispatch(k, cmd, map, &reply);
	if (st != GONE) {
		out[0] = (uint8_t)st;
		*len = 1;
		if (st == ST_OK && reply != NULL)
			*len += cbor_serialize(reply, out + 1, MSG_MAX - 1);
	}
	if (reply != NULL)
		cbor_decref(&reply);
	if (map != NULL)
		cbor_decref(&map);
	if (st == GONE)
		key_log(k, "%s cmd=%02x%s -> gone", name_of(cmd), cmd,
		    k->detail);
	else
		key_log(k, "%s cmd=%02x%s -> 0x%02x %zu bytes %lld ms",
		    name_of(cmd), cmd, k->detail, st, *len,
		    (long long)(now_ms() - began));
	return st;
}
