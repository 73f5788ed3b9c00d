/*
 * object.c - what card.so gives to who loads it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "card.h"

extern const struct sek_card_object sek_card_object;

__attribute__((visibility("default")))
const struct sek_card_object sek_card_object = {
	.version = PACKAGE_VERSION,
	.size = {
		sizeof(struct sek_card_seen),
		sizeof(struct sek_card_request),
		sizeof(struct sek_card_signature),
		sizeof(struct sek_card_read),
		sizeof(struct sek_card_made),
	},
	.present = card_present,
	.list = card_list,
	.sign = card_sign,
	.verify = card_verify,
	.read = card_read,
	.watch = card_watch,
};
