/*
 * test_edge_vendor.c - a vendor's module, well-behaved and not, and its login
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Under the real libpam; the module is tests/module/vendor.c.
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sodium.h>
#include <security/pam_appl.h>

#include "sekisho/base/clock.h"
#include "sekisho/edge/pam_vendor.h"

#include "unit.h"

#define LONG	(20 * SEK_SECOND)	/* more than any of it takes */
#define SHORT	(SEK_SECOND / 4)
#define CALLER	1001u
#define SAID_MAX	128

__attribute__((visibility("default")))
int	vendor_test_door(pam_handle_t *, int);

/* What children write, too. */
struct shared {
	volatile unsigned	asked;		/* may it be? */
	volatile unsigned	missed;
	volatile unsigned	entered;	/* missed is at work */
	volatile unsigned	delay;		/* ms it takes */
	volatile int64_t	pause[4];
	volatile enum sek_err	may, count;
};
static struct shared *shared;

static char dir[64], face[PATH_MAX], runs[128], mark[128];
static struct sek_pam_options options;
static struct sek_scan_count counting;
static struct sek_vendor_talk talk;
static struct sek_vendor_request request;
static struct sek_vendor_result got;
static struct sek_notes notes;
static struct sek_why why;
static enum sek_err err;
static const char *password;		/* in PAM_AUTHTOK */
static const char *typed;		/* at each prompt; NULL: none */
static char said[SAID_MAX][PAM_MAX_MSG_SIZE];
static int style[SAID_MAX];
static unsigned n_said, missed_when_asked, told_pause;
static int pipes[2];
static bool enough;			/* what is read there is the end */
static char user_after[32], token_after[32];
static bool marks_after;

/* -------------------------------------------------------- the application -- */

static int
converse(int n, const struct pam_message **msg, struct pam_response **resp,
    void *data)
{
	int i;

	(void)data;
	*resp = calloc((size_t)n, sizeof(**resp));
	for (i = 0; i < n; i++) {
		if (n_said < SAID_MAX) {
			style[n_said] = msg[i]->msg_style;
			(void)snprintf(said[n_said++], sizeof(said[0]), "%s",
			    msg[i]->msg);
		}
		if (msg[i]->msg_style != PAM_PROMPT_ECHO_OFF &&
		    msg[i]->msg_style != PAM_PROMPT_ECHO_ON)
			continue;
		missed_when_asked = shared->missed;
		if (typed == NULL) {
			free(*resp);
			*resp = NULL;
			return (PAM_CONV_ERR);
		}
		(*resp)[i].resp = strdup(typed);
	}
	return (PAM_SUCCESS);
}

/* In the place of a module of ours. */
int
vendor_test_door(pam_handle_t *pamh, int flags)
{
	const void *p = NULL;

	if (password != NULL)
		(void)pam_set_item(pamh, PAM_AUTHTOK, password);
	request.flags = flags;
	err = sek_pam_vendor_run(&got, pamh, &request, &why);
	if (pam_get_item(pamh, PAM_USER, &p) == PAM_SUCCESS && p != NULL)
		(void)snprintf(user_after, sizeof(user_after), "%s",
		    (const char *)p);
	p = NULL;
	if (pam_get_item(pamh, PAM_AUTHTOK, &p) == PAM_SUCCESS && p != NULL)
		(void)snprintf(token_after, sizeof(token_after), "%s",
		    (const char *)p);
	marks_after = pam_getenv(pamh, "VENDOR") != NULL ||
	    getenv("VENDOR") != NULL ||
	    pam_get_data(pamh, "vendor", &p) == PAM_SUCCESS;
	return (PAM_AUTH_ERR);
}

static unsigned
descriptors(void)
{
	unsigned n = 0;
	int fd;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return (n);
}

static void
write_stack(void)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/vendor", dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	(void)fprintf(f, "auth required %s/tests/unit/vendor_door.so\n",
	    getenv("SEK_BUILDDIR") == NULL ? "." : getenv("SEK_BUILDDIR"));
	(void)fclose(f);
}

