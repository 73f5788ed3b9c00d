/*
 * envelope_tries.c - how often an envelope's code may be guessed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A code has 130 bits: nobody guesses it. What is bounded is what guesses cost
 * the machine, and how loud they are. So in doubt an envelope opens, slowly.
 *
 * MUST: a try is in the file before anything is verified.
 * MUST: who is afar cannot use up the console's.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/envelope_tries.h"

#define FILE_PATH	SEK_ENVELOPE_RUN "/envelope.tries"
#define FILE_SIZE	192u
#define LOCK_WAIT	(5 * SEK_SECOND)
#define TURN_WAIT	(30 * SEK_SECOND)
#define TURN_PAUSE	5			/* seconds */

struct bucket {
	int64_t	used;			/* of the first ones */
	int64_t	last;			/* boot us; 0 never */
};
struct counts {
	uint8_t		boot_id[SEK_BOOT_ID_LEN];
	struct bucket	console;
	struct bucket	others;
};

static enum sek_err
why_errno(struct sek_why *why, const char *what)
{

	return (sek_why(why, SEK_ERR_IO, "%s: cannot %s: %s", FILE_PATH, what,
	    strerror(errno)));
}

/* ---- the file */

static enum sek_err
write_counts(char text[FILE_SIZE + 1], const struct counts *c)
{
	char boot[2 * SEK_BOOT_ID_LEN + 1];
	enum sek_err err;
	size_t n;

	sek_text_hex(boot, c->boot_id, SEK_BOOT_ID_LEN);
	err = sek_text_format(text, FILE_SIZE + 1, "boot_id=%s\n"
	    "console=%" PRId64 "\nconsole_last=%" PRId64 "\nothers=%" PRId64
	    "\nothers_last=%" PRId64 "\n", boot, c->console.used,
	    c->console.last, c->others.used, c->others.last);
	n = strlen(text);
	memset(text + n, '\n', FILE_SIZE - n);
	text[FILE_SIZE] = '\0';
	return (err);
}

static bool
read_counts(struct counts *c, const char text[FILE_SIZE + 1])
{
	char again[FILE_SIZE + 1], boot[2 * SEK_BOOT_ID_LEN + 1];
	const char *p = text;

	return (sek_text_take_line(&p, "boot_id", boot, sizeof(boot)) &&
	    sek_text_unhex(c->boot_id, SEK_BOOT_ID_LEN, boot) == SEK_OK &&
	    sek_text_take_number(&p, "console", SEK_ENVELOPE_TRIES,
	    &c->console.used) &&
	    sek_text_take_number(&p, "console_last", INT64_MAX,
	    &c->console.last) &&
	    sek_text_take_number(&p, "others", SEK_ENVELOPE_TRIES,
	    &c->others.used) &&
	    sek_text_take_number(&p, "others_last", INT64_MAX,
	    &c->others.last) &&
	    write_counts(again, c) == SEK_OK && strcmp(again, text) == 0);
}

/* Open, trusted and locked. */
static enum sek_err
open_counts(int *out, struct sek_why *why)
{
	struct stat st;
	enum sek_err err;
	int fd;

	if ((err = sek_file_make_folder(SEK_ENVELOPE_RUN, S_IRWXU, why)) !=
	    SEK_OK)
		return (err);
	fd = open(FILE_PATH, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC |
	    O_NOCTTY | O_NONBLOCK, S_IRUSR | S_IWUSR);
	if (fd < 0)
		return (why_errno(why, "open"));
	if (fstat(fd, &st) != 0)
		err = why_errno(why, "look at");
	else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    st.st_nlink != 1 || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		err = sek_why(why, SEK_ERR_UNTRUSTED, "%s: not root's alone: "
		    "remove it", FILE_PATH);
	else if ((err = sek_file_lock(fd, LOCK_WAIT)) != SEK_OK)
		(void)sek_why(why, err, "%s: held too long", FILE_PATH);
	if (err == SEK_OK)
		*out = fd;
	else
		(void)close(fd);
	return (err);
}

/* Of this boot; of another, or new, none is used. */
static enum sek_err
load(struct counts *c, int fd, const struct sek_moment *now,
    struct sek_why *why)
{
	char text[FILE_SIZE + 1];
	ssize_t n;

