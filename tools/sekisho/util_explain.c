/*
 * util_explain.c - findings of the rules of entry, in words
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "util_explain.h"

/* In a remedy USER stands for the name. */
struct words {
	const char	*text;
	const char	*remedy;	/* NULL: none */
};

static const struct words by_rule[SEK_EXPLAIN_RULES] = {
	[SEK_EXPLAIN_POLICY] = {
		N_("the policy file cannot be used: every login is refused"),
		N_("mend it, then run sekisho policy check") },
	[SEK_EXPLAIN_STORE] = {
		N_("the store cannot be used: every login is refused"),
		N_("see sekisho store status") },
	[SEK_EXPLAIN_ACCOUNTS] = {
		N_("the source of accounts does not answer: every login is"
		" refused"),
		N_("try again when it does (getent passwd USER)") }
};

static const struct words by_word[SEK_WORDS] = {
	[SEK_WORD_NOT_BEGUN] = { N_("the person's term has not begun"),
		N_("wait, or sekisho person edit ID --from TIME") },
	[SEK_WORD_ENDED] = { N_("the person's term has ended"),
		N_("sekisho person edit ID --to TIME") },
	[SEK_WORD_PERSON_SUSPENDED] = { N_("the person is suspended"),
		N_("sekisho user resume USER") },
	[SEK_WORD_PASSED] = {
		N_("locked now; the lock is over by then"), NULL },
	[SEK_WORD_RESERVE] = { N_("locked, but for one try at the console"),
		N_("sekisho user unlock USER") },
	[SEK_WORD_NO_SERVICE] = {
		N_("there is neither such a service nor \"other\": PAM"
		" refuses"),
		N_("check the name: ls /etc/pam.d") },
	[SEK_WORD_NOT_OURS] = { N_("Sekisho does not decide this service's"
		" logins: one kind of proof may get in"),
		N_("sekisho stack check, then sekisho stack enable") },
	[SEK_WORD_ACCOUNT_NOT_OURS] = {
		N_("in the account phase Sekisho does not decide"),
		N_("sekisho stack check, then sekisho stack enable") },
	[SEK_WORD_SHUT] = { N_("by the lines of this service nobody gets in"),
		N_("sekisho stack check names the lines and the faults") },
	[SEK_WORD_UNSOUND] = { N_("by these lines too few kinds may get in"),
		N_("sekisho stack check names the lines and the faults") },
	[SEK_WORD_IDLE] = { N_("an authenticator that opens nothing"), NULL },
	[SEK_WORD_CAPPED] = {
		N_("an authenticator with too many failures over its life"),
		N_("disable it (sekisho authenticator disable ID) and enroll"
		" a new one") },
	[SEK_WORD_SPENT] = { N_("the clock was set back: codes of these"
		" times were used before"),
		N_("wait, or enroll a new authenticator") },
	[SEK_WORD_JUST_USED] = { N_("the present code was used just now: the"
		" next one will do"), NULL },
	[SEK_WORD_TOTP_LEFT_OUT] = { N_("the clock was set back: codes of"
		" time are not taken, codes of a counter are"),
		N_("check the time, then sekisho store clock --accept") },
	[SEK_WORD_EXEMPT] = { N_("without proof (cron and the like): let in,"
		" the service is exempt; this is recorded"), NULL },
	[SEK_WORD_ROOT_SWITCH] = { N_("without proof, started by root: let"
		" in; this is recorded"), NULL },
	[SEK_WORD_REUSE] = { N_("without proof (sudo within its timestamp):"
		" let in only shortly after a login of the same session"),
		NULL },
	[SEK_WORD_NO_AUTH] = { N_("programs of this service never ask for"
		" proof"), NULL },
	[SEK_WORD_BARE] = { N_("without proof (a public key alone, sudo by"
		" NOPASSWD): refused"), NULL },
	[SEK_WORD_OTHER_POLICY] = { N_("this line goes by another policy file"
		" (conf=): it may decide otherwise than is said here"),
		N_("run this again with --conf and that file") },
	[SEK_WORD_FROM_UNSAID] = { N_("every login by sshd is a remote one, and"
		" this was judged as one from here"),
		N_("run this again with --from and the address it comes from") },
	[SEK_WORD_LOCKER] = { N_("a screen locker: sekisho-helper asks, by the"
		" lines of sekisho-locker"), NULL },
	[SEK_WORD_LOCKER_SHUT] = { N_("sekisho-helper cannot ask here: nobody"
		" unlocks this locker"),
		N_("sekisho stack check names what is wrong") },
	[SEK_WORD_EXCEPTION] = { N_("less is asked under an approved"
		" exception"), NULL },
	[SEK_WORD_FLOOR] = { N_("the policy says less, but no exception is for"
		" this user: the floor is in force"), NULL },
	[SEK_WORD_LAPSED] = { N_("the exception has ended: the floor is in"
		" force for everybody"),
		N_("write what is in force, or ask anew: sekisho request"
		" exception") },
	[SEK_WORD_GRACE] = { N_("never had a second factor: the password alone"
		" gets in"),
		N_("enroll one before that ends: sekisho enroll totp USER") },
	[SEK_WORD_TICKET] = { N_("a code in place of a factor is in force"),
		NULL },
	[SEK_WORD_SUSPECT] = { N_("an authenticator that may be lost, or"
		" copied: it opens nothing"),
		N_("when it is known to be his: sekisho authenticator found"
		" ID; else remove it and enroll another") },
	[SEK_WORD_NO_LINE] = { N_("this service has no line that asks for what"
		" has to be proved: refused"),
		N_("sekisho stack enable puts the lines together again") },
	[SEK_WORD_NO_KEY_LINE] = { N_("this service has no line for security"
		" keys: while one is plugged in, refused"),
		N_("sekisho stack enable puts the lines together again") },
	[SEK_WORD_NO_OBJECT] = { N_("security keys cannot be asked here: what"
		" talks to them is not installed"),
		N_("install the package libpam-sekisho-fido2") },
	[SEK_WORD_NO_CARD_LINE] = { N_("this service has no line for IC cards:"
		" while one is on a reader, refused"),
		N_("sekisho stack enable puts the lines together again") },
	[SEK_WORD_NO_CARD_OBJECT] = { N_("IC cards cannot be asked here: what"
		" talks to them is not installed"),
		N_("install the package libpam-sekisho-card") },
	[SEK_WORD_NO_PCSCD] = { N_("IC cards cannot be asked here: the service"
		" of card readers (pcscd) does not answer"),
		N_("apt install pcscd; systemctl enable --now pcscd.socket") },
	[SEK_WORD_CARD_ENDED] = { N_("a card whose certificate has ended: it"
		" opens nothing"),
		N_("have it renewed, then sekisho enroll card USER") },
	[SEK_WORD_CARD_ENDING] = { N_("a card whose certificate is in force a"
		" short while yet"),
		N_("have it renewed, then sekisho enroll card USER") },
	[SEK_WORD_NO_FINGER_LINE] = { N_("this service has no line for"
		" fingerprints: where the reader is, refused"),
		N_("sekisho stack enable puts the lines together again") },
	[SEK_WORD_NO_FINGER_OBJECT] = { N_("fingers cannot be asked here: what"
		" talks to readers is not installed"),
		N_("install the package libpam-sekisho-biometric") },
	[SEK_WORD_NO_FPRINTD] = { N_("fingers cannot be asked here: fprintd"
		" does not answer"), N_("apt install fprintd") },
	[SEK_WORD_FINGER_GONE] = { N_("a finger whose template is not on this"
		" terminal: it opens nothing"),
		N_("remove it, and enroll it here: sekisho enroll fingerprint"
		" USER") },
	[SEK_WORD_FROM_AFAR] = { N_("fingers and faces are asked for at this"
		" terminal alone"), NULL },
	[SEK_WORD_CHANGE_DUE] = { N_("the password has to be changed at the"
		" next login"), NULL },
	[SEK_WORD_PASSWORD_ENDING] = { N_("the password has to be changed"
		" soon"), NULL },
	[SEK_WORD_DORMANT] = { N_("not used for longer than the policy says;"
		" let in all the same"),
		N_("if it is not needed any more: sekisho user retire"
		" USER") },
	[SEK_WORD_WITNESS] = { N_("only with a witness at the prompt, who"
		" proves himself there"),
		N_("sekisho enroll totp USER") }
};

