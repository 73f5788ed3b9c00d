/*
 * fingerprints.h - biometric.so of this build, what it counts and tells, for
 * tests over a rig
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_FINGERPRINTS_H
#define SEKISHO_TESTS_FINGERPRINTS_H

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/file.h"
#include "sekisho/edge/fingerprint.h"

#include "../emulators/fingerprint/rig.h"
#include "unit.h"

#define WAIT	(30 * SEK_SECOND)	/* of a busy machine, too */
#define SHORT	(SEK_SECOND / 2)
#define ALICE	"alice"
#define TOLD	64

static struct fpr rig;
static struct sek_fingerprint_seen seen;
static struct sek_fingerprint_match match;
static struct sek_fingerprint_made made;

/* ------------------------------------------ biometric.so of this build -- */

void		*__real_dlopen(const char *path, int flags);
void		*__wrap_dlopen(const char *path, int flags);
enum sek_err	 __real_sek_file_open(int *fd, const char *path,
		    enum sek_file_privacy privacy, struct sek_why *why);
enum sek_err	 __wrap_sek_file_open(int *fd, const char *path,
		    enum sek_file_privacy privacy, struct sek_why *why);

static const char *
object_path(void)
{
	static char path[PATH_MAX];
	const char *build = getenv("SEK_BUILDDIR");

	(void)snprintf(path, sizeof(path), "%s/biometric.so",
	    build != NULL ? build : ".");
	return (path);
}

void *
__wrap_dlopen(const char *path, int flags)
{

	if (path != NULL &&
	    strcmp(path, SEK_LIBEXECDIR "/biometric.so") == 0) {
		ck_assert_int_ne(flags & RTLD_NODELETE, 0);
		path = object_path();
	}
	return (__real_dlopen(path, flags));
}

enum sek_err
__wrap_sek_file_open(int *fd, const char *path,
    enum sek_file_privacy privacy, struct sek_why *why)
{

	(void)why;
	ck_assert_str_eq(path, SEK_LIBEXECDIR "/biometric.so");
	ck_assert_int_eq(privacy, SEK_FILE_PUBLIC);
	*fd = open(object_path(), O_RDONLY | O_CLOEXEC);
	return (*fd >= 0 ? SEK_OK : SEK_ERR_NOT_FOUND);
}

/* ---------------------------------------------------- what is counted -- */

/* Seen by all processes of a test. */
struct counted {
	unsigned	may;
	unsigned	missed;
	pid_t		child;
	int64_t		pause;		/* at the nth asking; and the next, but
					 * for the first */
	unsigned	pause_at;
	enum sek_err	may_err;
	enum sek_err	missed_err;
	int		hold;		/* count only when it is 0 */
};
static struct counted *counted;

static enum sek_err
on_may(void *arg, int64_t *pause)
{

	(void)arg;
	counted->child = getpid();
	if (++counted->may == counted->pause_at ||
	    (counted->pause_at > 1 && counted->may == counted->pause_at + 1))
		*pause = counted->pause;
	return (counted->may_err);
}

static enum sek_err
on_missed(void *arg)
{
	struct timespec t = { 0, 1000000 };

	(void)arg;
	while (__atomic_load_n(&counted->hold, __ATOMIC_SEQ_CST))
		(void)nanosleep(&t, NULL);
	counted->missed++;
	return (counted->missed_err);
}

static const struct sek_scan_count count = { on_may, on_missed, NULL };

/* ------------------------------------------------------ what is told -- */

static struct sek_fingerprint_told told[TOLD];
static unsigned n_told;
static int enter[2];
static unsigned cancel_at;	/* Enter is pressed at the nth cue */

static void
on_tell(void *arg, const struct sek_fingerprint_told *t)
{

	(void)arg;
	if (n_told < TOLD)
		told[n_told] = *t;
	if (++n_told == cancel_at)
		ck_assert_int_eq(write(enter[1], "\n", 1), 1);
}

static int
on_watch(void *arg)
{

	(void)arg;
	return (enter[0]);
}

