/*
 * util_plan_read.c - a plan of joiners, leavers and movers, from a CSV file
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a wrong line is named, and nothing is done.
 * MUST: no account source is asked while the store is held.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "util_plan.h"

#define WRONG_MAX	20		/* lines named */

enum column {
	ACTION, ACCOUNT, PERSON, NAME, SECTION, FROM, TO, CONTRACTOR, COLUMNS
};
static const char *const column_names[COLUMNS] = {
	"action", "account", "person", "name", "section", "from", "to",
	"contractor"
};

/* As personnel offices write them, too. */
static const struct {
	const char		*word;
	enum sek_plan_kind	 kind;
} actions[] = {
	{ "join", SEK_PLAN_JOIN }, { "leave", SEK_PLAN_LEAVE },
	{ "move", SEK_PLAN_MOVE }, { "採用", SEK_PLAN_JOIN },
	{ "転入", SEK_PLAN_JOIN }, { "退職", SEK_PLAN_LEAVE },
	{ "転出", SEK_PLAN_LEAVE }, { "異動", SEK_PLAN_MOVE },
};

struct reading {
	struct tool_plan	*p;
	struct tool_csv		*csv;
	struct tool_csv_row	 row;
	unsigned		 columns;
	int			 at[COLUMNS];	/* -1: not in the file */
	struct tool_set		 accounts;
	struct tool_set		 persons;
	uint64_t		 wrong;
};

static void
name_line(struct reading *r, const char *why)
{
	if (r->wrong++ < WRONG_MAX)
		tool_error(_("%s, line %llu: %s"), r->p->path,
		    (unsigned long long)r->row.line, why);
	else if (r->wrong == WRONG_MAX + 1)
		tool_error(_("%s: more lines are wrong"), r->p->path);
}

static const char *
field(const struct reading *r, enum column c)
{
	return (r->at[c] < 0 ? "" : r->row.field[r->at[c]]);
}

static int
find_column(const char *name)
{
	int c;

	for (c = 0; c < COLUMNS; c++)
		if (strcmp(column_names[c], name) == 0)
			return (c);
	return (-1);
}

static const char *
read_header(struct reading *r)
{
	unsigned i;
	int c;

	for (c = 0; c < COLUMNS; c++)
		r->at[c] = -1;
	for (i = 0; i < r->row.n; i++) {
		if ((c = find_column(r->row.field[i])) < 0)
			return (_("a column of an unknown name: the first line "
			    "names action,account and perhaps person,name,"
			    "section,from,to,contractor"));
		if (r->at[c] >= 0)
			return (_("a column is there twice"));
		r->at[c] = (int)i;
	}
	if (r->at[ACTION] < 0 || (r->at[ACCOUNT] < 0 && r->at[PERSON] < 0))
		return (_("the columns action and account (or person) must be "
		    "there"));
	r->columns = r->row.n;
	return (NULL);
}

static bool
take(char *dst, size_t size, const char *value)
{
	return (value[0] == '\0' || (sek_text_is_clean(value, size - 1) &&
	    sek_text_copy(dst, size, value) == SEK_OK));
}

/* "": nothing said; "none": open. */
static bool
take_time(const struct reading *r, enum column c, uint32_t bit,
    struct sek_plan_row *row, int64_t *wall)
{
	const char *text = field(r, c);

	if (text[0] == '\0')
		return (true);
	row->has |= bit;
	if (strcmp(text, "none") == 0) {
		*wall = 0;
		return (true);
	}
	return ((c == TO ? tool_parse_end(r->p->t, text, wall) :
	    tool_parse_time(r->p->t, text, false, wall)) == SEK_OK);
}

