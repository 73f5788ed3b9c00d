/*
 * util_u2f.c - the security keys of a mapping file of pam_u2f
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *     user:KEYHANDLE,PUBLICKEY,TYPE,OPTIONS[:KEYHANDLE,...]    since 1.1.0
 *     user:KEYHANDLE,PUBLICKEY[:KEYHANDLE,...]                 before: es256
 *
 * Handle and key are base64; before 1.1.0 the handle is that of URLs and the
 * key in hex. A handle of "*" is that of a key that knows it itself.
 *
 * pam_u2f takes the last line of a user and forgets those before: such a file
 * is refused, for nobody can tell which keys are meant to open.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "util_u2f.h"

#define FILE_MAX_BYTES	(size_t)(128u << 20)	/* 400 000 keys */
#define LINE_MAX_BYTES	65536u			/* 32 of the longest keys */
#define FIELDS		4u
#define P256_POINT	0x04			/* X9.62: not compressed */

struct tool_u2f {
	char		*text;
	size_t		 len;
	size_t		 at;			/* of the next line */
	uint64_t	 line;
	char		*rest;			/* of this one; NULL: done */
	struct tool_set	 users;
	char		 user[SEK_NAME_MAX];
	char		 buffer[LINE_MAX_BYTES];
};

/* All of the text, by one of these alphabets, up to size bytes. */
static bool
decode(uint8_t *out, size_t size, uint32_t *len, const char *text,
    const int *variants)
{
	size_t n = strlen(text), got = 0;
	const char *end = NULL;

	for (; *variants != 0; variants++)
		if (sodium_base642bin(out, size, text, n, NULL, &got, &end,
		    *variants) == 0 && end == text + n && got > 0) {
			*len = (uint32_t)got;
			return (true);
		}
	return (false);
}

static const int plain[] = { sodium_base64_VARIANT_ORIGINAL,
    sodium_base64_VARIANT_ORIGINAL_NO_PADDING, 0 };
/* Those of before took either alphabet. */
static const int either[] = { sodium_base64_VARIANT_URLSAFE_NO_PADDING,
    sodium_base64_VARIANT_URLSAFE, sodium_base64_VARIANT_ORIGINAL,
    sodium_base64_VARIANT_ORIGINAL_NO_PADDING, 0 };

static const char *
read_handle(struct sek_fido2 *f, const char *text, bool old)
{

	if (!old && strcmp(text, "*") == 0) {
		f->brief.resident = 1;
		return (NULL);
	}
	return (decode(f->credential, SEK_FIDO2_CREDENTIAL_MAX,
	    &f->credential_len, text, old ? either : plain) ? NULL :
	    _("the key handle is not base64, or too long"));
}

/* As libfido2 has them; a point of P-256 may say that it is one. */
static const char *
read_public(struct sek_fido2 *f, const char *text, bool old)
{
	uint8_t point[SEK_FIDO2_PUBLIC_MAX];
	const char *end = NULL;
	uint32_t len = 0;
	size_t n = 0;

	if (!old && !decode(point, sizeof(point), &len, text, plain))
		return (_("the public key is not base64, or too long"));
	if (old && (sodium_hex2bin(point, sizeof(point), text, strlen(text),
	    NULL, &n, &end) != 0 || *end != '\0' || n != 65))
		return (_("the public key is not 65 bytes in hex"));
	if (old)
		len = (uint32_t)n;
	if (f->brief.algorithm == SEK_FIDO2_ES256 && len == 65 &&
	    point[0] == P256_POINT)
		memmove(point, point + 1, --len);
	memcpy(f->public_key, point, len);
	f->public_len = len;
	return (sek_fido2_check(f) == SEK_OK ? NULL :
	    _("the public key is not as long as its type wants"));
}

static const char *
read_type(struct sek_fido2 *f, const char *text)
{
	unsigned a;

	for (a = 0; a < SEK_FIDO2_ALGORITHMS; a++)
		if (strcasecmp(text, sek_fido2_algorithm_name(
		    (enum sek_fido2_algorithm)a)) == 0) {
			f->brief.algorithm = (uint8_t)a;
			return (NULL);
		}
	return (_("the type: es256, eddsa or rs256"));
}

/* "+presence+verification+pin". A touch is always asked for here. */
static const char *
read_options(struct sek_fido2 *f, const char *text)
{
	static const struct {
		const char	*word;
		uint8_t		 verifies;
	} words[] = {
		{ "+presence", SEK_FIDO2_VERIFIES_NOT },
		{ "+verification", SEK_FIDO2_VERIFIES_SENSOR },
		{ "+pin", SEK_FIDO2_VERIFIES_PIN }
	};
	const size_t n = sizeof(words) / sizeof(words[0]);
	size_t i;

	for (; *text != '\0'; text += strlen(words[i].word)) {
		for (i = 0; i < n; i++)
			if (strncmp(text, words[i].word,
			    strlen(words[i].word)) == 0)
				break;
		if (i == n)
			return (_("the options: +presence, +verification, "
			    "+pin"));
		if (words[i].verifies == SEK_FIDO2_VERIFIES_NOT)
			continue;
		/* With both, pam_u2f asks for the PIN. */
		f->brief.verifies = words[i].verifies;
		f->brief.uv = SEK_FIDO2_UV_REQUIRED;
	}
	return (NULL);
}

