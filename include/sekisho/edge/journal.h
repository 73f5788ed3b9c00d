/*
 * journal.h - the same event, to the journal with structured fields
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_EDGE_JOURNAL_H
#define SEKISHO_EDGE_JOURNAL_H

#include <stdint.h>

#include "sekisho/model/record.h"

/*
 * SEKISHO_EVENT=, SEKISHO_RESULT=, SEKISHO_SUBJECT= and so on, and MESSAGE=,
 * by sd_journal_sendv(3). Without journald or libsystemd nothing happens: the
 * record in the store is what counts. seq 0: it could not be stored.
 */
void	sek_journal_record(const struct sek_record *r, uint64_t seq,
	    const char *terminal);

#endif
