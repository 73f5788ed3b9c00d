/*
 * util_plan_keep.c - plans of a later hour: root's alone, beside the store
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ID.csv is the text that was judged, ID.json what is known of it: without
 * that, there is no plan. A static timer asks each minute for what is due, as
 * long as something is kept.
 *
 * MUST: what does not read as a plan is told, and not done; nor is a text that
 * is not the one that was judged.
 */
#include "config.h"

#include <csv.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "util_enable.h"
#include "util_plan.h"

#define SYSTEMCTL	"/usr/bin/systemctl"
#define TIMER		"sekisho-plan.timer"
#define SECONDS		20u
#define JSON_MAX	16384u
#define KEPT_MAX	1000u		/* plans */
#define LOCK_WAIT	(60 * SEK_SECOND)

/* "plans" beside the store, or a file in it. */
static int
place(const struct tool *t, char *dst, size_t size, const char *id,
    const char *ending)
{
	char folder[SEK_PATH_MAX];

	if (sek_file_folder(folder, sizeof(folder),
	    t->settings->store.path) == SEK_OK && sek_text_format(dst, size,
	    "%s/plans%s%s%s", folder, id[0] != '\0' ? "/" : "", id,
	    ending) == SEK_OK)
		return (TOOL_YES);
	return (tool_fail(SEK_ERR_RANGE, "store.path"));
}

static void
sum_of(char sum[TOOL_PLAN_SUM], const char *text, size_t len)
{
	uint8_t hash[(TOOL_PLAN_SUM - 1) / 2];

	(void)crypto_generichash(hash, sizeof(hash), (const uint8_t *)text,
	    len, NULL, 0);
	sek_text_hex(sum, hash, sizeof(hash));
}

int
tool_kept_lock(const struct tool *t, int *fd)
{
	struct sek_why why = { "" };
	char path[SEK_PATH_MAX];
	enum sek_err err;
	int rc;

	*fd = -1;
	if ((rc = place(t, path, sizeof(path), "", "")) != TOOL_YES)
		return (rc);
	if ((err = sek_file_make_folder(path, 0700, &why)) != SEK_OK)
		return (tool_fail(err, why.text));
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0)
		return (tool_fail(SEK_ERR_IO, path));
	if (sek_file_lock(*fd, LOCK_WAIT) == SEK_OK)
		return (TOOL_YES);
	(void)close(*fd);
	*fd = -1;
	tool_error(_("kept plans are being done at this moment: try again "
	    "when that is over"));
	return (TOOL_TROUBLE);
}

int
tool_kept_text(const struct tool *t, const struct tool_kept *k, char **text,
    size_t *len)
{
	struct sek_why why = { "" };
	char path[SEK_PATH_MAX], sum[TOOL_PLAN_SUM];
	enum sek_err err;
	int rc;

	*text = NULL;
	if ((rc = place(t, path, sizeof(path), k->id, ".csv")) != TOOL_YES)
		return (rc);
	if ((err = sek_file_read(text, len, path, TOOL_PLAN_TEXT,
	    SEK_FILE_PRIVATE, &why)) == SEK_OK) {
		sum_of(sum, *text, *len);
		if (strcmp(sum, k->sum) == 0)
			return (TOOL_YES);
		free(*text);
		*text = NULL;
	} else if (err == SEK_ERR_NOMEM)
		return (tool_fail(err, NULL));
	tool_error(_("the kept plan %s is not as it was kept: cancel it "
	    "(sekisho roster plan --cancel %s), then plan again [%s]"), k->id,
	    k->id, why.text);
	return (TOOL_NO);
}

static bool
is_id(const char *id)
{

	return (strlen(id) == TOOL_PLAN_ID - 1 &&
	    id[strspn(id, "0123456789abcdef")] == '\0');
}

/* ---- written */

static void
add_number(cJSON *o, const char *name, int64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)n);
	cJSON_AddStringToObject(o, name, text);
}

static char *
text_of(const struct tool_kept *k)
{
	cJSON *o = cJSON_CreateObject();
	char *text;

	cJSON_AddStringToObject(o, "file", k->file);
	cJSON_AddStringToObject(o, "by", k->by);
	cJSON_AddStringToObject(o, "person", k->person);
	cJSON_AddStringToObject(o, "failed", k->failed);
	cJSON_AddStringToObject(o, "sum", k->sum);
	add_number(o, "at", k->at);
	add_number(o, "made", k->made);
	add_number(o, "rows", (int64_t)k->rows);
	cJSON_AddBoolToObject(o, "create", k->create);
	text = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return (text);
}

