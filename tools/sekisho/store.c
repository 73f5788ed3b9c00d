/*
 * store.c - sekisho store status|clock|migrate
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho.h"
#include "verb.h"

struct bad_rows {
	cJSON	*json;		/* an array */
	bool	 failed;
};

static void
bad_row(void *arg, const char *table, const char *id)
{
	struct bad_rows *bad = arg;
	cJSON *o = cJSON_CreateObject();
	char shown[SEK_NAME_MAX];

	sek_text_printable(shown, sizeof(shown), id);
	if (cJSON_AddStringToObject(o, "table", table) == NULL ||
	    cJSON_AddStringToObject(o, "id", shown) == NULL ||
	    !cJSON_AddItemToArray(bad->json, o)) {
		cJSON_Delete(o);
		bad->failed = true;
	}
}

/* The last backup made by hand; null: none. */
static cJSON *
backup_json(const struct tool *t, const struct sek_mark *m)
{
	cJSON *o;

	if (m->name[0] == '\0')
		return (cJSON_CreateNull());
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "file", m->text);
	cJSON_AddItemToObject(o, "time", tool_json_time(t, m->wall));
	return (o);
}

static cJSON *
status_json(const struct tool *t, const struct sek_store_status *s,
    const struct tool_rosters *rosters, struct bad_rows *bad)
{
	char schema[32];
	cJSON *array = cJSON_CreateArray(), *o = cJSON_CreateObject();

	sek_text_format(schema, sizeof(schema), "%u.%u", s->schema_major,
	    s->schema_minor);
	cJSON_AddStringToObject(o, "path", s->path);
	cJSON_AddItemToObject(o, "terminal", tool_json_text(s->terminal));
	cJSON_AddItemToObject(o, "engine", tool_json_text(s->engine));
	cJSON_AddStringToObject(o, "schema", schema);
	cJSON_AddItemToObject(o, "created", tool_json_time(t, s->created));
	cJSON_AddNumberToObject(o, "accounts", (double)s->accounts);
	cJSON_AddNumberToObject(o, "persons", (double)s->persons);
	cJSON_AddNumberToObject(o, "authenticators",
	    (double)s->authenticators);
	cJSON_AddNumberToObject(o, "approvals", (double)s->approvals);
	cJSON_AddNumberToObject(o, "approvals_open",
	    (double)s->approvals_open);
	cJSON_AddNumberToObject(o, "approvals_overdue",
	    (double)s->approvals_overdue);
	cJSON_AddNumberToObject(o, "tickets", (double)s->tickets);
	cJSON_AddNumberToObject(o, "records", (double)s->records);
	cJSON_AddNumberToObject(o, "bytes", (double)s->bytes);
	cJSON_AddNumberToObject(o, "disk_free", (double)s->disk_free);
	cJSON_AddNumberToObject(o, "ballast", (double)s->ballast);
	cJSON_AddNumberToObject(o, "ballast_full", (double)s->ballast_full);
	cJSON_AddNumberToObject(o, "epoch", (double)s->epoch);
	cJSON_AddItemToObject(o, "backup", backup_json(t, &s->backup));
	cJSON_AddNumberToObject(o, "backups_kept", (double)s->kept);
	cJSON_AddBoolToObject(o, "pages_ok", s->pages_ok != 0);
	cJSON_AddBoolToObject(o, "clock_back", s->clock_back != 0);
	cJSON_AddNumberToObject(o, "tampered", (double)s->tampered);
	cJSON_AddItemToObject(o, "roster_in", tool_roster_json(t, &rosters->in,
	    rosters->old));
	cJSON_AddItemToObject(o, "roster_out", tool_roster_json(t,
	    &rosters->out, false));
	cJSON_AddItemToObject(o, "bad", bad->json);
	bad->json = NULL;
	cJSON_AddItemToArray(array, o);
	return (array);
}

