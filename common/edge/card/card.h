/*
 * card.h - the rooms of card.so: what each may call of another
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "In the child" is said of what talks to pcscd: only there. The child is that
 * of common/edge/device/child.h, which security keys have, too.
 *
 * Each function that talks ends with an enum sek_card_end; nothing is done
 * after one that is not OK but card_close.
 */
#ifndef SEKISHO_EDGE_CARD_CARD_H
#define SEKISHO_EDGE_CARD_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/edge/card.h"

#include "../device/child.h"

struct evp_pkey_st;		/* OpenSSL's */
struct x509_store_st;

#define CARD_ANSWER_MAX		65538u	/* data and SW1 SW2 */
#define CARD_DATA_MAX		8192u	/* put together of parts, that we
					 * take: a certificate */
#define CARD_APDUS_MAX		400u	/* of one session */

/* ------------------------------------------------------------- pcsc.c -- */
/* All of it in the child. Opaque: it holds context, handle, protocol. */

struct card_link;

struct card_slot {
	char		reader[SEK_CARD_READER_MAX];
	uint32_t	present;	/* a card is in it */
	uint32_t	in_use;		/* by somebody exclusively */
	uint32_t	atr_len;
	uint8_t		atr[SEK_CARD_ATR_MAX];
	uint8_t		pad[7];
};
/* To pcscd. The environment is cleared before: the library goes by it.
 * NO_SERVICE. *out is NULL unless OK; card_close takes NULL. */
enum sek_card_end card_open(struct card_link **out);
/* Begin nothing after this (us, sek_child_clock): SILENT instead. */
void		card_until(struct card_link *l, int64_t until);
/* Tell by fn right before a wait for another program's transaction, which has
 * no bound but the child's end, and right after. */
void		card_on_wait(struct card_link *l,
		    void (*fn)(void *arg, bool waits), void *arg);
/* Readers whose name a pattern of the list takes ("" all); n at most max.
 * NO_READER where there is none. Waits for nothing but a reader that pcscd has
 * only just found. */
enum sek_card_end card_slots(struct card_link *l, struct card_slot *out,
		    size_t max, size_t *n, const char *readers);
/*
 * Connect to the card in it (shared) and begin a transaction, which card_close
 * ends by a reset, and pcscd, too, where this process is ended. Someone else's
 * PIN status may still be there: its driver clears it. BUSY where another has
 * it for itself; NO_SERVICE, GONE, SILENT. Again after END_RESET: as if for the
 * first time.
 */
enum sek_card_end card_connect(struct card_link *l, const char *reader);
/* Reset within the transaction: all PIN status is gone, no application is
 * selected. cold: power off and on. */
enum sek_card_end card_reset(struct card_link *l, bool cold);
/*
 * One command, one answer as it came: *len of at least 2 (SW1 SW2 last). An
 * empty answer is GONE, one of a byte or longer than max is GARBAGE. Not tried
 * again, whatever happened. The buffer is wiped before, and where there is no
 * answer. Over T=0 a command without data or Le goes with a zero byte, and one
 * with both without its Le, as that protocol has it.
 */
enum sek_card_end card_transmit(struct card_link *l, const uint8_t *command,
		    size_t n, uint8_t *answer, size_t max, size_t *len);
/* Tell fn whether a card is in the reader, now and at each change, however long
 * that takes; OK: fn had enough. Connects to none. */
enum sek_card_end card_wait(struct card_link *l, const char *reader,
		    bool (*fn)(void *arg, bool there), void *arg);
uint32_t	card_sent(const struct card_link *l);	/* commands so far */
void		card_close(struct card_link *l);

/* ------------------------------------------------------------- apdu.c -- */
/* ISO 7816-4. In the child; the fuzzer's entry, too. */

