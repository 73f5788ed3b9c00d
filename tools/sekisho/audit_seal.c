/*
 * audit_seal.c - sekisho audit seal
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>

#include "sekisho/base/text.h"
#include "audit.h"
#include "verb.h"

static int
print_json(const struct sek_sealed *s, const char *key)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddNumberToObject(o, "seal", (double)s->number);
	cJSON_AddNumberToObject(o, "sealed_until", (double)s->seq);
	cJSON_AddBoolToObject(o, "made", !s->nothing_new);
	cJSON_AddBoolToObject(o, "new_series", s->broken || s->first);
	cJSON_AddStringToObject(o, "key", key);
	return (tool_json_print(o));
}

int
verb_audit_seal(struct tool *t, int argc, char **argv)
{
	struct sek_sealing in;
	struct sek_sealed s;
	struct sek_why why = { "" };
	char key[2 * SEK_SEAL_KEY_LEN + 1];
	enum sek_err err;
	int rc;

	(void)argc;
	(void)argv;
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	audit_sealing(t, &in, NULL);
	tool_hold();
	if ((err = sek_sealing_run(&s, t->store, &in, &why)) != SEK_OK)
		return (tool_fail(err, why.text));
	sek_text_hex(key, s.next, sizeof(s.next));
	if (s.broken && s.first)
		tool_error(_("the seals made before are not here any more: a "
		    "new series of seals begins (look for who took them "
		    "away)"));
	else if (s.broken)
		tool_error(_("the key did not continue seal %llu: a new series "
		    "of seals begins (after a restore or an adoption this is "
		    "right; else look for who changed the key)"),
		    (unsigned long long)s.number - 1);
	if (t->json)
		return (print_json(&s, key));
	if (s.nothing_new)
		printf(_("Nothing new since seal %llu (record %llu).\n"),
		    (unsigned long long)s.number, (unsigned long long)s.seq);
	else
		printf(_("Seal %llu: all records up to %llu.\n"),
		    (unsigned long long)s.number, (unsigned long long)s.seq);
	if (s.first || s.broken)
		printf(_("Note this key on paper, away from this terminal:\n"
		    "%s\n"), key);
	return (tool_flush());
}
