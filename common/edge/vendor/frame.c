/*
 * frame.c - what crosses between a vendor's module, its keeper and the login
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"

#include "../device/bytes.h"
#include "vendor.h"

/* As typed: of any bytes. */
static bool
reply_is_fine(const char *text)
{
	const size_t len = strnlen(text, VENDOR_TEXT_MAX);

	return (len < VENDOR_TEXT_MAX &&
	    sek_device_fits(text, len, VENDOR_TEXT_MAX));
}

static bool
is_message(uint32_t style)
{

	return (style == PAM_TEXT_INFO || style == PAM_ERROR_MSG);
}

static bool
is_prompt(uint32_t style)
{

	return (style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON);
}

static bool
end_is_fine(const struct vendor_frame *f)
{

	if (f->end >= SEK_VENDOR_END_COUNT || f->err > SEK_ERR_INTERNAL)
		return (false);
	if ((f->end == SEK_VENDOR_END_YES) != (f->code == PAM_SUCCESS))
		return (false);
	return ((f->end == SEK_VENDOR_END_FAILED) == (f->err != SEK_OK));
}

/* Which sides write this kind, and does it say what such a one says? */
static bool
kind_is_fine(const struct vendor_frame *f, enum vendor_side side)
{

	switch (f->kind) {
	case VENDOR_FRAME_PAUSE:
		return (side == VENDOR_KEEPER && f->seconds != 0);
	case VENDOR_FRAME_TELL:
		return (side != VENDOR_LOGIN && is_message(f->style) &&
		    f->text[0] != '\0');
	case VENDOR_FRAME_ASK:
		return (side != VENDOR_LOGIN && is_prompt(f->style));
	case VENDOR_FRAME_REPLY:
		return (side != VENDOR_MODULE &&
		    (f->code == PAM_SUCCESS || (f->code == PAM_CONV_ERR &&
		    f->text[0] == '\0')));
	case VENDOR_FRAME_RETURNED:
		return (side == VENDOR_MODULE && f->text[0] == '\0');
	case VENDOR_FRAME_UNLOADED:
		return (side == VENDOR_MODULE && f->err != SEK_OK &&
		    f->err <= SEK_ERR_INTERNAL);
	case VENDOR_FRAME_END:
		return (side == VENDOR_KEEPER && end_is_fine(f));
	default:
		return (false);
	}
}

bool
sek_vendor_frame_check(const struct vendor_frame *f, enum vendor_side side)
{
	const bool coded = f->kind == VENDOR_FRAME_REPLY ||
	    f->kind == VENDOR_FRAME_RETURNED || f->kind == VENDOR_FRAME_END;
	const bool failed = f->kind == VENDOR_FRAME_UNLOADED ||
	    f->kind == VENDOR_FRAME_END;

	if (side != VENDOR_MODULE &&
	    !sek_device_is_zero(f->token, sizeof(f->token)))
		return (false);
	if ((f->end != 0 && f->kind != VENDOR_FRAME_END) ||
	    (f->err != 0 && !failed) || (f->code != 0 && !coded) ||
	    (f->style != 0 && f->kind != VENDOR_FRAME_TELL &&
	    f->kind != VENDOR_FRAME_ASK) ||
	    (f->seconds != 0 && f->kind != VENDOR_FRAME_PAUSE))
		return (false);
	if (f->kind == VENDOR_FRAME_REPLY ? !reply_is_fine(f->text) :
	    !sek_device_is_text(f->text, sizeof(f->text)))
		return (false);
	return (kind_is_fine(f, side));
}

void
sek_vendor_frame_text(struct vendor_frame *f, const char *text)
{
	char line[VENDOR_TEXT_MAX], *p;
	size_t len;

	memset(f->text, 0, sizeof(f->text));
	len = strnlen(text, sizeof(line) - 1);
	memcpy(line, text, len);
	line[len] = '\0';
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		line[--len] = '\0';
	for (p = line; *p != '\0'; p++)
		if (*p == '\n' || *p == '\r' || *p == '\t')
			*p = ' ';
	sek_text_printable(f->text, sizeof(f->text), line);
}

/*
 * What it was not able to compare is told apart from all else, which is a no:
 * a number that nobody knows, too.
 */
enum sek_vendor_end
sek_vendor_end_of(int code)
{

	switch (code) {
	case PAM_SUCCESS:
		return (SEK_VENDOR_END_YES);
	case PAM_CONV_ERR:
		return (SEK_VENDOR_END_GIVEN_UP);
	case PAM_AUTHINFO_UNAVAIL:
	case PAM_USER_UNKNOWN:
	case PAM_IGNORE:
	case PAM_SERVICE_ERR:
	case PAM_SYSTEM_ERR:
	case PAM_OPEN_ERR:
	case PAM_SYMBOL_ERR:
	case PAM_MODULE_UNKNOWN:
	case PAM_BUF_ERR:
	case PAM_ABORT:
	case PAM_NO_MODULE_DATA:
		return (SEK_VENDOR_END_UNABLE);
	default:
		return (SEK_VENDOR_END_NO);
	}
}
