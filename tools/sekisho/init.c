/*
 * init.c - sekisho init: the settings and the store of this terminal
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: on any failure what was made here is taken back.
 * MUST: where there is a store, nothing changes.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/isolate.h"
#include "sekisho/rule/policy.h"
#include "sekisho.h"
#include "util_envelope.h"
#include "util_sheet.h"
#include "verb.h"

#define MADE_MAX	16

struct init {
	struct tool	*t;
	char		 dropin[SEK_PATH_MAX];	/* PATH.d/00-terminal.conf */
	char		*made[MADE_MAX];	/* removed backwards */
	unsigned	 nmade;
	bool		 image;		/* of a master: no id */
	bool		 has_id;	/* a file sets it */
	bool		 has_profile;
	char		 profile[32];	/* in force before */
	bool		 has_language;
	char		 rp_id[SEK_FIDO2_RP_MAX];	/* a file's; "" */
};

static const char template[] =
"# sekisho.conf - the policy of this terminal; see sekisho.conf(5)\n"
"#\n"
"# What is not set here has the number of the profile. A comment stands on a\n"
"# line of its own. Check with: sekisho policy check\n"
"\n"
"# [lockout]\n"
"# deny = 5\n"
"# unlock = 30m\n"
"\n"
"# [privilege]\n"
"# groups = sudo\n"
"\n"
"# [message]\n"
"# contact = extension 1234\n"
"# language = ja\n";

/* From here on a failure removes path. */
static enum sek_err
made(struct init *in, const char *path)
{
	if (in->nmade == MADE_MAX ||
	    (in->made[in->nmade] = strdup(path)) == NULL)
		return (SEK_ERR_NOMEM);
	in->nmade++;
	return (SEK_OK);
}

/* Remove what was made (all: not only forget it). */
static void
take_back(struct init *in, bool all)
{
	char *path;

	while (in->nmade > 0) {
		path = in->made[--in->nmade];
		if (all && unlink(path) != 0)
			(void)rmdir(path);
		free(path);
	}
}

/* A folder and its parents, each that was not there remembered. */
static enum sek_err
make_folder(struct init *in, const char *path, struct sek_why *why)
{
	char part[SEK_PATH_MAX];
	size_t i;
	enum sek_err err;

	if ((err = sek_text_copy(part, sizeof(part), path)) != SEK_OK)
		return (err);
	for (i = 1; part[i - 1] != '\0'; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		part[i] = '\0';
		if (access(part, F_OK) != 0 && (err = made(in, part)) !=
		    SEK_OK)
			return (err);
		part[i] = path[i];
	}
	return (sek_file_make_folder(path, 0755, why));
}

static enum sek_err
make_file(struct init *in, const char *path, const char *text,
    struct sek_why *why)
{
	enum sek_err err;

	err = sek_file_create(path, text, strlen(text), 0644, why);
	return (err == SEK_OK ? made(in, path) : err);
}

/* Which of the keys that init may write does a file set already? */
static enum sek_err
look_at(void *arg, const struct sek_setting_shown *s)
{
	struct init *in = arg;
	bool from_file = s->source[0] == '/';

	if (strcmp(s->key, "terminal.id") == 0)
		in->has_id = from_file;
	else if (strcmp(s->key, "terminal.profile") == 0) {
		in->has_profile = from_file;
		(void)sek_text_copy(in->profile, sizeof(in->profile),
		    s->value);
	}
	if (strcmp(s->key, "message.language") == 0)
		in->has_language = from_file;
	if (strcmp(s->key, "fido2.rp_id") == 0)
		(void)sek_text_copy(in->rp_id, sizeof(in->rp_id),
		    from_file ? s->value : "");
	return (SEK_OK);
}

