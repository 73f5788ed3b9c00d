/*
 * frame.h - one call of the store over a pipe, there and back
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Both ends are of one build (the version says so), so members travel as
 * they lie in memory; sizes, ranges and string ends are checked all the same.
 */
#ifndef SEKISHO_STORE_FRAME_H
#define SEKISHO_STORE_FRAME_H

#include "engine.h"
#include "sekisho/base/err.h"

#define SEK_FRAME_MAGIC		"SEKSTOR1"
#define SEK_FRAME_ALIGN		16u
#define SEK_FRAME_MAX		65536u

struct sek_frame_request {
	char			magic[8];
	char			version[24];
	uint32_t		op;
	uint32_t		reserve;
	uint32_t		in_size;
	uint32_t		out_size;
	struct sek_store_config	config;
};

struct sek_frame_answer {
	char			magic[8];
	uint32_t		err;
	uint32_t		out_size;
	struct sek_why		why;
};

/* Bytes of an op's answer; 0 for what is none of a login's. */
size_t		sek_frame_out_size(enum sek_op op);
/* Every number in range, every string ended? SEK_ERR_RANGE, _SYNTAX. */
enum sek_err	sek_frame_check_in(enum sek_op op, const void *in);

/* malloc()ed, *len bytes; for the caller to wipe and free. */
enum sek_err	sek_frame_request(void **out, size_t *len, enum sek_op op,
		    bool reserve, const struct sek_store_config *config,
		    const void *in);
/* Look through untrusted bytes: head and in point into a checked, malloc()ed
 * copy at *copy. SEK_ERR_SYNTAX and no copy when anything is amiss. */
enum sek_err	sek_frame_parse(void **copy,
		    const struct sek_frame_request **head, const void **in,
		    const void *bytes, size_t len);
enum sek_err	sek_frame_answer(void **out, size_t *len, enum sek_op op,
		    enum sek_err err, const char *why, const void *result);
/* The answer's err; SEK_ERR_STORE when it is not a whole one. */
enum sek_err	sek_frame_take(struct sek_why *why, void *result,
		    enum sek_op op, const void *bytes, size_t len);

#endif
