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
#include "sekisho/rule/lockout.h"

#define SEK_LIST_MAX	2048u	/* bytes of a list value, with its NUL */
#define SEK_PATH_MAX	1024u
#define SEK_HASH_HEX	65u

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
		bool		jpki_pin_counts;
		bool		fido2_uv_counts;
		bool		piv_pin_counts;
		bool		one_line;
		int64_t		wait;
		char		exempt_services[SEK_LIST_MAX];
		int64_t		reuse;
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
		char	users[SEK_LIST_MAX];
		char	groups[SEK_LIST_MAX];
	} privilege;
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
};

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
};
typedef enum sek_err (*sek_setting_fn)(void *arg,
		    const struct sek_setting_shown *shown);

/*
 * Read vendor defaults, path (NULL: the compiled-in default) and its
 * path.d/ drop-ins in byte order, last wins (design section 6); check floors
 * and pairs. A missing path is SEK_ERR_SETTINGS ("run sekisho init"), unless
 * may_be_absent. why: file, line, reason, remedy. On failure out is zeroed.
 * One struct is ~20 KiB: callers put it on the heap.
 */
enum sek_err	sek_settings_load(struct sek_settings *out, const char *path,
		    bool may_be_absent, struct sek_why *why);
/* The same load, then each key in the order of the tables. */
enum sek_err	sek_settings_show(const char *path, sek_setting_fn fn,
		    void *arg, struct sek_why *why);

/* The limits of [lockout] for staff, or for privileged persons. */
void		sek_settings_limits(struct sek_limits *out,
		    const struct sek_settings *s, bool privileged);

const char	*sek_profile_name(enum sek_profile p);
enum sek_err	sek_profile_parse(enum sek_profile *out, const char *name);

#endif
