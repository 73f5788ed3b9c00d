/*
 * args.c - a command line held against the table of verbs
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * No abbreviations and nothing ignored: what is not in the table is an error.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho.h"

/* Every option there is, of whatever verb. */
const struct tool_option tool_options[] = {
	{ "conf",	"PATH" },
	{ "help",	NULL },
	{ "version",	NULL },
	{ "json",	NULL },
	{ "yes",	NULL },
	{ "accept",	NULL },
	{ "add",	"PERSON" },
	{ "algorithm",	"SHA1|SHA256|SHA512" },
	{ "all",	NULL },
	{ "apply",	NULL },
	{ "at",		"TIME" },
	{ "by",		"USER" },
	{ "backend",	"MODULE" },
	{ "break-glass", "USER|none" },
	{ "cancel",	"ID" },
	{ "confirm",	NULL },
	{ "check",	NULL },
	{ "clause",	"CLAUSE" },
	{ "clone",	NULL },
	{ "contractor",	"yes|no" },
	{ "create",	NULL },
	{ "dir",	"DIR" },
	{ "deputy",	NULL },
	{ "device",	"PATH" },
	{ "digits",	"6|7|8" },
	{ "dry-run",	NULL },
	{ "due",	NULL },
	{ "emergency",	NULL },
	{ "even-last",	NULL },
	{ "event",	"EVENT" },
	{ "expired",	NULL },
	{ "export",	"FILE" },
	{ "file",	"FILE" },
	{ "finger",	"FINGER" },
	{ "for",	"SPAN" },
	{ "force",	NULL },
	{ "format",	"csv|pam_u2f" },
	{ "first-boot",	NULL },
	{ "from",	"FROM" },
	{ "grant",	"ID" },
	{ "image",	NULL },
	{ "keep-sessions", NULL },
	{ "key",	"KEY" },
	{ "label",	"LABEL" },
	{ "name",	"NAME" },
	{ "next",	"SPAN" },
	{ "note",	"TEXT" },
	{ "passphrase-file", "FILE" },
	{ "period",	"30|60" },
	{ "person",	"PERSON" },
	{ "profile",	"PROFILE" },
	{ "purpose",	"PURPOSE" },
	{ "reader",	"READER" },
	{ "reason",	"TEXT" },
	{ "remove",	"PERSON" },
	{ "replace",	NULL },
	{ "resident",	NULL },
	{ "result",	"TEXT" },
	{ "review",	"SPAN" },
	{ "rp-id",	"NAME" },
	{ "section",	"SECTION" },
	{ "service",	"SERVICE" },
	{ "since",	"TIME" },
	{ "slip",	NULL },
	{ "sshd-config",	"FILE" },
	{ "sudoers",	"FILE" },
	{ "target",	"USER" },
	{ "terminal",	"TERMINAL" },
	{ "terminals",	"T,..." },
	{ "to",		"TIME" },
	{ "tty",	"TTY" },
	{ "try",	"SPAN" },
	{ "type",	"jpki|piv|uid" },
	{ "unavoidable", NULL },
	{ "until",	"TIME" },
	{ "user",	"USER" },
	{ "users",	"USER,..." },
	{ "uses",	"N" },
	{ "uv",		"required|preferred|discouraged" },
	{ "valid",	"SPAN" },
	{ "value",	"VALUE" },
	{ "witness",	"USER" },
	{ "without",	"MODULE" },
	{ "work",	"TEXT" },
	{ NULL, NULL }
};

_Static_assert(sizeof(tool_options) / sizeof(tool_options[0]) <=
    TOOL_OPTIONS_MAX, "struct tool has a place for each option");

/* The index of the name, which ends at len; -1. */
static int
find_option(const char *name, size_t len)
{
	int i;

	for (i = 0; tool_options[i].name != NULL; i++)
		if (strlen(tool_options[i].name) == len &&
		    memcmp(tool_options[i].name, name, len) == 0)
			return (i);
	return (-1);
}

const char *
tool_option(const struct tool *t, const char *name)
{
	int i = find_option(name, strlen(name));

	return (i < 0 ? NULL : t->option[i]);
}

