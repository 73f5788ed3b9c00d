/*
 * test_edge_card.c - card.so through the real pcscd, with software cards
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/wait.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/file.h"

#include "../../common/edge/card/card.h"
#include "../emulators/card/rig.h"
#include "unit.h"

#define WAIT	(30 * SEK_SECOND)	/* of a busy machine, too */
#define SHORT	(SEK_SECOND / 2)
#define REACHED	(2 * SEK_SECOND)	/* to come as far as the PIN, and to
					 * be ended there */
#define SLACK	(20 * SEK_SECOND)	/* of a busy machine: without a bound
					 * there is no end at all */
#define PIV	"00a4040005a00000030800"
#define ASK	"00200080"
#define VERIFY	"0020008008313233343536ffff"

static struct cardrig rig;
static struct softcard one, two;
static struct sek_card_signature s;
static struct sek_card_made made;

/* ----------------------------------------------- card.so's of this build -- */

void		*__real_dlopen(const char *path, int flags);
void		*__wrap_dlopen(const char *path, int flags);
enum sek_err	 __wrap_sek_file_open(int *fd, const char *path,
		    enum sek_file_privacy privacy, struct sek_why *why);

static const char *
object_path(void)
{
	static char path[PATH_MAX];
	const char *build = getenv("SEK_BUILDDIR");

	(void)snprintf(path, sizeof(path), "%s/card.so",
	    build != NULL ? build : ".");
	return (path);
}

void *
__wrap_dlopen(const char *path, int flags)
{

	if (path != NULL && strcmp(path, SEK_LIBEXECDIR "/card.so") == 0) {
		ck_assert_int_ne(flags & RTLD_NODELETE, 0);
		path = object_path();
	}
	return (__real_dlopen(path, flags));
}

enum sek_err
__wrap_sek_file_open(int *fd, const char *path,
    enum sek_file_privacy privacy, struct sek_why *why)
{

	(void)why;
	ck_assert_str_eq(path, SEK_LIBEXECDIR "/card.so");
	ck_assert_int_eq(privacy, SEK_FILE_PUBLIC);
	*fd = open(object_path(), O_RDONLY | O_CLOEXEC);
	return (*fd >= 0 ? SEK_OK : SEK_ERR_NOT_FOUND);
}

/* -------------------------------------------------------------- helpers -- */

static struct sek_secret
secret(const char *text)
{
	struct sek_secret p = { 0 };

	ck_assert_int_eq(sek_secret_string(&p, text), SEK_OK);
	return (p);
}

static struct sek_card_place
place(int64_t wait)
{
	struct sek_card_place p = { .readers = "", .anchors = "",
	    .reader = "", .wait = wait };

	p.now = (int64_t)time(NULL);
	return (p);
}

static const char *
word(uint32_t end)
{

	return (sek_card_end_name((enum sek_card_end)end));
}

/* Enrol what is in this reader; it must go well. */
static struct sek_card
enrol(const char *reader, enum sek_card_driver driver, uint32_t key,
    const char *pin)
{
	struct sek_card_read in = { .place = place(WAIT), .driver = driver,
	    .key = key, .prove = true };
	struct sek_secret p = secret(pin);
	struct sek_why why = { .text = "" };

	in.place.reader = reader;
	in.pin = &p;
	ck_assert_msg(sek_card_read(&made, &in, &why) == SEK_OK, "%s",
	    why.text);
	ck_assert_str_eq(word(made.end), "ok");
	ck_assert_uint_eq(made.proved, 1);
	sek_secret_free(&p);
	return (made.card);
}

/* Have one of these sign; its word. */
static const char *
sign(const struct sek_card *card, size_t n, const char *pin, int64_t wait)
{
	struct sek_card_request in = { .place = place(wait), .card = card,
	    .n = n, .methods = ~0u };
	struct sek_secret p = secret(pin != NULL ? pin : "");
	struct sek_why why = { .text = "" };
	int64_t start = sek_child_clock();
	enum sek_err err;

	memset(in.challenge, 0x5C, sizeof(in.challenge));
	in.pin = pin != NULL ? &p : NULL;
	err = sek_card_sign(&s, &in, &why);
	ck_assert_msg(err == SEK_OK, "%s", why.text);
	ck_assert_int_le(sek_child_clock() - start, wait + SLACK);
	sek_secret_free(&p);
	if (s.end == SEK_CARD_END_OK)
		ck_assert_int_eq(sek_card_verify(&s, &card[s.card],
		    in.challenge, NULL), SEK_OK);
	return (word(s.end));
}

