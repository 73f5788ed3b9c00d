/*
 * test_edge_settings.c - test of edge/settings: whatever is wrong with a file
 * refuses, and every value says where it came from
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/settings_table.h"
#include "sekisho/model/method.h"
#include "unit.h"

#define ROWS(a) ((int)(sizeof(a) / sizeof((a)[0])))

static char folder[32], path[64], vendor[64];
static struct sek_settings *s, *other;
static struct sek_why why;

static void
write_bytes(const char *name, const void *data, size_t len)
{
	char file[512];
	FILE *f;

	snprintf(file, sizeof(file), "%s/%s", folder, name);
	ck_assert_ptr_nonnull(f = fopen(file, "w"));
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

static void
write_file(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

static enum sek_err
load(void)
{
	why.text[0] = '\0';
	return (sek_settings_load_from(s, vendor, path, false, &why));
}

static enum sek_err
load_text(const char *text)
{
	write_file("sekisho.conf", text);
	return (load());
}

static void
must_load(const char *text)
{
	ck_assert_msg(load_text(text) == SEK_OK, "%s\n%s", text, why.text);
}

/* text refuses, and the sentence holds what is asked. */
static void
must_refuse_as(enum sek_err err, const char *text, const char *said)
{
	static const struct sek_settings zero;

	ck_assert_msg(load_text(text) == err, "not refused: %s\n(%s)", text,
	    why.text);
	ck_assert_msg(strstr(why.text, said) != NULL,
	    "%s\nsays: %s\nnot: %s", text, why.text, said);
	ck_assert_int_eq(memcmp(s, &zero, sizeof(*s)), 0);
}

static void
must_refuse(const char *text, const char *said)
{
	must_refuse_as(SEK_ERR_SETTINGS, text, said);
}

static void
setup(void)
{
	umask(022);
	strcpy(folder, "/tmp/sekisho-settings.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sekisho.conf", folder);
	snprintf(vendor, sizeof(vendor), "%s/vendor.conf", folder);
	ck_assert_ptr_nonnull(s = calloc(1, sizeof(*s)));
	ck_assert_ptr_nonnull(other = calloc(1, sizeof(*other)));
}

static int
take_out(const char *file, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return (remove(file));
}

static void
teardown(void)
{
	nftw(folder, take_out, 8, FTW_DEPTH | FTW_PHYS);
	free(s);
	free(other);
}

static void
make_drop_ins(void)
{
	char dir[128];

	snprintf(dir, sizeof(dir), "%s.d", path);
	ck_assert_int_eq(mkdir(dir, 0755), 0);
}

/* ---- every key */

/* Another value than the default, for each key there is. */
static const struct {
	const char	*key;
	const char	*value;
} flips[] = {
	{ "terminal.id", "machi-07" },
	{ "terminal.profile", "lgwan" },
	{ "terminal.business", "住民基本台帳" },
	{ "terminal.timezone", "+09:30" },
	{ "terminal.allow_users", "alice, bob" },
	{ "terminal.allow_groups", "zeimu" },
	{ "terminal.allow_remote", "192.0.2.0/24 2001:db8::/32" },
	{ "factors.kinds", "3" },
	{ "factors.accept", "password totp" },
	{ "factors.require_crypto_possession", "yes" },
	{ "factors.require_possession", "yes" },	/* no: below the floor */
	{ "factors.jpki_pin_counts", "yes" },
	{ "factors.fido2_uv_counts", "yes" },
	{ "factors.piv_pin_counts", "yes" },
	{ "factors.one_line", "yes" },
	{ "factors.wait", "45s" },
	{ "factors.exempt_services", "crond at:root" },
	{ "factors.reuse", "0" },
	{ "factors.grace", "none" },	/* a day: below the floor */
	{ "lockout.deny", "4" },
	{ "lockout.interval", "1h" },
	{ "lockout.unlock", "45m" },
	{ "lockout.privileged_deny", "1" },
	{ "lockout.privileged_unlock", "never" },
	{ "lockout.lifetime_cap", "100" },
	{ "lockout.delay", "0" },
	{ "lockout.clock_step", "5m" },
	{ "password.min_length", "14" },
	{ "password.privileged_min_length", "20" },
	{ "password.max_length", "64" },
	{ "password.history", "24" },
	{ "password.privileged_history", "forever" },	/* never weaker */
	{ "password.max_age", "180d" },
	{ "password.privileged_max_age", "60d" },
	{ "password.max_age_spread", "0" },
	{ "password.min_age", "0" },
	{ "password.max_uses", "200" },
	{ "password.temporary_valid", "4h" },
	{ "password.blocklist", "/srv/blocklist" },
	{ "password.quality", "minclass=3, maxrepeat=4" },
	{ "account.dormant_after", "never" },
	{ "account.dormant", "refuse" },
	{ "account.max_sessions", "0" },
	{ "account.hours", "Mon-Fri 08:30-17:15, Sat 09:00-12:00" },
	{ "privilege.users", "kacho" },
	{ "privilege.groups", "sudo wheel" },
	{ "privilege.no_direct", "root test" },
	{ "privilege.max_session", "30m" },
	{ "privilege.warn", "10m 5m 1m" },
	{ "privilege.hours", "daily 22:00-06:00" },
	{ "privilege.require_grant", "yes" },
	{ "privilege.contractors", "no" },
	{ "privilege.two_person", "yes" },
	{ "privilege.review_due", "1d" },
	{ "session.idle_lock", "3m" },
	{ "session.idle_logout", "never" },
	{ "session.reauth", "never" },
	{ "session.on_removal", "logout" },
	{ "session.removal_logout", "never" },
	{ "roles.ciso", "cio" },
	{ "roles.security_manager", "toukatsu" },
	{ "roles.system_manager", "kanri jouhou" },
	{ "roles.approver", "kakaricho" },
	{ "roles.auditor", "kansa" },
	{ "ticket.substitute", "no" },		/* others: below the floor */
	{ "ticket.substitute_max", "4" },
	{ "ticket.substitute_valid", "1m" },
	{ "ticket.enrol_valid", "14d" },
	{ "breakglass.session", "8h" },
	{ "breakglass.report_due", "14d" },
	{ "breakglass.valid", "732d" },
	{ "fido2.rp_id", "keys.example.lg.jp" },
	{ "fido2.uv", "preferred" },
	{ "fido2.attestation", "packed" },
	{ "fido2.aaguids", "2fc0579f811347eab116bb5a8db9202a" },
	{ "fido2.roots", "/srv/fido2-roots" },
	{ "card.anchors", "/srv/card-anchors" },
	{ "card.readers", "ACS ACR39U *, *PaSoRi*" },
	{ "card.warn", "90d" },
	{ "biometric.tries", "4" },
	{ "biometric.pause", "1m" },
	{ "biometric.lifetime_cap", "0" },
	{ "store.backend", "sqlite" },		/* the only one */
	{ "store.path", "/srv/sekisho/store.db" },
	{ "store.conninfo", "host=db1,db2" },
	{ "store.offline", "3d" },
	{ "store.key", "/srv/keys/store.key" },
	{ "audit.retention", "forever" },
	{ "audit.on_failure", "warn" },
	{ "audit.seal_key", "/srv/keys/seal.key" },
	{ "audit.journal", "no" },
	{ "roster.max_age", "7d" },
	{ "message.banner", "/etc/sekisho/notice" },
	{ "message.contact", "情報政策課 内線 1234" },
	{ "message.language", "ja" },
	{ "message.console", "ja" }
};

/* Of these no other value loads in this version. */
static bool
has_one_value(const char *key)
{
	return (strcmp(key, "factors.require_possession") == 0 ||
	    strcmp(key, "factors.grace") == 0 ||
	    strcmp(key, "password.privileged_history") == 0 ||
	    strcmp(key, "ticket.substitute") == 0 ||
	    strcmp(key, "store.backend") == 0);
}

START_TEST(every_key_has_a_flip)
{
	char name[64];
	size_t i;

	ck_assert_int_eq((int)sek_settings_rows(), ROWS(flips));
	ck_assert_uint_le(sek_settings_rows(), SEK_SETTINGS_MAX);
	for (i = 0; i < sek_settings_rows(); i++) {
		sek_settings_row_name(name, sizeof(name), i);
		ck_assert_str_eq(flips[i].key, name);
	}
}
END_TEST

/* Writing a key changes its field, and of the struct nothing else but the
 * hash. */
