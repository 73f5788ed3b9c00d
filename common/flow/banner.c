/*
 * banner.c - the notice shown before a login
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <security/pam_modules.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/pam.h"
#include "sekisho/flow/banner.h"
#include "sekisho/flow/sessions.h"

/* An empty line stays one: some programs leave out a text without any. */
static void
tell_line(pam_handle_t *pamh, const char *line)
{
	char text[PAM_MAX_MSG_SIZE];

	sek_text_printable(text, sizeof text, line[0] != '\0' ? line : " ");
	sek_pam_tell(pamh, PAM_TEXT_INFO, text);
}

static void
tell_lines(pam_handle_t *pamh, char *text)
{
	char *line = text, *end;
	unsigned n;

	for (n = 0; n < SEK_BANNER_LINES && *line != '\0'; n++) {
		end = line + strcspn(line, "\n");
		if (*end == '\n')
			*end++ = '\0';
		line[strcspn(line, "\r")] = '\0';
		tell_line(pamh, line);
		line = end;
	}
}

void
sek_banner_tell(struct sek_context *ctx, pam_handle_t *pamh, int flags)
{
	const char *path = ctx->settings->message.banner;
	struct sek_why why = { "" };
	char *text = NULL;
	size_t len = 0;

	if (path[0] == '\0' || ctx->bannered ||
	    ((unsigned)flags & PAM_SILENT) != 0 ||
	    !sek_sessions_begins(sek_pam_item(pamh, PAM_SERVICE)))
		return;
	ctx->bannered = true;
	if (sek_file_read(&text, &len, path, SEK_BANNER_SIZE, SEK_FILE_PUBLIC,
	    &why) == SEK_OK)
		tell_lines(pamh, text);
	else
		sek_pam_log(pamh, LOG_WARNING, "message.banner: %s",
		    why.text);
	free(text);
}
