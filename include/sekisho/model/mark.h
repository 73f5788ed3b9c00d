/*
 * mark.h - when something last happened to a store, and what to
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_MODEL_MARK_H
#define SEKISHO_MODEL_MARK_H

#include <stdint.h>

#include "sekisho/model/account.h"

#define SEK_MARK_NAME_MAX 64u

struct sek_mark {
	char		name[SEK_MARK_NAME_MAX];	/* "backup" */
	char		text[SEK_REASON_MAX];	/* which file, number … */
	int64_t		wall;			/* us; set: 0 is now */
};

#endif
