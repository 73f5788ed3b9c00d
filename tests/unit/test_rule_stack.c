/*
 * test_rule_stack.c - test of rule/stack and rule/stack_proof: known bypasses are
 * found, sound stacks are proved, and no search overlooks what trying every
 * answer finds
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/model/method.h"
#include "sekisho/rule/stack_proof.h"
#include "unit.h"

#define ROWS	16

/* A line in short. control NULL ends; "substack" opens level + 1. */
struct row {
	const char	*control;
	const char	*module;
	unsigned	 level;
	bool		 absent;
};

#define LOCKOUT		"pam_sekisho_lockout.so"
#define PASSWORD	"pam_sekisho_password.so"
#define OATH		"pam_sekisho_oath.so"
#define FIDO2		"pam_sekisho_fido2.so"
#define BIOMETRIC	"pam_sekisho_biometric.so"
#define TICKET		"pam_sekisho_ticket.so"
#define GATE		"pam_sekisho_gate.so"
#define UNIX		"pam_unix.so"
#define PERMIT		"pam_permit.so"
#define DENY		"pam_deny.so"

#define R(module)	{ "required", module, 0, false }
#define OURS		R(LOCKOUT), R(PASSWORD), R(OATH), R(GATE)

static const char *const backend[] = { "backend=pam_unix.so" };

static size_t
build(struct sek_stack_line lines[ROWS], const struct row *rows,
    enum sek_phase phase)
{
	struct sek_stack_line *l;
	size_t n;

	memset(lines, 0, ROWS * sizeof(*lines));
	for (n = 0; n < ROWS && rows[n].control != NULL; n++) {
		l = &lines[n];
		l->file = "svc";
		l->number = (unsigned)n + 1;
		l->control = rows[n].control;
		l->module = rows[n].module;
		l->level = rows[n].level;
		l->absent = rows[n].absent;
		l->known_place = true;
		l->kind = SEK_STACK_MODULE;
		if (strcmp(l->control, "substack") == 0)
			l->kind = SEK_STACK_SUBSTACK;
		else
			ck_assert(sek_stack_control(l->action, l->control));
		if (l->module != NULL && strcmp(l->module, PASSWORD) == 0) {
			l->argv = backend;
			l->argc = 1;
		}
		sek_stack_know(l, phase);
	}
	return (n);
}

/* ---- stacks whose truth is known */

