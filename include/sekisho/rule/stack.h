/*
 * stack.h - the lines of one phase of one service, and how libpam walks them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pure. Follows Linux-PAM 1.5 and 1.6 (libpam's dispatcher and the control
 * words of pam.conf(5)); held against the real libpam by
 * tests/module/stack_differential.c.
 */
#ifndef SEKISHO_RULE_STACK_H
#define SEKISHO_RULE_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"

#define SEK_STACK_CODES		32	/* what a module can answer: 0..31 */
#define SEK_STACK_LINES_MAX	1024u	/* in one phase of one service */
#define SEK_STACK_LEVELS	16u	/* of substacks; libpam's limit */

/* libpam's numbers; the names of all 32 are those of the control words. */
enum sek_stack_code {
	SEK_STACK_SUCCESS = 0,
	SEK_STACK_PERM_DENIED = 6,
	SEK_STACK_CHANGE_DUE = 12,	/* new_authtok_reqd */
	SEK_STACK_IGNORE = 25,
	SEK_STACK_TOO_OLD = 27,		/* authtok_expired */
	SEK_STACK_UNKNOWN = 28,		/* no such module */
	SEK_STACK_INCOMPLETE = 31
};

/* What a line does with an answer; above 0: jump over so many lines. */
enum sek_stack_action {
	SEK_STACK_DO_IGNORE = 0,
	SEK_STACK_DO_OK = -1,
	SEK_STACK_DO_DONE = -2,
	SEK_STACK_DO_BAD = -3,
	SEK_STACK_DO_DIE = -4,
	SEK_STACK_DO_RESET = -5,
	SEK_STACK_DO_UNDEF = -6		/* only while a control is read */
};

enum sek_stack_kind {
	SEK_STACK_MUST_FAIL = 0,	/* libpam could not make sense of it */
	SEK_STACK_MODULE,
	SEK_STACK_SUBSTACK		/* next lines of level + 1 are in it */
};

enum sek_stack_role {
	SEK_STACK_FOREIGN = 0,
	SEK_STACK_ROOTOK,		/* yes only to a caller with uid 0 */
	SEK_STACK_LOCKOUT,
	SEK_STACK_PASSWORD,		/* a factor with a backend */
	SEK_STACK_FACTOR,
	SEK_STACK_GATE,
	SEK_STACK_OURS			/* another of ours */
};

/* One line as libpam takes it, includes resolved. Strings are not owned. */
struct sek_stack_line {
	const char		*file;		/* "common-auth" */
	const char		*control;	/* as written, no brackets */
	const char		*module;	/* as written; NULL: none */
	const char *const	*argv;
	size_t			 argc;
	unsigned		 number;	/* in file, from 1 */
	unsigned		 level;		/* of substacks */
	enum sek_stack_kind	 kind;
	enum sek_stack_role	 role;
	uint32_t		 may;		/* bit per answer it can give */
	int			 action[SEK_STACK_CODES];
	/* Found out by who reads the files */
	bool			 known_place;	/* libpam's own folder */
	bool			 absent;	/* no such file */
	bool			 untrusted;	/* others may change it */
	bool			 strange;	/* ours by name, not our file */
	bool			 backend_absent;
};

/* "success" … "incomplete"; "?" for what is no answer. */
const char	*sek_stack_code_name(int code);
/*
 * Fill action from a control: a keyword (required, requisite, optional,
 * sufficient, in any case) or "value=action …" without its brackets. Like
 * libpam, what is not understood makes every answer bad; false tells so.
 */
bool		 sek_stack_control(int action[SEK_STACK_CODES],
		    const char *control);
/* Set role and may of a line from its module's name and the phase. Of a
 * foreign module little is known: unless named here it can answer anything. */
void		 sek_stack_know(struct sek_stack_line *l,
		    enum sek_phase phase);
/* After sek_stack_know: is its module one of ours? */
bool		 sek_stack_is_ours(const struct sek_stack_line *l);
/* By its name a module that keeps passwords, and sets them in the password
 * phase? Not one of ours, which hands over to such a one. */
bool		 sek_stack_sets_passwords(const struct sek_stack_line *l);
/* After sek_stack_know: SEK_METHOD_BITs of what this line asks for; 0 for one
 * that is not a factor of ours, or not there. */
uint32_t	 sek_stack_methods(const struct sek_stack_line *l);
/* The conf= of one of our lines; NULL: it has none. */
const char	*sek_stack_conf(const struct sek_stack_line *l);
/* The module a password or biometric line hands over to (its backend=), with
 * *n arguments at *argv behind it; NULL: none. */
const char	*sek_stack_backend(const struct sek_stack_line *l,
		    const char *const **argv, size_t *n);
/* A backend's argument by which an empty password would open: the module
 * refuses the whole line. */
bool		 sek_stack_backend_refuses(const char *argument);
/*
 * Is this, by its name, a module that checks no living trait, or one that is
 * asked by a line of its own? Our module refuses it as a vendor's.
 */
bool		 sek_stack_backend_is_no_trait(const char *backend);
/*
 * "common-auth:17 auth sufficient pam_unix.so" into dst; false when cut.
 */
bool		 sek_stack_print(char *dst, size_t size,
		    const struct sek_stack_line *l, enum sek_phase phase);

/* ---- libpam's walk */

enum sek_stack_impression {
	SEK_STACK_UNDECIDED = 0,
	SEK_STACK_POSITIVE,
	SEK_STACK_NEGATIVE
};

/* Where the walk is. Plain bytes: two equal ones go on equally. */
struct sek_stack_state {
	uint16_t	at;		/* the next line; n: the end */
	uint8_t		level;		/* of the line before */
	uint8_t		impression;
	uint8_t		status;
	uint8_t		pad[3];
	/* impression and status at the entry to each level */
	uint8_t		saved[SEK_STACK_LEVELS][2];
};

void		 sek_stack_begin(struct sek_stack_state *s);
/*
 * Take line s->at with the answer its module gave (a line that must fail gives
 * SEK_STACK_PERM_DENIED). cached decides the action: the same answer, but in
 * setcred and close_session what authenticate and open_session got.
 */
void		 sek_stack_step(struct sek_stack_state *s,
		    const struct sek_stack_line *lines, size_t n, int answer,
		    int cached);
/* What the phase answers, at the end. */
int		 sek_stack_result(const struct sek_stack_state *s);
#define SEK_STACK_NOT_RUN	(-1)
/*
 * The whole walk: what libpam answers when line i answers answers[i]. chain
 * (n of them, or NULL) takes what each line answered, or SEK_STACK_NOT_RUN.
 * frozen: the walk goes by such a chain of before (setcred after
 * authenticate). Jumps are then jumps only, as Debian's libpam has it;
 * upstream's also takes them for "ok".
 */
int		 sek_stack_run(const struct sek_stack_line *lines, size_t n,
		    const int *answers, int *chain, bool frozen);

#endif
