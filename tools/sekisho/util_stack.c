/*
 * util_stack.c - services of PAM, judged: who gets in by them, and is it ours?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads what libpam reads, and needs neither root nor store.
 * MUST: what could not be read or judged is never called sound.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/helper_file.h"
#include "sekisho/rule/policy.h"
#include "sekisho/rule/stack_edit.h"
#include "util_stack.h"

#define LINE_MAX_SHOWN	1400u
#define NOBODY		65534u
#define PHASES		3u		/* whose lines are walked */
#define PARTS		4u		/* of session: only the order */
/* For "other" as it answers a program without a file of its own; for
 * pam_start("other"), which no program says, libpam reads its lines twice. */
#define NO_SERVICE	"no file of its own"

static const char *const phase_names[PHASES] = { "auth", "account",
    "password" };

static const char *const faults[] = {
	[SEK_STACK_WRITABLE] = N_("others may change this file or folder"),
	[SEK_STACK_NO_FILE] =
	    N_("no file of its own: the service \"other\" answers"),
	[SEK_STACK_INCLUDE] =
	    N_("the included file is not there: the line refuses"),
	[SEK_STACK_INCLUDE_VENDOR] = N_("the included file is only in the"
	    " vendor's folder, where Debian 12 does not look"),
	[SEK_STACK_INCLUDE_LOOP] = N_("the file includes itself"),
	[SEK_STACK_NOT_A_FILE] = N_("a folder, taken for an empty file"),
	[SEK_STACK_LONG_LINE] = N_("longer than 1023 bytes: libpam takes the"
	    " rest for a line of its own"),
	[SEK_STACK_UNREADABLE] = N_("libpam stops reading here: nobody gets"
	    " in by this service"),
	[SEK_STACK_UNDEFINED] = N_("libpam goes wrong here and may do"
	    " anything"),
	[SEK_STACK_BAD_LINE] =
	    N_("libpam does not understand the line: it refuses"),
	[SEK_STACK_ABSENT] = N_("the module is not there: nobody gets in"),
	[SEK_STACK_UNTRUSTED] = N_("others may change this module"),
	[SEK_STACK_BACKEND] =
	    N_("this backend lets in who knows no password"),
	[SEK_STACK_BACKEND_ARGUMENT] = N_("nullok and its like are refused:"
	    " nobody gets in"),
	[SEK_STACK_BACKEND_ABSENT] =
	    N_("the backend is not there: nobody gets in"),
	[SEK_STACK_NO_BACKEND] = N_("the line has no backend="),
	[SEK_STACK_NO_ROUND] = N_("no pam_sekisho_lockout line comes before:"
	    " nobody gets in"),
	[SEK_STACK_AFTER_GATE] =
	    N_("comes after the gate, which has decided by then"),
	[SEK_STACK_SECOND_GATE] = N_("a second gate"),
	[SEK_STACK_NO_GATE] = N_("no pam_sekisho_gate line comes after"),
	[SEK_STACK_OTHER_CONF] =
	    N_("its conf= is not that of the lines before"),
	[SEK_STACK_LATENT] =
	    N_("would let in as soon as its module is installed"),
	[SEK_STACK_STRANGE] = N_("not the module installed by that name in"
	    " our folder: not taken for ours"),
	[SEK_STACK_NO_TRAIT] = N_("this backend checks no finger, face or"
	    " vein that counts here: the line refuses"),
	[SEK_STACK_POLICY] = N_("its policy file (conf=) is not the one"
	    " checked here (--conf)"),
	[SEK_STACK_EXPIRED] = N_("where sudo asks for no password, an expired"
	    " one here lets in whatever our gate says: put our lines first"),
	[SEK_STACK_EXEMPT] = N_("people log in by this service: take it out of"
	    " the list"),
	[SEK_STACK_EXEMPT_USER] = N_("this account gets in here without any"
	    " proof of ours"),
	[SEK_STACK_HELPER_ABSENT] = N_("is not there: nobody unlocks this"
	    " locker; install it"),
	[SEK_STACK_HELPER_RIGHTS] = N_("is not root's, not setuid, or not for"
	    " all to run: nobody unlocks this locker; chown root:root, chmod"
	    " 4755"),
	[SEK_STACK_HELPER_NOSUID] = N_("lies on a file system mounted nosuid:"
	    " nobody unlocks this locker"),
	[SEK_STACK_HELPER_WRITABLE] = N_("others may change this program or"
	    " its folder: chown root:root, chmod 4755"),
	[SEK_STACK_LOCKER_ABSENT] = N_("is not there: nobody unlocks this"
	    " locker; it comes with the package, install that again"),
	[SEK_STACK_LOCKER_UNSOUND] = N_("is not sound: nobody unlocks this"
	    " locker; see sekisho stack check --service sekisho-locker"),
	[SEK_STACK_LOCKER_CONF] = N_("a locker's lines go by the default"
	    " policy file alone: with this conf= nobody unlocks"),
	[SEK_STACK_KEEPER] = N_("sets passwords past what Sekisho checks: take"
	    " this line out"),
	[SEK_STACK_NO_PRIVILEGE] = N_("no pam_sekisho_privilege line before"
	    " pam_systemd: sessions of privileged IDs are not kept to their"
	    " rules; run sekisho stack enable again"),
	[SEK_STACK_NO_SESSION] = N_("no pam_sekisho_session line behind"
	    " pam_systemd: nothing ends this session; run sekisho stack enable"
	    " again"),
	[SEK_STACK_PRIVILEGE_LATE] = N_("must stand before pam_systemd and"
	    " pam_sekisho_session: move the line up"),
	[SEK_STACK_SESSION_EARLY] =
	    N_("must stand behind pam_systemd: move the line down")
};

