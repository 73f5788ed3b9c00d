/*
 * envelope.c - break-glass codes: files outside the store, spent by a rename
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * ID.seal becomes ID.open, then ID.told. A file has its size from the
 * beginning, and all names are as long as each other; making one leaves room
 * for one name more in the folder: so opening takes no new block of a disk that
 * writes in place (ext4, xfs, tmpfs). On btrfs, which does not, the file asks
 * to be exempt (NOCOW), and the rename lives on the room the file system keeps
 * for itself; where even that is gone, nobody gets in, and why says so.
 *
 * MUST: spent, and that on the disk, before SEK_OK.
 * MUST: a folder or a file others could have changed opens nothing.
 * MUST: the code, its account, uid, machine and times are in the hash: none of
 * them is believed from the lines beside it.
 */
#include "config.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/envelope.h"
#include "sekisho/edge/envelope_body.h"
#include "sekisho/edge/envelope_tries.h"

#define MACHINE_ID	"/etc/machine-id"
#define MACHINE_LEN	32u		/* of it, in hex */
#define LABEL		"sekisho envelope 1"
#define NAME_LEN	(SEK_ENVELOPE_ID - 1 + 5)	/* "0123abcd.seal" */
#define NAMES_MAX	256u
#define LOCK_WAIT	(5 * SEK_SECOND)
#define MAKE_WAIT	(10 * SEK_SECOND)
/* pam_systemd waits for a logind that hangs, for two minutes and more. */
#define TAKE_WITHIN	(600 * SEK_SECOND)
#define ID_BYTES	4
#define ID_TRIES	8
/*
 * Argon2id for the form's sake: what it hashes has 130 bits, which no machine
 * goes through whatever one guess costs. So little memory is asked for: a
 * login under RLIMIT_AS, or on a machine that has run out of it, still opens
 * (8 MiB; about 20 ms). Who changes these opens none of those made before.
 */
#define HASH_OPS	3
#define HASH_MEMORY	((size_t)8 * 1024 * 1024)

#define EXT_SEAL	".seal"
#define EXT_OPEN	".open"
#define EXT_TOLD	".told"
#define EXT_MADE	".made"		/* being made; or its maker was killed */

_Static_assert(crypto_pwhash_STRBYTES <= SEK_ENVELOPE_HASH, "hash");

struct names {
	char	name[NAMES_MAX][NAME_LEN + 1];
	size_t	n;
};

/* One more thing for the log. */
static void
tell(struct sek_why *why, const char *name, const char *cause)
{
	char text[NAME_MAX + 1];
	size_t n;

	if (why == NULL)
		return;
	sek_text_printable(text, sizeof(text), name);
	n = strlen(why->text);
	(void)sek_text_format(why->text + n, sizeof(why->text) - n,
	    "%s%s: %s", n > 0 ? "; " : "", text, cause);
}

static enum sek_err
why_errno(struct sek_why *why, const char *dir, const char *name,
    const char *what)
{
	int saved = errno;

	return (sek_why(why, saved == ENOENT ? SEK_ERR_NOT_FOUND : SEK_ERR_IO,
	    "%s/%s: cannot %s: %s", dir != NULL ? dir : SEK_ENVELOPE_DIR,
	    name, what, strerror(saved)));
}

/* ---- the folder and its names */

/* SEK_ERR_NOT_FOUND; SEK_ERR_UNTRUSTED. */
static enum sek_err
open_folder(int *out, const char *dir, struct sek_why *why)
{
	const char *path = dir != NULL ? dir : SEK_ENVELOPE_DIR;
	struct stat st;
	enum sek_err err;
	int fd;

	if ((err = sek_file_check_folder(path, why)) != SEK_OK)
		return (err);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC |
	    O_NOCTTY);
	if (fd < 0)
		return (sek_why(why, errno == ENOENT ? SEK_ERR_NOT_FOUND :
		    errno == ENOTDIR || errno == ELOOP ? SEK_ERR_UNTRUSTED :
		    SEK_ERR_IO, "%s: cannot open folder: %s", path,
		    strerror(errno)));
	if (fstat(fd, &st) != 0)
		err = sek_why(why, SEK_ERR_IO, "%s: cannot look at: %s", path,
		    strerror(errno));
	else if (st.st_uid != geteuid() ||
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		err = sek_why(why, SEK_ERR_UNTRUSTED, "%s: owner %ju, mode "
		    "%04o: no envelope in it opens anything; look who was "
		    "there, make new ones, then: chown root %s; chmod 0700 %s",
		    path, (uintmax_t)st.st_uid,
		    (unsigned)(st.st_mode & 07777), path, path);
	if (err == SEK_OK)
		*out = fd;
	else
		(void)close(fd);
	return (err);
}

static bool
is_id(const char *s)
{
	size_t n = strspn(s, "0123456789abcdef");

	return (n == SEK_ENVELOPE_ID - 1);
}

static bool
has_end(const char *name, const char *ext)
{

	return (strlen(name) == NAME_LEN && is_id(name) &&
	    strcmp(name + SEK_ENVELOPE_ID - 1, ext) == 0);
}

static bool
is_name(const char *name)
{

	return (has_end(name, EXT_SEAL) || has_end(name, EXT_OPEN) ||
	    has_end(name, EXT_TOLD));
}

static void
name_of(char dst[NAME_LEN + 1], const char *id, const char *ext)
{

	(void)sek_text_format(dst, NAME_LEN + 1, "%.*s%s",
	    (int)(SEK_ENVELOPE_ID - 1), id, ext);
}

