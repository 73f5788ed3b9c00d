/*
 * soft.h - what the parts of the software card share
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A test's card and nothing else: its keys lie in plain files.
 */
#ifndef SEKISHO_TESTS_CARD_SOFT_H
#define SEKISHO_TESTS_CARD_SOFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <openssl/evp.h>

#define KNOBS		64
#define MESSAGE_MAX	65535u	/* of vpcd: its length is two bytes */
#define OBJECT_MAX	32768u	/* an EF or a data object */

/* Status words of ISO 7816-4. */
#define SW_OK			0x9000u
#define SW_MORE			0x6100u	/* | bytes that wait */
#define SW_TRIES		0x63c0u	/* | tries left */
#define SW_LENGTH		0x6700u
#define SW_CHAIN_LAST		0x6883u
#define SW_SECURITY		0x6982u
#define SW_BLOCKED		0x6983u
#define SW_CONDITIONS		0x6985u
#define SW_NO_EF		0x6986u
#define SW_DATA			0x6a80u
#define SW_FUNCTION		0x6a81u
#define SW_NOT_FOUND		0x6a82u
#define SW_P1P2			0x6a86u
#define SW_NO_REFERENCE		0x6a88u
#define SW_OFFSET		0x6b00u
#define SW_INS			0x6d00u
#define SW_CLA			0x6e00u
#define SW_TROUBLE		0x6f00u

struct apdu {
	uint8_t		 cla, ins, p1, p2;
	const uint8_t	*data;
	size_t		 lc;
	size_t		 le;		/* 0: no Le field; at most 65536 */
};

struct soft;
/* One kind of card. */
struct kind {
	const char	*name;
	const char	*pin;		/* by default */
	uint32_t	 tries;
	uint16_t	 blocked;	/* what it says of a blocked PIN */
	size_t		 (*atr)(struct soft *s, uint8_t out[33]);
	/* Power went, or a reset came. */
	void		 (*reset)(struct soft *s);
	/* s->out, s->out_len; the status word. */
	uint16_t	 (*command)(struct soft *s, const struct apdu *a);
	/* Make what it holds, so that tests can read it. */
	bool		 (*make)(struct soft *s);
};
extern const struct kind kind_jpki, kind_piv, kind_uid;

struct soft {
	const struct kind *kind;
	const char	*dir, *knobfile, *logfile;
	int		 log;
	struct {
		char	 name[24];
		char	 value[128];
	}		 knobs[KNOBS];
	unsigned	 nknobs;
	struct timespec	 knobs_time;	/* of the file that was read */
	uint64_t	 knobs_file, knobs_size;
	unsigned	 apdus;		/* since the knobs changed */

	uint32_t	 tries;		/* left; kept in a file */

	/* until the power goes */
	int		 app;		/* selected; 0 none */
	uint16_t	 ef;		/* 0 none */
	bool		 verified;
	uint8_t		 uid[16];
	size_t		 uid_len;
	uint8_t		 chain[4096];	/* of CLA 10 */
	size_t		 chain_len;
	uint8_t		 chain_ins;

	uint8_t		 out[OBJECT_MAX];	/* the answer's data */
	size_t		 out_len, out_at;	/* out_at: given so far */
};

/* state.c */
void		 soft_log(struct soft *s, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
/* Read the knobs if their file changed; did it? */
bool		 knobs_load(struct soft *s);
/* Value of a knob; what was given where it is not set. */
const char	*knob(const struct soft *s, const char *name, const char *or);
bool		 knob_is(const struct soft *s, const char *name,
		    const char *value);
long		 knob_number(const struct soft *s, const char *name, long or);
bool		 state_open(struct soft *s);
void		 tries_set(struct soft *s, uint32_t n);
bool		 file_write(const struct soft *s, const char *name,
		    const void *p, size_t n);
size_t		 file_read(const struct soft *s, const char *name, void *p,
		    size_t max);

/* command.c: one command as it came; its answer with SW1 SW2. */
size_t		 soft_command(struct soft *s, const uint8_t *in, size_t n,
		    uint8_t *out, size_t max);
void		 soft_reset(struct soft *s);
/* What a command is, for the knobs of faults: "verify", "tries", "sign",
 * "select", "read", "response", or "". */
const char	*soft_word(const uint8_t *in, size_t n);
/* VERIFY by what was given; 0 bytes: how it stands. */
uint16_t	 pin_verify(struct soft *s, const uint8_t *pin, size_t n);
uint16_t	 pin_status(const struct soft *s);

/* keys.c */
/* The private key of a slot ("auth", "9a"), by the knob key; to be freed. */
EVP_PKEY	*slot_key(struct soft *s, const char *slot);
/* The certificate that slot shows, by the knobs key and cert; also left in
 * SLOT.der and SLOT.pem. 0: it has none. */
size_t		 slot_certificate(struct soft *s, const char *slot,
		    uint8_t *out, size_t max);
/* The certificate of the CA, DER. */
size_t		 ca_certificate(struct soft *s, uint8_t *out, size_t max);
/*
 * Sign: data to be padded by PKCS #1 (RSA, pad), a whole block (RSA), or a
 * digest (EC); by the knob sig. 0: it does not.
 */
size_t		 slot_sign(struct soft *s, const char *slot, bool pad,
		    const uint8_t *data, size_t n, uint8_t *out, size_t max);

/* jpki.c, piv.c, uid.c */
uint16_t	 uid_command(struct soft *s, const struct apdu *a);
void		 uid_power(struct soft *s);

#endif
