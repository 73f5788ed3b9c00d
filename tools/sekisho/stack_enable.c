/*
 * stack_enable.c - sekisho stack enable: services ask for two kinds
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing is written that stack check would not call sound.
 * MUST: nothing is written while nobody privileged could log in by it, unless
 * told.
 * MUST: nothing is written while no envelope lies sealed for the day on which
 * nobody can log in.
 * MUST: killed at any instant, the next stack enable or disable, or the unit
 * at boot, takes back what was begun; a trial's end is arranged before its
 * first file is written.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/isolate.h"
#include "util_enable.h"
#include "util_stack.h"
#include "verb.h"

#define TRY_MIN		10		/* seconds */
#define TRY_MAX		(24 * 3600)

struct enable {
	struct tool		*t;
	struct stack_files	 all;
	struct stack_snippets	 made;
	struct stack_state	 state;
	char			 backend[256];
	int64_t			 seconds;	/* of the trial; 0: for good */
	unsigned		 files;		/* to be written */
	bool			 sshd;		/* its settings too */
	bool			 snippets;	/* or only these */
};

/* ---- what is to be written */

static struct stack_file *
file_of(struct enable *e, const char *name)
{
	size_t i;

	for (i = 0; i < e->all.n; i++)
		if (strcmp(e->all.file[i].name, name) == 0)
			return (&e->all.file[i]);
	return (NULL);
}

static bool
is_wanted(const struct enable *e, const struct stack_file *f)
{
	const char *list = tool_option(e->t, "service");

	return (list != NULL ? stack_listed(list, f->name) :
	    sek_edit_rule(f->name)->take != 0 && !sek_edit_is_part(f->name));
}

/* A login's file without auth lines of its own is no login. */
static bool
has_auth(const struct sek_edit *e)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		if (e->line[i].sign != '-' &&
		    strstr(e->line[i].text, "sekisho-auth") != NULL &&
		    e->line[i].text[0] != '#')
			return (true);
	return (false);
}

static enum sek_err
edit_file(const struct enable *e, struct stack_file *f, unsigned take)
{
	char from[SEK_PATH_MAX];

	/* Where the module is not there, the system's own lines stay. */
	if (!stack_snippets_has(&e->made, "sekisho-password"))
		take &= ~SEK_EDIT_PASSWORD;
	sek_edit_free(&f->edit);
	(void)sek_text_format(from, sizeof(from), STACK_VENDOR "/%s",
	    f->name);
	return (sek_edit_put(&f->edit, f->old, f->old_len, take,
	    f->vendor ? from : NULL));
}

