/*
 * test_edge_fido2.c - security keys: each knob its end, and nothing left over
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * fido2.so of the build tree against software keys (tests/emulators/fido2).
 * dlopen and the check of its path are played: it is not installed.
 */
#include "config.h"

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/fido2.h"

#include "../emulators/fido2/softkey.h"
#include "unit.h"

#define RP		"sekisho.example"
#define WAIT		(3 * SEK_SECOND)	/* for who touches */
#define SHORT		(SEK_SECOND)		/* for who never does */
#define AAGUID		"5e4b1540-7e57-4b1d-a0f1-d02000000001"

/* ------------------------------------------------------------ the world -- */

static char dir[] = "/tmp/sekisho-fido2-XXXXXX";
static struct softkey key[3];
static struct sek_fido2 mine;		/* on key[0] */
static struct sek_secret pin, wrong;
static int cues, last_cue;

void		*__real_dlopen(const char *path, int flags);
void		*__wrap_dlopen(const char *path, int flags);
enum sek_err	 __wrap_sek_file_open(int *fd, const char *path,
		    enum sek_file_privacy privacy, struct sek_why *why);

static const char *
object_path(void)
{
	static char path[PATH_MAX];
	const char *build = getenv("SEK_BUILDDIR");

	(void)snprintf(path, sizeof(path), "%s/fido2.so",
	    build != NULL ? build : ".");
	return (path);
}

static const char *instead;	/* of fido2.so */

void *
__wrap_dlopen(const char *path, int flags)
{

	if (path != NULL && strcmp(path, SEK_LIBEXECDIR "/fido2.so") == 0) {
		ck_assert_int_ne(flags & RTLD_NODELETE, 0);
		path = instead != NULL ? instead : object_path();
	}
	return (__real_dlopen(path, flags));
}

enum sek_err
__wrap_sek_file_open(int *fd, const char *path,
    enum sek_file_privacy privacy, struct sek_why *why)
{

	(void)why;
	ck_assert_str_eq(path, SEK_LIBEXECDIR "/fido2.so");
	ck_assert_int_eq(privacy, SEK_FILE_PUBLIC);
	*fd = open(object_path(), O_RDONLY | O_CLOEXEC);
	return (*fd >= 0 ? SEK_OK : SEK_ERR_NOT_FOUND);
}

static void
on_cue(void *arg, enum sek_fido2_cue cue, const struct sek_fido2_device *d)
{

	(void)arg;
	ck_assert_int_eq(strncmp(d->path, "softkey:", 8), 0);
	cues++;
	last_cue = (int)cue;
}

static struct sek_fido2_make
order(void)
{
	struct sek_fido2_make m;

	memset(&m, 0, sizeof(m));
	m.rp_id = RP;
	m.rp_name = "Sekisho";
	m.user = "alice";
	m.wait = WAIT;
	m.cue = on_cue;
	m.aaguids = "";
	m.roots = "";
	memset(m.user_id, 0x11, sizeof(m.user_id));
	return (m);
}

/* A credential on a key that is plugged in and asks for no PIN. */
static struct sek_fido2
made_by(const struct sek_fido2_make *m)
{
	struct sek_fido2_made made;
	struct sek_why why = { "" };
	enum sek_err err = sek_fido2_make(&made, m, &why);

	ck_assert_msg(err == SEK_OK, "make: %s: %s", sek_err_name(err),
	    why.text);
	ck_assert_str_eq(sek_fido2_end_name((enum sek_fido2_end)made.end),
	    "ok");
	ck_assert_int_eq(sek_fido2_check(&made.credential), SEK_OK);
	return (made.credential);
}

static void
plug(int i, const char *knobs)
{
	static const char *const names[] = { "a", "b", "c" };

	ck_assert(softkey_start(&key[i], dir, names[i], knobs));
}

static void
replug(int i, const char *knobs)
{

	softkey_stop(&key[i]);
	plug(i, knobs);
}

static const char *
path_of(int i)
{
	static char path[2][160];
	static int turn;

	turn ^= 1;
	(void)snprintf(path[turn], sizeof(path[turn]), "softkey:%s",
	    key[i].socket);
	return (path[turn]);
}

/* A key with one credential of his, made while nothing was asked for. */
static void
setup(void)
{
	struct sek_fido2_make m = order();

	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)setenv("SOFTKEY_ONLY", "1", 1);
	(void)setenv("SOFTKEY", "", 1);
	ck_assert_int_eq(sek_secret_string(&pin, "1234"), SEK_OK);
	ck_assert_int_eq(sek_secret_string(&wrong, "9999"), SEK_OK);
	plug(0, "");
	mine = made_by(&m);
	cues = last_cue = 0;
}

