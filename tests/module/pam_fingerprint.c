/*
 * pam_fingerprint.c - logins with fingers, by the built modules and the real
 * fprintd: what each thing a reader may do comes to
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <pty.h>
#include <time.h>

#include "tests/module/fingers.h"

/* Nothing here may take longer, by far. */
#define FAR	60

#define RIGHT	"SCAN right"
#define WRONG	"SCAN other"

static unsigned
open_files(void)
{
	unsigned n = 0;
	int fd;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return (n);
}

static unsigned
children(void)
{
	char path[64], text[4096];
	unsigned n = 0;
	size_t len, i;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children",
	    (int)getpid());
	if ((f = fopen(path, "re")) == NULL)
		return (0);
	len = fread(text, 1, sizeof(text), f);
	(void)fclose(f);
	for (i = 0; i < len; i++)
		n += text[i] == ' ';
	return (n);
}

/* A login that leaves nothing behind in its process and at the reader, and
 * ends; with a line for the reader, or NULL. */
static struct login
logs_in(struct login l, const char *line)
{
	struct timespec begin, end;
	pid_t pid = line != NULL ? fingers_come(line) : 0;
	unsigned files = open_files(), kids = children();

	(void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &begin);
	login_run(&l);
	(void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &end);
	ck_assert_int_lt(end.tv_sec - begin.tv_sec, FAR);
	ck_assert_uint_eq(open_files(), files);
	ck_assert_uint_le(children(), kids);
	if (pid > 0)
		ck_assert_msg(fpr_sent(pid), "nobody waited for a finger");
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "Claim"),
	    fpr_calls(&fingers_rig, "Release"));
	return (l);
}

static struct login
with(const char *password, const char *line)
{

	return (logs_in(login_of("alice", password, NULL), line));
}

static bool
gets_in(const char *line)
{
	struct login l = with(PASSWORD, line);

	return (login_is_in(&l));
}

static const char *
alice_has(void)
{

	return (fingers_enrol("alice", SEK_FINGER_RIGHT_INDEX, RIGHT));
}

/* ----------------------------------------------- password and finger -- */

START_TEST(password_and_finger_let_in)
{
	const char *id = alice_has();
	struct login l = login_of("alice", PASSWORD, NULL);

	l.phases = LOGIN_ALL;
	l = logs_in(l, RIGHT);
	ck_assert_msg(login_is_in(&l), "%s", l.nmessages > 0 ?
	    l.message[l.nmessages - 1] : "-");
	ck_assert_int_eq(l.close, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert_str_eq(l.prompt[0], "Password: ");
	ck_assert_str_eq(l.message[0], FINGERS_PLACE);
	ck_assert_int_eq(l.message_style[0], PAM_TEXT_INFO);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "knowledge inherence");
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_AUTHENTICATOR), id));
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_DETAIL), "below AAL2"));
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert(gets_in(RIGHT));
	world_check_store();
}
END_TEST

START_TEST(another_finger_counts_once_on_either_side)
{
	struct login l;

	(void)alice_has();
	l = with(PASSWORD, WRONG);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(fingers_failures("alice"), 1);
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "VerifyStart"), 1);
	ck_assert(gets_in(RIGHT));
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert_uint_eq(fingers_failures("alice"), 0);
}
END_TEST

/* Who typed a wrong password learns neither whether the finger was right, nor,
 * by it, whether the password was. */
START_TEST(wrong_password_meets_what_a_right_one_meets)
{
	static struct login l, wrong, other;

	(void)alice_has();
	l = with(PASSWORD, WRONG);
	world_unlock("alice");
	wrong = with("wrong", RIGHT);
	other = with("wrong", WRONG);
	ck_assert_int_eq(wrong.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "VerifyStart"), 3);
	ck_assert_uint_eq(world_failures("alice"), 2);
	/* That of before. */
	ck_assert_uint_eq(fingers_failures("alice"), 1);
	login_check_alike(&l, &wrong);
	login_check_alike(&l, &other);
}
END_TEST

START_TEST(locked_account_is_asked_the_same_and_nothing_counts)
{
	struct login l;
	int i;

	(void)alice_has();
	for (i = 0; i < 5; i++)
		(void)with("wrong", WRONG);
	ck_assert(world_locked("alice"));
	l = with(PASSWORD, RIGHT);
	ck_assert(!login_is_in(&l));
	ck_assert(login_was_told(&l, "Locked"));
	ck_assert_str_eq(l.message[0], FINGERS_PLACE);
	ck_assert_uint_eq(fingers_failures("alice"), 0);
	world_unlock("alice");
	ck_assert(gets_in(RIGHT));
}
END_TEST