/* One login; how it ended, or the error's name. */
static const char *
login_as(int flags)
{
	const struct pam_conv conv = { converse, NULL };
	pam_handle_t *pamh = NULL;

	n_said = told_pause = 0;
	missed_when_asked = UINT_MAX;
	memset(&notes, 0, sizeof(notes));
	memset(&why, 0, sizeof(why));
	user_after[0] = token_after[0] = '\0';
	err = SEK_ERR_INTERNAL;
	ck_assert_int_eq(pam_start_confdir("vendor", "alice", &conv, dir,
	    &pamh), PAM_SUCCESS);
	(void)pam_authenticate(pamh, flags);
	(void)pam_end(pamh, PAM_AUTH_ERR);
	return (err != SEK_OK ? sek_err_name(err) :
	    sek_vendor_end_name((enum sek_vendor_end)got.end));
}

static const char *
run(const char *words)
{
	static char copy[512];
	const unsigned open_before = descriptors();
	const char *how;
	char *w, *save = NULL;

	(void)snprintf(copy, sizeof(copy), "%s", words);
	options.backend_argc = 0;
	for (w = strtok_r(copy, " ", &save); w != NULL;
	    w = strtok_r(NULL, " ", &save))
		options.backend_argv[options.backend_argc++] = w;
	how = login_as(0);
	ck_assert_uint_eq(descriptors(), open_before);
	ck_assert(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	return (how);
}

/* The same, with the path of the mark behind the last word. */
static const char *
run_marking(const char *word, const char *rest)
{
	char words[256];

	(void)snprintf(words, sizeof(words), "%s=%s %s", word, mark, rest);
	return (run(words));
}

static bool
is_there(const char *path)
{

	return (access(path, F_OK) == 0);
}

/* ------------------------------------------------------------- counting -- */

static enum sek_err
may(void *arg, int64_t *pause)
{
	unsigned turn = shared->asked++;

	(void)arg;
	*pause = turn < 4 ? shared->pause[turn] : 0;
	return (shared->may);
}

static enum sek_err
missed(void *arg)
{
	struct timespec t = { shared->delay / 1000,
	    (long)(shared->delay % 1000) * 1000000 };

	(void)arg;
	shared->entered++;
	(void)nanosleep(&t, NULL);
	shared->missed++;
	return (shared->count);
}

static void
paused(void *arg, uint32_t seconds)
{

	(void)arg;
	told_pause = seconds;
}

static int
watch(void *arg)
{

	(void)arg;
	return (pipes[0]);
}

static bool
cancelled(void *arg)
{
	char c;

	(void)arg;
	return (read(pipes[0], &c, 1) == 1 && enough);
}

static void
setup(void)
{
	const char *build = getenv("SEK_BUILDDIR");

	(void)strcpy(dir, "/tmp/sekisho-vendor-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(face, sizeof(face), "%s/tests/module/pam_face.so",
	    build == NULL ? "." : build);
	(void)snprintf(runs, sizeof(runs), "%s/runs", dir);
	(void)snprintf(mark, sizeof(mark), "%s/mark", dir);
	write_stack();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	memset(&options, 0, sizeof(options));
	options.backend = face;
	counting = (struct sek_scan_count){ may, missed, NULL };
	talk = (struct sek_vendor_talk){ paused, watch, cancelled, NULL };
	request = (struct sek_vendor_request){ .options = &options,
	    .wait = LONG, .count = &counting, .talk = &talk, .notes = &notes };
	password = NULL;
	typed = "1234";
	enough = true;
}

static void
teardown(void)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/vendor", dir);
	(void)unlink(path);
	(void)unlink(runs);
	(void)unlink(mark);
	ck_assert_int_eq(rmdir(dir), 0);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	(void)munmap(shared, sizeof(*shared));
	shared = NULL;
}

/* ---------------------------------------------------------------- tests -- */

START_TEST(its_yes_comes_with_its_name_and_hash)
{
	uint8_t sum[SEK_VENDOR_HASH_LEN];
	static unsigned char bytes[4 << 20];
	FILE *f = fopen(face, "r");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(bytes, 1, sizeof(bytes), f);
	(void)fclose(f);
	(void)crypto_hash_sha256(sum, bytes, n);
	ck_assert_str_eq(run("yes"), "yes");
	ck_assert_int_eq(got.code, PAM_SUCCESS);
	ck_assert_str_eq(got.name, "pam_face.so");
	ck_assert_mem_eq(got.hash, sum, sizeof(sum));
	ck_assert_uint_eq(shared->missed, 0);
	ck_assert_str_eq(run("no"), "no");
	ck_assert_int_eq(got.code, PAM_AUTH_ERR);
	ck_assert_mem_eq(got.hash, sum, sizeof(sum));
	ck_assert_uint_eq(shared->missed, 1);
}
END_TEST

