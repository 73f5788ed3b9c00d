/*
 * store.h - the one store, in the terms of the flows
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Engines (SQLite now) stand behind this; no SQL outside them. Every call
 * below is one transaction that is durable when it returns SEK_OK.
 *
 * Every input and output of the first part is plain memory without pointers:
 * where the caller of a setuid program could stop or kill us while we hold
 * the store (pam-facts 13), or where an open store was inherited across a
 * fork, the call is carried over a pipe to a short-lived sekisho-store
 * process in a root-owned cgroup, which makes it there.
 *
 * MUST: a process the caller can stop never opens the store itself.
 * MUST: a deciding row whose keyed check fails refuses (SEK_ERR_TAMPERED),
 * leaves a record naming it, and changes nothing.
 */
#ifndef SEKISHO_EDGE_STORE_H
#define SEKISHO_EDGE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/secret.h"
#include "sekisho/edge/record_seal.h"
#include "sekisho/edge/settings.h"
#include "sekisho/model/account.h"
#include "sekisho/model/approval.h"
#include "sekisho/model/authenticator.h"
#include "sekisho/model/biometric.h"
#include "sekisho/model/card.h"
#include "sekisho/model/claimant.h"
#include "sekisho/model/evidence.h"
#include "sekisho/model/fido2.h"
#include "sekisho/model/mark.h"
#include "sekisho/model/password.h"
#include "sekisho/model/plan.h"
#include "sekisho/model/record.h"
#include "sekisho/model/roster.h"
#include "sekisho/model/tally.h"
#include "sekisho/model/ticket.h"
#include "sekisho/rule/lockout.h"
#include "sekisho/rule/may_change.h"
#include "sekisho/rule/privilege.h"

struct sek_store;

/* What open needs of the policy, and what each record carries of it. */
struct sek_store_config {
	char		path[SEK_PATH_MAX];
	char		key[SEK_PATH_MAX];
	char		terminal[64];		/* terminal.id of the files */
	char		profile[32];
	char		policy[SEK_HASH_HEX];	/* of the policy in force */
	char		timezone[32];
	uint8_t		journal;
	uint8_t		pad[6];
	int64_t		clock_step;		/* seconds */
};
void		sek_store_config(struct sek_store_config *out,
		    const struct sek_settings *s);

/*
 * A handle; nothing is opened before the first call needs it. The caller
 * closes it before the application gets control back (design section 1).
 * may_use_reserve: this login or verb may spend the ballast on a full disk
 * (privileged logins, unlock). It may be raised later.
 */
enum sek_err	sek_store_new(struct sek_store **out,
		    const struct sek_store_config *config);
void		sek_store_may_use_reserve(struct sek_store *st, bool yes);
/* Close the connection; the handle stays good for further calls. */
void		sek_store_close(struct sek_store *st);
void		sek_store_free(struct sek_store **st);
/* In a child that goes on by fork alone: from now on by fork + exec, whatever
 * this handle or another of that process has open (design section 1). */
void		sek_store_apart(struct sek_store *st);
/* Why the last call failed: file, cause, remedy. "" after a success. */
const char	*sek_store_why(const struct sek_store *st);

/* ------------------------------------------------------------------------
 * Part 1: calls of a login. Plain memory in, plain memory out.
 */

/* All that a round must know of a name, known to the store or not. Reads. */
struct sek_lookup {
	struct sek_claimant	who;
	struct sek_limits	limits;
	struct sek_limits	caller_limits;	/* when who.caller != 0 */
};
struct sek_lookup_out {
	struct sek_account	account;	/* name "" if not here */
	struct sek_person	person;		/* id "" if none */
	struct sek_lock_state	lock;
	struct sek_lock_state	caller_lock;	/* of the caller's tally */
	struct sek_authenticator authenticator[SEK_AUTHENTICATORS_MAX];
	uint32_t		nauthenticators;	/* active ones only */
	uint32_t		clock_back;	/* 1: set back, unaccepted */
	uint32_t		tickets;	/* SEK_PURPOSE_BITs of those in
						 * force for this account */
	uint32_t		bound;		/* 1: his person ever had an
						 * authenticator, whatever its
						 * state */
	uint32_t		pad;
	int64_t			woken;		/* wall us; 0 never: by an
						 * administrator */
	int64_t			temporary_until; /* of his password, us;
						 * 0: it is none */
};
enum sek_err	sek_store_lookup(struct sek_store *st,
		    const struct sek_lookup *in, struct sek_lookup_out *out);

/* A slot before anything is verified (design section 4). */
struct sek_reserve {
	struct sek_claimant	who;
	struct sek_limits	limits;
	struct sek_limits	caller_limits;
	struct sek_process	owner;		/* the process that verifies */
	int64_t			bound;		/* us it lasts, <= 30 s */
};
struct sek_reserve_out {
	char			slot[SEK_ID_MAX];
	uint8_t			pad[3];
	uint32_t		verdict;	/* enum sek_slot */
	uint32_t		caller_locked;	/* the caller's tally is full */
	struct sek_lock_state	lock;
};
enum sek_err	sek_store_reserve(struct sek_store *st,
		    const struct sek_reserve *in, struct sek_reserve_out *out);

enum sek_settlement {
	SEK_SETTLE_GIVE_BACK = 0,	/* right, or nothing was verified */
	/* Counts: in the tally, the caller's and the authenticator's. */
	SEK_SETTLE_FAILED
};
struct sek_settle {
	struct sek_claimant	who;
	struct sek_limits	limits;
	struct sek_limits	caller_limits;
	char			slot[SEK_ID_MAX];
	char			authenticator[SEK_ID_MAX];	/* "" none */
	uint8_t			pad[2];
	uint32_t		settlement;
};
struct sek_settle_out {
	/* 0: the slot had expired already; a right answer is then failed */
	uint32_t		held;
	/* This failure closed the lock (a record `lock` is written) */
	uint32_t		locked_now;
	struct sek_lock_state	lock;
};
enum sek_err	sek_store_settle(struct sek_store *st,
		    const struct sek_settle *in, struct sek_settle_out *out);

/*
 * As long as a reserve or a settle takes, in one durable transaction of the
 * same size, and nothing comes of it: for a round that verifies nothing and
 * must not be told by that. Refuses as they do (full, busy, foreign store).
 */
struct sek_idle {
	uint64_t		pad;
};
enum sek_err	sek_store_idle(struct sek_store *st);

/*
 * Verify a one-time code against every active TOTP/HOTP authenticator of the
 * account's person, consume it and settle the slot, all in one transaction.
 * Unknown names and names without one do the same work and are wrong.
 * A code that any of them had before is REPLAYED, even if it is right in
 * another; one that several take is used up in all. REPLAYED gives the slot
 * back and writes a record `replay`.
 */
struct sek_consume {
	struct sek_claimant	who;
	struct sek_limits	limits;
	struct sek_limits	caller_limits;
	char			slot[SEK_ID_MAX];
	char			code[16];	/* digits; the caller wipes */
	uint8_t			pad[7];
	uint32_t		methods;	/* SEK_METHOD_BITs accepted */
	uint32_t		pad2;
};
struct sek_consume_out {
	uint32_t		verdict;	/* enum sek_oath_verdict */
	uint32_t		reason;		/* enum sek_reason if not OK */
	uint32_t		method;		/* which it was */
	uint32_t		locked_now;
	char			authenticator[SEK_ID_MAX];
	char			person[SEK_NAME_MAX];
	uint8_t			pad[7];
	struct sek_lock_state	lock;
};
enum sek_err	sek_store_consume(struct sek_store *st,
		    const struct sek_consume *in, struct sek_consume_out *out);

/*
 * The security keys that would count for this account, in the order of their
 * last use, the newest first: the same persons whose codes count. Reads; none
 * for an unknown name. SEK_OK with n 0 where a store older than them.
 */
struct sek_fido2_list {
	struct sek_claimant	who;
};
struct sek_fido2_list_out {
	uint32_t		n;
	uint32_t		pad;
	char			id[SEK_AUTHENTICATORS_MAX][SEK_ID_MAX];
	struct sek_fido2	key[SEK_AUTHENTICATORS_MAX];
};
enum sek_err	sek_store_fido2_list(struct sek_store *st,
		    const struct sek_fido2_list *in,
		    struct sek_fido2_list_out *out);

/*
 * A signature that holds was made by it: its counter is taken, and the slot
 * settled, all in one transaction. It must be active still and the very
 * credential it was verified by, by its public key; else the slot counts. A
 * counter that is not above the stored one is that of a copy: the
 * authenticator is SUSPECT from now on, record counter-back, the slot counts;
 * but not where it is above `before` (what was stored when the challenge was
 * made: another login may have come between) and no other signed the same one.
 * Both 0: a key without a counter.
 */
