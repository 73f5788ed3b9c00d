/*
 * store_acts.c - what tests of the tool need in its store and cannot do by it:
 * acts of persons who proved themselves, an envelope that was opened
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *   store_acts CONF exception ASKER GIVER KEY VALUE [USERS]
 *   store_acts CONF confirm GIVER ID
 *   store_acts CONF attended USER WITNESS
 *   store_acts CONF glass USER ENVELOPE
 *   store_acts CONF grant ASKER GIVER USER TARGET SECONDS [USES]
 *				GIVER "-": an emergency of the asker's
 *   store_acts CONF deputy ASKER GIVER USER TARGET
 *   store_acts CONF begin USER TARGET TTY	a privileged session: how it
 *				was judged, and under which grant
 *   store_acts CONF end USER TARGET TTY	its time was over
 *   store_acts CONF password USER DAYS		set so long ago
 *   store_acts CONF temporary USER HOURS	set now, for so long
 *
 * Prints the id.
 */
#include "config.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/edge/isolate.h"
#include "sekisho/edge/settings.h"
#include "sekisho/edge/store.h"
#include "sekisho/flow/proof.h"
#include "sekisho/model/role.h"
#include "sekisho/rule/approval.h"

static struct sek_store *store;

static void
must(enum sek_err err, uint32_t no, const char *what)
{

	if (err == SEK_OK && no == SEK_NO_NONE)
		return;
	fprintf(stderr, "store_acts: %s: %s, %s, %s\n", what,
	    sek_err_name(err), sek_approval_no_name((enum sek_approval_no)no),
	    store != NULL ? sek_store_why(store) : "");
	exit(99);
}

static void *
need(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL)
		exit(99);
	return (p);
}

static uint32_t
uid_of(const char *name)
{
	const struct passwd *pw = getpwnam(name);

	if (pw == NULL)
		exit(99);
	return (pw->pw_uid);
}

static int64_t
now(void)
{
	struct sek_moment m;

	must(sek_clock_now(&m), 0, "clock");
	return (m.wall);
}

/* name, by a proof of this moment that serves one act. */
static void
actor(struct sek_actor *who, const char *name, const char *service)
{
	struct sek_admit *in = need(sizeof(*in));
	struct sek_take_proof take;
	struct sek_admit_out out;
	struct sek_admission taken;

	memset(who, 0, sizeof(*who));
	(void)snprintf(who->account, sizeof(who->account), "%s", name);
	who->uid = uid_of(name);
	who->roles = SEK_ROLE_BIT(SEK_ROLE_CISO) |
	    SEK_ROLE_BIT(SEK_ROLE_APPROVER);
	who->audit_session = who->uid;
	must(sek_process_get(&who->process, 0), 0, "process");
	(void)snprintf(in->who.name, sizeof(in->who.name), "%s", name);
	(void)snprintf(in->who.service, sizeof(in->who.service), "%s",
	    service);
	in->who.uid = who->uid;
	in->who.known = 1;
	in->record.event = SEK_EVENT_ADMIT;
	in->record.count = 1;
	in->kinds = in->record.kinds = SEK_KIND_KNOWLEDGE |
	    SEK_KIND_POSSESSION;
	(void)snprintf(in->person, sizeof(in->person), "%s", name);
	in->gate = in->parent = who->process;
	in->audit_session = UINT32_MAX;
	must(sek_store_admit(store, in, &out), 0, "admit");
	memset(&take, 0, sizeof(take));
	memcpy(take.id, out.id, sizeof(take.id));
	memcpy(take.service, in->who.service, sizeof(take.service));
	take.uid = who->uid;
	take.taker = who->process;
	must(sek_store_take_proof(store, &take, &taken), 0, "take_proof");
	memcpy(who->proof, taken.id, sizeof(who->proof));
	free(in);
}

static void
decide(const char *name, const char *id, enum sek_approval_act act)
{
	struct sek_approval_decide *in = need(sizeof(*in));
	struct sek_approval_out *out = need(sizeof(*out));

	actor(&in->who, name, SEK_PROOF_HELPER);
	(void)snprintf(in->id, sizeof(in->id), "%s", id);
	(void)snprintf(in->note, sizeof(in->note), "seen");
	in->act = (uint32_t)act;
	in->max = 31;
	must(sek_store_approval_decide(store, in, out), out->no, "decide");
	puts(out->a.id);
	free(in);
	free(out);
}

