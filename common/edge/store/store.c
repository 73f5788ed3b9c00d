/*
 * store.c - the store's interface: each call to its engine, here or over a
 * pipe
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a connection that this process did not open itself is neither used
 * nor closed: SQLite loses committed rows across a fork.
 * MUST: a process that others may stop never opens the engine.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "frame.h"
#include "seal.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/isolate.h"
#include "sekisho/edge/store.h"
#include "sekisho/rule/approval.h"
#include "sekisho/rule/oath.h"

/* The busy timeout within, starting it, and the ballast's pieces. */
#define PIPE_TIMEOUT_MS	10000

struct sek_store {
	struct sek_store_config	 config;
	const struct sek_engine	*engine;
	void			*conn;
	const char		*program;	/* NULL: own_program() */
	struct sek_why		 why;
	enum sek_carriage	 how;
	pid_t			 opener;	/* 0: never opened */
	unsigned		 depth;		/* calls of calls under way */
	bool			 reserve;
	bool			 looked;	/* isolated is known */
	bool			 isolated;
};

void
sek_store_config(struct sek_store_config *out, const struct sek_settings *s)
{

	memset(out, 0, sizeof(*out));
	(void)sek_text_copy(out->path, sizeof(out->path), s->store.path);
	(void)sek_text_copy(out->key, sizeof(out->key), s->store.key);
	(void)sek_text_copy(out->terminal, sizeof(out->terminal),
	    s->terminal.id);
	(void)sek_text_copy(out->profile, sizeof(out->profile),
	    sek_profile_name((enum sek_profile)s->terminal.profile));
	(void)sek_text_copy(out->policy, sizeof(out->policy), s->hash);
	(void)sek_text_copy(out->timezone, sizeof(out->timezone),
	    s->terminal.timezone);
	out->journal = s->audit.journal;
	out->clock_step = s->lockout.clock_step;
}

/*
 * A program and the modules that call it are of one build. Whoever has had our
 * modules loaded since before an upgrade (a locker, an open session) goes on
 * with the program of their version, which the package kept until the next
 * boot. Asked at each call: an upgrade may come between two.
 */
static const char *
own_program(void)
{
	static const char kept[] = SEK_LIBEXECDIR "/old/" PACKAGE_VERSION
	    "/sekisho-store";

	return (access(kept, F_OK) == 0 ? kept :
	    SEK_LIBEXECDIR "/sekisho-store");
}

enum sek_err
sek_store_new(struct sek_store **out, const struct sek_store_config *config)
{
	struct sek_store *st;
	enum sek_err err;

	if ((err = sek_secret_init()) != SEK_OK)
		return (err);
	if ((st = calloc(1, sizeof(*st))) == NULL)
		return (SEK_ERR_NOMEM);
	st->config = *config;
	st->engine = &sek_engine_sqlite;
	*out = st;
	return (SEK_OK);
}

void
sek_store_use(struct sek_store *st, const struct sek_engine *engine,
    enum sek_carriage how, const char *program)
{

	if (engine != NULL)
		st->engine = engine;
	if (program != NULL)
		st->program = program;
	st->how = how;
}

void
sek_store_may_use_reserve(struct sek_store *st, bool yes)
{

	st->reserve = yes;
}

void
sek_store_close(struct sek_store *st)
{

	if (st->conn != NULL && st->opener == getpid())
		st->engine->close(&st->conn);
}

void
sek_store_free(struct sek_store **st)
{

	if (*st == NULL)
		return;
	sek_store_close(*st);
	free(*st);
	*st = NULL;
}

void
sek_store_apart(struct sek_store *st)
{

	st->how = SEK_CARRY_PIPE;
}

const char *
sek_store_why(const struct sek_store *st)
{

	return (st->why.text);
}

static bool
over_pipe(struct sek_store *st)
{

	if (st->conn != NULL && st->opener != getpid())
		return (true);
	if (st->how != SEK_CARRY_AS_NEEDED)
		return (st->how == SEK_CARRY_PIPE);
	if (!st->looked) {
		st->isolated = sek_isolate_needed();
		st->looked = true;
	}
	return (st->isolated);
}

