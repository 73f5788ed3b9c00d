/*
 * bytes.h - looking at each byte of what a child said
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The child has read what a device sent, which may have been made to take it
 * over: it is as little to be trusted as the device.
 *
 * MUST: a byte that has no meaning is zero.
 */
#ifndef SEKISHO_EDGE_DEVICE_BYTES_H
#define SEKISHO_EDGE_DEVICE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* Nothing but zeros? */
bool	sek_device_is_zero(const void *p, size_t len);
/* len bytes within size, and zeros behind them? */
bool	sek_device_fits(const void *p, size_t len, size_t size);
/* A text that ends within size, of clean characters, and zeros behind it? An
 * empty one is. */
bool	sek_device_is_text(const char *s, size_t size);

#endif
