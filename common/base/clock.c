/*
 * clock.c - wall clock, boot clock, and who a process is in time
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Calendars are computed here: gmtime_r() looks at the host's TZ.
 */
#include "config.h"

#include <sys/timex.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"

#define BOOT_ID_PATH	"/proc/sys/kernel/random/boot_id"
#define JST_SECONDS	(9 * 3600)

struct calendar {
	int64_t	year;
	int	month;
	int	day;
	int	hour;
	int	minute;
	int	second;
	int	microsecond;
};

/* A small file of /proc as a string. */
static enum sek_err
read_proc(char *dst, size_t size, const char *path)
{
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) < 0)
		return (errno == ENOENT ? SEK_ERR_NOT_FOUND : SEK_ERR_IO);
	while ((n = read(fd, dst, size - 1)) < 0 && errno == EINTR)
		;
	dst[n > 0 ? n : 0] = '\0';
	if (n > 0)
		n = 1;
	else if (n < 0 && errno == ESRCH)
		n = 0;
	else
		n = -1;
	(void)close(fd);
	if (n < 0)
		return (SEK_ERR_IO);
	return (n == 0 ? SEK_ERR_NOT_FOUND : SEK_OK);
}

/* The kernel writes it as a UUID. */
static enum sek_err
read_boot_id(uint8_t out[SEK_BOOT_ID_LEN])
{
	char uuid[64], hex[2 * SEK_BOOT_ID_LEN + 1];
	size_t i, n = 0;

	if (read_proc(uuid, sizeof(uuid), BOOT_ID_PATH) != SEK_OK)
		return (SEK_ERR_IO);
	for (i = 0; uuid[i] != '\0' && uuid[i] != '\n'; i++) {
		if (uuid[i] == '-')
			continue;
		if (n + 1 >= sizeof(hex))
			return (SEK_ERR_IO);
		hex[n++] = uuid[i];
	}
	hex[n] = '\0';
	if (sek_text_unhex(out, SEK_BOOT_ID_LEN, hex) != SEK_OK)
		return (SEK_ERR_IO);
	return (SEK_OK);
}

/* Read once a process: it never changes. A failure is not remembered. */
static enum sek_err
boot_id(uint8_t out[SEK_BOOT_ID_LEN])
{
	static uint8_t cache[SEK_BOOT_ID_LEN];
	static atomic_int state;	/* 0 empty, 1 being filled, 2 full */
	enum sek_err err;
	int empty = 0;

	if (atomic_load(&state) == 2) {
		memcpy(out, cache, SEK_BOOT_ID_LEN);
		return (SEK_OK);
	}
	if ((err = read_boot_id(out)) != SEK_OK)
		return (err);
	if (atomic_compare_exchange_strong(&state, &empty, 1)) {
		memcpy(cache, out, SEK_BOOT_ID_LEN);
		atomic_store(&state, 2);
	}
	return (SEK_OK);
}

static enum sek_err
read_clock(int64_t *us, clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) != 0)
		return (SEK_ERR_IO);
	*us = (int64_t)ts.tv_sec * SEK_SECOND + ts.tv_nsec / 1000;
	return (SEK_OK);
}

static bool
is_synced(void)
{
	struct timex tx;
	int state;

	memset(&tx, 0, sizeof(tx));
	state = adjtimex(&tx);
	return (state >= 0 && state != TIME_ERROR &&
	    (tx.status & STA_UNSYNC) == 0);
}

enum sek_err
sek_clock_now(struct sek_moment *out)
{
	struct sek_moment m;
	enum sek_err err;

	memset(&m, 0, sizeof(m));
	if ((err = boot_id(m.boot_id)) != SEK_OK ||
	    (err = read_clock(&m.wall, CLOCK_REALTIME)) != SEK_OK ||
	    (err = read_clock(&m.boot, CLOCK_BOOTTIME)) != SEK_OK)
		return (err);
	m.synced = is_synced() ? 1 : 0;
	*out = m;
	return (SEK_OK);
}

int64_t
sek_clock_age(const struct sek_moment *then, const struct sek_moment *now)
{
	bool one_boot = memcmp(then->boot_id, now->boot_id,
	    SEK_BOOT_ID_LEN) == 0;
	int64_t from = one_boot ? then->boot : then->wall;
	int64_t until = one_boot ? now->boot : now->wall;
	int64_t age;

	if (until <= from)
		return (0);
	return (__builtin_sub_overflow(until, from, &age) ? INT64_MAX : age);
}

bool
sek_clock_is_set(const struct sek_moment *m)
{
	static const uint8_t none[SEK_BOOT_ID_LEN];

	return (m->wall != 0 || m->boot != 0 ||
	    memcmp(m->boot_id, none, SEK_BOOT_ID_LEN) != 0);
}

bool
sek_clock_anchor(struct sek_moment *m, const struct sek_moment *now)
{
	int64_t age;

	if (!sek_clock_is_set(m) || memcmp(m->boot_id, now->boot_id,
	    SEK_BOOT_ID_LEN) == 0)
		return (false);
	age = sek_clock_age(m, now);
	*m = *now;
	m->wall -= age;
	m->boot -= age;
	return (true);
}

