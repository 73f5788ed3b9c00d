/*
 * test_edge_quality.c - quality.so of this build: which passwords are fit, and
 * why others are not
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * By the lists that are shipped, copied to a folder of the test's own: what
 * owns the source tree does not matter.
 */
#include "config.h"

#include <sys/stat.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/quality.h"
#include "unit.h"

#define ROWS(a)	((int)(sizeof(a) / sizeof((a)[0])))

/* ---- quality.so of this build */

void		*__real_dlopen(const char *path, int flags);
void		*__wrap_dlopen(const char *path, int flags);
enum sek_err	 __wrap_sek_file_open(int *fd, const char *path,
		    enum sek_file_privacy privacy, struct sek_why *why);

static bool	is_missing;		/* it is not installed */

static const char *
object_path(void)
{
	static char path[PATH_MAX];
	const char *build = getenv("SEK_BUILDDIR");

	(void)snprintf(path, sizeof(path), "%s/quality.so",
	    build != NULL ? build : ".");
	return (path);
}

void *
__wrap_dlopen(const char *path, int flags)
{

	if (path != NULL && strcmp(path, SEK_LIBEXECDIR "/quality.so") == 0)
		path = object_path();
	return (__real_dlopen(path, flags));
}

/* The object's own calls of it are real. */
enum sek_err
__wrap_sek_file_open(int *fd, const char *path, enum sek_file_privacy privacy,
    struct sek_why *why)
{

	(void)why;
	ck_assert_str_eq(path, SEK_LIBEXECDIR "/quality.so");
	ck_assert_int_eq(privacy, SEK_FILE_PUBLIC);
	if (is_missing)
		return (SEK_ERR_NOT_FOUND);
	*fd = open(object_path(), O_RDONLY | O_CLOEXEC);
	return (*fd >= 0 ? SEK_OK : SEK_ERR_NOT_FOUND);
}

/* ---- a folder of lists */

static char folder[] = "/tmp/sekisho-quality-XXXXXX";
static struct sek_settings settings;
static struct sek_password_limits limits;
static struct sek_quality_in in;
static struct sek_quality_out out;
static struct sek_why why;
static struct sek_secret password, present;

static const char *
path_of(const char *name)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return (path);
}

static void
write_list(const char *name, const void *data, size_t len, mode_t mode)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0600);

	ck_assert_int_ge(fd, 0);
	ck_assert(sek_file_write_all(fd, data, len));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq(close(fd), 0);
}

static void
copy_list(const char *name)
{
	static char data[1 << 20];
	char path[PATH_MAX];
	const char *source = getenv("SEK_SRCDIR");
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/conf/blocklist/%s",
	    source != NULL ? source : ".", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s", path);
	ck_assert_int_gt(n = sek_file_read_all(fd, data, sizeof(data)), 0);
	ck_assert_int_eq(close(fd), 0);
	write_list(name, data, (size_t)n, 0644);
}

static const char *const lists[] = { "common-more.txt", "common.txt",
    "ja-given-names.txt", "ja-office.txt", "ja-places.txt", "ja-surnames.txt",
    "ja-words.txt" };
static const char *const others[] = { "own.txt", "notes", ".hidden.txt",
    "link.txt" };

static void
unlink_all(void)
{
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		(void)unlink(path_of(lists[i]));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		(void)unlink(path_of(others[i]));
}

static void
setup(void)
{
	size_t i;

	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		copy_list(lists[i]);
	memset(&settings, 0, sizeof(settings));
	ck_assert_int_eq(sek_text_copy(settings.password.blocklist,
	    sizeof(settings.password.blocklist), folder), SEK_OK);
	memset(&limits, 0, sizeof(limits));
	limits.min_length = 12;
	limits.max_length = 128;
	memset(&in, 0, sizeof(in));
	in.limits = &limits;
	in.settings = &settings;
	in.account = in.gecos = in.person = in.name = in.section = "";
}