static void
teardown(void)
{
	char command[64];
	int i;

	for (i = 0; i < 3; i++)
		if (key[i].pid != 0)
			softkey_stop(&key[i]);
	sek_secret_free(&pin);
	sek_secret_free(&wrong);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static struct sek_fido2_request
request(void)
{
	struct sek_fido2_request r;

	memset(&r, 0, sizeof(r));
	memset(r.hash, 0x42, sizeof(r.hash));
	r.credential = &mine;
	r.n = 1;
	r.wait = WAIT;
	r.cue = on_cue;
	return (r);
}

static struct sek_fido2_assertion got;

static const char *
ask(const struct sek_fido2_request *r)
{
	struct sek_why why = { "" };
	enum sek_err err;

	cues = 0;
	err = sek_fido2_assert(&got, r, &why);
	ck_assert_msg(err == SEK_OK, "assert: %s: %s", sek_err_name(err),
	    why.text);
	return (sek_fido2_end_name((enum sek_fido2_end)got.end));
}

static enum sek_err
verify(const struct sek_fido2_request *r, struct sek_fido2_proof *proof)
{
	struct sek_why why = { "" };

	ck_assert_uint_lt(got.credential, r->n);
	return (sek_fido2_verify(proof, &got, &r->credential[got.credential],
	    r->hash, &why));
}

static void
signs(const struct sek_fido2_request *r)
{
	struct sek_fido2_proof proof;

	ck_assert_str_eq(ask(r), "ok");
	ck_assert_int_eq(verify(r, &proof), SEK_OK);
}

/* ------------------------------------------------------- each its end -- */

/* what: R uv required, P preferred, p the right PIN, w a wrong one, T touch
 * only, N no sensor, S a short time. signs: y, n (refused), - (none). */
static const struct row {
	const char	*knobs;
	const char	*what;
	const char	*end;
	char		 signs;
	unsigned	 verified;
} rows[] = {
	{ "touch=ok", "", "ok", 'y', 0 },
	{ "touch=delay:200", "", "ok", 'y', 0 },
	{ "touch=timeout:100", "", "no-touch", '-', 0 },
	{ "touch=never", "S", "no-touch", '-', 0 },
	{ "touch=deny", "", "denied", '-', 0 },
	{ "keepalive=no\ntouch=delay:200", "", "ok", 'y', 0 },
	{ "latency=50", "", "ok", 'y', 0 },
	{ "slow=5", "", "ok", 'y', 0 },
	{ "latency=9000", "S", "silent", '-', 0 },
	/* Its sensor. */
	{ "uv=none", "R", "no-pin", '-', 0 },
	{ "uv=none", "P", "ok", 'y', 0 },
	{ "uv=unset", "R", "no-pin", '-', 0 },
	{ "uv=ok", "", "ok", 'y', 0 },
	{ "uv=ok", "P", "ok", 'y', 2 },
	{ "uv=ok", "R", "ok", 'y', 2 },
	{ "uv=ok\nperms=no", "R", "ok", 'y', 2 },
	{ "uv=ok\nuvtouch=no", "R", "ok", 'y', 2 },
	{ "uv=delay:200", "R", "ok", 'y', 2 },
	{ "uv=fail", "R", "uv-failed", '-', 0 },
	{ "uv=fail\nperms=no", "R", "uv-failed", '-', 0 },
	{ "uv=fail\nsetpin=1234", "R", "uv-failed", '-', 0 },
	{ "uv=fail\nsetpin=1234\nperms=no", "R", "uv-failed", '-', 0 },
	{ "uv=deny", "R", "uv-failed", '-', 0 },
	{ "uv=timeout:100", "R", "no-touch", '-', 0 },
	{ "uv=never", "RS", "no-touch", '-', 0 },
	{ "uv=ok", "RN", "no-pin", '-', 0 },
	{ "uv=ok\nsetpin=1234", "RN", "wants-pin", '-', 0 },
	{ "uv=ok\nsetpin=1234", "RNp", "ok", 'y', 1 },
	/* Its PIN. */
	{ "setpin=1234", "", "ok", 'y', 0 },
	{ "setpin=1234", "R", "wants-pin", '-', 0 },
	{ "setpin=1234", "P", "wants-pin", '-', 0 },
	{ "setpin=1234", "Rp", "ok", 'y', 1 },
	{ "setpin=1234\npinproto=1", "Rp", "ok", 'y', 1 },
	{ "setpin=1234\npinproto=2", "Rp", "ok", 'y', 1 },
	{ "setpin=1234\npinproto=21", "Rp", "ok", 'y', 1 },
	{ "setpin=1234\nperms=no", "Rp", "ok", 'y', 1 },
	{ "setpin=1234\nperms=no\npinproto=1\nversion=2.0", "Rp", "ok", 'y',
	    1 },
	{ "setpin=1234", "Rw", "pin-wrong", '-', 0 },
	{ "setpin=1234\npinmax=1", "Rw", "pin-blocked", '-', 0 },
	{ "setpin=1234\nforcepin=yes", "Rp", "unable", '-', 0 },
	{ "pin=no", "R", "no-pin", '-', 0 },
	{ "pin=no", "P", "ok", 'y', 0 },
	/* A touch and nothing more. */
	{ "setpin=1234", "RpT", "ok", 'y', 0 },
	{ "uv=ok", "RT", "ok", 'y', 0 },
	{ "uv=fail", "RT", "ok", 'y', 0 },
	{ "alwaysuv=yes\nsetpin=1234", "T", "ok", '-', 0 },
	{ "alwaysuv=yes\nuv=ok", "T", "ok", '-', 0 },
	{ "alwaysuv=yes\nsetpin=1234\ntouch=never", "TS", "no-touch", '-',
	    0 },
	{ "touch=never", "TS", "no-touch", '-', 0 },
	{ "alwaysuv=yes\nsetpin=1234", "", "wants-pin", '-', 0 },
	{ "alwaysuv=yes\nsetpin=1234", "p", "ok", 'y', 1 },
	{ "alwaysuv=yes\nuv=ok", "", "ok", 'y', 2 },
	/* Its last try is not used for who was not asked about it. */
	{ "setpin=1234\npinmax=1", "RpL", "wants-pin", '-', 0 },
	{ "setpin=1234\npinmax=2", "RpL", "ok", 'y', 1 },
	/* What it signs. */
	{ "sig=wrongkey", "", "ok", 'n', 0 },
	{ "sig=corrupt", "", "ok", 'n', 0 },
	{ "sig=short", "", "ok", 'n', 0 },
	{ "sig=long", "", "garbage", '-', 0 },
	{ "sig=empty", "", "garbage", '-', 0 },
	{ "rphash=wrong", "", "ok", 'n', 0 },
	{ "clearflags=up", "", "ok", 'n', 0 },
	{ "setflags=uv", "", "ok", 'y', 0 },
	{ "setflags=uv", "R", "no-pin", '-', 0 },
	{ "clearflags=uv\nuv=ok", "R", "ok", 'y', 0 },
	{ "clearflags=uv\nsetpin=1234", "Rp", "ok", 'y', 0 },
	{ "setflags=ed", "", "garbage", '-', 0 },
	{ "count=zero", "", "ok", 'y', 0 },
	{ "credid=other", "", "garbage", '-', 0 },
	{ "credid=none", "", "ok", 'y', 0 },
	{ "credid=empty", "", "ok", 'y', 0 },
	{ "credid=long", "", "garbage", '-', 0 },
	/* What it says instead. */
	{ "err.02=0x2e", "", "others", '-', 0 },
	{ "err.02=0x06", "", "busy", '-', 0 },
	{ "err.04=0x06", "", "busy", '-', 0 },
	{ "err.02=0x7f", "", "garbage", '-', 0 },
	{ "err.02=0xff", "", "garbage", '-', 0 },
	{ "err.04=0x01", "", "garbage", '-', 0 },
	{ "err.06=0x01\nsetpin=1234", "Rp", "garbage", '-', 0 },
	/* What it does instead. */
	{ "ctap=no", "", "garbage", '-', 0 },
	{ "hang=init", "S", "silent", '-', 0 },
	{ "hang=yes", "S", "silent", '-', 0 },
	{ "hang=yes\nfaultup=yes", "S", "no-touch", '-', 0 },
	{ "hang=yes\ncmd=06\nsetpin=1234", "RpS", "no-touch", '-', 0 },
	{ "yank=recv", "", "gone", '-', 0 },
	{ "yank=recv\nfaultup=yes", "", "gone", '-', 0 },
	{ "yank=touch", "", "gone", '-', 0 },
	{ "yank=mid", "", "gone", '-', 0 },
	{ "yank=mid\nfaultup=yes", "", "gone", '-', 0 },
	{ "yank=touch\nfaultup=yes\nunplug=yes", "", "gone", '-', 0 },
	{ "yank=recv\nunplug=yes", "", "gone", '-', 0 },
	{ "yank=mid\ncmd=06\nsetpin=1234", "Rp", "gone", '-', 0 },
	{ "garbage=yes", "", "garbage", '-', 0 },
	{ "garbage=short", "", "garbage", '-', 0 },
	{ "garbage=empty", "", "garbage", '-', 0 },
	{ "garbage=bare", "", "garbage", '-', 0 },
	{ "garbage=cut", "S", "silent", '-', 0 },
	{ "garbage=huge", "", "garbage", '-', 0 },
	{ "garbage=hugemap", "", "garbage", '-', 0 },
	{ "garbage=types", "", "garbage", '-', 0 },
	{ "garbage=nested", "", "garbage", '-', 0 },
	{ "garbage=big", "", "garbage", '-', 0 },
	{ "garbage=cid", "S", "silent", '-', 0 },
	{ "garbage=seq", "", "garbage", '-', 0 },
	{ "garbage=cmd", "", "garbage", '-', 0 },
	{ "garbage=bcnt", "", "garbage", '-', 0 },
	{ "garbage=storm", "S", "silent", '-', 0 },
	{ "garbage=yes\nfaultup=yes", "", "garbage", '-', 0 },
	{ "garbage=nested\nfaultup=yes", "", "garbage", '-', 0 },
	{ "garbage=storm\nfaultup=yes", "S", "silent", '-', 0 },
	{ "garbage=yes\ncmd=06\nsetpin=1234", "Rp", "garbage", '-', 0 },
	{ "garbage=hugemap\ncmd=04", "", "garbage", '-', 0 },
};

static struct sek_fido2_request
row_request(const struct row *w)
{
	struct sek_fido2_request r = request();

	if (strchr(w->what, 'R') != NULL)
		r.uv = SEK_FIDO2_UV_REQUIRED;
	if (strchr(w->what, 'P') != NULL)
		r.uv = SEK_FIDO2_UV_PREFERRED;
	if (strchr(w->what, 'p') != NULL)
		r.pin = &pin;
	if (strchr(w->what, 'w') != NULL)
		r.pin = &wrong;
	if (strchr(w->what, 'S') != NULL)
		r.wait = SHORT;
	r.presence_only = strchr(w->what, 'T') != NULL;
	r.no_sensor = strchr(w->what, 'N') != NULL;
	/* Asked about its last try, where nothing else is said. */
	r.last = strchr(w->what, 'L') == NULL;
	return (r);
}

START_TEST(each_knob_has_its_end)
{
	const struct row *w = &rows[_i];
	struct sek_fido2_request r = row_request(w);
	struct sek_fido2_proof proof;
	enum sek_err err;

	replug(0, w->knobs);
	ck_assert_msg(strcmp(ask(&r), w->end) == 0, "%s: %s, not %s",
	    w->knobs, sek_fido2_end_name((enum sek_fido2_end)got.end), w->end);
	if (got.end != SEK_FIDO2_END_OK) {
		ck_assert_uint_eq(got.authdata_len, 0);
		ck_assert_uint_eq(got.signature_len, 0);
		return;
	}
	ck_assert_int_ge(cues, 1);
	err = verify(&r, &proof);
	ck_assert_int_eq(err, w->signs == 'y' ? SEK_OK : SEK_ERR_REFUSED);
	ck_assert_uint_eq(proof.verified, w->verified);
}
END_TEST

/* ---------------------------------------------------------------- PINs -- */

START_TEST(tries_are_told_and_three_wrong_ones_pause_it)
{
	struct sek_fido2_request r = request();

	replug(0, "setpin=1234");
	r.uv = SEK_FIDO2_UV_REQUIRED;
	ck_assert_str_eq(ask(&r), "wants-pin");
	ck_assert_uint_eq(got.device.pin_tries, 8);
	ck_assert_uint_eq(got.credential, 0);
	r.path = path_of(0);
	r.pin = &wrong;
	ck_assert_str_eq(ask(&r), "pin-wrong");
	ck_assert_uint_eq(got.device.pin_tries, 7);
	ck_assert_str_eq(ask(&r), "pin-wrong");
	ck_assert_str_eq(ask(&r), "pin-paused");
	ck_assert_uint_eq(got.device.pin_tries, 5);
	r.pin = &pin;
	ck_assert_str_eq(ask(&r), "pin-paused");
	replug(0, NULL);
	signs(&r);
}
END_TEST

START_TEST(a_pin_is_sent_once_a_call)
{
	struct sek_fido2_request r = request();

	replug(0, "setpin=1234");
	softkey_forget_log(&key[0]);
	r.uv = SEK_FIDO2_UV_REQUIRED;
	r.pin = &wrong;
	ck_assert_str_eq(ask(&r), "pin-wrong");
	ck_assert_uint_eq(softkey_logged(&key[0], "sub=9") +
	    softkey_logged(&key[0], "sub=5"), 1);
}
END_TEST

/* It knows the id, for it is told it, but has not the credential. */
START_TEST(no_pin_reaches_a_key_that_lies_about_an_id)
{
	struct sek_fido2_request r = request();

	replug(0, "setpin=1234\nsig=wrongkey");
	softkey_forget_log(&key[0]);
	r.uv = SEK_FIDO2_UV_REQUIRED;
	ck_assert_str_eq(ask(&r), "garbage");
	ck_assert_uint_eq(got.credential, UINT32_MAX);
	r.pin = &pin;
	r.path = path_of(0);
	ck_assert_str_eq(ask(&r), "garbage");
	ck_assert_uint_eq(softkey_logged(&key[0], "sub=9") +
	    softkey_logged(&key[0], "sub=5"), 0);
}
END_TEST

START_TEST(no_pin_reaches_a_key_asked_for_a_touch)
{
	struct sek_fido2_request r = request();

	replug(0, "setpin=1234\nuv=ok");
	softkey_forget_log(&key[0]);
	r.uv = SEK_FIDO2_UV_REQUIRED;
	r.pin = &wrong;
	r.presence_only = true;
	ck_assert_str_eq(ask(&r), "ok");
	ck_assert_uint_eq(got.verified, SEK_FIDO2_VERIFIES_NOT);
	ck_assert_uint_eq(softkey_logged(&key[0], "cmd=06"), 0);
	ck_assert_uint_eq(softkey_logged(&key[0], "wait sensor"), 0);
	ck_assert_uint_eq(softkey_logged(&key[0], "uv=1"), 0);
}
END_TEST

START_TEST(a_pin_of_no_form_is_never_sent)
{
	static const char *const forms[] = { "", "123",
	    "1234567890123456789012345678901234567890123456789012345678901234",
	};
	struct sek_fido2_request r = request();
	struct sek_secret s = SEK_SECRET_NONE;
	size_t i;

	replug(0, "setpin=1234");
	r.uv = SEK_FIDO2_UV_REQUIRED;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		ck_assert_int_eq(sek_secret_string(&s, forms[i]), SEK_OK);
		r.pin = &s;
		ck_assert_int_eq(sek_fido2_assert(&got, &r, NULL),
		    SEK_ERR_RANGE);
		sek_secret_free(&s);
	}
	ck_assert_int_eq(sek_secret_copy(&s, "1234\0x", 6), SEK_OK);
	ck_assert_int_eq(sek_fido2_assert(&got, &r, NULL), SEK_ERR_RANGE);
	sek_secret_free(&s);
	ck_assert_uint_eq(softkey_logged(&key[0], "sub=9"), 0);
}
END_TEST

