/*
 * body.c - the text of a record: written once, hashed, parsed back
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/record_body.h"

static const char *const names[SEK_FIELDS] = {
	[SEK_FIELD_SEQ] = "seq",
	[SEK_FIELD_TIME] = "time",
	[SEK_FIELD_BOOT] = "boot",
	[SEK_FIELD_CLOCK] = "clock",
	[SEK_FIELD_TERMINAL] = "terminal",
	[SEK_FIELD_PROFILE] = "profile",
	[SEK_FIELD_POLICY] = "policy",
	[SEK_FIELD_VERSION] = "version",
	[SEK_FIELD_COUNT] = "count",
	[SEK_FIELD_EVENT] = "event",
	[SEK_FIELD_RESULT] = "result",
	[SEK_FIELD_REASON] = "reason",
	[SEK_FIELD_SERVICE] = "service",
	[SEK_FIELD_SUBJECT] = "subject",
	[SEK_FIELD_TARGET] = "target",
	[SEK_FIELD_PERSON] = "person",
	[SEK_FIELD_SECTION] = "section",
	[SEK_FIELD_KINDS] = "kinds",
	[SEK_FIELD_AUTHENTICATOR] = "authenticator",
	[SEK_FIELD_REF] = "ref",
	[SEK_FIELD_TTY] = "tty",
	[SEK_FIELD_RHOST] = "rhost",
	[SEK_FIELD_DETAIL] = "detail",
};

const char *
sek_record_field_name(enum sek_field f)
{

	return ((unsigned)f < SEK_FIELDS ? names[f] : NULL);
}

/* A text being written: once it did not fit, it stays so. */
struct text {
	char	*p;
	size_t	 size;
	size_t	 len;
	bool	 cut;
};

static void
put(struct text *t, const char *s, size_t n)
{

	if (t->cut || n >= t->size - t->len) {
		t->cut = true;
		return;
	}
	memcpy(t->p + t->len, s, n);
	t->len += n;
	t->p[t->len] = '\0';
}

static void
put_field(struct text *t, enum sek_field f, const char *value)
{
	char clean[SEK_FIELD_MAX];

	if (value == NULL || value[0] == '\0')
		return;
	sek_text_printable(clean, sizeof(clean), value);
	put(t, names[f], strlen(names[f]));
	put(t, "=", 1);
	put(t, clean, strlen(clean));
	put(t, "\n", 1);
}

static void
put_number(struct text *t, enum sek_field f, uint64_t v)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)v);
	put_field(t, f, digits);
}

static void
put_kinds(struct text *t, uint32_t kinds)
{
	char list[64] = "";
	uint32_t bit;

	for (bit = 1; bit <= SEK_KIND_INHERENCE; bit <<= 1) {
		if ((kinds & bit) == 0)
			continue;
		if (list[0] != '\0')
			strncat(list, " ", sizeof(list) - strlen(list) - 1);
		strncat(list, sek_kind_name((enum sek_kind)bit),
		    sizeof(list) - strlen(list) - 1);
	}
	put_field(t, SEK_FIELD_KINDS, list);
}

static enum sek_err
finish(const struct text *t, size_t *len)
{

	*len = t->len;
	return (t->cut ? SEK_ERR_RANGE : SEK_OK);
}

enum sek_err
sek_record_body_event(char *out, size_t size, size_t *len,
    const struct sek_record *r)
{
	struct text t = { out, size, 0, false };

	out[0] = '\0';
	put_field(&t, SEK_FIELD_EVENT, sek_event_name(r->event));
	put_field(&t, SEK_FIELD_RESULT, sek_result_name(r->result));
	if (r->reason != SEK_REASON_NONE)
		put_field(&t, SEK_FIELD_REASON, sek_reason_name(r->reason));
	put_field(&t, SEK_FIELD_SERVICE, r->service);
	put_field(&t, SEK_FIELD_SUBJECT, r->subject);
	put_field(&t, SEK_FIELD_TARGET, r->target);
	put_field(&t, SEK_FIELD_PERSON, r->person);
	put_field(&t, SEK_FIELD_SECTION, r->section);
	put_kinds(&t, r->kinds);
	put_field(&t, SEK_FIELD_AUTHENTICATOR, r->authenticator);
	put_field(&t, SEK_FIELD_REF, r->ref);
	put_field(&t, SEK_FIELD_TTY, r->tty);
	put_field(&t, SEK_FIELD_RHOST, r->rhost);
	put_field(&t, SEK_FIELD_DETAIL, r->detail);
	return (finish(&t, len));
}