static const struct words by_reason[SEK_REASON_COUNT] = {
	[SEK_REASON_LOCKED] = { N_("locked after too many failures"),
		N_("wait, or sekisho user unlock USER") },
	[SEK_REASON_CALLER_LOCKED] = { N_("who calls may not try others for"
		" now, after too many failures"),
		N_("wait, or unlock who calls: sekisho user unlock NAME") },
	[SEK_REASON_UNKNOWN] = { N_("there is no such account on this"
		" terminal"),
		N_("check the name: getent passwd USER") },
	[SEK_REASON_NOT_ENROLLED] = { N_("too few kinds of proof are"
		" enrolled"),
		N_("sekisho enroll totp USER") },
	[SEK_REASON_SUSPENDED] = { N_("the account is suspended"),
		N_("sekisho user resume USER") },
	[SEK_REASON_RETIRED] = { N_("the account is retired for good"),
		NULL },
	[SEK_REASON_TERM_ENDED] = { N_("outside the person's term"),
		N_("sekisho person edit ID --to TIME") },
	[SEK_REASON_TAMPERED] = { N_("an entry of the store was changed by"
		" other means"), N_("see sekisho store status") },
	[SEK_REASON_WRONG] = { N_("the clock was set back: codes of these"
		" times were used before"),
		N_("wait, or enroll a new authenticator") },
	[SEK_REASON_USER_NOT_ALLOWED] = { N_("not among those who may use"
		" this terminal"),
		N_("add the name to terminal.allow_users, or the account to a"
		" group of terminal.allow_groups") },
	[SEK_REASON_REMOTE_NOT_ALLOWED] = { N_("logins from this address are"
		" not allowed"),
		N_("log in at the terminal, or list the address in"
		" terminal.allow_remote") },
	[SEK_REASON_UID_CHANGED] = { N_("the name has another uid now than it"
		" was enrolled with"),
		N_("if it is the same person: remove the authenticators of"
		" USER, then enroll again") },
	[SEK_REASON_NO_EVIDENCE] = { N_("without proof, and this service is"
		" not exempt: refused"),
		N_("if it belongs to the system: factors.exempt_services") },
	[SEK_REASON_CLOCK] = { N_("the clock was set back: no codes of time"
		" are taken"),
		N_("check the time, then sekisho store clock --accept") },
	[SEK_REASON_CAPPED] = {
		N_("an authenticator with too many failures over its life"),
		N_("disable it (sekisho authenticator disable ID) and enroll"
		" a new one") },
	[SEK_REASON_TICKET] = { N_("no such code is in force"),
		N_("sekisho ticket list --all") },
	[SEK_REASON_TOO_MANY] = { N_("a substitute on as many days as the"
		" policy allows"),
		N_("if the card is lost for good: sekisho enroll totp USER") },
	[SEK_REASON_COUNTER_BACK] = {
		N_("a security key whose counter went back: there may be a"
		" copy of it"),
		N_("find out who holds it; sekisho authenticator found ID, or"
		" remove it and enroll another") },
	[SEK_REASON_DEVICE] = {
		N_("the security key, card or reader was not there, not used"
		" in time, or shut"),
		N_("have it there and try again; the log of the terminal names"
		" the cause") },
	[SEK_REASON_CERTIFICATE] = {
		N_("the certificate of a card has ended, or is of nobody this"
		" terminal trusts"),
		N_("have the card renewed, then sekisho enroll card USER") },
	[SEK_REASON_CONTRACTOR] = {
		N_("contractors do not change what a privileged account opens"
		" by"),
		N_("ask an administrator of the office") },
	[SEK_REASON_DORMANT] = {
		N_("dormant: not used for longer than the policy says"),
		N_("if it is needed yet: sekisho user resume USER") },
	[SEK_REASON_DIRECT] = {
		N_("nobody logs in to this account directly"),
		N_("log in by a name of one's own, then sudo; or open an"
		" envelope") },
	[SEK_REASON_HOURS] = {
		N_("logins are not open at this hour"),
		N_("wait, or change the hours in the policy") },
	[SEK_REASON_PASSWORD_OVER] = {
		N_("the time of a temporary password is over"),
		N_("sekisho password temporary USER") },
	[SEK_REASON_SHARED] = {
		N_("the account is shared: an administrator changes it"), NULL }
};

