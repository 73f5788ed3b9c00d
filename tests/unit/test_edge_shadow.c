/*
 * test_edge_shadow.c - test of edge/shadow: what the password file shows, and
 * hashes side by side
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <crypt.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <shadow.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sekisho/base/clock.h"
#include "sekisho/edge/shadow.h"
#include "unit.h"

#define HASH	"$5$rounds=1000$saltsalt$" \
		"tZz0hMhkhkZCpDNgqWYzV8pgnXaJ9/AJ01RWXIlYcK2"
#define ROWS(a)	((int)(sizeof(a) / sizeof((a)[0])))
#define N	48

/* ---- a shadow file that is played */

static struct {
	int		error;
	int		again;		/* EINTR so often first */
	size_t		needs;		/* bytes of the buffer */
	const char	*hash;		/* NULL: nobody */
	long		day;
} played;

int	__wrap_getspnam_r(const char *name, struct spwd *sp, char *buffer,
	    size_t size, struct spwd **found);

int
__wrap_getspnam_r(const char *name, struct spwd *sp, char *buffer, size_t size,
    struct spwd **found)
{

	*found = NULL;
	if (played.again > 0) {
		played.again--;
		return (EINTR);
	}
	if (played.error != 0)
		return (played.error);
	if (size < played.needs)
		return (ERANGE);
	if (played.hash == NULL)
		return (0);
	ck_assert_str_eq(name, "alice");
	memset(sp, 0, sizeof(*sp));
	ck_assert_uint_lt(strlen(played.hash), size);
	strcpy(buffer, played.hash);
	sp->sp_pwdp = buffer;
	sp->sp_lstchg = played.day;
	*found = sp;
	return (0);
}

static struct sek_shadow
shadow_of(const char *hash, long day)
{
	struct sek_shadow s;

	played.hash = hash;
	played.day = day;
	ck_assert_int_eq(sek_shadow_get(&s, "alice"), SEK_OK);
	return (s);
}

static bool
is_zero(const uint8_t *p, size_t n)
{

	while (n > 0 && *p == 0) {
		p++;
		n--;
	}
	return (n == 0);
}

START_TEST(a_hash_its_day_and_a_mark_are_shown)
{
	struct sek_shadow s = shadow_of(HASH, 20000), t;

	ck_assert(s.shown);
	ck_assert(!s.locked);
	ck_assert_str_eq(s.hash, HASH);
	ck_assert_int_eq(s.day, 20000 * SEK_DAY);
	ck_assert(!is_zero(s.mark, sizeof(s.mark)));
	t = shadow_of(HASH, 20000);
	ck_assert_mem_eq(s.mark, t.mark, sizeof(s.mark));
}
END_TEST

START_TEST(another_hash_or_day_is_another_mark)
{
	struct sek_shadow s = shadow_of(HASH, 20000), t;

	t = shadow_of(HASH, 20001);
	ck_assert_mem_ne(s.mark, t.mark, sizeof(s.mark));
	/* But the part that is of the password is the same. */
	ck_assert_mem_eq(s.mark, t.mark, SEK_PASSWORD_MARK_HASH);
	t = shadow_of(HASH, 0);
	ck_assert_mem_ne(s.mark, t.mark, sizeof(s.mark));
	ck_assert_mem_eq(s.mark, t.mark, SEK_PASSWORD_MARK_HASH);
	ck_assert_int_eq(t.day, 0);
	t = shadow_of("$5$rounds=1000$saltsalt$other", 20000);
	ck_assert_mem_ne(s.mark, t.mark, SEK_PASSWORD_MARK_HASH);
}
END_TEST

START_TEST(a_lock_is_seen_and_changes_no_mark)
{
	struct sek_shadow s = shadow_of(HASH, 20000), t;

	t = shadow_of("!" HASH, 20000);
	ck_assert(t.shown);
	ck_assert(t.locked);
	ck_assert_str_eq(t.hash, HASH);
	ck_assert_mem_eq(s.mark, t.mark, sizeof(s.mark));
	t = shadow_of("!!" HASH, 20000);
	ck_assert(t.locked);
	ck_assert_str_eq(t.hash, HASH);
}
END_TEST