static int
plan_file(struct enable *e, struct stack_file *f)
{
	const struct sek_edit_rule *rule = sek_edit_rule(f->name);
	bool asked = tool_option(e->t, "service") != NULL;
	unsigned take = rule->take != 0 ? rule->take : SEK_EDIT_LOGIN;
	enum sek_err err;

	err = edit_file(e, f, take);
	/* A locker's account lines let nobody in, and keep nobody out; by what
	 * is no login a password may still be changed. */
	if (err == SEK_OK && !asked && (rule->pattern == NULL ||
	    rule->entry == SEK_ENTRY_LOCKER) && !has_auth(&f->edit))
		err = edit_file(e, f, take & SEK_EDIT_PASSWORD);
	if (err != SEK_OK)
		return (err == SEK_ERR_SYNTAX ? TOOL_YES :
		    tool_fail(err, f->name));
	if (f->edit.changed == 0) {
		sek_edit_free(&f->edit);
		return (TOOL_YES);
	}
	if ((f->text = sek_edit_text(&f->edit, &f->len)) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	e->files++;
	return (TOOL_YES);
}

/* Every name of --service has a file, and is one of a service. */
static int
check_names(struct enable *e)
{
	const char *list = tool_option(e->t, "service");
	char name[STACK_NAME_MAX];

	while (list != NULL && sek_text_word(&list, name, sizeof(name))) {
		if (file_of(e, name) == NULL) {
			tool_error(_("%s: there is no such service"), name);
			return (TOOL_NO);
		}
		if (sek_edit_is_part(name)) {
			tool_error(_("%s: other files include it: it is no "
			    "service"), name);
			return (TOOL_NO);
		}
		if (file_of(e, name)->link) {
			tool_error(_("%s: is a link: put the file itself "
			    "there"), name);
			return (TOOL_NO);
		}
	}
	return (TOOL_YES);
}

/* Where pam-auth-update put ours into the common files, nothing is left. */
static bool
common_has_ours(struct enable *e)
{
	const struct stack_file *f = file_of(e, "common-auth");

	return (f != NULL && strstr(f->old, "pam_sekisho_gate.so") != NULL);
}

static int
choose_backend(struct enable *e)
{
	const char *told = tool_option(e->t, "backend");
	char now[sizeof(e->backend)], word[256], path[SEK_PATH_MAX];
	const char *at = told;

	stack_backend(now, sizeof(now));
	(void)sek_text_copy(e->backend, sizeof(e->backend), now);
	if (told == NULL || strcmp(told, now) == 0)
		return (TOOL_YES);
	if (!sek_text_is_clean(told, sizeof(e->backend) - 1) ||
	    !sek_text_word(&at, word, sizeof(word)) ||
	    strcspn(told, "#[]\\") != strlen(told) ||
	    sek_text_format(path, sizeof(path), "%s%s", word[0] == '/' ? "" :
	    SEK_SYSTEM_PAM_DIR "/", word) != SEK_OK ||
	    access(path, F_OK) != 0) {
		tool_error(_("--backend: there is no such PAM module"));
		return (TOOL_USAGE);
	}
	(void)sek_text_copy(e->backend, sizeof(e->backend), told);
	if ((e->state.backend = strdup(now)) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	return (TOOL_YES);
}

static int
plan(struct enable *e)
{
	size_t i;
	int rc;

	if ((rc = stack_files_load(&e->all, true)) != TOOL_YES ||
	    (rc = check_names(e)) != TOOL_YES ||
	    (rc = choose_backend(e)) != TOOL_YES)
		return (rc);
	if (common_has_ours(e)) {
		tool_error(_("common-auth has Sekisho's lines already "
		    "(pam-auth-update): take them out first"));
		return (TOOL_NO);
	}
	if ((rc = stack_snippets_make(&e->made, e->backend, NULL)) !=
	    TOOL_YES)
		return (rc);
	for (i = 0; i < e->all.n; i++)
		if (!e->all.file[i].link && is_wanted(e, &e->all.file[i]) &&
		    (rc = plan_file(e, &e->all.file[i])) != TOOL_YES)
			return (rc);
	for (i = 0; i < STACK_SNIPPETS; i++)
		e->snippets = e->snippets || e->made.snippet[i].changed;
	e->sshd = stack_sshd_is_there() && file_of(e, "sshd") != NULL &&
	    is_wanted(e, file_of(e, "sshd")) && !stack_sshd_is_set();
	e->state.sshd = e->sshd;
	return (TOOL_YES);
}

/* ---- is it sound? */

static enum sek_err
stage_text(const char *dir, const char *name, const char *text, size_t len,
    struct sek_why *why)
{
	char path[SEK_PATH_MAX];

	if (sek_text_format(path, sizeof(path), "%s/%s", dir, name) != SEK_OK)
		return (SEK_ERR_RANGE);
	return (sek_file_create(path, text, len, 0644, why));
}

/* A snippet, or what was one: put together anew. */
static bool
is_made(const struct enable *e, const char *name)
{
	size_t i;

	if (strncmp(name, "sekisho-", 8) != 0)
		return (false);
	for (i = 0; i < STACK_SNIPPETS; i++)
		if (strcmp(strrchr(e->made.snippet[i].path, '/') + 1,
		    name) == 0)
			return (true);
	return (sek_edit_is_part(name));
}

/* All of /etc/pam.d as it is to be. */
static enum sek_err
stage(const struct enable *e, const char *dir, struct sek_why *why)
{
	const struct stack_file *f;
	const struct stack_snippet *s;
	enum sek_err err = SEK_OK;
	size_t i;

	for (i = 0; i < e->all.n && err == SEK_OK; i++) {
		f = &e->all.file[i];
		if ((f->vendor && f->text == NULL) || f->link ||
		    is_made(e, f->name))
			continue;
		err = stage_text(dir, f->name, f->text != NULL ? f->text :
		    f->old, f->text != NULL ? f->len : f->old_len, why);
	}
	for (i = 0; i < STACK_SNIPPETS && err == SEK_OK; i++) {
		s = &e->made.snippet[i];
		if (s->text != NULL)
			err = stage_text(dir, strrchr(s->path, '/') + 1,
			    s->text, s->len, why);
	}
	return (err);
}

static void
unstage(const char *dir)
{
	struct dirent *d;
	DIR *folder = opendir(dir);

	while (folder != NULL && (d = readdir(folder)) != NULL)
		if (d->d_name[0] != '.' || strlen(d->d_name) > 2)
			(void)unlinkat(dirfd(folder), d->d_name, 0);
	if (folder != NULL)
		(void)closedir(folder);
	(void)rmdir(dir);
}

static bool
part_is_sound(const struct tool_stack_part *p, bool gate)
{
	size_t i;

	for (i = 0; i < p->n_finding; i++)
		if (p->finding[i].harm != SEK_STACK_NOTED)
			return (false);
	return (p->err == SEK_OK && p->ok && (p->gate || !gate));
}

static bool
is_locker(const char *service)
{

	return (sek_edit_rule(service)->entry == SEK_ENTRY_LOCKER);
}

static void
tell_unsound(const struct tool_stack_service *s,
    const struct tool_stack_part *p)
{
	size_t i;

	tool_error(_("%s (%s) would not be sound:"), s->name, p->name);
	for (i = 0; i < p->n_path; i++)
		fprintf(stderr, "    %s\n", p->path[i]);
	for (i = 0; i < p->n_finding; i++)
		if (p->finding[i].harm != SEK_STACK_NOTED)
			fprintf(stderr, "    %s: %s\n", p->finding[i].where,
			    _(p->finding[i].text));
}

static bool
is_sound(const struct tool_stack_service *s)
{
	unsigned i, take = sek_edit_rule(s->name)->take;
	bool sound = true, password;

	if (s->err != SEK_OK) {
		tool_error("%s: %s", s->name, s->why);
		return (false);
	}
	for (i = 0; i <= SEK_PHASE_PASSWORD; i++) {
		password = i == SEK_PHASE_PASSWORD;
		/* Jobs' auth may be another's; an autologin's asks nobody. */
		if (i == SEK_PHASE_AUTH && take != 0 &&
		    (take & SEK_EDIT_SESSION) == 0 && !s->part[i].ours)
			continue;
		if (i == SEK_PHASE_ACCOUNT && (is_locker(s->name) ||
		    take == SEK_EDIT_PASSWORD))
			continue;
		/* Lines of its own by which passwords change are told. */
		if (password && !s->part[i].ours)
			continue;
		if (!part_is_sound(&s->part[i], !password)) {
			tell_unsound(s, &s->part[i]);
			sound = false;
		}
	}
	return (sound);
}

/* A locker that is left as it was: its auth asks for nothing of ours. */
static bool
is_left(const struct tool_stack_service *s)
{

	return (is_locker(s->name) && s->err == SEK_OK &&
	    !s->part[SEK_PHASE_AUTH].ours);
}

/*
 * A locker that nobody could unlock stays as it was, unless it was named; the
 * reason is told. Not so one that includes a service which is changed.
 */
static bool
leave_out(struct enable *e, const char *name)
{
	struct stack_file *f = file_of(e, name);

	if (!is_locker(name) || tool_option(e->t, "service") != NULL ||
	    f == NULL || f->text == NULL)
		return (false);
	free(f->text);
	f->text = NULL;
	sek_edit_free(&f->edit);
	e->files--;
	tool_error(_("%s: a locker, left as it is"), name);
	return (true);
}

/* Those changed now, those of before whose snippets change, and the lockers,
 * which may include one of them. */
static size_t
touched(const struct enable *e, const char **names)
{
	const struct stack_file *f;
	size_t i, n = 0;

	for (i = 0; i < e->all.n; i++) {
		f = &e->all.file[i];
		if (f->text != NULL || (is_locker(f->name) && !f->link) ||
		    (e->snippets && !f->vendor &&
		    !sek_edit_is_part(f->name) &&
		    strstr(f->old, "# sekisho-was") != NULL))
			names[n++] = f->name;
	}
	return (n);
}

static int
judge(struct enable *e, const char *dir)
{
	const char **names = calloc(e->all.n + 1, sizeof(*names));
	struct sek_pam_stack_places where;
	struct tool_stack *all = NULL;
	struct sek_why why = { "" };
	enum sek_err err = SEK_ERR_NOMEM;
	size_t i, n;
	int rc = TOOL_YES;

	sek_pam_stack_system(&where);
	where.dir = dir;
	where.stands_for = STACK_DIR;
	if (names != NULL && (n = touched(e, names)) > 0 &&
	    (err = stage(e, dir, &why)) == SEK_OK)
		err = tool_stack_judge(e->t, &where, names, n, &all, &why);
	else if (names != NULL && n == 0)
		err = SEK_OK;
	for (i = 0; err == SEK_OK && all != NULL && i < all->n; i++)
		if (!is_left(&all->service[i]) &&
		    !is_sound(&all->service[i]) &&
		    !leave_out(e, all->service[i].name))
			rc = TOOL_NO;
	tool_stack_free(&all);
	free(names);
	if (err != SEK_OK)
		return (tool_fail(err, why.text));
	if (rc != TOOL_YES)
		tool_error(_("nothing was changed"));
	return (rc);
}

static int
check(struct enable *e)
{
	char dir[] = STACK_STATE "/scratch.XXXXXX";
	int rc;

	if (mkdtemp(dir) == NULL)
		return (tool_fail(SEK_ERR_IO, STACK_STATE));
	rc = judge(e, dir);
	unstage(dir);
	return (rc);
}

/* Does it let in, where this is a service that is to ask for two kinds? */
static bool
lets_in(const struct tool_stack_service *s)
{
	const struct sek_edit_rule *rule = sek_edit_rule(s->name);
	unsigned i;

	if (s->exempt)
		return (false);
	if (s->err != SEK_OK)
		return (true);
	for (i = 0; i < 2; i++) {
		unsigned phase = i == SEK_PHASE_AUTH ? SEK_EDIT_AUTH :
		    SEK_EDIT_ACCOUNT;

		if (((rule->take != 0 ? rule->take : SEK_EDIT_LOGIN) &
		    phase) != 0 && !s->part[i].ok &&
		    (phase == SEK_EDIT_AUTH || !is_locker(s->name)))
			return (true);
	}
	return (false);
}

/* Are passwords changed by it past ours? */
static bool
is_unchecked(const struct tool_stack_service *s)
{
	const struct tool_stack_part *p = &s->part[SEK_PHASE_PASSWORD];

	return (s->err == SEK_OK && p->name != NULL && !p->ok);
}

/* The services of which it is so, in one line of text; "" where none. */
static void
list_left(const struct tool_stack *all,
    bool (*is)(const struct tool_stack_service *), char *dst, size_t size)
{
	size_t i, at;

	dst[0] = '\0';
	for (i = 0; all != NULL && i < all->n; i++) {
		at = strlen(dst);
		if (is(&all->service[i]))
			(void)sek_text_format(dst + at, size - at, " %s",
			    all->service[i].name);
	}
}

/*
 * What was wanted and could not be had: links, lines of other kinds. An
 * administrator who reads "Done" relies on it. TOOL_NO where one of them was
 * named.
 */
static int
tell_left(struct enable *e)
{
	const char **names = calloc(e->all.n + 1, sizeof(*names));
	struct sek_pam_stack_places where;
	struct tool_stack *all = NULL;
	struct sek_why why = { "" };
	enum sek_err err = SEK_ERR_NOMEM;
	char left[1024] = "", unchecked[1024] = "";
	size_t i, n = 0;

	for (i = 0; names != NULL && i < e->all.n; i++)
		if (e->all.file[i].text == NULL &&
		    is_wanted(e, &e->all.file[i]))
			names[n++] = e->all.file[i].name;
	sek_pam_stack_system(&where);
	if (names != NULL)
		err = n == 0 ? SEK_OK : tool_stack_judge(e->t, &where, names,
		    n, &all, &why);
	if (err == SEK_OK) {
		list_left(all, lets_in, left, sizeof(left));
		list_left(all, is_unchecked, unchecked, sizeof(unchecked));
	}
	tool_stack_free(&all);
	free(names);
	if (err != SEK_OK)
		return (tool_fail(err, why.text));
	if (unchecked[0] != '\0' &&
	    stack_snippets_has(&e->made, "sekisho-password"))
		tool_error(_("passwords are changed past Sekisho's checks "
		    "(links, or lines of their own): see sekisho stack "
		    "check:%s"), unchecked);
	if (left[0] == '\0')
		return (TOOL_YES);
	tool_error(_("could not be changed and still let in by one kind "
	    "(links, or lines of their own): see sekisho stack check:%s"),
	    left);
	return (tool_option(e->t, "service") != NULL ? TOOL_NO : TOOL_YES);
}

/* ---- what the system's password lines do besides */

static bool
changes_passwords(const struct enable *e)
{
	const struct sek_edit *edit;
	size_t i, j;

	for (i = 0; i < e->all.n; i++) {
		edit = &e->all.file[i].edit;
		for (j = 0; e->all.file[i].text != NULL && j < edit->n; j++)
			if (edit->line[j].sign == '+' &&
			    edit->line[j].text[0] != '#' &&
			    strstr(edit->line[j].text, "sekisho-password"))
				return (true);
	}
	return (false);
}

/* ---- doing it */

static int
show(struct enable *e)
{
	enum sek_err err;
	size_t i;

	for (i = 0; i < e->all.n; i++)
		if (e->all.file[i].text != NULL &&
		    (err = stack_file_show(&e->all.file[i])) != SEK_OK)
			return (tool_fail(err, NULL));
	if (e->sshd)
		stack_sshd_show();
	/* All of them once more: the top has gone from the screen. */
	if (e->files > 0) {
		printf("%s:", _("Services to be changed"));
		for (i = 0; i < e->all.n; i++)
			if (e->all.file[i].text != NULL)
				printf(" %s", e->all.file[i].name);
		putchar('\n');
	}
	if (changes_passwords(e))
		stack_tell_unheard(e->backend);
	for (i = 0; i < STACK_SNIPPETS; i++)
		if (e->made.snippet[i].changed)
			printf(_("%s is put together from the modules "
			    "installed.\n"), e->made.snippet[i].path);
	return (tool_flush());
}

static int
ask(struct enable *e)
{
	char answer[16];
	int rc;

	if (e->t->yes)
		return (TOOL_YES);
	if ((rc = tool_must_ask(e->t)) != TOOL_YES ||
	    (rc = tool_ask(_("Put this in place? (yes/no) "), answer,
	    sizeof(answer))) != TOOL_YES)
		return (rc);
	if (tool_is_yes(answer))
		return (TOOL_YES);
	tool_error(_("nothing was changed"));
	return (TOOL_NO);
}

static int
write_files(struct enable *e)
{
	struct sek_why why = { "" };
	enum sek_err err = SEK_OK;
	size_t i;
	int rc;

	if ((rc = stack_snippets_write(&e->made)) != TOOL_YES ||
	    (e->sshd && (rc = stack_sshd_put()) != TOOL_YES))
		return (rc);
	for (i = 0; i < e->all.n && err == SEK_OK; i++) {
		if (e->all.file[i].text == NULL)
			continue;
		stack_file_keep(&e->all.file[i]);
		err = stack_file_write(&e->all.file[i], &why);
	}
	if (err == SEK_OK && e->state.backend != NULL)
		err = stack_backend_save(e->backend, &why);
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why.text));
}

