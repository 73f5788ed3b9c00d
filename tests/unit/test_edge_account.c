/*
 * test_edge_account.c - test of edge/account against sources of our own making:
 * absence is told from trouble, and hostile names reach no source
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/edge/account.h"
#include "sekisho/model/role.h"
#include "unit.h"

/* The program's own definitions stand before libc's. */
static int down;		/* what every lookup answers */
static int interrupted;		/* lookups that are cut by a signal first */
static int asked;
static size_t wanted;		/* bytes below which it is ERANGE */
static char a_alice[] = "alice", a_also[] = "also", a_root[] = "toor",
    a_adm[] = "adm", a_wheel[] = "wheel", a_ldap[] = "ldapadmins", empty[] = "";
static char *wheel_members[] = { a_alice, NULL };
static char *nobody[] = { NULL };

static const struct passwd people[] = {
	{ .pw_name = a_root, .pw_uid = 0, .pw_gid = 0 },
	{ .pw_name = a_alice, .pw_uid = 1000, .pw_gid = 1000 },
	{ .pw_name = a_also, .pw_uid = 1000, .pw_gid = 1000 },
	{ .pw_name = a_adm, .pw_uid = 1001, .pw_gid = 4 },
};
static const struct group groups[] = {
	{ .gr_name = a_adm, .gr_gid = 4, .gr_mem = nobody },
	{ .gr_name = a_wheel, .gr_gid = 10, .gr_mem = wheel_members },
	{ .gr_name = a_ldap, .gr_gid = 77, .gr_mem = nobody },
};

static int
trouble(size_t size)
{
	asked++;
	if (interrupted > 0) {
		interrupted--;
		return (EINTR);
	}
	return (down != 0 ? down : size < wanted ? ERANGE : 0);
}

static int
person(struct passwd *pw, size_t size, struct passwd **found, const char *name,
    uid_t uid)
{
	size_t i;
	int error = trouble(size);

	*found = NULL;
	for (i = 0; error == 0 && i < 4 && *found == NULL; i++)
		if (name != NULL ? strcmp(people[i].pw_name, name) == 0 :
		    people[i].pw_uid == uid) {
			*pw = people[i];
			pw->pw_passwd = pw->pw_gecos = pw->pw_dir =
			    pw->pw_shell = empty;
			*found = pw;
		}
	return (error);
}

int
getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t size,
    struct passwd **found)
{
	(void)buf;
	return (person(pw, size, found, name, 0));
}

int
getpwuid_r(uid_t uid, struct passwd *pw, char *buf, size_t size,
    struct passwd **found)
{
	(void)buf;
	return (person(pw, size, found, NULL, uid));
}

int
getgrnam_r(const char *name, struct group *gr, char *buf, size_t size,
    struct group **found)
{
	size_t i;
	int error = trouble(size);

	(void)buf;
	*found = NULL;
	for (i = 0; error == 0 && i < 3; i++)
		if (strcmp(groups[i].gr_name, name) == 0) {
			*gr = groups[i];
			*found = gr;
		}
	return (error);
}

/* With the source down it answers one group and no error (seen); adm is in
 * ldapadmins by nothing else. */
int
getgrouplist(const char *name, gid_t gid, gid_t *list, int *n)
{
	int have = down == 0 && strcmp(name, "adm") == 0 ? 301 : 1, room = *n;
	int i;

	*n = have;
	if (room < have)
		return (-1);
	list[0] = gid;
	for (i = 1; i < have; i++)
		list[i] = i == 300 ? 77 : (gid_t)(5000 + i);
	return (have);
}

static void
setup(void)
{
	down = interrupted = asked = 0;
	wanted = 0;
}