static enum sek_err
call_pipe(struct sek_store *st, enum sek_op op, const void *in, void *out)
{
	void *request = NULL, *answer = NULL;
	size_t len = 0, got = 0;
	enum sek_err err;

	if ((answer = malloc(SEK_FRAME_MAX)) == NULL) {
		err = SEK_ERR_NOMEM;
		goto out;
	}
	if ((err = sek_frame_request(&request, &len, op, st->reserve,
	    &st->config, in)) != SEK_OK)
		goto out;
	if ((err = sek_isolate_run(st->program != NULL ? st->program :
	    own_program(), request, len, answer,
	    SEK_FRAME_MAX, &got, PIPE_TIMEOUT_MS, &st->why)) == SEK_OK)
		err = sek_frame_take(&st->why, out, op, answer, got);
out:
	if (request != NULL)
		sek_wipe(request, len);
	/* Codes come back, too. */
	if (answer != NULL)
		sek_wipe(answer, got);
	free(request);
	free(answer);
	return (err);
}

static enum sek_err
call_once(struct sek_store *st, enum sek_op op, const void *in, void *out)
{
	enum sek_err err;

	if (st->conn == NULL) {
		if ((err = st->engine->open(&st->conn, &st->config,
		    &st->why)) != SEK_OK)
			return (err);
		st->opener = getpid();
	}
	return (st->engine->run(st->conn, op, st->reserve, in, out, &st->why));
}

/* On a full disk, for those who may: a piece of ballast before each new
 * opening, for a closed store cannot be read without room. */
static enum sek_err
call_direct(struct sek_store *st, enum sek_op op, const void *in, void *out)
{
	enum sek_err err;

	do {
		st->depth++;
		err = call_once(st, op, in, out);
		st->depth--;
		/* A list that was read half cannot be read again, nor what
		 * the call around this one still reads from. */
		if (err != SEK_ERR_STORE_FULL || !st->reserve ||
		    op == SEK_OP_IMPORT || st->depth > 0)
			break;
		sek_store_close(st);
	} while (st->engine->make_room(&st->config));
	if (st->conn != NULL && st->depth == 0 &&
	    st->engine->transient(st->conn))
		sek_store_close(st);
	return (err);
}

static enum sek_err
call(struct sek_store *st, enum sek_op op, const void *in, void *out)
{
	enum sek_err err;

	st->why.text[0] = '\0';
	if (op < SEK_OPS_LOGIN && over_pipe(st))
		err = call_pipe(st, op, in, out);
	else if (st->conn != NULL && st->opener != getpid())
		err = sek_why(&st->why, SEK_ERR_INTERNAL, "%s: this process "
		    "inherited the open store and may not use it",
		    st->config.path);
	else
		err = call_direct(st, op, in, out);
	if (err == SEK_OK)
		st->why.text[0] = '\0';
	else if (st->why.text[0] == '\0')
		sek_why(&st->why, err, "%s: %s", st->config.path,
		    sek_err_name(err));
	return (err);
}

enum sek_err
sek_store_call(struct sek_store *st, enum sek_op op, const void *in, void *out)
{
	enum sek_err err;

	if ((err = sek_frame_check_in(op, in)) != SEK_OK)
		return (sek_why(&st->why, err, "%s: a number or text of call "
		    "%u is out of its bounds", st->config.path, (unsigned)op));
	if (out != NULL)
		memset(out, 0, sek_frame_out_size(op));
	return (call(st, op, in, out));
}

enum sek_err
sek_store_lookup(struct sek_store *st, const struct sek_lookup *in,
    struct sek_lookup_out *out)
{

	return (sek_store_call(st, SEK_OP_LOOKUP, in, out));
}

enum sek_err
sek_store_reserve(struct sek_store *st, const struct sek_reserve *in,
    struct sek_reserve_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_RESERVE, in, out)) != SEK_OK) {
		memset(out, 0, sizeof(*out));
		out->verdict = SEK_SLOT_BUSY;
	}
	return (err);
}

enum sek_err
sek_store_settle(struct sek_store *st, const struct sek_settle *in,
    struct sek_settle_out *out)
{

	return (sek_store_call(st, SEK_OP_SETTLE, in, out));
}

enum sek_err
sek_store_idle(struct sek_store *st)
{
	const struct sek_idle in = { 0 };

	return (sek_store_call(st, SEK_OP_IDLE, &in, NULL));
}

enum sek_err
sek_store_consume(struct sek_store *st, const struct sek_consume *in,
    struct sek_consume_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_CONSUME, in, out)) != SEK_OK) {
		memset(out, 0, sizeof(*out));
		out->verdict = SEK_OATH_WRONG;
		out->reason = SEK_REASON_STORE;
	}
	return (err);
}

enum sek_err
sek_store_admit(struct sek_store *st, const struct sek_admit *in,
    struct sek_admit_out *out)
{

	return (sek_store_call(st, SEK_OP_ADMIT, in, out));
}

enum sek_err
sek_store_refuse(struct sek_store *st, const struct sek_refuse *in)
{

	return (sek_store_call(st, SEK_OP_REFUSE, in, NULL));
}

