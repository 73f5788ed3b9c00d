/*
 * file.h - files that decide something, checked on the open descriptor
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: the descriptor that was checked is the one that is read.
 * MUST: no symbolic link is followed in the last component; no tty becomes
 * the controlling one; no FIFO blocks the open.
 */
#ifndef SEKISHO_BASE_FILE_H
#define SEKISHO_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sekisho/base/err.h"
#include "sekisho/base/secret.h"

enum sek_file_privacy {
	SEK_FILE_PUBLIC,	/* root's, not writable by group or others */
	SEK_FILE_PRIVATE	/* root's, no right for group or others */
};

/*
 * Open path (absolute) for reading and check it: a regular file of root's (or
 * of the effective user where that is not root: unit tests), with the privacy
 * asked for, in a folder that is root's and not writable by others unless
 * sticky. SEK_ERR_NOT_FOUND, SEK_ERR_UNTRUSTED, SEK_ERR_IO; why names the
 * path, the cause and the remedy. *fd is close-on-exec, the caller's.
 */
enum sek_err	sek_file_open(int *fd, const char *path,
		    enum sek_file_privacy privacy, struct sek_why *why);
/* All of the file, at most max bytes (SEK_ERR_RANGE). *out is malloc()ed with
 * a NUL behind; *len without it. */
enum sek_err	sek_file_read(char **out, size_t *len, const char *path,
		    size_t max, enum sek_file_privacy privacy,
		    struct sek_why *why);
/* The same into a secret (<= SEK_SECRET_MAX). */
enum sek_err	sek_file_read_secret(struct sek_secret *out, const char *path,
		    struct sek_why *why);
/* A new file with these bytes, mode, durable (written beside, fsync, rename
 * without replacing, fsync of the folder). SEK_ERR_EXISTS if it is there. */
enum sek_err	sek_file_create(const char *path, const void *data, size_t len,
		    mode_t mode, struct sek_why *why);
/* Up to size bytes, fewer only at the end of the file; -1 and errno. For a
 * descriptor that is checked already. */
ssize_t		sek_file_read_all(int fd, void *dst, size_t size);
/* All len bytes, or false and errno. */
bool		sek_file_write_all(int fd, const void *data, size_t len);
/* Is the folder of path one in which nobody else makes or changes a name? As
 * for sek_file_open, but also a sticky one is refused: for a library that
 * opens files there by names of its own, such as SQLite its journal. */
enum sek_err	sek_file_check_folder(const char *path, struct sek_why *why);
/* What was written to this file is on the disk. */
enum sek_err	sek_file_sync(const char *path, struct sek_why *why);
/* In that open folder, not over another one: false and errno (EEXIST). Not
 * durable before the folder is synced. */
bool		sek_file_give_name(int dir, const char *from, const char *to);
/* Give a whole file beside it the name `to`, durably; SEK_ERR_EXISTS where
 * there is one and it is not to be replaced. */
enum sek_err	sek_file_publish(const char *from, const char *to,
		    bool replace, struct sek_why *why);
/* The same over what is there, if anything: whoever opens path finds the old
 * bytes or the new ones. */
enum sek_err	sek_file_replace(const char *path, const void *data, size_t len,
		    mode_t mode, struct sek_why *why);
/* The folder of an absolute path, which is not the root: SEK_ERR_RANGE, and
 * dst "". */
enum sek_err	sek_file_folder(char *dst, size_t size, const char *path);
/* Take the file away, durably; SEK_ERR_NOT_FOUND where there is none. */
enum sek_err	sek_file_remove(const char *path, struct sek_why *why);
/*
 * Zeros over what an open file holds, as far as the disk does it: for a key
 * whose last name is gone or about to go.
 */
void		sek_file_overwrite(int fd);
/* Lock an open file or folder against other processes, waiting so many us;
 * SEK_ERR_TIMEOUT, SEK_ERR_IO. Closing it, or the process's end, unlocks. */
enum sek_err	sek_file_lock(int fd, int64_t us);
/* Make a folder and its parents; the last gets mode and must be root's and
 * of that mode or stricter when it is there already. */
enum sek_err	sek_file_make_folder(const char *path, mode_t mode,
		    struct sek_why *why);

#endif
