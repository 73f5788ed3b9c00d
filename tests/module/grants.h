/*
 * grants.h - grants as two persons who proved themselves give them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_MODULE_GRANTS_H
#define SEKISHO_TESTS_MODULE_GRANTS_H

#include "sekisho/model/grant.h"
#include "tests/module/exceptions.h"

/* dave gives it: as an approver, by a proof. */
static inline void
grants_decide(const char *id)
{
	struct sek_store *st = world_store();
	struct sek_approval_decide *in = calloc(1, sizeof(*in));
	struct sek_approval_out *out = calloc(1, sizeof(*out));

	ck_assert(in != NULL && out != NULL);
	exceptions_actor(&in->who, st, "dave", true);
	in->who.roles = SEK_ROLE_BIT(SEK_ROLE_APPROVER);
	(void)snprintf(in->id, sizeof(in->id), "%s", id);
	in->act = SEK_ACT_GIVE;
	(void)snprintf(in->note, sizeof(in->note), "seen");
	ck_assert_msg(sek_store_approval_decide(st, in, out) == SEK_OK &&
	    out->no == SEK_NO_NONE, "decide: %s %s",
	    sek_approval_no_name((enum sek_approval_no)out->no),
	    sek_store_why(st));
	free(in);
	free(out);
	sek_store_free(&st);
}

/* alice asks for root's use, so many seconds a session, once; dave gives. The
 * id, one of the last 16. */
static inline const char *
grants_give(int64_t span)
{
	static char id[16][SEK_ID_MAX];
	static unsigned next;
	struct sek_store *st = world_store();
	struct sek_approval_ask *in = calloc(1, sizeof(*in));
	struct sek_approval_out *out = calloc(1, sizeof(*out));
	char *to = id[next++ % 16];

	ck_assert(in != NULL && out != NULL);
	exceptions_actor(&in->who, st, "alice", true);
	in->a.kind = SEK_APPROVAL_GRANT;
	(void)snprintf(in->a.key, sizeof(in->a.key), "root");
	(void)snprintf(in->a.value, sizeof(in->a.value), "%lld",
	    (long long)span);
	(void)snprintf(in->a.users, sizeof(in->a.users), "alice");
	(void)snprintf(in->a.clause, sizeof(in->a.clause), "a purpose");
	(void)snprintf(in->a.reason, sizeof(in->a.reason), "a test");
	in->a.not_after = exceptions_now() + 24 * 3600 * SEK_SECOND;
	in->a.uses_max = 1;
	in->target_privileged = 1;
	in->subject_uid = ALICE_UID;
	ck_assert_msg(sek_store_approval_ask(st, in, out) == SEK_OK &&
	    out->no == SEK_NO_NONE, "ask: %s %s",
	    sek_approval_no_name((enum sek_approval_no)out->no),
	    sek_store_why(st));
	memcpy(to, out->a.id, SEK_ID_MAX);
	free(in);
	free(out);
	sek_store_free(&st);
	grants_decide(to);
	return (to);
}

#endif
