/*
 * stack_edit.c - which services ask for two kinds, and the lines of their
 * files that are put in place for it and taken back
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no byte of a line that is not ours changes.
 * MUST: taking back what was put in place gives the bytes of before.
 */
#include "config.h"

#include <fnmatch.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sekisho/base/text.h"
#include "sekisho/rule/stack_edit.h"

#define TEXT_MAX	800u	/* bytes; libpam cuts at 1023, marker included */
#define CONTEXT		3u
#define SUM_LEN		16u

/* Above a line in whose place ours stand; "-end" where it was the last of
 * the file and had no newline. */
#define WAS		"# sekisho-was: "
#define WAS_END		"# sekisho-was-end: "
/* Above a line that was not there. */
#define ADDED		"# sekisho-added: "
/* What stands in front of the system's session lines: a session's end has to
 * be known when pam_systemd makes it. */
#define BEFORE		"sekisho-privilege"
/* First in a file that was copied from the vendor's folder. */
#define COPY		"# sekisho-copy: "

const struct sek_edit_rule sek_edit_rules[] = {
	/* Jobs: nobody is there to be asked. Account alone keeps those of a
	 * suspended account from running; a job is no login. */
	{ "cron", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "jobs run unasked, but not a suspended account's",
	    SEK_ENTRY_LOGIN },
	{ "crond", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "jobs run unasked, but not a suspended account's",
	    SEK_ENTRY_LOGIN },
	{ "atd", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "jobs run unasked, but not a suspended account's",
	    SEK_ENTRY_LOGIN },
	{ "systemd-user", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "starts unasked, but not for a suspended account",
	    SEK_ENTRY_LOGIN },
	/* Who is in already and becomes another. */
	{ "su", SEK_EDIT_LOGIN, true, "becoming another",
	    SEK_ENTRY_LOGIN },
	{ "su-l", SEK_EDIT_LOGIN, true, "becoming another",
	    SEK_ENTRY_LOGIN },
	{ "sudo", SEK_EDIT_LOGIN, true, "becoming another",
	    SEK_ENTRY_LOGIN },
	{ "sudo-i", SEK_EDIT_LOGIN, true, "becoming another",
	    SEK_ENTRY_LOGIN },
	{ "doas", SEK_EDIT_LOGIN, true, "becoming another",
	    SEK_ENTRY_LOGIN },
	{ "polkit-1", SEK_EDIT_LOGIN, true, "becoming another",
	    SEK_ENTRY_LOGIN },
	{ "chsh", SEK_EDIT_LOGIN, true, "changing one's own account",
	    SEK_ENTRY_LOGIN },
	{ "chfn", SEK_EDIT_LOGIN, true, "changing one's own account",
	    SEK_ENTRY_LOGIN },
	/* In without a proof, or by one kind alone: the account rules refuse. */
	{ "*-autologin", SEK_EDIT_ACCOUNT | SEK_EDIT_PASSWORD, false,
	    "lets in whom nobody asked: refused", SEK_ENTRY_BY_ACCOUNT },
	{ "gdm-fingerprint", SEK_EDIT_ACCOUNT | SEK_EDIT_PASSWORD, false,
	    "one kind alone: refused", SEK_ENTRY_BY_ACCOUNT },
	{ "gdm-smartcard*", SEK_EDIT_ACCOUNT | SEK_EDIT_PASSWORD, false,
	    "one kind alone: refused", SEK_ENTRY_BY_ACCOUNT },
	/* The login screen itself. */
	{ "*-launch-environment", 0, true, "the login screen's own account",
	    SEK_ENTRY_NONE },
	{ "*-greeter", 0, true, "the login screen's own account",
	    SEK_ENTRY_NONE },
	/* No login. */
	{ "other", SEK_EDIT_LOGIN, false,
	    "answers for programs without a file",
	    SEK_ENTRY_LOGIN },
	{ "passwd", SEK_EDIT_PASSWORD, true,
	    "changes a password: no login", SEK_ENTRY_NONE },
	{ "chpasswd", SEK_EDIT_PASSWORD, true,
	    "root's command, sets passwords: no login", SEK_ENTRY_NONE },
	{ "newusers", SEK_EDIT_PASSWORD, true,
	    "root's command, sets passwords: no login", SEK_ENTRY_NONE },
	{ "chage", 0, true, "root's command: no login",
	    SEK_ENTRY_NONE },
	{ "groupadd", 0, true, "root's command: no login",
	    SEK_ENTRY_NONE },
	{ "groupdel", 0, true, "root's command: no login",
	    SEK_ENTRY_NONE },
	{ "groupmems", 0, true, "root's command: no login",
	    SEK_ENTRY_NONE },
	{ "groupmod", 0, true, "root's command: no login",
	    SEK_ENTRY_NONE },
	{ "useradd", 0, true, "root's command: no login",
	    SEK_ENTRY_NONE },
	{ "userdel", 0, true, "root's command: no login",
	    SEK_ENTRY_NONE },
	{ "usermod", 0, true, "root's command: no login",
	    SEK_ENTRY_NONE },
	{ "runuser", 0, true, "root's command: no login",
	    SEK_ENTRY_NONE },
	{ "runuser-l", 0, true, "root's command: no login",
	    SEK_ENTRY_NONE },
	/* Lockers with a process of root's to ask PAM. */
	{ "vlock", SEK_EDIT_LOGIN, true, "a locker",
	    SEK_ENTRY_LOGIN },
	{ "physlock", SEK_EDIT_LOGIN, true, "a locker",
	    SEK_ENTRY_LOGIN },
	/* Lockers that ask PAM as the user himself: our lines there hand
	 * over to sekisho-helper, which goes by sekisho-locker. They open no
	 * session. xscreensaver's setuid part gives its rights up first. */
	{ "xscreensaver", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "swaylock", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "i3lock*", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "xsecurelock", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "waylock", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "hyprlock", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "gtklock", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "slock", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "kde", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "kde-fingerprint", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "kde-smartcard", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "kscreenlocker*", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "kscreensaver", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "mate-screensaver", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "cinnamon-screensaver", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "xfce4-screensaver", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	{ "gnome-screensaver", SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT, true,
	    "a locker: asks by sekisho-helper", SEK_ENTRY_LOCKER },
	/* What the helper itself goes by: ours as they are. */
	{ "sekisho-locker", 0, true, "what sekisho-helper goes by",
	    SEK_ENTRY_LOGIN },
	{ "sekisho-helper", 0, true, "what sekisho-helper goes by",
	    SEK_ENTRY_LOGIN },
	{ "sekisho-witness", 0, true, "what sekisho-helper goes by",
	    SEK_ENTRY_LOGIN },
	{ NULL, SEK_EDIT_LOGIN, false, "a login", SEK_ENTRY_LOGIN }
};

/* The system's own common files, and the phase of each; 0: by the line. */
static const struct {
	const char	*name;
	unsigned	 phase;
} commons[] = {
	{ "common-auth", SEK_EDIT_AUTH },
	{ "common-auth-pc", SEK_EDIT_AUTH },
	{ "common-account", SEK_EDIT_ACCOUNT },
	{ "common-account-pc", SEK_EDIT_ACCOUNT },
	{ "common-password", SEK_EDIT_PASSWORD },
	{ "common-password-pc", SEK_EDIT_PASSWORD },
	{ "common-session", SEK_EDIT_SESSION },
	{ "common-session-pc", SEK_EDIT_SESSION },
	{ "common-session-nonlogin", SEK_EDIT_SESSION },
	{ "common-session-noninteractive", SEK_EDIT_SESSION },
	{ "system-auth", 0 },
	{ "password-auth", 0 },
	{ "sekisho-auth", SEK_EDIT_AUTH },
	{ "sekisho-account", SEK_EDIT_ACCOUNT },
	{ "sekisho-password", SEK_EDIT_PASSWORD },
	{ "sekisho-session", SEK_EDIT_SESSION },
	{ BEFORE, SEK_EDIT_SESSION }
};

/* A line as libpam understands it, as far as it is one of ours to change. */
struct line {
	const char	*text;
	size_t		 len;		/* with its newline */
	unsigned	 phase;		/* of an include, else 0 */
	bool		 directive;	/* "@include" */
	bool		 ours;		/* includes one of Sekisho's */
	bool		 before;	/* and that is BEFORE */
	bool		 live;		/* neither blank nor comment */
	unsigned	 first;		/* the phase its first word names */
};

const struct sek_edit_rule *
sek_edit_rule(const char *service)
{
	const struct sek_edit_rule *r;

	for (r = sek_edit_rules; r->pattern != NULL; r++)
		if (fnmatch(r->pattern, service, 0) == 0)
			break;
	return (r);
}

bool
sek_edit_is_own(const char *name)
{
	static const char *const services[] = { "sekisho-locker",
	    "sekisho-helper", "sekisho-witness", NULL };
	size_t i;

	for (i = 0; services[i] != NULL; i++)
		if (strcmp(services[i], name) == 0)
			return (true);
	return (false);
}

bool
sek_edit_is_part(const char *name)
{
	static const char *const parts[] = { "common-*", "sekisho-*",
	    "system-auth*", "system-login", "system-local-login",
	    "system-remote-login", "system-services", "password-auth*",
	    "fingerprint-auth*", "smartcard-auth*", "postlogin*", NULL };
	size_t i;

	if (sek_edit_is_own(name))
		return (false);
	for (i = 0; parts[i] != NULL; i++)
		if (fnmatch(parts[i], name, 0) == 0)
			return (true);
	return (false);
}

/* ---- the list of lines */

static enum sek_err
add(struct sek_edit *e, char sign, const char *text, size_t len)
{
	struct sek_edit_line *more;

	if ((e->n & (e->n + 1)) == 0) {
		more = realloc(e->line, (2 * e->n + 2) * sizeof(*more));
		if (more == NULL)
			return (SEK_ERR_NOMEM);
		e->line = more;
	}
	more = &e->line[e->n];
	if ((more->text = malloc(len + 1)) == NULL)
		return (SEK_ERR_NOMEM);
	memcpy(more->text, text, len);
	more->text[len] = '\0';
	more->len = len;
	more->sign = sign;
	e->n++;
	return (SEK_OK);
}

/* Up to three strings as one line with a newline. */
static enum sek_err
add_made(struct sek_edit *e, char sign, const char *a, const char *b,
    size_t blen)
{
	char text[2 * TEXT_MAX];
	int n;

	n = snprintf(text, sizeof(text), "%s%.*s\n", a, (int)blen, b);
	if (n < 0 || (size_t)n >= sizeof(text))
		return (SEK_ERR_RANGE);
	return (add(e, sign, text, (size_t)n));
}

void
sek_edit_free(struct sek_edit *e)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		free(e->line[i].text);
	free(e->line);
	memset(e, 0, sizeof(*e));
}