/* The text of PATH.d/00-terminal.conf; "" when nothing is left to set. */
static enum sek_err
dropin_text(const struct init *in, char *dst, size_t size)
{
	const char *profile = tool_option(in->t, "profile");
	const char *rp_id = in->rp_id[0] != '\0' ? NULL :
	    tool_option(in->t, "rp-id");
	bool speaks = !in->has_language && in->t->chosen &&
	    tool_speaks_japanese();
	char id[64 - 8] = "";
	enum sek_err err;

	dst[0] = '\0';
	if (!in->has_id && !in->image &&
	    (err = tool_terminal_new(id, sizeof(id))) != SEK_OK)
		return (err);
	if (profile != NULL && in->has_profile &&
	    strcmp(profile, in->profile) == 0)
		profile = NULL;
	else if (profile == NULL && !in->has_profile)
		profile = sek_profile_name(SEK_PROFILE_MYNUMBER);
	if ((in->has_id || in->image) && profile == NULL && !speaks &&
	    rp_id == NULL)
		return (SEK_OK);
	return (sek_text_format(dst, size,
	    "# %s - written by sekisho init\n"
	    "%s%s%s%s%s%s%s%s%s%s%s",
	    "00-terminal.conf",
	    id[0] != '\0' || profile != NULL ? "[terminal]\n" : "",
	    id[0] == '\0' ? "" : "id = ", id, id[0] == '\0' ? "" : "\n",
	    profile != NULL ? "profile = " : "",
	    profile != NULL ? profile : "", profile != NULL ? "\n" : "",
	    rp_id != NULL ? "[fido2]\nrp_id = " : "",
	    rp_id != NULL ? rp_id : "", rp_id != NULL ? "\n" : "",
	    speaks ? "[message]\nlanguage = ja\n" : ""));
}

/* Is the name by which security keys are made the one asked for? */
static int
check_rp_id(const struct tool *t, const char *is)
{
	const char *wanted = tool_option(t, "rp-id");

	if (wanted == NULL || is[0] == '\0' || strcmp(wanted, is) == 0)
		return (TOOL_YES);
	tool_error(_("a file sets fido2.rp_id = %s: change it there "
	    "(sekisho policy show names the file)"), is);
	return (TOOL_NO);
}

/* PATH, PATH.d and what stands in it. */
static int
write_settings(struct init *in)
{
	struct sek_why why = { "" };
	const char *conf = in->t->conf;
	char folder[SEK_PATH_MAX], text[1024];
	enum sek_err err;
	int rc;

	if (sek_text_copy(folder, sizeof(folder), conf) != SEK_OK ||
	    sek_text_format(in->dropin, sizeof(in->dropin),
	    "%s.d/00-terminal.conf", conf) != SEK_OK ||
	    strrchr(folder, '/')[1] == '\0') {
		tool_error(_("--conf: this is no path of a file"));
		return (TOOL_USAGE);
	}
	*strrchr(folder, '/') = '\0';
	err = folder[0] == '\0' ? SEK_OK : make_folder(in, folder, &why);
	if (err == SEK_OK && access(conf, F_OK) != 0)
		err = make_file(in, conf, template, &why);
	if (err == SEK_OK)
		err = sek_settings_show_under(conf, sek_settings_floors, NULL,
		    look_at, in, &why);
	if (err == SEK_OK && (rc = check_rp_id(in->t, in->rp_id)) != TOOL_YES)
		return (rc);
	if (err == SEK_OK)
		err = dropin_text(in, text, sizeof(text));
	if (err == SEK_OK && text[0] != '\0') {
		*strrchr(in->dropin, '/') = '\0';
		err = make_folder(in, in->dropin, &why);
		in->dropin[strlen(in->dropin)] = '/';
		if (err == SEK_OK)
			err = make_file(in, in->dropin, text, &why);
	}
	if (err == SEK_ERR_EXISTS) {
		tool_error(_("%s is there already: put terminal.id and "
		    "terminal.profile into it, or remove it"), in->dropin);
		return (TOOL_TROUBLE);
	}
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why.text));
}

/* Is what was asked for what is in force? Later files may say otherwise. */
static int
check_profile(const struct tool *t)
{
	const char *wanted = tool_option(t, "profile");
	const char *is = sek_profile_name(
	    (enum sek_profile)t->settings->terminal.profile);

	if (wanted == NULL || strcmp(wanted, is) == 0)
		return (TOOL_YES);
	tool_error(_("a file sets terminal.profile = %s: change it there "
	    "(sekisho policy show names the file)"), is);
	return (TOOL_NO);
}