/* What the program's file says of itself. */
static const enum sek_stack_fault helper_faults[] = {
	[SEK_HELPER_FILE_GOOD] = SEK_STACK_HELPER_ABSENT,	/* not told */
	[SEK_HELPER_FILE_ABSENT] = SEK_STACK_HELPER_ABSENT,
	[SEK_HELPER_FILE_RIGHTS] = SEK_STACK_HELPER_RIGHTS,
	[SEK_HELPER_FILE_NOSUID] = SEK_STACK_HELPER_NOSUID,
	[SEK_HELPER_FILE_WRITABLE] = SEK_STACK_HELPER_WRITABLE
};

/* Is the service that decides for lockers in order? */
enum locker_state {
	LOCKER_UNKNOWN = 0,
	LOCKER_SOUND,
	LOCKER_ABSENT,
	LOCKER_UNSOUND
};

/* By these people log in: not to be exempt. */
static const char people[] = "sshd login remote su su-l sudo sudo-i doas "
    "polkit-1 gdm-password gdm-fingerprint gdm-smartcard lightdm sddm xdm kde "
    "kde-np lxdm greetd xrdp-sesman cockpit chsh chfn passwd xscreensaver "
    "swaylock i3lock xsecurelock slock vlock sekisho-locker sekisho-helper "
    "sekisho-witness samba vsftpd dovecot other";

/* What is at hand while a service is judged. */
struct judge {
	const struct sek_pam_stack_places *where;
	const char		*exempt;
	const char		*conf;		/* that lines must name */
	bool			 sudo;		/* sudo asks for this service */
	bool			 is_locker;	/* asks as the user himself */
	struct sek_pam_stack	**stack;	/* of each service, or NULL */
	enum locker_state	 locker;
	/* The phase in hand */
	struct tool_stack_part	*part;
	enum sek_phase		 phase;
	enum sek_err		 err;		/* of telling */
};

/* ---- parts */

/* libpam reads "other" twice: each line is told once. */
enum sek_err
tool_stack_line(struct tool_stack_part *p, const char *where)
{
	char text[LINE_MAX_SHOWN], **more;
	size_t i;

	sek_text_printable(text, sizeof(text), where);
	for (i = 0; i < p->n_path; i++)
		if (strcmp(p->path[i], text) == 0)
			return (SEK_OK);
	if ((more = realloc(p->path, (i + 1) * sizeof(*more))) == NULL)
		return (SEK_ERR_NOMEM);
	p->path = more;
	if ((more[i] = strdup(text)) == NULL)
		return (SEK_ERR_NOMEM);
	p->n_path++;
	return (SEK_OK);
}

