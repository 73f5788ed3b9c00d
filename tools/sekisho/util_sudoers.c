/*
 * util_sudoers.c - sudoers, judged: which rules go past our modules?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Read by sudo's own cvtsudoers. What options do was tried with sudo 1.9.13
 * (tests/e2e/check.sh). Who a Defaults line is for is shown, not weighed:
 * what opens for someone opens.
 * MUST: what could not be read is never called sound.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/command.h"
#include "util_stack.h"

#define PROGRAM		"/usr/bin/cvtsudoers"
#define SUDO		"/usr/bin/sudo"
#define SYSTEM_FILE	"/etc/sudoers"
#define SECONDS		10u
#define OUTPUT_MAX	(8u * 1024u * 1024u)
#define WHERE_MAX	1400u
#define LIST_MAX	600u
#define OWN_TIMEOUT	15.0		/* minutes, as Debian builds sudo */
#define DEFAULT_REUSE	900		/* factors.reuse, seconds */

/* What an option, set as named here, does to us. */
enum effect {
	NO_ACCOUNT,		/* account is not asked */
	NO_PASSWORD,		/* auth is not asked */
	TIMEOUT,
	ANY_TERMINAL,		/* a proof counts in other sessions */
	OTHER_SERVICE,
	NO_SESSION,
	NO_SETCRED,
	NO_CALLER,		/* PAM_RUSER */
	OTHER_PERSON,		/* someone else's authenticators */
	EFFECTS
};

/* When the option does it. */
enum when { IS_FALSE, IS_TRUE, IS_TEXT, IS_GLOBAL, ALWAYS };

static const struct option {
	const char	*name;
	enum when	 when;
	enum effect	 effect;
} options[] = {
	{ "pam_acct_mgmt", IS_FALSE, NO_ACCOUNT },
	{ "authenticate", IS_FALSE, NO_PASSWORD },
	{ "exempt_group", IS_TEXT, NO_PASSWORD },
	{ "timestamp_timeout", ALWAYS, TIMEOUT },
	{ "timestamp_type", IS_GLOBAL, ANY_TERMINAL },
	{ "tty_tickets", IS_FALSE, ANY_TERMINAL },
	{ "pam_service", IS_TEXT, OTHER_SERVICE },
	{ "pam_login_service", IS_TEXT, OTHER_SERVICE },
	{ "pam_askpass_service", IS_TEXT, OTHER_SERVICE },
	{ "pam_session", IS_FALSE, NO_SESSION },
	{ "pam_setcred", IS_FALSE, NO_SETCRED },
	{ "pam_ruser", IS_FALSE, NO_CALLER },
	{ "rootpw", IS_TRUE, OTHER_PERSON },
	{ "runaspw", IS_TRUE, OTHER_PERSON },
	{ "targetpw", IS_TRUE, OTHER_PERSON }
};
#define OPTIONS	(sizeof(options) / sizeof(options[0]))

struct judge {
	const struct tool	*t;
	const struct sek_pam_stack_places *where;
	struct tool_stack_part	*part;
	const char		*file;
	int64_t			 reuse;		/* seconds */
	bool			 weighing;	/* only gather what is below */
	bool			 no_account;
	bool			 no_password;
	bool			 timestamps;	/* one may be valid */
	const cJSON		*last[OPTIONS];	/* of those for everyone */
	enum sek_err		 err;
};

static void
tell(struct judge *j, enum sek_stack_harm harm, const char *what,
    const char *text)
{
	char where[WHERE_MAX];

	(void)sek_text_format(where, sizeof(where), "%s: %s", j->file, what);
	if (j->err == SEK_OK)
		j->err = tool_stack_finding(j->part, harm, where, text);
}

/* ---- words of the file, for people */

static void
append(char *dst, size_t size, const char *text)
{
	size_t len = strlen(dst);

	(void)snprintf(dst + len, size - len, "%s", text);
}

/* Names of a list as sudoers writes them: "%sudo,!bob". */
static void
append_list(char *dst, size_t size, const cJSON *list)
{
	static const char *const marks[][2] = {
		{ "usergroup", "%" }, { "netgroup", "+" }, { "userid", "#" },
		{ "usergid", "%#" }, { "nonunixgroup", "%:" }
	};
	const cJSON *member, *name;
	char number[24];
	size_t i;

	cJSON_ArrayForEach(member, list) {
		if (member != list->child)
			append(dst, size, ",");
		if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(member,
		    "negated")))
			append(dst, size, "!");
		if ((name = member->child) == NULL || name->string == NULL)
			continue;
		for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
			if (strcmp(name->string, marks[i][0]) == 0)
				append(dst, size, marks[i][1]);
		if (cJSON_IsNumber(name)) {
			(void)snprintf(number, sizeof(number), "%.0f",
			    name->valuedouble);
			append(dst, size, number);
		} else if (cJSON_IsString(name))
			append(dst, size, name->valuestring);
	}
}