static const struct known_stack {
	const char	*name;
	bool		 ok;
	enum sek_phase	 phase;
	bool		 root_switch;
	unsigned	 by[4];		/* the way in: lines, from 1 */
	struct row	 rows[ROWS];
} stacks[] = {
	{ "as shipped", true, SEK_PHASE_AUTH, false, { 0 }, { OURS } },
	{ "as shipped, account", true, SEK_PHASE_ACCOUNT, false, { 0 },
	    { R(LOCKOUT), R(PASSWORD), R(GATE) } },
	{ "with security keys and tickets", true, SEK_PHASE_AUTH, false, { 0 },
	    { R(LOCKOUT), R(PASSWORD), R(FIDO2), R(OATH), R(TICKET),
	      R(GATE) } },
	{ "a sufficient key of ours", true, SEK_PHASE_AUTH, false, { 0 },
	    { R(LOCKOUT), R(PASSWORD), { "sufficient", FIDO2, 0, false },
	      R(GATE) } },
	{ "others before and after", true, SEK_PHASE_AUTH, false, { 0 },
	    { R("pam_nologin.so"), R("pam_env.so"), OURS, R("pam_cap.so") } },
	{ "no line", true, SEK_PHASE_AUTH, false, { 0 }, { { 0 } } },
	{ "plain Debian", false, SEK_PHASE_AUTH, false, { 1, 3 },
	    { { "success=1 default=ignore", UNIX, 0, false },
	      { "requisite", DENY, 0, false }, R(PERMIT) } },
	/* Fingerprint before security key, as authselect writes it. */
	{ "sufficient before a required factor", false, SEK_PHASE_AUTH, false,
	    { 1 }, { { "sufficient", "pam_fprintd.so", 0, false },
	      R("pam_u2f.so") } },
	{ "sufficient before ours", false, SEK_PHASE_AUTH, false, { 1 },
	    { { "sufficient", "pam_fprintd.so", 0, false }, OURS } },
	{ "a sufficient lockout of others", false, SEK_PHASE_AUTH, false,
	    { 1 }, { { "sufficient", "pam_faillock.so", 0, false }, OURS } },
	{ "sufficient after the gate", true, SEK_PHASE_AUTH, false, { 0 },
	    { OURS, { "sufficient", UNIX, 0, false } } },
	{ "a jump over the gate", false, SEK_PHASE_AUTH, false, { 4, 6 },
	    { R(LOCKOUT), R(PASSWORD), R(OATH),
	      { "success=1 default=ignore", UNIX, 0, false }, R(GATE),
	      R(PERMIT) } },
	{ "a jump to the gate", true, SEK_PHASE_AUTH, false, { 0 },
	    { R(LOCKOUT), { "success=2 default=ignore", UNIX, 0, false },
	      R(PASSWORD), R(OATH), R(GATE) } },
	{ "a jump past the end", true, SEK_PHASE_AUTH, false, { 0 },
	    { R(LOCKOUT), R(PASSWORD), R(OATH),
	      { "success=9 default=ignore", UNIX, 0, false }, R(GATE) } },
	/* A user-chosen card: others' helpers say success by themselves. */
	{ "gdm-smartcard", false, SEK_PHASE_AUTH, false, { 1, 3 },
	    { { "success=ok default=bad", "pam_faillock.so", 0, false },
	      { "success=ok ignore=ignore default=ignore", "pam_pkcs11.so", 0,
	        false }, R(PERMIT) } },
	/* What pam-auth-update leaves behind a Primary block of ours. */
	{ "Primary block behind ours", false, SEK_PHASE_AUTH, false, { 4, 6 },
	    { R(LOCKOUT), R(PASSWORD), R(OATH),
	      { "success=1 default=ignore", UNIX, 0, false },
	      { "requisite", DENY, 0, false }, R(PERMIT) } },
	{ "gate ends Primary", true, SEK_PHASE_AUTH, false, { 0 },
	    { R(LOCKOUT), R(PASSWORD), R(OATH),
	      { "success=1 default=die", GATE, 0, false },
	      { "requisite", DENY, 0, false }, R(PERMIT) } },
	{ "the gate's line is lost", true, SEK_PHASE_AUTH, false, { 0 },
	    { R(LOCKOUT), R(PASSWORD), R(OATH) } },
	{ "the gate's line is lost, another says yes", false, SEK_PHASE_AUTH,
	    false, { 4 }, { R(LOCKOUT), R(PASSWORD), R(OATH), R(PERMIT) } },
	{ "an optional gate", false, SEK_PHASE_AUTH, false, { 2, 3 },
	    { R(LOCKOUT), { "optional", GATE, 0, false }, R(UNIX) } },
	{ "a gate by itself, optional", true, SEK_PHASE_AUTH, false, { 0 },
	    { { "optional", GATE, 0, false } } },
	{ "all optional", false, SEK_PHASE_AUTH, false, { 2 },
	    { { "optional", UNIX, 0, false },
	      { "optional", "pam_u2f.so", 0, false } } },
	{ "done in a substack ends only that", true, SEK_PHASE_AUTH, false,
	    { 0 }, { { "substack", "inner", 0, false },
	      { "success=done default=ignore", UNIX, 1, false }, R(GATE) } },
	{ "done after the gate, skipped by a substack's jump", false,
	    SEK_PHASE_AUTH, false, { 1, 5 },
	    { { "success=1 default=ignore", UNIX, 0, false },
	      { "substack", "ours", 0, false },
	      { "required", LOCKOUT, 1, false },
	      { "required", GATE, 1, false }, R(PERMIT) } },
	{ "the gate's no is reset", false, SEK_PHASE_AUTH, false, { 2, 3, 4 },
	    { { "substack", "ours", 0, false },
	      { "required", GATE, 1, false },
	      { "default=reset", "pam_warn.so", 0, false }, R(PERMIT) } },
	{ "reset within the substack of the gate", false, SEK_PHASE_AUTH,
	    false, { 2, 3, 4 }, { { "substack", "ours", 0, false },
	      { "required", GATE, 1, false },
	      { "default=reset", UNIX, 1, false }, R(PERMIT) } },
	{ "pam_deny cannot be sufficient", true, SEK_PHASE_AUTH, false, { 0 },
	    { { "sufficient", DENY, 0, false }, OURS } },
	{ "done with an error is no success", true, SEK_PHASE_AUTH, false,
	    { 0 }, { { "default=done", "pam_faildelay.so", 0, true }, OURS } },
	{ "root's own su", true, SEK_PHASE_AUTH, true, { 0 },
	    { { "sufficient", "pam_rootok.so", 0, false }, OURS } },
	{ "pam_rootok where root listens", false, SEK_PHASE_AUTH, false,
	    { 1 }, { { "sufficient", "pam_rootok.so", 0, false }, OURS } },
	{ "root's own su, and another way", false, SEK_PHASE_AUTH, true,
	    { 2 }, { { "sufficient", "pam_rootok.so", 0, false },
	      { "sufficient", "pam_localuser.so", 0, false }, OURS } },
	{ "pam_wheel without trust says nothing", true, SEK_PHASE_AUTH,
	    false, { 0 }, { { "sufficient", "pam_wheel.so", 0, false },
	      OURS } },
	{ "pam_nologin says nothing", true, SEK_PHASE_AUTH, false, { 0 },
	    { { "sufficient", "pam_nologin.so", 0, false }, OURS } },
	{ "pam_systemd has no auth", true, SEK_PHASE_AUTH, false, { 0 },
	    { { "sufficient", "pam_systemd.so", 0, false }, OURS } },
	{ "an absent module cannot say yes", true, SEK_PHASE_AUTH, false,
	    { 0 }, { { "sufficient", "pam_fprintd.so", 0, true }, OURS } },
	{ "an absent gate cannot say no for good", false, SEK_PHASE_AUTH,
	    false, { 1, 2 }, { R(UNIX), { "module_unknown=ignore default=bad",
	      GATE, 0, true } } },
	{ "account: sufficient before the gate", false, SEK_PHASE_ACCOUNT,
	    false, { 1 }, { { "sufficient", UNIX, 0, false }, R(GATE) } },
	/* Change due is let in after the change: no must not become that. */
	{ "account: a change due hides the gate's no", false,
	    SEK_PHASE_ACCOUNT, false, { 1, 2 },
	    { { "success=ok default=bad", UNIX, 0, false }, R(GATE) } },
	{ "account: change due, keywords", true, SEK_PHASE_ACCOUNT, false,
	    { 0 }, { R(UNIX), R(GATE) } },
	/* In the password phase the yes is the password line's. */
	{ "a change by ours", true, SEK_PHASE_PASSWORD, false, { 0 },
	    { R(PASSWORD) } },
	{ "a change by pam-auth-update's lines", true, SEK_PHASE_PASSWORD,
	    false, { 0 }, { { "success=2 default=die", PASSWORD, 0, false },
	      { "success=1 default=ignore", UNIX, 0, false },
	      { "requisite", DENY, 0, false }, R(PERMIT),
	      { "optional", "pam_gnome_keyring.so", 0, false } } },
	{ "a change by others", false, SEK_PHASE_PASSWORD, false, { 1, 3 },
	    { { "success=1 default=ignore", UNIX, 0, false },
	      { "requisite", DENY, 0, false },
	      { "optional", PERMIT, 0, false } } },
	{ "another's change suffices", false, SEK_PHASE_PASSWORD, false,
	    { 1 }, { { "sufficient", UNIX, 0, false }, R(PASSWORD) } },
	{ "ours need not say yes", false, SEK_PHASE_PASSWORD, false, { 1 },
	    { R(PERMIT), { "optional", PASSWORD, 0, false } } },
	{ "no change at all", true, SEK_PHASE_PASSWORD, false, { 0 },
	    { { "requisite", DENY, 0, false } } },
	{ "a gate says nothing of a change", false, SEK_PHASE_PASSWORD, false,
	    { 1 }, { { "required", GATE, 0, false } } },
	{ "auth: a change due is no way in", true, SEK_PHASE_AUTH, false,
	    { 0 }, { { "success=ok default=bad", UNIX, 0, false }, R(GATE) } },
};

