/*
 * notify.h - a few words on a user's screen
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_EDGE_NOTIFY_H
#define SEKISHO_EDGE_NOTIFY_H

#include <stdint.h>

#include "sekisho/base/err.h"

/*
 * org.freedesktop.Notifications on the bus of this user, by a child that is he
 * and has nothing of ours; at most 10 s. SEK_ERR_NOT_FOUND: he has no bus, or
 * no account; SEK_ERR_IO: nobody there shows it. Only for root, and for a
 * process without threads.
 */
enum sek_err	sek_notify(uint32_t uid, const char *title, const char *text,
		    struct sek_why *why);

#endif