static int
slot(const char *verb, const char *a, const char *b, const char *c)
{

	return (cardrig_slot(&rig,
	    (const char *const[]){ verb, "00 00", a, b, c, NULL }));
}

static unsigned
entries(const char *path)
{
	struct dirent *e;
	unsigned count = 0;
	DIR *d = opendir(path);

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL)
		count++;
	(void)closedir(d);
	return (count);
}

/* Ours: pcscd and the cards among them. */
static unsigned
children(void)
{
	char path[64], text[4096];
	unsigned count = 0;
	size_t n, i;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children",
	    (int)getpid());
	ck_assert_ptr_nonnull(f = fopen(path, "re"));
	n = fread(text, 1, sizeof(text), f);
	(void)fclose(f);
	for (i = 0; i < n; i++)
		count += text[i] == ' ';
	return (count);
}

/* A process beside the test: one at a time, and it ends with the test, also
 * where that fails. */
static struct {
	pid_t	pid;		/* 0: none */
	int	fd;		/* it ends with this pipe; -1: by itself */
} beside = { 0, -1 };

/* true: in it. */
static bool
beside_begin(void)
{

	ck_assert_int_eq(beside.pid, 0);
	ck_assert_int_ge(beside.pid = fork(), 0);
	return (beside.pid == 0);
}

static void
beside_end(void)
{
	const pid_t pid = beside.pid;

	if (beside.fd >= 0)
		(void)close(beside.fd);
	beside.fd = -1;
	beside.pid = 0;
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/* Another program that keeps the card, till beside_end. */
static void
keep_by_other(const char *verb)
{
	char program[600], byte;
	int in[2], out[2];

	(void)snprintf(program, sizeof(program), "%s/slot", rig.bin);
	ck_assert_int_eq(pipe2(in, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	if (beside_begin()) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		(void)execl(program, "slot", verb, "00 00", "0", (char *)NULL);
		_exit(127);
	}
	beside.fd = in[1];
	(void)close(in[0]);
	(void)close(out[1]);
	ck_assert_int_eq(read(out[0], &byte, 1), 1);
	(void)close(out[0]);
}

/* What a test that failed has left is not the next one's. */
static void
teardown(void)
{

	if (beside.pid > 0) {
		(void)kill(beside.pid, SIGKILL);
		beside_end();
	}
	if (rig.pcscd > 0)
		(void)kill(rig.pcscd, SIGCONT);
	if (rig.pcscd <= 0 || waitpid(rig.pcscd, NULL, WNOHANG) != 0) {
		rig.pcscd = 0;
		ck_assert(cardrig_up(&rig));
	}
	softcard_remove(&one, &rig);
	softcard_remove(&two, &rig);
}

static void
insert(struct softcard *c, const char *type, int at, const char *knobs)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "%s%d", type, at);
	ck_assert(softcard_insert(c, &rig, name, type, at, knobs));
	softcard_forget_log(c);
}

/* ----------------------------------------------------------------- tests -- */

