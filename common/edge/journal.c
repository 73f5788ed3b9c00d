/*
 * journal.c - the same event, to the journal with structured fields
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One datagram in journald's native protocol, which is documented and stable
 * (systemd.io/JOURNAL_NATIVE_PROTOCOL): "NAME=value" and a line end each, as
 * no value here holds a line end. Loading libsystemd for it would cost a
 * login more than all the rest of its store work.
 *
 * MUST: never blocks, never fails, leaves no descriptor behind.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/journal.h"

#define SOCKET_PATH	"/run/systemd/journal/socket"
#define ENTRY_MAX	6144u

struct entry {
	char	text[ENTRY_MAX];
	size_t	len;
};

static void
put(struct entry *e, const char *name, const char *value)
{
	char clean[512], line[640];

	if (value == NULL || value[0] == '\0')
		return;
	sek_text_printable(clean, sizeof(clean), value);
	if (sek_text_format(line, sizeof(line), "%s=%s\n", name, clean) !=
	    SEK_OK || strlen(line) >= sizeof(e->text) - e->len)
		return;
	memcpy(e->text + e->len, line, strlen(line));
	e->len += strlen(line);
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

static void
fill(struct entry *e, const struct sek_record *r, uint64_t seq,
    const char *terminal)
{
	char text[512];

	message(text, sizeof(text), r);
	put(e, "MESSAGE", text);
	put_number(e, "PRIORITY", r->result == SEK_RESULT_OK ? LOG_INFO :
	    r->result == SEK_RESULT_REFUSED ? LOG_NOTICE : LOG_ERR);
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

void
sek_journal_record(const struct sek_record *r, uint64_t seq,
    const char *terminal)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct entry e;
	int fd;

	if (access(SOCKET_PATH, F_OK) != 0 ||
	    (fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0)) < 0)
		return;
	e.len = 0;
	fill(&e, r, seq, terminal);
	(void)sek_text_copy(to.sun_path, sizeof(to.sun_path), SOCKET_PATH);
	(void)sendto(fd, e.text, e.len, MSG_NOSIGNAL | MSG_DONTWAIT,
	    (const struct sockaddr *)&to, sizeof(to));
	(void)close(fd);
}
