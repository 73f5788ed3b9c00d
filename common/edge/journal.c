/*
 * journal.c - the same event, to the journal with structured fields
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * libsystemd is loaded here, for the first record of a process and only where
 * journald listens: linked in, it would cost each login its load (0.4 ms). It
 * stays loaded, since it keeps its socket.
 *
 * MUST: never fails: the record in the store is what counts.
 * MUST: never waits for a journald that does not read (sd_journal_sendv would):
 * it is asked first whether it takes one more.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <dlfcn.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/journal.h"

#define SOCKET_PATH	"/run/systemd/journal/socket"
#define FIELDS_MAX	24
#define ENTRY_MAX	8192u
#define VALUE_MAX	512u

typedef int (*sendv_fn)(const struct iovec *, int);

struct entry {
	char		text[ENTRY_MAX];
	size_t		len;
	struct iovec	field[FIELDS_MAX];
	int		n;
};

/* A field, or none where there is no room for a whole one. */
static void
put(struct entry *e, const char *name, const char *value)
{
	size_t n = strlen(name), room = sizeof(e->text) - e->len;
	char *p = e->text + e->len;

	if (value == NULL || value[0] == '\0' || e->n == FIELDS_MAX ||
	    room < n + VALUE_MAX + 1)
		return;
	memcpy(p, name, n);
	p[n++] = '=';
	sek_text_printable(p + n, VALUE_MAX, value);
	n += strlen(p + n);
	e->field[e->n].iov_base = p;
	e->field[e->n++].iov_len = n;
	e->len += n;
}

static void
put_number(struct entry *e, const char *name, uint64_t v)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)v);
	put(e, name, digits);
}

static void
message(char *dst, size_t size, const struct sek_record *r)
{
	const char *reason = r->reason != SEK_REASON_NONE ?
	    sek_reason_name((enum sek_reason)r->reason) : NULL;

	(void)sek_text_format(dst, size, "%s%s%s%s%s%s%s%s%s",
	    sek_event_name((enum sek_event)r->event),
	    r->subject[0] != '\0' ? " subject=" : "", r->subject,
	    r->target[0] != '\0' ? " target=" : "", r->target,
	    r->service[0] != '\0' ? " service=" : "", r->service,
	    reason != NULL ? " reason=" : "", reason != NULL ? reason : "");
}

/* What is in force without another's yes is for somebody to see now. */
static unsigned
priority(const struct sek_record *r)
{
	static const char loud[] = "unavoidable";

	if (r->event == SEK_EVENT_APPROVAL_GIVEN &&
	    strncmp(r->detail, loud, sizeof(loud) - 1) == 0)
		return (LOG_ALERT);
	return (r->result == SEK_RESULT_OK ? LOG_INFO :
	    r->result == SEK_RESULT_REFUSED ? LOG_NOTICE : LOG_ERR);
}

static void
fill(struct entry *e, const struct sek_record *r, uint64_t seq,
    const char *terminal)
{
	char text[512];

	message(text, sizeof(text), r);
	put(e, "MESSAGE", text);
	put_number(e, "PRIORITY", priority(r));
	put_number(e, "SYSLOG_FACILITY", LOG_AUTHPRIV >> 3);
	put(e, "SYSLOG_IDENTIFIER", "sekisho");
	put_number(e, "SEKISHO_SEQ", seq);
	put(e, "SEKISHO_TERMINAL", terminal);
	put(e, "SEKISHO_EVENT", sek_event_name((enum sek_event)r->event));
	put(e, "SEKISHO_RESULT", sek_result_name((enum sek_result)r->result));
	if (r->reason != SEK_REASON_NONE)
		put(e, "SEKISHO_REASON",
		    sek_reason_name((enum sek_reason)r->reason));
	put(e, "SEKISHO_SERVICE", r->service);
	put(e, "SEKISHO_SUBJECT", r->subject);
	put(e, "SEKISHO_TARGET", r->target);
	put(e, "SEKISHO_PERSON", r->person);
	put(e, "SEKISHO_SECTION", r->section);
	put(e, "SEKISHO_AUTHENTICATOR", r->authenticator);
	put(e, "SEKISHO_REF", r->ref);
	put(e, "SEKISHO_TTY", r->tty);
	put(e, "SEKISHO_RHOST", r->rhost);
	put(e, "SEKISHO_DETAIL", r->detail);
	put_number(e, "SEKISHO_COUNT", r->count);
}

/* Is there somebody with room for one more? On a connected datagram socket
 * POLLOUT tells of the other side's queue. */
static bool
journal_takes_one(void)
{
	const struct sockaddr_un to = {
		.sun_family = AF_UNIX, .sun_path = SOCKET_PATH
	};
	struct pollfd out = { .events = POLLOUT };
	bool takes = false;

	out.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (out.fd < 0)
		return (false);
	if (connect(out.fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		takes = poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0;
	(void)close(out.fd);
	return (takes);
}

/* sd_journal_sendv(3), NULL where there is none. */
static sendv_fn
load(void)
{
	void *object, *symbol = NULL;
	sendv_fn sendv = NULL;

	if (journal_takes_one() &&
	    (object = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL |
	    RTLD_NODELETE)) != NULL)
		symbol = dlsym(object, "sd_journal_sendv");
	memcpy(&sendv, &symbol, sizeof(sendv));
	return (sendv);
}

void
sek_journal_record(const struct sek_record *r, uint64_t seq,
    const char *terminal)
{
	sendv_fn sendv;
	struct entry e;

	if ((sendv = load()) == NULL)
		return;
	e.len = 0;
	e.n = 0;
	fill(&e, r, seq, terminal);
	(void)sendv(e.field, e.n);
}