static const char *
expected(int code)
{
	static const int unable[] = { PAM_AUTHINFO_UNAVAIL, PAM_USER_UNKNOWN,
	    PAM_IGNORE, PAM_SERVICE_ERR, PAM_SYSTEM_ERR, PAM_OPEN_ERR,
	    PAM_SYMBOL_ERR, PAM_MODULE_UNKNOWN, PAM_BUF_ERR, PAM_ABORT,
	    PAM_NO_MODULE_DATA };
	size_t i;

	if (code == PAM_SUCCESS || code == PAM_CONV_ERR)
		return (code == PAM_SUCCESS ? "yes" : "given-up");
	for (i = 0; i < sizeof(unable) / sizeof(unable[0]); i++)
		if (unable[i] == code)
			return ("unable");
	return ("no");
}

START_TEST(no_code_but_success_is_a_yes_and_each_no_is_counted)
{
	static const int strange[] = { -1, 32, 33, 256, 1 << 16, INT_MAX,
	    INT_MIN };
	char words[32];
	int i, code;

	for (i = -1; i < 32 + 7; i++) {
		code = i < 32 ? i : strange[i - 32];
		shared->missed = 0;
		(void)snprintf(words, sizeof(words), "lie=%d", code);
		ck_assert_str_eq(run(words), expected(code));
		ck_assert_int_eq(got.code, code);
		ck_assert_uint_eq(shared->missed,
		    strcmp(expected(code), "no") == 0);
	}
}
END_TEST

START_TEST(who_hangs_is_ended_in_time)
{

	request.wait = SHORT;
	ck_assert_str_eq(run("hang"), "silent");
	ck_assert_str_eq(run("spin"), "silent");
	ck_assert_str_eq(run("stop yes"), "silent");
	ck_assert_int_eq(got.code, PAM_SYSTEM_ERR);
	ck_assert_uint_eq(shared->missed, 0);
}
END_TEST

START_TEST(an_end_of_the_process_is_no_answer)
{
	static const char *const ends[] = { "crash", "abort", "exit0",
	    "_exit0", "close yes", "close no", "close crash" };
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		ck_assert_str_eq(run(ends[i]), "crashed");
	ck_assert_uint_eq(shared->missed, 0);
}
END_TEST

static void
at_exit(void)
{

	if (shared != NULL)
		shared->missed++;
}

START_TEST(an_end_runs_nothing_of_the_hosts)
{

	ck_assert_int_eq(atexit(at_exit), 0);
	ck_assert_str_eq(run("exit0"), "crashed");
	ck_assert_uint_eq(shared->missed, 0);
}
END_TEST

START_TEST(frames_of_its_own_are_garbage)
{

	ck_assert_str_eq(run("forge yes"), "garbage");
	ck_assert_str_eq(run("forge hang"), "garbage");
	ck_assert_str_eq(run("pose no"), "garbage");
	ck_assert_uint_eq(shared->missed, 0);
}
END_TEST

START_TEST(a_copy_of_it_cannot_answer)
{

	ck_assert_str_eq(run("twice"), "no");
}
END_TEST

static int
marked(void)
{
	FILE *f = fopen(mark, "r");
	int pid = 0;

	if (f != NULL) {
		if (fscanf(f, "%d", &pid) != 1)
			pid = 0;
		(void)fclose(f);
	}
	return (pid);
}

START_TEST(what_it_leaves_behind_is_ended)
{
	const struct timespec a_bit = { 0, 50000000 };
	int pid;

	ck_assert_str_eq(run_marking("fork", "yes"), "yes");
	ck_assert_int_gt(pid = marked(), 1);
	ck_assert(kill(pid, 0) != 0 && errno == ESRCH);
	(void)unlink(mark);
	ck_assert_str_eq(run_marking("fork", "crash"), "crashed");
	ck_assert_int_gt(pid = marked(), 1);
	ck_assert(kill(pid, 0) != 0 && errno == ESRCH);
	(void)unlink(mark);
	/* One that flees from process to process. */
	ck_assert_str_eq(run_marking("bomb", "no"), "no");
	pid = marked();
	(void)nanosleep(&a_bit, NULL);
	ck_assert_int_eq(marked(), pid);
}
END_TEST

