/*
 * softfprintd.c - a fprintd for tests, which says and does what no fprintd
 * should
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *	softfprintd SOCKET KNOBS
 *
 * Written from fprintd's published D-Bus interface; what fprintd's own tools
 * and pam_fprintd say of it is in tests/e2e/fingerprint_judges.sh. Knobs and
 * lines: README. A finger is its label, a template (/var/lib/fprint/USER/soft/
 * READER/F) has it in it.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#define NAME	"net.reactivated.Fprint"
#define DEVICE	NAME ".Device"
#define ERRORS	NAME ".Error."
#define PATH	"/net/reactivated/Fprint/Device/"
#define STATE	"/var/lib/fprint"
#define READERS	16

static const char *const finger_names[] = { NULL, "left-thumb",
	"left-index-finger", "left-middle-finger", "left-ring-finger",
	"left-little-finger", "right-thumb", "right-index-finger",
	"right-middle-finger", "right-ring-finger", "right-little-finger" };

enum act { IDLE, VERIFY, ENROLL, DONE_VERIFY, DONE_ENROLL };

struct reader {
	char	owner[64];	/* unique name of who claimed it; "" nobody */
	char	user[64];
	char	finger[32];	/* asked for */
	char	label[128];	/* of the enrolment's first scan */
	enum act act;
	int	stage;
	bool	gone;
};

static sd_bus *bus, *other;
static struct reader readers[READERS];
static const char *knob_file;
static char **program;
static int calls;		/* since the knobs changed */

/* The last value of a knob; NULL: it is not set. */
static const char *
knob(const char *name)
{
	static char out[8][256];
	static int turn;
	char line[256], *v;
	const char *found = NULL;
	FILE *f = fopen(knob_file, "re");
	size_t n = strlen(name);

	if (f == NULL)
		return NULL;
	turn = (turn + 1) % 8;
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, name, n) != 0 || line[n] != '=')
			continue;
		v = line + n + 1;
		snprintf(out[turn], sizeof(out[turn]), "%s", v);
		found = *v != '\0' ? out[turn] : NULL;
	}
	fclose(f);
	return found;
}

static const char *
knob_or(const char *name, const char *otherwise)
{
	const char *v = knob(name);

	return v != NULL ? v : otherwise;
}

/* Is this knob for this call: by its name, or by its number? */
static bool
strikes(const char *name, const char *method)
{
	const char *v = knob(name);

	return v != NULL && (strcmp(v, method) == 0 || atoi(v) == calls);
}

static void
count_calls(void)
{
	static struct timespec seen;
	static ino_t inode;
	struct stat st;

	if (stat(knob_file, &st) == 0 && (st.st_ino != inode ||
	    st.st_mtim.tv_sec != seen.tv_sec ||
	    st.st_mtim.tv_nsec != seen.tv_nsec)) {
		inode = st.st_ino;
		seen = st.st_mtim;
		calls = 0;
	}
	calls++;
}

__attribute__((format(printf, 1, 2)))
static void
say(const char *form, ...)
{
	va_list ap;

	va_start(ap, form);
	vfprintf(stderr, form, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void
wait_ms(int ms)
{
	struct timespec t = { ms / 1000, (ms % 1000) * 1000000L };

	nanosleep(&t, NULL);
}

static int
finger_of(const char *name)
{
	int i;

	for (i = 1; i <= 10; i++)
		if (strcmp(finger_names[i], name) == 0)
			return i;
	return 0;
}

static void
template_path(char out[256], const char *user, int reader, int finger)
{

	snprintf(out, 256, STATE "/%s/soft/%d/%x", user, reader,
	    (unsigned)finger);
}

static bool
template_read(const char *user, int reader, int finger, char label[128])
{
	char path[256];
	FILE *f;
	bool ok;

	template_path(path, user, reader, finger);
	if ((f = fopen(path, "re")) == NULL)
		return false;
	ok = fgets(label, 128, f) != NULL;
	fclose(f);
	return ok;
}

static void
template_write(const char *user, int reader, int finger, const char *label)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), STATE "/%s", user);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), STATE "/%s/soft", user);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), STATE "/%s/soft/%d", user, reader);
	mkdir(path, 0700);
	template_path(path, user, reader, finger);
	if ((f = fopen(path, "we")) != NULL) {
		fputs(label, f);
		fclose(f);
	}
}

static void
path_of(char out[64], int n)
{

	snprintf(out, 64, PATH "%d", n);
}

