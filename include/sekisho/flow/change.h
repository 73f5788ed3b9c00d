/*
 * change.h - one change of a password, under way
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the parts of flow/change_password share.
 */
#ifndef SEKISHO_FLOW_CHANGE_H
#define SEKISHO_FLOW_CHANGE_H

#include "sekisho/edge/message.h"
#include "sekisho/edge/quality.h"
#include "sekisho/edge/shadow.h"
#include "sekisho/flow/context.h"

/* On the heap; sek_change_free wipes it. */
struct sek_change_work {
	struct sek_context		*ctx;
	pam_handle_t			*pamh;
	const struct sek_pam_options	*options;
	struct sek_why			*why;
	int				 flags;
	enum sek_language		 language;
	struct sek_claimant		 who;	/* whose it is */
	struct sek_limits		 limits;	/* of attempts */
	struct sek_limits		 caller_limits;
	struct sek_password_limits	 rules;
	struct sek_password_of_out	 known;
	struct sek_password		 present;
	struct sek_shadow		 shadow;	/* before */
	/* An administrator's: no present password is asked for. What getuid()
	 * and the flags say is what backends go by, too. */
	bool				 by_root;
	/* The application says that it is due, after auth of this handle let
	 * him in. */
	bool				 admitted;
	int64_t				 temporary_until;	/* wall us; 0 */
	char				 actor[SEK_NAME_MAX];	/* "": nobody's
								 * login */
	char				 actor_person[SEK_NAME_MAX];
};

/*
 * Who, whose, by whom, and what the store and the backend know of it. SEK_OK
 * with *out; SEK_ERR_FORBIDDEN: he may not at all; trouble. Said to him and
 * recorded either way. May it go on, but for the present password?
 */
enum sek_err	sek_change_open(struct sek_change_work **out,
		    struct sek_context *ctx, pam_handle_t *pamh,
		    const struct sek_pam_options *options, int flags,
		    struct sek_why *why);
/* NULL is fine. */
void		sek_change_free(struct sek_change_work **c);

/*
 * Ask for a new password, judge it, up to three times; or take the one that a
 * module before us has asked for. *out is fit and was typed twice.
 * SEK_ERR_CONV; SEK_ERR_EXISTS: none that is fit; trouble. Told and recorded.
 */
enum sek_err	sek_change_new(struct sek_secret *out,
		    struct sek_change_work *c);

/* Told to him: a refusal; trouble (and whom to turn to). */
void		sek_change_tell(const struct sek_change_work *c,
		    const char *msgid);
void		sek_change_tell_contact(const struct sek_change_work *c,
		    const char *msgid);
/* The sentence of what is wrong with a new one, its number or word put in. */
void		sek_change_tell_unfit(const struct sek_change_work *c,
		    const struct sek_quality_out *q);
/* Trouble of the store, the backend or a list: told in general words. */
enum sek_err	sek_change_trouble(struct sek_change_work *c, enum sek_err err);
/* Start a record of this change. */
void		sek_change_record(struct sek_record *rec,
		    const struct sek_change_work *c, enum sek_result result,
		    enum sek_reason reason, const char *detail);
/* Record a refusal; what cannot be recorded is logged. Returns err, with why
 * where it has none. */
enum sek_err	sek_change_refuse(struct sek_change_work *c, enum sek_err err,
		    enum sek_reason reason, const char *detail);

#endif
