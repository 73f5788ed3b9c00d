/*
 * util_csv.c - rows of a CSV file in UTF-8 or CP932
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * bytes of the file -> (CP932 only: iconv) -> text -> a line -> libcsv -> row
 *
 * MUST: what a buffer held of the file is wiped before it is freed.
 */
#include "config.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unistr.h>

#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho.h"

#define RAW_SIZE	65536u
#define TEXT_SIZE	(RAW_SIZE * 3 + 2 * TOOL_CSV_LINE)
#define ROW_SIZE	(2 * TOOL_CSV_LINE)

struct tool_csv {
	int			 fd;
	uint64_t		 done;
	uint64_t		 all;
	bool			 cp932;
	bool			 ended;		/* no more bytes come */
	bool			 bad;		/* for no character is there */
	bool			 finished;	/* nor rows */
	iconv_t			 iconv;
	struct csv_parser	 parser;
	const char		*why;
	uint64_t		 line;		/* lines given to the parser */
	size_t			 nraw;
	size_t			 text_at;	/* first byte not used yet */
	size_t			 ntext;
	bool			 begun;		/* a row's field is open */
	bool			 complete;
	size_t			 used;		/* of arena */
	struct tool_csv_row	 row;
	char			 raw[RAW_SIZE];
	char			 text[TEXT_SIZE];
	char			 arena[ROW_SIZE];
};

static enum sek_err
wrong(struct tool_csv *c, const char *why)
{
	if (c->why == NULL)
		c->why = why;
	return (SEK_ERR_SYNTAX);
}

static void
take_field(void *bytes, size_t len, void *arg)
{
	struct tool_csv *c = arg;

	if (c->why != NULL)
		return;
	if (c->row.n == TOOL_CSV_FIELDS)
		(void)wrong(c, _("too many fields"));
	else if (len >= sizeof(c->arena) - c->used)
		(void)wrong(c, _("the line is too long"));
	else if (bytes != NULL && memchr(bytes, '\0', len) != NULL)
		(void)wrong(c, _("a NUL byte: save the file as CSV in UTF-8"));
	else {
		c->row.field[c->row.n++] = c->arena + c->used;
		if (len > 0)
			memcpy(c->arena + c->used, bytes, len);
		c->used += len;
		c->arena[c->used++] = '\0';
	}
}

static void
take_row(int terminator, void *arg)
{
	struct tool_csv *c = arg;

	(void)terminator;
	c->complete = true;
}

