/*
 * window.h - weekly time windows: "Mon-Fri 08:30-17:15"
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_BASE_WINDOW_H
#define SEKISHO_BASE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/err.h"

#define SEK_WINDOWS_MAX 16

/* Days are bits 0 (Sunday) to 6; minutes of the day; from > until wraps
 * past midnight and belongs to the day it began on. */
struct sek_window {
	uint8_t		days;
	uint16_t	from;
	uint16_t	until;
};

struct sek_windows {
	struct sek_window	w[SEK_WINDOWS_MAX];
	unsigned		n;		/* 0: always */
};

/* "always", or windows separated by commas or semicolons; a day list is
 * names Mon..Sun, ranges of them, or "daily"; times HH:MM-HH:MM, 24:00 as an
 * end. SEK_ERR_SYNTAX otherwise. */
enum sek_err	sek_window_parse(struct sek_windows *out, const char *s);
/* Is the wall time (UTC seconds), seen utc_offset_seconds east of UTC
 * (sek_clock_offset), inside? No windows: always. */
bool		sek_window_contains(const struct sek_windows *w,
		    int64_t wall_seconds, int utc_offset_seconds);

#endif
