/*
 * helper.h - sekisho-helper: what a process without root's rights asks of it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The setuid program acts for its real uid only (real uid 0: for the account
 * of the login uid; unset, for nobody). One socket, descriptor 0 of it; frames
 * of a fixed head and a bounded body, plain memory of one build. The client
 * asks once; the helper talks (prompts, sentences, data) and ends with DONE.
 *
 * MUST: to the helper every byte of a frame is hostile.
 * MUST: prompts go by one code path, whoever asks: a PAM module, or the tool.
 */
#ifndef SEKISHO_EDGE_HELPER_H
#define SEKISHO_EDGE_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/base/secret.h"
#include "sekisho/edge/card.h"
#include "sekisho/edge/fido2.h"
#include "sekisho/edge/store.h"
#include "sekisho/model/approval.h"

#define SEK_HELPER_VERSION	6u	/* raised when a frame changes */
#define SEK_HELPER_LOCKERS	1u	/* the oldest whose VERIFY is served: a
					 * locker goes on over an upgrade */
#define SEK_HELPER_BODY_MAX	32768u	/* bytes of a frame's body */
#define SEK_HELPER_TEXT_MAX	1024u	/* of a prompt or sentence, with NUL */

/* What is asked. Numbers are for ever. */
enum sek_helper_op {
	SEK_HELPER_VERIFY = 1,	/* a locker: is it he? No body. Proof by
				 * sekisho-locker, auth and account */
	SEK_HELPER_SHOW,	/* his account and authenticators: no body, no
				 * proof. DATA_SELF */
	SEK_HELPER_APPROVALS,	/* those that concern him, or all by a role:
				 * struct sek_helper_approvals; DATA_APPROVAL
				 * each. No proof */
	SEK_HELPER_ASK,		/* struct sek_helper_ask; proof;
				 * DATA_APPROVAL */
	SEK_HELPER_DECIDE,	/* struct sek_helper_decide; proof;
				 * DATA_APPROVAL as it was, before the proof;
				 * and as it is, at the end */
	SEK_HELPER_ENROL,	/* struct sek_helper_enrol; proof; DATA_KEY,
				 * the code asked, DATA_ENROLLED */
	SEK_HELPER_STATE,	/* struct sek_helper_state; proof */
	SEK_HELPER_SESSIONS,	/* those of his, and by him; no body, no proof.
				 * DATA_SESSION each */
	SEK_HELPER_EXTEND,	/* struct sek_helper_extend; proof;
				 * DATA_EXTENDED */
	SEK_HELPER_NOT_ME	/* struct sek_helper_not_me; no proof: he may
				 * have none left. DATA_NOT_ME */
};

struct sek_helper_approvals {
	char		id[SEK_ID_MAX];	/* one; "" all he may see */
	uint8_t		pad[3];
	uint32_t	kind;		/* 0 any */
	uint32_t	open_only;
};
struct sek_helper_ask {
	struct sek_approval a;		/* kind, clause, key, value, users,
					 * terminals, reason, times, uses_max;
					 * all else is ignored */
	char		witness[SEK_NAME_MAX];	/* decides at this prompt; "" */
	uint32_t	unavoidable;
	uint32_t	pad;
};
struct sek_helper_decide {
	char		id[SEK_ID_MAX];
	uint8_t		pad[3];
	uint32_t	what;		/* enum sek_approval_act */
	char		note[SEK_APPROVAL_TEXT];
	int64_t		review_at;	/* KEEP: the next look; else 0 */
};
struct sek_helper_enrol {
	char		label[SEK_LABEL_MAX];
	uint32_t	method;		/* enum sek_method; NONE: of the card
					 * that is there */
	uint32_t	algorithm;
	uint32_t	digits;
	uint32_t	period;
	/* Of a security key */
	uint32_t	uv;		/* enum sek_fido2_uv; UINT32_MAX: the
					 * policy's */
	uint32_t	resident;
	char		path[SEK_FIDO2_PATH_MAX];	/* one of those plugged
							 * in; "" the only */
	/* Of a card */
	uint32_t	driver;		/* enum sek_card_driver, the method's;
					 * SEK_CARD_DRIVERS with none */
	uint32_t	key;		/* of PIV: 0x9A, 0x9E; 0 */
	char		reader[SEK_CARD_READER_MAX];	/* "" the only */
	/* Of a fingerprint */
	uint32_t	finger;		/* enum sek_finger */
	uint32_t	pad;
};
struct sek_helper_state {
	char		id[SEK_ID_MAX];
	uint8_t		pad[3];
	uint32_t	to;		/* _DISABLED or _REMOVED */
	uint32_t	even_last;	/* also where too few kinds stay */
};

