/*
 * test_edge_guard.c - the orders of guards: whole or none, root's or none, and
 * an order to end stands
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Each test has a mount namespace and a /run of its own: it needs root. What
 * the guard makes of them is in tests/module/guard.c and tests/e2e.
 */
#include "config.h"

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"
#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/guard.h"

static struct sek_guard one;
static struct sek_why why;

static void
setup(void)
{

	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL),
	    0);
	ck_assert_int_eq(mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"), 0);
	ck_assert_int_eq(sek_guard_new(&one), SEK_OK);
	ck_assert_int_eq(sek_process_get(&one.leader, 0), SEK_OK);
	(void)sek_text_copy(one.account, sizeof one.account, "root");
	one.deadline = 12345;
}

static void
teardown(void)
{

	(void)umount2("/run", MNT_DETACH);
}

static const char *
path_of(const char *id, const char *suffix)
{
	static char path[128];

	(void)snprintf(path, sizeof path, "%s/%s%s", SEK_GUARD_DIR, id,
	    suffix);
	return (path);
}

static void
put(const char *path, const void *data, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert(sek_file_write_all(fd, data, len));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq(close(fd), 0);
}

START_TEST(what_is_written_is_read)
{
	struct sek_guard got;
	struct stat st;

	ck_assert_int_eq(sek_guard_write(&one, &why), SEK_OK);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why), SEK_OK);
	ck_assert_int_eq(memcmp(&got, &one, sizeof got), 0);
	ck_assert_int_eq(stat(path_of(one.id, ""), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(stat(SEK_GUARD_DIR, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	sek_guard_remove(one.id);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why),
	    SEK_ERR_NOT_FOUND);
}
END_TEST

START_TEST(another_s_file_is_no_order)
{
	struct sek_guard g = one, got;
	char longer[sizeof g + 1];
	const char *path;

	ck_assert_int_eq(sek_guard_write(&one, &why), SEK_OK);
	path = path_of(one.id, "");
	put(path, &g, sizeof g - 1, 0600);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why),
	    SEK_ERR_TAMPERED);
	memset(longer, 0, sizeof longer);
	memcpy(longer, &g, sizeof g);
	put(path, longer, sizeof longer, 0600);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why),
	    SEK_ERR_TAMPERED);
	put(path, &g, sizeof g, 0644);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why),
	    SEK_ERR_TAMPERED);
	g.magic++;
	put(path, &g, sizeof g, 0600);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why),
	    SEK_ERR_TAMPERED);
	g = one;
	g.id[0] = g.id[0] == 'a' ? 'b' : 'a';
	put(path, &g, sizeof g, 0600);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why),
	    SEK_ERR_TAMPERED);
	g = one;
	memset(g.cgroup, 'x', sizeof g.cgroup);
	put(path, &g, sizeof g, 0600);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why),
	    SEK_ERR_TAMPERED);
	ck_assert_str_eq(got.account, "");
	/* As it was it is one. */
	put(path, &one, sizeof one, 0600);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why), SEK_OK);
	ck_assert_int_eq(chown(path, 12345, 0), 0);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why),
	    SEK_ERR_TAMPERED);
}
END_TEST

START_TEST(only_an_id_names_a_file)
{
	static const char *const t[] = { "", ".", "..", "../../etc/passwd",
	    "0123456789abcdef0123456789abcde",
	    "0123456789abcdef0123456789abcdeff",
	    "0123456789abcdef0123456789abcdeg" };
	struct sek_guard got;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ck_assert_int_eq(sek_guard_read(&got, t[i], &why),
		    SEK_ERR_NOT_FOUND);
		ck_assert_int_eq(sek_guard_order(t[i], SEK_GUARD_END,
		    SEK_REASON_NONE, "root", NULL, &why), SEK_ERR_NOT_FOUND);
	}
}
END_TEST

START_TEST(an_order_to_end_stands)
{
	struct sek_guard got;

	ck_assert_int_eq(sek_guard_write(&one, &why), SEK_OK);
	ck_assert_int_eq(sek_guard_order(one.id, SEK_GUARD_END,
	    SEK_REASON_SUSPENDED, "admin", "left\033the town", &why), SEK_OK);
	ck_assert_int_eq(sek_guard_order(one.id, SEK_GUARD_LOCK,
	    SEK_REASON_IDLE, "guard", NULL, &why), SEK_OK);
	/* One who extends it read it before. */
	one.deadline = 99999;
	ck_assert_int_eq(sek_guard_write(&one, &why), SEK_OK);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why), SEK_OK);
	ck_assert_uint_eq(got.order, SEK_GUARD_END);
	ck_assert_uint_eq(got.order_reason, SEK_REASON_SUSPENDED);
	ck_assert_str_eq(got.ordered_by, "admin");
	ck_assert_str_eq(got.ordered_why, "left?the town");
	ck_assert_int_eq(got.deadline, 99999);
}
END_TEST