static const char *
read_who(const struct reading *r, struct sek_plan_row *row)
{
	const char *account = field(r, ACCOUNT);
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(field(r, ACTION), actions[i].word) == 0)
			row->kind = actions[i].kind;
	if (row->kind == SEK_PLAN_NONE)
		return (_("action: join, leave or move"));
	if (account[0] != '\0' && (!sek_account_name_ok(account) ||
	    !take(row->account, sizeof(row->account), account)))
		return (_("account: no account can be called so"));
	if (!take(row->person, sizeof(row->person), field(r, PERSON)))
		return (_("person: too long, or a control character"));
	if (account[0] == '\0' && (row->kind == SEK_PLAN_JOIN ||
	    row->person[0] == '\0'))
		return (_("account: say whose line it is"));
	return (NULL);
}

static const char *
read_rest(const struct reading *r, struct sek_plan_row *row)
{
	int64_t last = 0;
	bool yes;

	if (!take(row->name, sizeof(row->name), field(r, NAME)) ||
	    !take(row->section, sizeof(row->section), field(r, SECTION)))
		return (_("name, section: too long, or a control character"));
	if (row->name[0] != '\0')
		row->has |= SEK_PLAN_HAS_NAME;
	if (row->section[0] != '\0')
		row->has |= SEK_PLAN_HAS_SECTION;
	if (!take_time(r, FROM, SEK_PLAN_HAS_FROM, row, &row->from) ||
	    !take_time(r, TO, SEK_PLAN_HAS_TO, row, &row->to))
		return (_("from, to: a day, like 2026-03-31, or none"));
	/* The hours of the next morning are no day of the term. */
	if (row->from != 0 && row->to != 0 && tool_parse_time(r->p->t,
	    field(r, TO), true, &last) == SEK_OK && row->from >= last)
		return (_("from must be before to"));
	if (field(r, CONTRACTOR)[0] == '\0')
		return (NULL);
	if (sek_text_bool(&yes, field(r, CONTRACTOR)) != SEK_OK)
		return (_("contractor: yes or no"));
	row->has |= SEK_PLAN_HAS_CONTRACTOR;
	row->contractor = yes;
	return (NULL);
}

static const char *
check_twice(struct reading *r, const struct sek_plan_row *row)
{
	enum sek_err err = SEK_OK;

	if (row->account[0] != '\0')
		err = tool_set_add(&r->accounts, row->account,
		    strlen(row->account));
	if (err == SEK_OK && row->person[0] != '\0')
		err = tool_set_add(&r->persons, row->person,
		    strlen(row->person));
	if (err == SEK_ERR_EXISTS)
		return (_("the same account or person stands in the file "
		    "before"));
	return (err == SEK_OK ? NULL : _("there is not enough memory"));
}

/* The store may not have seen yet what the policy says of it. */
static enum sek_err
is_privileged(const struct reading *r, const struct sek_passwd *who,
    struct sek_plan_row *row)
{
	bool privileged;
	enum sek_err err;

	if ((err = sek_account_privileged(&privileged, r->p->t->settings,
	    who->name, who->uid, who->gid)) == SEK_OK)
		row->privileged = privileged;
	return (err);
}

/* Bind it to the uid it has here. SEK_ERR_ACCOUNTS: nobody can tell. */
static enum sek_err
look_up(struct reading *r, struct sek_plan_row *row, const char **why)
{
	struct sek_passwd who;
	enum sek_err err;

	row->uid = SEK_UID_NONE;
	if (row->account[0] == '\0')
		return (SEK_OK);
	if ((err = sek_account_find(&who, row->account)) != SEK_OK)
		return (err);
	if (who.known && strcmp(who.name, row->account) != 0)
		*why = _("account: it is spelled otherwise here");
	else if (who.known) {
		row->uid = who.uid;
		return (is_privileged(r, &who, row));
	} else if (row->kind == SEK_PLAN_JOIN) {
		r->p->missing++;
		if (!r->p->create)
			*why = _("there is no such account here: make it "
			    "first, or let --create do it");
	}
	return (SEK_OK);
}

