/*
 * sekisho.h - what the verbs of the tool share
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A verb is one file and its rows in verb.c. It gets its operands; options
 * are asked for by name. It returns an exit code, having said why on standard
 * error when that is not TOOL_YES; standard output carries what was asked
 * for and nothing else.
 *
 * MUST: nothing is asked or written while a transaction is open.
 * MUST: who acts is the login uid, never a name from the environment.
 */
#ifndef TOOLS_SEKISHO_SEKISHO_H
#define TOOLS_SEKISHO_SEKISHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings.h"
#include "sekisho/edge/store.h"

#define TOOL_DEFAULT_CONF	(SEK_SYSCONFDIR "/sekisho.conf")
#define TOOL_OPTIONS_MAX	96

enum tool_exit {
	TOOL_YES	= 0,
	TOOL_NO		= 1,	/* no such user or id, refused by rule, … */
	TOOL_USAGE	= 100,	/* the command line, or nobody to ask */
	TOOL_TROUBLE	= 111	/* could not find out */
};

struct tool {
	const char		*conf;		/* absolute; --conf or default */
	bool			 json;
	bool			 yes;
	bool			 chosen;	/* the locale names the language */
	const char		*option[TOOL_OPTIONS_MAX]; /* by tool_option */
	char			 zone[32];	/* told by the helper; or "" */
	struct sek_settings	*settings;	/* NULL before tool_settings */
	struct sek_store	*store;		/* NULL before tool_store */
	struct sek_record	 actor;		/* after tool_actor */
};

/* ---- verb.c, args.c: the table, and a command line held against it */

struct tool_verb {
	const char	*verb;
	const char	*action;	/* second word, or NULL */
	const char	*options;	/* its own, blanks between; "" none */
	const char	*operands;	/* as usage shows them; "" none */
	int		 min;		/* operands */
	int		 max;
	int		(*run)(struct tool *t, int argc, char **argv);
					/* NULL: not built in this version */
	const char	*help;		/* N_() */
};
extern const struct tool_verb tool_verbs[];	/* ends with verb NULL */
extern const struct tool_verb tool_bare;	/* without a verb */

/* An option of a verb; the common ones (conf, help, version) are everywhere,
 * json and yes where the row names them. */
struct tool_option {
	const char	*name;
	const char	*value;		/* what it takes, for usage; NULL: none */
};
extern const struct tool_option tool_options[];	/* ends with name NULL */

/*
 * Read the command line: options anywhere, "--" ends them. *verb is the row,
 * argv[0..*argc) become its operands. TOOL_YES with *verb NULL: nothing is
 * left to do (--help, --version).
 */
int		 tool_args(struct tool *t, const struct tool_verb **verb,
		    int *argc, char **argv);
/* The value of --name; "yes" for one that takes none; NULL: not given. */
const char	*tool_option(const struct tool *t, const char *name);

/* ---- main.c: what a verb works with; each says why it failed */

int	tool_root(struct tool *t);	/* TOOL_TROUBLE unless root */
/* t->settings from here on, under the exceptions there are, which takes the
 * store where a value is below its floor. A store that does not answer leaves
 * the floors in force here, said: what mends it must work. */
int	tool_settings(struct tool *t);
/* The same, and an error where a login would have one; nothing is said. */
enum sek_err tool_settings_try(struct tool *t, struct sek_why *why);
/* The same with the floors in force, whatever the exceptions: for what asks
 * for one, gives one, or must work without a store. */
int	tool_settings_raised(struct tool *t);
/* sek_settings_show, under the exceptions there are. */
enum sek_err tool_settings_show(struct tool *t, sek_setting_fn fn, void *arg,
	    struct sek_why *why);
/* Root, settings, a safe cgroup, t->store and t->actor from here on. */
int	tool_store(struct tool *t);
/* Settings of a terminal that has no id yet, or no store; floors in force. */
int	tool_settings_early(struct tool *t);
/* Who acts; as far as known without a store, too. */
void	tool_actor(struct tool *t);
/* The audit login uid of this process; SEK_UID_NONE: nobody's. */
uint32_t tool_login_uid(void);
/* Hold back Ctrl-C, hang-up and the like: from before what must be done
 * whole to the end of telling of it. Stop signals are always held back but
 * while asking. */
