/*
 * helper_attack.c - a client of sekisho-helper that does all it should not
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *	helper_attack [OPTION]... OP [FIELD=VALUE]... [-- ANSWER...]
 *	helper_attack --many N OP ...: N of them at once
 *	helper_attack --random SEED N: N requests of random bytes
 *	helper_attack --peek PID: what the kernel lets this process do to PID;
 *	a line for each thing it should not
 *
 * OP: verify show approvals ask decide enrol state, or a number.
 * What comes back is printed, a frame a line; the last line is
 * `done WORD TEXT` or `closed STATUS`. Exit 0: SEK_OK; 1: another verdict;
 * 2: ended without one; 3: killed by a signal; 4: no end in time; 5: it cannot
 * be run.
 *
 * In the process that becomes the helper, before exec:
 *	--program P, --argv0 A, --arg A, --no-argv, --env N=V, --environ
 *	--limit NAME=N, --timer real|virtual|prof=MS, --nice N, --cwd D,
 *	--close FD, --fd FD=PATH, --fd0 PATH, --fds N, --ignore, --block,
 *	--nnp, --traceme, --umask M, --tty, --cgroup FOLDER, --group
 * Frames:
 *	--magic N, --version N, --type N, --length N (of the request),
 *	--cut N (only so many bytes, then the end), --slow MS (a byte each),
 *	--eager (answers before they are asked), --junk N (bytes after it),
 *	--twice, --unended FIELD, --silent (send nothing)
 * While it runs, POINT is start, prompt:N, answered:N, data:N or done:
 *	--at POINT COMMAND: by sh, with $HELPER its number; the words close,
 *	exit, forget (go on reading, answer nothing) are ours
 *	--after MS: between POINT and COMMAND
 *	--patience S: for each frame (60)
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/edge/helper_wire.h"

#define MANY	64

enum end {
	END_YES = 0,
	END_NO,
	END_NONE,
	END_SIGNAL,
	END_TIME,
	END_NOT_RUN
};

struct pair {
	const char	*name;
	const char	*value;
};
static struct {
	const char	*program, *argv0, *cwd, *cgroup, *fd0, *unended;
	const char	*args[MANY], *env[MANY];
	struct pair	 limits[MANY], timers[MANY], fds[MANY], at[MANY];
	struct pair	 fields[MANY];
	int		 close[MANY];
	size_t		 nargs, nenv, nlimits, ntimers, nfds, nat, nfields,
			 nclose;
	const char	*op;
	char		**answers;
	int		 nanswers;
	long		 many, random, random_n, peek, nice, open, cut, slow, junk,
			 patience, after, umask;
	long		 magic, version, type, length;
	bool		 no_argv, own_env, ignore, block, nnp, traceme, eager,
			 twice, silent, group, tty;
} o = {
	.program = SEK_LIBEXECDIR "/sekisho-helper", .argv0 = "sekisho-helper",
	.cut = -1, .magic = -1, .version = -1, .type = -1, .length = -1,
	.patience = 60, .umask = -1
};

static const char *
next(int *i, int argc, char **argv)
{

	if (++*i >= argc)
		errx(100, "%s what?", argv[*i - 1]);
	return (argv[*i]);
}

/* NAME=VALUE, or NAME */
static struct pair
split(const char *text)
{
	struct pair p;
	char *copy = strdup(text), *eq;

	if (copy == NULL)
		err(111, "strdup");
	if ((eq = strchr(copy, '=')) != NULL)
		*eq++ = '\0';
	p.name = copy;
	p.value = eq != NULL ? eq : "";
	return (p);
}

static void
room(size_t n)
{

	if (n >= MANY)
		errx(100, "too many of one option");
}

/* ------------------------------------------------------------- options -- */

#define STRING(name, member) \
	if (strcmp(a, name) == 0) { \
		o.member = next(&i, argc, argv); \
		continue; \
	}
#define NUMBER(name, member) \
	if (strcmp(a, name) == 0) { \
		o.member = strtol(next(&i, argc, argv), NULL, 0); \
		continue; \
	}