static const struct {
	const char	*hash;
	bool		 locked;
} none[] = {
	{ "", false }, { "!", true }, { "!!", true }, { "*", true },
	{ "!*", true }, { "*LK*", true }, { NULL, false },
};

START_TEST(where_there_is_no_hash_nothing_is_shown)
{
	struct sek_shadow s = shadow_of(none[_i].hash, 20000);

	ck_assert(!s.shown);
	ck_assert(s.locked == none[_i].locked);
	ck_assert_str_eq(s.hash, "");
	ck_assert(is_zero(s.mark, sizeof(s.mark)));
}
END_TEST

START_TEST(a_hash_longer_than_any_shows_nothing)
{
	char hash[SEK_PASSWORD_HASH_MAX + 1];
	struct sek_shadow s;

	memset(hash, 'x', sizeof(hash) - 1);
	hash[sizeof(hash) - 1] = '\0';
	s = shadow_of(hash, 20000);
	ck_assert(!s.shown);
	ck_assert_str_eq(s.hash, "");
	hash[sizeof(hash) - 2] = '\0';
	s = shadow_of(hash, 20000);
	ck_assert(s.shown);
}
END_TEST

static const int unseen[] = { EACCES, EPERM, ENOENT };
static const int down[] = { EIO, ENOMEM, EAGAIN, EINVAL };

START_TEST(no_right_to_look_shows_nothing)
{
	struct sek_shadow s;

	played.error = unseen[_i];
	ck_assert_int_eq(sek_shadow_get(&s, "alice"), SEK_OK);
	ck_assert(!s.shown);
}
END_TEST

START_TEST(a_source_that_is_down_is_never_nobody)
{
	struct sek_shadow s;

	played.error = down[_i];
	ck_assert_int_eq(sek_shadow_get(&s, "alice"), SEK_ERR_ACCOUNTS);
	ck_assert(!s.shown);
}
END_TEST

START_TEST(a_long_line_and_a_signal_are_asked_again)
{
	struct sek_shadow s;

	played.again = 3;
	played.needs = 100000;
	s = shadow_of(HASH, 20000);
	ck_assert(s.shown);
	played.needs = SIZE_MAX;	/* whatever it is given */
	ck_assert_int_eq(sek_shadow_get(&s, "alice"), SEK_ERR_ACCOUNTS);
}
END_TEST

/* ---- hashes */

static struct sek_password_entry entry[N];

/* Quick ones: this tests the search, not the hash. */
static void
set_hash(struct sek_password_entry *e, const char *password)
{
	static struct crypt_data data;
	const char *made;

	memset(&data, 0, sizeof(data));
	made = crypt_rn(password, "$5$rounds=1000$saltsalt$", &data,
	    (int)sizeof(data));
	ck_assert_ptr_nonnull(made);
	ck_assert_uint_lt(strlen(made), sizeof(e->hash));
	strcpy(e->hash, made);
}

static void
fill(void)
{
	char password[16];
	int i;

	for (i = 0; i < N; i++) {
		(void)snprintf(password, sizeof(password), "secret-%d", i);
		set_hash(&entry[i], password);
	}
}

START_TEST(each_of_many_is_found_in_its_place)
{
	char password[16];
	size_t at;
	int i;

	fill();
	for (i = 0; i < N; i++) {
		(void)snprintf(password, sizeof(password), "secret-%d", i);
		ck_assert_int_eq(sek_shadow_match(&at, entry, N, password),
		    SEK_OK);
		ck_assert_uint_eq(at, (size_t)i);
	}
	ck_assert_int_eq(sek_shadow_match(&at, entry, N, "secret-48"),
	    SEK_OK);
	ck_assert_uint_eq(at, N);
	ck_assert_int_eq(sek_shadow_match(&at, entry, 0, "x"), SEK_OK);
	ck_assert_uint_eq(at, 0);
	ck_assert_int_eq(sek_shadow_match(&at, entry, 1, "secret-0"), SEK_OK);
	ck_assert_uint_eq(at, 0);
}
END_TEST