START_TEST(every_key_changes_its_own_field)
{
	const struct sek_setting_row *row = sek_settings_row((size_t)_i);
	char text[512], *key, name[64];

	snprintf(name, sizeof(name), "%s", flips[_i].key);
	key = strchr(name, '.');
	*key++ = '\0';
	must_load("");
	memcpy(other, s, sizeof(*other));
	snprintf(text, sizeof(text), "[%s]\n%s = %s\n", name, key,
	    flips[_i].value);
	must_load(text);
	if (!has_one_value(flips[_i].key))
		ck_assert_msg(memcmp((char *)s + row->offset,
		    (char *)other + row->offset, row->size) != 0, "%s", text);
	if (strcmp(flips[_i].key, "terminal.profile") == 0)
		return;		/* its point is to change others */
	if ((row->flags & SEK_SETTING_LOCAL) == 0 &&
	    !has_one_value(flips[_i].key))
		ck_assert_str_ne(s->hash, other->hash);
	memcpy((char *)s + row->offset, (char *)other + row->offset,
	    row->size);
	memcpy(s->hash, other->hash, sizeof(s->hash));
	ck_assert_msg(memcmp(s, other, sizeof(*s)) == 0, "%s", text);
}
END_TEST

START_TEST(values_are_read_as_meant)
{
	must_load("[terminal]\nprofile = lgwan\nallow_users = alice, bob\n"
	    "[factors]\naccept = totp,password  hotp\nreuse=0\none_line=on\n"
	    "wait\t=\t2m \n[audit]\nretention = forever\n[message]\n"
	    "contact = 総務課 = 100\n");
	ck_assert_int_eq(s->terminal.profile, SEK_PROFILE_LGWAN);
	ck_assert_str_eq(s->terminal.allow_users, "alice, bob");
	ck_assert_uint_eq(s->factors.accept,
	    SEK_METHOD_BIT(SEK_METHOD_PASSWORD) |
	    SEK_METHOD_BIT(SEK_METHOD_TOTP) | SEK_METHOD_BIT(SEK_METHOD_HOTP));
	ck_assert_int_eq(s->factors.reuse, 0);
	ck_assert(s->factors.one_line);
	ck_assert_int_eq(s->factors.wait, 120);
	ck_assert(s->audit.retention == SEK_SPAN_NEVER);
	ck_assert_str_eq(s->message.contact, "総務課 = 100");
	ck_assert_str_eq(s->path, path);
}
END_TEST

/* Requirements section 5. */
START_TEST(each_profile_has_its_numbers)
{
	static const struct {
		const char *name;
		int64_t deny, privileged, cap, retention;
		int on_failure;
	} want[] = {
		{ "mynumber", 3, 2, 20, 5, SEK_ON_FAILURE_DENY },
		{ "lgwan", 5, 3, 50, 3, SEK_ON_FAILURE_DENY_PRIVILEGED },
		{ "internet", 5, 3, 50, 1, SEK_ON_FAILURE_WARN }
	};
	char text[64];

	snprintf(text, sizeof(text), "[terminal]\nprofile = %s\n",
	    want[_i].name);
	must_load(text);
	ck_assert_int_eq(s->terminal.profile, _i);
	ck_assert_int_eq(s->factors.kinds, 2);
	ck_assert_int_eq(s->lockout.deny, want[_i].deny);
	ck_assert_int_eq(s->lockout.privileged_deny, want[_i].privileged);
	ck_assert_int_eq(s->lockout.interval, 900);
	ck_assert_int_eq(s->lockout.unlock, 1800);
	ck_assert_int_eq(s->lockout.privileged_unlock, 3600);
	ck_assert_int_eq(s->lockout.lifetime_cap, want[_i].cap);
	ck_assert_int_eq(s->lockout.delay, 4);
	ck_assert_int_eq(s->lockout.clock_step, 60);
	ck_assert_int_eq(s->audit.retention,
	    want[_i].retention * 365 * 86400);
	ck_assert_int_eq(s->audit.on_failure, want[_i].on_failure);
	ck_assert_str_eq(s->terminal.allow_remote, "no");
	ck_assert_str_eq(s->terminal.timezone, "Asia/Tokyo");
	ck_assert(s->audit.journal);
	ck_assert_int_eq(s->roster.max_age,
	    (_i == SEK_PROFILE_INTERNET ? 30 : 14) * 86400);
	ck_assert_uint_eq(s->factors.accept &
	    (SEK_METHOD_BIT(SEK_METHOD_CARD_JPKI) |
	    SEK_METHOD_BIT(SEK_METHOD_CARD_UID)), 0);
}
END_TEST

START_TEST(without_a_line_it_is_mynumber)
{
	must_load("");
	ck_assert_int_eq(s->terminal.profile, SEK_PROFILE_MYNUMBER);
	must_load("# nothing\n\n");
	ck_assert_int_eq(s->terminal.profile, SEK_PROFILE_MYNUMBER);
}
END_TEST

/* ---- what libeconf lets pass, and what is no policy file */

static const struct {
	const char	*text;
	const char	*said;
} faults[] = {
	{ "[lockout]\ndeny = 3\ndeny = 9\n", ".conf:3: \"deny\" stands on"
	    " line 2 already" },
	{ "[lockout]\ndeny = 3\n[audit]\n[lockout]\ndeny = 3\n", ".conf:5:" },
	{ "deny = 3\n", ".conf:1: a key outside a section" },
	{ "[lockout]\ndeny =\n", ".conf:2: a key without a value" },
	{ "[lockout]\ndeny = \t\n", ".conf:2: a key without a value" },
	{ "[lockout]\ndeny\n", ".conf:2: neither" },
	{ "[lockout]\n= 3\n", ".conf:2: a value without a key" },
	{ "[lockout]\ndeny = 3 # three\n", ".conf:2: a value holds neither" },
	{ "[lockout]\ndeny = 3 ; three\n", ".conf:2: a value holds neither" },
	{ "[message]\ncontact = a#b\n", ".conf:2: a value holds neither" },
	{ "[lockout]\ndeny = \"3\"\n", ".conf:2: a value stands without" },
	{ "[terminal]\nallow_users = a\n  b\n", ".conf:3: neither" },
	{ "[terminal]\nallow_users = a \\\nb\n", ".conf:3: neither" },
	{ "\xef\xbb\xbf[lockout]\ndeny = 3\n", "byte order mark" },
	{ "[message]\ncontact = \xff\xfe\n", ".conf:2: the line holds" },
	{ "# \x93\xfa\x96\x7b\n", ".conf:1: the line holds" },
	{ "[message]\ncontact = a\x1b[31m\n", ".conf:2: the line holds" },
	{ "[lockout\ndeny = 3\n", ".conf:1: a section is one name" },
	{ "[lockout] deny = 3\n", ".conf:1: a section is one name" },
	{ "[lockout] # x\ndeny = 3\n", ".conf:1: a section is one name" },
	{ "[]\n", ".conf:1: a section is one name" },
	/* unknown, misspelt, in the wrong place */
	{ "[lockout]\ndenny = 3\n", ".conf:2: [lockout] has no key \"denny\";"
	    " did you mean \"deny\"?" },
	{ "[lockout]\nprivilegeddeny = 3\n", "\"privileged_deny\"?" },
	{ "[lockout]\nDeny = 3\n", "did you mean \"deny\"?" },
	{ "[lockout]\nretention = 5y\n", "it belongs under [audit]" },
	{ "[lockout]\nzzzzzzzz = 5y\n", "sekisho.conf(5)" },
	{ "[lockot]\ndeny = 3\n", ".conf:1: there is no section [lockot]; did"
	    " you mean [lockout]?" },
	{ "[Lockout]\n", "did you mean [lockout]?" },
	{ "[zzzzzzzzzz]\n", "there is no section [zzzzzzzzzz]" }
};

START_TEST(laxities_refuse)
{
	must_refuse(faults[_i].text, faults[_i].said);
}
END_TEST

START_TEST(bytes_that_are_no_text_refuse)
{
	static const char nul[] = "[lockout]\ndeny = 3\n\0deny = 9\n";
	char *big;

	write_bytes("sekisho.conf", nul, sizeof(nul) - 1);
	ck_assert_int_eq(load(), SEK_ERR_SETTINGS);
	ck_assert_ptr_nonnull(strstr(why.text, "NUL"));

	ck_assert_ptr_nonnull(big = malloc(70000));
	memset(big, '\n', 70000);
	write_bytes("sekisho.conf", big, 65537);
	ck_assert_int_eq(load(), SEK_ERR_SETTINGS);
	ck_assert_ptr_nonnull(strstr(why.text, "64 KiB"));
	write_bytes("sekisho.conf", big, 65536);
	ck_assert_int_eq(load(), SEK_OK);

	memset(big, '#', 5000);
	write_bytes("sekisho.conf", big, 5000);
	ck_assert_int_eq(load(), SEK_ERR_SETTINGS);
	ck_assert_ptr_nonnull(strstr(why.text, ":1: the line is longer"));
	free(big);
}
END_TEST

