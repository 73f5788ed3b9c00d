/*
 * login.c - one login through Linux-PAM in a process of its own, measured
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *   login [-m] DIR SERVICE PHASES USER [ANSWER...]
 *   login -n TIMES DIR SERVICE PHASES USER [ANSWER...]
 *                                          one after the other, a line each
 *   login -p DIR SERVICE PHASES <JOBS      all jobs at once
 *   login -f FILE                          one 4 KiB write and fdatasync
 *
 * SERVICE is a file of DIR. PHASES: a(uthenticate), c(account), s(ession, with
 * setcred before), p(assword changed, after those). Each hidden prompt takes the next ANSWER. A job is a line
 * "USER ANSWER...", words separated by tabs.
 *
 * Prints one line: job, first PAM code that is not success, microseconds from
 * pam_start to pam_end (without the logout of a session), durable writes asked
 * of the kernel, of files and of folders; with -m (then the time tells nothing)
 * also the private memory added in KiB, written and of files nobody else has
 * mapped, and which of libcrypto, libssl and libsystemd came in. Delays after
 * failures are left out (PAM_FAIL_DELAY): everybody's are.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <security/pam_appl.h>

#define WORDS_MAX	16
#define JOBS_MAX	4096
#define SHOWN		__attribute__((visibility("default")))

static unsigned syncs;		/* of files */
static unsigned folder_syncs;

static void
count_sync(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		folder_syncs++;
	else
		syncs++;
}

/* What libraries call in place of libc's (-rdynamic): counted, then done. */
SHOWN int
fsync(int fd)
{
	count_sync(fd);
	return ((int)syscall(SYS_fsync, fd));
}

SHOWN int
fdatasync(int fd)
{
	count_sync(fd);
	return ((int)syscall(SYS_fdatasync, fd));
}

SHOWN int
msync(void *p, size_t len, int flags)
{
	syncs++;
	return ((int)syscall(SYS_msync, p, len, flags));
}

static long long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

static int
die(const char *what)
{
	perror(what);
	return (111);
}

/* ------------------------------------------------------------- one login -- */

struct answers {
	char	**word;
	int	 n;
	int	 used;
};

static int
converse(int n, const struct pam_message **m, struct pam_response **r,
    void *arg)
{
	struct answers *a = arg;
	struct pam_response *out;
	int i;

	if (n <= 0 || (out = calloc((size_t)n, sizeof *out)) == NULL)
		return (PAM_CONV_ERR);
	for (i = 0; i < n; i++) {
		if (m[i]->msg_style != PAM_PROMPT_ECHO_OFF &&
		    m[i]->msg_style != PAM_PROMPT_ECHO_ON)
			continue;
		if (a->used == a->n ||
		    (out[i].resp = strdup(a->word[a->used++])) == NULL) {
			while (i-- > 0)
				free(out[i].resp);
			free(out);
			return (PAM_CONV_ERR);
		}
	}
	*r = out;
	return (PAM_SUCCESS);
}

static void
no_delay(int code, unsigned us, void *arg)
{
	(void)code;
	(void)us;
	(void)arg;
}

/* Pages of this process alone in KiB: those it wrote, and those of files that
 * nobody else has mapped now. */
struct memory {
	long	written;
	long	unshared;
};

static struct memory
private_memory(void)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "re");
	struct memory m = { 0, 0 };
	char line[256];

	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		(void)sscanf(line, "Private_Dirty: %ld", &m.written);
		(void)sscanf(line, "Private_Clean: %ld", &m.unshared);
	}
	if (f != NULL)
		fclose(f);
	return (m);
}

static bool
mapped(const char *name)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[1024];
	bool found = false;

	while (f != NULL && !found && fgets(line, sizeof line, f) != NULL)
		found = strstr(line, name) != NULL;
	if (f != NULL)
		fclose(f);
	return (found);
}

/* The phases in order, until one is refused. A logout is no part of a login:
 * what it took goes to *logout. */
static int
phases(pam_handle_t *pamh, const char *which, long long *logout)
{
	int rc = PAM_SUCCESS;

	if (strchr(which, 'a') != NULL)
		rc = pam_authenticate(pamh, 0);
	if (rc == PAM_SUCCESS && strchr(which, 'c') != NULL)
		rc = pam_acct_mgmt(pamh, 0);
	if (rc == PAM_SUCCESS && strchr(which, 'p') != NULL)
		rc = pam_chauthtok(pamh, 0);
	if (strchr(which, 's') == NULL || rc != PAM_SUCCESS)
		return (rc);
	if ((rc = pam_setcred(pamh, PAM_ESTABLISH_CRED)) == PAM_SUCCESS &&
	    (rc = pam_open_session(pamh, 0)) == PAM_SUCCESS) {
		*logout = now();
		rc = pam_close_session(pamh, 0);
		*logout = now() - *logout;
	}
	return (rc);
}

