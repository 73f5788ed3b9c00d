/*
 * fingerprint.h - what the files of biometric.so share
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "In the child" is said of what is called there only: all that speaks to the
 * bus.
 */
#ifndef SEKISHO_EDGE_FINGERPRINT_FINGERPRINT_H
#define SEKISHO_EDGE_FINGERPRINT_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/fingerprint.h"

#include "../device/child.h"

#define FINGER_BUS	"unix:path=/run/dbus/system_bus_socket"
#define FINGER_SERVICE	"net.reactivated.Fprint"
#define FINGER_FOLDER	"/var/lib/fprint"	/* fprintd's own */
#define FINGER_CUES	64u	/* told at most, of one errand */

typedef enum sek_fingerprint_end finger_end;

/* ---------------------------------------------------------- a frame -- */

enum finger_kind {
	FINGER_NONE = 0,
	FINGER_CUE,
	FINGER_LOOKED,
	FINGER_VERIFIED,
	FINGER_MADE,
	FINGER_DELETED
};

struct finger_frame {
	uint32_t			kind;	/* enum finger_kind */
	uint32_t			end;	/* of an answer */
	struct sek_fingerprint_told	told;	/* of a cue */
	uint32_t			readers;
	uint32_t			fingers; /* SEK_FINGER_BITs */
	uint32_t			swipe;
	uint32_t			scanned;
	uint32_t			replaced;
	uint32_t			pad;
	char				reader[SEK_READER_NAME_MAX];
	struct sek_biometric		made;
	uint8_t				tail;	/* no byte is left out */
};
_Static_assert(sizeof(struct finger_frame) ==
    offsetof(struct finger_frame, tail) + 1, "a frame has holes");

/* Is each byte of it one that a child of ours writes, who was asked for this
 * kind of answer, about these fingers of this account? */
bool		 finger_frame_check(const struct finger_frame *f,
		    enum finger_kind kind, uint32_t fingers,
		    const char *account);

/* ---------------------------------------------------------- an errand -- */

struct finger_job {
	struct device_job		 d;
	enum finger_kind		 kind;
	/* In the child: what is to be done; f is its answer. */
	finger_end			(*work)(const struct finger_job *job,
					    struct finger_frame *f);
	const char			*account;
	uint32_t			 fingers; /* it is about */
	const void			*in;
	const struct sek_fingerprint_talk *talk;	/* may be NULL */
};

/* Run it. SEK_OK: f->end tells. */
enum sek_err	 finger_run(struct finger_job *job, struct finger_frame *f,
		    struct sek_why *why);
/* In the child: tell how far it is; false: nobody listens. */
bool		 finger_tell(const struct finger_job *job,
		    const struct sek_fingerprint_told *told);
/* An account as fprintd takes it: a name of one folder. */
enum sek_err	 finger_account(const char *account, struct sek_why *why);

/* -------------------------------------------------- bus.c: in the child -- */

/* What was heard of the one device, since it was claimed. */
struct finger_heard {
	char	status[40];	/* "verify-match"; "" nothing yet */
	char	selected[32];	/* the finger that fprintd chose; "" */
	bool	done;
	bool	garbage;	/* a signal of another form */
};

struct finger_bus {
	const struct device_job	*job;
	sd_bus			*bus;
	char			 owner[64];	/* fprintd's unique name */
	char			 device[128];	/* claimed */
	bool			 claimed;
	bool			 listens;	/* its signals count from now */
	bool			 gone;		/* fprintd is */
	bool			 last;		/* it is let go: nothing stops
						 * that */
	struct finger_heard	 heard;
};

/* Connect; end of the time us, finger_bus. What is not OK is the end. */
finger_end	 finger_connect(struct finger_bus *b,
		    const struct device_job *job, int64_t until);
void		 finger_disconnect(struct finger_bus *b);
/* Wait for something to be heard, or taken. OK: look again. CANCELLED: the
 * parent wants no more; SILENT: until. */
finger_end	 finger_turn(struct finger_bus *b, int64_t until);
/*
 * Call, and wait for the reply within the bound. text: its argument, NULL none.
 * reply: the caller's to unref; NULL: not wanted.
 */
struct finger_call {
	const char	*to;		/* NULL: fprintd, by its unique name */
	const char	*path;
	const char	*interface;
	const char	*member;
	const char	*text;
	int64_t		 bound;		/* us */
};
finger_end	 finger_call(struct finger_bus *b, const struct finger_call *c,
		    sd_bus_message **reply);
/* What an error of the bus or fprintd's means. */
finger_end	 finger_meaning(const char *error);

/* ---------------------------------------------- service.c: in the child -- */

struct finger_list {
	char	path[SEK_READERS_MAX][128];
	size_t	n;
};
struct finger_about {
	char		name[SEK_READER_NAME_MAX];	/* printable */
	bool		swipe;
	uint32_t	stages;		/* of an enrolment; 0 not known */
};
/* Who is fprintd; it is started where it does not run. */
finger_end	 finger_owner(struct finger_bus *b, int64_t until);
finger_end	 finger_devices(struct finger_bus *b, struct finger_list *out);
finger_end	 finger_about(struct finger_bus *b, const char *device,
		    struct finger_about *out);
/* Bits of those that it has of him; none is no error. */
finger_end	 finger_enrolled(struct finger_bus *b, const char *device,
		    const char *account, uint32_t *fingers);
/* Claim it, and hear it from then on. */
finger_end	 finger_claim(struct finger_bus *b, const char *device,
		    const char *account);
/* All that the bus had for us by now was heard. */
finger_end	 finger_sync(struct finger_bus *b);
/* A method of the device that is claimed; a finger's name, or NULL. */
finger_end	 finger_do(struct finger_bus *b, const char *member,
		    const char *finger);
/* The same on the way out: within a second, and nothing stops it. stop: NULL
 * where nothing was started. */
void		 finger_let_go(struct finger_bus *b, const char *stop);

/* ------------------------------------------------------- template.c -- */

/*
 * BLAKE2b of all that fprintd keeps of this finger of his: each file's place
 * and bytes. SEK_ERR_NOT_FOUND: nothing.
 */
enum sek_err	 finger_template(uint8_t digest[SEK_TEMPLATE_LEN],
		    const char *folder, const char *account,
		    enum sek_finger finger);

/* -------------------------------------------------------- status.c -- */

/* What a status of fprintd's says. */
struct finger_status {
	finger_end			end;	/* where it is one, else
						 * FAILED: goes on */
	enum sek_fingerprint_cue	cue;
};
struct finger_status finger_verify_status(const char *said, bool done);
struct finger_status finger_enrol_status(const char *said, bool done);

/* ------------------------------------------------------ the errands -- */

enum sek_err	 finger_look(struct sek_fingerprint_seen *,
		    const char *, int64_t, struct sek_why *);
enum sek_err	 finger_verify(struct sek_fingerprint_match *,
		    const struct sek_fingerprint_request *, struct sek_why *);
enum sek_err	 finger_make(struct sek_fingerprint_made *,
		    const struct sek_fingerprint_make *, struct sek_why *);
enum sek_err	 finger_delete(enum sek_fingerprint_end *, const char *,
		    enum sek_finger, int64_t, struct sek_why *);

#endif
