/*
 * import.c - sekisho import FILE: enrol many, all or none
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file is read twice: first every line is judged and every name looked
 * up, with nothing held; then the store takes them in one transaction.
 *
 * MUST: a wrong line stores nothing.
 * MUST: no account source is asked while the transaction is open.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/base32.h"
#include "sekisho/base/clock.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/rule/oath.h"
#include "sekisho.h"
#include "util_u2f.h"
#include "verb.h"

#define WRONG_MAX	20			/* lines named */
#define LOOKUP_TIME	(3 * SEK_SECOND)	/* for names, in all */

enum column {
	USER, METHOD, SECRET, LABEL, PERSON, DIGITS, PERIOD, ALGORITHM,
	COUNTER, COLUMNS
};
static const char *const column_names[COLUMNS] = {
	"user", "method", "secret", "label", "person", "digits", "period",
	"algorithm", "counter"
};

struct import {
	struct tool		*t;
	struct tool_csv		*csv;		/* one of the two */
	struct tool_u2f		*u2f;
	const char		*rp_id;		/* of its keys */
	struct tool_csv_row	 row;
	unsigned		 columns;	/* of the header */
	int			 at[COLUMNS];	/* -1: not in the file */
	uint32_t		*uid;		/* by row */
	uint64_t		 rows;		/* judged */
	uint64_t		 room;		/* in uid */
	uint64_t		 unknown;	/* no account here yet */
	uint64_t		 unasked;	/* no time left to look up */
	uint64_t		 wrong;
	uint64_t		 taken;		/* given to the store */
	int64_t			 lookup_time;
	struct tool_set		 tokens;
	struct tool_set		 labels;
	struct tool_progress	 progress;
	struct sek_passwd	 last;		/* looked up */
	struct tool_set		 strangers;	/* names counted in unknown */
	char			 path[SEK_PATH_MAX];	/* printable */
};

/* The field of a column, or its standard where it is absent or empty. */
static const char *
field(const struct import *im, enum column c, const char *standard)
{
	const char *value = im->at[c] < 0 ? "" : im->row.field[im->at[c]];

	return (value[0] == '\0' ? standard : value);
}

/* Of the row at hand. */
static unsigned long long
line(const struct import *im)
{
	return (im->u2f != NULL ? tool_u2f_line(im->u2f) : im->row.line);
}

