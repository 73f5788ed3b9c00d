/*
 * harness_login.c - applications that log people in, with scripted answers
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/module/harness.h"

#define HUGE_ANSWER (1024u * 1024u)

/* ------------------------------------------------------- conversation -- */

static void
note_message(struct login *l, const struct pam_message *m)
{
	int n = l->nmessages;

	if (n >= LOGIN_MESSAGES)
		return;
	l->message_style[n] = m->msg_style;
	(void)snprintf(l->message[n], sizeof l->message[n], "%s", m->msg);
	l->nmessages++;
	if (l->at_message != NULL)
		l->at_message(l, m->msg);
}

static int
note_prompt(struct login *l, const struct pam_message *m)
{
	int n = l->nprompts;

	if (n < LOGIN_PROMPTS) {
		l->style[n] = m->msg_style;
		(void)snprintf(l->prompt[n], sizeof l->prompt[n], "%s",
		    m->msg);
		l->nprompts++;
	}
	return (n);
}

static const char *
or_nothing(const char *typed)
{
	return (typed != NULL ? typed : "");
}

/* A person answers what he is asked for. */
static const char *
answer_to(const struct login *l, const char *prompt)
{
	if (strstr(prompt, "Insert your security key") != NULL ||
	    strstr(prompt, "Put your card") != NULL ||
	    strstr(prompt, "Press Enter, then") != NULL ||
	    strstr(prompt, "Connect the fingerprint reader") != NULL ||
	    strstr(prompt, "カードを") != NULL)
		return (or_nothing(l->insert));
	if (strstr(prompt, "Type yes to use it") != NULL ||
	    strstr(prompt, "End it? [y/N]") != NULL)
		return (or_nothing(l->yes));
	if (strstr(prompt, "PIN") != NULL)
		return (l->pin);
	if (strstr(prompt, "Retype new password") != NULL)
		return (l->again != NULL ? l->again : l->fresh);
	if (strstr(prompt, "New password") != NULL)
		return (l->fresh);
	if (strstr(prompt, "Name of the witness") != NULL)
		return (l->witness);
	if (l->witness != NULL && strncmp(prompt, "Witness ", 8) == 0)
		return (strstr(prompt, "code") != NULL ? l->witness_code :
		    l->witness_password);
	if (strstr(prompt, "code") != NULL || strstr(prompt, "コード") != NULL)
		return (l->code);
	if (strstr(prompt, "login:") != NULL)
		return (l->user);
	return (l->password);
}

static char *
huge(void)
{
	char *p = malloc(HUGE_ANSWER + 1);

	if (p != NULL) {
		memset(p, '1', HUGE_ANSWER);
		p[HUGE_ANSWER] = '\0';
	}
	return (p);
}

/* One prompt; *resp stays NULL where nothing is typed. */
static int
answer(struct login *l, const struct pam_message *m, char **resp)
{
	int n = note_prompt(l, m);
	const char *typed;

	if (l->at_prompt != NULL)
		l->at_prompt(l, n, l->pamh);
	typed = answer_to(l, m->msg);
	if (l->talk != TALK_ANSWER && n == l->talk_at) {
		if (l->talk == TALK_KILL)
			(void)kill(getpid(), SIGKILL);
		else if (l->talk == TALK_CONV_ERR)
			return (PAM_CONV_ERR);
		else if (l->talk == TALK_BUF_ERR)
			return (PAM_BUF_ERR);
		else if (l->talk == TALK_HUGE)
			*resp = huge();
		return (PAM_SUCCESS);
	}
	if (typed == NULL)
		return (PAM_CONV_ERR);
	*resp = strdup(typed);
	return (PAM_SUCCESS);
}

