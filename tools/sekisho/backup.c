/*
 * backup.c - sekisho store backup|restore
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a passphrase is asked for at the terminal, unseen, or read from a file
 * of root's alone; never from the command line.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/isolate.h"
#include "sekisho.h"
#include "verb.h"

#define LINE_SIZE	512
#define INTERRUPT	'\003'

static int
from_file(struct sek_secret *out, const char *path)
{
	char full[SEK_PATH_MAX];
	struct sek_why why = { "" };
	enum sek_err err;
	int rc;

	if ((rc = tool_path(full, sizeof(full), path)) != TOOL_YES)
		return (rc);
	if ((err = sek_file_read_secret(out, full, &why)) != SEK_OK)
		return (tool_fail(err == SEK_ERR_NOT_FOUND ? SEK_ERR_IO : err,
		    why.text));
	/* The end of line an editor leaves is none of it. */
	while (out->len > 0 && strchr("\r\n", out->data[out->len - 1]) != NULL)
		out->data[--out->len] = '\0';
	return (TOOL_YES);
}

static const int endings[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
#define ENDINGS (sizeof(endings) / sizeof(endings[0]))
static volatile sig_atomic_t ended;

static void
note_end(int sig)
{
	ended = sig;
}

/* One line of the terminal, unseen as soon as it is asked for; Ctrl-C ends it
 * as a line would. Whatever else ends the program lets the terminal be seen
 * again first. */
static ssize_t
read_unseen(FILE *tty, const char *prompt, char *line, size_t size)
{
	struct sigaction note = { .sa_handler = note_end }, before[ENDINGS];
	struct termios was, now;
	size_t i;
	ssize_t n;

	if (tcgetattr(STDIN_FILENO, &was) != 0)
		return (-1);
	now = was;
	now.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	now.c_lflag |= ICANON;
	now.c_cc[VEOL] = INTERRUPT;
	ended = 0;
	for (i = 0; i < ENDINGS; i++)
		(void)sigaction(endings[i], &note, &before[i]);
	n = tcsetattr(STDIN_FILENO, TCSAFLUSH, &now);
	if (n == 0) {
		fputs(prompt, tty);
		fflush(tty);
		do {
			n = read(STDIN_FILENO, line, size);
		} while (n < 0 && errno == EINTR && ended == 0);
	}
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	for (i = 0; i < ENDINGS; i++)
		(void)sigaction(endings[i], &before[i], NULL);
	if (ended != 0)
		(void)raise(ended);
	return (n);
}

static int
ask_unseen(struct sek_secret *out, const char *prompt)
{
	FILE *tty = tool_tty();
	char line[LINE_SIZE];
	enum sek_err err;
	ssize_t n;
	int rc = TOOL_NO;

	n = read_unseen(tty, prompt, line, sizeof(line));
	fputc('\n', tty);
	fflush(tty);
	if (n <= 0 || line[n - 1] != '\n')
		tool_error(_("no passphrase was given: nothing was done"));
	else if ((err = sek_secret_copy(out, line, (size_t)n - 1)) != SEK_OK)
		rc = tool_fail(err, NULL);
	else
		rc = TOOL_YES;
	sek_wipe(line, sizeof(line));
	return (rc);
}

static int
ask_twice(struct sek_secret *out)
{
	struct sek_secret again = SEK_SECRET_NONE;
	struct sek_why why = { "" };
	int rc;

	if ((rc = ask_unseen(out, _("Passphrase for this backup: "))) !=
	    TOOL_YES)
		return (rc);
	if (sek_store_passphrase(out, &why) != SEK_OK) {
		tool_error(_("the passphrase is too weak: take 12 characters "
		    "or more, 5 different ones or more"));
		return (TOOL_NO);
	}
	rc = ask_unseen(&again, _("The same once more: "));
	if (rc == TOOL_YES && !sek_secret_equal(out, &again)) {
		tool_error(_("they differ: nothing was done, begin anew"));
		rc = TOOL_NO;
	}
	sek_secret_free(&again);
	return (rc);
}

/* new: for a backup to be made. */
static int
passphrase(struct tool *t, struct sek_secret *out, bool new)
{
	const char *file = tool_option(t, "passphrase-file");
	struct sek_why why = { "" };
	int rc;

	if (file != NULL) {
		if ((rc = from_file(out, file)) == TOOL_YES && new &&
		    sek_store_passphrase(out, &why) != SEK_OK) {
			tool_error(_("the passphrase is too weak: take 12 "
			    "characters or more, 5 different ones or more"));
			rc = TOOL_NO;
		}
		return (rc);
	}
	if (!tool_can_ask()) {
		tool_error(_("nobody is there to give the passphrase: run "
		    "this at a terminal, or with --passphrase-file FILE"));
		return (TOOL_USAGE);
	}
	return (new ? ask_twice(out) :
	    ask_unseen(out, _("Passphrase of the backup: ")));
}

static void
progress(void *arg, uint64_t done, uint64_t all)
{
	tool_progress(arg, done, all);
}

int
verb_store_backup(struct tool *t, int argc, char **argv)
{
	struct sek_secret pass = SEK_SECRET_NONE;
	struct sek_backup_info info;
	struct tool_progress p;
	char path[SEK_PATH_MAX];
	enum sek_err err;
	int rc;

	(void)argc;
	if ((rc = tool_path(path, sizeof(path), argv[0])) != TOOL_YES ||
	    (rc = tool_store(t)) != TOOL_YES)
		return (rc);
	if (access(path, F_OK) == 0)
		return (tool_fail(SEK_ERR_EXISTS, path));
	sek_store_close(t->store);
	if ((rc = passphrase(t, &pass, true)) != TOOL_YES)
		goto out;
	tool_hold();
	tool_progress_begin(&p);
	err = sek_store_backup(t->store, path, &pass, &t->actor, &info,
	    progress, &p);
	tool_progress_end(&p);
	if (err != SEK_OK) {
		rc = tool_store_fail(t, err);
		goto out;
	}
	printf(_("Backed up: terminal %s, %llu records, %llu authenticators, "
	    "%llu KiB: %s\n"), info.terminal,
	    (unsigned long long)info.records,
	    (unsigned long long)info.authenticators,
	    (unsigned long long)(info.bytes + 1023) / 1024, path);
	puts(_("Keep the passphrase apart from the file: without it, or with "
	    "both in one place, the backup is of no use."));
	rc = tool_flush();
out:
	sek_secret_free(&pass);
	return (rc);
}

/* ---- restore */

struct changes {
	const struct tool	*t;
	cJSON			*json;		/* an array */
	unsigned		 n;
	bool			 failed;
};

static const char *const change_words[] = {
	[SEK_CHANGE_ADDED] = "added",
	[SEK_CHANGE_STATE] = "state",
	[SEK_CHANGE_SUSPENDED] = "suspended",
	[SEK_CHANGE_BACK] = "back",
};
static const char *const change_texts[] = {
	[SEK_CHANGE_ADDED] = N_("enrolled since: is removed, enroll it anew"),
	[SEK_CHANGE_STATE] = N_("changed since: stays as it is now"),
	[SEK_CHANGE_SUSPENDED] = N_("suspended since: stays so"),
	[SEK_CHANGE_BACK] = N_("missing or damaged here: is as in the backup"),
};

static void
note_change(void *arg, enum sek_change c, const char *account,
    const struct sek_authenticator *a)
{
	struct changes *all = arg;
	cJSON *o;

	o = a != NULL ? tool_authenticator_json(all->t, account, a) :
	    cJSON_CreateObject();
	if (a == NULL)
		cJSON_AddItemToObject(o, "user", tool_json_text(account));
	cJSON_AddStringToObject(o, "change", change_words[c]);
	if (!cJSON_AddItemToArray(all->json, o)) {
		cJSON_Delete(o);
		all->failed = true;
	}
	all->n++;
}

static const char *
field(const cJSON *o, const char *name)
{
	const cJSON *v = cJSON_GetObjectItem(o, name);

	return (cJSON_IsString(v) ? v->valuestring : "");
}

static void
print_changes(const struct changes *c)
{
	const cJSON *o;
	size_t i;

	cJSON_ArrayForEach(o, c->json)
		for (i = 0; i < sizeof(change_words) /
		    sizeof(change_words[0]); i++)
			if (strcmp(field(o, "change"), change_words[i]) == 0)
				printf("  %s %s %s %s: %s\n", field(o, "user"),
				    field(o, "method"), field(o, "label"),
				    field(o, "id"), _(change_texts[i]));
}

static const char *const here_words[] = {
	[SEK_HERE_NOTHING] = "none",
	[SEK_HERE_SAME] = "same",
	[SEK_HERE_OTHER] = "other",
	[SEK_HERE_UNREADABLE] = "unreadable",
};

static int
print_json(const struct tool *t, const struct sek_restored *r,
    struct changes *c)
{
	const struct sek_backup_info *b = &r->backup;
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "terminal", b->terminal);
	cJSON_AddItemToObject(o, "made", tool_json_time(t, b->made));
	cJSON_AddItemToObject(o, "version", tool_json_text(b->software));
	cJSON_AddNumberToObject(o, "records", (double)b->records);
	cJSON_AddNumberToObject(o, "accounts", (double)b->accounts);
	cJSON_AddNumberToObject(o, "authenticators",
	    (double)b->authenticators);
	cJSON_AddBoolToObject(o, "same_machine", r->machine);
	cJSON_AddStringToObject(o, "here", here_words[r->here]);
	cJSON_AddItemToObject(o, "why", tool_json_text(r->here_why));
	cJSON_AddNumberToObject(o, "epoch", (double)r->epoch);
	cJSON_AddNumberToObject(o, "records_kept", (double)r->kept);
	cJSON_AddNumberToObject(o, "records_cut", (double)r->cut);
	cJSON_AddItemToObject(o, "lost_since", tool_json_time(t,
	    r->here == SEK_HERE_SAME && r->cut == 0 ? 0 : b->made));
	cJSON_AddItemToObject(o, "saved", tool_json_text(r->saved));
	cJSON_AddItemToObject(o, "changes", c->json);
	c->json = NULL;
	return (tool_json_print(o));
}

