/*
 * util_sshd.c - sshd's settings, judged as sshd itself reads them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sshd -T prints what holds for one connection, and with -ddd which Match
 * lines it tried: so each block is found, and met by a connection made up for
 * it, without reading the files here.
 * MUST: a block that no connection met is told as not judged.
 */
#include "config.h"

#include <sys/stat.h>

#include <ctype.h>
#include <dirent.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/command.h"
#include "sekisho/rule/sshd.h"
#include "util_stack.h"

#define PROGRAM		"/usr/sbin/sshd"
#define SYSTEM_FILE	"/etc/ssh/sshd_config"
#define PRIVSEP		"/run/sshd"
#define DEFAULTS	"/etc/default/ssh"
#define SECONDS		10u
#define OUTPUT_MAX	(1024u * 1024u)
#define BLOCKS_MAX	64u
#define WHERE_MAX	1400u

static const char *const texts[] = {
	[SEK_SSHD_NO_PAM] = N_("sshd asks no module of ours: a password or a"
	    " key alone gets in"),
	[SEK_SSHD_UNREAD] = N_("sshd does not say what holds"),
	[SEK_SSHD_ONE_LINE] = N_("it takes one answer for two prompts: nobody"
	    " gets in by it, and each try counts; set it to no"),
	[SEK_SSHD_EMPTY_TRY] = N_("each connection tries an empty password,"
	    " which counts as a failure: set it to no"),
	[SEK_SSHD_NO_KEYBOARD] = N_("nobody can answer two prompts: set it to"
	    " yes"),
	[SEK_SSHD_NO_WAY] = N_("no list of methods has keyboard-interactive:"
	    " nobody gets in"),
	[SEK_SSHD_BY_HOST] = N_("who comes by this has proved nothing to us:"
	    " account refuses")
};

/* A Match line, and the connection by which it came to light. */
struct block {
	char			*criteria;
	struct sek_sshd_who	 who;
};

struct judge {
	struct tool_stack_part	*part;
	const char		*file;
	const char		*program_file;	/* for -f; NULL: its own */
	bool			 one_line;
	struct block		*block;
	size_t			 n;
	unsigned		 known;		/* bit per fault of no block */
	const struct block	*in_hand;	/* NULL: outside blocks */
	const struct sek_sshd	*settings;
	enum sek_err		 err;
	struct sek_why		*why;
};

static void
failed(struct judge *j, enum sek_err err)
{

	if (j->err == SEK_OK)
		j->err = err;
}

/* The first line of its standard error that is not for debugging. */
static enum sek_err
complaint(struct judge *j, const char *err)
{
	const char *line, *end;

	for (line = err == NULL ? "" : err; *line != '\0';
	    line = *end == '\0' ? end : end + 1) {
		end = strchrnul(line, '\n');
		if (end != line && strncmp(line, "debug", 5) != 0)
			return (sek_why(j->why, SEK_ERR_IO, "sshd -T: %.*s",
			    (int)strcspn(line, "\r\n"), line));
	}
	return (sek_why(j->why, SEK_ERR_IO, "sshd -T: it says no"));
}

/* Its unit makes this folder at each start; where it never started since the
 * boot, sshd -T stops for the lack of it. */
static bool
make_privsep(const char *err)
{

	return (err != NULL && strstr(err, "privilege separation directory: "
	    PRIVSEP) != NULL && geteuid() == 0 &&
	    mkdir(PRIVSEP, 0755) == 0 && chmod(PRIVSEP, 0755) == 0);
}

static enum sek_err
ask_sshd(struct judge *j, struct sek_command *c,
    const struct sek_sshd_who *who)
{
	char spec[1024];
	const char *argv[8] = { PROGRAM, "-T", "-ddd", "-C", spec };
	enum sek_err err;
	int tries = 2;

	if (j->program_file != NULL) {
		argv[5] = "-f";
		argv[6] = j->program_file;
	}
	if (sek_text_format(spec, sizeof(spec),
	    "user=%s,host=%s,addr=%s,laddr=%s,lport=%s%s%s", who->user,
	    who->host, who->addr, who->laddr, who->lport,
	    who->rdomain[0] == '\0' ? "" : ",rdomain=", who->rdomain) !=
	    SEK_OK)
		return (SEK_ERR_RANGE);
	for (;;) {
		*c = (struct sek_command){ .argv = argv, .seconds = SECONDS,
		    .limit = OUTPUT_MAX };
		if ((err = sek_command_run(c, j->why)) != SEK_OK)
			return (err);
		if (c->status == 0)
			return (SEK_OK);
		if (--tries == 0 || !make_privsep(c->err))
			break;
		sek_command_free(c);
	}
	err = complaint(j, c->err);
	sek_command_free(c);
	return (err);
}