static int
talk(int n, const struct pam_message **msg, struct pam_response **resp,
    void *data)
{
	struct login *l = data;
	struct pam_response *r;
	int i, rc = PAM_SUCCESS;

	if (n <= 0 || n > PAM_MAX_NUM_MSG ||
	    (r = calloc((size_t)n, sizeof *r)) == NULL)
		return (PAM_BUF_ERR);
	for (i = 0; i < n && rc == PAM_SUCCESS; i++) {
		if (msg[i]->msg_style == PAM_TEXT_INFO ||
		    msg[i]->msg_style == PAM_ERROR_MSG)
			note_message(l, msg[i]);
		else
			rc = answer(l, msg[i], &r[i].resp);
	}
	if (rc == PAM_SUCCESS && l->talk == TALK_NULL &&
	    l->nprompts == l->talk_at + 1) {
		free(r);
		*resp = NULL;
		return (PAM_SUCCESS);
	}
	if (rc == PAM_SUCCESS) {
		*resp = r;
		return (PAM_SUCCESS);
	}
	for (i = 0; i < n; i++)
		free(r[i].resp);
	free(r);
	return (rc);
}

/* -------------------------------------------------------------- phases -- */

static void
item(struct login *l, int which, const char *value)
{
	if (value != NULL)
		ck_assert_int_eq(pam_set_item(l->pamh, which, value),
		    PAM_SUCCESS);
}

void
login_start(struct login *l)
{
	struct pam_conv conv = { .conv = talk, .appdata_ptr = l };

	l->auth = l->cred = l->account = l->change = l->open = l->close =
	    l->end = LOGIN_NOT_RUN;
	l->nprompts = l->nmessages = 0;
	l->admission[0] = l->witnessed[0] = '\0';
	ck_assert_int_eq(pam_start_confdir(l->service != NULL ? l->service :
	    "login", l->user, &conv, world_path("pam.d"), &l->pamh),
	    PAM_SUCCESS);
	item(l, PAM_TTY, l->tty);
	item(l, PAM_RHOST, l->rhost);
	item(l, PAM_RUSER, l->ruser);
}

static int
account_lets_in(const struct login *l)
{
	return (l->account == LOGIN_NOT_RUN || l->account == PAM_SUCCESS ||
	    l->change == PAM_SUCCESS);
}

/* As passwd does, or login where it is due. */
static void
change(struct login *l, unsigned phases)
{
	unsigned flags = (unsigned)l->flags;

	if ((phases & LOGIN_CHANGE) == 0 || (phases != LOGIN_CHANGE &&
	    l->account != PAM_NEW_AUTHTOK_REQD))
		return;
	if (phases != LOGIN_CHANGE)
		flags |= PAM_CHANGE_EXPIRED_AUTHTOK;
	l->change = pam_chauthtok(l->pamh, (int)flags);
}

void
login_phases(struct login *l)
{
	unsigned phases = l->phases != 0 ? l->phases : LOGIN_IN;
	const char *id;

	if ((phases & LOGIN_AUTH) != 0 &&
	    (l->auth = pam_authenticate(l->pamh, l->flags)) != PAM_SUCCESS)
		return;
	if ((phases & LOGIN_ACCOUNT) != 0)
		l->account = pam_acct_mgmt(l->pamh, l->flags);
	if ((id = pam_getenv(l->pamh, "SEKISHO_ADMISSION")) != NULL)
		(void)snprintf(l->admission, sizeof l->admission, "%s", id);
	if ((id = pam_getenv(l->pamh, "SEKISHO_WITNESS")) != NULL)
		(void)snprintf(l->witnessed, sizeof l->witnessed, "%s", id);
	change(l, phases);
	if (!account_lets_in(l))
		return;
	if ((phases & LOGIN_CRED) != 0 && (l->cred = pam_setcred(l->pamh,
	    (int)((unsigned)l->flags | PAM_ESTABLISH_CRED))) != PAM_SUCCESS)
		return;
	if ((phases & LOGIN_SESSION) != 0 &&
	    (l->open = pam_open_session(l->pamh, l->flags)) == PAM_SUCCESS)
		l->close = pam_close_session(l->pamh, l->flags);
}

void
login_end(struct login *l)
{
	l->end = pam_end(l->pamh, l->auth > 0 ? l->auth : PAM_SUCCESS);
	l->pamh = NULL;
}