static void
print_here(const struct tool *t, const struct sek_restored *r)
{
	char made[32];

	tool_time(t, made, sizeof(made), r->backup.made);
	if (r->here == SEK_HERE_SAME) {
		printf(_("Here is a later state of this store: %llu records "
		    "since stay.\n"), (unsigned long long)r->kept);
		if (r->cut > 0)
			printf(_("%llu records since do not fit the chain and "
			    "are left out.\n"), (unsigned long long)r->cut);
		return;
	}
	if (r->here == SEK_HERE_NOTHING)
		puts(_("There is no store here."));
	else if (r->here == SEK_HERE_OTHER)
		puts(_("Here is another store: it is replaced."));
	else
		printf(_("The store here cannot be used and is replaced: "
		    "%s\n"), r->here_why);
	printf(_("What changed after %s is lost: look who was suspended or "
	    "lost a token since.\n"), made);
}

static void
print_text(const struct tool *t, const struct sek_restored *r,
    const struct changes *c)
{
	const struct sek_backup_info *b = &r->backup;
	char made[32];

	tool_time(t, made, sizeof(made), b->made);
	printf(_("Backup of terminal %s, made %s: %llu records, %llu "
	    "accounts, %llu authenticators.\n"), b->terminal, made,
	    (unsigned long long)b->records, (unsigned long long)b->accounts,
	    (unsigned long long)b->authenticators);
	if (!r->machine)
		puts(_("It was made on another machine: this one takes its "
		    "place."));
	print_here(t, r);
	print_changes(c);
}

