/*
 * guard.c - the orders of the guards, and what they say: files of one folder
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: who reads a file finds it whole, or not at all: each is replaced.
 * MUST: an order to end is never taken back by one who read before it.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/guard.h"
#include "sekisho/edge/processes.h"

/* The last digit is the layout's: one more whenever the struct changes. */
#define MAGIC		(UINT64_C(0x53656b2047640001) ^ \
			    ((uint64_t)sizeof(struct sek_guard) << 20))
#define STATE_MAGIC	(UINT64_C(0x53656b2047730001) ^ \
			    ((uint64_t)sizeof(struct sek_guard_state) << 20))
#define STATE_SUFFIX	".state"
#define LOCK_US		(20 * SEK_SECOND)
#define GUARDS_MAX	4096u
#define PATH_SIZE	(sizeof SEK_GUARD_DIR + SEK_ID_MAX + 16)

static bool
path_of(char path[PATH_SIZE], const char *id, const char *suffix)
{
	uint8_t bytes[(SEK_ID_MAX - 1) / 2];

	return (sek_text_unhex(bytes, sizeof bytes, id) == SEK_OK &&
	    sek_text_format(path, PATH_SIZE, "%s/%s%s", SEK_GUARD_DIR, id,
	    suffix) == SEK_OK);
}

static enum sek_err
no_id(const char *id, struct sek_why *why)
{
	char text[SEK_ID_MAX];

	sek_text_printable(text, sizeof text, id);
	return (sek_why(why, SEK_ERR_NOT_FOUND, "\"%s\" is no session that is "
	    "watched; see: sekisho session list", text));
}

enum sek_err
sek_guard_new(struct sek_guard *g)
{

	memset(g, 0, sizeof(*g));
	g->magic = MAGIC;
	g->audit_session = UINT32_MAX;
	(void)sek_text_copy(g->version, sizeof g->version, PACKAGE_VERSION);
	return (sek_text_random_id(g->id, sizeof(g->id) / 2));
}

/* ------------------------------------------------------------- reading -- */

static bool
ends(const char *text, size_t size)
{
	return (memchr(text, '\0', size) != NULL);
}
#define ENDS(member) ends(g->member, sizeof(g->member))

/* A file of root's alone is what we wrote, or an upgrade's, or cut short. */
static bool
is_whole(const struct sek_guard *g, const char *id)
{
	size_t i;

	if (g->magic != MAGIC || !ENDS(version) || !ENDS(id) ||
	    strcmp(g->id, id) != 0)
		return (false);
	for (i = 0; i < SEK_GUARD_DEVICES; i++)
		if (!ENDS(device[i].path))
			return (false);
	return (ENDS(session) && ENDS(admission) && ENDS(grant) &&
	    ENDS(envelope) && ENDS(account) && ENDS(subject) &&
	    ENDS(person) && ENDS(service) && ENDS(tty) && ENDS(rhost) &&
	    ENDS(conf) && ENDS(timezone) && ENDS(contact) && ENDS(cgroup) &&
	    ENDS(logind) && ENDS(ordered_by) && ENDS(ordered_why) &&
	    g->nwarn <= SEK_WARNINGS_MAX && g->order <= SEK_GUARD_END &&
	    g->order_reason < SEK_REASON_COUNT);
}

static enum sek_err
read_whole(void *out, size_t size, const char *path, struct sek_why *why)
{
	enum sek_err err;
	char *data = NULL;
	size_t len;

	err = sek_file_read(&data, &len, path, size + 1, SEK_FILE_PRIVATE, why);
	if (err == SEK_OK && len != size)
		err = sek_why(why, SEK_ERR_TAMPERED, "%s: it is not of this "
		    "version", path);
	else if (err == SEK_OK)
		memcpy(out, data, size);
	else if (err == SEK_ERR_UNTRUSTED || err == SEK_ERR_RANGE)
		err = SEK_ERR_TAMPERED;
	free(data);
	return (err);
}

