/*
 * helper_wire.c - the frames between sekisho-helper and who asks it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing of a frame is used before all of it was checked.
 * MUST: every wait has an end.
 */
#include "config.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/helper_wire.h"

#define FRAME_MS	10000	/* that a frame may take once it began */
#define SLICE_MS	3000	/* after which alive is asked */
#define LATEST		INT64_C(253402300800000000)	/* the year 10000 */

/* What a string may hold. */
enum form {
	FORM_TEXT = 0,		/* clean UTF-8, or empty */
	FORM_ID			/* lower-case hex, or empty */
};

/* n character arrays of size bytes, stride apart. */
struct string {
	size_t		offset;
	size_t		size;
	size_t		n;
	size_t		stride;
	enum form	form;
};
#define SIZE(type, member)	sizeof(((type *)0)->member)
#define TEXT(type, member) \
	{ offsetof(type, member), SIZE(type, member), 1, 0, FORM_TEXT }
#define ID(type, member) \
	{ offsetof(type, member), SIZE(type, member), 1, 0, FORM_ID }
/* A member of each of an array of structs. */
#define EACH(type, array, member, form) \
	{ offsetof(type, array[0].member), SIZE(type, array[0].member), \
	    SIZE(type, array) / SIZE(type, array[0]), \
	    SIZE(type, array[0]), form }
#define PART(type, part) \
	TEXT(type, part.person), TEXT(type, part.account), \
	TEXT(type, part.evidence), TEXT(type, part.note)
#define END { 0, 0, 0, 0, FORM_TEXT }

static const struct string no_strings[] = { END };
static const struct string approvals_strings[] = {
	ID(struct sek_helper_approvals, id), END
};
/* Of a that is asked, only these count; the rest is not looked at. */
static const struct string ask_strings[] = {
	TEXT(struct sek_helper_ask, a.clause),
	TEXT(struct sek_helper_ask, a.key),
	TEXT(struct sek_helper_ask, a.value),
	TEXT(struct sek_helper_ask, a.users),
	TEXT(struct sek_helper_ask, a.terminals),
	TEXT(struct sek_helper_ask, a.reason),
	TEXT(struct sek_helper_ask, witness), END
};
static const struct string decide_strings[] = {
	ID(struct sek_helper_decide, id),
	TEXT(struct sek_helper_decide, note), END
};
static const struct string enrol_strings[] = {
	TEXT(struct sek_helper_enrol, label),
	TEXT(struct sek_helper_enrol, path),
	TEXT(struct sek_helper_enrol, reader), END
};
static const struct string state_strings[] = {
	ID(struct sek_helper_state, id), END
};
static const struct string extend_strings[] = {
	ID(struct sek_helper_extend, id),
	ID(struct sek_helper_extend, grant),
	TEXT(struct sek_helper_extend, witness), END
};
static const struct string not_me_strings[] = {
	TEXT(struct sek_helper_not_me, note), END
};
static const struct string self_strings[] = {
	TEXT(struct sek_helper_self, account),
	TEXT(struct sek_helper_self, timezone),
	TEXT(struct sek_helper_self, user.account.name),
	TEXT(struct sek_helper_self, user.account.person),
	TEXT(struct sek_helper_self, user.account.reason),
	TEXT(struct sek_helper_self, user.account.last_tty),
	TEXT(struct sek_helper_self, user.account.last_rhost),
	TEXT(struct sek_helper_self, user.account.last_service),
	TEXT(struct sek_helper_self, user.password.account),
	EACH(struct sek_helper_self, authenticator, id, FORM_ID),
	EACH(struct sek_helper_self, authenticator, person, FORM_TEXT),
	EACH(struct sek_helper_self, authenticator, label, FORM_TEXT),
	EACH(struct sek_helper_self, authenticator, fido2.model, FORM_TEXT),
	END
};
static const struct string approval_strings[] = {
	ID(struct sek_helper_approval, a.id),
	TEXT(struct sek_helper_approval, a.clause),
	TEXT(struct sek_helper_approval, a.key),
	TEXT(struct sek_helper_approval, a.value),
	TEXT(struct sek_helper_approval, a.users),
	TEXT(struct sek_helper_approval, a.terminals),
	TEXT(struct sek_helper_approval, a.reason),
	PART(struct sek_helper_approval, a.asked),
	PART(struct sek_helper_approval, a.decided),
	PART(struct sek_helper_approval, a.ended),
	PART(struct sek_helper_approval, a.reviewed),
	TEXT(struct sek_helper_approval, timezone), END
};
static const struct string key_strings[] = {
	TEXT(struct sek_helper_key, uri), TEXT(struct sek_helper_key, key), END
};
static const struct string code_strings[] = {
	TEXT(struct sek_helper_code, code), END
};
static const struct string enrolled_strings[] = {
	ID(struct sek_authenticator, id),
	TEXT(struct sek_authenticator, person),
	TEXT(struct sek_authenticator, label),
	TEXT(struct sek_authenticator, fido2.model), END
};

