/*
 * stack_proof.c - every way a phase can say yes without the gate
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A breadth-first search over the states of libpam's walk: the first way in
 * that is found is a shortest one.
 * MUST: a proof that was not brought to its end is not ok.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sekisho/rule/stack_proof.h"

#define NODES_MAX	65536u
#define NODES_FIRST	128u		/* a power of two */
#define NOBODY		UINT32_MAX
#define BIT(code)	(UINT32_C(1) << (code))

struct node {
	struct sek_stack_state	state;
	uint32_t		parent;
	uint16_t		line;	/* that was run to come here */
	uint8_t			answer;	/* and what it said */
	uint8_t			pad;
};

struct search {
	const struct sek_stack_line	*lines;
	size_t				 n;
	uint32_t			 lets;		/* bit per answer that
							 * lets in */
	bool				 root_switch;
	bool				 password;	/* the phase's yes is
							 * the password line's */
	bool				 all;		/* look behind a yes */
	struct node			*nodes;
	uint32_t			 used;
	uint32_t			 room;
	uint32_t			*table;	/* 2 * room: node + 1, 0 free */
};

/* All that never lets in is one status here: nothing in the walk tells them
 * apart. */
static uint8_t
class_of(uint8_t status)
{

	if (status == SEK_STACK_SUCCESS || status == SEK_STACK_CHANGE_DUE ||
	    status == SEK_STACK_TOO_OLD)
		return (status);
	return (SEK_STACK_PERM_DENIED);
}

/* Drop what no later line can see. */
static void
normalise(struct sek_stack_state *s, const struct sek_stack_line *lines,
    size_t n)
{
	unsigned i, level;

	level = s->at < n ? lines[s->at].level : 0;
	if (s->level > level)
		s->level = (uint8_t)level;
	s->status = class_of(s->status);
	for (i = 0; i < SEK_STACK_LEVELS; i++) {
		s->saved[i][1] = class_of(s->saved[i][1]);
		if (i > s->level)
			s->saved[i][0] = s->saved[i][1] = 0;
	}
}

static uint32_t
hash_of(const struct sek_stack_state *s)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t h = UINT32_C(2166136261);
	size_t i;

	for (i = 0; i < sizeof(*s); i++)
		h = (h ^ p[i]) * UINT32_C(16777619);
	return (h);
}

/* Where a state is in the table, or would be. */
static uint32_t *
place_of(const struct search *f, const struct sek_stack_state *s)
{
	uint32_t h, mask = 2 * f->room - 1;

	for (h = hash_of(s) & mask; f->table[h] != 0; h = (h + 1) & mask)
		if (memcmp(&f->nodes[f->table[h] - 1].state, s,
		    sizeof(*s)) == 0)
			break;
	return (&f->table[h]);
}

static enum sek_err
make_room(struct search *f)
{
	uint32_t i, room = f->room == 0 ? NODES_FIRST : f->room * 2;
	struct node *more;

	if (f->used < f->room)
		return (SEK_OK);
	if (room > NODES_MAX)
		return (SEK_ERR_RANGE);
	if ((more = realloc(f->nodes, room * sizeof(*more))) == NULL)
		return (SEK_ERR_NOMEM);
	f->nodes = more;
	free(f->table);
	if ((f->table = calloc(2 * room, sizeof(*f->table))) == NULL)
		return (SEK_ERR_NOMEM);
	f->room = room;
	for (i = 0; i < f->used; i++)
		*place_of(f, &f->nodes[i].state) = i + 1;
	return (SEK_OK);
}

/* Remember a state, unless it was seen before. */
static enum sek_err
visit(struct search *f, const struct node *to)
{
	enum sek_err err;
	uint32_t *place;

	if ((err = make_room(f)) != SEK_OK)
		return (err);
	place = place_of(f, &to->state);
	if (*place == 0) {
		f->nodes[f->used] = *to;
		*place = ++f->used;
	}
	return (SEK_OK);
}

