/*
 * test_edge_helper.c - the frames of sekisho-helper, and who asks it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The helper is played by this very program, copied and setuid: its first
 * byte of a request's reason says what it does.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"
#include "sekisho/edge/helper_wire.h"

#define SILENCE	1500		/* ms, for tests of silence */
#define PATIENT	60000
#define LATE	"/tmp/sekisho-test-late"

static char dir[64];
static char program[128];

/* ---------------------------------------------------- the helper played */

static struct sek_wire_frame frame;

static void
say(const struct sek_wire *w, const char *what, int n)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s %d", what, n);
	if (sek_wire_send_text(w, SEK_WIRE_SAY, 0, text) != SEK_OK)
		_exit(3);
}

static void
done(const struct sek_wire *w, enum sek_err err, const char *text)
{
	_exit(sek_wire_send_text(w, SEK_WIRE_DONE, (uint32_t)err, text) ==
	    SEK_OK ? 0 : 3);
}

static int
count_open(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return (n);
}

/* Write bytes as they are. */
static void
raw(uint32_t magic, uint32_t version, uint32_t type, uint32_t len,
    const char *body, size_t n)
{
	struct sek_wire_head head = { magic, version, type, len };

	if (write(0, &head, sizeof(head)) != (ssize_t)sizeof(head) ||
	    (n > 0 && write(0, body, n) != (ssize_t)n))
		_exit(3);
}

static void
play(const struct sek_wire *w, const char *what)
{
	char text[64];

	if (strcmp(what, "yes") == 0)
		done(w, SEK_OK, "");
	if (strcmp(what, "no") == 0)
		done(w, SEK_ERR_REFUSED, "no, and why");
	if (strcmp(what, "talk") == 0) {
		say(w, "hello\033[2J", 1);
		(void)sek_wire_send_text(w, SEK_WIRE_PROMPT, 0, "Password: ");
		if (sek_wire_receive(w, &frame, PATIENT) != SEK_OK)
			_exit(4);
		if (frame.head.type == SEK_WIRE_CANCEL)
			done(w, SEK_ERR_CONV, "");
		(void)snprintf(text, sizeof(text), "%.*s",
		    (int)frame.head.len, (const char *)frame.body);
		done(w, strcmp(text, "secret") == 0 ? SEK_OK :
		    SEK_ERR_REFUSED, text);
	}
	/* Waits no longer for the first answer, once. */
	if (strcmp(what, "late") == 0 || strcmp(what, "later") == 0) {
		bool first = access(LATE, F_OK) != 0;

		say(w, "before", 0);
		(void)sek_wire_send_text(w, SEK_WIRE_PROMPT, 0, "Password: ");
		if (first && strcmp(what, "late") == 0)
			_exit(creat(LATE, 0600) >= 0 ? 1 : 3);
		if (sek_wire_receive(w, &frame, PATIENT) != SEK_OK)
			_exit(4);
		/* Gone after an answer: that is not given to another one. */
		if (first)
			_exit(creat(LATE, 0600) >= 0 ? 1 : 3);
		say(w, "after", 0);
		done(w, memcmp(frame.body, "secret", 6) == 0 ? SEK_OK :
		    SEK_ERR_REFUSED, "");
	}
	if (strcmp(what, "world") == 0) {
		say(w, "open", count_open());
		say(w, "environment", environ[0] != NULL);
		(void)done(w, SEK_OK, "");
	}
	if (strcmp(what, "silent") == 0)
		(void)pause();
	if (strcmp(what, "gone") == 0)
		_exit(0);
	if (strcmp(what, "outlive") == 0) {
		(void)sek_wire_send_text(w, SEK_WIRE_PROMPT, 0, "?");
		/* The client's end is ours. */
		_exit(sek_wire_receive(w, &frame, PATIENT) == SEK_ERR_IO &&
		    creat("/tmp/sekisho-test-outlived", 0600) >= 0 ? 0 : 5);
	}
	if (strcmp(what, "linger") == 0) {
		(void)sek_wire_send_text(w, SEK_WIRE_DONE, 0, "");
		for (;;)
			(void)pause();
	}
	if (strcmp(what, "magic") == 0)
		raw(1, 2, SEK_WIRE_DONE, 9, "\0\0\0\0\0\0\0\0", 9);
	if (strcmp(what, "version") == 0)
		raw(SEK_WIRE_MAGIC, 1, SEK_WIRE_DONE, 9, "\0\0\0\0\0\0\0\0",
		    9);
	if (strcmp(what, "huge") == 0)
		raw(SEK_WIRE_MAGIC, 2, SEK_WIRE_SAY, UINT32_MAX, "", 0);
	if (strcmp(what, "escape") == 0)
		raw(SEK_WIRE_MAGIC, 2, SEK_WIRE_SAY, 12,
		    "\0\0\0\0\0\0\0\0\033[m", 12);
	if (strcmp(what, "torn") == 0)
		raw(SEK_WIRE_MAGIC, 1, SEK_WIRE_SAY, 100, "abc", 3);
	_exit(0);
}

