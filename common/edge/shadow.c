/*
 * shadow.c - what the local password file shows, and slow hashes side by side
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <crypt.h>
#include <errno.h>
#include <sched.h>
#include <shadow.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/shadow.h"

#define BUFFER_FIRST	1024u
#define BUFFER_MAX	(1024u * 1024u)	/* one line of it */
#define HELPERS_MAX	16
#define PATIENCE_MS	30000		/* for children that were stopped */

/* ---- what it shows */

static bool
is_empty(const struct sek_shadow *s)
{

	return (s->hash[0] == '\0' || s->hash[0] == '!' || s->hash[0] == '*');
}

/* The hash alone, then the day: a lock put on or taken off changes no password,
 * and no mark. */
static enum sek_err
set_mark(struct sek_shadow *s, long day)
{
	size_t i, at = SEK_PASSWORD_MARK_HASH;

	if (sek_secret_init() != SEK_OK ||
	    crypto_generichash(s->mark, at, (const uint8_t *)s->hash,
	    strlen(s->hash), NULL, 0) != 0)
		return (SEK_ERR_CRYPTO);
	for (i = 0; at + i < sizeof(s->mark); i++)
		s->mark[at + i] = (uint8_t)((uint64_t)day >> (8 * i));
	return (SEK_OK);
}

static enum sek_err
set_shadow(struct sek_shadow *out, const struct spwd *sp)
{
	const char *hash = sp->sp_pwdp != NULL ? sp->sp_pwdp : "";

	if (sp->sp_lstchg > 0 && sp->sp_lstchg < INT64_MAX / SEK_DAY)
		out->day = sp->sp_lstchg * SEK_DAY;
	out->locked = hash[0] == '!' || hash[0] == '*';
	hash += strspn(hash, "!");
	/* Longer than crypt(5) makes any: nothing to look at. */
	if (sek_text_copy(out->hash, sizeof(out->hash), hash) != SEK_OK)
		return (SEK_OK);
	if (is_empty(out)) {
		out->hash[0] = '\0';
		return (SEK_OK);
	}
	out->shown = true;
	return (set_mark(out, sp->sp_lstchg));
}

enum sek_err
sek_shadow_get(struct sek_shadow *out, const char *name)
{
	enum sek_err err = SEK_ERR_ACCOUNTS;
	struct spwd sp, *found;
	size_t size = BUFFER_FIRST;
	char *data;
	int error;

	memset(out, 0, sizeof(*out));
	do {
		/* Not realloc(): the old one holds a hash. */
		if ((data = malloc(size)) == NULL)
			return (SEK_ERR_NOMEM);
		found = NULL;
		error = getspnam_r(name, &sp, data, size, &found);
		if (error == 0)
			err = found != NULL ? set_shadow(out, found) : SEK_OK;
		else if (error == EACCES || error == EPERM || error == ENOENT)
			err = SEK_OK;
		sek_wipe(data, size);
		free(data);
		if (error == ERANGE)
			size *= 4;
	} while (error == EINTR || (error == ERANGE && size <= BUFFER_MAX));
	return (err);
}

/* ---- hashes side by side */

/* Shared with the children. */
struct search {
	const struct sek_password_entry	*entry;
	size_t				 n;
	const char			*password;
	atomic_size_t			 next;
	atomic_size_t			 found;		/* n: none yet */
	atomic_size_t			 ended;		/* children, well */
	atomic_int			 err;		/* enum sek_err */
};

/* Is it of this password? */
static enum sek_err
is_of(bool *same, const char *hash, const char *password,
    struct crypt_data *data)
{
	const char *made;
	size_t len = strnlen(hash, SEK_PASSWORD_HASH_MAX);

	*same = false;
	if (len == 0 || len == SEK_PASSWORD_HASH_MAX)
		return (SEK_OK);
	errno = 0;
	made = crypt_rn(password, hash, data, (int)sizeof(*data));
	if (made == NULL) {
		/* Not a hash, or a password longer than crypt(3) takes. */
		if (errno == EINVAL || errno == ERANGE)
			return (SEK_OK);
		return (errno == ENOMEM ? SEK_ERR_NOMEM : SEK_ERR_CRYPTO);
	}
	*same = strlen(made) == len && sodium_memcmp(made, hash, len) == 0;
	return (SEK_OK);
}

