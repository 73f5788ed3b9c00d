/*
 * message.c - test of edge/message: no environment steers what is said, and
 * a damaged catalogue is English
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <check.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sekisho/edge/message.h"

static char folder[] = "/tmp/sekisho-message.XXXXXX";
static char path[64];

/* "one %s" -> "ichi %s", "two" -> "ni", as msgfmt lays it out. */
struct mo {
	uint32_t	head[7];
	uint32_t	original[4];
	uint32_t	translation[4];
	char		text[32];
};
static const char texts[] = "one %s\0two\0ichi %s\0ni";
static struct mo sound;

static void
setup(void)
{
	uint32_t base = offsetof(struct mo, text);
	const uint32_t head[7] = { UINT32_C(0x950412de), 0, 2,
	    offsetof(struct mo, original), offsetof(struct mo, translation),
	    0, 0 };
	const uint32_t original[4] = { 6, base, 3, base + 7 };
	const uint32_t translation[4] = { 7, base + 11, 2, base + 19 };

	memset(&sound, 0, sizeof(sound));
	memcpy(sound.head, head, sizeof(head));
	memcpy(sound.original, original, sizeof(original));
	memcpy(sound.translation, translation, sizeof(translation));
	memcpy(sound.text, texts, sizeof(texts));
	strcpy(folder, "/tmp/sekisho-message.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x.mo", folder);
}

static void
teardown(void)
{
	unlink(path);
	rmdir(folder);
}

static struct sek_catalogue *
opened(const struct mo *mo, size_t len)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(mo, 1, len, f), len);
	fclose(f);
	ck_assert_int_eq(chmod(path, 0644), 0);
	return (sek_message_open(path));
}

START_TEST(finds_texts)
{
	struct sek_catalogue *c = opened(&sound, sizeof(sound));

	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(sek_message_find(c, "one %s"), "ichi %s");
	ck_assert_str_eq(sek_message_find(c, "two"), "ni");
	ck_assert_ptr_null(sek_message_find(c, "three"));
	ck_assert_ptr_null(sek_message_find(c, ""));
	sek_message_close(c);
	sek_message_close(NULL);
}
END_TEST

START_TEST(reads_the_other_byte_order)
{
	struct mo mo = sound;
	struct sek_catalogue *c;
	uint32_t *w = (void *)&mo;
	size_t i;

	for (i = 0; i < offsetof(struct mo, text) / 4; i++)
		w[i] = __builtin_bswap32(w[i]);
	c = opened(&mo, sizeof(mo));
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(sek_message_find(c, "two"), "ni");
	sek_message_close(c);
}
END_TEST

/* Any 32-bit word of header and tables wrong: no catalogue or a sound one,
 * never a read outside it (the sanitizers watch). */
START_TEST(survives_damage)
{
	static const uint32_t bad[] = { 0, 1, 3, 7, 60, 61, 92, 255, 65536,
	    0x20000001, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff };
	struct sek_catalogue *c;
	struct mo mo;
	size_t i, k;

	for (i = 0; i < offsetof(struct mo, text) / 4; i++)
		for (k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
			mo = sound;
			((uint32_t *)(void *)&mo)[i] = bad[k];
			if ((c = opened(&mo, sizeof(mo))) == NULL)
				continue;
			(void)sek_message_find(c, "one %s");
			(void)sek_message_find(c, "zzz");
			sek_message_close(c);
		}
	for (i = 0; i < sizeof(sound); i++)
		sek_message_close(opened(&sound, i));
}
END_TEST

START_TEST(refuses_other_directives)
{
	static const char *const bad[] = { "ichi %n", "ichi %d", "ichi   ",
	    "%s %s  ", "%ls    ", "% s    ", "%%s    " };
	struct mo mo;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		mo = sound;
		memcpy(mo.text + 11, bad[i], 7);
		if (strcmp(bad[i], "ichi %s") != 0)
			ck_assert_msg(opened(&mo, sizeof(mo)) == NULL,
			    "%s", bad[i]);
	}
}
END_TEST