static const cJSON *
item(const cJSON *of, const char *name)
{

	return (cJSON_GetObjectItemCaseSensitive(of, name));
}

/* "Defaults (alice) timestamp_timeout=30" */
static void
defaults_text(char *dst, size_t size, const cJSON *binding,
    const cJSON *option)
{

	dst[0] = '\0';
	append(dst, size, "Defaults ");
	if (binding != NULL) {
		append(dst, size, "(");
		append_list(dst, size, binding);
		append(dst, size, ") ");
	}
	if (cJSON_IsFalse(option))
		append(dst, size, "!");
	append(dst, size, option->string);
	if (cJSON_IsString(option)) {
		append(dst, size, "=");
		append(dst, size, option->valuestring);
	}
}

/* "alice ALL = (root) NOPASSWD: /usr/bin/id" */
static void
rule_text(char *dst, size_t size, const cJSON *rule, const cJSON *commands)
{
	const cJSON *as = item(commands, "runasusers");

	dst[0] = '\0';
	append_list(dst, size, item(rule, "User_List"));
	append(dst, size, " ");
	append_list(dst, size, item(rule, "Host_List"));
	append(dst, size, " = ");
	if (as != NULL) {
		append(dst, size, "(");
		append_list(dst, size, as);
		append(dst, size, ") ");
	}
	append(dst, size, "NOPASSWD: ");
	append_list(dst, size, item(commands, "Commands"));
}

/* ---- options */

/* Minutes; below 0: for ever. */
static double
minutes(const cJSON *value)
{
	double m = 0;
	char *end;

	if (cJSON_IsNumber(value))
		return (value->valuedouble);
	if (!cJSON_IsString(value))
		return (0);		/* !timestamp_timeout */
	m = strtod(value->valuestring, &end);
	/* Not understood: as bad as can be. */
	return (end == value->valuestring || *end != '\0' ? -1 : m);
}

static bool
does(const struct option *o, const cJSON *value)
{

	switch (o->when) {
	case IS_FALSE:
		return (cJSON_IsFalse(value));
	case IS_TRUE:
		return (cJSON_IsTrue(value));
	case IS_TEXT:
		return (cJSON_IsString(value) &&
		    value->valuestring[0] != '\0');
	case IS_GLOBAL:
		return (cJSON_IsString(value) &&
		    strcmp(value->valuestring, "global") == 0);
	case ALWAYS:
	default:
		return (true);
	}
}

static void
judge_timeout(struct judge *j, double m, const char *what)
{
	enum sek_stack_harm harm = j->no_account ? SEK_STACK_OPENS :
	    SEK_STACK_SHUTS;

	if (m >= 0 && m <= 0)
		return;
	if (m < 0 || m * 60 > (double)j->reuse)
		tell(j, harm, what, j->no_account ?
		    N_("within this time sudo asks no module of ours") :
		    N_("longer than factors.reuse: in between sudo asks for"
		    " nothing and is refused (until sudo -k); set it to 0"));
	else if (!j->no_account)
		tell(j, SEK_STACK_NOTED, what, N_("each use renews sudo's"
		    " time, but not factors.reuse: after that sudo is refused"
		    " until sudo -k; 0 asks each time"));
}

static void
judge_service(struct judge *j, const char *service, const char *what)
{
	bool exempt;

	if (!tool_stack_is_on(j->t, j->where, service, &exempt) || exempt)
		tell(j, SEK_STACK_OPENS, what,
		    N_("this service's lines are not ours"));
	else if (strcmp(service, "sudo") != 0 &&
	    strcmp(service, "sudo-i") != 0)
		tell(j, SEK_STACK_SHUTS, what, N_("a proof of before counts"
		    " for sudo and sudo-i alone: without a password it is"
		    " refused"));
}

