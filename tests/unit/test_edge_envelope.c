/*
 * test_edge_envelope.c - an envelope opens once, on a full disk, after a kill
 * at any instant, and for nobody else
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Each test has a mount namespace, a /run and a folder of its own: it needs
 * root. Clocks are moved by a wrapped sek_clock_now, and long pauses are left
 * out; nothing is measured.
 */
#include "config.h"

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "traced.h"
#include "unit.h"
#include "sekisho/base/file.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/envelope.h"
#include "sekisho/edge/envelope_body.h"
#include "sekisho/edge/envelope_tries.h"

#define YEAR	(366 * SEK_DAY)
#define TRIES	SEK_ENVELOPE_RUN "/envelope.tries"

static char top[64];
static char dir[96];
static struct sek_envelope sealed;
static char plain[SEK_GLASS_PLAIN];
static struct sek_why why;

/* ---- other clocks, no long pauses */

static int64_t wall_add, boot_add;
static bool other_boot;
static volatile unsigned pauses;

enum sek_err	__real_sek_clock_now(struct sek_moment *out);
enum sek_err	__wrap_sek_clock_now(struct sek_moment *out);
int		__real_nanosleep(const struct timespec *t,
		    struct timespec *left);
int		__wrap_nanosleep(const struct timespec *t,
		    struct timespec *left);

enum sek_err
__wrap_sek_clock_now(struct sek_moment *out)
{
	enum sek_err err = __real_sek_clock_now(out);

	out->wall += wall_add;
	out->boot += boot_add;
	if (other_boot)
		out->boot_id[0] ^= 0xff;
	return (err);
}

int
__wrap_nanosleep(const struct timespec *t, struct timespec *left)
{

	if (t->tv_sec < 1)
		return (__real_nanosleep(t, left));
	pauses++;
	return (0);
}

/* ---- a folder with one sealed envelope of root's */

static void
put(const char *path, const void *data, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq(close(fd), 0);
}

static const char *
path_of(const char *ext)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s%s", dir, sealed.id, ext);
	return (path);
}

static bool
is_there(const char *ext)
{
	struct stat st;

	return (lstat(path_of(ext), &st) == 0);
}

static void
make_for(struct sek_envelope *out, char code[SEK_GLASS_PLAIN],
    const char *account, uint32_t uid)
{
	struct sek_secret text = SEK_SECRET_NONE;
	struct sek_moment now;

	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	ck_assert_msg(sek_envelope_make(out, &text, dir, account, uid,
	    now.wall + YEAR, &why) == SEK_OK, "%s", why.text);
	ck_assert_uint_eq(text.len, SEK_GLASS_TEXT - 1);
	ck_assert_int_eq(sek_glass_parse(code, sek_secret_text(&text)),
	    SEK_OK);
	sek_secret_free(&text);
}

static void
setup(void)
{

	(void)snprintf(top, sizeof(top), "/tmp/sekisho-unit.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL),
	    0);
	ck_assert_int_eq(mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"), 0);
	ck_assert_int_eq(mount("tmpfs", top, "tmpfs", 0, "mode=0700"), 0);
	(void)snprintf(dir, sizeof(dir), "%s/break-glass", top);
	make_for(&sealed, plain, "root", 0);
}

static void
teardown(void)
{

	while (umount2(top, MNT_DETACH) == 0)
		;
	(void)rmdir(top);
}

static struct sek_claimant
claimant(const char *name, uint32_t uid, bool console)
{
	struct sek_claimant w;

	memset(&w, 0, sizeof(w));
	(void)snprintf(w.name, sizeof(w.name), "%s", name);
	(void)snprintf(w.service, sizeof(w.service), "login");
	(void)snprintf(w.tty, sizeof(w.tty), "tty1");
	if (!console)
		(void)snprintf(w.rhost, sizeof(w.rhost), "192.0.2.7");
	w.uid = uid;
	w.known = 1;
	w.console = console;
	return (w);
}

static enum sek_err
open_as(struct sek_envelope *out, const char *code, bool console)
{
	struct sek_claimant who = claimant("root", 0, console);

	why.text[0] = '\0';
	return (sek_envelope_open(out, dir, code, &who, &why));
}

#define must(expr, expected) do { \
	enum sek_err err_ = (expr); \
	ck_assert_msg(err_ == (expected), "%s: %s, not %s (%s)", #expr, \
	    sek_err_name(err_), sek_err_name(expected), why.text); \
} while (0)

static enum sek_err
open_it(void)
{
	struct sek_envelope e;

	return (open_as(&e, plain, true));
}

/* A code of the right form that is none. */
static void
other_code(char out[SEK_GLASS_PLAIN])
{

	memcpy(out, plain, SEK_GLASS_PLAIN);
	out[3] = plain[3] == 'A' ? 'B' : 'A';
}

static void
wrong(bool console, enum sek_err expected)
{
	char code[SEK_GLASS_PLAIN];
	struct sek_envelope e;

	other_code(code);
	must(open_as(&e, code, console), expected);
}

static void
forget_tries(void)
{

	ck_assert(unlink(TRIES) == 0 || errno == ENOENT);
}

struct seen {
	unsigned	 n;
	unsigned	 state[SEK_ENVELOPE_VOID + 1];
	struct sek_envelope last;
};

static enum sek_err
see(void *arg, const struct sek_envelope *e)
{
	struct seen *s = arg;

	s->n++;
	s->state[e->state]++;
	s->last = *e;
	return (SEK_OK);
}

static struct seen
look(void)
{
	struct seen s;

	memset(&s, 0, sizeof(s));
	must(sek_envelope_list(dir, see, &s, &why), SEK_OK);
	return (s);
}