START_TEST(what_is_no_hash_matches_nothing)
{
	static const char *const odd[] = { "", "*", "!", "*0", "$y$", "$y$j9T$",
	    "$unknown$x", "x", "$5$rounds=1000$saltsalt$", "plain text" };
	size_t at, i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		strcpy(entry[0].hash, odd[i]);
		ck_assert_int_eq(sek_shadow_match(&at, entry, 1, odd[i]),
		    SEK_OK);
		ck_assert_msg(at == 1, "\"%s\"", odd[i]);
	}
	/* Without an end. */
	memset(entry[0].hash, '$', sizeof(entry[0].hash));
	ck_assert_int_eq(sek_shadow_match(&at, entry, 1, "x"), SEK_OK);
	ck_assert_uint_eq(at, 1);
	/* And does not hide one that is. */
	set_hash(&entry[1], "secret");
	ck_assert_int_eq(sek_shadow_match(&at, entry, 2, "secret"), SEK_OK);
	ck_assert_uint_eq(at, 1);
}
END_TEST

START_TEST(a_fresh_hash_is_yescrypt_and_of_that_password_alone)
{
	char again[SEK_PASSWORD_HASH_MAX];
	size_t at;

	ck_assert_int_eq(sek_shadow_hash(entry[0].hash, "さくら color 9 blue"),
	    SEK_OK);
	ck_assert_int_eq(strncmp(entry[0].hash, "$y$", 3), 0);
	ck_assert_int_eq(sek_shadow_hash(again, "さくら color 9 blue"),
	    SEK_OK);
	ck_assert_str_ne(entry[0].hash, again);
	ck_assert_int_eq(sek_shadow_match(&at, entry, 1,
	    "さくら color 9 blue"), SEK_OK);
	ck_assert_uint_eq(at, 0);
	ck_assert_int_eq(sek_shadow_match(&at, entry, 1,
	    "さくら color 9 blu"), SEK_OK);
	ck_assert_uint_eq(at, 1);
}
END_TEST

START_TEST(a_password_longer_than_crypt_takes_is_refused)
{
	char password[CRYPT_MAX_PASSPHRASE_SIZE + 2];
	char hash[SEK_PASSWORD_HASH_MAX];
	size_t at;

	memset(password, 'a', sizeof(password) - 1);
	password[sizeof(password) - 1] = '\0';
	ck_assert_int_eq(sek_shadow_hash(hash, password), SEK_ERR_RANGE);
	ck_assert_str_eq(hash, "");
	fill();
	ck_assert_int_eq(sek_shadow_match(&at, entry, N, password), SEK_OK);
	ck_assert_uint_eq(at, N);
}
END_TEST

/* ---- children */

static int	children = -1;		/* so many can be had; -1 all */
static bool	killed;			/* each as soon as it is there */

long	__real_syscall(long n, ...);
long	__wrap_syscall(long n, ...);

long
__wrap_syscall(long n, ...)
{
	sigset_t now;
	long pid;

	if (n != SYS_clone)
		return (__real_syscall(n));
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &now), 0);
	ck_assert_int_eq(sigismember(&now, SIGTERM), 1);
	ck_assert_int_eq(sigismember(&now, SIGCHLD), 1);
	if (children == 0) {
		errno = EAGAIN;
		return (-1);
	}
	if (children > 0)
		children--;
	/* Without an exit signal, on the caller's own stack. */
	if ((pid = __real_syscall(n, 0UL, NULL, NULL, NULL, 0UL)) > 0 &&
	    killed)
		ck_assert_int_eq(kill((pid_t)pid, SIGKILL), 0);
	/* It is dead before it can look at anything. */
	while (pid == 0 && killed)
		(void)pause();
	return (pid);
}