struct card_command {
	uint8_t		 cla, ins, p1, p2;
	const uint8_t	*data;		/* len bytes; more than 255: in parts
					 * by CLA 10, or extended where the
					 * driver says the card takes it */
	size_t		 len;
	uint32_t	 le;		/* 0: no Le byte; 256: 00; more:
					 * extended, at most CARD_DATA_MAX */
	bool		 extended;
	bool		 secret;	/* data is a PIN: never sent again */
};
struct card_answer {
	uint16_t	 sw;
	size_t		 len;
	/* len bytes: parts by GET RESPONSE put together, 6Cxx done. */
	uint8_t		 data[CARD_DATA_MAX + 2];
};
enum sek_card_end card_command(struct card_link *l,
		    const struct card_command *c, struct card_answer *a);
/* What a status word says of a PIN: tries left by 63Cx (and 630x), 0 where
 * blocked (63C0, 6983, 6984), else TRIES_UNKNOWN. */
uint32_t	card_tries_of(uint16_t sw);
/* What it says to a VERIFY: OK, PIN_WRONG, PIN_BLOCKED, GARBAGE. */
enum sek_card_end card_verified(uint16_t sw, uint32_t *tries);

/* ----------------------------------------------------------- driver.c -- */

/* The one table: a new card is a new row (and its file). All in the child. */
struct card_driver {
	enum sek_card_driver driver;
	const char	*model;
	/* Is it one of these? Selects its application. UNKNOWN: no. PHONE and
	 * other ends: it is, and cannot be used. */
	enum sek_card_end (*probe)(struct card_link *l,
			    struct sek_card_seen *seen);
	/* Its certificate for key, DER, unpacked. *n at most max. */
	enum sek_card_end (*certificate)(struct card_link *l, uint32_t key,
			    uint8_t *out, size_t max, size_t *n);
	/* Tries left of the PIN, without a try. GARBAGE where it does not say
	 * so: a PIN is for no such card. */
	enum sek_card_end (*tries)(struct card_link *l, uint32_t *tries);
	/* One VERIFY, right behind tries(), and nothing else. PIN_WRONG,
	 * PIN_BLOCKED with *tries. */
	enum sek_card_end (*verify)(struct card_link *l, const char *pin,
			    size_t len, uint32_t *tries);
	/* Sign a digest of SHA-256 or SHA-384, as the algorithm has it. */
	enum sek_card_end (*sign)(struct card_link *l, uint32_t key,
			    enum sek_card_algorithm algorithm,
			    const uint8_t *digest, size_t len, uint8_t *out,
			    size_t max, size_t *n);
	/* Behind an answer that makes no sense: does it still know its
	 * application, and (verified) the PIN that it took, where it says so?
	 * Without a try. OK; RESET: no; others: who knows. */
	enum sek_card_end (*keeps)(struct card_link *l, bool verified);
};
extern const struct card_driver card_jpki, card_piv;
/* The DigestInfo of a SHA-256 (PKCS #1). */
#define CARD_INFO_LEN	51u
void		card_info(uint8_t out[CARD_INFO_LEN],
		    const uint8_t digest[32]);
/* The UID as PC/SC part 3 tells it; WEAK where chance made it. */
enum sek_card_end card_uid(struct card_link *l,
		    const struct sek_card_seen *seen, uint8_t *out, size_t max,
		    size_t *n);
const char	*card_uid_model(size_t len);
extern const struct card_driver *const card_drivers[];
extern const size_t card_ndrivers;
/* Nothing known of it yet. */
void		card_seen_none(struct sek_card_seen *seen, const char *reader);
/* Whose card is it? Fills seen's driver, model and key. NULL: UNKNOWN, or as
 * *end says. */
const struct card_driver *card_which(struct card_link *l,
		    struct sek_card_seen *seen, enum sek_card_end *end);

/* ------------------------------------------------------ certificate.c -- */
/* libcrypto; over bytes that a card made: in the child. */