static bool
is_there(int dir, const char *id, const char *ext)
{
	char name[NAME_LEN + 1];
	struct stat st;

	name_of(name, id, ext);
	return (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0);
}

/* A stream of its own on the folder. */
static DIR *
stream_of(int dir)
{
	DIR *d;
	int fd;

	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return (NULL);
	if ((d = fdopendir(fd)) == NULL)
		(void)close(fd);
	return (d);
}

static int
by_name(const void *a, const void *b)
{

	return (strcmp(a, b));
}

/* Those of our form, in their order; what else lies there is told. */
static enum sek_err
read_names(struct names *out, int dir, struct sek_why *why)
{
	struct dirent *e;
	DIR *d;

	out->n = 0;
	if ((d = stream_of(dir)) == NULL)
		return (sek_why(why, SEK_ERR_IO, "the envelopes' folder "
		    "cannot be read: %s", strerror(errno)));
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0 ||
		    has_end(e->d_name, EXT_MADE))
			continue;
		if (!is_name(e->d_name))
			tell(why, e->d_name, "no envelope, and out of place");
		else if (out->n == NAMES_MAX)
			tell(why, e->d_name, "too many are here; left out");
		else
			(void)sek_text_copy(out->name[out->n++],
			    sizeof(out->name[0]), e->d_name);
	}
	(void)closedir(d);
	qsort(out->name, out->n, sizeof(out->name[0]), by_name);
	return (SEK_OK);
}

bool
sek_envelope_waits(const char *dir)
{
	struct dirent *e;
	bool yes = false;
	DIR *d;

	d = opendir(dir != NULL ? dir : SEK_ENVELOPE_DIR);
	if (d == NULL)
		return (false);
	while (!yes && (e = readdir(d)) != NULL)
		yes = has_end(e->d_name, EXT_OPEN);
	(void)closedir(d);
	return (yes);
}

/* ---- one file */

/* The machine's own id, whose hash stands in the file. */
static enum sek_err
machine_of(char id[MACHINE_LEN + 1], char shown[SEK_ENVELOPE_MACHINE],
    struct sek_why *why)
{
	uint8_t sum[(SEK_ENVELOPE_MACHINE - 1) / 2];
	char *text = NULL;
	size_t len = 0;
	enum sek_err err;

	if ((err = sek_file_read(&text, &len, MACHINE_ID, 256,
	    SEK_FILE_PUBLIC, why)) != SEK_OK || len < MACHINE_LEN) {
		free(text);
		return (sek_why(why, err != SEK_OK ? err : SEK_ERR_SYNTAX,
		    "%s: absent, empty or not root's: an envelope is bound to "
		    "its machine; run: systemd-machine-id-setup",
		    MACHINE_ID));
	}
	memcpy(id, text, MACHINE_LEN);
	id[MACHINE_LEN] = '\0';
	free(text);
	(void)crypto_generichash(sum, sizeof(sum), (const uint8_t *)id,
	    MACHINE_LEN, (const uint8_t *)LABEL, sizeof(LABEL) - 1);
	sek_text_hex(shown, sum, sizeof(sum));
	return (SEK_OK);
}

static bool
check_file(const struct stat *st, char cause[SEK_ENVELOPE_CAUSE])
{

	if (!S_ISREG(st->st_mode))
		(void)sek_text_format(cause, SEK_ENVELOPE_CAUSE,
		    "not a regular file");
	else if (st->st_uid != geteuid())
		(void)sek_text_format(cause, SEK_ENVELOPE_CAUSE,
		    "belongs to uid %ju", (uintmax_t)st->st_uid);
	else if ((st->st_mode & 07777) != (S_IRUSR | S_IWUSR))
		(void)sek_text_format(cause, SEK_ENVELOPE_CAUSE,
		    "mode %04o, not 0600", (unsigned)(st->st_mode & 07777));
	else if (st->st_nlink != 1)
		(void)sek_text_format(cause, SEK_ENVELOPE_CAUSE,
		    "it has %ju names", (uintmax_t)st->st_nlink);
	else if (st->st_size != SEK_ENVELOPE_SIZE)
		(void)sek_text_format(cause, SEK_ENVELOPE_CAUSE,
		    "%jd bytes, not %u", (intmax_t)st->st_size,
		    SEK_ENVELOPE_SIZE);
	return (cause[0] == '\0');
}

/* -1: cause says why. st: its own, checked. */
static int
open_file(int dir, const char *name, int flags, struct stat *st,
    char cause[SEK_ENVELOPE_CAUSE])
{
	int fd;

	cause[0] = '\0';
	fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK);
	if (fd < 0 || fstat(fd, st) != 0)
		(void)sek_text_format(cause, SEK_ENVELOPE_CAUSE,
		    errno == ELOOP ? "a symbolic link" :
		    "cannot be opened: %s", strerror(errno));
	else if (check_file(st, cause))
		return (fd);
	if (fd >= 0)
		(void)close(fd);
	return (-1);
}

/* Where its opening was not written, its inode knows when its name changed. */
static void
read_opening(struct sek_envelope *e, const char *half, const struct stat *st)
{

	if (sek_envelope_body_opened(e, half) == SEK_OK)
		return;
	e->at.wall = (int64_t)st->st_ctim.tv_sec * SEK_SECOND +
	    st->st_ctim.tv_nsec / 1000;
	(void)sek_text_format(e->cause, sizeof(e->cause), "opened, but when "
	    "and by whom was not written");
}