START_TEST(nothing_is_held_while_a_pin_is_wanted)
{
	struct sek_fido2_request r = request();

	/* Another has it at once, although INIT is busy while it is held. */
	replug(0, "setpin=1234");
	softkey_forget_log(&key[0]);
	r.uv = SEK_FIDO2_UV_REQUIRED;
	ck_assert_str_eq(ask(&r), "wants-pin");
	ck_assert_int_eq(cues, 0);
	ck_assert_uint_eq(softkey_logged(&key[0], "wait touch"), 0);
	r.uv = SEK_FIDO2_UV_DISCOURAGED;
	signs(&r);
}
END_TEST

START_TEST(the_sensor_fails_and_then_the_pin)
{
	struct sek_fido2_request r = request();
	struct sek_fido2_proof proof;

	replug(0, "setpin=1234\nuv=fail\nuvmax=2");
	r.uv = SEK_FIDO2_UV_REQUIRED;
	ck_assert_str_eq(ask(&r), "uv-failed");
	ck_assert_int_eq(last_cue, SEK_FIDO2_CUE_SENSOR);
	ck_assert_uint_eq(got.device.uv_tries, 1);
	ck_assert_str_eq(ask(&r), "uv-blocked");
	ck_assert_uint_eq(got.device.uv_tries, 0);
	r.no_sensor = true;
	ck_assert_str_eq(ask(&r), "wants-pin");
	r.pin = &pin;
	ck_assert_str_eq(ask(&r), "ok");
	ck_assert_int_eq(last_cue, SEK_FIDO2_CUE_TOUCH);
	ck_assert_int_eq(verify(&r, &proof), SEK_OK);
	ck_assert_uint_eq(proof.verified, SEK_FIDO2_VERIFIES_PIN);
}
END_TEST

START_TEST(the_credentials_own_wish_may_ask_for_more)
{
	struct sek_fido2_request r = request();
	struct sek_fido2_proof proof;

	replug(0, "setpin=1234");
	mine.brief.uv = SEK_FIDO2_UV_REQUIRED;
	ck_assert_str_eq(ask(&r), "wants-pin");
	r.pin = &pin;
	signs(&r);
	/* The flag is called for when it is verified, too. */
	softkey_knobs(&key[0], "clearflags=uv");
	ck_assert_str_eq(ask(&r), "ok");
	ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
	ck_assert_uint_eq(proof.verified, 0);
}
END_TEST

/* -------------------------------------------------------- what is proved -- */

START_TEST(a_signature_is_of_one_hash_rp_id_and_key)
{
	struct sek_fido2_request r = request();
	struct sek_fido2_assertion a;
	struct sek_fido2_proof proof;
	struct sek_fido2 c = mine;

	signs(&r);
	a = got;
	r.hash[31] ^= 1;
	ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
	r.hash[31] ^= 1;
	r.credential = &c;
	(void)sek_text_copy(c.rp_id, sizeof(c.rp_id), "sekisho.exampl");
	ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
	c = mine;
	c.public_key[3] ^= 1;
	ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
	c = mine;
	c.brief.algorithm = SEK_FIDO2_EDDSA;
	ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
	c.public_len = 32;
	ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
	c = mine;
	got.end = SEK_FIDO2_END_NO_TOUCH;
	ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
	got = a;
	got.signature_len = 0;
	ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
	got.signature_len = SEK_FIDO2_SIGNATURE_MAX + 1;
	ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
	got = a;
	got.authdata_len = UINT32_MAX;
	ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
	got = a;
	got.authdata_len--;
	ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
	got = a;
	ck_assert_int_eq(verify(&r, &proof), SEK_OK);
}
END_TEST

/* One bit anywhere in it: refused. */
START_TEST(every_bit_of_what_is_signed_counts)
{
	struct sek_fido2_request r = request();
	struct sek_fido2_assertion a;
	struct sek_fido2_proof proof;
	size_t i;

	signs(&r);
	a = got;
	for (i = 0; i < a.authdata_len; i++) {
		got.authdata[i] ^= (uint8_t)(1u << (i % 8));
		ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
		got.authdata[i] = a.authdata[i];
	}
	for (i = 0; i < a.signature_len; i++) {
		got.signature[i] ^= (uint8_t)(1u << (i % 8));
		ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
		got.signature[i] = a.signature[i];
	}
	ck_assert_int_eq(verify(&r, &proof), SEK_OK);
}
END_TEST

/* R the neutral point, S zero: it holds for whatever is signed. */
START_TEST(a_public_key_anybody_signs_for_is_none)
{
	struct sek_fido2 open = mine;
	struct sek_fido2_request r = request();
	struct sek_fido2_proof proof;

	signs(&r);
	open.brief.algorithm = SEK_FIDO2_EDDSA;
	memset(open.public_key, 0, sizeof(open.public_key));
	open.public_key[0] = 1;
	open.public_len = 32;
	memset(got.signature, 0, sizeof(got.signature));
	got.signature[0] = 1;
	got.signature_len = 64;
	ck_assert_int_eq(sek_fido2_verify(&proof, &got, &open, r.hash, NULL),
	    SEK_ERR_REFUSED);
}
END_TEST

START_TEST(a_replayed_signature_is_refused)
{
	struct sek_fido2_request r = request();
	struct sek_fido2_proof proof;

	signs(&r);
	softkey_knobs(&key[0], "sig=replay\nfaultup=yes");
	r.hash[0] ^= 1;
	ck_assert_str_eq(ask(&r), "ok");
	ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
}
END_TEST

