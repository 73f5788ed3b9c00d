/*
 * util_sheet.c - what is printed for paper with a code on it: A4, text
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Who holds the sheet may have never logged in here: step by step, and whom to
 * call.
 * MUST: the code passes no buffer of stdio, and is printed once a sheet.
 */
#include "config.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/ticket.h"
#include "util_approval.h"
#include "util_page.h"
#include "util_sheet.h"

#define TEXT	1024

int
tool_sheet_agree(const struct tool *t, bool silent)
{
	const char *prompt = _("The code comes onto this screen, once. Can "
	    "nobody else see it? (yes/no) ");

	if (t->json || t->yes || !tool_can_ask() || isatty(STDOUT_FILENO) != 1)
		return (TOOL_YES);
	return (silent ? tool_agree_silent(t, prompt) : tool_agree(t, prompt));
}

/* App. B. */
int
tool_issued_json(const struct tool *t, const struct tool_issued *i)
{
	cJSON *o = cJSON_CreateObject();
	int rc;

	cJSON_AddStringToObject(o, "id", i->id);
	cJSON_AddStringToObject(o, "user", i->user);
	cJSON_AddStringToObject(o, "purpose", sek_purpose_name(i->purpose));
	cJSON_AddItemToObject(o, "code", cJSON_CreateStringReference(i->code));
	cJSON_AddItemToObject(o, "not_after",
	    tool_json_time(t, i->not_after));
	cJSON_AddStringToObject(o, "state", i->state);
	rc = tool_put_secret_json(o);
	cJSON_Delete(o);
	return (rc);
}

/* ---------------------------------------------------------- what is known */

/* From the account source: the first word group of its comment. */
static void
comment(char *dst, size_t size, const char *account)
{
	const struct passwd *pw = getpwnam(account);

	dst[0] = '\0';
	if (pw == NULL || pw->pw_gecos == NULL)
		return;
	(void)sek_text_format(dst, size, "%.*s",
	    (int)strcspn(pw->pw_gecos, ","), pw->pw_gecos);
}

void
tool_sheet_name(const struct tool *t, char *name, char *section, size_t size,
    const char *account)
{
	struct sek_limits limits = { .deny = 1 };
	struct sek_user *user = NULL;
	struct sek_person *p = NULL;

	name[0] = section[0] = '\0';
	if (t->store != NULL && (user = calloc(1, sizeof(*user))) != NULL &&
	    (p = calloc(1, sizeof(*p))) != NULL &&
	    sek_store_user(t->store, account, &limits, user) == SEK_OK &&
	    sek_store_person(t->store, user->account.person[0] != '\0' ?
	    user->account.person : account, p) == SEK_OK) {
		(void)sek_text_copy(name, size, p->name);
		(void)sek_text_copy(section, size, p->section);
	}
	free(user);
	free(p);
	if (name[0] == '\0')
		comment(name, size, account);
	tool_clean(name, size);
	tool_clean(section, size);
}

/* ------------------------------------------------------------- the parts */

void
tool_sheet_time(const struct tool *t, const char *label, int64_t wall)
{
	char text[32];

	tool_time(t, text, sizeof(text), wall);
	tool_page_field(stdout, label, text);
}

void
tool_sheet_head(const struct tool *t, const char *title)
{
	const struct sek_settings *s = t->settings;

	tool_page_rule(stdout, '=');
	tool_page_title(stdout, title);
	tool_page_rule(stdout, '=');
	if (s == NULL)
		return;
	tool_page_field(stdout, _("Terminal"), s->terminal.id);
	if (s->terminal.business[0] != '\0')
		tool_page_field(stdout, _("Business"), s->terminal.business);
}

/* A line of its own, in the middle of nothing. */
int
tool_sheet_secret(const char *label, const char *text)
{

	printf("\n  %s:\n\n        ", label);
	if (tool_put_secret(stdout, text) == 0 &&
	    tool_put_secret(stdout, "\n\n") == 0)
		return (TOOL_YES);
	tool_error(_("the output could not be written: %s"), strerror(errno));
	return (TOOL_TROUBLE);
}

