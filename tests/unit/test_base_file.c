/*
 * test_base_file.c - a file that decides is read only where nobody else may
 * have written it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "unit.h"

static char folder[64];
static char path[128];
static struct sek_why why;

static void
setup(void)
{
	(void)umask(022);
	strcpy(folder, "/tmp/sekisho-file-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/policy", folder);
	why.text[0] = '\0';
}

static int
remove_one(const char *p, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return (remove(p));
}

static void
teardown(void)
{
	(void)chmod(folder, 0700);
	(void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void
put(const char *data, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, strlen(data)), (ssize_t)strlen(data));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	(void)close(fd);
}

static enum sek_err
opens(enum sek_file_privacy privacy)
{
	enum sek_err err;
	int fd = -1;

	if ((err = sek_file_open(&fd, path, privacy, &why)) == SEK_OK) {
		ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
		(void)close(fd);
	} else {
		ck_assert_int_eq(fd, -1);
		ck_assert_ptr_nonnull(strstr(why.text, folder));
	}
	return (err);
}

START_TEST(own_file_opens)
{
	put("x", 0644);
	ck_assert_int_eq(opens(SEK_FILE_PUBLIC), SEK_OK);
	ck_assert_int_eq(opens(SEK_FILE_PRIVATE), SEK_ERR_UNTRUSTED);
	ck_assert_ptr_nonnull(strstr(why.text, "chmod go-rwx"));
	put("x", 0600);
	ck_assert_int_eq(opens(SEK_FILE_PRIVATE), SEK_OK);
}
END_TEST

START_TEST(missing_file_is_told_from_a_bad_one)
{
	ck_assert_int_eq(opens(SEK_FILE_PUBLIC), SEK_ERR_NOT_FOUND);
	(void)snprintf(path, sizeof(path), "%s/no/policy", folder);
	ck_assert_int_eq(opens(SEK_FILE_PUBLIC), SEK_ERR_NOT_FOUND);
}
END_TEST

START_TEST(file_others_may_write_is_untrusted)
{
	put("x", 0664);
	ck_assert_int_eq(opens(SEK_FILE_PUBLIC), SEK_ERR_UNTRUSTED);
	ck_assert_ptr_nonnull(strstr(why.text, "chmod go-w"));
	put("x", 0646);
	ck_assert_int_eq(opens(SEK_FILE_PUBLIC), SEK_ERR_UNTRUSTED);
}
END_TEST

START_TEST(folder_others_may_write_is_untrusted_unless_sticky)
{
	put("x", 0644);
	ck_assert_int_eq(chmod(folder, 0777), 0);
	ck_assert_int_eq(opens(SEK_FILE_PUBLIC), SEK_ERR_UNTRUSTED);
	ck_assert_int_eq(chmod(folder, 0770), 0);
	ck_assert_int_eq(opens(SEK_FILE_PUBLIC), SEK_ERR_UNTRUSTED);
	ck_assert_int_eq(chmod(folder, 01777), 0);
	ck_assert_int_eq(opens(SEK_FILE_PUBLIC), SEK_OK);
}
END_TEST

START_TEST(file_of_another_user_is_untrusted)
{
	if (geteuid() != 0)
		return;		/* only root can give a file away */
	put("x", 0644);
	ck_assert_int_eq(chown(path, 65534, 65534), 0);
	ck_assert_int_eq(opens(SEK_FILE_PUBLIC), SEK_ERR_UNTRUSTED);
	ck_assert_int_eq(chown(path, 0, 65534), 0);
	ck_assert_int_eq(chown(folder, 65534, 0), 0);
	ck_assert_int_eq(opens(SEK_FILE_PUBLIC), SEK_ERR_UNTRUSTED);
}
END_TEST

START_TEST(link_is_not_followed)
{
	char target[128];

	(void)snprintf(target, sizeof(target), "%s/target", folder);
	put("x", 0644);
	ck_assert_int_eq(rename(path, target), 0);
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert_int_eq(opens(SEK_FILE_PUBLIC), SEK_ERR_UNTRUSTED);
}
END_TEST

