/*
 * harness.h - a terminal of its own for each test of the modules
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * SEK_SHOW_LOG=1 shows what the modules log.
 *
 * Real Linux-PAM runs the .so files of the build tree. Accounts, machine id,
 * policy and store are scratch ones, bound over /etc in a mount namespace of
 * the test's process: nothing outside is touched, nothing is left behind.
 */
#ifndef SEKISHO_TESTS_MODULE_HARNESS_H
#define SEKISHO_TESTS_MODULE_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <check.h>
#include <security/pam_appl.h>

#include "sekisho/edge/record_body.h"
#include "sekisho/edge/store.h"

#define SKIPPED 77

/* ---------------------------------------------------------- the world -- */

/*
 * main() of a test program: skips (77, saying why) where this machine lets
 * nobody make a world; runs the suite; each test gets a world by the fixture
 * of world_case().
 */
int		world_main(Suite *suite);
/* A case whose tests begin in a fresh world; seconds bound each of them. */
TCase		*world_case(Suite *suite, const char *name, int seconds);

/* A file of the world: "store/store.db" is its store. Static buffers, the
 * last 64 are good. */
const char	*world_path(const char *fmt, ...)
		    __attribute__((format(printf, 1, 2)));
/* Write a file of the world (parents are there), mode 0600 or as given. */
void		world_write(const char *path, mode_t mode, const char *text);
void		world_append(const char *path, const char *text);
/* Replace the one drop-in of the policy. "" takes it away. */
void		world_policy(const char *text);
/* Put a file of ours at where it is installed (an overlay hides nothing
 * else); false where that cannot be had. */
bool		world_install(const char *from, const char *to);
/* sekisho-store where the modules look for it; skips the test if not. */
void		world_install_worker(void);
/* What talks to security keys, to cards, and to fprintd, likewise. */
void		world_install_fido2(void);
void		world_install_card(void);
void		world_install_biometric(void);
/* sekisho-guard, so that sessions are watched: in cgroups of their own, by
 * daemons, whatever systemd there is here. */
void		world_install_guard(void);
/* A process that waits for the end of this one, and then ends what is left of
 * its sessions in cgroups of their own. */
void		world_end_sessions(void);
/* The Japanese messages where the modules look for them; false if not. */
bool		world_install_catalogue(void);
/* Long runs wanted (SEK_LONG=1)? */
bool		world_is_long(void);
/* What judges new passwords, likewise; and one list of words for it. */
void		world_install_quality(void);
/* An /etc of its own, whose accounts can be changed; bytes bound it. */
void		world_private_etc(size_t bytes);
/* Leave the test as passed, saying why it had to be skipped. */
void		world_skip(const char *why) __attribute__((noreturn));
/* Run a program to its end, output to the world's "out"; its exit status. */
int		world_run(const char *const argv[]);
/* The CLI of the build tree with --conf; arguments up to NULL. */
int		world_sekisho(const char *arg, ...);
bool		world_has_sekisho(void);
/* The world's "out", or another file, as a string; free it. */
char		*world_read(const char *path);

/* Accounts, in /etc/passwd of the world: */
#define PASSWORD	"correct-horse"		/* everybody's */
#define ALICE_UID	1000u			/* alice, and alias "arisu" */
#define BOB_UID		1001u
/* alice arisu bob carol dave; u00..u15; adminA adminB adminC (privileged);
 * newbie (never enrolled); expired (must change the password); ended (the
 * account ended); slow (yescrypt); root. Groups: staff (alice bob). */
void		world_accounts(const char *more_passwd);

/* ---------------------------------------------------------- the store -- */

/* The policy in force, as the modules see it; free it. */
struct sek_settings *world_settings(void);
/* Make the store the policy names; every world begins with one. */
void		world_init(void);
/* A handle on the world's store; sek_store_free it. */
struct sek_store *world_store(void);
/* Enrol with a key known by the user's name; the new id. */
const char	*world_totp(const char *user);
const char	*world_hotp(const char *user);
/* The same of a security key as it was made, and of a card as it was read. */
const char	*world_fido2(const char *user, const struct sek_fido2 *key);
const char	*world_card(const char *user, const struct sek_card *card);
/* And of a living trait: of a finger where it has one. */
const char	*world_trait(const char *user,
		    const struct sek_biometric *trait);
