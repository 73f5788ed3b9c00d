/*
 * stack_edit.h - which services ask for two kinds, and the lines of their
 * files that are put in place for it and taken back
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pure. Above each line put in place stands a comment that holds the line as
 * it was, so a file goes back byte for byte out of itself, also where other
 * lines of it were changed since.
 *
 * MUST: no byte of a line that is not ours changes.
 * MUST: taking back what was put in place gives the bytes of before.
 */
#ifndef SEKISHO_RULE_STACK_EDIT_H
#define SEKISHO_RULE_STACK_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "sekisho/base/err.h"

#define SEK_EDIT_AUTH		1u
#define SEK_EDIT_ACCOUNT	2u
#define SEK_EDIT_SESSION	4u
#define SEK_EDIT_PASSWORD	8u
#define SEK_EDIT_LOGIN		(SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT | \
				    SEK_EDIT_SESSION | SEK_EDIT_PASSWORD)

/* Does anybody get in by a service whose own lines ask too little? */
enum sek_edit_entry {
	SEK_ENTRY_LOGIN = 0,
	/* Its programs ask account after auth, always: account decides. */
	SEK_ENTRY_BY_ACCOUNT,
	SEK_ENTRY_NONE,		/* no person enters by it */
	/* A locker that asks as the user: auth must be ours, most never ask
	 * account, and what decides are the lines of sekisho-locker. */
	SEK_ENTRY_LOCKER
};

/* By which sekisho-helper verifies for a locker. */
#define SEK_EDIT_LOCKER		"sekisho-locker"

/* What is known of services by their names; pattern as fnmatch(3) has it. */
struct sek_edit_rule {
	const char	*pattern;
	unsigned	 take;		/* SEK_EDIT_*; 0: left as it is */
	bool		 inside;	/* who uses it is logged in already */
	const char	*why;		/* English, for the manual */
	enum sek_edit_entry entry;
};
/* Ends with pattern NULL: every other service is a login. */
extern const struct sek_edit_rule sek_edit_rules[];
/* The first rule that fits; never NULL (the last one has pattern NULL). */
const struct sek_edit_rule *sek_edit_rule(const char *service);
/* A service that Sekisho itself asks by, and nobody logs in by? */
bool		 sek_edit_is_own(const char *name);
/* A file others include ("common-auth", "system-auth", "sekisho-auth")? */
bool		 sek_edit_is_part(const char *name);

/* A file's lines before and after: ' ' stays, '-' goes, '+' comes. */
struct sek_edit_line {
	char	 sign;
	char	*text;			/* with its newline, if it has one */
	size_t	 len;
};
struct sek_edit {
	struct sek_edit_line	*line;
	size_t			 n;
	/* Places put in or taken back. */
	unsigned		 changed;
	/* Lines an administrator has in the place of ours. */
	unsigned		 kept;
	/* Lines of ours without a marker. */
	unsigned		 ours;
	/* The whole file is a copy of ours and unchanged: remove it. */
	bool			 copy;
};

/*
 * Put Sekisho's lines in the place of those that include the system's, of the
 * phases in take (the session line behind the last one, that of privileged IDs
 * in front of the first). A phase that has ours already stays; the one in
 * front is put in there, too, where it lacks. vendor (NULL: none) is the path
 * the text was copied from; a comment says so. SEK_ERR_NOMEM; SEK_ERR_SYNTAX: a
 * NUL in the text.
 */
enum sek_err	 sek_edit_put(struct sek_edit *out, const char *text,
		    size_t len, unsigned take, const char *vendor);
/* One line in front of all others, marked (sshd_config). */
enum sek_err	 sek_edit_put_first(struct sek_edit *out, const char *text,
		    size_t len, const char *line);
/* Take back all that is marked. */
enum sek_err	 sek_edit_undo(struct sek_edit *out, const char *text,
		    size_t len);
void		 sek_edit_free(struct sek_edit *e);

/* The text afterwards; malloc()ed, a NUL behind. NULL: no memory. */
char		*sek_edit_text(const struct sek_edit *e, size_t *len);
/* A unified diff with three lines of context; "" where nothing changes.
 * malloc()ed; NULL: no memory. */
char		*sek_edit_diff(const struct sek_edit *e, const char *before,
		    const char *after);

#endif
