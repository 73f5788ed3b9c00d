/*
 * harden.c - what the caller left to the program, put right
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The real uid stays the caller's: by it the suite charges him for failures,
 * and reaches the store only by a process that he cannot stop.
 *
 * What a limit or a signal of his does before this runs (an address space of
 * one byte, a kill) ends the program, and only it.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "helper.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/isolate.h"

#define LINE_MAX_BYTES	1200
#define OPEN_MAX_BY_HAND 65536
#define FILES_LEAST	64u
#define SIZE_LEAST	(UINT64_C(1) << 30)
#define CROWD_FILE	"/run/sekisho-helper.lock"
#define CROWD		16u	/* of one uid at work at once */
#define TTY_MAJOR	4
#define PTS_MAJOR	136
#define PTS_MAJORS	8

void
helper_log(int priority, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES], clean[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	sek_text_printable(clean, sizeof(clean), line);
	syslog(priority, "%s", clean);
}

static bool
is_stream_socket(int fd)
{
	int domain = 0, type = 0;
	socklen_t n = sizeof(domain), m = sizeof(type);

	return (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &m) == 0 &&
	    domain == AF_UNIX && type == SOCK_STREAM);
}

static void
close_from(unsigned first)
{
	int fd;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, ~0u, 0u) == 0)
		return;
#endif
	for (fd = (int)first; fd < OPEN_MAX_BY_HAND; fd++)
		(void)close(fd);
}

/* 0, 1 and 2 are nothing; the socket is beyond, and no child gets it. */
static bool
own_descriptors(int *fd)
{
	int null;

	close_from(1);
	if ((null = open("/dev/null", O_RDWR)) != 1 || dup(null) != 2 ||
	    !is_stream_socket(0) ||
	    (*fd = fcntl(0, F_DUPFD_CLOEXEC, 3)) < 0)
		return (false);
	return (dup2(null, 0) == 0);
}

static bool
own_ids(void)
{
	uid_t real, effective, saved;
	gid_t none = 0;

	return (getresuid(&real, &effective, &saved) == 0 && effective == 0 &&
	    saved == 0 && setgroups(0, &none) == 0 &&
	    setresgid(0, 0, 0) == 0 && setresuid(real, 0, 0) == 0);
}

/* Root may raise them, but for one who lacks CAP_SYS_RESOURCE (a container):
 * then only such that do not stop the store's work half way. */
static bool
enough_limits(void)
{
	struct rlimit files, size;

	return (getrlimit(RLIMIT_NOFILE, &files) == 0 &&
	    files.rlim_cur >= FILES_LEAST &&
	    getrlimit(RLIMIT_FSIZE, &size) == 0 &&
	    size.rlim_cur >= SIZE_LEAST);
}

bool
helper_harden(int *fd, struct sek_why *why)
{
	sigset_t alarm_only;

	/* First, for all that follows looks into it. */
	(void)clearenv();
	sek_isolate_own();
	if (!own_ids()) {
		(void)sek_why(why, SEK_ERR_INTERNAL, "cannot become root");
		return (false);
	}
	if (!own_descriptors(fd)) {
		openlog("sekisho-helper", LOG_PID, LOG_AUTHPRIV);
		(void)sek_why(why, SEK_ERR_INTERNAL, "descriptor 0 is not a "
		    "UNIX stream socket: it is started by our modules and by "
		    "sekisho only");
		return (false);
	}
	openlog("sekisho-helper", LOG_PID, LOG_AUTHPRIV);
	(void)umask(077);
	if (!enough_limits()) {
		(void)sek_why(why, SEK_ERR_INTERNAL, "its caller's limits "
		    "(ulimit -n, -f) are too small and cannot be raised");
		return (false);
	}
	if (chdir("/") != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
		(void)sek_why(why, SEK_ERR_INTERNAL, "%s", strerror(errno));
		return (false);
	}
	/* The end of all waits; its default is to end the process. One that
	 * the caller left pending is dropped first. */
	(void)signal(SIGALRM, SIG_IGN);
	(void)signal(SIGALRM, SIG_DFL);
	(void)sigemptyset(&alarm_only);
	(void)sigaddset(&alarm_only, SIGALRM);
	(void)sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
	(void)alarm(HELPER_TOTAL_S);
	if (sek_secret_init() == SEK_OK)
		return (true);
	(void)sek_why(why, SEK_ERR_CRYPTO, "no random numbers");
	return (false);
}

/*
 * His share of the machine: the store's processes are outside his cgroup and
 * its limits. A byte of a file of root's for each helper of a uid, which the
 * kernel gives back at its end. Where there can be no such file, no bound.
 */
bool
helper_has_room(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
	    .l_len = 1 };
	unsigned i;
	int fd;

	if (getuid() == 0 || (fd = open(CROWD_FILE, O_RDWR | O_CREAT |
	    O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600)) < 0)
		return (true);
	for (i = 0; i < CROWD; i++) {
		l.l_start = (off_t)getuid() * CROWD + i;
		/* The descriptor stays open, and with it the lock. */
		if (fcntl(fd, F_OFD_SETLK, &l) == 0 || (errno != EAGAIN &&
		    errno != EACCES))
			return (true);
	}
	(void)close(fd);
	return (false);
}

/* One line of a file in /proc/self, "" where there is none. */
static void
read_proc(char *dst, size_t size, const char *path)
{
	ssize_t n = -1;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) >= 0) {
		n = read(fd, dst, size - 1);
		(void)close(fd);
	}
	dst[n > 0 ? n : 0] = '\0';
	dst[strcspn(dst, "\n")] = '\0';
}

enum sek_err
helper_uid(uint32_t *uid)
{
	char text[16];
	int64_t n;

	*uid = (uint32_t)getuid();
	if (*uid != 0)
		return (SEK_OK);
	*uid = SEK_UID_NONE;
	read_proc(text, sizeof(text), "/proc/self/loginuid");
	if (sek_text_number(&n, text, 0, UINT32_MAX) != SEK_OK ||
	    (uint32_t)n == SEK_UID_NONE)
		return (SEK_ERR_REFUSED);
	*uid = (uint32_t)n;
	return (SEK_OK);
}

/* The kernel's word: field 7 of stat, behind the name in brackets. */
void
helper_tty(char *dst, size_t size)
{
	char text[1024], word[24], *p;
	const char *cursor;
	int64_t number = 0;
	unsigned device = 0, field = 2;

	dst[0] = '\0';
	read_proc(text, sizeof(text), "/proc/self/stat");
	if ((p = strrchr(text, ')')) == NULL)
		return;
	cursor = p + 1;
	while (field < 7 && sek_text_word(&cursor, word, sizeof(word)))
		field++;
	/* It is printed with a sign; ours are below that. */
	if (field < 7 ||
	    sek_text_number(&number, word, 0, INT32_MAX) != SEK_OK)
		return;
	device = (unsigned)number;
	if (major(device) == TTY_MAJOR && minor(device) >= 1 &&
	    minor(device) <= 63)
		(void)sek_text_format(dst, size, "tty%u", minor(device));
	else if (major(device) >= PTS_MAJOR &&
	    major(device) < PTS_MAJOR + PTS_MAJORS)
		(void)sek_text_format(dst, size, "pts/%u", minor(device) +
		    ((major(device) - PTS_MAJOR) << 20));
}