static const struct string session_strings[] = {
	TEXT(struct sek_helper_session, id),
	TEXT(struct sek_helper_session, logind),
	TEXT(struct sek_helper_session, account),
	TEXT(struct sek_helper_session, subject),
	TEXT(struct sek_helper_session, person),
	TEXT(struct sek_helper_session, service),
	TEXT(struct sek_helper_session, tty),
	TEXT(struct sek_helper_session, rhost),
	ID(struct sek_helper_session, grant),
	TEXT(struct sek_helper_session, timezone), END
};
static const struct string extended_strings[] = {
	ID(struct sek_helper_extended, grant),
	TEXT(struct sek_helper_extended, timezone), END
};
static const struct string noted_strings[] = {
	TEXT(struct sek_helper_noted, account),
	TEXT(struct sek_helper_noted, contact),
	TEXT(struct sek_helper_noted, timezone), END
};

/* ------------------------------------------------------------ numbers -- */

static bool
time_ok(int64_t t)
{

	return (t >= 0 && t < LATEST);
}

/* Of a certificate, in seconds: before 1970, too. */
static bool
date_ok(int64_t t)
{

	return (t > -(LATEST / SEK_SECOND) && t < LATEST / SEK_SECOND);
}

static bool
approvals_ok(const void *p)
{
	const struct sek_helper_approvals *in = p;

	return (in->kind < SEK_APPROVAL_KINDS && in->open_only <= 1);
}

static bool
ask_ok(const void *p)
{
	const struct sek_helper_ask *in = p;

	return (in->a.kind > SEK_APPROVAL_NONE &&
	    in->a.kind < SEK_APPROVAL_KINDS && time_ok(in->a.not_before) &&
	    time_ok(in->a.not_after) && time_ok(in->a.review_at) &&
	    in->a.uses_max <= INT64_MAX && in->unavoidable <= 1);
}

static bool
decide_ok(const void *p)
{
	const struct sek_helper_decide *in = p;

	return (in->id[0] != '\0' && in->what > SEK_ACT_NONE &&
	    in->what < SEK_ACTS && time_ok(in->review_at));
}

static bool
card_ok(const struct sek_helper_enrol *in)
{

	if (in->method == SEK_METHOD_NONE ?
	    in->driver != SEK_CARD_DRIVERS : in->driver !=
	    (uint32_t)sek_card_driver_of((enum sek_method)in->method))
		return (false);
	return (in->key == 0 || ((in->key == 0x9a || in->key == 0x9e) &&
	    (in->driver == SEK_CARD_PIV || in->driver == SEK_CARD_DRIVERS)));
}

static bool
enrol_ok(const void *p)
{
	const struct sek_helper_enrol *in = p;

	if (in->method == SEK_METHOD_NONE || (in->method < SEK_METHOD_COUNT &&
	    sek_card_is_method((enum sek_method)in->method)))
		return (card_ok(in));
	if (in->method == SEK_METHOD_FINGERPRINT)
		return (in->finger > SEK_FINGER_NONE &&
		    in->finger < SEK_FINGERS);
	if (in->method == SEK_METHOD_FIDO2)
		return ((in->uv < SEK_FIDO2_UVS || in->uv == UINT32_MAX) &&
		    in->resident <= 1);
	return ((in->method == SEK_METHOD_TOTP ||
	    in->method == SEK_METHOD_HOTP) &&
	    in->algorithm < SEK_OATH_ALGORITHMS && in->digits >= 6 &&
	    in->digits <= 8 && in->period <= 60);
}

