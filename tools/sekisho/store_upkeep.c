/*
 * store_upkeep.c - sekisho store upkeep: by a timer, and what troubles it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a record is written when the trouble changes, not each time: else the
 * records themselves would fill the disk.
 */
#include "config.h"

#include <sys/statvfs.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/journal.h"
#include "audit.h"
#include "util_life.h"
#include "verb.h"

#define DISK_WARN	75	/* per cent */
#define DISK_ALARM	95

/* Each has a word for records and JSON, and a sentence for people. */
enum trouble {
	DISK_75 = 0,
	DISK_95,
	RESERVE_SHORT,
	SEAL_OLD,
	NEVER_SEALED,
	CLOCK_BACK,
	TROUBLES
};
static const struct {
	const char	*word;
	const char	*text;
} troubles[TROUBLES] = {
	{ "disk-75", N_("the disk of the store is more than 75 per cent "
	    "full: make room, or export records and purge them") },
	{ "disk-95", N_("the disk of the store is more than 95 per cent "
	    "full: logins will be refused when it is full; make room now") },
	{ "reserve-short", N_("the reserve for a full disk is not there: make "
	    "room on the disk of the store") },
	{ "seal-old", N_("the last seal is older than a day: run sekisho audit "
	    "seal, and look at sekisho-seal.timer") },
	{ "never-sealed", N_("the records were never sealed: run sekisho audit "
	    "seal, and look at sekisho-seal.timer") },
	{ "clock-back", N_("the clock was set back: check the time, then run "
	    "sekisho store clock --accept") },
};

/* Used of what root may use, in per cent. */
static unsigned
disk_full(const char *path)
{
	struct statvfs vfs;

	if (statvfs(path, &vfs) != 0 || vfs.f_blocks == 0)
		return (0);
	return ((unsigned)((double)(vfs.f_blocks - vfs.f_bfree) * 100 /
	    (double)vfs.f_blocks));
}

static enum sek_err
look_at_seal(struct tool *t, const struct sek_moment *now, bool found[])
{
	struct sek_mark mark;
	struct sek_seal_row row;
	struct sek_ends ends;
	enum sek_err err;

	if ((err = sek_store_ends(t->store, &ends)) != SEK_OK)
		return (err);
	err = sek_store_seal_last(t->store, &row);
	if (err == SEK_ERR_NOT_FOUND) {
		found[NEVER_SEALED] = true;
		return (SEK_OK);
	}
	if (err == SEK_OK)
		err = sek_store_mark(t->store, "seal", &mark);
	if (err != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	found[SEAL_OLD] = ends.last > row.seq &&
	    now->wall - mark.wall > SEK_DAY;
	return (SEK_OK);
}

static enum sek_err
look(struct tool *t, unsigned *full, bool found[])
{
	struct sek_upkeep u;
	struct sek_moment now;
	enum sek_err err;

	if ((err = sek_store_upkeep(t->store, &u)) != SEK_OK)
		return (err);
	*full = disk_full(t->settings->store.path);
	found[DISK_95] = *full >= DISK_ALARM;
	found[DISK_75] = *full >= DISK_WARN && *full < DISK_ALARM;
	found[RESERVE_SHORT] = u.ballast < u.ballast_full;
	found[CLOCK_BACK] = u.clock_back;
	if ((err = sek_clock_now(&now)) != SEK_OK)
		return (err);
	return (look_at_seal(t, &now, found));
}

static void
words_of(const bool found[], char *dst, size_t size)
{
	size_t i, n = 0;

	dst[0] = '\0';
	for (i = 0; i < TROUBLES && n < size; i++)
		if (found[i])
			n += (size_t)snprintf(dst + n, size - n, "%s%s",
			    n > 0 ? " " : "", troubles[i].word);
	if (n == 0)
		(void)sek_text_copy(dst, size, "well");
}

/* The mark each time; a record when it is not what it was. */
static enum sek_err
note(struct tool *t, const char *words, bool any)
{
	struct sek_mark before, now = { .name = "upkeep" };
	struct sek_record r = t->actor;
	enum sek_err err;
	bool same;

	err = sek_store_mark(t->store, "upkeep", &before);
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (err);
	same = err == SEK_OK ? strcmp(before.text, words) == 0 : !any;
	r.event = SEK_EVENT_UPKEEP;
	r.result = any ? SEK_RESULT_ERROR : SEK_RESULT_OK;
	r.count = 1;
	(void)sek_text_copy(r.detail, sizeof(r.detail), words);
	if (!same && (err = sek_store_append(t->store, &r)) != SEK_OK)
		return (err);
	if (same && any && t->settings->audit.journal)
		sek_journal_record(&r, 0, t->settings->terminal.id);
	(void)sek_text_copy(now.text, sizeof(now.text), words);
	return (sek_store_mark_set(t->store, &now));
}

static int
tell(const struct tool *t, unsigned full, const bool found[], bool any)
{
	cJSON *o, *list;
	int i, rc = TOOL_YES;

	if (t->json) {
		o = cJSON_CreateObject();
		cJSON_AddBoolToObject(o, "ok", !any);
		cJSON_AddNumberToObject(o, "disk_full", full);
		list = cJSON_AddArrayToObject(o, "troubles");
		for (i = 0; i < TROUBLES; i++)
			if (found[i])
				cJSON_AddItemToArray(list,
				    cJSON_CreateString(troubles[i].word));
		rc = tool_json_print(o);
	}
	for (i = 0; i < TROUBLES; i++)
		if (found[i])
			tool_error("%s", _(troubles[i].text));
	return (rc == TOOL_YES && any ? TOOL_NO : rc);
}

int
verb_store_upkeep(struct tool *t, int argc, char **argv)
{
	bool found[TROUBLES] = { false }, any = false;
	char words[SEK_REASON_MAX];
	unsigned full = 0;
	enum sek_err err;
	int i, rc;

	(void)argc;
	(void)argv;
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	tool_hold();
	tool_glass_take_in(t, t->store, true);
	if ((err = look(t, &full, found)) == SEK_OK) {
		for (i = 0; i < TROUBLES; i++)
			any |= found[i];
		words_of(found, words, sizeof(words));
		err = note(t, words, any);
	}
	if (err == SEK_OK)
		err = tool_dormant_note(t);
	if (err != SEK_OK && err != SEK_ERR_STORE_FULL)
		return (tool_store_fail(t, err));
	rc = tell(t, full, found, any);
	return (err == SEK_OK ? rc : tool_store_fail(t, err));
}