enum sek_err
sek_guard_read(struct sek_guard *g, const char *id, struct sek_why *why)
{
	char path[PATH_SIZE];
	enum sek_err err;

	memset(g, 0, sizeof(*g));
	if (!path_of(path, id, ""))
		return (no_id(id, why));
	if ((err = read_whole(g, sizeof(*g), path, why)) == SEK_OK &&
	    !is_whole(g, id))
		err = sek_why(why, SEK_ERR_TAMPERED, "%s: it is not of this "
		    "version, or not ours", path);
	if (err == SEK_ERR_NOT_FOUND)
		(void)no_id(id, why);
	if (err != SEK_OK)
		memset(g, 0, sizeof(*g));
	return (err);
}

enum sek_err
sek_guard_state_read(struct sek_guard_state *s, const char *id)
{
	char path[PATH_SIZE];
	enum sek_err err;

	memset(s, 0, sizeof(*s));
	if (!path_of(path, id, STATE_SUFFIX))
		return (SEK_ERR_NOT_FOUND);
	err = read_whole(s, sizeof(*s), path, NULL);
	if (err == SEK_OK && s->magic != STATE_MAGIC)
		err = SEK_ERR_TAMPERED;
	if (err != SEK_OK)
		memset(s, 0, sizeof(*s));
	return (err);
}

/* ------------------------------------------------------------- writing -- */

/* One writer at a time; *dir is held until it is closed. */
static enum sek_err
begin(int *dir, struct sek_why *why)
{
	enum sek_err err;

	*dir = -1;
	if ((err = sek_file_make_folder(SEK_GUARD_DIR, 0700, why)) != SEK_OK)
		return (err);
	*dir = open(SEK_GUARD_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (*dir < 0)
		return (sek_why(why, SEK_ERR_IO, SEK_GUARD_DIR ": cannot be "
		    "opened"));
	if ((err = sek_file_lock(*dir, LOCK_US)) != SEK_OK)
		(void)sek_why(why, err, SEK_GUARD_DIR ": another holds it");
	return (err);
}

static void
end(int dir)
{

	if (dir >= 0)
		(void)close(dir);
}

static enum sek_err
put(const struct sek_guard *g, struct sek_why *why)
{
	char path[PATH_SIZE];

	if (!path_of(path, g->id, ""))
		return (no_id(g->id, why));
	return (sek_file_replace(path, g, sizeof(*g), 0600, why));
}

/* Its end was moved for a reason that was told ("this was not me"). */
static bool
is_moved(const struct sek_guard *g)
{

	return (g->order == SEK_GUARD_WATCH &&
	    g->order_reason != SEK_REASON_NONE && g->deadline != 0);
}

static void
keep_order(struct sek_guard *new, const struct sek_guard *old)
{

	new->order = old->order;
	new->order_reason = old->order_reason;
	memcpy(new->ordered_by, old->ordered_by, sizeof new->ordered_by);
	memcpy(new->ordered_why, old->ordered_why, sizeof new->ordered_why);
}

enum sek_err
sek_guard_write(const struct sek_guard *g, struct sek_why *why)
{
	struct sek_guard *old = NULL, *new = NULL;
	enum sek_err err = SEK_ERR_NOMEM;
	int dir = -1;

	if ((old = calloc(1, sizeof(*old))) == NULL ||
	    (new = calloc(1, sizeof(*new))) == NULL)
		goto out;
	*new = *g;
	if ((err = begin(&dir, why)) != SEK_OK)
		goto out;
	if (sek_guard_read(old, g->id, NULL) == SEK_OK &&
	    g->order != SEK_GUARD_END) {
		if (old->order == SEK_GUARD_END || is_moved(old))
			keep_order(new, old);
		/* Who read it before that gives it no later end. */
		if (is_moved(old) && (g->deadline == 0 ||
		    g->deadline > old->deadline))
			new->deadline = old->deadline;
	}
	err = put(new, why);
out:
	end(dir);
	free(old);
	free(new);
	return (err);
}

enum sek_err
sek_guard_order(const char *id, enum sek_guard_order order,
    enum sek_reason reason, const char *by, const char *reason_text,
    struct sek_why *why)
{
	struct sek_guard *g;
	enum sek_err err;
	int dir = -1;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = begin(&dir, why)) != SEK_OK ||
	    (err = sek_guard_read(g, id, why)) != SEK_OK)
		goto out;
	/* It ends already, for a reason that was told. */
	if (g->order == SEK_GUARD_END ||
	    (order != SEK_GUARD_END && is_moved(g)))
		goto out;
	g->order = (uint32_t)order;
	g->order_reason = (uint32_t)reason;
	sek_text_printable(g->ordered_by, sizeof g->ordered_by,
	    by != NULL ? by : "");
	sek_text_printable(g->ordered_why, sizeof g->ordered_why,
	    reason_text != NULL ? reason_text : "");
	err = put(g, why);
