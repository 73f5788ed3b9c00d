/*
 * status.c - how the store is: sizes, room, every row's keyed check
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

static const struct sek_table *const checked[] = {
	&sek_table_account, &sek_table_person, &sek_table_member,
	&sek_table_authenticator, &sek_table_attempt, &sek_table_admission,
	&sek_table_coalesce,
};

static enum sek_err
check_table(struct sek_db *db, const struct sek_table *t, void *row,
    const struct sek_tool_args *a, struct sek_store_status *out)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, t->all)) != SEK_OK)
		return (err);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		if (sek_row_read(db, t, st, row) == SEK_OK)
			continue;
		out->tampered++;
		if (a->bad_fn != NULL)
			a->bad_fn(a->arg, t->name, db->bad.id);
	}
	db->bad.table = NULL;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* A security key or a card without its row opens nothing. Bad ones are told
 * already. */
static enum sek_err
check_besides(struct sek_db *db, void *row, const struct sek_tool_args *a,
    struct sek_store_status *out)
{
	const struct sek_authenticator_row *r = row;
	sqlite3_stmt *st;
	const char *missing;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, sek_table_authenticator.all)) !=
	    SEK_OK)
		return (err);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		if (sek_row_read(db, &sek_table_authenticator, st, row) !=
		    SEK_OK)
			continue;
		if ((err = sek_db_beside_there(db, &missing, &r->a)) !=
		    SEK_OK) {
			sek_db_done(st);
			return (err);
		}
		if (missing == NULL)
			continue;
		out->tampered++;
		if (a->bad_fn != NULL)
			a->bad_fn(a->arg, missing, r->a.id);
	}
	db->bad.table = NULL;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Refusals that wait to be written: all of them, and no others? */
static enum sek_err
check_waiting(struct sek_db *db, const struct sek_tool_args *a,
    struct sek_store_status *out)
{
	bool whole = true;
	enum sek_err err;

	if ((err = sek_db_coalesce_whole(db, &whole)) != SEK_OK || whole)
		return (err);
	out->tampered++;
	if (a->bad_fn != NULL)
		a->bad_fn(a->arg, sek_table_coalesce.name, "*");
	return (SEK_OK);
}

static enum sek_err
check_all(struct sek_db *db, const struct sek_tool_args *a,
    struct sek_store_status *out)
{
	const struct sek_beside *const *b;
	enum sek_err err = SEK_OK;
	size_t i, most = 0;
	void *row;

	for (i = 0; i < sizeof(checked) / sizeof(checked[0]); i++)
		if (checked[i]->size > most)
			most = checked[i]->size;
	if (sek_table_request.size > most)
		most = sek_table_request.size;
	if ((row = malloc(most)) == NULL)
		return (SEK_ERR_NOMEM);
	for (i = 0; i < sizeof(checked) / sizeof(checked[0]) && err == SEK_OK;
	    i++)
		err = check_table(db, checked[i], row, a, out);
	if (err == SEK_OK && out->schema_minor >= 1)
		err = check_table(db, &sek_table_mark, row, a, out);
	if (err == SEK_OK && out->schema_minor >= 1)
		err = check_table(db, &sek_table_anchor, row, a, out);
	if (err == SEK_OK && out->schema_minor >= 2)
		err = check_table(db, &sek_table_request, row, a, out);
	if (err == SEK_OK && out->schema_minor >= 3)
		err = check_table(db, &sek_table_ticket, row, a, out);
	for (i = 0; sek_password_tables[i] != NULL && err == SEK_OK &&
	    out->schema_minor >= 7; i++)
		err = check_table(db, sek_password_tables[i], row, a, out);
	for (b = sek_besides; *b != NULL && err == SEK_OK; b++)
		if (out->schema_minor >= (*b)->minor)
			err = check_table(db, (*b)->table, row, a, out);
	if (err == SEK_OK)
		err = check_besides(db, row, a, out);
	free(row);
	return (err == SEK_OK ? check_waiting(db, a, out) : err);
}

static enum sek_err
check_pages(struct sek_db *db, struct sek_store_status *out)
{
	sqlite3_stmt *st;
	const char *text;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "PRAGMA quick_check(1)")) !=
	    SEK_OK)
		return (err);
	if ((err = sek_db_step(db, st)) == SEK_OK) {
		text = (const char *)sqlite3_column_text(st, 0);
		out->pages_ok = text != NULL && strcmp(text, "ok") == 0;
		sek_db_done(st);
	}
	/* A page that cannot be read is the answer, not a failure to ask. */
	return (err == SEK_ERR_STORE_DAMAGED ? SEK_OK : err);
}

