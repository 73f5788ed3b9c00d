/*
 * table.c - the tables whose rows carry a keyed check
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The order of columns here is that of the SQL, of the packed data and of the
 * check. What is added later belongs into a table of its own: an older
 * program must still be able to write a row that a newer one accepts.
 */
#include "config.h"

#include "db.h"

#define SIZE(type, member)	sizeof(((type *)0)->member)
#define COLUMN(type, member, kind) \
	{ offsetof(type, member), SIZE(type, member), SEK_COLUMN_##kind }
#define BLOB(type, member) \
	{ offsetof(type, member), SIZE(type, member.data), SEK_COLUMN_BLOB }
#define COUNT(a)		((unsigned)(sizeof(a) / sizeof((a)[0])))

#define C(member, kind) COLUMN(struct sek_meta_row, member, kind)
static const struct sek_column meta[] = {
	C(id, U32), C(clock_mark, U32), C(terminal, TEXT), C(machine, BYTES),
	C(created, I64), C(epoch, I64), C(seq, I64), C(hash, BYTES),
	C(wall, I64), C(due, I64), C(policy, TEXT), C(waiting, I64),
	C(waiting_sum, I64),
};
#undef C

#define C(member, kind) COLUMN(struct sek_account, member, kind)
static const struct sek_column account[] = {
	C(name, TEXT), C(person, TEXT), C(reason, TEXT), C(created, I64),
	C(suspended_until, I64), C(last_login, I64), C(last_logout, I64),
	C(last_tty, TEXT), C(last_rhost, TEXT), C(last_service, TEXT),
	C(uid, U32), C(failures_since, U32), C(state, U8), C(shared, U8),
	C(privileged, U8),
};
#undef C

#define C(member, kind) COLUMN(struct sek_person, member, kind)
static const struct sek_column person[] = {
	C(id, TEXT), C(name, TEXT), C(section, TEXT), C(from, I64),
	C(to, I64), C(created, I64), C(contractor, U8), C(state, U8),
};
#undef C

#define C(member, kind) COLUMN(struct sek_member_row, member, kind)
static const struct sek_column member[] = {
	C(account, TEXT), C(person, TEXT), C(created, I64),
};
#undef C

#define C(member, kind) COLUMN(struct sek_authenticator_row, member, kind)
static const struct sek_column authenticator[] = {
	C(a.person, TEXT), C(a.id, TEXT), C(a.state, U8), C(a.label, TEXT),
	C(a.method, U8), C(a.failures, U32), C(a.created, I64),
	C(a.last_used, I64), C(a.oath.moving, I64), C(a.oath.resync, I64),
	C(a.oath.drift, I32), C(a.oath.algorithm, U8), C(a.oath.digits, U8),
	C(a.oath.period, U16), BLOB(struct sek_authenticator_row, secret),
};
#undef C

#define C(member, kind) COLUMN(struct sek_attempt_row, member, kind)
static const struct sek_column attempt[] = {
	C(key, BYTES), C(kind, U32), C(locked, U32), C(used, I64),
	BLOB(struct sek_attempt_row, state),
};
#undef C

#define C(member, kind) COLUMN(struct sek_waiting_row, member, kind)
static const struct sek_column coalesce[] = {
	C(key, BYTES), C(source, BYTES), C(due, I64), C(count, U32),
	C(event, TEXT),
};
#undef C

#define C(member, kind) COLUMN(struct sek_admission_row, member, kind)
static const struct sek_column admission[] = {
	C(uid, U32), C(id, TEXT), C(at.wall, I64), C(at.boot_id, BYTES),
	C(account, TEXT), C(person, TEXT), C(service, TEXT),
	C(authenticator, TEXT), C(event, U32), C(kinds, U32),
	C(audit_session, U32), C(taken, U32), C(at.boot, I64),
	C(at.synced, U8), C(gate.pid, I32),
	C(gate.start, I64), C(parent.pid, I32), C(parent.start, I64),
};
#undef C

#define C(member, kind) COLUMN(struct sek_request_row, member, kind)
#define PART(p) \
	C(a.p.person, TEXT), C(a.p.account, TEXT), C(a.p.evidence, TEXT), \
	C(a.p.note, TEXT), C(a.p.at, I64), C(a.p.uid, U32), \
	C(a.p.kinds, U32), C(a.p.audit_session, U32), C(a.p.proven, U8)
static const struct sek_column request[] = {
	C(number, I64), C(a.id, TEXT), C(a.key, TEXT), C(open, U32),
	C(given, U32), C(a.kind, U32), C(a.state, U32), C(a.clause, TEXT),
	C(a.value, TEXT), C(a.users, TEXT), C(a.terminals, TEXT),
	C(a.reason, TEXT), PART(asked), PART(decided), PART(ended),
	PART(reviewed), C(a.not_before, I64), C(a.not_after, I64),
	C(a.review_at, I64), C(a.first_used, I64), C(a.last_used, I64),
	C(a.uses, I64), C(a.uses_max, I64), C(a.overdue_recorded, U32),
	C(a.unavoidable, U8),
};
#undef PART
#undef C

#define C(member, kind) COLUMN(struct sek_ticket_row, member, kind)
static const struct sek_column ticket[] = {
	C(account, TEXT), C(id, TEXT), C(person, TEXT), C(purpose, U32),
	C(uid, U32), C(by.pid, I32), C(by.start, I64), C(at.wall, I64),
	C(at.boot, I64), C(at.boot_id, BYTES), C(at.synced, U8),
	BLOB(struct sek_ticket_row, code),
};
#undef C

#define C(member, kind) COLUMN(struct sek_security_key_row, member, kind)
static const struct sek_column security_key[] = {
	C(person, TEXT), C(id, TEXT), C(rp_id, TEXT), C(brief.aaguid, BYTES),
	C(brief.model, TEXT), C(brief.counter, U32), C(brief.algorithm, U8),
	C(brief.resident, U8), C(brief.uv, U8), C(brief.verifies, U8),
	C(brief.attestation, U8),
	BLOB(struct sek_security_key_row, credential),
	BLOB(struct sek_security_key_row, public_key),
};
#undef C

#define C(member, kind) COLUMN(struct sek_card_row, member, kind)
static const struct sek_column card[] = {
	C(person, TEXT), C(id, TEXT), C(brief.not_before, I64),
	C(brief.not_after, I64), C(brief.driver, U8), C(brief.algorithm, U8),
	C(brief.key, U8), C(brief.pin, U8), C(brief.trusted, U8),
	C(mark, BYTES), BLOB(struct sek_card_row, public_key),
	BLOB(struct sek_card_row, issuer),
};
#undef C

#define C(member, kind) COLUMN(struct sek_biometric_row, member, kind)
static const struct sek_column biometric[] = {
	C(person, TEXT), C(id, TEXT), C(account, TEXT), C(brief.finger, U8),
	C(digest, BYTES), C(missed, U32), C(at.wall, I64), C(at.boot, I64),
	C(at.boot_id, BYTES), C(at.synced, U8),
};
#undef C

#define C(member, kind) COLUMN(struct sek_password, member, kind)
static const struct sek_column password[] = {
	C(account, TEXT), C(set_at, I64), C(temporary_until, I64),
	C(uses, I64), C(must, U8), C(outside, U8), C(guessed, U8),
	C(mark, BYTES),
};
#undef C

#define C(member, kind) COLUMN(struct sek_history_row, member, kind)
static const struct sek_column password_history[] = {
	C(account, TEXT), C(at, I64), C(barred, U8), C(pending, U8),
	C(owner.pid, I32), C(owner.start, I64), C(boot_id, BYTES),
	C(mark, BYTES), BLOB(struct sek_history_row, hash),
};
#undef C

#define C(member, kind) COLUMN(struct sek_woken_row, member, kind)
static const struct sek_column woken[] = {
	C(account, TEXT), C(wall, I64),
};
#undef C

#define C(member, kind) COLUMN(struct sek_mark, member, kind)
static const struct sek_column mark[] = {
	C(name, TEXT), C(text, TEXT), C(wall, I64),
};
#undef C

#define C(member, kind) COLUMN(struct sek_anchor_row, member, kind)
static const struct sek_column anchor[] = {
	C(id, U32), C(seq, I64), C(hash, BYTES), C(seal, I64),
	C(digest, BYTES), C(wall, I64),
};
#undef C

#define TABLE(var, bare, id, type, columns, places, set, key) \
const struct sek_table sek_table_##var = { \
	#var, var, COUNT(var), (bare), (id), sizeof(type), \
	"SELECT " columns " FROM " #var, \
	"INSERT INTO " #var "(" columns ") VALUES(" places ")", \
	"UPDATE " #var " SET " set " WHERE " key, \
}

