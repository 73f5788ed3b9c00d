/*
 * helper.h - between the files of sekisho-helper
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_HELPER_HELPER_H
#define SEKISHO_HELPER_HELPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <security/pam_appl.h>

#include "sekisho/edge/account.h"
#include "sekisho/edge/helper_wire.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings.h"
#include "sekisho/edge/store.h"
#include "sekisho/flow/enrol_talk.h"

/* Every wait of it has an end. */
#define HELPER_REQUEST_MS	10000		/* for the one request */
#define HELPER_ANSWER_MS	3600000		/* a locker that asks at once */
#define HELPER_TOTAL_S		7200		/* then SIGALRM ends it */
#define HELPER_PROMPTS		64		/* that one run may ask */

struct helper {
	struct sek_wire		 wire;
	struct sek_wire_frame	 frame;		/* the last one received */
	pid_t			 parent;
	struct sek_passwd	 who;		/* for whom it acts */
	char			 tty[SEK_TTY_MAX];
	struct pam_conv		 conv;
	unsigned		 prompts;
	enum sek_err		 talk;		/* not SEK_OK: it is over */
	bool			 acted;		/* the store changed something */
	struct sek_settings	*settings;
	struct sek_store	*store;
	enum sek_language	 language;
	bool			 privileged;
	uint32_t		 roles;
	struct sek_self_out	 self;		/* after helper_self */
	char			 leaving[64];	/* a session of logind's that
						 * ends after this */
	struct sek_why		 told;		/* the person's sentence */
};

/* harden.c: what the caller left, put right. false: not to be trusted; why is
 * for the log. *fd: the socket, no longer number 0. */
bool		helper_harden(int *fd, struct sek_why *why);
/* Is he within the number of helpers one may have at work? Held to the end. */
bool		helper_has_room(void);
/* The uid it acts for: the real one; of root, the login uid. SEK_ERR_REFUSED:
 * nobody's. */
enum sek_err	helper_uid(uint32_t *uid);
/* Its terminal's name, "" where it has none; for texts and records only. */
void		helper_tty(char *dst, size_t size);
/* confine.c: what it will never need is forbidden to it and its children. */
void		helper_forbid_calls(void);
void		helper_forbid_writing(const char *store_path);
void		helper_log(int priority, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

/* talk.c */
void		helper_talk_init(struct helper *h, int fd);
enum sek_err	helper_request(struct helper *h);
void		helper_say(struct helper *h, bool is_error, const char *text);
/* SEK_ERR_CONV: not answered, or the talk is over. */
enum sek_err	helper_ask(struct helper *h, bool echo, const char *prompt,
		    struct sek_secret *answer);
/* Tidied first: *body changes. */
enum sek_err	helper_data(struct helper *h, enum sek_helper_data kind,
		    void *body, size_t len);
void		helper_done(struct helper *h, enum sek_err err);
/* Its words in the person's language. */
const char	*helper_text(const struct helper *h, const char *msgid)
		    __attribute__((format_arg(2)));
/* What the person is told at the end, msgid marked by N_(); returns err. */
enum sek_err	helper_no(struct helper *h, enum sek_err err,
		    const char *msgid);

/* act.c: policy, store and person; then what was asked. */
enum sek_err	helper_begin(struct helper *h, struct sek_why *why);
void		helper_end(struct helper *h);
/* What the store knows of him. */
enum sek_err	helper_self(struct helper *h);
/* He proves both kinds, now; *out is spent by one act. */
enum sek_err	helper_prove(struct helper *h, const char *service,
		    bool screen, struct sek_admission *out);
/* The same for his own enrolment: the code of an enrolment ticket counts, and
 * such a proof serves nothing else. */
enum sek_err	helper_prove_to_enrol(struct helper *h,
		    struct sek_admission *out);
/* Who acts, by that proof. */
enum sek_err	helper_actor(const struct helper *h, struct sek_actor *out,
		    const struct sek_admission *proof);
/* Trouble of the store: logged, and a general sentence. */
enum sek_err	helper_trouble(struct helper *h, enum sek_err err);

enum sek_err	helper_verify(struct helper *h);
/* self.c: before anybody types anything: can he prove himself at all? After
 * helper_self. */
enum sek_err	helper_can_prove(struct helper *h);
enum sek_err	helper_show(struct helper *h);
enum sek_err	helper_enrol(struct helper *h,
		    const struct sek_helper_enrol *in);
/* enrol_key.c: how the holder of a device is talked to. */
void		helper_enrol_talk(struct helper *h,
		    struct sek_enrol_talk *out);
/* Trouble of this machine with a device ("card"): the log has it, he is told
 * msgid. Or, where the talk is over already, err alone. */
enum sek_err	helper_device_trouble(struct helper *h, const char *device,
		    enum sek_err err, const struct sek_why *why,
		    const char *msgid);
/* Is a security key plugged in? Opens none. */
enum sek_err	helper_key_present(struct helper *h);
/* It is bound to him, who proved himself a moment before; not stored yet. */
enum sek_err	helper_bind_key(struct helper *h, struct sek_enrol *e,
		    const struct sek_helper_enrol *in);
/* enrol_card.c: the same of a card. */
enum sek_err	helper_card_present(struct helper *h,
		    const struct sek_helper_enrol *in);
enum sek_err	helper_bind_card(struct helper *h, struct sek_enrol *e,
		    const struct sek_helper_enrol *in);
/* enrol_finger.c: the same of a finger; taken back where the store does not
 * take it (nothing where there is none); and one that is his is removed:
 * fprintd forgets it. Where that cannot be: told, SEK_ERR_IO. */
enum sek_err	helper_finger_present(struct helper *h,
		    const struct sek_helper_enrol *in);
enum sek_err	helper_bind_finger(struct helper *h, struct sek_enrol *e,
		    const struct sek_helper_enrol *in);
void		helper_unbind_finger(struct helper *h, struct sek_enrol *e);
enum sek_err	helper_forget_finger(struct helper *h, const char *id);
enum sek_err	helper_state(struct helper *h,
		    const struct sek_helper_state *in);
/* session.c */
enum sek_err	helper_sessions(struct helper *h);
enum sek_err	helper_extend(struct helper *h,
		    const struct sek_helper_extend *in);
enum sek_err	helper_not_me(struct helper *h,
		    const struct sek_helper_not_me *in);
/* Last of all: the session he sits in ends, where nothing watches it. */
void		helper_leave(struct helper *h);
/* approval.c */
enum sek_err	helper_approvals(struct helper *h,
		    const struct sek_helper_approvals *in);
enum sek_err	helper_ask_approval(struct helper *h,
		    const struct sek_helper_ask *in);
enum sek_err	helper_decide(struct helper *h,
		    const struct sek_helper_decide *in);
/* witness.c: another, named person gives what out->a asks; *out as it is
 * then. What he does not give stays asked. */
enum sek_err	helper_witnessed(struct helper *h, const char *name,
		    struct sek_approval_out *out);

#endif
