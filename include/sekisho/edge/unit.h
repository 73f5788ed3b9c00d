/*
 * unit.h - scopes and services of systemd that are made at run time
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For sessions that have an end. A session scope takes no RuntimeMaxSec once
 * it runs (systemd 252 refuses it), and counts no suspend: a service of its
 * own ends the session. libsystemd is loaded only here, and late: few logins
 * need it.
 *
 * MUST: no call waits longer than SEK_UNIT_WAIT for an answer.
 */
#ifndef SEKISHO_EDGE_UNIT_H
#define SEKISHO_EDGE_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/err.h"

#define SEK_UNIT_WAIT	(5 * SEK_SECOND)
#define SEK_UNIT_CGROUP	512u		/* bytes of a path, with NUL */
#define SEK_UNIT_NAME	128u

/* This process's place in the tree of cgroups (v2): "/user.slice/…".
 * SEK_ERR_UNSUPPORTED: there is no such tree. */
enum sek_err	sek_unit_cgroup(char dst[SEK_UNIT_CGROUP],
		    struct sek_why *why);
/* "/…/session-7.scope" is session 7's; "" of any other. */
void		sek_unit_session_of(char *dst, size_t size,
		    const char *cgroup);
/*
 * Put this process into a new scope of this name ("x.scope") in the slice of
 * uid; runtime us: systemd's own limit, should ours fail; 0 none. Returns when
 * it is there. SEK_ERR_IO, SEK_ERR_TIMEOUT, SEK_ERR_UNSUPPORTED (no systemd).
 */
enum sek_err	sek_unit_scope(const char *name, const char *description,
		    uint32_t uid, int64_t runtime, struct sek_why *why);
/*
 * A service that watches something: run again however it fails; stopped where
 * it says nothing for watchdog us (it may change that by sd_notify(3)). after
 * runs whenever it stopped, by itself or not. Texts are the caller's.
 */
struct sek_unit_service {
	const char		*name;		/* "x.service" */
	const char		*description;
	const char *const	*argv;		/* ends with NULL */
	const char *const	*after;		/* the same; NULL: none */
	int64_t			 watchdog;	/* us; 0: none */
};
/* wait: return when it runs, else when systemd has taken the work on. Errors
 * as above; SEK_ERR_NOT_FOUND: there is no such program. */
enum sek_err	sek_unit_run(const struct sek_unit_service *s, bool wait,
		    struct sek_why *why);
/* End a session of logind's. */
enum sek_err	sek_unit_end_session(const char *session,
		    struct sek_why *why);
/* Has he a session of logind's but this one ("": any)? Where nobody tells:
 * yes. */
bool		sek_unit_has_other(uint32_t uid, const char *session);
/* All sessions and the manager of a user, at once, whoever else is there. */
enum sek_err	sek_unit_stop_user(uint32_t uid, struct sek_why *why);
/* His manager shall not stay on without a session of his. */
enum sek_err	sek_unit_no_linger(uint32_t uid, struct sek_why *why);
/* Does process 1 go down? */
bool		sek_unit_is_stopping(void);
/* Stop a unit (process 1 does it as its TimeoutStop says), without waiting. */
enum sek_err	sek_unit_stop(const char *name, struct sek_why *why);
/* The path of a file of that cgroup, wherever cgroups v2 are mounted. False:
 * they are not, it is the root's, or no cgroup's name. */
bool		sek_unit_cgroup_file(char *dst, size_t size,
		    const char *cgroup, const char *file);
/* Is there any process in this cgroup, or below it? Gone is no. */
bool		sek_unit_is_populated(const char *cgroup);
/* Kill all that is in it, at once (cgroup.kill). SEK_ERR_UNSUPPORTED: a
 * kernel before 5.14. */
enum sek_err	sek_unit_kill_cgroup(const char *cgroup, struct sek_why *why);

#endif
