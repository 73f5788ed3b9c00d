/*
 * fingerprint.h - fingerprint readers of this terminal, by fprintd
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * libsystemd's bus is loaded when the first of these is called, by an object of
 * our own (SEK_LIBEXECDIR/biometric.so, package libpam-sekisho-biometric).
 *
 * All of it is done in a child, which is ended when its time is up. fprintd
 * matches; what is added here is who may try, how often, and whose template it
 * is.
 *
 * MUST: the bus is the system's, by its own path: nothing of the environment
 * says where it is; and who answers there as fprintd is root.
 * MUST: a signal counts only from the very process that was claimed of, for
 * the device that was claimed, after VerifyStart.
 * MUST: a finger counts only whose template is the one that was enrolled here.
 * MUST: a reader is let go at the end, also where the child or its parent dies.
 * MUST: each call ends within its bound, whatever reader, bus or fprintd do.
 */
#ifndef SEKISHO_EDGE_FINGERPRINT_H
#define SEKISHO_EDGE_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/scan.h"
#include "sekisho/model/biometric.h"

#define SEK_READER_NAME_MAX	128u
#define SEK_READERS_MAX		8u	/* looked at */

/* How it ended. */
enum sek_fingerprint_end {
	SEK_FINGERPRINT_END_FAILED = 0,	/* as why says */
	SEK_FINGERPRINT_END_OK,		/* it matched; is enrolled; deleted */
	SEK_FINGERPRINT_END_NO_MATCH,
	SEK_FINGERPRINT_END_NO_SERVICE,	/* no bus, or no fprintd on it */
	SEK_FINGERPRINT_END_NO_READER,
	SEK_FINGERPRINT_END_NOT_ENROLLED, /* fprintd has none of these */
	SEK_FINGERPRINT_END_CHANGED,	/* it has, enrolled elsewhere since */
	SEK_FINGERPRINT_END_CAPPED,	/* count->may said no */
	SEK_FINGERPRINT_END_PAUSED,	/* for longer than place allows */
	SEK_FINGERPRINT_END_BUSY,	/* another program has the reader */
	SEK_FINGERPRINT_END_GONE,	/* unplugged, asleep, fprintd ended */
	SEK_FINGERPRINT_END_SILENT,	/* no finger within the time */
	SEK_FINGERPRINT_END_CANCELLED,
	SEK_FINGERPRINT_END_ERROR,	/* the reader's own */
	SEK_FINGERPRINT_END_GARBAGE,	/* no sense in what was said */
	SEK_FINGERPRINT_END_DENIED,	/* polkit */
	SEK_FINGERPRINT_END_FULL,	/* no room for a further finger */
	SEK_FINGERPRINT_END_DUPLICATE,	/* enrolled already; another's? */
	SEK_FINGERPRINT_END_COUNT
};
/* A word for the log: "no-match". */
const char	*sek_fingerprint_end_name(enum sek_fingerprint_end e);

/* What is to be told meanwhile. */
enum sek_fingerprint_cue {
	SEK_FINGERPRINT_CUE_NONE = 0,
	SEK_FINGERPRINT_CUE_PLACE,	/* now: finger, or any; swipe */
	SEK_FINGERPRINT_CUE_RETRY,	/* not read well: once more */
	SEK_FINGERPRINT_CUE_TOO_SHORT,	/* the swipe was */
	SEK_FINGERPRINT_CUE_CENTER,
	SEK_FINGERPRINT_CUE_LIFT,	/* take it off, and again */
	SEK_FINGERPRINT_CUE_PAUSE,	/* seconds to wait first */
	SEK_FINGERPRINT_CUE_STAGE,	/* enrolling: stage of stages is done */
	SEK_FINGERPRINT_CUE_COUNT
};
struct sek_fingerprint_told {
	uint32_t	cue;		/* enum sek_fingerprint_cue */
	uint32_t	finger;		/* enum sek_finger; NONE: any of his */
	uint32_t	swipe;		/* 1: across it, not on it */
	uint32_t	seconds;
	uint32_t	stage;
	uint32_t	stages;		/* 0: not known */
	char		reader[SEK_READER_NAME_MAX];	/* printable; "" */
};
struct sek_fingerprint_talk {
	/* In the caller; may be NULL. Its time is not the reader's. */
	void		(*tell)(void *arg, const struct sek_fingerprint_told *);
	/* A descriptor that is watched meanwhile (a terminal: he pressed
	 * Enter), -1 none; and is it the end, as it can be read from now? */
	int		(*watch)(void *arg);
	bool		(*cancelled)(void *arg);
	void		*arg;
};