static enum sek_err
count(struct sek_db *db, uint64_t *out, const char *sql)
{
	int64_t n = 0;
	enum sek_err err;

	err = sek_db_number(db, &n, sql);
	*out = (uint64_t)n;
	return (err);
}

static void
describe(struct sek_db *db, struct sek_store_status *out)
{
	struct stat st;

	(void)sek_text_copy(out->path, sizeof(out->path), db->config->path);
	(void)sek_text_copy(out->terminal, sizeof(out->terminal),
	    db->meta.terminal);
	(void)sek_text_format(out->engine, sizeof(out->engine), "sqlite %s",
	    sqlite3_libversion());
	out->records = (uint64_t)db->meta.seq;
	out->created = db->meta.created;
	out->epoch = (uint64_t)db->meta.epoch;
	out->kept = sek_kept(db->config);
	out->clock_back = sek_db_clock_back(db);
	out->disk_free = sek_disk_free(db->config->path);
	out->ballast = sek_ballast_size(db->config);
	out->ballast_full = SEK_BALLAST_FULL;
	if (lstat(db->config->path, &st) == 0)
		out->bytes = (uint64_t)st.st_size;
}

static enum sek_err
look(struct sek_db *db, const struct sek_tool_args *a,
    struct sek_store_status *out)
{
	int64_t version = 0;
	enum sek_err err;

	describe(db, out);
	if ((err = check_pages(db, out)) != SEK_OK || !out->pages_ok)
		return (err);
	if ((err = sek_db_number(db, &version, "PRAGMA user_version")) !=
	    SEK_OK ||
	    (err = count(db, &out->accounts, "SELECT count(*) FROM account"))
	    != SEK_OK ||
	    (err = count(db, &out->persons, "SELECT count(*) FROM person")) !=
	    SEK_OK ||
	    (err = count(db, &out->authenticators,
	    "SELECT count(*) FROM authenticator WHERE state<>4")) != SEK_OK)
		return (err);
	out->schema_major = (uint32_t)(version / 1000);
	out->schema_minor = (uint32_t)(version % 1000);
	/* A mark that was changed is told with the rows. */
	if (out->schema_minor >= 1 && (err = sek_db_mark(db, "backup",
	    &out->backup)) != SEK_OK && err != SEK_ERR_NOT_FOUND &&
	    err != SEK_ERR_TAMPERED)
		return (err);
	if ((err = sek_db_requests_count(db, out)) != SEK_OK)
		return (err);
	db->bad.table = NULL;
	return (check_all(db, a, out));
}

enum sek_err
sek_op_status(struct sek_db *db, const void *arg, void *result)
{
	enum sek_err err;

	if ((err = sek_db_begin(db, false)) != SEK_OK)
		return (err);
	return (sek_db_end(db, look(db, arg, result)));
}

enum sek_err
sek_op_accept_clock(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct sek_record r;

	(void)result;
	db->meta.wall = db->now.wall;
	db->meta.clock_mark = 0;
	db->meta_dirty = true;
	sek_db_record_actor(&r, a->actor, SEK_EVENT_CLOCK_ACCEPTED);
	return (sek_db_append(db, &r));
}

/* Beginning to write closes what is due. */
enum sek_err
sek_op_upkeep(struct sek_db *db, const void *arg, void *result)
{
	struct sek_upkeep *out = result;
	struct sek_ticket_row ticket;
	int64_t after = 0;
	bool more = false;
	enum sek_err err;

	(void)arg;
	do {
		if ((err = sek_db_begin(db, true)) != SEK_OK ||
		    (err = sek_db_end(db, sek_db_requests_sweep(db, &after,
		    &more))) != SEK_OK)
			return (err);
	} while (more);
	memset(&ticket, 0, sizeof(ticket));
	do {
		if ((err = sek_db_begin(db, true)) != SEK_OK ||
		    (err = sek_db_end(db, sek_db_tickets_sweep(db, &ticket,
		    &more))) != SEK_OK)
			return (err);
	} while (more);
	if ((err = sek_db_passwords_sweep(db)) != SEK_OK)
		return (err);
	sek_db_refill(db, true);
	out->ballast = sek_ballast_size(db->config);
	out->ballast_full = SEK_BALLAST_FULL;
	out->clock_back = sek_db_clock_back(db);
	return (SEK_OK);
}
