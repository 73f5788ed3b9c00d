/*
 * vendor.c - a PAM module as a vendor of cameras might make one, and worse
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Built as pam_face.so. Each argument is done in its turn, until one ends it:
 *
 *	yes, no, lie=CODE	it returns PAM_SUCCESS, PAM_AUTH_ERR, CODE
 *	from=FILE		go on with the words in this file
 *	runs=FILE		append a byte: it was called
 *	info=TEXT, error=TEXT	say it ('_' is a blank)
 *	chatty			say it a thousand times
 *	flood			say it for ever
 *	insist			ask for ever, whatever is answered
 *	slow=MS			take so long
 *	hang, spin		for ever; no signal but SIGKILL helps
 *	crash, abort, exit0, _exit0, stop
 *	ask, show		yes to him who answers 1234, hidden or shown;
 *				no to another, and what the conversation said
 *	query			ask, and go on
 *	thread			the same of "ask" by another thread
 *	leave			return yes while a thread still asks
 *	token			yes where no password is to be had
 *	env			yes where nothing of the caller's is left of the
 *				environment, folder, umask, groups and signals
 *	privs			yes where SELinux may give it a domain
 *	tty			yes where it has no terminal
 *	fds			yes where it has no descriptor but one
 *	fork=FILE		leave a daemon behind, its number in FILE
 *	bomb=FILE		the same, in a chain that goes on for ever
 *	twice			fork, and return yes in the child, no here
 *	forge			write to each socket it has
 *	pose			the same: a frame as ours says yes, but for what
 *				it cannot know
 *	close			close all descriptors
 *	memory			yes where it is not given all there is
 *	limits			yes where its time and addresses have no bound
 *	change			change the handle: user, items, data
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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
#include <time.h>
#include <unistd.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include "common/edge/vendor/vendor.h"

#define GOES_ON		(-9999)

extern char **environ;

struct call {
	pam_handle_t	*pamh;
	int		 style;
	int		 answer;
};

#define DOOR __attribute__((visibility("default")))

DOOR int pam_sm_authenticate(pam_handle_t *, int, int, const char **);
DOOR int pam_sm_setcred(pam_handle_t *, int, int, const char **);

/* ------------------------------------------------------------- talking -- */

static void
say(pam_handle_t *pamh, int style, const char *word)
{
	char text[512], *p;

	(void)snprintf(text, sizeof(text), "%s", word);
	for (p = text; *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	(void)pam_prompt(pamh, style, NULL, "%s", text);
}

static void *
ask(void *arg)
{
	struct call *c = arg;
	char *typed = NULL;
	int rc;

	rc = pam_prompt(c->pamh, c->style, &typed, "Number on your hand: ");
	c->answer = rc != PAM_SUCCESS ? rc : typed != NULL &&
	    strcmp(typed, "1234") == 0 ? PAM_SUCCESS : PAM_AUTH_ERR;
	free(typed);
	return (NULL);
}

static int
ask_as(pam_handle_t *pamh, int style)
{
	struct call c = { .pamh = pamh, .style = style };

	(void)ask(&c);
	return (c.answer);
}

static int
ask_by_thread(pam_handle_t *pamh)
{
	struct call c = { .pamh = pamh, .style = PAM_PROMPT_ECHO_OFF,
	    .answer = PAM_SYSTEM_ERR };
	pthread_t t;

	if (pthread_create(&t, NULL, ask, &c) != 0)
		return (PAM_SYSTEM_ERR);
	(void)pthread_join(t, NULL);
	return (c.answer);
}

static int
leave(pam_handle_t *pamh)
{
	static struct call c;
	const struct timespec a_while = { 0, 300000000 };
	pthread_t t;

	c.pamh = pamh;
	c.style = PAM_PROMPT_ECHO_OFF;
	if (pthread_create(&t, NULL, ask, &c) != 0)
		return (PAM_SYSTEM_ERR);
	(void)nanosleep(&a_while, NULL);
	return (PAM_SUCCESS);
}

static _Noreturn void
insist(pam_handle_t *pamh, int how)
{
	char *typed;

	for (;;) {
		typed = NULL;
		(void)pam_prompt(pamh, how, &typed, "Look at me");
		free(typed);
	}
}

static int
chatty(pam_handle_t *pamh)
{
	int i;

	for (i = 0; i < 1000; i++)
		(void)pam_prompt(pamh, PAM_TEXT_INFO, NULL, "Look at me %d", i);
	return (GOES_ON);
}

/* --------------------------------------------------------- misbehaving -- */

static _Noreturn void
hang(int spin)
{
	volatile unsigned n = 0;
	int i;

	for (i = 1; i < 32; i++)
		(void)signal(i, SIG_IGN);
	for (;;)
		if (spin)
			n++;
		else
			(void)pause();
}

static void
note_pid(const char *file)
{
	FILE *f = fopen(file, "w");

	if (f == NULL)
		return;
	(void)fprintf(f, "%d\n", (int)getpid());
	(void)fclose(f);
}

static void
leave_daemon(const char *file, int chain)
{
	struct stat st;
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		(void)setsid();
		if (fork() != 0)
			_exit(0);
		(void)setsid();
		note_pid(file);
		if (chain == 0)
			hang(0);
		for (;;) {
			if (fork() != 0)
				_exit(0);
			note_pid(file);
		}
	}
	(void)waitpid(pid, &status, 0);
	/* It has begun. */
	while (stat(file, &st) != 0 || st.st_size == 0)
		(void)usleep(1000);
}

