/*
 * util_time.c - times as an administrator writes them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho.h"

/* An administrator means a time of his life. */
#define FIRST	INT64_C(1)
#define LAST	(INT64_C(253370764800) * SEK_SECOND)	/* the year 9999 */
#define SPAN	(INT64_C(100) * 365 * 86400)

/* Who works late on his last day is not shut out at midnight. */
#define MORNING	(5 * 3600 * SEK_SECOND)

enum sek_err
tool_parse_end(const struct tool *t, const char *text, int64_t *wall_us)
{
	int64_t begins, ends;
	enum sek_err err;

	if ((err = tool_parse_time(t, text, true, &ends)) != SEK_OK)
		return (err);
	/* A day alone is as long as it is; a moment is not. */
	if (sek_clock_parse_short(&begins, text, tool_zone(t), false) ==
	    SEK_OK && begins != ends)
		ends += MORNING;
	*wall_us = ends;
	return (SEK_OK);
}

enum sek_err
tool_parse_time(const struct tool *t, const char *text, bool last,
    int64_t *wall_us)
{
	struct sek_moment now;
	int64_t seconds, us;
	enum sek_err err;

	if (sek_text_span(&seconds, text) == SEK_OK) {
		if (seconds > SPAN)
			return (SEK_ERR_RANGE);
		if (sek_clock_now(&now) != SEK_OK)
			return (SEK_ERR_CLOCK);
		*wall_us = now.wall + seconds * SEK_SECOND;
		return (SEK_OK);
	}
	err = sek_clock_parse_short(&us, text, tool_zone(t), last);
	if (err != SEK_OK)
		return (err);
	if (us < FIRST || us > LAST)
		return (SEK_ERR_RANGE);
	*wall_us = us;
	return (SEK_OK);
}
