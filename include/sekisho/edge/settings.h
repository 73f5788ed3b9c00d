/*
 * settings.h - the policy in force, and where each value came from
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: whatever is wrong with a file refuses; nothing falls back to weaker.
 */
#ifndef SEKISHO_EDGE_SETTINGS_H
#define SEKISHO_EDGE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/model/approval.h"
#include "sekisho/model/fido2.h"
#include "sekisho/rule/lockout.h"
#include "sekisho/rule/password.h"

#define SEK_LIST_MAX	2048u	/* bytes of a list value, with its NUL */
#define SEK_PATH_MAX	1024u
#define SEK_HASH_HEX	65u
#define SEK_WARNINGS_MAX	4u	/* before the end of a session */

enum sek_profile {
	SEK_PROFILE_MYNUMBER = 0,
	SEK_PROFILE_LGWAN,
	SEK_PROFILE_INTERNET
};

enum sek_on_failure {
	SEK_ON_FAILURE_DENY = 0,
	SEK_ON_FAILURE_DENY_PRIVILEGED,
	SEK_ON_FAILURE_WARN
};

enum sek_language {
	SEK_LANGUAGE_EN = 0,
	SEK_LANGUAGE_JA
};

/*
 * A value of the files that is below its floor, and the approved exceptions
 * that allow it: for whom, how low, until when (S4 8(5)).
 */
#define SEK_BELOW_MAX	12u	/* keys with a floor */
#define SEK_ALLOWED_MAX	8u	/* exceptions for one of them */
struct sek_allowed {
	char	id[SEK_ID_MAX];
	char	text[SEK_APPROVAL_KEY];		/* lowest value, as asked */
	char	users[SEK_APPROVAL_LIST];	/* accounts; "" all */
	int64_t	value;				/* text, as a number */
	int64_t	until;				/* wall us */
};
struct sek_below {
	char			key[SEK_APPROVAL_KEY];	/* "lockout.deny" */
	char			text[SEK_APPROVAL_KEY];	/* in the files */
	char			lowest[SEK_APPROVAL_KEY];	/* floor */
	char			ended[SEK_ID_MAX];	/* lapsed: the last,
							 * or "" */
	bool			lapsed;	/* none reaches the value now */
	uint32_t		row;
	uint32_t		n;
	/* Of allowed[], plus one, for whom the values now stand; 0 none: the
	 * floor is in force. */
	uint32_t		with;
	int64_t			value;
	int64_t			floor;
	struct sek_allowed	allowed[SEK_ALLOWED_MAX];
};

/* What becomes of a dormant account. A terminal with a store of its own cannot
 * know where else its people work: it tells, unless the site says otherwise. */
enum sek_dormant {
	SEK_DORMANT_WARN = 0,
	SEK_DORMANT_REFUSE
};

/* May a contractor open privileged sessions? He never changes privileged IDs,
 * whatever this says (rule/may_change.h; 7(2)①ウ④). */
enum sek_contractors {
	SEK_CONTRACTORS_YES = 0,
	SEK_CONTRACTORS_GRANT,		/* only under a grant in his name */
	SEK_CONTRACTORS_NO
};

/* What becomes of a session whose card or key is taken away. */
enum sek_on_removal {
	SEK_ON_REMOVAL_IGNORE = 0,
	SEK_ON_REMOVAL_LOCK,
	SEK_ON_REMOVAL_LOGOUT
};

/* Spans are seconds; SEK_SPAN_NEVER is "never". Lists are the words as
 * written (sek_text_word walks them). Set by sek_settings_load only. */
