/*
 * util_envelope.c - break-glass envelopes, for the verbs that make them, list
 * them, and want one
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: the code is shown once, and no log, record or stdio buffer gets it.
 * MUST: an older envelope is taken away only when the new one is durable and
 * was shown; of two who make one at once, one of both stays.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/flow/facts.h"
#include "util_approval.h"
#include "util_envelope.h"
#include "util_sheet.h"

#define LOCK_WAIT	(10 * SEK_SECOND)

const char *
tool_envelope_dir(const struct tool *t, char dst[SEK_PATH_MAX])
{
	const char *slash = t->conf != NULL ? strrchr(t->conf, '/') : NULL;

	if (slash == NULL || strcmp(t->conf, TOOL_DEFAULT_CONF) == 0 ||
	    sek_text_format(dst, SEK_PATH_MAX, "%.*s/break-glass",
	    (int)(slash - t->conf), t->conf) != SEK_OK)
		return (NULL);
	return (dst);
}

/* ------------------------------------------------------------- reading -- */

static enum sek_err
add(void *arg, const struct sek_envelope *e)
{
	struct tool_envelopes *l = arg;
	struct sek_envelope *more;
	size_t size;

	if (l->n == l->size) {
		size = l->size == 0 ? 8 : l->size * 2;
		more = reallocarray(l->v, size, sizeof(*more));
		if (more == NULL)
			return (SEK_ERR_NOMEM);
		l->v = more;
		l->size = size;
	}
	l->v[l->n++] = *e;
	return (SEK_OK);
}

void
tool_envelopes_free(struct tool_envelopes *l)
{

	free(l->v);
	memset(l, 0, sizeof(*l));
}

int
tool_envelopes(struct tool *t, struct tool_envelopes *out)
{
	char dir[SEK_PATH_MAX];
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	err = sek_envelope_list(tool_envelope_dir(t, dir), add, out,
	    &out->odd);
	if (err == SEK_OK)
		return (TOOL_YES);
	(void)tool_fail(err, out->odd.text);
	tool_envelopes_free(out);
	return (TOOL_TROUBLE);
}

/* Its account may be gone, or another's by now. */
static bool
is_good(const struct sek_envelope *e)
{
	struct sek_passwd who;

	return (e->state == SEK_ENVELOPE_SEALED &&
	    sek_account_find(&who, e->account) == SEK_OK && who.known &&
	    who.uid == e->uid);
}

/* Do the terminal's own lists leave its account out? A policy that does not
 * load leaves out nobody. */
static bool
is_left_out(const struct tool *t, const struct sek_envelope *e)
{
	struct sek_claimant who;
	struct sek_entry entry;

	if (t->settings == NULL)
		return (false);
	memset(&who, 0, sizeof(who));
	(void)sek_text_copy(who.name, sizeof(who.name), e->account);
	(void)sek_text_copy(who.service, sizeof(who.service), "login");
	who.uid = e->uid;
	who.known = 1;
	who.console = 1;
	sek_facts_entry(&entry, t->settings, &who);
	return (sek_facts_groups(&entry) == SEK_OK &&
	    sek_entry_step(&entry, SEK_PHASE_AUTH, SEK_ENTRY_LISTED) !=
	    SEK_REASON_NONE);
}

const struct sek_envelope *
tool_envelope_sealed(const struct tool *t, const struct tool_envelopes *l)
{
	const struct sek_envelope *best = NULL;
	size_t i;

	for (i = 0; i < l->n; i++)
		if ((best == NULL || l->v[i].ends > best->ends) &&
		    is_good(&l->v[i]) && !is_left_out(t, &l->v[i]))
			best = &l->v[i];
	return (best);
}

bool
tool_envelope_left_out(const struct tool *t, const struct tool_envelopes *l,
    char *dst, size_t size)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (!is_good(&l->v[i]) || !is_left_out(t, &l->v[i]))
			continue;
		(void)sek_text_format(dst, size, _("the envelope of %s opens "
		    "nothing: terminal.allow_users and allow_groups leave "
		    "that account out"), l->v[i].account);
		return (true);
	}
	return (false);
}

