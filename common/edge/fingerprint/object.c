/*
 * object.c - what biometric.so gives to who loads it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "fingerprint.h"

extern const struct sek_fingerprint_object sek_fingerprint_object;

__attribute__((visibility("default")))
const struct sek_fingerprint_object sek_fingerprint_object = {
	.version = PACKAGE_VERSION,
	.size = {
		sizeof(struct sek_fingerprint_told),
		sizeof(struct sek_fingerprint_seen),
		sizeof(struct sek_fingerprint_request),
		sizeof(struct sek_fingerprint_match),
		sizeof(struct sek_fingerprint_make),
		sizeof(struct sek_fingerprint_made),
	},
	.look = finger_look,
	.verify = finger_verify,
	.make = finger_make,
	.remove = finger_delete,
};