static void
teardown(void)
{

	sek_secret_free(&password);
	sek_secret_free(&present);
	unlink_all();
	(void)rmdir(folder);
}

static enum sek_err
judge(const char *text)
{
	enum sek_err err;

	sek_secret_free(&password);
	ck_assert_int_eq(sek_secret_string(&password, text), SEK_OK);
	in.password = &password;
	memset(&why, 0, sizeof(why));
	err = sek_quality_judge(&out, &in, &why);
	if (err != SEK_OK)
		ck_assert_str_ne(why.text, "");
	return (err);
}

static void
is(const char *text, enum sek_unfit unfit)
{

	ck_assert_int_eq(judge(text), SEK_OK);
	ck_assert_msg(out.unfit == unfit, "\"%s\": %s (\"%s\") instead of %s",
	    text, sek_unfit_name(out.unfit), out.word, sek_unfit_name(unfit));
}

/* ---- form */

static const struct {
	const char	*text;
	enum sek_unfit	 unfit;
	int64_t		 length;
} forms[] = {
	{ "", SEK_UNFIT_EMPTY, 0 },
	{ "xkq7 wvz93#m\x01", SEK_UNFIT_FORM, 0 },
	{ "xkq7\twvz93#m", SEK_UNFIT_FORM, 0 },
	{ "xkq7\nwvz93#m", SEK_UNFIT_FORM, 0 },
	{ "xkq7\x7fwvz93#m", SEK_UNFIT_FORM, 0 },
	{ "xkq7\xc2\x85wvz93#m", SEK_UNFIT_FORM, 0 },
	{ "xkq7\xe2\x80\xa8wvz93#m", SEK_UNFIT_FORM, 0 },
	{ "xkq7wvz93#m\xff", SEK_UNFIT_FORM, 0 },
	{ "xkq7wvz93#m\xe3\x81", SEK_UNFIT_FORM, 0 },
	{ "xkq7wvz93#m\xed\xa0\x80", SEK_UNFIT_FORM, 0 },
	{ "xkq7wvz93#m", SEK_UNFIT_SHORT, 11 },
	{ "xkq7wvz93#mu", SEK_FIT, 12 },
	/* Each kana is one, and so is one of two parts. */
	{ "ぬめろよぱゑぎぷでわほ", SEK_UNFIT_SHORT, 11 },
	{ "ぬめろよぱゑぎぷでわほぞ", SEK_FIT, 12 },
	{ "ぬめろよは\xe3\x82\x9aゑき\xe3\x82\x99ぷでわほ", SEK_UNFIT_SHORT, 11 },
};

START_TEST(length_counts_code_points_after_nfc)
{

	is(forms[_i].text, forms[_i].unfit);
	ck_assert_int_eq(out.length, forms[_i].length);
}
END_TEST

START_TEST(the_longest_is_as_the_policy_says)
{
	char text[600];

	limits.max_length = 13;
	is("xkq7wvz93#mut", SEK_FIT);
	is("xkq7wvz93#mutr", SEK_UNFIT_LONG);
	/* And no longer than crypt(3) takes, whatever it says. */
	limits.max_length = INT64_MAX;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	is(text, SEK_UNFIT_LONG);
	text[512] = '\0';
	is(text, SEK_UNFIT_LONG);
	text[511] = '\0';
	is(text, SEK_UNFIT_COMMON);
}
END_TEST

/* ---- what is common */

