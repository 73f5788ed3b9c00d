/*
 * fuzz_fido2.h - the key whose answers the bytes spoil, as fuzz_fido2.c sees it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_FUZZ_FIDO2_H
#define SEKISHO_TESTS_FUZZ_FIDO2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FUZZ_RP		"fuzz.test"
#define FUZZ_PIN	"2468"
#define FUZZ_CREDS	6	/* two of each algorithm, the second resident */

struct fuzz_cred {
	uint8_t	id[64];
	size_t	id_len;
	uint8_t	authdata[1024];
	size_t	authdata_len;
	int	alg;		/* COSE's */
	bool	resident;
};

/* Made once, always the same. */
const struct fuzz_cred	*fuzz_key_creds(void);
/* As it was then; 8 bytes choose knobs. */
void	fuzz_key_reset(const uint8_t choice[8]);
/* Plugged out and in: what it counts since then is forgotten. */
void	fuzz_key_opened(void);
/* One CTAP message; the answer (status first) to out of max bytes. */
size_t	fuzz_key_answer(const uint8_t *in, size_t len, uint8_t *out,
	    size_t max);
/* Bytes that are the same for the same input. */
void	fuzz_random(void *out, size_t len);

#endif