/* ---- reading lines */

static unsigned
phase_of(const char *word, size_t len)
{
	if (len > 0 && word[0] == '-') {
		word++;
		len--;
	}
	if (len == 4 && strncasecmp(word, "auth", 4) == 0)
		return (SEK_EDIT_AUTH);
	if (len == 7 && strncasecmp(word, "account", 7) == 0)
		return (SEK_EDIT_ACCOUNT);
	if (len == 7 && strncasecmp(word, "session", 7) == 0)
		return (SEK_EDIT_SESSION);
	if (len == 8 && strncasecmp(word, "password", 8) == 0)
		return (SEK_EDIT_PASSWORD);
	return (0);
}

/* The next word of the line; its length, 0 at the end or a comment. */
static size_t
word_at(const char **at, const char *end)
{
	const char *p = *at, *from;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	from = p;
	if (p < end && *p == '#')
		p = end;
	*at = from;
	if (p == end)
		return (0);
	while (p < end && *p != ' ' && *p != '\t' && *p != '#')
		p++;
	return ((size_t)(p - from));
}

/* Which phase does including that file stand for? said: the line's own. */
static unsigned
common_phase(const char *name, size_t len, unsigned said)
{
	size_t i;

	for (i = 0; i < sizeof(commons) / sizeof(commons[0]); i++) {
		if (strlen(commons[i].name) != len ||
		    memcmp(commons[i].name, name, len) != 0)
			continue;
		if (commons[i].phase == 0)
			return (said);
		return (said == 0 || said == commons[i].phase ?
		    commons[i].phase : 0);
	}
	return (0);
}

