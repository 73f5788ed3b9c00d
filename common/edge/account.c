/*
 * account.c - names, uids and groups, as the terminal's account sources say
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a source that is down is SEK_ERR_ACCOUNTS, never "no such name" and
 * never "not a member" (pam-facts 19).
 */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/model/role.h"
#include "sekisho/rule/policy.h"

#define BUFFER_FIRST	4096u
#define BUFFER_MAX	(32u * 1024u * 1024u)	/* a group of 10^6 names */
#define GROUPS_MAX	65536			/* the kernel's own limit */

struct buffer {
	char	*data;
	size_t	 size;
};

/* Twice the room; SEK_ERR_ACCOUNTS past all reason. */
static enum sek_err
grow(struct buffer *b)
{
	size_t size = b->size == 0 ? BUFFER_FIRST : b->size * 4;
	char *data;

	if (size > BUFFER_MAX)
		return (SEK_ERR_ACCOUNTS);
	if ((data = realloc(b->data, size)) == NULL)
		return (SEK_ERR_NOMEM);
	b->data = data;
	b->size = size;
	return (SEK_OK);
}

/*
 * After a lookup that answered error: again (SEK_OK, with more room where
 * that was missing), or trouble. Errors are never "not found": that comes as
 * 0 without an entry.
 */
static enum sek_err
again(struct buffer *b, int error)
{
	if (error == EINTR)
		return (SEK_OK);
	return (error == ERANGE ? grow(b) : SEK_ERR_ACCOUNTS);
}

/* By name, or by uid where name is NULL. *found NULL: there is none. The
 * entry lives in b. */
static enum sek_err
lookup_passwd(struct passwd *pw, struct passwd **found, struct buffer *b,
    const char *name, uint32_t uid)
{
	enum sek_err err = grow(b);
	int error;

	*found = NULL;
	while (err == SEK_OK) {
		error = name != NULL ?
		    getpwnam_r(name, pw, b->data, b->size, found) :
		    getpwuid_r((uid_t)uid, pw, b->data, b->size, found);
		if (error == 0)
			return (SEK_OK);
		*found = NULL;
		err = again(b, error);
	}
	return (err);
}

static enum sek_err
lookup_group(struct group *gr, struct group **found, struct buffer *b,
    const char *name)
{
	enum sek_err err = b->size == 0 ? grow(b) : SEK_OK;
	int error;

	*found = NULL;
	while (err == SEK_OK) {
		error = getgrnam_r(name, gr, b->data, b->size, found);
		if (error == 0)
			return (SEK_OK);
		*found = NULL;
		err = again(b, error);
	}
	return (err);
}

static void
set_unknown(struct sek_passwd *out, const char *typed)
{
	memset(out, 0, sizeof(*out));
	out->uid = SEK_UID_NONE;
	out->gid = SEK_UID_NONE;
	sek_text_printable(out->name, sizeof(out->name), typed);
}

/* A name of the source that we could not carry is trouble, not unknown. */
static enum sek_err
set_known(struct sek_passwd *out, const struct passwd *pw)
{
	if (!sek_account_name_ok(pw->pw_name) || pw->pw_uid == (uid_t)-1)
		return (SEK_ERR_ACCOUNTS);
	out->uid = pw->pw_uid;
	out->gid = pw->pw_gid;
	out->known = 1;
	return (sek_text_copy(out->name, sizeof(out->name), pw->pw_name));
}

bool
sek_account_name_ok(const char *name)
{
	return (sek_text_is_clean(name, SEK_NAME_MAX - 1) &&
	    strpbrk(name, "/:") == NULL);
}

enum sek_err
sek_account_find(struct sek_passwd *out, const char *typed)
{
	struct buffer b = { NULL, 0 };
	struct passwd pw, *found;
	enum sek_err err;

	set_unknown(out, typed == NULL ? "" : typed);
	if (typed == NULL || !sek_account_name_ok(typed))
		return (SEK_OK);
	err = lookup_passwd(&pw, &found, &b, typed, 0);
	if (err == SEK_OK && found != NULL)
		err = set_known(out, found);
	free(b.data);
	return (err);
}

enum sek_err
sek_account_gecos(char *dst, size_t size, const char *name)
{
	struct buffer b = { NULL, 0 };
	struct passwd pw, *found;
	enum sek_err err;

	dst[0] = '\0';
	if (!sek_account_name_ok(name))
		return (SEK_OK);
	err = lookup_passwd(&pw, &found, &b, name, 0);
	if (err == SEK_OK && found != NULL && pw.pw_gecos != NULL)
		sek_text_printable(dst, size, pw.pw_gecos);
	free(b.data);
	return (err);
}

enum sek_err
sek_account_by_uid(struct sek_passwd *out, uint32_t uid)
{
	struct buffer b = { NULL, 0 };
	struct passwd pw, *found;
	enum sek_err err;

	set_unknown(out, "");
	if (uid == SEK_UID_NONE)
		return (SEK_OK);
	err = lookup_passwd(&pw, &found, &b, NULL, uid);
	if (err == SEK_OK && found != NULL)
		err = set_known(out, found);
	free(b.data);
	return (err);
}

