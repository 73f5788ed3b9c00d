/*
 * util_enable_sshd.c - sshd asks by PAM, never for a password by itself
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A file of our own among those sshd_config includes, named so that it is
 * read first: of each keyword sshd takes the first value. Where sshd_config
 * includes no such folder, or something comes before it, one marked line at
 * its head names the file.
 *
 * MUST: sshd -t and sshd -T have the last word; what they do not like is
 * taken back before a running sshd hears of it.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "util_enable.h"

#define SSHD		"/usr/sbin/sshd"
#define SYSTEMCTL	"/usr/bin/systemctl"
#define CONFIG		"/etc/ssh/sshd_config"
#define FOLDER		"/etc/ssh/sshd_config.d"
#define DROPIN		FOLDER "/00-00-sekisho.conf"
#define INCLUDE		"Include " DROPIN
#define EMPTY		"/run/sshd"	/* sshd wants it to say anything */
#define SECONDS		20u
#define OUTPUT_MAX	65536u

static const char dropin[] =
"# 00-00-sekisho.conf - written by sekisho stack enable, taken back by\n"
"# sekisho stack disable. Password and code are two questions of PAM: sshd's\n"
"# own question for a password would send one answer to both.\n"
"UsePAM yes\n"
"KbdInteractiveAuthentication yes\n"
"PasswordAuthentication no\n";

/* The last line where the folder was not there before. */
static const char made_folder[] = "# The folder was made for this file.\n";

/* As sshd -T prints what is in force. */
static const char *const wanted[] = { "usepam yes",
    "kbdinteractiveauthentication yes", "passwordauthentication no" };

bool
stack_sshd_is_there(void)
{
	return (access(SSHD, X_OK) == 0 && access(CONFIG, F_OK) == 0);
}

/* sshd -t or -T; its output. */
static int
ask_sshd(const char *flag, char *out, size_t size)
{
	const char *argv[] = { SSHD, flag, NULL };
	bool made = mkdir(EMPTY, 0755) == 0;
	int rc;

	rc = tool_program(argv, out, size, SECONDS);
	if (made)
		(void)rmdir(EMPTY);
	return (rc);
}

/* The first line of what sshd said, for people. */
static const char *
said(char *out)
{
	static char shown[512];

	out[strcspn(out, "\n")] = '\0';
	sek_text_printable(shown, sizeof(shown), out);
	return (shown);
}

static bool
has_line(const char *text, const char *line)
{
	size_t n = strlen(line);

	while (text != NULL && *text != '\0') {
		if (strncmp(text, line, n) == 0 &&
		    (text[n] == '\n' || text[n] == '\r' || text[n] == '\0'))
			return (true);
		text = strchr(text, '\n');
		text = text == NULL ? NULL : text + 1;
	}
	return (false);
}

/* 0 in force, 1 not, -1 sshd does not say (*out tells why). */
static int
in_force(char *out)
{
	size_t i;

	if (ask_sshd("-T", out, OUTPUT_MAX) != 0)
		return (-1);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!has_line(out, wanted[i]))
			return (1);
	return (0);
}

bool
stack_sshd_is_set(void)
{
	char *out = malloc(OUTPUT_MAX);
	bool set = out != NULL && in_force(out) == 0;

	free(out);
	return (set);
}

void
stack_sshd_show(void)
{
	const char *p = dropin, *end;

	printf("--- /dev/null\n+++ %s\n@@ -0,0 +1,6 @@\n", DROPIN);
	for (; *p != '\0'; p = end + 1) {
		end = strchr(p, '\n');
		printf("+%.*s\n", (int)(end - p), p);
	}
}

/* sshd_config edited: with our line at its head, or without it. */
static int
edit_config(bool put)
{
	struct sek_edit edit = { .n = 0 };
	struct sek_why why = { "" };
	char *text = NULL, *made = NULL;
	size_t len, made_len;
	struct stat st;
	enum sek_err err;
	int rc = TOOL_YES;

	err = sek_file_read(&text, &len, CONFIG, STACK_FILE_MAX,
	    SEK_FILE_PUBLIC, &why);
	if (err == SEK_OK)
		err = put ? sek_edit_put_first(&edit, text, len, INCLUDE) :
		    sek_edit_undo(&edit, text, len);
	if (err == SEK_OK && edit.changed > 0) {
		made = sek_edit_text(&edit, &made_len);
		if (made == NULL || stat(CONFIG, &st) != 0)
			err = SEK_ERR_NOMEM;
		else
			err = sek_file_replace(CONFIG, made, made_len,
			    st.st_mode & 0777, &why);
	}
	if (err != SEK_OK && !(err == SEK_ERR_NOT_FOUND && !put))
		rc = tool_fail(err, why.text);
	sek_edit_free(&edit);
	free(text);
	free(made);
	return (rc);
}

/* Is the file there ours to the byte? 1 yes, 2 and its folder too, 0 no file,
 * -1 changed. */
static int
dropin_is_ours(void)
{
	struct sek_why why;
	char *text = NULL;
	size_t len, n = strlen(dropin);
	int is = -1;

	if (access(DROPIN, F_OK) != 0)
		return (0);
	if (sek_file_read(&text, &len, DROPIN, STACK_FILE_MAX,
	    SEK_FILE_PUBLIC, &why) == SEK_OK && len >= n &&
	    memcmp(text, dropin, n) == 0)
		is = len == n ? 1 : strcmp(text + n, made_folder) == 0 ? 2 :
		    -1;
	free(text);
	return (is);
}

