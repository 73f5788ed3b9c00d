/*
 * module.c - the process in which a vendor's module runs
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * It is a copy of the login's process, with nothing left of it that the module
 * could use or harm: no descriptor, no password, no signal of the caller's, no
 * environment, no terminal.
 *
 * MUST: a code is told only by the very process that the module was called in,
 * after it returned: a copy that the module made tells nothing.
 * MUST: an end of the process runs nothing that the host wanted done at its
 * own.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "sekisho/base/secret.h"
#include "sekisho/edge/isolate.h"

#include "../device/child.h"
#include "vendor.h"

#define FILES_MAX	1024
#define MEMORY_MAX	(UINT64_C(4) << 30)	/* beside the host's: what knows
						 * faces wants much, not all */
#define HIGH_FD		600	/* where no number that a library of the host's
				 * kept, nor one to be closed, is likely */
#define DIED		126	/* the status of one that told nothing */
#define PATH		"/usr/sbin:/usr/bin:/sbin:/bin"

typedef int (*entry)(pam_handle_t *, int, int, const char **);

struct here {
	uint8_t		token[VENDOR_TOKEN_LEN];
	pthread_mutex_t	asks;		/* one question at a time */
	pid_t		pid;
	int		fd;
};

/* ------------------------------------------------------ conversation -- */

static bool
send_frame(const struct here *h, struct vendor_frame *f)
{
	ssize_t n;

	memcpy(f->token, h->token, sizeof(f->token));
	while ((n = send(h->fd, f, sizeof(*f), MSG_NOSIGNAL)) < 0 &&
	    errno == EINTR)
		continue;
	return (n == (ssize_t)sizeof(*f));
}

static bool
receive_reply(const struct here *h, struct vendor_frame *f)
{
	ssize_t n;

	while ((n = recv(h->fd, f, sizeof(*f), MSG_TRUNC)) < 0 &&
	    errno == EINTR)
		continue;
	return (n == (ssize_t)sizeof(*f) &&
	    sek_vendor_frame_check(f, VENDOR_KEEPER) &&
	    f->kind == VENDOR_FRAME_REPLY);
}

static int
ask(struct here *h, struct vendor_frame *f, char **answer)
{
	int code = PAM_CONV_ERR;

	if (pthread_mutex_lock(&h->asks) != 0)
		return (PAM_CONV_ERR);
	if (send_frame(h, f) && receive_reply(h, f)) {
		code = f->code;
		if (code == PAM_SUCCESS && (*answer = strdup(f->text)) == NULL)
			code = PAM_BUF_ERR;
	}
	(void)pthread_mutex_unlock(&h->asks);
	sek_wipe(f, sizeof(*f));
	return (code);
}

static int
message(struct here *h, const struct pam_message *m, char **answer)
{
	struct vendor_frame f;

	if (m == NULL || m->msg == NULL)
		return (PAM_CONV_ERR);
	memset(&f, 0, sizeof(f));
	f.style = (uint32_t)m->msg_style;
	sek_vendor_frame_text(&f, m->msg);
	switch (m->msg_style) {
	case PAM_PROMPT_ECHO_OFF:
	case PAM_PROMPT_ECHO_ON:
		f.kind = VENDOR_FRAME_ASK;
		return (ask(h, &f, answer));
	case PAM_TEXT_INFO:
	case PAM_ERROR_MSG:
		f.kind = VENDOR_FRAME_TELL;
		return (f.text[0] == '\0' || send_frame(h, &f) ? PAM_SUCCESS :
		    PAM_CONV_ERR);
	default:
		return (PAM_CONV_ERR);
	}
}

static int
converse(int n, const struct pam_message **msg, struct pam_response **resp,
    void *data)
{
	struct pam_response *r;
	struct here *h = data;
	int i, code = PAM_SUCCESS;

	if (getpid() != h->pid || n < 1 || n > PAM_MAX_NUM_MSG)
		return (PAM_CONV_ERR);
	if ((r = calloc((size_t)n, sizeof(*r))) == NULL)
		return (PAM_BUF_ERR);
	for (i = 0; i < n && code == PAM_SUCCESS; i++)
		code = message(h, msg[i], &r[i].resp);
	if (code == PAM_SUCCESS) {
		*resp = r;
		return (PAM_SUCCESS);
	}
	for (i = 0; i < n; i++)
		sek_wipe_string(&r[i].resp);
	free(r);
	return (code);
}

/* ------------------------------------------------------- the process -- */

static _Noreturn void
die(void)
{

	_exit(DIED);
}

static void
limit(int what, rlim_t most)
{
	const struct rlimit l = { most, most };

	(void)setrlimit((__rlimit_resource_t)what, &l);
}

