/*
 * util_enable_state.c - what is under way, kept over kills and reboots
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: what does not read as a state counts as one to be taken back.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "util_enable.h"

#define STATE_FILE	STACK_STATE "/state"
#define LOCK_FILE	STACK_STATE "/lock"
#define BACKEND_FILE	STACK_STATE "/backend"
#define LOCK_WAIT	(60 * SEK_SECOND)

/* Those a file can tell; what is unknown is not written. */
static const char *const doings[] = {
	[STACK_ENABLING] = "enabling",
	[STACK_DISABLING] = "disabling",
	[STACK_TRIAL] = "trial"
};

int
stack_lock(int *fd, bool must)
{
	struct sek_why why = { "" };
	enum sek_err err;

	*fd = -1;
	err = sek_file_make_folder(STACK_STATE, 0700, &why);
	if (err == SEK_OK) {
		*fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW |
		    O_CLOEXEC, 0600);
		if (*fd < 0)
			err = sek_why(&why, SEK_ERR_IO, "%s: %s", LOCK_FILE,
			    strerror(errno));
	}
	if (err != SEK_OK)
		return (must ? tool_fail(err, why.text) : TOOL_YES);
	if (sek_file_lock(*fd, LOCK_WAIT) == SEK_OK)
		return (TOOL_YES);
	tool_error(_("another sekisho stack is at work: try again when it is "
	    "done"));
	(void)close(*fd);
	*fd = -1;
	return (TOOL_TROUBLE);
}

enum sek_err
stack_state_name(struct stack_state *s, const char *service)
{
	char **more;

	more = realloc(s->service, (s->n + 1) * sizeof(*more));
	if (more == NULL)
		return (SEK_ERR_NOMEM);
	s->service = more;
	if ((more[s->n] = strdup(service)) == NULL)
		return (SEK_ERR_NOMEM);
	s->n++;
	return (SEK_OK);
}

bool
stack_state_has(const struct stack_state *s, const char *service)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->service[i], service) == 0)
			return (true);
	return (false);
}

void
stack_state_free(struct stack_state *s)
{
	while (s->n > 0)
		free(s->service[--s->n]);
	free(s->service);
	free(s->backend);
	memset(s, 0, sizeof(*s));
}

/* A whole number as text: JSON's own numbers are doubles. */
static bool
number_of(int64_t *out, const cJSON *o, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(o, name));

	return (text != NULL &&
	    sek_text_number(out, text, 0, INT64_MAX) == SEK_OK);
}

static bool
understand(struct stack_state *s, const cJSON *o)
{
	const char *doing, *boot, *backend;
	const cJSON *name;
	size_t i;

	doing = cJSON_GetStringValue(cJSON_GetObjectItem(o, "doing"));
	boot = cJSON_GetStringValue(cJSON_GetObjectItem(o, "boot"));
	backend = cJSON_GetStringValue(cJSON_GetObjectItem(o, "backend"));
	if (doing == NULL || boot == NULL ||
	    sek_text_unhex(s->since.boot_id, sizeof(s->since.boot_id), boot) !=
	    SEK_OK || !number_of(&s->since.boot, o, "since") ||
	    !number_of(&s->since.wall, o, "wall") ||
	    !number_of(&s->until, o, "until") ||
	    !cJSON_IsArray(cJSON_GetObjectItem(o, "services")))
		return (false);
	for (i = STACK_ENABLING; i <= STACK_TRIAL; i++)
		if (strcmp(doing, doings[i]) == 0)
			s->doing = (enum stack_doing)i;
	s->sshd = cJSON_IsTrue(cJSON_GetObjectItem(o, "sshd"));
	if (backend != NULL && (s->backend = strdup(backend)) == NULL)
		return (false);
	cJSON_ArrayForEach(name, cJSON_GetObjectItem(o, "services"))
		if (!cJSON_IsString(name) ||
		    stack_state_name(s, name->valuestring) != SEK_OK)
			return (false);
	return (s->doing != STACK_NOTHING);
}