struct sek_fido2_use {
	struct sek_claimant	who;
	struct sek_limits	limits;
	struct sek_limits	caller_limits;
	char			slot[SEK_ID_MAX];
	char			authenticator[SEK_ID_MAX];
	uint8_t			pad[2];
	uint32_t		counter;	/* signed */
	uint32_t		before;
	uint32_t		public_len;
	uint8_t			public_key[SEK_FIDO2_PUBLIC_MAX];
};
struct sek_fido2_use_out {
	uint32_t		right;
	uint32_t		reason;		/* enum sek_reason if not */
	uint32_t		locked_now;
	char			person[SEK_NAME_MAX];
	uint8_t			pad[4];
	struct sek_lock_state	lock;
};
enum sek_err	sek_store_fido2_use(struct sek_store *st,
		    const struct sek_fido2_use *in,
		    struct sek_fido2_use_out *out);

/*
 * The cards that would count for this account, in the order of their last use,
 * the newest first: the same persons whose codes count. Reads; none for an
 * unknown name. SEK_OK with n 0 where a store older than them. mark and
 * identity are zeros.
 */
struct sek_card_list {
	struct sek_claimant	who;
};
struct sek_card_list_out {
	uint32_t		n;
	uint32_t		pad;
	char			id[SEK_AUTHENTICATORS_MAX][SEK_ID_MAX];
	struct sek_card		card[SEK_AUTHENTICATORS_MAX];
};
enum sek_err	sek_store_card_list(struct sek_store *st,
		    const struct sek_card_list *in,
		    struct sek_card_list_out *out);

/*
 * A signature that holds was made by it (authenticator, and the very key it was
 * verified by), or, authenticator "", a card showed this UID: it is found by
 * its mark among those of the account (all compared, in the same time). It
 * must be active still. The slot is settled, all in one transaction: right, or
 * it counts.
 */
struct sek_card_use {
	struct sek_claimant	who;
	struct sek_limits	limits;
	struct sek_limits	caller_limits;
	char			slot[SEK_ID_MAX];
	char			authenticator[SEK_ID_MAX];
	uint8_t			pad[6];
	uint32_t		public_len;
	uint32_t		uid_len;
	uint8_t			public_key[SEK_CARD_PUBLIC_MAX];
	uint8_t			uid[SEK_CARD_IDENTITY_MAX];
};
struct sek_card_use_out {
	uint32_t		right;
	uint32_t		reason;		/* enum sek_reason if not */
	uint32_t		locked_now;
	char			authenticator[SEK_ID_MAX];
	char			person[SEK_NAME_MAX];
	uint8_t			pad[3];
	struct sek_lock_state	lock;
};
enum sek_err	sek_store_card_use(struct sek_store *st,
		    const struct sek_card_use *in,
		    struct sek_card_use_out *out);

/*
 * The living traits of this method that would count for this account: the same
 * persons whose codes count; none where they are of more than one person, who
 * cannot be told apart by them. Reads; none for an unknown name. SEK_OK with
 * n 0 of a store that is older than they are.
 */
struct sek_biometric_list {
	struct sek_claimant	who;
	uint32_t		method;		/* enum sek_method */
	uint32_t		pad;
};
struct sek_biometric_list_out {
	uint32_t		n;
	uint32_t		pad;
	char			id[SEK_TRAITS_MAX][SEK_ID_MAX];
	uint8_t			pad2[6];
	struct sek_biometric	trait[SEK_TRAITS_MAX];
};
enum sek_err	sek_store_biometric_list(struct sek_store *st,
		    const struct sek_biometric_list *in,
		    struct sek_biometric_list_out *out);

/*
 * May a scan begin, or (missed 1) one did not match: that is counted on each
 * of his traits of this method, for none can be told from another. Once there
 * were as many as tries in a row, in whatever rounds and processes, a pause is
 * before each further one (SP 800-63B-4 section 3.2.3), by the boot's clock (of
 * another boot: by the wall's), never for longer than pause. cap failures in
 * all, since one was admitted: each is disabled, with a record. Only the gate's
 * yes makes them none again.
 */
struct sek_biometric_try {
	struct sek_claimant	who;
	uint32_t		method;
	uint32_t		missed;		/* 1: and it did not match */
	uint32_t		tries;		/* biometric.tries */
	uint32_t		cap;		/* biometric.lifetime_cap */
	int64_t			pause;		/* us, biometric.pause */
};
struct sek_biometric_try_out {
	uint32_t		open;		/* 1: some of them is active */
	uint32_t		left;		/* tries before a pause */
	int64_t			pause;		/* us from now; 0 none */
};
enum sek_err	sek_store_biometric_try(struct sek_store *st,
		    const struct sek_biometric_try *in,
		    struct sek_biometric_try_out *out);

/*
 * One of these matched (ids of one person): each must be active still and as it
 * was listed. The slot is settled, all in one transaction: right, or it counts
 * (on the slot alone: mismatches were counted by sek_store_biometric_try).
 */
struct sek_biometric_use {
	struct sek_claimant	who;
	struct sek_limits	limits;
	struct sek_limits	caller_limits;
	char			slot[SEK_ID_MAX];
	uint8_t			pad[3];
	uint32_t		method;
	uint32_t		n;
	uint32_t		pad2;
	char			id[SEK_TRAITS_MAX][SEK_ID_MAX];
	uint8_t			pad3[6];
	struct sek_biometric	trait[SEK_TRAITS_MAX];
};
struct sek_biometric_use_out {
	uint32_t		right;
	uint32_t		reason;		/* enum sek_reason if not */
	uint32_t		locked_now;
	char			authenticator[SEK_ID_MAX];	/* the first */
	char			person[SEK_NAME_MAX];
	uint8_t			pad[3];
	struct sek_lock_state	lock;
};
enum sek_err	sek_store_biometric_use(struct sek_store *st,
		    const struct sek_biometric_use *in,
		    struct sek_biometric_use_out *out);

/*
 * Which trait an authenticator is, whatever its state, so that whoever matches
 * it can be told to forget it. Reads; no hash is told. SEK_ERR_NOT_FOUND: none,
 * of another method, or removed.
 */
struct sek_biometric_of {
	char			id[SEK_ID_MAX];
	uint8_t			pad[7];
};
enum sek_err	sek_store_biometric_of(struct sek_store *st,
		    const struct sek_biometric_of *in,
		    struct sek_biometric *out);

/*
 * Verify a ticket's code against those in force for this account (of the
 * purposes accepted), use it up where it is used up, and settle the slot, all
 * in one transaction. Unknown names and names without one do the same work and
 * are wrong. One that is used up is destroyed. A person who is retired,
 * suspended or ended has none.
 */
struct sek_ticket_use {
	struct sek_claimant	who;
	struct sek_limits	limits;
	struct sek_limits	caller_limits;
	char			slot[SEK_ID_MAX];
	char			code[SEK_TICKET_CODE];	/* the caller wipes */
	uint32_t		purposes;	/* SEK_PURPOSE_BITs accepted */
};
struct sek_ticket_use_out {
	uint32_t		right;
	uint32_t		reason;		/* enum sek_reason if not */
	uint32_t		purpose;
	uint32_t		attended;
	uint32_t		locked_now;
	char			id[SEK_ID_MAX];
	char			person[SEK_NAME_MAX];
	uint8_t			pad[3];
	int64_t			not_after;	/* wall us */
	struct sek_lock_state	lock;
};
enum sek_err	sek_store_ticket_use(struct sek_store *st,
		    const struct sek_ticket_use *in,
		    struct sek_ticket_use_out *out);

/*
 * The gate's yes, in one transaction: the record, the admission row, the
 * account's tally and the used authenticators' failures cleared, last_used
 * set, uid bound where it was not.
 */
struct sek_admit {
	struct sek_claimant	who;
	struct sek_record	record;		/* of event ADMIT */
	char			person[SEK_NAME_MAX];
	char			authenticator[SEK_EVIDENCE_MAX][SEK_ID_MAX];
	char			exception[SEK_ID_MAX];	/* "": by none. It is
					 * used by this, and must be in force
					 * for him; the record's ref */
	char			ticket[SEK_ID_MAX];	/* "": by none. Its word
					 * "ticket:ID" joins the row's and the
					 * record's authenticators; no sudo
					 * goes on by such a row */
	uint8_t			pad[2];
	uint32_t		nauthenticators;
	uint32_t		kinds;
	struct sek_process	gate;		/* this process */
	struct sek_process	parent;		/* its parent at this moment */
	uint32_t		audit_session;	/* kernel's; UINT32_MAX unset */
	uint32_t		unrecorded;	/* 1: without the record, where
					 * there was no room for it and
					 * audit.on_failure lets it */
	uint32_t		password;	/* 1: by his password, whose
					 * uses are one more (アクセス回数); not
					 * for a screen, nor for an act */
	uint32_t		pad3;
};
struct sek_admit_out {
	char			id[SEK_ID_MAX];	/* 32 hex digits */
	uint8_t			pad[7];
};
enum sek_err	sek_store_admit(struct sek_store *st,
		    const struct sek_admit *in, struct sek_admit_out *out);