START_TEST(the_counter_is_what_was_signed)
{
	struct sek_fido2_request r = request();
	struct sek_fido2_proof one, two;

	ck_assert_str_eq(ask(&r), "ok");
	ck_assert_int_eq(verify(&r, &one), SEK_OK);
	ck_assert_str_eq(ask(&r), "ok");
	ck_assert_int_eq(verify(&r, &two), SEK_OK);
	ck_assert_uint_gt(two.counter, one.counter);
	softkey_knobs(&key[0], "count=set:5");
	ck_assert_str_eq(ask(&r), "ok");
	ck_assert_int_eq(verify(&r, &two), SEK_OK);
	ck_assert_uint_le(two.counter, 7);
}
END_TEST

START_TEST(each_algorithm_signs)
{
	static const struct {
		const char	*knobs;
		uint8_t		 algorithm;
	} of[] = {
		{ "alg=es256", SEK_FIDO2_ES256 },
		{ "alg=eddsa", SEK_FIDO2_EDDSA },
		{ "alg=rs256", SEK_FIDO2_RS256 },
		{ "alg=eddsa,rs256", SEK_FIDO2_EDDSA },
		{ "alg=rs256,es256", SEK_FIDO2_ES256 },
	};
	struct sek_fido2_make m = order();
	struct sek_fido2_request r = request();

	replug(0, of[_i].knobs);
	mine = made_by(&m);
	ck_assert_uint_eq(mine.brief.algorithm, of[_i].algorithm);
	signs(&r);
}
END_TEST

/* ------------------------------------------------------ many of each -- */

START_TEST(no_key_at_all)
{
	struct sek_fido2_request r = request();
	bool present = true;

	ck_assert_int_eq(sek_fido2_present(&present, NULL), SEK_OK);
	ck_assert(present);
	softkey_stop(&key[0]);
	ck_assert_int_eq(sek_fido2_present(&present, NULL), SEK_OK);
	ck_assert(!present);
	ck_assert_str_eq(ask(&r), "no-key");
	r.path = path_of(0);
	ck_assert_str_eq(ask(&r), "no-key");
	plug(1, "");
	ck_assert_str_eq(ask(&r), "gone");
	r.path = NULL;
	ck_assert_str_eq(ask(&r), "others");
	ck_assert_uint_eq(got.credential, UINT32_MAX);
	ck_assert_int_eq(cues, 0);
}
END_TEST

START_TEST(a_path_that_is_not_a_key_is_never_opened)
{
	struct sek_fido2_request r = request();
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/fifo", dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	r.path = path;
	ck_assert_str_eq(ask(&r), "gone");
	r.path = "/etc/passwd";
	ck_assert_str_eq(ask(&r), "gone");
	r.path = path_of(0);
	signs(&r);
}
END_TEST

/* The others are not asked for a touch; a broken one is no hindrance. */
START_TEST(his_is_found_among_several)
{
	static const char *const broken[] = { "", "hang=init", "garbage=yes",
	    "yank=mid", "err.02=0x06", "setpin=4321\nalwaysuv=yes" };
	struct sek_fido2_make m = order();
	struct sek_fido2_request r = request();

	softkey_stop(&key[0]);
	plug(1, broken[_i]);
	plug(2, "");
	m.path = path_of(2);
	mine = made_by(&m);
	softkey_forget_log(&key[1]);
	r.wait = 10 * SEK_SECOND;
	signs(&r);
	ck_assert_str_eq(got.device.path, path_of(2));
	ck_assert_uint_eq(softkey_logged(&key[1], "up=1"), 0);
	ck_assert_uint_eq(softkey_logged(&key[1], "wait touch"), 0);
}
END_TEST

START_TEST(one_that_may_be_his_is_told_before_others)
{
	struct sek_fido2_request r = request();

	softkey_knobs(&key[0], "err.02=0x06");
	plug(1, "");
	ck_assert_str_eq(ask(&r), "busy");
	ck_assert_str_eq(got.device.path, path_of(0));
}
END_TEST

static struct sek_fido2 *
many(size_t n, uint32_t len)
{
	struct sek_fido2 *c = calloc(n, sizeof(*c));
	size_t i;

	ck_assert_ptr_nonnull(c);
	for (i = 0; i < n; i++) {
		c[i] = mine;
		c[i].credential_len = len;
		memset(c[i].credential, (int)(i + 1), len);
	}
	return (c);
}

/* 24 of somebody's, the one of this key at every place. */
START_TEST(the_right_one_of_24_is_found)
{
	static const char *const bounds[] = { "maxcreds=8", "maxcreds=3",
	    "maxcreds=1", "maxcreds=0\nmaxcredid=0",
	    "maxcreds=24\nmaxmsg=1024", "maxcreds=8\nlatency=2" };
	struct sek_fido2_request r = request();
	struct sek_fido2 *c = many(24, 48);
	size_t at = (size_t)(_i % 4) * 23 / 3;

	replug(0, bounds[_i / 4]);
	softkey_forget_log(&key[0]);
	c[at] = mine;
	r.credential = c;
	r.n = 24;
	r.wait = 10 * SEK_SECOND;
	signs(&r);
	ck_assert_uint_eq(got.credential, at);
	ck_assert_uint_eq(softkey_logged(&key[0], "up=1"), 1);
	free(c);
}
END_TEST

START_TEST(questions_are_as_few_as_the_key_allows)
{
	struct sek_fido2_request r = request();
	struct sek_fido2 *c = many(24, 48);

	replug(0, "maxcreds=8");
	softkey_forget_log(&key[0]);
	c[23] = mine;
	r.credential = c;
	r.n = 24;
	signs(&r);
	ck_assert_uint_eq(softkey_logged(&key[0], "up=0"), 3);
	free(c);
}
END_TEST

START_TEST(long_ids_go_in_parts_that_fit)
{
	struct sek_fido2_make m = order();
	struct sek_fido2_request r = request();
	struct sek_fido2 *c;

	replug(0, "credidlen=1023\nmaxcredid=1023\nmaxmsg=2048");
	mine = made_by(&m);
	ck_assert_uint_eq(mine.credential_len, 1023);
	c = many(12, 1023);
	c[11] = mine;
	r.credential = c;
	r.n = 12;
	r.wait = 10 * SEK_SECOND;
	signs(&r);
	ck_assert_uint_eq(got.credential, 11);
	free(c);
}
END_TEST

START_TEST(rows_keep_their_own_rp_ids)
{
	struct sek_fido2_make m = order();
	struct sek_fido2_request r = request();
	struct sek_fido2 c[3];

	m.rp_id = "pam://host";
	c[0] = mine;
	memset(c[0].credential, 7, 48);
	c[1] = mine;
	(void)sek_text_copy(c[1].rp_id, sizeof(c[1].rp_id), "other");
	c[2] = made_by(&m);
	r.credential = c;
	r.n = 3;
	signs(&r);
	ck_assert_uint_eq(got.credential, 2);
	/* The id alone is not enough. */
	(void)sek_text_copy(c[2].rp_id, sizeof(c[2].rp_id), RP);
	ck_assert_str_eq(ask(&r), "others");
}
END_TEST

START_TEST(a_resident_one_is_found_without_its_id)
{
	struct sek_fido2_make m = order();
	struct sek_fido2_request r = request();
	struct sek_fido2 c[3];
	size_t i;

	m.resident = true;
	for (i = 0; i < 3; i++) {
		memset(m.user_id, (int)i, sizeof(m.user_id));
		c[i] = made_by(&m);
		ck_assert_uint_eq(c[i].brief.resident, 1);
	}
	c[1].credential_len = 0;
	r.credential = &c[1];
	signs(&r);
	ck_assert_uint_eq(softkey_logged(&key[0], "up=1"), 1);
	/* Another's key has such ones, too, but not his. */
	softkey_stop(&key[0]);
	plug(1, "");
	(void)made_by(&m);
	ck_assert_str_eq(ask(&r), "others");
}
END_TEST

START_TEST(round_trips_are_no_more_than_pam_u2fs)
{
	struct sek_fido2_request r = request();

	softkey_forget_log(&key[0]);
	signs(&r);
	/* INIT, getInfo, is it there, sign. */
	ck_assert_uint_eq(got.round_trips, 4);
	ck_assert_uint_eq(softkey_logged(&key[0], "init"), 1);
	ck_assert_uint_eq(softkey_logged(&key[0], "cmd="), 3);
}
END_TEST