/* What there is. */
struct sek_fingerprint_seen {
	uint32_t	readers;
	uint32_t	fingers;	/* SEK_FINGER_BITs fprintd has of him */
	uint32_t	end;		/* enum sek_fingerprint_end */
	uint32_t	swipe;		/* of the first reader */
	char		reader[SEK_READER_NAME_MAX];
};
/*
 * Is a reader here, and which fingers does fprintd know of this account? At
 * most wait microseconds; starts no scan, claims nothing. SEK_ERR_NOT_FOUND:
 * the object or libsystemd is not installed.
 */
enum sek_err	sek_fingerprint_look(struct sek_fingerprint_seen *out,
		    const char *account, int64_t wait, struct sek_why *why);

/* One finger of these, now. */
struct sek_fingerprint_request {
	char			 account[SEK_NAME_MAX];
	const struct sek_biometric *finger;	/* n of them: enrolled */
	size_t			 n;
	int64_t			 wait;	/* us, from when the reader waits */
	int64_t			 pause;	/* us of a pause that is waited out
					 * before */
	const struct sek_scan_count *count;
	const struct sek_fingerprint_talk *talk;	/* may be NULL */
};
struct sek_fingerprint_match {
	uint32_t		end;	/* enum sek_fingerprint_end */
	uint32_t		fingers; /* bits of *finger it may have been:
					 * one where one was asked for */
	uint32_t		scanned; /* 1: the reader was waiting */
	uint32_t		pad;
	char			reader[SEK_READER_NAME_MAX];
};
/*
 * Claim a reader for him, have fprintd verify, let it go. Where each finger
 * that fprintd has of him is one of these, any is asked for; else the first of
 * these alone, by its name. Ends by the first match or mismatch: what was not
 * read well is the reader's to ask again. SEK_OK: out->end tells; any other
 * error is of this machine.
 */
enum sek_err	sek_fingerprint_verify(struct sek_fingerprint_match *out,
		    const struct sek_fingerprint_request *in,
		    struct sek_why *why);

/* Have fprintd enrol one. */
struct sek_fingerprint_make {
	char			 account[SEK_NAME_MAX];
	enum sek_finger		 finger;
	int64_t			 wait;	/* us, from scan to scan */
	const struct sek_fingerprint_talk *talk;
};
struct sek_fingerprint_made {
	uint32_t		end;
	uint32_t		replaced; /* fprintd had one of this finger */
	char			reader[SEK_READER_NAME_MAX];
	struct sek_biometric	finger;	/* where end is OK */
};
/*
 * One that fprintd has already of this finger is replaced, by its own way to do
 * so. What ends otherwise leaves none behind that was not there before.
 */
enum sek_err	sek_fingerprint_make(struct sek_fingerprint_made *out,
		    const struct sek_fingerprint_make *in,
		    struct sek_why *why);
/* Have fprintd forget it, on all readers. One that it does not have is OK. */
enum sek_err	sek_fingerprint_delete(enum sek_fingerprint_end *end,
		    const char *account, enum sek_finger finger, int64_t wait,
		    struct sek_why *why);

/*
 * What SEK_LIBEXECDIR/biometric.so gives, by the name "sek_fingerprint_object":
 * the calls above, of the same build.
 */
struct sek_fingerprint_object {
	char		version[32];	/* PACKAGE_VERSION */
	uint32_t	size[6];	/* of told, seen, request, match, make,
					 * made */
	enum sek_err	(*look)(struct sek_fingerprint_seen *, const char *,
			    int64_t, struct sek_why *);
	enum sek_err	(*verify)(struct sek_fingerprint_match *,
			    const struct sek_fingerprint_request *,
			    struct sek_why *);
	enum sek_err	(*make)(struct sek_fingerprint_made *,
			    const struct sek_fingerprint_make *,
			    struct sek_why *);
	enum sek_err	(*remove)(enum sek_fingerprint_end *, const char *,
			    enum sek_finger, int64_t, struct sek_why *);
};

#endif