/*
 * A refusal's record; equal ones (account, source, reason) within 60 s are
 * one with a count, written at first and at close (pam-facts 26). Names no
 * account has share one and are not written.
 */
struct sek_refuse {
	struct sek_claimant	who;
	struct sek_record	record;
};
enum sek_err	sek_store_refuse(struct sek_store *st,
		    const struct sek_refuse *in);

/*
 * An account's present password, as far as the store knows it. Reads; known 0
 * for a name or an older store that has none (person and name are told anyhow).
 */
struct sek_password_of {
	struct sek_claimant	who;
};
struct sek_password_of_out {
	struct sek_password	password;
	uint32_t		known;
	uint32_t		nhistory;	/* entries of his */
	uint32_t		contractor;	/* his person is one; or a
						 * member, of a shared one */
	uint32_t		ntwins;
	/* The newest confirmed entry of each other account of his person
	 * (6(4)②カ), the privileged ones first; never of a shared one. */
	struct sek_password_entry twin[SEK_PASSWORD_TWINS];
	char			person[SEK_NAME_MAX];
	char			name[SEK_NAME_MAX];	/* 氏名 */
	char			section[SEK_NAME_MAX];
	uint8_t			pad[3];
};
enum sek_err	sek_store_password_of(struct sek_store *st,
		    const struct sek_password_of *in,
		    struct sek_password_of_out *out);

/* A page of his entries older than before (0: from the newest), newest first;
 * pending ones too. Reads. */
struct sek_password_history {
	struct sek_claimant	who;
	int64_t			before;
};
struct sek_password_history_out {
	uint32_t		n;
	uint32_t		more;
	struct sek_password_entry entry[SEK_PASSWORD_PAGE];
};
enum sek_err	sek_store_password_history(struct sek_store *st,
		    const struct sek_password_history *in,
		    struct sek_password_history_out *out);

/*
 * What the backend keeps now (edge/shadow.h). Never seen before: a row is made,
 * set_at the day it tells (or now), and the hash, where it shows one, is the
 * first entry: who was here before us cannot keep the same. Pending entries of
 * changes that are dead: kept, and the present one, where the mark is another
 * than before them; else dropped, for the backend took none. Otherwise, a mark
 * other than the row's: changed outside: record PASSWORD_OUTSIDE, set_at now,
 * uses 0, must NOT, the hash an entry. Writes only where something changed.
 * While a change is under way, nothing is told of it. A mark of zeros, here or
 * in the row, tells nothing. A store that is older keeps nothing: SEK_OK, set
 * now, so that none is due there that could not be changed.
 */
struct sek_password_seen {
	struct sek_claimant	who;
	int64_t			day;		/* wall us; 0 not told */
	char			hash[SEK_PASSWORD_HASH_MAX];	/* or "" */
	uint8_t			mark[SEK_PASSWORD_MARK_LEN];
};
struct sek_password_seen_out {
	struct sek_password	password;	/* as it is now */
	uint32_t		changed;	/* outside, told by this call */
	uint32_t		pad;
};
enum sek_err	sek_store_password_seen(struct sek_store *st,
		    const struct sek_password_seen *in,
		    struct sek_password_seen_out *out);

/*
 * Before the backend: an entry, pending, which counts as one from now on.
 * Its owner is this process; as long as it lives nobody else settles it. at:
 * how it is called, later than any other entry of the account.
 * SEK_ERR_STORE_OLDER: to be migrated first; nothing was changed.
 */
struct sek_password_begin {
	struct sek_claimant	who;
	struct sek_process	owner;
	char			hash[SEK_PASSWORD_HASH_MAX];
	uint8_t			mark[SEK_PASSWORD_MARK_LEN];	/* before */
};
struct sek_password_begin_out {
	int64_t			at;
};
enum sek_err	sek_store_password_begin(struct sek_store *st,
		    const struct sek_password_begin *in,
		    struct sek_password_begin_out *out);
/* After it: what became of the entry. */
enum sek_password_kept {
	SEK_KEPT_NOT = 0,	/* the backend refused: the entry goes */
	SEK_KEPT_PRESENT,	/* it is the account's present one */
	SEK_KEPT_PAST		/* it was: another came behind it meanwhile,
				 * and what was said of that one stands */
};
/*
 * A record of event with its result; of the entries besides it keep - 1 stay
 * (0 is as 1), and the barred ones. guarded 1: nothing is done where the store
 * knows another password by now than one of this mark: SEK_ERR_EXISTS; the
 * caller looks at the backend again. SEK_ERR_NOT_FOUND: no such entry, or
 * settled by another.
 */
struct sek_password_end {
	struct sek_claimant	who;
	struct sek_record	record;		/* PASSWORD_CHANGED or _SET */
	int64_t			at;
	int64_t			keep;		/* entries, or
						 * SEK_HISTORY_FOREVER */
	int64_t			temporary_until; /* wall us; 0: it is not */
	uint8_t			mark[SEK_PASSWORD_MARK_LEN];	/* after */
	uint8_t			known[SEK_PASSWORD_MARK_LEN];	/* guarded: what
						 * the store said (password_of)
						 * before mark was looked at */
	uint32_t		kept;		/* enum sek_password_kept */
	uint32_t		guarded;
};
enum sek_err	sek_store_password_end(struct sek_store *st,
		    const struct sek_password_end *in);

/* Any other record. */
enum sek_err	sek_store_append(struct sek_store *st,
		    const struct sek_record *in);

/* The newest admission fit for reuse by sudo: same uid, boot and kernel
 * audit session, taken by a session, not older than max_age us. */
struct sek_reuse {
	uint32_t		uid;
	uint32_t		audit_session;
	int64_t			max_age;
};
struct sek_admission {
	char			id[SEK_ID_MAX];	/* "" : none */
	char			account[SEK_NAME_MAX];
	char			person[SEK_NAME_MAX];
	char			service[SEK_SERVICE_MAX];
	char			authenticator[SEK_AUTHENTICATORS_TEXT];
	uint8_t			pad[3];
	uint32_t		uid;
	uint32_t		kinds;
	struct sek_moment	at;
};
enum sek_err	sek_store_reuse(struct sek_store *st,
		    const struct sek_reuse *in, struct sek_admission *out);

/* The account gate refused: the row must not open a session. */
struct sek_admission_id {
	char			id[SEK_ID_MAX];
};
enum sek_err	sek_store_drop(struct sek_store *st,
		    const struct sek_admission_id *in);

/*
 * open_session: take the admission once (same boot and service, younger than
 * 120 s, by the gate's process or its parent, for one of two uids), write
 * `login`, set the account's last login. Without a fitting row `out->id` is
 * "", and `login` is written without kinds. Returns what to display.
 * SEK_ERR_REFUSED: it rests on a ticket, and who.privileged; nothing is
 * written.
 */
struct sek_open_session {
	struct sek_claimant	who;		/* of PAM_USER: the target */
	char			id[SEK_ID_MAX];	/* SEKISHO_ADMISSION or "" */
	uint8_t			pad[3];
	uint32_t		subject_uid;	/* sudo: PAM_RUSER's; or uid */
	struct sek_process	taker;
	uint32_t		audit_session;
	uint32_t		pad2;
};
struct sek_open_session_out {
	char			session[SEK_ID_MAX];	/* its row's id */
	uint8_t			pad2[7];
	struct sek_admission	admission;
	struct sek_account	before;		/* as it was before it */
	uint32_t		previous_unclosed;	/* no logout was seen */
	uint32_t		pad;
};
enum sek_err	sek_store_open_session(struct sek_store *st,
		    const struct sek_open_session *in,
		    struct sek_open_session_out *out);

/* close_session: write `logout`, set last_logout. id may be "". */
struct sek_close_session {
	struct sek_claimant	who;
	char			id[SEK_ID_MAX];
	uint8_t			pad[7];
};
enum sek_err	sek_store_close_session(struct sek_store *st,
		    const struct sek_close_session *in);

