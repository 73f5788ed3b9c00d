/*
 * file.c - files that decide something, checked on the open descriptor
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: the folder that was checked is the one the name is looked up in, and
 * the file that was checked is the one that is read: all by descriptor.
 */
#include "config.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"

#define LOCK_PAUSE	50000		/* us, between two tries */
#define OTHERS_WRITE	(S_IWGRP | S_IWOTH)
#define OTHERS		(S_IRWXG | S_IRWXO)

/* A path taken apart. */
struct place {
	char	folder[PATH_MAX];	/* "/" or without a slash at its end */
	char	name[NAME_MAX + 1];
};

static bool
is_ours(uid_t owner)
{
	return (owner == 0 || owner == geteuid());
}

static enum sek_err
why_errno(struct sek_why *why, const char *what, const char *path)
{
	int saved = errno;

	return (sek_why(why, saved == ENOENT || saved == ENOTDIR ?
	    SEK_ERR_NOT_FOUND : SEK_ERR_IO, "%s: cannot %s: %s", path, what,
	    strerror(saved)));
}

static enum sek_err
take_apart(struct place *at, const char *path, struct sek_why *why)
{
	const char *slash = strrchr(path, '/');
	size_t len;

	if (path[0] != '/' || slash == NULL)
		return (sek_why(why, SEK_ERR_RANGE,
		    "%s: not an absolute path", path));
	len = slash == path ? 1 : (size_t)(slash - path);
	if (len >= sizeof(at->folder) || slash[1] == '\0' ||
	    sek_text_copy(at->name, sizeof(at->name), slash + 1) != SEK_OK)
		return (sek_why(why, SEK_ERR_RANGE,
		    "%s: no name, or too long a one", path));
	memcpy(at->folder, path, len);
	at->folder[len] = '\0';
	return (SEK_OK);
}

static enum sek_err
check_folder(int fd, const char *path, struct sek_why *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return (why_errno(why, "look at", path));
	if (!is_ours(st.st_uid))
		return (sek_why(why, SEK_ERR_UNTRUSTED,
		    "%s: folder belongs to uid %ju: chown root %s", path,
		    (uintmax_t)st.st_uid, path));
	if ((st.st_mode & OTHERS_WRITE) != 0 && (st.st_mode & S_ISVTX) == 0)
		return (sek_why(why, SEK_ERR_UNTRUSTED,
		    "%s: folder may be written by others: chmod go-w %s",
		    path, path));
	return (SEK_OK);
}

/* The folder of path, open and checked; at->name is the name in it. */
static enum sek_err
open_folder(int *fd, struct place *at, const char *path, struct sek_why *why)
{
	enum sek_err err;
	int dir;

	if ((err = take_apart(at, path, why)) != SEK_OK)
		return (err);
	dir = open(at->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY);
	if (dir < 0)
		return (why_errno(why, "open folder", at->folder));
	if ((err = check_folder(dir, at->folder, why)) != SEK_OK) {
		(void)close(dir);
		return (err);
	}
	*fd = dir;
	return (SEK_OK);
}

static enum sek_err
check_file(int fd, const char *path, enum sek_file_privacy privacy,
    struct sek_why *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return (why_errno(why, "look at", path));
	if (!S_ISREG(st.st_mode))
		return (sek_why(why, SEK_ERR_UNTRUSTED,
		    "%s: not a regular file", path));
	if (!is_ours(st.st_uid))
		return (sek_why(why, SEK_ERR_UNTRUSTED,
		    "%s: belongs to uid %ju: chown root %s", path,
		    (uintmax_t)st.st_uid, path));
	if (privacy == SEK_FILE_PUBLIC && (st.st_mode & OTHERS_WRITE) == 0)
		return (SEK_OK);
	if (privacy == SEK_FILE_PRIVATE && (st.st_mode & OTHERS) == 0)
		return (SEK_OK);
	return (sek_why(why, SEK_ERR_UNTRUSTED, "%s: mode %04o gives others "
	    "too much: chmod %s %s", path, (unsigned)(st.st_mode & 07777),
	    privacy == SEK_FILE_PUBLIC ? "go-w" : "go-rwx", path));
}

