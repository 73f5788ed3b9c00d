/*
 * stack.c - the lines of one phase of one service, and how libpam walks them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sekisho/model/method.h"
#include "sekisho/rule/stack.h"

#define BIT(code)	(UINT32_C(1) << (code))
#define ANYTHING	(~BIT(SEK_STACK_INCOMPLETE))	/* it comes back */
#define ERRORS		(ANYTHING & ~BIT(SEK_STACK_SUCCESS) & \
			    ~BIT(SEK_STACK_CHANGE_DUE) & ~BIT(SEK_STACK_IGNORE))
#define SILENT		(ERRORS | BIT(SEK_STACK_IGNORE))
/* design section 10: a backend's authtok_expired is not handed on */
#define OUR_ERRORS	(ERRORS & ~BIT(SEK_STACK_TOO_OLD))
#define OUR_SILENT	(OUR_ERRORS | BIT(SEK_STACK_IGNORE))

static const char *const code_names[SEK_STACK_CODES] = {
	"success", "open_err", "symbol_err", "service_err", "system_err",
	"buf_err", "perm_denied", "auth_err", "cred_insufficient",
	"authinfo_unavail", "user_unknown", "maxtries", "new_authtok_reqd",
	"acct_expired", "session_err", "cred_unavail", "cred_expired",
	"cred_err", "no_module_data", "conv_err", "authtok_err",
	"authtok_recover_err", "authtok_lock_busy", "authtok_disable_aging",
	"try_again", "ignore", "abort", "authtok_expired", "module_unknown",
	"bad_item", "conv_again", "incomplete"
};

/* At index i: the word of action -i. */
static const char *const action_names[] = {
	"ignore", "ok", "done", "bad", "die", "reset"
};

static const struct keyword {
	const char	*word;
	int		 success;	/* and a change of password due */
	int		 ignore;
	int		 other;
} keywords[] = {
	{ "required", SEK_STACK_DO_OK, SEK_STACK_DO_IGNORE,
	    SEK_STACK_DO_BAD },
	{ "requisite", SEK_STACK_DO_OK, SEK_STACK_DO_IGNORE,
	    SEK_STACK_DO_DIE },
	{ "optional", SEK_STACK_DO_OK, SEK_STACK_DO_IGNORE,
	    SEK_STACK_DO_IGNORE },
	{ "sufficient", SEK_STACK_DO_DONE, SEK_STACK_DO_IGNORE,
	    SEK_STACK_DO_IGNORE }
};

/*
 * Modules of which more is known than "anything". Ours by any path (who reads
 * the files looks at that file); others only in libpam's own folder, where
 * they are what their name says. Read in their sources, Linux-PAM 1.5.
 */