START_TEST(each_card_is_read_shown_and_signs)
{
	static const struct {
		const char		*type, *pin;
		enum sek_card_driver	driver;
		uint32_t		key;
		const char		*knobs;
		enum sek_card_algorithm	algorithm;
	} rows[] = {
		{ "jpki", "1234", SEK_CARD_JPKI, 0, "", SEK_CARD_RSA2048 },
		{ "piv", "123456", SEK_CARD_PIV, 0x9A, "", SEK_CARD_RSA2048 },
		{ "piv", "123456", SEK_CARD_PIV, 0x9E, "", SEK_CARD_RSA2048 },
		{ "piv", "123456", SEK_CARD_PIV, 0x9A, "key=p256\n",
		    SEK_CARD_P256 },
		{ "piv", "123456", SEK_CARD_PIV, 0x9A, "key=p384\n",
		    SEK_CARD_P384 },
		{ "piv", "123456", SEK_CARD_PIV, 0x9A, "key=rsa3072\n",
		    SEK_CARD_RSA3072 },
	};
	struct sek_card_seen seen[4];
	struct sek_card_place p = place(WAIT);
	enum sek_card_end end;
	struct sek_card card;
	bool present;
	size_t i, n;

	ck_assert_int_eq(sek_card_present(&present, &p, NULL), SEK_OK);
	ck_assert(!present);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		insert(&one, rows[i].type, 0, rows[i].knobs);
		card = enrol("", rows[i].driver, rows[i].key, rows[i].pin);
		ck_assert_uint_eq(card.brief.algorithm, rows[i].algorithm);
		ck_assert_uint_eq(card.brief.key, rows[i].key);
		softcard_forget_log(&one);
		ck_assert_str_eq(sign(&card, 1, rows[i].pin, WAIT), "ok");
		ck_assert_uint_eq(s.pin_sent, rows[i].key == 0x9E ? 0 : 1);
		ck_assert_uint_eq(s.verified, s.pin_sent);
		ck_assert_uint_eq(softcard_logged(&one, "apdu ") +
		    softcard_logged(&one, "verify "), s.apdus);
		ck_assert_uint_eq(softcard_logged(&one, "verify "),
		    s.pin_sent);
		ck_assert_uint_eq(softcard_logged(&one, "forbidden"), 0);
		ck_assert_int_eq(sek_card_present(&present, &p, NULL), SEK_OK);
		ck_assert(present);
		softcard_forget_log(&one);
		ck_assert_int_eq(sek_card_list(seen, 4, &n, &end, &p, NULL),
		    SEK_OK);
		ck_assert_str_eq(word(end), "ok");
		ck_assert_uint_eq(n, 2);
		ck_assert_str_eq(seen[0].reader, CARDRIG_READER0);
		ck_assert_str_eq(word(seen[0].end), "ok");
		ck_assert_uint_eq(seen[0].driver, rows[i].driver);
		ck_assert_uint_eq(seen[0].tries, 3);
		ck_assert_uint_gt(seen[0].atr_len, 0);
		ck_assert_int_gt(seen[0].not_after, p.now);
		ck_assert_uint_eq(seen[1].card, 0);
		ck_assert_str_eq(word(seen[1].end), "no-card");
		ck_assert_uint_eq(softcard_logged(&one, "verify "), 0);
		softcard_remove(&one, &rig);
	}
}
END_TEST

START_TEST(one_without_a_key_is_shown_as_what_it_is)
{
	static const struct {
		const char	*knobs, *end;
		bool		 is_uid;
	} rows[] = {
		{ "", "ok", true },
		{ "uid=7\n", "ok", true },
		{ "uid=random\n", "weak", true },
		{ "uid=b\n", "weak", true },
		{ "uid=short\n", "garbage", false },
		{ "sw.ca=6a81\n", "unknown", false },
	};
	struct sek_card_place p = place(WAIT);
	struct sek_card_seen seen[4];
	enum sek_card_end end;
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		insert(&one, "uid", 0, rows[i].knobs);
		ck_assert_int_eq(sek_card_list(seen, 4, &n, &end, &p, NULL),
		    SEK_OK);
		ck_assert_str_eq(word(seen[0].end), rows[i].end);
		ck_assert_uint_eq(seen[0].card, 1);
		ck_assert_uint_eq(seen[0].driver, rows[i].is_uid ?
		    SEK_CARD_UID : SEK_CARD_DRIVERS);
		softcard_remove(&one, &rig);
	}
}
END_TEST

