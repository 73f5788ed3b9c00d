/*
 * object.c - what quality.so gives to who loads it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "quality.h"

extern const struct sek_quality_object sek_quality_object;

__attribute__((visibility("default")))
const struct sek_quality_object sek_quality_object = {
	.version = PACKAGE_VERSION,
	.size = {
		sizeof(struct sek_quality_in),
		sizeof(struct sek_quality_out),
		sizeof(struct sek_password_limits),
		sizeof(struct sek_settings),
	},
	.judge = quality_judge,
	.check = quality_check,
};