static int
make_store(struct tool *t)
{
	struct sek_store_config *config;
	struct sek_why why = { "" };
	enum sek_err err;

	if ((err = sek_isolate_self(&why)) != SEK_OK)
		return (tool_fail(err, why.text));
	if ((config = calloc(1, sizeof(*config))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	sek_store_config(config, t->settings);
	err = sek_store_init(config, &why);
	free(config);
	if (err == SEK_ERR_EXISTS) {
		tool_error(_("there is a store already: %s"),
		    t->settings->store.path);
		return (TOOL_NO);
	}
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why.text));
}

/* Where the settings, as they are before anything is written, lead to a
 * store, init was here before. */
static int
check_absent(struct tool *t)
{
	struct sek_settings *s;
	struct sek_why why = { "" };
	struct stat st;
	enum sek_err err;
	int rc = TOOL_YES;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	err = sek_settings_load_under(s, t->conf, true, sek_settings_floors,
	    NULL, &why);
	if (err != SEK_OK)
		rc = tool_fail(err, why.text);
	else if (lstat(s->store.path, &st) == 0) {
		tool_error(_("there is a store already: %s"), s->store.path);
		rc = TOOL_NO;
	}
	free(s);
	return (rc);
}

/* Who administers by a group of the distribution is staff to the policy until
 * it says so. */
static void
print_groups(const struct sek_settings *s)
{
	static const char *const groups[] = { "sudo", "wheel" };
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (!sek_policy_listed(s->privilege.groups, groups[i]) &&
		    sek_account_group_has_members(groups[i]))
			printf(_("Please note: the members of the group %s "
			    "count as privileged only once groups = %s is set "
			    "under [privilege].\n"), groups[i], groups[i]);
}

/* ---- the envelope for the safe */

#define NO_GLASS	"none"

/* Whose it is to be, NULL: nobody's. */
static const char *
glass_user(const struct tool *t)
{
	const char *user = tool_option(t, "break-glass");

	if (user == NULL)
		return ("root");
	return (strcmp(user, NO_GLASS) == 0 ? NULL : user);
}

/* Before anything is written. */
static int
check_glass(const struct tool *t)
{
	const char *user = glass_user(t);
	char shown[SEK_NAME_MAX];
	struct sek_passwd who;
	enum sek_err err;

	if (user == NULL)
		return (TOOL_YES);
	if ((err = sek_account_find(&who, user)) != SEK_OK)
		return (tool_fail(err, NULL));
	if (who.known)
		return (TOOL_YES);
	sek_text_printable(shown, sizeof(shown), user);
	tool_error(_("there is no such user: %s"), shown);
	return (TOOL_NO);
}

/* The terminal stands by now: what goes wrong here leaves it without an
 * envelope, and says so. */
static int
make_glass(struct tool *t)
{
	struct sek_moment now;
	int rc;

	if (glass_user(t) != NULL && tool_sheet_agree(t, true) == TOOL_YES) {
		if (sek_clock_now(&now) != SEK_OK)
			return (tool_fail(SEK_ERR_INTERNAL, "clock"));
		if ((rc = tool_store(t)) == TOOL_YES)
			rc = tool_envelope_make(t, glass_user(t), now.wall +
			    t->settings->breakglass.valid * SEK_SECOND);
		if (rc == TOOL_YES)
			return (rc);
	} else
		rc = TOOL_YES;
	tool_error(_("there is no envelope for the safe, and stack enable "
	    "wants one: %s"), TOOL_ENVELOPE_MAKE);
	return (rc);
}

static int
print_done(const struct tool *t)
{
	printf(_("This terminal is now %s, profile %s.\n"),
	    t->settings->terminal.id, sek_profile_name(
	    (enum sek_profile)t->settings->terminal.profile));
	printf(_("Settings: %s\nStore: %s\n"), t->conf,
	    t->settings->store.path);
	print_groups(t->settings);
	puts(_("Next: sekisho enroll totp USER, for yourself first."));
	return (tool_flush());
}

/* ---- a master, and what is made from its image */

/* The marker beside the conf: what the first boot may do by itself. */
static int
marker_path(const struct tool *t, char *dst, size_t size)
{
	const char *slash = strrchr(t->conf, '/');

	if (sek_text_format(dst, size, "%.*s/image", (int)(slash - t->conf),
	    t->conf) == SEK_OK)
		return (TOOL_YES);
	tool_error(_("--conf: this is no path of a file"));
	return (TOOL_USAGE);
}