static void
steps(const char *const *step)
{
	unsigned n;
	char number[16];

	for (n = 1; *step != NULL; step++, n++) {
		(void)snprintf(number, sizeof(number), "  %u.", n);
		printf("%-5s", number);
		tool_page_more(stdout, 5, *step);
	}
	putchar('\n');
}

static void
whom_to_call(const struct tool *t)
{
	const char *contact = t->settings != NULL ?
	    t->settings->message.contact : "";
	char text[TEXT];

	(void)snprintf(text, sizeof(text), _("If something does not work: %s"),
	    contact[0] != '\0' ? contact : _("call the person in charge of "
	    "this terminal."));
	tool_clean(text, sizeof(text));
	tool_page_text(stdout, 0, text);
}

/* ------------------------------------------------------------- a ticket */

static void
put_person(const struct tool *t, const struct tool_issued *i)
{
	char name[TEXT], section[TEXT], account[SEK_NAME_MAX];

	tool_sheet_name(t, name, section, sizeof(name), i->user);
	sek_text_printable(account, sizeof(account), i->user);
	tool_page_field(stdout, _("Name"), name);
	tool_page_field(stdout, _("Section"), section);
	tool_page_field(stdout, _("Account"), account);
	tool_sheet_time(t, _("Code serves until"), i->not_after);
	tool_page_field(stdout, _("ID"), i->id);
}

static void
put_enrol(void)
{
	const char *const step[] = {
		_("At the login, type your account name, then your "
		"password."),
		_("At \"One-time code: \", type the ten digits above."),
		_("Open a terminal window and type:\nsekisho enroll totp"),
		_("It asks for your password and the ten digits once more, "
		"then shows a picture. Take it with the app of your token, and "
		"type the six digits that it shows."),
		_("Log out. From now on, log in by your password and the six "
		"digits of your token. This code is used up: destroy this "
		"sheet."), NULL
	};

	tool_page_text(stdout, 0, _("Your first login, step by step:"));
	steps(step);
}

static void
put_substitute(void)
{
	const char *const step[] = {
		_("At the login, type your account name, then your "
		"password."),
		_("At \"One-time code: \", type the ten digits above. They "
		"open one login."),
		_("Destroy this slip, and bring your card or token tomorrow."),
		NULL
	};

	tool_page_text(stdout, 0, _("In place of what was left at home:"));
	steps(step);
}

int
tool_sheet_ticket(const struct tool *t, const struct tool_issued *i)
{
	const char *const seals[] = { _("Handed over by"), _("Received by"),
	    NULL };
	bool enrols = i->purpose == SEK_PURPOSE_ENROL;
	char groups[16], text[TEXT];
	int rc;

	tool_sheet_head(t, enrols ? _("Enrolment sheet: your first login") :
	    _("Slip in place of a card or token left at home"));
	put_person(t, i);
	sek_ticket_print(groups, sizeof(groups), i->code);
	rc = tool_sheet_secret(_("One-time code"), groups);
	sek_wipe(groups, sizeof(groups));
	if (rc != TOOL_YES)
		return (rc);
	(void)snprintf(text, sizeof(text), _("This code opens nothing before "
	    "another person, of the groups of roles.approver, has approved "
	    "it:\nsekisho ticket approve %s"), i->id);
	tool_page_text(stdout, 0, text);
	putchar('\n');
	if (enrols)
		put_enrol();
	else
		put_substitute();
	tool_page_text(stdout, 0, _("Tell nobody this code. Whoever asks you "
	    "for it by telephone or mail is not one of us."));
	whom_to_call(t);
	putchar('\n');
	tool_page_seals(stdout, seals);
	return (tool_flush());
}

/* ------------------------------------------------ a temporary password */

