/*
 * tally.h - failures and attempts under way against one name
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One tally a name: of an account, of a name no account has, or of a caller
 * who tries others through su or sudo. It is one row of the store, read,
 * judged by rule/lockout and written back in one transaction.
 */
#ifndef SEKISHO_MODEL_TALLY_H
#define SEKISHO_MODEL_TALLY_H

#include <stdint.h>

#include "sekisho/base/clock.h"
#include "sekisho/model/authenticator.h"

#define SEK_DENY_MAX	100u	/* lockout.deny and privileged_deny at most */
#define SEK_LEASES_MAX	101u	/* deny and the console's reserve */
#define SEK_TALLY_KEY_LEN 32u

enum sek_tally_kind {
	SEK_TALLY_ACCOUNT = 0,
	SEK_TALLY_UNKNOWN,
	SEK_TALLY_CALLER
};

enum sek_origin {			/* where an attempt came from */
	SEK_ORIGIN_CONSOLE	= 1,	/* else anywhere */
	SEK_ORIGIN_RESERVE	= 2,	/* the console's reserved attempt */
	SEK_ORIGIN_CALLER	= 4	/* also charged to a caller */
};

struct sek_failure {
	struct sek_moment	at;
	uint32_t		origin;		/* enum sek_origin bits */
	uint32_t		pad;
};

/* An attempt under way. Its owner dead, its boot gone or its deadline past,
 * it is a failure. */
struct sek_lease {
	char			id[SEK_ID_MAX];
	char			authenticator[SEK_ID_MAX];	/* "" none */
	uint8_t			pad[6];
	struct sek_process	owner;
	struct sek_moment	at;
	int64_t			deadline;	/* boot us of at.boot_id */
	uint32_t		origin;
	uint32_t		pad2;
};

struct sek_tally {
	uint32_t		nfailures;	/* in the interval, or locked */
	uint32_t		nleases;
	uint32_t		locked;		/* 1 while a lock stands */
	uint32_t		total;		/* in a row, no success since */
	struct sek_moment	locked_at;
	struct sek_moment	reserve_at;	/* of the last; 0 none */
	struct sek_failure	failure[SEK_DENY_MAX];
	struct sek_lease	lease[SEK_LEASES_MAX];
};

#endif
