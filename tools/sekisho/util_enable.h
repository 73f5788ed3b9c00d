/*
 * util_enable.h - what stack snippets, enable and disable share
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: killed at any instant, each file is the old one or the new one, and
 * the next call (or the unit at boot) takes back what was not finished.
 * MUST: going back needs neither store nor settings nor the state's folder.
 */
#ifndef TOOLS_SEKISHO_UTIL_ENABLE_H
#define TOOLS_SEKISHO_UTIL_ENABLE_H

#include <sys/types.h>

#include "sekisho/base/clock.h"
#include "sekisho/rule/stack_edit.h"
#include "sekisho.h"

#define STACK_DIR	"/etc/pam.d"
#define STACK_VENDOR	"/usr/lib/pam.d"
#define STACK_STATE	SEK_STATEDIR "/stack"
#define STACK_FILE_MAX	(256u * 1024u)
#define STACK_NAME_MAX	256u

/* ---- util_enable_state.c: what is under way, kept over kills and reboots */

enum stack_doing {
	STACK_NOTHING = 0,	/* nothing begun, nothing on trial */
	STACK_ENABLING,		/* begun: to be taken back */
	STACK_DISABLING,	/* begun: to be finished */
	STACK_TRIAL,		/* in force until it is confirmed or ends */
	STACK_UNKNOWN		/* the file makes no sense: take all back */
};

struct stack_state {
	enum stack_doing doing;
	struct sek_moment since;
	int64_t		 until;		/* boot us */
	char		**service;	/* whose files, of this doing */
	size_t		 n;
	bool		 sshd;		/* its settings too */
	char		*backend;	/* the choice before; NULL: same */
};

/* Root, and one at a time; waits up to a minute. *fd to be closed. Where the
 * folder cannot be made *fd is -1 and, with must, it is said. */
int		 stack_lock(int *fd, bool must);
void		 stack_state_load(struct stack_state *s);
/* Durable. STACK_NOTHING removes it. */
enum sek_err	 stack_state_save(const struct stack_state *s,
		    struct sek_why *why);
enum sek_err	 stack_state_name(struct stack_state *s, const char *service);
bool		 stack_state_has(const struct stack_state *s,
		    const char *service);
void		 stack_state_free(struct stack_state *s);
/* The backend of password lines that was chosen; "pam_unix.so" if none. */
void		 stack_backend(char *dst, size_t size);
enum sek_err	 stack_backend_save(const char *backend, struct sek_why *why);

/* ---- util_enable_files.c: service files read, edited and written */

struct stack_file {
	char		 name[STACK_NAME_MAX];
	char		*old;		/* as read */
	size_t		 old_len;
	char		*text;		/* as it is to be */
	size_t		 len;
	mode_t		 mode;
	bool		 vendor;	/* read from the vendor's folder */
	bool		 link;		/* a link: neither read nor changed */
	bool		 remove;	/* is to go */
	struct sek_edit	 edit;
};
struct stack_files {
	struct stack_file	*file;
	size_t			 n;
};

/* Every service file, of /etc/pam.d, then those only the vendor has. What
 * cannot be read is said; rc. */
int		 stack_files_load(struct stack_files *all, bool vendors);
void		 stack_files_free(struct stack_files *all);
/* A file that is to be written, from text now in *out. */
enum sek_err	 stack_file_write(const struct stack_file *f,
		    struct sek_why *why);
/* The original beside the state, for people. Nothing depends on it. */
void		 stack_file_keep(const struct stack_file *f);
/* Is name in the list (commas or blanks)? */
bool		 stack_listed(const char *list, const char *name);
/* Print the difference. */
enum sek_err	 stack_file_show(const struct stack_file *f);

/* ---- stack_snippets.c: the files our lines include */

#define STACK_SNIPPETS	6
struct stack_snippet {
	char	 path[64];
	char	*text;		/* NULL: there is none */
	size_t	 len;
	bool	 changed;
};
struct stack_snippets {
	struct stack_snippet	snippet[STACK_SNIPPETS];
};
/* Put them together for this backend; rc, said. */
int		 stack_snippets_make(struct stack_snippets *out,
		    const char *backend, const char *without);
/* Is this one of them ("sekisho-password"), with lines in it? */
bool		 stack_snippets_has(const struct stack_snippets *s,
		    const char *name);
int		 stack_snippets_write(const struct stack_snippets *s);
void		 stack_snippets_free(struct stack_snippets *s);
/* Take them away where no service includes them any more. */
void		 stack_snippets_clean(void);

/* ---- stack_disable.c: the way back */

/* Take back what is marked, of the services named (NULL: all); rc. *count
 * gets how many files went back. show: print the differences. */
int		 stack_back(const struct stack_state *only, bool show,
		    unsigned *count);
/* Finish or undo what another run was killed in; rc. */
int		 stack_recover(void);
/* stack-enabled, stack-disabled: recorded where the store can be written. */
void		 stack_record(struct tool *t, uint32_t event,
		    const char *detail);

/* ---- util_enable_ready.c: before services ask for two kinds */

/* An administrator is enrolled who could log in by it, or --force; rc, said.
 * The store is closed behind it. */
int		 stack_somebody_gets_in(struct tool *t);
/* An envelope lies sealed for the day on which nobody can; rc, said. */
int		 stack_has_envelope(struct tool *t);
/* Print which modules of common-password are not told of new passwords any
 * more (a keyring that is opened by them, say). */
void		 stack_tell_unheard(const char *backend);

/* ---- util_enable_sshd.c: sshd asks by PAM, never for a password itself */

bool		 stack_sshd_is_there(void);
/* Are its settings as stack enable leaves them, by its own word? */
bool		 stack_sshd_is_set(void);
/* Print what is to be written. */
void		 stack_sshd_show(void);
/* Write them, and see that they count; on failure all is as before. */
int		 stack_sshd_put(void);
/* Take them back; *did: something was there. */
int		 stack_sshd_back(bool *did);
/* Tell a running sshd. */
void		 stack_sshd_reload(void);

/* ---- util_enable_try.c: a trial's end, and the proof of a new login */

/* Arrange that "stack disable --expired" runs after so many seconds,
 * whatever becomes of this process and its terminal; rc, said. */
int		 stack_try_arm(const struct tool *t, int64_t seconds);
void		 stack_try_disarm(void);
/* Did who runs this log in anew since, by a service of the trial? rc, said. */
int		 stack_try_proof(struct tool *t, const struct stack_state *s,
		    struct sek_admission *by);

/* ---- util_program.c: another program's work: its status, and its words */

/*
 * Run argv[0] as sek_command_run does, what it says on standard error and
 * then on standard output into out (cut; size 0: none). Its exit status; -1:
 * not started, killed, or longer than seconds.
 */
int		 tool_program(const char *const *argv, char *out, size_t size,
		    unsigned seconds);

#endif
