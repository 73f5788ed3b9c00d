/*
 * settings_table.h - the rows every key of sekisho.conf is, and what the
 * loader, "policy show" and the tests make of them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For common/edge/settings/ and its tests only; the rest uses settings.h.
 * One row is all there is of a key: name, type, range, floor, the profiles'
 * numbers, clause and help. Nothing else holds a second copy of them.
 */
#ifndef SEKISHO_EDGE_SETTINGS_TABLE_H
#define SEKISHO_EDGE_SETTINGS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/edge/settings.h"

#define SEK_PROFILES		3u
#define SEK_SETTINGS_MAX	112u	/* rows of all sections */
#define SEK_SETTINGS_FILES	258u	/* vendor, PATH and 256 drop-ins */
#define SEK_SETTINGS_FILE_MAX	65536u	/* bytes of one file */
#define SEK_SETTINGS_LINE_MAX	4096u	/* bytes of one line, with its NUL */

enum sek_setting_type {
	SEK_SETTING_NUMBER,	/* int64_t */
	SEK_SETTING_SPAN,	/* int64_t, seconds */
	SEK_SETTING_BOOL,	/* bool */
	SEK_SETTING_WORD,	/* int: the place in words */
	SEK_SETTING_TEXT,	/* char[size] */
	SEK_SETTING_LIST,	/* char[size], words */
	SEK_SETTING_PATH,	/* char[size], absolute and clean */
	SEK_SETTING_METHODS,	/* uint32_t, SEK_METHOD_BITs */
	SEK_SETTING_DATE	/* int64_t: "none", or SEK_GRACE_NONE less
				 * the days since 1970 of that day */
};

enum sek_setting_flag {
	SEK_SETTING_BY_PROFILE	= 1,	/* the profiles give the number */
	SEK_SETTING_SITE	= 2,	/* the site decides: none recommended */
	SEK_SETTING_LOCAL	= 4,	/* of one terminal: not in the hash */
	SEK_SETTING_FOREVER	= 8,	/* NUMBER: "forever" is INT64_MAX */
	/* SPAN: the shorter, the stricter. As a number with a floor it is the
	 * span with a minus, so that lower is weaker as everywhere. */
	SEK_SETTING_SHORTER	= 16
};

/* Is a value of the right type well formed? why: the reason alone. */
typedef enum sek_err (*sek_setting_check_fn)(const char *value,
		    struct sek_why *why);
/* Is a value other than recommended in this profile? */
typedef bool (*sek_setting_deviates_fn)(enum sek_profile p,
		    const char *value);
/* Does another value do what the floor is for? Of a row without a floor of its
 * own. */
typedef bool (*sek_setting_spared_fn)(const struct sek_settings *s);

struct sek_setting_row {
	const char		*key;
	const char		*clause;	/* of S4, "" where none */
	const char		*help;		/* N_() */
	const char		*value[SEK_PROFILES];	/* enum sek_profile */
	/* What is recommended, in words; NULL: value[] */
	const char		*advice[SEK_PROFILES];
	/* 0 none. Of a WORD its place: words[] begin with the weakest. Of a
	 * BOOL 1: yes. Of METHODS 1: none of SEK_METHODS_WEAK. */
	int64_t			 floor[SEK_PROFILES];
	sek_setting_spared_fn	 spared;	/* no floor then, or NULL */
	const char		*remedy;	/* "or set …", or NULL */
	int64_t			 min;		/* NUMBER, SPAN, DATE */
	int64_t			 max;
	const char		*limit;		/* who says max, or NULL */
	const char *const	*words;		/* WORD; NULL ends */
	sek_setting_check_fn	 check;		/* or NULL */
	sek_setting_deviates_fn	 deviates;	/* or NULL: not equal */
	size_t			 offset;	/* in struct sek_settings */
	size_t			 size;
	enum sek_setting_type	 type;
	unsigned		 flags;		/* enum sek_setting_flag */
};

#define SEK_SETTING_AT(section, name)				\
	.key = #name,						\
	.offset = offsetof(struct sek_settings, section.name),	\
	.size = sizeof(((struct sek_settings *)NULL)->section.name)
#define SEK_SETTING_ALL(v)	{ v, v, v }

struct sek_setting_section {
	const char			*name;
	const struct sek_setting_row	*row;
	size_t				 n;
};

extern const struct sek_setting_section sek_settings_terminal;
extern const struct sek_setting_section sek_settings_factors;
extern const struct sek_setting_section sek_settings_lockout;
extern const struct sek_setting_section sek_settings_rows_password;
extern const struct sek_setting_section sek_settings_account;
extern const struct sek_setting_section sek_settings_privilege;
extern const struct sek_setting_section sek_settings_session;
extern const struct sek_setting_section sek_settings_roles;
extern const struct sek_setting_section sek_settings_ticket;
extern const struct sek_setting_section sek_settings_breakglass;
extern const struct sek_setting_section sek_settings_fido2;
extern const struct sek_setting_section sek_settings_card;
extern const struct sek_setting_section sek_settings_biometric;
extern const struct sek_setting_section sek_settings_store;
extern const struct sek_setting_section sek_settings_audit;
extern const struct sek_setting_section sek_settings_roster;
extern const struct sek_setting_section sek_settings_message;

/* profile.c: names in the order of enum sek_profile; NULL ends. */
extern const char *const	sek_profile_words[];

