/*
 * witness.h - a second, different person proves himself at someone's prompt
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(1)④ウ. For two-person logins, attended substitutes, and approvals given
 * on the spot. MUST: another person, by the store, by uid and by name.
 */
#ifndef SEKISHO_FLOW_WITNESS_H
#define SEKISHO_FLOW_WITNESS_H

#include "sekisho/flow/proof.h"
#include "sekisho/model/role.h"

struct sek_witness_in {
	const char		*subject;	/* at whose prompt it is */
	const char		*shown;		/* how he is called there; NULL:
						 * subject */
	/* A login's, which may be nobody's, or shared: who asks for the witness
	 * judges that, and it is not told. */
	bool			 any_subject;
	const char		*subject_person;
	uint32_t		 subject_uid;
	const char		*name;		/* of the witness; NULL: ask */
	uint32_t		 roles;		/* SEK_ROLE_BITs of which he
						 * needs one; 0 any person */
	const char		*purpose;	/* told to him, a sentence */
	const struct pam_conv	*conv;		/* the subject's */
	const char		*tty;
	const char		*rhost;		/* whence the prompt is seen:
						 * the witness sits there,
						 * too */
	const char		*pam_dir;
};

/*
 * Ask his name where it is not given, tell what he vouches for, let him prove
 * (service sekisho-witness), take the admission; record `witness` with both.
 * SEK_ERR_REFUSED: not proved, the same person, or not of the roles; why is
 * told. subject_person "": nobody in particular, who has no witness. *out may
 * be named by one act (struct sek_actor) of this process; on failure it is
 * wiped. st is closed (it opens again by itself) when this returns.
 */
enum sek_err	sek_witness_run(struct sek_admission *out,
		    const struct sek_witness_in *in,
		    const struct sek_settings *settings, struct sek_store *st,
		    struct sek_why *why);

#endif
