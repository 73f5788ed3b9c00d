/*
 * stack_disable.c - sekisho stack disable: the service files as they were
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: needs nothing but the service files themselves.
 * MUST: a file that cannot be taken back keeps no other from it.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "util_enable.h"
#include "verb.h"

#define GRACE		(10 * SEK_SECOND)	/* a timer that is early */

/* What taking back makes of the file; changed 0: nothing of ours is in it. */
static int
plan_back(struct stack_file *f)
{
	enum sek_err err;

	if ((err = sek_edit_undo(&f->edit, f->old, f->old_len)) != SEK_OK)
		return (err == SEK_ERR_SYNTAX ? TOOL_YES :
		    tool_fail(err, f->name));
	if (f->edit.changed == 0)
		return (TOOL_YES);
	f->remove = f->edit.copy;
	if ((f->text = sek_edit_text(&f->edit, &f->len)) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	return (TOOL_YES);
}

static int
write_back(struct stack_file *f, bool show)
{
	struct sek_why why = { "" };
	enum sek_err err;

	if (show && (err = stack_file_show(f)) != SEK_OK)
		return (tool_fail(err, NULL));
	if ((err = stack_file_write(f, &why)) != SEK_OK)
		return (tool_fail(err, why.text));
	if (f->edit.kept > 0)
		tool_error(_("%s: lines that were changed by hand stay as "
		    "they are"), f->name);
	return (TOOL_YES);
}

int
stack_back(const struct stack_state *only, bool show, unsigned *count)
{
	struct stack_files all;
	struct stack_file *f;
	size_t i;
	int rc, one;

	rc = stack_files_load(&all, false);
	for (i = 0; i < all.n; i++) {
		f = &all.file[i];
		if (strncmp(f->name, "sekisho-", 8) == 0 ||
		    (only != NULL && !stack_state_has(only, f->name)))
			continue;
		one = plan_back(f);
		if (one == TOOL_YES && f->edit.changed > 0) {
			++*count;
			one = write_back(f, show);
		}
		if (one == TOOL_YES && f->edit.ours > 0)
			tool_error(_("%s: has lines of Sekisho that stack "
			    "enable did not make: they stay"), f->name);
		rc = one == TOOL_YES ? rc : one;
	}
	stack_files_free(&all);
	return (rc);
}

/* What a kill left beside the files it was to become. */
static void
sweep(void)
{
	static const char *const folders[] = { STACK_DIR, "/etc/ssh",
	    "/etc/ssh/sshd_config.d", STACK_STATE, STACK_STATE "/orig" };
	struct dirent *d;
	size_t i, len;
	DIR *dir;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if ((dir = opendir(folders[i])) == NULL)
			continue;
		while ((d = readdir(dir)) != NULL) {
			len = strlen(d->d_name);
			if (strncmp(d->d_name, ".sekisho-", 9) == 0 &&
			    len > 4 && strcmp(d->d_name + len - 4, ".tmp") == 0)
				(void)unlinkat(dirfd(dir), d->d_name, 0);
		}
		(void)closedir(dir);
	}
}

/* The state's doing taken back: its services, sshd, the backend. */
static int
take_back(const struct stack_state *s, bool show, unsigned *count)
{
	const struct stack_state *only = s->doing == STACK_UNKNOWN ? NULL : s;
	struct stack_state nothing = { .doing = STACK_NOTHING };
	struct stack_snippets made;
	struct sek_why why = { "" };
	enum sek_err err;
	bool did = false;
	int rc, sshd = TOOL_YES;

	sweep();
	rc = stack_back(only, show, count);
	if (s->sshd || only == NULL)
		sshd = stack_sshd_back(&did);
	if (did)
		stack_sshd_reload();
	*count += did ? 1 : 0;
	if (s->backend != NULL &&
	    stack_backend_save(s->backend, &why) == SEK_OK &&
	    stack_snippets_make(&made, s->backend, NULL) == TOOL_YES) {
		(void)stack_snippets_write(&made);
		stack_snippets_free(&made);
	}
	if (rc != TOOL_YES || sshd != TOOL_YES)
		return (rc != TOOL_YES ? rc : sshd);
	stack_snippets_clean();
	if ((err = stack_state_save(&nothing, &why)) != SEK_OK)
		return (tool_fail(err, why.text));
	return (TOOL_YES);
}

int
stack_recover(void)
{
	struct stack_state s;
	unsigned count = 0;
	int rc = TOOL_YES;

	stack_state_load(&s);
	if (s.doing != STACK_NOTHING && s.doing != STACK_TRIAL) {
		rc = take_back(&s, false, &count);
		if (rc == TOOL_YES && count > 0)
			tool_error(_("what another run left half done was "
			    "taken back first"));
	}
	stack_state_free(&s);
	return (rc);
}

/* Say it in the records; nothing depends on it. */
void
stack_record(struct tool *t, uint32_t event, const char *detail)
{
	struct sek_record *r;
	enum sek_err err;

	if (t->store == NULL && tool_store(t) != TOOL_YES) {
		tool_error(_("done, but not recorded"));
		return;
	}
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return;
	*r = t->actor;
	r->event = event;
	r->count = 1;
	sek_text_printable(r->detail, sizeof(r->detail), detail);
	sek_store_may_use_reserve(t->store, true);
	if ((err = sek_store_append(t->store, r)) != SEK_OK) {
		(void)tool_store_fail(t, err);
		tool_error(_("done, but not recorded"));
	}
	sek_store_close(t->store);
	free(r);
}