static int
write_about(const struct tool *t, const struct tool_kept *k)
{
	struct sek_why why = { "" };
	char path[SEK_PATH_MAX];
	char *text = text_of(k);
	enum sek_err err = SEK_ERR_NOMEM;
	int rc = TOOL_YES;

	if (text != NULL &&
	    (rc = place(t, path, sizeof(path), k->id, ".json")) == TOOL_YES)
		err = sek_file_replace(path, text, strlen(text), 0600, &why);
	free(text);
	if (rc != TOOL_YES)
		return (rc);
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why.text));
}

int
tool_kept_add(struct tool *t, struct tool_kept *k, const char *text,
    size_t len)
{
	struct sek_why why = { "" };
	char path[SEK_PATH_MAX];
	enum sek_err err;
	int rc;

	if ((rc = place(t, path, sizeof(path), "", "")) != TOOL_YES)
		return (rc);
	if ((err = sek_file_make_folder(path, 0700, &why)) != SEK_OK ||
	    (err = sek_text_random_id(k->id, (TOOL_PLAN_ID - 1) / 2)) !=
	    SEK_OK)
		return (tool_fail(err, why.text));
	if ((rc = place(t, path, sizeof(path), k->id, ".csv")) != TOOL_YES)
		return (rc);
	sum_of(k->sum, text, len);
	if ((err = sek_file_create(path, text, len, 0600, &why)) != SEK_OK)
		return (tool_fail(err, why.text));
	if ((rc = write_about(t, k)) == TOOL_YES)
		rc = tool_kept_arm(true);
	if (rc != TOOL_YES)
		(void)tool_kept_remove(t, k->id);
	return (rc);
}

int
tool_kept_fail(struct tool *t, struct tool_kept *k, const char *why)
{

	sek_text_printable(k->failed, sizeof(k->failed), why);
	return (write_about(t, k));
}

int
tool_kept_remove(struct tool *t, const char *id)
{
	struct sek_why why = { "" };
	char about[SEK_PATH_MAX], text[SEK_PATH_MAX], shown[64];
	enum sek_err err = SEK_ERR_NOT_FOUND;
	int rc;

	if (is_id(id)) {
		if ((rc = place(t, about, sizeof(about), id, ".json")) !=
		    TOOL_YES ||
		    (rc = place(t, text, sizeof(text), id, ".csv")) !=
		    TOOL_YES)
			return (rc);
		err = sek_file_remove(about, &why);
		if (err == SEK_OK || err == SEK_ERR_NOT_FOUND)
			(void)sek_file_remove(text, NULL);
	}
	if (err == SEK_OK)
		return (TOOL_YES);
	sek_text_printable(shown, sizeof(shown), id);
	if (err != SEK_ERR_NOT_FOUND)
		return (tool_fail(err, why.text));
	tool_error(_("there is no such plan: %s"), shown);
	return (TOOL_NO);
}

/* ---- read */

static bool
take_text(char *dst, size_t size, const cJSON *o, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(o, name));

	return (text != NULL && sek_text_copy(dst, size, text) == SEK_OK);
}

static bool
take_number(int64_t *n, const cJSON *o, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(o, name));

	return (text != NULL &&
	    sek_text_number(n, text, 0, INT64_MAX) == SEK_OK);
}

static bool
understand(struct tool_kept *k, const cJSON *o)
{
	int64_t rows = 0;

	if (!take_text(k->file, sizeof(k->file), o, "file") ||
	    !take_text(k->by, sizeof(k->by), o, "by") ||
	    !take_text(k->person, sizeof(k->person), o, "person") ||
	    !take_text(k->failed, sizeof(k->failed), o, "failed") ||
	    !take_text(k->sum, sizeof(k->sum), o, "sum") ||
	    !take_number(&k->at, o, "at") ||
	    !take_number(&k->made, o, "made") ||
	    !take_number(&rows, o, "rows"))
		return (false);
	k->rows = (uint64_t)rows;
	k->create = cJSON_IsTrue(cJSON_GetObjectItem(o, "create"));
	return (true);
}