void
stack_state_load(struct stack_state *s)
{
	struct sek_why why;
	enum sek_err err;
	cJSON *o = NULL;
	char *text = NULL;
	size_t len;

	memset(s, 0, sizeof(*s));
	err = sek_file_read(&text, &len, STATE_FILE, STACK_FILE_MAX,
	    SEK_FILE_PRIVATE, &why);
	if (err == SEK_ERR_NOT_FOUND)
		return;
	if (err != SEK_OK || (o = cJSON_ParseWithLength(text, len)) == NULL ||
	    !understand(s, o)) {
		stack_state_free(s);
		s->doing = STACK_UNKNOWN;
	}
	cJSON_Delete(o);
	free(text);
}

static bool
put_number(cJSON *o, const char *name, int64_t value)
{
	char text[24];

	(void)sek_text_format(text, sizeof(text), "%lld", (long long)value);
	return (cJSON_AddStringToObject(o, name, text) != NULL);
}

static cJSON *
state_json(const struct stack_state *s)
{
	char boot[2 * SEK_BOOT_ID_LEN + 1];
	cJSON *o = cJSON_CreateObject(), *list;
	size_t i;
	bool ok;

	sek_text_hex(boot, s->since.boot_id, sizeof(s->since.boot_id));
	ok = cJSON_AddStringToObject(o, "doing", doings[s->doing]) != NULL &&
	    cJSON_AddStringToObject(o, "boot", boot) != NULL &&
	    put_number(o, "since", s->since.boot) &&
	    put_number(o, "wall", s->since.wall) &&
	    put_number(o, "until", s->until) &&
	    cJSON_AddBoolToObject(o, "sshd", s->sshd) != NULL &&
	    (s->backend == NULL || cJSON_AddStringToObject(o, "backend",
	    s->backend) != NULL);
	list = cJSON_AddArrayToObject(o, "services");
	for (i = 0; ok && i < s->n; i++)
		ok = cJSON_AddItemToArray(list,
		    cJSON_CreateString(s->service[i]));
	if (!ok || list == NULL) {
		cJSON_Delete(o);
		return (NULL);
	}
	return (o);
}

enum sek_err
stack_state_save(const struct stack_state *s, struct sek_why *why)
{
	enum sek_err err;
	cJSON *o;
	char *text;

	if (s->doing == STACK_NOTHING) {
		err = sek_file_remove(STATE_FILE, why);
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	}
	if (s->doing == STACK_UNKNOWN)
		return (sek_why(why, SEK_ERR_RANGE, "%s: nothing to write",
		    STATE_FILE));
	o = state_json(s);
	text = o == NULL ? NULL : cJSON_Print(o);
	err = text == NULL ? sek_why(why, SEK_ERR_NOMEM, "no memory") :
	    sek_file_replace(STATE_FILE, text, strlen(text), 0600, why);
	cJSON_free(text);
	cJSON_Delete(o);
	return (err);
}

void
stack_backend(char *dst, size_t size)
{
	struct sek_why why;
	char *text = NULL;
	size_t len;

	(void)sek_text_copy(dst, size, "pam_unix.so");
	if (sek_file_read(&text, &len, BACKEND_FILE, size - 1,
	    SEK_FILE_PRIVATE, &why) == SEK_OK) {
		text[strcspn(text, "\n")] = '\0';
		if (text[0] != '\0')
			(void)sek_text_copy(dst, size, text);
	}
	free(text);
}

enum sek_err
stack_backend_save(const char *backend, struct sek_why *why)
{
	char text[512];

	if (sek_text_format(text, sizeof(text), "%s\n", backend) != SEK_OK)
		return (sek_why(why, SEK_ERR_RANGE, "--backend"));
	return (sek_file_replace(BACKEND_FILE, text, strlen(text), 0600,
	    why));
}