/* Which services the state names: those that are changed. */
static enum sek_err
name_services(struct enable *e)
{
	enum sek_err err = SEK_OK;
	size_t i;

	for (i = 0; i < e->all.n && err == SEK_OK; i++)
		if (e->all.file[i].text != NULL)
			err = stack_state_name(&e->state,
			    e->all.file[i].name);
	return (err);
}

/* From "begun" to "in force": whatever fails is taken back. */
static int
put_in_place(struct enable *e)
{
	struct sek_why why = { "" };
	enum sek_err err;
	int rc;

	if ((err = name_services(e)) != SEK_OK)
		return (tool_fail(err, NULL));
	if (sek_clock_now(&e->state.since) != SEK_OK)
		return (tool_fail(SEK_ERR_INTERNAL, "clock"));
	e->state.until = e->state.since.boot + e->seconds * SEK_SECOND;
	e->state.doing = STACK_ENABLING;
	if ((err = stack_state_save(&e->state, &why)) != SEK_OK)
		return (tool_fail(err, why.text));
	if (e->seconds > 0 &&
	    (rc = stack_try_arm(e->t, e->seconds)) != TOOL_YES)
		goto back;
	if ((rc = write_files(e)) != TOOL_YES)
		goto back;
	e->state.doing = e->seconds > 0 ? STACK_TRIAL : STACK_NOTHING;
	if ((err = stack_state_save(&e->state, &why)) != SEK_OK) {
		rc = tool_fail(err, why.text);
		goto back;
	}
	if (e->sshd)
		stack_sshd_reload();
	return (TOOL_YES);
back:
	(void)stack_recover();
	if (e->seconds > 0)
		stack_try_disarm();
	return (rc);
}