static bool
lets_in(const struct search *f, const struct sek_stack_state *s)
{

	return ((f->lets & (UINT32_C(1) << sek_stack_result(s))) != 0);
}

/* The answer after which nothing more is to be feared of this run. */
static bool
is_yes(const struct search *f, const struct sek_stack_line *l, int answer)
{

	if (answer != SEK_STACK_SUCCESS || l->kind != SEK_STACK_MODULE ||
	    f->all)
		return (false);
	if (f->password)
		return (l->role == SEK_STACK_PASSWORD);
	return ((l->role == SEK_STACK_GATE ||
	    (l->role == SEK_STACK_ROOTOK && f->root_switch)));
}

static bool
counts(const struct sek_stack_line *l, int answer)
{

	if (l->kind != SEK_STACK_MODULE)
		return (false);
	return (l->role == SEK_STACK_GATE ||
	    l->action[answer] != SEK_STACK_DO_IGNORE);
}

/* Write down the way to the last step, taken from a node. */
static void
tell_way(struct sek_stack_proof *out, const struct search *f,
    const struct node *last)
{
	const struct node *at;
	size_t n = 0;

	for (at = last; at->parent != NOBODY; at = &f->nodes[at->parent])
		n++;
	out->n = n;
	for (at = last; at->parent != NOBODY; at = &f->nodes[at->parent]) {
		n--;
		out->path[n].line = at->line;
		out->path[n].answer = at->answer;
		out->path[n].counts = counts(&f->lines[at->line], at->answer);
	}
}

/* From a node on by one answer; *found: a way in. */
static enum sek_err
follow(struct sek_stack_proof *out, struct search *f, uint32_t from,
    int answer, bool *found)
{
	struct node to = { .parent = from, .answer = (uint8_t)answer };
	const struct sek_stack_line *l;

	to.state = f->nodes[from].state;
	to.line = to.state.at;
	l = &f->lines[to.line];
	if (is_yes(f, l, answer))
		return (SEK_OK);
	sek_stack_step(&to.state, f->lines, f->n, answer, answer);
	if (to.state.at < f->n) {
		normalise(&to.state, f->lines, f->n);
		return (visit(f, &to));
	}
	if (lets_in(f, &to.state)) {
		tell_way(out, f, &to);
		*found = true;
	}
	return (SEK_OK);
}

/* A substack's own line says nothing: one answer stands for all. */
static bool
can_answer(const struct sek_stack_line *l, int answer)
{

	if (l->kind == SEK_STACK_SUBSTACK)
		return (answer == 0);
	return ((l->may & (UINT32_C(1) << answer)) != 0);
}

static enum sek_err
search(struct sek_stack_proof *out, struct search *f)
{
	const struct sek_stack_line *l;
	enum sek_err err = SEK_OK;
	bool found = false;
	uint32_t from;
	int i, answer;

	for (from = 0; from < f->used; from++) {
		l = &f->lines[f->nodes[from].state.at];
		/* Twice: answers that are ignored first, so that the way told
		 * has no line in it that is not needed. */
		for (i = 0; i < 2 * SEK_STACK_CODES; i++) {
			answer = i % SEK_STACK_CODES;
			if (!can_answer(l, answer) || (i < SEK_STACK_CODES) !=
			    (l->action[answer] == SEK_STACK_DO_IGNORE))
				continue;
			err = follow(out, f, from, answer, &found);
			if (err != SEK_OK || found)
				return (err);
		}
	}
	out->ok = true;
	return (SEK_OK);
}

static enum sek_err
search_from_start(struct sek_stack_proof *out, struct search *f)
{
	struct node first = { .parent = NOBODY };
	enum sek_err err;

	sek_stack_begin(&first.state);
	if ((err = visit(f, &first)) == SEK_OK)
		err = search(out, f);
	return (err);
}

static enum sek_err
prove(struct sek_stack_proof *out, struct search *f)
{
	enum sek_err err = search_from_start(out, f);

	free(f->nodes);
	free(f->table);
	f->nodes = NULL;
	f->table = NULL;
	f->used = f->room = 0;
	return (err);
}