enum sek_err
tool_stack_finding(struct tool_stack_part *p, enum sek_stack_harm harm,
    const char *where, const char *text)
{
	struct tool_stack_finding *more;
	char shown[LINE_MAX_SHOWN];
	size_t n = p->n_finding;

	if (harm == SEK_STACK_OPENS) {
		p->ok = false;
		if (tool_stack_line(p, where) != SEK_OK)
			return (SEK_ERR_NOMEM);
	}
	more = realloc(p->finding, (n + 1) * sizeof(*more));
	if (more == NULL)
		return (SEK_ERR_NOMEM);
	p->finding = more;
	sek_text_printable(shown, sizeof(shown), where);
	more[n].harm = harm;
	more[n].text = text;
	if ((more[n].where = strdup(shown)) == NULL)
		return (SEK_ERR_NOMEM);
	p->n_finding++;
	return (SEK_OK);
}

void
tool_stack_part_free(struct tool_stack_part *p)
{
	size_t i;

	for (i = 0; i < p->n_path; i++)
		free(p->path[i]);
	for (i = 0; i < p->n_finding; i++)
		free(p->finding[i].where);
	free(p->path);
	free(p->finding);
	free(p->about);
	memset(p, 0, sizeof(*p));
}

/* ---- one phase of one service */

static bool
is_other(const char *name)
{

	return (strcmp(name, "other") == 0);
}

static void
failed(struct judge *j, enum sek_err err)
{

	if (j->err == SEK_OK)
		j->err = err;
}

static void
line_fault(void *arg, enum sek_stack_fault fault,
    const struct sek_stack_line *l)
{
	struct judge *j = arg;
	char text[LINE_MAX_SHOWN];

	(void)sek_stack_print(text, sizeof(text), l, j->phase);
	failed(j, tool_stack_finding(j->part, sek_stack_proof_harm(fault),
	    text, faults[fault]));
}

/* Files are of both phases: told once, but what opens opens both. */
static void
note_faults(struct judge *j, const struct sek_pam_stack *stack)
{
	const struct sek_pam_stack_note *notes;
	enum sek_stack_harm harm;
	char where[LINE_MAX_SHOWN];
	size_t i, n;

	notes = sek_pam_stack_notes(stack, &n);
	for (i = 0; i < n; i++) {
		if (notes[i].fault == SEK_STACK_NO_FILE &&
		    strcmp(notes[i].file, NO_SERVICE) == 0)
			continue;
		if (notes[i].number != 0)
			(void)sek_text_format(where, sizeof(where), "%s:%u",
			    notes[i].file, notes[i].number);
		else
			(void)sek_text_copy(where, sizeof(where),
			    notes[i].file);
		harm = sek_stack_proof_harm(notes[i].fault);
		if (j->phase == SEK_PHASE_AUTH)
			failed(j, tool_stack_finding(j->part, harm, where,
			    faults[notes[i].fault]));
		else if (harm == SEK_STACK_OPENS) {
			j->part->ok = false;
			failed(j, tool_stack_line(j->part, where));
		}
	}
}

/* The lines by which it lets in. */
static void
way_in(struct judge *j, const struct sek_stack_proof *proof,
    const struct sek_stack_line *lines)
{
	char text[LINE_MAX_SHOWN];
	size_t i;

	for (i = 0; i < proof->n; i++) {
		if (!proof->path[i].counts)
			continue;
		(void)sek_stack_print(text, sizeof(text),
		    &lines[proof->path[i].line], j->phase);
		failed(j, tool_stack_line(j->part, text));
	}
}

/* A line of ours that goes by another policy. */
static void
check_policy(struct judge *j, const struct sek_stack_line *l)
{
	const char *conf = sek_stack_conf(l);

	if (conf == NULL)
		conf = TOOL_DEFAULT_CONF;
	if (sek_stack_is_ours(l) && strcmp(conf, j->conf) != 0)
		line_fault(j, SEK_STACK_POLICY, l);
	if (sek_stack_is_ours(l) && strcmp(conf, TOOL_DEFAULT_CONF) != 0 &&
	    j->is_locker && l->role == SEK_STACK_GATE)
		line_fault(j, SEK_STACK_LOCKER_CONF, l);
}

static void
look_for_ours(struct judge *j, const struct sek_stack_line *lines, size_t n)
{
	struct tool_stack_part *p = j->part;
	size_t i;

	for (i = 0; i < n; i++) {
		p->ours = p->ours || sek_stack_is_ours(&lines[i]);
		if (!p->gate)
			p->methods |= sek_stack_methods(&lines[i]);
		p->gate = p->gate || (lines[i].role == SEK_STACK_GATE &&
		    !lines[i].absent);
		check_policy(j, &lines[i]);
	}
}