static int
call(struct tool *t, const struct sek_store_config *config,
    struct sek_restore_in *in, struct sek_restored *out, struct changes *c)
{
	struct sek_why why = { "" };
	struct tool_progress p;
	enum sek_err err;

	cJSON_Delete(c->json);
	c->t = t;
	c->n = 0;
	if ((c->json = cJSON_CreateArray()) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	in->change = note_change;
	in->progress = NULL;
	in->arg = c;
	tool_progress_begin(&p);
	err = sek_store_restore(config, in, out, &why);
	tool_progress_end(&p);
	if (err == SEK_OK && c->failed)
		err = SEK_ERR_NOMEM;
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why.text));
}

/* Opened since the backup was made: those lie beside the policy. */
static void
take_in(const struct tool *t, const struct sek_store_config *config,
    const char *terminal)
{
	struct sek_store_config *c = calloc(1, sizeof(*c));
	struct sek_store *st = NULL;

	if (c == NULL)
		return;
	*c = *config;
	if (sek_text_copy(c->terminal, sizeof(c->terminal), terminal) ==
	    SEK_OK && sek_store_new(&st, c) == SEK_OK)
		tool_glass_take_in(t, st, true);
	sek_store_free(&st);
	free(c);
}

static int
restore(struct tool *t, const struct sek_store_config *config,
    struct sek_restore_in *in, struct sek_restored *out, struct changes *c)
{
	struct sek_backup_info looked;
	int rc;