/*
 * May this subject begin a privileged session of that target, by whom, under
 * which grant (rule/privilege.h)? Nothing is taken of the admission. use:
 * where it may, the grant's uses are one more (record approval-used), and
 * record `privilege` is written with the grant's id as ref; where it may not,
 * that record is a refusal, equal ones counted in one. The grant is the one
 * that ends first of those in force for subject and target. witness: an
 * admission of service sekisho-witness, taken as a proof by the subject's gate
 * process or by its parent or this process, of another person, not older than
 * 120 s; it serves once (use). Without it what lacks is told by reason, and
 * where only a witness does: NO_WITNESS. Other reasons than the rule's: those
 * of an account that stands no more, TICKET (the proof rests on one),
 * TIME_OVER (nothing is left). Of a store older than grants there are none.
 */
struct sek_privilege {
	struct sek_claimant	who;		/* the target; service, tty … */
	char			subject[SEK_NAME_MAX];	/* account; "" nobody */
	char			id[SEK_ID_MAX];	/* SEKISHO_ADMISSION, or "" */
	char			witness[SEK_ID_MAX];	/* or "" */
	char			instead_of[SEK_ID_MAX];	/* a grant in use: any
						 * other counts (extension) */
	char			only[SEK_ID_MAX];	/* no other grant
						 * counts; "" any */
	uint8_t			pad[4];
	uint32_t		subject_uid;
	uint32_t		listed;		/* subject, by the policy */
	struct sek_privilege_policy policy;
	struct sek_process	taker;
	uint32_t		use;
	uint32_t		pad2;
};
struct sek_privilege_out {
	uint32_t		reason;		/* enum sek_reason; NONE: may */
	uint32_t		contractor;
	uint32_t		unavoidable;	/* the grant is of an
						 * emergency */
	uint32_t		glass;		/* by an envelope: its end is
						 * its own; lasts is the
						 * policy's */
	char			person[SEK_NAME_MAX];
	char			name[SEK_NAME_MAX];	/* 氏名 */
	char			section[SEK_NAME_MAX];
	char			grant[SEK_ID_MAX];	/* in force; "" none */
	char			deputy[SEK_ID_MAX];	/* by which he is
							 * listed; "" */
	char			witness[SEK_NAME_MAX];	/* account; "" */
	uint8_t			pad2[6];
	int64_t			grant_span;	/* us */
	int64_t			grant_end;	/* wall us */
	int64_t			lasts;		/* us from now, by all of
						 * them */
};
enum sek_err	sek_store_privilege(struct sek_store *st,
		    const struct sek_privilege *in,
		    struct sek_privilege_out *out);

/*
 * A session's row goes, where there is one, with the record: the guard ended
 * it, or found it over. session "" or gone: the record alone. Root's guard
 * only.
 */
struct sek_session_over {
	struct sek_record	record;		/* SESSION_ENDED, _EXTENDED,
						 * REMOVAL, SCREEN_LOCK,
						 * _UNLOCK, GUARD, LOGOUT;
						 * PRIVILEGE: of one that was
						 * refused after all, ref the
						 * grant, which has that use
						 * again; else SEK_ERR_RANGE */
	char			account[SEK_NAME_MAX];
	char			session[SEK_ID_MAX];
	uint8_t			pad[7];
	uint32_t		over;		/* 1: the row goes */
	uint32_t		pad2;
};
enum sek_err	sek_store_session_over(struct sek_store *st,
		    const struct sek_session_over *in);

/*
 * "This was not me" (7(2)④): record not-me, and the account of this uid is
 * suspended until an administrator resumes it, all in one transaction. Where he
 * is the last privileged person who could come in, he is not (suspended 0), and
 * the record says so. SEK_ERR_NOT_FOUND: no such account here.
 */
struct sek_not_me {
	struct sek_claimant	who;
	char			note[SEK_REASON_MAX];
};
struct sek_not_me_out {
	uint32_t		suspended;
	uint32_t		pad;
	int64_t			last_login;	/* what he may have meant */
};
enum sek_err	sek_store_not_me(struct sek_store *st,
		    const struct sek_not_me *in,
		    struct sek_not_me_out *out);

/* Account and tally as "user show" tells them. limits judge the lock. */
struct sek_user {
	struct sek_account	account;
	struct sek_lock_state	lock;
	int64_t			woken;		/* as in sek_lookup_out */
	uint32_t		has_password;	/* one is known of it */
	uint32_t		pad;
	struct sek_password	password;
};

struct sek_enrol {
	/* Made if absent: id, name, uid, … */
	struct sek_account	account;
	struct sek_person	person;
	struct sek_authenticator authenticator;	/* id filled in by the call */
	unsigned char		key[SEK_OATH_KEY_MAX];	/* the caller wipes */
	size_t			key_len;
	uint8_t			proved;		/* the first code was right */
	uint8_t			rebinds;	/* account.uid may be new */
	struct sek_fido2	fido2;		/* of method FIDO2, without a
						 * key then */
	struct sek_card		card;		/* of a card's method, too; with
						 * its identity. The same key
						 * or identity is active for
						 * another person: REFUSED; for
						 * him: SEK_ERR_EXISTS */
	struct sek_biometric	biometric;	/* of a living trait's method:
						 * each finger, or a vendor's
						 * trait, once a person: again
						 * is SEK_ERR_EXISTS; of a
						 * shared account: REFUSED */
};

/*
 * A proof for one purpose (flow/proof.h): the admission that the gate of this
 * very process wrote a moment ago, for this uid and service, marked as taken:
 * it opens no session and proves nothing again. screen: an unlocked screen is
 * recorded. SEK_ERR_REFUSED: there is none such.
 */
struct sek_take_proof {
	char			id[SEK_ID_MAX];
	char			service[SEK_SERVICE_MAX];
	uint8_t			pad[3];
	uint32_t		uid;
	uint32_t		screen;
	uint32_t		pad2;
	struct sek_process	taker;
};
enum sek_err	sek_store_take_proof(struct sek_store *st,
		    const struct sek_take_proof *in,
		    struct sek_admission *out);

/*
 * Who acts in an approval. proof: an admission taken by sek_store_take_proof
 * of this process, not older than 120 s; each serves once. "": only a login
 * uid stands for him (root's tool with -y).
 */
struct sek_actor {
	char			account[SEK_NAME_MAX];
	char			proof[SEK_ID_MAX];
	uint8_t			pad[3];
	uint32_t		uid;
	uint32_t		roles;		/* SEK_ROLE_BITs he holds */
	uint32_t		privileged;
	uint32_t		audit_session;	/* UINT32_MAX none */
	uint32_t		pad2;
	struct sek_process	process;
};
/* Why an approval does not go the way that was asked; rule/approval.h. */
struct sek_approval_out {
	struct sek_approval	a;		/* as it is now */
	uint32_t		no;		/* enum sek_approval_no. NONE
						 * and refused: his account may
						 * not act, sek_store_why */
	char			code[SEK_TICKET_CODE];	/* of a ticket just
						 * asked: told once, then
						 * wiped; else "" */
	uint8_t			pad[1];
};
/* Ask. in->a: what is asked; the rest is filled in. SEK_ERR_REFUSED with
 * out->no. unavoidable: in force at once, without another's yes. */
struct sek_approval_ask {
	struct sek_approval	a;
	struct sek_actor	who;
	uint32_t		unavoidable;
	uint32_t		max;		/* substitutes: days in the
						 * window; 0: none may be had */
	/* Of the account of a ticket, grant or deputy, by the account sources
	 * and [privilege] */
	uint32_t		subject_uid;	/* SEK_UID_NONE: unknown */
	uint32_t		subject_privileged;
	/* Of a grant's or deputy's account in a.key; of "*" not asked. */
	uint32_t		target_privileged;
	uint32_t		pad;
};
enum sek_err	sek_store_approval_ask(struct sek_store *st,
		    const struct sek_approval_ask *in,
		    struct sek_approval_out *out);
/* Give, refuse, withdraw, revoke, close, review … one that is there.
 * SEK_ERR_NOT_FOUND; SEK_ERR_REFUSED with out->no. */
struct sek_approval_decide {
	char			id[SEK_ID_MAX];
	uint8_t			pad[3];
	uint32_t		act;		/* enum sek_approval_act */
	char			note[SEK_APPROVAL_TEXT];
	int64_t			review_at;	/* KEEP: the next look; 0: in
						 * 90 days, or at its end */
	uint32_t		listed;		/* by its account sources he is
						 * among the users: filled in
						 * by the call */
	uint32_t		max;		/* as in sek_approval_ask */
	struct sek_actor	who;
};
enum sek_err	sek_store_approval_decide(struct sek_store *st,
		    const struct sek_approval_decide *in,
		    struct sek_approval_out *out);
/*
 * An attended substitute: a ticket asked by the claimant (at whose prompt the
 * witness stood) and given by the witness, whose proof is spent; in force at
 * once, its code good until not_after on this terminal. One of the same day is
 * replaced and not counted anew. SEK_ERR_REFUSED with out->no (SEK_NO_DAYS:
 * more than max days of the window).
 */