/* A word of the command line as it may be shown again. */
static const char *
shown(const char *word)
{
	static char text[128];

	sek_text_printable(text, sizeof(text), word);
	return (text);
}

/* One word that begins with '-'; *next is the word behind, which is used up
 * (true in *took) where the option takes a value. */
static int
take_option(struct tool *t, const char *word, const char *next, bool *took)
{
	const char *name = word + 2, *value;
	int i;

	*took = false;
	if (strcmp(word, "-y") == 0)
		name = "yes";
	else if (strcmp(word, "-h") == 0)
		name = "help";
	else if (strncmp(word, "--", 2) != 0)
		name = "";
	value = strchr(name, '=');
	i = find_option(name, value != NULL ? (size_t)(value - name) :
	    strlen(name));
	if (i < 0) {
		tool_error(_("unknown option: %s"), shown(word));
		return (TOOL_USAGE);
	}
	if (t->option[i] != NULL) {
		tool_error(_("--%s is given twice"), tool_options[i].name);
		return (TOOL_USAGE);
	}
	if (tool_options[i].value == NULL) {
		if (value != NULL) {
			tool_error(_("--%s takes no value"),
			    tool_options[i].name);
			return (TOOL_USAGE);
		}
		t->option[i] = "yes";
		return (TOOL_YES);
	}
	*took = value == NULL;
	t->option[i] = value != NULL ? value + 1 : next;
	if (t->option[i] == NULL) {
		tool_error(_("--%s needs a value: %s"), tool_options[i].name,
		    tool_options[i].value);
		return (TOOL_USAGE);
	}
	return (TOOL_YES);
}

/* Take the options out of argv; *argc words stay. */
static int
take_options(struct tool *t, int *argc, char **argv)
{
	int n = 0, i, rc;
	bool ended = false, took;

	for (i = 0; i < *argc; i++) {
		if (!ended && strcmp(argv[i], "--") == 0) {
			ended = true;
			continue;
		}
		if (ended || argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[n++] = argv[i];
			continue;
		}
		rc = take_option(t, argv[i],
		    i + 1 < *argc ? argv[i + 1] : NULL, &took);
		if (rc != TOOL_YES)
			return (rc);
		if (took)
			i++;
	}
	*argc = n;
	return (TOOL_YES);
}

/* Does the verb take this option? */
static bool
verb_takes(const struct tool_verb *v, const char *name)
{
	const char *cursor = v->options;
	char word[32];

	if (strcmp(name, "conf") == 0)
		return (true);
	while (sek_text_word(&cursor, word, sizeof(word)))
		if (strcmp(word, name) == 0)
			return (true);
	return (false);
}

static void
print_usage_line(FILE *to, const struct tool_verb *v)
{
	const char *cursor = v->options;
	char word[32];
	int i;

	fprintf(to, "  sekisho%s%s%s%s%s%s", v->verb[0] ? " " : "", v->verb,
	    v->action ? " " : "", v->action ? v->action : "", v->operands[0] ? " " : "",
	    v->operands);
	while (sek_text_word(&cursor, word, sizeof(word))) {
		i = find_option(word, strlen(word));
		if (strcmp(word, "yes") == 0)
			fputs(" [-y]", to);
		else if (i >= 0 && tool_options[i].value != NULL)
			fprintf(to, " [--%s %s]", word, tool_options[i].value);
		else
			fprintf(to, " [--%s]", word);
	}
	fprintf(to, "\n        %s\n", _(v->help));
}

/* The rows of a verb, or of all. */
static void
print_usage(FILE *to, const char *verb)
{
	const struct tool_verb *v;

	if (verb == NULL)
		print_usage_line(to, &tool_bare);
	for (v = tool_verbs; v->verb != NULL; v++)
		if (v->run != NULL &&
		    (verb == NULL || strcmp(v->verb, verb) == 0))
			print_usage_line(to, v);
}

