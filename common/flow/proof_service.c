/*
 * proof_service.c - is a service file fit to prove somebody by?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: what could not be read or judged is not fit.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/pam_stack.h"
#include "sekisho/flow/proof.h"

#define REMEDY	"look at: sekisho stack check"

/* For the log and the administrator; "sekisho stack check" says more. */
static const char *const words[] = {
	[SEK_STACK_WRITABLE] = "others may change this file or folder",
	[SEK_STACK_NO_FILE] = "there is no such file",
	[SEK_STACK_INCLUDE] = "the included file is not there; run: sekisho "
	    "stack snippets",
	[SEK_STACK_INCLUDE_VENDOR] = "the included file is only in the "
	    "vendor's folder",
	[SEK_STACK_INCLUDE_LOOP] = "the file includes itself",
	[SEK_STACK_NOT_A_FILE] = "a folder",
	[SEK_STACK_LONG_LINE] = "the line is too long",
	[SEK_STACK_UNREADABLE] = "libpam stops reading here",
	[SEK_STACK_UNDEFINED] = "libpam goes wrong here",
	[SEK_STACK_BAD_LINE] = "libpam does not understand the line",
	[SEK_STACK_ABSENT] = "the module is not there; run: sekisho stack "
	    "snippets",
	[SEK_STACK_UNTRUSTED] = "others may change this module",
	[SEK_STACK_BACKEND] = "this backend asks for no password",
	[SEK_STACK_BACKEND_ARGUMENT] = "nullok and its like are refused",
	[SEK_STACK_BACKEND_ABSENT] = "the backend is not there",
	[SEK_STACK_NO_BACKEND] = "the line has no backend=",
	[SEK_STACK_NO_ROUND] = "no pam_sekisho_lockout line comes before",
	[SEK_STACK_AFTER_GATE] = "comes after the gate",
	[SEK_STACK_SECOND_GATE] = "a second gate",
	[SEK_STACK_NO_GATE] = "no pam_sekisho_gate line comes after",
	[SEK_STACK_OTHER_CONF] = "its conf= is not that of the lines before",
	[SEK_STACK_STRANGE] = "not the module installed by that name",
	[SEK_STACK_NO_TRAIT] = "this backend checks no living trait"
};

struct judge {
	const char			*dir;
	const char			*service;
	const struct sek_pam_stack	*stack;
	enum sek_phase			 phase;
	enum sek_err			 err;
	struct sek_why			*why;
};

static const char *
word_of(enum sek_stack_fault fault)
{

	if ((size_t)fault >= sizeof(words) / sizeof(words[0]) ||
	    words[fault] == NULL)
		return ("not as it must be");
	return (words[fault]);
}

/* The first that is wrong is told. */
static void
unfit(struct judge *j, const char *file, unsigned number, const char *text)
{
	char shown[256], at[32] = "";

	if (j->err != SEK_OK)
		return;
	sek_text_printable(shown, sizeof(shown), file);
	if (number != 0)
		(void)sek_text_format(at, sizeof(at), ":%u", number);
	j->err = sek_why(j->why, SEK_ERR_UNTRUSTED, "%s%s%s%s: %s (service "
	    "%s; " REMEDY ")", shown[0] == '/' ? "" : j->dir,
	    shown[0] == '/' ? "" : "/", shown, at, text, j->service);
}

/* A line that must fail since what it includes is not there says so. */
static void
line_fault(void *arg, enum sek_stack_fault fault,
    const struct sek_stack_line *l)
{
	const struct sek_pam_stack_note *note;
	struct judge *j = arg;
	size_t i, n;

	if (sek_stack_proof_harm(fault) == SEK_STACK_NOTED)
		return;
	note = sek_pam_stack_notes(j->stack, &n);
	for (i = 0; i < n && fault == SEK_STACK_BAD_LINE; i++)
		if (note[i].number == l->number &&
		    strcmp(note[i].file, l->file) == 0)
			fault = note[i].fault;
	unfit(j, l->file, l->number, word_of(fault));
}

/* Files that were read, those of "other" among them: libpam reads it, too. */
static void
check_files(struct judge *j)
{
	const struct sek_pam_stack_note *note;
	size_t i, n;

	note = sek_pam_stack_notes(j->stack, &n);
	for (i = 0; i < n; i++)
		if (note[i].fault == SEK_STACK_NO_FILE ||
		    sek_stack_proof_harm(note[i].fault) == SEK_STACK_OPENS)
			unfit(j, note[i].file, note[i].number,
			    word_of(note[i].fault));
}

/* The lines by which a phase lets in without the gate: the last of them. */
static void
check_ways_in(struct judge *j, const struct sek_stack_line *lines, size_t n)
{
	const struct sek_stack_line *last = NULL;
	struct sek_stack_proof *proof;
	enum sek_err err;
	size_t i;

	if ((proof = calloc(1, sizeof(*proof))) == NULL) {
		j->err = SEK_ERR_NOMEM;
		return;
	}
	err = sek_stack_proof_run(proof, lines, n, j->phase, false);
	for (i = 0; i < proof->n; i++)
		if (proof->path[i].counts)
			last = &lines[proof->path[i].line];
	if (err == SEK_OK && !proof->ok && last != NULL)
		unfit(j, last->file, last->number, "lets in without the gate");
	else if (err != SEK_OK || !proof->ok)
		unfit(j, j->service, 0, "cannot be judged");
	free(proof);
}

static void
check_phase(struct judge *j, enum sek_phase phase)
{
	const struct sek_stack_line *lines;
	bool gate = false;
	enum sek_err err;
	size_t i, n;

	j->phase = phase;
	lines = sek_pam_stack_lines(j->stack, phase, &n);
	err = sek_stack_proof_faults(lines, n, phase, false, line_fault, j);
	if (j->err == SEK_OK)
		j->err = err;
	for (i = 0; i < n; i++)
		gate = gate || (lines[i].role == SEK_STACK_GATE &&
		    !lines[i].absent && !lines[i].strange);
	if (j->err == SEK_OK)
		check_ways_in(j, lines, n);
	if (!gate || !sek_pam_stack_own(j->stack, phase))
		unfit(j, j->service, 0, phase == SEK_PHASE_AUTH ?
		    "no pam_sekisho_gate line in auth" :
		    "no pam_sekisho_gate line in account");
}

enum sek_err
sek_proof_service(const char *service, const char *pam_dir,
    struct sek_why *why)
{
	struct sek_pam_stack_places where;
	struct sek_pam_stack *stack = NULL;
	struct judge j = { .service = service, .err = SEK_OK, .why = why };
	enum sek_err err;

	sek_pam_stack_system(&where);
	if (pam_dir != NULL) {
		where.dir = pam_dir;
		where.vendor = where.conf = where.ours = NULL;
	}
	j.dir = where.dir;
	err = sek_pam_stack_load(&stack, &where, service, why);
	if (err == SEK_ERR_NOT_FOUND)
		unfit(&j, service, 0, word_of(SEK_STACK_NO_FILE));
	if (err != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? j.err : err);
	j.stack = stack;
	check_files(&j);
	if (j.err == SEK_OK)
		check_phase(&j, SEK_PHASE_AUTH);
	if (j.err == SEK_OK)
		check_phase(&j, SEK_PHASE_ACCOUNT);
	sek_pam_stack_free(&stack);
	return (j.err);
}
