/*
 * test_edge_device.c - a child that is asked to stop, asks, counts, outlives
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/clock.h"

#include "../../common/edge/device/child.h"
#include "unit.h"

#define WAIT	(20 * SEK_SECOND)
#define CALLER	1001u
#define CUES	4u

struct frame {
	enum device_frame	kind;
	int			value;
};

/* Seen by all processes of a test. */
struct shared {
	int	counted;
	int	began;
	int	go;
	int	done;
	pid_t	child;
};

static struct shared *shared;
static struct device_job job;
static struct frame frame;
static enum device_said said;
static unsigned looks, replies;
static int pipe_fd[2];

static enum device_frame
check(const struct device_job *d, const void *f)
{

	(void)d;
	return (((const struct frame *)f)->kind);
}

static void
setup(void)
{

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	memset(&job, 0, sizeof(job));
	job.check = check;
	job.what = "a device";
	job.size = sizeof(struct frame);
	job.cues = CUES;
	looks = replies = 0;
	ck_assert_int_eq(pipe(pipe_fd), 0);
	job.watch = pipe_fd[0];
}

static void
teardown(void)
{

	(void)munmap(shared, sizeof(*shared));
	(void)close(pipe_fd[0]);
	(void)close(pipe_fd[1]);
}

/* Run it; no process of it is left. */
static void
run(void (*work)(const struct device_job *, void *))
{

	job.work = work;
	sek_child_job_time(&job, sek_child_clock(), WAIT);
	ck_assert_int_eq(sek_child_run(&job, &frame, &said, NULL), SEK_OK);
	ck_assert(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void
answer(const struct device_job *d, int value)
{
	struct frame f = { DEVICE_FRAME_ANSWER, value };

	sek_child_tell(d, &f);
}

static bool
yes(const struct device_job *d)
{
	char c;

	looks++;
	return (read(d->watch, &c, 1) == 1 && c == 'x');
}

/* In a child: until it is to stop. */
static bool
wait_to_stop(const struct device_job *d)
{
	struct pollfd p = { .fd = d->fd, .events = POLLIN };

	while (!sek_child_stopped(d))
		if (poll(&p, 1, -1) < 0)
			return (false);
	return (true);
}

static void
until_stopped(const struct device_job *d, void *f)
{

	(void)f;
	if (wait_to_stop(d))
		answer(d, 7);
}

START_TEST(what_is_watched_stops_it_and_its_last_word_arrives)
{

	job.stop = yes;
	ck_assert_int_eq(write(pipe_fd[1], "ax", 2), 2);
	run(until_stopped);
	ck_assert_int_eq(said, DEVICE_SAID_ANSWER);
	ck_assert_int_eq(frame.value, 7);
	ck_assert(job.stopped);
	ck_assert_uint_eq(looks, 2);
}
END_TEST

static bool
no(const struct device_job *d)
{

	(void)d;
	looks++;
	return (false);
}

static void
after_a_while(const struct device_job *d, void *f)
{
	struct pollfd p = { .fd = d->fd, .events = POLLIN };

	(void)f;
	(void)poll(&p, 1, 100);
	answer(d, sek_child_stopped(d) ? 1 : 2);
}

START_TEST(what_is_watched_may_break)
{

	(void)close(pipe_fd[1]);
	job.stop = no;
	run(after_a_while);
	ck_assert_int_eq(said, DEVICE_SAID_ANSWER);
	ck_assert_int_eq(frame.value, 2);
	ck_assert(!job.stopped);
	ck_assert_uint_eq(looks, 1);
}
END_TEST

START_TEST(who_watches_nothing_is_not_stopped_by_it)
{

	ck_assert_int_eq(write(pipe_fd[1], "x", 1), 1);
	run(after_a_while);
	ck_assert_int_eq(frame.value, 2);
	ck_assert(!job.stopped);
}
END_TEST

static bool
reply(const struct device_job *d, void *f)
{
	struct frame *asked = f;

	(void)d;
	if (asked->value > 2)
		return (false);
	asked->value *= 10;
	replies++;
	return (true);
}

static void
ask_three(const struct device_job *d, void *f)
{
	struct frame q;
	int i, sum = 0;

	(void)f;
	for (i = 1; i <= 3; i++) {
		q.kind = DEVICE_FRAME_ASK;
		q.value = i;
		if (!sek_child_ask(d, &q))
			break;
		sum += q.value;
	}
	answer(d, sek_child_stopped(d) ? sum : -1);
}

START_TEST(it_asks_and_is_answered_until_there_is_no_answer)
{

	job.reply = reply;
	job.again = SEK_SECOND;
	run(ask_three);
	ck_assert_int_eq(said, DEVICE_SAID_ANSWER);
	ck_assert_int_eq(frame.value, 30);
	ck_assert_uint_eq(replies, 2);
	ck_assert(job.stopped);
}
END_TEST

static void
ask_for_ever(const struct device_job *d, void *f)
{
	struct frame q;

	(void)f;
	do {
		q.kind = DEVICE_FRAME_ASK;
		q.value = 1;
	} while (sek_child_ask(d, &q));
}

START_TEST(question_after_question_ends)
{

	job.reply = reply;
	job.again = SEK_SECOND;
	run(ask_for_ever);
	ck_assert_int_eq(said, DEVICE_SAID_NONSENSE);
	ck_assert_uint_eq(replies, CUES);
}
END_TEST

START_TEST(who_answers_nothing_stops_it)
{

	run(ask_three);
	ck_assert_int_eq(said, DEVICE_SAID_ANSWER);
	ck_assert_int_eq(frame.value, 0);
}
END_TEST

/* -------------------------------------------------------- one that counts -- */

static void
wait_until(const int *what)
{
	struct timespec pause = { 0, 1000000 };
	unsigned i;

	for (i = 0; i < 10000 && !__atomic_load_n(what, __ATOMIC_SEQ_CST); i++)
		(void)nanosleep(&pause, NULL);
}

static void
set(int *what)
{

	__atomic_store_n(what, 1, __ATOMIC_SEQ_CST);
}

static void
count(const struct device_job *d, void *f)
{

	(void)f;
	shared->child = getpid();
	set(&shared->began);
	wait_until(&shared->go);
	set(&shared->counted);
	answer(d, 1);
	set(&shared->done);
}

/* In a process of its own, which is then killed. */
static pid_t
run_and_kill(int signal)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		sek_child_job_time_counting(&job, sek_child_clock(), WAIT);
		(void)sek_child_run(&job, &frame, &said, NULL);
		_exit(0);
	}
	wait_until(&shared->began);
	ck_assert_int_eq(kill(pid, signal), 0);
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(signal == SIGSTOP ? WIFSTOPPED(status) :
	    WIFSIGNALED(status));
	return (pid);
}

