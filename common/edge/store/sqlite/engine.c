/*
 * engine.c - SQLite behind the store's interface: one row an operation
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <time.h>

#include "backup.h"

enum mode {
	READ,		/* one consistent look */
	WRITE,		/* one durable transaction */
	OWN		/* makes its own */
};

static const struct row {
	enum sek_err	(*fn)(struct sek_db *, const void *, void *);
	enum mode	 mode;
} rows[SEK_OPS] = {
	[SEK_OP_LOOKUP] = { sek_op_lookup, READ },
	[SEK_OP_RESERVE] = { sek_op_reserve, WRITE },
	[SEK_OP_SETTLE] = { sek_op_settle, WRITE },
	[SEK_OP_CONSUME] = { sek_op_consume, WRITE },
	[SEK_OP_ADMIT] = { sek_op_admit, WRITE },
	[SEK_OP_REFUSE] = { sek_op_refuse, WRITE },
	[SEK_OP_APPEND] = { sek_op_append, WRITE },
	[SEK_OP_REUSE] = { sek_op_reuse, READ },
	[SEK_OP_DROP] = { sek_op_drop, WRITE },
	[SEK_OP_OPEN_SESSION] = { sek_op_open_session, WRITE },
	[SEK_OP_CLOSE_SESSION] = { sek_op_close_session, WRITE },
	[SEK_OP_IDLE] = { sek_op_idle, WRITE },
	[SEK_OP_TAKE_PROOF] = { sek_op_take_proof, WRITE },
	[SEK_OP_SELF] = { sek_op_self, READ },
	[SEK_OP_SELF_ENROL] = { sek_op_self_enrol, WRITE },
	[SEK_OP_SELF_STATE] = { sek_op_self_state, WRITE },
	[SEK_OP_APPROVAL_ASK] = { sek_op_approval_ask, WRITE },
	[SEK_OP_APPROVAL_DECIDE] = { sek_op_approval_decide, WRITE },
	[SEK_OP_APPROVALS] = { sek_op_approvals, READ },
	[SEK_OP_ALLOWANCE] = { sek_op_allowance, READ },
	[SEK_OP_TICKET_USE] = { sek_op_ticket_use, WRITE },
	[SEK_OP_SUBSTITUTE] = { sek_op_substitute, WRITE },
	[SEK_OP_BREAK_GLASS] = { sek_op_break_glass, WRITE },
	[SEK_OP_FIDO2_LIST] = { sek_op_fido2_list, READ },
	[SEK_OP_FIDO2_USE] = { sek_op_fido2_use, WRITE },
	[SEK_OP_CARD_LIST] = { sek_op_card_list, READ },
	[SEK_OP_CARD_USE] = { sek_op_card_use, WRITE },
	[SEK_OP_BIOMETRIC_LIST] = { sek_op_biometric_list, READ },
	[SEK_OP_BIOMETRIC_TRY] = { sek_op_biometric_try, WRITE },
	[SEK_OP_BIOMETRIC_USE] = { sek_op_biometric_use, WRITE },
	[SEK_OP_BIOMETRIC_OF] = { sek_op_biometric_of, READ },
	[SEK_OP_PASSWORD_OF] = { sek_op_password_of, READ },
	[SEK_OP_PASSWORD_HISTORY] = { sek_op_password_history, READ },
	[SEK_OP_PASSWORD_SEEN] = { sek_op_password_seen, OWN },
	[SEK_OP_PASSWORD_BEGIN] = { sek_op_password_begin, WRITE },
	[SEK_OP_PASSWORD_END] = { sek_op_password_end, WRITE },
	[SEK_OP_PRIVILEGE] = { sek_op_privilege, OWN },
	[SEK_OP_SESSION_OVER] = { sek_op_session_over, WRITE },
	[SEK_OP_NOT_ME] = { sek_op_not_me, WRITE },
	[SEK_OP_ENROL] = { sek_op_enrol, WRITE },
	[SEK_OP_IMPORT] = { sek_op_import, WRITE },
	[SEK_OP_USER] = { sek_op_user, READ },
	[SEK_OP_USERS] = { sek_op_users, OWN },
	[SEK_OP_PROSPECT] = { sek_op_prospect, READ },
	[SEK_OP_SURVEY] = { sek_op_survey, OWN },
	[SEK_OP_SUSPEND] = { sek_op_suspend, WRITE },
	[SEK_OP_RESUME] = { sek_op_resume, WRITE },
	[SEK_OP_UNLOCK] = { sek_op_unlock, WRITE },
	[SEK_OP_AUTHENTICATORS] = { sek_op_authenticators, OWN },
	[SEK_OP_AUTHENTICATOR_STATE] = { sek_op_authenticator_state, WRITE },
	[SEK_OP_PERSONS] = { sek_op_persons, OWN },
	[SEK_OP_PERSON] = { sek_op_person, READ },
	[SEK_OP_PERSON_EDIT] = { sek_op_person_edit, WRITE },
	[SEK_OP_RECORDS] = { sek_op_records, OWN },
	[SEK_OP_VERIFY] = { sek_op_verify, OWN },
	[SEK_OP_ACCEPT_CLOCK] = { sek_op_accept_clock, WRITE },
	[SEK_OP_ROSTER_COLLECT] = { sek_op_roster_collect, READ },
	[SEK_OP_ROSTER_GIVEN] = { sek_op_roster_given, WRITE },
	[SEK_OP_ROSTER_EXPORTER] = { sek_op_roster_exporter, READ },
	[SEK_OP_ROSTER_PLAN] = { sek_op_roster_plan, WRITE },
	[SEK_OP_ROSTER_TAKE] = { sek_op_roster_take, WRITE },
	[SEK_OP_STATUS] = { sek_op_status, OWN },
	[SEK_OP_MARK] = { sek_op_mark, READ },
	[SEK_OP_MARK_SET] = { sek_op_mark_set, WRITE },
	[SEK_OP_MIGRATE] = { sek_op_migrate, OWN },
	[SEK_OP_ADMISSIONS] = { sek_op_admissions, READ },
	[SEK_OP_RECORDS_IN] = { sek_op_records, OWN },
	[SEK_OP_ENDS] = { sek_op_ends, READ },
	[SEK_OP_SEALS] = { sek_op_seals, OWN },
	[SEK_OP_SEAL_LAST] = { sek_op_seal_last, READ },
	[SEK_OP_SEAL] = { sek_op_seal, WRITE },
	[SEK_OP_PURGE] = { sek_op_purge, WRITE },
	[SEK_OP_UPKEEP] = { sek_op_upkeep, OWN },
	[SEK_OP_BACKUP] = { sek_op_backup, OWN },
	[SEK_OP_ROTATE] = { sek_op_rotate, OWN },
	[SEK_OP_LOST] = { sek_op_lost, WRITE },
	[SEK_OP_FOUND] = { sek_op_found, WRITE },
	[SEK_OP_PASSWORD_MUST] = { sek_op_password_must, WRITE },
	[SEK_OP_MEMBERS] = { sek_op_members, READ },
	[SEK_OP_SHARE] = { sek_op_share, WRITE },
	[SEK_OP_MAY_CHANGE] = { sek_op_may_change, READ },
	[SEK_OP_RETIRE] = { sek_op_retire, WRITE },
	[SEK_OP_WAKE] = { sek_op_wake, WRITE },
	[SEK_OP_PLAN] = { sek_op_plan, WRITE },
};