static const struct known {
	const char		*name;
	enum sek_stack_role	 role;
	uint32_t		 may[2];	/* auth, account */
	const char		*unless;	/* with this argument: anything */
} known[] = {
	{ "pam_sekisho_lockout.so", SEK_STACK_LOCKOUT,
	    { OUR_SILENT, OUR_SILENT }, NULL },
	{ "pam_sekisho_password.so", SEK_STACK_PASSWORD,
	    { OUR_SILENT, OUR_SILENT | BIT(SEK_STACK_CHANGE_DUE) }, NULL },
	{ "pam_sekisho_oath.so", SEK_STACK_FACTOR,
	    { OUR_SILENT, OUR_ERRORS }, NULL },
	{ "pam_sekisho_fido2.so", SEK_STACK_FACTOR,
	    { OUR_SILENT, OUR_ERRORS }, NULL },
	{ "pam_sekisho_card.so", SEK_STACK_FACTOR,
	    { OUR_SILENT, OUR_ERRORS }, NULL },
	{ "pam_sekisho_biometric.so", SEK_STACK_FACTOR,
	    { OUR_SILENT, OUR_ERRORS }, NULL },
	{ "pam_sekisho_ticket.so", SEK_STACK_FACTOR,
	    { OUR_SILENT, OUR_ERRORS }, NULL },
	{ "pam_sekisho_gate.so", SEK_STACK_GATE,
	    { OUR_ERRORS | BIT(SEK_STACK_SUCCESS),
	      OUR_ERRORS | BIT(SEK_STACK_SUCCESS) }, NULL },
	{ "pam_sekisho_privilege.so", SEK_STACK_OURS,
	    { OUR_ERRORS, OUR_SILENT }, NULL },
	{ "pam_sekisho_session.so", SEK_STACK_OURS,
	    { OUR_ERRORS, OUR_ERRORS }, NULL },
	{ "pam_rootok.so", SEK_STACK_ROOTOK, { ANYTHING, ANYTHING }, NULL },
	{ "pam_deny.so", SEK_STACK_FOREIGN, { ERRORS, ERRORS }, NULL },
	{ "pam_permit.so", SEK_STACK_FOREIGN,
	    { ERRORS | BIT(SEK_STACK_SUCCESS), BIT(SEK_STACK_SUCCESS) },
	    NULL },
	{ "pam_warn.so", SEK_STACK_FOREIGN,
	    { BIT(SEK_STACK_IGNORE), BIT(SEK_STACK_IGNORE) }, NULL },
	{ "pam_faildelay.so", SEK_STACK_FOREIGN,
	    { SILENT, ERRORS }, NULL },
	{ "pam_env.so", SEK_STACK_FOREIGN, { SILENT, ERRORS }, NULL },
	{ "pam_nologin.so", SEK_STACK_FOREIGN, { SILENT, SILENT },
	    "successok" },
	{ "pam_wheel.so", SEK_STACK_FOREIGN, { SILENT, SILENT }, "trust" },
	{ "pam_group.so", SEK_STACK_FOREIGN, { SILENT, ERRORS }, NULL },
	{ "pam_selinux.so", SEK_STACK_FOREIGN, { ERRORS, ERRORS }, NULL },
	/* These have no such phase: libpam answers for them. */
	{ "pam_cap.so", SEK_STACK_FOREIGN, { ANYTHING, ERRORS }, NULL },
	{ "pam_ftp.so", SEK_STACK_FOREIGN, { ANYTHING, ERRORS }, NULL },
	{ "pam_google_authenticator.so", SEK_STACK_FOREIGN,
	    { ANYTHING, ERRORS }, NULL },
	{ "pam_issue.so", SEK_STACK_FOREIGN, { ANYTHING, ERRORS }, NULL },
	{ "pam_keyinit.so", SEK_STACK_FOREIGN, { ANYTHING, ERRORS }, NULL },
	{ "pam_limits.so", SEK_STACK_FOREIGN, { ERRORS, ERRORS }, NULL },
	{ "pam_loginuid.so", SEK_STACK_FOREIGN, { ERRORS, ANYTHING }, NULL },
	{ "pam_mail.so", SEK_STACK_FOREIGN, { ANYTHING, ERRORS }, NULL },
	{ "pam_mkhomedir.so", SEK_STACK_FOREIGN, { ERRORS, ERRORS }, NULL },
	{ "pam_motd.so", SEK_STACK_FOREIGN, { ERRORS, ERRORS }, NULL },
	{ "pam_namespace.so", SEK_STACK_FOREIGN, { ERRORS, ERRORS }, NULL },
	{ "pam_oath.so", SEK_STACK_FOREIGN, { ANYTHING, ERRORS }, NULL },
	{ "pam_rhosts.so", SEK_STACK_FOREIGN, { ANYTHING, ERRORS }, NULL },
	{ "pam_systemd.so", SEK_STACK_FOREIGN, { ERRORS, ERRORS }, NULL },
	{ "pam_time.so", SEK_STACK_FOREIGN, { ERRORS, ANYTHING }, NULL },
	{ "pam_timestamp.so", SEK_STACK_FOREIGN, { ANYTHING, ERRORS }, NULL },
	{ "pam_tty_audit.so", SEK_STACK_FOREIGN, { ERRORS, ERRORS }, NULL },
	{ "pam_umask.so", SEK_STACK_FOREIGN, { ERRORS, ERRORS }, NULL },
	{ "pam_xauth.so", SEK_STACK_FOREIGN, { ERRORS, ERRORS }, NULL }
};

const char *
sek_stack_code_name(int code)
{

	if (code < 0 || code >= SEK_STACK_CODES)
		return ("?");
	return (code_names[code]);
}

static bool
is_space(char c)
{

	return (c == ' ' || (c >= '\t' && c <= '\r'));
}

static bool
is_digit(char c)
{

	return (c >= '0' && c <= '9');
}