struct sek_helper_extend {
	char		id[SEK_ID_MAX];		/* the guard's */
	char		grant[SEK_ID_MAX];	/* by this one alone; "" any */
	char		witness[SEK_NAME_MAX];	/* second person, at this
						 * prompt; "" */
};
struct sek_helper_not_me {
	char		note[SEK_REASON_MAX];	/* "" none */
};

/* What comes back. */
enum sek_helper_data {
	SEK_HELPER_DATA_SELF = 1,	/* struct sek_helper_self */
	SEK_HELPER_DATA_APPROVAL,	/* struct sek_helper_approval */
	SEK_HELPER_DATA_KEY,		/* struct sek_helper_key: a secret */
	SEK_HELPER_DATA_ENROLLED,	/* struct sek_authenticator */
	SEK_HELPER_DATA_CODE,		/* struct sek_helper_code: of a ticket
					 * just asked; a secret */
	SEK_HELPER_DATA_SESSION,	/* struct sek_helper_session */
	SEK_HELPER_DATA_EXTENDED,	/* struct sek_helper_extended */
	SEK_HELPER_DATA_NOT_ME		/* struct sek_helper_noted */
};
struct sek_helper_self {
	char			account[SEK_NAME_MAX];
	char			timezone[32];
	struct sek_user		user;		/* account.name "": unknown */
	struct sek_authenticator authenticator[SEK_AUTHENTICATORS_MAX];
	uint32_t		nauthenticators;
	uint32_t		roles;		/* SEK_ROLE_BITs he holds */
};
struct sek_helper_approval {
	struct sek_approval	a;
	char			timezone[32];
	uint32_t		overdue;	/* SEK_OVERDUE_ bits */
	uint32_t		in_force;
};
struct sek_helper_key {
	char		uri[1024];
	char		key[SEK_OATH_KEY_MAX * 2];	/* base32 */
};

struct sek_helper_code {
	char		code[SEK_TICKET_CODE];
};

/* Times are wall us; 0 none. */
struct sek_helper_session {
	char		id[64];		/* the guard's, else logind's */
	char		logind[64];
	char		account[SEK_NAME_MAX];
	char		subject[SEK_NAME_MAX];
	char		person[SEK_NAME_MAX];
	char		service[SEK_SERVICE_MAX];
	char		tty[SEK_TTY_MAX];
	char		rhost[SEK_RHOST_MAX];
	char		grant[SEK_ID_MAX];
	char		timezone[32];
	uint8_t		pad[7];
	int64_t		opened;
	int64_t		ends;
	int64_t		locked;
	uint32_t	guarded;
	uint32_t	privileged;
	uint32_t	glass;
	uint32_t	ending;
	uint32_t	own;		/* who asks sits in it */
	uint32_t	pad2;
};
struct sek_helper_extended {
	char		grant[SEK_ID_MAX];
	char		timezone[32];
	uint8_t		pad[7];
	int64_t		was;
	int64_t		ends;
};
struct sek_helper_noted {
	char		account[SEK_NAME_MAX];
	char		contact[256];	/* whom to call; "" */
	char		timezone[32];
	int64_t		last_login;
	uint32_t	suspended;	/* 0: the last privileged person */
	uint32_t	pad;
};

/* How the client is talked to. ask: one prompt, one answer, SEK_ERR_CONV to
 * give up; data: may be NULL where none is expected. */
struct sek_helper_talk {
	enum sek_err	(*ask)(void *arg, bool echo, const char *prompt,
			    struct sek_secret *answer);
	void		(*tell)(void *arg, bool is_error, const char *text);
	enum sek_err	(*data)(void *arg, enum sek_helper_data kind,
			    const void *body, size_t len);
	void		*arg;
};

/*
 * Start the helper and ask one thing; body may be NULL. The host's children,
 * signals and descriptors are left alone. SEK_OK: yes, done; SEK_ERR_REFUSED,
 * _FORBIDDEN, _NOT_FOUND, … as the helper says, with why; SEK_ERR_STORE: it
 * cannot be run (not installed, not setuid, no_new_privs); SEK_ERR_TIMEOUT.
 */
enum sek_err	sek_helper_call(enum sek_helper_op op, const void *body,
		    size_t len, const struct sek_helper_talk *talk,
		    struct sek_why *why);

#endif