enum sek_err
sek_file_open(int *fd, const char *path, enum sek_file_privacy privacy,
    struct sek_why *why)
{
	struct place at;
	enum sek_err err;
	int dir, file;

	if ((err = open_folder(&dir, &at, path, why)) != SEK_OK)
		return (err);
	file = openat(dir, at.name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NOCTTY | O_NONBLOCK);
	if (file < 0 && (errno == ELOOP || errno == EMLINK))
		err = sek_why(why, SEK_ERR_UNTRUSTED,
		    "%s: is a symbolic link: put the file itself there", path);
	else if (file < 0)
		err = why_errno(why, "open", path);
	else if ((err = check_file(file, path, privacy, why)) != SEK_OK)
		(void)close(file);
	(void)close(dir);
	if (err == SEK_OK)
		*fd = file;
	return (err);
}

ssize_t
sek_file_read_all(int fd, void *dst, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = read(fd, (char *)dst + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return (-1);
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return ((ssize_t)done);
}

/* Its size, not above max. */
static enum sek_err
size_of(size_t *size, int fd, const char *path, size_t max,
    struct sek_why *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return (why_errno(why, "look at", path));
	if (st.st_size < 0 || (uintmax_t)st.st_size > max)
		return (sek_why(why, SEK_ERR_RANGE,
		    "%s: larger than %zu bytes", path, max));
	*size = (size_t)st.st_size;
	return (SEK_OK);
}

/* Exactly size bytes and then the end. dst has size + 1 bytes. */
static enum sek_err
read_exactly(int fd, void *dst, size_t size, const char *path,
    struct sek_why *why)
{
	ssize_t n;

	if ((n = sek_file_read_all(fd, dst, size + 1)) < 0)
		return (why_errno(why, "read", path));
	if ((size_t)n != size)
		return (sek_why(why, SEK_ERR_IO,
		    "%s: changed while it was read: try again", path));
	((char *)dst)[size] = '\0';
	return (SEK_OK);
}

enum sek_err
sek_file_read(char **out, size_t *len, const char *path, size_t max,
    enum sek_file_privacy privacy, struct sek_why *why)
{
	enum sek_err err;
	char *data = NULL;
	size_t size = 0;
	int fd = -1;

	if ((err = sek_file_open(&fd, path, privacy, why)) != SEK_OK ||
	    (err = size_of(&size, fd, path, max, why)) != SEK_OK)
		goto out;
	if ((data = malloc(size + 1)) == NULL) {
		err = sek_why(why, SEK_ERR_NOMEM, "%s: no memory", path);
		goto out;
	}
	if ((err = read_exactly(fd, data, size, path, why)) != SEK_OK)
		goto out;
	*out = data;
	*len = size;
	data = NULL;
out:
	free(data);
	if (fd >= 0)
		(void)close(fd);
	return (err);
}

enum sek_err
sek_file_read_secret(struct sek_secret *out, const char *path,
    struct sek_why *why)
{
	struct sek_secret s = SEK_SECRET_NONE;
	enum sek_err err;
	size_t size = 0;
	int fd = -1;

	if ((err = sek_file_open(&fd, path, SEK_FILE_PRIVATE, why)) != SEK_OK ||
	    (err = size_of(&size, fd, path, SEK_SECRET_MAX, why)) != SEK_OK)
		goto out;
	if ((err = sek_secret_new(&s, size)) != SEK_OK) {
		(void)sek_why(why, err, "%s: no memory for a secret", path);
		goto out;
	}
	if ((err = read_exactly(fd, s.data, size, path, why)) != SEK_OK)
		goto out;
	*out = s;
	s.data = NULL;
out:
	sek_secret_free(&s);
	if (fd >= 0)
		(void)close(fd);
	return (err);
}

bool
sek_file_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (false);
		p += n;
		len -= (size_t)n;
	}
	return (true);
}