static bool
state_ok(const void *p)
{
	const struct sek_helper_state *in = p;

	return (in->id[0] != '\0' &&
	    (in->to == SEK_AUTHENTICATOR_DISABLED ||
	    in->to == SEK_AUTHENTICATOR_REMOVED) && in->even_last <= 1);
}

static bool
extend_ok(const void *p)
{
	const struct sek_helper_extend *in = p;

	return (in->id[0] != '\0');
}

static bool
session_ok(const void *p)
{
	const struct sek_helper_session *in = p;

	return (in->id[0] != '\0' && time_ok(in->opened) &&
	    time_ok(in->ends) && time_ok(in->locked) && in->guarded <= 1 &&
	    in->privileged <= 1 && in->glass <= 1 && in->ending <= 1 &&
	    in->own <= 1);
}

static bool
extended_ok(const void *p)
{
	const struct sek_helper_extended *in = p;

	return (time_ok(in->was) && time_ok(in->ends));
}

static bool
noted_ok(const void *p)
{
	const struct sek_helper_noted *in = p;

	return (time_ok(in->last_login) && in->suspended <= 1);
}

static bool
authenticator_ok(const struct sek_authenticator *a)
{

	return (a->method < SEK_METHOD_COUNT &&
	    a->state < SEK_AUTHENTICATOR_STATES &&
	    a->oath.algorithm < SEK_OATH_ALGORITHMS &&
	    a->fido2.algorithm < SEK_FIDO2_ALGORITHMS &&
	    a->fido2.resident <= 1 && a->fido2.uv < SEK_FIDO2_UVS &&
	    a->fido2.verifies < SEK_FIDO2_VERIFIES_COUNT &&
	    a->fido2.attestation < SEK_FIDO2_ATTESTATIONS &&
	    a->card.driver < SEK_CARD_DRIVERS &&
	    a->card.algorithm < SEK_CARD_ALGORITHMS && a->card.pin <= 1 &&
	    a->card.trusted <= 1 && date_ok(a->card.not_before) &&
	    date_ok(a->card.not_after) && a->biometric.finger < SEK_FINGERS);
}

static bool
self_ok(const void *p)
{
	const struct sek_helper_self *in = p;
	uint32_t i;

	if (in->nauthenticators > SEK_AUTHENTICATORS_MAX ||
	    in->roles >= SEK_ROLE_BIT(SEK_ROLES) ||
	    in->user.account.state >= SEK_ACCOUNT_STATES ||
	    in->user.has_password > 1 ||
	    in->user.password.must > SEK_MUST_COMPROMISED)
		return (false);
	for (i = 0; i < in->nauthenticators; i++)
		if (!authenticator_ok(&in->authenticator[i]))
			return (false);
	return (true);
}

static bool
approval_ok(const void *p)
{
	const struct sek_helper_approval *in = p;

	return (in->a.kind < SEK_APPROVAL_KINDS &&
	    in->a.state < SEK_APPROVAL_STATES && in->in_force <= 1);
}

static bool
code_ok(const void *p)
{
	const struct sek_helper_code *in = p;

	return (strspn(in->code, "0123456789") == SEK_TICKET_DIGITS);
}

static bool
enrolled_ok(const void *p)
{

	return (authenticator_ok(p));
}

/* ------------------------------------------------------------- bodies -- */

struct row {
	size_t			 size;
	const struct string	*strings;
	bool			(*numbers)(const void *p);
};

