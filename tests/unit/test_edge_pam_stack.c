/*
 * test_edge_pam_stack.c - test of edge/pam_stack: files as libpam takes them,
 * and what is wrong with them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/edge/pam_stack.h"
#include "unit.h"

static char top[32], dir[48], vendor[48], modules[48], conf[48];
static struct sek_pam_stack_places where;
static struct sek_pam_stack *s;
static struct sek_why why;

static void
put(const char *folder, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, 0644), 0);
}

static void
setup(void)
{

	strcpy(top, "/tmp/sekisho-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(dir, sizeof(dir), "%s/etc", top);
	snprintf(vendor, sizeof(vendor), "%s/usr", top);
	snprintf(modules, sizeof(modules), "%s/lib", top);
	snprintf(conf, sizeof(conf), "%s/pam.conf", top);
	ck_assert_int_eq(mkdir(dir, 0755) | mkdir(vendor, 0755) |
	    mkdir(modules, 0755), 0);
	put(modules, "pam_unix.so", "");
	put(modules, "pam_sekisho_gate.so", "");
	put(modules, "pam_sekisho_password.so", "");
	where = (struct sek_pam_stack_places){ .dir = dir, .vendor = vendor,
	    .conf = conf, .modules = { modules, NULL } };
}

static void
teardown(void)
{
	char command[64];

	sek_pam_stack_free(&s);
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

static enum sek_err
load(const char *service)
{

	sek_pam_stack_free(&s);
	return (sek_pam_stack_load(&s, &where, service, &why));
}

/* The lines of a phase, one a word: "FILE:LINE:LEVEL:MODULE ". */
static const char *
told(enum sek_phase phase)
{
	static char text[2048];
	const struct sek_stack_line *l;
	size_t i, n, at = 0;

	l = sek_pam_stack_lines(s, phase, &n);
	text[0] = '\0';
	for (i = 0; i < n && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "%s%s:%u:%u:%s", i > 0 ? " " : "", l[i].file, l[i].number,
		    l[i].level, l[i].kind == SEK_STACK_MUST_FAIL ? "fails" :
		    l[i].module);
	return (text);
}

/* The line of a note of this fault; -1: there is none. */
static int
noted(enum sek_stack_fault fault)
{
	const struct sek_pam_stack_note *n;
	size_t i, count;

	n = sek_pam_stack_notes(s, &count);
	for (i = 0; i < count; i++)
		if (n[i].fault == fault)
			return ((int)n[i].number);
	return (-1);
}

START_TEST(lines)
{

	put(dir, "svc", "# comment \\\n\n"
	    "auth [success=1 default=ignore] pam_unix.so nullok [a b\\]c]\n"
	    "AUTH\trequired \\\n  # still the same line\n\n\tpam_unix.so #x\n"
	    "-account required pam_unix.so\n"
	    "session optional pam_unix.so");
	ck_assert_int_eq(load("SVC"), SEK_OK);
	ck_assert_str_eq(told(SEK_PHASE_AUTH),
	    "svc:3:0:pam_unix.so svc:4:0:pam_unix.so");
	ck_assert_str_eq(told(SEK_PHASE_ACCOUNT), "svc:8:0:pam_unix.so");
	ck_assert_str_eq(told(SEK_PHASE_SESSION), "svc:9:0:pam_unix.so");
	ck_assert_str_eq(told(SEK_PHASE_PASSWORD), "");
}
END_TEST

