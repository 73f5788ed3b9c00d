/*
 * envelope_body.c - what stands in an envelope's file
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: what is read is byte for byte what would be written of it: no line is
 * there twice, none is unknown, nothing stands behind them.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/envelope_body.h"

#define FORMAT	"1"

/* An opening that did not come from a terminal, or from afar, has none. */
static bool
may_stand(const char *s, size_t size, bool may_be_empty)
{

	return (s[0] == '\0' ? may_be_empty : sek_text_is_clean(s, size - 1));
}

/* The rest of the half: newlines. */
static enum sek_err
fill(char half[SEK_ENVELOPE_HALF], const char *text, enum sek_err err)
{
	size_t n = strlen(text);

	if (err != SEK_OK || n > SEK_ENVELOPE_HALF)
		return (SEK_ERR_RANGE);
	memset(half, '\n', SEK_ENVELOPE_HALF);
	memcpy(half, text, n);
	return (SEK_OK);
}

/* The half as a string; NULs in it make it another one. */
static bool
as_text(char text[SEK_ENVELOPE_HALF + 1], const char *half)
{

	memcpy(text, half, SEK_ENVELOPE_HALF);
	text[SEK_ENVELOPE_HALF] = '\0';
	return (strlen(text) == SEK_ENVELOPE_HALF);
}

/* ---- what was sealed */

enum sek_err
sek_envelope_body_seal(char half[SEK_ENVELOPE_HALF],
    const struct sek_envelope_body *in)
{
	const struct sek_envelope *e = &in->e;
	char text[SEK_ENVELOPE_HALF + 1];
	enum sek_err err;

	if (!may_stand(e->id, sizeof(e->id), false) ||
	    !may_stand(e->account, sizeof(e->account), false) ||
	    !may_stand(in->machine, sizeof(in->machine), false) ||
	    !may_stand(in->hash, sizeof(in->hash), false) ||
	    e->made < 0 || e->ends < 0)
		return (SEK_ERR_SYNTAX);
	err = sek_text_format(text, sizeof(text), "version=" FORMAT "\n"
	    "id=%s\naccount=%s\nuid=%" PRIu32 "\nmachine=%s\nmade=%" PRId64
	    "\nends=%" PRId64 "\nhash=%s\n", e->id, e->account, e->uid,
	    in->machine, e->made, e->ends, in->hash);
	return (fill(half, text, err));
}

static bool
read_seal(struct sek_envelope_body *out, const char *p)
{
	struct sek_envelope *e = &out->e;
	char version[sizeof(FORMAT)];
	int64_t uid;

	if (!sek_text_take_line(&p, "version", version, sizeof(version)) ||
	    strcmp(version, FORMAT) != 0 ||
	    !sek_text_take_line(&p, "id", e->id, sizeof(e->id)) ||
	    !sek_text_take_line(&p, "account", e->account,
	    sizeof(e->account)) ||
	    !sek_text_take_number(&p, "uid", UINT32_MAX - 1, &uid) ||
	    !sek_text_take_line(&p, "machine", out->machine,
	    sizeof(out->machine)) ||
	    !sek_text_take_number(&p, "made", INT64_MAX, &e->made) ||
	    !sek_text_take_number(&p, "ends", INT64_MAX, &e->ends) ||
	    !sek_text_take_line(&p, "hash", out->hash, sizeof(out->hash)))
		return (false);
	e->uid = (uint32_t)uid;
	return (true);
}

enum sek_err
sek_envelope_body_read(struct sek_envelope_body *out,
    const char half[SEK_ENVELOPE_HALF])
{
	char text[SEK_ENVELOPE_HALF + 1], again[SEK_ENVELOPE_HALF];

	memset(out, 0, sizeof(*out));
	if (as_text(text, half) && read_seal(out, text) &&
	    sek_envelope_body_seal(again, out) == SEK_OK &&
	    memcmp(again, half, sizeof(again)) == 0)
		return (SEK_OK);
	memset(out, 0, sizeof(*out));
	return (SEK_ERR_SYNTAX);
}