/* A signal of a reader, as the knobs want it. */
static void
status_from(sd_bus *b, int n, const char *member, const char *result,
    bool done)
{
	const char *type = knob_or("signal.type", "sb");
	sd_bus_message *m = NULL;
	char path[64];

	path_of(path, n);
	if (sd_bus_message_new_signal(b, &m, path, DEVICE, member) < 0)
		return;
	if (strcmp(type, "sb") == 0)
		sd_bus_message_append(m, "sb", result, done);
	else if (strcmp(type, "s") == 0)
		sd_bus_message_append(m, "s", result);
	else if (strcmp(type, "bs") == 0)
		sd_bus_message_append(m, "bs", done, result);
	else if (strcmp(type, "u") == 0)
		sd_bus_message_append(m, "u", 1);
	say("signal %s %s %d of %s", member, result, done, path);
	sd_bus_send(b, m, NULL);
	sd_bus_flush(b);
	sd_bus_message_unref(m);
}

static void
status(int n, const char *member, const char *result, bool done)
{

	status_from(bus, n, member, result, done);
}

/* One that comes from another connection: nobody's business. */
static void
forge(int n, const char *result)
{

	if (other == NULL && sd_bus_open_system(&other) < 0)
		return;
	status_from(other, n, "VerifyStatus", result, true);
}

static void
needs(int n, bool yes)
{
	sd_bus_message *m = NULL;
	char path[64];

	path_of(path, n);
	if (sd_bus_message_new_signal(bus, &m, path,
	    "org.freedesktop.DBus.Properties", "PropertiesChanged") >= 0 &&
	    sd_bus_message_append(m, "sa{sv}as", DEVICE, 1, "finger-needed",
	    "b", yes, 0) >= 0)
		sd_bus_send(bus, m, NULL);
	sd_bus_message_unref(m);
}

/* --------------------------------------------------- what a scan is -- */

static void
verify_done(int n, const char *result)
{
	const char *v;
	int i;

	readers[n].act = DONE_VERIFY;
	needs(n, false);
	v = knob("other");
	if (v != NULL)
		status(n + 7, "VerifyStatus", v, true);
	v = knob("flood");
	for (i = 0; v != NULL && i < atoi(v); i++)
		status(n, "VerifyStatus", "verify-retry-scan", false);
	v = knob("repeat");
	for (i = 0; i < (v != NULL ? atoi(v) : 1); i++)
		status(n, "VerifyStatus", knob_or("result", result),
		    knob("done") == NULL);
	v = knob("then");
	if (v != NULL)
		status(n, "VerifyStatus", v, true);
}

static void
verify_scan(int n, const char *label)
{
	struct reader *r = &readers[n];
	char of[128];
	bool match = false;
	int f, only = finger_of(r->finger);

	for (f = 1; f <= 10; f++)
		if ((only == 0 || f == only) &&
		    template_read(r->user, n, f, of) && strcmp(of, label) == 0)
			match = true;
	verify_done(n, match ? "verify-match" : "verify-no-match");
}

static void
enroll_done(int n, const char *result)
{

	readers[n].act = DONE_ENROLL;
	needs(n, false);
	status(n, "EnrollStatus", result, true);
}

static void
enroll_scan(int n, const char *label)
{
	struct reader *r = &readers[n];
	char of[128];
	int f;

	if (r->stage > 0 && strcmp(label, r->label) != 0) {
		status(n, "EnrollStatus", "enroll-retry-scan", false);
		return;
	}
	snprintf(r->label, sizeof(r->label), "%s", label);
	status(n, "EnrollStatus", "enroll-stage-passed", false);
	if (++r->stage < atoi(knob_or("stages", "5")))
		return;
	for (f = 1; f <= 10 && knob("duplicate") != NULL; f++)
		if (template_read(r->user, n, f, of) && strcmp(of, label) == 0) {
			enroll_done(n, "enroll-duplicate");
			return;
		}
	if (knob("full") != NULL) {
		enroll_done(n, "enroll-data-full");
		return;
	}
	template_write(r->user, n, finger_of(r->finger), label);
	enroll_done(n, knob_or("enrolled", "enroll-completed"));
}

static void
retry(int n, int why)
{
	static const char *const words[] = { "retry-scan", "swipe-too-short",
	    "finger-not-centered", "remove-and-retry" };
	char result[64];
	bool enroll = readers[n].act == ENROLL;

	snprintf(result, sizeof(result), "%s-%s", enroll ? "enroll" : "verify",
	    words[why >= 0 && why < 4 ? why : 0]);
	status(n, enroll ? "EnrollStatus" : "VerifyStatus", result, false);
}

