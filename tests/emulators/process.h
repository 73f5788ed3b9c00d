/*
 * process.h - programs of others that a rig runs: they end with the test
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_PROCESS_H
#define SEKISHO_TESTS_PROCESS_H

#include <sys/types.h>

/*
 * A child that is killed when we end, without our descriptors; output: the
 * file it is added to, "" nowhere. env: NAME=VALUE beside ours, or NULL.
 */
pid_t	emu_spawn(const char *output, const char *const *env,
	    const char *const *argv);
/* SIGTERM, and until it is gone; *pid is 0 then. 0 or less: nothing. */
void	emu_end(pid_t *pid);
/* Its exit status; -1: it has none. */
int	emu_wait(pid_t pid);
/* A folder and all in it, on its own file system. */
void	emu_remove(const char *dir);

#endif