START_TEST(his_is_found_among_two)
{
	struct sek_card cards[2];

	insert(&one, "jpki", 0, "");
	insert(&two, "piv", 1, "");
	cards[0] = enrol(CARDRIG_READER0, SEK_CARD_JPKI, 0, "1234");
	cards[1] = enrol(CARDRIG_READER1, SEK_CARD_PIV, 0x9A, "123456");
	softcard_forget_log(&one);
	softcard_forget_log(&two);
	ck_assert_str_eq(sign(&cards[1], 1, "123456", WAIT), "ok");
	ck_assert_str_eq(s.seen.reader, CARDRIG_READER1);
	ck_assert_uint_eq(softcard_logged(&one, "verify "), 0);
	ck_assert_str_eq(sign(cards, 1, "1234", WAIT), "ok");
	ck_assert_str_eq(s.seen.reader, CARDRIG_READER0);
	ck_assert_uint_eq(softcard_logged(&two, "verify "), 1);
	/* One that hangs keeps no other. */
	softcard_knobs(&one, "hang=1\n");
	ck_assert_str_eq(sign(&cards[1], 1, "123456", 4 * SEK_SECOND), "ok");
	softcard_knobs(&one, "");
	softcard_remove(&one, &rig);
	ck_assert_str_eq(sign(&cards[0], 1, "1234", WAIT), "others");
	softcard_remove(&two, &rig);
	ck_assert_str_eq(sign(&cards[0], 1, "1234", WAIT), "no-card");
}
END_TEST

START_TEST(no_status_of_the_pin_is_left)
{
	struct sek_card card;

	insert(&one, "piv", 0, "");
	card = enrol("", SEK_CARD_PIV, 0x9A, "123456");
	/* What others leave, so that it could be seen. */
	ck_assert_int_eq(slot("apdu", PIV, VERIFY, NULL), 0);
	softcard_forget_log(&one);
	ck_assert_int_eq(slot("apdu", PIV, ASK, NULL), 0);
	ck_assert_uint_eq(softcard_logged(&one, "apdu " ASK " -> 9000"), 1);
	/* A wrong PIN is none, though another's status is there. */
	ck_assert_int_eq(slot("apdu", PIV, VERIFY, NULL), 0);
	ck_assert_str_eq(sign(&card, 1, "654321", WAIT), "pin-wrong");
	ck_assert_uint_eq(s.verified, 0);
	ck_assert_uint_eq(s.signature_len, 0);
	ck_assert_uint_eq(s.seen.tries, 2);
	ck_assert_int_eq(slot("apdu", PIV, VERIFY, NULL), 0);
	ck_assert_str_eq(sign(&card, 1, "123456", WAIT), "ok");
	softcard_forget_log(&one);
	ck_assert_int_eq(slot("apdu", PIV, ASK, NULL), 0);
	ck_assert_uint_eq(softcard_logged(&one, "apdu " ASK " -> 63c3"), 1);
	softcard_remove(&one, &rig);
}
END_TEST

/* In the child: a PIN that is right, and then it is gone. */
static void
verify_and_die(const struct device_job *job, void *frame)
{
	static const uint8_t select[] = { 0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8,
	    0 };
	static const uint8_t verify[] = { 0, 0x20, 0, 0x80, 8, '1', '2', '3',
	    '4', '5', '6', 0xFF, 0xFF };
	const bool *hangs = job->in;
	struct card_link *l;
	uint8_t answer[300];
	size_t len;

	(void)frame;
	if (card_open(&l) != SEK_CARD_END_OK ||
	    card_connect(l, CARDRIG_READER0) != SEK_CARD_END_OK ||
	    card_transmit(l, select, sizeof(select), answer, sizeof(answer),
	    &len) != SEK_CARD_END_OK ||
	    card_transmit(l, verify, sizeof(verify), answer, sizeof(answer),
	    &len) != SEK_CARD_END_OK)
		_exit(1);
	while (*hangs)
		(void)pause();
	(void)raise(SIGKILL);
}

static enum device_frame
no_frame(const struct device_job *job, const void *frame)
{

	(void)job;
	(void)frame;
	return (DEVICE_FRAME_BAD);
}

