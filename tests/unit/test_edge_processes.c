/*
 * test_edge_processes.c - test of the end of a login's processes
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/wait.h>

#include <signal.h>
#include <unistd.h>

#include "sekisho/edge/processes.h"
#include "sekisho/model/claimant.h"
#include "unit.h"

/* Not as libcheck would have it, which hands a signal on to all its own. */
static void
listen_to(void (*how)(int))
{

	(void)signal(SIGTERM, how);
	(void)signal(SIGHUP, how);
}

/* A child that waits for ever, with one of its own in a session of its own;
 * *below is that one's pid. */
static pid_t
family(pid_t *below, bool hears)
{
	pid_t pid, own;
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_ge(pid = fork(), 0);
	if (pid == 0) {
		listen_to(hears ? SIG_DFL : SIG_IGN);
		if ((own = fork()) == 0) {
			(void)setsid();
			own = getpid();
			(void)!write(p[1], &own, sizeof(own));
		}
		for (;;)
			(void)pause();
	}
	ck_assert_int_eq(read(p[0], below, sizeof(*below)),
	    (ssize_t)sizeof(*below));
	(void)close(p[0]);
	(void)close(p[1]);
	return (pid);
}

static bool
is_there(const struct sek_process *p)
{
	int status;

	(void)waitpid(p->pid, &status, WNOHANG);
	return (sek_process_alive(p));
}

START_TEST(root_ends_with_all_below_it_and_nobody_else)
{
	struct sek_processes which = { UINT32_MAX, SEK_UID_NONE, NULL };
	struct sek_process root, below, other, others;
	pid_t child, other_child;
	unsigned ended;

	ck_assert_int_eq(sek_process_get(&root, family(&child, _i == 0)),
	    SEK_OK);
	ck_assert_int_eq(sek_process_get(&below, child), SEK_OK);
	ck_assert_int_eq(sek_process_get(&other, family(&other_child, true)),
	    SEK_OK);
	ck_assert_int_eq(sek_process_get(&others, other_child), SEK_OK);
	which.root = &root;
	ck_assert_int_eq(sek_processes_end(&which, &ended), SEK_OK);
	ck_assert_uint_eq(ended, 2);
	ck_assert(!is_there(&root));
	/* Whoever took the orphan over may not have fetched it yet. */
	ck_assert_msg(kill(child, 0) != 0 || !sek_process_alive(&below) ||
	    waitpid(child, NULL, WNOHANG) != 0, "the one below is there");
	ck_assert(is_there(&other) && is_there(&others));
	which.root = &other;
	ck_assert_int_eq(sek_processes_end(&which, &ended), SEK_OK);
	ck_assert_uint_eq(ended, 2);
}
END_TEST

START_TEST(another_of_the_same_number_is_left_alone)
{
	struct sek_processes which = { UINT32_MAX, SEK_UID_NONE, NULL };
	struct sek_process root, was;
	pid_t child;
	unsigned ended;

	ck_assert_int_eq(sek_process_get(&root, family(&child, true)), SEK_OK);
	was = root;
	was.start--;
	which.root = &was;
	ck_assert_int_eq(sek_processes_end(&which, &ended), SEK_OK);
	ck_assert_uint_eq(ended, 0);
	ck_assert(is_there(&root));
	which.root = &root;
	ck_assert_int_eq(sek_processes_end(&which, &ended), SEK_OK);
}
END_TEST

START_TEST(neither_oneself_nor_nobody_is_ended)
{
	struct sek_processes which = { UINT32_MAX, SEK_UID_NONE, NULL };
	struct sek_process self, first = { .pid = 1 };
	unsigned ended;
	uint32_t uid;

	ck_assert_int_eq(sek_processes_end(&which, &ended), SEK_OK);
	ck_assert_uint_eq(ended, 0);
	ck_assert_int_eq(sek_process_get(&self, 0), SEK_OK);
	which.root = &self;
	ck_assert_int_eq(sek_processes_end(&which, &ended), SEK_OK);
	which.root = &first;
	ck_assert_int_eq(sek_processes_end(&which, &ended), SEK_OK);
	ck_assert_uint_eq(ended, 0);
	ck_assert(!sek_processes_of(UINT32_MAX, &uid));
	ck_assert_uint_eq(uid, SEK_UID_NONE);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("edge_processes");
	TCase *t = tcase_create("end");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, root_ends_with_all_below_it_and_nobody_else, 0,
	    2);
	tcase_add_test(t, another_of_the_same_number_is_left_alone);
	tcase_add_test(t, neither_oneself_nor_nobody_is_ended);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? 0 : 1);
}
