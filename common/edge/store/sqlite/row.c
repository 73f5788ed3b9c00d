/*
 * row.c - rows between memory and table, each with its keyed check
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a row whose check does not hold is not handed out.
 * The check covers the table's name, every column in order, typed and counted,
 * and the packed data, so that a row edited, moved to another id or to
 * another table does not pass.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

/* Any integer column as the number SQLite keeps. */
static int64_t
number_get(const struct sek_column *c, const char *row)
{
	const void *p = row + c->offset;

	switch (c->type) {
	case SEK_COLUMN_I64:
		return (*(const int64_t *)p);
	case SEK_COLUMN_I32:
		return (*(const int32_t *)p);
	case SEK_COLUMN_U32:
		return (*(const uint32_t *)p);
	case SEK_COLUMN_U16:
		return (*(const uint16_t *)p);
	default:
		return (*(const uint8_t *)p);
	}
}

static bool
number_set(const struct sek_column *c, char *row, int64_t v)
{
	void *p = row + c->offset;

	switch (c->type) {
	case SEK_COLUMN_I64:
		*(int64_t *)p = v;
		break;
	case SEK_COLUMN_I32:
		*(int32_t *)p = (int32_t)v;
		break;
	case SEK_COLUMN_U32:
		*(uint32_t *)p = (uint32_t)v;
		break;
	case SEK_COLUMN_U16:
		*(uint16_t *)p = (uint16_t)v;
		break;
	default:
		*(uint8_t *)p = (uint8_t)v;
		break;
	}
	return (number_get(c, row) == v);
}

static uint32_t
blob_len(const struct sek_column *c, const char *row)
{
	uint32_t len;

	memcpy(&len, row + c->offset, sizeof(len));
	return (len <= c->size ? len : 0);
}

/* Bytes being packed, or taken apart. */
struct cursor {
	uint8_t	*p;
	size_t	 left;
	bool	 bad;
};

static void
put(struct cursor *c, const void *p, size_t n)
{

	if (c->left < n) {
		c->bad = true;
		return;
	}
	memcpy(c->p, p, n);
	c->p += n;
	c->left -= n;
}

static void
put_number(struct cursor *c, uint64_t v, unsigned n)
{
	uint8_t b[8];
	unsigned i;

	for (i = 0; i < n; i++, v >>= 8)
		b[i] = (uint8_t)v;
	put(c, b, n);
}

static void
get(struct cursor *c, void *p, size_t n)
{

	if (c->left < n) {
		c->bad = true;
		return;
	}
	memcpy(p, c->p, n);
	c->p += n;
	c->left -= n;
}

static uint64_t
get_number(struct cursor *c, unsigned n)
{
	uint8_t b[8] = { 0 };
	uint64_t v = 0;

	get(c, b, n);
	while (n-- > 0)
		v = v << 8 | b[n];
	return (v);
}

static void
pack_column(struct cursor *p, const struct sek_column *c, const char *row)
{
	const char *at = row + c->offset;
	size_t n;

	switch (c->type) {
	case SEK_COLUMN_TEXT:
		n = strnlen(at, c->size - 1);
		put_number(p, n, 2);
		put(p, at, n);
		break;
	case SEK_COLUMN_BYTES:
		put(p, at, c->size);
		break;
	case SEK_COLUMN_BLOB:
		n = blob_len(c, row);
		put_number(p, n, 4);
		put(p, at + sizeof(uint32_t), n);
		break;
	default:
		put_number(p, (uint64_t)number_get(c, row), 8);
		break;
	}
}

static void
unpack_column(struct cursor *p, const struct sek_column *c, char *row)
{
	char *at = row + c->offset;
	uint32_t n;

	switch (c->type) {
	case SEK_COLUMN_TEXT:
		n = (uint32_t)get_number(p, 2);
		if (n >= c->size || n > p->left ||
		    memchr(p->p, '\0', n) != NULL) {
			p->bad = true;
			break;
		}
		get(p, at, n);
		at[n] = '\0';
		break;
	case SEK_COLUMN_BYTES:
		get(p, at, c->size);
		break;
	case SEK_COLUMN_BLOB:
		n = (uint32_t)get_number(p, 4);
		if (n > c->size || n > p->left) {
			p->bad = true;
			break;
		}
		memcpy(at, &n, sizeof(n));
		get(p, at + sizeof(n), n);
		break;
	default:
		p->bad |= !number_set(c, row, (int64_t)get_number(p, 8));
		break;
	}
}