static void
check_way(const struct known_stack *k, const struct sek_stack_proof *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++) {
		if (!p->path[i].counts)
			continue;
		ck_assert_msg(n < 4 && p->path[i].line + 1u == k->by[n],
		    "%s: line %d is told", k->name, p->path[i].line + 1);
		n++;
	}
	ck_assert_msg(n == 4 || k->by[n] == 0, "%s: line %u is not told",
	    k->name, n < 4 ? k->by[n] : 0);
}

START_TEST(known_stacks)
{
	const struct known_stack *k = &stacks[_i];
	struct sek_stack_line lines[ROWS];
	struct sek_stack_proof p;
	size_t n;

	n = build(lines, k->rows, k->phase);
	ck_assert_int_eq(sek_stack_proof_run(&p, lines, n, k->phase,
	    k->root_switch), SEK_OK);
	ck_assert_msg(p.ok == k->ok, "%s: %s", k->name,
	    p.ok ? "nothing found" : "a way in");
	check_way(k, &p);
}
END_TEST

/* Any line may be lost, any stranger's line added with a keyword's control
 * that does not end the stack: nobody gets in by that. */
START_TEST(ours_stands)
{
	static const char *const controls[] = {
		"required", "requisite", "optional"
	};
	static const struct row ours[] = { OURS, { NULL, NULL, 0, false } };
	struct sek_stack_line lines[ROWS];
	struct row rows[ROWS] = { { 0 } };
	struct sek_stack_proof p;
	size_t lost, at, c, i, n;

	for (lost = 0; lost < 4; lost++) {
		for (i = n = 0; i < 4; i++)
			if (i != lost)
				rows[n++] = ours[i];
		rows[n].control = NULL;
		n = build(lines, rows, SEK_PHASE_AUTH);
		ck_assert_int_eq(sek_stack_proof_run(&p, lines, n,
		    SEK_PHASE_AUTH, false), SEK_OK);
		ck_assert(p.ok);
	}
	for (c = 0; c < 3; c++)
		for (at = 0; at < 5; at++) {
			for (i = n = 0; n < 5; n++)
				rows[n] = n == at ? (struct row){ controls[c],
				    UNIX, 0, false } : ours[i++];
			rows[n].control = NULL;
			n = build(lines, rows, SEK_PHASE_AUTH);
			ck_assert_int_eq(sek_stack_proof_run(&p, lines, n,
			    SEK_PHASE_AUTH, false), SEK_OK);
			ck_assert_msg(p.ok, "%s at %zu", controls[c], at);
		}
}
END_TEST