static const struct row ops[] = {
	[SEK_HELPER_VERIFY] = { 0, no_strings, NULL },
	[SEK_HELPER_SHOW] = { 0, no_strings, NULL },
	[SEK_HELPER_APPROVALS] = { sizeof(struct sek_helper_approvals),
	    approvals_strings, approvals_ok },
	[SEK_HELPER_ASK] = { sizeof(struct sek_helper_ask), ask_strings,
	    ask_ok },
	[SEK_HELPER_DECIDE] = { sizeof(struct sek_helper_decide),
	    decide_strings, decide_ok },
	[SEK_HELPER_ENROL] = { sizeof(struct sek_helper_enrol), enrol_strings,
	    enrol_ok },
	[SEK_HELPER_STATE] = { sizeof(struct sek_helper_state), state_strings,
	    state_ok },
	[SEK_HELPER_SESSIONS] = { 0, no_strings, NULL },
	[SEK_HELPER_EXTEND] = { sizeof(struct sek_helper_extend),
	    extend_strings, extend_ok },
	[SEK_HELPER_NOT_ME] = { sizeof(struct sek_helper_not_me),
	    not_me_strings, NULL },
};
static const struct row kinds[] = {
	[SEK_HELPER_DATA_SELF] = { sizeof(struct sek_helper_self),
	    self_strings, self_ok },
	[SEK_HELPER_DATA_APPROVAL] = { sizeof(struct sek_helper_approval),
	    approval_strings, approval_ok },
	[SEK_HELPER_DATA_KEY] = { sizeof(struct sek_helper_key), key_strings,
	    NULL },
	[SEK_HELPER_DATA_ENROLLED] = { sizeof(struct sek_authenticator),
	    enrolled_strings, enrolled_ok },
	[SEK_HELPER_DATA_CODE] = { sizeof(struct sek_helper_code),
	    code_strings, code_ok },
	[SEK_HELPER_DATA_SESSION] = { sizeof(struct sek_helper_session),
	    session_strings, session_ok },
	[SEK_HELPER_DATA_EXTENDED] = { sizeof(struct sek_helper_extended),
	    extended_strings, extended_ok },
	[SEK_HELPER_DATA_NOT_ME] = { sizeof(struct sek_helper_noted),
	    noted_strings, noted_ok },
};
#define COUNT(table)	(sizeof(table) / sizeof(table[0]))

_Static_assert(sizeof(struct sek_helper_self) + SEK_WIRE_WORD <=
    SEK_HELPER_BODY_MAX, "the largest body fits a frame");
_Static_assert(sizeof(struct sek_helper_approval) + SEK_WIRE_WORD <=
    SEK_HELPER_BODY_MAX, "an approval fits a frame");
_Static_assert(SEK_SECRET_MAX <= SEK_HELPER_BODY_MAX, "an answer fits");

/* NULL: there is none of this number. */
static const struct row *
row_of(const struct row *table, size_t n, uint32_t number)
{

	return (number > 0 && number < n ? &table[number] : NULL);
}

size_t
sek_wire_op_size(enum sek_helper_op op)
{
	const struct row *r = row_of(ops, COUNT(ops), (uint32_t)op);

	return (r != NULL ? r->size : 0);
}

size_t
sek_wire_data_size(enum sek_helper_data kind)
{
	const struct row *r = row_of(kinds, COUNT(kinds), (uint32_t)kind);

	return (r != NULL ? r->size : 0);
}

static bool
string_ok(const char *s, size_t size, enum form form)
{

	if (memchr(s, '\0', size) == NULL)
		return (false);
	if (s[0] == '\0')
		return (true);
	if (form == FORM_ID)
		return (s[strspn(s, "0123456789abcdef")] == '\0');
	return (sek_text_is_clean(s, size - 1));
}

static bool
strings_ok(const struct string *s, const char *body)
{
	size_t i;

	for (; s->size != 0; s++)
		for (i = 0; i < s->n; i++)
			if (!string_ok(body + s->offset + i * s->stride,
			    s->size, s->form))
				return (false);
	return (true);
}

static bool
struct_ok(const struct row *r, const void *body, size_t len)
{

	return (r != NULL && len == r->size && strings_ok(r->strings, body) &&
	    (r->numbers == NULL || r->numbers(body)));
}

void
sek_wire_tidy(enum sek_helper_data kind, void *body)
{
	const struct row *r = row_of(kinds, COUNT(kinds), (uint32_t)kind);
	const struct string *s;
	char text[2048];
	char *p;
	size_t i;

	for (s = r != NULL ? r->strings : no_strings; s->size != 0; s++)
		for (i = 0; i < s->n; i++) {
			p = (char *)body + s->offset + i * s->stride;
			p[s->size - 1] = '\0';
			sek_text_printable(text, s->size < sizeof(text) ?
			    s->size : sizeof(text), p);
			/* Nothing of what lay behind the end goes out. */
			memset(p, 0, s->size);
			(void)sek_text_copy(p, s->size, text);
		}
	sek_wipe(text, sizeof(text));
}

/* ------------------------------------------------------------- frames -- */

static bool
text_ok(const struct sek_wire_frame *f, uint32_t most, bool may_be_empty)
{
	const char *text = sek_wire_rest(f);
	size_t len = sek_wire_rest_len(f);

	return (sek_wire_word(f) <= most && len >= 1 &&
	    len <= SEK_HELPER_TEXT_MAX && strnlen(text, len) == len - 1 &&
	    (text[0] == '\0' ? may_be_empty :
	    sek_text_is_clean(text, SEK_HELPER_TEXT_MAX - 1)));
}

