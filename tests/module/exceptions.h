/*
 * exceptions.h - exceptions as two persons who proved themselves give them,
 * for tests of what logins make of them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_MODULE_EXCEPTIONS_H
#define SEKISHO_TESTS_MODULE_EXCEPTIONS_H

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/flow/proof.h"
#include "sekisho/model/role.h"
#include "sekisho/rule/approval.h"
#include "tests/module/harness.h"

struct exception {
	const char	*key, *value, *users, *terminals;	/* NULL: "" */
	int64_t		 from, until;	/* seconds from now; 0: now, 1 h */
	bool		 unproven;	/* who gives proves nothing */
};

static inline int64_t
exceptions_now(void)
{
	struct sek_moment now;

	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	return (now.wall);
}

/* name acts; by a proof that is spent on one act, or by a login uid alone. */
static inline void
exceptions_actor(struct sek_actor *who, struct sek_store *st,
    const char *name, bool proven)
{
	struct passwd *pw = getpwnam(name);
	struct sek_take_proof take;
	struct sek_admit_out out;
	struct sek_admission taken;
	struct sek_admit *in = calloc(1, sizeof(*in));

	ck_assert_ptr_nonnull(pw);
	ck_assert_ptr_nonnull(in);
	memset(who, 0, sizeof(*who));
	(void)snprintf(who->account, sizeof(who->account), "%s", name);
	who->uid = pw->pw_uid;
	who->roles = SEK_ROLE_BIT(SEK_ROLE_CISO);
	who->audit_session = pw->pw_uid;
	ck_assert_int_eq(sek_process_get(&who->process, 0), SEK_OK);
	if (proven) {
		(void)snprintf(in->who.name, sizeof(in->who.name), "%s",
		    name);
		(void)snprintf(in->who.service, sizeof(in->who.service),
		    SEK_PROOF_HELPER);
		in->who.uid = pw->pw_uid;
		in->who.known = 1;
		in->record.event = SEK_EVENT_ADMIT;
		in->record.count = 1;
		in->kinds = in->record.kinds = SEK_KIND_KNOWLEDGE |
		    SEK_KIND_POSSESSION;
		(void)snprintf(in->person, sizeof(in->person), "%s", name);
		in->gate = in->parent = who->process;
		in->audit_session = UINT32_MAX;
		ck_assert_msg(sek_store_admit(st, in, &out) == SEK_OK, "%s",
		    sek_store_why(st));
		memset(&take, 0, sizeof(take));
		memcpy(take.id, out.id, sizeof(take.id));
		memcpy(take.service, in->who.service, sizeof(take.service));
		take.uid = pw->pw_uid;
		take.taker = who->process;
		ck_assert_msg(sek_store_take_proof(st, &take, &taken) ==
		    SEK_OK, "%s", sek_store_why(st));
		memcpy(who->proof, taken.id, sizeof(who->proof));
	}
	free(in);
}

/* carol asks, dave gives; the id. */
static inline const char *
exceptions_ask(const struct exception *e)
{
	static char id[16][SEK_ID_MAX];
	static unsigned next;
	struct sek_store *st = world_store();
	struct sek_approval_ask *in = calloc(1, sizeof(*in));
	struct sek_approval_out *out = calloc(1, sizeof(*out));
	int64_t now = exceptions_now();
	char *to = id[next++ % 16];

	ck_assert(in != NULL && out != NULL);
	exceptions_actor(&in->who, st, "carol", true);
	in->a.kind = SEK_APPROVAL_EXCEPTION;
	(void)snprintf(in->a.key, sizeof(in->a.key), "%s", e->key);
	(void)snprintf(in->a.value, sizeof(in->a.value), "%s", e->value);
	(void)snprintf(in->a.users, sizeof(in->a.users), "%s",
	    e->users != NULL ? e->users : "");
	(void)snprintf(in->a.terminals, sizeof(in->a.terminals), "%s",
	    e->terminals != NULL ? e->terminals : "");
	(void)snprintf(in->a.reason, sizeof(in->a.reason), "a test");
	in->a.not_before = e->from != 0 ? now + e->from * SEK_SECOND : 0;
	in->a.not_after = now + (e->until != 0 ? e->until : 3600) *
	    SEK_SECOND;
	ck_assert_msg(sek_store_approval_ask(st, in, out) == SEK_OK &&
	    out->no == SEK_NO_NONE, "ask: %s %s",
	    sek_approval_no_name((enum sek_approval_no)out->no),
	    sek_store_why(st));
	memcpy(to, out->a.id, SEK_ID_MAX);
	free(in);
	free(out);
	sek_store_free(&st);
	return (to);
}

static inline void
exceptions_decide(const char *id, enum sek_approval_act act, bool proven)
{
	struct sek_store *st = world_store();
	struct sek_approval_decide *in = calloc(1, sizeof(*in));
	struct sek_approval_out *out = calloc(1, sizeof(*out));

	ck_assert(in != NULL && out != NULL);
	exceptions_actor(&in->who, st, "dave", proven);
	(void)snprintf(in->id, sizeof(in->id), "%s", id);
	in->act = (uint32_t)act;
	(void)snprintf(in->note, sizeof(in->note), "seen");
	ck_assert_msg(sek_store_approval_decide(st, in, out) == SEK_OK &&
	    out->no == SEK_NO_NONE, "decide: %s %s",
	    sek_approval_no_name((enum sek_approval_no)out->no),
	    sek_store_why(st));
	free(in);
	free(out);
	sek_store_free(&st);
}

static inline const char *
exceptions_give(const struct exception *e)
{
	const char *id = exceptions_ask(e);

	exceptions_decide(id, SEK_ACT_GIVE, !e->unproven);
	return (id);
}

#endif