START_TEST(lines_ask_for_their_methods)
{
	static const struct {
		const char *module;
		uint32_t methods;
	} v[] = {
		{ LOCKOUT, 0 }, { GATE, 0 }, { UNIX, 0 }, { "pam_u2f.so", 0 },
		{ "pam_sekisho_session.so", 0 },
		{ PASSWORD, SEK_METHOD_BIT(SEK_METHOD_PASSWORD) },
		{ OATH, SEK_METHOD_BIT(SEK_METHOD_TOTP) |
		    SEK_METHOD_BIT(SEK_METHOD_HOTP) },
		{ "pam_sekisho_card.so", SEK_METHODS_CARD },
		{ FIDO2, SEK_METHOD_BIT(SEK_METHOD_FIDO2) },
		{ "/usr/lib/security/" FIDO2,
		    SEK_METHOD_BIT(SEK_METHOD_FIDO2) },
		{ TICKET, SEK_METHOD_BIT(SEK_METHOD_TICKET) },
		{ BIOMETRIC, SEK_METHOD_BIT(SEK_METHOD_FINGERPRINT) }
	};
	struct sek_stack_line lines[ROWS];
	struct row rows[ROWS];
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		memset(rows, 0, sizeof(rows));
		rows[0].control = "required";
		rows[0].module = v[i].module;
		ck_assert_uint_eq(build(lines, rows, SEK_PHASE_AUTH), 1);
		ck_assert_uint_eq(sek_stack_methods(&lines[0]), v[i].methods);
		rows[0].absent = true;
		(void)build(lines, rows, SEK_PHASE_AUTH);
		ck_assert_uint_eq(sek_stack_methods(&lines[0]), 0);
		/* Ours by name only. */
		lines[0].absent = false;
		lines[0].strange = true;
		sek_stack_know(&lines[0], SEK_PHASE_AUTH);
		ck_assert_uint_eq(sek_stack_methods(&lines[0]), 0);
	}
}
END_TEST

START_TEST(controls)
{
	int a[SEK_STACK_CODES];

	ck_assert(sek_stack_control(a, "REQUISITE"));
	ck_assert_int_eq(a[SEK_STACK_SUCCESS], SEK_STACK_DO_OK);
	ck_assert_int_eq(a[7], SEK_STACK_DO_DIE);
	ck_assert(sek_stack_control(a, "success=2 auth_err=die default=ok"));
	ck_assert_int_eq(a[SEK_STACK_SUCCESS], 2);
	ck_assert_int_eq(a[7], SEK_STACK_DO_DIE);
	ck_assert_int_eq(a[30], SEK_STACK_DO_OK);
	ck_assert(sek_stack_control(a, "default=ignore success=okauth_err=3"));
	ck_assert_int_eq(a[SEK_STACK_SUCCESS], SEK_STACK_DO_OK);
	ck_assert_int_eq(a[7], 3);
	ck_assert(sek_stack_control(a, "success=4294967295"));
	ck_assert_int_eq(a[SEK_STACK_SUCCESS], SEK_STACK_DO_OK);
	ck_assert(!sek_stack_control(a, "success=0"));
	ck_assert(!sek_stack_control(a, "success=yes default=ok"));
	ck_assert(!sek_stack_control(a, "succeed=ok"));
	ck_assert_int_eq(a[SEK_STACK_SUCCESS], SEK_STACK_DO_BAD);
	ck_assert_int_eq(a[SEK_STACK_IGNORE], SEK_STACK_DO_BAD);
}
END_TEST

START_TEST(prints_lines)
{
	struct row rows[] = { { "sufficient", UNIX, 0, false },
	    { "success=1 default=ignore", UNIX, 0, false },
	    { NULL, NULL, 0, false } };
	struct sek_stack_line lines[ROWS];
	char text[80];

	build(lines, rows, SEK_PHASE_AUTH);
	lines[0].file = "common-auth";
	lines[0].number = 17;
	ck_assert(sek_stack_print(text, sizeof(text), &lines[0],
	    SEK_PHASE_AUTH));
	ck_assert_str_eq(text, "common-auth:17 auth sufficient pam_unix.so");
	ck_assert(sek_stack_print(text, sizeof(text), &lines[1],
	    SEK_PHASE_ACCOUNT));
	ck_assert_str_eq(text,
	    "svc:2 account [success=1 default=ignore] pam_unix.so");
	ck_assert(!sek_stack_print(text, 20, &lines[1], SEK_PHASE_ACCOUNT));
}
END_TEST

/* ---- faults */

static unsigned seen[SEK_STACK_FAULTS];

static void
see(void *arg, enum sek_stack_fault fault, const struct sek_stack_line *line)
{

	(void)arg;
	ck_assert_ptr_nonnull(line);
	seen[fault] = line->number;
}

static void
look(struct sek_stack_line *lines, size_t n)
{

	memset(seen, 0, sizeof(seen));
	ck_assert_int_eq(sek_stack_proof_faults(lines, n, SEK_PHASE_AUTH,
	    false, see, NULL), SEK_OK);
}

