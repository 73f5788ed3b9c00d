/*
 * door.h - what every module entry does before and after its flow
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_FLOW_DOOR_H
#define SEKISHO_FLOW_DOOR_H

#include <stdbool.h>
#include <security/pam_modules.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/pam.h"
#include "sekisho/flow/context.h"

struct sek_door {
	pam_handle_t		*pamh;
	enum sek_phase		 phase;
	struct sek_pam_options	 options;
	struct sek_context	*ctx;
	struct sek_why		 why;
	bool			 remote;	/* no context: remote.h */
};

/* Read the line, find or make the handle's context. In a process that is not
 * root's there is none, and remote says so. */
enum sek_err	sek_door_open(struct sek_door *d, pam_handle_t *pamh,
		    enum sek_phase phase, int argc, const char **argv,
		    unsigned takes);
/*
 * Log what went wrong, close the store where this module is the phase's last
 * of ours, and translate: the only way to a PAM code. decides: SEK_OK is
 * PAM_SUCCESS here.
 */
int		sek_door_close(struct sek_door *d, enum sek_err err, bool last,
		    bool decides);

#endif
