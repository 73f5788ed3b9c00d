/*
 * sshd.c - do sshd's settings lead every login to PAM, and can one answer?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a setting that was not read is never called sound.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "sekisho/base/text.h"
#include "sekisho/rule/sshd.h"

#define WORD_MAX	512u

static const char *const key_names[SEK_SSHD_KEYS] = {
	[SEK_SSHD_USE_PAM] = "usepam",
	[SEK_SSHD_PASSWORD] = "passwordauthentication",
	[SEK_SSHD_KEYBOARD] = "kbdinteractiveauthentication",
	[SEK_SSHD_EMPTY] = "permitemptypasswords",
	[SEK_SSHD_METHODS] = "authenticationmethods",
	[SEK_SSHD_PUBKEY] = "pubkeyauthentication",
	[SEK_SSHD_GSSAPI] = "gssapiauthentication",
	[SEK_SSHD_HOSTBASED] = "hostbasedauthentication",
	[SEK_SSHD_SERVICE] = "pamservicename"
};

/* A method of AuthenticationMethods, and the setting it needs. */
static const struct method {
	const char		*name;
	enum sek_sshd_key	 key;
} methods[] = {
	{ "publickey", SEK_SSHD_PUBKEY },
	{ "password", SEK_SSHD_PASSWORD },
	{ "keyboard-interactive", SEK_SSHD_KEYBOARD },
	{ "gssapi-with-mic", SEK_SSHD_GSSAPI },
	{ "hostbased", SEK_SSHD_HOSTBASED }
};

const char *
sek_sshd_key_name(enum sek_sshd_key key)
{

	return ((unsigned)key < SEK_SSHD_KEYS ? key_names[key] : "?");
}

enum sek_err
sek_sshd_read(struct sek_sshd *s, const char *line, size_t len)
{
	const char *blank = memchr(line, ' ', len);
	size_t i, name;

	if (blank == NULL)
		return (SEK_OK);
	name = (size_t)(blank - line);
	for (i = 0; i < SEK_SSHD_KEYS; i++) {
		if (strlen(key_names[i]) != name ||
		    strncasecmp(line, key_names[i], name) != 0)
			continue;
		len -= name + 1;
		if (len >= SEK_SSHD_VALUE_MAX)
			return (SEK_ERR_RANGE);
		if (s->value[i][0] == '\0') {
			memcpy(s->value[i], blank + 1, len);
			s->value[i][len] = '\0';
		}
		break;
	}
	return (SEK_OK);
}

enum sek_stack_harm
sek_sshd_harm(enum sek_sshd_fault fault)
{

	switch (fault) {
	case SEK_SSHD_ONE_LINE:
	case SEK_SSHD_EMPTY_TRY:
	case SEK_SSHD_NO_KEYBOARD:
	case SEK_SSHD_NO_WAY:
		return (SEK_STACK_SHUTS);
	case SEK_SSHD_BY_HOST:
		return (SEK_STACK_NOTED);
	case SEK_SSHD_NO_PAM:
	case SEK_SSHD_UNREAD:
	default:
		return (SEK_STACK_OPENS);
	}
}

static bool
is_on(const struct sek_sshd *s, enum sek_sshd_key key)
{

	return (strcmp(s->value[key], "yes") == 0);
}

/* The next word; "a b" in quotes is one. False: none left. */
static bool
next_word(const char **cursor, char *dst, size_t size)
{
	const char *p = *cursor + strspn(*cursor, " \t=");
	size_t len;

	if (*p == '"') {
		len = strcspn(++p, "\"");
		*cursor = p + len + (p[len] == '"');
	} else {
		len = strcspn(p, " \t=");
		*cursor = p + len;
	}
	if (len == 0 || len >= size)
		return (false);
	memcpy(dst, p, len);
	dst[len] = '\0';
	return (true);
}

/* Can one come by this method, and does PAM hear what he answers? *name may
 * have a submethod behind a colon. */
static bool
is_possible(const struct sek_sshd *s, const char *name, bool one_line,
    bool *answers)
{
	size_t i, len = strcspn(name, ":");

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strlen(methods[i].name) != len ||
		    strncmp(name, methods[i].name, len) != 0)
			continue;
		if (methods[i].key == SEK_SSHD_KEYBOARD)
			*answers = *answers || name[len] == '\0' ||
			    strcmp(name + len, ":pam") == 0;
		if (methods[i].key == SEK_SSHD_PASSWORD && one_line)
			*answers = true;
		return (is_on(s, methods[i].key));
	}
	return (false);
}

/* One list, "publickey,keyboard-interactive": all of it must be possible. */
static bool
list_answers(const struct sek_sshd *s, char *list, bool one_line)
{
	bool answers = false, possible = true;
	char *name, *next;

	for (name = list; name != NULL; name = next) {
		if ((next = strchr(name, ',')) != NULL)
			*next++ = '\0';
		possible = is_possible(s, name, one_line, &answers) &&
		    possible;
	}
	return (answers && possible);
}