struct sek_substitute {
	struct sek_claimant	who;
	struct sek_actor	witness;	/* proof: of sek_witness_run */
	uint32_t		max;		/* days in SEK_TICKET_WINDOW */
	uint32_t		pad;
	int64_t			not_after;	/* wall us */
};
struct sek_substitute_out {
	struct sek_approval	a;
	char			code[SEK_TICKET_CODE];	/* the caller wipes */
	uint8_t			pad[1];
	uint32_t		no;		/* enum sek_approval_no */
};
enum sek_err	sek_store_substitute(struct sek_store *st,
		    const struct sek_substitute *in,
		    struct sek_substitute_out *out);

/*
 * An envelope was opened (edge/envelope.h): its record, an approval of kind
 * BREAK_GLASS whose report is overdue from then on, and, where admits, the
 * admission row. The same opening told again changes nothing (SEK_OK). at: of
 * the opening, which may have been days ago. SEK_ERR_REFUSED: it would admit,
 * and was opened before: a copy of its file was put back.
 */
struct sek_break_glass {
	struct sek_claimant	who;
	char			envelope[SEK_ID_MAX];
	uint8_t			pad[3];
	uint32_t		admits;
	struct sek_moment	at;
	int64_t			not_after;	/* its session ends, wall us */
	int64_t			report_at;	/* the report is due, wall us */
	struct sek_process	gate;
	struct sek_process	parent;
	uint32_t		audit_session;
	uint32_t		degraded;	/* opened without the store */
	uint32_t		vague;		/* at was not written: about */
	uint32_t		pad2;
};
enum sek_err	sek_store_break_glass(struct sek_store *st,
		    const struct sek_break_glass *in,
		    struct sek_admit_out *out);

/* A few at a time, in the order of asking. Reads. Rows whose check fails are
 * left out and counted; asked for by its id, such a one is
 * SEK_ERR_TAMPERED. */
#define SEK_APPROVALS_PART	4u
struct sek_approval_list {
	char			after[SEK_ID_MAX];	/* the last one had */
	char			id[SEK_ID_MAX];		/* this one; "" any */
	uint8_t			pad[2];
	uint32_t		kind;			/* 0 any */
	uint32_t		open_only;	/* asked, given, or overdue */
	uint32_t		pad2;
};
struct sek_approval_list_out {
	struct sek_approval	a[SEK_APPROVALS_PART];
	uint32_t		n;
	uint32_t		more;
	int64_t			wall;		/* the moment of reading */
	uint32_t		clock_back;
	uint32_t		tampered;	/* met in this part */
};
enum sek_err	sek_store_approvals(struct sek_store *st,
		    const struct sek_approval_list *in,
		    struct sek_approval_list_out *out);
/*
 * What approved exceptions allow of a key of the policy, here and now. Reads.
 * lapsed: one was given once for this key and terminal, by whom it could open,
 * and is over, waits for its beginning, or the clock was set back. A store
 * older than exceptions has none.
 */
#define SEK_ALLOWANCES_MAX	8u
struct sek_allowance_in {
	char			key[SEK_APPROVAL_KEY];
};
struct sek_allowance {
	char			id[SEK_ID_MAX];
	char			value[SEK_APPROVAL_KEY];
	uint8_t			pad[7];
	char			users[SEK_APPROVAL_LIST];	/* "" all */
	int64_t			not_after;
};
struct sek_allowance_out {
	struct sek_allowance	a[SEK_ALLOWANCES_MAX];
	uint32_t		n;
	uint32_t		lapsed;
	char			ended[SEK_ID_MAX];	/* newest that lapsed */
	uint8_t			pad[7];
};
enum sek_err	sek_store_allowance(struct sek_store *st,
		    const struct sek_allowance_in *in,
		    struct sek_allowance_out *out);

/* Self-service: what the account of this uid may see and change of itself;
 * nothing is answered of another's. Changes need a proof, as in sek_actor. */
struct sek_self {
	struct sek_claimant	who;
	struct sek_limits	limits;
};
struct sek_self_out {
	struct sek_user		user;		/* account.name "": unknown */
	struct sek_authenticator authenticator[SEK_AUTHENTICATORS_MAX];
	uint32_t		nauthenticators;	/* no removed ones */
	/* Has the store approvals? Not before it was migrated to minor 2. */
	uint32_t		approvals;
};
enum sek_err	sek_store_self(struct sek_store *st,
		    const struct sek_self *in, struct sek_self_out *out);
struct sek_self_enrol {
	struct sek_enrol	enrol;		/* of his own person */
	struct sek_actor	who;
};
struct sek_self_enrol_out {
	struct sek_authenticator a;
};
enum sek_err	sek_store_self_enrol(struct sek_store *st,
		    const struct sek_self_enrol *in,
		    struct sek_self_enrol_out *out);
/* SEK_ERR_NOT_FOUND: not his, or not there; the two are not told apart. */
struct sek_self_state {
	char			id[SEK_ID_MAX];
	uint8_t			pad[3];
	uint32_t		to;
	struct sek_actor	who;
};
enum sek_err	sek_store_self_state(struct sek_store *st,
		    const struct sek_self_state *in);

/* ------------------------------------------------------------------------
 * Part 2: calls of the tools. Never carried over; the tool puts itself into
 * the root cgroup first (sek_isolate_self). actor of each record: the person
 * of the login uid, or "" for nobody.
 */

/* Make folder, key, store, ballast, preallocated pages; bind it to this
 * machine. SEK_ERR_EXISTS when there is a store. */
enum sek_err	sek_store_init(const struct sek_store_config *config,
		    struct sek_why *why);

/*
 * rebinds: a personal account bound to another uid is bound to the one given,
 * and the record says so, where it has no active authenticator left;
 * SEK_ERR_REFUSED where it has. Else a bound account keeps its uid.
 *
 * SEK_ERR_EXISTS: the account is another person's, or not shared as *in says;
 * or the person holds this key already, active or not, by the same method;
 * SEK_ERR_REFUSED: the person has SEK_AUTHENTICATORS_MAX active ones;
 * SEK_ERR_SYNTAX, _RANGE: a name or parameters that can never be.
 */
enum sek_err	sek_store_enrol(struct sek_store *st, struct sek_enrol *in,
		    const struct sek_record *actor);
/*
 * Many in one transaction: next() fills *out, SEK_ERR_NOT_FOUND ends, any
 * other error undoes all. count gets how many were stored.
 */
typedef enum sek_err (*sek_enrol_fn)(void *arg, struct sek_enrol *out);
enum sek_err	sek_store_import(struct sek_store *st, sek_enrol_fn next,
		    void *arg, const struct sek_record *actor,
		    uint64_t *count);

/* SEK_ERR_NOT_FOUND: the store knows no such account. */
enum sek_err	sek_store_user(struct sek_store *st, const char *name,
		    const struct sek_limits *limits, struct sek_user *out);
/* The limits by which an account is judged; privileged: it is known for it. */
typedef void (*sek_limits_fn)(void *arg, const char *account,
		    bool privileged, struct sek_limits *out);
typedef enum sek_err (*sek_user_fn)(void *arg, const struct sek_user *u);
/*
 * All accounts in the order of their names. Lists are read in parts, with
 * nothing held while fn runs; what fn returns ends them. Rows whose check
 * fails are left out, and SEK_ERR_TAMPERED comes at the end: authenticators
 * and persons alike.
 */
enum sek_err	sek_store_users(struct sek_store *st, sek_limits_fn limits,
		    sek_user_fn fn, void *arg);
/*
 * What a login would find of a name at a moment (wall us; 0: now), were
 * nothing to happen until then; attempts under way are left out. Reads.
 */
struct sek_prospect {
	int64_t			at;		/* the moment, wall us */
	uint32_t		slot;		/* enum sek_slot, then */
	uint32_t		caller_full;	/* that slot lacks by caller */
	uint32_t		nidle;
	uint32_t		has_password;	/* as in sek_user, of now */
	struct sek_password	password;
	struct sek_lock_state	lock_now;
	struct sek_lookup_out	found;		/* locks are of then */
	/* Of his own person, neither active nor removed */
	struct sek_authenticator idle[SEK_AUTHENTICATORS_MAX];
};
enum sek_err	sek_store_prospect(struct sek_store *st,
		    const struct sek_lookup *in, int64_t at,
		    struct sek_prospect *out);
/* p is NULL where a row's check failed: of whom alone is told. Nothing is
 * held while fn runs, but it makes no call of this store. */
typedef enum sek_err (*sek_prospect_fn)(void *arg,
		    const struct sek_claimant *who,
		    const struct sek_prospect *p);