out:
	end(dir);
	free(g);
	return (err);
}

enum sek_err
sek_guard_state_write(const struct sek_guard *g,
    const struct sek_guard_state *s, struct sek_why *why)
{
	struct sek_guard_state copy = *s;
	char path[PATH_SIZE];

	copy.magic = STATE_MAGIC;
	if (!path_of(path, g->id, STATE_SUFFIX))
		return (no_id(g->id, why));
	return (sek_file_replace(path, &copy, sizeof copy, 0600, why));
}

void
sek_guard_remove(const char *id)
{
	char path[PATH_SIZE];

	if (path_of(path, id, STATE_SUFFIX))
		(void)unlink(path);
	if (path_of(path, id, ""))
		(void)unlink(path);
}

/* ------------------------------------------------------------ all of them -- */

bool
sek_guard_is_there(const struct sek_guard *g)
{
	uint32_t uid;

	if (g->cgroup[0] != '\0' && sek_unit_is_populated(g->cgroup))
		return (true);
	if (g->own_audit != 0 && sek_processes_of(g->audit_session, &uid))
		return (true);
	return (g->leader.pid > 0 && sek_process_alive(&g->leader));
}

static enum sek_err
tell_one(sek_guard_fn fn, void *arg, struct sek_guard *g, const char *id,
    struct sek_why *why)
{
	struct sek_guard_state s;
	enum sek_err err;

	/* What is no order is no session, either; the next may be. */
	if ((err = sek_guard_read(g, id, why)) != SEK_OK)
		return (err == SEK_ERR_NOMEM ? err : SEK_OK);
	(void)sek_guard_state_read(&s, id);
	if (sek_guard_is_there(g))
		return (fn(arg, g, &s));
	/* Its guard may have to say something of it yet. */
	if (s.guard.pid == 0 || !sek_process_alive(&s.guard))
		sek_guard_remove(id);
	return (SEK_OK);
}

enum sek_err
sek_guard_each(sek_guard_fn fn, void *arg, struct sek_why *why)
{
	struct sek_guard *g = NULL;
	enum sek_err err = SEK_OK;
	struct dirent *e;
	unsigned n = 0;
	DIR *dir;

	/* Not there: none was ever started. */
	if ((dir = opendir(SEK_GUARD_DIR)) == NULL)
		return (errno == ENOENT ? SEK_OK : sek_why(why, SEK_ERR_IO,
		    SEK_GUARD_DIR ": %s", strerror(errno)));
	if ((g = calloc(1, sizeof(*g))) == NULL)
		err = SEK_ERR_NOMEM;
	while (err == SEK_OK && n < GUARDS_MAX && (e = readdir(dir)) != NULL)
		if (strlen(e->d_name) == SEK_ID_MAX - 1) {
			n++;
			err = tell_one(fn, arg, g, e->d_name, why);
		}
	(void)closedir(dir);
	free(g);
	return (err);
}