/* The code that is right now, or steps off; static buffers, as above. */
const char	*world_totp_code(const char *user, int steps);
const char	*world_hotp_code(const char *user, uint64_t counter);
/* A code of six digits that is right for none of the steps near now. */
const char	*world_wrong_code(const char *user);
uint64_t	world_hotp_moving(const char *user);
struct sek_user	world_user(const char *user);
uint32_t	world_failures(const char *user);
bool		world_locked(const char *user);
void		world_unlock(const char *user);
void		world_suspend(const char *user);
/* Was a line with this part logged? Every line is printable. */
bool		world_logged(const char *part);
/* How many records there are of an event (counts of equal ones added), of
 * this reason unless it is NONE. */
uint64_t	world_records(enum sek_event event, enum sek_reason reason);
/* A field of the newest record of an event, "" if it has none; static. */
const char	*world_newest(enum sek_event event, enum sek_field field);
/* Pages sound, no row tampered with, the chain of records unbroken. */
void		world_check_store(void);
/* SQL on the store's file, as a vandal would. */
void		world_sql(const char *sql);
/* The names of a table's columns; how many. */
size_t		world_columns(const char *table, char name[][32], size_t max);
/* Take the file's write lock, write a byte to ready, keep it for ever. */
void		world_sql_hold(int ready);

/* Seconds by which the wall and boot clocks of this process are moved. */
extern int64_t	world_clock_ahead;
extern int64_t	world_wall_ahead;	/* the wall clock alone, besides */

/* ----------------------------------------------------------- services -- */

/*
 * Write the service file. @lockout @password @card @fido2 @biometric @oath
 * @ticket @gate @privilege @session become the modules of the build tree with their conf=,
 * @count the counting backend, @world the world's folder.
 */
void		world_service(const char *name, const char *text);

#define AUTH_LINES						\
	"auth required @lockout\n"				\
	"auth required @password backend=pam_unix.so\n"		\
	"auth required @oath\n"					\
	"auth required @ticket\n"				\
	"auth required @gate\n"
#define ACCOUNT_LINES						\
	"account required @lockout\n"				\
	"account required @password backend=pam_unix.so\n"	\
	"account required @privilege\n"			\
	"account required @gate\n"
#define SESSION_LINES						\
	"session required @privilege\n"				\
	"session required @session\n"
#define PASSWORD_LINES						\
	"password required @password backend=pam_unix.so\n"
#define FULL_STACK	AUTH_LINES ACCOUNT_LINES SESSION_LINES	\
	PASSWORD_LINES
/* The same with the counting backend, which takes PASSWORD for right. */
#define COUNT_BACKEND	"backend=@count count=@world/count " \
	"password=correct-horse"
#define COUNT_AUTH_LINES					\
	"auth required @lockout\n"				\
	"auth required @password " COUNT_BACKEND "\n"		\
	"auth required @oath\n"					\
	"auth required @ticket\n"				\
	"auth required @gate\n"
#define COUNT_ACCOUNT_LINES					\
	"account required @lockout\n"				\
	"account required @password " COUNT_BACKEND "\n"	\
	"account required @privilege\n"			\
	"account required @gate\n"
#define COUNT_STACK	COUNT_AUTH_LINES COUNT_ACCOUNT_LINES SESSION_LINES
/* How many passwords reached the counting backend. */
size_t		world_count(void);

/* Services of every world: "login" and "sshd", "su", "sudo", "cron",
 * "systemd-user" … are the full stack; "count" is the counting one. */

/* ------------------------------------------------------------- logins -- */