/* What one line is; continued: the line before ends in a backslash. */
static void
understand(struct line *l, bool continued)
{
	const char *at = l->text, *end = l->text + l->len;
	size_t n;
	unsigned said = 0;

	while (end > at && (end[-1] == '\n' || end[-1] == ' ' ||
	    end[-1] == '\t'))
		end--;
	n = word_at(&at, end);
	l->live = n > 0;
	if (n == 0 || continued || end[-1] == '\\' || l->len > TEXT_MAX)
		return;
	l->first = phase_of(at, n);
	if (n == 8 && strncasecmp(at, "@include", 8) == 0)
		l->directive = true;
	else if ((said = l->first) != 0) {
		at += n;
		n = word_at(&at, end);
		if (!((n == 7 && strncasecmp(at, "include", 7) == 0) ||
		    (n == 8 && strncasecmp(at, "substack", 8) == 0)))
			return;
	} else
		return;
	at += n;
	if ((n = word_at(&at, end)) == 0)
		return;
	l->phase = common_phase(at, n, said);
	l->ours = l->phase != 0 && n > 8 && memcmp(at, "sekisho-", 8) == 0;
	l->before = l->ours && n == strlen(BEFORE) &&
	    memcmp(at, BEFORE, n) == 0;
	if (l->directive)
		l->first = l->phase;
	at += n;
	if (word_at(&at, end) != 0)
		l->phase = 0;
}

