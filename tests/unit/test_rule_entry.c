/*
 * test_rule_entry.c - the steps of entry, each alone and in their order
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "sekisho/base/text.h"
#include "sekisho/rule/entry.h"
#include "tests/unit/unit.h"

static struct sek_claimant who;
static struct sek_account account;
static struct sek_person person;
static struct sek_lock_state lock, caller_lock;
static struct sek_plan plan;
static struct sek_entry e;

/* Somebody against whom nothing is to be said. */
static void
somebody(void)
{
	memset(&who, 0, sizeof who);
	memset(&account, 0, sizeof account);
	memset(&person, 0, sizeof person);
	memset(&lock, 0, sizeof lock);
	memset(&caller_lock, 0, sizeof caller_lock);
	memset(&plan, 0, sizeof plan);
	memset(&e, 0, sizeof e);
	strcpy(who.name, "alice");
	strcpy(who.service, "login");
	who.uid = 1000;
	who.known = 1;
	strcpy(account.name, "alice");
	account.uid = 1000;
	plan.possible = 1;
	e.who = &who;
	e.allow_remote = "no";
	e.allow_users = e.allow_groups = e.exempt = "";
	e.account = &account;
	e.person = &person;
	e.lock = &lock;
	e.caller_lock = &caller_lock;
	e.plan = &plan;
	e.no_direct = "";
	e.has_hours = true;
	e.slot = SEK_SLOT_GRANTED;
	e.wall = 1000;
	e.dormant_after = SEK_SPAN_NEVER;
}

static enum sek_reason
all(enum sek_phase phase)
{
	return (sek_entry_first(&e, phase, SEK_ENTRY_KNOWN, SEK_ENTRY_PLAN));
}

/* Everything against her, undone one by one in the order of the steps. */
START_TEST(steps_refuse_in_their_order)
{
	somebody();
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
	who.remote = 1;
	strcpy(who.rhost, "192.0.2.1");
	e.allow_users = "bob";
	account.uid = 7;
	account.state = SEK_ACCOUNT_RETIRED;
	person.state = SEK_ACCOUNT_SUSPENDED;
	person.to = 500;
	lock.locked = caller_lock.locked = 1;
	who.caller = 1001;
	e.slot = SEK_SLOT_LOCKED;
	plan.possible = 0;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_REMOTE_NOT_ALLOWED);
	e.allow_remote = "192.0.2.0/24";
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_USER_NOT_ALLOWED);
	e.allow_groups = "staff";
	ck_assert(sek_entry_asks_groups(&e));
	e.in_groups = true;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_UID_CHANGED);
	account.uid = SEK_UID_NONE;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_RETIRED);
	account.state = SEK_ACCOUNT_ACTIVE;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_SUSPENDED);
	person.state = SEK_ACCOUNT_ACTIVE;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_TERM_ENDED);
	person.to = 1001;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_LOCKED);
	lock.locked = 0;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_CALLER_LOCKED);
	caller_lock.locked = 0;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_LOCKED);
	e.slot = SEK_SLOT_GRANTED;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NOT_ENROLLED);
	who.known = 0;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_UNKNOWN);
	plan.possible = 1;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
}
END_TEST

START_TEST(account_asks_no_lock_and_no_plan)
{
	somebody();
	lock.locked = 1;
	e.slot = SEK_SLOT_LOCKED;
	plan.possible = 0;
	ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_NONE);
	who.known = 0;
	ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_UNKNOWN);
	who.known = 1;
	account.state = SEK_ACCOUNT_SUSPENDED;
	ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_SUSPENDED);
	ck_assert_int_eq(sek_entry_step(&e, SEK_PHASE_SESSION,
	    SEK_ENTRY_SUSPENDED), SEK_REASON_NONE);
}
END_TEST

/* root is kept out by no state in account, and by each in auth. */
START_TEST(root_passes_the_account_phase)
{
	somebody();
	who.uid = account.uid = 0;
	account.state = SEK_ACCOUNT_RETIRED;
	e.allow_users = "bob";
	ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_NONE);
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_USER_NOT_ALLOWED);
}
END_TEST