START_TEST(a_child_killed_after_verify_leaves_none_either)
{
	enum device_said said;
	bool hangs;
	char frame;
	int turn;

	insert(&one, "piv", 0, "");
	for (turn = 0; turn < 6; turn++) {
		struct device_job job = { .work = verify_and_die,
		    .check = no_frame, .what = "a card", .size = 1,
		    .in = &hangs };

		hangs = turn % 2 == 0;
		softcard_forget_log(&one);
		/* Time enough to get as far as VERIFY. */
		sek_child_job_time(&job, sek_child_clock(),
		    hangs ? 2 * SEK_SECOND :
		    WAIT);
		ck_assert_int_eq(sek_child_run(&job, &frame, &said, NULL),
		    SEK_OK);
		ck_assert_int_eq(said, hangs ? DEVICE_SAID_NOTHING :
		    DEVICE_SAID_NONSENSE);
		/* At once, with no time for pcscd to see it. */
		ck_assert_int_eq(slot("apdu", PIV, ASK, NULL), 0);
		ck_assert_uint_eq(softcard_logged(&one, "verify 8 bytes -> "
		    "9000"), 1);
		/* pcscd's own reset may come between the SELECT and this:
		 * then it knows no such command. */
		ck_assert_uint_eq(softcard_logged(&one, "apdu " ASK " -> "),
		    1);
		ck_assert_uint_eq(softcard_logged(&one, "apdu " ASK
		    " -> 9000"), 0);
	}
	softcard_remove(&one, &rig);
}
END_TEST

START_TEST(another_programs_transaction_is_waited_for_so_long)
{
	struct sek_card card;

	insert(&one, "jpki", 0, "");
	card = enrol("", SEK_CARD_JPKI, 0, "1234");
	softcard_forget_log(&one);
	keep_by_other("hold");
	ck_assert_str_eq(sign(&card, 1, "1234", SEK_SECOND), "busy");
	ck_assert_uint_eq(s.pin_sent, 0);
	ck_assert_uint_eq(softcard_logged(&one, "apdu"), 0);
	beside_end();
	ck_assert_str_eq(sign(&card, 1, "1234", WAIT), "ok");
	/* Exclusively: told at once. */
	keep_by_other("own");
	ck_assert_str_eq(sign(&card, 1, "1234", WAIT), "busy");
	beside_end();
	ck_assert_str_eq(sign(&card, 1, "1234", WAIT), "ok");
	ck_assert_int_eq(softcard_tries(&one), 3);
	softcard_remove(&one, &rig);
}
END_TEST

/* Whenever it happens: it signs, or says that it was reset; and no VERIFY goes
 * out twice. */
START_TEST(others_may_reset_it_at_any_time)
{
	struct sek_card card;
	unsigned well = 0, turn;
	size_t sent = 0;

	insert(&one, "piv", 0, "");
	card = enrol("", SEK_CARD_PIV, 0x9A, "123456");
	softcard_forget_log(&one);
	if (beside_begin())
		_exit(slot("reset", "200", "7", NULL));
	for (turn = 0; turn < 40; turn++) {
		const char *end = sign(&card, 1, "123456", WAIT);

		if (strcmp(end, "ok") == 0)
			well++;
		else
			ck_assert_str_eq(end, "reset");
		sent += s.pin_sent;
	}
	beside_end();
	ck_assert_uint_gt(well, 0);
	ck_assert_uint_eq(softcard_logged(&one, "verify "), sent);
	ck_assert_int_eq(softcard_tries(&one), 3);
	softcard_remove(&one, &rig);
}
END_TEST

/*
 * Out, and in again: long enough for pcscd to look in between, which it does
 * every 400 ms. One that was back sooner, after a reset came to nothing, is
 * "empty" to it for ever.
 */
static void
put_back(const char *type)
{
	const struct timespec look = { 0, 700000000 };

	softcard_remove(&one, &rig);
	(void)nanosleep(&look, NULL);
	insert(&one, type, 0, "");
}

static void
fault(const struct sek_card *card, const char *pin, const char *knob,
    const char *expect, int64_t wait)
{
	const char *end;

	softcard_forget_log(&one);
	softcard_knobs(&one, knob);
	end = sign(card, 1, pin, wait);
	ck_assert_msg(strstr(expect, end) != NULL, "%s: %s", knob, end);
	ck_assert_uint_eq(s.signature_len, 0);
	/* Sent once at most; and whatever may have counted is told. */
	ck_assert_uint_le(softcard_logged(&one, "verify "), 1);
	ck_assert_uint_ge(s.pin_sent, softcard_logged(&one, "verify "));
}

