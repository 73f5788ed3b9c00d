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

/* tests ends with NULL; setup and teardown, or NULL, go round each; the value
 * is main's. */
static inline int
unit_run_with(const char *name, const TTest *const *tests, SFun setup,
    SFun teardown)
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *r;
	int failed;

	tcase_set_timeout(tc, 120);
	if (setup != NULL)
		tcase_add_checked_fixture(tc, setup, teardown);
	for (; *tests != NULL; tests++)
		tcase_add_test(tc, *tests);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static inline int
unit_run(const char *name, const TTest *const *tests)
{
	return (unit_run_with(name, tests, NULL, NULL));
}

#endif