void
login_run(struct login *l)
{
	login_start(l);
	login_phases(l);
	login_end(l);
}

static void
run(void *l)
{

	login_run(l);
}

void
login_run_as(struct login *l, uid_t caller)
{
	struct login *shared = login_array(1);

	*shared = *l;
	ck_assert_int_eq(login_as_caller(caller, run, shared), 0);
	*l = *shared;
	login_array_free(shared, 1);
}

bool
login_is_in(const struct login *l)
{
	unsigned phases = l->phases != 0 ? l->phases : LOGIN_IN;

	if ((phases & LOGIN_AUTH) != 0 && l->auth != PAM_SUCCESS)
		return (false);
	return (l->account == PAM_SUCCESS ||
	    l->account == PAM_NEW_AUTHTOK_REQD);
}

struct login
login_of(const char *user, const char *password, const char *code)
{
	struct login l;

	memset(&l, 0, sizeof l);
	l.user = user;
	l.password = password;
	l.code = code;
	return (l);
}

bool
login_try(const char *user, const char *password, const char *code)
{
	struct login l = login_of(user, password, code);

	login_run(&l);
	return (login_is_in(&l));
}

/* ------------------------------------------------------------ children -- */

struct login *
login_array(size_t n)
{
	void *p = mmap(NULL, n * sizeof(struct login), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	return (p);
}

void
login_array_free(struct login *l, size_t n)
{
	(void)munmap(l, n * sizeof *l);
}

/* gate: a pipe to wait at, or NULL. It opens when nobody can write to it. */
static pid_t
child(struct login *l, const int *gate)
{
	pid_t pid = fork();
	char byte;

	ck_assert_int_ge(pid, 0);
	if (pid != 0)
		return (pid);
	l->auth = l->account = LOGIN_NOT_RUN;
	if (gate != NULL) {
		(void)close(gate[1]);
		while (read(gate[0], &byte, 1) > 0)
			continue;
		(void)close(gate[0]);
	}
	login_run(l);
	_exit(0);
}

pid_t
login_spawn(struct login *l)
{
	return (child(l, NULL));
}

void
login_parallel(struct login *l, size_t n)
{
	pid_t *pid = calloc(n, sizeof *pid);
	int gate[2];
	size_t i;

	ck_assert_ptr_nonnull(pid);
	ck_assert_int_eq(pipe2(gate, O_CLOEXEC), 0);
	for (i = 0; i < n; i++)
		pid[i] = child(&l[i], gate);
	(void)close(gate[0]);
	(void)close(gate[1]);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(waitpid(pid[i], &l[i].status, 0), pid[i]);
	free(pid);
}

int
login_as_caller(uid_t caller, void (*fn)(void *), void *arg)
{
	int status = -1;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (setresuid(caller, 0, 0) != 0)
			_exit(98);
		fn(arg);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

size_t
login_count_in(const struct login *l, size_t n)
{
	size_t i, in = 0;

	for (i = 0; i < n; i++)
		in += login_is_in(&l[i]);
	return (in);
}

/* -------------------------------------------------------------- judging -- */

void
login_check_alike(const struct login *a, const struct login *b)
{
	int i;

	ck_assert_int_eq(a->auth, b->auth);
	ck_assert_int_eq(a->nprompts, b->nprompts);
	for (i = 0; i < a->nprompts; i++) {
		ck_assert_int_eq(a->style[i], b->style[i]);
		ck_assert_str_eq(a->prompt[i], b->prompt[i]);
	}
	ck_assert_int_eq(a->nmessages, b->nmessages);
	for (i = 0; i < a->nmessages; i++) {
		ck_assert_int_eq(a->message_style[i], b->message_style[i]);
		ck_assert_str_eq(a->message[i], b->message[i]);
	}
}

bool
login_was_told(const struct login *l, const char *part)
{
	int i;

	for (i = 0; i < l->nmessages; i++)
		if (strstr(l->message[i], part) != NULL)
			return (true);
	return (false);
}