#define FLAG(name, member) \
	if (strcmp(a, name) == 0) { \
		o.member = true; \
		continue; \
	}
#define PAIR(name, member) \
	if (strcmp(a, name) == 0) { \
		room(o.n ## member); \
		o.member[o.n ## member++] = split(next(&i, argc, argv)); \
		continue; \
	}
#define WORD(name, member) \
	if (strcmp(a, name) == 0) { \
		room(o.n ## member); \
		o.member[o.n ## member++] = next(&i, argc, argv); \
		continue; \
	}

static void
options(int argc, char **argv)
{
	const char *a;
	int i;

	for (i = 1; i < argc; i++) {
		a = argv[i];
		STRING("--program", program)
		STRING("--argv0", argv0)
		STRING("--cwd", cwd)
		STRING("--cgroup", cgroup)
		STRING("--fd0", fd0)
		STRING("--unended", unended)
		WORD("--arg", args)
		WORD("--env", env)
		PAIR("--limit", limits)
		PAIR("--timer", timers)
		PAIR("--fd", fds)
		NUMBER("--many", many)
		NUMBER("--peek", peek)
		NUMBER("--nice", nice)
		NUMBER("--fds", open)
		NUMBER("--cut", cut)
		NUMBER("--slow", slow)
		NUMBER("--junk", junk)
		NUMBER("--patience", patience)
		NUMBER("--after", after)
		NUMBER("--umask", umask)
		NUMBER("--magic", magic)
		NUMBER("--version", version)
		NUMBER("--type", type)
		NUMBER("--length", length)
		FLAG("--no-argv", no_argv)
		FLAG("--environ", own_env)
		FLAG("--ignore", ignore)
		FLAG("--block", block)
		FLAG("--nnp", nnp)
		FLAG("--traceme", traceme)
		FLAG("--eager", eager)
		FLAG("--twice", twice)
		FLAG("--silent", silent)
		FLAG("--group", group)
		FLAG("--tty", tty)
		if (strcmp(a, "--close") == 0) {
			room(o.nclose);
			o.close[o.nclose++] = atoi(next(&i, argc, argv));
			continue;
		}
		if (strcmp(a, "--random") == 0) {
			o.random = atol(next(&i, argc, argv));
			o.random_n = atol(next(&i, argc, argv));
			continue;
		}
		if (strcmp(a, "--at") == 0) {
			room(o.nat);
			o.at[o.nat].name = next(&i, argc, argv);
			o.at[o.nat++].value = next(&i, argc, argv);
			continue;
		}
		if (strcmp(a, "--") == 0) {
			o.answers = argv + i + 1;
			o.nanswers = argc - i - 1;
			break;
		}
		if (a[0] == '-')
			errx(100, "%s: no such option", a);
		if (o.op == NULL) {
			o.op = a;
			continue;
		}
		room(o.nfields);
		o.fields[o.nfields++] = split(a);
	}
	if (o.op == NULL && o.random_n == 0 && o.peek == 0)
		errx(100, "which op?");
}

/* -------------------------------------------------------- the request -- */

static const struct { const char *name; enum sek_helper_op op; } ops[] = {
	{ "verify", SEK_HELPER_VERIFY }, { "show", SEK_HELPER_SHOW },
	{ "approvals", SEK_HELPER_APPROVALS }, { "ask", SEK_HELPER_ASK },
	{ "decide", SEK_HELPER_DECIDE }, { "enrol", SEK_HELPER_ENROL },
	{ "state", SEK_HELPER_STATE },
};

static uint32_t
op_number(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (strcmp(ops[i].name, name) == 0)
			return ((uint32_t)ops[i].op);
	return ((uint32_t)strtoul(name, NULL, 0));
}

struct field {
	const char	*op, *name;
	size_t		 offset, size;
	bool		 text;
};
#define F(op, type, name, member, text) { op, name, \
	offsetof(struct type, member), sizeof(((struct type *)0)->member), text }
static const struct field fields[] = {
	F("approvals", sek_helper_approvals, "id", id, true),
	F("approvals", sek_helper_approvals, "kind", kind, false),
	F("approvals", sek_helper_approvals, "open", open_only, false),
	F("ask", sek_helper_ask, "kind", a.kind, false),
	F("ask", sek_helper_ask, "id", a.id, true),
	F("ask", sek_helper_ask, "state", a.state, false),
	F("ask", sek_helper_ask, "clause", a.clause, true),
	F("ask", sek_helper_ask, "key", a.key, true),
	F("ask", sek_helper_ask, "value", a.value, true),
	F("ask", sek_helper_ask, "users", a.users, true),
	F("ask", sek_helper_ask, "terminals", a.terminals, true),
	F("ask", sek_helper_ask, "reason", a.reason, true),
	F("ask", sek_helper_ask, "person", a.asked.person, true),
	F("ask", sek_helper_ask, "account", a.asked.account, true),
	F("ask", sek_helper_ask, "uid", a.asked.uid, false),
	F("ask", sek_helper_ask, "decider", a.decided.person, true),
	F("ask", sek_helper_ask, "decided-at", a.decided.at, false),
	F("ask", sek_helper_ask, "proven", a.decided.proven, false),
	F("ask", sek_helper_ask, "from", a.not_before, false),
	F("ask", sek_helper_ask, "until", a.not_after, false),
	F("ask", sek_helper_ask, "review", a.review_at, false),
	F("ask", sek_helper_ask, "uses", a.uses_max, false),
	F("ask", sek_helper_ask, "witness", witness, true),
	F("ask", sek_helper_ask, "unavoidable", unavoidable, false),
	F("decide", sek_helper_decide, "id", id, true),
	F("decide", sek_helper_decide, "what", what, false),
	F("decide", sek_helper_decide, "note", note, true),
	F("decide", sek_helper_decide, "review", review_at, false),
	F("enrol", sek_helper_enrol, "label", label, true),
	F("enrol", sek_helper_enrol, "method", method, false),
	F("enrol", sek_helper_enrol, "algorithm", algorithm, false),
	F("enrol", sek_helper_enrol, "digits", digits, false),
	F("enrol", sek_helper_enrol, "period", period, false),
	F("state", sek_helper_state, "id", id, true),
	F("state", sek_helper_state, "to", to, false),
	F("state", sek_helper_state, "even-last", even_last, false),
};
static const struct { const char *op; size_t size; } sizes[] = {
	{ "approvals", sizeof(struct sek_helper_approvals) },
	{ "ask", sizeof(struct sek_helper_ask) },
	{ "decide", sizeof(struct sek_helper_decide) },
	{ "enrol", sizeof(struct sek_helper_enrol) },
	{ "state", sizeof(struct sek_helper_state) },
};

static size_t
body_size(const char *op)
{
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (strcmp(sizes[i].op, op) == 0)
			return (sizes[i].size);
	return (0);
}

static void
set(unsigned char *body, const struct pair *p)
{
	const struct field *f = NULL;
	long long n;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(fields[i].op, o.op) == 0 &&
		    strcmp(fields[i].name, p->name) == 0)
			f = &fields[i];
	if (f == NULL)
		errx(100, "%s: no field %s", o.op, p->name);
	if (f->text) {
		if (strlen(p->value) > f->size)
			errx(100, "%s: longer than %zu", p->name, f->size);
		memcpy(body + f->offset, p->value, strlen(p->value));
		return;
	}
	/* +N: so many seconds from now, in microseconds of the wall clock. */
	if (p->value[0] == '+')
		n = (time(NULL) + atoll(p->value + 1)) * 1000000LL;
	else
		n = (long long)strtoull(p->value, NULL, 0);
	memcpy(body + f->offset, &n, f->size);
}

struct bytes {
	unsigned char	*data;
	size_t		 len;
};

static void
add(struct bytes *b, const void *data, size_t len)
{

	if ((b->data = realloc(b->data, b->len + len + 1)) == NULL)
		err(111, "realloc");
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void
add_frame(struct bytes *b, uint32_t type, const void *body, size_t len,
    bool is_request)
{
	struct sek_wire_head h = { SEK_WIRE_MAGIC, SEK_HELPER_VERSION, type,
	    (uint32_t)len };

	if (is_request) {
		h.magic = o.magic < 0 ? h.magic : (uint32_t)o.magic;
		h.version = o.version < 0 ? h.version : (uint32_t)o.version;
		h.type = o.type < 0 ? h.type : (uint32_t)o.type;
		h.len = o.length < 0 ? h.len : (uint32_t)o.length;
	}
	add(b, &h, sizeof(h));
	add(b, body, len);
}

static void
request(struct bytes *b)
{
	struct sek_wire_word w = { op_number(o.op), 0 };
	size_t size = body_size(o.op), i;
	unsigned char *body;

	if ((body = calloc(1, sizeof(w) + size + 1)) == NULL)
		err(111, "calloc");
	memcpy(body, &w, sizeof(w));
	for (i = 0; i < o.nfields; i++)
		set(body + sizeof(w), &o.fields[i]);
	for (i = 0; o.unended != NULL &&
	    i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(fields[i].op, o.op) == 0 &&
		    strcmp(fields[i].name, o.unended) == 0)
			memset(body + sizeof(w) + fields[i].offset, 'a',
			    fields[i].size);
	add_frame(b, SEK_WIRE_REQUEST, body, sizeof(w) + size, true);
	if (o.twice)
		add_frame(b, SEK_WIRE_REQUEST, body, sizeof(w) + size, true);
	free(body);
	for (i = 0; o.eager && i < (size_t)o.nanswers; i++)
		add_frame(b, SEK_WIRE_ANSWER, o.answers[i],
		    strlen(o.answers[i]), false);
	for (i = 0; i < (size_t)o.junk; i++)
		add(b, "\x90", 1);
}

/* The op of it, or 0: what asks for no proof may be answered. */
static uint32_t
random_request(struct bytes *b)
{
	const size_t n = sizeof(sizes) / sizeof(sizes[0]);
	static unsigned char body[SEK_HELPER_BODY_MAX];
	struct sek_wire_word w = { 0, 0 };
	size_t which = (size_t)random() % n, len, i;
	unsigned char kind = (unsigned char)(random() % 4);

	w.word = op_number(sizes[which].op);
	len = sizes[which].size;
	if (random() % 8 == 0)
		len = (size_t)random() % (sizeof(body) - sizeof(w));
	if (random() % 8 == 0)
		w.word = (uint32_t)random();
	for (i = 0; i < len; i++)
		body[sizeof(w) + i] = kind == 0 ? (unsigned char)random() :
		    kind == 1 ? 0xff : kind == 2 ? (unsigned char)
		    (random() % 16 == 0 ? random() : 0) : 'a';
	memcpy(body, &w, sizeof(w));
	add_frame(b, random() % 8 == 0 ? (uint32_t)random() % 9 :
	    SEK_WIRE_REQUEST, body, sizeof(w) + len, false);
	/* Torn, or more than there should be. */
	if (random() % 4 == 0)
		b->len = (size_t)random() % b->len;
	else if (random() % 4 == 0)
		add(b, body, (size_t)random() % 512);
	return (w.word);
}

/* ---------------------------------------------------------- the helper -- */

static const struct { const char *name; unsigned what; } limit_names[] = {
	{ "core", RLIMIT_CORE }, { "cpu", RLIMIT_CPU },
	{ "fsize", RLIMIT_FSIZE }, { "as", RLIMIT_AS },
	{ "data", RLIMIT_DATA }, { "stack", RLIMIT_STACK },
	{ "nofile", RLIMIT_NOFILE }, { "nproc", RLIMIT_NPROC },
	{ "memlock", RLIMIT_MEMLOCK }, { "rss", RLIMIT_RSS },
	{ "locks", RLIMIT_LOCKS }, { "sigpending", RLIMIT_SIGPENDING },
	{ "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE },
	{ "rtprio", RLIMIT_RTPRIO }, { "rttime", RLIMIT_RTTIME },
};

static void
set_limit(const struct pair *p)
{
	struct rlimit l;
	size_t i;

	for (i = 0; i < sizeof(limit_names) / sizeof(limit_names[0]); i++)
		if (strcmp(limit_names[i].name, p->name) == 0) {
			l.rlim_cur = l.rlim_max = strcmp(p->value, "max") == 0
			    ? RLIM_INFINITY : strtoul(p->value, NULL, 0);
			if (setrlimit(limit_names[i].what, &l) != 0) {
				/* More than allowed: as much as is. */
				(void)getrlimit(limit_names[i].what, &l);
				l.rlim_cur = l.rlim_max;
				(void)setrlimit(limit_names[i].what, &l);
			}
			return;
		}
	errx(100, "no limit %s", p->name);
}

static void
set_timer(const struct pair *p)
{
	const unsigned what = strcmp(p->name, "real") == 0 ? ITIMER_REAL :
	    strcmp(p->name, "virtual") == 0 ? ITIMER_VIRTUAL : ITIMER_PROF;
	const long ms = atol(p->value);
	struct itimerval t = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	if (setitimer(what, &t, NULL) != 0)
		err(111, "setitimer");
}

static void
put_fd(int fd, const char *path)
{
	int got;

	if ((got = open(path, O_RDWR)) < 0 &&
	    (got = open(path, O_RDONLY)) < 0)
		err(111, "%s", path);
	if (got != fd) {
		if (dup2(got, fd) < 0)
			err(111, "dup2");
		(void)close(got);
	}
}

static void
enter_cgroup(const char *folder)
{
	char path[4096];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	if ((fd = open(path, O_WRONLY)) < 0 || write(fd, "0", 1) != 1)
		err(111, "%s", path);
	(void)close(fd);
}

extern char **environ;

static _Noreturn void
become(int sock)
{
	const char *argv[MANY + 2] = { o.argv0 }, *envp[MANY + 1] = { NULL };
	sigset_t all;
	size_t i;
	int n;

	if (o.cgroup != NULL)
		enter_cgroup(o.cgroup);
	if (o.group)
		(void)setpgid(0, 0);
	if (o.cwd != NULL && chdir(o.cwd) != 0)
		err(111, "%s", o.cwd);
	if (o.umask >= 0)
		(void)umask((mode_t)o.umask);
	if (o.nice != 0)
		(void)setpriority(PRIO_PROCESS, 0, (int)o.nice);
	for (n = 3; n < 3 + o.open; n++)
		if (n != sock)
			(void)dup2(1, n);
	for (i = 0; i < o.nfds; i++)
		put_fd(atoi(o.fds[i].name), o.fds[i].value);
	if (o.fd0 != NULL)
		put_fd(0, o.fd0);
	else
		(void)dup2(sock, 0);
	for (i = 0; i < o.nclose; i++)
		(void)close(o.close[i]);
	for (n = 1; o.ignore && n < 65; n++)
		(void)signal(n, SIG_IGN);
	if (o.block) {
		(void)sigfillset(&all);
		(void)sigprocmask(SIG_SETMASK, &all, NULL);
	}
	if (o.nnp)
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (o.traceme && ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		err(111, "ptrace");
	for (i = 0; i < o.nargs; i++)
		argv[i + 1] = o.args[i];
	for (i = 0; i < o.nenv; i++)
		envp[i] = o.env[i];
	for (i = 0; i < o.ntimers; i++)
		set_timer(&o.timers[i]);
	for (i = 0; i < o.nlimits; i++)
		set_limit(&o.limits[i]);
	if (o.no_argv)
		argv[0] = NULL;
	(void)execve(o.program, (char *const *)(uintptr_t)argv, o.own_env ?
	    environ : (char *const *)(uintptr_t)envp);
	_exit(127);
}

static pid_t
start(int *fd)
{
	int pair[2], high;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		err(111, "socketpair");
	/* Out of the way of those that --fds fills. */
	if ((high = fcntl(pair[1], F_DUPFD_CLOEXEC, 200)) < 0)
		high = pair[1];
	(void)fflush(stdout);
	if ((pid = fork()) == 0)
		become(high);
	if (pid < 0)
		err(111, "fork");
	(void)close(pair[1]);
	if (high != pair[1])
		(void)close(high);
	*fd = pair[0];
	return (pid);
}

/* ------------------------------------------------------------- talking -- */

struct talk {
	int	 fd;
	pid_t	 pid;
	int	 prompts;
	int	 datas;
	bool	 quiet;		/* answers nothing any more */
	bool	 stopped_reading;
};

static void
nap(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	(void)nanosleep(&t, NULL);
}

static void
at(struct talk *t, const char *what, int n)
{
	char point[64], number[32];
	size_t i;

	if (n > 0)
		(void)snprintf(point, sizeof(point), "%s:%d", what, n);
	else
		(void)snprintf(point, sizeof(point), "%s", what);
	for (i = 0; i < o.nat; i++) {
		if (strcmp(o.at[i].name, point) != 0)
			continue;
		nap(o.after);
		if (strcmp(o.at[i].value, "exit") == 0) {
			(void)fflush(stdout);
			_exit(END_NONE);
		} else if (strcmp(o.at[i].value, "close") == 0) {
			(void)close(t->fd);
			t->fd = -1;
		} else if (strcmp(o.at[i].value, "forget") == 0) {
			t->quiet = true;
		} else {
			(void)snprintf(number, sizeof(number), "%d",
			    (int)t->pid);
			(void)setenv("HELPER", number, 1);
			(void)fflush(stdout);
			if (system(o.at[i].value) < 0)
				warn("system");
		}
	}
}

static bool
send_bytes(const struct talk *t, const unsigned char *p, size_t len)
{
	ssize_t n;

	while (len > 0 && t->fd >= 0) {
		n = send(t->fd, p, o.slow > 0 ? 1 : len, MSG_NOSIGNAL);
		if (n < 0)
			return (false);
		p += n;
		len -= (size_t)n;
		nap(o.slow);
	}
	return (t->fd >= 0);
}

/* So many bytes; 1 yes, 0 the end, -1 nothing in time. */
static int
receive(const struct talk *t, void *data, size_t len)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	char *to = data;
	ssize_t n;

	while (len > 0) {
		if (poll(&p, 1, (int)o.patience * 1000) == 0)
			return (-1);
		n = recv(t->fd, to, len, 0);
		if (n <= 0)
			return (0);
		to += n;
		len -= (size_t)n;
	}
	return (1);
}

/* What a terminal would be made to do is shown as what it is. */
static void
print(const char *what, const void *text, size_t len)
{
	const unsigned char *p = text;
	size_t i;

	(void)printf("%s ", what);
	for (i = 0; i < len && p[i] != '\0'; i++)
		if (p[i] < ' ' || p[i] == 0x7f)
			(void)printf("<%02x>", p[i]);
		else
			(void)putchar(p[i]);
	(void)putchar('\n');
}

static void
print_data(uint32_t kind, const unsigned char *p, size_t len)
{
	static struct sek_helper_approval a;
	static struct sek_helper_self s;
	struct sek_helper_key k;
	struct sek_authenticator e;
	uint32_t i;

	if (kind == SEK_HELPER_DATA_APPROVAL && len == sizeof(a)) {
		memcpy(&a, p, sizeof(a));
		(void)printf("approval %s %s in-force=%u %s=%s\n", a.a.id,
		    sek_approval_state_name((enum sek_approval_state)
		    a.a.state), a.in_force, a.a.key, a.a.value);
		print("  reason", a.a.reason, sizeof(a.a.reason));
		print("  asked-by", a.a.asked.account,
		    sizeof(a.a.asked.account));
		print("  decided-by", a.a.decided.account,
		    sizeof(a.a.decided.account));
		print("  note", a.a.decided.note, sizeof(a.a.decided.note));
	} else if (kind == SEK_HELPER_DATA_SELF && len == sizeof(s)) {
		memcpy(&s, p, sizeof(s));
		print("self", s.account, sizeof(s.account));
		for (i = 0; i < s.nauthenticators &&
		    i < SEK_AUTHENTICATORS_MAX; i++)
			(void)printf("  authenticator %s state=%u\n",
			    s.authenticator[i].id, s.authenticator[i].state);
	} else if (kind == SEK_HELPER_DATA_KEY && len == sizeof(k)) {
		memcpy(&k, p, sizeof(k));
		print("key", k.key, sizeof(k.key));
	} else if (kind == SEK_HELPER_DATA_ENROLLED && len == sizeof(e)) {
		memcpy(&e, p, sizeof(e));
		print("enrolled", e.id, sizeof(e.id));
	} else
		(void)printf("data %u, %zu bytes\n", kind, len);
}

static void
answer(struct talk *t)
{
	const char *text;
	struct bytes b = { NULL, 0 };

	if (t->quiet || o.eager || t->fd < 0)
		return;
	if (t->prompts > o.nanswers ||
	    strcmp(o.answers[t->prompts - 1], "@cancel") == 0) {
		add_frame(&b, SEK_WIRE_CANCEL, NULL, 0, false);
	} else {
		text = o.answers[t->prompts - 1];
		add_frame(&b, SEK_WIRE_ANSWER, text, strlen(text), false);
	}
	(void)send_bytes(t, b.data, b.len);
	free(b.data);
}

/* One frame; what it ended with, or -1: goes on. */
static int
take(struct talk *t)
{
	static _Alignas(16) unsigned char body[SEK_HELPER_BODY_MAX];
	struct sek_wire_head h;
	struct sek_wire_word w = { 0, 0 };
	const unsigned char *rest = body + sizeof(w);
	size_t len;
	int got;

	if (t->fd < 0)
		return (END_NONE);
	if ((got = receive(t, &h, sizeof(h))) != 1)
		return (got == 0 ? END_NONE : END_TIME);
	if (h.magic != SEK_WIRE_MAGIC || h.len > sizeof(body) ||
	    h.len < sizeof(w) || receive(t, body, h.len) != 1)
		return (END_NONE);
	memcpy(&w, body, sizeof(w));
	len = h.len - sizeof(w);
	switch (h.type) {
	case SEK_WIRE_SAY:
		print(w.word == 1 ? "error" : "say", rest, len);
		break;
	case SEK_WIRE_PROMPT:
		t->prompts++;
		print("prompt", rest, len);
		at(t, "prompt", t->prompts);
		answer(t);
		at(t, "answered", t->prompts);
		break;
	case SEK_WIRE_DATA:
		t->datas++;
		print_data(w.word, rest, len);
		at(t, "data", t->datas);
		break;
	case SEK_WIRE_DONE:
		(void)printf("done %u", w.word);
		print("", rest, len);
		at(t, "done", 0);
		return (w.word == SEK_OK ? END_YES : END_NO);
	default:
		(void)printf("frame %u\n", h.type);
	}
	return (-1);
}

/* How the process ended; killed when it does not by itself. */
static int
reap(pid_t pid, int end)
{
	int status = 0, i;
	pid_t got = 0;

	for (i = 0; i < o.patience * 100 && got == 0; i++) {
		if ((got = waitpid(pid, &status, WNOHANG)) == 0)
			nap(10);
		if (got == pid && WIFSTOPPED(status)) {
			(void)ptrace(PTRACE_CONT, pid, NULL, NULL);
			got = 0;
		}
	}
	if (got == 0) {
		(void)printf("no end\n");
		(void)kill(pid, SIGKILL);
		return (END_TIME);
	}
	if (WIFSIGNALED(status)) {
		(void)printf("closed signal %d\n", WTERMSIG(status));
		return (end == END_YES ? END_YES : END_SIGNAL);
	}
	if (end == END_NONE) {
		(void)printf("closed %d\n", WEXITSTATUS(status));
		if (WEXITSTATUS(status) == 127)
			return (END_NOT_RUN);
	}
	return (end);
}

static int
once(const struct bytes *b)
{
	struct talk t = { .fd = -1 };
	size_t len = b->len;
	int end = -1;

	t.pid = start(&t.fd);
	/* A traced one stops at exec. */
	if (o.traceme && waitpid(t.pid, NULL, 0) == t.pid)
		(void)ptrace(PTRACE_CONT, t.pid, NULL, NULL);
	at(&t, "start", 0);
	if (o.cut >= 0 && (size_t)o.cut < len)
		len = (size_t)o.cut;
	if (!o.silent)
		(void)send_bytes(&t, b->data, len);
	if (o.cut >= 0 && t.fd >= 0)
		(void)shutdown(t.fd, SHUT_WR);
	while (end < 0)
		end = take(&t);
	if (t.fd >= 0)
		(void)close(t.fd);
	end = reap(t.pid, end);
	(void)fflush(stdout);
	return (end);
}

static int
peek(pid_t pid)
{
	char bytes[64];
	struct iovec here = { bytes, sizeof(bytes) };
	/* Where programs lie, and what every process has. */
	struct iovec there = { (void *)(uintptr_t)0x555555554000, 1 };
	struct rlimit l = { 0, 0 };
	int fd;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) == 0)
		(void)printf("ptrace attach\n");
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0)
		(void)printf("ptrace seize\n");
	if (process_vm_readv(pid, &here, 1, &there, 1, 0) >= 0 ||
	    errno != EPERM)
		(void)printf("process_vm_readv: %s\n", strerror(errno));
	if (process_vm_writev(pid, &here, 1, &there, 1, 0) >= 0 ||
	    errno != EPERM)
		(void)printf("process_vm_writev: %s\n", strerror(errno));
	if (prlimit(pid, RLIMIT_CORE, &l, NULL) == 0)
		(void)printf("prlimit\n");
#ifdef SYS_kcmp
	if (syscall(SYS_kcmp, getpid(), pid, 0, 0, 0) >= 0)
		(void)printf("kcmp\n");
#endif
#if defined(SYS_pidfd_open) && defined(SYS_pidfd_getfd)
	if ((fd = (int)syscall(SYS_pidfd_open, pid, 0)) >= 0) {
		if (syscall(SYS_pidfd_getfd, fd, 3, 0) >= 0 ||
		    syscall(SYS_pidfd_getfd, fd, 0, 0) >= 0)
			(void)printf("pidfd_getfd\n");
		(void)close(fd);
	}
#endif
	return (0);
}

/* None of them may do, crash or stay. */
static int
random_ones(void)
{
	struct bytes b;
	uint32_t op;
	long i;
	int end, worst = END_NO;

	srandom((unsigned)o.random);
	for (i = 0; i < o.random_n; i++) {
		b = (struct bytes){ NULL, 0 };
		op = random_request(&b);
		o.cut = (long)b.len;
		end = once(&b);
		if (end == END_YES && (op == SEK_HELPER_SHOW ||
		    op == SEK_HELPER_APPROVALS))
			end = END_NO;
		if (end != END_NO && end != END_NONE) {
			(void)printf("random %ld of seed %ld: %d\n", i,
			    o.random, end);
			worst = end;
		}
		free(b.data);
	}
	return (worst);
}

/* The number of those that were let in, and of each other end. */
static int
many(const struct bytes *b)
{
	int ends[8] = { 0 }, status;
	long i;

	(void)fflush(stdout);
	for (i = 0; i < o.many; i++)
		if (fork() == 0) {
			if (freopen("/dev/null", "w", stdout) == NULL)
				_exit(111);
			_exit(once(b));
		}
	while (wait(&status) > 0)
		if (WIFEXITED(status) && WEXITSTATUS(status) < 8)
			ends[WEXITSTATUS(status)]++;
	(void)printf("yes %d no %d none %d signal %d time %d not-run %d\n",
	    ends[0], ends[1], ends[2], ends[3], ends[4], ends[5]);
	return (ends[END_YES] > 0 ? END_YES : END_NO);
}

int
main(int argc, char **argv)
{
	struct bytes b = { NULL, 0 };
	int end;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	options(argc, argv);
	if (o.peek != 0)
		return (peek((pid_t)o.peek));
	if (o.random_n > 0)
		return (random_ones());
	request(&b);
	end = o.many > 0 ? many(&b) : once(&b);
	free(b.data);
	return (end);
}