/* ---- what it is for */

START_TEST(an_envelope_opens_once_and_says_by_whom)
{
	struct sek_envelope e;
	struct sek_process self;
	struct seen s = look();
	struct stat st;

	ck_assert_uint_eq(s.state[SEK_ENVELOPE_SEALED], 1);
	ck_assert_str_eq(s.last.account, "root");
	ck_assert(s.last.at.wall == 0);
	ck_assert(!sek_envelope_waits(dir));
	ck_assert_int_eq(stat(dir, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(stat(path_of(".seal"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(st.st_size, SEK_ENVELOPE_SIZE);

	must(open_as(&e, plain, true), SEK_OK);
	ck_assert_str_eq(why.text, "");
	ck_assert_str_eq(e.id, sealed.id);
	ck_assert_int_eq(e.state, SEK_ENVELOPE_SPENT);
	ck_assert_int_eq(sek_process_get(&self, 0), SEK_OK);
	ck_assert_int_eq(e.gate.pid, self.pid);
	ck_assert(!is_there(".seal") && is_there(".open"));
	ck_assert(sek_envelope_waits(dir));
	s = look();
	ck_assert_uint_eq(s.n, 1);
	ck_assert_int_eq(s.last.state, SEK_ENVELOPE_SPENT);
	ck_assert(s.last.at.wall == e.at.wall && e.at.wall > 0);
	ck_assert_str_eq(s.last.tty, "tty1");
	ck_assert_str_eq(s.last.service, "login");
	ck_assert(!s.last.taken);

	must(open_it(), SEK_ERR_REFUSED);
	must(sek_envelope_told(dir, e.id, &why), SEK_OK);
	must(sek_envelope_told(dir, e.id, &why), SEK_OK);
	ck_assert(!sek_envelope_waits(dir));
	s = look();
	ck_assert_int_eq(s.last.state, SEK_ENVELOPE_TOLD);
	must(open_it(), SEK_ERR_REFUSED);
	must(sek_envelope_told(dir, "00000000", &why), SEK_ERR_NOT_FOUND);
	must(sek_envelope_told(dir, "../../etc", &why), SEK_ERR_NOT_FOUND);
}
END_TEST

START_TEST(it_is_for_its_account_and_uid)
{
	struct sek_claimant who = claimant("toor", 0, true);
	struct sek_envelope e;

	must(sek_envelope_open(&e, dir, plain, &who, &why), SEK_ERR_REFUSED);
	who = claimant("root", 1000, true);
	must(sek_envelope_open(&e, dir, plain, &who, &why), SEK_ERR_REFUSED);
	who = claimant("root", SEK_UID_NONE, true);
	who.known = 0;
	must(sek_envelope_open(&e, dir, plain, &who, &why), SEK_ERR_REFUSED);
	ck_assert_ptr_null(strstr(why.text, "root"));
	forget_tries();
	must(open_it(), SEK_OK);
}
END_TEST

START_TEST(of_several_the_one_of_the_code_opens)
{
	char other[SEK_GLASS_PLAIN], third[SEK_GLASS_PLAIN];
	struct sek_envelope e, f, g;
	struct sek_claimant who = claimant("admin", 1000, true);

	make_for(&f, other, "root", 0);
	make_for(&g, third, "admin", 1000);
	must(open_as(&e, other, true), SEK_OK);
	ck_assert_str_eq(e.id, f.id);
	must(open_as(&e, third, true), SEK_ERR_REFUSED);
	must(sek_envelope_open(&e, dir, third, &who, &why), SEK_OK);
	ck_assert_str_eq(e.id, g.id);
	must(open_it(), SEK_OK);
	ck_assert_uint_eq(look().state[SEK_ENVELOPE_SPENT], 3);
}
END_TEST

START_TEST(one_that_is_taken_away_opens_nothing)
{

	must(sek_envelope_void(dir, sealed.id, &why), SEK_OK);
	must(sek_envelope_void(dir, sealed.id, &why), SEK_ERR_NOT_FOUND);
	must(open_it(), SEK_ERR_REFUSED);
	must(sek_envelope_void(dir, "*", &why), SEK_ERR_NOT_FOUND);
	ck_assert_uint_eq(look().n, 0);
	ck_assert_int_eq(rmdir(dir), 0);
	ck_assert_uint_eq(look().n, 0);
	ck_assert_str_eq(why.text, "");
	forget_tries();
	must(open_it(), SEK_ERR_REFUSED);
	ck_assert(!sek_envelope_waits(dir));
}
END_TEST

START_TEST(too_many_of_one_account_are_not_made)
{
	struct sek_secret text = SEK_SECRET_NONE;
	char code[SEK_GLASS_PLAIN];
	struct sek_envelope e;
	struct sek_moment now;
	unsigned i;

	for (i = 1; i < SEK_ENVELOPES_MAX; i++)
		make_for(&e, code, "root", 0);
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	must(sek_envelope_make(&e, &text, dir, "root", 0, now.wall + YEAR,
	    &why), SEK_ERR_RANGE);
	must(sek_envelope_make(&e, &text, dir, "admin", 1000, now.wall - 1,
	    &why), SEK_ERR_RANGE);
	ck_assert_ptr_null(text.data);
	must(open_as(&e, code, true), SEK_OK);
	must(open_it(), SEK_OK);
	make_for(&e, code, "root", 0);
}
END_TEST

/* ---- its end, and clocks */

START_TEST(after_its_end_it_opens_nothing)
{

	wall_add = YEAR + SEK_SECOND;
	must(open_it(), SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(why.text, "time is over"));
	ck_assert_uint_eq(look().state[SEK_ENVELOPE_VOID], 1);
	ck_assert_str_eq(look().last.cause, "its time is over");
	/* A right code was no guess. */
	for (int i = 0; i < 5; i++)
		must(open_it(), SEK_ERR_REFUSED);
	wall_add = 0;
	must(open_it(), SEK_OK);
}
END_TEST

/* Sheets of many years, never taken away: the newest opens wherever its name
 * stands among theirs. */
START_TEST(ended_ones_never_keep_a_new_one_from_being_tried)
{
	char code[SEK_GLASS_PLAIN], old[SEK_GLASS_PLAIN];
	struct sek_envelope e;
	unsigned i, n;

	for (n = 0; n < 3; n++) {
		for (i = n == 0; i < SEK_ENVELOPES_MAX; i++)
			make_for(&e, old, "root", 0);
		wall_add += YEAR + SEK_SECOND;
	}
	for (i = 0; i < SEK_ENVELOPES_MAX; i++) {
		make_for(&e, code, "root", 0);
		must(open_as(&e, code, true), SEK_OK);
	}
	/* Who has an ended one is still told so. */
	must(open_it(), SEK_ERR_REFUSED);
}
END_TEST

START_TEST(a_clock_before_its_making_does_not_shut_it)
{

	wall_add = -20 * YEAR;
	ck_assert_uint_eq(look().state[SEK_ENVELOPE_SEALED], 1);
	must(open_it(), SEK_OK);
	ck_assert_ptr_nonnull(strstr(why.text, "clock"));
}
END_TEST

/* ---- tries */

START_TEST(three_wrong_codes_then_one_in_ten_minutes)
{
	int i;

	for (i = 0; i < 3; i++) {
		wrong(true, SEK_ERR_REFUSED);
		ck_assert_ptr_null(strstr(why.text, "no try"));
	}
	for (i = 0; i < 5; i++) {
		must(open_it(), SEK_ERR_REFUSED);
		ck_assert_ptr_nonnull(strstr(why.text, "no try"));
	}
	boot_add = 599 * SEK_SECOND;
	must(open_it(), SEK_ERR_REFUSED);
	boot_add = 601 * SEK_SECOND;
	wrong(true, SEK_ERR_REFUSED);
	ck_assert_ptr_null(strstr(why.text, "no try"));
	must(open_it(), SEK_ERR_REFUSED);
	boot_add = 1202 * SEK_SECOND;
	must(open_it(), SEK_OK);
}
END_TEST

START_TEST(a_flood_from_afar_does_not_shut_the_console)
{
	struct sek_envelope e;
	int i;

	for (i = 0; i < 10; i++)
		wrong(false, SEK_ERR_REFUSED);
	must(open_as(&e, plain, false), SEK_ERR_REFUSED);
	must(open_it(), SEK_OK);
}
END_TEST

START_TEST(another_boot_has_its_own_tries)
{
	int i;

	for (i = 0; i < 4; i++)
		wrong(true, SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(why.text, "no try"));
	other_boot = true;
	must(open_it(), SEK_OK);
}
END_TEST

START_TEST(a_right_code_is_given_back)
{
	char code[SEK_GLASS_PLAIN];
	struct sek_envelope e;
	int i;

	wrong(true, SEK_ERR_REFUSED);
	wrong(true, SEK_ERR_REFUSED);
	for (i = 0; i < 4; i++) {
		make_for(&e, code, "root", 0);
		must(open_as(&e, code, true), SEK_OK);
	}
	wrong(true, SEK_ERR_REFUSED);
	ck_assert_ptr_null(strstr(why.text, "no try"));
	/* One by the clock is given back, too. */
	boot_add = 601 * SEK_SECOND;
	make_for(&e, code, "root", 0);
	must(open_as(&e, code, true), SEK_OK);
	must(open_it(), SEK_OK);
}
END_TEST

START_TEST(what_is_no_code_is_no_try)
{
	struct sek_claimant who = claimant("root", 0, true);
	char code[SEK_GLASS_PLAIN], few[SEK_GLASS_PLAIN] = "ABC";
	struct sek_envelope e;
	int i;

	memset(code, 'A', sizeof(code));
	for (i = 0; i < 5; i++) {
		must(sek_envelope_open(&e, dir, code, &who, &why),
		    SEK_ERR_SYNTAX);
		must(sek_envelope_open(&e, dir, few, &who, &why),
		    SEK_ERR_SYNTAX);
	}
	must(open_it(), SEK_OK);
}
END_TEST

static void
no_counts(int how)
{

	forget_tries();
	switch (how) {
	case 0:			/* read-only */
		ck_assert_int_eq(mount("none", "/run", NULL, MS_REMOUNT |
		    MS_RDONLY, NULL), 0);
		break;
	case 1:			/* the folder is another's */
		ck_assert_int_eq(chmod(SEK_ENVELOPE_RUN, 0777), 0);
		break;
	case 2:			/* a link somewhere else */
		ck_assert_int_eq(symlink("/tmp/none", TRIES), 0);
		break;
	case 3:			/* others may write it */
		put(TRIES, "", 0, 0666);
		break;
	case 4:			/* nonsense */
		put(TRIES, "boot_id=0\n", 10, 0600);
		break;
	default:		/* no room: a page for the folder, none more */
		ck_assert_int_eq(mount("tmpfs", "/run", "tmpfs", 0,
		    "mode=0755,size=4k,nr_inodes=2"), 0);
		break;
	}
}

START_TEST(without_counts_each_try_costs_a_pause)
{
	int i;

	must(open_as(&sealed, plain, true), SEK_OK);
	make_for(&sealed, plain, "root", 0);
	no_counts(_i);
	for (i = 0; i < 6; i++)
		wrong(i % 2 == 0, SEK_ERR_REFUSED);
	ck_assert_uint_eq(pauses, 6);
	must(open_it(), SEK_OK);
}
END_TEST

/* From afar they stand in a queue; who waits too long is sent away. */
START_TEST(without_counts_all_but_the_console_queue)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	struct sek_envelope_try t;
	struct sek_moment now;

	ck_assert_int_ge(fd, 0);
	must(open_as(&sealed, plain, true), SEK_OK);
	make_for(&sealed, plain, "root", 0);
	no_counts(0);
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	must(sek_envelope_try_take(&t, false, &now, fd, &why), SEK_OK);
	ck_assert_int_ge(t.lock, 0);
	must(open_it(), SEK_OK);
	sek_envelope_try_end(&t, &now, true);
	ck_assert_int_eq(close(fd), 0);
}
END_TEST

/* ---- who else has been there */

START_TEST(a_file_of_odd_rights_opens_nothing)
{
	static const mode_t modes[] = { 0640, 0604, 0660, 0700, 04600, 0400 };
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		ck_assert_int_eq(chmod(path_of(".seal"), modes[i]), 0);
		forget_tries();
		must(open_it(), SEK_ERR_REFUSED);
		ck_assert_ptr_nonnull(strstr(why.text, "mode"));
		ck_assert_uint_eq(look().state[SEK_ENVELOPE_VOID], 1);
	}
	ck_assert_int_eq(chmod(path_of(".seal"), 0600), 0);
	ck_assert_int_eq(chown(path_of(".seal"), 1000, 0), 0);
	forget_tries();
	must(open_it(), SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(why.text, "uid 1000"));
	ck_assert_ptr_nonnull(strstr(look().last.cause, "uid 1000"));
	ck_assert_int_eq(chown(path_of(".seal"), 0, 0), 0);
	must(open_it(), SEK_OK);
}
END_TEST

START_TEST(a_folder_others_may_change_opens_nothing)
{

	ck_assert_int_eq(chmod(dir, 0750), 0);
	must(open_it(), SEK_ERR_UNTRUSTED);
	ck_assert_int_eq(chmod(dir, 0700), 0);
	ck_assert_int_eq(chown(dir, 1000, 0), 0);
	must(open_it(), SEK_ERR_UNTRUSTED);
	ck_assert_int_eq(chown(dir, 0, 0), 0);
	ck_assert_int_eq(chmod(top, 0777), 0);
	must(open_it(), SEK_ERR_UNTRUSTED);
	ck_assert_int_eq(chmod(top, 01777), 0);
	must(open_it(), SEK_ERR_UNTRUSTED);
	ck_assert_int_eq(chmod(top, 0755), 0);
	must(open_it(), SEK_OK);
}
END_TEST

START_TEST(links_open_nothing)
{
	char away[128], here[256], linked[128];

	(void)snprintf(away, sizeof(away), "%s/away", top);
	(void)snprintf(here, sizeof(here), "%s", path_of(".seal"));
	ck_assert_int_eq(link(here, away), 0);
	must(open_it(), SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(why.text, "2 names"));
	ck_assert_int_eq(unlink(here), 0);
	ck_assert_int_eq(symlink(away, here), 0);
	must(open_it(), SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(why.text, "symbolic link"));
	ck_assert_int_eq(unlink(here), 0);
	ck_assert_int_eq(rename(away, here), 0);
	/* The folder itself. */
	(void)snprintf(linked, sizeof(linked), "%s/linked", top);
	ck_assert_int_eq(rename(dir, linked), 0);
	ck_assert_int_eq(symlink(linked, dir), 0);
	must(open_it(), SEK_ERR_UNTRUSTED);
	ck_assert_int_eq(unlink(dir), 0);
	ck_assert_int_eq(rename(linked, dir), 0);
	must(open_it(), SEK_OK);
}
END_TEST

static void
file_bytes(char bytes[SEK_ENVELOPE_SIZE], const char *ext)
{
	int fd = open(path_of(ext), O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(read(fd, bytes, SEK_ENVELOPE_SIZE),
	    SEK_ENVELOPE_SIZE);
	ck_assert_int_eq(close(fd), 0);
}

/* One thing changed at a time; all of them open nothing and stop nobody. */
START_TEST(a_file_not_as_it_was_written_opens_nothing)
{
	char bytes[SEK_ENVELOPE_SIZE], bad[SEK_ENVELOPE_SIZE + 1], *p;
	char other[SEK_GLASS_PLAIN];
	struct sek_envelope e;
	unsigned i;

	file_bytes(bytes, ".seal");
	for (i = 0; i < 9; i++) {
		size_t len = SEK_ENVELOPE_SIZE;

		memcpy(bad, bytes, sizeof(bytes));
		bad[SEK_ENVELOPE_SIZE] = '\n';
		switch (i) {
		case 0: len = 0; break;
		case 1: len = SEK_ENVELOPE_SIZE - 1; break;
		case 2: len = SEK_ENVELOPE_SIZE + 1; break;
		case 3: bad[20] = '\0'; break;
		case 4: bad[SEK_ENVELOPE_HALF - 1] = '\0'; break;
		case 5: bad[SEK_ENVELOPE_HALF - 1] = 'x'; break;
		case 6: memset(bad, 0, sizeof(bytes)); break;
		case 7:
			p = strstr(bad, "uid=0\n");
			ck_assert_ptr_nonnull(p);
			memcpy(p, "uid=00", 6);
			break;
		default:
			p = strstr(bad, "made=");
			ck_assert_ptr_nonnull(p);
			memcpy(p, "bade=", 5);
			break;
		}
		put(path_of(".seal"), bad, len, 0600);
		forget_tries();
		must(open_it(), SEK_ERR_REFUSED);
		ck_assert_uint_eq(look().state[SEK_ENVELOPE_VOID], 1);
		ck_assert_ptr_nonnull(strstr(why.text, sealed.id));
	}
	forget_tries();
	make_for(&e, other, "root", 0);
	must(open_as(&e, other, true), SEK_OK);
	put(path_of(".seal"), bytes, sizeof(bytes), 0600);
	must(open_it(), SEK_OK);
}
END_TEST

/* Its lines are only what they are about: the code binds them. */
START_TEST(an_edited_line_opens_nothing)
{
	char bytes[SEK_ENVELOPE_SIZE];
	struct sek_envelope_body b;
	unsigned i;

	file_bytes(bytes, ".seal");
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(sek_envelope_body_read(&b, bytes), SEK_OK);
		switch (i) {
		case 0: b.e.ends += YEAR; break;
		case 1: b.e.made -= SEK_DAY; break;
		case 2: b.e.uid = 0;
			(void)snprintf(b.e.account, sizeof(b.e.account),
			    "toor");
			break;
		default: b.e.uid = 1000; break;
		}
		char half[SEK_ENVELOPE_SIZE];
		struct sek_claimant who = claimant(b.e.account, b.e.uid,
		    true);
		struct sek_envelope e;

		memcpy(half, bytes, sizeof(half));
		ck_assert_int_eq(sek_envelope_body_seal(half, &b), SEK_OK);
		put(path_of(".seal"), half, sizeof(half), 0600);
		forget_tries();
		must(sek_envelope_open(&e, dir, plain, &who, &why),
		    SEK_ERR_REFUSED);
	}
	put(path_of(".seal"), bytes, sizeof(bytes), 0600);
	must(open_it(), SEK_OK);
}
END_TEST

/* A hash that would eat all memory is not tried. */
START_TEST(a_hash_of_other_limits_is_not_tried)
{
	char bytes[SEK_ENVELOPE_SIZE], *p;

	file_bytes(bytes, ".seal");
	p = strstr(bytes, "m=8192,");
	ck_assert_ptr_nonnull(p);
	memcpy(p, "m=9999,", 7);
	put(path_of(".seal"), bytes, sizeof(bytes), 0600);
	must(open_it(), SEK_ERR_REFUSED);
	ck_assert_uint_eq(look().state[SEK_ENVELOPE_VOID], 1);
}
END_TEST

START_TEST(one_put_back_after_its_opening_opens_nothing)
{
	char bytes[SEK_ENVELOPE_SIZE];

	file_bytes(bytes, ".seal");
	must(open_it(), SEK_OK);
	put(path_of(".seal"), bytes, sizeof(bytes), 0600);
	must(open_it(), SEK_ERR_REFUSED);
	ck_assert_uint_eq(look().state[SEK_ENVELOPE_VOID], 1);
	must(sek_envelope_told(dir, sealed.id, &why), SEK_OK);
	must(open_it(), SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(why.text, "put back"));
}
END_TEST

START_TEST(what_else_lies_there_is_told_and_stops_nobody)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/letter to\nmother", dir);
	put(path, "hello", 5, 0666);
	(void)snprintf(path, sizeof(path), "%s/01234567.seal", dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/01234568.seal", dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_uint_eq(look().state[SEK_ENVELOPE_SEALED], 1);
	ck_assert_ptr_nonnull(strstr(why.text, "letter to?mother"));
	ck_assert_ptr_nonnull(strstr(why.text, "01234567.seal: not a regular"));
	ck_assert_ptr_nonnull(strstr(why.text, "01234568.seal: not a regular"));
	must(open_it(), SEK_OK);
	ck_assert_ptr_nonnull(strstr(why.text, "letter to?mother"));
}
END_TEST

START_TEST(another_machine_s_opens_nothing)
{
	char id[128];

	(void)snprintf(id, sizeof(id), "%s/machine-id", top);
	put(id, "0123456789abcdef0123456789abcdef\n", 33, 0444);
	ck_assert_int_eq(mount(id, "/etc/machine-id", NULL, MS_BIND, NULL), 0);
	must(open_it(), SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(why.text, "another machine"));
	ck_assert_uint_eq(look().state[SEK_ENVELOPE_VOID], 1);
	ck_assert_ptr_nonnull(strstr(look().last.cause, "another machine"));
	ck_assert_int_eq(umount("/etc/machine-id"), 0);
	must(open_it(), SEK_OK);
}
END_TEST

/* ---- disks */

/* Nothing more goes onto that disk. */
static void
fill_up(const char *folder)
{
	static char page[65536];
	char path[256];
	size_t size;
	unsigned i;
	int fd;

	memset(page, 'x', sizeof(page));
	for (size = sizeof(page); size > 0; size /= 4) {
		(void)snprintf(path, sizeof(path), "%s/fill-%zu", folder,
		    size);
		fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
		if (fd < 0)
			break;
		for (i = 0; write(fd, page, size) == (ssize_t)size; i++)
			;
		(void)fsync(fd);
		(void)close(fd);
	}
	/* And no further name of any length. */
	for (i = 0; i < 100000; i++) {
		(void)snprintf(path, sizeof(path), "%s/%u", folder, i);
		if ((fd = open(path, O_WRONLY | O_CREAT, 0600)) < 0)
			break;
		if (write(fd, page, 1) > 0)
			(void)fsync(fd);
		(void)close(fd);
	}
	ck_assert_int_eq(errno, ENOSPC);
	sync();
}

static void
opens_on_a_full_disk(void)
{
	struct sek_secret text = SEK_SECRET_NONE;
	char other[SEK_GLASS_PLAIN];
	struct sek_envelope e, f;
	struct sek_process self;
	struct sek_moment now;
	struct seen s;

	make_for(&f, other, "root", 0);
	fill_up(top);
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	must(sek_envelope_make(&e, &text, dir, "root", 0, now.wall + YEAR,
	    &why), SEK_ERR_IO);
	ck_assert_ptr_null(text.data);
	must(open_it(), SEK_OK);
	ck_assert_str_eq(why.text, "");
	must(open_it(), SEK_ERR_REFUSED);
	s = look();
	ck_assert_uint_eq(s.n, 2);
	ck_assert_uint_eq(s.state[SEK_ENVELOPE_SPENT], 1);
	must(open_as(&e, other, false), SEK_OK);
	ck_assert_int_eq(sek_process_get(&self, 0), SEK_OK);
	must(sek_envelope_take(&e, dir, e.id, 0, &self, &why), SEK_OK);
	must(sek_envelope_told(dir, e.id, &why), SEK_OK);
	ck_assert_str_eq(e.rhost, "192.0.2.7");
}

START_TEST(it_opens_on_a_full_tmpfs)
{

	ck_assert_int_eq(mount("tmpfs", top, "tmpfs", 0,
	    "mode=0700,size=256k,nr_inodes=64"), 0);
	make_for(&sealed, plain, "root", 0);
	opens_on_a_full_disk();
}
END_TEST

static bool
mount_ext4(const char *options)
{
	char command[512];

	(void)snprintf(command, sizeof(command), "truncate -s 6M %s/disk && "
	    "mkfs.ext4 -q -F -b 1024 %s %s/disk >/dev/null 2>&1 && "
	    "mount -o loop %s/disk %s 2>/dev/null", top, options, top, top,
	    top);
	return (system(command) == 0);
}

START_TEST(it_opens_on_a_full_ext4)
{

	if (!mount_ext4(_i == 0 ? "-m 0" : "-m 0 -O inline_data -I 256")) {
		fprintf(stderr, "skip: no loop device here\n");
		return;
	}
	ck_assert_int_eq(chmod(top, 0700), 0);
	make_for(&sealed, plain, "root", 0);
	opens_on_a_full_disk();
	ck_assert_int_eq(umount2(top, MNT_DETACH), 0);
}
END_TEST

START_TEST(on_a_read_only_disk_nobody_gets_in_and_it_stays_sealed)
{
	int i;

	ck_assert_int_eq(mount("none", top, NULL, MS_REMOUNT | MS_RDONLY,
	    NULL), 0);
	for (i = 0; i < 5; i++) {
		must(open_it(), SEK_ERR_IO);
		ck_assert_ptr_nonnull(strstr(why.text, "cannot be spent"));
	}
	ck_assert_uint_eq(look().state[SEK_ENVELOPE_SEALED], 1);
	ck_assert_int_eq(mount("none", top, NULL, MS_REMOUNT, NULL), 0);
	must(open_it(), SEK_OK);
}
END_TEST

/* What is written at the opening fails, the rename does not: a file size limit
 * says EFBIG and a signal; the session is found by /run. */
START_TEST(one_whose_opening_cannot_be_written_opens_all_the_same)
{
	struct rlimit small = { 1024, RLIM_INFINITY }, all;
	struct sek_envelope e, taken;
	struct sek_process self;
	struct seen s;

	must(open_as(&e, plain, true), SEK_OK);		/* /run is there now */
	make_for(&sealed, plain, "root", 0);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &all), 0);
	small.rlim_cur = SEK_ENVELOPE_HALF;
	ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	must(open_as(&e, plain, true), SEK_OK);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
	ck_assert_str_ne(why.text, "");
	must(sek_envelope_told(dir, look().last.id, &why), SEK_OK);
	s = look();
	ck_assert_uint_eq(s.n, 2);
	ck_assert_int_eq(sek_process_get(&self, 0), SEK_OK);
	must(sek_envelope_take(&taken, dir, e.id, 0, &self, &why), SEK_OK);
	must(sek_envelope_take(&taken, dir, e.id, 0, &self, &why),
	    SEK_ERR_REFUSED);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__)
START_TEST(it_opens_with_little_memory_and_none_is_no_try)
{
	struct rlimit all, small;
	char line[256], *p;
	long pages;
	FILE *f;
	int i;

	f = fopen("/proc/self/statm", "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
	ck_assert_int_eq(fclose(f), 0);
	pages = strtol(line, &p, 10);
	ck_assert_int_eq(getrlimit(RLIMIT_AS, &all), 0);
	small = all;
	small.rlim_cur = (rlim_t)(pages * 4096 + 2 * 1024 * 1024);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &small), 0);
	for (i = 0; i < 5; i++)
		must(open_it(), SEK_ERR_NOMEM);
	small.rlim_cur = (rlim_t)(pages * 4096 + 16 * 1024 * 1024);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &small), 0);
	must(open_it(), SEK_OK);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &all), 0);
}
END_TEST
#endif