	memset(c, 0, sizeof(*c));
	if ((n = pread(fd, text, sizeof(text), 0)) < 0)
		return (why_errno(why, "read"));
	text[n < (ssize_t)sizeof(text) ? n : 0] = '\0';
	if (n != 0 && (n != FILE_SIZE || strlen(text) != FILE_SIZE ||
	    !read_counts(c, text)))
		return (sek_why(why, SEK_ERR_SYNTAX, "%s: not as it was "
		    "written: remove it", FILE_PATH));
	if (n == 0 || memcmp(c->boot_id, now->boot_id, SEK_BOOT_ID_LEN) != 0) {
		memset(c, 0, sizeof(*c));
		memcpy(c->boot_id, now->boot_id, SEK_BOOT_ID_LEN);
	}
	return (SEK_OK);
}

static enum sek_err
save(int fd, const struct counts *c, struct sek_why *why)
{
	char text[FILE_SIZE + 1];

	if (write_counts(text, c) != SEK_OK ||
	    pwrite(fd, text, FILE_SIZE, 0) != FILE_SIZE)
		return (why_errno(why, "write"));
	return (SEK_OK);
}

/* ---- one try */

static struct bucket *
bucket_of(struct counts *c, const struct sek_envelope_try *t)
{

	return (t->console ? &c->console : &c->others);
}

/* false: none left. */
static bool
use(struct bucket *b, struct sek_envelope_try *t)
{

	t->spare = b->used < (int64_t)SEK_ENVELOPE_TRIES;
	/* Another who looked at the clock later may have been first here. */
	if (t->at < b->last)
		t->at = b->last;
	if (!t->spare && t->at - b->last < SEK_ENVELOPE_PAUSE)
		return (false);
	t->before = b->last;
	b->last = t->at;
	b->used += t->spare;
	return (true);
}

static enum sek_err
count(struct sek_envelope_try *t, const struct sek_moment *now,
    struct sek_why *why)
{
	struct counts c;
	enum sek_err err;
	int fd;

	if ((err = open_counts(&fd, why)) != SEK_OK)
		return (err);
	if ((err = load(&c, fd, now, why)) != SEK_OK)
		goto out;
	if (!use(bucket_of(&c, t), t))
		err = sek_why(why, SEK_ERR_REFUSED, "no try is left %s: one in "
		    "10 minutes, the next in %" PRId64 " s", t->console ?
		    "at the console" : "but at the console",
		    (bucket_of(&c, t)->last + SEK_ENVELOPE_PAUSE - t->at) /
		    SEK_SECOND + 1);
	else if ((err = save(fd, &c, why)) == SEK_OK)
		t->counted = true;
out:
	(void)close(fd);
	return (err);
}

/* Without the file: all but the console in a queue, and a pause for each. */
static enum sek_err
wait_turn(struct sek_envelope_try *t, int folder, struct sek_why *why)
{
	struct timespec pause = { TURN_PAUSE, 0 };

	if (!t->console && folder >= 0) {
		t->lock = openat(folder, ".", O_RDONLY | O_DIRECTORY |
		    O_CLOEXEC);
		if (t->lock >= 0 && sek_file_lock(t->lock, TURN_WAIT) ==
		    SEK_ERR_TIMEOUT)
			return (sek_why(why, SEK_ERR_TIMEOUT, "too many try "
			    "at once, and %s cannot be used", FILE_PATH));
	}
	while (nanosleep(&pause, &pause) != 0 && errno == EINTR)
		;
	return (SEK_OK);
}

enum sek_err
sek_envelope_try_take(struct sek_envelope_try *t, bool console,
    const struct sek_moment *now, int folder, struct sek_why *why)
{
	static const struct sek_envelope_try none = SEK_ENVELOPE_TRY_NONE;
	enum sek_err err;

	*t = none;
	t->console = console;
	t->at = now->boot;
	err = count(t, now, why);
	if (err == SEK_OK || err == SEK_ERR_REFUSED)
		return (err);
	return (wait_turn(t, folder, why));
}

static void
give_back_one(struct sek_envelope_try *t, const struct sek_moment *now)
{
	struct bucket *b;
	struct counts c;
	int fd;

	if (open_counts(&fd, NULL) != SEK_OK)
		return;
	if (load(&c, fd, now, NULL) == SEK_OK) {
		b = bucket_of(&c, t);
		if (t->spare && b->used > 0)
			b->used--;
		if (b->last == t->at)
			b->last = t->before;
		(void)save(fd, &c, NULL);
	}
	(void)close(fd);
}

void
sek_envelope_try_end(struct sek_envelope_try *t, const struct sek_moment *now,
    bool give_back)
{

	if (give_back && t->counted)
		give_back_one(t, now);
	t->counted = false;
	if (t->lock >= 0)
		(void)close(t->lock);
	t->lock = -1;
}
