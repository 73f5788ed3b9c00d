/*
 * key.h - what the parts of the software key share
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A test's key and nothing else: its secrets lie in a plain file.
 */
#ifndef SEKISHO_TESTS_FIDO2_KEY_H
#define SEKISHO_TESTS_FIDO2_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cbor.h>
#include <openssl/evp.h>

#include "softkey.h"

#define PACKET		64u
#define MSG_MAX		7609u
#define CLIENTS		32
#define KNOBS		96
#define GONE		(-1)	/* the client, instead of a CTAP status */

/* CTAP status codes. */
#define ST_OK			0x00
#define ST_INVALID_COMMAND	0x01
#define ST_INVALID_LENGTH	0x03
#define ST_CBOR_TYPE		0x11
#define ST_INVALID_CBOR		0x12
#define ST_MISSING_PARAMETER	0x14
#define ST_LIMIT_EXCEEDED	0x15
#define ST_EXCLUDED		0x19
#define ST_ALGORITHM		0x26
#define ST_DENIED		0x27
#define ST_STORE_FULL		0x28
#define ST_UNSUPPORTED_OPTION	0x2b
#define ST_INVALID_OPTION	0x2c
#define ST_CANCEL		0x2d
#define ST_NO_CREDENTIALS	0x2e
#define ST_ACTION_TIMEOUT	0x2f
#define ST_NOT_ALLOWED		0x30
#define ST_PIN_INVALID		0x31
#define ST_PIN_BLOCKED		0x32
#define ST_PIN_AUTH_INVALID	0x33
#define ST_PIN_AUTH_BLOCKED	0x34
#define ST_PIN_NOT_SET		0x35
#define ST_PUAT_REQUIRED	0x36
#define ST_PIN_POLICY		0x37
#define ST_TOO_LARGE		0x39
#define ST_UV_BLOCKED		0x3c
#define ST_UV_INVALID		0x3f
#define ST_UNAUTHORIZED		0x40

#define FLAG_UP	0x01u
#define FLAG_UV	0x04u
#define FLAG_AT	0x40u
#define FLAG_ED	0x80u

#define PERM_MC	0x01u
#define PERM_GA	0x02u

struct cred {
	uint32_t	id_len, key_len, user_len, resident, prot;
	int32_t		alg;
	uint8_t		rp_hash[32];
	uint8_t		id[1024];
	uint8_t		user[64];
	char		name[128];
	char		display[128];
	uint8_t		key[1400];	/* PKCS#8 or like, DER */
};

/* The head of STATEFILE; credentials follow. */
struct state {
	char		magic[8];
	uint32_t	counter, pin_set, pin_retries, uv_retries, ncreds;
	uint32_t	root_len, leaf_len, root_crt_len;
	uint8_t		pin_hash[16];
	uint8_t		root[256];	/* keys, DER */
	uint8_t		leaf[256];
	uint8_t		root_crt[1024];
};

struct client {
	int		fd;
	uint32_t	cid;		/* its last one */
	uint32_t	cids[8];
	unsigned	ncids;
	uint8_t		cmd;
	uint8_t		seq;
	size_t		want, have;
	unsigned	matched;	/* commands a fault was meant for */
	uint8_t		buf[MSG_MAX];
};

struct key {
	/* statefile "": nothing is kept. */
	const char	*socket, *statefile, *knobfile, *logfile;
	int		listener, log;
	bool		stop;
	struct {
		char	name[24];
		char	value[512];
	}		knobs[KNOBS];
	unsigned	nknobs;
	struct state	state;
	struct cred	*creds;
	struct client	clients[CLIENTS];
	uint32_t	next_cid;

	/* the command under way */
	struct client	*busy;
	int		cancelled;
	char		detail[1024];	/* for its line in the log */
	bool		up_asked;

