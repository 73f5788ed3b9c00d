/*
 * enrol.h - to bind a one-time code's key to a person
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * begin, show the URI, prove, then sek_store_enrol. Nothing is kept before.
 *
 * MUST: the code that proves is used up: it opens no login.
 */
#ifndef SEKISHO_FLOW_ENROL_H
#define SEKISHO_FLOW_ENROL_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/secret.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/store.h"

#define SEK_ENROL_ISSUER "Sekisho"

/*
 * Whose it will be: the account, its person as the store knows it, else a
 * person of the account's name. SEK_ERR_REFUSED for a shared account.
 * out->rebinds: it is bound to another uid than who has now, which the store
 * changes only where it has no active authenticator left.
 */
enum sek_err	sek_enrol_for(struct sek_enrol *out, struct sek_store *st,
		    const struct sek_passwd *who, bool privileged);
/* A fresh random key of the algorithm's own length; parameters checked
 * (SEK_ERR_RANGE). The caller wipes *out. */
enum sek_err	sek_enrol_key(struct sek_enrol *out, enum sek_method method,
		    enum sek_oath_algorithm algorithm, unsigned digits,
		    unsigned period);
/* "otpauth://totp/Sekisho:USER?secret=…&issuer=Sekisho&…" */
enum sek_err	sek_enrol_uri(struct sek_secret *out,
		    const struct sek_enrol *e);
/* Is what was typed the code of now? Then it is used up and e->proved set. */
bool		sek_enrol_prove(struct sek_enrol *e, const char *typed,
		    int64_t wall_seconds);

#endif
