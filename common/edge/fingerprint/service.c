/*
 * service.c - fprintd on the bus: who it is, its readers, one of them held
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In the child only.
 *
 * MUST: fprintd is the process that has its name, and is root's; calls go to
 * that one by its unique name, and signals count from it alone.
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"

#include "fingerprint.h"

#define QUICK		(2 * SEK_SECOND)	/* a call */
#define SLOW		(6 * SEK_SECOND)	/* one that opens a reader, or
						 * starts fprintd */
#define LAST		(SEK_SECOND)		/* to let go */
#define LISTED_MAX	64u	/* names looked at in a list */

#define MANAGER		"/net/reactivated/Fprint/Manager"
#define I_MANAGER	FINGER_SERVICE ".Manager"
#define I_DEVICE	FINGER_SERVICE ".Device"
#define I_PROPERTIES	"org.freedesktop.DBus.Properties"
#define DBUS		"org.freedesktop.DBus"
#define DBUS_PATH	"/org/freedesktop/DBus"

/* ------------------------------------------------------------ its name -- */

static finger_end
ask_bus(struct finger_bus *b, const char *member, const char *text,
    int64_t bound, sd_bus_message **reply)
{
	const struct finger_call c = { DBUS, DBUS_PATH, DBUS, member, text,
	    bound };

	return (finger_call(b, &c, reply));
}

static finger_end
name_owner(struct finger_bus *b)
{
	sd_bus_message *m = NULL;
	const char *name;
	finger_end end;

	end = ask_bus(b, "GetNameOwner", FINGER_SERVICE, QUICK, &m);
	if (end == SEK_FINGERPRINT_END_OK &&
	    (sd_bus_message_read_basic(m, 's', &name) <= 0 ||
	    name[0] != ':' ||
	    sek_text_copy(b->owner, sizeof(b->owner), name) != SEK_OK))
		end = SEK_FINGERPRINT_END_GARBAGE;
	sd_bus_message_unref(m);
	return (end);
}

static finger_end
is_roots(struct finger_bus *b)
{
	sd_bus_message *m = NULL;
	uint32_t uid = UINT32_MAX;
	finger_end end;

	end = ask_bus(b, "GetConnectionUnixUser", b->owner, QUICK, &m);
	if (end == SEK_FINGERPRINT_END_OK &&
	    (sd_bus_message_read_basic(m, 'u', &uid) <= 0 || uid != 0))
		end = SEK_FINGERPRINT_END_NO_SERVICE;
	sd_bus_message_unref(m);
	return (end);
}

static int
on_owner(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	struct finger_bus *b = arg;
	const char *name, *before, *after;

	(void)error;
	if (sd_bus_message_read(m, "sss", &name, &before, &after) <= 0 ||
	    strcmp(name, b->owner) != 0 || after[0] == '\0')
		b->gone = true;
	return (0);
}

static finger_end
watch_owner(struct finger_bus *b)
{
	char rule[256];

	if (sek_text_format(rule, sizeof(rule), "type='signal',sender='" DBUS
	    "',path='" DBUS_PATH "',interface='" DBUS
	    "',member='NameOwnerChanged',arg0='%s'", b->owner) != SEK_OK ||
	    sd_bus_add_match_async(b->bus, NULL, rule, on_owner, NULL, b) < 0)
		return (SEK_FINGERPRINT_END_FAILED);
	return (SEK_FINGERPRINT_END_OK);
}

finger_end
finger_owner(struct finger_bus *b, int64_t until)
{
	int64_t bound = until - sek_child_clock();
	finger_end end;

	if ((end = name_owner(b)) == SEK_FINGERPRINT_END_NO_SERVICE &&
	    (end = ask_bus(b, "StartServiceByName", FINGER_SERVICE,
	    bound < SLOW ? bound : SLOW, NULL)) == SEK_FINGERPRINT_END_OK)
		end = name_owner(b);
	/* Watched before it is asked whose it is: no other takes its place. */
	if (end == SEK_FINGERPRINT_END_OK)
		end = watch_owner(b);
	if (end == SEK_FINGERPRINT_END_OK)
		end = is_roots(b);
	return (end == SEK_FINGERPRINT_END_GONE ||
	    end == SEK_FINGERPRINT_END_ERROR ?
	    SEK_FINGERPRINT_END_NO_SERVICE : end);
}

/* --------------------------------------------------------- its readers -- */