/* Days since 1970-01-01 to a date of the Gregorian calendar: years begin in
 * March, so that the leap day is their last. */
static void
date_of_days(struct calendar *c, int64_t days)
{
	int64_t era, year;
	int doe, yoe, doy, month;

	days += 719468;			/* 0000-03-01 */
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = (int)(days - era * 146097);
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	month = (5 * doy + 2) / 153;	/* 0 is March */
	year = era * 400 + yoe;
	c->day = doy - (153 * month + 2) / 5 + 1;
	c->month = month < 10 ? month + 3 : month - 9;
	c->year = c->month <= 2 ? year + 1 : year;
}

/* Remainder and quotient towards minus infinity. */
static int64_t
split(int64_t *value, int64_t by)
{
	int64_t rest = *value % by;

	*value /= by;
	if (rest < 0) {
		rest += by;
		(*value)--;
	}
	return (rest);
}

static void
calendar_of(struct calendar *c, int64_t wall_us, int offset)
{
	int64_t t = wall_us;

	c->microsecond = (int)split(&t, SEK_SECOND);
	t += offset;
	c->second = (int)split(&t, 60);
	c->minute = (int)split(&t, 60);
	c->hour = (int)split(&t, 24);
	date_of_days(c, t);
}

void
sek_clock_print(char *dst, size_t size, int64_t wall_us, const char *zone)
{
	struct calendar c;
	int offset = 0, east;

	(void)sek_clock_offset(&offset, zone);
	calendar_of(&c, wall_us, offset);
	east = offset < 0 ? -offset : offset;
	(void)sek_text_format(dst, size,
	    "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d.%06d%c%02d:%02d",
	    c.year, c.month, c.day, c.hour, c.minute, c.second, c.microsecond,
	    offset < 0 ? '-' : '+', east / 3600, east / 60 % 60);
}

void
sek_clock_print_short(char *dst, size_t size, int64_t wall_us,
    const char *zone)
{
	struct calendar c;
	int offset = 0;

	(void)sek_clock_offset(&offset, zone);
	calendar_of(&c, wall_us, offset);
	(void)sek_text_format(dst, size, "%04" PRId64 "-%02d-%02d %02d:%02d",
	    c.year, c.month, c.day, c.hour, c.minute);
}

void
sek_clock_print_day(char *dst, size_t size, int64_t wall_us, const char *zone)
{
	struct calendar c;
	int offset = 0;

	(void)sek_clock_offset(&offset, zone);
	calendar_of(&c, wall_us, offset);
	(void)sek_text_format(dst, size, "%04" PRId64 "-%02d-%02d", c.year,
	    c.month, c.day);
}

static bool
skip_one_of(const char **s, const char *chars)
{
	if (**s == '\0' || strchr(chars, **s) == NULL)
		return (false);
	(*s)++;
	return (true);
}

enum sek_err
sek_clock_offset(int *seconds, const char *zone)
{
	const char *s = zone;
	int h, m, east;

	if (zone == NULL || strcmp(zone, "Asia/Tokyo") == 0) {
		*seconds = JST_SECONDS;
		return (SEK_OK);
	}
	if (strcmp(zone, "UTC") == 0) {
		*seconds = 0;
		return (SEK_OK);
	}
	if (!skip_one_of(&s, "+-") || (h = sek_text_take_digits(&s, 2)) < 0 ||
	    !skip_one_of(&s, ":") || (m = sek_text_take_digits(&s, 2)) < 0 ||
	    *s != '\0' || m > 59 || h * 60 + m > 14 * 60)
		return (SEK_ERR_SYNTAX);
	east = h * 3600 + m * 60;
	*seconds = zone[0] == '-' ? -east : east;
	return (SEK_OK);
}

/* ---- times as text ---- */

/* The inverse of date_of_days. */
static int64_t
days_of_date(const struct calendar *c)
{
	int64_t year = c->month <= 2 ? c->year - 1 : c->year;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int month = c->month > 2 ? c->month - 3 : c->month + 9;
	int yoe = (int)(year - era * 400);
	int doy = (153 * month + 2) / 5 + c->day - 1;

	return (era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468);
}

/* "2026-11-20", a day there is. */
static bool
take_date(const char **s, struct calendar *c)
{
	struct calendar there;
	int year;

	if ((year = sek_text_take_digits(s, 4)) < 0 || !skip_one_of(s, "-") ||
	    (c->month = sek_text_take_digits(s, 2)) < 1 || c->month > 12 ||
	    !skip_one_of(s, "-") || (c->day = sek_text_take_digits(s, 2)) < 1)
		return (false);
	c->year = year;
	date_of_days(&there, days_of_date(c));
	return (there.year == c->year && there.month == c->month &&
	    there.day == c->day);
}

/* ".5" up to nine digits, of which six count; nothing is 0. */
static bool
take_fraction(const char **s, struct calendar *c)
{
	unsigned n = 0;

	if (!skip_one_of(s, "."))
		return (true);
	for (; n < 9 && **s >= '0' && **s <= '9'; n++, (*s)++)
		if (n < 6)
			c->microsecond = c->microsecond * 10 + (**s - '0');
	if (n == 0)
		return (false);
	for (; n < 6; n++)
		c->microsecond *= 10;
	return (true);
}

