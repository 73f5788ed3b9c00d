/*
 * child.h - work with a device where it can do no harm, for so long only
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A library waits for a device as long as it likes, and what a device sends is
 * made by whoever made the device: a process of its own talks to it, which can
 * be ended. What it says crosses in frames of one size, that hold no pointer.
 *
 * "In the child" is said of what is called there only.
 *
 * A job that counts is one whose child has something to write down before
 * anybody hears of it: it reaches the store, with limits of its own and not its
 * caller's, and it goes on without its parent, whom his caller may kill. It
 * sees by sek_child_stopped that nobody listens any more, ends by itself, and
 * tells nothing before it is written.
 */
#ifndef SEKISHO_EDGE_DEVICE_CHILD_H
#define SEKISHO_EDGE_DEVICE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"

/* What a frame is, to who checked each byte of it. */
enum device_frame {
	DEVICE_FRAME_BAD = 0,	/* nothing that a child of ours writes */
	DEVICE_FRAME_CUE,	/* how far it is; others follow */
	DEVICE_FRAME_ASK,	/* the child waits for a frame; others follow */
	DEVICE_FRAME_ANSWER	/* the end */
};

/* How it went with the child. */
enum device_said {
	DEVICE_SAID_NONSENSE = 0,	/* or it died */
	DEVICE_SAID_NOTHING,		/* in time: it was ended */
	DEVICE_SAID_ANSWER
};

/* Work for a child, and what the parent needs to watch it. */
struct device_job {
	/* In the child: ends by sek_child_tell of an answer, or not at all.
	 * frame is size bytes, zeros. */
	void			(*work)(const struct device_job *job,
				    void *frame);
	/* In the parent, of each frame, whole but not believed yet. */
	enum device_frame	(*check)(const struct device_job *job,
				    const void *frame);
	/* In the parent, of each cue; NULL where there are none. It keeps the
	 * parent, and its time runs. */
	void			(*cue)(const struct device_job *job,
				    const void *frame);
	/* In the parent, of each frame that asks: make it the answer. It keeps
	 * the parent; false: there is none, and the child is told to stop. NULL
	 * where nothing is asked. */
	bool			(*reply)(const struct device_job *job,
				    void *frame);
	/* In the parent, while there is something to read at watch: is it to
	 * stop? Reads what is there. NULL: nothing is watched. */
	bool			(*stop)(const struct device_job *job);
	const char		*what;	/* "a security key": whose process it
					 * is, in words of trouble */
	const void		*in;	/* theirs: the request; */
	void			*arg;	/* what else they need */
	size_t			 size;	/* bytes of a frame */
	unsigned		 cues;	/* and frames that ask: at most */
	int			 fd;	/* the child's, in the child: readable
					 * when sek_child_stopped may be */
	int			 watch;	/* a descriptor of the parent's */
	bool			 counts; /* as above */
	bool			 keeps;	/* another's program is a child of its
					 * child, and wants memory and time */
	bool			 stopped; /* out, in the parent: it was told
					  * to stop */
	int64_t			 again;	/* us that it has anew after each
					 * answer; 0: no more than it had. The
					 * child's own until stays as it was */
	int64_t			 until;	/* us, sek_child_clock: the child is
					 * done by then; */
	int64_t			 end;	/* and dead by then */
};

/*
 * Run it; frame is size bytes. SEK_OK: *said tells how it went, and frame is
 * the answer, or zeros where there is none. No process, descriptor or signal of
 * it is left, whatever is returned. SEK_ERR_NOMEM, _IO: there was no child.
 */
enum sek_err	sek_child_run(struct device_job *job, void *frame,
		    enum device_said *said, struct sek_why *why);
/* In the child: send a frame; it ends here where nobody is left to hear it. */
void		sek_child_tell(const struct device_job *job,
		    const void *frame);
/* In the child: send a frame; false: nobody is left. */
bool		sek_child_try(const struct device_job *job,
		    const void *frame);
/* In the child: send a frame that asks, and make it what was answered. false:
 * there is no answer, and it is to stop. With again, what it has left is
 * reckoned from here. */
bool		sek_child_ask(const struct device_job *job, void *frame);
/* In the child: is it to stop, or nobody left to tell? */
bool		sek_child_stopped(const struct device_job *job);
/* In the child: bytes of what the host has mapped, and so many more; all there
 * are where that is not to be had. */
uint64_t	sek_child_memory(uint64_t more);
/* Microseconds of a clock that only goes on. */
int64_t		sek_child_clock(void);

/* job.c: give it wait microseconds from start on; less than none is none. */
void		sek_child_job_time(struct device_job *job, int64_t start,
		    int64_t wait);
/* The same of one that counts: wait is until; what it takes to let the device
 * go and to write comes on top. */
void		sek_child_job_time_counting(struct device_job *job,
		    int64_t start, int64_t wait);

#endif
