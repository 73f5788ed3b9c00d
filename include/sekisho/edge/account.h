/*
 * account.h - names, uids and groups, as the terminal's account sources say
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * By NSS: files, sssd, whatever the terminal has.
 *
 * MUST: a source that is down is SEK_ERR_ACCOUNTS, never "no such name" and
 * never "not a member" (pam-facts 19).
 * MUST: what no account can be called is unknown, and reaches no source.
 */
#ifndef SEKISHO_EDGE_ACCOUNT_H
#define SEKISHO_EDGE_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/settings.h"
#include "sekisho/model/claimant.h"

/* Plain memory. Not known: name is the typed one made printable and cut, uid
 * and gid are SEK_UID_NONE. */
struct sek_passwd {
	char		name[SEK_NAME_MAX];	/* pw_name: the one spelling */
	uint32_t	uid;
	uint32_t	gid;
	uint8_t		known;
	uint8_t		pad[3];
};

/*
 * May an account be called so? 1..255 bytes of valid UTF-8, no control
 * character, no '/' and no ':'.
 */
bool		sek_account_name_ok(const char *name);

/* Who is typed? SEK_OK with known 1 or 0; SEK_ERR_ACCOUNTS (source down),
 * SEK_ERR_NOMEM. NULL is an unknown name. */
enum sek_err	sek_account_find(struct sek_passwd *out, const char *typed);

/* What the source says of him beside (pw_gecos: his name, mostly), made
 * printable and cut; "" where there is no such account. Errors as above. */
enum sek_err	sek_account_gecos(char *dst, size_t size, const char *name);

/* sek_account_find by uid; the first name where it has several. Not known: name
 * "". */
enum sek_err	sek_account_by_uid(struct sek_passwd *out, uint32_t uid);

/*
 * Is the account (its pw_name and primary gid) in one of the groups, a list
 * as sek_text_word walks it? By primary gid, gr_mem or getgrouplist. A group
 * that does not exist has no members. An empty list asks nothing: false.
 * SEK_ERR_ACCOUNTS where any group's source is down.
 */
enum sek_err	sek_account_in_groups(bool *in, const char *name, uint32_t gid,
		    const char *groups);

/* Is there a group of this name that lists members (gr_mem)? A source that
 * is down says no. */
bool		sek_account_group_has_members(const char *group);
/* The same of any in a list of groups. */
bool		sek_account_groups_have_members(const char *groups);

/*
 * Privileged: uid 0 whatever its name; the uid of one of privilege.users,
 * whatever the spelling; a member of privilege.groups. On an error *out is
 * true: doubt only adds limits.
 */
enum sek_err	sek_account_privileged(bool *out, const struct sek_settings *s,
		    const char *name, uint32_t uid, uint32_t gid);

/*
 * The roles of [roles] it holds, as SEK_ROLE_BITs: membership in one of a
 * role's groups. A role without groups is nobody's. On an error *bits is 0.
 */
enum sek_err	sek_account_roles(uint32_t *bits, const struct sek_settings *s,
		    const char *name, uint32_t gid);

/*
 * Is it the uid of one of the accounts listed, whatever the spelling? Names
 * no source knows are nobody's.
 */
enum sek_err	sek_account_listed(bool *in, const char *users, uint32_t uid);

#endif
