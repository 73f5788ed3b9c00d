/*
 * test_rule_stack_edit.c - test of rule/stack_edit: what is put in goes back byte
 * for byte, whatever else was changed meanwhile
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/rule/stack_edit.h"
#include "unit.h"

static const char sshd[] =
"# PAM configuration for the Secure Shell service\n"
"@include common-auth\n"
"account    required     pam_nologin.so\n"
"@include common-account  \n"
"session    required     pam_loginuid.so\n"
"@include common-session\n"
"session    optional     pam_motd.so\n"
"@include common-password\n";

static const char sshd_put[] =
"# PAM configuration for the Secure Shell service\n"
"# sekisho-was: @include common-auth\n"
"@include sekisho-auth\n"
"account    required     pam_nologin.so\n"
"# sekisho-was: @include common-account  \n"
"@include sekisho-account\n"
"session    required     pam_loginuid.so\n"
"# sekisho-added: @include sekisho-privilege\n"
"@include sekisho-privilege\n"
"# sekisho-was: @include common-session\n"
"@include common-session\n"
"@include sekisho-session\n"
"session    optional     pam_motd.so\n"
"# sekisho-was: @include common-password\n"
"@include sekisho-password\n";

/* The text after putting in; the caller frees. */
static char *
put(const char *text, unsigned take, const char *vendor)
{
	struct sek_edit e;
	size_t len;
	char *out;

	ck_assert_int_eq(sek_edit_put(&e, text, strlen(text), take, vendor),
	    SEK_OK);
	out = sek_edit_text(&e, &len);
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(len, strlen(out));
	sek_edit_free(&e);
	return (out);
}

struct undone {
	char		*text;
	unsigned	 changed;
	unsigned	 kept;
	unsigned	 ours;
	bool		 copy;
};

static struct undone
undo(const char *text)
{
	struct undone u;
	struct sek_edit e;
	size_t len;

	ck_assert_int_eq(sek_edit_undo(&e, text, strlen(text)), SEK_OK);
	u.text = sek_edit_text(&e, &len);
	ck_assert_ptr_nonnull(u.text);
	u.changed = e.changed;
	u.kept = e.kept;
	u.ours = e.ours;
	u.copy = e.copy;
	sek_edit_free(&e);
	return (u);
}

/* text with what replaced by with; the caller frees. */
static char *
changed(const char *text, const char *what, const char *with)
{
	const char *at = strstr(text, what);
	char *out = NULL;

	ck_assert_ptr_nonnull(at);
	ck_assert_int_gt(asprintf(&out, "%.*s%s%s", (int)(at - text), text,
	    with, at + strlen(what)), 0);
	return (out);
}

static void
goes_back(const char *text)
{
	char *done = put(text, SEK_EDIT_LOGIN, NULL);
	struct undone u = undo(done);

	ck_assert_str_eq(u.text, text);
	ck_assert_uint_eq(u.kept, 0);
	ck_assert_uint_eq(u.ours, 0);
	ck_assert(!u.copy);
	free(u.text);
	free(done);
}

START_TEST(sshd_gets_its_lines)
{
	char *done = put(sshd, SEK_EDIT_LOGIN, NULL);

	ck_assert_str_eq(done, sshd_put);
	free(done);
}
END_TEST