/* A file of that name in dir with these bytes, on the disk. */
static bool
write_beside(int dir, const char *name, const void *data, size_t len,
    mode_t mode)
{
	int fd, saved;
	bool ok;

	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd < 0)
		return (false);
	ok = sek_file_write_all(fd, data, len) && fchmod(fd, mode) == 0 &&
	    fsync(fd) == 0;
	saved = errno;
	if (close(fd) != 0 && ok) {
		saved = errno;
		ok = false;
	}
	errno = saved;
	return (ok);
}

bool
sek_file_give_name(int dir, const char *from, const char *to)
{
	if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0)
		return (true);
	if (errno != EINVAL && errno != ENOSYS)
		return (false);
	/* A file system that knows no flags: a link does not replace. */
	return (linkat(dir, from, dir, to, 0) == 0 &&
	    unlinkat(dir, from, 0) == 0);
}

static enum sek_err
write_file(const char *path, const void *data, size_t len, mode_t mode,
    bool (*name)(int dir, const char *from, const char *to),
    struct sek_why *why)
{
	char id[17], beside[40];
	struct place at;
	enum sek_err err;
	int dir;

	if ((err = open_folder(&dir, &at, path, why)) != SEK_OK)
		return (err);
	if ((err = sek_text_random_id(id, 8)) != SEK_OK)
		goto out;
	(void)sek_text_format(beside, sizeof(beside), ".sekisho-%s.tmp", id);
	if (!write_beside(dir, beside, data, len, mode) ||
	    !name(dir, beside, at.name)) {
		err = errno == EEXIST ?
		    sek_why(why, SEK_ERR_EXISTS, "%s: is there already", path) :
		    why_errno(why, "write", path);
		(void)unlinkat(dir, beside, 0);
	} else if (fsync(dir) != 0)
		err = why_errno(why, "make durable", path);
out:
	(void)close(dir);
	return (err);
}

enum sek_err
sek_file_check_folder(const char *path, struct sek_why *why)
{
	struct place at;
	struct stat st;
	enum sek_err err;
	int dir;

	if ((err = open_folder(&dir, &at, path, why)) != SEK_OK)
		return (err);
	if (fstat(dir, &st) != 0)
		err = why_errno(why, "look at", at.folder);
	else if ((st.st_mode & OTHERS_WRITE) != 0)
		err = sek_why(why, SEK_ERR_UNTRUSTED, "%s: others may make "
		    "files in this folder; name one in a folder of root's "
		    "alone", at.folder);
	(void)close(dir);
	return (err);
}

enum sek_err
sek_file_sync(const char *path, struct sek_why *why)
{
	enum sek_err err = SEK_OK;
	int fd;

	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fsync(fd) != 0)
		err = why_errno(why, "make durable", path);
	if (fd >= 0)
		(void)close(fd);
	return (err);
}

enum sek_err
sek_file_publish(const char *from, const char *to, bool replace,
    struct sek_why *why)
{
	const char *name = strrchr(from, '/');
	struct place at;
	enum sek_err err;
	bool done;
	int dir;

	if ((err = open_folder(&dir, &at, to, why)) != SEK_OK)
		return (err);
	name = name == NULL ? from : name + 1;
	done = replace ? renameat(dir, name, dir, at.name) == 0 :
	    sek_file_give_name(dir, name, at.name);
	if (!done)
		err = errno == EEXIST ?
		    sek_why(why, SEK_ERR_EXISTS, "%s: is there already", to) :
		    why_errno(why, "write", to);
	else if (fsync(dir) != 0)
		err = why_errno(why, "make durable", to);
	(void)close(dir);
	return (err);
}

enum sek_err
sek_file_create(const char *path, const void *data, size_t len, mode_t mode,
    struct sek_why *why)
{

	return (write_file(path, data, len, mode, sek_file_give_name, why));
}

static bool
take_name(int dir, const char *from, const char *to)
{

	return (renameat(dir, from, dir, to) == 0);
}

enum sek_err
sek_file_replace(const char *path, const void *data, size_t len, mode_t mode,
    struct sek_why *why)
{

	return (write_file(path, data, len, mode, take_name, why));
}