static void
exception(char **argv)
{
	struct sek_approval_ask *in = need(sizeof(*in));
	struct sek_approval_out *out = need(sizeof(*out));

	actor(&in->who, argv[0], SEK_PROOF_HELPER);
	in->a.kind = SEK_APPROVAL_EXCEPTION;
	(void)snprintf(in->a.key, sizeof(in->a.key), "%s", argv[2]);
	(void)snprintf(in->a.value, sizeof(in->a.value), "%s", argv[3]);
	(void)snprintf(in->a.reason, sizeof(in->a.reason), "a test");
	if (argv[4] != NULL)
		(void)snprintf(in->a.users, sizeof(in->a.users), "%s",
		    argv[4]);
	in->a.not_after = now() + 30 * SEK_DAY;
	must(sek_store_approval_ask(store, in, out), out->no, "ask");
	decide(argv[1], out->a.id, SEK_ACT_GIVE);
	free(in);
	free(out);
}

static void
attended(char **argv)
{
	struct sek_substitute *in = need(sizeof(*in));
	struct sek_substitute_out *out = need(sizeof(*out));

	actor(&in->witness, argv[1], SEK_PROOF_WITNESS);
	(void)snprintf(in->who.name, sizeof(in->who.name), "%s", argv[0]);
	(void)snprintf(in->who.service, sizeof(in->who.service), "login");
	in->who.uid = uid_of(argv[0]);
	in->who.known = 1;
	in->max = 31;
	in->not_after = now() + 3600 * SEK_SECOND;
	must(sek_store_substitute(store, in, out), out->no, "substitute");
	puts(out->a.id);
	sek_wipe(out->code, sizeof(out->code));
	free(in);
	free(out);
}

static void
glass(char **argv)
{
	struct sek_break_glass *in = need(sizeof(*in));
	struct sek_admit_out out;

	(void)snprintf(in->who.name, sizeof(in->who.name), "%s", argv[0]);
	(void)snprintf(in->who.service, sizeof(in->who.service), "login");
	in->who.uid = uid_of(argv[0]);
	in->who.known = 1;
	(void)snprintf(in->envelope, sizeof(in->envelope), "%s", argv[1]);
	must(sek_clock_now(&in->at), 0, "clock");
	in->not_after = in->at.wall + 3600 * SEK_SECOND;
	in->report_at = in->at.wall + SEK_DAY;
	must(sek_process_get(&in->gate, 0), 0, "process");
	in->parent = in->gate;
	in->audit_session = UINT32_MAX;
	must(sek_store_break_glass(store, in, &out), 0, "break_glass");
	free(in);
}

static void
claimant(struct sek_claimant *who, const char *name)
{

	(void)snprintf(who->name, sizeof(who->name), "%s", name);
	(void)snprintf(who->service, sizeof(who->service), "passwd");
	who->uid = uid_of(name);
	who->known = 1;
}

/* As a first login finds it that was set before. */
static void
password(char **argv)
{
	struct sek_password_seen *in = need(sizeof(*in));
	struct sek_password_seen_out *out = need(sizeof(*out));

	claimant(&in->who, argv[0]);
	in->day = now() - atoll(argv[1]) * SEK_DAY;
	memset(in->mark, 1, sizeof(in->mark));
	must(sek_store_password_seen(store, in, out), 0, "seen");
	free(in);
	free(out);
}

static void
temporary(char **argv)
{
	struct sek_password_begin *in = need(sizeof(*in));
	struct sek_password_end *end = need(sizeof(*end));
	struct sek_password_begin_out out;

	claimant(&in->who, argv[0]);
	must(sek_process_get(&in->owner, 0), 0, "process");
	(void)snprintf(in->hash, sizeof(in->hash), "$y$j9T$none$none");
	must(sek_store_password_begin(store, in, &out), 0, "begin");
	end->who = in->who;
	end->record.event = SEK_EVENT_PASSWORD_SET;
	end->record.count = 1;
	end->at = out.at;
	end->keep = SEK_HISTORY_FOREVER;
	end->temporary_until = now() + atoll(argv[1]) * 3600 * SEK_SECOND;
	memset(end->mark, 2, sizeof(end->mark));
	end->kept = 1;
	must(sek_store_password_end(store, end), 0, "end");
	free(in);
	free(end);
}