/* The open file into *out: what it says of itself, and state by its name. */
static bool
read_file(struct sek_envelope_body *out, int fd, const char *name,
    const struct stat *st)
{
	char bytes[SEK_ENVELOPE_SIZE], cause[SEK_ENVELOPE_CAUSE] = "";
	ssize_t n;

	n = pread(fd, bytes, sizeof(bytes), 0);
	if (n < 0)
		(void)sek_text_format(cause, sizeof(cause),
		    "cannot be read: %s", strerror(errno));
	else if (n != (ssize_t)sizeof(bytes) ||
	    sek_envelope_body_read(out, bytes) != SEK_OK ||
	    strncmp(out->e.id, name, SEK_ENVELOPE_ID - 1) != 0)
		(void)sek_text_copy(cause, sizeof(cause),
		    "not as it was written");
	if (cause[0] != '\0') {
		memset(out, 0, sizeof(*out));
		memcpy(out->e.cause, cause, sizeof(cause));
		return (false);
	}
	if (has_end(name, EXT_SEAL))
		return (true);
	out->e.state = has_end(name, EXT_TOLD) ? SEK_ENVELOPE_TOLD :
	    SEK_ENVELOPE_SPENT;
	read_opening(&out->e, bytes + SEK_ENVELOPE_HALF, st);
	return (true);
}

/* *out is VOID with a cause where it is not good. */
static bool
load(struct sek_envelope_body *out, int dir, const char *name)
{
	struct stat st;
	bool good = false;
	int fd;

	memset(out, 0, sizeof(*out));
	fd = open_file(dir, name, O_RDONLY, &st, out->e.cause);
	if (fd >= 0) {
		good = read_file(out, fd, name, &st);
		(void)close(fd);
	}
	if (!good) {
		out->e.state = SEK_ENVELOPE_VOID;
		out->e.uid = SEK_UID_NONE;
		memcpy(out->e.id, name, SEK_ENVELOPE_ID - 1);
	}
	return (good);
}

/* A clock that is before its making tells nothing of its end: it is not the
 * day for which it lies in the safe on which the battery may be empty. */
static bool
is_over(const struct sek_envelope *e, int64_t wall)
{

	return (wall >= e->made && wall >= e->ends);
}

/* Of other limits it is none of ours, and might take all memory. */
static bool
is_our_hash(const char *hash)
{

	return (crypto_pwhash_str_needs_rehash(hash, HASH_OPS, HASH_MEMORY) ==
	    0);
}

/* Of a sealed one: why it opens nothing, by what is known without its code. */
static bool
is_void(struct sek_envelope_body *b, int dir, const char *machine,
    int64_t wall)
{
	struct sek_envelope *e = &b->e;

	if (strcmp(b->machine, machine) != 0)
		(void)sek_text_copy(e->cause, sizeof(e->cause),
		    "made on another machine");
	else if (is_over(e, wall))
		(void)sek_text_copy(e->cause, sizeof(e->cause),
		    "its time is over");
	else if (!is_our_hash(b->hash))
		(void)sek_text_copy(e->cause, sizeof(e->cause),
		    "hashed in another way than this version does");
	else if (is_there(dir, e->id, EXT_OPEN) ||
	    is_there(dir, e->id, EXT_TOLD))
		(void)sek_text_copy(e->cause, sizeof(e->cause),
		    "was opened before, and put back");
	else
		return (false);
	e->state = SEK_ENVELOPE_VOID;
	return (true);
}

/* What became of it, on this machine: a copied disk brings another's. */
static void
judge(struct sek_envelope_body *b, int dir, const char *machine,
    int64_t wall)
{
	struct sek_envelope *e = &b->e;

	if (e->state == SEK_ENVELOPE_SEALED)
		(void)is_void(b, dir, machine, wall);
	else if (strcmp(b->machine, machine) != 0) {
		e->state = SEK_ENVELOPE_VOID;
		(void)sek_text_copy(e->cause, sizeof(e->cause),
		    "opened on another machine");
	}
}

enum sek_err
sek_envelope_list(const char *dir, sek_envelope_fn fn, void *arg,
    struct sek_why *why)
{
	char id[MACHINE_LEN + 1], machine[SEK_ENVELOPE_MACHINE] = "";
	struct sek_envelope_body body;
	struct names *names = NULL;
	struct sek_moment now;
	struct sek_why unused = { "" };
	enum sek_err err;
	size_t i;
	int fd = -1;

	if (why != NULL)
		why->text[0] = '\0';
	if ((err = open_folder(&fd, dir, why)) != SEK_OK) {
		if (err == SEK_ERR_NOT_FOUND && why != NULL)
			why->text[0] = '\0';
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	}
	if ((err = sek_secret_init()) != SEK_OK ||
	    (err = sek_clock_now(&now)) != SEK_OK)
		goto out;
	if ((names = malloc(sizeof(*names))) == NULL) {
		err = SEK_ERR_NOMEM;
		goto out;
	}
	/* Without it each is another machine's. */
	if (machine_of(id, machine, &unused) != SEK_OK)
		tell(why, "machine", unused.text);
	if ((err = read_names(names, fd, why)) != SEK_OK)
		goto out;
	for (i = 0; i < names->n && err == SEK_OK; i++) {
		if (load(&body, fd, names->name[i]))
			judge(&body, fd, machine, now.wall);
		if (body.e.cause[0] != '\0')
			tell(why, names->name[i], body.e.cause);
		err = fn(arg, &body.e);
	}
out:
	free(names);
	(void)close(fd);
	return (err);
}