/* KEYHANDLE,PUBLICKEY[,TYPE[,OPTIONS]] */
static const char *
read_key(struct sek_fido2 *f, char *text)
{
	char *field[FIELDS] = { NULL };
	const char *why;
	unsigned n = 0;
	bool old;

	while (n < FIELDS && text != NULL)
		field[n++] = strsep(&text, ",");
	if (n < 2 || text != NULL)
		return (_("a key is KEYHANDLE,PUBLICKEY,TYPE,OPTIONS"));
	old = n == 2;
	if ((why = read_type(f, old ? "es256" : field[2])) != NULL ||
	    (why = read_handle(f, field[0], old)) != NULL ||
	    (why = read_options(f, n == FIELDS ? field[3] : "")) != NULL)
		return (why);
	return (read_public(f, field[1], old));
}

/* The next line into the buffer, without its end; *why: it is wrong. */
static enum sek_err
next_line(struct tool_u2f *u, const char **why)
{
	const char *from = u->text + u->at, *end;
	size_t left = u->len - u->at, len;

	if (left == 0)
		return (SEK_ERR_NOT_FOUND);
	end = memchr(from, '\n', left);
	len = end != NULL ? (size_t)(end - from) : left;
	u->at += len + (end != NULL);
	u->line++;
	u->buffer[0] = '\0';
	if (len > 0 && from[len - 1] == '\r')
		len--;
	if (memchr(from, '\0', len) != NULL)
		*why = _("a NUL byte: this is no mapping file");
	else if (len >= sizeof(u->buffer))
		*why = _("the line is too long");
	else {
		memcpy(u->buffer, from, len);
		u->buffer[len] = '\0';
	}
	return (SEK_OK);
}

/* Whose the line is; u->rest is what stands behind. */
static const char *
begin_line(struct tool_u2f *u)
{
	char *user = u->buffer, *rest = strchr(user, ':');
	enum sek_err err;

	if (strncmp(user, "-----BEGIN", 10) == 0)
		return (_("a key of OpenSSH (pam_u2f's sshformat): enroll "
		    "this key anew by sekisho enroll fido2"));
	if (rest == NULL)
		return (_("a line is USER:KEYHANDLE,PUBLICKEY,TYPE,OPTIONS"));
	*rest++ = '\0';
	if (!sek_account_name_ok(user) ||
	    sek_text_copy(u->user, sizeof(u->user), user) != SEK_OK)
		return (_("user: no account can be called so"));
	if (rest[strspn(rest, ":")] == '\0')
		return (_("no key stands behind the user"));
	if ((err = tool_set_add(&u->users, user, strlen(user))) ==
	    SEK_ERR_EXISTS)
		return (_("the user has a line before: pam_u2f takes the last "
		    "one only; take the others out"));
	u->rest = rest;
	return (err == SEK_OK ? NULL : _("there is not enough memory"));
}

/* From the lines, the next one that holds something. */
static enum sek_err
find_line(struct tool_u2f *u, const char **why)
{
	const char *p;
	enum sek_err err;

	while (u->rest == NULL && *why == NULL) {
		if ((err = next_line(u, why)) != SEK_OK)
			return (err);
		p = u->buffer + strspn(u->buffer, " \t");
		if (*why == NULL && *p != '\0' && *p != '#')
			*why = begin_line(u);
	}
	return (SEK_OK);
}

static void
fill_in(const struct tool_u2f *u, struct sek_enrol *e, const char *rp_id)
{

	memset(e, 0, sizeof(*e));
	e->account.uid = SEK_UID_NONE;
	(void)sek_text_copy(e->account.name, sizeof(e->account.name),
	    u->user);
	e->authenticator.method = SEK_METHOD_FIDO2;
	(void)sek_text_copy(e->fido2.rp_id, sizeof(e->fido2.rp_id), rp_id);
}

enum sek_err
tool_u2f_next(struct tool_u2f *u, const char *rp_id, struct sek_enrol *e,
    const char **why)
{
	enum sek_err err;

	*why = NULL;
	if ((err = find_line(u, why)) != SEK_OK || *why != NULL)
		return (err);
	fill_in(u, e, rp_id);
	u->rest += strspn(u->rest, ":");
	*why = read_key(&e->fido2, strsep(&u->rest, ":"));
	/* Of a wrong line the rest is not looked at; at its end there is
	 * none. */
	if (*why != NULL || (u->rest != NULL &&
	    u->rest[strspn(u->rest, ":")] == '\0'))
		u->rest = NULL;
	e->authenticator.fido2 = e->fido2.brief;
	return (SEK_OK);
}

uint64_t
tool_u2f_line(const struct tool_u2f *u)
{
	return (u->line > 0 ? u->line : 1);
}

void
tool_u2f_rewind(struct tool_u2f *u)
{

	tool_set_free(&u->users);
	u->rest = NULL;
	u->line = 0;
	u->at = u->len >= 3 && memcmp(u->text, "\357\273\277", 3) == 0 ? 3 :
	    0;
}

void
tool_u2f_position(const struct tool_u2f *u, uint64_t *done, uint64_t *all)
{
	*done = u->at;
	*all = u->len;
}

void
tool_u2f_close(struct tool_u2f *u)
{
	if (u == NULL)
		return;
	tool_set_free(&u->users);
	free(u->text);
	free(u);
}

int
tool_u2f_open(struct tool_u2f **out, const char *path)
{
	struct tool_u2f *u = calloc(1, sizeof(*u));
	int rc;

	if (u == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	rc = tool_medium_read(&u->text, &u->len, path, FILE_MAX_BYTES);
	if (rc != TOOL_YES) {
		tool_u2f_close(u);
		return (rc);
	}
	tool_u2f_rewind(u);
	*out = u;
	return (TOOL_YES);
}