static void
fill(int action[SEK_STACK_CODES], int with)
{
	int i;

	for (i = 0; i < SEK_STACK_CODES; i++)
		if (action[i] == SEK_STACK_DO_UNDEF)
			action[i] = with;
}

static const char *
skip_space(const char *p)
{

	while (is_space(*p))
		p++;
	return (p);
}

/* The answer named at *p, SEK_STACK_CODES for "default", -1 for none. */
static int
read_code(const char **p)
{
	size_t len;
	int i;

	for (i = 0; i < SEK_STACK_CODES; i++) {
		len = strlen(code_names[i]);
		if (strncmp(*p, code_names[i], len) == 0) {
			*p += len;
			return (i);
		}
	}
	if (strncmp(*p, "default", 7) != 0)
		return (-1);
	*p += 7;
	return (SEK_STACK_CODES);
}

/* The action named at *p: a word or a number; false for neither. */
static bool
read_action(int *action, const char **p)
{
	uint32_t number = 0;
	size_t i, len;

	for (i = 0; i < sizeof(action_names) / sizeof(action_names[0]); i++) {
		len = strlen(action_names[i]);
		if (strncmp(*p, action_names[i], len) == 0) {
			*p += len;
			*action = -(int)i;
			return (true);
		}
	}
	if (!is_digit(**p))
		return (false);
	/* libpam lets the number wrap round; so it must here. */
	while (is_digit(**p))
		number = number * 10 + (uint32_t)(*(*p)++ - '0');
	*action = number > INT32_MAX ? -(int)(UINT32_MAX - number) - 1 :
	    (int)number;
	return (number != 0);
}

/* "value=action" pairs; spaces between are not asked for, as in libpam. */
static bool
read_pairs(int action[SEK_STACK_CODES], const char *p)
{
	int code, what;

	while (*(p = skip_space(p)) != '\0') {
		if ((code = read_code(&p)) < 0 || *(p = skip_space(p)) != '=')
			return (false);
		p = skip_space(p + 1);
		if (!read_action(&what, &p))
			return (false);
		if (code == SEK_STACK_CODES)
			fill(action, what);
		else
			action[code] = what;
	}
	return (true);
}

bool
sek_stack_control(int action[SEK_STACK_CODES], const char *control)
{
	bool understood = true;
	size_t i;
	int c;

	for (c = 0; c < SEK_STACK_CODES; c++)
		action[c] = SEK_STACK_DO_UNDEF;
	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (strcasecmp(control, keywords[i].word) != 0)
			continue;
		action[SEK_STACK_SUCCESS] = keywords[i].success;
		action[SEK_STACK_CHANGE_DUE] = keywords[i].success;
		action[SEK_STACK_IGNORE] = keywords[i].ignore;
		fill(action, keywords[i].other);
		return (true);
	}
	if (!read_pairs(action, control)) {
		for (c = 0; c < SEK_STACK_CODES; c++)
			action[c] = SEK_STACK_DO_BAD;
		understood = false;
	}
	fill(action, SEK_STACK_DO_BAD);
	return (understood);
}

static const char *
base_of(const char *path)
{
	const char *name = strrchr(path, '/');

	return (name == NULL ? path : name + 1);
}

static const struct known *
find_known(const struct sek_stack_line *l)
{
	const char *name;
	size_t i;

	if (l->kind != SEK_STACK_MODULE || l->module == NULL)
		return (NULL);
	name = base_of(l->module);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(name, known[i].name) != 0)
			continue;
		if (strncmp(name, "pam_sekisho_", 12) == 0 || l->known_place)
			return (&known[i]);
	}
	return (NULL);
}

/* In the password phase ours sets the new one or refuses it, and of others
 * only what never says yes is of use. */
static uint32_t
may_of_password(const struct known *k)
{

	if (k->role == SEK_STACK_PASSWORD)
		return (OUR_ERRORS | BIT(SEK_STACK_SUCCESS));
	if (strcmp(k->name, "pam_deny.so") == 0)
		return (ERRORS);
	return (ANYTHING);
}

static bool
has_argument(const struct sek_stack_line *l, const char *argument)
{
	size_t i;

	for (i = 0; argument != NULL && i < l->argc; i++)
		if (strcmp(l->argv[i], argument) == 0)
			return (true);
	return (false);
}