static const struct {
	const char	*text;
	enum sek_unfit	 unfit;
	const char	*word;
} commons[] = {
	{ "password2026!!", SEK_UNFIT_COMMON, "password" },
	{ "Setagaya2026haru", SEK_UNFIT_COMMON, "setagaya" },
	{ "P@ssw0rdP@ssw0rd", SEK_UNFIT_COMMON, "password" },
	{ "p4$$w0rd-2026", SEK_UNFIT_COMMON, "password" },
	{ "Shiyakusho#0401", SEK_UNFIT_COMMON, "shiyakusho" },
	{ "soumuka-R8-sakura", SEK_UNFIT_COMMON, NULL },
	{ "reiwa8nendo-kouhou", SEK_UNFIT_COMMON, "kouhou" },
	{ "令和8年度さくらさくら！！", SEK_UNFIT_COMMON, NULL },
	{ "れいわ08ねん市役所さくら", SEK_UNFIT_COMMON, NULL },
	{ "パスワードパスワード1234", SEK_UNFIT_COMMON, NULL },
	{ "ﾊﾟｽﾜｰﾄﾞﾊﾟｽﾜｰﾄﾞ1", SEK_UNFIT_COMMON, NULL },
	{ "ｐａｓｓｗｏｒｄ２０２６！", SEK_UNFIT_COMMON, "password" },
	{ "qwertyuiop1234567890", SEK_UNFIT_COMMON, NULL },
	{ "1qaz2wsx3edc4rfv", SEK_UNFIT_COMMON, NULL },
	{ "!QAZ@WSX#EDC$RFV", SEK_UNFIT_COMMON, NULL },
	{ "zaq1xsw2cde3vfr4", SEK_UNFIT_COMMON, NULL },
	{ "qwertyuiop@[asdfghjkl;:]", SEK_UNFIT_COMMON, NULL },
	{ "!\"#$%&'()qwertyuiop", SEK_UNFIT_COMMON, NULL },
	{ "abcdefghijklmnop", SEK_UNFIT_COMMON, NULL },
	{ "zyxwvutsrqponm", SEK_UNFIT_COMMON, NULL },
	{ "aaaaaaaaaaaaaaaa", SEK_UNFIT_COMMON, NULL },
	{ "ababababababab", SEK_UNFIT_COMMON, NULL },
	{ "xk7xk7xk7xk7xk7", SEK_UNFIT_COMMON, NULL },
	{ "20260401-20270331", SEK_UNFIT_COMMON, "" },
	{ "1985/04/01 1985", SEK_UNFIT_COMMON, "" },
	{ "H31.4.1-R1.5.1x", SEK_UNFIT_COMMON, "" },
	{ "090-1234-5678", SEK_UNFIT_COMMON, NULL },
	{ "fy2026 tanaka hanako", SEK_UNFIT_COMMON, NULL },
	{ "aiueokakikukeko", SEK_UNFIT_COMMON, NULL },
	{ "いろはにほへとちりぬるを", SEK_UNFIT_LISTED, NULL },
	{ "いちごいちえ桜桜桜桜桜桜", SEK_UNFIT_COMMON, NULL },
};

START_TEST(what_is_made_of_common_pieces_is_refused)
{

	is(commons[_i].text, commons[_i].unfit);
	if (commons[_i].word != NULL)
		ck_assert_str_eq(out.word, commons[_i].word);
}
END_TEST

static const char *const fits[] = {
	"correct horse battery staple",
	"sakana to yama no kaze ga fuku",
	"green tiger eats 9 purple lemons",
	"さくら みかん でんしゃ つくえ",
	"机の上に猫が三匹いて朝から寝ている",
	"xkq7wvz93#mu",
	"Vq7kX9mZ2wR4",
	"ochita ringo wo hirou kodomo",
	"tokei-hasami-7-kutsushita-mado",
	"bcdf-ghjk-mnpq-rstv",
};

START_TEST(words_that_have_nothing_in_common_are_fit)
{

	is(fits[_i], SEK_FIT);
	ck_assert_str_eq(out.word, "");
}
END_TEST

START_TEST(a_word_of_the_list_is_listed_as_a_whole)
{

	limits.min_length = 8;
	is("password", SEK_UNFIT_LISTED);
	ck_assert_str_eq(out.word, "password");
	is("P@ssW0rd", SEK_UNFIT_LISTED);
	is("PASSWORD!", SEK_UNFIT_COMMON);
}
END_TEST