void	tool_hold(void);
/* Was one of them sent since? */
bool	tool_interrupted(void);

/* ---- util_glass.c */

/* What was opened without the store is told to it, and that it was is said;
 * all: also what a restored store may not know. st is open for this. */
void	tool_glass_take_in(const struct tool *t, struct sek_store *st,
	    bool all);
/* Say which envelopes open nothing here, and why. */
void	tool_glass_tell_void(const struct tool *t);

/* ---- output.c: words; the language is known from the start */

const char	*tool_text(const char *msgid) __attribute__((format_arg(1)));
#define _(text) tool_text(text)
void	tool_language(enum sek_language language);
bool	tool_speaks_japanese(void);

/* "sekisho: …" on standard error. */
void	tool_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A sentence for err, with the detail (English; may be "" or NULL) in
 * brackets, and its exit code: NOT_FOUND, EXISTS, REFUSED are TOOL_NO,
 * SYNTAX and RANGE are of the command line: TOOL_USAGE. */
int	tool_fail(enum sek_err err, const char *detail);
/* A whole sentence of who was asked instead, where there is one. */
int	tool_told(enum sek_err err, const char *text);
/* The same for a call of the store, where there is one: with its detail. */
int	tool_store_fail(struct tool *t, enum sek_err err);
/* TOOL_TROUBLE, said, when standard output did not take everything. */
int	tool_flush(void);

/* Past stdio, so that no buffer keeps it. 0, or -1 and errno. */
int	tool_put_secret(FILE *to, const char *text);
/* An object with a secret in it (by reference), its text built where it is
 * wiped. TOOL_YES, or TOOL_TROUBLE, said. o is the caller's still. */
int	tool_put_secret_json(const cJSON *o);

/* The terminal's time zone, as sek_clock_print takes it. */
const char *tool_zone(const struct tool *t);
/* Times for JSON (RFC 3339) and for people; 0 is null, or "-". */
cJSON	*tool_json_time(const struct tool *t, int64_t wall_us);
void	 tool_time(const struct tool *t, char *dst, size_t size,
	    int64_t wall_us);
/* A string, or null when it is "" or NULL. */
cJSON	*tool_json_text(const char *s);
/* Print and free it, a newline behind; NULL is out of memory. */
int	 tool_json_print(cJSON *json);

/*
 * A list: an array of JSON objects, or a table, kept in memory until
 * tool_list_end prints it: no output while the store is read. The fields
 * of a row are printed in the columns' order; items are owned by the list.
 */
struct tool_list;
struct tool_list *tool_list_new(const struct tool *t,
	    const char *const *columns);	/* N_() titles; NULL ends */
/* One of several tables that are to look like one: columns are at least so
 * many characters wide (wider than their titles; 0: as it comes), and only
 * the first has titles. */
void		 tool_list_part(struct tool_list *l, const unsigned *widths,
		    bool first);
/* One row: json when t->json (freed here), else cells, one a column. */
enum sek_err	 tool_list_json(struct tool_list *l, cJSON *json);
enum sek_err	 tool_list_row(struct tool_list *l, const char *const *cells);
/* A column of a table that is left out where no row has a text in it. */
void		 tool_list_optional(struct tool_list *l, size_t column);
/* Drop it unprinted; NULL is fine. */
void		 tool_list_free(struct tool_list **l);
/* Print all if err is SEK_OK (an empty table prints nothing), free. */
int		 tool_list_end(struct tool *t, struct tool_list **l,
		    enum sek_err err);

/* ---- util_time.c: times as an administrator writes them */

/*
 * RFC 3339, "2026-11-20 08:15", "2026-11-20" or a span from now ("35d"), in
 * the terminal's time zone. A day alone is its start, or its end (last).
 */
enum sek_err	 tool_parse_time(const struct tool *t, const char *text,
		    bool last, int64_t *wall_us);
/* The same of a term's end: a day alone is the morning after it, 05:00. */
enum sek_err	 tool_parse_end(const struct tool *t, const char *text,
		    int64_t *wall_us);

/* ---- util_shown.c: what more than one verb shows */