int
tool_sheet_password(const struct tool *t, const char *user,
    const char *password, int64_t until, int64_t min_length)
{
	const char *const seals[] = { _("Handed over by"), _("Received by"),
	    NULL };
	char name[TEXT], section[TEXT], own[TEXT];
	const char *const step[] = {
		_("At the login, type your account name, then the password "
		"above, with its hyphens."),
		_("You are asked to change it: type it once more, then twice a "
		"new one that only you know."), own,
		_("Destroy this slip."), NULL
	};
	int rc;

	(void)snprintf(own, sizeof(own), _("The new one has %lld characters "
	    "or more. Several words are easier to remember than one with "
	    "signs in it."), (long long)min_length);
	tool_sheet_name(t, name, section, sizeof(name), user);
	tool_sheet_head(t, _("Slip with a temporary password: to be handed "
	    "over sealed"));
	tool_page_field(stdout, _("Name"), name);
	tool_page_field(stdout, _("Section"), section);
	tool_page_field(stdout, _("Account"), user);
	tool_sheet_time(t, _("Serves until"), until);
	if ((rc = tool_sheet_secret(_("Temporary password"), password)) !=
	    TOOL_YES)
		return (rc);
	tool_page_text(stdout, 0, _("Your next login, step by step:"));
	steps(step);
	tool_page_text(stdout, 0, _("Tell nobody this password. Whoever asks "
	    "you for it by telephone or mail is not one of us."));
	whom_to_call(t);
	putchar('\n');
	tool_page_seals(stdout, seals);
	return (tool_flush());
}

/* -------------------------------------------------------- the envelope */

static void
put_glass(const struct tool *t)
{
	char session[32], due[32], use[TEXT], report[TEXT];
	const char *const step[] = {
		_("At a login of this machine, type the account name above. "
		"At the first hidden question (\"Password: \"), type "
		"the code: small letters serve, blanks and hyphens may be left "
		"out, there is no I, L, O or U in it."),
		use, report,
		_("Make a new envelope at once:\nsekisho ticket issue USER "
		"--purpose break-glass"), NULL
	};

	sek_text_span_print(session, sizeof(session),
	    t->settings->breakglass.session);
	sek_text_span_print(due, sizeof(due),
	    t->settings->breakglass.report_due);
	(void)snprintf(use, sizeof(use), _("It opens one login, also with a "
	    "damaged store or a full disk, and is used up by that. The session "
	    "ends after %s, whatever runs in it. The alarm is raised."),
	    session);
	(void)snprintf(report, sizeof(report), _("Write the report within %s "
	    "(sekisho approvals tells the ID):\nsekisho ticket report ID "
	    "--note TEXT"), due);
	tool_page_text(stdout, 0, _("For an emergency in which nobody can log "
	    "in. Opening the envelope is an event that is reported."));
	putchar('\n');
	steps(step);
}

int
tool_sheet_glass(const struct tool *t, const struct tool_issued *i)
{
	const char *const seals[] = { _("Sealed by, on"), _("Checked by, on"),
	    _("Opened by, on"), NULL };
	char machine[256] = "", account[SEK_NAME_MAX];
	int rc;

	(void)gethostname(machine, sizeof(machine) - 1);
	tool_clean(machine, sizeof(machine));
	sek_text_printable(account, sizeof(account), i->user);
	tool_sheet_head(t, _("Break-glass sheet: into the envelope, sealed, "
	    "into the safe"));
	tool_page_field(stdout, _("Machine"), machine);
	tool_page_field(stdout, _("Account"), account);
	tool_page_field(stdout, _("Envelope"), i->id);
	tool_sheet_time(t, _("Made at"), i->made);
	tool_sheet_time(t, _("Code serves until"), i->not_after);
	if ((rc = tool_sheet_secret(_("Code, used once"), i->code)) != TOOL_YES)
		return (rc);
	put_glass(t);
	whom_to_call(t);
	putchar('\n');
	tool_page_seals(stdout, seals);
	return (tool_flush());
}