/* An option that does something, told with what it means here. */
static void
judge_effect(struct judge *j, enum effect effect, const cJSON *value,
    const char *what)
{
	bool open = j->no_account;

	switch (effect) {
	case NO_ACCOUNT:
		open = j->no_password || j->timestamps;
		tell(j, open ? SEK_STACK_OPENS : SEK_STACK_SHUTS, what, open ?
		    N_("where sudo asks for no password, no module of ours is"
		    " asked") :
		    N_("who is suspended or not allowed is not kept out"));
		break;
	case NO_PASSWORD:
		tell(j, open ? SEK_STACK_OPENS : SEK_STACK_NOTED, what, open ?
		    N_("with !pam_acct_mgmt no module of ours is asked") :
		    N_("account answers: yes within factors.reuse of a login"
		    " of both kinds, else no"));
		break;
	case TIMEOUT:
		judge_timeout(j, minutes(value), what);
		break;
	case ANY_TERMINAL:
		tell(j, open ? SEK_STACK_OPENS : SEK_STACK_SHUTS, what, open ?
		    N_("with !pam_acct_mgmt a proof counts in every session") :
		    N_("in other sessions sudo asks for nothing and is"
		    " refused: set timestamp_type=tty"));
		break;
	case OTHER_SERVICE:
		judge_service(j, value->valuestring, what);
		break;
	case NO_SESSION:
		tell(j, SEK_STACK_SHUTS, what, N_("the session is neither"
		    " recorded nor limited"));
		break;
	case NO_SETCRED:
		tell(j, SEK_STACK_NOTED, what,
		    N_("a backend's credentials are not made"));
		break;
	case NO_CALLER:
		tell(j, SEK_STACK_SHUTS, what, N_("the session does not learn"
		    " who called, and runs under the strictest limits"));
		break;
	case OTHER_PERSON:
	case EFFECTS:
	default:
		tell(j, SEK_STACK_SHUTS, what, N_("it asks for someone else's"
		    " password: who acts is not known"));
		break;
	}
}

static void
weigh(struct judge *j, enum effect effect, const cJSON *value)
{
	double m;

	if (effect == NO_ACCOUNT)
		j->no_account = true;
	if (effect == NO_PASSWORD)
		j->no_password = true;
	if (effect == TIMEOUT) {
		m = minutes(value);
		j->timestamps = j->timestamps || m < 0 || m > 0;
	}
}

static void
take(struct judge *j, const struct option *o, const cJSON *binding,
    const cJSON *value)
{
	char what[LIST_MAX];

	if (!does(o, value))
		return;
	if (j->weighing) {
		weigh(j, o->effect, value);
		return;
	}
	defaults_text(what, sizeof(what), binding, value);
	judge_effect(j, o->effect, value, what);
}

/* All options of one Defaults line; of those for everyone the last counts. */
static void
walk_options(struct judge *j, const cJSON *defaults)
{
	const cJSON *binding = item(defaults, "Binding"), *set, *value;
	size_t i;

	cJSON_ArrayForEach(set, item(defaults, "Options"))
		for (value = set->child; value != NULL; value = value->next)
			for (i = 0; i < OPTIONS; i++) {
				if (value->string == NULL || strcmp(
				    value->string, options[i].name) != 0)
					continue;
				if (binding == NULL)
					j->last[i] = value;
				else
					take(j, &options[i], binding, value);
			}
}

static void
walk_rules(struct judge *j, const cJSON *root)
{
	const cJSON *rule, *commands, *set;
	char what[LIST_MAX];

	cJSON_ArrayForEach(rule, item(root, "User_Specs"))
		cJSON_ArrayForEach(commands, item(rule, "Cmnd_Specs"))
			cJSON_ArrayForEach(set, item(commands, "Options")) {
				if (!cJSON_IsFalse(item(set, "authenticate")))
					continue;
				j->no_password = true;
				if (j->weighing)
					continue;
				rule_text(what, sizeof(what), rule, commands);
				judge_effect(j, NO_PASSWORD, NULL, what);
			}
}

static void
walk(struct judge *j, const cJSON *root)
{
	const cJSON *defaults;
	bool timeout = false;
	size_t i;

	memset(j->last, 0, sizeof(j->last));
	cJSON_ArrayForEach(defaults, item(root, "Defaults"))
		walk_options(j, defaults);
	for (i = 0; i < OPTIONS; i++) {
		if (j->last[i] == NULL)
			continue;
		take(j, &options[i], NULL, j->last[i]);
		timeout = timeout || options[i].effect == TIMEOUT;
	}
	if (!timeout && j->weighing)
		j->timestamps = true;
	else if (!timeout)
		judge_timeout(j, OWN_TIMEOUT,
		    "timestamp_timeout=15 (sudo's own)");
	walk_rules(j, root);
}

/* ---- where else rules may come from */

static bool
has_word(const char *line, const char *word)
{
	size_t len = strlen(word);

	line += strspn(line, " \t");
	return (strncasecmp(line, word, len) == 0 &&
	    strchr(" \t:", line[len]) != NULL);
}

