/*
 * helper_file.h - can sekisho-helper be run, as it lies there?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_EDGE_HELPER_FILE_H
#define SEKISHO_EDGE_HELPER_FILE_H

#define SEK_HELPER_FILE		SEK_LIBEXECDIR "/sekisho-helper"

enum sek_helper_file {
	SEK_HELPER_FILE_GOOD = 0,
	SEK_HELPER_FILE_ABSENT,
	SEK_HELPER_FILE_RIGHTS,		/* not root's, not setuid, or others
					 * may not run it */
	SEK_HELPER_FILE_NOSUID,		/* the file system is mounted so */
	SEK_HELPER_FILE_WRITABLE	/* others may change it or its folder */
};

/* What is wrong with the program at path (absolute; SEK_HELPER_FILE is where
 * it is installed). Follows no link at its end; runs nothing. What cannot be
 * looked at is absent. */
enum sek_helper_file	 sek_helper_file_state(const char *path);

#endif
