/*
 * key.h - the rooms of fido2.so: what each may call of another
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * "In the child" is said of what reads a device's answers: only there.
 */
#ifndef SEKISHO_EDGE_FIDO2_KEY_H
#define SEKISHO_EDGE_FIDO2_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <fido.h>

#include "sekisho/edge/fido2.h"

#include "../device/child.h"

#define KEYS_MAX	32u	/* plugged in at once */
#define PROBE_MS	3000	/* a key's time for an answer that needs
				 * nobody */
#define PIN_TEXT_MAX	(SEK_FIDO2_PIN_MAX + 1)

/* ------------------------------------------------------------- list.c -- */

struct key_list {
	size_t			n;
	struct sek_fido2_device	key[KEYS_MAX];
};
/* Those plugged in, path and model; opens none. SEK_ERR_NOMEM, _IO. */
enum sek_err	key_list(struct key_list *out, struct sek_why *why);
/* Is one plugged in by this path? Where that cannot be told: yes. */
bool		key_is_listed(const char *path);

/* ------------------------------------------------------------ frame.c -- */

/* What a made credential's key says of it; not believed yet. */
struct key_made {
	uint32_t	authdata_len;
	uint32_t	statement_len;
	uint32_t	algorithm;	/* enum sek_fido2_algorithm */
	uint32_t	pad;
	char		format[32];
	uint8_t		authdata[SEK_FIDO2_AUTHDATA_MAX];
	uint8_t		statement[SEK_FIDO2_AUTHDATA_MAX];
};

enum key_frame_kind {
	KEY_FRAME_NONE = 0,
	KEY_FRAME_CUE,
	KEY_FRAME_LOOKED,	/* device alone */
	KEY_FRAME_SIGNED,
	KEY_FRAME_MADE
};
/* From the child: fixed, plain, zeros where nothing was written. */
struct key_frame {
	uint32_t		kind;
	uint32_t		end;	/* enum sek_fido2_end */
	uint32_t		cue;
	uint32_t		round_trips;
	struct sek_fido2_device	device;
	union {
		struct {
			uint32_t	credential;
			uint32_t	verified;
			uint32_t	authdata_len;
			uint32_t	signature_len;
			uint8_t		authdata[SEK_FIDO2_AUTHDATA_MAX];
			uint8_t		signature[SEK_FIDO2_SIGNATURE_MAX];
		} got;
		struct key_made	made;
	} u;
};
/* May it be what a child of ours writes of this device, a cue or the answer of
 * this kind? Each byte looked at. */
bool		key_frame_check(const struct key_frame *f,
		    const struct sek_fido2_device *asked,
		    enum key_frame_kind kind);

/* ------------------------------------------------------------ child.c -- */

/* Work for a child, and what the parent needs to watch it. */
struct key_job {
	/* In the child; each ends by key_tell of one frame that is no cue. */
	void				(*work)(const struct key_job *job,
					    struct key_frame *f);
	enum key_frame_kind		 kind;	/* of that frame */
	const struct sek_fido2_device	*device;
	const void			*in;	/* request */
	sek_fido2_cue_fn		 cue;
	void				*arg;
	struct device_job		 d;	/* its times, by who asks; the
						 * rest is key_run's */
};
/*
 * Run it. SEK_OK: f is checked and is no cue; a child that died, wrote nonsense
 * or nothing has f->end GARBAGE or SILENT. Anything else is trouble here.
 */
enum sek_err	key_run(struct key_job *job, struct key_frame *f,
		    struct sek_why *why);
/* In the child: send a frame. */
void		key_tell(const struct key_job *job, const struct key_frame *f);

/* ------------------------------------------------------------- talk.c -- */
/* All of it in the child. */

struct key {
	const struct key_job	*job;
	struct key_frame	*f;
	fido_dev_t		*dev;
	size_t			 part;		/* credentials a list takes */
	size_t			 message;	/* bytes a message takes */
	int64_t			 due;		/* when the command's time is
						 * up, as sek_child_clock
						 * tells */
	bool			 asked;		/* for its bounds, and told: */
	bool			 make_without_uv;
	bool			 always_uv;
	unsigned		 algorithms;	/* bits; 0: it names none */
};
/* Open it; *k and f->device are filled. END_OK or why not. */
enum sek_fido2_end	key_open(struct key *k, const struct key_job *job,
			    struct key_frame *f);
void			key_close(struct key *k);
/* How long the next command may take: to the job's end, at most this many
 * milliseconds where that is not 0. */
void			key_set_time(struct key *k, int most);
/* What a libfido2 error means; waited: its holder had to do something. */
enum sek_fido2_end	key_end(struct key *k, int r, bool waited);
/* Ask what else it says of itself: AAGUID, options, bounds. */
enum sek_fido2_end	key_ask_info(struct key *k);
/* The tries that are left. */
void			key_ask_tries(struct key *k);
void			key_cue(struct key *k, enum sek_fido2_cue cue);
/* Is it to be verified, and how? END_OK and *how, or WANTS_PIN, NO_PIN. */
enum sek_fido2_end	key_choose(struct key *k, enum sek_fido2_uv uv,
			    bool pin, bool no_sensor,
			    enum sek_fido2_verifies *how);

/* ------------------------------------------------------------- find.c -- */

struct key_found {
	size_t	index;
	size_t	id_len;
	uint8_t	id[SEK_FIDO2_CREDENTIAL_MAX];
	bool	proved;		/* by a signature of it, without a touch;
				 * looked at where the key has a PIN */
};
/* In the child: has it one of these? END_OK, OTHERS, or trouble. */
enum sek_fido2_end	key_find(struct key *k, const struct sek_fido2 *c,
			    size_t n, struct key_found *out);

/* ----------------------------------------------------------- verify.c -- */

int		key_cose(uint8_t algorithm);
/* libfido2's own key object of these bytes, or NULL. */
void		*key_public(const struct sek_fido2 *c);
void		key_public_free(const struct sek_fido2 *c, void **pk);
enum sek_err	key_verify(struct sek_fido2_proof *out,
		    const struct sek_fido2_assertion *a,
		    const struct sek_fido2 *c,
		    const uint8_t hash[SEK_FIDO2_HASH_LEN],
		    struct sek_why *why);

/* ----------------------------------------------- assert.c, make.c, ... -- */

/* None, or one of a PIN's form? SEK_ERR_RANGE. */
enum sek_err	key_check_pin(const struct sek_secret *pin,
		    struct sek_why *why);

enum sek_err	key_assert(struct sek_fido2_assertion *out,
		    const struct sek_fido2_request *in, struct sek_why *why);
enum sek_err	key_make(struct sek_fido2_made *out,
		    const struct sek_fido2_make *in, struct sek_why *why);

/* ------------------------------------------------------ attestation.c -- */

/* What its maker says of this credential, checked; fills c's brief, key and
 * id. SEK_ERR_REFUSED where policy does not take it. */
enum sek_err	key_attest(struct sek_fido2 *c, const struct key_made *made,
		    const struct sek_fido2_make *in,
		    const uint8_t hash[SEK_FIDO2_HASH_LEN],
		    struct sek_why *why);

#endif