START_TEST(its_questions_are_asked_and_answered)
{

	ck_assert_str_eq(run("ask"), "yes");
	ck_assert_uint_eq(n_said, 1);
	ck_assert_int_eq(style[0], PAM_PROMPT_ECHO_OFF);
	ck_assert_str_eq(said[0], "Number on your hand: ");
	ck_assert_str_eq(run("show"), "yes");
	ck_assert_int_eq(style[0], PAM_PROMPT_ECHO_ON);
	ck_assert_str_eq(run("thread"), "yes");
	typed = "4321";
	ck_assert_str_eq(run("ask"), "no");
	typed = "";
	ck_assert_str_eq(run("ask"), "no");
	typed = NULL;
	ck_assert_str_eq(run("ask"), "given-up");
	ck_assert_str_eq(run("thread"), "given-up");
	/* An answer that it did not wait for. */
	typed = "1234";
	ck_assert_str_eq(run("leave"), "yes");
}
END_TEST

START_TEST(an_answer_too_long_is_none)
{
	static char endless[2048];

	memset(endless, 'x', sizeof(endless) - 1);
	typed = endless;
	ck_assert_str_eq(run("ask"), "given-up");
}
END_TEST

START_TEST(a_question_gives_it_time_anew)
{

	request.wait = 5 * SEK_SECOND / 2;
	ck_assert_str_eq(run("slow=1500 query slow=1500 yes"), "yes");
}
END_TEST

START_TEST(the_login_password_never_reaches_it)
{

	password = typed = "1234";
	ck_assert_str_eq(run("ask"), "given-up");
	ck_assert_str_eq(run("show"), "given-up");
	ck_assert_str_eq(run("token"), "yes");
	ck_assert_str_eq(token_after, "1234");
	typed = "other";
	ck_assert_str_eq(run("ask"), "no");
}
END_TEST

START_TEST(nothing_of_the_callers_is_left_to_it)
{
	sigset_t set;

	if (geteuid() != 0)
		return;
	(void)setenv("PYTHONPATH", "/tmp", 1);
	(void)setenv("LD_PRELOAD", "/tmp/x.so", 1);
	(void)umask(0);
	(void)sigfillset(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	ck_assert_str_eq(run("env"), "yes");
	ck_assert_str_eq(run("tty"), "yes");
	ck_assert_str_eq(run("fds"), "yes");
	ck_assert_str_eq(run("privs"), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0,
	    0) == 0 ? "yes" : "no");
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	ck_assert_str_eq(getenv("PYTHONPATH"), "/tmp");
	ck_assert_uint_eq(umask(022), 0);
#ifndef __SANITIZE_ADDRESS__	/* whose shadow is the host's memory, too */
	ck_assert_str_eq(run("memory"), "yes");
#endif
}
END_TEST

/* What its keeper needs is no bound of its, also where nobody may raise one. */
START_TEST(it_has_the_time_and_the_room_that_its_host_has)
{
	struct rlimit cpu, space;

	ck_assert_int_eq(getrlimit(RLIMIT_CPU, &cpu), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_AS, &space), 0);
	if (cpu.rlim_max == RLIM_INFINITY && space.rlim_max == RLIM_INFINITY)
		ck_assert_str_eq(run("limits"), "yes");
}
END_TEST

