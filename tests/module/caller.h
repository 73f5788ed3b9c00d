/*
 * caller.h - an ordinary person who calls sekisho-helper, and what he is told
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_MODULE_CALLER_H
#define SEKISHO_TESTS_MODULE_CALLER_H

#include <sys/mman.h>
#include <sys/wait.h>

#include <liboath/oath.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "sekisho/base/clock.h"
#include "sekisho/edge/helper.h"
#include "tests/module/installed.h"

#define CAROL_UID	1002u
#define NEWBIE_UID	1004u
#define SENT_MAX	8
#define SAID_MAX	32
#define CALLS		2	/* at once */

/* One call and what came of it; in memory that the caller's process shares. */
struct call {
	/* in: answered one after the other; NULL: given up */
	const char			*answer[8];
	bool				 knows_key;	/* types its code */
	int				 stop_at;	/* prompt; 0: none */
	/* out */
	enum sek_err			 err;
	struct sek_why			 why;
	int				 asked;
	char				 said[SAID_MAX][SEK_HELPER_TEXT_MAX];
	int				 nsaid;
	int				 asked_before_data;	/* prompts */
	int				 nsent;
	struct sek_helper_self		 self;
	struct sek_helper_key		 key;
	struct sek_helper_code		 code;
	int				 ncodes;
	struct sek_authenticator	 enrolled;
	struct sek_helper_approval	 approval[SENT_MAX];
	struct sek_helper_session	 session[SENT_MAX];
	struct sek_helper_extended	 extended;
	struct sek_helper_noted		 noted;
};
static struct call *c;

static inline void
code_of_key(char code[8])
{
	unsigned char *bytes = NULL;
	size_t len = 0, n;
	char bare[SEK_OATH_KEY_MAX * 2];

	(void)snprintf(bare, sizeof(bare), "%s", c->key.key);
	n = strlen(bare);
	if (oath_base32_decode(bare, n, (char **)&bytes, &len) != OATH_OK ||
	    oath_totp_generate((const char *)bytes, len, time(NULL), 30, 0, 6,
	    code) != OATH_OK)
		_exit(95);
	free(bytes);
}

static inline enum sek_err
ask(void *arg, bool echo, const char *prompt, struct sek_secret *answer)
{
	const char *text;
	char code[8];

	(void)arg;
	(void)echo;
	if (c->asked >= 8)
		return (SEK_ERR_CONV);
	text = c->answer[c->asked++];
	if (c->asked == c->stop_at)
		(void)raise(SIGSTOP);
	if (c->knows_key && strcmp(prompt, "The code it shows now: ") == 0) {
		code_of_key(code);
		text = code;
	}
	return (text == NULL ? SEK_ERR_CONV : sek_secret_string(answer,
	    text));
}

static inline void
tell(void *arg, bool is_error, const char *text)
{

	(void)arg;
	(void)is_error;
	if (c->nsaid < SAID_MAX)
		(void)snprintf(c->said[c->nsaid++], sizeof(c->said[0]), "%s",
		    text);
}

static inline enum sek_err
data(void *arg, enum sek_helper_data kind, const void *body, size_t len)
{

	(void)arg;
	if (c->nsent == 0)
		c->asked_before_data = c->asked;
	if (kind == SEK_HELPER_DATA_SELF)
		memcpy(&c->self, body, len);
	else if (kind == SEK_HELPER_DATA_KEY)
		memcpy(&c->key, body, len);
	else if (kind == SEK_HELPER_DATA_CODE) {
		memcpy(&c->code, body, len);
		c->ncodes++;
		return (SEK_OK);
	} else if (kind == SEK_HELPER_DATA_ENROLLED)
		memcpy(&c->enrolled, body, len);
	else if (kind == SEK_HELPER_DATA_EXTENDED)
		memcpy(&c->extended, body, len);
	else if (kind == SEK_HELPER_DATA_NOT_ME)
		memcpy(&c->noted, body, len);
	else if (kind == SEK_HELPER_DATA_SESSION) {
		if (c->nsent < SENT_MAX)
			memcpy(&c->session[c->nsent], body, len);
	}
	else if (c->nsent < SENT_MAX)
		memcpy(&c->approval[c->nsent], body, len);
	c->nsent++;
	return (SEK_OK);
}

