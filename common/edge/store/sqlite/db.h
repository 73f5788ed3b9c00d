/*
 * db.h - the SQLite engine's own nouns
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: every statement runs inside sek_db_begin and sek_db_end, which read
 * and check the head; so nothing is decided on a foreign or newer store.
 */
#ifndef SEKISHO_STORE_SQLITE_DB_H
#define SEKISHO_STORE_SQLITE_DB_H

#include <sqlite3.h>

#include "../engine.h"
#include "../pack.h"
#include "../seal.h"
#include "sekisho/edge/chain.h"
#include "sekisho/rule/approval.h"

#define SEK_DB_APPLICATION	0x53454b49	/* "SEKI" */
#define SEK_DB_MAJOR		1
#define SEK_DB_MINOR		7
#define SEK_DB_VERSION		(SEK_DB_MAJOR * 1000 + SEK_DB_MINOR)
#define SEK_DB_BUSY		(5 * SEK_SECOND)	/* a whole call */
#define SEK_DB_BUSY_LOG		(2 * SEK_SECOND)	/* to cut the log */
#define SEK_DB_BUSY_LOG_LOGIN	(SEK_SECOND / 20)
#define SEK_DB_STATEMENTS	128u
#define SEK_DB_PENDING		16u
#define SEK_DB_UNKNOWN_MAX	4096	/* tallies of names no account has */
#define SEK_DB_COALESCE_MAX	256	/* refusals open at once */
#define SEK_DB_COALESCE_SOURCE	32	/* of them, of one host or caller */
#define SEK_DB_COALESCE_NO_ROOM	64	/* of all, on a full disk */
#define SEK_DB_COALESCE_SPAN	(60 * SEK_SECOND)
#define SEK_DB_CHECKPOINT	64	/* pages */
#define SEK_DB_PAGE		4096
#define SEK_DB_SPARE_PAGES	512	/* free pages made by init */
#define SEK_DB_KEPT_PAGES	128	/* for tallies, on a full disk */
#define SEK_DB_WAL_BYTES	(2u << 20)
#define SEK_DB_TIGHT		(1u << 20)	/* less room than this */
#define SEK_BALLAST_FULL	(4u << 20)
#define SEK_BALLAST_PIECE	(256u << 10)
#define SEK_DB_DATA_MAX		(SEK_PACK_MAX + 1024u)
#define SEK_KEY_NEXT		".new"	/* key file of a rotation under way */
#define SEK_SEALED_MAX		(SEK_OATH_KEY_MAX + SEK_SEAL_EXTRA)

/* The one row of meta: what the store is, and the head of the records. */
struct sek_meta_row {
	uint32_t	id;		/* always 1 */
	uint32_t	clock_mark;	/* a step back was recorded */
	char		terminal[64];
	uint8_t		machine[SEK_MAC_LEN];
	int64_t		created;
	int64_t		epoch;		/* raised by a restore */
	int64_t		seq;		/* of the last record */
	uint8_t		hash[SEK_HASH_LEN];
	int64_t		wall;		/* newest recorded */
	int64_t		due;		/* wall: equal refusals to close; 0 */
	int64_t		waiting;	/* rows of them */
	int64_t		waiting_sum;	/* of their counts */
	char		policy[SEK_HASH_HEX];	/* last seen */
};

struct sek_member_row {
	char		account[SEK_NAME_MAX];
	char		person[SEK_NAME_MAX];
	int64_t		created;
};

struct sek_authenticator_row {
	struct sek_authenticator a;
	struct {
		uint32_t	len;
		uint8_t		data[SEK_SEALED_MAX];
	} secret;
};

struct sek_attempt_row {
	uint8_t		key[SEK_TALLY_KEY_LEN];
	uint32_t	kind;		/* enum sek_tally_kind */
	uint32_t	locked;
	int64_t		used;		/* wall */
	struct {
		uint32_t	len;
		uint8_t		data[SEK_PACK_MAX];
	} state;
};

/* Equal refusals, counted until they are written. */
struct sek_waiting_row {
	uint8_t		key[SEK_MAC_LEN];	/* what is equal in them */
	uint8_t		source[SEK_MAC_LEN];	/* who opened it */
	int64_t		due;			/* wall */
	uint32_t	count;			/* since the last written */
	char		event[SEK_RECORD_BODY_MAX];
};

/* What became of an admission. Stored; before proofs there were two. */
enum sek_taken {
	SEK_TAKEN_NOT = 0,
	SEK_TAKEN_SESSION,
	SEK_TAKEN_PROOF,	/* for one act, not yet done */
	SEK_TAKEN_SPENT
};
struct sek_admission_row {
	char			id[SEK_ID_MAX];
	char			account[SEK_NAME_MAX];
	char			person[SEK_NAME_MAX];
	char			service[SEK_SERVICE_MAX];
	char			authenticator[SEK_AUTHENTICATORS_TEXT];
	uint32_t		uid;
	uint32_t		event;
	uint32_t		kinds;
	uint32_t		audit_session;
	uint32_t		taken;		/* enum sek_taken */
	struct sek_moment	at;
	struct sek_process	gate;
	struct sek_process	parent;
};

/* What a purge leaves: the last record that is gone, and the seal over it. */
struct sek_anchor_row {
	uint32_t	id;		/* always 1 */
	int64_t		seq;
	uint8_t		hash[SEK_HASH_LEN];
	int64_t		seal;
	uint8_t		digest[SEK_HASH_LEN];	/* of the seal's text */
	int64_t		wall;		/* of the purge */
};

/* What was asked, and what became of it. */
enum sek_given {
	SEK_GIVEN_NEVER = 0,
	SEK_GIVEN_NOW,
	SEK_GIVEN_ONCE		/* is over; it could open */
};
struct sek_request_row {
	int64_t			number;		/* in the order of asking */
	uint32_t		open;		/* 1: something is to do yet */
	uint32_t		given;		/* enum sek_given */
	struct sek_approval	a;
};

/*
 * The code of a ticket (model/ticket.h): what became of it stands in its
 * approval. No code is left in one that is used up.
 */
struct sek_ticket_row {
	char			account[SEK_NAME_MAX];
	char			id[SEK_ID_MAX];		/* its approval's */
	char			person[SEK_NAME_MAX];
	uint32_t		purpose;	/* enum sek_purpose */
	uint32_t		uid;		/* the account's, when asked */
	struct sek_process	by;		/* used it; pid 0: nobody who
						 * waits to be admitted */
	struct sek_moment	at;		/* when */
	struct {
		uint32_t	len;		/* 0: destroyed */
		uint8_t		data[SEK_TICKET_HASH + SEK_SEAL_EXTRA];
	} code;
};

