/*
 * rig.c - a pcscd of one's own and software cards in its readers
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../process.h"
#include "rig.h"

#define PCSCD	"/usr/sbin/pcscd"
#define VPCD	"/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
#define PORT	35963

static bool
programs(char out[512])
{
	const char *b = getenv("SEK_BUILDDIR");
	char path[600];

	snprintf(out, 512, "%s/tests/emulators/card", b != NULL ? b : ".");
	snprintf(path, sizeof(path), "%s/softcard", out);
	if (access(path, X_OK) != 0)
		return false;
	snprintf(path, sizeof(path), "%s/slot", out);
	return access(path, X_OK) == 0;
}

const char *
cardrig_missing(void)
{
	char bin[512];

	if (geteuid() != 0)
		return "not root";
	if (access(PCSCD, X_OK) != 0)
		return "no pcscd (tests/deps)";
	if (access(VPCD, R_OK) != 0)
		return "no vsmartcard-vpcd (tests/deps)";
	if (!programs(bin))
		return "no tests/emulators/card/softcard (make check)";
	return NULL;
}

int
cardrig_slot(const struct cardrig *r, const char *const *args)
{
	const char *argv[16] = { NULL };
	char path[600];
	int n;

	snprintf(path, sizeof(path), "%s/slot", r->bin);
	argv[0] = path;
	for (n = 0; n < 14 && args[n] != NULL; n++)
		argv[n + 1] = args[n];
	return emu_wait(emu_spawn("", NULL, argv));
}

static bool
await_slot(const struct cardrig *r, int slot, const char *state,
    const char *ms)
{
	char name[20];

	snprintf(name, sizeof(name), "00 0%d", slot);
	return cardrig_slot(r,
	    (const char *const[]){ "wait", name, state, ms, NULL }) == 0;
}

static bool
loopback(void)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &r) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* /run as it is, and what is written there in memory. */
static bool
own_run(struct cardrig *r)
{
	char run[96], up[128], work[128], options[400];

	snprintf(run, sizeof(run), "%s/run", r->dir);
	snprintf(up, sizeof(up), "%s/upper", run);
	snprintf(work, sizeof(work), "%s/work", run);
	snprintf(options, sizeof(options),
	    "lowerdir=/run,upperdir=%s,workdir=%s", up, work);
	if (mkdir(run, 0755) != 0 ||
	    mount("cardrig", run, "tmpfs", 0, "mode=755") != 0 ||
	    mkdir(up, 0755) != 0 || mkdir(work, 0755) != 0)
		return false;
	if (mount("cardrig", "/run", "overlay", 0, options) != 0 &&
	    mount("cardrig", "/run", "tmpfs", 0, "mode=755") != 0)
		return false;
	return mkdir("/run/pcscd", 0755) == 0 || errno == EEXIST;
}

static bool
configure(const struct cardrig *r)
{
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/reader.conf", r->dir);
	if ((f = fopen(path, "we")) == NULL)
		return false;
	fprintf(f, "FRIENDLYNAME \"Virtual PCD\"\n"
	    "DEVICENAME /dev/null:0x%X\nLIBPATH %s\nCHANNELID 0x%X\n",
	    PORT, VPCD, PORT);
	return fclose(f) == 0;
}

bool
cardrig_start(struct cardrig *r)
{
	const char *tmp = getenv("TMPDIR");

	memset(r, 0, sizeof(*r));
	if (!programs(r->bin))
		return false;
	if (tmp == NULL || *tmp == '\0' ||
	    snprintf(r->dir, sizeof(r->dir), "%s/cardrig.XXXXXX", tmp) >=
	    (int)sizeof(r->dir))
		snprintf(r->dir, sizeof(r->dir), "/tmp/cardrig.XXXXXX");
	if (mkdtemp(r->dir) == NULL) {
		r->dir[0] = '\0';
		return false;
	}
	/* Ordinary users under test look at anchors in it. */
	if (chmod(r->dir, 0755) != 0 ||
	    unshare(CLONE_NEWNS | CLONE_NEWNET) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    !loopback() || !own_run(r) || !configure(r)) {
		perror("cardrig");
		return false;
	}
	return cardrig_up(r);
}

bool
cardrig_up(struct cardrig *r)
{
	char conf[96], log[96];

	unlink("/run/pcscd/pcscd.comm");
	unlink("/run/pcscd/pcscd.pid");
	snprintf(conf, sizeof(conf), "%s/reader.conf", r->dir);
	snprintf(log, sizeof(log), "%s/pcscd.log", r->dir);
	r->pcscd = emu_spawn(log, NULL, (const char *const[]){ PCSCD,
	    "--foreground", "--config", conf, NULL });
	return r->pcscd > 0 && (await_slot(r, 1, "empty", "3000") ||
	    await_slot(r, 1, "present", "3000"));
}