/* What editors leave behind is no fault. */
START_TEST(blanks_and_comments_are_no_fault)
{
	must_load("; a comment = 1 # more\r\n\r\n  # indented\n[lockout]\r\n"
	    "deny = 4\r\n   \n\t# 値の下の行\n  privileged_deny=2  \n \t\n"
	    "[message]\n\tcontact = 情報政策課");
	ck_assert_int_eq(s->lockout.deny, 4);
	ck_assert_int_eq(s->lockout.privileged_deny, 2);
	ck_assert_str_eq(s->message.contact, "情報政策課");
}
END_TEST

START_TEST(the_environment_changes_nothing)
{
	setenv("ECONF_JOIN_SAME_ENTRIES", "1", 1);
	must_refuse("[lockout]\ndeny = 3\ndeny = 9\n", ":3:");
	must_load("[lockout]\ndeny = 4\n");
	ck_assert_int_eq(s->lockout.deny, 4);
	unsetenv("ECONF_JOIN_SAME_ENTRIES");
}
END_TEST

/* ---- values */

static const struct {
	const char	*text;
	const char	*said;
} values[] = {
	{ "[terminal]\nid = a b\n", ":2: terminal.id = a b: only letters" },
	{ "[terminal]\nid = 1234567890123456789012345678901234567890"
	    "123456789012345678901234\n", "at most 63 bytes" },
	{ "[terminal]\nprofile = mynumbre\n", "must be one of mynumber,"
	    " lgwan, internet" },
	{ "[terminal]\ntimezone = Europe/Berlin\n", "Asia/Tokyo, UTC" },
	{ "[terminal]\nallow_users = root/x\n", "cannot be a name" },
	{ "[terminal]\nallow_remote = 192.0.2.0/33\n",
	    ":2: terminal.allow_remote" },
	{ "[terminal]\nallow_remote = yes 192.0.2.0/24\n",
	    ":2: terminal.allow_remote" },
	{ "[factors]\nkinds = 4\n", "must be a number, 1 to 3" },
	{ "[factors]\nkinds = 0\n", "1 to 3" },
	{ "[factors]\nkinds = ２\n", "must be a number" },
	{ "[factors]\nkinds = 2x\n", "must be a number" },
	{ "[factors]\naccept = password totop\n", "\"totop\" is no method" },
	{ "[factors]\naccept = ,\n", "names no method" },
	{ "[factors]\none_line = maybe\n", "yes or no" },
	{ "[factors]\nwait = 0\n", "1s to 10m" },
	{ "[factors]\nwait = 11m\n", "1s to 10m" },
	{ "[factors]\nwait = never\n", "1s to 10m" },
	{ "[factors]\nreuse = 2d\n", "0 to 1d" },
	{ "[factors]\nexempt_services = cron:\n", "SERVICE:USER" },
	{ "[factors]\nexempt_services = ../cron\n", "SERVICE:USER" },
	{ "[lockout]\ndeny = 101\n", "1 to 100" },
	{ "[lockout]\ndeny = -1\n", "1 to 100" },
	{ "[lockout]\ninterval = 59s\n", "1m to never" },
	{ "[lockout]\nunlock = 0\n", "1m to never" },
	{ "[lockout]\nunlock = 1800\n", "must be a span such as" },
	{ "[lockout]\nunlock = 1h30m\n", "must be a span such as" },
	{ "[lockout]\nlifetime_cap = 101\n", "1 to 100 (SP 800-63B-4 section"
	    " 3.2.2)" },
	{ "[lockout]\nlifetime_cap = 0\n", "1 to 100" },
	{ "[lockout]\ndelay = 61s\n", "0 to 1m" },
	{ "[password]\nmin_length = 7\n", "must be a number, 8 to 64"
	    " (SP 800-63B-4 section 3.1.1.2)" },
	{ "[password]\nmin_length = 65\n", "8 to 64" },
	{ "[password]\nmax_length = 63\n", "64 to 256" },
	{ "[password]\nhistory = 1001\n", "1 to 1000, or forever" },
	{ "[password]\nhistory = Forever\n", "1 to 1000, or forever" },
	{ "[password]\nmax_uses = forever\n", "0 to 100000" },
	{ "[password]\nmax_age = 23h\n", "1d to never" },
	{ "[password]\nmax_age = 90\n", "must be a span such as" },
	{ "[password]\nmin_age = 31d\n", "0 to 30d" },
	{ "[password]\ntemporary_valid = 0\n", "5m to 14d" },
	{ "[password]\ntemporary_valid = never\n", "5m to 14d" },
	{ "[password]\nblocklist = none\n", "must be absolute" },
	{ "[password]\nquality = minclass\n", "\"minclass\" must be"
	    " NAME=NUMBER" },
	{ "[password]\nquality = minclass=\n", "NAME=NUMBER" },
	{ "[password]\nquality = minclass=3x\n", "NAME=NUMBER" },
	{ "[password]\nquality = =3\n", "NAME=NUMBER" },
	{ "[password]\nquality = maxrepeat=3, dictpath=/tmp/x\n",
	    "\"dictpath=/tmp/x\"" },
	{ "[account]\ndormant_after = 23h\n", "1d to never" },
	{ "[account]\ndormant = lock\n", "warn, refuse" },
	{ "[account]\nmax_sessions = 65\n", "must be a number, 0 to 64" },
	{ "[account]\nhours = 08:30-17:15\n", ":2: account.hours" },
	{ "[account]\nhours = Mon-Fri 08:30-24:30\n",
	    "\"Mon-Fri 08:30-17:15\", or always" },
	{ "[account]\nhours = never\n", "or always" },
	{ "[privilege]\nno_direct = ro/ot\n", "cannot be a name" },
	{ "[privilege]\nmax_session = never\n", "1s to 1d (7(2)⑥)" },
	{ "[privilege]\nmax_session = 0\n", "1s to 1d (7(2)⑥)" },
	{ "[privilege]\nmax_session = 25h\n", "1s to 1d (7(2)⑥)" },
	{ "[privilege]\nwarn = 1m 5m\n", "the longest first" },
	{ "[privilege]\nwarn = 5m 5m\n", "the longest first" },
	{ "[privilege]\nwarn = 0\n", "spans are like 5m 1m" },
	{ "[privilege]\nwarn = never\n", "spans are like 5m 1m" },
	{ "[privilege]\nwarn = ,\n", "spans are like 5m 1m" },
	{ "[privilege]\nwarn = 5m 4m 3m 2m 1m\n", "at most 4 warnings" },
	{ "[privilege]\nhours = Mon\n", ":2: privilege.hours" },
	{ "[privilege]\nrequire_grant = maybe\n", "yes or no" },
	{ "[privilege]\ncontractors = maybe\n", "yes, grant, no" },
	{ "[privilege]\nreview_due = 59m\n", "1h to 31d" },
	{ "[privilege]\nreview_due = never\n", "1h to 31d" },
	{ "[session]\nidle_lock = never\n", "1s to 1d (6(1)①コ)" },
	{ "[session]\nidle_lock = 0\n", "1s to 1d (6(1)①コ)" },
	{ "[session]\nidle_logout = 0\n", "1s to never" },
	{ "[session]\nreauth = 0\n", "1s to never" },
	{ "[session]\non_removal = end\n", "ignore, lock, logout" },
	{ "[session]\nremoval_logout = 0\n", "1s to never" },
	{ "[fido2]\nrp_id = keys example\n", ":2: fido2.rp_id" },
	{ "[fido2]\nrp_id = 庁舎\n", "must be one word" },
	{ "[fido2]\nuv = always\n", "discouraged, preferred, required" },
	{ "[fido2]\nattestation = full\n", "none, self, packed, trusted" },
	{ "[fido2]\naaguids = 2fc0579f811347eab116bb5a8db9202a yubikey\n",
	    ":2: fido2.aaguids" },
	{ "[fido2]\naaguids = 2fc0579f-8113-47ea-b116-bb5a8db9202\n",
	    "authenticator list --json" },
	{ "[fido2]\nroots = roots\n", "must be absolute" },
	{ "[store]\npath = store.db\n", "must be absolute" },
	{ "[store]\npath = /var//store.db\n", "must not hold" },
	{ "[store]\npath = /var/../store.db\n", "must not hold" },
	{ "[store]\npath = /var/\n", "must not hold" },
	{ "[store]\nbackend = mysql\n", "must be sqlite" },
	{ "[audit]\non_failure = ignore\n", "deny, deny-privileged, warn" },
	{ "[message]\nlanguage = fr\n", "en, ja" }
};