START_TEST(faults_of_order)
{
	static const struct row rows[] = { R(OATH), R(LOCKOUT), R(GATE),
	    R(PASSWORD), R(GATE), { NULL, NULL, 0, false } };
	static const struct row gone[] = { R(LOCKOUT), R(OATH),
	    { "sufficient", "pam_fprintd.so", 0, true },
	    { "required", "pam_gone.so", 0, true },
	    { NULL, NULL, 0, false } };
	static const struct row sound[] = { OURS, { NULL, NULL, 0, false } };
	static const struct row latent[] = {
	    { "sufficient", "pam_fprintd.so", 0, true }, OURS,
	    { NULL, NULL, 0, false } };
	struct sek_stack_line lines[ROWS];
	unsigned f;

	look(lines, build(lines, rows, SEK_PHASE_AUTH));
	ck_assert_uint_eq(seen[SEK_STACK_NO_ROUND], 1);
	ck_assert_uint_eq(seen[SEK_STACK_AFTER_GATE], 4);
	ck_assert_uint_eq(seen[SEK_STACK_SECOND_GATE], 5);
	ck_assert_uint_eq(seen[SEK_STACK_NO_GATE], 0);
	look(lines, build(lines, gone, SEK_PHASE_AUTH));
	ck_assert_uint_eq(seen[SEK_STACK_NO_GATE], 2);
	ck_assert_uint_eq(seen[SEK_STACK_ABSENT], 4);
	look(lines, build(lines, latent, SEK_PHASE_AUTH));
	ck_assert_uint_eq(seen[SEK_STACK_LATENT], 1);
	look(lines, build(lines, sound, SEK_PHASE_AUTH));
	for (f = 0; f <= SEK_STACK_NO_TRAIT; f++)
		ck_assert_msg(seen[f] == 0, "fault %u in a sound stack", f);
}
END_TEST

static void
look_at_password(const struct row *rows)
{
	struct sek_stack_line lines[ROWS];
	size_t n = build(lines, rows, SEK_PHASE_PASSWORD);

	memset(seen, 0, sizeof(seen));
	ck_assert_int_eq(sek_stack_proof_faults(lines, n, SEK_PHASE_PASSWORD,
	    false, see, NULL), SEK_OK);
}

START_TEST(who_sets_a_password_beside_ours_is_told)
{
	static const struct row alone[] = { R(PASSWORD),
	    { "optional", "pam_gnome_keyring.so", 0, false },
	    { NULL, NULL, 0, false } };
	static const struct row before[] = { R(UNIX), R(PASSWORD),
	    { NULL, NULL, 0, false } };
	static const struct row after[] = { R(PASSWORD),
	    { "sufficient", "pam_sss.so", 0, false },
	    { NULL, NULL, 0, false } };
	static const struct row jumped[] = {
	    { "success=1 default=die", PASSWORD, 0, false }, R(UNIX),
	    R(PERMIT), { NULL, NULL, 0, false } };
	static const struct row gone[] = { R(PASSWORD),
	    { "optional", UNIX, 0, true }, { NULL, NULL, 0, false } };
	static const struct row others[] = { R(UNIX),
	    { NULL, NULL, 0, false } };
	size_t f;

	look_at_password(alone);
	for (f = 0; f < SEK_STACK_FAULTS; f++)
		ck_assert_msg(seen[f] == 0, "fault %zu", f);
	look_at_password(before);
	ck_assert_uint_eq(seen[SEK_STACK_KEEPER], 1);
	ck_assert_int_eq(sek_stack_proof_harm(SEK_STACK_KEEPER),
	    SEK_STACK_OPENS);
	look_at_password(after);
	ck_assert_uint_eq(seen[SEK_STACK_KEEPER], 2);
	look_at_password(jumped);
	ck_assert_uint_eq(seen[SEK_STACK_KEEPER], 0);
	look_at_password(gone);
	ck_assert_uint_eq(seen[SEK_STACK_KEEPER], 0);
	look_at_password(others);
	ck_assert_uint_eq(seen[SEK_STACK_KEEPER], 0);
}
END_TEST

static void
look_at_session(const struct row *rows)
{
	struct sek_stack_line lines[ROWS];
	size_t n = build(lines, rows, SEK_PHASE_SESSION);

	memset(seen, 0, sizeof(seen));
	sek_stack_proof_session(lines, n, see, NULL);
}

#define PRIVILEGE	"pam_sekisho_privilege.so"
#define SESSION		"pam_sekisho_session.so"
#define SYSTEMD		"pam_systemd.so"
#define END		{ NULL, NULL, 0, false }

/* Where each of our lines of a session has to be told, by line; 0: not. */
static const struct {
	struct row	rows[5];
	unsigned	no_privilege, no_session, late, early;
} sessions[] = {
	{ { R(UNIX), R(SYSTEMD), END }, 0, 0, 0, 0 },
	{ { R(PRIVILEGE), R(SYSTEMD), R(SESSION), END }, 0, 0, 0, 0 },
	{ { R(PRIVILEGE), R(SESSION), R(UNIX), END }, 0, 0, 0, 0 },
	{ { R(SYSTEMD), R(SESSION), END }, 2, 0, 0, 0 },
	{ { R(SESSION), R(SYSTEMD), END }, 1, 0, 0, 1 },
	{ { R(PRIVILEGE), R(SYSTEMD), END }, 0, 1, 0, 0 },
	{ { R(SYSTEMD), R(PRIVILEGE), R(SESSION), END }, 0, 0, 2, 0 },
	{ { R(SESSION), R(PRIVILEGE), END }, 0, 0, 2, 0 },
	{ { R(PRIVILEGE), R(SESSION), R(SYSTEMD), END }, 0, 0, 0, 2 },
	{ { R("/lib/security/" PRIVILEGE), R("/x/" SYSTEMD),
	    R("/lib/security/" SESSION), END }, 0, 0, 0, 0 }
};