/* As one that forgot to end the child of its fork. */
static int
twice(void)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0)
		return (PAM_SUCCESS);
	(void)waitpid(pid, &status, 0);
	return (PAM_AUTH_ERR);
}

/* Zeros are success to many. */
static void
forge(void)
{
	static char zeros[65536];
	struct stat st;
	size_t size;
	int fd;

	for (fd = 3; fd < 4096; fd++) {
		if (fstat(fd, &st) != 0 || !S_ISSOCK(st.st_mode))
			continue;
		for (size = 1; size <= sizeof(zeros); size *= 2)
			(void)send(fd, zeros, size, MSG_NOSIGNAL |
			    MSG_DONTWAIT);
	}
}

static void
pose(void)
{
	struct vendor_frame f;
	int fd;

	memset(&f, 0, sizeof(f));
	f.kind = VENDOR_FRAME_RETURNED;
	f.code = PAM_SUCCESS;
	for (fd = 3; fd < 4096; fd++)
		(void)send(fd, &f, sizeof(f), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
close_all(void)
{
	int fd;

	for (fd = 0; fd < 65536; fd++)
		(void)close(fd);
}

static int
no_end_of_memory(void)
{
	const size_t step = 64u << 20;
	int i;

	for (i = 0; i < 256; i++)	/* 16 GiB; none of it is touched */
		if (mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		    MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED)
			return (PAM_SUCCESS);
	return (PAM_AUTH_ERR);
}

static int
no_limits(void)
{
	struct rlimit cpu, space;

	return (getrlimit(RLIMIT_CPU, &cpu) == 0 &&
	    getrlimit(RLIMIT_AS, &space) == 0 &&
	    cpu.rlim_max == RLIM_INFINITY &&
	    space.rlim_max == RLIM_INFINITY ? PAM_SUCCESS : PAM_AUTH_ERR);
}

static void
clean(pam_handle_t *pamh, void *data, int status)
{

	(void)pamh;
	(void)data;
	(void)status;
	abort();
}

static void
change(pam_handle_t *pamh)
{

	(void)pam_set_item(pamh, PAM_USER, "root");
	(void)pam_set_item(pamh, PAM_RUSER, "root");
	(void)pam_set_item(pamh, PAM_AUTHTOK, "changed");
	(void)pam_putenv(pamh, "VENDOR=was here");
	(void)pam_set_data(pamh, "vendor", environ, clean);
	(void)setenv("VENDOR", "was here", 1);
	if (chdir("/tmp") != 0)
		return;
	(void)umask(0);
}

/* ------------------------------------------------------------- looking -- */

static int
no_token(pam_handle_t *pamh)
{
	const void *new = NULL, *old = NULL;

	(void)pam_get_item(pamh, PAM_AUTHTOK, &new);
	(void)pam_get_item(pamh, PAM_OLDAUTHTOK, &old);
	return (new == NULL && old == NULL ? PAM_SUCCESS : PAM_AUTH_ERR);
}

static int
own_env(void)
{
	struct sigaction a;
	char where[16] = "";
	sigset_t mask;
	size_t n;

	for (n = 0; environ != NULL && environ[n] != NULL; n++)
		if (strcmp(environ[n],
		    "PATH=/usr/sbin:/usr/bin:/sbin:/bin") != 0)
			return (PAM_AUTH_ERR);
	if (n != 1 || getuid() != 0 || geteuid() != 0 || getgid() != 0 ||
	    getegid() != 0 || getgroups(0, NULL) != 0 || umask(0) != 077 ||
	    getcwd(where, sizeof(where)) == NULL || strcmp(where, "/") != 0)
		return (PAM_AUTH_ERR);
	if (sigprocmask(SIG_BLOCK, NULL, &mask) != 0 ||
	    sigismember(&mask, SIGTERM) || sigismember(&mask, SIGALRM) ||
	    sigaction(SIGTERM, NULL, &a) != 0 || a.sa_handler != SIG_DFL)
		return (PAM_AUTH_ERR);
	return (PAM_SUCCESS);
}

static int
no_tty(void)
{
	char c;

	if (isatty(0) || isatty(1) || isatty(2) || read(0, &c, 1) != 0 ||
	    open("/dev/tty", O_RDWR) >= 0 || getsid(0) != getpid())
		return (PAM_AUTH_ERR);
	return (PAM_SUCCESS);
}

static int
no_fds(void)
{
	int fd, n = 0;

	for (fd = 3; fd < 65536; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return (n == 1 ? PAM_SUCCESS : PAM_AUTH_ERR);
}

/* --------------------------------------------------------------- words -- */

static void
append(const char *file)
{
	int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0) {
		(void)!write(fd, ".", 1);
		(void)close(fd);
	}
}

static void
take_time(const char *ms)
{
	long n = strtol(ms, NULL, 10);
	struct timespec t = { n / 1000, n % 1000 * 1000000 };

	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		continue;
}

static int	do_word(pam_handle_t *, const char *);

static int
from(pam_handle_t *pamh, const char *file)
{
	char words[1024], *w, *save = NULL;
	FILE *f = fopen(file, "r");
	size_t n;
	int rc = GOES_ON;

	if (f == NULL)
		return (PAM_AUTHINFO_UNAVAIL);
	n = fread(words, 1, sizeof(words) - 1, f);
	(void)fclose(f);
	words[n] = '\0';
	for (w = strtok_r(words, " \n", &save); w != NULL && rc == GOES_ON;
	    w = strtok_r(NULL, " \n", &save))
		rc = do_word(pamh, w);
	return (rc);
}

/* Words that end it without a code. */
static int
do_end(const char *word)
{

	if (strcmp(word, "hang") == 0 || strcmp(word, "spin") == 0)
		hang(word[0] == 's');
	if (strcmp(word, "crash") == 0)
		(void)raise(SIGSEGV);
	if (strcmp(word, "abort") == 0)
		abort();
	if (strcmp(word, "exit0") == 0)
		exit(0);
	if (strcmp(word, "_exit0") == 0)
		_exit(0);
	if (strcmp(word, "stop") == 0)
		(void)kill(getpid(), SIGSTOP);
	return (GOES_ON);
}

static int
do_plain(pam_handle_t *pamh, const char *word)
{

	if (strcmp(word, "yes") == 0)
		return (PAM_SUCCESS);
	if (strcmp(word, "no") == 0)
		return (PAM_AUTH_ERR);
	if (strcmp(word, "ask") == 0)
		return (ask_as(pamh, PAM_PROMPT_ECHO_OFF));
	if (strcmp(word, "show") == 0)
		return (ask_as(pamh, PAM_PROMPT_ECHO_ON));
	if (strcmp(word, "query") == 0)
		(void)ask_as(pamh, PAM_PROMPT_ECHO_OFF);
	if (strcmp(word, "thread") == 0)
		return (ask_by_thread(pamh));
	if (strcmp(word, "leave") == 0)
		return (leave(pamh));
	if (strcmp(word, "chatty") == 0)
		return (chatty(pamh));
	if (strcmp(word, "flood") == 0)
		insist(pamh, PAM_TEXT_INFO);
	if (strcmp(word, "insist") == 0)
		insist(pamh, PAM_PROMPT_ECHO_OFF);
	if (strcmp(word, "token") == 0)
		return (no_token(pamh));
	if (strcmp(word, "env") == 0)
		return (own_env());
	if (strcmp(word, "privs") == 0)
		return (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ?
		    PAM_SUCCESS : PAM_AUTH_ERR);
	if (strcmp(word, "tty") == 0)
		return (no_tty());
	if (strcmp(word, "fds") == 0)
		return (no_fds());
	if (strcmp(word, "twice") == 0)
		return (twice());
	if (strcmp(word, "memory") == 0)
		return (no_end_of_memory());
	if (strcmp(word, "limits") == 0)
		return (no_limits());
	if (strcmp(word, "forge") == 0)
		forge();
	if (strcmp(word, "pose") == 0)
		pose();
	if (strcmp(word, "close") == 0)
		close_all();
	if (strcmp(word, "change") == 0)
		change(pamh);
	return (do_end(word));
}

static int
do_word(pam_handle_t *pamh, const char *word)
{
	const char *v = strchr(word, '=');
	size_t n = v == NULL ? 0 : (size_t)(v++ - word);

	if (v == NULL)
		return (do_plain(pamh, word));
	if (n == 3 && strncmp(word, "lie", n) == 0)
		return ((int)strtol(v, NULL, 10));
	if (n == 4 && strncmp(word, "from", n) == 0)
		return (from(pamh, v));
	if (n == 4 && strncmp(word, "runs", n) == 0)
		append(v);
	if (n == 4 && strncmp(word, "info", n) == 0)
		say(pamh, PAM_TEXT_INFO, v);
	if (n == 5 && strncmp(word, "error", n) == 0)
		say(pamh, PAM_ERROR_MSG, v);
	if (n == 4 && strncmp(word, "slow", n) == 0)
		take_time(v);
	if (n == 4 && (strncmp(word, "fork", n) == 0 ||
	    strncmp(word, "bomb", n) == 0))
		leave_daemon(v, word[0] == 'b');
	return (GOES_ON);
}

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	int i, rc = GOES_ON;

	(void)flags;
	for (i = 0; i < argc && rc == GOES_ON; i++)
		rc = do_word(pamh, argv[i]);
	return (rc == GOES_ON ? PAM_AUTHINFO_UNAVAIL : rc);
}

int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{

	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return (PAM_IGNORE);
}