enum sek_err
sek_stack_proof_run(struct sek_stack_proof *out,
    const struct sek_stack_line *lines, size_t n, enum sek_phase phase,
    bool root_switch)
{
	struct search f = { .lines = lines, .n = n,
	    .lets = BIT(SEK_STACK_SUCCESS), .root_switch = root_switch,
	    .password = phase == SEK_PHASE_PASSWORD };
	enum sek_err err;

	out->ok = false;
	out->n = 0;
	if (n > SEK_STACK_LINES_MAX)
		return (SEK_ERR_RANGE);
	if (n == 0) {
		out->ok = true;		/* libpam refuses */
		return (SEK_OK);
	}
	/* A way by success says more than one by a change due. */
	err = prove(out, &f);
	if (err != SEK_OK || !out->ok || phase != SEK_PHASE_ACCOUNT)
		return (err);
	out->ok = false;
	f.lets |= BIT(SEK_STACK_CHANGE_DUE);
	return (prove(out, &f));
}

enum sek_err
sek_stack_proof_expired(struct sek_stack_proof *out,
    const struct sek_stack_line *lines, size_t n)
{
	struct search f = { .lines = lines, .n = n,
	    .lets = BIT(SEK_STACK_TOO_OLD) };

	out->ok = n == 0;
	out->n = 0;
	if (n > SEK_STACK_LINES_MAX)
		return (SEK_ERR_RANGE);
	return (n == 0 ? SEK_OK : prove(out, &f));
}

/* Which lines any walk of the password phase can come to. */
static enum sek_err
reached(bool *is, const struct sek_stack_line *lines, size_t n)
{
	struct search f = { .lines = lines, .n = n, .all = true };
	struct sek_stack_proof *proof;
	enum sek_err err;
	uint32_t i;

	if ((proof = calloc(1, sizeof(*proof))) == NULL)
		return (SEK_ERR_NOMEM);
	err = search_from_start(proof, &f);
	for (i = 0; i < f.used; i++)
		is[f.nodes[i].state.at] = true;
	free(f.nodes);
	free(f.table);
	free(proof);
	return (err);
}

/* ---- faults */

static const enum sek_stack_harm harms[] = {
	[SEK_STACK_WRITABLE] = SEK_STACK_OPENS,
	[SEK_STACK_NO_FILE] = SEK_STACK_NOTED,
	[SEK_STACK_INCLUDE] = SEK_STACK_SHUTS,
	[SEK_STACK_INCLUDE_VENDOR] = SEK_STACK_SHUTS,
	[SEK_STACK_INCLUDE_LOOP] = SEK_STACK_SHUTS,
	[SEK_STACK_NOT_A_FILE] = SEK_STACK_SHUTS,
	[SEK_STACK_LONG_LINE] = SEK_STACK_SHUTS,
	[SEK_STACK_UNREADABLE] = SEK_STACK_SHUTS,
	[SEK_STACK_UNDEFINED] = SEK_STACK_OPENS,
	[SEK_STACK_BAD_LINE] = SEK_STACK_SHUTS,
	[SEK_STACK_ABSENT] = SEK_STACK_SHUTS,
	[SEK_STACK_UNTRUSTED] = SEK_STACK_OPENS,
	[SEK_STACK_STRANGE] = SEK_STACK_SHUTS,
	[SEK_STACK_NO_TRAIT] = SEK_STACK_SHUTS,
	[SEK_STACK_BACKEND] = SEK_STACK_OPENS,
	[SEK_STACK_BACKEND_ARGUMENT] = SEK_STACK_SHUTS,
	[SEK_STACK_BACKEND_ABSENT] = SEK_STACK_SHUTS,
	[SEK_STACK_NO_BACKEND] = SEK_STACK_SHUTS,
	[SEK_STACK_NO_ROUND] = SEK_STACK_SHUTS,
	[SEK_STACK_AFTER_GATE] = SEK_STACK_SHUTS,
	[SEK_STACK_SECOND_GATE] = SEK_STACK_SHUTS,
	[SEK_STACK_NO_GATE] = SEK_STACK_SHUTS,
	[SEK_STACK_OTHER_CONF] = SEK_STACK_SHUTS,
	[SEK_STACK_LATENT] = SEK_STACK_NOTED,
	[SEK_STACK_POLICY] = SEK_STACK_SHUTS,
	[SEK_STACK_EXPIRED] = SEK_STACK_OPENS,
	[SEK_STACK_EXEMPT] = SEK_STACK_OPENS,
	[SEK_STACK_EXEMPT_USER] = SEK_STACK_NOTED,
	[SEK_STACK_HELPER_ABSENT] = SEK_STACK_SHUTS,
	[SEK_STACK_HELPER_RIGHTS] = SEK_STACK_SHUTS,
	[SEK_STACK_HELPER_NOSUID] = SEK_STACK_SHUTS,
	[SEK_STACK_HELPER_WRITABLE] = SEK_STACK_OPENS,
	[SEK_STACK_LOCKER_ABSENT] = SEK_STACK_SHUTS,
	[SEK_STACK_LOCKER_UNSOUND] = SEK_STACK_SHUTS,
	[SEK_STACK_LOCKER_CONF] = SEK_STACK_SHUTS,
	[SEK_STACK_KEEPER] = SEK_STACK_OPENS,
	[SEK_STACK_NO_PRIVILEGE] = SEK_STACK_OPENS,
	[SEK_STACK_NO_SESSION] = SEK_STACK_OPENS,
	[SEK_STACK_PRIVILEGE_LATE] = SEK_STACK_OPENS,
	[SEK_STACK_SESSION_EARLY] = SEK_STACK_OPENS
};

