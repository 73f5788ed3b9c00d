/*
 * sshd.h - do sshd's settings lead every login to PAM, and can one answer?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pure. The settings in force are those that `sshd -T` prints (OpenSSH 8.4 to
 * 10). MUST: a setting that was not read is never called sound.
 */
#ifndef SEKISHO_RULE_SSHD_H
#define SEKISHO_RULE_SSHD_H

#include <stdbool.h>
#include <stddef.h>

#include "sekisho/base/err.h"
#include "sekisho/rule/stack_proof.h"

#define SEK_SSHD_VALUE_MAX	512u

enum sek_sshd_key {
	SEK_SSHD_USE_PAM = 0,
	SEK_SSHD_PASSWORD,
	SEK_SSHD_KEYBOARD,		/* keyboard-interactive */
	SEK_SSHD_EMPTY,
	SEK_SSHD_METHODS,
	SEK_SSHD_PUBKEY,
	SEK_SSHD_GSSAPI,
	SEK_SSHD_HOSTBASED,
	SEK_SSHD_SERVICE,		/* PAMServiceName, from 9.8 */
	SEK_SSHD_KEYS
};

/* Settings in force for one connection; "" was not printed. */
struct sek_sshd {
	char	value[SEK_SSHD_KEYS][SEK_SSHD_VALUE_MAX];
};

enum sek_sshd_fault {
	SEK_SSHD_NO_PAM = 0,	/* opens: sshd asks PAM for nothing */
	SEK_SSHD_UNREAD,	/* opens: a setting is missing */
	SEK_SSHD_ONE_LINE,	/* shuts: one answer for all prompts */
	SEK_SSHD_EMPTY_TRY,	/* shuts: each connection tries "" */
	SEK_SSHD_NO_KEYBOARD,	/* shuts: nobody can answer two prompts */
	SEK_SSHD_NO_WAY,	/* shuts: no list of methods reaches PAM */
	SEK_SSHD_BY_HOST	/* noted: only account answers */
};

/* "usepam", as sshd -T writes it. */
const char	*sek_sshd_key_name(enum sek_sshd_key key);
/* Take one line of sshd -T; the first of a key counts. SEK_ERR_RANGE: the
 * value is too long. Lines of other keys are passed over. */
enum sek_err	 sek_sshd_read(struct sek_sshd *s, const char *line,
		    size_t len);
enum sek_stack_harm sek_sshd_harm(enum sek_sshd_fault fault);

typedef void (*sek_sshd_fault_fn)(void *arg, enum sek_sshd_fault fault,
		    enum sek_sshd_key key);
/* Tell what is wrong, each with the setting it lies in. one_line: the policy
 * takes password and code in one answer (factors.one_line). */
void		 sek_sshd_judge(const struct sek_sshd *s, bool one_line,
		    sek_sshd_fault_fn fn, void *arg);

/* ---- Match: who would be meant by it? */

/* A connection, as sshd -C takes it; made up where nothing asks for it. */
struct sek_sshd_who {
	char	user[256];
	char	group[256];	/* "": any; user must be made its member */
	char	host[256];
	char	addr[64];
	char	laddr[64];
	char	lport[8];
	char	rdomain[64];
};

void		 sek_sshd_anyone(struct sek_sshd_who *out);
/*
 * Change a connection so that it may meet a Match line's criteria ("User
 * alice,b* Address 10.0.0.0/8"). It is a guess, for sshd to confirm.
 * SEK_ERR_UNSUPPORTED: a criterion not known here.
 */
enum sek_err	 sek_sshd_meet(struct sek_sshd_who *who,
		    const char *criteria);

#endif