START_TEST(a_session_has_both_of_our_lines_in_their_places)
{

	look_at_session(sessions[_i].rows);
	ck_assert_uint_eq(seen[SEK_STACK_NO_PRIVILEGE],
	    sessions[_i].no_privilege);
	ck_assert_uint_eq(seen[SEK_STACK_NO_SESSION],
	    sessions[_i].no_session);
	ck_assert_uint_eq(seen[SEK_STACK_PRIVILEGE_LATE], sessions[_i].late);
	ck_assert_uint_eq(seen[SEK_STACK_SESSION_EARLY], sessions[_i].early);
	ck_assert_int_eq(sek_stack_proof_harm(SEK_STACK_NO_PRIVILEGE),
	    SEK_STACK_OPENS);
}
END_TEST

START_TEST(faults_of_arguments)
{
	static const struct row rows[] = { OURS, { NULL, NULL, 0, false } };
	static const char *const permit[] = { "backend=pam_permit.so" };
	static const char *const nullok[] = { "backend=pam_unix.so",
	    "nullok", "backend=pam_unix.so", "nullok_secure",
	    "backend=pam_permit.so", "nullresetok" };
	static const char *const before[] = { "nullok",
	    "backend=pam_unix.so", "conf=/of/the/backend" };
	static const char *const conf[] = { "conf=/tmp/mine" };
	struct sek_stack_line lines[ROWS];
	size_t i, n;

	n = build(lines, rows, SEK_PHASE_AUTH);
	lines[1].argv = permit;
	look(lines, n);
	ck_assert_uint_eq(seen[SEK_STACK_BACKEND], 2);
	ck_assert_int_eq(sek_stack_proof_harm(SEK_STACK_BACKEND),
	    SEK_STACK_OPENS);
	/* What the module refuses lets nobody in. */
	lines[1].argc = 2;
	for (i = 0; i < 3; i++) {
		lines[1].argv = nullok + 2 * i;
		look(lines, n);
		ck_assert_uint_eq(seen[SEK_STACK_BACKEND_ARGUMENT], 2);
		ck_assert_uint_eq(seen[SEK_STACK_BACKEND], i < 2 ? 0 : 2);
	}
	ck_assert_int_eq(sek_stack_proof_harm(SEK_STACK_BACKEND_ARGUMENT),
	    SEK_STACK_SHUTS);
	/* Before backend= it is our argument: the module refuses it. */
	lines[1].argv = before;
	lines[1].argc = 3;
	look(lines, n);
	ck_assert_uint_eq(seen[SEK_STACK_BACKEND], 0);
	ck_assert_uint_eq(seen[SEK_STACK_BACKEND_ARGUMENT], 0);
	ck_assert_uint_eq(seen[SEK_STACK_OTHER_CONF], 0);
	lines[1].argc = 0;
	lines[3].argv = conf;
	lines[3].argc = 1;
	look(lines, n);
	ck_assert_uint_eq(seen[SEK_STACK_NO_BACKEND], 2);
	ck_assert_uint_eq(seen[SEK_STACK_OTHER_CONF], 4);
}
END_TEST

/* Each said yes to nobody in particular when libpam was asked. */
START_TEST(backends_that_know_no_password)
{
	static const struct row rows[] = { OURS, { NULL, NULL, 0, false } };
	static const char *const weak[][2] = {
		{ "backend=pam_faillock.so", "preauth" },
		{ "backend=pam_securetty.so", "" },
		{ "backend=pam_lastlog.so", "" },
		{ "backend=pam_cap.so", "" },
		{ "backend=pam_google_authenticator.so", "" },
		{ "backend=pam_exec.so", "/bin/true" }
	};
	static const char *const told[] = {
		"backend=pam_exec.so", "expose_authtok", "/usr/bin/check"
	};
	struct sek_stack_line lines[ROWS];
	size_t i, n;

	n = build(lines, rows, SEK_PHASE_AUTH);
	for (i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		lines[1].argv = weak[i];
		lines[1].argc = 2;
		look(lines, n);
		ck_assert_msg(seen[SEK_STACK_BACKEND] == 2, "%s", weak[i][0]);
	}
	lines[1].argv = told;
	lines[1].argc = 3;
	look(lines, n);
	ck_assert_uint_eq(seen[SEK_STACK_BACKEND], 0);
}
END_TEST

