/*
 * device_talk.h - what the talks with all devices share
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_FACTOR_DEVICE_TALK_H
#define SEKISHO_FACTOR_DEVICE_TALK_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/secret.h"
#include "sekisho/factor/factor.h"

#define SEK_DEVICE_LOOK		(3 * SEK_SECOND) /* for one put in */
#define SEK_DEVICE_STEP_NS	200000000L	/* between two looks */

/* What each talk does in its own way; talk is its own struct. */
struct sek_device_calls {
	/* Look at the device, or have it do its work, once. */
	enum sek_err	(*run)(void *talk);
	/* What comes of that end: done is set, or another run follows. */
	enum sek_err	(*react)(void *talk);
	/* Was there nothing that could be of use? */
	bool		(*is_nothing)(const void *talk);
};

struct sek_device_talk {
	const struct sek_device_calls *calls;
	void			*talk;
	struct sek_challenge	*c;
	uint32_t		 methods;	/* those of this line */
	bool			*worthless;	/* its answer's: whatever was
						 * signed; */
	enum sek_reason		*reason;	/* why */
	struct sek_moment	 since;		/* the last question */
	struct sek_secret	 pin;
	bool			 typed;		/* a PIN: no more questions */
	bool			 last;		/* its last try may be used */
	bool			 inserted;	/* he was asked to */
	bool			 busy;		/* told so */
	bool			 ready;		/* an end is there already */
	bool			 old;		/* what the store told */
	bool			 done;
};

/* It is about these methods; worthless and reason are its answer's, and say so
 * of none yet. */
void		sek_device_begin(struct sek_device_talk *t,
		    const struct sek_device_calls *calls, void *talk,
		    struct sek_challenge *c, uint32_t methods,
		    bool *worthless, enum sek_reason *reason);
/* Run and react until it is done. */
enum sek_err	sek_device_converse(struct sek_device_talk *t);

/* What is to be signed: BLAKE2b, each part with its length before it. Domain,
 * random, terminal, service, name, uid and the time of the challenge. */
enum sek_err	sek_device_challenge(uint8_t *out, size_t size,
		    const char *domain, const uint8_t *random,
		    size_t random_len, const struct sek_moment *at,
		    const struct sek_challenge *c);
/* SEK_ERR_REFUSED: that was another boot, or too long ago. */
enum sek_err	sek_device_fresh(const struct sek_moment *at,
		    struct sek_why *why);
/*
 * From afar a device is never all that is asked for. Where nothing else is, no
 * login can come of it, and he meets what one meets who has none: nobody
 * spends the tries of a PIN for whom nothing was proved.
 */
bool		sek_device_is_out_of_reach(const struct sek_challenge *c);
/* May what it verifies be a kind of its own? From afar only where the plan has
 * it so: else it would be all that is asked for, in a service without a line
 * of passwords. */
bool		sek_device_may_be_all(const struct sek_challenge *c);

void		sek_device_tell(const struct sek_device_talk *t, int style,
		    const char *msgid);
/* The style of what he must hear while the device waits: a locker that wants
 * silence is handed on errors alone. */
int		sek_device_style(const struct sek_device_talk *t);
/* One hidden question, and the time it was answered. */
enum sek_err	sek_device_ask(struct sek_device_talk *t, const char *msgid,
		    struct sek_secret *answer);
/* How long ago that was, and what is left of factors.wait; microseconds. */
int64_t		sek_device_since(const struct sek_device_talk *t);
int64_t		sek_device_left(const struct sek_device_talk *t);
void		sek_device_pause(void);

/* Whatever was signed, nothing comes of it; and that is all. */
void		sek_device_spoil(struct sek_device_talk *t,
		    enum sek_reason reason);
void		sek_device_wrong(struct sek_device_talk *t,
		    enum sek_reason reason);
/* He takes something else, or this was his answer, and wrong. */
void		sek_device_other_way(struct sek_device_talk *t,
		    enum sek_reason reason);
/* It is no use: what else he has himself is asked for. */
void		sek_device_no_use(struct sek_device_talk *t,
		    enum sek_reason reason);

/*
 * Have him put it in, by one of these prompts (either: where another way is
 * there), and look for it a moment. ready: something is there now. What is
 * typed is another line's, or nobody's: never this one's.
 */
enum sek_err	sek_device_insert(struct sek_device_talk *t,
		    const char *only, const char *either);
/* Another program has it: busy is told, once, and he waits a step; or still,
 * and that is the end. */
void		sek_device_wait(struct sek_device_talk *t, const char *busy,
		    const char *still);
/* text is told, and then: does he want to use the last try up? */
enum sek_err	sek_device_ask_last(struct sek_device_talk *t,
		    const char *text, bool *yes);
void		sek_device_end(struct sek_device_talk *t);

#endif
