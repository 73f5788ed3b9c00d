/*
 * util_qr.c - a QR code in the terminal, two modules a character
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <qrencode.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sekisho/base/secret.h"
#include "sekisho.h"

#define QUIET	4		/* light modules round the code (ISO 18004) */
#define WIDTH	177		/* of the largest there is */

/* Is a module dark? Those outside are light. */
static bool
dark(const QRcode *qr, int x, int y)
{
	if (x < 0 || y < 0 || x >= qr->width || y >= qr->width)
		return (false);
	return (qr->data[y * qr->width + x] & 1);
}

/* Light is drawn, dark is left: right on any terminal with the colours set
 * to white on black. */
static const char *
cell(bool upper_dark, bool lower_dark)
{
	if (upper_dark)
		return (lower_dark ? " " : "\342\226\204");
	return (lower_dark ? "\342\226\200" : "\342\226\210");
}

static bool
has_room(FILE *to, int width)
{
	struct winsize size;

	return (ioctl(fileno(to), TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ||
	    size.ws_col >= width);
}

/* One line of characters, two rows of modules. */
static int
put_line(FILE *to, const QRcode *qr, int y)
{
	static const char reset[] = "\033[0m\n";
	char line[(WIDTH + 2 * QUIET) * 3 + 32] = "\033[40;37;1m";
	char *end = line + strlen(line);
	int x, rc;

	for (x = -QUIET; x < qr->width + QUIET; x++)
		end = stpcpy(end, cell(dark(qr, x, y), dark(qr, x, y + 1)));
	memcpy(end, reset, sizeof(reset));
	rc = tool_put_secret(to, line);
	sek_wipe(line, sizeof(line));
	return (rc);
}

bool
tool_qr(FILE *to, const char *text)
{
	QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
	bool shown;
	int y;

	if (qr == NULL)
		return (false);
	shown = qr->width <= WIDTH && has_room(to, qr->width + 2 * QUIET);
	for (y = -QUIET; shown && y < qr->width + QUIET; y += 2)
		shown = put_line(to, qr, y) == 0;
	sek_wipe(qr->data, (size_t)qr->width * (size_t)qr->width);
	QRcode_free(qr);
	return (shown);
}