/* ---- the hash */

static void
put(crypto_generichash_state *state, const void *bytes, size_t len)
{
	uint64_t n = len;

	(void)crypto_generichash_update(state, (const uint8_t *)&n,
	    sizeof(n));
	(void)crypto_generichash_update(state, bytes, len);
}

/* What is hashed by Argon2id: the code and all it is bound to, as hex. */
static void
bind(char hex[65], const char plain[SEK_GLASS_PLAIN],
    const struct sek_envelope *e, const char *machine_id)
{
	crypto_generichash_state state;
	uint8_t sum[32];

	(void)crypto_generichash_init(&state, NULL, 0, sizeof(sum));
	put(&state, LABEL, sizeof(LABEL) - 1);
	put(&state, plain, SEK_GLASS_PLAIN - 1);
	put(&state, e->id, strlen(e->id));
	put(&state, e->account, strlen(e->account));
	put(&state, &e->uid, sizeof(e->uid));
	put(&state, &e->made, sizeof(e->made));
	put(&state, &e->ends, sizeof(e->ends));
	put(&state, machine_id, MACHINE_LEN);
	(void)crypto_generichash_final(&state, sum, sizeof(sum));
	sek_text_hex(hex, sum, sizeof(sum));
	sek_wipe(sum, sizeof(sum));
	sek_wipe(&state, sizeof(state));
}

/* What Argon2id takes, and what is about it. */
static bool
has_memory(void)
{
	size_t len = HASH_MEMORY + HASH_MEMORY / 8;
	void *p;

	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return (false);
	(void)munmap(p, len);
	return (true);
}

/* SEK_ERR_REFUSED: another code; SEK_ERR_NOMEM: nothing was found out, which
 * libsodium (1.0.18) does not tell apart. */
static enum sek_err
verify(const struct sek_envelope_body *b, const char plain[SEK_GLASS_PLAIN],
    const char *machine_id)
{
	enum sek_err err = SEK_OK;
	char hex[65];

	if (!is_our_hash(b->hash))
		return (SEK_ERR_REFUSED);
	bind(hex, plain, &b->e, machine_id);
	if (crypto_pwhash_str_verify(b->hash, hex, sizeof(hex) - 1) != 0)
		err = has_memory() ? SEK_ERR_REFUSED : SEK_ERR_NOMEM;
	sek_wipe(hex, sizeof(hex));
	return (err);
}

/* The time of one, where there is none. */
static void
pretend(void)
{
	static const uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t out[32];

	if (crypto_pwhash(out, sizeof(out), LABEL, sizeof(LABEL) - 1, salt,
	    HASH_OPS, HASH_MEMORY, crypto_pwhash_ALG_ARGON2ID13) == 0)
		sek_wipe(out, sizeof(out));
}

/* ---- making */

/* Who was killed while he made one left it under this name: his lock is gone,
 * so nobody makes it now. */