static bool
store_is_there(const struct tool *t)
{
	struct stat st;

	return (lstat(t->settings->store.path, &st) == 0);
}

/* Each terminal makes its own machine-id only where the image has none. */
static void
print_machine_id(void)
{
	struct stat st;

	if (stat("/etc/machine-id", &st) != 0 || st.st_size == 0)
		puts(_("/etc/machine-id is empty: each terminal makes its "
		    "own at its first start."));
	else
		puts(_("Last, before the image is taken: truncate -s 0 "
		    "/etc/machine-id (each terminal then makes its own; with "
		    "one for all, none could be told from the others)."));
}

/* text: the terminal the master is, if any. */
static int
write_marker(const char *path, const char *terminal)
{
	char text[128];
	struct sek_why why = { "" };
	enum sek_err err;

	(void)sek_text_format(text, sizeof(text), "%s\n", terminal);
	(void)unlink(path);
	err = sek_file_create(path, text, strlen(text), 0644, &why);
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why.text));
}

static int
image(struct tool *t, struct init *in)
{
	char path[SEK_PATH_MAX];
	int rc;

	in->image = true;
	if ((rc = marker_path(t, path, sizeof(path))) != TOOL_YES ||
	    (rc = tool_settings_early(t)) != TOOL_YES)
		return (rc);
	tool_hold();
	if (!store_is_there(t)) {
		umask(022);
		rc = write_settings(in);
		umask(077);
		if (rc == TOOL_YES && in->has_id) {
			tool_error(_("terminal.id is set already, for all "
			    "that would be made from the image: take it out "
			    "of the settings (sekisho policy show terminal.id "
			    "names the file)"));
			rc = TOOL_NO;
		}
	}
	if (rc == TOOL_YES && (rc = write_marker(path, store_is_there(t) ?
	    t->settings->terminal.id : "")) == TOOL_YES)
		take_back(in, false);
	take_back(in, true);
	if (rc != TOOL_YES)
		return (rc);
	puts(_("This master is prepared: what is made from its image becomes "
	    "a terminal of its own at its first start."));
	print_machine_id();
	return (tool_flush());
}

static int
remove_marker(const char *path)
{
	if (unlink(path) == 0)
		return (TOOL_YES);
	tool_error(_("%s cannot be removed: remove it by hand"), path);
	return (TOOL_TROUBLE);
}

/* A store of the master's, in a terminal made from it. *itself: this is the
 * master. */
static int
first_clone(struct tool *t, struct sek_store_config *config,
    const char *master, bool *itself)
{
	struct sek_adopt_in look = { .how = SEK_ADOPT_LOOK };
	struct sek_adopted out;
	struct sek_why why = { "" };
	enum sek_err err;

	if ((err = sek_store_adopt(config, &look, &out, &why)) != SEK_OK)
		return (tool_fail(err, why.text));
	if (out.here && strcmp(out.terminal, config->terminal) == 0) {
		/* The master itself may start again before it is copied. */
		*itself = strcmp(out.terminal, master) == 0;
		return (TOOL_YES);
	}
	return (tool_adopt_clone(t, config, &out));
}

static int
first_init(struct tool *t)
{
	char id[64] = "";
	enum sek_err err;
	int rc;

	if ((rc = tool_terminal_id(t, id, sizeof(id))) != TOOL_YES)
		return (rc);
	if (id[0] == '\0') {
		if ((err = tool_terminal_new(id, 56)) != SEK_OK)
			return (tool_fail(err, NULL));
		if ((rc = tool_terminal_write(t, id)) != TOOL_YES)
			return (rc);
	}
	free(t->settings);
	t->settings = NULL;
	if ((rc = tool_settings_raised(t)) != TOOL_YES)
		return (rc);
	return (make_store(t));
}