/* "08:15", "08:15:30", "08:15:30.25"; whole: not without seconds. */
static bool
take_time(const char **s, struct calendar *c, bool whole)
{
	if ((c->hour = sek_text_take_digits(s, 2)) < 0 || c->hour > 23 ||
	    !skip_one_of(s, ":") ||
	    (c->minute = sek_text_take_digits(s, 2)) < 0 || c->minute > 59)
		return (false);
	if (!skip_one_of(s, ":"))
		return (!whole);
	if ((c->second = sek_text_take_digits(s, 2)) < 0 || c->second > 59)
		return (false);
	return (take_fraction(s, c));
}

static int64_t
wall_of(const struct calendar *c, int offset)
{
	int64_t s = days_of_date(c) * 86400 + c->hour * 3600 +
	    c->minute * 60 + c->second - offset;

	return (s * SEK_SECOND + c->microsecond);
}

enum sek_err
sek_clock_parse(int64_t *wall_us, const char *text)
{
	struct calendar c = { 0 };
	const char *s = text;
	int offset = 0;

	if (!take_date(&s, &c) || !skip_one_of(&s, "T") ||
	    !take_time(&s, &c, true))
		return (SEK_ERR_SYNTAX);
	if (strcmp(s, "Z") != 0 && ((*s != '+' && *s != '-') ||
	    sek_clock_offset(&offset, s) != SEK_OK))
		return (SEK_ERR_SYNTAX);
	*wall_us = wall_of(&c, offset);
	return (SEK_OK);
}

enum sek_err
sek_clock_parse_short(int64_t *wall_us, const char *text, const char *zone,
    bool last)
{
	struct calendar c = { 0 };
	const char *s = text;
	int64_t day = 0;
	int offset = 0;

	if (!take_date(&s, &c))
		return (SEK_ERR_SYNTAX);
	if (*s == '\0')
		day = last ? 86400 : 0;
	else if (!skip_one_of(&s, "T ") || !take_time(&s, &c, false))
		return (SEK_ERR_SYNTAX);
	if (strcmp(s, "Z") == 0)
		zone = "UTC";
	else if (*s == '+' || *s == '-')
		zone = s;
	else if (*s != '\0')
		return (SEK_ERR_SYNTAX);
	if (sek_clock_offset(&offset, zone) != SEK_OK)
		return (SEK_ERR_SYNTAX);
	*wall_us = wall_of(&c, offset) + day * SEK_SECOND;
	return (SEK_OK);
}

/* Field 22 of a line of /proc/PID/stat. The second is "(comm)", where comm
 * may hold blanks and parentheses: the last ')' ends it. */
static enum sek_err
parse_start(int64_t *start, const char *line)
{
	char field[24];
	const char *p;
	int i;

	if ((p = strrchr(line, ')')) == NULL)
		return (SEK_ERR_IO);
	p++;
	for (i = 3; i <= 22; i++) {
		if (!sek_text_word(&p, field, sizeof(field)))
			return (SEK_ERR_IO);
		/* A zombie has ended. */
		if (i == 3 && (field[0] == 'Z' || field[0] == 'X'))
			return (SEK_ERR_NOT_FOUND);
	}
	if (sek_text_number(start, field, 0, INT64_MAX) != SEK_OK)
		return (SEK_ERR_IO);
	return (SEK_OK);
}

/* The line of pid (0: of the caller). Without /proc nobody can be told to
 * be gone. */
static enum sek_err
read_stat(char *line, size_t size, pid_t pid)
{
	char path[48];
	enum sek_err err;

	if (pid != 0) {
		(void)sek_text_format(path, sizeof(path), "/proc/%d/stat",
		    (int)pid);
		err = read_proc(line, size, path);
		if (err != SEK_ERR_NOT_FOUND ||
		    access("/proc/self/stat", F_OK) == 0)
			return (err);
	} else if (read_proc(line, size, "/proc/self/stat") == SEK_OK)
		return (SEK_OK);
	return (SEK_ERR_IO);
}

enum sek_err
sek_process_get(struct sek_process *out, pid_t pid)
{
	struct sek_process p;
	char line[2048];
	enum sek_err err;

	if (pid < 0)
		return (SEK_ERR_NOT_FOUND);
	memset(&p, 0, sizeof(p));
	p.pid = (int32_t)(pid == 0 ? getpid() : pid);
	if ((err = read_stat(line, sizeof(line), pid)) != SEK_OK ||
	    (err = parse_start(&p.start, line)) != SEK_OK)
		return (err);
	*out = p;
	return (SEK_OK);
}

/* Not to know (no /proc) is alive: what hangs on it has a deadline as well. */
bool
sek_process_alive(const struct sek_process *p)
{
	struct sek_process now;
	enum sek_err err;

	if (p->pid <= 0)
		return (false);
	err = sek_process_get(&now, (pid_t)p->pid);
	if (err == SEK_ERR_NOT_FOUND)
		return (false);
	return (err != SEK_OK || now.start == p->start);
}