/* The next line of the text; false at its end. */
static bool
next_line(struct line *l, const char *text, size_t len, size_t *at)
{
	const char *from = text + *at, *newline;
	bool continued = false;
	size_t i = *at;

	memset(l, 0, sizeof(*l));
	if (*at >= len)
		return (false);
	newline = memchr(from, '\n', len - *at);
	l->text = from;
	l->len = newline == NULL ? len - *at :
	    (size_t)(newline - from) + 1;
	*at += l->len;
	if (i >= 2) {
		for (i--; i > 0 && (text[i - 1] == ' ' ||
		    text[i - 1] == '\t'); i--)
			;
		continued = i > 0 && text[i - 1] == '\\';
	}
	understand(l, continued);
	return (true);
}

static const char *
phase_word(unsigned phase)
{
	return (phase == SEK_EDIT_AUTH ? "auth" :
	    phase == SEK_EDIT_ACCOUNT ? "account" :
	    phase == SEK_EDIT_PASSWORD ? "password" : "session");
}

/* The line that stands for (session: behind) this one. Ends in a newline. */
static void
our_line(char *dst, size_t size, const struct line *l)
{
	const char *word = phase_word(l->phase);

	if (l->directive)
		(void)sek_text_format(dst, size, "@include sekisho-%s\n",
		    word);
	else
		(void)sek_text_format(dst, size, "%s\tinclude\tsekisho-%s\n",
		    word, word);
}

static bool
starts(const struct line *l, const char *with)
{
	size_t n = strlen(with);

	return (l->len >= n && memcmp(l->text, with, n) == 0);
}

static bool
is_text(const struct line *l, const char *text)
{
	return (l->len == strlen(text) && memcmp(l->text, text, l->len) == 0);
}

static size_t
bare_len(const struct line *l)
{
	return (l->len > 0 && l->text[l->len - 1] == '\n' ? l->len - 1 :
	    l->len);
}

/* A marker: the line it keeps, its phase found. */
static bool
marker(struct line *was, const struct line *l, bool *end)
{
	size_t n;

	*end = starts(l, WAS_END);
	if (!*end && !starts(l, WAS))
		return (false);
	n = strlen(*end ? WAS_END : WAS);
	memset(was, 0, sizeof(*was));
	was->text = l->text + n;
	was->len = bare_len(l) - n;
	if (was->len == 0)
		return (false);
	understand(was, false);
	return (was->phase != 0);
}

/* ---- putting in */

/* The phases that have ours already, how many session lines there are, and
 * whether ours in front of them is there. */