/* Is the trial at its end? One that ends within seconds is waited for. */
static bool
is_expired(const struct stack_state *s)
{
	struct timespec at;
	struct sek_moment now;

	if (s->doing != STACK_TRIAL)
		return (s->doing != STACK_NOTHING);
	if (sek_clock_now(&now) != SEK_OK ||
	    memcmp(now.boot_id, s->since.boot_id, SEK_BOOT_ID_LEN) != 0)
		return (true);
	if (s->until - now.boot > GRACE)
		return (false);
	at.tv_sec = (time_t)(s->until / SEK_SECOND);
	at.tv_nsec = (long)(s->until % SEK_SECOND) * 1000;
	while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &at, NULL) ==
	    EINTR)
		;
	return (true);
}

static int
disable_expired(struct tool *t)
{
	struct stack_state s;
	unsigned count = 0;
	int rc = TOOL_YES;

	stack_state_load(&s);
	if (is_expired(&s)) {
		rc = take_back(&s, false, &count);
		if (count > 0) {
			puts(_("The trial was not confirmed: all is as it "
			    "was before."));
			stack_record(t, SEK_EVENT_STACK_DISABLED,
			    s.doing == STACK_TRIAL ? "trial not confirmed" :
			    "unfinished");
		}
	}
	stack_state_free(&s);
	return (rc);
}

/* The names of --service into the state; TOOL_NO, said, for one that has no
 * file. */
static int
named(struct stack_state *s, const char *list)
{
	char name[STACK_NAME_MAX], path[SEK_PATH_MAX];

	while (sek_text_word(&list, name, sizeof(name))) {
		if (name[0] == '\0' || strchr(name, '/') != NULL ||
		    sek_text_format(path, sizeof(path), STACK_DIR "/%s",
		    name) != SEK_OK) {
			tool_error(_("--service: this is no name of a "
			    "service"));
			return (TOOL_USAGE);
		}
		if (access(path, F_OK) != 0) {
			tool_error(_("%s: there is no such service"), name);
			return (TOOL_NO);
		}
		if (stack_state_name(s, name) != SEK_OK)
			return (tool_fail(SEK_ERR_NOMEM, NULL));
	}
	return (TOOL_YES);
}

/* Out of the common files, where pam-auth-update put us into them. */
static int
common_back(unsigned *count)
{
	static const char *const argv[] = { "/usr/sbin/pam-auth-update",
	    "--package", "--disable", "sekisho", "sekisho-privilege",
	    "sekisho-session", NULL };
	static const char *const files[] = { "common-auth", "common-account",
	    "common-password", "common-session" };
	struct stack_files all;
	bool has = false, still = false;
	size_t i, j;
	int rc, turn;

	for (turn = 0; turn < 2; turn++) {
		rc = stack_files_load(&all, false);
		for (i = 0; i < all.n; i++)
			for (j = 0; j < sizeof(files) / sizeof(files[0]); j++)
				if (strcmp(all.file[i].name, files[j]) == 0 &&
				    strstr(all.file[i].old, "pam_sekisho_"))
					*(turn == 0 ? &has : &still) = true;
		stack_files_free(&all);
		if (!has || turn == 1)
			break;
		(void)tool_program(argv, NULL, 0, 60);
	}
	if (still) {
		tool_error(_("common-* still has lines of Sekisho: run "
		    "pam-auth-update, or take them out"));
		return (TOOL_NO);
	}
	*count += has ? 1 : 0;
	return (rc);
}

/* By hand: all, or what is named. */
static int
disable_now(struct tool *t)
{
	const char *list = tool_option(t, "service");
	struct stack_state s = { .doing = STACK_UNKNOWN }, was;
	struct sek_why why;
	unsigned count = 0;
	int rc;

	stack_state_load(&was);
	if (list != NULL) {
		s.doing = STACK_DISABLING;
		if ((rc = named(&s, list)) != TOOL_YES)
			goto out;
		s.sshd = stack_state_has(&s, "sshd");
		(void)sek_clock_now(&s.since);
		/* A trial stays one: its end takes back the rest. */
		if (was.doing == STACK_NOTHING)
			(void)stack_state_save(&s, &why);
	}
	if (list != NULL && was.doing != STACK_NOTHING) {
		bool did = false;

		rc = stack_back(&s, true, &count);
		if (s.sshd && stack_sshd_back(&did) != TOOL_YES)
			rc = TOOL_TROUBLE;
		if (did)
			stack_sshd_reload();
	} else
		rc = take_back(&s, true, &count);
	if (list == NULL) {
		int common = common_back(&count);

		rc = rc == TOOL_YES ? common : rc;
		stack_try_disarm();
	}
	if (count > 0)
		stack_record(t, SEK_EVENT_STACK_DISABLED,
		    list == NULL ? "all" : list);
	else if (rc == TOOL_YES)
		puts(_("Nothing of Sekisho was there to be taken back."));
	/* The last line on the screen, after all that was changed. */
	if (count > 0 && rc == TOOL_YES && list != NULL)
		printf(_("Taken back: %s\n"), list);
	else if (count > 0 && rc == TOOL_YES)
		puts(_("Taken back. See now that a new login gets in by the "
		    "password alone."));
out:
	stack_state_free(&was);
	stack_state_free(&s);
	return (rc);
}

int
verb_stack_disable(struct tool *t, int argc, char **argv)
{
	bool expired = tool_option(t, "expired") != NULL;
	int rc, flushed, fd;

	(void)argc;
	(void)argv;
	if (expired && tool_option(t, "service") != NULL) {
		tool_error(_("--%s means nothing here"), "service");
		return (TOOL_USAGE);
	}
	if ((rc = tool_root(t)) != TOOL_YES ||
	    (rc = stack_lock(&fd, false)) != TOOL_YES)
		return (rc);
	tool_hold();
	rc = expired ? disable_expired(t) : disable_now(t);
	if (fd >= 0)
		(void)close(fd);
	flushed = tool_flush();
	return (rc == TOOL_YES ? flushed : rc);
}