START_TEST(finds)
{
	struct sek_passwd p;

	wanted = 100000;
	interrupted = 3;
	ck_assert_int_eq(sek_account_find(&p, "alice"), SEK_OK);
	ck_assert(p.known && p.uid == 1000 && p.gid == 1000);
	ck_assert_str_eq(p.name, "alice");
	ck_assert_int_eq(sek_account_by_uid(&p, 1000), SEK_OK);
	ck_assert_str_eq(p.name, "alice");
	ck_assert_int_eq(sek_account_find(&p, "bob"), SEK_OK);
	ck_assert(!p.known && p.uid == SEK_UID_NONE && p.gid == SEK_UID_NONE);
	ck_assert_str_eq(p.name, "bob");
	ck_assert_int_eq(sek_account_by_uid(&p, 5), SEK_OK);
	ck_assert(!p.known);
	ck_assert_int_eq(sek_account_by_uid(&p, SEK_UID_NONE), SEK_OK);
	ck_assert(!p.known);
	wanted = SIZE_MAX;
	ck_assert_int_eq(sek_account_find(&p, "alice"), SEK_ERR_ACCOUNTS);
}
END_TEST

START_TEST(hostile_names_ask_nobody)
{
	static const char *const bad[] = { "", "a/b", "../alice", "a:b",
	    "alice\n", "\x1b[2J", "\xff\xfe", "\xc0\xaf", "a\x7f",
	    "\xed\xa0\x80" };
	struct sek_passwd p;
	char *huge = malloc(65537);
	size_t i;

	ck_assert_ptr_nonnull(huge);
	memset(huge, 'a', 65536);
	huge[65536] = '\0';
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert(!sek_account_name_ok(bad[i]));
		ck_assert_int_eq(sek_account_find(&p, bad[i]), SEK_OK);
		ck_assert_msg(!p.known, "%zu", i);
	}
	ck_assert_int_eq(sek_account_find(&p, huge), SEK_OK);
	ck_assert(!p.known);
	ck_assert_uint_lt(strlen(p.name), sizeof(p.name));
	huge[256] = '\0';
	ck_assert(!sek_account_name_ok(huge));
	huge[255] = '\0';
	ck_assert(sek_account_name_ok(huge));
	ck_assert_int_eq(sek_account_find(&p, NULL), SEK_OK);
	ck_assert(!p.known);
	ck_assert_int_eq(asked, 0);
	free(huge);
}
END_TEST

START_TEST(trouble_is_not_absence)
{
	static const int errors[] = { ENOENT, EAGAIN, EIO, EMFILE,
	    ECONNREFUSED, ENOMEM, EPERM, ESRCH };
	struct sek_settings *s = calloc(1, sizeof(*s));
	struct sek_passwd p;
	bool in;
	size_t i;

	ck_assert_ptr_nonnull(s);
	strcpy(s->privilege.groups, "wheel");
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		down = errors[i];
		ck_assert_int_eq(sek_account_find(&p, "alice"),
		    SEK_ERR_ACCOUNTS);
		ck_assert(!p.known);
		ck_assert_int_eq(sek_account_by_uid(&p, 1000),
		    SEK_ERR_ACCOUNTS);
		ck_assert_int_eq(sek_account_in_groups(&in, "alice", 1000,
		    "wheel"), SEK_ERR_ACCOUNTS);
		ck_assert(!in);
		ck_assert_int_eq(sek_account_privileged(&in, s, "bob", 1002,
		    1002), SEK_ERR_ACCOUNTS);
		ck_assert(in);
	}
	free(s);
}
END_TEST

START_TEST(membership)
{
	bool in;

	ck_assert_int_eq(sek_account_in_groups(&in, "alice", 1000,
	    "none, wheel"), SEK_OK);
	ck_assert(in);
	ck_assert_int_eq(sek_account_in_groups(&in, "adm", 4, "wheel adm"),
	    SEK_OK);
	ck_assert(in);
	ck_assert_int_eq(sek_account_in_groups(&in, "adm", 4, "ldapadmins"),
	    SEK_OK);
	ck_assert(in);
	ck_assert_int_eq(sek_account_in_groups(&in, "alice", 1000,
	    "ldapadmins adm a/b none"), SEK_OK);
	ck_assert(!in);
	asked = 0;
	ck_assert_int_eq(sek_account_in_groups(&in, "alice", 1000, ""),
	    SEK_OK);
	ck_assert(!in);
	ck_assert_int_eq(asked, 0);
	ck_assert(sek_account_groups_have_members("none wheel"));
	ck_assert(!sek_account_groups_have_members("none, adm"));
	ck_assert(!sek_account_groups_have_members(""));
}
END_TEST