static void
fail(int n, const char *what)
{
	char result[64];
	bool enroll = readers[n].act == ENROLL;

	snprintf(result, sizeof(result), "%s-%s", enroll ? "enroll" : "verify",
	    what);
	if (enroll)
		enroll_done(n, result);
	else if (readers[n].act == VERIFY)
		verify_done(n, result);
}

/* The reader that waits; else the first. */
static int
waiting(void)
{
	int n;

	for (n = 0; n < READERS; n++)
		if (readers[n].act == VERIFY || readers[n].act == ENROLL)
			return n;
	return 0;
}

static void
told(const char *line)
{
	int n = waiting();

	say("line %s", line);
	if (strncmp(line, "SCAN ", 5) == 0 && readers[n].act == VERIFY)
		verify_scan(n, line + 5);
	else if (strncmp(line, "SCAN ", 5) == 0 && readers[n].act == ENROLL)
		enroll_scan(n, line + 5);
	else if (strncmp(line, "RETRY ", 6) == 0)
		retry(n, atoi(line + 6));
	else if (strncmp(line, "ERROR ", 6) == 0)
		fail(n, atoi(line + 6) == 5 ? "disconnected" :
		    atoi(line + 6) == 7 ? "no-match" : "unknown-error");
	else if (strcmp(line, "UNPLUG") == 0) {
		fail(n, "disconnected");
		readers[n].gone = true;
	} else if (strcmp(line, "SUSPEND") == 0)
		fail(n, "unknown-error");
	else if (strncmp(line, "SIGNAL ", 7) == 0)
		status(n, "VerifyStatus", line + 7, true);
	else if (strncmp(line, "FORGE ", 6) == 0)
		forge(n, line + 6);
	else if (strcmp(line, "DIE") == 0)
		_exit(1);
	else if (strcmp(line, "RESTART") == 0) {
		execv("/proc/self/exe", program);
		_exit(1);
	} else if (strcmp(line, "FREEZE") == 0)
		pause();
	else if (strcmp(line, "LOSE") == 0)
		sd_bus_release_name(bus, NAME);
}

/* ------------------------------------------------------------- calls -- */

static int
refuse(sd_bus_message *m, const char *name)
{
	char full[128];

	snprintf(full, sizeof(full), "%s%s", strchr(name, '.') != NULL ? "" :
	    ERRORS, name);
	return sd_bus_reply_method_errorf(m, full, "%s", name);
}

static int
add_property(sd_bus_message *r, int n, const char *name)
{
	bool busy = readers[n].act == VERIFY || readers[n].act == ENROLL;

	if (strcmp(name, "name") == 0)
		return sd_bus_message_append(r, "v", "s",
		    knob_or("name", "A reader of software"));
	if (strcmp(name, "scan-type") == 0)
		return sd_bus_message_append(r, "v", "s",
		    knob_or("scan", "press"));
	if (strcmp(name, "num-enroll-stages") == 0)
		return sd_bus_message_append(r, "v", "i",
		    readers[n].owner[0] == '\0' ? -1 :
		    atoi(knob_or("stages", "5")));
	if (strcmp(name, "finger-needed") == 0)
		return sd_bus_message_append(r, "v", "b", busy);
	if (strcmp(name, "finger-present") == 0)
		return sd_bus_message_append(r, "v", "b", false);
	return -EINVAL;
}

static int
property(sd_bus_message *m, int n, bool all)
{
	static const char *const names[] = { "name", "scan-type",
	    "num-enroll-stages", "finger-needed", "finger-present" };
	const char *iface = "", *name = "";
	sd_bus_message *r = NULL;
	size_t i;
	int rc;

	if (sd_bus_message_read(m, all ? "s" : "ss", &iface, &name) < 0 ||
	    sd_bus_message_new_method_return(m, &r) < 0)
		return refuse(m, "org.freedesktop.DBus.Error.InvalidArgs");
	if (!all)
		rc = add_property(r, n, name);
	else if ((rc = sd_bus_message_open_container(r, 'a', "{sv}")) >= 0) {
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			sd_bus_message_open_container(r, 'e', "sv");
			sd_bus_message_append(r, "s", names[i]);
			add_property(r, n, names[i]);
			sd_bus_message_close_container(r);
		}
		sd_bus_message_close_container(r);
	}
	if (rc >= 0)
		rc = sd_bus_send(bus, r, NULL);
	else
		rc = refuse(m, "org.freedesktop.DBus.Error.UnknownProperty");
	sd_bus_message_unref(r);
	return rc;
}