TABLE(meta, 1, 0, struct sek_meta_row, "id,data,mac", "?,?,?",
    "data=?2,mac=?3", "id=?1");
/* Not its person: that is under an index, and enrol.c's to change. */
TABLE(account, 2, 0, struct sek_account, SEK_ACCOUNT_COLUMNS, "?,?,?,?",
    "data=?3,mac=?4", "name=?1");
TABLE(person, 1, 0, struct sek_person, SEK_PERSON_COLUMNS, "?,?,?",
    "data=?2,mac=?3", "id=?1");
TABLE(member, 2, 0, struct sek_member_row, SEK_MEMBER_COLUMNS, "?,?,?,?",
    "data=?3,mac=?4", "account=?1 AND person=?2");
TABLE(authenticator, 3, 1, struct sek_authenticator_row,
    SEK_AUTHENTICATOR_COLUMNS, "?,?,?,?,?", "state=?3,data=?4,mac=?5",
    "person=?1 AND id=?2");
TABLE(attempt, 4, 0, struct sek_attempt_row, SEK_ATTEMPT_COLUMNS,
    "?,?,?,?,?,?", "kind=?2,locked=?3,used=?4,data=?5,mac=?6", "key=?1");
TABLE(admission, 4, 1, struct sek_admission_row, SEK_ADMISSION_COLUMNS,
    "?,?,?,?,?,?", "data=?5,mac=?6", "uid=?1 AND id=?2");