static int
helper_main(void)
{
	const struct sek_wire w = { .fd = 0, .helper = true };
	const struct sek_helper_ask *in;

	if (sek_wire_receive(&w, &frame, PATIENT) != SEK_OK)
		return (2);
	if (sek_wire_word(&frame) != SEK_HELPER_ASK)
		return (2);
	in = sek_wire_rest(&frame);
	play(&w, in->a.reason);
	return (0);
}

/* ----------------------------------------------------------- the client */

/* A setuid copy of this program. */
static void
make_program(void)
{
	static char part[65536];
	ssize_t n;
	int from, to;

	(void)snprintf(dir, sizeof(dir), "/tmp/sekisho-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
	(void)snprintf(program, sizeof(program), "%s/helper", dir);
	from = open("/proc/self/exe", O_RDONLY);
	to = open(program, O_WRONLY | O_CREAT | O_EXCL, 0700);
	ck_assert(from >= 0 && to >= 0);
	while ((n = read(from, part, sizeof(part))) > 0)
		ck_assert_int_eq(write(to, part, (size_t)n), n);
	ck_assert_int_eq(n, 0);
	(void)close(from);
	(void)close(to);
	ck_assert_int_eq(chmod(program, 04755), 0);
}

static void
remove_program(void)
{

	(void)unlink(program);
	(void)rmdir(dir);
}

struct heard {
	char		said[8][64];
	int		nsaid;
	const char	*answer;	/* NULL: cancelled */
	int		asked;
	bool		echo;
	bool		slow;
};

static enum sek_err
hear_ask(void *arg, bool echo, const char *prompt, struct sek_secret *answer)
{
	struct heard *h = arg;
	siginfo_t ended;

	ck_assert_str_eq(prompt, "Password: ");
	h->asked++;
	h->echo = echo;
	/* Until the helper has ended by itself; the client reaps it. */
	if (h->slow)
		ck_assert_int_eq(waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT |
		    __WALL), 0);
	return (h->answer == NULL ? SEK_ERR_CONV : sek_secret_string(answer,
	    h->answer));
}

static void
hear_tell(void *arg, bool is_error, const char *text)
{
	struct heard *h = arg;

	(void)is_error;
	if (h->nsaid < 8)
		(void)snprintf(h->said[h->nsaid++], 64, "%s", text);
}

static enum sek_err
call(struct heard *h, const char *what, int silence, struct sek_why *why)
{
	const struct sek_helper_talk talk = { hear_ask, hear_tell, NULL, h };
	static _Thread_local struct sek_helper_ask in;	/* not on a stack */

	memset(&in, 0, sizeof(in));
	in.a.kind = SEK_APPROVAL_EXCEPTION;
	(void)snprintf(in.a.reason, sizeof(in.a.reason), "%s", what);
	return (sek_helper_call_program(program, silence, SEK_HELPER_ASK, &in,
	    sizeof(in), &talk, why));
}

static enum sek_err
simply(const char *what)
{
	struct heard h = { .answer = "secret" };

	return (call(&h, what, PATIENT, NULL));
}

/* Become an ordinary user for good; in a child only. */
static void
drop(void)
{

	if (setresgid(65534, 65534, 65534) != 0 ||
	    setresuid(65534, 65534, 65534) != 0)
		_exit(99);
}

static void
in_child(void (*fn)(void))
{
	int status = -1;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		fn();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "child: status 0x%x", (unsigned)status);
}

START_TEST(verdicts_and_sentences_come_back)
{
	struct heard h = { .answer = NULL };
	struct sek_why why = { "" };

	ck_assert_int_eq(simply("yes"), SEK_OK);
	ck_assert_int_eq(call(&h, "no", PATIENT, &why), SEK_ERR_REFUSED);
	ck_assert_str_eq(why.text, "no, and why");
}
END_TEST

START_TEST(a_prompt_is_answered_or_cancelled)
{
	struct heard h = { .answer = "secret" };
	struct sek_why why = { "" };

	ck_assert_int_eq(call(&h, "talk", PATIENT, &why), SEK_OK);
	ck_assert_int_eq(h.asked, 1);
	ck_assert(!h.echo);
	/* What would move a terminal does not reach it. */
	ck_assert_str_eq(h.said[0], "hello?[2J 1");
	h.answer = "wrong";
	ck_assert_int_eq(call(&h, "talk", PATIENT, &why), SEK_ERR_REFUSED);
	h.answer = NULL;
	ck_assert_int_eq(call(&h, "talk", PATIENT, &why), SEK_ERR_CONV);
}
END_TEST

START_TEST(an_answer_that_comes_too_late_is_given_to_another)
{
	struct heard h = { .answer = "secret", .slow = true };

	(void)unlink(LATE);
	ck_assert_int_eq(call(&h, "late", PATIENT, NULL), SEK_OK);
	ck_assert_int_eq(unlink(LATE), 0);
	ck_assert_int_eq(h.asked, 1);
	ck_assert_int_eq(h.nsaid, 2);
	ck_assert_str_eq(h.said[0], "before 0");
	ck_assert_str_eq(h.said[1], "after 0");
	memset(&h, 0, sizeof(h));
	h.answer = "secret";
	ck_assert_int_eq(call(&h, "later", PATIENT, NULL), SEK_ERR_STORE);
	ck_assert_int_eq(unlink(LATE), 0);
	ck_assert_int_eq(h.asked, 1);
}
END_TEST