/* A vendor's module asks for another method, and is one that checks it. */
START_TEST(backends_that_check_no_trait)
{
	static const struct row rows[] = { { "required", LOCKOUT, 0, false },
	    { "required", BIOMETRIC, 0, false },
	    { "required", GATE, 0, false }, { NULL, NULL, 0, false } };
	static const char *const none[] = {
		"backend=pam_permit.so", "backend=pam_unix.so",
		"backend=/lib/security/pam_sss.so", "backend=pam_ldap.so",
		"backend=pam_krb5.so", "backend=pam_rootok.so",
		"backend=pam_succeed_if.so", "backend=pam_oath.so",
		"backend=pam_u2f.so", "backend=pam_google_authenticator.so",
		"backend=pam_pkcs11.so", "backend=pam_p11.so",
		"backend=pam_fprintd.so", "backend=pam_debug.so",
		"backend=/opt/x/pam_sekisho_gate.so", "backend=pam_warn.so"
	};
	static const char *const face[] = { "prompt=x",
	    "backend=/opt/face/pam_face.so", "nullok", "conf=/of/the/backend" };
	struct sek_stack_line lines[ROWS];
	const char *const *argv;
	size_t i, n, more = 0;

	n = build(lines, rows, SEK_PHASE_AUTH);
	look(lines, n);
	ck_assert_uint_eq(seen[SEK_STACK_NO_TRAIT], 0);
	ck_assert_uint_eq(seen[SEK_STACK_NO_BACKEND], 0);
	ck_assert_ptr_null(sek_stack_backend(&lines[1], &argv, &more));
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		ck_assert(sek_stack_backend_is_no_trait(none[i] + 8));
		lines[1].argv = none + i;
		lines[1].argc = 1;
		look(lines, n);
		ck_assert_msg(seen[SEK_STACK_NO_TRAIT] == 2, "%s", none[i]);
		ck_assert_uint_eq(seen[SEK_STACK_BACKEND], 0);
		ck_assert_uint_eq(sek_stack_methods(&lines[1]),
		    SEK_METHOD_BIT(SEK_METHOD_VENDOR_BIOMETRIC));
	}
	ck_assert_int_eq(sek_stack_proof_harm(SEK_STACK_NO_TRAIT),
	    SEK_STACK_SHUTS);
	lines[1].argv = face;
	lines[1].argc = 4;
	lines[1].backend_absent = true;
	look(lines, n);
	ck_assert_uint_eq(seen[SEK_STACK_NO_TRAIT], 0);
	ck_assert_uint_eq(seen[SEK_STACK_BACKEND_ARGUMENT], 0);
	ck_assert_uint_eq(seen[SEK_STACK_OTHER_CONF], 0);
	ck_assert_uint_eq(seen[SEK_STACK_BACKEND_ABSENT], 2);
	ck_assert_str_eq(sek_stack_backend(&lines[1], &argv, &more),
	    "/opt/face/pam_face.so");
	ck_assert_uint_eq(more, 2);
	ck_assert(!sek_stack_backend_is_no_trait("/opt/face/pam_face.so"));
	ck_assert(!sek_stack_backend_is_no_trait("pam_exec.so"));
	/* The password's own backends are other ones. */
	lines[1].role = SEK_STACK_OURS;
	ck_assert_ptr_null(sek_stack_backend(&lines[1], &argv, &more));
}
END_TEST

START_TEST(untrusted_gate_is_none)
{
	static const struct row rows[] = { OURS, { NULL, NULL, 0, false } };
	struct sek_stack_line lines[ROWS];
	struct sek_stack_proof p;
	size_t n;

	n = build(lines, rows, SEK_PHASE_AUTH);
	lines[3].untrusted = true;
	sek_stack_know(&lines[3], SEK_PHASE_AUTH);
	look(lines, n);
	ck_assert_uint_eq(seen[SEK_STACK_UNTRUSTED], 4);
	ck_assert_int_eq(sek_stack_proof_harm(SEK_STACK_UNTRUSTED),
	    SEK_STACK_OPENS);
	ck_assert_int_eq(sek_stack_proof_run(&p, lines, n, SEK_PHASE_AUTH,
	    false), SEK_OK);
	ck_assert(!p.ok);
}
END_TEST

/* ---- the search against trying everything */

#define SMALL	5
#define TRIED	2500

static const int codes[4] = { 0, 12, 25, 7 };
static uint64_t random_state = 0x5eed;

static unsigned
any(unsigned below)
{

	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return ((unsigned)((random_state >> 33) % below));
}

static size_t
random_stack(struct sek_stack_line *lines)
{
	static const int actions[] = { 0, 0, -1, -1, -2, -3, -3, -4, -5, 1,
	    1, 2 };
	size_t i, n = 2 + any(SMALL - 1);
	unsigned c, level = 0;

	memset(lines, 0, SMALL * 2 * sizeof(*lines));
	for (i = 0; i < n; i++) {
		lines[i].level = level;
		lines[i].may = 1u << 0 | 1u << 12 | 1u << 25 | 1u << 7;
		lines[i].kind = SEK_STACK_MODULE;
		lines[i].role = any(3) == 0 ? SEK_STACK_GATE :
		    SEK_STACK_FOREIGN;
		for (c = 0; c < 4; c++)
			lines[i].action[codes[c]] = actions[any(12)];
		if (i + 1 < n && any(5) == 0) {
			lines[i].kind = SEK_STACK_SUBSTACK;
			level++;
		} else if (level > 0 && any(3) == 0)
			level--;
	}
	return (n);
}