enum sek_err
sek_store_append(struct sek_store *st, const struct sek_record *in)
{

	return (sek_store_call(st, SEK_OP_APPEND, in, NULL));
}

enum sek_err
sek_store_reuse(struct sek_store *st, const struct sek_reuse *in,
    struct sek_admission *out)
{

	return (sek_store_call(st, SEK_OP_REUSE, in, out));
}

enum sek_err
sek_store_drop(struct sek_store *st, const struct sek_admission_id *in)
{

	return (sek_store_call(st, SEK_OP_DROP, in, NULL));
}

enum sek_err
sek_store_open_session(struct sek_store *st, const struct sek_open_session *in,
    struct sek_open_session_out *out)
{

	return (sek_store_call(st, SEK_OP_OPEN_SESSION, in, out));
}

enum sek_err
sek_store_close_session(struct sek_store *st,
    const struct sek_close_session *in)
{

	return (sek_store_call(st, SEK_OP_CLOSE_SESSION, in, NULL));
}

enum sek_err
sek_store_take_proof(struct sek_store *st, const struct sek_take_proof *in,
    struct sek_admission *out)
{

	return (sek_store_call(st, SEK_OP_TAKE_PROOF, in, out));
}

enum sek_err
sek_store_self(struct sek_store *st, const struct sek_self *in,
    struct sek_self_out *out)
{

	return (sek_store_call(st, SEK_OP_SELF, in, out));
}

enum sek_err
sek_store_self_enrol(struct sek_store *st, const struct sek_self_enrol *in,
    struct sek_self_enrol_out *out)
{

	return (sek_store_call(st, SEK_OP_SELF_ENROL, in, out));
}

enum sek_err
sek_store_self_state(struct sek_store *st, const struct sek_self_state *in)
{

	return (sek_store_call(st, SEK_OP_SELF_STATE, in, NULL));
}

/* The rules' no is an answer of its call, not a failure; here it becomes one.
 * Whose proof is not right is told so, too. Who named none, and is refused,
 * may not act at all: a proof would not help him. */
static enum sek_err
approval_answer(struct sek_store *st, enum sek_err err,
    const struct sek_actor *who, struct sek_approval_out *out)
{

	if (err == SEK_ERR_REFUSED && who->proof[0] != '\0')
		out->no = SEK_NO_PROOF;
	if (err != SEK_OK || out->no == SEK_NO_NONE)
		return (err);
	return (sek_why(&st->why, SEK_ERR_REFUSED, "%s: refused: %s",
	    st->config.path,
	    sek_approval_no_name((enum sek_approval_no)out->no)));
}

enum sek_err
sek_store_approval_ask(struct sek_store *st, const struct sek_approval_ask *in,
    struct sek_approval_out *out)
{
	enum sek_err err;

	err = approval_answer(st, sek_store_call(st, SEK_OP_APPROVAL_ASK, in,
	    out), &in->who, out);
	/* Of a ticket that is not there. */
	if (err != SEK_OK)
		sek_wipe(out->code, sizeof(out->code));
	return (err);
}

/*
 * Two names may be one uid, of which only the account sources know. They are
 * asked here, where nothing is held; what was asked does not change after.
 */
static enum sek_err
is_listed(struct sek_store *st, uint32_t *listed,
    const struct sek_approval_decide *in)
{
	struct sek_approval_list which = { .kind = 0 };
	struct sek_approval_list_out *found;
	bool is = true;
	enum sek_err err;

	if ((found = calloc(1, sizeof(*found))) == NULL)
		return (SEK_ERR_NOMEM);
	memcpy(which.id, in->id, sizeof(which.id));
	if ((err = sek_store_approvals(st, &which, found)) == SEK_OK &&
	    found->n == 1 &&
	    (err = sek_account_listed(&is, found->a[0].users, in->who.uid)) !=
	    SEK_OK)
		err = sek_why(&st->why, err, "the account sources do not "
		    "answer: whether this is about yourself cannot be told");
	*listed = err == SEK_OK && found->n == 1 && is;
	free(found);
	return (err);
}

enum sek_err
sek_store_approval_decide(struct sek_store *st,
    const struct sek_approval_decide *in, struct sek_approval_out *out)
{
	struct sek_approval_decide known = *in;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	/* Shutting it is open to whom it is about, too. */
	if (in->act != SEK_ACT_REVOKE && in->act != SEK_ACT_WITHDRAW &&
	    in->act != SEK_ACT_CLOSE &&
	    (err = is_listed(st, &known.listed, in)) != SEK_OK)
		return (err);
	return (approval_answer(st, sek_store_call(st, SEK_OP_APPROVAL_DECIDE,
	    &known, out), &in->who, out));
}