/* The terminal's lists do not bind the system's services, states do. */
START_TEST(exempt_services_pass_the_lists)
{
	somebody();
	e.allow_users = "bob";
	e.exempt = "cron";
	strcpy(who.service, "cron");
	ck_assert(!sek_entry_is_terminals(&e));
	ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_NONE);
	ck_assert_int_eq(sek_entry_bare(&e), SEK_BARE_EXEMPT);
	account.state = SEK_ACCOUNT_SUSPENDED;
	ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_SUSPENDED);
	strcpy(who.service, "login");
	ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_USER_NOT_ALLOWED);
	ck_assert_int_eq(sek_entry_bare(&e), SEK_BARE_REFUSE);
	strcpy(who.service, "su");
	ck_assert_int_eq(sek_entry_bare(&e), SEK_BARE_ROOT_SWITCH);
	who.caller = 1001;
	ck_assert_int_eq(sek_entry_bare(&e), SEK_BARE_REFUSE);
	strcpy(who.service, "sudo");
	ck_assert_int_eq(sek_entry_bare(&e), SEK_BARE_REUSE);
}
END_TEST

/* Not one that is in already, nor who could wake the others from here. */
START_TEST(a_dormant_account_begins_no_session)
{
	static const char *const within[] = { "sudo", "sekisho-locker",
	    "sekisho-helper", "sekisho-witness", "xscreensaver" };
	size_t i;

	somebody();
	account.last_login = 100 * SEK_SECOND;
	e.dormant_after = 60;
	e.wall = 159 * SEK_SECOND;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
	e.wall = 160 * SEK_SECOND;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_DORMANT);
	ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_DORMANT);
	e.woken = 101 * SEK_SECOND;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
	e.woken = 0;
	for (i = 0; i < sizeof within / sizeof within[0]; i++) {
		strcpy(who.service, within[i]);
		ck_assert_msg(!sek_entry_begins(within[i]), "%s", within[i]);
		ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
	}
	strcpy(who.service, "login");
	ck_assert(sek_entry_begins("login"));
	who.console = 1;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_DORMANT);
	who.privileged = 1;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
	who.console = 0;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_DORMANT);
	/* Of a name that the store has not, nothing is known. */
	account.name[0] = '\0';
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
}
END_TEST

/* The system's own services ask neither. */
START_TEST(a_temporary_password_ends)
{
	somebody();
	e.temporary_until = 2000;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
	e.wall = 2000;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_PASSWORD_OVER);
	ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_PASSWORD_OVER);
	/* root is let in, to choose another one. */
	who.uid = 0;
	ck_assert_int_eq(sek_entry_step(&e, SEK_PHASE_AUTH,
	    SEK_ENTRY_PASSWORD), SEK_REASON_NONE);
	who.uid = 1000;
	account.last_login = 1;
	e.dormant_after = 0;
	e.exempt = "cron";
	strcpy(who.service, "cron");
	ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_NONE);
	strcpy(who.service, "su");
	ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_NONE);
}
END_TEST

/* Where a session of one's own begins, not where one becomes another. */
START_TEST(some_names_open_no_session)
{
	static const char *const into[] = { "login", "sshd", "gdm-password",
	    "other", "vsftpd" };
	static const char *const within[] = { "su", "su-l", "sudo", "cron",
	    "systemd-user", "polkit-1", "sekisho-locker", "sekisho-helper",
	    "sekisho-witness", "xscreensaver", "vlock", "passwd" };
	size_t i;

	somebody();
	e.no_direct = "root, alice";
	for (i = 0; i < sizeof into / sizeof into[0]; i++) {
		strcpy(who.service, into[i]);
		ck_assert(sek_entry_is_login(into[i]));
		ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_DIRECT);
		ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_DIRECT);
	}
	for (i = 0; i < sizeof within / sizeof within[0]; i++) {
		strcpy(who.service, within[i]);
		ck_assert_msg(!sek_entry_is_login(within[i]), "%s",
		    within[i]);
		ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
		ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_NONE);
	}
	/* At the console as well, and by whatever name of root's. */
	strcpy(who.service, "login");
	strcpy(who.name, "toor");
	who.console = 1;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
	who.uid = account.uid = 0;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_DIRECT);
	e.no_direct = "alice";
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
	/* A name nobody has, too: it tells nothing. */
	strcpy(who.name, "alice");
	who.uid = SEK_UID_NONE;
	who.known = 0;
	account.name[0] = '\0';
	account.uid = SEK_UID_NONE;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_DIRECT);
	/* What the policy exempts goes on. */
	somebody();
	e.no_direct = e.who->name;
	e.exempt = "vsftpd";
	strcpy(who.service, "vsftpd");
	ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_NONE);
}
END_TEST