static int
help(const char *verb)
{
	const struct tool_verb *v;

	for (v = tool_verbs; verb != NULL && v->verb != NULL; v++)
		if (v->run != NULL && strcmp(v->verb, verb) == 0)
			break;
	if (verb != NULL && v->verb == NULL)
		verb = NULL;
	puts(_("Usage: sekisho VERB ... (options before or after the verb)"));
	print_usage(stdout, verb);
	puts(_("Everywhere: [--conf PATH] [--help] [--version]; "
	    "see sekisho(8)."));
	puts(_("Exit: 0 yes; 1 the answer is no; 100 the command line; "
	    "111 could not find out."));
	return (tool_flush());
}

/* The row of these words; *used tells how many of them name it. */
static const struct tool_verb *
find_verb(int argc, char **argv, int *used)
{
	const struct tool_verb *v;

	for (v = tool_verbs; v->verb != NULL; v++) {
		if (strcmp(v->verb, argv[0]) != 0)
			continue;
		*used = v->action == NULL ? 1 : 2;
		if (v->action == NULL ||
		    (argc > 1 && strcmp(v->action, argv[1]) == 0))
			return (v);
	}
	return (NULL);
}

static int
no_such_verb(int argc, char **argv)
{
	const struct tool_verb *v;
	char actions[256] = "";
	size_t len = 0;

	for (v = tool_verbs; v->verb != NULL; v++)
		if (v->action != NULL && strcmp(v->verb, argv[0]) == 0 &&
		    len < sizeof(actions))
			len += (size_t)snprintf(actions + len,
			    sizeof(actions) - len, "%s%s", len ? "|" : "",
			    v->action);
	if (len == 0)
		tool_error(_("unknown verb: %s (sekisho --help lists them)"),
		    shown(argv[0]));
	else if (argc < 2)
		tool_error(_("sekisho %s: say which: %s"), argv[0], actions);
	else
		tool_error(_("sekisho %s: say which: %s, not %s"), argv[0],
		    actions, shown(argv[1]));
	return (TOOL_USAGE);
}

/* Are the options and the number of operands what the row wants? */
static int
check(const struct tool *t, const struct tool_verb *v, int operands)
{
	int i;

	for (i = 0; tool_options[i].name != NULL; i++)
		if (t->option[i] != NULL &&
		    !verb_takes(v, tool_options[i].name)) {
			tool_error(_("--%s means nothing here"),
			    tool_options[i].name);
			print_usage_line(stderr, v);
			return (TOOL_USAGE);
		}
	if (operands < v->min || operands > v->max) {
		tool_error("%s", operands < v->min ?
		    _("a word is missing") : _("a word too many"));
		print_usage_line(stderr, v);
		return (TOOL_USAGE);
	}
	return (TOOL_YES);
}

static int
not_built(const struct tool_verb *v)
{
	tool_error(_("%s%s%s: not built in this version"), v->verb,
	    v->action != NULL ? " " : "", v->action != NULL ? v->action : "");
	return (TOOL_USAGE);
}

int
tool_args(struct tool *t, const struct tool_verb **verb, int *argc,
    char **argv)
{
	const struct tool_verb *v;
	int rc, used = 0;

	*verb = NULL;
	if ((rc = take_options(t, argc, argv)) != TOOL_YES)
		return (rc);
	if (tool_option(t, "help") != NULL)
		return (help(*argc > 0 ? argv[0] : NULL));
	if (tool_option(t, "version") != NULL) {
		puts("sekisho " PACKAGE_VERSION);
		return (tool_flush());
	}
	v = &tool_bare;
	if (*argc > 0 && (v = find_verb(*argc, argv, &used)) == NULL)
		return (no_such_verb(*argc, argv));
	if (v->run == NULL)
		return (not_built(v));
	if ((rc = check(t, v, *argc - used)) != TOOL_YES)
		return (rc);
	*argc -= used;
	memmove(argv, argv + used, (size_t)*argc * sizeof(*argv));
	t->conf = tool_option(t, "conf");
	t->json = tool_option(t, "json") != NULL;
	t->yes = tool_option(t, "yes") != NULL;
	*verb = v;
	return (TOOL_YES);
}