void
sek_stack_know(struct sek_stack_line *l, enum sek_phase phase)
{
	const struct known *k;

	l->role = SEK_STACK_FOREIGN;
	l->may = ANYTHING;
	if ((k = find_known(l)) != NULL) {
		l->role = k->role;
		if ((phase == SEK_PHASE_AUTH || phase == SEK_PHASE_ACCOUNT) &&
		    !has_argument(l, k->unless))
			l->may = k->may[phase == SEK_PHASE_ACCOUNT];
		else if (phase == SEK_PHASE_PASSWORD)
			l->may = may_of_password(k);
	}
	/* What others may change, or another file, is ours by name only. */
	if (l->untrusted || l->strange) {
		l->role = SEK_STACK_FOREIGN;
		l->may = ANYTHING;
	}
	if (l->absent)
		l->may = BIT(SEK_STACK_UNKNOWN);
	if (l->kind == SEK_STACK_MUST_FAIL)
		l->may = BIT(SEK_STACK_PERM_DENIED);
}

bool
sek_stack_is_ours(const struct sek_stack_line *l)
{

	return (l->role != SEK_STACK_FOREIGN && l->role != SEK_STACK_ROOTOK);
}

bool
sek_stack_sets_passwords(const struct sek_stack_line *l)
{
	static const char *const names[] = { "pam_extrausers.so",
	    "pam_krb5.so", "pam_ldap.so", "pam_mysql.so", "pam_pgsql.so",
	    "pam_sss.so", "pam_systemd_home.so", "pam_tcb.so", "pam_unix.so",
	    "pam_unix2.so", "pam_unix_passwd.so", "pam_winbind.so" };
	const char *name;
	size_t i;

	if (l->kind != SEK_STACK_MODULE || l->module == NULL || l->absent)
		return (false);
	name = base_of(l->module);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return (true);
	return (false);
}

static bool
is_biometric(const struct sek_stack_line *l)
{

	return (l->role == SEK_STACK_FACTOR && l->module != NULL &&
	    strcmp(base_of(l->module), "pam_sekisho_biometric.so") == 0);
}

uint32_t
sek_stack_methods(const struct sek_stack_line *l)
{
	static const struct {
		const char	*name;
		uint32_t	 methods;
	} factors[] = {
		{ "pam_sekisho_password.so",
		    SEK_METHOD_BIT(SEK_METHOD_PASSWORD) },
		{ "pam_sekisho_oath.so", SEK_METHOD_BIT(SEK_METHOD_TOTP) |
		    SEK_METHOD_BIT(SEK_METHOD_HOTP) },
		{ "pam_sekisho_card.so", SEK_METHODS_CARD },
		{ "pam_sekisho_fido2.so", SEK_METHOD_BIT(SEK_METHOD_FIDO2) },
		{ "pam_sekisho_ticket.so",
		    SEK_METHOD_BIT(SEK_METHOD_TICKET) }
	};
	const char *const *argv;
	const char *name;
	size_t i, n;

	if (l->absent || l->module == NULL ||
	    (l->role != SEK_STACK_PASSWORD && l->role != SEK_STACK_FACTOR))
		return (0);
	if (is_biometric(l))
		return (SEK_METHOD_BIT(sek_stack_backend(l, &argv, &n) !=
		    NULL ? SEK_METHOD_VENDOR_BIOMETRIC :
		    SEK_METHOD_FINGERPRINT));
	name = base_of(l->module);
	for (i = 0; i < sizeof(factors) / sizeof(factors[0]); i++)
		if (strcmp(name, factors[i].name) == 0)
			return (factors[i].methods);
	return (0);
}

const char *
sek_stack_conf(const struct sek_stack_line *l)
{
	const char *conf = NULL;
	size_t i;

	/* Behind backend= arguments are the backend's. */
	for (i = 0; i < l->argc && strncmp(l->argv[i], "backend=", 8) != 0;
	    i++)
		if (strncmp(l->argv[i], "conf=", 5) == 0)
			conf = l->argv[i] + 5;
	return (conf);
}

const char *
sek_stack_backend(const struct sek_stack_line *l, const char *const **argv,
    size_t *n)
{
	size_t i;

	if (l->role != SEK_STACK_PASSWORD && !is_biometric(l))
		return (NULL);
	for (i = 0; i < l->argc; i++) {
		if (strncmp(l->argv[i], "backend=", 8) != 0)
			continue;
		*argv = l->argv + i + 1;
		*n = l->argc - i - 1;
		return (l->argv[i] + 8);
	}
	return (NULL);
}

