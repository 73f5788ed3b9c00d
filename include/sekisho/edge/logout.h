/*
 * logout.h - the login sessions of this machine, as logind knows them, their
 * lock and their end
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * libsystemd is loaded by the first call and stays. Every wait is bounded.
 */
#ifndef SEKISHO_EDGE_LOGOUT_H
#define SEKISHO_EDGE_LOGOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/base/text.h"

struct sek_login_session {
	char		id[64];
	char		name[256];		/* of the account */
	char		service[64];
	char		tty[64];
	char		rhost[256];
	char		path[256];		/* on the bus */
	uint32_t	uid;
	uint32_t	audit_session;		/* kernel's; UINT32_MAX none */
	uint32_t	leader;			/* pid */
	bool		seat;			/* at a screen and keyboard */
	bool		closing;		/* nobody is in it any more */
};

/*
 * All there are; the caller frees *list. SEK_ERR_NOT_FOUND: there is no logind
 * here (no libsystemd, no bus, nobody answers), with why.
 */
enum sek_err	sek_logout_list(struct sek_login_session **list, size_t *n,
		    struct sek_why *why);
/*
 * End it with all that runs in it: what does not go when told is killed after
 * three seconds. SEK_OK: it is gone. SEK_ERR_TIMEOUT: it is there yet, eight
 * seconds later; SEK_ERR_NOT_FOUND as above.
 */
enum sek_err	sek_logout_session(const struct sek_login_session *s,
		    struct sek_why *why);
/* The same with all that runs for a user who has no session any more: his
 * user manager and what it started. SEK_OK also where there is nothing. */
enum sek_err	sek_logout_user(uint32_t uid, struct sek_why *why);
/* What its desktop told of it. */
struct sek_login_screen {
	int64_t		since;		/* CLOCK_MONOTONIC us: idle since; 0 */
	bool		graphical;	/* it has a screen of its own */
	bool		idle;
	bool		locked;
};
/* SEK_ERR_NOT_FOUND: no such session, or nobody to ask, with why. */
enum sek_err	sek_logout_screen(struct sek_login_screen *out, const char *id,
		    struct sek_why *why);
/* Its desktop is told to lock, whether it listens or not. Errors as above. */
enum sek_err	sek_logout_lock(const char *id, struct sek_why *why);

#endif