/* Is there an answer to each by which it lets in and no gate said yes? */
static bool
try_everything(const struct sek_stack_line *lines, size_t n,
    enum sek_phase phase)
{
	int says[SMALL * 2], chain[SMALL * 2], rc;
	unsigned all, i, m = 1;
	bool yes;

	for (i = 0; i < n; i++)
		m *= 4;
	for (all = 0; all < m; all++) {
		for (i = 0; i < n; i++)
			says[i] = codes[all >> (2 * i) & 3];
		rc = sek_stack_run(lines, n, says, chain, false);
		if (rc != SEK_STACK_SUCCESS && (phase == SEK_PHASE_AUTH ||
		    rc != SEK_STACK_CHANGE_DUE))
			continue;
		for (yes = false, i = 0; i < n; i++)
			yes = yes || (chain[i] == SEK_STACK_SUCCESS &&
			    lines[i].kind == SEK_STACK_MODULE &&
			    lines[i].role == SEK_STACK_GATE);
		if (!yes)
			return (true);
	}
	return (false);
}

/* The way told is one: walk it. */
static void
walk_way(const struct sek_stack_line *lines, size_t n,
    const struct sek_stack_proof *p, enum sek_phase phase)
{
	struct sek_stack_state s;
	size_t i;
	int rc;

	sek_stack_begin(&s);
	for (i = 0; i < p->n; i++) {
		ck_assert_uint_eq(s.at, p->path[i].line);
		sek_stack_step(&s, lines, n, p->path[i].answer,
		    p->path[i].answer);
	}
	ck_assert_uint_ge(s.at, n);
	rc = sek_stack_result(&s);
	ck_assert(rc == SEK_STACK_SUCCESS || (phase == SEK_PHASE_ACCOUNT &&
	    rc == SEK_STACK_CHANGE_DUE));
}

START_TEST(search_overlooks_nothing)
{
	struct sek_stack_line lines[SMALL * 2];
	struct sek_stack_proof p;
	enum sek_phase phase;
	size_t i, n, sound = 0;

	for (i = 0; i < TRIED; i++) {
		n = random_stack(lines);
		phase = i % 2 == 0 ? SEK_PHASE_AUTH : SEK_PHASE_ACCOUNT;
		ck_assert_int_eq(sek_stack_proof_run(&p, lines, n, phase,
		    false), SEK_OK);
		ck_assert_msg(p.ok == !try_everything(lines, n, phase),
		    "stack %zu", i);
		if (p.ok)
			sound++;
		else
			walk_way(lines, n, &p, phase);
	}
	ck_assert_msg(sound > TRIED / 20 && sound < TRIED - TRIED / 20,
	    "dull stacks: %zu sound", sound);
}
END_TEST

/* Deep and long, it ends. */
START_TEST(large_stacks_end)
{
	static struct sek_stack_line lines[SEK_STACK_LINES_MAX + 1];
	struct sek_stack_proof p;
	enum sek_err err;
	size_t i;

	for (i = 0; i < SEK_STACK_LINES_MAX + 1; i++) {
		lines[i].file = "svc";
		lines[i].kind = i < 15 ? SEK_STACK_SUBSTACK :
		    SEK_STACK_MODULE;
		lines[i].level = i < 15 ? (unsigned)i : 15;
		ck_assert(sek_stack_control(lines[i].action,
		    "success=ok new_authtok_reqd=3 ignore=reset default=bad"));
		lines[i].module = UNIX;
		lines[i].control = "";
		sek_stack_know(&lines[i], SEK_PHASE_AUTH);
	}
	lines[700].role = SEK_STACK_GATE;
	err = sek_stack_proof_run(&p, lines, SEK_STACK_LINES_MAX,
	    SEK_PHASE_AUTH, false);
	ck_assert(err == SEK_OK || (err == SEK_ERR_RANGE && !p.ok));
	ck_assert_int_eq(sek_stack_proof_run(&p, lines,
	    SEK_STACK_LINES_MAX + 1, SEK_PHASE_AUTH, false), SEK_ERR_RANGE);
	ck_assert(!p.ok);
}
END_TEST

int
main(void)
{
	TCase *tc = tcase_create("rule_stack");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, controls);
	tcase_add_test(tc, lines_ask_for_their_methods);
	tcase_add_test(tc, prints_lines);
	tcase_add_loop_test(tc, known_stacks, 0,
	    (int)(sizeof(stacks) / sizeof(stacks[0])));
	tcase_add_test(tc, ours_stands);
	tcase_add_test(tc, faults_of_order);
	tcase_add_test(tc, who_sets_a_password_beside_ours_is_told);
	tcase_add_loop_test(tc, a_session_has_both_of_our_lines_in_their_places,
	    0, (int)(sizeof(sessions) / sizeof(sessions[0])));
	tcase_add_test(tc, faults_of_arguments);
	tcase_add_test(tc, backends_that_know_no_password);
	tcase_add_test(tc, backends_that_check_no_trait);
	tcase_add_test(tc, untrusted_gate_is_none);
	tcase_add_test(tc, search_overlooks_nothing);
	tcase_add_test(tc, large_stacks_end);
	return (unit_run_case("rule_stack", tc));
}