START_TEST(bad_values_refuse)
{
	must_refuse(values[_i].text, values[_i].said);
}
END_TEST

START_TEST(a_long_value_does_not_push_the_reason_out)
{
	char text[3000];

	memset(text, 'a', sizeof(text));
	memcpy(text, "[message]\ncontact = ", 20);
	text[sizeof(text) - 1] = '\0';
	must_refuse(text, "at most 255 bytes");
}
END_TEST

START_TEST(a_name_of_an_organisation_has_its_bounds)
{
	char text[400] = "[fido2]\nrp_id = ";
	size_t head = strlen(text);

	memset(text + head, 'a', SEK_FIDO2_RP_MAX - 1);
	must_load(text);
	ck_assert_uint_eq(strlen(s->fido2.rp_id), SEK_FIDO2_RP_MAX - 1);
	text[head + SEK_FIDO2_RP_MAX - 1] = 'a';
	must_refuse(text, "at most 253 bytes");
	must_load("");
	ck_assert_str_eq(s->fido2.rp_id, "sekisho");
}
END_TEST

START_TEST(words_of_security_keys_are_those_of_the_model)
{
	char text[100];
	int i;

	must_load("[fido2]\naaguids = 2fc0579f811347eab116bb5a8db9202a,"
	    " EE882879-721C-4913-9775-3DFCCE97072A\n");
	for (i = 0; i < SEK_FIDO2_UVS; i++) {
		snprintf(text, sizeof(text), "[fido2]\nuv = %s\n",
		    sek_fido2_uv_name((enum sek_fido2_uv)i));
		must_load(text);
		ck_assert_int_eq(s->fido2.uv, i);
	}
	for (i = 0; i < SEK_FIDO2_ATTESTATIONS; i++) {
		snprintf(text, sizeof(text), "[fido2]\nattestation = %s\n",
		    sek_fido2_attestation_name(
		    (enum sek_fido2_attestation)i));
		must_load(text);
		ck_assert_int_eq(s->fido2.attestation, i);
	}
}
END_TEST

START_TEST(what_a_later_version_has_refuses_by_name)
{
	must_refuse_as(SEK_ERR_UNSUPPORTED, "[store]\nbackend = postgresql\n",
	    "not built in this version");
}
END_TEST

/* A bad value that a later file overrides is still a bad value. */
START_TEST(an_overridden_fault_refuses_too)
{
	make_drop_ins();
	write_file("sekisho.conf.d/50-x.conf", "[lockout]\ndeny = 4\n");
	must_refuse("[lockout]\ndeny = many\n", "sekisho.conf:2:");
}
END_TEST

/* ---- floors and pairs */

START_TEST(floors_refuse_and_name_the_clause)
{
	static const char only[] = "approved exception";

	must_refuse("[factors]\nkinds = 1\n", "sekisho.conf:2: factors.kinds"
	    " = 1: below the floor of 2 in profile mynumber (4(1)②ア");
	must_refuse("[factors]\nkinds = 1\n", only);
	must_load("[terminal]\nprofile = lgwan\n[factors]\nkinds = 1\n");
	must_load("[terminal]\nprofile = internet\n[factors]\nkinds = 1\n");
	must_refuse("[lockout]\ndeny = 0\n", only);
	must_refuse("[terminal]\nprofile = internet\n[lockout]\ndeny = 0\n",
	    "7(2)④");
	must_refuse("[lockout]\ndeny = never\n", only);
	must_refuse("[lockout]\ndeny = off\n", only);
	must_refuse("[lockout]\nprivileged_deny = 0\n", only);
	must_refuse("[audit]\nretention = 0\n", only);
}
END_TEST

START_TEST(a_privileged_limit_is_never_weaker)
{
	static const char clause[] = "7(2)①ウ⑤";

	must_refuse("[lockout]\ndeny = 4\nprivileged_deny = 5\n", clause);
	must_refuse("[lockout]\ndeny = 4\nprivileged_deny = 4\n",
	    "sekisho.conf:3: lockout.privileged_deny must be smaller");
	must_refuse("[lockout]\nprivileged_deny = 3\n", clause);
	must_refuse("[lockout]\ndeny = 1\nprivileged_deny = 2\n", clause);
	must_load("[lockout]\ndeny = 1\nprivileged_deny = 1\n");
	must_load("[lockout]\ndeny = 9\nprivileged_deny = 8\n");
	must_refuse("[lockout]\nprivileged_unlock = 20m\n", clause);
	must_refuse("[lockout]\nunlock = never\nprivileged_unlock = 1y\n",
	    clause);
	must_load("[lockout]\nunlock = 1h\nprivileged_unlock = 1h\n");
	must_load("[lockout]\nunlock = never\nprivileged_unlock = never\n");
}
END_TEST

START_TEST(a_privileged_limit_nobody_wrote_follows)
{
	must_load("[lockout]\ndeny = 2\n");
	ck_assert_int_eq(s->lockout.privileged_deny, 1);
	must_load("[lockout]\ndeny = 1\n");
	ck_assert_int_eq(s->lockout.privileged_deny, 1);
	must_load("[lockout]\ndeny = 50\n");
	ck_assert_int_eq(s->lockout.privileged_deny, 2);
	must_load("[lockout]\nunlock = 2h\n");
	ck_assert_int_eq(s->lockout.privileged_unlock, 7200);
	must_load("[lockout]\nunlock = never\n");
	ck_assert(s->lockout.privileged_unlock == SEK_SPAN_NEVER);
	must_load("[lockout]\nunlock = 5m\n");
	ck_assert_int_eq(s->lockout.privileged_unlock, 3600);
}
END_TEST

/* Requirements section 5; the privileged ones 7(2)①ウ⑤. */
START_TEST(each_profile_has_its_numbers_of_passwords)
{
	static const struct {
		const char *name;
		int64_t length, privileged_length, history, privileged_age;
		int64_t temporary, dormant;
	} want[] = {
		{ "mynumber", 12, 16, SEK_HISTORY_FOREVER, 90, 24, 35 },
		{ "lgwan", 12, 16, 24, 90, 72, 45 },
		{ "internet", 15, 20, 24, 180, 72, 90 }
	};
	struct sek_password_limits staff, his;
	char text[64];

	snprintf(text, sizeof(text), "[terminal]\nprofile = %s\n",
	    want[_i].name);
	must_load(text);
	sek_settings_password(&staff, s, false);
	sek_settings_password(&his, s, true);
	ck_assert_int_eq(staff.min_length, want[_i].length);
	ck_assert_int_eq(his.min_length, want[_i].privileged_length);
	ck_assert_int_ge(staff.max_length, 64);
	ck_assert_int_eq(his.max_length, staff.max_length);
	ck_assert(staff.history == want[_i].history);
	ck_assert(his.history == SEK_HISTORY_FOREVER);
	ck_assert_int_eq(staff.max_age, 365 * 86400);
	ck_assert_int_eq(his.max_age, want[_i].privileged_age * 86400);
	ck_assert_int_eq(staff.max_age_spread, 30 * 86400);
	ck_assert_int_eq(his.max_age_spread, 30 * 86400);
	ck_assert_int_eq(staff.min_age, 86400);
	ck_assert_int_eq(staff.max_uses, 0);
	ck_assert_int_eq(staff.temporary_valid, want[_i].temporary * 3600);
	ck_assert_int_eq(s->account.dormant_after, want[_i].dormant * 86400);
	ck_assert_int_eq(s->account.dormant, SEK_DORMANT_WARN);
}
END_TEST

/* Requirements section 5. */
START_TEST(each_profile_has_its_numbers_of_sessions)
{
	static const struct {
		const char *name;
		int64_t seats, privileged, lock, logout, reauth, removal;
		int contractors;
	} want[] = {
		{ "mynumber", 1, 60, 5, 30, 12, 600, SEK_CONTRACTORS_GRANT },
		{ "lgwan", 2, 120, 10, 60, 12, 1800, SEK_CONTRACTORS_GRANT },
		{ "internet", 3, 240, 15, 60, 24, SEK_SPAN_NEVER,
		    SEK_CONTRACTORS_YES }
	};
	char text[64];

	snprintf(text, sizeof(text), "[terminal]\nprofile = %s\n",
	    want[_i].name);
	must_load(text);
	ck_assert_int_eq(s->account.max_sessions, want[_i].seats);
	ck_assert_int_eq(s->privilege.max_session, want[_i].privileged * 60);
	ck_assert_int_eq(s->privilege.contractors, want[_i].contractors);
	ck_assert_int_eq(s->privilege.review_due, 3 * 86400);
	ck_assert_str_eq(s->privilege.warn, "5m 1m");
	ck_assert(!s->privilege.require_grant);
	ck_assert(!s->privilege.two_person);
	ck_assert_int_eq(s->session.idle_lock, want[_i].lock * 60);
	ck_assert_int_eq(s->session.idle_logout, want[_i].logout * 60);
	ck_assert_int_eq(s->session.reauth, want[_i].reauth * 3600);
	ck_assert_int_eq(s->session.on_removal, SEK_ON_REMOVAL_LOCK);
	ck_assert(s->session.removal_logout == want[_i].removal);
	ck_assert_str_eq(s->account.hours, "always");
	ck_assert_str_eq(s->privilege.hours, "always");
}
END_TEST