bool
sek_stack_backend_refuses(const char *argument)
{
	static const char *const empty[] = {
		"nullok", "nullok_secure", "nullresetok"
	};
	size_t i;

	for (i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		if (strcmp(argument, empty[i]) == 0)
			return (true);
	return (false);
}

/*
 * Beside those named above, which are all of them none: what checks a password,
 * a code, a key, an address, or nothing. pam_fprintd does check a finger, of
 * whomever it was enrolled at an unlocked screen; our own line looks at whose.
 */
static const char *const no_traits[] = {
	"pam_access.so", "pam_ccreds.so", "pam_cracklib.so", "pam_debug.so",
	"pam_duo.so", "pam_echo.so", "pam_ecryptfs.so", "pam_extrausers.so",
	"pam_faillock.so", "pam_filter.so", "pam_fprintd.so",
	"pam_gnome_keyring.so", "pam_google_authenticator.so", "pam_krb5.so",
	"pam_krb5_migrate.so", "pam_kwallet.so", "pam_kwallet5.so",
	"pam_lastlog.so", "pam_ldap.so", "pam_listfile.so",
	"pam_localuser.so", "pam_mount.so", "pam_mysql.so", "pam_oath.so",
	"pam_otpw.so", "pam_p11.so", "pam_passwdqc.so", "pam_pgsql.so",
	"pam_pkcs11.so", "pam_poldi.so", "pam_pwdfile.so", "pam_pwhistory.so",
	"pam_pwquality.so", "pam_radius_auth.so", "pam_securetty.so",
	"pam_sepermit.so", "pam_setquota.so", "pam_shells.so",
	"pam_ssh_agent_auth.so", "pam_sss.so", "pam_sss_gss.so",
	"pam_stress.so", "pam_succeed_if.so", "pam_systemd_home.so",
	"pam_tacplus.so", "pam_tally.so", "pam_tally2.so", "pam_u2f.so",
	"pam_unix.so", "pam_unix2.so", "pam_unix_acct.so",
	"pam_unix_auth.so", "pam_unix_passwd.so", "pam_unix_session.so",
	"pam_usb.so", "pam_userdb.so", "pam_usertype.so", "pam_winbind.so",
	"pam_yubico.so"
};

bool
sek_stack_backend_is_no_trait(const char *backend)
{
	const char *name = base_of(backend);
	size_t i;

	if (strncmp(name, "pam_sekisho_", 12) == 0)
		return (true);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(name, known[i].name) == 0)
			return (true);
	for (i = 0; i < sizeof(no_traits) / sizeof(no_traits[0]); i++)
		if (strcmp(name, no_traits[i]) == 0)
			return (true);
	return (false);
}

bool
sek_stack_print(char *dst, size_t size, const struct sek_stack_line *l,
    enum sek_phase phase)
{
	static const char *const phases[] = {
		"auth", "account", "password", "session"
	};
	bool pairs;
	int len;

	pairs = strchr(l->control, '=') != NULL;
	len = snprintf(dst, size, "%s:%u %s %s%s%s %s", l->file, l->number,
	    phases[phase], pairs ? "[" : "", l->control, pairs ? "]" : "",
	    l->module == NULL ? "?" : l->module);
	return (len >= 0 && (size_t)len < size);
}

void
sek_stack_begin(struct sek_stack_state *s)
{

	memset(s, 0, sizeof(*s));
	s->impression = SEK_STACK_UNDECIDED;
	s->status = SEK_STACK_PERM_DENIED;
	s->saved[0][0] = s->impression;
	s->saved[0][1] = s->status;
}

static void
do_ok(struct sek_stack_state *s, int answer, int cached)
{

	if (s->impression != SEK_STACK_UNDECIDED &&
	    (s->impression != SEK_STACK_POSITIVE ||
	    s->status != SEK_STACK_SUCCESS))
		return;
	/* A frozen chain may bring an IGNORE here; it is not kept. */
	if (answer == SEK_STACK_IGNORE && cached != answer)
		return;
	s->impression = SEK_STACK_POSITIVE;
	s->status = (uint8_t)answer;
}