/*
 * The same of all accounts in the order of their names: each as one who comes
 * with the uid the store knows of him, from here. Privileged: once known for
 * it, uid 0, or in the list of names (may be "").
 * What fn returns ends it; SEK_ERR_TAMPERED at the end as in sek_store_users.
 */
enum sek_err	sek_store_survey(struct sek_store *st,
		    sek_limits_fn limits, const char *privileged,
		    int64_t at, sek_prospect_fn fn, void *arg);
/* until: wall us, 0 until resumed. SEK_ERR_NOT_FOUND for these two. */
enum sek_err	sek_store_suspend(struct sek_store *st, const char *name,
		    const char *reason, int64_t until,
		    const struct sek_record *actor);
enum sek_err	sek_store_resume(struct sek_store *st, const char *name,
		    const struct sek_record *actor);
/* Unlocking what is open is SEK_OK. *was tells what it was. */
enum sek_err	sek_store_unlock(struct sek_store *st, const char *name,
		    const struct sek_record *actor, bool *was);

typedef enum sek_err (*sek_authenticator_fn)(void *arg, const char *account,
		    const struct sek_authenticator *a);
/* Of one account (all states but removed unless all), or of all: NULL. */
enum sek_err	sek_store_authenticators(struct sek_store *st,
		    const char *account, bool all, sek_authenticator_fn fn,
		    void *arg);
/* disabled or removed (secret destroyed); SEK_ERR_NOT_FOUND. */
enum sek_err	sek_store_authenticator_state(struct sek_store *st,
		    const char *id, enum sek_authenticator_state to,
		    const struct sek_record *actor);

/* Whom it let in: an admission of this boot by which a session was opened, a
 * sudo or su went on, or a screen was unlocked. */
struct sek_lost_session {
	struct sek_admission	a;
	struct sek_process	gate;		/* as in sek_admit */
	struct sek_process	parent;
	uint32_t		audit_session;	/* kernel's; UINT32_MAX not
						 * known */
	uint32_t		screen;		/* 1: a screen, whose program
						 * that session was */
};
typedef void	(*sek_lost_fn)(void *arg, const struct sek_lost_session *s);
struct sek_lost {
	struct sek_authenticator a;		/* as it is now */
	char			account[SEK_NAME_MAX];	/* his; "" none */
	uint32_t		left;		/* active ones of his */
	uint32_t		unread;		/* admissions whose check
						 * failed: perhaps by it */
	uint32_t		tampered;	/* 1: its own row: opens
						 * nothing; only a.id */
};
/*
 * A card is lost: an active one is SUSPECT from now on, what it opened goes on
 * to nothing (no sudo, no act, no session whose gate said yes already), record
 * lost. fn is told whom it let in, within the transaction: only once the call
 * is SEK_OK is that so. One that is shut already stays as it is, and the same
 * is told. found: a suspect one is ACTIVE again, record found; SEK_ERR_REFUSED:
 * its state is another. SEK_ERR_NOT_FOUND.
 */
enum sek_err	sek_store_authenticator_lost(struct sek_store *st,
		    const char *id, const char *reason, sek_lost_fn fn,
		    void *arg, const struct sek_record *actor,
		    struct sek_lost *out);
enum sek_err	sek_store_authenticator_found(struct sek_store *st,
		    const char *id, const char *reason,
		    const struct sek_record *actor, struct sek_lost *out);

/*
 * It must be changed at the next login; must COMPROMISED besides bars the
 * present entry for ever, and no sudo goes on by what it opened. seen: as for
 * sek_store_password_seen, first; rows of its that were tampered with go: so
 * it can be changed again. Record PASSWORD_EXPIRED, _COMPROMISED.
 * SEK_ERR_NOT_FOUND: no such account, here or of the system (who.known).
 */
enum sek_err	sek_store_password_must(struct sek_store *st,
		    const struct sek_password_seen *seen,
		    enum sek_password_must must,
		    const struct sek_record *actor);

/* What retiring took away, for the receipt. */
struct sek_retired {
	struct sek_person	person;
	uint64_t		accounts;	/* of his alone: RETIRED */
	uint64_t		authenticators;	/* REMOVED */
	uint64_t		tickets;	/* and what was asked: ended */
	uint64_t		memberships;	/* of shared accounts */
	uint64_t		admissions;	/* good for nothing now */
};
/* Each thing taken away, within the transaction: only once the call is SEK_OK
 * is it so. All but one are NULL. */
typedef void	(*sek_retired_fn)(void *arg, const char *account,
		    const struct sek_authenticator *a,
		    const struct sek_lost_session *s, const char *shared);
/*
 * An account's person goes: he and his own accounts RETIRED, his authenticators
 * removed, his tickets and requests ended, his memberships and what he opened
 * gone; record retire. name: an account or a person's id. SEK_ERR_REFUSED: the
 * last privileged person who could come in; a shared account (of nobody).
 * Once more is SEK_OK with what was left.
 */
enum sek_err	sek_store_retire(struct sek_store *st, const char *name,
		    const char *reason, sek_retired_fn fn, void *arg,
		    const struct sek_record *actor, struct sek_retired *out);
/* Out of sleep: its life begins anew. Part of sek_store_resume, too. */
enum sek_err	sek_store_wake(struct sek_store *st, const char *name,
		    const struct sek_record *actor);

/*
 * April (model/plan.h): all rows in one transaction, or none. next() fills
 * *row, SEK_ERR_NOT_FOUND ends; fn is told of each what became of it, and what
 * it returns ends the work: all is undone. gone (may be NULL) is told what a
 * leaver's row takes away, before fn is. try: nothing stays (a dry run).
 * SEK_ERR_REFUSED, _EXISTS, _NOT_FOUND, _SYNTAX: row->line is told by
 * sek_store_why.
 */
typedef enum sek_err (*sek_plan_next_fn)(void *arg, struct sek_plan_row *row);
typedef enum sek_err (*sek_plan_done_fn)(void *arg,
		    const struct sek_plan_row *row,
		    const struct sek_plan_change *what);
enum sek_err	sek_store_plan(struct sek_store *st, bool try,
		    sek_plan_next_fn next, sek_plan_done_fn fn,
		    sek_retired_fn gone, void *arg,
		    const struct sek_record *actor,
		    struct sek_plan_counts *out);

/* One of those who use a shared account. */
struct sek_member {
	char			person[SEK_NAME_MAX];
	char			name[SEK_NAME_MAX];	/* 氏名 */
	char			section[SEK_NAME_MAX];
	int64_t			since;		/* wall us */
	uint32_t		active;		/* authenticators of his */
	bool			stands;		/* may come in today himself */
};
#define SEK_MEMBERS_MAX	64u
struct sek_members {
	uint32_t		n;
	bool			more;		/* than fit: by rosters */
	struct sek_member	member[SEK_MEMBERS_MAX];
};
/* In the order of their ids; none of an account that is not shared. */
enum sek_err	sek_store_members(struct sek_store *st, const char *account,
		    struct sek_members *out);
struct sek_shared {
	char			person[SEK_NAME_MAX];	/* his id */
	bool			made;		/* it was not shared before */
	bool			changed;	/* he was not, or was, one */
};
/*
 * person (an id, or an account of his) becomes a member of this account, which
 * is a shared one from then on, or (member false) is none any more: nothing he
 * opened there is good for a sudo. of->account: name; uid and privileged, of
 * one the store does not know yet; the rest of *of is unused. Record
 * person-changed. SEK_ERR_NOT_FOUND: no such person, not a shared account;
 * SEK_ERR_EXISTS: it is one person's; SEK_ERR_REFUSED: he is retired, it has
 * as many as it may, or actor is a contractor (recorded).
 */
enum sek_err	sek_store_share(struct sek_store *st, struct sek_enrol *of,
		    const char *person, bool member,
		    const struct sek_record *actor, struct sek_shared *out);
/*
 * rule/may_change.h of who acts (actor->subject) and an account; privileged: it
 * is, whatever the store knows. SEK_ERR_REFUSED is recorded, as actor->event.
 * The store's own calls that change something ask the same by themselves; this
 * is for what is not in the store, or is asked before a question.
 */
enum sek_err	sek_store_may_change(struct sek_store *st,
		    const char *account, bool privileged,
		    enum sek_changing what, const struct sek_record *actor);

typedef enum sek_err (*sek_person_fn)(void *arg, const struct sek_person *p);
/* All persons in the order of their ids. */
enum sek_err	sek_store_persons(struct sek_store *st, sek_person_fn fn,
		    void *arg);
/* SEK_ERR_NOT_FOUND; editing changes all but id and created. */
enum sek_err	sek_store_person(struct sek_store *st, const char *id,
		    struct sek_person *out);
