/*
 * harness.c - the world of a test: mounts, accounts, policy, services
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <crypt.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/edge/isolate.h"
#include "sekisho/edge/unit.h"
#include "tests/module/harness.h"

/* Folders every Debian has and no test needs: one becomes the world. */
static const char *const places[] = { "/media", "/srv", "/mnt" };

static const char *world;	/* the folder */
static char builddir[PATH_MAX];
static char cgroups[PATH_MAX];	/* where version 2 is; "" nowhere, or not
				 * hidden */

/* -------------------------------------------------------------- clock -- */

int64_t world_clock_ahead;
int64_t world_wall_ahead;

/* The modules' own calls end here: the program's symbols come first. */
__attribute__((visibility("default"))) int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_BOOTTIME))
		ts->tv_sec += world_clock_ahead;
	if (rc == 0 && id == CLOCK_REALTIME)
		ts->tv_sec += world_wall_ahead;
	return (rc);
}

/* ---------------------------------------------------------------- log -- */

/* What would go to syslog, through libpam, goes to the world's "log". */
static void log_line(const char *, va_list)
    __attribute__((format(printf, 1, 0)));
static void
log_line(const char *fmt, va_list ap)
{
	char line[4096];
	size_t n;
	int fd;

	(void)vsnprintf(line, sizeof line - 1, fmt, ap);
	n = strlen(line);
	line[n++] = '\n';
	fd = open(world_path("log"), O_WRONLY | O_CREAT | O_APPEND |
	    O_CLOEXEC, 0600);
	if (fd >= 0) {
		(void)!write(fd, line, n);
		(void)close(fd);
	}
	if (getenv("SEK_SHOW_LOG") != NULL)
		(void)!write(STDERR_FILENO, line, n);
}

#undef syslog
__attribute__((visibility("default"), format(printf, 2, 3))) void
syslog(int priority, const char *fmt, ...)
{
	va_list ap;

	(void)priority;
	va_start(ap, fmt);
	log_line(fmt, ap);
	va_end(ap);
}

/* What libpam calls where it was built with _FORTIFY_SOURCE. */
void __syslog_chk(int, int, const char *, ...);
__attribute__((visibility("default"), format(printf, 3, 4))) void
__syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list ap;

	(void)priority;
	(void)flag;
	va_start(ap, fmt);
	log_line(fmt, ap);
	va_end(ap);
}

/* -------------------------------------------------------------- files -- */

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "harness: %s: %s\n", what, strerror(errno));
	exit(99);
}

const char *
world_path(const char *fmt, ...)
{
	static char buffer[64][PATH_MAX];
	static unsigned next;
	char *path = buffer[next++ % 64];
	va_list ap;
	int n;

	n = snprintf(path, PATH_MAX, "%s/", world);
	va_start(ap, fmt);
	(void)vsnprintf(path + n, PATH_MAX - (size_t)n, fmt, ap);
	va_end(ap);
	return (path);
}

static void
make_parents(const char *path)
{
	char folder[PATH_MAX], *p;

	(void)snprintf(folder, sizeof folder, "%s", path);
	for (p = folder + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		if (mkdir(folder, 0755) != 0 && errno != EEXIST)
			die(folder);
		*p = '/';
	}
}

static void
put(const char *path, int how, mode_t mode, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | how, 0600);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len ||
	    fchmod(fd, mode) != 0)
		die(path);
	(void)close(fd);
}

/* In place: what is bound over /etc stays the same file. */
void
world_write(const char *path, mode_t mode, const char *text)
{
	make_parents(path);
	put(path, O_TRUNC, mode, text, strlen(text));
}

void
world_append(const char *path, const char *text)
{
	struct stat st;

	put(path, O_APPEND, stat(path, &st) == 0 ? st.st_mode & 07777 : 0600,
	    text, strlen(text));
}