START_TEST(who_may_not_get_in_proves_nothing_by_his_finger)
{
	static struct login l, wrong;

	(void)alice_has();
	wrong = with("wrong", RIGHT);
	world_unlock("alice");
	world_suspend("alice");
	l = with(PASSWORD, RIGHT);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	login_check_alike(&wrong, &l);
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert_uint_eq(fingers_failures("alice"), 0);
}
END_TEST

START_TEST(nobody_known_asks_nothing_of_fprintd)
{
	struct login l;

	(void)alice_has();
	l = login_of("nobody-here", PASSWORD, "123456");
	l = logs_in(l, NULL);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "Claim"), 0);
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "GetDevices"), 0);
}
END_TEST

/* ------------------------------------------------------ an act of his -- */

#define FIRST								\
	"auth required @lockout\n"					\
	"auth required @biometric\n"					\
	"auth required @password backend=pam_unix.so\n"		\
	"auth required @oath\n"						\
	"auth required @gate\n" ACCOUNT_LINES

START_TEST(line_that_is_first_wants_enter)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	(void)alice_has();
	world_service("first", FIRST);
	l.service = "first";
	l = logs_in(l, RIGHT);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_str_eq(l.prompt[0], FINGERS_PRESS);
	ck_assert_int_eq(l.style[0], PAM_PROMPT_ECHO_OFF);
}
END_TEST

START_TEST(who_gives_up_at_enter_starts_no_reader)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	(void)alice_has();
	world_service("first", FIRST);
	l.service = "first";
	l.talk = TALK_CONV_ERR;
	l = logs_in(l, NULL);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "VerifyStart"), 0);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(what_is_typed_at_enter_is_another_lines)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	(void)alice_has();
	(void)world_hotp("alice");
	world_service("first", FIRST);
	l.service = "first";
	l.insert = world_hotp_code("alice", 0);
	l = logs_in(l, NULL);
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "VerifyStart"), 0);
}
END_TEST

/* --------------------------------------------------------- from afar -- */

START_TEST(from_afar_nothing_is_asked_of_fprintd)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	(void)alice_has();
	(void)world_hotp("alice");
	l.code = world_hotp_code("alice", 0);
	l.service = "sshd";
	l.tty = "ssh";
	l.rhost = "192.0.2.7";
	l = logs_in(l, NULL);
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "Claim"), 0);
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "GetDevices"), 0);
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "ListEnrolledFingers"), 0);
	/* And who has nothing else does not get in. */
	(void)fingers_enrol("bob", SEK_FINGER_LEFT_THUMB, "SCAN thumb");
	l = login_of("bob", PASSWORD, "123456");
	l.service = "sshd";
	l.rhost = "192.0.2.7";
	l = logs_in(l, NULL);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "Claim"), 0);
}
END_TEST

/* ------------------------------------------- what a reader may say -- */

static pid_t retrying;

/* Not before he is told to place it. */
static void
retry(struct login *l, const char *text)
{
	static const char *const lines[] = { "RETRY 1", "RETRY 2", RIGHT,
	    NULL };

	(void)l;
	if (strcmp(text, FINGERS_PLACE) == 0)
		retrying = fpr_later(&fingers_rig, lines);
}

START_TEST(scan_that_was_not_read_well_is_none)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	(void)alice_has();
	l.at_message = retry;
	login_run(&l);
	ck_assert_int_gt(retrying, 0);
	ck_assert(fpr_sent(retrying));
	ck_assert(login_is_in(&l));
	ck_assert_str_eq(l.message[1],
	    "That was too short: once more, more slowly, please.");
	ck_assert_str_eq(l.message[2],
	    "Please place the finger on the middle of the reader.");
	ck_assert_uint_eq(fingers_failures("alice"), 0);
}
END_TEST

START_TEST(error_of_the_reader_is_told_and_counts_once)
{
	struct login l;

	(void)alice_has();
	l = with(PASSWORD, "ERROR 0");
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "cannot be used now"));
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(fingers_failures("alice"), 0);
	ck_assert_uint_eq(world_records(SEK_EVENT_REFUSE, SEK_REASON_DEVICE),
	    1);
	ck_assert(gets_in(RIGHT));
}
END_TEST

START_TEST(finger_that_does_not_come_ends_in_time)
{
	struct login l;

	(void)alice_has();
	world_policy(FINGERS_FACTORS("2s"));
	l = with(PASSWORD, "SLEEP 20000");
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "No finger was read in time."));
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(fingers_failures("alice"), 0);
}
END_TEST