unsigned
tool_envelopes_spent(const struct tool_envelopes *l)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < l->n; i++)
		n += l->v[i].state == SEK_ENVELOPE_SPENT;
	return (n);
}

/* ------------------------------------------------------------- showing -- */

/* In JSON; for people by _(). */
static const char *const states[] = {
	[SEK_ENVELOPE_SEALED]	= N_("sealed"),
	[SEK_ENVELOPE_SPENT]	= N_("open"),
	[SEK_ENVELOPE_TOLD]	= N_("told"),
	[SEK_ENVELOPE_VOID]	= N_("void"),
};

const char *
tool_envelope_state(const struct sek_envelope *e)
{

	return ((unsigned)e->state < sizeof(states) / sizeof(states[0]) ?
	    states[e->state] : states[SEK_ENVELOPE_VOID]);
}

cJSON *
tool_envelope_json(const struct tool *t, const struct sek_envelope *e)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", e->id);
	cJSON_AddStringToObject(o, "kind", "envelope");
	cJSON_AddStringToObject(o, "purpose",
	    sek_purpose_name(SEK_PURPOSE_BREAK_GLASS));
	cJSON_AddItemToObject(o, "user", tool_json_text(e->account));
	cJSON_AddStringToObject(o, "state", tool_envelope_state(e));
	cJSON_AddItemToObject(o, "made_at", tool_json_time(t, e->made));
	cJSON_AddItemToObject(o, "not_after", tool_json_time(t, e->ends));
	cJSON_AddItemToObject(o, "opened_at", tool_json_time(t, e->at.wall));
	cJSON_AddItemToObject(o, "service", tool_json_text(e->service));
	cJSON_AddItemToObject(o, "tty", tool_json_text(e->tty));
	cJSON_AddItemToObject(o, "rhost", tool_json_text(e->rhost));
	cJSON_AddItemToObject(o, "cause", tool_json_text(e->cause));
	return (o);
}

enum sek_err
tool_envelope_row(const struct tool *t, struct tool_list *l,
    const struct sek_envelope *e)
{
	char until[32], account[SEK_NAME_MAX], cause[SEK_ENVELOPE_CAUSE];
	const char *cells[7];

	sek_text_printable(account, sizeof(account), e->account);
	sek_text_printable(cause, sizeof(cause), e->cause);
	tool_time(t, until, sizeof(until), e->ends);
	cells[0] = e->id;
	cells[1] = _(tool_envelope_state(e));
	cells[2] = _("envelope (break-glass)");
	cells[3] = account[0] != '\0' ? account : "-";
	cells[4] = "-";
	cells[5] = until;
	cells[6] = cause;
	return (tool_list_row(l, cells));
}

/* -------------------------------------------------------------- making -- */

/* The same JSON as of a ticket. */
static int
show(struct tool *t, const struct sek_envelope *e,
    const struct sek_secret *code)
{
	struct tool_issued issued = { .id = e->id, .user = e->account,
	    .purpose = SEK_PURPOSE_BREAK_GLASS,
	    .code = sek_secret_text(code), .not_after = e->ends,
	    .state = tool_envelope_state(e), .made = e->made };

	return (t->json ? tool_issued_json(t, &issued) :
	    tool_sheet_glass(t, &issued));
}

static enum sek_err
record(struct tool *t, const struct sek_envelope *e)
{
	struct sek_record r = t->actor;

	r.event = SEK_EVENT_BREAK_GLASS_MADE;
	r.result = SEK_RESULT_OK;
	(void)sek_text_copy(r.target, sizeof(r.target), e->account);
	(void)sek_text_copy(r.ref, sizeof(r.ref), e->id);
	return (sek_store_append(t->store, &r));
}