struct sek_settings {
	struct {
		char	id[64];		/* "" before init */
		int	profile;	/* enum sek_profile */
		char	business[128];
		char	timezone[32];
		char	allow_users[SEK_LIST_MAX];	/* "" : all */
		char	allow_groups[SEK_LIST_MAX];
		char	allow_remote[SEK_LIST_MAX];	/* "no", "yes", CIDRs */
	} terminal;
	struct {
		int64_t		kinds;
		uint32_t	accept;		/* SEK_METHOD_BITs */
		bool		require_crypto_possession;
		bool		require_possession;
		bool		jpki_pin_counts;
		bool		fido2_uv_counts;
		bool		piv_pin_counts;
		bool		one_line;
		int64_t		wait;
		char		exempt_services[SEK_LIST_MAX];
		int64_t		reuse;
		int64_t		grace;	/* SEK_GRACE_NONE, or see below */
	} factors;
	struct {
		int64_t	deny;
		int64_t	interval;
		int64_t	unlock;
		int64_t	privileged_deny;
		int64_t	privileged_unlock;
		int64_t	lifetime_cap;
		int64_t	delay;
		int64_t	clock_step;
	} lockout;
	struct {
		int64_t	min_length;
		int64_t	privileged_min_length;
		int64_t	max_length;
		int64_t	history;	/* SEK_HISTORY_FOREVER: forever */
		int64_t	privileged_history;
		int64_t	max_age;	/* seconds, or SEK_SPAN_NEVER */
		int64_t	privileged_max_age;
		int64_t	max_age_spread;
		int64_t	min_age;
		int64_t	max_uses;	/* logins; 0 off */
		int64_t	temporary_valid;
		char	blocklist[SEK_PATH_MAX];	/* folder of lists;
						 * "" none */
		char	quality[SEK_LIST_MAX];	/* libpwquality's words */
	} password;
	struct {
		int64_t	dormant_after;	/* seconds, or SEK_SPAN_NEVER */
		int	dormant;	/* enum sek_dormant */
		int64_t	max_sessions;	/* of a person, at screens; 0 any */
		char	hours[SEK_LIST_MAX];	/* base/window.h */
	} account;
	struct {
		char	users[SEK_LIST_MAX];
		char	groups[SEK_LIST_MAX];
		char	no_direct[SEK_LIST_MAX];	/* accounts that open
							 * no session of their
							 * own */
		int64_t	max_session;	/* seconds */
		char	warn[128];	/* spans before the end */
		char	hours[SEK_LIST_MAX];	/* base/window.h */
		bool	require_grant;
		int	contractors;	/* enum sek_contractors */
		bool	two_person;
		int64_t	review_due;	/* of an emergency use, seconds */
	} privilege;
	struct {
		int64_t	idle_lock;	/* seconds */
		int64_t	idle_logout;	/* seconds, or SEK_SPAN_NEVER */
		int64_t	reauth;		/* the same */
		int	on_removal;	/* enum sek_on_removal */
		int64_t	removal_logout;	/* seconds, or SEK_SPAN_NEVER */
	} session;
	struct {			/* groups, as enum sek_role */
		char	ciso[SEK_LIST_MAX];
		char	security_manager[SEK_LIST_MAX];
		char	system_manager[SEK_LIST_MAX];
		char	approver[SEK_LIST_MAX];
		char	auditor[SEK_LIST_MAX];
	} roles;
	struct {
		int	substitute;	/* enum sek_substitute_form */
		int64_t	substitute_max;	/* days in SEK_TICKET_WINDOW */
		int64_t	substitute_valid;
		int64_t	enrol_valid;
	} ticket;
	struct {
		int64_t	session;
		int64_t	report_due;
		int64_t	valid;
	} breakglass;
	struct {
		char	rp_id[SEK_FIDO2_RP_MAX];
		int	uv;		/* enum sek_fido2_uv */
		int	attestation;	/* enum sek_fido2_attestation: less is
					 * refused at enrolment */
		char	aaguids[SEK_LIST_MAX];	/* "" : any */
		char	roots[SEK_PATH_MAX];	/* folder; "" none */
	} fido2;
	struct {
		char	anchors[SEK_PATH_MAX];	/* folder; "" none */
		char	readers[SEK_LIST_MAX];	/* patterns, by commas;
						 * "" any */
		int64_t	warn;	/* s before a certificate's end */
	} card;
	struct {
		int64_t	tries;		/* mismatches in a row, then */
		int64_t	pause;		/* seconds */
		int64_t	lifetime_cap;	/* mismatches; 0 never */
	} biometric;
	struct {
		char	backend[32];
		char	path[SEK_PATH_MAX];
		char	conninfo[SEK_PATH_MAX];
		int64_t	offline;
		char	key[SEK_PATH_MAX];
	} store;
	struct {
		int64_t	retention;
		int	on_failure;	/* enum sek_on_failure */
		char	seal_key[SEK_PATH_MAX];
		bool	journal;
	} audit;
	struct {
		int64_t	max_age;
	} roster;
	struct {
		char	banner[SEK_PATH_MAX];
		char	contact[256];
		int	language;	/* enum sek_language */
		int	console;
	} message;
	/* About the file itself */
	char	path[SEK_PATH_MAX];	/* of the administrator's file */
	char	hash[SEK_HASH_HEX];	/* of all values in force, hex */
	/* Values below their floors. The ones above are those for nobody in
	 * particular until sek_settings_for names somebody; the hash is of
	 * what the files say. */
	uint32_t		nbelow;
	/* Privileged limits of pairs as the files say: raising the staff's
	 * for somebody raises them, too. */
	int64_t			of_pair[5];
	/* The first nbelow; the others are never touched, as most policies
	 * have none: it is most of this struct. */
	struct sek_below	below[SEK_BELOW_MAX];
};

/* factors.grace counts down, so that a later day is a lower number, as of other
 * values below a floor: SEK_GRACE_NONE less the days since 1970 of its last
 * day. The first instant it is over in that zone, wall us, or where the
 * exception it stands under ends earlier, that; 0: there is none. */
#define SEK_GRACE_NONE	1000000
int64_t		sek_settings_grace_end(const struct sek_settings *s);

/* What is compiled in for the strictest profile, whatever any file says: where
 * none can be read, and refusing is all that is done by it. */
enum sek_err	sek_settings_builtin(struct sek_settings *out);

/* What holds for one account's password; privileged: for his. A spread is at
 * most a third of the age it is taken from. */