static bool
to_helper_ok(const struct sek_wire_frame *f)
{

	switch (f->head.type) {
	case SEK_WIRE_REQUEST:
		/* Of an older version, only what is the same in all. */
		if (f->head.version != SEK_HELPER_VERSION &&
		    sek_wire_word(f) != SEK_HELPER_VERIFY)
			return (false);
		return (struct_ok(row_of(ops, COUNT(ops), sek_wire_word(f)),
		    sek_wire_rest(f), sek_wire_rest_len(f)));
	case SEK_WIRE_ANSWER:
		return (f->head.len <= SEK_SECRET_MAX &&
		    memchr(f->body, '\0', f->head.len) == NULL);
	case SEK_WIRE_CANCEL:
		return (f->head.len == 0);
	default:
		return (false);
	}
}

static bool
to_client_ok(const struct sek_wire_frame *f)
{

	switch (f->head.type) {
	case SEK_WIRE_SAY:
		return (text_ok(f, 1, false));
	case SEK_WIRE_PROMPT:
		return (text_ok(f, 1, true));
	case SEK_WIRE_DATA:
		return (struct_ok(row_of(kinds, COUNT(kinds),
		    sek_wire_word(f)), sek_wire_rest(f),
		    sek_wire_rest_len(f)));
	case SEK_WIRE_DONE:
		return (text_ok(f, SEK_ERR_INTERNAL, true));
	default:
		return (false);
	}
}

/* Has this type a word before the rest? */
static bool
has_word(uint32_t type)
{

	return (type != SEK_WIRE_ANSWER && type != SEK_WIRE_CANCEL);
}

static bool
version_ok(uint32_t version, bool helper)
{

	return (version == SEK_HELPER_VERSION ||
	    (helper && version >= SEK_HELPER_LOCKERS &&
	    version < SEK_HELPER_VERSION));
}

static bool
head_ok(const struct sek_wire_head *h, bool helper)
{

	return (h->magic == SEK_WIRE_MAGIC &&
	    version_ok(h->version, helper) && h->type >= SEK_WIRE_REQUEST &&
	    h->type <= SEK_WIRE_DONE && h->len <= SEK_HELPER_BODY_MAX);
}

enum sek_err
sek_wire_check(const struct sek_wire_frame *f, bool helper)
{
	struct sek_wire_word w;

	if (!head_ok(&f->head, helper))
		return (SEK_ERR_SYNTAX);
	if (has_word(f->head.type)) {
		if (f->head.len < sizeof(w))
			return (SEK_ERR_SYNTAX);
		memcpy(&w, f->body, sizeof(w));
		if (w.zero != 0)
			return (SEK_ERR_SYNTAX);
	}
	return ((helper ? to_helper_ok(f) : to_client_ok(f)) ? SEK_OK :
	    SEK_ERR_SYNTAX);
}

uint32_t
sek_wire_word(const struct sek_wire_frame *f)
{
	struct sek_wire_word w;

	memcpy(&w, f->body, sizeof(w));
	return (w.word);
}

const void *
sek_wire_rest(const struct sek_wire_frame *f)
{

	return (f->body + (has_word(f->head.type) ? SEK_WIRE_WORD : 0));
}

size_t
sek_wire_rest_len(const struct sek_wire_frame *f)
{

	return (f->head.len - (has_word(f->head.type) ? SEK_WIRE_WORD : 0));
}

/* ----------------------------------------------------- there and back -- */

static void
deadline(struct timespec *end, int ms)
{

	(void)clock_gettime(CLOCK_MONOTONIC, end);
	end->tv_sec += ms / 1000;
	end->tv_nsec += (long)(ms % 1000) * 1000000;
}

static int
left_ms(const struct timespec *end)
{
	struct timespec now;
	int64_t ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	ms = ((int64_t)end->tv_sec - now.tv_sec) * 1000 +
	    (end->tv_nsec - now.tv_nsec) / 1000000;
	return (ms <= 0 ? 0 : ms < INT32_MAX ? (int)ms : INT32_MAX);
}