static unsigned
survey(const char *text, size_t len, size_t *sessions, bool *before)
{
	struct line l;
	unsigned have = 0;
	size_t at = 0;

	*sessions = 0;
	*before = false;
	while (next_line(&l, text, len, &at)) {
		if (l.before)
			*before = true;
		else if (l.ours)
			have |= l.phase;
		else if (l.phase == SEK_EDIT_SESSION)
			++*sessions;
	}
	return (have);
}

static enum sek_err
put_line(struct sek_edit *e, const struct line *l)
{
	bool end = l->text[l->len - 1] != '\n';
	char ours[64];
	enum sek_err err;

	our_line(ours, sizeof(ours), l);
	err = add_made(e, '+', end ? WAS_END : WAS, l->text, bare_len(l));
	if (err == SEK_OK && l->phase != SEK_EDIT_SESSION)
		err = add(e, '-', l->text, l->len);
	else if (err == SEK_OK && !end)
		err = add(e, ' ', l->text, l->len);
	else if (err == SEK_OK && (err = add(e, '-', l->text, l->len)) ==
	    SEK_OK)
		err = add_made(e, '+', "", l->text, l->len);
	if (err == SEK_OK)
		err = add(e, '+', ours, strlen(ours));
	e->changed++;
	return (err);
}

/* Ours in front of the first of the session's. */
static enum sek_err
put_before(struct sek_edit *e, const struct line *l)
{
	const char *ours = l->directive ? "@include " BEFORE :
	    "session\tinclude\t" BEFORE;
	enum sek_err err;

	if ((err = add_made(e, '+', ADDED, ours, strlen(ours))) == SEK_OK)
		err = add_made(e, '+', "", ours, strlen(ours));
	e->changed++;
	return (err);
}

/* The first of the system's session lines, or the marker of a version before
 * above it. first: that line. */
static bool
begins_session(struct line *first, const struct line *l)
{
	bool end;

	if (marker(first, l, &end))
		return (first->phase == SEK_EDIT_SESSION);
	*first = *l;
	return (l->phase == SEK_EDIT_SESSION && !l->ours);
}

static void
sum_of(char hex[2 * SUM_LEN + 1], const char *text, size_t len)
{
	unsigned char sum[SUM_LEN];

	memset(sum, 0, sizeof(sum));
	(void)crypto_generichash(sum, sizeof(sum),
	    (const unsigned char *)text, len, NULL, 0);
	sek_text_hex(hex, sum, sizeof(sum));
}

enum sek_err
sek_edit_put(struct sek_edit *out, const char *text, size_t len,
    unsigned take, const char *vendor)
{
	char hex[2 * SUM_LEN + 1], said[TEXT_MAX];
	enum sek_err err = SEK_OK;
	struct line l, first;
	bool before, begins = (take & SEK_EDIT_SESSION) != 0;
	size_t at = 0, sessions;

	memset(out, 0, sizeof(*out));
	if (memchr(text, '\0', len) != NULL)
		return (SEK_ERR_SYNTAX);
	take &= ~survey(text, len, &sessions, &before);
	if (vendor != NULL) {
		sum_of(hex, text, len);
		if (sek_text_format(said, sizeof(said), "%s of %s", hex,
		    vendor) != SEK_OK)
			return (SEK_ERR_RANGE);
		err = add_made(out, '+', COPY, said, strlen(said));
	}
	while (err == SEK_OK && next_line(&l, text, len, &at)) {
		if (begins && !before && begins_session(&first, &l)) {
			before = true;
			if ((err = put_before(out, &first)) != SEK_OK)
				break;
		}
		if (l.phase == SEK_EDIT_SESSION && !l.ours && --sessions > 0)
			l.phase = 0;
		if (l.phase != 0 && (l.phase & take) != 0)
			err = put_line(out, &l);
		else
			err = add(out, ' ', l.text, l.len);
	}
	if (err != SEK_OK)
		sek_edit_free(out);
	return (err);
}