/* Is there a list by which PAM gets its answers? */
static bool
some_list_answers(const struct sek_sshd *s, bool one_line)
{
	const char *cursor = s->value[SEK_SSHD_METHODS];
	char list[WORD_MAX];

	if (cursor[0] == '\0' || strcmp(cursor, "any") == 0)
		return (true);
	while (next_word(&cursor, list, sizeof(list)))
		if (list_answers(s, list, one_line))
			return (true);
	return (false);
}

void
sek_sshd_judge(const struct sek_sshd *s, bool one_line, sek_sshd_fault_fn fn,
    void *arg)
{
	bool one_answer = one_line && is_on(s, SEK_SSHD_PASSWORD);

	if (!is_on(s, SEK_SSHD_USE_PAM)) {
		fn(arg, SEK_SSHD_NO_PAM, SEK_SSHD_USE_PAM);
		return;
	}
	if (s->value[SEK_SSHD_PASSWORD][0] == '\0')
		fn(arg, SEK_SSHD_UNREAD, SEK_SSHD_PASSWORD);
	if (s->value[SEK_SSHD_KEYBOARD][0] == '\0')
		fn(arg, SEK_SSHD_UNREAD, SEK_SSHD_KEYBOARD);
	if (is_on(s, SEK_SSHD_PASSWORD) && !one_line)
		fn(arg, SEK_SSHD_ONE_LINE, SEK_SSHD_PASSWORD);
	/* Without passwords there is no "none" that would try one. */
	if (is_on(s, SEK_SSHD_EMPTY) && is_on(s, SEK_SSHD_PASSWORD))
		fn(arg, SEK_SSHD_EMPTY_TRY, SEK_SSHD_EMPTY);
	if (!is_on(s, SEK_SSHD_KEYBOARD) && !one_answer)
		fn(arg, SEK_SSHD_NO_KEYBOARD, SEK_SSHD_KEYBOARD);
	else if (!some_list_answers(s, one_line))
		fn(arg, SEK_SSHD_NO_WAY, SEK_SSHD_METHODS);
	if (is_on(s, SEK_SSHD_GSSAPI))
		fn(arg, SEK_SSHD_BY_HOST, SEK_SSHD_GSSAPI);
	if (is_on(s, SEK_SSHD_HOSTBASED))
		fn(arg, SEK_SSHD_BY_HOST, SEK_SSHD_HOSTBASED);
}

/* ---- Match */

void
sek_sshd_anyone(struct sek_sshd_who *out)
{

	memset(out, 0, sizeof(*out));
	(void)sek_text_copy(out->user, sizeof(out->user), "sekisho-nobody");
	(void)sek_text_copy(out->host, sizeof(out->host), "host.invalid");
	(void)sek_text_copy(out->addr, sizeof(out->addr), "192.0.2.1");
	(void)sek_text_copy(out->laddr, sizeof(out->laddr), "192.0.2.2");
	(void)sek_text_copy(out->lport, sizeof(out->lport), "22");
}

/* The first of a list that is no exclusion, "*" and "?" made letters, what
 * is behind a "/" (a network's length) left out. False: there is none. */
static bool
first_of(char *dst, size_t size, const char *list)
{
	size_t len, i, n = 0;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		if (list[0] != '!' || list[len] == '\0')
			break;
	}
	if (list[0] == '!' || len == 0)
		return (false);
	for (i = 0; i < len && list[i] != '/' && n + 1 < size; i++)
		dst[n++] = (char)(list[i] == '*' || list[i] == '?' ? '1' :
		    list[i]);
	dst[n] = '\0';
	return (i == len || list[i] == '/');
}

enum sek_err
sek_sshd_meet(struct sek_sshd_who *who, const char *criteria)
{
	struct {
		const char	*name;
		char		*dst;
		size_t		 size;
	} known[] = {
		{ "user", who->user, sizeof(who->user) },
		{ "group", who->group, sizeof(who->group) },
		{ "host", who->host, sizeof(who->host) },
		{ "address", who->addr, sizeof(who->addr) },
		{ "localaddress", who->laddr, sizeof(who->laddr) },
		{ "localport", who->lport, sizeof(who->lport) },
		{ "rdomain", who->rdomain, sizeof(who->rdomain) }
	};
	char word[WORD_MAX], list[WORD_MAX];
	size_t i, n = sizeof(known) / sizeof(known[0]);

	while (next_word(&criteria, word, sizeof(word))) {
		if (strcasecmp(word, "all") == 0 ||
		    strcasecmp(word, "canonical") == 0 ||
		    strcasecmp(word, "final") == 0)
			continue;
		for (i = 0; i < n && strcasecmp(word, known[i].name) != 0;
		    i++)
			continue;
		if (i == n || !next_word(&criteria, list, sizeof(list)))
			return (SEK_ERR_UNSUPPORTED);
		if (strcasecmp(word, "group") == 0 &&
		    strcmp(who->group, "") != 0)
			return (SEK_ERR_UNSUPPORTED);
		/* Only exclusions: whoever it is now may be meant. */
		(void)first_of(known[i].dst, known[i].size, list);
	}
	return (SEK_OK);
}
