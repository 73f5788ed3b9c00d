/*
 * softkey.c - a software key's packets: CTAPHID over a UNIX SEQPACKET socket
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * CTAP 2.1 section 11.2. A connection is what an open hidraw device is; one
 * packet of 64 bytes is one message of the socket.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "key.h"

#define HID_PING	0x01
#define HID_INIT	0x06
#define HID_WINK	0x08
#define HID_CBOR	0x10
#define HID_CANCEL	0x11
#define HID_KEEPALIVE	0x3b
#define HID_ERROR	0x3f
#define BROADCAST	0xffffffffu

#define ERR_CMD		0x01
#define ERR_LEN		0x03
#define ERR_SEQ		0x04
#define ERR_BUSY	0x06
#define ERR_CHANNEL	0x0b

static volatile sig_atomic_t ended;

static void
on_signal(int sig)
{

	(void)sig;
	ended = 1;
}

static void
nap(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	if (ms > 0)
		nanosleep(&t, NULL);
}

static void
drop(struct key *k, struct client *c)
{

	(void)k;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static void
send_packet(struct key *k, struct client *c, const uint8_t pkt[PACKET])
{

	if (c->fd < 0)
		return;
	if (send(c->fd, pkt, PACKET, MSG_NOSIGNAL) != (ssize_t)PACKET)
		drop(k, c);
	else if (knob(k, "slow", NULL) != NULL)
		nap(knob_number(k, "slow", 0));
}

static void
put32(uint8_t *p, uint32_t v)
{

	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/* How packets of a reply lie (knob garbage). */
struct lies {
	uint32_t	cid;
	uint8_t		cmd;
	long		bcnt;	/* -1: the truth */
	size_t		sent;	/* packets that are; 0: all */
	bool		seq, extra;
};

static void
send_frames(struct key *k, struct client *c, const struct lies *l,
    const uint8_t *data, size_t len)
{
	uint8_t pkt[PACKET] = { 0 }, seq = 0;
	size_t n = len < PACKET - 7 ? len : PACKET - 7, at = n, sent = 1;
	long bcnt = l->bcnt < 0 ? (long)len : l->bcnt;

	put32(pkt, l->cid);
	pkt[4] = (uint8_t)(0x80 | l->cmd);
	pkt[5] = (uint8_t)(bcnt >> 8);
	pkt[6] = (uint8_t)bcnt;
	memcpy(pkt + 7, data, n);
	send_packet(k, c, pkt);
	for (; at < len && (l->sent == 0 || sent < l->sent); sent++) {
		n = len - at < PACKET - 5 ? len - at : PACKET - 5;
		memset(pkt, 0, sizeof(pkt));
		put32(pkt, l->cid);
		pkt[4] = l->seq ? (uint8_t)(seq++ + 3) & 0x7f :
		    seq++ & 0x7f;
		memcpy(pkt + 5, data + at, n);
		send_packet(k, c, pkt);
		at += n;
	}
	for (n = 0; l->extra && n < 20; n++) {
		pkt[4] = seq++ & 0x7f;
		send_packet(k, c, pkt);
	}
}

static void
reply(struct key *k, struct client *c, uint32_t cid, uint8_t cmd,
    const uint8_t *data, size_t len)
{
	struct lies none = { .cid = cid, .cmd = cmd, .bcnt = -1 };

	send_frames(k, c, &none, data, len);
}

static void
send_error(struct key *k, struct client *c, uint32_t cid, uint8_t err)
{

	reply(k, c, cid, HID_ERROR, &err, 1);
}

void
key_keepalive(struct key *k, uint8_t status)
{

	if (k->busy != NULL && !knob_is(k, "keepalive", "no"))
		reply(k, k->busy, k->busy->cid, HID_KEEPALIVE, &status, 1);
}

/* ------------------------------------------------------------ faults -- */

void
key_yank(struct key *k, const char *when)
{

	key_log(k, "yank %s", when);
	if (k->busy != NULL)
		drop(k, k->busy);
	if (knob_is(k, "unplug", "yes")) {
		unlink(k->socket);
		k->stop = true;
	}
}

/*
 * Is this command one that a fault is for? By knob cmd=NN,NN (hex, default
 * all but getInfo), faultup=yes (only where a touch is asked for), after=N
 * (not the first N of a connection).
 */
static bool
meant(struct key *k, struct client *c, uint8_t cmd, bool up)
{
	char hex[8];

	snprintf(hex, sizeof(hex), "%02x", cmd);
	if (knob(k, "cmd", NULL) == NULL ? cmd == 0x04 :
	    !knob_has(k, "cmd", hex))
		return false;
	if (knob_is(k, "faultup", "yes") && !up)
		return false;
	return c->matched++ >= (unsigned)knob_number(k, "after", 0);
}