START_TEST(a_session_locks_before_it_ends)
{
	static const char pair[] = "session.idle_logout must be longer than"
	    " session.idle_lock (6(1)①コ)";

	must_refuse("[session]\nidle_lock = 10m\nidle_logout = 10m\n", pair);
	must_refuse("[session]\nidle_logout = 10m\nidle_lock = 11m\n",
	    "sekisho.conf:2: ");
	must_refuse("[session]\nidle_logout = 5m\n", "sekisho.conf:2: ");
	must_refuse("[session]\nidle_lock = 30m\n", "sekisho.conf:2: ");
	must_load("[session]\nidle_lock = 10m\nidle_logout = 11m\n");
	must_load("[session]\nidle_lock = 1d\nidle_logout = never\n");
	must_load("[privilege]\nmax_session = 1m\nwarn = 5m\n");
}
END_TEST

/* Commas are of their meaning: shown without, they are other windows. */
START_TEST(windows_are_shown_as_they_were_written)
{
	char value[SEK_LIST_MAX];
	size_t i = 0;

	must_load("[account]\nhours = Mon, Wed 08:30-17:15, Sat 09:00-12:00\n");
	ck_assert_int_eq(sek_settings_find(&i, "account", "hours", &why),
	    SEK_OK);
	sek_settings_print(value, sizeof(value), s, sek_settings_row(i));
	ck_assert_str_eq(value, "Mon, Wed 08:30-17:15, Sat 09:00-12:00");
}
END_TEST

/* A short age must not be made none by its spread. */
START_TEST(a_spread_is_a_third_of_its_age_at_most)
{
	struct sek_password_limits l;

	must_load("[password]\nmax_age = 9d\n");
	sek_settings_password(&l, s, false);
	ck_assert_int_eq(l.max_age, 9 * 86400);
	ck_assert_int_eq(l.max_age_spread, 3 * 86400);
	must_load("[password]\nmax_age = never\nmax_uses = 100\n"
	    "max_age_spread = 180d\n");
	sek_settings_password(&l, s, false);
	ck_assert(l.max_age == SEK_SPAN_NEVER);
	ck_assert_int_eq(l.max_age_spread, 180 * 86400);
	ck_assert_int_eq(l.max_uses, 100);
}
END_TEST

/* S4 6(4)②オ: by age or by number of logins, and never the old one again. */
START_TEST(a_password_is_changed_by_age_or_by_logins)
{
	must_refuse("[password]\n# 無期限\nmax_age = never\n",
	    "sekisho.conf:3: password.max_age = never: below the floor of 5y"
	    " in profile mynumber (6(4)②オ); write 5y, or set"
	    " password.max_uses, or ask for an approved exception first:"
	    " sekisho request exception --key password.max_age --value never");
	must_refuse("[password]\nmax_age = 6y\n", "below the floor of 5y");
	must_refuse("[password]\nmax_age = never\nmax_uses = 0\n",
	    "sekisho.conf:2: password.max_age");
	must_load("[password]\nmax_age = never\nmax_uses = 1\n");
	ck_assert(s->password.max_age == SEK_SPAN_NEVER);
	ck_assert_int_eq(s->password.privileged_max_age, 90 * 86400);
	must_load("[password]\nmax_age = 5y\n");
	must_refuse("[password]\nhistory = 0\n", "sekisho.conf:2:"
	    " password.history = 0: below the floor of 1 in profile mynumber"
	    " (6(4)②オ); raise the value, or ask for an approved exception");
	must_refuse("[password]\nhistory = off\n", "below the floor of 1");
	must_refuse("[password]\nhistory = 1\nprivileged_history = 0\n",
	    "password.privileged_history = 0: below the floor");
	must_load("[password]\nhistory = 1\nprivileged_history = 1\n");
}
END_TEST

START_TEST(a_privileged_password_is_never_weaker)
{
	static const char clause[] = "7(2)①ウ⑤";

	must_refuse("[password]\nprivileged_min_length = 11\n",
	    "sekisho.conf:2: password.privileged_min_length must be no smaller"
	    " than password.min_length (7(2)①ウ⑤)");
	must_load("[password]\nmin_length = 18\n"
	    "privileged_min_length = 18\n");
	must_refuse("[password]\nprivileged_history = 24\n", clause);
	must_load("[password]\nhistory = 24\nprivileged_history = 24\n");
	must_refuse("[password]\nhistory = 25\nprivileged_history = 24\n",
	    clause);
	must_refuse("[password]\nprivileged_max_age = 365d\n",
	    "sekisho.conf:2: password.privileged_max_age must be shorter than"
	    " password.max_age");
	must_load("[password]\nprivileged_max_age = 364d\n");
	must_load("[password]\nmax_age = 1d\nprivileged_max_age = 1d\n");
	/* By logins alone is no stricter than by logins alone. */
	must_refuse("[password]\nmax_age = never\nmax_uses = 10\n"
	    "privileged_max_age = never\n", "below the floor of 5y");
}
END_TEST

START_TEST(a_privileged_password_nobody_wrote_of_follows)
{
	must_load("[password]\nmin_length = 20\n");
	ck_assert_int_eq(s->password.privileged_min_length, 20);
	must_load("[terminal]\nprofile = internet\n[password]\n"
	    "history = forever\n");
	ck_assert(s->password.privileged_history == SEK_HISTORY_FOREVER);
	must_load("[password]\nmax_age = 90d\n");
	ck_assert_int_eq(s->password.privileged_max_age, 89 * 86400);
	must_load("[password]\nmax_age = 36h\n");
	ck_assert_int_eq(s->password.privileged_max_age, 86400);
	must_load("[password]\nmax_age = 1d\n");
	ck_assert_int_eq(s->password.privileged_max_age, 86400);
}
END_TEST

START_TEST(methods_that_never_reach_the_kinds_refuse)
{
	must_refuse("[factors]\naccept = password\n",
	    "sekisho.conf:2: factors.accept reaches 1 of the 2 kinds");
	must_refuse("[factors]\naccept = totp hotp\n", "reaches 1");
	must_refuse("[factors]\nkinds = 3\naccept = password totp\n",
	    "sekisho.conf:3: factors.accept reaches 2 of the 3 kinds");
	must_refuse("[factors]\nkinds = 3\naccept = password fingerprint\n",
	    "reaches 2 of the 3");
	must_load("[factors]\naccept = password card-piv hotp\n");
	must_load("[factors]\nkinds = 3\n");
	must_load("[factors]\nkinds = 3\naccept = password totp"
	    " vendor-biometric\n");
}
END_TEST

#define LGWAN_TRAITS	"[terminal]\nprofile = lgwan\n[factors]\n"	\
			"accept = password fingerprint\n"

/* What has no possession loads where the profile asks for none. */
START_TEST(possession_is_asked_for_by_profile)
{
	must_load("");
	ck_assert(s->factors.require_possession);
	must_refuse("[factors]\naccept = password vendor-biometric\n",
	    "sekisho.conf:2: factors.accept names no method of possession");
	must_refuse("[factors]\naccept = password fingerprint ticket\n",
	    "factors.require_possession = yes asks for one: nobody");
	must_refuse("[factors]\naccept = fingerprint\n",
	    "reaches 1 of the 2");
	must_refuse("[factors]\nrequire_possession = no\n",
	    "sekisho.conf:2: factors.require_possession = no: below the floor"
	    " of yes in profile mynumber (4(1)②ア, 5(4)④); write yes, or ask"
	    " for an approved exception first: sekisho request exception"
	    " --key factors.require_possession --value no");
	must_load("[terminal]\nprofile = lgwan\n");
	ck_assert(!s->factors.require_possession);
	must_load("[terminal]\nprofile = internet\n");
	ck_assert(!s->factors.require_possession);
	must_load(LGWAN_TRAITS);
	must_refuse(LGWAN_TRAITS "require_possession = yes\n",
	    "sekisho.conf:4: factors.accept names no method of possession");
	must_load("[terminal]\nprofile = lgwan\n[factors]\n"
	    "require_possession = yes\n");
	ck_assert(s->factors.require_possession);
	must_refuse("[terminal]\nprofile = internet\n[factors]\nkinds = 1\n"
	    "require_possession = yes\naccept = password\n",
	    "names no method of possession");
}
END_TEST

