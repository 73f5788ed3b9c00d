/*
 * unit.h - main() of a libcheck program: run a list of tests
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_UNIT_H
#define SEKISHO_TESTS_UNIT_H

#include <check.h>
#include <stdlib.h>

/* Run a case made by hand (loop tests, a timeout); the value is main's. */
static inline int
unit_run_case(const char *name, TCase *tc)
{
	Suite *s = suite_create(name);
	SRunner *r;
	int failed;

	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* tests ends with NULL; setup and teardown, or NULL, go round each. */
static inline int
unit_run_with(const char *name, const TTest *const *tests, SFun setup,
    SFun teardown)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 120);
	if (setup != NULL)
		tcase_add_checked_fixture(tc, setup, teardown);
	for (; *tests != NULL; tests++)
		tcase_add_test(tc, *tests);
	return (unit_run_case(name, tc));
}

static inline int
unit_run(const char *name, const TTest *const *tests)
{
	return (unit_run_with(name, tests, NULL, NULL));
}

#endif
