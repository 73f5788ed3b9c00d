/*
 * enrol.c - to bind a one-time code's key to a person
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: the code that proves is used up: it opens no login.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "sekisho/base/base32.h"
#include "sekisho/base/text.h"
#include "sekisho/flow/enrol.h"
#include "sekisho/rule/oath.h"

/* RFC 4226 section 4 R6 and RFC 6238 section 3 R6: as long as the hash. */
static const size_t key_length[SEK_OATH_ALGORITHMS] = { 20, 32, 64 };

enum sek_err
sek_enrol_for(struct sek_enrol *out, struct sek_store *st,
    const struct sek_passwd *who, bool privileged)
{
	struct sek_limits limits = { 0 };
	struct sek_user user;
	enum sek_err err;

	limits.deny = SEK_DENY_MAX;
	limits.interval = limits.unlock = SEK_SPAN_NEVER;
	memset(&user, 0, sizeof(user));
	err = sek_store_user(st, who->name, &limits, &user);
	if (err == SEK_ERR_NOT_FOUND)
		err = sek_text_copy(user.account.person,
		    sizeof(user.account.person), who->name);
	else if (err == SEK_OK && user.account.shared)
		return (SEK_ERR_REFUSED);
	else if (err == SEK_OK)
		out->rebinds = user.account.uid != SEK_UID_NONE &&
		    user.account.uid != who->uid;
	if (err != SEK_OK)
		return (err);
	sek_text_copy(out->account.name, sizeof(out->account.name), who->name);
	out->account.uid = who->uid;
	out->account.privileged = privileged;
	sek_text_copy(out->account.person, sizeof(out->account.person),
	    user.account.person);
	sek_text_copy(out->person.id, sizeof(out->person.id),
	    user.account.person);
	sek_text_copy(out->authenticator.person,
	    sizeof(out->authenticator.person), user.account.person);
	return (SEK_OK);
}

enum sek_err
sek_enrol_key(struct sek_enrol *out, enum sek_method method,
    enum sek_oath_algorithm algorithm, unsigned digits, unsigned period)
{
	struct sek_oath *o = &out->authenticator.oath;
	enum sek_err err;

	if (algorithm >= SEK_OATH_ALGORITHMS || digits > 8 || period > 60)
		return (SEK_ERR_RANGE);
	memset(o, 0, sizeof(*o));
	o->algorithm = (uint8_t)algorithm;
	o->digits = (uint8_t)digits;
	o->period = (uint16_t)(method == SEK_METHOD_TOTP ? period : 0);
	out->authenticator.method = (uint8_t)method;
	out->authenticator.state = SEK_AUTHENTICATOR_ACTIVE;
	out->key_len = key_length[algorithm];
	out->proved = 0;
	if ((err = sek_oath_check(o, method, out->key_len)) != SEK_OK ||
	    (err = sek_secret_init()) != SEK_OK)
		return (err);
	randombytes_buf(out->key, out->key_len);
	return (SEK_OK);
}

/* RFC 3986: all but unreserved characters as %XX. */
static void
percent_encode(char *dst, size_t size, const char *src)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	size_t n = 0;

	for (; *src != '\0' && n + 4 <= size; src++)
		if (strchr(plain, *src) != NULL)
			dst[n++] = *src;
		else
			n += (size_t)snprintf(dst + n, size - n, "%%%02X",
			    (unsigned)(unsigned char)*src);
	dst[n] = '\0';
}

enum sek_err
sek_enrol_uri(struct sek_secret *out, const struct sek_enrol *e)
{
	const struct sek_oath *o = &e->authenticator.oath;
	char user[SEK_NAME_MAX * 3 + 1];
	char secret[SEK_BASE32_LEN(SEK_OATH_KEY_MAX) + 1];
	struct sek_secret uri = SEK_SECRET_NONE;
	enum sek_err err;
	bool totp = e->authenticator.method == SEK_METHOD_TOTP;

	if ((err = sek_secret_new(&uri, 2048)) != SEK_OK)
		return (err);
	percent_encode(user, sizeof(user), e->account.name);
	if ((err = sek_base32_encode(secret, e->key, e->key_len)) != SEK_OK)
		goto out;
	err = sek_text_format((char *)uri.data, uri.len, "otpauth://%s/%s:%s"
	    "?secret=%s&issuer=%s&algorithm=%s&digits=%u&%s=%llu",
	    totp ? "totp" : "hotp", SEK_ENROL_ISSUER, user, secret,
	    SEK_ENROL_ISSUER,
	    sek_oath_algorithm_name((enum sek_oath_algorithm)o->algorithm),
	    (unsigned)o->digits, totp ? "period" : "counter",
	    totp ? (unsigned long long)o->period :
	    (unsigned long long)o->moving);
	if (err == SEK_OK)
		err = sek_secret_string(out, (const char *)uri.data);
out:
	sek_wipe(secret, sizeof(secret));
	sek_secret_free(&uri);
	return (err);
}

bool
sek_enrol_prove(struct sek_enrol *e, const char *typed, int64_t wall_seconds)
{
	struct sek_oath after;
	char code[16];
	bool right;

	right = sek_text_digits(code, sizeof(code), typed) == SEK_OK &&
	    sek_oath_verify(&after, &e->authenticator.oath,
	    (enum sek_method)e->authenticator.method, e->key, e->key_len,
	    code, wall_seconds) == SEK_OATH_OK;
	sek_wipe(code, sizeof(code));
	if (right) {
		e->authenticator.oath = after;
		e->proved = 1;
	}
	return (right);
}