static void
look(struct search *s, struct crypt_data *data)
{
	enum sek_err err = SEK_OK;
	bool same;
	size_t i;

	while (err == SEK_OK && atomic_load(&s->found) == s->n &&
	    (i = atomic_fetch_add(&s->next, 1)) < s->n) {
		err = is_of(&same, s->entry[i].hash, s->password, data);
		if (err == SEK_OK && same)
			atomic_store(&s->found, i);
	}
	if (err != SEK_OK)
		atomic_store(&s->err, (int)err);
	sek_wipe(data, sizeof(*data));
}

/* Besides the caller's own. */
static size_t
count_helpers(size_t n)
{
	cpu_set_t set;
	size_t count = 1;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
		count = (size_t)CPU_COUNT(&set);
	if (count > HELPERS_MAX)
		count = HELPERS_MAX;
	if (count > n)
		count = n;
	return (count > 0 ? count - 1 : 0);
}

/*
 * A child that makes no exec and, of what is not its own, touches s alone: safe
 * beside other threads of the host, which feels nothing of its end (no
 * SIGCHLD). It dies with the thread that waits for it.
 */
static pid_t
begin(struct search *s, struct crypt_data *data)
{
	pid_t host = getpid(), pid;

	if ((pid = (pid_t)syscall(SYS_clone, 0UL, NULL, NULL, NULL, 0UL)) != 0)
		return (pid);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
	    getppid() == host) {
		look(s, data);
		(void)atomic_fetch_add(&s->ended, 1);
	}
	_exit(0);
}

/* It is at its last hash by now; one that its user stopped is not waited for
 * without an end. */
static void
reap(pid_t pid, int *patience_ms)
{
	struct timespec pause = { 0, 1000000 };
	pid_t got;

	while ((got = waitpid(pid, NULL, __WALL | WNOHANG)) == 0 &&
	    (*patience_ms)-- > 0)
		(void)nanosleep(&pause, NULL);
	if (got != 0)
		return;
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		continue;
}

/* Where no child can be had, the caller does it all. Not threads: yescrypt maps
 * and unmaps its memory for each hash, and threads of one process wait for each
 * other in that (measured: two were no faster than one). */
static void
look_together(struct search *s, struct crypt_data *data)
{
	pid_t pid[HELPERS_MAX];
	size_t helpers = count_helpers(s->n), made = 0, i;
	int patience_ms = PATIENCE_MS;
	sigset_t all, before;

	/* The host's handlers are not for a child. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	while (made < helpers && (pid[made] = begin(s, data)) > 0)
		made++;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	look(s, data);
	for (i = 0; i < made; i++)
		reap(pid[i], &patience_ms);
	/* What it had taken up nobody looked at. */
	if (atomic_load(&s->ended) != made)
		atomic_store(&s->err, (int)SEK_ERR_CRYPTO);
}

enum sek_err
sek_shadow_match(size_t *at, const struct sek_password_entry *entry, size_t n,
    const char *password)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	struct search *s;
	enum sek_err err = SEK_ERR_NOMEM;

	*at = n;
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (data == NULL || s == MAP_FAILED)
		goto out;
	s->entry = entry;
	s->n = n;
	s->password = password;
	atomic_init(&s->next, 0);
	atomic_init(&s->found, n);
	atomic_init(&s->ended, 0);
	atomic_init(&s->err, (int)SEK_OK);
	if (n > 0)
		look_together(s, data);
	/* One that is, is, whatever became of the others. */
	*at = atomic_load(&s->found);
	err = *at < n ? SEK_OK : (enum sek_err)atomic_load(&s->err);
out:
	if (s != MAP_FAILED)
		(void)munmap(s, sizeof(*s));
	free(data);
	return (err);
}

enum sek_err
sek_shadow_hash(char out[SEK_PASSWORD_HASH_MAX], const char *password)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data *data;
	enum sek_err err = SEK_ERR_CRYPTO;
	const char *made = NULL;

	out[0] = '\0';
	if ((data = calloc(1, sizeof(*data))) == NULL)
		return (SEK_ERR_NOMEM);
	if (crypt_gensalt_rn("$y$", 0, NULL, 0, setting,
	    (int)sizeof(setting)) == NULL)
		goto out;
	errno = 0;
	made = crypt_rn(password, setting, data, (int)sizeof(*data));
	if (made != NULL)
		err = sek_text_copy(out, SEK_PASSWORD_HASH_MAX, made);
	else if (errno == ENOMEM)
		err = SEK_ERR_NOMEM;
	else if (errno == ERANGE)
		err = SEK_ERR_RANGE;
out:
	sek_wipe(data, sizeof(*data));
	free(data);
	return (err);
}