struct card_certificate {
	int64_t		not_before, not_after;	/* wall seconds */
	uint32_t	algorithm;	/* enum sek_card_algorithm */
	uint32_t	public_len;
	uint32_t	issuer_len;
	uint32_t	trusted;
	uint8_t		public_key[SEK_CARD_PUBLIC_MAX];
	uint8_t		issuer[SEK_CARD_KEY_ID_MAX];
	uint8_t		identity[32];	/* SHA-256 of issuer and serial */
};
/* WEAK, GARBAGE, UNABLE (an algorithm that is not ours); UNTRUSTED where
 * anchors is not NULL and none of them, chosen by key id, signed it; EXPIRED.
 * The fields are filled for UNTRUSTED and EXPIRED, too. */
enum sek_card_end card_certificate(struct card_certificate *out,
		    const uint8_t *der, size_t n,
		    struct x509_store_st *anchors, int64_t now);
/* Read that of a card's key, and take it apart; what it says into seen. */
enum sek_card_end card_certify(struct card_certificate *out,
		    struct card_link *l, const struct card_driver *driver,
		    uint32_t key, struct x509_store_st *anchors, int64_t now,
		    struct sek_card_seen *seen);
/* In the caller, before a child is started: those of place->anchors; NULL where
 * that is "". */
enum sek_err	card_anchors(struct x509_store_st **out,
		    const struct sek_card_place *place, struct sek_why *why);
void		card_anchors_free(struct x509_store_st *anchors);

/* ----------------------------------------------------------- verify.c -- */
/* Anywhere. */

/* A SubjectPublicKeyInfo of a form that is ours, and fit for use; else NULL,
 * and *end WEAK or UNABLE. EVP_PKEY_free. */
struct evp_pkey_st *card_public(const uint8_t *spki, size_t n,
		    enum sek_card_algorithm *algorithm,
		    enum sek_card_end *end);
/* What a card is given to sign: *len of SHA-256 or SHA-384. */
#define CARD_DIGEST_MAX	48u
bool		card_digest(enum sek_card_algorithm algorithm,
		    const uint8_t challenge[SEK_CARD_CHALLENGE_LEN],
		    uint8_t *out, size_t *len);

/* ------------------------------------------------------------ frame.c -- */

enum card_frame_kind {
	CARD_FRAME_NONE = 0,
	CARD_FRAME_CUE,
	CARD_FRAME_SLOTS,	/* slot alone */
	CARD_FRAME_SEEN,	/* seen alone: the card in a reader */
	CARD_FRAME_SIGNED,	/* seen and got, without made */
	CARD_FRAME_READ		/* seen and got */
};
enum card_cue {
	CARD_CUE_NONE = 0,
	CARD_CUE_WAITS,		/* for another program to be done */
	CARD_CUE_HELD,		/* it is ours */
	CARD_CUE_PIN		/* a VERIFY goes out: seen and got.card say
				 * to whom */
};
/* From the child: fixed, plain, zeros where nothing was written. */
struct card_frame {
	uint32_t		kind;
	uint32_t		end;	/* enum sek_card_end */
	uint32_t		cue;	/* enum card_cue */
	uint32_t		apdus;
	struct sek_card_seen	seen;
	union {
		struct {
			uint32_t	n;
			uint32_t	pad;
			struct card_slot list[SEK_CARD_READERS_MAX];
		} slots;
		struct {
			uint32_t	card;	/* UINT32_MAX: none of them */
			uint32_t	pin_sent;
			uint32_t	verified;
			uint32_t	signature_len;
			uint32_t	uid_len;
			uint32_t	pad;
			uint8_t		signature[SEK_CARD_SIGNATURE_MAX];
			uint8_t		uid[SEK_CARD_IDENTITY_MAX];
			struct sek_card	made;
		} got;
	} u;
};
/* Work for a child of cards. */
struct card_job {
	/* In the child, pcscd opened (job->link); closed after, and f told. Of
	 * f, kind and seen.reader are filled. */
	enum sek_card_end	(*work)(struct card_job *job,
				    struct card_frame *f);
	enum card_frame_kind	 kind;	/* of that frame */
	const char		*reader;	/* "" for SLOTS: none is
						 * looked into */
	const void		*in;	/* request */
	struct x509_store_st	*anchors;
	struct card_link	*link;	/* in the child */
	bool			 waits;	/* the last cue was WAITS */
	bool			 pin_sent;	/* CARD_CUE_PIN was told, of */
	uint32_t		 card;
	struct sek_card_seen	 seen;
	struct device_job	 d;	/* its times, by who asks
					 * (sek_child_job_time); the rest is
					 * card_run's */
};
/* May it be what a child of ours writes, a cue or the answer of this kind of
 * this reader? Each byte looked at. */
