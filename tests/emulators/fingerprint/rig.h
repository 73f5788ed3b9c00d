/*
 * rig.h - a system bus and a fingerprint reader of one's own, for a test
 * written in C
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Link libfprig.a. The bus (with polkitd: fprintd asks it for root, too) and
 * the real fprintd with libfprint's virtual device, or softfprintd, are
 * processes of their own, ended by their ids, and by the end of the test if it
 * dies. What the reader and softfprintd can be told: README beside this.
 */
#ifndef SEKISHO_TESTS_FINGERPRINT_RIG_H
#define SEKISHO_TESTS_FINGERPRINT_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Who is fprintd; 0: nobody, there is but the bus. */
#define FPR_REAL	1u
#define FPR_SOFT	2u
#define FPR_LATER	4u	/* with either: the bus starts it when called */
/* With FPR_REAL: a reader that tells fingers apart ("any" is any; else fprintd
 * chooses one, and says which), and forgets them when fprintd ends. */
#define FPR_IDENTIFY	8u

struct fpr {
	pid_t		bus;	/* 0: it does not run */
	pid_t		polkit;
	pid_t		daemon;
	unsigned	kind;
	bool		entered;
	char		dir[64]; /* log (fprintd.log), knobs; of the namespace
				  * alone; "" ended */
	char		bin[512];
};

/* NULL: it can be had here; else why not (to say, and to skip by 77). */
const char *fpr_missing(unsigned kind);
/*
 * A mount namespace for this process and its children, with an empty
 * /var/lib/fprint and /run/dbus; the bus there, and fprintd on it. Before the
 * first Check case where each is forked; after fpr_stop once more. false: why
 * (of 128 bytes, may be NULL) says; fpr_stop all the same.
 */
bool	fpr_start(struct fpr *r, unsigned kind, char *why);
void	fpr_stop(struct fpr *r);
/* fprintd ends (by the signal, 0: SIGTERM); starts again (as FPR_LATER: may
 * be started). Templates and knobs stay. */
void	fpr_down(struct fpr *r, int sig);
bool	fpr_up(struct fpr *r);
/* The bus, too. */
void	fpr_bus_down(struct fpr *r);
bool	fpr_bus_up(struct fpr *r);

/*
 * A finger, when the reader waits for one (10 s): by its label, which is what
 * it is recognised by ("right"); or by a line ("RETRY 1"). true: taken. Until
 * one comes it waits for ever.
 */
bool	fpr_scan(const struct fpr *r, const char *label);
bool	fpr_line(const struct fpr *r, const char *line);
/* In a process of its own, so that the test can call what starts the scan:
 * end it by fpr_sent. lines: NULL at their end. */
pid_t	fpr_later(const struct fpr *r, const char *const *lines);
bool	fpr_sent(pid_t pid);
/* A line at once, as soon as somebody has claimed the reader. */
bool	fpr_now(const struct fpr *r, const char *line);
/* It is pulled out: for good, until fpr_down and fpr_up. Claimed (await "open"
 * or "needed" before) or not. */
bool	fpr_unplug(const struct fpr *r);
/* By fprintd-enroll: "right-index-finger", and the label it is by. */
bool	fpr_enrol(const struct fpr *r, const char *user, const char *finger,
	    const char *label);
/* By fprintd-delete: all of his. */
bool	fpr_forget(const struct fpr *r, const char *user);
/* "owned", "gone", "needed", "idle", "open", "closed": within ms? */
bool	fpr_await(const struct fpr *r, const char *state, int ms);
/* Another program claims it for user (act: NULL, "verify", "enroll"), until
 * emu_end of this. 0: it could not. */
pid_t	fpr_claim(const struct fpr *r, const char *user, const char *act);

/* softfprintd: one more knob "name=value"; NULL: none any more. */
bool	fpr_knob(const struct fpr *r, const char *knob);
/* Lines of fprintd's log with this text; those that call a method ("Claim");
 * until there are n (ms); an empty log. */
size_t	fpr_logged(const struct fpr *r, const char *text);
size_t	fpr_calls(const struct fpr *r, const char *method);
bool	fpr_logs(const struct fpr *r, const char *text, size_t n, int ms);
void	fpr_forget_log(const struct fpr *r);

#endif
