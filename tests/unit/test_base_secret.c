/*
 * test_base_secret.c - a secret that was freed is zero, wherever it lay
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * How it is proved: the program's own munmap() and mlock() stand before
 * libc's for libsodium too, and the linker sends each free() to ours. They
 * look at the memory in the instant before it is given back, when nobody can
 * have written to it any more.
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/secret.h"
#include "unit.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int	munmap(void *addr, size_t len);
EXPORT int	mlock(const void *addr, size_t len);
void		__wrap_free(void *p);
void		__real_free(void *p);

static const char password[] = "correct horse battery staple";

/* What is watched, and what was seen of it. */
static volatile uintptr_t watched;
static volatile size_t watched_len;
static volatile int seen, dirty, leaked;
static volatile int mlock_fails, mlock_calls;

static void
look(const void *p, size_t len)
{
	const unsigned char *b = (const unsigned char *)watched;
	size_t i;

	seen++;
	for (i = 0; i < watched_len; i++)
		dirty += b[i] != 0;
	if (memmem(p, len, password, 7) != NULL)
		leaked++;
}

int
munmap(void *addr, size_t len)
{
	if (watched >= (uintptr_t)addr && watched < (uintptr_t)addr + len)
		look(addr, len);
	return ((int)syscall(SYS_munmap, addr, len));
}

int
mlock(const void *addr, size_t len)
{
	mlock_calls++;
	if (mlock_fails) {
		errno = ENOMEM;
		return (-1);
	}
	return ((int)syscall(SYS_mlock, addr, len));
}

void
__wrap_free(void *p)
{
	if (p != NULL && watched == (uintptr_t)p)
		look(p, watched_len);
	__real_free(p);
}

static void
watch(const void *p, size_t len)
{
	seen = dirty = leaked = 0;
	watched_len = len;
	watched = (uintptr_t)p;
}

static void
assert_wiped(void)
{
	watched = 0;
	ck_assert_int_eq(seen, 1);
	ck_assert_int_eq(dirty, 0);
	ck_assert_int_eq(leaked, 0);
}

START_TEST(wiped_secret_is_zero)
{
	struct sek_secret s = SEK_SECRET_NONE;

	ck_assert_int_eq(sek_secret_string(&s, password), SEK_OK);
	ck_assert_str_eq(sek_secret_text(&s), password);
	watch(s.data, s.len);
	sek_secret_free(&s);
	assert_wiped();
	ck_assert_ptr_null(s.data);
	ck_assert_uint_eq(s.len, 0);
}
END_TEST

START_TEST(the_watch_would_see_one_not_wiped)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *copy;

	ck_assert_ptr_ne(p, MAP_FAILED);
	memcpy(p, password, sizeof(password));
	watch(p, sizeof(password) - 1);
	ck_assert_int_eq(munmap(p, 4096), 0);
	watched = 0;
	ck_assert_int_eq(seen, 1);
	ck_assert_int_eq(dirty, sizeof(password) - 1);
	ck_assert_int_eq(leaked, 1);

	copy = strdup(password);
	ck_assert_ptr_nonnull(copy);
	watch(copy, sizeof(password) - 1);
	free(copy);
	watched = 0;
	ck_assert_int_eq(leaked, 1);
}
END_TEST

START_TEST(wiped_secret_is_zero_without_mlock)
{
	struct rlimit none = { 0, 0 };
	struct sek_secret s = SEK_SECRET_NONE;

	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	mlock_fails = 1;	/* root is above the limit */
	mlock_calls = 0;
	ck_assert_int_eq(sek_secret_string(&s, password), SEK_OK);
	ck_assert_int_gt(mlock_calls, 0);
	watch(s.data, s.len);
	sek_secret_free(&s);
	assert_wiped();
}
END_TEST

START_TEST(many_secrets_live_with_memlock_limit_0)
{
	struct rlimit none = { 0, 0 };
	struct sek_secret s[64];
	unsigned i;

	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	for (i = 0; i < 64; i++)
		ck_assert_int_eq(sek_secret_new(&s[i], SEK_SECRET_MAX), SEK_OK);
	for (i = 0; i < 64; i++)
		sek_secret_free(&s[i]);
}
END_TEST