static char *
slurp(const char *path, size_t *len)
{
	struct stat st;
	char *data = NULL;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, &st) == 0 &&
	    (data = malloc((size_t)st.st_size + 1)) != NULL)
		n = read(fd, data, (size_t)st.st_size);
	if (n < 0)
		die(path);
	(void)close(fd);
	data[n] = '\0';
	*len = (size_t)n;
	return (data);
}

char *
world_read(const char *path)
{
	size_t len;

	return (slurp(path, &len));
}

static void
copy(const char *from, const char *to, mode_t mode)
{
	size_t len;
	char *data = slurp(from, &len);

	make_parents(to);
	put(to, O_TRUNC, mode, data, len);
	free(data);
}

/* ------------------------------------------------------------ mounts -- */

static void
bind_over(const char *file, const char *target)
{
	struct stat st;

	if (stat(target, &st) != 0)
		return;
	if (mount(file, target, NULL, MS_BIND, NULL) != 0)
		die(target);
}

/* The folder above path that is there already. */
static void
ancestor(char dst[PATH_MAX], const char *path)
{
	struct stat st;
	char *slash;

	(void)snprintf(dst, PATH_MAX, "%s", path);
	do {
		if ((slash = strrchr(dst, '/')) == NULL)
			break;
		*slash = '\0';
	} while (stat(dst, &st) != 0 && dst[0] != '\0');
}

static bool
overlay(const char *over)
{
	static unsigned n;
	static char options[3 * PATH_MAX];

	n++;
	world_write(world_path("over/%u/u/.x", n), 0644, "");
	(void)unlink(world_path("over/%u/u/.x", n));
	(void)mkdir(world_path("over/%u/w", n), 0755);
	(void)snprintf(options, sizeof options,
	    "lowerdir=%s,upperdir=%s,workdir=%s", over,
	    world_path("over/%u/u", n), world_path("over/%u/w", n));
	return (mount("overlay", over, "overlay", 0, options) == 0);
}

bool
world_install(const char *from, const char *to)
{
	char over[PATH_MAX];
	struct stat st;

	if (stat(from, &st) != 0)
		return (false);
	ancestor(over, to);
	if (over[0] == '\0' || !overlay(over))
		return (false);
	copy(from, to, st.st_mode & 0755);
	return (true);
}

void
world_install_worker(void)
{
	char from[PATH_MAX + 32];

	(void)snprintf(from, sizeof from, "%s/sekisho-store", builddir);
	if (!world_install(from, SEK_LIBEXECDIR "/sekisho-store"))
		world_skip("sekisho-store is not built, or no overlay may be "
		    "mounted over where it is installed");
}

void
world_install_fido2(void)
{
	char from[PATH_MAX + 32];

	(void)snprintf(from, sizeof from, "%s/fido2.so", builddir);
	if (!world_install(from, SEK_LIBEXECDIR "/fido2.so"))
		world_skip("fido2.so is not built, or no overlay may be "
		    "mounted over where it is installed");
}

void
world_install_card(void)
{
	char from[PATH_MAX + 32];

	(void)snprintf(from, sizeof from, "%s/card.so", builddir);
	if (!world_install(from, SEK_LIBEXECDIR "/card.so"))
		world_skip("card.so is not built, or no overlay may be "
		    "mounted over where it is installed");
}

void
world_install_biometric(void)
{
	char from[PATH_MAX + 32];

	(void)snprintf(from, sizeof from, "%s/biometric.so", builddir);
	if (!world_install(from, SEK_LIBEXECDIR "/biometric.so"))
		world_skip("biometric.so is not built, or no overlay may be "
		    "mounted over where it is installed");
}

void
world_install_quality(void)
{
	char from[PATH_MAX + 32];

	(void)snprintf(from, sizeof from, "%s/quality.so", builddir);
	if (!world_install(from, SEK_LIBEXECDIR "/quality.so"))
		world_skip("quality.so is not built, or no overlay may be "
		    "mounted over where it is installed");
	world_write(world_path("blocklist/common.txt"), 0644,
	    "# some of them\npassword\nqwerty\nharu\nsetagaya\n");
}

