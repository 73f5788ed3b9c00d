/*
 * watched.h - the sessions there are: whose, until when, and a later end
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For tools and sekisho-helper. S4 7(2)①ウ, 7(2)④.
 *
 * MUST: a later end comes by another grant in force alone, and is never later
 * than the policy, its windows and the guard's ceiling let.
 * MUST: the end of a break-glass session stays where it is.
 */
#ifndef SEKISHO_FLOW_WATCHED_H
#define SEKISHO_FLOW_WATCHED_H

#include "sekisho/edge/guard.h"
#include "sekisho/edge/helper.h"
#include "sekisho/edge/settings.h"
#include "sekisho/edge/store.h"
#include "sekisho/model/record.h"

/*
 * Each session of this uid (account or subject; SEK_UID_NONE: all), those that
 * are watched first; own: the audit session of who asks (UINT32_MAX none). What
 * fn returns ends it. SEK_ERR_NOT_FOUND: whether there are others cannot be
 * known (no logind), with why; those watched were told.
 */
typedef enum sek_err (*sek_watched_fn)(void *arg,
		    const struct sek_helper_session *w);
enum sek_err	sek_watched_each(uint32_t uid, uint32_t own,
		    sek_watched_fn fn, void *arg, struct sek_why *why);
/* Is it his: opened for him, or by him? Root's are whose person opened them. */
bool		sek_watched_is_of(const struct sek_guard *g, uint32_t uid);

/*
 * End all of this uid's but those of the audit session `own` (UINT32_MAX: none
 * is kept), which end by themselves `later` us from now (0: they go on). n: how
 * many; left: how many could not be told to. by, text: who asked, and why.
 */
struct sek_watched_end {
	uint32_t	uid;
	uint32_t	own;
	int64_t		later;
	enum sek_reason	reason;
	const char	*by;
	const char	*text;
	unsigned	n;		/* filled in */
	unsigned	left;
	/* Of logind's, not watched, and the own one: the caller's to end after
	 * `later`. id "" none. */
	char		unwatched[64];
};
void		sek_watched_end_all(struct sek_watched_end *e);
/* End that session of logind's, which is not watched. */
enum sek_err	sek_watched_end_logind(const char *id, struct sek_why *why);

enum sek_extend_no {
	SEK_EXTEND_YES = 0,
	SEK_EXTEND_ENDLESS,	/* it has no end */
	SEK_EXTEND_GLASS,	/* an envelope's: never */
	SEK_EXTEND_ENDING,	/* it ends already */
	SEK_EXTEND_NO_GAIN,	/* it would end no later */
	SEK_EXTEND_REFUSED,	/* reason says why */
	SEK_EXTEND_NOS
};
struct sek_extend {
	const char	*id;		/* the guard's */
	uint32_t	uid;		/* of nobody else's; SEK_UID_NONE any */
	const char	*grant;		/* by this one alone; NULL any */
	const char	*witness;	/* his admission; NULL */
	const char	*proof;		/* the subject's own; NULL */
	const struct sek_record *actor;	/* who asks: subject, person, … */
};
struct sek_extended {
	enum sek_extend_no	no;
	enum sek_reason		reason;
	char			account[SEK_NAME_MAX];
	char			subject[SEK_NAME_MAX];
	char			grant[SEK_ID_MAX];
	int64_t			was;		/* boot us */
	int64_t			ends;
};
/*
 * A later end for a session that is watched: the grant is used, the guard told,
 * and it is recorded (session-extended). SEK_OK with out->no: it was not, and
 * nothing was used. SEK_ERR_NOT_FOUND: no such session (of his). settings are
 * of nobody in particular afterwards. try: judged only (is a witness asked
 * for in vain?).
 */
enum sek_err	sek_watched_extend(struct sek_extended *out,
		    const struct sek_extend *in, struct sek_settings *settings,
		    struct sek_store *st, bool try, struct sek_why *why);
/* Why it was not, to whom it matters; msgid. */
const char	*sek_watched_no(const struct sek_extended *out);

#endif
