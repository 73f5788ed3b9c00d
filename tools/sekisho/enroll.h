/*
 * enroll.h - between the verbs that bind an authenticator to a person
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_ENROLL_H
#define TOOLS_SEKISHO_ENROLL_H

#include "sekisho/edge/account.h"
#include "sekisho/edge/helper.h"
#include "sekisho/flow/enrol_talk.h"
#include "sekisho.h"

/* Each TOOL_YES, or said why not. */

/* --label into the authenticator. */
int		 enroll_label(const struct tool *t, struct sek_enrol *e);
/* Whose it will be, and may he have one more? After tool_store. */
int		 enroll_for(struct tool *t, const char *user,
		    struct sek_enrol *e);
/* An ordinary user's own: user may be NULL. Somebody is at the terminal. */
int		 enroll_own_ready(struct tool *t, const char *user);
/* His own name, in the one spelling; for what is printed. */
const char	*enroll_own_name(struct sek_passwd *who);
/* Store it and tell of it by fn, whole: what nobody was told of in JSON is
 * taken back. *stored: it is there. */
typedef int	 enroll_told(struct tool *t, const struct sek_enrol *e);
int		 enroll_store(struct tool *t, struct sek_enrol *e,
		    enroll_told *fn, bool *stored);

/* ---- util_enroll.c: security keys, cards and fingers */

/* Who sits here is talked to; nobody is asked with -y. */
void		 enroll_talk(const struct tool *t, struct sek_enrol_talk *out);
/* How sek_enrol_fido2 or sek_enrol_card ended: TOOL_YES, or said why not. */
int		 enroll_ended(enum sek_err err, const struct sek_why *told,
		    const struct sek_why *why);
/* An ordinary user's own, by sekisho-helper. */
int		 enroll_own_device(struct tool *t, const char *user,
		    const struct sek_helper_enrol *in,
		    struct sek_authenticator *out);

#endif