enum sek_err
sek_record_body_write(char *out, size_t size, size_t *len,
    const struct sek_record_stamp *s, uint32_t count, const char *event)
{
	char boot[2 * SEK_BOOT_ID_LEN + 1], when[64];
	struct text t = { out, size, 0, false };

	out[0] = '\0';
	sek_clock_print(when, sizeof(when), s->at->wall,
	    s->timezone[0] != '\0' ? s->timezone : NULL);
	sek_text_hex(boot, s->at->boot_id, SEK_BOOT_ID_LEN);
	put_number(&t, SEK_FIELD_SEQ, s->seq);
	put_field(&t, SEK_FIELD_TIME, when);
	put_field(&t, SEK_FIELD_BOOT, boot);
	put_field(&t, SEK_FIELD_CLOCK, s->clock_back ? "back" :
	    s->at->synced ? "synced" : "unsynced");
	put_field(&t, SEK_FIELD_TERMINAL, s->terminal);
	put_field(&t, SEK_FIELD_PROFILE, s->profile);
	put_field(&t, SEK_FIELD_POLICY, s->policy);
	put_field(&t, SEK_FIELD_VERSION, s->version);
	put_number(&t, SEK_FIELD_COUNT, count);
	put(&t, event, strlen(event));
	return (finish(&t, len));
}

static enum sek_field
field_by_name(const char *name, size_t len)
{
	unsigned i;

	for (i = 0; i < SEK_FIELDS; i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			break;
	return ((enum sek_field)i);
}

/* One line without its end. */
static enum sek_err
parse_line(struct sek_record_fields *out, const char *line, size_t len)
{
	const char *value = memchr(line, '=', len);
	enum sek_field f;
	size_t n;

	if (value == NULL || memchr(line, '\0', len) != NULL)
		return (SEK_ERR_SYNTAX);
	f = field_by_name(line, (size_t)(value - line));
	if (f == SEK_FIELDS)
		return (SEK_OK);
	n = len - (size_t)(++value - line);
	if (n == 0 || n >= SEK_FIELD_MAX || out->value[f][0] != '\0')
		return (SEK_ERR_SYNTAX);
	memcpy(out->value[f], value, n);
	return (SEK_OK);
}

enum sek_err
sek_record_body_parse(struct sek_record_fields *out, const char *body,
    size_t len)
{
	const char *end;
	size_t n;

	memset(out, 0, sizeof(*out));
	while (len > 0) {
		if ((end = memchr(body, '\n', len)) == NULL)
			return (SEK_ERR_SYNTAX);
		n = (size_t)(end - body);
		if (parse_line(out, body, n) != SEK_OK)
			return (SEK_ERR_SYNTAX);
		body += n + 1;
		len -= n + 1;
	}
	return (SEK_OK);
}

int64_t
sek_record_body_wall(const char *when)
{
	int64_t wall;

	return (sek_clock_parse(&wall, when) == SEK_OK ? wall : 0);
}

static uint32_t
event_by_name(const char *name)
{
	unsigned i;

	for (i = SEK_EVENT_COUNT - 1; i > 0; i--)
		if (strcmp(sek_event_name((enum sek_event)i), name) == 0)
			break;
	return (i);
}

static uint32_t
reason_by_name(const char *name)
{
	unsigned i;

	for (i = SEK_REASON_COUNT - 1; i > 0; i--)
		if (strcmp(sek_reason_name((enum sek_reason)i), name) == 0)
			break;
	return (i);
}

static uint32_t
kinds_by_names(const char *list)
{
	char word[32];
	uint32_t bit, kinds = 0;

	while (sek_text_word(&list, word, sizeof(word)))
		for (bit = 1; bit <= SEK_KIND_INHERENCE; bit <<= 1)
			if (strcmp(word,
			    sek_kind_name((enum sek_kind)bit)) == 0)
				kinds |= bit;
	return (kinds);
}

static uint32_t
result_by_name(const char *name)
{

	if (strcmp(name, sek_result_name(SEK_RESULT_OK)) == 0)
		return (SEK_RESULT_OK);
	if (strcmp(name, sek_result_name(SEK_RESULT_REFUSED)) == 0)
		return (SEK_RESULT_REFUSED);
	return (SEK_RESULT_ERROR);
}

void
sek_record_body_record(struct sek_record *out,
    const struct sek_record_fields *f)
{
	int64_t count = 1;

	memset(out, 0, sizeof(*out));
	out->event = event_by_name(f->value[SEK_FIELD_EVENT]);
	out->result = result_by_name(f->value[SEK_FIELD_RESULT]);
	out->reason = reason_by_name(f->value[SEK_FIELD_REASON]);
	out->kinds = kinds_by_names(f->value[SEK_FIELD_KINDS]);
	(void)sek_text_number(&count, f->value[SEK_FIELD_COUNT], 1, UINT32_MAX);
	out->count = (uint32_t)count;
#define COPY(member, field) \
	(void)sek_text_copy(out->member, sizeof(out->member), \
	    f->value[SEK_FIELD_##field])
	COPY(service, SERVICE);
	COPY(subject, SUBJECT);
	COPY(target, TARGET);
	COPY(person, PERSON);
	COPY(section, SECTION);
	COPY(authenticator, AUTHENTICATOR);
	COPY(ref, REF);
	COPY(tty, TTY);
	COPY(rhost, RHOST);
	COPY(detail, DETAIL);
#undef COPY
}
