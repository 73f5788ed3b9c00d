/*
 * role.h - the offices of the policy that approve, manage and audit
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 2(1)..2(8). Who holds one: the members of a group, [roles].
 */
#ifndef SEKISHO_MODEL_ROLE_H
#define SEKISHO_MODEL_ROLE_H

#include <stdint.h>

/* Stored; a new one goes to the end. */
enum sek_role {
	SEK_ROLE_CISO = 0,		/* 最高情報統括責任者 */
	SEK_ROLE_SECURITY_MANAGER,	/* 統括情報セキュリティ責任者 */
	SEK_ROLE_SYSTEM_MANAGER,	/* 情報システム管理者 */
	SEK_ROLE_APPROVER,
	SEK_ROLE_AUDITOR,
	SEK_ROLES
};
#define SEK_ROLE_BIT(r)	(UINT32_C(1) << (r))
/* Those that decide some kind of approval. */
#define SEK_ROLES_DECIDING \
	(SEK_ROLE_BIT(SEK_ROLE_CISO) | SEK_ROLE_BIT(SEK_ROLE_APPROVER))

const char	*sek_role_name(enum sek_role r);	/* "ciso" */

#endif