static enum sek_err
engine_open(void **conn, const struct sek_store_config *config,
    struct sek_why *why)
{
	struct sek_db *db = NULL;
	enum sek_err err;

	if ((err = sek_db_open(&db, config->path, config, why)) == SEK_OK)
		*conn = db;
	return (err);
}

static enum sek_err
engine_run(void *conn, enum sek_op op, bool reserve, const void *in, void *out,
    struct sek_why *why)
{
	struct sek_db *db = conn;
	const struct row *r = &rows[op];
	struct timespec ts;
	enum sek_err err;

	db->why = why;
	db->reserve = reserve;
	db->bad.table = NULL;
	db->has_no = false;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	db->began = (int64_t)ts.tv_sec * SEK_SECOND + ts.tv_nsec / 1000;
	if (r->mode == OWN)
		err = r->fn(db, in, out);
	else if ((err = sek_db_begin(db, r->mode == WRITE)) == SEK_OK)
		err = sek_db_end(db, r->fn(db, in, out));
	if (err == SEK_ERR_TAMPERED)
		sek_db_record_bad(db);
	if (err == SEK_ERR_REFUSED)
		sek_db_record_no(db);
	if (err == SEK_OK && r->mode == WRITE && !db->undo)
		sek_db_refill(db, reserve || op >= SEK_OPS_LOGIN);
	return (err);
}

static void
engine_close(void **conn)
{
	struct sek_db *db = *conn;

	sek_db_close(&db);
	*conn = NULL;
}

static bool
engine_transient(const void *conn)
{
	const struct sek_db *db = conn;

	return (db->exclusive || sek_db_moved(db));
}

const struct sek_engine sek_engine_sqlite = {
	"sqlite", engine_open, engine_run, engine_close, engine_transient,
	sek_ballast_make_room, sek_db_init, sek_db_adopt, sek_db_restore,
};
