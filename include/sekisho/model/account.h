/*
 * account.h - accounts of the terminal and the persons behind them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_MODEL_ACCOUNT_H
#define SEKISHO_MODEL_ACCOUNT_H

#include <stdint.h>

#include "sekisho/model/claimant.h"

#define SEK_REASON_MAX 256u

/* What is stored; "locked" and "dormant" are judged, not stored. */
enum sek_account_state {
	SEK_ACCOUNT_ACTIVE = 0,
	SEK_ACCOUNT_SUSPENDED,
	SEK_ACCOUNT_RETIRED,
	SEK_ACCOUNT_STATES
};

struct sek_account {
	char		name[SEK_NAME_MAX];
	char		person[SEK_NAME_MAX];	/* "" for a shared account */
	char		reason[SEK_REASON_MAX];	/* of the suspension */
	int64_t		created;
	int64_t		suspended_until;	/* wall us; 0: until resumed */
	int64_t		last_login;		/* wall us; 0 never */
	int64_t		last_logout;
	char		last_tty[SEK_TTY_MAX];	/* of the last login */
	char		last_rhost[SEK_RHOST_MAX];
	char		last_service[SEK_SERVICE_MAX];
	uint32_t	uid;			/* or SEK_UID_NONE: not bound */
	uint32_t	failures_since;		/* since the last login */
	uint8_t		state;			/* enum sek_account_state */
	uint8_t		shared;
	uint8_t		privileged;		/* as last known */
	uint8_t		pad[5];
};

struct sek_person {
	char		id[SEK_NAME_MAX];	/* staff number or account */
	char		name[SEK_NAME_MAX];	/* 氏名; "" unknown */
	char		section[SEK_NAME_MAX];	/* 課室 */
	int64_t		from;			/* term, wall us; 0 open */
	int64_t		to;
	int64_t		created;
	uint8_t		contractor;
	uint8_t		state;			/* enum sek_account_state */
	uint8_t		pad[6];
};

const char	*sek_account_state_name(enum sek_account_state s);

#endif