START_TEST(living_traits_have_tries_a_pause_and_a_life)
{
	must_load("");
	ck_assert_int_eq(s->biometric.tries, 3);
	ck_assert_int_eq(s->biometric.pause, 30);
	ck_assert_int_eq(s->biometric.lifetime_cap, 20);
	must_load("[terminal]\nprofile = lgwan\n");
	ck_assert_int_eq(s->biometric.tries, 5);
	ck_assert_int_eq(s->biometric.pause, 30);
	ck_assert_int_eq(s->biometric.lifetime_cap, 50);
	must_load("[biometric]\ntries = 10\npause = 10m\n"
	    "lifetime_cap = 0\n");
	ck_assert_int_eq(s->biometric.lifetime_cap, 0);
	must_refuse("[biometric]\ntries = 0\n", "1 to 10");
	must_refuse("[biometric]\ntries = 11\n",
	    "(SP 800-63B-4 section 3.2.3)");
	must_refuse("[biometric]\npause = 0\n", "1s to 10m");
	must_refuse("[biometric]\npause = 11m\n", "1s to 10m");
	must_refuse("[biometric]\nlifetime_cap = 101\n", "0 to 100");
	must_refuse("[biometric]\nlifetime_cap = never\n",
	    "must be a number");
}
END_TEST

START_TEST(security_keys_reach_what_policy_counts_of_them)
{
	must_load("[factors]\naccept = password fido2\n");
	must_refuse("[factors]\naccept = fido2\n",
	    "sekisho.conf:2: factors.accept reaches 1 of the 2 kinds");
	must_load("[factors]\naccept = fido2\nfido2_uv_counts = yes\n");
	/* Its sensor is the third. */
	must_load("[factors]\nkinds = 3\nfido2_uv_counts = yes\n"
	    "accept = password fido2\n");
	must_refuse("[factors]\nkinds = 3\nfido2_uv_counts = yes\n"
	    "accept = password totp hotp\n", "reaches 2 of the 3");
	must_refuse("[factors]\nkinds = 3\nfido2_uv_counts = yes\n"
	    "accept = fido2 totp\n", "reaches 1 of the 3");
}
END_TEST

START_TEST(cards_reach_what_policy_counts_of_them)
{
	must_load("[factors]\naccept = password card-piv\n");
	must_load("[factors]\naccept = password card-jpki\n");
	must_refuse("[factors]\naccept = card-piv card-jpki\n",
	    "sekisho.conf:2: factors.accept reaches 1 of the 2 kinds");
	must_refuse("[factors]\naccept = card-piv\njpki_pin_counts = yes\n",
	    "reaches 1");
	must_load("[factors]\naccept = card-piv\npiv_pin_counts = yes\n");
	must_load("[factors]\naccept = card-jpki\njpki_pin_counts = yes\n");
	/* A PIN is knowledge, as a password is. */
	must_refuse("[factors]\nkinds = 3\naccept = password card-piv\n"
	    "piv_pin_counts = yes\n", "reaches 2 of the 3");
	must_load("[factors]\nrequire_crypto_possession = yes\n"
	    "accept = password card-jpki\n");
}
END_TEST

START_TEST(readers_are_patterns_by_commas)
{
	static const char *const bad[] = { ",", "ACS,", ", ACS", "ACS,,SCM",
	    "ACS, ,SCM" };
	char text[512];
	size_t i;

	must_load("[card]\nreaders = ACS ACR39U ICC Reader 00 00\n");
	ck_assert_str_eq(s->card.readers, "ACS ACR39U ICC Reader 00 00");
	must_load("[card]\nreaders = *PaSoRi* , Gemalto*\n");
	for (i = 0; i < ROWS(bad); i++) {
		snprintf(text, sizeof(text), "[card]\nreaders = %s\n",
		    bad[i]);
		must_refuse(text, "a pattern is empty");
	}
	snprintf(text, sizeof(text), "[card]\nreaders = a,%0128d\n", 1);
	must_refuse(text, "longer than 127 bytes");
	must_load("");
	ck_assert_str_eq(s->card.readers, "");
	ck_assert_str_eq(s->card.anchors, "");
	ck_assert_int_eq(s->card.warn, INT64_C(60) * 86400);
}
END_TEST

START_TEST(crypto_possession_wants_a_method_that_signs)
{
	must_load("[factors]\nrequire_crypto_possession = yes\n");
	ck_assert(s->factors.require_crypto_possession);
	must_load("[factors]\nrequire_crypto_possession = yes\n"
	    "accept = password totp fido2\n");
	must_refuse("[factors]\nrequire_crypto_possession = yes\n"
	    "accept = password totp hotp\n",
	    "sekisho.conf:2: factors.require_crypto_possession = yes: none");
	must_refuse("[terminal]\nprofile = internet\n[factors]\nkinds = 1\n"
	    "require_crypto_possession = yes\naccept = password totp\n",
	    "sekisho.conf:5:");
	must_refuse("[factors]\nrequire_crypto_possession = yes\n"
	    "accept = fido2\n", "reaches 1 of the 2");
	must_load("[factors]\nrequire_crypto_possession = no\n");
}
END_TEST

START_TEST(one_kind_loads_where_the_profile_has_no_floor)
{
	must_load("[terminal]\nprofile = internet\n[factors]\nkinds = 1\n"
	    "accept = password\n");
	ck_assert_int_eq(s->factors.kinds, 1);
}
END_TEST

/* ---- layers */

START_TEST(the_last_layer_wins)
{
	make_drop_ins();
	write_file("vendor.conf", "[lockout]\ndeny = 9\nunlock = 9m\n"
	    "delay = 9s\nlifetime_cap = 9\nclock_step = 9s\n");
	write_file("sekisho.conf.d/10-a.conf", "[lockout]\ndelay = 3s\n"
	    "lifetime_cap = 33\nclock_step = 33s\n");
	write_file("sekisho.conf.d/9-b.conf", "[lockout]\nclock_step = 5s\n");
	write_file("sekisho.conf.d/B.conf", "[lockout]\nlifetime_cap = 44\n");
	write_file("sekisho.conf.d/.hidden.conf", "[lockout]\ndelay = 60s\n");
	write_file("sekisho.conf.d/z.conf.dpkg-old", "no policy at all");
	write_file("sekisho.conf.d/.conf", "no policy at all");
	must_load("[lockout]\nunlock = 22m\ndelay = 22s\n"
	    "lifetime_cap = 22\nclock_step = 22s\n");
	ck_assert_int_eq(s->lockout.deny, 9);
	ck_assert_int_eq(s->lockout.unlock, 22 * 60);
	ck_assert_int_eq(s->lockout.delay, 3);
	ck_assert_int_eq(s->lockout.lifetime_cap, 44);	/* 'B' > '1' */
	ck_assert_int_eq(s->lockout.clock_step, 5);	/* '9' > '1' */
}
END_TEST

START_TEST(a_missing_file_refuses_unless_it_may_be_absent)
{
	ck_assert_int_eq(load(), SEK_ERR_SETTINGS);
	ck_assert_ptr_nonnull(strstr(why.text, path));
	ck_assert_ptr_nonnull(strstr(why.text, "sekisho init"));
	ck_assert_int_eq(sek_settings_load_from(s, vendor, path, true, &why),
	    SEK_OK);
	make_drop_ins();
	write_file("sekisho.conf.d/a.conf", "[lockout]\ndeny = 0\n");
	ck_assert_int_eq(sek_settings_load_from(s, vendor, path, true, &why),
	    SEK_ERR_SETTINGS);
}
END_TEST

START_TEST(a_path_that_is_not_plain_refuses)
{
	static const char *const paths[] = {
		"sekisho.conf", "", "/etc//sekisho.conf", "/etc/../x", "/etc/"
	};
	int i;

	for (i = 0; i < ROWS(paths); i++)
		ck_assert_int_eq(sek_settings_load(s, paths[i], true, &why),
		    SEK_ERR_SETTINGS);
}
END_TEST

/* ---- who may write the files */