START_TEST(nothing_of_the_host_goes_along)
{
	struct heard h = { .answer = NULL };
	int i, fd[20];

	for (i = 0; i < 20; i++)
		ck_assert_int_ge(fd[i] = dup(2), 0);
	ck_assert_int_eq(setenv("LD_PRELOAD_SECRET", "x", 1), 0);
	ck_assert_int_eq(call(&h, "world", PATIENT, NULL), SEK_OK);
	ck_assert_str_eq(h.said[0], "open 1");
	ck_assert_str_eq(h.said[1], "environment 0");
	for (i = 0; i < 20; i++)
		(void)close(fd[i]);
}
END_TEST

static volatile sig_atomic_t children;

static void
on_child(int sig)
{

	(void)sig;
	children++;
}

START_TEST(the_hosts_signals_children_and_descriptors_stay)
{
	struct sigaction sa = { .sa_handler = on_child }, now;
	int before = count_open();

	ck_assert_int_eq(sigaction(SIGCHLD, &sa, NULL), 0);
	ck_assert_int_eq(simply("talk"), SEK_OK);
	ck_assert_int_eq(simply("gone"), SEK_ERR_STORE);
	ck_assert_int_eq(children, 0);
	ck_assert_int_eq(waitpid(-1, NULL, __WALL | WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_int_eq(count_open(), before);
	ck_assert_int_eq(sigaction(SIGCHLD, NULL, &now), 0);
	ck_assert(now.sa_handler == on_child);
	ck_assert_int_eq(sigaction(SIGPIPE, NULL, &now), 0);
	ck_assert(now.sa_handler == SIG_DFL);
}
END_TEST

START_TEST(a_host_that_ignores_its_children_gets_its_verdict)
{

	ck_assert(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(simply("talk"), SEK_OK);
	ck_assert_int_eq(simply("no"), SEK_ERR_REFUSED);
	ck_assert(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
}
END_TEST

static void
closed_host(void)
{

	(void)close(0);
	(void)close(1);
	(void)close(2);
	if (simply("talk") != SEK_OK)
		_exit(1);
	if (fcntl(0, F_GETFD) >= 0 || fcntl(1, F_GETFD) >= 0 ||
	    fcntl(2, F_GETFD) >= 0)
		_exit(2);
}

START_TEST(a_host_without_descriptors_gets_its_verdict)
{

	in_child(closed_host);
}
END_TEST

static void *
one_thread(void *arg)
{
	struct heard h = { .answer = "secret" };
	struct sek_why why = { "" };
	enum sek_err err;
	int i;

	(void)arg;
	for (i = 0; i < 8; i++)
		if ((err = call(&h, "talk", PATIENT, &why)) != SEK_OK) {
			fprintf(stderr, "%s: %s\n", sek_err_name(err),
			    why.text);
			return (NULL);
		}
	return (program);
}

START_TEST(threads_ask_side_by_side)
{
	pthread_t t[6];
	void *good;
	int i;

	for (i = 0; i < 6; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, one_thread,
		    NULL), 0);
	for (i = 0; i < 6; i++) {
		ck_assert_int_eq(pthread_join(t[i], &good), 0);
		ck_assert_ptr_nonnull(good);
	}
}
END_TEST

START_TEST(a_silent_helper_is_given_up)
{
	struct heard h = { .answer = NULL };
	struct sek_why why = { "" };

	ck_assert_int_eq(call(&h, "silent", SILENCE, &why), SEK_ERR_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(why.text, program));
	ck_assert_int_eq(call(&h, "linger", PATIENT, &why), SEK_OK);
	ck_assert_int_eq(waitpid(-1, NULL, __WALL | WNOHANG), -1);
}
END_TEST

START_TEST(what_is_no_frame_is_no_verdict)
{
	static const char *const bad[] = { "magic", "version", "huge",
	    "escape", "torn", "gone", "nothing of the kind" };
	struct sek_why why;
	struct heard h;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&h, 0, sizeof(h));
		ck_assert_msg(call(&h, bad[i], PATIENT, &why) ==
		    SEK_ERR_STORE, "%s", bad[i]);
		ck_assert_int_eq(h.nsaid, 0);
		ck_assert_ptr_nonnull(strstr(why.text, program));
	}
}
END_TEST

static enum sek_err
die_at_prompt(void *arg, bool echo, const char *prompt,
    struct sek_secret *answer)
{

	(void)arg;
	(void)echo;
	(void)prompt;
	(void)answer;
	(void)raise(SIGKILL);
	return (SEK_ERR_CONV);
}

START_TEST(a_dead_host_ends_its_helper)
{
	static const char left[] = "/tmp/sekisho-test-outlived";
	const struct sek_helper_talk talk = { die_at_prompt, hear_tell, NULL,
	    NULL };
	static _Thread_local struct sek_helper_ask in;	/* not on a stack */
	pid_t pid;
	int i;

	(void)unlink(left);
	in.a.kind = SEK_APPROVAL_EXCEPTION;
	(void)snprintf(in.a.reason, sizeof(in.a.reason), "outlive");
	if ((pid = fork()) == 0) {
		(void)sek_helper_call_program(program, PATIENT,
		    SEK_HELPER_ASK, &in, sizeof(in), &talk, NULL);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	for (i = 0; i < 1000 && access(left, F_OK) != 0; i++)
		(void)usleep(10000);
	ck_assert_int_eq(unlink(left), 0);
}
END_TEST

static const char *expected;

static void
refused_as_user(void)
{
	struct heard h = { .answer = NULL };
	struct sek_why why = { "" };

	drop();
	if (call(&h, "yes", PATIENT, &why) != SEK_ERR_STORE ||
	    strstr(why.text, expected) == NULL ||
	    strstr(why.text, program) == NULL) {
		printf("%s\n", why.text);
		_exit(1);
	}
}

static void
no_new_privs(void)
{

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	refused_as_user();
}

START_TEST(a_program_that_is_not_roots_own_is_not_asked)
{

	expected = "no_new_privs";
	in_child(no_new_privs);
	ck_assert_int_eq(chmod(program, 0755), 0);
	expected = "setuid";
	in_child(refused_as_user);
	ck_assert_int_eq(chmod(program, 04775), 0);
	expected = "others than root";
	in_child(refused_as_user);
	ck_assert_int_eq(chmod(program, 04755), 0);
	ck_assert_int_eq(chmod(dir, 0777), 0);
	ck_assert_int_eq(chmod(program, 04755), 0);
	in_child(refused_as_user);
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(chown(program, 65534, 0), 0);
	ck_assert_int_eq(chmod(program, 04755), 0);
	expected = "setuid";
	in_child(refused_as_user);
	ck_assert_int_eq(unlink(program), 0);
	expected = "install it again";
	in_child(refused_as_user);
}
END_TEST

static void
as_user(void)
{

	drop();
	if (simply("talk") != SEK_OK || simply("no") != SEK_ERR_REFUSED)
		_exit(1);
}

START_TEST(an_ordinary_user_gets_his_verdict)
{

	in_child(as_user);
}
END_TEST

/* --------------------------------------------------------------- frames */

static struct sek_wire_frame f;

static void
make(enum sek_wire_type type, uint32_t word, const void *rest, size_t len)
{
	struct sek_wire_word w = { word, 0 };

	memset(&f, 0, sizeof(f));
	f.head.magic = SEK_WIRE_MAGIC;
	f.head.version = SEK_HELPER_VERSION;
	f.head.type = type;
	f.head.len = (uint32_t)(sizeof(w) + len);
	memcpy(f.body, &w, sizeof(w));
	if (len > 0)
		memcpy(f.body + sizeof(w), rest, len);
}

#define good(helper)	ck_assert_int_eq(sek_wire_check(&f, helper), SEK_OK)
#define bad(helper)	ck_assert_int_ne(sek_wire_check(&f, helper), SEK_OK)

START_TEST(each_end_takes_only_what_is_for_it)
{

	make(SEK_WIRE_REQUEST, SEK_HELPER_VERIFY, "", 0);
	good(true);
	bad(false);
	make(SEK_WIRE_SAY, 0, "text", 5);
	good(false);
	bad(true);
	make(SEK_WIRE_DONE, SEK_ERR_INTERNAL + 1, "", 1);
	bad(false);
	make(SEK_WIRE_DONE, SEK_ERR_INTERNAL, "", 1);
	good(false);
	make(SEK_WIRE_REQUEST, SEK_HELPER_NOT_ME + 1, "", 0);
	bad(true);
	make(SEK_WIRE_REQUEST, 0, "", 0);
	bad(true);
	make(SEK_WIRE_DONE + 1, 0, "", 0);
	bad(true);
	bad(false);
}
END_TEST

START_TEST(texts_are_clean_ended_and_of_their_length)
{

	make(SEK_WIRE_SAY, 0, "text", 4);
	bad(false);			/* no end */
	make(SEK_WIRE_SAY, 0, "te\0t", 5);
	bad(false);			/* two ends */
	make(SEK_WIRE_SAY, 0, "te\nt", 5);
	bad(false);
	make(SEK_WIRE_SAY, 0, "\xc3", 2);
	bad(false);
	make(SEK_WIRE_SAY, 0, "\xc2\x9b" "2J", 5);
	bad(false);			/* CSI of eight bits */
	make(SEK_WIRE_SAY, 0, "\xe2\x80\xae", 4);
	bad(false);			/* turns the line round */
	make(SEK_WIRE_SAY, 0, "パスワード", 16);
	good(false);
	make(SEK_WIRE_SAY, 2, "text", 5);
	bad(false);
	f.body[0] = 1;
	good(false);
	f.body[4] = 1;
	bad(false);
}
END_TEST

START_TEST(an_answer_has_no_end_within)
{

	make(SEK_WIRE_ANSWER, 0, "", 0);
	memset(f.body, 'x', sizeof(f.body));
	f.head.len = SEK_SECRET_MAX;
	good(true);
	f.body[3] = '\0';
	bad(true);
	f.body[3] = '\033';		/* a password may be any bytes */
	good(true);
	f.head.len++;
	bad(true);
	f.head.len = 0;
	good(true);
	f.head.type = SEK_WIRE_CANCEL;
	good(true);
	f.head.len = 1;
	bad(true);
}
END_TEST

/* Any member but those said may be anything; those may not. */
START_TEST(a_request_is_of_its_ops_size_and_ranges)
{
	struct sek_helper_enrol e = { .method = SEK_METHOD_TOTP, .digits = 6,
	    .period = 30 };
	struct sek_helper_state s = { .to = SEK_AUTHENTICATOR_REMOVED };
	struct sek_helper_decide d = { .what = SEK_ACT_GIVE };
	static struct sek_helper_ask a;

	make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
	good(true);
	f.head.len--;
	bad(true);
	f.head.len += 2;
	bad(true);
	e.method = SEK_METHOD_PASSWORD;
	make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
	bad(true);
	e.method = SEK_METHOD_HOTP;
	e.digits = 9;
	make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
	bad(true);
	e.method = SEK_METHOD_FIDO2;
	e.uv = UINT32_MAX;
	make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
	good(true);
	e.uv = SEK_FIDO2_UVS;
	make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
	bad(true);
	e.uv = 0;
	e.resident = 2;
	make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
	bad(true);
	e.resident = 1;
	memset(e.path, '/', sizeof(e.path));
	make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
	bad(true);
	memset(e.path, 0, sizeof(e.path));
	make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
	good(true);
	memset(e.label, 'x', sizeof(e.label));
	make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
	bad(true);
	make(SEK_WIRE_REQUEST, SEK_HELPER_STATE, &s, sizeof(s));
	bad(true);			/* no id */
	(void)snprintf(s.id, sizeof(s.id), "0123456789abcdef");
	make(SEK_WIRE_REQUEST, SEK_HELPER_STATE, &s, sizeof(s));
	good(true);
	(void)snprintf(s.id, sizeof(s.id), "' OR 1=1 --");
	make(SEK_WIRE_REQUEST, SEK_HELPER_STATE, &s, sizeof(s));
	bad(true);
	(void)snprintf(s.id, sizeof(s.id), "00");
	s.to = SEK_AUTHENTICATOR_ACTIVE;
	make(SEK_WIRE_REQUEST, SEK_HELPER_STATE, &s, sizeof(s));
	bad(true);
	(void)snprintf(d.id, sizeof(d.id), "00");
	make(SEK_WIRE_REQUEST, SEK_HELPER_DECIDE, &d, sizeof(d));
	good(true);
	d.what = SEK_ACTS;
	make(SEK_WIRE_REQUEST, SEK_HELPER_DECIDE, &d, sizeof(d));
	bad(true);
	a.a.kind = SEK_APPROVAL_EXCEPTION;
	(void)snprintf(a.a.users, sizeof(a.a.users), "alice,bob");
	make(SEK_WIRE_REQUEST, SEK_HELPER_ASK, &a, sizeof(a));
	good(true);
	a.a.not_after = -1;
	make(SEK_WIRE_REQUEST, SEK_HELPER_ASK, &a, sizeof(a));
	bad(true);
	a.a.not_after = INT64_MAX;
	make(SEK_WIRE_REQUEST, SEK_HELPER_ASK, &a, sizeof(a));
	bad(true);
	a.a.not_after = 0;
	a.unavoidable = 2;
	make(SEK_WIRE_REQUEST, SEK_HELPER_ASK, &a, sizeof(a));
	bad(true);
	a.unavoidable = 1;
	(void)snprintf(a.a.reason, sizeof(a.a.reason), "line\rover");
	make(SEK_WIRE_REQUEST, SEK_HELPER_ASK, &a, sizeof(a));
	bad(true);
}
END_TEST

/* It asks one thing, whose frames are the same in all versions. */
START_TEST(a_locker_of_before_is_served_and_asks_nothing_else)
{
	struct sek_helper_state s = { .to = SEK_AUTHENTICATOR_REMOVED,
	    .id = "00" };
	uint32_t version;

	for (version = SEK_HELPER_LOCKERS; version <= SEK_HELPER_VERSION;
	    version++) {
		make(SEK_WIRE_REQUEST, SEK_HELPER_VERIFY, NULL, 0);
		f.head.version = version;
		good(true);
	}
	f.head.version = SEK_HELPER_LOCKERS - 1;
	bad(true);
	f.head.version = SEK_HELPER_VERSION + 1;
	bad(true);
	make(SEK_WIRE_REQUEST, SEK_HELPER_STATE, &s, sizeof(s));
	good(true);
	f.head.version = SEK_HELPER_LOCKERS;
	bad(true);
	make(SEK_WIRE_REQUEST, SEK_HELPER_SHOW, NULL, 0);
	f.head.version = SEK_HELPER_LOCKERS;
	bad(true);
	/* The client's end knows one version. */
	make(SEK_WIRE_PROMPT, 0, "Password: ", 11);
	good(false);
	f.head.version = SEK_HELPER_LOCKERS;
	bad(false);
}
END_TEST

/* What is asked of a card fits itself, and its reader is a text. */
START_TEST(a_card_is_asked_for_by_its_own_words)
{
	static const struct {
		uint32_t	method, driver, key;
		bool		good;
	} rows[] = {
		{ SEK_METHOD_NONE, SEK_CARD_DRIVERS, 0, true },
		{ SEK_METHOD_NONE, SEK_CARD_DRIVERS, 0x9e, true },
		{ SEK_METHOD_NONE, SEK_CARD_JPKI, 0, false },
		{ SEK_METHOD_NONE, SEK_CARD_DRIVERS + 1, 0, false },
		{ SEK_METHOD_CARD_JPKI, SEK_CARD_JPKI, 0, true },
		{ SEK_METHOD_CARD_JPKI, SEK_CARD_JPKI, 0x9a, false },
		{ SEK_METHOD_CARD_JPKI, SEK_CARD_PIV, 0, false },
		{ SEK_METHOD_CARD_JPKI, SEK_CARD_DRIVERS, 0, false },
		{ SEK_METHOD_CARD_PIV, SEK_CARD_PIV, 0x9a, true },
		{ SEK_METHOD_CARD_PIV, SEK_CARD_PIV, 0x9e, true },
		{ SEK_METHOD_CARD_PIV, SEK_CARD_PIV, 0x9c, false },
		{ SEK_METHOD_CARD_UID, SEK_CARD_UID, 0, true },
		{ SEK_METHOD_CARD_UID, SEK_CARD_UID, 0x9e, false },
		{ SEK_METHOD_COUNT, SEK_CARD_DRIVERS, 0, false },
		{ UINT32_MAX, SEK_CARD_DRIVERS, 0, false },
	};
	struct sek_helper_enrol e;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&e, 0, sizeof(e));
		e.method = rows[i].method;
		e.driver = rows[i].driver;
		e.key = rows[i].key;
		make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
		ck_assert_msg((sek_wire_check(&f, true) == SEK_OK) ==
		    rows[i].good, "row %zu", i);
	}
	memset(&e, 0, sizeof(e));
	e.driver = SEK_CARD_DRIVERS;
	(void)snprintf(e.reader, sizeof(e.reader), "Reader 00 00");
	make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
	good(true);
	(void)snprintf(e.reader, sizeof(e.reader), "Reader\n00 00");
	make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
	bad(true);
	memset(e.reader, 'x', sizeof(e.reader));
	make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
	bad(true);
}
END_TEST