static enum sek_err
read_settings(struct sek_sshd *s, const char *out)
{
	const char *line, *end;
	enum sek_err err = SEK_OK;

	memset(s, 0, sizeof(*s));
	for (line = out == NULL ? "" : out; err == SEK_OK && *line != '\0';
	    line = *end == '\0' ? end : end + 1) {
		end = strchrnul(line, '\n');
		err = sek_sshd_read(s, line, (size_t)(end - line));
	}
	return (err);
}

/* ---- blocks */

static enum sek_err
add_block(struct judge *j, const char *criteria, size_t len,
    const struct sek_sshd_who *who)
{
	struct block *more;
	size_t i;

	/* That of everyone holds already. */
	if (len == 3 && strncasecmp(criteria, "all", 3) == 0)
		return (SEK_OK);
	for (i = 0; i < j->n; i++)
		if (strlen(j->block[i].criteria) == len &&
		    memcmp(j->block[i].criteria, criteria, len) == 0)
			return (SEK_OK);
	if (j->n >= BLOCKS_MAX)
		return (sek_why(j->why, SEK_ERR_RANGE,
		    "%s: more than %u Match blocks", j->file, BLOCKS_MAX));
	if ((more = realloc(j->block, (j->n + 1) * sizeof(*more))) == NULL)
		return (SEK_ERR_NOMEM);
	j->block = more;
	if ((more[j->n].criteria = strndup(criteria, len)) == NULL)
		return (SEK_ERR_NOMEM);
	more[j->n++].who = *who;
	return (SEK_OK);
}

/* Its criteria, in a line of -ddd: between the first "'" and the "' user "
 * that begins what the connection is. NULL: another line. */
static const char *
criteria_of(const char *line, size_t *len)
{
	static const char before[] = "debug3: checking match for '";
	const char *end = strchrnul(line, '\n'), *p, *last = NULL;

	if (strncmp(line, before, sizeof(before) - 1) != 0)
		return (NULL);
	line += sizeof(before) - 1;
	for (p = line; (p = strstr(p, "' user ")) != NULL && p < end; p++)
		last = p;
	if (last == NULL)
		return (NULL);
	*len = (size_t)(last - line);
	return (line);
}

/* All Match lines that sshd tried; *met: it found this one met. */
static enum sek_err
find_blocks(struct judge *j, const char *debug, const char *this_one,
    const struct sek_sshd_who *who, bool *met)
{
	const char *line, *end, *criteria;
	enum sek_err err = SEK_OK;
	bool is_it = false;
	size_t len;

	for (line = debug == NULL ? "" : debug; err == SEK_OK &&
	    *line != '\0'; line = *end == '\0' ? end : end + 1) {
		end = strchrnul(line, '\n');
		if ((criteria = criteria_of(line, &len)) != NULL) {
			is_it = this_one != NULL &&
			    strlen(this_one) == len &&
			    memcmp(this_one, criteria, len) == 0;
			err = add_block(j, criteria, len, who);
		} else if (is_it && strncmp(line, "debug3: match found",
		    19) == 0)
			*met = true;
	}
	return (err);
}

/* Someone in the group: its first member, or who has it for his own. */
static bool
find_member(struct sek_sshd_who *who)
{
	const struct group *g = getgrnam(who->group);
	const struct passwd *p;
	bool found = false;

	if (g == NULL)
		return (false);
	if (g->gr_mem[0] != NULL)
		return (sek_text_copy(who->user, sizeof(who->user),
		    g->gr_mem[0]) == SEK_OK);
	setpwent();
	while (!found && (p = getpwent()) != NULL)
		found = p->pw_gid == g->gr_gid && sek_text_copy(who->user,
		    sizeof(who->user), p->pw_name) == SEK_OK;
	endpwent();
	return (found);
}

/* ---- telling */