START_TEST(refuses_what_others_may_write)
{
	struct sek_catalogue *c = opened(&sound, sizeof(sound));

	sek_message_close(c);
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_ptr_null(sek_message_open(path));
	ck_assert_ptr_null(sek_message_open("/nonexistent/x.mo"));
	ck_assert_ptr_null(sek_message_open(folder));
}
END_TEST

/* The built catalogue itself is sound. */
START_TEST(reads_ours)
{
	const char *build = getenv("SEK_BUILDDIR");
	struct sek_catalogue *c;
	char ours[4096];

	snprintf(ours, sizeof(ours), "%s/sekisho-ja.mo",
	    build != NULL ? build : ".");
	if (access(ours, R_OK) != 0)
		return;
	/* A copy: the build's folder may be anybody's. */
	snprintf(ours + strlen(ours), sizeof(ours) - strlen(ours), " %s",
	    path);
	memmove(ours + 3, ours, strlen(ours) + 1);
	memcpy(ours, "cp ", 3);
	ck_assert_int_eq(system(ours), 0);
	chmod(path, 0644);
	c = sek_message_open(path);
	ck_assert_ptr_nonnull(c);
	sek_message_close(c);
}
END_TEST

/* What gettext would have done: read EVIL by way of "../". */
START_TEST(environment_steers_nothing)
{
	char text[128], before[128];

	snprintf(before, sizeof(before), "%s",
	    sek_message(SEK_LANGUAGE_JA, "Password: "));
	snprintf(text, sizeof(text), "../../../../../../../..%s", folder);
	setenv("LANGUAGE", text, 1);
	setenv("NLSPATH", folder, 1);
	setenv("LOCPATH", folder, 1);
	setenv("TEXTDOMAINDIR", folder, 1);
	setenv("LC_ALL", "xx_YY.UTF-8", 1);
	ck_assert_str_eq(sek_message(SEK_LANGUAGE_JA, "Password: "), before);
	ck_assert_str_eq(sek_message(SEK_LANGUAGE_EN, "Password: "),
	    "Password: ");
	ck_assert_str_eq(sek_message(SEK_LANGUAGE_JA, ""), "");
	ck_assert_str_eq(setlocale(LC_ALL, NULL), "C");
}
END_TEST

START_TEST(consoles_are_english)
{
	struct sek_settings *s = calloc(1, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	s->message.language = SEK_LANGUAGE_JA;
	ck_assert_int_eq(sek_message_language(s, "tty1"), SEK_LANGUAGE_EN);
	ck_assert_int_eq(sek_message_language(s, "/dev/tty12"),
	    SEK_LANGUAGE_EN);
	ck_assert_int_eq(sek_message_language(s, "ttyS0"), SEK_LANGUAGE_JA);
	ck_assert_int_eq(sek_message_language(s, "tty"), SEK_LANGUAGE_JA);
	ck_assert_int_eq(sek_message_language(s, "pts/1"), SEK_LANGUAGE_JA);
	ck_assert_int_eq(sek_message_language(s, NULL), SEK_LANGUAGE_JA);
	s->message.console = SEK_LANGUAGE_JA;
	ck_assert_int_eq(sek_message_language(s, "tty1"), SEK_LANGUAGE_JA);
	s->message.language = SEK_LANGUAGE_EN;
	ck_assert_int_eq(sek_message_language(s, "pts/1"), SEK_LANGUAGE_EN);
	free(s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("message");
	TCase *tc = tcase_create("message");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, finds_texts);
	tcase_add_test(tc, reads_the_other_byte_order);
	tcase_add_test(tc, survives_damage);
	tcase_add_test(tc, refuses_other_directives);
	tcase_add_test(tc, refuses_what_others_may_write);
	tcase_add_test(tc, reads_ours);
	tcase_add_test(tc, environment_steers_nothing);
	tcase_add_test(tc, consoles_are_english);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