START_TEST(a_file_others_may_write_refuses)
{
	char file[128];

	must_load("");
	chmod(path, 0664);
	ck_assert_int_eq(load(), SEK_ERR_UNTRUSTED);
	ck_assert_ptr_nonnull(strstr(why.text, path));
	chmod(path, 0646);
	ck_assert_int_eq(load(), SEK_ERR_UNTRUSTED);
	chmod(path, 0600);
	ck_assert_int_eq(load(), SEK_OK);

	make_drop_ins();
	write_file("sekisho.conf.d/a.conf", "");
	snprintf(file, sizeof(file), "%s.d/a.conf", path);
	chmod(file, 0666);
	ck_assert_int_eq(load(), SEK_ERR_UNTRUSTED);
	ck_assert_ptr_nonnull(strstr(why.text, "a.conf"));
}
END_TEST

START_TEST(a_vendor_file_others_may_write_refuses)
{
	write_file("vendor.conf", "");
	chmod(vendor, 0666);
	write_file("sekisho.conf", "");
	ck_assert_int_eq(load(), SEK_ERR_UNTRUSTED);
}
END_TEST

START_TEST(a_drop_in_folder_others_may_write_refuses)
{
	char dir[128];

	must_load("");
	make_drop_ins();
	snprintf(dir, sizeof(dir), "%s.d", path);
	ck_assert_int_eq(load(), SEK_OK);
	chmod(dir, 0775);
	ck_assert_int_eq(load(), SEK_ERR_UNTRUSTED);
	chmod(dir, 01777);
	ck_assert_int_eq(load(), SEK_ERR_UNTRUSTED);
	ck_assert_int_eq(rmdir(dir), 0);
	ck_assert_int_eq(symlink("/tmp", dir), 0);
	ck_assert_int_eq(load(), SEK_ERR_UNTRUSTED);
}
END_TEST

START_TEST(what_is_no_plain_file_refuses)
{
	char real[128];

	write_file("real.conf", "");
	snprintf(real, sizeof(real), "%s/real.conf", folder);
	ck_assert_int_eq(symlink(real, path), 0);
	ck_assert_int_eq(load(), SEK_ERR_UNTRUSTED);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(load(), SEK_ERR_UNTRUSTED);
}
END_TEST

/* ---- what is shown */

struct seen {
	size_t	n;
	char	text[SEK_SETTINGS_MAX][512];	/* key|value|source|... */
	bool	deviates[SEK_SETTINGS_MAX];
};
static struct seen seen;

static enum sek_err
see(void *arg, const struct sek_setting_shown *shown)
{
	struct seen *to = arg;

	ck_assert_uint_lt(to->n, SEK_SETTINGS_MAX);
	ck_assert_str_ne(shown->help, "");
	to->deviates[to->n] = shown->deviates;
	snprintf(to->text[to->n++], sizeof(to->text[0]), "%s|%s|%s|%s|%s",
	    shown->key, shown->value, shown->source,
	    shown->recommended == NULL ? "-" : shown->recommended,
	    shown->clause);
	return (SEK_OK);
}

static void
show(void)
{
	memset(&seen, 0, sizeof(seen));
	ck_assert_msg(sek_settings_show_from(vendor, path, see, &seen, &why) ==
	    SEK_OK, "%s", why.text);
	ck_assert_uint_eq(seen.n, sek_settings_rows());
}

/* fmt takes the folder, where a file is its source. */
static void
must_show(const char *fmt, bool deviates)
{
	char want[512];
	size_t i;

	snprintf(want, sizeof(want), strchr(fmt, '%') != NULL ?
	    "%.*s%s%s" : "%.*s", (int)strcspn(fmt, "%"), fmt, folder,
	    strchr(fmt, '%') != NULL ? strchr(fmt, '%') + 1 : "");
	for (i = 0; i < seen.n; i++)
		if (strcmp(seen.text[i], want) == 0) {
			ck_assert_msg(seen.deviates[i] == deviates, "%s",
			    want);
			return;
		}
	for (i = 0; i < seen.n; i++)
		if (strncmp(seen.text[i], want, strcspn(want, "|") + 1) == 0)
			ck_abort_msg("%s\nnot: %s", seen.text[i], want);
	ck_abort_msg("not shown: %s", want);
}

START_TEST(each_value_says_where_it_came_from)
{
	make_drop_ins();
	write_file("vendor.conf", "[lockout]\nlifetime_cap = 50\n");
	write_file("sekisho.conf.d/a.conf", "\n\n[message]\nlanguage = ja\n");
	write_file("sekisho.conf", "[terminal]\nprofile = lgwan\n[lockout]\n"
	    "# 見直し\ndeny = 3\nunlock = 1800s\n"
	    "[password]\nmax_age = 90d\n");
	show();
	must_show("terminal.profile|lgwan|%/sekisho.conf:2|-|4(1)②ア", false);
	must_show("lockout.deny|3|%/sekisho.conf:5|5|7(2)④", true);
	must_show("lockout.unlock|1800s|%/sekisho.conf:6|30m|7(2)④", false);
	must_show("lockout.privileged_deny|2|derived|3|7(2)①ウ⑤", true);
	must_show("lockout.privileged_unlock|1h|profile:lgwan|1h|7(2)①ウ⑤",
	    false);
	must_show("lockout.lifetime_cap|50|%/vendor.conf:2|50|7(2)④", false);
	must_show("factors.wait|30s|builtin|30s|7(2)④", false);
	must_show("password.history|24|profile:lgwan|24|6(4)②オ", false);
	must_show("password.privileged_history|forever|profile:lgwan|forever|"
	    "7(2)①ウ⑤", false);
	must_show("password.max_age|90d|%/sekisho.conf:8|365d|6(4)②オ",
	    true);
	must_show("password.privileged_max_age|89d|derived|90d|7(2)①ウ⑤",
	    true);
	must_show("terminal.business||builtin|-|4(1)②ア", false);
	must_show("message.language|ja|%/sekisho.conf.d/a.conf:4|-|", false);
	must_show("terminal.allow_remote|no|profile:lgwan|no, or a list of"
	    " addresses|7(2)②", false);
}
END_TEST

START_TEST(deviations_are_named)
{
	write_file("sekisho.conf", "[terminal]\nallow_remote = 192.0.2.0/24\n"
	    "[factors]\naccept = ticket vendor-biometric fingerprint fido2"
	    " card-piv hotp totp password\none_line = yes\n"
	    "[audit]\non_failure = warn\n[store]\npath = /srv/s.db\n");
	show();
	must_show("terminal.allow_remote|192.0.2.0/24|%/sekisho.conf:2|no|"
	    "7(2)②", true);
	must_show("factors.accept|ticket vendor-biometric fingerprint fido2"
	    " card-piv hotp totp password|%/sekisho.conf:4|password totp hotp"
	    " card-piv fido2 fingerprint vendor-biometric ticket|5(4)④",
	    false);
	must_show("factors.one_line|yes|%/sekisho.conf:5|no|5(4)④", true);
	must_show("audit.on_failure|warn|%/sekisho.conf:7|deny|7(1)⑥ア",
	    true);
	must_show("store.path|/srv/s.db|%/sekisho.conf:9|-|7(2)⑤ア", false);

	write_file("sekisho.conf", "[terminal]\nprofile = internet\n"
	    "allow_remote = 192.0.2.0/24\n");
	show();
	must_show("terminal.allow_remote|192.0.2.0/24|%/sekisho.conf:3|no, or"
	    " a list of addresses|7(2)②", false);
	write_file("sekisho.conf", "[terminal]\nprofile = internet\n"
	    "allow_remote = yes\n");
	show();
	must_show("terminal.allow_remote|yes|%/sekisho.conf:3|no, or a list of"
	    " addresses|7(2)②", true);
}
END_TEST

START_TEST(showing_refuses_what_loading_refuses)
{
	write_file("sekisho.conf", "[lockout]\ndeny = 0\n");
	memset(&seen, 0, sizeof(seen));
	ck_assert_int_eq(sek_settings_show_from(vendor, path, see, &seen,
	    &why), SEK_ERR_SETTINGS);
	ck_assert_uint_eq(seen.n, 0);
	ck_assert_ptr_nonnull(strstr(why.text, ":2:"));
}
END_TEST

/* Equal policies have equal hashes, however written and wherever. */
START_TEST(the_hash_is_of_the_policy)
{
	char before[SEK_HASH_HEX];

	must_load("[terminal]\nid = a\n[lockout]\nunlock = 1h\n[terminal]\n"
	    "allow_users = a b\n");
	ck_assert_uint_eq(strlen(s->hash), 64);
	strcpy(before, s->hash);
	must_load("[terminal]\nid = b\nallow_users = a,  b\n[lockout]\n"
	    "# one hour\nunlock = 3600s\ndeny = 3\n");
	ck_assert_str_eq(s->hash, before);
	must_load("[terminal]\nallow_users = a b\n[lockout]\nunlock = 61m\n");
	ck_assert_str_ne(s->hash, before);
}
END_TEST

