/*
 * test_edge_unit.c - sessions and cgroups by their names
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What systemd does with them is in tests/e2e/envelope.sh.
 */
#include "config.h"

#include <string.h>

#include "sekisho/edge/settings.h"
#include "sekisho/edge/unit.h"
#include "tests/unit/unit.h"

START_TEST(a_session_is_known_by_its_scope)
{
	static const struct {
		const char	*cgroup;
		const char	*session;
	} t[] = {
		{ "/user.slice/user-0.slice/session-7.scope", "7" },
		{ "/user.slice/user-1000.slice/session-c12.scope", "c12" },
		{ "/session-1.scope", "1" },
		{ "/user.slice/session-.scope", "" },
		{ "/user.slice/session-7.service", "" },
		{ "/user.slice/session-7.scope/inner", "" },
		{ "/system.slice/ssh.service", "" },
		{ "/", "" },
		{ "", "" }
	};
	char session[8];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		sek_unit_session_of(session, sizeof(session), t[i].cgroup);
		ck_assert_str_eq(session, t[i].session);
	}
	sek_unit_session_of(session, sizeof(session),
	    "/session-12345678.scope");
	ck_assert_str_eq(session, "");
}
END_TEST

/* The root, a way upwards and what is not there are nobody's session. */
START_TEST(no_other_cgroup_is_touched)
{
	static const char *const t[] = { "", "/", "x", "../x", "/../x",
	    "/no/such/cgroup.of-ours" };
	struct sek_why why;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ck_assert(!sek_unit_is_populated(t[i]));
		ck_assert_int_ne(sek_unit_kill_cgroup(t[i], &why), SEK_OK);
	}
}
END_TEST

START_TEST(a_service_without_its_program_is_not_started)
{
	static const char *const argv[] = { "/no/such/program", NULL };
	const struct sek_unit_service s = {
		.name = "sekisho-test.service",
		.description = "test",
		.argv = argv
	};
	struct sek_why why;

	ck_assert_int_eq(sek_unit_run(&s, true, &why), SEK_ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(why.text, "/no/such/program"));
}
END_TEST

/* What rules where no file does: the strictest profile, from nowhere else. */
START_TEST(the_builtin_policy_is_the_strictest)
{
	struct sek_settings *s = calloc(1, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(sek_settings_builtin(s), SEK_OK);
	ck_assert_int_eq(s->terminal.profile, SEK_PROFILE_MYNUMBER);
	ck_assert_str_eq(s->terminal.id, "");
	ck_assert_str_eq(s->terminal.allow_remote, "no");
	ck_assert_int_eq(s->factors.kinds, 2);
	ck_assert_int_gt(s->breakglass.session, 0);
	ck_assert_uint_eq(s->nbelow, 0);
	free(s);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_session_is_known_by_its_scope,
		no_other_cgroup_is_touched,
		a_service_without_its_program_is_not_started,
		the_builtin_policy_is_the_strictest,
		NULL
	};

	return (unit_run_with("edge_unit", tests, NULL, NULL));
}