enum sek_err
sek_store_approvals(struct sek_store *st, const struct sek_approval_list *in,
    struct sek_approval_list_out *out)
{

	return (sek_store_call(st, SEK_OP_APPROVALS, in, out));
}

enum sek_err
sek_store_allowance(struct sek_store *st, const struct sek_allowance_in *in,
    struct sek_allowance_out *out)
{

	return (sek_store_call(st, SEK_OP_ALLOWANCE, in, out));
}

enum sek_err
sek_store_fido2_list(struct sek_store *st, const struct sek_fido2_list *in,
    struct sek_fido2_list_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_FIDO2_LIST, in, out)) != SEK_OK)
		memset(out, 0, sizeof(*out));
	return (err);
}

enum sek_err
sek_store_fido2_use(struct sek_store *st, const struct sek_fido2_use *in,
    struct sek_fido2_use_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_FIDO2_USE, in, out)) != SEK_OK) {
		memset(out, 0, sizeof(*out));
		out->reason = SEK_REASON_STORE;
	}
	return (err);
}

enum sek_err
sek_store_card_list(struct sek_store *st, const struct sek_card_list *in,
    struct sek_card_list_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_CARD_LIST, in, out)) != SEK_OK)
		memset(out, 0, sizeof(*out));
	return (err);
}

enum sek_err
sek_store_card_use(struct sek_store *st, const struct sek_card_use *in,
    struct sek_card_use_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_CARD_USE, in, out)) != SEK_OK) {
		memset(out, 0, sizeof(*out));
		out->reason = SEK_REASON_STORE;
	}
	return (err);
}

enum sek_err
sek_store_biometric_list(struct sek_store *st,
    const struct sek_biometric_list *in, struct sek_biometric_list_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_BIOMETRIC_LIST, in, out)) !=
	    SEK_OK)
		memset(out, 0, sizeof(*out));
	return (err);
}

enum sek_err
sek_store_biometric_try(struct sek_store *st,
    const struct sek_biometric_try *in, struct sek_biometric_try_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_BIOMETRIC_TRY, in, out)) !=
	    SEK_OK)
		memset(out, 0, sizeof(*out));
	return (err);
}

enum sek_err
sek_store_biometric_use(struct sek_store *st,
    const struct sek_biometric_use *in, struct sek_biometric_use_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_BIOMETRIC_USE, in, out)) !=
	    SEK_OK) {
		memset(out, 0, sizeof(*out));
		out->reason = SEK_REASON_STORE;
	}
	return (err);
}

enum sek_err
sek_store_biometric_of(struct sek_store *st,
    const struct sek_biometric_of *in, struct sek_biometric *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_BIOMETRIC_OF, in, out)) !=
	    SEK_OK)
		memset(out, 0, sizeof(*out));
	return (err);
}

enum sek_err
sek_store_password_of(struct sek_store *st, const struct sek_password_of *in,
    struct sek_password_of_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_PASSWORD_OF, in, out)) != SEK_OK)
		sek_wipe(out, sizeof(*out));
	return (err);
}

enum sek_err
sek_store_password_history(struct sek_store *st,
    const struct sek_password_history *in,
    struct sek_password_history_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_PASSWORD_HISTORY, in, out)) !=
	    SEK_OK)
		sek_wipe(out, sizeof(*out));
	return (err);
}

enum sek_err
sek_store_password_seen(struct sek_store *st,
    const struct sek_password_seen *in, struct sek_password_seen_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_PASSWORD_SEEN, in, out)) !=
	    SEK_OK)
		memset(out, 0, sizeof(*out));
	return (err);
}

enum sek_err
sek_store_password_begin(struct sek_store *st,
    const struct sek_password_begin *in, struct sek_password_begin_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_PASSWORD_BEGIN, in, out)) !=
	    SEK_OK)
		memset(out, 0, sizeof(*out));
	return (err);
}

enum sek_err
sek_store_password_end(struct sek_store *st, const struct sek_password_end *in)
{

	return (sek_store_call(st, SEK_OP_PASSWORD_END, in, NULL));
}

enum sek_err
sek_store_privilege(struct sek_store *st, const struct sek_privilege *in,
    struct sek_privilege_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_PRIVILEGE, in, out)) != SEK_OK) {
		memset(out, 0, sizeof(*out));
		out->reason = SEK_REASON_STORE;
	}
	return (err);
}

