/*
 * manifest.c - the JSON that says what an export holds
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The text is signed by its digest, as it stands: it is read, never written
 * again to be compared.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "file.h"
#include "sekisho/base/text.h"

static bool
add_text(cJSON *o, const char *name, const char *text)
{

	return ((text[0] == '\0' ? cJSON_AddNullToObject(o, name) :
	    cJSON_AddStringToObject(o, name, text)) != NULL);
}

static bool
add_hash(cJSON *o, const char *name, const uint8_t *hash, bool there)
{
	char hex[2 * SEK_HASH_LEN + 1] = "";

	if (there)
		sek_text_hex(hex, hash, SEK_HASH_LEN);
	return (add_text(o, name, hex));
}

/* Exact far beyond 2^53, for whoever reads it with doubles. */
static bool
add_number(cJSON *o, const char *name, uint64_t v)
{

	return (cJSON_AddNumberToObject(o, name, (double)v) != NULL);
}

enum sek_err
sek_bundle_manifest(char **out, const struct sek_manifest *m)
{
	cJSON *o = cJSON_CreateObject(), *asked;
	bool ok;

	*out = NULL;
	ok = o != NULL &&
	    cJSON_AddStringToObject(o, "format", "sekisho-export-1") != NULL &&
	    cJSON_AddBoolToObject(o, "finished", m->finished) != NULL &&
	    add_text(o, "terminal", m->terminal) &&
	    add_text(o, "version", m->version) &&
	    add_text(o, "made", m->made) &&
	    add_number(o, "first", m->first) &&
	    add_number(o, "last", m->last) &&
	    add_number(o, "count", m->count) &&
	    add_hash(o, "first_prev", m->first_prev, true) &&
	    add_hash(o, "first_hash", m->first_hash, m->finished) &&
	    add_hash(o, "last_hash", m->last_hash, m->finished) &&
	    (asked = cJSON_AddObjectToObject(o, "asked")) != NULL &&
	    add_text(asked, "from", m->from) &&
	    add_text(asked, "since", m->since) &&
	    add_text(asked, "until", m->until);
	if (ok)
		*out = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return (*out == NULL ? SEK_ERR_NOMEM : SEK_OK);
}

static bool
get_text(const cJSON *o, const char *name, char *dst, size_t size)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, name);

	dst[0] = '\0';
	if (cJSON_IsNull(item))
		return (true);
	return (cJSON_IsString(item) &&
	    (item->valuestring[0] == '\0' ||
	    sek_text_is_clean(item->valuestring, size - 1)) &&
	    sek_text_copy(dst, size, item->valuestring) == SEK_OK);
}

static bool
get_hash(const cJSON *o, const char *name, uint8_t *dst, bool there)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, name);

	if (!there)
		return (cJSON_IsNull(item));
	return (cJSON_IsString(item) &&
	    sek_text_unhex(dst, SEK_HASH_LEN, item->valuestring) == SEK_OK);
}

static bool
get_number(const cJSON *o, const char *name, uint64_t *out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, name);
	double v;

	if (!cJSON_IsNumber(item))
		return (false);
	v = item->valuedouble;
	if (!(v >= 0 && v <= 9007199254740992.0))
		return (false);
	*out = (uint64_t)v;
	return (v >= (double)*out && v <= (double)*out);
}

static bool
is_ours(const cJSON *o)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, "format");

	return (cJSON_IsString(item) &&
	    strcmp(item->valuestring, "sekisho-export-1") == 0);
}

static bool
get_all(const cJSON *o, struct sek_manifest *m)
{
	const cJSON *finished, *asked;

	finished = cJSON_GetObjectItemCaseSensitive(o, "finished");
	asked = cJSON_GetObjectItemCaseSensitive(o, "asked");
	if (!is_ours(o) || !cJSON_IsBool(finished) || !cJSON_IsObject(asked))
		return (false);
	m->finished = cJSON_IsTrue(finished);
	return (get_text(o, "terminal", m->terminal, sizeof(m->terminal)) &&
	    get_text(o, "version", m->version, sizeof(m->version)) &&
	    get_text(o, "made", m->made, sizeof(m->made)) &&
	    get_number(o, "first", &m->first) &&
	    get_number(o, "last", &m->last) &&
	    get_number(o, "count", &m->count) &&
	    get_hash(o, "first_prev", m->first_prev, true) &&
	    get_hash(o, "first_hash", m->first_hash, m->finished) &&
	    get_hash(o, "last_hash", m->last_hash, m->finished) &&
	    get_text(asked, "from", m->from, sizeof(m->from)) &&
	    get_text(asked, "since", m->since, sizeof(m->since)) &&
	    get_text(asked, "until", m->until, sizeof(m->until)) &&
	    m->first >= 1 && m->last >= m->first &&
	    (!m->finished || m->count == m->last - m->first + 1));
}

static enum sek_err
parse(struct sek_manifest *m, const char *text, size_t len)
{
	cJSON *o;
	bool ok;

	memset(m, 0, sizeof(*m));
	if (text == NULL || len > SEK_BUNDLE_JSON_MAX)
		return (SEK_ERR_SYNTAX);
	o = cJSON_ParseWithLength(text, len);
	ok = cJSON_IsObject(o) && get_all(o, m);
	cJSON_Delete(o);
	if (!ok)
		memset(m, 0, sizeof(*m));
	return (ok ? SEK_OK : SEK_ERR_SYNTAX);
}

enum sek_err
sek_bundle_read_manifest(sqlite3 *sq, const char *path,
    struct sek_manifest *m, uint8_t digest[SEK_HASH_LEN], struct sek_why *why)
{
	sqlite3_stmt *st = NULL;
	const void *text;
	size_t len;
	enum sek_err err = SEK_ERR_SYNTAX;
	int rc;

	if (sqlite3_prepare_v2(sq, "SELECT id,body FROM manifest ORDER BY id",
	    -1, &st, NULL) != SQLITE_OK)
		return (sek_bundle_error(sq, path, why));
	if ((rc = sqlite3_step(st)) == SQLITE_ROW &&
	    sqlite3_column_int64(st, 0) == 1 &&
	    sqlite3_column_type(st, 1) == SQLITE_TEXT) {
		text = sqlite3_column_blob(st, 1);
		len = (size_t)sqlite3_column_bytes(st, 1);
		err = parse(m, text, len);
		if (digest != NULL && text != NULL)
			crypto_hash_sha256(digest, text, len);
		if (err == SEK_OK && (rc = sqlite3_step(st)) == SQLITE_ROW)
			err = SEK_ERR_SYNTAX;
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		err = sek_bundle_error(sq, path, why);
	(void)sqlite3_finalize(st);
	return (err);
}