static bool
on_cancelled(void *arg)
{
	char c;

	(void)arg;
	return (read(enter[0], &c, 1) == 1);
}

static const struct sek_fingerprint_talk talk = { on_tell, on_watch,
    on_cancelled, NULL };

static inline unsigned
cues(enum sek_fingerprint_cue cue)
{
	unsigned i, n = 0;

	for (i = 0; i < n_told && i < TOLD; i++)
		n += told[i].cue == (uint32_t)cue;
	return (n);
}

/* -------------------------------------------------------------- helpers -- */

static inline const char *
word(uint32_t end)
{

	return (sek_fingerprint_end_name((enum sek_fingerprint_end)end));
}

static inline unsigned
descriptors(void)
{
	unsigned n = 0;
	DIR *d = opendir("/proc/self/fd");

	ck_assert_ptr_nonnull(d);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return (n);
}

static inline void
forget(void)
{

	memset(counted, 0, sizeof(*counted));
	n_told = cancel_at = 0;
}

static unsigned kind_of_rig = FPR_REAL;

static inline void
setup(void)
{
	char why[128] = "";

	counted = mmap(NULL, sizeof(*counted), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(counted, MAP_FAILED);
	forget();
	ck_assert_int_eq(pipe2(enter, O_CLOEXEC), 0);
	ck_assert_msg(fpr_start(&rig, kind_of_rig, why), "%s", why);
}

static inline void
teardown(void)
{

	fpr_stop(&rig);
}

/* Have a finger enrolled by us, scans by these lines. */
static inline const char *
make(enum sek_finger finger, const char *const *lines, int64_t wait)
{
	struct sek_fingerprint_make in = { .account = ALICE,
	    .finger = finger, .wait = wait, .talk = &talk };
	struct sek_why why = { .text = "" };
	pid_t sender = lines != NULL ? fpr_later(&rig, lines) : 0;

	ck_assert_msg(sek_fingerprint_make(&made, &in, &why) == SEK_OK, "%s",
	    why.text);
	if (sender != 0)
		ck_assert(fpr_sent(sender));
	return (word(made.end));
}

static inline struct sek_biometric
enrol(enum sek_finger finger, const char *scan)
{
	const char *const lines[] = { scan, scan, scan, scan, scan, NULL };

	ck_assert_str_eq(make(finger, lines, WAIT), "ok");
	return (made.finger);
}

static inline const char *
verify(const struct sek_biometric *finger, size_t n, const char *const *lines,
    int64_t wait)
{
	struct sek_fingerprint_request in = { .account = ALICE,
	    .finger = finger, .n = n, .wait = wait, .pause = WAIT,
	    .count = &count, .talk = &talk };
	struct sek_why why = { .text = "" };
	const unsigned fds = descriptors();
	pid_t sender = lines != NULL ? fpr_later(&rig, lines) : 0;
	enum sek_err err;

	err = sek_fingerprint_verify(&match, &in, &why);
	ck_assert_msg(err == SEK_OK, "%s", why.text);
	if (sender != 0)
		ck_assert(fpr_sent(sender));
	ck_assert_uint_eq(descriptors(), fds);
	return (word(match.end));
}

static inline const char *
verify_one(const struct sek_biometric *finger, const char *line)
{
	const char *const lines[] = { line, NULL };

	return (verify(finger, 1, lines, WAIT));
}

static inline const char *
look(void)
{

	ck_assert_int_eq(sek_fingerprint_look(&seen, ALICE, WAIT, NULL),
	    SEK_OK);
	return (word(seen.end));
}

static inline const char *
delete(enum sek_finger finger)
{
	enum sek_fingerprint_end end;

	ck_assert_int_eq(sek_fingerprint_delete(&end, ALICE, finger, WAIT,
	    NULL), SEK_OK);
	return (word(end));
}

#define RIGHT	SEK_FINGER_RIGHT_INDEX
#define LEFT	SEK_FINGER_LEFT_INDEX

#endif