/* What is public of a security key: model/fido2.h. */
struct sek_security_key_row {
	char			person[SEK_NAME_MAX];
	char			id[SEK_ID_MAX];		/* its authenticator's */
	char			rp_id[SEK_FIDO2_RP_MAX];
	struct sek_fido2_brief	brief;
	struct {
		uint32_t	len;
		uint8_t		data[SEK_FIDO2_CREDENTIAL_MAX];
	} credential;
	struct {
		uint32_t	len;
		uint8_t		data[SEK_FIDO2_PUBLIC_MAX];
	} public_key;
};

/* What is kept of a card: model/card.h. The key of its mark lies sealed in its
 * authenticator; none: it came by a roster. */
struct sek_card_row {
	char			person[SEK_NAME_MAX];
	char			id[SEK_ID_MAX];		/* its authenticator's */
	struct sek_card_brief	brief;
	uint8_t			mark[SEK_CARD_MARK_LEN];
	struct {
		uint32_t	len;
		uint8_t		data[SEK_CARD_PUBLIC_MAX];
	} public_key;
	struct {
		uint32_t	len;
		uint8_t		data[SEK_CARD_KEY_ID_MAX];
	} issuer;
};

/* What is kept of a living trait: model/biometric.h; and its mismatches in a
 * row, since one of the person was admitted by this method. */
struct sek_biometric_row {
	char			person[SEK_NAME_MAX];
	char			id[SEK_ID_MAX];		/* its authenticator's */
	char			account[SEK_NAME_MAX];
	struct sek_biometric_brief brief;
	uint8_t			digest[SEK_TEMPLATE_LEN];
	uint32_t		missed;
	struct sek_moment	at;		/* the last; 0 none */
};

/* One that is or was an account's password: its slow hash, sealed. Pending:
 * who was about to hand it to the backend, and what that kept before. */
struct sek_history_row {
	char			account[SEK_NAME_MAX];
	int64_t			at;
	struct sek_process	owner;
	uint8_t			boot_id[SEK_BOOT_ID_LEN];	/* owner's */
	uint8_t			mark[SEK_PASSWORD_MARK_LEN];
	uint8_t			barred;
	uint8_t			pending;
	struct {
		uint32_t	len;
		uint8_t		data[SEK_PASSWORD_HASH_MAX + SEK_SEAL_EXTRA];
	} hash;
};

/* An administrator let it live on. */
struct sek_woken_row {
	char			account[SEK_NAME_MAX];
	int64_t			wall;
};

/*
 * How a row lies in memory and in its table. What statements ask for are
 * columns; all else is packed into one, "data": a login parses the schema and
 * its statements anew, and each further column costs it. The check goes over
 * all of it.
 */
enum sek_column_type {
	SEK_COLUMN_TEXT,	/* char[size] */
	SEK_COLUMN_BYTES,	/* uint8_t[size], all of them */
	SEK_COLUMN_BLOB,	/* uint32_t len, then uint8_t[size] */
	SEK_COLUMN_I64,
	SEK_COLUMN_I32,
	SEK_COLUMN_U32,
	SEK_COLUMN_U16,
	SEK_COLUMN_U8
};
struct sek_column {
	size_t			offset;
	size_t			size;
	enum sek_column_type	type;
};
struct sek_table {
	const char		*name;
	const struct sek_column	*columns;
	unsigned		 n;
	unsigned		 bare;	/* so many first ones are columns */
	unsigned		 id;	/* column that names a row */
	size_t			 size;	/* of the row in memory */
	const char		*all;	/* SELECT columns, mac FROM table */
	const char		*insert;
	const char		*update;	/* by its key; NULL: none */
};
extern const struct sek_table sek_table_meta;
extern const struct sek_table sek_table_account;
extern const struct sek_table sek_table_person;
extern const struct sek_table sek_table_member;
extern const struct sek_table sek_table_authenticator;
extern const struct sek_table sek_table_attempt;
extern const struct sek_table sek_table_admission;
extern const struct sek_table sek_table_request;
extern const struct sek_table sek_table_ticket;
extern const struct sek_table sek_table_security_key;
extern const struct sek_table sek_table_card;
extern const struct sek_table sek_table_biometric;
extern const struct sek_table sek_table_password;
extern const struct sek_table sek_table_password_history;
extern const struct sek_table sek_table_woken;
extern const struct sek_table sek_table_coalesce;
extern const struct sek_table sek_table_mark;
extern const struct sek_table sek_table_anchor;

/* Their order is that of table.c. */
#define SEK_ACCOUNT_COLUMNS		"name,person,data,mac"
#define SEK_PERSON_COLUMNS		"id,data,mac"
#define SEK_MEMBER_COLUMNS		"account,person,data,mac"
#define SEK_AUTHENTICATOR_COLUMNS	"person,id,state,data,mac"
#define SEK_ATTEMPT_COLUMNS		"key,kind,locked,used,data,mac"
#define SEK_ADMISSION_COLUMNS		"uid,id,wall,boot_id,data,mac"
#define SEK_REQUEST_COLUMNS		"number,id,key,open,given,data,mac"
#define SEK_TICKET_COLUMNS		"account,id,data,mac"
#define SEK_SECURITY_KEY_COLUMNS	"person,id,data,mac"
#define SEK_CARD_COLUMNS		"person,id,data,mac"
#define SEK_BIOMETRIC_COLUMNS		"person,id,data,mac"
#define SEK_PASSWORD_COLUMNS		"account,data,mac"
#define SEK_HISTORY_COLUMNS		"account,at,data,mac"
#define SEK_WOKEN_COLUMNS		"account,data,mac"
#define SEK_COALESCE_COLUMNS		"key,source,due,count,data,mac"

struct sek_tally_at {
	struct sek_tally	t;
	uint8_t			key[SEK_TALLY_KEY_LEN];
	uint32_t		kind;
	uint32_t		expired;	/* leases that became failures */
	bool			exists;
	bool			changed;	/* by bringing it up to now */
	bool			closed;	/* and that closed a lock */
};

struct sek_pending {
	struct sek_record	r;
	uint64_t		seq;
};

