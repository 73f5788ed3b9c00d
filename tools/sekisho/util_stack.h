/*
 * util_stack.h - services of PAM, judged: who gets in by them, and is it ours?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For every verb that must know: stack check, enable, explain and the state
 * of the terminal.
 * MUST: what could not be read or judged is never called sound.
 */
#ifndef TOOLS_SEKISHO_UTIL_STACK_H
#define TOOLS_SEKISHO_UTIL_STACK_H

#include "sekisho/edge/pam_stack.h"
#include "sekisho.h"

/* Something wrong, or worth knowing. */
struct tool_stack_finding {
	enum sek_stack_harm	 harm;
	char			*where;	/* printable: file, line or setting */
	const char		*text;	/* N_(): show it by _() */
};

/* One phase of a service, or one file of its program (sudoers …). */
struct tool_stack_part {
	const char	*name;		/* "auth", "account", "sudoers" … */
	enum sek_err	 err;		/* not SEK_OK: could not be judged */
	bool		 ok;		/* nobody gets in with too few kinds */
	bool		 proved;	/* by its lines alone */
	bool		 own;		/* has lines of its own, not "other"'s */
	bool		 ours;		/* a module of ours is among its lines */
	bool		 gate;		/* and our gate */
	uint32_t	 methods;	/* SEK_METHOD_BITs its lines before
					 * the gate ask for */
	char		*about;		/* the file judged, for people; NULL */
	char		**path;		/* !ok: the lines that let in, printable */
	size_t		 n_path;
	struct tool_stack_finding *finding;
	size_t		 n_finding;
};

enum tool_stack_state {
	TOOL_STACK_BROKEN = 0,	/* ours in part, or something opens or shuts */
	TOOL_STACK_OFF,		/* nothing of ours in it */
	TOOL_STACK_ON		/* our gate answers, and nothing is wrong */
};

struct tool_stack_service {
	char			 name[256];
	enum sek_err		 err;	/* not SEK_OK: no parts, why says so */
	char			 why[SEK_WHY_MAX];
	bool			 root_switch;	/* su, chsh …: free for root */
	bool			 exempt;	/* by factors.exempt_services */
	bool			 fragment;	/* only ever included by others */
	enum tool_stack_state	 state;
	/* auth, account, and password: judged (else its name is NULL) of
	 * services by which passwords are to be changed through ours; session:
	 * where one of our lines lacks there, or stands in the wrong place */
	struct tool_stack_part	 part[4];
};

struct tool_stack {
	struct tool_stack_service	*service;
	size_t				 n;
};

/*
 * Judge services by name (n of them), or with names NULL all there are in the
 * places, in byte order. t->conf is the policy their conf= must name, and
 * whose exempt_services count; it need not be there. where may be a copy of
 * /etc/pam.d before it is put in place (dir the copy, stands_for what it is
 * to be). SEK_OK also where single services could not be read (their err);
 * else why says why. *out is freed by tool_stack_free.
 */
enum sek_err	 tool_stack_judge(const struct tool *t,
		    const struct sek_pam_stack_places *where,
		    const char *const *names, size_t n,
		    struct tool_stack **out, struct sek_why *why);
void		 tool_stack_free(struct tool_stack **s);
/* The service of this name, or NULL. */
const struct tool_stack_service *tool_stack_find(const struct tool_stack *s,
		    const char *name);
/* "on", "off", "broken". */
const char	*tool_stack_state_name(enum tool_stack_state state);

/*
 * What lies outside pam.d, each as one part: sudoers as sudo reads it (by
 * cvtsudoers), and sshd's settings in force (by sshd -T), for each Match block
 * too. file NULL: the system's. where: of the services they name. SEK_OK: out
 * is filled; SEK_ERR_NOT_FOUND: there is no such program; else it could not
 * be judged, out is part of it (not ok), and why says why.
 */
enum sek_err	 tool_stack_sudoers(const struct tool *t,
		    const struct sek_pam_stack_places *where,
		    const char *file, struct tool_stack_part *out,
		    struct sek_why *why);
enum sek_err	 tool_stack_sshd(const struct tool *t,
		    const struct sek_pam_stack_places *where,
		    const char *file, struct tool_stack_part *out,
		    struct sek_why *why);
/* Is this service ours, as one that sudo or sshd was told to ask? *exempt: by
 * factors.exempt_services. */
bool		 tool_stack_is_on(const struct tool *t,
		    const struct sek_pam_stack_places *where,
		    const char *service, bool *exempt);

/* ---- util_locker.c: lockers that never come to a line of ours */

/* The i-th that some systems build without PAM; *path NULL where it is not
 * installed, or asks PAM here. false: there is no i-th. */
bool		 tool_locker_without_pam(size_t i, const char **name,
		    const char **path);
/* xsecurelock's program, where it was built to ask the service common-auth
 * and /etc/environment names no other; else NULL. */
const char	*tool_locker_common_auth(void);

/* For who judges further files: append a line once, or a finding. A finding
 * that opens makes the part not ok and its where a line of the path.
 * SEK_ERR_NOMEM. where is copied, made printable. */
enum sek_err	 tool_stack_line(struct tool_stack_part *p, const char *where);
enum sek_err	 tool_stack_finding(struct tool_stack_part *p,
		    enum sek_stack_harm harm, const char *where,
		    const char *text);
void		 tool_stack_part_free(struct tool_stack_part *p);

#endif