enum sek_err	sek_store_person_edit(struct sek_store *st,
		    const struct sek_person *to,
		    const struct sek_record *actor);

/* Records from first_seq on, oldest first, until fn returns not SEK_OK. */
typedef enum sek_err (*sek_record_fn)(void *arg,
		    const struct sek_record_row *row);
enum sek_err	sek_store_records(struct sek_store *st, uint64_t first_seq,
		    sek_record_fn fn, void *arg);
/* The same, of those from first to last whose time is within [since, until]
 * (wall us; INT64_MIN and _MAX: any), wherever in the chain they stand. */
struct sek_record_range {
	uint64_t	first;
	uint64_t	last;
	int64_t		since;
	int64_t		until;
};
#define SEK_RECORD_ALL	{ 1, INT64_MAX, INT64_MIN, INT64_MAX }
enum sek_err	sek_store_records_in(struct sek_store *st,
		    const struct sek_record_range *range, sek_record_fn fn,
		    void *arg);
/* Where the records here begin and end. */
struct sek_ends {
	uint64_t	first;		/* there, or would be */
	uint64_t	last;
	uint64_t	purged_seal;	/* that covers what was purged; 0 */
	uint8_t		first_prev[SEK_HASH_LEN];
	uint8_t		hash[SEK_HASH_LEN];	/* of the last */
};
enum sek_err	sek_store_ends(struct sek_store *st, struct sek_ends *out);

struct sek_verify {
	uint64_t	records;
	uint64_t	chains;
	uint64_t	first_bad;	/* seq, 0 when ok */
	bool		ok;
	char		cause[SEK_REASON_MAX];	/* N_(): changed, cut … */
	uint64_t	bad_seal;	/* its number, where it is one */
	uint64_t	first;		/* record the chain begins with here */
	uint64_t	seals;		/* that hold */
	uint64_t	series;		/* of seals whose keys go on */
	uint64_t	series_seal;	/* that began the newest but one; 0 */
	uint64_t	series_seq;	/* sealed when it did */
	uint64_t	sealed;		/* record sealed last; 0 */
	int64_t		sealed_wall;	/* when, by the seal */
	uint64_t	last_seal;
	uint64_t	noted_seal;	/* of the noted key; 0 */
	uint8_t		key_next[SEK_SEAL_KEY_LEN];	/* where seals */
	char		terminal[64];	/* of the last seal */
};
/* Walk the chain. progress (may be NULL) is called now and then. A chain
 * that does not hold is SEK_OK with ok false. */
enum sek_err	sek_store_verify(struct sek_store *st, struct sek_verify *out,
		    void (*progress)(void *arg, uint64_t done, uint64_t all),
		    void *arg);
/* Each proof admitted lately, with the gate's process and its parent then;
 * what fn returns ends them. The store is held while fn runs. */
typedef enum sek_err (*sek_admission_fn)(void *arg,
		    const struct sek_admission *a,
		    const struct sek_process *gate,
		    const struct sek_process *parent);
enum sek_err	sek_store_admissions(struct sek_store *st,
		    sek_admission_fn fn, void *arg);
/* The same, held against the public key of a seal that was noted elsewhere. */
enum sek_err	sek_store_verify_noted(struct sek_store *st,
		    struct sek_verify *out,
		    const uint8_t noted[SEK_SEAL_KEY_LEN],
		    void (*progress)(void *arg, uint64_t done, uint64_t all),
		    void *arg);

/*
 * Seals from number `from` on, in parts, until fn returns not SEK_OK.
 * SEK_ERR_STORE_OLDER for these, where the store has no seals yet.
 */
typedef enum sek_err (*sek_seal_fn)(void *arg, const struct sek_seal_row *row);
enum sek_err	sek_store_seals(struct sek_store *st, uint64_t from,
		    sek_seal_fn fn, void *arg);
/* The newest; SEK_ERR_NOT_FOUND. */
enum sek_err	sek_store_seal_last(struct sek_store *st,
		    struct sek_seal_row *out);
/*
 * Seal the head: fn is given it and the number of the newest seal (0: none),
 * and fills *out, within the transaction: it must be quick and reach for
 * nothing. What it returns undoes all.
 */
typedef enum sek_err (*sek_sign_fn)(void *arg, uint64_t newest, uint64_t seq,
		    const uint8_t hash[SEK_HASH_LEN],
		    struct sek_seal_row *out);
enum sek_err	sek_store_seal(struct sek_store *st, sek_sign_fn fn,
		    void *arg);

/*
 * Take away records that are kept elsewhere, up to and with number `last`,
 * whose hash must be this one (SEK_ERR_REFUSED): a part of them at a time;
 * *through is the newest that is gone now. What stands there must be as it
 * was written (SEK_ERR_TAMPERED), and sealed (SEK_ERR_FORBIDDEN). An anchor
 * stays. begin: write the record first.
 */
struct sek_purge {
	uint64_t	last;
	uint8_t		hash[SEK_HASH_LEN];
	bool		begin;
	char		detail[SEK_REASON_MAX];
};
enum sek_err	sek_store_purge(struct sek_store *st,
		    const struct sek_purge *in,
		    const struct sek_record *actor, uint64_t *through);

/* Close equal refusals that are due, cut the log, refill the reserves; and
 * how it is after that. */
struct sek_upkeep {
	uint64_t	ballast;		/* bytes, of ballast_full */
	uint64_t	ballast_full;
	bool		clock_back;
};
enum sek_err	sek_store_upkeep(struct sek_store *st,
		    struct sek_upkeep *out);
/* Accept the present clock after a step back (record clock-accepted). */
enum sek_err	sek_store_accept_clock(struct sek_store *st,
		    const struct sek_record *actor);

/*
 * Rosters (edge/roster.h is the file). Collect: what this terminal would say,
 * with the next serial; a row whose check fails is SEK_ERR_TAMPERED. Given:
 * it is signed and about to leave: record roster-export, mark roster-out;
 * SEK_ERR_REFUSED where another export came between.
 */
enum sek_err	sek_store_roster_collect(struct sek_store *st,
		    struct sek_roster *out);
enum sek_err	sek_store_roster_given(struct sek_store *st,
		    const struct sek_roster *r,
		    const struct sek_record *actor);
/* A key that was trusted once, and the last roster by it. */
struct sek_roster_exporter {
	char		id[SEK_ROSTER_ID_MAX];
	char		terminal[64];
	char		sum[2 * SEK_ROSTER_SUM_LEN + 1];
	uint64_t	serial;
	int64_t		time;		/* of the roster, wall us */
	int64_t		taken;		/* when it was taken in */
};
/* SEK_ERR_NOT_FOUND: no such key is trusted. */
enum sek_err	sek_store_roster_exporter(struct sek_store *st,
		    const char *id, struct sek_roster_exporter *out);

enum sek_roster_what {
	SEK_ROSTER_PERSON_NEW = 0,	/* more: name */
	SEK_ROSTER_PERSON_CHANGED,	/* fields: which */
	SEK_ROSTER_PERSON_KEPT,		/* changed here only */
	SEK_ROSTER_PERSON_CONFLICT,	/* changed on both sides */
	SEK_ROSTER_PERSON_OTHER,	/* another name: left alone */
	SEK_ROSTER_ACCOUNT_NEW,		/* more: person */
	SEK_ROSTER_ACCOUNT_OWNER,
	SEK_ROSTER_ACCOUNT_SUSPENDED,	/* more: reason */
	SEK_ROSTER_ACCOUNT_RESUMED,
	SEK_ROSTER_ACCOUNT_RETIRED,
	SEK_ROSTER_ACCOUNT_OTHER_PERSON,	/* more: who has it here */
	SEK_ROSTER_ACCOUNT_OTHER_UID,
	SEK_ROSTER_ACCOUNT_STAYS_SUSPENDED,
	SEK_ROSTER_ACCOUNT_STAYS_RETIRED,
	SEK_ROSTER_MEMBER_NEW,		/* id: account; more: person */
	SEK_ROSTER_MEMBER_GONE,
	SEK_ROSTER_TOKEN_CLOSED,	/* more: person */
	SEK_ROSTER_TOKEN_BY_LABEL,
	SEK_ROSTER_TOKEN_UNSURE,	/* shut there, not told apart here */
	SEK_ROSTER_TOKEN_NEW,		/* a security key or a card; more:
					 * person */
	SEK_ROSTER_TOKEN_NOT_HIS,	/* an account it would open is not that
					 * person's there, or of another uid */
	SEK_ROSTER_TOKEN_SHUT,		/* the same key is shut here */
	SEK_ROSTER_TOKEN_FULL,		/* he has as many as there may be */
	SEK_ROSTER_TOKEN_OTHERS,	/* the same card is another person's
					 * here */
	SEK_ROSTER_KEY_REPLACED,	/* id: of the old; more: the terminal */
	SEK_ROSTER_WHATS
};
struct sek_roster_change {
	enum sek_roster_what	 what;
	const char		*id;
	const char		*more;		/* or "" */
	uint32_t		 fields;	/* SEK_ROSTER_BITs */
	bool			 conflict;	/* somebody should look at it */
};
/* Each change, or (c NULL) only how far; what it returns ends the work, and
 * all is undone. Called in a transaction: it asks and writes nothing. */