/* Begin one; what comes of it goes to *c as it is now. */
static inline pid_t
call_begin(uid_t uid, enum sek_helper_op op, const void *body, size_t len)
{
	static const struct sek_helper_talk talk = { ask, tell, data, NULL };
	pid_t pid;

	c->asked = c->nsaid = c->nsent = c->ncodes = 0;
	c->err = SEK_ERR_INTERNAL;
	c->why.text[0] = '\0';
	if ((pid = fork()) == 0) {
		installed_become(uid);
		c->err = sek_helper_call(op, body, len, &talk, &c->why);
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	return (pid);
}

static inline enum sek_err
call(uid_t uid, enum sek_helper_op op, const void *body, size_t len)
{
	pid_t pid = call_begin(uid, op, body, len);
	int status = -1;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	return (c->err);
}

/* What he will type; the codes are of counter n. */
static inline void
types(const char *user, uint64_t n)
{

	memset(c->answer, 0, sizeof(c->answer));
	c->knows_key = false;
	c->stop_at = 0;
	c->answer[0] = PASSWORD;
	c->answer[1] = world_hotp_code(user, n);
}

#define call_is(uid, op, body, len, expected) do { \
	enum sek_err err_ = call((uid), (op), (body), (len)); \
	ck_assert_msg(err_ == (expected), "%s, not %s (%s; %s)", \
	    sek_err_name(err_), sek_err_name(expected), c->why.text, \
	    c->nsaid > 0 ? c->said[c->nsaid - 1] : ""); \
} while (0)

static inline void
caller_setup(void)
{

	installed_setup();
	c = mmap(NULL, CALLS * sizeof(*c), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(c, MAP_FAILED);
}

__attribute__((unused))
static const struct sek_helper_enrol totp = { .label = "telephone",
    .method = SEK_METHOD_TOTP, .digits = 6, .period = 30 };

/* ------------------------------------------------------------- approvals */

static struct sek_helper_ask wish;

static inline void
make_wish(void)
{
	struct sek_moment now;

	memset(&wish, 0, sizeof(wish));
	wish.a.kind = SEK_APPROVAL_EXCEPTION;
	(void)snprintf(wish.a.key, sizeof(wish.a.key), "lockout.deny");
	(void)snprintf(wish.a.value, sizeof(wish.a.value), "0");
	(void)snprintf(wish.a.reason, sizeof(wish.a.reason), "a test");
	(void)snprintf(wish.a.users, sizeof(wish.a.users), "dave");
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	wish.a.not_after = now.wall + 5 * SEK_DAY;
}

/* bob is the ciso; alice asks. */
static inline void
offices(void)
{

	world_append(world_path("etc/group"), "offices:x:60:bob\n");
	world_policy("[terminal]\nallow_remote = yes\n"
	    "[roles]\nciso = offices\napprover = offices\n");
	installed_copy_file(world_path("etc/sekisho.conf.d/50-test.conf"),
	    INSTALLED_CONF ".d/50-test.conf");
	(void)world_hotp("bob");
	(void)world_hotp("carol");
	make_wish();
}

static inline void
decide_as(uid_t uid, const char *user, uint64_t n, const char *id,
    enum sek_err expected)
{
	struct sek_helper_decide d = { .what = SEK_ACT_GIVE };

	(void)snprintf(d.id, sizeof(d.id), "%s", id);
	types(user, n);
	call_is(uid, SEK_HELPER_DECIDE, &d, sizeof(d), expected);
}

#endif
