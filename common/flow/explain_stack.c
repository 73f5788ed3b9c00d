/*
 * explain_stack.c - what the lines of a service make of our modules' answers
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/settings_table.h"
#include "sekisho/flow/explain_stack.h"

#define CODE_AUTH_ERR	7
#define BIT(code)	(UINT32_C(1) << (code))

struct walk {
	const struct sek_stack_line	*lines;
	size_t				 n;
	int				*answers;
	int				*chain;
	struct sek_explain_phase	*out;
};

static void
place(char *dst, const struct sek_stack_line *l)
{
	char text[SEK_EXPLAIN_LINE];

	if (dst[0] != '\0')
		return;		/* the first one tells */
	(void)sek_text_format(text, sizeof text, "%s:%u", l->file, l->number);
	sek_text_printable(dst, SEK_EXPLAIN_LINE, text);
}

/* Of another's module the best it can say: who has what it asks for. */
static int
best(const struct sek_stack_line *l, bool by_root)
{
	if (l->role == SEK_STACK_ROOTOK && !l->absent)
		return (by_root ? SEK_STACK_SUCCESS : CODE_AUTH_ERR);
	if (l->role == SEK_STACK_GATE)
		return (SEK_STACK_SUCCESS);
	if (l->role != SEK_STACK_FOREIGN && !l->absent)
		return (SEK_STACK_IGNORE);
	if ((l->may & BIT(SEK_STACK_SUCCESS)) != 0)
		return (SEK_STACK_SUCCESS);
	if ((l->may & BIT(SEK_STACK_IGNORE)) != 0)
		return (SEK_STACK_IGNORE);
	return (l->absent ? SEK_STACK_UNKNOWN : CODE_AUTH_ERR);
}

/* A line of ours that cannot do its work refuses. */
static void
fault(void *arg, enum sek_stack_fault what, const struct sek_stack_line *l)
{
	struct walk *w = arg;
	enum sek_stack_harm harm = sek_stack_proof_harm(what);

	if (harm == SEK_STACK_OPENS)
		place(w->out->unsound, l);
	/* One of our names that is not our file says what it likes. */
	if (harm != SEK_STACK_SHUTS || what == SEK_STACK_NO_GATE ||
	    what == SEK_STACK_SECOND_GATE || what == SEK_STACK_STRANGE)
		return;
	place(w->out->shut, l);
	if (!l->absent)
		w->answers[l - w->lines] = CODE_AUTH_ERR;
}

static bool
run(struct walk *w)
{
	return (sek_stack_run(w->lines, w->n, w->answers, w->chain, false) ==
	    SEK_STACK_SUCCESS);
}

/* Does the gate speak on this way? Then also: what if it says no? */
static void
look_at_gate(struct walk *w)
{
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (w->lines[i].absent || w->chain[i] == SEK_STACK_NOT_RUN)
			continue;
		/* Behind the gate it comes too late. */
		if (!w->out->ours && !w->lines[i].strange)
			w->out->methods |= sek_stack_methods(&w->lines[i]);
		if (w->lines[i].role != SEK_STACK_GATE)
			continue;
		w->out->ours = true;
		place(w->out->gate, &w->lines[i]);
	}
	if (!w->out->ours)
		return;
	for (i = 0; i < w->n; i++)
		if (w->lines[i].role == SEK_STACK_GATE)
			w->answers[i] = CODE_AUTH_ERR;
	w->out->binding = !run(w);
}

/* Logins are judged by the file that the lines name. */
static void
look_at_conf(struct walk *w, const char *conf)
{
	const char *own;
	size_t i;

	for (i = 0; conf != NULL && i < w->n; i++) {
		if (!sek_stack_is_ours(&w->lines[i]))
			continue;
		own = sek_stack_conf(&w->lines[i]);
		if (strcmp(own != NULL ? own :
		    SEK_SETTINGS_DEFAULT_PATH, conf) != 0)
			place(w->out->other, &w->lines[i]);
	}
}

static enum sek_err
prove(struct walk *w, enum sek_phase phase, bool root_switch)
{
	struct sek_stack_proof *proof = calloc(1, sizeof *proof);
	size_t i;

	if (proof == NULL)
		return (SEK_ERR_NOMEM);
	w->out->sound = sek_stack_proof_run(proof, w->lines, w->n, phase,
	    root_switch) == SEK_OK && proof->ok;
	for (i = 0; !w->out->sound && i < proof->n; i++)
		if (proof->path[i].counts)
			place(w->out->unsound,
			    &w->lines[proof->path[i].line]);
	w->out->sound = w->out->sound && w->out->unsound[0] == '\0';
	free(proof);
	return (SEK_OK);
}

enum sek_err
sek_explain_stack_phase(struct sek_explain_phase *out,
    const struct sek_pam_stack *stack, enum sek_phase phase, bool root_switch,
    bool by_root, const char *conf)
{
	struct walk w = { .out = out };
	enum sek_err err = SEK_ERR_NOMEM;
	size_t i;

	memset(out, 0, sizeof *out);
	w.lines = sek_pam_stack_lines(stack, phase, &w.n);
	w.answers = calloc(w.n + 1, sizeof *w.answers);
	w.chain = calloc(w.n + 1, sizeof *w.chain);
	if (w.answers == NULL || w.chain == NULL)
		goto out;
	for (i = 0; i < w.n; i++)
		w.answers[i] = best(&w.lines[i], by_root);
	if ((err = sek_stack_proof_faults(w.lines, w.n, phase, root_switch,
	    fault, &w)) != SEK_OK ||
	    (err = prove(&w, phase, root_switch)) != SEK_OK)
		goto out;
	out->open = w.n > 0 && run(&w);
	look_at_gate(&w);
	look_at_conf(&w, conf);
out:
	free(w.answers);
	free(w.chain);
	return (err);
}