	in->check = true;
	if ((rc = call(t, config, in, out, c)) != TOOL_YES)
		return (rc);
	if (tool_option(t, "check") != NULL)
		return (t->json ? print_json(t, out, c) :
		    (print_text(t, out, c), tool_flush()));
	if ((rc = tool_terminal_writable(t, out->backup.terminal)) != TOOL_YES)
		return (rc);
	if (!t->json)
		print_text(t, out, c);
	if ((rc = tool_flush()) != TOOL_YES ||
	    (rc = tool_agree(t, _("Take it back? [y/N] "))) != TOOL_YES)
		return (rc);
	tool_hold();
	in->check = false;
	looked = out->backup;
	in->looked = &looked;
	if ((rc = call(t, config, in, out, c)) != TOOL_YES ||
	    (rc = tool_terminal_write(t, out->backup.terminal)) != TOOL_YES)
		return (rc);
	take_in(t, config, out->backup.terminal);
	if (t->json)
		return (print_json(t, out, c));
	printf(_("Taken back: terminal %s, epoch %llu.\n"),
	    out->backup.terminal, (unsigned long long)out->epoch);
	if (out->saved[0] != '\0')
		printf(_("What was here before: %s\n"), out->saved);
	puts(_("One-time codes of before open nothing. Where a token's last "
	    "use is not known: by time it opens again after two minutes, by "
	    "counter it is asked for two codes once."));
	return (tool_flush());
}

int
verb_store_restore(struct tool *t, int argc, char **argv)
{
	struct sek_secret pass = SEK_SECRET_NONE;
	struct sek_store_config *config = NULL;
	struct sek_restore_in in = { .actor = &t->actor };
	struct sek_restored *out = NULL;
	struct changes c = { t, NULL, 0, false };
	struct sek_why why = { "" };
	char path[SEK_PATH_MAX];
	enum sek_err err;
	int rc;

	(void)argc;
	if ((rc = tool_path(path, sizeof(path), argv[0])) != TOOL_YES ||
	    (rc = tool_root(t)) != TOOL_YES)
		return (rc);
	if (tool_option(t, "check") == NULL &&
	    (rc = tool_must_ask(t)) != TOOL_YES)
		return (rc);
	/* Not only after the envelope with the passphrase was opened. */
	if (access(path, R_OK) != 0) {
		tool_error(_("%s cannot be read: is the medium in, and the "
		    "name right?"), argv[0]);
		return (TOOL_NO);
	}
	if ((rc = tool_settings_early(t)) != TOOL_YES)
		return (rc);
	if ((err = sek_isolate_self(&why)) != SEK_OK)
		return (tool_fail(err, why.text));
	config = calloc(1, sizeof(*config));
	out = calloc(1, sizeof(*out));
	if (config == NULL || out == NULL)
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
	else if ((rc = passphrase(t, &pass, false)) == TOOL_YES) {
		tool_actor(t);
		sek_store_config(config, t->settings);
		in.path = path;
		in.pass = &pass;
		rc = restore(t, config, &in, out, &c);
	}
	cJSON_Delete(c.json);
	free(config);
	free(out);
	sek_secret_free(&pass);
	return (rc);
}
