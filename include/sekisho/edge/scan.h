/*
 * scan.h - who counts, while somebody else matches a living trait
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Both are called in the child that waits for the match: its parent may be a
 * setuid program, which its caller can stop or kill between the match and the
 * count (pam-facts 13). They reach the store by themselves.
 *
 * MUST: a scan that did not match is counted before anybody hears of it.
 */
#ifndef SEKISHO_EDGE_SCAN_H
#define SEKISHO_EDGE_SCAN_H

#include <stdint.h>

#include "sekisho/base/err.h"

struct sek_scan_count {
	/*
	 * Before a scan. SEK_OK: *pause microseconds are to go by first, after
	 * which it is asked again; 0: now. SEK_ERR_REFUSED: none may any more
	 * (SP 800-63B-4 section 3.2.3). Any other error: no scan.
	 */
	enum sek_err	(*may)(void *arg, int64_t *pause);
	/* One did not match. An error: nothing more is scanned or told. */
	enum sek_err	(*missed)(void *arg);
	void		*arg;
};

#endif