static int
read_marker(const char *path, char *master, size_t size)
{
	struct sek_why why = { "" };
	char *text = NULL;
	size_t len;
	enum sek_err err;

	if ((err = sek_file_read(&text, &len, path, 256, SEK_FILE_PUBLIC,
	    &why)) == SEK_ERR_NOT_FOUND)
		return (TOOL_NO);
	if (err != SEK_OK)
		return (tool_fail(err, why.text));
	text[strcspn(text, "\n")] = '\0';
	(void)sek_text_copy(master, size, text);
	free(text);
	return (TOOL_YES);
}

static int
first_boot(struct tool *t)
{
	struct sek_store_config *config;
	char path[SEK_PATH_MAX], master[64] = "";
	struct sek_why why = { "" };
	enum sek_err err;
	bool itself = false;
	int rc;

	if ((rc = marker_path(t, path, sizeof(path))) != TOOL_YES)
		return (rc);
	if ((rc = read_marker(path, master, sizeof(master))) != TOOL_YES) {
		if (rc == TOOL_NO)
			puts(_("There is nothing to do."));
		return (rc == TOOL_NO ? tool_flush() : rc);
	}
	if ((rc = tool_settings_early(t)) != TOOL_YES)
		return (rc);
	if ((err = sek_isolate_self(&why)) != SEK_OK)
		return (tool_fail(err, why.text));
	tool_hold();
	if (!store_is_there(t))
		rc = first_init(t);
	else if ((config = calloc(1, sizeof(*config))) == NULL)
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
	else {
		tool_actor(t);
		sek_store_config(config, t->settings);
		rc = first_clone(t, config, master, &itself);
		free(config);
		if (itself) {
			puts(_("This is the master itself: nothing is done."));
			return (tool_flush());
		}
	}
	return (rc == TOOL_YES ? remove_marker(path) : rc);
}

int
verb_init(struct tool *t, int argc, char **argv)
{
	struct init in;
	enum sek_profile profile;
	const char *wanted = tool_option(t, "profile");
	int rc;

	(void)argc;
	(void)argv;
	memset(&in, 0, sizeof(in));
	in.t = t;
	if (tool_option(t, "image") != NULL &&
	    tool_option(t, "first-boot") != NULL) {
		tool_error(_("--image is for the master, --first-boot for "
		    "what is made from it: give one"));
		return (TOOL_USAGE);
	}
	if (wanted != NULL && sek_profile_parse(&profile, wanted) != SEK_OK) {
		tool_error(_("--profile: mynumber, lgwan or internet"));
		return (TOOL_USAGE);
	}
	if (tool_option(t, "rp-id") != NULL &&
	    (!sek_fido2_rp_ok(tool_option(t, "rp-id")) ||
	    tool_option(t, "first-boot") != NULL)) {
		tool_error(tool_option(t, "first-boot") != NULL ?
		    _("--rp-id: the image has it: give it with --image") :
		    _("--rp-id: 1 to 253 letters, digits and signs, no "
		    "blanks"));
		return (TOOL_USAGE);
	}
	if (tool_option(t, "break-glass") != NULL &&
	    (tool_option(t, "image") != NULL ||
	    tool_option(t, "first-boot") != NULL)) {
		tool_error(_("--break-glass: an image has no envelope: each "
		    "terminal gets its own by %s"), TOOL_ENVELOPE_MAKE);
		return (TOOL_USAGE);
	}
	if ((rc = tool_root(t)) != TOOL_YES)
		return (rc);
	if (tool_option(t, "first-boot") != NULL)
		return (first_boot(t));
	if (tool_option(t, "image") != NULL)
		return (image(t, &in));
	if ((rc = check_absent(t)) != TOOL_YES ||
	    (rc = check_glass(t)) != TOOL_YES)
		return (rc);
	tool_hold();
	umask(022);
	rc = write_settings(&in);
	umask(077);
	if (rc == TOOL_YES &&
	    (rc = tool_settings_raised(t)) == TOOL_YES &&
	    (rc = check_profile(t)) == TOOL_YES &&
	    (rc = check_rp_id(t, t->settings->fido2.rp_id)) == TOOL_YES &&
	    (rc = make_store(t)) == TOOL_YES)
		take_back(&in, false);
	take_back(&in, true);
	if (rc != TOOL_YES || (rc = print_done(t)) != TOOL_YES)
		return (rc);
	return (make_glass(t));
}
