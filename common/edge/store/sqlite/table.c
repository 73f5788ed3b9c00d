/*
 * table.c - the tables whose rows carry a keyed check
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The order of columns here is that of the SQL and of the check. A column
 * added later belongs into a table of its own: an older program must still
 * be able to write a row whose check a newer one accepts.
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
	C(wall, I64), C(due, I64), C(policy, TEXT),
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
	C(a.person, TEXT), C(a.id, TEXT), C(a.label, TEXT), C(a.method, U8),
	C(a.state, U8), C(a.failures, U32), C(a.created, I64),
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

#define C(member, kind) COLUMN(struct sek_admission_row, member, kind)
static const struct sek_column admission[] = {
	C(uid, U32), C(id, TEXT), C(account, TEXT), C(person, TEXT),
	C(service, TEXT), C(authenticator, TEXT), C(event, U32), C(kinds, U32),
	C(audit_session, U32), C(taken, U32), C(at.wall, I64), C(at.boot, I64),
	C(at.boot_id, BYTES), C(at.synced, U8), C(gate.pid, I32),
	C(gate.start, I64), C(parent.pid, I32), C(parent.start, I64),
};
#undef C

#define C(member, kind) COLUMN(struct sek_approval_row, member, kind)
static const struct sek_column approval[] = {
	C(id, TEXT), C(kind, TEXT), C(subject, TEXT), C(purpose, TEXT),
	C(reason, TEXT), C(asked_by, TEXT), C(decided_by, TEXT),
	C(evidence, TEXT), C(state, U32), C(proven, U32), C(created, I64),
	C(not_before, I64), C(not_after, I64), C(decided, I64), C(ended, I64),
	C(reviewed, I64),
};
#undef C

#define META_COLUMNS \
	"id,clock_mark,terminal,machine,created,epoch,seq,hash,wall,due," \
	"policy,mac"
const struct sek_table sek_table_meta = {
	"meta", meta, COUNT(meta), 0, sizeof(struct sek_meta_row),
	"SELECT " META_COLUMNS " FROM meta",
	"INSERT INTO meta(" META_COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
	"UPDATE meta SET clock_mark=?2,terminal=?3,machine=?4,created=?5,"
	"epoch=?6,seq=?7,hash=?8,wall=?9,due=?10,policy=?11,mac=?12 "
	"WHERE id=?1",
};

const struct sek_table sek_table_account = {
	"account", account, COUNT(account), 0, sizeof(struct sek_account),
	"SELECT " SEK_ACCOUNT_COLUMNS " FROM account",
	"INSERT INTO account(" SEK_ACCOUNT_COLUMNS ") "
	"VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	/* Not its person: that is under an index (enrol.c). */
	"UPDATE account SET reason=?3,created=?4,"
	"suspended_until=?5,last_login=?6,last_logout=?7,last_tty=?8,"
	"last_rhost=?9,last_service=?10,uid=?11,failures_since=?12,"
	"state=?13,shared=?14,privileged=?15,mac=?16 WHERE name=?1",
};

const struct sek_table sek_table_person = {
	"person", person, COUNT(person), 0, sizeof(struct sek_person),
	"SELECT " SEK_PERSON_COLUMNS " FROM person",
	"INSERT INTO person(" SEK_PERSON_COLUMNS ") "
	"VALUES(?,?,?,?,?,?,?,?,?)",
	"UPDATE person SET name=?2,section=?3,term_from=?4,term_to=?5,"
	"created=?6,contractor=?7,state=?8,mac=?9 WHERE id=?1",
};

const struct sek_table sek_table_member = {
	"member", member, COUNT(member), 0, sizeof(struct sek_member_row),
	"SELECT " SEK_MEMBER_COLUMNS " FROM member",
	"INSERT INTO member(" SEK_MEMBER_COLUMNS ") VALUES(?,?,?,?)",
	NULL,
};

const struct sek_table sek_table_authenticator = {
	"authenticator", authenticator, COUNT(authenticator), 1,
	sizeof(struct sek_authenticator_row),
	"SELECT " SEK_AUTHENTICATOR_COLUMNS " FROM authenticator",
	"INSERT INTO authenticator(" SEK_AUTHENTICATOR_COLUMNS ") "
	"VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	"UPDATE authenticator SET label=?3,method=?4,state=?5,failures=?6,"
	"created=?7,last_used=?8,moving=?9,resync=?10,drift=?11,"
	"algorithm=?12,digits=?13,period=?14,secret=?15,mac=?16 "
	"WHERE person=?1 AND id=?2",
};

const struct sek_table sek_table_attempt = {
	"attempt", attempt, COUNT(attempt), 0, sizeof(struct sek_attempt_row),
	"SELECT " SEK_ATTEMPT_COLUMNS " FROM attempt",
	"INSERT INTO attempt(" SEK_ATTEMPT_COLUMNS ") VALUES(?,?,?,?,?,?)",
	"UPDATE attempt SET kind=?2,locked=?3,used=?4,state=?5,mac=?6 "
	"WHERE key=?1",
};

const struct sek_table sek_table_admission = {
	"admission", admission, COUNT(admission), 1,
	sizeof(struct sek_admission_row),
	"SELECT " SEK_ADMISSION_COLUMNS " FROM admission",
	"INSERT INTO admission(" SEK_ADMISSION_COLUMNS ") "
	"VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	"UPDATE admission SET account=?3,person=?4,service=?5,"
	"authenticator=?6,event=?7,kinds=?8,audit_session=?9,taken=?10,"
	"wall=?11,boot=?12,boot_id=?13,synced=?14,gate_pid=?15,"
	"gate_start=?16,parent_pid=?17,parent_start=?18,mac=?19 "
	"WHERE uid=?1 AND id=?2",
};

const struct sek_table sek_table_approval = {
	"approval", approval, COUNT(approval), 0,
	sizeof(struct sek_approval_row),
	"SELECT id,kind,subject,purpose,reason,asked_by,decided_by,evidence,"
	"state,proven,created,not_before,not_after,decided,ended,reviewed,"
	"mac FROM approval",
	"INSERT INTO approval(id,kind,subject,purpose,reason,asked_by,"
	"decided_by,evidence,state,proven,created,not_before,not_after,"
	"decided,ended,reviewed,mac) "
	"VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	NULL,
};