/* "This was not me", and who had read it before gives it a later end. */
START_TEST(an_end_that_was_moved_for_a_reason_comes_no_later)
{
	struct sek_guard got;

	one.deadline = 5000;
	one.order = SEK_GUARD_WATCH;
	one.order_reason = SEK_REASON_SUSPENDED;
	ck_assert_int_eq(sek_guard_write(&one, &why), SEK_OK);
	one.deadline = 99999;
	one.order_reason = SEK_REASON_NONE;
	ck_assert_int_eq(sek_guard_write(&one, &why), SEK_OK);
	/* Locked meanwhile, and the lock taken back. */
	ck_assert_int_eq(sek_guard_order(one.id, SEK_GUARD_LOCK,
	    SEK_REASON_IDLE, "guard", NULL, &why), SEK_OK);
	ck_assert_int_eq(sek_guard_order(one.id, SEK_GUARD_WATCH,
	    SEK_REASON_NONE, NULL, NULL, &why), SEK_OK);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why), SEK_OK);
	ck_assert_int_eq(got.deadline, 5000);
	ck_assert_uint_eq(got.order_reason, SEK_REASON_SUSPENDED);
	/* It may come earlier, and at once. */
	one.deadline = 4000;
	ck_assert_int_eq(sek_guard_write(&one, &why), SEK_OK);
	ck_assert_int_eq(sek_guard_order(one.id, SEK_GUARD_END,
	    SEK_REASON_SUSPENDED, "admin", NULL, &why), SEK_OK);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why), SEK_OK);
	ck_assert_int_eq(got.deadline, 4000);
	ck_assert_uint_eq(got.order, SEK_GUARD_END);
}
END_TEST

START_TEST(a_lock_is_taken_back)
{
	struct sek_guard got;

	ck_assert_int_eq(sek_guard_write(&one, &why), SEK_OK);
	ck_assert_int_eq(sek_guard_order(one.id, SEK_GUARD_LOCK,
	    SEK_REASON_REAUTH, NULL, NULL, &why), SEK_OK);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why), SEK_OK);
	ck_assert_uint_eq(got.order, SEK_GUARD_LOCK);
	ck_assert_int_eq(sek_guard_order(one.id, SEK_GUARD_WATCH,
	    SEK_REASON_NONE, NULL, NULL, &why), SEK_OK);
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why), SEK_OK);
	ck_assert_uint_eq(got.order, SEK_GUARD_WATCH);
}
END_TEST

/* Of many who write at once each finds a whole file, and the end stays. */
START_TEST(many_writers_leave_whole_orders)
{
	struct sek_guard got;
	int i, j, status;
	pid_t pid[4];

	ck_assert_int_eq(sek_guard_write(&one, &why), SEK_OK);
	for (i = 0; i < 4; i++) {
		if ((pid[i] = fork()) != 0)
			continue;
		for (j = 0; j < 10; j++) {
			if (i == 0 && j == 5)
				(void)sek_guard_order(one.id, SEK_GUARD_END,
				    SEK_REASON_IDLE, "x", NULL, NULL);
			one.deadline = i * 1000 + j;
			if (sek_guard_write(&one, NULL) != SEK_OK ||
			    sek_guard_read(&got, one.id, NULL) != SEK_OK)
				_exit(1);
		}
		_exit(0);
	}
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(sek_guard_read(&got, one.id, &why), SEK_OK);
	ck_assert_uint_eq(got.order, SEK_GUARD_END);
}
END_TEST

struct seen {
	char		id[8][SEK_ID_MAX];
	uint32_t	warned;
	size_t		n;
};

static enum sek_err
note(void *arg, const struct sek_guard *g, const struct sek_guard_state *s)
{
	struct seen *seen = arg;

	ck_assert_uint_lt(seen->n, 8);
	memcpy(seen->id[seen->n++], g->id, sizeof g->id);
	seen->warned += s->warned;
	return (SEK_OK);
}

static void
add(struct sek_guard *g, const struct sek_process *leader,
    const struct sek_process *guard)
{
	struct sek_guard_state s;

	ck_assert_int_eq(sek_guard_new(g), SEK_OK);
	g->leader = *leader;
	ck_assert_int_eq(sek_guard_write(g, &why), SEK_OK);
	memset(&s, 0, sizeof s);
	s.warned = 2;
	s.guard = *guard;
	ck_assert_int_eq(sek_guard_state_write(g, &s, &why), SEK_OK);
}