static void
tell(struct judge *j, enum sek_stack_harm harm, const char *setting,
    const char *value, const char *text)
{
	char where[WHERE_MAX];

	(void)sek_text_format(where, sizeof(where), "%s%s%s: %s%s%s",
	    j->file, j->in_hand == NULL ? "" : ", Match ",
	    j->in_hand == NULL ? "" : j->in_hand->criteria, setting,
	    value[0] == '\0' ? "" : " ", value);
	failed(j, tool_stack_finding(j->part, harm, where, text));
}

static void
tell_fault(void *arg, enum sek_sshd_fault fault, enum sek_sshd_key key)
{
	struct judge *j = arg;
	unsigned bit = 1u << fault;

	/* A block's own faults only. */
	if (j->in_hand != NULL && (j->known & bit) != 0)
		return;
	if (j->in_hand == NULL && fault != SEK_SSHD_UNREAD)
		j->known |= bit;
	tell(j, sek_sshd_harm(fault), sek_sshd_key_name(key),
	    j->settings->value[key], texts[fault]);
}

static void
judge_service(struct judge *j, const struct tool *t,
    const struct sek_pam_stack_places *where, const struct sek_sshd *s)
{
	const char *service = s->value[SEK_SSHD_SERVICE];
	bool exempt;

	if (service[0] == '\0' || strcmp(service, "sshd") == 0)
		return;
	if (!tool_stack_is_on(t, where, service, &exempt) || exempt)
		tell(j, SEK_STACK_OPENS,
		    sek_sshd_key_name(SEK_SSHD_SERVICE), service,
		    N_("this service's lines are not ours"));
}

static enum sek_err
judge_block(struct judge *j, const struct tool *t,
    const struct sek_pam_stack_places *where, size_t at)
{
	struct block own = { NULL, j->block[at].who };
	struct sek_sshd_who who = own.who;
	struct sek_sshd *settings = NULL;
	struct sek_command c = { 0 };
	enum sek_err err;
	bool met = false;

	/* The list may move while it grows. */
	if ((own.criteria = strdup(j->block[at].criteria)) == NULL ||
	    (settings = calloc(1, sizeof(*settings))) == NULL) {
		err = SEK_ERR_NOMEM;
		goto out;
	}
	err = sek_sshd_meet(&who, own.criteria);
	if (err == SEK_OK && who.group[0] != '\0' &&
	    strcmp(who.group, own.who.group) != 0)
		(void)find_member(&who);
	if (err == SEK_OK && (err = ask_sshd(j, &c, &who)) == SEK_OK)
		err = find_blocks(j, c.err, own.criteria, &who, &met);
	j->in_hand = &own;
	if (err == SEK_OK && met && (err = read_settings(settings, c.out)) ==
	    SEK_OK) {
		j->settings = settings;
		sek_sshd_judge(settings, j->one_line, tell_fault, j);
		judge_service(j, t, where, settings);
	}
	if (err == SEK_ERR_UNSUPPORTED || (err == SEK_OK && !met)) {
		tell(j, SEK_STACK_SHUTS, "not judged", "",
		    N_("no login is known that this block is for"));
		err = SEK_OK;
	}
	j->in_hand = NULL;
out:
	sek_command_free(&c);
	free(settings);
	free(own.criteria);
	return (err);
}

/* What holds where no block is met, then each block. */
static enum sek_err
judge_all(struct judge *j, const struct tool *t,
    const struct sek_pam_stack_places *where)
{
	struct sek_sshd_who anyone;
	struct sek_sshd *settings;
	struct sek_command c = { 0 };
	enum sek_err err;
	size_t i;

	if ((settings = calloc(1, sizeof(*settings))) == NULL)
		return (SEK_ERR_NOMEM);
	sek_sshd_anyone(&anyone);
	if ((err = ask_sshd(j, &c, &anyone)) == SEK_OK &&
	    (err = read_settings(settings, c.out)) == SEK_OK &&
	    (err = find_blocks(j, c.err, NULL, &anyone, NULL)) == SEK_OK) {
		j->settings = settings;
		sek_sshd_judge(settings, j->one_line, tell_fault, j);
		judge_service(j, t, where, settings);
	}
	sek_command_free(&c);
	for (i = 0; err == SEK_OK && i < j->n; i++)
		err = judge_block(j, t, where, i);
	free(settings);
	return (err == SEK_OK ? j->err : err);
}

/* ---- other sshds */

static const char other_text[] = N_("it runs with settings of its own: judge"
    " them by --sshd-config");

/* Has a line of arguments -f or -o among them, also behind other letters
 * ("-Df FILE")? */
