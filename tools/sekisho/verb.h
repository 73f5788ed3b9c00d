/*
 * verb.h - the verbs, one file each
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_VERB_H
#define TOOLS_SEKISHO_VERB_H

#include "sekisho.h"

typedef int tool_run(struct tool *t, int argc, char **argv);

tool_run	verb_approve, verb_refuse, verb_revoke;
tool_run	verb_approvals, verb_approvals_show;
tool_run	verb_audit_export, verb_audit_purge, verb_audit_seal,
		    verb_audit_show, verb_audit_verify;
tool_run	verb_authenticator_list, verb_authenticator_disable,
		    verb_authenticator_remove, verb_authenticator_lost,
		    verb_authenticator_found;
tool_run	verb_card_list;
tool_run	verb_enroll_totp, verb_enroll_hotp, verb_enroll_fido2,
		    verb_enroll_card, verb_enroll_fingerprint,
		    verb_enroll_vendor;
tool_run	verb_exception_close, verb_exception_ledger,
		    verb_exception_list, verb_exception_notice,
		    verb_exception_review;
tool_run	verb_explain;
tool_run	verb_grant_close, verb_grant_holders, verb_grant_ledger,
		    verb_grant_list, verb_grant_notice, verb_grant_request;
tool_run	verb_import;
tool_run	verb_init;
tool_run	verb_not_me;
tool_run	verb_password_compromised, verb_password_expire,
		    verb_password_temporary;
tool_run	verb_person_list, verb_person_edit;
tool_run	verb_policy_show, verb_policy_check;
tool_run	verb_request_exception, verb_request_ticket;
tool_run	verb_roster_export, verb_roster_import, verb_roster_plan;
tool_run	verb_session_end, verb_session_extend, verb_session_list;
tool_run	verb_state;
tool_run	verb_stack_check, verb_stack_enable, verb_stack_disable,
		    verb_stack_snippets;
tool_run	verb_ticket_issue, verb_ticket_list, verb_ticket_report,
		    verb_ticket_show;
tool_run	verb_store_status, verb_store_clock, verb_store_migrate,
		    verb_store_upkeep;
tool_run	verb_store_backup, verb_store_restore, verb_store_adopt;
tool_run	verb_key_rotate;
tool_run	verb_user_show, verb_user_list, verb_user_suspend,
		    verb_user_resume, verb_user_retire, verb_user_share,
		    verb_user_unlock;

#endif
