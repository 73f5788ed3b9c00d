/*
 * main.c - sekisho: the administrator's tool
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: descriptors 0, 1 and 2 are open before anything else is opened.
 * MUST: no core file; an inherited environment steers nothing.
 */
#include "config.h"

#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/isolate.h"
#include "sekisho/edge/logind.h"
#include "sekisho/flow/exception.h"
#include "sekisho.h"

static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE,
    SIGALRM };

/* Where there is no output nothing can be written: what is shown once, and not
 * seen, must not pass for shown. */
static void
open_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd == STDOUT_FILENO) {
			close(fd);
			fd = open("/dev/null", O_RDONLY);
		}
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		_exit(TOOL_TROUBLE);
	close(fd);
}

/* Keep what tells of the terminal and the language; LANGUAGE, NLSPATH,
 * GCONV_PATH, TMPDIR and the like steer a root program no more. */
static void
clean_environment(void)
{
	static const char *const keep[] = { "LC_ALL", "LC_MESSAGES", "LC_CTYPE",
	    "LANG", "TERM", "COLUMNS" };
	char *value[sizeof(keep) / sizeof(keep[0])];
	size_t i, n = sizeof(keep) / sizeof(keep[0]);

	for (i = 0; i < n; i++) {
		value[i] = getenv(keep[i]);
		if (value[i] != NULL && (strchr(value[i], '/') != NULL ||
		    (value[i] = strdup(value[i])) == NULL))
			value[i] = NULL;
	}
	clearenv();
	for (i = 0; i < n; i++) {
		if (value[i] != NULL)
			setenv(keep[i], value[i], 1);
		free(value[i]);
	}
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
}

static void
block(int how, const int *signals, size_t n)
{
	sigset_t set;

	sigemptyset(&set);
	while (n > 0)
		sigaddset(&set, signals[--n]);
	sigprocmask(how, &set, NULL);
}

void
tool_hold(void)
{
	block(SIG_BLOCK, held, sizeof(held) / sizeof(held[0]));
}

bool
tool_interrupted(void)
{
	sigset_t set;

	return (sigpending(&set) == 0 && (sigismember(&set, SIGINT) == 1 ||
	    sigismember(&set, SIGTERM) == 1 ||
	    sigismember(&set, SIGHUP) == 1 ||
	    sigismember(&set, SIGQUIT) == 1));
}

/* What the caller left us with: descriptors, limits, masks, a mode. */
static void
settle_process(void)
{
	static const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	struct rlimit none = { 0, 0 };

	open_standard();
	clean_environment();
	setrlimit(RLIMIT_CORE, &none);
	umask(077);
	block(SIG_UNBLOCK, held, sizeof(held) / sizeof(held[0]));
	block(SIG_BLOCK, stops, sizeof(stops) / sizeof(stops[0]));
	/* Widths of Japanese in tables. Output is UTF-8 wherever it goes. */
	setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

/* Japanese or English where the locale names one of them; -1 where not. */
static int
locale_language(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *value;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = getenv(names[i]);
		if (value == NULL || value[0] == '\0')
			continue;
		if (strncmp(value, "ja", 2) == 0)
			return (SEK_LANGUAGE_JA);
		return (strncmp(value, "en", 2) == 0 ? SEK_LANGUAGE_EN : -1);
	}
	return (-1);
}

int
tool_root(struct tool *t)
{
	(void)t;
	if (getuid() == 0 && geteuid() == 0)
		return (TOOL_YES);
	tool_error(_("only root can do this: log in as an administrator and "
	    "run it with sudo"));
	return (TOOL_TROUBLE);
}

/* Asked of exceptions: the store only root may open, and only where nobody
 * else could stop us with it. */
struct asking {
	struct sek_exceptions	 by;
	struct sek_store	*store;
	bool			 lenient;	/* no answer: the floors */
};

static enum sek_err
ask(void *arg, const struct sek_settings *so_far, struct sek_below *b,
    struct sek_why *why)
{
	struct asking *a = arg;
	enum sek_err err;

	if (getuid() != 0 || geteuid() != 0)
		return (sek_why(why, SEK_ERR_FORBIDDEN,
		    "only root can ask the store"));
	if ((err = sek_isolate_self(why)) == SEK_OK)
		err = sek_exception_ask(&a->by, so_far, b, why);
	if (err == SEK_OK || !a->lenient || err == SEK_ERR_NOMEM)
		return (err);
	tool_error(_("%s is below its floor, and the store does not say"
	    " whether an exception allows it (%s)"), b->key, why->text);
	return (sek_settings_floors(NULL, so_far, b, why));
}

static void
begin_asking(struct asking *a, bool lenient)
{
	memset(a, 0, sizeof(*a));
	a->by.store = &a->store;
	a->by.strict = true;
	a->lenient = lenient;
}

static enum sek_err
load_settings(struct tool *t, bool may_be_absent, sek_below_fn fn, void *arg,
    struct sek_why *why)
{
	struct sek_settings *s;
	enum sek_err err;

	if (t->settings != NULL)
		return (SEK_OK);
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = sek_settings_load_under(s, t->conf, may_be_absent, fn, arg,
	    why)) != SEK_OK) {
		free(s);
		return (err);
	}
	t->settings = s;
	if (!t->chosen)
		tool_language((enum sek_language)s->message.language);
	return (SEK_OK);
}