START_TEST(reader_that_is_in_use_is_waited_for)
{
	struct login l;
	pid_t pid;

	(void)alice_has();
	world_policy(FINGERS_FACTORS("2s"));
	ck_assert_int_gt(pid = fpr_claim(&fingers_rig, "bob", NULL), 0);
	l = login_of("alice", PASSWORD, NULL);
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_str_eq(l.message[0], "The fingerprint reader is in use by "
	    "another program. Please wait.");
	ck_assert(login_was_told(&l, "still in use by another program"));
	ck_assert_uint_eq(fingers_failures("alice"), 0);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(where_no_reader_is_a_code_is_asked_for)
{
	struct login l;

	(void)alice_has();
	(void)world_hotp("alice");
	fingers_no_bus();
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	login_run(&l);
	fingers_bus();
	ck_assert(login_is_in(&l));
	ck_assert_str_eq(l.prompt[1], "One-time code: ");
	ck_assert_int_eq(l.nmessages, 0);
}
END_TEST

START_TEST(without_another_way_its_absence_is_one_wrong_answer)
{
	struct login l;

	(void)alice_has();
	fingers_no_bus();
	l = login_of("alice", PASSWORD, NULL);
	login_run(&l);
	fingers_bus();
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_REFUSE, SEK_REASON_DEVICE),
	    1);
	ck_assert(gets_in(RIGHT));
}
END_TEST

/* As the settings of a desktop let do who knows the password. */
START_TEST(finger_that_was_enrolled_by_others_opens_nothing)
{
	struct login l;

	(void)alice_has();
	ck_assert(fpr_forget(&fingers_rig, "alice"));
	ck_assert(fpr_enrol(&fingers_rig, "alice", "right-index-finger",
	    "mallory"));
	fpr_forget_log(&fingers_rig);
	l = with(PASSWORD, NULL);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "have your finger enrolled again"));
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "VerifyStart"), 0);
}
END_TEST

START_TEST(beside_a_finger_of_others_his_own_is_named)
{
	struct login l;

	(void)alice_has();
	ck_assert(fpr_enrol(&fingers_rig, "alice", "left-thumb", "mallory"));
	l = with(PASSWORD, RIGHT);
	ck_assert(login_is_in(&l));
	ck_assert_str_eq(l.message[0], FINGERS_PLACE);
	l = with(PASSWORD, "SCAN mallory");
	ck_assert(!login_is_in(&l));
}
END_TEST

/* No finger at all, and none that may be scanned now: what the password was,
 * nobody learns by it. */
START_TEST(without_a_scan_a_wrong_password_meets_the_same)
{
	static struct login l, wrong;

	(void)alice_has();
	l = with(PASSWORD, NULL);
	wrong = with("wrong", NULL);
	ck_assert(login_was_told(&l, "No finger was read in time"));
	login_check_alike(&l, &wrong);
	world_unlock("alice");
	fingers_policy("[biometric]\ntries = 1\npause = 60s\n");
	(void)with(PASSWORD, WRONG);
	l = with(PASSWORD, NULL);
	wrong = with("wrong", NULL);
	ck_assert(login_was_told(&l, "Please try again later"));
	login_check_alike(&l, &wrong);
	ck_assert_uint_eq(fingers_failures("alice"), 1);
}
END_TEST

/* ------------------------------------------------ tries, pause, cap -- */

START_TEST(after_so_many_in_a_row_he_waits)
{
	struct login l;
	int i;

	(void)alice_has();
	fingers_policy("[biometric]\ntries = 2\npause = 2s\n");
	for (i = 0; i < 2; i++) {
		l = with(PASSWORD, WRONG);
		ck_assert(!login_was_told(&l, "Please wait"));
	}
	l = with(PASSWORD, RIGHT);
	ck_assert(login_is_in(&l));
	ck_assert_ptr_nonnull(strstr(l.message[0], "Too many scans in a row "
	    "did not match. Please wait"));
	ck_assert(login_was_told(&l, FINGERS_PLACE));
}
END_TEST

START_TEST(pause_that_is_too_long_here_is_told)
{
	struct login l;

	(void)alice_has();
	fingers_policy("[biometric]\ntries = 1\npause = 60s\n");
	(void)with(PASSWORD, WRONG);
	l = with(PASSWORD, NULL);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "Please try again later"));
	ck_assert_uint_eq(fingers_failures("alice"), 1);
}
END_TEST

START_TEST(after_its_lifes_failures_it_is_disabled)
{
	struct login l;

	(void)alice_has();
	(void)world_hotp("alice");
	fingers_policy("[biometric]\ntries = 10\nlifetime_cap = 2\n");
	(void)with(PASSWORD, WRONG);
	(void)with(PASSWORD, WRONG);
	ck_assert_int_eq(fingers_of("alice").state,
	    SEK_AUTHENTICATOR_DISABLED);
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l = logs_in(l, NULL);
	ck_assert(login_is_in(&l));
	ck_assert_str_eq(l.prompt[1], "One-time code: ");
	world_check_store();
}
END_TEST