static bool
has_settings(const char *line)
{
	const char *p;
	size_t len;

	for (p = line; *p != '\0'; p += len) {
		p += strspn(p, " \t\"'");
		len = strcspn(p, " \t\"'");
		if (p[0] != '-')
			continue;
		/* Behind the first letter that takes a value all is value. */
		switch (p[1 + strcspn(p + 1, "fobCEcghkpu \t\"'")]) {
		case 'f':
		case 'o':
			return (true);
		default:
			break;
		}
	}
	return (false);
}

/* A listening sshd of root's, and the arguments it shows; it goes by others
 * than the file judged when it was started with -f or -o. */
static bool
is_other(const char *pid, char *shown, size_t size)
{
	static const char old[] = " (deleted)";		/* since an update */
	char path[64], exe[64], *end;
	struct stat st;
	ssize_t n;
	FILE *f;
	size_t len;

	(void)sek_text_format(path, sizeof(path), "/proc/%.20s/exe", pid);
	if ((n = readlink(path, exe, sizeof(exe) - 1)) < 0)
		return (false);
	exe[n] = '\0';
	if ((end = strstr(exe, old)) != NULL && strcmp(end, old) == 0)
		*end = '\0';
	if (strcmp(exe, PROGRAM) != 0)
		return (false);
	(void)sek_text_format(path, sizeof(path), "/proc/%.20s/cmdline", pid);
	if ((f = fopen(path, "re")) == NULL)
		return (false);
	len = fread(shown, 1, size - 1, f);
	if (fstat(fileno(f), &st) != 0 || st.st_uid != 0)
		len = 0;
	(void)fclose(f);
	shown[len] = '\0';
	if ((end = strstr(shown, " [listener]")) == NULL)
		return (false);
	*end = '\0';
	return (has_settings(shown));
}

/* What its units give each sshd, also where none listens now: those that a
 * socket starts never do. */
static void
look_at_defaults(struct judge *j)
{
	static const char name[] = "SSHD_OPTS=";
	char *line = NULL, shown[512];
	const char *p;
	size_t size = 0;
	FILE *f;

	if ((f = fopen(DEFAULTS, "re")) == NULL)
		return;
	while (getline(&line, &size, f) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		p = line + strspn(line, " \t");
		if (strncmp(p, name, sizeof(name) - 1) != 0 ||
		    !has_settings(p + sizeof(name) - 1))
			continue;
		(void)snprintf(shown, sizeof(shown), DEFAULTS ": %s", p);
		failed(j, tool_stack_finding(j->part, SEK_STACK_SHUTS, shown,
		    other_text));
	}
	free(line);
	(void)fclose(f);
}

static void
look_for_others(struct judge *j)
{
	const struct dirent *e;
	char shown[4096];
	DIR *d;

	if ((d = opendir("/proc")) == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (isdigit((unsigned char)e->d_name[0]) &&
		    is_other(e->d_name, shown, sizeof(shown)))
			failed(j, tool_stack_finding(j->part,
			    SEK_STACK_SHUTS, shown, other_text));
	(void)closedir(d);
}

enum sek_err
tool_stack_sshd(const struct tool *t,
    const struct sek_pam_stack_places *where, const char *file,
    struct tool_stack_part *out, struct sek_why *why)
{
	struct judge j = { .part = out, .program_file = file, .why = why };
	struct sek_settings *settings;
	struct sek_why ignored;
	size_t i;

	memset(out, 0, sizeof(*out));
	out->name = "sshd_config";
	out->ok = true;
	j.file = file == NULL ? SYSTEM_FILE : file;
	if ((settings = calloc(1, sizeof(*settings))) == NULL ||
	    (out->about = strdup(j.file)) == NULL) {
		j.err = SEK_ERR_NOMEM;
		goto out;
	}
	if (sek_settings_load_under(settings, t->conf, true,
	    sek_settings_floors, NULL, &ignored) == SEK_OK)
		j.one_line = settings->factors.one_line;
	j.err = judge_all(&j, t, where);
	if (j.err == SEK_OK && file == NULL) {
		look_for_others(&j);
		look_at_defaults(&j);
	}
out:
	for (i = 0; i < j.n; i++)
		free(j.block[i].criteria);
	free(j.block);
	free(settings);
	if (j.err != SEK_OK)
		out->ok = false;
	return (out->err = j.err);
}