enum sek_err
sek_file_folder(char *dst, size_t size, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (path[0] == '/' && slash != path &&
	    sek_text_format(dst, size, "%.*s", (int)(slash - path), path) ==
	    SEK_OK)
		return (SEK_OK);
	dst[0] = '\0';
	return (SEK_ERR_RANGE);
}

enum sek_err
sek_file_remove(const char *path, struct sek_why *why)
{
	struct place at;
	enum sek_err err;
	int dir;

	if ((err = open_folder(&dir, &at, path, why)) != SEK_OK)
		return (err);
	if (unlinkat(dir, at.name, 0) != 0)
		err = why_errno(why, "remove", path);
	else if (fsync(dir) != 0)
		err = why_errno(why, "make durable", path);
	(void)close(dir);
	return (err);
}

void
sek_file_overwrite(int fd)
{
	static const char zeros[256];
	struct stat st;
	off_t at;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	for (at = 0; at < st.st_size; at += (off_t)sizeof(zeros))
		if (pwrite(fd, zeros, st.st_size - at < (off_t)sizeof(zeros) ?
		    (size_t)(st.st_size - at) : sizeof(zeros), at) < 0)
			break;
	(void)fsync(fd);
}

enum sek_err
sek_file_lock(int fd, int64_t us)
{
	const struct timespec pause = { 0, LOCK_PAUSE * 1000 };
	int64_t waited;

	for (waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0;
	    waited += LOCK_PAUSE) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return (SEK_ERR_IO);
		if (waited >= us)
			return (SEK_ERR_TIMEOUT);
		(void)nanosleep(&pause, NULL);
	}
	return (SEK_OK);
}

/* The folders above the last one of path. */
static enum sek_err
make_parents(const char *path, struct sek_why *why)
{
	char part[PATH_MAX];
	char *p;

	if (sek_text_copy(part, sizeof(part), path) != SEK_OK)
		return (sek_why(why, SEK_ERR_RANGE, "%s: too long", path));
	for (p = strchr(part + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(part, S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH |
		    S_IXOTH) != 0 && errno != EEXIST)
			return (why_errno(why, "make folder", part));
		*p = '/';
	}
	return (SEK_OK);
}

/* What is there now is a folder of ours and no wider than mode. */
static enum sek_err
check_made(int dir, const struct place *at, const char *path, mode_t mode,
    bool made, struct sek_why *why)
{
	enum sek_err err = SEK_OK;
	struct stat st;
	int fd;

	fd = openat(dir, at->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return (why_errno(why, "open folder", path));
	if (fstat(fd, &st) != 0)
		err = why_errno(why, "look at", path);
	else if (!is_ours(st.st_uid))
		err = sek_why(why, SEK_ERR_UNTRUSTED,
		    "%s: folder belongs to uid %ju: chown root %s", path,
		    (uintmax_t)st.st_uid, path);
	else if (made && fchmod(fd, mode) != 0)
		err = why_errno(why, "set the mode of", path);
	else if (!made && (st.st_mode & 07777 & ~mode) != 0)
		err = sek_why(why, SEK_ERR_UNTRUSTED, "%s: mode %04o is wider "
		    "than %04o: chmod %04o %s", path,
		    (unsigned)(st.st_mode & 07777), (unsigned)mode,
		    (unsigned)mode, path);
	else if (made && (fsync(fd) != 0 || fsync(dir) != 0))
		err = why_errno(why, "make durable", path);
	(void)close(fd);
	return (err);
}

enum sek_err
sek_file_make_folder(const char *path, mode_t mode, struct sek_why *why)
{
	struct place at;
	enum sek_err err;
	bool made;
	int dir;

	if ((err = take_apart(&at, path, why)) != SEK_OK ||
	    (err = make_parents(path, why)) != SEK_OK ||
	    (err = open_folder(&dir, &at, path, why)) != SEK_OK)
		return (err);
	made = mkdirat(dir, at.name, S_IRWXU) == 0;
	if (!made && errno != EEXIST)
		err = why_errno(why, "make folder", path);
	else
		err = check_made(dir, &at, path, mode, made, why);
	(void)close(dir);
	return (err);
}