finger_end
finger_devices(struct finger_bus *b, struct finger_list *out)
{
	const struct finger_call c = { NULL, MANAGER, I_MANAGER, "GetDevices",
	    NULL, SLOW };
	sd_bus_message *m = NULL;
	const char *path;
	unsigned i;
	finger_end end;
	int r = 0;

	memset(out, 0, sizeof(*out));
	if ((end = finger_call(b, &c, &m)) != SEK_FINGERPRINT_END_OK)
		return (end);
	if (sd_bus_message_enter_container(m, 'a', "o") < 0)
		end = SEK_FINGERPRINT_END_GARBAGE;
	for (i = 0; end == SEK_FINGERPRINT_END_OK && i < LISTED_MAX &&
	    (r = sd_bus_message_read_basic(m, 'o', &path)) > 0; i++)
		if (out->n < SEK_READERS_MAX && sek_text_copy(
		    out->path[out->n], sizeof(out->path[0]), path) == SEK_OK)
			out->n++;
	if (r < 0)
		end = SEK_FINGERPRINT_END_GARBAGE;
	sd_bus_message_unref(m);
	return (end != SEK_FINGERPRINT_END_OK ? end :
	    out->n == 0 ? SEK_FINGERPRINT_END_NO_READER : end);
}

/* As the maker of the reader wrote it: what is not printable is left out. */
static void
clean_name(char dst[static SEK_READER_NAME_MAX], const char *name)
{
	char text[SEK_READER_NAME_MAX];
	size_t i, n = 0;

	for (i = 0; name[i] != '\0' && n + 1 < sizeof(text); i++)
		if ((unsigned char)name[i] >= 0x20 &&
		    (unsigned char)name[i] < 0x7f)
			text[n++] = name[i];
	text[n] = '\0';
	(void)sek_text_copy(dst, SEK_READER_NAME_MAX, text);
}

static int
take_property(struct finger_about *out, sd_bus_message *m, const char *name)
{
	const char *text;
	int32_t number;
	int r;

	if (strcmp(name, "name") == 0) {
		if ((r = sd_bus_message_read(m, "v", "s", &text)) > 0)
			clean_name(out->name, text);
	} else if (strcmp(name, "scan-type") == 0) {
		if ((r = sd_bus_message_read(m, "v", "s", &text)) > 0)
			out->swipe = strcmp(text, "swipe") == 0;
	} else if (strcmp(name, "num-enroll-stages") == 0) {
		if ((r = sd_bus_message_read(m, "v", "i", &number)) > 0)
			out->stages = number > 0 && number <= 64 ?
			    (uint32_t)number : 0;
	} else
		r = sd_bus_message_skip(m, "v");
	return (r);
}

static int
take_properties(struct finger_about *out, sd_bus_message *m)
{
	const char *name;
	unsigned i;
	int r;

	if ((r = sd_bus_message_enter_container(m, 'a', "{sv}")) < 0)
		return (r);
	for (i = 0; i < LISTED_MAX && (r = sd_bus_message_enter_container(m,
	    'e', "sv")) > 0; i++)
		if ((r = sd_bus_message_read_basic(m, 's', &name)) <= 0 ||
		    (r = take_property(out, m, name)) < 0 ||
		    (r = sd_bus_message_exit_container(m)) < 0)
			return (r < 0 ? r : -1);
	return (r);
}

finger_end
finger_about(struct finger_bus *b, const char *device,
    struct finger_about *out)
{
	const struct finger_call c = { NULL, device, I_PROPERTIES, "GetAll",
	    I_DEVICE, QUICK };
	sd_bus_message *m = NULL;
	finger_end end;

	memset(out, 0, sizeof(*out));
	if ((end = finger_call(b, &c, &m)) == SEK_FINGERPRINT_END_OK &&
	    take_properties(out, m) < 0)
		end = SEK_FINGERPRINT_END_GARBAGE;
	sd_bus_message_unref(m);
	return (end);
}