START_TEST(an_enrolled_card_is_within_its_bounds)
{
	struct sek_authenticator a = { .method = SEK_METHOD_CARD_PIV,
	    .card = { .not_before = 1, .not_after = INT64_C(2000000000),
	    .driver = SEK_CARD_PIV, .algorithm = SEK_CARD_P384, .key = 0x9a,
	    .pin = 1, .trusted = 1 } };
	struct sek_authenticator b = a;

	make(SEK_WIRE_DATA, SEK_HELPER_DATA_ENROLLED, &b, sizeof(b));
	good(false);
	b.card.driver = SEK_CARD_DRIVERS;
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_ENROLLED, &b, sizeof(b));
	bad(false);
	b = a;
	b.card.algorithm = SEK_CARD_ALGORITHMS;
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_ENROLLED, &b, sizeof(b));
	bad(false);
	b = a;
	b.card.pin = 2;
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_ENROLLED, &b, sizeof(b));
	bad(false);
	b = a;
	b.card.trusted = 2;
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_ENROLLED, &b, sizeof(b));
	bad(false);
	b = a;
	b.card.not_after = INT64_MAX;
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_ENROLLED, &b, sizeof(b));
	bad(false);
}
END_TEST

/* A finger has its number; none of a vendor's trait is asked for here. */
START_TEST(a_finger_is_asked_for_by_its_number)
{
	struct sek_authenticator a = { .method = SEK_METHOD_FINGERPRINT };
	struct sek_helper_enrol e;
	uint32_t finger;

	for (finger = 0; finger < SEK_FINGERS + 3u; finger++) {
		memset(&e, 0, sizeof(e));
		e.method = SEK_METHOD_FINGERPRINT;
		e.finger = finger;
		make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
		ck_assert_int_eq(sek_wire_check(&f, true) == SEK_OK,
		    finger > SEK_FINGER_NONE && finger < SEK_FINGERS);
		e.method = SEK_METHOD_VENDOR_BIOMETRIC;
		make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
		bad(true);
		a.biometric.finger = (uint8_t)finger;
		make(SEK_WIRE_DATA, SEK_HELPER_DATA_ENROLLED, &a, sizeof(a));
		ck_assert_int_eq(sek_wire_check(&f, false) == SEK_OK,
		    finger < SEK_FINGERS);
	}
	e.method = SEK_METHOD_FINGERPRINT;
	e.finger = UINT32_MAX;
	make(SEK_WIRE_REQUEST, SEK_HELPER_ENROL, &e, sizeof(e));
	bad(true);
}
END_TEST

