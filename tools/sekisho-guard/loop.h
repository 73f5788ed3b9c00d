/*
 * loop.h - between the loop and what it waits for
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_GUARD_LOOP_H
#define SEKISHO_GUARD_LOOP_H

#include "guard.h"

/* The epoll; false: it cannot be had. */
bool	guard_sources_begin(struct watch *w);
/* Wait for one thing at least and call whom it is for. */
bool	guard_sources_wait(struct watch *w);
/* A child that hangs, with its group; what it was to tell is not told. */
void	guard_kill(struct watch *w, pid_t pid);
/* Tell systemd that we are well, and until when nobody need worry (boot us). */
void	guard_beat(const struct watch *w, int64_t next);
/* "/user.slice/user-1000.slice": all that runs for him. */
void	guard_slice(char *dst, size_t size, uint32_t uid);

#endif
