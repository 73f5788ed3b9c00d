/*
 * ticket.c - purposes of tickets, and their words
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/model/record.h"
#include "sekisho/model/ticket.h"

static const struct {
	const char		*name;
	enum sek_purpose	 purpose;
} words[] = {
	{ "substitute", SEK_PURPOSE_SUBSTITUTE },
	{ "enrol", SEK_PURPOSE_ENROL },
	{ "break-glass", SEK_PURPOSE_BREAK_GLASS },
	/* How people write them, too. */
	{ "enroll", SEK_PURPOSE_ENROL },
	{ "enrolment", SEK_PURPOSE_ENROL },
	{ "enrollment", SEK_PURPOSE_ENROL },
	{ "breakglass", SEK_PURPOSE_BREAK_GLASS }
};

const char *
sek_purpose_name(enum sek_purpose p)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].purpose == p)
			return (words[i].name);
	return (NULL);
}

enum sek_err
sek_purpose_parse(enum sek_purpose *out, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].name, name) == 0) {
			*out = words[i].purpose;
			return (SEK_OK);
		}
	}
	return (SEK_ERR_SYNTAX);
}

enum sek_purpose
sek_ticket_purpose(const struct sek_approval *a)
{
	enum sek_purpose p;

	if (a->kind != SEK_APPROVAL_TICKET ||
	    sek_purpose_parse(&p, a->key) != SEK_OK)
		return (SEK_PURPOSE_NONE);
	return (p);
}

bool
sek_ticket_attended(const struct sek_approval *a)
{

	return (sek_ticket_purpose(a) == SEK_PURPOSE_SUBSTITUTE &&
	    strcmp(a->value, SEK_TICKET_ATTENDED) == 0);
}

bool
sek_ticket_among(const char *authenticators, char id[SEK_ID_MAX])
{
	const size_t head = strlen(SEK_TICKET_WORD);
	char word[SEK_AUTHENTICATORS_TEXT];

	while (sek_text_word(&authenticators, word, sizeof(word)))
		if (strncmp(word, SEK_TICKET_WORD, head) == 0) {
			if (id != NULL && sek_text_copy(id, SEK_ID_MAX,
			    word + head) != SEK_OK)
				id[0] = '\0';
			return (true);
		}
	return (false);
}