/* A locker from before an upgrade goes on with the helper from after it: who
 * changes one of these raises SEK_HELPER_VERSION; VERIFY stays what it is. */
START_TEST(the_frames_of_a_version_keep_their_sizes)
{
	ck_assert_uint_eq(SEK_HELPER_VERSION, 6);
	ck_assert_uint_eq(sizeof(struct sek_wire_head), 16);
	ck_assert_uint_eq(sizeof(struct sek_wire_word), 8);
	ck_assert_uint_eq(sek_wire_op_size(SEK_HELPER_VERIFY), 0);
	ck_assert_uint_eq(sek_wire_op_size(SEK_HELPER_SHOW), 0);
	ck_assert_uint_eq(sek_wire_op_size(SEK_HELPER_APPROVALS), 44);
	ck_assert_uint_eq(sek_wire_op_size(SEK_HELPER_ASK), 7864);
	ck_assert_uint_eq(sek_wire_op_size(SEK_HELPER_DECIDE), 560);
	ck_assert_uint_eq(sek_wire_op_size(SEK_HELPER_ENROL), 552);
	ck_assert_uint_eq(sek_wire_op_size(SEK_HELPER_STATE), 44);
	ck_assert_uint_eq(sek_wire_data_size(SEK_HELPER_DATA_SELF), 21312);
	ck_assert_uint_eq(sek_wire_data_size(SEK_HELPER_DATA_APPROVAL), 7640);
	ck_assert_uint_eq(sek_wire_data_size(SEK_HELPER_DATA_KEY), 1280);
	ck_assert_uint_eq(sek_wire_data_size(SEK_HELPER_DATA_ENROLLED), 608);
	ck_assert_uint_eq(sek_wire_data_size(SEK_HELPER_DATA_CODE), 11);
	ck_assert_uint_eq(sek_wire_op_size(SEK_HELPER_SESSIONS), 0);
	ck_assert_uint_eq(sek_wire_op_size(SEK_HELPER_EXTEND), 322);
	ck_assert_uint_eq(sek_wire_op_size(SEK_HELPER_NOT_ME), 256);
	ck_assert_uint_eq(sek_wire_data_size(SEK_HELPER_DATA_SESSION), 1400);
	ck_assert_uint_eq(sek_wire_data_size(SEK_HELPER_DATA_EXTENDED), 88);
	ck_assert_uint_eq(sek_wire_data_size(SEK_HELPER_DATA_NOT_ME), 560);
}
END_TEST

