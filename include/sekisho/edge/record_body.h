/*
 * record_body.h - the text of a record: written once, hashed, parsed back
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A body is lines "name=value\n" in the order of the table below. A field
 * that is empty is left out. No value holds a control character, so a line
 * end always ends a field: two different records have different bodies.
 */
#ifndef SEKISHO_EDGE_RECORD_BODY_H
#define SEKISHO_EDGE_RECORD_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/model/record.h"

enum sek_field {
	SEK_FIELD_SEQ = 0,	/* number */
	SEK_FIELD_TIME,		/* RFC 3339 with offset */
	SEK_FIELD_BOOT,		/* boot id, hex */
	SEK_FIELD_CLOCK,	/* synced, unsynced, back */
	SEK_FIELD_TERMINAL,
	SEK_FIELD_PROFILE,
	SEK_FIELD_POLICY,	/* hash of the policy in force, hex */
	SEK_FIELD_VERSION,	/* of this software */
	SEK_FIELD_COUNT,	/* number */
	SEK_FIELD_EVENT,
	SEK_FIELD_RESULT,
	SEK_FIELD_REASON,
	SEK_FIELD_SERVICE,
	SEK_FIELD_SUBJECT,
	SEK_FIELD_TARGET,
	SEK_FIELD_PERSON,
	SEK_FIELD_SECTION,
	SEK_FIELD_KINDS,	/* kind names, blanks between */
	SEK_FIELD_AUTHENTICATOR, /* ids, blanks between */
	SEK_FIELD_REF,
	SEK_FIELD_TTY,
	SEK_FIELD_RHOST,
	SEK_FIELD_DETAIL,
	SEK_FIELDS
};
#define SEK_FIELD_MAX 256u

/* What the store knows when it appends. */
struct sek_record_stamp {
	uint64_t		 seq;
	const struct sek_moment	*at;
	bool			 clock_back;
	const char		*terminal;
	const char		*profile;
	const char		*policy;
	const char		*version;
	const char		*timezone;	/* "" : Asia/Tokyo */
};

/* A body taken apart: "" where the field is absent. */
struct sek_record_fields {
	char	value[SEK_FIELDS][SEK_FIELD_MAX];
};

/* "seq", "time" … : the key of the JSON object, too. NULL outside. */
const char	*sek_record_field_name(enum sek_field f);

/* The part of a body that a record itself says (event to detail). */
enum sek_err	sek_record_body_event(char *out, size_t size, size_t *len,
		    const struct sek_record *r);
/* The whole body round such a part. */
enum sek_err	sek_record_body_write(char *out, size_t size, size_t *len,
		    const struct sek_record_stamp *stamp, uint32_t count,
		    const char *event);

/* Fields of a body, or of its event part. A name not in the table (a newer
 * version's) is passed over; anything malformed is SEK_ERR_SYNTAX. */
enum sek_err	sek_record_body_parse(struct sek_record_fields *out,
		    const char *body, size_t len);
/* Wall microseconds of an RFC 3339 time as the store writes it; 0 if not. */
int64_t		sek_record_body_wall(const char *time);
/* Back to a record (words to numbers); unknown words become NONE. */
void		sek_record_body_record(struct sek_record *out,
		    const struct sek_record_fields *f);

#endif