static void
link_to(const char *name)
{
	char link[PATH_MAX];

	(void)snprintf(link, sizeof link, "/run/%s", name);
	if (symlink(world_path("run/%s", name), link) != 0)
		die(link);
}

/* /run as it is, but what its guards and systemd have there. */
static void
own_run(void)
{
	struct dirent *e;
	DIR *dir;

	(void)mkdir(world_path("run"), 0755);
	if (mount("/run", world_path("run"), NULL, MS_BIND | MS_REC, NULL) !=
	    0 || mount("sekisho-run", "/run", "tmpfs", MS_NOSUID | MS_NODEV,
	    "mode=0755") != 0 || (dir = opendir(world_path("run"))) == NULL)
		die("/run");
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.' && strcmp(e->d_name, "sekisho") != 0 &&
		    strcmp(e->d_name, "systemd") != 0 &&
		    strcmp(e->d_name, "dbus") != 0)
			link_to(e->d_name);
	(void)closedir(dir);
}

void
world_install_guard(void)
{
	char from[PATH_MAX + 32];

	if (cgroups[0] == '\0')
		world_skip("no cgroups of version 2 are mounted here");
	if (umount2(cgroups, MNT_DETACH) != 0)
		die(cgroups);
	own_run();
	(void)snprintf(from, sizeof from, "%s/sekisho-guard", builddir);
	if (!world_install(from, SEK_LIBEXECDIR "/sekisho-guard"))
		world_skip("sekisho-guard is not built, or no overlay may be "
		    "mounted over where it is installed");
	world_end_sessions();
}

bool
world_install_catalogue(void)
{
	char from[PATH_MAX + 32];

	(void)snprintf(from, sizeof from, "%s/sekisho-ja.mo", builddir);
	return (world_install(from,
	    SEK_LOCALEDIR "/C/LC_MESSAGES/sekisho-ja.mo"));
}

/* ----------------------------------------------------------- accounts -- */

static const char passwd[] =
	"root:x:0:0:root:/root:/bin/sh\n"
	"daemon:x:1:1::/:/usr/sbin/nologin\n"
	"alice:x:1000:1000::/home/alice:/bin/sh\n"
	"arisu:x:1000:1000::/home/alice:/bin/sh\n"
	"bob:x:1001:1001::/home/bob:/bin/sh\n"
	"carol:x:1002:1002::/home/carol:/bin/sh\n"
	"dave:x:1003:1003::/home/dave:/bin/sh\n"
	"newbie:x:1004:1004::/:/bin/sh\n"
	"expired:x:1005:1005::/:/bin/sh\n"
	"ended:x:1006:1006::/:/bin/sh\n"
	"slow:x:1007:1007::/:/bin/sh\n"
	"adminA:x:1010:1010::/:/bin/sh\n"
	"adminB:x:1011:1011::/:/bin/sh\n"
	"adminC:x:1012:1012::/:/bin/sh\n";
static const char group[] =
	"root:x:0:\n"
	"shadow:x:42:\n"
	"staff:x:50:alice,bob\n"
	"town:x:51:carol\n";

static void
add_shadow(char *text, size_t size, const char *name, const char *hash)
{
	size_t n = strlen(text);
	/* Set this week: no change is due by its age. */
	long day = (long)(time(NULL) / 86400) - 3;
	const char *rest = ":0:99999:7:::";

	if (strcmp(name, "expired") == 0)
		day = 0;
	else if (strcmp(name, "ended") == 0)
		rest = ":0:99999:7::1:";
	(void)snprintf(text + n, size - n, "%s:%s:%ld%s\n", name, hash, day,
	    rest);
}