void
cardrig_stop(struct cardrig *r)
{

	emu_end(&r->pcscd);
}

void
cardrig_end(struct cardrig *r)
{
	char run[96];

	cardrig_stop(r);
	if (r->dir[0] == '\0')
		return;
	snprintf(run, sizeof(run), "%s/run", r->dir);
	umount2("/run", MNT_DETACH);
	umount2(run, MNT_DETACH);
	emu_remove(r->dir);
	r->dir[0] = '\0';
}

bool
softcard_insert(struct softcard *c, const struct cardrig *r, const char *name,
    const char *type, int slot, const char *knobs)
{
	char port[16], path[600];

	memset(c, 0, sizeof(*c));
	c->slot = slot;
	snprintf(c->type, sizeof(c->type), "%s", type);
	snprintf(c->dir, sizeof(c->dir), "%s/%s", r->dir, name);
	snprintf(c->knobs, sizeof(c->knobs), "%s.knobs", c->dir);
	snprintf(c->log, sizeof(c->log), "%s.log", c->dir);
	if (knobs != NULL)
		softcard_knobs(c, knobs);
	snprintf(port, sizeof(port), "%d", PORT + slot);
	snprintf(path, sizeof(path), "%s/softcard", r->bin);
	c->pid = emu_spawn("", NULL, (const char *const[]){ path, type, port,
	    c->dir, c->knobs, c->log, NULL });
	return c->pid > 0 && await_slot(r, slot, "present", "20000");
}

void
softcard_remove(struct softcard *c, const struct cardrig *r)
{

	if (c->pid <= 0)
		return;
	emu_end(&c->pid);
	if (r->pcscd > 0)
		await_slot(r, c->slot, "empty", "5000");
}

/* The card has read them, and made what they call for. */
static void
until_taken(const struct softcard *c)
{
	struct timespec t = { 0, 5000000 };
	char want[96], text[96] = "";
	struct stat st;
	size_t n;
	int i;

	if (stat(c->knobs, &st) != 0)
		return;
	snprintf(want, sizeof(want), "%llu %lld.%09ld\n",
	    (unsigned long long)st.st_ino, (long long)st.st_mtim.tv_sec,
	    st.st_mtim.tv_nsec);
	for (i = 0; i < 12000 && kill(c->pid, 0) == 0; i++) {
		n = 0;
		(void)softcard_file(c, "taken", text, sizeof(text) - 1, &n);
		text[n < sizeof(text) ? n : 0] = '\0';
		if (strcmp(text, want) == 0)
			return;
		nanosleep(&t, NULL);
	}
	fprintf(stderr, "softcard_knobs: %s: not taken\n", c->dir);
}

void
softcard_knobs(const struct softcard *c, const char *knobs)
{
	char tmp[160];
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s.new", c->knobs);
	if ((f = fopen(tmp, "we")) == NULL || fputs(knobs, f) == EOF ||
	    fclose(f) != 0 || rename(tmp, c->knobs) != 0)
		perror("softcard_knobs");
	else if (c->pid > 0)
		until_taken(c);
}

bool
softcard_back(const struct softcard *c, const struct cardrig *r)
{
	struct timespec t = { 0, 5000000 };
	char text[8] = "";
	size_t n;
	int i;

	for (i = 0; i < 2000; i++) {
		if (softcard_file(c, "present", text, sizeof(text) - 1, &n) &&
		    text[0] == 'y')
			return await_slot(r, c->slot, "present", "10000");
		nanosleep(&t, NULL);
	}
	return false;
}

size_t
softcard_logged(const struct softcard *c, const char *text)
{
	FILE *f = fopen(c->log, "re");
	char line[1100];
	size_t n = 0;

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, text) != NULL;
	fclose(f);
	return n;
}

bool
softcard_await(const struct softcard *c, const char *text, size_t n, int ms)
{
	struct timespec t = { 0, 5000000 };

	for (; ms > 0; ms -= 5) {
		if (softcard_logged(c, text) >= n)
			return true;
		nanosleep(&t, NULL);
	}
	return softcard_logged(c, text) >= n;
}

void
softcard_forget_log(const struct softcard *c)
{

	if (truncate(c->log, 0) != 0 && errno != ENOENT)
		perror("softcard_forget_log");
}

bool
softcard_file(const struct softcard *c, const char *name, void *out,
    size_t max, size_t *n)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", c->dir, name);
	*n = 0;
	if ((f = fopen(path, "re")) == NULL)
		return false;
	*n = fread(out, 1, max, f);
	fclose(f);
	return *n > 0;
}

int
softcard_tries(const struct softcard *c)
{
	char text[16] = "";
	size_t n;

	if (!softcard_file(c, "tries", text, sizeof(text) - 1, &n))
		return -1;
	return atoi(text);
}