static int
read_one(struct tool *t, struct tool_kept *k, const char *id)
{
	struct sek_why why = { "" };
	char path[SEK_PATH_MAX];
	char *text = NULL;
	cJSON *o = NULL;
	size_t len;
	enum sek_err err;
	bool good;
	int rc;

	memset(k, 0, sizeof(*k));
	(void)sek_text_copy(k->id, sizeof(k->id), id);
	if ((rc = place(t, path, sizeof(path), id, ".json")) != TOOL_YES)
		return (rc);
	err = sek_file_read(&text, &len, path, JSON_MAX, SEK_FILE_PRIVATE,
	    &why);
	if (err == SEK_OK)
		o = cJSON_Parse(text);
	good = o != NULL && understand(k, o);
	cJSON_Delete(o);
	free(text);
	if (good)
		return (TOOL_YES);
	tool_error(_("the kept plan %s cannot be read: cancel it (sekisho "
	    "roster plan --cancel %s) [%s]"), id, id, why.text);
	return (TOOL_TROUBLE);
}

static int
by_time(const void *a, const void *b)
{
	const struct tool_kept *x = a, *y = b;

	return (x->at != y->at ? (x->at < y->at ? -1 : 1) :
	    strcmp(x->id, y->id));
}

/* The id of a file of a plan. */
static bool
id_of(const char *name, char id[TOOL_PLAN_ID])
{

	if (strlen(name) != TOOL_PLAN_ID - 1 + strlen(".json") ||
	    strcmp(name + TOOL_PLAN_ID - 1, ".json") != 0)
		return (false);
	memcpy(id, name, TOOL_PLAN_ID - 1);
	id[TOOL_PLAN_ID - 1] = '\0';
	return (is_id(id));
}

int
tool_kept_read(struct tool *t, struct tool_kept **out, size_t *n)
{
	char path[SEK_PATH_MAX], id[TOOL_PLAN_ID];
	struct dirent *d;
	int rc;
	DIR *dir;

	*out = NULL;
	*n = 0;
	if ((rc = place(t, path, sizeof(path), "", "")) != TOOL_YES)
		return (rc);
	if ((dir = opendir(path)) == NULL)
		return (errno == ENOENT ? TOOL_YES : tool_fail(SEK_ERR_IO,
		    path));
	if ((*out = calloc(KEPT_MAX, sizeof(**out))) == NULL)
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
	while (*out != NULL && *n < KEPT_MAX && (d = readdir(dir)) != NULL)
		if (id_of(d->d_name, id)) {
			/* The others are told and done all the same. */
			if (read_one(t, &(*out)[*n], id) == TOOL_YES)
				(*n)++;
			else
				rc = TOOL_TROUBLE;
		}
	(void)closedir(dir);
	if (*n > 0)
		qsort(*out, *n, sizeof(**out), by_time);
	return (rc);
}

/* ---- told */

cJSON *
tool_kept_json(const struct tool *t, const struct tool_kept *k)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", k->id);
	cJSON_AddItemToObject(o, "file", tool_json_text(k->file));
	cJSON_AddItemToObject(o, "at", tool_json_time(t, k->at));
	cJSON_AddNumberToObject(o, "rows", (double)k->rows);
	cJSON_AddItemToObject(o, "by", tool_json_text(k->by));
	cJSON_AddItemToObject(o, "made", tool_json_time(t, k->made));
	cJSON_AddBoolToObject(o, "create", k->create);
	cJSON_AddItemToObject(o, "failed", tool_json_text(k->failed));
	return (o);
}

int
tool_kept_print(struct tool *t, const struct tool_kept *k, size_t n)
{
	static const char *const columns[] = { N_("ID"), N_("At"),
	    N_("Lines"), N_("File"), N_("By"), N_("Failed"), NULL };
	struct tool_list *l = tool_list_new(t, columns);
	enum sek_err err = l == NULL ? SEK_ERR_NOMEM : SEK_OK;
	char at[32], rows[24];
	const char *cells[6];
	size_t i;

	for (i = 0; i < n && err == SEK_OK; i++) {
		if (t->json) {
			err = tool_list_json(l, tool_kept_json(t, &k[i]));
			continue;
		}
		tool_time(t, at, sizeof(at), k[i].at);
		(void)snprintf(rows, sizeof(rows), "%llu",
		    (unsigned long long)k[i].rows);
		cells[0] = k[i].id;
		cells[1] = at;
		cells[2] = rows;
		cells[3] = k[i].file;
		cells[4] = k[i].by;
		cells[5] = k[i].failed;
		err = tool_list_row(l, cells);
	}
	return (tool_list_end(t, &l, err));
}