/* ---- many at once */

static unsigned
parallel(unsigned n, enum sek_err (*one)(void *arg), void *arg)
{
	unsigned i, yes = 0;
	int gate[2], status;
	char c;

	ck_assert_int_eq(pipe(gate), 0);
	for (i = 0; i < n; i++) {
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			(void)close(gate[1]);
			(void)!read(gate[0], &c, 1);
			_exit((int)one(arg));
		}
	}
	(void)close(gate[1]);
	(void)close(gate[0]);
	for (i = 0; i < n; i++) {
		ck_assert_int_ge(wait(&status), 0);
		ck_assert(WIFEXITED(status));
		if (WEXITSTATUS(status) == SEK_OK)
			yes++;
		else
			ck_assert_int_eq(WEXITSTATUS(status),
			    SEK_ERR_REFUSED);
	}
	return (yes);
}

static enum sek_err
open_one(void *arg)
{
	struct sek_envelope e;

	return (open_as(&e, plain, *(bool *)arg));
}

START_TEST(of_fifty_who_open_it_at_once_one_gets_in)
{
	bool console = _i % 2 == 0;

	/* All fifty verify where tries are not counted, at the console. */
	if (_i == 0) {
		ck_assert_int_eq(mkdir(SEK_ENVELOPE_RUN, 0777), 0);
		ck_assert_int_eq(chmod(SEK_ENVELOPE_RUN, 0777), 0);
	}
	ck_assert_uint_eq(parallel(50, open_one, &console), 1);
	ck_assert(is_there(".open") && !is_there(".seal"));
	ck_assert_uint_eq(look().n, 1);
	ck_assert_str_eq(look().last.cause, "");
}
END_TEST