/* Have passwords been put in our hands here? A folder of others has not. */
static bool
has_password_snippet(const struct judge *j)
{
	char path[SEK_PATH_MAX];

	return (j->where->dir != NULL && sek_text_format(path, sizeof(path),
	    "%s/sekisho-password", j->where->dir) == SEK_OK &&
	    access(path, F_OK) == 0);
}

/* Are passwords to be changed through ours by this service, and are the lines
 * by which it does so its own? Programs without any have those of "other". */
static bool
sets_passwords(const struct judge *j, const struct tool_stack_service *s,
    const struct sek_pam_stack *stack)
{
	const struct sek_stack_line *lines;
	bool ours = false;
	size_t i, n;

	lines = sek_pam_stack_lines(stack, SEK_PHASE_PASSWORD, &n);
	for (i = 0; i < n; i++)
		ours = ours || sek_stack_is_ours(&lines[i]);
	return (n > 0 && (ours || has_password_snippet(j)) &&
	    (sek_edit_rule(s->name)->take & SEK_EDIT_PASSWORD) != 0 &&
	    (sek_pam_stack_own(stack, SEK_PHASE_PASSWORD) ||
	    is_other(s->name)));
}

/* What of ours stands in phases that are not judged: only its file and
 * policy. */
static void
look_at_others(struct judge *j, const struct tool_stack_service *s,
    const struct sek_pam_stack *stack)
{
	const struct sek_stack_line *lines;
	enum sek_phase own = j->phase;
	size_t i, n;

	for (j->phase = sets_passwords(j, s, stack) ? SEK_PHASE_SESSION :
	    SEK_PHASE_PASSWORD; j->phase <= SEK_PHASE_SESSION;
	    j->phase++) {
		lines = sek_pam_stack_lines(stack, j->phase, &n);
		for (i = 0; i < n; i++) {
			check_policy(j, &lines[i]);
			if (lines[i].untrusted)
				line_fault(j, SEK_STACK_UNTRUSTED, &lines[i]);
			if (lines[i].strange)
				line_fault(j, SEK_STACK_STRANGE, &lines[i]);
			if (sek_stack_is_ours(&lines[i]) && lines[i].absent)
				line_fault(j, SEK_STACK_ABSENT, &lines[i]);
		}
	}
	j->phase = own;
}

/* A part of its own, where there is something to tell. */
static void
session_fault(void *arg, enum sek_stack_fault fault,
    const struct sek_stack_line *l)
{
	struct judge *j = arg;

	j->part->name = "session";
	j->part->ok = false;
	j->part->ours = j->part->own = true;
	line_fault(j, fault, l);
}

static void
judge_session(struct judge *j, struct tool_stack_service *s,
    const struct sek_pam_stack *stack)
{
	const struct sek_stack_line *lines;
	size_t n;

	if (!sek_pam_stack_own(stack, SEK_PHASE_SESSION) &&
	    !is_other(s->name))
		return;
	j->part = &s->part[SEK_PHASE_SESSION];
	j->phase = SEK_PHASE_SESSION;
	j->part->ok = true;
	lines = sek_pam_stack_lines(stack, SEK_PHASE_SESSION, &n);
	sek_stack_proof_session(lines, n, session_fault, j);
}

/* sudo takes "authtok_expired" for a yes where it asks for no password. */
static void
check_expired(struct judge *j, struct sek_stack_proof *proof,
    const struct sek_stack_line *lines, size_t n)
{
	size_t i;

	if (j->phase != SEK_PHASE_ACCOUNT || !j->sudo || !j->part->proved)
		return;
	j->part->err = sek_stack_proof_expired(proof, lines, n);
	if (j->part->err != SEK_OK)
		j->part->ok = false;
	for (i = 0; j->part->err == SEK_OK && i < proof->n; i++)
		if (proof->path[i].answer == SEK_STACK_TOO_OLD &&
		    proof->path[i].counts)
			line_fault(j, SEK_STACK_EXPIRED,
			    &lines[proof->path[i].line]);
}