START_TEST(devices_are_told_by_what_they_say)
{
	struct sek_fido2_device d[4];
	char aaguid[SEK_FIDO2_AAGUID_TEXT], file[160];
	size_t n = 9;
	FILE *f;

	replug(0, "setpin=1234\nuv=ok");
	plug(1, "hang=init");
	plug(2, "rk=no");
	(void)snprintf(file, sizeof(file), "%s.name", key[2].socket);
	ck_assert_ptr_nonnull(f = fopen(file, "w"));
	(void)fprintf(f, "\033[31mEvil\007\377%0300d\n", 7);
	(void)fclose(f);
	ck_assert_int_eq(sek_fido2_devices(d, 4, &n, NULL), SEK_OK);
	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(d[0].path, path_of(0));
	sek_fido2_aaguid_text(aaguid, d[0].aaguid);
	ck_assert_str_eq(aaguid, AAGUID);
	ck_assert_uint_eq(d[0].pin_set, 1);
	ck_assert_uint_eq(d[0].sensor, 1);
	ck_assert_uint_eq(d[0].resident, 1);
	ck_assert_uint_eq(d[0].pin_tries, 8);
	/* That says nothing is there all the same. */
	ck_assert_str_eq(d[1].path, path_of(1));
	ck_assert_uint_eq(d[1].pin_tries, SEK_FIDO2_TRIES_UNKNOWN);
	ck_assert_uint_eq(d[2].resident, 0);
	ck_assert_uint_eq(d[2].pin_set, 0);
	ck_assert(sek_text_is_clean(d[2].model, SEK_FIDO2_MODEL_MAX - 1));
	ck_assert_int_eq(sek_fido2_devices(d, 1, &n, NULL), SEK_OK);
	ck_assert_uint_eq(n, 1);
}
END_TEST

/* ------------------------------------------------ two want one key -- */

static int
in_a_child(const struct sek_fido2_request *r, pid_t *pid)
{
	int p[2];

	ck_assert_int_eq(pipe(p), 0);
	ck_assert_int_ge(*pid = fork(), 0);
	if (*pid == 0) {
		struct sek_fido2_assertion a;
		char end = 0;

		if (sek_fido2_assert(&a, r, NULL) == SEK_OK)
			end = (char)a.end;
		(void)!write(p[1], &end, 1);
		_exit(0);
	}
	(void)close(p[1]);
	return (p[0]);
}

START_TEST(two_processes_want_one_key)
{
	struct sek_fido2_request r = request();
	char end = 0;
	pid_t pid;
	int fd;

	softkey_knobs(&key[0], "touch=never");
	softkey_forget_log(&key[0]);
	r.wait = 30 * SEK_SECOND;
	fd = in_a_child(&r, &pid);
	ck_assert(softkey_await(&key[0], "wait touch", 1, 10000));
	ck_assert_str_eq(ask(&r), "busy");
	ck_assert_int_eq(cues, 0);
	softkey_knobs(&key[0], "touch=ok");
	ck_assert_int_eq(read(fd, &end, 1), 1);
	ck_assert_int_eq(end, SEK_FIDO2_END_OK);
	(void)close(fd);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	signs(&r);
}
END_TEST

/* ------------------------------------------- the host does not notice -- */

/* Numbers of what is open; children; bytes in use. */
struct state {
	char	fds[1024];
	char	children[256];
	sigset_t mask;
	bool	pending;
};

static void
look(struct state *s)
{
	char path[64];
	struct dirent *e;
	sigset_t pending;
	ssize_t n;
	DIR *d;
	int fd;

	memset(s, 0, sizeof(*s));
	ck_assert_ptr_nonnull(d = opendir("/proc/self/fd"));
	while ((e = readdir(d)) != NULL)
		if (atoi(e->d_name) != dirfd(d))
			(void)strcat(strcat(s->fds, e->d_name), " ");
	(void)closedir(d);
	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children",
	    (int)getpid());
	if ((fd = open(path, O_RDONLY)) >= 0) {
		n = read(fd, s->children, sizeof(s->children) - 1);
		ck_assert_int_ge((int)n, 0);
		(void)close(fd);
	}
	(void)pthread_sigmask(SIG_SETMASK, NULL, &s->mask);
	(void)sigpending(&pending);
	s->pending = sigismember(&pending, SIGCHLD) == 1;
}

static void
check_same(const struct state *was)
{
	struct state is;

	look(&is);
	ck_assert_str_eq(is.fds, was->fds);
	ck_assert_str_eq(is.children, was->children);
	ck_assert_int_eq(memcmp(&is.mask, &was->mask, sizeof(is.mask)), 0);
	ck_assert_int_eq(is.pending, was->pending);
}

START_TEST(nothing_is_left_whatever_the_end)
{
	static const char *const knobs[] = { "", "touch=never", "hang=init",
	    "garbage=nested", "garbage=storm", "yank=mid", "err.02=0x2e",
	    "setpin=1234" };
	struct sek_fido2_request r = request();
	struct sek_fido2_device d[4];
	struct state was;
	size_t n;
	bool present;

	(void)ask(&r);
	replug(0, knobs[_i]);
	look(&was);
	r.wait = SHORT;
	r.uv = SEK_FIDO2_UV_PREFERRED;
	(void)ask(&r);
	ck_assert_int_eq(sek_fido2_devices(d, 4, &n, NULL), SEK_OK);
	ck_assert_int_eq(sek_fido2_present(&present, NULL), SEK_OK);
	check_same(&was);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__
/* OpenSSL's own caches fill, and are emptied by chance. */
START_TEST(memory_does_not_grow)
{
	struct sek_fido2_request r = request();
	struct sek_fido2_proof proof;
	size_t was = 0;
	int i;

	for (i = 0; i < 700; i++) {
		if (i == 100)
			was = mallinfo2().uordblks;
		signs(&r);
		got.signature[8] ^= 1;
		ck_assert_int_eq(verify(&r, &proof), SEK_ERR_REFUSED);
	}
	ck_assert_uint_le(mallinfo2().uordblks, was + 16384);
}
END_TEST
#endif

static volatile sig_atomic_t caught, caught_other, reaped;
static pid_t expected;

static void
on_child(int sig, siginfo_t *info, void *context)
{

	(void)sig;
	(void)context;
	if (info->si_pid == expected)
		caught++;
	else
		caught_other++;
}

static void
on_child_reap(int sig)
{

	(void)sig;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		reaped++;
}

static void
handle(void (*plain)(int), void (*full)(int, siginfo_t *, void *))
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	if (full != NULL) {
		sa.sa_sigaction = full;
		sa.sa_flags = SA_SIGINFO;
	} else
		sa.sa_handler = plain;
	ck_assert_int_eq(sigaction(SIGCHLD, &sa, NULL), 0);
}

START_TEST(a_host_that_handles_sigchld_never_sees_the_child)
{
	struct sek_fido2_request r = request();

	handle(NULL, on_child);
	signs(&r);
	softkey_knobs(&key[0], "touch=never");
	r.wait = SHORT;
	ck_assert_str_eq(ask(&r), "no-touch");
	ck_assert_int_eq(caught + caught_other, 0);
	handle(SIG_DFL, NULL);
}
END_TEST

static void
end_another(void *arg, enum sek_fido2_cue cue,
    const struct sek_fido2_device *d)
{
	siginfo_t info;

	(void)cue;
	(void)d;
	(void)kill(*(pid_t *)arg, SIGKILL);
	/* It has ended before anything else does. */
	ck_assert_int_eq(waitid(P_PID, (id_t)*(pid_t *)arg, &info,
	    WEXITED | WNOWAIT), 0);
}

/* It ends while the key waits: the host is told of it, and of it alone. */
START_TEST(another_childs_sigchld_is_not_lost)
{
	struct sek_fido2_request r = request();

	handle(NULL, on_child);
	ck_assert_int_ge(expected = fork(), 0);
	if (expected == 0) {
		(void)pause();
		_exit(0);
	}
	r.cue = end_another;
	r.arg = &expected;
	signs(&r);
	ck_assert_int_eq(caught_other, 0);
	ck_assert_int_eq(caught, 1);
	ck_assert_int_eq(waitpid(expected, NULL, 0), expected);
	handle(SIG_DFL, NULL);
}
END_TEST

static void *
sign_while_another_ends(void *arg)
{
	struct sek_fido2_request r = request();
	struct sek_fido2_assertion *a = calloc(1, sizeof(*a));

	r.cue = end_another;
	r.arg = &expected;
	*(bool *)arg = a != NULL && sek_fido2_assert(a, &r, NULL) == SEK_OK &&
	    a->end == SEK_FIDO2_END_OK;
	free(a);
	return (NULL);
}