START_TEST(conversation_string_is_wiped_before_free)
{
	char *answer = strdup(password);

	ck_assert_ptr_nonnull(answer);
	watch(answer, strlen(answer));
	sek_wipe_string(&answer);
	assert_wiped();
	ck_assert_ptr_null(answer);
	sek_wipe_string(&answer);
}
END_TEST

START_TEST(stack_is_wiped_though_nobody_reads_it)
{
	char buffer[64];
	volatile char *p = buffer;
	size_t i;

	memset(buffer, 'x', sizeof(buffer));
	sek_wipe(buffer, sizeof(buffer));
	for (i = 0; i < sizeof(buffer); i++)
		ck_assert_int_eq(p[i], 0);
	sek_wipe(NULL, 5);
	sek_wipe(buffer, 0);
}
END_TEST

START_TEST(new_secret_is_zero_and_ends_with_nul)
{
	struct sek_secret s = SEK_SECRET_NONE;
	size_t i;

	ck_assert_int_eq(sek_secret_new(&s, 100), SEK_OK);
	ck_assert_uint_eq(s.len, 100);
	for (i = 0; i <= 100; i++)
		ck_assert_uint_eq(s.data[i], 0);
	sek_secret_free(&s);
	ck_assert_int_eq(sek_secret_new(&s, 0), SEK_OK);
	ck_assert_str_eq(sek_secret_text(&s), "");
	sek_secret_free(&s);
	sek_secret_free(&s);
	sek_secret_free(NULL);
	ck_assert_str_eq(sek_secret_text(&s), "");
	ck_assert_str_eq(sek_secret_text(NULL), "");
}
END_TEST

START_TEST(too_long_is_refused_and_out_untouched)
{
	static char text[SEK_SECRET_MAX + 2];
	struct sek_secret s = SEK_SECRET_NONE;

	memset(text, 'a', sizeof(text) - 1);
	ck_assert_int_eq(sek_secret_string(&s, text), SEK_ERR_RANGE);
	ck_assert_int_eq(sek_secret_new(&s, SEK_SECRET_MAX + 1),
	    SEK_ERR_RANGE);
	ck_assert_int_eq(sek_secret_new(&s, SIZE_MAX), SEK_ERR_RANGE);
	ck_assert_ptr_null(s.data);
	text[SEK_SECRET_MAX] = '\0';
	ck_assert_int_eq(sek_secret_string(&s, text), SEK_OK);
	ck_assert_uint_eq(s.len, SEK_SECRET_MAX);
	sek_secret_free(&s);
}
END_TEST

START_TEST(none_equals_nothing)
{
	struct sek_secret a = SEK_SECRET_NONE, b = SEK_SECRET_NONE;

	ck_assert(!sek_secret_equal(&a, &b));
	ck_assert_int_eq(sek_secret_string(&a, "one"), SEK_OK);
	ck_assert(!sek_secret_equal(&a, &b));
	ck_assert(sek_secret_equal(&a, &a));
	ck_assert_int_eq(sek_secret_copy(&b, "onetwo", 3), SEK_OK);
	ck_assert(sek_secret_equal(&a, &b));
	b.data[2] ^= 1;
	ck_assert(!sek_secret_equal(&a, &b));
	sek_secret_free(&b);
	ck_assert_int_eq(sek_secret_string(&b, "on"), SEK_OK);
	ck_assert(!sek_secret_equal(&a, &b));
	sek_secret_free(&a);
	sek_secret_free(&b);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		wiped_secret_is_zero,
		the_watch_would_see_one_not_wiped,
		wiped_secret_is_zero_without_mlock,
		many_secrets_live_with_memlock_limit_0,
		conversation_string_is_wiped_before_free,
		stack_is_wiped_though_nobody_reads_it,
		new_secret_is_zero_and_ends_with_nul,
		too_long_is_refused_and_out_untouched,
		none_equals_nothing,
		NULL
	};

	return (unit_run("base_secret", tests));
}