/* The limits in force for nobody in particular; [0] staff, [1] privileged. */
void	 tool_limits(const struct tool *t, struct sek_limits limits[2]);
/* The same for one account, under the exceptions there are. */
void	 tool_account_limits(const struct tool *t, const char *account,
	    bool privileged, struct sek_limits *out);
/* What a security key is called: its model, else its AAGUID; "" not told. */
void	 tool_key_name(char *dst, size_t size,
	    const struct sek_fido2_brief *key);
/* The AAGUID, or null. */
cJSON	*tool_key_aaguid(const struct sek_fido2_brief *key);
/* Of a card: what it is called, "9a" of the key of a PIV card or "", and all
 * of it into an object. */
const char *tool_card_name(const struct sek_card_brief *card);
void	 tool_card_key(char *dst, size_t size, uint32_t key);
void	 tool_card_json(const struct tool *t, cJSON *o,
	    const struct sek_card_brief *card);
/* Which finger it is, in words; "" none. */
const char *tool_finger(const struct sek_biometric_brief *b);
/* One of someone's authenticators, of one account or (NULL) of all. */
cJSON	*tool_authenticator_json(const struct tool *t, const char *user,
	    const struct sek_authenticator *a);
/* The same as a row of such a list. */
struct tool_list *tool_authenticator_list(const struct tool *t);
enum sek_err	 tool_authenticator_row(const struct tool *t,
		    struct tool_list *l, const char *user,
		    const struct sek_authenticator *a);
/* State words for people, in their language. */
const char *tool_state_text(const char *state);
/* No user of this name; TOOL_NO. */
int	 tool_no_user(const char *name);

/* ---- util_terminal.c: terminal.id, in PATH.d/00-terminal.conf */

/* The id that a file sets; "" none does. */
int		 tool_terminal_id(struct tool *t, char *id, size_t size);
/* A new one, after the host's name. size: at most 56 */
enum sek_err	 tool_terminal_new(char *id, size_t size);
/* Could it be made id? TOOL_NO, said, where another file sets it. */
int		 tool_terminal_writable(struct tool *t, const char *id);
/* Make it id, with the files there have to be. */
int		 tool_terminal_write(struct tool *t, const char *id);

/* ---- adopt.c: a copied store becomes a new terminal's; config->terminal is
 * the new id then. *out is what a look at it told. */
int		 tool_adopt_clone(struct tool *t,
		    struct sek_store_config *config, struct sek_adopted *out);

/* ---- util_set.c: was this seen before? */

/* Sums of what was put in, keyed by chance: nobody can choose collisions. */
struct tool_set {
	unsigned char	 key[16];
	unsigned char	(*sum)[16];	/* all zero: free */
	size_t		 size;		/* a power of two */
	size_t		 n;
};
/* SEK_OK: new, and in it now; SEK_ERR_EXISTS; SEK_ERR_NOMEM. The texts are
 * told apart: ("ab", "c") is not ("a", "bc"). */
enum sek_err	 tool_set_add(struct tool_set *s, const void *bytes,
		    size_t len);
void		 tool_set_free(struct tool_set *s);

/* ---- util_csv.c: rows of a CSV file in UTF-8 or CP932 */

#define TOOL_CSV_FIELDS	16
#define TOOL_CSV_LINE	4096u			/* bytes */
#define TOOL_CSV_SIZE	(INT64_C(1) << 30)	/* bytes of a file */

struct tool_csv;
struct tool_csv_row {
	uint64_t	 line;		/* its first, from 1 */
	unsigned	 n;
	char		*field[TOOL_CSV_FIELDS];
};
/* TOOL_YES, or said why not. */
int		 tool_csv_open(struct tool_csv **out, const char *path);
/* The next row, good until the next call; SEK_ERR_NOT_FOUND at the end;
 * SEK_ERR_SYNTAX: row->line, and why in tool_csv_why. */
enum sek_err	 tool_csv_next(struct tool_csv *c, struct tool_csv_row *row);
const char	*tool_csv_why(const struct tool_csv *c);
enum sek_err	 tool_csv_rewind(struct tool_csv *c);
/* Bytes read, and bytes there are. */
void		 tool_csv_position(const struct tool_csv *c, uint64_t *done,
		    uint64_t *all);