static void
line(const char *title, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
line(const char *title, const char *fmt, ...)
{
	va_list ap;

	printf("%s: ", title);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static void
status_text(const struct tool *t, const struct sek_store_status *s,
    const cJSON *bad)
{
	const cJSON *row;
	char created[32];

	tool_time(t, created, sizeof(created), s->created);
	line(_("Store"), "%s (%s, %u.%u)", s->path, s->engine,
	    s->schema_major, s->schema_minor);
	line(_("Terminal"), "%s", s->terminal);
	line(_("Made"), "%s", created);
	line(_("Accounts"), "%llu", (unsigned long long)s->accounts);
	line(_("Persons"), "%llu", (unsigned long long)s->persons);
	line(_("Authenticators"), "%llu",
	    (unsigned long long)s->authenticators);
	line(_("Approvals"), _("%llu, of which %llu open, %llu overdue"),
	    (unsigned long long)s->approvals,
	    (unsigned long long)s->approvals_open,
	    (unsigned long long)s->approvals_overdue);
	line(_("Tickets"), _("%llu asked or given"),
	    (unsigned long long)s->tickets);
	line(_("Records"), "%llu", (unsigned long long)s->records);
	line(_("Size"), "%llu KiB", (unsigned long long)s->bytes / 1024);
	line(_("Room on the disk"), "%llu MiB",
	    (unsigned long long)s->disk_free / 1048576);
	line(_("Reserve for a full disk"), "%llu / %llu KiB",
	    (unsigned long long)s->ballast / 1024,
	    (unsigned long long)s->ballast_full / 1024);
	line(_("Restores"), "%llu", (unsigned long long)s->epoch);
	if (s->backup.name[0] == '\0')
		line(_("Last backup"), "%s", _("none: sekisho store backup "
		    "FILE"));
	else {
		tool_time(t, created, sizeof(created), s->backup.wall);
		line(_("Last backup"), "%s (%s)", created, s->backup.text);
	}
	line(_("Copies kept beside it"), "%llu",
	    (unsigned long long)s->kept);
	line(_("Clock"), "%s", s->clock_back ?
	    _("set back: check the time, then sekisho store clock --accept") :
	    _("good"));
	line(_("Pages"), "%s", s->pages_ok ? _("good") :
	    _("damaged: sekisho store restore FILE; without a backup move the "
	    "store away and run sekisho init"));
	line(_("Entries changed by other means"), "%llu",
	    (unsigned long long)s->tampered);
	cJSON_ArrayForEach(row, bad)
		printf("  %s %s\n",
		    cJSON_GetObjectItem(row, "table")->valuestring,
		    cJSON_GetObjectItem(row, "id")->valuestring);
}

int
verb_store_status(struct tool *t, int argc, char **argv)
{
	struct sek_store_status status;
	struct bad_rows bad = { NULL, false };
	struct tool_rosters rosters;
	enum sek_err err = SEK_ERR_NOMEM;
	int rc;

	(void)argc;
	(void)argv;
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	memset(&status, 0, sizeof(status));
	if ((bad.json = cJSON_CreateArray()) != NULL)
		err = sek_store_status(t->store, &status, bad_row, &bad);
	if (err == SEK_OK && bad.failed)
		err = SEK_ERR_NOMEM;
	/* A mark that was tampered with is among the bad rows already. */
	if (err == SEK_OK && (err = tool_rosters(t, &rosters)) ==
	    SEK_ERR_TAMPERED)
		err = SEK_OK;
	if (err != SEK_OK)
		rc = tool_store_fail(t, err);
	else if (t->json)
		rc = tool_json_print(status_json(t, &status, &rosters, &bad));
	else {
		status_text(t, &status, bad.json);
		tool_roster_print(t, _("Roster taken in"), &rosters.in);
		tool_roster_print(t, _("Roster given out"), &rosters.out);
		rc = tool_flush();
	}
	cJSON_Delete(bad.json);
	if (err == SEK_OK && rosters.old && tool_roster_ahead(rosters.in.wall))
		tool_error(_("please note: this roster was made in the "
		    "future: check the clocks of both terminals"));
	else if (err == SEK_OK && rosters.old)
		tool_error(_("please note: the last roster taken in is older "
		    "than roster.max_age: bring a new one"));
	if (rc == TOOL_YES && (!status.pages_ok || status.tampered > 0 ||
	    status.clock_back)) {
		tool_error(_("the store is not as it should be"));
		rc = TOOL_NO;
	}
	return (rc);
}

int
verb_store_clock(struct tool *t, int argc, char **argv)
{
	enum sek_err err;
	int rc;

	(void)argc;
	(void)argv;
	if (tool_option(t, "accept") == NULL) {
		tool_error(_("check the time of this terminal, then say "
		    "--accept"));
		return (TOOL_USAGE);
	}
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	tool_hold();
	if ((err = sek_store_accept_clock(t->store, &t->actor)) != SEK_OK)
		return (tool_store_fail(t, err));
	puts(_("The present time is accepted."));
	return (tool_flush());
}

int
verb_store_migrate(struct tool *t, int argc, char **argv)
{
	struct sek_migrate_out out;
	enum sek_err err;
	int rc;

	(void)argc;
	(void)argv;
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	tool_hold();
	if ((err = sek_store_migrate(t->store, &t->actor, &out)) != SEK_OK)
		return (tool_store_fail(t, err));
	if (out.from == out.to)
		puts(_("The store is of this version already."));
	else
		printf(_("The store is of version 1.%u now (was 1.%u). A copy "
		    "of before: %s\n"), out.to, out.from, out.kept);
	return (tool_flush());
}