START_TEST(a_session_is_extended_by_ids_and_a_name)
{
	struct sek_helper_extend e;
	struct sek_helper_not_me n;

	memset(&e, 0, sizeof(e));
	memset(&n, 0, sizeof(n));
	make(SEK_WIRE_REQUEST, SEK_HELPER_SESSIONS, "", 0);
	good(true);
	make(SEK_WIRE_REQUEST, SEK_HELPER_SESSIONS, "x", 1);
	bad(true);
	make(SEK_WIRE_REQUEST, SEK_HELPER_EXTEND, &e, sizeof(e));
	bad(true);			/* no id */
	(void)snprintf(e.id, sizeof(e.id), "0123456789abcdef");
	make(SEK_WIRE_REQUEST, SEK_HELPER_EXTEND, &e, sizeof(e));
	good(true);
	(void)snprintf(e.grant, sizeof(e.grant), "../../etc");
	make(SEK_WIRE_REQUEST, SEK_HELPER_EXTEND, &e, sizeof(e));
	bad(true);
	(void)snprintf(e.grant, sizeof(e.grant), "fe");
	(void)snprintf(e.witness, sizeof(e.witness), "bob\033[2J");
	make(SEK_WIRE_REQUEST, SEK_HELPER_EXTEND, &e, sizeof(e));
	bad(true);
	make(SEK_WIRE_REQUEST, SEK_HELPER_NOT_ME, &n, sizeof(n));
	good(true);
	memset(n.note, 'x', sizeof(n.note));
	make(SEK_WIRE_REQUEST, SEK_HELPER_NOT_ME, &n, sizeof(n));
	bad(true);
}
END_TEST