enum sek_err
sek_store_session_over(struct sek_store *st,
    const struct sek_session_over *in)
{

	return (sek_store_call(st, SEK_OP_SESSION_OVER, in, NULL));
}

enum sek_err
sek_store_not_me(struct sek_store *st, const struct sek_not_me *in,
    struct sek_not_me_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_NOT_ME, in, out)) != SEK_OK)
		memset(out, 0, sizeof(*out));
	return (err);
}

enum sek_err
sek_store_ticket_use(struct sek_store *st, const struct sek_ticket_use *in,
    struct sek_ticket_use_out *out)
{
	enum sek_err err;

	if ((err = sek_store_call(st, SEK_OP_TICKET_USE, in, out)) != SEK_OK) {
		memset(out, 0, sizeof(*out));
		out->reason = SEK_REASON_STORE;
	}
	return (err);
}

/* As with approvals, a no of the rules becomes a failure here. */
enum sek_err
sek_store_substitute(struct sek_store *st, const struct sek_substitute *in,
    struct sek_substitute_out *out)
{
	enum sek_err err;

	err = sek_store_call(st, SEK_OP_SUBSTITUTE, in, out);
	if (err == SEK_ERR_REFUSED)
		out->no = SEK_NO_PROOF;
	if (err == SEK_OK && out->no != SEK_NO_NONE)
		err = sek_why(&st->why, SEK_ERR_REFUSED, "%s: refused: %s",
		    st->config.path,
		    sek_approval_no_name((enum sek_approval_no)out->no));
	if (err != SEK_OK)
		sek_wipe(out->code, sizeof(out->code));
	return (err);
}

enum sek_err
sek_store_break_glass(struct sek_store *st, const struct sek_break_glass *in,
    struct sek_admit_out *out)
{

	return (sek_store_call(st, SEK_OP_BREAK_GLASS, in, out));
}

enum sek_err
sek_store_init(const struct sek_store_config *config, struct sek_why *why)
{
	enum sek_err err;

	if ((err = sek_secret_init()) != SEK_OK)
		return (sek_why(why, err, "libsodium does not start"));
	return (sek_engine_sqlite.init(config, why));
}

/* A tool's call: never carried over, may always spend the ballast when it
 * was told so. */
static enum sek_err
call_tool(struct sek_store *st, enum sek_op op, const struct sek_tool_args *a,
    void *out)
{

	return (call(st, op, a, out));
}

enum sek_err
sek_store_enrol(struct sek_store *st, struct sek_enrol *in,
    const struct sek_record *actor)
{
	struct sek_tool_args a = { .enrol = in, .actor = actor };

	return (call_tool(st, SEK_OP_ENROL, &a, NULL));
}

enum sek_err
sek_store_import(struct sek_store *st, sek_enrol_fn next, void *arg,
    const struct sek_record *actor, uint64_t *count)
{
	struct sek_tool_args a = { .next = next, .arg = arg, .actor = actor };

	*count = 0;
	return (call_tool(st, SEK_OP_IMPORT, &a, count));
}

enum sek_err
sek_store_user(struct sek_store *st, const char *name,
    const struct sek_limits *limits, struct sek_user *out)
{
	struct sek_tool_args a = { .name = name, .limits = limits };

	return (call_tool(st, SEK_OP_USER, &a, out));
}

enum sek_err
sek_store_users(struct sek_store *st, sek_limits_fn limits,
    sek_user_fn fn, void *arg)
{
	struct sek_tool_args a = { .limits_fn = limits, .user_fn = fn,
	    .arg = arg };

	return (call_tool(st, SEK_OP_USERS, &a, NULL));
}

enum sek_err
sek_store_prospect(struct sek_store *st, const struct sek_lookup *in,
    int64_t at, struct sek_prospect *out)
{
	struct sek_tool_args a = { .lookup = in, .until = at };

	return (call_tool(st, SEK_OP_PROSPECT, &a, out));
}

enum sek_err
sek_store_survey(struct sek_store *st, sek_limits_fn limits,
    const char *privileged, int64_t at, sek_prospect_fn fn, void *arg)
{
	struct sek_tool_args a = { .limits_fn = limits, .reason = privileged,
	    .until = at, .prospect_fn = fn, .arg = arg };

	return (call_tool(st, SEK_OP_SURVEY, &a, NULL));
}

enum sek_err
sek_store_suspend(struct sek_store *st, const char *name, const char *reason,
    int64_t until, const struct sek_record *actor)
{
	struct sek_tool_args a = { .name = name, .reason = reason,
	    .until = until, .actor = actor };

	return (call_tool(st, SEK_OP_SUSPEND, &a, NULL));
}

