/*
 * talk.c - one key held open: what it is able to, and what its answers mean
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In the child only.
 */
#include "config.h"

#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/clock.h"

#include "key.h"

#define PART		8u	/* credentials, where it says nothing */
#define MESSAGE		1024u	/* bytes, CTAP 2.1 section 6.4 */
#define MESSAGE_MAX	2048u
#define SLACK		(20 * 1000)	/* us: so near the end it is the end */

static int
left_ms(const struct key *k)
{
	int64_t us = k->job->d.until - sek_child_clock();

	return (us <= 0 ? 1 : (int)(us / 1000) + 1);
}

void
key_set_time(struct key *k, int most)
{
	int ms = left_ms(k);

	if (most > 0 && ms > most)
		ms = most;
	k->due = sek_child_clock() + (int64_t)ms * 1000;
	(void)fido_dev_set_timeout(k->dev, ms);
}

/*
 * A program that has a hidraw device holds its lock, and libfido2 tries for
 * twenty seconds: look first. Also where it cannot be opened for another
 * reason: libfido2 says.
 */
static bool
is_locked(const char *path)
{
	bool locked;
	int fd;

	if (strncmp(path, "/dev/", 5) != 0 ||
	    (fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) < 0)
		return (false);
	locked = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	(void)close(fd);
	return (locked);
}

/* It did not open: it is gone, says nothing, or (what libfido2 does not tell)
 * that it has a command of another program's. */
static enum sek_fido2_end
not_open(const struct key *k)
{

	if (sek_child_clock() >= k->due - SLACK)
		return (SEK_FIDO2_END_SILENT);
	return (key_is_listed(k->job->device->path) ? SEK_FIDO2_END_BUSY :
	    SEK_FIDO2_END_GONE);
}

static enum sek_fido2_end
meaning(int r)
{

	switch (r) {
	case FIDO_OK:
		return (SEK_FIDO2_END_OK);
	case FIDO_ERR_NO_CREDENTIALS:
	case FIDO_ERR_INVALID_CREDENTIAL:
		return (SEK_FIDO2_END_OTHERS);
	case FIDO_ERR_PIN_INVALID:
		return (SEK_FIDO2_END_PIN_WRONG);
	case FIDO_ERR_PIN_AUTH_BLOCKED:
		return (SEK_FIDO2_END_PIN_PAUSED);
	case FIDO_ERR_PIN_BLOCKED:
		return (SEK_FIDO2_END_PIN_BLOCKED);
	case FIDO_ERR_PIN_NOT_SET:
		return (SEK_FIDO2_END_NO_PIN);
	case FIDO_ERR_PIN_REQUIRED:
		return (SEK_FIDO2_END_WANTS_PIN);
	case FIDO_ERR_UV_INVALID:
		return (SEK_FIDO2_END_UV_FAILED);
	case FIDO_ERR_UV_BLOCKED:
		return (SEK_FIDO2_END_UV_BLOCKED);
	case FIDO_ERR_OPERATION_DENIED:
	case FIDO_ERR_KEEPALIVE_CANCEL:
		return (SEK_FIDO2_END_DENIED);
	case FIDO_ERR_USER_ACTION_TIMEOUT:
	case FIDO_ERR_ACTION_TIMEOUT:
	case FIDO_ERR_TIMEOUT:
	case FIDO_ERR_PIN_TOKEN_EXPIRED:
		return (SEK_FIDO2_END_NO_TOUCH);
	case FIDO_ERR_CHANNEL_BUSY:
		return (SEK_FIDO2_END_BUSY);
	case FIDO_ERR_CREDENTIAL_EXCLUDED:
		return (SEK_FIDO2_END_EXCLUDED);
	case FIDO_ERR_KEY_STORE_FULL:
		return (SEK_FIDO2_END_FULL);
	case FIDO_ERR_UNSUPPORTED_OPTION:
	case FIDO_ERR_INVALID_OPTION:
	case FIDO_ERR_UNSUPPORTED_ALGORITHM:
	case FIDO_ERR_PIN_POLICY_VIOLATION:
		return (SEK_FIDO2_END_UNABLE);
	case FIDO_ERR_TX:
		return (SEK_FIDO2_END_GONE);
	default:
		return (SEK_FIDO2_END_GARBAGE);
	}
}

/* No answer at all, or one not to be understood: what cannot be written to is
 * gone. Where its holder was waited for, the key is told to wait no more. */
enum sek_fido2_end
key_end(struct key *k, int r, bool waited)
{
	bool there;

	if (r != FIDO_ERR_RX && r != FIDO_ERR_INTERNAL)
		return (meaning(r));
	/* One of the older kind (U2F) cannot be told to wait no more. */
	there = fido_dev_is_fido2(k->dev) ?
	    fido_dev_cancel(k->dev) == FIDO_OK :
	    key_is_listed(k->job->device->path);
	if (sek_child_clock() >= k->due - SLACK)
		return (waited ? SEK_FIDO2_END_NO_TOUCH : SEK_FIDO2_END_SILENT);
	return (there ? SEK_FIDO2_END_GARBAGE : SEK_FIDO2_END_GONE);
}

static void
describe(struct key *k)
{
	struct sek_fido2_device *d = &k->f->device;

	d->pin_set = fido_dev_has_pin(k->dev) ? 1 : 0;
	d->sensor = fido_dev_has_uv(k->dev) ? 1 : 0;
}