/* The gids getgrouplist knows of. It cannot tell trouble from absence, so it
 * only ever adds a membership. */
static enum sek_err
list_gids(gid_t **gids, int *n, const char *name, uint32_t gid)
{
	gid_t *more;
	int size = 64, had;

	for (*gids = NULL; ; size = *n > had ? *n : had * 2) {
		if (size > GROUPS_MAX)
			return (SEK_ERR_ACCOUNTS);
		more = realloc(*gids, (size_t)size * sizeof(**gids));
		if (more == NULL)
			return (SEK_ERR_NOMEM);
		*gids = more;
		*n = had = size;
		if (getgrouplist(name, (gid_t)gid, *gids, n) >= 0)
			return (SEK_OK);
	}
}

static bool
is_member(const struct group *gr, const char *name, uint32_t gid,
    const gid_t *gids, int n)
{
	char *const *member;

	if (gr->gr_gid == (gid_t)gid)
		return (true);
	while (n > 0)
		if (gids[--n] == gr->gr_gid)
			return (true);
	for (member = gr->gr_mem; member != NULL && *member != NULL; member++)
		if (strcmp(*member, name) == 0)
			return (true);
	return (false);
}

enum sek_err
sek_account_in_groups(bool *in, const char *name, uint32_t gid,
    const char *groups)
{
	struct buffer b = { NULL, 0 };
	struct group gr, *found;
	gid_t *gids = NULL;
	char word[SEK_NAME_MAX];
	const char *cursor = groups;
	enum sek_err err = SEK_OK;
	int n = 0;

	*in = false;
	while (!*in && err == SEK_OK &&
	    sek_text_word(&cursor, word, sizeof(word))) {
		if (!sek_account_name_ok(word))
			continue;
		if (gids == NULL)
			err = list_gids(&gids, &n, name, gid);
		if (err == SEK_OK)
			err = lookup_group(&gr, &found, &b, word);
		if (err == SEK_OK && found != NULL)
			*in = is_member(found, name, gid, gids, n);
	}
	free(gids);
	free(b.data);
	return (err);
}

bool
sek_account_group_has_members(const char *group)
{
	struct buffer b = { NULL, 0 };
	struct group gr, *found = NULL;
	bool has;

	has = lookup_group(&gr, &found, &b, group) == SEK_OK &&
	    found != NULL && found->gr_mem != NULL &&
	    found->gr_mem[0] != NULL;
	free(b.data);
	return (has);
}

bool
sek_account_groups_have_members(const char *groups)
{
	char word[SEK_NAME_MAX];
	const char *cursor = groups;
	bool has = false;

	while (!has && sek_text_word(&cursor, word, sizeof(word)))
		has = sek_account_group_has_members(word);
	return (has);
}

enum sek_err
sek_account_listed(bool *in, const char *users, uint32_t uid)
{
	struct sek_passwd other;
	char word[SEK_NAME_MAX];
	const char *cursor = users;
	enum sek_err err = SEK_OK;

	*in = false;
	while (!*in && err == SEK_OK &&
	    sek_text_word(&cursor, word, sizeof(word))) {
		err = sek_account_find(&other, word);
		*in = err == SEK_OK && other.known && other.uid == uid;
	}
	return (err);
}

enum sek_err
sek_account_privileged(bool *out, const struct sek_settings *s,
    const char *name, uint32_t uid, uint32_t gid)
{
	enum sek_err err = SEK_OK;
	bool in = uid == 0 || sek_policy_listed(s->privilege.users, name);

	*out = true;
	if (!in && uid != SEK_UID_NONE) {
		err = sek_account_listed(&in, s->privilege.users, uid);
		if (err == SEK_OK && !in)
			err = sek_account_in_groups(&in, name, gid,
			    s->privilege.groups);
	}
	if (err == SEK_OK)
		*out = in;
	return (err);
}

enum sek_err
sek_account_roles(uint32_t *bits, const struct sek_settings *s,
    const char *name, uint32_t gid)
{
	const char *const groups[SEK_ROLES] = {
		[SEK_ROLE_CISO] = s->roles.ciso,
		[SEK_ROLE_SECURITY_MANAGER] = s->roles.security_manager,
		[SEK_ROLE_SYSTEM_MANAGER] = s->roles.system_manager,
		[SEK_ROLE_APPROVER] = s->roles.approver,
		[SEK_ROLE_AUDITOR] = s->roles.auditor,
	};
	uint32_t held = 0;
	enum sek_err err = SEK_OK;
	unsigned r;
	bool in;

	*bits = 0;
	for (r = 0; r < SEK_ROLES && err == SEK_OK; r++) {
		err = sek_account_in_groups(&in, name, gid, groups[r]);
		if (err == SEK_OK && in)
			held |= SEK_ROLE_BIT(r);
	}
	if (err == SEK_OK)
		*bits = held;
	return (err);
}