enum sek_err
sek_store_resume(struct sek_store *st, const char *name,
    const struct sek_record *actor)
{
	struct sek_tool_args a = { .name = name, .actor = actor };

	return (call_tool(st, SEK_OP_RESUME, &a, NULL));
}

enum sek_err
sek_store_wake(struct sek_store *st, const char *name,
    const struct sek_record *actor)
{
	struct sek_tool_args a = { .name = name, .actor = actor };

	return (call_tool(st, SEK_OP_WAKE, &a, NULL));
}

enum sek_err
sek_store_password_must(struct sek_store *st,
    const struct sek_password_seen *seen, enum sek_password_must must,
    const struct sek_record *actor)
{
	struct sek_tool_args a = { .seen = seen, .must = must,
	    .actor = actor };

	return (call_tool(st, SEK_OP_PASSWORD_MUST, &a, NULL));
}

enum sek_err
sek_store_unlock(struct sek_store *st, const char *name,
    const struct sek_record *actor, bool *was)
{
	struct sek_tool_args a = { .name = name, .actor = actor };

	*was = false;
	return (call_tool(st, SEK_OP_UNLOCK, &a, was));
}

enum sek_err
sek_store_authenticators(struct sek_store *st, const char *account, bool all,
    sek_authenticator_fn fn, void *arg)
{
	struct sek_tool_args a = { .name = account, .all = all,
	    .authenticator_fn = fn, .arg = arg };

	return (call_tool(st, SEK_OP_AUTHENTICATORS, &a, NULL));
}

enum sek_err
sek_store_authenticator_state(struct sek_store *st, const char *id,
    enum sek_authenticator_state to, const struct sek_record *actor)
{
	struct sek_tool_args a = { .name = id, .state = to, .actor = actor };

	return (call_tool(st, SEK_OP_AUTHENTICATOR_STATE, &a, NULL));
}

enum sek_err
sek_store_authenticator_lost(struct sek_store *st, const char *id,
    const char *reason, sek_lost_fn fn, void *arg,
    const struct sek_record *actor, struct sek_lost *out)
{
	struct sek_tool_args a = { .name = id, .reason = reason,
	    .lost_fn = fn, .arg = arg, .actor = actor };

	return (call_tool(st, SEK_OP_LOST, &a, out));
}

enum sek_err
sek_store_authenticator_found(struct sek_store *st, const char *id,
    const char *reason, const struct sek_record *actor, struct sek_lost *out)
{
	struct sek_tool_args a = { .name = id, .reason = reason,
	    .actor = actor };

	return (call_tool(st, SEK_OP_FOUND, &a, out));
}

enum sek_err
sek_store_retire(struct sek_store *st, const char *name, const char *reason,
    sek_retired_fn fn, void *arg, const struct sek_record *actor,
    struct sek_retired *out)
{
	struct sek_tool_args a = { .name = name, .reason = reason,
	    .retired_fn = fn, .arg = arg, .actor = actor };

	memset(out, 0, sizeof(*out));
	return (call_tool(st, SEK_OP_RETIRE, &a, out));
}

enum sek_err
sek_store_plan(struct sek_store *st, bool try, sek_plan_next_fn next,
    sek_plan_done_fn fn, sek_retired_fn gone, void *arg,
    const struct sek_record *actor, struct sek_plan_counts *out)
{
	struct sek_tool_args a = { .all = try, .plan_next = next,
	    .plan_done = fn, .retired_fn = gone, .arg = arg, .actor = actor };

	memset(out, 0, sizeof(*out));
	return (call_tool(st, SEK_OP_PLAN, &a, out));
}

enum sek_err
sek_store_members(struct sek_store *st, const char *account,
    struct sek_members *out)
{
	struct sek_tool_args a = { .name = account };

	return (call_tool(st, SEK_OP_MEMBERS, &a, out));
}

enum sek_err
sek_store_share(struct sek_store *st, struct sek_enrol *of, const char *person,
    bool member, const struct sek_record *actor, struct sek_shared *out)
{
	struct sek_tool_args a = { .enrol = of, .name = person,
	    .all = member, .actor = actor };

	return (call_tool(st, SEK_OP_SHARE, &a, out));
}

enum sek_err
sek_store_may_change(struct sek_store *st, const char *account,
    bool privileged, enum sek_changing what, const struct sek_record *actor)
{
	struct sek_tool_args a = { .name = account, .all = privileged,
	    .state = what, .actor = actor };

	return (call_tool(st, SEK_OP_MAY_CHANGE, &a, NULL));
}