/* table.c: all rows, numbered 0.. in the order of the tables. */
size_t		 sek_settings_rows(void);
const struct sek_setting_row *sek_settings_row(size_t i);
/* "lockout.deny". size >= 64. */
void		 sek_settings_row_name(char *dst, size_t size, size_t i);
/* Number of the row section.key. Else why: misspelt (and for what), or
 * unknown. */
enum sek_err	 sek_settings_find(size_t *i, const char *section,
		    const char *key, struct sek_why *why);
/* Is it a section at all? */
enum sek_err	 sek_settings_find_section(const char *name,
		    struct sek_why *why);

/* value.c: one value, from text and back. */
enum sek_err	 sek_settings_set(struct sek_settings *s,
		    const struct sek_setting_row *row, const char *text,
		    struct sek_why *why);
/* The one way to write the value s holds: equal values, equal text. */
void		 sek_settings_print(char *dst, size_t size,
		    const struct sek_settings *s,
		    const struct sek_setting_row *row);
/* What may have a floor, lower is weaker: NUMBER, SPAN (SHORTER ones with a
 * minus), DATE, the place of a
 * WORD, of a BOOL 1 for yes, and of METHODS 0 where a weak one is among them
 * ("card-uid"), else 1; setting that changes no others. Text of any other type
 * does not parse. */
int64_t		 sek_settings_number(const struct sek_settings *s,
		    const struct sek_setting_row *row);
enum sek_err	 sek_settings_number_parse(int64_t *n,
		    const struct sek_setting_row *row, const char *text);
void		 sek_settings_number_set(struct sek_settings *s,
		    const struct sek_setting_row *row, int64_t n);
void		 sek_settings_number_print(char *dst, size_t size,
		    const struct sek_setting_row *row, int64_t n);
/* check.c: what rows hang at .check. An absolute path without "//", "." and
 * "..", or the reason why not. */
enum sek_err	 sek_settings_check_path(const char *value,
		    struct sek_why *why);
enum sek_err	 sek_settings_check_names(const char *value,
		    struct sek_why *why);
/* Weekly windows (base/window.h); spans, each above zero, longest first. */
enum sek_err	 sek_settings_check_windows(const char *value,
		    struct sek_why *why);
enum sek_err	 sek_settings_check_spans(const char *value,
		    struct sek_why *why);

/* scan.c: the lines of one file, by what libeconf would let pass. text is cut
 * up; found[row] points into it. why names path:line. */
struct sek_settings_found {
	const char	*value;
	unsigned	 line;		/* 0: not in the file */
};
enum sek_err	 sek_settings_scan(
		    struct sek_settings_found found[SEK_SETTINGS_MAX],
		    const char *path, char *text, size_t len,
		    struct sek_why *why);

/* layers.c: all files, the last value of each key. */
enum sek_settings_origin {
	SEK_SETTINGS_DEFAULT = 0,
	SEK_SETTINGS_DERIVED,
	SEK_SETTINGS_WRITTEN
};

struct sek_settings_layer {
	char			*text;	/* as written; owned; NULL: default */
	const char		*file;
	unsigned		 line;
	enum sek_settings_origin origin;
};

struct sek_settings_layers {
	struct sek_settings_layer	 value[SEK_SETTINGS_MAX];
	char				*file[SEK_SETTINGS_FILES];
	size_t				 nfiles;
	struct sek_settings		 scratch;	/* values tried */
};

enum sek_err	 sek_settings_layers_read(struct sek_settings_layers *l,
		    const char *vendor, const char *path, bool may_be_absent,
		    struct sek_why *why);
void		 sek_settings_layers_free(struct sek_settings_layers *l);

/* below.c: the row's value is below its floor: ask. at: "FILE:LINE: ". ask
 * NULL: nobody is to be asked, it refuses. */
struct sek_settings_ask {
	sek_below_fn	 fn;
	void		*arg;
};
enum sek_err	 sek_settings_ask_below(struct sek_settings *s, size_t row,
		    const char *at, const struct sek_settings_ask *ask,
		    struct sek_why *why);

/* force.c: defaults, layers, derived values, floors, pairs, hash. */
enum sek_err	 sek_settings_force(struct sek_settings *out,
		    struct sek_settings_layers *l,
		    const struct sek_settings_ask *ask, struct sek_why *why);
/* A privileged limit never weaker than the staff's: mend what raising one of
 * them broke; and back to what the files say. */
void		 sek_settings_mend_pairs(struct sek_settings *s);
void		 sek_settings_unmend_pairs(struct sek_settings *s);

/* load.c, show.c: as in settings.h, with the vendor file named (tests). */
#define SEK_SETTINGS_VENDOR		(SEK_DATADIR "/sekisho.conf")
#define SEK_SETTINGS_DEFAULT_PATH	(SEK_SYSCONFDIR "/sekisho.conf")
enum sek_err	 sek_settings_load_from(struct sek_settings *out,
		    const char *vendor, const char *path, bool may_be_absent,
		    struct sek_why *why);
enum sek_err	 sek_settings_load_asking(struct sek_settings *out,
		    const char *vendor, const char *path, bool may_be_absent,
		    const struct sek_settings_ask *ask, struct sek_why *why);
enum sek_err	 sek_settings_show_from(const char *vendor, const char *path,
		    sek_setting_fn fn, void *arg, struct sek_why *why);
enum sek_err	 sek_settings_show_asking(const char *vendor,
		    const char *path, const struct sek_settings_ask *ask,
		    sek_setting_fn fn, void *arg, struct sek_why *why);

#endif