static void
do_bad(struct sek_stack_state *s, int answer)
{

	if (s->impression == SEK_STACK_NEGATIVE)
		return;
	s->impression = SEK_STACK_NEGATIVE;
	s->status = answer == SEK_STACK_IGNORE ? SEK_STACK_PERM_DENIED :
	    (uint8_t)answer;
}

/* Over so many lines of this level, a substack with all in it being one;
 * past the end of the level is bad. Returns the last line passed over. */
static size_t
do_jump(struct sek_stack_state *s, const struct sek_stack_line *lines,
    size_t n, size_t at, int over)
{
	unsigned level = lines[at].level;

	while (over > 0 && at + 1 < n && lines[at + 1].level >= level) {
		do
			at++;
		while (at + 1 < n && lines[at + 1].level > level);
		over--;
	}
	if (over != 0) {
		s->impression = SEK_STACK_NEGATIVE;
		s->status = SEK_STACK_PERM_DENIED;
	}
	return (at);
}

/* Decided: the last line of this level, deeper ones included. */
static size_t
last_of_level(const struct sek_stack_line *lines, size_t n, size_t at)
{
	unsigned level = lines[at].level;

	while (at + 1 < n && lines[at + 1].level >= level)
		at++;
	return (at);
}

/* Do it; the line after which the walk goes on. */
static size_t
act(struct sek_stack_state *s, const struct sek_stack_line *lines, size_t n,
    int action, int answer, int cached)
{
	size_t at = s->at;

	switch (action) {
	case SEK_STACK_DO_RESET:
		s->impression = s->saved[lines[at].level][0];
		s->status = s->saved[lines[at].level][1];
		break;
	case SEK_STACK_DO_OK:
	case SEK_STACK_DO_DONE:
		do_ok(s, answer, cached);
		if (action == SEK_STACK_DO_DONE &&
		    s->impression == SEK_STACK_POSITIVE)
			at = last_of_level(lines, n, at);
		break;
	case SEK_STACK_DO_BAD:
	case SEK_STACK_DO_DIE:
		do_bad(s, answer);
		if (action == SEK_STACK_DO_DIE)
			at = last_of_level(lines, n, at);
		break;
	case SEK_STACK_DO_IGNORE:
		break;
	default:
		at = do_jump(s, lines, n, at, action);
	}
	return (at);
}

void
sek_stack_step(struct sek_stack_state *s, const struct sek_stack_line *lines,
    size_t n, int answer, int cached)
{
	const struct sek_stack_line *l = &lines[s->at];
	int action;

	if (s->level < l->level) {
		s->saved[l->level][0] = s->impression;
		s->saved[l->level][1] = s->status;
	}
	s->level = (uint8_t)l->level;
	if (l->kind == SEK_STACK_SUBSTACK) {
		s->at++;
		return;
	}
	if (cached < 0 || cached >= SEK_STACK_CODES) {
		answer = SEK_STACK_PERM_DENIED;
		action = SEK_STACK_DO_BAD;
	} else
		action = l->action[cached];
	s->at = (uint16_t)(act(s, lines, n, action, answer, cached) + 1);
}

int
sek_stack_result(const struct sek_stack_state *s)
{

	if (s->status == SEK_STACK_SUCCESS &&
	    s->impression != SEK_STACK_POSITIVE)
		return (SEK_STACK_PERM_DENIED);
	return (s->status);
}

int
sek_stack_run(const struct sek_stack_line *lines, size_t n,
    const int *answers, int *chain, bool frozen)
{
	struct sek_stack_state s;
	size_t i;
	int answer, cached;

	for (i = 0; chain != NULL && !frozen && i < n; i++)
		chain[i] = SEK_STACK_NOT_RUN;
	sek_stack_begin(&s);
	while ((i = s.at) < n) {
		answer = lines[i].kind == SEK_STACK_MUST_FAIL ?
		    SEK_STACK_PERM_DENIED : answers[i];
		if (answer == SEK_STACK_INCOMPLETE &&
		    lines[i].kind == SEK_STACK_MODULE)
			return (answer);
		cached = answer;
		if (frozen && chain[i] != SEK_STACK_NOT_RUN)
			cached = chain[i];
		else if (chain != NULL && !frozen)
			chain[i] = answer;
		sek_stack_step(&s, lines, n, answer, cached);
	}
	return (sek_stack_result(&s));
}
