/*
 * bus.c - the system's bus, by its own path and within bounds
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In the child only. sd_bus_call and sd_bus_start wait as long as they like:
 * here all that is waited for is waited for in one place, with an end, and
 * where the parent can stop it.
 *
 * MUST: nothing of the environment says where the bus is.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "sekisho/base/clock.h"

#include "fingerprint.h"

#define NEVER	(60 * SEK_SECOND)	/* sd-bus's own timeouts: later than
					 * ours */

struct reply {
	sd_bus_message	*m;
	bool		 done;
};

finger_end
finger_meaning(const char *error)
{
	static const struct {
		const char	*name;
		finger_end	 end;
	} words[] = {
#define FPRINT	FINGER_SERVICE ".Error."
#define DBUS	"org.freedesktop.DBus.Error."
		{ FPRINT "AlreadyInUse", SEK_FINGERPRINT_END_BUSY },
		{ FPRINT "NoSuchDevice", SEK_FINGERPRINT_END_NO_READER },
		{ FPRINT "NoEnrolledPrints",
		    SEK_FINGERPRINT_END_NOT_ENROLLED },
		{ FPRINT "PermissionDenied", SEK_FINGERPRINT_END_DENIED },
		{ FPRINT "FingerAlreadyEnrolled",
		    SEK_FINGERPRINT_END_DUPLICATE },
		{ FPRINT "ClaimDevice", SEK_FINGERPRINT_END_GONE },
		{ DBUS "AccessDenied", SEK_FINGERPRINT_END_DENIED },
		{ DBUS "ServiceUnknown", SEK_FINGERPRINT_END_NO_SERVICE },
		{ DBUS "NameHasNoOwner", SEK_FINGERPRINT_END_NO_SERVICE },
		{ DBUS "FileNotFound", SEK_FINGERPRINT_END_NO_SERVICE },
		{ DBUS "UnknownMethod", SEK_FINGERPRINT_END_GONE },
		{ DBUS "UnknownObject", SEK_FINGERPRINT_END_GONE },
		{ DBUS "UnknownInterface", SEK_FINGERPRINT_END_GONE },
		{ DBUS "Disconnected", SEK_FINGERPRINT_END_GONE },
		{ DBUS "NoReply", SEK_FINGERPRINT_END_GONE },
		{ DBUS "Timeout", SEK_FINGERPRINT_END_SILENT },
		{ DBUS "TimedOut", SEK_FINGERPRINT_END_SILENT },
	};
	size_t i;

	if (error == NULL)
		return (SEK_FINGERPRINT_END_GARBAGE);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(error, words[i].name) == 0)
			return (words[i].end);
	/* The bus could not start it; systemd would not. */
	if (strncmp(error, DBUS "Spawn.", sizeof(DBUS "Spawn.") - 1) == 0 ||
	    strncmp(error, "org.freedesktop.systemd1.", 25) == 0)
		return (SEK_FINGERPRINT_END_NO_SERVICE);
	return (SEK_FINGERPRINT_END_ERROR);
}

static int
wait_ms(const struct finger_bus *b, int64_t until)
{
	int64_t us = until - sek_child_clock();
	uint64_t at;

	/* sd-bus's next timeout is at a moment of the same clock. */
	if (sd_bus_get_timeout(b->bus, &at) > 0 && at != UINT64_MAX &&
	    (int64_t)at - sek_child_clock() < us)
		us = (int64_t)at - sek_child_clock();
	return (us <= 0 ? 0 : us > NEVER ? (int)(NEVER / 1000) :
	    (int)((us + 999) / 1000));
}