START_TEST(a_session_is_told_within_its_bounds)
{
	struct sek_helper_session s;
	struct sek_helper_noted n;

	memset(&s, 0, sizeof(s));
	memset(&n, 0, sizeof(n));
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_SESSION, &s, sizeof(s));
	bad(false);			/* no id */
	(void)snprintf(s.id, sizeof(s.id), "c1");
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_SESSION, &s, sizeof(s));
	good(false);
	s.own = 2;
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_SESSION, &s, sizeof(s));
	bad(false);
	s.own = 1;
	s.ends = -1;
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_SESSION, &s, sizeof(s));
	bad(false);
	n.suspended = 1;
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_NOT_ME, &n, sizeof(n));
	good(false);
	(void)snprintf(n.contact, sizeof(n.contact), "a\nb");
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_NOT_ME, &n, sizeof(n));
	bad(false);
	sek_wire_tidy(SEK_HELPER_DATA_NOT_ME, &n);
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_NOT_ME, &n, sizeof(n));
	good(false);
}
END_TEST

START_TEST(data_is_tidied_before_it_is_sent)
{
	static struct sek_helper_self s;

	(void)snprintf(s.account, sizeof(s.account), "alice");
	memset(s.account + 6, 'Z', 20);
	memset(s.user.password.account, 'Z', SEK_NAME_MAX);
	(void)snprintf(s.authenticator[31].label, SEK_LABEL_MAX,
	    "token\033]0;x");
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_SELF, &s, sizeof(s));
	bad(false);
	sek_wire_tidy(SEK_HELPER_DATA_SELF, &s);
	ck_assert_str_eq(s.authenticator[31].label, "token?]0;x");
	ck_assert_int_eq(s.account[6], 0);
	ck_assert_int_eq(s.user.password.account[SEK_NAME_MAX - 1], 0);
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_SELF, &s, sizeof(s));
	good(false);
	s.user.password.must = SEK_MUST_COMPROMISED + 1;
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_SELF, &s, sizeof(s));
	bad(false);
	s.user.password.must = SEK_MUST_NOT;
	s.nauthenticators = SEK_AUTHENTICATORS_MAX + 1;
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_SELF, &s, sizeof(s));
	bad(false);
}
END_TEST