START_TEST(the_sessions_that_are_there_are_told)
{
	struct sek_process self, dead;
	struct sek_guard live, over, ending;
	struct sek_guard_state s;
	struct rlimit files, none;
	struct seen seen;
	enum sek_err err;
	pid_t pid;

	memset(&seen, 0, sizeof seen);
	ck_assert_int_eq(sek_guard_each(note, &seen, &why), SEK_OK);
	ck_assert_uint_eq(seen.n, 0);
	ck_assert_int_eq(sek_process_get(&self, 0), SEK_OK);
	if ((pid = fork()) == 0) {
		(void)pause();
		_exit(0);
	}
	ck_assert_int_eq(sek_process_get(&dead, pid), SEK_OK);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	add(&live, &self, &dead);
	add(&over, &dead, &dead);
	add(&ending, &dead, &self);
	put(path_of("0123456789abcdef0123456789abcdef", ""), "x", 1, 0600);
	ck_assert_int_eq(sek_guard_each(note, &seen, &why), SEK_OK);
	ck_assert_uint_eq(seen.n, 1);
	ck_assert_str_eq(seen.id[0], live.id);
	ck_assert_uint_eq(seen.warned, 2);
	/* That it cannot be looked is not that there are none. */
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	none = files;
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	err = sek_guard_each(note, &seen, &why);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	ck_assert_int_eq(err, SEK_ERR_IO);
	/* What nobody needs any more is gone, what its guard may need is not. */
	ck_assert_int_ne(access(path_of(over.id, ""), F_OK), 0);
	ck_assert_int_ne(access(path_of(over.id, ".state"), F_OK), 0);
	ck_assert_int_eq(access(path_of(ending.id, ""), F_OK), 0);
	ck_assert_int_eq(sek_guard_state_read(&s, over.id),
	    SEK_ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_guard_s_word_of_another_layout_is_none)
{
	struct sek_guard_state s;

	memset(&s, 0, sizeof s);
	s.locked_at = 7;
	ck_assert_int_eq(sek_guard_write(&one, &why), SEK_OK);
	ck_assert_int_eq(sek_guard_state_write(&one, &s, &why), SEK_OK);
	memset(&s, 0, sizeof s);
	ck_assert_int_eq(sek_guard_state_read(&s, one.id), SEK_OK);
	ck_assert_int_eq(s.locked_at, 7);
	s.magic ^= 1;
	put(path_of(one.id, ".state"), &s, sizeof s, 0600);
	ck_assert_int_eq(sek_guard_state_read(&s, one.id),
	    SEK_ERR_TAMPERED);
	ck_assert_int_eq(s.locked_at, 0);
}
END_TEST

/* Without systemd: all of a session, and no more, is in a place that ends it. */
START_TEST(a_session_has_a_place_of_its_own)
{
	struct sek_guard g = one;
	char path[SEK_UNIT_CGROUP + 64], byte;
	int out[2], in[2], status;
	pid_t pid;

	if (!sek_unit_cgroup_file(path, sizeof path, "/x", "") ||
	    geteuid() != 0)
		return;		/* no cgroups of version 2 here */
	ck_assert_int_eq(pipe(out), 0);
	ck_assert_int_eq(pipe(in), 0);
	if ((pid = fork()) == 0) {
		if (sek_guard_place(&g, NULL, NULL) != SEK_OK ||
		    write(out[1], &g, sizeof g) != (ssize_t)sizeof g)
			_exit(1);
		if (fork() == 0)
			(void)setsid();
		(void)!read(in[0], &byte, 1);
		_exit(0);
	}
	(void)close(out[1]);
	if (read(out[0], &g, sizeof g) != (ssize_t)sizeof g) {
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		return;		/* not to be made here (a container) */
	}
	if (g.cgroup[0] != '\0') {
		ck_assert(sek_unit_is_populated(g.cgroup));
		ck_assert(sek_guard_is_there(&g));
		ck_assert_int_eq(sek_unit_kill_cgroup(g.cgroup, &why), SEK_OK);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSIGNALED(status));
		while (sek_unit_is_populated(g.cgroup))
			(void)usleep(1000);
		ck_assert(sek_unit_cgroup_file(path, sizeof path, g.cgroup,
		    ""));
		ck_assert_int_eq(rmdir(path), 0);
	} else {
		ck_assert_uint_eq(g.own_audit, 1);
		(void)close(in[1]);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		what_is_written_is_read,
		another_s_file_is_no_order,
		only_an_id_names_a_file,
		an_order_to_end_stands,
		an_end_that_was_moved_for_a_reason_comes_no_later,
		a_lock_is_taken_back,
		many_writers_leave_whole_orders,
		the_sessions_that_are_there_are_told,
		a_guard_s_word_of_another_layout_is_none,
		a_session_has_a_place_of_its_own,
		NULL
	};

	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0) {
		printf("skip: needs root and a mount namespace\n");
		return (77);
	}
	return (unit_run_with("edge_guard", tests, setup, teardown));
}