START_TEST(fifo_and_folder_are_no_files_and_block_nobody)
{
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	(void)alarm(10);
	ck_assert_int_eq(opens(SEK_FILE_PUBLIC), SEK_ERR_UNTRUSTED);
	(void)alarm(0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert_int_eq(opens(SEK_FILE_PUBLIC), SEK_ERR_UNTRUSTED);
}
END_TEST

START_TEST(path_is_absolute_and_has_a_name)
{
	int fd = -1;

	ck_assert_int_eq(sek_file_open(&fd, "policy", SEK_FILE_PUBLIC, &why),
	    SEK_ERR_RANGE);
	ck_assert_int_eq(sek_file_open(&fd, "", SEK_FILE_PUBLIC, NULL),
	    SEK_ERR_RANGE);
	ck_assert_int_eq(sek_file_open(&fd, "/tmp/", SEK_FILE_PUBLIC, &why),
	    SEK_ERR_RANGE);
	ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(read_gives_all_or_nothing)
{
	char *data = NULL;
	size_t len = 99;

	put("twelve bytes", 0644);
	ck_assert_int_eq(sek_file_read(&data, &len, path, 12, SEK_FILE_PUBLIC,
	    &why), SEK_OK);
	ck_assert_uint_eq(len, 12);
	ck_assert_str_eq(data, "twelve bytes");
	free(data);
	data = NULL;
	ck_assert_int_eq(sek_file_read(&data, &len, path, 11, SEK_FILE_PUBLIC,
	    &why), SEK_ERR_RANGE);
	ck_assert_ptr_null(data);
	put("", 0644);
	ck_assert_int_eq(sek_file_read(&data, &len, path, 11, SEK_FILE_PUBLIC,
	    &why), SEK_OK);
	ck_assert_uint_eq(len, 0);
	ck_assert_str_eq(data, "");
	free(data);
}
END_TEST

START_TEST(secret_file_must_be_private)
{
	struct sek_secret s = SEK_SECRET_NONE;

	put("key", 0640);
	ck_assert_int_eq(sek_file_read_secret(&s, path, &why),
	    SEK_ERR_UNTRUSTED);
	ck_assert_ptr_null(s.data);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(sek_file_read_secret(&s, path, &why), SEK_OK);
	ck_assert_uint_eq(s.len, 3);
	ck_assert_str_eq(sek_secret_text(&s), "key");
	sek_secret_free(&s);
}
END_TEST

static void
assert_holds(const char *want, mode_t mode)
{
	char *data = NULL;
	struct stat st;
	size_t len = 0;

	ck_assert_int_eq(sek_file_read(&data, &len, path, 100, SEK_FILE_PUBLIC,
	    &why), SEK_OK);
	ck_assert_str_eq(data, want);
	free(data);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, mode);
}

START_TEST(create_does_not_replace)
{
	(void)umask(077);
	ck_assert_int_eq(sek_file_create(path, "one", 3, 0644, &why), SEK_OK);
	assert_holds("one", 0644);
	ck_assert_int_eq(sek_file_create(path, "two", 3, 0644, &why),
	    SEK_ERR_EXISTS);
	assert_holds("one", 0644);
	/* Nothing is left beside it. */
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(replace_puts_the_whole_file_in_its_place)
{
	(void)umask(077);
	ck_assert_int_eq(sek_file_replace(path, "one", 3, 0644, &why), SEK_OK);
	assert_holds("one", 0644);
	ck_assert_int_eq(sek_file_replace(path, "two", 3, 0600, &why), SEK_OK);
	assert_holds("two", 0600);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(create_does_not_follow_a_link)
{
	char target[128];

	(void)snprintf(target, sizeof(target), "%s/target", folder);
	put("old", 0644);
	ck_assert_int_eq(rename(path, target), 0);
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert_int_eq(sek_file_create(path, "x", 1, 0644, &why),
	    SEK_ERR_EXISTS);
	strcpy(path, target);
	assert_holds("old", 0644);
}
END_TEST

START_TEST(of_many_who_create_one_wins)
{
	int i, status, won = 0;
	pid_t pid[8];

	for (i = 0; i < 8; i++) {
		if ((pid[i] = fork()) == 0)
			_exit(sek_file_create(path, "x", 1, 0600, NULL) ==
			    SEK_OK ? 7 : 0);
	}
	for (i = 0; i < 8; i++) {
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		won += WIFEXITED(status) && WEXITSTATUS(status) == 7;
	}
	ck_assert_int_eq(won, 1);
}
END_TEST

START_TEST(made_folder_is_ours_and_narrow)
{
	struct stat st;

	(void)umask(027);
	(void)snprintf(path, sizeof(path), "%s/a/b/keys", folder);
	ck_assert_int_eq(sek_file_make_folder(path, 0700, &why), SEK_OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(sek_file_make_folder(path, 0700, &why), SEK_OK);
	ck_assert_int_eq(sek_file_make_folder(path, 0750, &why), SEK_OK);
	ck_assert_int_eq(chmod(path, 0750), 0);
	ck_assert_int_eq(sek_file_make_folder(path, 0700, &why),
	    SEK_ERR_UNTRUSTED);
	ck_assert_ptr_nonnull(strstr(why.text, "chmod 0700"));
}
END_TEST

START_TEST(folder_is_not_made_through_a_link)
{
	(void)snprintf(path, sizeof(path), "%s/keys", folder);
	ck_assert_int_eq(symlink("/tmp", path), 0);
	ck_assert_int_ne(sek_file_make_folder(path, 01777, &why), SEK_OK);
	ck_assert_int_eq(unlink(path), 0);
	put("x", 0644);
	ck_assert_int_ne(sek_file_make_folder(path, 0700, &why), SEK_OK);
}
END_TEST

START_TEST(folder_of_a_path_is_not_the_root)
{
	char got[16] = "x";

	ck_assert_int_eq(sek_file_folder(got, sizeof(got), "/a/b/c"), SEK_OK);
	ck_assert_str_eq(got, "/a/b");
	ck_assert_int_eq(sek_file_folder(got, sizeof(got), "/c"),
	    SEK_ERR_RANGE);
	ck_assert_str_eq(got, "");
	ck_assert_int_eq(sek_file_folder(got, sizeof(got), "a/c"),
	    SEK_ERR_RANGE);
	ck_assert_int_eq(sek_file_folder(got, sizeof(got), "c"),
	    SEK_ERR_RANGE);
	ck_assert_int_eq(sek_file_folder(got, 4, "/a/b/c"), SEK_ERR_RANGE);
	ck_assert_str_eq(got, "");
}
END_TEST

START_TEST(removed_is_gone_and_none_is_told)
{
	put("x", 0600);
	ck_assert_int_eq(sek_file_remove(path, &why), SEK_OK);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_eq(sek_file_remove(path, &why), SEK_ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(why.text, path));
}
END_TEST

START_TEST(overwritten_keeps_its_length_and_nothing_else)
{
	char text[1001], got[1002];
	int fd;

	memset(text, 's', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put(text, 0600);
	fd = open(path, O_RDWR);
	ck_assert_int_ge(fd, 0);
	sek_file_overwrite(fd);
	ck_assert_int_eq(sek_file_read_all(fd, got, sizeof(got)), 1000);
	ck_assert_ptr_null(memchr(got, 's', 1000));
	(void)close(fd);
}
END_TEST

START_TEST(a_lock_keeps_another_out_until_it_is_closed)
{
	int a = open(folder, O_RDONLY | O_DIRECTORY);
	int b = open(folder, O_RDONLY | O_DIRECTORY);

	ck_assert_int_eq(sek_file_lock(a, 0), SEK_OK);
	ck_assert_int_eq(sek_file_lock(b, 0), SEK_ERR_TIMEOUT);
	ck_assert_int_eq(sek_file_lock(b, 60000), SEK_ERR_TIMEOUT);
	(void)close(a);
	ck_assert_int_eq(sek_file_lock(b, 0), SEK_OK);
	(void)close(b);
	ck_assert_int_eq(sek_file_lock(b, 0), SEK_ERR_IO);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		own_file_opens,
		missing_file_is_told_from_a_bad_one,
		file_others_may_write_is_untrusted,
		folder_others_may_write_is_untrusted_unless_sticky,
		file_of_another_user_is_untrusted,
		link_is_not_followed,
		fifo_and_folder_are_no_files_and_block_nobody,
		path_is_absolute_and_has_a_name,
		read_gives_all_or_nothing,
		secret_file_must_be_private,
		create_does_not_replace,
		replace_puts_the_whole_file_in_its_place,
		create_does_not_follow_a_link,
		of_many_who_create_one_wins,
		made_folder_is_ours_and_narrow,
		folder_is_not_made_through_a_link,
		folder_of_a_path_is_not_the_root,
		removed_is_gone_and_none_is_told,
		overwritten_keeps_its_length_and_nothing_else,
		a_lock_keeps_another_out_until_it_is_closed,
		NULL
	};

	return (unit_run_with("base_file", tests, setup, teardown));
}