/* Lines of a system file that would bring in rules that are not in ours. */
static void
look_in(struct judge *j, const char *path, const char *word,
    const char *only, const char *harmless)
{
	char *line = NULL, shown[LIST_MAX];
	const char *rest;
	size_t size = 0;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL)
		return;
	while (getline(&line, &size, f) >= 0) {
		if (!has_word(line, word))
			continue;
		line[strcspn(line, "#\n")] = '\0';
		rest = line + strspn(line, " \t") + strlen(word);
		rest += strspn(rest, ": \t");
		if (strncmp(rest, only, strlen(only)) != 0)
			continue;
		if (strspn(rest, harmless) == strlen(rest) ||
		    (strncmp(rest, "sudoers_", 8) == 0 &&
		    strstr(rest, " sudoers.so") != NULL &&
		    strcmp(strstr(rest, " sudoers.so"), " sudoers.so") == 0))
			continue;
		(void)sek_text_format(shown, sizeof(shown), "%s (%s)", path,
		    line);
		tell(j, SEK_STACK_SHUTS, shown,
		    N_("rules come from elsewhere, too: they were not"
		    " judged"));
	}
	free(line);
	(void)fclose(f);
}

/* ---- the file */

static enum sek_err
complaint(struct sek_why *why, const struct sek_command *c)
{
	const char *said = c->err == NULL ? "" : c->err;
	int len = (int)strcspn(said, "\n");

	return (sek_why(why, SEK_ERR_IO, "%.*s", len > 0 ? len : 19,
	    len > 0 ? said : "cvtsudoers says no"));
}

/* What it said and went on: sudo says the same at each use. */
static void
tell_warnings(struct judge *j, const char *err)
{
	char line[LIST_MAX];
	size_t len;

	for (; err != NULL && *err != '\0'; err += len + (err[len] == '\n')) {
		len = strcspn(err, "\n");
		(void)snprintf(line, sizeof(line), "%.*s", (int)len, err);
		if (len > 0)
			tell(j, SEK_STACK_NOTED, line,
			    N_("sudo passes this over"));
	}
}

static enum sek_err
read_file(struct judge *j, struct sek_why *why)
{
	/* Settings of its own could leave out what opens. */
	const char *argv[] = { PROGRAM, "-c", "/dev/null", "-f", "json", "--",
	    j->file, NULL };
	struct sek_command c = { .argv = argv, .seconds = SECONDS,
	    .limit = OUTPUT_MAX };
	cJSON *root = NULL;
	enum sek_err err;

	if ((err = sek_command_run(&c, why)) != SEK_OK)
		/* sudo without it is nothing to pass over. */
		return (err == SEK_ERR_NOT_FOUND ? SEK_ERR_IO : err);
	if (c.status != 0)
		err = complaint(why, &c);
	else if ((root = cJSON_Parse(c.out == NULL ? "" : c.out)) == NULL ||
	    !cJSON_IsObject(root))
		err = sek_why(why, SEK_ERR_IO,
		    "cvtsudoers: what it says is no JSON");
	else {
		j->weighing = true;
		walk(j, root);
		j->weighing = false;
		walk(j, root);
		tell_warnings(j, c.err);
		err = j->err;
	}
	cJSON_Delete(root);
	sek_command_free(&c);
	return (err);
}

enum sek_err
tool_stack_sudoers(const struct tool *t,
    const struct sek_pam_stack_places *where, const char *file,
    struct tool_stack_part *out, struct sek_why *why)
{
	struct judge j = { .t = t, .where = where, .part = out,
	    .reuse = DEFAULT_REUSE };
	struct sek_settings *settings = NULL;
	struct sek_why ignored;

	memset(out, 0, sizeof(*out));
	out->name = "sudoers";
	out->ok = true;
	j.file = file == NULL ? SYSTEM_FILE : file;
	if (file == NULL && access(SUDO, F_OK) != 0) {
		out->ok = false;
		return (out->err = sek_why(why, SEK_ERR_NOT_FOUND,
		    SUDO ": there is no such program"));
	}
	if ((settings = calloc(1, sizeof(*settings))) == NULL ||
	    (out->about = strdup(j.file)) == NULL)
		out->err = SEK_ERR_NOMEM;
	else {
		if (sek_settings_load_under(settings, t->conf, true,
		    sek_settings_floors, NULL, &ignored) == SEK_OK)
			j.reuse = settings->factors.reuse;
		out->err = read_file(&j, why);
	}
	if (out->err == SEK_OK && file == NULL) {
		look_in(&j, "/etc/nsswitch.conf", "sudoers", "",
		    "files \t");
		look_in(&j, "/etc/sudo.conf", "Plugin", "", "");
		/* Another sudoers.so: not the one that was tried. */
		look_in(&j, "/etc/sudo.conf", "Path", "plugin_dir", "");
		out->err = j.err;
	}
	free(settings);
	if (out->err != SEK_OK)
		out->ok = false;
	return (out->err);
}