/* Until something can be done, or the other side is no more. */
static enum sek_err
await(const struct sek_wire *w, short events, const struct timespec *end)
{
	struct pollfd p = { .fd = w->fd, .events = events };
	int ms, n;

	for (;;) {
		ms = left_ms(end);
		n = poll(&p, 1, ms < SLICE_MS ? ms : SLICE_MS);
		if (n > 0)
			return (SEK_OK);
		if (n < 0 && errno != EINTR)
			return (SEK_ERR_IO);
		if (w->alive != NULL && !w->alive(w->arg))
			return (SEK_ERR_IO);
		if (ms == 0)
			return (SEK_ERR_TIMEOUT);
	}
}

static enum sek_err
send_all(const struct sek_wire *w, const void *data, size_t len,
    const struct timespec *end)
{
	const char *p = data;
	enum sek_err err;
	ssize_t n;

	while (len > 0) {
		n = send(w->fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return (SEK_ERR_IO);
		if ((err = await(w, POLLOUT, end)) != SEK_OK)
			return (err);
	}
	return (SEK_OK);
}

static enum sek_err
receive_all(const struct sek_wire *w, void *data, size_t len,
    const struct timespec *end)
{
	char *p = data;
	enum sek_err err;
	ssize_t n;

	while (len > 0) {
		n = recv(w->fd, p, len, MSG_DONTWAIT);
		if (n == 0)
			return (SEK_ERR_IO);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
			continue;
		}
		if (errno != EINTR && errno != EAGAIN)
			return (SEK_ERR_IO);
		if ((err = await(w, POLLIN, end)) != SEK_OK)
			return (err);
	}
	return (SEK_OK);
}

enum sek_err
sek_wire_send(const struct sek_wire *w, enum sek_wire_type type, uint32_t word,
    const void *rest, size_t len)
{
	struct {
		struct sek_wire_head	head;
		struct sek_wire_word	word;
	} out = { { SEK_WIRE_MAGIC, w->version != 0 ? w->version :
	    SEK_HELPER_VERSION, (uint32_t)type, 0 }, { word, 0 } };
	size_t words = has_word((uint32_t)type) ? sizeof(out.word) : 0;
	struct timespec end;
	enum sek_err err;

	if (len > SEK_HELPER_BODY_MAX - words)
		return (SEK_ERR_RANGE);
	out.head.len = (uint32_t)(words + len);
	deadline(&end, FRAME_MS);
	if ((err = send_all(w, &out, sizeof(out.head) + words, &end)) !=
	    SEK_OK)
		return (err);
	return (len > 0 ? send_all(w, rest, len, &end) : SEK_OK);
}

enum sek_err
sek_wire_send_text(const struct sek_wire *w, enum sek_wire_type type,
    uint32_t word, const char *text)
{
	char clean[SEK_HELPER_TEXT_MAX];
	enum sek_err err;

	sek_text_printable(clean, sizeof(clean), text);
	err = sek_wire_send(w, type, word, clean, strlen(clean) + 1);
	sek_wipe(clean, sizeof(clean));
	return (err);
}

enum sek_err
sek_wire_receive(const struct sek_wire *w, struct sek_wire_frame *f, int ms)
{
	struct timespec end;
	enum sek_err err;

	memset(&f->head, 0, sizeof(f->head));
	deadline(&end, ms);
	if ((err = await(w, POLLIN, &end)) != SEK_OK)
		return (err);
	deadline(&end, FRAME_MS);
	if ((err = receive_all(w, &f->head, sizeof(f->head), &end)) != SEK_OK)
		return (err);
	if (!head_ok(&f->head, w->helper) ||
	    (w->version != 0 && f->head.version != w->version))
		return (SEK_ERR_SYNTAX);
	if ((err = receive_all(w, f->body, f->head.len, &end)) != SEK_OK)
		return (err);
	return (sek_wire_check(f, w->helper));
}

bool
sek_wire_pending(const struct sek_wire *w)
{
	int n = 0;

	/* MSG_PEEK would begin where the other end, which may hold this socket,
	 * too, says (SO_PEEK_OFF). */
	return (ioctl(w->fd, FIONREAD, &n) != 0 || n > 0);
}

bool
sek_wire_gone(const struct sek_wire *w)
{
	char c;
	ssize_t n = recv(w->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);

	return (n == 0 || (n < 0 && errno == ECONNRESET));
}