/* They say yes, or nothing, to who knows no password; some ask for another
 * kind, which is then taken for this one. */
static const char *const weak_backends[] = {
	"pam_access.so", "pam_cap.so", "pam_debug.so", "pam_echo.so",
	"pam_ecryptfs.so", "pam_faildelay.so", "pam_faillock.so",
	"pam_filter.so", "pam_fprintd.so", "pam_ftp.so",
	"pam_gnome_keyring.so", "pam_google_authenticator.so",
	"pam_group.so", "pam_kwallet5.so", "pam_lastlog.so",
	"pam_listfile.so", "pam_localuser.so", "pam_mount.so",
	"pam_nologin.so", "pam_oath.so", "pam_permit.so", "pam_rhosts.so",
	"pam_rootok.so", "pam_securetty.so", "pam_sepermit.so",
	"pam_shells.so", "pam_ssh_agent_auth.so", "pam_stress.so",
	"pam_succeed_if.so", "pam_time.so", "pam_timestamp.so",
	"pam_u2f.so", "pam_usertype.so", "pam_warn.so", "pam_wheel.so",
	"pam_yubico.so"
};

/* What was seen of ours in the lines above. */
struct seen {
	const char	*conf;	/* of the first of ours; "" by default */
	bool		 lockout;
	bool		 gate;
};

enum sek_stack_harm
sek_stack_proof_harm(enum sek_stack_fault fault)
{

	if ((size_t)fault >= sizeof(harms) / sizeof(harms[0]))
		return (SEK_STACK_OPENS);
	return (harms[fault]);
}

static bool
is_weak_backend(const char *backend, const char *const *argv, size_t n)
{
	const char *name;
	bool told = false;
	size_t i;

	name = strrchr(backend, '/');
	name = name == NULL ? backend : name + 1;
	for (i = 0; i < sizeof(weak_backends) / sizeof(weak_backends[0]); i++)
		if (strcmp(name, weak_backends[i]) == 0)
			return (true);
	/* A program that is not told the password cannot have checked it. */
	for (i = 0; i < n; i++)
		told = told || strcasecmp(argv[i], "expose_authtok") == 0;
	if (strcmp(name, "pam_exec.so") == 0 && !told)
		return (true);
	return (strncmp(name, "pam_sekisho_", 12) == 0);
}