bool		card_frame_check(const struct card_frame *f,
		    enum card_frame_kind kind, const char *reader);
/*
 * Run it. SEK_OK: f is checked and is no cue; of a child that died, wrote
 * nonsense or nothing f->end is GARBAGE, SILENT or (as it waited for another
 * program) BUSY, f->seen.reader is the job's and got tells whether a PIN went
 * out. Anything else is trouble here, END_FAILED of a child among it.
 */
enum sek_err	card_run(struct card_job *job, struct card_frame *f,
		    struct sek_why *why);
/* In the child: connect to the job's reader and have talk do it; where another
 * program reset the card before a PIN went out, twice again at most. RESET
 * also where pcscd told of none, but the card has forgotten what it was told
 * (see pcsc.c). */
enum sek_card_end card_hold(struct card_job *job, struct card_frame *f,
		    enum sek_card_end (*talk)(struct card_job *job,
		    struct card_frame *f));
/* In the child: a cue. */
void		card_cue(const struct card_job *job, const struct card_frame *f,
		    enum card_cue cue);
/* Run a child for the readers that place takes (one alone: its reader), as of
 * now: those with a card, or all. At most until then (us, sek_child_clock). */
enum sek_err	card_readers(struct card_slot *out, size_t max, size_t *n,
		    enum sek_card_end *end,
		    const struct sek_card_place *place, bool with_card,
		    int64_t until, struct sek_why *why);

/* ------------------------------------------------------------ conductors -- */
/* sign.c, read.c, look.c: each starts a child and checks each byte of what it
 * says; verify.c runs in the caller. */

/* In the child, of sign.c: what a key is to sign, and by which PIN. */
struct card_order {
	const struct card_driver *driver;
	uint32_t		 key;
	enum sek_card_algorithm	 algorithm;
	bool			 wants_pin;
	bool			 last;
	const struct sek_secret	*pin;	/* NULL: none to be sent */
	const uint8_t		*challenge;
};
/* Tries, VERIFY, signature: into f's seen and got. */
enum sek_card_end card_prove(struct card_job *job, struct card_frame *f,
		    const struct card_order *o);
enum sek_err	card_sign(struct sek_card_signature *out,
		    const struct sek_card_request *in, struct sek_why *why);
enum sek_err	card_read(struct sek_card_made *out,
		    const struct sek_card_read *in, struct sek_why *why);
/* watch.c: no child: it is the caller's own process that waits. */
enum sek_err	card_watch(const char *reader, sek_card_watch_fn fn,
		    void *arg, struct sek_why *why);
enum sek_err	card_present(bool *present, const struct sek_card_place *place,
		    struct sek_why *why);
enum sek_err	card_list(struct sek_card_seen *out, size_t max, size_t *n,
		    enum sek_card_end *end, const struct sek_card_place *place,
		    struct sek_why *why);
enum sek_err	card_verify(const struct sek_card_signature *s,
		    const struct sek_card *card,
		    const uint8_t challenge[SEK_CARD_CHALLENGE_LEN],
		    struct sek_why *why);

#endif
