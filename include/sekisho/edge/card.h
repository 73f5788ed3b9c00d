/*
 * card.h - IC cards in this terminal's readers, by PC/SC
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * libpcsclite and libcrypto are loaded when the first of these is called, by
 * an object of our own (SEK_LIBEXECDIR/card.so, package libpam-sekisho-card):
 * who has no card does without them.
 *
 * All of PC/SC is done in a child, which is ended when its time is up: a card
 * that hangs blocks SCardTransmit and SCardConnect for ever, and SCardCancel
 * does not free them. A signature is verified by the caller.
 *
 * MUST: no card is held over a question to its holder.
 * MUST: each call ends within its bound, whatever card, reader or pcscd do.
 * MUST: a PIN reaches a card only where the caller says so, by one VERIFY a
 * call, which is never tried again: what did not answer may have counted.
 * MUST: a signature behind a PIN is made right after that PIN was verified, in
 * the same transaction: never on a status that someone else left; and the
 * card is reset at the end, also where the child dies.
 * MUST: the signing key, its PIN, 券面 and 個人番号 are never touched.
 * MUST: what is signed is never what came from outside.
 */
#ifndef SEKISHO_EDGE_CARD_H
#define SEKISHO_EDGE_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/base/secret.h"
#include "sekisho/model/card.h"

#define SEK_CARD_READER_MAX	128u	/* pcsclite's MAX_READERNAME */
#define SEK_CARD_READERS_MAX	16u	/* looked at */
#define SEK_CARD_MODEL_MAX	64u
#define SEK_CARD_ATR_MAX	33u
#define SEK_CARD_CHALLENGE_LEN	32u
#define SEK_CARD_SIGNATURE_MAX	520u
#define SEK_CARD_LIST_MAX	256u	/* credentials looked for at once */
#define SEK_CARD_TRIES_UNKNOWN	UINT32_MAX

/* How talking to the cards ended. */
enum sek_card_end {
	SEK_CARD_END_FAILED = 0,	/* as why says */
	SEK_CARD_END_OK,
	SEK_CARD_END_NO_SERVICE,	/* pcscd does not run */
	SEK_CARD_END_NO_READER,
	SEK_CARD_END_NO_CARD,
	SEK_CARD_END_UNKNOWN,		/* no driver knows it */
	SEK_CARD_END_OTHERS,		/* none is his */
	SEK_CARD_END_PHONE,		/* a telephone in place of the card */
	SEK_CARD_END_WANTS_PIN,		/* ask for it: see seen.tries */
	SEK_CARD_END_PIN_WRONG,
	SEK_CARD_END_PIN_BLOCKED,
	SEK_CARD_END_EXPIRED,		/* its certificate; or not valid yet */
	SEK_CARD_END_UNTRUSTED,		/* its certificate leads to no anchor */
	SEK_CARD_END_WEAK,		/* a key too short, a UID by chance */
	SEK_CARD_END_UNABLE,		/* no key or no certificate on it */
	SEK_CARD_END_BUSY,		/* another program has it */
	SEK_CARD_END_RESET,		/* another program reset it */
	SEK_CARD_END_GONE,		/* taken away while in use, or the
					 * link was lost */
	SEK_CARD_END_SILENT,		/* no answer within the time */
	SEK_CARD_END_GARBAGE,		/* no sense in its answers */
	SEK_CARD_END_COUNT
};
/* A word for the log: "pin-blocked". */
const char	*sek_card_end_name(enum sek_card_end e);

/* What is in a reader. */
struct sek_card_seen {
	char		reader[SEK_CARD_READER_MAX];	/* as pcscd names it;
						 * printable */
	char		model[SEK_CARD_MODEL_MAX];	/* "My Number Card" */
	int64_t		not_before;	/* of the certificate of its key for
					 * logins; */
	int64_t		not_after;	/* 0 none or not read */
	uint32_t	end;		/* enum sek_card_end: OK, or why it is
					 * of no use */
	uint32_t	driver;		/* enum sek_card_driver;
					 * SEK_CARD_DRIVERS: not known */
	uint32_t	algorithm;	/* enum sek_card_algorithm */
	uint32_t	key;		/* 0x9A, 0x9E; 0 */
	uint32_t	tries;		/* of the PIN; SEK_CARD_TRIES_UNKNOWN */
	uint32_t	card;		/* 1: some card is in it */
	uint32_t	trusted;	/* 1: its certificate leads to an
					 * anchor */
	uint32_t	atr_len;
	uint8_t		atr[SEK_CARD_ATR_MAX];
	uint8_t		pad[7];
};

/* What of this terminal's readers and policy each call goes by. */
struct sek_card_place {
	const char	*readers;	/* card.readers; "" any */
	const char	*anchors;	/* folder of certificates, PEM or DER;
					 * "" none: the key alone counts */
	const char	*reader;	/* this one alone; "" any */
	int64_t		 now;		/* wall seconds, to judge validity */
	int64_t		 wait;		/* us for all of it */
};

/*
 * Is any card in a reader that the policy names? Opens none; at most place's
 * wait. SEK_ERR_NOT_FOUND: the object or libpcsclite is not installed; why
 * names the package.
 */
enum sek_err	sek_card_present(bool *present,
		    const struct sek_card_place *place, struct sek_why *why);
/* All readers, and the card in each: at most max; *n, how many. Touches no
 * PIN. *end: OK, NO_SERVICE, NO_READER. */
enum sek_err	sek_card_list(struct sek_card_seen *out, size_t max, size_t *n,
		    enum sek_card_end *end,
		    const struct sek_card_place *place, struct sek_why *why);