static void
check_backend(const struct sek_stack_line *l, sek_stack_fault_fn fn,
    void *arg)
{
	const char *const *argv = NULL;
	const char *backend;
	size_t i, n = 0;
	bool refused = false;

	backend = sek_stack_backend(l, &argv, &n);
	if (backend == NULL && l->role == SEK_STACK_PASSWORD)
		fn(arg, SEK_STACK_NO_BACKEND, l);
	if (backend == NULL)
		return;
	if (l->backend_absent)
		fn(arg, SEK_STACK_BACKEND_ABSENT, l);
	if (l->role != SEK_STACK_PASSWORD) {
		if (sek_stack_backend_is_no_trait(backend))
			fn(arg, SEK_STACK_NO_TRAIT, l);
		return;
	}
	for (i = 0; i < n; i++)
		refused = refused || sek_stack_backend_refuses(argv[i]);
	if (refused)
		fn(arg, SEK_STACK_BACKEND_ARGUMENT, l);
	if (is_weak_backend(backend, argv, n))
		fn(arg, SEK_STACK_BACKEND, l);
}

static void
check_module(const struct sek_stack_line *l, sek_stack_fault_fn fn, void *arg)
{
	int action = l->action[SEK_STACK_UNKNOWN];

	if (l->kind == SEK_STACK_MUST_FAIL)
		fn(arg, SEK_STACK_BAD_LINE, l);
	if (l->kind != SEK_STACK_MODULE)
		return;
	if (l->untrusted)
		fn(arg, SEK_STACK_UNTRUSTED, l);
	if (l->strange)
		fn(arg, SEK_STACK_STRANGE, l);
	if (l->absent && (sek_stack_is_ours(l) || action == SEK_STACK_DO_BAD ||
	    action == SEK_STACK_DO_DIE))
		fn(arg, SEK_STACK_ABSENT, l);
}

static void
check_conf(struct seen *seen, const struct sek_stack_line *l,
    sek_stack_fault_fn fn, void *arg)
{
	const char *conf = sek_stack_conf(l);

	if (conf == NULL)
		conf = "";
	if (seen->conf == NULL)
		seen->conf = conf;
	else if (strcmp(seen->conf, conf) != 0)
		fn(arg, SEK_STACK_OTHER_CONF, l);
}

static void
check_order(struct seen *seen, const struct sek_stack_line *l,
    enum sek_phase phase, sek_stack_fault_fn fn, void *arg)
{
	bool factor, gate;

	gate = l->role == SEK_STACK_GATE;
	factor = l->role == SEK_STACK_FACTOR || l->role == SEK_STACK_PASSWORD;
	if (gate && seen->gate)
		fn(arg, SEK_STACK_SECOND_GATE, l);
	if ((factor || l->role == SEK_STACK_LOCKOUT) && seen->gate)
		fn(arg, SEK_STACK_AFTER_GATE, l);
	/* Rounds are auth's; account has none to open. */
	if (phase == SEK_PHASE_AUTH && (factor || gate) && !seen->lockout)
		fn(arg, SEK_STACK_NO_ROUND, l);
	if (l->role == SEK_STACK_LOCKOUT)
		seen->lockout = true;
	if (gate)
		seen->gate = true;
}

/* A stack sound only because a module is not there: name that line. */
static enum sek_err
check_latent(const struct sek_stack_line *lines, size_t n,
    enum sek_phase phase, bool root_switch, sek_stack_fault_fn fn, void *arg)
{
	struct sek_stack_proof *proof = NULL;
	struct sek_stack_line *with = NULL;
	enum sek_err err = SEK_ERR_NOMEM;
	size_t i;