START_TEST(privileged)
{
	struct sek_settings *s = calloc(1, sizeof(*s));
	bool in;

	ck_assert_ptr_nonnull(s);
	down = EIO;
	ck_assert_int_eq(sek_account_privileged(&in, s, "toor", 0, 0), SEK_OK);
	ck_assert(in);
	down = 0;
	ck_assert_int_eq(sek_account_privileged(&in, s, "alice", 1000, 1000),
	    SEK_OK);
	ck_assert(!in);
	strcpy(s->privilege.users, "adm alice");
	ck_assert_int_eq(sek_account_privileged(&in, s, "also", 1000, 1000),
	    SEK_OK);
	ck_assert_msg(in, "another spelling of a listed uid");
	ck_assert_int_eq(sek_account_privileged(&in, s, "bob", 1002, 1002),
	    SEK_OK);
	ck_assert(!in);
	strcpy(s->privilege.groups, "wheel");
	ck_assert_int_eq(sek_account_privileged(&in, s, "bob", 1002, 10),
	    SEK_OK);
	ck_assert(in);
	free(s);
}
END_TEST

/* A role is a group's; without one it is nobody's, root's neither. */
START_TEST(roles_are_those_of_the_groups)
{
	struct sek_settings *s = calloc(1, sizeof(*s));
	uint32_t bits = 77;

	ck_assert_ptr_nonnull(s);
	down = EIO;
	ck_assert_int_eq(sek_account_roles(&bits, s, "toor", 0), SEK_OK);
	ck_assert_uint_eq(bits, 0);
	down = 0;
	strcpy(s->roles.ciso, "none wheel");
	strcpy(s->roles.auditor, "ldapadmins");
	ck_assert_int_eq(sek_account_roles(&bits, s, "alice", 1000), SEK_OK);
	ck_assert_uint_eq(bits, SEK_ROLE_BIT(SEK_ROLE_CISO));
	ck_assert_int_eq(sek_account_roles(&bits, s, "adm", 4), SEK_OK);
	ck_assert_uint_eq(bits, SEK_ROLE_BIT(SEK_ROLE_AUDITOR));
	ck_assert_int_eq(sek_account_roles(&bits, s, "toor", 0), SEK_OK);
	ck_assert_uint_eq(bits, 0);
	strcpy(s->roles.security_manager, "wheel");
	strcpy(s->roles.system_manager, "adm");
	strcpy(s->roles.approver, "wheel");
	ck_assert_int_eq(sek_account_roles(&bits, s, "alice", 4), SEK_OK);
	ck_assert_uint_eq(bits, SEK_ROLE_BIT(SEK_ROLE_CISO) |
	    SEK_ROLE_BIT(SEK_ROLE_SECURITY_MANAGER) |
	    SEK_ROLE_BIT(SEK_ROLE_SYSTEM_MANAGER) |
	    SEK_ROLE_BIT(SEK_ROLE_APPROVER));
	down = EIO;
	bits = 77;
	ck_assert_int_eq(sek_account_roles(&bits, s, "alice", 1000),
	    SEK_ERR_ACCOUNTS);
	ck_assert_uint_eq(bits, 0);
	free(s);
}
END_TEST

START_TEST(a_list_names_uids_whatever_the_spelling)
{
	bool in;

	ck_assert_int_eq(sek_account_listed(&in, "none, also", 1000), SEK_OK);
	ck_assert(in);
	ck_assert_int_eq(sek_account_listed(&in, "none adm", 1000), SEK_OK);
	ck_assert(!in);
	ck_assert_int_eq(sek_account_listed(&in, "", 1000), SEK_OK);
	ck_assert(!in);
	down = EIO;
	ck_assert_int_eq(sek_account_listed(&in, "adm", 1000),
	    SEK_ERR_ACCOUNTS);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		finds,
		hostile_names_ask_nobody,
		trouble_is_not_absence,
		membership,
		privileged,
		roles_are_those_of_the_groups,
		a_list_names_uids_whatever_the_spelling,
		NULL
	};

	return (unit_run_with("edge_account", tests, setup, NULL));
}
