/*
 * rig.h - a pcscd of one's own and software cards in its two readers, for a
 * test written in C
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Link libcardrig.a. pcscd and the cards are processes of their own, ended by
 * their ids, and by the end of the test if it dies. Knobs are listed in
 * tests/emulators/card/README.
 */
#ifndef SEKISHO_TESTS_CARD_RIG_H
#define SEKISHO_TESTS_CARD_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CARDRIG_READER0	"Virtual PCD 00 00"
#define CARDRIG_READER1	"Virtual PCD 00 01"

struct cardrig {
	pid_t	pcscd;		/* 0: it does not run */
	char	dir[64];	/* removed at the end */
	char	bin[512];
};

struct softcard {
	pid_t	pid;		/* 0: not in a reader */
	int	slot;		/* 0, 1 */
	char	type[8];
	char	dir[128];	/* keys, certificates, anchors/ */
	char	knobs[144];
	char	log[144];
};

/* NULL: it can be had here; else why not (to say, and to skip by 77). */
const char *cardrig_missing(void);
/*
 * Namespaces for this process and its children (mounts, network), a folder,
 * pcscd, its two readers. Once in a process: before the first Check case where
 * each is forked. false: perror has said why; cardrig_end all the same.
 */
bool	cardrig_start(struct cardrig *r);
void	cardrig_end(struct cardrig *r);
/* pcscd ends; starts again, and waits for its readers. */
void	cardrig_stop(struct cardrig *r);
bool	cardrig_up(struct cardrig *r);

/*
 * Put a card ("jpki", "piv", "uid") in a reader: DIR/NAME, .knobs, .log; one
 * of that name from before is the same card. knobs: lines "name=value\n", or
 * NULL to leave the file. pcscd sees it when this returns.
 */
bool	softcard_insert(struct softcard *c, const struct cardrig *r,
	    const char *name, const char *type, int slot, const char *knobs);
/* Take it out; pcscd has seen it when this returns. */
void	softcard_remove(struct softcard *c, const struct cardrig *r);
/* Replace all knobs: from its next command on; the count of commands that
 * faults go by begins anew, and a card that hangs or was ejected comes back. */
void	softcard_knobs(const struct softcard *c, const char *knobs);
/* Wait until it is in again, after knobs that ended its eject, hang or
 * empty. */
bool	softcard_back(const struct softcard *c, const struct cardrig *r);
/* How many lines of its log hold this text? */
size_t	softcard_logged(const struct softcard *c, const char *text);
/* Wait (at most ms) until there are so many such lines. */
bool	softcard_await(const struct softcard *c, const char *text, size_t n,
	    int ms);
void	softcard_forget_log(const struct softcard *c);
/* Tries left of its PIN, as it counts; -1. */
int	softcard_tries(const struct softcard *c);
/* Its file (SLOT.der, ca.der): *n of at most max. */
bool	softcard_file(const struct softcard *c, const char *name, void *out,
	    size_t max, size_t *n);
/* What another program does (slot.c): its exit status. */
int	cardrig_slot(const struct cardrig *r, const char *const *args);

#endif