static bool
has_template(const char *user, int n, int f)
{
	char label[128];

	return template_read(user, n, f, label);
}

static int
list(sd_bus_message *m, int n, const char *user)
{
	const char *said = knob("list");
	char names[256], *at, *one;
	sd_bus_message *r = NULL;
	int f, some = 0;

	if (sd_bus_message_new_method_return(m, &r) < 0 ||
	    sd_bus_message_open_container(r, 'a', "s") < 0)
		return -ENOMEM;
	if (said != NULL) {
		snprintf(names, sizeof(names), "%s", said);
		for (at = names; (one = strsep(&at, ",")) != NULL; some++)
			sd_bus_message_append(r, "s", one);
	} else
		for (f = 1; f <= 10; f++)
			if (has_template(user, n, f)) {
				sd_bus_message_append(r, "s", finger_names[f]);
				some++;
			}
	sd_bus_message_close_container(r);
	f = some > 0 ? sd_bus_send(bus, r, NULL) :
	    refuse(m, "NoEnrolledPrints");
	sd_bus_message_unref(r);
	return f;
}

static int
forget(sd_bus_message *m, int n, const char *user, int only)
{
	char path[256];
	int f, some = 0;

	for (f = 1; f <= 10; f++) {
		template_path(path, user, n, f);
		if ((only == 0 || f == only) && unlink(path) == 0)
			some++;
	}
	return some > 0 ? sd_bus_reply_method_return(m, NULL) :
	    refuse(m, "NoEnrolledPrints");
}

static int
verify_start(sd_bus_message *m, int n, const char *finger)
{
	struct reader *r = &readers[n];
	int f, some = 0, rc;
	const char *v;

	for (f = 1; f <= 10; f++)
		some += has_template(r->user, n, f);
	if (some == 0)
		return refuse(m, "NoEnrolledPrints");
	if (strcmp(finger, "any") != 0 && (finger_of(finger) == 0 ||
	    !has_template(r->user, n, finger_of(finger))))
		return refuse(m, "NoEnrolledPrints");
	for (f = 1; f <= 10 && knob("identify") != NULL &&
	    strcmp(finger, "any") == 0; f++)
		if (has_template(r->user, n, f))
			finger = finger_names[f];
	snprintf(r->finger, sizeof(r->finger), "%s", finger);
	if ((v = knob("early")) != NULL)
		status(n, "VerifyStatus", v, true);
	r->act = VERIFY;
	rc = sd_bus_reply_method_return(m, NULL);
	sd_bus_emit_signal(bus, sd_bus_message_get_path(m), DEVICE,
	    "VerifyFingerSelected", "s", knob_or("selected", finger));
	needs(n, true);
	if ((v = knob("forged")) != NULL)
		forge(n, v);
	if ((v = knob("at-once")) != NULL)
		verify_done(n, v);
	return rc;
}