enum sek_err
sek_store_persons(struct sek_store *st, sek_person_fn fn, void *arg)
{
	struct sek_tool_args a = { .person_fn = fn, .arg = arg };

	return (call_tool(st, SEK_OP_PERSONS, &a, NULL));
}

enum sek_err
sek_store_person(struct sek_store *st, const char *id, struct sek_person *out)
{
	struct sek_tool_args a = { .name = id };

	return (call_tool(st, SEK_OP_PERSON, &a, out));
}

enum sek_err
sek_store_person_edit(struct sek_store *st, const struct sek_person *to,
    const struct sek_record *actor)
{
	struct sek_tool_args a = { .person = to, .actor = actor };

	return (call_tool(st, SEK_OP_PERSON_EDIT, &a, NULL));
}

enum sek_err
sek_store_records(struct sek_store *st, uint64_t first_seq, sek_record_fn fn,
    void *arg)
{
	struct sek_tool_args a = { .first_seq = first_seq, .record_fn = fn,
	    .arg = arg };

	return (call_tool(st, SEK_OP_RECORDS, &a, NULL));
}

enum sek_err
sek_store_records_in(struct sek_store *st,
    const struct sek_record_range *range, sek_record_fn fn, void *arg)
{
	struct sek_tool_args a = { .range = range, .record_fn = fn,
	    .arg = arg };

	return (call_tool(st, SEK_OP_RECORDS_IN, &a, NULL));
}

enum sek_err
sek_store_ends(struct sek_store *st, struct sek_ends *out)
{
	struct sek_tool_args a = { .name = NULL };

	memset(out, 0, sizeof(*out));
	return (call_tool(st, SEK_OP_ENDS, &a, out));
}

enum sek_err
sek_store_verify(struct sek_store *st, struct sek_verify *out,
    void (*progress)(void *arg, uint64_t done, uint64_t all), void *arg)
{

	return (sek_store_verify_noted(st, out, NULL, progress, arg));
}

enum sek_err
sek_store_verify_noted(struct sek_store *st, struct sek_verify *out,
    const uint8_t noted[SEK_SEAL_KEY_LEN],
    void (*progress)(void *arg, uint64_t done, uint64_t all), void *arg)
{
	struct sek_tool_args a = { .progress = progress, .noted = noted,
	    .arg = arg };

	memset(out, 0, sizeof(*out));
	return (call_tool(st, SEK_OP_VERIFY, &a, out));
}

enum sek_err
sek_store_seals(struct sek_store *st, uint64_t from, sek_seal_fn fn, void *arg)
{
	struct sek_tool_args a = { .first_seq = from, .seal_fn = fn,
	    .arg = arg };

	return (call_tool(st, SEK_OP_SEALS, &a, NULL));
}

enum sek_err
sek_store_seal_last(struct sek_store *st, struct sek_seal_row *out)
{
	struct sek_tool_args a = { .name = NULL };

	memset(out, 0, sizeof(*out));
	return (call_tool(st, SEK_OP_SEAL_LAST, &a, out));
}

enum sek_err
sek_store_seal(struct sek_store *st, sek_sign_fn fn, void *arg)
{
	struct sek_tool_args a = { .sign = fn, .arg = arg };

	return (call_tool(st, SEK_OP_SEAL, &a, NULL));
}

enum sek_err
sek_store_purge(struct sek_store *st, const struct sek_purge *in,
    const struct sek_record *actor, uint64_t *through)
{
	struct sek_tool_args a = { .purge = in, .actor = actor };

	*through = 0;
	return (call_tool(st, SEK_OP_PURGE, &a, through));
}

enum sek_err
sek_store_upkeep(struct sek_store *st, struct sek_upkeep *out)
{
	struct sek_tool_args a = { .name = NULL };

	memset(out, 0, sizeof(*out));
	return (call_tool(st, SEK_OP_UPKEEP, &a, out));
}

enum sek_err
sek_store_accept_clock(struct sek_store *st, const struct sek_record *actor)
{
	struct sek_tool_args a = { .actor = actor };

	return (call_tool(st, SEK_OP_ACCEPT_CLOCK, &a, NULL));
}

enum sek_err
sek_store_status(struct sek_store *st, struct sek_store_status *out,
    void (*fn)(void *arg, const char *table, const char *id), void *arg)
{
	struct sek_tool_args a = { .bad_fn = fn, .arg = arg };

	memset(out, 0, sizeof(*out));
	return (call_tool(st, SEK_OP_STATUS, &a, out));
}

