/*
 * fingerprint_file.h - what fprintd keeps of a finger, seen without it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For the one question that is left where fprintd cannot be asked: is there
 * anything it would have to forget?
 */
#ifndef SEKISHO_EDGE_FINGERPRINT_FILE_H
#define SEKISHO_EDGE_FINGERPRINT_FILE_H

#include <stdbool.h>

#include "sekisho/base/err.h"
#include "sekisho/model/biometric.h"

/*
 * Is a template of this finger of this account in fprintd's folder, of any
 * reader? Where it cannot be told: yes. why (may be NULL) names its file.
 */
bool	sek_fingerprint_file(const char *account, enum sek_finger finger,
	    struct sek_why *why);

#endif