static int
say(enum sek_err err, const struct sek_why *why)
{
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why->text));
}

int
tool_settings(struct tool *t)
{
	struct sek_why why = { "" };
	struct asking a;
	enum sek_err err;

	begin_asking(&a, true);
	err = load_settings(t, false, ask, &a, &why);
	sek_store_free(&a.store);
	return (say(err, &why));
}

enum sek_err
tool_settings_try(struct tool *t, struct sek_why *why)
{
	struct asking a;
	enum sek_err err;

	begin_asking(&a, false);
	err = load_settings(t, false, ask, &a, why);
	sek_store_free(&a.store);
	return (err);
}

enum sek_err
tool_settings_show(struct tool *t, sek_setting_fn fn, void *arg,
    struct sek_why *why)
{
	struct asking a;
	enum sek_err err;

	begin_asking(&a, false);
	err = sek_settings_show_under(t->conf, ask, &a, fn, arg, why);
	sek_store_free(&a.store);
	return (err);
}

int
tool_settings_raised(struct tool *t)
{
	struct sek_why why = { "" };

	return (say(load_settings(t, false, sek_settings_floors, NULL, &why),
	    &why));
}

int
tool_settings_early(struct tool *t)
{
	struct sek_why why = { "" };

	return (say(load_settings(t, true, sek_settings_floors, NULL, &why),
	    &why));
}

uint32_t
tool_login_uid(void)
{

	return (sek_audit_login_uid());
}

/*
 * Who acts. Trouble leaves less said, never stops the work: an administrator
 * unlocks also while the account source is down.
 */
void
tool_actor(struct tool *t)
{
	struct sek_record *a = &t->actor;
	struct sek_limits limits = { 0 };
	struct sek_passwd who;
	struct sek_user *user = NULL;
	uint32_t uid = tool_login_uid();
	const char *tty = ttyname(STDIN_FILENO);

	sek_text_copy(a->service, sizeof(a->service), "sekisho");
	if (tty != NULL)
		sek_text_printable(a->tty, sizeof(a->tty),
		    strncmp(tty, "/dev/", 5) == 0 ? tty + 5 : tty);
	if (uid == SEK_UID_NONE)
		return;
	if (sek_account_by_uid(&who, uid) != SEK_OK || !who.known) {
		sek_text_format(a->subject, sizeof(a->subject), "#%u", uid);
		return;
	}
	sek_text_copy(a->subject, sizeof(a->subject), who.name);
	sek_text_copy(a->person, sizeof(a->person), who.name);
	limits.deny = SEK_DENY_MAX;
	limits.unlock = SEK_SPAN_NEVER;
	limits.interval = SEK_SPAN_NEVER;
	if (t->store != NULL && (user = calloc(1, sizeof(*user))) != NULL &&
	    sek_store_user(t->store, who.name, &limits, user) == SEK_OK)
		sek_text_copy(a->person, sizeof(a->person),
		    user->account.person);
	free(user);
}

int
tool_store(struct tool *t)
{
	struct sek_store_config *config;
	struct sek_why why = { "" };
	enum sek_err err;
	int rc;

	if ((rc = tool_root(t)) != TOOL_YES ||
	    (rc = tool_settings(t)) != TOOL_YES)
		return (rc);
	if ((err = sek_isolate_self(&why)) != SEK_OK)
		return (tool_fail(err, why.text));
	if ((config = calloc(1, sizeof(*config))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	sek_store_config(config, t->settings);
	err = sek_store_new(&t->store, config);
	free(config);
	if (err != SEK_OK)
		return (tool_fail(err, NULL));
	tool_actor(t);
	tool_glass_take_in(t, t->store, false);
	return (TOOL_YES);
}

/* The policy file's path as the libraries want it: absolute. */
static int
absolute_conf(struct tool *t, char *buf, size_t size)
{
	char cwd[SEK_PATH_MAX];

	if (t->conf == NULL)
		t->conf = TOOL_DEFAULT_CONF;
	if (t->conf[0] == '/')
		return (TOOL_YES);
	if (t->conf[0] == '\0' || getcwd(cwd, sizeof(cwd)) == NULL ||
	    sek_text_format(buf, size, "%s/%s", cwd, t->conf) != SEK_OK) {
		tool_error(_("--conf: this is no path of a file"));
		return (TOOL_USAGE);
	}
	t->conf = buf;
	return (TOOL_YES);
}

int
main(int argc, char **argv)
{
	static struct tool t;
	static char conf[SEK_PATH_MAX];
	const struct tool_verb *verb = NULL;
	int language, rc = TOOL_TROUBLE;

	settle_process();
	language = locale_language();
	t.chosen = language >= 0;
	tool_language(language == SEK_LANGUAGE_JA ? SEK_LANGUAGE_JA :
	    SEK_LANGUAGE_EN);
	argc = argc > 0 ? argc - 1 : 0;
	rc = tool_args(&t, &verb, &argc, argv + 1);
	if (rc == TOOL_YES && verb != NULL &&
	    (rc = absolute_conf(&t, conf, sizeof(conf))) == TOOL_YES)
		rc = verb->run(&t, argc, argv + 1);
	sek_store_free(&t.store);
	free(t.settings);
	return (rc);
}
