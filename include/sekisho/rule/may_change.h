/*
 * may_change.h - who may change an account's password, factors and state
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pure. Clause 7(2)①ウ④: what a privileged ID opens by is not for contractors
 * to change, their own privileged ID not excepted. Clause 6(4)①イ, 6(4)②ケ: a
 * shared ID's password is nobody's to choose but root's, and nothing is
 * enrolled to the ID itself.
 */
#ifndef SEKISHO_RULE_MAY_CHANGE_H
#define SEKISHO_RULE_MAY_CHANGE_H

#include <stdbool.h>

#include "sekisho/model/record.h"

enum sek_changing {
	SEK_CHANGING_PASSWORD,
	SEK_CHANGING_FACTOR,	/* enrolled, disabled, removed, ticket given */
	SEK_CHANGING_ACCOUNT	/* unlock, resume, suspend, members, retire */
};

/* All false: somebody of the office, with no rights, on a plain account. */
struct sek_may_change {
	bool	contractor;	/* the actor's person is one. The actor is who
				 * logged in (the kernel's audit login uid),
				 * whatever su or sudo made of him since */
	bool	root;		/* the actor's process is root's */
	bool	privileged;	/* the account is */
	bool	shared;		/* the account is of no one person */
};

/*
 * NONE: he may, as far as this rule goes; CONTRACTOR: a contractor, on a
 * privileged account; SHARED: not root, on what belongs to the shared account
 * itself (its password, its state); a factor is its member's, whom this asks
 * nothing. SHARED is told only to who is not refused as a contractor.
 */
enum sek_reason	sek_may_change(const struct sek_may_change *m,
		    enum sek_changing what);

#endif
