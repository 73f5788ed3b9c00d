/*
 * softkey.h - a security key made of software, for tests
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In a test written in C: link libsoftkey.a and $(SOFTKEY_LIBS). libfido2 in
 * that process then sees the keys of SOFTKEY (environment, sockets with ':'
 * between them; softkey_start sets it), and with SOFTKEY_ONLY=1 no other. That
 * holds for what is loaded later too: fido2.so, pam_u2f.so. Knobs are listed
 * in tests/emulators/fido2/README.
 */
#ifndef SEKISHO_TESTS_FIDO2_SOFTKEY_H
#define SEKISHO_TESTS_FIDO2_SOFTKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct softkey {
	pid_t	pid;		/* 0: not plugged in */
	char	socket[108];
	char	state[128];
	char	knobs[128];
	char	log[128];
};

/*
 * Plug in a key whose files are DIR/NAME.sock, .state, .knobs, .log, in a
 * child; it is ready when this returns. Adds its socket to SOFTKEY and sets
 * SOFTKEY_ONLY=1. knobs: lines "name=value", or NULL to leave the file. false:
 * it did not start.
 */
bool	softkey_start(struct softkey *k, const char *dir, const char *name,
	    const char *knobs);
/* Take it out; its files stay, so that softkey_start plugs it in again. */
void	softkey_stop(struct softkey *k);
/* Replace all knobs; takes effect at once, while it waits too. */
void	softkey_knobs(const struct softkey *k, const char *knobs);
/* How many lines of its log hold this text? */
size_t	softkey_logged(const struct softkey *k, const char *text);
/* Wait (at most ms) until there are so many such lines. */
bool	softkey_await(const struct softkey *k, const char *text, size_t n,
	    int ms);
void	softkey_forget_log(const struct softkey *k);

/* The program. ready: a descriptor that gets one byte, or -1. */
int	softkey_main(const char *socket, const char *statefile,
	    const char *knobfile, const char *logfile, int ready);

/* Names the object of preload.c, so that it is linked. */
extern const char	softkey_preload[];

#endif
