/*
 * tty.h - Enter, pressed at the terminal while something else is waited for
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing that is typed meanwhile is kept or goes anywhere.
 * MUST: a process in the background reads nothing: that would stop it.
 */
#ifndef SEKISHO_EDGE_TTY_H
#define SEKISHO_EDGE_TTY_H

#include <stdbool.h>

/* The controlling terminal, of a process in its foreground; what was typed
 * ahead is thrown away. -1: there is none, as in a login screen. */
int		sek_tty_open(void);
/* Read what was typed: was Enter pressed, the end of input, or is it no longer
 * ours to read? Does not wait. fd -1: no. */
bool		sek_tty_entered(int fd);
/* Close it; *fd is -1 then. */
void		sek_tty_close(int *fd);

#endif
