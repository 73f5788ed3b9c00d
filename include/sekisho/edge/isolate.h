/*
 * isolate.h - doing store work where its caller cannot stop it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pam-facts 13. The host process is never changed: not its uids, its cgroup,
 * its signal dispositions nor its children (exit_signal 0, __WALL).
 */
#ifndef SEKISHO_EDGE_ISOLATE_H
#define SEKISHO_EDGE_ISOLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sekisho/base/err.h"

/* May somebody other than root stop this process? Real uid not 0, or its
 * cgroup v2 or an ancestor of it is not root's, or is of a login session,
 * whose owner logind lets signal all of it. When in doubt, yes. */
bool		sek_isolate_needed(void);

/*
 * Run program (absolute, root's, not writable by others) in a root-owned
 * cgroup: own session, uid 0/0/0, signals blocked, dispositions default, own
 * rlimits, nice 0, SCHED_OTHER, all CPUs, umask 077, folder "/", empty
 * environment, no descriptors but 0 (request), 1 (answer), 2 (/dev/null).
 * request is written, at most answer_size bytes are read back, all within
 * timeout_ms, then it is killed. *answer_len tells how many came.
 */
enum sek_err	sek_isolate_run(const char *program, const void *request,
		    size_t request_len, void *answer, size_t answer_size,
		    size_t *answer_len, int timeout_ms, struct sek_why *why);

/* What the caller of a setuid program may have left to it, put back: default
 * dispositions, all signals blocked, no timers, own rlimits, oom score, nice,
 * scheduler and CPUs. As effective root. */
void		sek_isolate_own(void);

/* Tools: put this very process into the root cgroup where it is not in a
 * root-owned one. */
enum sek_err	sek_isolate_self(struct sek_why *why);

#endif