enum sek_fido2_end
key_open(struct key *k, const struct key_job *job, struct key_frame *f)
{
	enum sek_fido2_end end;
	int r;

	memset(k, 0, sizeof(*k));
	k->job = job;
	k->f = f;
	k->part = PART;
	k->message = MESSAGE;
	if (is_locked(job->device->path))
		return (SEK_FIDO2_END_BUSY);
	if ((k->dev = fido_dev_new()) == NULL)
		return (SEK_FIDO2_END_FAILED);
	key_set_time(k, PROBE_MS);
	r = fido_dev_open(k->dev, job->device->path);
	f->round_trips += 2;
	if (r == FIDO_OK) {
		describe(k);
		return (SEK_FIDO2_END_OK);
	}
	end = r == FIDO_ERR_RX || r == FIDO_ERR_INTERNAL ? not_open(k) :
	    meaning(r);
	fido_dev_free(&k->dev);
	return (end);
}

void
key_close(struct key *k)
{

	if (k->dev == NULL)
		return;
	(void)fido_dev_close(k->dev);
	fido_dev_free(&k->dev);
}

static void
take_bounds(struct key *k, const fido_cbor_info_t *info)
{
	uint64_t list = fido_cbor_info_maxcredcntlst(info);
	uint64_t message = fido_cbor_info_maxmsgsiz(info);

	if (list > 0)
		k->part = list > 64 ? 64 : (size_t)list;
	if (message >= MESSAGE)
		k->message = message > MESSAGE_MAX ? MESSAGE_MAX :
		    (size_t)message;
}

/* Those it makes credentials by, as it says. */
static void
take_algorithms(struct key *k, const fido_cbor_info_t *info)
{
	size_t i, n = fido_cbor_info_algorithm_count(info);

	for (i = 0; i < n; i++)
		switch (fido_cbor_info_algorithm_cose(info, i)) {
		case COSE_ES256:
			k->algorithms |= 1u << SEK_FIDO2_ES256;
			break;
		case COSE_EDDSA:
			k->algorithms |= 1u << SEK_FIDO2_EDDSA;
			break;
		case COSE_RS256:
			k->algorithms |= 1u << SEK_FIDO2_RS256;
			break;
		default:
			break;
		}
}

static void
take_options(struct key *k, const fido_cbor_info_t *info)
{
	char **name = fido_cbor_info_options_name_ptr(info);
	const bool *value = fido_cbor_info_options_value_ptr(info);
	size_t i, n = fido_cbor_info_options_len(info);

	for (i = 0; i < n; i++) {
		if (!value[i])
			continue;
		if (strcmp(name[i], "rk") == 0)
			k->f->device.resident = 1;
		else if (strcmp(name[i], "makeCredUvNotRqd") == 0)
			k->make_without_uv = true;
		else if (strcmp(name[i], "alwaysUv") == 0)
			k->always_uv = true;
	}
}

enum sek_fido2_end
key_ask_info(struct key *k)
{
	fido_cbor_info_t *info;
	const uint8_t *aaguid;
	enum sek_fido2_end end;

	k->asked = true;
	if (!fido_dev_is_fido2(k->dev))
		return (SEK_FIDO2_END_OK);
	if ((info = fido_cbor_info_new()) == NULL)
		return (SEK_FIDO2_END_FAILED);
	key_set_time(k, PROBE_MS);
	end = key_end(k, fido_dev_get_cbor_info(k->dev, info), false);
	k->f->round_trips++;
	if (end == SEK_FIDO2_END_OK) {
		take_bounds(k, info);
		take_options(k, info);
		take_algorithms(k, info);
		aaguid = fido_cbor_info_aaguid_ptr(info);
		if (aaguid != NULL && fido_cbor_info_aaguid_len(info) ==
		    SEK_FIDO2_AAGUID_LEN)
			memcpy(k->f->device.aaguid, aaguid,
			    SEK_FIDO2_AAGUID_LEN);
	}
	fido_cbor_info_free(&info);
	return (end);
}

void
key_ask_tries(struct key *k)
{
	struct sek_fido2_device *d = &k->f->device;
	int n = 0;

	key_set_time(k, PROBE_MS);
	if (d->pin_set) {
		k->f->round_trips++;
		if (fido_dev_get_retry_count(k->dev, &n) == FIDO_OK && n >= 0)
			d->pin_tries = (uint32_t)n;
	}
	if (d->sensor) {
		k->f->round_trips++;
		if (fido_dev_get_uv_retry_count(k->dev, &n) == FIDO_OK &&
		    n >= 0)
			d->uv_tries = (uint32_t)n;
	}
}

/* A frame with nothing but the device in it. */
void
key_cue(struct key *k, enum sek_fido2_cue cue)
{
	struct key_frame f;

	memset(&f, 0, sizeof(f));
	f.kind = KEY_FRAME_CUE;
	f.cue = cue;
	f.device = k->f->device;
	key_tell(k->job, &f);
}

enum sek_fido2_end
key_choose(struct key *k, enum sek_fido2_uv uv, bool pin, bool no_sensor,
    enum sek_fido2_verifies *how)
{
	const struct sek_fido2_device *d = &k->f->device;

	*how = SEK_FIDO2_VERIFIES_NOT;
	if (pin && d->pin_set)
		*how = SEK_FIDO2_VERIFIES_PIN;
	else if (uv == SEK_FIDO2_UV_DISCOURAGED)
		return (SEK_FIDO2_END_OK);
	else if (d->sensor && !no_sensor)
		*how = SEK_FIDO2_VERIFIES_SENSOR;
	else if (d->pin_set)
		return (SEK_FIDO2_END_WANTS_PIN);
	else if (uv == SEK_FIDO2_UV_REQUIRED)
		return (SEK_FIDO2_END_NO_PIN);
	return (SEK_FIDO2_END_OK);
}
