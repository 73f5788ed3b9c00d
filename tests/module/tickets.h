/*
 * tickets.h - tickets as two persons who proved themselves give them, for
 * tests of what logins make of them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_MODULE_TICKETS_H
#define SEKISHO_TESTS_MODULE_TICKETS_H

#include "sekisho/model/ticket.h"
#include "sekisho/rule/ticket.h"
#include "tests/module/exceptions.h"

#define TICKETS_MAX	5u	/* days in the window, where nothing else is
				 * said */

struct ticket {
	char	id[SEK_ID_MAX];
	char	code[SEK_TICKET_CODE];
};

static inline void
tickets_actor(struct sek_actor *who, struct sek_store *st, const char *name)
{

	exceptions_actor(who, st, name, true);
	who->roles |= SEK_ROLE_BIT(SEK_ROLE_APPROVER);
	/* Each his own. */
	who->audit_session = who->uid;
}

/* carol asks for user; seconds it is to serve. */
static inline struct ticket
tickets_ask(const char *user, enum sek_purpose purpose, int64_t seconds)
{
	struct ticket t = { "", "" };
	struct sek_store *st = world_store();
	struct sek_approval_ask *in = calloc(1, sizeof(*in));
	struct sek_approval_out *out = calloc(1, sizeof(*out));
	struct passwd *pw;

	ck_assert(in != NULL && out != NULL);
	tickets_actor(&in->who, st, "carol");
	pw = getpwnam(user);
	ck_assert_ptr_nonnull(pw);
	in->subject_uid = pw->pw_uid;
	in->a.kind = SEK_APPROVAL_TICKET;
	(void)snprintf(in->a.key, sizeof(in->a.key), "%s",
	    sek_purpose_name(purpose));
	(void)snprintf(in->a.value, sizeof(in->a.value), SEK_TICKET_BY_CODE);
	(void)snprintf(in->a.users, sizeof(in->a.users), "%s", user);
	(void)snprintf(in->a.clause, sizeof(in->a.clause), "%s",
	    purpose == SEK_PURPOSE_ENROL ? "7(2)⑤" : "8(5)");
	(void)snprintf(in->a.reason, sizeof(in->a.reason), "left at home");
	in->a.not_after = exceptions_now() + seconds * SEK_SECOND;
	in->a.uses_max = purpose == SEK_PURPOSE_SUBSTITUTE ? 1 : 0;
	in->max = TICKETS_MAX;
	ck_assert_msg(sek_store_approval_ask(st, in, out) == SEK_OK &&
	    out->no == SEK_NO_NONE, "ask: %s %s",
	    sek_approval_no_name((enum sek_approval_no)out->no),
	    sek_store_why(st));
	ck_assert_uint_eq(strlen(out->code), SEK_TICKET_DIGITS);
	memcpy(t.id, out->a.id, sizeof(t.id));
	memcpy(t.code, out->code, sizeof(t.code));
	free(in);
	free(out);
	sek_store_free(&st);
	return (t);
}

/* dave decides. */
static inline void
tickets_decide(const struct ticket *t, enum sek_approval_act act)
{
	struct sek_store *st = world_store();
	struct sek_approval_decide *in = calloc(1, sizeof(*in));
	struct sek_approval_out *out = calloc(1, sizeof(*out));

	ck_assert(in != NULL && out != NULL);
	tickets_actor(&in->who, st, "dave");
	memcpy(in->id, t->id, sizeof(in->id));
	in->act = (uint32_t)act;
	in->max = TICKETS_MAX;
	(void)snprintf(in->note, sizeof(in->note), "seen");
	ck_assert_msg(sek_store_approval_decide(st, in, out) == SEK_OK &&
	    out->no == SEK_NO_NONE, "decide: %s %s",
	    sek_approval_no_name((enum sek_approval_no)out->no),
	    sek_store_why(st));
	free(in);
	free(out);
	sek_store_free(&st);
}

static inline struct ticket
tickets_give(const char *user, enum sek_purpose purpose)
{
	struct ticket t = tickets_ask(user, purpose, 3600);

	tickets_decide(&t, SEK_ACT_GIVE);
	return (t);
}

/* Under the exception of a year that substitutes stand under; more: lines of
 * the policy. */
static inline void
tickets_policy(const char *form, const char *more)
{
	const struct exception e = { .key = "ticket.substitute",
	    .value = "code", .until = 90 * 24 * 3600 };
	char text[1024];

	world_policy("");
	(void)exceptions_give(&e);
	(void)snprintf(text, sizeof(text), "[roles]\napprover = town\n"
	    "[ticket]\nsubstitute = %s\n%s", form, more);
	world_policy(text);
}

#endif