/* By crypt_rn: a sanitizer has a crypt of its own, and then no libcrypt. */
static void
hash_password(char *dst, size_t size, const char *setting)
{
	struct crypt_data *data = calloc(1, sizeof *data);

	if (data == NULL || crypt_rn(PASSWORD, setting, data,
	    (int)sizeof *data) == NULL)
		die("crypt");
	(void)snprintf(dst, size, "%s", data->output);
	free(data);
}

void
world_accounts(const char *more_passwd)
{
	static const char quick[] = "$6$rounds=1000$sekisho";
	static char all[8192], shadow[16384];
	char fast[384], slow[384], setting[192], *p, *line;
	int i, n;

	shadow[0] = '\0';
	n = snprintf(all, sizeof all, "%s%s", passwd, more_passwd);
	for (i = 0; i < 16; i++)
		n += snprintf(all + n, sizeof all - (size_t)n,
		    "u%02d:x:%d:%d::/:/bin/sh\n", i, 1100 + i, 1100 + i);
	hash_password(fast, sizeof fast, quick);
	if (crypt_gensalt_rn("$y$", 0, "sekisho, sekisho", 16, setting,
	    (int)sizeof setting) == NULL)
		die("crypt_gensalt");
	hash_password(slow, sizeof slow, setting);
	world_write(world_path("etc/passwd"), 0644, all);
	for (p = all; (line = strsep(&p, "\n")) != NULL && *line != '\0';) {
		line[strcspn(line, ":")] = '\0';
		add_shadow(shadow, sizeof shadow, line,
		    strcmp(line, "slow") == 0 ? slow : fast);
	}
	world_write(world_path("etc/shadow"), 0600, shadow);
}

static void
make_accounts(void)
{
	world_accounts("");
	world_write(world_path("etc/group"), 0644, group);
	world_write(world_path("etc/nsswitch.conf"), 0644,
	    "passwd: files\ngroup: files\nshadow: files\n");
	world_write(world_path("etc/machine-id"), 0444,
	    "5ec15805ec15805ec15805ec15805ec1\n");
	bind_over(world_path("etc/passwd"), "/etc/passwd");
	bind_over(world_path("etc/shadow"), "/etc/shadow");
	bind_over(world_path("etc/group"), "/etc/group");
	bind_over(world_path("etc/nsswitch.conf"), "/etc/nsswitch.conf");
	bind_over(world_path("etc/machine-id"), "/etc/machine-id");
}

/* What pam_unix changes, it changes by a file beside and a rename. */
void
world_private_etc(size_t bytes)
{
	static const char *const names[] = { "passwd", "shadow", "group",
	    "nsswitch.conf", "machine-id" };
	char to[64], options[64];
	size_t i;

	(void)snprintf(options, sizeof options, "size=%zu,mode=0755", bytes);
	if (mount("sekisho-etc", "/etc", "tmpfs", MS_NOSUID | MS_NODEV,
	    options) != 0)
		die("/etc");
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		(void)snprintf(to, sizeof to, "/etc/%s", names[i]);
		copy(world_path("etc/%s", names[i]), to,
		    strcmp(names[i], "shadow") == 0 ? 0640 : 0644);
	}
}

/* ------------------------------------------------------------- policy -- */

static void
make_policy(void)
{
	char text[4096];

	(void)snprintf(text, sizeof text,
	    "[terminal]\n"
	    "id = test-terminal\n"
	    "profile = lgwan\n"
	    "allow_remote = 192.0.2.0/24 2001:db8::/32\n"
	    "[lockout]\n"
	    "deny = 5\n"
	    "privileged_deny = 3\n"
	    "delay = 0\n"
	    "[privilege]\n"
	    "users = adminA adminB adminC\n"
	    "[store]\n"
	    "path = %s/store/store.db\n"
	    "key = %s/etc/keys/store.key\n"
	    "[audit]\n"
	    "journal = no\n"
	    "[message]\n"
	    "language = en\n", world, world);
	world_write(world_path("etc/sekisho.conf"), 0644, text);
}