/* Those of the account that lie sealed beside the new one. */
static int
void_others(struct tool *t, const char *dir, const struct sek_envelope *e)
{
	struct tool_envelopes all;
	struct sek_why why = { "" };
	enum sek_err err = SEK_OK;
	size_t i;
	int rc;

	if ((rc = tool_envelopes(t, &all)) != TOOL_YES)
		return (rc);
	for (i = 0; err == SEK_OK && i < all.n; i++) {
		if (all.v[i].state != SEK_ENVELOPE_SEALED ||
		    strcmp(all.v[i].account, e->account) != 0 ||
		    strcmp(all.v[i].id, e->id) == 0)
			continue;
		err = sek_envelope_void(dir, all.v[i].id, &why);
		if (err == SEK_ERR_NOT_FOUND)
			err = SEK_OK;	/* opened since */
		else if (err == SEK_OK)
			tool_error(_("the envelope %s of before is void: "
			    "destroy its sheet"), all.v[i].id);
	}
	tool_envelopes_free(&all);
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why.text));
}

/* Who makes one takes the others away: two at once took away each other's. It
 * is the folder above that is locked; its own is locked where one is written. */
static int
lock_above(const struct tool *t, int *fd)
{
	char path[SEK_PATH_MAX];
	const char *slash = strrchr(t->conf, '/');
	struct sek_why why = { "" };
	enum sek_err err = SEK_ERR_RANGE;

	*fd = -1;
	if (slash == NULL || sek_text_format(path, sizeof(path), "%.*s/.",
	    (int)(slash - t->conf), t->conf) != SEK_OK)
		return (tool_fail(err, t->conf));
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		(void)sek_why(&why, err = SEK_ERR_IO, "%s: %s", path,
		    strerror(errno));
	else if ((err = sek_file_lock(*fd, LOCK_WAIT)) != SEK_OK) {
		(void)sek_why(&why, err, "%s: held by another; try again",
		    path);
		(void)close(*fd);
	}
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why.text));
}

static int
make(struct tool *t, const char *dir, const struct sek_passwd *who,
    int64_t ends)
{
	struct sek_secret code = SEK_SECRET_NONE;
	struct sek_why why = { "" }, gone = { "" };
	struct sek_envelope e;
	enum sek_err err;
	int rc;

	memset(&e, 0, sizeof(e));
	tool_hold();
	err = sek_envelope_make(&e, &code, dir, who->name, who->uid, ends,
	    &why);
	if (err != SEK_OK) {
		sek_secret_free(&code);
		(void)tool_fail(err, why.text);
		return (err == SEK_ERR_RANGE ? TOOL_NO : TOOL_TROUBLE);
	}
	if ((err = record(t, &e)) != SEK_OK)
		rc = tool_store_fail(t, err);
	else
		rc = show(t, &e, &code);
	sek_secret_free(&code);
	if (rc == TOOL_YES)
		return (void_others(t, dir, &e));
	/* Nobody has it, or nothing tells of it: the old one stays. */
	if (sek_envelope_void(dir, e.id, &gone) == SEK_OK)
		tool_error(_("no envelope was made"));
	return (rc);
}

int
tool_envelope_make(struct tool *t, const char *account, int64_t ends)
{
	char path[SEK_PATH_MAX];
	struct sek_passwd who;
	enum sek_err err;
	int fd, rc;

	if ((err = sek_account_find(&who, account)) != SEK_OK)
		return (tool_fail(err, NULL));
	if (!who.known) {
		char shown[SEK_NAME_MAX];

		sek_text_printable(shown, sizeof(shown), account);
		tool_error(_("there is no such user: %s"), shown);
		return (TOOL_NO);
	}
	if ((rc = lock_above(t, &fd)) != TOOL_YES)
		return (rc);
	rc = make(t, tool_envelope_dir(t, path), &who, ends);
	(void)close(fd);
	return (rc);
}