START_TEST(a_setuid_program_s_caller_is_root_to_it)
{
	int status = 0;
	pid_t pid;

	if (getuid() != 0)
		return;
	if ((pid = fork()) == 0) {
		if (setresuid(CALLER, 0, 0) != 0)
			_exit(2);
		_exit(strcmp(run("env"), "yes") == 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(what_it_changes_is_not_the_logins)
{

	password = "secret";
	ck_assert_str_eq(run("change yes"), "yes");
	ck_assert_str_eq(user_after, "alice");
	ck_assert_str_eq(token_after, "secret");
	ck_assert(!marks_after);
}
END_TEST

/* What it says last is what is said within 0.3 s of the end: on a machine that
 * is busy it may take it longer. */
static void
ends_quickly(const char *words, const char *how)
{
	int turn;

	for (turn = 0; turn < 5; turn++) {
		ck_assert_str_eq(run(words), how);
		if (n_said == 1)
			return;
	}
	ck_abort_msg("it was told");
}

START_TEST(what_it_says_last_waits_for_the_gate)
{

	ends_quickly("info=Look_here slow=1000 info=Hello_Alice yes", "yes");
	ck_assert_str_eq(said[0], "Look here");
	ck_assert_int_eq(style[0], PAM_TEXT_INFO);
	ck_assert_uint_eq(notes.n, 1);
	ck_assert_str_eq(notes.text[0], "Hello Alice");
	ends_quickly("info=Look_here slow=1000 info=Stranger no", "no");
	ck_assert_uint_eq(notes.n, 0);
	/* Before a question he hears all. */
	ck_assert_str_eq(run("info=One info=Two ask"), "yes");
	ck_assert_uint_eq(n_said, 3);
	ck_assert_str_eq(said[0], "One");
	ck_assert_str_eq(said[1], "Two");
}
END_TEST

START_TEST(an_error_is_told_to_nobody)
{

	ck_assert_str_eq(run("error=Stranger slow=600 yes"), "yes");
	ck_assert_uint_eq(n_said, 0);
	ck_assert_uint_eq(notes.n, 0);
	ck_assert_uint_eq(shared->missed, 0);
	ck_assert_str_eq(run("error=Stranger slow=600 no"), "no");
	ck_assert_uint_eq(n_said, 0);
	ck_assert_uint_eq(shared->missed, 1);
}
END_TEST

START_TEST(silent_flag_keeps_its_words_from_him)
{

	options.backend_argc = 0;
	options.backend_argv[options.backend_argc++] = "info=Look";
	options.backend_argv[options.backend_argc++] = "slow=600";
	options.backend_argv[options.backend_argc++] = "yes";
	ck_assert_str_eq(login_as((int)PAM_SILENT), "yes");
	ck_assert_uint_eq(n_said, 0);
}
END_TEST

START_TEST(its_words_are_made_printable)
{

	ck_assert_str_eq(run("info=a\033[2Jb\n slow=600 yes"), "yes");
	ck_assert_uint_eq(n_said, 1);
	ck_assert_str_eq(said[0], "a?[2Jb");
}
END_TEST

START_TEST(who_talks_without_end_is_cut_short)
{

	ck_assert_str_eq(run("chatty yes"), "yes");
	ck_assert_uint_le(n_said, 64);
	request.wait = SHORT;
	ck_assert_str_eq(run("chatty hang"), "silent");
}
END_TEST

/* Nor does its keeper: what it started is ended, what it said counts. */
START_TEST(who_never_ends_to_talk_or_to_ask_is_ended)
{
	static const char *const words[] = { "error=Stranger flood",
	    "error=Stranger insist" };
	size_t i;
	int pid;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		(void)unlink(mark);
		shared->missed = 0;
		ck_assert_str_eq(run_marking("fork", words[i]), "garbage");
		ck_assert_uint_eq(shared->missed, 1);
		ck_assert_int_gt(pid = marked(), 1);
		ck_assert(kill(pid, 0) != 0 && errno == ESRCH);
	}
}
END_TEST

START_TEST(an_error_counts_where_it_was_ended_before_it_returned)
{

	request.wait = SHORT;
	ck_assert_str_eq(run("error=Stranger hang"), "silent");
	ck_assert_uint_eq(shared->missed, 1);
	request.wait = LONG;
	ck_assert_str_eq(run("error=Stranger crash"), "crashed");
	ck_assert_uint_eq(shared->missed, 2);
	ck_assert_str_eq(run("error=Stranger forge hang"), "garbage");
	ck_assert_uint_eq(shared->missed, 3);
	/* It returned that it could not: it knows. */
	ck_assert_str_eq(run("error=No_camera lie=9"), "unable");
	ck_assert_uint_eq(shared->missed, 3);
	/* What he is asked after it may tell him. */
	ck_assert_str_eq(run("error=Stranger ask"), "yes");
	ck_assert_uint_eq(missed_when_asked, 4);
	typed = "4321";
	ck_assert_str_eq(run("error=Stranger ask"), "no");
	ck_assert_uint_eq(shared->missed, 5);
}
END_TEST

START_TEST(a_count_that_fails_is_an_error)
{

	shared->count = SEK_ERR_STORE_FULL;
	ck_assert_str_eq(run("no"), "store-full");
	ck_assert_uint_eq(got.end, SEK_VENDOR_END_FAILED);
	ck_assert_ptr_nonnull(strstr(why.text, "pam_face.so"));
	ck_assert_str_eq(run("error=Stranger ask"), "store-full");
	ck_assert_uint_eq(n_said, 0);
}
END_TEST

static const char *
run_counted(void)
{
	char words[256];

	(void)snprintf(words, sizeof(words), "runs=%s yes", runs);
	return (run(words));
}

START_TEST(who_may_not_any_more_is_not_looked_at)
{

	shared->may = SEK_ERR_REFUSED;
	ck_assert_str_eq(run_counted(), "capped");
	shared->may = SEK_ERR_STORE_BUSY;
	ck_assert_str_eq(run_counted(), "store-busy");
	shared->may = SEK_OK;
	shared->asked = 0;
	shared->pause[0] = 31 * SEK_SECOND;
	request.pause = 30 * SEK_SECOND;
	ck_assert_str_eq(run_counted(), "paused");
	ck_assert(!is_there(runs));
	ck_assert_uint_eq(shared->missed, 0);
}
END_TEST

/* A hundred of them may look at once: others' mismatches stand against it. */
START_TEST(a_yes_within_a_pause_that_began_meanwhile_is_none)
{

	shared->pause[1] = 30 * SEK_SECOND;
	request.pause = 60 * SEK_SECOND;
	ck_assert_str_eq(run("info=Hello yes"), "paused");
	ck_assert_int_ne(got.code, PAM_SUCCESS);
	ck_assert_uint_eq(notes.n, 0);
	ck_assert_uint_eq(shared->asked, 2);
	ck_assert_str_eq(run("yes"), "yes");
}
END_TEST

START_TEST(a_pause_is_told_and_waited_out)
{

	shared->pause[0] = SHORT;
	shared->pause[1] = SHORT;
	request.pause = SEK_SECOND;
	ck_assert_str_eq(run_counted(), "yes");
	ck_assert_uint_eq(told_pause, 1);
	/* The last is for its yes. */
	ck_assert_uint_eq(shared->asked, 4);
	ck_assert(is_there(runs));
	/* None that is longer altogether. */
	shared->asked = 0;
	request.pause = SHORT + SHORT / 2;
	ck_assert_str_eq(run_counted(), "paused");
}
END_TEST

START_TEST(enter_ends_a_pause_and_the_work)
{

	shared->pause[0] = LONG;
	request.pause = LONG;
	ck_assert_int_eq(write(pipes[1], "\n", 1), 1);
	ck_assert_str_eq(run_counted(), "cancelled");
	ck_assert(!is_there(runs));
	ck_assert_int_eq(write(pipes[1], "\n", 1), 1);
	ck_assert_str_eq(run("hang"), "cancelled");
	ck_assert_uint_eq(shared->missed, 0);
	ck_assert_int_eq(write(pipes[1], "\n", 1), 1);
	ck_assert_str_eq(run_marking("fork", "hang"), "cancelled");
	/* What is not the end is not. */
	enough = false;
	ck_assert_int_eq(write(pipes[1], "x", 1), 1);
	ck_assert_str_eq(run("slow=300 yes"), "yes");
}
END_TEST

START_TEST(nobody_need_count_or_watch)
{

	request.count = NULL;
	request.talk = NULL;
	request.notes = NULL;
	ck_assert_str_eq(run("info=x yes"), "yes");
	ck_assert_str_eq(run("error=x no"), "no");
}
END_TEST

static void
wait_until(volatile unsigned *what, unsigned n)
{
	const struct timespec a_bit = { 0, 5000000 };
	unsigned i;

	for (i = 0; *what < n && i < 4000; i++)
		(void)nanosleep(&a_bit, NULL);
	ck_assert_uint_ge(*what, n);
}

static pid_t
login_elsewhere(const char *words)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)run(words);
		_exit(0);
	}
	return (pid);
}