void
world_policy(const char *text)
{
	const char *path = world_path("etc/sekisho.conf.d/50-test.conf");

	if (*text == '\0')
		(void)unlink(path);
	else
		world_write(path, 0644, text);
}

/* ----------------------------------------------------------- services -- */

/* What a word of a service file stands for; "" if it is no word of ours. */
static void
expand(char *dst, size_t size, const char *word)
{
	static const char *const modules[] = {
		"lockout", "password", "card", "fido2", "biometric", "oath",
		"ticket", "gate", "privilege", "session"
	};
	size_t i;

	*dst = '\0';
	for (i = 0; i < sizeof modules / sizeof modules[0]; i++)
		if (strcmp(word, modules[i]) == 0)
			(void)snprintf(dst, size, "%s/modules/pam_sekisho_%s/"
			    "pam_sekisho_%s.so conf=%s/etc/sekisho.conf",
			    builddir, word, word, world);
	if (strcmp(word, "count") == 0)
		(void)snprintf(dst, size, "%s/lib/pam_count.so", world);
	else if (strcmp(word, "world") == 0)
		(void)snprintf(dst, size, "%s", world);
}

void
world_service(const char *name, const char *text)
{
	char *out = calloc(1, 65536), word[32], value[2 * PATH_MAX];
	size_t n = 0, len;

	while (out != NULL && *text != '\0') {
		len = *text == '@' ? strspn(text + 1,
		    "abcdefghijklmnopqrstuvwxyz2") : 0;
		(void)snprintf(word, sizeof word, "%.*s", (int)len, text + 1);
		expand(value, sizeof value, word);
		if (len == 0 || *value == '\0') {
			out[n++] = *text++;
			continue;
		}
		n += (size_t)snprintf(out + n, 65536 - n, "%s", value);
		text += len + 1;
	}
	world_write(world_path("pam.d/%s", name), 0644, out);
	free(out);
}

static void
make_services(void)
{
	static const char *const full[] = {
		"login", "sshd", "su", "su-l", "chsh", "chfn", "sudo", "cron",
		"crond", "atd", "runuser", "runuser-l", "systemd-user",
		"gdm-launch-environment", "passwd", "other"
	};
	char from[PATH_MAX + 64];
	size_t i;

	for (i = 0; i < sizeof full / sizeof full[0]; i++)
		world_service(full[i], FULL_STACK);
	(void)snprintf(from, sizeof from, "%s/tests/module/pam_count.so",
	    builddir);
	copy(from, world_path("lib/pam_count.so"), 0755);
	world_service("count", COUNT_STACK);
	world_write(world_path("count"), 0600, "");
}

size_t
world_count(void)
{
	struct stat st;

	ck_assert_int_eq(stat(world_path("count"), &st), 0);
	return ((size_t)st.st_size);
}

/* ------------------------------------------------------------ running -- */

void
world_init(void)
{
	struct sek_settings *s = world_settings();
	struct sek_store_config *config = calloc(1, sizeof *config);
	struct sek_why why = { "" };
	enum sek_err err;

	ck_assert_ptr_nonnull(config);
	sek_store_config(config, s);
	err = sek_store_init(config, &why);
	ck_assert_msg(err == SEK_OK, "init: %s: %s", sek_err_name(err),
	    why.text);
	free(config);
	free(s);
}

/* No session of a test is watched unless it asks for that: it would be put
 * into a cgroup that stays behind it, or into a unit of systemd's. */
static void
hide_cgroups(void)
{
	char path[PATH_MAX];
	struct stat st;

	(void)mkdir(world_path("empty"), 0755);
	if (stat("/run/systemd", &st) == 0 &&
	    mount(world_path("empty"), "/run/systemd", NULL, MS_BIND, NULL) !=
	    0)
		die("/run/systemd");
	cgroups[0] = '\0';
	if (!sek_unit_cgroup_file(path, sizeof path, "/x", ""))
		return;
	path[strlen(path) - (sizeof "/x/" - 1)] = '\0';
	if (mount(world_path("empty"), path, NULL, MS_BIND, NULL) != 0)
		die(path);
	(void)snprintf(cgroups, sizeof cgroups, "%s", path);
}