static size_t
nested(uint8_t *out, size_t n)
{
	size_t i;

	out[0] = 0;
	for (i = 1; i < n; i++)
		out[i] = i % 2 == 0 ? 0x81 : 0xa1;	/* maps of arrays */
	return n;
}

/* Instead of an answer of len bytes at out (of MSG_MAX): true if sent. */
static bool
garbage(struct key *k, struct client *c, uint8_t *out, size_t len)
{
	struct lies l = { .cid = c->cid, .cmd = HID_CBOR, .bcnt = -1 };
	const char *g = knob(k, "garbage", "");
	int64_t until;

	key_log(k, "garbage %s", g);
	if (strcmp(g, "yes") == 0) {
		len = 100;
		RAND_bytes(out, (int)len);
		out[0] = 0;
		out[1] = 0xff;
	} else if (strcmp(g, "short") == 0)	/* CBOR that ends early */
		len = len > 2 ? len / 2 : len;
	else if (strcmp(g, "empty") == 0)
		len = 0;
	else if (strcmp(g, "bare") == 0)	/* OK, and no map */
		len = 1;
	else if (strcmp(g, "cut") == 0)		/* packets that never come */
		l.sent = 1;
	else if (strcmp(g, "huge") == 0) {	/* a string of 2^62 bytes */
		static const uint8_t m[] = { 0x00, 0xa3, 0x01, 0x5b, 0x40, 0,
		    0, 0, 0, 0, 0, 0, 0x61, 0x62 };

		memcpy(out, m, len = sizeof(m));
	} else if (strcmp(g, "hugemap") == 0) {
		static const uint8_t m[] = { 0x00, 0xbb, 0x00, 0x00, 0x00,
		    0x7f, 0xff, 0xff, 0xff, 0xff, 0x01, 0x01 };

		memcpy(out, m, len = sizeof(m));
	} else if (strcmp(g, "types") == 0) {	/* all values of wrong type */
		static const uint8_t m[] = { 0x00, 0xa5, 0x01, 0x20, 0x02,
		    0x81, 0xf6, 0x03, 0xa0, 0x04, 0x61, 0x78, 0x05, 0x41,
		    0x79 };

		memcpy(out, m, len = sizeof(m));
	} else if (strcmp(g, "nested") == 0)
		len = nested(out, 7000);
	else if (strcmp(g, "big") == 0) {	/* as much as there may be */
		memset(out, 0x41, MSG_MAX);
		out[0] = 0;
		len = MSG_MAX;
	} else if (strcmp(g, "trail") == 0) {	/* more behind the map */
		memset(out + len, 0xa0, 40);
		len += 40;
	} else if (strcmp(g, "extra") == 0)
		l.extra = true;
	else if (strcmp(g, "cid") == 0)
		l.cid ^= 0x5555;
	else if (strcmp(g, "seq") == 0)
		l.seq = true;
	else if (strcmp(g, "cmd") == 0)
		l.cmd = HID_PING;
	else if (strcmp(g, "bcnt") == 0)
		l.bcnt = 0xffff;
	else if (strcmp(g, "storm") == 0) {	/* keepalives for ever */
		for (until = now_ms() + 60000;
		    c->fd >= 0 && !ended && now_ms() < until;) {
			key_keepalive(k, 1);
			if (key_pump(k, 0) != ST_OK)
				break;
		}
		return true;
	} else if (strncmp(g, "hex:", 4) == 0)
		len = unhex(out, MSG_MAX, g + 4);
	else
		return false;
	send_frames(k, c, &l, out, len);
	return true;
}

/* ---------------------------------------------------------- messages -- */

/* Until the client is gone, or cancels. */
static void
hang(struct key *k)
{

	key_log(k, "hang");
	while (!ended && knob(k, "hang", NULL) != NULL) {
		if (key_pump(k, 20) != ST_OK)
			break;
		knobs_load(k);
	}
}

static void
late(struct key *k)
{
	int64_t until = now_ms() + knob_number(k, "latency", 0);
	int64_t kept = now_ms();

	while (now_ms() < until && key_pump(k, 2) == ST_OK)
		if (now_ms() - kept >= 100) {
			key_keepalive(k, 1);
			kept = now_ms();
		}
}