static void
judge_phase(struct judge *j, const struct tool_stack_service *s,
    const struct sek_pam_stack *stack)
{
	struct tool_stack_part *p = j->part;
	const struct sek_stack_line *lines;
	struct sek_stack_proof *proof;
	size_t n;

	if ((proof = calloc(1, sizeof(*proof))) == NULL) {
		failed(j, SEK_ERR_NOMEM);
		return;
	}
	lines = sek_pam_stack_lines(stack, j->phase, &n);
	p->name = phase_names[j->phase];
	p->own = sek_pam_stack_own(stack, j->phase);
	p->err = sek_stack_proof_run(proof, lines, n, j->phase,
	    s->root_switch);
	p->ok = p->proved = p->err == SEK_OK && proof->ok;
	if (p->err == SEK_OK)
		way_in(j, proof, lines);
	look_for_ours(j, lines, n);
	check_expired(j, proof, lines, n);
	free(proof);
	/* A way in may also lie beside the lines: in who may change them. */
	note_faults(j, stack);
	failed(j, sek_stack_proof_faults(lines, n, j->phase, s->root_switch,
	    line_fault, j));
	if (j->phase == SEK_PHASE_ACCOUNT)
		look_at_others(j, s, stack);
}

/* ---- services */

/* Words of factors.exempt_services that name a service of people. */
static void
check_exempt(struct judge *j, const struct tool_stack_service *s)
{
	const char *cursor = j->exempt;
	size_t len = strlen(s->name);
	char word[SEK_LIST_MAX], where[SEK_LIST_MAX + 32];
	enum sek_stack_fault fault;

	if (!sek_policy_listed(people, s->name))
		return;
	while (sek_text_word(&cursor, word, sizeof(word))) {
		if (strncmp(word, s->name, len) != 0 ||
		    (word[len] != '\0' && word[len] != ':'))
			continue;
		fault = word[len] == '\0' ? SEK_STACK_EXEMPT :
		    SEK_STACK_EXEMPT_USER;
		(void)sek_text_format(where, sizeof(where),
		    "factors.exempt_services = %s", word);
		failed(j, tool_stack_finding(j->part,
		    sek_stack_proof_harm(fault), where, faults[fault]));
	}
}

static bool
has_fault(const struct tool_stack_part *p)
{
	size_t i;

	for (i = 0; i < p->n_finding; i++)
		if (p->finding[i].harm != SEK_STACK_NOTED)
			return (true);
	return (p->err != SEK_OK);
}

static bool
is_harmed(const struct tool_stack_part *p)
{

	return (has_fault(p) || !p->ok);
}

/* No person enters by it, or account, which its programs always ask, refuses:
 * then auth may go without a gate, as stack check says of it. */
static bool
lets_nobody_in(const struct tool_stack_service *s)
{
	enum sek_edit_entry entry = sek_edit_rule(s->name)->entry;
	const struct tool_stack_part *account = &s->part[SEK_PHASE_ACCOUNT];

	if (has_fault(&s->part[SEK_PHASE_AUTH]) || has_fault(account))
		return (false);
	return (entry == SEK_ENTRY_NONE ||
	    (entry == SEK_ENTRY_BY_ACCOUNT && account->proved));
}

/* A service without auth lines of its own is only asked for accounts. */
static enum tool_stack_state
state_of(const struct tool_stack_service *s)
{
	const struct tool_stack_part *auth = &s->part[SEK_PHASE_AUTH];
	const struct tool_stack_part *account = &s->part[SEK_PHASE_ACCOUNT];

	if (s->err != SEK_OK)
		return (TOOL_STACK_BROKEN);
	if (!auth->ours && !account->ours)
		return (TOOL_STACK_OFF);
	/* Most lockers never ask account, and "other" may answer there. */
	if (sek_edit_rule(s->name)->entry == SEK_ENTRY_LOCKER) {
		if (!auth->ours && !account->own)
			return (TOOL_STACK_OFF);
		return (auth->gate && !is_harmed(auth) ? TOOL_STACK_ON :
		    TOOL_STACK_BROKEN);
	}
	if (account->gate && !is_harmed(account) &&
	    ((!auth->own && !auth->ours) || (auth->gate && !is_harmed(auth))))
		return (TOOL_STACK_ON);
	return (lets_nobody_in(s) ? TOOL_STACK_OFF : TOOL_STACK_BROKEN);
}

static void
judge_service(struct judge *j, struct tool_stack_service *s,
    struct sek_pam_stack **stack);