static void
world_make(void)
{
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("sekisho-test", world, "tmpfs", MS_NOSUID | MS_NODEV,
	    "size=512m,mode=0755") != 0)
		die(world);
	hide_cgroups();
	make_accounts();
	make_policy();
	make_services();
	world_init();
}

TCase *
world_case(Suite *suite, const char *name, int seconds)
{
	TCase *c = tcase_create(name);

	tcase_set_timeout(c, seconds);
	tcase_add_checked_fixture(c, world_make, NULL);
	suite_add_tcase(suite, c);
	return (c);
}

bool
world_is_long(void)
{
	const char *s = getenv("SEK_LONG");

	return (s != NULL && strcmp(s, "1") == 0);
}

void
world_skip(const char *why)
{
	fprintf(stderr, "skipped: %s\n", why);
	_exit(0);
}

static const char *
choose_place(void)
{
	struct stat st;
	size_t i, n;

	for (i = 0; i < sizeof places / sizeof places[0]; i++) {
		n = strlen(places[i]);
		if (stat(places[i], &st) == 0 && S_ISDIR(st.st_mode) &&
		    strncmp(builddir, places[i], n) != 0)
			return (places[i]);
	}
	return (NULL);
}

/* Why there can be no world here; NULL when there can. */
static const char *
prepare(void)
{
	const char *dir = getenv("SEK_BUILDDIR");
	struct sek_why why = { "" };

	if (geteuid() != 0)
		return ("not root");
	if (realpath(dir != NULL ? dir : ".", builddir) == NULL)
		return ("no build tree");
	if ((world = choose_place()) == NULL)
		return ("no folder to mount over");
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("sekisho-test", world, "tmpfs", 0, NULL) != 0)
		return ("this machine lets nobody make a mount namespace");
	if (sek_isolate_self(&why) != SEK_OK)
		fprintf(stderr, "harness: %s\n", why.text);
	return (NULL);
}

int
world_main(Suite *suite)
{
	SRunner *sr = srunner_create(suite);
	const char *why;
	int failed;

	(void)umask(022);
	(void)signal(SIGPIPE, SIG_IGN);
	if ((why = prepare()) != NULL) {
		printf("SKIP: %s\n", why);
		srunner_free(sr);
		return (SKIPPED);
	}
	(void)signal(SIGPIPE, SIG_DFL);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed == 0 ? 0 : 1);
}

int
world_run(const char *const argv[])
{
	int status = -1, in, out;
	pid_t pid = fork();

	if (pid == 0) {
		in = open("/dev/null", O_RDONLY);
		out = open(world_path("out"), O_WRONLY | O_CREAT | O_TRUNC,
		    0600);
		if (in < 0 || out < 0 || dup2(in, 0) < 0 ||
		    dup2(out, 1) < 0 || dup2(out, 2) < 0)
			_exit(126);
		(void)setsid();
		(void)execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

bool
world_has_sekisho(void)
{
	char tool[PATH_MAX + 16];

	(void)snprintf(tool, sizeof tool, "%s/sekisho", builddir);
	return (access(tool, X_OK) == 0);
}

int
world_sekisho(const char *arg, ...)
{
	char tool[PATH_MAX + 16];
	const char *argv[16] = { tool };
	size_t n = 1;
	va_list ap;

	(void)snprintf(tool, sizeof tool, "%s/sekisho", builddir);
	va_start(ap, arg);
	for (; arg != NULL && n < 13; arg = va_arg(ap, const char *))
		argv[n++] = arg;
	va_end(ap);
	argv[n++] = "--conf";
	argv[n++] = world_path("etc/sekisho.conf");
	argv[n] = NULL;
	return (world_run(argv));
}