START_TEST(profiles_have_names)
{
	enum sek_profile p = SEK_PROFILE_INTERNET;
	unsigned i;

	for (i = 0; i < SEK_PROFILES; i++) {
		ck_assert_int_eq(sek_profile_parse(&p,
		    sek_profile_name((enum sek_profile)i)), SEK_OK);
		ck_assert_uint_eq((unsigned)p, i);
	}
	ck_assert_int_ne(sek_profile_parse(&p, "Lgwan"), SEK_OK);
	ck_assert_uint_eq((unsigned)p, SEK_PROFILES - 1);
	ck_assert_ptr_null(sek_profile_name((enum sek_profile)SEK_PROFILES));
}
END_TEST

/* ---- sekisho.conf(5) and the example hold every key, and no other */

static char *
read_source(const char *name)
{
	const char *top = getenv("SEK_SRCDIR");
	char file[1024], *text;
	size_t len;
	FILE *f;

	snprintf(file, sizeof(file), "%s/%s", top == NULL ? "." : top, name);
	ck_assert_msg((f = fopen(file, "r")) != NULL, "%s", file);
	ck_assert_ptr_nonnull(text = calloc(1, 200000));
	len = fread(text, 1, 199999, f);
	ck_assert_uint_lt(len, 199999);
	fclose(f);
	return (text);
}

/* The default as the page writes it: one, or three with slashes. */
static void
print_default(char *dst, size_t size, const struct sek_setting_row *row)
{
	const char *v = row->value[0];

	if (strcmp(v, row->value[1]) != 0 || strcmp(v, row->value[2]) != 0)
		snprintf(dst, size, "Default: %s / %s / %s.\n", v,
		    row->value[1], row->value[2]);
	else if (strncmp(v, SEK_SYSCONFDIR, strlen(SEK_SYSCONFDIR)) == 0)
		snprintf(dst, size, "Default: /etc/sekisho%s.\n",
		    v + strlen(SEK_SYSCONFDIR));
	else if (strncmp(v, SEK_DATADIR, strlen(SEK_DATADIR)) == 0)
		snprintf(dst, size, "Default: /usr/share/sekisho%s.\n",
		    v + strlen(SEK_DATADIR));
	else if (strncmp(v, SEK_STATEDIR, strlen(SEK_STATEDIR)) == 0)
		snprintf(dst, size, "Default: /var/lib/sekisho%s.\n",
		    v + strlen(SEK_STATEDIR));
	else
		snprintf(dst, size, "Default: %s.\n",
		    *v == '\0' ? "none" : v);
}

START_TEST(the_man_page_tells_of_every_key)
{
	char *page = read_source("man/sekisho.conf.5"), *at = page, *end;
	char want[256], name[64];
	size_t i;

	for (i = 0; i < sek_settings_rows(); i++) {
		sek_settings_row_name(name, sizeof(name), i);
		snprintf(want, sizeof(want), "\n.It Ic %s\n", name);
		ck_assert_msg((at = strstr(at, want)) != NULL,
		    "sekisho.conf(5) does not tell of %s in its place", name);
		at++;
		end = strstr(at, "\n.It Ic ");
		print_default(want, sizeof(want), sek_settings_row(i));
		ck_assert_msg(strstr(at, want) != NULL &&
		    (end == NULL || strstr(at, want) < end),
		    "sekisho.conf(5) %s: does not say \"%s\"", name, want);
	}
	ck_assert_msg(strstr(at, "\n.It Ic ") == NULL,
	    "sekisho.conf(5) tells of more keys than there are: %.40s",
	    strstr(at, "\n.It Ic "));
	free(page);
}
END_TEST

/* Take the '#' off each "#key = value" line. */
static void
uncomment(char *text)
{
	char *line;

	for (line = text; line != NULL; line = strchr(line + 1, '\n')) {
		line += *line == '\n';
		if (line[0] == '#' && line[1] >= 'a' && line[1] <= 'z')
			line[0] = ' ';
	}
}

START_TEST(the_example_holds_every_key_and_loads)
{
	char *text = read_source("conf/sekisho.conf");
	size_t i;

	must_load(text);
	show();
	for (i = 0; i < seen.n; i++)
		ck_assert_msg(strstr(seen.text[i], folder) == NULL,
		    "the example sets %s", seen.text[i]);
	uncomment(text);
	must_load(text);
	show();
	for (i = 0; i < seen.n; i++) {
		ck_assert_msg(strstr(seen.text[i], folder) != NULL,
		    "not in the example: %s", seen.text[i]);
		ck_assert_msg(!seen.deviates[i], "the example deviates: %s",
		    seen.text[i]);
	}
	free(text);
}
END_TEST

static void
add_loops(TCase *t)
{
	tcase_add_loop_test(t, every_key_changes_its_own_field, 0,
	    ROWS(flips));
	tcase_add_loop_test(t, each_profile_has_its_numbers, 0, 3);
	tcase_add_loop_test(t, each_profile_has_its_numbers_of_passwords, 0,
	    3);
	tcase_add_loop_test(t, laxities_refuse, 0, ROWS(faults));
	tcase_add_loop_test(t, each_profile_has_its_numbers_of_sessions, 0,
	    3);
	tcase_add_loop_test(t, bad_values_refuse, 0, ROWS(values));
}

static void
add_values(TCase *t)
{
	tcase_add_test(t, every_key_has_a_flip);
	tcase_add_test(t, values_are_read_as_meant);
	tcase_add_test(t, without_a_line_it_is_mynumber);
	tcase_add_test(t, bytes_that_are_no_text_refuse);
	tcase_add_test(t, blanks_and_comments_are_no_fault);
	tcase_add_test(t, the_environment_changes_nothing);
	tcase_add_test(t, a_long_value_does_not_push_the_reason_out);
	tcase_add_test(t, what_a_later_version_has_refuses_by_name);
	tcase_add_test(t, an_overridden_fault_refuses_too);
	tcase_add_test(t, a_session_locks_before_it_ends);
	tcase_add_test(t, windows_are_shown_as_they_were_written);
	tcase_add_test(t, a_name_of_an_organisation_has_its_bounds);
	tcase_add_test(t, words_of_security_keys_are_those_of_the_model);
	tcase_add_test(t, floors_refuse_and_name_the_clause);
	tcase_add_test(t, a_privileged_limit_is_never_weaker);
	tcase_add_test(t, a_privileged_limit_nobody_wrote_follows);
	tcase_add_test(t, a_spread_is_a_third_of_its_age_at_most);
	tcase_add_test(t, a_password_is_changed_by_age_or_by_logins);
	tcase_add_test(t, a_privileged_password_is_never_weaker);
	tcase_add_test(t, a_privileged_password_nobody_wrote_of_follows);
	tcase_add_test(t, methods_that_never_reach_the_kinds_refuse);
	tcase_add_test(t, possession_is_asked_for_by_profile);
	tcase_add_test(t, living_traits_have_tries_a_pause_and_a_life);
	tcase_add_test(t, security_keys_reach_what_policy_counts_of_them);
	tcase_add_test(t, cards_reach_what_policy_counts_of_them);
	tcase_add_test(t, readers_are_patterns_by_commas);
	tcase_add_test(t, crypto_possession_wants_a_method_that_signs);
	tcase_add_test(t, one_kind_loads_where_the_profile_has_no_floor);
}

static void
add_files(TCase *t)
{
	tcase_add_test(t, the_last_layer_wins);
	tcase_add_test(t, a_missing_file_refuses_unless_it_may_be_absent);
	tcase_add_test(t, a_path_that_is_not_plain_refuses);
	tcase_add_test(t, a_file_others_may_write_refuses);
	tcase_add_test(t, a_vendor_file_others_may_write_refuses);
	tcase_add_test(t, a_drop_in_folder_others_may_write_refuses);
	tcase_add_test(t, what_is_no_plain_file_refuses);
	tcase_add_test(t, each_value_says_where_it_came_from);
	tcase_add_test(t, deviations_are_named);
	tcase_add_test(t, showing_refuses_what_loading_refuses);
	tcase_add_test(t, the_hash_is_of_the_policy);
	tcase_add_test(t, profiles_have_names);
	tcase_add_test(t, the_man_page_tells_of_every_key);
	tcase_add_test(t, the_example_holds_every_key_and_loads);
}

int
main(void)
{
	TCase *t = tcase_create("edge_settings");

	tcase_add_checked_fixture(t, setup, teardown);
	add_loops(t);
	add_values(t);
	add_files(t);
	return (unit_run_case("edge_settings", t));
}