START_TEST(arguments)
{
	const struct sek_stack_line *l;
	size_t n;

	put(dir, "svc", "auth [success=1 default=ignore] pam_unix.so"
	    " nullok [a b\\]c]\n"
	    "auth required pam_sekisho_password.so backend=pam_gone.so\n");
	ck_assert_int_eq(load("svc"), SEK_OK);
	l = sek_pam_stack_lines(s, SEK_PHASE_AUTH, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(l[0].control, "success=1 default=ignore");
	ck_assert_uint_eq(l[0].argc, 2);
	ck_assert_str_eq(l[0].argv[1], "a b]c");
	ck_assert(!l[0].absent && l[0].known_place);
	ck_assert(l[1].role == SEK_STACK_PASSWORD && l[1].backend_absent);
}
END_TEST

START_TEST(includes)
{

	put(dir, "common", "auth required pam_unix.so\n"
	    "account required pam_unix.so\n");
	put(dir, "svc", "@include common\nauth substack inner\n"
	    "account include common\n");
	put(dir, "inner", "@include common\nauth optional pam_unix.so\n"
	    "account required pam_never.so\n");
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert_str_eq(told(SEK_PHASE_AUTH), "common:1:0:pam_unix.so"
	    " svc:2:0:inner common:1:1:pam_unix.so inner:2:1:pam_unix.so");
	ck_assert_str_eq(told(SEK_PHASE_ACCOUNT),
	    "common:2:0:pam_unix.so common:2:0:pam_unix.so");
	ck_assert(sek_pam_stack_includes(s, "inner"));
	ck_assert(!sek_pam_stack_includes(s, "svc"));
}
END_TEST

START_TEST(other_answers)
{

	put(dir, "svc", "auth required pam_unix.so\n");
	put(dir, "other", "auth required pam_deny.so\n"
	    "account required pam_unix.so\n");
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert_str_eq(told(SEK_PHASE_AUTH), "svc:1:0:pam_unix.so");
	ck_assert_str_eq(told(SEK_PHASE_ACCOUNT), "other:2:0:pam_unix.so");
	ck_assert(sek_pam_stack_own(s, SEK_PHASE_AUTH));
	ck_assert(!sek_pam_stack_own(s, SEK_PHASE_ACCOUNT));
	ck_assert_int_eq(load("nosuch"), SEK_OK);
	ck_assert_str_eq(told(SEK_PHASE_AUTH), "other:1:0:pam_deny.so");
	ck_assert_int_eq(noted(SEK_STACK_NO_FILE), 0);
	put(vendor, "vend", "auth required pam_unix.so\n");
	ck_assert_int_eq(load("vend"), SEK_OK);
	ck_assert(strstr(told(SEK_PHASE_AUTH), "usr/vend:1:0") != NULL);
}
END_TEST

START_TEST(broken_files)
{

	put(dir, "other", "");
	put(dir, "svc", "auth required pam_unix.so\nauth include gone\n"
	    "auth\nbogus required pam_unix.so\nauth [success=] pam_unix.so\n");
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert_str_eq(told(SEK_PHASE_AUTH), "svc:1:0:pam_unix.so"
	    " svc:2:0:fails svc:3:0:fails svc:4:0:fails svc:5:0:pam_unix.so");
	ck_assert_int_eq(noted(SEK_STACK_INCLUDE), 2);
	ck_assert_int_eq(noted(SEK_STACK_BAD_LINE), 5);
	put(dir, "svc", "auth required pam_unix.so\n@include gone\n");
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert_str_eq(told(SEK_PHASE_AUTH), "");
	ck_assert_int_eq(noted(SEK_STACK_UNREADABLE), 2);
	put(dir, "svc", "auth required pam_unix.so\nauth required \\\n");
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert_int_eq(noted(SEK_STACK_UNREADABLE), 2);
	put(dir, "svc", "auth include\n");
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert_int_eq(noted(SEK_STACK_UNREADABLE), 1);
	/* A broken "other" refuses every service. */
	put(dir, "svc", "auth required pam_unix.so\n");
	put(dir, "other", "@include gone\n");
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert_str_eq(told(SEK_PHASE_AUTH), "");
}
END_TEST

START_TEST(vendors_includes)
{

	put(vendor, "common", "auth required pam_unix.so\n");
	put(dir, "svc", "auth include common\n");
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert(strstr(told(SEK_PHASE_AUTH), "pam_unix.so") != NULL);
	ck_assert_int_eq(noted(SEK_STACK_INCLUDE_VENDOR), 1);
}
END_TEST

START_TEST(loops)
{

	put(dir, "svc", "auth required pam_unix.so\nauth include svc\n");
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert_int_eq(noted(SEK_STACK_INCLUDE_LOOP), 2);
	ck_assert_str_eq(told(SEK_PHASE_AUTH), "");
	/* A substack of itself comes to an end, 16 deep. */
	put(dir, "svc", "auth substack svc\n");
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert(strstr(told(SEK_PHASE_AUTH), "svc:1:15:fails") != NULL);
	/* Two of them would be 65 536 lines. */
	put(dir, "svc", "auth substack svc\nauth substack svc\n");
	ck_assert_int_eq(load("svc"), SEK_ERR_RANGE);
	ck_assert(strstr(why.text, "svc") != NULL);
}
END_TEST

START_TEST(bounds)
{
	char big[4096];
	unsigned i;
	FILE *f;
	char path[96];

	/* A comment of more than 1023 bytes: its end is a line to libpam. */
	memset(big, ' ', sizeof(big));
	big[0] = '#';
	strcpy(big + 1100, "auth sufficient pam_unix.so\n");
	put(dir, "svc", big);
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert_str_eq(told(SEK_PHASE_AUTH), "svc:1:0:pam_unix.so");
	ck_assert_int_ge(noted(SEK_STACK_LONG_LINE), 1);
	snprintf(path, sizeof(path), "%s/svc", dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	for (i = 0; i < 3000; i++)
		fputs("auth required pam_unix.so\n", f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(load("svc"), SEK_ERR_RANGE);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	for (i = 0; i < 300000; i++)
		fputs("#\n", f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(load("svc"), SEK_ERR_RANGE);
	for (i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "f%u", i);
		snprintf(big, sizeof(big), "auth include f%u\n", i + 1);
		put(dir, path, big);
	}
	ck_assert_int_eq(load("f0"), SEK_ERR_RANGE);
}
END_TEST

START_TEST(others_may_write)
{
	char path[96];

	put(dir, "svc", "auth required pam_unix.so\n"
	    "auth required pam_sekisho_gate.so\n");
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert_int_eq(noted(SEK_STACK_WRITABLE), -1);
	snprintf(path, sizeof(path), "%s/svc", dir);
	ck_assert_int_eq(chmod(path, 0664), 0);
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert_int_eq(noted(SEK_STACK_WRITABLE), 0);
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_assert_int_eq(chmod(dir, 0777), 0);
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert_int_eq(noted(SEK_STACK_WRITABLE), 0);
	snprintf(path, sizeof(path), "%s/pam_sekisho_gate.so", modules);
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert(s != NULL && strstr(told(SEK_PHASE_AUTH), "gate") != NULL);
	{
		size_t n;
		const struct sek_stack_line *l =
		    sek_pam_stack_lines(s, SEK_PHASE_AUTH, &n);

		ck_assert(l[1].untrusted && l[1].role == SEK_STACK_FOREIGN);
	}
}
END_TEST

/* A file that is root's, where its folder or a link to it is not. */
START_TEST(others_may_put_another_in_its_place)
{
	const struct sek_stack_line *l;
	char mine[64], path[96], text[256];
	size_t n;

	snprintf(mine, sizeof(mine), "%s/mine", top);
	ck_assert_int_eq(mkdir(mine, 0755), 0);
	put(mine, "svc", "auth required pam_unix.so\n");
	put(mine, "pam_x.so", "");
	snprintf(path, sizeof(path), "%s/linked", dir);
	snprintf(text, sizeof(text), "%s/svc", mine);
	ck_assert_int_eq(symlink(text, path), 0);
	snprintf(text, sizeof(text), "auth include %s/svc\n", mine);
	put(dir, "including", text);
	snprintf(text, sizeof(text), "auth required %s/pam_x.so\nauth required"
	    " pam_sekisho_password.so backend=%s/pam_x.so\n", mine, mine);
	put(dir, "calling", text);
	ck_assert_int_eq(load("linked"), SEK_OK);
	ck_assert_int_eq(noted(SEK_STACK_WRITABLE), -1);
	ck_assert_int_eq(load("including"), SEK_OK);
	ck_assert_int_eq(noted(SEK_STACK_WRITABLE), -1);
	ck_assert_int_eq(load("calling"), SEK_OK);
	l = sek_pam_stack_lines(s, SEK_PHASE_AUTH, &n);
	ck_assert(n == 2 && !l[0].untrusted && !l[1].untrusted);
	ck_assert_int_eq(chmod(mine, 0777), 0);
	ck_assert_int_eq(load("linked"), SEK_OK);
	ck_assert_int_eq(noted(SEK_STACK_WRITABLE), 0);
	ck_assert_int_eq(load("including"), SEK_OK);
	ck_assert_int_eq(noted(SEK_STACK_WRITABLE), 0);
	ck_assert_int_eq(load("calling"), SEK_OK);
	l = sek_pam_stack_lines(s, SEK_PHASE_AUTH, &n);
	ck_assert(n == 2 && l[0].untrusted && l[1].untrusted);
	ck_assert_int_eq(l[1].role, SEK_STACK_FOREIGN);
	/* In a sticky folder nobody removes what is another's. */
	ck_assert_int_eq(chmod(mine, 01777), 0);
	ck_assert_int_eq(load("calling"), SEK_OK);
	l = sek_pam_stack_lines(s, SEK_PHASE_AUTH, &n);
	ck_assert(n == 2 && !l[0].untrusted && !l[1].untrusted);
}
END_TEST

START_TEST(odd_files)
{
	char path[96];

	put(dir, "other", "auth required pam_deny.so\n");
	snprintf(path, sizeof(path), "%s/svc", dir);
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert_str_eq(told(SEK_PHASE_AUTH), "other:1:0:pam_deny.so");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	ck_assert_int_eq(load("svc"), SEK_ERR_IO);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert_int_eq(noted(SEK_STACK_NOT_A_FILE), 0);
	ck_assert_int_eq(load("../svc"), SEK_ERR_SYNTAX);
	ck_assert_int_eq(load(""), SEK_ERR_SYNTAX);
}
END_TEST

START_TEST(without_folders)
{
	char **names;
	size_t n;

	where.dir = where.vendor = "/nonexistent";
	put(top, "pam.conf", "svc auth required pam_unix.so\n"
	    "SVC account required pam_unix.so\n"
	    "other account required pam_deny.so\nelse auth required x.so\n");
	ck_assert_int_eq(load("svc"), SEK_OK);
	ck_assert(strstr(told(SEK_PHASE_AUTH), ":1:0:pam_unix.so") != NULL);
	ck_assert(strstr(told(SEK_PHASE_ACCOUNT), ":2:0:pam_unix") != NULL);
	ck_assert_int_eq(load("else"), SEK_OK);
	ck_assert(strstr(told(SEK_PHASE_ACCOUNT), ":3:0:pam_deny") != NULL);
	ck_assert_int_eq(sek_pam_stack_names(&names, &n, &where, &why),
	    SEK_OK);
	ck_assert_uint_eq(n, 3);
	sek_pam_stack_names_free(&names, n);
	where.conf = NULL;
	ck_assert_int_eq(load("svc"), SEK_ERR_NOT_FOUND);
	ck_assert_int_eq(sek_pam_stack_names(&names, &n, &where, &why),
	    SEK_ERR_NOT_FOUND);
}
END_TEST

START_TEST(names)
{
	char **all;
	size_t n;

	put(dir, "sshd", "");
	put(dir, "login", "");
	put(dir, "login.dpkg-old", "");
	put(dir, "login~", "");
	put(dir, ".login.swp", "");
	put(dir, "README", "");
	put(vendor, "polkit-1", "");
	put(vendor, "sshd", "");
	ck_assert_int_eq(sek_pam_stack_names(&all, &n, &where, &why), SEK_OK);
	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(all[0], "login");
	ck_assert_str_eq(all[1], "polkit-1");
	ck_assert_str_eq(all[2], "sshd");
	sek_pam_stack_names_free(&all, n);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		lines,
		arguments,
		includes,
		other_answers,
		broken_files,
		vendors_includes,
		loops,
		bounds,
		others_may_write,
		others_may_put_another_in_its_place,
		odd_files,
		without_folders,
		names,
		NULL
	};

	return (unit_run_with("edge_pam_stack", tests, setup, teardown));
}