static enum sek_err
keep(struct tool_plan *p, const struct sek_plan_row *row)
{
	size_t room = p->room == 0 ? 64 : p->room * 2;
	struct tool_plan_row *v;

	if (p->n == p->room) {
		if ((v = reallocarray(p->v, room, sizeof(*v))) == NULL)
			return (SEK_ERR_NOMEM);
		p->v = v;
		p->room = room;
	}
	v = &p->v[p->n++];
	memset(v, 0, sizeof(*v));
	v->row = *row;
	return (SEK_OK);
}

static enum sek_err
read_row(struct reading *r)
{
	struct sek_plan_row row;
	const char *why;
	enum sek_err err = SEK_OK;

	memset(&row, 0, sizeof(row));
	row.line = r->row.line;
	if (r->row.n != r->columns)
		why = _("not as many fields as the first line has");
	else if ((why = read_who(r, &row)) == NULL &&
	    (why = read_rest(r, &row)) == NULL &&
	    (why = check_twice(r, &row)) == NULL)
		err = look_up(r, &row, &why);
	if (err == SEK_OK && why == NULL && r->p->n == TOOL_PLAN_ROWS)
		why = _("more lines than one plan can have: split it");
	if (err != SEK_OK)
		return (err);
	if (why == NULL)
		return (keep(r->p, &row));
	name_line(r, why);
	return (r->p->n == TOOL_PLAN_ROWS ? SEK_ERR_SYNTAX : SEK_OK);
}

static enum sek_err
read_all(struct reading *r)
{
	uint64_t done, all;
	const char *why;
	enum sek_err err;

	if ((err = tool_csv_next(r->csv, &r->row)) == SEK_OK) {
		if ((why = read_header(r)) != NULL) {
			name_line(r, why);
			return (SEK_ERR_SYNTAX);
		}
		while ((err = tool_csv_next(r->csv, &r->row)) == SEK_OK &&
		    (err = read_row(r)) == SEK_OK) {
			tool_csv_position(r->csv, &done, &all);
			tool_progress(&r->p->progress, done, all);
		}
	}
	if (err == SEK_ERR_SYNTAX && r->wrong == 0)
		name_line(r, tool_csv_why(r->csv));
	if (err == SEK_ERR_NOT_FOUND && r->p->n == 0 && r->wrong == 0) {
		r->row.line = 1;
		name_line(r, _("there is nobody in the file"));
	}
	if (err == SEK_ERR_NOT_FOUND)
		err = r->wrong == 0 ? SEK_OK : SEK_ERR_SYNTAX;
	return (err);
}

int
tool_plan_read(struct tool_plan *p, const char *file)
{
	struct reading r;
	enum sek_err err;
	int rc;

	memset(&r, 0, sizeof(r));
	r.p = p;
	if ((rc = tool_csv_open(&r.csv, file)) != TOOL_YES)
		return (rc);
	tool_progress_begin(&p->progress);
	err = read_all(&r);
	tool_progress_end(&p->progress);
	tool_csv_close(r.csv);
	tool_set_free(&r.accounts);
	tool_set_free(&r.persons);
	if (err == SEK_ERR_SYNTAX) {
		tool_error(_("%s: nothing was done"), p->path);
		return (TOOL_NO);
	}
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, p->path));
}

int
tool_plan_read_text(struct tool_plan *p, const char *text, size_t len)
{
	char path[32];
	int fd, rc;

	fd = memfd_create("plan", MFD_CLOEXEC);
	if (fd < 0 || !sek_file_write_all(fd, text, len))
		rc = tool_fail(SEK_ERR_IO, p->path);
	else {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		rc = tool_plan_read(p, path);
	}
	if (fd >= 0)
		(void)close(fd);
	return (rc);
}

void
tool_plan_free(struct tool_plan *p)
{

	tool_gone_free(&p->gone);
	tool_fingers_free(&p->fingers);
	free(p->v);
	p->v = NULL;
	p->n = p->room = 0;
}