static bool
config_is_edited(void)
{
	struct sek_edit edit = { .n = 0 };
	struct sek_why why;
	char *text = NULL;
	size_t len;
	bool is;

	is = sek_file_read(&text, &len, CONFIG, STACK_FILE_MAX,
	    SEK_FILE_PUBLIC, &why) == SEK_OK &&
	    sek_edit_undo(&edit, text, len) == SEK_OK && edit.changed > 0;
	sek_edit_free(&edit);
	free(text);
	return (is);
}

int
stack_sshd_back(bool *did)
{
	struct sek_why why = { "" };
	int rc = TOOL_YES, is = dropin_is_ours();

	*did = is > 0;
	if (is < 0) {
		tool_error(_("%s: was changed by hand: it stays"), DROPIN);
		return (TOOL_YES);
	}
	/* The line first: an Include of what is gone is no fault to sshd. */
	if (config_is_edited()) {
		*did = true;
		rc = edit_config(false);
	}
	if (access(DROPIN, F_OK) == 0 && unlink(DROPIN) != 0) {
		(void)sek_why(&why, SEK_ERR_IO, "%s: %s", DROPIN,
		    strerror(errno));
		rc = tool_fail(SEK_ERR_IO, why.text);
	}
	if (is == 2)
		(void)rmdir(FOLDER);
	return (rc);
}

static int
put(char *out)
{
	char text[sizeof(dropin) + sizeof(made_folder)];
	struct sek_why why = { "" };
	enum sek_err err;
	int is, rc;

	(void)sek_text_format(text, sizeof(text), "%s%s", dropin,
	    access(FOLDER, F_OK) == 0 && dropin_is_ours() != 2 ? "" :
	    made_folder);
	if ((err = sek_file_make_folder(FOLDER, 0755, &why)) != SEK_OK ||
	    (err = sek_file_replace(DROPIN, text, strlen(text), 0644,
	    &why)) != SEK_OK)
		return (tool_fail(err, why.text));
	if ((is = in_force(out)) == 1) {
		if ((rc = edit_config(true)) != TOOL_YES)
			return (rc);
		is = in_force(out);
	}
	if (is == 0 && ask_sshd("-t", out, OUTPUT_MAX) == 0)
		return (TOOL_YES);
	tool_error(is == 1 ? _("sshd does not take the settings that make it "
	    "ask by PAM: see %s") : _("sshd refuses its settings: %s"),
	    is == 1 ? CONFIG : said(out));
	return (TOOL_NO);
}

int
stack_sshd_put(void)
{
	char *out = malloc(OUTPUT_MAX);
	bool did;
	int rc;

	if (out == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if (dropin_is_ours() == -1) {
		tool_error(_("%s: was changed by hand: remove it, then run "
		    "this again"), DROPIN);
		rc = TOOL_NO;
	} else if (ask_sshd("-t", out, OUTPUT_MAX) != 0) {
		tool_error(_("sshd refuses its settings as they are: mend "
		    "them first, or leave sshd out (--service): %s"),
		    said(out));
		rc = TOOL_NO;
	} else if ((rc = put(out)) != TOOL_YES)
		(void)stack_sshd_back(&did);
	free(out);
	return (rc);
}

/* The pid in sshd's own file, where it is sshd's. */
static pid_t
running_sshd(void)
{
	char text[32] = "", link[64], exe[SEK_PATH_MAX];
	int64_t pid = 0;
	ssize_t n;
	FILE *f = fopen("/run/sshd.pid", "re");

	if (f == NULL)
		return (0);
	if (fgets(text, sizeof(text), f) == NULL)
		text[0] = '\0';
	(void)fclose(f);
	text[strcspn(text, "\n")] = '\0';
	if (sek_text_number(&pid, text, 2, INT32_MAX) != SEK_OK)
		return (0);
	(void)sek_text_format(link, sizeof(link), "/proc/%lld/exe",
	    (long long)pid);
	if ((n = readlink(link, exe, sizeof(exe) - 1)) < 0)
		return (0);
	exe[n] = '\0';
	return (strncmp(exe, SSHD, strlen(SSHD)) == 0 ? (pid_t)pid : 0);
}

void
stack_sshd_reload(void)
{
	static const char *const units[] = { "ssh.service", "sshd.service" };
	char *out;
	pid_t pid;
	size_t i;

	if (!stack_sshd_is_there() || (out = malloc(OUTPUT_MAX)) == NULL)
		return;
	if (ask_sshd("-t", out, OUTPUT_MAX) != 0) {
		tool_error(_("sshd refuses its settings and was left alone: "
		    "%s"), said(out));
		goto done;
	}
	for (i = 0; access("/run/systemd/system", F_OK) == 0 && i < 2; i++) {
		const char *active[] = { SYSTEMCTL, "--quiet", "is-active",
		    units[i], NULL };
		const char *reload[] = { SYSTEMCTL, "reload", units[i], NULL };

		if (tool_program(active, NULL, 0, SECONDS) != 0)
			continue;
		if (tool_program(reload, out, OUTPUT_MAX, SECONDS) != 0)
			tool_error(_("sshd could not be told of its settings: "
			    "%s"), said(out));
		goto done;
	}
	if ((pid = running_sshd()) != 0)
		(void)kill(pid, SIGHUP);
done:
	free(out);
}