static void
at_each(const char *type, enum sek_card_driver driver, const char *pin,
    const char *name, const char *expect, bool back)
{
	struct sek_card card;
	char knob[64];
	unsigned at, all;

	insert(&one, type, 0, "");
	card = enrol("", driver, driver == SEK_CARD_PIV ? 0x9A : 0, pin);
	ck_assert_str_eq(sign(&card, 1, pin, WAIT), "ok");
	for (all = s.apdus, at = 1; at <= all; at++) {
		(void)snprintf(knob, sizeof(knob), "%s=%u\n", name, at);
		fault(&card, pin, knob, expect, WAIT);
		if (at == all)
			ck_assert_uint_eq(s.pin_sent, 1);
		if (back)
			put_back(type);
		else
			softcard_knobs(&one, "");
		ck_assert_str_eq(sign(&card, 1, pin, WAIT), "ok");
	}
	softcard_remove(&one, &rig);
}

START_TEST(taken_away_at_each_command)
{

	at_each("jpki", SEK_CARD_JPKI, "1234", "eject", "gone", true);
	at_each("piv", SEK_CARD_PIV, "123456", "eject", "gone", true);
}
END_TEST

START_TEST(one_byte_at_each_command)
{

	at_each("jpki", SEK_CARD_JPKI, "1234", "short", "garbage", false);
	at_each("piv", SEK_CARD_PIV, "123456", "short", "garbage", false);
}
END_TEST

/* No answer, or an answer of no byte, which pcscd waits behind for ever. */
START_TEST(silence_at_each_kind_of_command)
{
	static const char *const knobs[] = { "hang=select\n", "hang=read\n",
	    "hang=tries\n", "hang=verify\n", "hang=verify+\n",
	    "hang=sign\n", "hang=sign+\n", "empty=read\n", "empty=verify\n",
	    "empty=sign\n" };
	struct sek_card card;
	bool reaches;
	size_t i;

	insert(&one, "jpki", 0, "");
	card = enrol("", SEK_CARD_JPKI, 0, "1234");
	for (i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++) {
		reaches = strstr(knobs[i], "verify") != NULL ||
		    strstr(knobs[i], "sign") != NULL;
		fault(&card, "1234", knobs[i], "silent gone", reaches ?
		    REACHED : SHORT);
		ck_assert_uint_eq(s.pin_sent, reaches);
		/* While it hangs, others wait no longer than they like. */
		(void)sign(&card, 1, "1234", SHORT);
		ck_assert_uint_eq(s.pin_sent, 0);
		put_back("jpki");
		ck_assert_str_eq(sign(&card, 1, "1234", WAIT), "ok");
	}
	softcard_remove(&one, &rig);
}
END_TEST

START_TEST(a_pcscd_that_is_away_and_back)
{
	struct sek_card_seen seen[4];
	struct sek_card_place p = place(WAIT);
	enum sek_card_end end;
	struct sek_card card;
	bool present = true;
	size_t n;

	insert(&one, "jpki", 0, "");
	card = enrol("", SEK_CARD_JPKI, 0, "1234");
	cardrig_stop(&rig);
	ck_assert_str_eq(sign(&card, 1, "1234", WAIT), "no-service");
	ck_assert_int_eq(sek_card_present(&present, &p, NULL), SEK_OK);
	ck_assert(!present);
	ck_assert_int_eq(sek_card_list(seen, 4, &n, &end, &p, NULL), SEK_OK);
	ck_assert_str_eq(word(end), "no-service");
	ck_assert_uint_eq(n, 0);
	ck_assert(cardrig_up(&rig));
	ck_assert_int_eq(slot("wait", "present", NULL, NULL), 0);
	ck_assert_str_eq(sign(&card, 1, "1234", WAIT), "ok");
	/* It is there, but says nothing: as it may when it is being started. */
	ck_assert_int_eq(kill(rig.pcscd, SIGSTOP), 0);
	p = place(SHORT);
	ck_assert_int_eq(sek_card_present(&present, &p, NULL), SEK_OK);
	ck_assert(!present);
	ck_assert_str_eq(sign(&card, 1, "1234", SHORT), "silent");
	ck_assert_uint_eq(s.pin_sent, 0);
	ck_assert_int_eq(kill(rig.pcscd, SIGCONT), 0);
	ck_assert_str_eq(sign(&card, 1, "1234", WAIT), "ok");
	softcard_remove(&one, &rig);
}
END_TEST