void		 tool_csv_close(struct tool_csv *c);

/* ---- util_qr.c: a QR code; false when the terminal is too narrow for it */

bool	 tool_qr(FILE *to, const char *text);

/* ---- util_medium.c: files on a stick or a share, which others may own */

/* The path of a file that was named, absolute; TOOL_USAGE, said. */
int	 tool_path(char *dst, size_t size, const char *named);
/* All of a regular file of at most max bytes, malloc()ed, a NUL behind;
 * TOOL_YES, or said why not. */
int	 tool_medium_read(char **text, size_t *len, const char *path,
	    size_t max);
struct tool_medium {
	int	dir;			/* -1: none */
	char	name[256];
	char	beside[64];
};
/* A file beside path, whole and on the medium, not yet of its name. Where
 * there is one of that name: TOOL_NO. Said why not. */
int	 tool_medium_write(struct tool_medium *m, const char *path,
	    const void *data, size_t len);
/* Give it its name; or take it away. */
int	 tool_medium_end(struct tool_medium *m, const char *path, bool keep);

/* ---- util_roster.c: when the last rosters came and went */

struct tool_rosters {
	struct sek_mark	in;		/* wall: when the last one taken in
					 * was made; 0 none was */
	struct sek_mark	out;
	bool		old;		/* tool_roster_old of in */
};
enum sek_err	 tool_rosters(struct tool *t, struct tool_rosters *out);
/* {"serial","key","made","days","old"}, or null for none. */
cJSON		*tool_roster_json(const struct tool *t,
		    const struct sek_mark *m, bool old);
/* "TITLE: 12, made … (3 days ago)" */
void		 tool_roster_print(const struct tool *t, const char *title,
		    const struct sek_mark *m);
/* Older than roster.max_age, or of the future, so that nobody knows? *days
 * since. */
bool		 tool_roster_old(const struct tool *t, int64_t made,
		    long *days);
/* Made more than an hour from now? */
bool		 tool_roster_ahead(int64_t made);

/* ---- util_progress.c: how far, where it takes more than a second */

/* Written to the terminal without ever waiting for it: a store may be open. */
struct tool_progress {
	int64_t	begun;		/* boot us */
	int64_t	said;
	int	fd;		/* -1: no terminal */
};
void	 tool_progress_begin(struct tool_progress *p);
void	 tool_progress(struct tool_progress *p, uint64_t done, uint64_t all);
void	 tool_progress_end(struct tool_progress *p);

/* ---- share.c: shared accounts, and what contractors may not change */

/* Privileged as the terminal and the store know it; TOOL_NO, said and recorded
 * as this event, where who acts may not change that of the account. */
int	tool_may_change(struct tool *t, const char *account,
	    enum sek_changing what, enum sek_event e);
cJSON	*tool_members_json(const struct tool *t, const struct sek_members *all);
void	tool_members_print(const struct sek_members *all);

/* ---- ask.c: a question to who sits there */

/* Standard input is a terminal? */
bool	tool_can_ask(void);
/* TOOL_USAGE, said, when there is nobody to ask and no -y. */
int	tool_must_ask(const struct tool *t);
/* The answer without its newline. TOOL_USAGE when nobody is there, TOOL_NO
 * at end of file. */
int	tool_ask(const char *prompt, char *answer, size_t size);
/*
 * A prompt of a proof: without echo unless echo. SEK_ERR_CONV: given up by
 * Ctrl-C, the end of the input, or nobody is there; SEK_ERR_TIMEOUT. The
 * terminal is as before. The caller frees *answer.
 */
enum sek_err tool_ask_secret(const char *prompt, bool echo,
	    struct sek_secret *answer);
/* Is it a yes, in either language? */
bool	tool_is_yes(const char *answer);
/* A yes or no; -y is yes. TOOL_NO, said, on anything but yes. */
int	tool_agree(const struct tool *t, const char *prompt);
/* The same, and not said: something else was done already. */
int	tool_agree_silent(const struct tool *t, const char *prompt);
/* Text to the terminal itself, even where standard output is redirected. */
FILE	*tool_tty(void);

#endif