/* sekisho-locker, once; another's file ("other") answering is none of it. */
static enum locker_state
locker_state(struct judge *j)
{
	struct tool_stack_service s = { .root_switch = false };
	struct sek_pam_stack *stack = NULL;
	unsigned i;

	if (j->locker != LOCKER_UNKNOWN)
		return (j->locker);
	(void)sek_text_copy(s.name, sizeof(s.name), SEK_EDIT_LOCKER);
	judge_service(j, &s, &stack);
	if (s.err == SEK_ERR_NOT_FOUND ||
	    (s.err == SEK_OK && !s.part[SEK_PHASE_AUTH].own))
		j->locker = LOCKER_ABSENT;
	else
		j->locker = s.state == TOOL_STACK_ON ? LOCKER_SOUND :
		    LOCKER_UNSOUND;
	sek_pam_stack_free(&stack);
	for (i = 0; i < PARTS; i++)
		tool_stack_part_free(&s.part[i]);
	return (j->locker);
}

static void
helper_fault(struct judge *j, enum sek_stack_fault fault, const char *where)
{
	failed(j, tool_stack_finding(j->part, sek_stack_proof_harm(fault),
	    where, faults[fault]));
}

/*
 * Lines of ours in a locker hand over to the helper, which goes by
 * sekisho-locker: both must be there. Where pam.d is another (--dir), this
 * system's helper is none of it.
 */
static void
check_locker(struct judge *j, struct tool_stack_service *s)
{
	struct sek_pam_stack_places system;
	enum sek_helper_file helper = SEK_HELPER_FILE_GOOD;
	enum locker_state locker;

	if (sek_edit_rule(s->name)->entry != SEK_ENTRY_LOCKER ||
	    !s->part[SEK_PHASE_AUTH].ours)
		return;
	sek_pam_stack_system(&system);
	if (j->where->stands_for != NULL ||
	    strcmp(j->where->dir, system.dir) == 0)
		helper = sek_helper_file_state(SEK_HELPER_FILE);
	locker = locker_state(j);
	j->part = &s->part[SEK_PHASE_AUTH];
	if (helper != SEK_HELPER_FILE_GOOD)
		helper_fault(j, helper_faults[helper], SEK_HELPER_FILE);
	if (locker == LOCKER_ABSENT)
		helper_fault(j, SEK_STACK_LOCKER_ABSENT, SEK_EDIT_LOCKER);
	if (locker == LOCKER_UNSOUND)
		helper_fault(j, SEK_STACK_LOCKER_UNSOUND, SEK_EDIT_LOCKER);
}

static void
judge_service(struct judge *j, struct tool_stack_service *s,
    struct sek_pam_stack **stack)
{
	struct sek_why why = { "" };
	unsigned i;

	s->root_switch = sek_policy_bare("", s->name, "", 0) ==
	    SEK_BARE_ROOT_SWITCH;
	s->exempt = sek_policy_bare(j->exempt, s->name, "", NOBODY) ==
	    SEK_BARE_EXEMPT;
	j->sudo = sek_policy_bare("", s->name, "", NOBODY) == SEK_BARE_REUSE;
	j->is_locker = sek_edit_rule(s->name)->entry == SEK_ENTRY_LOCKER;
	s->err = sek_pam_stack_load(stack, j->where, is_other(s->name) ?
	    NO_SERVICE : s->name, &why);
	(void)sek_text_copy(s->why, sizeof(s->why), why.text);
	for (i = 0; s->err == SEK_OK && i < PHASES; i++) {
		if (i == SEK_PHASE_PASSWORD && !sets_passwords(j, s, *stack))
			continue;
		j->part = &s->part[i];
		j->phase = (enum sek_phase)i;
		judge_phase(j, s, *stack);
		if (j->phase == SEK_PHASE_ACCOUNT)
			check_exempt(j, s);
	}
	if (s->err == SEK_OK)
		check_locker(j, s);
	if (s->err == SEK_OK)
		judge_session(j, s, *stack);
	s->state = state_of(s);
}

/* A file of one phase that others include is a part of services, not one; nor
 * is a common file that none includes any more. */
