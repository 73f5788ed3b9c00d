/*
 * engine.h - what stands behind the store's interface
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Between store.c, frame.c, the engines and sekisho-store only.
 */
#ifndef SEKISHO_STORE_ENGINE_H
#define SEKISHO_STORE_ENGINE_H

#include "sekisho/edge/store.h"

/* Calls of a login (may be carried over a pipe), then those of the tools. */
enum sek_op {
	SEK_OP_LOOKUP = 0,
	SEK_OP_RESERVE,
	SEK_OP_SETTLE,
	SEK_OP_CONSUME,
	SEK_OP_ADMIT,
	SEK_OP_REFUSE,
	SEK_OP_APPEND,
	SEK_OP_REUSE,
	SEK_OP_DROP,
	SEK_OP_OPEN_SESSION,
	SEK_OP_CLOSE_SESSION,
	SEK_OP_IDLE,
	SEK_OP_TAKE_PROOF,
	SEK_OP_SELF,
	SEK_OP_SELF_ENROL,
	SEK_OP_SELF_STATE,
	SEK_OP_APPROVAL_ASK,
	SEK_OP_APPROVAL_DECIDE,
	SEK_OP_APPROVALS,
	SEK_OP_ALLOWANCE,
	SEK_OP_TICKET_USE,
	SEK_OP_SUBSTITUTE,
	SEK_OP_BREAK_GLASS,
	SEK_OP_FIDO2_LIST,
	SEK_OP_FIDO2_USE,
	SEK_OP_CARD_LIST,
	SEK_OP_CARD_USE,
	SEK_OP_BIOMETRIC_LIST,
	SEK_OP_BIOMETRIC_TRY,
	SEK_OP_BIOMETRIC_USE,
	SEK_OP_BIOMETRIC_OF,
	SEK_OP_PASSWORD_OF,
	SEK_OP_PASSWORD_HISTORY,
	SEK_OP_PASSWORD_SEEN,
	SEK_OP_PASSWORD_BEGIN,
	SEK_OP_PASSWORD_END,
	SEK_OP_PRIVILEGE,
	SEK_OP_SESSION_OVER,
	SEK_OP_NOT_ME,
	SEK_OPS_LOGIN,
	SEK_OP_ENROL = SEK_OPS_LOGIN,
	SEK_OP_IMPORT,
	SEK_OP_USER,
	SEK_OP_USERS,
	SEK_OP_PROSPECT,
	SEK_OP_SURVEY,
	SEK_OP_SUSPEND,
	SEK_OP_RESUME,
	SEK_OP_UNLOCK,
	SEK_OP_AUTHENTICATORS,
	SEK_OP_AUTHENTICATOR_STATE,
	SEK_OP_PERSONS,
	SEK_OP_PERSON,
	SEK_OP_PERSON_EDIT,
	SEK_OP_RECORDS,
	SEK_OP_VERIFY,
	SEK_OP_ACCEPT_CLOCK,
	SEK_OP_ROSTER_COLLECT,
	SEK_OP_ROSTER_GIVEN,
	SEK_OP_ROSTER_EXPORTER,
	SEK_OP_ROSTER_PLAN,
	SEK_OP_ROSTER_TAKE,
	SEK_OP_STATUS,
	SEK_OP_MARK,
	SEK_OP_MARK_SET,
	SEK_OP_MIGRATE,
	SEK_OP_ADMISSIONS,
	SEK_OP_RECORDS_IN,
	SEK_OP_ENDS,
	SEK_OP_SEALS,
	SEK_OP_SEAL_LAST,
	SEK_OP_SEAL,
	SEK_OP_PURGE,
	SEK_OP_UPKEEP,
	SEK_OP_BACKUP,
	SEK_OP_ROTATE,
	SEK_OP_LOST,
	SEK_OP_FOUND,
	SEK_OP_MEMBERS,
	SEK_OP_SHARE,
	SEK_OP_MAY_CHANGE,
	SEK_OP_PASSWORD_MUST,
	SEK_OP_RETIRE,
	SEK_OP_WAKE,
	SEK_OP_PLAN,
	SEK_OPS
};

/* Arguments of the tools' calls: every member an op does not name is unused. */
struct sek_tool_args {
	const char			*name;	/* account or id; NULL all */
	const char			*reason;
	const struct sek_record		*actor;
	const struct sek_limits		*limits;
	sek_limits_fn			 limits_fn;
	const struct sek_person		*person;
	const struct sek_mark		*mark;
	const struct sek_secret		*pass;
	struct sek_enrol		*enrol;
	sek_enrol_fn			 next;
	const struct sek_lookup		*lookup;
	sek_user_fn			 user_fn;
	sek_prospect_fn			 prospect_fn;
	sek_authenticator_fn		 authenticator_fn;
	sek_person_fn			 person_fn;
	sek_record_fn			 record_fn;
	sek_admission_fn		 admission_fn;
	sek_lost_fn			 lost_fn;
	sek_retired_fn			 retired_fn;
	sek_plan_next_fn		 plan_next;
	sek_plan_done_fn		 plan_done;
	void				(*progress)(void *, uint64_t, uint64_t);
	void				(*bad_fn)(void *, const char *,
					    const char *);
	const struct sek_roster		*roster;
	const struct sek_roster_done	*planned;
	sek_roster_fn			 roster_fn;
	const struct sek_record_range	*range;
	const struct sek_purge		*purge;
	const struct sek_password_seen	*seen;
	const uint8_t			*noted;	/* a key, or NULL */
	sek_seal_fn			 seal_fn;
	sek_sign_fn			 sign;
	void				*arg;
	int64_t				 until;
	uint64_t			 first_seq;
	uint32_t			 state;
	enum sek_password_must		 must;
	bool				 all;
};

struct sek_engine {
	const char	*name;
	/* Open, check that it is ours and whole. *conn NULL on failure. */
	enum sek_err	(*open)(void **conn,
			    const struct sek_store_config *config,
			    struct sek_why *why);
	/* reserve: this call may spend the ballast. */
	enum sek_err	(*run)(void *conn, enum sek_op op, bool reserve,
			    const void *in, void *out, struct sek_why *why);
	void		(*close)(void **conn);
	/* Must it be closed after this call (it keeps others out, or another
	 * store is in its place)? */
	bool		(*transient)(const void *conn);
	/* The connection cannot go on (no room to open, damaged by a full
	 * disk): free some room before the next open; false: none left. */
	bool		(*make_room)(const struct sek_store_config *config);
	enum sek_err	(*init)(const struct sek_store_config *config,
			    struct sek_why *why);
	enum sek_err	(*adopt)(const struct sek_store_config *config,
			    const struct sek_adopt_in *in,
			    struct sek_adopted *out, struct sek_why *why);
	enum sek_err	(*restore)(const struct sek_store_config *config,
			    const struct sek_restore_in *in,
			    struct sek_restored *out, struct sek_why *why);
};

extern const struct sek_engine sek_engine_sqlite;

/* For sekisho-store and tests: this engine (NULL: the configured), directly,
 * or by this program over a pipe. */
enum sek_carriage {
	SEK_CARRY_AS_NEEDED = 0,
	SEK_CARRY_DIRECT,
	SEK_CARRY_PIPE
};
void		sek_store_use(struct sek_store *st,
		    const struct sek_engine *engine, enum sek_carriage how,
		    const char *program);
/* One call by number, checked against the table of ops. */
enum sek_err	sek_store_call(struct sek_store *st, enum sek_op op,
		    const void *in, void *out);

#endif