	if ((proof = calloc(2, sizeof(*proof))) == NULL ||
	    (with = calloc(n, sizeof(*with))) == NULL)
		goto out;
	for (i = 0; i < n; i++) {
		with[i] = lines[i];
		if (!lines[i].absent || sek_stack_is_ours(&lines[i]))
			continue;
		with[i].absent = false;
		sek_stack_know(&with[i], phase);
	}
	if ((err = sek_stack_proof_run(&proof[0], lines, n, phase,
	    root_switch)) != SEK_OK || !proof[0].ok)
		goto out;
	err = sek_stack_proof_run(&proof[1], with, n, phase, root_switch);
	for (i = 0; err == SEK_OK && i < proof[1].n; i++)
		if (lines[proof[1].path[i].line].absent &&
		    proof[1].path[i].counts)
			fn(arg, SEK_STACK_LATENT,
			    &lines[proof[1].path[i].line]);
out:
	free(with);
	free(proof);
	/* Too many states: sek_stack_proof_run says so to who asks it. */
	return (err == SEK_ERR_RANGE ? SEK_OK : err);
}

/* Lines that set the password beside ours: before it a new one is there before
 * it was judged, behind it another one may come. */
static enum sek_err
check_keepers(const struct sek_stack_line *lines, size_t n,
    sek_stack_fault_fn fn, void *arg)
{
	enum sek_err err = SEK_ERR_NOMEM;
	bool *is;
	size_t i;

	if ((is = calloc(n, sizeof(*is))) != NULL)
		err = reached(is, lines, n);
	for (i = 0; err == SEK_OK && i < n; i++)
		if (is[i] && sek_stack_sets_passwords(&lines[i]))
			fn(arg, SEK_STACK_KEEPER, &lines[i]);
	free(is);
	return (err == SEK_ERR_RANGE ? SEK_OK : err);
}

enum sek_err
sek_stack_proof_faults(const struct sek_stack_line *lines, size_t n,
    enum sek_phase phase, bool root_switch, sek_stack_fault_fn fn, void *arg)
{
	struct seen seen = { NULL, false, false };
	const struct sek_stack_line *ours = NULL;
	enum sek_err err;
	bool absent = false;
	size_t i;

	for (i = 0; i < n; i++) {
		check_module(&lines[i], fn, arg);
		absent = absent || lines[i].absent;
		if (!sek_stack_is_ours(&lines[i]))
			continue;
		ours = &lines[i];
		check_conf(&seen, ours, fn, arg);
		check_backend(ours, fn, arg);
		check_order(&seen, ours, phase, fn, arg);
	}
	if (ours != NULL && !seen.gate && phase != SEK_PHASE_PASSWORD)
		fn(arg, SEK_STACK_NO_GATE, ours);
	if (ours != NULL && phase == SEK_PHASE_PASSWORD &&
	    (err = check_keepers(lines, n, fn, arg)) != SEK_OK)
		return (err);
	if (!absent)
		return (SEK_OK);
	return (check_latent(lines, n, phase, root_switch, fn, arg));
}

/* ---- the session's lines */

static bool
is_module(const struct sek_stack_line *l, const char *name)
{
	const char *base;

	if (l->module == NULL)
		return (false);
	base = strrchr(l->module, '/');
	return (strcmp(base == NULL ? l->module : base + 1, name) == 0);
}

void
sek_stack_proof_session(const struct sek_stack_line *lines, size_t n,
    sek_stack_fault_fn fn, void *arg)
{
	size_t i, privilege = n, session = n, systemd = n;

	for (i = n; i-- > 0;) {		/* the first of each */
		if (is_module(&lines[i], "pam_sekisho_privilege.so"))
			privilege = i;
		else if (is_module(&lines[i], "pam_sekisho_session.so"))
			session = i;
		else if (is_module(&lines[i], "pam_systemd.so"))
			systemd = i;
	}
	if (privilege == n && session == n)
		return;
	if (privilege == n)
		fn(arg, SEK_STACK_NO_PRIVILEGE, &lines[session]);
	else if (session == n)
		fn(arg, SEK_STACK_NO_SESSION, &lines[privilege]);
	else if (privilege > session || (systemd < n && privilege > systemd))
		fn(arg, SEK_STACK_PRIVILEGE_LATE, &lines[privilege]);
	if (session < n && systemd < n && session < systemd)
		fn(arg, SEK_STACK_SESSION_EARLY, &lines[session]);
}