START_TEST(one_that_counts_does_so_without_its_parent)
{

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	job.work = count;
	job.counts = true;
	run_and_kill(SIGKILL);
	ck_assert_int_eq(kill(shared->child, 0), 0);
	set(&shared->go);
	wait_until(&shared->counted);
	ck_assert_int_eq(shared->counted, 1);
	/* And it ends, by itself. */
	ck_assert_int_eq(waitpid(shared->child, NULL, 0), shared->child);
	ck_assert_int_eq(shared->done, 0);
}
END_TEST

START_TEST(one_that_does_not_ends_with_its_parent)
{

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	job.work = count;
	run_and_kill(SIGKILL);
	ck_assert_int_eq(waitpid(shared->child, NULL, 0), shared->child);
	ck_assert_int_eq(shared->counted, 0);
}
END_TEST

START_TEST(one_whose_parent_is_stopped_counts_all_the_same)
{
	int status;
	pid_t pid;

	job.work = count;
	job.counts = true;
	pid = run_and_kill(SIGSTOP);
	set(&shared->go);
	wait_until(&shared->done);
	ck_assert_int_eq(shared->counted, 1);
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(kill(shared->child, 0) < 0 && errno == ESRCH);
}
END_TEST

static void
see_limits(const struct device_job *d, void *f)
{
	struct rlimit size, files, procs;
	sigset_t set_;

	(void)f;
	(void)getrlimit(RLIMIT_FSIZE, &size);
	(void)getrlimit(RLIMIT_NOFILE, &files);
	(void)getrlimit(RLIMIT_NPROC, &procs);
	(void)sigprocmask(SIG_BLOCK, NULL, &set_);
	answer(d, (size.rlim_cur == RLIM_INFINITY ? 1 : 0) |
	    (files.rlim_cur >= 128 ? 2 : 0) |
	    (procs.rlim_cur > 0 ? 4 : 0) |
	    (getpriority(PRIO_PROCESS, 0) == 0 ? 8 : 0) |
	    (getuid() == 0 && getgid() == 0 ? 16 : 0) |
	    (sigismember(&set_, SIGALRM) == 0 ? 32 : 0) |
	    (sigismember(&set_, SIGTERM) == 1 ? 64 : 0));
}

START_TEST(one_that_counts_has_nothing_of_its_callers)
{
	const struct rlimit few = { 0, RLIM_INFINITY };
	int status;
	pid_t pid;

	if (getuid() != 0)
		return;
	job.counts = true;
	if ((pid = fork()) == 0) {
		(void)setrlimit(RLIMIT_FSIZE, &few);
		(void)setpriority(PRIO_PROCESS, 0, 19);
		if (setresgid(CALLER, CALLER, CALLER) != 0 ||
		    setresuid(CALLER, 0, 0) != 0)
			_exit(200);
		job.work = see_limits;
		sek_child_job_time(&job, sek_child_clock(), WAIT);
		(void)sek_child_run(&job, &frame, &said, NULL);
		_exit(frame.value);	/* libcheck writes to a file */
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 127);
	/* One that does not has few, and no files. */
	job.counts = false;
	run(see_limits);
	ck_assert_int_eq(frame.value & 7, 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		what_is_watched_stops_it_and_its_last_word_arrives,
		what_is_watched_may_break,
		who_watches_nothing_is_not_stopped_by_it,
		it_asks_and_is_answered_until_there_is_no_answer,
		question_after_question_ends,
		who_answers_nothing_stops_it,
		one_that_counts_does_so_without_its_parent,
		one_that_does_not_ends_with_its_parent,
		one_whose_parent_is_stopped_counts_all_the_same,
		one_that_counts_has_nothing_of_its_callers,
		NULL
	};

	return (unit_run_with("edge_device", tests, setup, teardown));
}