/* Of a privileged account, for a day; of an emergency, an hour. */
static void
privilege(char **argv, enum sek_approval_kind kind)
{
	bool emergency = strcmp(argv[1], "-") == 0;
	struct sek_approval_ask *in = need(sizeof(*in));
	struct sek_approval_out *out = need(sizeof(*out));

	actor(&in->who, argv[0], SEK_PROOF_HELPER);
	in->a.kind = (uint32_t)kind;
	(void)snprintf(in->a.users, sizeof(in->a.users), "%s", argv[2]);
	(void)snprintf(in->a.key, sizeof(in->a.key), "%s", argv[3]);
	(void)snprintf(in->a.reason, sizeof(in->a.reason), "swap a disk");
	(void)snprintf(in->a.clause, sizeof(in->a.clause), "upkeep");
	if (kind == SEK_APPROVAL_GRANT)
		(void)snprintf(in->a.value, sizeof(in->a.value), "%s",
		    argv[4]);
	if (kind == SEK_APPROVAL_GRANT && argv[5] != NULL)
		in->a.uses_max = (uint64_t)atoll(argv[5]);
	in->a.not_before = now();
	in->a.not_after = in->a.not_before +
	    (emergency ? 3600 * SEK_SECOND : SEK_DAY);
	in->a.review_at = emergency ? now() + SEK_DAY : 0;
	in->unavoidable = emergency;
	in->who.privileged = emergency;
	in->subject_uid = uid_of(argv[2]);
	in->target_privileged = 1;
	must(sek_store_approval_ask(store, in, out), out->no, "ask");
	if (emergency)
		puts(out->a.id);
	else
		decide(argv[1], out->a.id, SEK_ACT_GIVE);
	free(in);
	free(out);
}

static void
begin(char **argv)
{
	struct sek_privilege *in = need(sizeof(*in));
	struct sek_privilege_out out;

	claimant(&in->who, argv[1]);
	(void)snprintf(in->who.service, sizeof(in->who.service), "sudo-i");
	(void)snprintf(in->who.tty, sizeof(in->who.tty), "%s", argv[2]);
	(void)snprintf(in->subject, sizeof(in->subject), "%s", argv[0]);
	in->subject_uid = uid_of(argv[0]);
	in->listed = 1;
	in->policy.max_session = 3600 * SEK_SECOND;
	in->use = 1;
	must(sek_process_get(&in->taker, 0), 0, "process");
	must(sek_store_privilege(store, in, &out), 0, "privilege");
	printf("%s %s\n", sek_reason_name((enum sek_reason)out.reason),
	    out.grant);
	free(in);
}

static void
end(char **argv)
{
	struct sek_session_over *in = need(sizeof(*in));
	struct sek_record *r = &in->record;

	r->event = SEK_EVENT_SESSION_ENDED;
	r->reason = SEK_REASON_TIME_OVER;
	r->count = 1;
	(void)snprintf(r->subject, sizeof(r->subject), "%s", argv[0]);
	(void)snprintf(r->target, sizeof(r->target), "%s", argv[1]);
	(void)snprintf(r->tty, sizeof(r->tty), "%s", argv[2]);
	(void)snprintf(r->service, sizeof(r->service), "sudo-i");
	(void)snprintf(in->account, sizeof(in->account), "%s", argv[1]);
	must(sek_store_session_over(store, in), 0, "session_over");
	free(in);
}

int
main(int argc, char **argv)
{
	struct sek_settings *s = need(sizeof(*s));
	struct sek_store_config *c = need(sizeof(*c));
	struct sek_why why = { "" };

	if (argc < 5)
		return (100);
	must(sek_settings_load_under(s, argv[1], false, sek_settings_floors,
	    NULL, &why), 0, "settings");
	must(sek_isolate_self(&why), 0, "isolate");
	sek_store_config(c, s);
	must(sek_store_new(&store, c), 0, "store");
	if (strcmp(argv[2], "exception") == 0 && argc >= 7)
		exception(argv + 3);
	else if (strcmp(argv[2], "confirm") == 0)
		decide(argv[3], argv[4], SEK_ACT_CONFIRM);
	else if (strcmp(argv[2], "attended") == 0)
		attended(argv + 3);
	else if (strcmp(argv[2], "password") == 0)
		password(argv + 3);
	else if (strcmp(argv[2], "temporary") == 0)
		temporary(argv + 3);
	else if (strcmp(argv[2], "grant") == 0 && argc >= 8)
		privilege(argv + 3, SEK_APPROVAL_GRANT);
	else if (strcmp(argv[2], "deputy") == 0 && argc >= 7)
		privilege(argv + 3, SEK_APPROVAL_DEPUTY);
	else if (strcmp(argv[2], "begin") == 0 && argc >= 6)
		begin(argv + 3);
	else if (strcmp(argv[2], "end") == 0 && argc >= 6)
		end(argv + 3);
	else if (strcmp(argv[2], "glass") == 0)
		glass(argv + 3);
	else
		return (100);
	sek_store_free(&store);
	free(c);
	free(s);
	return (0);
}