START_TEST(sessions_begin_in_their_hours)
{
	somebody();
	ck_assert_int_eq(sek_window_parse(&e.hours, "Thu 09:00-10:00"),
	    SEK_OK);
	e.wall = 9 * 3600 * SEK_SECOND;		/* 1970-01-01, a Thursday */
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
	e.zone = 3600;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_HOURS);
	ck_assert_int_eq(all(SEK_PHASE_ACCOUNT), SEK_REASON_HOURS);
	who.console = who.privileged = 1;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_HOURS);
	who.uid = account.uid = 0;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
	who.console = 0;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_HOURS);
	who.uid = account.uid = 1000;
	strcpy(who.service, "sudo");
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
	strcpy(who.service, "xscreensaver");
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
	strcpy(who.service, "login");
	e.zone = 0;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
	/* Windows that could not be had open nothing. */
	e.has_hours = false;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_HOURS);
}
END_TEST

/* A lock at the console is the slot's matter; a caller's own name is no
 * other's. */
START_TEST(console_and_caller)
{
	somebody();
	lock.locked = 1;
	who.console = 1;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
	e.slot = SEK_SLOT_BUSY;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_BUSY);
	e.slot = SEK_SLOT_LOCKED;
	e.caller_full = true;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_CALLER_LOCKED);
	e.slot = SEK_SLOT_GRANTED;
	who.caller = who.uid;
	caller_lock.locked = 1;
	ck_assert_int_eq(all(SEK_PHASE_AUTH), SEK_REASON_NONE);
}
END_TEST

START_TEST(which_tokens_may_be_tried)
{
	struct sek_authenticator a;
	uint32_t totp = SEK_METHOD_BIT(SEK_METHOD_TOTP);
	uint32_t hotp = SEK_METHOD_BIT(SEK_METHOD_HOTP);

	memset(&a, 0, sizeof a);
	a.method = SEK_METHOD_TOTP;
	ck_assert_int_eq(sek_entry_code(&a, totp, 0, false), SEK_REASON_NONE);
	ck_assert_int_eq(sek_entry_code(&a, hotp, 0, false), SEK_REASON_WRONG);
	ck_assert_int_eq(sek_entry_code(&a, totp, 0, true), SEK_REASON_CLOCK);
	a.failures = 5;
	ck_assert_int_eq(sek_entry_code(&a, totp, 6, false), SEK_REASON_NONE);
	ck_assert_int_eq(sek_entry_code(&a, totp, 5, false),
	    SEK_REASON_CAPPED);
	a.method = SEK_METHOD_HOTP;
	ck_assert_int_eq(sek_entry_code(&a, hotp, 0, true), SEK_REASON_NONE);
	a.state = SEK_AUTHENTICATOR_DISABLED;
	ck_assert_int_eq(sek_entry_code(&a, hotp, 0, false),
	    SEK_REASON_WRONG);
	a.state = SEK_AUTHENTICATOR_ACTIVE;
	a.method = SEK_METHOD_FIDO2;
	ck_assert_int_eq(sek_entry_code(&a, ~UINT32_C(0), 0, false),
	    SEK_REASON_WRONG);
}
END_TEST

START_TEST(which_services_ask_nobody)
{
	ck_assert(!sek_entry_has_auth("cron"));
	ck_assert(!sek_entry_has_auth("systemd-user"));
	ck_assert(sek_entry_has_auth("login"));
	ck_assert(sek_entry_has_auth("sshd"));
	ck_assert(sek_entry_has_auth(""));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		steps_refuse_in_their_order,
		account_asks_no_lock_and_no_plan,
		root_passes_the_account_phase,
		exempt_services_pass_the_lists,
		a_dormant_account_begins_no_session,
		a_temporary_password_ends,
		some_names_open_no_session,
		sessions_begin_in_their_hours,
		console_and_caller,
		which_tokens_may_be_tried,
		which_services_ask_nobody,
		NULL
	};

	return (unit_run("rule_entry", tests));
}
