/*
 * test_rule_may_change.c - test of rule/may_change: contractors and shared IDs
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/rule/may_change.h"
#include "unit.h"

static const enum sek_changing whats[] = {
	SEK_CHANGING_PASSWORD, SEK_CHANGING_FACTOR, SEK_CHANGING_ACCOUNT
};

/* Bits of i, in the order of the struct. */
static struct sek_may_change
of_bits(unsigned i)
{
	const struct sek_may_change m = { (i & 1) != 0, (i & 2) != 0,
	    (i & 4) != 0, (i & 8) != 0 };

	return (m);
}

START_TEST(contractor_changes_nothing_of_a_privileged_account)
{
	struct sek_may_change m;
	unsigned i, k;

	for (i = 0; i < 16; i++)
		for (k = 0; k < 3; k++) {
			m = of_bits(i);
			ck_assert_int_eq(sek_may_change(&m, whats[k]) ==
			    SEK_REASON_CONTRACTOR, m.contractor &&
			    m.privileged);
		}
}
END_TEST

START_TEST(shared_password_and_state_are_roots)
{
	struct sek_may_change m;
	unsigned i, k;

	for (i = 0; i < 16; i++)
		for (k = 0; k < 3; k++) {
			m = of_bits(i);
			if (m.contractor && m.privileged)
				continue;
			ck_assert_int_eq(sek_may_change(&m, whats[k]),
			    m.shared && !m.root &&
			    whats[k] != SEK_CHANGING_FACTOR ?
			    SEK_REASON_SHARED : SEK_REASON_NONE);
		}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		contractor_changes_nothing_of_a_privileged_account,
		shared_password_and_state_are_roots,
		NULL
	};

	return (unit_run("rule_may_change", tests));
}