enum sek_err
sek_store_mark(struct sek_store *st, const char *name, struct sek_mark *out)
{
	struct sek_tool_args a = { .name = name };

	memset(out, 0, sizeof(*out));
	return (call_tool(st, SEK_OP_MARK, &a, out));
}

enum sek_err
sek_store_mark_set(struct sek_store *st, const struct sek_mark *in)
{
	struct sek_tool_args a = { .mark = in };

	return (call_tool(st, SEK_OP_MARK_SET, &a, NULL));
}

enum sek_err
sek_store_migrate(struct sek_store *st, const struct sek_record *actor,
    struct sek_migrate_out *out)
{
	struct sek_tool_args a = { .actor = actor };

	memset(out, 0, sizeof(*out));
	return (call_tool(st, SEK_OP_MIGRATE, &a, out));
}

enum sek_err
sek_store_roster_collect(struct sek_store *st, struct sek_roster *out)
{
	struct sek_tool_args a = { 0 };
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = call_tool(st, SEK_OP_ROSTER_COLLECT, &a, out)) != SEK_OK)
		sek_roster_free(out);
	return (err);
}

enum sek_err
sek_store_roster_given(struct sek_store *st, const struct sek_roster *r,
    const struct sek_record *actor)
{
	struct sek_tool_args a = { .roster = r, .actor = actor };

	return (call_tool(st, SEK_OP_ROSTER_GIVEN, &a, NULL));
}

enum sek_err
sek_store_roster_exporter(struct sek_store *st, const char *id,
    struct sek_roster_exporter *out)
{
	struct sek_tool_args a = { .name = id };

	memset(out, 0, sizeof(*out));
	return (call_tool(st, SEK_OP_ROSTER_EXPORTER, &a, out));
}

enum sek_err
sek_store_roster_plan(struct sek_store *st, const struct sek_roster *r,
    sek_roster_fn fn, void *arg, struct sek_roster_done *out)
{
	struct sek_tool_args a = { .roster = r, .roster_fn = fn, .arg = arg };

	memset(out, 0, sizeof(*out));
	return (call_tool(st, SEK_OP_ROSTER_PLAN, &a, out));
}

enum sek_err
sek_store_roster_take(struct sek_store *st, const struct sek_roster *r,
    const struct sek_roster_done *planned, sek_roster_fn fn, void *arg,
    const struct sek_record *actor, struct sek_roster_done *out)
{
	struct sek_tool_args a = { .roster = r, .planned = planned,
	    .roster_fn = fn, .arg = arg, .actor = actor };

	memset(out, 0, sizeof(*out));
	return (call_tool(st, SEK_OP_ROSTER_TAKE, &a, out));
}

enum sek_err
sek_store_admissions(struct sek_store *st, sek_admission_fn fn, void *arg)
{
	struct sek_tool_args a = { .admission_fn = fn, .arg = arg };

	return (call_tool(st, SEK_OP_ADMISSIONS, &a, NULL));
}

enum sek_err
sek_store_passphrase(const struct sek_secret *pass, struct sek_why *why)
{

	return (sek_passphrase_check(pass, why));
}

enum sek_err
sek_store_backup(struct sek_store *st, const char *path,
    const struct sek_secret *pass, const struct sek_record *actor,
    struct sek_backup_info *out, sek_progress_fn progress, void *arg)
{
	struct sek_tool_args a = { .name = path, .pass = pass,
	    .actor = actor, .progress = progress, .arg = arg };

	memset(out, 0, sizeof(*out));
	return (call_tool(st, SEK_OP_BACKUP, &a, out));
}

enum sek_err
sek_store_rotate(struct sek_store *st, const struct sek_record *actor,
    struct sek_rotated *out, sek_progress_fn progress, void *arg)
{
	struct sek_tool_args a = { .actor = actor, .progress = progress,
	    .arg = arg };

	memset(out, 0, sizeof(*out));
	return (call_tool(st, SEK_OP_ROTATE, &a, out));
}

enum sek_err
sek_store_adopt(const struct sek_store_config *config,
    const struct sek_adopt_in *in, struct sek_adopted *out,
    struct sek_why *why)
{
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = sek_secret_init()) != SEK_OK)
		return (sek_why(why, err, "libsodium does not start"));
	return (sek_engine_sqlite.adopt(config, in, out, why));
}

enum sek_err
sek_store_restore(const struct sek_store_config *config,
    const struct sek_restore_in *in, struct sek_restored *out,
    struct sek_why *why)
{
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = sek_secret_init()) != SEK_OK)
		return (sek_why(why, err, "libsodium does not start"));
	return (sek_engine_sqlite.restore(config, in, out, why));
}