finger_end
finger_enrolled(struct finger_bus *b, const char *device, const char *account,
    uint32_t *fingers)
{
	const struct finger_call c = { NULL, device, I_DEVICE,
	    "ListEnrolledFingers", account, QUICK };
	sd_bus_message *m = NULL;
	enum sek_finger f;
	const char *name;
	finger_end end;
	unsigned i;
	int r = 0;

	*fingers = 0;
	end = finger_call(b, &c, &m);
	if (end == SEK_FINGERPRINT_END_NOT_ENROLLED)
		return (SEK_FINGERPRINT_END_OK);
	if (end == SEK_FINGERPRINT_END_OK &&
	    sd_bus_message_enter_container(m, 'a', "s") < 0)
		end = SEK_FINGERPRINT_END_GARBAGE;
	for (i = 0; end == SEK_FINGERPRINT_END_OK && i < LISTED_MAX &&
	    (r = sd_bus_message_read_basic(m, 's', &name)) > 0; i++)
		/* One of no name that we know may be matched as well. */
		*fingers |= sek_finger_parse(&f, name) == SEK_OK ?
		    SEK_FINGER_BIT(f) : SEK_FINGER_BIT(SEK_FINGER_NONE);
	if (r < 0)
		end = SEK_FINGERPRINT_END_GARBAGE;
	sd_bus_message_unref(m);
	return (end);
}

/* ---------------------------------------------------- one that is held -- */

/* What a match rule says is asked again of each signal. */
static bool
is_of_device(const struct finger_bus *b, sd_bus_message *m)
{
	const char *sender = sd_bus_message_get_sender(m);
	const char *path = sd_bus_message_get_path(m);

	return (b->claimed && sender != NULL && path != NULL &&
	    strcmp(sender, b->owner) == 0 && strcmp(path, b->device) == 0);
}

/* The last word stays. */
static int
on_status(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	struct finger_bus *b = arg;
	struct finger_heard *h = &b->heard;
	const char *status;
	int done;

	(void)error;
	if (!is_of_device(b, m) || !b->listens || h->done || h->garbage)
		return (0);
	if (sd_bus_message_read(m, "sb", &status, &done) <= 0 ||
	    status[0] == '\0' ||
	    sek_text_copy(h->status, sizeof(h->status), status) != SEK_OK) {
		h->garbage = true;
		return (0);
	}
	h->done = done != 0;
	return (0);
}

static int
on_selected(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	struct finger_bus *b = arg;
	const char *name;

	(void)error;
	if (is_of_device(b, m) &&
	    (sd_bus_message_read_basic(m, 's', &name) <= 0 ||
	    sek_text_copy(b->heard.selected, sizeof(b->heard.selected),
	    name) != SEK_OK))
		b->heard.garbage = true;
	return (0);
}

static finger_end
hear(struct finger_bus *b)
{
	static const struct {
		const char			*member;
		sd_bus_message_handler_t	 on;
	} signals[] = {
		{ "VerifyStatus", on_status },
		{ "EnrollStatus", on_status },
		{ "VerifyFingerSelected", on_selected },
	};
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sd_bus_match_signal_async(b->bus, NULL, b->owner,
		    b->device, I_DEVICE, signals[i].member, signals[i].on,
		    NULL, b) < 0)
			return (SEK_FINGERPRINT_END_FAILED);
	return (SEK_FINGERPRINT_END_OK);
}

/* What is heard is from after the claim: nobody else's scan goes on then. */
finger_end
finger_claim(struct finger_bus *b, const char *device, const char *account)
{
	const struct finger_call c = { NULL, device, I_DEVICE, "Claim",
	    account, SLOW };
	finger_end end;

	if (sek_text_copy(b->device, sizeof(b->device), device) != SEK_OK)
		return (SEK_FINGERPRINT_END_GARBAGE);
	memset(&b->heard, 0, sizeof(b->heard));
	b->listens = false;
	if ((end = finger_call(b, &c, NULL)) != SEK_FINGERPRINT_END_OK)
		return (end);
	b->claimed = true;
	return (hear(b));
}

finger_end
finger_sync(struct finger_bus *b)
{

	return (ask_bus(b, "GetNameOwner", b->owner, LAST, NULL));
}

finger_end
finger_do(struct finger_bus *b, const char *member, const char *finger)
{
	const struct finger_call c = { NULL, b->device, I_DEVICE, member,
	    finger, b->last ? LAST : SLOW };

	return (finger_call(b, &c, NULL));
}

void
finger_let_go(struct finger_bus *b, const char *stop)
{

	if (!b->claimed || b->bus == NULL)
		return;
	b->last = true;
	if (stop != NULL && !b->gone)
		(void)finger_do(b, stop, NULL);
	if (!b->gone)
		(void)finger_do(b, "Release", NULL);
	b->last = b->claimed = b->listens = false;
}