struct sek_db {
	sqlite3			*sq;
	const struct sek_store_config *config;
	struct sek_why		*why;
	struct sek_keys		 keys;
	struct {
		const char	*sql;
		sqlite3_stmt	*st;
	} statement[SEK_DB_STATEMENTS];
	unsigned		 nstatements;
	bool			 exclusive;	/* keeps all others out */
	bool			 limited;	/* the file may not grow */
	bool			 reserve;	/* this call may use all room */
	bool			 tight;		/* little room on the disk */
	bool			 undo;		/* nothing to write after all */
	bool			 meta_dirty;
	bool			 unbound;	/* also another machine's */
	bool			 in_record;	/* policy change looked at */
	uint64_t		 harmed;	/* record of what waiting
						 * refusals suffered; 0 */
	int64_t			 began;		/* monotonic us, of this call */
	struct sek_moment	 now;
	struct sek_meta_row	 meta;
	struct {
		const char	*table;		/* NULL: none */
		char		 id[SEK_NAME_MAX];
	} bad;
	struct sek_record	 no;	/* refused: to be recorded, once all
					 * else of the call is undone */
	bool			 has_no;
	struct sek_pending	 pending[SEK_DB_PENDING];
	unsigned		 npending;
	struct sek_tally_at	 tally[2];	/* the name's, the caller's */
	struct sek_attempt_row	 attempt;	/* scratch */
	struct sek_waiting_row	 waiting;	/* scratch */
	struct sek_request_row	 request;	/* scratch */
	uint8_t			 data[SEK_DB_DATA_MAX];	/* a row, packed */
	struct sek_authenticator_row found[SEK_AUTHENTICATORS_MAX];
	size_t			 nfound;
	bool			 bound;	/* whose they are has or had one */
	uint8_t			 machine[SEK_MAC_LEN];
};
#define SEK_TALLY_OWN		0
#define SEK_TALLY_OF_CALLER	1

/* open.c */
enum sek_err	sek_db_open(struct sek_db **out, const char *path,
		    const struct sek_store_config *config,
		    struct sek_why *why);
/* keys: NULL: those of the key file. */
enum sek_err	sek_db_create(struct sek_db **out, const char *path,
		    const struct sek_store_config *config,
		    const struct sek_keys *keys, struct sek_why *why);
/* Read-only, without keys: what config->path is is still to be found out. */
enum sek_err	sek_db_open_other(struct sek_db **out,
		    const struct sek_store_config *config,
		    struct sek_why *why);
/* Of any connection: no schema makes it run something, no file is mapped. */
void		sek_db_guard(sqlite3 *sq);
/* This machine's id as a keyed sum. */
enum sek_err	sek_db_machine(uint8_t out[SEK_MAC_LEN],
		    const struct sek_keys *keys, struct sek_why *why);
void		sek_db_close(struct sek_db **db);
/* Is another file, or none, at the path of the one that is open? */
bool		sek_db_moved(const struct sek_db *db);
/* From now on wait so long for others, in all. */
void		sek_db_wait_for(struct sek_db *db, int64_t us);
/* error.c: what the last call of a connection failed of; sq NULL: memory. */
enum sek_err	sek_db_error(struct sek_db *db);
enum sek_err	sek_db_error_of(struct sek_why *why, const char *path,
		    sqlite3 *sq);
enum sek_err	sek_db_error_code(struct sek_why *why, const char *path,
		    int rc, int sys, const char *text);

/* statement.c: one is found by the address of its text. */
enum sek_err	sek_db_prepare(struct sek_db *db, sqlite3_stmt **out,
		    const char *sql);
/* SEK_OK: a row. SEK_ERR_NOT_FOUND: no more, and reset. */
enum sek_err	sek_db_step(struct sek_db *db, sqlite3_stmt *st);
void		sek_db_done(sqlite3_stmt *st);
/* Prepare, bind one text (or NULL), run to the end. */
enum sek_err	sek_db_exec(struct sek_db *db, const char *sql);
enum sek_err	sek_db_exec_text(struct sek_db *db, const char *sql,
		    const char *text);
enum sek_err	sek_db_number(struct sek_db *db, int64_t *out,
		    const char *sql);
void		sek_db_bind_text(sqlite3_stmt *st, int i, const char *s);
void		sek_db_bind_blob(sqlite3_stmt *st, int i, const void *p,
		    size_t len);

/* row.c */
enum sek_err	sek_row_read(struct sek_db *db, const struct sek_table *t,
		    sqlite3_stmt *st, void *row);
enum sek_err	sek_row_insert(struct sek_db *db, const struct sek_table *t,
		    const void *row);
enum sek_err	sek_row_update(struct sek_db *db, const struct sek_table *t,
		    const void *row);
/* The one row a SELECT with these texts finds (b may be NULL). */
enum sek_err	sek_row_find(struct sek_db *db, const struct sek_table *t,
		    void *row, const char *sql, const char *a, const char *b);
enum sek_err	sek_row_bad(struct sek_db *db, const char *table,
		    const char *id);

/* transaction.c */
enum sek_err	sek_db_begin(struct sek_db *db, bool write);
enum sek_err	sek_db_end(struct sek_db *db, enum sek_err err);
enum sek_err	sek_db_meta_insert(struct sek_db *db);
bool		sek_db_clock_back(const struct sek_db *db);
/* The head under the keys there are, bound or not. */
enum sek_err	sek_db_meta_read(struct sek_db *db);

/* migrate.c */
enum sek_err	sek_db_migrate(struct sek_db *db);
enum sek_err	sek_db_version_check(struct sek_db *db);
/* SEK_ERR_STORE_OLDER, with the remedy, where the store's schema lacks what
 * this minor added. In a transaction, before such a table is named. */
enum sek_err	sek_db_needs_minor(struct sek_db *db, unsigned minor);
/* SEK_ERR_STORE_NEWER where there may be tables this program knows nothing
 * of. In a transaction that is to reach all of them. */
enum sek_err	sek_db_no_newer(struct sek_db *db);
/* The tables of major.minor, empty, in any database. */
enum sek_err	sek_db_schema(sqlite3 *sq, unsigned minor);
enum sek_err	sek_op_migrate(struct sek_db *db, const void *in, void *out);
extern const char sek_migration_0001[];
extern const char sek_migration_0002[];
extern const char sek_migration_0003[];
extern const char sek_migration_0004[];
extern const char sek_migration_0005[];
extern const char sek_migration_0006[];
extern const char sek_migration_0007[];
extern const char sek_migration_0008[];

/* carry.c */
extern const struct sek_table *const sek_plain_tables[];	/* NULL ends */
typedef enum sek_err (*sek_row_fn)(void *arg, void *row);
/* Each row of a table; bad: counts those whose check fails (NULL: the first
 * ends it). */
enum sek_err	sek_db_each(struct sek_db *src, const struct sek_table *t,
		    sek_row_fn fn, void *arg, uint64_t *bad);
struct sek_carry {
	struct sek_db		*src;	/* as before, under its keys */
	struct sek_db		*dst;	/* in a transaction, under its own */
	const struct sek_table	*table;
	void			(*progress)(void *, uint64_t, uint64_t);
	void			*arg;
	uint64_t		 done;
	uint64_t		 all;
	uint64_t		 tallies;	/* carried over */
	bool			 callers;	/* theirs, too */
	bool			 newest;	/* of both, not dst's */
};
enum sek_err	sek_authenticator_reseal(struct sek_authenticator_row *row,
		    const struct sek_keys *from, const struct sek_keys *to);
