/*
 * exception.h - what approved exceptions allow of the policy: the store says
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 8(5). A policy without a value below a floor asks nothing and opens
 * nothing.
 * MUST: a store that does not answer refuses; only want of room on its disk
 * leaves the floors in force, so that privileged persons can mend that.
 */
#ifndef SEKISHO_FLOW_EXCEPTION_H
#define SEKISHO_FLOW_EXCEPTION_H

#include <stdbool.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/settings.h"
#include "sekisho/edge/store.h"

struct sek_exceptions {
	/* The store to ask; made on the first question where it is NULL, the
	 * caller's to close and free. */
	struct sek_store **store;
	/* Where none was ever given: the floor, in place of a refusal. For
	 * proofs that give exceptions, and the tools that ask for them. */
	bool		 floors;
	/* A full disk is an error like others. */
	bool		 strict;
	/* out: its disk is full, so the floors are in force for now */
	bool		 unsure;
};

/* A sek_below_fn; arg is a struct sek_exceptions. */
enum sek_err	sek_exception_ask(void *arg,
		    const struct sek_settings *so_far, struct sek_below *b,
		    struct sek_why *why);
/* sek_settings_load under the exceptions there are. */
enum sek_err	sek_exception_load(struct sek_settings *out, const char *path,
		    bool may_be_absent, struct sek_exceptions *by,
		    struct sek_why *why);
/* Which exception lets him in with so many kinds, without possession, by
 * something weak, or try without a lock; NULL none. The values are his
 * (sek_settings_for). *b: the value it is of. */
const struct sek_allowed *sek_exception_used(const struct sek_below **b,
		    const struct sek_settings *s, uint32_t kinds, bool weak,
		    bool privileged);

#endif
