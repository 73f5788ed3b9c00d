/*
 * stack_proof.h - every way a phase can say yes without the gate
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pure. All states of libpam's walk that any answers of the modules can lead
 * to are visited, so "ok" is a proof within what sek_stack_know knows.
 * MUST: a proof that was not brought to its end is not ok.
 */
#ifndef SEKISHO_RULE_STACK_PROOF_H
#define SEKISHO_RULE_STACK_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/rule/stack.h"

struct sek_stack_proof {
	bool	ok;		/* no way in without the gate's yes */
	size_t	n;
	/* A shortest way otherwise: lines run, and what each answers. */
	struct {
		uint16_t	line;
		uint8_t		answer;
		uint8_t		counts;	/* not just ignored: worth telling */
	} path[SEK_STACK_LINES_MAX];
};

/*
 * Can this phase (auth or account) let in although our gate did not answer
 * success in it? In the password phase: can it say that a password was changed
 * although our password line did not? Letting in is PAM_SUCCESS; in account
 * also a change being due, which programs let pass after it. root_switch:
 * the service is setuid, its callers are people, and pam_rootok's yes means
 * that one is root already (su, chsh …): no finding. SEK_ERR_RANGE, not ok:
 * too many lines or states.
 */
enum sek_err	sek_stack_proof_run(struct sek_stack_proof *out,
		    const struct sek_stack_line *lines, size_t n,
		    enum sek_phase phase, bool root_switch);

/*
 * Can this account phase answer authtok_expired although our gate did not say
 * yes in it? sudo 1.9 takes that for a yes where it asks for no password
 * (NOPASSWD, !authenticate, exempt_group; tried).
 */
enum sek_err	sek_stack_proof_expired(struct sek_stack_proof *out,
		    const struct sek_stack_line *lines, size_t n);

/* ---- what is wrong with lines, whoever may come in by them */

enum sek_stack_fault {
	/* Who reads the files finds these */
	SEK_STACK_WRITABLE = 0,	/* file or folder others may change */
	SEK_STACK_NO_FILE,	/* the service has none: "other" answers */
	SEK_STACK_INCLUDE,	/* included file is not there */
	SEK_STACK_INCLUDE_VENDOR,	/* only in the vendor's folder */
	SEK_STACK_INCLUDE_LOOP,	/* includes itself */
	SEK_STACK_NOT_A_FILE,	/* a folder, read as empty */
	SEK_STACK_LONG_LINE,	/* libpam cuts it in two */
	SEK_STACK_UNREADABLE,	/* libpam stops here: nobody gets in */
	SEK_STACK_UNDEFINED,	/* libpam goes on with memory it never set */
	/* sek_stack_proof_faults finds these in the lines */
	SEK_STACK_BAD_LINE,	/* libpam makes it fail */
	SEK_STACK_ABSENT,	/* a module that is not there fails */
	SEK_STACK_UNTRUSTED,	/* a module others may change */
	SEK_STACK_BACKEND,	/* a backend that proves nothing */
	SEK_STACK_BACKEND_ARGUMENT,	/* nullok: our module refuses it */
	SEK_STACK_BACKEND_ABSENT,
	SEK_STACK_NO_BACKEND,	/* a password line without backend= */
	SEK_STACK_NO_ROUND,	/* a factor or gate before any lockout line */
	SEK_STACK_AFTER_GATE,	/* a factor or lockout line after the gate */
	SEK_STACK_SECOND_GATE,
	SEK_STACK_NO_GATE,	/* ours, but no gate among them */
	SEK_STACK_OTHER_CONF,	/* ours with unequal conf= */
	SEK_STACK_LATENT,	/* would let in once its module is there */
	SEK_STACK_STRANGE,	/* ours by name, but another file */
	SEK_STACK_NO_TRAIT,	/* a biometric line's backend checks none */
	/* Who knows the policy finds these */
	SEK_STACK_POLICY,	/* conf= is not the policy that is in force */
	SEK_STACK_EXPIRED,	/* sudo takes its answer for a yes */
	SEK_STACK_EXEMPT,	/* a service of people is exempt */
	SEK_STACK_EXEMPT_USER,	/* for one account */
	/* Who knows the helper finds these in a locker's service */
	SEK_STACK_HELPER_ABSENT,
	SEK_STACK_HELPER_RIGHTS,	/* not root's, or not setuid */
	SEK_STACK_HELPER_NOSUID,	/* its file system gives no rights */
	SEK_STACK_HELPER_WRITABLE,	/* others may change it */
	SEK_STACK_LOCKER_ABSENT,	/* no sekisho-locker */
	SEK_STACK_LOCKER_UNSOUND,	/* its own lines are at fault */
	SEK_STACK_LOCKER_CONF,	/* conf= in a locker's lines */
	/* Of password phases with ours */
	SEK_STACK_KEEPER,	/* sets passwords past ours */
	/* sek_stack_proof_session finds these */
	SEK_STACK_NO_PRIVILEGE,	/* ours, without the line in front */
	SEK_STACK_NO_SESSION,	/* without the one behind */
	SEK_STACK_PRIVILEGE_LATE,	/* behind pam_systemd, or the other */
	SEK_STACK_SESSION_EARLY,	/* in front of pam_systemd */
	SEK_STACK_FAULTS
};

enum sek_stack_harm {
	SEK_STACK_NOTED = 0,	/* no harm today */
	SEK_STACK_SHUTS,	/* keeps out who should get in; misplaced */
	SEK_STACK_OPENS		/* too few kinds get in */
};

enum sek_stack_harm sek_stack_proof_harm(enum sek_stack_fault fault);

typedef void (*sek_stack_fault_fn)(void *arg, enum sek_stack_fault fault,
		    const struct sek_stack_line *line);
/* Tell each fault of a phase's lines, in their order. SEK_ERR_NOMEM. */
enum sek_err	sek_stack_proof_faults(const struct sek_stack_line *lines,
		    size_t n, enum sek_phase phase, bool root_switch,
		    sek_stack_fault_fn fn, void *arg);
/* The session's: both of our lines or none, one in front of pam_systemd (whose
 * session's end is to be known), one behind it (whose session has a name by
 * then). */
void		sek_stack_proof_session(const struct sek_stack_line *lines,
		    size_t n, sek_stack_fault_fn fn, void *arg);

#endif