static int
log_in(char **argv, int argc, const char *tag, bool memory)
{
	struct answers a = { argv + 4, argc - 4, 0 };
	struct pam_conv conv = { converse, &a };
	/* libpam keeps it as an item, which is a data pointer. */
	void (*delay)(int, unsigned, void *) = no_delay;
	const void *item;
	pam_handle_t *pamh = NULL;
	char line[256] = "", libs[64] = "";
	struct memory before = { 0, 0 }, after = { 0, 0 };
	long long t, logout = 0;
	int rc, n;

	memcpy(&item, &delay, sizeof item);
	if (memory)
		before = private_memory();
	t = now();
	rc = pam_start_confdir(argv[1], argv[3], &conv, argv[0], &pamh);
	if (rc == PAM_SUCCESS)
		rc = pam_set_item(pamh, PAM_FAIL_DELAY, item);
	if (rc == PAM_SUCCESS)
		rc = phases(pamh, argv[2], &logout);
	if (memory) {
		after = private_memory();
		snprintf(libs, sizeof libs, "%s%s%s",
		    mapped("/libcrypto.so") ? " libcrypto" : "",
		    mapped("/libssl.so") ? " libssl" : "",
		    mapped("/libsystemd.so") ? " libsystemd" : "");
	}
	if (pamh != NULL)
		pam_end(pamh, rc);
	t = now() - t - logout;
	n = memory ? snprintf(line, sizeof line, "%s %d %lld %u %u %ld %ld%s\n",
	    tag, rc, t, syncs, folder_syncs, after.written - before.written,
	    after.unshared - before.unshared, libs) :
	    snprintf(line, sizeof line, "%s %d %lld %u %u\n", tag, rc, t, syncs,
	    folder_syncs);
	/* One write: lines of many processes must not mix. */
	return (write(STDOUT_FILENO, line, (size_t)n) == n ? 0 : 111);
}

/* ----------------------------------------------------------- all at once -- */

/* Say that we are there; go when the parent lets go. */
static void
wait_for_start(void)
{
	char c = 0;

	if (write(4, &c, 1) != 1)
		_exit(111);
	close(4);
	while (read(3, &c, 1) < 0 && errno == EINTR)
		continue;
	close(3);
}

/* A fresh process for one job; it gets the pipes as 3 (start) and 4 (ready). */
static pid_t
spawn(char **argv, const char *tag, char *line, const int start[2],
    const int ready[2])
{
	char *args[WORDS_MAX + 8], option[] = "-j", number[16];
	char *save = NULL, *word;
	int n = 0, i;
	pid_t pid;

	if ((pid = fork()) != 0)
		return (pid);
	snprintf(number, sizeof number, "%s", tag);
	args[n++] = argv[0];
	args[n++] = option;
	args[n++] = number;
	for (i = 2; i < 5; i++)
		args[n++] = argv[i];
	for (word = strtok_r(line, "\t\n", &save); word != NULL &&
	    n < WORDS_MAX + 7; word = strtok_r(NULL, "\t\n", &save))
		args[n++] = word;
	args[n] = NULL;
	/* The pipes lie somewhere low: up with them, then down to 3 and 4. */
	if (dup2(start[0], 20) < 0 || dup2(ready[1], 21) < 0)
		_exit(111);
	for (i = 3; i < 20; i++)
		close(i);
	if (dup2(20, 3) < 0 || dup2(21, 4) < 0)
		_exit(111);
	close(20);
	close(21);
	execv("/proc/self/exe", args);
	_exit(111);
}

static int
all_at_once(int argc, char **argv)
{
	int start[2], ready[2], status, rc = 0;
	char line[1024], tag[16], c;
	unsigned n = 0, i;

	if (argc != 5)
		return (100);
	if (pipe(start) != 0 || pipe(ready) != 0)
		return (die("pipe"));
	for (; n < JOBS_MAX && fgets(line, sizeof line, stdin) != NULL; n++) {
		snprintf(tag, sizeof tag, "%u", n);
		if (spawn(argv, tag, line, start, ready) < 0)
			return (die("fork"));
	}
	close(start[0]);
	close(ready[1]);
	for (i = 0; i < n; i++)
		if (read(ready[0], &c, 1) != 1)
			return (die("a login did not start"));
	close(start[1]);
	while (n > 0) {
		if (wait(&status) < 0)
			return (die("wait"));
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			rc = 111;
		n--;
	}
	return (rc);
}

/* ------------------------------------------------------------------ floor -- */

/* What one durable write costs here: the floor under every login. */
static int
floor_of(const char *path)
{
	static char page[4096];
	long long t;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || pwrite(fd, page, sizeof page, 0) != sizeof page ||
	    fsync(fd) != 0)
		return (die(path));
	memset(page, 1, sizeof page);
	t = now();
	if (pwrite(fd, page, sizeof page, 0) != sizeof page ||
	    fdatasync(fd) != 0)
		return (die(path));
	printf("0 0 %lld 1 0\n", now() - t);
	return (0);
}

int
main(int argc, char **argv)
{
	const char *tag = "0";
	bool memory = false;
	int times = 1, rc = 0;

	if (argc == 3 && strcmp(argv[1], "-f") == 0)
		return (floor_of(argv[2]));
	if (argc > 1 && strcmp(argv[1], "-p") == 0)
		return (all_at_once(argc, argv));
	if (argc > 2 && strcmp(argv[1], "-j") == 0) {
		tag = argv[2];
		wait_for_start();
		argc -= 2;
		argv += 2;
	}
	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		times = atoi(argv[2]);
		argc -= 2;
		argv += 2;
	}
	if (argc > 1 && strcmp(argv[1], "-m") == 0) {
		memory = true;
		argc--;
		argv++;
	}
	if (argc < 5) {
		fputs("usage: see the head of bench/login.c\n", stderr);
		return (100);
	}
	for (; times > 0 && rc == 0; times--)
		rc = log_in(argv + 1, argc - 1, tag, memory);
	return (rc);
}