/* A line that is wrong; the first few are named. */
static void
name_line(struct import *im, const char *why)
{
	if (im->wrong++ < WRONG_MAX)
		tool_error(_("%s, line %llu: %s"), im->path, line(im), why);
	else if (im->wrong == WRONG_MAX + 1)
		tool_error(_("%s: more lines are wrong"), im->path);
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

/* The first line names the columns. */
static const char *
read_header(struct import *im)
{
	unsigned i;
	int c;

	for (c = 0; c < COLUMNS; c++)
		im->at[c] = -1;
	for (i = 0; i < im->row.n; i++) {
		if ((c = find_column(im->row.field[i])) < 0)
			return (_("a column of an unknown name: the first line "
			    "names user,method,secret and perhaps label,person,"
			    "digits,period,algorithm,counter"));
		if (im->at[c] >= 0)
			return (_("a column is there twice"));
		im->at[c] = (int)i;
	}
	if (im->at[USER] < 0 || im->at[METHOD] < 0 || im->at[SECRET] < 0)
		return (_("the columns user, method and secret must be "
		    "there"));
	im->columns = im->row.n;
	return (NULL);
}

/* method, digits, period, algorithm, counter. */
static const char *
read_oath(const struct import *im, struct sek_authenticator *a)
{
	enum sek_oath_algorithm algorithm;
	enum sek_method method;
	int64_t digits, period = 0, counter;
	bool totp;

	if (sek_method_parse(&method, field(im, METHOD, "")) != SEK_OK ||
	    (method != SEK_METHOD_TOTP && method != SEK_METHOD_HOTP))
		return (_("method: totp or hotp"));
	totp = method == SEK_METHOD_TOTP;
	if (sek_text_number(&digits, field(im, DIGITS, "6"), 6, 8) != SEK_OK)
		return (_("digits: 6, 7 or 8"));
	if (totp && (sek_text_number(&period, field(im, PERIOD, "30"), 30,
	    60) != SEK_OK || (period != 30 && period != 60)))
		return (_("period: 30 or 60"));
	if (!totp && field(im, PERIOD, NULL) != NULL)
		return (_("period: only for totp"));
	if (sek_oath_algorithm_parse(&algorithm,
	    field(im, ALGORITHM, "SHA1")) != SEK_OK)
		return (_("algorithm: SHA1, SHA256 or SHA512"));
	if (!totp && algorithm != SEK_OATH_SHA1)
		return (_("algorithm: SHA1 for hotp"));
	if (sek_text_number(&counter, field(im, COUNTER, "0"), 0,
	    INT64_MAX / 2) != SEK_OK)
		return (_("counter: a number"));
	if (totp && field(im, COUNTER, NULL) != NULL)
		return (_("counter: only for hotp"));
	a->method = (uint8_t)method;
	a->oath.algorithm = (uint8_t)algorithm;
	a->oath.digits = (uint8_t)digits;
	a->oath.period = (uint16_t)period;
	a->oath.moving = (uint64_t)counter;
	return (NULL);
}

/* user, person, label. */
static const char *
read_names(const struct import *im, struct sek_enrol *e)
{
	const char *user = field(im, USER, ""), *person, *label;

	if (!sek_account_name_ok(user))
		return (_("user: no account can be called so"));
	/* "" is the account's person, or one of its name. */
	person = field(im, PERSON, "");
	label = field(im, LABEL, "");
	if (person[0] != '\0' && !sek_text_is_clean(person, SEK_NAME_MAX - 1))
		return (_("person: too long, or a control character"));
	if (label[0] != '\0' && !sek_text_is_clean(label, SEK_LABEL_MAX - 1))
		return (_("label: too long, or a control character"));
	(void)sek_text_copy(e->account.name, sizeof(e->account.name), user);
	(void)sek_text_copy(e->account.person, sizeof(e->account.person),
	    person);
	(void)sek_text_copy(e->person.id, sizeof(e->person.id), person);
	(void)sek_text_copy(e->authenticator.person,
	    sizeof(e->authenticator.person), person);
	(void)sek_text_copy(e->authenticator.label,
	    sizeof(e->authenticator.label), label);
	return (NULL);
}

/* The row at hand; NULL, or what is wrong with it. */
static const char *
read_row(const struct import *im, struct sek_enrol *e)
{
	const char *why;

	memset(e, 0, sizeof(*e));
	e->account.uid = SEK_UID_NONE;
	if (im->row.n != im->columns)
		return (_("not as many fields as the first line has"));
	if ((why = read_names(im, e)) != NULL ||
	    (why = read_oath(im, &e->authenticator)) != NULL)
		return (why);
	if (sek_base32_decode(e->key, sizeof(e->key), &e->key_len,
	    field(im, SECRET, "")) != SEK_OK)
		return (_("secret: not base32"));
	if (sek_oath_check(&e->authenticator.oath,
	    (enum sek_method)e->authenticator.method, e->key_len) != SEK_OK)
		return (_("secret: too short"));
	return (NULL);
}

#define TOKEN_MAX	(1 + SEK_FIDO2_PUBLIC_MAX)
_Static_assert(SEK_OATH_KEY_MAX <= SEK_FIDO2_PUBLIC_MAX &&
    SEK_LABEL_MAX <= TOKEN_MAX, "both fit");

/* "user NUL rest" into a set. */
static enum sek_err
add_pair(struct tool_set *set, const char *user, const void *rest, size_t len)
{
	unsigned char pair[SEK_NAME_MAX + 1 + TOKEN_MAX];
	size_t n = strlen(user) + 1;
	enum sek_err err;

	if (n + len > sizeof(pair))
		return (SEK_ERR_RANGE);
	memcpy(pair, user, n);
	memcpy(pair + n, rest, len);
	err = tool_set_add(set, pair, n + len);
	sek_wipe(pair, sizeof(pair));
	return (err);
}

/* Not twice in the file, and no label a second time. */
static const char *
check_twice(struct import *im, const struct sek_enrol *e)
{
	unsigned char token[TOKEN_MAX];
	const char *label = e->authenticator.label;
	size_t len = e->key_len;
	enum sek_err err;

	token[0] = e->authenticator.method;
	if (e->authenticator.method == SEK_METHOD_FIDO2) {
		len = e->fido2.public_len;
		memcpy(token + 1, e->fido2.public_key, len);
	} else
		memcpy(token + 1, e->key, len);
	err = add_pair(&im->tokens, e->account.name, token, 1 + len);
	sek_wipe(token, sizeof(token));
	if (err == SEK_ERR_EXISTS)
		return (_("the same token stands in the file before"));
	if (err == SEK_OK && label[0] != '\0')
		err = add_pair(&im->labels, e->account.name, label,
		    strlen(label));
	if (err == SEK_ERR_EXISTS)
		return (_("the user has a token of this label already"));
	return (err == SEK_OK ? NULL : _("there is not enough memory"));
}

/* Bind the uid where there is an account; SEK_ERR_ACCOUNTS when its source
 * is down. A slow source is not asked for ever. */
static enum sek_err
look_up(struct import *im, const char *name, uint32_t *uid)
{
	struct sek_moment before, after;
	enum sek_err err = SEK_OK;

	if (im->rows > 0 && strcmp(im->last.name, name) == 0) {
		*uid = im->last.uid;
		return (SEK_OK);
	}
	if (im->lookup_time > LOOKUP_TIME) {
		im->unasked++;
		*uid = SEK_UID_NONE;
		return (SEK_OK);
	}
	if (sek_clock_now(&before) != SEK_OK ||
	    (err = sek_account_find(&im->last, name)) != SEK_OK ||
	    sek_clock_now(&after) != SEK_OK)
		return (err == SEK_OK ? SEK_ERR_CLOCK : err);
	im->lookup_time += sek_clock_age(&before, &after);
	if (!im->last.known && tool_set_add(&im->strangers, name,
	    strlen(name)) == SEK_OK && im->unknown++ < WRONG_MAX &&
	    im->u2f != NULL)
		tool_error(_("%s, line %llu: %s is no account here yet"),
		    im->path, line(im), name);
	*uid = im->last.uid;
	return (SEK_OK);
}

static enum sek_err
keep_uid(struct import *im, const char *name)
{
	uint64_t room = im->room == 0 ? 1024 : im->room * 2;
	uint32_t *more;
	enum sek_err err;

	if (im->rows == im->room) {
		more = realloc(im->uid, (size_t)room * sizeof(*more));
		if (more == NULL)
			return (SEK_ERR_NOMEM);
		im->uid = more;
		im->room = room;
	}
	err = look_up(im, name, &im->uid[im->rows]);
	im->rows++;
	return (err);
}

static void
show_progress(struct import *im)
{
	uint64_t done, all;

	if (im->u2f != NULL)
		tool_u2f_position(im->u2f, &done, &all);
	else
		tool_csv_position(im->csv, &done, &all);
	tool_progress(&im->progress, done, all);
}

/* The next row; *why: it is wrong, and others may follow. */
static enum sek_err
next_row(struct import *im, struct sek_enrol *e, const char **why)
{
	enum sek_err err;

	*why = NULL;
	if (im->u2f != NULL)
		return (tool_u2f_next(im->u2f, im->rp_id, e, why));
	if ((err = tool_csv_next(im->csv, &im->row)) == SEK_OK)
		*why = read_row(im, e);
	return (err);
}

/* To the first row. */
static enum sek_err
begin_rows(struct import *im)
{
	enum sek_err err;

	if (im->u2f != NULL) {
		tool_u2f_rewind(im->u2f);
		return (SEK_OK);
	}
	if ((err = tool_csv_rewind(im->csv)) != SEK_OK)
		return (err);
	return (tool_csv_next(im->csv, &im->row));
}

/* Is there a header, where there has to be one? SEK_ERR_SYNTAX, named. */
static enum sek_err
judge_header(struct import *im)
{
	const char *why = NULL;
	enum sek_err err;

	if ((err = begin_rows(im)) == SEK_ERR_NOT_FOUND) {
		im->row.line = 1;
		why = _("the file is empty");
	} else if (err == SEK_OK && im->csv != NULL)
		why = read_header(im);
	if (why == NULL)
		return (err);
	name_line(im, why);
	return (SEK_ERR_SYNTAX);
}

/* The first reading. SEK_ERR_SYNTAX when a line is wrong: all were named. */
static enum sek_err
judge(struct import *im)
{
	struct sek_enrol *e;
	enum sek_err err;
	const char *why;

	if ((err = judge_header(im)) == SEK_ERR_SYNTAX)
		return (err);
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (SEK_ERR_NOMEM);
	while (err == SEK_OK && (err = next_row(im, e, &why)) == SEK_OK) {
		if (why == NULL)
			why = check_twice(im, e);
		if (why != NULL)
			name_line(im, why);
		else
			err = keep_uid(im, e->account.name);
		sek_wipe(e->key, sizeof(e->key));
		if (im->rows % 1024 == 0)
			show_progress(im);
	}
	free(e);
	if (err == SEK_ERR_SYNTAX)
		name_line(im, tool_csv_why(im->csv));
	if (err == SEK_ERR_NOT_FOUND && im->u2f != NULL && im->rows == 0 &&
	    im->wrong == 0)
		name_line(im, _("there is no key in the file"));
	return (err == SEK_ERR_NOT_FOUND ? (im->wrong == 0 ? SEK_OK :
	    SEK_ERR_SYNTAX) : err);
}

/* The second reading: sek_enrol_fn. The file may have changed since. */
static enum sek_err
give_next(void *arg, struct sek_enrol *e)
{
	struct import *im = arg;
	const char *why;
	enum sek_err err;

	if (im->taken % 1024 == 0) {
		show_progress(im);
		if (tool_interrupted())
			return (SEK_ERR_CONV);
	}
	if ((err = next_row(im, e, &why)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND && im->taken < im->rows ?
		    SEK_ERR_SYNTAX : err);
	if (im->taken == im->rows || why != NULL)
		return (SEK_ERR_SYNTAX);
	e->account.uid = im->uid[im->taken++];
	return (SEK_OK);
}

static enum sek_err
take_label(void *arg, const char *account, const struct sek_authenticator *a)
{
	struct import *im = arg;
	enum sek_err err = SEK_OK;

	if (a->label[0] != '\0' && account != NULL)
		err = add_pair(&im->labels, account, a->label,
		    strlen(a->label));
	return (err == SEK_ERR_EXISTS ? SEK_OK : err);
}

static int
print_done(const struct import *im, uint64_t count)
{
	printf(_("%llu authenticators imported\n"), (unsigned long long)count);
	if (im->unknown > 0)
		printf(_("%llu names are no account here yet: each is bound at "
		    "its first login\n"), (unsigned long long)im->unknown);
	if (im->unasked > 0)
		printf(_("%llu names were not looked up: each is bound at its "
		    "first login\n"), (unsigned long long)im->unasked);
	if (im->u2f != NULL)
		printf(_("They open logins by the RP id %s, as they did with "
		    "pam_u2f.\n"), im->rp_id);
	else
		puts(_("Now destroy the file: it holds the keys."));
	return (tool_flush());
}

/* All of them, or none. */
static int
take_all(struct import *im)
{
	struct tool *t = im->t;
	uint64_t count = 0;
	enum sek_err err;
	int rc;

	if ((err = begin_rows(im)) != SEK_OK)
		return (tool_fail(err, im->path));
	tool_hold();
	err = sek_store_import(t->store, give_next, im, &t->actor, &count);
	tool_progress_end(&im->progress);
	if (err == SEK_OK)
		return (print_done(im, count));
	if (err == SEK_ERR_CONV) {
		tool_error(_("interrupted: nothing is imported"));
		return (TOOL_NO);
	}
	if (err == SEK_ERR_SYNTAX) {
		tool_error(_("%s: the file changed meanwhile: nothing is "
		    "imported"), im->path);
		return (TOOL_NO);
	}
	tool_error(_("%s, line %llu: nothing is imported"), im->path,
	    line(im));
	rc = tool_store_fail(t, err);
	return (rc == TOOL_USAGE ? TOOL_NO : rc);	/* a line is wrong */
}

static int
import(struct import *im, const char *path)
{
	struct tool *t = im->t;
	enum sek_err err;
	int rc;

	if ((rc = tool_store(t)) != TOOL_YES ||
	    (rc = im->rp_id != NULL ? tool_u2f_open(&im->u2f, path) :
	    tool_csv_open(&im->csv, path)) != TOOL_YES)
		return (rc);
	err = sek_store_authenticators(t->store, NULL, false, take_label, im);
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (tool_store_fail(t, err));
	sek_store_close(t->store);
	tool_progress_begin(&im->progress);
	err = judge(im);
	if (err == SEK_ERR_SYNTAX) {
		tool_progress_end(&im->progress);
		tool_error(_("%s: nothing is imported: mend the lines named, "
		    "then run this again"), im->path);
		return (TOOL_NO);
	}
	if (err != SEK_OK) {
		tool_progress_end(&im->progress);
		return (tool_fail(err, err == SEK_ERR_IO ? im->path : NULL));
	}
	return (take_all(im));
}

/* What the options say of the file. */
static int
take_format(struct import *im)
{
	const char *format = tool_option(im->t, "format");
	const char *rp_id = tool_option(im->t, "rp-id");

	if (format == NULL || strcmp(format, "csv") == 0) {
		if (rp_id == NULL)
			return (TOOL_YES);
		tool_error(_("--rp-id: only with --format pam_u2f"));
		return (TOOL_USAGE);
	}
	if (strcmp(format, "pam_u2f") != 0) {
		tool_error(_("--format: csv or pam_u2f"));
		return (TOOL_USAGE);
	}
	if (rp_id == NULL) {
		tool_error(_("--rp-id is needed: what pam_u2f has as origin=, "
		    "or pam://HOST where it has none"));
		return (TOOL_USAGE);
	}
	if (!sek_fido2_rp_ok(rp_id)) {
		tool_error(_("--rp-id: 1 to 253 letters, digits and signs, no "
		    "blanks"));
		return (TOOL_USAGE);
	}
	im->rp_id = rp_id;
	return (TOOL_YES);
}

int
verb_import(struct tool *t, int argc, char **argv)
{
	struct import *im;
	int rc;

	(void)argc;
	if ((im = calloc(1, sizeof(*im))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	im->t = t;
	im->progress.fd = -1;
	sek_text_printable(im->path, sizeof(im->path), argv[0]);
	if ((rc = take_format(im)) == TOOL_YES)
		rc = import(im, argv[0]);
	tool_csv_close(im->csv);
	tool_u2f_close(im->u2f);
	tool_set_free(&im->tokens);
	tool_set_free(&im->labels);
	tool_set_free(&im->strangers);
	free(im->uid);
	free(im);
	return (rc);
}
