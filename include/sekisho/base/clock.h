/*
 * clock.h - wall clock, boot clock, and who a process is in time
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_BASE_CLOCK_H
#define SEKISHO_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sekisho/base/err.h"

#define SEK_BOOT_ID_LEN	16
#define SEK_SECOND	INT64_C(1000000)	/* in microseconds */
#define SEK_DAY		(86400 * SEK_SECOND)

/* One instant, as both clocks tell it. */
struct sek_moment {
	int64_t	wall;			/* CLOCK_REALTIME, microseconds UTC */
	int64_t	boot;			/* CLOCK_BOOTTIME, microseconds */
	uint8_t	boot_id[SEK_BOOT_ID_LEN];
	uint8_t	synced;			/* 1 when the kernel says so */
	uint8_t	pad[7];
};

/* A process told from a later one with the same pid. */
struct sek_process {
	int64_t	start;			/* clock ticks since boot */
	int32_t	pid;
	int32_t	pad;
};

enum sek_err	sek_clock_now(struct sek_moment *out);
/*
 * Microseconds from then to now, never negative: by the boot clock within
 * one boot, by the wall clock across boots (0 where it went back).
 */
int64_t		sek_clock_age(const struct sek_moment *then,
		    const struct sek_moment *now);
/* false: all zeros, no instant. */
bool		sek_clock_is_set(const struct sek_moment *m);
/* An instant of an earlier boot becomes the one as long ago in this boot: a
 * clock set back makes it now, never later. False: it is of this boot, or
 * none. */
bool		sek_clock_anchor(struct sek_moment *m,
		    const struct sek_moment *now);
/* "2026-11-20T08:15:30.123456+09:00", offset of the zone named (NULL:
 * "Asia/Tokyo"). size >= 40. */
void		sek_clock_print(char *dst, size_t size, int64_t wall_us,
		    const char *zone);
/* "2026-11-20 08:15" in that zone, for people. size >= 20. */
void		sek_clock_print_short(char *dst, size_t size, int64_t wall_us,
		    const char *zone);
/* "2026-11-20" in that zone. size >= 11. */
void		sek_clock_print_day(char *dst, size_t size, int64_t wall_us,
		    const char *zone);
/*
 * Back from what sek_clock_print wrote, to the same microsecond; of RFC 3339
 * also "Z" and a fraction of any length up to nine digits, or none. Nothing
 * else: SEK_ERR_SYNTAX, also for a day or hour there is not.
 */
enum sek_err	sek_clock_parse(int64_t *wall_us, const char *text);
/*
 * A time as people write it, in the zone named where it names no offset: what
 * sek_clock_print_short and sek_clock_print write, with seconds or without,
 * or a day alone, which is its start, or its end (last).
 */
enum sek_err	sek_clock_parse_short(int64_t *wall_us, const char *text,
		    const char *zone, bool last);
/*
 * Seconds east of UTC. Zones: "Asia/Tokyo" (no summer time since 1951),
 * "UTC", or a fixed "+HH:MM" / "-HH:MM": a module may not set the host's TZ,
 * and glibc reads zone files by no other way. SEK_ERR_SYNTAX otherwise.
 */
enum sek_err	sek_clock_offset(int *seconds, const char *zone);
/* Who pid is now; SEK_ERR_NOT_FOUND when there is none. 0 is the caller. */
enum sek_err	sek_process_get(struct sek_process *out, pid_t pid);
/* Is that very process still there? Where nothing tells: yes. */
bool		sek_process_alive(const struct sek_process *p);

#endif