START_TEST(every_file_goes_back_byte_for_byte)
{
	static const char *const texts[] = {
		"", "\n", "# nothing\n", "@include common-auth\n",
		"@include common-auth", "@include common-session",
		"@include common-auth\n@include common-session",
		"@include common-session-noninteractive \t",
		"  @include\tcommon-auth # why\n",
		"auth substack system-auth\nauth include postlogin\n"
		"account include password-auth\nsession include system-auth\n",
		"-auth include common-auth\n", "@include common-auth\r\n",
		"@include common-session\nx\n@include common-session\n",
		"auth required pam_unix.so \\\n@include common-auth\n",
		"@include other\n", "auth include su\n",
		"@include common-auth\n\n\n@include common-account",
		"@include common-password", "@include common-password # x\n",
		"password substack system-auth\n"
		"-password optional pam_gnome_keyring.so use_authtok\n", sshd
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		goes_back(texts[i]);
}
END_TEST

START_TEST(putting_in_twice_changes_nothing)
{
	char *once = put(sshd, SEK_EDIT_LOGIN, NULL);
	char *twice = put(once, SEK_EDIT_LOGIN, NULL);

	ck_assert_str_eq(once, twice);
	free(once);
	free(twice);
}
END_TEST

START_TEST(only_the_phases_asked_for)
{
	char *done = put(sshd, SEK_EDIT_ACCOUNT, NULL);

	ck_assert_ptr_null(strstr(done, "sekisho-auth"));
	ck_assert_ptr_null(strstr(done, "sekisho-session"));
	ck_assert_ptr_null(strstr(done, "sekisho-password"));
	ck_assert_ptr_nonnull(strstr(done, "@include sekisho-account\n"));
	free(done);
}
END_TEST

/* Never the system's line and ours: two would set the password twice. */
START_TEST(the_password_line_takes_the_place_of_the_system_s)
{
	char *done = put("password substack system-auth\n"
	    "-password optional pam_gnome_keyring.so use_authtok\n"
	    "password include system-auth\n", SEK_EDIT_PASSWORD, NULL);
	const char *ours = "password\tinclude\tsekisho-password\n";
	char *first = strstr(done, ours);

	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(strstr(first + 1, ours));
	ck_assert_ptr_null(strstr(done, "\npassword substack"));
	ck_assert_ptr_null(strstr(done, "\npassword include"));
	ck_assert_ptr_nonnull(strstr(done, "\n-password optional pam_gnome"));
	free(done);
}
END_TEST

/* A terminal of before, whose services ask already, gets the new line. */
START_TEST(a_phase_that_is_new_is_put_in_beside_the_others)
{
	char *before = put(sshd, SEK_EDIT_LOGIN & ~SEK_EDIT_PASSWORD, NULL);
	char *after = put(before, SEK_EDIT_LOGIN, NULL);
	struct undone u = undo(after);

	ck_assert_ptr_nonnull(strstr(before, "\n@include common-password\n"));
	ck_assert_str_eq(after, sshd_put);
	ck_assert_str_eq(u.text, sshd);
	free(u.text);
	free(before);
	free(after);
}
END_TEST

START_TEST(lines_of_its_own_by_which_passwords_change_stay)
{
	static const char text[] =
	    "password requisite pam_pwquality.so retry=3\n"
	    "password sufficient pam_unix.so use_authtok\n";
	char *done = put(text, SEK_EDIT_LOGIN, NULL);

	ck_assert_str_eq(done, text);
	free(done);
}
END_TEST

START_TEST(a_continued_line_is_not_taken_apart)
{
	char *done = put("auth required pam_unix.so \\\n@include common-auth\n"
	    "@include common-auth \\\n x\n", SEK_EDIT_LOGIN, NULL);

	ck_assert_ptr_null(strstr(done, "sekisho"));
	free(done);
}
END_TEST

/* Files of a version before: the line in front is put in, nothing twice. */
START_TEST(the_line_in_front_is_put_in_where_it_lacks)
{
	char *old = changed(sshd_put,
	    "# sekisho-added: @include sekisho-privilege\n"
	    "@include sekisho-privilege\n", "");
	char *done = put(old, SEK_EDIT_LOGIN, NULL);
	char *again = put(done, SEK_EDIT_LOGIN, NULL);
	char *rhel = put("session include postlogin\n"
	    "session include system-auth\n", SEK_EDIT_SESSION, NULL);
	struct undone before = undo(done);

	ck_assert_str_eq(done, sshd_put);
	ck_assert_str_eq(again, sshd_put);
	ck_assert_str_eq(before.text, sshd);
	ck_assert_str_eq(rhel, "session include postlogin\n"
	    "# sekisho-added: session\tinclude\tsekisho-privilege\n"
	    "session\tinclude\tsekisho-privilege\n"
	    "# sekisho-was: session include system-auth\n"
	    "session include system-auth\n"
	    "session\tinclude\tsekisho-session\n");
	free(old);
	free(done);
	free(again);
	free(rhel);
	free(before.text);
}
END_TEST

START_TEST(the_session_line_comes_behind_the_last_one)
{
	char *done = put("@include common-session\nsession required a.so\n"
	    "@include common-session-noninteractive\n", SEK_EDIT_LOGIN, NULL);

	ck_assert_str_eq(done, "# sekisho-added: @include sekisho-privilege\n"
	    "@include sekisho-privilege\n@include common-session\n"
	    "session required a.so\n"
	    "# sekisho-was: @include common-session-noninteractive\n"
	    "@include common-session-noninteractive\n"
	    "@include sekisho-session\n");
	free(done);
}
END_TEST

START_TEST(other_lines_changed_meanwhile_stay_changed)
{
	char *more = changed(sshd_put, "session    optional     pam_motd.so\n",
	    "session    optional     pam_mine.so\n@include more\n");
	char *want = changed(sshd, "session    optional     pam_motd.so\n",
	    "session    optional     pam_mine.so\n@include more\n");
	struct undone u = undo(more);

	ck_assert_str_eq(u.text, want);
	ck_assert_uint_eq(u.kept, 0);
	free(u.text);
	free(want);
	free(more);
}
END_TEST

START_TEST(a_line_an_administrator_put_for_ours_stays)
{
	char *more = changed(sshd_put, "@include sekisho-auth\n",
	    "auth required pam_his.so\n");
	char *want = changed(sshd, "@include common-auth\n",
	    "auth required pam_his.so\n");
	struct undone u = undo(more);

	ck_assert_str_eq(u.text, want);
	ck_assert_uint_eq(u.kept, 1);
	free(u.text);
	free(want);
	free(more);
}
END_TEST

START_TEST(a_line_of_ours_taken_out_leaves_the_system_s)
{
	char *more = changed(sshd_put, "@include sekisho-auth\n", "");
	struct undone u = undo(more);

	ck_assert_str_eq(u.text, sshd);
	free(u.text);
	free(more);
	more = changed(sshd_put, "@include sekisho-auth\n",
	    "#@include sekisho-auth\n");
	u = undo(more);
	ck_assert_ptr_nonnull(strstr(u.text, "\n@include common-auth\n"));
	free(u.text);
	free(more);
}
END_TEST

START_TEST(a_line_behind_what_ended_the_file_has_its_own)
{
	char *done = put("@include common-auth", SEK_EDIT_LOGIN, NULL);
	char *more = NULL;
	struct undone u;

	ck_assert_int_gt(asprintf(&more, "%sauth required x.so\n", done), 0);
	u = undo(more);
	ck_assert_str_eq(u.text, "@include common-auth\nauth required x.so\n");
	free(u.text);
	free(more);
	free(done);
}
END_TEST

START_TEST(lines_of_ours_without_a_marker_are_told_of)
{
	struct undone u = undo("@include sekisho-auth\n"
	    "@include common-account\n");

	ck_assert_uint_eq(u.changed, 0);
	ck_assert_uint_eq(u.ours, 1);
	ck_assert_str_eq(u.text, "@include sekisho-auth\n"
	    "@include common-account\n");
	free(u.text);
}
END_TEST

START_TEST(a_copy_goes_unless_it_was_changed)
{
	char *done = put(sshd, SEK_EDIT_ACCOUNT, "/usr/lib/pam.d/x");
	char *more = NULL;
	struct undone u = undo(done);

	ck_assert(u.copy);
	free(u.text);
	ck_assert_int_gt(asprintf(&more, "%s# mine\n", done), 0);
	u = undo(more);
	ck_assert(!u.copy);
	ck_assert_ptr_nonnull(strstr(u.text, "# mine\n"));
	free(u.text);
	free(more);
	free(done);
}
END_TEST

START_TEST(a_first_line_goes_back)
{
	struct sek_edit e;
	struct undone u;
	size_t len;
	char *done;

	ck_assert_int_eq(sek_edit_put_first(&e, "Port 22\n", 8, "Include x"),
	    SEK_OK);
	done = sek_edit_text(&e, &len);
	sek_edit_free(&e);
	ck_assert_str_eq(done, "# sekisho-added: Include x\nInclude x\n"
	    "Port 22\n");
	u = undo(done);
	ck_assert_str_eq(u.text, "Port 22\n");
	free(u.text);
	free(done);
}
END_TEST

START_TEST(a_nul_is_refused)
{
	struct sek_edit e;

	ck_assert_int_eq(sek_edit_put(&e, "a\0b", 3, SEK_EDIT_LOGIN, NULL),
	    SEK_ERR_SYNTAX);
	ck_assert_int_eq(sek_edit_undo(&e, "a\0b", 3), SEK_ERR_SYNTAX);
}
END_TEST

/* patch(1) makes of the old text and the difference the new one. */
static void
patches(const char *text)
{
	char *done = put(text, SEK_EDIT_LOGIN, NULL), *diff, got[8192];
	char dir[] = "/tmp/sekisho-edit.XXXXXX", cmd[256];
	struct sek_edit e;
	size_t n;
	FILE *f;

	ck_assert_int_eq(sek_edit_put(&e, text, strlen(text), SEK_EDIT_LOGIN,
	    NULL), SEK_OK);
	diff = sek_edit_diff(&e, "a", "b");
	ck_assert_ptr_nonnull(diff);
	sek_edit_free(&e);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(cmd, sizeof(cmd), "%s/a", dir);
	ck_assert_ptr_nonnull(f = fopen(cmd, "w"));
	fputs(text, f);
	fclose(f);
	(void)snprintf(cmd, sizeof(cmd), "patch -s %s/a", dir);
	ck_assert_ptr_nonnull(f = popen(cmd, "w"));
	fputs(diff, f);
	ck_assert_int_eq(pclose(f), 0);
	(void)snprintf(cmd, sizeof(cmd), "%s/a", dir);
	ck_assert_ptr_nonnull(f = fopen(cmd, "r"));
	n = fread(got, 1, sizeof(got) - 1, f);
	got[n] = '\0';
	fclose(f);
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	ck_assert_int_eq(system(cmd), 0);
	ck_assert_str_eq(got, done);
	free(diff);
	free(done);
}

START_TEST(the_difference_is_one_patch_takes)
{
	if (system("command -v patch >/dev/null 2>&1") != 0)
		return;
	patches(sshd);
	patches("a\nb\nc\nd\ne\n@include common-auth\nf\ng\nh\ni\nj\nk\nl\nm\n"
	    "n\no\n@include common-session");
	patches("@include common-auth\n1\n2\n3\n4\n5\n6\n"
	    "@include common-account\n1\n2\n3\n4\n5\n6\n7\n"
	    "@include common-session\n");
}
END_TEST

/* Files of lines drawn by lot go back, with foreign lines put in between. */
START_TEST(files_by_lot_go_back)
{
	static const char *const words[] = { "@include common-auth\n",
		"@include common-account \n", "@include common-session\n",
		"@include common-session-noninteractive\n", "# x\n", "\n",
		"auth required pam_unix.so \\\n", "@include common-auth",
		"session include system-auth\n", "auth substack system-auth\n",
		"@include common-session", "@include common-password\n",
		"account required pam_nologin.so\n", "\\\n", " ",
		"@include sekisho-auth\n", "-session include system-auth\n",
		"# sekisho\n", "[", "\t@include common-account#\n" };
	unsigned seed = 1, round, i, n;
	char text[4096];
	struct undone u;
	char *done;

	for (round = 0; round < 20000; round++) {
		text[0] = '\0';
		n = (unsigned)rand_r(&seed) % 12;
		for (i = 0; i < n; i++)
			strcat(text, words[(unsigned)rand_r(&seed) %
			    (sizeof(words) / sizeof(words[0]))]);
		done = put(text, (unsigned)rand_r(&seed) % 8, NULL);
		u = undo(done);
		ck_assert_str_eq(u.text, text);
		ck_assert_uint_eq(u.kept, 0);
		free(u.text);
		free(done);
	}
}
END_TEST

START_TEST(services_are_known_by_name)
{
	ck_assert_uint_eq(sek_edit_rule("sshd")->take, SEK_EDIT_LOGIN);
	ck_assert(!sek_edit_rule("sshd")->inside);
	ck_assert(sek_edit_rule("sudo")->inside);
	ck_assert_uint_eq(sek_edit_rule("cron")->take,
	    SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT);
	ck_assert_uint_eq(sek_edit_rule("passwd")->take, SEK_EDIT_PASSWORD);
	ck_assert_uint_eq(sek_edit_rule("chpasswd")->take, SEK_EDIT_PASSWORD);
	ck_assert_uint_eq(sek_edit_rule("newusers")->take, SEK_EDIT_PASSWORD);
	ck_assert_int_eq(sek_edit_rule("passwd")->entry, SEK_ENTRY_NONE);
	ck_assert_uint_eq(sek_edit_rule("login")->take & SEK_EDIT_PASSWORD,
	    SEK_EDIT_PASSWORD);
	ck_assert_uint_eq(sek_edit_rule("gdm-launch-environment")->take, 0);
	ck_assert_uint_eq(sek_edit_rule("lightdm-greeter")->take, 0);
	ck_assert_uint_eq(sek_edit_rule("lightdm")->take, SEK_EDIT_LOGIN);
	ck_assert_uint_eq(sek_edit_rule("gdm-autologin")->take,
	    SEK_EDIT_ACCOUNT | SEK_EDIT_PASSWORD);
	ck_assert_uint_eq(sek_edit_rule("useradd")->take, 0);
	ck_assert(sek_edit_is_part("common-auth"));
	ck_assert(sek_edit_is_part("sekisho-auth"));
	ck_assert(!sek_edit_is_part("sshd"));
}
END_TEST

START_TEST(lockers_get_auth_and_account_lines_and_no_session)
{
	static const char *const lockers[] = { "swaylock", "i3lock",
	    "xscreensaver",
	    "i3lock-color", "xsecurelock", "waylock", "hyprlock", "gtklock",
	    "slock", "kde", "kde-fingerprint", "kde-smartcard",
	    "kscreensaver", "mate-screensaver", "cinnamon-screensaver",
	    "xfce4-screensaver", "gnome-screensaver", NULL };
	const struct sek_edit_rule *r;
	size_t i;

	for (i = 0; lockers[i] != NULL; i++) {
		r = sek_edit_rule(lockers[i]);
		ck_assert_msg(r->entry == SEK_ENTRY_LOCKER && r->take ==
		    (SEK_EDIT_AUTH | SEK_EDIT_ACCOUNT) && r->inside, "%s",
		    lockers[i]);
	}
	/* They have a process of root's: services as others. */
	ck_assert_int_eq(sek_edit_rule("physlock")->entry, SEK_ENTRY_LOGIN);
	ck_assert_uint_eq(sek_edit_rule("vlock")->take, SEK_EDIT_LOGIN);
}
END_TEST

START_TEST(what_the_helper_goes_by_is_a_service_and_left_alone)
{
	static const char *const names[] = { SEK_EDIT_LOCKER,
	    "sekisho-helper", "sekisho-witness", NULL };
	size_t i;

	for (i = 0; names[i] != NULL; i++) {
		ck_assert(sek_edit_is_own(names[i]));
		ck_assert(!sek_edit_is_part(names[i]));
		ck_assert_uint_eq(sek_edit_rule(names[i])->take, 0);
		ck_assert_int_eq(sek_edit_rule(names[i])->entry,
		    SEK_ENTRY_LOGIN);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		sshd_gets_its_lines,
		every_file_goes_back_byte_for_byte,
		putting_in_twice_changes_nothing,
		only_the_phases_asked_for,
		the_password_line_takes_the_place_of_the_system_s,
		a_phase_that_is_new_is_put_in_beside_the_others,
		lines_of_its_own_by_which_passwords_change_stay,
		a_continued_line_is_not_taken_apart,
		the_line_in_front_is_put_in_where_it_lacks,
		the_session_line_comes_behind_the_last_one,
		other_lines_changed_meanwhile_stay_changed,
		a_line_an_administrator_put_for_ours_stays,
		a_line_of_ours_taken_out_leaves_the_system_s,
		a_line_behind_what_ended_the_file_has_its_own,
		lines_of_ours_without_a_marker_are_told_of,
		a_copy_goes_unless_it_was_changed,
		a_first_line_goes_back,
		a_nul_is_refused,
		the_difference_is_one_patch_takes,
		files_by_lot_go_back,
		services_are_known_by_name,
		lockers_get_auth_and_account_lines_and_no_session,
		what_the_helper_goes_by_is_a_service_and_left_alone,
		NULL
	};

	return (unit_run("rule_stack_edit", tests));
}