START_TEST(without_lists_dates_and_walks_are_told_yet)
{

	settings.password.blocklist[0] = '\0';
	is("20260401-20270331", SEK_UNFIT_COMMON);
	is("1qaz2wsx3edc4rfv", SEK_UNFIT_COMMON);
	is("himitsunoaikotoba", SEK_FIT);
}
END_TEST

/* ---- names */

static const struct {
	const char	*text;
	const char	*word;
} names[] = {
	{ "xkq7-hsato-wvz93", "hsato" },
	{ "xkq7-HS4T0-wvz93", "hsato" },
	{ "xkq7-hanako-wvz93", "hanako" },
	{ "xkq7佐藤wvz93#mu", "佐藤" },
	{ "xkq7花子wvz93#mu", "花子" },
	{ "xkq7-104527-wvz", "104527" },
	{ "xkq7総務課wvz93#mu", "総務課" },
	{ "xkq7住民記録wvz93#mu", "住民記録" },
	{ "xkq7 kmnjuki wvz93", "kmnjuki" },
	{ "xkq7 KMNJUKI07 wvz93", "kmnjuki07" },
	{ "xkq7-ito-wvz93#mu", "ito" },
};

static void
set_names(void)
{

	in.account = "hsato";
	in.gecos = "Hanako Sato (Ito),room 3,0868-28-2111";
	in.person = "104527";
	in.name = "佐藤　花子";
	in.section = "総務課";
	strcpy(settings.terminal.business, "住民記録");
	strcpy(settings.terminal.id, "kmnjuki-07");
}

START_TEST(a_name_is_refused_wherever_it_stands)
{

	set_names();
	is(names[_i].text, SEK_UNFIT_NAME);
	ck_assert_str_eq(out.word, names[_i].word);
}
END_TEST

START_TEST(what_is_too_short_to_be_a_name_is_not_looked_for)
{

	set_names();
	is("xkq7wvz93#mu07", SEK_FIT);		/* 07 of the terminal */
	is("xkq7wvz93#mu28", SEK_FIT);		/* 28 of the telephone */
	in.account = "xk";
	in.name = "林";
	is("xkq7林wvz93#mu", SEK_FIT);
	/* In an encoding of before: left out, not trouble. */
	in.gecos = "\x8d\xb2\x93\xa1";
	is("xkq7wvz93#mu07", SEK_FIT);
}
END_TEST

/* ---- the present one */

static const struct {
	const char	*before;
	const char	*after;
	enum sek_unfit	 unfit;
} nears[] = {
	{ "xkq7wvz93#mu", "xkq7wvz93#mu", SEK_UNFIT_OLD },
	{ "xkq7wvz93#mu", "XKQ7WVZ93#MU", SEK_UNFIT_OLD },
	{ "xkq7wvz93#mu", "xkq8wvz93#mu", SEK_UNFIT_OLD },
	{ "xkq7wvz93#mu", "xkq7wvz93#mutpr", SEK_UNFIT_OLD },
	{ "xkq7wvz93#mu", "um#39zvw7qkx", SEK_UNFIT_OLD },
	{ "xkq7wvz93#mu", "vz93#muxkq7w", SEK_UNFIT_OLD },
	{ "xkq7wvz93#mu", "9xkq71wvz934#mu", SEK_UNFIT_OLD },
	{ "xkqwvz#mu-0001", "xkqwvz#mu-0987", SEK_UNFIT_OLD },
	{ "xkq7wvz93#mu", "trpb jd xkq7wvz93#mu gh", SEK_UNFIT_OLD },
	{ "wvz9", "xkq7wvz93#mu", SEK_UNFIT_OLD },
	{ "ぬめろよぱゑぎぷでわほぞ", "ヌメロヨパヱギプデワホゾ", SEK_UNFIT_OLD },
	{ "xkq7wvz93#mu", "trpbjd5gh2&n", SEK_FIT },
	{ "xkq7wvz93#mu", "xkq7trpbjd5gh2", SEK_FIT },
	{ "wvz", "xkq7wvz93#mu", SEK_FIT },
	{ "", "xkq7wvz93#mu", SEK_FIT },
	/* Not UTF-8: nothing to compare. */
	{ "xkq7wvz93#m\xff", "xkq7wvz93#mu", SEK_FIT },
};