static void
say_done(struct enable *e)
{
	char when[64], span[32];

	if (e->seconds == 0) {
		puts(_("Done. Keep this session open until somebody has "
		    "logged in anew. The way back: sekisho stack disable"));
		return;
	}
	sek_clock_print_short(when, sizeof(when), e->state.since.wall +
	    e->seconds * SEK_SECOND, tool_zone(e->t));
	sek_text_span_print(span, sizeof(span), e->seconds);
	printf(_("On trial until %s (%s). Keep this session open. Log in anew "
	    "and run there:\n    sekisho stack enable --confirm\nOtherwise "
	    "all goes back by itself, whatever becomes of this session.\n"),
	    when, span);
}

/* The services in one line, for the record. */
static void
list_services(const struct stack_state *s, const char *word, char *dst,
    size_t size)
{
	size_t i, at;

	(void)sek_text_copy(dst, size, word);
	for (i = 0; i < s->n; i++) {
		at = strlen(dst);
		(void)sek_text_format(dst + at, size - at, "%s%s",
		    i == 0 ? ": " : " ", s->service[i]);
	}
}

static int
enable(struct enable *e)
{
	char detail[SEK_REASON_MAX];
	int rc;

	if ((rc = stack_recover()) != TOOL_YES || (rc = plan(e)) != TOOL_YES)
		return (rc);
	if (tool_option(e->t, "service") != NULL &&
	    (rc = tell_left(e)) != TOOL_YES)
		return (rc);
	if (e->files == 0 && !e->sshd && !e->snippets) {
		puts(_("Nothing is left to be put in place."));
		(void)tell_left(e);
		return (tool_flush());
	}
	if ((rc = stack_has_envelope(e->t)) != TOOL_YES ||
	    (rc = stack_somebody_gets_in(e->t)) != TOOL_YES ||
	    (rc = check(e)) != TOOL_YES)
		return (rc);
	if (e->files == 0 && !e->sshd && !e->snippets) {
		puts(_("Nothing is left to be put in place."));
		return (tool_flush());
	}
	if ((rc = show(e)) != TOOL_YES ||
	    (rc = ask(e)) != TOOL_YES)
		return (rc);
	tool_hold();
	if ((rc = put_in_place(e)) != TOOL_YES)
		return (rc);
	say_done(e);
	(void)fflush(stdout);
	(void)tell_left(e);
	list_services(&e->state, e->seconds > 0 ? "on trial" : "for good",
	    detail, sizeof(detail));
	stack_record(e->t, SEK_EVENT_STACK_ENABLED, detail);
	return (tool_flush());
}

