/*
 * pam_stack.h - a service's lines, read as libpam reads them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Linux-PAM 1.5.2 as in Debian 12: /etc/pam.d, else /usr/lib/pam.d, else
 * (where neither folder is) /etc/pam.conf; "@include", "include", "substack";
 * lines of at most 1023 bytes; "other" for a phase without lines.
 * MUST: the descriptor that was checked is the one that is read.
 * MUST: what could not be read is an error, never an empty file.
 */
#ifndef SEKISHO_EDGE_PAM_STACK_H
#define SEKISHO_EDGE_PAM_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "sekisho/base/err.h"
#include "sekisho/rule/stack.h"
#include "sekisho/rule/stack_proof.h"

/* Where things lie. A NULL or "" folder or file is not looked for. */
struct sek_pam_stack_places {
	const char	*dir;		/* "/etc/pam.d" */
	const char	*stands_for;	/* dir is a copy to take this place:
					 * whole paths there are read in dir */
	const char	*vendor;	/* "/usr/lib/pam.d" */
	const char	*conf;		/* "/etc/pam.conf" */
	const char	*modules[2];	/* where a plain module name is found */
	const char	*ours;		/* where our modules lie: a file with
					 * one's name elsewhere is not ours;
					 * NULL: it is not looked at */
};

/* Something wrong with a file. Strings are the stack's. */
struct sek_pam_stack_note {
	enum sek_stack_fault	 fault;
	const char		*file;		/* as in lines */
	unsigned		 number;	/* 0: the file as a whole */
	const char		*name;		/* what it is about; or "" */
};

struct sek_pam_stack;

/* Those of this system. */
void		 sek_pam_stack_system(struct sek_pam_stack_places *out);
/*
 * Read a service. SEK_OK also where libpam would refuse it (the notes tell);
 * SEK_ERR_NOT_FOUND: neither it nor "other" is there; SEK_ERR_IO: could not
 * be read; SEK_ERR_RANGE: too large or too deep to follow. why: file, line,
 * cause.
 */
enum sek_err	 sek_pam_stack_load(struct sek_pam_stack **out,
		    const struct sek_pam_stack_places *where,
		    const char *service, struct sek_why *why);
void		 sek_pam_stack_free(struct sek_pam_stack **s);
/* The lines that run in a phase: the service's own, else those of "other";
 * none when libpam refuses the service as a whole. */
const struct sek_stack_line *sek_pam_stack_lines(
		    const struct sek_pam_stack *s, enum sek_phase phase,
		    size_t *n);
/* Has the service (not "other") lines of this phase? */
bool		 sek_pam_stack_own(const struct sek_pam_stack *s,
		    enum sek_phase phase);
const struct sek_pam_stack_note *sek_pam_stack_notes(
		    const struct sek_pam_stack *s, size_t *n);
/* Did reading it include the file of this name (of the folders)? */
bool		 sek_pam_stack_includes(const struct sek_pam_stack *s,
		    const char *name);

/*
 * The names of all services there are files for, in byte order, each once;
 * editors' and packagers' leftovers (".x", "x~", "x.dpkg-…", "x.rpm…") or
 * with capitals are not services. sek_pam_stack_names_free takes them back.
 */
enum sek_err	 sek_pam_stack_names(char ***out, size_t *n,
		    const struct sek_pam_stack_places *where,
		    struct sek_why *why);
void		 sek_pam_stack_names_free(char ***names, size_t n);

#endif
