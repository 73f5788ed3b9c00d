/*
 * backup.h - a backup file, examined and open
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_STORE_SQLITE_BACKUP_H
#define SEKISHO_STORE_SQLITE_BACKUP_H

#include "db.h"

/*
 * Open config->path, a file nobody else can change, and look through all of
 * it. *out has the backup's keys and head; it is read-only. SEK_ERR_REFUSED:
 * another passphrase; SEK_ERR_STORE_DAMAGED, _NEWER, _TAMPERED: no use.
 */
enum sek_err	sek_backup_open(struct sek_db **out,
		    const struct sek_store_config *config,
		    const struct sek_secret *pass,
		    struct sek_backup_info *info,
		    void (*progress)(void *, uint64_t, uint64_t), void *arg,
		    struct sek_why *why);
enum sek_err	sek_op_backup(struct sek_db *db, const void *in, void *out);

/* restore.c */
enum sek_err	sek_db_restore(const struct sek_store_config *config,
		    const struct sek_restore_in *in, struct sek_restored *out,
		    struct sek_why *why);

#endif