/* A trial that runs is neither replaced nor prolonged. */
static int
no_trial(void)
{
	struct stack_state s;
	int rc = TOOL_YES;

	stack_state_load(&s);
	if (s.doing == STACK_TRIAL) {
		tool_error(_("a trial is running: confirm it from a new login "
		    "(sekisho stack enable --confirm) or end it (sekisho "
		    "stack disable)"));
		rc = TOOL_NO;
	}
	stack_state_free(&s);
	return (rc);
}

static int
confirm(struct tool *t)
{
	struct stack_state s, nothing = { .doing = STACK_NOTHING };
	struct sek_admission by = { .id = "" };
	struct sek_why why = { "" };
	struct sek_moment now;
	char detail[SEK_REASON_MAX], word[128];
	enum sek_err err;
	int rc;

	stack_state_load(&s);
	if (s.doing != STACK_TRIAL || sek_clock_now(&now) != SEK_OK ||
	    memcmp(now.boot_id, s.since.boot_id, SEK_BOOT_ID_LEN) != 0 ||
	    now.boot >= s.until) {
		tool_error(_("no trial is running"));
		rc = TOOL_NO;
		goto out;
	}
	if ((rc = stack_try_proof(t, &s, &by)) != TOOL_YES)
		goto out;
	tool_hold();
	if ((err = stack_state_save(&nothing, &why)) != SEK_OK) {
		rc = tool_fail(err, why.text);
		goto out;
	}
	stack_try_disarm();
	puts(_("Confirmed: it stays."));
	(void)sek_text_format(word, sizeof(word), "confirmed by %s at %s",
	    by.account, by.service);
	list_services(&s, word, detail, sizeof(detail));
	stack_record(t, SEK_EVENT_STACK_ENABLED, detail);
out:
	stack_state_free(&s);
	return (rc);
}

