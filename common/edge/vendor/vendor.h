/*
 * vendor.h - a vendor's module in a process, and the one that keeps it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Three processes: the login's; the keeper, a device child of ours that counts
 * (common/edge/device); the module's, a child of the keeper's, where nothing
 * but the module runs. The keeper reaps and kills, relays what is said, and
 * writes a mismatch down before anybody hears of it. Frames of one size cross
 * both ways between each two of them.
 */
#ifndef SEKISHO_EDGE_VENDOR_VENDOR_H
#define SEKISHO_EDGE_VENDOR_VENDOR_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include <security/pam_modules.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/pam_backend.h"
#include "sekisho/edge/pam_vendor.h"

struct device_job;

#define VENDOR_TEXT_MAX		1024u	/* with its NUL */
#define VENDOR_TOKEN_LEN	16u
#define VENDOR_TELLS_MAX	64u	/* told of one run; more are not */
#define VENDOR_ASKS_MAX		16u	/* asked; more are not answered */
#define VENDOR_FRAMES_MAX	4096u	/* of a module's, in one run */
#define VENDOR_PAUSES_MAX	4u

enum vendor_kind {
	VENDOR_FRAME_NONE = 0,
	VENDOR_FRAME_PAUSE,	/* keeper: so many seconds first */
	VENDOR_FRAME_TELL,	/* a message of the module's */
	VENDOR_FRAME_ASK,	/* a prompt of its; what comes back is */
	VENDOR_FRAME_REPLY,	/* what was typed, or PAM_CONV_ERR */
	VENDOR_FRAME_RETURNED,	/* module: its code */
	VENDOR_FRAME_UNLOADED,	/* module: it could not be called, and why */
	VENDOR_FRAME_END,	/* keeper: how it ended */
	VENDOR_FRAME_COUNT
};

/* No pointers. What a kind has no use for is zero, also behind text's NUL. */
struct vendor_frame {
	uint8_t		token[VENDOR_TOKEN_LEN]; /* of a run, of its module's
						  * frames; else zeros */
	uint32_t	kind;
	uint32_t	end;		/* enum sek_vendor_end */
	uint32_t	err;		/* enum sek_err */
	int32_t		code;		/* PAM's */
	uint32_t	style;		/* PAM's, of a message */
	uint32_t	seconds;
	char		text[VENDOR_TEXT_MAX];
};

/* Who wrote it. */
enum vendor_side { VENDOR_MODULE, VENDOR_KEEPER, VENDOR_LOGIN };

/* What is to be run; made before the forks, memory is copied. */
struct vendor_task {
	pam_handle_t			*pamh;
	const struct sek_vendor_request	*in;
	int				 argc;
	const char			*argv[SEK_BACKEND_ARGV];
	char				 path[SEK_PATH_MAX];
	struct stat			 file;	/* as it was hashed */
};

/* frame.c: does each byte of it make sense, from this side? */
bool		sek_vendor_frame_check(const struct vendor_frame *f,
		    enum vendor_side side);
/* Words of somebody else's into text: printable, one line, cut to fit. */
void		sek_vendor_frame_text(struct vendor_frame *f, const char *text);
/* What a code of pam_sm_authenticate is worth. */
enum sek_vendor_end sek_vendor_end_of(int code);

/* keeper.c: work of a device job whose arg is a task; in the child. */
void		sek_vendor_keep(const struct device_job *job, void *frame);
/* module.c: in the child of the keeper. Sends frames with this token to fd. */
_Noreturn void	sek_vendor_module(const struct vendor_task *task,
		    const uint8_t token[VENDOR_TOKEN_LEN], int fd,
		    pid_t keeper);

#endif