START_TEST(a_code_is_ten_digits_or_no_frame)
{
	struct sek_helper_code code = { .code = "0123456789" };

	make(SEK_WIRE_DATA, SEK_HELPER_DATA_CODE, &code, sizeof(code));
	good(false);
	code.code[9] = '\0';
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_CODE, &code, sizeof(code));
	bad(false);
	memcpy(code.code, "01234567x9", sizeof(code.code));
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_CODE, &code, sizeof(code));
	bad(false);
	memset(code.code, '1', sizeof(code.code));
	make(SEK_WIRE_DATA, SEK_HELPER_DATA_CODE, &code, sizeof(code));
	bad(false);
}
END_TEST

static int
needs_root(void)
{

	if (getuid() == 0)
		return (0);
	printf("skip: the helper of these tests is setuid root\n");
	return (77);
}

static Suite *
suite(void)
{
	Suite *s = suite_create("helper");
	TCase *client = tcase_create("client"), *wire = tcase_create("wire");

	tcase_add_checked_fixture(client, make_program, remove_program);
	tcase_set_timeout(client, 120);
	tcase_add_test(client, verdicts_and_sentences_come_back);
	tcase_add_test(client, a_prompt_is_answered_or_cancelled);
	tcase_add_test(client,
	    an_answer_that_comes_too_late_is_given_to_another);
	tcase_add_test(client, nothing_of_the_host_goes_along);
	tcase_add_test(client,
	    the_hosts_signals_children_and_descriptors_stay);
	tcase_add_test(client,
	    a_host_that_ignores_its_children_gets_its_verdict);
	tcase_add_test(client, a_host_without_descriptors_gets_its_verdict);
	tcase_add_test(client, threads_ask_side_by_side);
	tcase_add_test(client, a_silent_helper_is_given_up);
	tcase_add_test(client, what_is_no_frame_is_no_verdict);
	tcase_add_test(client, a_dead_host_ends_its_helper);
	tcase_add_test(client, a_program_that_is_not_roots_own_is_not_asked);
	tcase_add_test(client, an_ordinary_user_gets_his_verdict);
	suite_add_tcase(s, client);
	tcase_add_test(wire, each_end_takes_only_what_is_for_it);
	tcase_add_test(wire, texts_are_clean_ended_and_of_their_length);
	tcase_add_test(wire, an_answer_has_no_end_within);
	tcase_add_test(wire, a_request_is_of_its_ops_size_and_ranges);
	tcase_add_test(wire,
	    a_locker_of_before_is_served_and_asks_nothing_else);
	tcase_add_test(wire, a_card_is_asked_for_by_its_own_words);
	tcase_add_test(wire, an_enrolled_card_is_within_its_bounds);
	tcase_add_test(wire, a_finger_is_asked_for_by_its_number);
	tcase_add_test(wire, the_frames_of_a_version_keep_their_sizes);
	tcase_add_test(wire, data_is_tidied_before_it_is_sent);
	tcase_add_test(wire, a_code_is_ten_digits_or_no_frame);
	tcase_add_test(wire, a_session_is_extended_by_ids_and_a_name);
	tcase_add_test(wire, a_session_is_told_within_its_bounds);
	suite_add_tcase(s, wire);
	return (s);
}

int
main(int argc, char **argv)
{
	SRunner *r;
	int failed;

	(void)argc;
	/* Started by itself, as the helper. */
	if (strstr(argv[0], "/tmp/sekisho-") == argv[0])
		return (helper_main());
	if ((failed = needs_root()) != 0)
		return (failed);
	r = srunner_create(suite());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