/* The first to go where the memory is used up. */
static void
first_to_go(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!write(fd, "1000", 4);
		(void)close(fd);
	}
}

/* Where the module's own, and what it starts, will not find it by chance. */
static int
high(int fd)
{
	int to = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);

	return (to < 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : to);
}

static bool
own_process(struct here *h, int fd, pid_t keeper)
{
	sigset_t none;

	h->pid = getpid();
	/* The number of the host's log would be a descriptor of ours. */
	closelog();
	(void)syscall(SYS_setsid);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    getppid() != keeper)
		return (false);
	if (geteuid() == 0)
		sek_isolate_own();
	limit(RLIMIT_NOFILE, FILES_MAX);
	limit(RLIMIT_DATA, (rlim_t)sek_child_memory(MEMORY_MAX));
	first_to_go();
	if ((h->fd = high(fd)) < 0)
		return (false);
	for (fd = 3; fd < HIGH_FD; fd++)
		if (fd != h->fd)
			(void)close(fd);
	if (clearenv() != 0 || setenv("PATH", PATH, 1) != 0 ||
	    atexit(die) != 0 || at_quick_exit(die) != 0)
		return (false);
	(void)sigemptyset(&none);
	return (pthread_mutex_init(&h->asks, NULL) == 0 &&
	    pthread_sigmask(SIG_SETMASK, &none, NULL) == 0);
}

/* The copy of the handle is the module's, but for what it is not to know. */
static bool
own_handle(struct here *h, pam_handle_t *pamh)
{
	struct pam_conv conv = { converse, h };

	return (pam_set_item(pamh, PAM_AUTHTOK, NULL) == PAM_SUCCESS &&
	    pam_set_item(pamh, PAM_OLDAUTHTOK, NULL) == PAM_SUCCESS &&
	    pam_set_item(pamh, PAM_CONV, &conv) == PAM_SUCCESS);
}

/* --------------------------------------------------------- the module -- */

static bool
is_same(const struct stat *a, const struct stat *b)
{

	return (a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	    a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	    a->st_ctim.tv_nsec == b->st_ctim.tv_nsec);
}

/* What was loaded is what was hashed. */
static enum sek_err
load(entry *out, const struct vendor_task *t, struct sek_why *why)
{
	struct stat before, after;
	void *object, *symbol;

	if (stat(t->path, &before) != 0)
		return (sek_why(why, SEK_ERR_BACKEND, "backend %s: %s",
		    t->path, strerror(errno)));
	object = dlopen(t->path, RTLD_NOW | RTLD_LOCAL);
	if (object == NULL)
		return (sek_why(why, SEK_ERR_BACKEND, "backend %s: %s",
		    t->path, dlerror()));
	if (stat(t->path, &after) != 0 || !is_same(&before, &t->file) ||
	    !is_same(&after, &t->file))
		return (sek_why(why, SEK_ERR_BACKEND, "backend %s: it was "
		    "replaced meanwhile; try again", t->path));
	if ((symbol = dlsym(object, "pam_sm_authenticate")) == NULL)
		return (sek_why(why, SEK_ERR_BACKEND, "backend %s has no "
		    "pam_sm_authenticate", t->path));
	memcpy(out, &symbol, sizeof(*out));
	return (SEK_OK);
}

static void
call(struct vendor_frame *f, const struct vendor_task *t)
{
	const char *argv[SEK_BACKEND_ARGV];
	struct sek_why why = { "" };
	entry authenticate = NULL;
	enum sek_err err;
	int code;

	memset(f, 0, sizeof(*f));
	if ((err = load(&authenticate, t, &why)) != SEK_OK) {
		f->kind = VENDOR_FRAME_UNLOADED;
		f->err = err;
		sek_vendor_frame_text(f, why.text);
		return;
	}
	memcpy(argv, t->argv, sizeof(argv));
	code = authenticate(t->pamh, (int)((unsigned)t->in->flags |
	    PAM_DISALLOW_NULL_AUTHTOK), t->argc, argv);
	memset(f, 0, sizeof(*f));
	f->kind = VENDOR_FRAME_RETURNED;
	f->code = code;
}

_Noreturn void
sek_vendor_module(const struct vendor_task *task,
    const uint8_t token[VENDOR_TOKEN_LEN], int fd, pid_t keeper)
{
	struct vendor_frame *f;
	struct here *h;

	if ((h = calloc(1, sizeof(*h))) == NULL ||
	    (f = calloc(1, sizeof(*f))) == NULL)
		_exit(DIED);
	memcpy(h->token, token, sizeof(h->token));
	if (!own_process(h, fd, keeper) || !own_handle(h, task->pamh))
		_exit(DIED);
	call(f, task);
	if (getpid() == h->pid && send_frame(h, f))
		_exit(0);
	_exit(DIED);
}