/* Tallies of src that dst has none of. */
enum sek_err	sek_db_carry_tallies(struct sek_carry *c);
/* All rows of dst, which src shows as they were, under dst's keys. */
enum sek_err	sek_db_rekey_rows(struct sek_carry *c);

/* rekey.c */
/* One at a time; *fd holds it. */
enum sek_err	sek_keys_lock(int *fd, const struct sek_store_config *config,
		    struct sek_why *why);
/* End what a killed rotation left: the key in force is the key file. Under
 * the lock. */
enum sek_err	sek_db_settle_keys(struct sek_db *db);
/* The next key becomes the key file, the old one is destroyed. */
enum sek_err	sek_keys_put_in_place(const struct sek_store_config *config,
		    struct sek_why *why);
void		sek_keys_destroy(const char *path);
enum sek_err	sek_op_rotate(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_db_adopt(const struct sek_store_config *config,
		    const struct sek_adopt_in *in, struct sek_adopted *out,
		    struct sek_why *why);

/* copy.c */
/* All of it, as the open transaction sees it, into a new file. */
enum sek_err	sek_db_copy(struct sek_db *db, const char *path,
		    const struct sek_tool_args *a);
/* A copy in the folder "backup" beside the store, of which the last three
 * stay; path: where. Not within a transaction. */
enum sek_err	sek_db_keep(struct sek_db *db, const char *reason,
		    char *path, size_t size, const struct sek_tool_args *a);
void		sek_kept_folder(char *dst, size_t size,
		    const struct sek_store_config *config);
enum sek_err	sek_kept_name(char *dst, size_t size,
		    const struct sek_store_config *config,
		    const char *reason, struct sek_why *why);
/* Lay a store that cannot be copied there as it is; it stays in place, too.
 * path: where. */
enum sek_err	sek_kept_link(const struct sek_store_config *config,
		    char *path, size_t size, struct sek_why *why);
/* How many there are. */
uint64_t	sek_kept(const struct sek_store_config *config);
void		sek_kept_remove(const struct sek_store_config *config);

/* mark.c */
enum sek_err	sek_db_mark(struct sek_db *db, const char *name,
		    struct sek_mark *out);
enum sek_err	sek_db_mark_set(struct sek_db *db, const char *name,
		    const char *text, int64_t wall);
enum sek_err	sek_op_mark(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_mark_set(struct sek_db *db, const void *in, void *out);

/* record.c */
enum sek_err	sek_db_append(struct sek_db *db, const struct sek_record *r);
/* Of a call that must go on where there is no room for a record. */
enum sek_err	sek_db_append_or_skip(struct sek_db *db,
		    const struct sek_record *r);
enum sek_err	sek_db_append_event(struct sek_db *db, const char *event,
		    size_t len, uint32_t count);
void		sek_db_record(struct sek_record *r, enum sek_event e,
		    enum sek_result result);
void		sek_db_record_who(struct sek_record *r,
		    const struct sek_claimant *who);
void		sek_db_journal(struct sek_db *db);
enum sek_err	sek_op_append(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_records(struct sek_db *db, const void *in, void *out);
/* What must stand in the chain before the next record: a policy or a clock
 * that changed. */
enum sek_err	sek_db_note_changes(struct sek_db *db);
/* Its whole body, bounded; false: the row is not as one must be. */
bool		sek_db_record_row(struct sek_record_row *row,
		    sqlite3_stmt *st);
/* Its time alone, of a row of seq,version,prev,hash,body; one whose time
 * cannot be read is within any. */
bool		sek_db_record_within(const struct sek_record_range *range,
		    sqlite3_stmt *st);
/* As it stands, good until the statement moves. */
void		sek_db_chain_row(struct sek_chain_row *row, sqlite3_stmt *st);
/* seals.c */
bool		sek_db_seal_row(struct sek_seal_row *row, sqlite3_stmt *st);
enum sek_err	sek_op_seals(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_seal_last(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_seal(struct sek_db *db, const void *in, void *out);
/* purge.c */
/* Where the chain begins: seq 0 and zeros where nothing was purged, also in
 * a store that has no anchors yet. */
enum sek_err	sek_db_anchor(struct sek_db *db, struct sek_anchor_row *out);
enum sek_err	sek_op_ends(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_purge(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_upkeep(struct sek_db *db, const void *in, void *out);
/* verify.c */
enum sek_err	sek_op_verify(struct sek_db *db, const void *in, void *out);

/* coalesce.c */
/* who: whose refusal it is; NULL: the store's own word, from r->detail. */
enum sek_err	sek_db_coalesce(struct sek_db *db,
		    const struct sek_record *r,
		    const struct sek_claimant *who);
enum sek_err	sek_db_coalesce_close(struct sek_db *db, bool all);
/* Do number and counts of what waits agree with the head? */
enum sek_err	sek_db_coalesce_whole(struct sek_db *db, bool *whole);
/* Record db->bad: now; or after its call was undone. */
enum sek_err	sek_db_note_bad(struct sek_db *db);
void		sek_db_record_bad(struct sek_db *db);
enum sek_err	sek_op_refuse(struct sek_db *db, const void *in, void *out);

/* tally.c */
void		sek_tally_key(uint8_t out[SEK_TALLY_KEY_LEN],
		    const struct sek_keys *keys, enum sek_tally_kind kind,
		    const char *name);
enum sek_err	sek_db_tally_load(struct sek_db *db, int which,
		    enum sek_tally_kind kind, const char *name);
enum sek_err	sek_db_tally_stored(struct sek_db *db, int which,
		    struct sek_tally *out);
enum sek_err	sek_db_tally_save(struct sek_db *db, int which);
enum sek_err	sek_db_tally_drop(struct sek_db *db, int which);
/* Both tallies of a claimant, brought up to now. */
enum sek_err	sek_db_tallies(struct sek_db *db,
		    const struct sek_claimant *who,
		    const struct sek_limits *limits,
		    const struct sek_limits *caller_limits);
bool		sek_db_has_caller(const struct sek_claimant *who);
const char	*sek_db_caller_name(char *dst, size_t size,
		    const struct sek_claimant *who);
/* slot.c */
/* What a verification was about; tallies are loaded and up to now. */
struct sek_slot_use {
	const struct sek_claimant	*who;
	const struct sek_limits		*limits;
	const struct sek_limits		*caller_limits;
	const char			*slot;
	bool				 held;
	bool				 locked_now;
};
enum sek_err	sek_db_fail(struct sek_db *db, struct sek_slot_use *use);
enum sek_err	sek_db_give_back(struct sek_db *db, struct sek_slot_use *use);
/* Read and rewrite a tally that is nobody's; db->tally[which] is lost. */
enum sek_err	sek_db_idle(struct sek_db *db, int which);
enum sek_err	sek_op_reserve(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_settle(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_idle(struct sek_db *db, const void *in, void *out);

/* account.c */
enum sek_err	sek_db_account(struct sek_db *db, struct sek_account *out,
		    const char *name);
enum sek_err	sek_db_person(struct sek_db *db, struct sek_person *out,
		    const char *id);
/* Failures to tell him at his next login. */
enum sek_err	sek_db_account_failed(struct sek_db *db, const char *name,
		    uint32_t times);
enum sek_err	sek_op_lookup(struct sek_db *db, const void *in, void *out);

/* authenticator.c */
/* All of an account's persons, into db->found. */
enum sek_err	sek_db_authenticators_of(struct sek_db *db,
		    const struct sek_account *a);
/* The active ones of one person, into db->found. */
enum sek_err	sek_db_authenticators_of_person(struct sek_db *db,
		    const char *person);
/* May this member of a shared account come in by himself today? */
enum sek_err	sek_db_member_stands(struct sek_db *db, bool *stands,
		    const char *person);
enum sek_err	sek_db_authenticator(struct sek_db *db,
		    struct sek_authenticator_row *out, const char *id);
enum sek_err	sek_db_authenticator_failed(struct sek_db *db,
		    struct sek_authenticator_row *row, uint32_t cap,
		    const struct sek_claimant *who);
/* It failed too often: shut, with a record. */
enum sek_err	sek_db_authenticator_cap(struct sek_db *db,
		    struct sek_authenticator_row *row,
		    const struct sek_claimant *who);
enum sek_err	sek_db_authenticator_failed_id(struct sek_db *db,
		    const char *id, uint32_t cap,
		    const struct sek_claimant *who);
/* Are all of the authenticators an admission names active yet, and neither its
 * account nor its person retired? */
enum sek_err	sek_db_authenticators_stand(struct sek_db *db, bool *stand,
		    const struct sek_admission_row *row);
/* share.c */
enum sek_err	sek_db_is_member(struct sek_db *db, bool *yes,
		    const char *account, const char *person);
enum sek_err	sek_op_members(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_share(struct sek_db *db, const void *in, void *out);
/* may_change.c: rule/may_change.h, of the store's rows. */
/* Is who has this account a contractor? Of a shared one: is any member? */
enum sek_err	sek_db_is_contractor(struct sek_db *db, bool *yes,
		    const char *account);
/*
 * May actor (NULL: nobody in particular) change that of the account?
 * SEK_ERR_REFUSED, which is recorded as event e once the transaction is undone.
 * privileged: it is, whatever the store knows.
 */
enum sek_err	sek_db_may_change(struct sek_db *db,
		    const struct sek_record *actor, const char *account,
		    bool privileged, enum sek_changing what,
		    enum sek_event e);
/* The same of what a person holds, by which all his accounts open. */
enum sek_err	sek_db_may_change_person(struct sek_db *db,
		    const struct sek_record *actor, const char *person,
		    enum sek_changing what, enum sek_event e);
/* What was refused is told, in a transaction of its own. */
void		sek_db_record_no(struct sek_db *db);
enum sek_err	sek_op_may_change(struct sek_db *db, const void *in,
		    void *out);
/* lost.c */
/* Did it open a session, or a screen? That one. */
bool		sek_db_let_in(const struct sek_db *db,
		    const struct sek_admission_row *row,
		    struct sek_lost_session *s);
enum sek_err	sek_op_lost(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_found(struct sek_db *db, const void *in, void *out);
/* consume.c */
enum sek_err	sek_op_consume(struct sek_db *db, const void *in, void *out);

/* admission.c, session.c */
enum sek_err	sek_db_admission(struct sek_db *db,
		    struct sek_admission_row *out, uint32_t uid,
		    const char *id);
void		sek_db_admission_show(struct sek_admission *out,
		    const struct sek_admission_row *row);
enum sek_err	sek_op_admit(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_reuse(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_admissions(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_drop(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_open_session(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_close_session(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_session_over(struct sek_db *db, const void *in,
		    void *out);

/* proof.c, self.c */
/* Was it a locker's, so that it unlocked a screen? */
bool		sek_db_is_lockers(const struct sek_admission_row *row);
/*
 * Who acts, for *out: account, person ("" of a shared account), uid, audit
 * session, the moment; by a proof (in->proof), which is spent in this
 * transaction, also kinds, authenticators and proven. note stays "". May he
 * no longer come in, or is the proof none of his, SEK_ERR_REFUSED with why.
 */
enum sek_err	sek_db_actor(struct sek_db *db, const struct sek_actor *in,
		    struct sek_part *out);
/* The same of who enrols by himself: ticket (may be NULL: none will do) gets
 * the id of the one his proof rests on, or "". */
enum sek_err	sek_db_actor_enrols(struct sek_db *db,
		    const struct sek_actor *in, struct sek_part *out,
		    char ticket[SEK_ID_MAX]);
enum sek_err	sek_op_take_proof(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_self(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_self_enrol(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_self_state(struct sek_db *db, const void *in,
		    void *out);

/* approval.c */
enum sek_err	sek_op_approval_ask(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_approval_decide(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_approvals(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_allowance(struct sek_db *db, const void *in, void *out);
/* Is this part his? In doubt it is. */
enum sek_err	sek_db_is_him(struct sek_db *db, bool *yes,
		    const struct sek_part *part,
		    const struct sek_approval_who *who);
/* Is one of these accounts his? In doubt it is. */
enum sek_err	sek_db_is_subject(struct sek_db *db, bool *yes,
		    const char *users, const struct sek_approval_who *who);
/* One that none has yet; db->request is lost. */
enum sek_err	sek_db_request_id(struct sek_db *db, char id[SEK_ID_MAX]);
/* approval_keep.c */
/* Into db->request. */
enum sek_err	sek_db_request(struct sek_db *db, const char *id);
/* What its columns say follows from the rest. */
enum sek_err	sek_db_request_write(struct sek_db *db,
		    struct sek_request_row *row, bool is_new);
/* Its record: of p (NULL: of time itself); marks, text. */
enum sek_err	sek_db_request_record(struct sek_db *db, enum sek_event e,
		    const struct sek_approval *a, const struct sek_part *p,
		    const char *text);
/* Of this terminal, and in force at this moment? */
bool		sek_db_request_stands(const struct sek_db *db,
		    const struct sek_approval *a);
/* It was used: counted, and recorded where this is the first time of a day. */
enum sek_err	sek_db_request_used(struct sek_db *db,
		    struct sek_request_row *row,
		    const struct sek_claimant *who);
/* Are as many of its key given here, now or for later, as an allowance holds?
 * One more would take another's place. */
enum sek_err	sek_db_requests_full(struct sek_db *db, bool *full,
		    const struct sek_approval *a);
/* Its time or its uses are over: ENDED, with a record. */
enum sek_err	sek_db_request_end(struct sek_db *db,
		    struct sek_request_row *row, const char *text);
/* An admission goes by it: used, or SEK_ERR_REFUSED. */
enum sek_err	sek_db_request_use(struct sek_db *db, const char *id,
		    const struct sek_claimant *who);
/* What is over is ended, and what is overdue told, once: as many as one
 * transaction tells, behind *after (0 at first); *more: there are more. */
enum sek_err	sek_db_requests_sweep(struct sek_db *db, int64_t *after,
		    bool *more);
/* What this person asked for, and nobody has decided yet, ends; *n counts. */
enum sek_err	sek_db_requests_end_of(struct sek_db *db, const char *person,
		    const char *text, uint64_t *n);
enum sek_err	sek_db_requests_count(struct sek_db *db,
		    struct sek_store_status *out);
/* Is this table in the store yet? */
bool		sek_db_has_requests(struct sek_db *db);

/* ticket.c */
/* Is this table in the store yet? */
bool		sek_db_has_tickets(struct sek_db *db);
/* SEK_PURPOSE_BITs of those in force for him; a is his account (name "":
 * none), p its person. Reads, and passes over rows whose check fails. */
enum sek_err	sek_db_ticket_bits(struct sek_db *db, uint32_t *bits,
		    const struct sek_claimant *who,
		    const struct sek_account *a, const struct sek_person *p);
/* A new one, of the code out[] is given. */
enum sek_err	sek_db_ticket_new(struct sek_db *db,
		    struct sek_ticket_row *row, char out[SEK_TICKET_CODE]);
enum sek_err	sek_db_ticket_find(struct sek_db *db,
		    struct sek_ticket_row *row, const char *account,
		    const char *id);
/* The next of row->account behind row->id (at first ""); those whose check
 * fails are passed over. SEK_ERR_NOT_FOUND: no more. */
enum sek_err	sek_db_ticket_next(struct sek_db *db,
		    struct sek_ticket_row *row);
/* Its code is gone for good. */
enum sek_err	sek_db_ticket_destroy(struct sek_db *db, const char *account,
		    const char *id);
/* All of an account's, or of one purpose (SEK_PURPOSE_NONE: of any), end. */
enum sek_err	sek_db_tickets_end(struct sek_db *db, const char *account,
		    enum sek_purpose purpose, const char *text);
/* The next account of a person behind this one (at first "") that has codes;
 * SEK_ERR_NOT_FOUND. */
enum sek_err	sek_db_ticket_account(struct sek_db *db,
		    char account[SEK_NAME_MAX], const char *person);
/* The same of all accounts of a person. */
enum sek_err	sek_db_tickets_end_of(struct sek_db *db, const char *person,
		    enum sek_purpose purpose, const char *text);
/* Those nobody can use any more go: as many as one transaction tells, behind
 * *after (zeroed at first); *more: there are more. */
enum sek_err	sek_db_tickets_sweep(struct sek_db *db,
		    struct sek_ticket_row *after, bool *more);
/* Under the keys of dst instead of src's. */
enum sek_err	sek_ticket_reseal(struct sek_ticket_row *row,
		    const struct sek_keys *from, const struct sek_keys *to);
/* An admission goes by it: still in force, or used up by this very gate; or
 * SEK_ERR_REFUSED. */
enum sek_err	sek_db_ticket_admit(struct sek_db *db,
		    const struct sek_admit *in);
/* ticket_give.c */
/* What is asked, as a ticket has it; and about whom it is for. db->request is
 * lost. */
enum sek_err	sek_db_ticket_wish(struct sek_db *db, struct sek_approval *a,
		    const struct sek_approval_ask *in,
		    struct sek_approval_wish *wish);
/* It is in its table: its code. */
enum sek_err	sek_db_ticket_asked(struct sek_db *db,
		    const struct sek_approval *a, uint32_t uid,
		    char code[SEK_TICKET_CODE]);
/* Of one that is to be given by who has this uid: about whom it is for, by
 * now. */
enum sek_err	sek_db_ticket_deed(struct sek_db *db,
		    const struct sek_approval *a, uint32_t max,
		    uint32_t uid, struct sek_approval_deed *deed);
/* It is given: its account is known to the store from now on, and bound to
 * its uid. */
enum sek_err	sek_db_ticket_given(struct sek_db *db,
		    const struct sek_approval *a);
enum sek_err	sek_op_ticket_use(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_substitute(struct sek_db *db, const void *in,
		    void *out);
/*
 * beside.c: what lies beside the authenticators of some methods, in a table of
 * its own, by the same person and id, until they are removed.
 */
struct sek_beside {
	const struct sek_table	*table;
	uint32_t		 methods;	/* SEK_METHOD_BITs */
	unsigned		 minor;		/* that brought its table */
	bool			 travels;	/* what is public of it, by
						 * rosters */
	const char		*of;		/* of a person, by id */
	const char		*one;
	const char		*is;
	const char		*drop;
	const char		*of_id;
	const char		*drop_id;
	const char		*clear;
	const char		*copy;		/* all of database b */
};
union sek_beside_row {
	struct sek_security_key_row	security_key;
	struct sek_card_row		card;
	struct sek_biometric_row	biometric;
};
extern const struct sek_beside *const sek_besides[];	/* NULL ends */
/* NULL: nothing lies beside this method. */
const struct sek_beside *sek_beside_of(enum sek_method m);
/* Is its table in the store yet? */
bool		sek_db_has(struct sek_db *db, const struct sek_beside *b);
/* Of an authenticator that is not removed: SEK_ERR_TAMPERED where it is gone,
 * too. */
enum sek_err	sek_db_beside(struct sek_db *db, void *row,
		    const struct sek_beside *b, const char *person,
		    const char *id);
/* Its authenticator is removed. Of another method: nothing. */
enum sek_err	sek_db_beside_drop(struct sek_db *db,
		    const struct sek_authenticator *a);
/* Whatever lies beside this id. */
enum sek_err	sek_db_besides_drop_id(struct sek_db *db, const char *id);
/* *missing: the table that lacks its row, good or not; NULL: none does. */
enum sek_err	sek_db_beside_there(struct sek_db *db, const char **missing,
		    const struct sek_authenticator *a);
/* Of each one among db->found, by its place there; one look a person. */
typedef enum sek_err (*sek_beside_fn)(void *arg, size_t i,
		    const union sek_beside_row *row);
enum sek_err	sek_db_beside_found(struct sek_db *db,
		    const struct sek_beside *b, sek_beside_fn fn, void *arg);
/* Fill in .fido2, .card and .biometric of those found; of one, of whatever
 * method and state. */
enum sek_err	sek_db_besides_brief(struct sek_db *db);
enum sek_err	sek_db_beside_brief(struct sek_db *db,
		    struct sek_authenticator *a);
/* Where db->found[i] comes among n listed, of which used[] tells when, the
 * newest first; room is made in used[], ids and items (size bytes each), and
 * its id is put there. */
uint32_t	sek_db_newest_first(const struct sek_db *db, int64_t used[],
		    uint32_t n, size_t i, char id[][SEK_ID_MAX], void *items,
		    size_t size);
/* Those of an account by its name, also of one there is not. */
enum sek_err	sek_db_found_of(struct sek_db *db, const char *name);
/* NULL: not among them. */
struct sek_authenticator_row *sek_db_found_id(struct sek_db *db,
		    const struct sek_beside *b, const char *id);
/* What was shown is none of his: it counts. */
enum sek_err	sek_db_beside_failed(struct sek_db *db,
		    struct sek_slot_use *use);
/* It is his: the slot is given back; one that is gone already was failed. */
enum sek_err	sek_db_beside_right(struct sek_db *db,
		    struct sek_slot_use *use, uint32_t *right,
		    uint32_t *reason);

/* security_key.c */
void		sek_security_key_pack(struct sek_security_key_row *row,
		    const char *person, const char *id,
		    const struct sek_fido2 *f);
/* SEK_ERR_RANGE: a newer program's words. */
enum sek_err	sek_security_key_unpack(struct sek_fido2 *f,
		    const struct sek_security_key_row *row);
/* The same credential? */
bool		sek_security_key_same(const struct sek_security_key_row *row,
		    const struct sek_fido2 *f);
/* As sek_db_beside. */
enum sek_err	sek_db_security_key(struct sek_db *db,
		    struct sek_security_key_row *row, const char *person,
		    const char *id);
enum sek_err	sek_db_security_key_new(struct sek_db *db, const char *person,
		    const char *id, const struct sek_fido2 *f);
enum sek_err	sek_op_fido2_list(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_fido2_use(struct sek_db *db, const void *in,
		    void *out);
/* card.c */
/* SEK_ERR_RANGE: a newer program's words. mark and identity are zeros. */
enum sek_err	sek_card_unpack(struct sek_card *c,
		    const struct sek_card_row *row);
/*
 * Whose is it, by its key or its identity (of c, where it has one), that may
 * open yet or again? *a: the first such authenticator of another person than
 * this one, or of his own, whatever its state. SEK_ERR_NOT_FOUND: nobody's.
 */
enum sek_err	sek_db_card_holder(struct sek_db *db,
		    struct sek_authenticator *a, const struct sek_card *c,
		    const char *person);
/* Its row; key, where it has an identity, is sealed into row->secret. */
enum sek_err	sek_db_card_new(struct sek_db *db,
		    struct sek_authenticator_row *row,
		    const struct sek_card *c);
enum sek_err	sek_op_card_list(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_card_use(struct sek_db *db, const void *in, void *out);
/* biometric.c */
/* SEK_ERR_RANGE: a newer program's words. */
enum sek_err	sek_biometric_unpack(struct sek_biometric *b,
		    const struct sek_biometric_row *row);
enum sek_err	sek_db_biometric_new(struct sek_db *db, const char *person,
		    const char *id, const struct sek_biometric *b);
/* The gate said yes by this one: no mismatch of its person by its method
 * counts any more. db->found is lost. */
enum sek_err	sek_db_biometric_admitted(struct sek_db *db,
		    const struct sek_authenticator *a);
enum sek_err	sek_op_biometric_list(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_biometric_try(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_biometric_use(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_biometric_of(struct sek_db *db, const void *in,
		    void *out);
/* password.c */
extern const struct sek_table *const sek_password_tables[]; /* NULL ends */
/* Are its tables in the store yet? */
bool		sek_db_has_passwords(struct sek_db *db);
/* SEK_ERR_NOT_FOUND: none is known of it. */
enum sek_err	sek_db_password(struct sek_db *db, struct sek_password *out,
		    const char *account);
enum sek_err	sek_db_password_put(struct sek_db *db,
		    const struct sek_password *p);
/* A new entry of row->account: its at is as wished, or behind all others. */
enum sek_err	sek_db_history_add(struct sek_db *db,
		    struct sek_history_row *row, int64_t wish,
		    const char *hash);
/* The next entry of an account older than before (INT64_MAX: the newest). */
enum sek_err	sek_db_history_next(struct sek_db *db,
		    struct sek_history_row *row, const char *account,
		    int64_t before);
/* The newest that is not pending: the present one. */
enum sek_err	sek_db_history_newest(struct sek_db *db,
		    struct sek_history_row *row, const char *account);
enum sek_err	sek_db_history_drop(struct sek_db *db, const char *account,
		    int64_t at);
/* Is somebody between its begin and its end? */
bool		sek_history_is_live(const struct sek_db *db,
		    const struct sek_history_row *row);
/* Under the keys of dst instead of src's. */
enum sek_err	sek_history_reseal(struct sek_history_row *row,
		    const struct sek_keys *from, const struct sek_keys *to);
/* One login more by it. */
enum sek_err	sek_db_password_used(struct sek_db *db, const char *account);
/* Person and section of an account's record, where they are not said. */
enum sek_err	sek_db_password_whose(struct sek_db *db,
		    struct sek_record *r, const char *account);
enum sek_err	sek_op_password_of(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_password_history(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_password_begin(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_password_end(struct sek_db *db, const void *in,
		    void *out);
/* password_seen.c */
/* Changes of processes that are dead: taken by the backend, or not, as its
 * mark now tells; zeros tell nothing. *live: one is under way. */
enum sek_err	sek_db_password_settle(struct sek_db *db,
		    const struct sek_claimant *who,
		    const uint8_t mark[SEK_PASSWORD_MARK_LEN], bool *live);
enum sek_err	sek_op_password_seen(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_password_must(struct sek_db *db, const void *in,
		    void *out);
/* password_restore.c */
/* Those of a backup into a store; same: that it was made of. */
enum sek_err	sek_db_passwords_restore(struct sek_db *src,
		    struct sek_db *dst, bool same);
/* Of database b, which src is, too, into a new one under the same key. */
enum sek_err	sek_db_passwords_copy(struct sek_db *src, struct sek_db *dst);
/* password_sweep.c */
/* What belongs to no account any more; not within a transaction. */
enum sek_err	sek_db_passwords_sweep(struct sek_db *db);
/* woken.c */
/* Wall us, 0 never. */
enum sek_err	sek_db_woken(struct sek_db *db, int64_t *out,
		    const char *account);
/* Without a record; a store that is older keeps no such thing: SEK_OK. */
enum sek_err	sek_db_wake(struct sek_db *db, const char *account);
enum sek_err	sek_op_wake(struct sek_db *db, const void *in, void *out);
/* roster_key.c */
/* Remember, before its row goes, that it was removed: no roster brings it back
 * under another id. */
enum sek_err	sek_db_beside_gone(struct sek_db *db,
		    const struct sek_authenticator *a);
/* The same of whatever lies beside this id, where that can still be told. */
enum sek_err	sek_db_besides_gone_id(struct sek_db *db, const char *id);
/* grant.c */
/* What is asked, as a grant or deputy has it; and about whom it is for. */
enum sek_err	sek_db_grant_wish(struct sek_db *db, struct sek_approval *a,
		    const struct sek_approval_ask *in,
		    struct sek_approval_wish *wish,
		    const struct sek_approval_who *who);
/* Of one that is to be given: about whom it is for, by now. */
enum sek_err	sek_db_grant_deed(struct sek_db *db,
		    const struct sek_approval *a,
		    struct sek_approval_deed *deed);
/* Is an account this person's, or of this uid? One whose check fails is
 * nobody's. */
enum sek_err	sek_db_grant_is_his(struct sek_db *db, bool *yes,
		    const char *account, const char *name, const char *person,
		    uint32_t uid);
/* All that was given to an account, or to all of a person, ends: tickets,
 * grants, deputies; also what is asked for it yet. */
enum sek_err	sek_db_given_end(struct sek_db *db, const char *account,
		    const char *text);
enum sek_err	sek_db_given_end_of(struct sek_db *db, const char *person,
		    const char *text);
/* privilege.c */
enum sek_err	sek_op_privilege(struct sek_db *db, const void *in,
		    void *out);
/* glass.c */
enum sek_err	sek_op_break_glass(struct sek_db *db, const void *in,
		    void *out);

/* enrol.c, user.c, person.c */
enum sek_err	sek_op_enrol(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_import(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_user(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_users(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_prospect(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_survey(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_suspend(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_resume(struct sek_db *db, const void *in, void *out);
/* not_me.c */
enum sek_err	sek_op_not_me(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_unlock(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_authenticators(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_authenticator_state(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_persons(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_person(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_person_edit(struct sek_db *db, const void *in,
		    void *out);
/* Account, person and membership as an enrolment makes or finds them. */
enum sek_err	sek_db_need_account(struct sek_db *db, struct sek_enrol *in);
/* Enrol one; what actor->detail says stands in the record, too. */
enum sek_err	sek_db_enrol(struct sek_db *db, struct sek_enrol *in,
		    const struct sek_record *actor);
enum sek_err	sek_db_user_lock(struct sek_db *db, struct sek_user *u,
		    const struct sek_limits *limits);
/* Disable or remove it; *r is completed and written. */
enum sek_err	sek_db_authenticator_set(struct sek_db *db,
		    struct sek_authenticator_row *row,
		    enum sek_authenticator_state to, struct sek_record *r);
/* A row whose check fails is taken away, with a record. */
enum sek_err	sek_db_authenticator_drop_bad(struct sek_db *db,
		    const char *id, const struct sek_record *actor);
/* A tool's record: what the actor says, and this event. */
void		sek_db_record_actor(struct sek_record *r,
		    const struct sek_record *actor, enum sek_event e);

/* What a person's change of state or term does to his tickets. */
enum sek_err	sek_db_person_changed(struct sek_db *db,
		    const struct sek_person *before,
		    const struct sek_person *after);
/*
 * May actor make of a person what after says? As sek_db_may_change; and no
 * contractor makes himself, or another, one of the office's own.
 */
enum sek_err	sek_db_may_edit_person(struct sek_db *db,
		    const struct sek_record *actor,
		    const struct sek_person *before,
		    const struct sek_person *after);
/* Whose account a record is about. */
void		sek_db_record_target(struct sek_db *db, struct sek_record *r,
		    const char *person);

/* retire.c */
/* SEK_ERR_REFUSED where nobody else who is privileged could come in as well as
 * this person. */
enum sek_err	sek_db_not_the_last(struct sek_db *db, const char *person);
/* The same where at that time (wall us) nobody could, and somebody can now. */
enum sek_err	sek_db_some_left(struct sek_db *db, int64_t wall);
/* A person with all that is his; person "": that account alone. a: reason,
 * actor, retired_fn and arg. */
enum sek_err	sek_db_retire(struct sek_db *db,
		    const struct sek_tool_args *a,
		    const struct sek_account *account, const char *person,
		    struct sek_retired *out);
enum sek_err	sek_op_retire(struct sek_db *db, const void *in, void *out);
/* plan.c */
enum sek_err	sek_op_plan(struct sek_db *db, const void *in, void *out);

/* roster.c, roster_take.c */
/* A suspension that a roster brought is somebody's own from now on. */
enum sek_err	sek_db_roster_forget(struct sek_db *db, const char *account);
enum sek_err	sek_op_roster_collect(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_roster_given(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_roster_exporter(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_roster_plan(struct sek_db *db, const void *in,
		    void *out);
enum sek_err	sek_op_roster_take(struct sek_db *db, const void *in,
		    void *out);

/* status.c */
enum sek_err	sek_op_status(struct sek_db *db, const void *in, void *out);
enum sek_err	sek_op_accept_clock(struct sek_db *db, const void *in,
		    void *out);

/* ballast.c */
bool		sek_ballast_make_room(const struct sek_store_config *config);
uint64_t	sek_ballast_size(const struct sek_store_config *config);
enum sek_err	sek_ballast_create(const struct sek_store_config *config,
		    struct sek_why *why);
uint64_t	sek_disk_free(const char *path);
/* Is there room for this call? Sets tight, and the file's bound. */
enum sek_err	sek_db_room(struct sek_db *db);
/* May a record be written that this call could do without? */
bool		sek_db_room_to_spare(struct sek_db *db);
/* After a call: ballast and free pages made up again where they can be. */
void		sek_db_refill(struct sek_db *db, bool ballast);
enum sek_err	sek_db_spare_pages(struct sek_db *db, int64_t pages);
/* Zeros, really written. */
enum sek_err	sek_write_zeros(const char *path, size_t bytes,
		    struct sek_why *why);

/* init.c */
/* The store's folder, made, and locked by *dir. */
enum sek_err	sek_new_claim(int *dir, const struct sek_store_config *config,
		    struct sek_why *why);
/* What a killed one left, and all that lies beside a store. */
void		sek_new_clear(const struct sek_store_config *config);
void		sek_new_clear_log(const char *path);
/* An empty file of root's alone. */
enum sek_err	sek_new_file(const char *path, struct sek_why *why);
/* Tables, these rows, free pages; no log belongs to it in the end. */
enum sek_err	sek_new_fill(struct sek_db *db,
		    enum sek_err (*rows)(struct sek_db *db, void *arg),
		    void *arg);
/* Ballast, and the log at its size. */
enum sek_err	sek_new_reserves(const struct sek_store_config *config,
		    struct sek_why *why);
enum sek_err	sek_db_init(const struct sek_store_config *config,
		    struct sek_why *why);

#endif