static int
device_call(sd_bus_message *m, int n, const char *method)
{
	const char *sender = sd_bus_message_get_sender(m), *arg = "", *v;
	struct reader *r = &readers[n];
	bool mine = strcmp(r->owner, sender) == 0;
	int rc;

	(void)sd_bus_message_read(m, "s", &arg);
	if (strcmp(method, "ListEnrolledFingers") == 0)
		return list(m, n, arg);
	if (strcmp(method, "DeleteEnrolledFingers") == 0)
		return forget(m, n, arg, 0);
	if (strcmp(method, "Claim") == 0) {
		if (r->owner[0] != '\0' || knob("claimed") != NULL)
			return refuse(m, "AlreadyInUse");
		snprintf(r->owner, sizeof(r->owner), "%s", sender);
		snprintf(r->user, sizeof(r->user), "%s",
		    *arg != '\0' ? arg : "root");
		r->act = IDLE;
		return sd_bus_reply_method_return(m, NULL);
	}
	if (!mine)
		return refuse(m, r->owner[0] != '\0' ? "AlreadyInUse" :
		    "ClaimDevice");
	if (strcmp(method, "Release") == 0) {
		r->owner[0] = '\0';
		r->act = IDLE;
		return sd_bus_reply_method_return(m, NULL);
	}
	if (strcmp(method, "VerifyStart") == 0) {
		if (r->act != IDLE)
			return refuse(m, "AlreadyInUse");
		return verify_start(m, n, arg);
	}
	if (strcmp(method, "VerifyStop") == 0) {
		if (r->act != VERIFY && r->act != DONE_VERIFY)
			return refuse(m, "NoActionInProgress");
		r->act = IDLE;
		needs(n, false);
		rc = sd_bus_reply_method_return(m, NULL);
		if ((v = knob("late")) != NULL)
			status(n, "VerifyStatus", v, true);
		return rc;
	}
	if (strcmp(method, "EnrollStart") == 0) {
		if (r->act != IDLE)
			return refuse(m, "AlreadyInUse");
		if (finger_of(arg) == 0)
			return refuse(m, "InvalidFingername");
		snprintf(r->finger, sizeof(r->finger), "%s", arg);
		r->act = ENROLL;
		r->stage = 0;
		rc = sd_bus_reply_method_return(m, NULL);
		needs(n, true);
		return rc;
	}
	if (strcmp(method, "EnrollStop") == 0) {
		if (r->act != ENROLL && r->act != DONE_ENROLL)
			return refuse(m, "NoActionInProgress");
		r->act = IDLE;
		needs(n, false);
		return sd_bus_reply_method_return(m, NULL);
	}
	if (strcmp(method, "DeleteEnrolledFingers2") == 0)
		return forget(m, n, r->user, 0);
	if (strcmp(method, "DeleteEnrolledFinger") == 0) {
		if (finger_of(arg) == 0)
			return refuse(m, "InvalidFingername");
		return forget(m, n, r->user, finger_of(arg));
	}
	return refuse(m, "org.freedesktop.DBus.Error.UnknownMethod");
}

static int
manager_call(sd_bus_message *m, const char *method)
{
	int n, all = atoi(knob_or("readers", "1")), some = 0, rc;
	sd_bus_message *r = NULL;
	char path[64];

	if (sd_bus_message_new_method_return(m, &r) < 0)
		return -ENOMEM;
	if (strcmp(method, "GetDevices") == 0) {
		sd_bus_message_open_container(r, 'a', "o");
		for (n = 0; n < all; n++) {
			path_of(path, n);
			if (n >= READERS || !readers[n].gone)
				sd_bus_message_append(r, "o", path);
		}
		sd_bus_message_close_container(r);
		rc = sd_bus_send(bus, r, NULL);
	} else if (strcmp(method, "GetDefaultDevice") == 0) {
		for (n = all - 1; n >= 0; n--)
			if (n >= READERS || !readers[n].gone) {
				path_of(path, n);
				some = 1;
			}
		if (some) {
			sd_bus_message_append(r, "o", path);
			rc = sd_bus_send(bus, r, NULL);
		} else
			rc = refuse(m, "NoSuchDevice");
	} else
		rc = refuse(m, "org.freedesktop.DBus.Error.UnknownMethod");
	sd_bus_message_unref(r);
	return rc;
}

/* What the knobs have instead of an answer: true, it was given. */
static bool
astray(sd_bus_message *m, const char *method)
{
	char name[96];
	const char *v;

	if ((v = knob("slow")) != NULL)
		wait_ms(atoi(v));
	if (strikes("hang", method))
		return true;
	if (strikes("freeze", method))
		for (;;)
			pause();
	if (strikes("exit", method))
		_exit(1);
	if (strikes("wrongtype", method)) {
		(void)sd_bus_reply_method_return(m, "(tt)", (uint64_t)1,
		    (uint64_t)2);
		return true;
	}
	snprintf(name, sizeof(name), "error.%s", method);
	if ((v = knob(name)) != NULL) {
		(void)refuse(m, v);
		return true;
	}
	return false;
}

static int
on_message(sd_bus_message *m, void *arg, sd_bus_error *e)
{
	const char *path = sd_bus_message_get_path(m);
	const char *method = sd_bus_message_get_member(m);
	const char *iface = sd_bus_message_get_interface(m);
	bool props;
	int n;

	(void)arg;
	(void)e;
	if (sd_bus_message_is_method_call(m, NULL, NULL) <= 0 ||
	    path == NULL || method == NULL || iface == NULL ||
	    strncmp(path, "/net/reactivated/Fprint/", 24) != 0)
		return 0;
	props = strcmp(iface, "org.freedesktop.DBus.Properties") == 0;
	if (!props) {
		count_calls();
		say("Requesting authorization from %s to call method '%s' for "
		    "device '%s'", sd_bus_message_get_sender(m), method, path);
	}
	if ((!props || knob("properties") != NULL) && astray(m, method))
		return 1;
	if (strcmp(path, "/net/reactivated/Fprint/Manager") == 0)
		(void)manager_call(m, method);
	else if (strncmp(path, PATH, strlen(PATH)) != 0 ||
	    (n = atoi(path + strlen(PATH))) < 0 || n >= READERS ||
	    n >= atoi(knob_or("readers", "1")) || readers[n].gone)
		(void)refuse(m, "org.freedesktop.DBus.Error.UnknownObject");
	else if (props)
		(void)property(m, n, strcmp(method, "GetAll") == 0);
	else
		(void)device_call(m, n, method);
	if (strikes("exit-after", method)) {
		sd_bus_flush(bus);
		_exit(1);
	}
	return 1;
}

