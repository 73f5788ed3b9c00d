/*
 * softcard.c - a card made of software in a reader of vpcd: the program
 *
 *	softcard TYPE PORT STATEDIR KNOBFILE LOGFILE [READYFD]
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * vpcd listens, the card comes: each message is two bytes of length, then the
 * payload. One byte is for the card's contacts (power off, power on, reset,
 * ATR), more are a command. A lost link is a card taken out.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "soft.h"

#define POWER_OFF	0
#define POWER_ON	1
#define RESET		2
#define GET_ATR		4

static struct soft card;
static uint8_t message[MESSAGE_MAX + 1];
static uint8_t answer[MESSAGE_MAX + 1];

static void
pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (ms > 0 && nanosleep(&t, &t) != 0 && errno == EINTR)
		;
}

/* Each acknowledgement at once: else a command costs 40 ms. */
static void
quick(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

static int
join(int port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd >= 0 &&
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	quick(fd);
	return fd;
}

static bool
receive(int fd, uint8_t *p, size_t n)
{
	ssize_t k;

	for (; n > 0; p += k, n -= (size_t)k) {
		quick(fd);
		k = recv(fd, p, n, 0);
		if (k <= 0) {
			if (k < 0 && errno == EINTR) {
				k = 0;
				continue;
			}
			return false;
		}
	}
	return true;
}

static bool
say(int fd, const uint8_t *p, size_t n)
{
	static uint8_t frame[MESSAGE_MAX + 3];
	size_t at = 0;
	ssize_t k;

	frame[0] = (uint8_t)(n >> 8);
	frame[1] = (uint8_t)n;
	memcpy(frame + 2, p, n);
	for (n += 2; at < n; at += (size_t)k) {
		k = send(fd, frame + at, n - at, MSG_NOSIGNAL);
		if (k < 0 && errno == EINTR)
			k = 0;
		else if (k <= 0)
			return false;
	}
	return true;
}

/* For tests: has pcscd the card? */
static void
present(bool yes)
{
	static int said = -1;

	if (said == yes)
		return;
	said = yes;
	if (!file_write(&card, "present", yes ? "yes\n" : "no\n",
	    yes ? 4 : 3))
		soft_log(&card, "trouble: %s/present", card.dir);
}

/* New knobs, and what they call for is made before a command waits for it: a
 * long RSA key takes seconds. Then whoever turned them is told. */
static bool
turned(void)
{
	struct stat st;
	char text[96];
	int n;

	if (!knobs_load(&card))
		return false;
	(void)card.kind->make(&card);
	if (stat(card.knobfile, &st) != 0)
		return true;
	n = snprintf(text, sizeof(text), "%llu %lld.%09ld\n",
	    (unsigned long long)st.st_ino, (long long)st.st_mtim.tv_sec,
	    st.st_mtim.tv_nsec);
	if (!file_write(&card, "taken", text, (size_t)n))
		soft_log(&card, "trouble: %s/taken", card.dir);
	return true;
}

static void
until_turned(void)
{

	present(false);
	while (!turned())
		pause_ms(20);
}

/* The next message is there: true. Knobs are looked at meanwhile. */
static bool
until_spoken_to(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	while ((n = poll(&p, 1, 20)) == 0 || (n < 0 && errno == EINTR))
		(void)turned();
	return n > 0;
}

/* -------------------------------------------------------------- faults -- */

enum when {
	NOT_NOW,
	BEFORE,			/* the command never came to the card */
	AFTER,			/* it was done; its answer is lost */
};

/* Is it the turn of this fault? "3", "verify"; with "+": AFTER. */
static enum when
turn(const char *name, const uint8_t *in, size_t n)
{
	const char *v = knob(&card, name, NULL);
	size_t len;
	bool hit;

	if (v == NULL || (len = strlen(v)) == 0)
		return NOT_NOW;
	if (v[len - 1] == '+')
		len--;
	if (*v >= '0' && *v <= '9')
		hit = strtoul(v, NULL, 10) == card.apdus;
	else {
		const char *word = soft_word(in, n);

		hit = strlen(word) == len && strncmp(word, v, len) == 0;
	}
	return !hit ? NOT_NOW : v[len] == '+' ? AFTER : BEFORE;
}

static void
noise(uint8_t *p, size_t n)
{

	RAND_bytes(p, (int)n);
}

/* Faults after which nothing is answered. false: the link has ended. */
static bool
lost(int fd, enum when when, const uint8_t *in, size_t n, bool *gone)
{

	*gone = true;
	if (turn("eject", in, n) == when) {
		soft_log(&card, "eject");
		close(fd);
		until_turned();
		return false;
	}
	if (turn("hang", in, n) == when) {
		soft_log(&card, "hang");
		/* Freed as one frees a real one: it is taken out. */
		until_turned();
		close(fd);
		return false;
	}
	*gone = false;
	return true;
}

/* Faults in the place of an answer. */
static size_t
spoil(const uint8_t *in, size_t n, uint8_t *out, size_t len, bool *none)
{

	*none = false;
	if (turn("empty", in, n) != NOT_NOW) {
		soft_log(&card, "empty");
		*none = true;
		return 0;
	}
	if (turn("short", in, n) != NOT_NOW) {
		soft_log(&card, "short");
		return 1;
	}
	if (turn("garbage", in, n) != NOT_NOW) {
		len = (size_t)knob_number(&card, "garbagelen", 37);
		if (len < 2 || len > MESSAGE_MAX)
			len = 37;
		soft_log(&card, "garbage");
		noise(out, len);
		/* No status word at all, by chance neither. */
		memcpy(out + len - 2, "\xde\xad", 2);
	}
	if (turn("long", in, n) != NOT_NOW) {
		soft_log(&card, "long");
		noise(out, 302);
		memcpy(out + 300, "\x90\x00", 2);
		return 302;
	}
	return len;
}

static bool
command(int fd, const uint8_t *in, size_t n)
{
	bool gone, none;
	size_t len;

	(void)turned();
	card.apdus++;
	pause_ms(knob_number(&card, "slow", 0));
	if (!lost(fd, BEFORE, in, n, &gone))
		return false;
	if (turn("resetby", in, n) == BEFORE) {
		soft_log(&card, "reset by another");
		soft_reset(&card);
	}
	len = soft_command(&card, in, n, answer, sizeof(answer));
	if (turn("resetby", in, n) == AFTER) {
		soft_log(&card, "reset by another");
		soft_reset(&card);
	}
	if (!lost(fd, AFTER, in, n, &gone))
		return false;
	len = spoil(in, n, answer, len, &none);
	if (!say(fd, answer, none ? 0 : len)) {
		close(fd);
		return false;
	}
	/* pcscd waits on: as with one that hangs. */
	if (none) {
		until_turned();
		close(fd);
	}
	return !none;
}

/* -------------------------------------------------------------- contacts -- */

static bool
contact(int fd, uint8_t code, int *ready)
{
	uint8_t atr[33];
	size_t n;

	(void)turned();
	switch (code) {
	case POWER_OFF:
	case POWER_ON:
	case RESET:
		soft_log(&card, code == POWER_OFF ? "power off" :
		    code == POWER_ON ? "power on" : "reset");
		soft_reset(&card);
		return true;
	case GET_ATR:
		n = card.kind->atr(&card, atr);
		if (knob_is(&card, "atr", "garbage"))
			noise(atr, n);
		if (!say(fd, atr, n))
			return false;
		present(true);
		if (*ready >= 0) {
			if (write(*ready, "k", 1) != 1)
				return false;
			close(*ready);
			*ready = -1;
		}
		return true;
	default:
		soft_log(&card, "control %02x", code);
		return true;
	}
}

/* Until the link ends. */
static void
serve(int fd, int *ready)
{
	uint8_t head[2];
	size_t n;

	soft_log(&card, "inserted");
	soft_reset(&card);
	while (until_spoken_to(fd) && receive(fd, head, 2)) {
		n = (size_t)head[0] << 8 | head[1];
		if (!receive(fd, message, n))
			break;
		if (n == 1) {
			if (!contact(fd, message[0], ready))
				break;
		} else if (n > 1 && !command(fd, message, n))
			return;		/* closed there */
	}
	close(fd);
}

static const struct kind *
kind_named(const char *name)
{
	static const struct kind *const kinds[] = {
		&kind_jpki, &kind_piv, &kind_uid,
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	int port, fd, ready = -1;

	if (argc < 6 || argc > 7 ||
	    (card.kind = kind_named(argv[1])) == NULL ||
	    (port = atoi(argv[2])) <= 0 || port > 65535) {
		fprintf(stderr, "usage: softcard jpki|piv|uid PORT STATEDIR "
		    "KNOBFILE LOGFILE [READYFD]\n");
		return 100;
	}
	card.dir = argv[3];
	card.knobfile = argv[4];
	card.logfile = argv[5];
	if (argc == 7)
		ready = atoi(argv[6]);
	signal(SIGPIPE, SIG_IGN);
	if (!state_open(&card) || !card.kind->make(&card)) {
		fprintf(stderr, "softcard: %s: %s\n", card.dir,
		    strerror(errno));
		return 111;
	}
	present(false);
	/* A test that left it behind took its folder away. */
	while (access(card.dir, F_OK) == 0) {
		(void)turned();
		/* out=yes: it lies beside the reader. */
		if (knob_is(&card, "out", "yes") || (fd = join(port)) < 0) {
			pause_ms(20);
			continue;
		}
		serve(fd, &ready);
		present(false);
		/* pcscd ended, or the reader: it stays in, and is there when
		 * they come back. */
		pause_ms(20);
	}
	return 0;
}