/* One signature by one of these keys, made now. */
struct sek_card_request {
	struct sek_card_place	 place;
	uint8_t			 challenge[SEK_CARD_CHALLENGE_LEN]; /* fresh */
	const struct sek_card	*card;	/* n of them: his */
	size_t			 n;
	uint32_t		 methods;	/* SEK_METHOD_BITs that are
						 * of use */
	bool			 no_pin;	/* whatever it wants: the key is
						 * looked for, as if a PIN were
						 * to come, and none is sent */
	const struct sek_secret	*pin;	/* NULL: none yet */
	bool			 last;	/* he was asked: its last try, too */
};
struct sek_card_signature {
	uint32_t		end;	/* enum sek_card_end */
	uint32_t		card;	/* index of his that it is; else
					 * UINT32_MAX. Of a UID that cannot be
					 * told here: UINT32_MAX with OK */
	uint32_t		pin_sent;	/* 1: a VERIFY went out,
						 * whatever came of it */
	uint32_t		verified;	/* 1: and the card said yes, in
						 * this transaction */
	uint32_t		apdus;		/* sent */
	uint32_t		signature_len;
	uint32_t		uid_len;
	uint32_t		pad;
	struct sek_card_seen	seen;
	uint8_t			signature[SEK_CARD_SIGNATURE_MAX]; /* RSA block,
							 * or DER of r and s */
	uint8_t			uid[SEK_CARD_IDENTITY_MAX];
};
/*
 * Find his card among those in the readers (its certificate's key, which asks
 * no PIN; tries left), then have it sign. SEK_OK: out->end tells how it went;
 * any other error is of this machine. With END_WANTS_PIN nothing was signed
 * and nothing is held: ask, and call again with pin and reader = seen.reader.
 * Again END_WANTS_PIN: one try is left by now, he was not asked about it, and
 * the PIN was not sent. A PIN that the driver's form does not take
 * (sek_card_pin_ok) is END_PIN_WRONG with pin_sent 0.
 */
enum sek_err	sek_card_sign(struct sek_card_signature *out,
		    const struct sek_card_request *in, struct sek_why *why);
/*
 * Did the holder of this card's private key sign this challenge? PKCS #1 v1.5
 * by comparing the whole encoded message, ECDSA by libcrypto.
 * SEK_ERR_REFUSED: no, whatever is wrong with it. Reaches for no device.
 */
enum sek_err	sek_card_verify(const struct sek_card_signature *s,
		    const struct sek_card *card,
		    const uint8_t challenge[SEK_CARD_CHALLENGE_LEN],
		    struct sek_why *why);

/* Read one for enrolment: by driver, its key and certificate; with a PIN also
 * one signature over a fresh challenge, verified: proved. */
struct sek_card_read {
	struct sek_card_place	 place;
	enum sek_card_driver	 driver;	/* SEK_CARD_DRIVERS: what it
						 * is; a UID only if named */
	uint32_t		 key;		/* of PIV: 0x9A (0 too), 0x9E */
	bool			 prove;	/* without a PIN given: WANTS_PIN where
					 * its key asks for one */
	const struct sek_secret	*pin;
	bool			 last;
	const struct sek_card	*same;	/* the one that pin is of, as made.card
					 * had it: another is GONE; NULL */
};
struct sek_card_made {
	uint32_t		end;
	uint32_t		proved;		/* it signed for it */
	uint32_t		pin_sent;
	uint32_t		pad;
	struct sek_card_seen	seen;
	struct sek_card		card;		/* where end is OK, and with
						 * WANTS_PIN */
};
/* As sek_card_sign. A UID is read twice with the power off between: one that
 * changes, or is of a form that is made by chance (ISO 14443-3: 08 and three
 * bytes; type B), is WEAK. With anchors, one that leads to none is
 * UNTRUSTED. Several cards and no reader named: why lists them, REFUSED. */
enum sek_err	sek_card_read(struct sek_card_made *out,
		    const struct sek_card_read *in, struct sek_why *why);

/*
 * Tell whether there is a card in that reader (as pcscd names it), and wait,
 * and tell again at each change; one that was out and is in again was away.
 * fn false: enough, SEK_OK. Ends with SEK_ERR_IO and why when pcscd or the
 * reader goes: the card is away then. Waits as long as it takes: for a process
 * of its own, whose environment it clears.
 */
typedef bool (*sek_card_watch_fn)(void *arg, bool there);
enum sek_err	sek_card_watch(const char *reader, sek_card_watch_fn fn,
		    void *arg, struct sek_why *why);

/*
 * What SEK_LIBEXECDIR/card.so gives, by the name "sek_card_object": the calls
 * above, of the same build.
 */
struct sek_card_object {
	char		version[32];	/* PACKAGE_VERSION */
	uint32_t	size[5];	/* of seen, request, signature, read,
					 * made */
	uint32_t	pad;
	enum sek_err	(*present)(bool *, const struct sek_card_place *,
			    struct sek_why *);
	enum sek_err	(*list)(struct sek_card_seen *, size_t, size_t *,
			    enum sek_card_end *, const struct sek_card_place *,
			    struct sek_why *);
	enum sek_err	(*sign)(struct sek_card_signature *,
			    const struct sek_card_request *,
			    struct sek_why *);
	enum sek_err	(*verify)(const struct sek_card_signature *,
			    const struct sek_card *,
			    const uint8_t [SEK_CARD_CHALLENGE_LEN],
			    struct sek_why *);
	enum sek_err	(*read)(struct sek_card_made *,
			    const struct sek_card_read *, struct sek_why *);
	enum sek_err	(*watch)(const char *, sek_card_watch_fn, void *,
			    struct sek_why *);
};

#endif