void		sek_settings_password(struct sek_password_limits *out,
		    const struct sek_settings *s, bool privileged);

/* One value as "policy show" tells it. Strings live as long as the caller's
 * callback. source: "builtin", "profile:lgwan", "derived" (a privileged limit
 * that follows the staff's) or "FILE:LINE". */
struct sek_setting_shown {
	const char	*key;		/* "lockout.deny" */
	const char	*value;		/* as in a file */
	const char	*source;
	const char	*recommended;	/* NULL where the site decides */
	const char	*clause;	/* "7(2)④" or "" */
	const char	*help;		/* one line, N_() */
	bool		 deviates;	/* other than recommended */
	const struct sek_below *below;	/* the files' value is; NULL not */
};
typedef enum sek_err (*sek_setting_fn)(void *arg,
		    const struct sek_setting_shown *shown);

/*
 * Read vendor defaults, path (NULL: the compiled-in default) and its
 * path.d/ drop-ins in byte order, last wins (design section 6); check floors
 * and pairs. A missing path is SEK_ERR_SETTINGS ("run sekisho init"), unless
 * may_be_absent. why: file, line, reason, remedy. On failure out is zeroed.
 * One struct is ~70 KiB: callers put it on the heap. A value below its floor
 * refuses; logins and tools that know of exceptions load by the next one.
 */
enum sek_err	sek_settings_load(struct sek_settings *out, const char *path,
		    bool may_be_absent, struct sek_why *why);
/* The same load, then each key in the order of the tables. */
enum sek_err	sek_settings_show(const char *path, sek_setting_fn fn,
		    void *arg, struct sek_why *why);

/*
 * What is allowed of a value below its floor? so_far: all that the files say,
 * good for sek_store_config. b: key, text, lowest, value and floor are set;
 * allowed[], n, lapsed and ended are to be filled in. With none allowed and
 * not lapsed the policy refuses; an error refuses too, with why.
 */
typedef enum sek_err (*sek_below_fn)(void *arg,
		    const struct sek_settings *so_far, struct sek_below *b,
		    struct sek_why *why);
/*
 * sek_settings_load, asking fn for each value below its floor. It loads where
 * an exception reaches the value, or where one lapsed: then the floor is in
 * force. The values are those for nobody in particular after it.
 */
enum sek_err	sek_settings_load_under(struct sek_settings *out,
		    const char *path, bool may_be_absent, sek_below_fn fn,
		    void *arg, struct sek_why *why);
enum sek_err	sek_settings_show_under(const char *path, sek_below_fn under,
		    void *under_arg, sek_setting_fn fn, void *arg,
		    struct sek_why *why);
/* A sek_below_fn that takes every one for lapsed: the floors are in force, and
 * nothing is asked. For what must work whatever the policy says. */
enum sek_err	sek_settings_floors(void *arg,
		    const struct sek_settings *so_far, struct sek_below *b,
		    struct sek_why *why);
/* Ask again, of settings that were loaded a while ago; why names key and
 * reason. On failure the floors are in force. */
enum sek_err	sek_settings_ask_again(struct sek_settings *s,
		    sek_below_fn fn, void *arg, struct sek_why *why);
/*
 * Make the values those of this account, NULL: of nobody in particular. Each
 * is the lowest an exception allows him that is not below the files' own, or
 * the floor; a privileged limit is never weaker than the staff's for him.
 */
void		sek_settings_for(struct sek_settings *s, const char *account);
/*
 * The same for a name there is no account of. Who asks by such names must not
 * learn from the prompts or a lock that never comes whose exceptions there
 * are: of these names one in four, always the same ones as long as that
 * exception lasts, meets what those in its scope meet. salt: of this machine,
 * not known at a prompt.
 */
void		sek_settings_for_unknown(struct sek_settings *s,
		    const char *name, const char *salt);
/* Exceptions that end by then no longer count; sek_settings_for comes next. */
void		sek_settings_at(struct sek_settings *s, int64_t wall);
/* The value below its floor of this key, or NULL. */
const struct sek_below *sek_settings_below(const struct sek_settings *s,
		    const char *key);
/*
 * May an exception be asked of this key and value in this profile? Then its
 * clause, and value and floor written the one way. SEK_ERR_NOT_FOUND: no key
 * with a floor; SEK_ERR_RANGE: no value below it.
 */
struct sek_settings_except {
	const char	*clause;
	char		 value[24];
	char		 floor[24];
};
enum sek_err	sek_settings_except(struct sek_settings_except *out,
		    const char *key, const char *value,
		    enum sek_profile profile);
/* By which exception the present value is below its floor; NULL: it is not. */
const struct sek_allowed *sek_below_with(const struct sek_below *b);

/* The limits of [lockout] for staff, or for privileged persons. */
void		sek_settings_limits(struct sek_limits *out,
		    const struct sek_settings *s, bool privileged);

const char	*sek_profile_name(enum sek_profile p);
enum sek_err	sek_profile_parse(enum sek_profile *out, const char *name);

#endif