/* Killed at one command or another: told as a card that is gone; and the next
 * one finds a pcscd that is new. */
START_TEST(a_pcscd_that_dies_meanwhile)
{
	static const char *const at[] = { "inserted", "apdu 00b0",
	    "verify " };
	struct sek_card card;
	size_t i;

	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		insert(&one, "jpki", 0, "");
		card = enrol("", SEK_CARD_JPKI, 0, "1234");
		softcard_knobs(&one, "slow=50\n");
		softcard_forget_log(&one);
		if (beside_begin()) {
			if (i > 0)
				(void)softcard_await(&one, at[i], 1, 5000);
			_exit(kill(rig.pcscd, SIGKILL) == 0 ? 0 : 1);
		}
		(void)sign(&card, 1, "1234", WAIT);
		ck_assert_msg(s.end == SEK_CARD_END_GONE ||
		    s.end == SEK_CARD_END_NO_SERVICE || i == 0, "%s: %s",
		    at[i], word(s.end));
		ck_assert_uint_eq(s.pin_sent, i == 2);
		ck_assert_uint_le(softcard_logged(&one, "verify "), 1);
		beside_end();
		cardrig_stop(&rig);
		ck_assert(cardrig_up(&rig));
		softcard_knobs(&one, "");
		ck_assert_int_eq(slot("wait", "present", NULL, NULL), 0);
		ck_assert_str_eq(sign(&card, 1, "1234", WAIT), "ok");
		softcard_remove(&one, &rig);
	}
}
END_TEST

START_TEST(the_environment_leads_to_no_other_pcscd)
{
	struct sek_card card;

	insert(&one, "jpki", 0, "");
	card = enrol("", SEK_CARD_JPKI, 0, "1234");
	ck_assert_int_eq(setenv("PCSCLITE_CSOCK_NAME", "/nonexistent", 1), 0);
	ck_assert_str_eq(sign(&card, 1, "1234", WAIT), "ok");
	ck_assert_str_eq(getenv("PCSCLITE_CSOCK_NAME"), "/nonexistent");
	(void)unsetenv("PCSCLITE_CSOCK_NAME");
	softcard_remove(&one, &rig);
}
END_TEST

START_TEST(the_policys_readers_are_looked_at_alone)
{
	struct sek_card_place p = place(WAIT);
	struct sek_card_seen seen[4];
	enum sek_card_end end;
	bool present;
	size_t n;

	insert(&one, "jpki", 0, "");
	p.readers = "Virtual PCD 00 01";
	ck_assert_int_eq(sek_card_present(&present, &p, NULL), SEK_OK);
	ck_assert(!present);
	ck_assert_int_eq(sek_card_list(seen, 4, &n, &end, &p, NULL), SEK_OK);
	ck_assert_uint_eq(n, 1);
	p.readers = "Nothing, *00 00";
	ck_assert_int_eq(sek_card_present(&present, &p, NULL), SEK_OK);
	ck_assert(present);
	p.readers = "Nothing";
	ck_assert_int_eq(sek_card_list(seen, 4, &n, &end, &p, NULL), SEK_OK);
	ck_assert_str_eq(word(end), "no-reader");
	ck_assert_uint_eq(softcard_logged(&one, "apdu"), 0);
	softcard_remove(&one, &rig);
}
END_TEST