const char *
tool_explain_word(enum sek_reason reason)
{
	const char *text = (unsigned)reason < SEK_REASON_COUNT ?
	    by_reason[reason].text : NULL;

	return (text != NULL ? _(text) : sek_reason_name(reason));
}

static struct words
find(const struct sek_finding *f)
{
	if (f->word != SEK_WORD_REASON && f->word < SEK_WORDS &&
	    (f->word != SEK_WORD_BARE || !f->blocks))
		return (by_word[f->word]);
	if (by_rule[f->rule].text != NULL)
		return (by_rule[f->rule]);
	return (by_reason[f->reason]);
}

const char *
tool_explain_reason(const struct sek_finding *f)
{
	if (f->reason != SEK_REASON_NONE &&
	    f->rule != SEK_EXPLAIN_POLICY)
		return (sek_reason_name(f->reason));
	return (f->rule == SEK_EXPLAIN_POLICY ? "policy" :
	    sek_explain_word_name(f->word));
}

void
tool_explain_text(const struct tool *t, char *dst, size_t size,
    const struct sek_finding *f)
{
	const struct words w = find(f);
	const char *text = w.text != NULL ? _(w.text) :
	    sek_reason_name(f->reason);
	char when[32];

	if (f->until == SEK_SPAN_NEVER) {
		(void)sek_text_format(dst, size, "%s: %s", text,
		    _("until unlocked"));
	} else if (f->until != 0) {
		tool_time(t, when, sizeof(when), f->until);
		(void)sek_text_format(dst, size, _("%s, until %s"), text,
		    when);
	} else if (f->since != 0) {
		tool_time(t, when, sizeof(when), f->since);
		(void)sek_text_format(dst, size, _("%s, since %s"), text,
		    when);
	} else
		(void)sek_text_format(dst, size, "%s", text);
}

void
tool_explain_remedy(char *dst, size_t size, const struct sek_finding *f,
    const char *user)
{
	const struct words w = find(f);
	char shown[SEK_NAME_MAX];
	const char *text, *at;

	dst[0] = '\0';
	if (w.remedy == NULL)
		return;
	text = _(w.remedy);
	sek_text_printable(shown, sizeof(shown), user);
	if ((at = strstr(text, "USER")) == NULL)
		(void)sek_text_format(dst, size, "%s", text);
	else
		(void)sek_text_format(dst, size, "%.*s%s%s",
		    (int)(at - text), text, shown, at + 4);
}