/* The span of --try in seconds; 0 where it is not given. */
static int
trial_span(struct tool *t, int64_t *seconds)
{
	const char *text = tool_option(t, "try");

	*seconds = 0;
	if (text == NULL)
		return (TOOL_YES);
	if (sek_text_span(seconds, text) == SEK_OK && *seconds >= TRY_MIN &&
	    *seconds <= TRY_MAX)
		return (TOOL_YES);
	tool_error(_("--try: from 10s to 24h"));
	return (TOOL_USAGE);
}

int
verb_stack_enable(struct tool *t, int argc, char **argv)
{
	bool confirms = tool_option(t, "confirm") != NULL;
	struct enable e = { .t = t };
	int rc, fd = -1;

	(void)argc;
	(void)argv;
	if (confirms && (tool_option(t, "try") != NULL ||
	    tool_option(t, "service") != NULL ||
	    tool_option(t, "backend") != NULL)) {
		tool_error(_("--confirm stands alone"));
		return (TOOL_USAGE);
	}
	if ((rc = trial_span(t, &e.seconds)) != TOOL_YES ||
	    (rc = tool_store(t)) != TOOL_YES ||
	    (rc = stack_lock(&fd, true)) != TOOL_YES)
		return (rc);
	if (confirms)
		rc = confirm(t);
	else if ((rc = no_trial()) == TOOL_YES)
		rc = enable(&e);
	(void)close(fd);
	stack_snippets_free(&e.made);
	stack_files_free(&e.all);
	stack_state_free(&e.state);
	return (rc);
}