/* ---- its opening */

enum sek_err
sek_envelope_body_opening(char half[SEK_ENVELOPE_HALF],
    const struct sek_envelope *in)
{
	char text[SEK_ENVELOPE_HALF + 1], boot[2 * SEK_BOOT_ID_LEN + 1];
	enum sek_err err;

	if (!may_stand(in->service, sizeof(in->service), true) ||
	    !may_stand(in->tty, sizeof(in->tty), true) ||
	    !may_stand(in->rhost, sizeof(in->rhost), true) ||
	    in->at.wall < 0 || in->at.boot < 0 || in->gate.pid < 0 ||
	    in->gate.start < 0 || in->parent.pid < 0 || in->parent.start < 0)
		return (SEK_ERR_SYNTAX);
	sek_text_hex(boot, in->at.boot_id, SEK_BOOT_ID_LEN);
	err = sek_text_format(text, sizeof(text), "opened=%" PRId64 "\n"
	    "boot=%" PRId64 "\nboot_id=%s\nsynced=%d\ngate=%" PRId32 "\n"
	    "gate_start=%" PRId64 "\nparent=%" PRId32 "\nparent_start=%"
	    PRId64 "\nservice=%s\ntty=%s\nrhost=%s\ntaken=%d\n",
	    in->at.wall, in->at.boot, boot, in->at.synced != 0, in->gate.pid,
	    in->gate.start, in->parent.pid, in->parent.start, in->service,
	    in->tty, in->rhost, in->taken);
	return (fill(half, text, err));
}

static bool
take_process(const char **p, const char *pid, const char *start,
    struct sek_process *out)
{
	int64_t n;

	if (!sek_text_take_number(p, pid, INT32_MAX, &n) ||
	    !sek_text_take_number(p, start, INT64_MAX, &out->start))
		return (false);
	out->pid = (int32_t)n;
	return (true);
}

static bool
read_opening(struct sek_envelope *e, const char *p)
{
	char boot[2 * SEK_BOOT_ID_LEN + 1];
	int64_t synced, taken;

	if (!sek_text_take_number(&p, "opened", INT64_MAX, &e->at.wall) ||
	    !sek_text_take_number(&p, "boot", INT64_MAX, &e->at.boot) ||
	    !sek_text_take_line(&p, "boot_id", boot, sizeof(boot)) ||
	    sek_text_unhex(e->at.boot_id, SEK_BOOT_ID_LEN, boot) != SEK_OK ||
	    !sek_text_take_number(&p, "synced", 1, &synced) ||
	    !take_process(&p, "gate", "gate_start", &e->gate) ||
	    !take_process(&p, "parent", "parent_start", &e->parent) ||
	    !sek_text_take_line(&p, "service", e->service,
	    sizeof(e->service)) ||
	    !sek_text_take_line(&p, "tty", e->tty, sizeof(e->tty)) ||
	    !sek_text_take_line(&p, "rhost", e->rhost, sizeof(e->rhost)) ||
	    !sek_text_take_number(&p, "taken", 1, &taken))
		return (false);
	e->at.synced = (uint8_t)synced;
	e->taken = taken != 0;
	return (true);
}

enum sek_err
sek_envelope_body_opened(struct sek_envelope *out,
    const char half[SEK_ENVELOPE_HALF])
{
	char text[SEK_ENVELOPE_HALF + 1], again[SEK_ENVELOPE_HALF];
	struct sek_envelope e = *out;

	if (!as_text(text, half))
		return (SEK_ERR_SYNTAX);
	if (text[strspn(text, "\n")] == '\0')
		return (SEK_ERR_NOT_FOUND);
	if (!read_opening(&e, text) ||
	    sek_envelope_body_opening(again, &e) != SEK_OK ||
	    memcmp(again, half, sizeof(again)) != 0)
		return (SEK_ERR_SYNTAX);
	*out = e;
	return (SEK_OK);
}