static enum sek_err
guess_one(void *arg)
{
	char code[SEK_GLASS_PLAIN];
	struct sek_envelope e;
	enum sek_err err;

	other_code(code);
	err = open_as(&e, code, *(bool *)arg);
	/* yes: it was verified */
	return (err == SEK_ERR_REFUSED && strstr(why.text, "no try") == NULL ?
	    SEK_OK : err);
}

START_TEST(of_fifty_guesses_at_once_three_are_verified)
{
	bool console = true;

	ck_assert_uint_eq(parallel(50, guess_one, &console), 3);
	console = false;
	ck_assert_uint_eq(parallel(50, guess_one, &console), 3);
}
END_TEST

/* ---- its session */

static struct sek_process
process(pid_t pid)
{
	struct sek_process p;

	ck_assert_int_eq(sek_process_get(&p, pid), SEK_OK);
	return (p);
}

START_TEST(its_session_is_taken_by_whom_it_is_for)
{
	struct sek_process self = process(0), other, reborn;
	struct sek_envelope e, t;
	pid_t pid = fork();

	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	other = process(pid);
	must(sek_envelope_take(&t, dir, sealed.id, 0, &self, &why),
	    SEK_ERR_REFUSED);		/* still sealed */
	must(open_as(&e, plain, true), SEK_OK);
	must(sek_envelope_take(&t, dir, e.id, 1000, &self, &why),
	    SEK_ERR_REFUSED);
	must(sek_envelope_take(&t, dir, e.id, 0, &other, &why),
	    SEK_ERR_REFUSED);
	reborn = self;
	reborn.start++;
	must(sek_envelope_take(&t, dir, e.id, 0, &reborn, &why),
	    SEK_ERR_REFUSED);
	must(sek_envelope_take(&t, dir, "../x", 0, &self, &why),
	    SEK_ERR_REFUSED);
	other_boot = true;
	must(sek_envelope_take(&t, dir, e.id, 0, &self, &why),
	    SEK_ERR_REFUSED);
	other_boot = false;
	boot_add = 601 * SEK_SECOND;
	must(sek_envelope_take(&t, dir, e.id, 0, &self, &why),
	    SEK_ERR_REFUSED);
	boot_add = 599 * SEK_SECOND;
	must(sek_envelope_told(dir, e.id, &why), SEK_OK);
	must(sek_envelope_take(&t, dir, e.id, 0, &self, &why), SEK_OK);
	ck_assert_str_eq(t.account, "root");
	ck_assert(t.taken && look().last.taken);
	must(sek_envelope_take(&t, dir, e.id, 0, &self, &why),
	    SEK_ERR_REFUSED);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(the_gate_s_parent_may_take_it)
{
	struct sek_process self = process(0);
	struct sek_envelope t;
	int status;
	pid_t pid;

	if ((pid = fork()) == 0)
		_exit(open_it() == SEK_OK ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	must(sek_envelope_take(&t, dir, sealed.id, 0, &self, &why), SEK_OK);
}
END_TEST

static enum sek_err
take_one(void *arg)
{
	struct sek_envelope t;

	return (sek_envelope_take(&t, dir, sealed.id, 0, arg, &why));
}

START_TEST(of_fifty_who_take_its_session_at_once_one_has_it)
{
	struct sek_process self = process(0);

	must(open_it(), SEK_OK);
	ck_assert_uint_eq(parallel(50, take_one, &self), 1);
}
END_TEST

/* ---- killed at every system call */

static enum sek_err
open_traced(void *arg)
{

	(void)arg;
	return (open_it());
}

START_TEST(killed_at_any_instant_of_opening_it_is_sealed_or_spent)
{
	char bytes[SEK_ENVELOPE_SIZE];
	struct traced t = { open_traced, NULL, { -1, -1 } };
	unsigned n, was_sealed = 0, was_spent = 0;
	bool killed, yes;

	file_bytes(bytes, ".seal");
	for (n = 1, killed = true; killed; n++) {
		forget_tries();
		killed = kill_at(&t, n, &yes);
		ck_assert_int_ne(is_there(".seal"), is_there(".open"));
		ck_assert(!yes || is_there(".open"));
		forget_tries();
		if (is_there(".seal")) {
			was_sealed++;
			must(open_it(), SEK_OK);
		} else {
			was_spent++;
			must(open_it(), SEK_ERR_REFUSED);
			ck_assert_uint_eq(look().state[SEK_ENVELOPE_SPENT],
			    1);
			ck_assert_str_eq(look().last.cause, "");
		}
		ck_assert_int_eq(unlink(path_of(".open")), 0);
		put(path_of(".seal"), bytes, sizeof(bytes), 0600);
	}
	ck_assert_uint_gt(was_sealed, 10);
	ck_assert_uint_gt(was_spent, 2);
}
END_TEST

static enum sek_err
take_traced(void *arg)
{

	return (take_one(arg));
}

START_TEST(killed_at_any_instant_of_taking_it_is_taken_once)
{
	struct sek_process self = process(0);
	struct traced t = { take_traced, &self, { -1, -1 } };
	char bytes[SEK_ENVELOPE_SIZE];
	bool killed, yes;
	unsigned n;

	must(open_it(), SEK_OK);
	file_bytes(bytes, ".open");
	for (n = 1, killed = true; killed; n++) {
		put(path_of(".open"), bytes, sizeof(bytes), 0600);
		killed = kill_at(&t, n, &yes);
		if (yes || look().last.taken)
			must(take_one(&self), SEK_ERR_REFUSED);
		else
			must(take_one(&self), SEK_OK);
	}
	ck_assert_uint_gt(n, 10);
}
END_TEST

static enum sek_err
make_traced(void *arg)
{
	struct sek_secret text = SEK_SECRET_NONE;
	struct sek_envelope e;
	struct sek_moment now;
	enum sek_err err;

	(void)arg;
	(void)sek_clock_now(&now);
	err = sek_envelope_make(&e, &text, dir, "root", 0, now.wall + YEAR,
	    &why);
	sek_secret_free(&text);
	return (err);
}

static void
empty_folder(void)
{
	struct dirent *e;
	DIR *d = opendir(dir);

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			(void)unlinkat(dirfd(d), e->d_name, 0);
	ck_assert_int_eq(closedir(d), 0);
}

START_TEST(killed_at_any_instant_of_making_there_is_a_whole_one_or_none)
{
	struct traced t = { make_traced, NULL, { -1, -1 } };
	char code[SEK_GLASS_PLAIN];
	struct sek_envelope e;
	bool killed, yes;
	struct dirent *d;
	struct seen s;
	unsigned n, names;
	DIR *folder;

	for (n = 1, killed = true; killed; n++) {
		empty_folder();
		killed = kill_at(&t, n, &yes);
		s = look();
		ck_assert_uint_eq(s.n, s.state[SEK_ENVELOPE_SEALED]);
		ck_assert(!yes || s.n == 1);
		/* What was left half done goes with the next one. */
		make_for(&e, code, "root", 0);
		folder = opendir(dir);
		ck_assert_ptr_nonnull(folder);
		for (names = 0; (d = readdir(folder)) != NULL;)
			names += d->d_name[0] != '.';
		ck_assert_int_eq(closedir(folder), 0);
		ck_assert_uint_eq(names, s.n + 1);
	}
	ck_assert_uint_gt(n, 10);
}
END_TEST

/* ---- */

static Suite *
suite(void)
{
	const TTest *const tests[] = {
		an_envelope_opens_once_and_says_by_whom,
		it_is_for_its_account_and_uid,
		of_several_the_one_of_the_code_opens,
		one_that_is_taken_away_opens_nothing,
		too_many_of_one_account_are_not_made,
		after_its_end_it_opens_nothing,
		ended_ones_never_keep_a_new_one_from_being_tried,
		a_clock_before_its_making_does_not_shut_it,
		three_wrong_codes_then_one_in_ten_minutes,
		a_flood_from_afar_does_not_shut_the_console,
		another_boot_has_its_own_tries,
		a_right_code_is_given_back,
		what_is_no_code_is_no_try,
		without_counts_all_but_the_console_queue,
		a_file_of_odd_rights_opens_nothing,
		a_folder_others_may_change_opens_nothing,
		links_open_nothing,
		a_file_not_as_it_was_written_opens_nothing,
		an_edited_line_opens_nothing,
		a_hash_of_other_limits_is_not_tried,
		one_put_back_after_its_opening_opens_nothing,
		what_else_lies_there_is_told_and_stops_nobody,
		another_machine_s_opens_nothing,
		it_opens_on_a_full_tmpfs,
		on_a_read_only_disk_nobody_gets_in_and_it_stays_sealed,
		one_whose_opening_cannot_be_written_opens_all_the_same,
#if !defined(__SANITIZE_ADDRESS__)
		it_opens_with_little_memory_and_none_is_no_try,
#endif
		of_fifty_guesses_at_once_three_are_verified,
		its_session_is_taken_by_whom_it_is_for,
		the_gate_s_parent_may_take_it,
		of_fifty_who_take_its_session_at_once_one_has_it,
		killed_at_any_instant_of_opening_it_is_sealed_or_spent,
		killed_at_any_instant_of_taking_it_is_taken_once,
		killed_at_any_instant_of_making_there_is_a_whole_one_or_none,
		NULL
	};
	Suite *s = suite_create("edge/envelope");
	TCase *tc = tcase_create("envelope");
	unsigned i;

	tcase_set_timeout(tc, 300);
	tcase_add_checked_fixture(tc, setup, teardown);
	for (i = 0; tests[i] != NULL; i++)
		tcase_add_test(tc, tests[i]);
	tcase_add_loop_test(tc, without_counts_each_try_costs_a_pause, 0, 6);
	tcase_add_loop_test(tc, of_fifty_who_open_it_at_once_one_gets_in, 0,
	    4);
	tcase_add_loop_test(tc, it_opens_on_a_full_ext4, 0, 2);
	suite_add_tcase(s, tc);
	return (s);
}

int
main(void)
{
	SRunner *r;
	int failed;

	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0) {
		printf("skip: needs root and a mount namespace\n");
		return (77);
	}
	r = srunner_create(suite());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