TABLE(request, 5, 1, struct sek_request_row, SEK_REQUEST_COLUMNS,
    "?,?,?,?,?,?,?", "open=?4,given=?5,data=?6,mac=?7",
    "number=?1 AND id=?2 AND key=?3");
TABLE(ticket, 2, 1, struct sek_ticket_row, SEK_TICKET_COLUMNS, "?,?,?,?",
    "data=?3,mac=?4", "account=?1 AND id=?2");
TABLE(security_key, 2, 1, struct sek_security_key_row,
    SEK_SECURITY_KEY_COLUMNS, "?,?,?,?", "data=?3,mac=?4",
    "person=?1 AND id=?2");
TABLE(card, 2, 1, struct sek_card_row, SEK_CARD_COLUMNS, "?,?,?,?",
    "data=?3,mac=?4", "person=?1 AND id=?2");
TABLE(biometric, 2, 1, struct sek_biometric_row, SEK_BIOMETRIC_COLUMNS,
    "?,?,?,?", "data=?3,mac=?4", "person=?1 AND id=?2");
TABLE(password, 1, 0, struct sek_password, SEK_PASSWORD_COLUMNS, "?,?,?",
    "data=?2,mac=?3", "account=?1");
TABLE(password_history, 2, 0, struct sek_history_row, SEK_HISTORY_COLUMNS,
    "?,?,?,?", "data=?3,mac=?4", "account=?1 AND at=?2");
TABLE(woken, 1, 0, struct sek_woken_row, SEK_WOKEN_COLUMNS, "?,?,?",
    "data=?2,mac=?3", "account=?1");
TABLE(coalesce, 4, 0, struct sek_waiting_row, SEK_COALESCE_COLUMNS,
    "?,?,?,?,?,?", "count=?4,data=?5,mac=?6", "key=?1");
TABLE(mark, 1, 0, struct sek_mark, "name,data,mac", "?,?,?",
    "data=?2,mac=?3", "name=?1");
TABLE(anchor, 1, 0, struct sek_anchor_row, "id,data,mac", "?,?,?",
    "data=?2,mac=?3", "id=?1");
