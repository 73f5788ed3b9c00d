/*
 * fido2.h - security keys plugged into this terminal, by libfido2
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * libfido2 and libcrypto are loaded when the first of these is called, by an
 * object of our own (SEK_LIBEXECDIR/fido2.so, package libpam-sekisho-fido2):
 * who has no key does without them.
 *
 * Whatever a key says is read in a child, which is ended when its time is up;
 * a signature is verified by the caller.
 *
 * MUST: no key is held open over a question to its holder.
 * MUST: each call ends within its bound, whatever the key does.
 * MUST: a PIN reaches a key only where the caller says so, by one try a call.
 */
#ifndef SEKISHO_EDGE_FIDO2_H
#define SEKISHO_EDGE_FIDO2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/base/secret.h"
#include "sekisho/model/fido2.h"

#define SEK_FIDO2_HASH_LEN	32u
#define SEK_FIDO2_PATH_MAX	256u
#define SEK_FIDO2_AUTHDATA_MAX	2048u	/* bytes, of a made credential too */
#define SEK_FIDO2_SIGNATURE_MAX	520u
#define SEK_FIDO2_LIST_MAX	256u	/* credentials looked for at once */
#define SEK_FIDO2_TRIES_UNKNOWN	UINT32_MAX

/* How talking to the keys ended. */
enum sek_fido2_end {
	SEK_FIDO2_END_FAILED = 0,	/* as why says */
	SEK_FIDO2_END_OK,
	SEK_FIDO2_END_NO_KEY,		/* none is plugged in */
	SEK_FIDO2_END_OTHERS,		/* none of those is his */
	SEK_FIDO2_END_WANTS_PIN,	/* ask for it: see device.pin_tries */
	SEK_FIDO2_END_NO_PIN,		/* called for, and none is set */
	SEK_FIDO2_END_PIN_WRONG,
	SEK_FIDO2_END_PIN_PAUSED,	/* three wrong ones: until it is taken
					 * out and put in again */
	SEK_FIDO2_END_PIN_BLOCKED,	/* until it is reset */
	SEK_FIDO2_END_UV_FAILED,	/* its sensor knows him not */
	SEK_FIDO2_END_UV_BLOCKED,
	SEK_FIDO2_END_NO_TOUCH,		/* within the time */
	SEK_FIDO2_END_DENIED,		/* its holder said no, at the key */
	SEK_FIDO2_END_BUSY,		/* another program has it */
	SEK_FIDO2_END_GONE,		/* taken out while in use */
	SEK_FIDO2_END_SILENT,		/* no answer within the time */
	SEK_FIDO2_END_GARBAGE,		/* no sense in its answers */
	SEK_FIDO2_END_EXCLUDED,		/* make: his already */
	SEK_FIDO2_END_FULL,		/* make: no room on it */
	SEK_FIDO2_END_UNABLE,		/* make: to do what was asked */
	SEK_FIDO2_END_COUNT
};
/* A word for the log: "pin-blocked". */
const char	*sek_fido2_end_name(enum sek_fido2_end e);

/* What a key says of itself. */
struct sek_fido2_device {
	char		path[SEK_FIDO2_PATH_MAX];
	char		model[SEK_FIDO2_MODEL_MAX];	/* printable */
	uint8_t		aaguid[SEK_FIDO2_AAGUID_LEN];	/* zeros where an
					 * assertion had no need to ask */
	uint32_t	pin_tries;	/* SEK_FIDO2_TRIES_UNKNOWN */
	uint32_t	uv_tries;
	uint8_t		pin_set;
	uint8_t		sensor;		/* it verifies by itself, set up */
	uint8_t		resident;	/* it can keep credentials */
	uint8_t		pad[5];
};

/* What its holder is to do now; told while the key waits for it. */
enum sek_fido2_cue {
	SEK_FIDO2_CUE_TOUCH = 1,
	SEK_FIDO2_CUE_SENSOR		/* with the enrolled finger */
};
typedef void (*sek_fido2_cue_fn)(void *arg, enum sek_fido2_cue cue,
		    const struct sek_fido2_device *device);

/*
 * Is any key plugged in at all? Opens none. SEK_ERR_NOT_FOUND: the object or
 * libfido2 is not installed; why names the package.
 */
enum sek_err	sek_fido2_present(bool *present, struct sek_why *why);
/* Those plugged in: at most max; *n, how many. Each is opened for a moment. */
enum sek_err	sek_fido2_devices(struct sek_fido2_device *out, size_t max,
		    size_t *n, struct sek_why *why);