/* Who claimed a reader is gone. */
static int
on_owner(sd_bus_message *m, void *arg, sd_bus_error *e)
{
	const char *name = "", *old = "", *now = "";
	int n;

	(void)arg;
	(void)e;
	if (sd_bus_message_read(m, "sss", &name, &old, &now) >= 0 &&
	    *now == '\0')
		for (n = 0; n < READERS; n++)
			if (strcmp(readers[n].owner, name) == 0) {
				say("released: %s is gone", name);
				readers[n].owner[0] = '\0';
				readers[n].act = IDLE;
			}
	return 0;
}

/* Another account may have the name, and has it. */
static bool
become(uid_t uid)
{
	FILE *f = fopen("/run/dbus/policy/soft.conf", "we");
	sd_bus *b = NULL;
	bool ok;

	if (f == NULL)
		return false;
	fprintf(f, "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus "
	    "Configuration 1.0//EN\" \"http://www.freedesktop.org/standards/"
	    "dbus/1.0/busconfig.dtd\">\n<busconfig><policy user=\"%u\"><allow "
	    "own=\"" NAME "\"/></policy></busconfig>\n", (unsigned)uid);
	ok = fclose(f) == 0 && sd_bus_open_system(&b) >= 0 &&
	    sd_bus_call_method(b, "org.freedesktop.DBus",
	    "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReloadConfig",
	    NULL, NULL, NULL) >= 0;
	sd_bus_flush_close_unref(b);
	return ok && chmod(STATE, 0777) == 0 && setresgid(uid, uid, uid) == 0 &&
	    setresuid(uid, uid, uid) == 0;
}

static int
listen_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(fd, 16) != 0)
		return -1;
	return fd;
}

/* Its answer is that it closes. */
static void
hear(int fd)
{
	char line[128];
	ssize_t n;
	int c = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	if (c < 0)
		return;
	if ((n = read(c, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		line[strcspn(line, "\n")] = '\0';
		told(line);
		sd_bus_flush(bus);
	}
	close(c);
}

int
main(int argc, char **argv)
{
	struct pollfd p[2];
	const char *v;
	int fd, rc;

	if (argc != 3)
		return 100;
	program = argv;
	knob_file = argv[2];
	setvbuf(stderr, NULL, _IOLBF, 0);
	if ((fd = listen_at(argv[1])) < 0) {
		perror(argv[1]);
		return 111;
	}
	if ((v = knob("owner")) != NULL && !become((uid_t)atoi(v))) {
		perror("owner");
		return 111;
	}
	if ((rc = sd_bus_open_system(&bus)) < 0 ||
	    (rc = sd_bus_add_filter(bus, NULL, on_message, NULL)) < 0 ||
	    (rc = sd_bus_match_signal(bus, NULL, "org.freedesktop.DBus",
	    "/org/freedesktop/DBus", "org.freedesktop.DBus",
	    "NameOwnerChanged", on_owner, NULL)) < 0 ||
	    (rc = sd_bus_request_name(bus, NAME, 0)) < 0) {
		say("bus: %s", strerror(-rc));
		return 111;
	}
	for (;;) {
		while ((rc = sd_bus_process(bus, NULL)) > 0)
			;
		if (rc < 0)
			return 0;
		p[0] = (struct pollfd){ .fd = sd_bus_get_fd(bus),
		    .events = POLLIN };
		p[1] = (struct pollfd){ .fd = fd, .events = POLLIN };
		(void)poll(p, 2, 500);
		if ((p[1].revents & POLLIN) != 0)
			hear(fd);
		/* What another's connection is sent is not read by us. */
		while (other != NULL && sd_bus_process(other, NULL) > 0)
			;
	}
}