/* As above, in another thread than the first, where all have it blocked. */
START_TEST(another_childs_sigchld_is_not_lost_in_a_thread)
{
	const struct timespec none = { 0, 0 };
	bool ok = false;
	sigset_t set;
	siginfo_t info;
	pthread_t t;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	ck_assert_int_ge(expected = fork(), 0);
	if (expected == 0) {
		(void)pause();
		_exit(0);
	}
	ck_assert_int_eq(pthread_create(&t, NULL, sign_while_another_ends,
	    &ok), 0);
	(void)pthread_join(t, NULL);
	ck_assert(ok);
	ck_assert_int_eq(sigtimedwait(&set, &info, &none), SIGCHLD);
	ck_assert_int_eq(info.si_pid, expected);
	ck_assert_int_eq(waitpid(expected, NULL, 0), expected);
	ck_assert_int_eq(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
}
END_TEST

/* As above, but it was pending, because the host had it blocked. */
START_TEST(a_blocked_sigchld_stays_pending)
{
	struct sek_fido2_request r = request();
	sigset_t set;
	siginfo_t info;
	pid_t pid;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	ck_assert_int_ge(pid = fork(), 0);
	if (pid == 0)
		_exit(7);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT),
	    0);
	signs(&r);
	ck_assert_int_eq(sigwaitinfo(&set, &info), SIGCHLD);
	ck_assert_int_eq(info.si_pid, pid);
	ck_assert_int_eq(info.si_status, 7);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
}
END_TEST

START_TEST(a_host_that_ignores_sigchld)
{
	struct sek_fido2_request r = request();
	struct state was;

	signs(&r);
	handle(SIG_IGN, NULL);
	look(&was);
	signs(&r);
	softkey_knobs(&key[0], "touch=never");
	r.wait = SHORT;
	ck_assert_str_eq(ask(&r), "no-touch");
	softkey_knobs(&key[0], "garbage=storm");
	ck_assert_str_eq(ask(&r), "silent");
	check_same(&was);
	handle(SIG_DFL, NULL);
}
END_TEST

static void *
reap_all(void *arg)
{
	const struct timespec pause = { 0, 200000 };

	while (!*(volatile bool *)arg) {
		(void)waitpid(-1, NULL, WNOHANG);
		(void)nanosleep(&pause, NULL);
	}
	return (NULL);
}

/* A thread of the host's waits for whatever child there is. */
START_TEST(a_host_that_reaps_all_there_are)
{
	struct sek_fido2_request r = request();
	volatile bool stop = false;
	pthread_t t;
	int i;

	handle(on_child_reap, NULL);
	ck_assert_int_eq(pthread_create(&t, NULL, reap_all, (void *)(uintptr_t)
	    &stop), 0);
	for (i = 0; i < 20; i++)
		signs(&r);
	softkey_knobs(&key[0], "garbage=storm");
	r.wait = SHORT;
	ck_assert_str_eq(ask(&r), "silent");
	stop = true;
	(void)pthread_join(t, NULL);
	handle(SIG_DFL, NULL);
}
END_TEST

static void *
allocate(void *arg)
{
	void *p;

	while (!*(volatile bool *)arg) {
		p = malloc(1 + (size_t)rand() % 4096);
		free(p);
		(void)setenv("SOME", "thing", 1);
	}
	return (NULL);
}

static void *
sign_often(void *arg)
{
	struct sek_fido2_request r = request();
	struct sek_fido2_assertion *a = calloc(1, sizeof(*a));
	struct sek_fido2_proof proof;
	size_t *ok = arg;
	int i;

	for (i = 0; i < 20 && a != NULL; i++)
		if (sek_fido2_assert(a, &r, NULL) == SEK_OK &&
		    a->end == SEK_FIDO2_END_OK && sek_fido2_verify(&proof, a,
		    &mine, r.hash, NULL) == SEK_OK)
			(*ok)++;
	free(a);
	return (NULL);
}

/* Locks of malloc and the like are held by other threads while it forks. */
START_TEST(a_host_with_threads)
{
	volatile bool stop = false;
	pthread_t busy[2], t;
	size_t ok = 0, i;

	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&busy[i], NULL, allocate,
		    (void *)(uintptr_t)&stop), 0);
	ck_assert_int_eq(pthread_create(&t, NULL, sign_often, &ok), 0);
	(void)pthread_join(t, NULL);
	stop = true;
	for (i = 0; i < 2; i++)
		(void)pthread_join(busy[i], NULL);
	ck_assert_uint_eq(ok, 20);
}
END_TEST

static volatile sig_atomic_t alarms;

static void
on_alarm(int sig)
{

	(void)sig;
	alarms++;
}

START_TEST(signals_of_the_hosts_do_not_disturb)
{
	const struct itimerval often = { { 0, 3000 }, { 0, 3000 } };
	const struct itimerval off = { { 0, 0 }, { 0, 0 } };
	struct sek_fido2_request r = request();
	struct sigaction sa;
	int i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_alarm;	/* without SA_RESTART */
	ck_assert_int_eq(sigaction(SIGALRM, &sa, NULL), 0);
	softkey_knobs(&key[0], "touch=delay:100");
	(void)setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < 5; i++)
		ck_assert_str_eq(ask(&r), "ok");
	(void)setitimer(ITIMER_REAL, &off, NULL);
	ck_assert_int_gt(alarms, 10);
}
END_TEST

START_TEST(no_process_no_descriptor_no_verdict)
{
	struct sek_fido2_request r = request();
	struct rlimit was, few;
	struct state before;
	struct sek_why why = { "" };

	signs(&r);
	look(&before);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	few = was;
	few.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	ck_assert_int_ne(sek_fido2_assert(&got, &r, &why), SEK_OK);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
	ck_assert_uint_ne(got.end, SEK_FIDO2_END_OK);
	ck_assert_str_ne(why.text, "");
	check_same(&before);
}
END_TEST