START_TEST(without_children_the_caller_finds_it)
{
	size_t at;
	int n;

	fill();
	for (n = 0; n < 2; n++) {
		children = n;
		ck_assert_int_eq(sek_shadow_match(&at, entry, N, "secret-47"),
		    SEK_OK);
		ck_assert_uint_eq(at, 47);
	}
}
END_TEST

/* Whoever starves or kills them learns nothing of it and gets no yes. */
START_TEST(a_killed_child_is_no_answer)
{
	cpu_set_t set;
	size_t at;

	CPU_ZERO(&set);
	ck_assert_int_eq(sched_getaffinity(0, sizeof(set), &set), 0);
	fill();
	killed = true;
	ck_assert_int_eq(sek_shadow_match(&at, entry, N, "none"),
	    CPU_COUNT(&set) > 1 ? SEK_ERR_CRYPTO : SEK_OK);
	ck_assert_uint_eq(at, N);
}
END_TEST

START_TEST(the_host_feels_no_child)
{
	size_t at;

	fill();
	(void)signal(SIGCHLD, SIG_IGN);
	ck_assert_int_eq(sek_shadow_match(&at, entry, N, "secret-47"), SEK_OK);
	ck_assert_uint_eq(at, 47);
	ck_assert_int_eq(waitpid(-1, NULL, __WALL | WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(the_callers_signals_are_as_they_were)
{
	sigset_t before, after;
	size_t at;
	int i;

	fill();
	(void)sigemptyset(&before);
	(void)sigaddset(&before, SIGUSR1);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
	ck_assert_int_eq(sek_shadow_match(&at, entry, N, "none"), SEK_OK);
	ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
	for (i = 1; i < SIGRTMIN; i++)
		ck_assert_int_eq(sigismember(&after, i),
		    sigismember(&before, i));
}
END_TEST

/* Several of a threaded host's at once. */
static void *
search_often(void *arg)
{
	size_t at;
	int i;

	for (i = 0; i < 10; i++)
		if (sek_shadow_match(&at, entry, N, arg) != SEK_OK || at != 31)
			return (arg);
	return (NULL);
}

START_TEST(several_searches_at_once_find_the_same)
{
	static char password[] = "secret-31";
	pthread_t t[4];
	void *wrong;
	size_t i;

	fill();
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL,
		    search_often, password), 0);
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(t[i], &wrong), 0);
		ck_assert_ptr_null(wrong);
	}
}
END_TEST

int
main(void)
{
	TCase *tc = tcase_create("shadow");

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, a_hash_its_day_and_a_mark_are_shown);
	tcase_add_test(tc, another_hash_or_day_is_another_mark);
	tcase_add_test(tc, a_lock_is_seen_and_changes_no_mark);
	tcase_add_loop_test(tc, where_there_is_no_hash_nothing_is_shown, 0,
	    ROWS(none));
	tcase_add_test(tc, a_hash_longer_than_any_shows_nothing);
	tcase_add_loop_test(tc, no_right_to_look_shows_nothing, 0,
	    ROWS(unseen));
	tcase_add_loop_test(tc, a_source_that_is_down_is_never_nobody, 0,
	    ROWS(down));
	tcase_add_test(tc, a_long_line_and_a_signal_are_asked_again);
	tcase_add_test(tc, each_of_many_is_found_in_its_place);
	tcase_add_test(tc, what_is_no_hash_matches_nothing);
	tcase_add_test(tc, a_fresh_hash_is_yescrypt_and_of_that_password_alone);
	tcase_add_test(tc, a_password_longer_than_crypt_takes_is_refused);
	tcase_add_test(tc, without_children_the_caller_finds_it);
	tcase_add_test(tc, a_killed_child_is_no_answer);
	tcase_add_test(tc, the_host_feels_no_child);
	tcase_add_test(tc, the_callers_signals_are_as_they_were);
	tcase_add_test(tc, several_searches_at_once_find_the_same);
	return (unit_run_case("edge/shadow", tc));
}