static size_t
pack(struct sek_db *db, const struct sek_table *t, const char *row)
{
	struct cursor p = { db->data, sizeof(db->data), false };
	unsigned i;

	for (i = t->bare; i < t->n; i++)
		pack_column(&p, &t->columns[i], row);
	return (p.bad ? 0 : (size_t)(p.p - db->data));
}

static bool
unpack(struct sek_db *db, const struct sek_table *t, char *row, size_t len)
{
	struct cursor p = { db->data, len, false };
	unsigned i;

	for (i = t->bare; i < t->n && !p.bad; i++)
		unpack_column(&p, &t->columns[i], row);
	return (!p.bad && p.left == 0);
}

static void
row_mac(uint8_t out[SEK_MAC_LEN], const struct sek_db *db,
    const struct sek_table *t, const char *row, const void *data, size_t len)
{
	const struct sek_column *c;
	struct sek_mac m;
	unsigned i;

	sek_mac_begin(&m, &db->keys, SEK_KEY_ROW, t->name);
	for (i = 0; i < t->bare; i++) {
		c = &t->columns[i];
		if (c->type == SEK_COLUMN_TEXT)
			sek_mac_text(&m, row + c->offset);
		else if (c->type == SEK_COLUMN_BYTES)
			sek_mac_bytes(&m, row + c->offset, c->size);
		else
			sek_mac_int(&m, number_get(c, row));
	}
	sek_mac_bytes(&m, data, len);
	sek_mac_end(&m, out);
}

/* One column, strictly of its type and size. */
static bool
column_read(const struct sek_column *c, sqlite3_stmt *st, int i, char *row)
{
	const void *p;
	uint32_t len;
	int type = sqlite3_column_type(st, i);

	if (c->type != SEK_COLUMN_TEXT && c->type != SEK_COLUMN_BYTES)
		return (type == SQLITE_INTEGER &&
		    number_set(c, row, sqlite3_column_int64(st, i)));
	if (type != (c->type == SEK_COLUMN_TEXT ? SQLITE_TEXT : SQLITE_BLOB) ||
	    (p = sqlite3_column_blob(st, i)) == NULL)
		return (type == SQLITE_TEXT && c->type == SEK_COLUMN_TEXT);
	len = (uint32_t)sqlite3_column_bytes(st, i);
	if (c->type == SEK_COLUMN_BYTES) {
		if (len == c->size)
			memcpy(row + c->offset, p, len);
		return (len == c->size);
	}
	if (len >= c->size || memchr(p, '\0', len) != NULL)
		return (false);
	memcpy(row + c->offset, p, len);
	row[c->offset + len] = '\0';
	return (true);
}

/* The id a bad row is named by: as much as can still be read of it. */
static void
bad_id(char *dst, size_t size, const struct sek_table *t, sqlite3_stmt *st)
{
	const void *p;
	int n, i = (int)t->id;

	dst[0] = '\0';
	if (t->columns[t->id].type == SEK_COLUMN_TEXT &&
	    sqlite3_column_type(st, i) == SQLITE_TEXT)
		sek_text_printable(dst, size,
		    (const char *)sqlite3_column_text(st, i));
	else if (sqlite3_column_type(st, i) == SQLITE_BLOB) {
		p = sqlite3_column_blob(st, i);
		n = sqlite3_column_bytes(st, i);
		if (n > 0 && (size_t)n <= (size - 1) / 2)
			sek_text_hex(dst, p, (size_t)n);
	} else if (sqlite3_column_type(st, i) == SQLITE_INTEGER)
		(void)sek_text_format(dst, size, "%lld",
		    (long long)sqlite3_column_int64(st, i));
}