/* ------------------------------------------------------- the terminal -- */

/* A login at a terminal of its own, where Enter is pressed as it waits. */
static struct login
at_a_terminal(struct login in, const char *typed)
{
	struct login *l = login_array(1);
	int master = -1, status = -1;
	pid_t pid;

	*l = in;
	if ((pid = forkpty(&master, NULL, NULL, NULL)) == 0) {
		login_run(l);
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	/* Not before he is told: fprintd knows of the scan earlier. */
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (*(const volatile int *)&l->nmessages > 0)
			(void)!write(master, typed, strlen(typed));
		(void)usleep(200000);
	}
	(void)close(master);
	ck_assert_int_eq(status, 0);
	in = *l;
	login_array_free(l, 1);
	return (in);
}

START_TEST(enter_asks_for_another_way)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	(void)alice_has();
	(void)world_hotp("alice");
	world_policy(FINGERS_FACTORS("30s"));
	l.code = world_hotp_code("alice", 0);
	l = at_a_terminal(l, "what he types is nobody's\n");
	ck_assert_msg(login_is_in(&l), "%s", l.nmessages > 0 ?
	    l.message[l.nmessages - 1] : "-");
	ck_assert_str_eq(l.message[0], FINGERS_PLACE " (Enter: another way)");
	ck_assert_str_eq(l.prompt[1], "One-time code: ");
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert(fpr_logs(&fingers_rig, "Release", 1, 60000));
}
END_TEST

START_TEST(enter_without_another_way_is_one_wrong_answer)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	(void)alice_has();
	world_policy(FINGERS_FACTORS("30s"));
	l = at_a_terminal(l, "\n");
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_str_eq(l.message[0], FINGERS_PLACE " (Enter: give up)");
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(fingers_failures("alice"), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fingerprint");
	TCase *c;

	c = world_case(s, "verdicts", 300);
	tcase_add_checked_fixture(c, fingers_setup, fingers_teardown);
	tcase_add_test(c, password_and_finger_let_in);
	tcase_add_test(c, another_finger_counts_once_on_either_side);
	tcase_add_test(c, wrong_password_meets_what_a_right_one_meets);
	tcase_add_test(c,
	    locked_account_is_asked_the_same_and_nothing_counts);
	tcase_add_test(c, who_may_not_get_in_proves_nothing_by_his_finger);
	tcase_add_test(c, nobody_known_asks_nothing_of_fprintd);
	c = world_case(s, "act", 300);
	tcase_add_checked_fixture(c, fingers_setup, fingers_teardown);
	tcase_add_test(c, line_that_is_first_wants_enter);
	tcase_add_test(c, who_gives_up_at_enter_starts_no_reader);
	tcase_add_test(c, what_is_typed_at_enter_is_another_lines);
	tcase_add_test(c, from_afar_nothing_is_asked_of_fprintd);
	c = world_case(s, "reader", 300);
	tcase_add_checked_fixture(c, fingers_setup, fingers_teardown);
	tcase_add_test(c, scan_that_was_not_read_well_is_none);
	tcase_add_test(c, error_of_the_reader_is_told_and_counts_once);
	tcase_add_test(c, finger_that_does_not_come_ends_in_time);
	tcase_add_test(c, reader_that_is_in_use_is_waited_for);
	tcase_add_test(c, where_no_reader_is_a_code_is_asked_for);
	tcase_add_test(c,
	    without_another_way_its_absence_is_one_wrong_answer);
	tcase_add_test(c, finger_that_was_enrolled_by_others_opens_nothing);
	tcase_add_test(c, beside_a_finger_of_others_his_own_is_named);
	c = world_case(s, "counts", 300);
	tcase_add_checked_fixture(c, fingers_setup, fingers_teardown);
	tcase_add_test(c, without_a_scan_a_wrong_password_meets_the_same);
	tcase_add_test(c, after_so_many_in_a_row_he_waits);
	tcase_add_test(c, pause_that_is_too_long_here_is_told);
	tcase_add_test(c, after_its_lifes_failures_it_is_disabled);
	c = world_case(s, "terminal", 300);
	tcase_add_checked_fixture(c, fingers_setup, fingers_teardown);
	tcase_add_test(c, enter_asks_for_another_way);
	tcase_add_test(c, enter_without_another_way_is_one_wrong_answer);
	return (fingers_main(s));
}