static bool
is_fragment(const struct judge *j, const struct tool_stack *all, size_t at)
{
	unsigned phase, phases = 0;
	size_t i;

	if (j->stack[at] == NULL)
		return (false);
	if (sek_edit_is_part(all->service[at].name))
		return (true);
	for (phase = SEK_PHASE_AUTH; phase <= SEK_PHASE_SESSION; phase++)
		if (sek_pam_stack_own(j->stack[at], (enum sek_phase)phase))
			phases++;
	if (is_other(all->service[at].name) || phases > 1)
		return (false);
	for (i = 0; i < all->n; i++)
		if (j->stack[i] != NULL && sek_pam_stack_includes(j->stack[i],
		    all->service[at].name))
			return (true);
	return (false);
}

static enum sek_err
judge_all(struct judge *j, struct tool_stack *all, const char *const *names)
{
	enum sek_err err = SEK_OK;
	size_t i;

	if ((j->stack = calloc(all->n + 1, sizeof(*j->stack))) == NULL)
		return (SEK_ERR_NOMEM);
	for (i = 0; i < all->n && j->err == SEK_OK; i++) {
		if ((err = sek_text_copy(all->service[i].name,
		    sizeof(all->service[i].name), names[i])) != SEK_OK)
			break;
		judge_service(j, &all->service[i], &j->stack[i]);
	}
	for (i = 0; err == SEK_OK && i < all->n; i++)
		all->service[i].fragment = is_fragment(j, all, i);
	for (i = 0; i < all->n; i++)
		sek_pam_stack_free(&j->stack[i]);
	free(j->stack);
	return (err == SEK_OK ? j->err : err);
}

enum sek_err
tool_stack_judge(const struct tool *t,
    const struct sek_pam_stack_places *where, const char *const *names,
    size_t n, struct tool_stack **out, struct sek_why *why)
{
	struct judge j = { .where = where, .conf = t->conf, .exempt = "" };
	struct sek_settings *settings = NULL;
	struct tool_stack *all = NULL;
	struct sek_why ignored;
	char **found = NULL;
	enum sek_err err;

	if (names == NULL && (err = sek_pam_stack_names(&found, &n, where,
	    why)) != SEK_OK)
		return (err);
	err = SEK_ERR_NOMEM;
	if ((all = calloc(1, sizeof(*all))) == NULL ||
	    (all->service = calloc(n + 1, sizeof(*all->service))) == NULL ||
	    (settings = calloc(1, sizeof(*settings))) == NULL)
		goto out;
	all->n = n;
	/* Without settings that can be used nobody is exempt. */
	if (sek_settings_load_under(settings, t->conf, true,
	    sek_settings_floors, NULL, &ignored) == SEK_OK)
		j.exempt = settings->factors.exempt_services;
	err = judge_all(&j, all, names != NULL ? names :
	    (const char *const *)found);
	if (err == SEK_OK) {
		*out = all;
		all = NULL;
	}
out:
	if (err != SEK_OK)
		(void)sek_why(why, err, "%s", err == SEK_ERR_SYNTAX ||
		    err == SEK_ERR_RANGE ? "not a service's name" :
		    "out of memory");
	if (found != NULL)
		sek_pam_stack_names_free(&found, n);
	tool_stack_free(&all);
	free(settings);
	return (err);
}

void
tool_stack_free(struct tool_stack **sp)
{
	struct tool_stack *s = *sp;
	size_t i;
	unsigned p;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		for (p = 0; p < PARTS; p++)
			tool_stack_part_free(&s->service[i].part[p]);
	free(s->service);
	free(s);
	*sp = NULL;
}

const struct tool_stack_service *
tool_stack_find(const struct tool_stack *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->service[i].name, name) == 0)
			return (&s->service[i]);
	return (NULL);
}

bool
tool_stack_is_on(const struct tool *t,
    const struct sek_pam_stack_places *where, const char *service,
    bool *exempt)
{
	struct tool_stack *all = NULL;
	struct sek_why why = { "" };
	bool on;

	*exempt = true;
	if (tool_stack_judge(t, where, &service, 1, &all, &why) != SEK_OK)
		return (false);
	on = all->service[0].state == TOOL_STACK_ON;
	*exempt = all->service[0].exempt;
	tool_stack_free(&all);
	return (on);
}

const char *
tool_stack_state_name(enum tool_stack_state state)
{
	static const char *const names[] = {
		[TOOL_STACK_BROKEN] = "broken",
		[TOOL_STACK_OFF] = "off",
		[TOOL_STACK_ON] = "on"
	};

	return (names[state]);
}
