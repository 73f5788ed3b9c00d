/*
 * verb.c - the one table of verbs
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A row without a function is known by name and not built in this version.
 */
#include "config.h"

#include "sekisho.h"
#include "verb.h"

/* What is asked of an exception, under either name of the verb. */
#define ASK	"key value clause users terminals reason from until review " \
    "witness unavoidable json yes"

/* What is asked of a ticket. */
#define TICKET	"purpose reason valid json yes"

/* What is asked of a grant, or (--deputy) of a deputy. */
#define GRANT	"purpose work target for from until uses user witness " \
    "emergency unavoidable deputy reason json yes"

#define LATER(verb, action) { verb, action, "", "", 0, 0, NULL, "" }

const struct tool_verb tool_bare = { "", NULL, "dir json", "", 0, 0, verb_state,
	N_("the state of this terminal, and what needs attention") };

const struct tool_verb tool_verbs[] = {
	{ "init", NULL, "profile rp-id break-glass image first-boot yes", "",
	    0, 0,
	    verb_init,
	    N_("make the settings and the store of this terminal (--image: "
	    "of those to be made from its image)") },
	{ "enroll", "totp", "label digits period algorithm json yes",
	    "[USER]", 0, 1, verb_enroll_totp,
	    N_("bind a time-based one-time code to a person") },
	{ "enroll", "hotp", "label digits algorithm json yes", "[USER]", 0, 1,
	    verb_enroll_hotp,
	    N_("bind a counter-based one-time code to a person") },
	{ "enroll", "fido2", "label resident uv device json yes", "[USER]", 0,
	    1, verb_enroll_fido2, N_("bind a security key to a person") },
	{ "enroll", "card", "type key reader label person json yes",
	    "[USER]", 0, 1, verb_enroll_card,
	    N_("bind an IC card to a person") },
	{ "enroll", "fingerprint", "finger label json yes", "[USER]", 0, 1,
	    verb_enroll_fingerprint, N_("bind a finger to a person") },
	{ "enroll", "vendor-biometric", "label json yes", "USER", 1, 1,
	    verb_enroll_vendor, N_("say that a vendor's module knows a person "
	    "by a living trait (face, veins)") },
	{ "authenticator", "list", "all json", "[USER]", 0, 1,
	    verb_authenticator_list, N_("what is enrolled") },
	{ "authenticator", "disable", "even-last yes", "ID", 1, 1,
	    verb_authenticator_disable,
	    N_("an authenticator opens nothing any more") },
	{ "authenticator", "remove", "even-last yes", "ID", 1, 1,
	    verb_authenticator_remove,
	    N_("the same, and its secret is destroyed") },
	{ "authenticator", "lost", "reason keep-sessions json yes", "ID", 1, 1,
	    verb_authenticator_lost, N_("a lost one opens nothing any more, "
	    "and what it opened is ended (--reason is needed)") },
	{ "authenticator", "found", "reason json yes", "ID", 1, 1,
	    verb_authenticator_found, N_("a lost one is back, and opens again "
	    "(--reason is needed)") },
	{ "card", "list", "json", "", 0, 0, verb_card_list,
	    N_("the card readers, and the card in each") },
	{ "user", "show", "json", "[USER]", 0, 1, verb_user_show,
	    N_("state, last login, failures and authenticators") },
	{ "user", "list", "json", "", 0, 0, verb_user_list,
	    N_("all accounts the store knows") },
	{ "user", "suspend", "until reason keep-sessions yes", "USER", 1, 1,
	    verb_user_suspend, N_("close an account, until a time or a resume,"
	    " and end its sessions (--reason is needed)") },
	{ "user", "resume", "yes", "USER", 1, 1, verb_user_resume,
	    N_("open a suspended account again") },
	{ "user", "unlock", "yes", "USER", 1, 1, verb_user_unlock,
	    N_("end a lock after too many failures") },
	{ "user", "retire", "reason json yes", "USER", 1, 1,
	    verb_user_retire, N_("a person goes for good, with all accounts, "
	    "authenticators and tickets; prints a receipt (--reason is "
	    "needed)") },
	{ "not-me", NULL, "note json yes", "[USER]", 0, 1, verb_not_me,
	    N_("\"this was not me\": the account is suspended, its sessions"
	    " end") },
	{ "session", "list", "json", "", 0, 0, verb_session_list,
	    N_("the sessions there are, who works in them, and until when") },
	{ "session", "end", "reason json yes", "ID|USER", 1, 1,
	    verb_session_end, N_("end one of them, or all of a user, with all"
	    " that runs in it (--reason is needed)") },
	{ "session", "extend", "grant witness json yes", "ID", 1, 1,
	    verb_session_extend, N_("a later end of a privileged session, by "
	    "another grant in force") },
	{ "user", "share", "add remove json yes", "USER", 1, 1,
	    verb_user_share, N_("who uses a shared account (--add or "
	    "--remove is needed)") },
	{ "person", "list", "json", "", 0, 0, verb_person_list,
	    N_("the persons behind the accounts") },
	{ "person", "edit", "name section from to contractor yes", "ID", 1, 1,
	    verb_person_edit, N_("change what is known of a person") },
	{ "audit", "show", "from since until person user terminal event file"
	    " json", "", 0, 0, verb_audit_show, N_("the records, oldest"
	    " first; of the store, or of an export (--file)") },
	{ "audit", "verify", "key json", "[FILE]", 0, 1, verb_audit_verify,
	    N_("is every record as it was written, here or in an export?") },
	{ "audit", "seal", "json", "", 0, 0, verb_audit_seal,
	    N_("sign the newest record, and with it all before") },
	{ "audit", "export", "from since until json", "FILE", 1, 1,
	    verb_audit_export, N_("records into one signed file; again, to go"
	    " on after an interruption") },
	{ "audit", "purge", "export key yes", "", 0, 0, verb_audit_purge,
	    N_("take away old records that an export holds (--export)") },
	{ "policy", "show", "json", "[KEY]", 0, 1, verb_policy_show,
	    N_("each value of the policy, and where it comes from") },
	{ "policy", "check", "", "", 0, 0, verb_policy_check,
	    N_("would logins accept the policy file?") },
	{ "stack", "check", "service dir sudoers sshd-config json", "",
	    0, 0, verb_stack_check,
	    N_("by which lines of PAM does a login get in with too few"
	    " kinds?") },
	{ "stack", "enable", "service backend try confirm force yes", "", 0,
	    0, verb_stack_enable, N_("let services ask for two kinds; with "
	    "--try until the end of a span, unless confirmed") },
	{ "stack", "disable", "service expired yes", "", 0, 0,
	    verb_stack_disable, N_("give services their lines of before "
	    "back") },
	{ "stack", "snippets", "without", "", 0, 0, verb_stack_snippets,
	    N_("put the included files together from the modules that are "
	    "installed") },
	{ "import", NULL, "format rp-id yes", "FILE", 1, 1, verb_import,
	    N_("enrol many from a CSV file, or the security keys of pam_u2f, "
	    "all or none") },
	{ "store", "status", "json", "", 0, 0, verb_store_status,
	    N_("the store, its room and its rows") },
	{ "store", "upkeep", "json", "", 0, 0, verb_store_upkeep,
	    N_("what a timer does for the store, and what troubles it") },
	{ "store", "clock", "accept yes", "", 0, 0, verb_store_clock,
	    N_("accept the present time after a step back (--accept)") },
	{ "store", "backup", "passphrase-file yes", "FILE", 1, 1,
	    verb_store_backup,
	    N_("the store and its key into a file, sealed by a passphrase") },
	{ "store", "restore", "passphrase-file check json yes", "FILE", 1, 1,
	    verb_store_restore,
	    N_("take a backup back (--check: only tell what would change)") },
	{ "store", "adopt", "clone replace yes", "", 0, 0, verb_store_adopt,
	    N_("say what a store copied from another machine is") },
	{ "store", "migrate", "yes", "", 0, 0, verb_store_migrate,
	    N_("bring a store of an older version to this one") },
	LATER("store", "copy"),
	{ "password", "temporary", "slip json yes", "USER", 1, 1,
	    verb_password_temporary, N_("set a random password, shown once,"
	    " which the first login must change (--slip: a page to be handed"
	    " over sealed)") },
	{ "password", "expire", "json yes", "USER", 1, 1,
	    verb_password_expire, N_("the next login must change the"
	    " password") },
	{ "password", "compromised", "reason keep-sessions json yes", "USER",
	    1, 1, verb_password_compromised, N_("others may know the password:"
	    " it must be changed, never comes back, and sessions end"
	    " (--reason is needed)") },
	{ "request", "exception", ASK, "", 0, 0, verb_request_exception,
	    N_("ask that a value of the policy may be below its floor, until"
	    " a time (--key, --value, --reason and --until are needed)") },
	{ "request", "ticket", TICKET, "USER", 1, 1, verb_request_ticket,
	    N_("the same as sekisho ticket issue") },
	{ "request", "grant", GRANT, "", 0, 0, verb_grant_request,
	    N_("the same as sekisho grant request") },
	{ "approve", NULL, "note json yes", "ID...", 1, 1000, verb_approve,
	    N_("give what another person asked for") },
	{ "refuse", NULL, "note json yes", "ID", 1, 1, verb_refuse,
	    N_("refuse what another person asked for (--note is needed)") },
	{ "revoke", NULL, "note json yes", "ID", 1, 1, verb_revoke,
	    N_("end what was given, or withdraw what you asked for (--note is"
	    " needed)") },
	{ "approvals", "show", "json", "ID", 1, 1, verb_approvals_show,
	    N_("one of them, with all that is known of it") },
	{ "approvals", NULL, "all json", "", 0, 0, verb_approvals,
	    N_("what waits for a decision, is in force or overdue (--all: "
	    "what is over, too)") },
	LATER("list", NULL),
	{ "ticket", "issue", TICKET, "USER", 1, 1, verb_ticket_issue,
	    N_("ask for a code in place of a card left at home, for a first"
	    " enrolment (--purpose and --reason are needed), or make the"
	    " envelope for the safe (--purpose break-glass)") },
	{ "ticket", "approve", "note json yes", "ID...", 1, 1000, verb_approve,
	    N_("the same as sekisho approve") },
	{ "ticket", "refuse", "note json yes", "ID", 1, 1, verb_refuse,
	    N_("the same as sekisho refuse") },
	{ "ticket", "revoke", "note json yes", "ID", 1, 1, verb_revoke,
	    N_("the same as sekisho revoke") },
	{ "ticket", "list", "all json", "", 0, 0, verb_ticket_list,
	    N_("the tickets and the envelopes") },
	{ "ticket", "show", "json", "ID", 1, 1, verb_ticket_show,
	    N_("one of them, with all that is known of it") },
	{ "ticket", "report", "note from until json yes", "[ID]", 0, 1,
	    verb_ticket_report, N_("what there was in a period, to be printed;"
	    " or the report of an envelope that was opened (ID and --note)") },
	{ "grant", "request", GRANT, "", 0, 0, verb_grant_request,
	    N_("ask for the use of a privileged ID (--purpose, --work and "
	    "--until are needed; --emergency: at once, and reviewed "
	    "afterwards), or for a deputy (--deputy, --reason and --until)") },
	{ "grant", "approve", "note json yes", "ID...", 1, 1000, verb_approve,
	    N_("the same as sekisho approve") },
	{ "grant", "refuse", "note json yes", "ID", 1, 1, verb_refuse,
	    N_("the same as sekisho refuse") },
	{ "grant", "revoke", "note json yes", "ID", 1, 1, verb_revoke,
	    N_("the same as sekisho revoke; its sessions end") },
	{ "grant", "list", "all json", "", 0, 0, verb_grant_list,
	    N_("the grants and the deputies") },
	{ "grant", "show", "json", "ID", 1, 1, verb_approvals_show,
	    N_("one of them, with all that is known of it") },
	{ "grant", "review", "note json yes", "ID", 1, 1,
	    verb_exception_review, N_("say that an emergency use was looked "
	    "into (--note is needed)") },
	{ "grant", "close", "result json yes", "ID", 1, 1, verb_grant_close,
	    N_("what came of the work (--result)") },
	{ "grant", "notice", "", "ID", 1, 1, verb_grant_notice,
	    N_("a notice for the three offices, to be printed") },
	{ "grant", "ledger", "from until json", "", 0, 0, verb_grant_ledger,
	    N_("the work done with privileged IDs in a period, to be "
	    "printed") },
	{ "grant", "holders", "json", "", 0, 0, verb_grant_holders,
	    N_("who may use privileged IDs, and when he last did: a sheet "
	    "for the review, to be printed") },
	{ "exception", "request", ASK, "", 0, 0, verb_request_exception,
	    N_("the same as sekisho request exception") },
	{ "exception", "approve", "note json yes", "ID", 1, 1, verb_approve,
	    N_("the same as sekisho approve") },
	{ "exception", "refuse", "note json yes", "ID", 1, 1, verb_refuse,
	    N_("the same as sekisho refuse") },
	{ "exception", "revoke", "note json yes", "ID", 1, 1, verb_revoke,
	    N_("the same as sekisho revoke") },
	{ "exception", "list", "all json", "", 0, 0, verb_exception_list,
	    N_("the exceptions, those somebody has to look at first") },
	{ "exception", "show", "json", "ID", 1, 1, verb_approvals_show,
	    N_("the same as sekisho approvals show") },
	{ "exception", "review", "note next json yes", "ID", 1, 1,
	    verb_exception_review, N_("say that one was looked at and goes on,"
	    " or confirm one that was given without proof (--note is "
	    "needed)") },
	{ "exception", "close", "note json yes", "ID", 1, 1,
	    verb_exception_close,
	    N_("the closing note of one that is over (--note is needed)") },
	{ "exception", "notice", "", "ID", 1, 1, verb_exception_notice,
	    N_("a notice for the three offices, to be printed") },
	{ "exception", "ledger", "from until", "", 0, 0,
	    verb_exception_ledger,
	    N_("all exceptions of a period, to be printed") },
	LATER("check", NULL),
	{ "explain", NULL, "service at from tty by dir json", "USER", 1, 1,
	    verb_explain, N_("why would this login be refused or allowed?") },
	{ "roster", "export", "json yes", "FILE", 1, 1, verb_roster_export,
	    N_("a signed list of persons, suspensions, security keys and"
	    " closed authenticators for other terminals") },
	{ "roster", "import", "key dry-run json yes", "FILE", 1, 1,
	    verb_roster_import, N_("take in the list of another terminal;"
	    " --dry-run only shows what would change") },
	{ "roster", "plan", "apply at create cancel due json yes", "[FILE]",
	    0, 1, verb_roster_plan, N_("joiners, leavers and movers of a CSV "
	    "file: what would change; --apply does it, with --at later;"
	    " without a FILE, what is kept for later") },
	{ "key", "rotate", "yes", "", 0, 0, verb_key_rotate,
	    N_("a new key for the store; the old one is destroyed") },
	{ NULL, NULL, NULL, NULL, 0, 0, NULL, NULL }
};
