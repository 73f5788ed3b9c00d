/*
 * plan.h - who joins, leaves or moves, as a list of the personnel office says
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Clause 7(2)①イ. A row is one line of a CSV file.
 */
#ifndef SEKISHO_MODEL_PLAN_H
#define SEKISHO_MODEL_PLAN_H

#include <stdint.h>

#include "sekisho/model/account.h"

enum sek_plan_kind {
	SEK_PLAN_NONE = 0,
	SEK_PLAN_JOIN,		/* person, account; to be enrolled */
	SEK_PLAN_LEAVE,		/* retired */
	SEK_PLAN_MOVE,		/* another 課室, term or contractor's mark */
	SEK_PLAN_KINDS
};
/* Which members a row says something about; others stay. */
#define SEK_PLAN_HAS_NAME	(1u << 0)
#define SEK_PLAN_HAS_SECTION	(1u << 1)
#define SEK_PLAN_HAS_FROM	(1u << 2)
#define SEK_PLAN_HAS_TO		(1u << 3)
#define SEK_PLAN_HAS_CONTRACTOR	(1u << 4)

struct sek_plan_row {
	uint64_t	line;		/* of the file */
	uint32_t	kind;		/* enum sek_plan_kind */
	uint32_t	has;		/* SEK_PLAN_HAS_* */
	char		account[SEK_NAME_MAX];
	char		person[SEK_NAME_MAX];	/* "": the account's */
	char		name[SEK_NAME_MAX];
	char		section[SEK_NAME_MAX];
	int64_t		from;		/* wall us; 0 open */
	int64_t		to;
	uint32_t	uid;		/* of the account; SEK_UID_NONE */
	uint8_t		contractor;
	uint8_t		privileged;	/* the account is, by the policy */
	uint8_t		pad[2];
};
struct sek_plan_change {
	struct sek_person before;	/* id "": was not here */
	struct sek_person after;
	uint32_t	authenticators;	/* removed: to be collected */
	uint32_t	nothing;	/* 1: it was so already */
};
struct sek_plan_counts {
	uint64_t	join;
	uint64_t	leave;
	uint64_t	move;
	uint64_t	nothing;
	uint64_t	authenticators;
};

const char	*sek_plan_kind_name(enum sek_plan_kind k);

#endif