static void
on_cbor(struct key *k, struct client *c)
{
	struct lies half = { .cid = c->cid, .cmd = HID_CBOR, .bcnt = -1,
	    .sent = 1 };
	uint8_t *out;
	size_t len = 0;
	bool fault, up;
	int st;

	if (c->have == 0) {
		send_error(k, c, c->cid, ERR_LEN);
		return;
	}
	/* What a fault is for is looked at before: an up option, as text
	 * "up" and false. */
	up = memmem(c->buf, c->have, "bup\xf4", 4) == NULL;
	fault = meant(k, c, c->buf[0], up);
	if ((out = malloc(MSG_MAX + 64)) == NULL)
		return;
	k->busy = c;
	k->cancelled = 0;
	if (fault && knob_is(k, "yank", "recv")) {
		key_yank(k, "recv");
		goto out;
	}
	if (fault && knob_is(k, "hang", "yes"))
		hang(k);
	if (knob(k, "latency", NULL) != NULL)
		late(k);
	if (c->fd < 0 && !knob_is(k, "orphan", "yes"))
		goto out;
	st = ctap_command(k, c->buf, c->have, out, &len);
	if (st == GONE || c->fd < 0)
		goto out;
	if (fault && knob_is(k, "yank", "mid")) {
		if (len > PACKET - 7)
			send_frames(k, c, &half, out, len);
		key_yank(k, "mid");
		goto out;
	}
	if (fault && knob(k, "garbage", NULL) != NULL &&
	    garbage(k, c, out, len))
		goto out;
	reply(k, c, c->cid, HID_CBOR, out, len);
out:
	k->busy = NULL;
	free(out);
}

static void
on_message(struct key *k, struct client *c)
{

	knobs_load(k);
	if (k->busy != NULL) {
		send_error(k, c, c->cid, ERR_BUSY);
		key_log(k, "busy cmd=%02x", c->cmd);
		return;
	}
	switch (c->cmd) {
	case HID_PING:
		key_log(k, "ping %zu bytes", c->have);
		reply(k, c, c->cid, HID_PING, c->buf, c->have);
		break;
	case HID_WINK:
		key_log(k, "wink");
		reply(k, c, c->cid, HID_WINK, c->buf, 0);
		break;
	case HID_CBOR:
		if (knob_is(k, "ctap", "no"))
			send_error(k, c, c->cid, ERR_CMD);
		else
			on_cbor(k, c);
		break;
	case HID_CANCEL:	/* nothing to cancel, no answer */
		break;
	default:
		key_log(k, "unknown hid %02x", c->cmd);
		send_error(k, c, c->cid, ERR_CMD);
		break;
	}
}

/* ----------------------------------------------------------- packets -- */

static bool
known(const struct client *c, uint32_t cid)
{
	unsigned i;

	for (i = 0; i < c->ncids && i < 8; i++)
		if (c->cids[i] == cid)
			return true;
	return false;
}

static void
on_init(struct key *k, struct client *c, uint32_t cid, const uint8_t *pkt)
{
	uint8_t out[17];

	knobs_load(k);
	if (k->busy != NULL && (k->busy != c || cid == BROADCAST) &&
	    !knob_is(k, "busyinit", "ok")) {
		send_error(k, c, cid, ERR_BUSY);
		key_log(k, "busy init");
		return;
	}
	if (knob_is(k, "hang", "init"))
		return;
	if (k->busy == c && cid == c->cid)
		k->cancelled = 1;
	memcpy(out, pkt + 7, 8);
	if (cid == BROADCAST) {
		k->next_cid = k->next_cid * 1103515245u + 12345u;
		if (k->next_cid == 0 || k->next_cid == BROADCAST)
			k->next_cid = 1;
		c->cids[c->ncids++ % 8] = k->next_cid;
		put32(out + 8, k->next_cid);
	} else
		put32(out + 8, cid);
	out[12] = 2;
	out[13] = 5;
	out[14] = 0;
	out[15] = 1;
	out[16] = (uint8_t)(0x01 | 0x08 |
	    (knob_is(k, "ctap", "no") ? 0 : 0x04));
	if (knob_is(k, "init", "nonce"))
		out[0] ^= 1;
	key_log(k, "init");
	reply(k, c, cid, HID_INIT, out,
	    knob_is(k, "init", "short") ? 9 : sizeof(out));
}

static void
on_packet(struct key *k, struct client *c, const uint8_t *pkt)
{
	uint32_t cid = (uint32_t)pkt[0] << 24 | (uint32_t)pkt[1] << 16 |
	    (uint32_t)pkt[2] << 8 | pkt[3];
	uint8_t cmd = pkt[4] & 0x7f;
	size_t n;

	if ((pkt[4] & 0x80) != 0) {
		if (cmd == HID_INIT && pkt[5] == 0 && pkt[6] == 8) {
			on_init(k, c, cid, pkt);
			return;
		}
		if (!known(c, cid)) {
			send_error(k, c, cid, ERR_CHANNEL);
			return;
		}
		if (cmd == HID_CANCEL) {
			if (k->busy == c && cid == c->cid)
				k->cancelled = 1;
			key_log(k, "cancel");
			return;
		}
		if (k->busy == c) {
			send_error(k, c, cid, ERR_BUSY);
			return;
		}
		c->cid = cid;
		c->cmd = cmd;
		c->want = (size_t)(pkt[5] << 8 | pkt[6]);
		c->seq = 0;
		if (c->want > MSG_MAX) {
			c->want = 0;
			send_error(k, c, cid, ERR_LEN);
			return;
		}
		n = c->want < PACKET - 7 ? c->want : PACKET - 7;
		memcpy(c->buf, pkt + 7, n);
		c->have = n;
	} else {
		if (k->busy == c || cid != c->cid || c->have >= c->want)
			return;
		if (pkt[4] != c->seq++) {
			c->have = c->want = 0;
			send_error(k, c, cid, ERR_SEQ);
			return;
		}
		n = c->want - c->have;
		n = n < PACKET - 5 ? n : PACKET - 5;
		memcpy(c->buf + c->have, pkt + 5, n);
		c->have += n;
	}
	if (c->have == c->want)
		on_message(k, c);
}