START_TEST(nothing_is_left_whatever_the_end)
{
	static const char *const knobs[] = { "", "eject=3\n", "hang=verify\n",
	    "empty=2\n", "garbage=sign\n", "blocked=6983\n", "cert=huge\n" };
	struct sek_card card;
	sigset_t before, after;
	unsigned open, alive;
	size_t i;

	insert(&one, "jpki", 0, "");
	card = enrol("", SEK_CARD_JPKI, 0, "1234");
	open = entries("/proc/self/fd");
	alive = children();
	/* Only the kernel's part of one is written. */
	memset(&before, 0, sizeof(before));
	memset(&after, 0, sizeof(after));
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &before), 0);
	for (i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++) {
		softcard_knobs(&one, knobs[i]);
		(void)sign(&card, 1, "1234", SEK_SECOND);
		ck_assert_uint_eq(entries("/proc/self/fd"), open);
		ck_assert_uint_eq(children(), alive);
		ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &after), 0);
		ck_assert_mem_eq(&before, &after, sizeof(before));
		put_back("jpki");
	}
	ck_assert_int_eq(sigpending(&after), 0);
	ck_assert_int_eq(sigismember(&after, SIGCHLD), 0);
	softcard_remove(&one, &rig);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__
START_TEST(memory_does_not_grow)
{
	struct sek_card_seen seen[4];
	struct sek_card_place p = place(WAIT);
	enum sek_card_end end;
	struct sek_card card;
	size_t was = 0, n;
	int i;

	insert(&one, "piv", 0, "key=p256\n");
	card = enrol("", SEK_CARD_PIV, 0x9A, "123456");
	for (i = 0; i < 120; i++) {
		if (i == 40)
			was = mallinfo2().uordblks;
		ck_assert_str_eq(sign(&card, 1, i % 3 == 0 ? "654321" :
		    "123456", WAIT), i % 3 == 0 ? "pin-wrong" : "ok");
		ck_assert_int_eq(sek_card_list(seen, 4, &n, &end, &p, NULL),
		    SEK_OK);
	}
	ck_assert_uint_le(mallinfo2().uordblks, was + 16384);
	softcard_remove(&one, &rig);
}
END_TEST
#endif

START_TEST(each_end_has_a_word)
{
	int e, d;

	for (e = 0; e < SEK_CARD_END_COUNT; e++) {
		ck_assert_ptr_nonnull(word((uint32_t)e));
		for (d = 0; d < e; d++)
			ck_assert_str_ne(word((uint32_t)e), word((uint32_t)d));
	}
	ck_assert_str_eq(word(SEK_CARD_END_COUNT), "?");
	ck_assert_str_eq(word((uint32_t)-1), "?");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		each_card_is_read_shown_and_signs,
		one_without_a_key_is_shown_as_what_it_is,
		his_is_found_among_two,
		no_status_of_the_pin_is_left,
		a_child_killed_after_verify_leaves_none_either,
		another_programs_transaction_is_waited_for_so_long,
		others_may_reset_it_at_any_time,
		taken_away_at_each_command,
		one_byte_at_each_command,
		silence_at_each_kind_of_command,
		a_pcscd_that_is_away_and_back,
		a_pcscd_that_dies_meanwhile,
		the_environment_leads_to_no_other_pcscd,
		the_policys_readers_are_looked_at_alone,
		nothing_is_left_whatever_the_end,
#ifndef __SANITIZE_ADDRESS__
		memory_does_not_grow,
#endif
		each_end_has_a_word,
		NULL
	};
	const char *missing = cardrig_missing();
	const TTest *const *t;
	Suite *suite;
	TCase *tc;
	SRunner *sr;
	int failed = 1;

	if (missing != NULL) {
		(void)printf("SKIP: %s\n", missing);
		return (77);
	}
	suite = suite_create("edge_card");
	tc = tcase_create("through pcscd");
	tcase_add_checked_fixture(tc, NULL, teardown);
	for (t = tests; *t != NULL; t++)
		tcase_add_test(tc, *t);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	/* pcscd is this process's child: it is stopped and started here. */
	srunner_set_fork_status(sr, CK_NOFORK);
	if (cardrig_start(&rig)) {
		srunner_run_all(sr, CK_NORMAL);
		failed = srunner_ntests_failed(sr);
	}
	cardrig_end(&rig);
	srunner_free(sr);
	return (failed != 0);
}