/* ---- the timer */

int
tool_kept_arm(bool any)
{
	static const char *const on[] = { SYSTEMCTL, "--quiet", "enable",
	    "--now", TIMER, NULL };
	static const char *const off[] = { SYSTEMCTL, "--quiet", "disable",
	    "--now", TIMER, NULL };
	bool systemd = access("/run/systemd/system", F_OK) == 0 &&
	    access(SYSTEMCTL, X_OK) == 0;

	if (!systemd && any)
		tool_error(_("there is no systemd here: let something else run "
		    "sekisho roster plan --due at that time"));
	if (!systemd || tool_program(any ? on : off, NULL, 0, SECONDS) == 0 ||
	    !any)
		return (TOOL_YES);
	tool_error(_("%s cannot be started: nothing would be done at that "
	    "time"), TIMER);
	return (TOOL_TROUBLE);
}

/* ---- leavers of a later day */

/* One of the lines that are left, in the form of a plan. */
static int
put_row(FILE *f, const struct sek_plan_row *row)
{
	const char *const fields[] = { "leave", row->account, row->person };
	size_t i;

	for (i = 0; i < 3; i++)
		if ((i > 0 && putc(',', f) == EOF) ||
		    csv_fwrite(f, fields[i], strlen(fields[i])) != 0)
			return (-1);
	return (putc('\n', f) == EOF ? -1 : 0);
}

static bool
is_later(const struct tool_plan_row *v)
{

	return (v->row.kind == SEK_PLAN_LEAVE &&
	    v->change.after.state != SEK_ACCOUNT_RETIRED);
}

/* Is the very same kept already? */
static bool
is_kept(struct tool *t, int64_t at, const char *text)
{
	struct tool_kept *all;
	char sum[TOOL_PLAN_SUM];
	bool is = false;
	size_t i, n;

	sum_of(sum, text, strlen(text));
	(void)tool_kept_read(t, &all, &n);
	for (i = 0; i < n && !is; i++)
		is = all[i].at == at && all[i].failed[0] == '\0' &&
		    strcmp(all[i].sum, sum) == 0;
	free(all);
	return (is);
}

static int
keep_day(const struct tool_plan *p, int64_t at)
{
	struct tool_kept k;
	struct sek_moment now = { 0 };
	char *text = NULL;
	size_t i, len = 0;
	FILE *f = open_memstream(&text, &len);
	int rc = f == NULL || fputs("action,account,person\n", f) == EOF;

	memset(&k, 0, sizeof(k));
	for (i = 0; i < p->n && rc == 0; i++)
		if (is_later(&p->v[i]) && p->v[i].change.after.to == at) {
			rc = put_row(f, &p->v[i].row);
			k.rows++;
		}
	if (f != NULL && fclose(f) != 0)
		rc = -1;
	if (rc != 0) {
		free(text);
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	}
	(void)sek_clock_now(&now);
	memcpy(k.file, p->path, sizeof(k.file));
	memcpy(k.by, p->t->actor.subject, sizeof(k.by));
	memcpy(k.person, p->t->actor.person, sizeof(k.person));
	k.at = at;
	k.made = now.wall;
	rc = is_kept(p->t, at, text) ? TOOL_YES :
	    tool_kept_add(p->t, &k, text, len);
	free(text);
	return (rc);
}

int
tool_kept_later(const struct tool_plan *p)
{
	int64_t at, last = 0;
	size_t i;
	int rc = TOOL_YES;

	for (;;) {
		at = INT64_MAX;
		for (i = 0; i < p->n; i++)
			if (is_later(&p->v[i]) &&
			    p->v[i].change.after.to > last &&
			    p->v[i].change.after.to < at)
				at = p->v[i].change.after.to;
		if (at == INT64_MAX)
			return (rc);
		if (keep_day(p, at) != TOOL_YES)
			rc = TOOL_TROUBLE;
		last = at;
	}
}