finger_end
finger_turn(struct finger_bus *b, int64_t until)
{
	struct pollfd p[2] = {
		{ .fd = sd_bus_get_fd(b->bus) },
		{ .fd = b->last ? -1 : b->job->fd, .events = POLLIN },
	};
	int events, r;

	if ((r = sd_bus_process(b->bus, NULL)) < 0)
		return (SEK_FINGERPRINT_END_GONE);
	if (r > 0)
		return (SEK_FINGERPRINT_END_OK);
	if (!b->last && sek_child_stopped(b->job))
		return (SEK_FINGERPRINT_END_CANCELLED);
	if (sek_child_clock() >= until)
		return (SEK_FINGERPRINT_END_SILENT);
	if ((events = sd_bus_get_events(b->bus)) < 0)
		return (SEK_FINGERPRINT_END_GONE);
	p[0].events = (short)events;
	if (poll(p, 2, wait_ms(b, until)) < 0 && errno != EINTR)
		return (SEK_FINGERPRINT_END_FAILED);
	return (SEK_FINGERPRINT_END_OK);
}

finger_end
finger_connect(struct finger_bus *b, const struct device_job *job,
    int64_t until)
{
	finger_end end = SEK_FINGERPRINT_END_OK;

	memset(b, 0, sizeof(*b));
	b->job = job;
	if (sd_bus_new(&b->bus) < 0)
		return (SEK_FINGERPRINT_END_FAILED);
	if (sd_bus_set_address(b->bus, FINGER_BUS) < 0 ||
	    sd_bus_set_bus_client(b->bus, 1) < 0 ||
	    sd_bus_negotiate_fds(b->bus, 0) < 0 ||
	    sd_bus_start(b->bus) < 0)
		return (SEK_FINGERPRINT_END_NO_SERVICE);
	while (end == SEK_FINGERPRINT_END_OK && sd_bus_is_ready(b->bus) <= 0)
		end = finger_turn(b, until);
	return (end == SEK_FINGERPRINT_END_GONE ?
	    SEK_FINGERPRINT_END_NO_SERVICE : end);
}

/* What it holds of fprintd ends with its connection. */
void
finger_disconnect(struct finger_bus *b)
{

	if (b->bus != NULL)
		sd_bus_close(b->bus);
	b->bus = sd_bus_unref(b->bus);
}

static int
on_reply(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	struct reply *r = arg;

	(void)error;
	r->m = sd_bus_message_ref(m);
	r->done = true;
	return (1);
}

static int
compose(sd_bus_message **m, const struct finger_bus *b,
    const struct finger_call *c)
{
	int r;

	if ((r = sd_bus_message_new_method_call(b->bus, m,
	    c->to != NULL ? c->to : b->owner, c->path, c->interface,
	    c->member)) < 0 || c->text == NULL)
		return (r);
	if ((r = sd_bus_message_append_basic(*m, 's', c->text)) < 0)
		return (r);
	/* The one that has a second one: StartServiceByName(s, u). */
	return (strcmp(c->member, "StartServiceByName") != 0 ? r :
	    sd_bus_message_append(*m, "u", 0u));
}

static finger_end
result(struct reply *r, sd_bus_message **reply)
{
	const sd_bus_error *error;

	if ((error = sd_bus_message_get_error(r->m)) != NULL)
		return (finger_meaning(error->name));
	if (reply != NULL) {
		*reply = r->m;
		r->m = NULL;
	}
	return (SEK_FINGERPRINT_END_OK);
}

finger_end
finger_call(struct finger_bus *b, const struct finger_call *c,
    sd_bus_message **reply)
{
	struct reply r = { NULL, false };
	int64_t until = sek_child_clock() + c->bound;
	sd_bus_message *m = NULL;
	sd_bus_slot *slot = NULL;
	finger_end end = SEK_FINGERPRINT_END_OK;

	/* What is left of it all, but to let go. */
	if (!b->last && until > b->job->until)
		until = b->job->until;
	if (compose(&m, b, c) < 0 || sd_bus_call_async(b->bus, &slot, m,
	    on_reply, &r, (uint64_t)NEVER) < 0)
		end = SEK_FINGERPRINT_END_GONE;
	while (end == SEK_FINGERPRINT_END_OK && !r.done && !b->gone)
		end = finger_turn(b, until);
	if (end == SEK_FINGERPRINT_END_OK)
		end = r.done ? result(&r, reply) : SEK_FINGERPRINT_END_GONE;
	sd_bus_slot_unref(slot);
	sd_bus_message_unref(m);
	sd_bus_message_unref(r.m);
	return (end);
}