enum sek_err
sek_row_bad(struct sek_db *db, const char *table, const char *id)
{

	db->bad.table = table;
	(void)sek_text_copy(db->bad.id, sizeof(db->bad.id), id);
	return (sek_why(db->why, SEK_ERR_TAMPERED, "%s: table %s, row \"%s\": "
	    "the row is not as it was written (its keyed check fails); "
	    "\"sekisho store status\" names all such rows", db->config->path,
	    table, db->bad.id));
}

/* Checked before it is taken apart. */
static bool
read_checked(struct sek_db *db, const struct sek_table *t, sqlite3_stmt *st,
    char *row)
{
	uint8_t mac[SEK_MAC_LEN];
	const void *data, *stored;
	int at = (int)t->bare, len;
	unsigned i;

	for (i = 0; i < t->bare; i++)
		if (!column_read(&t->columns[i], st, (int)i, row))
			return (false);
	data = sqlite3_column_blob(st, at);
	len = sqlite3_column_bytes(st, at);
	stored = sqlite3_column_blob(st, at + 1);
	if (data == NULL || stored == NULL || len < 0 ||
	    (size_t)len > sizeof(db->data) ||
	    sqlite3_column_bytes(st, at + 1) != (int)sizeof(mac))
		return (false);
	row_mac(mac, db, t, row, data, (size_t)len);
	if (sodium_memcmp(mac, stored, sizeof(mac)) != 0)
		return (false);
	memcpy(db->data, data, (size_t)len);
	return (unpack(db, t, row, (size_t)len));
}

enum sek_err
sek_row_read(struct sek_db *db, const struct sek_table *t, sqlite3_stmt *st,
    void *row)
{
	char id[SEK_NAME_MAX];

	/* A tally's room is large, and told by its length. */
	if (t != &sek_table_attempt)
		memset(row, 0, t->size);
	if (read_checked(db, t, st, row))
		return (SEK_OK);
	bad_id(id, sizeof(id), t, st);
	memset(row, 0, t->size);
	return (sek_row_bad(db, t->name, id));
}

static void
column_bind(const struct sek_column *c, sqlite3_stmt *st, int i,
    const char *row)
{

	if (c->type == SEK_COLUMN_TEXT)
		sek_db_bind_text(st, i, row + c->offset);
	else if (c->type == SEK_COLUMN_BYTES)
		sek_db_bind_blob(st, i, row + c->offset, c->size);
	else
		(void)sqlite3_bind_int64(st, i, number_get(c, row));
}

static enum sek_err
row_write(struct sek_db *db, const struct sek_table *t, const char *sql,
    const char *row)
{
	uint8_t mac[SEK_MAC_LEN];
	sqlite3_stmt *st;
	enum sek_err err;
	size_t len = pack(db, t, row);
	unsigned i;

	if (len == 0 || (err = sek_db_prepare(db, &st, sql)) != SEK_OK)
		return (len == 0 ? SEK_ERR_INTERNAL : err);
	for (i = 0; i < t->bare; i++)
		column_bind(&t->columns[i], st, (int)i + 1, row);
	row_mac(mac, db, t, row, db->data, len);
	sek_db_bind_blob(st, (int)t->bare + 1, db->data, len);
	sek_db_bind_blob(st, (int)t->bare + 2, mac, sizeof(mac));
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_row_insert(struct sek_db *db, const struct sek_table *t, const void *row)
{

	return (row_write(db, t, t->insert, row));
}

enum sek_err
sek_row_update(struct sek_db *db, const struct sek_table *t, const void *row)
{
	enum sek_err err;

	if ((err = row_write(db, t, t->update, row)) == SEK_OK &&
	    sqlite3_changes(db->sq) != 1)
		err = sek_why(db->why, SEK_ERR_STORE_DAMAGED, "%s: table %s: "
		    "a row that was there is gone", db->config->path, t->name);
	return (err);
}

enum sek_err
sek_row_find(struct sek_db *db, const struct sek_table *t, void *row,
    const char *sql, const char *a, const char *b)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, sql)) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, a);
	if (b != NULL)
		sek_db_bind_text(st, 2, b);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	err = sek_row_read(db, t, st, row);
	sek_db_done(st);
	return (err);
}