#define LOGIN_AUTH	1u
#define LOGIN_CRED	2u
#define LOGIN_ACCOUNT	4u
#define LOGIN_SESSION	8u
#define LOGIN_CHANGE	16u		/* alone: as passwd does; else where it
					 * is due */
#define LOGIN_IN	(LOGIN_AUTH | LOGIN_ACCOUNT)
#define LOGIN_ALL	15u

#define LOGIN_NOT_RUN	(-1)
#define LOGIN_PROMPTS	7
#define LOGIN_MESSAGES	8

/* How the application answers a prompt. */
enum login_talk {
	TALK_ANSWER = 0,
	TALK_CONV_ERR,		/* cancelled */
	TALK_BUF_ERR,
	TALK_NULL,		/* PAM_SUCCESS and no responses */
	TALK_NULL_TEXT,		/* PAM_SUCCESS, a response without text */
	TALK_HUGE,		/* 1 MiB */
	TALK_KILL		/* the process is killed */
};

struct login {
	/* in */
	const char	*service;	/* NULL: "login" */
	const char	*user;
	const char	*password;	/* what is typed at each prompt; */
	const char	*code;		/* NULL: the conversation fails */
	/* Where a security key or card asks: its PIN, "" where it is to be
	 * put in, or Enter to be pressed, "" for its last try, unless these say
	 * otherwise. */
	const char	*pin, *insert, *yes;	/* yes: also to end another
						 * session */
	/* A new password, and how it is typed again (NULL: the same). */
	const char	*fresh, *again;
	/* The one who vouches for him, where one is asked for. */
	const char	*witness, *witness_password, *witness_code;
	const char	*tty, *rhost, *ruser;	/* NULL: not set */
	unsigned	 phases;	/* 0: LOGIN_IN */
	int		 flags;
	enum login_talk	 talk;		/* at prompt number talk_at */
	int		 talk_at;
	void		(*at_prompt)(struct login *l, int n, pam_handle_t *h);
	void		(*at_message)(struct login *l, const char *text);
	/* out */
	pam_handle_t	*pamh;		/* between login_start and login_end */
	int		 auth, cred, account, change, open, close, end;
	int		 nprompts, nmessages;
	int		 style[LOGIN_PROMPTS];
	char		 prompt[LOGIN_PROMPTS][96];
	int		 message_style[LOGIN_MESSAGES];
	char		 message[LOGIN_MESSAGES][256];
	char		 admission[64];	/* after auth and account */
	char		 witnessed[64];	/* the same, of the witness */
	int		 status;	/* of the child, when it was one */
};

/* pam_start and items; the phases as an application calls them, each only
 * after the one before; pam_end. login_run is all of it. */
void		login_start(struct login *l);
void		login_phases(struct login *l);
void		login_end(struct login *l);
void		login_run(struct login *l);
/* login_run with this as the real uid and root's rights, as passwd and su have
 * them; *l is what became of it. */
void		login_run_as(struct login *l, uid_t caller);
/* Both answered PAM_SUCCESS (account: or PAM_NEW_AUTHTOK_REQD)? */
bool		login_is_in(const struct login *l);

/* The short form: auth and account of service "login". */
struct login	login_of(const char *user, const char *password,
		    const char *code);
/* Run it and answer whether it got in. */
bool		login_try(const char *user, const char *password,
		    const char *code);

/* n logins in memory that children share. */
struct login	*login_array(size_t n);
void		login_array_free(struct login *l, size_t n);
/* All at once, a process each, let go at one instant. */
void		login_parallel(struct login *l, size_t n);
/* One in a child of its own; the caller waits for it. */
pid_t		login_spawn(struct login *l);
/* A child that runs fn after becoming a setuid program of caller's: real uid
 * caller, effective 0. Its exit status. */
int		login_as_caller(uid_t caller, void (*fn)(void *), void *arg);
size_t		login_count_in(const struct login *l, size_t n);

/* Same prompts, same styles, same messages, same code of auth. */
void		login_check_alike(const struct login *a,
		    const struct login *b);
bool		login_was_told(const struct login *l, const char *part);

#endif