/* One signature by one of these credentials, made now. */
struct sek_fido2_request {
	uint8_t			 hash[SEK_FIDO2_HASH_LEN];	/* fresh: the
					 * client data hash that is signed */
	const struct sek_fido2	*credential;	/* n of them */
	size_t			 n;
	enum sek_fido2_uv	 uv;	/* of all; each one's own may ask for
					 * more */
	bool			 presence_only;	/* a touch and nothing more,
					 * whatever uv says: no verification
					 * is tried */
	bool			 no_sensor;	/* it failed: by PIN */
	const struct sek_secret	*pin;	/* NULL: none yet */
	bool			 last;	/* he was asked: its last try, too */
	const char		*path;	/* "" or NULL: any key that has one */
	int64_t			 wait;	/* us for all of it */
	sek_fido2_cue_fn	 cue;	/* may be NULL */
	void			*arg;
};
struct sek_fido2_assertion {
	uint32_t		end;	/* enum sek_fido2_end */
	uint32_t		credential;	/* index; where end is OK, or
					 * one is of the key that refused;
					 * else UINT32_MAX */
	uint32_t		verified;	/* enum sek_fido2_verifies: how
					 * it was asked to. Proved by the
					 * flag in what is signed alone */
	uint32_t		authdata_len;
	uint32_t		signature_len;
	uint32_t		round_trips;	/* CTAP commands sent */
	struct sek_fido2_device	device;
	/* As a CBOR byte string. */
	uint8_t			authdata[SEK_FIDO2_AUTHDATA_MAX];
	uint8_t			signature[SEK_FIDO2_SIGNATURE_MAX];
};
/*
 * Find his key among those plugged in without asking him (up=false, in parts
 * the key takes), then have it sign. SEK_OK: out->end tells how it went; any
 * other error is of this machine (memory, no libfido2, no child). With
 * END_WANTS_PIN nothing was signed and nothing is held: ask, and call again
 * with pin and path = device.path. Again END_WANTS_PIN: one try is left by
 * now, he was not asked about it, and the PIN was not sent.
 */
enum sek_err	sek_fido2_assert(struct sek_fido2_assertion *out,
		    const struct sek_fido2_request *in, struct sek_why *why);

/* What a signature that holds is worth. */
struct sek_fido2_proof {
	uint32_t	counter;
	uint32_t	verified;	/* the UV flag is set, and how it was
					 * asked to: enum sek_fido2_verifies */
};
/*
 * Did this credential sign this hash, for its RP id, with its holder present?
 * SEK_ERR_REFUSED: no, whatever is wrong with it. Reaches for no device.
 */
enum sek_err	sek_fido2_verify(struct sek_fido2_proof *out,
		    const struct sek_fido2_assertion *a,
		    const struct sek_fido2 *credential,
		    const uint8_t hash[SEK_FIDO2_HASH_LEN],
		    struct sek_why *why);

/* Make a credential on a key, and check what its maker says of it. */
struct sek_fido2_make {
	const char		*rp_id;
	const char		*rp_name;
	const char		*user;		/* account's name */
	uint8_t			 user_id[32];	/* random; a resident key
						 * shows it to who has it */
	bool			 resident;
	enum sek_fido2_uv	 uv;
	bool			 no_sensor;	/* it failed: by PIN */
	const struct sek_fido2	*exclude;	/* his own so far */
	size_t			 nexclude;
	enum sek_fido2_attestation least;	/* refuse what is less */
	const char		*aaguids;	/* words; "" any */
	const char		*roots;		/* folder of certificates, PEM
						 * or DER; "" none */
	const struct sek_secret	*pin;
	const char		*path;		/* "" : the only one there is */
	int64_t			 wait;		/* us */
	sek_fido2_cue_fn	 cue;
	void			*arg;
};
struct sek_fido2_made {
	uint32_t		end;
	uint32_t		pad;
	struct sek_fido2_device	device;
	struct sek_fido2	credential;	/* where end is OK */
};
/* As sek_fido2_assert. SEK_ERR_REFUSED: the key is none that policy takes
 * (model, attestation); why says so. ES256, else EdDSA, else RS256. */
enum sek_err	sek_fido2_make(struct sek_fido2_made *out,
		    const struct sek_fido2_make *in, struct sek_why *why);

/*
 * What SEK_LIBEXECDIR/fido2.so gives, by the name "sek_fido2_object": the
 * calls above, of the same build.
 */
struct sek_fido2_object {
	char		version[32];	/* PACKAGE_VERSION */
	uint32_t	size[4];	/* of request, assertion, make, made */
	enum sek_err	(*present)(bool *, struct sek_why *);
	enum sek_err	(*devices)(struct sek_fido2_device *, size_t,
			    size_t *, struct sek_why *);
	enum sek_err	(*assert_)(struct sek_fido2_assertion *,
			    const struct sek_fido2_request *,
			    struct sek_why *);
	enum sek_err	(*verify)(struct sek_fido2_proof *,
			    const struct sek_fido2_assertion *,
			    const struct sek_fido2 *,
			    const uint8_t [SEK_FIDO2_HASH_LEN],
			    struct sek_why *);
	enum sek_err	(*make)(struct sek_fido2_made *,
			    const struct sek_fido2_make *, struct sek_why *);
};

#endif