	/* since it was plugged in */
	EVP_PKEY	*agree;
	uint8_t		token[32];
	bool		token_live;
	uint32_t	token_perms;
	bool		token_up, token_uv;
	bool		token_bound;
	uint8_t		token_rp[32];
	unsigned	pin_strikes;
	/* the assertion of before, and those to come */
	uint8_t		old_authdata[512], old_sig[600];
	size_t		old_authdata_len, old_sig_len;
	uint32_t	next[64];	/* indices of credentials */
	unsigned	next_n, next_at;
	uint8_t		next_hash[32];
	uint8_t		next_flags;
};

/* state.c: the log, knobs, what persists. */
void		 key_log(struct key *k, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
void		 key_detail(struct key *k, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
void		 knobs_load(struct key *k);
/* Value of a knob; what was given where it is not set. */
const char	*knob(const struct key *k, const char *name, const char *or);
bool		 knob_is(const struct key *k, const char *name,
		    const char *value);
bool		 knob_has(const struct key *k, const char *name,
		    const char *word);	/* in a list with commas */
long		 knob_number(const struct key *k, const char *name, long or);
/* N of "delay:N"; or where it has none. */
long		 knob_argument(const char *value, long or);
size_t		 unhex(uint8_t *out, size_t max, const char *text);
bool		 state_open(struct key *k);
void		 state_save(const struct key *k);
bool		 state_add(struct key *k, const struct cred *c);
void		 state_reset(struct key *k);
int64_t		 now_ms(void);

/* softkey.c: packets, and waiting. */
/* Wait at most ms for packets; meanwhile the key is busy. 0, or GONE, or
 * ST_CANCEL. */
int		 key_pump(struct key *k, int ms);
void		 key_keepalive(struct key *k, uint8_t status);
/* The link breaks (knob yank). */
void		 key_yank(struct key *k, const char *when);

/* ctap.c: one command; its reply to out (of MSG_MAX), *len. Status or GONE.
 * out[0] is the status. */
int		 ctap_command(struct key *k, const uint8_t *in, size_t inlen,
		    uint8_t *out, size_t *len);
/* Its holder's touch; status. */
int		 ctap_touch(struct key *k);
/* Its sensor; status. */
int		 ctap_sensor(struct key *k);

/* pin.c */
int		 pin_command(struct key *k, const cbor_item_t *map,
		    cbor_item_t **reply);
/* Is this MAC over message by the token? Status. rp_hash NULL: any. */
int		 pin_check(struct key *k, const cbor_item_t *param,
		    const cbor_item_t *proto, const uint8_t *message,
		    size_t len, uint32_t perm, const uint8_t *rp_hash);
uint32_t	 pin_left(const struct key *k);
uint32_t	 uv_left(const struct key *k);
void		 pin_preset(struct key *k);

/* cred.c */
bool		 cred_generate(struct cred *c, int32_t alg);
size_t		 cred_cose(const struct cred *c, uint8_t *out, size_t max);
size_t		 cred_sign(const struct cred *c, const uint8_t *data,
		    size_t len, uint8_t *sig, size_t max);
cbor_item_t	*cose_of(EVP_PKEY *pkey, int32_t alg);
/* Attestation statement by the knobs; *fmt is "none" or "packed". */
cbor_item_t	*cred_attest(struct key *k, const struct cred *c,
		    const uint8_t *data, size_t len, const char **fmt);
void		 key_aaguid(const struct key *k, uint8_t out[16]);
bool		 root_make(struct key *k);

/* CBOR in short. Each takes over what it is given. */
cbor_item_t	*map_new(void);
void		 map_put(cbor_item_t *map, cbor_item_t *key,
		    cbor_item_t *value);
void		 map_int(cbor_item_t *map, int key, cbor_item_t *value);
void		 map_str(cbor_item_t *map, const char *key,
		    cbor_item_t *value);
cbor_item_t	*c_int(int64_t v);
cbor_item_t	*c_bytes(const void *p, size_t len);
cbor_item_t	*c_str(const char *s);
/* Borrowed; NULL where it has none. */
cbor_item_t	*get_int(const cbor_item_t *map, int key);
cbor_item_t	*get_str(const cbor_item_t *map, const char *key);
bool		 str_is(const cbor_item_t *s, const char *text);
bool		 is_bytes(const cbor_item_t *b);

#endif