/* Who calls su can kill it at any instant. */
START_TEST(what_did_not_match_is_counted_though_the_login_is_killed)
{
	pid_t pid;

	shared->delay = 300;
	pid = login_elsewhere("no");
	wait_until(&shared->entered, 1);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	wait_until(&shared->missed, 1);
	/* Stopped, it is told nothing before, either. */
	pid = login_elsewhere("no");
	wait_until(&shared->entered, 2);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	wait_until(&shared->missed, 2);
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(who_is_killed_leaves_no_module_behind)
{
	const struct timespec a_bit = { 0, 5000000 };
	char words[256];
	pid_t pid;
	int i, left;

	(void)snprintf(words, sizeof(words), "error=Stranger fork=%s hang",
	    mark);
	pid = login_elsewhere(words);
	for (i = 0; marked() <= 1 && i < 4000; i++)
		(void)nanosleep(&a_bit, NULL);
	ck_assert_int_gt(left = marked(), 1);
	(void)nanosleep(&a_bit, NULL);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	for (i = 0; kill(left, 0) == 0 && i < 4000; i++)
		(void)nanosleep(&a_bit, NULL);
	ck_assert(kill(left, 0) != 0 && errno == ESRCH);
	wait_until(&shared->missed, 1);
}
END_TEST

START_TEST(what_cannot_be_run_is_named)
{
	char path[512];

	options.backend = NULL;
	ck_assert_str_eq(run("yes"), "argument");
	options.backend = "pam_no_such_face.so";
	ck_assert_str_eq(run("yes"), "not-found");
	ck_assert_ptr_nonnull(strstr(why.text, "pam_no_such_face.so"));
	options.backend = "/lib/security/pam_permit.so";
	ck_assert_str_eq(run("yes"), "argument");
	ck_assert_ptr_nonnull(strstr(why.text, "pam_permit.so"));
	options.backend = face;
	ck_assert_str_eq(run("nullok yes"), "argument");
	options.backend = "faces/pam_face.so";
	ck_assert_str_eq(run("yes"), "argument");
	/* No library at all; others may change it. */
	options.backend = mark;
	(void)snprintf(path, sizeof(path), "cp /bin/true %s && "
	    "chmod 644 %s", mark, mark);
	ck_assert_int_eq(system(path), 0);
	ck_assert_str_eq(run("yes"), "backend");
	ck_assert_ptr_nonnull(strstr(why.text, mark));
	ck_assert_int_eq(chmod(mark, 0666), 0);
	ck_assert_str_eq(run("yes"), "untrusted");
	ck_assert_uint_eq(shared->asked, 1);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		its_yes_comes_with_its_name_and_hash,
		no_code_but_success_is_a_yes_and_each_no_is_counted,
		who_hangs_is_ended_in_time,
		an_end_of_the_process_is_no_answer,
		an_end_runs_nothing_of_the_hosts,
		frames_of_its_own_are_garbage,
		a_copy_of_it_cannot_answer,
		what_it_leaves_behind_is_ended,
		its_questions_are_asked_and_answered,
		an_answer_too_long_is_none,
		a_question_gives_it_time_anew,
		the_login_password_never_reaches_it,
		nothing_of_the_callers_is_left_to_it,
		it_has_the_time_and_the_room_that_its_host_has,
		a_setuid_program_s_caller_is_root_to_it,
		what_it_changes_is_not_the_logins,
		what_it_says_last_waits_for_the_gate,
		an_error_is_told_to_nobody,
		silent_flag_keeps_its_words_from_him,
		its_words_are_made_printable,
		who_talks_without_end_is_cut_short,
		who_never_ends_to_talk_or_to_ask_is_ended,
		an_error_counts_where_it_was_ended_before_it_returned,
		a_count_that_fails_is_an_error,
		who_may_not_any_more_is_not_looked_at,
		a_yes_within_a_pause_that_began_meanwhile_is_none,
		a_pause_is_told_and_waited_out,
		enter_ends_a_pause_and_the_work,
		nobody_need_count_or_watch,
		what_did_not_match_is_counted_though_the_login_is_killed,
		who_is_killed_leaves_no_module_behind,
		what_cannot_be_run_is_named,
		NULL
	};

	return (unit_run_with("edge_vendor", tests, setup, teardown));
}