/* fork says no to who is not root and has as many processes as he may. */
START_TEST(when_fork_fails)
{
	const struct rlimit none = { 0, 0 };
	struct sek_fido2_request r = request();
	struct sek_why why = { "" };
	bool present = false;
	int status;
	pid_t pid;

	if (getuid() != 0)
		return;
	replug(0, "mode=0666");
	signs(&r);
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_ge(pid = fork(), 0);
	if (pid == 0) {
		if (setrlimit(RLIMIT_NPROC, &none) != 0 ||
		    setresuid(65534, 65534, 65534) != 0 ||
		    sek_fido2_present(&present, &why) != SEK_OK || !present)
			_exit(2);
		_exit(sek_fido2_assert(&got, &r, &why) == SEK_ERR_NOMEM &&
		    got.end != SEK_FIDO2_END_OK && why.text[0] != '\0' ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* Who asks is killed while the key waits: the key is let go. */
START_TEST(the_child_ends_with_its_parent)
{
	struct sek_fido2_request r = request();
	pid_t pid;
	int fd;

	softkey_knobs(&key[0], "touch=never");
	softkey_forget_log(&key[0]);
	r.wait = 60 * SEK_SECOND;
	fd = in_a_child(&r, &pid);
	ck_assert(softkey_await(&key[0], "wait touch", 1, 10000));
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	(void)close(fd);
	/* Its line ends where nobody waits any more. */
	ck_assert(softkey_await(&key[0], "up=1", 1, 10000));
	softkey_knobs(&key[0], "touch=ok");
	signs(&r);
}
END_TEST

/* What the environment says makes it print nothing. */
START_TEST(fido_debug_prints_nothing)
{
	struct sek_fido2_request r = request();
	struct sek_fido2_proof proof;
	char file[128];
	struct stat st;
	int fd, err;

	(void)snprintf(file, sizeof(file), "%s/stderr", dir);
	ck_assert_int_ge(fd = open(file, O_RDWR | O_CREAT | O_APPEND, 0600),
	    0);
	ck_assert_int_ge(err = dup(2), 0);
	ck_assert_int_eq(setenv("FIDO_DEBUG", "1", 1), 0);
	ck_assert_int_ge(dup2(fd, 2), 0);
	ck_assert_str_eq(ask(&r), "ok");
	(void)verify(&r, &proof);
	got.signature[5] ^= 1;
	(void)verify(&r, &proof);
	ck_assert_int_ge(dup2(err, 2), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	(void)close(fd);
	(void)close(err);
}
END_TEST

/* With 0, 1 and 2 closed, as some daemons run. */
START_TEST(without_standard_descriptors)
{
	struct sek_fido2_request r = request();
	int status;
	pid_t pid;

	ck_assert_int_ge(pid = fork(), 0);
	if (pid == 0) {
		(void)close(0);
		(void)close(1);
		(void)close(2);
		_exit(sek_fido2_assert(&got, &r, NULL) == SEK_OK &&
		    got.end == SEK_FIDO2_END_OK ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

/* ---------------------------------------------------------- made ones -- */

static struct sek_fido2_made made;

static const char *
make(const struct sek_fido2_make *m)
{
	struct sek_why why = { "" };
	enum sek_err err = sek_fido2_make(&made, m, &why);

	if (err != SEK_OK) {
		ck_assert_uint_ne(made.end, SEK_FIDO2_END_OK);
		ck_assert_uint_eq(made.credential.credential_len, 0);
		ck_assert_str_ne(why.text, "");
		return (sek_err_name(err));
	}
	return (sek_fido2_end_name((enum sek_fido2_end)made.end));
}

/* what: r resident, R uv required, p PIN, w wrong PIN, N no sensor, S short,
 * x excluded. */
static const struct making {
	const char	*knobs;
	const char	*what;
	const char	*end;
	uint8_t		 verifies;
} makings[] = {
	{ "", "", "ok", SEK_FIDO2_VERIFIES_NOT },
	{ "", "r", "ok", SEK_FIDO2_VERIFIES_NOT },
	{ "", "R", "no-pin", 0 },
	{ "", "x", "excluded", 0 },
	{ "rk=no", "r", "unable", 0 },
	{ "maxrk=0", "r", "full", 0 },
	{ "setpin=1234", "", "wants-pin", 0 },
	{ "setpin=1234\nmcuvnotrqd=yes", "", "ok", SEK_FIDO2_VERIFIES_PIN },
	{ "setpin=1234\nmcuvnotrqd=yes", "r", "wants-pin", 0 },
	{ "setpin=1234", "p", "ok", SEK_FIDO2_VERIFIES_PIN },
	{ "setpin=1234", "Rp", "ok", SEK_FIDO2_VERIFIES_PIN },
	{ "setpin=1234", "rp", "ok", SEK_FIDO2_VERIFIES_PIN },
	{ "setpin=1234", "w", "pin-wrong", 0 },
	{ "setpin=1234\nforcepin=yes", "p", "unable", 0 },
	{ "uv=ok", "R", "ok", SEK_FIDO2_VERIFIES_SENSOR },
	{ "uv=ok\nperms=no", "R", "ok", SEK_FIDO2_VERIFIES_SENSOR },
	{ "uv=ok\nsetpin=1234", "", "ok", SEK_FIDO2_VERIFIES_SENSOR },
	{ "uv=ok\nsetpin=1234", "N", "wants-pin", 0 },
	{ "uv=fail", "R", "uv-failed", 0 },
	{ "uv=fail\nsetpin=1234", "R", "uv-failed", 0 },
	{ "clearflags=uv\nuv=ok", "R", "refused", 0 },
	{ "clearflags=up", "", "refused", 0 },
	{ "rphash=wrong", "", "refused", 0 },
	{ "touch=never", "S", "no-touch", 0 },
	{ "touch=deny", "", "denied", 0 },
	{ "hang=yes\ncmd=01", "S", "no-touch", 0 },
	{ "yank=mid\ncmd=01", "", "gone", 0 },
	{ "garbage=yes\ncmd=01", "", "garbage", 0 },
	{ "garbage=types\ncmd=01", "", "garbage", 0 },
	{ "garbage=nested\ncmd=01", "", "garbage", 0 },
	{ "garbage=hugemap\ncmd=01", "", "garbage", 0 },
	{ "err.01=0x28", "", "full", 0 },
	{ "err.01=0x19", "", "excluded", 0 },
	{ "err.01=0x26", "", "unable", 0 },
	{ "attsig=corrupt", "", "refused", 0 },
};

START_TEST(each_knob_has_its_end_when_one_is_made)
{
	const struct making *w = &makings[_i];
	struct sek_fido2_make m = order();

	replug(0, w->knobs);
	m.resident = strchr(w->what, 'r') != NULL;
	m.no_sensor = strchr(w->what, 'N') != NULL;
	if (strchr(w->what, 'R') != NULL)
		m.uv = SEK_FIDO2_UV_REQUIRED;
	if (strchr(w->what, 'p') != NULL)
		m.pin = &pin;
	if (strchr(w->what, 'w') != NULL)
		m.pin = &wrong;
	if (strchr(w->what, 'S') != NULL)
		m.wait = SHORT;
	if (strchr(w->what, 'x') != NULL) {
		m.exclude = &mine;
		m.nexclude = 1;
	}
	ck_assert_msg(strcmp(make(&m), w->end) == 0, "%s %s: %s, not %s",
	    w->knobs, w->what, make(&m), w->end);
	if (made.end != SEK_FIDO2_END_OK)
		return;
	ck_assert_uint_eq(made.credential.brief.verifies, w->verifies);
	ck_assert_uint_eq(made.credential.brief.uv, m.uv);
	ck_assert_uint_eq(made.credential.brief.resident, m.resident);
	ck_assert_str_eq(made.credential.rp_id, RP);
	ck_assert_str_eq(made.credential.brief.model, made.device.model);
}
END_TEST

static const char *
roots_folder(bool its)
{
	static char folder[128];
	char command[512];

	(void)snprintf(folder, sizeof(folder), "%s/roots", dir);
	(void)snprintf(command, sizeof(command), "mkdir -m 755 %s && "
	    "umask 022 && (%s cp %s.root.pem %s/maker.pem)", folder,
	    its ? "" : "false &&", key[0].state, folder);
	if (its)
		ck_assert_int_eq(system(command), 0);
	else
		ck_assert_int_eq(mkdir(folder, 0755), 0);
	return (folder);
}

static const struct {
	const char			*knobs;
	bool				 roots;
	enum sek_fido2_attestation	 level;
	const char			*end;
} makers[] = {
	{ "att=none", true, SEK_FIDO2_ATTESTATION_NONE, "ok" },
	{ "att=self", true, SEK_FIDO2_ATTESTATION_SELF, "ok" },
	{ "att=x5c", false, SEK_FIDO2_ATTESTATION_PACKED, "ok" },
	{ "att=x5c", true, SEK_FIDO2_ATTESTATION_TRUSTED, "ok" },
	{ "cert=stranger", true, SEK_FIDO2_ATTESTATION_PACKED, "ok" },
	{ "cert=self", true, SEK_FIDO2_ATTESTATION_PACKED, "ok" },
	{ "cert=expired", true, SEK_FIDO2_ATTESTATION_PACKED, "ok" },
	{ "cert=noaaguid", true, SEK_FIDO2_ATTESTATION_TRUSTED, "ok" },
	{ "cert=ca", true, SEK_FIDO2_ATTESTATION_NONE, "refused" },
	{ "cert=noou", true, SEK_FIDO2_ATTESTATION_NONE, "refused" },
	{ "cert=wrongaaguid", true, SEK_FIDO2_ATTESTATION_NONE, "refused" },
	{ "att=self\nattsig=corrupt", true, SEK_FIDO2_ATTESTATION_NONE,
	    "refused" },
	{ "att=x5c\nattsig=corrupt", true, SEK_FIDO2_ATTESTATION_NONE,
	    "refused" },
};

/* As much as it is worth, and refused where more is called for. */
START_TEST(an_attestation_is_worth_what_it_proves)
{
	struct sek_fido2_make m = order();
	enum sek_fido2_attestation least;

	replug(0, makers[_i].knobs);
	m.roots = roots_folder(makers[_i].roots);
	ck_assert_str_eq(make(&m), makers[_i].end);
	ck_assert_uint_eq(made.credential.brief.attestation,
	    makers[_i].level);
	if (made.end != SEK_FIDO2_END_OK)
		return;
	for (least = SEK_FIDO2_ATTESTATION_NONE;
	    least < SEK_FIDO2_ATTESTATIONS; least++) {
		m.least = least;
		ck_assert_str_eq(make(&m), least <= makers[_i].level ? "ok" :
		    "refused");
	}
}
END_TEST

START_TEST(roots_are_a_folder_of_certificates_of_roots)
{
	struct sek_fido2_make m = order();
	char command[512];
	const char *folder;

	folder = roots_folder(true);
	m.roots = folder;
	m.least = SEK_FIDO2_ATTESTATION_TRUSTED;
	/* Hidden files are none of them; DER does as well. */
	(void)snprintf(command, sizeof(command), "cd %s && echo x >.hidden && "
	    "openssl x509 -in maker.pem -outform DER -out maker.der && "
	    "rm maker.pem", folder);
	ck_assert_int_eq(system(command), 0);
	ck_assert_str_eq(make(&m), "ok");
	(void)snprintf(command, sizeof(command), "chmod 666 %s/maker.der",
	    folder);
	ck_assert_int_eq(system(command), 0);
	ck_assert_str_eq(make(&m), "untrusted");
	(void)snprintf(command, sizeof(command), "chmod 644 %s/maker.der && "
	    "echo no >%s/readme", folder, folder);
	ck_assert_int_eq(system(command), 0);
	ck_assert_str_eq(make(&m), "settings");
	m.roots = "/nowhere/at/all";
	ck_assert_str_eq(make(&m), "settings");
}
END_TEST

/* OpenSSL asks for the password of an encrypted file, of whoever is there. */
START_TEST(roots_ask_nobody_for_a_password)
{
	static const char encrypted[] = "-----BEGIN CERTIFICATE-----\n"
	    "Proc-Type: 4,ENCRYPTED\n"
	    "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
	    "AAAAAAAAAAAAAAAAAAAAAA==\n-----END CERTIFICATE-----\n";
	struct sek_fido2_make m = order();
	char path[256];
	int typed[2], tty, left = 0;
	FILE *f;

	m.roots = roots_folder(false);
	(void)snprintf(path, sizeof(path), "%s/encrypted.pem", m.roots);
	ck_assert_ptr_nonnull(f = fopen(path, "w"));
	ck_assert_int_ge(fputs(encrypted, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, 0644), 0);
	if ((tty = open("/dev/tty", O_RDWR | O_CLOEXEC)) >= 0)
		ck_assert_int_eq(ioctl(tty, TIOCNOTTY), 0);
	ck_assert_int_eq(pipe(typed), 0);
	ck_assert_int_eq(write(typed[1], "secret\n", 7), 7);
	ck_assert_int_eq(dup2(typed[0], 0), 0);
	ck_assert_str_eq(make(&m), "settings");
	ck_assert_int_eq(ioctl(typed[0], FIONREAD, &left), 0);
	ck_assert_int_eq(left, 7);
}
END_TEST

START_TEST(models_are_taken_by_their_aaguids)
{
	struct sek_fido2_make m = order();

	m.aaguids = AAGUID;
	ck_assert_str_eq(make(&m), "ok");
	m.aaguids = "00000000-0000-0000-0000-000000000000, "
	    "5E4B15407E574B1DA0F1D02000000001";
	ck_assert_str_eq(make(&m), "ok");
	m.aaguids = "5e4b1540-7e57-4b1d-a0f1-d02000000002";
	ck_assert_str_eq(make(&m), "refused");
	m.aaguids = "nonsense";
	ck_assert_str_eq(make(&m), "refused");
}
END_TEST

START_TEST(a_key_that_is_named_or_alone)
{
	struct sek_fido2_make m = order();

	plug(1, "");
	ck_assert_str_eq(make(&m), "argument");
	m.path = path_of(1);
	ck_assert_str_eq(make(&m), "ok");
	ck_assert_str_eq(made.device.path, path_of(1));
	m.path = "/dev/null";
	ck_assert_str_eq(make(&m), "gone");
	softkey_stop(&key[0]);
	softkey_stop(&key[1]);
	ck_assert_str_eq(make(&m), "no-key");
}
END_TEST

/* His many, of which this key has one. */
START_TEST(one_of_many_is_excluded)
{
	struct sek_fido2_make m = order();
	struct sek_fido2 *c = many(24, 48);

	c[20] = mine;
	m.exclude = c;
	m.nexclude = 24;
	softkey_forget_log(&key[0]);
	ck_assert_str_eq(make(&m), "excluded");
	ck_assert_uint_eq(softkey_logged(&key[0], "cmd=01"), 0);
	m.nexclude = 20;
	ck_assert_str_eq(make(&m), "ok");
	free(c);
}
END_TEST

/* ---------------------------------------------------------- the loader -- */

START_TEST(an_object_of_another_build_is_not_used)
{
	bool present;

	/* Something that is loaded all the same, without that symbol. */
	instead = "libc.so.6";
	ck_assert_int_eq(sek_fido2_present(&present, NULL),
	    SEK_ERR_UNSUPPORTED);
	instead = "/nowhere.so";
	ck_assert_int_eq(sek_fido2_present(&present, NULL),
	    SEK_ERR_NOT_FOUND);
	ck_assert(!present);
	instead = NULL;
	ck_assert_int_eq(sek_fido2_present(&present, NULL), SEK_OK);
}
END_TEST

START_TEST(each_end_has_a_word)
{
	enum sek_fido2_end e, o;

	for (e = SEK_FIDO2_END_FAILED; e < SEK_FIDO2_END_COUNT; e++)
		for (o = SEK_FIDO2_END_FAILED; o < e; o++)
			ck_assert_str_ne(sek_fido2_end_name(e),
			    sek_fido2_end_name(o));
	ck_assert_str_eq(sek_fido2_end_name(SEK_FIDO2_END_COUNT), "?");
}
END_TEST

#define LOOP(tc, test, list)						\
	tcase_add_loop_test(tc, test, 0, (int)(sizeof(list) / sizeof(list[0])))

static void
add_cases(TCase *tc)
{

	tcase_add_test(tc, tries_are_told_and_three_wrong_ones_pause_it);
	tcase_add_test(tc, a_pin_is_sent_once_a_call);
	tcase_add_test(tc, no_pin_reaches_a_key_that_lies_about_an_id);
	tcase_add_test(tc, no_pin_reaches_a_key_asked_for_a_touch);
	tcase_add_test(tc, a_pin_of_no_form_is_never_sent);
	tcase_add_test(tc, nothing_is_held_while_a_pin_is_wanted);
	tcase_add_test(tc, the_sensor_fails_and_then_the_pin);
	tcase_add_test(tc, the_credentials_own_wish_may_ask_for_more);
	tcase_add_test(tc, a_signature_is_of_one_hash_rp_id_and_key);
	tcase_add_test(tc, every_bit_of_what_is_signed_counts);
	tcase_add_test(tc, a_public_key_anybody_signs_for_is_none);
	tcase_add_test(tc, a_replayed_signature_is_refused);
	tcase_add_test(tc, the_counter_is_what_was_signed);
	tcase_add_loop_test(tc, each_algorithm_signs, 0, 5);
	tcase_add_test(tc, no_key_at_all);
	tcase_add_test(tc, a_path_that_is_not_a_key_is_never_opened);
	tcase_add_loop_test(tc, his_is_found_among_several, 0, 6);
	tcase_add_test(tc, one_that_may_be_his_is_told_before_others);
	tcase_add_loop_test(tc, the_right_one_of_24_is_found, 0, 24);
	tcase_add_test(tc, questions_are_as_few_as_the_key_allows);
	tcase_add_test(tc, long_ids_go_in_parts_that_fit);
	tcase_add_test(tc, rows_keep_their_own_rp_ids);
	tcase_add_test(tc, a_resident_one_is_found_without_its_id);
	tcase_add_test(tc, round_trips_are_no_more_than_pam_u2fs);
	tcase_add_test(tc, devices_are_told_by_what_they_say);
	tcase_add_test(tc, two_processes_want_one_key);
}

static void
add_host_cases(TCase *tc)
{

	tcase_add_loop_test(tc, nothing_is_left_whatever_the_end, 0, 8);
#ifndef __SANITIZE_ADDRESS__
	tcase_add_test(tc, memory_does_not_grow);
#endif
	tcase_add_test(tc, a_host_that_handles_sigchld_never_sees_the_child);
	tcase_add_test(tc, another_childs_sigchld_is_not_lost);
	tcase_add_test(tc, another_childs_sigchld_is_not_lost_in_a_thread);
	tcase_add_test(tc, a_blocked_sigchld_stays_pending);
	tcase_add_test(tc, a_host_that_ignores_sigchld);
	tcase_add_test(tc, a_host_that_reaps_all_there_are);
	tcase_add_test(tc, a_host_with_threads);
	tcase_add_test(tc, signals_of_the_hosts_do_not_disturb);
	tcase_add_test(tc, no_process_no_descriptor_no_verdict);
	tcase_add_test(tc, when_fork_fails);
	tcase_add_test(tc, the_child_ends_with_its_parent);
	tcase_add_test(tc, fido_debug_prints_nothing);
	tcase_add_test(tc, without_standard_descriptors);
}

static void
add_make_cases(TCase *tc)
{

	LOOP(tc, each_knob_has_its_end_when_one_is_made, makings);
	LOOP(tc, an_attestation_is_worth_what_it_proves, makers);
	tcase_add_test(tc, roots_are_a_folder_of_certificates_of_roots);
	tcase_add_test(tc, roots_ask_nobody_for_a_password);
	tcase_add_test(tc, models_are_taken_by_their_aaguids);
	tcase_add_test(tc, a_key_that_is_named_or_alone);
	tcase_add_test(tc, one_of_many_is_excluded);
}

static TCase *
a_case(Suite *s, const char *name, bool with_key)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 120);
	if (with_key)
		tcase_add_checked_fixture(tc, setup, teardown);
	suite_add_tcase(s, tc);
	return (tc);
}

int
main(void)
{
	Suite *s = suite_create("edge_fido2");
	TCase *tc;
	SRunner *r;
	int failed;

	tc = a_case(s, "ends", true);
	LOOP(tc, each_knob_has_its_end, rows);
	add_cases(a_case(s, "keys", true));
	add_host_cases(a_case(s, "host", true));
	add_make_cases(a_case(s, "make", true));
	tc = a_case(s, "loader", false);
	tcase_add_test(tc, an_object_of_another_build_is_not_used);
	tcase_add_test(tc, each_end_has_a_word);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