typedef enum sek_err (*sek_roster_fn)(void *arg,
		    const struct sek_roster_change *c, uint64_t done,
		    uint64_t all);
struct sek_roster_done {
	uint64_t	changes;
	uint64_t	conflicts;
	uint64_t	noted;		/* closed ids first heard of */
	uint8_t		sum[SEK_ROSTER_SUM_LEN];	/* of all told */
};
/*
 * What r would change here; and to do it, in one transaction, which remembers
 * its key as trusted. planned: what was shown; where it would be otherwise
 * now, SEK_ERR_REFUSED. fn may be NULL. SEK_ERR_REFUSED: older than the last
 * one of this key, of this very terminal, or of a copied key.
 */
enum sek_err	sek_store_roster_plan(struct sek_store *st,
		    const struct sek_roster *r, sek_roster_fn fn, void *arg,
		    struct sek_roster_done *out);
enum sek_err	sek_store_roster_take(struct sek_store *st,
		    const struct sek_roster *r,
		    const struct sek_roster_done *planned, sek_roster_fn fn,
		    void *arg, const struct sek_record *actor,
		    struct sek_roster_done *out);

struct sek_store_status {
	char		path[SEK_PATH_MAX];
	char		terminal[64];
	char		engine[32];		/* "sqlite 3.40.1" */
	uint32_t	schema_major;
	uint32_t	schema_minor;
	uint64_t	accounts;
	uint64_t	persons;
	uint64_t	authenticators;
	uint64_t	records;
	uint64_t	bytes;			/* of the database file */
	uint64_t	disk_free;		/* of its file system */
	uint64_t	ballast;		/* bytes, of ballast_full */
	uint64_t	ballast_full;
	uint64_t	tampered;		/* rows that fail their check */
	uint32_t	pages_ok;		/* by the engine's own check */
	uint32_t	clock_back;
	int64_t		created;
	uint64_t	approvals;		/* asked so far */
	uint64_t	approvals_open;		/* with something to do yet */
	uint64_t	approvals_overdue;	/* of them */
	uint64_t	tickets;		/* asked or given, not over */
	uint64_t	epoch;			/* restores so far */
	uint64_t	kept;			/* copies beside the store */
	struct sek_mark	backup;			/* the last; name "": none */
};
/* fn (may be NULL) names each bad row: table and id. */
enum sek_err	sek_store_status(struct sek_store *st,
		    struct sek_store_status *out,
		    void (*fn)(void *arg, const char *table, const char *id),
		    void *arg);

/* When something last happened; SEK_ERR_NOT_FOUND: never. Both say
 * SEK_ERR_STORE_OLDER of a store that wants "sekisho store migrate". */
enum sek_err	sek_store_mark(struct sek_store *st, const char *name,
		    struct sek_mark *out);
enum sek_err	sek_store_mark_set(struct sek_store *st,
		    const struct sek_mark *in);
/* Bring the schema to this version's, in one transaction, after a copy of
 * the store was laid into the folder "backup" beside it (the last three are
 * kept there). from == to: nothing was to do. */
struct sek_migrate_out {
	uint32_t	from;			/* minors */
	uint32_t	to;
	char		kept[SEK_PATH_MAX];	/* the copy; "" none */
};
enum sek_err	sek_store_migrate(struct sek_store *st,
		    const struct sek_record *actor,
		    struct sek_migrate_out *out);

/* ------------------------------------------------------------------------
 * Part 3: the whole store: backed up, taken back, on another machine, under
 * another key.
 */

typedef void (*sek_progress_fn)(void *arg, uint64_t done, uint64_t all);

/* What a backup is. */
struct sek_backup_info {
	char		terminal[64];
	char		software[32];	/* that made it */
	int64_t		made;		/* wall us */
	int64_t		created;	/* of the store */
	uint64_t	epoch;
	uint64_t	records;
	uint64_t	accounts;
	uint64_t	persons;
	uint64_t	authenticators;
	uint64_t	bytes;
};
/* Long and varied enough? SEK_ERR_REFUSED, with why. */
enum sek_err	sek_store_passphrase(const struct sek_secret *pass,
		    struct sek_why *why);
/*
 * All of the store and its key, sealed by pass, into the new file path
 * (absolute), while logins go on; read back before it gets its name. Record
 * store-backup and mark "backup". SEK_ERR_EXISTS; SEK_ERR_REFUSED: a weak
 * passphrase; SEK_ERR_TAMPERED: a row was changed by other means.
 */
enum sek_err	sek_store_backup(struct sek_store *st, const char *path,
		    const struct sek_secret *pass,
		    const struct sek_record *actor,
		    struct sek_backup_info *out, sek_progress_fn progress,
		    void *arg);

/* A new key for the store: every row under it, the old one destroyed, copies
 * kept of before removed. Logins go on, also on open connections. */
struct sek_rotated {
	uint64_t	rows;
	uint64_t	left;		/* tallies of names not found */
};
enum sek_err	sek_store_rotate(struct sek_store *st,
		    const struct sek_record *actor, struct sek_rotated *out,
		    sek_progress_fn progress, void *arg);

/*
 * Say what a store of another machine or terminal is. config->terminal: a
 * clone's new id; for a replacement the one the store has (SEK_ADOPT_LOOK
 * tells it and changes nothing). SEK_ERR_EXISTS: it is bound here already.
 * After a kill between, the same call ends it.
 */
enum sek_adopt {
	SEK_ADOPT_LOOK = 0,
	SEK_ADOPT_CLONE,	/* new id, key and chain */
	SEK_ADOPT_REPLACE	/* the same on another machine */
};
struct sek_adopt_in {
	enum sek_adopt		 how;
	const char		*seal_key;	/* destroyed by a clone */
	const char		*roster_key;	/* the same; NULL: none */
	const struct sek_record	*actor;
	sek_progress_fn		 progress;
	void			*arg;
};
struct sek_adopted {
	char		terminal[64];	/* it was of */
	uint64_t	records;	/* of that terminal */
	uint64_t	accounts;
	bool		here;		/* it is this machine's */
};
enum sek_err	sek_store_adopt(const struct sek_store_config *config,
		    const struct sek_adopt_in *in, struct sek_adopted *out,
		    struct sek_why *why);

/* What is there where a backup is to be taken back. */
enum sek_here {
	SEK_HERE_NOTHING = 0,
	SEK_HERE_SAME,		/* a later state of the same store */
	SEK_HERE_OTHER,		/* another store of this machine */
	SEK_HERE_UNREADABLE	/* damaged, or another machine's */
};
enum sek_change {
	SEK_CHANGE_ADDED = 0,	/* since the backup: removed by the restore */
	SEK_CHANGE_STATE,	/* disabled or removed since: stays so */
	SEK_CHANGE_SUSPENDED,	/* an account, since: stays so */
	SEK_CHANGE_BACK		/* gone or damaged since: as in the backup */
};
/* a is NULL for an account, and account "" where nobody is known. */
typedef void (*sek_change_fn)(void *arg, enum sek_change c,
		    const char *account, const struct sek_authenticator *a);
struct sek_restore_in {
	const char		*path;
	const struct sek_secret	*pass;
	const struct sek_record	*actor;
	sek_change_fn		 change;
	sek_progress_fn		 progress;
	void			*arg;
	bool			 check;		/* tell, and change nothing */
	/* NULL, or what --check told: another file by now is refused. */
	const struct sek_backup_info *looked;
};
struct sek_restored {
	struct sek_backup_info	 backup;
	enum sek_here		 here;
	char			 here_why[SEK_WHY_MAX];	/* unreadable: why */
	bool			 machine;	/* it was made on this one */
	uint64_t		 epoch;		/* after it */
	uint64_t		 kept;		/* records since that stay */
	uint64_t		 cut;		/* records since that do not */
	char			 saved[SEK_PATH_MAX];	/* what was here */
};
/*
 * Take a backup back. config->terminal is not asked: the store is of the
 * backup's terminal in the end. SEK_ERR_CLOCK: the clock is behind it.
 */
enum sek_err	sek_store_restore(const struct sek_store_config *config,
		    const struct sek_restore_in *in, struct sek_restored *out,
		    struct sek_why *why);

#endif