START_TEST(what_is_near_to_the_present_one_is_refused)
{

	ck_assert_int_eq(sek_secret_string(&present, nears[_i].before),
	    SEK_OK);
	in.present = &present;
	is(nears[_i].after, nears[_i].unfit);
}
END_TEST

/* ---- lists that are not as they should be */

START_TEST(a_list_that_cannot_be_read_is_no_empty_one)
{
	char line[130];

	strcat(settings.password.blocklist, "/none");
	ck_assert_int_eq(judge("xkq7wvz93#mu"), SEK_ERR_NOT_FOUND);
	ck_assert_int_ne(out.unfit, SEK_FIT);
	strcpy(settings.password.blocklist, folder);
	write_list("own.txt", "bad\xff\n", 5, 0644);
	ck_assert_int_eq(judge("xkq7wvz93#mu"), SEK_ERR_SYNTAX);
	ck_assert_ptr_nonnull(strstr(why.text, "own.txt:1"));
	write_list("own.txt", "a\0b\n", 4, 0644);
	ck_assert_int_eq(judge("xkq7wvz93#mu"), SEK_ERR_SYNTAX);
	memset(line, 'x', sizeof(line));
	memcpy(line, "ok\n", 3);
	write_list("own.txt", line, 129 + 1, 0644);
	ck_assert_int_eq(judge("xkq7wvz93#mu"), SEK_OK);
	write_list("own.txt", "\n", 1, 0664);
	ck_assert_int_eq(judge("xkq7wvz93#mu"), SEK_ERR_UNTRUSTED);
	ck_assert_int_eq(unlink(path_of("own.txt")), 0);
	ck_assert_int_eq(symlink("common.txt", path_of("link.txt")), 0);
	ck_assert_int_ne(judge("xkq7wvz93#mu"), SEK_OK);
	ck_assert_int_eq(unlink(path_of("link.txt")), 0);
	ck_assert_int_eq(judge("xkq7wvz93#mu"), SEK_OK);
	ck_assert_int_eq(sek_quality_check(&settings, &why), SEK_OK);
	ck_assert_int_eq(chmod(folder, 0777), 0);
	ck_assert_int_eq(judge("xkq7wvz93#mu"), SEK_ERR_UNTRUSTED);
	ck_assert_int_eq(sek_quality_check(&settings, &why),
	    SEK_ERR_UNTRUSTED);
	ck_assert_int_eq(chmod(folder, 0700), 0);
	unlink_all();
	ck_assert_int_eq(judge("xkq7wvz93#mu"), SEK_ERR_NOT_FOUND);
	ck_assert_int_eq(sek_quality_check(&settings, &why),
	    SEK_ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_line_too_long_is_named)
{
	char line[200];

	memset(line, 'x', sizeof(line));
	memcpy(line, "fine\n\n", 6);
	write_list("own.txt", line, sizeof(line), 0644);
	ck_assert_int_eq(judge("xkq7wvz93#mu"), SEK_ERR_RANGE);
	ck_assert_ptr_nonnull(strstr(why.text, "own.txt:3"));
}
END_TEST

START_TEST(only_lists_of_everybodys_are_told_of)
{
	static const char own[] = "# ours\r\n  Zpqvtrk  \r\nzqx\n";

	limits.min_length = 7;
	write_list("own.txt", own, sizeof(own) - 1, 0644);
	is("zpqvtrk", SEK_UNFIT_LISTED);
	ck_assert_str_eq(out.word, "zpqvtrk");
	write_list("own.txt", own, sizeof(own) - 1, 0640);
	is("ZPQVTRK", SEK_UNFIT_LISTED);
	ck_assert_str_eq(out.word, "");
	/* What is not named so is no list. */
	ck_assert_int_eq(unlink(path_of("own.txt")), 0);
	write_list("notes", own, sizeof(own) - 1, 0644);
	write_list(".hidden.txt", own, sizeof(own) - 1, 0644);
	is("zpqvtrk", SEK_UNFIT_COMMON);
	is("zpqvtrkm4", SEK_FIT);
}
END_TEST

START_TEST(without_the_object_nothing_is_fit)
{

	is_missing = true;
	ck_assert_int_eq(judge("xkq7wvz93#mu"), SEK_ERR_NOT_FOUND);
	ck_assert_int_ne(out.unfit, SEK_FIT);
	ck_assert_ptr_nonnull(strstr(why.text, "install the package sekisho"));
	is_missing = false;
	is("xkq7wvz93#mu", SEK_FIT);
}
END_TEST

/* ---- libpwquality */

START_TEST(libpwquality_says_what_it_was_asked_for)
{

	strcpy(settings.password.quality, "minclass=4, maxsequence=3");
	in.account = "hsato";
	is("xkq7wvz93#mu", SEK_UNFIT_QUALITY);
	ck_assert_str_ne(out.why, "");
	is("Xkq7wvz93#mu", SEK_FIT);
	ck_assert_str_eq(out.why, "");
	ck_assert_int_eq(sek_quality_check(&settings, &why), SEK_OK);
	strcpy(settings.password.quality, "minclass=many");
	ck_assert_int_eq(sek_quality_check(&settings, &why), SEK_ERR_SYNTAX);
	ck_assert_ptr_nonnull(strstr(why.text, "minclass=many"));
	ck_assert_int_eq(judge("Xkq7wvz93#mu"), SEK_ERR_SYNTAX);
	ck_assert_int_ne(out.unfit, SEK_FIT);
	strcpy(settings.password.quality, "nosuchword=1");
	ck_assert_int_eq(sek_quality_check(&settings, &why), SEK_ERR_SYNTAX);
}
END_TEST

START_TEST(a_dictionary_that_is_not_there_is_told_of)
{

	strcpy(settings.password.quality,
	    "dictcheck=1 dictpath=/nonexistent/dictionary");
	ck_assert_int_eq(sek_quality_check(&settings, &why), SEK_ERR_SYNTAX);
	ck_assert_ptr_nonnull(strstr(why.text, "cracklib"));
	ck_assert_int_eq(judge("Xkq7wvz93#mu"), SEK_ERR_SYNTAX);
	ck_assert_int_ne(out.unfit, SEK_FIT);
}
END_TEST

/* ---- temporary ones */

START_TEST(temporary_ones_are_fit_long_enough_and_never_the_same)
{
	static const int64_t lengths[] = { 0, 12, 16, 19, 20, 24, 64, 319 };
	struct sek_secret s = SEK_SECRET_NONE, before = SEK_SECRET_NONE;
	size_t i, j;

	limits.max_length = 400;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (j = 0; j < 20; j++) {
			ck_assert_int_eq(sek_quality_temporary(&s,
			    lengths[i]), SEK_OK);
			ck_assert_int_ge((int64_t)s.len, lengths[i]);
			ck_assert_uint_ge(s.len, 19);
			ck_assert_uint_eq(strspn(sek_secret_text(&s),
			    "bcdfghjkmnpqrstvwxyz-"), s.len);
			ck_assert(!sek_secret_equal(&s, &before));
			is(sek_secret_text(&s), SEK_FIT);
			sek_secret_free(&before);
			before = s;
			s = (struct sek_secret)SEK_SECRET_NONE;
		}
	sek_secret_free(&before);
	ck_assert_int_eq(sek_quality_temporary(&s, 320), SEK_ERR_RANGE);
	ck_assert_ptr_null(s.data);
}
END_TEST

/* ---- words */

START_TEST(each_has_a_key_word_and_a_sentence_of_its_own)
{
	char text[1024];
	enum sek_unfit u, v;

	for (u = SEK_FIT + 1; u < SEK_UNFIT_COUNT; u++) {
		ck_assert_str_ne(sek_unfit_text(u), "");
		ck_assert_str_ne(sek_unfit_name(u), "");
		ck_assert_ptr_null(strchr(sek_unfit_text(u), '%'));
		for (v = SEK_FIT + 1; v < u; v++) {
			ck_assert_str_ne(sek_unfit_name(u), sek_unfit_name(v));
			ck_assert_str_ne(sek_unfit_text(u), sek_unfit_text(v));
		}
	}
	ck_assert_str_eq(sek_unfit_text(SEK_FIT), "");
	ck_assert_str_eq(sek_unfit_text(SEK_UNFIT_COUNT), "");
	ck_assert_str_eq(sek_unfit_name(SEK_UNFIT_COUNT), "?");
	is("xkq7wvz93#m", SEK_UNFIT_SHORT);
	sek_unfit_tell(text, sizeof(text), SEK_LANGUAGE_EN, &out, &limits);
	ck_assert_ptr_nonnull(strstr(text, "at least 12"));
	ck_assert_ptr_nonnull(strstr(text, "has 11"));
	is("password2026!!", SEK_UNFIT_COMMON);
	sek_unfit_tell(text, sizeof(text), SEK_LANGUAGE_EN, &out, &limits);
	ck_assert_ptr_null(strchr(text, '"'));
	is("20260401-20270331", SEK_UNFIT_COMMON);
	sek_unfit_tell(text, sizeof(text), SEK_LANGUAGE_EN, &out, &limits);
	ck_assert_str_eq(text, sek_unfit_text(SEK_UNFIT_COMMON));
}
END_TEST

int
main(void)
{
	TCase *tc = tcase_create("quality");

	tcase_set_timeout(tc, 300);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, length_counts_code_points_after_nfc, 0,
	    ROWS(forms));
	tcase_add_test(tc, the_longest_is_as_the_policy_says);
	tcase_add_loop_test(tc, what_is_made_of_common_pieces_is_refused, 0,
	    ROWS(commons));
	tcase_add_loop_test(tc, words_that_have_nothing_in_common_are_fit, 0,
	    ROWS(fits));
	tcase_add_test(tc, a_word_of_the_list_is_listed_as_a_whole);
	tcase_add_test(tc, without_lists_dates_and_walks_are_told_yet);
	tcase_add_loop_test(tc, a_name_is_refused_wherever_it_stands, 0,
	    ROWS(names));
	tcase_add_test(tc, what_is_too_short_to_be_a_name_is_not_looked_for);
	tcase_add_loop_test(tc, what_is_near_to_the_present_one_is_refused, 0,
	    ROWS(nears));
	tcase_add_test(tc, a_list_that_cannot_be_read_is_no_empty_one);
	tcase_add_test(tc, a_line_too_long_is_named);
	tcase_add_test(tc, only_lists_of_everybodys_are_told_of);
	tcase_add_test(tc, without_the_object_nothing_is_fit);
	tcase_add_test(tc, libpwquality_says_what_it_was_asked_for);
	tcase_add_test(tc, a_dictionary_that_is_not_there_is_told_of);
	tcase_add_test(tc, temporary_ones_are_fit_long_enough_and_never_the_same);
	tcase_add_test(tc, each_has_a_key_word_and_a_sentence_of_its_own);
	return (unit_run_case("edge/quality", tc));
}