static void
sweep(int dir)
{
	struct dirent *e;
	DIR *d;

	if ((d = stream_of(dir)) == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (has_end(e->d_name, EXT_MADE))
			(void)unlinkat(dir, e->d_name, 0);
	(void)closedir(d);
}

static enum sek_err
new_id(char id[SEK_ENVELOPE_ID], int dir)
{
	enum sek_err err;
	unsigned i;

	for (i = 0; i < ID_TRIES; i++) {
		if ((err = sek_text_random_id(id, ID_BYTES)) != SEK_OK)
			return (err);
		if (!is_there(dir, id, EXT_SEAL) &&
		    !is_there(dir, id, EXT_OPEN) &&
		    !is_there(dir, id, EXT_TOLD))
			return (SEK_OK);
	}
	return (SEK_ERR_INTERNAL);
}

/* Sealed ones of that uid that open yet, and names in all. */
static enum sek_err
check_room(int dir, uint32_t uid, const char *machine, int64_t wall,
    struct sek_why *why)
{
	struct sek_envelope_body body;
	struct names *names;
	struct sek_why unused = { "" };
	unsigned sealed = 0;
	enum sek_err err;
	size_t i;

	if ((names = malloc(sizeof(*names))) == NULL)
		return (SEK_ERR_NOMEM);
	err = read_names(names, dir, &unused);
	for (i = 0; err == SEK_OK && i < names->n; i++)
		if (load(&body, dir, names->name[i]) && body.e.uid == uid &&
		    body.e.state == SEK_ENVELOPE_SEALED &&
		    !is_void(&body, dir, machine, wall))
			sealed++;
	if (err != SEK_OK)
		(void)sek_why(why, err, "%s", unused.text);
	else if (sealed >= SEK_ENVELOPES_MAX)
		err = sek_why(why, SEK_ERR_RANGE, "%u envelopes are sealed "
		    "for uid %u: take those away whose sheets are lost",
		    sealed, uid);
	else if (names->n >= NAMES_MAX - 1)
		err = sek_why(why, SEK_ERR_RANGE, "%zu envelopes are in the "
		    "folder: keep old ones elsewhere", names->n);
	free(names);
	return (err);
}

static enum sek_err
new_code(struct sek_secret *code, char plain[SEK_GLASS_PLAIN])
{
	struct sek_secret random = SEK_SECRET_NONE;
	enum sek_err err;

	if ((err = sek_secret_new(&random, SEK_GLASS_RANDOM)) != SEK_OK ||
	    (err = sek_secret_new(code, SEK_GLASS_TEXT - 1)) != SEK_OK)
		goto out;
	randombytes_buf(random.data, random.len);
	sek_glass_print((char *)code->data, random.data);
	err = sek_glass_parse(plain, (const char *)code->data);
out:
	sek_secret_free(&random);
	return (err);
}

static enum sek_err
seal(char bytes[SEK_ENVELOPE_SIZE], struct sek_envelope_body *b,
    const char plain[SEK_GLASS_PLAIN], const char *machine_id,
    struct sek_why *why)
{
	enum sek_err err = SEK_OK;
	char hex[65];

	bind(hex, plain, &b->e, machine_id);
	if (crypto_pwhash_str_alg(b->hash, hex, sizeof(hex) - 1, HASH_OPS,
	    HASH_MEMORY, crypto_pwhash_ALG_ARGON2ID13) != 0)
		err = sek_why(why, SEK_ERR_NOMEM, "no memory for Argon2id");
	sek_wipe(hex, sizeof(hex));
	memset(bytes, '\n', SEK_ENVELOPE_SIZE);
	if (err == SEK_OK && (err = sek_envelope_body_seal(bytes, b)) !=
	    SEK_OK)
		(void)sek_why(why, err, "an account's name that fits into no "
		    "line");
	return (err);
}

/* On btrfs: written in place from now on. Elsewhere nothing. */
static void
no_copies(int fd)
{
	int flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0) {
		flags |= FS_NOCOW_FL;
		(void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
	}
}

/* Whole, on the disk, and only then under its name. */
static enum sek_err
write_new(int dir, const char *id, const char bytes[SEK_ENVELOPE_SIZE],
    const char *path, struct sek_why *why)
{
	char made[NAME_LEN + 1], name[NAME_LEN + 1];
	enum sek_err err = SEK_OK;
	int fd;

	name_of(made, id, EXT_MADE);
	name_of(name, id, EXT_SEAL);
	fd = openat(dir, made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd < 0)
		return (why_errno(why, path, made, "make"));
	no_copies(fd);
	if (!sek_file_write_all(fd, bytes, SEK_ENVELOPE_SIZE) ||
	    fchmod(fd, S_IRUSR | S_IWUSR) != 0 || fsync(fd) != 0 ||
	    !sek_file_give_name(dir, made, name)) {
		err = why_errno(why, path, name, "write");
		(void)unlinkat(dir, made, 0);
	} else if (fsync(dir) != 0) {
		err = why_errno(why, path, name, "make durable");
		(void)unlinkat(dir, name, 0);
	}
	(void)close(fd);
	return (err);
}

/* The folder is locked. */
static enum sek_err
make(struct sek_envelope_body *b, struct sek_secret *code, int dir,
    const char *path, struct sek_why *why)
{
	char id[MACHINE_LEN + 1], plain[SEK_GLASS_PLAIN] = "";
	char *bytes = malloc(SEK_ENVELOPE_SIZE);
	enum sek_err err;

	if (bytes == NULL)
		return (SEK_ERR_NOMEM);
	sweep(dir);
	if ((err = machine_of(id, b->machine, why)) == SEK_OK &&
	    (err = check_room(dir, b->e.uid, b->machine, b->e.made, why)) ==
	    SEK_OK && (err = new_id(b->e.id, dir)) == SEK_OK &&
	    (err = new_code(code, plain)) == SEK_OK &&
	    (err = seal(bytes, b, plain, id, why)) == SEK_OK)
		err = write_new(dir, b->e.id, bytes, path, why);
	sek_wipe(plain, sizeof(plain));
	free(bytes);
	return (err);
}

enum sek_err
sek_envelope_make(struct sek_envelope *out, struct sek_secret *code,
    const char *dir, const char *account, uint32_t uid, int64_t ends,
    struct sek_why *why)
{
	const char *path = dir != NULL ? dir : SEK_ENVELOPE_DIR;
	struct sek_secret fresh = SEK_SECRET_NONE;
	struct sek_envelope_body b;
	struct sek_moment now;
	enum sek_err err;
	int fd = -1;

	memset(&b, 0, sizeof(b));
	b.e.uid = uid;
	b.e.ends = ends;
	if ((err = sek_secret_init()) != SEK_OK ||
	    (err = sek_clock_now(&now)) != SEK_OK)
		return (err);
	b.e.made = now.wall;
	if (uid == SEK_UID_NONE || ends <= now.wall ||
	    sek_text_copy(b.e.account, sizeof(b.e.account), account) !=
	    SEK_OK)
		return (sek_why(why, SEK_ERR_RANGE, "no account, or an end "
		    "that is past"));
	if ((err = sek_file_make_folder(path, S_IRWXU, why)) != SEK_OK ||
	    (err = open_folder(&fd, path, why)) != SEK_OK)
		return (err);
	if ((err = sek_file_lock(fd, MAKE_WAIT)) != SEK_OK)
		(void)sek_why(why, err, "%s: held by another; try again",
		    path);
	else
		err = make(&b, &fresh, fd, path, why);
	if (err == SEK_OK) {
		*out = b.e;
		*code = fresh;
		fresh = (struct sek_secret)SEK_SECRET_NONE;
	}
	sek_secret_free(&fresh);
	(void)close(fd);
	return (err);
}

enum sek_err
sek_envelope_void(const char *dir, const char *id, struct sek_why *why)
{
	char name[NAME_LEN + 1];
	enum sek_err err;
	int fd;

	if (strlen(id) != SEK_ENVELOPE_ID - 1 || !is_id(id))
		return (sek_why(why, SEK_ERR_NOT_FOUND, "no envelope has such "
		    "an id"));
	if ((err = open_folder(&fd, dir, why)) != SEK_OK)
		return (err);
	name_of(name, id, EXT_SEAL);
	if (unlinkat(fd, name, 0) != 0)
		err = why_errno(why, dir, name, "take away");
	else if (fsync(fd) != 0)
		err = why_errno(why, dir, name, "make durable");
	(void)close(fd);
	return (err);
}

/* ---- opening */

struct opening {
	const char			*path;
	const char			*plain;
	const struct sek_claimant	*who;
	int				 dir;	/* -1: there is no folder */
	struct sek_moment		 now;
	char				 machine_id[MACHINE_LEN + 1];
	char				 machine[SEK_ENVELOPE_MACHINE];
	struct sek_envelope_body	 body;	/* the right one */
	char				 name[NAME_LEN + 1];
};

/* Is it of this claimant, and does it open? */
static bool
is_his(const struct opening *o, const struct sek_envelope *e)
{

	return (e->state == SEK_ENVELOPE_SEALED && e->uid == o->who->uid &&
	    strcmp(e->account, o->who->name) == 0);
}

/* Among those of his whose time is over, or among the others: at most as many
 * as there may be, and never so many old ones that a new one is not reached. */
static enum sek_err
find_among(struct opening *o, const struct names *names, bool over,
    unsigned *tried, struct sek_why *why)
{
	enum sek_err err = SEK_ERR_REFUSED, one;
	unsigned n = 0;
	size_t i;

	for (i = 0; err != SEK_OK && i < names->n && n < SEK_ENVELOPES_MAX;
	    i++) {
		if (!has_end(names->name[i], EXT_SEAL))
			continue;
		if (!load(&o->body, o->dir, names->name[i])) {
			if (!over)
				tell(why, names->name[i], o->body.e.cause);
			continue;
		}
		if (!is_his(o, &o->body.e) ||
		    is_over(&o->body.e, o->now.wall) != over)
			continue;
		/* Its time may be over: told only to who has the code. */
		if (is_void(&o->body, o->dir, o->machine, o->body.e.made)) {
			tell(why, names->name[i], o->body.e.cause);
			continue;
		}
		n++;
		one = verify(&o->body, o->plain, o->machine_id);
		if (one != SEK_ERR_REFUSED)
			err = one;
		if (one == SEK_OK)
			memcpy(o->name, names->name[i], sizeof(o->name));
	}
	*tried += n;
	return (err);
}

/* The one of his that has this code. SEK_ERR_REFUSED; SEK_ERR_NOMEM: that was
 * not found out. */
static enum sek_err
find(struct opening *o, const struct names *names, struct sek_why *why)
{
	unsigned tried = 0;
	enum sek_err err;

	if ((err = find_among(o, names, false, &tried, why)) ==
	    SEK_ERR_REFUSED)
		err = find_among(o, names, true, &tried, why);
	if (tried == 0)
		pretend();
	if (err == SEK_ERR_NOMEM)
		tell(why, "Argon2id", "no memory");
	else if (err != SEK_OK)
		tell(why, o->who->known ? o->who->name : "an unknown name",
		    tried == 0 ? "has no sealed envelope" :
		    "none of his envelopes has this code");
	return (err);
}

static void
fill_opening(struct sek_envelope *e, const struct opening *o)
{

	e->at = o->now;
	if (sek_process_get(&e->gate, 0) != SEK_OK)
		e->gate.pid = (int32_t)getpid();
	if (sek_process_get(&e->parent, getppid()) != SEK_OK)
		e->parent.pid = (int32_t)getppid();
	sek_text_printable(e->service, sizeof(e->service), o->who->service);
	sek_text_printable(e->tty, sizeof(e->tty), o->who->tty);
	sek_text_printable(e->rhost, sizeof(e->rhost), o->who->rhost);
}

static void
spool_path(char *dst, size_t size, const char *id)
{

	(void)sek_text_format(dst, size, SEK_ENVELOPE_RUN "/%s" EXT_OPEN, id);
}

/*
 * Into the file, over bytes it has already. Where that does not go (a disk
 * that writes nothing in place, and is full), its session is found by a file
 * in /run, and the inode tells later when it was.
 */
static void
write_opening(int fd, const struct sek_envelope *e, struct sek_why *why)
{
	char half[SEK_ENVELOPE_HALF], path[64];
	struct sek_why unused;

	if (sek_envelope_body_opening(half, e) != SEK_OK) {
		tell(why, e->id, "its opening fits into no lines");
		return;
	}
	if (pwrite(fd, half, sizeof(half), SEK_ENVELOPE_HALF) ==
	    (ssize_t)sizeof(half) && fdatasync(fd) == 0)
		return;
	tell(why, e->id, strerror(errno));
	spool_path(path, sizeof(path), e->id);
	if (sek_file_make_folder(SEK_ENVELOPE_RUN, S_IRWXU, &unused) !=
	    SEK_OK || sek_file_create(path, half, sizeof(half),
	    S_IRUSR | S_IWUSR, &unused) != SEK_OK)
		tell(why, e->id, "nothing of its opening could be written: "
		    "its session will not be found");
}

/* ID.seal becomes ID.open, on the disk. */
static enum sek_err
rename_spent(const struct opening *o, struct sek_why *why)
{
	char open[NAME_LEN + 1];
	enum sek_err err;

	name_of(open, o->name, EXT_OPEN);
	if (!sek_file_give_name(o->dir, o->name, open)) {
		err = errno == ENOENT ? SEK_ERR_REFUSED : SEK_ERR_IO;
		return (sek_why(why, err, err == SEK_ERR_REFUSED ?
		    "%s/%s: was opened by another just now" :
		    "%s/%s: the code is right, but it cannot be spent: %s",
		    o->path, o->name, strerror(errno)));
	}
	if (fsync(o->dir) == 0)
		return (SEK_OK);
	err = sek_why(why, SEK_ERR_IO, "%s/%s: the code is right, but that it "
	    "is spent does not reach the disk: %s", o->path, o->name,
	    strerror(errno));
	/* Nobody came in by it. */
	if (sek_file_give_name(o->dir, open, o->name))
		(void)fsync(o->dir);
	return (err);
}

/* Of two at once one holds the lock; the other finds the name gone. A lock
 * that does not come stops nobody: the rename decides. */
static enum sek_err
spend(struct opening *o, struct sek_why *why)
{
	char cause[SEK_ENVELOPE_CAUSE];
	struct stat st, now;
	enum sek_err err;
	int fd;

	fd = open_file(o->dir, o->name, O_RDWR, &st, cause);
	if (fd < 0 && is_there(o->dir, o->body.e.id, EXT_SEAL))
		return (sek_why(why, SEK_ERR_IO, "%s/%s: the code is right, "
		    "but it cannot be spent: %s", o->path, o->name, cause));
	if (fd >= 0)
		(void)sek_file_lock(fd, LOCK_WAIT);
	if (fd < 0 || fstatat(o->dir, o->name, &now, AT_SYMLINK_NOFOLLOW) !=
	    0 || now.st_ino != st.st_ino || now.st_dev != st.st_dev)
		err = sek_why(why, SEK_ERR_REFUSED, "%s/%s: was opened by "
		    "another just now", o->path, o->name);
	else {
		fill_opening(&o->body.e, o);
		write_opening(fd, &o->body.e, why);
		err = rename_spent(o, why);
	}
	if (fd >= 0)
		(void)close(fd);
	return (err);
}

/* Verified: may it open, and is it spent? */
static enum sek_err
open_right(struct opening *o, struct sek_why *why)
{
	struct sek_envelope *e = &o->body.e;

	if (is_over(e, o->now.wall))
		return (sek_why(why, SEK_ERR_REFUSED, "%s/%s: the code is "
		    "right, but its time is over: use the sheet made last",
		    o->path, o->name));
	if (o->now.wall < e->made)
		tell(why, o->name, "the clock is before its making, so its "
		    "end could not be judged");
	return (spend(o, why));
}

/* right: its code was typed, whatever came of it then. */
static enum sek_err
find_and_open(struct opening *o, bool *unjudged, struct sek_why *why)
{
	struct names *names = malloc(sizeof(*names));
	enum sek_err err = SEK_ERR_NOMEM;

	*unjudged = true;
	if (names == NULL)
		return (err);
	names->n = 0;
	if ((o->dir < 0 ||
	    (err = read_names(names, o->dir, why)) == SEK_OK)) {
		err = find(o, names, why);
		*unjudged = err != SEK_ERR_REFUSED;
		if (err == SEK_OK)
			err = open_right(o, why);
	}
	free(names);
	return (err);
}

enum sek_err
sek_envelope_open(struct sek_envelope *out, const char *dir,
    const char plain[SEK_GLASS_PLAIN], const struct sek_claimant *who,
    struct sek_why *why)
{
	struct opening o = { .path = dir != NULL ? dir : SEK_ENVELOPE_DIR,
	    .plain = plain, .who = who, .dir = -1 };
	struct sek_envelope_try t;
	enum sek_err err;
	bool give_back;

	memset(out, 0, sizeof(*out));
	if (strnlen(plain, SEK_GLASS_PLAIN) != SEK_GLASS_PLAIN - 1)
		return (sek_why(why, SEK_ERR_SYNTAX, "no code of an "
		    "envelope"));
	if ((err = sek_secret_init()) != SEK_OK ||
	    (err = sek_clock_now(&o.now)) != SEK_OK ||
	    (err = machine_of(o.machine_id, o.machine, why)) != SEK_OK)
		return (err);
	if ((err = open_folder(&o.dir, dir, why)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND)
		return (err);
	if ((err = sek_envelope_try_take(&t, who->console != 0, &o.now, o.dir,
	    why)) == SEK_OK) {
		if (why != NULL)
			why->text[0] = '\0';
		err = find_and_open(&o, &give_back, why);
		sek_envelope_try_end(&t, &o.now, give_back);
	} else
		sek_envelope_try_end(&t, &o.now, false);
	if (err == SEK_OK) {
		o.body.e.state = SEK_ENVELOPE_SPENT;
		*out = o.body.e;
	}
	if (o.dir >= 0)
		(void)close(o.dir);
	return (err);
}

/* ---- afterwards */

static bool
is_process(const struct sek_process *a, const struct sek_process *b)
{

	return (a->pid > 0 && a->pid == b->pid && a->start == b->start);
}

/* May this process take its session over, here and now? */
static enum sek_err
may_take(const struct sek_envelope *e, uint32_t uid,
    const struct sek_process *taker, const struct sek_moment *now,
    struct sek_why *why)
{
	const char *no = NULL;

	if (e->uid != uid)
		no = "is another account's";
	else if (e->taken)
		no = "its session was opened already";
	else if (memcmp(e->at.boot_id, now->boot_id, SEK_BOOT_ID_LEN) != 0)
		no = "was opened before this boot";
	else if (now->boot < e->at.boot ||
	    now->boot - e->at.boot > TAKE_WITHIN)
		no = "was opened too long ago";
	else if (!is_process(taker, &e->gate) &&
	    !is_process(taker, &e->parent))
		no = "was opened by another process";
	return (no == NULL ? SEK_OK : sek_why(why, SEK_ERR_REFUSED,
	    "envelope %s: %s", e->id, no));
}

/* Where its opening is not in the file: in /run, whose name only one takes
 * away. */
static enum sek_err
take_spooled(struct sek_envelope *e, uint32_t uid,
    const struct sek_process *taker, const struct sek_moment *now,
    struct sek_why *why)
{
	char path[64], *half = NULL;
	size_t len = 0;
	enum sek_err err;

	spool_path(path, sizeof(path), e->id);
	if ((err = sek_file_read(&half, &len, path, SEK_ENVELOPE_HALF,
	    SEK_FILE_PRIVATE, why)) != SEK_OK)
		return (SEK_ERR_REFUSED);
	if (len != SEK_ENVELOPE_HALF ||
	    sek_envelope_body_opened(e, half) != SEK_OK)
		err = sek_why(why, SEK_ERR_REFUSED, "%s: not as it was "
		    "written", path);
	else if ((err = may_take(e, uid, taker, now, why)) == SEK_OK &&
	    sek_file_remove(path, why) != SEK_OK)
		err = SEK_ERR_REFUSED;
	if (err == SEK_OK)
		e->taken = true;
	free(half);
	return (err);
}

/* The file is open and locked. */
static enum sek_err
take(struct sek_envelope_body *b, int fd, const char *name,
    const struct stat *st, uint32_t uid, const struct sek_process *taker,
    struct sek_why *why)
{
	char half[SEK_ENVELOPE_HALF];
	struct sek_moment now;
	enum sek_err err;

	if ((err = sek_clock_now(&now)) != SEK_OK)
		return (err);
	if (!read_file(b, fd, name, st))
		return (sek_why(why, SEK_ERR_REFUSED, "envelope %s: %s",
		    name, b->e.cause));
	if (b->e.cause[0] != '\0')
		return (take_spooled(&b->e, uid, taker, &now, why));
	if ((err = may_take(&b->e, uid, taker, &now, why)) != SEK_OK)
		return (err);
	b->e.taken = true;
	if (sek_envelope_body_opening(half, &b->e) != SEK_OK ||
	    pwrite(fd, half, sizeof(half), SEK_ENVELOPE_HALF) !=
	    (ssize_t)sizeof(half) || fdatasync(fd) != 0)
		return (sek_why(why, SEK_ERR_IO, "envelope %s: that its "
		    "session is open cannot be written: %s", name,
		    strerror(errno)));
	return (SEK_OK);
}

/* The store may have heard of it by now. */
static int
open_spent(int dir, const char *id, char name[NAME_LEN + 1], struct stat *st,
    char cause[SEK_ENVELOPE_CAUSE])
{
	int fd;

	name_of(name, id, EXT_OPEN);
	if ((fd = open_file(dir, name, O_RDWR, st, cause)) < 0) {
		name_of(name, id, EXT_TOLD);
		fd = open_file(dir, name, O_RDWR, st, cause);
	}
	return (fd);
}

enum sek_err
sek_envelope_take(struct sek_envelope *out, const char *dir, const char *id,
    uint32_t uid, const struct sek_process *taker, struct sek_why *why)
{
	char name[NAME_LEN + 1], cause[SEK_ENVELOPE_CAUSE];
	struct sek_envelope_body b;
	struct stat st;
	enum sek_err err;
	int folder, fd;

	if (strlen(id) != SEK_ENVELOPE_ID - 1 || !is_id(id))
		return (sek_why(why, SEK_ERR_REFUSED, "no envelope has such "
		    "an id"));
	if ((err = open_folder(&folder, dir, why)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_ERR_REFUSED : err);
	if ((fd = open_spent(folder, id, name, &st, cause)) < 0)
		err = sek_why(why, SEK_ERR_REFUSED, "envelope %s: %s", id,
		    cause);
	else if (sek_file_lock(fd, LOCK_WAIT) != SEK_OK)
		err = sek_why(why, SEK_ERR_REFUSED, "envelope %s: held by "
		    "another", id);
	else
		err = take(&b, fd, name, &st, uid, taker, why);
	if (err == SEK_OK)
		*out = b.e;
	if (fd >= 0)
		(void)close(fd);
	(void)close(folder);
	return (err);
}

enum sek_err
sek_envelope_told(const char *dir, const char *id, struct sek_why *why)
{
	char open[NAME_LEN + 1], told[NAME_LEN + 1];
	enum sek_err err;
	int fd;

	if (strlen(id) != SEK_ENVELOPE_ID - 1 || !is_id(id))
		return (sek_why(why, SEK_ERR_NOT_FOUND, "no envelope has such "
		    "an id"));
	if ((err = open_folder(&fd, dir, why)) != SEK_OK)
		return (err);
	name_of(open, id, EXT_OPEN);
	name_of(told, id, EXT_TOLD);
	/* Another may have said so at this moment. */
	if (!sek_file_give_name(fd, open, told) &&
	    (errno != ENOENT || !is_there(fd, id, EXT_TOLD)))
		err = why_errno(why, dir, open, "call told");
	else if (fsync(fd) != 0)
		err = why_errno(why, dir, told, "make durable");
	(void)close(fd);
	return (err);
}