enum sek_err
sek_edit_put_first(struct sek_edit *out, const char *text, size_t len,
    const char *line)
{
	enum sek_err err;
	struct line l;
	size_t at = 0;

	memset(out, 0, sizeof(*out));
	if (memchr(text, '\0', len) != NULL)
		return (SEK_ERR_SYNTAX);
	if ((err = add_made(out, '+', ADDED, line, strlen(line))) == SEK_OK)
		err = add_made(out, '+', "", line, strlen(line));
	while (err == SEK_OK && next_line(&l, text, len, &at))
		err = add(out, ' ', l.text, l.len);
	out->changed = 1;
	if (err != SEK_OK)
		sek_edit_free(out);
	return (err);
}

/* ---- taking back */

/* The kept line back, with its newline unless it ends the file as it did. */
static enum sek_err
put_back(struct sek_edit *e, char sign, const struct line *was, bool end,
    bool at_end)
{
	if (end && at_end)
		return (add(e, sign, was->text, was->len));
	return (add_made(e, sign, "", was->text, was->len));
}

/*
 * Behind the marker of any but a session line: ours goes, the kept one comes
 * back. Where an administrator has a line of that phase in its place, his
 * stays; where ours was taken out, the kept one comes back.
 */
static enum sek_err
undo_replaced(struct sek_edit *e, const struct line *was, bool end,
    const char *text, size_t len, size_t *at)
{
	size_t after = *at;
	struct line l;
	char ours[64];
	enum sek_err err;

	our_line(ours, sizeof(ours), was);
	if (next_line(&l, text, len, &after)) {
		if (is_text(&l, ours)) {
			*at = after;
			if ((err = add(e, '-', l.text, l.len)) != SEK_OK)
				return (err);
		} else if (l.live && l.first == was->phase) {
			e->kept++;
			return (SEK_OK);
		}
	}
	return (put_back(e, '+', was, end, *at >= len));
}

/* Behind the marker of a session line: it stays, ours goes. */
static enum sek_err
undo_session(struct sek_edit *e, const struct line *was, bool end,
    const char *text, size_t len, size_t *at)
{
	size_t after = *at, then;
	struct line l, second;
	char ours[64];
	enum sek_err err;
	bool whole;

	our_line(ours, sizeof(ours), was);
	if (!next_line(&l, text, len, &after))
		return (SEK_OK);
	whole = bare_len(&l) == was->len &&
	    memcmp(l.text, was->text, was->len) == 0;
	if (is_text(&l, ours)) {	/* the system's was taken out */
		*at = after;
		e->kept++;
		return (add(e, '-', l.text, l.len));
	}
	then = after;
	if (!next_line(&second, text, len, &then) ||
	    !is_text(&second, ours)) {
		e->kept++;
		return (SEK_OK);
	}
	*at = then;
	if (whole && end && then >= len && l.len != was->len) {
		if ((err = add(e, '-', l.text, l.len)) == SEK_OK)
			err = put_back(e, '+', was, end, true);
	} else
		err = add(e, ' ', l.text, l.len);
	if (!whole)
		e->kept++;
	return (err == SEK_OK ? add(e, '-', second.text, second.len) : err);
}

/* Behind a marker of a line that was not there: it goes. */
static enum sek_err
undo_added(struct sek_edit *e, const struct line *m, const char *text,
    size_t len, size_t *at)
{
	size_t after = *at, n = strlen(ADDED);
	struct line l;

	if (!next_line(&l, text, len, &after) || l.len != m->len - n ||
	    memcmp(l.text, m->text + n, l.len) != 0) {
		e->kept++;
		return (SEK_OK);
	}
	*at = after;
	return (add(e, '-', l.text, l.len));
}

/* Is what is left what the vendor's copy was? */
static bool
is_copy(const struct sek_edit *e, const struct line *head)
{
	char hex[2 * SUM_LEN + 1];
	size_t len, n = strlen(COPY);
	char *text;
	bool same;

	if (head->len < n + 2 * SUM_LEN ||
	    (text = sek_edit_text(e, &len)) == NULL)
		return (false);
	sum_of(hex, text, len);
	same = memcmp(head->text + n, hex, 2 * SUM_LEN) == 0;
	free(text);
	return (same);
}