/* Up to size bytes of the file; -1 on trouble. */
static ssize_t
read_some(struct tool_csv *c, char *dst, size_t size)
{
	ssize_t n;

	do {
		n = read(c->fd, dst, size);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		c->done += (uint64_t)n;
	return (n);
}

/* From raw to text. What is left of raw begins a character not yet whole. */
static void
convert(struct tool_csv *c)
{
	char *from = c->raw, *to = c->text + c->ntext;
	size_t left = c->nraw, room = sizeof(c->text) - c->ntext;

	/* What stands before a bad character is handed out first. */
	if (iconv(c->iconv, &from, &left, &to, &room) == (size_t)-1 &&
	    (errno != EINVAL || c->ended))
		c->bad = c->ended = true;
	c->ntext = (size_t)(to - c->text);
	memmove(c->raw, from, left);
	c->nraw = left;
}

/* More text behind what is there. */
static enum sek_err
fill(struct tool_csv *c)
{
	ssize_t n;

	memmove(c->text, c->text + c->text_at, c->ntext - c->text_at);
	c->ntext -= c->text_at;
	c->text_at = 0;
	n = c->cp932 ? read_some(c, c->raw + c->nraw, RAW_SIZE - c->nraw) :
	    read_some(c, c->text + c->ntext, RAW_SIZE);
	if (n < 0)
		return (SEK_ERR_IO);
	c->ended = n == 0;
	if (!c->cp932) {
		c->ntext += (size_t)n;
		return (SEK_OK);
	}
	c->nraw += (size_t)n;
	convert(c);
	return (SEK_OK);
}

/* The next line with its end, the last perhaps without. *len 0: no more. */
static enum sek_err
next_line(struct tool_csv *c, const char **line, size_t *len)
{
	const char *end;
	enum sek_err err;

	for (;;) {
		*line = c->text + c->text_at;
		*len = c->ntext - c->text_at;
		end = memchr(*line, '\n', *len);
		if (end != NULL)
			*len = (size_t)(end - *line) + 1;
		if (end != NULL || c->ended || *len > TOOL_CSV_LINE)
			break;
		if ((err = fill(c)) != SEK_OK)
			return (err);
	}
	if (*len > TOOL_CSV_LINE)
		return (wrong(c, _("the line is too long")));
	if (end == NULL && c->bad)
		return (wrong(c, _("neither UTF-8 nor CP932: save the file as "
		    "CSV in UTF-8")));
	c->text_at += *len;
	return (SEK_OK);
}

/* One line to the parser, or the end of them. */
static enum sek_err
feed(struct tool_csv *c)
{
	const char *line;
	size_t len;
	int error;
	enum sek_err err;

	c->line++;
	if (!c->begun)
		c->row.line = c->line;
	if ((err = next_line(c, &line, &len)) != SEK_OK)
		return (err);
	if (len == 0) {
		c->finished = true;
		error = csv_fini(&c->parser, take_field, take_row, c);
	} else
		error = csv_parse(&c->parser, line, len, take_field, take_row,
		    c) != len;
	c->begun = c->parser.pstate != 0;	/* within quotes */
	if (c->why != NULL)
		return (SEK_ERR_SYNTAX);
	return (error != 0 ? wrong(c, _("the quotes do not match")) : SEK_OK);
}

enum sek_err
tool_csv_next(struct tool_csv *c, struct tool_csv_row *row)
{
	enum sek_err err = SEK_OK;

	c->row.n = 0;
	c->used = 0;
	c->why = NULL;
	c->begun = c->complete = false;
	/* A blank line completes nothing. */
	while (err == SEK_OK && !c->complete && !c->finished)
		err = feed(c);
	*row = c->row;
	if (err != SEK_OK)
		return (err);
	return (c->complete ? SEK_OK : SEK_ERR_NOT_FOUND);
}

const char *
tool_csv_why(const struct tool_csv *c)
{
	return (c->why != NULL ? c->why : strerror(EIO));
}

void
tool_csv_position(const struct tool_csv *c, uint64_t *done, uint64_t *all)
{
	*done = c->done;
	*all = c->all;
}

/* Is all of the file UTF-8? Reads it to the end. */
static enum sek_err
detect(struct tool_csv *c)
{
	const uint8_t *raw = (const uint8_t *)c->raw, *bad;
	ssize_t n;

	c->nraw = 0;
	while ((n = read_some(c, c->raw + c->nraw, RAW_SIZE - c->nraw)) > 0) {
		c->nraw += (size_t)n;
		bad = u8_check(raw, c->nraw);
		if (bad == NULL)
			bad = raw + c->nraw;
		c->nraw -= (size_t)(bad - raw);
		memmove(c->raw, bad, c->nraw);
		if (c->nraw >= 4)
			break;		/* longer than a character cut */
	}
	c->cp932 = c->nraw != 0;
	return (n < 0 ? SEK_ERR_IO : SEK_OK);
}

enum sek_err
tool_csv_rewind(struct tool_csv *c)
{
	char bom[3];

	csv_free(&c->parser);
	if (csv_init(&c->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return (SEK_ERR_NOMEM);
	csv_set_blk_size(&c->parser, ROW_SIZE);
	c->done = c->line = 0;
	c->nraw = c->ntext = c->text_at = 0;
	c->ended = c->finished = c->bad = false;
	if (c->cp932)
		(void)iconv(c->iconv, NULL, NULL, NULL, NULL);
	if (lseek(c->fd, 0, SEEK_SET) != 0)
		return (SEK_ERR_IO);
	if (pread(c->fd, bom, 3, 0) == 3 &&
	    memcmp(bom, "\357\273\277", 3) == 0 &&
	    lseek(c->fd, 3, SEEK_SET) != 3)
		return (SEK_ERR_IO);
	return (SEK_OK);
}

void
tool_csv_close(struct tool_csv *c)
{
	if (c == NULL)
		return;
	if (c->fd >= 0)
		close(c->fd);
	if (c->iconv != (iconv_t)-1)
		iconv_close(c->iconv);
	if (c->parser.entry_buf != NULL)
		sek_wipe(c->parser.entry_buf, c->parser.entry_size);
	csv_free(&c->parser);
	sek_wipe(c, sizeof(*c));
	free(c);
}

/* A regular file of a size that can be meant. */
static int
check_file(const struct tool_csv *c, const char *path)
{
	struct stat st;

	if (fstat(c->fd, &st) != 0) {
		tool_error("%s: %s", path, strerror(errno));
		return (TOOL_TROUBLE);
	}
	if (!S_ISREG(st.st_mode)) {
		tool_error(_("%s: not a file"), path);
		return (TOOL_NO);
	}
	if (st.st_size > TOOL_CSV_SIZE) {
		tool_error(_("%s: larger than 1 GiB: split it"), path);
		return (TOOL_NO);
	}
	return (TOOL_YES);
}

int
tool_csv_open(struct tool_csv **out, const char *path)
{
	struct tool_csv *c = calloc(1, sizeof(*c));
	char shown[SEK_PATH_MAX];
	enum sek_err err;
	int rc;

	if (c == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	c->iconv = (iconv_t)-1;
	sek_text_printable(shown, sizeof(shown), path);
	c->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (c->fd < 0) {
		tool_error("%s: %s", shown, strerror(errno));
		rc = TOOL_TROUBLE;
		goto out;
	}
	if ((rc = check_file(c, shown)) != TOOL_YES)
		goto out;
	err = detect(c);
	c->all = c->done;
	if (err == SEK_OK && c->cp932 && (c->iconv = iconv_open("UTF-8",
	    "CP932")) == (iconv_t)-1)
		err = SEK_ERR_UNSUPPORTED;
	if (err == SEK_OK)
		err = tool_csv_rewind(c);
	rc = err == SEK_OK ? TOOL_YES : tool_fail(err, shown);
out:
	if (rc == TOOL_YES)
		*out = c;
	else
		tool_csv_close(c);
	return (rc);
}