static void
take_client(struct key *k)
{
	int fd = accept4(k->listener, NULL, NULL, SOCK_CLOEXEC);
	unsigned i;

	if (fd < 0)
		return;
	for (i = 0; i < CLIENTS; i++)
		if (k->clients[i].fd < 0 && &k->clients[i] != k->busy) {
			memset(&k->clients[i], 0, sizeof(k->clients[i]));
			k->clients[i].fd = fd;
			return;
		}
	close(fd);
}

/* One round of poll; false: nothing came. */
static bool
round_once(struct key *k, int ms)
{
	struct pollfd p[CLIENTS + 1];
	struct client *c[CLIENTS + 1];
	uint8_t pkt[PACKET];
	nfds_t n = 0, i;
	ssize_t got;
	int j;

	p[n] = (struct pollfd){ .fd = k->listener, .events = POLLIN };
	c[n++] = NULL;
	for (j = 0; j < CLIENTS; j++)
		if (k->clients[j].fd >= 0) {
			p[n] = (struct pollfd){ .fd = k->clients[j].fd,
			    .events = POLLIN };
			c[n++] = &k->clients[j];
		}
	if (poll(p, n, ms) <= 0)
		return false;
	for (i = 0; i < n; i++) {
		if (p[i].revents == 0)
			continue;
		if (c[i] == NULL) {
			take_client(k);
			continue;
		}
		if (c[i]->fd != p[i].fd)
			continue;	/* by a command within this round */
		got = recv(c[i]->fd, pkt, sizeof(pkt), MSG_DONTWAIT);
		if (got == (ssize_t)PACKET)
			on_packet(k, c[i], pkt);
		else if (got >= 0 || (errno != EAGAIN && errno != EINTR))
			drop(k, c[i]);
	}
	return true;
}

int
key_pump(struct key *k, int ms)
{

	round_once(k, ms);
	if (ended || k->stop)
		return GONE;
	if (k->cancelled)
		return ST_CANCEL;
	/* A key that went on blinking after its program had died. */
	if (k->busy != NULL && k->busy->fd < 0 &&
	    !knob_is(k, "orphan", "yes"))
		return GONE;
	return ST_OK;
}

static bool
listen_at(struct key *k)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (strlen(k->socket) >= sizeof(a.sun_path))
		return false;
	strcpy(a.sun_path, k->socket);
	unlink(k->socket);
	k->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	return k->listener >= 0 &&
	    bind(k->listener, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	    chmod(k->socket, (mode_t)knob_number(k, "mode", 0600)) == 0 &&
	    listen(k->listener, 16) == 0;
}

int
softkey_main(const char *socket_path, const char *statefile,
    const char *knobfile, const char *logfile, int ready)
{
	struct sigaction act = { .sa_handler = on_signal };
	struct key *k = calloc(1, sizeof(*k));
	int i;

	if (k == NULL)
		return 111;
	k->socket = socket_path;
	k->statefile = statefile;
	k->knobfile = knobfile;
	k->logfile = logfile;
	for (i = 0; i < CLIENTS; i++)
		k->clients[i].fd = -1;
	RAND_bytes((uint8_t *)&k->next_cid, sizeof(k->next_cid));
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	k->log = open(logfile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
	    0600);
	knobs_load(k);
	if (k->log < 0 || !state_open(k) || !listen_at(k)) {
		perror("softkey");
		return 111;
	}
	pin_preset(k);
	key_log(k, "plugged");
	if (ready >= 0) {
		if (write(ready, "k", 1) != 1)
			return 111;
		close(ready);
	}
	/* The signal may come just before it waits. */
	while (!ended && !k->stop)
		round_once(k, 300);
	if (!k->stop)
		unlink(k->socket);
	for (i = 0; i < CLIENTS; i++)
		drop(k, &k->clients[i]);
	close(k->listener);
	close(k->log);
	EVP_PKEY_free(k->agree);
	free(k->creds);
	free(k);
	return 0;
}