enum sek_err
sek_edit_undo(struct sek_edit *out, const char *text, size_t len)
{
	enum sek_err err = SEK_OK;
	struct line l, was, head = { .text = NULL };
	size_t at = 0;
	bool end;

	memset(out, 0, sizeof(*out));
	if (memchr(text, '\0', len) != NULL)
		return (SEK_ERR_SYNTAX);
	while (err == SEK_OK && next_line(&l, text, len, &at)) {
		if (starts(&l, COPY) && head.text == NULL) {
			head = l;
			out->changed++;
			err = add(out, '-', l.text, l.len);
		} else if (starts(&l, ADDED)) {
			out->changed++;
			if ((err = add(out, '-', l.text, l.len)) == SEK_OK)
				err = undo_added(out, &l, text, len, &at);
		} else if (marker(&was, &l, &end)) {
			out->changed++;
			if ((err = add(out, '-', l.text, l.len)) != SEK_OK)
				break;
			err = was.phase == SEK_EDIT_SESSION ?
			    undo_session(out, &was, end, text, len, &at) :
			    undo_replaced(out, &was, end, text, len, &at);
		} else {
			if (l.ours)
				out->ours++;
			err = add(out, ' ', l.text, l.len);
		}
	}
	if (err == SEK_OK && head.text != NULL)
		out->copy = is_copy(out, &head);
	if (err != SEK_OK)
		sek_edit_free(out);
	return (err);
}

/* ---- the text afterwards, and the difference */

char *
sek_edit_text(const struct sek_edit *e, size_t *len)
{
	size_t i, n = 0;
	char *text;

	for (i = 0; i < e->n; i++)
		n += e->line[i].len;
	if ((text = malloc(n + 1)) == NULL)
		return (NULL);
	*len = 0;
	for (i = 0; i < e->n; i++) {
		if (e->line[i].sign == '-')
			continue;
		memcpy(text + *len, e->line[i].text, e->line[i].len);
		*len += e->line[i].len;
	}
	text[*len] = '\0';
	return (text);
}

static void
diff_line(FILE *to, const struct sek_edit_line *l)
{
	fputc(l->sign, to);
	(void)fwrite(l->text, 1, l->len, to);
	if (l->len == 0 || l->text[l->len - 1] != '\n')
		fputs("\n\\ No newline at end of file\n", to);
}

/* Where the hunk that begins with the change at i ends. */
static size_t
hunk_end(const struct sek_edit *e, size_t i)
{
	size_t last = i, j;

	for (j = i; j < e->n && j <= last + 2 * CONTEXT + 1; j++)
		if (e->line[j].sign != ' ')
			last = j;
	return (last + CONTEXT + 1 < e->n ? last + CONTEXT + 1 : e->n);
}

static void
hunk(FILE *to, const struct sek_edit *e, size_t from, size_t end)
{
	size_t i, before = 0, after = 0, nbefore = 0, nafter = 0;

	for (i = 0; i < end; i++) {
		if (e->line[i].sign != '+')
			++*(i < from ? &before : &nbefore);
		if (e->line[i].sign != '-')
			++*(i < from ? &after : &nafter);
	}
	fprintf(to, "@@ -%zu,%zu +%zu,%zu @@\n",
	    nbefore > 0 ? before + 1 : before, nbefore,
	    nafter > 0 ? after + 1 : after, nafter);
	for (i = from; i < end; i++)
		diff_line(to, &e->line[i]);
}

char *
sek_edit_diff(const struct sek_edit *e, const char *before, const char *after)
{
	size_t i, from, end, size;
	char *text = NULL;
	bool begun = false;
	FILE *to;

	if ((to = open_memstream(&text, &size)) == NULL)
		return (NULL);
	for (i = 0; i < e->n; i++) {
		if (e->line[i].sign == ' ')
			continue;
		if (!begun)
			fprintf(to, "--- %s\n+++ %s\n", before, after);
		begun = true;
		from = i > CONTEXT ? i - CONTEXT : 0;
		end = hunk_end(e, i);
		hunk(to, e, from, end);
		i = end - 1;
	}
	if (fclose(to) != 0) {
		free(text);
		return (NULL);
	}
	return (text);
}
